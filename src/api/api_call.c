/* api_call.c: see api_call.h; what every request goes through before its route answers. */
#include "api/api_internal.h"

#include "base/nearest.h"
#include "comms/http_reply.h"
#include "comms/http_target.h"
#include "record/role.h"

#include <stdarg.h>
#include <stdio.h>

enum { SHOWN_BYTES = 64 };

static const struct cord_api_member LIMIT = {
    .name = "limit", .type = CORD_API_NUMBER, .least = 1, .most = CORD_API_PAGE_MAX};
static const struct cord_api_member CURSOR = {
    .name = "cursor", .type = CORD_API_TEXT, .least = 1, .most = CORD_API_CURSOR_MAX};

/* --- what routes ask --- */

const struct cord_api_value *cord_api_call_parameter(const struct cord_api_call *call,
                                                     const char *name)
{
    size_t count = cord_api_shape_count(call->route->parameters);
    size_t at = 0;
    while (at + 1 < count && strcmp(call->route->parameters[at].name, name) != 0) {
        at++;
    }
    return &call->parameters[at];
}

cord_str cord_api_call_text(const struct cord_api_call *call, const char *name)
{
    const struct cord_api_value *value = cord_api_call_parameter(call, name);
    return value->present ? value->text : CORD_STR("");
}

int64_t cord_api_call_time(const struct cord_api_call *call, const char *name)
{
    const struct cord_api_value *value = cord_api_call_parameter(call, name);
    return value->present ? value->time_ns : CORD_TIME_NONE;
}

int64_t cord_api_call_at(const struct cord_api_call *call)
{
    int64_t at_ns = cord_api_call_time(call, "at");
    return at_ns == CORD_TIME_NONE ? call->now_ns : at_ns;
}

static const struct cord_json *body_member(const struct cord_api_call *call, const char *name,
                                           enum cord_json_kind kind)
{
    const struct cord_json *node = cord_json_tree_get(call->body, cord_str_from(name));
    return node && node->kind == kind ? node : NULL;
}

cord_str cord_api_call_body_text(const struct cord_api_call *call, const char *name)
{
    const struct cord_json *node = body_member(call, name, CORD_JSON_TEXT);
    return node ? node->text : CORD_STR("");
}

uint64_t cord_api_call_body_number(const struct cord_api_call *call, const char *name)
{
    const struct cord_json *node = body_member(call, name, CORD_JSON_NUMBER);
    uint64_t number = 0;
    return node && cord_str_u64(node->text, &number) ? number : 0;
}

int64_t cord_api_call_body_time(const struct cord_api_call *call, const char *name)
{
    const struct cord_json *node = body_member(call, name, CORD_JSON_TEXT);
    int64_t time_ns = CORD_TIME_NONE;
    return node && cord_timestamp_parse(node->text, &time_ns) ? time_ns : CORD_TIME_NONE;
}

static bool read_id(struct cord_api_call *call, const char *name, enum cord_api_opaque_kind kind,
                    cord_str text, uint64_t *ret_number)
{
    bool known = cord_api_opaque_parse(&call->api->opaque, kind, text, ret_number);
    if (!known) {
        cord_api_shape_fault(&call->faults, name, "is no id that was given for this");
    }
    return known;
}

bool cord_api_call_body_id(struct cord_api_call *call, const char *name,
                           enum cord_api_opaque_kind kind, uint64_t *ret_number)
{
    cord_str text = cord_api_call_body_text(call, name);
    uint64_t number = 0;
    if (text.len > 0 && !read_id(call, name, kind, text, &number)) {
        cord_api_call_problem(call, 422, "the body is not as it is to be");
        return false;
    }
    *ret_number = number;
    return true;
}

bool cord_api_call_parameter_id(struct cord_api_call *call, const char *name,
                                enum cord_api_opaque_kind kind, uint64_t *ret_number)
{
    cord_str text = cord_api_call_text(call, name);
    uint64_t number = 0;
    if (text.len > 0 && !read_id(call, name, kind, text, &number)) {
        cord_api_call_problem(call, 400, "a parameter is wrong");
        return false;
    }
    *ret_number = number;
    return true;
}

