/* api_findings.c: what has been found, page by page and as it comes. */
#include "api/api_findings.h"

#include "api/api_internal.h"

#include "base/vec.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    SCAN_MAX = 20000,  /* findings looked at for one page: a longer way is gone in several */
    WINDOW_MIN = 32,   /* newest first: read so many at a time, */
    WINDOW_MAX = 2000, /* and more where few of them are for whoever asks */
    TEXT_MAX = 256,
    ARENA_BYTES = 8 << 20,
};

/* --- shapes --- */

static const char *const LEVELS[] = {"none", "informational", "low", "medium",
                                     "high", "critical",      NULL};

static const struct cord_api_member RULE_MEMBERS[] = {
    {.name = "id", .type = CORD_API_TEXT, .required = true},
    {.name = "author", .type = CORD_API_TEXT},
    {.name = "status", .type = CORD_API_TEXT},
    {.name = "tags", .type = CORD_API_TEXTS, .required = true},
    {.name = "references", .type = CORD_API_TEXTS, .required = true},
    {.name = "file", .type = CORD_API_TEXT},
    {.type = CORD_API_END},
};

static const struct cord_api_shape FINDING_RULE = {
    .name = "FindingRule", .help = "The rule behind a finding.", .members = RULE_MEMBERS};

static const struct cord_api_member REASON_MEMBERS[] = {
    {.name = "selection", .type = CORD_API_TEXT, .required = true},
    {.name = "field", .type = CORD_API_TEXT, .help = "left out for a keyword"},
    {.name = "value", .type = CORD_API_TEXT, .required = true, .help = "of the event"},
    {.name = "pattern", .type = CORD_API_TEXT, .help = "as in the rule"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape FINDING_REASON = {
    .name = "FindingReason", .help = "One test that held.", .members = REASON_MEMBERS};

static const struct cord_api_member FIELD_MEMBERS[] = {
    {.name = "name", .type = CORD_API_TEXT, .required = true},
    {.name = "value", .type = CORD_API_TEXT, .required = true},
    {.type = CORD_API_END},
};

static const struct cord_api_shape FINDING_FIELD = {
    .name = "FindingField", .help = "A value of the event.", .members = FIELD_MEMBERS};

static const struct cord_api_member FINDING_MEMBERS[] = {
    {.name = "id", .type = CORD_API_TEXT, .required = true},
    {.name = "first_seen",
     .type = CORD_API_TIME,
     .required = true,
     .help = "when the server found it"},
    {.name = "organisation", .type = CORD_API_TEXT, .help = "code of whose event it was"},
    {.name = "level", .type = CORD_API_WORD, .required = true, .words = LEVELS},
    {.name = "title", .type = CORD_API_TEXT},
    {.name = "rule", .type = CORD_API_OBJECT, .required = true, .shape = &FINDING_RULE},
    {.name = "time", .type = CORD_API_TIME, .help = "of the event, by its source"},
    {.name = "host", .type = CORD_API_TEXT},
    {.name = "user", .type = CORD_API_TEXT},
    {.name = "channel", .type = CORD_API_TEXT},
    {.name = "event_id", .type = CORD_API_TEXT},
    {.name = "record_id", .type = CORD_API_TEXT},
    {.name = "source", .type = CORD_API_TEXT},
    {.name = "events",
     .type = CORD_API_NUMBER,
     .most = INT64_MAX,
     .help = "of a correlation: in its window"},
    {.name = "first", .type = CORD_API_TIME, .help = "of a correlation: its first event"},
    {.name = "record", .type = CORD_API_NUMBER, .most = INT64_MAX},
    {.name = "offset", .type = CORD_API_NUMBER, .most = INT64_MAX},
    {.name = "evidence_id", .type = CORD_API_TEXT, .help = "of the event: see /events/{id}"},
    {.name = "message", .type = CORD_API_TEXT},
    {.name = "explain", .type = CORD_API_LIST, .shape = &FINDING_REASON},
    {.name = "fields", .type = CORD_API_LIST, .shape = &FINDING_FIELD},
    {.name = "incomplete",
     .type = CORD_API_FLAG,
     .help = "an expression met its limit: not fully evaluated"},
    {.type = CORD_API_END},
};

const struct cord_api_shape cord_api_findings_shape = {
    .name = "Finding",
    .help = "A rule matched an event, or a correlation completed.",
    .members = FINDING_MEMBERS};

/* --- ids: numbers would tell how many others have --- */

/* The journal's object with an id in place of its number. */
void cord_api_findings_put(const struct cord_api *api, uint64_t number, cord_str json,
                           struct cord_buf *out)
{
    char id[CORD_API_OPAQUE_TEXT];
    size_t comma = cord_str_find_char(json, ',', 0);
    cord_buf_put(out, CORD_STR("{\"id\":\""));
    cord_buf_put(out, cord_api_opaque_format(&api->opaque, CORD_API_OPAQUE_FINDING, number, id));
    cord_buf_put_char(out, '"');
    cord_buf_put(out, cord_str_from_byte(json, comma < json.len ? comma : json.len));
}

/* --- which --- */

struct choice {
    cord_str organisation;
    cord_str rule;
    cord_str host;
    uint64_t level; /* at least */
    int64_t from_ns;
    int64_t to_ns;
};

static cord_str text_of(const struct cord_json *node, const char *name)
{
    const struct cord_json *member = cord_json_tree_get(node, cord_str_from(name));
    return member && member->kind == CORD_JSON_TEXT ? member->text : CORD_STR("");
}

static uint64_t level_of(cord_str word)
{
    uint64_t level = 0;
    for (uint64_t i = 0; LEVELS[i]; i++) {
        level = cord_str_eq(word, cord_str_from(LEVELS[i])) ? i : level;
    }
    return level;
}

static bool is_chosen(const struct choice *choice, const struct cord_json *finding)
{
    int64_t seen_ns = CORD_TIME_NONE;
    const struct cord_json *rule = cord_json_tree_get(finding, CORD_STR("rule"));
    (void)cord_timestamp_parse(text_of(finding, "first_seen"), &seen_ns); /* none: too early */
    return (choice->organisation.len == 0 ||
            cord_str_eq(choice->organisation, text_of(finding, "organisation"))) &&
           (choice->rule.len == 0 || cord_str_eq(choice->rule, text_of(rule, "id"))) &&
           (choice->host.len == 0 || cord_str_eq_fold(choice->host, text_of(finding, "host"))) &&
           level_of(text_of(finding, "level")) >= choice->level &&
           (choice->from_ns == CORD_TIME_NONE || seen_ns >= choice->from_ns) &&
           (choice->to_ns == CORD_TIME_NONE || seen_ns < choice->to_ns);
}

/* Whose it is, and whether it is wanted; in memory that is reset each time. */
struct sieve {
    const struct cord_api *api;
    const struct cord_api_principal *principal;
    const char *verb;
    struct cord_arena *arena;
    struct choice choice;
};

static bool passes(const struct sieve *sieve, cord_str json)
{
    const struct cord_json *finding = NULL;
    cord_arena_rewind(sieve->arena);
    return cord_json_tree_parse(json, sieve->arena, &finding, NULL) == CORD_OK &&
           cord_api_call_may(sieve->api, sieve->principal, sieve->verb,
                             text_of(finding, "organisation")) &&
           is_chosen(&sieve->choice, finding);
}

/* --- of whom --- */

/* Whose findings somebody may see. */
struct reach {
    bool whole; /* everybody's */
    cord_str *organisations;
    size_t count;
};

static cord_status find_reach(const struct cord_api *api,
                              const struct cord_api_principal *principal, const char *verb,
                              struct cord_arena *arena, struct reach *ret_reach)
{
    const struct cord_api_access *access = &api->options.access;
    const unsigned amber = 1u << CORD_CLAIM_AMBER; /* as cord_api_call_may asks */
    struct cord_record_reach reach;
    size_t most = 0;
    cord_status status = access->reach(access->self, principal, verb, false, arena, &reach);
    if (status != CORD_OK) {
        return status;
    }
    for (size_t i = 0; i < reach.own_count; i++) {
        most += reach.own[i].count;
    }
    ret_reach->whole = (reach.markings & amber) != 0;
    ret_reach->count = 0;
    ret_reach->organisations = cord_arena_alloc(arena, (most + 1) * sizeof(cord_str));
    if (!ret_reach->organisations) {
        return cord_arena_failure(arena);
    }
    for (size_t i = 0; i < reach.own_count; i++) {
        for (size_t n = 0; (reach.own[i].markings & amber) != 0 && n < reach.own[i].count; n++) {
            cord_str code = cord_claim_subject_rest(reach.own[i].subjects[n], "org");
            if (code.ptr) {
                ret_reach->organisations[ret_reach->count++] = code;
            }
        }
    }
    return CORD_OK;
}

/* --- pages, oldest first --- */

struct page {
    struct cord_api_call *call;
    struct sieve sieve;
    size_t left;
    size_t looked;
    uint64_t last; /* looked at */
    bool more;
};

static cord_status put_next(void *self, uint64_t number, cord_str json)
{
    struct page *page = self;
    if (page->left == 0 || page->looked == SCAN_MAX) {
        page->more = true;
        return CORD_E_END;
    }
    page->looked++;
    page->last = number;
    if (passes(&page->sieve, json)) {
        cord_json_put_item(&page->call->out);
        cord_api_findings_put(page->call->api, number, json, &page->call->out);
        page->left--;
    }
    return CORD_OK;
}

static cord_status put_oldest(struct page *page, uint64_t after, struct cord_error *err)
{
    const struct cord_api_ports *ports = &page->call->options->ports;
    page->last = after;
    return ports->findings(ports->self, after, put_next, page, err);
}

/* --- of some, in either order --- */

static cord_status put_own(void *self, uint64_t number, cord_str json)
{
    struct page *page = self;
    bool passed = page->looked < SCAN_MAX && passes(&page->sieve, json);
    if (page->looked == SCAN_MAX || (passed && page->left == 0)) {
        page->more = true;
        return CORD_E_END;
    }
    page->looked++;
    page->last = number;
    if (passed) {
        cord_json_put_item(&page->call->out);
        cord_api_findings_put(page->call->api, number, json, &page->call->out);
        page->left--;
    }
    return CORD_OK;
}

static cord_status put_some(struct page *page, const struct reach *reach, uint64_t place,
                            bool newest, struct cord_error *err)
{
    const struct cord_api_ports *ports = &page->call->options->ports;
    const struct cord_api_findings_of of = {.organisations = reach->organisations,
                                            .count = reach->count,
                                            .after = newest ? 0 : place,
                                            .before = newest ? place : 0,
                                            .newest = newest};
    page->last = place;
    return ports->findings_of(ports->self, &of, put_own, page, err);
}

/* --- newest first --- */

struct window {
    struct page *page;
    size_t size;
    uint64_t end; /* its last number */
    struct line {
        uint64_t number;
        cord_str json;
    } * lines;
    size_t count;
    size_t cap;
    struct cord_arena *arena;
};

static cord_status keep_line(void *self, uint64_t number, cord_str json)
{
    struct window *window = self;
    if (number > window->end) {
        return CORD_E_END;
    }
    if (!passes(&window->page->sieve, json)) {
        return CORD_OK;
    }
    struct line *lines = cord_vec_room(window->lines, window->count, &window->cap, sizeof *lines);
    cord_str kept = lines ? cord_arena_copy(window->arena, json) : (cord_str){0};
    window->lines = lines ? lines : window->lines;
    if (!kept.ptr) {
        return CORD_E_LIMIT;
    }
    lines[window->count++] = (struct line){number, kept};
    return CORD_OK;
}

/* The window before `before`; page->last becomes the last one that is done with. */
static cord_status put_window(struct window *window, uint64_t before, struct cord_error *err)
{
    struct page *page = window->page;
    const struct cord_api_ports *ports = &page->call->options->ports;
    uint64_t first = before > window->size ? before - window->size : 1;
    window->count = 0;
    window->end = before - 1;
    cord_arena_rewind(window->arena);
    cord_status status = ports->findings(ports->self, first - 1, keep_line, window, err);
    page->looked += window->size;
    page->last = first;
    for (size_t i = window->count; i > 0 && status == CORD_OK; i--) {
        if (page->left == 0) {
            page->last = window->lines[i - 1].number + 1; /* it comes next */
            break;
        }
        cord_json_put_item(&page->call->out);
        cord_api_findings_put(page->call->api, window->lines[i - 1].number,
                              window->lines[i - 1].json, &page->call->out);
        page->left--;
    }
    return status;
}

static cord_status put_newest(struct page *page, uint64_t before, struct cord_error *err)
{
    const struct cord_api_ports *ports = &page->call->options->ports;
    struct window window = {.page = page, .arena = cord_arena_new(CORD_API_ARENA_BYTES_MAX)};
    cord_status status = window.arena ? CORD_OK : CORD_E_NOMEM;
    page->last = before > 0 ? before : ports->findings_newest(ports->self) + 1;
    window.size = page->left < WINDOW_MIN   ? WINDOW_MIN
                  : page->left > WINDOW_MAX ? WINDOW_MAX
                                            : page->left;
    while (status == CORD_OK && page->last > 1 && page->left > 0 && page->looked < SCAN_MAX) {
        status = put_window(&window, page->last, err);
        window.size = 2 * window.size < WINDOW_MAX ? 2 * window.size : WINDOW_MAX;
    }
    page->more = page->last > 1;
    free(window.lines);
    cord_arena_free(window.arena);
    return status;
}

/* --- the list --- */

static const char *const ORDERS[] = {"newest", "oldest", NULL};
enum order { NEWEST, OLDEST };

#define CHOICE_PARAMETERS                                                                          \
    {.name = "organisation",                                                                       \
     .type = CORD_API_TEXT,                                                                        \
     .least = 1,                                                                                   \
     .most = 64,                                                                                   \
     .help = "of this one, by its code"},                                                          \
        {.name = "level", .type = CORD_API_WORD, .words = LEVELS, .help = "at least this"},        \
        {.name = "rule",                                                                           \
         .type = CORD_API_TEXT,                                                                    \
         .least = 1,                                                                               \
         .most = TEXT_MAX,                                                                         \
         .help = "of the rule with this id"},                                                      \
    {                                                                                              \
        .name = "host", .type = CORD_API_TEXT, .least = 1, .most = TEXT_MAX,                       \
        .help = "on this machine; case does not matter"                                            \
    }

static const struct cord_api_member LIST_PARAMETERS[] = {
    CHOICE_PARAMETERS,
    {.name = "from", .type = CORD_API_TIME, .help = "found at or after this time"},
    {.name = "to", .type = CORD_API_TIME, .help = "found before this time"},
    {.name = "order", .type = CORD_API_WORD, .words = ORDERS, .help = "newest first unless said"},
    {.type = CORD_API_END},
};

static struct choice choice_of(const struct cord_api_call *call)
{
    const struct cord_api_value *level = cord_api_call_parameter(call, "level");
    return (struct choice){
        .organisation = cord_api_call_text(call, "organisation"),
        .rule = cord_api_call_text(call, "rule"),
        .host = cord_api_call_text(call, "host"),
        .level = level->present ? level->number : 0,
        .from_ns = CORD_TIME_NONE,
        .to_ns = CORD_TIME_NONE,
    };
}

static void answer_list(struct cord_api_call *call)
{
    struct cord_error err = {""};
    uint64_t place = 0;
    struct page page = {.call = call, .left = cord_api_call_limit(call)};
    page.sieve = (struct sieve){call->api, &call->principal, call->route->verb,
                                cord_arena_new(ARENA_BYTES), choice_of(call)};
    page.sieve.choice.from_ns = cord_api_call_time(call, "from");
    page.sieve.choice.to_ns = cord_api_call_time(call, "to");
    const struct cord_api_value *order = cord_api_call_parameter(call, "order");
    bool oldest = order->present && order->number == OLDEST;
    if (!cord_api_call_place_number(call, &place)) {
        cord_arena_free(page.sieve.arena);
        return;
    }
    cord_api_call_page(call);
    struct reach reach = {.whole = false};
    cord_status status = page.sieve.arena ? find_reach(call->api, &call->principal,
                                                       call->route->verb, call->arena, &reach)
                                          : CORD_E_NOMEM;
    if (status == CORD_OK) {
        status = !reach.whole ? put_some(&page, &reach, place, !oldest, &err)
                 : oldest     ? put_oldest(&page, place, &err)
                              : put_newest(&page, place, &err);
    }
    cord_arena_free(page.sieve.arena);
    if (status == CORD_OK) {
        cord_api_call_page_end_number(call, page.more, page.last);
    } else {
        cord_api_call_failed(call, status, &err);
    }
}

const struct cord_api_route cord_api_findings_list = {
    .method = CORD_HTTP_GET,
    .path = "/findings",
    .id = "listFindings",
    .verb = "findings.read",
    .flags = CORD_API_PAGED,
    .parameters = LIST_PARAMETERS,
    .status = 200,
    .reply = &cord_api_findings_shape,
    .summary = "What has been found",
    .help = "A page ends early when very many findings of those that one may see had to be looked "
            "at for it: go on with `next`.",
    .answer = answer_list,
};

/* --- one --- */

struct one {
    struct cord_api_call *call;
    struct sieve sieve;
    uint64_t number;
    bool found;
};

static cord_status put_one(void *self, uint64_t number, cord_str json)
{
    struct one *one = self;
    if (number == one->number && passes(&one->sieve, json)) {
        cord_api_findings_put(one->call->api, number, json, &one->call->out);
        cord_buf_put_char(&one->call->out, '\n');
        one->found = true;
    }
    return CORD_E_END;
}

static void answer_get(struct cord_api_call *call)
{
    const struct cord_api_ports *ports = &call->options->ports;
    struct cord_error err = {""};
    struct one one = {.call = call};
    if (!cord_api_call_id(call, CORD_API_OPAQUE_FINDING, &one.number)) {
        return;
    }
    one.sieve = (struct sieve){.api = call->api,
                               .principal = &call->principal,
                               .verb = call->route->verb,
                               .arena = cord_arena_new(ARENA_BYTES),
                               .choice = {.from_ns = CORD_TIME_NONE, .to_ns = CORD_TIME_NONE}};
    cord_status status = one.sieve.arena
                             ? ports->findings(ports->self, one.number - 1, put_one, &one, &err)
                             : CORD_E_NOMEM;
    cord_arena_free(one.sieve.arena);
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
    } else if (!one.found) {
        cord_api_call_missing(call);
    }
}

static const struct cord_api_member ID_VARIABLE[] =
    CORD_API_SHAPE_ONE_TEXT("id", 20, "of the finding");

const struct cord_api_route cord_api_findings_get = {
    .method = CORD_HTTP_GET,
    .path = "/findings/{id}",
    .id = "getFinding",
    .verb = "findings.read",
    .variables = ID_VARIABLE,
    .status = 200,
    .reply = &cord_api_findings_shape,
    .summary = "One finding",
    .answer = answer_get,
};

/* --- as they come --- */

static uint64_t newest(const struct cord_api *api)
{
    const struct cord_api_ports *ports = &api->options.ports;
    return ports->findings_newest(ports->self);
}

struct feeding {
    struct cord_api_live_portion *portion;
    struct sieve sieve;
    struct cord_buf line;
    size_t looked;
    bool full; /* there may be more */
};

static cord_status feed_next(void *self, uint64_t number, cord_str json)
{
    struct feeding *feeding = self;
    struct cord_api_live_portion *portion = feeding->portion;
    if (portion->out->len >= CORD_API_LIVE_BYTES || portion->events >= CORD_API_LIVE_EVENTS ||
        feeding->looked++ >= SCAN_MAX) {
        feeding->full = true;
        return CORD_E_END;
    }
    if (passes(&feeding->sieve, json)) {
        cord_buf_clear(&feeding->line);
        cord_api_findings_put(portion->api, number, json, &feeding->line);
        if (feeding->line.failed) {
            return CORD_E_NOMEM;
        }
        if (feeding->line.len > CORD_HTTP_LIVE_BYTES_MAX - CORD_API_LIVE_BYTES - 1024) {
            cord_log_warn(portion->api->options.log, "api.finding_too_long_to_stream",
                          CORD_KV_U64("finding", number));
        } else {
            cord_api_live_put(portion, "finding", number, cord_buf_str(&feeding->line));
        }
    }
    portion->after = number;
    return CORD_OK;
}

/* "organisation\nrule\nhost\nlevel". */
static struct choice read_filter(cord_str filter)
{
    struct choice choice = {.from_ns = CORD_TIME_NONE, .to_ns = CORD_TIME_NONE};
    (void)cord_str_cut(&filter, '\n', &choice.organisation);
    (void)cord_str_cut(&filter, '\n', &choice.rule);
    (void)cord_str_cut(&filter, '\n', &choice.host);
    (void)cord_str_u64(filter, &choice.level);
    return choice;
}

static cord_status fill(struct cord_api_live_portion *portion, struct cord_error *err)
{
    const struct cord_api_ports *ports = &portion->api->options.ports;
    struct feeding feeding = {.portion = portion};
    feeding.sieve = (struct sieve){portion->api, portion->principal, portion->verb,
                                   cord_arena_new(ARENA_BYTES), read_filter(portion->filter)};
    struct cord_arena *arena = cord_arena_new(ARENA_BYTES);
    struct reach reach = {.whole = false};
    uint64_t until = ports->findings_newest(ports->self);
    cord_buf_init(&feeding.line, CORD_API_REPLY_BYTES_MAX);
    cord_status status = feeding.sieve.arena && arena ? find_reach(portion->api, portion->principal,
                                                                   portion->verb, arena, &reach)
                                                      : CORD_E_NOMEM;
    if (status == CORD_OK && reach.whole) {
        status = ports->findings(ports->self, portion->after, feed_next, &feeding, err);
    } else if (status == CORD_OK) {
        const struct cord_api_findings_of of = {
            .organisations = reach.organisations, .count = reach.count, .after = portion->after};
        status = ports->findings_of(ports->self, &of, feed_next, &feeding, err);
    }
    if (status == CORD_OK && !feeding.full && until > portion->after) {
        portion->after = until; /* others' need no second look */
    }
    cord_buf_done(&feeding.line);
    cord_arena_free(arena);
    cord_arena_free(feeding.sieve.arena);
    return status;
}

static const struct cord_api_live_feed FEED = {"finding", newest, fill};

static void answer_stream(struct cord_api_call *call)
{
    struct choice choice = choice_of(call);
    const struct cord_api_value *all = cord_api_call_parameter(call, "all");
    uint64_t after = all->present && all->flag ? 0 : newest(call->api);
    if (!cord_api_call_resume(call, &after)) {
        return;
    }
    call->feed = &FEED;
    call->feed_after = after;
    call->feed_filter = cord_arena_printf(
        call->arena, "%.*s\n%.*s\n%.*s\n%llu", CORD_STR_ARG(choice.organisation),
        CORD_STR_ARG(choice.rule), CORD_STR_ARG(choice.host), (unsigned long long)choice.level);
}

static const struct cord_api_member STREAM_PARAMETERS[] = {
    CHOICE_PARAMETERS,
    {.name = "all", .type = CORD_API_FLAG, .help = "begin with the oldest there is"},
    {.type = CORD_API_END},
};

const struct cord_api_route cord_api_findings_stream = {
    .method = CORD_HTTP_GET,
    .path = "/findings/stream",
    .id = "streamFindings",
    .verb = "findings.read",
    .flags = CORD_API_LIVE,
    .parameters = STREAM_PARAMETERS,
    .status = 200,
    .reply = &cord_api_findings_shape,
    .summary = "What is found, as it is found",
    .help = "Server-sent events called `finding`, from now on; with Last-Event-ID from there on.",
    .answer = answer_stream,
};
