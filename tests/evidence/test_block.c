/* Packing rows into a block and reading it again. */
#include "kit/kit.h"

#include "evidence/block_filter.h"
#include "kit/kit_block.h"

#include <stdio.h>
#include <stdlib.h>

#define MEGABYTE ((size_t)1 << 20)

enum { FIELD_USER, FIELD_IMAGE, FIELD_MESSAGE, FIELD_OTHER, FIELD_COUNT };

static const bool nobody[FIELD_COUNT];
static const bool user_is_personal[FIELD_COUNT] = {[FIELD_USER] = true};

static struct cord_rows *new_rows(size_t bytes_max)
{
    static const char *const names[FIELD_COUNT][2] = {
        {"winlog.user", "User"}, {"Image", "image"}, {"Message", "message"}, {"other", "x"}};
    struct cord_rows *rows = cord_rows_new(bytes_max, 1);
    struct cord_origin origin = {.organisation = CORD_STR("R0A"), .format = CORD_STR("json")};
    uint32_t number;
    assert_non_null(rows);
    CHECK(cord_rows_origin(rows, &origin, &number) == CORD_OK);
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        cord_str both[2] = {cord_str_from(names[i][0]), cord_str_from(names[i][1])};
        CHECK(cord_rows_field(rows, both, 2, &number) == CORD_OK);
    }
    return rows;
}

static void add(struct cord_rows *rows, cord_str text, uint32_t raw_len,
                const struct cord_span *spans, uint32_t span_count)
{
    struct cord_row row = {.sequence = cord_rows_count(rows) + 100,
                           .time_ns = 1000000 + (int64_t)cord_rows_count(rows),
                           .received_ns = 2000000,
                           .raw_len = raw_len,
                           .text = text,
                           .spans = spans,
                           .span_count = span_count};
    memset(row.role, 0xff, sizeof row.role);
    CHECK(cord_rows_add(rows, &row) == CORD_OK);
}

static void check_comes_back(const struct cord_rows *rows, const bool *is_personal)
{
    struct kit_block block = {0};
    struct cord_error err = {""};
    kit_block_pack(&block, rows, is_personal);
    struct cord_rows *back =
        kit_block_unpack(cord_buf_str(&block.body), cord_buf_str(&block.personal), &err);
    assert_string_equal(err.text, "");
    assert_non_null(back);
    const char *difference = kit_block_compare(rows, back);
    assert_string_equal(difference ? difference : "", "");
    cord_rows_free(back);
    kit_block_done(&block);
}

static void gives_back_rows_however_their_values_lie(void)
{
    static const struct {
        const char *text;
        uint32_t raw_len;
        uint32_t count;
        struct cord_span spans[4];
    } cases[] = {
        {"", 0, 0, {{0}}},
        {"", 0, 2, {{0, 0, FIELD_USER, 0, 0}, {0, 0, FIELD_IMAGE, 5, 8}}},
        {"no values", 9, 0, {{0}}},
        {"abc", 3, 1, {{0, 3, FIELD_USER, 1, 1}}},
        {"abc", 3, 1, {{1, 0, FIELD_USER, 0, 0}}},
        {"abc", 3, 3, {{3, 0, 0, 0, 0}, {0, 0, 1, 0, 0}, {3, 0, 2, 0, 0}}},
        {"abcdef", 6, 2, {{0, 4, FIELD_USER, 0, 0}, {2, 4, FIELD_IMAGE, 0, 0}}},
        {"abcdef", 6, 3, {{0, 6, 0, 0, 0}, {1, 2, 1, 0, 8}, {4, 1, 2, 0, 8}}},
        {"abcdef", 6, 3, {{4, 1, 0, 0, 0}, {1, 2, 1, 0, 8}, {0, 6, 2, 0, 8}}},
        {"abcdef", 6, 2, {{0, 6, 0, 0, 0}, {0, 6, 1, 0, 8}}},
        {"abcdef", 3, 2, {{0, 3, 0, 0, 0}, {3, 3, 1, 0, 8}}},
        {"abcdef", 3, 1, {{2, 3, 0, 0, 0}}},
        {"abcdef", 0, 1, {{0, 6, 0, 0, 8}}},
        {"abcdef", 2, 2, {{0, 1, 0, 0, 0}, {4, 1, 1, 0, 8}}},
        {"bob bob bob", 11, 1, {{4, 3, FIELD_USER, 0, 0}}},
        {"bobbobbob", 9, 2, {{0, 3, FIELD_USER, 0, 0}, {2, 5, FIELD_OTHER, 0, 0}}},
    };
    struct cord_rows *all = new_rows(MEGABYTE);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cord_rows *rows = new_rows(MEGABYTE);
        cord_str text = cord_str_from(cases[i].text);
        add(rows, text, cases[i].raw_len, cases[i].spans, cases[i].count);
        add(all, text, cases[i].raw_len, cases[i].spans, cases[i].count);
        check_comes_back(rows, nobody);
        check_comes_back(rows, user_is_personal);
        cord_rows_free(rows);
    }
    check_comes_back(all, nobody);
    check_comes_back(all, user_is_personal);
    cord_rows_free(all);
}

