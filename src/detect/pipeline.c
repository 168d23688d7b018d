/* pipeline.c: reading a pipeline, and the order in which it is applied. */
#include "detect/pipeline_internal.h"

#include "base/nearest.h"
#include "detect/modifier.h"
#include "detect/selection_parse.h"
#include "detect/wildcard.h"

/* The members that every transformation may have. */
static const char *const common =
    "id type rule_conditions rule_cond_op rule_cond_not rule_cond_expr "
    "detection_item_conditions detection_item_cond_op detection_item_cond_not "
    "detection_item_cond_expr field_name_conditions field_name_cond_op field_name_cond_not "
    "field_name_cond_expr";

static const struct {
    const char *type;
    enum cord_pipeline_kind kind;
    const char *members;
} kinds[] = {
    {"field_name_mapping", CORD_PIPELINE_FIELD_MAPPING, "mapping"},
    {"field_name_prefix_mapping", CORD_PIPELINE_FIELD_PREFIX_MAPPING, "mapping"},
    {"field_name_suffix", CORD_PIPELINE_FIELD_SUFFIX, "suffix"},
    {"field_name_prefix", CORD_PIPELINE_FIELD_PREFIX, "prefix"},
    {"drop_detection_item", CORD_PIPELINE_DROP_ITEM, ""},
    {"add_condition", CORD_PIPELINE_ADD_CONDITION, "conditions name negated"},
    {"change_logsource", CORD_PIPELINE_CHANGE_LOGSOURCE, "category product service"},
    {"set_custom_attribute", CORD_PIPELINE_SET_ATTRIBUTE, "attribute value"},
    {"set_state", CORD_PIPELINE_SET_STATE, "key val"},
    {"replace_string", CORD_PIPELINE_REPLACE_STRING, "regex replacement skip_special"},
    {"map_string", CORD_PIPELINE_MAP_STRING, "mapping"},
    {"value_placeholders", CORD_PIPELINE_VALUE_PLACEHOLDERS, "include exclude"},
    {"wildcard_placeholders", CORD_PIPELINE_WILDCARD_PLACEHOLDERS, "include"},
    {"set_value", CORD_PIPELINE_SET_VALUE, "value force_type"},
    {"convert_type", CORD_PIPELINE_CONVERT_TYPE, "target_type"},
    {"case", CORD_PIPELINE_CASE, "method"},
    {"hashes_fields", CORD_PIPELINE_HASHES_FIELDS,
     "valid_hash_algos field_prefix drop_algo_prefix"},
    {"rule_failure", CORD_PIPELINE_RULE_FAILURE, "message"},
    {"detection_item_failure", CORD_PIPELINE_ITEM_FAILURE, "message"},
    {"strict_field_mapping_failure", CORD_PIPELINE_STRICT_MAPPING, "message"},
    {"add_field", CORD_PIPELINE_ADD_FIELD, "field"},
    {"remove_field", CORD_PIPELINE_REMOVE_FIELD, "field"},
    {"set_field", CORD_PIPELINE_SET_FIELD, "fields"},
    {"nest", CORD_PIPELINE_NEST, "items"},
};

static const struct {
    const char *type;
    const char *why;
} refused[] = {
    {"query_expression_placeholders", "there is no query language to put an expression of into"},
    {"field_name_transform", "it needs a Python function"},
    {"regex", "write the modifier re into the rule"},
};

static bool is_true(const struct cord_yaml *node)
{
    return node && node->kind == CORD_YAML_BOOL && node->boolean;
}

cord_status cord_pipeline_text(struct cord_draft_context *context, const struct cord_yaml *map,
                               const char *name, cord_str *ret_text)
{
    cord_str text = cord_yaml_text(cord_yaml_get(map, cord_str_from(name)));
    *ret_text = CORD_STR("");
    return text.len > 0 ? cord_draft_intern(context, text, ret_text) : CORD_OK;
}

