/* pipeline_transform.c: what each transformation does to a rule. */
#include "detect/pipeline_internal.h"

#include "detect/modifier.h"
#include "detect/wildcard.h"

static cord_status no_work(struct cord_pipeline_run *run)
{
    return cord_draft_no_room(run->context, run->context->work);
}

cord_status cord_pipeline_refuse(struct cord_pipeline_run *run, uint32_t line, const char *why)
{
    cord_str message = run->item->key.len > 0 ? run->item->key : cord_str_from(why);
    return cord_draft_refuse(run->context, line, CORD_E_UNSUPPORTED, "%s: %.*s", run->item->type,
                             CORD_STR_ARG(message));
}

/* Whether the conditions of item and field hold. */
static bool is_meant(struct cord_pipeline_run *run, const struct cord_draft_node *node,
                     cord_str field)
{
    struct cord_pipeline_subject subject = {.draft = run->draft, .item = node, .field = field};
    struct cord_arena *work = run->context->work;
    return cord_pipeline_condition_holds(&run->item->item, &subject, work) &&
           cord_pipeline_condition_holds(&run->item->field, &subject, work);
}

static cord_status mark(struct cord_pipeline_run *run, struct cord_draft_applied **applied)
{
    struct cord_draft_applied *made = cord_arena_zalloc(run->context->work, 1, sizeof *made);
    if (!made) {
        return no_work(run);
    }
    made->item = run->item;
    made->id = run->item->id;
    made->field_mapping = run->item->kind == CORD_PIPELINE_FIELD_MAPPING ||
                          run->item->kind == CORD_PIPELINE_FIELD_PREFIX_MAPPING;
    made->next = *applied;
    *applied = made;
    return CORD_OK;
}

/* Names of fields. */

cord_status cord_pipeline_join(struct cord_pipeline_run *run, cord_str a, cord_str b,
                               cord_str *ret_text)
{
    cord_str text =
        cord_arena_printf(run->context->work, "%.*s%.*s", CORD_STR_ARG(a), CORD_STR_ARG(b));
    return text.ptr ? cord_draft_intern(run->context, text, ret_text) : no_work(run);
}

/* What a field is called afterwards; *ret_count 0 when it stays as it is. */
static cord_status rename_field(struct cord_pipeline_run *run, cord_str field, cord_str **ret_names,
                                size_t *ret_count)
{
    const struct cord_pipeline_item *item = run->item;
    bool prefixes = item->kind == CORD_PIPELINE_FIELD_PREFIX_MAPPING;
    *ret_count = 0;
    if (field.len == 0) {
        return CORD_OK;
    }
    if (item->kind == CORD_PIPELINE_FIELD_SUFFIX || item->kind == CORD_PIPELINE_FIELD_PREFIX) {
        *ret_names = cord_arena_alloc(run->context->work, sizeof **ret_names);
        *ret_count = 1;
        if (!*ret_names) {
            return no_work(run);
        }
        return item->kind == CORD_PIPELINE_FIELD_SUFFIX
                   ? cord_pipeline_join(run, field, item->key, *ret_names)
                   : cord_pipeline_join(run, item->key, field, *ret_names);
    }
    for (const struct cord_pipeline_mapping *at = item->mapping; at; at = at->next) {
        if (!prefixes && cord_str_eq(at->from, field)) {
            *ret_names = at->to;
            *ret_count = at->to_count;
            return CORD_OK;
        }
        if (prefixes && cord_str_starts(field, at->from)) {
            *ret_count = at->to_count;
            *ret_names = cord_arena_alloc(run->context->work, at->to_count * sizeof **ret_names);
            if (!*ret_names) {
                return no_work(run);
            }
            cord_status status = CORD_OK;
            for (size_t i = 0; i < at->to_count && status == CORD_OK; i++) {
                status = cord_pipeline_join(run, at->to[i], cord_str_from_byte(field, at->from.len),
                                            &(*ret_names)[i]);
            }
            return status;
        }
    }
    return CORD_OK;
}

