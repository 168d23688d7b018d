/* api_events.c: see api_events.h. */
#include "api/api_events.h"

#include "api/api_internal.h"

#include "evidence/evidence.h"
#include "evidence/query_test.h"
#include "evidence/row_json.h"
#include "evidence/store.h"
#include "evidence/tally.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    EACH = 50, /* before and behind, unless said */
    EACH_MAX = 200,
    TALLY_BYTES_MAX = 64 << 20,
};

static const struct cord_api_member EVENT_MEMBERS[] = {
    {.name = "time", .type = CORD_API_TIME, .help = "when it happened, by its source"},
    {.name = "received", .type = CORD_API_TIME},
    {.name = "id", .type = CORD_API_TEXT},
    {.name = "org", .type = CORD_API_TEXT},
    {.name = "source", .type = CORD_API_TEXT},
    {.name = "format", .type = CORD_API_TEXT},
    {.name = "class", .type = CORD_API_TEXT},
    {.name = "host", .type = CORD_API_TEXT},
    {.name = "user", .type = CORD_API_TEXT},
    {.name = "fields", .type = CORD_API_ANY, .required = true, .help = "as its source named them"},
    {.name = "raw", .type = CORD_API_TEXT, .help = "as received"},
    {.type = CORD_API_END},
};

const struct cord_api_shape cord_api_events_shape = {
    .name = "Event", .help = "What a machine saw.", .members = EVENT_MEMBERS};

const struct cord_api_member cord_api_events_variable[] =
    CORD_API_SHAPE_ONE_TEXT("id", 32, "its id");

/* --- one event --- */

struct one {
    struct cord_store *store;
    struct cord_rows *rows; /* the one row of it */
    struct cord_row_json *json;
    uint64_t sequence;
};

static void one_done(struct one *one)
{
    cord_row_json_free(one->json);
    cord_rows_free(one->rows);
}

/* The event of the path, if who asks may see it: else CORD_E_NOENT. */
static cord_status one_get(struct cord_api_call *call, struct one *one, struct cord_error *err)
{
    *one = (struct one){
        .store = call->options->ports.store,
        .rows = cord_rows_new(CORD_API_ARENA_BYTES_MAX, call->options->seed),
        .json = cord_row_json_new(NULL),
    };
    if (!one->rows || !one->json) {
        return CORD_E_NOMEM;
    }
    if (cord_store_id_parse(one->store, call->variables[0], &one->sequence, err) != CORD_OK) {
        return CORD_E_NOENT;
    }
    struct cord_evidence *evidence = cord_store_evidence(one->store);
    cord_status status = evidence->ops->get(evidence, one->sequence, one->rows, err);
    if (status != CORD_OK) {
        return status;
    }
    const struct cord_origin *origin =
        cord_rows_origin_at(one->rows, cord_rows_at(one->rows, 0)->origin);
    return cord_api_call_sees(call, origin->organisation) ? CORD_OK : CORD_E_NOENT;
}

static cord_status put_event(const struct one *one, const struct cord_rows *rows, size_t at,
                             struct cord_buf *out)
{
    char id[CORD_STORE_ID_TEXT];
    return cord_row_json_write(
        one->json, rows, at, cord_store_id_format(one->store, cord_rows_at(rows, at)->sequence, id),
        out);
}

static void answer_get(struct cord_api_call *call)
{
    struct cord_error err = {""};
    struct one one;
    cord_status status = one_get(call, &one, &err);
    if (status == CORD_OK) {
        status = put_event(&one, one.rows, 0, &call->out);
        cord_buf_put_char(&call->out, '\n');
    }
    one_done(&one);
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
    }
}

const struct cord_api_route cord_api_events_get = {
    .method = CORD_HTTP_GET,
    .path = "/events/{id}",
    .id = "getEvent",
    .verb = "events.read",
    .variables = cord_api_events_variable,
    .status = 200,
    .reply = &cord_api_events_shape,
    .summary = "One event, by its id",
    .answer = answer_get,
};

/* --- what stands around it --- */

enum by { BY_SOURCE, BY_HOST };
static const char *const BY[] = {"source", "host", NULL};

/* Events of one time are told apart by their numbers. Those before are gathered newest first;
 * those behind of the same time in a ring, for they come in that order, too, and the last ones
 * are the nearest. */
