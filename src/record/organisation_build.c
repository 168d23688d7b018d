/*
 * organisation_build.c: the picture of organisations, from claims.
 *
 * First what was said of each code, by whom and for when (periods); of these the ones that hold, or
 * held last; then their descriptions; then what is on lines of its own: successors, relations,
 * aliases.
 */
#include "record/organisation_internal.h"

#include "base/timestamp.h"
#include "base/vec.h"
#include "record/organisation_date.h"
#include "record/organisation_value.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    ARENA_BYTES_MAX = 1 << 30,
    SCRATCH_BYTES_MAX = 16 << 20,
    STEPS_MAX = 64, /* of a succession */
    RELATIONS = 5,
};

/* 1678: times before it there are none. */
static const int64_t first_ns = INT64_MIN + 1;

/* As key members of org.relate, in the order of on_relation's. */
static const char *const relation_parts[RELATIONS] = {
    "{\"relation\":\"parent\"}", "{\"relation\":\"region\"}", "{\"relation\":\"commissioner\"}",
    "{\"relation\":\"network\"}", "{\"relation\":\"site-of\"}"};

/* Something said of one code for one time. */
struct period {
    cord_str code;
    cord_str claimant;
    cord_str standing; /* "closed" of a closing */
    int64_t from_ns, to_ns;
    uint64_t claim;
    enum cord_claim_basis basis;
    unsigned confidence;
    bool closing;
};

struct building {
    struct cord_organisations *organisations;
    struct cord_arena *scratch;
    struct cord_record_view *view;
    struct cord_as_of as_of;
    struct period *periods;
    size_t period_count, period_cap;
    struct period
        *rank; /* by place and relation: of the answer that won so far, on the topic at hand */
    struct cord_organisation *described; /* being read */
    cord_str last_claimant;
};

/* --- periods --- */

static cord_str code_of(cord_str subject)
{
    return cord_str_starts(subject, CORD_STR("org:"))
               ? cord_str_from_byte(subject, sizeof "org:" - 1)
               : CORD_STR("");
}

static cord_status on_period(void *self, const struct cord_answer *answer)
{
    struct building *building = self;
    struct cord_arena *arena = building->organisations->arena;
    cord_str code = code_of(answer->subject);
    struct period *items = cord_vec_room(building->periods, building->period_count,
                                         &building->period_cap, sizeof *items);
    if (!items) {
        return CORD_E_NOMEM;
    }
    building->periods = items;
    if (code.len == 0) {
        return CORD_OK;
    }
    struct period period = {.from_ns = answer->valid_from_ns,
                            .to_ns = answer->valid_to_ns,
                            .claim = answer->claim,
                            .basis = answer->basis,
                            .confidence = answer->confidence,
                            .closing = cord_str_eq(answer->state, CORD_STR("closed"))};
    const struct period *last =
        building->period_count > 0 ? &items[building->period_count - 1] : NULL;
    bool same = last && cord_str_eq(last->code, code);
    period.code = same ? last->code : cord_arena_copy(arena, code);
    if (!cord_str_eq(building->last_claimant, answer->claimant)) {
        building->last_claimant = cord_arena_copy(arena, answer->claimant);
    }
    period.claimant = building->last_claimant;
    period.standing = cord_arena_copy(arena, answer->state);
    if (!period.code.ptr || (answer->claimant.len > 0 && !period.claimant.ptr) ||
        !period.standing.ptr) {
        return cord_arena_failure(arena);
    }
    items[building->period_count++] = period;
    return CORD_OK;
}

static int compare_periods(const void *a, const void *b)
{
    const struct period *left = a;
    const struct period *right = b;
    int order = cord_str_compare(left->code, right->code);
    if (order == 0) {
        order = (left->from_ns > right->from_ns) - (left->from_ns < right->from_ns);
    }
    return order != 0 ? order : (left->claim > right->claim) - (left->claim < right->claim);
}

/* Whether `a` is to be believed rather than `b`, when both answer. */
static bool wins(const struct period *a, const struct period *b)
{
    if (a->basis != b->basis) {
        return a->basis < b->basis;
    }
    if (a->confidence != b->confidence) {
        return a->confidence > b->confidence;
    }
    return a->claim > b->claim;
}

static bool holds(const struct period *period, int64_t about_ns)
{
    return period->from_ns <= about_ns &&
           (period->to_ns == CORD_TIME_NONE || about_ns < period->to_ns);
}

