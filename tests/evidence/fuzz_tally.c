/*
 * fuzz_tally.c: what a pipeline gives does not depend on how many tallies the
 * rows went through, and a table's counts are those of its rows.
 */
#include "evidence/tally.h"

#include <assert.h>

#include "evidence/query_match.h"
#include "kit/make_query.h"
#include "kit/run_query.h"

enum { ROWS = 12, OUT_BYTES_MAX = 1 << 22 };

static uint64_t count_matches(const struct cord_query *query, const struct cord_rows *rows)
{
    struct cord_query_match *match = cord_query_match_new(query);
    uint64_t count = 0;
    assert(match);
    cord_query_match_from(match, rows);
    for (size_t i = 0; i < cord_rows_count(rows); i++) {
        bool matches = false;
        assert(cord_query_match_row(match, i, &matches) == CORD_OK);
        count += matches ? 1 : 0;
    }
    cord_query_match_free(match);
    return count;
}

/* "| count" has one row, and in it the number of matches. */
static void check_count(const struct cord_query *query, const struct cord_rows *rows,
                        const struct cord_tally_options *options)
{
    struct cord_query *count = NULL;
    struct cord_buf text;
    struct cord_buf wanted;
    struct cord_buf out;
    cord_buf_init(&text, OUT_BYTES_MAX);
    cord_buf_init(&wanted, OUT_BYTES_MAX);
    cord_buf_init(&out, OUT_BYTES_MAX);
    cord_query_print(query, &text);
    size_t pipe = cord_str_find(cord_buf_str(&text), CORD_STR(" | "), 0);
    cord_buf_printf(&wanted, "%.*s | stats count", (int)(pipe == SIZE_MAX ? text.len : pipe),
                    text.ptr);
    assert(cord_query_parse(cord_buf_str(&wanted), &count, NULL) == CORD_OK);
    (void)run_query(count, rows, options, 2, &out);
    cord_buf_clear(&wanted);
    cord_buf_printf(&wanted, "count\n%llu", (unsigned long long)count_matches(query, rows));
    assert(cord_str_eq(cord_buf_str(&out), cord_buf_str(&wanted)));
    cord_query_free(count);
    cord_buf_done(&text);
    cord_buf_done(&wanted);
    cord_buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct cord_tally_options options = {.bytes_max = 1 << 24, .seed = 1};
    struct kit_bytes source = {data, size};
    struct cord_rows *rows = cord_rows_new(1 << 22, 1);
    struct cord_query *query = NULL;
    struct cord_buf text;
    struct cord_buf once;
    struct cord_buf parted;
    uint64_t limit = 0;
    cord_buf_init(&text, OUT_BYTES_MAX);
    cord_buf_init(&once, OUT_BYTES_MAX);
    cord_buf_init(&parted, OUT_BYTES_MAX);
    if (kit_bytes_pick(&source, 2) == 0) {
        make_query_condition(&source, &text);
    }
    make_query_pipeline(&source, &text);
    make_query_rows(&source, rows, ROWS);
    assert(cord_query_parse(cord_buf_str(&text), &query, NULL) == CORD_OK);
    if (cord_tally_is_needed(query, &limit)) {
        (void)run_query(query, rows, &options, 1, &once);
        (void)run_query(query, rows, &options, 3, &parted);
        assert(cord_str_eq(cord_buf_str(&once), cord_buf_str(&parted)));
    }
    check_count(query, rows, &options);
    cord_query_free(query);
    cord_rows_free(rows);
    cord_buf_done(&text);
    cord_buf_done(&once);
    cord_buf_done(&parted);
    return 0;
}
