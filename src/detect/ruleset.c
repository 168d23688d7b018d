/* ruleset.c: see ruleset.h. */
#include <stdlib.h>

#include "detect/compile_internal.h"
#include "detect/plan_internal.h"
#include "detect/test_index_internal.h"

enum { FIRST_TEST_LITERALS = 64 };
#define ARENA_BYTES_MAX ((size_t)1 << 30)

static cord_status compile_rules(struct cord_compiler *compiler,
                                 const struct cord_rule *const *rules)
{
    struct cord_ruleset *ruleset = compiler->ruleset;
    for (size_t i = 0; i < ruleset->rule_count; i++) {
        const struct cord_rule *rule = rules[i];
        cord_status status = cord_compile_rule(compiler, rule, &ruleset->rules[i]);
        cord_arena_reset(compiler->scratch);
        if (status != CORD_OK) {
            cord_error_context(compiler->err, "%.*s:%u: rule %.*s", CORD_STR_ARG(rule->file),
                               rule->line, CORD_STR_ARG(rule->id));
            return status;
        }
    }
    return CORD_OK;
}

static cord_status compile_all(struct cord_ruleset *ruleset, const struct cord_rule *const *rules,
                               struct cord_error *err)
{
    struct cord_compiler compiler = {
        .ruleset = ruleset,
        .scratch = cord_arena_new(ARENA_BYTES_MAX),
        .keys = cord_arena_new(ARENA_BYTES_MAX),
        .err = err,
        .test_literal_cap = FIRST_TEST_LITERALS,
    };
    cord_map_init(&compiler.literal_map, ruleset->seed);
    cord_map_init(&compiler.test_map, ruleset->seed);
    cord_status status = CORD_E_NOMEM;
    if (compiler.scratch && compiler.keys) {
        status = compile_rules(&compiler, rules);
    }
    cord_map_done(&compiler.test_map);
    cord_map_done(&compiler.literal_map);
    cord_arena_free(compiler.keys);
    cord_arena_free(compiler.scratch);
    return status;
}

static cord_status prepare(struct cord_ruleset *ruleset, const struct cord_rule *const *rules,
                           struct cord_error *err)
{
    ruleset->arena = cord_arena_new(ARENA_BYTES_MAX);
    ruleset->rules = calloc(ruleset->rule_count + 1, sizeof *ruleset->rules);
    if (!ruleset->arena || !ruleset->rules || pthread_mutex_init(&ruleset->lock, NULL) != 0) {
        return CORD_E_NOMEM;
    }
    ruleset->lock_made = true;
    ruleset->test_literals = calloc(FIRST_TEST_LITERALS, sizeof *ruleset->test_literals);
    if (!ruleset->test_literals) {
        return CORD_E_NOMEM;
    }
    cord_status status = compile_all(ruleset, rules, err);
    if (status == CORD_OK) {
        ruleset->test_indexes =
            calloc((size_t)ruleset->test_count + 1, sizeof *ruleset->test_indexes);
        ruleset->test_fields = calloc(ruleset->field_count, sizeof *ruleset->test_fields);
        status = ruleset->test_indexes && ruleset->test_fields ? CORD_OK : CORD_E_NOMEM;
    }
    return status;
}

static void ruleset_free(struct cord_ruleset *ruleset)
{
    cord_plan_forget_all(ruleset);
    for (uint32_t i = 0; ruleset->test_indexes && i < ruleset->test_count; i++) {
        cord_test_index_free(ruleset->test_indexes[i]);
    }
    free(ruleset->test_indexes);
    for (uint32_t i = 0; ruleset->test_fields && i < ruleset->field_count; i++) {
        cord_test_field_free(ruleset->test_fields[i]);
    }
    free(ruleset->test_fields);
    for (uint32_t i = 0; i < ruleset->test_count; i++) {
        cord_regex_free(ruleset->tests[i].regex);
    }
    if (ruleset->lock_made) {
        (void)pthread_mutex_destroy(&ruleset->lock);
    }
    free(ruleset->tests);
    free(ruleset->test_literals);
    free(ruleset->literals);
    cord_map_done(&ruleset->fields);
    free(ruleset->rules);
    cord_arena_free(ruleset->arena);
    free(ruleset);
}

cord_status cord_ruleset_compile_rules(const struct cord_rule *const *rules, size_t count,
                                       const struct cord_ruleset_options *options,
                                       struct cord_ruleset **ret_ruleset, struct cord_error *err)
{
    struct cord_ruleset *ruleset = calloc(1, sizeof *ruleset);
    if (!ruleset) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    ruleset->references = 1;
    ruleset->rule_count = count;
    ruleset->ignore_logsource = options && options->ignore_logsource;
    ruleset->seed = options ? options->seed : 0;
    ruleset->eager = options && options->eager;
    ruleset->level = options && options->level_chosen ? cord_cpu_level_at_most(options->level)
                                                      : cord_cpu_level_detect();
    ruleset->field_count = CORD_FIELD_ANY + 1;
    cord_map_init(&ruleset->fields, ruleset->seed);
    cord_status status = prepare(ruleset, rules, err);
    if (status != CORD_OK) {
        if (status == CORD_E_NOMEM) {
            (void)cord_error_set(err, status, "out of memory");
        }
        ruleset_free(ruleset);
        return status;
    }
    *ret_ruleset = ruleset;
    return CORD_OK;
}

struct cord_ruleset *cord_ruleset_ref(struct cord_ruleset *ruleset)
{
    (void)__atomic_add_fetch(&ruleset->references, 1, __ATOMIC_RELAXED);
    return ruleset;
}

void cord_ruleset_unref(struct cord_ruleset *ruleset)
{
    if (ruleset && __atomic_sub_fetch(&ruleset->references, 1, __ATOMIC_ACQ_REL) == 0) {
        ruleset_free(ruleset);
    }
}

size_t cord_ruleset_rule_count(const struct cord_ruleset *ruleset)
{
    return ruleset->rule_count;
}
