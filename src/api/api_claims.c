/* api_claims.c: what was asserted, page by page and as it comes; and asserting. */
#include "api/api_claims.h"

#include "api/api_internal.h"

#include <stdio.h>

enum { REACH_BYTES_MAX = 1 << 20 };

/* --- shapes --- */

static const char *const BASES[] = {"confirmed", "reported", "estimated", NULL};
static const char *const MARKINGS[] = {"TLP:CLEAR",        "TLP:GREEN", "TLP:AMBER",
                                       "TLP:AMBER+STRICT", "TLP:RED",   NULL};

#define TEXT_MEMBER(word, needed, what)                                                            \
    {                                                                                              \
        .name = (word), .type = CORD_API_TEXT, .required = (needed), .least = 1,                   \
        .most = CORD_CLAIM_TEXT_MAX, .help = (what)                                                \
    }

#define SAID_MEMBERS                                                                               \
    TEXT_MEMBER("kind", true, "see /claims/kinds"),                                                \
        TEXT_MEMBER("subject", true, "of what it is said: org:R1H, service:spine"),                \
        {.name = "value", .type = CORD_API_ANY, .required = true, .help = "the kind's members"},   \
        {.name = "amount", .type = CORD_API_DECIMAL}, TEXT_MEMBER("unit", false, "of the amount"), \
        {.name = "valid_from", .type = CORD_API_TIME, .help = "since when it is true"},            \
    {                                                                                              \
        .name = "valid_to", .type = CORD_API_TIME,                                                 \
        .help = "until when; without it, until something else is said"                             \
    }

#define HOW_MEMBERS                                                                                \
    TEXT_MEMBER("method", true, "telephone, return, telemetry, press, ..."),                       \
        {.name = "confidence", .type = CORD_API_NUMBER, .most = 100, .help = "percent"},           \
        {.name = "basis", .type = CORD_API_WORD, .words = BASES},                                  \
        TEXT_MEMBER("source", false, "link, citation or evidence id"),                             \
        TEXT_MEMBER("key", false, "the claimant's own name for it: the same key is one claim"),    \
        {.name = "supersedes", .type = CORD_API_ID, .help = "id of the claim that it takes back"}, \
        {.name = "marking", .type = CORD_API_WORD, .words = MARKINGS, .help = "TLP 2.0"},          \
        TEXT_MEMBER("exercise", false, "its name; left out: live")

static const struct cord_api_member CLAIM_MEMBERS[] = {
    {.name = "id", .type = CORD_API_ID, .required = true},
    SAID_MEMBERS,
    {.name = "recorded", .type = CORD_API_TIME, .required = true, .help = "since when it is known"},
    TEXT_MEMBER("claimant", true, "who says it: org:X24, user:K7QM-2F9A-XHP3"),
    HOW_MEMBERS,
    {.name = "hash",
     .type = CORD_API_TEXT,
     .required = true,
     .help = "SHA-256 over the one before and this, hexadecimal"},
    {.type = CORD_API_END},
};

const struct cord_api_shape cord_api_claims_shape = {
    .name = "Claim",
    .help = "What someone asserted. Never changed: a correction is another claim.",
    .members = CLAIM_MEMBERS};

static const struct cord_api_member NEW_MEMBERS[] = {
    SAID_MEMBERS,
    TEXT_MEMBER("claimant", false, "oneself or one's organisation, which it is unless said"),
    HOW_MEMBERS,
    {.type = CORD_API_END},
};

const struct cord_api_shape cord_api_claims_new_shape = {
    .name = "NewClaim", .help = "What is to be recorded.", .members = NEW_MEMBERS};

/* --- whose --- */

