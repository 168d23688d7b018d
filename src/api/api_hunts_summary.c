/* api_hunts_summary.c: see api_hunts_summary.h. */
#include "api/api_hunts_summary.h"

#include "codec/json_put.h"
#include "evidence/tally.h"

#include <stdio.h>

enum {
    QUERY_BYTES_MAX = 2 * CORD_QUERY_BYTES_MAX + 256,
    TALLY_BYTES_MAX = 64 << 20,
    MEMBERS_BYTES_MAX = 1 << 20,
    BUCKETS = 60, /* about so many */
    TOP = 10,
    FACET_BYTES_MAX = 128,
};

/* --- the shape --- */

static const struct cord_api_member BUCKET_MEMBERS[] = {
    {.name = "time", .type = CORD_API_TIME, .required = true, .help = "when it begins"},
    {.name = "count", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.type = CORD_API_END},
};

static const struct cord_api_shape BUCKET = {
    .name = "HuntBucket", .help = "Events of one step of time.", .members = BUCKET_MEMBERS};

static const struct cord_api_member HISTOGRAM_MEMBERS[] = {
    {.name = "step_seconds", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.name = "undated",
     .type = CORD_API_NUMBER,
     .required = true,
     .most = INT64_MAX,
     .help = "events that do not say when"},
    {.name = "buckets", .type = CORD_API_LIST, .required = true, .shape = &BUCKET},
    {.type = CORD_API_END},
};

static const struct cord_api_shape HISTOGRAM = {
    .name = "HuntHistogram",
    .help = "When the events were; steps in which there was none are 0.",
    .members = HISTOGRAM_MEMBERS};

static const struct cord_api_member VALUE_MEMBERS[] = {
    {.name = "value",
     .type = CORD_API_LINES,
     .required = true,
     .nullable = true,
     .help = "null: the event has no such field"},
    {.name = "count", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.type = CORD_API_END},
};

static const struct cord_api_shape VALUE = {
    .name = "HuntValue", .help = "A value of a field.", .members = VALUE_MEMBERS};

