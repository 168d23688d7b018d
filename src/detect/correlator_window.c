/*
 * correlator_window.c: what is in a window, and what that means.
 *
 * Two ways to judge. A condition that further events cannot undo is judged as
 * each event arrives, over the timespan up to it; then only what can still
 * matter is kept: of a count the latest events up to the threshold, of distinct
 * values and rules the latest event of each. Any other condition is deferred:
 * it is judged once for each largest set of events that fit into one timespan,
 * when nothing can join that set any more.
 */
#include "detect/correlator_internal.h"

#include "base/hash.h"
#include "detect/correlation_expression.h"

#include <assert.h>

static bool is_measured(const struct correlator_state *state)
{
    enum cord_correlation_type type = state->rule->type;
    return type == CORD_CORRELATION_VALUE_SUM || type == CORD_CORRELATION_VALUE_AVG ||
           (type == CORD_CORRELATION_VALUE_PERCENTILE && !state->share);
}

static bool is_ranked(const struct correlator_state *state)
{
    return state->rule->type == CORD_CORRELATION_VALUE_PERCENTILE && !state->share;
}

static bool has_values(const struct correlator_state *state)
{
    return state->rule->type == CORD_CORRELATION_VALUE_COUNT || state->share;
}

static void append(struct correlator_group *group, struct correlator_entry *entry)
{
    entry->after = NULL;
    entry->before = group->last;
    *(group->last ? &group->last->after : &group->first) = entry;
    group->last = entry;
    group->count++;
}

static void unlink_entry(struct correlator_group *group, struct correlator_entry *entry)
{
    *(entry->before ? &entry->before->after : &group->first) = entry->after;
    *(entry->after ? &entry->after->before : &group->last) = entry->before;
    group->count--;
}

static void forget_value(struct cord_correlator *correlator, struct correlator_group *group,
                         struct correlator_value *value)
{
    if (--value->count == 0) {
        group->distinct--;
        cord_correlator_table_remove(&correlator->values, &value->link);
        cord_correlator_table_give(correlator, value, sizeof *value);
    }
}

static void forget_step(struct correlator_group *group, const struct correlator_entry *entry)
{
    struct correlator_step *step = &group->steps[entry->step];
    if (--step->count == 0) {
        step->latest = NULL;
        group->present &= ~(UINT64_C(1) << entry->step);
        group->distinct--;
    }
}

static void forget(struct cord_correlator *correlator, struct correlator_group *group,
                   struct correlator_entry *entry)
{
    unlink_entry(group, entry);
    if (entry->value) {
        forget_value(correlator, group, entry->value);
    }
    if (group->steps) {
        forget_step(group, entry);
    }
    if (is_measured(group->state)) {
        struct correlator_measured *measured = (struct correlator_measured *)(void *)entry;
        group->sum -= measured->rank.number;
        if (is_ranked(group->state)) {
            cord_correlator_rank_remove(&group->ranks, &measured->rank);
        }
        cord_correlator_table_give(correlator, measured, sizeof *measured);
        return;
    }
    cord_correlator_table_give(correlator, entry, sizeof *entry);
}

void cord_correlator_window_clear(struct cord_correlator *correlator,
                                  struct correlator_group *group)
{
    while (group->first) {
        forget(correlator, group, group->first);
    }
}

static void expire(struct cord_correlator *correlator, struct correlator_group *group,
                   int64_t cutoff_ns)
{
    while (group->first && group->first->time_ns < cutoff_ns) {
        forget(correlator, group, group->first);
    }
}

static void trim(struct cord_correlator *correlator, struct correlator_group *group)
{
    struct correlator_state *state = group->state;
    while (group->first && group->count > state->keep_max) {
        group->trimmed_ns = group->first->time_ns;
        /* What lies above a threshold is no loss: see value_at_least. */
        state->stats.trimmed += state->rule->deferred || is_measured(state) || state->share;
        forget(correlator, group, group->first);
    }
}

static struct correlator_entry *new_entry(struct cord_correlator *correlator,
                                          const struct correlator_group *group,
                                          const struct correlator_event *event, uint32_t step)
{
    struct correlator_entry *entry = NULL;
    if (is_measured(group->state)) {
        struct correlator_measured *measured =
            cord_correlator_table_take(correlator, sizeof *measured);
        entry = measured ? &measured->entry : NULL;
    } else {
        entry = cord_correlator_table_take(correlator, sizeof *entry);
    }
    if (entry) {
        *entry =
            (struct correlator_entry){.time_ns = event->time_ns, .ref = event->ref, .step = step};
    }
    return entry;
}

