/* api_incidents.c: what is handled together, as whoever asks may see it. */
#include "api/api_incidents.h"

#include "api/api_internal.h"
#include "codec/json_write.h"
#include "record/account_token.h"
#include "triage/desk.h"

enum { ID_MAX = 32, CODE_MAX = 64, NAME_MAX_BYTES = 256 };

static const char *const STATES[] = {"open", "stood-down", "merged", NULL};
static const char *const WHICH[] = {"open", "closed", "all", NULL};
static const char *const LANES[] = {"attack", "us", "hospital", "care", NULL};
static const char *const LINKS[] = {"alert", "cluster",  "evidence", "organisation",
                                    "claim", "advisory", NULL};
static const char *const TASK_STATES[] = {"open", "doing", "done", "dropped", NULL};

/* --- shapes --- */

static const struct cord_api_member MOMENT_MEMBERS[] = {
    {.name = "time", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.name = "claim", .type = CORD_API_ID},
    {.name = "alert", .type = CORD_API_TEXT},
    {.type = CORD_API_END},
};

static const struct cord_api_shape MOMENT = {
    .name = "IncidentMoment", .help = "A time and what tells it.", .members = MOMENT_MEMBERS};

static const struct cord_api_member SPAN_MEMBERS[] = {
    {.name = "seconds",
     .type = CORD_API_NUMBER,
     .nullable = true,
     .required = true,
     .most = INT64_MAX,
     .help = "null: not known yet"},
    {.name = "from", .type = CORD_API_OBJECT, .required = true, .shape = &MOMENT},
    {.name = "to", .type = CORD_API_OBJECT, .required = true, .shape = &MOMENT},
    {.type = CORD_API_END},
};

static const struct cord_api_shape SPAN = {.name = "IncidentSpan",
                                           .help = "How long something took, and by what.",
                                           .members = SPAN_MEMBERS};

static const struct cord_api_member KPI_MEMBERS[] = {
    {.name = "detect", .type = CORD_API_OBJECT, .required = true, .shape = &SPAN},
    {.name = "acknowledge", .type = CORD_API_OBJECT, .required = true, .shape = &SPAN},
    {.name = "decide", .type = CORD_API_OBJECT, .required = true, .shape = &SPAN},
    {.name = "contain", .type = CORD_API_OBJECT, .required = true, .shape = &SPAN},
    {.type = CORD_API_END},
};

static const struct cord_api_shape KPI = {
    .name = "IncidentTimes",
    .help = "Time to detect, from the first event; to acknowledge, decide and contain, from "
            "detection.",
    .members = KPI_MEMBERS};

#define ROW_MEMBERS                                                                                \
    {.name = "id", .type = CORD_API_TEXT, .required = true, .help = "INC-2026-7QK2"},              \
        {.name = "title", .type = CORD_API_TEXT, .help = "left out: not for you"},                 \
        {.name = "severity", .type = CORD_API_TEXT, .required = true},                             \
        {.name = "state", .type = CORD_API_WORD, .required = true, .words = STATES},               \
        {.name = "automatic",                                                                      \
         .type = CORD_API_FLAG,                                                                    \
         .required = true,                                                                         \
         .help = "the system has opened it, and no person has declared it since; false for who "   \
                 "does not see the declaration"},                                                  \
        {.name = "merged_into", .type = CORD_API_TEXT},                                            \
        {.name = "commander", .type = CORD_API_TEXT, .help = "user:K7QM-2F9A-XHP3"},               \
        {.name = "commander_name", .type = CORD_API_TEXT},                                         \
        {.name = "lead", .type = CORD_API_TEXT, .help = "code of an organisation"},                \
        {.name = "whole",                                                                          \
         .type = CORD_API_FLAG,                                                                    \
         .required = true,                                                                         \
         .help = "what is the nation's of it is there, too"},                                      \
        {.name = "began", .type = CORD_API_TIME, .required = true, .nullable = true},              \
        {.name = "declared", .type = CORD_API_TIME, .required = true, .nullable = true},           \
        {.name = "ended", .type = CORD_API_TIME, .required = true, .nullable = true},              \
        {.name = "updated", .type = CORD_API_TIME, .required = true, .nullable = true},            \
        {.name = "alerts", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},          \
        {.name = "clusters", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},        \
        {.name = "organisation_count",                                                             \
         .type = CORD_API_NUMBER,                                                                  \
         .required = true,                                                                         \
         .most = INT64_MAX},                                                                       \
        {.name = "tasks_open", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},      \
        {.name = "next_decision", .type = CORD_API_TEXT, .help = "what waits to be decided"},      \
        {.name = "next_claim", .type = CORD_API_ID}, {.name = "next_due", .type = CORD_API_TIME},  \
    {                                                                                              \
        .name = "kpi", .type = CORD_API_OBJECT, .required = true, .shape = &KPI                    \
    }

