/*
 * correlator_group.c: groups: found, made, grown old, dropped.
 *
 * Each correlation lists its groups by their latest event. Events come in
 * order of time, so the list's old end is where windows have emptied, and where
 * to look when memory runs short.
 */
#include "detect/correlator_internal.h"

#include "base/vec.h"

#include <assert.h>
#include <stdlib.h>

#define EVICT_LOOK 8 /* of so many that are longest idle the smallest goes */

static size_t step_bytes(const struct correlator_state *state)
{
    return state->rule->type == CORD_CORRELATION_TEMPORAL
               ? state->rule->step_count * sizeof(struct correlator_step)
               : 0;
}

static size_t chain_bytes(const struct correlator_state *state)
{
    size_t steps = state->rule->step_count;
    if (state->rule->type != CORD_CORRELATION_TEMPORAL_ORDERED) {
        return 0;
    }
    return (state->ordered_whole ? steps : steps * (steps + 1) / 2) *
           sizeof(struct correlator_chain);
}

static void unlist(struct correlator_group *group)
{
    struct correlator_state *state = group->state;
    *(group->older ? &group->older->newer : &state->oldest) = group->newer;
    *(group->newer ? &group->newer->older : &state->newest) = group->older;
}

static void list_newest(struct correlator_group *group)
{
    struct correlator_state *state = group->state;
    group->newer = NULL;
    group->older = state->newest;
    *(state->newest ? &state->newest->newer : &state->oldest) = group;
    state->newest = group;
}

static void release(struct cord_correlator *correlator, struct correlator_group *group)
{
    const struct correlator_state *state = group->state;
    cord_correlator_table_give(correlator, group->steps, step_bytes(state));
    cord_correlator_table_give(correlator, group->chains, chain_bytes(state));
    cord_correlator_table_give(correlator, group->carry, group->carry_bytes);
    cord_correlator_table_give(correlator, group, sizeof *group + group->key_bytes);
}

static bool furnish(struct cord_correlator *correlator, struct correlator_group *group)
{
    size_t steps = step_bytes(group->state);
    size_t chains = chain_bytes(group->state);
    group->steps = steps > 0 ? cord_correlator_table_take(correlator, steps) : NULL;
    group->chains = chains > 0 ? cord_correlator_table_take(correlator, chains) : NULL;
    if ((steps > 0 && !group->steps) || (chains > 0 && !group->chains)) {
        return false;
    }
    if (group->steps) {
        memset(group->steps, 0, steps);
    }
    for (size_t i = 0; i < chains / sizeof(struct correlator_chain); i++) {
        group->chains[i].start_ns[0] = CORD_TIME_NONE;
        group->chains[i].start_ns[1] = CORD_TIME_NONE;
    }
    return true;
}

static cord_status make(struct cord_correlator *correlator,
                        const struct correlator_listener *listener,
                        const struct correlator_event *event, struct correlator_digest digest,
                        struct correlator_group **ret_group)
{
    struct correlator_state *state = listener->state;
    size_t count = state->rule->group_count;
    size_t key_bytes = cord_correlator_table_pack_bytes(event->values, listener->group_at, count);
    struct correlator_group *group =
        cord_correlator_table_take(correlator, sizeof *group + key_bytes);
    if (!group) {
        return CORD_E_NOMEM;
    }
    *group = (struct correlator_group){
        .link.hash = digest.hash,
        .check = digest.check,
        .state = state,
        .last_ns = event->time_ns,
        .last_ref = event->ref,
        .fired_ns = CORD_TIME_NONE,
        .trimmed_ns = CORD_TIME_NONE,
        .timer = SIZE_MAX,
        .key_bytes = key_bytes,
    };
    cord_correlator_table_pack(event->values, listener->group_at, count, group->key);
    if (!furnish(correlator, group) ||
        cord_correlator_table_insert(correlator, &correlator->groups, &group->link) != CORD_OK) {
        release(correlator, group);
        return CORD_E_NOMEM;
    }
    list_newest(group);
    state->group_count++;
    *ret_group = group;
    return CORD_OK;
}

cord_status cord_correlator_group_obtain(struct cord_correlator *correlator,
                                         const struct correlator_listener *listener,
                                         const struct correlator_event *event,
                                         struct correlator_group **ret_group)
{
    struct correlator_state *state = listener->state;
    struct correlator_digest digest = {0};
    uint64_t salt = (uint64_t)(state - correlator->states) + 1;
    cord_status status = cord_correlator_table_digest(correlator, event->values, listener->group_at,
                                                      state->rule->group_count, salt, &digest);
    if (status != CORD_OK) {
        return status;
    }
    for (struct correlator_link *link =
             cord_correlator_table_find(&correlator->groups, digest.hash);
         link; link = link->chain) {
        struct correlator_group *group = (struct correlator_group *)(void *)link;
        if (link->hash == digest.hash && group->check == digest.check && group->state == state) {
            unlist(group);
            list_newest(group);
            group->last_ns = event->time_ns;
            group->last_ref = event->ref;
            *ret_group = group;
            return CORD_OK;
        }
    }
    return make(correlator, listener, event, digest, ret_group);
}

