/* correlation.c: one document to one correlation; see correlation.h. */
#include "detect/correlation.h"

#include "detect/correlation_expression.h"

#define TEXT_BYTES_MAX 65535u
#define NAME_BYTES_MAX 1024u
#define LIST_MAX       1024u
#define YEARS_MAX      100

struct parser {
    struct cord_correlation *correlation;
    const struct cord_yaml *document;
    const struct cord_yaml *section; /* of `correlation:` */
    struct cord_arena *arena;
    struct cord_error *err;
};

static const char *const type_names[] = {
    [CORD_CORRELATION_EVENT_COUNT] = "event_count",
    [CORD_CORRELATION_VALUE_COUNT] = "value_count",
    [CORD_CORRELATION_TEMPORAL] = "temporal",
    [CORD_CORRELATION_TEMPORAL_ORDERED] = "temporal_ordered",
    [CORD_CORRELATION_VALUE_SUM] = "value_sum",
    [CORD_CORRELATION_VALUE_AVG] = "value_avg",
    [CORD_CORRELATION_VALUE_PERCENTILE] = "value_percentile",
};
#define TYPE_COUNT (sizeof type_names / sizeof type_names[0])

const char *cord_correlation_type_name(enum cord_correlation_type type)
{
    return (size_t)type < TYPE_COUNT ? type_names[type] : "";
}

bool cord_correlation_is(const struct cord_yaml *document)
{
    return cord_yaml_get(document, CORD_STR("correlation")) != NULL;
}

static bool is_scalar(const struct cord_yaml *node)
{
    return node && node->kind != CORD_YAML_LIST && node->kind != CORD_YAML_MAP &&
           node->kind != CORD_YAML_NULL;
}

/* For messages: as much of a text as fits a sentence. */
#define SHOWN(text) ((text).len < 80 ? (int)(text).len : 80), (text).ptr

static cord_status no_room(struct parser *parser)
{
    cord_status status = cord_arena_failure(parser->arena);
    return cord_error_set(parser->err, status, "the rules need too much memory");
}

static cord_status copy(struct parser *parser, cord_str text, cord_str *ret_text)
{
    cord_str copied = cord_arena_copy(parser->arena, text);
    if (!copied.ptr) {
        return no_room(parser);
    }
    *ret_text = copied;
    return CORD_OK;
}

static cord_status allocate(struct parser *parser, size_t count, size_t size, void **ret_items)
{
    *ret_items = cord_arena_zalloc(parser->arena, count > 0 ? count : 1, size);
    return *ret_items ? CORD_OK : no_room(parser);
}

/* A field name without its blanks; a modifier in it has no meaning here. */
static cord_status copy_field(struct parser *parser, const struct cord_yaml *node,
                              const char *where, cord_str *ret_field)
{
    cord_str text = cord_yaml_text(node);
    if (!is_scalar(node) || text.len == 0 || text.len > NAME_BYTES_MAX) {
        return cord_error_set(parser->err, CORD_E_FORMAT, "line %u: %s takes field names",
                              node->line, where);
    }
    if (cord_str_find_char(text, '|', 0) != SIZE_MAX) {
        return cord_error_set(parser->err, CORD_E_FORMAT,
                              "line %u: \"%.*s\" in %s: a field name takes no modifier here",
                              node->line, SHOWN(text), where);
    }
    char *name = cord_arena_bytes(parser->arena, text.len);
    size_t len = 0;
    if (!name) {
        return no_room(parser);
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != ' ') {
            name[len++] = text.ptr[i];
        }
    }
    *ret_field = (cord_str){name, len};
    return CORD_OK;
}

static cord_status metadata_text(struct parser *parser, const char *key, cord_str *ret_text)
{
    const struct cord_yaml *node = cord_yaml_get(parser->document, cord_str_from(key));
    if (!node || node->kind == CORD_YAML_NULL) {
        return CORD_OK;
    }
    cord_str text = cord_yaml_text(node);
    if (!is_scalar(node) || text.len > TEXT_BYTES_MAX) {
        return cord_error_set(parser->err, CORD_E_FORMAT,
                              "line %u: %s takes one text of at most 65535 bytes", node->line, key);
    }
    return copy(parser, text, ret_text);
}