static const struct cord_api_member MEMBERS[] = {ROW_MEMBERS, {.type = CORD_API_END}};

const struct cord_api_shape cord_api_incidents_shape = {
    .name = "Incident", .help = "What is handled together.", .members = MEMBERS};

static const struct cord_api_member LINK_MEMBERS[] = {
    {.name = "kind", .type = CORD_API_WORD, .required = true, .words = LINKS},
    {.name = "id", .type = CORD_API_TEXT, .required = true},
    {.name = "title", .type = CORD_API_TEXT},
    {.name = "reason", .type = CORD_API_TEXT},
    {.name = "linked", .type = CORD_API_TIME, .required = true},
    {.name = "who", .type = CORD_API_TEXT, .required = true},
    {.name = "who_name", .type = CORD_API_TEXT},
    {.name = "claim", .type = CORD_API_ID, .required = true},
    {.type = CORD_API_END},
};

static const struct cord_api_shape LINK = {
    .name = "IncidentLink", .help = "What belongs to an incident.", .members = LINK_MEMBERS};

static const struct cord_api_member ORGANISATION_MEMBERS[] = {
    {.name = "code", .type = CORD_API_TEXT, .required = true},
    {.name = "name", .type = CORD_API_TEXT},
    {.name = "state", .type = CORD_API_TEXT, .required = true},
    {.name = "since", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.name = "claim", .type = CORD_API_ID, .required = true, .nullable = true},
    {.name = "last_word",
     .type = CORD_API_TIME,
     .required = true,
     .nullable = true,
     .help = "when anybody last said how it is"},
    {.name = "last_who", .type = CORD_API_TEXT},
    {.name = "last_claim", .type = CORD_API_ID, .required = true, .nullable = true},
    {.name = "was_infected", .type = CORD_API_FLAG, .required = true},
    {.type = CORD_API_END},
};

static const struct cord_api_shape ORGANISATION = {
    .name = "IncidentOrganisation",
    .help = "An organisation in an incident, and the last word on how it is.",
    .members = ORGANISATION_MEMBERS};

static const struct cord_api_member CHANGE_MEMBERS[] = {
    {.name = "time", .type = CORD_API_TIME, .required = true},
    {.name = "state", .type = CORD_API_WORD, .required = true, .words = TASK_STATES},
    {.name = "owner", .type = CORD_API_TEXT},
    {.name = "owner_name", .type = CORD_API_TEXT},
    {.name = "who", .type = CORD_API_TEXT, .required = true},
    {.name = "who_name", .type = CORD_API_TEXT},
    {.name = "reason", .type = CORD_API_TEXT},
    {.name = "claim", .type = CORD_API_ID, .required = true},
    {.type = CORD_API_END},
};

static const struct cord_api_shape CHANGE = {
    .name = "IncidentTaskChange", .help = "What became of a task.", .members = CHANGE_MEMBERS};

static const struct cord_api_member TASK_MEMBERS[] = {
    {.name = "task", .type = CORD_API_TEXT, .required = true, .help = "its name"},
    {.name = "title", .type = CORD_API_TEXT, .required = true},
    {.name = "sort", .type = CORD_API_TEXT, .required = true, .help = "action, decision, enquiry"},
    {.name = "owner", .type = CORD_API_TEXT},
    {.name = "owner_name", .type = CORD_API_TEXT},
    {.name = "due", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.name = "state", .type = CORD_API_WORD, .required = true, .words = TASK_STATES},
    {.name = "incident", .type = CORD_API_TEXT, .help = "where it was set, when another"},
    {.name = "claim", .type = CORD_API_ID, .required = true},
    {.name = "history", .type = CORD_API_LIST, .required = true, .shape = &CHANGE},
    {.type = CORD_API_END},
};

static const struct cord_api_shape TASK = {
    .name = "IncidentTask", .help = "What is to be done.", .members = TASK_MEMBERS};

