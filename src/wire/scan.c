/* scan.c: see scan.h. */
#include "wire/scan.h"

#include "base/vec.h"
#include "detect/finding_make.h"
#include "normalise/event_time.h"
#include "wire/scan_correlate.h"
#include "wire/scan_stream.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
    BATCH_TEXT_BYTES = 64 << 10,
    RESULT_ARENA_MAX = 1 << 30,
    /* Results that wait for an earlier one; beyond it only that is worked for. They
     * come in large numbers when they were held until their events were stored. */
    PENDING_PER_THREAD = 16,
    PENDING_PER_STORER = 2048,
    FORMATS_MAX = 64,
};

/* What one batch came to. Owned by the worker, then by the way out. */
struct result {
    struct result *next; /* in the list of those that wait */
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
    struct cord_scan_totals totals; /* of this batch alone */
};

struct lane {
    struct cord_scan_stream *stream;
    bool busy;         /* somebody is cutting it */
    bool ended;        /* no batch is left */
    uint64_t next_cut; /* only by whoever holds it busy */
    uint64_t next_out;
    uint64_t records_out; /* records of the batches that left */
};

struct scan {
    const struct cord_walk *walk;
    struct cord_ruleset *ruleset;
    const struct cord_scan_options *options;
    const struct cord_scan_sink *sink;
    struct cord_scan_correlate *correlate; /* NULL: no correlations; fed by who lets out */
    struct cord_scan_store *store;         /* NULL: nothing is stored */
    _Atomic uint64_t packed_bytes;

    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t moved;
    struct lane *lanes;
    size_t lane_count;
    size_t first_open; /* lanes before it are ended */
    size_t out_lane;   /* whose results leave now */
    struct result *pending;
    size_t pending_count;
    bool letting_out; /* a worker is calling the sink */
    cord_status status;
    struct cord_error err;
    struct cord_scan_totals totals;
};

struct worker {
    struct scan *scan;
    pthread_t thread;
    bool started;
    struct cord_paths *paths;
    struct cord_classifier *classifier;
    struct cord_matcher *matcher;
    struct cord_explain *explain; /* NULL unless findings carry detail */
    struct cord_batch *batch;
    struct cord_decoder_env env;
    void *decoders[FORMATS_MAX];
    struct result *result; /* being filled */

    struct cord_scan_storer *storer; /* NULL: nothing is stored */
    struct result *held;             /* until their events are stored: the latest first */
};

static void result_free(struct result *result)
{
    if (result) {
        free(result->findings);
        free(result->inputs);
        free(result->problems);
        cord_arena_free(result->arena);
        free(result);
    }
}

static struct result *result_new(void)
{
    struct result *result = calloc(1, sizeof *result);
    if (result) {
        result->arena = cord_arena_new(RESULT_ARENA_MAX);
        if (!result->arena) {
            result_free(result);
            return NULL;
        }
    }
    return result;
}

static cord_status add_problem(struct result *result, uint64_t offset, cord_str reason, bool fatal)
{
    struct cord_scan_problem *problems = cord_vec_room(result->problems, result->problem_count,
                                                       &result->problem_cap, sizeof *problems);
    if (!problems) {
        return CORD_E_NOMEM;
    }
    result->problems = problems;
    problems[result->problem_count++] = (struct cord_scan_problem){
        .offset = offset,
        .reason = cord_arena_copy(result->arena, reason),
        .fatal = fatal,
    };
    return CORD_OK;
}

static bool is_outside(const struct cord_scan_options *options, int64_t time_ns)
{
    return (options->from_ns != CORD_TIME_NONE && time_ns < options->from_ns) ||
           (options->to_ns != CORD_TIME_NONE &&
            (time_ns >= options->to_ns || time_ns == CORD_TIME_NONE));
}

/* Provisional, as long as the result is held. */
static uint64_t evidence_of(const struct worker *worker, const struct cord_match *match)
{
    size_t event = (size_t)(match->event - worker->batch->events);
    return worker->storer ? cord_scan_storer_number(worker->storer, event) : 0;
}