/* A list of texts, or one text. */
static cord_status metadata_list(struct parser *parser, const char *key, const cord_str **ret_items,
                                 size_t *ret_count)
{
    const struct cord_yaml *node = cord_yaml_get(parser->document, cord_str_from(key));
    const struct cord_yaml *item = node && node->kind == CORD_YAML_LIST ? node->child : node;
    size_t count = node && node->kind == CORD_YAML_LIST ? node->count : 1;
    void *items = NULL;
    if (!item || node->kind == CORD_YAML_NULL) {
        return CORD_OK;
    }
    if (count > LIST_MAX) {
        return cord_error_set(parser->err, CORD_E_LIMIT, "line %u: %s has more than 1024 members",
                              node->line, key);
    }
    cord_status status = allocate(parser, count, sizeof(cord_str), &items);
    cord_str *texts = items;
    for (size_t i = 0; item && i < count && status == CORD_OK; i++, item = item->next) {
        if (!is_scalar(item)) {
            return cord_error_set(parser->err, CORD_E_FORMAT, "line %u: %s takes a list of texts",
                                  item->line, key);
        }
        status = copy(parser, cord_yaml_text(item), &texts[i]);
    }
    if (status == CORD_OK) {
        *ret_items = texts;
        *ret_count = count;
    }
    return status;
}

static cord_status parse_level(struct parser *parser)
{
    static const char *const names[] = {
        [CORD_LEVEL_NONE] = "",     [CORD_LEVEL_INFORMATIONAL] = "informational",
        [CORD_LEVEL_LOW] = "low",   [CORD_LEVEL_MEDIUM] = "medium",
        [CORD_LEVEL_HIGH] = "high", [CORD_LEVEL_CRITICAL] = "critical",
    };
    const struct cord_yaml *node = cord_yaml_get(parser->document, CORD_STR("level"));
    if (!node || node->kind == CORD_YAML_NULL) {
        return CORD_OK;
    }
    for (size_t i = 1; i < sizeof names / sizeof names[0]; i++) {
        if (cord_str_eq_fold(cord_yaml_text(node), cord_str_from(names[i]))) {
            parser->correlation->about.level = (enum cord_level)i;
            return CORD_OK;
        }
    }
    return cord_error_set(parser->err, CORD_E_FORMAT,
                          "line %u: level is informational, low, medium, high or critical",
                          node->line);
}

static cord_status parse_metadata(struct parser *parser)
{
    struct cord_rule_about *about = &parser->correlation->about;
    const struct {
        const char *key;
        cord_str *text;
    } texts[] = {
        {"id", &about->id},
        {"name", &about->name},
        {"title", &about->title},
        {"author", &about->author},
        {"status", &about->status},
        {"description", &about->description},
        {"date", &about->date},
        {"license", &about->license},
        {"modified", &about->modified},
    };
    cord_status status = CORD_OK;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && status == CORD_OK; i++) {
        status = metadata_text(parser, texts[i].key, texts[i].text);
    }
    if (status == CORD_OK) {
        status = metadata_list(parser, "references", &about->references, &about->reference_count);
    }
    if (status == CORD_OK) {
        status = metadata_list(parser, "tags", &about->tags, &about->tag_count);
    }
    if (status == CORD_OK) {
        status = metadata_list(parser, "falsepositives", &about->falsepositives,
                               &about->falsepositive_count);
    }
    return status == CORD_OK ? parse_level(parser) : status;
}

/* A key that we do not know may change what the rule means: never ignored. */
static cord_status check_keys(struct parser *parser)
{
    static const char *const known[] = {"type",      "rules",   "group-by", "timespan",
                                        "condition", "aliases", "generate"};
    for (const struct cord_yaml *node = parser->section->child; node; node = node->next) {
        cord_str key = cord_yaml_text(node->key);
        bool found = false;
        for (size_t i = 0; i < sizeof known / sizeof known[0] && !found; i++) {
            found = cord_str_eq(key, cord_str_from(known[i]));
        }
        if (!found && cord_str_eq(key, CORD_STR("window"))) {
            return cord_error_set(parser->err, CORD_E_UNSUPPORTED,
                                  "line %u: correlation.window is not in Sigma 2.1: windows slide; "
                                  "remove it",
                                  node->line);
        }
        if (!found) {
            return cord_error_set(parser->err, CORD_E_FORMAT,
                                  "line %u: correlation has no member \"%.*s\"; it takes type, "
                                  "rules, group-by, timespan, condition, aliases, generate",
                                  node->line, SHOWN(key));
        }
    }
    return CORD_OK;
}

