/* incident_common.c: what is common to all incidents: which merged into which, which was part of
 * which, and in which one an organisation's state was said to be. */
#include "base/vec.h"
#include "triage/incident_internal.h"

#include <stdlib.h>

enum {
    TEXT_BYTES_MAX = 256 << 20,
    STEPS_MAX = 64, /* of merging or splitting: more is a ring, which only mistaken claims make */
};

struct visit {
    struct cord_incident_common *common;
    cord_str name; /* the naming before: they come by subject */
};

static cord_str copy_rest(struct cord_incident_common *common, cord_str subject)
{
    return cord_arena_copy(common->arena, cord_claim_subject_rest(subject, "incident"));
}

static cord_status add_merge(struct cord_incident_common *common, cord_str from,
                             uint32_t *ret_place)
{
    struct cord_incident_merge *merges =
        cord_vec_room(common->merges, common->merge_count, &common->merge_cap, sizeof *merges);
    if (!merges) {
        return CORD_E_NOMEM;
    }
    common->merges = merges;
    cord_str kept = cord_arena_copy(common->arena, from);
    if (!kept.ptr || common->merge_count >= CORD_MAP_NONE) {
        return CORD_E_LIMIT;
    }
    *ret_place = (uint32_t)common->merge_count;
    cord_status status = cord_map_put(&common->merge_of, kept, *ret_place);
    if (status == CORD_OK) {
        merges[common->merge_count++] = (struct cord_incident_merge){.from = kept};
    }
    return status;
}

static cord_status take_retraction(void *self, const struct cord_claim *claim,
                                   const struct cord_digest *hash)
{
    struct cord_incident_common *common = self;
    (void)hash;
    if (!cord_claim_subject_rest(claim->subject, "incident").ptr) {
        return CORD_OK;
    }
    uint64_t *retracted = cord_vec_room(common->retracted, common->retracted_count,
                                        &common->retracted_cap, sizeof *retracted);
    if (!retracted) {
        return CORD_E_NOMEM;
    }
    common->retracted = retracted;
    retracted[common->retracted_count++] = claim->supersedes;
    return CORD_OK;
}

