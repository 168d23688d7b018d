/* selection_parse.c: see selection_parse.h. */
#include "detect/selection_parse.h"

#include "detect/condition.h"
#include "detect/modifier.h"
#include "detect/wildcard.h"

cord_status cord_selection_field(struct cord_draft_context *context, cord_str name,
                                 cord_str *ret_field)
{
    if (cord_str_find_char(name, ' ', 0) == SIZE_MAX) {
        return cord_draft_intern(context, name, ret_field);
    }
    char *text = cord_arena_bytes(context->work, name.len + 1);
    size_t len = 0;
    if (!text) {
        return cord_draft_no_room(context, context->work);
    }
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] != ' ') {
            text[len++] = name.ptr[i];
        }
    }
    return cord_draft_intern(context, (cord_str){text, len}, ret_field);
}

static cord_status new_node(struct cord_draft_context *context, enum cord_draft_node_kind kind,
                            uint32_t line, struct cord_draft_node **ret_node)
{
    struct cord_draft_node *node = cord_arena_zalloc(context->work, 1, sizeof *node);
    if (!node) {
        return cord_draft_no_room(context, context->work);
    }
    node->kind = kind;
    node->line = line;
    *ret_node = node;
    return CORD_OK;
}

/* The scalar itself, or the members of a list, through the chain. */
static cord_status take_values(struct cord_draft_context *context,
                               const struct cord_modifier_chain *chain,
                               const struct cord_yaml *definition, struct cord_draft_node *item)
{
    bool list = definition->kind == CORD_YAML_LIST;
    struct cord_draft_value **tail = &item->values;
    for (const struct cord_yaml *from = list ? definition->child : definition; from;
         from = list ? from->next : NULL) {
        cord_status status = cord_modifier_apply(context, chain, from, tail);
        if (status != CORD_OK) {
            return status;
        }
        if ((*tail)->kind == CORD_DRAFT_NULL && list && definition->count > 1) {
            return cord_draft_refuse(context, from->line, CORD_E_FORMAT,
                                     "null cannot be one of several values: give it a search "
                                     "identifier of its own and join the two in the condition");
        }
        if (cord_modifier_has(chain, CORD_MODIFIER_CONTAINS) && from->text.len == 0) {
            status =
                cord_draft_warn(context, from->line, "an empty text is contained in every value");
            if (status != CORD_OK) {
                return status;
            }
        }
        tail = &(*tail)->next;
        item->value_count++;
    }
    if (item->value_count == 0) {
        return cord_draft_refuse(context, item->line, CORD_E_FORMAT,
                                 "'%.*s' has an empty list of values", CORD_STR_ARG(item->field));
    }
    return CORD_OK;
}

/* A keyword stands anywhere in a value or the message. */
/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the reader */
static cord_status open_keywords(struct cord_draft_context *context, struct cord_draft_value *value)
{
    for (; value; value = value->next) {
        cord_status status = CORD_OK;
        if (value->kind == CORD_DRAFT_EXPANSION) {
            status = open_keywords(context, value->members);
        } else if (value->kind == CORD_DRAFT_NUMBER) {
            cord_str text = value->text;
            value->kind = CORD_DRAFT_STRING;
            status = cord_wildcard_plain(context, text, value);
        } else if (value->kind != CORD_DRAFT_STRING && value->kind != CORD_DRAFT_REGEX) {
            return cord_draft_refuse(context, value->line, CORD_E_FORMAT,
                                     "a keyword is a text, a number or a regular expression: this "
                                     "needs a field");
        }
        if (status == CORD_OK && value->kind == CORD_DRAFT_STRING) {
            status = cord_wildcard_open(context, value, true, true);
        }
        if (status != CORD_OK) {
            return status;
        }
    }
    return CORD_OK;
}

static cord_status check_item(struct cord_draft_context *context, struct cord_draft_node *item)
{
    if (item->all && item->value_count == 1) {
        return cord_draft_warn(context, item->line,
                               "'all' over a single value changes nothing: drop it");
    }
    return CORD_OK;
}