bool cord_api_call_subject(struct cord_api_call *call, const char *name, cord_str *ret_subject)
{
    char buffer[CORD_API_OPAQUE_SUBJECT];
    cord_str text = cord_api_call_text(call, name);
    cord_str read;
    if (!cord_api_opaque_read(&call->api->opaque, text, buffer, &read)) {
        cord_api_shape_fault(&call->faults, name, "names no id that was given for this");
        cord_api_call_problem(call, 400, "a parameter is wrong");
        return false;
    }
    *ret_subject = read.ptr == buffer ? cord_arena_copy(call->arena, read) : read;
    return true;
}

bool cord_api_call_id(struct cord_api_call *call, enum cord_api_opaque_kind kind,
                      uint64_t *ret_number)
{
    bool known = cord_api_opaque_parse(&call->api->opaque, kind, call->variables[0], ret_number);
    if (!known) {
        cord_api_call_missing(call);
    }
    return known;
}

void cord_api_call_put_id(struct cord_api_call *call, enum cord_api_opaque_kind kind,
                          const char *name, uint64_t number)
{
    cord_api_opaque_put(&call->api->opaque, kind, name, number, &call->out);
}

struct cord_as_of cord_api_call_as_of(const struct cord_api_call *call)
{
    int64_t at_ns = cord_api_call_time(call, "at");
    int64_t about_ns = cord_api_call_time(call, "about");
    return (struct cord_as_of){
        .known_ns = at_ns == CORD_TIME_NONE ? INT64_MAX : at_ns,
        .about_ns = about_ns == CORD_TIME_NONE ? INT64_MAX : about_ns,
    };
}

void cord_api_call_header(struct cord_api_call *call, const char *name, cord_str value)
{
    cord_str kept = cord_arena_copy(call->arena, value);
    if (kept.ptr && call->header_count < CORD_API_HEADERS_MAX) {
        call->headers[call->header_count++] = (struct cord_http_header){name, kept};
    }
}

static void put_faults(struct cord_api_call *call)
{
    const struct cord_api_faults *faults = &call->faults;
    if (faults->count == 0) {
        return;
    }
    cord_json_put_name(&call->out, "errors");
    cord_buf_put_char(&call->out, '[');
    for (size_t i = 0; i < faults->count; i++) {
        cord_json_put_object(&call->out);
        cord_json_put_text(&call->out, "path", cord_str_from(faults->items[i].path));
        cord_json_put_text(&call->out, "detail", cord_str_from(faults->items[i].detail));
        cord_buf_put_char(&call->out, '}');
    }
    cord_buf_put_char(&call->out, ']');
    if (faults->more > 0) {
        cord_json_put_number(&call->out, "more_errors", faults->more);
    }
}