static cord_status keep_input(struct worker *worker, const struct cord_match *match)
{
    struct result *result = worker->result;
    struct cord_correlator_input *inputs =
        cord_vec_room(result->inputs, result->input_count, &result->input_cap, sizeof *inputs);
    if (!inputs) {
        return CORD_E_NOMEM;
    }
    result->inputs = inputs;
    struct cord_correlator_input *input = &inputs[result->input_count++];
    cord_status status = cord_scan_correlate_note(worker->scan->correlate, match, result->stream,
                                                  worker->classifier, result->arena, input);
    input->ref.evidence = evidence_of(worker, match);
    return status;
}

static cord_status keep_finding(struct worker *worker, const struct cord_match *match)
{
    struct result *result = worker->result;
    struct cord_finding *findings = cord_vec_room(result->findings, result->finding_count,
                                                  &result->finding_cap, sizeof *findings);
    if (!findings) {
        return CORD_E_NOMEM;
    }
    result->findings = findings;
    struct cord_finding *finding = &findings[result->finding_count];
    cord_status status =
        cord_finding_make(match, worker->classifier, worker->explain, result->arena, finding);
    if (status == CORD_OK) {
        finding->record = match->event->record + 1;
        finding->offset = match->event->offset;
        finding->evidence = evidence_of(worker, match);
        result->finding_count++;
    }
    return status;
}

/* Sink of the matcher: keeps the match in this batch's result. */
static cord_status keep_match(void *self, const struct cord_match *match)
{
    struct worker *worker = self;
    const struct cord_scan_options *options = worker->scan->options;
    bool bounded = options->from_ns != CORD_TIME_NONE || options->to_ns != CORD_TIME_NONE;
    cord_status status = CORD_OK;
    if (bounded && is_outside(options, cord_event_time(match->event))) {
        worker->result->totals.outside++;
        return CORD_OK;
    }
    if (cord_scan_correlate_wants(worker->scan->correlate, match->rule)) {
        status = keep_input(worker, match);
    }
    return status == CORD_OK && !match->rule->silent ? keep_finding(worker, match) : status;
}

static void *decoder_for(struct worker *worker, const struct cord_format *format)
{
    size_t at = 0;
    while (cord_decoder_formats[at] != format) {
        at++;
    }
    if (at < FORMATS_MAX && !worker->decoders[at]) {
        worker->decoders[at] = format->decoder_new(&worker->env);
    }
    return at < FORMATS_MAX ? worker->decoders[at] : NULL;
}

/* Decodes and matches the whole batch, in rounds when it holds more events
 * than fit at once. */
static cord_status work(struct worker *worker, const struct cord_format *format,
                        struct cord_error *err)
{
    struct cord_batch *batch = worker->batch;
    const struct cord_match_sink sink = {keep_match, worker};
    void *decoder = decoder_for(worker, format);
    if (!decoder) {
        return CORD_E_NOMEM;
    }
    for (;;) {
        cord_status decoded = format->decode(decoder, batch);
        if (decoded != CORD_OK && decoded != CORD_E_LIMIT) {
            return decoded;
        }
        cord_status status = CORD_OK;
        if (worker->storer) {
            status =
                cord_scan_storer_take(worker->storer, worker->result->stream, format, batch, err);
        }
        if (status == CORD_OK) {
            status = cord_matcher_run(worker->matcher, batch, 0, &sink);
        }
        if (status != CORD_OK || decoded == CORD_OK) {
            return status;
        }
        cord_batch_events_reset(batch);
    }
}

static void account(struct worker *worker, const struct cord_matcher_stats *before)
{
    struct cord_batch *batch = worker->batch;
    struct cord_scan_totals *totals = &worker->result->totals;
    const struct cord_matcher_stats *after = cord_matcher_stats(worker->matcher);
    totals->bytes = batch->text_len;
    totals->records = batch->records;
    totals->read = batch->read;
    totals->skipped = batch->skipped;
    totals->refused = batch->refused;
    totals->matcher.events = after->events - before->events;
    totals->matcher.matches = after->matches - before->matches;
    totals->matcher.candidates = after->candidates - before->candidates;
    totals->matcher.fallbacks = after->fallbacks - before->fallbacks;
    totals->matcher.regex_limit = after->regex_limit - before->regex_limit;
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
static cord_status let_out(struct scan *scan, struct lane *lane, struct result *result)
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
    return status;
}