static cord_str filled(char *text, size_t len, unsigned seed)
{
    for (size_t i = 0; i < len; i++) {
        seed = seed * 1103515245U + 12345U;
        text[i] = (char)(seed >> 16);
    }
    return (cord_str){text, len};
}

static void gives_back_a_full_block(void)
{
    struct cord_rows *rows = new_rows(64 * MEGABYTE);
    char text[64];
    for (unsigned i = 0; i < CORD_BLOCK_ROWS_MAX; i++) {
        int len = snprintf(text, sizeof text, "user=u%u pid=%u", i % 777, i);
        uint32_t digits = (uint32_t)len - (uint32_t)(strchr(text, ' ') - text) - 5;
        struct cord_span spans[2] = {{5, (uint32_t)(strchr(text, ' ') - text) - 5, 0, 0, 0},
                                     {(uint32_t)len - digits, digits, 3, 1, 0}};
        add(rows, cord_str_from(text), (uint32_t)len, spans, 2);
    }
    check_comes_back(rows, user_is_personal);

    struct cord_block_packer *packer = cord_block_packer_new(1);
    struct cord_buf bufs[4];
    struct cord_block_parts parts = {&bufs[0], &bufs[1], &bufs[2], &bufs[3]};
    struct cord_block_head head;
    uint32_t *which = calloc(CORD_BLOCK_ROWS_MAX + 1, sizeof *which);
    for (size_t i = 0; i < 4; i++) {
        cord_buf_init(&bufs[i], MEGABYTE);
        cord_buf_put_text(&bufs[i], "before");
    }
    CHECK(cord_block_pack(packer, rows, which, CORD_BLOCK_ROWS_MAX + 1, nobody, &parts, &head) ==
          CORD_E_LIMIT);
    for (size_t i = 0; i < 4; i++) {
        CHECK_STR(cord_buf_str(&bufs[i]), "before");
        cord_buf_done(&bufs[i]);
    }
    free(which);
    cord_block_packer_free(packer);
    cord_rows_free(rows);
}

static void gives_back_one_giant_row(void)
{
    size_t len = 9 * MEGABYTE;
    struct cord_rows *rows = new_rows(64 * MEGABYTE);
    char *text = malloc(len);
    cord_str all = filled(text, len, 7);
    struct cord_span spans[2] = {{10, (uint32_t)len - 20, FIELD_MESSAGE, 0, 0},
                                 {(uint32_t)len - 5, 5, FIELD_USER, 0, 0}};
    add(rows, all, (uint32_t)len - 8, spans, 2);
    check_comes_back(rows, user_is_personal);
    free(text);
    cord_rows_free(rows);
}

static const char *const logon =
    "{\"User\":\"a.fleming\",\"Image\":\"C:\\\\Users\\\\a.fleming\\\\x.exe\",\"other\":\"lan\","
    "\"Message\":\"An account was logged on.\\r\\n\\tAccount Name:\\t\\ta.fleming\\r\\n"
    "\\tWorkstation Name:\\tWARD-7\\r\\n\\tProcess ID:\\t\\t0x3e7\\r\\nDone a.fleming today.\"}";

static struct cord_span span_of(const char *text, const char *name, uint32_t field)
{
    const char *at = strstr(text, name) + strlen(name) + 3;
    const char *end = strstr(at, "\"");
    return (struct cord_span){(uint32_t)(at - text), (uint32_t)(end - at), field & 0xffffffU, 0, 1};
}

