/*
 * correlation_resolve.c: references of correlations to rules and to each other.
 *
 * Ids are looked up without regard to case, as UUIDs are, then names as they
 * are written. A text that two documents carry is ambiguous, and refused only
 * where it is referred to.
 */
#include "detect/correlation.h"

#include "base/map.h"

#include <stdlib.h>

#define AMBIGUOUS (CORD_MAP_NONE - 1)

enum state {
    STATE_WAITING, /* stands on a correlation that is not ready */
    STATE_READY,
    STATE_REFUSED,
};

struct resolver {
    struct cord_correlation *const *correlations;
    size_t count;
    struct cord_rule *const *rules;
    size_t rule_count;
    struct cord_arena *arena;
    struct cord_map ids;   /* folded id to rule, or rule_count + correlation */
    struct cord_map names; /* name to the same */
    enum state *states;
    unsigned *depths; /* correlations down to the rules, this one counted */
};

static cord_status refuse(struct resolver *resolver, size_t at, uint32_t line, const char *why,
                          cord_str about)
{
    int len = about.len < 120 ? (int)about.len : 120;
    struct cord_correlation *correlation = resolver->correlations[at];
    cord_str reason =
        cord_arena_printf(resolver->arena, "line %u: \"%.*s\" %s", line, len, about.ptr, why);
    if (!reason.ptr) {
        return cord_arena_failure(resolver->arena);
    }
    correlation->refusal = reason;
    correlation->refusal_line = line;
    resolver->states[at] = STATE_REFUSED;
    return CORD_OK;
}

/* Warnings add up; the first is kept in front. */
static cord_status warn(struct resolver *resolver, struct cord_correlation *correlation,
                        const char *why, cord_str about)
{
    int len = about.len < 120 ? (int)about.len : 120;
    cord_str before = correlation->warning;
    cord_str text = cord_arena_printf(resolver->arena, "%.*s%s\"%.*s\" %s", CORD_STR_ARG(before),
                                      before.len > 0 ? "; " : "", len, about.ptr, why);
    if (!text.ptr) {
        return cord_arena_failure(resolver->arena);
    }
    correlation->warning = text;
    return CORD_OK;
}

static cord_status enter(struct cord_map *map, cord_str key, uint32_t number)
{
    if (key.len == 0) {
        return CORD_OK;
    }
    bool taken = cord_map_get(map, key) != CORD_MAP_NONE;
    return cord_map_put(map, key, taken ? AMBIGUOUS : number);
}

static cord_status folded(struct resolver *resolver, cord_str text, cord_str *ret_folded)
{
    char *copy = cord_arena_bytes(resolver->arena, text.len > 0 ? text.len : 1);
    if (!copy) {
        return cord_arena_failure(resolver->arena);
    }
    for (size_t i = 0; i < text.len; i++) {
        copy[i] = cord_str_lower_char(text.ptr[i]);
    }
    *ret_folded = (cord_str){copy, text.len};
    return CORD_OK;
}

static cord_status enter_one(struct resolver *resolver, cord_str id, cord_str name, size_t number)
{
    cord_str key = {0};
    cord_status status = folded(resolver, id, &key);
    if (status == CORD_OK) {
        status = enter(&resolver->ids, key, (uint32_t)number);
    }
    return status == CORD_OK ? enter(&resolver->names, name, (uint32_t)number) : status;
}

static cord_status enter_all(struct resolver *resolver)
{
    cord_status status = CORD_OK;
    for (size_t i = 0; i < resolver->rule_count && status == CORD_OK; i++) {
        status =
            enter_one(resolver, resolver->rules[i]->about.id, resolver->rules[i]->about.name, i);
    }
    for (size_t i = 0; i < resolver->count && status == CORD_OK; i++) {
        status = enter_one(resolver, resolver->correlations[i]->about.id,
                           resolver->correlations[i]->about.name, resolver->rule_count + i);
    }
    return status;
}

static cord_status look_up(struct resolver *resolver, cord_str reference, uint32_t *ret_number)
{
    cord_str key = {0};
    cord_status status = folded(resolver, reference, &key);
    if (status == CORD_OK) {
        uint32_t number = cord_map_get(&resolver->ids, key);
        *ret_number = number != CORD_MAP_NONE ? number : cord_map_get(&resolver->names, reference);
    }
    return status;
}