/* Takes the result whose turn it is off the list, or NULL. */
static struct result *take_next(struct scan *scan)
{
    for (struct result **at = &scan->pending; *at; at = &(*at)->next) {
        struct result *result = *at;
        if (result->stream == scan->out_lane &&
            result->sequence == scan->lanes[scan->out_lane].next_out) {
            *at = result->next;
            scan->pending_count--;
            return result;
        }
    }
    return NULL;
}

/* With the lock held: lets out whatever is due. */
static void drain(struct scan *scan)
{
    struct result *result = NULL;
    if (scan->letting_out) {
        return; /* the one who does it will find our result too */
    }
    scan->letting_out = true;
    while ((result = take_next(scan)) != NULL) {
        struct lane *lane = &scan->lanes[result->stream];
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
        if (scan->sink->progress && !stopped) {
            scan->sink->progress(scan->sink->self, &so_far);
        }
        (void)pthread_mutex_lock(&scan->lock);
        if (status != CORD_OK && scan->status == CORD_OK) {
            scan->status = cord_error_set(&scan->err, status, "writing the output failed");
        }
        lane->next_out++;
        if (result->last && scan->store) {
            cord_scan_store_end(scan->store, result->stream);
        }
        scan->out_lane += result->last ? 1 : 0;
        result_free(result);
        (void)pthread_cond_broadcast(&scan->moved);
    }
    scan->letting_out = false;
}

static void deliver(struct scan *scan, struct result *result)
{
    (void)pthread_mutex_lock(&scan->lock);
    result->next = scan->pending;
    scan->pending = result;
    scan->pending_count++;
    drain(scan);
    (void)pthread_mutex_unlock(&scan->lock);
}

/* What was held now speaks of stored events, and leaves in the order of batches. */
static void release_held(struct worker *worker)
{
    struct result *earliest = NULL;
    while (worker->held) {
        struct result *result = worker->held;
        worker->held = result->next;
        result->next = earliest;
        earliest = result;
    }
    while (earliest) {
        struct result *result = earliest;
        earliest = result->next;
        for (size_t i = 0; i < result->finding_count; i++) {
            struct cord_finding *finding = &result->findings[i];
            finding->evidence = cord_scan_storer_sequence(worker->storer, finding->evidence);
        }
        for (size_t i = 0; i < result->input_count; i++) {
            struct cord_correlator_ref *ref = &result->inputs[i].ref;
            ref->evidence = cord_scan_storer_sequence(worker->storer, ref->evidence);
        }
        deliver(worker->scan, result);
    }
}

static void stop(struct scan *scan, cord_status status, const char *why)
{
    (void)pthread_mutex_lock(&scan->lock);
    if (scan->status == CORD_OK) {
        scan->status = cord_error_set(&scan->err, status, "%s", why);
    }
    (void)pthread_cond_broadcast(&scan->moved);
    (void)pthread_mutex_unlock(&scan->lock);
}

/* Stores what was gathered; then the results that wait for it may leave. */
static void settle(struct worker *worker)
{
    struct cord_error err = {""};
    if (!worker->held) {
        return;
    }
    cord_status status = cord_scan_storer_flush(worker->storer, &err);
    if (status != CORD_OK) {
        stop(worker->scan, status, err.text[0] ? err.text : cord_error_name(status));
        return;
    }
    release_held(worker);
}

static void hand_in(struct worker *worker, struct result *result)
{
    if (!worker->storer) {
        deliver(worker->scan, result);
        return;
    }
    result->next = worker->held;
    worker->held = result;
    if (cord_scan_storer_is_full(worker->storer)) {
        settle(worker);
    }
}

/* The first stream that has batches left and is not being cut, or NULL. Too
 * many results that wait for earlier ones are memory without progress: then
 * only the stream whose turn it is goes on, so that what they wait for comes.
 * Its own next batch may always be cut, or is in somebody's hands already. */