static struct correlator_value *find_value(const struct cord_correlator *correlator,
                                           const struct correlator_group *group,
                                           struct correlator_digest digest)
{
    struct correlator_link *link = cord_correlator_table_find(&correlator->values, digest.hash);
    for (; link; link = link->chain) {
        struct correlator_value *value = (struct correlator_value *)(void *)link;
        if (link->hash == digest.hash && value->check == digest.check && value->group == group) {
            return value;
        }
    }
    return NULL;
}

static cord_status new_value(struct cord_correlator *correlator, struct correlator_group *group,
                             struct correlator_digest digest, struct correlator_value **ret_value)
{
    struct correlator_value *value = cord_correlator_table_take(correlator, sizeof *value);
    if (!value) {
        return CORD_E_NOMEM;
    }
    *value = (struct correlator_value){
        .link.hash = digest.hash,
        .check = digest.check,
        .group = group,
        .fired_ns = CORD_TIME_NONE,
    };
    if (cord_correlator_table_insert(correlator, &correlator->values, &value->link) != CORD_OK) {
        cord_correlator_table_give(correlator, value, sizeof *value);
        return CORD_E_NOMEM;
    }
    group->distinct++;
    *ret_value = value;
    return CORD_OK;
}

/* The latest event stands for all with the same value or rule. */
static void refresh(struct correlator_group *group, struct correlator_entry *entry,
                    const struct correlator_event *event)
{
    unlink_entry(group, entry);
    entry->time_ns = event->time_ns;
    entry->ref = event->ref;
    append(group, entry);
}

static cord_status take_value(struct cord_correlator *correlator, struct correlator_group *group,
                              const struct correlator_listener *listener,
                              const struct correlator_event *event)
{
    const struct correlator_state *state = group->state;
    struct correlator_digest digest = {0};
    cord_status status =
        cord_correlator_table_digest(correlator, event->values, listener->value_at,
                                     state->rule->field_count, (uint64_t)(uintptr_t)group, &digest);
    if (status != CORD_OK) {
        return status;
    }
    struct correlator_value *value = find_value(correlator, group, digest);
    if (value && !state->rule->deferred && !state->share) {
        refresh(group, value->entry, event);
        return CORD_OK;
    }
    struct correlator_entry *entry = new_entry(correlator, group, event, listener->step);
    if (entry && !value) {
        (void)new_value(correlator, group, digest, &value);
    }
    if (!entry || !value) {
        cord_correlator_table_give(correlator, entry, sizeof *entry);
        return CORD_E_NOMEM;
    }
    value->count++;
    value->entry = entry;
    entry->value = value;
    append(group, entry);
    return CORD_OK;
}

static cord_status take_step(struct cord_correlator *correlator, struct correlator_group *group,
                             uint32_t at, const struct correlator_event *event)
{
    struct correlator_step *step = &group->steps[at];
    if (step->latest && !group->state->rule->deferred) {
        refresh(group, step->latest, event);
        return CORD_OK;
    }
    struct correlator_entry *entry = new_entry(correlator, group, event, at);
    if (!entry) {
        return CORD_E_NOMEM;
    }
    group->distinct += step->count == 0;
    group->present |= UINT64_C(1) << at;
    step->count++;
    step->latest = entry;
    append(group, entry);
    return CORD_OK;
}

static cord_status take_number(struct cord_correlator *correlator, struct correlator_group *group,
                               const struct correlator_event *event, uint32_t step,
                               cord_fixed number)
{
    struct correlator_entry *entry = new_entry(correlator, group, event, step);
    if (!entry) {
        return CORD_E_NOMEM;
    }
    struct correlator_measured *measured = (struct correlator_measured *)(void *)entry;
    measured->rank = (struct cord_correlator_rank){.number = number};
    if (is_ranked(group->state)) {
        uint64_t random = cord_hash_mix(correlator->random++);
        cord_correlator_rank_add(&group->ranks, &measured->rank, (uint32_t)(random >> 32));
    }
    group->sum += number;
    append(group, entry);
    return CORD_OK;
}

static bool same_event(struct cord_correlator_ref a, struct cord_correlator_ref b)
{
    return a.record == b.record && a.source == b.source;
}

static struct correlator_chain *chain_of(const struct correlator_group *group, uint32_t step,
                                         uint32_t length)
{
    return &group->chains[group->state->ordered_whole ? step : step * (step + 1) / 2 + length - 1];
}

/* 0 or 1: the version that does not end in this very event. */
static unsigned version(const struct correlator_chain *chain, uint32_t length,
                        struct cord_correlator_ref ref)
{
    return chain->start_ns[0] != CORD_TIME_NONE && same_event(chain->refs[0][length - 1], ref);
}

