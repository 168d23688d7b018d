/* pipeline_condition.c: when a transformation applies. */
#include "detect/pipeline_internal.h"

#include "base/nearest.h"
#include "detect/wildcard.h"

#include <stdio.h>

enum level {
    LEVEL_RULE = 1,
    LEVEL_ITEM = 2,
    LEVEL_FIELD = 4,
    LEVEL_ALL = 7,
};

static const struct {
    const char *type;
    enum cord_pipeline_test test;
    unsigned levels;
    const char *members; /* blank-separated */
} tests[] = {
    {"logsource", CORD_PIPELINE_LOGSOURCE, LEVEL_RULE, "category product service"},
    {"contains_detection_item", CORD_PIPELINE_CONTAINS_ITEM, LEVEL_RULE, "field value"},
    {"contains_field", CORD_PIPELINE_CONTAINS_FIELD, LEVEL_RULE, "field"},
    {"processing_item_applied", CORD_PIPELINE_APPLIED, LEVEL_ALL, "processing_item_id"},
    {"processing_state", CORD_PIPELINE_STATE, LEVEL_ALL, "key val op"},
    {"is_sigma_rule", CORD_PIPELINE_IS_RULE, LEVEL_RULE, ""},
    {"is_sigma_correlation_rule", CORD_PIPELINE_IS_CORRELATION, LEVEL_RULE, ""},
    {"rule_attribute", CORD_PIPELINE_ATTRIBUTE, LEVEL_RULE, "attribute value op"},
    {"tag", CORD_PIPELINE_TAG, LEVEL_RULE, "tag"},
    {"include_fields", CORD_PIPELINE_INCLUDE_FIELDS, LEVEL_FIELD, "fields mode"},
    {"exclude_fields", CORD_PIPELINE_EXCLUDE_FIELDS, LEVEL_FIELD, "fields mode"},
    {"match_string", CORD_PIPELINE_MATCH_STRING, LEVEL_ITEM, "cond pattern negate"},
    {"match_value", CORD_PIPELINE_MATCH_VALUE, LEVEL_ITEM, "cond value"},
    {"contains_wildcard", CORD_PIPELINE_WILDCARD, LEVEL_ITEM, "cond"},
    {"is_null", CORD_PIPELINE_NULL, LEVEL_ITEM, "cond"},
};

static cord_status check_members(struct cord_draft_context *context, const struct cord_yaml *node,
                                 const char *type, const char *members)
{
    for (const struct cord_yaml *member = node->child; member; member = member->next) {
        cord_str name = member->key->text;
        if (!cord_str_eq(name, CORD_STR("type")) && !cord_pipeline_is_member(members, name)) {
            return cord_draft_refuse(context, member->line, CORD_E_UNSUPPORTED,
                                     "condition '%s': unknown member '%.*s'", type,
                                     CORD_STR_ARG(name));
        }
    }
    return CORD_OK;
}

static bool is_true(const struct cord_yaml *node)
{
    return node && node->kind == CORD_YAML_BOOL && node->boolean;
}

static cord_status read_fields(struct cord_draft_context *context, struct cord_pipeline *pipeline,
                               const struct cord_yaml *node,
                               struct cord_pipeline_condition *condition)
{
    cord_str mode = cord_yaml_text(cord_yaml_get(node, CORD_STR("mode")));
    cord_status status = cord_pipeline_texts(context, cord_yaml_get(node, CORD_STR("fields")),
                                             &condition->fields, &condition->field_count);
    if (status != CORD_OK || mode.len == 0 || cord_str_eq(mode, CORD_STR("plain"))) {
        return status;
    }
    if (!cord_str_eq(mode, CORD_STR("re"))) {
        return cord_draft_refuse(context, node->line, CORD_E_FORMAT, "mode is plain or re");
    }
    condition->regexes = cord_arena_zalloc(context->work, condition->field_count + 1,
                                           sizeof(struct cord_pipeline_regex *));
    if (!condition->regexes) {
        return cord_draft_no_room(context, context->work);
    }
    for (size_t i = 0; i < condition->field_count && status == CORD_OK; i++) {
        status = cord_pipeline_regex(context, pipeline, node->line, condition->fields[i], true,
                                     &condition->regexes[i]);
    }
    return status;
}