static cord_status parse_type(struct parser *parser)
{
    const struct cord_yaml *node = cord_yaml_get(parser->section, CORD_STR("type"));
    cord_str text = cord_yaml_text(node);
    if (!is_scalar(node)) {
        return cord_error_set(parser->err, CORD_E_FORMAT,
                              "line %u: correlation.type is mandatory: event_count, value_count, "
                              "temporal, temporal_ordered, value_sum, value_avg or "
                              "value_percentile",
                              parser->section->line);
    }
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        if (cord_str_eq(text, cord_str_from(type_names[i]))) {
            parser->correlation->type = (enum cord_correlation_type)i;
            return CORD_OK;
        }
    }
    if (cord_str_eq(text, CORD_STR("value_median"))) {
        return cord_error_set(parser->err, CORD_E_UNSUPPORTED,
                              "line %u: value_median is not in Sigma 2.1; write value_percentile "
                              "with \"percentile: 50\" in its condition",
                              node->line);
    }
    return cord_error_set(parser->err, CORD_E_UNSUPPORTED,
                          "line %u: \"%.*s\" is no correlation type of Sigma 2.1: event_count, "
                          "value_count, temporal, temporal_ordered, value_sum, value_avg, "
                          "value_percentile",
                          node->line, SHOWN(text));
}

static bool is_temporal(const struct cord_correlation *correlation)
{
    return correlation->type == CORD_CORRELATION_TEMPORAL ||
           correlation->type == CORD_CORRELATION_TEMPORAL_ORDERED;
}

static cord_status add_step(struct parser *parser, cord_str reference, uint32_t line)
{
    struct cord_correlation *c = parser->correlation;
    for (size_t i = 0; i < c->step_count; i++) {
        if (cord_str_eq(c->steps[i].reference, reference)) {
            return cord_error_set(parser->err, CORD_E_FORMAT,
                                  "line %u: rule \"%.*s\" is listed twice", line, SHOWN(reference));
        }
    }
    struct cord_correlation_step *step = &c->steps[c->step_count];
    cord_status status = copy(parser, reference, &step->reference);
    if (status == CORD_OK) {
        step->line = line;
        c->step_count++;
    }
    return status;
}

static cord_status parse_rules(struct parser *parser)
{
    struct cord_correlation *c = parser->correlation;
    const struct cord_yaml *node = cord_yaml_get(parser->section, CORD_STR("rules"));
    const struct cord_yaml *item = node && node->kind == CORD_YAML_LIST ? node->child : node;
    size_t most = c->type == CORD_CORRELATION_TEMPORAL_ORDERED ? CORD_CORRELATION_ORDERED_MAX
                                                               : CORD_CORRELATION_STEPS_MAX;
    void *steps = NULL;
    cord_status status =
        allocate(parser, CORD_CORRELATION_STEPS_MAX, sizeof(struct cord_correlation_step), &steps);
    c->steps = steps;
    if (!node) {
        return status; /* an extended condition may name them */
    }
    for (; item && status == CORD_OK; item = item == node ? NULL : item->next) {
        cord_str reference = cord_yaml_text(item);
        if (!is_scalar(item) || reference.len == 0 || reference.len > NAME_BYTES_MAX) {
            return cord_error_set(parser->err, CORD_E_FORMAT,
                                  "line %u: rules takes ids or names of rules", item->line);
        }
        if (c->step_count == most) {
            return cord_error_set(parser->err, CORD_E_LIMIT,
                                  "line %u: %s takes at most %zu rules; chain correlations",
                                  item->line, type_names[c->type], most);
        }
        status = add_step(parser, reference, item->line);
    }
    return status;
}

