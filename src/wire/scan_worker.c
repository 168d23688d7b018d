/* scan_worker.c: one thread of a scan: cuts, decodes, stores and matches. */
#include "wire/scan_internal.h"

#include "base/vec.h"
#include "normalise/event_time.h"

#include <stdlib.h>

enum {
    BATCH_TEXT_BYTES = 64 << 10,
    RESULT_ARENA_MAX = 1 << 30,
};

void cord_scan_result_free(struct cord_scan_result *result)
{
    if (result) {
        if (result->seen) {
            result->visitor->forget(result->seen);
        }
        free(result->findings);
        free(result->inputs);
        free(result->problems);
        cord_arena_free(result->arena);
        free(result);
    }
}

static struct cord_scan_result *result_new(void)
{
    struct cord_scan_result *result = calloc(1, sizeof *result);
    if (result) {
        result->arena = cord_arena_new(RESULT_ARENA_MAX);
        if (!result->arena) {
            cord_scan_result_free(result);
            return NULL;
        }
    }
    return result;
}

static cord_status add_problem(struct cord_scan_result *result, uint64_t offset, cord_str reason,
                               bool fatal)
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
static uint64_t evidence_of(const struct cord_scan_worker *worker, const struct cord_match *match)
{
    size_t event = (size_t)(match->event - worker->batch->events);
    return worker->storer ? cord_scan_storer_number(worker->storer, event) : 0;
}

static cord_status keep_input(struct cord_scan_worker *worker, const struct cord_match *match)
{
    struct cord_scan_result *result = worker->result;
    struct cord_correlator_input *inputs =
        cord_vec_room(result->inputs, result->input_count, &result->input_cap, sizeof *inputs);
    if (!inputs) {
        return CORD_E_NOMEM;
    }
    result->inputs = inputs;
    struct cord_correlator_input *input = &inputs[result->input_count++];
    cord_status status = cord_scan_correlate_note(worker->scan->correlate, match, result->stream,
                                                  worker->classifier, result->arena, input);
    input->ref.record += result->totals.records;
    input->ref.evidence = evidence_of(worker, match);
    return status;
}

static cord_status keep_finding(struct cord_scan_worker *worker, const struct cord_match *match)
{
    struct cord_scan_result *result = worker->result;
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
        finding->record = result->totals.records + match->event->record + 1;
        finding->offset = match->event->offset;
        finding->evidence = evidence_of(worker, match);
        result->finding_count++;
    }
    return status;
}

/* Sink of the matcher: keeps the match in this batch's result. */
static cord_status keep_match(void *self, const struct cord_match *match)
{
    struct cord_scan_worker *worker = self;
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

static void *decoder_for(struct cord_scan_worker *worker, const struct cord_format *format)
{
    size_t at = 0;
    while (cord_decoder_formats[at] != format) {
        at++;
    }
    if (at < CORD_SCAN_FORMATS_MAX && !worker->decoders[at]) {
        worker->decoders[at] = format->decoder_new(&worker->env);
    }
    return at < CORD_SCAN_FORMATS_MAX ? worker->decoders[at] : NULL;
}

static cord_status look_at_events(struct cord_scan_worker *worker, const struct cord_format *format)
{
    const struct cord_scan_visitor *visitor = worker->scan->options->visitor;
    const struct cord_match_sink sink = {keep_match, worker};
    struct cord_scan_result *result = worker->result;
    if (!visitor) {
        return cord_matcher_run(worker->matcher, worker->batch, 0, &sink);
    }
    result->visitor = visitor;
    return visitor->events(worker->visit, cord_walk_item(worker->scan->walk, result->stream)->name,
                           format, worker->batch, &result->seen);
}

/* Decodes and matches the whole batch, in rounds when it holds more events
 * than fit at once. */
static cord_status work(struct cord_scan_worker *worker, const struct cord_format *format,
                        struct cord_error *err)
{
    struct cord_batch *batch = worker->batch;
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
            status = look_at_events(worker, format);
        }
        if (status != CORD_OK || decoded == CORD_OK) {
            return status;
        }
        cord_batch_events_reset(batch);
    }
}

static struct cord_matcher_stats matcher_stats(const struct cord_scan_worker *worker)
{
    return worker->matcher ? *cord_matcher_stats(worker->matcher) : (struct cord_matcher_stats){0};
}

