/* rule_parse.c: see rule_parse.h. */
#include "detect/rule_parse.h"

#include "detect/selection_parse.h"

static cord_status take_text(struct cord_draft_context *context, const struct cord_yaml *node,
                             cord_str *ret_text)
{
    cord_str text = cord_yaml_text(node);
    if (text.len == 0) {
        *ret_text = CORD_STR("");
        return CORD_OK;
    }
    *ret_text = cord_arena_copy(context->arena, text);
    return ret_text->ptr ? CORD_OK : cord_draft_no_room(context, context->arena);
}

static cord_status take_name(struct cord_draft_context *context, const struct cord_yaml *node,
                             cord_str *ret_text)
{
    cord_str text = cord_yaml_text(node);
    *ret_text = CORD_STR("");
    return text.len > 0 ? cord_draft_intern(context, text, ret_text) : CORD_OK;
}

/* A list of texts; a text alone is a list of one. */
static cord_status take_texts(struct cord_draft_context *context, const struct cord_yaml *node,
                              bool names, const cord_str **ret_texts, size_t *ret_count)
{
    if (!node || node->kind == CORD_YAML_NULL) {
        return CORD_OK;
    }
    if (node->kind == CORD_YAML_MAP) {
        return cord_draft_warn(context, node->line, "'%.*s' should be a list of texts: left out",
                               CORD_STR_ARG(node->key->text));
    }
    bool list = node->kind == CORD_YAML_LIST;
    size_t room = list ? node->count : 1;
    cord_str *texts = cord_arena_alloc(context->arena, (room + 1) * sizeof *texts);
    size_t count = 0;
    if (!texts) {
        return cord_draft_no_room(context, context->arena);
    }
    for (const struct cord_yaml *from = list ? node->child : node; from;
         from = list ? from->next : NULL) {
        if (cord_yaml_text(from).len > 0) {
            cord_status status = names ? take_name(context, from, &texts[count])
                                       : take_text(context, from, &texts[count]);
            if (status != CORD_OK) {
                return status;
            }
            count++;
        }
    }
    *ret_texts = texts;
    *ret_count = count;
    return CORD_OK;
}

static const struct cord_yaml *member(const struct cord_yaml *document, const char *name)
{
    return cord_yaml_get(document, cord_str_from(name));
}

cord_status cord_rule_parse_identity(struct cord_draft_context *context,
                                     const struct cord_yaml *document)
{
    context->id = CORD_STR("");
    context->title = CORD_STR("");
    cord_status status = take_text(context, member(document, "id"), &context->id);
    if (status == CORD_OK) {
        status = take_text(context, member(document, "title"), &context->title);
    }
    return status;
}

static cord_status take_level(struct cord_draft_context *context, const struct cord_yaml *document,
                              enum cord_level *ret_level)
{
    const struct cord_yaml *node = member(document, "level");
    cord_str word = cord_yaml_text(node);
    *ret_level = CORD_LEVEL_NONE;
    if (word.len > 0 && !cord_rule_about_level_parse(word, ret_level)) {
        word = cord_draft_brief(word);
        return cord_draft_warn(context, node->line,
                               "unknown level '%.*s': write informational, low, medium, high or "
                               "critical",
                               CORD_STR_ARG(word));
    }
    return CORD_OK;
}

static cord_status take_status(struct cord_draft_context *context, const struct cord_yaml *document,
                               cord_str *ret_status)
{
    static const char *const known[] = {"stable", "test", "experimental", "deprecated",
                                        "unsupported"};
    const struct cord_yaml *node = member(document, "status");
    cord_status status = take_name(context, node, ret_status);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (cord_str_eq(*ret_status, cord_str_from(known[i]))) {
            return status;
        }
    }
    if (status == CORD_OK && ret_status->len > 0) {
        cord_str word = cord_draft_brief(*ret_status);
        return cord_draft_warn(context, node->line,
                               "unknown status '%.*s': write stable, test, experimental, "
                               "deprecated or unsupported",
                               CORD_STR_ARG(word));
    }
    return status;
}

