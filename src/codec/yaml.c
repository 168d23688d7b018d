/*
 * yaml.c: libyaml's events, put together into a tree.
 *
 * The stack of open lists and maps is ours and bounded, so that depth in the
 * text is never depth on the machine's stack. An alias shares the members of
 * its anchor; every node carries the number of nodes it stands for, so that a
 * handful of aliases cannot stand for a billion.
 */
#include "codec/yaml.h"

#include "base/map.h"

#include <yaml.h>

enum {
    DEPTH_MAX = 64,
    NODES_MAX = 1 << 20,
    ANCHORS_MAX = 256,
    KEYS_LINEAR = 24, /* maps with more members look their keys up in a table */
};

struct anchor {
    cord_str name;
    const struct cord_yaml *node; /* NULL while its list or map is still open */
    size_t weight;
    size_t height;
    struct anchor *next;
};

/* An open list or map. */
struct frame {
    struct cord_yaml *node;
    struct cord_yaml **tail;
    struct cord_yaml *key; /* map: read, its value is still to come */
    struct anchor *anchor;
    size_t weight;
    size_t height;
};

struct builder {
    struct cord_arena *arena;
    struct cord_error *err;
    struct frame frames[DEPTH_MAX];
    size_t depth;
    size_t nodes;
    struct anchor *anchors;
    size_t anchor_count;
    size_t documents_max;
};

static cord_status refuse(struct builder *builder, const yaml_event_t *event, cord_status status,
                          const char *why)
{
    return cord_error_set(builder->err, status, "line %zu, column %zu: %s",
                          event->start_mark.line + 1, event->start_mark.column + 1, why);
}

static cord_status no_room(struct builder *builder)
{
    cord_status status = cord_arena_failure(builder->arena);
    return cord_error_set(builder->err, status, "the YAML text needs too much memory");
}

static bool is_one_of(cord_str text, const char *const words[])
{
    for (size_t i = 0; words[i]; i++) {
        if (cord_str_eq(text, cord_str_from(words[i]))) {
            return true;
        }
    }
    return false;
}

/* [-+]? digits, no leading zero: 010 would be eight to some and ten to others,
 * so it stays text. */
static bool looks_integer(cord_str text)
{
    size_t at = text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+');
    if (at == text.len || (text.ptr[at] == '0' && text.len - at > 1)) {
        return false;
    }
    for (; at < text.len; at++) {
        if (!cord_str_is_digit(text.ptr[at])) {
            return false;
        }
    }
    return true;
}

/* [-+]? digits '.' digits, then an exponent with a sign: YAML 1.1's float
 * without its base 60, infinities and underscores. */
static bool looks_float(cord_str text)
{
    size_t at = text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+');
    size_t digits = 0;
    size_t dots = 0;
    for (; at < text.len && (cord_str_is_digit(text.ptr[at]) || text.ptr[at] == '.'); at++) {
        digits += text.ptr[at] != '.';
        dots += text.ptr[at] == '.';
    }
    if (digits == 0 || dots != 1) {
        return false;
    }
    if (at == text.len) {
        return true;
    }
    if ((text.ptr[at] | 0x20) != 'e' || text.len - at < 3 ||
        (text.ptr[at + 1] != '+' && text.ptr[at + 1] != '-')) {
        return false;
    }
    for (at += 2; at < text.len; at++) {
        if (!cord_str_is_digit(text.ptr[at])) {
            return false;
        }
    }
    return true;
}

static void resolve_plain(struct cord_yaml *node)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const trues[] = {"true", "True", "TRUE", NULL};
    static const char *const falses[] = {"false", "False", "FALSE", NULL};
    cord_str text = node->text;
    char first = text.len > 0 ? text.ptr[0] : '~';
    node->kind = CORD_YAML_TEXT;
    if (cord_str_is_digit(first) || first == '-' || first == '+' || first == '.') {
        if (looks_integer(text)) {
            cord_str digits = cord_str_from_byte(text, first == '+');
            /* A number beyond 64 bits keeps its digits: it is compared as text. */
            node->kind = cord_str_i64(digits, &node->integer) ? CORD_YAML_INT : CORD_YAML_FLOAT;
        } else if (looks_float(text)) {
            node->kind = CORD_YAML_FLOAT;
        }
    } else if (text.len > 5) {
        return;
    } else if (is_one_of(text, nulls)) {
        node->kind = CORD_YAML_NULL;
    } else if (is_one_of(text, trues) || is_one_of(text, falses)) {
        node->kind = CORD_YAML_BOOL;
        node->boolean = (first | 0x20) == 't';
    }
}

