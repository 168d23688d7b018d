/* api_incidents_write.c: what people do in an incident: each thing a claim, or several together. */
#include "api/api_incidents.h"

#include "api/api_claims.h"
#include "api/api_internal.h"
#include "api/api_users.h"
#include "triage/incident_entry.h"

#include <sys/random.h>

enum {
    BODY_BYTES_MAX = 256 << 10,
    TEXT_MAX = 4096,
    NAME_MAX_BYTES = 256,
    CODE_MAX = 64,
    MANY = 100
};

/* As enum cord_incident_entry_kind has them. */
static const char *const ENTRIES[] = {"task",      "note",  "decision", "link",       "unlink",
                                      "commander", "phase", "declare",  "stand-down", "merge",
                                      "part",      "split", "sitrep",   NULL};
static const char *const LEVELS[] = {"minor", "business-continuity", "critical", "major", NULL};
static const char *const LANES[] = {"attack", "us", "hospital", "care", NULL};
static const char *const LANGUAGES[] = {"en", "fr", NULL};
static const char *const PHASES[] = {"detected",  "acknowledged", "decided",
                                     "contained", "recovered",    NULL};
static const char *const LINKS[] = {"alert", "cluster",  "evidence", "organisation",
                                    "claim", "advisory", NULL};
static const char *const TASK_STATES[] = {"open", "doing", "done", "dropped", NULL};
static const char *const SORTS[] = {"action", "decision", "enquiry", NULL};
static const char *const MARKINGS[] = {"TLP:CLEAR",        "TLP:GREEN", "TLP:AMBER",
                                       "TLP:AMBER+STRICT", "TLP:RED",   NULL};

/* --- shapes --- */

static const struct cord_api_member LINK_MEMBERS[] = {
    {.name = "kind", .type = CORD_API_WORD, .required = true, .words = LINKS},
    {.name = "id", .type = CORD_API_TEXT, .required = true, .least = 1, .most = NAME_MAX_BYTES},
    {.type = CORD_API_END},
};

static const struct cord_api_shape LINK = {
    .name = "NewLink", .help = "What is to be linked, or not.", .members = LINK_MEMBERS};

#define TEXT_MEMBER(word, longest, what)                                                           \
    {                                                                                              \
        .name = (word), .type = CORD_API_LINES, .least = 1, .most = (longest), .help = (what)      \
    }
#define LINKS_MEMBER                                                                               \
    {                                                                                              \
        .name = "links", .type = CORD_API_LIST, .least = 0, .most = CORD_INCIDENT_LINKS_MAX,       \
        .shape = &LINK                                                                             \
    }
#define MATTER_MEMBERS                                                                             \
    {.name = "organisations",                                                                      \
     .type = CORD_API_TEXTS,                                                                       \
     .least = 0,                                                                                   \
     .most = MANY,                                                                                 \
     .help = "codes of those whose matter it is; the nation's unless said"},                       \
        {.name = "time", .type = CORD_API_TIME, .help = "since when it is so; now unless said"},   \
        TEXT_MEMBER("source", NAME_MAX_BYTES, "link, citation or evidence id"),                    \
    {                                                                                              \
        .name = "marking", .type = CORD_API_WORD, .words = MARKINGS,                               \
        .help = "TLP 2.0; TLP:AMBER unless said"                                                   \
    }

static const struct cord_api_member NEW_MEMBERS[] = {
    {.name = "title", .type = CORD_API_TEXT, .required = true, .least = 1, .most = NAME_MAX_BYTES},
    {.name = "severity", .type = CORD_API_WORD, .required = true, .words = LEVELS},
    {.name = "commander",
     .type = CORD_API_TEXT,
     .least = 1,
     .most = CODE_MAX,
     .help = "user:K7QM-2F9A-XHP3"},
    {.name = "lead", .type = CORD_API_TEXT, .least = 1, .most = CODE_MAX, .help = "code"},
    {.name = "alerts", .type = CORD_API_TEXTS, .least = 0, .most = CORD_INCIDENT_LINKS_MAX},
    {.name = "clusters", .type = CORD_API_TEXTS, .least = 0, .most = CORD_INCIDENT_LINKS_MAX},
    LINKS_MEMBER,
    TEXT_MEMBER("text", TEXT_MAX, "why it is one"),
    MATTER_MEMBERS,
    {.type = CORD_API_END},
};

