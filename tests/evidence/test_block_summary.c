/* test_block_summary.c: what a block says of its fields without being opened. */
#include "evidence/block_summary.h"
#include "kit/kit.h"
#include "kit/kit_block.h"

#include <stdio.h>

enum { ROWS = 400 };

/* One value of a row. */
struct said {
    uint32_t field;
    const char *text;
    enum cord_value_kind kind;
};

static void add_row(struct cord_rows *rows, int64_t when_s, const struct said *said, size_t count)
{
    struct cord_span spans[8];
    char text[1024];
    size_t len = 0;
    struct cord_row row = {.time_ns = when_s * CORD_SECOND_NS, .spans = spans};
    for (size_t i = 0; i < count; i++) {
        size_t value_len = strlen(said[i].text);
        text[len++] = ' ';
        memcpy(text + len, said[i].text, value_len);
        spans[i] = (struct cord_span){.at = (uint32_t)len,
                                      .len = (uint32_t)value_len,
                                      .field = said[i].field & 0xffffffU,
                                      .kind = (uint32_t)said[i].kind & 0xfU};
        len += value_len;
    }
    for (size_t i = 0; i < CORD_ROLE_COUNT; i++) {
        row.role[i] = CORD_VALUE_NONE;
    }
    row.role[CORD_ROLE_HOST] = count > 0 ? 0 : CORD_VALUE_NONE;
    row.text = (cord_str){text, len};
    row.raw_len = (uint32_t)len;
    row.span_count = (uint32_t)count;
    CHECK(cord_rows_add(rows, &row) == CORD_OK);
}

static struct cord_rows *new_rows(void)
{
    static const char *const names[][2] = {{"host", "Computer"},
                                           {"a.key", "EventID"},
                                           {"b.key", "Code"},
                                           {"message", "m"},
                                           {"tag", "t"}};
    struct cord_rows *rows = cord_rows_new(1 << 24, 1);
    const struct cord_origin origin = {.organisation = CORD_STR("RJ1")};
    uint32_t number = 0;
    CHECK(rows && cord_rows_origin(rows, &origin, &number) == CORD_OK);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const cord_str called[2] = {cord_str_from(names[i][0]), cord_str_from(names[i][1])};
        CHECK(cord_rows_field(rows, called, 2, &number) == CORD_OK && number == i);
    }
    return rows;
}

/* Rows with a.key or b.key or neither, a message that is always another, and a
 * tag that is there twice in one row. */
static struct cord_rows *sample_rows(void)
{
    struct cord_rows *rows = new_rows();
    for (int64_t i = 0; i < ROWS; i++) {
        char message[32];
        (void)snprintf(message, sizeof message, "message %d", (int)i);
        const struct said said[] = {
            {0, i % 2 ? "ward" : "lab", CORD_VALUE_TEXT},
            {3, message, CORD_VALUE_TEXT},
            {i % 4 == 0 ? 1 : 2, i % 4 == 0 ? "4624" : "1", CORD_VALUE_NUMBER},
            {4, "x", CORD_VALUE_TEXT},
            {4, "y", i == 7 ? CORD_VALUE_TEXT : CORD_VALUE_NULL},
        };
        add_row(rows, i, said, i % 10 == 9 ? 2 : 5);
    }
    return rows;
}

static uint32_t find(const struct cord_block_summary *summary, const char *name, bool above)
{
    struct cord_query *query = NULL;
    char text[64];
    (void)snprintf(text, sizeof text, "%s:*", name);
    CHECK(cord_query_parse(cord_str_from(text), &query, NULL) == CORD_OK);
    uint32_t found = cord_block_summary_find(summary, &cord_query_condition(query)->field, above);
    cord_query_free(query);
    return found;
}

/* The rows with that value of the field, and when the first and the last were. */
static uint64_t rows_of(struct cord_block_summary *summary, const char *name, const char *value,
                        int64_t *ret_first, int64_t *ret_last)
{
    const struct cord_block_summary_value *values = NULL;
    size_t count = 0;
    uint32_t table = find(summary, name, false);
    if (table < CORD_BLOCK_SUMMARY_TABLES) {
        print_error("%s is not counted\n", name);
        fail();
    }
    CHECK(cord_block_summary_table(summary, table, &values, &count) == CORD_OK);
    for (size_t i = 0; i < count; i++) {
        bool none = values[i].kind == CORD_VALUE_NULL;
        if (value ? !none && cord_str_eq(values[i].text, cord_str_from(value)) : none) {
            *ret_first = values[i].first_ns / CORD_SECOND_NS;
            *ret_last = values[i].last_ns / CORD_SECOND_NS;
            return values[i].rows;
        }
    }
    return 0;
}

