/* block.c: see block.h. */
#include "evidence/block.h"

#include "evidence/block_directory.h"
#include "evidence/block_gather.h"
#include "evidence/block_head.h"
#include "evidence/block_hide.h"
#include "evidence/block_internal.h"
#include "evidence/block_summarise.h"
#include "evidence/block_write.h"

#include <stdlib.h>

enum { CACHE_LINE = 64, FETCH_MAX = 4096 };

/* Of the packed bytes, the filter takes one in so many, and the summary before
 * it is packed itself. */
enum { FILTER_SHARE = 20, SUMMARY_SHARE = 25, SUMMARY_LEAST = 1024 };

#define ARENA_BYTES ((size_t)1 << 30)

struct cord_block_packer {
    struct cord_block_gather gather;
    struct cord_block_write writer;
    struct cord_block_summarise *summary;
};

struct cord_block_packer *cord_block_packer_new(uint64_t seed)
{
    struct cord_block_packer *packer = calloc(1, sizeof *packer);
    if (!packer) {
        return NULL;
    }
    cord_status gather = cord_block_gather_init(&packer->gather, seed);
    cord_status writer = cord_block_write_init(&packer->writer);
    packer->summary = cord_block_summarise_new();
    if (gather != CORD_OK || writer != CORD_OK || !packer->summary) {
        cord_block_packer_free(packer);
        return NULL;
    }
    return packer;
}

void cord_block_packer_free(struct cord_block_packer *packer)
{
    if (packer) {
        cord_block_gather_done(&packer->gather);
        cord_block_write_done(&packer->writer);
        cord_block_summarise_free(packer->summary);
        free(packer);
    }
}

static void widen(int64_t value, int64_t *low, int64_t *high)
{
    *low = value < *low ? value : *low;
    *high = value > *high ? value : *high;
}

static void count_row(struct cord_block_head *head, const struct cord_row *row)
{
    widen(cord_row_when(row), &head->when_min_ns, &head->when_max_ns);
    widen(row->received_ns, &head->received_min_ns, &head->received_max_ns);
    head->sequence_min = row->sequence < head->sequence_min ? row->sequence : head->sequence_min;
    head->sequence_max = row->sequence > head->sequence_max ? row->sequence : head->sequence_max;
    head->raw_bytes += row->raw_len;
    head->row_count++;
}

/* Rows were filled long ago, and memory is slow: the next one is asked for
 * while this one is worked on. */
static void fetch_row(const struct cord_row *row)
{
    const char *spans = (const char *)row->spans;
    size_t text_len = row->text.len < FETCH_MAX ? row->text.len : FETCH_MAX;
    size_t spans_len = row->span_count * sizeof *row->spans;
    spans_len = spans_len < FETCH_MAX ? spans_len : FETCH_MAX;
    for (size_t at = 0; at < text_len; at += CACHE_LINE) {
        __builtin_prefetch(row->text.ptr + at);
    }
    for (size_t at = 0; at < spans_len; at += CACHE_LINE) {
        __builtin_prefetch(spans + at);
    }
}

static cord_status gather(struct cord_block_gather *gather, const struct cord_rows *rows,
                          const uint32_t *which, size_t count, const bool *is_personal,
                          struct cord_block_head *head)
{
    uint64_t text_bytes = 0;
    for (size_t i = 0; i < count; i++) {
        const struct cord_row *row = cord_rows_at(rows, which[i]);
        if (i + 1 < count) {
            fetch_row(cord_rows_at(rows, which[i + 1]));
        }
        text_bytes += row->text.len;
        count_row(head, row);
        if (head->raw_bytes > CORD_BLOCK_RAW_MAX || text_bytes > BLOCK_TEXT_MAX) {
            return CORD_E_LIMIT;
        }
        cord_status status = cord_block_gather_row(gather, row, is_personal);
        if (status != CORD_OK) {
            return status;
        }
    }
    return CORD_OK;
}

static bool any_personal(const struct cord_rows *rows, const bool *is_personal)
{
    bool any = false;
    for (uint32_t i = 0; i < cord_rows_field_count(rows); i++) {
        any = any || is_personal[i];
    }
    return any;
}

/* Words of what fields are called are read in the block whoever is called so. */
static cord_status except_fields(struct cord_block_names *names, const struct cord_rows *rows)
{
    cord_status status = CORD_OK;
    for (uint32_t i = 0; i < cord_rows_field_count(rows); i++) {
        size_t count = 0;
        const cord_str *of = cord_rows_names(rows, i, &count);
        for (size_t n = 0; n < count && status == CORD_OK; n++) {
            cord_str rest = of[n];
            cord_str word;
            while (status == CORD_OK && cord_str_cut(&rest, '.', &word)) {
                status = cord_block_names_except(names, word);
            }
        }
    }
    return status;
}

cord_status cord_block_packer_learn(struct cord_block_packer *packer, const struct cord_row *row,
                                    const bool *is_personal)
{
    enum cord_block_names_kind kind;
    cord_status status = CORD_OK;
    for (uint32_t i = 0; i < row->span_count && status == CORD_OK; i++) {
        const struct cord_span *span = &row->spans[i];
        if (is_personal[span->field] && span->kind < CORD_VALUE_TRUE) {
            status = cord_block_names_add(&packer->gather.names, cord_row_value(row, span), &kind);
        }
    }
    return status;
}

void cord_block_packer_forget(struct cord_block_packer *packer)
{
    cord_block_names_clear(&packer->gather.names);
}

