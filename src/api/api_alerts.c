/* api_alerts.c: see api_alerts.h; the queue of alerts, and one of them. */
#include "api/api_alerts.h"

#include "api/api_claims.h"
#include "api/api_findings.h"
#include "api/api_internal.h"
#include "codec/json_write.h"
#include "detect/attack_technique.h"
#include "record/account_token.h"

#include <stdlib.h>

enum { ID_MAX = 32, CLAIMS_MAX = 500, NEWEST = 20, FINDINGS_LOOKED = 4096, BEHIND_MAX = 5000 };
enum { IDS_MAX = 200, IDS_BYTES_MAX = 4096 }; /* that a list may be asked for */

static const char *const STATUSES[] = {"new", "acknowledged", "in-progress", "closed", NULL};
static const char *const LEVELS[] = {"none", "informational", "low", "medium",
                                     "high", "critical",      NULL};
static const char *const KINDS[] = {"host", "user", "address", "organisation", NULL};
static const char *const CRITICALITIES[] = {"unknown",  "administrative", "support",
                                            "clinical", "life-critical",  NULL};
static const char *const SORTS[] = {"priority", "risk",     "last", "first", "known",  "updated",
                                    "count",    "severity", "org",  "rule",  "status", NULL};

/* --- shapes --- */

static const struct cord_api_member WHY_MEMBERS[] = {
    {.name = "part", .type = CORD_API_TEXT, .required = true},
    {.name = "text", .type = CORD_API_TEXT, .required = true},
    {.name = "points", .type = CORD_API_NUMBER, .most = 100, .help = "of its risk"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape WHY = {
    .name = "AlertWhy",
    .help = "Part of an alert's risk, or why it stands where it stands.",
    .members = WHY_MEMBERS,
    .open = true};

#define ALERT_MEMBERS                                                                              \
    {.name = "id", .type = CORD_API_TEXT, .required = true, .help = "A-7K2M-9QXF"},                \
        {.name = "organisation", .type = CORD_API_TEXT, .required = true, .help = "code"},         \
        {.name = "organisation_name", .type = CORD_API_TEXT, .help = "left out: not known"},       \
        {.name = "region", .type = CORD_API_TEXT, .help = "code"},                                 \
        {.name = "rule", .type = CORD_API_TEXT, .required = true, .help = "empty: by hand"},       \
        {.name = "title", .type = CORD_API_TEXT, .required = true},                                \
        {.name = "author", .type = CORD_API_TEXT, .help = "of the rule"},                          \
        {.name = "level", .type = CORD_API_WORD, .required = true, .words = LEVELS},               \
        {.name = "tags", .type = CORD_API_TEXTS, .required = true},                                \
        {.name = "techniques", .type = CORD_API_TEXTS, .required = true, .help = "T1210"},         \
        {.name = "tactics", .type = CORD_API_TEXTS, .required = true},                             \
        {.name = "entity_kind", .type = CORD_API_WORD, .required = true, .words = KINDS},          \
        {.name = "entity", .type = CORD_API_TEXT, .required = true},                               \
        {.name = "manual", .type = CORD_API_FLAG, .required = true, .help = "raised by a person"}, \
        {.name = "first",                                                                          \
         .type = CORD_API_TIME,                                                                    \
         .required = true,                                                                         \
         .help = "when it happened: the earliest event"},                                          \
        {.name = "last", .type = CORD_API_TIME, .required = true},                                 \
        {.name = "known", .type = CORD_API_TIME, .required = true, .help = "since when"},          \
        {.name = "updated",                                                                        \
         .type = CORD_API_TIME,                                                                    \
         .required = true,                                                                         \
         .help = "the last finding or word about it"},                                             \
        {.name = "count",                                                                          \
         .type = CORD_API_NUMBER,                                                                  \
         .required = true,                                                                         \
         .most = INT64_MAX,                                                                        \
         .help = "findings"},                                                                      \
        {.name = "status", .type = CORD_API_WORD, .required = true, .words = STATUSES},            \
        {.name = "reason", .type = CORD_API_TEXT, .help = "for which it was closed"},              \
        {.name = "again",                                                                          \
         .type = CORD_API_NUMBER,                                                                  \
         .required = true,                                                                         \
         .most = INT64_MAX,                                                                        \
         .help = "findings since it was closed"},                                                  \
        {.name = "owner", .type = CORD_API_TEXT, .help = "user:K7QM-2F9A-XHP3; left out: nobody"}, \
        {.name = "owner_name", .type = CORD_API_TEXT},                                             \
        {.name = "notes", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},           \
        {.name = "cluster", .type = CORD_API_TEXT, .help = "of spread that it is part of"},        \
        {.name = "incident", .type = CORD_API_TEXT, .help = "that it is linked to"},               \
        {.name = "suppressed", .type = CORD_API_FLAG, .required = true},                           \
        {.name = "suppression", .type = CORD_API_TEXT},                                            \
        {.name = "risk", .type = CORD_API_NUMBER, .required = true, .most = 100},                  \
        {.name = "criticality", .type = CORD_API_WORD, .required = true, .words = CRITICALITIES},  \
        {.name = "care", .type = CORD_API_TEXT, .help = "what needs the entity"},                  \
        {.name = "grouped",                                                                        \
         .type = CORD_API_NUMBER,                                                                  \
         .required = true,                                                                         \
         .most = INT64_MAX,                                                                        \
         .help = "alerts that this row stands for"},                                               \
    {                                                                                              \
        .name = "why", .type = CORD_API_LIST, .required = true, .shape = &WHY                      \
    }

static const struct cord_api_member MEMBERS[] = {ALERT_MEMBERS, {.type = CORD_API_END}};

const struct cord_api_shape cord_api_alerts_shape = {
    .name = "Alert",
    .help = "Findings of one rule about one entity of one organisation, grouped for a person.",
    .members = MEMBERS};

static const struct cord_api_member SAID_MEMBERS[] = {
    {.name = "claim", .type = CORD_API_ID, .required = true},
    {.name = "recorded", .type = CORD_API_TIME, .required = true},
    {.name = "claimant", .type = CORD_API_TEXT, .required = true},
    {.name = "claimant_name", .type = CORD_API_TEXT},
    {.name = "kind", .type = CORD_API_TEXT, .required = true},
    {.name = "state", .type = CORD_API_TEXT},
    {.name = "reason", .type = CORD_API_TEXT},
    {.name = "owner", .type = CORD_API_TEXT},
    {.name = "owner_name", .type = CORD_API_TEXT},
    {.name = "text", .type = CORD_API_LINES},
    {.type = CORD_API_END},
};

static const struct cord_api_shape SAID = {
    .name = "AlertSaid", .help = "What somebody said of an alert.", .members = SAID_MEMBERS};

static const struct cord_api_member ONE_MEMBERS[] = {
    ALERT_MEMBERS,
    {.name = "as_of", .type = CORD_API_TIME, .required = true},
    {.name = "claims",
     .type = CORD_API_LIST,
     .required = true,
     .shape = &SAID,
     .help = "oldest first; the last 500"},
    {.name = "claims_more",
     .type = CORD_API_FLAG,
     .required = true,
     .help = "there are older ones"},
    {.name = "findings",
     .type = CORD_API_LIST,
     .required = true,
     .shape = &cord_api_findings_shape,
     .help = "the newest 20, newest first: see /alerts/{id}/findings"},
    {.type = CORD_API_END},
};

const struct cord_api_shape cord_api_alerts_one_shape = {
    .name = "AlertDetail",
    .help = "An alert with what was said of it and what it was made of.",
    .members = ONE_MEMBERS};

/* --- who sees which --- */

cord_status cord_api_alerts_eye_init(struct cord_api_alerts_eye *eye, const struct cord_api *api,
                                     const struct cord_api_principal *principal,
                                     struct cord_arena *arena, struct cord_error *err)
{
    const struct cord_as_of now = {INT64_MAX, INT64_MAX};
    *eye = (struct cord_api_alerts_eye){
        .api = api, .principal = principal, .arena = arena, .verb = "findings.read"};
    return cord_api_pictures_take(api->options.ports.pictures, now, &eye->picture, err);
}

void cord_api_alerts_eye_done(struct cord_api_alerts_eye *eye)
{
    if (eye->picture) {
        cord_api_pictures_give(eye->api->options.ports.pictures, eye->picture);
    }
    eye->picture = NULL;
}

static bool is_visible(void *self, cord_str organisation, cord_str *ret_region)
{
    const struct cord_api_alerts_eye *eye = self;
    if (ret_region) {
        const struct cord_organisation *known =
            cord_organisations_find(cord_api_pictures_of(eye->picture), organisation);
        *ret_region = known ? known->region : CORD_STR("");
    }
    return cord_api_call_may(eye->api, eye->principal, eye->verb, organisation);
}

struct cord_alert_ask cord_api_alerts_ask(struct cord_api_alerts_eye *eye)
{
    return (struct cord_alert_ask){
        .query = CORD_STR(""),
        .from_ns = CORD_TIME_NONE,
        .to_ns = CORD_TIME_NONE,
        .at_ns = CORD_TIME_NONE,
        .visible = is_visible,
        .self = eye,
    };
}

/* How long a word for "me" or an id at `at` is; 0: there is none. *ret_text: what stands for it. */
static size_t read_person(const struct cord_api_call *call, cord_str query, size_t at,
                          char buffer[CORD_API_OPAQUE_SUBJECT], cord_str *ret_text)
{
    static const cord_str me = {"owner:me", 8};
    static const cord_str quoted = {"\"user:", 6};
    cord_str rest = cord_str_from_byte(query, at);
    bool begins = at == 0 || strchr(" (-+!", query.ptr[at - 1]) != NULL;
    if (begins && cord_str_starts_fold(rest, me) &&
        (rest.len == me.len || rest.ptr[me.len] == ' ' || rest.ptr[me.len] == ')')) {
        *ret_text = cord_arena_printf(call->arena, "owner:\"%s\"", call->principal.name);
        return me.len;
    }
    size_t end = cord_str_find_char(rest, '"', 1);
    if (!cord_str_starts(rest, quoted) || end >= rest.len) {
        return 0;
    }
    cord_str person = CORD_STR("user:0"); /* nobody: a number is no id */
    (void)cord_api_opaque_read(&call->api->opaque, cord_str_slice(rest, 1, end - 1), buffer,
                               &person);
    *ret_text = cord_arena_printf(call->arena, "\"%.*s\"", CORD_STR_ARG(person));
    return end + 1;
}

/* People are asked about by their ids, owner:"user:K7QM-2F9A-XHP3", or as owner:me. */
static cord_str read_people(struct cord_api_call *call, cord_str query)
{
    struct cord_buf out;
    char buffer[CORD_API_OPAQUE_SUBJECT];
    cord_buf_init(&out, 2 * (size_t)CORD_API_ALERTS_QUERY_MAX + CORD_API_ALERTS_QUERY_MAX);
    for (size_t at = 0; at < query.len;) {
        cord_str person = {0};
        size_t len = read_person(call, query, at, buffer, &person);
        if (len > 0) {
            cord_buf_put(&out, person.ptr ? person : CORD_STR(""));
        } else {
            cord_buf_put_char(&out, query.ptr[at]);
        }
        at += len > 0 ? len : 1;
    }
    cord_str kept = {0};
    if (!out.failed) {
        kept = cord_arena_copy(call->arena, cord_buf_str(&out));
    }
    cord_buf_done(&out);
    return kept.ptr ? kept : CORD_STR("owner:\"\"");
}

struct cord_alert_ask cord_api_alerts_asked(struct cord_api_call *call,
                                            struct cord_api_alerts_eye *eye)
{
    struct cord_alert_ask ask = cord_api_alerts_ask(eye);
    ask.query = read_people(call, cord_api_call_text(call, "q"));
    ask.from_ns = cord_api_call_time(call, "from");
    ask.to_ns = cord_api_call_time(call, "to");
    ask.at_ns = cord_api_call_time(call, "at");
    return ask;
}

void cord_api_alerts_failed(struct cord_api_call *call, cord_status status,
                            const struct cord_error *err)
{
    if (status == CORD_E_FORMAT || status == CORD_E_LIMIT) {
        cord_api_shape_fault(&call->faults, "q", "%s", err->text);
        cord_api_call_problem(call, 400, "a parameter is wrong");
    } else {
        cord_api_call_failed(call, status, err);
    }
}

/* --- one as JSON --- */

cord_str cord_api_alerts_name(struct cord_api_alerts_eye *eye, cord_str owner)
{
    uint64_t number = 0;
    struct cord_account account = {0};
    for (size_t i = 0; i < eye->owner_count; i++) {
        if (cord_str_eq(eye->owners[i].owner, owner)) {
            return eye->owners[i].name;
        }
    }
    cord_str name = CORD_STR("");
    if (cord_str_starts(owner, CORD_STR("user:")) &&
        cord_str_u64(cord_str_from_byte(owner, 5), &number) &&
        cord_accounts_get(eye->api->options.ports.accounts, number, eye->arena, &account, NULL) ==
            CORD_OK) {
        name = account.name;
    }
    cord_str kept = cord_arena_copy(eye->arena, owner);
    if (kept.ptr && eye->owner_count < CORD_API_ALERTS_OWNERS) {
        eye->owners[eye->owner_count++] = (struct cord_api_alerts_owner){kept, name};
    }
    return name;
}

static void put_person(struct cord_api_alerts_eye *eye, const char *name, const char *name_name,
                       cord_str who, struct cord_buf *out)
{
    char shown[CORD_API_OPAQUE_SUBJECT];
    if (who.len > 0) {
        cord_json_put_text(out, name, cord_api_opaque_show(&eye->api->opaque, who, shown));
        cord_json_put_some(out, name_name, cord_api_alerts_name(eye, who));
    }
}

static void put_techniques(const struct cord_alert *alert, struct cord_buf *out)
{
    cord_json_put_name(out, "techniques");
    cord_buf_put_char(out, '[');
    for (size_t i = 0; i < alert->tag_count; i++) {
        const struct cord_attack_technique *at = cord_attack_technique_of_tag(alert->tags[i]);
        if (at) {
            cord_json_put_item(out);
            cord_json_write_string(out, cord_str_from(at->id));
        }
    }
    cord_buf_put_char(out, ']');
    cord_json_put_name(out, "tactics");
    cord_buf_put_char(out, '[');
    for (size_t i = 0; i < alert->tag_count; i++) {
        int tactic = cord_rule_about_tactic(alert->tags[i]);
        if (tactic >= 0) {
            cord_json_put_item(out);
            cord_json_write_string(out, cord_str_from(cord_rule_about_tactic_tag(tactic)));
        }
    }
    cord_buf_put_char(out, ']');
}

static void put_what(struct cord_api_alerts_eye *eye, const struct cord_alert *alert,
                     struct cord_buf *out)
{
    const struct cord_organisation *organisation =
        cord_organisations_find(cord_api_pictures_of(eye->picture), alert->organisation);
    cord_json_put_text(out, "id", alert->id);
    cord_json_put_text(out, "organisation", alert->organisation);
    cord_json_put_some(out, "organisation_name", organisation ? organisation->name : CORD_STR(""));
    cord_json_put_some(out, "region", organisation ? organisation->region : CORD_STR(""));
    cord_json_put_text(out, "rule", alert->rule);
    cord_json_put_text(out, "title", alert->title);
    cord_json_put_some(out, "author", alert->author);
    cord_json_put_text(out, "level", cord_str_from(cord_rule_about_level(alert->level)));
    cord_json_put_texts(out, "tags", alert->tags, alert->tag_count);
    put_techniques(alert, out);
    cord_json_put_text(out, "entity_kind",
                       cord_str_from(cord_alert_entity_name(alert->entity_kind)));
    cord_json_put_text(out, "entity", alert->entity);
    cord_json_put_flag(out, "manual", alert->manual);
    cord_json_put_time(out, "first", alert->first_ns);
    cord_json_put_time(out, "last", alert->last_ns);
    cord_json_put_time(out, "known", alert->known_ns);
    cord_json_put_time(out, "updated", alert->updated_ns);
    cord_json_put_number(out, "count", alert->count);
}

void cord_api_alerts_put(struct cord_api_alerts_eye *eye, const struct cord_alert *alert,
                         struct cord_buf *out)
{
    put_what(eye, alert, out);
    cord_json_put_text(out, "status", cord_str_from(cord_alert_status_name(alert->status)));
    cord_json_put_some(out, "reason", cord_str_from(cord_alert_reason_name(alert->reason)));
    cord_json_put_number(out, "again", alert->again);
    put_person(eye, "owner", "owner_name", alert->owner, out);
    cord_json_put_number(out, "notes", alert->notes);
    cord_json_put_some(out, "cluster", alert->cluster);
    cord_json_put_some(out, "incident", alert->incident);
    cord_json_put_flag(out, "suppressed", alert->suppressed);
    cord_json_put_some(out, "suppression", alert->suppression);
    cord_json_put_number(out, "risk", alert->risk);
    cord_json_put_text(out, "criticality",
                       cord_str_from(cord_alert_criticality_name(alert->criticality)));
    cord_json_put_some(out, "care", alert->care);
    cord_json_put_number(out, "grouped", alert->grouped);
    cord_json_put_name(out, "why");
    cord_buf_put(out, alert->why.len > 0 ? alert->why : CORD_STR("[]"));
}

/* --- the queue --- */

struct listing {
    struct cord_api_call *call;
    struct cord_api_alerts_eye eye;
    cord_str ids[IDS_MAX];
    size_t id_count;
};

static void on_listed(void *self, const struct cord_alert *alert)
{
    struct listing *listing = self;
    struct cord_buf *out = &listing->call->out;
    cord_json_put_object(out);
    cord_api_alerts_put(&listing->eye, alert, out);
    cord_buf_put_char(out, '}');
}

static bool flag_of(const struct cord_api_call *call, const char *name)
{
    const struct cord_api_value *value = cord_api_call_parameter(call, name);
    return value->present && value->flag;
}

/* Far behind the journal, as after a start; a little behind it always is, and that tells what
 * others have. */
static bool is_catching_up(const struct cord_api_call *call)
{
    const struct cord_api_ports *ports = &call->options->ports;
    return ports->findings_newest(ports->self) >
           cord_alert_book_stats(cord_desk_alerts(ports->desk)).finding + BEHIND_MAX;
}

static void put_totals(struct cord_api_call *call, const struct cord_alert_listed *listed)
{
    cord_json_put_number(&call->out, "total", listed->total);
    cord_json_put_number(&call->out, "rows", listed->rows);
    cord_json_put_number(&call->out, "open", listed->open);
    cord_json_put_time(&call->out, "as_of", cord_api_call_at(call));
    cord_json_put_flag(&call->out, "catching_up", is_catching_up(call));
}

/* "A-7K2M-9QXF,A-..": false: a problem is set. */
static bool read_ids(struct listing *listing)
{
    struct cord_api_call *call = listing->call;
    const struct cord_api_value *given = cord_api_call_parameter(call, "ids");
    cord_str rest = given->present ? given->text : (cord_str){0};
    cord_str id;
    while (cord_str_cut(&rest, ',', &id)) {
        if (listing->id_count == IDS_MAX) {
            cord_api_shape_fault(&call->faults, "ids", "are %d at most", IDS_MAX);
            cord_api_call_problem(call, 400, "a parameter is wrong");
            return false;
        }
        listing->ids[listing->id_count++] = id;
    }
    return true;
}

static cord_status put_list(struct listing *listing, cord_str place, struct cord_error *err)
{
    struct cord_api_call *call = listing->call;
    const struct cord_api_value *sort = cord_api_call_parameter(call, "sort");
    struct cord_alert_listed listed;
    struct cord_alert_ask ask = cord_api_alerts_asked(call, &listing->eye);
    ask.ids = listing->id_count > 0 ? listing->ids : NULL;
    ask.id_count = listing->id_count;
    const struct cord_alert_page page = {
        .sort = sort->present ? (enum cord_alert_sort)sort->number : CORD_ALERT_BY_PRIORITY,
        .reverse = flag_of(call, "reverse"),
        .grouped = flag_of(call, "group"),
        .limit = (uint32_t)cord_api_call_limit(call),
        .cursor = place,
    };
    cord_api_call_page(call);
    cord_status status =
        cord_alert_book_list(cord_desk_alerts(call->options->ports.desk), &ask, &page,
                             (struct cord_alert_visitor){on_listed, listing}, &listed, err);
    if (status == CORD_OK) {
        cord_api_call_page_close(call);
        put_totals(call, &listed);
        cord_api_call_page_next(call,
                                listed.cursor[0] ? cord_str_from(listed.cursor) : (cord_str){0});
    }
    return status;
}

static void answer_list(struct cord_api_call *call)
{
    struct listing listing = {.call = call};
    struct cord_error err = {""};
    cord_str place;
    if (!cord_api_call_place(call, &place) || !read_ids(&listing)) {
        return;
    }
    cord_status status =
        cord_api_alerts_eye_init(&listing.eye, call->api, &call->principal, call->arena, &err);
    status = status == CORD_OK ? put_list(&listing, place, &err) : status;
    if (status != CORD_OK) {
        cord_api_alerts_failed(call, status, &err);
    }
    cord_api_alerts_eye_done(&listing.eye);
}

static const struct cord_api_member TOTAL_MEMBERS[] = {
    {.name = "total",
     .type = CORD_API_NUMBER,
     .required = true,
     .most = INT64_MAX,
     .help = "alerts in all, exactly"},
    {.name = "rows",
     .type = CORD_API_NUMBER,
     .required = true,
     .most = INT64_MAX,
     .help = "the same by groups, when grouped"},
    {.name = "open",
     .type = CORD_API_NUMBER,
     .required = true,
     .most = INT64_MAX,
     .help = "of the total: neither closed nor suppressed"},
    {.name = "as_of", .type = CORD_API_TIME, .required = true},
    {.name = "catching_up",
     .type = CORD_API_FLAG,
     .required = true,
     .help = "the server has just begun, and reads what was found before: there is more to come"},
    {.type = CORD_API_END},
};

static const struct cord_api_member LIST_PARAMETERS[] = {
    CORD_API_ALERTS_PARAMETERS,
    {.name = "sort",
     .type = CORD_API_WORD,
     .words = SORTS,
     .help = "priority unless said: care first, then risk, then the oldest"},
    {.name = "reverse", .type = CORD_API_FLAG, .help = "the other way round"},
    {.name = "ids",
     .type = CORD_API_TEXT,
     .least = 1,
     .most = IDS_BYTES_MAX,
     .help = "of these alone, 200 at most, separated by commas: as quick as there are few; what "
             "there is none of, or none to be seen, is left out"},
    {.name = "group",
     .type = CORD_API_FLAG,
     .help = "alerts of one rule and organisation within ten minutes as one row"},
    {.type = CORD_API_END},
};

const struct cord_api_route cord_api_alerts_list = {
    .method = CORD_HTTP_GET,
    .path = "/alerts",
    .id = "listAlerts",
    .verb = "findings.read",
    .flags = CORD_API_DESK | CORD_API_PAGED,
    .parameters = LIST_PARAMETERS,
    .status = 200,
    .reply = &cord_api_alerts_shape,
    .page = TOTAL_MEMBERS,
    .summary = "The queue of alerts",
    .help = "Totals are of what whoever asks may see, as known at that time.",
    .answer = answer_list,
};

/* --- one --- */

struct one {
    struct cord_api_call *call;
    struct cord_api_alerts_eye eye;
    cord_str organisation;
    uint64_t last_finding;
    struct cord_record_view *view;
    enum cord_claim_marking marking;
};

static void on_one(void *self, const struct cord_alert *alert)
{
    struct one *one = self;
    one->organisation = cord_arena_copy(one->call->arena, alert->organisation);
    one->last_finding = alert->last_finding;
    cord_api_alerts_put(&one->eye, alert, &one->call->out);
}

/* The inside of a text of a canonical value: what JSON escapes stays as it is. */
static void put_inside(struct cord_buf *out, const char *name, cord_str value, const char *member)
{
    cord_str inside = cord_claim_member(value, member);
    if (inside.ptr && inside.len > 0) {
        cord_json_put_name(out, name);
        cord_buf_put_char(out, '"');
        cord_buf_put(out, inside);
        cord_buf_put_char(out, '"');
    }
}

/* Whoever sees the alert sees what was said of it, unless that is more secret than it. */
static bool sees_claim(const struct one *one, const struct cord_claim *claim)
{
    const struct cord_api_access *access = &one->call->options->access;
    const struct cord_api_subject subject = {.organisation = one->organisation,
                                             .marking = claim->marking};
    return access->may(access->self, &one->call->principal, "findings.read", &subject) ==
           CORD_API_YES;
}

static cord_status on_claim(void *self, const struct cord_claim *claim,
                            const struct cord_digest *hash)
{
    struct one *one = self;
    struct cord_buf *out = &one->call->out;
    cord_str owner = cord_claim_member(claim->value, "owner");
    (void)hash;
    if (!sees_claim(one, claim)) {
        return CORD_OK;
    }
    cord_json_put_object(out);
    cord_api_call_put_id(one->call, CORD_API_OPAQUE_CLAIM, "claim", claim->number);
    cord_json_put_time(out, "recorded", claim->recorded_ns);
    put_person(&one->eye, "claimant", "claimant_name", claim->claimant, out);
    cord_json_put_text(out, "kind", cord_str_from(claim->kind->name));
    put_inside(out, "state", claim->value, "state");
    put_inside(out, "reason", claim->value, "reason");
    put_person(&one->eye, "owner", "owner_name", owner.ptr ? owner : CORD_STR(""), out);
    put_inside(out, "text", claim->value, "text");
    cord_buf_put_char(out, '}');
    return CORD_OK;
}

/* The last 500 of them. */
static cord_status put_claims(struct one *one, const struct cord_alert_ask *ask,
                              struct cord_error *err)
{
    struct cord_api_call *call = one->call;
    uint64_t *numbers = cord_arena_zalloc(call->arena, 2 * (size_t)CLAIMS_MAX, sizeof *numbers);
    size_t held = 0;
    size_t got = CLAIMS_MAX;
    bool more = false;
    cord_status status = numbers ? CORD_OK : CORD_E_NOMEM;
    while (status == CORD_OK && got == CLAIMS_MAX) {
        uint64_t after = held > 0 ? numbers[held - 1] : 0;
        if (held > 0) { /* those before make room */
            memmove(numbers, numbers + held - CLAIMS_MAX, CLAIMS_MAX * sizeof *numbers);
            more = more || held > CLAIMS_MAX;
            held = CLAIMS_MAX;
        }
        status = cord_alert_book_claims(
            cord_desk_alerts(call->options->ports.desk), ask, call->variables[0],
            &(struct cord_alert_slice){after, numbers + held, CLAIMS_MAX}, &got);
        held += status == CORD_OK ? got : 0;
    }
    more = more || held > CLAIMS_MAX;
    cord_json_put_name(&call->out, "claims");
    cord_buf_put_char(&call->out, '[');
    for (size_t i = held > CLAIMS_MAX ? held - CLAIMS_MAX : 0; status == CORD_OK && i < held; i++) {
        status = cord_record_view_claim(one->view, numbers[i], on_claim, one, err);
    }
    cord_buf_put_char(&call->out, ']');
    cord_json_put_flag(&call->out, "claims_more", more);
    return status;
}

/* --- its findings --- */

struct finding {
    struct cord_api_call *call;
    uint64_t number;
};

static cord_status on_finding(void *self, uint64_t number, cord_str json)
{
    const struct finding *finding = self;
    if (number == finding->number) {
        cord_json_put_item(&finding->call->out);
        cord_api_findings_put(finding->call->api, number, json, &finding->call->out);
    }
    return CORD_E_END;
}

static cord_status put_finding(struct cord_api_call *call, uint64_t number, struct cord_error *err)
{
    const struct cord_api_ports *ports = &call->options->ports;
    struct finding finding = {call, number};
    return ports->findings(ports->self, number - 1, on_finding, &finding, err);
}

/* Numbers of its findings, ascending, from the one before `before` down: up to `most` of them. */
static cord_status find_newest(struct cord_api_call *call, const struct cord_alert_ask *ask,
                               size_t most, uint64_t *numbers, size_t *ret_count)
{
    uint64_t *step = cord_arena_zalloc(call->arena, FINDINGS_LOOKED, sizeof *step);
    size_t count = 0;
    size_t got = FINDINGS_LOOKED;
    cord_status status = step ? CORD_OK : CORD_E_NOMEM;
    for (uint64_t after = 0; status == CORD_OK && got == FINDINGS_LOOKED;) {
        status = cord_alert_book_findings(
            cord_desk_alerts(call->options->ports.desk), ask, call->variables[0],
            &(struct cord_alert_slice){after, step, FINDINGS_LOOKED}, &got);
        for (size_t i = 0; status == CORD_OK && i < got; i++) {
            if (count == most) {
                memmove(numbers, numbers + 1, (most - 1) * sizeof *numbers);
                count--;
            }
            numbers[count++] = step[i];
        }
        after = status == CORD_OK && got > 0 ? step[got - 1] : after;
    }
    *ret_count = count;
    return status;
}

static cord_status put_newest(struct one *one, const struct cord_alert_ask *ask,
                              struct cord_error *err)
{
    uint64_t numbers[NEWEST];
    size_t count = 0;
    struct cord_buf *out = &one->call->out;
    cord_status status = find_newest(one->call, ask, NEWEST, numbers, &count);
    cord_json_put_name(out, "findings");
    cord_buf_put_char(out, '[');
    for (size_t i = count; i > 0 && status == CORD_OK; i--) {
        status = put_finding(one->call, numbers[i - 1], err);
    }
    cord_buf_put_char(out, ']');
    return status;
}

static cord_status put_one(struct one *one, struct cord_error *err)
{
    struct cord_api_call *call = one->call;
    struct cord_alert_ask ask = cord_api_alerts_ask(&one->eye);
    ask.at_ns = cord_api_call_time(call, "at");
    cord_buf_put_char(&call->out, '{');
    cord_status status = cord_alert_book_one(cord_desk_alerts(call->options->ports.desk), &ask,
                                             call->variables[0], on_one, one);
    if (status != CORD_OK) {
        return status;
    }
    cord_json_put_time(&call->out, "as_of", cord_api_call_at(call));
    status = cord_api_views_take(call->api->views, &one->view, err);
    status = status == CORD_OK ? put_claims(one, &ask, err) : status;
    status = status == CORD_OK ? put_newest(one, &ask, err) : status;
    cord_buf_put(&call->out, CORD_STR("}\n"));
    return status;
}

static void answer_get(struct cord_api_call *call)
{
    struct one one = {.call = call};
    struct cord_error err = {""};
    cord_status status =
        cord_api_alerts_eye_init(&one.eye, call->api, &call->principal, call->arena, &err);
    status = status == CORD_OK ? put_one(&one, &err) : status;
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
    }
    cord_api_views_give(call->api->views, one.view);
    cord_api_alerts_eye_done(&one.eye);
}

static const struct cord_api_member ID_VARIABLE[] =
    CORD_API_SHAPE_ONE_TEXT("id", ID_MAX, "A-7K2M-9QXF");

const struct cord_api_route cord_api_alerts_get = {
    .method = CORD_HTTP_GET,
    .path = "/alerts/{id}",
    .id = "getAlert",
    .verb = "findings.read",
    .flags = CORD_API_DESK,
    .variables = ID_VARIABLE,
    .parameters = cord_api_shape_at,
    .status = 200,
    .reply = &cord_api_alerts_one_shape,
    .summary = "One alert, with what was said of it",
    .answer = answer_get,
};

static cord_status put_findings(struct cord_api_call *call, struct cord_api_alerts_eye *eye,
                                uint64_t after, struct cord_error *err)
{
    struct cord_alert_ask ask = cord_api_alerts_ask(eye);
    size_t limit = cord_api_call_limit(call);
    size_t count = 0;
    uint64_t *numbers = cord_arena_zalloc(call->arena, limit + 1, sizeof *numbers);
    ask.at_ns = cord_api_call_time(call, "at");
    cord_status status =
        numbers ? cord_alert_book_findings(
                      cord_desk_alerts(call->options->ports.desk), &ask, call->variables[0],
                      &(struct cord_alert_slice){after, numbers, limit + 1}, &count)
                : CORD_E_NOMEM;
    cord_api_call_page(call);
    for (size_t i = 0; status == CORD_OK && i < count && i < limit; i++) {
        status = put_finding(call, numbers[i], err);
    }
    if (status == CORD_OK) {
        cord_api_call_page_end_number(call, count > limit, count > limit ? numbers[limit - 1] : 0);
    }
    return status;
}

static void answer_findings(struct cord_api_call *call)
{
    struct cord_api_alerts_eye eye;
    struct cord_error err = {""};
    uint64_t after = 0;
    if (!cord_api_call_place_number(call, &after)) {
        return;
    }
    cord_status status =
        cord_api_alerts_eye_init(&eye, call->api, &call->principal, call->arena, &err);
    status = status == CORD_OK ? put_findings(call, &eye, after, &err) : status;
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
    }
    cord_api_alerts_eye_done(&eye);
}

const struct cord_api_route cord_api_alerts_findings = {
    .method = CORD_HTTP_GET,
    .path = "/alerts/{id}/findings",
    .id = "listAlertFindings",
    .verb = "findings.read",
    .flags = CORD_API_DESK | CORD_API_PAGED,
    .variables = ID_VARIABLE,
    .parameters = cord_api_shape_at,
    .status = 200,
    .reply = &cord_api_findings_shape,
    .summary = "What an alert was made of, oldest first",
    .answer = answer_findings,
};