static const struct period *in_force(const struct period *periods, size_t count, int64_t about_ns)
{
    const struct period *best = NULL;
    for (size_t i = 0; i < count; i++) {
        if (holds(&periods[i], about_ns) && (!best || wins(&periods[i], best))) {
            best = &periods[i];
        }
    }
    return best;
}

/* The description that held last before, or the first that will. */
static const struct period *nearest_description(const struct period *periods, size_t count,
                                                int64_t about_ns)
{
    const struct period *best = NULL;
    for (size_t i = 0; i < count; i++) { /* by from_ns */
        if (!periods[i].closing && (!best || periods[i].from_ns <= about_ns)) {
            best = &periods[i];
        }
    }
    return best;
}

/* When what one claimant described ends for good, as far as is known. */
static int64_t closed_after(const struct period *periods, size_t count,
                            const struct period *description)
{
    int64_t end_ns = description->to_ns;
    for (size_t i = 0; i < count && end_ns != CORD_TIME_NONE; i++) {
        const struct period *next = &periods[i];
        if (next->from_ns == end_ns && !next->closing &&
            cord_str_eq(next->claimant, description->claimant)) {
            end_ns = next->to_ns; /* described otherwise from then on, not closed */
        }
    }
    return end_ns;
}

static int64_t opened_before(const struct period *periods, size_t count,
                             const struct period *description)
{
    int64_t opened_ns = description->from_ns;
    for (size_t i = 0; i < count; i++) {
        if (!periods[i].closing && periods[i].from_ns < opened_ns &&
            cord_str_eq(periods[i].claimant, description->claimant)) {
            opened_ns = periods[i].from_ns;
        }
    }
    return opened_ns;
}

static void settle(struct building *building, const struct period *periods, size_t count)
{
    struct cord_organisations *organisations = building->organisations;
    int64_t about_ns = organisations->about_ns;
    const struct period *now = in_force(periods, count, about_ns);
    const struct period *description =
        now && !now->closing ? now : nearest_description(periods, count, about_ns);
    if (!description) {
        return; /* closed, and never described */
    }
    struct cord_organisation *organisation = &organisations->items[organisations->count++];
    *organisation = (struct cord_organisation){
        .code = description->code,
        .standing = description->standing,
        .opened_ns = opened_before(periods, count, description),
        .closed_ns = now && now->closing ? now->from_ns : closed_after(periods, count, description),
        .claim = description->claim,
    };
    if (cord_str_eq(organisation->standing, CORD_STR("undated"))) {
        organisation->opened_ns = CORD_TIME_NONE;
    }
}

static cord_status settle_all(struct building *building)
{
    struct cord_organisations *organisations = building->organisations;
    size_t first = 0;
    if (building->period_count > 0) {
        qsort(building->periods, building->period_count, sizeof *building->periods,
              compare_periods);
    }
    organisations->items = calloc(building->period_count + 1, sizeof *organisations->items);
    if (!organisations->items) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 1; i <= building->period_count; i++) {
        if (i == building->period_count ||
            !cord_str_eq(building->periods[i].code, building->periods[first].code)) {
            settle(building, &building->periods[first], i - first);
            first = i;
        }
    }
    cord_status status = CORD_OK;
    for (size_t i = 0; i < organisations->count && status == CORD_OK; i++) {
        status = cord_map_put(&organisations->codes, organisations->items[i].code, (uint32_t)i);
    }
    building->rank = calloc(organisations->count + 1, RELATIONS * sizeof *building->rank);
    organisations->identities = calloc(organisations->count + 1, sizeof *organisations->identities);
    return building->rank && organisations->identities ? status : CORD_E_NOMEM;
}

/* --- descriptions --- */

static cord_status on_description(void *self, const struct cord_claim *claim,
                                  const struct cord_digest *hash)
{
    struct building *building = self;
    struct cord_organisation *organisation = building->described;
    struct cord_arena *arena = building->organisations->arena;
    cord_str members[CORD_ORGANISATION_MEMBERS];
    (void)hash;
    cord_arena_reset(building->scratch);
    cord_status status = cord_organisation_value_read(claim->value, building->scratch, members);
    if (status != CORD_OK) {
        return status;
    }
    cord_str *const kept[] = {&organisation->name,    &organisation->role,   &organisation->roles,
                              &organisation->region,  &organisation->parent, &organisation->country,
                              &organisation->postcode};
    const cord_str read[] = {members[CORD_ORGANISATION_NAME],    members[CORD_ORGANISATION_ROLE],
                             members[CORD_ORGANISATION_ROLES],   members[CORD_ORGANISATION_REGION],
                             members[CORD_ORGANISATION_PARENT],  members[CORD_ORGANISATION_COUNTRY],
                             members[CORD_ORGANISATION_POSTCODE]};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        *kept[i] = cord_arena_copy(arena, read[i]);
        if (!kept[i]->ptr) {
            return cord_arena_failure(arena);
        }
    }
    /* A description may hold only from some day on, and tell of an opening before. */
    (void)cord_organisation_date_parse(members[CORD_ORGANISATION_OPENED], &organisation->opened_ns);
    return CORD_OK;
}

