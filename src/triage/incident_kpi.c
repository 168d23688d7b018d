/* incident_kpi.c: how long it took, and what waits to be decided. */
#include "triage/incident_internal.h"

#include <stdlib.h>

static struct cord_incident_moment no_moment(void)
{
    return (struct cord_incident_moment){.time_ns = CORD_TIME_NONE, .alert = CORD_STR("")};
}

static void earlier(struct cord_incident_moment *moment, int64_t time_ns, uint64_t claim,
                    cord_str alert)
{
    if (time_ns != CORD_TIME_NONE &&
        (moment->time_ns == CORD_TIME_NONE || time_ns < moment->time_ns)) {
        *moment = (struct cord_incident_moment){.time_ns = time_ns, .claim = claim, .alert = alert};
    }
}

static bool is_kind(const struct cord_incident_said *said, const char *kind)
{
    return cord_incident_holds(said) && strcmp(said->claim.kind->name, kind) == 0;
}

/* The last that was said of a phase: of this incident, else of one that merged into it. */
static struct cord_incident_moment find_phase(const struct cord_incident_making *making,
                                              enum cord_incident_phase phase)
{
    cord_str name = cord_str_from(cord_incident_phase_name(phase));
    struct cord_incident_moment moment = no_moment();
    bool own = false;
    for (size_t i = 0; i < making->said_count; i++) {
        const struct cord_incident_said *said = &making->said[i];
        bool here = cord_str_eq(said->incident, making->incident->id);
        if (is_kind(said, "incident.phase") && (here || !own) &&
            cord_str_eq(cord_claim_member(said->claim.value, "phase"), name)) {
            own = here;
            moment.time_ns = said->claim.valid_from_ns;
            moment.claim = said->claim.number;
        }
    }
    return moment;
}

static struct cord_incident_moment phase_of(const struct cord_incident_making *making,
                                            enum cord_incident_phase phase)
{
    return making->incident->phases[phase];
}

static struct cord_incident_moment began(const struct cord_incident_making *making)
{
    struct cord_incident_moment moment = no_moment();
    for (size_t i = 0; i < making->link_count; i++) {
        earlier(&moment, making->sightings[i].first_ns, 0, making->links[i].id);
    }
    for (size_t i = 0; i < making->said_count; i++) {
        const struct cord_claim *claim = &making->said[i].claim;
        /* Said to be so since before it was said. */
        if (is_kind(&making->said[i], "incident.declare") &&
            claim->valid_from_ns < claim->recorded_ns) {
            earlier(&moment, claim->valid_from_ns, claim->number, CORD_STR(""));
        }
    }
    return moment;
}

/* Somebody was said to be anything but well. */
static bool tells_of_harm(const struct cord_incident_making *making,
                          const struct cord_incident_said *said)
{
    cord_str state = cord_claim_state(&said->claim);
    return is_kind(said, "status.claim") && !cord_str_eq(state, CORD_STR("clear")) &&
           !cord_str_eq(state, CORD_STR("unknown")) &&
           cord_incident_member(making, said->organisation) && cord_incident_is_of(making, said);
}

static struct cord_incident_moment detected(const struct cord_incident_making *making)
{
    struct cord_incident_moment moment = phase_of(making, CORD_INCIDENT_DETECTED);
    if (moment.time_ns != CORD_TIME_NONE) {
        return moment;
    }
    for (size_t i = 0; i < making->link_count; i++) {
        earlier(&moment, making->sightings[i].known_ns, 0, making->links[i].id);
    }
    for (size_t i = 0; i < making->said_count; i++) {
        const struct cord_incident_said *said = &making->said[i];
        if (is_kind(said, "incident.declare") || tells_of_harm(making, said)) {
            earlier(&moment, said->claim.recorded_ns, said->claim.number, CORD_STR(""));
        }
    }
    return moment;
}

static struct cord_incident_moment acknowledged(const struct cord_incident_making *making)
{
    struct cord_incident_moment moment = phase_of(making, CORD_INCIDENT_ACKNOWLEDGED);
    if (moment.time_ns != CORD_TIME_NONE) {
        return moment;
    }
    for (size_t i = 0; i < making->said_count; i++) {
        const struct cord_incident_said *said = &making->said[i];
        bool taken_up = is_kind(said, "triage.state") &&
                        !cord_str_eq(cord_claim_state(&said->claim), CORD_STR("new"));
        bool declared =
            is_kind(said, "incident.declare") && !cord_incident_is_automatic(&said->claim);
        if (taken_up || declared) {
            earlier(&moment, said->claim.recorded_ns, said->claim.number, CORD_STR(""));
        }
    }
    return moment;
}

static struct cord_incident_moment decided(const struct cord_incident_making *making)
{
    struct cord_incident_moment moment = phase_of(making, CORD_INCIDENT_DECIDED);
    if (moment.time_ns != CORD_TIME_NONE) {
        return moment;
    }
    for (size_t i = 0; i < making->said_count; i++) {
        if (is_kind(&making->said[i], "incident.decision")) {
            earlier(&moment, making->said[i].claim.valid_from_ns, making->said[i].claim.number,
                    CORD_STR(""));
        }
    }
    return moment;
}

static bool is_over(cord_str state)
{
    return cord_str_eq(state, CORD_STR("contained")) || cord_str_eq(state, CORD_STR("recovered")) ||
           cord_str_eq(state, CORD_STR("clear"));
}

