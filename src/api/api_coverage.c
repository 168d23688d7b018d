/* api_coverage.c: which techniques of ATT&CK the rules in force look for, with what data. */
#include "api/api_alerts.h"
#include "api/api_classes.h"
#include "api/api_internal.h"

#include "codec/json_write.h"
#include "detect/attack_technique.h"
#include "detect/collection.h"
#include "detect/correlation.h"

#include <stdio.h>

enum { RETIRED_MAX = 1000, DEPTH_MAX = 8 };

/* --- shapes --- */

static const struct cord_api_member TECHNIQUE_MEMBERS[] = {
    {.name = "id", .type = CORD_API_TEXT, .required = true, .help = "T1059.001"},
    {.name = "name", .type = CORD_API_TEXT, .required = true},
    {.name = "rules",
     .type = CORD_API_NUMBER,
     .required = true,
     .most = INT64_MAX,
     .help = "in force that name it; those of its sub-techniques count there"},
    {.name = "rules_with_data",
     .type = CORD_API_NUMBER,
     .required = true,
     .most = INT64_MAX,
     .help =
         "of them: of all log sources that the rule asks for there are stored events of the last "
         "seven days, as they were normalised, from a registered source that is not silent"},
    {.name = "data", .type = CORD_API_FLAG, .required = true, .help = "there is one of those"},
    {.name = "hits",
     .type = CORD_API_NUMBER,
     .most = INT64_MAX,
     .help = "alerts that name it; left out: you may see none, or there is no desk"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape TECHNIQUE = {.name = "CoverageTechnique",
                                                .help = "A technique, and who looks for it.",
                                                .members = TECHNIQUE_MEMBERS};

static const struct cord_api_member TACTIC_MEMBERS[] = {
    {.name = "tactic", .type = CORD_API_TEXT, .required = true, .help = "as tags name it"},
    {.name = "name", .type = CORD_API_TEXT, .required = true},
    {.name = "techniques", .type = CORD_API_LIST, .required = true, .shape = &TECHNIQUE},
    {.type = CORD_API_END},
};

static const struct cord_api_shape TACTIC = {
    .name = "CoverageTactic", .help = "A column of the matrix.", .members = TACTIC_MEMBERS};

static const struct cord_api_member COVERAGE_MEMBERS[] = {
    {.name = "as_of", .type = CORD_API_TIME, .required = true},
    {.name = "notice", .type = CORD_API_TEXT, .required = true, .help = "to be shown beside it"},
    {.name = "rules", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.name = "untagged",
     .type = CORD_API_NUMBER,
     .required = true,
     .most = INT64_MAX,
     .help = "rules that name no technique"},
    {.name = "retired",
     .type = CORD_API_TEXTS,
     .required = true,
     .help = "techniques that rules name and that are in no column: withdrawn, later than the "
             "matrix, or never there"},
    {.name = "tactics", .type = CORD_API_LIST, .required = true, .shape = &TACTIC},
    {.type = CORD_API_END},
};

static const struct cord_api_shape COVERAGE = {
    .name = "Coverage",
    .help = "The matrix of MITRE ATT&CK (enterprise) by the rules in force.",
    .members = COVERAGE_MEMBERS};

/* --- counting --- */

struct technique {
    uint64_t rules;
    uint64_t with_data;
    uint64_t hits;
};

struct coverage {
    struct cord_api_call *call;
    cord_str labels; /* of classes that come in */
    uint64_t rules;
    uint64_t untagged;
    struct technique *techniques; /* by their places */
    bool hits;                    /* were counted */
    cord_str retired[RETIRED_MAX];
    size_t retired_count;
};

static void retire(struct coverage *coverage, cord_str id)
{
    for (size_t i = 0; i < coverage->retired_count; i++) {
        if (cord_str_eq_fold(coverage->retired[i], id)) {
            return;
        }
    }
    cord_str kept = cord_arena_copy(coverage->call->arena, id);
    if (kept.ptr && coverage->retired_count < RETIRED_MAX) {
        coverage->retired[coverage->retired_count++] = kept;
    }
}

/* "attack.t1059": not "attack.execution", "attack.g0016", "attack.s0366". */
static bool is_technique(cord_str tag)
{
    return cord_str_starts_fold(tag, CORD_STR("attack.t")) && tag.len > 8 &&
           cord_str_is_digit(tag.ptr[8]);
}

static void count_rule(struct coverage *coverage, const struct cord_rule_about *about, bool data)
{
    bool tagged = false;
    coverage->rules++;
    for (size_t i = 0; i < about->tag_count; i++) {
        const struct cord_attack_technique *named = cord_attack_technique_of_tag(about->tags[i]);
        if (named) {
            struct technique *technique =
                &coverage->techniques[named - cord_attack_technique_at(0)];
            technique->rules++;
            technique->with_data += data ? 1 : 0;
            tagged = true;
        } else if (is_technique(about->tags[i])) {
            retire(coverage, cord_str_from_byte(about->tags[i], 7));
        }
    }
    coverage->untagged += tagged ? 0 : 1;
}

/* All that a correlation leans on has to come in. */
/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded */
static bool has_data(const struct coverage *coverage, const struct cord_correlation *correlation,
                     unsigned depth)
{
    bool has = depth < DEPTH_MAX;
    for (size_t i = 0; i < correlation->step_count && has; i++) {
        const struct cord_correlation_step *step = &correlation->steps[i];
        has = step->rule          ? cord_api_classes_cover(coverage->labels, &step->rule->logsource)
              : step->correlation ? has_data(coverage, step->correlation, depth + 1)
                                  : false;
    }
    return has;
}

static void count_rules(struct coverage *coverage)
{
    const struct cord_api_ports *ports = &coverage->call->options->ports;
    void *hold = NULL;
    const struct cord_collection *collection = ports->rules(ports->self, &hold);
    for (size_t i = 0; i < cord_collection_rule_count(collection); i++) {
        const struct cord_rule *rule = cord_collection_rule(collection, i);
        if (!rule->silent) {
            count_rule(coverage, &rule->about,
                       cord_api_classes_cover(coverage->labels, &rule->logsource));
        }
    }
    for (size_t i = 0; i < cord_collection_correlation_count(collection); i++) {
        const struct cord_correlation *correlation = cord_collection_correlation(collection, i);
        if (!correlation->silent) {
            count_rule(coverage, &correlation->about, has_data(coverage, correlation, 0));
        }
    }
    ports->rules_done(ports->self, hold);
}

/* Of whose events: all, where events of all may be seen; else one's own organisation's. */
static cord_status get_labels(struct coverage *coverage, struct cord_error *err)
{
    struct cord_api_call *call = coverage->call;
    const struct cord_api_access *access = &call->options->access;
    bool all = access->everywhere(access->self, &call->principal, "events.read");
    cord_str organisation = all ? CORD_STR("") : cord_str_from(call->principal.organisation);
    bool none =
        !all && !cord_api_call_may(call->api, &call->principal, "events.read", organisation);
    coverage->labels = CORD_STR("");
    return none ? CORD_OK
                : cord_api_classes_get(call->api->classes, organisation, call->arena,
                                       &coverage->labels, err);
}

static void on_facet(void *self, const struct cord_alert_facet *facet)
{
    struct coverage *coverage = self;
    for (size_t i = 0; i < facet->value_count; i++) {
        const struct cord_attack_technique *named =
            cord_attack_technique_find(facet->values[i].value);
        if (named) {
            coverage->techniques[named - cord_attack_technique_at(0)].hits +=
                facet->values[i].count;
        }
    }
}

/* Of the alerts that whoever asks may see, by the right for findings. */
static cord_status count_hits(struct coverage *coverage, struct cord_error *err)
{
    static const cord_str field = {"technique", 9};
    struct cord_api_call *call = coverage->call;
    const struct cord_api_access *access = &call->options->access;
    struct cord_api_alerts_eye eye;
    uint64_t total = 0;
    if (!call->options->ports.desk ||
        access->any(access->self, &call->principal, "findings.read") != CORD_API_YES) {
        return CORD_OK;
    }
    cord_status status =
        cord_api_alerts_eye_init(&eye, call->api, &call->principal, call->arena, err);
    const struct cord_alert_ask ask = cord_api_alerts_ask(&eye);
    if (status == CORD_OK) {
        status = cord_alert_book_facets(
            cord_desk_alerts(call->options->ports.desk), &ask,
            &(struct cord_alert_faceting){&field, 1, CORD_ALERT_FACET_TOP_MAX, on_facet, coverage},
            &total, err);
    }
    coverage->hits = status == CORD_OK;
    cord_api_alerts_eye_done(&eye);
    return status;
}

/* False: a problem is set. */
static bool count(struct coverage *coverage, struct cord_api_call *call)
{
    struct cord_error err = {""};
    *coverage = (struct coverage){.call = call};
    coverage->techniques =
        cord_arena_zalloc(call->arena, cord_attack_technique_count(), sizeof *coverage->techniques);
    cord_status status = coverage->techniques ? get_labels(coverage, &err) : CORD_E_NOMEM;
    status = status == CORD_OK ? count_hits(coverage, &err) : status;
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
        return false;
    }
    count_rules(coverage);
    return true;
}

/* --- the matrix --- */

static void put_tactic(const struct coverage *coverage, int tactic)
{
    struct cord_buf *out = &coverage->call->out;
    cord_json_put_name(out, "techniques");
    cord_buf_put_char(out, '[');
    for (size_t i = 0; i < cord_attack_technique_count(); i++) {
        const struct cord_attack_technique *at = cord_attack_technique_at(i);
        const struct technique *technique = &coverage->techniques[i];
        if ((at->tactics & 1U << tactic) == 0) {
            continue;
        }
        cord_json_put_object(out);
        cord_json_put_text(out, "id", cord_str_from(at->id));
        cord_json_put_text(out, "name", cord_str_from(at->name));
        cord_json_put_number(out, "rules", technique->rules);
        cord_json_put_number(out, "rules_with_data", technique->with_data);
        cord_json_put_flag(out, "data", technique->with_data > 0);
        if (coverage->hits) {
            cord_json_put_number(out, "hits", technique->hits);
        }
        cord_buf_put_char(out, '}');
    }
    cord_buf_put_char(out, ']');
}

static bool is_used(int tactic)
{
    bool used = false;
    for (size_t i = 0; i < cord_attack_technique_count() && !used; i++) {
        used = (cord_attack_technique_at(i)->tactics & 1U << tactic) != 0;
    }
    return used;
}

static void answer_get(struct cord_api_call *call)
{
    struct coverage *coverage = cord_arena_zalloc(call->arena, 1, sizeof *coverage);
    struct cord_buf *out = &call->out;
    if (!coverage) {
        cord_api_call_failed(call, CORD_E_NOMEM, &(struct cord_error){""});
        return;
    }
    if (!count(coverage, call)) {
        return;
    }
    cord_buf_put_char(out, '{');
    cord_json_put_time(out, "as_of", call->now_ns);
    cord_json_put_text(out, "notice", CORD_STR(CORD_ATTACK_TECHNIQUE_NOTICE));
    cord_json_put_number(out, "rules", coverage->rules);
    cord_json_put_number(out, "untagged", coverage->untagged);
    cord_json_put_texts(out, "retired", coverage->retired, coverage->retired_count);
    cord_json_put_name(out, "tactics");
    cord_buf_put_char(out, '[');
    for (int tactic = 0; tactic < CORD_RULE_ABOUT_TACTICS; tactic++) {
        if (is_used(tactic)) {
            cord_json_put_object(out);
            cord_json_put_text(out, "tactic", cord_str_from(cord_rule_about_tactic_tag(tactic)));
            cord_json_put_text(out, "name", cord_str_from(cord_rule_about_tactic_name(tactic)));
            put_tactic(coverage, tactic);
            cord_buf_put_char(out, '}');
        }
    }
    cord_buf_put(out, CORD_STR("]}\n"));
}

const struct cord_api_route cord_api_coverage_get = {
    .method = CORD_HTTP_GET,
    .path = "/coverage",
    .id = "getCoverage",
    .verb = "rules.read",
    .status = 200,
    .reply = &COVERAGE,
    .summary = "Which techniques the rules in force look for",
    .help =
        "All techniques, so that gaps are seen. A rule has data when events of a class that it "
        "looks "
        "at are stored with a time of the last seven days, and the registered source that sent "
        "them is not silent now: that is asked at once, what is stored may be five minutes old. "
        "A correlation has data when all that it leans on has. It is said of the events that "
        "whoever asks may see.",
    .answer = answer_get,
};

/* --- as a layer of the ATT&CK Navigator --- */

static const struct cord_api_member VERSIONS_MEMBERS[] = {
    {.name = "attack", .type = CORD_API_TEXT, .required = true},
    {.name = "navigator", .type = CORD_API_TEXT, .required = true},
    {.name = "layer", .type = CORD_API_TEXT, .required = true},
    {.type = CORD_API_END},
};

static const struct cord_api_shape VERSIONS = {
    .name = "LayerVersions", .help = "Of what the layer is for.", .members = VERSIONS_MEMBERS};

static const struct cord_api_member METADATA_MEMBERS[] = {
    {.name = "name", .type = CORD_API_TEXT, .required = true},
    {.name = "value", .type = CORD_API_TEXT, .required = true},
    {.type = CORD_API_END},
};

static const struct cord_api_shape METADATA = {
    .name = "LayerMetadata", .help = "What is shown with it.", .members = METADATA_MEMBERS};

static const struct cord_api_member SCORE_MEMBERS[] = {
    {.name = "techniqueID", .type = CORD_API_TEXT, .required = true},
    {.name = "score", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.name = "comment", .type = CORD_API_TEXT},
    {.name = "enabled", .type = CORD_API_FLAG, .required = true},
    {.name = "metadata", .type = CORD_API_LIST, .required = true, .shape = &METADATA},
    {.type = CORD_API_END},
};

static const struct cord_api_shape SCORE = {
    .name = "LayerTechnique", .help = "How many rules.", .members = SCORE_MEMBERS};

static const struct cord_api_member GRADIENT_MEMBERS[] = {
    {.name = "colors", .type = CORD_API_TEXTS, .required = true},
    {.name = "minValue", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.name = "maxValue", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.type = CORD_API_END},
};

static const struct cord_api_shape GRADIENT = {
    .name = "LayerGradient", .help = "How scores are coloured.", .members = GRADIENT_MEMBERS};

static const struct cord_api_member LAYER_MEMBERS[] = {
    {.name = "name", .type = CORD_API_TEXT, .required = true},
    {.name = "versions", .type = CORD_API_OBJECT, .required = true, .shape = &VERSIONS},
    {.name = "domain", .type = CORD_API_TEXT, .required = true},
    {.name = "description", .type = CORD_API_TEXT, .required = true},
    {.name = "techniques", .type = CORD_API_LIST, .required = true, .shape = &SCORE},
    {.name = "gradient", .type = CORD_API_OBJECT, .required = true, .shape = &GRADIENT},
    {.name = "metadata",
     .type = CORD_API_LIST,
     .required = true,
     .shape = &METADATA,
     .help = "the marking, if there is one"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape LAYER = {.name = "Layer",
                                            .help = "A layer of the ATT&CK Navigator, format 4.5.",
                                            .members = LAYER_MEMBERS};

static void put_score(struct cord_buf *out, const struct cord_attack_technique *at,
                      const struct technique *technique)
{
    cord_json_put_object(out);
    cord_json_put_text(out, "techniqueID", cord_str_from(at->id));
    cord_json_put_number(out, "score", technique->rules);
    if (technique->with_data == 0) {
        cord_json_put_text(out, "comment", CORD_STR("no data comes in for these rules"));
    }
    cord_json_put_flag(out, "enabled", true);
    cord_buf_printf(out,
                    ",\"metadata\":[{\"name\":\"rules with data\",\"value\":\"%llu of %llu\"}]}",
                    (unsigned long long)technique->with_data, (unsigned long long)technique->rules);
}

/* It leaves the console as a file: how it is marked goes with it. */
static void put_marking(struct cord_api_call *call)
{
    struct cord_api_banner_texts texts;
    cord_api_banner_get(call->api->banner, &texts);
    cord_json_put_name(&call->out, "metadata");
    cord_buf_put_char(&call->out, '[');
    if (texts.marking[0] != '\0') {
        cord_buf_put_text(&call->out, "{\"name\":\"marking\"");
        cord_json_put_text(&call->out, "value", cord_str_from(texts.marking));
        cord_buf_put_char(&call->out, '}');
    }
    cord_buf_put_char(&call->out, ']');
}

static void answer_layer(struct cord_api_call *call)
{
    struct coverage *coverage = cord_arena_zalloc(call->arena, 1, sizeof *coverage);
    struct cord_buf *out = &call->out;
    uint64_t most = 1;
    if (!coverage) {
        cord_api_call_failed(call, CORD_E_NOMEM, &(struct cord_error){""});
        return;
    }
    if (!count(coverage, call)) {
        return;
    }
    cord_buf_put_text(out, "{\"name\":\"Cordon: rules in force\",\"versions\":{\"attack\":\"18\","
                           "\"navigator\":\"5.1.0\",\"layer\":\"4.5\"},\"domain\":"
                           "\"enterprise-attack\"");
    cord_json_put_text(out, "description", CORD_STR(CORD_ATTACK_TECHNIQUE_NOTICE));
    cord_json_put_name(out, "techniques");
    cord_buf_put_char(out, '[');
    for (size_t i = 0; i < cord_attack_technique_count(); i++) {
        const struct technique *technique = &coverage->techniques[i];
        most = technique->rules > most ? technique->rules : most;
        if (technique->rules > 0) {
            put_score(out, cord_attack_technique_at(i), technique);
        }
    }
    cord_buf_printf(out,
                    "],\"gradient\":{\"colors\":[\"#e8f1f8\",\"#1d5c8f\"],\"minValue\":0,"
                    "\"maxValue\":%llu}",
                    (unsigned long long)most);
    put_marking(call);
    cord_buf_put(out, CORD_STR("}\n"));
    cord_api_call_header(call, "Content-Disposition",
                         CORD_STR("attachment; filename=\"cordon-coverage.json\""));
}

const struct cord_api_route cord_api_coverage_layer = {
    .method = CORD_HTTP_GET,
    .path = "/coverage/layer",
    .id = "getCoverageLayer",
    .verb = "rules.read",
    .status = 200,
    .reply = &LAYER,
    .summary = "The same as a layer of the ATT&CK Navigator",
    .answer = answer_layer,
};
