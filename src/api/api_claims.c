/* api_claims.c: what was asserted, page by page and as it comes; and asserting. */
#include "api/api_claims.h"

#include "api/api_idempotency.h"
#include "api/api_internal.h"

#include "codec/json_write.h"
#include "record/claim_read.h"

#include <stdio.h>

enum {
    SCAN_MAX = 20000, /* claims looked at for one page: a longer way is gone in several */
    STEP = 500,
    BATCH_MAX = 1000,
    BODY_BYTES_MAX = 4 << 20,
};

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
        {.name = "supersedes",                                                                     \
         .type = CORD_API_NUMBER,                                                                  \
         .least = 1,                                                                               \
         .most = INT64_MAX,                                                                        \
         .help = "number of the claim that it replaces"},                                          \
        {.name = "marking", .type = CORD_API_WORD, .words = MARKINGS, .help = "TLP 2.0"},          \
        TEXT_MEMBER("exercise", false, "its name; left out: live")

static const struct cord_api_member CLAIM_MEMBERS[] = {
    {.name = "number", .type = CORD_API_NUMBER, .required = true, .least = 1, .most = INT64_MAX},
    SAID_MEMBERS,
    {.name = "recorded", .type = CORD_API_TIME, .required = true, .help = "since when it is known"},
    TEXT_MEMBER("claimant", true, "who says it: org:X24, user:17"),
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

static const struct cord_api_shape NEW_CLAIM = {
    .name = "NewClaim", .help = "What is to be recorded.", .members = NEW_MEMBERS};

static const struct cord_api_member BATCH_MEMBERS[] = {
    {.name = "claims",
     .type = CORD_API_LIST,
     .required = true,
     .least = 1,
     .most = BATCH_MAX,
     .shape = &NEW_CLAIM},
    {.type = CORD_API_END},
};

static const struct cord_api_shape BATCH = {
    .name = "NewClaims",
    .help = "Claims that are recorded together, all of them or none.",
    .members = BATCH_MEMBERS};

static const struct cord_api_member OUTCOME_MEMBERS[] = {
    {.name = "first",
     .type = CORD_API_NUMBER,
     .required = true,
     .nullable = true,
     .most = INT64_MAX,
     .help = "number of the first new claim; null: none was new"},
    {.name = "recorded", .type = CORD_API_NUMBER, .required = true, .most = BATCH_MAX},
    {.name = "repeated",
     .type = CORD_API_NUMBER,
     .required = true,
     .most = BATCH_MAX,
     .help = "their keys were there already: the earlier claims stand"},
    {.name = "recorded_at", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.type = CORD_API_END},
};

static const struct cord_api_shape OUTCOME = {
    .name = "ClaimsRecorded", .help = "What became of a batch.", .members = OUTCOME_MEMBERS};

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

static struct cord_claim_filter filter_of(const struct cord_api_call *call)
{
    int64_t at_ns = cord_api_call_time(call, "at");
    return (struct cord_claim_filter){
        .kind = cord_api_call_text(call, "kind"),
        .topic = cord_api_call_text(call, "topic"),
        .subject = cord_api_call_text(call, "subject"),
        .claimant = cord_api_call_text(call, "claimant"),
        .known_ns = at_ns == CORD_TIME_NONE ? INT64_MAX : at_ns,
    };
}

struct page {
    struct cord_api_call *call;
    size_t left;
    size_t met; /* in this step */
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
    page->met++;
    page->last = claim->number;
    if (cord_api_claims_sees(call->api, &call->principal, call->route->verb, claim)) {
        cord_api_json_item(&call->out);
        cord_claim_write_hashed(claim, hash, &call->out);
        page->left--;
    }
    return CORD_OK;
}

/* Sets a problem for a kind or topic that there is none of. */
static bool names_are_known(struct cord_api_call *call, const struct cord_claim_filter *filter)
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

static cord_status put_page(struct page *page, struct cord_record_view *view,
                            const struct cord_claim_filter *filter, struct cord_error *err)
{
    cord_status status = CORD_OK;
    size_t looked = 0;
    bool more = true;
    while (status == CORD_OK && more && !page->full && looked < SCAN_MAX) {
        page->met = 0;
        status = cord_record_view_claims(view, filter, (struct cord_claim_page){page->last, STEP},
                                         put_claim, page, err);
        looked += page->met;
        more = page->met == STEP;
    }
    page->full = page->full || (more && status == CORD_OK);
    return status;
}

static void answer_list(struct cord_api_call *call)
{
    struct cord_claim_filter filter = filter_of(call);
    struct cord_record_view *view = NULL;
    struct cord_error err = {""};
    struct page page = {.call = call, .left = cord_api_call_limit(call)};
    if (!cord_api_call_place_number(call, &page.last) || !names_are_known(call, &filter)) {
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
    .help =
        "In the order it was recorded. A page ends early when very many claims had to be looked "
        "at for it: go on with `next`.",
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
        cord_claim_write_hashed(claim, hash, &one->call->out);
        cord_buf_put_char(&one->call->out, '\n');
    }
    return CORD_OK;
}

static void answer_get(struct cord_api_call *call)
{
    struct cord_record_view *view = NULL;
    struct cord_error err = {""};
    struct one one = {.call = call};
    cord_str text = call->variables[0];
    uint64_t number = 0;
    text = cord_str_starts(text, CORD_STR("c")) ? cord_str_from_byte(text, 1) : text;
    if (!cord_str_u64(text, &number) || number == 0 || number > INT64_MAX) {
        cord_api_call_missing(call);
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

static const struct cord_api_member NUMBER_VARIABLE[] = {
    {.name = "number",
     .type = CORD_API_TEXT,
     .required = true,
     .least = 1,
     .most = 20,
     .help = "17, or c17"},
    {.type = CORD_API_END},
};

const struct cord_api_route cord_api_claims_get = {
    .method = CORD_HTTP_GET,
    .path = "/claims/{number}",
    .id = "getClaim",
    .verb = "claims.read",
    .variables = NUMBER_VARIABLE,
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
    size_t met;
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
    feeding->met++;
    if (cord_api_claims_sees(portion->api, portion->principal, portion->verb, claim)) {
        cord_buf_clear(&feeding->line);
        cord_claim_write_hashed(claim, hash, &feeding->line);
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

static cord_status fill(struct cord_api_live_portion *portion, struct cord_error *err)
{
    const struct cord_claim_filter filter = read_filter(portion->filter);
    struct feeding feeding = {.portion = portion};
    struct cord_record_view *view = NULL;
    uint64_t until = newest(portion->api);
    cord_buf_init(&feeding.line, CORD_API_REPLY_BYTES_MAX);
    cord_status status = cord_api_views_take(portion->api->views, &view, err);
    bool more = true;
    for (size_t looked = 0; status == CORD_OK && more && !feeding.full && looked < SCAN_MAX;
         looked += feeding.met) {
        feeding.met = 0;
        status =
            cord_record_view_claims(view, &filter, (struct cord_claim_page){portion->after, STEP},
                                    feed_claim, &feeding, err);
        more = feeding.met == STEP;
    }
    if (status == CORD_OK && !more && !feeding.full && until > portion->after) {
        portion->after = until; /* those left out by the filter need no second look */
    }
    cord_api_views_give(portion->api->views, view);
    cord_buf_done(&feeding.line);
    return status;
}

static const struct cord_api_live_feed FEED = {"claim", newest, fill};

static void answer_stream(struct cord_api_call *call)
{
    struct cord_claim_filter filter = filter_of(call);
    const struct cord_api_value *all = cord_api_call_parameter(call, "all");
    uint64_t after = all->present && all->flag ? 0 : newest(call->api);
    if (!names_are_known(call, &filter) || !cord_api_call_resume(call, &after)) {
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

/* --- asserting --- */

/* "value.state (how it is): ..." of the batch's claim `at`. */
static void add_fault(struct cord_api_call *call, size_t at, const char *text)
{
    char path[CORD_API_PATH_BYTES];
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz_.0123456789[]");
    const char *colon = strstr(text, ": ");
    bool named = len > 0 && colon && (text[len] == ':' || text[len] == ' ') &&
                 (text[len] == ':' || text[len + 1] == '(');
    (void)snprintf(path, sizeof path, "claims[%zu]%s%.*s", at, named ? "." : "",
                   named ? (int)len : 0, text);
    cord_api_shape_fault(&call->faults, path, "%s", named ? colon + 2 : text);
}

static bool copy(struct cord_api_call *call, cord_str *text)
{
    cord_str kept = cord_arena_copy(call->arena, *text);
    *text = kept;
    return kept.ptr != NULL;
}

static bool copy_claim(struct cord_api_call *call, struct cord_claim *claim)
{
    return copy(call, &claim->subject) && copy(call, &claim->value) && copy(call, &claim->amount) &&
           copy(call, &claim->unit) && copy(call, &claim->claimant) && copy(call, &claim->method) &&
           copy(call, &claim->source) && copy(call, &claim->key) && copy(call, &claim->exercise);
}

/* In whose name: one's own, or one's organisation's. */
static bool speaks_for(const struct cord_api_call *call, cord_str claimant)
{
    const struct cord_api_principal *principal = &call->principal;
    cord_str organisation = cord_str_from(principal->organisation);
    return cord_str_eq(claimant, cord_str_from(principal->name)) ||
           (organisation.len > 0 && cord_str_starts(claimant, CORD_STR("org:")) &&
            cord_str_eq(cord_str_from_byte(claimant, 4), organisation));
}

/* Of one's own organisation one reports; of others, and of what is the nation's, one assesses. */
static bool may_say(struct cord_api_call *call, const struct cord_claim *claim)
{
    const struct cord_api_access *access = &call->options->access;
    struct cord_api_subject subject =
        cord_api_claims_subject(claim->subject, CORD_STR(""), claim->marking);
    bool own = subject.organisation.len > 0 &&
               cord_str_eq(subject.organisation, cord_str_from(call->principal.organisation));
    return access->may(access->self, &call->principal, own ? "claims.write" : "claims.assess",
                       &subject) == CORD_API_YES;
}

static bool is_for_others(const struct cord_claim *claim)
{
    return strcmp(claim->kind->topic, "audit") == 0 ||
           strcmp(claim->kind->topic, "delegation") == 0;
}

static void check_claim(struct cord_api_call *call, size_t at, struct cord_claim *claim)
{
    if (is_for_others(claim)) {
        add_fault(call, at, "kind: is recorded by the server itself");
    } else if (!speaks_for(call, claim->claimant)) {
        add_fault(call, at, "claimant: is to be oneself or one's organisation");
    } else if (!may_say(call, claim)) {
        add_fault(call, at, "subject: is not one that you may speak of");
    }
}

/* Who sends the same batch under the same key again repeats the same claims. */
static void give_key(struct cord_api_call *call, size_t at, struct cord_claim *claim)
{
    if (claim->key.len == 0 && call->idempotency_key.len > 0) {
        claim->key = cord_arena_printf(call->arena, "request/%.*s/%zu",
                                       CORD_STR_ARG(call->idempotency_key), at);
    }
}

/* The claim's own text, with a claimant if it has none. */
static cord_str text_of(struct cord_api_call *call, const struct cord_json *node)
{
    const char *home = call->principal.organisation;
    if (cord_json_tree_get(node, CORD_STR("claimant"))) {
        return node->span;
    }
    /* Behind the opening brace: the order of members does not matter. */
    cord_str rest = cord_str_from_byte(node->span, 1);
    return cord_arena_printf(call->arena, "{\"claimant\":\"%s%s\"%s%.*s", home[0] ? "org:" : "",
                             home[0] ? home : call->principal.name, node->count > 0 ? "," : "",
                             CORD_STR_ARG(rest));
}

static void read_claim(struct cord_api_call *call, struct cord_claim_reader *reader,
                       const struct cord_json *node, size_t at, struct cord_claim *claim)
{
    struct cord_error err = {""};
    struct cord_digest hash;
    bool hash_given = false;
    cord_str text = text_of(call, node);
    cord_status status =
        text.ptr ? cord_claim_read(reader, text, claim, &hash, &hash_given, &err) : CORD_E_NOMEM;
    if (status == CORD_OK && !copy_claim(call, claim)) {
        status = CORD_E_NOMEM;
    }
    if (status == CORD_E_NOMEM) {
        add_fault(call, at, "there is no room for it");
    } else if (status != CORD_OK) {
        add_fault(call, at, err.text);
    } else {
        check_claim(call, at, claim);
        give_key(call, at, claim);
    }
}

/* NULL: a problem is set. */
static struct cord_claim *read_claims(struct cord_api_call *call, size_t *ret_count)
{
    struct cord_claim_reader *reader = NULL;
    const struct cord_json *list = cord_json_tree_get(call->body, CORD_STR("claims"));
    struct cord_claim *claims = cord_arena_zalloc(call->arena, list->count, sizeof *claims);
    size_t at = 0;
    if (!claims || cord_claim_reader_new(&reader) != CORD_OK) {
        cord_api_call_failed(call, CORD_E_NOMEM, &(struct cord_error){""});
        return NULL;
    }
    for (const struct cord_json *node = list->child; node; node = node->next, at++) {
        read_claim(call, reader, node, at, &claims[at]);
    }
    cord_claim_reader_free(reader);
    if (call->faults.count > 0) {
        cord_api_call_problem(call, 422, "claims are not as they are to be; none was recorded");
        return NULL;
    }
    *ret_count = list->count;
    return claims;
}

/* "claim 3: value.state: ...": counted from 1 or 0, whatever the record says: it is shown as is. */
static void refuse_batch(struct cord_api_call *call, const struct cord_error *err)
{
    cord_api_shape_fault(&call->faults, "claims", "%s", err->text);
    cord_api_call_problem(call, 422, "claims are not as they are to be; none was recorded");
}

static void answer_create(struct cord_api_call *call)
{
    struct cord_record_outcome outcome = {0};
    struct cord_error err = {""};
    size_t count = 0;
    struct cord_claim *claims = read_claims(call, &count);
    if (!claims) {
        return;
    }
    cord_status status =
        cord_record_append(call->options->ports.record, claims, count, &outcome, &err);
    if (status == CORD_E_FORMAT || status == CORD_E_NOENT) {
        refuse_batch(call, &err);
        return;
    }
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
        return;
    }
    cord_buf_put_char(&call->out, '{');
    cord_api_json_name(&call->out, "first");
    if (outcome.first > 0) {
        cord_buf_put_u64(&call->out, outcome.first);
    } else {
        cord_buf_put_text(&call->out, "null");
    }
    cord_api_json_number(&call->out, "recorded", outcome.recorded);
    cord_api_json_number(&call->out, "repeated", outcome.repeated);
    cord_api_json_time(&call->out, "recorded_at",
                       outcome.recorded > 0 ? outcome.recorded_ns : CORD_TIME_NONE);
    cord_buf_put(&call->out, CORD_STR("}\n"));
}

const struct cord_api_route cord_api_claims_create = {
    .method = CORD_HTTP_POST,
    .path = "/claims",
    .id = "createClaims",
    .verb = "claims.write",
    .flags = CORD_API_KEYED | CORD_API_FULL | CORD_API_CONFLICTS,
    .body = &BATCH,
    .body_bytes_max = BODY_BYTES_MAX,
    .status = 201,
    .reply = &OUTCOME,
    .summary = "Assert something",
    .help = "All claims of the batch are recorded, or none. Of one's own organisation one reports "
            "(claims.write); of another, and of what is the nation's, one assesses "
            "(claims.assess).",
    .answer = answer_create,
};

/* --- kinds --- */

static const struct cord_api_member KIND_MEMBER_MEMBERS[] = {
    {.name = "name", .type = CORD_API_TEXT, .required = true},
    {.name = "type", .type = CORD_API_TEXT, .required = true},
    {.name = "required", .type = CORD_API_FLAG, .required = true},
    {.name = "key", .type = CORD_API_FLAG, .required = true, .help = "tells lines apart"},
    {.name = "words", .type = CORD_API_TEXTS, .help = "one of these"},
    {.name = "help", .type = CORD_API_TEXT, .required = true},
    {.type = CORD_API_END},
};

static const struct cord_api_shape KIND_MEMBER = {
    .name = "ClaimMember", .help = "A member of a kind's value.", .members = KIND_MEMBER_MEMBERS};

static const struct cord_api_member KIND_MEMBERS[] = {
    {.name = "name", .type = CORD_API_TEXT, .required = true},
    {.name = "topic", .type = CORD_API_TEXT, .required = true},
    {.name = "effect",
     .type = CORD_API_TEXT,
     .required = true,
     .help = "states: holds until replaced; acts: happened; revises: takes another back"},
    {.name = "subjects",
     .type = CORD_API_TEXTS,
     .required = true,
     .help = "of what it may be said"},
    {.name = "units",
     .type = CORD_API_TEXTS,
     .required = true,
     .help = "of its amount; none: it has none"},
    {.name = "members", .type = CORD_API_LIST, .required = true, .shape = &KIND_MEMBER},
    {.name = "help", .type = CORD_API_TEXT, .required = true},
    {.type = CORD_API_END},
};

static const struct cord_api_shape KIND = {
    .name = "ClaimKind", .help = "What may be asserted.", .members = KIND_MEMBERS};

static void put_words(struct cord_buf *out, const char *name, const char *const *words)
{
    cord_api_json_name(out, name);
    cord_buf_put_char(out, '[');
    for (size_t i = 0; words && words[i]; i++) {
        cord_api_json_item(out);
        cord_json_write_string(out, cord_str_from(words[i]));
    }
    cord_buf_put_char(out, ']');
}

static void put_kind(struct cord_buf *out, const struct cord_claim_kind *kind)
{
    cord_api_json_item(out);
    cord_buf_put_char(out, '{');
    cord_api_json_text(out, "name", cord_str_from(kind->name));
    cord_api_json_text(out, "topic", cord_str_from(kind->topic));
    cord_api_json_text(out, "effect", cord_str_from(cord_claim_kind_effect_name(kind->effect)));
    put_words(out, "subjects", kind->subjects);
    put_words(out, "units", kind->units);
    cord_api_json_name(out, "members");
    cord_buf_put_char(out, '[');
    for (const struct cord_member *at = kind->members; at->type != CORD_MEMBER_END; at++) {
        cord_api_json_item(out);
        cord_buf_put_char(out, '{');
        cord_api_json_text(out, "name", cord_str_from(at->name));
        cord_api_json_text(out, "type", cord_str_from(cord_claim_kind_type_name(at->type)));
        cord_api_json_flag(out, "required", at->required);
        cord_api_json_flag(out, "key", at->key);
        if (at->words) {
            put_words(out, "words", at->words);
        }
        cord_api_json_text(out, "help", cord_str_from(at->help));
        cord_buf_put_char(out, '}');
    }
    cord_buf_put_char(out, ']');
    cord_api_json_text(out, "help", cord_str_from(kind->help));
    cord_buf_put_char(out, '}');
}

static void answer_kinds(struct cord_api_call *call)
{
    size_t count;
    uint64_t at = 0;
    size_t left = cord_api_call_limit(call);
    const struct cord_claim_kind *kinds = cord_claim_kinds(&count);
    if (!cord_api_call_place_number(call, &at)) {
        return;
    }
    cord_api_call_page(call);
    for (; at < count && left > 0; at++, left--) {
        put_kind(&call->out, &kinds[at]);
    }
    cord_api_call_page_end_number(call, at < count, at);
}

const struct cord_api_route cord_api_claims_kinds = {
    .method = CORD_HTTP_GET,
    .path = "/claims/kinds",
    .id = "listClaimKinds",
    .verb = "claims.read",
    .flags = CORD_API_PAGED,
    .status = 200,
    .reply = &KIND,
    .summary = "What may be asserted",
    .answer = answer_kinds,
};

/* --- what holds --- */

static const struct cord_api_member ANSWER_MEMBERS[] = {
    {.name = "subject", .type = CORD_API_TEXT, .required = true},
    {.name = "part",
     .type = CORD_API_ANY,
     .required = true,
     .help = "members that tell lines apart"},
    {.name = "claimant", .type = CORD_API_TEXT, .required = true},
    {.name = "state", .type = CORD_API_TEXT},
    {.name = "amount", .type = CORD_API_DECIMAL},
    {.name = "unit", .type = CORD_API_TEXT},
    {.name = "valid_from", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.name = "valid_to", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.name = "known_from", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.name = "known_to", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.name = "claim", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.name = "basis", .type = CORD_API_WORD, .required = true, .words = BASES},
    {.name = "confidence", .type = CORD_API_NUMBER, .required = true, .most = 100},
    {.type = CORD_API_END},
};

static const struct cord_api_shape ANSWER = {
    .name = "Answer",
    .help = "What holds on one line, as known at one time, about another.",
    .members = ANSWER_MEMBERS};

struct answers {
    struct cord_api_call *call;
    uint64_t skip; /* those of earlier pages */
    uint64_t at;
    bool more;
    struct cord_buf text; /* of one */
    struct found {
        uint64_t claim;
        cord_str json;
    } * found; /* a page */
    size_t count;
    bool visible; /* the claim behind the one that is looked at */
};

static cord_status put_answer(void *self, const struct cord_answer *answer)
{
    struct answers *answers = self;
    struct cord_api_call *call = answers->call;
    struct cord_buf *out = &answers->text;
    if (answers->count == cord_api_call_limit(call)) {
        answers->more = true;
        return CORD_E_END;
    }
    if (answers->at++ < answers->skip) {
        return CORD_OK;
    }
    cord_buf_clear(out);
    cord_buf_put_char(out, '{');
    cord_api_json_text(out, "subject", answer->subject);
    cord_api_json_name(out, "part");
    cord_buf_put(out, answer->part);
    cord_api_json_text(out, "claimant", answer->claimant);
    cord_api_json_some(out, "state", answer->state);
    cord_api_json_some(out, "amount", answer->amount);
    cord_api_json_some(out, "unit", answer->unit);
    cord_api_json_time(out, "valid_from", answer->valid_from_ns);
    cord_api_json_time(out, "valid_to", answer->valid_to_ns);
    cord_api_json_time(out, "known_from", answer->known_from_ns);
    cord_api_json_time(out, "known_to", answer->known_to_ns);
    cord_api_json_number(out, "claim", answer->claim);
    cord_api_json_text(out, "basis", cord_str_from(cord_claim_basis_name(answer->basis)));
    cord_api_json_number(out, "confidence", answer->confidence);
    cord_buf_put_char(out, '}');
    cord_str kept = cord_arena_copy(call->arena, cord_buf_str(out));
    if (out->failed || !kept.ptr) {
        return CORD_E_NOMEM;
    }
    answers->found[answers->count++] = (struct found){answer->claim, kept};
    return CORD_OK;
}

/* How secret an answer is, its claim says. */
static cord_status look_at_claim(void *self, const struct cord_claim *claim,
                                 const struct cord_digest *hash)
{
    struct answers *answers = self;
    struct cord_api_call *call = answers->call;
    (void)hash;
    answers->visible = cord_api_claims_sees(call->api, &call->principal, call->route->verb, claim);
    return CORD_OK;
}

static cord_status put_answers(struct answers *answers, struct cord_record_view *view,
                               struct cord_error *err)
{
    struct cord_buf *out = &answers->call->out;
    cord_status status = CORD_OK;
    for (size_t i = 0; i < answers->count && status == CORD_OK; i++) {
        answers->visible = false;
        status = cord_record_view_claim(view, answers->found[i].claim, look_at_claim, answers, err);
        if (status == CORD_OK && answers->visible) {
            cord_api_json_item(out);
            cord_buf_put(out, answers->found[i].json);
        }
    }
    return status;
}

static void answer_answers(struct cord_api_call *call)
{
    const struct cord_claim_filter filter = {.topic = cord_api_call_text(call, "topic")};
    struct answers answers = {.call = call};
    struct cord_record_view *view = NULL;
    struct cord_error err = {""};
    if (!cord_api_call_place_number(call, &answers.skip) || !names_are_known(call, &filter)) {
        return;
    }
    if (cord_str_eq(filter.topic, CORD_STR("audit"))) {
        cord_api_call_problem(call, 403, "this needs the right audit.read: see /audit");
        return;
    }
    answers.found =
        cord_arena_zalloc(call->arena, cord_api_call_limit(call), sizeof *answers.found);
    cord_buf_init(&answers.text, 1 << 20);
    cord_api_call_page(call);
    cord_status status =
        answers.found ? cord_api_views_take(call->api->views, &view, &err) : CORD_E_NOMEM;
    if (status == CORD_OK) {
        status = cord_record_view_answers(view, filter.topic, cord_api_call_text(call, "subject"),
                                          cord_api_call_as_of(call), put_answer, &answers, &err);
    }
    if (status == CORD_OK) {
        status = put_answers(&answers, view, &err);
    }
    cord_buf_done(&answers.text);
    cord_api_views_give(call->api->views, view);
    if (status == CORD_OK) {
        cord_api_call_page_end_number(call, answers.more, answers.at);
    } else {
        cord_api_call_failed(call, status, &err);
    }
}

static const struct cord_api_member ANSWERS_PARAMETERS[] = {
    TEXT_MEMBER("topic", true, "see /claims/kinds"),
    TEXT_MEMBER("subject", false, "of this subject: org:R1H"),
    {.name = "at", .type = CORD_API_TIME, .help = "as known at this time; now unless said"},
    {.name = "about",
     .type = CORD_API_TIME,
     .help = "about this time; the same as `at` unless said"},
    {.type = CORD_API_END},
};

const struct cord_api_route cord_api_claims_answers = {
    .method = CORD_HTTP_GET,
    .path = "/answers",
    .id = "listAnswers",
    .verb = "claims.read",
    .flags = CORD_API_PAGED,
    .parameters = ANSWERS_PARAMETERS,
    .status = 200,
    .reply = &ANSWER,
    .summary = "What holds of a topic, as known at one time, about another",
    .help =
        "By subject, then claimant. Give `at`, so that all pages are of the same moment. A page "
        "is shorter than `limit` by what may not be seen.",
    .answer = answer_answers,
};