static cord_status rename_references(struct cord_pipeline_run *run, struct cord_draft_node *node)
{
    for (struct cord_draft_value *value = node->values; value; value = value->next) {
        cord_str *names = NULL;
        size_t count = 0;
        if (value->kind != CORD_DRAFT_FIELD || !is_meant(run, node, value->text)) {
            continue;
        }
        cord_status status = rename_field(run, value->text, &names, &count);
        if (status != CORD_OK) {
            return status;
        }
        if (count > 1 && node->all) {
            return cord_pipeline_refuse(
                run, node->line, "a field reference under 'all' is mapped to several fields");
        }
        if (count > 0) {
            value->text = names[0];
        }
        for (size_t i = 1; i < count; i++) {
            struct cord_draft_value *more = cord_arena_alloc(run->context->work, sizeof *more);
            if (!more) {
                return no_work(run);
            }
            *more = *value;
            more->text = names[i];
            value->next = more;
            value = more;
            node->value_count++;
        }
    }
    return CORD_OK;
}

/* One item under several names: any of them may match, or, negated, none. */
static cord_status spread(struct cord_pipeline_run *run, struct cord_draft_node *node,
                          const cord_str *names, size_t count)
{
    struct cord_draft_node original = *node;
    struct cord_draft_node **tail = &node->child;
    node->kind = original.negate ? CORD_DRAFT_ALL : CORD_DRAFT_ANY;
    for (size_t i = 0; i < count; i++) {
        struct cord_draft_detection one = {0};
        struct cord_draft_selection selection = {.node = &original};
        struct cord_draft_detection copy;
        original.next = NULL;
        one.selections = &selection;
        cord_status status = cord_draft_copy(run->context, &one, &copy);
        if (status != CORD_OK) {
            return status;
        }
        *tail = copy.selections->node;
        (*tail)->field = names[i];
        tail = &(*tail)->next;
    }
    return CORD_OK;
}

static cord_status map_field(struct cord_pipeline_run *run, struct cord_draft_node *node)
{
    cord_str *names = NULL;
    size_t count = 0;
    cord_status status = rename_references(run, node);
    if (status != CORD_OK || !is_meant(run, node, node->field)) {
        return status;
    }
    status = rename_field(run, node->field, &names, &count);
    if (status != CORD_OK || count == 0) {
        return status;
    }
    status = mark(run, &node->applied);
    if (status != CORD_OK) {
        return status;
    }
    if (count == 1) {
        node->field = names[0];
        return CORD_OK;
    }
    return spread(run, node, names, count);
}

static bool was_mapped(const struct cord_draft_applied *applied)
{
    while (applied && !applied->field_mapping) {
        applied = applied->next;
    }
    return applied != NULL;
}

/* *ret_drop: the item has to go. */
static cord_status change_item(struct cord_pipeline_run *run, struct cord_draft_node *node,
                               bool *ret_drop)
{
    enum cord_pipeline_kind kind = run->item->kind;
    if (kind <= CORD_PIPELINE_FIELD_PREFIX) {
        return map_field(run, node);
    }
    if (!is_meant(run, node, node->field)) {
        return CORD_OK;
    }
    cord_status status = mark(run, &node->applied);
    if (status != CORD_OK) {
        return status;
    }
    if (kind == CORD_PIPELINE_DROP_ITEM) {
        *ret_drop = true;
        return CORD_OK;
    }
    if (kind == CORD_PIPELINE_VALUE_PLACEHOLDERS || kind == CORD_PIPELINE_WILDCARD_PLACEHOLDERS) {
        return cord_placeholder_fill_item(run->context, run->item->placeholders,
                                          run->item->wildcard, node);
    }
    if (kind == CORD_PIPELINE_HASHES_FIELDS) {
        return cord_pipeline_split_hashes(run, node);
    }
    if (kind == CORD_PIPELINE_ITEM_FAILURE) {
        return cord_pipeline_refuse(run, node->line, "the item cannot be used");
    }
    if (kind == CORD_PIPELINE_STRICT_MAPPING) {
        return node->keyword || was_mapped(node->applied->next)
                   ? CORD_OK
                   : cord_draft_refuse(run->context, node->line, CORD_E_UNSUPPORTED,
                                       "no mapping for the field '%.*s'",
                                       CORD_STR_ARG(node->field));
    }
    return cord_pipeline_change_values(run, node);
}