static cord_status read_pattern(struct cord_draft_context *context, struct cord_pipeline *pipeline,
                                const struct cord_yaml *node,
                                struct cord_pipeline_condition *condition)
{
    cord_str pattern = cord_yaml_text(cord_yaml_get(node, CORD_STR("pattern")));
    condition->regexes = cord_arena_zalloc(context->work, 1, sizeof(struct cord_pipeline_regex *));
    if (!condition->regexes) {
        return cord_draft_no_room(context, context->work);
    }
    condition->negate = is_true(cord_yaml_get(node, CORD_STR("negate")));
    return cord_pipeline_regex(context, pipeline, node->line, pattern, true,
                               &condition->regexes[0]);
}

static cord_status read_op(struct cord_draft_context *context, const struct cord_yaml *node,
                           struct cord_pipeline_condition *condition)
{
    cord_str op = cord_yaml_text(cord_yaml_get(node, CORD_STR("op")));
    condition->differs = cord_str_eq(op, CORD_STR("ne"));
    if (op.len > 0 && !condition->differs && !cord_str_eq(op, CORD_STR("eq"))) {
        return cord_draft_refuse(context, node->line, CORD_E_UNSUPPORTED,
                                 "op '%.*s' is not supported: only eq and ne", CORD_STR_ARG(op));
    }
    return CORD_OK;
}

static cord_status read_details(struct cord_draft_context *context, struct cord_pipeline *pipeline,
                                const struct cord_yaml *node,
                                struct cord_pipeline_condition *condition)
{
    static const char *const keys[] = {"field", "processing_item_id", "key", "attribute", "tag"};
    static const char *const values[] = {"value", "val"};
    cord_status status = read_op(context, node, condition);
    for (size_t i = 0; i < sizeof keys / sizeof *keys && status == CORD_OK; i++) {
        if (cord_yaml_get(node, cord_str_from(keys[i]))) {
            status = cord_pipeline_text(context, node, keys[i], &condition->key);
        }
    }
    for (size_t i = 0; i < sizeof values / sizeof *values && status == CORD_OK; i++) {
        if (cord_yaml_get(node, cord_str_from(values[i]))) {
            condition->has_value = true;
            status = cord_pipeline_text(context, node, values[i], &condition->value);
        }
    }
    if (status == CORD_OK && condition->test == CORD_PIPELINE_LOGSOURCE) {
        status = cord_pipeline_text(context, node, "category", &condition->logsource.category);
        if (status == CORD_OK) {
            status = cord_pipeline_text(context, node, "product", &condition->logsource.product);
        }
        if (status == CORD_OK) {
            status = cord_pipeline_text(context, node, "service", &condition->logsource.service);
        }
    }
    if (status == CORD_OK && (condition->test == CORD_PIPELINE_INCLUDE_FIELDS ||
                              condition->test == CORD_PIPELINE_EXCLUDE_FIELDS)) {
        status = read_fields(context, pipeline, node, condition);
    }
    if (status == CORD_OK && condition->test == CORD_PIPELINE_MATCH_STRING) {
        status = read_pattern(context, pipeline, node, condition);
    }
    return status;
}

static cord_status read_one(struct cord_draft_context *context, struct cord_pipeline *pipeline,
                            const struct cord_yaml *node, unsigned level,
                            struct cord_pipeline_condition **ret_condition)
{
    cord_str type = cord_yaml_text(cord_yaml_get(node, CORD_STR("type")));
    struct cord_nearest nearest;
    cord_nearest_init(&nearest, type);
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
        if ((tests[i].levels & level) == 0) {
            continue;
        }
        cord_nearest_offer(&nearest, cord_str_from(tests[i].type));
        if (!cord_str_eq(type, cord_str_from(tests[i].type))) {
            continue;
        }
        struct cord_pipeline_condition *condition =
            cord_arena_zalloc(context->work, 1, sizeof *condition);
        if (!condition) {
            return cord_draft_no_room(context, context->work);
        }
        condition->test = tests[i].test;
        condition->every =
            cord_str_eq(cord_yaml_text(cord_yaml_get(node, CORD_STR("cond"))), CORD_STR("all"));
        *ret_condition = condition;
        cord_status status = check_members(context, node, tests[i].type, tests[i].members);
        return status == CORD_OK ? read_details(context, pipeline, node, condition) : status;
    }
    cord_str found = cord_nearest_found(&nearest);
    return cord_draft_refuse(context, node->line, CORD_E_UNSUPPORTED,
                             "the condition '%.*s' is unknown here%s%.*s", CORD_STR_ARG(type),
                             found.len > 0 ? ": did you mean " : "", CORD_STR_ARG(found));
}

