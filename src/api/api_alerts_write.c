/* api_alerts_write.c: what people do with alerts: each a claim, of many alerts at once one batch.
 */
#include "api/api_actions.h"
#include "api/api_alerts.h"
#include "api/api_internal.h"
#include "api/api_users.h"
#include "codec/json_write.h"
#include "record/record.h"

#include <stdio.h>
#include <sys/random.h>
#include <time.h>

enum {
    IDS_MAX = 1000,
    ID_MAX = 32,
    TEXT_MAX = 4096,
    NAME_MAX_BYTES = 256,
    CODE_MAX = 64,
    TAGS_MAX = 32,
    BODY_BYTES_MAX = 128 << 10,
    VALUE_BYTES_MAX = 16384,
    FOLLOW_MS = 1000, /* so long at most the view is waited for */
};

static const char *const LEVELS[] = {"informational", "low", "medium", "high", "critical", NULL};
static const char *const KINDS[] = {"host", "user", "address", "organisation", NULL};
static const char *const REASONS[] = {"true-positive", "false-positive", "benign", "duplicate",
                                      "exercise",      "other",          NULL};
static const char *const ACTIONS[] = {"acknowledge", "start", "close", "reopen",
                                      "assign",      "note",  NULL};
enum action { ACKNOWLEDGE, START, CLOSE, REOPEN, ASSIGN, NOTE };

/* --- as claims --- */

static struct cord_claim claim_of(const struct cord_api_call *call, const char *kind,
                                  cord_str alert, cord_str value)
{
    return (struct cord_claim){
        .kind = cord_claim_kind_find(cord_str_from(kind)),
        .subject = cord_arena_printf(call->arena, "triage:%.*s", CORD_STR_ARG(alert)),
        .value = cord_arena_copy(call->arena, value),
        .amount = CORD_STR(""),
        .unit = CORD_STR(""),
        .valid_from_ns = CORD_TIME_NONE,
        .valid_to_ns = CORD_TIME_NONE,
        .claimant = cord_str_from(call->principal.name),
        .method = CORD_STR("assessment"),
        .confidence = CORD_CLAIM_CERTAIN,
        .basis = CORD_CLAIM_CONFIRMED,
        .source = CORD_STR(""),
        .key = CORD_STR(""),
        .marking = CORD_CLAIM_AMBER,
        .exercise = CORD_STR(""),
    };
}

/* Until the book has heard of them, so that who asks next sees what it did; it follows the record
 * some times a second. */
static void follow(const struct cord_api_call *call, uint64_t claim)
{
    struct cord_alert_book *book = cord_desk_alerts(call->options->ports.desk);
    const struct timespec step = {.tv_nsec = 10000000};
    for (int waited = 0; waited < FOLLOW_MS && cord_alert_book_stats(book).claim < claim;
         waited += 10) {
        (void)nanosleep(&step, NULL);
    }
}

/* All or none. False: a problem is set. */
static bool append(struct cord_api_call *call, struct cord_claim *claims, size_t count,
                   struct cord_record_outcome *ret_outcome)
{
    struct cord_error err = {""};
    for (size_t i = 0; i < count; i++) {
        if (!claims[i].subject.ptr || !claims[i].value.ptr) {
            cord_api_call_failed(call, CORD_E_NOMEM, &err);
            return false;
        }
        if (call->idempotency_key.len > 0) {
            claims[i].key = cord_arena_printf(call->arena, "request/%.*s/%zu",
                                              CORD_STR_ARG(call->idempotency_key), i);
        }
    }
    cord_status status =
        cord_record_append(call->options->ports.record, claims, count, ret_outcome, &err);
    bool refused = status == CORD_E_FORMAT || status == CORD_E_NOENT;
    if (refused && cord_api_route_answers(call->route, 422)) {
        cord_api_shape_fault(&call->faults, "", "%s", err.text);
        cord_api_call_problem(call, 422, "this is not as it is to be; nothing was recorded");
    } else if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
    } else if (ret_outcome->recorded > 0) {
        follow(call, ret_outcome->first + ret_outcome->recorded - 1);
    }
    return status == CORD_OK;
}

