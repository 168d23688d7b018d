/* block_cut.c: values that overlap, or stand across what must be hidden; see
 * block_layout_internal.h. */
#include "evidence/block_layout_internal.h"

#include <stdlib.h>

static int compare_u32(const void *a, const void *b)
{
    const uint32_t *x = a;
    const uint32_t *y = b;
    return (*x > *y) - (*x < *y);
}

/* By place; the longer one is around the shorter. */
static int compare_stretches(const void *a, const void *b)
{
    const struct cord_block_stretch *x = a;
    const struct cord_block_stretch *y = b;
    if (x->at != y->at) {
        return x->at < y->at ? -1 : 1;
    }
    if (x->end != y->end) {
        return x->end > y->end ? -1 : 1;
    }
    return (x->span > y->span) - (x->span < y->span);
}

static cord_status collect_stretches(struct cord_block_layout *layout)
{
    const struct cord_row *row = layout->row;
    size_t count = row->span_count + layout->hidden_count;
    struct cord_block_stretch *all =
        cord_block_layout_room(layout->stretches, &layout->stretch_cap, count, sizeof *all);
    if (!all) {
        return CORD_E_NOMEM;
    }
    layout->stretches = all;
    for (uint32_t i = 0; i < row->span_count; i++) {
        const struct cord_span *span = &row->spans[i];
        all[i] = (struct cord_block_stretch){span->at, span->at + span->len, i,
                                             layout->is_personal[span->field]};
    }
    count = row->span_count;
    for (size_t i = 0; i < layout->hidden_count; i++) {
        if (layout->hidden[i].span == CORD_BLOCK_HIDDEN) {
            all[count++] = layout->hidden[i];
        }
    }
    layout->stretch_count = count;
    qsort(all, count, sizeof *all, compare_stretches);
    return CORD_OK;
}

/* Every offset where something begins or ends, once, ascending. */
static cord_status collect_cuts(struct cord_block_layout *layout, size_t *ret_count)
{
    uint32_t *cuts = cord_block_layout_room(layout->cuts, &layout->cut_cap,
                                            2 * layout->stretch_count + 3, sizeof *cuts);
    if (!cuts) {
        return CORD_E_NOMEM;
    }
    layout->cuts = cuts;
    size_t count = 0;
    cuts[count++] = 0;
    cuts[count++] = layout->row->raw_len;
    cuts[count++] = (uint32_t)layout->row->text.len;
    for (size_t i = 0; i < layout->stretch_count; i++) {
        cuts[count++] = layout->stretches[i].at;
        cuts[count++] = layout->stretches[i].end;
    }
    qsort(cuts, count, sizeof *cuts, compare_u32);
    size_t kept = 1;
    for (size_t i = 1; i < count; i++) {
        if (cuts[i] != cuts[kept - 1]) {
            cuts[kept++] = cuts[i];
        }
    }
    *ret_count = kept;
    return CORD_OK;
}

/* [at, end) holds no cut; `inner` is what covers it most closely, if anything. */
static cord_status put_stretch(struct cord_block_layout *layout, uint32_t at, uint32_t end,
                               const struct cord_block_stretch *inner, bool personal)
{
    if (!inner) {
        return at < layout->row->raw_len ? cord_block_layout_put_gap(layout, at, end) : CORD_OK;
    }
    if (inner->span == CORD_BLOCK_HIDDEN) {
        if (!cord_block_layout_holes_room(layout, 1)) {
            return CORD_E_NOMEM;
        }
        cord_block_layout_put_hole(layout, at, end, CORD_BLOCK_NO_FIELD, true);
        return CORD_OK;
    }
    return inner->at == at && inner->end == end
               ? cord_block_layout_put_value(layout, at, end, inner->span, personal)
               : cord_block_layout_put_part(layout, at, end, inner->span, personal);
}

/* Values that overlap or stand in no order: cut wherever one begins or ends. */
static cord_status cut_up(struct cord_block_layout *layout)
{
    size_t cut_count = 0;
    cord_status status = collect_stretches(layout);
    status = status == CORD_OK ? collect_cuts(layout, &cut_count) : status;
    if (status != CORD_OK) {
        return status;
    }
    struct cord_block_stretch *stack = cord_block_layout_room(
        layout->stack, &layout->stack_cap, layout->stretch_count + 1, sizeof *stack);
    if (!stack) {
        return CORD_E_NOMEM;
    }
    layout->stack = stack;
    size_t depth = 0;
    size_t next = 0;
    size_t personal = 0; /* of the stack */
    layout->hole_count = 0;
    for (size_t i = 0; i < cut_count && status == CORD_OK; i++) {
        uint32_t at = layout->cuts[i];
        for (; depth > 0 && stack[depth - 1].end <= at; depth--) {
            personal -= stack[depth - 1].personal;
        }
        for (; next < layout->stretch_count && layout->stretches[next].at == at; next++) {
            const struct cord_block_stretch *stretch = &layout->stretches[next];
            if (stretch->end > at) {
                personal += stretch->personal;
                stack[depth++] = *stretch;
            } else if (status == CORD_OK) {
                status =
                    cord_block_layout_put_value(layout, at, at, stretch->span, stretch->personal);
            }
        }
        if (i + 1 < cut_count && status == CORD_OK) {
            status = put_stretch(layout, at, layout->cuts[i + 1],
                                 depth > 0 ? &stack[depth - 1] : NULL, personal > 0);
        }
    }
    return status;
}

/* How many holes begin before offset `at`. */
static uint32_t holes_from(const struct cord_block_layout *layout, uint32_t at)
{
    uint32_t low = 0;
    uint32_t high = (uint32_t)layout->hole_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (layout->holes[middle].at < at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Of spans that were cut. The cuts' memory takes the sums of holes' lengths. */
static cord_status place_spans(struct cord_block_layout *layout)
{
    const struct cord_row *row = layout->row;
    uint32_t *held = cord_block_layout_room(layout->cuts, &layout->cut_cap, layout->hole_count + 1,
                                            sizeof *held);
    if (!held) {
        return CORD_E_NOMEM;
    }
    layout->cuts = held;
    held[0] = 0;
    for (size_t i = 0; i < layout->hole_count; i++) {
        held[i + 1] = held[i] + layout->holes[i].len;
    }
    for (uint32_t i = 0; i < row->span_count; i++) {
        uint32_t at = row->spans[i].at;
        uint32_t end = at + row->spans[i].len;
        uint32_t before = holes_from(layout, at);
        uint32_t before_end = (uint32_t)cord_block_layout_holes_before(layout, end);
        layout->places[i] = (struct cord_block_place){before, at - held[before], before_end,
                                                      end - held[before_end]};
    }
    return CORD_OK;
}

cord_status cord_block_cut_lay(struct cord_block_layout *layout)
{
    cord_status status = cut_up(layout);
    return status == CORD_OK ? place_spans(layout) : status;
}
