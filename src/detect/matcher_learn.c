/*
 * matcher_learn.c: how often tests hold in events of a class.
 *
 * Some events are sampled: all cheap tests of the class's rules are evaluated
 * for them and counted. After each of a few phases the plan is chosen anew.
 * The answer never depends on it, only what it costs.
 */
#include <stdlib.h>

#include "detect/matcher_internal.h"

/* Tests that take longer keep their guess. */
enum { COST_MAX = 1200 };

static const struct phase {
    uint32_t after;   /* events of the class */
    uint32_t every;   /* of them one is sampled */
    uint32_t samples; /* in all, then the plan is chosen anew */
} phases[] = {{128, 2, 48}, {2048, 16, 128}, {16384, 64, 320}, {200000, 256, 640}};

enum { PHASE_COUNT = sizeof phases / sizeof *phases };

static const struct phase eager_phases[PHASE_COUNT] = {{2, 1, 2}, {4, 2, 4}, {9, 1, 6}, {12, 2, 8}};

void cord_match_learn_done(struct cord_match_learning *learning)
{
    free(learning->tests);
    free(learning->fired);
    learning->tests = NULL;
    learning->fired = NULL;
}

/* The tests that the plan's rules want true somewhere, each once. */
static cord_status begin(const struct cord_matcher *matcher, const struct cord_plan *plan,
                         struct cord_match_learning *learning)
{
    const struct cord_ruleset *ruleset = matcher->ruleset;
    learning->fired = calloc((size_t)ruleset->test_count + 1, sizeof *learning->fired);
    learning->tests = calloc((size_t)ruleset->test_count + 1, sizeof *learning->tests);
    if (!learning->fired || !learning->tests) {
        return CORD_E_NOMEM;
    }
    learning->test_count = 0;
    for (size_t i = 0; i < plan->rule_count; i++) {
        const struct cord_expr *exprs = ruleset->rules[plan->rules[i]].exprs;
        for (uint32_t at = 0; at < exprs[0].end; at++) {
            uint32_t test = exprs[at].test;
            if (exprs[at].kind == CORD_EXPR_TEST && ruleset->tests[test].cost <= COST_MAX &&
                learning->fired[test] == 0) {
                learning->fired[test] = 1; /* taken; cleared below */
                learning->tests[learning->test_count++] = test;
            }
        }
    }
    memset(learning->fired, 0, ((size_t)ruleset->test_count + 1) * sizeof *learning->fired);
    return CORD_OK;
}

static cord_status choose_anew(struct cord_matcher *matcher, struct cord_match_class *state)
{
    struct cord_match_learning *learning = &state->learning;
    struct cord_plan_learnt learnt = {
        .fired = learning->fired,
        .tests = learning->tests,
        .test_count = learning->test_count,
        .samples = learning->samples,
        .generation = learning->phase + 1,
    };
    struct cord_plan_request request = {
        .event_class = cord_classifier_class(matcher->classifier, matcher->event->event_class),
        .constants = state->constants,
        .constant_count = state->constant_count,
        .learnt = &learnt,
    };
    struct cord_plan *plan;
    cord_status status = cord_plan_get(matcher->ruleset, &request, &plan);
    if (status != CORD_OK) {
        return status;
    }
    cord_plan_unref(state->plan);
    state->plan = plan;
    learning->phase++;
    if (learning->phase == PHASE_COUNT) {
        cord_match_learn_done(learning);
    }
    return cord_match_hits_room(matcher, plan->entry_max);
}

cord_status cord_match_learn(struct cord_matcher *matcher, struct cord_match_class *state)
{
    struct cord_match_learning *learning = &state->learning;
    if (learning->phase == PHASE_COUNT || state->plan->rule_count < 2) {
        learning->due = UINT32_MAX;
        return CORD_OK;
    }
    const struct phase *phase =
        matcher->ruleset->eager ? &eager_phases[learning->phase] : &phases[learning->phase];
    if (learning->seen < phase->after) {
        learning->due = phase->after;
        return CORD_OK;
    }
    learning->due = learning->seen + phase->every;
    if (!learning->fired) {
        cord_status status = begin(matcher, state->plan, learning);
        if (status != CORD_OK) {
            cord_match_learn_done(learning);
            return status;
        }
    }
    for (uint32_t i = 0; i < learning->test_count; i++) {
        uint32_t test = learning->tests[i];
        learning->fired[test] += cord_match_test(matcher, test) == CORD_ATOM_YES;
    }
    learning->samples++;
    if (matcher->no_memory) {
        return CORD_E_NOMEM;
    }
    return learning->samples >= phase->samples ? choose_anew(matcher, state) : CORD_OK;
}