static cord_status parse_field_list(struct parser *parser, const struct cord_yaml *node,
                                    const char *where, size_t most, cord_str **ret_fields,
                                    size_t *ret_count)
{
    const struct cord_yaml *item = node->kind == CORD_YAML_LIST ? node->child : node;
    size_t count = node->kind == CORD_YAML_LIST ? node->count : 1;
    void *fields = NULL;
    if (count == 0 || count > most) {
        return cord_error_set(parser->err, count == 0 ? CORD_E_FORMAT : CORD_E_LIMIT,
                              "line %u: %s takes 1 to %zu field names", node->line, where, most);
    }
    cord_status status = allocate(parser, count, sizeof(cord_str), &fields);
    cord_str *names = fields;
    for (size_t i = 0; item && i < count && status == CORD_OK; i++, item = item->next) {
        status = copy_field(parser, item, where, &names[i]);
        for (size_t j = 0; j < i && status == CORD_OK; j++) {
            if (cord_str_eq(names[i], names[j])) {
                status =
                    cord_error_set(parser->err, CORD_E_FORMAT, "line %u: \"%.*s\" is twice in %s",
                                   item->line, SHOWN(names[i]), where);
            }
        }
    }
    if (status == CORD_OK) {
        *ret_fields = names;
        *ret_count = count;
    }
    return status;
}

static cord_status parse_group(struct parser *parser)
{
    struct cord_correlation *c = parser->correlation;
    const struct cord_yaml *node = cord_yaml_get(parser->section, CORD_STR("group-by"));
    if (!node || node->kind == CORD_YAML_NULL ||
        (node->kind == CORD_YAML_LIST && node->count == 0)) {
        c->warning = CORD_STR("no group-by, which the specification asks for: all events are "
                              "taken as one group");
        return CORD_OK;
    }
    return parse_field_list(parser, node, "group-by", CORD_CORRELATION_GROUP_MAX, &c->group_by,
                            &c->group_count);
}

/* Months and years are means of the Gregorian calendar, as in pySigma. */
static int64_t unit_seconds(char unit)
{
    switch (unit) {
    case 's':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 3600;
    case 'd':
        return 86400;
    case 'w':
        return 604800;
    case 'M':
        return 2629746;
    case 'y':
        return 31556952;
    default:
        return 0;
    }
}

static cord_status parse_timespan(struct parser *parser)
{
    struct cord_correlation *c = parser->correlation;
    const struct cord_yaml *node = cord_yaml_get(parser->section, CORD_STR("timespan"));
    cord_str text = cord_yaml_text(node);
    const uint64_t most = YEARS_MAX * UINT64_C(31556952);
    uint64_t count = 0;
    if (!is_scalar(node)) {
        return cord_error_set(parser->err, CORD_E_FORMAT,
                              "line %u: correlation.timespan is mandatory, for example 15m",
                              parser->section->line);
    }
    int64_t unit = text.len > 0 ? unit_seconds(text.ptr[text.len - 1]) : 0;
    if (unit == 0 || !cord_str_u64(cord_str_slice(text, 0, text.len - 1), &count) || count == 0) {
        return cord_error_set(parser->err, CORD_E_FORMAT,
                              "line %u: timespan \"%.*s\": write a number above 0 and one of s, m, "
                              "h, d, w, M, y, for example 90m",
                              node->line, SHOWN(text));
    }
    if (count > most / (uint64_t)unit) {
        return cord_error_set(parser->err, CORD_E_LIMIT, "line %u: timespan \"%.*s\" is above %dy",
                              node->line, SHOWN(text), YEARS_MAX);
    }
    c->timespan_ns = (int64_t)count * unit * INT64_C(1000000000);
    return copy(parser, text, &c->timespan);
}

