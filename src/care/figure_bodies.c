/* figure_bodies.c: organisations, and how they are in an incident. */
#include "base/timestamp.h"
#include "base/vec.h"
#include "care/figure_internal.h"

#include <stdlib.h>

static const cord_str trust = {"trust", 5};
static const cord_str practice = {"practice", 8};
static const cord_str england = {"ENG", 3};

/* --- states --- */

enum cord_figure_harm cord_figure_bodies_harm(cord_str state)
{
    static const struct {
        cord_str state;
        enum cord_figure_harm harm;
    } harms[] = {
        {{"infected", 8}, CORD_FIGURE_INFECTED},
        {{"contained", 9}, CORD_FIGURE_INFECTED},
        {{"disrupted", 9}, CORD_FIGURE_DISRUPTED},
        {{"disconnected", 12}, CORD_FIGURE_DISRUPTED},
    };
    for (size_t i = 0; i < sizeof harms / sizeof *harms; i++) {
        if (cord_str_eq(harms[i].state, state)) {
            return harms[i].harm;
        }
    }
    return CORD_FIGURE_NONE;
}

struct reading_bodies {
    struct cord_figure_scope *scope;
    struct cord_figure_bodies *bodies;
    bool now;
    struct cord_error *err;
};

/* The worst that any stretch says; of equals the first. NULL: none does. */
static const struct cord_figure_row *worst(const struct cord_figure_stretches *stretches)
{
    const struct cord_figure_row *worst = NULL;
    for (size_t i = 0; i < stretches->count; i++) {
        const struct cord_figure_row *row = stretches->items[i].row;
        worst = !worst || row->harm > worst->harm ? row : worst;
    }
    return worst;
}

static cord_status on_body(void *self, const struct cord_figure_row *rows, size_t count)
{
    const struct reading_bodies *reading = self;
    struct cord_figure_bodies *bodies = reading->bodies;
    struct cord_figure_stretches stretches = {0};
    const struct cord_figure_row *row;
    if (count == 0) {
        bodies->count = 0;
        return CORD_OK;
    }
    if (reading->now) {
        row = cord_figure_rows_best(rows, count);
    } else {
        cord_status status =
            cord_figure_rows_stretches(reading->scope, rows, count, &stretches, reading->err);
        if (status != CORD_OK) {
            return status;
        }
        row = worst(&stretches);
    }
    if (!row) {
        return CORD_OK;
    }
    if (bodies->count == bodies->cap) {
        void *items =
            cord_vec_room(bodies->items, bodies->count, &bodies->cap, sizeof *bodies->items);
        if (!items) {
            return CORD_E_NOMEM;
        }
        bodies->items = items;
    }
    bodies->items[bodies->count++] =
        (struct cord_figure_body){.who = row->line->who, .code = row->line->body, .row = *row};
    return CORD_OK;
}

static int compare_codes(const void *left, const void *right)
{
    const struct cord_figure_body *a = left;
    const struct cord_figure_body *b = right;
    return cord_str_compare(a->code, b->code);
}

static cord_status read_bodies(struct cord_figure_scope *scope, bool now,
                               struct cord_figure_bodies *bodies, struct cord_error *err)
{
    const struct cord_figure_reading reading = {
        .topic = "status", .period = !now, .organisations = now ? scope->now : scope->then};
    struct reading_bodies reading_bodies = {scope, bodies, now, err};
    cord_status status = cord_figure_rows_each(scope, &reading, on_body, &reading_bodies, err);
    cord_figure_sort(bodies->items, bodies->count, sizeof *bodies->items, compare_codes);
    bodies->read = status == CORD_OK;
    return status;
}

cord_status cord_figure_bodies_read(struct cord_figure_scope *scope, bool now,
                                    struct cord_error *err)
{
    struct cord_figure_bodies *bodies = now ? &scope->bodies_now : &scope->bodies;
    return bodies->read ? CORD_OK : read_bodies(scope, now, bodies, err);
}

static cord_status get_bodies(struct cord_figure_draft *draft, bool now,
                              const struct cord_figure_bodies **ret_bodies)
{
    struct cord_figure_scope *scope = draft->scope;
    struct cord_figure_bodies *bodies = now ? &scope->bodies_now : &scope->bodies;
    cord_status status = cord_figure_bodies_read(scope, now, draft->err);
    if (!now) {
        draft->figure->from_ns = scope->from_ns;
        draft->figure->to_ns = scope->to_ns;
    }
    *ret_bodies = bodies;
    return status;
}

