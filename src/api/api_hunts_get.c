/* api_hunts_get.c: searches are looked at, cancelled and deleted. See api_hunts.h. */
#include "api/api_hunts_internal.h"

#include "api/api_events.h"

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
    {.name = "state", .type = CORD_API_WORD, .required = true, .words = cord_api_hunts_states},
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

const struct cord_api_shape cord_api_hunts_shape = {
    .name = "Hunt", .help = "A search of the evidence.", .members = HUNT_MEMBERS};

static const struct cord_api_member NO_MEMBERS[] = {{.type = CORD_API_END}};

static const struct cord_api_shape ROW = {
    .name = "HuntRow",
    .help = "An event (see Event), or a row of the table that the query makes: its columns.",
    .members = NO_MEMBERS,
    .open = true};

void cord_api_hunts_put(const struct cord_api_hunt *hunt, struct cord_buf *out)
{
    const struct cord_search_progress *progress = &hunt->progress;
    /* What a search of one organisation's passes over is others', too: it is not told. */
    uint64_t skipped = hunt->organisation.len > 0 ? 0 : progress->blocks_skipped;
    uint64_t blocks = progress->blocks - (progress->blocks_skipped - skipped);
    cord_json_put_object(out);
    cord_json_put_text(out, "id", cord_str_from(hunt->id));
    cord_json_put_text(out, "query", hunt->text);
    cord_json_put_text(out, "state", cord_str_from(cord_api_hunts_states[hunt->state]));
    cord_json_put_time(out, "created", hunt->created_ns);
    cord_json_put_time(out, "ended", hunt->ended_ns);
    cord_json_put_time(out, "from", hunt->from_ns);
    cord_json_put_time(out, "to", hunt->to_ns);
    cord_json_put_text(out, "organisation", hunt->organisation);
    cord_json_put_text(out, "source", hunt->source);
    cord_json_put_number(out, "matched", progress->rows_matched);
    cord_json_put_number(out, "rows", hunt->row_count);
    cord_json_put_flag(out, "cut", hunt->cut);
    cord_json_put_flag(out, "exact", hunt->exact);
    cord_json_put_flag(out, "rows_done", hunt->rows_done || hunt->state == CORD_API_HUNTS_DONE);
    cord_json_put_name(out, "progress");
    cord_buf_put_char(out, '{');
    cord_json_put_number(out, "blocks", blocks);
    cord_json_put_number(out, "skipped", skipped);
    cord_json_put_number(out, "counted", progress->blocks_counted);
    cord_json_put_number(out, "searched", progress->blocks_searched);
    cord_json_put_number(out, "damaged", progress->blocks_damaged);
    cord_json_put_number(out, "left", cord_evidence_blocks_left(progress));
    cord_buf_put(out, CORD_STR("}}"));
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
    cord_api_hunts_forget(hunts, call->wall_ns);
    for (const struct cord_api_hunt *at = hunts->first; at; at = at->next) {
        if (!at->forgotten && strcmp(at->owner, call->principal.name) == 0) {
            cord_api_hunts_put(at, &call->out);
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
    .reply = &cord_api_hunts_shape,
    .summary = "One's own searches, newest first",
    .answer = answer_list,
};

static void answer_get(struct cord_api_call *call)
{
    struct cord_api_hunts *hunts = call->api->hunts;
    (void)pthread_mutex_lock(&hunts->lock);
    const struct cord_api_hunt *hunt = cord_api_hunts_find(call);
    if (hunt) {
        cord_api_hunts_put(hunt, &call->out);
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
    .reply = &cord_api_hunts_shape,
    .summary = "How far one's search is",
    .answer = answer_get,
};

/* Under the lock. */
static void put_rows(struct cord_api_call *call, const struct cord_api_hunt *hunt, uint64_t at)
{
    size_t left = cord_api_call_limit(call);
    for (; at < hunt->row_count && left > 0; at++, left--) {
        size_t from = at > 0 ? hunt->ends[at - 1] : 0;
        cord_json_put_item(&call->out);
        cord_buf_put(&call->out,
                     cord_str_slice(cord_buf_str(&hunt->rows), from, hunt->ends[at] - from));
    }
    /* While it runs there may be more: the same cursor will tell. */
    cord_api_call_page_end_number(call, at < hunt->row_count || hunt->state < CORD_API_HUNTS_DONE,
                                  at);
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
    const struct cord_api_hunt *hunt = cord_api_hunts_find(call);
    bool seen = hunt && cord_api_hunts_may_see(call, hunt);
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
static void put_summary(struct cord_api_call *call, const struct cord_api_hunt *hunt)
{
    cord_str known = cord_buf_str(&hunt->summary);
    cord_buf_put(&call->out, known.len > 0 ? known : CORD_STR("{"));
    cord_json_put_flag(&call->out, "complete",
                       hunt->ask.wanted && hunt->state == CORD_API_HUNTS_DONE);
    cord_buf_put(&call->out, CORD_STR("}\n"));
}

static void answer_summary(struct cord_api_call *call)
{
    struct cord_api_hunts *hunts = call->api->hunts;
    (void)pthread_mutex_lock(&hunts->lock);
    const struct cord_api_hunt *hunt = cord_api_hunts_find(call);
    bool seen = hunt && cord_api_hunts_may_see(call, hunt);
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
    struct cord_api_hunt *hunt = cord_api_hunts_find(call);
    if (hunt) {
        if (hunt->state < CORD_API_HUNTS_DONE) {
            atomic_store(&hunt->cancelled, true);
        }
        cord_api_hunts_put(hunt, &call->out);
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
    .reply = &cord_api_hunts_shape,
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
    struct cord_api_hunt *hunt = cord_api_hunts_find(call);
    if (hunt) {
        atomic_store(&hunt->cancelled, true);
        hunt->forgotten = true;
        over = hunt->state >= CORD_API_HUNTS_DONE;
        if (over) {
            cord_api_hunts_unlist(hunt);
        }
    }
    (void)pthread_mutex_unlock(&hunts->lock);
    if (!hunt) {
        cord_api_call_missing(call);
    } else if (over) {
        cord_api_hunts_discard(hunt);
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
