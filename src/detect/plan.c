/* plan.c: see plan_internal.h. */
#include "detect/plan_internal.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/vec.h"

#define PLAN_BYTES_MAX ((size_t)256 << 20)
enum { PLANS_MAX = 1024, KEY_BYTES_MAX = 64 << 10 };

static void key_word(struct cord_buf *key, cord_str word)
{
    cord_buf_printf(key, "%zu:", word.len);
    if (word.len > 0) {
        cord_buf_put(key, word);
    }
}

/* The tests that the constant makes true; all others of its field are false. */
static void key_constant(const struct cord_ruleset *ruleset,
                         const struct cord_plan_constant *constant, struct cord_buf *key)
{
    const uint32_t *first = ruleset->field_test_first + constant->field;
    cord_buf_printf(key, "/%u=", constant->field);
    for (uint32_t at = first[0]; at < first[1]; at++) {
        uint32_t test = ruleset->field_tests[at];
        if (cord_plan_constant_holds(ruleset, &ruleset->tests[test], constant->text)) {
            cord_buf_printf(key, "%u,", test);
        }
    }
}

/* Classes with the same words, and constants that mean the same to the rules,
 * share a plan. */
static void make_key(const struct cord_ruleset *ruleset, const struct cord_plan_request *request,
                     struct cord_buf *key)
{
    const struct cord_event_class *event_class = request->event_class;
    if (!ruleset->ignore_logsource) {
        key_word(key, event_class->product);
        for (size_t i = 0; i < event_class->category_count; i++) {
            key_word(key, event_class->categories[i]);
        }
        cord_buf_put_text(key, "/");
        for (size_t i = 0; i < event_class->service_count; i++) {
            key_word(key, event_class->services[i]);
        }
    }
    for (size_t i = 0; i < request->constant_count; i++) {
        key_constant(ruleset, &request->constants[i], key);
    }
}

static uint32_t *keep(struct cord_plan *plan, const uint32_t *numbers, size_t count)
{
    uint32_t *kept = cord_arena_alloc(plan->arena, (count + 1) * sizeof *kept);
    if (kept && count > 0) {
        memcpy(kept, numbers, count * sizeof *kept);
    }
    return kept;
}

static cord_status fill(struct cord_ruleset *ruleset, const struct cord_plan_request *request,
                        struct cord_plan *plan)
{
    struct cord_plan_pairs pairs = {0};
    uint32_t *rules = calloc(ruleset->rule_count + 1, sizeof *rules);
    uint32_t *always = calloc(ruleset->rule_count + 1, sizeof *always);
    plan->field_used = cord_arena_zalloc(plan->arena, ruleset->field_count, 1);
    cord_status status = CORD_E_NOMEM;
    if (rules && always && plan->field_used) {
        plan->rules = rules;
        plan->always = always;
        status = cord_plan_choose(ruleset, request, plan, &pairs);
        plan->rules = keep(plan, rules, plan->rule_count);
        plan->always = keep(plan, always, plan->always_count);
    }
    if (status == CORD_OK) {
        status =
            plan->rules && plan->always ? cord_plan_index(ruleset, plan, &pairs) : CORD_E_NOMEM;
    }
    if (status == CORD_OK) {
        status = cord_plan_order(ruleset, request->learnt, plan);
    }
    for (size_t i = 0; i < request->constant_count && status == CORD_OK; i++) {
        plan->field_used[request->constants[i].field] = 1; /* to see that it is what it should be */
    }
    free(always);
    free(rules);
    free(pairs.items);
    return status;
}

static cord_status plan_new(struct cord_ruleset *ruleset, const struct cord_plan_request *request,
                            cord_str key, struct cord_plan **ret_plan)
{
    cord_status status = CORD_E_NOMEM;
    struct cord_plan *plan = calloc(1, sizeof *plan);
    if (!plan) {
        return status;
    }
    plan->references = 1;
    plan->generation = request->learnt ? request->learnt->generation : 0;
    plan->arena = cord_arena_new(PLAN_BYTES_MAX);
    if (plan->arena) {
        plan->key = cord_arena_copy(plan->arena, key);
        status = plan->key.ptr ? fill(ruleset, request, plan) : CORD_E_NOMEM;
    }
    if (status != CORD_OK) {
        cord_plan_unref(plan);
        return status;
    }
    *ret_plan = plan;
    return CORD_OK;
}

static struct cord_plan *plan_ref(struct cord_plan *plan)
{
    (void)__atomic_add_fetch(&plan->references, 1, __ATOMIC_RELAXED);
    return plan;
}

void cord_plan_unref(struct cord_plan *plan)
{
    if (plan && __atomic_sub_fetch(&plan->references, 1, __ATOMIC_ACQ_REL) == 0) {
        for (uint32_t i = 0; i < plan->field_count; i++) {
            cord_index_pool_put(plan->fields[i].shared);
        }
        cord_arena_free(plan->arena);
        free(plan);
    }
}

void cord_plan_forget_all(struct cord_ruleset *ruleset)
{
    for (size_t i = 0; i < ruleset->plan_count; i++) {
        cord_plan_unref(ruleset->plans[i]);
    }
    ruleset->plan_count = 0;
    free(ruleset->plans);
    ruleset->plans = NULL;
    ruleset->plan_cap = 0;
}

static cord_status find_or_make(struct cord_ruleset *ruleset,
                                const struct cord_plan_request *request, cord_str key,
                                struct cord_plan **ret_plan)
{
    uint32_t generation = request->learnt ? request->learnt->generation : 0;
    struct cord_plan **older = NULL;
    for (size_t i = 0; i < ruleset->plan_count; i++) {
        if (!cord_str_eq(ruleset->plans[i]->key, key)) {
            continue;
        }
        if (ruleset->plans[i]->generation >= generation) {
            *ret_plan = plan_ref(ruleset->plans[i]);
            return CORD_OK;
        }
        older = &ruleset->plans[i];
    }
    struct cord_plan *plan;
    if (older) { /* whoever uses the older one keeps it until it looks again */
        cord_status status = plan_new(ruleset, request, key, &plan);
        if (status == CORD_OK) {
            cord_plan_unref(*older);
            *older = plan;
            *ret_plan = plan_ref(plan);
        }
        return status;
    }
    if (ruleset->plan_count == PLANS_MAX) { /* whoever uses one keeps it */
        cord_plan_forget_all(ruleset);
    }
    struct cord_plan **grown =
        cord_vec_room(ruleset->plans, ruleset->plan_count, &ruleset->plan_cap, sizeof(void *));
    if (!grown) {
        return CORD_E_NOMEM;
    }
    ruleset->plans = grown;
    cord_status status = plan_new(ruleset, request, key, &plan);
    if (status == CORD_OK) {
        ruleset->plans[ruleset->plan_count++] = plan;
        *ret_plan = plan_ref(plan);
    }
    return status;
}

cord_status cord_plan_get(struct cord_ruleset *ruleset, const struct cord_plan_request *request,
                          struct cord_plan **ret_plan)
{
    struct cord_buf key;
    cord_buf_init(&key, KEY_BYTES_MAX);
    make_key(ruleset, request, &key);
    cord_status status = CORD_E_NOMEM;
    if (!key.failed) {
        (void)pthread_mutex_lock(&ruleset->lock);
        status = find_or_make(ruleset, request, cord_buf_str(&key), ret_plan);
        (void)pthread_mutex_unlock(&ruleset->lock);
    }
    cord_buf_done(&key);
    return status;
}
