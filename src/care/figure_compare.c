/* figure_compare.c: what moved between two figures. */
#include "care/figure_internal.h"

static bool is_same(const struct cord_figure_move *move)
{
    bool neither = move->from_part.len == 0 && move->to_part.len == 0;
    return neither || (cord_str_eq(move->from_part, move->to_part) &&
                       cord_str_eq(move->from_amount, move->to_amount));
}

static struct cord_figure_move move_of(const struct cord_figure_item *before,
                                       const struct cord_figure_item *after)
{
    struct cord_figure_move move = {.what = CORD_STR(""),
                                    .from_part = CORD_STR(""),
                                    .to_part = CORD_STR(""),
                                    .from_amount = CORD_STR(""),
                                    .to_amount = CORD_STR("")};
    if (before) {
        move.what = before->what;
        move.from_part = before->part;
        move.from_amount = before->part.len > 0 ? before->amount : CORD_STR("");
        move.from_claim = before->claim;
    }
    if (after) {
        move.what = after->what;
        move.to_part = after->part;
        move.to_amount = after->part.len > 0 ? after->amount : CORD_STR("");
        move.to_claim = after->claim;
    }
    return move;
}

cord_status cord_figure_compare(const struct cord_figure *before, const struct cord_figure *after,
                                cord_status (*visit)(void *self, const struct cord_figure_move *),
                                void *self)
{
    size_t i = 0;
    size_t j = 0;
    cord_status status = CORD_OK;
    while (status == CORD_OK && (i < before->item_count || j < after->item_count)) {
        int by = i == before->item_count ? 1
                 : j == after->item_count
                     ? -1
                     : cord_str_compare(before->items[i].what, after->items[j].what);
        const struct cord_figure_move move =
            move_of(by <= 0 ? &before->items[i] : NULL, by >= 0 ? &after->items[j] : NULL);
        i += by <= 0 ? 1 : 0;
        j += by >= 0 ? 1 : 0;
        status = is_same(&move) ? CORD_OK : visit(self, &move);
    }
    return status;
}