/* What an explicit tag demands; only the tags of YAML's own schema. */
static bool resolve_tag(struct cord_yaml *node, const char *tag)
{
    static const struct {
        const char *tag;
        enum cord_yaml_kind kind;
    } known[] = {
        {YAML_STR_TAG, CORD_YAML_TEXT},  {"!", CORD_YAML_TEXT},
        {YAML_NULL_TAG, CORD_YAML_NULL}, {YAML_BOOL_TAG, CORD_YAML_BOOL},
        {YAML_INT_TAG, CORD_YAML_INT},   {YAML_FLOAT_TAG, CORD_YAML_FLOAT},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(tag, known[i].tag) == 0) {
            if (known[i].kind == CORD_YAML_TEXT) {
                node->kind = CORD_YAML_TEXT;
                return true;
            }
            resolve_plain(node);
            return node->kind == known[i].kind;
        }
    }
    return false;
}

static struct cord_yaml *new_node(struct builder *builder, const yaml_event_t *event)
{
    struct cord_yaml *node = cord_arena_alloc(builder->arena, sizeof *node);
    if (node) {
        *node = (struct cord_yaml){
            .line = (uint32_t)(event->start_mark.line + 1),
            .column = (uint32_t)(event->start_mark.column + 1),
        };
    }
    return node;
}

static cord_status remember_anchor(struct builder *builder, const yaml_event_t *event,
                                   const yaml_char_t *name, struct anchor **ret_anchor)
{
    if (!name) {
        *ret_anchor = NULL;
        return CORD_OK;
    }
    if (++builder->anchor_count > ANCHORS_MAX) {
        return refuse(builder, event, CORD_E_LIMIT, "more than 256 anchors");
    }
    struct anchor *anchor = cord_arena_zalloc(builder->arena, 1, sizeof *anchor);
    if (!anchor) {
        return no_room(builder);
    }
    anchor->name = cord_arena_copy(builder->arena, cord_str_from((const char *)name));
    if (!anchor->name.ptr) {
        return no_room(builder);
    }
    anchor->next = builder->anchors; /* the newest is found first: it may redefine */
    builder->anchors = anchor;
    *ret_anchor = anchor;
    return CORD_OK;
}

static cord_status check_key(struct builder *builder, const yaml_event_t *event,
                             const struct cord_yaml *key)
{
    if (key->kind == CORD_YAML_LIST || key->kind == CORD_YAML_MAP) {
        return refuse(builder, event, CORD_E_FORMAT, "a key that is itself a list or a map");
    }
    if (event->type == YAML_SCALAR_EVENT && cord_str_eq(key->text, CORD_STR("<<")) &&
        event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE) {
        return refuse(builder, event, CORD_E_FORMAT,
                      "the merge key '<<' is not merged: write the members out");
    }
    return CORD_OK;
}

static cord_status add_member(struct builder *builder, const yaml_event_t *event,
                              struct cord_yaml *node, size_t weight, size_t height)
{
    struct frame *frame = &builder->frames[builder->depth - 1];
    frame->weight += weight;
    frame->height = frame->height > height + 1 ? frame->height : height + 1;
    if (frame->node->kind == CORD_YAML_MAP && !frame->key) {
        frame->key = node;
        return check_key(builder, event, node);
    }
    node->key = frame->key;
    frame->key = NULL;
    *frame->tail = node;
    frame->tail = &node->next;
    frame->node->count++;
    return CORD_OK;
}

static cord_status take_scalar(struct builder *builder, const yaml_event_t *event)
{
    struct cord_yaml *node = new_node(builder, event);
    struct anchor *anchor = NULL;
    if (!node) {
        return no_room(builder);
    }
    node->text = cord_arena_copy(builder->arena, (cord_str){(const char *)event->data.scalar.value,
                                                            event->data.scalar.length});
    if (!node->text.ptr) {
        return no_room(builder);
    }
    if (event->data.scalar.tag) {
        if (!resolve_tag(node, (const char *)event->data.scalar.tag)) {
            return refuse(builder, event, CORD_E_FORMAT, "a tag that does not fit or is unknown");
        }
    } else if (event->data.scalar.plain_implicit) {
        resolve_plain(node);
    } else {
        node->kind = CORD_YAML_TEXT;
    }
    cord_status status = remember_anchor(builder, event, event->data.scalar.anchor, &anchor);
    if (status != CORD_OK) {
        return status;
    }
    if (anchor) {
        anchor->node = node;
        anchor->weight = 1;
    }
    return add_member(builder, event, node, 1, 0);
}