static const struct cord_api_shape NEW_INCIDENT = {
    .name = "NewIncident", .help = "What is to be handled together.", .members = NEW_MEMBERS};

static const struct cord_api_member ENTRY_MEMBERS[] = {
    {.name = "kind",
     .type = CORD_API_WORD,
     .required = true,
     .words = ENTRIES,
     .help = "which other members it needs: /claims/kinds, incident.*"},
    TEXT_MEMBER("title", NAME_MAX_BYTES, "of a task; of an incident, anew or of one split off"),
    {.name = "severity", .type = CORD_API_WORD, .words = LEVELS},
    {.name = "lead", .type = CORD_API_TEXT, .least = 1, .most = CODE_MAX},
    TEXT_MEMBER("text", TEXT_MAX, "of a note"),
    {.name = "lane", .type = CORD_API_WORD, .words = LANES, .help = "of a note; us unless said"},
    TEXT_MEMBER("what", TEXT_MAX, "was decided"),
    TEXT_MEMBER("why", TEXT_MAX, "it was"),
    TEXT_MEMBER("who", NAME_MAX_BYTES, "decided, by name or office; or commands, as user:..."),
    {.name = "options", .type = CORD_API_TEXTS, .least = 0, .most = MANY},
    {.name = "basis", .type = CORD_API_TEXTS, .least = 0, .most = MANY},
    {.name = "at", .type = CORD_API_TIME, .help = "as known at which time it was decided"},
    TEXT_MEMBER("task", CODE_MAX, "which task; a new one without it"),
    {.name = "state", .type = CORD_API_WORD, .words = TASK_STATES, .help = "of a task"},
    {.name = "sort", .type = CORD_API_WORD, .words = SORTS, .help = "of a task"},
    {.name = "owner", .type = CORD_API_TEXT, .least = 1, .most = CODE_MAX, .help = "of a task"},
    {.name = "due", .type = CORD_API_TIME, .help = "of a task"},
    {.name = "phase", .type = CORD_API_WORD, .words = PHASES},
    {.name = "lang",
     .type = CORD_API_WORD,
     .words = LANGUAGES,
     .help = "of a situation report that is issued; English unless said"},
    TEXT_MEMBER("into", CODE_MAX, "the incident that goes on for both"),
    TEXT_MEMBER("reason", TEXT_MAX, "why"),
    LINKS_MEMBER,
    MATTER_MEMBERS,
    {.type = CORD_API_END},
};

static const struct cord_api_shape ENTRY = {
    .name = "NewEntry", .help = "Something done in an incident.", .members = ENTRY_MEMBERS};

