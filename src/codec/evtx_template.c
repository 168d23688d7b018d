/*
 * evtx_template.c: binary XML ([MS-EVEN6] 2.2.12) compiled to operations.
 *
 * One pass without recursion. What belongs to an element's or attribute's text
 * is a run of operations; a run of several is joined to one value. Whether an
 * element will be empty is often known only with the record: then a mark is
 * set before its attributes and looked at behind them.
 */
#include "codec/evtx_internal.h"

#include "base/utf8.h"

enum {
    TOKEN_END = 0x00,
    TOKEN_OPEN = 0x01,
    TOKEN_CLOSE_START = 0x02,
    TOKEN_CLOSE_EMPTY = 0x03,
    TOKEN_CLOSE = 0x04,
    TOKEN_VALUE = 0x05,
    TOKEN_ATTRIBUTE = 0x06,
    TOKEN_CDATA = 0x07,
    TOKEN_CHARACTER = 0x08,
    TOKEN_ENTITY = 0x09,
    TOKEN_PI_TARGET = 0x0a,
    TOKEN_PI_DATA = 0x0b,
    TOKEN_TEMPLATE = 0x0c,
    TOKEN_SUBSTITUTION = 0x0d,
    TOKEN_OPTIONAL = 0x0e,
    TOKEN_FRAGMENT = 0x0f,
    TOKEN_MORE = 0x40, /* added to a token: attributes, or further parts, follow */
};

struct element {
    uint32_t path;
    size_t attributes_at; /* its first attribute's operation */
    bool is_data;         /* <Data>: named by its Name attribute, if it has one */
    bool named;
    bool has_attributes;
    bool has_fixed_attribute; /* there in every record */
    bool has_children;
    bool has_text;
};

struct compiler {
    struct cord_evtx *reader;
    uint32_t at;
    uint32_t end;
    uint32_t parent; /* of the outermost elements */
    size_t first_op;
    size_t depth;
    struct element elements[EVTX_ELEMENT_DEPTH_MAX];
    size_t run_at; /* the text being gathered: its operations begin here */
    const char *damage;
};

static bool fail(struct compiler *c, const char *reason)
{
    c->damage = c->damage ? c->damage : reason;
    return false;
}

static bool need(struct compiler *c, uint32_t bytes)
{
    return (c->at <= c->end && c->end - c->at >= bytes) || fail(c, "its binary XML ends early");
}

/* Source that overlaps can be compiled again and again: that is work, too. */
static bool charge(struct compiler *c, size_t work)
{
    if (work > c->reader->record_work_left) {
        c->reader->record_work_left = 0;
        return fail(c, "its templates expand without end");
    }
    c->reader->record_work_left -= work;
    return true;
}

static struct evtx_op *add_op(struct compiler *c, enum evtx_op_kind kind, uint32_t path)
{
    struct cord_evtx *reader = c->reader;
    if (reader->op_count == EVTX_OPS_MAX) {
        (void)fail(c, "the chunk's templates are too large");
        return NULL;
    }
    struct evtx_op *op = &reader->ops[reader->op_count++];
    *op = (struct evtx_op){.path = path, .kind = (uint8_t)kind};
    return op;
}

static struct evtx_op *insert_op(struct compiler *c, size_t at, enum evtx_op_kind kind,
                                 uint32_t path)
{
    if (!add_op(c, kind, path)) {
        return NULL;
    }
    struct evtx_op *ops = c->reader->ops;
    struct evtx_op op = ops[c->reader->op_count - 1];
    memmove(ops + at + 1, ops + at, (c->reader->op_count - 1 - at) * sizeof *ops);
    ops[at] = op;
    return &ops[at];
}

/* A name is a length, then UTF-16 with a NUL behind. */
static bool name_is_at(const struct cord_evtx *reader, uint32_t at)
{
    if (at > reader->len || reader->len - at < 10) {
        return false;
    }
    uint32_t units = evtx_u16(reader->chunk + at + 6);
    return units > 0 && units <= EVTX_NAME_UNITS_MAX &&
           reader->len - at >= 10 + 2 * (size_t)units &&
           evtx_u16(reader->chunk + at + 8 + 2 * (size_t)units) == 0;
}

