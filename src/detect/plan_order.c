/*
 * plan_order.c: in which order a rule's tests are evaluated for a class.
 *
 * Compiled rules try cheap tests first. Once it is known how often tests hold
 * in events of the class, what counts is how soon the rule is settled: below an
 * AND the test that fails most often for its cost comes first, below an OR the
 * one that holds. The answer is the same in any order.
 */
#include <stdlib.h>

#include "detect/plan_internal.h"

/* Nanoseconds, roughly; only their relation matters. */
#define CALL_NS    12.0f
#define INDEX_NS   60.0f /* a list that has an index of its own */
#define PATTERN_NS 40.0f
#define REGEX_NS   150.0f
#define NEVER      1e-3f /* the least that a share may be, so that costs still count */

/* What is expected of a subtree, and its children in order. */
struct estimate {
    float cost;
    float chance; /* that it holds */
    uint32_t leaves;
    uint32_t first; /* child, in kids */
    uint32_t count;
};

struct kid {
    uint32_t at; /* among the rule's expressions */
    float rank;  /* lowest first */
};

struct orderer {
    const struct cord_ruleset *ruleset;
    const struct cord_plan_learnt *learnt;
    const struct cord_expr *exprs; /* of the rule at hand */
    struct estimate *estimates;    /* by expression */
    struct kid *kids;
    uint32_t kid_count;
    struct cord_step *steps;
    uint32_t step_count;
};

static float cost_of(const struct cord_test *test)
{
    switch (test->kind) {
    case CORD_TEST_LITERALS:
        return test->literal_count < CORD_TEST_LITERALS_MANY || test->field == CORD_FIELD_ANY
                   ? CALL_NS + (float)test->cost
                   : INDEX_NS;
    case CORD_TEST_ATOM:
        return test->atom->kind == CORD_ATOM_REGEX     ? REGEX_NS
               : test->atom->kind == CORD_ATOM_PATTERN ? PATTERN_NS
                                                       : CALL_NS + (float)test->cost;
    case CORD_TEST_FIELD:
        return PATTERN_NS;
    case CORD_TEST_NULL:
    case CORD_TEST_EXISTS:
    case CORD_TEST_CONSTANT:
        break;
    }
    return CALL_NS;
}

/* Of what was never sampled, one in ten. */
static float share_of(const struct orderer *orderer, uint32_t test)
{
    float samples = (float)orderer->learnt->sampled[test];
    return ((float)orderer->learnt->fired[test] + 0.1f) / ((samples > 1 ? samples - 1 : 0) + 1);
}

static int compare_kids(const void *a, const void *b)
{
    const struct kid *left = a;
    const struct kid *right = b;
    if (left->rank < right->rank || left->rank > right->rank) {
        return left->rank < right->rank ? -1 : 1;
    }
    return left->at < right->at ? -1 : left->at > right->at;
}

static void estimate_leaf(struct orderer *orderer, uint32_t at)
{
    const struct cord_expr *expr = &orderer->exprs[at];
    float share = share_of(orderer, expr->test);
    orderer->estimates[at] = (struct estimate){
        .cost = cost_of(&orderer->ruleset->tests[expr->test]),
        .chance = expr->kind == CORD_EXPR_TEST ? share : 1 - share,
        .leaves = 1,
    };
}

/* Its children are known already. */
static void estimate_node(struct orderer *orderer, uint32_t at)
{
    const struct cord_expr *exprs = orderer->exprs;
    bool is_and = exprs[at].kind == CORD_EXPR_AND;
    struct estimate sum = {.first = orderer->kid_count};
    struct kid *kids = orderer->kids + sum.first;
    for (uint32_t child = at + 1; child < exprs[at].end; child = exprs[child].end) {
        const struct estimate *one = &orderer->estimates[child];
        float settles = is_and ? 1 - one->chance : one->chance;
        kids[sum.count++] = (struct kid){child, one->cost / (settles > NEVER ? settles : NEVER)};
        sum.leaves += one->leaves;
    }
    qsort(kids, sum.count, sizeof *kids, compare_kids);
    float goes_on = 1;
    for (uint32_t i = 0; i < sum.count; i++) {
        const struct estimate *one = &orderer->estimates[kids[i].at];
        sum.cost += goes_on * one->cost;
        goes_on *= is_and ? one->chance : 1 - one->chance;
    }
    sum.chance = is_and ? goes_on : 1 - goes_on;
    orderer->kid_count += sum.count;
    orderer->estimates[at] = sum;
}

