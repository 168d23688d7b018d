/* api_sources.c: who sends events, and what became of them: the loss ledger. */
#include "api/api_internal.h"

#include "base/vec.h"
#include "ingest/ledger.h"
#include "ingest/ledger_json.h"
#include "ingest/source.h"

#include <stdlib.h>

enum { NAME_MAX_CHARACTERS = 64, ORGANISATION_MAX = 64 };

/* --- shapes --- */

static const char *const STATES[] = {"heard",   "unknown: silent", "unknown: never heard",
                                     "removed", "listener",        NULL};

#define COUNT_MEMBERS                                                                              \
    {.name = "received",                                                                           \
     .type = CORD_API_NUMBER,                                                                      \
     .required = true,                                                                             \
     .most = INT64_MAX,                                                                            \
     .help = "stored + refused + shed"},                                                           \
        {.name = "stored", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},          \
        {.name = "refused",                                                                        \
         .type = CORD_API_COUNTS,                                                                  \
         .required = true,                                                                         \
         .help = "by reason; reasons that never were are left out"},                               \
        {.name = "shed",                                                                           \
         .type = CORD_API_COUNTS,                                                                  \
         .required = true,                                                                         \
         .help = "left out under overload, by reason"},                                            \
    {                                                                                              \
        .name = "bytes", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX,             \
        .help = "of stored records, as received"                                                   \
    }