static void forgets_a_person_everywhere_in_the_row(void)
{
    struct cord_rows *rows = new_rows(MEGABYTE);
    struct kit_block block = {0};
    struct cord_error err = {""};
    struct cord_span spans[4] = {
        span_of(logon, "User", FIELD_USER), span_of(logon, "Image", FIELD_IMAGE),
        span_of(logon, "other", FIELD_OTHER), span_of(logon, "Message", FIELD_MESSAGE)};
    struct cord_span others[4];
    cord_str text = cord_str_from(logon);
    char second[512];
    (void)snprintf(second, sizeof second, "%s", logon);
    memcpy(strstr(second, "a.fleming"), "r.crusher", 9);
    memcpy(others, spans, sizeof spans);
    for (size_t i = 0; i < 4; i++) {
        add(rows, text, (uint32_t)text.len, spans, 4);
    }
    add(rows, cord_str_from(second), (uint32_t)text.len, others, 4);
    kit_block_pack(&block, rows, user_is_personal);
    CHECK(block.head.personal_bytes > 0);

    struct cord_rows *back = kit_block_unpack(cord_buf_str(&block.body), (cord_str){NULL, 0}, &err);
    assert_non_null(back);
    const struct cord_row *row = cord_rows_at(back, 0);
    CHECK_STR(cord_row_raw(row),
              "{\"User\":\"[expired]\",\"Image\":\"C:\\\\Users\\\\[expired]\\\\x.exe\","
              "\"other\":\"lan\","
              "\"Message\":\"An account was logged on.\\r\\n\\tAccount Name:\\t\\t[expired]\\r\\n"
              "\\tWorkstation Name:\\tWARD-7\\r\\n\\tProcess ID:\\t\\t0x3e7\\r\\n"
              "Done [expired] today.\"}");
    CHECK_STR(cord_row_value(row, &row->spans[0]), "[expired]");
    CHECK_STR(cord_row_value(row, &row->spans[2]), "lan");

    /* What another row says of somebody whom this one knows as a user. */
    row = cord_rows_at(back, 4);
    CHECK_STR(cord_row_value(row, &row->spans[0]), "[expired]");
    CHECK(cord_str_find(cord_row_raw(row), CORD_STR("a.fleming"), 0) == SIZE_MAX);
    CHECK(cord_str_find(cord_row_raw(row), CORD_STR("crusher"), 0) == SIZE_MAX);
    cord_rows_free(back);
    cord_rows_free(rows);
    kit_block_done(&block);
}

/* A name that one row's user has: in the skeleton of another, in a value beside
 * others, and in a binary record. */
static void forgets_a_person_in_other_rows(void)
{
    static const char lines[][48] = {"user=edith", "closed for edith and agnes",
                                     "cmd=net user EDITH"};
    static const char wide[] = "e\0d\0i\0t\0h\0";
    struct cord_rows *rows = new_rows(MEGABYTE);
    struct kit_block block = {0};
    struct cord_error err = {""};
    struct cord_span user = {5, 5, FIELD_USER, 0, 0};
    struct cord_span other = {4, 14, FIELD_OTHER, 0, 0};
    char record[128] = {0};
    memcpy(record + 50, wide, sizeof wide - 1);
    for (size_t i = 0; i < 3; i++) {
        add(rows, cord_str_from(lines[0]), 10, &user, 1);
        add(rows, cord_str_from(lines[1]), 26, NULL, 0);
        add(rows, cord_str_from(lines[2]), 18, &other, 1);
        add(rows, (cord_str){record, sizeof record}, sizeof record, NULL, 0);
    }
    check_comes_back(rows, user_is_personal);
    kit_block_pack(&block, rows, user_is_personal);
    struct cord_rows *back = kit_block_unpack(cord_buf_str(&block.body), (cord_str){NULL, 0}, &err);
    assert_non_null(back);
    for (size_t i = 0; i < cord_rows_count(back); i += 4) {
        CHECK_STR(cord_row_raw(cord_rows_at(back, i)), "user=[expired]");
        CHECK_STR(cord_row_raw(cord_rows_at(back, i + 1)), "closed for [expired] and agnes");
        const struct cord_row *row = cord_rows_at(back, i + 2);
        CHECK_STR(cord_row_raw(row), "cmd=net user [expired]");
        CHECK_STR(cord_row_value(row, &row->spans[0]), "net user [expired]");
        cord_str left = cord_row_raw(cord_rows_at(back, i + 3));
        CHECK(left.len == sizeof record - (sizeof wide - 1) + 18);
        CHECK(cord_str_find(left, (cord_str){wide, sizeof wide - 1}, 0) == SIZE_MAX);
        CHECK(cord_str_find(left, (cord_str){"[\0e\0x\0", 6}, 0) == 50);
    }
    for (size_t part = 0; part < 2; part++) {
        cord_str bytes = cord_buf_str(part == 0 ? &block.body : &block.filter);
        CHECK(cord_str_find(bytes, CORD_STR("edith"), 0) == SIZE_MAX);
    }
    cord_rows_free(back);
    cord_rows_free(rows);
    kit_block_done(&block);
}