void cord_api_call_problem(struct cord_api_call *call, unsigned status, const char *format, ...)
{
    char detail[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    call->status = status;
    call->content_type = "application/problem+json";
    call->feed = NULL;
    cord_buf_clear(&call->out);
    cord_buf_put_char(&call->out, '{');
    cord_json_put_text(&call->out, "title", cord_str_from(cord_http_reply_reason(status)));
    cord_json_put_number(&call->out, "status", status);
    cord_json_put_text(&call->out, "detail", cord_str_from(detail));
    put_faults(call);
    cord_buf_put(&call->out, CORD_STR("}\n"));
}

void cord_api_call_missing(struct cord_api_call *call)
{
    cord_api_call_problem(call, 404, "there is no such thing, or it is not for you");
}

void cord_api_call_failed(struct cord_api_call *call, cord_status status,
                          const struct cord_error *err)
{
    /* Where nothing was asked for by its name, and nothing was sent that could be wrong, it is no
     * fault of the request. */
    if (status == CORD_E_NOENT && cord_api_route_answers(call->route, 404)) {
        cord_api_call_missing(call);
        return;
    }
    if (status == CORD_E_FORMAT && cord_api_route_answers(call->route, 422)) {
        cord_api_call_problem(call, 422, "%s", err->text);
        return;
    }
    cord_log_error(call->options->log, "api.failed", CORD_KV_TEXT("route", call->route->id),
                   CORD_KV_TEXT("request", call->request),
                   CORD_KV_TEXT("error", err->text[0] ? err->text : cord_error_name(status)));
    if (status == CORD_E_LIMIT && (call->route->flags & CORD_API_FULL) != 0) {
        cord_api_call_problem(call, 507, "there is no room to keep this; nothing was written");
    } else if (status == CORD_E_LIMIT || status == CORD_E_NOMEM) {
        cord_api_call_header(call, "Retry-After", CORD_STR("5"));
        cord_api_call_problem(call, 503, "there is no room for this now");
    } else if (status == CORD_E_BUSY) {
        cord_api_call_header(call, "Retry-After", CORD_STR("5"));
        cord_api_call_problem(call, 503, "this is in use by others now; nothing was written");
    } else if (status == CORD_E_DAMAGED) {
        cord_api_call_problem(
            call, 500,
            "what the server keeps is damaged; the server's log says what, and the cure");
    } else if (status == CORD_E_IO) {
        cord_api_call_problem(call, 500,
                              "the server could not read or write; the server's log says how");
    } else {
        cord_api_call_problem(call, 500, "this went wrong; the server's log says how");
    }
}

bool cord_api_call_may(const struct cord_api *api, const struct cord_api_principal *principal,
                       const char *verb, cord_str organisation)
{
    const struct cord_api_access *access = &api->options.access;
    const struct cord_api_subject subject = {.organisation = organisation,
                                             .marking = CORD_CLAIM_AMBER};
    return access->may && access->may(access->self, principal, verb, &subject) == CORD_API_YES;
}

bool cord_api_call_sees(struct cord_api_call *call, cord_str organisation)
{
    return cord_api_call_may(call->api, &call->principal, call->route->verb, organisation);
}

/* --- pages --- */

size_t cord_api_call_limit(const struct cord_api_call *call)
{
    return call->limit.present ? (size_t)call->limit.number : CORD_API_PAGE;
}

bool cord_api_call_place(struct cord_api_call *call, cord_str *ret_place)
{
    char place[CORD_API_PLACE_MAX];
    size_t len = 0;
    if (!call->cursor.present) {
        *ret_place = CORD_STR("");
        return true;
    }
    if (cord_api_cursor_read(&call->options->secret, call->question, call->cursor.text, place,
                             &len) != CORD_OK) {
        cord_api_shape_fault(&call->faults, "cursor", "is none that was given for this question");
        cord_api_call_problem(call, 400, "a parameter is wrong");
        return false;
    }
    cord_str kept = cord_arena_copy(call->arena, (cord_str){place, len});
    *ret_place = kept.ptr ? kept : CORD_STR("");
    return true;
}

bool cord_api_call_place_number(struct cord_api_call *call, uint64_t *ret_number)
{
    cord_str place;
    uint64_t number = 0;
    if (!cord_api_call_place(call, &place)) {
        return false;
    }
    if (place.len > 0 && !cord_str_u64(place, &number)) {
        cord_api_call_problem(call, 400, "the cursor is none of this list's");
        return false;
    }
    *ret_number = number;
    return true;
}

bool cord_api_call_resume(struct cord_api_call *call, uint64_t *ret_after)
{
    char place[CORD_API_PLACE_MAX];
    size_t len = 0;
    if (call->last_event_id.len == 0) {
        return true;
    }
    if (cord_api_cursor_read(&call->options->secret, call->question, call->last_event_id, place,
                             &len) != CORD_OK ||
        !cord_str_u64((cord_str){place, len}, ret_after)) {
        cord_api_shape_fault(&call->faults, "Last-Event-ID",
                             "is none that was given for this stream");
        cord_api_call_problem(call, 400, "a header is wrong");
        return false;
    }
    return true;
}

void cord_api_call_page(struct cord_api_call *call)
{
    cord_buf_put(&call->out, CORD_STR("{\"items\":["));
}

void cord_api_call_page_close(struct cord_api_call *call)
{
    cord_buf_put_char(&call->out, ']');
}

void cord_api_call_page_end(struct cord_api_call *call, cord_str next_place)
{
    cord_api_call_page_close(call);
    cord_api_call_page_next(call, next_place);
}

void cord_api_call_page_next(struct cord_api_call *call, cord_str next_place)
{
    cord_buf_put(&call->out, CORD_STR(",\"next\":"));
    if (next_place.ptr) {
        cord_buf_put_char(&call->out, '"');
        cord_api_cursor_write(&call->options->secret, call->question, next_place, &call->out);
        cord_buf_put_char(&call->out, '"');
    } else {
        cord_buf_put(&call->out, CORD_STR("null"));
    }
    cord_buf_put(&call->out, CORD_STR("}\n"));
}

void cord_api_call_page_end_number(struct cord_api_call *call, bool more, uint64_t next)
{
    char text[24];
    int len = snprintf(text, sizeof text, "%llu", (unsigned long long)next);
    cord_api_call_page_end(call,
                           more ? (cord_str){text, len > 0 ? (size_t)len : 0} : (cord_str){0});
}

/* --- before the route --- */

static bool enter(struct cord_api_call *call)
{
    const struct cord_api_access *access = &call->options->access;
    struct cord_error err = {""};
    cord_str bearer = {0};
    cord_str authorization = call->authorization;
    if (authorization.len > 7 &&
        cord_str_eq_fold(cord_str_slice(authorization, 0, 7), CORD_STR("Bearer "))) {
        bearer = cord_str_trim(cord_str_from_byte(authorization, 7));
    }
    const struct cord_api_credentials credentials = {
        .bearer = bearer.ptr ? bearer : CORD_STR(""),
        .cookie = call->cookie.ptr && !bearer.ptr ? call->cookie : CORD_STR(""),
        .csrf = call->csrf.ptr ? call->csrf : CORD_STR(""),
        .changes = call->route->method != CORD_HTTP_GET,
        .address = call->address,
    };
    cord_status status = CORD_E_NOENT;
    if (access->enter && (credentials.bearer.len > 0 || credentials.cookie.len > 0)) {
        status = access->enter(access->self, &credentials, &call->principal, &err);
    }
    if (status == CORD_E_NOENT) {
        cord_api_call_header(call, "WWW-Authenticate", CORD_STR("Bearer realm=\"cordon\""));
        cord_api_call_problem(call, 401, "who asks? Send an API token, or sign in");
    } else if (status == CORD_E_UNSUPPORTED) {
        cord_api_call_problem(call, 403, "a change by a session needs its X-Cordon-CSRF");
    } else if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
    }
    return status == CORD_OK;
}