static cord_status take_item(struct cord_draft_context *context, cord_str key, uint32_t line,
                             const struct cord_yaml *definition, struct cord_draft_node **ret_node)
{
    struct cord_modifier_chain chain;
    struct cord_draft_node *item = NULL;
    cord_status status = cord_modifier_parse(context, line, key, &chain);
    if (status == CORD_OK) {
        status = new_node(context, CORD_DRAFT_ITEM, line, &item);
    }
    if (status == CORD_OK) {
        status = cord_selection_field(context, chain.field, &item->field);
    }
    if (status != CORD_OK) {
        return status;
    }
    item->keyword = item->field.len == 0;
    item->all = cord_modifier_has(&chain, CORD_MODIFIER_ALL);
    item->negate = cord_modifier_has(&chain, CORD_MODIFIER_NEQ);
    item->regex = cord_modifier_has(&chain, CORD_MODIFIER_RE);
    status = take_values(context, &chain, definition, item);
    if (status == CORD_OK && item->keyword) {
        status = open_keywords(context, item->values);
    }
    if (status == CORD_OK) {
        status = check_item(context, item);
    }
    if (status == CORD_OK) {
        *ret_node = item;
    }
    return status;
}

static bool is_scalar(const struct cord_yaml *node)
{
    return node->kind != CORD_YAML_LIST && node->kind != CORD_YAML_MAP;
}

static bool all_scalars(const struct cord_yaml *list)
{
    for (const struct cord_yaml *member = list->child; member; member = member->next) {
        if (!is_scalar(member)) {
            return false;
        }
    }
    return true;
}

/* Recursion is bounded by the YAML reader's depth. */
/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the reader */
cord_status cord_selection_parse_node(struct cord_draft_context *context,
                                      const struct cord_yaml *definition,
                                      struct cord_draft_node **ret_node)
{
    bool map = definition->kind == CORD_YAML_MAP;
    if (is_scalar(definition) || (!map && definition->count > 0 && all_scalars(definition))) {
        return take_item(context, CORD_STR(""), definition->line, definition, ret_node);
    }
    if (definition->count == 0) {
        return cord_draft_refuse(context, definition->line, CORD_E_FORMAT,
                                 "an empty %s says nothing", map ? "map" : "list");
    }
    struct cord_draft_node *node = NULL;
    cord_status status =
        new_node(context, map ? CORD_DRAFT_ALL : CORD_DRAFT_ANY, definition->line, &node);
    struct cord_draft_node **tail = node ? &node->child : NULL;
    for (const struct cord_yaml *member = definition->child; member && status == CORD_OK;
         member = member->next) {
        status = map ? take_item(context, member->key->text, member->key->line, member, tail)
                     : cord_selection_parse_node(context, member, tail);
        if (status == CORD_OK) {
            tail = &(*tail)->next;
        }
    }
    if (status == CORD_OK) {
        *ret_node = node;
    }
    return status;
}

static bool is_other(cord_str name, const char *const other[])
{
    for (size_t i = 0; other[i]; i++) {
        if (cord_str_eq(name, cord_str_from(other[i]))) {
            return true;
        }
    }
    return cord_str_eq(name, CORD_STR("condition"));
}

static cord_status take_selection(struct cord_draft_context *context,
                                  const struct cord_yaml *definition,
                                  struct cord_draft_selection **ret_selection)
{
    cord_str name = definition->key->text;
    struct cord_draft_selection *selection = cord_arena_zalloc(context->work, 1, sizeof *selection);
    if (!selection) {
        return cord_draft_no_room(context, context->work);
    }
    selection->line = definition->key->line;
    cord_status status = cord_draft_intern(context, name, &selection->name);
    if (status == CORD_OK && definition->kind == CORD_YAML_NULL) {
        return cord_draft_refuse(context, selection->line, CORD_E_FORMAT,
                                 "the search identifier '%.*s' is empty", CORD_STR_ARG(name));
    }
    if (status == CORD_OK && is_scalar(definition)) {
        status = cord_draft_warn(context, selection->line,
                                 "the search identifier '%.*s' is neither list nor map: taken as "
                                 "one keyword",
                                 CORD_STR_ARG(name));
    }
    if (status == CORD_OK) {
        status = cord_selection_parse_node(context, definition, &selection->node);
    }
    if (cord_draft_is_refusal(status)) {
        name = cord_draft_brief(name);
        cord_error_context(&context->err, "%.*s", CORD_STR_ARG(name));
    }
    if (status == CORD_OK) {
        *ret_selection = selection;
    }
    return status;
}

