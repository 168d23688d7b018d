/* api_hunts.c: see api_hunts.h. */
#include "api/api_hunts.h"

#include "api/api_events.h"
#include "api/api_hunts_summary.h"
#include "api/api_internal.h"

#include "base/digest.h"
#include "base/vec.h"
#include "evidence/evidence.h"
#include "evidence/row_json.h"
#include "evidence/store.h"
#include "evidence/tally.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

enum {
    KEPT_MAX = 32,
    KEPT_EACH = 4, /* of one account */
    ROWS_MAX = 10000,
    ROWS = 1000, /* unless said */
    ROWS_BYTES_MAX = 4 << 20,
    TALLY_BYTES_MAX = 64 << 20,
    ROW_BYTES_MAX = 64 << 20,
    ID_BYTES = 12, /* drawn */
    ID_TEXT = 2 * ID_BYTES + 1,
    CODE_MAX = 64,
    NAME_BYTES_MAX = 256,
    SUMMARY_BYTES_MAX = 1 << 20,
};

#define KEPT_NS (900 * CORD_SECOND_NS)

enum state { QUEUED, RUNNING, DONE, CANCELLED, FAILED };
static const char *const STATES[] = {"queued", "running", "done", "cancelled", "failed", NULL};

struct hunt {
    struct cord_api_job job;
    struct cord_api_hunts *hunts;
    struct hunt *next;
    char id[ID_TEXT];
    char owner[80];
    struct cord_arena *arena; /* of the texts */
    cord_str text;
    cord_str organisation; /* "": all */
    cord_str source;
    int64_t from_ns;
    int64_t to_ns;
    uint64_t limit;
    struct cord_query *query;
    struct cord_api_hunts_summary_ask ask;
    int64_t created_ns;
    atomic_bool cancelled;
    bool forgotten; /* nobody's any more: freed once it has run. Here and below: under the lock */
    enum state state;
    int64_t ended_ns;
    struct cord_search_progress progress;
    bool cut;             /* there were more rows than are kept */
    bool exact;           /* nothing was left out that should not be */
    struct cord_buf rows; /* JSON objects, one behind the other */
    size_t *ends;         /* of each in rows */
    size_t row_count;
    size_t row_cap;
    struct cord_buf summary; /* an object without its closing brace; "": not begun */
    uint64_t total;          /* events that match, counted whole; UINT64_MAX: not known */
    bool rows_done;          /* what goes on is the summary */
    struct cord_error err;
};

struct cord_api_hunts {
    const struct cord_api *api;
    struct cord_api_pool *pool;
    pthread_mutex_t lock; /* guards the list and what says so */
    struct hunt *first;   /* newest */
    size_t count;
};

static void hunt_free(struct hunt *hunt)
{
    cord_query_free(hunt->query);
    cord_arena_free(hunt->arena);
    cord_buf_done(&hunt->rows);
    cord_buf_done(&hunt->summary);
    free(hunt->ends);
    free(hunt);
}

/* --- running --- */

struct running {
    struct hunt *hunt;
    struct cord_row_json *json;
    struct cord_store *store;
    struct cord_buf line;
};

static cord_status keep_line(struct running *running)
{
    struct hunt *hunt = running->hunt;
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
    struct hunt *hunt = running->hunt;
    (void)pthread_mutex_lock(&hunt->hunts->lock);
    hunt->progress = *progress;
    (void)pthread_mutex_unlock(&hunt->hunts->lock);
    return !atomic_load(&hunt->cancelled);
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
    running->hunt->exact =
        running->hunt->exact && stats.rows_without_room + stats.values_without_room +
                                        stats.events_without_room + stats.combined +
                                        stats.not_numbers + stats.estimated ==
                                    0;
    return status == CORD_E_END ? CORD_OK : status;
}

static struct cord_search_options options_of(const struct hunt *hunt, uint64_t limit)
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
    struct hunt *hunt = running->hunt;
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
    hunt->exact = done.rows_undecided == 0;
    if (status == CORD_OK && tallied) {
        status = keep_tally(running, tally);
    }
    cord_tally_free(tally);
    return status == CORD_E_END && !atomic_load(&hunt->cancelled) ? CORD_OK : status;
}

