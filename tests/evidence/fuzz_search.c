/*
 * fuzz_search.c: a search by columns finds the rows that the plainest
 * evaluation finds in the block put together again, whatever has expired; and
 * what its summary answers is what its rows come to.
 */
#include "evidence/block_search.h"
#include "evidence/search_filter.h"
#include "evidence/search_summary.h"
#include "kit/kit_block.h"
#include "kit/make_query.h"
#include "kit/naive_query.h"
#include "kit/run_query.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROWS_MAX = 24, SPANS_MAX = 12, LITERALS = 3 };

static unsigned take(struct kit_bytes *source)
{
    return kit_bytes_pick(source, 256);
}

/* Rows of any bytes, cut into values anyhow. */
static void add_torn_row(struct cord_rows *rows, struct kit_bytes *source)
{
    struct cord_span spans[SPANS_MAX];
    size_t len = take(source) % 120;
    struct cord_row row = {.spans = spans};
    row.time_ns = (int64_t)take(source) * CORD_SECOND_NS;
    row.received_ns = (int64_t)take(source) * CORD_SECOND_NS;
    len = len < source->left ? len : source->left;
    row.text = (cord_str){(const char *)source->data, len};
    source->data += len;
    source->left -= len;
    row.raw_len = (uint32_t)(len - (take(source) % 4 == 0 ? take(source) % (len + 1) : 0));
    uint32_t cursor = 0;
    row.span_count = take(source) % SPANS_MAX;
    for (uint32_t i = 0; i < row.span_count; i++) {
        unsigned what = take(source);
        uint32_t at = what & 8 ? take(source) : cursor + take(source) % 8;
        uint32_t end = 0;
        at = at < len ? at : (uint32_t)len;
        end = at + take(source) % 16;
        cursor = end < len ? end : (uint32_t)len;
        spans[i] = (struct cord_span){
            .at = at,
            .len = cursor - at,
            .field = (what >> 4) % cord_rows_field_count(rows) & 0xffffffU,
            .kind = what % 4 == 3 ? CORD_VALUE_NUMBER : CORD_VALUE_TEXT,
            .flags = what & 4 ? CORD_VALUE_ESCAPED : 0,
        };
    }
    for (size_t i = 0; i < CORD_ROLE_COUNT; i++) {
        row.role[i] = CORD_VALUE_NONE;
    }
    row.role[CORD_ROLE_HOST] = row.span_count > 0 ? 0 : CORD_VALUE_NONE;
    cord_status status = cord_rows_add(rows, &row);
    assert(status == CORD_OK);
}

static void make_torn_rows(struct cord_rows *rows, struct kit_bytes *source)
{
    uint32_t number = 0;
    struct cord_origin origin = {.organisation = CORD_STR("A"), .source = CORD_STR("b")};
    cord_status status = cord_rows_origin(rows, &origin, &number);
    for (size_t i = 0; i < 4 && status == CORD_OK; i++) {
        cord_str name = cord_str_slice(CORD_STR("abcd"), i, 1);
        status = cord_rows_field(rows, &name, 1, &number);
    }
    assert(status == CORD_OK);
    for (unsigned count = 1 + take(source) % ROWS_MAX; count > 0; count--) {
        add_torn_row(rows, source);
    }
}

/* A stretch of some row, in quotes. */
static void put_literal(struct kit_bytes *source, const struct cord_rows *rows,
                        struct cord_buf *out)
{
    size_t at = take(source) % cord_rows_count(rows);
    cord_str text = cord_rows_at(rows, at)->text;
    text = cord_str_slice(text, take(source) % (text.len + 1), 1 + take(source) % 12);
    cord_buf_put_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"' || text.ptr[i] == '\\') {
            cord_buf_put_char(out, '\\');
        }
        cord_buf_put_char(out, text.ptr[i]);
    }
    cord_buf_put_char(out, '"');
}

