/* pipeline_transform.c: what each transformation does to a rule. */
#include "detect/pipeline_internal.h"

#include "detect/modifier.h"
#include "detect/wildcard.h"

struct transform {
    struct cord_draft_context *context;
    const struct cord_pipeline_item *item;
    struct cord_draft *draft;
};

static cord_status no_work(struct transform *transform)
{
    return cord_draft_no_room(transform->context, transform->context->work);
}

static cord_status refuse(struct transform *transform, uint32_t line, const char *why)
{
    cord_str message = transform->item->key;
    return cord_draft_refuse(
        transform->context, line, CORD_E_UNSUPPORTED, "%s: %.*s", transform->item->type,
        message.len > 0 ? (int)message.len : (int)strlen(why), message.len > 0 ? message.ptr : why);
}

/* Whether the conditions of item and field hold. */
static bool is_meant(struct transform *transform, const struct cord_draft_node *node,
                     cord_str field)
{
    struct cord_pipeline_subject subject = {
        .draft = transform->draft, .item = node, .field = field};
    struct cord_arena *work = transform->context->work;
    return cord_pipeline_condition_holds(&transform->item->item, &subject, work) &&
           cord_pipeline_condition_holds(&transform->item->field, &subject, work);
}

static cord_status mark(struct transform *transform, struct cord_draft_applied **applied)
{
    struct cord_draft_applied *made = cord_arena_zalloc(transform->context->work, 1, sizeof *made);
    if (!made) {
        return no_work(transform);
    }
    made->item = transform->item;
    made->id = transform->item->id;
    made->field_mapping = transform->item->kind == CORD_PIPELINE_FIELD_MAPPING ||
                          transform->item->kind == CORD_PIPELINE_FIELD_PREFIX_MAPPING;
    made->next = *applied;
    *applied = made;
    return CORD_OK;
}

/* Names of fields. */

static cord_status join(struct transform *transform, cord_str a, cord_str b, cord_str *ret_text)
{
    cord_str text =
        cord_arena_printf(transform->context->work, "%.*s%.*s", CORD_STR_ARG(a), CORD_STR_ARG(b));
    return text.ptr ? cord_draft_intern(transform->context, text, ret_text) : no_work(transform);
}

/* What a field is called afterwards; *ret_count 0 when it stays as it is. */
static cord_status rename_field(struct transform *transform, cord_str field, cord_str **ret_names,
                                size_t *ret_count)
{
    const struct cord_pipeline_item *item = transform->item;
    bool prefixes = item->kind == CORD_PIPELINE_FIELD_PREFIX_MAPPING;
    *ret_count = 0;
    if (field.len == 0) {
        return CORD_OK;
    }
    if (item->kind == CORD_PIPELINE_FIELD_SUFFIX || item->kind == CORD_PIPELINE_FIELD_PREFIX) {
        *ret_names = cord_arena_alloc(transform->context->work, sizeof **ret_names);
        *ret_count = 1;
        if (!*ret_names) {
            return no_work(transform);
        }
        return item->kind == CORD_PIPELINE_FIELD_SUFFIX
                   ? join(transform, field, item->key, *ret_names)
                   : join(transform, item->key, field, *ret_names);
    }
    for (const struct cord_pipeline_mapping *at = item->mapping; at; at = at->next) {
        if (!prefixes && cord_str_eq(at->from, field)) {
            *ret_names = at->to;
            *ret_count = at->to_count;
            return CORD_OK;
        }
        if (prefixes && cord_str_starts(field, at->from)) {
            *ret_count = at->to_count;
            *ret_names =
                cord_arena_alloc(transform->context->work, at->to_count * sizeof **ret_names);
            if (!*ret_names) {
                return no_work(transform);
            }
            cord_status status = CORD_OK;
            for (size_t i = 0; i < at->to_count && status == CORD_OK; i++) {
                status = join(transform, at->to[i], cord_str_from_byte(field, at->from.len),
                              &(*ret_names)[i]);
            }
            return status;
        }
    }
    return CORD_OK;
}

