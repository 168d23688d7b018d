/*
 * plan_choose.c: the cheapest tests of which one must hold for a rule to match.
 *
 * Of an AND the best child will do, of an OR all are needed, and a test that
 * the rule wants false says nothing until the whole rule is looked at. What a
 * test costs is how often it fires times what a needless evaluation takes, and
 * a little for being looked for at all.
 */
#include <math.h>
#include <stdlib.h>

#include "base/vec.h"
#include "detect/plan_internal.h"

/* Nanoseconds, roughly; only their relation matters. */
#define EVALUATION_NS  120.0f
#define PRESENCE_SHARE 0.8f /* of events have the field, when nothing is known */
#define PRIOR_SAMPLES  4.0f
#define VALUE_BYTES    120.0f /* of a usual value */

enum verdict { VERDICT_OPEN, VERDICT_TRUE, VERDICT_FALSE };

struct chooser {
    const struct cord_ruleset *ruleset;
    const struct cord_plan_request *request;
    struct cord_literal_odds odds;
    float *costs;      /* by test; negative: not known yet */
    uint8_t *verdicts; /* by test: enum verdict */
    uint8_t *sources;  /* by number of log source: the class is of it */
    struct cord_plan_pairs *pairs;
    uint32_t rule;
    bool no_memory;
};

static bool literal_matches(const struct cord_literal *literal, cord_str text)
{
    cord_str wanted = {literal->ptr, literal->len};
    switch (literal->kind) {
    case CORD_LITERAL_CONTAINS:
        return cord_str_find(text, wanted, 0) != SIZE_MAX;
    case CORD_LITERAL_STARTS:
        return cord_str_starts(text, wanted);
    case CORD_LITERAL_ENDS:
        return cord_str_ends(text, wanted);
    default:
        break;
    }
    return cord_str_eq(text, wanted);
}

bool cord_plan_constant_holds(const struct cord_ruleset *ruleset, const struct cord_test *test,
                              cord_str text)
{
    for (uint32_t i = 0; i < test->literal_count; i++) {
        uint32_t literal = ruleset->test_literals[test->literal_first + i];
        if (literal_matches(&ruleset->literals[literal], text)) {
            return true;
        }
    }
    return false;
}

/* What tests on constant fields always are. */
static void find_verdicts(struct chooser *chooser)
{
    const struct cord_ruleset *ruleset = chooser->ruleset;
    for (uint32_t i = 0; i < ruleset->test_count; i++) {
        const struct cord_test *test = &ruleset->tests[i];
        if (test->kind == CORD_TEST_CONSTANT) {
            chooser->verdicts[i] = test->outcome ? VERDICT_TRUE : VERDICT_FALSE;
        }
    }
    for (size_t i = 0; i < chooser->request->constant_count; i++) {
        const struct cord_plan_constant *constant = &chooser->request->constants[i];
        const uint32_t *first = ruleset->field_test_first + constant->field;
        for (uint32_t at = first[0]; at < first[1]; at++) {
            uint32_t test = ruleset->field_tests[at];
            bool holds = cord_plan_constant_holds(ruleset, &ruleset->tests[test], constant->text);
            if (chooser->verdicts[test] == VERDICT_OPEN) {
                chooser->verdicts[test] = holds ? VERDICT_TRUE : VERDICT_FALSE;
            }
        }
    }
}

/* Being one of many to look for. */
static float index_cost(const struct cord_literal *literal)
{
    static const float short_costs[] = {0, 60, 15, 4};
    if (literal->kind != CORD_LITERAL_CONTAINS) {
        return 0.03f;
    }
    return literal->len < 4 ? short_costs[literal->len] : literal->len < 8 ? 0.2f : 0.06f;
}

static float firing_prior(const struct chooser *chooser, const struct cord_test *test)
{
    const uint32_t *needles;
    uint32_t count = cord_plan_needles(chooser->ruleset, test, &needles);
    float sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct cord_literal *literal = &chooser->ruleset->literals[needles[i]];
        float odds = cord_literal_odds_of(&chooser->odds, (cord_str){literal->ptr, literal->len});
        sum += odds * VALUE_BYTES * (test->field == CORD_FIELD_ANY ? 10.0f : 1.0f);
    }
    /* What many rules ask for is what is often there. */
    sum *= 1.0f + (float)test->rules / 8.0f;
    return sum > 1.0f ? 1.0f : sum;
}