static const struct cord_api_member DONE_MEMBERS[] = {
    {.name = "claim",
     .type = CORD_API_ID,
     .required = true,
     .nullable = true,
     .help = "the first that was recorded; null: nothing new was said"},
    {.name = "claims", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.name = "recorded", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.name = "task", .type = CORD_API_TEXT, .help = "of a new one: its name"},
    {.name = "incident", .type = CORD_API_TEXT, .help = "that was split off: its id"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape DONE = {
    .name = "EntryDone", .help = "What was recorded.", .members = DONE_MEMBERS};

/* --- reading --- */

/* A list of texts of the body. */
static cord_status read_texts(const struct cord_api_call *call, const char *name,
                              const cord_str **ret_items, size_t *ret_count)
{
    const struct cord_json *list = cord_json_tree_get(call->body, cord_str_from(name));
    size_t count = 0;
    if (!list) {
        return CORD_OK;
    }
    cord_str *items = cord_arena_zalloc(call->arena, list->count + 1, sizeof *items);
    for (const struct cord_json *at = list->child; items && at; at = at->next) {
        items[count++] = at->text;
    }
    *ret_items = items;
    *ret_count = count;
    return items ? CORD_OK : CORD_E_NOMEM;
}

/* "user:K7QM-2F9A-XHP3" as the record has it; a fault is added when it is none of ours. */
static cord_str read_person(struct cord_api_call *call, const char *name)
{
    char buffer[CORD_API_OPAQUE_SUBJECT];
    cord_str text = cord_api_call_body_text(call, name);
    cord_str person = CORD_STR("");
    if (text.len > 0 && !cord_api_opaque_read(&call->api->opaque, text, buffer, &person)) {
        cord_api_shape_fault(&call->faults, name, "names no id that was given for this");
        return CORD_STR("");
    }
    return cord_arena_copy(call->arena, person);
}

struct looking {
    const struct cord_api_call *call;
    bool seen;
};

static cord_status on_claim(void *self, const struct cord_claim *claim,
                            const struct cord_digest *hash)
{
    struct looking *looking = self;
    const struct cord_api_call *call = looking->call;
    (void)hash;
    looking->seen = cord_api_claims_sees(call->api, &call->principal, "claims.read", claim);
    return CORD_OK;
}

/* A claim is linked by its number, and only one that its author may see. */
static cord_str claim_of(struct cord_api_incidents_eye *eye, cord_str id)
{
    struct cord_api_call *call = eye->call;
    struct looking looking = {.call = call};
    uint64_t number = 0;
    if (!cord_api_opaque_parse(&call->api->opaque, CORD_API_OPAQUE_CLAIM, id, &number) ||
        cord_record_view_claim(eye->view, number, on_claim, &looking, NULL) != CORD_OK ||
        !looking.seen) {
        cord_api_shape_fault(&call->faults, "links", "there is no such claim");
        return CORD_STR("");
    }
    return cord_arena_printf(call->arena, "c%llu", (unsigned long long)number);
}

static void add_link(struct cord_incident_entry_link *links, size_t *count,
                     enum cord_incident_link_kind kind, cord_str id)
{
    links[(*count)++] = (struct cord_incident_entry_link){kind, id};
}

static void add_texts(const struct cord_api_call *call, const char *name,
                      enum cord_incident_link_kind kind, struct cord_incident_entry_link *links,
                      size_t *count)
{
    const struct cord_json *list = cord_json_tree_get(call->body, cord_str_from(name));
    for (const struct cord_json *at = list ? list->child : NULL; at; at = at->next) {
        add_link(links, count, kind, at->text);
    }
}

static size_t count_of(const struct cord_api_call *call, const char *name)
{
    const struct cord_json *list = cord_json_tree_get(call->body, cord_str_from(name));
    return list ? list->count : 0;
}

static cord_status read_links(struct cord_api_incidents_eye *eye, struct cord_incident_entry *entry)
{
    struct cord_api_call *call = eye->call;
    const struct cord_json *list = cord_json_tree_get(call->body, CORD_STR("links"));
    size_t room = count_of(call, "links") + count_of(call, "alerts") + count_of(call, "clusters");
    size_t count = 0;
    struct cord_incident_entry_link *links =
        cord_arena_zalloc(call->arena, room + 1, sizeof *links);
    if (!links) {
        return CORD_E_NOMEM;
    }
    for (const struct cord_json *at = list ? list->child : NULL; at; at = at->next) {
        enum cord_incident_link_kind kind = CORD_INCIDENT_ALERT;
        const struct cord_json *word = cord_json_tree_get(at, CORD_STR("kind"));
        const struct cord_json *id = cord_json_tree_get(at, CORD_STR("id"));
        if (word && id && cord_incident_link_find(word->text, &kind)) {
            add_link(links, &count, kind,
                     kind == CORD_INCIDENT_CLAIM ? claim_of(eye, id->text) : id->text);
        }
    }
    add_texts(call, "alerts", CORD_INCIDENT_ALERT, links, &count);
    add_texts(call, "clusters", CORD_INCIDENT_CLUSTER, links, &count);
    entry->links = links;
    entry->link_count = count;
    return CORD_OK;
}

/* What both have. */
static cord_status read_common(struct cord_api_incidents_eye *eye,
                               struct cord_incident_entry *entry)
{
    struct cord_api_call *call = eye->call;
    cord_str marking = cord_api_call_body_text(call, "marking");
    entry->title = cord_api_call_body_text(call, "title");
    entry->level = cord_api_call_body_text(call, "severity");
    entry->lead = cord_api_call_body_text(call, "lead");
    entry->time_ns = cord_api_call_body_time(call, "time");
    entry->source = cord_api_call_body_text(call, "source");
    entry->marked = cord_claim_marking_find(marking, &entry->marking);
    cord_status status =
        read_texts(call, "organisations", &entry->organisations, &entry->organisation_count);
    return status == CORD_OK ? read_links(eye, entry) : status;
}

static cord_status read_entry(struct cord_api_incidents_eye *eye, struct cord_incident_entry *entry)
{
    struct cord_api_call *call = eye->call;
    bool found = cord_incident_entry_find(cord_api_call_body_text(call, "kind"), &entry->kind);
    bool commands = found && entry->kind == CORD_INCIDENT_ENTRY_COMMANDER;
    entry->text = cord_api_call_body_text(call, "text");
    entry->lane = cord_api_call_body_text(call, "lane");
    entry->what = cord_api_call_body_text(call, "what");
    entry->why = cord_api_call_body_text(call, "why");
    entry->who = commands ? read_person(call, "who") : cord_api_call_body_text(call, "who");
    entry->reason = cord_api_call_body_text(call, "reason");
    entry->phase = cord_api_call_body_text(call, "phase");
    entry->into = cord_api_call_body_text(call, "into");
    entry->task = cord_api_call_body_text(call, "task");
    entry->state = cord_api_call_body_text(call, "state");
    entry->sort = cord_api_call_body_text(call, "sort");
    entry->owner = read_person(call, "owner");
    entry->due_ns = cord_api_call_body_time(call, "due");
    entry->at_ns = cord_api_call_body_time(call, "at");
    cord_status status = found ? read_common(eye, entry) : CORD_E_FORMAT;
    if (status == CORD_OK) {
        status = read_texts(call, "options", &entry->options, &entry->option_count);
    }
    return status == CORD_OK ? read_texts(call, "basis", &entry->basis, &entry->basis_count)
                             : status;
}

static struct cord_incident_entry no_entry(void)
{
    const cord_str none = CORD_STR("");
    return (struct cord_incident_entry){.title = none,
                                        .level = none,
                                        .lead = none,
                                        .text = none,
                                        .what = none,
                                        .why = none,
                                        .who = none,
                                        .lane = none,
                                        .reason = none,
                                        .phase = none,
                                        .into = none,
                                        .task = none,
                                        .state = none,
                                        .sort = none,
                                        .owner = none,
                                        .source = none,
                                        .due_ns = CORD_TIME_NONE,
                                        .at_ns = CORD_TIME_NONE,
                                        .time_ns = CORD_TIME_NONE};
}

/* --- doing --- */

static void refuse(struct cord_api_call *call, cord_status status, const struct cord_error *err)
{
    if (status == CORD_E_UNSUPPORTED) {
        cord_api_call_problem(call, 403, "%s", err->text);
    } else if (status == CORD_E_END) {
        cord_api_call_problem(call, 409, "%s", err->text);
    } else {
        cord_api_users_refuse(call, status, err);
    }
}

static cord_status make_author(struct cord_api_incidents_eye *eye,
                               struct cord_incident_author *author)
{
    const struct cord_api_call *call = eye->call;
    *author = (struct cord_incident_author){
        .claimant = cord_str_from(call->principal.name),
        .now_ns = call->now_ns,
        .request = &eye->request,
    };
    return getrandom(&author->lot, sizeof author->lot, 0) == (ssize_t)sizeof author->lot
               ? CORD_OK
               : CORD_E_IO;
}

/* True: go on. False: a problem is set. */
static bool is_well_read(struct cord_api_call *call, cord_status status,
                         const struct cord_error *err)
{
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, err);
    } else if (call->faults.count > 0) {
        cord_api_call_problem(call, 422, "the body is not as it is to be");
    }
    return status == CORD_OK && call->faults.count == 0;
}