static const struct cord_api_member DECISION_MEMBERS[] = {
    {.name = "number",
     .type = CORD_API_NUMBER,
     .most = INT64_MAX,
     .help = "in their order; left out for who does not see all"},
    {.name = "claim", .type = CORD_API_ID, .required = true},
    {.name = "replaced_by", .type = CORD_API_ID},
    {.name = "time", .type = CORD_API_TIME, .required = true},
    {.name = "recorded", .type = CORD_API_TIME, .required = true},
    {.name = "at", .type = CORD_API_TIME, .help = "as known at which time it was taken"},
    {.name = "who", .type = CORD_API_TEXT, .required = true},
    {.name = "who_name", .type = CORD_API_TEXT},
    {.name = "what", .type = CORD_API_LINES, .required = true},
    {.name = "why", .type = CORD_API_LINES, .required = true},
    {.name = "options", .type = CORD_API_TEXTS, .required = true},
    {.name = "basis", .type = CORD_API_TEXTS, .required = true},
    {.type = CORD_API_END},
};

static const struct cord_api_shape DECISION = {
    .name = "IncidentDecision", .help = "What was decided.", .members = DECISION_MEMBERS};

static const struct cord_api_member ONE_MEMBERS[] = {
    ROW_MEMBERS,
    {.name = "as_of", .type = CORD_API_TIME, .required = true},
    {.name = "merged", .type = CORD_API_TEXTS, .required = true},
    {.name = "split_off", .type = CORD_API_TEXTS, .required = true},
    {.name = "split_from", .type = CORD_API_TEXT},
    {.name = "organisations", .type = CORD_API_LIST, .required = true, .shape = &ORGANISATION},
    {.name = "links", .type = CORD_API_LIST, .required = true, .shape = &LINK},
    {.name = "tasks", .type = CORD_API_LIST, .required = true, .shape = &TASK},
    {.name = "decisions", .type = CORD_API_LIST, .required = true, .shape = &DECISION},
    {.type = CORD_API_END},
};

const struct cord_api_shape cord_api_incidents_one_shape = {
    .name = "IncidentDetail",
    .help = "An incident with all that is known of it.",
    .members = ONE_MEMBERS};

static const struct cord_api_member ITEM_MEMBERS[] = {
    {.name = "time", .type = CORD_API_TIME, .required = true, .help = "when it was so"},
    {.name = "known", .type = CORD_API_TIME, .required = true, .help = "since when it is known"},
    {.name = "lane", .type = CORD_API_WORD, .required = true, .words = LANES},
    {.name = "kind",
     .type = CORD_API_TEXT,
     .required = true,
     .help = "of the claim; sighting: of an alert or cluster"},
    {.name = "text", .type = CORD_API_LINES, .required = true, .help = "in English"},
    {.name = "code",
     .type = CORD_API_TEXT,
     .required = true,
     .help = "what the text says, for whoever writes it in another language: the kind"},
    {.name = "params",
     .type = CORD_API_ANY,
     .required = true,
     .help = "what it is made of, as texts: the kind's members that are there, with people by "
             "their names; `of`: the organisation's name; `amount`, `unit`"},
    {.name = "who", .type = CORD_API_TEXT},
    {.name = "who_name", .type = CORD_API_TEXT},
    {.name = "organisation", .type = CORD_API_TEXT},
    {.name = "claim", .type = CORD_API_ID},
    {.name = "alert", .type = CORD_API_TEXT},
    {.name = "evidence", .type = CORD_API_TEXT},
    {.type = CORD_API_END},
};

static const struct cord_api_shape ITEM = {.name = "IncidentItem",
                                           .help = "Something that happened in an incident.",
                                           .members = ITEM_MEMBERS};

/* --- who sees what --- */

static bool sees(void *self, const struct cord_incident_matter *matter)
{
    const struct cord_api_incidents_eye *eye = self;
    const struct cord_api_access *access = &eye->call->options->access;
    const struct cord_api_subject subject = {
        .organisation = matter->organisation.ptr ? matter->organisation : CORD_STR(""),
        .claimant = matter->claimant.ptr ? matter->claimant : CORD_STR(""),
        .site = matter->site.ptr ? matter->site : CORD_STR(""),
        .unknown = matter->unknown,
        .marking = matter->marking,
    };
    return access->may(access->self, &eye->call->principal, eye->verb, &subject) == CORD_API_YES;
}

/* --- what is known of alerts and clusters --- */

struct seeing {
    struct cord_arena *arena;
    struct cord_incident_sighting *sighting;
};

static void on_alert(void *self, const struct cord_alert *alert)
{
    const struct seeing *seeing = self;
    *seeing->sighting = (struct cord_incident_sighting){
        .title = cord_arena_copy(seeing->arena, alert->title),
        .organisation = cord_arena_copy(seeing->arena, alert->organisation),
        .entity = cord_arena_copy(seeing->arena, alert->entity),
        .first_ns = alert->first_ns,
        .known_ns = alert->known_ns,
    };
}