/* Reads a name's offset, and steps over the name if it is stored right here. */
static bool take_name(struct compiler *c, char *buffer, cord_str *ret_name)
{
    const struct cord_evtx *reader = c->reader;
    if (!need(c, 4)) {
        return false;
    }
    uint32_t at = evtx_u32(reader->chunk + c->at);
    if (!name_is_at(reader, at)) {
        return fail(c, "a name lies outside the chunk");
    }
    uint32_t units = evtx_u16(reader->chunk + at + 6);
    if (!charge(c, units / 16)) {
        return false;
    }
    c->at += 4;
    if (at == c->at) {
        if (!need(c, 10 + 2 * units)) {
            return false;
        }
        c->at += 10 + 2 * units;
    }
    ret_name->ptr = buffer;
    ret_name->len = cord_utf8_from_utf16le(reader->chunk + at + 8, units, buffer);
    return true;
}

static uint32_t child_path(const struct compiler *c, uint32_t parent, cord_str name)
{
    /* Below a Data whose name only the record knows, nothing is known. */
    return parent == EVTX_PATH_NAMED ? CORD_PATH_OTHER
                                     : cord_paths_child(c->reader->paths, parent, name);
}

static uint32_t here(const struct compiler *c)
{
    return c->depth > 0 ? c->elements[c->depth - 1].path : c->parent;
}

/* ---- text ------------------------------------------------------------- */

static void add_literal(struct compiler *c, const char *text, size_t len, bool ascii)
{
    struct evtx_op *op = add_op(c, EVTX_OP_LITERAL, here(c));
    if (op) {
        op->ptr = text;
        op->len = (uint32_t)len;
        op->flags = ascii ? EVTX_ASCII : 0;
    }
}

static bool add_units(struct compiler *c, uint32_t at, uint32_t units)
{
    bool ascii = false;
    cord_str text = cord_evtx_value_utf16(c->reader, at, units, &ascii);
    if (!text.ptr) {
        return fail(c, "no room for a template's text");
    }
    add_literal(c, text.ptr, text.len, ascii);
    return true;
}

/* Behind the token: a count and UTF-16. */
static bool take_text(struct compiler *c)
{
    if (!need(c, 2)) {
        return false;
    }
    uint32_t units = evtx_u16(c->reader->chunk + c->at);
    c->at += 2;
    if (!need(c, 2 * units)) {
        return false;
    }
    uint32_t at = c->at;
    c->at += 2 * units;
    return add_units(c, at, units);
}

static bool take_value(struct compiler *c)
{
    if (!need(c, 1)) {
        return false;
    }
    if (c->reader->chunk[c->at] != 1) {
        return fail(c, "a literal is not text");
    }
    c->at++;
    return take_text(c);
}

static bool take_character(struct compiler *c)
{
    if (!need(c, 2)) {
        return false;
    }
    uint32_t at = c->at;
    c->at += 2;
    return add_units(c, at, 1);
}

static bool take_entity(struct compiler *c)
{
    static const struct {
        const char *name;
        const char *text;
    } entities[] = {{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}};
    char buffer[CORD_UTF8_FROM_UTF16_MAX(EVTX_NAME_UNITS_MAX)];
    cord_str name = {0};
    if (!take_name(c, buffer, &name)) {
        return false;
    }
    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++) {
        if (cord_str_eq(name, cord_str_from(entities[i].name))) {
            add_literal(c, entities[i].text, 1, true);
            return true;
        }
    }
    return fail(c, "an entity that XML does not define");
}

static bool take_substitution(struct compiler *c)
{
    if (!need(c, 3)) {
        return false;
    }
    struct evtx_op *op = add_op(c, EVTX_OP_VALUE, here(c));
    if (!op) {
        return false;
    }
    op->index = (uint16_t)evtx_u16(c->reader->chunk + c->at);
    c->at += 3;
    return true;
}

static bool is_text_token(unsigned token)
{
    return token == TOKEN_VALUE || token == TOKEN_CDATA || token == TOKEN_CHARACTER ||
           token == TOKEN_ENTITY || token == TOKEN_SUBSTITUTION || token == TOKEN_OPTIONAL;
}

static bool take_text_token(struct compiler *c, unsigned token)
{
    switch (token) {
    case TOKEN_VALUE:
        return take_value(c);
    case TOKEN_CDATA:
        return take_text(c);
    case TOKEN_CHARACTER:
        return take_character(c);
    case TOKEN_ENTITY:
        return take_entity(c);
    default:
        return take_substitution(c);
    }
}