static cord_status tie_step(struct resolver *resolver, size_t at, size_t step_at)
{
    struct cord_correlation *correlation = resolver->correlations[at];
    struct cord_correlation_step *step = &correlation->steps[step_at];
    uint32_t number = CORD_MAP_NONE;
    cord_status status = look_up(resolver, step->reference, &number);
    if (status != CORD_OK) {
        return status;
    }
    if (number == CORD_MAP_NONE) {
        return refuse(resolver, at, step->line,
                      "is the id or name of no rule that was taken: add the rule, or see why it "
                      "was refused",
                      step->reference);
    }
    if (number == AMBIGUOUS) {
        return refuse(resolver, at, step->line,
                      "is the id or name of more than one rule: ids and names are unique",
                      step->reference);
    }
    step->rule = number < resolver->rule_count ? resolver->rules[number] : NULL;
    step->target = step->rule ? number : number - (uint32_t)resolver->rule_count;
    step->correlation = step->rule ? NULL : resolver->correlations[step->target];
    for (size_t i = 0; i < step_at; i++) {
        if (correlation->steps[i].rule == step->rule &&
            correlation->steps[i].correlation == step->correlation) {
            return refuse(resolver, at, step->line, "is a rule that is listed above already",
                          step->reference);
        }
    }
    return CORD_OK;
}

/* The step that an alias is for: by the same text, or by the rule's other name. */
static struct cord_correlation_step *alias_step(struct cord_correlation *correlation,
                                                const struct cord_correlation_alias *alias)
{
    for (size_t i = 0; i < correlation->step_count; i++) {
        struct cord_correlation_step *step = &correlation->steps[i];
        cord_str id = step->rule ? step->rule->about.id : step->correlation->about.id;
        cord_str name = step->rule ? step->rule->about.name : step->correlation->about.name;
        if (cord_str_eq(alias->reference, step->reference) || cord_str_eq(alias->reference, name) ||
            cord_str_eq_fold(alias->reference, id)) {
            return step;
        }
    }
    return NULL;
}

/* What the correlation's field is called in the events of the step. */
static cord_str field_in(struct cord_correlation *correlation,
                         const struct cord_correlation_step *step, cord_str field,
                         bool *ret_aliased)
{
    for (size_t i = 0; i < correlation->alias_count; i++) {
        const struct cord_correlation_alias *alias = &correlation->aliases[i];
        if (cord_str_eq(alias->name, field)) {
            *ret_aliased = true;
            if (alias_step(correlation, alias) == step) {
                return alias->field;
            }
        }
    }
    return field;
}

static cord_status name_fields(struct resolver *resolver, struct cord_correlation *correlation,
                               const struct cord_correlation_step *step, const cord_str *fields,
                               size_t count, const cord_str **ret_names)
{
    cord_str *names = cord_arena_zalloc(resolver->arena, count > 0 ? count : 1, sizeof *names);
    cord_status status = CORD_OK;
    if (!names) {
        return cord_arena_failure(resolver->arena);
    }
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        bool aliased = false;
        names[i] = field_in(correlation, step, fields[i], &aliased);
        if (aliased && cord_str_eq(names[i], fields[i])) {
            status = warn(resolver, correlation,
                          "is a rule for which an alias has no field: the alias is taken as the "
                          "field's name",
                          step->reference);
        }
    }
    *ret_names = names;
    return status;
}

static cord_status tie_aliases(struct resolver *resolver, size_t at)
{
    struct cord_correlation *correlation = resolver->correlations[at];
    for (size_t i = 0; i < correlation->alias_count; i++) {
        if (!alias_step(correlation, &correlation->aliases[i])) {
            return refuse(resolver, at, correlation->aliases[i].line,
                          "has an alias but is not listed in rules",
                          correlation->aliases[i].reference);
        }
    }
    for (size_t i = 0; i < correlation->step_count; i++) {
        struct cord_correlation_step *step = &correlation->steps[i];
        cord_status status = name_fields(resolver, correlation, step, correlation->group_by,
                                         correlation->group_count, &step->group_fields);
        if (status == CORD_OK) {
            status = name_fields(resolver, correlation, step, correlation->fields,
                                 correlation->field_count, &step->value_fields);
        }
        if (status != CORD_OK) {
            return status;
        }
    }
    return CORD_OK;
}

static cord_status tie(struct resolver *resolver, size_t at)
{
    struct cord_correlation *correlation = resolver->correlations[at];
    cord_status status = CORD_OK;
    for (size_t i = 0;
         i < correlation->step_count && status == CORD_OK && resolver->states[at] != STATE_REFUSED;
         i++) {
        status = tie_step(resolver, at, i);
    }
    if (status == CORD_OK && resolver->states[at] != STATE_REFUSED) {
        status = tie_aliases(resolver, at);
    }
    return status;
}

