/*
 * hunt.h: a query over files, or over a store: rows that match, or what they
 * come to.
 *
 * Files are read as a scan reads them (scan.h), row by row. A store searches by
 * itself (evidence/evidence.h), and what comes out is the same.
 */
#ifndef CORD_WIRE_HUNT_H
#define CORD_WIRE_HUNT_H

#include "evidence/evidence.h"
#include "evidence/tally.h"
#include "wire/hunt_fields.h"
#include "wire/scan.h"

struct cord_hunt_options {
    int64_t from_ns;                  /* cord_row_when at or after; CORD_TIME_NONE: any */
    int64_t to_ns;                    /* before; CORD_TIME_NONE: any */
    cord_str source;                  /* "": any */
    uint64_t limit;                   /* rows given to the sink at most; 0: all */
    unsigned threads;                 /* 1 .. CORD_SCAN_THREADS_MAX */
    size_t bytes_max;                 /* of each thread's tally */
    const struct cord_format *format; /* NULL: each stream by its content */
    int64_t now_ns;                   /* when files came in, and for dates without a year */
    uint64_t seed;                    /* the tally's */
    size_t record_bytes_max;
};

/* Called by one thread at a time. */
struct cord_hunt_sink {
    /* A row that matches, in the order of files and records. */
    cord_status (*row)(void *self, const struct cord_rows *rows, size_t at);
    cord_status (*problem)(void *self, const struct cord_scan_problem *problem);
    /* After each batch; false cancels. */
    bool (*progress)(void *self, const struct cord_scan_totals *so_far, uint64_t matched);
    void *self;
    struct cord_tally *tally; /* takes the rows instead; the caller's to finish */
};

struct cord_hunt_totals {
    struct cord_scan_totals scan;
    uint64_t matched;
    uint64_t undecided; /* an expression met its limit */
    bool cancelled;     /* what there is, is not all */
    struct cord_hunt_fields fields;
};

/* Every item of the walk. CORD_OK also when cancelled, when the limit was
 * reached, and when streams failed: that is in the totals. */
CORD_MUST_USE cord_status cord_hunt_files(const struct cord_walk *walk,
                                          const struct cord_query *query,
                                          const struct cord_hunt_options *options,
                                          const struct cord_hunt_sink *sink,
                                          struct cord_hunt_totals *ret_totals,
                                          struct cord_error *err);

#endif
