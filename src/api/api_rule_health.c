/* api_rule_health.c: how a rule has done: what it found, and what people made of it. */
#include "api/api_alerts.h"
#include "api/api_internal.h"
#include "codec/json_write.h"
#include "detect/collection.h"
#include "detect/correlation.h"

enum { DAYS = 30, ID_MAX = 256, LEVEL_COUNT = 6, QUERY_MAX = 600 };

#define DAY_NS (86400 * CORD_SECOND_NS)

static const struct cord_api_member PRECISION_MEMBERS[] = {
    {.name = "numerator", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.name = "denominator", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.type = CORD_API_END},
};

static const struct cord_api_shape PRECISION = {
    .name = "RulePrecision",
    .help = "Alerts closed as true positive, of those closed as that, as false positive or as "
            "benign.",
    .members = PRECISION_MEMBERS};

static const struct cord_api_member DAY_MEMBERS[] = {
    {.name = "day", .type = CORD_API_TIME, .required = true, .help = "when it begins, UTC"},
    {.name = "alerts", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.type = CORD_API_END},
};

static const struct cord_api_shape DAY = {
    .name = "RuleDay", .help = "Alerts that began on a day.", .members = DAY_MEMBERS};

static const struct cord_api_member HEALTH_MEMBERS[] = {
    {.name = "rule", .type = CORD_API_TEXT, .required = true},
    {.name = "title", .type = CORD_API_TEXT, .required = true},
    {.name = "as_of", .type = CORD_API_TIME, .required = true},
    {.name = "alerts", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.name = "findings", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.name = "true_positive", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.name = "false_positive", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.name = "benign", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.name = "precision",
     .type = CORD_API_OBJECT,
     .shape = &PRECISION,
     .help = "left out: nobody has judged it"},
    {.name = "last",
     .type = CORD_API_TIME,
     .required = true,
     .nullable = true,
     .help = "when the latest event happened"},
    {.name = "median_close_seconds",
     .type = CORD_API_NUMBER,
     .required = true,
     .nullable = true,
     .most = INT64_MAX,
     .help = "from first known to closed"},
    {.name = "days",
     .type = CORD_API_LIST,
     .required = true,
     .shape = &DAY,
     .help = "the last 30, the days without any, too"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape HEALTH = {
    .name = "RuleHealth",
    .help = "How a rule has done, over what whoever asks may see.",
    .members = HEALTH_MEMBERS};

/* The title of a rule in force; ptr NULL: there is none. In the arena. */
static cord_str title_of(struct cord_api_call *call, cord_str id)
{
    const struct cord_api_ports *ports = &call->options->ports;
    void *hold = NULL;
    const struct cord_collection *collection = ports->rules(ports->self, &hold);
    cord_str title = {0};
    for (size_t i = 0; i < cord_collection_rule_count(collection) && !title.ptr; i++) {
        const struct cord_rule_about *about = &cord_collection_rule(collection, i)->about;
        title = cord_str_eq(about->id, id) ? cord_arena_copy(call->arena, about->title) : title;
    }
    for (size_t i = 0; i < cord_collection_correlation_count(collection) && !title.ptr; i++) {
        const struct cord_rule_about *about = &cord_collection_correlation(collection, i)->about;
        title = cord_str_eq(about->id, id) ? cord_arena_copy(call->arena, about->title) : title;
    }
    ports->rules_done(ports->self, hold);
    return title;
}

static void put_health(struct cord_api_call *call, const struct cord_alert_rule *rule)
{
    struct cord_buf *out = &call->out;
    uint64_t judged = rule->true_positive + rule->false_positive + rule->benign;
    cord_json_put_number(out, "alerts", rule->alerts);
    cord_json_put_number(out, "findings", rule->findings);
    cord_json_put_number(out, "true_positive", rule->true_positive);
    cord_json_put_number(out, "false_positive", rule->false_positive);
    cord_json_put_number(out, "benign", rule->benign);
    if (judged > 0) {
        cord_json_put_name(out, "precision");
        cord_buf_put_char(out, '{');
        cord_json_put_number(out, "numerator", rule->true_positive);
        cord_json_put_number(out, "denominator", judged);
        cord_buf_put_char(out, '}');
    }
    cord_json_put_time(out, "last", rule->last_ns);
    cord_json_put_name(out, "median_close_seconds");
    if (rule->median_close_ns >= 0) {
        cord_buf_put_u64(out, (uint64_t)(rule->median_close_ns / CORD_SECOND_NS));
    } else {
        cord_buf_put_text(out, "null");
    }
}

/* Alerts of the rule by the day that they began on. */
static cord_status put_days(struct cord_api_call *call, struct cord_alert_ask *ask, int64_t at_ns,
                            struct cord_error *err)
{
    struct cord_buf *out = &call->out;
    uint64_t counts[DAYS * LEVEL_COUNT];
    uint64_t total = 0;
    struct cord_buf query;
    int64_t today_ns = at_ns - (at_ns % DAY_NS + DAY_NS) % DAY_NS;
    const struct cord_alert_histogram histogram = {.from_ns = today_ns - (DAYS - 1) * DAY_NS,
                                                   .bucket_ns = DAY_NS,
                                                   .buckets = DAYS,
                                                   .counts = counts};
    cord_buf_init(&query, QUERY_MAX);
    cord_buf_put(&query, CORD_STR("rule:"));
    cord_json_write_string(&query, call->variables[0]);
    ask->query = cord_buf_str(&query);
    cord_status status = cord_alert_book_histogram(cord_desk_alerts(call->options->ports.desk), ask,
                                                   &histogram, &total, err);
    cord_buf_done(&query);
    cord_json_put_name(out, "days");
    cord_buf_put_char(out, '[');
    for (int64_t day = 0; day < DAYS && status == CORD_OK; day++) {
        uint64_t sum = 0;
        for (int64_t level = 0; level < LEVEL_COUNT; level++) {
            sum += counts[day * LEVEL_COUNT + level];
        }
        cord_json_put_object(out);
        cord_json_put_time(out, "day", histogram.from_ns + day * DAY_NS);
        cord_json_put_number(out, "alerts", sum);
        cord_buf_put_char(out, '}');
    }
    cord_buf_put(out, CORD_STR("]}\n"));
    return status;
}

static cord_status put_all(struct cord_api_call *call, struct cord_api_alerts_eye *eye,
                           struct cord_error *err)
{
    struct cord_alert_ask ask = cord_api_alerts_ask(eye);
    struct cord_alert_rule rule;
    int64_t at_ns = cord_api_call_at(call);
    ask.at_ns = cord_api_call_time(call, "at");
    cord_status status = cord_alert_book_rule(cord_desk_alerts(call->options->ports.desk), &ask,
                                              call->variables[0], &rule);
    if (status != CORD_OK) {
        return status;
    }
    cord_json_put_time(&call->out, "as_of", at_ns);
    put_health(call, &rule);
    return put_days(call, &ask, at_ns, err);
}

static void answer_get(struct cord_api_call *call)
{
    struct cord_api_alerts_eye eye;
    struct cord_error err = {""};
    cord_str title = title_of(call, call->variables[0]);
    if (!title.ptr) {
        cord_api_call_missing(call);
        return;
    }
    cord_status status =
        cord_api_alerts_eye_init(&eye, call->api, &call->principal, call->arena, &err);
    cord_buf_put_char(&call->out, '{');
    cord_json_put_text(&call->out, "rule", call->variables[0]);
    cord_json_put_text(&call->out, "title", title);
    status = status == CORD_OK ? put_all(call, &eye, &err) : status;
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
    }
    cord_api_alerts_eye_done(&eye);
}

static const struct cord_api_member ID_VARIABLE[] =
    CORD_API_SHAPE_ONE_TEXT("id", ID_MAX, "of the rule");

const struct cord_api_route cord_api_rule_health_get = {
    .method = CORD_HTTP_GET,
    .path = "/rules/{id}/health",
    .id = "getRuleHealth",
    .verb = "findings.read",
    .flags = CORD_API_DESK,
    .variables = ID_VARIABLE,
    .parameters = cord_api_shape_at,
    .status = 200,
    .reply = &HEALTH,
    .summary = "How a rule has done",
    .help = "Over the alerts that whoever asks may see.",
    .answer = answer_get,
};
