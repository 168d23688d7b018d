/*
 * correlator_plan.c: who listens to whom, and which fields that takes.
 *
 * What a correlation's parents group by need not be what it groups by itself
 * (the specification's example: failed logins by computer, then a login by
 * user). So a name asked of a correlation that is not in its group-by is asked
 * of its own steps, down to the rules, and carried upwards with the event that
 * completes it. Parents are planned before what they stand on.
 */
#include "detect/correlator_internal.h"

#include "base/vec.h"

#include <stdlib.h>

static cord_status name_index(struct correlator_source *source, cord_str name, uint16_t *ret_at)
{
    for (size_t i = 0; i < source->name_count; i++) {
        if (cord_str_eq(source->names[i], name)) {
            *ret_at = (uint16_t)i;
            return CORD_OK;
        }
    }
    if (source->name_count >= CORRELATOR_CARRIED) {
        return CORD_E_LIMIT;
    }
    cord_str *names =
        cord_vec_room(source->names, source->name_count, &source->name_cap, sizeof *names);
    if (!names) {
        return CORD_E_NOMEM;
    }
    source->names = names;
    *ret_at = (uint16_t)source->name_count;
    names[source->name_count++] = name;
    return CORD_OK;
}

static struct correlator_source *source_of(struct cord_correlator *correlator,
                                           const struct cord_correlation_step *step)
{
    if (step->rule) {
        return &correlator->rules[step->rule->number];
    }
    for (size_t i = 0; i < correlator->state_count; i++) {
        if (correlator->states[i].rule && correlator->states[i].rule == step->correlation) {
            return &correlator->states[i].source;
        }
    }
    return NULL;
}

static cord_status listen(struct correlator_source *source, struct correlator_state *state,
                          uint32_t step_at)
{
    const struct cord_correlation *rule = state->rule;
    const struct cord_correlation_step *step = &rule->steps[step_at];
    struct correlator_listener *listeners = cord_vec_room(source->listeners, source->listener_count,
                                                          &source->listener_cap, sizeof *listeners);
    if (!listeners) {
        return CORD_E_NOMEM;
    }
    source->listeners = listeners;
    struct correlator_listener *listener = &listeners[source->listener_count++];
    *listener = (struct correlator_listener){.state = state, .step = step_at};
    listener->carry_at = calloc(state->carried_count + 1, sizeof *listener->carry_at);
    cord_status status = listener->carry_at ? CORD_OK : CORD_E_NOMEM;
    for (size_t i = 0; i < rule->group_count && status == CORD_OK; i++) {
        status = name_index(source, step->group_fields[i], &listener->group_at[i]);
    }
    for (size_t i = 0; i < rule->field_count && status == CORD_OK; i++) {
        status = name_index(source, step->value_fields[i], &listener->value_at[i]);
    }
    for (size_t i = 0; i < state->carried_count && status == CORD_OK; i++) {
        status = name_index(source, state->carried[i], &listener->carry_at[i]);
    }
    return status;
}

/* All parents have listened by now: source.names is complete. */
static cord_status plan_exports(struct correlator_state *state)
{
    const struct cord_correlation *rule = state->rule;
    size_t count = state->source.name_count;
    state->exports = calloc(count + 1, sizeof *state->exports);
    state->carried = calloc(count + 1, sizeof *state->carried);
    state->export_values = calloc(count + 1, sizeof *state->export_values);
    if (!state->exports || !state->carried || !state->export_values) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        while (at < rule->group_count && !cord_str_eq(rule->group_by[at], state->source.names[i])) {
            at++;
        }
        if (at < rule->group_count) {
            state->exports[i] = (uint16_t)at;
            continue;
        }
        state->exports[i] = (uint16_t)(CORRELATOR_CARRIED | state->carried_count);
        state->carried[state->carried_count++] = state->source.names[i];
    }
    return CORD_OK;
}

/* The least count that satisfies a condition of lower bounds. */
static uint64_t least_count(const struct cord_correlation *rule)
{
    cord_fixed least = 1;
    for (size_t i = 0; i < rule->test_count; i++) {
        cord_fixed value = rule->tests[i].value;
        cord_fixed whole = value / CORD_FIXED_ONE;
        bool more = rule->tests[i].compare == CORD_CORRELATION_GT ? value >= 0
                                                                  : value > whole * CORD_FIXED_ONE;
        whole += more ? 1 : 0;
        least = whole > least ? whole : least;
    }
    return (uint64_t)least;
}