/* The rows are there, and stay as far as they are told; this goes on behind them. */
static bool on_summary_progress(void *self, const struct cord_search_progress *progress)
{
    const struct hunt *hunt = self;
    (void)progress;
    return !atomic_load(&hunt->cancelled);
}

static cord_status on_summary(void *self, cord_str opened, uint64_t matched)
{
    struct hunt *hunt = self;
    (void)pthread_mutex_lock(&hunt->hunts->lock);
    hunt->total = matched;
    cord_buf_clear(&hunt->summary);
    cord_buf_put(&hunt->summary, opened);
    bool failed = hunt->summary.failed;
    (void)pthread_mutex_unlock(&hunt->hunts->lock);
    return failed ? CORD_E_NOMEM : CORD_OK;
}

static cord_status summarise(struct hunt *hunt, struct cord_error *err)
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

/* Takes it off the list. Under the lock. */
static void unlist(struct hunt *hunt)
{
    struct hunt **at = &hunt->hunts->first;
    while (*at != hunt) {
        at = &(*at)->next;
    }
    *at = hunt->next;
    hunt->hunts->count--;
}

static void finish(struct hunt *hunt, cord_status status)
{
    struct cord_api_hunts *hunts = hunt->hunts;
    (void)pthread_mutex_lock(&hunts->lock);
    hunt->state = atomic_load(&hunt->cancelled) ? CANCELLED : status == CORD_OK ? DONE : FAILED;
    hunt->ended_ns = cord_clock_now_ns(&hunts->api->options.wall);
    bool forgotten = hunt->forgotten;
    if (forgotten) {
        unlist(hunt);
    }
    (void)pthread_mutex_unlock(&hunts->lock);
    if (forgotten) {
        hunt_free(hunt);
    }
}

