/* test_index.c: see test_index_internal.h. */
#include <stdlib.h>

#include "detect/test_index_internal.h"

#define INDEX_BYTES_MAX ((size_t)64 << 20)

void cord_test_index_free(struct cord_test_index *test_index)
{
    if (test_index) {
        cord_literal_index_done(test_index->index);
        cord_arena_free(test_index->arena);
        free(test_index);
    }
}

static struct cord_test_index *test_index_new(const struct cord_ruleset *ruleset, uint32_t number)
{
    const struct cord_test *test = &ruleset->tests[number];
    struct cord_literal_odds *odds = malloc(sizeof *odds);
    struct cord_test_index *made = calloc(1, sizeof *made);
    if (odds && made) {
        made->arena = cord_arena_new(INDEX_BYTES_MAX);
        if (made->arena) {
            cord_literal_odds_typical(odds);
            made->index = cord_literal_index_new(ruleset->literals,
                                                 ruleset->test_literals + test->literal_first,
                                                 test->literal_count, odds, ruleset, made->arena);
        }
    }
    free(odds);
    if (made && !made->index) {
        cord_test_index_free(made);
        made = NULL;
    }
    return made;
}

struct cord_literal_index *cord_test_index_get(struct cord_ruleset *ruleset, uint32_t test)
{
    struct cord_test_index *there = __atomic_load_n(&ruleset->test_indexes[test], __ATOMIC_ACQUIRE);
    if (!there) {
        struct cord_test_index *made = test_index_new(ruleset, test);
        if (!made) {
            return NULL;
        }
        /* Whoever is first wins. */
        if (__atomic_compare_exchange_n(&ruleset->test_indexes[test], &there, made, false,
                                        __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
            there = made;
        } else {
            cord_test_index_free(made);
        }
    }
    return there->index;
}

void cord_test_field_free(struct cord_test_field *test_field)
{
    if (test_field) {
        cord_automaton_free(test_field->automaton);
        cord_arena_free(test_field->arena);
        free(test_field);
    }
}

/* A literal and a test that has it. */
struct use {
    uint32_t literal;
    uint32_t test;
};

static int compare_uses(const void *a, const void *b)
{
    const struct use *left = a;
    const struct use *right = b;
    if (left->literal != right->literal) {
        return left->literal < right->literal ? -1 : 1;
    }
    return left->test < right->test ? -1 : left->test > right->test;
}

static bool is_on(const struct cord_test *test, uint32_t field)
{
    return test->kind == CORD_TEST_LITERALS && test->field == field;
}

static size_t list_uses(const struct cord_ruleset *ruleset, struct cord_test_field *made,
                        uint32_t field, struct use *uses)
{
    size_t count = 0;
    for (uint32_t i = 0; i < ruleset->test_count; i++) {
        const struct cord_test *test = &ruleset->tests[i];
        if (!is_on(test, field)) {
            continue;
        }
        made->tests[made->test_count++] = i;
        for (uint32_t j = 0; j < test->literal_count; j++) {
            uses[count++] = (struct use){ruleset->test_literals[test->literal_first + j], i};
        }
    }
    qsort(uses, count, sizeof *uses, compare_uses);
    return count;
}

static bool fill_field(const struct cord_ruleset *ruleset, struct cord_test_field *made,
                       uint32_t field, size_t tests, size_t max)
{
    struct use *uses = calloc(max + 1, sizeof *uses);
    made->tests = cord_arena_zalloc(made->arena, tests + 1, sizeof(uint32_t));
    made->numbers = cord_arena_zalloc(made->arena, max + 1, sizeof(uint32_t));
    made->first = cord_arena_zalloc(made->arena, max + 1, sizeof(uint32_t));
    made->users = cord_arena_zalloc(made->arena, max + 1, sizeof(uint32_t));
    if (uses && made->tests && made->numbers && made->first && made->users) {
        size_t count = list_uses(ruleset, made, field, uses);
        for (size_t i = 0; i < count; i++) {
            if (i == 0 || uses[i].literal != uses[i - 1].literal) {
                made->first[made->number_count] = (uint32_t)i;
                made->numbers[made->number_count++] = uses[i].literal;
            }
            made->users[i] = uses[i].test;
        }
        made->first[made->number_count] = (uint32_t)count;
        made->automaton = cord_automaton_new(ruleset->literals, made->numbers, made->number_count);
    }
    free(uses);
    return made->automaton != NULL;
}

static struct cord_test_field *test_field_new(const struct cord_ruleset *ruleset, uint32_t field)
{
    size_t tests = 0;
    size_t max = 0;
    for (uint32_t i = 0; i < ruleset->test_count; i++) {
        tests += is_on(&ruleset->tests[i], field);
        max += is_on(&ruleset->tests[i], field) ? ruleset->tests[i].literal_count : 0;
    }
    struct cord_test_field *made = calloc(1, sizeof *made);
    if (made) {
        made->arena = cord_arena_new(INDEX_BYTES_MAX);
        if (!made->arena || !fill_field(ruleset, made, field, tests, max)) {
            cord_test_field_free(made);
            made = NULL;
        }
    }
    return made;
}

const struct cord_test_field *cord_test_field_get(struct cord_ruleset *ruleset, uint32_t field)
{
    struct cord_test_field *there = __atomic_load_n(&ruleset->test_fields[field], __ATOMIC_ACQUIRE);
    if (!there) {
        struct cord_test_field *made = test_field_new(ruleset, field);
        if (!made) {
            return NULL;
        }
        if (__atomic_compare_exchange_n(&ruleset->test_fields[field], &there, made, false,
                                        __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
            there = made;
        } else {
            cord_test_field_free(made);
        }
    }
    return there;
}