/* A chain of `length` steps that ends with this event: the one that began last
 * is the one that stays in the window longest. */
static void extend_chain(struct correlator_group *group, uint32_t step, uint32_t length,
                         const struct correlator_event *event)
{
    struct correlator_chain *to = chain_of(group, step, length);
    const struct correlator_chain *from = NULL;
    unsigned from_version = 0;
    uint32_t first = group->state->ordered_whole && step > 0 ? step - 1 : 0;
    for (uint32_t i = first; length > 1 && i < step; i++) {
        if (i + 1 < length - 1) {
            continue;
        }
        const struct correlator_chain *other = chain_of(group, i, length - 1);
        unsigned v = version(other, length - 1, event->ref);
        if (other->start_ns[v] != CORD_TIME_NONE &&
            (!from || other->start_ns[v] > from->start_ns[from_version])) {
            from = other;
            from_version = v;
        }
    }
    if (length > 1 && !from) {
        return;
    }
    if (version(to, length, event->ref) == 0) {
        to->start_ns[1] = to->start_ns[0];
        memcpy(to->refs[1], to->refs[0], sizeof to->refs[0]);
    }
    if (from) {
        memcpy(to->refs[0], from->refs[from_version], (length - 1) * sizeof to->refs[0][0]);
    }
    to->start_ns[0] = from ? from->start_ns[from_version] : event->time_ns;
    to->refs[0][length - 1] = event->ref;
}

static cord_status take_ordered(struct cord_correlator *correlator, struct correlator_group *group,
                                uint32_t step, const struct correlator_event *event)
{
    const struct correlator_state *state = group->state;
    if (state->rule->deferred) {
        struct correlator_entry *entry = new_entry(correlator, group, event, step);
        if (!entry) {
            return CORD_E_NOMEM;
        }
        append(group, entry);
    }
    for (uint32_t length = step + 1; length >= 1; length--) {
        if (!state->ordered_whole || length == step + 1) {
            extend_chain(group, step, length, event);
        }
    }
    return CORD_OK;
}

/* The longest chain that began at or after from_ns; of equals the latest. */
static const struct correlator_chain *longest_chain(const struct correlator_group *group,
                                                    int64_t from_ns, uint32_t *ret_length)
{
    const struct correlator_chain *best = NULL;
    uint32_t steps = (uint32_t)group->state->rule->step_count;
    for (uint32_t length = steps; length >= 1 && !best; length--) {
        for (uint32_t step = length - 1; step < steps; step++) {
            if (group->state->ordered_whole && length != step + 1) {
                continue;
            }
            const struct correlator_chain *chain = chain_of(group, step, length);
            if (chain->start_ns[0] != CORD_TIME_NONE && chain->start_ns[0] >= from_ns &&
                (!best || chain->start_ns[0] > best->start_ns[0])) {
                best = chain;
                *ret_length = length;
            }
        }
    }
    return best;
}

/* What the condition compares, as a fraction. */
struct measure {
    cord_fixed value;
    uint64_t divisor;
    const struct correlator_chain *chain;
    uint32_t chain_length;
};

static struct measure measure(const struct correlator_group *group, int64_t from_ns)
{
    const struct cord_correlation *rule = group->state->rule;
    struct measure result = {.divisor = 1};
    uint64_t n = group->count;
    switch (rule->type) {
    case CORD_CORRELATION_EVENT_COUNT:
        result.value = (cord_fixed)n * CORD_FIXED_ONE;
        break;
    case CORD_CORRELATION_VALUE_COUNT:
    case CORD_CORRELATION_TEMPORAL:
        result.value = (cord_fixed)group->distinct * CORD_FIXED_ONE;
        break;
    case CORD_CORRELATION_TEMPORAL_ORDERED:
        result.chain = longest_chain(group, from_ns, &result.chain_length);
        result.value = (cord_fixed)result.chain_length * CORD_FIXED_ONE;
        break;
    case CORD_CORRELATION_VALUE_SUM:
        result.value = group->sum;
        break;
    case CORD_CORRELATION_VALUE_AVG:
        result.value = group->sum;
        result.divisor = n;
        break;
    case CORD_CORRELATION_VALUE_PERCENTILE:
        if (group->state->share) {
            result.value = (cord_fixed)group->last->value->count * 100 * CORD_FIXED_ONE;
            result.divisor = n;
            break;
        }
        /* Nearest rank: the least value that so many percent do not exceed. */
        cord_fixed scaled = rule->percentile * (cord_fixed)n;
        cord_fixed rank = (scaled + 100 * CORD_FIXED_ONE - 1) / (100 * CORD_FIXED_ONE);
        result.value = cord_correlator_rank_at(group->ranks, rank < 1 ? 1 : (uint32_t)rank);
        break;
    }
    return result;
}

