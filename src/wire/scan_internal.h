/*
 * scan_internal.h: what the parts of a scan share: scan.c, which hands streams
 * out and lets results leave in order, and scan_worker.c, which makes them.
 */
#ifndef CORD_WIRE_SCAN_INTERNAL_H
#define CORD_WIRE_SCAN_INTERNAL_H

#include "detect/finding_make.h"
#include "wire/scan.h"
#include "wire/scan_correlate.h"
#include "wire/scan_stream.h"

#include <pthread.h>
#include <stdatomic.h>

enum { CORD_SCAN_FORMATS_MAX = 64 };

/* What one batch came to, or all batches of a part. Owned by the worker, then by the way out. */
struct cord_scan_result {
    struct cord_scan_result *next; /* in the list of those that wait */
    uint32_t stream;
    uint64_t sequence;
    bool last; /* the stream ends here */
    bool failed;
    struct cord_arena *arena;
    struct cord_finding *findings;
    size_t finding_count;
    size_t finding_cap;
    struct cord_correlator_input *inputs; /* for correlations */
    size_t input_count;
    size_t input_cap;
    struct cord_scan_problem *problems;
    size_t problem_count;
    size_t problem_cap;
    struct cord_scan_totals totals; /* of it alone, so far */
    const struct cord_scan_visitor *visitor;
    void *seen; /* the visitor's */
};

struct cord_scan_lane {
    struct cord_scan_stream *stream;
    bool busy;         /* somebody is cutting it */
    bool ended;        /* no batch is left */
    uint64_t next_cut; /* only by whoever holds it busy */
    uint64_t next_out;
    uint64_t records_out; /* records of the results that left */
};

struct cord_scan {
    const struct cord_walk *walk;
    struct cord_ruleset *ruleset;
    const struct cord_scan_options *options;
    const struct cord_scan_sink *sink;
    struct cord_scan_correlate *correlate; /* NULL: no correlations; fed by who lets out */
    struct cord_scan_store *store;         /* NULL: nothing is stored */
    _Atomic uint64_t packed_bytes;

    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t moved;
    struct cord_scan_lane *lanes;
    size_t lane_count;
    size_t first_open; /* lanes before it are ended */
    size_t out_lane;   /* whose results leave now */
    struct cord_scan_result *pending;
    size_t pending_weight; /* in bytes of text */
    bool letting_out;      /* a worker is calling the sink */
    cord_status status;
    struct cord_error err;
    struct cord_scan_totals totals;
};

struct cord_scan_worker {
    struct cord_scan *scan;
    pthread_t thread;
    bool started;
    struct cord_paths *paths;
    struct cord_classifier *classifier;
    struct cord_matcher *matcher; /* NULL: there is a visitor */
    struct cord_explain *explain; /* NULL unless findings carry detail */
    struct cord_batch *batch;
    struct cord_decoder_env env;
    void *decoders[CORD_SCAN_FORMATS_MAX];
    struct cord_scan_result *result; /* being filled */

    void *visit; /* the visitor's, instead of a matcher */

    struct cord_scan_storer *storer; /* NULL: nothing is stored */
    struct cord_scan_result *held;   /* until their events are stored: the latest first */
};

/* --- scan.c; any worker --- */

/* A stream to cut one batch or part of; waits when none may be. NULL when everything
 * has been handed out, or the scan has stopped. */
struct cord_scan_lane *cord_scan_claim(struct cord_scan_worker *worker);
void cord_scan_unclaim(struct cord_scan *scan, struct cord_scan_lane *lane, bool ended);

/* Takes the result over; it leaves when it is its turn. */
void cord_scan_deliver(struct cord_scan *scan, struct cord_scan_result *result);

/* The first reason counts. */
void cord_scan_stop(struct cord_scan *scan, cord_status status, const char *why);

/* --- scan_worker.c --- */

/* False when out of memory; _done all the same. */
bool cord_scan_worker_init(struct cord_scan_worker *worker, struct cord_scan *scan);
void cord_scan_worker_done(struct cord_scan_worker *worker);

/* The thread: works until nothing is left to claim. */
void *cord_scan_worker_main(void *argument);

/* Stores what was gathered; then the results that wait for it may leave. */
void cord_scan_worker_settle(struct cord_scan_worker *worker);

void cord_scan_result_free(struct cord_scan_result *result);

#endif
