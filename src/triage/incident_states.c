/* incident_states.c: how those in an incident are, by what was said of them. */
#include "triage/incident_internal.h"

#include <stdlib.h>

enum { STEPS_MAX = 16 }; /* of splitting: what an organisation said before it moved is told of it */

/* A status, and the line that it is on: the first status there. */
struct status {
    const struct cord_incident_said *said;
    size_t line;
};

struct statuses {
    struct status *all; /* by number */
    size_t count;
};

static bool names_it(const struct cord_incident_making *making, cord_str name)
{
    for (size_t i = 0; i < making->name_count; i++) {
        cord_str id = making->names[i];
        for (int step = 0; id.ptr && step < STEPS_MAX; step++) {
            if (cord_str_eq(id, name)) {
                return true;
            }
            id = cord_incident_common_split_from(making->common, id);
        }
    }
    return false;
}

cord_str cord_incident_named(const struct cord_incident_making *making,
                             const struct cord_incident_said *said)
{
    const struct cord_incident_said *first = said;
    while (first && first->claim.kind->effect == CORD_CLAIM_REVISES) {
        first = cord_incident_gather_find(making, first->claim.supersedes); /* an earlier one */
    }
    cord_str name = first && strcmp(first->claim.kind->topic, "status") == 0
                        ? cord_claim_member(first->claim.value, "incident")
                        : CORD_STR("");
    return name.ptr ? name : CORD_STR("");
}

bool cord_incident_is_of(const struct cord_incident_making *making,
                         const struct cord_incident_said *said)
{
    cord_str name = cord_incident_named(making, said);
    if (name.len > 0) {
        return names_it(making, name);
    }
    return said->claim.valid_from_ns >= making->begin_ns ||
           said->claim.recorded_ns >= making->begin_ns;
}

/* --- lines --- */

static cord_str incident_of(const struct cord_claim *claim)
{
    cord_str name = cord_claim_member(claim->value, "incident");
    return name.ptr ? name : CORD_STR("");
}

static int by_line(const void *a, const void *b)
{
    const struct cord_claim *left = &((const struct status *)a)->said->claim;
    const struct cord_claim *right = &((const struct status *)b)->said->claim;
    int order = cord_str_compare(left->subject, right->subject);
    order = order ? order : cord_str_compare(left->claimant, right->claimant);
    return order ? order : cord_str_compare(incident_of(left), incident_of(right));
}

static int by_line_and_number(const void *a, const void *b)
{
    int order = by_line(a, b);
    uint64_t left = ((const struct status *)a)->said->claim.number;
    uint64_t right = ((const struct status *)b)->said->claim.number;
    return order ? order : left < right ? -1 : left > right;
}

static size_t find(const struct statuses *statuses, uint64_t number)
{
    size_t low = 0;
    size_t high = statuses->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        bool before = statuses->all[middle].said->claim.number < number;
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
    return low < statuses->count && statuses->all[low].said->claim.number == number ? low
                                                                                    : SIZE_MAX;
}

/* What revises stands on the line of what it revises. */
static cord_status draw_lines(struct cord_incident_making *making, struct statuses *statuses)
{
    struct status *sorted = calloc(statuses->count + 1, sizeof *sorted);
    if (!sorted || !statuses->all) {
        free(sorted);
        (void)cord_error_set(making->err, CORD_E_NOMEM, "out of memory");
        return CORD_E_NOMEM;
    }
    memcpy(sorted, statuses->all, statuses->count * sizeof *sorted);
    qsort(sorted, statuses->count, sizeof *sorted, by_line_and_number);
    for (size_t i = 0, first = 0; i < statuses->count; i++) {
        bool begins = i == 0 || by_line(&sorted[i - 1], &sorted[i]) != 0;
        size_t place = find(statuses, sorted[i].said->claim.number);
        first = begins ? place : first;
        statuses->all[place].line = first;
    }
    free(sorted);
    for (size_t i = 0; i < statuses->count; i++) {
        const struct cord_claim *claim = &statuses->all[i].said->claim;
        size_t revised = claim->kind->effect == CORD_CLAIM_REVISES
                             ? find(statuses, claim->supersedes)
                             : SIZE_MAX;
        if (revised != SIZE_MAX) {
            statuses->all[i].line = statuses->all[revised].line;
        }
    }
    return CORD_OK;
}

