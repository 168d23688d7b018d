/* hunt.c: see hunt.h. */
#include "wire/hunt.h"

#include "evidence/query_match.h"
#include "wire/keep.h"

#include <stdlib.h>

/* Rows of one batch, and of a largest record. */
#define ROWS_BYTES_MAX ((size_t)8 << 30)

struct hunt {
    const struct cord_query *query;
    const struct cord_hunt_options *options;
    const struct cord_hunt_sink *sink;
    struct cord_hunt_totals *totals;
    uint64_t given;
    bool enough;
    cord_status status; /* of merging */
};

/* One worker's. */
struct visit {
    struct hunt *hunt;
    struct cord_keep *keep;
    struct cord_rows *rows;
    struct cord_query_match *match;
    struct cord_tally *tally;
    cord_str stream;
};

/* What a batch came to. */
struct seen {
    struct cord_rows *rows; /* that match; NULL: none, or they are counted */
    uint64_t matched;
};

static void visit_free(struct visit *visit)
{
    if (visit) {
        cord_tally_free(visit->tally);
        cord_query_match_free(visit->match);
        cord_keep_free(visit->keep);
        cord_rows_free(visit->rows);
        free(visit);
    }
}

static void rows_are_new(struct visit *visit)
{
    cord_query_match_from(visit->match, visit->rows);
    if (visit->tally) {
        cord_tally_from(visit->tally, visit->rows);
    }
}

static void *begin(void *self, const struct cord_paths *paths,
                   const struct cord_classifier *classifier)
{
    struct hunt *hunt = self;
    const struct cord_tally_options tally = {.bytes_max = hunt->options->bytes_max,
                                             .seed = hunt->options->seed};
    struct visit *visit = calloc(1, sizeof *visit);
    if (!visit) {
        return NULL;
    }
    visit->hunt = hunt;
    visit->rows = cord_rows_new(ROWS_BYTES_MAX, hunt->options->seed);
    visit->keep = cord_keep_new(paths, classifier);
    visit->match = cord_query_match_new(hunt->query);
    visit->tally = hunt->sink->tally ? cord_tally_new(hunt->query, &tally) : NULL;
    if (!visit->rows || !visit->keep || !visit->match || (hunt->sink->tally && !visit->tally)) {
        visit_free(visit);
        return NULL;
    }
    cord_keep_into(visit->keep, visit->rows);
    rows_are_new(visit);
    return visit;
}

static bool is_outside(const struct visit *visit, const struct cord_row *row)
{
    const struct cord_hunt_options *options = visit->hunt->options;
    int64_t when = cord_row_when(row);
    cord_str source = cord_rows_origin_at(visit->rows, row->origin)->source;
    return (options->from_ns != CORD_TIME_NONE && when < options->from_ns) ||
           (options->to_ns != CORD_TIME_NONE && (when >= options->to_ns)) ||
           (options->source.len > 0 && !cord_str_eq(options->source, source));
}

static cord_status take_row(struct visit *visit, size_t at, struct seen *seen)
{
    seen->matched++;
    if (visit->tally) {
        return cord_tally_add(visit->tally, at);
    }
    if (!seen->rows) {
        seen->rows = cord_rows_new(ROWS_BYTES_MAX, visit->hunt->options->seed);
    }
    return seen->rows ? cord_rows_copy(seen->rows, visit->rows, at) : CORD_E_NOMEM;
}

static cord_status look_at_rows(struct visit *visit, struct seen *seen)
{
    cord_status status = CORD_OK;
    for (size_t at = 0; at < cord_rows_count(visit->rows) && status == CORD_OK; at++) {
        bool matches = false;
        if (is_outside(visit, cord_rows_at(visit->rows, at))) {
            continue;
        }
        status = cord_query_match_row(visit->match, at, &matches);
        if (status == CORD_OK && matches) {
            status = take_row(visit, at, seen);
        }
    }
    cord_keep_taken(visit->keep);
    if (cord_rows_field_count(visit->rows) == 0) {
        rows_are_new(visit); /* the names were forgotten, too */
    }
    return status;
}

