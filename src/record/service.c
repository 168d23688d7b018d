/* service.c: see service.h. */
#include "record/service.h"

#include "base/arena.h"
#include "base/timestamp.h"
#include "base/vec.h"
#include "record/organisation_value.h"

#include <stdlib.h>

enum {
    ARENA_BYTES_MAX = 256 << 20,
    NEEDS_MAX = 64,
};

struct standing {
    enum cord_claim_basis basis;
    unsigned confidence;
    bool of_owner;
};

struct cord_services {
    struct cord_arena *arena;
    struct cord_service *items; /* by code */
    size_t count;
};

struct building {
    struct cord_services *services;
    size_t cap;
    size_t standing_cap;
    struct standing *standings;   /* of the answers that won, by place */
    struct cord_service *service; /* being read */
};

void cord_services_free(struct cord_services *services)
{
    if (!services) {
        return;
    }
    free(services->items);
    cord_arena_free(services->arena);
    free(services);
}

size_t cord_services_count(const struct cord_services *services)
{
    return services->count;
}

const struct cord_service *cord_services_at(const struct cord_services *services, size_t place)
{
    return place < services->count ? &services->items[place] : NULL;
}

static size_t place_of(const struct cord_services *services, cord_str code)
{
    size_t low = 0;
    size_t high = services->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = cord_str_compare(services->items[middle].code, code);
        if (order == 0) {
            return middle;
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return services->count;
}

const struct cord_service *cord_services_find(const struct cord_services *services, cord_str code)
{
    return cord_services_at(services, place_of(services, code));
}

static cord_str code_of(cord_str subject)
{
    return cord_str_starts(subject, CORD_STR("service:"))
               ? cord_str_from_byte(subject, sizeof "service:" - 1)
               : CORD_STR("");
}

static bool wins(const struct standing *a, uint64_t a_claim, const struct standing *b,
                 uint64_t b_claim)
{
    if (a->of_owner != b->of_owner) {
        return a->of_owner;
    }
    if (a->basis != b->basis) {
        return a->basis < b->basis;
    }
    return a->confidence != b->confidence ? a->confidence > b->confidence : a_claim > b_claim;
}

static cord_status on_service(void *self, const struct cord_answer *answer)
{
    struct building *building = self;
    struct cord_services *services = building->services;
    cord_str code = code_of(answer->subject);
    const struct standing standing = {.basis = answer->basis, .confidence = answer->confidence};
    /* Answers come by subject: another claimant's is right behind. */
    size_t last = services->count > 0 ? services->count - 1 : 0;
    if (code.len == 0) {
        return CORD_OK;
    }
    if (services->count > 0 && cord_str_eq(services->items[last].code, code)) {
        if (wins(&standing, answer->claim, &building->standings[last],
                 services->items[last].claim)) {
            building->standings[last] = standing;
            services->items[last].claim = answer->claim;
        }
        return CORD_OK;
    }
    struct cord_service *items =
        cord_vec_room(services->items, services->count, &building->cap, sizeof *items);
    services->items = items ? items : services->items;
    struct standing *standings = cord_vec_room(building->standings, services->count,
                                               &building->standing_cap, sizeof *standings);
    building->standings = standings ? standings : building->standings;
    if (!items || !standings) {
        return CORD_E_NOMEM;
    }
    items[services->count] = (struct cord_service){.code = cord_arena_copy(services->arena, code),
                                                   .claim = answer->claim,
                                                   .state = CORD_STR("unknown"),
                                                   .state_since_ns = CORD_TIME_NONE};
    standings[services->count] = standing;
    return items[services->count++].code.ptr ? CORD_OK : cord_arena_failure(services->arena);
}

static cord_status members_of(const struct building *building, const struct cord_claim *claim,
                              cord_str members[CORD_ORGANISATION_MEMBERS])
{
    cord_str value = cord_arena_copy(building->services->arena, claim->value);
    return value.ptr ? cord_organisation_value_read(value, building->services->arena, members)
                     : cord_arena_failure(building->services->arena);
}

static cord_status read_needs(struct building *building, cord_str array)
{
    struct cord_arena *arena = building->services->arena;
    cord_str need;
    cord_str *needs = cord_arena_alloc(arena, NEEDS_MAX * sizeof *needs);
    if (!needs) {
        return cord_arena_failure(arena);
    }
    while (building->service->need_count < NEEDS_MAX &&
           cord_organisation_value_next(&array, arena, &need)) {
        needs[building->service->need_count++] = code_of(need).len > 0 ? code_of(need) : need;
    }
    building->service->needs = needs;
    return CORD_OK;
}

static cord_status on_description(void *self, const struct cord_claim *claim,
                                  const struct cord_digest *hash)
{
    struct building *building = self;
    struct cord_service *service = building->service;
    cord_str members[CORD_ORGANISATION_MEMBERS];
    (void)hash;
    cord_status status = members_of(building, claim, members);
    if (status != CORD_OK) {
        return status;
    }
    service->name = members[CORD_ORGANISATION_NAME];
    service->owner = members[CORD_ORGANISATION_OWNER];
    service->national = cord_str_eq(members[CORD_ORGANISATION_NATIONAL], CORD_STR("true"));
    service->criticality = members[CORD_ORGANISATION_CRITICALITY];
    return read_needs(building, members[CORD_ORGANISATION_NEEDS]);
}

static bool is_owner(const struct cord_service *service, cord_str claimant)
{
    return cord_str_starts(claimant, CORD_STR("org:")) &&
           cord_str_eq(cord_str_from_byte(claimant, 4), service->owner);
}

static cord_status on_state(void *self, const struct cord_answer *answer)
{
    struct building *building = self;
    struct cord_services *services = building->services;
    size_t place = place_of(services, code_of(answer->subject));
    if (place == services->count) {
        return CORD_OK; /* of a service that nobody has described */
    }
    struct cord_service *service = &services->items[place];
    const struct standing standing = {.basis = answer->basis,
                                      .confidence = answer->confidence,
                                      .of_owner = is_owner(service, answer->claimant)};
    if (service->state_claim != 0 &&
        !wins(&standing, answer->claim, &building->standings[place], service->state_claim)) {
        return CORD_OK;
    }
    building->standings[place] = standing;
    service->state = cord_arena_copy(services->arena, answer->state);
    service->state_since_ns = answer->valid_from_ns;
    service->state_claim = answer->claim;
    return service->state.ptr ? CORD_OK : cord_arena_failure(services->arena);
}

static cord_status on_state_claim(void *self, const struct cord_claim *claim,
                                  const struct cord_digest *hash)
{
    struct building *building = self;
    cord_str members[CORD_ORGANISATION_MEMBERS];
    (void)hash;
    cord_status status = members_of(building, claim, members);
    if (status == CORD_OK) {
        building->service->conditions = members[CORD_ORGANISATION_CONDITIONS];
        building->service->reason = members[CORD_ORGANISATION_REASON];
    }
    return status;
}

static cord_status build(struct building *building, struct cord_record_view *view,
                         struct cord_as_of as_of, struct cord_error *err)
{
    struct cord_services *services = building->services;
    cord_status status = cord_record_view_answers(view, CORD_STR("service"), CORD_STR(""), as_of,
                                                  on_service, building, err);
    for (size_t i = 0; i < services->count && status == CORD_OK; i++) {
        building->service = &services->items[i];
        status =
            cord_record_view_claim(view, building->service->claim, on_description, building, err);
    }
    if (status == CORD_OK) {
        status = cord_record_view_answers(view, CORD_STR("service.state"), CORD_STR(""), as_of,
                                          on_state, building, err);
    }
    for (size_t i = 0; i < services->count && status == CORD_OK; i++) {
        building->service = &services->items[i];
        if (building->service->state_claim != 0) {
            status = cord_record_view_claim(view, building->service->state_claim, on_state_claim,
                                            building, err);
        }
    }
    return status;
}

cord_status cord_services_build(struct cord_record_view *view, struct cord_as_of as_of,
                                struct cord_services **ret_services, struct cord_error *err)
{
    struct building building = {.services = calloc(1, sizeof *building.services)};
    cord_status status = CORD_E_NOMEM;
    if (building.services) {
        building.services->arena = cord_arena_new(ARENA_BYTES_MAX);
    }
    if (building.services && building.services->arena) {
        status = build(&building, view, as_of, err);
    }
    if (status == CORD_OK) {
        *ret_services = building.services;
    } else {
        cord_services_free(building.services);
    }
    free(building.standings);
    return status;
}