static const struct cord_figure_body *find_body(const struct cord_figure_bodies *bodies,
                                                cord_str code)
{
    size_t low = 0;
    size_t high = bodies->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int by = cord_str_compare(bodies->items[middle].code, code);
        if (by == 0) {
            return &bodies->items[middle];
        }
        low = by < 0 ? middle + 1 : low;
        high = by < 0 ? high : middle;
    }
    return NULL;
}

/* --- who is there --- */

static bool is_open(const struct cord_figure_scope *scope,
                    const struct cord_organisation *organisation, cord_str role, bool now)
{
    int64_t about_ns = now ? scope->request.as_of.about_ns : scope->to_ns - 1;
    const struct cord_organisation_filter filter = {.role = role, .country = england, .open = true};
    return organisation->successor.len == 0 &&
           cord_organisation_passes(organisation, &filter, about_ns);
}

/* Not a part of one, nor a name for many. */
bool cord_figure_bodies_is_body(const struct cord_organisation *organisation)
{
    return !cord_str_eq(organisation->role, CORD_STR("site")) &&
           !cord_str_eq(organisation->role, CORD_STR("region")) &&
           !cord_str_eq(organisation->role, CORD_STR("network"));
}

static const struct cord_organisation *next_open(const struct cord_figure_scope *scope,
                                                 cord_str role, bool now, size_t *place)
{
    const struct cord_organisations *organisations = now ? scope->now : scope->then;
    while (*place < cord_organisations_count(organisations)) {
        const struct cord_organisation *organisation =
            cord_organisations_at(organisations, (*place)++);
        if (is_open(scope, organisation, role, now) &&
            (role.len > 0 || cord_figure_bodies_is_body(organisation))) {
            return organisation;
        }
    }
    return NULL;
}

uint64_t cord_figure_bodies_open(const struct cord_figure_scope *scope, const char *role, bool now)
{
    size_t place = 0;
    uint64_t count = 0;
    while (next_open(scope, cord_str_from(role), now, &place)) {
        count++;
    }
    return count;
}

static bool has_role(const struct cord_figure_body *body, cord_str role)
{
    return body->who && cord_str_eq(body->who->role, role);
}

static bool is_english_trust(const struct cord_figure_body *body)
{
    return has_role(body, trust) && cord_str_eq(body->who->country, england);
}

static cord_str region_of(const struct cord_figure_body *body)
{
    return body->who && body->who->region.len > 0 ? body->who->region : CORD_STR("no region");
}

static int compare_names(const void *left, const void *right)
{
    const struct cord_figure_sum *a = left;
    const struct cord_figure_sum *b = right;
    return cord_str_compare(a->name, b->name);
}

static void sort_parts(struct cord_figure_draft *draft,
                       int (*compare)(const void *left, const void *right))
{
    cord_figure_sort(draft->parts, draft->part_count, sizeof *draft->parts, compare);
}

/* Counted, each under its part; `part` says which, "" for those that do not count. */
static cord_status count_bodies(struct cord_figure_draft *draft,
                                const struct cord_figure_bodies *bodies,
                                cord_str (*part)(const struct cord_figure_body *))
{
    uint64_t count = 0;
    cord_status status = CORD_OK;
    for (size_t i = 0; i < bodies->count && status == CORD_OK; i++) {
        const struct cord_figure_body *body = &bodies->items[i];
        cord_str name = part(body);
        status = cord_figure_draft_item(draft, body->code, name, CORD_STR("1"), &body->row);
        if (status == CORD_OK && name.len > 0) {
            status = cord_figure_draft_part(draft, name, CORD_FIXED_ONE);
            count++;
        }
    }
    sort_parts(draft, compare_names);
    return status == CORD_OK ? cord_figure_draft_value(draft, (cord_fixed)count * CORD_FIXED_ONE)
                             : status;
}

/* Those open of a role, and of how many of them anybody says anything. */
static void set_completeness(struct cord_figure_draft *draft,
                             const struct cord_figure_bodies *bodies, cord_str role)
{
    size_t place = 0;
    size_t at = 0; /* both are in the order of codes */
    const struct cord_organisation *open;
    while ((open = next_open(draft->scope, role, false, &place))) {
        int by = -1;
        while (at < bodies->count &&
               (by = cord_str_compare(bodies->items[at].code, open->code)) < 0) {
            at++;
        }
        draft->figure->expected++;
        draft->figure->reporting +=
            by == 0 && !cord_str_eq(bodies->items[at].row.state, CORD_STR("unknown")) ? 1 : 0;
    }
}

/* --- figures --- */

