/* test_rows_image.c: rows as bytes and back. */
#include "kit/kit.h"

#include "kit/kit_store.h"

#include "evidence/rows_image.h"
#include "evidence/rows_merge.h"

#include <stdlib.h>

enum { ROWS = 200 };

static struct cord_rows *some_rows(void)
{
    struct cord_rows *rows = cord_rows_new(8 << 20, 1);
    CHECK(rows != NULL);
    for (uint64_t i = 0; i < ROWS; i++) {
        kit_store_add(rows, i % 2 ? "RJ1" : "", "source with a long name", i * 1000003);
    }
    return rows;
}

static void rows_come_back_whole(void)
{
    struct cord_rows *rows = some_rows();
    struct cord_rows *again = cord_rows_new(8 << 20, 2);
    struct cord_buf image;
    cord_buf_init(&image, 8 << 20);
    CHECK(again != NULL);
    CHECK(cord_rows_image_write(rows, &image) == CORD_OK);
    CHECK(cord_rows_image_read(cord_buf_str(&image), 77, again) == CORD_OK);
    CHECK(cord_rows_count(again) == ROWS);
    for (size_t at = 0; at < ROWS; at++) {
        CHECK(kit_store_is_whole(again, at));
        CHECK_U64(kit_store_number(again, at), at * 1000003);
        CHECK_U64(cord_rows_at(again, at)->sequence, 77 + at);
        CHECK_STR_EQ(cord_rows_at(again, at)->text, cord_rows_at(rows, at)->text);
    }
    cord_buf_done(&image);
    cord_rows_free(again);
    cord_rows_free(rows);
}

static void no_part_of_an_image_is_one(void)
{
    struct cord_rows *rows = cord_rows_new(1 << 20, 1);
    struct cord_rows *again = cord_rows_new(1 << 20, 1);
    struct cord_buf image;
    CHECK(rows && again);
    kit_store_add(rows, "RJ1", "dc", 1);
    kit_store_add(rows, "RJ1", "fw", 2);
    cord_buf_init(&image, 1 << 20);
    CHECK(cord_rows_image_write(rows, &image) == CORD_OK);
    for (size_t cut = 0; cut < image.len; cut++) {
        cord_rows_reset(again);
        CHECK(cord_rows_image_read((cord_str){image.ptr, cut}, 1, again) == CORD_E_FORMAT);
    }
    cord_buf_put_char(&image, 'x');
    cord_rows_reset(again);
    CHECK(cord_rows_image_read(cord_buf_str(&image), 1, again) == CORD_E_FORMAT);
    cord_buf_done(&image);
    cord_rows_free(again);
    cord_rows_free(rows);
}

static void a_full_buffer_is_left_as_it_was(void)
{
    struct cord_rows *rows = some_rows();
    struct cord_buf image;
    cord_buf_init(&image, 4096);
    cord_buf_put_text(&image, "before");
    CHECK(cord_rows_image_write(rows, &image) == CORD_E_LIMIT);
    CHECK_STR(cord_buf_str(&image), "before");
    cord_buf_done(&image);
    cord_rows_free(rows);
}

static void merging_is_copying(void)
{
    struct cord_rows *rows = some_rows();
    struct cord_rows *to = cord_rows_new(8 << 20, 2);
    struct cord_rows_merge merge;
    CHECK(to != NULL);
    kit_store_add(to, "other", "first", 5); /* so that numbers differ */
    CHECK(cord_rows_merge_init(&merge, to, rows) == CORD_OK);
    for (size_t at = 0; at < ROWS; at++) {
        CHECK(cord_rows_merge_row(&merge, at) == CORD_OK);
    }
    cord_rows_merge_done(&merge);
    for (size_t at = 0; at < ROWS; at++) {
        CHECK(kit_store_is_whole(to, at + 1));
        CHECK_U64(kit_store_number(to, at + 1), at * 1000003);
    }
    cord_rows_free(to);
    cord_rows_free(rows);
}

KIT_MAIN(KIT_TEST(rows_come_back_whole), KIT_TEST(no_part_of_an_image_is_one),
         KIT_TEST(a_full_buffer_is_left_as_it_was), KIT_TEST(merging_is_copying))
