/* api_national.c: the national picture: how every organisation is, area by area, as known at one
 * time, with the numbers of its sentence, each with the claims behind it. */
#include "api/api_national_internal.h"

#include "api/api_incidents.h"
#include "api/api_internal.h"
#include "base/vec.h"
#include "codec/json_write.h"
#include "record/record.h"

#include <stdlib.h>

enum { CODE_MAX = 64, CLAIMS_SHOWN = 200, INCIDENTS_SHOWN = 20, ROLES_MAX = 32 };

/* As status.claim has them, the worst first. */
static const char *const STATES[] = {"infected",  "contained", "disrupted", "disconnected",
                                     "contacted", "exposed",   "recovered", "clear",
                                     "unknown",   NULL};
enum { STATE_COUNT = 9, STATE_UNKNOWN = 8, STATE_RECOVERED = 6 };

/* --- shapes --- */

static const struct cord_api_member NUMBER_MEMBERS[] = {
    {.name = "name", .type = CORD_API_WORD, .required = true, .words = STATES},
    {.name = "value", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.name = "claims",
     .type = CORD_API_TEXTS,
     .required = true,
     .help = "behind it; the first 200. None: nobody said anything"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape NUMBER_SHAPE = {
    .name = "PictureNumber",
    .help = "How many organisations are in a state, and who says so.",
    .members = NUMBER_MEMBERS};

static const char *const KEYS[] = {"affected", "clear", "unknown", NULL};
enum key { AFFECTED, CLEAR, UNKNOWN };

static const struct cord_api_member SENTENCE_MEMBERS[] = {
    {.name = "key",
     .type = CORD_API_WORD,
     .required = true,
     .words = KEYS,
     .help = "which sentence: some are affected; none is; nothing is known"},
    {.name = "of", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.name = "numbers", .type = CORD_API_LIST, .required = true, .shape = &NUMBER_SHAPE},
    {.type = CORD_API_END},
};

static const struct cord_api_shape SENTENCE = {
    .name = "PictureSentence",
    .help = "What the picture comes to, in numbers; states that nobody is in are left out.",
    .members = SENTENCE_MEMBERS};

static const struct cord_api_member ONE_MEMBERS[] = {
    {.name = "code", .type = CORD_API_TEXT, .required = true},
    {.name = "name", .type = CORD_API_TEXT, .required = true},
    {.name = "role", .type = CORD_API_TEXT, .required = true},
    {.name = "state", .type = CORD_API_TEXT, .required = true},
    {.name = "since",
     .type = CORD_API_TIME,
     .required = true,
     .nullable = true,
     .help = "since when it is so"},
    {.name = "claim",
     .type = CORD_API_ID,
     .required = true,
     .nullable = true,
     .help = "that says so; null: nobody has said anything"},
    {.name = "claimant", .type = CORD_API_TEXT},
    {.name = "reporting",
     .type = CORD_API_FLAG,
     .required = true,
     .help = "something is known of it: it was said, and its heartbeat is not missing"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape ONE = {
    .name = "PictureOrganisation", .help = "How an organisation is.", .members = ONE_MEMBERS};

static const struct cord_api_member AREA_MEMBERS[] = {
    {.name = "code", .type = CORD_API_TEXT, .required = true, .help = "empty: no area is known"},
    {.name = "name", .type = CORD_API_TEXT, .required = true},
    {.name = "states", .type = CORD_API_COUNTS, .required = true},
    {.name = "organisations", .type = CORD_API_LIST, .required = true, .shape = &ONE},
    {.type = CORD_API_END},
};

static const struct cord_api_shape AREA = {.name = "PictureArea",
                                           .help = "A region, and how its organisations are.",
                                           .members = AREA_MEMBERS};

static const struct cord_api_member ROLE_MEMBERS[] = {
    {.name = "role", .type = CORD_API_TEXT, .required = true},
    {.name = "states", .type = CORD_API_COUNTS, .required = true},
    {.type = CORD_API_END},
};

static const struct cord_api_shape ROLE = {
    .name = "PictureRole",
    .help = "How the organisations of one role are, all areas together.",
    .members = ROLE_MEMBERS};

static const struct cord_api_member COMPLETENESS_MEMBERS[] = {
    {.name = "expected", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.name = "reporting", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.type = CORD_API_END},
};

const struct cord_api_shape cord_api_national_completeness = {
    .name = "Completeness",
    .help = "Who should have said something, and who has.",
    .members = COMPLETENESS_MEMBERS};

static const struct cord_api_member PICTURE_MEMBERS[] = {
    {.name = "as_of", .type = CORD_API_TIME, .required = true},
    {.name = "exercise", .type = CORD_API_TEXT, .help = "its name; left out: live"},
    {.name = "incident", .type = CORD_API_TEXT, .help = "that was declared last; left out: none"},
    {.name = "incident_since", .type = CORD_API_TIME},
    {.name = "role", .type = CORD_API_TEXT, .required = true, .help = "empty: every role"},
    {.name = "sentence", .type = CORD_API_OBJECT, .required = true, .shape = &SENTENCE},
    {.name = "completeness",
     .type = CORD_API_OBJECT,
     .required = true,
     .shape = &cord_api_national_completeness},
    {.name = "roles", .type = CORD_API_LIST, .required = true, .shape = &ROLE},
    {.name = "areas", .type = CORD_API_LIST, .required = true, .shape = &AREA},
    {.name = "figures", .type = CORD_API_LIST, .required = true, .shape = &cord_api_figures_shape},
    {.name = "incidents",
     .type = CORD_API_LIST,
     .required = true,
     .shape = &cord_api_incidents_shape,
     .help = "that are open; the 20 declared last"},
    {.name = "incidents_more", .type = CORD_API_FLAG, .required = true},
    {.name = "changes",
     .type = CORD_API_LIST,
     .required = true,
     .shape = &cord_api_national_hour_change,
     .help = "of the hour before, newest first"},
    {.name = "changes_since",
     .type = CORD_API_TIME,
     .required = true,
     .help = "from when on the changes are all there are: an hour before, or later when there "
             "were too many"},
    {.name = "marks_since", .type = CORD_API_TIME, .required = true},
    {.name = "marks",
     .type = CORD_API_LIST,
     .required = true,
     .shape = &cord_api_national_hour_mark},
    {.name = "events_per_minute",
     .type = CORD_API_OBJECT,
     .shape = &cord_api_national_hour_series,
     .help = "received from the sources that you may see; left out: you may see none"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape PICTURE = {
    .name = "Picture", .help = "How things are, as known at one time.", .members = PICTURE_MEMBERS};

/* --- who is how --- */

struct member {
    struct cord_figure_state state;
    cord_str area;
    unsigned number; /* of STATES */
    bool reporting;
};

struct members {
    struct cord_api_national *national;
    struct cord_api_marks_eye eye; /* on organisations */
    struct member *items;
    size_t count;
    size_t cap;
};

static unsigned state_number(cord_str state)
{
    unsigned number = STATE_UNKNOWN;
    for (unsigned i = 0; i < STATE_COUNT; i++) {
        number = cord_str_eq(state, cord_str_from(STATES[i])) ? i : number;
    }
    return number;
}

static bool is_seen(const struct members *members, const struct cord_organisation *who)
{
    struct cord_api_call *call = members->national->call;
    cord_str subject = cord_arena_printf(call->arena, "org:%.*s", CORD_STR_ARG(who->code));
    return subject.ptr && cord_api_marks_sees(&members->eye, subject, CORD_STR(""), who->claim);
}

static cord_status on_state(void *self, const struct cord_figure_state *state)
{
    struct members *members = self;
    if (!is_seen(members, state->who)) {
        return CORD_OK;
    }
    struct member *items =
        cord_vec_room(members->items, members->count, &members->cap, sizeof *items);
    if (!items) {
        return CORD_E_NOMEM;
    }
    members->items = items;
    unsigned number = state_number(state->state);
    items[members->count++] = (struct member){.state = *state,
                                              .area = state->who->region,
                                              .number = number,
                                              .reporting = number != STATE_UNKNOWN};
    return CORD_OK;
}

static int by_area(const void *left, const void *right)
{
    const struct member *a = left;
    const struct member *b = right;
    int by = cord_str_compare(a->area, b->area);
    return by != 0 ? by : cord_str_compare(a->state.who->code, b->state.who->code);
}

static bool is_role(const struct member *member, cord_str role)
{
    return role.len == 0 || cord_str_eq(member->state.who->role, role);
}

/* Those that are asked for come first; the rest only count by role. */
static size_t choose(struct members *members, cord_str role, cord_str area)
{
    size_t chosen = 0;
    for (size_t i = 0; i < members->count; i++) {
        struct member *at = &members->items[i];
        if (is_role(at, role) && (area.len == 0 || cord_str_eq(at->area, area))) {
            struct member kept = members->items[chosen];
            members->items[chosen++] = *at;
            *at = kept;
        }
    }
    if (chosen > 0) {
        qsort(members->items, chosen, sizeof *members->items, by_area);
    }
    return chosen;
}

/* What is shown unless said: trusts, else hospitals, else all. */
static cord_str role_of(const struct cord_api_call *call, const struct members *members)
{
    static const char *const FIRST[] = {"trust", "hospital"};
    cord_str asked = cord_api_call_text(call, "role");
    if (asked.len > 0) {
        return cord_str_eq(asked, CORD_STR("all")) ? CORD_STR("") : asked;
    }
    for (size_t role = 0; role < sizeof FIRST / sizeof *FIRST; role++) {
        for (size_t i = 0; i < members->count; i++) {
            if (is_role(&members->items[i], cord_str_from(FIRST[role]))) {
                return cord_str_from(FIRST[role]);
            }
        }
    }
    return CORD_STR("");
}

/* --- writing --- */

static void put_states(struct cord_buf *out, const uint64_t counts[STATE_COUNT])
{
    cord_json_put_name(out, "states");
    cord_buf_put_char(out, '{');
    for (unsigned i = 0; i < STATE_COUNT; i++) {
        if (counts[i] > 0) {
            cord_json_put_number(out, STATES[i], counts[i]);
        }
    }
    cord_buf_put_char(out, '}');
}

static void put_member(struct cord_api_call *call, const struct member *member)
{
    char who[CORD_API_OPAQUE_SUBJECT];
    struct cord_buf *out = &call->out;
    const struct cord_figure_state *state = &member->state;
    cord_json_put_object(out);
    cord_json_put_text(out, "code", state->who->code);
    cord_json_put_text(out, "name", state->who->name);
    cord_json_put_text(out, "role", state->who->role);
    cord_json_put_text(out, "state", state->state);
    cord_json_put_time(out, "since", state->since_ns);
    cord_api_call_put_id(call, CORD_API_OPAQUE_CLAIM, "claim", state->claim);
    cord_json_put_some(out, "claimant",
                       cord_api_opaque_show(&call->api->opaque, state->claimant, who));
    cord_json_put_flag(out, "reporting", member->reporting);
    cord_buf_put_char(out, '}');
}

static void put_area(struct cord_api_national *national, const struct member *members, size_t count)
{
    struct cord_buf *out = &national->call->out;
    const struct cord_organisation *region =
        cord_organisations_find(cord_api_pictures_of(national->lent.taken[0]), members->area);
    uint64_t counts[STATE_COUNT] = {0};
    for (size_t i = 0; i < count; i++) {
        counts[members[i].number]++;
    }
    cord_json_put_object(out);
    cord_json_put_text(out, "code", members->area);
    cord_json_put_text(out, "name", region ? region->name : CORD_STR(""));
    put_states(out, counts);
    cord_json_put_name(out, "organisations");
    cord_buf_put_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        put_member(national->call, &members[i]);
    }
    cord_buf_put(out, CORD_STR("]}"));
}

static void put_areas(struct members *members, size_t chosen)
{
    struct cord_buf *out = &members->national->call->out;
    cord_json_put_name(out, "areas");
    cord_buf_put_char(out, '[');
    for (size_t i = 0, same; i < chosen; i += same) {
        same = 1;
        while (i + same < chosen &&
               cord_str_eq(members->items[i].area, members->items[i + same].area)) {
            same++;
        }
        put_area(members->national, &members->items[i], same);
    }
    cord_buf_put_char(out, ']');
}

static void put_number(const struct members *members, size_t chosen, unsigned number,
                       uint64_t count)
{
    char id[CORD_API_OPAQUE_TEXT];
    struct cord_api_call *call = members->national->call;
    struct cord_buf *out = &call->out;
    size_t shown = 0;
    cord_json_put_object(out);
    cord_json_put_text(out, "name", cord_str_from(STATES[number]));
    cord_json_put_number(out, "value", count);
    cord_json_put_name(out, "claims");
    cord_buf_put_char(out, '[');
    for (size_t i = 0; i < chosen && shown < CLAIMS_SHOWN; i++) {
        const struct member *at = &members->items[i];
        if (at->number == number && at->state.claim > 0) {
            cord_json_put_item(out);
            cord_json_write_string(out,
                                   cord_api_opaque_format(&call->api->opaque, CORD_API_OPAQUE_CLAIM,
                                                          at->state.claim, id));
            shown++;
        }
    }
    cord_buf_put(out, CORD_STR("]}"));
}

static void put_sentence(const struct members *members, size_t chosen)
{
    struct cord_buf *out = &members->national->call->out;
    uint64_t counts[STATE_COUNT] = {0};
    uint64_t affected = 0;
    for (size_t i = 0; i < chosen; i++) {
        counts[members->items[i].number]++;
        affected += members->items[i].number < STATE_RECOVERED ? 1 : 0;
    }
    enum key key = affected > 0 ? AFFECTED : counts[STATE_UNKNOWN] == chosen ? UNKNOWN : CLEAR;
    cord_json_put_name(out, "sentence");
    cord_buf_put_char(out, '{');
    cord_json_put_text(out, "key", cord_str_from(KEYS[key]));
    cord_json_put_number(out, "of", chosen);
    cord_json_put_name(out, "numbers");
    cord_buf_put_char(out, '[');
    for (unsigned i = 0; i < STATE_COUNT; i++) {
        if (counts[i] > 0) {
            put_number(members, chosen, i, counts[i]);
        }
    }
    cord_buf_put(out, CORD_STR("]}"));
    cord_json_put_name(out, "completeness");
    cord_buf_put_char(out, '{');
    cord_json_put_number(out, "expected", chosen);
    cord_json_put_number(out, "reporting", chosen - counts[STATE_UNKNOWN]);
    cord_buf_put_char(out, '}');
}

static void put_roles(const struct members *members)
{
    struct cord_buf *out = &members->national->call->out;
    struct {
        cord_str role;
        uint64_t counts[STATE_COUNT];
    } roles[ROLES_MAX] = {0};
    size_t count = 0;
    for (size_t i = 0; i < members->count; i++) {
        const struct member *member = &members->items[i];
        size_t at = 0;
        while (at < count && !cord_str_eq(roles[at].role, member->state.who->role)) {
            at++;
        }
        at = at < ROLES_MAX ? at : ROLES_MAX - 1; /* never: there are not so many words */
        roles[at].role = member->state.who->role;
        roles[at].counts[member->number]++;
        count = at == count ? count + 1 : count;
    }
    cord_json_put_name(out, "roles");
    cord_buf_put_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        cord_json_put_object(out);
        cord_json_put_text(out, "role", roles[i].role);
        put_states(out, roles[i].counts);
        cord_buf_put_char(out, '}');
    }
    cord_buf_put_char(out, ']');
}

static cord_status put_figures(struct cord_api_national *national)
{
    struct cord_buf *out = &national->call->out;
    cord_status status = CORD_OK;
    cord_json_put_name(out, "figures");
    cord_buf_put_char(out, '[');
    for (size_t i = 0; i < cord_figure_count() && status == CORD_OK; i++) {
        const struct cord_figure *figure = NULL;
        status = cord_figure_compute(national->scope, cord_figure_definition(i), &figure,
                                     &national->err);
        if (status == CORD_OK) {
            cord_json_put_item(out);
            cord_api_opaque_write_figure(&national->call->api->opaque, figure, false, out);
        }
    }
    cord_buf_put_char(out, ']');
    return status;
}

static void put_head(struct cord_api_national *national, cord_str role)
{
    struct cord_buf *out = &national->call->out;
    cord_str incident = cord_figure_scope_incident(national->scope);
    cord_buf_put_char(out, '{');
    cord_json_put_time(out, "as_of", national->at_ns);
    cord_json_put_some(out, "exercise",
                       cord_record_exercise(national->call->options->ports.record));
    cord_json_put_some(out, "incident", incident);
    if (incident.len > 0) {
        cord_json_put_time(out, "incident_since", cord_figure_states_from(national->scope));
    }
    cord_json_put_text(out, "role", role);
}

static cord_status put_bodies(struct cord_api_national *national)
{
    struct cord_api_call *call = national->call;
    struct members members = {.national = national, .eye = national->eye};
    members.eye.verb = "organisations.read";
    cord_status status =
        cord_figure_states_visit(national->scope, on_state, &members, &national->err);
    if (status == CORD_OK) {
        cord_str role = role_of(call, &members);
        size_t chosen = choose(&members, role, cord_api_call_text(call, "area"));
        put_head(national, role);
        put_sentence(&members, chosen);
        put_roles(&members);
        put_areas(&members, chosen);
    }
    free(members.items);
    return status;
}

/* --- the request --- */

static bool sees(void *self, const struct cord_answer *answer)
{
    const struct cord_api_national *national = self;
    return cord_api_marks_sees(&national->eye, answer->subject, answer->claimant, answer->claim);
}

static cord_status lend(void *self, struct cord_as_of as_of,
                        const struct cord_organisations **ret_picture, struct cord_error *err)
{
    struct cord_api_national *national = self;
    return cord_api_pictures_lend(&national->lent, as_of, ret_picture, err);
}

static cord_status begin(struct cord_api_national *national, struct cord_api_call *call)
{
    int64_t at_ns = cord_api_call_time(call, "at");
    *national = (struct cord_api_national){
        .call = call,
        .at_ns = cord_api_call_at(call),
        .lent = {.pictures = call->options->ports.pictures,
                 .now_ns = at_ns == CORD_TIME_NONE ? call->now_ns : CORD_TIME_NONE}};
    const struct cord_figure_request request = {
        .as_of = {.known_ns = national->at_ns, .about_ns = national->at_ns},
        .from_ns = CORD_TIME_NONE,
        .sees = sees,
        .lend = lend,
        .self = national};
    cord_status status = cord_api_views_take(call->api->views, &national->view, &national->err);
    if (status == CORD_OK) {
        status = cord_api_views_take(call->api->views, &national->claims, &national->err);
    }
    national->eye = (struct cord_api_marks_eye){call->api, &call->principal, call->route->verb,
                                                national->claims};
    return status == CORD_OK
               ? cord_figure_scope_new(national->view, &request, &national->scope, &national->err)
               : status;
}

static void end(struct cord_api_national *national)
{
    struct cord_api_call *call = national->call;
    cord_figure_scope_free(national->scope);
    cord_api_views_give(call->api->views, national->claims);
    cord_api_views_give(call->api->views, national->view);
    cord_api_pictures_take_back(&national->lent);
}

/* Those that whoever asks may see by the right for incidents; else none. */
static cord_status put_incidents(struct cord_api_national *national)
{
    struct cord_api_call *call = national->call;
    struct cord_api_incidents_eye eye;
    bool more = false;
    if (!cord_api_incidents_eye_init(&eye, call, "incidents.read",
                                     cord_api_call_time(call, "at"))) {
        cord_api_incidents_eye_done(&eye);
        return cord_error_set(&national->err, CORD_E_IO, "the record cannot be read");
    }
    cord_json_put_name(&call->out, "incidents");
    cord_buf_put_char(&call->out, '[');
    cord_status status = cord_api_incidents_put_open(&eye, INCIDENTS_SHOWN, &more, &national->err);
    cord_buf_put_char(&call->out, ']');
    cord_json_put_flag(&call->out, "incidents_more", more);
    cord_api_incidents_eye_done(&eye);
    return status;
}

static void answer_get(struct cord_api_call *call)
{
    struct cord_api_national national;
    cord_status status = begin(&national, call);
    status = status == CORD_OK ? put_bodies(&national) : status;
    status = status == CORD_OK ? put_figures(&national) : status;
    status = status == CORD_OK ? put_incidents(&national) : status;
    status = status == CORD_OK ? cord_api_national_hour_changes(&national) : status;
    status = status == CORD_OK ? cord_api_national_hour_marks(&national) : status;
    status = status == CORD_OK ? cord_api_national_hour_events(&national) : status;
    if (status == CORD_OK) {
        cord_buf_put(&call->out, CORD_STR("}\n"));
    } else {
        cord_api_call_failed(call, status, &national.err);
    }
    end(&national);
}

static const struct cord_api_member GET_PARAMETERS[] = {
    CORD_API_SHAPE_AT,
    {.name = "role",
     .type = CORD_API_TEXT,
     .least = 1,
     .most = CODE_MAX,
     .help = "whose states are shown one by one: trust unless said, where there are any; all"},
    {.name = "area",
     .type = CORD_API_TEXT,
     .least = 1,
     .most = CODE_MAX,
     .help = "this region's alone"},
    {.type = CORD_API_END},
};

const struct cord_api_route cord_api_national_get = {
    .method = CORD_HTTP_GET,
    .path = "/picture",
    .id = "getPicture",
    .verb = "figures.read",
    .parameters = GET_PARAMETERS,
    .status = 200,
    .reply = &PICTURE,
    .summary = "The national picture, as known at one time",
    .help = "Counted over what whoever asks may see. Each organisation counts once, whatever it "
            "merged with; of whom nobody said anything, or whose heartbeat is missing, nothing is "
            "known. What is known now may be five seconds old.",
    .answer = answer_get,
};
