/*
 * search_run.h: a search over many units of rows - blocks, and rows that are in
 * none yet - by several threads, in order of time.
 *
 * A unit is matched by one thread, which yields where its matching rows are.
 * Rows are given out once no unit that is still to be matched can hold one that
 * comes before them, and read from their units only then. What is held: at most
 * CORD_SEARCH_PENDING_MAX references twice over (48 MB), at most
 * CORD_SEARCH_ROWS_BYTES of rows on their way out, and what the units' owner
 * keeps for each thread. A search that matches more rows in units that overlap
 * goes over those units again for the rest: time, not memory.
 */
#ifndef CORD_EVIDENCE_SEARCH_RUN_H
#define CORD_EVIDENCE_SEARCH_RUN_H

#include "evidence/evidence.h"
#include "evidence/search_merge.h"

#define CORD_SEARCH_PENDING_MAX ((size_t)1 << 20)
#define CORD_SEARCH_ROWS_BYTES  ((size_t)64 << 20)
#define CORD_SEARCH_THREADS_MAX 64u

struct cord_search_unit {
    int64_t when_min_ns;
    int64_t when_max_ns;
    uint64_t rows;
    uint64_t raw_bytes;
    bool is_block; /* counts as one */
};

/* References to matching rows of one unit. */
struct cord_search_refs {
    struct cord_search_ref *items;
    size_t count;
    size_t cap;
};

/* Room for `more`; NULL when out of memory. */
struct cord_search_ref *cord_search_run_room(struct cord_search_refs *refs, size_t more);

/* What it took to match a unit. */
enum cord_search_how {
    CORD_SEARCH_READ,    /* it was opened */
    CORD_SEARCH_COUNTED, /* it was not, and its rows are counted all the same */
    CORD_SEARCH_SKIPPED, /* it was not, since no row matches */
};

/* What knows the units. A worker is one thread's; units never change. A unit
 * that cannot be read fails with any status but CORD_E_NOMEM, and the search
 * goes on without it. */
struct cord_search_source {
    void *self;
    void *(*worker_new)(void *self);
    void (*worker_free)(void *worker);
    /* Appends the unit's matching rows to `refs`; unit and row numbers of it. */
    cord_status (*match)(void *worker, uint32_t unit, struct cord_search_refs *refs,
                         enum cord_search_how *ret_how, struct cord_error *err);
    /* Appends rows (ascending) of the unit. */
    cord_status (*read)(void *worker, uint32_t unit, const uint32_t *which, size_t count,
                        struct cord_rows *rows, struct cord_error *err);
    /* Instead of `match`, when groups are all that is wanted: counts the unit's
     * matching rows, to be given to the tally by `feed`. NULL: cannot. */
    cord_status (*count)(void *worker, uint32_t unit, uint64_t *ret_matched,
                         enum cord_search_how *ret_how, struct cord_error *err);
    cord_status (*feed)(void *worker, struct cord_tally *tally, struct cord_error *err);
    /* Rows that this worker left out so far because an expression met its limit. */
    uint64_t (*undecided)(const void *worker);
};

enum cord_search_order {
    CORD_SEARCH_NEWEST_FIRST,
    CORD_SEARCH_OLDEST_FIRST,
    CORD_SEARCH_ANY_ORDER,
};

struct cord_search_plan {
    const struct cord_search_source *source;
    const struct cord_search_unit *units;
    const uint32_t *order; /* the order in which units are matched: by their first rows */
    size_t unit_count;
    enum cord_search_order by;
    uint64_t limit; /* rows; 0: all */
    unsigned threads;
    uint64_t seed;
    const struct cord_search_sink *sink; /* may be NULL when there is a tally */
    struct cord_tally *tally;            /* takes the rows, or groups of them; or NULL */
    bool by_groups;                      /* source->count and feed */
};

/* *progress: what was skipped already, and what is done in the end.
 * CORD_E_END: cancelled. CORD_E_NOMEM. Or what the sink returned. */
CORD_MUST_USE cord_status cord_search_run(const struct cord_search_plan *plan,
                                          struct cord_search_progress *progress,
                                          struct cord_error *err);

#endif
