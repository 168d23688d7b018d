/* matcher.c: see matcher.h. */
#include <stdlib.h>

#include "detect/matcher_internal.h"

/* A memo holds the epoch and two bits. */
#define EPOCH_MAX ((1u << 30) - 1)

struct cord_matcher *cord_matcher_new(struct cord_ruleset *ruleset, struct cord_paths *paths,
                                      struct cord_classifier *classifier)
{
    struct cord_matcher *matcher = calloc(1, sizeof *matcher);
    if (!matcher) {
        return NULL;
    }
    matcher->ruleset = cord_ruleset_ref(ruleset);
    matcher->paths = paths;
    matcher->classifier = classifier;
    matcher->env.texts = cord_subject_scratch_new(ruleset->level);
    matcher->env.regexes = cord_regex_scratch_new();
    matcher->find = cord_literal_find_at_level(ruleset->level);
    matcher->memos = calloc((size_t)ruleset->test_count + 1, sizeof *matcher->memos);
    matcher->fields = calloc(ruleset->field_count, sizeof *matcher->fields);
    matcher->rule_stamps = calloc(ruleset->rule_count + 1, sizeof *matcher->rule_stamps);
    matcher->candidates = calloc(ruleset->rule_count + 1, sizeof *matcher->candidates);
    if (!matcher->env.texts || !matcher->env.regexes || !matcher->memos || !matcher->fields ||
        !matcher->rule_stamps || !matcher->candidates ||
        cord_matcher_hits_room(matcher, ruleset->test_literals_max + 1) != CORD_OK) {
        cord_matcher_free(matcher);
        return NULL;
    }
    return matcher;
}

void cord_matcher_free(struct cord_matcher *matcher)
{
    if (!matcher) {
        return;
    }
    cord_matcher_classes_free(matcher);
    free(matcher->hits.stamps);
    free(matcher->hits.numbers);
    free(matcher->candidates);
    free(matcher->rule_stamps);
    free(matcher->picked);
    free(matcher->nodes);
    free(matcher->fields);
    free(matcher->memos);
    cord_regex_scratch_free(matcher->env.regexes);
    cord_subject_scratch_free(matcher->env.texts);
    cord_ruleset_unref(matcher->ruleset);
    free(matcher);
}

const struct cord_matcher_stats *cord_matcher_stats(const struct cord_matcher *matcher)
{
    return &matcher->stats;
}

/* A new epoch makes all memos stale at once; when they run out, by hand. */
static void next_epoch(struct cord_matcher *matcher)
{
    if (matcher->epoch == EPOCH_MAX) {
        memset(matcher->memos, 0, matcher->ruleset->test_count * sizeof *matcher->memos);
        memset(matcher->fields, 0, matcher->ruleset->field_count * sizeof *matcher->fields);
        memset(matcher->rule_stamps, 0,
               matcher->ruleset->rule_count * sizeof *matcher->rule_stamps);
        matcher->epoch = 0;
    }
    matcher->epoch++;
    matcher->node_count = 0;
    matcher->candidate_count = 0;
    cord_subject_scratch_reset(matcher->env.texts);
}

/* place: in the plan. */
static cord_status try_rule(struct cord_matcher *matcher, const struct cord_plan *plan,
                            uint32_t place, const struct cord_match_sink *sink)
{
    matcher->stats.candidates++;
    enum cord_atom_result result = cord_matcher_rule(matcher, plan->steps[place]);
    if (matcher->no_memory) {
        return CORD_E_NOMEM;
    }
    if (result == CORD_ATOM_NO) {
        return CORD_OK;
    }
    matcher->stats.matches++;
    matcher->stats.regex_limit += result == CORD_ATOM_UNKNOWN;
    struct cord_match match = {
        .event = matcher->event,
        .rule = matcher->ruleset->rules[plan->rules[place]].rule,
        .incomplete = result == CORD_ATOM_UNKNOWN,
    };
    return sink->put(sink->self, &match);
}

/* The event's values in their chains, and its class's plan, or the one without
 * constants when the event is not what its class usually is. */
static cord_status begin_event(struct cord_matcher *matcher, const struct cord_event *event,
                               struct cord_match_class **ret_state)
{
    bool hold = false;
    matcher->event = event;
    next_epoch(matcher);
    cord_status status = cord_matcher_class_find(matcher, event, false, ret_state);
    if (status == CORD_OK) {
        status = cord_matcher_route(matcher, *ret_state, event, &hold);
    }
    if (status != CORD_OK || hold) {
        return status;
    }
    next_epoch(matcher);
    status = cord_matcher_class_find(matcher, event, true, ret_state);
    return status == CORD_OK ? cord_matcher_route(matcher, *ret_state, event, &hold) : status;
}

static cord_status run_event(struct cord_matcher *matcher, const struct cord_event *event,
                             const struct cord_match_sink *sink)
{
    struct cord_match_class *state;
    cord_status status = begin_event(matcher, event, &state);
    matcher->stats.events++;
    if (status != CORD_OK) {
        return status;
    }
    status = cord_matcher_candidates(matcher, state->plan);
    for (size_t i = 0; i < matcher->candidate_count && status == CORD_OK; i++) {
        status = try_rule(matcher, state->plan, matcher->candidates[i], sink);
    }
    struct cord_match_learning *learning = &state->learning;
    learning->seen++;
    learning->spent += (uint32_t)matcher->candidate_count;
    if (status == CORD_OK &&
        (learning->seen >= learning->due || learning->spent >= learning->limit)) {
        status = cord_matcher_learn(matcher, state);
    }
    return status;
}

cord_status cord_matcher_run(struct cord_matcher *matcher, struct cord_batch *batch, size_t from,
                             const struct cord_match_sink *sink)
{
    matcher->no_memory = false;
    for (size_t i = from; i < batch->event_count; i++) {
        cord_status status = run_event(matcher, &batch->events[i], sink);
        if (status != CORD_OK) {
            return status;
        }
    }
    return CORD_OK;
}