static const struct cord_api_member FACET_MEMBERS[] = {
    {.name = "field", .type = CORD_API_TEXT, .required = true},
    {.name = "values", .type = CORD_API_LIST, .required = true, .shape = &VALUE},
    {.name = "other",
     .type = CORD_API_NUMBER,
     .required = true,
     .most = INT64_MAX,
     .help = "events with none of these"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape FACET = {
    .name = "HuntFacet", .help = "The most frequent values of a field.", .members = FACET_MEMBERS};

static const struct cord_api_member SUMMARY_MEMBERS[] = {
    {.name = "complete",
     .type = CORD_API_FLAG,
     .required = true,
     .help = "all that was asked for is there; else ask again, unless the search has ended"},
    {.name = "matched", .type = CORD_API_NUMBER, .most = INT64_MAX, .help = "events in all"},
    {.name = "first", .type = CORD_API_TIME, .nullable = true},
    {.name = "last", .type = CORD_API_TIME, .nullable = true},
    {.name = "histogram", .type = CORD_API_OBJECT, .shape = &HISTOGRAM},
    {.name = "facets", .type = CORD_API_LIST, .shape = &FACET},
    {.name = "exact",
     .type = CORD_API_FLAG,
     .help = "nothing was left out for want of memory, or because an expression met its limit"},
    {.type = CORD_API_END},
};

const struct cord_api_shape cord_api_hunts_summary_shape = {
    .name = "HuntSummary",
    .help = "What a search comes to beside its rows.",
    .members = SUMMARY_MEMBERS};

/* --- one question --- */

/* The condition of the query with another pipeline behind it. */
static cord_status make_query(const struct cord_query *query, cord_str pipeline,
                              struct cord_query **ret_query, struct cord_error *err)
{
    struct cord_buf text;
    cord_buf_init(&text, QUERY_BYTES_MAX);
    const struct cord_query_node *condition = cord_query_condition(query);
    if (condition) {
        cord_query_print_condition(condition, &text);
    }
    cord_buf_put(&text, CORD_STR(" | "));
    cord_buf_put(&text, pipeline);
    cord_status status = text.failed ? cord_error_set(err, CORD_E_NOMEM, "out of memory")
                                     : cord_query_parse(cord_buf_str(&text), ret_query, err);
    cord_buf_done(&text);
    return status;
}

static cord_str facet_pipeline(cord_str field, char text[FACET_BYTES_MAX + 16])
{
    int len = snprintf(text, FACET_BYTES_MAX + 16, "top %d %.*s", TOP,
                       CORD_STR_ARG(cord_str_slice(field, 0, FACET_BYTES_MAX)));
    return (cord_str){text, len > 0 ? (size_t)len : 0};
}

static void check_facet(const struct cord_query *query, cord_str field, size_t at,
                        struct cord_api_faults *faults)
{
    struct cord_error err = {""};
    struct cord_query *made = NULL;
    size_t stages = 0;
    char path[32];
    char text[FACET_BYTES_MAX + 16];
    (void)snprintf(path, sizeof path, "facets[%zu]", at);
    cord_status status = make_query(query, facet_pipeline(field, text), &made, &err);
    const struct cord_query_stage *stage =
        status == CORD_OK ? cord_query_stages(made, &stages) : NULL;
    /* A name, and nothing behind it that would be another question. */
    if (status != CORD_OK || stages != 1 || stage[0].field_count != 1 ||
        field.len > FACET_BYTES_MAX) {
        cord_api_shape_fault(faults, path, "is no name of a field");
    }
    cord_query_free(made);
}

void cord_api_hunts_summary_check(const struct cord_query *query,
                                  const struct cord_api_hunts_summary_ask *ask,
                                  struct cord_api_faults *faults)
{
    uint64_t limit = 0;
    if (ask->wanted && cord_tally_is_needed(query, &limit)) {
        cord_api_shape_fault(faults, "summary", "is of queries that find events, not a table");
        return;
    }
    for (size_t i = 0; i < ask->facet_count; i++) {
        check_facet(query, ask->facets[i], i, faults);
    }
}

struct asking {
    const struct cord_api_hunts_summary_run *run;
    struct cord_error *err;
    struct cord_buf members; /* known so far */
    uint64_t matched;
    int64_t first_ns;
    int64_t last_ns;
    bool exact;
};

static cord_status ask_one(struct asking *asking, cord_str pipeline,
                           void (*put)(struct asking *, const struct cord_tally_table *))
{
    const struct cord_api_hunts_summary_run *run = asking->run;
    const struct cord_tally_options tally_options = {.bytes_max = TALLY_BYTES_MAX,
                                                     .seed = run->seed};
    const struct cord_search_sink sink = {.progress = run->progress, .self = run->self};
    struct cord_search_progress done = {0};
    struct cord_query *query = NULL;
    struct cord_evidence *evidence = cord_store_evidence(run->store);
    cord_status status = make_query(run->query, pipeline, &query, asking->err);
    status = status == CORD_OK ? cord_store_id_bind(run->store, query, asking->err) : status;
    struct cord_tally *tally = status == CORD_OK ? cord_tally_new(query, &tally_options) : NULL;
    if (status == CORD_OK && !tally) {
        status = CORD_E_NOMEM;
    }
    if (status == CORD_OK) {
        status =
            evidence->ops->search(evidence, query, &run->options, &sink, tally, &done, asking->err);
    }
    status = status == CORD_OK ? cord_tally_finish(tally) : status;
    if (status == CORD_OK) {
        const struct cord_tally_stats stats = cord_tally_stats(tally);
        put(asking, cord_tally_result(tally));
        asking->exact =
            asking->exact && stats.rows_without_room + stats.combined + done.rows_undecided == 0;
        status = asking->members.failed
                     ? CORD_E_NOMEM
                     : run->publish(run->self, cord_buf_str(&asking->members), asking->matched);
    }
    cord_tally_free(tally);
    cord_query_free(query);
    return status;
}

/* --- which questions --- */

static void put_matched(struct asking *asking, const struct cord_tally_table *table)
{
    if (table->row_count > 0) {
        const struct cord_tally_cell *cells = table->rows[0]; /* count, first, last */
        asking->matched = cells[0].count;
        asking->first_ns = cells[1].kind == CORD_TALLY_TIME ? cells[1].time_ns : CORD_TIME_NONE;
        asking->last_ns = cells[2].kind == CORD_TALLY_TIME ? cells[2].time_ns : CORD_TIME_NONE;
    }
    cord_json_put_number(&asking->members, "matched", asking->matched);
    cord_json_put_time(&asking->members, "first", asking->first_ns);
    cord_json_put_time(&asking->members, "last", asking->last_ns);
}

/* Such that there are about sixty. */
static const char *step_of(int64_t span_ns, int64_t *ret_seconds)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } STEPS[] = {{"1s", 1},     {"5s", 5},      {"10s", 10},     {"30s", 30},
                 {"1m", 60},    {"5m", 300},    {"10m", 600},    {"30m", 1800},
                 {"1h", 3600},  {"3h", 10800},  {"6h", 21600},   {"12h", 43200},
                 {"1d", 86400}, {"1w", 604800}, {"4w", 2419200}, {"52w", 31449600}};
    size_t at = 0;
    while (at + 1 < sizeof STEPS / sizeof *STEPS &&
           span_ns / CORD_SECOND_NS / STEPS[at].seconds > BUCKETS) {
        at++;
    }
    *ret_seconds = STEPS[at].seconds;
    return STEPS[at].text;
}