static void expires_rows_of_which_all_is_personal(void)
{
    struct cord_rows *rows = new_rows(MEGABYTE);
    struct kit_block block = {0};
    struct cord_error err = {""};
    bool everyone[FIELD_COUNT] = {true, true, true, true};
    struct cord_span whole = {0, 5, FIELD_OTHER, 0, 0};
    for (size_t i = 0; i < 3; i++) {
        add(rows, CORD_STR("alice"), 5, &whole, 1);
        add(rows, CORD_STR("carol"), 5, &whole, 1);
    }
    kit_block_pack(&block, rows, everyone);
    struct cord_rows *back = kit_block_unpack(cord_buf_str(&block.body), (cord_str){NULL, 0}, &err);
    assert_non_null(back);
    for (size_t i = 0; i < cord_rows_count(back); i++) {
        CHECK_STR(cord_row_raw(cord_rows_at(back, i)), "[expired]");
    }
    cord_rows_free(back);
    cord_rows_free(rows);
    kit_block_done(&block);
}

static struct cord_rows *sample_rows(void)
{
    struct cord_rows *rows = new_rows(MEGABYTE);
    char text[96];
    for (unsigned i = 0; i < 60; i++) {
        (void)snprintf(text, sizeof text, "user=u%03u image=%c.exe took %03u ms", i % 9,
                       'a' + i % 3, i * 7 % 100);
        struct cord_span spans[2] = {{5, 4, FIELD_USER, 0, 0}, {16, 5, FIELD_IMAGE, 0, 0}};
        add(rows, cord_str_from(text), (uint32_t)strlen(text), spans, 2);
    }
    return rows;
}

static void notices_any_flipped_bit_and_any_cut(void)
{
    struct cord_rows *rows = sample_rows();
    struct kit_block block = {0};
    struct cord_error err = {""};
    kit_block_pack(&block, rows, user_is_personal);
    for (size_t part = 0; part < 2; part++) {
        struct cord_buf *buf = part == 0 ? &block.body : &block.personal;
        for (size_t at = 0; at < buf->len; at++) {
            buf->ptr[at] = (char)(buf->ptr[at] ^ (1 << at % 8));
            struct cord_rows *back =
                kit_block_unpack(cord_buf_str(&block.body), cord_buf_str(&block.personal), &err);
            /* Unpacking has no use for the filter among the sections. */
            struct cord_block_filter filter;
            CHECK(!back || (part == 1 && cord_block_filter_open_personal(cord_buf_str(buf), &filter,
                                                                         &err) == CORD_E_FORMAT));
            CHECK(err.text[0] != 0);
            cord_rows_free(back);
            buf->ptr[at] = (char)(buf->ptr[at] ^ (1 << at % 8));
        }
        size_t len = buf->len;
        for (buf->len = 0; buf->len < len; buf->len++) {
            CHECK(
                !kit_block_unpack(cord_buf_str(&block.body), cord_buf_str(&block.personal), &err));
        }
    }
    cord_rows_free(rows);
    kit_block_done(&block);
}

static void refuses_the_personal_part_of_another_block(void)
{
    struct cord_rows *rows = sample_rows();
    struct cord_rows *others = sample_rows();
    struct kit_block one = {0};
    struct kit_block two = {0};
    struct cord_error err = {""};
    struct cord_span span = {0, 4, FIELD_USER, 0, 0};
    add(others, CORD_STR("eve!"), 4, &span, 1);
    kit_block_pack(&one, rows, user_is_personal);
    kit_block_pack(&two, others, user_is_personal);
    CHECK(!kit_block_unpack(cord_buf_str(&one.body), cord_buf_str(&two.personal), &err));
    cord_rows_free(rows);
    cord_rows_free(others);
    kit_block_done(&one);
    kit_block_done(&two);
}