static cord_status parse_alias(struct parser *parser, const struct cord_yaml *alias, size_t room)
{
    struct cord_correlation *c = parser->correlation;
    cord_str name = {0};
    if (alias->kind != CORD_YAML_MAP || alias->count == 0) {
        return cord_error_set(parser->err, CORD_E_FORMAT,
                              "line %u: an alias is a map of rule name to field name", alias->line);
    }
    cord_status status = copy_field(parser, alias->key, "aliases", &name);
    for (const struct cord_yaml *to = alias->child; to && status == CORD_OK; to = to->next) {
        if (c->alias_count == room) {
            return cord_error_set(parser->err, CORD_E_LIMIT, "line %u: too many aliases", to->line);
        }
        struct cord_correlation_alias *one = &c->aliases[c->alias_count++];
        *one = (struct cord_correlation_alias){.name = name, .line = to->line};
        status = copy(parser, cord_yaml_text(to->key), &one->reference);
        if (status == CORD_OK) {
            status = copy_field(parser, to, "aliases", &one->field);
        }
    }
    return status;
}

static cord_status parse_aliases(struct parser *parser)
{
    struct cord_correlation *c = parser->correlation;
    const struct cord_yaml *node = cord_yaml_get(parser->section, CORD_STR("aliases"));
    size_t room = 0;
    void *aliases = NULL;
    if (!node || node->kind == CORD_YAML_NULL) {
        return CORD_OK;
    }
    if (node->kind != CORD_YAML_MAP) {
        return cord_error_set(parser->err, CORD_E_FORMAT,
                              "line %u: aliases is a map of alias to (rule name to field name)",
                              node->line);
    }
    for (const struct cord_yaml *alias = node->child; alias; alias = alias->next) {
        room += alias->count;
    }
    room = room < LIST_MAX ? room : LIST_MAX;
    cord_status status = allocate(parser, room, sizeof(struct cord_correlation_alias), &aliases);
    c->aliases = aliases;
    for (const struct cord_yaml *alias = node->child; alias && status == CORD_OK;
         alias = alias->next) {
        status = parse_alias(parser, alias, room);
    }
    return status;
}

static cord_status parse_test(struct parser *parser, const struct cord_yaml *node,
                              enum cord_correlation_compare compare)
{
    struct cord_correlation *c = parser->correlation;
    cord_fixed value = 0;
    cord_str text = cord_yaml_text(node);
    if (!is_scalar(node) || node->kind == CORD_YAML_BOOL || !cord_fixed_parse(text, &value)) {
        return cord_error_set(parser->err, CORD_E_FORMAT,
                              "line %u: condition.%.*s takes a decimal number below 2^63",
                              node->line, SHOWN(node->key->text));
    }
    c->tests[c->test_count++] = (struct cord_correlation_test){.compare = compare, .value = value};
    return CORD_OK;
}

static cord_status parse_percentile(struct parser *parser, const struct cord_yaml *node)
{
    struct cord_correlation *c = parser->correlation;
    if (c->type != CORD_CORRELATION_VALUE_PERCENTILE) {
        return cord_error_set(parser->err, CORD_E_FORMAT,
                              "line %u: condition.percentile belongs to value_percentile only",
                              node->line);
    }
    if (!is_scalar(node) || node->kind == CORD_YAML_BOOL ||
        !cord_fixed_parse(cord_yaml_text(node), &c->percentile) || c->percentile < 0 ||
        c->percentile > 100 * CORD_FIXED_ONE) {
        return cord_error_set(parser->err, CORD_E_FORMAT,
                              "line %u: condition.percentile is a number from 0 to 100",
                              node->line);
    }
    c->has_percentile = true;
    return CORD_OK;
}

static cord_status parse_condition_member(struct parser *parser, const struct cord_yaml *node)
{
    static const char *const compares[] = {
        [CORD_CORRELATION_GT] = "gt", [CORD_CORRELATION_GTE] = "gte",
        [CORD_CORRELATION_LT] = "lt", [CORD_CORRELATION_LTE] = "lte",
        [CORD_CORRELATION_EQ] = "eq", [CORD_CORRELATION_NEQ] = "neq",
    };
    struct cord_correlation *c = parser->correlation;
    cord_str key = cord_yaml_text(node->key);
    for (size_t i = 0; i < sizeof compares / sizeof compares[0]; i++) {
        if (cord_str_eq(key, cord_str_from(compares[i]))) {
            return parse_test(parser, node, (enum cord_correlation_compare)i);
        }
    }
    if (cord_str_eq(key, CORD_STR("field"))) {
        size_t most = c->type == CORD_CORRELATION_VALUE_COUNT ? CORD_CORRELATION_FIELDS_MAX : 1;
        return parse_field_list(parser, node, "condition.field", most, &c->fields, &c->field_count);
    }
    if (cord_str_eq(key, CORD_STR("percentile"))) {
        return parse_percentile(parser, node);
    }
    return cord_error_set(parser->err, CORD_E_FORMAT,
                          "line %u: condition has no member \"%.*s\"; it takes gt, gte, lt, lte, "
                          "eq, neq, field, percentile",
                          node->line, SHOWN(key));
}