struct cord_api_subject cord_api_claims_subject(cord_str subject, cord_str claimant,
                                                enum cord_claim_marking marking)
{
    struct cord_api_subject of = {.marking = marking};
    if (cord_str_starts(subject, CORD_STR("org:"))) {
        of.organisation = cord_str_from_byte(subject, 4);
    }
    if (cord_str_starts(claimant, CORD_STR("org:"))) {
        of.claimant = cord_str_from_byte(claimant, 4);
    }
    if (cord_str_starts(subject, CORD_STR("site:"))) {
        of.site = cord_str_from_byte(subject, 5);
    }
    /* They are somebody's: until it is known whose, only their claimant's. */
    of.unknown = of.site.len > 0 || cord_str_starts(subject, CORD_STR("asset:")) ||
                 cord_str_starts(subject, CORD_STR("user:"));
    return of;
}

bool cord_api_claims_sees(const struct cord_api *api, const struct cord_api_principal *principal,
                          const char *verb, const struct cord_claim *claim)
{
    const struct cord_api_access *access = &api->options.access;
    const struct cord_api_subject subject =
        cord_api_claims_subject(claim->subject, claim->claimant, claim->marking);
    /* The audit is read elsewhere, by another right. */
    return strcmp(claim->kind->topic, "audit") != 0 &&
           access->may(access->self, principal, verb, &subject) == CORD_API_YES;
}

/* --- pages --- */