static cord_status see_cluster(struct cord_api_call *call, cord_str id, int64_t at_ns,
                               struct cord_incident_sighting *sighting)
{
    struct cord_spread_answer *answer = NULL;
    const struct cord_spread_question question = {
        .at_ns = at_ns, .now_ns = call->now_ns, .attempts = true, .id = id};
    cord_status status =
        cord_spread_ask(cord_desk_spread(call->options->ports.desk), &question, &answer);
    if (status == CORD_OK && cord_spread_answer_count(answer) == 0) {
        status = CORD_E_NOENT;
    }
    if (status == CORD_OK) {
        const struct cord_spread_cluster *cluster = cord_spread_answer_at(answer, 0);
        *sighting = (struct cord_incident_sighting){
            .title = cord_arena_copy(call->arena, cluster->title),
            .organisation = CORD_STR(""),
            .entity = CORD_STR(""),
            .first_ns = cluster->first_ns,
            .known_ns = cluster->known_ns,
        };
    }
    cord_spread_answer_free(answer);
    return status;
}

/* Whoever asks sees as much of it as the incident's own rules let through: they ask by its
 * organisation. */
static cord_status see(void *self, enum cord_incident_link_kind kind, cord_str id, int64_t known_ns,
                       struct cord_incident_sighting *ret_sighting)
{
    const struct cord_api_incidents_eye *eye = self;
    struct cord_api_call *call = eye->call;
    struct cord_incident_sighting sighting = {.title = CORD_STR("")};
    struct seeing seeing = {call->arena, &sighting};
    int64_t at_ns = known_ns == INT64_MAX ? CORD_TIME_NONE : known_ns;
    const struct cord_alert_ask ask = {
        .query = CORD_STR(""), .from_ns = CORD_TIME_NONE, .to_ns = CORD_TIME_NONE, .at_ns = at_ns};
    cord_status status = CORD_E_NOENT;
    if (call->options->ports.desk && kind == CORD_INCIDENT_CLUSTER) {
        status = see_cluster(call, id, at_ns, &sighting);
    } else if (call->options->ports.desk && kind == CORD_INCIDENT_ALERT) {
        status = cord_alert_book_one(cord_desk_alerts(call->options->ports.desk), &ask, id,
                                     on_alert, &seeing);
    }
    if (status == CORD_OK && !sighting.title.ptr) {
        status = CORD_E_NOMEM;
    }
    if (status == CORD_OK) {
        *ret_sighting = sighting;
    }
    return status;
}

/* In texts: the name, else the id by which it is shown. */
static cord_str call_by_name(void *self, cord_str subject)
{
    struct cord_api_incidents_eye *eye = self;
    struct cord_api_call *call = eye->call;
    char shown[CORD_API_OPAQUE_SUBJECT];
    uint64_t number = 0;
    struct cord_account account = {0};
    if (cord_str_starts(subject, CORD_STR("user:")) &&
        cord_str_u64(cord_str_from_byte(subject, 5), &number) &&
        cord_accounts_get(call->options->ports.accounts, number, call->arena, &account, NULL) ==
            CORD_OK &&
        account.name.len > 0) {
        return account.name;
    }
    return cord_arena_copy(call->arena, cord_api_opaque_show(&call->api->opaque, subject, shown));
}

bool cord_api_incidents_eye_init(struct cord_api_incidents_eye *eye, struct cord_api_call *call,
                                 const char *verb, int64_t at_ns)
{
    const struct cord_as_of as_of = {
        .known_ns = at_ns == CORD_TIME_NONE ? INT64_MAX : at_ns,
        .about_ns = INT64_MAX,
    };
    struct cord_error err = {""};
    *eye = (struct cord_api_incidents_eye){.call = call, .verb = verb};
    cord_status status =
        cord_api_pictures_take(call->options->ports.pictures, as_of, &eye->picture, &err);
    if (status == CORD_OK) {
        status = cord_api_views_take(call->api->views, &eye->view, &err);
    }
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
        return false;
    }
    eye->request = (struct cord_incident_request){
        .known_ns = as_of.known_ns,
        .organisations = cord_api_pictures_of(eye->picture),
        .sees = sees,
        .sighting = see,
        .name = call_by_name,
        .self = eye,
    };
    return true;
}

void cord_api_incidents_eye_done(struct cord_api_incidents_eye *eye)
{
    cord_api_views_give(eye->call->api->views, eye->view);
    cord_api_pictures_give(eye->call->options->ports.pictures, eye->picture);
}

/* --- writing --- */

