/* placeholder.c: see placeholder.h. */
#include "detect/placeholder.h"

#include "detect/regex_check.h"
#include "detect/wildcard.h"

static cord_status take_values(struct cord_draft_context *context, const struct cord_yaml *node,
                               struct cord_placeholder *placeholder)
{
    bool list = node->kind == CORD_YAML_LIST;
    size_t room = list ? node->count : 1;
    cord_str *values = cord_arena_alloc(context->work, (room + 1) * sizeof *values);
    placeholder->values = values;
    placeholder->value_count = 0;
    if (!values) {
        return cord_draft_no_room(context, context->work);
    }
    for (const struct cord_yaml *from = list ? node->child : node; from;
         from = list ? from->next : NULL) {
        cord_str text = cord_yaml_text(from);
        if (!text.ptr) {
            return cord_draft_refuse(context, from->line, CORD_E_FORMAT,
                                     "line %u: the placeholder '%.*s' needs texts or numbers",
                                     from->line, CORD_STR_ARG(placeholder->name));
        }
        cord_str *value = &values[placeholder->value_count++];
        *value = cord_arena_copy(context->work, text);
        if (!value->ptr) {
            return cord_draft_no_room(context, context->work);
        }
    }
    if (placeholder->value_count == 0) {
        return cord_draft_refuse(context, node->line, CORD_E_FORMAT,
                                 "line %u: the placeholder '%.*s' has an empty list: no value can "
                                 "ever match",
                                 node->line, CORD_STR_ARG(placeholder->name));
    }
    return CORD_OK;
}

static const struct cord_placeholder *find(const struct cord_placeholder *placeholders,
                                           cord_str name)
{
    while (placeholders && !cord_str_eq(placeholders->name, name)) {
        placeholders = placeholders->next;
    }
    return placeholders;
}

cord_status cord_placeholder_read(struct cord_draft_context *context, const struct cord_yaml *map,
                                  struct cord_placeholder **placeholders)
{
    if (map->kind != CORD_YAML_MAP) {
        return cord_draft_refuse(context, map->line, CORD_E_FORMAT,
                                 "line %u: placeholders are a map of name to list of values",
                                 map->line);
    }
    for (const struct cord_yaml *member = map->child; member; member = member->next) {
        struct cord_placeholder *placeholder = *placeholders;
        while (placeholder && !cord_str_eq(placeholder->name, member->key->text)) {
            placeholder = placeholder->next;
        }
        if (!placeholder) {
            placeholder = cord_arena_zalloc(context->work, 1, sizeof *placeholder);
            if (!placeholder) {
                return cord_draft_no_room(context, context->work);
            }
            placeholder->next = *placeholders;
            *placeholders = placeholder;
        }
        cord_status status = cord_draft_intern(context, member->key->text, &placeholder->name);
        if (status == CORD_OK) {
            status = take_values(context, member, placeholder);
        }
        if (status != CORD_OK) {
            return status;
        }
    }
    return CORD_OK;
}

struct filler {
    struct cord_draft_context *context;
    const struct cord_placeholder *placeholders;
    bool wildcard;
    size_t made;
};

