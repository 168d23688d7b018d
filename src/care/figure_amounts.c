/* figure_amounts.c: what is added up: care cancelled, devices, money. */
#include "base/map.h"
#include "base/timestamp.h"
#include "care/figure_internal.h"

#define DAY_NS (86400 * CORD_SECOND_NS)

enum { SITE_LEVELS = 8 }; /* of a site of a site */

/* --- adding up --- */

/* Whether the winner of one question counts, and under which part; "": not. */
typedef cord_str (*part_rule)(const struct cord_figure_scope *scope,
                              const struct cord_figure_row *row);

struct sum {
    cord_fixed total;
    uint64_t reporting; /* bodies with a row that counts */
    uint64_t counted;
};

/* "R1H/2017-05-12/first"; ptr NULL: out of memory. */
static cord_str name_of(struct cord_arena *arena, const struct cord_figure_row *row)
{
    size_t len = row->line->body.len + 1 + row->line->what.len;
    if (row->line->what.len == 0) {
        return row->line->body;
    }
    char *name = cord_arena_bytes(arena, len);
    if (!name) {
        return (cord_str){NULL, 0};
    }
    memcpy(name, row->line->body.ptr, row->line->body.len);
    name[row->line->body.len] = '/';
    memcpy(name + row->line->body.len + 1, row->line->what.ptr, row->line->what.len);
    return (cord_str){name, len};
}

static cord_status add_row(struct cord_figure_draft *draft, const struct cord_figure_row *row,
                           cord_str part, struct sum *sum)
{
    cord_fixed amount = 0;
    cord_str what = name_of(draft->scope->arena, row);
    cord_status status = cord_figure_draft_item(draft, what, part, row->amount, row);
    if (status != CORD_OK || part.len == 0 || !cord_fixed_parse(row->amount, &amount)) {
        return status;
    }
    sum->total += amount;
    sum->counted++;
    return cord_figure_draft_part(draft, part, amount);
}

/* --- no amount twice (N4) --- */

/* Who won each question, by body and what. */
struct winners {
    const struct cord_figure_row **rows;
    size_t count;
};

static cord_status find_winners(struct cord_figure_draft *draft,
                                const struct cord_figure_rows *rows, struct winners *ret_winners)
{
    struct winners winners = {.count = 0};
    winners.rows = cord_arena_alloc(draft->scope->arena, (rows->count + 1) * sizeof(void *));
    if (!winners.rows) {
        return cord_figure_out_of_memory(draft->err);
    }
    for (size_t i = 0, same; i < rows->count; i += same) {
        same = cord_figure_rows_same(rows, i);
        winners.rows[winners.count++] = cord_figure_rows_best(&rows->items[i], same);
    }
    *ret_winners = winners;
    return CORD_OK;
}

static const struct cord_figure_row *find_winner(const struct winners *winners, cord_str body,
                                                 cord_str what)
{
    size_t low = 0;
    size_t high = winners->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct cord_figure_row *row = winners->rows[middle];
        int by = cord_str_compare(row->line->body, body);
        by = by ? by : cord_str_compare(row->line->what, what);
        if (by == 0) {
            return row;
        }
        low = by < 0 ? middle + 1 : low;
        high = by < 0 ? high : middle;
    }
    return NULL;
}

/* What is added up, of what. */
struct adding {
    const struct cord_figure_reading *reading;
    part_rule rule;
    /* The wider question that has the row's in it, as "all" care of that day; "": there is none.
     * NULL: there never is. */
    cord_str (*wider)(struct cord_arena *arena, const struct cord_figure_row *row);
};

static bool counts(const struct cord_figure_draft *draft, const struct adding *adding,
                   const struct winners *winners, cord_str body, cord_str what)
{
    const struct cord_figure_row *row = find_winner(winners, body, what);
    return row && adding->rule(draft->scope, row).len > 0;
}

/* A return of the whole has its parts in it: of the body to which a site belongs what the site says
 * of the same, and of a wider question the narrower one. */
static bool is_in_another(const struct cord_figure_draft *draft, const struct adding *adding,
                          const struct winners *winners, const struct cord_figure_row *row)
{
    const struct cord_organisation *who = row->line->who;
    cord_str wider = adding->wider ? adding->wider(draft->scope->arena, row) : CORD_STR("");
    if (wider.len > 0 && counts(draft, adding, winners, row->line->body, wider)) {
        return true;
    }
    for (int i = 0; who && i < SITE_LEVELS && cord_str_eq(who->role, CORD_STR("site")); i++) {
        who = cord_organisations_find(adding->reading->organisations, who->parent);
        if (who && (counts(draft, adding, winners, who->code, row->line->what) ||
                    (wider.len > 0 && counts(draft, adding, winners, who->code, wider)))) {
            return true;
        }
    }
    return false;
}