static bool within_rate(struct cord_api_call *call)
{
    const struct cord_clock clock = cord_clock_monotonic();
    char text[16];
    uint32_t wait_s = cord_api_rate_take(call->api->accounts, cord_str_from(call->principal.name),
                                         cord_clock_now_ns(&clock));
    if (wait_s == 0) {
        return true;
    }
    (void)atomic_fetch_add(&call->api->rate_account, 1);
    (void)snprintf(text, sizeof text, "%u", wait_s);
    cord_api_call_header(call, "Retry-After", cord_str_from(text));
    cord_api_call_problem(call, 429, "more requests than this account may send in a while");
    return false;
}

/* Whom to ask for it: the roles that have it. */
static void lack_right(struct cord_api_call *call, const char *name)
{
    char roles[512] = "";
    enum cord_verb verb;
    size_t len = 0;
    bool known = cord_role_verb_find(cord_str_from(name), &verb);
    for (unsigned i = 0; known && i < CORD_ACCOUNT_ROLE_COUNT; i++) {
        const struct cord_role_row *row = cord_role_row((enum cord_account_role)i);
        if ((row->verbs & cord_verbs_of(verb)) != 0 && len < sizeof roles) {
            int more = snprintf(roles + len, sizeof roles - len, "%s%s",
                                len > 0 ? ", " : ", of the roles: ", row->name);
            len += more > 0 ? (size_t)more : 0;
        }
    }
    cord_api_call_problem(call, 403, "this needs the right %s%s", name, roles);
}