/* Changes what hangs on *link; takes it out when nothing is left. */
/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the reader */
static cord_status change_node(struct cord_pipeline_run *run, struct cord_draft_node **link,
                               bool *ret_gone)
{
    struct cord_draft_node *node = *link;
    bool gone = false;
    cord_status status = CORD_OK;
    if (node->kind == CORD_DRAFT_ITEM) {
        status = change_item(run, node, &gone);
    } else {
        for (struct cord_draft_node **child = &node->child; *child && status == CORD_OK;) {
            bool child_gone = false;
            status = change_node(run, child, &child_gone);
            if (child_gone && node->kind == CORD_DRAFT_ANY) {
                /* One of several ways to match became "always". */
                return cord_draft_refuse(run->context, node->line, CORD_E_UNSUPPORTED,
                                         "%s leaves a list of alternatives with an empty one",
                                         run->item->type);
            }
            child = child_gone ? child : &(*child)->next;
        }
        gone = !node->child;
    }
    if (gone) {
        *link = node->next;
    }
    *ret_gone = gone;
    return status;
}

static cord_status change_detection(struct cord_pipeline_run *run,
                                    struct cord_draft_detection *detection)
{
    cord_status status = CORD_OK;
    for (struct cord_draft_selection *selection = detection->selections;
         selection && status == CORD_OK; selection = selection->next) {
        bool gone = false;
        if (selection->node) {
            status = change_node(run, &selection->node, &gone);
        }
        if (gone) {
            selection->node = NULL;
        }
    }
    return status;
}

/* Rules as a whole. */

static cord_status add_condition(struct cord_pipeline_run *run)
{
    struct cord_draft_context *context = run->context;
    const struct cord_pipeline_item *item = run->item;
    struct cord_draft_detection *detection = &run->draft->detection;
    struct cord_draft_selection pattern = {.node = item->node};
    struct cord_draft_detection one = {.selections = &pattern};
    struct cord_draft_detection copy;
    cord_str name = item->key;
    if (name.len == 0) {
        name = cord_arena_printf(context->work, "_cond_%u", item->line);
    }
    cord_status status = cord_draft_copy(context, &one, &copy);
    if (status == CORD_OK) {
        status = cord_draft_intern(context, name, &copy.selections->name);
    }
    struct cord_draft_condition *first = NULL;
    struct cord_draft_condition **tail = &first;
    for (const struct cord_draft_condition *old = detection->conditions; old && status == CORD_OK;
         old = old->next) {
        struct cord_draft_condition *made = cord_arena_alloc(context->work, sizeof *made);
        if (!made) {
            return no_work(run);
        }
        *made = *old;
        made->next = NULL;
        made->text = cord_arena_printf(context->work, "%s%.*s and (%.*s)", item->flag ? "not " : "",
                                       CORD_STR_ARG(name), CORD_STR_ARG(old->text));
        if (!made->text.ptr) {
            return no_work(run);
        }
        *tail = made;
        tail = &made->next;
    }
    if (status == CORD_OK) {
        copy.selections->line = run->draft->rule->about.line;
        copy.selections->next = detection->selections;
        detection->selections = copy.selections;
        detection->conditions = first;
    }
    return status;
}

