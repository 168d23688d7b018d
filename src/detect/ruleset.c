/* ruleset.c: see ruleset.h. */
#include <stdlib.h>

#include "base/buf.h"
#include "detect/compile_internal.h"
#include "detect/index_pool.h"
#include "detect/plan_internal.h"
#include "detect/test_index_internal.h"

enum { FIRST_TEST_LITERALS = 64, SOURCE_BYTES_MAX = 64 << 10 };
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
            cord_error_context(compiler->err, "%.*s:%u: rule %.*s", CORD_STR_ARG(rule->about.file),
                               rule->about.line, CORD_STR_ARG(rule->about.id));
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
        .odds = malloc(sizeof *compiler.odds),
        .err = err,
        .test_literal_cap = FIRST_TEST_LITERALS,
    };
    cord_map_init(&compiler.literal_map, ruleset->seed);
    cord_map_init(&compiler.test_map, ruleset->seed);
    cord_status status = CORD_E_NOMEM;
    if (compiler.scratch && compiler.keys && compiler.odds) {
        cord_literal_odds_typical(compiler.odds);
        status = compile_rules(&compiler, rules);
    }
    cord_map_done(&compiler.test_map);
    cord_map_done(&compiler.literal_map);
    free(compiler.odds);
    cord_arena_free(compiler.keys);
    cord_arena_free(compiler.scratch);
    return status;
}

/* Rules of one log source get one number for it. */
static cord_status number_sources(struct cord_ruleset *ruleset)
{
    struct cord_map numbers;
    struct cord_buf key;
    cord_map_init(&numbers, ruleset->seed);
    cord_buf_init(&key, SOURCE_BYTES_MAX);
    ruleset->sources = cord_arena_alloc(ruleset->arena, (ruleset->rule_count + 1) * sizeof(void *));
    cord_status status = ruleset->sources ? CORD_OK : CORD_E_NOMEM;
    for (size_t i = 0; i < ruleset->rule_count && status == CORD_OK; i++) {
        const struct cord_logsource *source = &ruleset->rules[i].rule->logsource;
        cord_buf_clear(&key);
        cord_buf_printf(&key, "%zu:%zu:%.*s%.*s%.*s", source->product.len, source->category.len,
                        CORD_STR_ARG(source->product), CORD_STR_ARG(source->category),
                        CORD_STR_ARG(source->service));
        uint32_t number = key.failed ? CORD_MAP_NONE : cord_map_get(&numbers, cord_buf_str(&key));
        if (number == CORD_MAP_NONE) {
            cord_str kept = cord_arena_copy(ruleset->arena, cord_buf_str(&key));
            number = ruleset->source_count++;
            ruleset->sources[number] = source;
            status = !kept.ptr ? CORD_E_NOMEM : cord_map_put(&numbers, kept, number);
        }
        ruleset->rules[i].source = number;
    }
    cord_buf_done(&key);
    cord_map_done(&numbers);
    return status;
}

/* The LITERALS tests by field. */
static cord_status sort_tests(struct cord_ruleset *ruleset)
{
    uint32_t *first =
        cord_arena_zalloc(ruleset->arena, (size_t)ruleset->field_count + 2, sizeof *first);
    uint32_t *tests =
        cord_arena_alloc(ruleset->arena, ((size_t)ruleset->test_count + 1) * sizeof *tests);
    if (!first || !tests) {
        return CORD_E_NOMEM;
    }
    /* Counted two places on, so that filling in leaves each begin in its place. */
    for (uint32_t i = 0; i < ruleset->test_count; i++) {
        first[ruleset->tests[i].field + 2] += ruleset->tests[i].kind == CORD_TEST_LITERALS;
    }
    for (uint32_t field = 2; field <= ruleset->field_count + 1; field++) {
        first[field] += first[field - 1];
    }
    for (uint32_t i = 0; i < ruleset->test_count; i++) {
        if (ruleset->tests[i].kind == CORD_TEST_LITERALS) {
            tests[first[ruleset->tests[i].field + 1]++] = i;
        }
    }
    ruleset->field_test_first = first;
    ruleset->field_tests = tests;
    return CORD_OK;
}

static struct cord_probe probe_of(const struct cord_literal *literal)
{
    size_t bytes = literal->len < sizeof(uint64_t) ? literal->len : sizeof(uint64_t);
    bool at_end = literal->kind == CORD_LITERAL_ENDS;
    uint64_t edge = 0;
    memcpy(&edge, literal->ptr + (at_end ? literal->len - bytes : 0), bytes);
    uint8_t shift = (uint8_t)(64 - 8 * bytes);
    return (struct cord_probe){
        .edge = at_end ? edge : edge << shift,
        .ptr = literal->ptr,
        .len = literal->len,
        .rare = {literal->rare[0], literal->rare[1]},
        .kind = literal->kind,
        .shift = shift,
    };
}

static cord_status make_probes(struct cord_ruleset *ruleset)
{
    ruleset->probes = cord_arena_alloc(ruleset->arena,
                                       (ruleset->test_literal_count + 1) * sizeof *ruleset->probes);
    for (size_t i = 0; ruleset->probes && i < ruleset->test_literal_count; i++) {
        ruleset->probes[i] = probe_of(&ruleset->literals[ruleset->test_literals[i]]);
    }
    return ruleset->probes ? CORD_OK : CORD_E_NOMEM;
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
        status = number_sources(ruleset);
    }
    if (status == CORD_OK) {
        status = sort_tests(ruleset);
    }
    if (status == CORD_OK) {
        status = make_probes(ruleset);
    }
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
    cord_index_pool_free(ruleset->index_pool);
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