static void account(struct cord_scan_worker *worker, const struct cord_matcher_stats *before)
{
    struct cord_batch *batch = worker->batch;
    struct cord_scan_totals *totals = &worker->result->totals;
    struct cord_matcher_stats after = matcher_stats(worker);
    totals->bytes += batch->text_len;
    totals->records += batch->records;
    totals->read += batch->read;
    totals->skipped += batch->skipped;
    totals->refused += batch->refused;
    totals->matcher.events += after.events - before->events;
    totals->matcher.matches += after.matches - before->matches;
    totals->matcher.candidates += after.candidates - before->candidates;
    totals->matcher.fallbacks += after.fallbacks - before->fallbacks;
    totals->matcher.regex_limit += after.regex_limit - before->regex_limit;
}

/* What was held now speaks of stored events, and leaves in the order of batches. */
static void release_held(struct cord_scan_worker *worker)
{
    struct cord_scan_result *earliest = NULL;
    while (worker->held) {
        struct cord_scan_result *result = worker->held;
        worker->held = result->next;
        result->next = earliest;
        earliest = result;
    }
    while (earliest) {
        struct cord_scan_result *result = earliest;
        earliest = result->next;
        for (size_t i = 0; i < result->finding_count; i++) {
            struct cord_finding *finding = &result->findings[i];
            finding->evidence = cord_scan_storer_sequence(worker->storer, finding->evidence);
        }
        for (size_t i = 0; i < result->input_count; i++) {
            struct cord_correlator_ref *ref = &result->inputs[i].ref;
            ref->evidence = cord_scan_storer_sequence(worker->storer, ref->evidence);
        }
        cord_scan_deliver(worker->scan, result);
    }
}

void cord_scan_worker_settle(struct cord_scan_worker *worker)
{
    struct cord_error err = {""};
    if (!worker->held) {
        return;
    }
    cord_status status = cord_scan_storer_flush(worker->storer, &err);
    if (status != CORD_OK) {
        cord_scan_stop(worker->scan, status, err.text[0] ? err.text : cord_error_name(status));
        return;
    }
    release_held(worker);
}

static void hand_in(struct cord_scan_worker *worker, struct cord_scan_result *result)
{
    if (!worker->storer) {
        cord_scan_deliver(worker->scan, result);
        return;
    }
    result->next = worker->held;
    worker->held = result;
    if (cord_scan_storer_is_full(worker->storer)) {
        cord_scan_worker_settle(worker);
    }
}

/* The batch that was cut, into the result; or why none was. */
static cord_status work_batch(struct cord_scan_worker *worker, const struct cord_format *format,
                              cord_status cut, const struct cord_error *why,
                              struct cord_error *ret_err)
{
    struct cord_batch *batch = worker->batch;
    struct cord_scan_result *result = worker->result;
    if (cut != CORD_OK) {
        result->failed = cut != CORD_E_END;
        return result->failed
                   ? add_problem(result, batch->text_offset, cord_str_from(why->text), true)
                   : CORD_OK;
    }
    struct cord_matcher_stats before = matcher_stats(worker);
    cord_status status = work(worker, format, ret_err);
    account(worker, &before);
    for (size_t i = 0; i < batch->refusal_count && status == CORD_OK; i++) {
        status = add_problem(result, batch->refusals[i].offset, batch->refusals[i].reason, false);
    }
    return status;
}

/* All batches of a part. Where it is damaged its stream ends. */
static cord_status work_part(struct cord_scan_worker *worker, struct cord_scan_stream *part,
                             struct cord_error *ret_err)
{
    cord_status cut = CORD_OK;
    cord_status status = CORD_OK;
    while (cut == CORD_OK && status == CORD_OK) {
        struct cord_error why = {""};
        cut = cord_scan_stream_next(part, worker->batch, &why);
        status = work_batch(worker, cord_scan_stream_format(part), cut, &why, ret_err);
        if (cord_paths_full(worker->paths)) {
            cord_paths_reset(worker->paths);
        }
    }
    worker->result->last = worker->result->failed;
    cord_scan_stream_free(part);
    return status;
}

/* Opens the lane's stream when it is not; makes room for what comes of it. */
static cord_status begin(struct cord_scan_worker *worker, struct cord_scan_lane *lane,
                         struct cord_error *ret_err)
{
    struct cord_scan *scan = worker->scan;
    uint32_t number = (uint32_t)(lane - scan->lanes);
    if (!lane->stream) {
        lane->stream =
            cord_scan_stream_new(cord_walk_item(scan->walk, number), scan->options->format,
                                 scan->options->record_bytes_max, &scan->packed_bytes);
    }
    worker->result = lane->stream ? result_new() : NULL;
    if (!worker->result) {
        return CORD_E_NOMEM;
    }
    worker->result->stream = number;
    worker->batch->stream = number;
    return scan->store && lane->next_cut == 0 ? cord_scan_store_begin(scan->store, number, ret_err)
                                              : CORD_OK;
}

