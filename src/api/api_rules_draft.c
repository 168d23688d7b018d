/* api_rules_draft.c: rules that are not in force: a query made into one, and what is wrong with
 * one. */
#include "api/api_accounts.h"
#include "api/api_internal.h"

#include "detect/lint.h"
#include "detect/query_rule.h"
#include "evidence/evidence.h"
#include "evidence/store.h"
#include "record/account_session.h"

#include <stdio.h>
#include <sys/random.h>

enum {
    TEXT_MAX = 256 << 10,
    TITLE_MAX = 256,
    CLASS_MAX = 256,
    EVENT_MAX = 32,
    PROBLEMS_MAX = 200,
    UUID_TEXT = 37,
};

static const char *const LEVELS[] = {"informational", "low", "medium", "high", "critical", NULL};

/* --- a query as a rule --- */

static const struct cord_api_member ASK_MEMBERS[] = {
    {.name = "query",
     .type = CORD_API_LINES,
     .required = true,
     .most = CORD_QUERY_BYTES_MAX,
     .help = "in the language of docs/hunt.md"},
    {.name = "event",
     .type = CORD_API_TEXT,
     .least = 1,
     .most = EVENT_MAX,
     .help = "id of one of those it found: says the log source, and what host and user are called"},
    {.name = "class",
     .type = CORD_API_TEXT,
     .least = 1,
     .most = CLASS_MAX,
     .help = "of the events, without one of them: windows/process_creation/sysmon"},
    {.name = "title", .type = CORD_API_TEXT, .least = 1, .most = TITLE_MAX},
    {.name = "level", .type = CORD_API_WORD, .words = LEVELS, .help = "medium unless said"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape ASK = {
    .name = "NewRuleDraft", .help = "What a rule is to find.", .members = ASK_MEMBERS};

static const struct cord_api_member NOTE_MEMBERS[] = {
    {.name = "column",
     .type = CORD_API_NUMBER,
     .required = true,
     .most = INT64_MAX,
     .help = "in characters of the query from 1"},
    {.name = "term", .type = CORD_API_LINES, .required = true},
    {.name = "why", .type = CORD_API_TEXT, .required = true},
    {.name = "kept",
     .type = CORD_API_FLAG,
     .required = true,
     .help = "it is in the rule, but does not say quite the same; else it is left out"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape NOTE = {
    .name = "RuleDraftNote",
    .help = "A term of the query that the rule cannot say as it was asked.",
    .members = NOTE_MEMBERS};

static const struct cord_api_member DRAFT_MEMBERS[] = {
    {.name = "text",
     .type = CORD_API_LINES,
     .required = true,
     .nullable = true,
     .help = "Sigma, YAML; null: nothing of the query can be said by a rule"},
    {.name = "class", .type = CORD_API_TEXT, .required = true, .help = "empty: not known"},
    {.name = "notes", .type = CORD_API_LIST, .required = true, .shape = &NOTE},
    {.name = "notes_more",
     .type = CORD_API_NUMBER,
     .required = true,
     .most = INT64_MAX,
     .help = "so many further ones are not told"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape DRAFT = {
    .name = "RuleDraft",
    .help = "A rule that is not in force: to be checked, tried, and put among the rule files.",
    .members = DRAFT_MEMBERS};

/* RFC 9562, version 4. */
static bool draw_uuid(char uuid[UUID_TEXT])
{
    unsigned char b[16];
    if (getrandom(b, sizeof b, 0) != (ssize_t)sizeof b) {
        return false;
    }
    b[6] = (unsigned char)((b[6] & 0x0fu) | 0x40u);
    b[8] = (unsigned char)((b[8] & 0x3fu) | 0x80u);
    (void)snprintf(uuid, UUID_TEXT,
                   "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
                   b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
                   b[14], b[15]);
    return true;
}

/* What rules call the field that has this part in the event; the source's own name when they call
 * it nothing else. */
static cord_str role_name(struct cord_api_call *call, const struct cord_rows *rows,
                          enum cord_role role)
{
    const struct cord_row *row = cord_rows_at(rows, 0);
    size_t count = 0;
    if (row->role[role] == CORD_VALUE_NONE) {
        return CORD_STR("");
    }
    const cord_str *names = cord_rows_names(rows, row->spans[row->role[role]].field, &count);
    cord_str name = cord_arena_copy(call->arena, names[count > 1 ? 1 : 0]);
    return name.ptr ? name : CORD_STR("");
}

/* The class and fields of an event that who asks may see. */
static cord_status read_event(struct cord_api_call *call, cord_str id,
                              struct cord_query_rule_ask *ask)
{
    struct cord_store *store = call->options->ports.store;
    struct cord_evidence *evidence = cord_store_evidence(store);
    struct cord_rows *rows = cord_rows_new(CORD_API_ARENA_BYTES_MAX, call->options->seed);
    uint64_t sequence = 0;
    cord_status status = rows ? CORD_OK : CORD_E_NOMEM;
    if (status == CORD_OK && cord_store_id_parse(store, id, &sequence, NULL) != CORD_OK) {
        status = CORD_E_NOENT;
    }
    status = status == CORD_OK ? evidence->ops->get(evidence, sequence, rows, NULL) : status;
    if (status == CORD_OK) {
        const struct cord_origin *origin = cord_rows_origin_at(rows, cord_rows_at(rows, 0)->origin);
        ask->event_class = cord_arena_copy(call->arena, origin->event_class);
        ask->host = role_name(call, rows, CORD_ROLE_HOST);
        ask->user = role_name(call, rows, CORD_ROLE_USER);
        bool sees =
            cord_api_call_may(call->api, &call->principal, "events.read", origin->organisation);
        status = !sees ? CORD_E_NOENT : ask->event_class.ptr ? CORD_OK : CORD_E_NOMEM;
    }
    cord_rows_free(rows);
    return status;
}

static void put_draft(struct cord_buf *out, const struct cord_query_rule *rule,
                      cord_str event_class)
{
    cord_buf_put_char(out, '{');
    if (rule->text.len > 0) {
        cord_json_put_text(out, "text", rule->text);
    } else {
        cord_json_put_name(out, "text");
        cord_buf_put_text(out, "null");
    }
    cord_json_put_text(out, "class", event_class);
    cord_json_put_name(out, "notes");
    cord_buf_put_char(out, '[');
    for (size_t i = 0; i < rule->note_count; i++) {
        cord_json_put_object(out);
        cord_json_put_number(out, "column", rule->notes[i].column);
        cord_json_put_text(out, "term", rule->notes[i].term);
        cord_json_put_text(out, "why", cord_str_from(rule->notes[i].why));
        cord_json_put_flag(out, "kept", rule->notes[i].kept);
        cord_buf_put_char(out, '}');
    }
    cord_buf_put_char(out, ']');
    cord_json_put_number(out, "notes_more", rule->notes_more);
    cord_buf_put(out, CORD_STR("}\n"));
}

static void write_draft(struct cord_api_call *call, const struct cord_query_rule_ask *asked)
{
    struct cord_query_rule_ask ask = *asked;
    struct cord_query_rule rule;
    char uuid[UUID_TEXT];
    char time[CORD_TIMESTAMP_TEXT];
    cord_status status = draw_uuid(uuid) ? CORD_OK : CORD_E_NOMEM;
    if (status == CORD_OK) {
        ask.id = cord_str_from(uuid);
        ask.date = cord_str_slice(cord_timestamp_format(call->now_ns, time), 0, 10);
        status = cord_query_rule_write(&ask, call->arena, &rule);
    }
    if (status == CORD_OK) {
        put_draft(&call->out, &rule, ask.event_class);
    } else if (status == CORD_E_LIMIT) {
        cord_api_shape_fault(&call->faults, "query", "is longer than a rule may be");
        cord_api_call_problem(call, 422, "there is no such rule");
    } else {
        cord_api_call_failed(call, status, &(struct cord_error){""});
    }
}

static void answer_create(struct cord_api_call *call)
{
    struct cord_error err = {""};
    struct cord_query *query = NULL;
    cord_str event = cord_api_call_body_text(call, "event");
    cord_str title = cord_api_call_body_text(call, "title");
    cord_str level = cord_api_call_body_text(call, "level");
    struct cord_query_rule_ask ask = {
        .text = cord_api_call_body_text(call, "query"),
        .title = title.len > 0 ? title : CORD_STR("Drafted from a hunt"),
        .author = cord_api_accounts_identity(&call->principal)->name,
        .level = level.len > 0 ? level : CORD_STR("medium"),
        .event_class = cord_api_call_body_text(call, "class"),
        .host = CORD_STR(""),
        .user = CORD_STR(""),
    };
    cord_status status = event.len > 0 ? read_event(call, event, &ask) : CORD_OK;
    if (status == CORD_E_NOENT) {
        cord_api_shape_fault(&call->faults, "event", "there is no such event, or not for you");
        cord_api_call_problem(call, 422, "the body is not as it is to be");
        return;
    }
    status = status == CORD_OK ? cord_query_parse(ask.text, &query, &err) : status;
    if (status == CORD_E_FORMAT || status == CORD_E_LIMIT) {
        cord_api_shape_fault(&call->faults, "query", "%s", err.text);
        cord_api_call_problem(call, 422, "the query is none");
    } else if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
    } else {
        ask.query = query;
        write_draft(call, &ask);
    }
    cord_query_free(query);
}

const struct cord_api_route cord_api_rules_draft_create = {
    .method = CORD_HTTP_POST,
    .path = "/rules/drafts",
    .id = "draftRule",
    .verb = "rules.read",
    .flags = CORD_API_ASKS,
    .body = &ASK,
    .body_bytes_max = CORD_QUERY_BYTES_MAX + 4096,
    .status = 200,
    .reply = &DRAFT,
    .summary = "A query as a Sigma rule",
    .help =
        "Nothing is kept or put in force: the draft is for whoever asked, to be checked, tried and "
        "put among the server's rule files. What a rule cannot say is named, term by term.",
    .answer = answer_create,
};

/* --- what is wrong with one --- */

static const struct cord_api_member CHECK_ASK_MEMBERS[] = {
    {.name = "text",
     .type = CORD_API_LINES,
     .required = true,
     .least = 1,
     .most = TEXT_MAX,
     .help = "Sigma, YAML: rules, correlations, filters"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape CHECK_ASK = {
    .name = "RuleText", .help = "Rules that are not in force.", .members = CHECK_ASK_MEMBERS};

static const char *const GRAVITIES[] = {"refused", "error", "warning", NULL};
enum gravity { REFUSED, ERROR, WARNING };

static const struct cord_api_member PROBLEM_MEMBERS[] = {
    {.name = "gravity",
     .type = CORD_API_WORD,
     .required = true,
     .words = GRAVITIES,
     .help = "refused: it cannot be used; error: against the specification's schema"},
    {.name = "line", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.name = "title", .type = CORD_API_TEXT},
    {.name = "message", .type = CORD_API_LINES, .required = true},
    {.type = CORD_API_END},
};

static const struct cord_api_shape PROBLEM = {
    .name = "RuleProblem", .help = "What is wrong with a rule.", .members = PROBLEM_MEMBERS};

static const struct cord_api_member CHECK_MEMBERS[] = {
    {.name = "rules",
     .type = CORD_API_NUMBER,
     .required = true,
     .most = INT64_MAX,
     .help = "rules and correlations that can be used"},
    {.name = "usable",
     .type = CORD_API_FLAG,
     .required = true,
     .help = "there is one, and none is refused"},
    {.name = "problems", .type = CORD_API_LIST, .required = true, .shape = &PROBLEM},
    {.name = "problems_more",
     .type = CORD_API_NUMBER,
     .required = true,
     .most = INT64_MAX,
     .help = "so many further ones are not told"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape CHECK = {
    .name = "RuleCheck", .help = "What cordon check says of rules.", .members = CHECK_MEMBERS};

struct checking {
    struct cord_buf list;
    size_t count;
    size_t more;
};

static void put_problem(struct checking *checking, enum gravity gravity, uint32_t line,
                        cord_str title, cord_str message)
{
    struct cord_buf *out = &checking->list;
    if (checking->count == PROBLEMS_MAX) {
        checking->more++;
        return;
    }
    checking->count++;
    cord_json_put_object(out);
    cord_json_put_text(out, "gravity", cord_str_from(GRAVITIES[gravity]));
    cord_json_put_number(out, "line", line);
    cord_json_put_some(out, "title", title);
    cord_json_put_text(out, "message", message);
    cord_buf_put_char(out, '}');
}

static cord_status on_lint(void *self, const struct cord_lint_finding *finding)
{
    put_problem(self, finding->error ? ERROR : WARNING, finding->line, finding->title,
                finding->message);
    return CORD_OK;
}

static cord_status check(struct checking *checking, struct cord_collection *collection,
                         cord_str text, struct cord_error *err)
{
    const struct cord_lint_sink sink = {on_lint, checking};
    cord_str name = CORD_STR("rule.yml");
    cord_status status = cord_collection_add(collection, name, text, err);
    status = status == CORD_OK ? cord_collection_finish(collection, err) : status;
    for (size_t i = 0; status == CORD_OK && i < cord_collection_refusal_count(collection); i++) {
        const struct cord_rule_refusal *refusal = cord_collection_refusal(collection, i);
        put_problem(checking, refusal->warning ? WARNING : REFUSED, refusal->line, refusal->title,
                    refusal->reason);
    }
    status = status == CORD_OK ? cord_lint_text(name, text, &sink, err) : status;
    return status == CORD_OK ? cord_lint_collection(collection, &sink, err) : status;
}

static bool is_usable(const struct cord_collection *collection)
{
    bool usable =
        cord_collection_rule_count(collection) + cord_collection_correlation_count(collection) > 0;
    for (size_t i = 0; i < cord_collection_refusal_count(collection); i++) {
        usable = usable && cord_collection_refusal(collection, i)->warning;
    }
    return usable;
}

static void answer_check(struct cord_api_call *call)
{
    struct cord_error err = {""};
    struct checking checking = {.count = 0};
    struct cord_buf *out = &call->out;
    struct cord_collection *collection = cord_collection_new();
    cord_buf_init(&checking.list, CORD_API_REPLY_BYTES_MAX);
    cord_buf_put_char(&checking.list, '[');
    cord_status status =
        collection ? check(&checking, collection, cord_api_call_body_text(call, "text"), &err)
                   : CORD_E_NOMEM;
    if (status == CORD_OK) {
        cord_buf_put_char(out, '{');
        cord_json_put_number(out, "rules",
                             cord_collection_rule_count(collection) +
                                 cord_collection_correlation_count(collection));
        cord_json_put_flag(out, "usable", is_usable(collection));
        cord_json_put_name(out, "problems");
        cord_buf_put(out, cord_buf_str(&checking.list));
        cord_buf_put_char(out, ']');
        cord_json_put_number(out, "problems_more", checking.more);
        cord_buf_put(out, CORD_STR("}\n"));
        out->failed = out->failed || checking.list.failed;
    } else {
        cord_api_call_failed(call, status, &err);
    }
    cord_buf_done(&checking.list);
    cord_collection_free(collection);
}

const struct cord_api_route cord_api_rules_draft_check = {
    .method = CORD_HTTP_POST,
    .path = "/rules/check",
    .id = "checkRules",
    .verb = "rules.read",
    .flags = CORD_API_ASKS,
    .body = &CHECK_ASK,
    .body_bytes_max = TEXT_MAX + 4096,
    .status = 200,
    .reply = &CHECK,
    .summary = "What is wrong with rules, before they go live",
    .help = "As cordon check has it, by themselves: without the server's pipelines and "
            "placeholders. Nothing is kept or put in force.",
    .answer = answer_check,
};