cord_status cord_pipeline_texts(struct cord_draft_context *context, const struct cord_yaml *node,
                                cord_str **ret_texts, size_t *ret_count)
{
    bool list = node && node->kind == CORD_YAML_LIST;
    size_t room = list ? node->count : 1;
    cord_str *texts = cord_arena_alloc(context->work, (room + 1) * sizeof *texts);
    size_t count = 0;
    if (!texts) {
        return cord_draft_no_room(context, context->work);
    }
    for (const struct cord_yaml *from = list ? node->child : node; from;
         from = list ? from->next : NULL) {
        cord_str text = cord_yaml_text(from);
        if (!text.ptr) {
            return cord_draft_refuse(context, from->line, CORD_E_FORMAT, "a text belongs here");
        }
        cord_status status = cord_draft_intern(context, text, &texts[count++]);
        if (status != CORD_OK) {
            return status;
        }
    }
    *ret_texts = texts;
    *ret_count = count;
    return CORD_OK;
}

cord_status cord_pipeline_regex(struct cord_draft_context *context, struct cord_pipeline *pipeline,
                                uint32_t line, cord_str expression, bool anchored,
                                struct cord_pipeline_regex **ret_regex)
{
    if (expression.len == 0) {
        return cord_draft_refuse(context, line, CORD_E_FORMAT, "the expression is missing");
    }
    cord_status status =
        cord_pipeline_regex_new(expression, anchored, &pipeline->regexes, &context->err);
    context->line = line;
    if (status == CORD_OK) {
        *ret_regex = pipeline->regexes;
    }
    return status;
}

static cord_status read_mapping(struct cord_draft_context *context, const struct cord_yaml *node,
                                struct cord_pipeline_item *item)
{
    const struct cord_yaml *map = cord_yaml_get(node, CORD_STR("mapping"));
    struct cord_pipeline_mapping **tail = &item->mapping;
    if (!map || map->kind != CORD_YAML_MAP) {
        return cord_draft_refuse(context, node->line, CORD_E_FORMAT, "'mapping' must be a map");
    }
    for (const struct cord_yaml *member = map->child; member; member = member->next) {
        struct cord_pipeline_mapping *mapping =
            cord_arena_zalloc(context->work, 1, sizeof *mapping);
        if (!mapping) {
            return cord_draft_no_room(context, context->work);
        }
        cord_status status = cord_draft_intern(context, member->key->text, &mapping->from);
        if (status == CORD_OK) {
            status = cord_pipeline_texts(context, member, &mapping->to, &mapping->to_count);
        }
        if (status != CORD_OK) {
            return status;
        }
        if (mapping->to_count == 0) {
            return cord_draft_refuse(context, member->line, CORD_E_FORMAT,
                                     "'%.*s' is mapped to nothing", CORD_STR_ARG(mapping->from));
        }
        *tail = mapping;
        tail = &mapping->next;
    }
    return CORD_OK;
}

static cord_status read_value(struct cord_draft_context *context, const struct cord_yaml *node,
                              struct cord_pipeline_item *item)
{
    static const struct cord_modifier_chain plain = {.count = 0};
    const struct cord_yaml *value = cord_yaml_get(node, CORD_STR("value"));
    cord_str type = cord_yaml_text(cord_yaml_get(node, CORD_STR("force_type")));
    if (!value || value->kind == CORD_YAML_LIST || value->kind == CORD_YAML_MAP) {
        return cord_draft_refuse(context, node->line, CORD_E_FORMAT, "'value' must be one value");
    }
    struct cord_yaml forced = *value;
    if (cord_str_eq(type, CORD_STR("str"))) {
        forced.kind = CORD_YAML_TEXT;
    } else if (cord_str_eq(type, CORD_STR("num")) && value->kind == CORD_YAML_TEXT) {
        int64_t number = 0;
        if (!cord_str_i64(value->text, &number)) {
            return cord_draft_refuse(context, value->line, CORD_E_FORMAT, "not a number");
        }
        forced.kind = CORD_YAML_INT;
    }
    return cord_modifier_apply(context, &plain, &forced, &item->set);
}