static cord_status note_left_out(struct cord_figure_draft *draft, size_t left_out)
{
    if (left_out == 0) {
        return CORD_OK;
    }
    draft->figure->note = cord_arena_printf(
        draft->scope->arena, "%zu left out: said again by the return of the whole", left_out);
    return draft->figure->note.ptr ? CORD_OK : cord_figure_out_of_memory(draft->err);
}

/* Rows whose part has no text at all (ptr NULL) are of something else, and not shown. */
static cord_status add_up(struct cord_figure_draft *draft, const struct adding *adding,
                          struct sum *ret_sum)
{
    struct cord_figure_rows rows;
    struct winners winners = {.count = 0};
    struct sum sum = {0};
    cord_str last = {0};
    size_t left_out = 0;
    cord_status status = cord_figure_rows_read(draft->scope, adding->reading, &rows, draft->err);
    if (status == CORD_OK) {
        status = find_winners(draft, &rows, &winners);
    }
    for (size_t i = 0; status == CORD_OK && i < winners.count; i++) {
        const struct cord_figure_row *row = winners.rows[i];
        cord_str part = adding->rule(draft->scope, row);
        if (!part.ptr) {
            continue;
        }
        if (part.len > 0 && is_in_another(draft, adding, &winners, row)) {
            part = CORD_STR("");
            left_out++;
        }
        status = add_row(draft, row, part, &sum);
        if (part.len > 0 && !cord_str_eq(last, row->line->body)) {
            sum.reporting++;
            last = row->line->body; /* rows are sorted by body */
        }
    }
    *ret_sum = sum;
    return status == CORD_OK ? note_left_out(draft, left_out) : status;
}

static void set_period(struct cord_figure_draft *draft)
{
    draft->figure->from_ns = draft->scope->from_ns;
    draft->figure->to_ns = draft->scope->to_ns;
}

/* Infected organisations should say; those that have, have. */
static cord_status expect_infected(struct cord_figure_draft *draft, uint64_t reporting)
{
    uint64_t infected = 0;
    cord_status status = cord_figure_bodies_infected_count(draft, &infected);
    draft->figure->expected = infected > reporting ? infected : reporting;
    draft->figure->reporting = reporting;
    return status;
}

/* --- care cancelled --- */

/* "2017-05-12/first/identified" */
struct cancelled {
    cord_str date, care, count;
};

static struct cancelled split_what(cord_str what)
{
    struct cancelled cancelled = {0};
    (void)cord_str_cut(&what, '/', &cancelled.date);
    (void)cord_str_cut(&what, '/', &cancelled.care);
    cancelled.count = what;
    return cancelled;
}

/* Of other days: of something else. */
static cord_str cancelled_part(const struct cord_figure_scope *scope,
                               const struct cord_figure_row *row)
{
    struct cancelled cancelled = split_what(row->line->what);
    int64_t day_ns = 0;
    if (!cord_timestamp_parse(cancelled.date, &day_ns) || day_ns >= scope->to_ns ||
        day_ns + DAY_NS <= scope->from_ns) {
        return (cord_str){NULL, 0};
    }
    return cord_str_eq(cancelled.count, CORD_STR("identified")) ? cancelled.care : CORD_STR("");
}

static cord_str cancer_part(const struct cord_figure_scope *scope,
                            const struct cord_figure_row *row)
{
    cord_str care = cancelled_part(scope, row);
    return !care.ptr || cord_str_eq(care, CORD_STR("urgent-cancer")) ? care : CORD_STR("");
}

/* All care of the same day has each kind in it. */
static cord_str all_care(struct cord_arena *arena, const struct cord_figure_row *row)
{
    struct cancelled cancelled = split_what(row->line->what);
    if (cord_str_eq(cancelled.care, CORD_STR("all"))) {
        return CORD_STR("");
    }
    cord_str all = cord_arena_printf(arena, "%.*s/all/%.*s", CORD_STR_ARG(cancelled.date),
                                     CORD_STR_ARG(cancelled.count));
    return all.ptr ? all : CORD_STR("");
}