/* NOLINTNEXTLINE(readability-function-size): seven parameters, all of them needed */
cord_status cord_block_pack(struct cord_block_packer *packer, const struct cord_rows *rows,
                            const uint32_t *which, size_t count, const bool *is_personal,
                            const struct cord_block_parts *parts, struct cord_block_head *ret_head)
{
    struct cord_block_head head = {
        .when_min_ns = INT64_MAX,
        .when_max_ns = INT64_MIN,
        .received_min_ns = INT64_MAX,
        .received_max_ns = INT64_MIN,
        .sequence_min = UINT64_MAX,
    };
    if (count == 0 || count > CORD_BLOCK_ROWS_MAX) {
        return CORD_E_LIMIT;
    }
    const size_t before[4] = {parts->body->len, parts->personal->len, parts->filter->len,
                              parts->summary->len};
    bool hides = any_personal(rows, is_personal);
    cord_block_gather_clear(&packer->gather);
    packer->gather.layout.hides = hides;
    cord_status status = hides ? except_fields(&packer->gather.names, rows) : CORD_OK;
    if (status == CORD_OK) {
        status = gather(&packer->gather, rows, which, count, is_personal, &head);
    }
    if (status == CORD_OK && hides) {
        status = cord_block_hide(&packer->gather);
    }
    if (status == CORD_OK) {
        cord_block_gather_words(&packer->gather);
        status =
            cord_block_write_parts(&packer->writer, &packer->gather, rows, which, parts, &head);
    }
    if (status == CORD_OK) {
        size_t packed = parts->body->len - before[0] + parts->personal->len - before[1];
        cord_block_filter_maker_put(&packer->gather.filters[BLOCK_BODY], packed / FILTER_SHARE,
                                    parts->filter);
        status = packer->gather.filters[BLOCK_BODY].failed ||
                         packer->gather.filters[BLOCK_PERSONAL].failed
                     ? CORD_E_NOMEM
                     : CORD_OK;
        status = parts->filter->failed ? CORD_E_LIMIT : status;
        size_t summary_bytes = packed / SUMMARY_SHARE + SUMMARY_LEAST;
        const struct cord_block_summarise_rows all = {&packer->gather, &packer->writer, rows, which,
                                                      &head};
        status = status == CORD_OK ? cord_block_summarise_put(packer->summary, &all, summary_bytes,
                                                              parts->summary)
                                   : status;
        status = status == CORD_OK && parts->summary->failed ? CORD_E_LIMIT : status;
    }
    if (status != CORD_OK) {
        parts->body->len = before[0];
        parts->personal->len = before[1];
        parts->filter->len = before[2];
        parts->summary->len = before[3];
        return status;
    }
    *ret_head = head;
    return CORD_OK;
}

static cord_status open_personal(struct cord_block *block, cord_str personal,
                                 struct cord_error *err)
{
    block->expired = block->head.personal_bytes > 0 && !personal.ptr;
    if (block->head.personal_bytes == 0 || block->expired) {
        return CORD_OK;
    }
    if (personal.len != block->head.personal_bytes) {
        return cord_error_set(err, CORD_E_FORMAT, "personal part has %zu bytes, not %llu",
                              personal.len, (unsigned long long)block->head.personal_bytes);
    }
    cord_status status =
        cord_block_part_open(&block->parts[BLOCK_PERSONAL], personal, BLOCK_PERSONAL_MAGIC,
                             CORD_BLOCK_HEAD_PERSONAL_BYTES, err);
    if (status != CORD_OK) {
        cord_error_context(err, "personal part");
        return status;
    }
    if (block->parts[BLOCK_BODY].section_count == 0 ||
        cord_block_part_u64(personal.ptr + 16) != block->parts[BLOCK_BODY].sections[0].checksum) {
        return cord_error_set(err, CORD_E_FORMAT, "personal part belongs to another block");
    }
    return CORD_OK;
}

cord_status cord_block_open(cord_str body, cord_str personal, struct cord_block **ret_block,
                            struct cord_error *err)
{
    cord_status status = CORD_E_NOMEM;
    struct cord_block *block = calloc(1, sizeof *block);
    if (!block) {
        return status;
    }
    cord_block_part_init(&block->parts[BLOCK_BODY]);
    cord_block_part_init(&block->parts[BLOCK_PERSONAL]);
    block->arena = cord_arena_new(ARENA_BYTES);
    if (!block->arena) {
        goto fail;
    }
    status = cord_block_part_open(&block->parts[BLOCK_BODY], body, BLOCK_MAGIC,
                                  CORD_BLOCK_HEAD_BYTES, err);
    if (status != CORD_OK) {
        goto fail;
    }
    status = cord_block_head_take(body.ptr, &block->head);
    if (status != CORD_OK) {
        (void)cord_error_set(err, status, "head does not add up");
        goto fail;
    }
    status = open_personal(block, personal, err);
    if (status != CORD_OK) {
        goto fail;
    }
    status = cord_block_directory_read(block, err);
    if (status != CORD_OK) {
        goto fail;
    }
    *ret_block = block;
    return CORD_OK;

fail:
    cord_block_close(block);
    return status;
}

void cord_block_close(struct cord_block *block)
{
    if (!block) {
        return;
    }
    for (size_t i = 0; i < BLOCK_PARTS; i++) {
        cord_block_part_done(&block->parts[i]);
        free(block->word_text[i]);
    }
    cord_arena_free(block->arena);
    free(block);
}

const struct cord_block_head *cord_block_head(const struct cord_block *block)
{
    return &block->head;
}
