/* figure_draft.c: a figure put together. */
#include "base/vec.h"
#include "care/figure_internal.h"

#include <stdlib.h>

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
    struct cord_figure_part *part = NULL;
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
        *part = (struct cord_figure_part){name, CORD_STR("0")};
    }
    cord_fixed so_far = 0;
    if (!cord_fixed_parse(part->value, &so_far)) {
        return cord_error_set(draft->err, CORD_E_LIMIT, "%.*s: the sum is beyond all measure",
                              CORD_STR_ARG(name));
    }
    part->value = cord_figure_draft_number(draft, so_far + amount);
    return part->value.ptr ? CORD_OK : cord_figure_out_of_memory(draft->err);
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

static int compare_claims(const void *left, const void *right)
{
    const uint64_t *a = left;
    const uint64_t *b = right;
    return *a < *b ? -1 : *a > *b;
}

/* Most are in order already. */
static void sort(void *items, size_t count, size_t bytes,
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

/* What was malloc's while it grew goes where the figure lives. */
static const void *settle(struct cord_figure_draft *draft, const void *items, size_t bytes)
{
    char *kept = cord_arena_alloc(draft->scope->arena, bytes + 1);
    if (kept && bytes > 0) {
        memcpy(kept, items, bytes);
    }
    return kept;
}

cord_status cord_figure_draft_finish(struct cord_figure_draft *draft)
{
    struct cord_figure *figure = draft->figure;
    sort(draft->items, draft->item_count, sizeof *draft->items, compare_items);
    sort(draft->claims, draft->claim_count, sizeof *draft->claims, compare_claims);
    figure->item_count = draft->item_count;
    figure->part_count = draft->part_count;
    figure->claim_count = each_once(draft->claims, draft->claim_count);
    figure->items = settle(draft, draft->items, draft->item_count * sizeof *draft->items);
    figure->parts = settle(draft, draft->parts, draft->part_count * sizeof *draft->parts);
    figure->claims = settle(draft, draft->claims, figure->claim_count * sizeof *draft->claims);
    return figure->items && figure->parts && figure->claims ? CORD_OK
                                                            : cord_figure_out_of_memory(draft->err);
}

void cord_figure_draft_done(struct cord_figure_draft *draft)
{
    free(draft->items);
    free(draft->parts);
    free(draft->claims);
}