static cord_status set_pair(struct cord_pipeline_run *run, struct cord_draft_attribute **list)
{
    struct cord_draft_attribute *made = cord_arena_zalloc(run->context->work, 1, sizeof *made);
    if (!made) {
        return no_work(run);
    }
    made->name = run->item->key;
    made->value = run->item->value;
    made->next = *list; /* the newest is found first */
    *list = made;
    return CORD_OK;
}

static bool is_listed(const struct cord_pipeline_item *item, cord_str field)
{
    for (size_t i = 0; i < item->text_count; i++) {
        if (cord_str_eq(item->texts[i], field)) {
            return true;
        }
    }
    return false;
}

/* The rule's `fields`, which a finding shows. */
static cord_status change_fields(struct cord_pipeline_run *run)
{
    const struct cord_pipeline_item *item = run->item;
    struct cord_rule *rule = run->draft->rule;
    cord_str *fields = cord_arena_alloc(
        run->context->arena, (rule->field_count + item->text_count + 1) * sizeof *fields);
    size_t count = 0;
    if (!fields) {
        return cord_draft_no_room(run->context, run->context->arena);
    }
    for (size_t i = 0; i < rule->field_count && item->kind != CORD_PIPELINE_SET_FIELD; i++) {
        if (!is_listed(item, rule->fields[i])) {
            fields[count++] = rule->fields[i];
        }
    }
    for (size_t i = 0; i < item->text_count && item->kind != CORD_PIPELINE_REMOVE_FIELD; i++) {
        fields[count++] = item->texts[i];
    }
    rule->fields = fields;
    rule->field_count = count;
    return CORD_OK;
}

/* Names of fields change in `fields`, too. */
static cord_status rename_shown(struct cord_pipeline_run *run)
{
    struct cord_rule *rule = run->draft->rule;
    size_t room = rule->field_count + 1;
    for (const struct cord_pipeline_mapping *at = run->item->mapping; at; at = at->next) {
        room += at->to_count;
    }
    room *= rule->field_count > 0 ? rule->field_count : 1;
    cord_str *fields = cord_arena_alloc(run->context->arena, room * sizeof *fields);
    size_t count = 0;
    if (!fields) {
        return cord_draft_no_room(run->context, run->context->arena);
    }
    for (size_t i = 0; i < rule->field_count; i++) {
        cord_str *names = NULL;
        size_t name_count = 0;
        cord_status status = is_meant(run, NULL, rule->fields[i])
                                 ? rename_field(run, rule->fields[i], &names, &name_count)
                                 : CORD_OK;
        if (status != CORD_OK) {
            return status;
        }
        for (size_t k = 0; k < name_count; k++) {
            fields[count++] = names[k];
        }
        if (name_count == 0) {
            fields[count++] = rule->fields[i];
        }
    }
    rule->fields = fields;
    rule->field_count = count;
    return CORD_OK;
}

static cord_status change_items(struct cord_pipeline_run *run)
{
    cord_status status = change_detection(run, &run->draft->detection);
    for (struct cord_draft_filtered *filtered = run->draft->filters; filtered && status == CORD_OK;
         filtered = filtered->next) {
        status = change_detection(run, &filtered->detection);
    }
    if (status == CORD_OK && run->item->kind <= CORD_PIPELINE_FIELD_PREFIX &&
        run->draft->rule->field_count > 0) {
        status = rename_shown(run);
    }
    return status;
}

