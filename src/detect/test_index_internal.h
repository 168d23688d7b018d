/* test_index_internal.h: long lists of literals, indexed when first evaluated. */
#ifndef CORD_DETECT_TEST_INDEX_INTERNAL_H
#define CORD_DETECT_TEST_INDEX_INTERNAL_H

#include "detect/automaton.h"
#include "detect/literal_index.h"

/* Of a LITERALS test; the ruleset keeps it. NULL when out of memory. Any thread. */
struct cord_literal_index *cord_test_index_get(struct cord_ruleset *ruleset, uint32_t test);
void cord_test_index_free(struct cord_test_index *test_index);

/* All LITERALS tests on one field, for events that ask for most of them. */
struct cord_test_field {
    struct cord_arena *arena; /* of all that follows but the automaton */
    uint32_t *tests;
    uint32_t test_count;
    uint32_t *numbers; /* their literals, each once */
    uint32_t number_count;
    uint32_t *first; /* by place in numbers, and one more: in users */
    uint32_t *users; /* tests that have the literal */
    struct cord_automaton *automaton;
};

/* The ruleset keeps it. NULL when out of memory. Any thread. */
const struct cord_test_field *cord_test_field_get(struct cord_ruleset *ruleset, uint32_t field);
void cord_test_field_free(struct cord_test_field *test_field);

#endif
