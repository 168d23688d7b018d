/* rule_build.c: see rule_build.h. */
#include "detect/rule_build.h"

#include "base/decimal.h"
#include "detect/condition.h"
#include "detect/wildcard.h"

/* A detection's selections as nodes; made once each, however often the
 * condition names them. */
struct built {
    const struct cord_draft_selection *selection;
    struct cord_node *node;
    bool used;
};

struct builder {
    struct cord_draft_context *context;
    const struct cord_draft_detection *detection;
    struct built *selections;
    size_t selection_count;
    cord_str selection; /* name of the one being built */
    uint32_t line;      /* of the condition */
    bool quiet;         /* a filter was warned about when it was read */
    size_t node_count;
};

static cord_status no_room(struct builder *builder)
{
    return cord_draft_no_room(builder->context, builder->context->arena);
}

static cord_status new_node(struct builder *builder, enum cord_node_kind kind,
                            struct cord_node **ret_node)
{
    if (++builder->node_count > CORD_DRAFT_NODES_MAX) {
        return cord_draft_refuse(builder->context, builder->line, CORD_E_UNSUPPORTED,
                                 "the rule becomes a tree of more than %u nodes",
                                 CORD_DRAFT_NODES_MAX);
    }
    struct cord_node *node = cord_arena_zalloc(builder->context->arena, 1, sizeof *node);
    if (!node) {
        return no_room(builder);
    }
    node->kind = kind;
    node->selection = builder->selection;
    *ret_node = node;
    return CORD_OK;
}

/* What pipelines and placeholders put side by side becomes one text. */
static cord_status append_text(struct builder *builder, struct cord_part *part, cord_str more)
{
    char *text = cord_arena_bytes(builder->context->arena, part->text.len + more.len + 1);
    if (!text) {
        return no_room(builder);
    }
    memcpy(text, part->text.ptr, part->text.len);
    memcpy(text + part->text.len, more.ptr, more.len);
    text[part->text.len + more.len] = '\0';
    part->text = (cord_str){text, part->text.len + more.len};
    return CORD_OK;
}

static cord_status append_part(struct builder *builder, const struct cord_draft_value *value,
                               const struct cord_draft_part *from, struct cord_part *parts,
                               size_t *count)
{
    struct cord_part *last = *count > 0 ? &parts[*count - 1] : NULL;
    switch (from->kind) {
    case CORD_DRAFT_PART_TEXT:
        if (last && last->kind == CORD_PART_TEXT) {
            return append_text(builder, last, from->text);
        }
        parts[(*count)++] = (struct cord_part){.kind = CORD_PART_TEXT, .text = from->text};
        return CORD_OK;
    case CORD_DRAFT_PART_ANY:
        if (!last || last->kind != CORD_PART_ANY) {
            parts[(*count)++] = (struct cord_part){.kind = CORD_PART_ANY};
        }
        return CORD_OK;
    case CORD_DRAFT_PART_ONE:
        parts[(*count)++] = (struct cord_part){.kind = CORD_PART_ONE};
        return CORD_OK;
    case CORD_DRAFT_PART_PLACEHOLDER:
        break;
    }
    return cord_draft_refuse(builder->context, value->line, CORD_E_UNSUPPORTED,
                             "the placeholder %%%.*s%% has no values: supply them with "
                             "--placeholders FILE, holding '%.*s: [value, ...]'",
                             CORD_STR_ARG(from->text), CORD_STR_ARG(from->text));
}

/* Parts as the matcher wants them: no two '*' and no two texts in a row. */
static cord_status build_parts(struct builder *builder, const struct cord_draft_value *value,
                               struct cord_atom *atom)
{
    struct cord_part *parts =
        cord_arena_alloc(builder->context->arena, (value->part_count + 1) * sizeof *parts);
    size_t count = 0;
    if (!parts) {
        return no_room(builder);
    }
    for (size_t i = 0; i < value->part_count; i++) {
        cord_status status = append_part(builder, value, &value->parts[i], parts, &count);
        if (status != CORD_OK) {
            return status;
        }
    }
    atom->kind = CORD_ATOM_PATTERN;
    atom->parts = parts;
    atom->part_count = count;
    return CORD_OK;
}

