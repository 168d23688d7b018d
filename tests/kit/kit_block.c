/* kit_block.c: see kit_block.h. */
#include "kit/kit_block.h"

#include <stdlib.h>

enum { SEED = 11 };
#define ROWS_BYTES ((size_t)1 << 30)

void kit_block_pack(struct kit_block *block, const struct cord_rows *rows, const bool *is_personal)
{
    size_t count = cord_rows_count(rows);
    struct cord_block_packer *packer = cord_block_packer_new(SEED);
    uint32_t *which = malloc((count + 1) * sizeof *which);
    struct cord_block_parts parts = {&block->body, &block->personal, &block->filter,
                                     &block->summary};
    cord_buf_init(&block->body, ROWS_BYTES);
    cord_buf_init(&block->personal, ROWS_BYTES);
    cord_buf_init(&block->filter, ROWS_BYTES);
    cord_buf_init(&block->summary, ROWS_BYTES);
    for (uint32_t i = 0; which && i < count; i++) {
        which[i] = i;
    }
    if (!packer || !which ||
        cord_block_pack(packer, rows, which, count, is_personal, &parts, &block->head) != CORD_OK) {
        abort();
    }
    free(which);
    cord_block_packer_free(packer);
}

void kit_block_done(struct kit_block *block)
{
    cord_buf_done(&block->body);
    cord_buf_done(&block->personal);
    cord_buf_done(&block->filter);
    cord_buf_done(&block->summary);
}

struct cord_rows *kit_block_unpack(cord_str body, cord_str personal, struct cord_error *err)
{
    struct cord_block *block = NULL;
    struct cord_rows *rows = cord_rows_new(ROWS_BYTES, SEED);
    cord_status status = rows ? cord_block_open(body, personal, &block, err) : CORD_E_NOMEM;
    if (status == CORD_OK) {
        status = cord_block_unpack(block, NULL, 0, rows, err);
    }
    cord_block_close(block);
    if (status != CORD_OK) {
        cord_rows_free(rows);
        return NULL;
    }
    return rows;
}

static bool same_origin(const struct cord_origin *a, const struct cord_origin *b)
{
    return cord_str_eq(a->organisation, b->organisation) && cord_str_eq(a->source, b->source) &&
           cord_str_eq(a->format, b->format) && cord_str_eq(a->event_class, b->event_class) &&
           cord_str_eq(a->product, b->product) && cord_str_eq(a->category, b->category) &&
           cord_str_eq(a->service, b->service);
}

static bool same_names(const struct cord_rows *a, uint32_t x, const struct cord_rows *b, uint32_t y)
{
    size_t count_a;
    size_t count_b;
    const cord_str *names_a = cord_rows_names(a, x, &count_a);
    const cord_str *names_b = cord_rows_names(b, y, &count_b);
    for (size_t i = 0; i < count_a && i < count_b; i++) {
        if (!cord_str_eq(names_a[i], names_b[i])) {
            return false;
        }
    }
    return count_a == count_b;
}

static const char *compare_row(const struct cord_rows *a, const struct cord_rows *b, size_t at)
{
    const struct cord_row *x = cord_rows_at(a, at);
    const struct cord_row *y = cord_rows_at(b, at);
    if (x->sequence != y->sequence || x->time_ns != y->time_ns ||
        x->received_ns != y->received_ns) {
        return "number or times";
    }
    if (!cord_str_eq(x->text, y->text) || x->raw_len != y->raw_len) {
        return "text";
    }
    if (!same_origin(cord_rows_origin_at(a, x->origin), cord_rows_origin_at(b, y->origin))) {
        return "origin";
    }
    if (x->span_count != y->span_count || memcmp(x->role, y->role, sizeof x->role) != 0) {
        return "count of values, or roles";
    }
    for (uint32_t i = 0; i < x->span_count; i++) {
        const struct cord_span *s = &x->spans[i];
        const struct cord_span *t = &y->spans[i];
        if (s->at != t->at || s->len != t->len || s->kind != t->kind || s->flags != t->flags ||
            !same_names(a, s->field, b, t->field)) {
            return "a value";
        }
    }
    return NULL;
}

const char *kit_block_compare(const struct cord_rows *a, const struct cord_rows *b)
{
    if (cord_rows_count(a) != cord_rows_count(b)) {
        return "count of rows";
    }
    for (size_t i = 0; i < cord_rows_count(a); i++) {
        const char *what = compare_row(a, b, i);
        if (what) {
            return what;
        }
    }
    return NULL;
}

bool kit_block_tells(cord_str text, cord_str value)
{
    const cord_str expired = CORD_STR(CORD_BLOCK_EXPIRED);
    for (size_t from = 0; from <= text.len;) {
        size_t next = cord_str_find(text, expired, from);
        size_t end = next == SIZE_MAX ? text.len : next;
        if (cord_str_find(cord_str_slice(text, from, end - from), value, 0) != SIZE_MAX) {
            return true;
        }
        if (next == SIZE_MAX) {
            break;
        }
        from = next + expired.len;
    }
    return false;
}