static void make_torn_condition(struct kit_bytes *source, const struct cord_rows *rows,
                                struct cord_buf *out)
{
    for (unsigned i = 0, count = 1 + take(source) % LITERALS; i < count; i++) {
        unsigned what = take(source);
        if (i > 0) {
            cord_buf_put_text(out, what & 16 ? " OR " : " AND ");
        }
        cord_buf_put_text(out, what & 32 ? "NOT " : "");
        if (what & 64) {
            cord_buf_put_char(out, (char)('a' + what % 4));
            cord_buf_put_char(out, ':');
        }
        put_literal(source, rows, out);
    }
}

static void compare(const struct cord_query *query, cord_str text, struct cord_block *block,
                    const struct cord_rows *rows, enum cord_cpu_level level)
{
    struct cord_block_search *search = cord_block_search_new(query, 3, level);
    struct cord_range range = {.from_ns = CORD_TIME_NONE, .to_ns = CORD_TIME_NONE};
    struct cord_error err = {""};
    const uint64_t *found = NULL;
    size_t count = 0;
    size_t wanted_count = 0;
    assert(search);
    for (int twice = 0; twice < 2; twice++) {
        cord_status status = cord_block_search_run(search, block, &range, &found, &count, &err);
        assert(status == CORD_OK);
    }
    for (size_t i = 0; i < cord_rows_count(rows); i++) {
        bool got = (found[i / 64] >> (i % 64) & 1) != 0;
        bool wanted = naive_query_matches(cord_query_condition(query), rows, i);
        wanted_count += wanted;
        if (got != wanted) {
            cord_str row = cord_rows_at(rows, i)->text;
            (void)fprintf(stderr, "%.*s\nof row %zu, %.*s: %d, and is %d\n", CORD_STR_ARG(text), i,
                          CORD_STR_ARG(row), (int)got, (int)wanted);
        }
        assert(got == wanted);
    }
    assert(count == wanted_count);
    cord_block_search_free(search);
}

/* A block that a filter keeps out holds no row that is wanted. */
static void check_filter(const struct cord_query *query, const struct kit_block *packed,
                         cord_str personal, const struct cord_rows *rows)
{
    struct cord_block_filter body;
    struct cord_block_filter people;
    struct cord_search_filter *filter = cord_search_filter_new(query);
    cord_status status = cord_block_filter_open(cord_buf_str(&packed->filter), &body, NULL);
    assert(filter && status == CORD_OK);
    struct cord_search_filter_block block = {.body = &body};
    block.expired = packed->head.personal_bytes > 0 && !personal.ptr;
    if (packed->head.personal_bytes > 0 && personal.ptr) {
        status = cord_block_filter_open_personal(personal, &people, NULL);
        assert(status == CORD_OK);
        block.personal = &people;
    }
    bool may = cord_search_filter_may_hold(filter, &block);
    for (size_t i = 0; i < cord_rows_count(rows); i++) {
        assert(may || !naive_query_matches(cord_query_condition(query), rows, i));
    }
    cord_search_filter_free(filter);
}

/* What the summary gave the tally is what the rows give one. */
static void compare_counts(struct cord_search_summary *summary, struct cord_tally *tally,
                           const struct cord_query *query, const struct cord_rows *rows,
                           const struct cord_tally_options *options)
{
    struct cord_buf got;
    struct cord_buf wanted;
    cord_buf_init(&got, 1 << 20);
    cord_buf_init(&wanted, 1 << 20);
    cord_status status = cord_search_summary_feed(summary, tally);
    status = status == CORD_OK ? cord_tally_finish(tally) : status;
    assert(status == CORD_OK);
    run_query_print(tally, &got);
    (void)run_query(query, rows, options, 1, &wanted);
    if (!cord_str_eq(cord_buf_str(&got), cord_buf_str(&wanted))) {
        (void)fprintf(stderr, "%.*s\nand is\n%.*s\n", CORD_STR_ARG(cord_buf_str(&got)),
                      CORD_STR_ARG(cord_buf_str(&wanted)));
    }
    assert(cord_str_eq(cord_buf_str(&got), cord_buf_str(&wanted)));
    cord_buf_done(&got);
    cord_buf_done(&wanted);
}

