/*
 * search_merge.h: rows that match, met in any order, put in order of time.
 *
 * Holds not rows but where they are, and of those the first so many: what lies
 * behind is dropped and remembered as dropped, so that whoever wants it looks
 * again from there on. Bounded by what it was made for: at most twice `keep`
 * references of 24 bytes. One thread at a time.
 */
#ifndef CORD_EVIDENCE_SEARCH_MERGE_H
#define CORD_EVIDENCE_SEARCH_MERGE_H

#include "base/error.h"
#include "base/str.h"

/* Where a row is, and what it is ordered by. */
struct cord_search_ref {
    int64_t when_ns;   /* cord_row_when */
    uint64_t sequence; /* tells rows of equal time apart */
    uint32_t unit;     /* block, or rows that are in none yet */
    uint32_t row;      /* in the unit */
};

struct cord_search_merge {
    struct cord_search_ref *refs; /* a heap, the first in front */
    size_t count;
    size_t cap;
    size_t keep;
    bool oldest_first;
    bool dropped;                /* something was */
    bool full;                   /* nothing behind `last` is taken any more */
    struct cord_search_ref last; /* when full */
};

/* Newest first unless told otherwise. keep is not 0. */
void cord_search_merge_init(struct cord_search_merge *merge, size_t keep, bool oldest_first);
void cord_search_merge_done(struct cord_search_merge *merge);

/* Whether `a` comes before `b`; no two rows are equal. */
bool cord_search_merge_before(const struct cord_search_merge *merge,
                              const struct cord_search_ref *a, const struct cord_search_ref *b);

/* CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_search_merge_add(struct cord_search_merge *merge,
                                                const struct cord_search_ref *refs, size_t count);

/* Whether a row of this time could still be taken. */
bool cord_search_merge_wants(const struct cord_search_merge *merge, int64_t when_ns);

/* Takes the first reference, if its time comes before the edge. */
bool cord_search_merge_take(struct cord_search_merge *merge, int64_t edge_ns, bool has_edge,
                            struct cord_search_ref *ret_ref);

#endif