/* The first placeholder of the value that can be filled, or SIZE_MAX. */
static size_t find_fillable(const struct filler *filler, const struct cord_draft_value *value)
{
    for (size_t i = 0; i < value->part_count; i++) {
        if (value->parts[i].kind == CORD_DRAFT_PART_PLACEHOLDER &&
            (filler->wildcard || find(filler->placeholders, value->parts[i].text))) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* A copy of the value with `with` in place of part `at`. */
static struct cord_draft_value *splice(struct filler *filler, const struct cord_draft_value *value,
                                       size_t at, const struct cord_draft_value *with)
{
    struct cord_arena *work = filler->context->work;
    size_t count = value->part_count - 1 + with->part_count;
    struct cord_draft_value *made = cord_arena_alloc(work, sizeof *made);
    struct cord_draft_part *parts = cord_arena_alloc(work, (count + 1) * sizeof *parts);
    if (!made || !parts) {
        return NULL;
    }
    size_t behind = value->part_count - at - 1;
    memcpy(parts, value->parts, at * sizeof *parts);
    if (with->part_count > 0) {
        memcpy(parts + at, with->parts, with->part_count * sizeof *parts);
    }
    memcpy(parts + at + with->part_count, value->parts + at + 1, behind * sizeof *parts);
    *made = *value;
    made->parts = parts;
    made->part_count = count;
    made->next = NULL;
    return made;
}

static cord_status parse_value(struct filler *filler, const struct cord_draft_value *into,
                               cord_str text, struct cord_draft_value *ret_parsed)
{
    return into->kind == CORD_DRAFT_REGEX ? cord_wildcard_plain(filler->context, text, ret_parsed)
                                          : cord_wildcard_parse(filler->context, text, ret_parsed);
}

/* Puts the ways to fill one placeholder where the value stood, *link. */
static cord_status fill_one(struct filler *filler, struct cord_draft_value **link, size_t at)
{
    struct cord_draft_value *value = *link;
    struct cord_draft_value *behind = value->next;
    static const cord_str star = {"*", 1};
    const struct cord_placeholder *placeholder = find(filler->placeholders, value->parts[at].text);
    size_t count = filler->wildcard ? 1 : placeholder->value_count;
    for (size_t i = 0; i < count; i++) {
        struct cord_draft_value parsed = {0};
        if (++filler->made > CORD_DRAFT_EXPANSION_MAX) {
            return cord_draft_refuse(filler->context, value->line, CORD_E_UNSUPPORTED,
                                     "placeholders make more than %u values of one",
                                     CORD_DRAFT_EXPANSION_MAX);
        }
        cord_status status =
            parse_value(filler, value, filler->wildcard ? star : placeholder->values[i], &parsed);
        if (status != CORD_OK) {
            return status;
        }
        struct cord_draft_value *made = splice(filler, value, at, &parsed);
        if (!made) {
            return cord_draft_no_room(filler->context, filler->context->work);
        }
        made->next = behind;
        *link = made;
        link = &made->next;
    }
    return CORD_OK;
}

/* A filled expression is one text again, and must compile. */
static cord_status close_regex(struct filler *filler, struct cord_draft_value *value)
{
    size_t len = 0;
    if (value->kind != CORD_DRAFT_REGEX || cord_wildcard_has_placeholder(value)) {
        return CORD_OK;
    }
    for (size_t i = 0; i < value->part_count; i++) {
        len += value->parts[i].text.len;
    }
    char *text = cord_arena_bytes(filler->context->arena, len + 1);
    if (!text) {
        return cord_draft_no_room(filler->context, filler->context->arena);
    }
    len = 0;
    for (size_t i = 0; i < value->part_count; i++) {
        memcpy(text + len, value->parts[i].text.ptr, value->parts[i].text.len);
        len += value->parts[i].text.len;
    }
    text[len] = '\0';
    value->text = (cord_str){text, len};
    filler->context->line = value->line;
    return cord_regex_check(value->text, value->regex_flags, &filler->context->err);
}

static cord_status fill_value(struct filler *filler, struct cord_draft_value **link)
{
    struct cord_draft_value *behind = (*link)->next;
    uint32_t line = (*link)->line;
    struct cord_draft_value *list = *link;
    cord_status status = CORD_OK;
    list->next = NULL;
    filler->made = 0;
    for (struct cord_draft_value **at = &list; *at && status == CORD_OK;) {
        size_t part = find_fillable(filler, *at);
        if (part != SIZE_MAX) {
            status = fill_one(filler, at, part); /* and look at its first result again */
        } else {
            status = close_regex(filler, *at);
            at = &(*at)->next;
        }
    }
    if (status != CORD_OK) {
        return status;
    }
    struct cord_draft_value *filled = list;
    if (list->next) {
        filled = cord_draft_value_new(filler->context, CORD_DRAFT_EXPANSION, line);
        if (!filled) {
            return cord_draft_no_room(filler->context, filler->context->work);
        }
        filled->members = list;
    }
    filled->next = behind;
    *link = filled;
    return CORD_OK;
}

cord_status cord_placeholder_fill_item(struct cord_draft_context *context,
                                       const struct cord_placeholder *placeholders, bool wildcard,
                                       struct cord_draft_node *item)
{
    struct filler filler = {.context = context, .placeholders = placeholders, .wildcard = wildcard};
    for (struct cord_draft_value **link = &item->values; *link; link = &(*link)->next) {
        if (find_fillable(&filler, *link) != SIZE_MAX) {
            cord_status status = fill_value(&filler, link);
            if (status != CORD_OK) {
                return status;
            }
        }
    }
    return CORD_OK;
}

/* Recursion is bounded by the YAML reader's depth. */
/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the reader */
static cord_status fill_node(struct cord_draft_context *context,
                             const struct cord_placeholder *placeholders,
                             struct cord_draft_node *node)
{
    if (node->kind == CORD_DRAFT_ITEM) {
        return cord_placeholder_fill_item(context, placeholders, false, node);
    }
    cord_status status = CORD_OK;
    for (struct cord_draft_node *child = node->child; child && status == CORD_OK;
         child = child->next) {
        status = fill_node(context, placeholders, child);
    }
    return status;
}

cord_status cord_placeholder_fill(struct cord_draft_context *context,
                                  const struct cord_placeholder *placeholders,
                                  struct cord_draft_detection *detection)
{
    cord_status status = CORD_OK;
    for (struct cord_draft_selection *selection = placeholders ? detection->selections : NULL;
         selection && status == CORD_OK; selection = selection->next) {
        if (selection->node) {
            status = fill_node(context, placeholders, selection->node);
        }
    }
    return status;
}