static bool is_blank(const struct evtx_op *op)
{
    return op->kind == EVTX_OP_LITERAL && cord_str_trim((cord_str){op->ptr, op->len}).len == 0;
}

/* Ends the run of text: gives its operations their path and flags. Between
 * elements, white space is dropped. */
static bool end_run(struct compiler *c, uint32_t path, unsigned flags, bool beside_elements)
{
    struct cord_evtx *reader = c->reader;
    size_t count = reader->op_count - c->run_at;
    if (count == 1 && beside_elements && is_blank(&reader->ops[c->run_at])) {
        reader->op_count = c->run_at;
        count = 0;
    }
    for (size_t i = c->run_at; i < reader->op_count; i++) {
        reader->ops[i].path = path;
        reader->ops[i].flags |= (uint8_t)flags;
    }
    if (count > 1) {
        struct evtx_op *join = insert_op(c, c->run_at, EVTX_OP_JOIN, path);
        if (!join) {
            return false;
        }
        join->flags = (uint8_t)flags;
        join->index = (uint16_t)count;
    }
    c->run_at = reader->op_count;
    return true;
}

/* ---- elements --------------------------------------------------------- */

static unsigned element_flags(const struct element *element)
{
    unsigned flags = element->is_data ? EVTX_DATA : 0;
    return flags | (element->is_data && !element->named ? EVTX_IN_ARRAY : 0);
}

/* The text so far of the element that stands open. */
static bool end_element_run(struct compiler *c)
{
    if (c->depth == 0 || c->reader->op_count == c->run_at) {
        c->reader->op_count = c->run_at; /* text outside any element */
        return true;
    }
    struct element *element = &c->elements[c->depth - 1];
    size_t before = c->run_at;
    unsigned flags = element->has_children ? EVTX_OMIT_NULL : element_flags(element);
    if (!end_run(c, element->path, flags, element->has_children)) {
        return false;
    }
    element->has_text = element->has_text || c->reader->op_count > before;
    return true;
}

/* A Data's Name attribute becomes the last part of its path. */
static bool take_data_name(struct compiler *c, struct element *element)
{
    struct cord_evtx *reader = c->reader;
    const struct evtx_op *op = &reader->ops[c->run_at];
    size_t count = reader->op_count - c->run_at;
    if (count != 1) {
        return false;
    }
    uint32_t parent = c->depth > 1 ? c->elements[c->depth - 2].path : c->parent;
    if (op->kind == EVTX_OP_LITERAL) {
        element->path = child_path(c, parent, (cord_str){op->ptr, op->len});
        reader->op_count = c->run_at;
    } else {
        reader->ops[c->run_at].kind = EVTX_OP_NAME;
        reader->ops[c->run_at].path = parent;
        element->path = EVTX_PATH_NAMED;
        c->run_at = reader->op_count;
        element->attributes_at = c->run_at;
    }
    element->named = true;
    return true;
}

static bool take_attribute(struct compiler *c, struct element *element)
{
    char buffer[CORD_UTF8_FROM_UTF16_MAX(EVTX_NAME_UNITS_MAX)];
    cord_str name = {0};
    c->at++;
    if (!take_name(c, buffer, &name)) {
        return false;
    }
    while (c->at < c->end && is_text_token(c->reader->chunk[c->at] & ~(unsigned)TOKEN_MORE)) {
        unsigned token = c->reader->chunk[c->at++] & ~(unsigned)TOKEN_MORE;
        if (!take_text_token(c, token)) {
            return false;
        }
    }
    if (element->is_data && !element->named && cord_str_eq(name, CORD_STR("Name")) &&
        take_data_name(c, element)) {
        return true;
    }
    uint32_t attributes = child_path(c, element->path, CORD_STR("#attributes"));
    uint32_t path = child_path(c, attributes, name);
    for (size_t i = c->run_at; i < c->reader->op_count; i++) {
        element->has_fixed_attribute |= c->reader->ops[i].kind == EVTX_OP_LITERAL;
    }
    element->has_attributes = true;
    return end_run(c, path, EVTX_OMIT_NULL, false);
}

static bool take_attributes(struct compiler *c, struct element *element)
{
    if (!need(c, 4)) {
        return false;
    }
    c->at += 4; /* their length: each says where it ends anyway */
    while (c->at < c->end && (c->reader->chunk[c->at] & ~TOKEN_MORE) == TOKEN_ATTRIBUTE) {
        if (!take_attribute(c, element)) {
            return false;
        }
    }
    return true;
}