/* "user:17": as it is shown, with the name of who it is. */
static void put_who(struct cord_api_call *call, const char *name, const char *named, cord_str who)
{
    char shown[CORD_API_OPAQUE_SUBJECT];
    uint64_t number = 0;
    struct cord_account account = {0};
    if (who.len == 0) {
        return;
    }
    cord_json_put_text(&call->out, name, cord_api_opaque_show(&call->api->opaque, who, shown));
    if (cord_str_starts(who, CORD_STR("user:")) &&
        cord_str_u64(cord_str_from_byte(who, 5), &number) &&
        cord_accounts_get(call->options->ports.accounts, number, call->arena, &account, NULL) ==
            CORD_OK) {
        cord_json_put_some(&call->out, named, account.name);
    }
}

static void put_some_claim(struct cord_api_call *call, const char *name, uint64_t claim)
{
    if (claim > 0) {
        cord_api_call_put_id(call, CORD_API_OPAQUE_CLAIM, name, claim);
    }
}

static void put_moment(struct cord_api_call *call, const char *name,
                       const struct cord_incident_moment *moment)
{
    cord_json_put_name(&call->out, name);
    cord_buf_put_char(&call->out, '{');
    cord_json_put_time(&call->out, "time", moment->time_ns);
    put_some_claim(call, "claim", moment->claim);
    cord_json_put_some(&call->out, "alert", moment->alert);
    cord_buf_put_char(&call->out, '}');
}

static void put_span(struct cord_api_call *call, const char *name,
                     const struct cord_incident_span *span)
{
    cord_json_put_name(&call->out, name);
    cord_buf_put_char(&call->out, '{');
    cord_json_put_name(&call->out, "seconds");
    if (span->known && span->ns >= 0) {
        cord_buf_put_u64(&call->out, (uint64_t)(span->ns / CORD_SECOND_NS));
    } else {
        cord_buf_put_text(&call->out, "null");
    }
    put_moment(call, "from", &span->from);
    put_moment(call, "to", &span->to);
    cord_buf_put_char(&call->out, '}');
}

static void put_row(struct cord_api_call *call, const struct cord_incident *incident)
{
    struct cord_buf *out = &call->out;
    cord_json_put_text(out, "id", incident->id);
    cord_json_put_some(out, "title", incident->title);
    cord_json_put_text(out, "severity", incident->severity);
    cord_json_put_text(out, "state", cord_str_from(cord_incident_state_name(incident->state)));
    cord_json_put_flag(out, "automatic", incident->automatic);
    cord_json_put_some(out, "merged_into", incident->merged_into);
    put_who(call, "commander", "commander_name", incident->commander);
    cord_json_put_some(out, "lead", incident->lead);
    cord_json_put_flag(out, "whole", incident->whole);
    cord_json_put_time(out, "began", incident->began_ns);
    cord_json_put_time(out, "declared", incident->declared_ns);
    cord_json_put_time(out, "ended", incident->ended_ns);
    cord_json_put_time(out, "updated", incident->updated_ns);
    cord_json_put_number(out, "alerts", incident->alerts);
    cord_json_put_number(out, "clusters", incident->clusters);
    cord_json_put_number(out, "organisation_count", incident->organisation_count);
    cord_json_put_number(out, "tasks_open", incident->tasks_open);
    cord_json_put_some(out, "next_decision", incident->next_decision);
    put_some_claim(call, "next_claim", incident->next_claim);
    cord_json_put_some_time(out, "next_due", incident->next_due_ns);
    cord_json_put_name(out, "kpi");
    cord_buf_put_char(out, '{');
    put_span(call, "detect", &incident->kpis.detect);
    put_span(call, "acknowledge", &incident->kpis.acknowledge);
    put_span(call, "decide", &incident->kpis.decide);
    put_span(call, "contain", &incident->kpis.contain);
    cord_buf_put_char(out, '}');
}

/* A claim's number is shown as all others are: "c17" is an id. */
static void put_link_id(struct cord_api_call *call, const struct cord_incident_link *link)
{
    uint64_t number = 0;
    if (link->kind == CORD_INCIDENT_CLAIM && cord_str_starts(link->id, CORD_STR("c")) &&
        cord_str_u64(cord_str_from_byte(link->id, 1), &number) && number > 0) {
        cord_api_call_put_id(call, CORD_API_OPAQUE_CLAIM, "id", number);
    } else {
        cord_json_put_text(&call->out, "id", link->id);
    }
}

static void begin_list(struct cord_buf *out, const char *name)
{
    cord_json_put_name(out, name);
    cord_buf_put_char(out, '[');
}

