/*
 * index_pool.h: literal indexes that plans of a ruleset share.
 *
 * Classes of events differ less in what is looked for than in which rules ask
 * for it: keywords are the same for all of Windows. What is there once stays in
 * the caches when events of many classes come mixed.
 */
#ifndef CORD_DETECT_INDEX_POOL_H
#define CORD_DETECT_INDEX_POOL_H

#include "detect/literal_index.h"
#include "detect/ruleset_internal.h"

struct cord_shared_index {
    unsigned references; /* atomic */
    struct cord_arena *arena;
    struct cord_literal_index *index;
    uint32_t *numbers; /* of the literals, in the arena */
    uint32_t count;
    bool raw;
};

struct cord_index_pool {
    struct cord_literal_odds *odds; /* NULL until needed */
    struct cord_shared_index **items;
    size_t count;
    size_t cap;
};

/* The index of these of the ruleset's literals, made when there is none; raw:
 * it can also go over records as received. The caller holds the ruleset's lock
 * and gets a reference. CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_index_pool_get(struct cord_ruleset *ruleset, const uint32_t *numbers,
                                              uint32_t count, bool raw,
                                              struct cord_shared_index **ret_index);

/* Gives a reference back. Any thread. */
void cord_index_pool_put(struct cord_shared_index *shared);

/* The pool's own references; when the ruleset ends. Accepts NULL. */
void cord_index_pool_free(struct cord_index_pool *pool);

#endif
