/* api_hunts.c: see api_hunts.h. */
#include "api/api_hunts.h"

#include "api/api_hunts_internal.h"

#include <stdlib.h>

enum {
    KEPT_MAX = 32,
    KEPT_EACH = 4, /* of one account */
};

#define KEPT_NS (900 * CORD_SECOND_NS)

const char *const cord_api_hunts_states[] = {"queued",    "running", "done",
                                             "cancelled", "failed",  NULL};

void cord_api_hunts_discard(struct cord_api_hunt *hunt)
{
    cord_query_free(hunt->query);
    cord_arena_free(hunt->arena);
    cord_buf_done(&hunt->rows);
    cord_buf_done(&hunt->summary);
    free(hunt->ends);
    free(hunt);
}

cord_status cord_api_hunts_new(const struct cord_api *api, struct cord_api_hunts **ret_hunts,
                               struct cord_error *err)
{
    struct cord_api_hunts *hunts = calloc(1, sizeof *hunts);
    if (!hunts || pthread_mutex_init(&hunts->lock, NULL) != 0) {
        free(hunts);
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    hunts->api = api;
    cord_status status = cord_api_pool_new(1, KEPT_MAX, &hunts->pool, err);
    if (status != CORD_OK) {
        cord_api_hunts_free(hunts);
        return status;
    }
    *ret_hunts = hunts;
    return CORD_OK;
}

void cord_api_hunts_stop(struct cord_api_hunts *hunts)
{
    if (!hunts || !hunts->pool) {
        return;
    }
    (void)pthread_mutex_lock(&hunts->lock);
    for (struct cord_api_hunt *hunt = hunts->first; hunt; hunt = hunt->next) {
        atomic_store(&hunt->cancelled, true);
    }
    (void)pthread_mutex_unlock(&hunts->lock);
    cord_api_pool_stop(hunts->pool);
}

void cord_api_hunts_free(struct cord_api_hunts *hunts)
{
    if (!hunts) {
        return;
    }
    cord_api_hunts_stop(hunts);
    cord_api_pool_free(hunts->pool);
    while (hunts->first) {
        struct cord_api_hunt *hunt = hunts->first;
        hunts->first = hunt->next;
        cord_api_hunts_discard(hunt);
    }
    (void)pthread_mutex_destroy(&hunts->lock);
    free(hunts);
}

uint64_t cord_api_hunts_count(struct cord_api_hunts *hunts)
{
    (void)pthread_mutex_lock(&hunts->lock);
    uint64_t count = hunts->count;
    (void)pthread_mutex_unlock(&hunts->lock);
    return count;
}

/* --- the list --- */

void cord_api_hunts_unlist(struct cord_api_hunt *hunt)
{
    struct cord_api_hunt **at = &hunt->hunts->first;
    while (*at != hunt) {
        at = &(*at)->next;
    }
    *at = hunt->next;
    hunt->hunts->count--;
}

void cord_api_hunts_forget(struct cord_api_hunts *hunts, int64_t now_ns)
{
    struct cord_api_hunt **at = &hunts->first;
    while (*at) {
        struct cord_api_hunt *hunt = *at;
        if (hunt->state >= CORD_API_HUNTS_DONE && now_ns - hunt->ended_ns > KEPT_NS) {
            *at = hunt->next;
            hunts->count--;
            cord_api_hunts_discard(hunt);
        } else {
            at = &hunt->next;
        }
    }
}

bool cord_api_hunts_add(struct cord_api_hunt *hunt)
{
    struct cord_api_hunts *hunts = hunt->hunts;
    size_t own = 0;
    (void)pthread_mutex_lock(&hunts->lock);
    cord_api_hunts_forget(hunts, hunt->created_ns);
    for (const struct cord_api_hunt *at = hunts->first; at; at = at->next) {
        own += strcmp(at->owner, hunt->owner) == 0 ? 1 : 0;
    }
    bool room = own < KEPT_EACH && hunts->count < KEPT_MAX;
    if (room) {
        hunt->next = hunts->first;
        hunts->first = hunt;
        hunts->count++;
    }
    (void)pthread_mutex_unlock(&hunts->lock);
    return room;
}

bool cord_api_hunts_sees_all(struct cord_api_call *call)
{
    const struct cord_api_access *access = &call->options->access;
    return access->everywhere(access->self, &call->principal, call->route->verb) &&
           cord_api_call_sees(call, CORD_STR(" all"));
}

bool cord_api_hunts_may_see(struct cord_api_call *call, const struct cord_api_hunt *hunt)
{
    return hunt->organisation.len > 0 ? cord_api_call_sees(call, hunt->organisation)
                                      : cord_api_hunts_sees_all(call);
}

struct cord_api_hunt *cord_api_hunts_find(const struct cord_api_call *call)
{
    struct cord_api_hunt *at = call->api->hunts->first;
    while (at && (at->forgotten || strcmp(at->owner, call->principal.name) != 0 ||
                  !cord_str_eq(cord_str_from(at->id), call->variables[0]))) {
        at = at->next;
    }
    return at;
}

/* --- for an export --- */

bool cord_api_hunts_keep(struct cord_api_call *call, struct cord_api_hunts_kept *ret_kept)
{
    struct cord_api_hunts *hunts = call->api->hunts;
    struct cord_arena *arena = call->arena;
    bool room = false;
    (void)pthread_mutex_lock(&hunts->lock);
    const struct cord_api_hunt *hunt = cord_api_hunts_find(call);
    bool seen = hunt && cord_api_hunts_may_see(call, hunt);
    if (seen) {
        *ret_kept = (struct cord_api_hunts_kept){
            .query = cord_arena_copy(arena, hunt->text),
            .organisation = cord_arena_copy(arena, hunt->organisation),
            .source = cord_arena_copy(arena, hunt->source),
            .state = cord_api_hunts_states[hunt->state],
            .from_ns = hunt->from_ns,
            .to_ns = hunt->to_ns,
            .created_ns = hunt->created_ns,
            .ended_ns = hunt->ended_ns,
            .rows = cord_arena_copy(arena, cord_buf_str(&hunt->rows)),
            .row_count = hunt->row_count,
            .matched = hunt->total != UINT64_MAX ? hunt->total : hunt->progress.rows_matched,
            .counted =
                hunt->total != UINT64_MAX || (hunt->state == CORD_API_HUNTS_DONE && !hunt->cut),
            .cut = hunt->cut,
            .exact = hunt->exact,
            .damaged = hunt->progress.blocks_damaged,
            .over = hunt->state >= CORD_API_HUNTS_DONE || hunt->rows_done,
        };
        size_t *ends = cord_arena_alloc(arena, (hunt->row_count + 1) * sizeof *ends);
        room = ends && ret_kept->query.ptr && ret_kept->organisation.ptr && ret_kept->source.ptr &&
               ret_kept->rows.ptr;
        for (size_t i = 0; room && i < hunt->row_count; i++) {
            ends[i] = hunt->ends[i];
        }
        ret_kept->ends = ends;
    }
    (void)pthread_mutex_unlock(&hunts->lock);
    if (!seen) {
        cord_api_call_missing(call);
    } else if (!room) {
        cord_api_call_failed(call, CORD_E_NOMEM, &(struct cord_error){""});
    }
    return room;
}