/* Nothing came between the tags: the record shall say that it was there. */
static bool mark_empty(struct compiler *c, const struct element *element)
{
    if (element->has_fixed_attribute) {
        return true;
    }
    if (!element->has_attributes) {
        struct evtx_op *op = add_op(c, EVTX_OP_EMPTY, element->path);
        if (op) {
            op->flags = (uint8_t)element_flags(element);
        }
        return op;
    }
    if (!insert_op(c, element->attributes_at, EVTX_OP_MARK, element->path)) {
        return false;
    }
    struct evtx_op *op = add_op(c, EVTX_OP_CLOSE, element->path);
    if (op) {
        op->flags = (uint8_t)element_flags(element);
    }
    return op;
}

static bool close_element(struct compiler *c)
{
    if (c->depth == 0) {
        return fail(c, "an end tag without its start tag");
    }
    if (!end_element_run(c)) {
        return false;
    }
    struct element *element = &c->elements[c->depth - 1];
    bool good = element->has_text || element->has_children || mark_empty(c, element);
    c->depth--;
    c->run_at = c->reader->op_count;
    return good;
}

/* In templates a number, unused here, stands before an element's length; in a
 * value that is binary XML it may be absent. The name tells: it must be one. */
static void skip_dependency(struct compiler *c)
{
    const struct cord_evtx *reader = c->reader;
    bool with = c->end - c->at >= 10 && name_is_at(reader, evtx_u32(reader->chunk + c->at + 6));
    bool without = c->end - c->at >= 8 && name_is_at(reader, evtx_u32(reader->chunk + c->at + 4));
    if (with && without) {
        /* Both could be: the one whose length stays inside is meant. */
        with = evtx_u32(reader->chunk + c->at + 2) <= c->end - c->at - 6;
    }
    c->at += with || !without ? 2 : 0;
}

static bool open_element(struct compiler *c, bool has_attributes)
{
    char buffer[CORD_UTF8_FROM_UTF16_MAX(EVTX_NAME_UNITS_MAX)];
    cord_str name = {0};
    if (c->depth == EVTX_ELEMENT_DEPTH_MAX) {
        return fail(c, "its elements are nested too deep");
    }
    if (c->depth > 0) {
        c->elements[c->depth - 1].has_children = true;
    }
    if (!end_element_run(c)) {
        return false;
    }
    skip_dependency(c);
    if (!need(c, 4)) {
        return false;
    }
    c->at += 4; /* its length */
    if (!take_name(c, buffer, &name)) {
        return false;
    }
    struct element *element = &c->elements[c->depth];
    *element = (struct element){
        .path = child_path(c, here(c), name),
        .attributes_at = c->reader->op_count,
        .is_data =
            cord_str_eq(name, CORD_STR("Data")) || cord_str_eq(name, CORD_STR("ComplexData")),
    };
    c->depth++;
    return !has_attributes || take_attributes(c, element);
}

static bool take_instance(struct compiler *c)
{
    if (c->depth > 0) {
        c->elements[c->depth - 1].has_children = true;
    }
    struct evtx_instance instance;
    if (!end_element_run(c)) {
        return false;
    }
    const char *damage = cord_evtx_template_instance(c->reader, c->at, c->end, &instance);
    struct evtx_op *op = damage ? NULL : add_op(c, EVTX_OP_INSTANCE, here(c));
    if (!op) {
        return fail(c, damage);
    }
    op->len = c->at;
    c->at = instance.end;
    c->run_at = c->reader->op_count;
    return true;
}

static bool skip_processing_instruction(struct compiler *c, unsigned token)
{
    char buffer[CORD_UTF8_FROM_UTF16_MAX(EVTX_NAME_UNITS_MAX)];
    cord_str name = {0};
    if (token == TOKEN_PI_TARGET) {
        return take_name(c, buffer, &name);
    }
    if (!need(c, 2)) {
        return false;
    }
    uint32_t bytes = 2 * evtx_u16(c->reader->chunk + c->at);
    c->at += 2;
    if (!need(c, bytes)) {
        return false;
    }
    c->at += bytes;
    return true;
}

