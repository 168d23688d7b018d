/*
 * correlator.c: events put in order of time, and time passing.
 *
 * The watermark is the time of the latest event less the allowed lateness.
 * Whatever is not behind it is kept in a heap and leaves in order; a window's
 * end is due once all events up to it have left.
 */
#include "detect/correlator.h"

#include "base/vec.h"
#include "detect/correlator_internal.h"

#include <stdlib.h>

struct correlator_pending {
    const struct correlator_source *source;
    struct cord_correlator_ref ref;
    uint64_t arrival;
    size_t bytes;
    char packed[]; /* values */
};

struct cord_correlator_options cord_correlator_defaults(void)
{
    return (struct cord_correlator_options){
        .bytes_max = (size_t)256 << 20,
        .pending_bytes_max = (size_t)256 << 20,
        .refs_max = 64,
        .group_events_max = 1000000,
    };
}

cord_status cord_correlator_new(const struct cord_correlation *const *correlations, size_t count,
                                const struct cord_correlator_options *options,
                                const struct cord_correlator_sink *sink,
                                struct cord_correlator **ret_correlator, struct cord_error *err)
{
    struct cord_correlator *correlator = calloc(1, sizeof *correlator);
    cord_status status = CORD_E_NOMEM;
    if (!correlator) {
        return cord_error_set(err, status, "no memory for correlations");
    }
    correlator->options = *options;
    correlator->options.refs_max = options->refs_max < 2 ? 2 : options->refs_max;
    correlator->options.group_events_max =
        options->group_events_max < 1 ? 1 : options->group_events_max;
    correlator->sink = *sink;
    correlator->random = options->seed;
    correlator->latest_ns = CORD_TIME_NONE;
    correlator->watermark_ns = CORD_TIME_NONE;
    correlator->limit_ns = INT64_MAX;
    correlator->states = calloc(count + 1, sizeof *correlator->states);
    if (!correlator->states) {
        (void)cord_error_set(err, status, "no memory for correlations");
        goto fail;
    }
    correlator->state_count = count;
    status = cord_correlator_plan_make(correlator, correlations, err);
    if (status != CORD_OK) {
        goto fail;
    }
    *ret_correlator = correlator;
    return CORD_OK;

fail:
    cord_correlator_free(correlator);
    return status;
}

void cord_correlator_free(struct cord_correlator *correlator)
{
    if (!correlator) {
        return;
    }
    for (size_t i = 0; correlator->states && i < correlator->state_count; i++) {
        while (correlator->states[i].oldest) {
            cord_correlator_group_drop(correlator, correlator->states[i].oldest);
        }
    }
    for (size_t i = 0; i < correlator->queue_count; i++) {
        free(correlator->queue[i].pending);
    }
    free(correlator->queue);
    free(correlator->timers);
    free(correlator->groups.buckets);
    free(correlator->values.buckets);
    free(correlator->folded);
    cord_correlator_plan_done(correlator);
    free(correlator);
}

static const struct correlator_source *source_of(const struct cord_correlator *correlator,
                                                 const struct cord_rule *rule)
{
    const struct correlator_source *source =
        rule->number < correlator->rule_count ? &correlator->rules[rule->number] : NULL;
    return source && source->listener_count > 0 ? source : NULL;
}

bool cord_correlator_wants(const struct cord_correlator *correlator, const struct cord_rule *rule)
{
    return source_of(correlator, rule) != NULL;
}

const cord_str *cord_correlator_fields(const struct cord_correlator *correlator,
                                       const struct cord_rule *rule, size_t *ret_count)
{
    const struct correlator_source *source = source_of(correlator, rule);
    *ret_count = source ? source->name_count : 0;
    return source ? source->names : NULL;
}

static bool scratch_room(struct correlator_state *state, size_t bytes)
{
    if (bytes > state->scratch_cap) {
        char *bigger = realloc(state->scratch, bytes * 2);
        if (!bigger) {
            return false;
        }
        state->scratch = bigger;
        state->scratch_cap = bytes * 2;
    }
    return true;
}

/* What parents and the sink see is copied first: making room for a parent's
 * group may drop this one. */