static void put_histogram(struct asking *asking, const struct cord_tally_table *table)
{
    struct cord_buf *out = &asking->members;
    int64_t seconds = 1;
    uint64_t undated = 0;
    (void)step_of(asking->last_ns - asking->first_ns, &seconds);
    for (size_t i = 0; i < table->row_count; i++) {
        undated += table->rows[i][0].kind == CORD_TALLY_TIME ? 0 : table->rows[i][1].count;
    }
    cord_json_put_name(out, "histogram");
    cord_buf_put_char(out, '{');
    cord_json_put_number(out, "step_seconds", (uint64_t)seconds);
    cord_json_put_number(out, "undated", undated);
    cord_json_put_name(out, "buckets");
    cord_buf_put_char(out, '[');
    for (size_t i = 0; i < table->row_count; i++) {
        if (table->rows[i][0].kind == CORD_TALLY_TIME) {
            cord_json_put_object(out);
            cord_json_put_time(out, "time", table->rows[i][0].time_ns);
            cord_json_put_number(out, "count", table->rows[i][1].count);
            cord_buf_put_char(out, '}');
        }
    }
    cord_buf_put(out, CORD_STR("]}"));
}

static cord_status ask_histogram(struct asking *asking)
{
    char text[32];
    int64_t seconds = 0;
    if (asking->first_ns == CORD_TIME_NONE) {
        return CORD_OK; /* there is none, or none says when */
    }
    (void)snprintf(text, sizeof text, "timeline %s",
                   step_of(asking->last_ns - asking->first_ns, &seconds));
    return ask_one(asking, cord_str_from(text), put_histogram);
}

static void put_facet(struct asking *asking, const struct cord_tally_table *table)
{
    struct cord_buf *out = &asking->members;
    uint64_t shown = 0;
    cord_json_put_object(out);
    cord_json_put_text(out, "field", table->titles[0]);
    cord_json_put_name(out, "values");
    cord_buf_put_char(out, '[');
    for (size_t i = 0; i < table->row_count; i++) {
        const struct cord_tally_cell *cells = table->rows[i];
        cord_json_put_object(out);
        if (cells[0].kind == CORD_TALLY_TEXT) {
            cord_json_put_text(out, "value", cells[0].text);
        } else {
            cord_json_put_name(out, "value");
            cord_buf_put_text(out, "null");
        }
        cord_json_put_number(out, "count", cells[1].count);
        cord_buf_put_char(out, '}');
        shown += cells[1].count;
    }
    cord_buf_put_char(out, ']');
    cord_json_put_number(out, "other", asking->matched > shown ? asking->matched - shown : 0);
    cord_buf_put(out, CORD_STR("}]")); /* the list's end, which the next one takes back */
}

static cord_status ask_facets(struct asking *asking, const struct cord_api_hunts_summary_ask *ask)
{
    char text[FACET_BYTES_MAX + 16];
    cord_status status = CORD_OK;
    for (size_t i = 0; i < ask->facet_count && status == CORD_OK; i++) {
        if (i == 0) {
            cord_json_put_name(&asking->members, "facets");
            cord_buf_put_char(&asking->members, '[');
        } else {
            asking->members.len--;
        }
        status = ask_one(asking, facet_pipeline(ask->facets[i], text), put_facet);
    }
    return status;
}

cord_status cord_api_hunts_summary_run(const struct cord_api_hunts_summary_run *run,
                                       const struct cord_api_hunts_summary_ask *ask,
                                       struct cord_error *err)
{
    struct asking asking = {.run = run,
                            .err = err,
                            .first_ns = CORD_TIME_NONE,
                            .last_ns = CORD_TIME_NONE,
                            .exact = true};
    cord_buf_init(&asking.members, MEMBERS_BYTES_MAX);
    cord_buf_put_char(&asking.members, '{'); /* so that the first member is led by none */
    cord_status status = ask_one(&asking, CORD_STR("count"), put_matched);
    status = status == CORD_OK ? ask_histogram(&asking) : status;
    status = status == CORD_OK ? ask_facets(&asking, ask) : status;
    if (status == CORD_OK) {
        cord_json_put_flag(&asking.members, "exact", asking.exact);
        status = asking.members.failed
                     ? CORD_E_NOMEM
                     : run->publish(run->self, cord_buf_str(&asking.members), asking.matched);
    }
    cord_buf_done(&asking.members);
    return status;
}