static cord_status check_condition(struct parser *parser, uint32_t line)
{
    const struct cord_correlation *c = parser->correlation;
    bool wants_field = c->type != CORD_CORRELATION_EVENT_COUNT && !is_temporal(c);
    if (c->test_count == 0) {
        return cord_error_set(parser->err, CORD_E_FORMAT,
                              "line %u: the condition has none of gt, gte, lt, lte, eq, neq", line);
    }
    if (wants_field && c->field_count == 0) {
        return cord_error_set(parser->err, CORD_E_FORMAT,
                              "line %u: %s needs condition.field: the field it looks at", line,
                              type_names[c->type]);
    }
    if (!wants_field && c->field_count > 0) {
        return cord_error_set(parser->err, CORD_E_FORMAT,
                              "line %u: %s counts no field's values: remove condition.field, or "
                              "write value_count",
                              line, type_names[c->type]);
    }
    return CORD_OK;
}

/* Every rule listed must be in the expression and the other way round, or one
 * of the two is a slip. */
static cord_status tie_expression(struct parser *parser,
                                  struct cord_correlation_expression *expression, uint32_t line)
{
    struct cord_correlation *c = parser->correlation;
    uint32_t step_of[CORD_CORRELATION_STEPS_MAX];
    bool listed = c->step_count > 0;
    uint64_t used = 0;
    for (size_t i = 0; i < expression->reference_count; i++) {
        cord_str reference = expression->references[i];
        size_t at = 0;
        while (at < c->step_count && !cord_str_eq(c->steps[at].reference, reference)) {
            at++;
        }
        if (at == c->step_count && listed) {
            return cord_error_set(parser->err, CORD_E_FORMAT,
                                  "line %u: the condition names \"%.*s\", which is not in rules",
                                  line, SHOWN(reference));
        }
        cord_status status = at < c->step_count ? CORD_OK : add_step(parser, reference, line);
        if (status != CORD_OK) {
            return status;
        }
        step_of[i] = (uint32_t)at;
        used |= UINT64_C(1) << at;
    }
    for (size_t i = 0; i < c->step_count; i++) {
        if ((used >> i & 1) == 0) {
            return cord_error_set(parser->err, CORD_E_FORMAT,
                                  "line %u: rule \"%.*s\" is listed but not in the condition",
                                  c->steps[i].line, SHOWN(c->steps[i].reference));
        }
    }
    for (size_t i = 0; i < expression->node_count; i++) {
        if (expression->nodes[i].kind == CORD_CORRELATION_STEP) {
            expression->nodes[i].step = step_of[expression->nodes[i].step];
        }
    }
    return CORD_OK;
}

static cord_status parse_expression(struct parser *parser, const struct cord_yaml *node)
{
    struct cord_correlation *c = parser->correlation;
    struct cord_correlation_expression expression;
    void *nodes = NULL;
    if (c->type != CORD_CORRELATION_TEMPORAL) {
        return cord_error_set(parser->err, CORD_E_UNSUPPORTED,
                              "line %u: an expression over rule names needs type temporal; for %s "
                              "write a map such as \"gte: 2\"",
                              node->line, type_names[c->type]);
    }
    cord_status status =
        cord_correlation_expression_parse(cord_yaml_text(node), &expression, parser->err);
    if (status != CORD_OK) {
        cord_error_context(parser->err, "line %u", node->line);
        return status;
    }
    status = tie_expression(parser, &expression, node->line);
    if (status == CORD_OK) {
        status = allocate(parser, expression.node_count, sizeof expression.nodes[0], &nodes);
    }
    if (status == CORD_OK) {
        memcpy(nodes, expression.nodes, expression.node_count * sizeof expression.nodes[0]);
        c->expression = nodes;
        c->node_count = expression.node_count;
    }
    return status;
}

