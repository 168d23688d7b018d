/* figure_diverts.c: patients sent elsewhere. */
#include "base/timestamp.h"
#include "care/figure_internal.h"

#define DAY_NS (86400 * CORD_SECOND_NS)

static bool is_on(const struct cord_figure_row *row)
{
    return cord_str_eq(row->state, CORD_STR("on"));
}

static const struct cord_figure_reading by_service = {
    .topic = "divert", .keys = {"service"}, .period = true, .whole = true};

/* Trusts, and those of whose hospitals anything is said. */
static void set_completeness(struct cord_figure_draft *draft, const struct cord_figure_rows *rows)
{
    cord_str last = {0};
    uint64_t open = cord_figure_bodies_open(draft->scope, "trust", false);
    for (size_t i = 0; i < rows->count; i++) {
        draft->figure->reporting += cord_str_eq(last, rows->items[i].line->body) ? 0 : 1;
        last = rows->items[i].line->body; /* sorted by body */
    }
    draft->figure->expected = open > draft->figure->reporting ? open : draft->figure->reporting;
}

static cord_status set_value(struct cord_figure_draft *draft, int64_t value)
{
    return draft->figure->reporting > 0
               ? cord_figure_draft_value(draft, (cord_fixed)value * CORD_FIXED_ONE)
               : CORD_OK; /* silence is not nought */
}

cord_status cord_figure_diverts_hospitals(struct cord_figure_draft *draft)
{
    struct cord_figure_reading reading = by_service;
    struct cord_figure_rows rows;
    int64_t count = 0;
    cord_str last = {0};
    reading.period = false;
    cord_status status = cord_figure_rows_read(draft->scope, &reading, &rows, draft->err);
    for (size_t i = 0, same; status == CORD_OK && i < rows.count; i += same) {
        same = cord_figure_rows_same(&rows, i);
        const struct cord_figure_row *row = cord_figure_rows_best(&rows.items[i], same);
        cord_str what =
            cord_arena_printf(draft->scope->arena, "%.*s/%.*s", CORD_STR_ARG(row->line->body),
                              CORD_STR_ARG(row->line->what));
        status = cord_figure_draft_item(draft, what, is_on(row) ? row->line->what : CORD_STR(""),
                                        CORD_STR("1"), row);
        if (status == CORD_OK && is_on(row)) {
            status = cord_figure_draft_part(draft, row->line->what, CORD_FIXED_ONE);
            count += cord_str_eq(last, row->line->body) ? 0 : 1; /* sorted by body */
            last = row->line->body;
        }
    }
    draft->figure->note = CORD_STR("parts: hospitals by service; one may divert several");
    if (status == CORD_OK) {
        set_completeness(draft, &rows);
        status = set_value(draft, count);
    }
    return status;
}

/* The stretches of one hospital's service in which a divert is on. */
static cord_status on_stretches(struct cord_figure_draft *draft, const struct cord_figure_row *rows,
                                size_t count, struct cord_figure_stretches *ret_on)
{
    struct cord_figure_stretches on = {0};
    cord_status status = cord_figure_rows_stretches(draft->scope, rows, count, &on, draft->err);
    size_t all = on.count;
    on.count = 0;
    for (size_t i = 0; i < all; i++) {
        if (is_on(on.items[i].row)) {
            on.items[on.count++] = on.items[i];
        }
    }
    *ret_on = on;
    return status;
}

static void set_period(struct cord_figure_draft *draft)
{
    draft->figure->from_ns = draft->scope->from_ns;
    draft->figure->to_ns = draft->scope->to_ns;
}