static cord_status describe_all(struct building *building, struct cord_error *err)
{
    struct cord_organisations *organisations = building->organisations;
    cord_status status = CORD_OK;
    for (size_t i = 0; i < organisations->count && status == CORD_OK; i++) {
        building->described = &organisations->items[i];
        status = cord_record_view_claim(building->view, organisations->items[i].claim,
                                        on_description, building, err);
        if (status == CORD_E_FORMAT || status == CORD_E_DAMAGED) {
            status = cord_error_set(err, CORD_E_DAMAGED, "what claim %" PRIu64 " says is damaged",
                                    building->described->claim);
        }
    }
    return status;
}

/* --- lines of their own --- */

/* The organisation of an answer if it wins over what was answered before; NULL. */
static struct cord_organisation *won(struct building *building, const struct cord_answer *answer,
                                     size_t slot)
{
    struct cord_organisations *organisations = building->organisations;
    uint32_t place = cord_map_get(&organisations->codes, code_of(answer->subject));
    const struct period period = {
        .claim = answer->claim, .basis = answer->basis, .confidence = answer->confidence};
    if (place == CORD_MAP_NONE) {
        return NULL;
    }
    struct period *best = &building->rank[(size_t)place * RELATIONS + slot];
    if (best->claim != 0 && !wins(&period, best)) {
        return NULL;
    }
    *best = period;
    return &organisations->items[place];
}

static cord_status keep(struct building *building, cord_str text, cord_str *kept)
{
    cord_str copy = cord_arena_copy(building->organisations->arena, text);
    if (!copy.ptr) {
        return cord_arena_failure(building->organisations->arena);
    }
    *kept = copy;
    return CORD_OK;
}

static cord_status on_succession(void *self, const struct cord_answer *answer)
{
    struct building *building = self;
    struct cord_organisation *organisation = won(building, answer, 0);
    return organisation ? keep(building, answer->state, &organisation->successor) : CORD_OK;
}

/* The state is the other's code; the part names the relation. */
static cord_status on_relation(void *self, const struct cord_answer *answer)
{
    struct building *building = self;
    size_t slot = 0;
    while (slot < RELATIONS && !cord_str_eq(answer->part, cord_str_from(relation_parts[slot]))) {
        slot++;
    }
    struct cord_organisation *organisation = slot < RELATIONS ? won(building, answer, slot) : NULL;
    if (!organisation) {
        return CORD_OK;
    }
    cord_str *const kept[RELATIONS] = {&organisation->parent, &organisation->region,
                                       &organisation->commissioner, &organisation->network,
                                       &organisation->site_of};
    return keep(building, answer->state, kept[slot]);
}

static cord_status on_alias(void *self, const struct cord_answer *answer)
{
    struct building *building = self;
    struct cord_organisations *organisations = building->organisations;
    cord_str members[CORD_ORGANISATION_MEMBERS];
    uint32_t place = cord_map_get(&organisations->codes, code_of(answer->subject));
    cord_arena_reset(building->scratch);
    cord_status status = cord_organisation_value_read(answer->part, building->scratch, members);
    cord_str alias = status == CORD_OK ? members[CORD_ORGANISATION_ALIAS] : CORD_STR("");
    if (status != CORD_OK || place == CORD_MAP_NONE || alias.len == 0 ||
        cord_str_eq(members[CORD_ORGANISATION_SCHEME], CORD_STR("name"))) {
        return status;
    }
    uint32_t there = cord_map_get(&organisations->aliases, alias);
    if (there != CORD_MAP_NONE && there != place) {
        place = (uint32_t)organisations->count; /* nobody's: rather none than the wrong one */
    }
    cord_str kept;
    if (place < organisations->count) {
        organisations->items[place].joined = true;
    }
    status = keep(building, alias, &kept);
    return status == CORD_OK ? cord_map_put(&organisations->aliases, kept, place) : status;
}

