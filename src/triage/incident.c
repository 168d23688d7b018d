/* incident.c: see incident.h. */
#include "base/vec.h"
#include "triage/incident_internal.h"

#include <stdlib.h>

enum { BYTES_MAX = 256 << 20 };

/* --- one --- */

static void free_making(struct cord_incident_making *making)
{
    free(making->names);
    free(making->said);
    free(making->links);
    free(making->organisations);
    free(making->items);
}

static cord_status put_name(struct cord_incident_making *making, cord_str id)
{
    cord_str *names =
        cord_vec_room(making->names, making->name_count, &making->name_cap, sizeof *names);
    if (!names) {
        return cord_error_set(making->err, CORD_E_NOMEM, "out of memory");
    }
    making->names = names;
    names[making->name_count++] = id;
    return CORD_OK;
}

/* It, and those that merged into it. */
static cord_status find_names(struct cord_incident_making *making)
{
    const struct cord_incident_common *common = making->common;
    cord_str id = making->incident->id;
    cord_status status = put_name(making, id);
    for (size_t i = 0; status == CORD_OK && i < common->merge_count; i++) {
        cord_str from = common->merges[i].from;
        if (!cord_str_eq(from, id) && cord_incident_common_within(common, from, id)) {
            cord_str kept = cord_arena_copy(making->arena, from);
            status = kept.ptr ? put_name(making, kept) : cord_incident_full(making);
        }
    }
    return status;
}

/* Which incidents are one with it, or were part of it: for those who see the nation's. */
static cord_status tell_family(struct cord_incident_making *making)
{
    const struct cord_incident_common *common = making->common;
    struct cord_incident *incident = making->incident;
    cord_str from = cord_incident_common_split_from(common, incident->id);
    if (!incident->whole) {
        return CORD_OK;
    }
    cord_str *merged = cord_arena_zalloc(making->arena, making->name_count, sizeof *merged);
    cord_str *parts = cord_arena_zalloc(making->arena, common->part_count + 1, sizeof *parts);
    if (!merged || !parts) {
        return cord_incident_full(making);
    }
    for (size_t i = 1; i < making->name_count; i++) {
        merged[incident->merged_count++] = making->names[i];
    }
    for (size_t i = 0; i < common->part_count; i++) {
        if (cord_str_eq(common->parts[i].from, incident->id)) {
            parts[incident->split_off_count++] =
                cord_arena_copy(making->arena, common->parts[i].id);
        }
    }
    incident->merged = merged;
    incident->split_off = parts;
    incident->split_from = from.ptr ? cord_arena_copy(making->arena, from) : CORD_STR("");
    bool kept = incident->split_from.ptr != NULL;
    for (size_t i = 0; i < incident->split_off_count; i++) {
        kept = kept && parts[i].ptr;
    }
    return kept ? CORD_OK : cord_incident_full(making);
}

static bool is_told(const struct cord_incident_making *making)
{
    bool told = making->incident->whole;
    for (size_t i = 0; !told && i < making->said_count; i++) {
        const struct cord_incident_said *said = &making->said[i];
        told = !said->hidden && strcmp(said->claim.kind->name, "incident.declare") == 0;
    }
    for (size_t i = 0; !told && i < making->organisation_count; i++) {
        told = cord_incident_sees(making, making->organisations[i].code, CORD_CLAIM_AMBER);
    }
    return told;
}

static cord_status make(struct cord_incident_making *making)
{
    cord_status status = find_names(making);
    if (status == CORD_OK) {
        status = cord_incident_gather_own(making);
    }
    if (status == CORD_OK) {
        cord_incident_gather_sort(making);
        status = cord_incident_fold(making);
    }
    if (status == CORD_OK) {
        status = cord_incident_sightings(making);
    }
    if (status == CORD_OK) {
        status = cord_incident_organisations(making);
    }
    if (status == CORD_OK && !is_told(making)) {
        status = cord_error_set(making->err, CORD_E_NOENT, "there is no incident %.*s",
                                CORD_STR_ARG(making->incident->id));
    }
    if (status == CORD_OK) {
        status = cord_incident_states(making);
    }
    if (status == CORD_OK && !making->brief) {
        status = cord_incident_timeline(making);
    }
    if (status == CORD_OK) {
        status = cord_incident_measure(making);
    }
    return status == CORD_OK ? tell_family(making) : status;
}

static void *keep(struct cord_arena *arena, const void *items, size_t count, size_t bytes)
{
    void *kept = cord_arena_zalloc(arena, count + 1, bytes);
    if (kept && count > 0) {
        memcpy(kept, items, count * bytes);
    }
    return kept;
}

static int by_kind(const void *a, const void *b)
{
    const struct cord_incident_link *left = a;
    const struct cord_incident_link *right = b;
    int order = (int)left->kind - (int)right->kind;
    return order ? order : cord_str_compare(left->id, right->id);
}

