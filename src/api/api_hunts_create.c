/* api_hunts_create.c: a search is begun. See api_hunts.h. */
#include "api/api_hunts_internal.h"

#include "base/digest.h"

#include <stdlib.h>
#include <sys/random.h>

enum {
    ROWS_MAX = 10000,
    ROWS = 1000, /* unless said */
    ROWS_BYTES_MAX = 4 << 20,
    CODE_MAX = 64,
    NAME_BYTES_MAX = 256,
    SUMMARY_BYTES_MAX = 1 << 20,
};

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

/* False: a problem is set. */
static bool parse(struct cord_api_call *call, struct cord_api_hunt *hunt)
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

/* Whose events: who does not see all sees one organisation's. */
static bool choose_organisation(struct cord_api_call *call, cord_str *organisation)
{
    if (organisation->len == 0 && cord_api_hunts_sees_all(call)) {
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

static bool draw_id(char id[CORD_API_HUNTS_ID_TEXT])
{
    unsigned char bytes[CORD_API_HUNTS_ID_BYTES];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        return false;
    }
    cord_digest_to_hex(bytes, sizeof bytes, id);
    return true;
}

static void read_ask(const struct cord_api_call *call, struct cord_api_hunt *hunt)
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
static struct cord_api_hunt *hunt_new(struct cord_api_call *call)
{
    struct cord_error err = {""};
    struct cord_api_hunt *hunt = calloc(1, sizeof *hunt);
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
            cord_api_hunts_discard(hunt);
        }
        cord_api_call_failed(call, CORD_E_NOMEM, &err);
        return NULL;
    }
    hunt->job.run = cord_api_hunts_run;
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
        cord_api_hunts_discard(hunt);
        return NULL;
    }
    return hunt;
}

static void answer_create(struct cord_api_call *call)
{
    struct cord_api_hunt *hunt = hunt_new(call);
    if (!hunt) {
        return;
    }
    if (!cord_api_hunts_add(hunt)) {
        cord_api_hunts_discard(hunt);
        cord_api_call_problem(call, 409, "too many searches are kept: delete one of them");
        return;
    }
    cord_api_hunts_put(hunt, &call->out); /* queued still: nobody changes it */
    cord_buf_put_char(&call->out, '\n');
    cord_str path = cord_arena_printf(call->arena, CORD_API_BASE "/hunts/%s", hunt->id);
    if (path.ptr) {
        cord_api_call_header(call, "Location", path);
    }
    if (!cord_api_pool_put(hunt->hunts->pool, &hunt->job)) {
        (void)pthread_mutex_lock(&hunt->hunts->lock);
        cord_api_hunts_unlist(hunt);
        (void)pthread_mutex_unlock(&hunt->hunts->lock);
        cord_api_hunts_discard(hunt);
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
    .reply = &cord_api_hunts_shape,
    .summary = "Begin a search of the evidence",
    .help =
        "It waits for its turn and goes on by itself: look at its state, then at its rows. What "
        "it found is kept for a quarter of an hour. Location says where it is.",
    .answer = answer_create,
};
