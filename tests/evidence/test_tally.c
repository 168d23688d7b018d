/* test_tally.c: what pipelines make of events. */
#include "evidence/tally.h"

#include "base/timestamp.h"
#include "kit/kit.h"
#include "kit/kit_rows.h"
#include "kit/run_query.h"

enum { OUT_BYTES_MAX = 16 << 20 };

#define BYTES_MAX ((size_t)64 << 20)

static const struct kit_rows_origin origin = {
    .organisation = {"RJ1", 3}, .source = {"dc01", 4}, .received_ns = 1795300000LL * 1000000000};

static const char events[] =
    "{\"@timestamp\":\"2026-11-22T08:00:00Z\",\"h\":\"a\",\"u\":\"x\",\"n\":1,\"t\":[1,2]}\n"
    "{\"@timestamp\":\"2026-11-22T08:00:59Z\",\"h\":\"b\",\"u\":\"y\",\"n\":2,\"t\":[2]}\n"
    "{\"@timestamp\":\"2026-11-22T08:01:00Z\",\"h\":\"a\",\"u\":\"y\",\"n\":3.5}\n"
    "{\"@timestamp\":\"2026-11-22T08:03:00Z\",\"h\":\"a\",\"u\":\"X\",\"n\":\"-4\"}\n"
    "{\"@timestamp\":\"2026-11-22T08:03:30Z\",\"u\":\"x\",\"n\":\"none\"}\n";

struct expectation {
    const char *query;
    const char *result;
};

static struct cord_rows *make_rows(const char *text)
{
    struct cord_rows *rows = cord_rows_new(1 << 26, 1);
    CHECK(rows != NULL);
    kit_rows_add(rows, cord_decoder_by_name(CORD_STR("json")), &origin, cord_str_from(text));
    return rows;
}

static void check_query(const struct cord_rows *rows, const char *text, size_t parts,
                        const char *result)
{
    const struct cord_tally_options options = {.bytes_max = BYTES_MAX, .seed = 7};
    struct cord_query *query = NULL;
    struct cord_error err = {""};
    struct cord_buf out;
    cord_buf_init(&out, OUT_BYTES_MAX);
    if (cord_query_parse(cord_str_from(text), &query, &err) != CORD_OK) {
        fail_msg("%s: %s", text, err.text);
    }
    (void)run_query(query, rows, &options, parts, &out);
    kit_check_str(cord_buf_str(&out), cord_str_from(result), text, (int)parts);
    cord_query_free(query);
    cord_buf_done(&out);
}

static void makes_tables_of_events(void)
{
    static const struct expectation table[] = {
        {"| count", "count|first|last\n5|2026-11-22T08:00:00.000Z|2026-11-22T08:03:30.000Z"},
        {"nothing | count", "count|first|last\n0|-|-"},
        {"| count by h | fields h,count", "h|count\na|3\n-|1\nb|1"},
        {"| count by h,u | fields h,u,count", "h|u|count\n-|x|1\na|X|1\na|x|1\na|y|1\nb|y|1"},
        {"| count by t | fields t,count", "t|count\n-|3\n2|2\n1|1"},
        {"h:* | top 1 h | fields count, h", "count|h\n3|a"},
        {"| timeline 1m", "time|count\n2026-11-22T08:00:00.000Z|2\n2026-11-22T08:01:00.000Z|1\n"
                          "2026-11-22T08:02:00.000Z|0\n2026-11-22T08:03:00.000Z|2"},
        {"| timeline 1w", "time|count\n2026-11-16T00:00:00.000Z|5"},
        {"h:a | timeline 1h by u", "time|u|count\n2026-11-22T08:00:00.000Z|X|1\n"
                                   "2026-11-22T08:00:00.000Z|x|1\n2026-11-22T08:00:00.000Z|y|1"},
        {"| distinct u", "distinct\n3"},
        {"| distinct u by h", "h|distinct\na|3\n-|1\nb|1"},
        {"| distinct t by h", "h|distinct\na|2\nb|1\n-|0"},
        {"| stats count, min(n), max(n), avg(n), sum(n), p50(n)",
         "count|min(n)|max(n)|avg(n)|sum(n)|p50(n)\n5|-4|3.5|0.625|2.5|1"},
        {"| stats max(n) by h | sort max(n) desc", "h|max(n)\na|3.5\nb|2\n-|-"},
        {"| stats min(time), max(time)",
         "min(time)|max(time)\n2026-11-22T08:00:00.000Z|2026-11-22T08:03:30.000Z"},
        {"| count by h | sort h desc | head 2 | fields h", "h\nb\na"},
        {"nothing | count by h", "h|count|first|last"},
    };
    struct cord_rows *rows = make_rows(events);
    for (size_t parts = 1; parts <= 3; parts++) {
        for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
            check_query(rows, table[i].query, parts, table[i].result);
        }
    }
    cord_rows_free(rows);
}