static void check_summary(const struct cord_query *query, const struct kit_block *packed,
                          const struct cord_rows *rows)
{
    const struct cord_tally_options options = {.bytes_max = 1 << 22, .seed = 5};
    const struct cord_origin *origins[ROWS_MAX];
    struct cord_search_skip_block block = {&packed->head, origins, cord_rows_origin_count(rows)};
    enum cord_search_summary_answer answer = CORD_SEARCH_SUMMARY_UNKNOWN;
    struct cord_tally *tally = NULL;
    uint64_t limit = 0;
    if (packed->summary.len == 0) {
        return;
    }
    for (uint32_t i = 0; i < block.origin_count; i++) {
        origins[i] = cord_rows_origin_at(rows, i);
    }
    if (cord_tally_is_needed(query, &limit)) {
        tally = cord_tally_new(query, &options);
        assert(tally);
    }
    struct cord_search_summary *summary = cord_search_summary_new(query, tally);
    assert(summary);
    cord_status status =
        cord_search_summary_ask(summary, &block, cord_buf_str(&packed->summary), true, &answer);
    assert(status == CORD_OK);
    for (size_t i = 0; answer == CORD_SEARCH_SUMMARY_NOTHING && i < cord_rows_count(rows); i++) {
        assert(!naive_query_matches(cord_query_condition(query), rows, i));
    }
    if (answer == CORD_SEARCH_SUMMARY_COUNTED) {
        compare_counts(summary, tally, query, rows, &options);
    }
    cord_search_summary_free(summary);
    cord_tally_free(tally);
}

static void run(struct kit_bytes *source, unsigned options)
{
    struct cord_rows *rows = cord_rows_new(1 << 24, 1);
    struct cord_query *query = NULL;
    struct cord_error err = {""};
    struct cord_buf text;
    cord_buf_init(&text, 1 << 16);
    assert(rows);
    if (options & 1) {
        make_torn_rows(rows, source);
        make_torn_condition(source, rows, &text);
    } else if (options & 32) {
        make_query_plain_condition(source, &text);
        make_query_pipeline(source, &text);
        make_query_plain_rows(source, rows, 1 + take(source) % ROWS_MAX);
    } else {
        make_query_condition(source, &text);
        make_query_rows(source, rows, 1 + take(source) % ROWS_MAX);
    }
    cord_status status = cord_query_parse(cord_buf_str(&text), &query, &err);
    assert(status == CORD_OK || (options & 1));
    if (status == CORD_OK) {
        bool is_personal[256] = {false};
        struct kit_block packed = {0};
        struct cord_block *block = NULL;
        for (uint32_t i = 0; i < cord_rows_field_count(rows) && i < 256; i++) {
            is_personal[i] = (options >> 4 & 1) != 0 && take(source) % 3 == 0;
        }
        kit_block_pack(&packed, rows, is_personal);
        cord_str personal = cord_buf_str(&packed.personal);
        personal.ptr = options & 2 ? NULL : personal.ptr ? personal.ptr : "";
        struct cord_rows *again = kit_block_unpack(cord_buf_str(&packed.body), personal, &err);
        status = cord_block_open(cord_buf_str(&packed.body), personal, &block, &err);
        assert(again && status == CORD_OK);
        check_filter(query, &packed, personal, again);
        check_summary(query, &packed, again);
        compare(query, cord_buf_str(&text), block, again,
                cord_cpu_level_at_most((enum cord_cpu_level)(options >> 2 & 3)));
        cord_block_close(block);
        cord_rows_free(again);
        kit_block_done(&packed);
    }
    cord_query_free(query);
    cord_buf_done(&text);
    cord_rows_free(rows);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1) {
        struct kit_bytes source = {data + 1, size - 1};
        run(&source, data[0] % 64);
    }
    return 0;
}