/* Looks at one that waits: all its steps ready, one refused, or neither. */
static cord_status settle(struct resolver *resolver, size_t at, bool *ret_changed)
{
    struct cord_correlation *correlation = resolver->correlations[at];
    unsigned depth = 0;
    for (size_t i = 0; i < correlation->step_count; i++) {
        const struct cord_correlation_step *step = &correlation->steps[i];
        if (!step->correlation) {
            continue;
        }
        size_t child = step->target;
        if (resolver->states[child] == STATE_WAITING) {
            return CORD_OK;
        }
        *ret_changed = resolver->states[child] == STATE_REFUSED || *ret_changed;
        if (resolver->states[child] == STATE_REFUSED) {
            return refuse(resolver, at, step->line, "is a correlation that was refused",
                          step->reference);
        }
        depth = resolver->depths[child] > depth ? resolver->depths[child] : depth;
    }
    *ret_changed = true;
    resolver->depths[at] = depth + 1;
    resolver->states[at] = STATE_READY;
    if (depth + 1 > CORD_CORRELATION_CHAIN_MAX) {
        return refuse(resolver, at, correlation->about.line,
                      "stands on a chain of more than 16 correlations", correlation->about.title);
    }
    return CORD_OK;
}

static cord_status settle_all(struct resolver *resolver)
{
    cord_status status = CORD_OK;
    for (bool changed = true; changed && status == CORD_OK;) {
        changed = false;
        for (size_t i = 0; i < resolver->count && status == CORD_OK; i++) {
            if (resolver->states[i] == STATE_WAITING) {
                status = settle(resolver, i, &changed);
            }
        }
    }
    for (size_t i = 0; i < resolver->count && status == CORD_OK; i++) {
        if (resolver->states[i] == STATE_WAITING) {
            status = refuse(resolver, i, resolver->correlations[i]->about.line,
                            "stands on itself, or on a correlation that does",
                            resolver->correlations[i]->about.title);
        }
    }
    return status;
}

/* A step is silent unless one of those that refer to it generates. */
static void mark_silent(struct resolver *resolver, bool generate)
{
    for (size_t i = 0; i < resolver->count; i++) {
        struct cord_correlation *correlation = resolver->correlations[i];
        if (resolver->states[i] != STATE_READY || correlation->generate != generate) {
            continue;
        }
        for (size_t s = 0; s < correlation->step_count; s++) {
            const struct cord_correlation_step *step = &correlation->steps[s];
            if (step->correlation) {
                resolver->correlations[step->target]->silent = !generate;
            } else {
                resolver->rules[step->target]->silent = !generate;
            }
        }
    }
}

static cord_status resolve(struct resolver *resolver)
{
    cord_status status = enter_all(resolver);
    for (size_t i = 0; i < resolver->count && status == CORD_OK; i++) {
        status = tie(resolver, i);
    }
    if (status == CORD_OK) {
        status = settle_all(resolver);
    }
    if (status == CORD_OK) {
        mark_silent(resolver, false);
        mark_silent(resolver, true);
        uint32_t number = 0;
        for (size_t i = 0; i < resolver->count; i++) {
            if (resolver->states[i] == STATE_READY) {
                resolver->correlations[i]->number = number++;
            }
        }
    }
    return status;
}

cord_status cord_correlation_resolve(struct cord_correlation *const *correlations, size_t count,
                                     struct cord_rule *const *rules, size_t rule_count,
                                     struct cord_arena *arena, struct cord_error *err)
{
    struct resolver resolver = {
        .correlations = correlations,
        .count = count,
        .rules = rules,
        .rule_count = rule_count,
        .arena = arena,
    };
    cord_status status = CORD_E_NOMEM;
    if (count == 0) {
        return CORD_OK;
    }
    if (count >= AMBIGUOUS || rule_count >= AMBIGUOUS - count) {
        return cord_error_set(err, CORD_E_LIMIT, "too many rules");
    }
    cord_map_init(&resolver.ids, 0);
    cord_map_init(&resolver.names, 0);
    resolver.states = calloc(count, sizeof *resolver.states);
    resolver.depths = calloc(count, sizeof *resolver.depths);
    if (resolver.states && resolver.depths) {
        status = resolve(&resolver);
    }
    if (status != CORD_OK) {
        (void)cord_error_set(err, status, "no memory to resolve the correlations");
    }
    free(resolver.depths);
    free(resolver.states);
    cord_map_done(&resolver.names);
    cord_map_done(&resolver.ids);
    return status;
}