static void counts_what_fields_say(void)
{
    const bool nobody[8] = {false};
    struct cord_rows *rows = sample_rows();
    struct kit_block packed;
    struct cord_block_summary *summary = cord_block_summary_new();
    int64_t first = 0;
    int64_t last = 0;
    kit_block_pack(&packed, rows, nobody);
    CHECK(packed.summary.len > 0 && summary);
    CHECK(cord_block_summary_open(summary, cord_buf_str(&packed.summary), &packed.head, NULL) ==
          CORD_OK);
    CHECK_U64(rows_of(summary, "HOST", "x", &first, &last), 0);
    CHECK_U64(rows_of(summary, "host", "lab", &first, &last), ROWS / 2);
    CHECK(first == 0 && last == ROWS - 2);
    CHECK_U64(rows_of(summary, "eventid", "4624", &first, &last), ROWS / 4);
    CHECK(first == 0 && last == ROWS - 4);
    CHECK_U64(rows_of(summary, ".a.key", NULL, &first, &last), ROWS * 3 / 4);
    CHECK(first == 1 && last == ROWS - 1);
    /* Two fields answer to one name, never in one row. */
    CHECK_U64(rows_of(summary, "key", "1", &first, &last), ROWS * 3 / 4 - ROWS / 10);
    CHECK_U64(rows_of(summary, "key", "4624", &first, &last), ROWS / 4);
    CHECK_U64(rows_of(summary, "key", NULL, &first, &last), ROWS / 10);
    CHECK(first == 9 && last == ROWS - 1);
    CHECK_U64(find(summary, "message", false), CORD_BLOCK_SUMMARY_UNCOUNTED);
    CHECK_U64(find(summary, "tag", false), CORD_BLOCK_SUMMARY_UNCOUNTED);
    CHECK_U64(find(summary, "absent", false), CORD_BLOCK_SUMMARY_NOBODY);
    CHECK_U64(find(summary, "absent[1]", false), CORD_BLOCK_SUMMARY_NOBODY);
    CHECK_U64(find(summary, "a", false), CORD_BLOCK_SUMMARY_NOBODY);
    CHECK_U64(find(summary, "a", true), CORD_BLOCK_SUMMARY_UNCOUNTED);
    CHECK_U64(find(summary, ".key", false), CORD_BLOCK_SUMMARY_NOBODY);
    CHECK_U64(find(summary, "Code[0]", false), CORD_BLOCK_SUMMARY_NOBODY);
    CHECK_U64(find(summary, "b.key[0]", false), CORD_BLOCK_SUMMARY_UNCOUNTED);
    cord_block_summary_free(summary);
    kit_block_done(&packed);
    cord_rows_free(rows);
}

static void says_nothing_of_persons(void)
{
    const bool personal[8] = {[1] = true};
    struct cord_rows *rows = sample_rows();
    struct kit_block packed;
    struct cord_block_summary *summary = cord_block_summary_new();
    int64_t first = 0;
    int64_t last = 0;
    kit_block_pack(&packed, rows, personal);
    CHECK(summary && packed.head.personal_bytes > 0);
    CHECK(cord_block_summary_open(summary, cord_buf_str(&packed.summary), &packed.head, NULL) ==
          CORD_OK);
    CHECK_U64(find(summary, "EventID", false), CORD_BLOCK_SUMMARY_UNCOUNTED);
    CHECK_U64(find(summary, "key", false), CORD_BLOCK_SUMMARY_UNCOUNTED);
    CHECK_U64(rows_of(summary, "Code", "1", &first, &last), ROWS * 3 / 4 - ROWS / 10);
    cord_block_summary_free(summary);
    kit_block_done(&packed);
    cord_rows_free(rows);
}