static cord_status take_about(struct cord_draft_context *context, const struct cord_yaml *document,
                              struct cord_rule *rule)
{
    struct cord_rule_about *about = &rule->about;
    const struct {
        const char *name;
        cord_str *ret_text;
        bool often_the_same;
    } texts[] = {
        {"name", &about->name, false},      {"description", &about->description, false},
        {"author", &about->author, true},   {"date", &about->date, true},
        {"license", &about->license, true}, {"modified", &about->modified, true},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const struct cord_yaml *node = member(document, texts[i].name);
        cord_status status = texts[i].often_the_same ? take_name(context, node, texts[i].ret_text)
                                                     : take_text(context, node, texts[i].ret_text);
        if (status != CORD_OK) {
            return status;
        }
    }
    const struct {
        const char *name;
        const cord_str **ret_texts;
        size_t *ret_count;
        bool often_the_same;
    } lists[] = {
        {"references", &about->references, &about->reference_count, false},
        {"tags", &about->tags, &about->tag_count, true},
        {"falsepositives", &about->falsepositives, &about->falsepositive_count, true},
        {"fields", &rule->fields, &rule->field_count, true},
    };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        cord_status status =
            take_texts(context, member(document, lists[i].name), lists[i].often_the_same,
                       lists[i].ret_texts, lists[i].ret_count);
        if (status != CORD_OK) {
            return status;
        }
    }
    cord_status status = take_level(context, document, &about->level);
    return status == CORD_OK ? take_status(context, document, &about->status) : status;
}

static cord_status take_logsource(struct cord_draft_context *context,
                                  const struct cord_yaml *document,
                                  struct cord_logsource *ret_logsource)
{
    const struct cord_yaml *node = member(document, "logsource");
    if (!node || node->kind != CORD_YAML_MAP) {
        return cord_draft_refuse(context, node ? node->line : document->line, CORD_E_FORMAT,
                                 "there is no logsource: write 'logsource: {product: windows}', or "
                                 "the category or service that the rule is about");
    }
    for (const struct cord_yaml *from = node->child; from; from = from->next) {
        cord_str name = from->key->text;
        cord_str *to = cord_str_eq(name, CORD_STR("product"))      ? &ret_logsource->product
                       : cord_str_eq(name, CORD_STR("category"))   ? &ret_logsource->category
                       : cord_str_eq(name, CORD_STR("service"))    ? &ret_logsource->service
                       : cord_str_eq(name, CORD_STR("definition")) ? &ret_logsource->definition
                                                                   : NULL;
        cord_status status = CORD_OK;
        if (!to) {
            name = cord_draft_brief(name);
            status = cord_draft_warn(context, from->line,
                                     "logsource: '%.*s' does not route: only product, category and "
                                     "service do",
                                     CORD_STR_ARG(name));
        } else if (from->kind == CORD_YAML_LIST || from->kind == CORD_YAML_MAP) {
            return cord_draft_refuse(context, from->line, CORD_E_FORMAT,
                                     "logsource: '%.*s' is one text", CORD_STR_ARG(name));
        } else {
            status = take_name(context, from, to);
        }
        if (status != CORD_OK) {
            return status;
        }
    }
    if (ret_logsource->product.len + ret_logsource->category.len + ret_logsource->service.len ==
        0) {
        return cord_draft_refuse(context, node->line, CORD_E_FORMAT,
                                 "logsource names neither product nor category nor service");
    }
    return CORD_OK;
}

/* Scalars at the top that struct cord_rule has no place for. */
static cord_status take_attributes(struct cord_draft_context *context,
                                   const struct cord_yaml *document,
                                   struct cord_draft_attribute **ret_attributes)
{
    static const char *const known[] = {"id",        "name",           "title",      "description",
                                        "author",    "status",         "date",       "level",
                                        "modified",  "license",        "references", "tags",
                                        "logsource", "falsepositives", "fields",     "detection"};
    for (const struct cord_yaml *from = document->child; from; from = from->next) {
        bool taken = cord_yaml_text(from).len == 0;
        for (size_t i = 0; i < sizeof known / sizeof *known && !taken; i++) {
            taken = cord_str_eq(from->key->text, cord_str_from(known[i]));
        }
        if (taken) {
            continue;
        }
        struct cord_draft_attribute *attribute =
            cord_arena_zalloc(context->work, 1, sizeof *attribute);
        if (!attribute) {
            return cord_draft_no_room(context, context->work);
        }
        attribute->name = cord_arena_copy(context->work, from->key->text);
        attribute->value = cord_arena_copy(context->work, from->text);
        if (!attribute->name.ptr || !attribute->value.ptr) {
            return cord_draft_no_room(context, context->work);
        }
        attribute->next = *ret_attributes;
        *ret_attributes = attribute;
    }
    return CORD_OK;
}

