/*
 * evidence.h: what machines saw, kept: the port to wherever it is kept.
 *
 * Behind it is a row of operations, so that the embedded store (store.h) and a
 * cluster serve the same callers. Any thread may call; the back end locks.
 */
#ifndef CORD_EVIDENCE_EVIDENCE_H
#define CORD_EVIDENCE_EVIDENCE_H

#include "base/error.h"
#include "evidence/query.h"
#include "evidence/rows.h"

struct cord_evidence;

/* How far a search is. blocks = skipped + counted + searched + left. */
struct cord_search_progress {
    uint64_t blocks;
    uint64_t blocks_skipped; /* no row can match, by what is known of them: not opened */
    uint64_t blocks_counted; /* their rows were counted by what is known of them: not opened */
    uint64_t blocks_searched;
    uint64_t blocks_damaged; /* of the searched: could not be read; the result lacks their rows */
    uint64_t rows;           /* in the blocks dealt with so far */
    uint64_t rows_matched;
    uint64_t rows_undecided; /* left out: an expression met its limit on them */
    uint64_t raw_bytes;      /* as received, of the blocks dealt with so far */
};

static inline uint64_t cord_evidence_blocks_left(const struct cord_search_progress *progress)
{
    return progress->blocks - progress->blocks_skipped - progress->blocks_counted -
           progress->blocks_searched;
}

struct cord_search_options {
    int64_t from_ns;       /* cord_row_when at or after; CORD_TIME_NONE: any */
    int64_t to_ns;         /* before; CORD_TIME_NONE: any */
    cord_str organisation; /* "": any */
    cord_str source;       /* "": any */
    uint64_t limit;        /* rows given to the sink at most; 0: all */
    unsigned threads;      /* 0: one a CPU */
};

/* Called by one thread at a time. A status other than CORD_OK ends the search
 * and is what it returns. */
struct cord_search_sink {
    /* A row that matches, newest first by blocks; rows of blocks that overlap in
     * time are merged. NULL for a query whose pipeline is all that is wanted. */
    cord_status (*row)(void *self, const struct cord_rows *rows, size_t at);
    /* Now and then; false cancels: the search returns CORD_E_END. May be NULL. */
    bool (*progress)(void *self, const struct cord_search_progress *progress);
    void *self;
};

struct cord_evidence_stats {
    uint64_t rows;
    uint64_t raw_bytes;
    uint64_t packed_bytes; /* on disk, filters and personal parts included */
    uint64_t spooled_rows; /* of rows: durable, not in a block yet */
    uint64_t segments;
    uint64_t blocks;
    int64_t when_min_ns; /* CORD_TIME_NONE when there are no rows */
    int64_t when_max_ns;
};

struct cord_tally;

struct cord_evidence_ops {
    /* Takes the rows and numbers them. CORD_OK: they are searchable, but durable
     * only after the next commit. CORD_E_LIMIT: full for now (disk or memory);
     * nothing was taken. */
    cord_status (*append)(struct cord_evidence *evidence, struct cord_rows *rows,
                          struct cord_error *err);
    /* Everything whose append returned before this call began is durable. One
     * sync may serve many callers. */
    cord_status (*commit)(struct cord_evidence *evidence, struct cord_error *err);
    /* Rows that match go to the sink, or into the tally when there is one (a
     * query with a pipeline): the tally's table is then the result. */
    cord_status (*search)(struct cord_evidence *evidence, const struct cord_query *query,
                          const struct cord_search_options *options,
                          const struct cord_search_sink *sink, struct cord_tally *tally,
                          struct cord_search_progress *ret_progress, struct cord_error *err);
    /* Appends the row of that number to `rows`. CORD_E_NOENT: there is none. */
    cord_status (*get)(struct cord_evidence *evidence, uint64_t sequence, struct cord_rows *rows,
                       struct cord_error *err);
    /* Appends the rows whose number is `first` or above to `rows`, in ascending order of
     * number, which may have gaps: up to rows_max, or so many that they come to bytes_max,
     * but one at least. *ret_next is where to go on. CORD_E_END: there is none now.
     * CORD_E_FORMAT: as CORD_OK, but some of those that were to be here cannot be read,
     * for they are damaged or gone; err says where. */
    cord_status (*range)(struct cord_evidence *evidence, uint64_t first, size_t rows_max,
                         size_t bytes_max, struct cord_rows *rows, uint64_t *ret_next,
                         struct cord_error *err);
    cord_status (*stats)(struct cord_evidence *evidence, struct cord_evidence_stats *ret_stats,
                         struct cord_error *err);
    void (*close)(struct cord_evidence *evidence);
};

/* The first member of every back end. */
struct cord_evidence {
    const struct cord_evidence_ops *ops;
};

#endif