static void plan_bounds(const struct cord_correlator *correlator, struct correlator_state *state)
{
    const struct cord_correlation *rule = state->rule;
    uint64_t most = correlator->options.group_events_max;
    uint64_t least = least_count(rule);
    state->share = rule->type == CORD_CORRELATION_VALUE_PERCENTILE && !rule->has_percentile;
    state->ordered_whole = rule->type == CORD_CORRELATION_TEMPORAL_ORDERED && !rule->deferred &&
                           least == rule->step_count;
    state->keep_max = most;
    if (rule->type == CORD_CORRELATION_EVENT_COUNT || rule->type == CORD_CORRELATION_VALUE_COUNT) {
        state->keep_max = rule->deferred && most > least ? most : least;
    } else if (rule->type == CORD_CORRELATION_TEMPORAL && !rule->deferred) {
        state->keep_max = CORD_CORRELATION_STEPS_MAX;
    }
}

static cord_status plan_state(struct cord_correlator *correlator, struct correlator_state *state)
{
    const struct cord_correlation *rule = state->rule;
    cord_status status = plan_exports(state);
    size_t values = rule->group_count + state->carried_count + 1;
    plan_bounds(correlator, state);
    state->group_values = calloc(values, sizeof *state->group_values);
    state->refs = calloc(correlator->options.refs_max, sizeof *state->refs);
    if (status == CORD_OK && (!state->group_values || !state->refs)) {
        status = CORD_E_NOMEM;
    }
    for (uint32_t i = 0; i < rule->step_count && status == CORD_OK; i++) {
        struct correlator_source *source = source_of(correlator, &rule->steps[i]);
        status = source ? listen(source, state, i) : CORD_E_NOENT;
    }
    return status;
}

static unsigned depth_below(const struct cord_correlator *correlator,
                            const struct cord_correlation *child)
{
    for (size_t i = 0; child && i < correlator->state_count; i++) {
        if (correlator->states[i].rule == child) {
            return correlator->states[i].depth;
        }
    }
    return 0;
}

/* Number of correlations from each down to the rules; chains are bounded. */
static unsigned measure_depths(struct cord_correlator *correlator)
{
    unsigned deepest = 1;
    for (unsigned pass = 0; pass <= CORD_CORRELATION_CHAIN_MAX; pass++) {
        for (size_t i = 0; i < correlator->state_count; i++) {
            struct correlator_state *state = &correlator->states[i];
            state->depth = state->depth > 0 ? state->depth : 1;
            for (size_t s = 0; state->rule && s < state->rule->step_count; s++) {
                unsigned below = depth_below(correlator, state->rule->steps[s].correlation);
                state->depth = below >= state->depth ? below + 1 : state->depth;
            }
            deepest = state->depth > deepest ? state->depth : deepest;
        }
    }
    return deepest;
}

static size_t highest_rule(const struct cord_correlator *correlator)
{
    size_t count = 0;
    for (size_t i = 0; i < correlator->state_count; i++) {
        const struct cord_correlation *rule = correlator->states[i].rule;
        for (size_t s = 0; rule && s < rule->step_count; s++) {
            const struct cord_rule *base = rule->steps[s].rule;
            count = base && base->number >= count ? (size_t)base->number + 1 : count;
        }
    }
    return count;
}

cord_status cord_correlator_plan_make(struct cord_correlator *correlator,
                                      const struct cord_correlation *const *correlations,
                                      struct cord_error *err)
{
    cord_status status = CORD_OK;
    for (size_t i = 0; i < correlator->state_count; i++) {
        correlator->states[i].rule = correlations[i]->refusal.len > 0 ? NULL : correlations[i];
    }
    correlator->rule_count = highest_rule(correlator);
    correlator->rules = calloc(correlator->rule_count + 1, sizeof *correlator->rules);
    if (!correlator->rules) {
        return cord_error_set(err, CORD_E_NOMEM, "no memory for correlations");
    }
    for (unsigned depth = measure_depths(correlator); depth > 0; depth--) {
        for (size_t i = 0; i < correlator->state_count && status == CORD_OK; i++) {
            struct correlator_state *state = &correlator->states[i];
            if (state->rule && state->depth == depth) {
                status = plan_state(correlator, state);
            }
        }
    }
    return status == CORD_OK ? status
                             : cord_error_set(err, status, "correlations cannot be set up: %s",
                                              cord_error_name(status));
}

static void source_done(struct correlator_source *source)
{
    for (size_t i = 0; i < source->listener_count; i++) {
        free(source->listeners[i].carry_at);
    }
    free(source->listeners);
    free(source->names);
}

void cord_correlator_plan_done(struct cord_correlator *correlator)
{
    for (size_t i = 0; correlator->rules && i < correlator->rule_count; i++) {
        source_done(&correlator->rules[i]);
    }
    free(correlator->rules);
    for (size_t i = 0; correlator->states && i < correlator->state_count; i++) {
        struct correlator_state *state = &correlator->states[i];
        source_done(&state->source);
        free(state->exports);
        free(state->carried);
        free(state->group_values);
        free(state->export_values);
        free(state->refs);
        free(state->scratch);
    }
    free(correlator->states);
}