bool cord_api_claims_names_are_known(struct cord_api_call *call,
                                     const struct cord_claim_filter *filter)
{
    if (filter->kind.len > 0 && !cord_claim_kind_find(filter->kind)) {
        const char *near = cord_claim_kind_nearest(filter->kind);
        cord_api_shape_fault(&call->faults, "kind", "there is no such kind%s%s%s",
                             near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    if (filter->topic.len > 0 && !cord_claim_kind_topic(filter->topic)) {
        cord_api_shape_fault(&call->faults, "topic", "there is no such topic: see /claims/kinds");
    }
    if (call->faults.count > 0) {
        cord_api_call_problem(call, 400, "a parameter is wrong");
    }
    return call->faults.count == 0;
}

/* False: a problem is set. */
static bool read_choice(struct cord_api_call *call, struct cord_claim_filter *ret_filter)
{
    int64_t at_ns = cord_api_call_time(call, "at");
    *ret_filter = (struct cord_claim_filter){
        .kind = cord_api_call_text(call, "kind"),
        .topic = cord_api_call_text(call, "topic"),
        .known_ns = at_ns == CORD_TIME_NONE ? INT64_MAX : at_ns,
    };
    return cord_api_call_subject(call, "subject", &ret_filter->subject) &&
           cord_api_call_subject(call, "claimant", &ret_filter->claimant) &&
           cord_api_claims_names_are_known(call, ret_filter);
}

struct page {
    struct cord_api_call *call;
    size_t left;
    uint64_t last;
    bool full; /* one more is there */
};

static cord_status put_claim(void *self, const struct cord_claim *claim,
                             const struct cord_digest *hash)
{
    struct page *page = self;
    struct cord_api_call *call = page->call;
    if (page->left == 0) {
        page->full = true;
        return CORD_E_END;
    }
    /* All within reach are: and that another's was shown is noted. */
    if (cord_api_claims_sees(call->api, &call->principal, call->route->verb, claim)) {
        page->last = claim->number;
        cord_json_put_item(&call->out);
        cord_api_opaque_write_claim(&call->api->opaque, claim, hash, &call->out);
        page->left--;
    }
    return CORD_OK;
}

static cord_status put_page(struct page *page, struct cord_record_view *view,
                            const struct cord_claim_filter *filter, struct cord_error *err)
{
    struct cord_api_call *call = page->call;
    const struct cord_api_access *access = &call->options->access;
    const struct cord_record_reach_page from = {.after = page->last};
    struct cord_record_reach reach;
    cord_status status = access->reach(access->self, &call->principal, call->route->verb, false,
                                       call->arena, &reach);
    return status == CORD_OK
               ? cord_record_reach_claims(view, &reach, filter, &from, put_claim, page, err)
               : status;
}

static void answer_list(struct cord_api_call *call)
{
    struct cord_claim_filter filter;
    struct cord_record_view *view = NULL;
    struct cord_error err = {""};
    struct page page = {.call = call, .left = cord_api_call_limit(call)};
    if (!cord_api_call_place_number(call, &page.last) || !read_choice(call, &filter)) {
        return;
    }
    cord_api_call_page(call);
    cord_status status = cord_api_views_take(call->api->views, &view, &err);
    if (status == CORD_OK) {
        status = put_page(&page, view, &filter, &err);
    }
    cord_api_views_give(call->api->views, view);
    if (status == CORD_OK) {
        cord_api_call_page_end_number(call, page.full, page.last);
    } else {
        cord_api_call_failed(call, status, &err);
    }
}

#define FILTER_PARAMETERS                                                                          \
    TEXT_MEMBER("kind", false, "of this kind"), TEXT_MEMBER("topic", false, "of this topic"),      \
        TEXT_MEMBER("subject", false, "of this subject: org:R1H"),                                 \
        TEXT_MEMBER("claimant", false, "by this one: org:X24")

static const struct cord_api_member LIST_PARAMETERS[] = {
    FILTER_PARAMETERS,
    {.name = "at", .type = CORD_API_TIME, .help = "recorded by this time"},
    {.type = CORD_API_END},
};

const struct cord_api_route cord_api_claims_list = {
    .method = CORD_HTTP_GET,
    .path = "/claims",
    .id = "listClaims",
    .verb = "claims.read",
    .flags = CORD_API_PAGED,
    .parameters = LIST_PARAMETERS,
    .status = 200,
    .reply = &cord_api_claims_shape,
    .summary = "What was asserted",
    .help = "In the order it was recorded.",
    .answer = answer_list,
};

/* --- one --- */

struct one {
    struct cord_api_call *call;
    bool seen;
};

static cord_status put_one(void *self, const struct cord_claim *claim,
                           const struct cord_digest *hash)
{
    struct one *one = self;
    one->seen =
        cord_api_claims_sees(one->call->api, &one->call->principal, one->call->route->verb, claim);
    if (one->seen) {
        cord_api_opaque_write_claim(&one->call->api->opaque, claim, hash, &one->call->out);
        cord_buf_put_char(&one->call->out, '\n');
    }
    return CORD_OK;
}

static void answer_get(struct cord_api_call *call)
{
    struct cord_record_view *view = NULL;
    struct cord_error err = {""};
    struct one one = {.call = call};
    uint64_t number = 0;
    if (!cord_api_call_id(call, CORD_API_OPAQUE_CLAIM, &number)) {
        return;
    }
    cord_status status = cord_api_views_take(call->api->views, &view, &err);
    if (status == CORD_OK) {
        status = cord_record_view_claim(view, number, put_one, &one, &err);
    }
    cord_api_views_give(call->api->views, view);
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
    } else if (!one.seen) {
        cord_api_call_missing(call);
    }
}

static const struct cord_api_member ID_VARIABLE[] = {
    {.name = "id", .type = CORD_API_ID, .required = true},
    {.type = CORD_API_END},
};

const struct cord_api_route cord_api_claims_get = {
    .method = CORD_HTTP_GET,
    .path = "/claims/{id}",
    .id = "getClaim",
    .verb = "claims.read",
    .variables = ID_VARIABLE,
    .status = 200,
    .reply = &cord_api_claims_shape,
    .summary = "One claim",
    .answer = answer_get,
};

/* --- as they come --- */

static uint64_t newest(const struct cord_api *api)
{
    return cord_record_count(api->options.ports.record);
}

struct feeding {
    struct cord_api_live_portion *portion;
    struct cord_buf line;
    bool full;
};

static cord_status feed_claim(void *self, const struct cord_claim *claim,
                              const struct cord_digest *hash)
{
    struct feeding *feeding = self;
    struct cord_api_live_portion *portion = feeding->portion;
    feeding->full =
        portion->out->len >= CORD_API_LIVE_BYTES || portion->events >= CORD_API_LIVE_EVENTS;
    if (feeding->full) {
        return CORD_E_END;
    }
    if (cord_api_claims_sees(portion->api, portion->principal, portion->verb, claim)) {
        cord_buf_clear(&feeding->line);
        cord_api_opaque_write_claim(&portion->api->opaque, claim, hash, &feeding->line);
        if (feeding->line.failed) {
            return CORD_E_NOMEM;
        }
        cord_api_live_put(portion, "claim", claim->number, cord_buf_str(&feeding->line));
    }
    portion->after = claim->number;
    return CORD_OK;
}

/* "kind\ntopic\nsubject\nclaimant". */
static struct cord_claim_filter read_filter(cord_str text)
{
    struct cord_claim_filter filter = {.known_ns = INT64_MAX};
    (void)cord_str_cut(&text, '\n', &filter.kind);
    (void)cord_str_cut(&text, '\n', &filter.topic);
    (void)cord_str_cut(&text, '\n', &filter.subject);
    filter.claimant = text;
    return filter;
}

static cord_status feed_reached(struct feeding *feeding, struct cord_record_view *view,
                                struct cord_arena *arena, struct cord_error *err)
{
    struct cord_api_live_portion *portion = feeding->portion;
    const struct cord_claim_filter filter = read_filter(portion->filter);
    const struct cord_api_access *access = &portion->api->options.access;
    const struct cord_record_reach_page from = {.after = portion->after};
    struct cord_record_reach reach;
    cord_status status =
        access->reach(access->self, portion->principal, portion->verb, false, arena, &reach);
    return status == CORD_OK
               ? cord_record_reach_claims(view, &reach, &filter, &from, feed_claim, feeding, err)
               : status;
}

static cord_status fill(struct cord_api_live_portion *portion, struct cord_error *err)
{
    struct feeding feeding = {.portion = portion};
    struct cord_record_view *view = NULL;
    uint64_t until = newest(portion->api);
    struct cord_arena *arena = cord_arena_new(REACH_BYTES_MAX);
    cord_buf_init(&feeding.line, CORD_API_REPLY_BYTES_MAX);
    cord_status status =
        arena ? cord_api_views_take(portion->api->views, &view, err) : CORD_E_NOMEM;
    if (status == CORD_OK) {
        status = feed_reached(&feeding, view, arena, err);
    }
    if (status == CORD_OK && !feeding.full && until > portion->after) {
        portion->after = until; /* those that are not within reach need no second look */
    }
    cord_api_views_give(portion->api->views, view);
    cord_buf_done(&feeding.line);
    cord_arena_free(arena);
    return status;
}

static const struct cord_api_live_feed FEED = {"claim", newest, fill};

static void answer_stream(struct cord_api_call *call)
{
    struct cord_claim_filter filter;
    const struct cord_api_value *all = cord_api_call_parameter(call, "all");
    uint64_t after = all->present && all->flag ? 0 : newest(call->api);
    if (!read_choice(call, &filter) || !cord_api_call_resume(call, &after)) {
        return;
    }
    call->feed = &FEED;
    call->feed_after = after;
    call->feed_filter = cord_arena_printf(
        call->arena, "%.*s\n%.*s\n%.*s\n%.*s", CORD_STR_ARG(filter.kind),
        CORD_STR_ARG(filter.topic), CORD_STR_ARG(filter.subject), CORD_STR_ARG(filter.claimant));
}

static const struct cord_api_member STREAM_PARAMETERS[] = {
    FILTER_PARAMETERS,
    {.name = "all", .type = CORD_API_FLAG, .help = "begin with the first there is"},
    {.type = CORD_API_END},
};

const struct cord_api_route cord_api_claims_stream = {
    .method = CORD_HTTP_GET,
    .path = "/claims/stream",
    .id = "streamClaims",
    .verb = "claims.read",
    .flags = CORD_API_LIVE,
    .parameters = STREAM_PARAMETERS,
    .status = 200,
    .reply = &cord_api_claims_shape,
    .summary = "What is asserted, as it is recorded",
    .help = "Server-sent events called `claim`, from now on; with Last-Event-ID from there on.",
    .answer = answer_stream,
};