/* As compile_tree.c does it. Recursion is bounded by the compiler's depth. */
static void emit(struct orderer *orderer, uint32_t at, uint32_t on_true, uint32_t on_false)
{
    const struct cord_expr *expr = &orderer->exprs[at];
    const struct estimate *node = &orderer->estimates[at];
    if (expr->kind == CORD_EXPR_TEST || expr->kind == CORD_EXPR_NOT_TEST) {
        bool negated = expr->kind == CORD_EXPR_NOT_TEST;
        orderer->steps[orderer->step_count++] = (struct cord_step){
            .test = expr->test & 0x7fffffffu,
            .negated = negated,
            .on_true = negated ? on_false : on_true,
            .on_false = negated ? on_true : on_false,
        };
        return;
    }
    bool is_and = expr->kind == CORD_EXPR_AND;
    uint32_t next = orderer->step_count;
    for (uint32_t i = 0; i < node->count; i++) {
        uint32_t child = orderer->kids[node->first + i].at;
        bool last = i + 1 == node->count;
        next += orderer->estimates[child].leaves;
        emit(orderer, child, is_and && !last ? next : on_true, !is_and && !last ? next : on_false);
    }
}

static bool is_known(const struct orderer *orderer)
{
    for (uint32_t at = 0; at < orderer->exprs[0].end; at++) {
        bool leaf = orderer->exprs[at].kind == CORD_EXPR_TEST ||
                    orderer->exprs[at].kind == CORD_EXPR_NOT_TEST;
        if (leaf && orderer->learnt->sampled[orderer->exprs[at].test] > 1) {
            return true;
        }
    }
    return false;
}

static cord_status order_rule(struct orderer *orderer, struct cord_arena *arena,
                              const struct cord_step **ret_steps)
{
    orderer->kid_count = 0;
    orderer->step_count = 0;
    for (uint32_t at = orderer->exprs[0].end; at-- > 0;) {
        bool leaf = orderer->exprs[at].kind == CORD_EXPR_TEST ||
                    orderer->exprs[at].kind == CORD_EXPR_NOT_TEST;
        if (leaf) {
            estimate_leaf(orderer, at);
        } else {
            estimate_node(orderer, at);
        }
    }
    orderer->steps = cord_arena_zalloc(arena, orderer->estimates[0].leaves, sizeof *orderer->steps);
    if (!orderer->steps) {
        return CORD_E_NOMEM;
    }
    emit(orderer, 0, CORD_STEP_MATCH, CORD_STEP_FAIL);
    *ret_steps = orderer->steps;
    return CORD_OK;
}

static cord_status order_all(struct orderer *orderer, struct cord_plan *plan)
{
    cord_status status = CORD_OK;
    for (size_t i = 0; i < plan->rule_count && status == CORD_OK; i++) {
        orderer->exprs = orderer->ruleset->rules[plan->rules[i]].exprs;
        if (is_known(orderer)) {
            status = order_rule(orderer, plan->arena, &plan->steps[i]);
        }
    }
    return status;
}

cord_status cord_plan_order(const struct cord_ruleset *ruleset,
                            const struct cord_plan_learnt *learnt, struct cord_plan *plan)
{
    size_t most = 1;
    plan->steps = cord_arena_alloc(plan->arena, (plan->rule_count + 1) * sizeof *plan->steps);
    if (!plan->steps) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < plan->rule_count; i++) {
        const struct cord_compiled *rule = &ruleset->rules[plan->rules[i]];
        plan->steps[i] = rule->steps;
        most = rule->exprs[0].end > most ? rule->exprs[0].end : most;
    }
    if (!learnt) {
        return CORD_OK;
    }
    struct orderer orderer = {.ruleset = ruleset, .learnt = learnt};
    orderer.estimates = calloc(most, sizeof *orderer.estimates);
    orderer.kids = calloc(most, sizeof *orderer.kids);
    cord_status status =
        orderer.estimates && orderer.kids ? order_all(&orderer, plan) : CORD_E_NOMEM;
    free(orderer.kids);
    free(orderer.estimates);
    return status;
}