static cord_status look_at_events(void *self, cord_str stream, const struct cord_format *format,
                                  const struct cord_batch *batch, void **seen)
{
    struct visit *visit = self;
    const struct cord_keep_source source = {.source = stream,
                                            .format = cord_str_from(format->name)};
    *seen = *seen ? *seen : calloc(1, sizeof(struct seen));
    if (!*seen) {
        return CORD_E_NOMEM;
    }
    if (stream.ptr != visit->stream.ptr) {
        cord_keep_from(visit->keep, &source);
        visit->stream = stream;
    }
    cord_status status = CORD_OK;
    size_t next = 0;
    do {
        size_t from = next;
        status = cord_keep_run(visit->keep, batch, from, visit->hunt->options->now_ns, &next);
        if (status == CORD_E_LIMIT && next > from) {
            status = CORD_OK; /* full: these first */
        }
        status = status == CORD_OK ? look_at_rows(visit, *seen) : status;
    } while (status == CORD_OK && next < batch->event_count);
    return status;
}

static cord_status let_out(void *self, const void *what)
{
    struct hunt *hunt = self;
    const struct seen *seen = what;
    const struct cord_hunt_options *options = hunt->options;
    cord_status status = CORD_OK;
    hunt->totals->matched += seen ? seen->matched : 0;
    size_t count = seen && seen->rows ? cord_rows_count(seen->rows) : 0;
    for (size_t i = 0; i < count && status == CORD_OK && !hunt->enough; i++) {
        status = hunt->sink->row(hunt->sink->self, seen->rows, i);
        hunt->given++;
        hunt->enough = options->limit > 0 && hunt->given >= options->limit;
    }
    if (status != CORD_OK) {
        return status;
    }
    return hunt->enough ? CORD_E_END : CORD_OK;
}

static void forget(void *what)
{
    struct seen *seen = what;
    cord_rows_free(seen->rows);
    free(seen);
}

static void end(void *self, void *what)
{
    struct hunt *hunt = self;
    struct visit *visit = what;
    hunt->totals->undecided += cord_query_match_undecided(visit->match);
    cord_hunt_fields_look(&hunt->totals->fields, visit->rows);
    if (visit->tally && hunt->status == CORD_OK) {
        hunt->status = cord_tally_merge(hunt->sink->tally, visit->tally);
    }
    visit_free(visit);
}

static cord_status on_finding(void *self, const struct cord_finding *finding)
{
    (void)self;
    (void)finding;
    return CORD_OK;
}

static cord_status on_problem(void *self, const struct cord_scan_problem *problem)
{
    struct hunt *hunt = self;
    return hunt->sink->problem(hunt->sink->self, problem);
}

static bool on_progress(void *self, const struct cord_scan_totals *so_far)
{
    struct hunt *hunt = self;
    hunt->totals->cancelled =
        hunt->sink->progress &&
        !hunt->sink->progress(hunt->sink->self, so_far, hunt->totals->matched);
    return !hunt->totals->cancelled;
}

cord_status cord_hunt_files(const struct cord_walk *walk, const struct cord_query *query,
                            const struct cord_hunt_options *options,
                            const struct cord_hunt_sink *sink, struct cord_hunt_totals *ret_totals,
                            struct cord_error *err)
{
    struct hunt hunt = {.query = query, .options = options, .sink = sink, .totals = ret_totals};
    const struct cord_scan_visitor visitor = {.begin = begin,
                                              .events = look_at_events,
                                              .let_out = let_out,
                                              .forget = forget,
                                              .end = end,
                                              .self = &hunt};
    const struct cord_scan_options scan = {.format = options->format,
                                           .threads = options->threads,
                                           .from_ns = CORD_TIME_NONE,
                                           .to_ns = CORD_TIME_NONE,
                                           .now_ns = options->now_ns,
                                           .seed = options->seed,
                                           .record_bytes_max = options->record_bytes_max,
                                           .visitor = &visitor};
    const struct cord_scan_sink scan_sink = {
        .finding = on_finding, .problem = on_problem, .progress = on_progress, .self = &hunt};
    *ret_totals = (struct cord_hunt_totals){.cancelled = false};
    cord_hunt_fields_init(&ret_totals->fields, query);
    cord_status status = cord_scan_run(walk, NULL, &scan, &scan_sink, &ret_totals->scan, err);
    if (status == CORD_E_END) {
        status = CORD_OK; /* enough, or cancelled */
    }
    if (status == CORD_OK && hunt.status != CORD_OK) {
        status = cord_error_set(err, hunt.status, "%s", cord_error_name(hunt.status));
    }
    return status;
}