static struct lane *pick(const struct scan *scan)
{
    size_t most =
        (size_t)(scan->store ? PENDING_PER_STORER : PENDING_PER_THREAD) * scan->options->threads;
    if (scan->pending_count >= most) {
        struct lane *lane = &scan->lanes[scan->out_lane];
        if (lane->ended || lane->busy) {
            return NULL; /* next_cut belongs to whoever is cutting */
        }
        bool wanted = scan->pending_count < 2 * most || lane->next_cut == lane->next_out;
        return wanted ? lane : NULL;
    }
    for (size_t at = scan->first_open; at < scan->lane_count; at++) {
        if (!scan->lanes[at].ended && !scan->lanes[at].busy) {
            return &scan->lanes[at];
        }
    }
    return NULL;
}

/* A stream to cut one batch of; waits when none may be. NULL when everything
 * has been handed out, or the scan has stopped. */
static struct lane *claim(struct worker *worker)
{
    struct scan *scan = worker->scan;
    struct lane *claimed = NULL;
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
            settle(worker);
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

static void unclaim(struct scan *scan, struct lane *lane, bool ended)
{
    (void)pthread_mutex_lock(&scan->lock);
    lane->busy = false;
    lane->ended = lane->ended || ended;
    (void)pthread_cond_broadcast(&scan->moved);
    (void)pthread_mutex_unlock(&scan->lock);
}

/* One batch of one stream, from cutting to delivery. */
static cord_status turn(struct worker *worker, struct lane *lane, struct cord_error *ret_err)
{
    struct scan *scan = worker->scan;
    struct cord_batch *batch = worker->batch;
    struct cord_error err = {""};
    if (!lane->stream) {
        lane->stream = cord_scan_stream_new(
            cord_walk_item(scan->walk, (size_t)(lane - scan->lanes)), scan->options->format,
            scan->options->record_bytes_max, &scan->packed_bytes);
    }
    struct result *result = lane->stream ? result_new() : NULL;
    cord_status ready = result ? CORD_OK : CORD_E_NOMEM;
    if (ready == CORD_OK && scan->store && lane->next_cut == 0) {
        ready = cord_scan_store_begin(scan->store, (uint32_t)(lane - scan->lanes), ret_err);
    }
    if (ready != CORD_OK) {
        result_free(result);
        unclaim(scan, lane, true);
        return ready;
    }
    worker->result = result;
    batch->stream = (uint32_t)(lane - scan->lanes);
    result->stream = batch->stream;
    cord_status cut = cord_scan_stream_next(lane->stream, batch, &err);
    const struct cord_format *format = cord_scan_stream_format(lane->stream);
    uint64_t sequence = lane->next_cut;
    lane->next_cut++;
    if (cut != CORD_OK) {
        cord_scan_stream_free(lane->stream); /* its file and buffers, now and not at the end */
        lane->stream = NULL;
    }
    unclaim(scan, lane, cut != CORD_OK);

    result->sequence = sequence;
    result->last = cut != CORD_OK;
    cord_status status = CORD_OK;
    if (cut == CORD_OK) {
        struct cord_matcher_stats before = *cord_matcher_stats(worker->matcher);
        status = work(worker, format, ret_err);
        account(worker, &before);
        for (size_t i = 0; i < batch->refusal_count && status == CORD_OK; i++) {
            status =
                add_problem(result, batch->refusals[i].offset, batch->refusals[i].reason, false);
        }
    } else if (cut != CORD_E_END) {
        result->failed = true;
        status = add_problem(result, batch->text_offset, cord_str_from(err.text), true);
    }
    hand_in(worker, result);
    return status;
}

static void *worker_main(void *argument)
{
    struct worker *worker = argument;
    struct lane *lane = NULL;
    while ((lane = claim(worker)) != NULL) {
        struct cord_error err = {""};
        cord_status status = turn(worker, lane, &err);
        if (status != CORD_OK) {
            stop(worker->scan, status, err.text[0] ? err.text : cord_error_name(status));
        }
        if (cord_paths_full(worker->paths)) {
            cord_paths_reset(worker->paths);
        }
    }
    settle(worker);
    return NULL;
}

static bool worker_init(struct worker *worker, struct scan *scan)
{
    uint64_t seed = scan->options->seed;
    worker->scan = scan;
    worker->paths = cord_paths_new(seed);
    worker->classifier = worker->paths ? cord_classifier_new(worker->paths, seed) : NULL;
    worker->batch = cord_batch_new(BATCH_TEXT_BYTES);
    if (!worker->classifier || !worker->batch) {
        return false;
    }
    worker->matcher = cord_matcher_new(scan->ruleset, worker->paths, worker->classifier);
    if (scan->options->detail) {
        worker->explain = cord_explain_new(worker->classifier);
    }
    worker->env = (struct cord_decoder_env){
        .paths = worker->paths,
        .classifier = worker->classifier,
        .now_ns = scan->options->now_ns,
    };
    if (scan->store) {
        worker->storer = cord_scan_storer_new(scan->store, worker->paths, worker->classifier);
    }
    return worker->matcher && (worker->explain || !scan->options->detail) &&
           (worker->storer || !scan->store);
}

static void worker_done(struct worker *worker)
{
    for (size_t i = 0; i < FORMATS_MAX && cord_decoder_formats[i]; i++) {
        if (worker->decoders[i]) {
            cord_decoder_formats[i]->decoder_free(worker->decoders[i]);
        }
    }
    while (worker->held) { /* the scan was stopped */
        struct result *next = worker->held->next;
        result_free(worker->held);
        worker->held = next;
    }
    cord_scan_storer_free(worker->storer);
    cord_explain_free(worker->explain);
    cord_matcher_free(worker->matcher);
    cord_batch_free(worker->batch);
    cord_classifier_free(worker->classifier);
    cord_paths_free(worker->paths);
}

/* Runs the workers; the last one is the calling thread. */
static cord_status run_workers(struct scan *scan, struct cord_error *err)
{
    unsigned count = scan->options->threads;
    struct worker *workers = calloc(count, sizeof *workers);
    cord_status status = CORD_OK;
    if (!workers) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    for (unsigned i = 0; i < count; i++) {
        if (!worker_init(&workers[i], scan)) {
            status = cord_error_set(err, CORD_E_NOMEM, "out of memory");
        }
    }
    for (unsigned i = 0; i + 1 < count && status == CORD_OK; i++) {
        /* Fewer threads than asked for do the same work. */
        workers[i].started =
            pthread_create(&workers[i].thread, NULL, worker_main, &workers[i]) == 0;
    }
    if (status == CORD_OK) {
        (void)worker_main(&workers[count - 1]);
    }
    for (unsigned i = 0; i < count; i++) {
        if (workers[i].started) {
            (void)pthread_join(workers[i].thread, NULL);
        }
    }
    for (unsigned i = 0; i < count; i++) {
        worker_done(&workers[i]);
    }
    free(workers);
    return status;
}

static cord_status correlation_finding(void *self, const struct cord_finding *finding)
{
    struct scan *scan = self;
    scan->totals.findings++;
    return scan->sink->finding(scan->sink->self, finding);
}

static cord_status correlate_start(struct scan *scan, struct cord_error *err)
{
    const struct cord_scan_correlate_sink sink = {correlation_finding, scan};
    const struct cord_scan_correlate_options options = {
        .bytes_max = scan->options->correlation_bytes_max,
        .pending_bytes_max = scan->options->correlation_bytes_max,
        .seed = scan->options->seed,
    };
    return cord_scan_correlate_new(scan->options->collection, scan->walk, &options, &sink,
                                   &scan->correlate, err);
}

static cord_status correlate_finish(struct scan *scan)
{
    if (!scan->correlate) {
        return CORD_OK;
    }
    cord_status status = cord_scan_correlate_finish(scan->correlate);
    scan->totals.correlator = cord_scan_correlate_stats(scan->correlate);
    return status;
}

static void scan_done(struct scan *scan)
{
    while (scan->pending) {
        struct result *next = scan->pending->next;
        result_free(scan->pending);
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
static cord_status report_walk(struct scan *scan)
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
    struct scan scan = {
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