/* Placeholders to fill: the pipeline's lists that are included. */
static cord_status read_placeholders(struct cord_draft_context *context,
                                     const struct cord_pipeline *pipeline,
                                     const struct cord_yaml *node, struct cord_pipeline_item *item)
{
    const struct cord_yaml *include = cord_yaml_get(node, CORD_STR("include"));
    const struct cord_yaml *exclude = cord_yaml_get(node, CORD_STR("exclude"));
    cord_str *names = NULL;
    size_t count = 0;
    cord_status status = cord_pipeline_texts(context, include ? include : exclude, &names, &count);
    for (const struct cord_placeholder *var = pipeline->vars; var && status == CORD_OK;
         var = var->next) {
        bool named = false;
        for (size_t i = 0; i < count; i++) {
            named = named || cord_str_eq(names[i], var->name);
        }
        if (include ? !named : named) {
            continue;
        }
        struct cord_placeholder *copy = cord_arena_alloc(context->work, sizeof *copy);
        if (!copy) {
            return cord_draft_no_room(context, context->work);
        }
        *copy = *var;
        copy->next = item->placeholders;
        item->placeholders = copy;
    }
    return status;
}

static cord_status read_wildcards(struct cord_draft_context *context, const struct cord_yaml *node,
                                  struct cord_pipeline_item *item)
{
    static const cord_str star = {"*", 1};
    const struct cord_yaml *include = cord_yaml_get(node, CORD_STR("include"));
    cord_str *names = NULL;
    size_t count = 0;
    cord_status status = cord_pipeline_texts(context, include, &names, &count);
    item->wildcard = !include;
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        struct cord_placeholder *made = cord_arena_alloc(context->work, sizeof *made);
        if (!made) {
            return cord_draft_no_room(context, context->work);
        }
        *made = (struct cord_placeholder){
            .name = names[i], .values = &star, .value_count = 1, .next = item->placeholders};
        item->placeholders = made;
    }
    return status;
}

static cord_status read_items(struct cord_draft_context *context, struct cord_pipeline *pipeline,
                              const struct cord_yaml *list, size_t depth,
                              struct cord_pipeline_item **ret_items);

static cord_status read_choice(struct cord_draft_context *context, const struct cord_yaml *node,
                               const char *name, const char *no, const char *yes, bool *ret_yes)
{
    cord_str word = cord_yaml_text(cord_yaml_get(node, cord_str_from(name)));
    *ret_yes = cord_str_eq(word, cord_str_from(yes));
    return *ret_yes || cord_str_eq(word, cord_str_from(no))
               ? CORD_OK
               : cord_draft_refuse(context, node->line, CORD_E_UNSUPPORTED, "'%s' must be %s or %s",
                                   name, no, yes);
}

static cord_status read_condition(struct cord_draft_context *context, const struct cord_yaml *node,
                                  struct cord_pipeline_item *item)
{
    const struct cord_yaml *conditions = cord_yaml_get(node, CORD_STR("conditions"));
    if (!conditions || conditions->kind != CORD_YAML_MAP) {
        return cord_draft_refuse(context, node->line, CORD_E_FORMAT, "'conditions' must be a map");
    }
    item->flag = is_true(cord_yaml_get(node, CORD_STR("negated")));
    cord_status status = cord_pipeline_text(context, node, "name", &item->key);
    return status == CORD_OK ? cord_selection_parse_node(context, conditions, &item->node) : status;
}

static cord_status read_logsource(struct cord_draft_context *context, const struct cord_yaml *node,
                                  struct cord_pipeline_item *item)
{
    cord_status status = cord_pipeline_text(context, node, "category", &item->logsource.category);
    if (status == CORD_OK) {
        status = cord_pipeline_text(context, node, "product", &item->logsource.product);
    }
    if (status == CORD_OK) {
        status = cord_pipeline_text(context, node, "service", &item->logsource.service);
    }
    item->logsource.definition = CORD_STR("");
    return status;
}

static cord_status read_replacement(struct cord_draft_context *context,
                                    struct cord_pipeline *pipeline, const struct cord_yaml *node,
                                    struct cord_pipeline_item *item)
{
    cord_str expression = cord_yaml_text(cord_yaml_get(node, CORD_STR("regex")));
    item->flag = is_true(cord_yaml_get(node, CORD_STR("skip_special")));
    cord_status status = cord_pipeline_text(context, node, "replacement", &item->value);
    return status == CORD_OK
               ? cord_pipeline_regex(context, pipeline, node->line, expression, false, &item->regex)
               : status;
}

