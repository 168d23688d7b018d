/* test_rows.c: events that stand by themselves. */
#include "kit/kit.h"

#include "evidence/rows.h"

static const cord_str image_names[] = {{"Event.EventData.Image", 21}, {"Image", 5}};
static const cord_str id_names[] = {{"EventID", 7}};

static const struct cord_origin origin_a = {
    .organisation = {"RJ1", 3}, .source = {"dc01", 4}, .format = {"json", 4}};

static void forget_roles(struct cord_row *row)
{
    for (size_t i = 0; i < CORD_ROLE_COUNT; i++) {
        row->role[i] = CORD_VALUE_NONE;
    }
}

static void names_and_origins_are_numbered_once(void)
{
    struct cord_rows *rows = cord_rows_new(1 << 20, 1);
    struct cord_origin other = origin_a;
    uint32_t a = 9, b = 9, c = 9;
    CHECK(rows != NULL);
    CHECK(cord_rows_field(rows, image_names, 2, &a) == CORD_OK);
    CHECK(cord_rows_field(rows, image_names, 1, &b) == CORD_OK);
    CHECK(cord_rows_field(rows, image_names, 2, &c) == CORD_OK);
    CHECK(a == 0 && b == 1 && c == 0 && cord_rows_field_count(rows) == 2);
    size_t count = 0;
    const cord_str *names = cord_rows_names(rows, 0, &count);
    CHECK(count == 2);
    CHECK_STR(names[1], "Image");
    CHECK(cord_rows_field(rows, image_names, 0, &a) == CORD_E_LIMIT);

    other.source = CORD_STR("dc0");
    other.format = CORD_STR("1json"); /* the same text when run together */
    CHECK(cord_rows_origin(rows, &origin_a, &a) == CORD_OK);
    CHECK(cord_rows_origin(rows, &other, &b) == CORD_OK);
    CHECK(cord_rows_origin(rows, &origin_a, &c) == CORD_OK);
    CHECK(a == 0 && b == 1 && c == 0 && cord_rows_origin_count(rows) == 2);
    CHECK_STR(cord_rows_origin_at(rows, 1)->source, "dc0");
    cord_rows_free(rows);
}

static void a_row_is_copied_whole(void)
{
    struct cord_rows *rows = cord_rows_new(1 << 20, 1);
    struct cord_rows *more = cord_rows_new(1 << 20, 2);
    uint32_t origin = 0, field = 0, id = 0;
    char text[] = "{\"EventID\":1}C:\\a";
    CHECK(rows && more);
    CHECK(cord_rows_origin(rows, &origin_a, &origin) == CORD_OK);
    CHECK(cord_rows_field(rows, id_names, 1, &id) == CORD_OK);
    CHECK(cord_rows_field(rows, image_names, 2, &field) == CORD_OK);
    const struct cord_span spans[] = {
        {.at = 11, .len = 1, .field = id & 0xffffffu, .kind = CORD_VALUE_NUMBER},
        {.at = 13, .len = 4, .field = field & 0xffffffu, .flags = CORD_SPAN_DERIVED}};
    struct cord_row row = {.time_ns = CORD_TIME_NONE,
                           .received_ns = 77,
                           .origin = origin,
                           .raw_len = 13,
                           .text = {text, sizeof text - 1},
                           .spans = spans,
                           .span_count = 2};
    forget_roles(&row);
    row.role[CORD_ROLE_EVENT_ID] = 0;
    CHECK(cord_rows_add(rows, &row) == CORD_OK);
    cord_rows_number(rows, 0, 500);
    text[11] = 'X'; /* the copy does not care */

    /* Other rows number names and origins in their own order. */
    CHECK(cord_rows_field(more, image_names, 2, &field) == CORD_OK && field == 0);
    CHECK(cord_rows_copy(more, rows, 0) == CORD_OK);
    const struct cord_row *got = cord_rows_at(more, 0);
    CHECK_U64(got->sequence, 500);
    CHECK_STR(cord_row_raw(got), "{\"EventID\":1}");
    CHECK_STR(cord_row_value(got, &got->spans[0]), "1");
    CHECK_STR(cord_row_value(got, &got->spans[1]), "C:\\a");
    CHECK(got->spans[0].field == 1 && got->spans[1].field == 0);
    CHECK(got->spans[1].flags == CORD_SPAN_DERIVED);
    CHECK(got->role[CORD_ROLE_EVENT_ID] == 0 && got->role[CORD_ROLE_HOST] == CORD_VALUE_NONE);
    CHECK_I64(cord_row_when(got), 77);
    CHECK_STR(cord_rows_origin_at(more, got->origin)->source, "dc01");
    cord_rows_free(more);
    cord_rows_free(rows);
}