struct around {
    const struct one *one;
    const struct cord_api *api;
    const struct cord_query *query;
    struct cord_search_options options;
    size_t most;
    struct cord_buf *before; /* most */
    size_t before_count;
    struct cord_buf *ring; /* most: of the same time, behind */
    size_t ring_seen;
    struct cord_buf *behind; /* most: of later times, oldest first */
    size_t behind_count;
    uint64_t damaged;
};

static struct cord_buf *bufs_new(size_t count)
{
    struct cord_buf *bufs = calloc(count, sizeof *bufs);
    for (size_t i = 0; bufs && i < count; i++) {
        cord_buf_init(&bufs[i], CORD_API_REPLY_BYTES_MAX);
    }
    return bufs;
}

static void bufs_free(struct cord_buf *bufs, size_t count)
{
    for (size_t i = 0; bufs && i < count; i++) {
        cord_buf_done(&bufs[i]);
    }
    free(bufs);
}

static void around_done(struct around *around)
{
    bufs_free(around->before, around->most);
    bufs_free(around->ring, around->most);
    bufs_free(around->behind, around->most);
}

static cord_status write_into(const struct around *around, const struct cord_rows *rows, size_t at,
                              struct cord_buf *into)
{
    cord_buf_clear(into);
    cord_status status = put_event(around->one, rows, at, into);
    return status == CORD_OK && into->failed ? CORD_E_NOMEM : status;
}

static cord_status on_before(void *self, const struct cord_rows *rows, size_t at)
{
    struct around *around = self;
    if (around->before_count == around->most) {
        return CORD_E_END;
    }
    return write_into(around, rows, at, &around->before[around->before_count++]);
}

/* Of the event's own time: later numbers come first. */
static cord_status on_tie(void *self, const struct cord_rows *rows, size_t at)
{
    struct around *around = self;
    uint64_t sequence = cord_rows_at(rows, at)->sequence;
    if (sequence == around->one->sequence) {
        return CORD_OK;
    }
    return sequence < around->one->sequence
               ? on_before(self, rows, at)
               : write_into(around, rows, at, &around->ring[around->ring_seen++ % around->most]);
}

static bool on_progress(void *self, const struct cord_search_progress *progress)
{
    const struct around *around = self;
    (void)progress;
    return !atomic_load(&around->api->stopped);
}

/* Into a tally, or to `row`. */
static cord_status look(struct around *around, const struct cord_query *query,
                        cord_status (*row)(void *self, const struct cord_rows *rows, size_t at),
                        struct cord_tally *tally, struct cord_error *err)
{
    struct cord_evidence *evidence = cord_store_evidence(around->one->store);
    const struct cord_search_sink sink = {.row = row, .progress = on_progress, .self = around};
    struct cord_search_progress done = {0};
    cord_status status =
        evidence->ops->search(evidence, query, &around->options, &sink, tally, &done, err);
    around->damaged += done.blocks_damaged;
    if (status == CORD_E_END) {
        return atomic_load(&around->api->stopped) ? CORD_E_LIMIT : CORD_OK;
    }
    return status;
}

static cord_status look_before(struct around *around, int64_t when_ns, struct cord_error *err)
{
    around->options.from_ns = CORD_TIME_NONE;
    around->options.to_ns = when_ns;
    around->options.limit = around->most - around->before_count;
    return around->options.limit > 0 ? look(around, around->query, on_before, NULL, err) : CORD_OK;
}

static cord_status keep_behind(struct around *around, struct cord_tally *tally)
{
    size_t count = 0;
    cord_status status = cord_tally_finish(tally);
    const struct cord_tally_event *events =
        status == CORD_OK ? cord_tally_events(tally, &count) : NULL;
    for (size_t i = 0; i < count && i < around->most && status == CORD_OK; i++) {
        status = write_into(around, events[i].rows, events[i].at,
                            &around->behind[around->behind_count++]);
    }
    return status;
}

/* `oldest` is the condition with "| first N". */
static cord_status look_behind(struct around *around, const struct cord_query *oldest,
                               int64_t when_ns, struct cord_error *err)
{
    const struct cord_tally_options options = {.bytes_max = TALLY_BYTES_MAX,
                                               .seed = around->api->options.seed};
    struct cord_tally *tally = cord_tally_new(oldest, &options);
    around->options.from_ns = when_ns + 1;
    around->options.to_ns = CORD_TIME_NONE;
    around->options.limit = 0;
    cord_status status = tally ? look(around, oldest, NULL, tally, err) : CORD_E_NOMEM;
    if (status == CORD_OK) {
        status = keep_behind(around, tally);
    }
    cord_tally_free(tally);
    return status;
}

