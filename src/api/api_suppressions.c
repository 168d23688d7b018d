/* api_suppressions.c: findings that people know to mean nothing: where, why and until when. */
#include "api/api_alerts.h"
#include "api/api_internal.h"
#include "api/api_trials.h"
#include "api/api_users.h"
#include "codec/json_write.h"
#include "record/record.h"

#include <time.h>

enum {
    ID_MAX = 80,
    TEXT_MAX = 4096,
    RULE_MAX = 256,
    BODY_BYTES_MAX = 16384,
    VALUE_BYTES_MAX = 65536
};

static const char *const STATES[] = {"in-force", "expired", "ended", "void", NULL};

/* --- shapes --- */

static const struct cord_api_member HITS_MEMBERS[] = {
    {.name = "organisation", .type = CORD_API_TEXT, .required = true},
    {.name = "count", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.type = CORD_API_END},
};

static const struct cord_api_shape HITS = {.name = "SuppressionHits",
                                           .help = "What was hidden of an organisation.",
                                           .members = HITS_MEMBERS};

static const struct cord_api_member TESTED_MEMBERS[] = {
    {.name = "time", .type = CORD_API_TIME, .required = true},
    {.name = "days", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.name = "findings",
     .type = CORD_API_NUMBER,
     .most = INT64_MAX,
     .help = "left out, as what is next: you may not see all that it was tried on"},
    {.name = "hidden", .type = CORD_API_NUMBER, .most = INT64_MAX},
    {.name = "organisations",
     .type = CORD_API_NUMBER,
     .most = INT64_MAX,
     .help = "in so many it would have hidden something"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape TESTED = {
    .name = "SuppressionTest",
    .help = "That it was tried on stored events before it took force, and what came of it.",
    .members = TESTED_MEMBERS};

static const struct cord_api_member MEMBERS[] = {
    {.name = "id", .type = CORD_API_TEXT, .required = true},
    {.name = "rule", .type = CORD_API_TEXT, .required = true},
    {.name = "organisation", .type = CORD_API_TEXT, .help = "left out: everybody's"},
    {.name = "host", .type = CORD_API_TEXT},
    {.name = "condition", .type = CORD_API_LINES},
    {.name = "reason", .type = CORD_API_LINES, .required = true},
    {.name = "state", .type = CORD_API_WORD, .required = true, .words = STATES},
    {.name = "why", .type = CORD_API_LINES, .help = "it is void, or was ended"},
    {.name = "since", .type = CORD_API_TIME, .required = true},
    {.name = "expires", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.name = "ended", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.name = "claimant", .type = CORD_API_TEXT, .required = true},
    {.name = "claim", .type = CORD_API_ID, .required = true},
    {.name = "tested", .type = CORD_API_OBJECT, .shape = &TESTED, .help = "left out: it was not"},
    {.name = "hidden",
     .type = CORD_API_NUMBER,
     .required = true,
     .most = INT64_MAX,
     .help = "findings, of the organisations that one may see"},
    {.name = "last", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.name = "hits", .type = CORD_API_LIST, .required = true, .shape = &HITS},
    {.type = CORD_API_END},
};

static const struct cord_api_shape SUPPRESSION = {
    .name = "Suppression",
    .help = "Findings that are marked as meaning nothing, and still counted.",
    .members = MEMBERS};

static const struct cord_api_member NEW_MEMBERS[] = {
    {.name = "trial",
     .type = CORD_API_TEXT,
     .required = true,
     .least = 1,
     .most = 32,
     .help = "one's own that is done: its rule and scope are those of the suppression"},
    {.name = "reason", .type = CORD_API_LINES, .required = true, .least = 1, .most = TEXT_MAX},
    {.name = "expires", .type = CORD_API_TIME, .required = true, .help = "a year from now at most"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape NEW_SUPPRESSION = {
    .name = "NewSuppression", .help = "What is to mean nothing.", .members = NEW_MEMBERS};

static const struct cord_api_member DONE_MEMBERS[] = {
    {.name = "id", .type = CORD_API_TEXT, .required = true},
    {.name = "claim", .type = CORD_API_ID, .required = true},
    {.type = CORD_API_END},
};

static const struct cord_api_shape DONE = {
    .name = "SuppressionDone", .help = "What was recorded.", .members = DONE_MEMBERS};

static const struct cord_api_member END_MEMBERS[] = {
    {.name = "reason", .type = CORD_API_LINES, .required = true, .least = 1, .most = TEXT_MAX},
    {.type = CORD_API_END},
};

static const struct cord_api_shape END = {
    .name = "SuppressionEnd", .help = "Why it ends.", .members = END_MEMBERS};

/* --- asking --- */

/* Who may see only some organisations is told that it was tried, and no number of others (N13). */
static void put_test(struct cord_buf *out, const struct cord_suppress_row *row)
{
    cord_json_put_name(out, "tested");
    cord_buf_put_char(out, '{');
    cord_json_put_time(out, "time", row->tested_ns);
    cord_json_put_number(out, "days", row->days);
    if (row->test_shown) {
        cord_json_put_number(out, "findings", row->tested_findings);
        cord_json_put_number(out, "hidden", row->tested_hidden);
        cord_json_put_number(out, "organisations", row->tested_organisations);
    }
    cord_buf_put_char(out, '}');
}

static void put_row(struct cord_api_call *call, const struct cord_suppress_row *row)
{
    struct cord_buf *out = &call->out;
    char who[CORD_API_OPAQUE_SUBJECT];
    cord_json_put_object(out);
    cord_json_put_text(out, "id", row->id);
    cord_json_put_text(out, "rule", row->rule);
    cord_json_put_some(out, "organisation", row->scope.organisation);
    cord_json_put_some(out, "host", row->scope.host);
    cord_json_put_some(out, "condition", row->scope.condition);
    cord_json_put_text(out, "reason", row->reason);
    cord_json_put_text(out, "state", cord_str_from(cord_suppress_state_name(row->state)));
    cord_json_put_some(out, "why", row->why);
    cord_json_put_time(out, "since", row->recorded_ns);
    cord_json_put_time(out, "expires", row->expires_ns);
    cord_json_put_time(out, "ended", row->ended_ns);
    cord_json_put_text(out, "claimant",
                       cord_api_opaque_show(&call->api->opaque, row->claimant, who));
    cord_api_call_put_id(call, CORD_API_OPAQUE_CLAIM, "claim", row->claim);
    if (row->tested_ns != CORD_TIME_NONE) {
        put_test(out, row);
    }
    cord_json_put_number(out, "hidden", row->hidden);
    cord_json_put_time(out, "last", row->last_ns);
    cord_json_put_name(out, "hits");
    cord_buf_put_char(out, '[');
    for (size_t i = 0; i < row->hit_count; i++) {
        cord_json_put_object(out);
        cord_json_put_text(out, "organisation", row->hits[i].organisation);
        cord_json_put_number(out, "count", row->hits[i].count);
        cord_buf_put_char(out, '}');
    }
    cord_buf_put(out, CORD_STR("]}"));
}

static bool is_visible(void *self, cord_str organisation)
{
    struct cord_api_call *call = self;
    return cord_api_call_may(call->api, &call->principal, "findings.read", organisation);
}

/* NULL: a problem is set. */
static struct cord_suppress_answer *ask(struct cord_api_call *call, cord_str rule, cord_str id,
                                        int64_t at_ns)
{
    struct cord_suppress_answer *answer = NULL;
    const struct cord_api_access *access = &call->options->access;
    const struct cord_suppress_question question = {
        .at_ns = at_ns,
        .now_ns = at_ns == CORD_TIME_NONE ? call->now_ns : at_ns,
        .rule = rule,
        .id = id,
        .visible = is_visible,
        .self = call,
        .everywhere = access->everywhere(access->self, &call->principal, "findings.read"),
    };
    cord_status status =
        cord_suppress_ask(cord_desk_suppress(call->options->ports.desk), &question, &answer);
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &(struct cord_error){""});
        return NULL;
    }
    return answer;
}

static void answer_list(struct cord_api_call *call)
{
    size_t left = cord_api_call_limit(call);
    uint64_t at = 0;
    if (!cord_api_call_place_number(call, &at)) {
        return;
    }
    struct cord_suppress_answer *answer =
        ask(call, cord_api_call_text(call, "rule"), CORD_STR(""), cord_api_call_time(call, "at"));
    if (!answer) {
        return;
    }
    size_t count = cord_suppress_answer_count(answer);
    cord_api_call_page(call);
    for (; at < count && left > 0; at++, left--) {
        put_row(call, cord_suppress_answer_at(answer, (size_t)at));
    }
    cord_api_call_page_end_number(call, at < count, at);
    cord_suppress_answer_free(answer);
}

static const struct cord_api_member LIST_PARAMETERS[] = {
    CORD_API_SHAPE_AT,
    {.name = "rule", .type = CORD_API_TEXT, .least = 1, .most = RULE_MAX, .help = "of this rule"},
    {.type = CORD_API_END},
};

const struct cord_api_route cord_api_suppressions_list = {
    .method = CORD_HTTP_GET,
    .path = "/suppressions",
    .id = "listSuppressions",
    .verb = "findings.read",
    .flags = CORD_API_DESK | CORD_API_PAGED,
    .parameters = LIST_PARAMETERS,
    .status = 200,
    .reply = &SUPPRESSION,
    .summary = "What is suppressed, the latest first",
    .help = "With what each has hidden of the organisations that whoever asks may see.",
    .answer = answer_list,
};

static const struct cord_api_member ID_VARIABLE[] = CORD_API_SHAPE_ONE_TEXT("id", ID_MAX, "its id");

static void answer_get(struct cord_api_call *call)
{
    struct cord_suppress_answer *answer =
        ask(call, CORD_STR(""), call->variables[0], cord_api_call_time(call, "at"));
    if (answer && cord_suppress_answer_count(answer) > 0) {
        put_row(call, cord_suppress_answer_at(answer, 0));
        cord_buf_put_char(&call->out, '\n');
    } else if (answer) {
        cord_api_call_missing(call);
    }
    cord_suppress_answer_free(answer);
}

const struct cord_api_route cord_api_suppressions_get = {
    .method = CORD_HTTP_GET,
    .path = "/suppressions/{id}",
    .id = "getSuppression",
    .verb = "findings.read",
    .flags = CORD_API_DESK,
    .variables = ID_VARIABLE,
    .parameters = cord_api_shape_at,
    .status = 200,
    .reply = &SUPPRESSION,
    .summary = "One suppression",
    .answer = answer_get,
};

/* --- saying so --- */

/* Whose findings it hides: the nation's right for everybody's. */
static bool may_write(const struct cord_api_call *call, cord_str organisation)
{
    return cord_api_call_may(call->api, &call->principal, "findings.write", organisation);
}

/* Recorded, and followed by the desk. False: a problem is set. */
static bool record(struct cord_api_call *call, const char *kind, cord_str rule, cord_str value,
                   uint64_t *ret_claim)
{
    struct cord_record_outcome outcome = {0};
    struct cord_error err = {""};
    struct cord_alert_book *book = cord_desk_alerts(call->options->ports.desk);
    const struct timespec step = {.tv_nsec = 10000000};
    const struct cord_claim claim = {
        .kind = cord_claim_kind_find(cord_str_from(kind)),
        .subject = cord_arena_printf(call->arena, "rule:%.*s", CORD_STR_ARG(rule)),
        .value = value,
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
    cord_status status = cord_record_append(call->options->ports.record, &claim, 1, &outcome, &err);
    if (status != CORD_OK) {
        cord_api_users_refuse(call, status, &err);
        return false;
    }
    for (int waited = 0; waited < 1000 && cord_alert_book_stats(book).claim < outcome.first;
         waited += 10) {
        (void)nanosleep(&step, NULL);
    }
    *ret_claim = outcome.first;
    return true;
}

static void put_done(struct cord_api_call *call, cord_str id, uint64_t claim)
{
    cord_buf_put_char(&call->out, '{');
    cord_json_put_text(&call->out, "id", id);
    cord_api_call_put_id(call, CORD_API_OPAQUE_CLAIM, "claim", claim);
    cord_buf_put(&call->out, CORD_STR("}\n"));
}

static void answer_create(struct cord_api_call *call)
{
    struct cord_api_trials_done trial;
    struct cord_buf value;
    uint64_t claim = 0;
    if (!cord_api_trials_find(call, cord_api_call_body_text(call, "trial"), &trial)) {
        return;
    }
    if (!may_write(call, trial.scope.organisation)) {
        cord_api_call_problem(call, 403, "these are no findings that you may suppress");
        return;
    }
    cord_buf_init(&value, VALUE_BYTES_MAX);
    cord_buf_put_char(&value, '{');
    cord_json_put_text(&value, "suppression", trial.id);
    cord_json_put_some(&value, "organisation", trial.scope.organisation);
    cord_json_put_some(&value, "host", trial.scope.host);
    cord_json_put_some(&value, "condition", trial.scope.condition);
    cord_json_put_text(&value, "reason", cord_api_call_body_text(call, "reason"));
    cord_json_put_text(&value, "expires", cord_api_call_body_text(call, "expires"));
    cord_buf_put(&value, trial.members);
    cord_buf_put_char(&value, '}');
    if (record(call, "triage.suppress", trial.rule, cord_buf_str(&value), &claim)) {
        put_done(call, trial.id, claim);
    }
    cord_buf_done(&value);
}

const struct cord_api_route cord_api_suppressions_create = {
    .method = CORD_HTTP_POST,
    .path = "/suppressions",
    .id = "createSuppression",
    .verb = "findings.write",
    .flags = CORD_API_DESK | CORD_API_KEYED | CORD_API_FULL | CORD_API_CONFLICTS,
    .body = &NEW_SUPPRESSION,
    .body_bytes_max = BODY_BYTES_MAX,
    .status = 201,
    .reply = &DONE,
    .summary = "Suppress what a trial was of",
    .help = "Nothing takes force that was not tried on stored events first: see POST /trials.",
    .answer = answer_create,
};

static void answer_end(struct cord_api_call *call)
{
    struct cord_suppress_answer *answer =
        ask(call, CORD_STR(""), call->variables[0], CORD_TIME_NONE);
    struct cord_buf value;
    uint64_t claim = 0;
    if (!answer) {
        return;
    }
    const struct cord_suppress_row *row =
        cord_suppress_answer_count(answer) > 0 ? cord_suppress_answer_at(answer, 0) : NULL;
    cord_buf_init(&value, VALUE_BYTES_MAX);
    if (!row) {
        cord_api_call_missing(call);
    } else if (!may_write(call, row->scope.organisation)) {
        cord_api_call_problem(call, 403, "this is for others to end");
    } else if (row->state != CORD_SUPPRESS_FORCE) {
        cord_api_call_problem(call, 409, "it is not in force");
    } else {
        cord_buf_put_char(&value, '{');
        cord_json_put_text(&value, "suppression", row->id);
        cord_json_put_text(&value, "reason", cord_api_call_body_text(call, "reason"));
        cord_buf_put_char(&value, '}');
        if (record(call, "triage.suppress-end", row->rule, cord_buf_str(&value), &claim)) {
            put_done(call, row->id, claim);
        }
    }
    cord_buf_done(&value);
    cord_suppress_answer_free(answer);
}

const struct cord_api_route cord_api_suppressions_end = {
    .method = CORD_HTTP_POST,
    .path = "/suppressions/{id}/end",
    .id = "endSuppression",
    .verb = "findings.write",
    .flags = CORD_API_DESK | CORD_API_KEYED | CORD_API_FULL | CORD_API_CONFLICTS,
    .variables = ID_VARIABLE,
    .body = &END,
    .body_bytes_max = BODY_BYTES_MAX,
    .status = 201,
    .reply = &DONE,
    .summary = "End a suppression",
    .help = "From then on its findings count again; what it hid stays marked.",
    .answer = answer_end,
};