/* One part or batch of one stream, from cutting to delivery. */
static cord_status turn(struct cord_scan_worker *worker, struct cord_scan_lane *lane,
                        struct cord_error *ret_err)
{
    struct cord_scan *scan = worker->scan;
    struct cord_error why = {""};
    cord_status cut = CORD_OK;
    cord_status status = begin(worker, lane, ret_err);
    struct cord_scan_result *result = worker->result;
    if (status != CORD_OK) {
        cord_scan_result_free(result);
        cord_scan_unclaim(scan, lane, true);
        return status;
    }
    /* What is behind damage is not looked at, but stored it would be: no parts. */
    struct cord_scan_stream *part = scan->store ? NULL : cord_scan_stream_part(lane->stream);
    if (!part) {
        cut = cord_scan_stream_next(lane->stream, worker->batch, &why);
    }
    const struct cord_format *format = cord_scan_stream_format(lane->stream);
    result->sequence = lane->next_cut++;
    result->last = cut != CORD_OK;
    if (cut != CORD_OK) {
        cord_scan_stream_free(lane->stream); /* its file and buffers, now and not at the end */
        lane->stream = NULL;
    }
    cord_scan_unclaim(scan, lane, cut != CORD_OK);
    status =
        part ? work_part(worker, part, ret_err) : work_batch(worker, format, cut, &why, ret_err);
    hand_in(worker, result);
    return status;
}

void *cord_scan_worker_main(void *argument)
{
    struct cord_scan_worker *worker = argument;
    struct cord_scan_lane *lane = NULL;
    while ((lane = cord_scan_claim(worker)) != NULL) {
        struct cord_error err = {""};
        cord_status status = turn(worker, lane, &err);
        if (status != CORD_OK) {
            cord_scan_stop(worker->scan, status, err.text[0] ? err.text : cord_error_name(status));
        }
        if (cord_paths_full(worker->paths)) {
            cord_paths_reset(worker->paths);
        }
    }
    cord_scan_worker_settle(worker);
    return NULL;
}

bool cord_scan_worker_init(struct cord_scan_worker *worker, struct cord_scan *scan)
{
    uint64_t seed = scan->options->seed;
    worker->scan = scan;
    worker->paths = cord_paths_new(seed);
    worker->classifier = worker->paths ? cord_classifier_new(worker->paths, seed) : NULL;
    worker->batch = cord_batch_new(BATCH_TEXT_BYTES);
    if (!worker->classifier || !worker->batch) {
        return false;
    }
    worker->env = (struct cord_decoder_env){
        .paths = worker->paths,
        .classifier = worker->classifier,
        .now_ns = scan->options->now_ns,
    };
    const struct cord_scan_visitor *visitor = scan->options->visitor;
    if (visitor) {
        worker->visit = visitor->begin(visitor->self, worker->paths, worker->classifier);
        return worker->visit != NULL;
    }
    worker->matcher = cord_matcher_new(scan->ruleset, worker->paths, worker->classifier);
    if (scan->options->detail) {
        worker->explain = cord_explain_new(worker->classifier);
    }
    if (scan->store) {
        worker->storer = cord_scan_storer_new(scan->store, worker->paths, worker->classifier);
    }
    return worker->matcher && (worker->explain || !scan->options->detail) &&
           (worker->storer || !scan->store);
}

void cord_scan_worker_done(struct cord_scan_worker *worker)
{
    for (size_t i = 0; i < CORD_SCAN_FORMATS_MAX && cord_decoder_formats[i]; i++) {
        if (worker->decoders[i]) {
            cord_decoder_formats[i]->decoder_free(worker->decoders[i]);
        }
    }
    while (worker->held) { /* the scan was stopped */
        struct cord_scan_result *next = worker->held->next;
        cord_scan_result_free(worker->held);
        worker->held = next;
    }
    if (worker->visit) {
        worker->scan->options->visitor->end(worker->scan->options->visitor->self, worker->visit);
    }
    cord_scan_storer_free(worker->storer);
    cord_explain_free(worker->explain);
    cord_matcher_free(worker->matcher);
    cord_batch_free(worker->batch);
    cord_classifier_free(worker->classifier);
    cord_paths_free(worker->paths);
}