cord_status cord_pipeline_transform(struct cord_draft_context *context,
                                    const struct cord_pipeline_item *item, struct cord_draft *draft)
{
    struct cord_pipeline_run run = {.context = context, .item = item, .draft = draft};
    cord_status status = mark(&run, &draft->applied);
    if (status != CORD_OK) {
        return status;
    }
    switch (item->kind) {
    case CORD_PIPELINE_ADD_CONDITION:
        return add_condition(&run);
    case CORD_PIPELINE_CHANGE_LOGSOURCE:
        draft->rule->logsource = item->logsource;
        return CORD_OK;
    case CORD_PIPELINE_SET_ATTRIBUTE:
        return set_pair(&run, &draft->attributes);
    case CORD_PIPELINE_SET_STATE:
        return set_pair(&run, &draft->state);
    case CORD_PIPELINE_RULE_FAILURE:
        return cord_pipeline_refuse(&run, draft->rule->about.line, "the rule cannot be used");
    case CORD_PIPELINE_ADD_FIELD:
    case CORD_PIPELINE_REMOVE_FIELD:
    case CORD_PIPELINE_SET_FIELD:
        return change_fields(&run);
    case CORD_PIPELINE_FIELD_MAPPING:
    case CORD_PIPELINE_FIELD_PREFIX_MAPPING:
    case CORD_PIPELINE_FIELD_SUFFIX:
    case CORD_PIPELINE_FIELD_PREFIX:
    case CORD_PIPELINE_DROP_ITEM:
    case CORD_PIPELINE_REPLACE_STRING:
    case CORD_PIPELINE_MAP_STRING:
    case CORD_PIPELINE_VALUE_PLACEHOLDERS:
    case CORD_PIPELINE_WILDCARD_PLACEHOLDERS:
    case CORD_PIPELINE_SET_VALUE:
    case CORD_PIPELINE_CONVERT_TYPE:
    case CORD_PIPELINE_CASE:
    case CORD_PIPELINE_HASHES_FIELDS:
    case CORD_PIPELINE_ITEM_FAILURE:
    case CORD_PIPELINE_STRICT_MAPPING:
    case CORD_PIPELINE_NEST:
        break;
    }
    return change_items(&run);
}

/* Applied transformations are listed newest first. */
static const struct cord_draft_applied *applied_at(const struct cord_draft_applied *applied,
                                                   size_t from_newest)
{
    while (from_newest > 0) {
        applied = applied->next;
        from_newest--;
    }
    return applied;
}

cord_status cord_pipeline_rename(struct cord_draft_context *context, struct cord_draft *draft,
                                 cord_str *name)
{
    size_t count = 0;
    for (const struct cord_draft_applied *at = draft->applied; at; at = at->next) {
        count++;
    }
    for (size_t i = count; i > 0; i--) {
        struct cord_pipeline_run run = {
            .context = context, .item = applied_at(draft->applied, i - 1)->item, .draft = draft};
        struct cord_pipeline_subject subject = {.draft = draft, .field = *name};
        cord_str *names = NULL;
        size_t name_count = 0;
        /* Conditions about a detection's items say nothing about a bare name. */
        if (run.item->kind > CORD_PIPELINE_FIELD_PREFIX || run.item->item.first ||
            !cord_pipeline_condition_holds(&run.item->field, &subject, context->work)) {
            continue;
        }
        cord_status status = rename_field(&run, *name, &names, &name_count);
        if (status != CORD_OK) {
            return status;
        }
        *name = name_count > 0 ? names[0] : *name;
    }
    return CORD_OK;
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the reader */
static bool is_ambiguous(const struct cord_pipeline_item *items, cord_str name)
{
    for (const struct cord_pipeline_item *item = items; item; item = item->next) {
        bool prefixes = item->kind == CORD_PIPELINE_FIELD_PREFIX_MAPPING;
        if (item->children && is_ambiguous(item->children, name)) {
            return true;
        }
        if (!prefixes && item->kind != CORD_PIPELINE_FIELD_MAPPING) {
            continue;
        }
        for (const struct cord_pipeline_mapping *at = item->mapping; at; at = at->next) {
            if (at->to_count > 1 &&
                (prefixes ? cord_str_starts(name, at->from) : cord_str_eq(name, at->from))) {
                return true;
            }
        }
    }
    return false;
}

bool cord_pipeline_is_ambiguous(const struct cord_pipeline *pipeline, cord_str name)
{
    return is_ambiguous(pipeline->items, name);
}