static cord_status add_cancelled(struct cord_figure_draft *draft, part_rule rule, struct sum *sum)
{
    const struct cord_figure_reading reading = {.topic = "cancelled",
                                                .keys = {"date", "care", "count"},
                                                .period = true,
                                                .days = true,
                                                .organisations = draft->scope->then,
                                                .amounts = true};
    const struct adding adding = {
        .reading = &reading, .rule = rule, .wider = rule == cancelled_part ? all_care : NULL};
    cord_status status = add_up(draft, &adding, sum);
    if (status == CORD_OK) {
        status = expect_infected(draft, sum->reporting);
    }
    set_period(draft);
    return status;
}

/* Before anybody has returned anything the number is not nought but unknown. */
static cord_status set_total(struct cord_figure_draft *draft, const struct sum *sum)
{
    return sum->counted > 0 ? cord_figure_draft_value(draft, sum->total) : CORD_OK;
}

cord_status cord_figure_amounts_cancelled(struct cord_figure_draft *draft)
{
    struct sum sum;
    cord_status status = add_cancelled(draft, cancelled_part, &sum);
    return status == CORD_OK ? set_total(draft, &sum) : status;
}

cord_status cord_figure_amounts_cancer(struct cord_figure_draft *draft)
{
    struct sum sum;
    cord_status status = add_cancelled(draft, cancer_part, &sum);
    return status == CORD_OK ? set_total(draft, &sum) : status;
}

cord_status cord_figure_amounts_days(struct cord_figure_draft *draft)
{
    struct sum sum;
    int64_t first_ns = INT64_MAX;
    int64_t last_ns = INT64_MIN;
    cord_status status = add_cancelled(draft, cancelled_part, &sum);
    for (size_t i = 0; status == CORD_OK && i < draft->item_count; i++) {
        const struct cord_figure_item *item = &draft->items[i];
        size_t slash = cord_str_find_char(item->what, '/', 0);
        int64_t day_ns = 0;
        if (item->part.len > 0 &&
            cord_timestamp_parse(split_what(cord_str_from_byte(item->what, slash + 1)).date,
                                 &day_ns)) {
            first_ns = day_ns < first_ns ? day_ns : first_ns;
            last_ns = day_ns > last_ns ? day_ns : last_ns;
        }
    }
    draft->part_count = 0; /* of kinds of care */
    if (status != CORD_OK || sum.counted == 0) {
        return status;
    }
    int64_t between = (last_ns - first_ns) / DAY_NS;
    status = cord_figure_draft_part(draft, CORD_STR("from the first to the last"),
                                    (cord_fixed)between * CORD_FIXED_ONE);
    return status == CORD_OK
               ? cord_figure_draft_value(draft, (cord_fixed)(between + 1) * CORD_FIXED_ONE)
               : status;
}

/* --- by a factor --- */

/* The factor claimed for a method; *ret_row NULL: none is. */
static cord_status find_factor(struct cord_figure_draft *draft, const char *method,
                               cord_fixed *ret_factor, const struct cord_figure_row **ret_row)
{
    static const struct cord_figure_reading reading = {
        .topic = "factor", .subject = "method", .whole = true};
    struct cord_figure_rows rows;
    *ret_row = NULL;
    cord_status status = cord_figure_rows_read(draft->scope, &reading, &rows, draft->err);
    for (size_t i = 0, same; status == CORD_OK && i < rows.count; i += same) {
        same = cord_figure_rows_same(&rows, i);
        const struct cord_figure_row *row = cord_figure_rows_best(&rows.items[i], same);
        if (cord_str_eq(row->line->body, cord_str_from(method)) &&
            cord_fixed_parse(row->amount, ret_factor) && *ret_factor > 0) {
            *ret_row = row;
            return cord_figure_draft_claim(draft, row->claim, row->basis);
        }
    }
    return status;
}

static cord_status set_note(struct cord_figure_draft *draft, cord_fixed base, const char *sign,
                            const struct cord_figure_row *factor)
{
    cord_str number = cord_figure_draft_number(draft, base);
    draft->figure->note =
        cord_arena_printf(draft->scope->arena, "%.*s %s %.*s, claim c%llu of %.*s",
                          CORD_STR_ARG(number), sign, CORD_STR_ARG(factor->amount),
                          (unsigned long long)factor->claim, CORD_STR_ARG(factor->line->claimant));
    return number.ptr && draft->figure->note.ptr ? CORD_OK : cord_figure_out_of_memory(draft->err);
}

static cord_fixed round_whole(cord_fixed value)
{
    return (value + CORD_FIXED_ONE / 2) / CORD_FIXED_ONE * CORD_FIXED_ONE;
}