static void keeps_the_events_that_were_asked_for(void)
{
    static const char lines[] = "{\"@timestamp\":3,\"k\":\"b\"}\n{\"@timestamp\":1,\"k\":\"c\"}\n"
                                "{\"@timestamp\":2,\"k\":\"a\"}\n{\"@timestamp\":4,\"k\":10}\n"
                                "{\"@timestamp\":5,\"k\":9}\n";
    static const struct expectation table[] = {
        {"| first", "{\"@timestamp\":1,\"k\":\"c\"}\n"},
        {"| last 2", "{\"@timestamp\":5,\"k\":9}\n{\"@timestamp\":4,\"k\":10}\n"},
        {"| sort k | head 2", "{\"@timestamp\":5,\"k\":9}\n{\"@timestamp\":4,\"k\":10}\n"},
        {"k:(a OR b OR c) | sort k desc",
         "{\"@timestamp\":1,\"k\":\"c\"}\n{\"@timestamp\":3,\"k\":\"b\"}\n"
         "{\"@timestamp\":2,\"k\":\"a\"}\n"},
        {"| sort time | head 2",
         "{\"@timestamp\":1,\"k\":\"c\"}\n{\"@timestamp\":2,\"k\":\"a\"}\n"},
        {"| last 3 | sort time | head 1", "{\"@timestamp\":3,\"k\":\"b\"}\n"},
        {"| first 2 | sort k | fields k",
         "{\"@timestamp\":2,\"k\":\"a\"}\n{\"@timestamp\":1,\"k\":\"c\"}\n"},
        {"nothing | last 5", ""},
    };
    struct cord_rows *rows = make_rows(lines);
    for (size_t parts = 1; parts <= 3; parts++) {
        for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
            check_query(rows, table[i].query, parts, table[i].result);
        }
    }
    cord_rows_free(rows);
}

static struct cord_rows *make_many(size_t count)
{
    struct cord_buf text;
    cord_buf_init(&text, OUT_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        cord_buf_printf(&text, "{\"n\":%zu,\"g\":%zu}\n", (i * 7919) % count + 1, i % 3);
    }
    cord_buf_put_char(&text, '\0');
    struct cord_rows *rows = make_rows(text.ptr);
    cord_buf_done(&text);
    return rows;
}

static struct cord_tally_stats run_with(const struct cord_rows *rows, const char *text,
                                        size_t bytes_max, size_t parts, struct cord_buf *out)
{
    const struct cord_tally_options options = {.bytes_max = bytes_max, .seed = 7};
    struct cord_query *query = NULL;
    CHECK(cord_query_parse(cord_str_from(text), &query, NULL) == CORD_OK);
    cord_buf_clear(out);
    struct cord_tally_stats stats = run_query(query, rows, &options, parts, out);
    cord_query_free(query);
    return stats;
}

