/* figure_alerts.c: who answered the cyber alert that was issued last. */
#include "base/timestamp.h"
#include "care/figure_internal.h"

#define DAY_NS (86400 * CORD_SECOND_NS)

enum { DAYS_MAX = 14 };

struct alert {
    cord_str id; /* "" when there is none */
    int64_t issued_ns;
    const struct cord_figure_row *row;
};

static cord_status find_alert(struct cord_figure_draft *draft, struct alert *ret_alert)
{
    static const struct cord_figure_reading reading = {
        .topic = "alert", .subject = "alert", .whole = true};
    struct cord_figure_rows rows;
    struct alert alert = {.issued_ns = CORD_TIME_NONE};
    cord_status status = cord_figure_rows_read(draft->scope, &reading, &rows, draft->err);
    for (size_t i = 0, same; status == CORD_OK && i < rows.count; i += same) {
        same = cord_figure_rows_same(&rows, i);
        const struct cord_figure_row *row = cord_figure_rows_best(&rows.items[i], same);
        if (cord_str_eq(row->state, CORD_STR("issued")) && row->valid_from_ns > alert.issued_ns) {
            alert = (struct alert){row->line->body, row->valid_from_ns, row};
        }
    }
    *ret_alert = alert;
    return status;
}

static bool counts(const struct cord_figure_scope *scope, const struct cord_figure_row *row,
                   const struct alert *alert, const char *state)
{
    const struct cord_organisation_filter filter = {
        .role = CORD_STR("trust"), .country = CORD_STR("ENG"), .open = true};
    return row->line->who && cord_str_eq(row->line->what, alert->id) &&
           cord_str_eq(row->state, cord_str_from(state)) &&
           cord_organisation_passes(row->line->who, &filter, scope->request.as_of.about_ns);
}

static cord_status put_days(struct cord_figure_draft *draft, const struct alert *alert,
                            const uint64_t by_day[DAYS_MAX])
{
    cord_status status = CORD_OK;
    uint64_t so_far = 0;
    for (int day = 0; day < DAYS_MAX && status == CORD_OK; day++) {
        if (alert->issued_ns + day * DAY_NS > draft->scope->request.as_of.about_ns) {
            break; /* it is not over yet, nor begun */
        }
        so_far += by_day[day];
        cord_str name = cord_arena_printf(draft->scope->arena, "by day %d", day + 1);
        status = name.ptr ? cord_figure_draft_part(draft, name, (cord_fixed)so_far * CORD_FIXED_ONE)
                          : cord_figure_out_of_memory(draft->err);
    }
    return status;
}

struct answers {
    uint64_t count;
    uint64_t by_day[DAYS_MAX];
};

static cord_status count_answers(struct cord_figure_draft *draft, const char *topic,
                                 const char *state, const struct alert *alert,
                                 struct answers *answers)
{
    const struct cord_figure_reading reading = {
        .topic = topic, .keys = {"alert"}, .organisations = draft->scope->now};
    struct cord_figure_rows rows;
    cord_status status = cord_figure_rows_read(draft->scope, &reading, &rows, draft->err);
    for (size_t i = 0, same; status == CORD_OK && i < rows.count; i += same) {
        same = cord_figure_rows_same(&rows, i);
        const struct cord_figure_row *row = cord_figure_rows_best(&rows.items[i], same);
        if (!counts(draft->scope, row, alert, state)) {
            continue;
        }
        int64_t day = (row->valid_from_ns - alert->issued_ns) / DAY_NS;
        if (day < DAYS_MAX) {
            answers->by_day[day < 0 ? 0 : day]++;
        }
        answers->count++;
        status = cord_figure_draft_item(draft, row->line->body, row->state, CORD_STR("1"), row);
    }
    return status;
}

static cord_status share(struct cord_figure_draft *draft, const char *topic, const char *state,
                         bool by_day)
{
    struct alert alert;
    struct answers answers = {0};
    uint64_t open = cord_figure_bodies_open(draft->scope, "trust", true);
    cord_status status = find_alert(draft, &alert);
    draft->figure->expected = open;
    if (status != CORD_OK || !alert.row) {
        return status; /* no alert: not known */
    }
    status = count_answers(draft, topic, state, &alert, &answers);
    draft->figure->reporting = answers.count;
    draft->figure->note =
        cord_arena_printf(draft->scope->arena, "alert %.*s", CORD_STR_ARG(alert.id));
    if (status == CORD_OK) {
        status = cord_figure_draft_claim(draft, alert.row->claim, alert.row->basis);
    }
    if (status == CORD_OK) {
        status = by_day
                     ? put_days(draft, &alert, answers.by_day)
                     : cord_figure_draft_part(draft, CORD_STR("not verified"),
                                              (cord_fixed)(open - answers.count) * CORD_FIXED_ONE);
    }
    if (status == CORD_OK) {
        status = cord_figure_draft_value(draft, (cord_fixed)answers.count * CORD_FIXED_ONE);
    }
    return status == CORD_OK ? cord_figure_draft_of(draft, (cord_fixed)open * CORD_FIXED_ONE,
                                                    "trusts open at that time")
                             : status;
}

cord_status cord_figure_alerts_answered(struct cord_figure_draft *draft)
{
    return share(draft, "alert.acknowledged", "acknowledged", true);
}

cord_status cord_figure_alerts_verified(struct cord_figure_draft *draft)
{
    return share(draft, "alert.verified", "confirmed", false);
}