/* Beyond these a product could leave the type: they are nobody's count of anything. */
static bool may_multiply(cord_fixed base, cord_fixed factor)
{
    const cord_fixed most = CORD_FIXED_ONE * 1000000000000;
    return base >= 0 && base < most && factor > 0 && factor < CORD_FIXED_ONE * 1000000;
}

cord_status cord_figure_amounts_estimate(struct cord_figure_draft *draft)
{
    struct sum sum;
    cord_fixed factor = 0;
    const struct cord_figure_row *row = NULL;
    cord_status status = add_cancelled(draft, cancelled_part, &sum);
    if (status == CORD_OK) {
        status = find_factor(draft, "care.cancelled", &factor, &row);
    }
    draft->part_count = 0;
    if (status != CORD_OK || !row || sum.counted == 0 || !may_multiply(sum.total, factor)) {
        return status;
    }
    draft->figure->lowest = cord_figure_draft_number(draft, sum.total);
    draft->figure->basis = CORD_CLAIM_ESTIMATED;
    status = set_note(draft, sum.total, "x", row);
    cord_fixed estimate = round_whole(sum.total * factor / CORD_FIXED_ONE);
    return status == CORD_OK ? cord_figure_draft_value(draft, estimate) : status;
}

/* --- devices --- */

/* what: "diagnostic/infected" */
static cord_str diagnostic_part(const struct cord_figure_scope *scope,
                                const struct cord_figure_row *row)
{
    (void)scope;
    return cord_str_eq(row->line->what, CORD_STR("diagnostic/infected")) ? CORD_STR("infected")
                                                                         : CORD_STR("");
}

static cord_status add_devices(struct cord_figure_draft *draft, part_rule rule, struct sum *sum)
{
    const struct cord_figure_reading reading = {.topic = "asset.count",
                                                .keys = {"class", "condition"},
                                                .organisations = draft->scope->now,
                                                .amounts = true};
    const struct adding adding = {.reading = &reading, .rule = rule};
    return add_up(draft, &adding, sum);
}

cord_status cord_figure_amounts_diagnostic(struct cord_figure_draft *draft)
{
    struct sum sum;
    cord_status status = add_devices(draft, diagnostic_part, &sum);
    status = status == CORD_OK ? expect_infected(draft, sum.reporting) : status;
    draft->figure->from_ns = CORD_TIME_NONE; /* a count at a moment */
    draft->figure->to_ns = CORD_TIME_NONE;
    return status == CORD_OK ? set_total(draft, &sum) : status;
}

cord_status cord_figure_amounts_diagnostic_all(struct cord_figure_draft *draft)
{
    struct sum sum;
    cord_fixed share = 0;
    const struct cord_figure_row *row = NULL;
    cord_status status = cord_figure_amounts_diagnostic(draft);
    draft->figure->value = (cord_str){0};
    sum = (struct sum){0};
    for (size_t i = 0; i < draft->part_count; i++) {
        sum.total = draft->parts[i].value;
    }
    bool counted = draft->part_count > 0;
    draft->part_count = 0;
    if (status == CORD_OK) {
        status = find_factor(draft, "devices.diagnostic", &share, &row);
    }
    if (status != CORD_OK || !row || !counted || !may_multiply(sum.total, CORD_FIXED_ONE)) {
        return status;
    }
    draft->figure->basis = CORD_CLAIM_ESTIMATED;
    status = set_note(draft, sum.total, "/", row);
    cord_fixed implied = round_whole(sum.total * CORD_FIXED_ONE / share);
    return status == CORD_OK ? cord_figure_draft_value(draft, implied) : status;
}

static cord_str computer_part(const struct cord_figure_scope *scope,
                              const struct cord_figure_row *row)
{
    (void)scope;
    return cord_str_eq(row->line->what, CORD_STR("computer/all"))          ? CORD_STR("all")
           : cord_str_eq(row->line->what, CORD_STR("computer/windows-xp")) ? CORD_STR("windows-xp")
                                                                           : CORD_STR("");
}

static cord_fixed part_of(const struct cord_figure_draft *draft, cord_str name)
{
    cord_fixed value = 0;
    for (size_t i = 0; i < draft->part_count; i++) {
        if (cord_str_eq(draft->parts[i].name, name)) {
            value = draft->parts[i].value;
        }
    }
    return value;
}