static cord_status build_number(struct builder *builder, const struct cord_draft_value *value,
                                struct cord_atom *atom)
{
    char buffer[CORD_DECIMAL_BYTES];
    struct cord_arena *arena = builder->context->arena;
    cord_str text = cord_arena_copy(arena, cord_decimal_canonical(value->text, buffer));
    if (!text.ptr) {
        return no_room(builder);
    }
    if (value->compare != CORD_COMPARE_EQ || value->time_part != CORD_TIME_PART_NONE) {
        atom->kind = CORD_ATOM_NUMBER;
        atom->text = text;
        atom->compare = value->compare;
        atom->time_part = value->time_part;
        return CORD_OK;
    }
    struct cord_part *part = cord_arena_alloc(arena, sizeof *part);
    if (!part) {
        return no_room(builder);
    }
    *part = (struct cord_part){.kind = CORD_PART_TEXT, .text = text};
    atom->kind = CORD_ATOM_PATTERN;
    atom->parts = part;
    atom->part_count = 1;
    return CORD_OK;
}

static enum cord_field_match field_match(const struct cord_draft_value *value)
{
    if (value->starts) {
        return value->ends ? CORD_FIELD_CONTAINS : CORD_FIELD_STARTSWITH;
    }
    return value->ends ? CORD_FIELD_ENDSWITH : CORD_FIELD_EQUALS;
}

static cord_status fill_atom(struct builder *builder, const struct cord_draft_value *value,
                             struct cord_atom *atom)
{
    switch (value->kind) {
    case CORD_DRAFT_STRING:
        atom->cased = value->cased;
        return build_parts(builder, value, atom);
    case CORD_DRAFT_NUMBER:
        return build_number(builder, value, atom);
    case CORD_DRAFT_BOOL:
        atom->kind = CORD_ATOM_BOOL;
        atom->boolean = value->boolean;
        return CORD_OK;
    case CORD_DRAFT_NULL:
        atom->kind = CORD_ATOM_NULL;
        return CORD_OK;
    case CORD_DRAFT_REGEX:
        if (cord_wildcard_has_placeholder(value)) {
            return build_parts(builder, value, atom); /* refuses, by name */
        }
        atom->kind = CORD_ATOM_REGEX;
        atom->text = value->text;
        atom->regex_flags = value->regex_flags;
        return CORD_OK;
    case CORD_DRAFT_CIDR:
        atom->kind = CORD_ATOM_CIDR;
        atom->text = value->text;
        memcpy(atom->cidr_address, value->cidr_address, sizeof atom->cidr_address);
        atom->cidr_bits = value->cidr_bits;
        return CORD_OK;
    case CORD_DRAFT_FIELD:
        atom->kind = CORD_ATOM_FIELD;
        atom->text = value->text;
        atom->cased = value->cased;
        atom->field_match = field_match(value);
        return CORD_OK;
    case CORD_DRAFT_EXISTS:
        atom->kind = CORD_ATOM_EXISTS;
        atom->negated_exists = !value->boolean;
        return CORD_OK;
    case CORD_DRAFT_EXPANSION:
        break;
    }
    return cord_draft_refuse(builder->context, value->line, CORD_E_UNSUPPORTED,
                             "a value expands twice");
}

static cord_status build_atom(struct builder *builder, const struct cord_draft_node *item,
                              const struct cord_draft_value *value, struct cord_node **ret_node)
{
    struct cord_atom *atom = cord_arena_zalloc(builder->context->arena, 1, sizeof *atom);
    struct cord_node *node = NULL;
    if (!atom) {
        return no_room(builder);
    }
    atom->field = item->field;
    atom->keyword = item->keyword;
    cord_status status = fill_atom(builder, value, atom);
    if (status == CORD_OK) {
        status = new_node(builder, CORD_NODE_ATOM, &node);
    }
    if (status == CORD_OK) {
        node->atom = atom;
        *ret_node = node;
    }
    return status;
}

static cord_status build_value(struct builder *builder, const struct cord_draft_node *item,
                               const struct cord_draft_value *value, struct cord_node **ret_node)
{
    if (value->kind != CORD_DRAFT_EXPANSION) {
        return build_atom(builder, item, value, ret_node);
    }
    struct cord_node *any = NULL;
    cord_status status = new_node(builder, CORD_NODE_OR, &any);
    const struct cord_node **tail = any ? &any->child : NULL;
    for (const struct cord_draft_value *member = value->members; member && status == CORD_OK;
         member = member->next) {
        struct cord_node *node = NULL;
        status = build_atom(builder, item, member, &node);
        if (status == CORD_OK) {
            *tail = node;
            tail = &node->next;
        }
    }
    if (status == CORD_OK) {
        any->expansion = true;
        *ret_node =
            any->child && !any->child->next ? (struct cord_node *)(uintptr_t)any->child : any;
    }
    return status;
}