static cord_status parse_condition(struct parser *parser)
{
    struct cord_correlation *c = parser->correlation;
    const struct cord_yaml *node = cord_yaml_get(parser->section, CORD_STR("condition"));
    bool absent = !node || node->kind == CORD_YAML_NULL;
    if (!absent && node->kind != CORD_YAML_MAP && node->kind != CORD_YAML_LIST) {
        return parse_expression(parser, node);
    }
    if (c->step_count == 0) {
        return cord_error_set(parser->err, CORD_E_FORMAT,
                              "line %u: correlation.rules is mandatory: ids or names of rules",
                              parser->section->line);
    }
    if (absent && is_temporal(c)) {
        c->tests[c->test_count++] = (struct cord_correlation_test){
            .compare = CORD_CORRELATION_GTE,
            .value = (cord_fixed)c->step_count * CORD_FIXED_ONE,
        };
        return CORD_OK;
    }
    if (absent || node->kind == CORD_YAML_LIST) {
        return cord_error_set(parser->err, CORD_E_FORMAT,
                              "line %u: %s needs a condition, a map such as \"gte: 10\"",
                              absent ? parser->section->line : node->line, type_names[c->type]);
    }
    cord_status status = CORD_OK;
    for (const struct cord_yaml *member = node->child; member && status == CORD_OK;
         member = member->next) {
        status = parse_condition_member(parser, member);
    }
    return status == CORD_OK ? check_condition(parser, node->line) : status;
}

/* The specification's text puts `generate` beside `correlation`, pySigma inside
 * of it: both are read. */
static cord_status parse_generate(struct parser *parser)
{
    const struct cord_yaml *outer = cord_yaml_get(parser->document, CORD_STR("generate"));
    const struct cord_yaml *inner = cord_yaml_get(parser->section, CORD_STR("generate"));
    const struct cord_yaml *node = inner ? inner : outer;
    if (!node) {
        return CORD_OK;
    }
    if (node->kind != CORD_YAML_BOOL || (outer && outer->kind != CORD_YAML_BOOL)) {
        return cord_error_set(parser->err, CORD_E_FORMAT, "line %u: generate is true or false",
                              node->line);
    }
    if (outer && outer->boolean != node->boolean) {
        return cord_error_set(parser->err, CORD_E_FORMAT,
                              "line %u: generate is given twice, and differently", node->line);
    }
    parser->correlation->generate = node->boolean;
    return CORD_OK;
}

static bool only_lower_bounds(const struct cord_correlation *c)
{
    for (size_t i = 0; i < c->test_count; i++) {
        if (c->tests[i].compare != CORD_CORRELATION_GT &&
            c->tests[i].compare != CORD_CORRELATION_GTE) {
            return false;
        }
    }
    for (size_t i = 0; i < c->node_count; i++) {
        if (c->expression[i].kind == CORD_CORRELATION_NOT) {
            return false;
        }
    }
    return true;
}

/* Counts and sums only rise while a window fills, so that a lower bound once
 * reached stays reached. Means and percentiles may go either way. */
static bool is_deferred(const struct cord_correlation *c)
{
    switch (c->type) {
    case CORD_CORRELATION_EVENT_COUNT:
    case CORD_CORRELATION_VALUE_COUNT:
    case CORD_CORRELATION_TEMPORAL:
    case CORD_CORRELATION_TEMPORAL_ORDERED:
    case CORD_CORRELATION_VALUE_SUM:
        return !only_lower_bounds(c);
    case CORD_CORRELATION_VALUE_AVG:
        return true;
    case CORD_CORRELATION_VALUE_PERCENTILE:
        return c->has_percentile;
    }
    return true;
}