cord_status cord_figure_bodies_trusts(struct cord_figure_draft *draft)
{
    size_t place = 0;
    uint64_t count = 0;
    const struct cord_organisation *open;
    cord_status status = CORD_OK;
    while (status == CORD_OK && (open = next_open(draft->scope, trust, true, &place))) {
        cord_str region = open->region.len > 0 ? open->region : CORD_STR("no region");
        const struct cord_figure_row row = {.claim = open->claim, .basis = CORD_CLAIM_REPORTED};
        status = cord_figure_draft_item(draft, open->code, region, CORD_STR("1"), &row);
        status = status == CORD_OK ? cord_figure_draft_part(draft, region, CORD_FIXED_ONE) : status;
        count++;
    }
    draft->figure->expected = count;
    draft->figure->reporting = count;
    sort_parts(draft, compare_names);
    return status == CORD_OK ? cord_figure_draft_value(draft, (cord_fixed)count * CORD_FIXED_ONE)
                             : status;
}

static cord_str harmed_trust(const struct cord_figure_body *body)
{
    return !is_english_trust(body) || body->row.harm == CORD_FIGURE_NONE ? CORD_STR("")
           : body->row.harm == CORD_FIGURE_INFECTED                      ? CORD_STR("infected")
                                                                         : CORD_STR("disrupted");
}

static cord_str infected_trust_region(const struct cord_figure_body *body)
{
    return is_english_trust(body) && body->row.harm == CORD_FIGURE_INFECTED ? region_of(body)
                                                                            : CORD_STR("");
}

static cord_str infected_role(const struct cord_figure_body *body)
{
    if (body->row.harm != CORD_FIGURE_INFECTED) {
        return CORD_STR("");
    }
    return has_role(body, trust)      ? CORD_STR("trusts")
           : has_role(body, practice) ? CORD_STR("practices")
           : body->who                ? CORD_STR("others")
                                      : CORD_STR("not in the register");
}

static cord_str infected_other(const struct cord_figure_body *body)
{
    return has_role(body, trust) ? CORD_STR("") : infected_role(body);
}

static cord_str infected_practice(const struct cord_figure_body *body)
{
    return has_role(body, practice) ? infected_role(body) : CORD_STR("");
}

static cord_status of_open(struct cord_figure_draft *draft, const char *role, const char *of_what)
{
    uint64_t open = cord_figure_bodies_open(draft->scope, role, false);
    return cord_figure_draft_of(draft, (cord_fixed)open * CORD_FIXED_ONE, of_what);
}

static cord_status over_incident(struct cord_figure_draft *draft, cord_str role,
                                 cord_str (*part)(const struct cord_figure_body *))
{
    const struct cord_figure_bodies *bodies = NULL;
    cord_status status = get_bodies(draft, false, &bodies);
    status = status == CORD_OK ? count_bodies(draft, bodies, part) : status;
    if (status != CORD_OK) {
        return status;
    }
    set_completeness(draft, bodies, role);
    if (draft->figure->reporting == 0 && draft->part_count == 0) {
        draft->figure->value = (cord_str){0}; /* silence is not nought */
    }
    return CORD_OK;
}

cord_status cord_figure_bodies_trusts_affected(struct cord_figure_draft *draft)
{
    cord_status status = over_incident(draft, trust, harmed_trust);
    return status == CORD_OK ? of_open(draft, "trust", "trusts open then") : status;
}

cord_status cord_figure_bodies_trusts_infected(struct cord_figure_draft *draft)
{
    cord_status status = over_incident(draft, trust, infected_trust_region);
    return status == CORD_OK ? of_open(draft, "trust", "trusts open then") : status;
}

cord_status cord_figure_bodies_infected(struct cord_figure_draft *draft)
{
    return over_incident(draft, CORD_STR(""), infected_role);
}

cord_status cord_figure_bodies_others(struct cord_figure_draft *draft)
{
    return over_incident(draft, practice, infected_other);
}

cord_status cord_figure_bodies_practices(struct cord_figure_draft *draft)
{
    cord_status status = over_incident(draft, practice, infected_practice);
    return status == CORD_OK ? of_open(draft, "practice", "practices open then") : status;
}

static int compare_values(const void *left, const void *right)
{
    const struct cord_figure_sum *a = left;
    const struct cord_figure_sum *b = right;
    return a->value > b->value ? -1 : a->value < b->value ? 1 : cord_str_compare(a->name, b->name);
}

cord_status cord_figure_bodies_regions(struct cord_figure_draft *draft)
{
    cord_status status = over_incident(draft, trust, infected_trust_region);
    cord_fixed infected = 0;
    cord_fixed most = 0;
    if (status != CORD_OK) {
        return status;
    }
    sort_parts(draft, compare_values);
    for (size_t i = 0; i < draft->part_count; i++) {
        infected += draft->parts[i].value;
        most += i < 2 ? draft->parts[i].value : 0;
    }
    status = cord_figure_draft_value(draft, most);
    return status == CORD_OK ? cord_figure_draft_of(draft, infected, "trusts infected") : status;
}

