/* figure_impact.c: what an incident cost in care, as somebody estimated from activity. */
#include "care/figure_internal.h"

struct interval {
    struct cord_arena *arena;
    cord_str lowest, highest, percent, estimator; /* ptr NULL: not said */
};

static cord_status keep_member(struct interval *interval, const struct cord_claim *claim,
                               const char *name, cord_str *ret_text)
{
    cord_str text = cord_claim_member(claim->value, name);
    if (text.ptr) {
        *ret_text = cord_arena_copy(interval->arena, text);
        return ret_text->ptr ? CORD_OK : cord_arena_failure(interval->arena);
    }
    return CORD_OK;
}

static cord_status read_interval(void *self, const struct cord_claim *claim,
                                 const struct cord_digest *hash)
{
    struct interval *interval = self;
    (void)hash;
    cord_status status = keep_member(interval, claim, "lowest", &interval->lowest);
    if (status == CORD_OK) {
        status = keep_member(interval, claim, "highest", &interval->highest);
    }
    if (status == CORD_OK) {
        status = keep_member(interval, claim, "interval", &interval->percent);
    }
    return status == CORD_OK ? keep_member(interval, claim, "estimator", &interval->estimator)
                             : status;
}

/* What was estimated of the whole incident; NULL: nothing. */
static cord_status find_estimate(struct cord_figure_draft *draft, const char *measure,
                                 const struct cord_figure_row **ret_row)
{
    static const struct cord_figure_reading reading = {.topic = "impact",
                                                       .subject = "incident",
                                                       .keys = {"measure"},
                                                       .period = true,
                                                       .whole = true};
    struct cord_figure_rows rows;
    *ret_row = NULL;
    cord_status status = cord_figure_rows_read(draft->scope, &reading, &rows, draft->err);
    for (size_t i = 0, same; status == CORD_OK && i < rows.count; i += same) {
        same = cord_figure_rows_same(&rows, i);
        if (cord_str_eq(rows.items[i].line->body, draft->scope->incident) &&
            cord_str_eq(rows.items[i].line->what, cord_str_from(measure))) {
            *ret_row = cord_figure_rows_best(&rows.items[i], same);
        }
    }
    return status;
}

static cord_status put_interval(struct cord_figure_draft *draft, const struct cord_figure_row *row)
{
    struct interval interval = {.arena = draft->scope->arena};
    cord_status status = cord_record_view_claim(draft->scope->view, row->claim, read_interval,
                                                &interval, draft->err);
    if (status != CORD_OK) {
        return status;
    }
    draft->figure->lowest = interval.lowest;
    draft->figure->highest = interval.highest;
    cord_str how = interval.estimator.ptr ? interval.estimator : CORD_STR("");
    draft->figure->note =
        interval.percent.ptr
            ? cord_arena_printf(draft->scope->arena, "%.*s; range: %.*s %% interval",
                                CORD_STR_ARG(how), CORD_STR_ARG(interval.percent))
            : how;
    return draft->figure->note.ptr ? CORD_OK : cord_figure_out_of_memory(draft->err);
}

static cord_status estimate(struct cord_figure_draft *draft, const char *measure, const char *unit)
{
    const struct cord_figure_row *row = NULL;
    cord_fixed amount = 0;
    cord_status status = find_estimate(draft, measure, &row);
    draft->figure->from_ns = draft->scope->from_ns;
    draft->figure->to_ns = draft->scope->to_ns;
    draft->figure->expected = 1; /* it is of the whole */
    if (status != CORD_OK || !row || !cord_str_eq(row->unit, cord_str_from(unit)) ||
        !cord_fixed_parse(row->amount, &amount)) {
        return status;
    }
    draft->figure->reporting = 1;
    status = cord_figure_draft_item(draft, row->line->body, row->line->what, row->amount, row);
    if (status == CORD_OK) {
        status = put_interval(draft, row);
    }
    return status == CORD_OK ? cord_figure_draft_value(draft, amount) : status;
}

cord_status cord_figure_impact_outpatients(struct cord_figure_draft *draft)
{
    return estimate(draft, "outpatient-cancellations", "appointments");
}

cord_status cord_figure_impact_admissions(struct cord_figure_draft *draft)
{
    return estimate(draft, "admissions-lost", "admissions");
}

cord_status cord_figure_impact_activity(struct cord_figure_draft *draft)
{
    return estimate(draft, "activity-value", "GBP");
}