/* True when no value of the field is there. */
static bool means_absence(const struct cord_test *test)
{
    return test->kind == CORD_TEST_NULL || (test->kind == CORD_TEST_EXISTS && !test->outcome);
}

/* Of events that have what is looked for: for a test that means absence, a value. */
static float firing_share(const struct chooser *chooser, uint32_t number, float prior)
{
    const struct cord_plan_learnt *learnt = chooser->request->learnt;
    if (!learnt || learnt->sampled[number] == 0) {
        return prior;
    }
    uint32_t samples = learnt->sampled[number] - 1;
    uint32_t fired = learnt->fired[number];
    fired = means_absence(&chooser->ruleset->tests[number]) ? samples - fired : fired;
    return ((float)fired + PRIOR_SAMPLES * prior) / ((float)samples + PRIOR_SAMPLES);
}

static float test_cost(struct chooser *chooser, uint32_t number)
{
    if (chooser->costs[number] >= 0) {
        return chooser->costs[number];
    }
    const struct cord_test *test = &chooser->ruleset->tests[number];
    const uint32_t *needles;
    uint32_t count = cord_plan_needles(chooser->ruleset, test, &needles);
    float cost;
    if (count == 0) {
        cost = test->field == CORD_FIELD_ANY ? INFINITY
                                             : firing_share(chooser, number, PRESENCE_SHARE) *
                                                   (EVALUATION_NS + (float)test->cost);
    } else {
        cost = firing_share(chooser, number, firing_prior(chooser, test)) * EVALUATION_NS;
        for (uint32_t i = 0; i < count; i++) {
            cost += index_cost(&chooser->ruleset->literals[needles[i]]);
        }
    }
    chooser->costs[number] = cost;
    return cost;
}

/* A test that the rule wants true here, as a trigger: INFINITY is none, and
 * below zero it can never be. */
static float positive_cost(struct chooser *chooser, uint32_t number)
{
    const struct cord_test *test = &chooser->ruleset->tests[number];
    enum verdict verdict = (enum verdict)chooser->verdicts[number];
    if (verdict != VERDICT_OPEN) {
        return verdict == VERDICT_TRUE ? INFINITY : -1;
    }
    return means_absence(test) ? INFINITY : test_cost(chooser, number);
}

static float negative_cost(struct chooser *chooser, uint32_t number)
{
    const struct cord_test *test = &chooser->ruleset->tests[number];
    enum verdict verdict = (enum verdict)chooser->verdicts[number];
    if (verdict != VERDICT_OPEN) {
        return verdict == VERDICT_FALSE ? INFINITY : -1;
    }
    return means_absence(test) ? test_cost(chooser, number) : INFINITY;
}

/* Cost of the subtree at `at`. Recursion is bounded by the compiler's depth. */
static float cost_of(struct chooser *chooser, const struct cord_expr *exprs, uint32_t at)
{
    const struct cord_expr *expr = &exprs[at];
    if (expr->kind == CORD_EXPR_TEST) {
        return positive_cost(chooser, expr->test);
    }
    if (expr->kind == CORD_EXPR_NOT_TEST) {
        return negative_cost(chooser, expr->test);
    }
    bool is_and = expr->kind == CORD_EXPR_AND;
    float total = is_and ? INFINITY : -1;
    for (uint32_t child = at + 1; child < expr->end; child = exprs[child].end) {
        float cost = cost_of(chooser, exprs, child);
        if (is_and) {
            total = cost < total ? cost : total;
        } else if (cost >= 0) {
            total = (total < 0 ? 0 : total) + cost;
        }
    }
    return total;
}