static cord_status check_about(struct cord_draft_context *context, const struct cord_yaml *document)
{
    const struct cord_yaml *taxonomy = member(document, "taxonomy");
    cord_str name = cord_draft_brief(cord_yaml_text(taxonomy));
    cord_status status = CORD_OK;
    if (context->title.len == 0) {
        status = cord_draft_warn(context, document->line, "the rule has no title");
    }
    if (status == CORD_OK && name.len > 0 && !cord_str_eq(name, CORD_STR("sigma"))) {
        status = cord_draft_warn(context, taxonomy->line,
                                 "the taxonomy '%.*s' is not translated: field names are taken as "
                                 "they are unless a pipeline maps them",
                                 CORD_STR_ARG(name));
    }
    return status;
}

cord_status cord_rule_parse(struct cord_draft_context *context, const struct cord_yaml *document,
                            struct cord_draft **ret_draft)
{
    static const char *const other[] = {"timeframe", NULL};
    const struct cord_yaml *detection = member(document, "detection");
    cord_status status = cord_rule_parse_identity(context, document);
    if (status != CORD_OK) {
        return status;
    }
    if (!detection) {
        return cord_draft_refuse(context, document->line, CORD_E_FORMAT,
                                 "neither detection, correlation nor filter: not a Sigma rule");
    }
    struct cord_draft *draft = cord_arena_zalloc(context->work, 1, sizeof *draft);
    struct cord_rule *rule = cord_arena_zalloc(context->arena, 1, sizeof *rule);
    if (!draft || !rule) {
        return cord_draft_no_room(context, draft ? context->arena : context->work);
    }
    draft->rule = rule;
    rule->about.id = context->id;
    rule->about.title = context->title;
    rule->about.file = context->file;
    rule->about.line = document->line;
    rule->logsource =
        (struct cord_logsource){CORD_STR(""), CORD_STR(""), CORD_STR(""), CORD_STR("")};
    status = take_about(context, document, rule);
    if (status == CORD_OK) {
        status = take_logsource(context, document, &rule->logsource);
    }
    if (status == CORD_OK) {
        status = take_attributes(context, document, &draft->attributes);
    }
    if (status == CORD_OK) {
        status = check_about(context, document);
    }
    if (status == CORD_OK) {
        status = cord_selection_parse(context, detection, other, &draft->detection);
    }
    if (status == CORD_OK) {
        *ret_draft = draft;
    }
    return status;
}

static cord_status take_filter_rules(struct cord_draft_context *context,
                                     const struct cord_yaml *node, struct cord_draft_filter *filter)
{
    if (cord_str_eq(cord_yaml_text(node), CORD_STR("any"))) {
        filter->any_rule = true;
        return CORD_OK;
    }
    if (!node || (node->kind == CORD_YAML_LIST && node->count == 0)) {
        return cord_draft_refuse(context, node ? node->line : filter->line, CORD_E_FORMAT,
                                 "filter: 'rules' must list the ids or names of rules, or be any");
    }
    const cord_str *rules = NULL;
    cord_status status = take_texts(context, node, false, &rules, &filter->rule_count);
    filter->rules = rules;
    if (status == CORD_OK && filter->rule_count == 0) {
        return cord_draft_refuse(context, node->line, CORD_E_FORMAT,
                                 "filter: 'rules' must list the ids or names of rules, or be any");
    }
    filter->used = cord_arena_zalloc(context->work, filter->rule_count + 1, sizeof *filter->used);
    return status != CORD_OK || filter->used ? status : cord_draft_no_room(context, context->work);
}

cord_status cord_rule_parse_filter(struct cord_draft_context *context,
                                   const struct cord_yaml *document,
                                   struct cord_draft_filter **ret_filter)
{
    static const char *const other[] = {"rules", NULL};
    const struct cord_yaml *node = member(document, "filter");
    cord_status status = cord_rule_parse_identity(context, document);
    if (status != CORD_OK) {
        return status;
    }
    if (node->kind != CORD_YAML_MAP) {
        return cord_draft_refuse(context, node->line, CORD_E_FORMAT,
                                 "filter: write a map with rules, a search identifier and a "
                                 "condition");
    }
    struct cord_draft_filter *filter = cord_arena_zalloc(context->work, 1, sizeof *filter);
    if (!filter) {
        return cord_draft_no_room(context, context->work);
    }
    filter->file = context->file;
    filter->id = context->id;
    filter->title = context->title;
    filter->line = document->line;
    status = take_logsource(context, document, &filter->logsource);
    if (status == CORD_OK) {
        status = take_filter_rules(context, member(node, "rules"), filter);
    }
    if (status == CORD_OK) {
        status = cord_selection_parse(context, node, other, &filter->detection);
    }
    if (status == CORD_OK) {
        *ret_filter = filter;
    }
    return status;
}