static const struct cord_yaml *level_member(const struct cord_yaml *item, const char *level,
                                            const char *suffix)
{
    char name[64];
    (void)snprintf(name, sizeof name, "%s_%s", level, suffix);
    return cord_yaml_get(item, cord_str_from(name));
}

static bool has_name(const struct cord_pipeline_conditions *set, cord_str name)
{
    for (const struct cord_pipeline_condition *at = set->first; at; at = at->next) {
        if (cord_str_eq(at->name, name)) {
            return true;
        }
    }
    return false;
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the reader */
static cord_status check_expression(struct cord_draft_context *context,
                                    const struct cord_pipeline_conditions *set,
                                    const struct cord_condition *node, uint32_t line)
{
    if (node->kind == CORD_CONDITION_ONE_OF || node->kind == CORD_CONDITION_ALL_OF ||
        (node->kind == CORD_CONDITION_NAME && !has_name(set, node->name))) {
        return cord_draft_refuse(context, line, CORD_E_FORMAT,
                                 "the expression names no condition '%.*s'",
                                 CORD_STR_ARG(node->name));
    }
    cord_status status = CORD_OK;
    for (const struct cord_condition *child = node->child; child && status == CORD_OK;
         child = child->next) {
        status = check_expression(context, set, child, line);
    }
    return status;
}

static cord_status read_expression(struct cord_draft_context *context, const struct cord_yaml *node,
                                   struct cord_pipeline_conditions *set)
{
    cord_str text = cord_arena_copy(context->work, cord_yaml_text(node));
    if (!text.ptr) {
        return cord_draft_no_room(context, context->work);
    }
    cord_status status = cord_condition_parse(text, context->work, &set->expression, &context->err);
    context->line = node->line;
    return status == CORD_OK ? check_expression(context, set, set->expression, node->line) : status;
}

cord_status cord_pipeline_condition_parse(struct cord_draft_context *context,
                                          struct cord_pipeline *pipeline,
                                          const struct cord_yaml *item, const char *level,
                                          struct cord_pipeline_conditions *ret_set)
{
    unsigned bit = level[0] == 'r' ? LEVEL_RULE : level[0] == 'd' ? LEVEL_ITEM : LEVEL_FIELD;
    const struct cord_yaml *list = level_member(item, level, "conditions");
    const struct cord_yaml *expression = level_member(item, level, "cond_expr");
    cord_str op = cord_yaml_text(level_member(item, level, "cond_op"));
    struct cord_pipeline_condition **tail = &ret_set->first;
    cord_status status = CORD_OK;
    if (op.len > 0 && !cord_str_eq(op, CORD_STR("and")) && !cord_str_eq(op, CORD_STR("or"))) {
        return cord_draft_refuse(context, item->line, CORD_E_FORMAT, "%s_cond_op is and or or",
                                 level);
    }
    ret_set->any = cord_str_eq(op, CORD_STR("or"));
    ret_set->negate = is_true(level_member(item, level, "cond_not"));
    for (const struct cord_yaml *node = list ? list->child : NULL; node && status == CORD_OK;
         node = node->next) {
        status = read_one(context, pipeline, node, bit, tail);
        if (status == CORD_OK && node->key) {
            (*tail)->name = cord_arena_copy(context->work, node->key->text);
            status = (*tail)->name.ptr ? CORD_OK : cord_draft_no_room(context, context->work);
        }
        tail = status == CORD_OK ? &(*tail)->next : tail;
    }
    if (status == CORD_OK && expression) {
        status = read_expression(context, expression, ret_set);
    }
    return status;
}

/* Asking. */

static bool wants(cord_str wanted, cord_str have)
{
    return wanted.len == 0 || cord_str_eq(wanted, have);
}

static bool fits_logsource(const struct cord_logsource *wanted, const struct cord_logsource *have)
{
    return wants(wanted->product, have->product) && wants(wanted->category, have->category) &&
           wants(wanted->service, have->service);
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the reader */
static bool value_is(const struct cord_draft_value *value, cord_str text, struct cord_arena *work)
{
    switch (value->kind) {
    case CORD_DRAFT_STRING:
        return cord_str_eq(cord_wildcard_text(work, value), text);
    case CORD_DRAFT_BOOL:
        return cord_str_eq(text, value->boolean ? CORD_STR("true") : CORD_STR("false"));
    case CORD_DRAFT_EXPANSION:
        for (const struct cord_draft_value *member = value->members; member;
             member = member->next) {
            if (member->kind != CORD_DRAFT_EXPANSION && value_is(member, text, work)) {
                return true;
            }
        }
        return false;
    case CORD_DRAFT_NUMBER:
    case CORD_DRAFT_NULL:
    case CORD_DRAFT_REGEX:
    case CORD_DRAFT_CIDR:
    case CORD_DRAFT_FIELD:
    case CORD_DRAFT_EXISTS:
        return cord_str_eq(value->text, text);
    }
    return false;
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the reader */
static bool node_contains(const struct cord_draft_node *node,
                          const struct cord_pipeline_condition *condition, struct cord_arena *work)
{
    if (node->kind == CORD_DRAFT_ITEM) {
        if (!cord_str_eq(node->field, condition->key)) {
            return false;
        }
        bool found = condition->test == CORD_PIPELINE_CONTAINS_FIELD || !condition->has_value;
        for (const struct cord_draft_value *value = node->values; value && !found;
             value = value->next) {
            found = value_is(value, condition->value, work);
        }
        return found;
    }
    for (const struct cord_draft_node *child = node->child; child; child = child->next) {
        if (node_contains(child, condition, work)) {
            return true;
        }
    }
    return false;
}

static bool draft_contains(const struct cord_draft *draft,
                           const struct cord_pipeline_condition *condition, struct cord_arena *work)
{
    for (const struct cord_draft_selection *at = draft->detection.selections; at; at = at->next) {
        if (at->node && node_contains(at->node, condition, work)) {
            return true;
        }
    }
    return false;
}

static bool was_applied(const struct cord_draft_applied *applied, cord_str id)
{
    for (; applied; applied = applied->next) {
        if (cord_str_eq(applied->id, id)) {
            return true;
        }
    }
    return false;
}

static cord_str find_attribute(const struct cord_draft_attribute *attributes, cord_str name)
{
    for (; attributes; attributes = attributes->next) {
        if (cord_str_eq(attributes->name, name)) {
            return attributes->value;
        }
    }
    return (cord_str){0};
}

static cord_str rule_attribute(const struct cord_draft *draft, cord_str name)
{
    const struct cord_rule_about *about = &draft->rule->about;
    enum cord_level stated = about->level;
    cord_str level =
        stated == CORD_LEVEL_NONE ? CORD_STR("") : cord_str_from(cord_rule_about_level(stated));
    const struct {
        const char *name;
        cord_str value;
    } known[] = {
        {"id", about->id},           {"title", about->title},
        {"name", about->name},       {"status", about->status},
        {"date", about->date},       {"description", about->description},
        {"author", about->author},   {"modified", about->modified},
        {"license", about->license}, {"level", level},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (cord_str_eq(name, cord_str_from(known[i].name))) {
            return known[i].value;
        }
    }
    return find_attribute(draft->attributes, name);
}

static bool has_tag(const struct cord_rule *rule, cord_str tag)
{
    for (size_t i = 0; i < rule->about.tag_count; i++) {
        if (cord_str_eq(rule->about.tags[i], tag)) {
            return true;
        }
    }
    return false;
}

static bool names_field(const struct cord_pipeline_condition *condition, cord_str field)
{
    for (size_t i = 0; i < condition->field_count; i++) {
        if (condition->regexes ? cord_pipeline_regex_matches(condition->regexes[i], field)
                               : cord_str_eq(condition->fields[i], field)) {
            return true;
        }
    }
    return false;
}

static bool value_passes(const struct cord_pipeline_condition *condition,
                         const struct cord_draft_value *value, struct cord_arena *work)
{
    if (condition->test == CORD_PIPELINE_MATCH_STRING) {
        return value->kind == CORD_DRAFT_STRING &&
               cord_pipeline_regex_matches(condition->regexes[0],
                                           cord_wildcard_text(work, value)) != condition->negate;
    }
    if (condition->test == CORD_PIPELINE_MATCH_VALUE) {
        return value_is(value, condition->value, work);
    }
    if (condition->test == CORD_PIPELINE_NULL) {
        return value->kind == CORD_DRAFT_NULL;
    }
    for (size_t i = 0; i < value->part_count; i++) {
        if (value->parts[i].kind == CORD_DRAFT_PART_ANY ||
            value->parts[i].kind == CORD_DRAFT_PART_ONE) {
            return true;
        }
    }
    return false;
}

static bool item_passes(const struct cord_pipeline_condition *condition,
                        const struct cord_draft_node *item, struct cord_arena *work)
{
    if (!item) {
        return false;
    }
    for (const struct cord_draft_value *value = item->values; value; value = value->next) {
        if (value_passes(condition, value, work) != condition->every) {
            return !condition->every;
        }
    }
    return condition->every;
}

static bool passes(const struct cord_pipeline_condition *condition,
                   const struct cord_pipeline_subject *subject, struct cord_arena *work)
{
    const struct cord_draft *draft = subject->draft;
    switch (condition->test) {
    case CORD_PIPELINE_LOGSOURCE:
        return fits_logsource(&condition->logsource, &draft->rule->logsource);
    case CORD_PIPELINE_CONTAINS_ITEM:
    case CORD_PIPELINE_CONTAINS_FIELD:
        return draft_contains(draft, condition, work);
    case CORD_PIPELINE_APPLIED:
        return was_applied(subject->item ? subject->item->applied : draft->applied, condition->key);
    case CORD_PIPELINE_STATE:
        return cord_str_eq(find_attribute(draft->state, condition->key), condition->value) !=
               condition->differs;
    case CORD_PIPELINE_IS_RULE:
        return true;
    case CORD_PIPELINE_IS_CORRELATION:
        return false;
    case CORD_PIPELINE_ATTRIBUTE:
        return cord_str_eq(rule_attribute(draft, condition->key), condition->value) !=
               condition->differs;
    case CORD_PIPELINE_TAG:
        return has_tag(draft->rule, condition->key);
    case CORD_PIPELINE_INCLUDE_FIELDS:
        return names_field(condition, subject->field);
    case CORD_PIPELINE_EXCLUDE_FIELDS:
        return !names_field(condition, subject->field);
    case CORD_PIPELINE_MATCH_STRING:
    case CORD_PIPELINE_MATCH_VALUE:
    case CORD_PIPELINE_WILDCARD:
    case CORD_PIPELINE_NULL:
        return item_passes(condition, subject->item, work);
    }
    return false;
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the reader */
static bool expression_holds(const struct cord_pipeline_conditions *set,
                             const struct cord_condition *node,
                             const struct cord_pipeline_subject *subject, struct cord_arena *work)
{
    if (node->kind == CORD_CONDITION_NAME) {
        for (const struct cord_pipeline_condition *at = set->first; at; at = at->next) {
            if (cord_str_eq(at->name, node->name)) {
                return passes(at, subject, work);
            }
        }
        return false;
    }
    if (node->kind == CORD_CONDITION_NOT) {
        return !expression_holds(set, node->child, subject, work);
    }
    bool any = node->kind == CORD_CONDITION_OR;
    for (const struct cord_condition *child = node->child; child; child = child->next) {
        if (expression_holds(set, child, subject, work) == any) {
            return any;
        }
    }
    return !any;
}

bool cord_pipeline_condition_holds(const struct cord_pipeline_conditions *set,
                                   const struct cord_pipeline_subject *subject,
                                   struct cord_arena *work)
{
    if (!set->first) {
        return true;
    }
    if (set->expression) {
        return expression_holds(set, set->expression, subject, work);
    }
    bool holds = !set->any;
    for (const struct cord_pipeline_condition *at = set->first; at; at = at->next) {
        if (passes(at, subject, work) == set->any) {
            holds = set->any;
            break;
        }
    }
    return holds != set->negate;
}
