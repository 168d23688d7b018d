/* api_alerts_counts.c: what the alerts that are chosen come to: by value, over time, by risk. */
#include "api/api_alerts.h"

#include "api/api_internal.h"

#include <stdlib.h>

enum { FIELDS_MAX = 200, BUCKETS_MAX = 500, BUCKETS = 60, TOP = 10, MOST = 20 };

#define DAY_NS (86400 * CORD_SECOND_NS)

static const char *const LEVELS[] = {"none", "informational", "low", "medium",
                                     "high", "critical",      NULL};
enum { LEVEL_COUNT = 6 };

/* Who looks, and the book is there; false: a problem is set. */
static bool begin(struct cord_api_call *call, struct cord_api_alerts_eye *eye)
{
    struct cord_error err = {""};
    cord_status status =
        cord_api_alerts_eye_init(eye, call->api, &call->principal, call->arena, &err);
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
    }
    return status == CORD_OK;
}

/* --- by value --- */

static const struct cord_api_member VALUE_MEMBERS[] = {
    {.name = "value", .type = CORD_API_TEXT, .required = true, .help = "empty: it has none"},
    {.name = "label", .type = CORD_API_TEXT, .help = "of a rule: its title; of an owner: the name"},
    {.name = "count", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.type = CORD_API_END},
};

static const struct cord_api_shape VALUE = {
    .name = "AlertFacetValue", .help = "How many have it.", .members = VALUE_MEMBERS};