/* --- by hand --- */

static const struct cord_api_member NEW_MEMBERS[] = {
    {.name = "organisation", .type = CORD_API_TEXT, .required = true, .least = 1, .most = CODE_MAX},
    {.name = "title", .type = CORD_API_TEXT, .required = true, .least = 1, .most = NAME_MAX_BYTES},
    {.name = "level", .type = CORD_API_WORD, .required = true, .words = LEVELS},
    {.name = "entity_kind",
     .type = CORD_API_WORD,
     .words = KINDS,
     .help = "what it is about; organisation unless said"},
    {.name = "entity", .type = CORD_API_TEXT, .least = 1, .most = NAME_MAX_BYTES},
    {.name = "time", .type = CORD_API_TIME, .help = "when it happened"},
    {.name = "tags", .type = CORD_API_TEXTS, .least = 0, .most = TAGS_MAX, .help = "attack.t1210"},
    {.name = "text", .type = CORD_API_LINES, .least = 1, .most = TEXT_MAX, .help = "what is known"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape NEW_ALERT = {
    .name = "NewAlert", .help = "What a person has seen.", .members = NEW_MEMBERS};

static const struct cord_api_member RAISED_MEMBERS[] = {
    {.name = "id", .type = CORD_API_TEXT, .required = true},
    {.name = "claim", .type = CORD_API_ID, .required = true},
    {.type = CORD_API_END},
};

static const struct cord_api_shape RAISED = {
    .name = "AlertRaised", .help = "An alert that was raised by hand.", .members = RAISED_MEMBERS};

static void put_value(const struct cord_api_call *call, struct cord_buf *value)
{
    static const char *const TEXTS[] = {"organisation", "title", "level", "entity_kind",
                                        "entity",       "time",  "text",  NULL};
    const struct cord_json *tags = cord_json_tree_get(call->body, CORD_STR("tags"));
    cord_buf_put_char(value, '{');
    for (size_t i = 0; TEXTS[i]; i++) {
        cord_json_put_some(value, TEXTS[i], cord_api_call_body_text(call, TEXTS[i]));
    }
    if (tags && tags->count > 0) {
        cord_json_put_name(value, "tags");
        cord_buf_put(value, tags->span);
    }
    cord_buf_put_char(value, '}');
}

static bool may_write(const struct cord_api_call *call, cord_str organisation)
{
    return cord_api_call_may(call->api, &call->principal, "findings.write", organisation);
}

static void answer_create(struct cord_api_call *call)
{
    struct cord_record_outcome outcome = {0};
    struct cord_buf value;
    char id[CORD_ALERT_ID_TEXT];
    uint64_t lot = 0;
    if (!may_write(call, cord_api_call_body_text(call, "organisation"))) {
        cord_api_call_problem(call, 403, "this is no organisation that you may raise alerts of");
        return;
    }
    if (getrandom(&lot, sizeof lot, 0) != (ssize_t)sizeof lot) {
        cord_api_call_failed(call, CORD_E_IO, &(struct cord_error){"no random numbers"});
        return;
    }
    cord_str name = cord_alert_book_manual_id(cord_desk_alerts(call->options->ports.desk), lot, id);
    cord_buf_init(&value, VALUE_BYTES_MAX);
    put_value(call, &value);
    struct cord_claim claim = claim_of(call, "triage.alert", name, cord_buf_str(&value));
    if (append(call, &claim, 1, &outcome)) {
        cord_buf_put_char(&call->out, '{');
        cord_json_put_text(&call->out, "id", name);
        cord_api_call_put_id(call, CORD_API_OPAQUE_CLAIM, "claim", outcome.first);
        cord_buf_put(&call->out, CORD_STR("}\n"));
        cord_api_call_header(
            call, "Location",
            cord_arena_printf(call->arena, CORD_API_BASE "/alerts/%.*s", CORD_STR_ARG(name)));
    }
    cord_buf_done(&value);
}

const struct cord_api_route cord_api_alerts_write_create = {
    .method = CORD_HTTP_POST,
    .path = "/alerts",
    .id = "createAlert",
    .verb = "findings.write",
    .flags = CORD_API_DESK | CORD_API_KEYED | CORD_API_FULL,
    .body = &NEW_ALERT,
    .body_bytes_max = BODY_BYTES_MAX,
    .status = 201,
    .reply = &RAISED,
    .summary = "Raise an alert by hand",
    .answer = answer_create,
};

/* --- many at once --- */

static const struct cord_api_member ACTION_MEMBERS[] = {
    {.name = "action", .type = CORD_API_WORD, .required = true, .words = ACTIONS},
    {.name = "ids",
     .type = CORD_API_TEXTS,
     .required = true,
     .least = 1,
     .most = IDS_MAX,
     .help = "of alerts"},
    {.name = "owner",
     .type = CORD_API_TEXT,
     .least = 1,
     .most = CODE_MAX,
     .help = "assign: user:K7QM-2F9A-XHP3, or me; nobody without it"},
    {.name = "reason", .type = CORD_API_WORD, .words = REASONS, .help = "close: why; it is needed"},
    {.name = "text", .type = CORD_API_LINES, .least = 1, .most = TEXT_MAX, .help = "note: needed"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape ACTION = {
    .name = "AlertAction", .help = "What is done to alerts.", .members = ACTION_MEMBERS};

static const struct cord_api_member REFUSED_MEMBERS[] = {
    {.name = "id", .type = CORD_API_TEXT, .required = true},
    {.name = "why", .type = CORD_API_TEXT, .required = true},
    {.type = CORD_API_END},
};

static const struct cord_api_shape REFUSED = {
    .name = "AlertRefused", .help = "What was not done.", .members = REFUSED_MEMBERS};

static const struct cord_api_member DONE_MEMBERS[] = {
    {.name = "action_id", .type = CORD_API_TEXT, .required = true, .help = "by which it is undone"},
    {.name = "changed", .type = CORD_API_NUMBER, .required = true, .most = IDS_MAX},
    {.name = "refused", .type = CORD_API_LIST, .required = true, .shape = &REFUSED},
    {.name = "undo_until",
     .type = CORD_API_TIME,
     .required = true,
     .nullable = true,
     .help = "null: it cannot be"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape DONE = {
    .name = "AlertActionDone", .help = "What was done, all at once.", .members = DONE_MEMBERS};

struct doing {
    struct cord_api_call *call;
    struct cord_api_alerts_eye eye;
    struct cord_alert_ask ask;
    char id[CORD_API_ACTION_TEXT];
    enum action action;
    enum cord_alert_reason reason;
    cord_str owner;
    cord_str text;
    struct cord_claim *claims;
    size_t count;
    size_t changed;
    struct cord_buf refused;
    struct cord_alert_stand met; /* the alert that is looked at */
    cord_str organisation;
};

static void on_alert(void *self, const struct cord_alert *alert)
{
    struct doing *doing = self;
    doing->met = (struct cord_alert_stand){
        alert->status, alert->status == CORD_ALERT_CLOSED ? alert->reason : CORD_ALERT_REASON_NONE,
        cord_arena_copy(doing->call->arena, alert->owner)};
    doing->organisation = cord_arena_copy(doing->call->arena, alert->organisation);
}

static void refuse(struct doing *doing, cord_str id, const char *why)
{
    cord_json_put_object(&doing->refused);
    cord_json_put_text(&doing->refused, "id", id);
    cord_json_put_text(&doing->refused, "why", cord_str_from(why));
    cord_buf_put_char(&doing->refused, '}');
}

/* False: it was refused, as one that is not there when it may not be seen. */
static bool look(struct doing *doing, cord_str id)
{
    struct cord_alert_book *book = cord_desk_alerts(doing->call->options->ports.desk);
    if (cord_alert_book_one(book, &doing->ask, id, on_alert, doing) != CORD_OK) {
        refuse(doing, id, "there is no such alert, or it is not for you");
        return false;
    }
    if (!may_write(doing->call, doing->organisation)) {
        refuse(doing, id, "this is for others to say");
        return false;
    }
    return true;
}

static void add_state(struct doing *doing, cord_str id, const struct cord_alert_stand *state)
{
    struct cord_buf value;
    cord_buf_init(&value, VALUE_BYTES_MAX);
    cord_buf_put_char(&value, '{');
    cord_json_put_text(&value, "state", cord_str_from(cord_alert_status_name(state->status)));
    cord_json_put_some(&value, "reason", cord_str_from(cord_alert_reason_name(state->reason)));
    cord_json_put_some(&value, "text", doing->text);
    cord_json_put_text(&value, "action", cord_str_from(doing->id));
    cord_buf_put_char(&value, '}');
    doing->claims[doing->count++] = claim_of(doing->call, "triage.state", id, cord_buf_str(&value));
    cord_buf_done(&value);
}

static void add_owner(struct doing *doing, cord_str id, cord_str owner)
{
    struct cord_buf value;
    cord_buf_init(&value, VALUE_BYTES_MAX);
    cord_buf_put_char(&value, '{');
    cord_json_put_some(&value, "owner", owner);
    cord_json_put_some(&value, "reason", doing->text);
    cord_json_put_text(&value, "action", cord_str_from(doing->id));
    cord_buf_put_char(&value, '}');
    doing->claims[doing->count++] = claim_of(doing->call, "triage.owner", id, cord_buf_str(&value));
    cord_buf_done(&value);
}

static void add_note(struct doing *doing, cord_str id)
{
    struct cord_buf value;
    cord_buf_init(&value, VALUE_BYTES_MAX);
    cord_buf_put_char(&value, '{');
    cord_json_put_text(&value, "text", doing->text);
    cord_json_put_text(&value, "action", cord_str_from(doing->id));
    cord_buf_put_char(&value, '}');
    doing->claims[doing->count++] = claim_of(doing->call, "triage.note", id, cord_buf_str(&value));
    cord_buf_done(&value);
}

static struct cord_alert_stand after(const struct doing *doing)
{
    struct cord_alert_stand state = doing->met;
    switch (doing->action) {
    case ACKNOWLEDGE:
        state.status = CORD_ALERT_ACKNOWLEDGED;
        break;
    case START:
        state.status = CORD_ALERT_IN_PROGRESS;
        break;
    case CLOSE:
        state.status = CORD_ALERT_CLOSED;
        state.reason = doing->reason;
        break;
    case REOPEN:
        state.status = CORD_ALERT_NEW;
        state.reason = CORD_ALERT_REASON_NONE;
        break;
    case ASSIGN:
        state.owner = doing->owner;
        break;
    case NOTE:
        break;
    }
    return state;
}

static bool is_same(const struct cord_alert_stand *a, const struct cord_alert_stand *b)
{
    return a->status == b->status && a->reason == b->reason && cord_str_eq(a->owner, b->owner);
}

/* Why it cannot be; NULL: it can. */
static const char *forbids(const struct doing *doing)
{
    bool closed = doing->met.status == CORD_ALERT_CLOSED;
    if (closed && (doing->action == ACKNOWLEDGE || doing->action == START)) {
        return "it is closed: reopen it first";
    }
    if (doing->action == ACKNOWLEDGE && doing->met.status == CORD_ALERT_IN_PROGRESS) {
        return "somebody is at it already";
    }
    if (!closed && doing->action == REOPEN) {
        return "it is not closed";
    }
    return NULL;
}

static void do_one(struct doing *doing, cord_str id)
{
    if (!look(doing, id)) {
        return;
    }
    const char *why = forbids(doing);
    const struct cord_alert_stand state = after(doing);
    if (why) {
        refuse(doing, id, why);
    } else if (doing->action == NOTE) {
        add_note(doing, id);
        doing->changed++;
    } else if (is_same(&doing->met, &state)) {
        refuse(doing, id, "it is so already");
    } else {
        doing->changed++;
        if (doing->action == ASSIGN) {
            add_owner(doing, id, state.owner);
        } else {
            add_state(doing, id, &state);
        }
    }
}

/* False: a problem is set. */
static bool read_action(struct doing *doing)
{
    struct cord_api_call *call = doing->call;
    char buffer[CORD_API_OPAQUE_SUBJECT];
    cord_str word = cord_api_call_body_text(call, "action");
    cord_str owner = cord_api_call_body_text(call, "owner");
    for (size_t i = 0; ACTIONS[i]; i++) {
        doing->action =
            cord_str_eq(word, cord_str_from(ACTIONS[i])) ? (enum action)i : doing->action;
    }
    doing->text = cord_api_call_body_text(call, "text");
    (void)cord_alert_reason_find(cord_api_call_body_text(call, "reason"), &doing->reason);
    if (doing->action == CLOSE && doing->reason == CORD_ALERT_REASON_NONE) {
        cord_api_shape_fault(&call->faults, "reason", "is missing");
    }
    if (doing->action == NOTE && doing->text.len == 0) {
        cord_api_shape_fault(&call->faults, "text", "is missing");
    }
    doing->owner = CORD_STR("");
    if (cord_str_eq(owner, CORD_STR("me"))) {
        doing->owner = cord_str_from(call->principal.name);
    } else if (owner.len > 0 &&
               (!cord_api_opaque_read(&call->api->opaque, owner, buffer, &doing->owner) ||
                cord_api_alerts_name(&doing->eye, doing->owner).len == 0)) {
        cord_api_shape_fault(&call->faults, "owner", "is nobody we know");
    }
    doing->owner = cord_arena_copy(call->arena, doing->owner);
    if (call->faults.count > 0) {
        cord_api_call_problem(call, 422, "the body is not as it is to be");
    }
    return call->faults.count == 0;
}

/* False: a problem is set. */
static bool begin(struct doing *doing, struct cord_api_call *call, size_t most)
{
    struct cord_error err = {""};
    *doing = (struct doing){.call = call, .text = CORD_STR(""), .owner = CORD_STR("")};
    cord_buf_init(&doing->refused, CORD_API_REPLY_BYTES_MAX);
    doing->claims = cord_arena_zalloc(call->arena, most, sizeof *doing->claims);
    cord_status status = doing->claims ? cord_api_actions_draw(doing->id) : CORD_E_NOMEM;
    if (status == CORD_OK) {
        status =
            cord_api_alerts_eye_init(&doing->eye, call->api, &call->principal, call->arena, &err);
    }
    doing->ask = cord_api_alerts_ask(&doing->eye);
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
    }
    return status == CORD_OK;
}

static void end(struct doing *doing)
{
    if (doing->eye.api) {
        cord_api_alerts_eye_done(&doing->eye);
    }
    cord_buf_done(&doing->refused);
}

static void put_done(const struct doing *doing, bool undoable)
{
    struct cord_api_call *call = doing->call;
    struct cord_buf *out = &call->out;
    cord_buf_put_char(out, '{');
    cord_json_put_text(out, "action_id", cord_str_from(doing->id));
    cord_json_put_number(out, "changed", doing->changed);
    cord_json_put_name(out, "refused");
    cord_buf_put_char(out, '[');
    cord_buf_put(out, cord_buf_str(&doing->refused));
    cord_buf_put_char(out, ']');
    cord_json_put_time(out, "undo_until",
                       undoable ? call->now_ns + CORD_API_ACTION_SECONDS * CORD_SECOND_NS
                                : CORD_TIME_NONE);
    cord_buf_put(out, CORD_STR("}\n"));
}

static void answer_action(struct cord_api_call *call)
{
    struct doing doing;
    struct cord_record_outcome outcome = {0};
    const struct cord_json *ids = cord_json_tree_get(call->body, CORD_STR("ids"));
    if (begin(&doing, call, ids->count) && read_action(&doing)) {
        for (const struct cord_json *at = ids->child; at; at = at->next) {
            do_one(&doing, at->text);
        }
        if (doing.count == 0 || append(call, doing.claims, doing.count, &outcome)) {
            put_done(&doing, doing.action != NOTE && doing.changed > 0);
        }
    }
    end(&doing);
}

const struct cord_api_route cord_api_alerts_write_action = {
    .method = CORD_HTTP_POST,
    .path = "/alerts/actions",
    .id = "createAlertAction",
    .verb = "findings.write",
    .flags = CORD_API_DESK | CORD_API_KEYED | CORD_API_FULL,
    .body = &ACTION,
    .body_bytes_max = BODY_BYTES_MAX,
    .status = 200,
    .reply = &DONE,
    .summary = "Do something to one or many alerts",
    .help = "What can be done is recorded as one batch, whole or not at all; what cannot is told. "
            "When it has answered, the queue shows it.",
    .answer = answer_action,
};

/* --- undoing --- */

/* How the alert stands after what was said of it, where nobody has changed it since. */
static struct cord_alert_stand stands_after(const struct cord_api_action_item *item,
                                            const struct cord_alert_stand *before)
{
    struct cord_alert_stand after = *before;
    if (item->is_owner) {
        after.owner = item->said.owner;
    } else {
        after.status = item->said.status;
        after.reason = item->said.reason;
    }
    return after;
}

/* Only what nobody has changed since. */
static void undo_one(struct doing *doing, const struct cord_api_action_item *item, cord_str key)
{
    struct cord_alert_book *book = cord_desk_alerts(doing->call->options->ports.desk);
    struct cord_alert_stand before;
    if (!look(doing, item->alert)) {
        return;
    }
    if (cord_alert_book_stood(book, &doing->ask, item->alert, item->claim, &before) != CORD_OK) {
        refuse(doing, item->alert, "it is still being read: try again soon");
        return;
    }
    const struct cord_alert_stand after = stands_after(item, &before);
    if (is_same(&before, &after)) {
        return; /* the alert was named twice */
    }
    if (!is_same(&doing->met, &after)) {
        refuse(doing, item->alert, "somebody has changed it since");
        return;
    }
    doing->changed++;
    if (item->is_owner) {
        add_owner(doing, item->alert, before.owner);
    } else {
        add_state(doing, item->alert, &before);
    }
    struct cord_claim *claim = &doing->claims[doing->count - 1];
    claim->key = key;
    claim->subject = key.ptr ? claim->subject : (cord_str){0}; /* no memory: it is not recorded */
}

static void answer_undo(struct cord_api_call *call)
{
    struct doing doing = {.call = call};
    struct cord_api_action action = {.count = 0};
    struct cord_record_outcome outcome = {0};
    struct cord_error err = {""};
    cord_status status = cord_api_actions_find(call, call->variables[0], &action, &err);
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
        return;
    }
    if (begin(&doing, call, action.count)) {
        doing.text = CORD_STR("undone");
        for (size_t i = 0; i < action.count; i++) {
            undo_one(&doing, &action.items[i], cord_api_actions_key(call, call->variables[0], i));
        }
        if (doing.count == 0 || append(call, doing.claims, doing.count, &outcome)) {
            put_done(&doing, false);
        }
    }
    end(&doing);
}

static const struct cord_api_member ID_VARIABLE[] =
    CORD_API_SHAPE_ONE_TEXT("id", ID_MAX, "action_id of what was done");

const struct cord_api_route cord_api_alerts_write_undo = {
    .method = CORD_HTTP_POST,
    .path = "/alerts/actions/{id}/undo",
    .id = "undoAlertAction",
    .verb = "findings.write",
    .flags = CORD_API_DESK | CORD_API_FULL,
    .variables = ID_VARIABLE,
    .status = 200,
    .reply = &DONE,
    .summary = "Undo what one has just done to alerts",
    .help = "Within ten minutes, and once, whether or not the server was started anew meanwhile: "
            "what held before is said again. What somebody has changed since stays.",
    .answer = answer_undo,
};