/* One token; false at the end or when damaged. */
static bool take_token(struct compiler *c)
{
    uint8_t byte = c->reader->chunk[c->at++];
    unsigned token = byte & ~(unsigned)TOKEN_MORE;
    if (is_text_token(token)) {
        return take_text_token(c, token);
    }
    switch (token) {
    case TOKEN_END:
        return false;
    case TOKEN_OPEN:
        return open_element(c, byte & TOKEN_MORE);
    case TOKEN_CLOSE_START:
        return true;
    case TOKEN_CLOSE_EMPTY:
    case TOKEN_CLOSE:
        return close_element(c);
    case TOKEN_PI_TARGET:
    case TOKEN_PI_DATA:
        return skip_processing_instruction(c, token);
    case TOKEN_TEMPLATE:
        return take_instance(c);
    case TOKEN_FRAGMENT:
        c->at += 3;
        return c->at <= c->end || fail(c, "its binary XML ends early");
    default:
        return fail(c, "a token that binary XML does not have");
    }
}

static const char *compile(struct cord_evtx *reader, uint32_t source, uint32_t end, uint32_t parent)
{
    struct compiler c;
    c.reader = reader;
    c.at = source;
    c.end = end;
    c.parent = parent;
    c.first_op = reader->op_count;
    c.depth = 0;
    c.run_at = reader->op_count;
    c.damage = NULL;
    while (c.at < c.end && charge(&c, 1) && take_token(&c)) {
    }
    if (!c.damage && c.depth > 0) {
        (void)fail(&c, "its binary XML ends early");
    }
    if (c.damage && c.depth > 0) {
        /* What was gathered of the open element is still worth having. */
        (void)end_element_run(&c);
    }
    return c.damage;
}

const struct evtx_program *cord_evtx_template_program(struct cord_evtx *reader, uint32_t source,
                                                      uint32_t end, uint32_t parent)
{
    uint32_t slot = (source * 0x9e3779b1u ^ parent * 0x85ebca6bu) >> 7;
    for (;; slot++) {
        uint16_t number = reader->program_slots[slot & (EVTX_PROGRAM_SLOTS - 1)];
        if (number == 0) {
            break;
        }
        const struct evtx_program *known = &reader->programs[number - 1];
        if (known->source == source && known->parent == parent) {
            return known;
        }
    }
    if (reader->program_count == EVTX_PROGRAMS_MAX) {
        evtx_damage(reader, "the chunk has too many templates");
        return NULL;
    }
    struct evtx_program *program = &reader->programs[reader->program_count++];
    reader->program_slots[slot & (EVTX_PROGRAM_SLOTS - 1)] = (uint16_t)reader->program_count;
    program->source = source;
    program->parent = parent;
    program->first = (uint32_t)reader->op_count;
    program->damage = compile(reader, source, end, parent);
    program->count = (uint32_t)reader->op_count - program->first;
    return program;
}

const char *cord_evtx_template_instance(const struct cord_evtx *reader, uint32_t at, uint32_t end,
                                        struct evtx_instance *ret_instance)
{
    const uint8_t *chunk = reader->chunk;
    if (end - at < 13) {
        return "its template instance ends early";
    }
    uint32_t id = evtx_u32(chunk + at + 1);
    uint32_t definition = evtx_u32(chunk + at + 5);
    at += 9;
    if (definition > reader->len || reader->len - definition < 24) {
        return "its template lies outside the chunk";
    }
    uint32_t body_len = evtx_u32(chunk + definition + 20);
    if (body_len > reader->len - definition - 24) {
        return "its template ends outside the chunk";
    }
    if (id != evtx_u32(chunk + definition + 4)) {
        return "its template has been overwritten";
    }
    if (definition == at) {
        if (end - at < 24 + body_len + 4) {
            return "its template instance ends early";
        }
        at += 24 + body_len;
    }
    uint32_t count = evtx_u32(chunk + at);
    at += 4;
    if (count > (end - at) / 4) {
        return "it has fewer values than it says";
    }
    uint32_t values = at + 4 * count;
    uint32_t value_bytes = 0;
    for (uint32_t i = 0; i < count; i++) {
        value_bytes += evtx_u16(chunk + at + 4 * (size_t)i);
    }
    *ret_instance = (struct evtx_instance){
        .body = definition + 24,
        .body_end = definition + 24 + body_len,
        .descriptors = at,
        .count = count,
        .values = values,
        .end = value_bytes < end - values ? values + value_bytes : end,
    };
    return NULL;
}
