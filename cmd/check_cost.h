/*
 * check_cost.h: what each rule costs, most expensive first.
 */
#ifndef CORD_CMD_CHECK_COST_H
#define CORD_CMD_CHECK_COST_H

#include "base/arena.h"
#include "detect/collection.h"

/* To standard output, a table or one JSON object a line. top: how many rules
 * at most, and how many more there are is said; 0: all. CORD_E_NOMEM,
 * CORD_E_LIMIT. */
CORD_MUST_USE cord_status check_cost_print(const struct cord_collection *collection,
                                           struct cord_arena *arena, bool json, size_t top,
                                           struct cord_error *err);

#endif