static bool holds(const struct correlator_group *group, const struct measure *measured)
{
    const struct cord_correlation *rule = group->state->rule;
    if (rule->expression) {
        return cord_correlation_expression_holds(rule->expression, rule->node_count,
                                                 group->present);
    }
    return cord_correlation_holds(rule, measured->value, measured->divisor);
}

/* The first and the last events of the window, as many as are wanted. */
static void list_refs(struct cord_correlator *correlator, const struct correlator_group *group,
                      const struct measure *measured, struct cord_correlator_completion *completion)
{
    struct cord_correlator_ref *refs = group->state->refs;
    size_t most = correlator->options.refs_max;
    size_t total = group->state->rule->deferred || !measured->chain ? (size_t)group->count
                                                                    : measured->chain_length;
    size_t count = total < most ? total : most;
    size_t tail = count / 2;
    size_t head = count - tail;
    if (total != group->count || !group->first) {
        memcpy(refs, measured->chain->refs[0], head * sizeof *refs);
        memcpy(refs + head, measured->chain->refs[0] + total - tail, tail * sizeof *refs);
    } else {
        const struct correlator_entry *entry = group->first;
        for (size_t i = 0; i < head; i++, entry = entry->after) {
            refs[i] = entry->ref;
        }
        entry = group->last;
        for (size_t i = 0; i < tail; i++, entry = entry->before) {
            refs[count - 1 - i] = entry->ref;
        }
    }
    completion->refs = refs;
    completion->ref_count = count;
    completion->refs_left_out = total - count;
    completion->event_count = total;
}

static cord_status fire(struct cord_correlator *correlator, struct correlator_group *group,
                        const struct measure *measured, int64_t time_ns, int64_t from_ns)
{
    bool chained = measured->chain && !group->state->rule->deferred;
    struct cord_correlator_completion completion = {
        .correlation = group->state->rule,
        .time_ns = time_ns,
        .first_ns = chained ? measured->chain->start_ns[0] : group->first->time_ns,
        .last_ns = group->last_ns,
        .value = measured->value / (cord_fixed)measured->divisor,
        .value_at_least = group->trimmed_ns != CORD_TIME_NONE && group->trimmed_ns >= from_ns,
    };
    list_refs(correlator, group, measured, &completion);
    group->state->stats.completions++;
    return cord_correlator_complete(correlator, group, &completion);
}

/* After a completion a group keeps still for one timespan: every finding rests
 * on events that none before it had. */
static cord_status judge_now(struct cord_correlator *correlator, struct correlator_group *group,
                             const struct correlator_event *event, int64_t cutoff_ns)
{
    struct correlator_state *state = group->state;
    struct measure measured = measure(group, cutoff_ns);
    int64_t *fired = state->share ? &group->last->value->fired_ns : &group->fired_ns;
    if (!holds(group, &measured)) {
        return CORD_OK;
    }
    if (*fired != CORD_TIME_NONE && *fired >= cutoff_ns) {
        state->stats.repeats++;
        return CORD_OK;
    }
    *fired = event->time_ns;
    return fire(correlator, group, &measured, event->time_ns, cutoff_ns);
}

static cord_status carry(struct cord_correlator *correlator, struct correlator_group *group,
                         const struct correlator_listener *listener,
                         const struct correlator_event *event)
{
    size_t count = group->state->carried_count;
    if (count == 0) {
        return CORD_OK;
    }
    size_t bytes = cord_correlator_table_pack_bytes(event->values, listener->carry_at, count);
    if (bytes != group->carry_bytes) {
        char *bigger = cord_correlator_table_take(correlator, bytes);
        if (!bigger) {
            return CORD_E_NOMEM;
        }
        cord_correlator_table_give(correlator, group->carry, group->carry_bytes);
        group->carry = bigger;
        group->carry_bytes = bytes;
    }
    cord_correlator_table_pack(event->values, listener->carry_at, count, group->carry);
    return CORD_OK;
}