static cord_status look_around(struct around *around, const struct cord_query *oldest,
                               struct cord_error *err)
{
    int64_t when_ns = cord_row_when(cord_rows_at(around->one->rows, 0));
    if (when_ns == INT64_MAX) {
        return cord_error_set(err, CORD_E_UNSUPPORTED, "it says no time that there can be");
    }
    around->options.from_ns = when_ns;
    around->options.to_ns = when_ns + 1;
    cord_status status = look(around, around->query, on_tie, NULL, err);
    status = status == CORD_OK ? look_before(around, when_ns, err) : status;
    return status == CORD_OK ? look_behind(around, oldest, when_ns, err) : status;
}

static void put_one(struct cord_buf *out, const struct cord_buf *event)
{
    cord_json_put_item(out);
    cord_buf_put(out, cord_buf_str(event));
}

static cord_status put_around(const struct around *around, struct cord_buf *out)
{
    size_t ties = around->ring_seen < around->most ? around->ring_seen : around->most;
    size_t later = around->behind_count;
    later = later > around->most - ties ? around->most - ties : later;
    cord_json_put_number(out, "before", around->before_count);
    cord_json_put_number(out, "behind", ties + later);
    cord_json_put_number(out, "damaged", around->damaged);
    cord_json_put_name(out, "items");
    cord_buf_put_char(out, '[');
    for (size_t i = around->before_count; i > 0; i--) {
        put_one(out, &around->before[i - 1]);
    }
    cord_json_put_item(out);
    cord_status status = put_event(around->one, around->one->rows, 0, out);
    for (size_t i = 0; i < ties; i++) {
        put_one(out, &around->ring[(around->ring_seen - 1 - i) % around->most]);
    }
    for (size_t i = 0; i < later; i++) {
        put_one(out, &around->behind[i]);
    }
    cord_buf_put(out, CORD_STR("]}\n"));
    return status;
}

/* The machine that the event is of, in the arena; "": it names none. */
static cord_status host_of(struct cord_api_call *call, const struct one *one, cord_str *ret_host)
{
    const struct cord_row *row = cord_rows_at(one->rows, 0);
    cord_str text = {0};
    *ret_host = CORD_STR("");
    if (row->role[CORD_ROLE_HOST] == CORD_VALUE_NONE) {
        return CORD_OK;
    }
    const struct cord_span *span = &row->spans[row->role[CORD_ROLE_HOST]];
    struct cord_query_test *test = cord_query_test_new();
    cord_status status = test ? cord_query_test_text(test, (enum cord_value_kind)span->kind,
                                                     span->flags, cord_row_value(row, span), &text)
                              : CORD_E_NOMEM;
    if (status == CORD_OK && text.ptr) {
        *ret_host = cord_arena_copy(call->arena, text);
        status = ret_host->ptr ? CORD_OK : CORD_E_NOMEM;
    }
    cord_query_test_free(test);
    return status;
}

/* "host:'...'" with an apostrophe doubled, and the pipeline. */
static cord_status make_query(cord_str host, const char *pipeline, struct cord_query **ret_query,
                              struct cord_error *err)
{
    struct cord_buf text;
    cord_buf_init(&text, CORD_QUERY_BYTES_MAX);
    if (host.len > 0) {
        cord_buf_put_text(&text, "host:'");
        for (size_t i = 0; i < host.len; i++) {
            cord_buf_put_text(&text, host.ptr[i] == '\'' ? "'" : "");
            cord_buf_put_char(&text, host.ptr[i]);
        }
        cord_buf_put_char(&text, '\'');
    }
    cord_buf_put_text(&text, pipeline);
    cord_status status =
        text.failed ? cord_error_set(err, CORD_E_UNSUPPORTED, "the name of its host is too long")
                    : cord_query_parse(cord_buf_str(&text), ret_query, err);
    cord_buf_done(&text);
    return status;
}