static cord_status wrap_not(struct builder *builder, struct cord_node *child,
                            struct cord_node **ret_node)
{
    struct cord_node *inverse = NULL;
    cord_status status = new_node(builder, CORD_NODE_NOT, &inverse);
    if (status == CORD_OK) {
        inverse->child = child;
        *ret_node = inverse;
    }
    return status;
}

static cord_status build_item(struct builder *builder, const struct cord_draft_node *item,
                              struct cord_node **ret_node)
{
    struct cord_node *row = NULL;
    cord_status status = CORD_OK;
    if (item->value_count == 1) {
        status = build_value(builder, item, item->values, &row);
    } else {
        status = new_node(builder, item->all ? CORD_NODE_AND : CORD_NODE_OR, &row);
        const struct cord_node **tail = row ? &row->child : NULL;
        for (const struct cord_draft_value *value = item->values; value && status == CORD_OK;
             value = value->next) {
            struct cord_node *node = NULL;
            status = build_value(builder, item, value, &node);
            if (status == CORD_OK) {
                *tail = node;
                tail = &node->next;
            }
        }
    }
    if (status == CORD_OK && item->negate) {
        return wrap_not(builder, row, ret_node);
    }
    *ret_node = row;
    return status;
}

/* Recursion is bounded by the YAML reader's depth. */
/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the reader */
static cord_status build_draft_node(struct builder *builder, const struct cord_draft_node *from,
                                    struct cord_node **ret_node)
{
    if (from->kind == CORD_DRAFT_ITEM) {
        return build_item(builder, from, ret_node);
    }
    if (from->child && !from->child->next) {
        return build_draft_node(builder, from->child, ret_node);
    }
    struct cord_node *row = NULL;
    cord_status status =
        new_node(builder, from->kind == CORD_DRAFT_ALL ? CORD_NODE_AND : CORD_NODE_OR, &row);
    const struct cord_node **tail = row ? &row->child : NULL;
    for (const struct cord_draft_node *child = from->child; child && status == CORD_OK;
         child = child->next) {
        struct cord_node *node = NULL;
        status = build_draft_node(builder, child, &node);
        if (status == CORD_OK) {
            *tail = node;
            tail = &node->next;
        }
    }
    *ret_node = row;
    return status;
}

/* Nodes are linked to their siblings, so a selection that is named again gets
 * a new top over the same members. */
static cord_status use_selection(struct builder *builder, struct built *built,
                                 struct cord_node **ret_node)
{
    cord_status status = CORD_OK;
    built->used = true;
    if (!built->node) {
        builder->selection = built->selection->name;
        status =
            built->selection->node
                ? build_draft_node(builder, built->selection->node, &built->node)
                : cord_draft_refuse(builder->context, built->selection->line, CORD_E_UNSUPPORTED,
                                    "pipelines left nothing of the search identifier '%.*s'",
                                    CORD_STR_ARG(built->selection->name));
        builder->selection = CORD_STR("");
        if (status != CORD_OK) {
            return status;
        }
    }
    struct cord_node *top = NULL;
    status = new_node(builder, built->node->kind, &top);
    if (status == CORD_OK) {
        *top = *built->node;
        top->next = NULL;
        *ret_node = top;
    }
    return status;
}

static cord_status build_name(struct builder *builder, cord_str name, struct cord_node **ret_node)
{
    for (size_t i = 0; i < builder->selection_count; i++) {
        if (cord_str_eq(builder->selections[i].selection->name, name)) {
            return use_selection(builder, &builder->selections[i], ret_node);
        }
    }
    name = cord_draft_brief(name);
    return cord_draft_refuse(builder->context, builder->line, CORD_E_FORMAT,
                             "condition: there is no search identifier '%.*s'", CORD_STR_ARG(name));
}