static void unpacks_the_rows_asked_for(void)
{
    struct cord_rows *rows = sample_rows();
    struct cord_rows *back = cord_rows_new(MEGABYTE, 2);
    struct kit_block packed = {0};
    struct cord_block *block;
    const uint32_t which[3] = {0, 31, 59};
    const uint32_t beyond[1] = {60};
    kit_block_pack(&packed, rows, nobody);
    CHECK(cord_block_open(cord_buf_str(&packed.body), (cord_str){NULL, 0}, &block, NULL) ==
          CORD_OK);
    CHECK_U64(cord_block_head(block)->row_count, 60);
    CHECK_U64(cord_block_head(block)->sequence_min, 100);
    CHECK_U64(cord_block_head(block)->sequence_max, 159);
    CHECK_I64(cord_block_head(block)->when_max_ns, 1000059);
    CHECK(cord_block_unpack(block, which, 3, back, NULL) == CORD_OK);
    CHECK(cord_block_unpack(block, beyond, 1, back, NULL) == CORD_E_NOENT);
    for (size_t i = 0; i < 3; i++) {
        CHECK_STR_EQ(cord_rows_at(back, i)->text, cord_rows_at(rows, which[i])->text);
    }
    cord_block_close(block);
    cord_rows_free(back);
    cord_rows_free(rows);
    kit_block_done(&packed);
}

static cord_status pack_and_open(struct cord_block_packer **packer, const struct cord_rows *rows,
                                 struct cord_buf bufs[4], struct cord_rows *back)
{
    uint32_t which[60];
    struct cord_block_parts parts = {&bufs[0], &bufs[1], &bufs[2], &bufs[3]};
    struct cord_block_head head;
    struct cord_block *block = NULL;
    for (uint32_t i = 0; i < 60; i++) {
        which[i] = i;
    }
    *packer = cord_block_packer_new(1);
    if (!*packer) {
        return CORD_E_NOMEM;
    }
    cord_status status = cord_block_pack(*packer, rows, which, 60, user_is_personal, &parts, &head);
    if (status == CORD_OK) {
        status = cord_block_open(cord_buf_str(&bufs[0]), cord_buf_str(&bufs[1]), &block, NULL);
    } else {
        CHECK(bufs[0].len == 0 && bufs[1].len == 0 && bufs[2].len == 0 && bufs[3].len == 0);
    }
    if (status == CORD_OK) {
        status = cord_block_unpack(block, NULL, 0, back, NULL);
        cord_block_close(block);
    }
    return status;
}

static void survives_failing_allocations(void)
{
    struct cord_rows *rows = sample_rows();
    for (size_t nth = 1;; nth++) {
        struct cord_rows *back = cord_rows_new(MEGABYTE, 2);
        struct cord_block_packer *packer = NULL;
        struct cord_buf bufs[4];
        for (size_t i = 0; i < 4; i++) {
            cord_buf_init(&bufs[i], MEGABYTE);
        }
        kit_fail_allocation(nth);
        cord_status status = pack_and_open(&packer, rows, bufs, back);
        bool failed_one = kit_fail_allocation_off();
        CHECK(failed_one ? status != CORD_OK : status == CORD_OK);
        cord_block_packer_free(packer);
        cord_rows_free(back);
        for (size_t i = 0; i < 4; i++) {
            cord_buf_done(&bufs[i]);
        }
        if (!failed_one) {
            break;
        }
    }
    cord_rows_free(rows);
}

KIT_MAIN(KIT_TEST(gives_back_rows_however_their_values_lie), KIT_TEST(gives_back_a_full_block),
         KIT_TEST(gives_back_one_giant_row), KIT_TEST(forgets_a_person_everywhere_in_the_row),
         KIT_TEST(forgets_a_person_in_other_rows), KIT_TEST(expires_rows_of_which_all_is_personal),
         KIT_TEST(notices_any_flipped_bit_and_any_cut),
         KIT_TEST(refuses_the_personal_part_of_another_block), KIT_TEST(unpacks_the_rows_asked_for),
         KIT_TEST(survives_failing_allocations))