static void what_is_out_of_bounds_is_refused(void)
{
    struct cord_rows *rows = cord_rows_new(1 << 20, 1);
    uint32_t origin = 0, field = 0;
    CHECK(rows != NULL);
    CHECK(cord_rows_origin(rows, &origin_a, &origin) == CORD_OK);
    CHECK(cord_rows_field(rows, id_names, 1, &field) == CORD_OK);
    struct cord_span span = {.at = 0, .len = 4};
    struct cord_row good = {.text = {"abcd", 4}, .raw_len = 4, .spans = &span, .span_count = 1};
    forget_roles(&good);
    CHECK(cord_rows_add(rows, &good) == CORD_OK);

    struct cord_row bad = good;
    bad.raw_len = 5;
    CHECK(cord_rows_add(rows, &bad) == CORD_E_FORMAT);
    bad = good;
    bad.origin = 1;
    CHECK(cord_rows_add(rows, &bad) == CORD_E_FORMAT);
    bad = good;
    bad.role[CORD_ROLE_HOST] = 1;
    CHECK(cord_rows_add(rows, &bad) == CORD_E_FORMAT);
    span.at = 1;
    CHECK(cord_rows_add(rows, &good) == CORD_E_FORMAT);
    span = (struct cord_span){.at = UINT32_MAX, .len = UINT32_MAX};
    CHECK(cord_rows_add(rows, &good) == CORD_E_FORMAT);
    span = (struct cord_span){.field = 1};
    CHECK(cord_rows_add(rows, &good) == CORD_E_FORMAT);
    CHECK(cord_rows_count(rows) == 1);
    cord_rows_free(rows);
}

static void the_ceiling_refuses_and_a_reset_makes_room(void)
{
    struct cord_rows *rows = cord_rows_new(64 << 10, 1);
    char text[1000] = {0};
    CHECK(rows != NULL);
    for (int round = 0; round < 3; round++) {
        uint32_t origin = 0;
        size_t taken = 0;
        cord_status status = cord_rows_origin(rows, &origin_a, &origin);
        struct cord_row row = {.text = {text, sizeof text}, .raw_len = sizeof text};
        forget_roles(&row);
        CHECK(status == CORD_OK && origin == 0);
        while ((status = cord_rows_add(rows, &row)) == CORD_OK) {
            taken++;
        }
        CHECK(status == CORD_E_LIMIT);
        CHECK(taken > 20 && cord_rows_count(rows) == taken);
        cord_rows_reset(rows);
        CHECK(cord_rows_count(rows) == 0 && cord_rows_origin_count(rows) == 0);
    }
    cord_rows_free(rows);
}

static void without_memory_nothing_changes(void)
{
    for (size_t nth = 1;; nth++) {
        kit_fail_allocation(nth);
        struct cord_rows *rows = cord_rows_new(1 << 20, 1);
        uint32_t origin = 0, field = 0;
        cord_status status = rows ? cord_rows_origin(rows, &origin_a, &origin) : CORD_E_NOMEM;
        if (status == CORD_OK) {
            status = cord_rows_field(rows, image_names, 2, &field);
        }
        struct cord_row row = {.text = {"x", 1}, .raw_len = 1};
        forget_roles(&row);
        if (status == CORD_OK) {
            status = cord_rows_add(rows, &row);
        }
        bool failed_one = kit_fail_allocation_off();
        CHECK(failed_one ? status == CORD_E_NOMEM : status == CORD_OK);
        CHECK(!rows || cord_rows_count(rows) == (failed_one ? 0 : 1));
        cord_rows_free(rows);
        if (!failed_one) {
            break;
        }
    }
}

static void cleared_rows_keep_their_numbers(void)
{
    struct cord_rows *rows = cord_rows_new(1 << 20, 1);
    uint32_t origin = 9, image = 9, id = 9;
    CHECK(rows != NULL);
    CHECK(cord_rows_origin(rows, &origin_a, &origin) == CORD_OK);
    CHECK(cord_rows_field(rows, id_names, 1, &id) == CORD_OK);
    CHECK(cord_rows_field(rows, image_names, 2, &image) == CORD_OK);
    struct cord_span span = {.field = image & 0xffffffu};
    struct cord_row row = {.origin = origin, .spans = &span, .span_count = 1};
    forget_roles(&row);
    CHECK(cord_rows_add(rows, &row) == CORD_OK);
    cord_rows_clear(rows);
    CHECK(cord_rows_count(rows) == 0);
    CHECK(cord_rows_field_count(rows) == 2 && cord_rows_origin_count(rows) == 1);
    CHECK(cord_rows_add(rows, &row) == CORD_OK);
    CHECK(cord_rows_field(rows, image_names, 2, &image) == CORD_OK && image == 1);
    cord_rows_free(rows);
}

KIT_MAIN(KIT_TEST(cleared_rows_keep_their_numbers), KIT_TEST(names_and_origins_are_numbered_once),
         KIT_TEST(a_row_is_copied_whole), KIT_TEST(what_is_out_of_bounds_is_refused),
         KIT_TEST(the_ceiling_refuses_and_a_reset_makes_room),
         KIT_TEST(without_memory_nothing_changes))