/* A person's name in another row's host, and in what rows have in common. */
static void says_nothing_where_persons_are_named(void)
{
    const bool personal[8] = {[2] = true};
    struct cord_rows *rows = new_rows();
    struct kit_block packed;
    struct cord_block_summary *summary = cord_block_summary_new();
    const struct cord_block_summary_value *values = NULL;
    size_t count = 0;
    for (int64_t i = 0; i < ROWS; i++) {
        const struct said said[] = {
            {0, i % 50 == 0 ? "pc of edith" : "pc", CORD_VALUE_TEXT},
            {1, i % 2 ? "4624" : "1", CORD_VALUE_TEXT},
            {2, i % 3 ? "edith" : "alice", CORD_VALUE_TEXT},
        };
        add_row(rows, i, said, i % 5 == 0 ? 2 : 3);
    }
    kit_block_pack(&packed, rows, personal);
    CHECK(summary && packed.head.personal_bytes > 0);
    CHECK(cord_block_summary_open(summary, cord_buf_str(&packed.summary), &packed.head, NULL) ==
          CORD_OK);
    CHECK_U64(find(summary, "host", false), CORD_BLOCK_SUMMARY_UNCOUNTED);
    CHECK_U64(find(summary, ".host", false), CORD_BLOCK_SUMMARY_UNCOUNTED);
    CHECK_U64(find(summary, "Code", false), CORD_BLOCK_SUMMARY_UNCOUNTED);
    for (uint32_t table = CORD_BLOCK_SUMMARY_TABLES;
         cord_block_summary_table(summary, table, &values, &count) == CORD_OK; table++) {
        for (size_t i = 0; i < count; i++) {
            CHECK(!kit_block_tells(values[i].text, CORD_STR("edith")));
            CHECK(!kit_block_tells(values[i].text, CORD_STR("alice")));
        }
    }
    CHECK(find(summary, "EventID", false) >= CORD_BLOCK_SUMMARY_TABLES);
    cord_block_summary_free(summary);
    kit_block_done(&packed);
    cord_rows_free(rows);
}

/* `distinct` values of one field; whether they were counted. */
static bool counts_so_many(size_t distinct, size_t value_len)
{
    const bool nobody[8] = {false};
    struct cord_rows *rows = new_rows();
    struct kit_block packed;
    struct cord_block_summary *summary = cord_block_summary_new();
    CHECK(summary);
    for (size_t i = 0; i < 16 * distinct; i++) {
        char value[512];
        memset(value, 'v', value_len);
        (void)snprintf(value + value_len - 4, 5, "%04u", (unsigned)(i % distinct) & 0xfffU);
        const struct said said[] = {{0, value, CORD_VALUE_TEXT}};
        add_row(rows, (int64_t)i, said, 1);
    }
    kit_block_pack(&packed, rows, nobody);
    CHECK(cord_block_summary_open(summary, cord_buf_str(&packed.summary), &packed.head, NULL) ==
          CORD_OK);
    bool counted = find(summary, "Computer", false) >= CORD_BLOCK_SUMMARY_TABLES;
    cord_block_summary_free(summary);
    kit_block_done(&packed);
    cord_rows_free(rows);
    return counted;
}

static void leaves_out_what_is_long_or_many(void)
{
    CHECK(counts_so_many(2, 240));
    CHECK(counts_so_many(2, 256));
    CHECK(!counts_so_many(2, 257));
    CHECK(!counts_so_many(300, 8));
}

static void damage_is_refused(void)
{
    const bool nobody[8] = {false};
    struct cord_rows *rows = sample_rows();
    struct kit_block packed;
    struct cord_block_summary *summary = cord_block_summary_new();
    kit_block_pack(&packed, rows, nobody);
    CHECK(summary);
    for (size_t at = 0; at < packed.summary.len; at++) {
        packed.summary.ptr[at] = (char)(packed.summary.ptr[at] ^ 4);
        CHECK(cord_block_summary_open(summary, cord_buf_str(&packed.summary), &packed.head, NULL) ==
              CORD_E_FORMAT);
        packed.summary.ptr[at] = (char)(packed.summary.ptr[at] ^ 4);
        CHECK(cord_block_summary_open(summary, cord_str_slice(cord_buf_str(&packed.summary), 0, at),
                                      &packed.head, NULL) == CORD_E_FORMAT);
    }
    CHECK(cord_block_summary_open(summary, cord_buf_str(&packed.summary), &packed.head, NULL) ==
          CORD_OK);
    cord_block_summary_free(summary);
    kit_block_done(&packed);
    cord_rows_free(rows);
}

KIT_MAIN(KIT_TEST(counts_what_fields_say), KIT_TEST(says_nothing_of_persons),
         KIT_TEST(says_nothing_where_persons_are_named), KIT_TEST(leaves_out_what_is_long_or_many),
         KIT_TEST(damage_is_refused))