cord_status cord_correlator_complete(struct cord_correlator *correlator,
                                     struct correlator_group *group,
                                     struct cord_correlator_completion *completion)
{
    struct correlator_state *state = group->state;
    const struct cord_correlation *rule = state->rule;
    cord_str *carried = state->group_values + rule->group_count;
    cord_status status = CORD_OK;
    struct correlator_event event = {
        .time_ns = completion->time_ns,
        .ref = group->last_ref,
        .values = state->export_values,
    };
    if (!scratch_room(state, group->key_bytes + group->carry_bytes + 1)) {
        return CORD_E_NOMEM;
    }
    memcpy(state->scratch, group->key, group->key_bytes);
    cord_correlator_table_unpack(state->scratch, rule->group_count, state->group_values);
    if (group->carry) {
        memcpy(state->scratch + group->key_bytes, group->carry, group->carry_bytes);
        cord_correlator_table_unpack(state->scratch + group->key_bytes, state->carried_count,
                                     carried);
    }
    completion->group_values = state->group_values;
    if (!rule->silent) {
        status = correlator->sink.put(correlator->sink.self, completion);
    }
    for (size_t i = 0; i < state->source.name_count; i++) {
        uint16_t at = state->exports[i];
        state->export_values[i] = (at & CORRELATOR_CARRIED) != 0 ? carried[at & ~CORRELATOR_CARRIED]
                                                                 : state->group_values[at];
    }
    for (size_t i = 0; i < state->source.listener_count && status == CORD_OK; i++) {
        status = cord_correlator_window_take(correlator, &state->source.listeners[i], &event);
    }
    return status;
}

/* Windows whose end lies before ns. */
static cord_status end_windows(struct cord_correlator *correlator, int64_t ns)
{
    cord_status status = CORD_OK;
    while (status == CORD_OK && correlator->timer_count > 0 && correlator->timers[0].time_ns < ns) {
        status = cord_correlator_window_end(correlator, correlator->timers[0].group);
    }
    return status;
}

static cord_status take(struct cord_correlator *correlator, const struct correlator_source *source,
                        const struct correlator_event *event)
{
    cord_status status = end_windows(correlator, event->time_ns);
    for (size_t i = 0; i < source->listener_count && status == CORD_OK; i++) {
        status = cord_correlator_window_take(correlator, &source->listeners[i], event);
    }
    return status;
}

/* By time, then by where the event lies, so that threads that race for the
 * correlator do not change its answer. */
static bool queued_before(const struct correlator_queued *a, const struct correlator_queued *b)
{
    if (a->time_ns != b->time_ns) {
        return a->time_ns < b->time_ns;
    }
    const struct correlator_pending *p = a->pending;
    const struct correlator_pending *q = b->pending;
    if (p->ref.source != q->ref.source) {
        return p->ref.source < q->ref.source;
    }
    if (p->ref.record != q->ref.record) {
        return p->ref.record < q->ref.record;
    }
    return p->source != q->source ? p->source < q->source : p->arrival < q->arrival;
}

