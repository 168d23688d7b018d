/*
 * scan.h: files in, findings out: the whole pipeline over logs at rest.
 *
 * Workers share nothing but the list of streams and the way out. Each takes the
 * next part of the first stream that nobody is cutting, or its next batch where it
 * cannot be read in parts, decodes and matches it by itself, and hands the result
 * in; results leave in the order of files and records, whatever the number of
 * threads. Memory is bounded by the number of threads, not by the input.
 */
#ifndef CORD_WIRE_SCAN_H
#define CORD_WIRE_SCAN_H

#include "base/error.h"
#include "detect/correlator.h"
#include "detect/finding.h"
#include "detect/matcher.h"
#include "ingest/walk.h"
#include "normalise/decoder.h"
#include "wire/scan_store.h"

#define CORD_SCAN_THREADS_MAX 256u

/* Another way to look at events than by rules: the reading of streams, the
 * threads and the order of what comes out are the scan's. */
struct cord_scan_visitor {
    /* What one worker keeps; NULL when out of memory. Borrows both, which are the
     * worker's. Called by one thread, before the others start. */
    void *(*begin)(void *self, const struct cord_paths *paths,
                   const struct cord_classifier *classifier);
    /* The events of a batch, or of the batches of a part, in as many calls as it takes;
     * *seen, at first NULL, is what leaves for it, and the visitor's to make. The
     * worker's thread. */
    cord_status (*events)(void *visit, cord_str stream, const struct cord_format *format,
                          const struct cord_batch *batch, void **seen);
    /* In the order of the output, one thread at a time, once for each batch or part;
     * seen may be NULL. A status other than CORD_OK stops the scan. */
    cord_status (*let_out)(void *self, const void *seen);
    void (*forget)(void *seen);
    /* All workers have stopped; one after the other. Frees the visit. */
    void (*end)(void *self, void *visit);
    void *self;
};

struct cord_scan_options {
    const struct cord_format *format; /* NULL: each stream by its content */
    unsigned threads;                 /* 1 .. CORD_SCAN_THREADS_MAX */
    bool detail;                      /* findings carry reasons and fields */
    int64_t from_ns;                  /* findings of events at or after; CORD_TIME_NONE: any */
    int64_t to_ns;                    /* findings of events before; CORD_TIME_NONE: any */
    int64_t now_ns;                   /* for dates without a year */
    uint64_t seed;
    size_t record_bytes_max;                  /* longer ones are refused */
    const struct cord_collection *collection; /* the ruleset's: for its correlations */
    size_t correlation_bytes_max;      /* of windows, and again of matches kept back for order */
    const struct cord_scan_into *into; /* NULL: what is read is not stored */
    const struct cord_scan_visitor *visitor; /* instead of rules; NULL: there are rules */
};

/* records = read + skipped + refused, always. */
struct cord_scan_totals {
    uint64_t streams;
    uint64_t streams_failed; /* could not be opened, or damaged part of the way */
    uint64_t packed_bytes;   /* read from disk */
    uint64_t bytes;          /* after unpacking */
    uint64_t records;
    uint64_t read; /* became events */
    uint64_t skipped;
    uint64_t refused;
    uint64_t findings;
    uint64_t outside; /* matches left out by from_ns and to_ns */
    struct cord_scan_store_stats store;
    struct cord_matcher_stats matcher;
    struct cord_correlator_stats correlator; /* known at the end */
};

struct cord_scan_problem {
    cord_str stream;
    uint64_t offset; /* in unpacked bytes */
    cord_str reason;
    bool fatal; /* the rest of the stream was not read */
};

/* Called by one thread at a time, in the order of the output. A status other
 * than CORD_OK stops the scan and is what it returns. */
struct cord_scan_sink {
    cord_status (*finding)(void *self, const struct cord_finding *finding);
    cord_status (*problem)(void *self, const struct cord_scan_problem *problem);
    /* After each batch or part; NULL when nobody looks. False ends the scan: what was read so
     * far is stored, and CORD_E_END returned. */
    bool (*progress)(void *self, const struct cord_scan_totals *so_far);
    void *self;
};

/* Reads every item of the walk. ruleset NULL with a visitor. CORD_OK also when streams failed: that
 * is in the totals. Blocks; starts and joins its own threads. */
CORD_MUST_USE cord_status cord_scan_run(const struct cord_walk *walk, struct cord_ruleset *ruleset,
                                        const struct cord_scan_options *options,
                                        const struct cord_scan_sink *sink,
                                        struct cord_scan_totals *ret_totals,
                                        struct cord_error *err);

#endif