static cord_status answers(struct building *building, cord_str topic, cord_answer_visit visit,
                           struct cord_error *err)
{
    memset(building->rank, 0, building->organisations->count * RELATIONS * sizeof *building->rank);
    return cord_record_view_answers(building->view, topic, CORD_STR(""), building->as_of, visit,
                                    building, err);
}

static cord_status read_lines(struct building *building, struct cord_error *err)
{
    cord_status status = answers(building, CORD_STR("succession"), on_succession, err);
    if (status == CORD_OK) {
        status = answers(building, CORD_STR("relation"), on_relation, err);
    }
    if (status == CORD_OK) {
        status = answers(building, CORD_STR("alias"), on_alias, err);
    }
    for (size_t i = 0; i < building->organisations->count && status == CORD_OK; i++) {
        struct cord_organisation *organisation = &building->organisations->items[i];
        if (organisation->parent.len == 0) {
            organisation->parent =
                organisation->site_of.len > 0 ? organisation->site_of : organisation->commissioner;
        }
    }
    return status;
}

/* --- identities --- */

static size_t next_of(const struct cord_organisations *organisations, size_t place)
{
    cord_str successor = organisations->items[place].successor;
    uint32_t next = cord_map_get(&organisations->codes, successor);
    return successor.len == 0 || next == CORD_MAP_NONE ? place : next;
}

static size_t identity_of(const struct cord_organisations *organisations, size_t place)
{
    for (size_t step = 0; step < STEPS_MAX; step++) {
        size_t next = next_of(organisations, place);
        if (next == place) {
            return place;
        }
        place = next;
    }
    size_t first = place;
    for (size_t step = 0; step < STEPS_MAX; step++) {
        place = next_of(organisations, place);
        first = place < first ? place : first; /* places are in the order of codes */
    }
    return first;
}

static void find_identities(struct cord_organisations *organisations)
{
    for (size_t i = 0; i < organisations->count; i++) {
        organisations->identities[i] = (uint32_t)identity_of(organisations, i);
    }
    for (size_t i = 0; i < organisations->count; i++) {
        uint32_t identity = organisations->identities[i];
        organisations->items[i].successor =
            identity == i ? CORD_STR("") : organisations->items[identity].code;
    }
}

/* Those that others count as. */
static void find_joined(struct cord_organisations *organisations)
{
    for (size_t i = 0; i < organisations->count; i++) {
        const struct cord_organisation *organisation = &organisations->items[i];
        bool may_count_elsewhere =
            organisation->successor.len > 0 || cord_str_eq(organisation->role, CORD_STR("site"));
        const struct cord_organisation *owner =
            may_count_elsewhere ? cord_organisations_owner(organisations, organisation->code)
                                : organisation;
        if (owner != organisation || organisation->joined) {
            organisations->items[owner - organisations->items].joined = true;
        }
    }
}

static cord_status build(struct building *building, struct cord_error *err)
{
    const struct cord_record_period always = {
        .known_ns = building->as_of.known_ns, .from_ns = first_ns, .to_ns = INT64_MAX};
    cord_status status = cord_record_view_period(building->view, CORD_STR("organisation"),
                                                 CORD_STR(""), &always, on_period, building, err);
    if (status == CORD_OK) {
        status = settle_all(building);
    }
    if (status == CORD_OK) {
        status = describe_all(building, err);
    }
    if (status == CORD_OK) {
        status = read_lines(building, err);
    }
    if (status == CORD_OK) {
        find_identities(building->organisations);
        find_joined(building->organisations);
    }
    return status;
}

cord_status cord_organisations_build(struct cord_record_view *view, struct cord_as_of as_of,
                                     struct cord_organisations **ret_organisations,
                                     struct cord_error *err)
{
    struct building building = {.view = view, .as_of = cord_record_view_as_of(view, as_of)};
    cord_status status = CORD_E_NOMEM;
    building.scratch = cord_arena_new(SCRATCH_BYTES_MAX);
    building.organisations = calloc(1, sizeof *building.organisations);
    if (building.organisations) {
        building.organisations->arena = cord_arena_new(ARENA_BYTES_MAX);
        building.organisations->about_ns = building.as_of.about_ns;
        cord_map_init(&building.organisations->codes, 0);
        cord_map_init(&building.organisations->aliases, 0);
    }
    if (building.scratch && building.organisations && building.organisations->arena) {
        status = build(&building, err);
    }
    if (status == CORD_OK) {
        *ret_organisations = building.organisations;
    } else {
        cord_organisations_free(building.organisations);
    }
    free(building.rank);
    free(building.periods);
    cord_arena_free(building.scratch);
    return status;
}
