/*
 * query_condition.c: the part of a query before the first '|'; see query.h.
 *
 *   or:      and { OR and }
 *   and:     not { [AND] not }
 *   not:     NOT not | primary
 *   primary: ( or ) | field operator value | field:( or of values ) | text
 *
 * Recursive descent over a bounded depth.
 */
#include "evidence/query_internal.h"

#include "base/vec.h"

#include <stdlib.h>

struct parser {
    struct cord_query_lex *lex;
    struct cord_query *query;
    const struct cord_query_field *field; /* inside "field:( ... )" */
    size_t depth;
};

/* What one AND or OR is gathered in. */
struct members {
    struct cord_query_node **items;
    size_t count;
    size_t cap;
};

static cord_status parse_or(struct parser *parser, struct cord_query_node **ret_node);

static cord_status no_memory(const struct parser *parser)
{
    return cord_error_set(parser->lex->err, CORD_E_NOMEM, "out of memory");
}

static cord_status add_member(struct parser *parser, struct members *members,
                              struct cord_query_node *node)
{
    struct cord_query_node **items =
        cord_vec_room(members->items, members->count, &members->cap, sizeof(*items));
    if (!items) {
        return no_memory(parser);
    }
    members->items = items;
    items[members->count++] = node;
    return CORD_OK;
}

static cord_status new_parent(struct parser *parser, enum cord_query_op op, size_t at,
                              const struct members *members, struct cord_query_node **ret_node)
{
    struct cord_query_node *node = NULL;
    cord_status status = cord_query_value_node(parser->lex, parser->query, op, at, &node);
    if (status != CORD_OK) {
        return status;
    }
    size_t bytes = members->count * sizeof(struct cord_query_node *);
    node->children = cord_arena_alloc(parser->query->arena, bytes);
    if (!node->children) {
        return no_memory(parser);
    }
    memcpy(node->children, members->items, bytes);
    node->child_count = members->count;
    *ret_node = node;
    return CORD_OK;
}

static cord_status negate(struct parser *parser, size_t at, struct cord_query_node *child,
                          struct cord_query_node **ret_node)
{
    const struct members one = {.items = &child, .count = 1};
    return new_parent(parser, CORD_QUERY_NOT, at, &one, ret_node);
}

static cord_status deeper(struct parser *parser, size_t at)
{
    if (parser->depth == CORD_QUERY_DEPTH_MAX) {
        return cord_query_lex_fail(parser->lex, CORD_E_LIMIT, at, "nested more than %u deep",
                                   CORD_QUERY_DEPTH_MAX);
    }
    parser->depth++;
    return CORD_OK;
}

/* Neither the end of a condition nor something that joins two. */
static bool begins_operand(const struct parser *parser)
{
    struct cord_query_lex ahead = *parser->lex;
    char c = cord_query_lex_peek(&ahead, 0);
    return c != '\0' && c != ')' && c != '|' && !cord_query_lex_keyword(&ahead, "or") &&
           !cord_query_lex_keyword(&ahead, "and") && !cord_query_lex_keyword(&ahead, "&&");
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded */
static cord_status parse_group(struct parser *parser, struct cord_query_node **ret_node)
{
    size_t open = parser->lex->at;
    cord_status status = deeper(parser, open);
    if (status != CORD_OK) {
        return status;
    }
    parser->lex->at++;
    status = parse_or(parser, ret_node);
    parser->depth--;
    if (status != CORD_OK) {
        return status;
    }
    if (cord_query_lex_peek(parser->lex, 0) != ')') {
        return cord_query_lex_refuse(parser->lex, open, "this '(' is never closed");
    }
    parser->lex->at++;
    return CORD_OK;
}

/* Behind "field:", "field>=" and the like. */
/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded */
static cord_status parse_compared(struct parser *parser, const struct cord_query_field *field,
                                  cord_str operation, size_t at, struct cord_query_node **ret_node)
{
    bool equal = operation.ptr[0] == ':' || operation.ptr[0] == '=';
    bool unequal = operation.ptr[0] == '!';
    cord_query_lex_blanks(parser->lex);
    if (!equal && !unequal) {
        return cord_query_value_compare(parser->lex, parser->query, field, operation, ret_node);
    }
    if (equal && cord_query_lex_peek(parser->lex, 0) == '(') {
        struct parser inner = *parser;
        inner.field = field;
        return parse_group(&inner, ret_node);
    }
    cord_status status = cord_query_value_read(parser->lex, parser->query, field, ret_node);
    if (status == CORD_OK && unequal) {
        status = deeper(parser, at);
        parser->depth -= status == CORD_OK ? 1 : 0;
        status = status == CORD_OK ? negate(parser, at, *ret_node, ret_node) : status;
    }
    return status;
}

/* ":", "=", "==", "!=", ">", ">=", "<", "<=" at the start of the text, or 0. */
static size_t operator_len(cord_str text)
{
    static const char *const operators[] = {">=", "<=", "!=", "==", ":", "=", ">", "<"};
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        if (cord_str_starts(text, cord_str_from(operators[i]))) {
            return strlen(operators[i]);
        }
    }
    return 0;
}