static const struct cord_api_member FACET_MEMBERS[] = {
    {.name = "field", .type = CORD_API_TEXT, .required = true},
    {.name = "values", .type = CORD_API_LIST, .required = true, .shape = &VALUE},
    {.name = "other",
     .type = CORD_API_NUMBER,
     .required = true,
     .most = INT64_MAX,
     .help = "what further values come to"},
    {.name = "distinct",
     .type = CORD_API_NUMBER,
     .required = true,
     .most = INT64_MAX,
     .help = "values that there are"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape FACET = {
    .name = "AlertFacet", .help = "The values of a field.", .members = FACET_MEMBERS};

static const struct cord_api_member FACETS_MEMBERS[] = {
    {.name = "as_of", .type = CORD_API_TIME, .required = true},
    {.name = "total", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.name = "facets", .type = CORD_API_LIST, .required = true, .shape = &FACET},
    {.type = CORD_API_END},
};

static const struct cord_api_shape FACETS = {.name = "AlertFacets",
                                             .help =
                                                 "Alerts counted by the values of their fields.",
                                             .members = FACETS_MEMBERS};

struct facets {
    struct cord_api_call *call;
    struct cord_api_alerts_eye eye;
};

static void on_facet(void *self, const struct cord_alert_facet *facet)
{
    struct facets *facets = self;
    struct cord_buf *out = &facets->call->out;
    const struct cord_api_opaque *opaque = &facets->call->api->opaque;
    char shown[CORD_API_OPAQUE_SUBJECT];
    bool owners = cord_str_eq(facet->field, CORD_STR("owner"));
    cord_json_put_object(out);
    cord_json_put_text(out, "field", facet->field);
    cord_json_put_name(out, "values");
    cord_buf_put_char(out, '[');
    for (size_t i = 0; i < facet->value_count; i++) {
        const struct cord_alert_facet_value *value = &facet->values[i];
        cord_json_put_object(out);
        cord_json_put_text(out, "value",
                           owners ? cord_api_opaque_show(opaque, value->value, shown)
                                  : value->value);
        cord_json_put_some(
            out, "label", owners ? cord_api_alerts_name(&facets->eye, value->value) : value->label);
        cord_json_put_number(out, "count", value->count);
        cord_buf_put_char(out, '}');
    }
    cord_buf_put_char(out, ']');
    cord_json_put_number(out, "other", facet->other);
    cord_json_put_number(out, "distinct", facet->distinct);
    cord_buf_put_char(out, '}');
}

/* "severity,status"; false: a problem is set. */
static bool read_fields(struct cord_api_call *call, cord_str fields[CORD_ALERT_FACETS_MAX],
                        size_t *ret_count)
{
    cord_str rest = cord_api_call_text(call, "fields");
    cord_str field;
    *ret_count = 0;
    while (cord_str_cut(&rest, ',', &field)) {
        if (*ret_count == CORD_ALERT_FACETS_MAX) {
            cord_api_shape_fault(&call->faults, "fields", "are %u at most", CORD_ALERT_FACETS_MAX);
            cord_api_call_problem(call, 400, "a parameter is wrong");
            return false;
        }
        fields[(*ret_count)++] = field;
    }
    return true;
}

static void answer_facets(struct cord_api_call *call)
{
    struct facets facets = {.call = call};
    struct cord_error err = {""};
    cord_str fields[CORD_ALERT_FACETS_MAX];
    size_t count = 0;
    uint64_t total = 0;
    const struct cord_api_value *top = cord_api_call_parameter(call, "top");
    if (!read_fields(call, fields, &count) || !begin(call, &facets.eye)) {
        return;
    }
    const struct cord_alert_ask ask = cord_api_alerts_asked(call, &facets.eye);
    cord_buf_put_char(&call->out, '{');
    cord_json_put_time(&call->out, "as_of", cord_api_call_at(call));
    cord_json_put_name(&call->out, "facets");
    cord_buf_put_char(&call->out, '[');
    cord_status status = cord_alert_book_facets(
        cord_desk_alerts(call->options->ports.desk), &ask,
        &(struct cord_alert_faceting){fields, count, top->present ? (uint32_t)top->number : TOP,
                                      on_facet, &facets},
        &total, &err);
    cord_buf_put_char(&call->out, ']');
    cord_json_put_number(&call->out, "total", total);
    cord_buf_put(&call->out, CORD_STR("}\n"));
    if (status != CORD_OK) {
        cord_api_alerts_failed(call, status, &err);
    }
    cord_api_alerts_eye_done(&facets.eye);
}

static const struct cord_api_member FACETS_PARAMETERS[] = {
    CORD_API_ALERTS_PARAMETERS,
    {.name = "fields",
     .type = CORD_API_TEXT,
     .required = true,
     .least = 1,
     .most = FIELDS_MAX,
     .help = "separated by commas, of: severity status reason owner rule org region technique "
             "tactic host user address entity kind criticality care cluster incident suppressed"},
    {.name = "top",
     .type = CORD_API_NUMBER,
     .least = 1,
     .most = CORD_ALERT_FACET_TOP_MAX,
     .help = "values of each; 10 unless said"},
    {.type = CORD_API_END},
};

const struct cord_api_route cord_api_alerts_counts_facets = {
    .method = CORD_HTTP_GET,
    .path = "/alerts/facets",
    .id = "getAlertFacets",
    .verb = "findings.read",
    .flags = CORD_API_DESK,
    .parameters = FACETS_PARAMETERS,
    .status = 200,
    .reply = &FACETS,
    .summary = "Alerts counted by the values of their fields",
    .answer = answer_facets,
};

/* --- over time --- */

static const struct cord_api_member LINE_MEMBERS[] = {
    {.name = "level", .type = CORD_API_WORD, .required = true, .words = LEVELS},
    {.name = "counts", .type = CORD_API_NUMBERS, .required = true},
    {.type = CORD_API_END},
};

static const struct cord_api_shape LINE = {
    .name = "AlertLine", .help = "Alerts of one level, bucket by bucket.", .members = LINE_MEMBERS};

static const struct cord_api_member HISTOGRAM_MEMBERS[] = {
    {.name = "as_of", .type = CORD_API_TIME, .required = true},
    {.name = "from", .type = CORD_API_TIME, .required = true, .help = "beginning of the first"},
    {.name = "to", .type = CORD_API_TIME, .required = true, .help = "end of the last"},
    {.name = "bucket_seconds", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.name = "total",
     .type = CORD_API_NUMBER,
     .required = true,
     .most = INT64_MAX,
     .help = "alerts that were chosen, in a bucket or not"},
    {.name = "series", .type = CORD_API_LIST, .required = true, .shape = &LINE},
    {.type = CORD_API_END},
};

static const struct cord_api_shape HISTOGRAM = {
    .name = "AlertHistogram",
    .help = "When alerts began, by level; levels without any are left out.",
    .members = HISTOGRAM_MEMBERS};

static void put_series(struct cord_buf *out, const struct cord_alert_histogram *histogram)
{
    cord_json_put_name(out, "series");
    cord_buf_put_char(out, '[');
    for (size_t level = LEVEL_COUNT; level > 0; level--) {
        uint64_t sum = 0;
        for (size_t i = 0; i < histogram->buckets; i++) {
            sum += histogram->counts[i * LEVEL_COUNT + level - 1];
        }
        if (sum == 0) {
            continue;
        }
        cord_json_put_object(out);
        cord_json_put_text(out, "level", cord_str_from(LEVELS[level - 1]));
        cord_json_put_name(out, "counts");
        cord_buf_put_char(out, '[');
        for (size_t i = 0; i < histogram->buckets; i++) {
            cord_json_put_item(out);
            cord_buf_put_u64(out, histogram->counts[i * LEVEL_COUNT + level - 1]);
        }
        cord_buf_put(out, CORD_STR("]}"));
    }
    cord_buf_put_char(out, ']');
}

/* From and to as they were asked for, else the day before; whole seconds. False: a problem is set.
 */
static bool read_range(struct cord_api_call *call, struct cord_alert_histogram *histogram)
{
    const struct cord_api_value *buckets = cord_api_call_parameter(call, "buckets");
    const struct cord_api_value *by = cord_api_call_parameter(call, "by");
    int64_t from_ns = cord_api_call_time(call, "from");
    int64_t to_ns = cord_api_call_time(call, "to");
    int64_t at_ns = cord_api_call_time(call, "at");
    to_ns = to_ns != CORD_TIME_NONE   ? to_ns
            : at_ns != CORD_TIME_NONE ? at_ns + 1
                                      : call->now_ns + 1;
    from_ns = from_ns != CORD_TIME_NONE ? from_ns : to_ns - DAY_NS;
    if (from_ns >= to_ns || to_ns / 2 - from_ns / 2 > INT64_MAX / 2 - CORD_SECOND_NS) {
        cord_api_shape_fault(&call->faults, "to", "is to be later than from");
        cord_api_call_problem(call, 400, "a parameter is wrong");
        return false;
    }
    size_t count = buckets->present ? (size_t)buckets->number : BUCKETS;
    int64_t seconds = ((to_ns - from_ns) / (int64_t)count + CORD_SECOND_NS - 1) / CORD_SECOND_NS;
    histogram->from_ns = from_ns;
    histogram->bucket_ns = (seconds > 0 ? seconds : 1) * CORD_SECOND_NS;
    histogram->buckets = (size_t)((to_ns - from_ns - 1) / histogram->bucket_ns + 1);
    histogram->by_known = by->present && by->number == 1;
    return true;
}

static void answer_histogram(struct cord_api_call *call)
{
    struct cord_api_alerts_eye eye;
    struct cord_alert_histogram histogram;
    struct cord_error err = {""};
    struct cord_buf *out = &call->out;
    uint64_t total = 0;
    if (!read_range(call, &histogram) || !begin(call, &eye)) {
        return;
    }
    histogram.counts =
        cord_arena_zalloc(call->arena, histogram.buckets * LEVEL_COUNT, sizeof(uint64_t));
    struct cord_alert_ask ask = cord_api_alerts_asked(call, &eye);
    cord_status status =
        histogram.counts ? cord_alert_book_histogram(cord_desk_alerts(call->options->ports.desk),
                                                     &ask, &histogram, &total, &err)
                         : CORD_E_NOMEM;
    if (status == CORD_OK) {
        cord_buf_put_char(out, '{');
        cord_json_put_time(&call->out, "as_of", cord_api_call_at(call));
        cord_json_put_time(out, "from", histogram.from_ns);
        cord_json_put_time(out, "to",
                           histogram.from_ns + (int64_t)histogram.buckets * histogram.bucket_ns);
        cord_json_put_number(out, "bucket_seconds",
                             (uint64_t)(histogram.bucket_ns / CORD_SECOND_NS));
        cord_json_put_number(out, "total", total);
        put_series(out, &histogram);
        cord_buf_put(out, CORD_STR("}\n"));
    } else {
        cord_api_alerts_failed(call, status, &err);
    }
    cord_api_alerts_eye_done(&eye);
}

static const char *const BYS[] = {"first", "known", NULL};

static const struct cord_api_member HISTOGRAM_PARAMETERS[] = {
    CORD_API_ALERTS_PARAMETERS,
    {.name = "buckets",
     .type = CORD_API_NUMBER,
     .least = 1,
     .most = BUCKETS_MAX,
     .help = "at most so many; 60 unless said"},
    {.name = "by",
     .type = CORD_API_WORD,
     .words = BYS,
     .help = "when they began, or when we first knew; first unless said"},
    {.type = CORD_API_END},
};

const struct cord_api_route cord_api_alerts_counts_histogram = {
    .method = CORD_HTTP_GET,
    .path = "/alerts/histogram",
    .id = "getAlertHistogram",
    .verb = "findings.read",
    .flags = CORD_API_DESK,
    .parameters = HISTOGRAM_PARAMETERS,
    .status = 200,
    .reply = &HISTOGRAM,
    .summary = "When alerts began, by level",
    .help = "Of the day before unless said.",
    .answer = answer_histogram,
};

/* --- by risk --- */

static const char *const OF[] = {"entity", "organisation", NULL};

static const struct cord_api_member WHY_MEMBERS[] = {
    {.name = "part", .type = CORD_API_TEXT, .required = true},
    {.name = "text", .type = CORD_API_TEXT, .required = true},
    {.name = "points", .type = CORD_API_NUMBER, .most = 100},
    {.type = CORD_API_END},
};

static const struct cord_api_shape WHY = {
    .name = "RiskWhy", .help = "Part of a risk.", .members = WHY_MEMBERS, .open = true};

static const struct cord_api_member RISK_MEMBERS[] = {
    {.name = "organisation", .type = CORD_API_TEXT, .required = true},
    {.name = "entity_kind", .type = CORD_API_TEXT, .required = true},
    {.name = "entity",
     .type = CORD_API_TEXT,
     .required = true,
     .help = "empty: the organisation itself"},
    {.name = "risk", .type = CORD_API_NUMBER, .required = true, .most = 100},
    {.name = "open",
     .type = CORD_API_NUMBER,
     .required = true,
     .most = INT64_MAX,
     .help = "alerts that count"},
    {.name = "criticality", .type = CORD_API_TEXT, .required = true},
    {.name = "care", .type = CORD_API_TEXT},
    {.name = "why", .type = CORD_API_LIST, .required = true, .shape = &WHY},
    {.type = CORD_API_END},
};

static const struct cord_api_shape RISK = {
    .name = "Risk", .help = "How much is at stake with an entity.", .members = RISK_MEMBERS};

static const struct cord_api_member RISKS_MEMBERS[] = {
    {.name = "as_of", .type = CORD_API_TIME, .required = true},
    {.name = "total",
     .type = CORD_API_NUMBER,
     .required = true,
     .most = INT64_MAX,
     .help = "entities or organisations with open alerts"},
    {.name = "risks", .type = CORD_API_LIST, .required = true, .shape = &RISK},
    {.type = CORD_API_END},
};

static const struct cord_api_shape RISKS = {
    .name = "Risks", .help = "Where most is at stake.", .members = RISKS_MEMBERS};

static void on_risk(void *self, const struct cord_alert_risk *risk)
{
    struct cord_buf *out = self;
    cord_json_put_object(out);
    cord_json_put_text(out, "organisation", risk->organisation);
    cord_json_put_text(out, "entity_kind",
                       cord_str_from(cord_alert_entity_name(risk->entity_kind)));
    cord_json_put_text(out, "entity", risk->entity);
    cord_json_put_number(out, "risk", risk->risk);
    cord_json_put_number(out, "open", risk->open);
    cord_json_put_text(out, "criticality",
                       cord_str_from(cord_alert_criticality_name(risk->criticality)));
    cord_json_put_some(out, "care", risk->care);
    cord_json_put_name(out, "why");
    cord_buf_put(out, risk->why.len > 0 ? risk->why : CORD_STR("[]"));
    cord_buf_put_char(out, '}');
}

static void answer_risks(struct cord_api_call *call)
{
    struct cord_api_alerts_eye eye;
    struct cord_error err = {""};
    const struct cord_api_value *of = cord_api_call_parameter(call, "of");
    const struct cord_api_value *most = cord_api_call_parameter(call, "most");
    uint64_t total = 0;
    if (!begin(call, &eye)) {
        return;
    }
    const struct cord_alert_ask ask = cord_api_alerts_asked(call, &eye);
    cord_buf_put_char(&call->out, '{');
    cord_json_put_time(&call->out, "as_of", cord_api_call_at(call));
    cord_json_put_name(&call->out, "risks");
    cord_buf_put_char(&call->out, '[');
    cord_status status =
        cord_alert_book_risks(cord_desk_alerts(call->options->ports.desk), &ask,
                              &(struct cord_alert_ranking){
                                  of->present && of->number == 1,
                                  most->present ? (size_t)most->number : MOST, on_risk, &call->out},
                              &total, &err);
    cord_buf_put_char(&call->out, ']');
    cord_json_put_number(&call->out, "total", total);
    cord_buf_put(&call->out, CORD_STR("}\n"));
    if (status != CORD_OK) {
        cord_api_alerts_failed(call, status, &err);
    }
    cord_api_alerts_eye_done(&eye);
}

static const struct cord_api_member RISKS_PARAMETERS[] = {
    CORD_API_ALERTS_PARAMETERS,
    {.name = "of", .type = CORD_API_WORD, .words = OF, .help = "entity unless said"},
    {.name = "most",
     .type = CORD_API_NUMBER,
     .least = 1,
     .most = 500,
     .help = "so many at most; 20 unless said"},
    {.type = CORD_API_END},
};

const struct cord_api_route cord_api_alerts_counts_risks = {
    .method = CORD_HTTP_GET,
    .path = "/alerts/risks",
    .id = "getAlertRisks",
    .verb = "findings.read",
    .flags = CORD_API_DESK,
    .parameters = RISKS_PARAMETERS,
    .status = 200,
    .reply = &RISKS,
    .summary = "Where most is at stake, by open alerts",
    .answer = answer_risks,
};
