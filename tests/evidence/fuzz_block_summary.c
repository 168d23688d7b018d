/*
 * fuzz_block_summary.c: whatever a summary says, reading it is an answer or a
 * refusal; and what it counts is all rows of the block, each once.
 *
 * Arbitrary bytes end at the first checksum. So the input is what stands behind
 * it: two bytes for the rows of the block, then the summary's one section.
 */
#include "evidence/block_summary.h"

#include "evidence/block_part.h"
#include "evidence/search_summary.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <zstd.h>

static void look_at_table(struct cord_block_summary *summary, uint32_t table,
                          const struct cord_block_head *head)
{
    const struct cord_block_summary_value *values = NULL;
    size_t count = 0;
    uint64_t rows = 0;
    if (cord_block_summary_table(summary, table, &values, &count) != CORD_OK) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        rows += values[i].rows;
        assert(values[i].first_ns >= head->when_min_ns && values[i].last_ns <= head->when_max_ns);
        assert(values[i].first_ns <= values[i].last_ns && values[i].rows > 0);
    }
    assert(rows == head->row_count);
}

static void look(cord_str bytes, const struct cord_block_head *head)
{
    static const char *const names[] = {"n", ".n", "a.b", "b", "dns[0]", "host", "user", "raw"};
    struct cord_block_summary *summary = cord_block_summary_new();
    assert(summary);
    if (cord_block_summary_open(summary, bytes, head, NULL) == CORD_OK) {
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            struct cord_query *query = NULL;
            char text[64];
            (void)snprintf(text, sizeof text, "%s:*", names[i]);
            cord_status status = cord_query_parse(cord_str_from(text), &query, NULL);
            assert(status == CORD_OK);
            const struct cord_query_field *field = &cord_query_condition(query)->field;
            look_at_table(summary, cord_block_summary_find(summary, field, false), head);
            look_at_table(summary, cord_block_summary_find(summary, field, true), head);
            cord_query_free(query);
        }
        for (uint32_t table = 0; table < 8; table++) {
            look_at_table(summary, table, head);
        }
    }
    cord_block_summary_free(summary);
}

/* A whole search over it: rows that match are no more than there are. */
static void ask(cord_str bytes, const struct cord_block_head *head)
{
    const struct cord_tally_options options = {.bytes_max = 1 << 20, .seed = 1};
    const struct cord_origin origin = {.organisation = CORD_STR("a")};
    const struct cord_origin *const origins[] = {&origin};
    const struct cord_search_skip_block block = {head, origins, 1};
    enum cord_search_summary_answer answer;
    struct cord_query *query = NULL;
    cord_status status =
        cord_query_parse(CORD_STR("n:(1 OR a*) OR NOT b:* | count by n, org"), &query, NULL);
    struct cord_tally *tally = status == CORD_OK ? cord_tally_new(query, &options) : NULL;
    assert(tally);
    struct cord_search_summary *summary = cord_search_summary_new(query, tally);
    assert(summary);
    status = cord_search_summary_ask(summary, &block, bytes, true, &answer);
    assert(status == CORD_OK);
    if (answer == CORD_SEARCH_SUMMARY_COUNTED) {
        assert(cord_search_summary_rows(summary) <= head->row_count);
        status = cord_search_summary_feed(summary, tally);
        assert(status == CORD_OK);
    }
    cord_search_summary_free(summary);
    cord_tally_free(tally);
    cord_query_free(query);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cord_str input = {(const char *)data, size};
    struct cord_block_head head = {.when_min_ns = -5, .when_max_ns = 1000};
    char magic[CORD_BLOCK_SUMMARY_HEAD_BYTES] = {0};
    ZSTD_CCtx *zstd = ZSTD_createCCtx();
    struct cord_block_part part;
    struct cord_buf bytes;
    if (size >= 2) {
        head.row_count = data[0] | (uint32_t)data[1] << 8;
    }
    look(input, &head);
    cord_block_part_init(&part);
    cord_buf_init(&bytes, 1 << 24);
    if (cord_block_part_add(&part, zstd, 1, CORD_BLOCK_PART_SUMMARY,
                            cord_str_from_byte(input, 2)) == CORD_OK) {
        cord_block_part_put_magic(magic, CORD_BLOCK_SUMMARY_MAGIC);
        cord_block_part_put(&part, (cord_str){magic, sizeof magic}, &bytes);
        look(cord_buf_str(&bytes), &head);
        ask(cord_buf_str(&bytes), &head);
    }
    cord_buf_done(&bytes);
    cord_block_part_done(&part);
    (void)ZSTD_freeCCtx(zstd);
    return 0;
}
