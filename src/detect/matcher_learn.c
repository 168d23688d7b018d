/*
 * matcher_learn.c: how often tests hold in events of a class.
 *
 * A plan that makes few rules candidates is left alone. Once a class has spent
 * on evaluating rules in vain what choosing again costs, its next events are
 * watched for which rules those are; then all cheap tests of these rules are
 * evaluated for some events and counted, and the plan is chosen anew. The
 * answer never depends on it, only what it costs.
 */
#include <stdlib.h>

#include "detect/matcher_internal.h"

enum {
    COST_MAX = 1200, /* tests that take longer keep their guess, in ns */
    GENERATIONS_MAX = 5,
};

/* How much of what is done before the plan is chosen anew. */
struct pace {
    uint32_t spent; /* rules evaluated; four times as many each time */
    uint32_t watch; /* events */
    uint32_t hot;   /* times that a rule is seen in them to be counted among the costly */
    uint32_t every; /* of them one is sampled */
    uint32_t samples;
};

static const struct pace usual = {2000, 48, 2, 2, 64};
static const struct pace eager = {2, 3, 1, 2, 3};

static const struct pace *pace_of(const struct cord_matcher *matcher)
{
    return matcher->ruleset->eager ? &eager : &usual;
}

void cord_matcher_learn_done(struct cord_match_learning *learning)
{
    free(learning->hot);
    free(learning->tests);
    free(learning->fired);
    free(learning->sampled);
    *learning = (struct cord_match_learning){
        .generation = learning->generation,
        .state = CORD_LEARN_NEVER,
        .due = UINT32_MAX,
        .limit = UINT32_MAX,
    };
}

void cord_matcher_learn_begin(const struct cord_matcher *matcher,
                              struct cord_match_learning *learning)
{
    uint32_t spent = pace_of(matcher)->spent;
    learning->state = CORD_LEARN_IDLE;
    learning->spent = 0;
    learning->due = UINT32_MAX;
    learning->limit = spent << 2 * learning->generation;
}

static void due_in(struct cord_match_learning *learning, uint32_t events)
{
    learning->seen = 0;
    learning->due = events;
    learning->limit = UINT32_MAX;
}

static cord_status begin_watch(struct cord_matcher *matcher, struct cord_match_learning *learning)
{
    learning->hot = calloc(matcher->ruleset->rule_count + 1, 1);
    if (!learning->hot) {
        return CORD_E_NOMEM;
    }
    learning->state = CORD_LEARN_WATCH;
    learning->left = pace_of(matcher)->watch;
    due_in(learning, 1);
    return CORD_OK;
}

/* The tests of costly rules, each once. */
static cord_status begin_samples(struct cord_matcher *matcher, const struct cord_plan *plan,
                                 struct cord_match_learning *learning)
{
    const struct cord_ruleset *ruleset = matcher->ruleset;
    size_t count = (size_t)ruleset->test_count + 1;
    if (!learning->tests) {
        learning->fired = calloc(count, sizeof *learning->fired);
        learning->sampled = calloc(count, sizeof *learning->sampled);
        learning->tests = calloc(count, sizeof *learning->tests);
        if (!learning->fired || !learning->sampled || !learning->tests) {
            return CORD_E_NOMEM;
        }
    }
    for (size_t i = 0; i < plan->rule_count; i++) {
        const struct cord_expr *exprs = ruleset->rules[plan->rules[i]].exprs;
        bool hot = learning->hot[i] >= pace_of(matcher)->hot;
        for (uint32_t at = 0; hot && at < exprs[0].end; at++) {
            uint32_t test = exprs[at].test;
            bool leaf = exprs[at].kind == CORD_EXPR_TEST || exprs[at].kind == CORD_EXPR_NOT_TEST;
            if (leaf && ruleset->tests[test].cost <= COST_MAX && learning->sampled[test] == 0) {
                learning->sampled[test] = 1; /* taken; one more than the samples */
                learning->tests[learning->test_count++] = test;
            }
        }
    }
    learning->state = CORD_LEARN_SAMPLE;
    learning->left = pace_of(matcher)->samples;
    due_in(learning, 1);
    return CORD_OK;
}

static cord_status watch(struct cord_matcher *matcher, struct cord_match_class *state)
{
    struct cord_match_learning *learning = &state->learning;
    for (size_t i = 0; i < matcher->candidate_count; i++) {
        uint8_t *hot = &learning->hot[matcher->candidates[i]];
        if (*hot < UINT8_MAX) {
            (*hot)++;
        }
    }
    due_in(learning, 1);
    learning->left--;
    return learning->left > 0 ? CORD_OK : begin_samples(matcher, state->plan, learning);
}

static cord_status choose_anew(struct cord_matcher *matcher, struct cord_match_class *state)
{
    struct cord_match_learning *learning = &state->learning;
    struct cord_plan_learnt learnt = {
        .fired = learning->fired,
        .sampled = learning->sampled,
        .generation = learning->generation + 1,
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
    cord_matcher_route_anew(state);
    free(learning->hot);
    learning->hot = NULL;
    learning->generation++;
    if (learning->generation == GENERATIONS_MAX) {
        cord_matcher_learn_done(learning);
    } else {
        cord_matcher_learn_begin(matcher, learning);
    }
    return cord_matcher_hits_room(matcher, plan->entry_max);
}

static cord_status sample(struct cord_matcher *matcher, struct cord_match_class *state)
{
    struct cord_match_learning *learning = &state->learning;
    for (uint32_t i = 0; i < learning->test_count; i++) {
        uint32_t test = learning->tests[i];
        learning->fired[test] += cord_matcher_test(matcher, test) == CORD_ATOM_YES;
        learning->sampled[test]++;
    }
    if (matcher->no_memory) {
        return CORD_E_NOMEM;
    }
    due_in(learning, pace_of(matcher)->every);
    learning->left--;
    return learning->left > 0 ? CORD_OK : choose_anew(matcher, state);
}

cord_status cord_matcher_learn(struct cord_matcher *matcher, struct cord_match_class *state)
{
    struct cord_match_learning *learning = &state->learning;
    cord_status status = CORD_OK;
    switch (learning->state) {
    case CORD_LEARN_IDLE:
        if (state->plan->rule_count < 2) {
            cord_matcher_learn_done(learning);
            return CORD_OK;
        }
        status = begin_watch(matcher, learning);
        break;
    case CORD_LEARN_WATCH:
        status = watch(matcher, state);
        break;
    case CORD_LEARN_SAMPLE:
        status = sample(matcher, state);
        break;
    case CORD_LEARN_NEVER:
        due_in(learning, UINT32_MAX);
        break;
    }
    if (status != CORD_OK) {
        cord_matcher_learn_done(learning);
    }
    return status;
}