static cord_status read_hashes(struct cord_draft_context *context, const struct cord_yaml *node,
                               struct cord_pipeline_item *item)
{
    item->flag = is_true(cord_yaml_get(node, CORD_STR("drop_algo_prefix")));
    cord_status status = cord_pipeline_text(context, node, "field_prefix", &item->key);
    return status == CORD_OK
               ? cord_pipeline_texts(context, cord_yaml_get(node, CORD_STR("valid_hash_algos")),
                                     &item->texts, &item->text_count)
               : status;
}

/* key and value under any of the names that transformations give them. */
static cord_status read_pair(struct cord_draft_context *context, const struct cord_yaml *node,
                             struct cord_pipeline_item *item)
{
    static const char *const keys[] = {"prefix", "suffix", "attribute", "key", "message"};
    cord_status status = CORD_OK;
    for (size_t i = 0; i < sizeof keys / sizeof *keys && status == CORD_OK; i++) {
        if (cord_yaml_get(node, cord_str_from(keys[i]))) {
            status = cord_pipeline_text(context, node, keys[i], &item->key);
        }
    }
    const char *value = cord_yaml_get(node, CORD_STR("val")) ? "val" : "value";
    return status == CORD_OK ? cord_pipeline_text(context, node, value, &item->value) : status;
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the reader */
static cord_status read_details(struct cord_draft_context *context, struct cord_pipeline *pipeline,
                                const struct cord_yaml *node, size_t depth,
                                struct cord_pipeline_item *item)
{
    switch (item->kind) {
    case CORD_PIPELINE_FIELD_MAPPING:
    case CORD_PIPELINE_FIELD_PREFIX_MAPPING:
    case CORD_PIPELINE_MAP_STRING:
        return read_mapping(context, node, item);
    case CORD_PIPELINE_ADD_CONDITION:
        return read_condition(context, node, item);
    case CORD_PIPELINE_CHANGE_LOGSOURCE:
        return read_logsource(context, node, item);
    case CORD_PIPELINE_REPLACE_STRING:
        return read_replacement(context, pipeline, node, item);
    case CORD_PIPELINE_VALUE_PLACEHOLDERS:
        return read_placeholders(context, pipeline, node, item);
    case CORD_PIPELINE_WILDCARD_PLACEHOLDERS:
        return read_wildcards(context, node, item);
    case CORD_PIPELINE_SET_VALUE:
        return read_value(context, node, item);
    case CORD_PIPELINE_CONVERT_TYPE:
        return read_choice(context, node, "target_type", "str", "num", &item->flag);
    case CORD_PIPELINE_CASE:
        return read_choice(context, node, "method", "lower", "upper", &item->upper);
    case CORD_PIPELINE_HASHES_FIELDS:
        return read_hashes(context, node, item);
    case CORD_PIPELINE_ADD_FIELD:
    case CORD_PIPELINE_REMOVE_FIELD:
        return cord_pipeline_texts(context, cord_yaml_get(node, CORD_STR("field")), &item->texts,
                                   &item->text_count);
    case CORD_PIPELINE_SET_FIELD:
        return cord_pipeline_texts(context, cord_yaml_get(node, CORD_STR("fields")), &item->texts,
                                   &item->text_count);
    case CORD_PIPELINE_NEST:
        return read_items(context, pipeline, cord_yaml_get(node, CORD_STR("items")), depth + 1,
                          &item->children);
    case CORD_PIPELINE_FIELD_SUFFIX:
    case CORD_PIPELINE_FIELD_PREFIX:
    case CORD_PIPELINE_SET_ATTRIBUTE:
    case CORD_PIPELINE_SET_STATE:
    case CORD_PIPELINE_RULE_FAILURE:
    case CORD_PIPELINE_ITEM_FAILURE:
    case CORD_PIPELINE_STRICT_MAPPING:
    case CORD_PIPELINE_DROP_ITEM:
        return read_pair(context, node, item);
    }
    return CORD_OK;
}

bool cord_pipeline_is_member(const char *members, cord_str name)
{
    cord_str rest = cord_str_from(members);
    cord_str word;
    while (rest.ptr && cord_str_cut(&rest, ' ', &word)) {
        if (word.len > 0 && cord_str_eq(word, name)) {
            return true;
        }
    }
    return false;
}

static cord_status refuse_type(struct cord_draft_context *context, const struct cord_yaml *node,
                               cord_str type)
{
    struct cord_nearest nearest;
    cord_nearest_init(&nearest, type);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        if (cord_str_eq(type, cord_str_from(refused[i].type))) {
            return cord_draft_refuse(context, node->line, CORD_E_UNSUPPORTED,
                                     "the transformation '%s' cannot be honoured: %s",
                                     refused[i].type, refused[i].why);
        }
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        cord_nearest_offer(&nearest, cord_str_from(kinds[i].type));
    }
    cord_str found = cord_nearest_found(&nearest);
    type = cord_draft_brief(type);
    return cord_draft_refuse(context, node->line, CORD_E_UNSUPPORTED,
                             "unknown transformation '%.*s'%s%.*s", CORD_STR_ARG(type),
                             found.len > 0 ? ": did you mean " : "", CORD_STR_ARG(found));
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the reader */
static cord_status read_item(struct cord_draft_context *context, struct cord_pipeline *pipeline,
                             const struct cord_yaml *node, size_t depth,
                             struct cord_pipeline_item **ret_item)
{
    cord_str type = cord_yaml_text(cord_yaml_get(node, CORD_STR("type")));
    size_t at = 0;
    while (at < sizeof kinds / sizeof *kinds && !cord_str_eq(type, cord_str_from(kinds[at].type))) {
        at++;
    }
    if (at == sizeof kinds / sizeof *kinds) {
        return refuse_type(context, node, type);
    }
    for (const struct cord_yaml *member = node->child; member; member = member->next) {
        cord_str name = member->key->text;
        if (!cord_pipeline_is_member(common, name) &&
            !cord_pipeline_is_member(kinds[at].members, name)) {
            return cord_draft_refuse(context, member->line, CORD_E_UNSUPPORTED,
                                     "transformation '%s': unknown member '%.*s'", kinds[at].type,
                                     CORD_STR_ARG(name));
        }
    }
    struct cord_pipeline_item *item = cord_arena_zalloc(context->work, 1, sizeof *item);
    if (!item) {
        return cord_draft_no_room(context, context->work);
    }
    item->kind = kinds[at].kind;
    item->type = kinds[at].type;
    item->line = node->line;
    cord_status status = cord_pipeline_text(context, node, "id", &item->id);
    if (status == CORD_OK) {
        status = cord_pipeline_condition_parse(context, pipeline, node, "rule", &item->rule);
    }
    if (status == CORD_OK) {
        status =
            cord_pipeline_condition_parse(context, pipeline, node, "detection_item", &item->item);
    }
    if (status == CORD_OK) {
        status = cord_pipeline_condition_parse(context, pipeline, node, "field_name", &item->field);
    }
    if (status == CORD_OK) {
        status = read_details(context, pipeline, node, depth, item);
    }
    *ret_item = item;
    return status;
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the reader */
static cord_status read_items(struct cord_draft_context *context, struct cord_pipeline *pipeline,
                              const struct cord_yaml *list, size_t depth,
                              struct cord_pipeline_item **ret_items)
{
    struct cord_pipeline_item **tail = ret_items;
    cord_status status = CORD_OK;
    if (depth > CORD_PIPELINE_NEST_MAX) {
        return cord_draft_refuse(context, list ? list->line : 1, CORD_E_UNSUPPORTED,
                                 "transformations are nested deeper than %d",
                                 CORD_PIPELINE_NEST_MAX);
    }
    for (const struct cord_yaml *node = list ? list->child : NULL; node && status == CORD_OK;
         node = node->next) {
        status = read_item(context, pipeline, node, depth, tail);
        tail = status == CORD_OK ? &(*tail)->next : tail;
    }
    return status;
}

static cord_status check_members(struct cord_draft_context *context,
                                 const struct cord_yaml *document)
{
    for (const struct cord_yaml *member = document->child; member; member = member->next) {
        cord_str name = member->key->text;
        bool empty = member->kind == CORD_YAML_NULL ||
                     (member->kind == CORD_YAML_LIST && member->count == 0);
        if (cord_pipeline_is_member("postprocessing finalizers", name) && !empty) {
            return cord_draft_refuse(context, member->line, CORD_E_UNSUPPORTED,
                                     "'%.*s' works on queries, which there are none of: leave it "
                                     "out",
                                     CORD_STR_ARG(name));
        }
        if (!cord_pipeline_is_member(
                "name priority vars transformations allowed_backends postprocessing "
                "finalizers",
                name)) {
            return cord_draft_refuse(context, member->line, CORD_E_UNSUPPORTED,
                                     "unknown member '%.*s' of a pipeline", CORD_STR_ARG(name));
        }
    }
    return CORD_OK;
}

static cord_status read_pipeline(struct cord_draft_context *context,
                                 const struct cord_yaml *document, struct cord_pipeline *pipeline)
{
    const struct cord_yaml *priority = cord_yaml_get(document, CORD_STR("priority"));
    const struct cord_yaml *vars = cord_yaml_get(document, CORD_STR("vars"));
    cord_status status = check_members(context, document);
    if (status == CORD_OK) {
        status = cord_pipeline_text(context, document, "name", &pipeline->name);
    }
    pipeline->priority = priority && priority->kind == CORD_YAML_INT ? priority->integer : 0;
    if (status == CORD_OK && vars && vars->kind == CORD_YAML_MAP) {
        status = cord_placeholder_read(context, vars, &pipeline->vars);
    }
    return status == CORD_OK
               ? read_items(context, pipeline, cord_yaml_get(document, CORD_STR("transformations")),
                            0, &pipeline->items)
               : status;
}

cord_status cord_pipeline_parse(struct cord_draft_context *context,
                                const struct cord_yaml *document,
                                struct cord_pipeline **ret_pipeline)
{
    if (document->kind != CORD_YAML_MAP) {
        return cord_draft_refuse(context, document->line, CORD_E_FORMAT, "not a pipeline");
    }
    struct cord_pipeline *pipeline = cord_arena_zalloc(context->work, 1, sizeof *pipeline);
    if (!pipeline) {
        return cord_draft_no_room(context, context->work);
    }
    cord_status status = read_pipeline(context, document, pipeline);
    if (status != CORD_OK) {
        cord_pipeline_free(pipeline);
        return status;
    }
    *ret_pipeline = pipeline;
    return CORD_OK;
}

void cord_pipeline_free(struct cord_pipeline *pipeline)
{
    if (pipeline) {
        cord_pipeline_regex_free(pipeline->regexes);
        pipeline->regexes = NULL;
    }
}

void cord_pipeline_number(struct cord_pipeline *pipeline, uint64_t order)
{
    pipeline->order = order;
}

int cord_pipeline_compare(const struct cord_pipeline *a, const struct cord_pipeline *b)
{
    if (a->priority != b->priority) {
        return a->priority < b->priority ? -1 : 1;
    }
    return a->order < b->order ? -1 : a->order > b->order;
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the reader */
static cord_status apply_items(struct cord_draft_context *context,
                               const struct cord_pipeline_item *items, struct cord_draft *draft)
{
    struct cord_pipeline_subject subject = {.draft = draft, .field = CORD_STR("")};
    cord_status status = CORD_OK;
    for (const struct cord_pipeline_item *item = items; item && status == CORD_OK;
         item = item->next) {
        if (!cord_pipeline_condition_holds(&item->rule, &subject, context->work)) {
            continue;
        }
        status = item->kind == CORD_PIPELINE_NEST ? apply_items(context, item->children, draft)
                                                  : cord_pipeline_transform(context, item, draft);
    }
    return status;
}

cord_status cord_pipeline_apply(struct cord_draft_context *context, struct cord_pipeline *pipeline,
                                struct cord_draft *draft)
{
    cord_status status = apply_items(context, pipeline->items, draft);
    if (cord_draft_is_refusal(status)) {
        cord_error_context(&context->err, "pipeline '%.*s'", CORD_STR_ARG(pipeline->name));
    }
    return status;
}