/* Into the arena, with what is only known at the end. */
static cord_status finish(struct cord_incident_making *making)
{
    struct cord_incident *incident = making->incident;
    for (size_t i = 0; i < making->link_count; i++) {
        struct cord_incident_link *link = &making->links[i];
        const struct cord_organisation *known =
            link->kind == CORD_INCIDENT_ORGANISATION && making->request->organisations
                ? cord_organisations_find(making->request->organisations, link->id)
                : NULL;
        link->title = known ? cord_arena_copy(making->arena, known->name) : link->title;
        if (!link->title.ptr) {
            return cord_incident_full(making);
        }
    }
    struct cord_incident_link *links =
        keep(making->arena, making->links, making->link_count, sizeof *links);
    incident->organisations = keep(making->arena, making->organisations, making->organisation_count,
                                   sizeof *making->organisations);
    incident->timeline =
        keep(making->arena, making->items, making->item_count, sizeof *making->items);
    if (!links || !incident->organisations || !incident->timeline) {
        return cord_incident_full(making);
    }
    qsort(links, making->link_count, sizeof *links, by_kind);
    incident->links = links;
    incident->link_count = making->link_count;
    incident->organisation_count = making->organisation_count;
    incident->timeline_count = making->item_count;
    return CORD_OK;
}

static struct cord_incident *new_incident(cord_str id, int64_t known_ns)
{
    struct cord_arena *arena = cord_arena_new(BYTES_MAX);
    struct cord_incident *incident = arena ? cord_arena_zalloc(arena, 1, sizeof *incident) : NULL;
    cord_str kept = incident ? cord_arena_copy(arena, id) : (cord_str){NULL, 0};
    if (!kept.ptr) {
        cord_arena_free(arena);
        return NULL;
    }
    *incident = (struct cord_incident){
        .id = kept,
        .title = CORD_STR(""),
        .severity = CORD_STR(""),
        .lead = CORD_STR(""),
        .merged_into = CORD_STR(""),
        .commander = CORD_STR(""),
        .split_from = CORD_STR(""),
        .next_decision = CORD_STR(""),
        .known_ns = known_ns,
        .began_ns = CORD_TIME_NONE,
        .declared_ns = CORD_TIME_NONE,
        .ended_ns = CORD_TIME_NONE,
        .updated_ns = CORD_TIME_NONE,
        .next_due_ns = CORD_TIME_NONE,
        .arena = arena,
    };
    return incident;
}

void cord_incident_free(struct cord_incident *incident)
{
    if (incident) {
        cord_arena_free(incident->arena); /* it is in it */
    }
}

struct asking {
    struct cord_record_view *view;
    const struct cord_incident_request *request;
    const struct cord_incident_common *common;
    int64_t known_ns;
    bool brief;
};

static cord_status read_one(const struct asking *asking, cord_str id,
                            struct cord_incident **ret_incident, struct cord_error *err)
{
    struct cord_incident *incident = new_incident(id, asking->known_ns);
    if (!incident) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    struct cord_incident_making making = {.view = asking->view,
                                          .request = asking->request,
                                          .common = asking->common,
                                          .brief = asking->brief,
                                          .incident = incident,
                                          .arena = incident->arena,
                                          .err = err};
    incident->whole = cord_incident_sees(&making, CORD_STR(""), CORD_CLAIM_AMBER);
    cord_status status = make(&making);
    if (status == CORD_OK) {
        status = finish(&making);
    }
    free_making(&making);
    if (status == CORD_OK) {
        *ret_incident = incident;
    } else {
        cord_incident_free(incident);
    }
    return status;
}

static int64_t known_at(const struct cord_record_view *view,
                        const struct cord_incident_request *request)
{
    return cord_record_view_as_of(view, (struct cord_as_of){request->known_ns, INT64_MAX}).known_ns;
}

cord_status cord_incident_read(struct cord_record_view *view, cord_str id,
                               const struct cord_incident_request *request,
                               struct cord_incident **ret_incident, struct cord_error *err)
{
    struct cord_incident_common common;
    int64_t known_ns = known_at(view, request);
    cord_status status =
        cord_incident_common_init(&common, view, request->organisations, known_ns, err);
    if (status == CORD_OK) {
        const struct asking asking = {view, request, &common, known_ns, false};
        status = read_one(&asking, id, ret_incident, err);
    }
    cord_incident_common_done(&common);
    return status;
}

/* --- all of them --- */

/* What is enough to tell whether one is asked for. */
struct declared {
    cord_str id;
    int64_t declared_ns; /* first */
    uint64_t claim;      /* that was last said of it */
    bool stands;         /* it has not stood down */
};

struct listing {
    const struct cord_incident_common *common;
    struct cord_arena *arena;
    struct cord_map places;
    struct declared *all;
    size_t count, cap;
};