static bool all_of(cord_str text, const char *characters)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\0' || !strchr(characters, text.ptr[i])) {
            return false;
        }
    }
    return true;
}

/* What only looks like "field:value": a URL, a path with a drive, an address
 * with a port, an IPv6 or MAC address, a time of day. */
static bool is_text(cord_str word, size_t name_len)
{
    cord_str behind = cord_str_from_byte(word, name_len);
    size_t colon = cord_str_find_char(word, ':', 0);
    bool two_colons = colon != SIZE_MAX && cord_str_find_char(word, ':', colon + 1) != SIZE_MAX;
    return cord_str_starts(behind, CORD_STR("://")) ||
           (name_len == 1 && cord_str_starts(behind, CORD_STR(":\\"))) ||
           all_of(cord_str_slice(word, 0, name_len), "0123456789.") ||
           (two_colons && all_of(word, "0123456789abcdefABCDEF:.%/"));
}

/* How much of the word is a field's name with an operator behind it; 0: it is
 * none. */
static size_t field_len(cord_str word)
{
    size_t len = 0;
    while (len < word.len && cord_query_field_is_char(word.ptr[len])) {
        len++;
    }
    bool named = len > 0 && operator_len(cord_str_from_byte(word, len)) > 0;
    return named && !is_text(word, len) ? len : 0;
}