void cord_correlator_group_drop(struct cord_correlator *correlator, struct correlator_group *group)
{
    cord_correlator_window_clear(correlator, group);
    cord_correlator_group_timer_clear(correlator, group);
    cord_correlator_table_remove(&correlator->groups, &group->link);
    unlist(group);
    group->state->group_count--;
    release(correlator, group);
}

void cord_correlator_group_reap(struct cord_correlator *correlator, struct correlator_state *state,
                                int64_t now_ns)
{
    int64_t cutoff = cord_correlator_time_sub(now_ns, state->rule->timespan_ns);
    while (state->oldest && state->oldest->last_ns < cutoff) {
        cord_correlator_group_drop(correlator, state->oldest);
    }
}

static struct correlator_group *pick_victim(struct cord_correlator *correlator)
{
    struct correlator_state *state = NULL;
    for (size_t i = 0; i < correlator->state_count; i++) {
        struct correlator_state *other = &correlator->states[i];
        if (other->oldest && (!state || other->oldest->last_ns < state->oldest->last_ns)) {
            state = other;
        }
    }
    struct correlator_group *victim = state ? state->oldest : NULL;
    struct correlator_group *group = victim;
    for (int i = 0; group && i < EVICT_LOOK; i++, group = group->newer) {
        victim = group->count < victim->count ? group : victim;
    }
    return victim;
}

void cord_correlator_group_evict(struct cord_correlator *correlator, int64_t now_ns)
{
    size_t goal = correlator->options.bytes_max - correlator->options.bytes_max / 16;
    if (correlator->bytes <= correlator->options.bytes_max) {
        return;
    }
    for (size_t i = 0; i < correlator->state_count; i++) {
        if (correlator->states[i].rule) {
            cord_correlator_group_reap(correlator, &correlator->states[i], now_ns);
        }
    }
    while (correlator->bytes > goal) {
        struct correlator_group *victim = pick_victim(correlator);
        if (!victim) {
            return;
        }
        victim->state->stats.evicted++;
        cord_correlator_group_drop(correlator, victim);
    }
}

static bool timer_before(const struct correlator_timer *a, const struct correlator_timer *b)
{
    if (a->time_ns != b->time_ns) {
        return a->time_ns < b->time_ns;
    }
    /* Children before parents, then by identity: any order that is always the
     * same will do. */
    if (a->group->state != b->group->state) {
        return a->group->state->depth != b->group->state->depth
                   ? a->group->state->depth < b->group->state->depth
                   : a->group->state < b->group->state;
    }
    return a->group->link.hash < b->group->link.hash;
}

static void timer_place(struct cord_correlator *correlator, size_t at,
                        struct correlator_timer timer)
{
    correlator->timers[at] = timer;
    timer.group->timer = at;
}

static void timer_settle(struct cord_correlator *correlator, size_t at)
{
    struct correlator_timer timer = correlator->timers[at];
    while (at > 0 && timer_before(&timer, &correlator->timers[(at - 1) / 2])) {
        timer_place(correlator, at, correlator->timers[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    for (;;) {
        size_t child = at * 2 + 1;
        if (child >= correlator->timer_count) {
            break;
        }
        if (child + 1 < correlator->timer_count &&
            timer_before(&correlator->timers[child + 1], &correlator->timers[child])) {
            child++;
        }
        if (!timer_before(&correlator->timers[child], &timer)) {
            break;
        }
        timer_place(correlator, at, correlator->timers[child]);
        at = child;
    }
    timer_place(correlator, at, timer);
}

cord_status cord_correlator_group_timer_set(struct cord_correlator *correlator,
                                            struct correlator_group *group, int64_t time_ns)
{
    if (group->timer == SIZE_MAX) {
        size_t cap = correlator->timer_cap;
        struct correlator_timer *timers = cord_vec_room(correlator->timers, correlator->timer_count,
                                                        &correlator->timer_cap, sizeof *timers);
        if (!timers) {
            return CORD_E_NOMEM;
        }
        correlator->timers = timers;
        correlator->bytes += (correlator->timer_cap - cap) * sizeof *timers;
        group->timer = correlator->timer_count++;
    }
    group->timer_ns = time_ns;
    correlator->timers[group->timer] = (struct correlator_timer){time_ns, group};
    timer_settle(correlator, group->timer);
    return CORD_OK;
}

void cord_correlator_group_timer_clear(struct cord_correlator *correlator,
                                       struct correlator_group *group)
{
    size_t at = group->timer;
    if (at == SIZE_MAX) {
        return;
    }
    assert(correlator->timers[at].group == group);
    group->timer = SIZE_MAX;
    correlator->timer_count--;
    if (at < correlator->timer_count) {
        timer_place(correlator, at, correlator->timers[correlator->timer_count]);
        timer_settle(correlator, at);
    }
}