static bool test_holds(const struct cord_correlation_test *test, cord_fixed value,
                       cord_fixed divisor)
{
    cord_fixed threshold = test->value * divisor;
    switch (test->compare) {
    case CORD_CORRELATION_GT:
        return value > threshold;
    case CORD_CORRELATION_GTE:
        return value >= threshold;
    case CORD_CORRELATION_LT:
        return value < threshold;
    case CORD_CORRELATION_LTE:
        return value <= threshold;
    case CORD_CORRELATION_EQ:
        return value == threshold;
    case CORD_CORRELATION_NEQ:
        return value != threshold;
    }
    return false;
}

bool cord_correlation_holds(const struct cord_correlation *correlation, cord_fixed value,
                            uint64_t divisor)
{
    for (size_t i = 0; i < correlation->test_count; i++) {
        if (!test_holds(&correlation->tests[i], value, (cord_fixed)divisor)) {
            return false;
        }
    }
    return true;
}

/* A group comes to be with its first event: what asks for no event at all, or
 * for more rules than there are, would wait for ever. All tests change their
 * answer only next to a threshold, so the whole numbers there stand for all. */
static cord_status check_possible(struct parser *parser)
{
    const struct cord_correlation *c = parser->correlation;
    bool counts = c->type == CORD_CORRELATION_EVENT_COUNT ||
                  c->type == CORD_CORRELATION_VALUE_COUNT || is_temporal(c);
    cord_fixed most = is_temporal(c) ? (cord_fixed)c->step_count : (cord_fixed)INT64_MAX;
    if (!counts || c->expression || cord_correlation_holds(c, CORD_FIXED_ONE, 1)) {
        return CORD_OK;
    }
    for (size_t i = 0; i < c->test_count; i++) {
        for (int step = -1; step <= 1; step++) {
            cord_fixed count = c->tests[i].value / CORD_FIXED_ONE + step;
            if (count >= 1 && count <= most &&
                cord_correlation_holds(c, count * CORD_FIXED_ONE, 1)) {
                return CORD_OK;
            }
        }
    }
    return cord_error_set(parser->err, CORD_E_UNSUPPORTED,
                          "line %u: the condition can never hold: a group begins with its first "
                          "event, so counts start at 1%s; the absence of events cannot be seen",
                          parser->section->line,
                          is_temporal(c) ? " and end at the number of rules" : "");
}

static cord_status parse_section(struct parser *parser)
{
    /* cppcheck-suppress uninitvar ; it takes the declaration for a call */
    cord_status (*const parts[])(struct parser *) = {
        check_keys,    parse_type,      parse_rules,    parse_group,    parse_timespan,
        parse_aliases, parse_condition, parse_generate, check_possible,
    };
    cord_status status = CORD_OK;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && status == CORD_OK; i++) {
        status = parts[i](parser);
    }
    return status;
}

cord_status cord_correlation_parse(const struct cord_yaml *document, cord_str file,
                                   struct cord_arena *arena,
                                   struct cord_correlation **ret_correlation,
                                   struct cord_error *err)
{
    struct parser parser = {.document = document, .arena = arena, .err = err};
    void *correlation = NULL;
    parser.section = cord_yaml_get(document, CORD_STR("correlation"));
    if (!parser.section || parser.section->kind != CORD_YAML_MAP) {
        return cord_error_set(err, CORD_E_FORMAT, "line %u: correlation is a map",
                              parser.section ? parser.section->line : 1);
    }
    cord_status status = allocate(&parser, 1, sizeof *parser.correlation, &correlation);
    if (status != CORD_OK) {
        return status;
    }
    parser.correlation = correlation;
    parser.correlation->about.line = document->line;
    status = copy(&parser, file, &parser.correlation->about.file);
    if (status == CORD_OK) {
        status = parse_metadata(&parser);
    }
    if (status == CORD_OK) {
        status = parse_section(&parser);
    }
    if (status == CORD_OK) {
        parser.correlation->deferred = is_deferred(parser.correlation);
        if (parser.correlation->type == CORD_CORRELATION_VALUE_PERCENTILE &&
            !parser.correlation->has_percentile) {
            parser.correlation->warning =
                CORD_STR("no condition.percentile: the condition is taken as the share of events, "
                         "in percent, that have the field's value");
        }
        *ret_correlation = parser.correlation;
    }
    return status;
}