static void percentiles_are_exact_and_then_close(void)
{
    struct cord_buf out;
    cord_buf_init(&out, OUT_BYTES_MAX);
    struct cord_rows *rows = make_many(CORD_TALLY_EXACT_MAX);
    struct cord_tally_stats stats = run_with(rows, "| stats p50(n), p99(n)", BYTES_MAX, 3, &out);
    CHECK_U64(stats.estimated, 0);
    CHECK_STR(cord_buf_str(&out), "p50(n)|p99(n)\n1024|2028");
    cord_rows_free(rows);

    rows = make_many(CORD_TALLY_EXACT_MAX * 4);
    for (size_t parts = 1; parts <= 3; parts++) {
        stats = run_with(rows, "| stats p50(n), p99(n)", BYTES_MAX, parts, &out);
        CHECK_U64(stats.estimated, 2);
        CHECK_STR(cord_str_slice(cord_buf_str(&out), 0, 14), "p50(n)|p99(n)\n");
        int64_t p50 = 0;
        size_t dot = cord_str_find_char(cord_buf_str(&out), '.', 14);
        CHECK(cord_str_i64(cord_str_slice(cord_buf_str(&out), 14, dot - 14), &p50));
        CHECK(p50 > 4096 * 99 / 100 && p50 < 4096 * 101 / 100);
    }
    cord_rows_free(rows);
    cord_buf_done(&out);
}

static uint64_t sum_of_counts(cord_str table, size_t column)
{
    cord_str line;
    uint64_t sum = 0;
    (void)cord_str_cut(&table, '\n', &line);
    while (cord_str_cut(&table, '\n', &line)) {
        cord_str cell = {0};
        uint64_t count = 0;
        for (size_t i = 0; i <= column; i++) {
            CHECK(cord_str_cut(&line, '|', &cell));
        }
        CHECK(cord_str_u64(cell, &count));
        sum += count;
    }
    return sum;
}

static void what_finds_no_room_is_counted(void)
{
    struct cord_buf out;
    cord_buf_init(&out, OUT_BYTES_MAX);
    struct cord_rows *rows = make_many(20000);
    struct cord_tally_stats stats = run_with(rows, "| count by n", BYTES_MAX, 1, &out);
    CHECK_U64(stats.rows_without_room, 0);
    CHECK_U64(sum_of_counts(cord_buf_str(&out), 1), 20000);
    for (size_t parts = 1; parts <= 2; parts++) {
        stats = run_with(rows, "| count by n", 1 << 20, parts, &out);
        CHECK(stats.rows_without_room > 0 && stats.rows_without_room < 20000);
        CHECK_U64(sum_of_counts(cord_buf_str(&out), 1) + stats.rows_without_room, 20000);
        stats = run_with(rows, "| distinct n", 256 << 10, parts, &out);
        CHECK_U64(sum_of_counts(cord_buf_str(&out), 0) + stats.values_without_room, 20000);
        stats = run_with(rows, "| sort n | fields n", 256 << 10, parts, &out);
        CHECK(stats.events_without_room > 0 && stats.events_without_room < 20000);
    }
    cord_rows_free(rows);
    cord_buf_done(&out);
}

static void takes_groups_as_it_takes_rows(void)
{
    const struct cord_tally_options options = {.bytes_max = BYTES_MAX, .seed = 7};
    const struct cord_query_field *keys[2 * CORD_QUERY_FIELDS_MAX];
    struct cord_query *query = NULL;
    struct cord_buf out;
    size_t count = 0;
    cord_buf_init(&out, OUT_BYTES_MAX);
    CHECK(cord_query_parse(CORD_STR("| distinct u by h"), &query, NULL) == CORD_OK);
    struct cord_tally *tally = cord_tally_new(query, &options);
    CHECK(tally != NULL);
    CHECK(cord_tally_keys(tally, keys, &count) && count == 2);
    CHECK_STR(keys[0]->name, "h");
    CHECK_STR(keys[1]->name, "u");
    cord_str groups[][2] = {{CORD_STR("a"), CORD_STR("x")},
                            {CORD_STR("a"), CORD_STR("y")},
                            {CORD_STR("a"), CORD_STR("x")},
                            {CORD_STR("b"), {NULL, 0}},
                            {{NULL, 0}, CORD_STR("x")}};
    for (size_t i = 0; i < 5; i++) {
        CHECK(cord_tally_add_group(tally, groups[i], 3, 1000, 2000) == CORD_OK);
    }
    CHECK(cord_tally_finish(tally) == CORD_OK);
    run_query_print(tally, &out);
    CHECK_STR(cord_buf_str(&out), "h|distinct\na|2\n-|1\nb|0");
    cord_tally_free(tally);
    cord_query_free(query);

    CHECK(cord_query_parse(CORD_STR("| stats avg(n)"), &query, NULL) == CORD_OK);
    tally = cord_tally_new(query, &options);
    CHECK(tally && !cord_tally_keys(tally, keys, &count));
    cord_tally_free(tally);
    cord_query_free(query);
    cord_buf_done(&out);
}