/* --- at the moment --- */

static cord_status on_heartbeat(void *self, const struct cord_answer *answer)
{
    bool *heard = self;
    (void)answer;
    *heard = true;
    return CORD_E_END;
}

/* It had a heartbeat lately and has none: nothing is known of it. */
static cord_status is_silent(struct cord_figure_draft *draft,
                             const struct cord_organisation *organisation, bool *ret_silent)
{
    const struct cord_figure_scope *scope = draft->scope;
    int64_t about_ns = scope->request.as_of.about_ns;
    bool alive = false;
    bool lately = false;
    cord_str topic = CORD_STR("heartbeat");
    cord_str subject =
        cord_arena_printf(scope->arena, "org:%.*s", CORD_STR_ARG(organisation->code));
    if (!subject.ptr) {
        return cord_figure_out_of_memory(draft->err);
    }
    cord_status status = cord_record_view_answers(scope->view, topic, subject, scope->request.as_of,
                                                  on_heartbeat, &alive, draft->err);
    if (status == CORD_OK && !alive) {
        const struct cord_record_period before = {scope->request.as_of.known_ns,
                                                  about_ns - CORD_FIGURE_HEARTBEAT_NS, about_ns};
        status = cord_record_view_period(scope->view, topic, subject, &before, on_heartbeat,
                                         &lately, draft->err);
    }
    *ret_silent = !alive && lately;
    return status;
}

static cord_status state_now(struct cord_figure_draft *draft, const struct cord_figure_body *body,
                             const struct cord_organisation *organisation, cord_str *ret_state)
{
    bool silent = false;
    *ret_state = body ? body->row.state : CORD_STR("unknown");
    if (!cord_str_eq(*ret_state, CORD_STR("clear")) &&
        !cord_str_eq(*ret_state, CORD_STR("recovered"))) {
        return CORD_OK;
    }
    cord_status status = is_silent(draft, organisation, &silent);
    *ret_state = silent ? CORD_STR("unknown") : *ret_state;
    return status;
}

/* Every open trust under its state; the value is how many are harmed, or unknown. */
static cord_status count_now(struct cord_figure_draft *draft, bool unknown)
{
    const struct cord_figure_bodies *bodies = NULL;
    const struct cord_organisation *open;
    uint64_t count = 0;
    size_t place = 0;
    cord_status status = get_bodies(draft, true, &bodies);
    while (status == CORD_OK && (open = next_open(draft->scope, trust, true, &place))) {
        const struct cord_figure_body *body = find_body(bodies, open->code);
        cord_str state;
        status = state_now(draft, body, open, &state);
        bool is_unknown = cord_str_eq(state, CORD_STR("unknown"));
        bool counts = unknown ? is_unknown : body && body->row.harm != CORD_FIGURE_NONE;
        draft->figure->expected++;
        draft->figure->reporting += is_unknown ? 0 : 1;
        count += counts ? 1 : 0;
        if (status == CORD_OK) {
            status = cord_figure_draft_item(draft, open->code, counts ? state : CORD_STR(""),
                                            CORD_STR("1"), body ? &body->row : NULL);
        }
        if (status == CORD_OK && !unknown) {
            status = cord_figure_draft_part(draft, state, CORD_FIXED_ONE);
        }
    }
    if (status == CORD_OK) {
        status = cord_figure_draft_value(draft, (cord_fixed)count * CORD_FIXED_ONE);
    }
    return status == CORD_OK
               ? cord_figure_draft_of(draft, (cord_fixed)draft->figure->expected * CORD_FIXED_ONE,
                                      "trusts open at that time")
               : status;
}

cord_status cord_figure_bodies_now(struct cord_figure_draft *draft)
{
    return count_now(draft, false);
}

cord_status cord_figure_bodies_unknown(struct cord_figure_draft *draft)
{
    return count_now(draft, true);
}

cord_status cord_figure_bodies_infected_count(struct cord_figure_draft *draft, uint64_t *ret_count)
{
    const struct cord_figure_bodies *bodies = NULL;
    cord_status status = get_bodies(draft, false, &bodies);
    *ret_count = 0;
    for (size_t i = 0; status == CORD_OK && i < bodies->count; i++) {
        *ret_count += bodies->items[i].row.harm == CORD_FIGURE_INFECTED ? 1 : 0;
    }
    return status;
}