static cord_status take_condition(struct cord_draft_context *context, const struct cord_yaml *node,
                                  struct cord_draft_condition **ret_condition)
{
    if (node->kind != CORD_YAML_TEXT && node->kind != CORD_YAML_INT) {
        return cord_draft_refuse(context, node->line, CORD_E_FORMAT, "a condition is a text");
    }
    struct cord_draft_condition *condition = cord_arena_alloc(context->work, sizeof *condition);
    if (!condition) {
        return cord_draft_no_room(context, context->work);
    }
    *condition = (struct cord_draft_condition){.text = cord_arena_copy(context->work, node->text),
                                               .line = node->line};
    *ret_condition = condition;
    return condition->text.ptr ? CORD_OK : cord_draft_no_room(context, context->work);
}

static cord_status take_conditions(struct cord_draft_context *context,
                                   const struct cord_yaml *detection,
                                   struct cord_draft_detection *ret_detection)
{
    const struct cord_yaml *node = cord_yaml_get(detection, CORD_STR("condition"));
    if (!node || (node->kind == CORD_YAML_LIST && node->count == 0)) {
        return cord_draft_refuse(context, detection->line, CORD_E_FORMAT, "there is no condition");
    }
    if (node->kind != CORD_YAML_LIST) {
        return take_condition(context, node, &ret_detection->conditions);
    }
    struct cord_draft_condition **tail = &ret_detection->conditions;
    for (const struct cord_yaml *member = node->child; member; member = member->next) {
        cord_status status = take_condition(context, member, tail);
        if (status != CORD_OK) {
            return status;
        }
        tail = &(*tail)->next;
    }
    return CORD_OK;
}

/* A condition that still aggregates is refused with what to write instead. */
static cord_status refuse_aggregation(struct cord_draft_context *context,
                                      const struct cord_yaml *detection,
                                      const struct cord_draft_detection *draft)
{
    cord_str timeframe = cord_yaml_text(cord_yaml_get(detection, CORD_STR("timeframe")));
    for (const struct cord_draft_condition *condition = draft->conditions; condition;
         condition = condition->next) {
        if (cord_str_find_char(condition->text, '|', 0) != SIZE_MAX) {
            cord_str reason =
                cord_condition_explain_pipe(context->work, condition->text, timeframe);
            return cord_draft_refuse(context, condition->line, CORD_E_UNSUPPORTED, "%.*s",
                                     CORD_STR_ARG(reason));
        }
    }
    if (timeframe.ptr) {
        return cord_draft_refuse(
            context, cord_yaml_get(detection, CORD_STR("timeframe"))->line, CORD_E_UNSUPPORTED,
            "'timeframe' left the language with version 2: write it as 'timespan' of a correlation "
            "rule");
    }
    return CORD_OK;
}

cord_status cord_selection_parse(struct cord_draft_context *context,
                                 const struct cord_yaml *detection, const char *const other[],
                                 struct cord_draft_detection *ret_detection)
{
    struct cord_draft_detection draft = {0};
    struct cord_draft_selection **tail = &draft.selections;
    if (detection->kind != CORD_YAML_MAP) {
        return cord_draft_refuse(context, detection->line, CORD_E_FORMAT,
                                 "search identifiers and a condition belong in a map");
    }
    cord_status status = take_conditions(context, detection, &draft);
    if (status == CORD_OK) {
        status = refuse_aggregation(context, detection, &draft);
    }
    for (const struct cord_yaml *member = detection->child; member && status == CORD_OK;
         member = member->next) {
        if (!is_other(member->key->text, other)) {
            status = take_selection(context, member, tail);
            tail = status == CORD_OK ? &(*tail)->next : tail;
        }
    }
    if (status == CORD_OK && !draft.selections) {
        status = cord_draft_refuse(context, detection->line, CORD_E_FORMAT,
                                   "there is no search identifier");
    }
    if (status == CORD_OK) {
        *ret_detection = draft;
    }
    return status;
}