static int by_number(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

bool cord_incident_common_retracted(const struct cord_incident_common *common, uint64_t claim)
{
    return common->retracted_count > 0 &&
           bsearch(&claim, common->retracted, common->retracted_count, sizeof claim, by_number);
}

static cord_status find_retracted(struct cord_incident_common *common,
                                  struct cord_record_view *view, int64_t known_ns,
                                  struct cord_error *err)
{
    const struct cord_claim_filter filter = {.kind = CORD_STR("claim.retract"),
                                             .known_ns = known_ns};
    cord_status status = cord_record_view_claims(
        view, &filter, (struct cord_claim_page){0, SIZE_MAX}, take_retraction, common, err);
    if (common->retracted_count > 0) {
        qsort(common->retracted, common->retracted_count, sizeof *common->retracted, by_number);
    }
    return status;
}

/* The last one that speaks of it holds. */
static cord_status take_merge(void *self, const struct cord_claim *claim,
                              const struct cord_digest *hash)
{
    struct cord_incident_common *common = self;
    cord_str from = cord_claim_subject_rest(claim->subject, "incident");
    uint32_t place = cord_map_get(&common->merge_of, from);
    (void)hash;
    if (cord_incident_common_retracted(common, claim->number)) {
        return CORD_OK;
    }
    if (place == CORD_MAP_NONE) {
        cord_status status = add_merge(common, from, &place);
        if (status != CORD_OK) {
            return status;
        }
    }
    struct cord_incident_merge *merge = &common->merges[place];
    merge->merged = cord_str_eq(cord_claim_state(claim), CORD_STR("merged"));
    merge->into = cord_arena_copy(common->arena, cord_claim_member(claim->value, "into"));
    return merge->into.ptr ? CORD_OK : cord_arena_failure(common->arena);
}

static cord_status take_part(void *self, const struct cord_claim *claim,
                             const struct cord_digest *hash)
{
    struct cord_incident_common *common = self;
    struct cord_incident_part *parts =
        cord_vec_room(common->parts, common->part_count, &common->part_cap, sizeof *parts);
    (void)hash;
    if (!parts) {
        return CORD_E_NOMEM;
    }
    common->parts = parts;
    struct cord_incident_part *part = &parts[common->part_count];
    part->id = copy_rest(common, claim->subject);
    part->from = cord_arena_copy(common->arena, cord_claim_member(claim->value, "from"));
    if (!part->id.ptr || !part->from.ptr) {
        return cord_arena_failure(common->arena);
    }
    common->part_count++;
    return CORD_OK;
}

static cord_status take_line(void *self, cord_str subject, cord_str claimant, cord_str part)
{
    struct cord_incident_common *common = self;
    cord_str incident = cord_claim_member(part, "incident");
    (void)claimant;
    if (incident.len == 0) {
        return CORD_OK;
    }
    struct cord_incident_naming *namings =
        cord_vec_room(common->namings, common->naming_count, &common->naming_cap, sizeof *namings);
    if (!namings) {
        return CORD_E_NOMEM;
    }
    common->namings = namings;
    struct cord_incident_naming *naming = &namings[common->naming_count];
    naming->incident = cord_arena_copy(common->arena, incident);
    naming->subject = cord_arena_copy(common->arena, subject);
    if (!naming->incident.ptr || !naming->subject.ptr) {
        return cord_arena_failure(common->arena);
    }
    common->naming_count++;
    return CORD_OK;
}

cord_str cord_incident_common_identity(const struct cord_organisations *organisations,
                                       cord_str code)
{
    const struct cord_organisation *who =
        organisations ? cord_organisations_owner(organisations, code) : NULL;
    return who ? who->code : code;
}

static cord_status take_sites(struct cord_incident_common *common,
                              const struct cord_organisations *organisations)
{
    size_t count = organisations ? cord_organisations_count(organisations) : 0;
    for (size_t i = 0; i < count; i++) {
        const struct cord_organisation *site = cord_organisations_at(organisations, i);
        if (!cord_str_eq(site->role, CORD_STR("site"))) {
            continue;
        }
        struct cord_incident_site *sites =
            cord_vec_room(common->sites, common->site_count, &common->site_cap, sizeof *sites);
        if (!sites) {
            return CORD_E_NOMEM;
        }
        common->sites = sites;
        sites[common->site_count++] = (struct cord_incident_site){
            cord_incident_common_identity(organisations, site->code), site->code};
    }
    return CORD_OK;
}

static int by_owner(const void *a, const void *b)
{
    const struct cord_incident_site *left = a;
    const struct cord_incident_site *right = b;
    int order = cord_str_compare(left->owner, right->owner);
    return order ? order : cord_str_compare(left->code, right->code);
}

static int by_incident(const void *a, const void *b)
{
    const struct cord_incident_naming *left = a;
    const struct cord_incident_naming *right = b;
    int order = cord_str_compare(left->incident, right->incident);
    return order ? order : cord_str_compare(left->subject, right->subject);
}

static int by_id(const void *a, const void *b)
{
    const struct cord_incident_part *left = a;
    const struct cord_incident_part *right = b;
    return cord_str_compare(left->id, right->id);
}

static void sort(struct cord_incident_common *common)
{
    size_t kept = 0;
    if (common->part_count > 0) {
        qsort(common->parts, common->part_count, sizeof *common->parts, by_id);
    }
    if (common->site_count > 0) {
        qsort(common->sites, common->site_count, sizeof *common->sites, by_owner);
    }
    if (common->naming_count > 0) {
        qsort(common->namings, common->naming_count, sizeof *common->namings, by_incident);
    }
    for (size_t i = 0; i < common->naming_count; i++) {
        if (kept == 0 || by_incident(&common->namings[kept - 1], &common->namings[i]) != 0) {
            common->namings[kept++] = common->namings[i];
        }
    }
    common->naming_count = kept;
}

cord_status cord_incident_common_init(struct cord_incident_common *common,
                                      struct cord_record_view *view,
                                      const struct cord_organisations *organisations,
                                      int64_t known_ns, struct cord_error *err)
{
    const struct cord_claim_page all = {0, SIZE_MAX};
    struct cord_claim_filter filter = {.kind = CORD_STR("incident.merge"), .known_ns = known_ns};
    *common = (struct cord_incident_common){.arena = cord_arena_new(TEXT_BYTES_MAX)};
    cord_map_init(&common->merge_of, 0);
    if (!common->arena) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    cord_status status = find_retracted(common, view, known_ns, err);
    if (status == CORD_OK) {
        status = cord_record_view_claims(view, &filter, all, take_merge, common, err);
    }
    if (status == CORD_OK) {
        filter.kind = CORD_STR("incident.split");
        status = cord_record_view_claims(view, &filter, all, take_part, common, err);
    }
    if (status == CORD_OK) {
        status = cord_record_view_lines(view, CORD_STR("status"), take_line, common, err);
    }
    if (status == CORD_OK) {
        status = take_sites(common, organisations);
    }
    sort(common);
    return status;
}

void cord_incident_common_done(struct cord_incident_common *common)
{
    cord_map_done(&common->merge_of);
    free(common->retracted);
    free(common->merges);
    free(common->parts);
    free(common->namings);
    free(common->sites);
    cord_arena_free(common->arena);
}

cord_str cord_incident_common_into(const struct cord_incident_common *common, cord_str id)
{
    uint32_t place = cord_map_get(&common->merge_of, id);
    bool merged = place != CORD_MAP_NONE && common->merges[place].merged;
    /* Into a ring it has not merged: none of it would go on. */
    cord_str at = merged ? common->merges[place].into : (cord_str){NULL, 0};
    for (int i = 0; at.ptr; i++) {
        uint32_t next = cord_map_get(&common->merge_of, at);
        if (i == STEPS_MAX || cord_str_eq(at, id)) {
            return (cord_str){NULL, 0};
        }
        at = next != CORD_MAP_NONE && common->merges[next].merged ? common->merges[next].into
                                                                  : (cord_str){NULL, 0};
    }
    return merged ? common->merges[place].into : (cord_str){NULL, 0};
}

bool cord_incident_common_within(const struct cord_incident_common *common, cord_str id,
                                 cord_str of)
{
    for (int i = 0; id.ptr && i <= STEPS_MAX; i++) {
        if (cord_str_eq(id, of)) {
            return true;
        }
        id = cord_incident_common_into(common, id);
    }
    return false;
}

cord_str cord_incident_common_split_from(const struct cord_incident_common *common, cord_str id)
{
    const struct cord_incident_part key = {.id = id};
    const struct cord_incident_part *found =
        common->part_count > 0 ? bsearch(&key, common->parts, common->part_count, sizeof key, by_id)
                               : NULL;
    return found ? found->from : (cord_str){NULL, 0};
}

const struct cord_incident_naming *
cord_incident_common_named(const struct cord_incident_common *common, cord_str id,
                           size_t *ret_count)
{
    size_t low = 0;
    size_t high = common->naming_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        bool before = cord_str_compare(common->namings[middle].incident, id) < 0;
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
    size_t count = 0;
    while (low + count < common->naming_count &&
           cord_str_eq(common->namings[low + count].incident, id)) {
        count++;
    }
    *ret_count = count;
    return count > 0 ? &common->namings[low] : NULL;
}

const struct cord_incident_site *
cord_incident_common_sites(const struct cord_incident_common *common, cord_str owner,
                           size_t *ret_count)
{
    size_t low = 0;
    size_t high = common->site_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        bool before = cord_str_compare(common->sites[middle].owner, owner) < 0;
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
    size_t count = 0;
    while (low + count < common->site_count &&
           cord_str_eq(common->sites[low + count].owner, owner)) {
        count++;
    }
    *ret_count = count;
    return count > 0 ? &common->sites[low] : NULL;
}