static void put_links(struct cord_api_call *call, const struct cord_incident *incident)
{
    struct cord_buf *out = &call->out;
    begin_list(out, "links");
    for (size_t i = 0; i < incident->link_count; i++) {
        const struct cord_incident_link *link = &incident->links[i];
        cord_json_put_object(out);
        cord_json_put_text(out, "kind", cord_str_from(cord_incident_link_name(link->kind)));
        put_link_id(call, link);
        cord_json_put_some(out, "title", link->title);
        cord_json_put_some(out, "reason", link->reason);
        cord_json_put_time(out, "linked", link->linked_ns);
        put_who(call, "who", "who_name", link->who);
        cord_api_call_put_id(call, CORD_API_OPAQUE_CLAIM, "claim", link->claim);
        cord_buf_put_char(out, '}');
    }
    cord_buf_put_char(out, ']');
}

static void put_organisations(struct cord_api_call *call, const struct cord_incident *incident)
{
    struct cord_buf *out = &call->out;
    char who[CORD_API_OPAQUE_SUBJECT];
    begin_list(out, "organisations");
    for (size_t i = 0; i < incident->organisation_count; i++) {
        const struct cord_incident_organisation *at = &incident->organisations[i];
        cord_json_put_object(out);
        cord_json_put_text(out, "code", at->code);
        cord_json_put_some(out, "name", at->name);
        cord_json_put_text(out, "state", at->state);
        cord_json_put_time(out, "since", at->since_ns);
        cord_api_call_put_id(call, CORD_API_OPAQUE_CLAIM, "claim", at->claim);
        cord_json_put_time(out, "last_word", at->last_ns);
        cord_json_put_some(out, "last_who",
                           cord_api_opaque_show(&call->api->opaque, at->last_who, who));
        cord_api_call_put_id(call, CORD_API_OPAQUE_CLAIM, "last_claim", at->last_claim);
        cord_json_put_flag(out, "was_infected", at->was_infected);
        cord_buf_put_char(out, '}');
    }
    cord_buf_put_char(out, ']');
}

static void put_history(struct cord_api_call *call, const struct cord_incident_task *task)
{
    struct cord_buf *out = &call->out;
    begin_list(out, "history");
    for (size_t i = 0; i < task->history_count; i++) {
        const struct cord_incident_change *change = &task->history[i];
        cord_json_put_object(out);
        cord_json_put_time(out, "time", change->time_ns);
        cord_json_put_text(out, "state", cord_str_from(cord_incident_task_name(change->state)));
        put_who(call, "owner", "owner_name", change->owner);
        put_who(call, "who", "who_name", change->who);
        cord_json_put_some(out, "reason", change->reason);
        cord_api_call_put_id(call, CORD_API_OPAQUE_CLAIM, "claim", change->claim);
        cord_buf_put_char(out, '}');
    }
    cord_buf_put_char(out, ']');
}

static void put_tasks(struct cord_api_call *call, const struct cord_incident *incident)
{
    struct cord_buf *out = &call->out;
    begin_list(out, "tasks");
    for (size_t i = 0; i < incident->task_count; i++) {
        const struct cord_incident_task *task = &incident->tasks[i];
        bool elsewhere = incident->whole && !cord_str_eq(task->incident, incident->id);
        cord_json_put_object(out);
        cord_json_put_text(out, "task", task->task);
        cord_json_put_text(out, "title", task->title);
        cord_json_put_text(out, "sort", task->sort);
        put_who(call, "owner", "owner_name", task->owner);
        cord_json_put_time(out, "due", task->due_ns);
        cord_json_put_text(out, "state", cord_str_from(cord_incident_task_name(task->state)));
        cord_json_put_some(out, "incident", elsewhere ? task->incident : CORD_STR(""));
        cord_api_call_put_id(call, CORD_API_OPAQUE_CLAIM, "claim", task->claim);
        put_history(call, task);
        cord_buf_put_char(out, '}');
    }
    cord_buf_put_char(out, ']');
}

static void put_decisions(struct cord_api_call *call, const struct cord_incident *incident)
{
    struct cord_buf *out = &call->out;
    begin_list(out, "decisions");
    for (size_t i = 0; i < incident->decision_count; i++) {
        const struct cord_incident_decision *decision = &incident->decisions[i];
        cord_json_put_object(out);
        if (decision->number > 0) {
            cord_json_put_number(out, "number", decision->number);
        }
        cord_api_call_put_id(call, CORD_API_OPAQUE_CLAIM, "claim", decision->claim);
        put_some_claim(call, "replaced_by", decision->replaced_by);
        cord_json_put_time(out, "time", decision->time_ns);
        cord_json_put_time(out, "recorded", decision->recorded_ns);
        cord_json_put_some_time(out, "at", decision->at_ns);
        put_who(call, "who", "who_name", decision->who);
        cord_json_put_text(out, "what", decision->what);
        cord_json_put_text(out, "why", decision->why);
        cord_json_put_name(out, "options");
        cord_buf_put(out, decision->options);
        cord_json_put_name(out, "basis");
        cord_buf_put(out, decision->basis);
        cord_buf_put_char(out, '}');
    }
    cord_buf_put_char(out, ']');
}

