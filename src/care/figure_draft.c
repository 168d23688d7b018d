/* figure_draft.c: a figure put together. */
#include "base/vec.h"
#include "care/figure_internal.h"

#include <stdlib.h>

enum { BYTE_MAX = 0xff, BYTE_VALUES = BYTE_MAX + 1 };

cord_str cord_figure_draft_number(struct cord_figure_draft *draft, cord_fixed number)
{
    char buffer[CORD_FIXED_TEXT];
    return cord_arena_copy(draft->scope->arena, cord_fixed_format(number, buffer));
}

cord_status cord_figure_draft_claim(struct cord_figure_draft *draft, uint64_t claim,
                                    enum cord_claim_basis basis)
{
    void *claims =
        cord_vec_room(draft->claims, draft->claim_count, &draft->claim_cap, sizeof *draft->claims);
    if (!claims) {
        return cord_figure_out_of_memory(draft->err);
    }
    draft->claims = claims;
    draft->claims[draft->claim_count++] = claim;
    draft->figure->basis = basis > draft->figure->basis ? basis : draft->figure->basis;
    return CORD_OK;
}

cord_status cord_figure_draft_item(struct cord_figure_draft *draft, cord_str what, cord_str part,
                                   cord_str amount, const struct cord_figure_row *row)
{
    void *items =
        cord_vec_room(draft->items, draft->item_count, &draft->item_cap, sizeof *draft->items);
    if (!items || !what.ptr) {
        return cord_figure_out_of_memory(draft->err);
    }
    draft->items = items;
    draft->items[draft->item_count++] =
        (struct cord_figure_item){what, part, amount, row ? row->claim : 0};
    return row && part.len > 0 ? cord_figure_draft_claim(draft, row->claim, row->basis) : CORD_OK;
}

cord_status cord_figure_draft_part(struct cord_figure_draft *draft, cord_str name,
                                   cord_fixed amount)
{
    struct cord_figure_sum *part = NULL;
    for (size_t i = 0; i < draft->part_count && !part; i++) {
        part = cord_str_eq(draft->parts[i].name, name) ? &draft->parts[i] : NULL;
    }
    if (!part) {
        void *parts =
            cord_vec_room(draft->parts, draft->part_count, &draft->part_cap, sizeof *draft->parts);
        if (!parts) {
            return cord_figure_out_of_memory(draft->err);
        }
        draft->parts = parts;
        part = &draft->parts[draft->part_count++];
        *part = (struct cord_figure_sum){name, 0};
    }
    part->value += amount;
    if (part->value >= CORD_FIXED_LIMIT || part->value <= -CORD_FIXED_LIMIT) {
        return cord_error_set(draft->err, CORD_E_LIMIT, "%.*s: the sum is beyond all measure",
                              CORD_STR_ARG(name));
    }
    return CORD_OK;
}

cord_status cord_figure_draft_value(struct cord_figure_draft *draft, cord_fixed value)
{
    draft->figure->value = cord_figure_draft_number(draft, value);
    return draft->figure->value.ptr ? CORD_OK : cord_figure_out_of_memory(draft->err);
}

cord_status cord_figure_draft_of(struct cord_figure_draft *draft, cord_fixed of,
                                 const char *of_what)
{
    draft->figure->of = cord_figure_draft_number(draft, of);
    draft->figure->of_what = cord_str_from(of_what);
    return draft->figure->of.ptr ? CORD_OK : cord_figure_out_of_memory(draft->err);
}

static int compare_items(const void *left, const void *right)
{
    const struct cord_figure_item *a = left;
    const struct cord_figure_item *b = right;
    return cord_str_compare(a->what, b->what);
}

void cord_figure_sort(void *items, size_t count, size_t bytes,
                      int (*compare)(const void *left, const void *right))
{
    const char *item = items;
    bool in_order = true;
    for (size_t i = 1; i < count && in_order; i++, item += bytes) {
        in_order = compare(item, item + bytes) <= 0;
    }
    if (!in_order) {
        qsort(items, count, bytes, compare);
    }
}

/* By one byte of theirs; those with the same stay in their order. */
static void deal_claims(const uint64_t *claims, size_t count, unsigned shift, uint64_t *dealt)
{
    size_t places[BYTE_VALUES + 1] = {0};
    for (size_t i = 0; i < count; i++) {
        places[(claims[i] >> shift & BYTE_MAX) + 1]++;
    }
    for (size_t i = 1; i <= BYTE_VALUES; i++) {
        places[i] += places[i - 1];
    }
    for (size_t i = 0; i < count; i++) {
        dealt[places[claims[i] >> shift & BYTE_MAX]++] = claims[i];
    }
}

/* Numbers are small and many: a deal for each byte of the greatest. */
static bool sort_claims(struct cord_figure_draft *draft)
{
    uint64_t greatest = 0;
    bool in_order = true;
    for (size_t i = 0; i < draft->claim_count; i++) {
        in_order = in_order && greatest <= draft->claims[i];
        greatest = draft->claims[i] > greatest ? draft->claims[i] : greatest;
    }
    if (in_order) {
        return true;
    }
    uint64_t *dealt = malloc(draft->claim_cap * sizeof *dealt);
    if (!dealt) {
        return false;
    }
    for (unsigned shift = 0; shift < 8 * sizeof greatest && greatest >> shift > 0; shift += 8) {
        deal_claims(draft->claims, draft->claim_count, shift, dealt);
        uint64_t *before = draft->claims;
        draft->claims = dealt;
        dealt = before;
    }
    free(dealt);
    return true;
}

static size_t each_once(uint64_t *claims, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || claims[kept - 1] != claims[i]) {
            claims[kept++] = claims[i];
        }
    }
    return kept;
}

static const struct cord_figure_part *write_parts(struct cord_figure_draft *draft)
{
    struct cord_figure_part *parts =
        cord_arena_alloc(draft->scope->arena, (draft->part_count + 1) * sizeof *parts);
    for (size_t i = 0; parts && i < draft->part_count; i++) {
        parts[i].name = draft->parts[i].name;
        parts[i].value = cord_figure_draft_number(draft, draft->parts[i].value);
        if (!parts[i].value.ptr) {
            return NULL;
        }
    }
    return parts;
}

cord_status cord_figure_draft_finish(struct cord_figure_draft *draft)
{
    struct cord_figure *figure = draft->figure;
    cord_figure_sort(draft->items, draft->item_count, sizeof *draft->items, compare_items);
    if (!sort_claims(draft)) {
        return cord_figure_out_of_memory(draft->err);
    }
    figure->item_count = draft->item_count;
    figure->part_count = draft->part_count;
    figure->claim_count = each_once(draft->claims, draft->claim_count);
    figure->items = draft->items;
    figure->parts = write_parts(draft);
    figure->claims = draft->claims;
    /* What was malloc's while it grew lives as long as the figure. */
    if (!figure->parts || !cord_figure_scope_keep(draft->scope, draft->items)) {
        return cord_figure_out_of_memory(draft->err);
    }
    draft->items = NULL;
    if (!cord_figure_scope_keep(draft->scope, draft->claims)) {
        return cord_figure_out_of_memory(draft->err);
    }
    draft->claims = NULL;
    return CORD_OK;
}

void cord_figure_draft_done(struct cord_figure_draft *draft)
{
    free(draft->items);
    free(draft->parts);
    free(draft->claims);
}
