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