static bool has_right(struct cord_api_call *call)
{
    const struct cord_api_access *access = &call->options->access;
    const char *verb = call->route->verb;
    enum cord_api_answer answer =
        verb ? access->any(access->self, &call->principal, verb) : CORD_API_YES;
    if (answer == CORD_API_SECOND_FACTOR) {
        cord_api_call_problem(call, 403, "this needs a session signed in with a second factor");
    } else if (answer != CORD_API_YES) {
        lack_right(call, verb);
    }
    return answer == CORD_API_YES;
}

static bool read_variables(struct cord_api_call *call)
{
    struct cord_api_faults faults = {.count = 0};
    struct cord_api_value value;
    size_t count = cord_api_shape_count(call->route->variables);
    for (size_t i = 0; i < count; i++) {
        if (cord_api_shape_value(&call->route->variables[i], call->variables[i], &value, &faults) !=
            CORD_OK) {
            cord_api_call_missing(call);
            return false;
        }
    }
    return true;
}

static const struct cord_api_member *member_of(struct cord_api_call *call, cord_str name,
                                               struct cord_api_value **ret_value)
{
    const struct cord_api_route *route = call->route;
    size_t count = cord_api_shape_count(route->parameters);
    if ((route->flags & CORD_API_PAGED) != 0 && cord_str_eq(name, CORD_STR("limit"))) {
        *ret_value = &call->limit;
        return &LIMIT;
    }
    if ((route->flags & CORD_API_PAGED) != 0 && cord_str_eq(name, CORD_STR("cursor"))) {
        *ret_value = &call->cursor;
        return &CURSOR;
    }
    for (size_t i = 0; i < count && i < CORD_API_PARAMETERS_MAX; i++) {
        if (cord_str_eq(name, cord_str_from(route->parameters[i].name))) {
            *ret_value = &call->parameters[i];
            return &route->parameters[i];
        }
    }
    return NULL;
}

static void unknown_parameter(struct cord_api_call *call, const char *shown)
{
    const struct cord_api_route *route = call->route;
    struct cord_nearest nearest;
    cord_nearest_init(&nearest, cord_str_from(shown));
    for (size_t i = 0; i < cord_api_shape_count(route->parameters); i++) {
        cord_nearest_offer(&nearest, cord_str_from(route->parameters[i].name));
    }
    if ((route->flags & CORD_API_PAGED) != 0) {
        cord_nearest_offer(&nearest, CORD_STR("limit"));
        cord_nearest_offer(&nearest, CORD_STR("cursor"));
    }
    cord_str near = cord_nearest_found(&nearest);
    cord_api_shape_fault(&call->faults, shown, "there is no such parameter%s%.*s%s",
                         near.ptr ? "; did you mean '" : "", CORD_STR_ARG(near),
                         near.ptr ? "'?" : "");
}

/* False: the bytes cannot be what was meant. */
static bool decode(struct cord_api_call *call, cord_str raw, cord_str *ret_text)
{
    char *into = cord_arena_bytes(call->arena, raw.len + 1);
    return into && cord_http_target_decode(raw, true, into, ret_text);
}