cord_status cord_figure_diverts_emergency(struct cord_figure_draft *draft)
{
    struct cord_figure_rows rows;
    int64_t count = 0;
    cord_status status = cord_figure_rows_read(draft->scope, &by_service, &rows, draft->err);
    set_period(draft);
    for (size_t i = 0, same; status == CORD_OK && i < rows.count; i += same) {
        const struct cord_figure_row *row = &rows.items[i];
        struct cord_figure_stretches on = {0};
        same = cord_figure_rows_same(&rows, i);
        if (!cord_str_eq(row->line->what, CORD_STR("emergency"))) {
            continue;
        }
        status = on_stretches(draft, row, same, &on);
        if (status == CORD_OK) {
            status = cord_figure_draft_item(draft, row->line->body,
                                            on.count > 0 ? row->line->what : CORD_STR(""),
                                            CORD_STR("1"), on.count > 0 ? on.items[0].row : row);
        }
        count += on.count > 0 ? 1 : 0;
    }
    if (status == CORD_OK) {
        set_completeness(draft, &rows);
        status = set_value(draft, count);
    }
    return status;
}

struct reach {
    int64_t from_ns, to_ns; /* to not included */
};

static void widen(struct reach *reach, int64_t from_ns, int64_t to_ns)
{
    reach->from_ns = from_ns < reach->from_ns ? from_ns : reach->from_ns;
    reach->to_ns = to_ns > reach->to_ns ? to_ns : reach->to_ns;
}

static int64_t day_of(int64_t time_ns)
{
    return time_ns >= 0 ? time_ns / DAY_NS : -1 - (-1 - time_ns) / DAY_NS;
}

static int64_t days_of(const struct reach *reach)
{
    return reach->from_ns >= reach->to_ns ? 0
                                          : day_of(reach->to_ns - 1) - day_of(reach->from_ns) + 1;
}

/* What any claimant says, whoever wins: the range. Bounded by what is asked about, not by the
 * incident's end, which a late divert may outlast. */
static void widen_by_all(const struct cord_figure_scope *scope, const struct cord_figure_row *rows,
                         size_t count, struct reach *reach)
{
    for (size_t i = 0; i < count; i++) {
        int64_t until_ns = scope->to_ns;
        if (is_on(&rows[i])) {
            int64_t from_ns =
                rows[i].valid_from_ns > scope->from_ns ? rows[i].valid_from_ns : scope->from_ns;
            widen(reach, from_ns, rows[i].valid_to_ns < until_ns ? rows[i].valid_to_ns : until_ns);
        }
    }
}

cord_status cord_figure_diverts_days(struct cord_figure_draft *draft)
{
    struct cord_figure_rows rows;
    struct reach reach = {INT64_MAX, INT64_MIN};
    struct reach any = {INT64_MAX, INT64_MIN};
    cord_status status = cord_figure_rows_read(draft->scope, &by_service, &rows, draft->err);
    set_period(draft);
    for (size_t i = 0, same; status == CORD_OK && i < rows.count; i += same) {
        struct cord_figure_stretches on = {0};
        same = cord_figure_rows_same(&rows, i);
        status = on_stretches(draft, &rows.items[i], same, &on);
        widen_by_all(draft->scope, &rows.items[i], same, &any);
        for (size_t j = 0; status == CORD_OK && j < on.count; j++) {
            widen(&reach, on.items[j].from_ns, on.items[j].to_ns);
            status =
                cord_figure_draft_item(draft,
                                       cord_arena_printf(draft->scope->arena, "%.*s/%.*s",
                                                         CORD_STR_ARG(on.items[j].row->line->body),
                                                         CORD_STR_ARG(on.items[j].row->line->what)),
                                       CORD_STR("on"), CORD_STR("1"), on.items[j].row);
        }
    }
    if (status == CORD_OK) {
        set_completeness(draft, &rows);
        status = set_value(draft, days_of(&reach));
    }
    if (status == CORD_OK && days_of(&any) > days_of(&reach)) {
        draft->figure->lowest = draft->figure->value;
        draft->figure->highest =
            cord_figure_draft_number(draft, (cord_fixed)days_of(&any) * CORD_FIXED_ONE);
    }
    return status;
}