/* "field >= 5": an operator with blanks around it, behind a word. */
static bool spaced_operator(const struct parser *parser, cord_str word, size_t *ret_at)
{
    struct cord_query_lex ahead = *parser->lex;
    ahead.at += word.len;
    cord_query_lex_blanks(&ahead);
    size_t len = operator_len(cord_query_lex_word(&ahead));
    *ret_at = ahead.at;
    for (size_t i = 0; i < word.len; i++) {
        if (!cord_query_field_is_char(word.ptr[i])) {
            return false;
        }
    }
    return len > 0 && len == cord_query_lex_word(&ahead).len && !is_text(word, word.len) &&
           cord_query_lex_peek(&ahead, 0) != ':';
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded */
static cord_status parse_field(struct parser *parser, cord_str name, size_t name_at,
                               struct cord_query_node **ret_node)
{
    struct cord_query_lex *lex = parser->lex;
    struct cord_query_field field;
    cord_status status = cord_query_field_read(lex, name, name_at, &field);
    if (status != CORD_OK) {
        return status;
    }
    cord_str rest = cord_str_from_byte(lex->text, lex->at);
    cord_str operation = cord_str_slice(rest, 0, operator_len(rest));
    lex->at += operation.len;
    return parse_compared(parser, &field, operation, name_at, ret_node);
}

static cord_status refuse_inside(const struct parser *parser, size_t at)
{
    return cord_query_lex_refuse(parser->lex, at,
                                 "a field inside the parentheses of another: '%.*s:' holds for all "
                                 "that is in them; quote a value with a ':'",
                                 CORD_STR_ARG(parser->field->text));
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded */
static cord_status parse_quoted(struct parser *parser, struct cord_query_node **ret_node)
{
    struct cord_query_lex *lex = parser->lex;
    struct cord_query_lex ahead = *lex;
    size_t at = lex->at;
    cord_str name;
    bool verbatim = false;
    cord_status status = cord_query_lex_quoted(&ahead, &name, &verbatim);
    if (status != CORD_OK) {
        return status;
    }
    if (operator_len(cord_str_from_byte(ahead.text, ahead.at)) == 0) {
        return cord_query_value_read(lex, parser->query, parser->field, ret_node);
    }
    if (parser->field) {
        return refuse_inside(parser, at);
    }
    lex->at = ahead.at;
    return parse_field(parser, name, at, ret_node);
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded */
static cord_status parse_word(struct parser *parser, struct cord_query_node **ret_node)
{
    struct cord_query_lex *lex = parser->lex;
    size_t at = lex->at;
    cord_str word = cord_query_lex_word(lex);
    size_t name_len = field_len(word);
    size_t operator_at = at + name_len;
    if (name_len == 0 && word.len > 0 && !parser->field &&
        spaced_operator(parser, word, &operator_at)) {
        name_len = word.len;
    }
    if (parser->field && name_len > 0 && word.ptr[name_len] == ':') {
        return refuse_inside(parser, at);
    }
    if (name_len == 0 || parser->field) {
        return cord_query_value_read(lex, parser->query, parser->field, ret_node);
    }
    lex->at = operator_at;
    return parse_field(parser, cord_str_slice(word, 0, name_len), at, ret_node);
}

/* "*:*" is every event, as elsewhere; no other name has wildcards. */
static cord_status parse_star(struct parser *parser, struct cord_query_node **ret_node)
{
    struct cord_query_lex *lex = parser->lex;
    cord_str word = cord_query_lex_word(lex);
    size_t colon = cord_str_find_char(word, ':', 0);
    if (cord_str_eq(word, CORD_STR("*:*"))) {
        size_t at = lex->at;
        lex->at += word.len;
        return cord_query_value_node(lex, parser->query, CORD_QUERY_ALL, at, ret_node);
    }
    if (colon != SIZE_MAX && !is_text(word, colon)) {
        return cord_query_lex_refuse(lex, lex->at,
                                     "the name of a field has no wildcards; a text without a field "
                                     "is looked for in all of them");
    }
    return cord_query_value_read(lex, parser->query, NULL, ret_node);
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded */
static cord_status parse_primary(struct parser *parser, struct cord_query_node **ret_node)
{
    char c = cord_query_lex_peek(parser->lex, 0);
    switch (c) {
    case '(':
        return parse_group(parser, ret_node);
    case '"':
    case '\'':
        return parse_quoted(parser, ret_node);
    case '*':
        if (!parser->field) {
            return parse_star(parser, ret_node);
        }
        break;
    default:
        break;
    }
    return parse_word(parser, ret_node);
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded */
static cord_status parse_not(struct parser *parser, struct cord_query_node **ret_node)
{
    struct cord_query_lex *lex = parser->lex;
    cord_query_lex_blanks(lex);
    size_t at = lex->at;
    if (!begins_operand(parser)) {
        return cord_query_lex_refuse(lex, at, "a condition is expected: a word, or field:value");
    }
    if (!cord_query_lex_keyword(lex, "not")) {
        return parse_primary(parser, ret_node);
    }
    struct cord_query_node *child = NULL;
    cord_status status = deeper(parser, at);
    if (status == CORD_OK) {
        status = parse_not(parser, &child);
        parser->depth--;
    }
    return status == CORD_OK ? negate(parser, at, child, ret_node) : status;
}

static cord_status finish_list(struct parser *parser, enum cord_query_op op, size_t at,
                               struct members *members, struct cord_query_node **ret_node)
{
    cord_status status = CORD_OK;
    if (members->count == 1) {
        *ret_node = members->items[0];
    } else {
        status = new_parent(parser, op, at, members, ret_node);
    }
    return status;
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded */
static cord_status parse_and(struct parser *parser, struct cord_query_node **ret_node)
{
    struct cord_query_lex *lex = parser->lex;
    struct members members = {0};
    size_t at = lex->at;
    bool more = true;
    cord_status status = CORD_OK;
    while (status == CORD_OK && more) {
        struct cord_query_node *node = NULL;
        status = parse_not(parser, &node);
        status = status == CORD_OK ? add_member(parser, &members, node) : status;
        cord_query_lex_blanks(lex);
        more = cord_query_lex_keyword(lex, "and") || cord_query_lex_keyword(lex, "&&") ||
               begins_operand(parser);
    }
    if (status == CORD_OK) {
        status = finish_list(parser, CORD_QUERY_AND, at, &members, ret_node);
    }
    free(members.items);
    return status;
}

/* "||" is two ends of a word, not a word. */
static bool takes_or(struct cord_query_lex *lex)
{
    if (cord_query_lex_peek(lex, 0) == '|' && cord_query_lex_peek(lex, 1) == '|') {
        lex->at += 2;
        return true;
    }
    return cord_query_lex_keyword(lex, "or");
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded */
static cord_status parse_or(struct parser *parser, struct cord_query_node **ret_node)
{
    struct members members = {0};
    cord_query_lex_blanks(parser->lex);
    size_t at = parser->lex->at;
    cord_status status = CORD_OK;
    do {
        struct cord_query_node *node = NULL;
        status = parse_and(parser, &node);
        status = status == CORD_OK ? add_member(parser, &members, node) : status;
    } while (status == CORD_OK && takes_or(parser->lex));
    if (status == CORD_OK) {
        status = finish_list(parser, CORD_QUERY_OR, at, &members, ret_node);
    }
    free(members.items);
    return status;
}

cord_status cord_query_condition_read(struct cord_query_lex *lex, struct cord_query *query)
{
    struct parser parser = {.lex = lex, .query = query};
    cord_query_lex_blanks(lex);
    bool pipe = cord_query_lex_peek(lex, 0) == '|' && cord_query_lex_peek(lex, 1) != '|';
    if (lex->at == lex->text.len || pipe) {
        return cord_query_value_node(lex, query, CORD_QUERY_ALL, lex->at, &query->condition);
    }
    cord_status status = parse_or(&parser, &query->condition);
    if (status == CORD_OK && cord_query_lex_peek(lex, 0) == ')') {
        return cord_query_lex_refuse(lex, lex->at, "no '(' belongs to this ')'");
    }
    return status;
}
