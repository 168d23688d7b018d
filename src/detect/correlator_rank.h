/*
 * correlator_rank.h: the nth smallest of numbers that come and go.
 *
 * A treap: a search tree by number that is a heap by random priority, so that
 * its depth is logarithmic whatever the numbers are. Exact; adding, removing
 * and asking cost O(log n). Nodes are the caller's. One thread.
 */
#ifndef CORD_DETECT_CORRELATOR_RANK_H
#define CORD_DETECT_CORRELATOR_RANK_H

#include "base/fixed.h"

struct cord_correlator_rank {
    cord_fixed number;
    struct cord_correlator_rank *left;
    struct cord_correlator_rank *right;
    uint32_t size; /* nodes from here down */
    uint32_t priority;
};

/* node->number is set. priority: from a seeded sequence, never from input. */
void cord_correlator_rank_add(struct cord_correlator_rank **root, struct cord_correlator_rank *node,
                              uint32_t priority);
void cord_correlator_rank_remove(struct cord_correlator_rank **root,
                                 struct cord_correlator_rank *node);

/* The nth smallest, n from 1 to the size of the tree. */
cord_fixed cord_correlator_rank_at(const struct cord_correlator_rank *root, uint32_t n);

#endif