static cord_status build_selector(struct builder *builder, const struct cord_condition *condition,
                                  struct cord_node **ret_node)
{
    bool all = condition->kind == CORD_CONDITION_ALL_OF;
    struct cord_node *row = NULL;
    size_t count = 0;
    cord_status status = new_node(builder, all ? CORD_NODE_AND : CORD_NODE_OR, &row);
    const struct cord_node **tail = row ? &row->child : NULL;
    struct cord_node *last = NULL;
    for (size_t i = 0; i < builder->selection_count && status == CORD_OK; i++) {
        struct built *built = &builder->selections[i];
        if (!cord_condition_selects(condition->name, built->selection->name)) {
            continue;
        }
        status = use_selection(builder, built, &last);
        if (status == CORD_OK) {
            *tail = last;
            tail = &last->next;
            count++;
        }
    }
    if (status == CORD_OK && count == 0) {
        cord_str pattern = cord_draft_brief(condition->name);
        return cord_draft_refuse(builder->context, builder->line, CORD_E_FORMAT,
                                 "condition: '%s of %.*s' names no search identifier%s",
                                 all ? "all" : "1", CORD_STR_ARG(pattern),
                                 cord_str_starts(pattern, CORD_STR("_"))
                                     ? " (names that begin with _ are left out)"
                                     : "");
    }
    *ret_node = count == 1 ? last : row;
    return status;
}

static cord_status build_condition(struct builder *builder, const struct cord_condition *condition,
                                   struct cord_node **ret_node);

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the reader */
static cord_status build_row(struct builder *builder, const struct cord_condition *condition,
                             enum cord_node_kind kind, struct cord_node **ret_node)
{
    struct cord_node *row = NULL;
    cord_status status = new_node(builder, kind, &row);
    const struct cord_node **tail = row ? &row->child : NULL;
    for (const struct cord_condition *child = condition->child; child && status == CORD_OK;
         child = child->next) {
        struct cord_node *node = NULL;
        status = build_condition(builder, child, &node);
        if (status == CORD_OK) {
            *tail = node;
            tail = &node->next;
        }
    }
    *ret_node = row;
    return status;
}

/* Recursion is bounded by the condition parser's depth. */
/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the reader */
static cord_status build_condition(struct builder *builder, const struct cord_condition *condition,
                                   struct cord_node **ret_node)
{
    switch (condition->kind) {
    case CORD_CONDITION_AND:
        return build_row(builder, condition, CORD_NODE_AND, ret_node);
    case CORD_CONDITION_OR:
        return build_row(builder, condition, CORD_NODE_OR, ret_node);
    case CORD_CONDITION_NOT:
        return build_row(builder, condition, CORD_NODE_NOT, ret_node);
    case CORD_CONDITION_NAME:
        return build_name(builder, condition->name, ret_node);
    case CORD_CONDITION_ONE_OF:
    case CORD_CONDITION_ALL_OF:
        return build_selector(builder, condition, ret_node);
    }
    return CORD_E_FORMAT;
}

static cord_status list_selections(struct builder *builder)
{
    for (const struct cord_draft_selection *from = builder->detection->selections; from;
         from = from->next) {
        builder->selection_count++;
    }
    builder->selections = cord_arena_zalloc(builder->context->work, builder->selection_count + 1,
                                            sizeof *builder->selections);
    if (!builder->selections) {
        return cord_draft_no_room(builder->context, builder->context->work);
    }
    size_t at = 0;
    for (const struct cord_draft_selection *from = builder->detection->selections; from;
         from = from->next) {
        builder->selections[at++].selection = from;
    }
    return CORD_OK;
}

static cord_status warn_unused(struct builder *builder)
{
    for (size_t i = 0; i < builder->selection_count; i++) {
        if (!builder->selections[i].used && !builder->quiet) {
            const struct cord_draft_selection *selection = builder->selections[i].selection;
            cord_status status = cord_draft_warn(builder->context, selection->line,
                                                 "the search identifier '%.*s' is in no condition",
                                                 CORD_STR_ARG(selection->name));
            if (status != CORD_OK) {
                return status;
            }
        }
    }
    return CORD_OK;
}

static cord_status build_text(struct builder *builder, const struct cord_draft_condition *condition,
                              struct cord_node **ret_node)
{
    struct cord_draft_context *context = builder->context;
    struct cord_condition *parsed = NULL;
    builder->line = condition->line;
    cord_status status =
        cord_condition_parse(condition->text, context->work, &parsed, &context->err);
    if (status != CORD_OK) {
        context->line = condition->line;
        return status;
    }
    return build_condition(builder, parsed, ret_node);
}