static cord_status take_alias(struct builder *builder, const yaml_event_t *event)
{
    cord_str name = cord_str_from((const char *)event->data.alias.anchor);
    const struct anchor *anchor = builder->anchors;
    while (anchor && !cord_str_eq(anchor->name, name)) {
        anchor = anchor->next;
    }
    if (!anchor || !anchor->node) {
        return refuse(builder, event, CORD_E_FORMAT,
                      anchor ? "an alias inside what it stands for" : "an alias without anchor");
    }
    if (builder->depth + anchor->height > DEPTH_MAX) {
        return refuse(builder, event, CORD_E_LIMIT, "nested deeper than 64 levels");
    }
    if (anchor->weight > NODES_MAX - builder->nodes) {
        return refuse(builder, event, CORD_E_LIMIT, "more than 1,048,576 nodes");
    }
    builder->nodes += anchor->weight;
    struct cord_yaml *node = cord_arena_alloc(builder->arena, sizeof *node);
    if (!node) {
        return no_room(builder);
    }
    *node = *anchor->node;
    node->key = NULL;
    node->next = NULL;
    return add_member(builder, event, node, anchor->weight, anchor->height);
}

static cord_status open_node(struct builder *builder, const yaml_event_t *event,
                             enum cord_yaml_kind kind, const yaml_char_t *name)
{
    if (builder->depth == DEPTH_MAX) {
        return refuse(builder, event, CORD_E_LIMIT, "nested deeper than 64 levels");
    }
    struct cord_yaml *node = new_node(builder, event);
    struct frame *frame = &builder->frames[builder->depth];
    if (!node) {
        return no_room(builder);
    }
    node->kind = kind;
    *frame = (struct frame){.node = node, .tail = &node->child, .weight = 1};
    cord_status status = remember_anchor(builder, event, name, &frame->anchor);
    if (status == CORD_OK) {
        builder->depth++;
    }
    return status;
}

static cord_status refuse_duplicate(struct builder *builder, const struct cord_yaml *member)
{
    return cord_error_set(builder->err, CORD_E_FORMAT,
                          "line %u, column %u: the key '%.*s' stands twice in the same map",
                          member->key->line, member->key->column,
                          CORD_STR_ARG(cord_str_slice(member->key->text, 0, 128)));
}

static cord_status check_keys_linear(struct builder *builder, const struct cord_yaml *map)
{
    for (const struct cord_yaml *member = map->child; member; member = member->next) {
        for (const struct cord_yaml *other = map->child; other != member; other = other->next) {
            if (cord_str_eq(other->key->text, member->key->text)) {
                return refuse_duplicate(builder, member);
            }
        }
    }
    return CORD_OK;
}

static cord_status check_keys(struct builder *builder, const struct cord_yaml *map)
{
    if (map->count <= KEYS_LINEAR) {
        return check_keys_linear(builder, map);
    }
    struct cord_map seen;
    cord_status status = CORD_OK;
    cord_map_init(&seen, (uint64_t)(uintptr_t)map);
    for (const struct cord_yaml *member = map->child; member && status == CORD_OK;
         member = member->next) {
        status = cord_map_get(&seen, member->key->text) != CORD_MAP_NONE
                     ? refuse_duplicate(builder, member)
                     : cord_map_put(&seen, member->key->text, 0);
    }
    cord_map_done(&seen);
    return status;
}

static cord_status close_node(struct builder *builder, const yaml_event_t *event)
{
    struct frame *frame = &builder->frames[builder->depth - 1];
    cord_status status =
        frame->node->kind == CORD_YAML_MAP ? check_keys(builder, frame->node) : CORD_OK;
    if (status != CORD_OK) {
        return status;
    }
    if (frame->anchor) {
        frame->anchor->node = frame->node;
        frame->anchor->weight = frame->weight;
        frame->anchor->height = frame->height;
    }
    builder->depth--;
    return add_member(builder, event, frame->node, frame->weight, frame->height);
}

static cord_status count_node(struct builder *builder, const yaml_event_t *event)
{
    if (builder->nodes == NODES_MAX) {
        return refuse(builder, event, CORD_E_LIMIT, "more than 1,048,576 nodes");
    }
    builder->nodes++;
    return CORD_OK;
}