static void open_incident(struct cord_api_incidents_eye *eye)
{
    struct cord_api_call *call = eye->call;
    struct cord_incident_entry entry = no_entry();
    struct cord_incident_author author;
    struct cord_incident_outcome outcome = {.id = ""};
    struct cord_incident *incident = NULL;
    struct cord_error err = {""};
    entry.kind = CORD_INCIDENT_ENTRY_DECLARE;
    entry.who = read_person(call, "commander");
    entry.reason = cord_api_call_body_text(call, "text");
    cord_status status = read_common(eye, &entry);
    status = status == CORD_OK ? make_author(eye, &author) : status;
    if (!is_well_read(call, status, &err)) {
        return;
    }
    status = cord_incident_entry_open(call->options->ports.record, eye->view, &author, &entry,
                                      &outcome, &err);
    if (status != CORD_OK) {
        refuse(call, status, &err);
        return;
    }
    status = cord_record_view_refresh(eye->view, &err);
    status = status == CORD_OK ? cord_incident_read(eye->view, cord_str_from(outcome.id),
                                                    &eye->request, &incident, &err)
                               : status;
    if (status == CORD_OK) {
        cord_api_incidents_put(call, incident);
    } else {
        cord_api_call_failed(call, status, &err);
    }
    cord_incident_free(incident);
}

