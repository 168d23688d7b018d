/* incident_spread.c: see incident_spread.h. incident_telling.c writes what is told. */
#include "triage/incident_spread.h"

#include "base/hash.h"
#include "base/vec.h"
#include "triage/incident_spread_internal.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    ARENA_BYTES = 256 << 20, /* of keys and ids of what was told */
    STEPS_MAX = 64,          /* of merging: more is a ring */
    IDS_MAX = 1024,          /* clusters that turned out to be one: the first ones are followed */
};

/* A cluster that was linked to an incident; ids in the arena. */
struct linked {
    cord_str cluster;
    cord_str incident; /* the last one that it was linked to */
    bool released;     /* and was taken away from */
};

/* A cluster as it was at the last look. */
struct looked {
    cord_str cluster;
    uint64_t findings;
    size_t merged;
};

struct cord_incident_spread {
    struct cord_incident_spread_options options;
    struct cord_arena *arena;
    struct cord_incident_told told;
    struct cord_map link_at; /* by cluster */
    struct linked *links;
    size_t link_count, link_cap;
    struct cord_map look_at; /* by cluster */
    struct looked *looks;
    size_t look_count, look_cap;
    uint64_t followed; /* claims through this one have been gone through */
    uint64_t signs;    /* of spreading, at the last look */
    uint64_t claims;   /* of the record, likewise */
    bool ours;         /* what we told before has been gone through */
    bool waits;        /* an incident was not open */
    struct cord_incident_spread_stats stats;
};

void cord_incident_spread_free(struct cord_incident_spread *spread)
{
    if (spread) {
        cord_map_done(&spread->told.map);
        cord_map_done(&spread->link_at);
        cord_map_done(&spread->look_at);
        free(spread->links);
        free(spread->looks);
        cord_arena_free(spread->arena);
        free(spread);
    }
}