static void read_parameter(struct cord_api_call *call, cord_str raw_name, cord_str raw_text)
{
    struct cord_api_value *value = NULL;
    char shown[SHOWN_BYTES];
    cord_str name;
    cord_str text;
    if (!decode(call, raw_name, &name) || !decode(call, raw_text, &text)) {
        cord_api_shape_fault(&call->faults, "",
                             "has a percent sign without two hexadecimal digits, or a NUL");
        return;
    }
    const struct cord_api_member *member = member_of(call, name, &value);
    (void)snprintf(shown, sizeof shown, "%.*s", CORD_STR_ARG(cord_str_slice(name, 0, SHOWN_BYTES)));
    if (!member) {
        unknown_parameter(call, shown);
    } else if (value->present) {
        cord_api_shape_fault(&call->faults, shown, "is there twice");
    } else {
        (void)!cord_api_shape_value(member, text, value, &call->faults); /* the fault says it */
    }
}

static bool read_parameters(struct cord_api_call *call, cord_str query)
{
    cord_str rest = query;
    cord_str pair;
    while (cord_str_cut(&rest, '&', &pair)) {
        cord_str text = pair;
        cord_str name;
        if (pair.len == 0 || !cord_str_cut(&text, '=', &name)) {
            continue;
        }
        read_parameter(call, name, text.ptr ? text : CORD_STR(""));
    }
    for (size_t i = 0; i < cord_api_shape_count(call->route->parameters); i++) {
        const struct cord_api_member *member = &call->route->parameters[i];
        if (member->required && !call->parameters[i].present) {
            cord_api_shape_fault(&call->faults, member->name, "is missing");
        }
    }
    if (call->faults.count > 0) {
        cord_api_call_problem(call, 400, "a parameter is wrong");
        return false;
    }
    return true;
}

/* Who asks, and what about: a cursor is for nobody and nothing else. */
static bool note_question(struct cord_api_call *call)
{
    struct cord_buf text;
    cord_buf_init(&text, 1 << 20);
    cord_buf_printf(&text, "%s\n%s\n", call->principal.name, call->route->id);
    for (size_t i = 0; i < cord_api_shape_count(call->route->variables); i++) {
        cord_buf_put(&text, call->variables[i]);
        cord_buf_put_char(&text, '\n');
    }
    for (size_t i = 0; i < cord_api_shape_count(call->route->parameters); i++) {
        if (call->parameters[i].present) {
            cord_buf_printf(&text, "%s=%zu:", call->route->parameters[i].name,
                            call->parameters[i].text.len);
            cord_buf_put(&text, call->parameters[i].text);
        }
    }
    call->question = cord_arena_copy(call->arena, cord_buf_str(&text));
    bool noted = !text.failed && call->question.ptr;
    cord_buf_done(&text);
    if (!noted) {
        cord_api_call_problem(call, 503, "there is no room for this now");
    }
    return noted;
}

static bool read_body(struct cord_api_call *call)
{
    struct cord_error err = {""};
    if (!call->route->body) {
        return true;
    }
    cord_status status = cord_json_tree_parse(call->body_text, call->arena, &call->body, &err);
    if (status != CORD_OK) {
        cord_api_call_problem(call, 400, "the body is no JSON we take: %s", err.text);
        return false;
    }
    cord_api_shape_check(call->route->body, call->body, &call->faults);
    if (call->faults.count > 0) {
        cord_api_call_problem(call, 422, "the body is not as it is to be");
        return false;
    }
    return true;
}

static bool has_desk(struct cord_api_call *call)
{
    bool has = (call->route->flags & CORD_API_DESK) == 0 || call->options->ports.desk;
    if (!has) {
        cord_api_call_problem(call, 503, "there is no desk here");
    }
    return has;
}

static bool prepare(struct cord_api_call *call, cord_str query)
{
    bool public = (call->route->flags & CORD_API_PUBLIC) != 0;
    return (public || (enter(call) && within_rate(call) && has_right(call))) && has_desk(call) &&
           read_variables(call) && read_parameters(call, query) && note_question(call) &&
           read_body(call);
}

/* --- after the route --- */