void cord_api_incidents_put(struct cord_api_call *call, const struct cord_incident *incident)
{
    struct cord_buf *out = &call->out;
    cord_buf_put_char(out, '{');
    put_row(call, incident);
    cord_json_put_time(out, "as_of", incident->known_ns);
    cord_json_put_texts(out, "merged", incident->merged, incident->merged_count);
    cord_json_put_texts(out, "split_off", incident->split_off, incident->split_off_count);
    cord_json_put_some(out, "split_from", incident->split_from);
    put_organisations(call, incident);
    put_links(call, incident);
    put_tasks(call, incident);
    put_decisions(call, incident);
    cord_buf_put(out, CORD_STR("}\n"));
}

/* --- the list --- */

struct listing {
    struct cord_api_call *call;
    uint64_t skip;
    uint64_t at;
    size_t left;
    bool more;
};

static cord_status on_incident(void *self, const struct cord_incident *incident)
{
    struct listing *listing = self;
    struct cord_api_call *call = listing->call;
    if (listing->at < listing->skip) {
        listing->at++;
        return CORD_OK;
    }
    if (listing->left == 0) {
        listing->more = true;
        return CORD_E_END;
    }
    cord_json_put_object(&call->out);
    put_row(call, incident);
    cord_buf_put_char(&call->out, '}');
    listing->at++;
    listing->left--;
    return CORD_OK;
}

cord_status cord_api_incidents_put_open(struct cord_api_incidents_eye *eye, size_t most,
                                        bool *ret_more, struct cord_error *err)
{
    struct listing listing = {.call = eye->call, .left = most};
    const struct cord_incident_filter filter = {
        .which = CORD_INCIDENTS_OPEN, .organisation = CORD_STR(""), .link = CORD_STR("")};
    cord_status status =
        cord_incident_list(eye->view, &eye->request, &filter, on_incident, &listing, err);
    *ret_more = listing.more;
    return status;
}

static void answer_list(struct cord_api_call *call)
{
    struct cord_api_incidents_eye eye = {.call = call};
    struct listing listing = {.call = call, .left = cord_api_call_limit(call)};
    struct cord_error err = {""};
    const struct cord_api_value *which = cord_api_call_parameter(call, "state");
    const struct cord_incident_filter filter = {
        .which = which->present ? (enum cord_incident_which)which->number : CORD_INCIDENTS_OPEN,
        .organisation = cord_api_call_text(call, "organisation"),
        .link = cord_api_call_text(call, "link"),
    };
    if (!cord_api_call_place_number(call, &listing.skip)) {
        return;
    }
    if (cord_api_incidents_eye_init(&eye, call, "incidents.read", cord_api_call_time(call, "at"))) {
        cord_api_call_page(call);
        cord_status status =
            cord_incident_list(eye.view, &eye.request, &filter, on_incident, &listing, &err);
        if (status == CORD_OK) {
            cord_api_call_page_end_number(call, listing.more, listing.at);
        } else {
            cord_api_call_failed(call, status, &err);
        }
    }
    cord_api_incidents_eye_done(&eye);
}

static const struct cord_api_member LIST_PARAMETERS[] = {
    CORD_API_SHAPE_AT,
    {.name = "state", .type = CORD_API_WORD, .words = WHICH, .help = "open unless said"},
    {.name = "organisation",
     .type = CORD_API_TEXT,
     .least = 1,
     .most = CODE_MAX,
     .help = "that is in it, by its code"},
    {.name = "link",
     .type = CORD_API_TEXT,
     .least = 1,
     .most = NAME_MAX_BYTES,
     .help = "to which this is linked, by its id"},
    {.type = CORD_API_END},
};

const struct cord_api_route cord_api_incidents_list = {
    .method = CORD_HTTP_GET,
    .path = "/incidents",
    .id = "listIncidents",
    .verb = "incidents.read",
    .flags = CORD_API_PAGED,
    .parameters = LIST_PARAMETERS,
    .status = 200,
    .reply = &cord_api_incidents_shape,
    .summary = "Incidents, the last declared first",
    .help = "Each made of what whoever asks may see, and of nothing else.",
    .answer = answer_list,
};

/* --- one --- */

const struct cord_api_member cord_api_incidents_variable[] =
    CORD_API_SHAPE_ONE_TEXT("id", ID_MAX, "INC-2026-7QK2");

