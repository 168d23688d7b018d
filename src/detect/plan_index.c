/* plan_index.c: triggers by field, from the pairs of rule and test. */
#include <stdlib.h>

#include "base/vec.h"
#include "detect/plan_internal.h"

#define NO_LITERAL UINT32_MAX /* any value of the field will do */

/* One thing to look for. */
struct wanted {
    uint32_t field;
    uint32_t literal;
    uint32_t trigger;
};

struct wanted_list {
    struct wanted *items;
    size_t count;
    size_t cap;
};

static int compare_pairs(const void *a, const void *b)
{
    const struct cord_plan_pair *left = a;
    const struct cord_plan_pair *right = b;
    if (left->test != right->test) {
        return left->test < right->test ? -1 : 1;
    }
    return left->rule < right->rule ? -1 : left->rule > right->rule;
}

static int compare_wanted(const void *a, const void *b)
{
    const struct wanted *left = a;
    const struct wanted *right = b;
    if (left->field != right->field) {
        return left->field < right->field ? -1 : 1;
    }
    if (left->literal != right->literal) {
        return left->literal < right->literal ? -1 : 1;
    }
    return left->trigger < right->trigger ? -1 : left->trigger > right->trigger;
}

/* Pairs of one test become a trigger with its rules, each once. */
static cord_status make_triggers(const struct cord_ruleset *ruleset, struct cord_plan *plan,
                                 struct cord_plan_pairs *pairs)
{
    if (pairs->count > 0) {
        qsort(pairs->items, pairs->count, sizeof *pairs->items, compare_pairs);
    }
    plan->triggers = cord_arena_alloc(plan->arena, (pairs->count + 1) * sizeof *plan->triggers);
    plan->trigger_rules = cord_arena_alloc(plan->arena, (pairs->count + 1) * sizeof(uint32_t));
    if (!plan->triggers || !plan->trigger_rules) {
        return CORD_E_NOMEM;
    }
    uint32_t rules = 0;
    for (size_t i = 0; i < pairs->count; i++) {
        const struct cord_plan_pair *pair = &pairs->items[i];
        bool new_test = i == 0 || pair->test != pair[-1].test;
        if (new_test) {
            const struct cord_test *test = &ruleset->tests[pair->test];
            plan->triggers[plan->trigger_count++] = (struct cord_plan_trigger){
                .test = pair->test,
                .rule_first = rules,
                .sure = test->kind == CORD_TEST_LITERALS && test->field != CORD_FIELD_ANY,
            };
        }
        if (new_test || pair->rule != pair[-1].rule) {
            plan->trigger_rules[rules++] = pair->rule;
            plan->triggers[plan->trigger_count - 1].rule_count++;
        }
    }
    return CORD_OK;
}

static cord_status want(struct wanted_list *list, uint32_t field, uint32_t literal,
                        uint32_t trigger)
{
    struct wanted *grown = cord_vec_room(list->items, list->count, &list->cap, sizeof *grown);
    if (!grown) {
        return CORD_E_NOMEM;
    }
    list->items = grown;
    list->items[list->count++] = (struct wanted){field, literal, trigger};
    return CORD_OK;
}

static cord_status list_wanted(const struct cord_ruleset *ruleset, const struct cord_plan *plan,
                               struct wanted_list *list)
{
    for (uint32_t i = 0; i < plan->trigger_count; i++) {
        const struct cord_test *test = &ruleset->tests[plan->triggers[i].test];
        const uint32_t *needles;
        uint32_t count = cord_plan_needles(ruleset, test, &needles);
        cord_status status = count == 0 ? want(list, test->field, NO_LITERAL, i) : CORD_OK;
        for (uint32_t j = 0; j < count && status == CORD_OK; j++) {
            status = want(list, test->field, needles[j], i);
        }
        if (status != CORD_OK) {
            return status;
        }
    }
    if (list->count > 0) {
        qsort(list->items, list->count, sizeof *list->items, compare_wanted);
    }
    return CORD_OK;
}

/* items: of one field, literals first. */
static cord_status fill_field(struct cord_ruleset *ruleset, struct cord_plan *plan,
                              const struct wanted *items, size_t count,
                              struct cord_plan_field *field)
{
    uint32_t *numbers = cord_arena_alloc(plan->arena, count * sizeof *numbers);
    uint32_t *first = cord_arena_alloc(plan->arena, (count + 1) * sizeof *first);
    uint32_t *triggers = cord_arena_alloc(plan->arena, count * sizeof *triggers);
    if (!numbers || !first || !triggers) {
        return CORD_E_NOMEM;
    }
    uint32_t entries = 0;
    uint32_t at = 0;
    for (; at < count && items[at].literal != NO_LITERAL; at++) {
        if (at == 0 || items[at].literal != items[at - 1].literal) {
            first[entries] = at;
            numbers[entries++] = items[at].literal;
        }
        triggers[at] = items[at].trigger;
    }
    first[entries] = at;
    field->presence = triggers + at;
    for (; at < count; at++) {
        triggers[at] = items[at].trigger;
        field->presence_count++;
    }
    field->field = items[0].field;
    field->entry_first = first;
    field->entry_triggers = triggers;
    if (entries > 0) {
        plan->entry_max = entries > plan->entry_max ? entries : plan->entry_max;
        cord_status status = cord_index_pool_get(ruleset, numbers, entries,
                                                 field->field == CORD_FIELD_ANY, &field->shared);
        if (status != CORD_OK) {
            return status;
        }
        field->index = field->shared->index;
    }
    return CORD_OK;
}

static cord_status fill_fields(struct cord_ruleset *ruleset, struct cord_plan *plan,
                               const struct wanted_list *list)
{
    size_t fields = 0;
    for (size_t i = 0; i < list->count; i++) {
        fields += i == 0 || list->items[i].field != list->items[i - 1].field;
    }
    plan->fields = cord_arena_zalloc(plan->arena, fields + 1, sizeof *plan->fields);
    plan->field_slot =
        cord_arena_zalloc(plan->arena, ruleset->field_count, sizeof *plan->field_slot);
    cord_status status = plan->fields && plan->field_slot ? CORD_OK : CORD_E_NOMEM;
    for (size_t i = 0; i < list->count && status == CORD_OK;) {
        size_t end = i;
        while (end < list->count && list->items[end].field == list->items[i].field) {
            end++;
        }
        struct cord_plan_field *field = &plan->fields[plan->field_count++];
        plan->field_slot[list->items[i].field] = plan->field_count;
        status = fill_field(ruleset, plan, &list->items[i], end - i, field);
        i = end;
    }
    return status;
}

cord_status cord_plan_index(struct cord_ruleset *ruleset, struct cord_plan *plan,
                            struct cord_plan_pairs *pairs)
{
    struct wanted_list list = {0};
    cord_status status = make_triggers(ruleset, plan, pairs);
    if (status == CORD_OK) {
        status = list_wanted(ruleset, plan, &list);
    }
    if (status == CORD_OK) {
        status = fill_fields(ruleset, plan, &list);
    }
    free(list.items);
    return status;
}
