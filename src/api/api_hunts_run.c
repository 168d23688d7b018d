/* api_hunts_run.c: a search runs, on the searches' own thread. See api_hunts.h. */
#include "api/api_hunts_internal.h"

#include "base/vec.h"
#include "evidence/row_json.h"
#include "evidence/store.h"
#include "evidence/tally.h"

#include <stdlib.h>

enum {
    TALLY_BYTES_MAX = 64 << 20,
    ROW_BYTES_MAX = 64 << 20,
};

struct running {
    struct cord_api_hunt *hunt;
    struct cord_row_json *json;
    struct cord_store *store;
    struct cord_buf line;
};

static cord_status keep_line(struct running *running)
{
    struct cord_api_hunt *hunt = running->hunt;
    cord_status status = CORD_OK;
    if (running->line.failed) {
        return CORD_E_NOMEM;
    }
    (void)pthread_mutex_lock(&hunt->hunts->lock);
    size_t *ends = cord_vec_room(hunt->ends, hunt->row_count, &hunt->row_cap, sizeof *ends);
    hunt->ends = ends ? ends : hunt->ends;
    cord_buf_put(&hunt->rows, cord_buf_str(&running->line));
    if (!ends) {
        status = CORD_E_NOMEM;
    } else if (hunt->rows.failed || hunt->row_count == hunt->limit) {
        hunt->cut = true;
        hunt->rows.len = hunt->row_count > 0 ? ends[hunt->row_count - 1] : 0;
        hunt->rows.failed = false;
        status = CORD_E_END;
    } else {
        ends[hunt->row_count++] = hunt->rows.len;
    }
    (void)pthread_mutex_unlock(&hunt->hunts->lock);
    return status;
}

static cord_status on_row(void *self, const struct cord_rows *rows, size_t at)
{
    struct running *running = self;
    char id[CORD_STORE_ID_TEXT];
    uint64_t sequence = cord_rows_at(rows, at)->sequence;
    cord_buf_clear(&running->line);
    cord_status status =
        cord_row_json_write(running->json, rows, at,
                            cord_store_id_format(running->store, sequence, id), &running->line);
    return status == CORD_OK ? keep_line(running) : status;
}

static bool on_progress(void *self, const struct cord_search_progress *progress)
{
    struct running *running = self;
    struct cord_api_hunt *hunt = running->hunt;
    (void)pthread_mutex_lock(&hunt->hunts->lock);
    hunt->progress = *progress;
    (void)pthread_mutex_unlock(&hunt->hunts->lock);
    return !atomic_load(&hunt->cancelled);
}

static void say_inexact(struct cord_api_hunt *hunt)
{
    (void)pthread_mutex_lock(&hunt->hunts->lock);
    hunt->exact = false;
    (void)pthread_mutex_unlock(&hunt->hunts->lock);
}

/* What the pipeline came to. */
static cord_status keep_tally(struct running *running, struct cord_tally *tally)
{
    size_t count = 0;
    cord_status status = cord_tally_finish(tally);
    const struct cord_tally_table *table = status == CORD_OK ? cord_tally_result(tally) : NULL;
    for (size_t row = 0; table && row < table->row_count && status == CORD_OK; row++) {
        cord_buf_clear(&running->line);
        cord_row_json_cells(table, row, &running->line);
        status = keep_line(running);
    }
    const struct cord_tally_event *events =
        status == CORD_OK && !table ? cord_tally_events(tally, &count) : NULL;
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        status = on_row(running, events[i].rows, events[i].at);
    }
    const struct cord_tally_stats stats = cord_tally_stats(tally);
    if (stats.rows_without_room + stats.values_without_room + stats.events_without_room +
            stats.combined + stats.not_numbers + stats.estimated >
        0) {
        say_inexact(running->hunt);
    }
    return status == CORD_E_END ? CORD_OK : status;
}

static struct cord_search_options options_of(const struct cord_api_hunt *hunt, uint64_t limit)
{
    return (struct cord_search_options){
        .from_ns = hunt->from_ns,
        .to_ns = hunt->to_ns,
        .organisation = hunt->organisation,
        .source = hunt->source,
        .limit = limit,
        .threads = 1,
    };
}