static void answer_get(struct cord_api_call *call)
{
    struct cord_api_incidents_eye eye;
    struct cord_incident *incident = NULL;
    struct cord_error err = {""};
    if (cord_api_incidents_eye_init(&eye, call, "incidents.read", cord_api_call_time(call, "at"))) {
        cord_status status =
            cord_incident_read(eye.view, call->variables[0], &eye.request, &incident, &err);
        if (status == CORD_OK) {
            cord_api_incidents_put(call, incident);
        } else {
            cord_api_call_failed(call, status, &err);
        }
    }
    cord_incident_free(incident);
    cord_api_incidents_eye_done(&eye);
}

const struct cord_api_route cord_api_incidents_get = {
    .method = CORD_HTTP_GET,
    .path = "/incidents/{id}",
    .id = "getIncident",
    .verb = "incidents.read",
    .variables = cord_api_incidents_variable,
    .parameters = cord_api_shape_at,
    .status = 200,
    .reply = &cord_api_incidents_one_shape,
    .summary = "One incident, as known at one time",
    .answer = answer_get,
};

/* --- its story --- */

static void put_item(struct cord_api_call *call, const struct cord_incident_item *item)
{
    struct cord_buf *out = &call->out;
    cord_json_put_object(out);
    cord_json_put_time(out, "time", item->time_ns);
    cord_json_put_time(out, "known", item->known_ns);
    cord_json_put_text(out, "lane", cord_str_from(cord_incident_lane_name(item->lane)));
    cord_json_put_text(out, "kind", item->kind);
    cord_json_put_text(out, "text", item->text);
    cord_json_put_text(out, "code", item->kind);
    cord_json_put_name(out, "params");
    cord_buf_put(out, item->params);
    put_who(call, "who", "who_name", item->who);
    cord_json_put_some(out, "organisation", item->organisation);
    put_some_claim(call, "claim", item->claim);
    cord_json_put_some(out, "alert", item->alert);
    cord_json_put_some(out, "evidence", item->evidence);
    cord_buf_put_char(out, '}');
}

static void put_timeline(struct cord_api_call *call, const struct cord_incident *incident,
                         uint64_t at)
{
    const struct cord_api_value *lane = cord_api_call_parameter(call, "lane");
    cord_str organisation = cord_api_call_text(call, "organisation");
    size_t left = cord_api_call_limit(call);
    cord_api_call_page(call);
    for (; at < incident->timeline_count; at++) {
        const struct cord_incident_item *item = &incident->timeline[at];
        bool wanted = (!lane->present || lane->number == (uint64_t)item->lane) &&
                      (organisation.len == 0 || cord_str_eq(organisation, item->organisation));
        if (wanted && left == 0) {
            break;
        }
        if (wanted) {
            put_item(call, item);
            left--;
        }
    }
    cord_api_call_page_end_number(call, at < incident->timeline_count, at);
}

static void answer_timeline(struct cord_api_call *call)
{
    struct cord_api_incidents_eye eye = {.call = call};
    struct cord_incident *incident = NULL;
    struct cord_error err = {""};
    uint64_t at = 0;
    if (!cord_api_call_place_number(call, &at)) {
        return;
    }
    if (cord_api_incidents_eye_init(&eye, call, "incidents.read", cord_api_call_time(call, "at"))) {
        cord_status status =
            cord_incident_read(eye.view, call->variables[0], &eye.request, &incident, &err);
        if (status == CORD_OK) {
            put_timeline(call, incident, at);
        } else {
            cord_api_call_failed(call, status, &err);
        }
    }
    cord_incident_free(incident);
    cord_api_incidents_eye_done(&eye);
}

static const struct cord_api_member TIMELINE_PARAMETERS[] = {
    CORD_API_SHAPE_AT,
    {.name = "lane", .type = CORD_API_WORD, .words = LANES, .help = "this one alone"},
    {.name = "organisation",
     .type = CORD_API_TEXT,
     .least = 1,
     .most = CODE_MAX,
     .help = "of this one alone"},
    {.type = CORD_API_END},
};

const struct cord_api_route cord_api_incidents_timeline = {
    .method = CORD_HTTP_GET,
    .path = "/incidents/{id}/timeline",
    .id = "listIncidentTimeline",
    .verb = "incidents.read",
    .flags = CORD_API_PAGED,
    .variables = cord_api_incidents_variable,
    .parameters = TIMELINE_PARAMETERS,
    .status = 200,
    .reply = &ITEM,
    .summary = "What happened in an incident, by time",
    .help = "Give `at`, so that all pages are of the same moment.",
    .answer = answer_timeline,
};