static void answer_create(struct cord_api_call *call)
{
    struct cord_api_incidents_eye eye;
    if (cord_api_incidents_eye_init(&eye, call, "incidents.write", CORD_TIME_NONE)) {
        open_incident(&eye);
    }
    cord_api_incidents_eye_done(&eye);
}

const struct cord_api_route cord_api_incidents_write_create = {
    .method = CORD_HTTP_POST,
    .path = "/incidents",
    .id = "createIncident",
    .verb = "incidents.write",
    .flags = CORD_API_KEYED | CORD_API_CONFLICTS | CORD_API_FULL,
    .body = &NEW_INCIDENT,
    .body_bytes_max = BODY_BYTES_MAX,
    .status = 201,
    .reply = &cord_api_incidents_one_shape,
    .summary = "Declare an incident",
    .answer = answer_create,
};

static void put_done(struct cord_api_call *call, const struct cord_incident_outcome *outcome)
{
    struct cord_buf *out = &call->out;
    cord_buf_put_char(out, '{');
    cord_api_call_put_id(call, CORD_API_OPAQUE_CLAIM, "claim", outcome->claim);
    cord_json_put_number(out, "claims", outcome->claims);
    cord_json_put_time(out, "recorded",
                       outcome->claims > 0 ? outcome->recorded_ns : CORD_TIME_NONE);
    cord_json_put_some(out, "task", cord_str_from(outcome->task));
    cord_json_put_some(out, "incident", cord_str_from(outcome->id));
    cord_buf_put(out, CORD_STR("}\n"));
}

static void add_entry(struct cord_api_incidents_eye *eye)
{
    struct cord_api_call *call = eye->call;
    struct cord_incident_entry entry = no_entry();
    struct cord_incident_author author;
    struct cord_incident_outcome outcome = {.id = ""};
    struct cord_error err = {""};
    cord_status status = read_entry(eye, &entry);
    status = status == CORD_OK ? make_author(eye, &author) : status;
    (void)cord_incident_language_find(cord_api_call_body_text(call, "lang"),
                                      &eye->request.language); /* English unless said */
    if (!is_well_read(call, status, &err)) {
        return;
    }
    status = cord_incident_entry_add(call->options->ports.record, eye->view, call->variables[0],
                                     &author, &entry, &outcome, &err);
    if (status == CORD_OK) {
        put_done(call, &outcome);
    } else {
        refuse(call, status, &err);
    }
}

static void answer_entry(struct cord_api_call *call)
{
    struct cord_api_incidents_eye eye;
    if (cord_api_incidents_eye_init(&eye, call, "incidents.write", CORD_TIME_NONE)) {
        add_entry(&eye);
    }
    cord_api_incidents_eye_done(&eye);
}

const struct cord_api_route cord_api_incidents_write_entry = {
    .method = CORD_HTTP_POST,
    .path = "/incidents/{id}/entries",
    .id = "createIncidentEntry",
    .verb = "incidents.write",
    .flags = CORD_API_KEYED | CORD_API_CONFLICTS | CORD_API_FULL,
    .variables = cord_api_incidents_variable,
    .body = &ENTRY,
    .body_bytes_max = BODY_BYTES_MAX,
    .status = 201,
    .reply = &DONE,
    .summary = "Do something in an incident",
    .help = "A task, note, decision, link, phase and so on: recorded whole or not at all. What its "
            "state forbids is 409. Whoever does not see the nation's part of an incident may "
            "note, set and change tasks and link for its own organisation.",
    .answer = answer_entry,
};