static void run(struct cord_api_job *job)
{
    struct hunt *hunt = CORD_LOOP_OWNER(job, struct hunt, job);
    struct cord_api_hunts *hunts = hunt->hunts;
    struct cord_error err = {""};
    struct running running = {.hunt = hunt,
                              .store = hunts->api->options.ports.store,
                              .json = cord_row_json_new(hunt->query)};
    cord_buf_init(&running.line, ROW_BYTES_MAX);
    (void)pthread_mutex_lock(&hunts->lock);
    hunt->state = RUNNING;
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

/* --- the whole --- */

cord_status cord_api_hunts_new(const struct cord_api *api, struct cord_api_hunts **ret_hunts,
                               struct cord_error *err)
{
    struct cord_api_hunts *hunts = calloc(1, sizeof *hunts);
    if (!hunts || pthread_mutex_init(&hunts->lock, NULL) != 0) {
        free(hunts);
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    hunts->api = api;
    cord_status status = cord_api_pool_new(1, KEPT_MAX, &hunts->pool, err);
    if (status != CORD_OK) {
        cord_api_hunts_free(hunts);
        return status;
    }
    *ret_hunts = hunts;
    return CORD_OK;
}

void cord_api_hunts_stop(struct cord_api_hunts *hunts)
{
    if (!hunts || !hunts->pool) {
        return;
    }
    (void)pthread_mutex_lock(&hunts->lock);
    for (struct hunt *hunt = hunts->first; hunt; hunt = hunt->next) {
        atomic_store(&hunt->cancelled, true);
    }
    (void)pthread_mutex_unlock(&hunts->lock);
    cord_api_pool_stop(hunts->pool);
}

void cord_api_hunts_free(struct cord_api_hunts *hunts)
{
    if (!hunts) {
        return;
    }
    cord_api_hunts_stop(hunts);
    cord_api_pool_free(hunts->pool);
    while (hunts->first) {
        struct hunt *hunt = hunts->first;
        hunts->first = hunt->next;
        hunt_free(hunt);
    }
    (void)pthread_mutex_destroy(&hunts->lock);
    free(hunts);
}

uint64_t cord_api_hunts_count(struct cord_api_hunts *hunts)
{
    (void)pthread_mutex_lock(&hunts->lock);
    uint64_t count = hunts->count;
    (void)pthread_mutex_unlock(&hunts->lock);
    return count;
}

/* --- shapes --- */

static const struct cord_api_member PROGRESS_MEMBERS[] = {
    {.name = "blocks", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.name = "skipped",
     .type = CORD_API_NUMBER,
     .required = true,
     .most = INT64_MAX,
     .help = "nothing in them can match: not opened; 0 of a search of one organisation's"},
    {.name = "counted",
     .type = CORD_API_NUMBER,
     .required = true,
     .most = INT64_MAX,
     .help = "counted by what is known of them: not opened"},
    {.name = "searched", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.name = "damaged",
     .type = CORD_API_NUMBER,
     .required = true,
     .most = INT64_MAX,
     .help = "of those searched: could not be read, the answer lacks them"},
    {.name = "left",
     .type = CORD_API_NUMBER,
     .required = true,
     .most = INT64_MAX,
     .help =
         "blocks = skipped + counted + searched + left, whenever one asks; of a search that was "
         "cancelled they stay left"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape PROGRESS = {
    .name = "HuntProgress", .help = "How far a search is.", .members = PROGRESS_MEMBERS};

static const struct cord_api_member HUNT_MEMBERS[] = {
    {.name = "id", .type = CORD_API_TEXT, .required = true},
    {.name = "query", .type = CORD_API_LINES, .required = true},
    {.name = "state", .type = CORD_API_WORD, .required = true, .words = STATES},
    {.name = "created", .type = CORD_API_TIME, .required = true},
    {.name = "ended", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.name = "from", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.name = "to", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.name = "organisation", .type = CORD_API_TEXT, .required = true, .help = "empty: all"},
    {.name = "source", .type = CORD_API_TEXT, .required = true, .help = "empty: all"},
    {.name = "matched",
     .type = CORD_API_NUMBER,
     .required = true,
     .most = INT64_MAX,
     .help = "events so far"},
    {.name = "rows", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX, .help = "kept"},
    {.name = "cut",
     .type = CORD_API_FLAG,
     .required = true,
     .help = "there are more rows than are kept"},
    {.name = "exact",
     .type = CORD_API_FLAG,
     .required = true,
     .help = "nothing was left out for want of memory, or because an expression met its limit"},
    {.name = "rows_done",
     .type = CORD_API_FLAG,
     .required = true,
     .help = "its rows are all there, though its summary may not be"},
    {.name = "progress", .type = CORD_API_OBJECT, .required = true, .shape = &PROGRESS},
    {.type = CORD_API_END},
};

static const struct cord_api_shape HUNT = {
    .name = "Hunt", .help = "A search of the evidence.", .members = HUNT_MEMBERS};

static const struct cord_api_member NEW_MEMBERS[] = {
    {.name = "query",
     .type = CORD_API_LINES,
     .required = true,
     .most = CORD_QUERY_BYTES_MAX,
     .help = "in the language of docs/hunt.md"},
    {.name = "from", .type = CORD_API_TIME, .help = "events at or after this time"},
    {.name = "to", .type = CORD_API_TIME, .help = "events before this time"},
    {.name = "organisation",
     .type = CORD_API_TEXT,
     .least = 1,
     .most = CODE_MAX,
     .help = "its events alone; who sees one organisation's only need not say so"},
    {.name = "source", .type = CORD_API_TEXT, .least = 1, .most = NAME_BYTES_MAX},
    {.name = "limit",
     .type = CORD_API_NUMBER,
     .least = 1,
     .most = ROWS_MAX,
     .help = "rows kept at most; 1000 unless said"},
    {.name = "summary",
     .type = CORD_API_FLAG,
     .help = "count all that match, over time and by `facets`: see /hunts/{id}/summary"},
    {.name = "facets",
     .type = CORD_API_TEXTS,
     .least = 0,
     .most = CORD_API_HUNTS_FACETS_MAX,
     .help = "fields whose most frequent values the summary has"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape NEW_HUNT = {
    .name = "NewHunt", .help = "What is searched for.", .members = NEW_MEMBERS};

static const struct cord_api_member NO_MEMBERS[] = {{.type = CORD_API_END}};

static const struct cord_api_shape ROW = {
    .name = "HuntRow",
    .help = "An event (see Event), or a row of the table that the query makes: its columns.",
    .members = NO_MEMBERS,
    .open = true};

/* Under the lock. */
static void put_hunt(const struct hunt *hunt, struct cord_buf *out)
{
    const struct cord_search_progress *progress = &hunt->progress;
    /* What a search of one organisation's passes over is others', too: it is not told (N13). */
    uint64_t skipped = hunt->organisation.len > 0 ? 0 : progress->blocks_skipped;
    uint64_t blocks = progress->blocks - (progress->blocks_skipped - skipped);
    cord_api_json_item(out);
    cord_buf_put_char(out, '{');
    cord_api_json_text(out, "id", cord_str_from(hunt->id));
    cord_api_json_text(out, "query", hunt->text);
    cord_api_json_text(out, "state", cord_str_from(STATES[hunt->state]));
    cord_api_json_time(out, "created", hunt->created_ns);
    cord_api_json_time(out, "ended", hunt->ended_ns);
    cord_api_json_time(out, "from", hunt->from_ns);
    cord_api_json_time(out, "to", hunt->to_ns);
    cord_api_json_text(out, "organisation", hunt->organisation);
    cord_api_json_text(out, "source", hunt->source);
    cord_api_json_number(out, "matched", progress->rows_matched);
    cord_api_json_number(out, "rows", hunt->row_count);
    cord_api_json_flag(out, "cut", hunt->cut);
    cord_api_json_flag(out, "exact", hunt->exact);
    cord_api_json_flag(out, "rows_done", hunt->rows_done || hunt->state == DONE);
    cord_api_json_name(out, "progress");
    cord_buf_put_char(out, '{');
    cord_api_json_number(out, "blocks", blocks);
    cord_api_json_number(out, "skipped", skipped);
    cord_api_json_number(out, "counted", progress->blocks_counted);
    cord_api_json_number(out, "searched", progress->blocks_searched);
    cord_api_json_number(out, "damaged", progress->blocks_damaged);
    cord_api_json_number(out, "left", cord_evidence_blocks_left(progress));
    cord_buf_put(out, CORD_STR("}}"));
}

/* --- beginning one --- */

/* False: a problem is set. */
static bool parse(struct cord_api_call *call, struct hunt *hunt)
{
    struct cord_error err = {""};
    cord_status status = cord_query_parse(hunt->text, &hunt->query, &err);
    if (status == CORD_OK) {
        status = cord_store_id_bind(call->options->ports.store, hunt->query, &err);
    }
    if (status == CORD_OK) {
        cord_api_hunts_summary_check(hunt->query, &hunt->ask, &call->faults);
        if (call->faults.count > 0) {
            cord_api_call_problem(call, 422, "there is no such summary of this query");
        }
        return call->faults.count == 0;
    }
    if (status == CORD_E_NOMEM) {
        cord_api_call_failed(call, status, &err);
        return false;
    }
    cord_api_shape_fault(&call->faults, "query", "%s", err.text);
    cord_api_call_problem(call, 422, "the query is none");
    return false;
}

/* Of all organisations: no code begins with a blank, so that it is told as others' data. */
static bool sees_all(struct cord_api_call *call)
{
    const struct cord_api_access *access = &call->options->access;
    return access->everywhere(access->self, &call->principal, call->route->verb) &&
           cord_api_call_sees(call, CORD_STR(" all"));
}

/* Whose events: who does not see all sees one organisation's. */
static bool choose_organisation(struct cord_api_call *call, cord_str *organisation)
{
    if (organisation->len == 0 && sees_all(call)) {
        return true;
    }
    if (organisation->len == 0) {
        *organisation = cord_str_from(call->principal.organisation);
    }
    if (organisation->len == 0 || !cord_api_call_sees(call, *organisation)) {
        cord_api_call_problem(call, 403, "these are not events that you may search");
        return false;
    }
    return true;
}

static bool draw_id(char id[ID_TEXT])
{
    unsigned char bytes[ID_BYTES];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        return false;
    }
    cord_digest_to_hex(bytes, sizeof bytes, id);
    return true;
}

static void read_ask(const struct cord_api_call *call, struct hunt *hunt)
{
    const struct cord_json *wanted = cord_json_tree_get(call->body, CORD_STR("summary"));
    const struct cord_json *facets = cord_json_tree_get(call->body, CORD_STR("facets"));
    hunt->ask.wanted = wanted && wanted->kind == CORD_JSON_FLAG && wanted->flag;
    for (const struct cord_json *at = facets ? facets->child : NULL;
         at && hunt->ask.facet_count < CORD_API_HUNTS_FACETS_MAX; at = at->next) {
        hunt->ask.facets[hunt->ask.facet_count++] = cord_arena_copy(hunt->arena, at->text);
    }
}

/* NULL: a problem is set. */
static struct hunt *hunt_new(struct cord_api_call *call)
{
    struct cord_error err = {""};
    struct hunt *hunt = calloc(1, sizeof *hunt);
    cord_str organisation = cord_api_call_body_text(call, "organisation");
    uint64_t limit = cord_api_call_body_number(call, "limit");
    if (!choose_organisation(call, &organisation)) {
        free(hunt);
        return NULL;
    }
    if (hunt) {
        hunt->arena = cord_arena_new(1 << 20);
    }
    if (!hunt || !hunt->arena || !draw_id(hunt->id)) {
        if (hunt) {
            hunt_free(hunt);
        }
        cord_api_call_failed(call, CORD_E_NOMEM, &err);
        return NULL;
    }
    hunt->job.run = run;
    hunt->hunts = call->api->hunts;
    memcpy(hunt->owner, call->principal.name, sizeof hunt->owner);
    hunt->text = cord_arena_copy(hunt->arena, cord_api_call_body_text(call, "query"));
    hunt->organisation = cord_arena_copy(hunt->arena, organisation);
    hunt->source = cord_arena_copy(hunt->arena, cord_api_call_body_text(call, "source"));
    hunt->from_ns = cord_api_call_body_time(call, "from");
    hunt->to_ns = cord_api_call_body_time(call, "to");
    hunt->limit = limit > 0 ? limit : ROWS;
    hunt->total = UINT64_MAX;
    hunt->created_ns = call->wall_ns;
    hunt->ended_ns = CORD_TIME_NONE;
    hunt->exact = true;
    cord_buf_init(&hunt->rows, ROWS_BYTES_MAX);
    cord_buf_init(&hunt->summary, SUMMARY_BYTES_MAX);
    read_ask(call, hunt);
    if (!parse(call, hunt)) {
        hunt_free(hunt);
        return NULL;
    }
    return hunt;
}

/* Under the lock: those that ended long ago. */
static void forget_old(struct cord_api_hunts *hunts, int64_t now_ns)
{
    struct hunt **at = &hunts->first;
    while (*at) {
        struct hunt *hunt = *at;
        if (hunt->state >= DONE && now_ns - hunt->ended_ns > KEPT_NS) {
            *at = hunt->next;
            hunts->count--;
            hunt_free(hunt);
        } else {
            at = &hunt->next;
        }
    }
}

/* False: there are too many. */
static bool list(struct hunt *hunt)
{
    struct cord_api_hunts *hunts = hunt->hunts;
    size_t own = 0;
    (void)pthread_mutex_lock(&hunts->lock);
    forget_old(hunts, hunt->created_ns);
    for (const struct hunt *at = hunts->first; at; at = at->next) {
        own += strcmp(at->owner, hunt->owner) == 0 ? 1 : 0;
    }
    bool room = own < KEPT_EACH && hunts->count < KEPT_MAX;
    if (room) {
        hunt->next = hunts->first;
        hunts->first = hunt;
        hunts->count++;
    }
    (void)pthread_mutex_unlock(&hunts->lock);
    return room;
}

static void answer_create(struct cord_api_call *call)
{
    struct hunt *hunt = hunt_new(call);
    if (!hunt) {
        return;
    }
    if (!list(hunt)) {
        hunt_free(hunt);
        cord_api_call_problem(call, 409, "too many searches are kept: delete one of them");
        return;
    }
    put_hunt(hunt, &call->out); /* queued still: nobody changes it */
    cord_buf_put_char(&call->out, '\n');
    cord_str path = cord_arena_printf(call->arena, CORD_API_BASE "/hunts/%s", hunt->id);
    if (path.ptr) {
        cord_api_call_header(call, "Location", path);
    }
    if (!cord_api_pool_put(hunt->hunts->pool, &hunt->job)) {
        (void)pthread_mutex_lock(&hunt->hunts->lock);
        unlist(hunt);
        (void)pthread_mutex_unlock(&hunt->hunts->lock);
        hunt_free(hunt);
        cord_api_call_problem(call, 503, "the server is stopping");
    }
}

const struct cord_api_route cord_api_hunts_create = {
    .method = CORD_HTTP_POST,
    .path = "/hunts",
    .id = "createHunt",
    .verb = "events.read",
    .flags = CORD_API_CONFLICTS | CORD_API_KEYED | CORD_API_FULL,
    .body = &NEW_HUNT,
    .body_bytes_max = CORD_QUERY_BYTES_MAX + 4096,
    .status = 201,
    .reply = &HUNT,
    .summary = "Begin a search of the evidence",
    .help =
        "It waits for its turn and goes on by itself: look at its state, then at its rows. What "
        "it found is kept for a quarter of an hour. Location says where it is.",
    .answer = answer_create,
};

/* --- looking at them --- */

/* Rights may have been taken away since it was begun. */
static bool may_see(struct cord_api_call *call, const struct hunt *hunt)
{
    return hunt->organisation.len > 0 ? cord_api_call_sees(call, hunt->organisation)
                                      : sees_all(call);
}

/* Under the lock; NULL: there is none of that id that is theirs. */
static struct hunt *find(const struct cord_api_call *call)
{
    struct hunt *at = call->api->hunts->first;
    while (at && (at->forgotten || strcmp(at->owner, call->principal.name) != 0 ||
                  !cord_str_eq(cord_str_from(at->id), call->variables[0]))) {
        at = at->next;
    }
    return at;
}

static void answer_list(struct cord_api_call *call)
{
    struct cord_api_hunts *hunts = call->api->hunts;
    cord_str place;
    if (!cord_api_call_place(call, &place)) {
        return;
    }
    cord_api_call_page(call);
    (void)pthread_mutex_lock(&hunts->lock);
    forget_old(hunts, call->wall_ns);
    for (const struct hunt *at = hunts->first; at; at = at->next) {
        if (!at->forgotten && strcmp(at->owner, call->principal.name) == 0) {
            put_hunt(at, &call->out);
        }
    }
    (void)pthread_mutex_unlock(&hunts->lock);
    cord_api_call_page_end(call, (cord_str){0});
}

const struct cord_api_route cord_api_hunts_list = {
    .method = CORD_HTTP_GET,
    .path = "/hunts",
    .id = "listHunts",
    .verb = "events.read",
    .flags = CORD_API_PAGED,
    .status = 200,
    .reply = &HUNT,
    .summary = "One's own searches, newest first",
    .answer = answer_list,
};

static void answer_get(struct cord_api_call *call)
{
    struct cord_api_hunts *hunts = call->api->hunts;
    (void)pthread_mutex_lock(&hunts->lock);
    const struct hunt *hunt = find(call);
    if (hunt) {
        put_hunt(hunt, &call->out);
        cord_buf_put_char(&call->out, '\n');
    }
    (void)pthread_mutex_unlock(&hunts->lock);
    if (!hunt) {
        cord_api_call_missing(call);
    }
}

const struct cord_api_route cord_api_hunts_get = {
    .method = CORD_HTTP_GET,
    .path = "/hunts/{id}",
    .id = "getHunt",
    .verb = "events.read",
    .variables = cord_api_events_variable,
    .status = 200,
    .reply = &HUNT,
    .summary = "How far one's search is",
    .answer = answer_get,
};

/* Under the lock. */
static void put_rows(struct cord_api_call *call, const struct hunt *hunt, uint64_t at)
{
    size_t left = cord_api_call_limit(call);
    for (; at < hunt->row_count && left > 0; at++, left--) {
        size_t from = at > 0 ? hunt->ends[at - 1] : 0;
        cord_api_json_item(&call->out);
        cord_buf_put(&call->out,
                     cord_str_slice(cord_buf_str(&hunt->rows), from, hunt->ends[at] - from));
    }
    /* While it runs there may be more: the same cursor will tell. */
    cord_api_call_page_end_number(call, at < hunt->row_count || hunt->state < DONE, at);
}

static void answer_rows(struct cord_api_call *call)
{
    struct cord_api_hunts *hunts = call->api->hunts;
    uint64_t at = 0;
    if (!cord_api_call_place_number(call, &at)) {
        return;
    }
    cord_api_call_page(call);
    (void)pthread_mutex_lock(&hunts->lock);
    const struct hunt *hunt = find(call);
    bool seen = hunt && may_see(call, hunt);
    if (seen) {
        put_rows(call, hunt, at);
    }
    (void)pthread_mutex_unlock(&hunts->lock);
    if (!seen) {
        cord_api_call_missing(call);
    }
}

const struct cord_api_route cord_api_hunts_rows = {
    .method = CORD_HTTP_GET,
    .path = "/hunts/{id}/rows",
    .id = "listHuntRows",
    .verb = "events.read",
    .flags = CORD_API_PAGED,
    .variables = cord_api_events_variable,
    .status = 200,
    .reply = &ROW,
    .summary = "What one's search has found",
    .help = "Newest first. While it runs `next` is never null: ask again for more.",
    .answer = answer_rows,
};

/* Under the lock. */
static void put_summary(struct cord_api_call *call, const struct hunt *hunt)
{
    cord_str known = cord_buf_str(&hunt->summary);
    cord_buf_put(&call->out, known.len > 0 ? known : CORD_STR("{"));
    cord_api_json_flag(&call->out, "complete", hunt->ask.wanted && hunt->state == DONE);
    cord_buf_put(&call->out, CORD_STR("}\n"));
}

static void answer_summary(struct cord_api_call *call)
{
    struct cord_api_hunts *hunts = call->api->hunts;
    (void)pthread_mutex_lock(&hunts->lock);
    const struct hunt *hunt = find(call);
    bool seen = hunt && may_see(call, hunt);
    if (seen) {
        put_summary(call, hunt);
    }
    (void)pthread_mutex_unlock(&hunts->lock);
    if (!seen) {
        cord_api_call_missing(call);
    }
}

const struct cord_api_route cord_api_hunts_summary = {
    .method = CORD_HTTP_GET,
    .path = "/hunts/{id}/summary",
    .id = "getHuntSummary",
    .verb = "events.read",
    .variables = cord_api_events_variable,
    .status = 200,
    .reply = &cord_api_hunts_summary_shape,
    .summary = "When one's search has found how much, and which values",
    .help = "Of a search that was begun with `summary`. Members come one after the other, once the "
            "rows are there: all over every event that matches, however many rows are kept.",
    .answer = answer_summary,
};

static void answer_cancel(struct cord_api_call *call)
{
    struct cord_api_hunts *hunts = call->api->hunts;
    (void)pthread_mutex_lock(&hunts->lock);
    struct hunt *hunt = find(call);
    if (hunt) {
        if (hunt->state < DONE) {
            atomic_store(&hunt->cancelled, true);
        }
        put_hunt(hunt, &call->out);
        cord_buf_put_char(&call->out, '\n');
    }
    (void)pthread_mutex_unlock(&hunts->lock);
    if (!hunt) {
        cord_api_call_missing(call);
    }
}

const struct cord_api_route cord_api_hunts_cancel = {
    .method = CORD_HTTP_POST,
    .path = "/hunts/{id}/cancel",
    .id = "cancelHunt",
    .verb = "events.read",
    .flags = CORD_API_FULL,
    .variables = cord_api_events_variable,
    .status = 200,
    .reply = &HUNT,
    .summary = "Stop one's search, and keep what it has found so far",
    .help =
        "It stops at the next block: ask until it has ended. What it did not look at stays told "
        "as left. One that has ended stays as it is.",
    .answer = answer_cancel,
};

static void answer_delete(struct cord_api_call *call)
{
    struct cord_api_hunts *hunts = call->api->hunts;
    bool over = false;
    (void)pthread_mutex_lock(&hunts->lock);
    struct hunt *hunt = find(call);
    if (hunt) {
        atomic_store(&hunt->cancelled, true);
        hunt->forgotten = true;
        over = hunt->state >= DONE;
        if (over) {
            unlist(hunt);
        }
    }
    (void)pthread_mutex_unlock(&hunts->lock);
    if (!hunt) {
        cord_api_call_missing(call);
    } else if (over) {
        hunt_free(hunt);
    }
}

const struct cord_api_route cord_api_hunts_delete = {
    .method = CORD_HTTP_DELETE,
    .path = "/hunts/{id}",
    .id = "deleteHunt",
    .verb = "events.read",
    .variables = cord_api_events_variable,
    .status = 204,
    .summary = "Cancel one's search and forget what it found",
    .answer = answer_delete,
};

/* --- for an export --- */

bool cord_api_hunts_keep(struct cord_api_call *call, struct cord_api_hunts_kept *ret_kept)
{
    struct cord_api_hunts *hunts = call->api->hunts;
    struct cord_arena *arena = call->arena;
    bool room = false;
    (void)pthread_mutex_lock(&hunts->lock);
    const struct hunt *hunt = find(call);
    bool seen = hunt && may_see(call, hunt);
    if (seen) {
        *ret_kept = (struct cord_api_hunts_kept){
            .query = cord_arena_copy(arena, hunt->text),
            .organisation = cord_arena_copy(arena, hunt->organisation),
            .source = cord_arena_copy(arena, hunt->source),
            .state = STATES[hunt->state],
            .from_ns = hunt->from_ns,
            .to_ns = hunt->to_ns,
            .created_ns = hunt->created_ns,
            .ended_ns = hunt->ended_ns,
            .rows = cord_arena_copy(arena, cord_buf_str(&hunt->rows)),
            .row_count = hunt->row_count,
            .matched = hunt->total != UINT64_MAX ? hunt->total : hunt->progress.rows_matched,
            .counted = hunt->total != UINT64_MAX || (hunt->state == DONE && !hunt->cut),
            .cut = hunt->cut,
            .exact = hunt->exact,
            .damaged = hunt->progress.blocks_damaged,
            .over = hunt->state >= DONE || hunt->rows_done,
        };
        size_t *ends = cord_arena_alloc(arena, (hunt->row_count + 1) * sizeof *ends);
        room = ends && ret_kept->query.ptr && ret_kept->organisation.ptr && ret_kept->source.ptr &&
               ret_kept->rows.ptr;
        for (size_t i = 0; room && i < hunt->row_count; i++) {
            ends[i] = hunt->ends[i];
        }
        ret_kept->ends = ends;
    }
    (void)pthread_mutex_unlock(&hunts->lock);
    if (!seen) {
        cord_api_call_missing(call);
    } else if (!room) {
        cord_api_call_failed(call, CORD_E_NOMEM, &(struct cord_error){""});
    }
    return room;
}
