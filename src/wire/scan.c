/* scan.c: see scan.h. */
#include "wire/scan_internal.h"

#include <stdlib.h>

enum {
    /* Text of results that wait for an earlier one; beyond it only that is worked for.
     * They come in large numbers when they were held until their events were stored. */
    PENDING_PER_THREAD = 4 << 20,
    PENDING_PER_STORER = 128 << 20,
    RESULT_WEIGHS = 64 << 10, /* of itself, in the same measure */
};

static size_t weight(const struct cord_scan_result *result)
{
    return RESULT_WEIGHS + (size_t)result->totals.bytes;
}

static void sum(struct cord_scan_totals *into, const struct cord_scan_totals *more)
{
    into->streams += more->streams;
    into->streams_failed += more->streams_failed;
    into->bytes += more->bytes;
    into->records += more->records;
    into->read += more->read;
    into->skipped += more->skipped;
    into->refused += more->refused;
    into->findings += more->findings;
    into->outside += more->outside;
    into->matcher.events += more->matcher.events;
    into->matcher.matches += more->matcher.matches;
    into->matcher.candidates += more->matcher.candidates;
    into->matcher.fallbacks += more->matcher.fallbacks;
    into->matcher.regex_limit += more->matcher.regex_limit;
}

/* Calls the sink for one result; only one worker is ever here. */
static cord_status let_out(struct cord_scan *scan, struct cord_scan_lane *lane,
                           struct cord_scan_result *result)
{
    const struct cord_scan_sink *sink = scan->sink;
    cord_str name = cord_walk_item(scan->walk, result->stream)->name;
    cord_status status = CORD_OK;
    for (size_t i = 0; i < result->problem_count && status == CORD_OK; i++) {
        result->problems[i].stream = name;
        status = sink->problem(sink->self, &result->problems[i]);
    }
    for (size_t i = 0; i < result->finding_count && status == CORD_OK; i++) {
        result->findings[i].source = name;
        result->findings[i].record += lane->records_out;
        status = sink->finding(sink->self, &result->findings[i]);
    }
    for (size_t i = 0; i < result->input_count && status == CORD_OK; i++) {
        result->inputs[i].ref.record += lane->records_out;
        status = cord_scan_correlate_feed(scan->correlate, &result->inputs[i]);
    }
    lane->records_out += result->totals.records;
    const struct cord_scan_visitor *visitor = scan->options->visitor;
    return status == CORD_OK && visitor ? visitor->let_out(visitor->self, result->seen) : status;
}

/* Takes the result whose turn it is off the list, or NULL. */
static struct cord_scan_result *take_next(struct cord_scan *scan)
{
    for (struct cord_scan_result **at = &scan->pending; *at; at = &(*at)->next) {
        struct cord_scan_result *result = *at;
        if (result->stream == scan->out_lane &&
            result->sequence == scan->lanes[scan->out_lane].next_out) {
            *at = result->next;
            scan->pending_weight -= weight(result);
            return result;
        }
    }
    return NULL;
}

/* Damage ended the stream: what was read behind it before that was known is dropped. */
static void drop_behind(struct cord_scan *scan)
{
    for (struct cord_scan_result **at = &scan->pending; *at;) {
        struct cord_scan_result *result = *at;
        if (result->stream >= scan->out_lane) {
            at = &result->next;
            continue;
        }
        *at = result->next;
        scan->pending_weight -= weight(result);
        cord_scan_result_free(result);
    }
}

/* With the lock held: lets out whatever is due. */
static void drain(struct cord_scan *scan)
{
    struct cord_scan_result *result = NULL;
    if (scan->letting_out) {
        return; /* the one who does it will find our result too */
    }
    scan->letting_out = true;
    while ((result = take_next(scan)) != NULL) {
        struct cord_scan_lane *lane = &scan->lanes[result->stream];
        struct cord_scan_totals so_far;
        result->totals.findings = result->finding_count;
        result->totals.streams = result->last ? 1 : 0;
        result->totals.streams_failed = result->failed ? 1 : 0;
        sum(&scan->totals, &result->totals);
        scan->totals.packed_bytes = atomic_load(&scan->packed_bytes);
        so_far = scan->totals;
        bool stopped = scan->status != CORD_OK;
        (void)pthread_mutex_unlock(&scan->lock);
        cord_status status = stopped ? CORD_OK : let_out(scan, lane, result);
        bool go_on =
            stopped || !scan->sink->progress || scan->sink->progress(scan->sink->self, &so_far);
        (void)pthread_mutex_lock(&scan->lock);
        if (status == CORD_OK && !go_on) {
            scan->status = cord_error_set(&scan->err, CORD_E_END, "interrupted");
        }
        if (status != CORD_OK && scan->status == CORD_OK) {
            scan->status = cord_error_set(&scan->err, status, "writing the output failed");
        }
        lane->next_out++;
        if (result->last && scan->store) {
            cord_scan_store_end(scan->store, result->stream);
        }
        if (result->last) {
            lane->ended = true;
            scan->out_lane++;
            drop_behind(scan);
        }
        cord_scan_result_free(result);
        (void)pthread_cond_broadcast(&scan->moved);
    }
    scan->letting_out = false;
}