static cord_status begin_document(struct builder *builder, const yaml_event_t *event)
{
    builder->anchors = NULL;
    builder->anchor_count = 0;
    return builder->frames[0].node->count == builder->documents_max
               ? refuse(builder, event, CORD_E_LIMIT, "too many documents in one text")
               : CORD_OK;
}

static bool known_tag(const yaml_char_t *tag, const char *wanted)
{
    return !tag || strcmp((const char *)tag, wanted) == 0 || strcmp((const char *)tag, "!") == 0;
}

static cord_status take_event(struct builder *builder, const yaml_event_t *event)
{
    cord_status status = CORD_OK;
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        status = count_node(builder, event);
        return status == CORD_OK ? take_scalar(builder, event) : status;
    case YAML_ALIAS_EVENT:
        return take_alias(builder, event);
    case YAML_SEQUENCE_START_EVENT:
        if (!known_tag(event->data.sequence_start.tag, YAML_SEQ_TAG)) {
            return refuse(builder, event, CORD_E_FORMAT, "an unknown tag");
        }
        status = count_node(builder, event);
        return status == CORD_OK
                   ? open_node(builder, event, CORD_YAML_LIST, event->data.sequence_start.anchor)
                   : status;
    case YAML_MAPPING_START_EVENT:
        if (!known_tag(event->data.mapping_start.tag, YAML_MAP_TAG)) {
            return refuse(builder, event, CORD_E_FORMAT, "an unknown tag");
        }
        status = count_node(builder, event);
        return status == CORD_OK
                   ? open_node(builder, event, CORD_YAML_MAP, event->data.mapping_start.anchor)
                   : status;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return close_node(builder, event);
    case YAML_DOCUMENT_START_EVENT:
        return begin_document(builder, event);
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        return CORD_OK;
    }
    return CORD_OK;
}

static cord_status parser_failure(struct builder *builder, const yaml_parser_t *parser)
{
    if (parser->error == YAML_MEMORY_ERROR) {
        return cord_error_set(builder->err, CORD_E_NOMEM, "out of memory reading YAML");
    }
    return cord_error_set(builder->err, CORD_E_FORMAT, "line %zu, column %zu: %s%s%s",
                          parser->problem_mark.line + 1, parser->problem_mark.column + 1,
                          parser->problem ? parser->problem : "not YAML",
                          parser->context ? " " : "", parser->context ? parser->context : "");
}

static cord_status read_events(struct builder *builder, yaml_parser_t *parser)
{
    for (bool done = false; !done;) {
        yaml_event_t event;
        if (!yaml_parser_parse(parser, &event)) {
            return parser_failure(builder, parser);
        }
        cord_status status = take_event(builder, &event);
        done = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
        if (status != CORD_OK) {
            return status;
        }
    }
    return CORD_OK;
}

cord_status cord_yaml_parse(cord_str text, size_t documents_max, struct cord_arena *arena,
                            struct cord_yaml **ret_documents, struct cord_error *err)
{
    struct builder builder = {.arena = arena, .err = err, .documents_max = documents_max};
    yaml_parser_t parser;
    struct cord_yaml *root = cord_arena_zalloc(arena, 1, sizeof *root);
    if (!root) {
        return no_room(&builder);
    }
    *root = (struct cord_yaml){.kind = CORD_YAML_LIST, .line = 1, .column = 1};
    builder.frames[0] = (struct frame){.node = root, .tail = &root->child};
    builder.depth = 1;
    if (!yaml_parser_initialize(&parser)) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory reading YAML");
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)(text.ptr ? text.ptr : ""),
                                 text.len);
    cord_status status = read_events(&builder, &parser);
    yaml_parser_delete(&parser);
    if (status == CORD_OK) {
        *ret_documents = root;
    }
    return status;
}

const struct cord_yaml *cord_yaml_get(const struct cord_yaml *node, cord_str key)
{
    if (!node || node->kind != CORD_YAML_MAP) {
        return NULL;
    }
    for (const struct cord_yaml *member = node->child; member; member = member->next) {
        if (cord_str_eq(member->key->text, key)) {
            return member;
        }
    }
    return NULL;
}

cord_str cord_yaml_text(const struct cord_yaml *node)
{
    if (!node || node->kind == CORD_YAML_NULL || node->kind == CORD_YAML_LIST ||
        node->kind == CORD_YAML_MAP) {
        return (cord_str){0};
    }
    return node->text;
}