/* A read's ETag, and 304 to who has it already. */
static void tag(struct cord_api_call *call)
{
    char text[CORD_API_TAG_TEXT];
    bool read = call->route->method == CORD_HTTP_GET && call->status == 200 && !call->feed;
    if (!read || !cord_api_call_make_tag(cord_buf_str(&call->out), text)) {
        return;
    }
    if (call->if_none_match.ptr &&
        cord_api_call_names_tag(call->if_none_match, cord_str_from(text), true)) {
        call->status = 304;
        call->content_type = NULL;
        cord_buf_clear(&call->out);
    } else if (cord_api_call_squeeze(call)) {
        /* Other bytes have another tag (RFC 9110, section 8.8.3.3). */
        (void)snprintf(text + strlen(text) - 1, sizeof "-gz\"", "-gz\"");
    }
    cord_api_call_header(call, "ETag", cord_str_from(text));
    cord_api_call_header(call, "Vary", CORD_STR("Accept-Encoding"));
}

/* Why the record does not take it: for whoever asks, in a word for the log and the count. */
struct untold {
    enum cord_api_untold cause;
    const char *word;
    const char *text;
};

static struct untold why_untold(cord_status status)
{
    if (status == CORD_E_LIMIT) {
        return (struct untold){CORD_API_UNTOLD_FULL, "full", "its disk is full"};
    }
    if (status == CORD_E_BUSY) {
        return (struct untold){CORD_API_UNTOLD_BUSY, "busy", "another process holds its database"};
    }
    if (status == CORD_E_DAMAGED) {
        return (struct untold){CORD_API_UNTOLD_DAMAGED, "damaged", "its database is damaged"};
    }
    if (status == CORD_E_NOMEM) {
        return (struct untold){CORD_API_UNTOLD_MEMORY, "memory", "the server lacks memory"};
    }
    if (status == CORD_E_FORMAT || status == CORD_E_UNSUPPORTED) {
        return (struct untold){CORD_API_UNTOLD_REFUSED, "refused",
                               "the record refuses the entry, which is the server's mistake"};
    }
    return (struct untold){CORD_API_UNTOLD_DISK, "disk", "its disk fails"};
}

/* What is to be known of it is in the record before the reply is given. */
static void tell(struct cord_api_call *call)
{
    const struct cord_api_access *access = &call->options->access;
    struct cord_error err = {""};
    const struct cord_api_act act = {
        .id = call->route->id,
        .target = call->path,
        .peer = call->peer,
        .reason = call->told,
        .changes =
            call->route->method != CORD_HTTP_GET && (call->route->flags & CORD_API_ASKS) == 0,
        .done = call->status < 400,
    };
    /* Who asks too often must not fill the record by it: those are counted. */
    if (!call->principal.rights || !access->audit || call->status == 429) {
        return;
    }
    cord_status status = access->audit(access->self, &call->principal, &act, &err);
    if (status != CORD_OK) {
        const struct untold why = why_untold(status);
        (void)atomic_fetch_add(&call->api->untold[why.cause], 1);
        cord_log_error(call->options->log, "api.audit_failed", CORD_KV_TEXT("route", act.id),
                       CORD_KV_TEXT("request", call->request), CORD_KV_TEXT("cause", why.word),
                       CORD_KV_TEXT("error", err.text[0] ? err.text : cord_error_name(status)));
        if (call->status < 500) { /* else nothing was shown or done, and it says why */
            cord_api_call_header(call, "Retry-After", CORD_STR("5"));
            cord_api_call_problem(
                call, 503, "this cannot be told to the record now, as it must be: %s", why.text);
        }
    }
}

void cord_api_call_run(struct cord_api_call *call, cord_str query)
{
    call->status = call->route->status;
    call->content_type = call->route->reply ? "application/json" : NULL;
    bool entered = prepare(call, query);
    if (entered && cord_api_call_begin(call)) {
        if ((call->route->flags & CORD_API_MATCHED) != 0) {
            cord_api_call_replace(call);
        } else {
            call->route->answer(call);
        }
    }
    if (call->out.failed) {
        cord_api_call_problem(call, 500, "the answer is longer than a reply may be");
    }
    cord_api_call_end(call);
    tell(call);
    tag(call);
}