/* One node for each condition, linked as siblings. */
static cord_status build_detection(struct cord_draft_context *context,
                                   const struct cord_draft_detection *detection, bool quiet,
                                   struct cord_node **ret_nodes, size_t *ret_count)
{
    struct builder builder = {
        .context = context, .detection = detection, .selection = CORD_STR(""), .quiet = quiet};
    struct cord_node *first = NULL;
    struct cord_node *last = NULL;
    size_t count = 0;
    cord_status status = list_selections(&builder);
    for (const struct cord_draft_condition *condition = detection->conditions;
         condition && status == CORD_OK; condition = condition->next) {
        struct cord_node *node = NULL;
        status = build_text(&builder, condition, &node);
        if (status == CORD_OK) {
            if (last) {
                last->next = node;
            } else {
                first = node;
            }
            last = node;
            count++;
        }
    }
    if (status == CORD_OK) {
        status = warn_unused(&builder);
    }
    *ret_nodes = first;
    *ret_count = count;
    return status;
}

/* AND over a rule's condition and a copy of its filters' conditions. */
static cord_status add_filters(struct builder *builder, struct cord_node *filters,
                               struct cord_node **condition)
{
    struct cord_node *row = NULL;
    cord_status status = new_node(builder, CORD_NODE_AND, &row);
    if (status == CORD_OK) {
        row->child = *condition;
        (*condition)->next = filters; /* shared: nothing below changes any more */
        *condition = row;
    }
    return status;
}

static cord_status build_filters(struct cord_draft_context *context, struct cord_draft *draft,
                                 struct cord_node **ret_filters)
{
    struct cord_node *first = NULL;
    struct cord_node **tail = &first;
    struct builder builder = {.context = context, .selection = CORD_STR("")};
    for (struct cord_draft_filtered *filtered = draft->filters; filtered;
         filtered = filtered->next) {
        struct cord_node *nodes = NULL;
        size_t count = 0;
        cord_status status = build_detection(context, &filtered->detection, true, &nodes, &count);
        if (status != CORD_OK) {
            return status;
        }
        if (count > 1) { /* a list of conditions: any of them */
            struct cord_node *any = NULL;
            status = new_node(&builder, CORD_NODE_OR, &any);
            if (status != CORD_OK) {
                return status;
            }
            any->child = nodes;
            nodes = any;
        }
        *tail = nodes;
        tail = (struct cord_node **)(uintptr_t)&nodes->next;
    }
    *ret_filters = first;
    return CORD_OK;
}

cord_status cord_rule_build(struct cord_draft_context *context, struct cord_draft *draft)
{
    struct builder builder = {.context = context, .selection = CORD_STR("")};
    struct cord_node *nodes = NULL;
    struct cord_node *filters = NULL;
    size_t count = 0;
    cord_status status = build_detection(context, &draft->detection, false, &nodes, &count);
    if (status == CORD_OK) {
        status = build_filters(context, draft, &filters);
    }
    if (status != CORD_OK) {
        return status;
    }
    const struct cord_node **conditions =
        cord_arena_alloc(context->arena, (count + 1) * sizeof *conditions);
    if (!conditions) {
        return cord_draft_no_room(context, context->arena);
    }
    for (size_t i = 0; i < count; i++) {
        struct cord_node *node = nodes;
        nodes = (struct cord_node *)(uintptr_t)nodes->next;
        node->next = NULL;
        if (filters) {
            status = add_filters(&builder, filters, &node);
            if (status != CORD_OK) {
                return status;
            }
        }
        conditions[i] = node;
    }
    draft->rule->conditions = conditions;
    draft->rule->condition_count = count;
    return CORD_OK;
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the reader */
static bool has_not(const struct cord_node *nodes)
{
    for (const struct cord_node *node = nodes; node; node = node->next) {
        if (node->kind == CORD_NODE_NOT ||
            (node->kind != CORD_NODE_ATOM && node->selection.len == 0 && has_not(node->child))) {
            return true;
        }
    }
    return false;
}

cord_status cord_rule_build_filter_check(struct cord_draft_context *context,
                                         const struct cord_draft_filter *filter)
{
    struct cord_node *nodes = NULL;
    size_t count = 0;
    cord_status status = build_detection(context, &filter->detection, false, &nodes, &count);
    if (status == CORD_OK && !has_not(nodes)) {
        status = cord_draft_warn(context, filter->detection.conditions->line,
                                 "the filter's condition has no 'not': a rule then finds only what "
                                 "matches both; to leave events out write 'not ...'");
    }
    return status;
}
