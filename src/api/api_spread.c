/* api_spread.c: what spreads, as clusters: who was first, whom it reached, and when. */
#include "api/api_internal.h"

#include "triage/desk.h"

enum { ID_MAX = 32 };

static const char *const STATES[] = {"growing", "quiet", NULL};
static const char *const ROLES[] = {"attacker", "reached", "implanted", NULL};
static const char *const BASES[] = {"seen", "behaved", "inferred", "observed", NULL};

/* --- shapes --- */

static const struct cord_api_member ZERO_MEMBERS[] = {
    {.name = "organisation",
     .type = CORD_API_TEXT,
     .required = true,
     .help = "whose sensor saw it"},
    {.name = "host", .type = CORD_API_TEXT},
    {.name = "address", .type = CORD_API_TEXT},
    {.name = "external",
     .type = CORD_API_FLAG,
     .required = true,
     .help = "the address is of no organisation's own network"},
    {.name = "time", .type = CORD_API_TIME, .required = true, .help = "of its first attack"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape ZERO = {
    .name = "SpreadFirst", .help = "The first attacker that is known.", .members = ZERO_MEMBERS};

#define CLUSTER_MEMBERS                                                                            \
    {.name = "id", .type = CORD_API_TEXT, .required = true, .help = "S-K7QM-2F9A-XHP3"},           \
        {.name = "technique", .type = CORD_API_TEXT, .required = true, .help = "T1210"},           \
        {.name = "title", .type = CORD_API_TEXT, .required = true},                                \
        {.name = "first", .type = CORD_API_TIME, .required = true},                                \
        {.name = "last", .type = CORD_API_TIME, .required = true},                                 \
        {.name = "known", .type = CORD_API_TIME, .required = true, .help = "a cluster since"},     \
        {.name = "patient_zero",                                                                   \
         .type = CORD_API_OBJECT,                                                                  \
         .shape = &ZERO,                                                                           \
         .help = "left out: not known"},                                                           \
        {.name = "organisations",                                                                  \
         .type = CORD_API_NUMBER,                                                                  \
         .required = true,                                                                         \
         .most = INT64_MAX,                                                                        \
         .help = "with a machine attacking or taken over"},                                        \
        {.name = "hosts",                                                                          \
         .type = CORD_API_NUMBER,                                                                  \
         .required = true,                                                                         \
         .most = INT64_MAX,                                                                        \
         .help = "machines that attack or were taken over"},                                       \
        {.name = "reached",                                                                        \
         .type = CORD_API_NUMBER,                                                                  \
         .required = true,                                                                         \
         .most = INT64_MAX,                                                                        \
         .help = "machines attacked without a known effect"},                                      \
        {.name = "findings", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},        \
        {.name = "rate_hosts_per_minute",                                                          \
         .type = CORD_API_DECIMAL,                                                                 \
         .required = true,                                                                         \
         .help = "added in the ten minutes up to the last one"},                                   \
        {.name = "rate_organisations_per_minute", .type = CORD_API_DECIMAL, .required = true},     \
        {.name = "state", .type = CORD_API_WORD, .required = true, .words = STATES},               \
        {.name = "attempts_only",                                                                  \
         .type = CORD_API_FLAG,                                                                    \
         .required = true,                                                                         \
         .help = "nothing says that any of it worked"},                                            \
    {                                                                                              \
        .name = "merged", .type = CORD_API_TEXTS, .required = true,                                \
        .help = "ids of clusters that turned out to be this one"                                   \
    }

static const struct cord_api_member MEMBERS[] = {CLUSTER_MEMBERS, {.type = CORD_API_END}};

static const struct cord_api_shape CLUSTER = {
    .name = "Cluster",
    .help = "One technique that goes from machine to machine, as far as one may see it.",
    .members = MEMBERS};

static const struct cord_api_member ROW_MEMBERS[] = {
    {.name = "role", .type = CORD_API_WORD, .required = true, .words = ROLES},
    {.name = "basis",
     .type = CORD_API_WORD,
     .words = BASES,
     .help =
         "of one that was taken over: it shows the technique; it was reached, and then attacked; a "
         "rule concludes it; it answered as taken over, or what ran on it was seen"},
    {.name = "organisation", .type = CORD_API_TEXT, .required = true},
    {.name = "host", .type = CORD_API_TEXT},
    {.name = "address", .type = CORD_API_TEXT},
    {.name = "external", .type = CORD_API_FLAG, .required = true},
    {.name = "attacks", .type = CORD_API_FLAG, .required = true, .help = "whatever its role"},
    {.name = "time", .type = CORD_API_TIME, .required = true, .help = "since when it has the role"},
    {.name = "known", .type = CORD_API_TIME, .required = true},
    {.name = "from", .type = CORD_API_TEXT, .help = "address or host of who reached it"},
    {.name = "finding", .type = CORD_API_ID, .required = true, .help = "that gave it the role"},
    {.name = "evidence", .type = CORD_API_TEXT, .help = "id of the event: see /events/{id}"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape ROW = {
    .name = "ClusterMachine", .help = "A machine of a cluster.", .members = ROW_MEMBERS};

static const struct cord_api_member ONE_MEMBERS[] = {
    CLUSTER_MEMBERS,
    {.name = "as_of", .type = CORD_API_TIME, .required = true},
    {.name = "order", .type = CORD_API_LIST, .required = true, .shape = &ROW, .help = "by time"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape ONE = {
    .name = "ClusterDetail",
    .help = "A cluster with its machines, in the order in which it came to them.",
    .members = ONE_MEMBERS};

/* --- writing --- */

static void put_zero(struct cord_buf *out, const struct cord_spread_row *zero)
{
    cord_json_put_name(out, "patient_zero");
    cord_buf_put_char(out, '{');
    cord_json_put_text(out, "organisation", zero->organisation);
    cord_json_put_some(out, "host", zero->host);
    cord_json_put_some(out, "address", zero->address);
    cord_json_put_flag(out, "external", zero->external);
    cord_json_put_time(out, "time",
                       zero->attacked_ns == CORD_TIME_NONE ? zero->time_ns : zero->attacked_ns);
    cord_buf_put_char(out, '}');
}

static void put_rate(struct cord_buf *out, const char *name, double rate)
{
    cord_json_put_name(out, name);
    cord_buf_printf(out, "\"%.2f\"", rate > 0 && rate < 1e9 ? rate : 0.0);
}

static void put_members(struct cord_buf *out, const struct cord_spread_cluster *cluster)
{
    cord_json_put_text(out, "id", cluster->id);
    cord_json_put_text(out, "technique", cluster->technique);
    cord_json_put_text(out, "title", cluster->title);
    cord_json_put_time(out, "first", cluster->first_ns);
    cord_json_put_time(out, "last", cluster->last_ns);
    cord_json_put_time(out, "known", cluster->known_ns);
    if (cluster->patient_zero) {
        put_zero(out, cluster->patient_zero);
    }
    cord_json_put_number(out, "organisations", cluster->organisations);
    cord_json_put_number(out, "hosts", cluster->hosts);
    cord_json_put_number(out, "reached", cluster->reached);
    cord_json_put_number(out, "findings", cluster->findings);
    put_rate(out, "rate_hosts_per_minute", cluster->rate_hosts_per_minute);
    put_rate(out, "rate_organisations_per_minute", cluster->rate_organisations_per_minute);
    cord_json_put_text(out, "state", cord_str_from(STATES[cluster->growing ? 0 : 1]));
    cord_json_put_flag(out, "attempts_only", cluster->attempts_only);
    cord_json_put_texts(out, "merged", cluster->merged, cluster->merged_count);
}

static void put_row(struct cord_api_call *call, const struct cord_spread_row *row)
{
    struct cord_buf *out = &call->out;
    cord_json_put_object(out);
    cord_json_put_text(out, "role", cord_str_from(cord_spread_role_name(row->role)));
    cord_json_put_some(out, "basis", cord_str_from(cord_spread_basis_name(row->basis)));
    cord_json_put_text(out, "organisation", row->organisation);
    cord_json_put_some(out, "host", row->host);
    cord_json_put_some(out, "address", row->address);
    cord_json_put_flag(out, "external", row->external);
    cord_json_put_flag(out, "attacks", row->attacks);
    cord_json_put_time(out, "time", row->time_ns);
    cord_json_put_time(out, "known", row->known_ns);
    cord_json_put_some(out, "from", row->from);
    cord_api_call_put_id(call, CORD_API_OPAQUE_FINDING, "finding", row->finding);
    cord_json_put_some(out, "evidence", row->evidence);
    cord_buf_put_char(out, '}');
}

/* --- asking --- */

static bool is_visible(void *self, cord_str organisation)
{
    struct cord_api_call *call = self;
    return cord_api_call_may(call->api, &call->principal, "findings.read", organisation);
}

static struct cord_spread_question question_of(struct cord_api_call *call)
{
    return (struct cord_spread_question){
        .at_ns = cord_api_call_time(call, "at"),
        .now_ns = cord_api_call_at(call),
        .visible = is_visible,
        .self = call,
        .id = CORD_STR(""),
    };
}

static void answer_list(struct cord_api_call *call)
{
    struct cord_spread_answer *answer = NULL;
    struct cord_spread_question question = question_of(call);
    const struct cord_api_value *attempts = cord_api_call_parameter(call, "attempts");
    size_t left = cord_api_call_limit(call);
    uint64_t at = 0;
    if (!cord_api_call_place_number(call, &at)) {
        return;
    }
    question.attempts = attempts->present && attempts->flag;
    cord_status status =
        cord_spread_ask(cord_desk_spread(call->options->ports.desk), &question, &answer);
    if (status != CORD_OK && status != CORD_E_NOENT) {
        cord_api_call_failed(call, status, &(struct cord_error){""});
        return;
    }
    size_t count = answer ? cord_spread_answer_count(answer) : 0;
    cord_api_call_page(call);
    for (; at < count && left > 0; at++, left--) {
        cord_json_put_object(&call->out);
        put_members(&call->out, cord_spread_answer_at(answer, (size_t)at));
        cord_buf_put_char(&call->out, '}');
    }
    cord_api_call_page_close(call);
    cord_json_put_number(&call->out, "total", count);
    cord_json_put_time(&call->out, "as_of", cord_api_call_at(call));
    cord_str place =
        at < count ? cord_arena_printf(call->arena, "%llu", (unsigned long long)at) : (cord_str){0};
    cord_api_call_page_next(call, place);
    cord_spread_answer_free(answer);
}

static const struct cord_api_member PAGE_MEMBERS[] = {
    {.name = "total", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.name = "as_of", .type = CORD_API_TIME, .required = true},
    {.type = CORD_API_END},
};

static const struct cord_api_member LIST_PARAMETERS[] = {
    CORD_API_SHAPE_AT,
    {.name = "attempts",
     .type = CORD_API_FLAG,
     .help = "those of which nothing says that they worked, too"},
    {.type = CORD_API_END},
};

const struct cord_api_route cord_api_spread_list = {
    .method = CORD_HTTP_GET,
    .path = "/spread",
    .id = "listClusters",
    .verb = "findings.read",
    .flags = CORD_API_DESK | CORD_API_PAGED,
    .parameters = LIST_PARAMETERS,
    .status = 200,
    .reply = &CLUSTER,
    .page = PAGE_MEMBERS,
    .summary = "What spreads, the one that began last first",
    .help = "Made of what whoever asks may see: to somebody else a cluster may have another id, or "
            "be none. See docs/spread.md.",
    .answer = answer_list,
};

static void answer_get(struct cord_api_call *call)
{
    struct cord_spread_answer *answer = NULL;
    struct cord_spread_question question = question_of(call);
    struct cord_buf *out = &call->out;
    question.id = call->variables[0];
    question.attempts = true;
    cord_status status =
        cord_spread_ask(cord_desk_spread(call->options->ports.desk), &question, &answer);
    if (status == CORD_OK && cord_spread_answer_count(answer) > 0) {
        const struct cord_spread_cluster *cluster = cord_spread_answer_at(answer, 0);
        cord_buf_put_char(out, '{');
        put_members(out, cluster);
        cord_json_put_time(&call->out, "as_of", cord_api_call_at(call));
        cord_json_put_name(out, "order");
        cord_buf_put_char(out, '[');
        for (size_t i = 0; i < cluster->row_count; i++) {
            put_row(call, &cluster->rows[i]);
        }
        cord_buf_put(out, CORD_STR("]}\n"));
    } else {
        cord_api_call_failed(call, status == CORD_OK ? CORD_E_NOENT : status,
                             &(struct cord_error){""});
    }
    cord_spread_answer_free(answer);
}

static const struct cord_api_member ID_VARIABLE[] =
    CORD_API_SHAPE_ONE_TEXT("id", ID_MAX, "S-K7QM-2F9A-XHP3");

const struct cord_api_route cord_api_spread_get = {
    .method = CORD_HTTP_GET,
    .path = "/spread/{id}",
    .id = "getCluster",
    .verb = "findings.read",
    .flags = CORD_API_DESK,
    .variables = ID_VARIABLE,
    .parameters = cord_api_shape_at,
    .status = 200,
    .reply = &ONE,
    .summary = "One cluster, machine by machine",
    .help = "Of one that turned out to be part of another, that one.",
    .answer = answer_get,
};