cord_status cord_incident_spread_new(const struct cord_incident_spread_options *options,
                                     struct cord_incident_spread **ret_spread,
                                     struct cord_error *err)
{
    struct cord_incident_spread *spread = calloc(1, sizeof *spread);
    if (spread) {
        spread->options = *options;
        spread->arena = spread->told.arena = cord_arena_new(ARENA_BYTES);
        cord_map_init(&spread->told.map, 0);
        cord_map_init(&spread->link_at, 0);
        cord_map_init(&spread->look_at, 0);
    }
    if (!spread || !spread->arena) {
        cord_incident_spread_free(spread);
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    *ret_spread = spread;
    return CORD_OK;
}

struct cord_incident_spread_stats
cord_incident_spread_stats(const struct cord_incident_spread *spread)
{
    return spread->stats;
}

/* --- what was said before --- */

static cord_status put_link(struct cord_incident_spread *spread, cord_str cluster,
                            struct linked **ret_linked)
{
    uint32_t at = cord_map_get(&spread->link_at, cluster);
    if (at != CORD_MAP_NONE) {
        *ret_linked = &spread->links[at];
        return CORD_OK;
    }
    struct linked *links =
        cord_vec_room(spread->links, spread->link_count, &spread->link_cap, sizeof *links);
    if (!links) {
        return CORD_E_NOMEM;
    }
    spread->links = links;
    cord_str kept = cord_arena_copy(spread->arena, cluster);
    if (!kept.ptr ||
        cord_map_put(&spread->link_at, kept, (uint32_t)spread->link_count) != CORD_OK) {
        return CORD_E_NOMEM;
    }
    *ret_linked = &links[spread->link_count++];
    **ret_linked = (struct linked){.cluster = kept, .incident = CORD_STR("")};
    return CORD_OK;
}

/* Whoever links a cluster, and wherever from it is taken away: the last word holds. */
static cord_status on_link(void *self, const struct cord_claim *claim,
                           const struct cord_digest *hash)
{
    struct cord_incident_spread *spread = self;
    cord_str incident = cord_claim_subject_rest(claim->subject, "incident");
    struct linked *linked = NULL;
    (void)hash;
    spread->followed = claim->number;
    if (!cord_str_eq(cord_claim_member(claim->value, "kind"), CORD_STR("cluster"))) {
        return CORD_OK;
    }
    cord_status status = put_link(spread, cord_claim_member(claim->value, "id"), &linked);
    if (status != CORD_OK) {
        return status;
    }
    if (cord_str_eq(cord_claim_state(claim), CORD_STR("linked"))) {
        linked->released = false;
        linked->incident = cord_arena_copy(spread->arena, incident);
        return linked->incident.ptr ? CORD_OK : CORD_E_NOMEM;
    }
    linked->released = linked->released || cord_str_eq(linked->incident, incident);
    return CORD_OK;
}

static cord_status on_told(void *self, const struct cord_claim *claim,
                           const struct cord_digest *hash)
{
    struct cord_incident_spread *spread = self;
    cord_status status = CORD_OK;
    (void)hash;
    if (cord_str_starts(claim->key, CORD_STR("spread:"))) {
        (void)cord_incident_telling_remember(&spread->told, claim->key, &status);
    }
    return status;
}

static cord_status follow(struct cord_incident_spread *spread, struct cord_record_view *view,
                          struct cord_error *err)
{
    const struct cord_claim_filter links = {.kind = CORD_STR("incident.link"),
                                            .known_ns = INT64_MAX};
    const struct cord_claim_filter ours = {.claimant = CORD_STR(CORD_INCIDENT_SPREAD_CLAIMANT),
                                           .known_ns = INT64_MAX};
    cord_status status = cord_record_view_refresh(view, err);
    if (status == CORD_OK && !spread->ours) {
        status = cord_record_view_claims(view, &ours, (struct cord_claim_page){0, SIZE_MAX},
                                         on_told, spread, err);
        spread->ours = status == CORD_OK;
    }
    return status == CORD_OK
               ? cord_record_view_claims(view, &links,
                                         (struct cord_claim_page){spread->followed, SIZE_MAX},
                                         on_link, spread, err)
               : status;
}

/* --- which incident it is --- */

/* What is known of one cluster. */
struct looking {
    struct cord_incident_spread *spread;
    struct cord_record_view *view;
    const struct cord_spread_cluster *cluster;
    int64_t now_ns;
    struct cord_incident *incident; /* that goes on for it; NULL: none */
    bool any;                       /* it, or one that it was merged of, was linked */
    bool released;                  /* and was taken away */
    struct cord_error *err;
};

/* As it is now, that into which it has merged. NULL: there is none any more. */
static cord_status read_incident(const struct looking *looking, cord_str id,
                                 struct cord_incident **ret_incident)
{
    const struct cord_incident_request request = {.known_ns = INT64_MAX};
    struct cord_incident *incident = NULL;
    cord_status status = cord_incident_read(looking->view, id, &request, &incident, looking->err);
    for (int i = 0; status == CORD_OK && incident->state == CORD_INCIDENT_MERGED && i < STEPS_MAX;
         i++) {
        struct cord_incident *into = NULL;
        status =
            cord_incident_read(looking->view, incident->merged_into, &request, &into, looking->err);
        cord_incident_free(incident);
        incident = into;
    }
    *ret_incident = status == CORD_OK ? incident : NULL;
    return status == CORD_E_NOENT ? CORD_OK : status;
}

/* One that people have taken up goes on before one that only the system has declared; an open one
 * before one that is closed; else the one of the cluster that was first. */
static bool is_better(const struct cord_incident *one, const struct cord_incident *than)
{
    bool open = one->state == CORD_INCIDENT_OPEN, other = than->state == CORD_INCIDENT_OPEN;
    return open != other ? open : open && !one->automatic && than->automatic;
}

static cord_str id_at(const struct cord_spread_cluster *cluster, size_t at)
{
    return at == 0 ? cluster->id : cluster->merged[at - 1];
}

static size_t id_count(const struct cord_spread_cluster *cluster)
{
    size_t count = cluster->merged_count + 1;
    return count < IDS_MAX ? count : IDS_MAX;
}

static const struct linked *linked_at(const struct looking *looking, size_t at)
{
    const struct cord_incident_spread *spread = looking->spread;
    uint32_t found = cord_map_get(&spread->link_at, id_at(looking->cluster, at));
    return found == CORD_MAP_NONE ? NULL : &spread->links[found];
}

static cord_status find_incident(struct looking *looking)
{
    cord_status status = CORD_OK;
    for (size_t i = 0; i < id_count(looking->cluster) && status == CORD_OK; i++) {
        const struct linked *linked = linked_at(looking, i);
        struct cord_incident *incident = NULL;
        if (!linked) {
            continue;
        }
        looking->any = true;
        if (linked->released) {
            looking->released = looking->released || i == 0;
            continue;
        }
        status = read_incident(looking, linked->incident, &incident);
        if (incident && (!looking->incident || is_better(incident, looking->incident))) {
            cord_incident_free(looking->incident);
            looking->incident = incident;
        } else {
            cord_incident_free(incident);
        }
    }
    return status;
}

/* --- telling --- */

static cord_status append(struct looking *looking, struct cord_incident_telling *telling)
{
    struct cord_incident_spread *spread = looking->spread;
    struct cord_record_outcome outcome = {0};
    if (telling->draft.count == 0) {
        return CORD_OK;
    }
    cord_status status = cord_record_append(spread->options.record, telling->draft.claims,
                                            telling->draft.count, &outcome, looking->err);
    spread->stats.claims += outcome.recorded;
    return status;
}

/* Of the others that go on, those that only the system has declared are one with it. */
static cord_status merge_others(struct looking *looking, struct cord_incident_telling *telling)
{
    cord_str into = looking->incident->id;
    cord_status status = CORD_OK;
    for (size_t i = 0; i < id_count(looking->cluster) && status == CORD_OK; i++) {
        const struct linked *linked = linked_at(looking, i);
        struct cord_incident *other = NULL;
        if (!linked || linked->released) {
            continue;
        }
        status = read_incident(looking, linked->incident, &other);
        if (other && other->automatic && other->state == CORD_INCIDENT_OPEN &&
            !cord_str_eq(other->id, into)) {
            status = cord_incident_telling_merge(
                telling, cord_arena_copy(telling->draft.arena, other->id), into);
        }
        cord_incident_free(other);
    }
    return status;
}

static cord_status tell_on(struct looking *looking, struct cord_incident_telling *telling)
{
    struct cord_incident *incident = looking->incident;
    telling->draft.id = incident->id;
    if (incident->state != CORD_INCIDENT_OPEN) {
        looking->spread->waits = true;
        return incident->state == CORD_INCIDENT_STOOD_DOWN
                   ? cord_incident_telling_again(telling, incident->ended_ns)
                   : CORD_OK;
    }
    cord_status status = cord_incident_telling_growth(telling);
    status = status == CORD_OK ? cord_incident_telling_anew(telling, incident) : status;
    return status == CORD_OK ? merge_others(looking, telling) : status;
}

static cord_status open_new(struct looking *looking, struct cord_incident_telling *telling)
{
    cord_status status = cord_incident_draft_new_id(&telling->draft, looking->view);
    telling->draft.id = cord_str_from(telling->outcome.id);
    status = status == CORD_OK ? cord_incident_telling_declare(telling) : status;
    status = status == CORD_OK ? cord_incident_telling_growth(telling) : status;
    return status;
}

static bool qualifies(const struct looking *looking)
{
    bool goes_on = false;
    uint32_t taken = cord_incident_telling_taken(looking->cluster, &goes_on);
    return goes_on && taken >= looking->spread->options.machines;
}

static cord_status tell(struct looking *looking)
{
    struct cord_incident_spread *spread = looking->spread;
    struct cord_incident_telling telling = {.options = &spread->options,
                                            .told = &spread->told,
                                            .cluster = looking->cluster,
                                            .now_ns = looking->now_ns};
    bool opens = !looking->incident && !looking->any && qualifies(looking);
    if (looking->released || (!looking->incident && !opens)) {
        return CORD_OK;
    }
    cord_status status =
        cord_incident_telling_init(&telling, cord_hash(looking->cluster->id, 0), looking->err);
    if (status == CORD_OK) {
        status = opens ? open_new(looking, &telling) : tell_on(looking, &telling);
    }
    if (status == CORD_OK) {
        status = append(looking, &telling);
        spread->stats.opened += opens && status == CORD_OK;
    }
    cord_incident_telling_done(&telling);
    return status;
}

/* --- looking --- */

static cord_status look_of(struct cord_incident_spread *spread, cord_str cluster,
                           struct looked **ret_looked)
{
    uint32_t at = cord_map_get(&spread->look_at, cluster);
    if (at != CORD_MAP_NONE) {
        *ret_looked = &spread->looks[at];
        return CORD_OK;
    }
    struct looked *looks =
        cord_vec_room(spread->looks, spread->look_count, &spread->look_cap, sizeof *looks);
    if (!looks) {
        return CORD_E_NOMEM;
    }
    spread->looks = looks;
    cord_str kept = cord_arena_copy(spread->arena, cluster);
    if (!kept.ptr ||
        cord_map_put(&spread->look_at, kept, (uint32_t)spread->look_count) != CORD_OK) {
        return CORD_E_NOMEM;
    }
    *ret_looked = &looks[spread->look_count++];
    **ret_looked = (struct looked){.cluster = kept};
    return CORD_OK;
}

/* What was held to be told and was not is read again. */
static void forget_told(struct cord_incident_spread *spread)
{
    cord_map_done(&spread->told.map);
    cord_map_init(&spread->told.map, 0);
    spread->ours = false;
}

static cord_status look_at(struct cord_incident_spread *spread, struct cord_record_view *view,
                           cord_str id, int64_t now_ns, struct cord_error *err)
{
    struct cord_spread_answer *answer = NULL;
    const struct cord_spread_question question = {
        .at_ns = CORD_TIME_NONE, .now_ns = now_ns, .id = id};
    cord_status status = cord_spread_ask(spread->options.spread, &question, &answer);
    if (status != CORD_OK) {
        return status == CORD_E_NOENT ? CORD_OK
                                      : cord_error_set(err, status, "a cluster cannot be read");
    }
    struct looking looking = {.spread = spread,
                              .view = view,
                              .cluster = cord_spread_answer_at(answer, 0),
                              .now_ns = now_ns,
                              .err = err};
    status = find_incident(&looking);
    status = status == CORD_OK ? tell(&looking) : status;
    if (status != CORD_OK) {
        forget_told(spread);
    }
    cord_incident_free(looking.incident);
    cord_spread_answer_free(answer);
    return status;
}

static cord_status look_at_all(struct cord_incident_spread *spread, struct cord_record_view *view,
                               const struct cord_spread_answer *answer, int64_t now_ns,
                               struct cord_error *err)
{
    bool again = spread->waits;
    cord_status status = CORD_OK;
    spread->waits = false;
    for (size_t i = cord_spread_answer_count(answer); i > 0 && status == CORD_OK; i--) {
        const struct cord_spread_cluster *cluster = cord_spread_answer_at(answer, i - 1);
        struct looked *looked = NULL;
        status = look_of(spread, cluster->id, &looked);
        if (status != CORD_OK || (!again && looked->findings == cluster->findings &&
                                  looked->merged == cluster->merged_count)) {
            continue;
        }
        status = follow(spread, view, err);
        status = status == CORD_OK ? look_at(spread, view, cluster->id, now_ns, err) : status;
        if (status == CORD_E_FORMAT) {
            spread->stats.refused++; /* until it has grown */
            status = CORD_OK;
        }
        if (status == CORD_OK) {
            looked->findings = cluster->findings;
            looked->merged = cluster->merged_count;
        }
    }
    return status;
}

cord_status cord_incident_spread_look(struct cord_incident_spread *spread,
                                      struct cord_record_view *view, int64_t now_ns,
                                      struct cord_error *err)
{
    struct cord_spread_stats stats;
    struct cord_spread_answer *answer = NULL;
    const struct cord_spread_question all = {.at_ns = CORD_TIME_NONE, .bare = true};
    cord_spread_stats(spread->options.spread, &stats);
    uint64_t claims = cord_record_view_count(view);
    bool same = stats.signs == spread->signs && (!spread->waits || claims == spread->claims);
    if (spread->options.machines == 0 || same) {
        return CORD_OK;
    }
    cord_status status = cord_spread_ask(spread->options.spread, &all, &answer);
    if (status != CORD_OK) {
        return cord_error_set(err, status, "what spreads cannot be read");
    }
    status = look_at_all(spread, view, answer, now_ns, err);
    cord_spread_answer_free(answer);
    if (status == CORD_OK) {
        spread->signs = stats.signs;
        spread->claims = claims;
    }
    return status;
}
