/* plan.c: see plan_internal.h. */
#include "detect/plan_internal.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/vec.h"

#define PLAN_BYTES_MAX ((size_t)256 << 20)
enum { PLANS_MAX = 1024, KEY_BYTES_MAX = 64 << 10 };

static bool has_word(const cord_str *words, size_t count, cord_str wanted)
{
    for (size_t i = 0; i < count; i++) {
        if (cord_str_eq_fold(words[i], wanted)) {
            return true;
        }
    }
    return wanted.len == 0;
}

static bool applies(const struct cord_ruleset *ruleset, const struct cord_rule *rule,
                    const struct cord_event_class *event_class)
{
    const struct cord_logsource *source = &rule->logsource;
    return ruleset->ignore_logsource ||
           (has_word(&event_class->product, 1, source->product) &&
            has_word(event_class->categories, event_class->category_count, source->category) &&
            has_word(event_class->services, event_class->service_count, source->service));
}

static void key_word(struct cord_buf *key, cord_str word)
{
    cord_buf_printf(key, "%zu:", word.len);
    if (word.len > 0) {
        cord_buf_put(key, word);
    }
}

/* Classes with the same words share a plan. */
static void make_key(const struct cord_ruleset *ruleset, const struct cord_event_class *event_class,
                     struct cord_buf *key)
{
    if (ruleset->ignore_logsource) {
        cord_buf_put_text(key, "*");
        return;
    }
    key_word(key, event_class->product);
    for (size_t i = 0; i < event_class->category_count; i++) {
        key_word(key, event_class->categories[i]);
    }
    cord_buf_put_text(key, "/");
    for (size_t i = 0; i < event_class->service_count; i++) {
        key_word(key, event_class->services[i]);
    }
}

static void use_fields(const struct cord_ruleset *ruleset, struct cord_plan *plan)
{
    for (size_t i = 0; i < plan->rule_count; i++) {
        const struct cord_compiled *compiled = &ruleset->rules[plan->rules[i]];
        for (uint32_t at = 0; at < compiled->exprs[0].end; at++) {
            if (compiled->exprs[at].kind == CORD_EXPR_TEST ||
                compiled->exprs[at].kind == CORD_EXPR_NOT_TEST) {
                const struct cord_test *test = &ruleset->tests[compiled->exprs[at].test];
                plan->field_used[test->field] = 1;
                if (test->kind == CORD_TEST_FIELD) {
                    plan->field_used[test->other] = 1;
                }
            }
        }
    }
}

static cord_status fill(const struct cord_ruleset *ruleset,
                        const struct cord_event_class *event_class, struct cord_plan *plan)
{
    plan->rules = cord_arena_zalloc(plan->arena, ruleset->rule_count + 1, sizeof *plan->rules);
    plan->field_used = cord_arena_zalloc(plan->arena, ruleset->field_count, 1);
    if (!plan->rules || !plan->field_used) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < ruleset->rule_count; i++) {
        if (applies(ruleset, ruleset->rules[i].rule, event_class)) {
            plan->rules[plan->rule_count++] = (uint32_t)i;
        }
    }
    use_fields(ruleset, plan);
    return CORD_OK;
}

static cord_status plan_new(const struct cord_ruleset *ruleset,
                            const struct cord_event_class *event_class, cord_str key,
                            struct cord_plan **ret_plan)
{
    cord_status status = CORD_E_NOMEM;
    struct cord_plan *plan = calloc(1, sizeof *plan);
    if (!plan) {
        return status;
    }
    plan->references = 1;
    plan->arena = cord_arena_new(PLAN_BYTES_MAX);
    if (plan->arena) {
        plan->key = cord_arena_copy(plan->arena, key);
        status = plan->key.ptr ? fill(ruleset, event_class, plan) : CORD_E_NOMEM;
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
                                const struct cord_event_class *event_class, cord_str key,
                                struct cord_plan **ret_plan)
{
    for (size_t i = 0; i < ruleset->plan_count; i++) {
        if (cord_str_eq(ruleset->plans[i]->key, key)) {
            *ret_plan = plan_ref(ruleset->plans[i]);
            return CORD_OK;
        }
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
    struct cord_plan *plan;
    cord_status status = plan_new(ruleset, event_class, key, &plan);
    if (status == CORD_OK) {
        ruleset->plans[ruleset->plan_count++] = plan;
        *ret_plan = plan_ref(plan);
    }
    return status;
}

cord_status cord_plan_get(struct cord_ruleset *ruleset, const struct cord_event_class *event_class,
                          struct cord_plan **ret_plan)
{
    struct cord_buf key;
    cord_buf_init(&key, KEY_BYTES_MAX);
    make_key(ruleset, event_class, &key);
    cord_status status = CORD_E_NOMEM;
    if (!key.failed) {
        (void)pthread_mutex_lock(&ruleset->lock);
        status = find_or_make(ruleset, event_class, cord_buf_str(&key), ret_plan);
        (void)pthread_mutex_unlock(&ruleset->lock);
    }
    cord_buf_done(&key);
    return status;
}