static cord_status add(struct listing *listing, cord_str id, uint32_t *ret_place)
{
    struct declared *all = cord_vec_room(listing->all, listing->count, &listing->cap, sizeof *all);
    if (!all) {
        return CORD_E_NOMEM;
    }
    listing->all = all;
    cord_str kept = cord_arena_copy(listing->arena, id);
    if (!kept.ptr || listing->count >= CORD_MAP_NONE) {
        return CORD_E_LIMIT;
    }
    *ret_place = (uint32_t)listing->count;
    cord_status status = cord_map_put(&listing->places, kept, *ret_place);
    if (status == CORD_OK) {
        all[listing->count++] = (struct declared){.id = kept, .declared_ns = CORD_TIME_NONE};
    }
    return status;
}

static cord_status take(void *self, const struct cord_claim *claim, const struct cord_digest *hash)
{
    struct listing *listing = self;
    cord_str id = cord_claim_subject_rest(claim->subject, "incident");
    uint32_t place = cord_map_get(&listing->places, id);
    (void)hash;
    if (cord_incident_common_retracted(listing->common, claim->number)) {
        return CORD_OK;
    }
    if (place == CORD_MAP_NONE) {
        cord_status status = add(listing, id, &place);
        if (status != CORD_OK) {
            return status;
        }
    }
    struct declared *declared = &listing->all[place];
    declared->stands = strcmp(claim->kind->name, "incident.declare") == 0;
    bool first = declared->stands && declared->declared_ns == CORD_TIME_NONE;
    declared->declared_ns = first ? claim->recorded_ns : declared->declared_ns;
    declared->claim = first ? claim->number : declared->claim;
    return CORD_OK;
}

static int last_first(const void *a, const void *b)
{
    const struct declared *left = a;
    const struct declared *right = b;
    return left->claim > right->claim ? -1 : left->claim < right->claim;
}

/* The last claim that holds tells whether it stands: none that supersedes it comes before it. */
static bool may_pass(const struct cord_incident_common *common, const struct declared *declared,
                     enum cord_incident_which which)
{
    bool merged = cord_incident_common_into(common, declared->id).ptr != NULL;
    return declared->claim > 0 && (which == CORD_INCIDENTS_ALL ||
                                   (!merged && declared->stands == (which == CORD_INCIDENTS_OPEN)));
}

static bool has(const struct cord_incident *incident, const struct cord_incident_filter *filter)
{
    bool organisation = filter->organisation.len == 0;
    bool link = filter->link.len == 0;
    for (size_t i = 0; !organisation && i < incident->organisation_count; i++) {
        organisation = cord_str_eq(incident->organisations[i].code, filter->organisation);
    }
    for (size_t i = 0; !link && i < incident->link_count; i++) {
        link = cord_str_eq(incident->links[i].id, filter->link);
    }
    return organisation && link;
}

static cord_status show(const struct asking *asking, struct listing *listing,
                        const struct cord_incident_filter *filter, cord_incident_visit visit,
                        void *self, struct cord_error *err)
{
    cord_status status = CORD_OK;
    if (listing->count > 0) {
        qsort(listing->all, listing->count, sizeof *listing->all, last_first);
    }
    for (size_t i = 0; status == CORD_OK && i < listing->count; i++) {
        struct cord_incident *incident = NULL;
        if (!may_pass(asking->common, &listing->all[i], filter->which)) {
            continue;
        }
        status = read_one(asking, listing->all[i].id, &incident, err);
        if (status == CORD_E_NOENT) {
            status = CORD_OK; /* not for this reader */
        } else if (status == CORD_OK && has(incident, filter)) {
            status = visit(self, incident);
        }
        cord_incident_free(incident);
    }
    return status == CORD_E_END ? CORD_OK : status;
}

cord_status cord_incident_list(struct cord_record_view *view,
                               const struct cord_incident_request *request,
                               const struct cord_incident_filter *filter, cord_incident_visit visit,
                               void *self, struct cord_error *err)
{
    struct cord_incident_common common;
    struct listing listing = {.common = &common, .arena = cord_arena_new(BYTES_MAX)};
    int64_t known_ns = known_at(view, request);
    const struct cord_claim_filter declared = {.topic = CORD_STR("incident"), .known_ns = known_ns};
    cord_map_init(&listing.places, 0);
    cord_status status =
        cord_incident_common_init(&common, view, request->organisations, known_ns, err);
    if (status == CORD_OK && !listing.arena) {
        status = cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    if (status == CORD_OK) {
        status = cord_record_view_claims(view, &declared, (struct cord_claim_page){0, SIZE_MAX},
                                         take, &listing, err);
    }
    if (status == CORD_OK) {
        const struct asking asking = {view, request, &common, known_ns, true};
        status = show(&asking, &listing, filter, visit, self, err);
    }
    cord_map_done(&listing.places);
    cord_arena_free(listing.arena);
    free(listing.all);
    cord_incident_common_done(&common);
    return status;
}