static const struct cord_api_member SOURCE_MEMBERS[] = {
    {.name = "source", .type = CORD_API_TEXT, .required = true, .help = "its name"},
    {.name = "organisation",
     .type = CORD_API_TEXT,
     .required = true,
     .help = "code of whom its events count for; empty for listeners"},
    {.name = "state", .type = CORD_API_WORD, .required = true, .words = STATES},
    COUNT_MEMBERS,
    {.name = "first_event", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.name = "last_event", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.name = "last_contact",
     .type = CORD_API_TIME,
     .required = true,
     .nullable = true,
     .help = "anything of it, refused too"},
    {.name = "pending",
     .type = CORD_API_NUMBER,
     .required = true,
     .most = INT64_MAX,
     .help = "records under way now"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape SOURCE = {
    .name = "Source",
    .help = "A sender of events with its loss ledger. Silence is no health: who is not heard is "
            "unknown.",
    .members = SOURCE_MEMBERS};

static const struct cord_api_member MINUTE_MEMBERS[] = {
    {.name = "minute",
     .type = CORD_API_TIME,
     .required = true,
     .help = "its beginning; older ones stand for their hour or day"},
    COUNT_MEMBERS,
    {.type = CORD_API_END},
};

static const struct cord_api_shape MINUTE = {
    .name = "SourceMinute",
    .help = "What a source sent within a minute, and what became of it.",
    .members = MINUTE_MEMBERS};

static const struct cord_api_member NAME_VARIABLE[] =
    CORD_API_SHAPE_ONE_TEXT("name", NAME_MAX_CHARACTERS, "of the source");

/* --- all that may be seen --- */

struct list {
    struct cord_api_call *call;
    struct cord_sources *sources;
    struct cord_ledger_source *rows;
    size_t count;
    size_t cap;
    cord_str only;  /* a name; "": any */
    cord_str asked; /* is it silent? */
    bool silent;
};

static cord_status add(void *self, const struct cord_ledger_source *source)
{
    struct list *list = self;
    if ((list->only.len > 0 && !cord_str_eq(list->only, source->name)) ||
        !cord_api_call_sees(list->call, source->organisation)) {
        return CORD_OK;
    }
    struct cord_ledger_source *rows =
        cord_vec_room(list->rows, list->count, &list->cap, sizeof *rows);
    if (!rows) {
        return CORD_E_NOMEM;
    }
    list->rows = rows;
    rows[list->count++] = *source;
    return CORD_OK;
}

static bool is_listed(const struct list *list, size_t count, const struct cord_source *source)
{
    for (size_t i = 0; i < count; i++) {
        if (cord_str_eq(list->rows[i].name, source->name) &&
            cord_str_eq(list->rows[i].organisation, source->organisation)) {
            return true;
        }
    }
    return false;
}

/* Registered, and nothing of it is in the ledger. */
static cord_status add_unheard(struct list *list)
{
    size_t heard = list->count;
    cord_status status = CORD_OK;
    for (size_t i = 0; i < cord_sources_count(list->sources) && status == CORD_OK; i++) {
        const struct cord_source *known = cord_sources_at(list->sources, i);
        const struct cord_ledger_source row = {.name = known->name,
                                               .organisation = known->organisation,
                                               .first_ns = CORD_TIME_NONE,
                                               .last_ns = CORD_TIME_NONE,
                                               .last_contact_ns = CORD_TIME_NONE};
        if (!is_listed(list, heard, known)) {
            status = add(list, &row);
        }
    }
    return status;
}

static int compare(const void *a, const void *b)
{
    const struct cord_ledger_source *left = a;
    const struct cord_ledger_source *right = b;
    int order = cord_str_compare(left->name, right->name);
    return order != 0 ? order : cord_str_compare(left->organisation, right->organisation);
}

/* False: a problem is set. The list is to be done either way. */
static bool list_init(struct list *list, struct cord_api_call *call, cord_str only)
{
    const struct cord_api_ports *ports = &call->options->ports;
    struct cord_error err = {""};
    *list = (struct list){
        .call = call, .sources = cord_source_book_current(ports->sources), .only = only};
    cord_status status = cord_ledger_sources(ports->ledger, add, list);
    if (status == CORD_OK) {
        status = add_unheard(list);
    }
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
        return false;
    }
    if (list->count > 1) {
        qsort(list->rows, list->count, sizeof *list->rows, compare);
    }
    return true;
}

static void list_done(struct list *list)
{
    cord_sources_unref(list->sources);
    free(list->rows);
}

static void look_for(void *self, cord_str source)
{
    struct list *list = self;
    list->silent = list->silent || cord_str_eq(source, list->asked);
}

static const char *state_of(struct list *list, const struct cord_ledger_source *source)
{
    const struct cord_api_ports *ports = &list->call->options->ports;
    list->asked = source->name;
    list->silent = false;
    if (ports->silent) {
        ports->silent(ports->self, look_for, list);
    }
    return cord_ledger_json_state(source, cord_sources_by_name(list->sources, source->name) != NULL,
                                  list->silent);
}

static void put_source(struct list *list, const struct cord_ledger_source *source,
                       const char *state)
{
    struct cord_buf *out = &list->call->out;
    cord_json_put_object(out);
    cord_ledger_json_source(out, source, state);
    cord_json_put_number(out, "pending", source->pending);
    cord_buf_put_char(out, '}');
}

/* --- the list --- */

static bool passes(struct cord_api_call *call, const struct cord_ledger_source *source,
                   const char *state)
{
    cord_str organisation = cord_api_call_text(call, "organisation");
    cord_str wanted = cord_api_call_text(call, "state");
    return (organisation.len == 0 || cord_str_eq(organisation, source->organisation)) &&
           (wanted.len == 0 || cord_str_eq(wanted, cord_str_from(state)));
}

/* Where a row stands: name, line feed, organisation. */
static cord_str place_of(struct cord_api_call *call, const struct cord_ledger_source *source)
{
    return cord_arena_printf(call->arena, "%.*s\n%.*s", CORD_STR_ARG(source->name),
                             CORD_STR_ARG(source->organisation));
}

static void put_page(struct list *list, cord_str after)
{
    struct cord_api_call *call = list->call;
    size_t left = cord_api_call_limit(call);
    cord_str last = {0};
    cord_str organisation = after;
    cord_str name = CORD_STR("");
    (void)cord_str_cut(&organisation, '\n', &name);
    const struct cord_ledger_source behind = {.name = name, .organisation = organisation};
    cord_api_call_page(call);
    for (size_t i = 0; i < list->count; i++) {
        const struct cord_ledger_source *source = &list->rows[i];
        const char *state = state_of(list, source);
        if ((after.len > 0 && compare(source, &behind) <= 0) || !passes(call, source, state)) {
            continue;
        }
        if (left == 0) {
            cord_api_call_page_end(call, last);
            return;
        }
        put_source(list, source, state);
        last = place_of(call, source);
        left--;
    }
    cord_api_call_page_end(call, (cord_str){0});
}

static void answer_list(struct cord_api_call *call)
{
    struct list list;
    cord_str after;
    if (!cord_api_call_place(call, &after)) {
        return;
    }
    if (list_init(&list, call, CORD_STR(""))) {
        put_page(&list, after);
    }
    list_done(&list);
}

static const struct cord_api_member LIST_PARAMETERS[] = {
    {.name = "organisation",
     .type = CORD_API_TEXT,
     .least = 1,
     .most = ORGANISATION_MAX,
     .help = "only those of this organisation, by its code"},
    {.name = "state", .type = CORD_API_WORD, .words = STATES, .help = "only those in this state"},
    {.type = CORD_API_END},
};

const struct cord_api_route cord_api_sources_list = {
    .method = CORD_HTTP_GET,
    .path = "/sources",
    .id = "listSources",
    .verb = "sources.read",
    .flags = CORD_API_PAGED,
    .parameters = LIST_PARAMETERS,
    .status = 200,
    .reply = &SOURCE,
    .summary = "Who sends events, and what became of them",
    .help = "By name. Also listed are registered sources that were never heard, sources that are "
            "no longer registered, and what nobody registered sent to a listener.",
    .answer = answer_list,
};

/* --- one --- */

static void answer_get(struct cord_api_call *call)
{
    struct list list;
    if (list_init(&list, call, call->variables[0])) {
        if (list.count == 0) {
            cord_api_call_missing(call);
        } else {
            /* The one it belongs to now, should it have had several. */
            const struct cord_source *now = cord_sources_by_name(list.sources, list.only);
            size_t at = 0;
            while (now && at + 1 < list.count &&
                   !cord_str_eq(list.rows[at].organisation, now->organisation)) {
                at++;
            }
            put_source(&list, &list.rows[at], state_of(&list, &list.rows[at]));
            cord_buf_put_char(&call->out, '\n');
        }
    }
    list_done(&list);
}

const struct cord_api_route cord_api_sources_get = {
    .method = CORD_HTTP_GET,
    .path = "/sources/{name}",
    .id = "getSource",
    .verb = "sources.read",
    .variables = NAME_VARIABLE,
    .status = 200,
    .reply = &SOURCE,
    .summary = "One source",
    .answer = answer_get,
};

/* --- its minutes --- */

struct minutes {
    struct cord_api_call *call;
    size_t left;
    bool more;
    int64_t last_ns;
};

static cord_status put_minute(void *self, int64_t minute_ns,
                              const struct cord_ledger_counts *counts)
{
    struct minutes *minutes = self;
    struct cord_buf *out = &minutes->call->out;
    if (minutes->left == 0) {
        minutes->more = true;
        return CORD_E_END;
    }
    cord_json_put_object(out);
    cord_json_put_time(out, "minute", minute_ns);
    cord_ledger_json_counts(out, counts);
    cord_buf_put_char(out, '}');
    minutes->last_ns = minute_ns;
    minutes->left--;
    return CORD_OK;
}

/* Minutes are kept by the source's name alone: who may not see all that had the name sees none. */
struct owners {
    struct cord_api_call *call;
    bool any;
    bool hidden;
};

static cord_status look_at_owner(void *self, const struct cord_ledger_source *source)
{
    struct owners *owners = self;
    if (cord_str_eq(source->name, owners->call->variables[0])) {
        owners->any = true;
        owners->hidden = owners->hidden || !cord_api_call_sees(owners->call, source->organisation);
    }
    return CORD_OK;
}

static void answer_minutes(struct cord_api_call *call)
{
    const struct cord_api_ports *ports = &call->options->ports;
    struct owners owners = {.call = call};
    struct minutes minutes = {.call = call, .left = cord_api_call_limit(call)};
    struct cord_error err = {""};
    uint64_t after = 0;
    if (!cord_api_call_place_number(call, &after)) {
        return;
    }
    struct cord_sources *sources = cord_source_book_current(ports->sources);
    const struct cord_source *known = cord_sources_by_name(sources, call->variables[0]);
    if (known) { /* perhaps never heard */
        const struct cord_ledger_source row = {.name = known->name,
                                               .organisation = known->organisation};
        (void)!look_at_owner(&owners, &row); /* never fails */
    }
    cord_sources_unref(sources);
    cord_status status = cord_ledger_sources(ports->ledger, look_at_owner, &owners);
    if (status == CORD_OK && (!owners.any || owners.hidden)) {
        cord_api_call_missing(call);
        return;
    }
    int64_t from_ns =
        after > 0 ? (int64_t)after + 60 * CORD_SECOND_NS : cord_api_call_time(call, "from");
    cord_api_call_page(call);
    if (status == CORD_OK) {
        status = cord_ledger_minutes(ports->ledger, call->variables[0], from_ns,
                                     cord_api_call_time(call, "to"), put_minute, &minutes);
    }
    if (status != CORD_OK && status != CORD_E_END) {
        cord_api_call_failed(call, status, &err);
        return;
    }
    cord_api_call_page_end_number(call, minutes.more, (uint64_t)minutes.last_ns);
}

static const struct cord_api_member MINUTES_PARAMETERS[] = {
    {.name = "from", .type = CORD_API_TIME, .help = "at or after this time"},
    {.name = "to", .type = CORD_API_TIME, .help = "before this time"},
    {.type = CORD_API_END},
};

const struct cord_api_route cord_api_sources_minutes = {
    .method = CORD_HTTP_GET,
    .path = "/sources/{name}/minutes",
    .id = "listSourceMinutes",
    .verb = "sources.read",
    .flags = CORD_API_PAGED,
    .variables = NAME_VARIABLE,
    .parameters = MINUTES_PARAMETERS,
    .status = 200,
    .reply = &MINUTE,
    .summary = "What a source sent, minute by minute",
    .help = "Ascending; minutes without anything are left out.",
    .answer = answer_minutes,
};