static cord_status take(struct cord_correlator *correlator, struct correlator_group *group,
                        const struct correlator_listener *listener,
                        const struct correlator_event *event, cord_fixed number)
{
    const struct correlator_state *state = group->state;
    struct correlator_entry *entry = NULL;
    cord_status status = carry(correlator, group, listener, event);
    if (status != CORD_OK) {
        return status;
    }
    if (is_measured(state)) {
        return take_number(correlator, group, event, listener->step, number);
    }
    if (has_values(state)) {
        return take_value(correlator, group, listener, event);
    }
    switch (state->rule->type) {
    case CORD_CORRELATION_TEMPORAL:
        return take_step(correlator, group, listener->step, event);
    case CORD_CORRELATION_TEMPORAL_ORDERED:
        return take_ordered(correlator, group, listener->step, event);
    case CORD_CORRELATION_EVENT_COUNT:
    case CORD_CORRELATION_VALUE_COUNT:
    case CORD_CORRELATION_VALUE_SUM:
    case CORD_CORRELATION_VALUE_AVG:
    case CORD_CORRELATION_VALUE_PERCENTILE:
        break;
    }
    entry = new_entry(correlator, group, event, listener->step);
    if (!entry) {
        return CORD_E_NOMEM;
    }
    append(group, entry);
    return CORD_OK;
}

/* False, and counted, when the event lacks what the correlation looks at. */
static bool fits(const struct correlator_listener *listener, const struct correlator_event *event,
                 cord_fixed *ret_number)
{
    struct correlator_state *state = listener->state;
    for (size_t i = 0; i < state->rule->group_count; i++) {
        if (!event->values[listener->group_at[i]].ptr) {
            state->stats.no_group++;
            return false;
        }
    }
    for (size_t i = 0; i < state->rule->field_count; i++) {
        cord_str value = event->values[listener->value_at[i]];
        if (!value.ptr || (is_measured(state) && !cord_fixed_parse(value, ret_number))) {
            state->stats.no_value++;
            return false;
        }
    }
    return true;
}

static cord_status take_deferred(struct cord_correlator *correlator, struct correlator_group *group,
                                 const struct correlator_listener *listener,
                                 const struct correlator_event *event, cord_fixed number)
{
    int64_t span_ns = group->state->rule->timespan_ns;
    if (!group->extended) {
        expire(correlator, group, cord_correlator_time_sub(event->time_ns, span_ns));
    }
    cord_status status = take(correlator, group, listener, event, number);
    if (status != CORD_OK) {
        return status;
    }
    trim(correlator, group);
    assert(group->first); /* trimming keeps at least one */
    group->extended = true;
    if (group->timer != SIZE_MAX) {
        return CORD_OK;
    }
    return cord_correlator_group_timer_set(
        correlator, group, cord_correlator_time_add(group->first->time_ns, span_ns));
}

cord_status cord_correlator_window_take(struct cord_correlator *correlator,
                                        const struct correlator_listener *listener,
                                        const struct correlator_event *event)
{
    struct correlator_state *state = listener->state;
    struct correlator_group *group = NULL;
    int64_t cutoff_ns = cord_correlator_time_sub(event->time_ns, state->rule->timespan_ns);
    cord_fixed number = 0;
    state->stats.inputs++;
    if (!fits(listener, event, &number)) {
        return CORD_OK;
    }
    cord_correlator_group_evict(correlator, event->time_ns);
    cord_correlator_group_reap(correlator, state, event->time_ns);
    cord_status status = cord_correlator_group_obtain(correlator, listener, event, &group);
    if (status != CORD_OK) {
        return status;
    }
    if (state->rule->deferred) {
        return take_deferred(correlator, group, listener, event, number);
    }
    expire(correlator, group, cutoff_ns);
    status = take(correlator, group, listener, event, number);
    if (status != CORD_OK) {
        return status;
    }
    trim(correlator, group);
    return judge_now(correlator, group, event, cutoff_ns);
}

cord_status cord_correlator_window_end(struct cord_correlator *correlator,
                                       struct correlator_group *group)
{
    struct correlator_state *state = group->state;
    int64_t ended_ns = group->timer_ns;
    cord_correlator_group_timer_clear(correlator, group);
    if (!group->first || !group->extended) {
        return CORD_OK;
    }
    int64_t end_ns = cord_correlator_time_add(group->first->time_ns, state->rule->timespan_ns);
    if (end_ns > ended_ns) {
        return cord_correlator_group_timer_set(correlator, group, end_ns); /* it was trimmed */
    }
    int64_t first_ns = group->first->time_ns;
    struct measure measured = measure(group, first_ns);
    bool held = holds(group, &measured);
    bool fresh = group->fired_ns == CORD_TIME_NONE || first_ns > group->fired_ns;
    group->extended = false;
    state->stats.repeats += held && !fresh;
    if (!held || !fresh) {
        return CORD_OK;
    }
    group->fired_ns = group->last_ns;
    return fire(correlator, group, &measured, end_ns, first_ns);
}