static cord_status rename_references(struct transform *transform, struct cord_draft_node *node)
{
    for (struct cord_draft_value *value = node->values; value; value = value->next) {
        cord_str *names = NULL;
        size_t count = 0;
        if (value->kind != CORD_DRAFT_FIELD || !is_meant(transform, node, value->text)) {
            continue;
        }
        cord_status status = rename_field(transform, value->text, &names, &count);
        if (status != CORD_OK) {
            return status;
        }
        if (count > 1 && node->all) {
            return refuse(transform, node->line,
                          "a field reference under 'all' is mapped to several fields");
        }
        if (count > 0) {
            value->text = names[0];
        }
        for (size_t i = 1; i < count; i++) {
            struct cord_draft_value *more =
                cord_arena_alloc(transform->context->work, sizeof *more);
            if (!more) {
                return no_work(transform);
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
static cord_status spread(struct transform *transform, struct cord_draft_node *node,
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
        cord_status status = cord_draft_copy(transform->context, &one, &copy);
        if (status != CORD_OK) {
            return status;
        }
        *tail = copy.selections->node;
        (*tail)->field = names[i];
        tail = &(*tail)->next;
    }
    return CORD_OK;
}

static cord_status map_field(struct transform *transform, struct cord_draft_node *node)
{
    cord_str *names = NULL;
    size_t count = 0;
    cord_status status = rename_references(transform, node);
    if (status != CORD_OK || !is_meant(transform, node, node->field)) {
        return status;
    }
    status = rename_field(transform, node->field, &names, &count);
    if (status != CORD_OK || count == 0) {
        return status;
    }
    status = mark(transform, &node->applied);
    if (status != CORD_OK) {
        return status;
    }
    if (count == 1) {
        node->field = names[0];
        return CORD_OK;
    }
    return spread(transform, node, names, count);
}

/* Values. */

static cord_status replace_parts(struct transform *transform, struct cord_draft_value *value)
{
    struct cord_draft_context *context = transform->context;
    struct cord_draft_part *parts =
        cord_arena_alloc(context->work, (value->part_count + 1) * sizeof *parts);
    size_t count = 0;
    if (!parts) {
        return no_work(transform);
    }
    for (size_t i = 0; i < value->part_count; i++) {
        parts[count] = value->parts[i];
        if (parts[count].kind == CORD_DRAFT_PART_TEXT) {
            cord_status status = cord_pipeline_regex_replace(
                transform->item->regex, parts[count].text, transform->item->value, context->arena,
                &parts[count].text, &context->err);
            if (status != CORD_OK) {
                return status;
            }
        }
        count += parts[count].kind != CORD_DRAFT_PART_TEXT || parts[count].text.len > 0;
    }
    value->parts = parts;
    value->part_count = count;
    return CORD_OK;
}

static cord_status replace_string(struct transform *transform, struct cord_draft_value *value)
{
    struct cord_draft_context *context = transform->context;
    if (value->kind != CORD_DRAFT_STRING) {
        return CORD_OK;
    }
    if (transform->item->flag || cord_wildcard_has_placeholder(value)) {
        return replace_parts(transform, value);
    }
    cord_str text = cord_wildcard_text(context->work, value);
    cord_str replaced;
    if (!text.ptr) {
        return no_work(transform);
    }
    cord_status status =
        cord_pipeline_regex_replace(transform->item->regex, text, transform->item->value,
                                    context->work, &replaced, &context->err);
    return status == CORD_OK ? cord_wildcard_parse(context, replaced, value) : status;
}

static cord_status map_string(struct transform *transform, struct cord_draft_value *value)
{
    struct cord_draft_context *context = transform->context;
    cord_str text;
    if (value->kind != CORD_DRAFT_STRING || !cord_wildcard_is_plain(value, &text)) {
        return CORD_OK;
    }
    const struct cord_pipeline_mapping *at = transform->item->mapping;
    while (at && !cord_str_eq(at->from, text)) {
        at = at->next;
    }
    if (!at) {
        return CORD_OK;
    }
    if (at->to_count == 1) {
        return cord_wildcard_parse(context, at->to[0], value);
    }
    struct cord_draft_value **tail = &value->members;
    for (size_t i = 0; i < at->to_count; i++) {
        struct cord_draft_value *member =
            cord_draft_value_new(context, CORD_DRAFT_STRING, value->line);
        if (!member) {
            return no_work(transform);
        }
        member->cased = value->cased;
        cord_status status = cord_wildcard_parse(context, at->to[i], member);
        if (status != CORD_OK) {
            return status;
        }
        *tail = member;
        tail = &member->next;
    }
    value->kind = CORD_DRAFT_EXPANSION;
    return CORD_OK;
}

static cord_status convert_type(struct transform *transform, struct cord_draft_value *value)
{
    cord_str text;
    int64_t number = 0;
    if (transform->item->flag && value->kind == CORD_DRAFT_STRING) {
        if (!cord_wildcard_is_plain(value, &text) || !cord_str_i64(text, &number)) {
            return refuse(transform, value->line, "a value is no number");
        }
        value->kind = CORD_DRAFT_NUMBER;
        value->text = text;
    } else if (!transform->item->flag && value->kind == CORD_DRAFT_NUMBER) {
        value->kind = CORD_DRAFT_STRING;
        return cord_wildcard_plain(transform->context, value->text, value);
    }
    return CORD_OK;
}

static cord_status change_case(struct transform *transform, struct cord_draft_value *value)
{
    struct cord_draft_part *parts =
        cord_arena_alloc(transform->context->work, (value->part_count + 1) * sizeof *parts);
    if (!parts) {
        return no_work(transform);
    }
    for (size_t i = 0; i < value->part_count; i++) {
        parts[i] = value->parts[i];
        if (parts[i].kind != CORD_DRAFT_PART_TEXT) {
            continue;
        }
        char *text = cord_arena_bytes(transform->context->arena, parts[i].text.len + 1);
        if (!text) {
            return cord_draft_no_room(transform->context, transform->context->arena);
        }
        for (size_t k = 0; k < parts[i].text.len; k++) {
            char lower = cord_str_lower_char(parts[i].text.ptr[k]);
            bool letter = lower >= 'a' && lower <= 'z';
            text[k] = transform->item->upper && letter ? (char)(lower & ~0x20) : lower;
        }
        parts[i].text.ptr = text;
    }
    value->parts = parts;
    return CORD_OK;
}

static cord_status change_value(struct transform *transform, struct cord_draft_value *value)
{
    if (value->kind == CORD_DRAFT_EXPANSION) {
        for (struct cord_draft_value *member = value->members; member; member = member->next) {
            if (member->kind != CORD_DRAFT_EXPANSION) {
                cord_status status = change_value(transform, member);
                if (status != CORD_OK) {
                    return status;
                }
            }
        }
        return CORD_OK;
    }
    enum cord_pipeline_kind kind = transform->item->kind;
    if (kind == CORD_PIPELINE_REPLACE_STRING) {
        return replace_string(transform, value);
    }
    if (kind == CORD_PIPELINE_MAP_STRING) {
        return map_string(transform, value);
    }
    if (kind == CORD_PIPELINE_CONVERT_TYPE) {
        return convert_type(transform, value);
    }
    if (kind == CORD_PIPELINE_CASE) {
        return value->kind == CORD_DRAFT_STRING ? change_case(transform, value) : CORD_OK;
    }
    struct cord_draft_value *next = value->next; /* set_value */
    *value = *transform->item->set;
    value->next = next;
    return CORD_OK;
}

/* Members of expansions that map_string expanded again take their place. */
static void flatten(struct cord_draft_value *value)
{
    for (struct cord_draft_value **link = &value->members; *link;) {
        struct cord_draft_value *member = *link;
        if (member->kind != CORD_DRAFT_EXPANSION) {
            link = &member->next;
            continue;
        }
        struct cord_draft_value *last = member->members;
        while (last->next) {
            last = last->next;
        }
        last->next = member->next;
        *link = member->members;
    }
}

static cord_status change_values(struct transform *transform, struct cord_draft_node *node)
{
    cord_status status = CORD_OK;
    for (struct cord_draft_value *value = node->values; value && status == CORD_OK;
         value = value->next) {
        status = change_value(transform, value);
        if (status == CORD_OK && value->kind == CORD_DRAFT_EXPANSION) {
            flatten(value);
        }
    }
    return status;
}

/* "SHA256=..." of Sysmon's field Hashes as a field of its own. */
static bool split_hash(const struct cord_draft_value *value, cord_str *ret_algorithm,
                       cord_str *ret_hash)
{
    static const struct {
        size_t len;
        const char *name;
    } lengths[] = {{32, "MD5"}, {40, "SHA1"}, {64, "SHA256"}, {128, "SHA512"}};
    cord_str text = CORD_STR("");
    for (size_t i = 0; i < value->part_count; i++) {
        if (value->parts[i].kind == CORD_DRAFT_PART_TEXT) {
            if (text.len > 0) {
                return false;
            }
            text = value->parts[i].text;
        } else if (value->parts[i].kind != CORD_DRAFT_PART_ANY) {
            return false;
        }
    }
    size_t cut = cord_str_find_char(text, '=', 0);
    if (cut != SIZE_MAX) {
        *ret_algorithm = cord_str_slice(text, 0, cut);
        *ret_hash = cord_str_from_byte(text, cut + 1);
        return cut > 0 && ret_hash->len > 0;
    }
    *ret_hash = text;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        if (text.len == lengths[i].len) {
            *ret_algorithm = cord_str_from(lengths[i].name);
            return true;
        }
    }
    return false;
}

static bool is_valid_algorithm(const struct cord_pipeline_item *item, cord_str algorithm)
{
    for (size_t i = 0; i < item->text_count; i++) {
        if (cord_str_eq_fold(item->texts[i], algorithm)) {
            return true;
        }
    }
    return item->text_count == 0;
}

static cord_status make_hash_item(struct transform *transform, const struct cord_draft_node *node,
                                  struct cord_draft_value *value, struct cord_draft_node **ret_node)
{
    struct cord_draft_context *context = transform->context;
    cord_str algorithm;
    cord_str hash;
    if (value->kind != CORD_DRAFT_STRING || !split_hash(value, &algorithm, &hash) ||
        !is_valid_algorithm(transform->item, algorithm)) {
        return cord_draft_refuse(context, value->line, CORD_E_UNSUPPORTED,
                                 "hashes_fields: a value is no hash of a known algorithm");
    }
    struct cord_draft_node *made = cord_arena_alloc(context->work, sizeof *made);
    struct cord_draft_value *one = cord_draft_value_new(context, CORD_DRAFT_STRING, value->line);
    if (!made || !one) {
        return no_work(transform);
    }
    *made = *node;
    made->next = NULL;
    made->all = false;
    made->values = one;
    made->value_count = 1;
    cord_status status = cord_wildcard_plain(context, hash, one);
    if (status == CORD_OK) {
        status = join(transform, transform->item->key,
                      transform->item->flag ? CORD_STR("") : algorithm, &made->field);
    }
    *ret_node = made;
    return status;
}

static cord_status split_hashes(struct transform *transform, struct cord_draft_node *node)
{
    if (!cord_str_eq(node->field, CORD_STR("Hashes")) &&
        !cord_str_eq(node->field, CORD_STR("Hash"))) {
        return CORD_OK;
    }
    struct cord_draft_node *first = NULL;
    struct cord_draft_node **tail = &first;
    cord_status status = CORD_OK;
    for (struct cord_draft_value *value = node->values; value && status == CORD_OK;
         value = value->next) {
        status = make_hash_item(transform, node, value, tail);
        tail = status == CORD_OK ? &(*tail)->next : tail;
    }
    if (status == CORD_OK) {
        /* Negated items must all hold: none of the hashes. */
        node->kind = node->all || node->negate ? CORD_DRAFT_ALL : CORD_DRAFT_ANY;
        node->child = first;
        node->values = NULL;
        node->value_count = 0;
    }
    return status;
}

static bool was_mapped(const struct cord_draft_applied *applied)
{
    while (applied && !applied->field_mapping) {
        applied = applied->next;
    }
    return applied != NULL;
}

/* *ret_drop: the item has to go. */
static cord_status change_item(struct transform *transform, struct cord_draft_node *node,
                               bool *ret_drop)
{
    enum cord_pipeline_kind kind = transform->item->kind;
    if (kind <= CORD_PIPELINE_FIELD_PREFIX) {
        return map_field(transform, node);
    }
    if (!is_meant(transform, node, node->field)) {
        return CORD_OK;
    }
    cord_status status = mark(transform, &node->applied);
    if (status != CORD_OK) {
        return status;
    }
    if (kind == CORD_PIPELINE_DROP_ITEM) {
        *ret_drop = true;
        return CORD_OK;
    }
    if (kind == CORD_PIPELINE_VALUE_PLACEHOLDERS || kind == CORD_PIPELINE_WILDCARD_PLACEHOLDERS) {
        return cord_placeholder_fill_item(transform->context, transform->item->placeholders,
                                          transform->item->wildcard, node);
    }
    if (kind == CORD_PIPELINE_HASHES_FIELDS) {
        return split_hashes(transform, node);
    }
    if (kind == CORD_PIPELINE_ITEM_FAILURE) {
        return refuse(transform, node->line, "the item cannot be used");
    }
    if (kind == CORD_PIPELINE_STRICT_MAPPING) {
        return node->keyword || was_mapped(node->applied->next)
                   ? CORD_OK
                   : cord_draft_refuse(transform->context, node->line, CORD_E_UNSUPPORTED,
                                       "no mapping for the field '%.*s'",
                                       CORD_STR_ARG(node->field));
    }
    return change_values(transform, node);
}

/* Changes what hangs on *link; takes it out when nothing is left. */
static cord_status change_node(struct transform *transform, struct cord_draft_node **link,
                               bool *ret_gone)
{
    struct cord_draft_node *node = *link;
    bool gone = false;
    cord_status status = CORD_OK;
    if (node->kind == CORD_DRAFT_ITEM) {
        status = change_item(transform, node, &gone);
    } else {
        for (struct cord_draft_node **child = &node->child; *child && status == CORD_OK;) {
            bool child_gone = false;
            status = change_node(transform, child, &child_gone);
            if (child_gone && node->kind == CORD_DRAFT_ANY) {
                /* One of several ways to match became "always". */
                return cord_draft_refuse(transform->context, node->line, CORD_E_UNSUPPORTED,
                                         "%s leaves a list of alternatives with an empty one",
                                         transform->item->type);
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

static cord_status change_detection(struct transform *transform,
                                    struct cord_draft_detection *detection)
{
    cord_status status = CORD_OK;
    for (struct cord_draft_selection *selection = detection->selections;
         selection && status == CORD_OK; selection = selection->next) {
        bool gone = false;
        if (selection->node) {
            status = change_node(transform, &selection->node, &gone);
        }
        if (gone) {
            selection->node = NULL;
        }
    }
    return status;
}

/* Rules as a whole. */

static cord_status add_condition(struct transform *transform)
{
    struct cord_draft_context *context = transform->context;
    const struct cord_pipeline_item *item = transform->item;
    struct cord_draft_detection *detection = &transform->draft->detection;
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
            return no_work(transform);
        }
        *made = *old;
        made->next = NULL;
        made->text = cord_arena_printf(context->work, "%s%.*s and (%.*s)", item->flag ? "not " : "",
                                       CORD_STR_ARG(name), CORD_STR_ARG(old->text));
        if (!made->text.ptr) {
            return no_work(transform);
        }
        *tail = made;
        tail = &made->next;
    }
    if (status == CORD_OK) {
        copy.selections->line = transform->draft->rule->line;
        copy.selections->next = detection->selections;
        detection->selections = copy.selections;
        detection->conditions = first;
    }
    return status;
}

static cord_status set_pair(struct transform *transform, struct cord_draft_attribute **list)
{
    struct cord_draft_attribute *made =
        cord_arena_zalloc(transform->context->work, 1, sizeof *made);
    if (!made) {
        return no_work(transform);
    }
    made->name = transform->item->key;
    made->value = transform->item->value;
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
static cord_status change_fields(struct transform *transform)
{
    const struct cord_pipeline_item *item = transform->item;
    struct cord_rule *rule = transform->draft->rule;
    cord_str *fields = cord_arena_alloc(
        transform->context->arena, (rule->field_count + item->text_count + 1) * sizeof *fields);
    size_t count = 0;
    if (!fields) {
        return cord_draft_no_room(transform->context, transform->context->arena);
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
static cord_status rename_shown(struct transform *transform)
{
    struct cord_rule *rule = transform->draft->rule;
    size_t room = rule->field_count + 1;
    for (const struct cord_pipeline_mapping *at = transform->item->mapping; at; at = at->next) {
        room += at->to_count;
    }
    room *= rule->field_count > 0 ? rule->field_count : 1;
    cord_str *fields = cord_arena_alloc(transform->context->arena, room * sizeof *fields);
    size_t count = 0;
    if (!fields) {
        return cord_draft_no_room(transform->context, transform->context->arena);
    }
    for (size_t i = 0; i < rule->field_count; i++) {
        cord_str *names = NULL;
        size_t name_count = 0;
        cord_status status = is_meant(transform, NULL, rule->fields[i])
                                 ? rename_field(transform, rule->fields[i], &names, &name_count)
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

static cord_status change_items(struct transform *transform)
{
    cord_status status = change_detection(transform, &transform->draft->detection);
    for (struct cord_draft_filtered *filtered = transform->draft->filters;
         filtered && status == CORD_OK; filtered = filtered->next) {
        status = change_detection(transform, &filtered->detection);
    }
    if (status == CORD_OK && transform->item->kind <= CORD_PIPELINE_FIELD_PREFIX &&
        transform->draft->rule->field_count > 0) {
        status = rename_shown(transform);
    }
    return status;
}

cord_status cord_pipeline_transform(struct cord_draft_context *context,
                                    const struct cord_pipeline_item *item, struct cord_draft *draft)
{
    struct transform transform = {.context = context, .item = item, .draft = draft};
    cord_status status = mark(&transform, &draft->applied);
    if (status != CORD_OK) {
        return status;
    }
    switch (item->kind) {
    case CORD_PIPELINE_ADD_CONDITION:
        return add_condition(&transform);
    case CORD_PIPELINE_CHANGE_LOGSOURCE:
        draft->rule->logsource = item->logsource;
        return CORD_OK;
    case CORD_PIPELINE_SET_ATTRIBUTE:
        return set_pair(&transform, &draft->attributes);
    case CORD_PIPELINE_SET_STATE:
        return set_pair(&transform, &draft->state);
    case CORD_PIPELINE_RULE_FAILURE:
        return refuse(&transform, draft->rule->line, "the rule cannot be used");
    case CORD_PIPELINE_ADD_FIELD:
    case CORD_PIPELINE_REMOVE_FIELD:
    case CORD_PIPELINE_SET_FIELD:
        return change_fields(&transform);
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
    return change_items(&transform);
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
        struct transform transform = {
            .context = context, .item = applied_at(draft->applied, i - 1)->item, .draft = draft};
        struct cord_pipeline_subject subject = {.draft = draft, .field = *name};
        cord_str *names = NULL;
        size_t name_count = 0;
        /* Conditions about a detection's items say nothing about a bare name. */
        if (transform.item->kind > CORD_PIPELINE_FIELD_PREFIX || transform.item->item.first ||
            !cord_pipeline_condition_holds(&transform.item->field, &subject, context->work)) {
            continue;
        }
        cord_status status = rename_field(&transform, *name, &names, &name_count);
        if (status != CORD_OK) {
            return status;
        }
        *name = name_count > 0 ? names[0] : *name;
    }
    return CORD_OK;
}

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