static cord_status enqueue(struct cord_correlator *correlator,
                           const struct correlator_source *source,
                           const struct cord_correlator_input *input)
{
    size_t bytes = source->name_count * sizeof(size_t);
    for (size_t i = 0; i < source->name_count; i++) {
        bytes += input->values[i].ptr ? input->values[i].len : 0;
    }
    struct correlator_queued *queue = cord_vec_room(correlator->queue, correlator->queue_count,
                                                    &correlator->queue_cap, sizeof *queue);
    if (queue) {
        correlator->queue = queue;
    }
    struct correlator_pending *pending = queue ? malloc(sizeof *pending + bytes) : NULL;
    if (!pending) {
        return CORD_E_NOMEM;
    }
    *pending = (struct correlator_pending){
        .source = source,
        .ref = input->ref,
        .arrival = correlator->arrivals++,
        .bytes = sizeof *pending + bytes + CORD_CORRELATOR_OVERHEAD + sizeof *queue,
    };
    cord_correlator_table_pack_all(input->values, source->name_count, pending->packed);
    correlator->pending_bytes += pending->bytes;

    struct correlator_queued queued = {input->time_ns, pending};
    size_t at = correlator->queue_count++;
    while (at > 0 && queued_before(&queued, &queue[(at - 1) / 2])) {
        queue[at] = queue[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    queue[at] = queued;
    return CORD_OK;
}

static struct correlator_queued dequeue(struct cord_correlator *correlator)
{
    struct correlator_queued *queue = correlator->queue;
    struct correlator_queued first = queue[0];
    struct correlator_queued moved = queue[--correlator->queue_count];
    size_t at = 0;
    for (;;) {
        size_t child = at * 2 + 1;
        if (child >= correlator->queue_count) {
            break;
        }
        if (child + 1 < correlator->queue_count &&
            queued_before(&queue[child + 1], &queue[child])) {
            child++;
        }
        if (!queued_before(&queue[child], &moved)) {
            break;
        }
        queue[at] = queue[child];
        at = child;
    }
    queue[at] = moved;
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it takes queue[queue_count] for queue[0] */
    correlator->pending_bytes -= first.pending->bytes;
    return first;
}

static cord_status release_one(struct cord_correlator *correlator)
{
    struct correlator_queued first = dequeue(correlator);
    struct correlator_pending *pending = first.pending;
    cord_str inline_values[64];
    size_t count = pending->source->name_count;
    cord_str *values = count <= 64 ? inline_values : malloc(count * sizeof *values);
    cord_status status = CORD_E_NOMEM;
    if (values) {
        struct correlator_event event = {
            .time_ns = first.time_ns, .ref = pending->ref, .values = values};
        cord_correlator_table_unpack(pending->packed, count, values);
        status = take(correlator, pending->source, &event);
    }
    if (values != inline_values) {
        free(values);
    }
    free(pending);
    return status;
}

/* All that nothing can come before any more. An event at the watermark itself
 * stays: another of the same time may still come, and be the earlier one by
 * source and record. */
static cord_status release(struct cord_correlator *correlator)
{
    cord_status status = CORD_OK;
    while (status == CORD_OK && correlator->queue_count > 0 &&
           correlator->queue[0].time_ns < correlator->watermark_ns) {
        status = release_one(correlator);
    }
    while (status == CORD_OK && correlator->queue_count > 0 &&
           correlator->pending_bytes > correlator->options.pending_bytes_max) {
        correlator->early++;
        correlator->watermark_ns = correlator->queue[0].time_ns;
        status = release_one(correlator);
    }
    return status;
}

static void raise_watermark(struct cord_correlator *correlator, int64_t ns)
{
    correlator->watermark_ns = ns > correlator->watermark_ns ? ns : correlator->watermark_ns;
}

static void count_late(const struct correlator_source *source)
{
    for (size_t i = 0; i < source->listener_count; i++) {
        source->listeners[i].state->stats.inputs++;
        source->listeners[i].state->stats.late++;
    }
}

cord_status cord_correlator_feed(struct cord_correlator *correlator,
                                 const struct cord_correlator_input *input)
{
    const struct correlator_source *source = source_of(correlator, input->rule);
    if (!source) {
        return CORD_OK;
    }
    if (input->time_ns == CORD_TIME_NONE || input->time_ns > correlator->limit_ns) {
        correlator->untimed += input->time_ns == CORD_TIME_NONE;
        correlator->future += input->time_ns != CORD_TIME_NONE;
        return CORD_OK;
    }
    if (input->time_ns < correlator->watermark_ns) {
        count_late(source);
        return CORD_OK;
    }
    if (input->time_ns > correlator->latest_ns) {
        correlator->latest_ns = input->time_ns;
        if (correlator->options.lateness_ns != INT64_MAX) {
            raise_watermark(correlator, cord_correlator_time_sub(input->time_ns,
                                                                 correlator->options.lateness_ns));
        }
    }
    if (correlator->options.lateness_ns > 0) {
        cord_status status = enqueue(correlator, source, input);
        return status == CORD_OK ? release(correlator) : status;
    }
    struct correlator_event event = {
        .time_ns = input->time_ns, .ref = input->ref, .values = input->values};
    return take(correlator, source, &event);
}

cord_status cord_correlator_advance(struct cord_correlator *correlator, int64_t ns)
{
    raise_watermark(correlator, ns);
    cord_status status = release(correlator);
    return status == CORD_OK ? end_windows(correlator, correlator->watermark_ns) : status;
}

void cord_correlator_limit(struct cord_correlator *correlator, int64_t ns)
{
    correlator->limit_ns = ns;
}

cord_status cord_correlator_finish(struct cord_correlator *correlator)
{
    cord_status status = CORD_OK;
    while (status == CORD_OK && correlator->queue_count > 0) {
        raise_watermark(correlator, correlator->queue[0].time_ns);
        status = release_one(correlator);
    }
    while (status == CORD_OK && correlator->timer_count > 0) {
        status = cord_correlator_window_end(correlator, correlator->timers[0].group);
    }
    raise_watermark(correlator, INT64_MAX);
    return status;
}

struct cord_correlator_stats cord_correlator_stats_of(const struct cord_correlator *correlator,
                                                      size_t at)
{
    struct cord_correlator_stats stats = {0};
    if (at < correlator->state_count) {
        stats = correlator->states[at].stats;
        stats.groups = correlator->states[at].group_count;
    }
    return stats;
}

struct cord_correlator_stats cord_correlator_stats(const struct cord_correlator *correlator)
{
    struct cord_correlator_stats sum = {
        .untimed = correlator->untimed,
        .future = correlator->future,
        .early = correlator->early,
        .pending = correlator->queue_count,
        .bytes = correlator->bytes + correlator->pending_bytes,
        .watermark_ns = correlator->watermark_ns,
    };
    for (size_t i = 0; i < correlator->state_count; i++) {
        struct cord_correlator_stats one = cord_correlator_stats_of(correlator, i);
        sum.inputs += one.inputs;
        sum.late += one.late;
        sum.no_group += one.no_group;
        sum.no_value += one.no_value;
        sum.completions += one.completions;
        sum.repeats += one.repeats;
        sum.evicted += one.evicted;
        sum.trimmed += one.trimmed;
        sum.groups += one.groups;
    }
    return sum;
}