/* --- who wins --- */

static bool holds_at(const struct cord_incident_said *said, int64_t about_ns)
{
    const struct cord_claim *claim = &said->claim;
    return cord_incident_holds(said) && claim->valid_from_ns <= about_ns &&
           (claim->valid_to_ns == CORD_TIME_NONE || claim->valid_to_ns > about_ns);
}

/* As figures have it: the better basis, the higher confidence, what is true from later on, the
 * claimant whose name comes first. */
static bool is_better(const struct cord_claim *a, const struct cord_claim *b)
{
    if (a->basis != b->basis) {
        return a->basis < b->basis;
    }
    if (a->confidence != b->confidence) {
        return a->confidence > b->confidence;
    }
    if (a->valid_from_ns != b->valid_from_ns) {
        return a->valid_from_ns > b->valid_from_ns;
    }
    int order = cord_str_compare(a->claimant, b->claimant);
    return order ? order < 0 : a->number > b->number;
}

static void put_state(struct cord_incident_making *making,
                      struct cord_incident_organisation *organisation, const struct status *status)
{
    const struct cord_claim *claim = &status->said->claim;
    const struct cord_incident_said *held =
        organisation->claim > 0 ? cord_incident_gather_find(making, organisation->claim) : NULL;
    if (!held || is_better(claim, &held->claim)) {
        organisation->state = cord_claim_state(claim);
        organisation->since_ns = claim->valid_from_ns;
        organisation->claim = claim->number;
    }
}

static void put_word(struct cord_incident_organisation *organisation,
                     const struct cord_incident_said *said)
{
    const struct cord_claim *claim = &said->claim;
    organisation->last_who = claim->claimant;
    organisation->last_ns = claim->recorded_ns;
    organisation->last_claim = claim->number;
    organisation->was_infected =
        organisation->was_infected ||
        (said->taken_back == 0 && cord_str_eq(cord_claim_state(claim), CORD_STR("infected")));
}

/* The last status of each line that holds now. */
static cord_status choose(struct cord_incident_making *making, const struct statuses *statuses)
{
    bool *answered = calloc(statuses->count + 1, sizeof *answered);
    if (!answered) {
        return cord_error_set(making->err, CORD_E_NOMEM, "out of memory");
    }
    for (size_t i = statuses->count; i-- > 0;) {
        const struct status *status = &statuses->all[i];
        if (!answered[status->line] && holds_at(status->said, making->incident->known_ns)) {
            answered[status->line] = true;
            put_state(making, cord_incident_member(making, status->said->organisation), status);
        }
    }
    free(answered);
    return CORD_OK;
}

cord_status cord_incident_states(struct cord_incident_making *making)
{
    struct statuses statuses = {.all = calloc(making->said_count + 1, sizeof *statuses.all)};
    cord_status status =
        statuses.all ? CORD_OK : cord_error_set(making->err, CORD_E_NOMEM, "out of memory");
    for (size_t i = 0; status == CORD_OK && i < making->said_count; i++) {
        const struct cord_incident_said *said = &making->said[i];
        struct cord_incident_organisation *organisation =
            strcmp(said->claim.kind->topic, "status") == 0 && !said->hidden &&
                    said->organisation.len > 0 && cord_incident_is_of(making, said)
                ? cord_incident_member(making, said->organisation)
                : NULL;
        if (organisation) {
            statuses.all[statuses.count] = (struct status){said, statuses.count};
            statuses.count++;
            put_word(organisation, said);
        }
    }
    if (status == CORD_OK) {
        status = draw_lines(making, &statuses);
    }
    if (status == CORD_OK) {
        status = choose(making, &statuses);
    }
    free(statuses.all);
    return status;
}