void cord_scan_deliver(struct cord_scan *scan, struct cord_scan_result *result)
{
    (void)pthread_mutex_lock(&scan->lock);
    if (result->stream < scan->out_lane) {
        cord_scan_result_free(result); /* see drop_behind */
    } else {
        result->next = scan->pending;
        scan->pending = result;
        scan->pending_weight += weight(result);
        drain(scan);
    }
    (void)pthread_mutex_unlock(&scan->lock);
}

void cord_scan_stop(struct cord_scan *scan, cord_status status, const char *why)
{
    (void)pthread_mutex_lock(&scan->lock);
    if (scan->status == CORD_OK) {
        scan->status = cord_error_set(&scan->err, status, "%s", why);
    }
    (void)pthread_cond_broadcast(&scan->moved);
    (void)pthread_mutex_unlock(&scan->lock);
}

/* The first stream that has batches left and is not being cut, or NULL. Too
 * many results that wait for earlier ones are memory without progress: then
 * only the stream whose turn it is goes on, so that what they wait for comes.
 * Its own next batch may always be cut, or is in somebody's hands already. */
static struct cord_scan_lane *pick(const struct cord_scan *scan)
{
    size_t most =
        (size_t)(scan->store ? PENDING_PER_STORER : PENDING_PER_THREAD) * scan->options->threads;
    if (scan->pending_weight >= most) {
        struct cord_scan_lane *lane = &scan->lanes[scan->out_lane];
        if (lane->ended || lane->busy) {
            return NULL; /* next_cut belongs to whoever is cutting */
        }
        bool wanted = scan->pending_weight < 2 * most || lane->next_cut == lane->next_out;
        return wanted ? lane : NULL;
    }
    for (size_t at = scan->first_open; at < scan->lane_count; at++) {
        if (!scan->lanes[at].ended && !scan->lanes[at].busy) {
            return &scan->lanes[at];
        }
    }
    return NULL;
}

struct cord_scan_lane *cord_scan_claim(struct cord_scan_worker *worker)
{
    struct cord_scan *scan = worker->scan;
    struct cord_scan_lane *claimed = NULL;
    (void)pthread_mutex_lock(&scan->lock);
    while (!claimed && scan->status == CORD_OK) {
        while (scan->first_open < scan->lane_count && scan->lanes[scan->first_open].ended) {
            scan->first_open++;
        }
        if (scan->first_open == scan->lane_count) {
            break;
        }
        claimed = pick(scan);
        if (!claimed && worker->held) {
            /* Others may be waiting for what is held here. */
            (void)pthread_mutex_unlock(&scan->lock);
            cord_scan_worker_settle(worker);
            (void)pthread_mutex_lock(&scan->lock);
        } else if (!claimed) {
            (void)pthread_cond_wait(&scan->moved, &scan->lock);
        }
    }
    if (claimed) {
        claimed->busy = true;
    }
    (void)pthread_mutex_unlock(&scan->lock);
    return claimed;
}

void cord_scan_unclaim(struct cord_scan *scan, struct cord_scan_lane *lane, bool ended)
{
    (void)pthread_mutex_lock(&scan->lock);
    lane->busy = false;
    lane->ended = lane->ended || ended;
    (void)pthread_cond_broadcast(&scan->moved);
    (void)pthread_mutex_unlock(&scan->lock);
}

/* Runs the workers; the last one is the calling thread. */
static cord_status run_workers(struct cord_scan *scan, struct cord_error *err)
{
    unsigned count = scan->options->threads;
    struct cord_scan_worker *workers = calloc(count, sizeof *workers);
    cord_status status = CORD_OK;
    if (!workers) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    for (unsigned i = 0; i < count; i++) {
        if (!cord_scan_worker_init(&workers[i], scan)) {
            status = cord_error_set(err, CORD_E_NOMEM, "out of memory");
        }
    }
    for (unsigned i = 0; i + 1 < count && status == CORD_OK; i++) {
        /* Fewer threads than asked for do the same work. */
        workers[i].started =
            pthread_create(&workers[i].thread, NULL, cord_scan_worker_main, &workers[i]) == 0;
    }
    if (status == CORD_OK) {
        (void)cord_scan_worker_main(&workers[count - 1]);
    }
    for (unsigned i = 0; i < count; i++) {
        if (workers[i].started) {
            (void)pthread_join(workers[i].thread, NULL);
        }
    }
    for (unsigned i = 0; i < count; i++) {
        cord_scan_worker_done(&workers[i]);
    }
    free(workers);
    return status;
}