static cord_status search(struct running *running, struct cord_error *err)
{
    struct cord_api_hunt *hunt = running->hunt;
    struct cord_evidence *evidence = cord_store_evidence(running->store);
    uint64_t limit = 0;
    bool tallied = cord_tally_is_needed(hunt->query, &limit);
    const struct cord_tally_options tally_options = {.bytes_max = TALLY_BYTES_MAX,
                                                     .seed = hunt->hunts->api->options.seed};
    const struct cord_search_options options = options_of(hunt, tallied ? 0 : limit);
    const struct cord_search_sink sink = {
        .row = tallied ? NULL : on_row, .progress = on_progress, .self = running};
    struct cord_search_progress done = {0};
    struct cord_tally *tally = tallied ? cord_tally_new(hunt->query, &tally_options) : NULL;
    if (tallied && !tally) {
        return CORD_E_NOMEM;
    }
    cord_status status =
        evidence->ops->search(evidence, hunt->query, &options, &sink, tally, &done, err);
    (void)on_progress(running, &done);
    if (done.rows_undecided > 0) {
        say_inexact(hunt);
    }
    if (status == CORD_OK && tallied) {
        status = keep_tally(running, tally);
    }
    cord_tally_free(tally);
    return status == CORD_E_END && !atomic_load(&hunt->cancelled) ? CORD_OK : status;
}

/* The rows are there, and stay as far as they are told; this goes on behind them. */
static bool on_summary_progress(void *self, const struct cord_search_progress *progress)
{
    const struct cord_api_hunt *hunt = self;
    (void)progress;
    return !atomic_load(&hunt->cancelled);
}

static cord_status on_summary(void *self, cord_str opened, uint64_t matched)
{
    struct cord_api_hunt *hunt = self;
    (void)pthread_mutex_lock(&hunt->hunts->lock);
    hunt->total = matched;
    cord_buf_clear(&hunt->summary);
    cord_buf_put(&hunt->summary, opened);
    bool failed = hunt->summary.failed;
    (void)pthread_mutex_unlock(&hunt->hunts->lock);
    return failed ? CORD_E_NOMEM : CORD_OK;
}

static cord_status summarise(struct cord_api_hunt *hunt, struct cord_error *err)
{
    const struct cord_api_options *options = &hunt->hunts->api->options;
    const struct cord_api_hunts_summary_run run = {
        .store = options->ports.store,
        .query = hunt->query,
        .options = options_of(hunt, 0),
        .seed = options->seed,
        .progress = on_summary_progress,
        .publish = on_summary,
        .self = hunt,
    };
    (void)pthread_mutex_lock(&hunt->hunts->lock);
    hunt->rows_done = true;
    (void)pthread_mutex_unlock(&hunt->hunts->lock);
    return cord_api_hunts_summary_run(&run, &hunt->ask, err);
}

static void finish(struct cord_api_hunt *hunt, cord_status status)
{
    struct cord_api_hunts *hunts = hunt->hunts;
    (void)pthread_mutex_lock(&hunts->lock);
    hunt->state = atomic_load(&hunt->cancelled) ? CORD_API_HUNTS_CANCELLED
                  : status == CORD_OK           ? CORD_API_HUNTS_DONE
                                                : CORD_API_HUNTS_FAILED;
    hunt->ended_ns = cord_clock_now_ns(&hunts->api->options.wall);
    bool forgotten = hunt->forgotten;
    if (forgotten) {
        cord_api_hunts_unlist(hunt);
    }
    (void)pthread_mutex_unlock(&hunts->lock);
    if (forgotten) {
        cord_api_hunts_discard(hunt);
    }
}

void cord_api_hunts_run(struct cord_api_job *job)
{
    struct cord_api_hunt *hunt = CORD_LOOP_OWNER(job, struct cord_api_hunt, job);
    struct cord_api_hunts *hunts = hunt->hunts;
    struct cord_error err = {""};
    struct running running = {.hunt = hunt,
                              .store = hunts->api->options.ports.store,
                              .json = cord_row_json_new(hunt->query)};
    cord_buf_init(&running.line, ROW_BYTES_MAX);
    (void)pthread_mutex_lock(&hunts->lock);
    hunt->state = CORD_API_HUNTS_RUNNING;
    (void)pthread_mutex_unlock(&hunts->lock);
    cord_status status = CORD_E_NOMEM;
    if (atomic_load(&hunt->cancelled)) {
        status = CORD_E_END;
    } else if (running.json) {
        status = search(&running, &err);
    }
    if (status == CORD_OK && hunt->ask.wanted) {
        status = summarise(hunt, &err);
    }
    if (status != CORD_OK && status != CORD_E_END) {
        cord_log_error(hunts->api->options.log, "api.hunt_failed",
                       CORD_KV_TEXT("error", err.text[0] ? err.text : cord_error_name(status)));
    }
    cord_row_json_free(running.json);
    cord_buf_done(&running.line);
    finish(hunt, status);
}