/* When the last of those that were infected no longer was. */
static struct cord_incident_moment contained(const struct cord_incident_making *making)
{
    struct cord_incident_moment moment = phase_of(making, CORD_INCIDENT_CONTAINED);
    struct cord_incident_moment last = no_moment();
    if (moment.time_ns != CORD_TIME_NONE) {
        return moment;
    }
    for (size_t i = 0; i < making->organisation_count; i++) {
        const struct cord_incident_organisation *organisation = &making->organisations[i];
        if (organisation->was_infected && !is_over(organisation->state)) {
            return no_moment();
        }
        if (organisation->was_infected && organisation->since_ns > last.time_ns) {
            last.time_ns = organisation->since_ns;
            last.claim = organisation->claim;
        }
    }
    return last;
}

static struct cord_incident_span span(struct cord_incident_moment from,
                                      struct cord_incident_moment to)
{
    struct cord_incident_span span = {.from = from, .to = to};
    span.known = from.time_ns != CORD_TIME_NONE && to.time_ns != CORD_TIME_NONE &&
                 !__builtin_sub_overflow(to.time_ns, from.time_ns, &span.ns) && span.ns >= 0;
    span.ns = span.known ? span.ns : 0;
    return span;
}

/* --- what waits --- */

struct ask {
    const struct cord_incident_said *said;
    cord_str name;
};

static int by_ask(const void *a, const void *b)
{
    const struct ask *left = a;
    const struct ask *right = b;
    int order = cord_str_compare(left->said->claim.subject, right->said->claim.subject);
    order = order ? order : cord_str_compare(left->name, right->name);
    if (order) {
        return order;
    }
    return left->said->claim.number < right->said->claim.number ? -1 : 1;
}

static bool is_same_ask(const struct ask *a, const struct ask *b)
{
    return cord_str_eq(a->said->claim.subject, b->said->claim.subject) &&
           cord_str_eq(a->name, b->name);
}

static void wait_for(struct cord_incident *incident, cord_str text, uint64_t claim, int64_t due_ns,
                     int64_t *first_ns)
{
    if (due_ns < *first_ns || incident->next_claim == 0) {
        *first_ns = due_ns;
        incident->next_decision = text;
        incident->next_claim = claim;
    }
}

static cord_status wait_for_containment(struct cord_incident_making *making,
                                        const struct cord_incident_said *said, int64_t *first_ns)
{
    cord_str action = cord_incident_text(making, &said->claim, "action");
    const struct cord_incident_organisation *whose =
        cord_incident_member(making, said->organisation);
    cord_str text = cord_arena_printf(
        making->arena, "%.*s: %.*s",
        CORD_STR_ARG(whose && whose->name.len > 0 ? whose->name : said->organisation),
        CORD_STR_ARG(action));
    if (!action.ptr || !text.ptr) {
        return cord_incident_full(making);
    }
    wait_for(making->incident, text, said->claim.number, said->claim.valid_from_ns, first_ns);
    return CORD_OK;
}

/* Containments that were asked for, and neither approved nor refused, carried out nor ended. */
static cord_status take_asks(struct cord_incident_making *making, struct ask *asks,
                             int64_t *first_ns)
{
    size_t count = 0;
    cord_status status = CORD_OK;
    for (size_t i = 0; i < making->said_count; i++) {
        const struct cord_incident_said *said = &making->said[i];
        if (cord_incident_holds(said) && strcmp(said->claim.kind->topic, "containment") == 0 &&
            cord_incident_member(making, said->organisation) && cord_incident_is_of(making, said)) {
            asks[count++] = (struct ask){said, cord_claim_member(said->claim.value, "containment")};
        }
    }
    if (count > 0) {
        qsort(asks, count, sizeof *asks, by_ask);
    }
    for (size_t i = 0; status == CORD_OK && i < count; i++) {
        bool last = i + 1 == count || !is_same_ask(&asks[i], &asks[i + 1]);
        if (last && is_kind(asks[i].said, "contain.request")) {
            status = wait_for_containment(making, asks[i].said, first_ns);
        }
    }
    return status;
}

static cord_status find_next(struct cord_incident_making *making)
{
    struct cord_incident *incident = making->incident;
    int64_t first_ns = INT64_MAX;
    struct ask *asks = calloc(making->said_count + 1, sizeof *asks);
    if (!asks) {
        return cord_error_set(making->err, CORD_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < incident->task_count; i++) {
        const struct cord_incident_task *task = &incident->tasks[i];
        if (task->state <= CORD_INCIDENT_TASK_DOING &&
            cord_str_eq(task->sort, CORD_STR("decision"))) {
            int64_t due_ns =
                task->due_ns != CORD_TIME_NONE ? task->due_ns : task->history[0].time_ns;
            int64_t before_ns = first_ns;
            wait_for(incident, task->title, task->claim, due_ns, &first_ns);
            incident->next_due_ns = first_ns != before_ns ? task->due_ns : incident->next_due_ns;
        }
    }
    uint64_t task = incident->next_claim;
    cord_status status = take_asks(making, asks, &first_ns);
    incident->next_due_ns = incident->next_claim == task ? incident->next_due_ns : CORD_TIME_NONE;
    free(asks);
    return status;
}

cord_status cord_incident_measure(struct cord_incident_making *making)
{
    struct cord_incident_kpis *kpis = &making->incident->kpis;
    for (unsigned i = 0; i < CORD_INCIDENT_PHASES; i++) {
        making->incident->phases[i] = find_phase(making, (enum cord_incident_phase)i);
    }
    struct cord_incident_moment at = detected(making);
    kpis->detect = span(began(making), at);
    kpis->acknowledge = span(at, acknowledged(making));
    kpis->decide = span(at, decided(making));
    kpis->contain = span(at, contained(making));
    return find_next(making);
}