static cord_status find_around(struct cord_api_call *call, struct around *around, cord_str host,
                               struct cord_error *err)
{
    char first[32];
    struct cord_query *query = NULL;
    struct cord_query *oldest = NULL;
    (void)snprintf(first, sizeof first, " | first %zu", around->most);
    cord_status status = make_query(host, "", &query, err);
    status = status == CORD_OK ? make_query(host, first, &oldest, err) : status;
    if (status == CORD_OK) {
        around->query = query;
        status = look_around(around, oldest, err);
    }
    if (status == CORD_OK) {
        status = put_around(around, &call->out);
    }
    cord_query_free(oldest);
    cord_query_free(query);
    return status;
}

static void answer_context(struct cord_api_call *call)
{
    const struct cord_api_value *each = cord_api_call_parameter(call, "each");
    const struct cord_api_value *by = cord_api_call_parameter(call, "by");
    bool same_host = by->present && by->number == BY_HOST;
    struct cord_error err = {""};
    cord_str host = CORD_STR("");
    struct one one;
    cord_status status = one_get(call, &one, &err);
    struct around around = {.one = &one, .api = call->api, .most = EACH};
    around.most = each->present ? (size_t)each->number : EACH;
    if (status == CORD_OK && same_host) {
        status = host_of(call, &one, &host);
        if (status == CORD_OK && host.len == 0) {
            one_done(&one);
            cord_api_shape_fault(&call->faults, "by", "the event names no host");
            cord_api_call_problem(call, 400, "a parameter is wrong");
            return;
        }
    }
    if (status == CORD_OK) {
        const struct cord_origin *origin =
            cord_rows_origin_at(one.rows, cord_rows_at(one.rows, 0)->origin);
        around.options = (struct cord_search_options){
            .organisation = origin->organisation,
            .source = same_host ? CORD_STR("") : origin->source,
            .threads = 1,
        };
        around.before = bufs_new(around.most);
        around.ring = bufs_new(around.most);
        around.behind = bufs_new(around.most);
        status = around.before && around.ring && around.behind ? CORD_OK : CORD_E_NOMEM;
        cord_buf_put_char(&call->out, '{');
        cord_json_put_text(&call->out, "event", call->variables[0]);
        cord_json_put_text(&call->out, "by", cord_str_from(BY[same_host ? BY_HOST : BY_SOURCE]));
        cord_json_put_text(&call->out, "of", same_host ? host : origin->source);
    }
    if (status == CORD_OK) {
        status = find_around(call, &around, host, &err);
    }
    around_done(&around);
    one_done(&one);
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
    }
}

static const struct cord_api_member CONTEXT_PARAMETERS[] = {
    {.name = "by",
     .type = CORD_API_WORD,
     .words = BY,
     .help = "which events: of the same source (unless said), or of the same host"},
    {.name = "each",
     .type = CORD_API_NUMBER,
     .least = 1,
     .most = EACH_MAX,
     .help = "so many before it and behind it at most; 50 unless said"},
    {.type = CORD_API_END},
};

static const struct cord_api_member CONTEXT_MEMBERS[] = {
    {.name = "event", .type = CORD_API_TEXT, .required = true, .help = "which it is all about"},
    {.name = "by", .type = CORD_API_WORD, .required = true, .words = BY},
    {.name = "of", .type = CORD_API_TEXT, .required = true, .help = "name of the source or host"},
    {.name = "before",
     .type = CORD_API_NUMBER,
     .required = true,
     .most = EACH_MAX,
     .help = "so many of the items are before it; fewer than were asked for: there are no more"},
    {.name = "behind",
     .type = CORD_API_NUMBER,
     .required = true,
     .most = EACH_MAX,
     .help = "and so many behind it"},
    {.name = "damaged",
     .type = CORD_API_NUMBER,
     .required = true,
     .most = INT64_MAX,
     .help = "blocks that could not be read: the answer lacks them"},
    {.name = "items",
     .type = CORD_API_LIST,
     .required = true,
     .shape = &cord_api_events_shape,
     .help = "oldest first; those of one time in the order in which they came in"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape CONTEXT = {
    .name = "EventContext",
    .help = "What stands around an event.",
    .members = CONTEXT_MEMBERS,
};

const struct cord_api_route cord_api_events_context = {
    .method = CORD_HTTP_GET,
    .path = "/events/{id}/context",
    .id = "getEventContext",
    .verb = "events.read",
    .variables = cord_api_events_variable,
    .parameters = CONTEXT_PARAMETERS,
    .status = 200,
    .reply = &CONTEXT,
    .summary = "What came before and behind an event",
    .help = "Of the same organisation, and of the same source or host, by the time that the events "
            "say.",
    .answer = answer_context,
};