static cord_status add_computers(struct cord_figure_draft *draft,
                                 const struct cord_figure_rows *rows, struct sum *sum)
{
    cord_status status = CORD_OK;
    for (size_t i = 0, same; status == CORD_OK && i < rows->count; i += same) {
        /* Rows of one body: all of "computer/all", then all of "computer/windows-xp". */
        const struct cord_figure_row *best[2] = {NULL, NULL};
        for (same = 0; i + same < rows->count &&
                       cord_str_eq(rows->items[i].line->body, rows->items[i + same].line->body);) {
            size_t count = cord_figure_rows_same(rows, i + same);
            const struct cord_figure_row *row =
                cord_figure_rows_best(&rows->items[i + same], count);
            cord_str part = computer_part(draft->scope, row);
            best[0] = cord_str_eq(part, CORD_STR("all")) ? row : best[0];
            best[1] = cord_str_eq(part, CORD_STR("windows-xp")) ? row : best[1];
            same += count;
        }
        if (best[0] && best[1]) {
            status = add_row(draft, best[0], CORD_STR("all"), sum);
            status =
                status == CORD_OK ? add_row(draft, best[1], CORD_STR("windows-xp"), sum) : status;
            sum->reporting++;
        }
    }
    return status;
}

cord_status cord_figure_amounts_xp(struct cord_figure_draft *draft)
{
    struct sum sum = {0};
    struct cord_figure_rows rows;
    const struct cord_figure_reading reading = {.topic = "asset.count",
                                                .keys = {"class", "condition"},
                                                .organisations = draft->scope->now,
                                                .amounts = true};
    cord_status status = cord_figure_rows_read(draft->scope, &reading, &rows, draft->err);
    if (status == CORD_OK) {
        status = add_computers(draft, &rows, &sum);
    }
    uint64_t open = cord_figure_bodies_open(draft->scope, "trust", true);
    draft->figure->expected = open > sum.reporting ? open : sum.reporting;
    draft->figure->reporting = sum.reporting;
    if (status != CORD_OK || sum.reporting == 0) {
        return status;
    }
    status = cord_figure_draft_value(draft, part_of(draft, CORD_STR("windows-xp")));
    return status == CORD_OK ? cord_figure_draft_of(draft, part_of(draft, CORD_STR("all")),
                                                    "computers of those that returned both")
                             : status;
}

/* --- money --- */

/* what: "lost-activity/" */
static cord_str cost_part(const struct cord_figure_scope *scope, const struct cord_figure_row *row)
{
    cord_str what = row->line->what;
    cord_str category = {0};
    (void)cord_str_cut(&what, '/', &category);
    bool counts = row->valid_from_ns >= scope->from_ns && cord_str_eq(row->unit, CORD_STR("GBP"));
    return counts ? category : CORD_STR("");
}

cord_status cord_figure_amounts_cost(struct cord_figure_draft *draft)
{
    struct cord_figure_scope *scope = draft->scope;
    struct sum sum;
    const struct cord_figure_reading reading = {.topic = "cost",
                                                .keys = {"category", "item"},
                                                .period = true,
                                                .organisations = scope->then,
                                                .amounts = true};
    int64_t to_ns = scope->to_ns;
    scope->to_ns = scope->request.as_of.about_ns + 1; /* the aftermath costs, too */
    const struct adding adding = {.reading = &reading, .rule = cost_part};
    cord_status status = add_up(draft, &adding, &sum);
    set_period(draft);
    scope->to_ns = to_ns;
    draft->figure->expected = sum.reporting;
    draft->figure->reporting = sum.reporting;
    return status == CORD_OK ? set_total(draft, &sum) : status;
}

static cord_str ransom_part(const struct cord_figure_scope *scope,
                            const struct cord_figure_row *row)
{
    (void)scope;
    return cord_str_eq(row->state, CORD_STR("unknown")) ? CORD_STR("") : row->state;
}

cord_status cord_figure_amounts_ransom(struct cord_figure_draft *draft)
{
    struct sum sum;
    const struct cord_figure_reading reading = {
        .topic = "ransom", .period = true, .organisations = draft->scope->then, .amounts = true};
    const struct adding adding = {.reading = &reading, .rule = ransom_part};
    cord_status status = add_up(draft, &adding, &sum);
    uint64_t reporting = sum.reporting;
    status = status == CORD_OK ? expect_infected(draft, reporting) : status;
    set_period(draft);
    for (size_t i = 0; i < draft->item_count; i++) {
        if (cord_str_eq(draft->items[i].what, draft->scope->incident)) {
            draft->figure->reporting = draft->figure->expected; /* said of the whole incident */
        }
    }
    cord_fixed paid = part_of(draft, CORD_STR("paid"));
    return status == CORD_OK && reporting > 0 ? cord_figure_draft_value(draft, paid) : status;
}