static cord_status correlation_finding(void *self, const struct cord_finding *finding)
{
    struct cord_scan *scan = self;
    scan->totals.findings++;
    return scan->sink->finding(scan->sink->self, finding);
}

static cord_status correlate_start(struct cord_scan *scan, struct cord_error *err)
{
    if (scan->options->visitor) {
        return CORD_OK;
    }
    const struct cord_scan_correlate_sink sink = {correlation_finding, scan};
    const struct cord_scan_correlate_options options = {
        .lateness_ns = INT64_MAX,
        .bytes_max = scan->options->correlation_bytes_max,
        .pending_bytes_max = scan->options->correlation_bytes_max,
        .seed = scan->options->seed,
    };
    return cord_scan_correlate_new(scan->options->collection, scan->walk, &options, &sink,
                                   &scan->correlate, err);
}

static cord_status correlate_finish(struct cord_scan *scan)
{
    if (!scan->correlate) {
        return CORD_OK;
    }
    cord_status status = cord_scan_correlate_finish(scan->correlate);
    scan->totals.correlator = cord_scan_correlate_stats(scan->correlate);
    return status;
}

static void scan_done(struct cord_scan *scan)
{
    while (scan->pending) {
        struct cord_scan_result *next = scan->pending->next;
        cord_scan_result_free(scan->pending);
        scan->pending = next;
    }
    for (size_t i = 0; scan->lanes && i < scan->lane_count; i++) {
        cord_scan_stream_free(scan->lanes[i].stream);
    }
    free(scan->lanes);
    cord_scan_correlate_free(scan->correlate);
    cord_scan_store_free(scan->store);
    (void)pthread_cond_destroy(&scan->moved);
    (void)pthread_mutex_destroy(&scan->lock);
}

/* Paths that the walk could not even list count as failed streams. */
static cord_status report_walk(struct cord_scan *scan)
{
    cord_status status = CORD_OK;
    for (size_t i = 0; i < cord_walk_refusal_count(scan->walk) && status == CORD_OK; i++) {
        const struct cord_walk_refusal *refusal = cord_walk_refusal(scan->walk, i);
        struct cord_scan_problem problem = {
            .stream = refusal->name, .reason = refusal->reason, .fatal = true};
        scan->totals.streams++;
        scan->totals.streams_failed++;
        status = scan->sink->problem(scan->sink->self, &problem);
    }
    return status;
}

cord_status cord_scan_run(const struct cord_walk *walk, struct cord_ruleset *ruleset,
                          const struct cord_scan_options *options,
                          const struct cord_scan_sink *sink, struct cord_scan_totals *ret_totals,
                          struct cord_error *err)
{
    struct cord_scan scan = {
        .walk = walk,
        .ruleset = ruleset,
        .options = options,
        .sink = sink,
        .lane_count = cord_walk_count(walk),
    };
    if (pthread_mutex_init(&scan.lock, NULL) != 0 || pthread_cond_init(&scan.moved, NULL) != 0) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    scan.lanes = calloc(scan.lane_count + 1, sizeof *scan.lanes);
    cord_status status = scan.lanes ? CORD_OK : cord_error_set(err, CORD_E_NOMEM, "out of memory");
    if (status == CORD_OK) {
        status = correlate_start(&scan, err);
    }
    if (status == CORD_OK && options->into) {
        status = cord_scan_store_new(options->into, walk, options->now_ns, options->seed,
                                     &scan.store, err);
    }
    if (status == CORD_OK) {
        status = report_walk(&scan);
    }
    if (status == CORD_OK) {
        status = run_workers(&scan, err);
    }
    if (status == CORD_OK && scan.status != CORD_OK) {
        status = cord_error_set(err, scan.status, "%s", scan.err.text);
    }
    if (status == CORD_OK) {
        status = correlate_finish(&scan);
    }
    scan.totals.packed_bytes = atomic_load(&scan.packed_bytes);
    if (scan.store) {
        scan.totals.store = cord_scan_store_stats(scan.store);
    }
    *ret_totals = scan.totals;
    scan_done(&scan);
    return status;
}