static void emit(struct chooser *chooser, const struct cord_expr *exprs, uint32_t at)
{
    const struct cord_expr *expr = &exprs[at];
    if (expr->kind == CORD_EXPR_TEST || expr->kind == CORD_EXPR_NOT_TEST) {
        struct cord_plan_pair *grown = cord_vec_room(chooser->pairs->items, chooser->pairs->count,
                                                     &chooser->pairs->cap, sizeof *grown);
        if (!grown) {
            chooser->no_memory = true;
            return;
        }
        chooser->pairs->items = grown;
        grown[chooser->pairs->count++] = (struct cord_plan_pair){expr->test, chooser->rule};
        return;
    }
    uint32_t best = 0;
    float best_cost = INFINITY;
    for (uint32_t child = at + 1; child < expr->end; child = exprs[child].end) {
        float cost = cost_of(chooser, exprs, child);
        if (expr->kind == CORD_EXPR_OR && cost >= 0) {
            emit(chooser, exprs, child);
        } else if (expr->kind == CORD_EXPR_AND && cost < best_cost) {
            best_cost = cost;
            best = child;
        }
    }
    if (best != 0) {
        emit(chooser, exprs, best);
    }
}

static bool has_word(const cord_str *words, size_t count, cord_str wanted)
{
    for (size_t i = 0; i < count; i++) {
        if (cord_str_eq_fold(words[i], wanted)) {
            return true;
        }
    }
    return wanted.len == 0;
}

static bool applies(const struct cord_ruleset *ruleset, const struct cord_logsource *source,
                    const struct cord_event_class *event_class)
{
    return ruleset->ignore_logsource ||
           (has_word(&event_class->product, 1, source->product) &&
            has_word(event_class->categories, event_class->category_count, source->category) &&
            has_word(event_class->services, event_class->service_count, source->service));
}

static void use_fields(const struct cord_ruleset *ruleset, struct cord_plan *plan,
                       const struct cord_expr *exprs)
{
    for (uint32_t at = 0; at < exprs[0].end; at++) {
        if (exprs[at].kind == CORD_EXPR_TEST || exprs[at].kind == CORD_EXPR_NOT_TEST) {
            const struct cord_test *test = &ruleset->tests[exprs[at].test];
            plan->field_used[test->field] = 1;
            if (test->kind == CORD_TEST_FIELD) {
                plan->field_used[test->other] = 1;
            }
        }
    }
}

static void choose_rules(struct chooser *chooser, struct cord_plan *plan)
{
    const struct cord_ruleset *ruleset = chooser->ruleset;
    for (size_t i = 0; i < ruleset->rule_count && !chooser->no_memory; i++) {
        const struct cord_expr *exprs = ruleset->rules[i].exprs;
        if (!chooser->sources[ruleset->rules[i].source]) {
            continue;
        }
        float cost = cost_of(chooser, exprs, 0);
        if (cost < 0) {
            continue; /* it cannot match events of this class */
        }
        use_fields(ruleset, plan, exprs);
        uint32_t place = (uint32_t)plan->rule_count++;
        plan->rules[place] = (uint32_t)i;
        if (isinf(cost)) {
            plan->always[plan->always_count++] = place;
        } else {
            chooser->rule = place;
            emit(chooser, exprs, 0);
        }
    }
}

static void prepare(struct chooser *chooser)
{
    const struct cord_ruleset *ruleset = chooser->ruleset;
    for (uint32_t i = 0; i < ruleset->test_count; i++) {
        chooser->costs[i] = -1;
    }
    for (uint32_t i = 0; i < ruleset->source_count; i++) {
        chooser->sources[i] = applies(ruleset, ruleset->sources[i], chooser->request->event_class);
    }
    cord_literal_odds_typical(&chooser->odds);
    find_verdicts(chooser);
}

cord_status cord_plan_choose(const struct cord_ruleset *ruleset,
                             const struct cord_plan_request *request, struct cord_plan *plan,
                             struct cord_plan_pairs *pairs)
{
    struct chooser *chooser = calloc(1, sizeof *chooser);
    cord_status status = CORD_E_NOMEM;
    if (!chooser) {
        return status;
    }
    chooser->ruleset = ruleset;
    chooser->request = request;
    chooser->pairs = pairs;
    chooser->costs = calloc((size_t)ruleset->test_count + 1, sizeof *chooser->costs);
    chooser->verdicts = calloc((size_t)ruleset->test_count + 1, 1);
    chooser->sources = calloc((size_t)ruleset->source_count + 1, 1);
    if (chooser->costs && chooser->verdicts && chooser->sources) {
        prepare(chooser);
        choose_rules(chooser, plan);
        status = chooser->no_memory ? CORD_E_NOMEM : CORD_OK;
    }
    free(chooser->sources);
    free(chooser->verdicts);
    free(chooser->costs);
    free(chooser);
    return status;
}