static void steps_begin_where_clocks_do(void)
{
    const struct cord_tally_options options = {.bytes_max = BYTES_MAX, .seed = 7};
    struct cord_query *query = NULL;
    CHECK(cord_query_parse(CORD_STR("| timeline 1h"), &query, NULL) == CORD_OK);
    struct cord_tally *tally = cord_tally_new(query, &options);
    CHECK(tally != NULL);
    CHECK_I64(cord_tally_step(tally, 3599 * CORD_SECOND_NS), 0);
    CHECK_I64(cord_tally_step(tally, 3600 * CORD_SECOND_NS), 3600 * CORD_SECOND_NS);
    CHECK_I64(cord_tally_step(tally, -1), -3600 * CORD_SECOND_NS);
    CHECK_I64(cord_tally_step(tally, CORD_TIME_NONE), CORD_TIME_NONE);
    (void)cord_tally_step(tally, INT64_MIN + 1);
    (void)cord_tally_step(tally, INT64_MAX);
    cord_tally_free(tally);
    cord_query_free(query);
}

static void only_some_pipelines_need_a_tally(void)
{
    static const struct {
        const char *query;
        bool needed;
        uint64_t limit;
    } rows[] = {{"a", false, 0},
                {"| fields time, host", false, 0},
                {"| head 20 | fields a | head 5", false, 5},
                {"| last", true, 0},
                {"| fields a | sort b", true, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cord_query *query = NULL;
        uint64_t limit = 0;
        CHECK(cord_query_parse(cord_str_from(rows[i].query), &query, NULL) == CORD_OK);
        CHECK(cord_tally_is_needed(query, &limit) == rows[i].needed);
        CHECK_U64(limit, rows[i].limit);
        cord_query_free(query);
    }
}

static void survives_every_failing_allocation(void)
{
    static const char *const queries[] = {"| distinct u by h", "| stats p50(n) by t",
                                          "| sort u | head 2", "| timeline 1m"};
    const struct cord_tally_options options = {.bytes_max = BYTES_MAX, .seed = 7};
    struct cord_rows *rows = make_rows(events);
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        struct cord_query *query = NULL;
        CHECK(cord_query_parse(cord_str_from(queries[i]), &query, NULL) == CORD_OK);
        for (size_t nth = 1;; nth++) {
            kit_fail_allocation(nth);
            struct cord_tally *tally = cord_tally_new(query, &options);
            cord_status status = tally ? CORD_OK : CORD_E_NOMEM;
            if (tally) {
                cord_tally_from(tally, rows);
            }
            for (size_t at = 0; at < cord_rows_count(rows) && status == CORD_OK; at++) {
                status = cord_tally_add(tally, at);
            }
            status = status == CORD_OK ? cord_tally_finish(tally) : status;
            bool failed_one = kit_fail_allocation_off();
            CHECK(status == (failed_one ? CORD_E_NOMEM : CORD_OK));
            cord_tally_free(tally);
            if (!failed_one) {
                break;
            }
        }
        cord_query_free(query);
    }
    cord_rows_free(rows);
}

KIT_MAIN(KIT_TEST(makes_tables_of_events), KIT_TEST(keeps_the_events_that_were_asked_for),
         KIT_TEST(percentiles_are_exact_and_then_close), KIT_TEST(what_finds_no_room_is_counted),
         KIT_TEST(takes_groups_as_it_takes_rows), KIT_TEST(steps_begin_where_clocks_do),
         KIT_TEST(only_some_pipelines_need_a_tally), KIT_TEST(survives_every_failing_allocation))
