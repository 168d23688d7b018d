/* api_rules.c: the rules in force, and those that were refused. */
#include "api/api_internal.h"

#include "detect/collection.h"
#include "detect/correlation.h"

enum { TEXT_MAX = 256 };

static const char *const LEVELS[] = {"none", "informational", "low", "medium",
                                     "high", "critical",      NULL};
static const char *const KINDS[] = {"rule", "correlation", NULL};
enum kind { RULE, CORRELATION };

/* --- shapes --- */

static const struct cord_api_member SOURCE_MEMBERS[] = {
    {.name = "product", .type = CORD_API_TEXT},
    {.name = "category", .type = CORD_API_TEXT},
    {.name = "service", .type = CORD_API_TEXT},
    {.type = CORD_API_END},
};

static const struct cord_api_shape LOGSOURCE = {
    .name = "LogSource",
    .help = "What a rule is about; what is left out may be anything.",
    .members = SOURCE_MEMBERS};

static const struct cord_api_member RULE_MEMBERS[] = {
    {.name = "id", .type = CORD_API_TEXT, .required = true, .help = "may be empty"},
    {.name = "kind", .type = CORD_API_WORD, .required = true, .words = KINDS},
    {.name = "title", .type = CORD_API_TEXT, .required = true},
    {.name = "level", .type = CORD_API_WORD, .required = true, .words = LEVELS},
    {.name = "description", .type = CORD_API_LINES},
    {.name = "author", .type = CORD_API_TEXT},
    {.name = "status", .type = CORD_API_TEXT},
    {.name = "date", .type = CORD_API_TEXT},
    {.name = "modified", .type = CORD_API_TEXT},
    {.name = "license", .type = CORD_API_TEXT},
    {.name = "references", .type = CORD_API_TEXTS, .required = true},
    {.name = "tags", .type = CORD_API_TEXTS, .required = true},
    {.name = "falsepositives", .type = CORD_API_TEXTS, .required = true},
    {.name = "logsource", .type = CORD_API_OBJECT, .shape = &LOGSOURCE, .help = "of a rule"},
    {.name = "file", .type = CORD_API_TEXT, .required = true},
    {.name = "line", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.name = "source",
     .type = CORD_API_LINES,
     .help = "its text as it was read, of one rule alone; under its author's licence"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape RULE_SHAPE = {
    .name = "Rule", .help = "A Sigma rule or correlation in force.", .members = RULE_MEMBERS};

static const struct cord_api_member REFUSAL_MEMBERS[] = {
    {.name = "id", .type = CORD_API_TEXT, .required = true, .help = "may be empty"},
    {.name = "title", .type = CORD_API_TEXT, .required = true},
    {.name = "file", .type = CORD_API_TEXT, .required = true},
    {.name = "line", .type = CORD_API_NUMBER, .required = true, .most = INT64_MAX},
    {.name = "reason", .type = CORD_API_LINES, .required = true},
    {.name = "warning",
     .type = CORD_API_FLAG,
     .required = true,
     .help = "the rule was taken all the same"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape REFUSAL = {
    .name = "RuleRefusal",
    .help = "A rule that could not be honoured to the letter, and why.",
    .members = REFUSAL_MEMBERS};

/* --- rules and correlations as one list --- */

struct rules {
    const struct cord_collection *collection;
    void *hold;
    size_t rule_count;
    size_t count;
};

static void rules_init(struct rules *rules, const struct cord_api_call *call)
{
    const struct cord_api_ports *ports = &call->options->ports;
    rules->collection = ports->rules(ports->self, &rules->hold);
    rules->rule_count = cord_collection_rule_count(rules->collection);
    rules->count = rules->rule_count + cord_collection_correlation_count(rules->collection);
}

static void rules_done(struct rules *rules, const struct cord_api_call *call)
{
    const struct cord_api_ports *ports = &call->options->ports;
    ports->rules_done(ports->self, rules->hold);
}

/* NULL: a correlation. */
static const struct cord_rule *rule_at(const struct rules *rules, size_t at)
{
    return at < rules->rule_count ? cord_collection_rule(rules->collection, at) : NULL;
}

static const struct cord_rule_about *about_at(const struct rules *rules, size_t at)
{
    const struct cord_rule *rule = rule_at(rules, at);
    return rule ? &rule->about
                : &cord_collection_correlation(rules->collection, at - rules->rule_count)->about;
}

/* Without its closing brace. */
static void put_rule(struct cord_buf *out, const struct rules *rules, size_t at)
{
    const struct cord_rule *rule = rule_at(rules, at);
    const struct cord_rule_about *about = about_at(rules, at);
    cord_json_put_object(out);
    cord_json_put_text(out, "id", about->id);
    cord_json_put_text(out, "kind", cord_str_from(KINDS[rule ? RULE : CORRELATION]));
    cord_json_put_text(out, "title", about->title);
    cord_json_put_text(out, "level", cord_str_from(cord_rule_about_level(about->level)));
    cord_json_put_some(out, "description", about->description);
    cord_json_put_some(out, "author", about->author);
    cord_json_put_some(out, "status", about->status);
    cord_json_put_some(out, "date", about->date);
    cord_json_put_some(out, "modified", about->modified);
    cord_json_put_some(out, "license", about->license);
    cord_json_put_texts(out, "references", about->references, about->reference_count);
    cord_json_put_texts(out, "tags", about->tags, about->tag_count);
    cord_json_put_texts(out, "falsepositives", about->falsepositives, about->falsepositive_count);
    if (rule) {
        cord_json_put_name(out, "logsource");
        cord_buf_put_char(out, '{');
        cord_json_put_some(out, "product", rule->logsource.product);
        cord_json_put_some(out, "category", rule->logsource.category);
        cord_json_put_some(out, "service", rule->logsource.service);
        cord_buf_put_char(out, '}');
    }
    cord_json_put_text(out, "file", about->file);
    cord_json_put_number(out, "line", about->line);
}

/* --- the list --- */

static bool has_tag(const struct cord_rule_about *about, cord_str tag)
{
    for (size_t i = 0; i < about->tag_count; i++) {
        if (cord_str_eq_fold(about->tags[i], tag)) {
            return true;
        }
    }
    return false;
}

static bool contains(cord_str text, cord_str part)
{
    for (size_t at = 0; at + part.len <= text.len; at++) {
        if (cord_str_starts_fold(cord_str_from_byte(text, at), part)) {
            return true;
        }
    }
    return false;
}

static bool is_of(cord_str asked, cord_str value)
{
    return asked.len == 0 || cord_str_eq_fold(asked, value);
}

static bool passes(const struct cord_api_call *call, const struct rules *rules, size_t at)
{
    const struct cord_rule *rule = rule_at(rules, at);
    const struct cord_rule_about *about = about_at(rules, at);
    const struct cord_api_value *level = cord_api_call_parameter(call, "level");
    const struct cord_logsource none = {.product = CORD_STR("")};
    const struct cord_logsource *source = rule ? &rule->logsource : &none;
    cord_str tag = cord_api_call_text(call, "tag");
    cord_str title = cord_api_call_text(call, "title");
    return (!level->present || (uint64_t)about->level >= level->number) &&
           is_of(cord_api_call_text(call, "product"), source->product) &&
           is_of(cord_api_call_text(call, "category"), source->category) &&
           is_of(cord_api_call_text(call, "service"), source->service) &&
           (tag.len == 0 || has_tag(about, tag)) &&
           (title.len == 0 || contains(about->title, title));
}

static void answer_list(struct cord_api_call *call)
{
    struct rules rules;
    uint64_t at = 0;
    size_t left = cord_api_call_limit(call);
    if (!cord_api_call_place_number(call, &at)) {
        return;
    }
    rules_init(&rules, call);
    cord_api_call_page(call);
    for (; at < rules.count; at++) {
        if (!passes(call, &rules, at)) {
            continue;
        }
        if (left == 0) {
            break;
        }
        put_rule(&call->out, &rules, at);
        cord_buf_put_char(&call->out, '}');
        left--;
    }
    cord_api_call_page_end_number(call, at < rules.count, at);
    rules_done(&rules, call);
}

#define WORD_PARAMETER(word, what)                                                                 \
    {                                                                                              \
        .name = (word), .type = CORD_API_TEXT, .least = 1, .most = TEXT_MAX, .help = (what)        \
    }

static const struct cord_api_member LIST_PARAMETERS[] = {
    {.name = "level", .type = CORD_API_WORD, .words = LEVELS, .help = "at least this"},
    WORD_PARAMETER("product", "of the log source"),
    WORD_PARAMETER("category", "of the log source"),
    WORD_PARAMETER("service", "of the log source"),
    WORD_PARAMETER("tag", "with this tag: attack.t1059"),
    WORD_PARAMETER("title", "with this in the title; case does not matter"),
    {.type = CORD_API_END},
};

const struct cord_api_route cord_api_rules_list = {
    .method = CORD_HTTP_GET,
    .path = "/rules",
    .id = "listRules",
    .verb = "rules.read",
    .flags = CORD_API_PAGED,
    .parameters = LIST_PARAMETERS,
    .status = 200,
    .reply = &RULE_SHAPE,
    .summary = "The rules in force",
    .help = "In the order they were read. Rules that are reloaded between two pages may be missed "
            "or come twice.",
    .answer = answer_list,
};

/* --- one --- */

static void answer_get(struct cord_api_call *call)
{
    struct rules rules;
    size_t at = 0;
    rules_init(&rules, call);
    while (at < rules.count && !cord_str_eq(about_at(&rules, at)->id, call->variables[0])) {
        at++;
    }
    if (at < rules.count) {
        put_rule(&call->out, &rules, at);
        cord_json_put_some(&call->out, "source", about_at(&rules, at)->source);
        cord_buf_put(&call->out, CORD_STR("}\n"));
    } else {
        cord_api_call_missing(call);
    }
    rules_done(&rules, call);
}

static const struct cord_api_member ID_VARIABLE[] =
    CORD_API_SHAPE_ONE_TEXT("id", TEXT_MAX, "of the rule");

const struct cord_api_route cord_api_rules_get = {
    .method = CORD_HTTP_GET,
    .path = "/rules/{id}",
    .id = "getRule",
    .verb = "rules.read",
    .variables = ID_VARIABLE,
    .status = 200,
    .reply = &RULE_SHAPE,
    .summary = "One rule",
    .answer = answer_get,
};

/* --- refused --- */

static void answer_refusals(struct cord_api_call *call)
{
    struct rules rules;
    uint64_t at = 0;
    size_t left = cord_api_call_limit(call);
    if (!cord_api_call_place_number(call, &at)) {
        return;
    }
    rules_init(&rules, call);
    size_t count = cord_collection_refusal_count(rules.collection);
    cord_api_call_page(call);
    for (; at < count && left > 0; at++, left--) {
        const struct cord_rule_refusal *refusal = cord_collection_refusal(rules.collection, at);
        cord_json_put_object(&call->out);
        cord_json_put_text(&call->out, "id", refusal->id);
        cord_json_put_text(&call->out, "title", refusal->title);
        cord_json_put_text(&call->out, "file", refusal->file);
        cord_json_put_number(&call->out, "line", refusal->line);
        cord_json_put_text(&call->out, "reason", refusal->reason);
        cord_json_put_flag(&call->out, "warning", refusal->warning);
        cord_buf_put_char(&call->out, '}');
    }
    cord_api_call_page_end_number(call, at < count, at);
    rules_done(&rules, call);
}

const struct cord_api_route cord_api_rules_refusals = {
    .method = CORD_HTTP_GET,
    .path = "/rules/refusals",
    .id = "listRuleRefusals",
    .verb = "rules.read",
    .flags = CORD_API_PAGED,
    .status = 200,
    .reply = &REFUSAL,
    .summary = "Rules that were refused, and why",
    .answer = answer_refusals,
};
