/* test_index_internal.h: long lists of literals, indexed when first evaluated. */
#ifndef CORD_DETECT_TEST_INDEX_INTERNAL_H
#define CORD_DETECT_TEST_INDEX_INTERNAL_H

#include "detect/literal_index.h"

/* Of a LITERALS test; the ruleset keeps it. NULL when out of memory. Any thread. */
struct cord_literal_index *cord_test_index_get(struct cord_ruleset *ruleset, uint32_t test);
void cord_test_index_free(struct cord_test_index *test_index);

#endif
