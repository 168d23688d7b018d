/*
 * condition.c: recursive descent over a bounded depth.
 */
#include "detect/condition.h"

#include <assert.h>

enum token_kind {
    TOKEN_END,
    TOKEN_WORD,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_PIPE,
};

struct parser {
    cord_str text;
    size_t at; /* behind the token at hand */
    enum token_kind token;
    cord_str word;
    size_t token_at;
    size_t depth;
    struct cord_arena *arena;
    struct cord_error *err;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_word_char(char c)
{
    return !is_blank(c) && c != '(' && c != ')' && c != '|';
}

static void advance(struct parser *parser)
{
    cord_str text = parser->text;
    size_t at = parser->at;
    while (at < text.len && is_blank(text.ptr[at])) {
        at++;
    }
    parser->token_at = at;
    if (at == text.len) {
        parser->token = TOKEN_END;
    } else if (is_word_char(text.ptr[at])) {
        while (at < text.len && is_word_char(text.ptr[at])) {
            at++;
        }
        parser->token = TOKEN_WORD;
    } else {
        char c = text.ptr[at++];
        parser->token = c == '(' ? TOKEN_OPEN : c == ')' ? TOKEN_CLOSE : TOKEN_PIPE;
    }
    parser->word = cord_str_slice(text, parser->token_at, at - parser->token_at);
    parser->at = at;
}

static bool is_operator(const struct parser *parser, const char *word)
{
    return parser->token == TOKEN_WORD && cord_str_eq_fold(parser->word, cord_str_from(word));
}

static cord_status refuse(struct parser *parser, const char *why)
{
    cord_str word = cord_str_slice(parser->word, 0, 60);
    if (parser->token == TOKEN_END) {
        return cord_error_set(parser->err, CORD_E_FORMAT, "condition: %s, at its end", why);
    }
    return cord_error_set(parser->err, CORD_E_FORMAT, "condition: %s, at '%.*s' (character %zu)",
                          why, CORD_STR_ARG(word), parser->token_at + 1);
}

static cord_status new_node(struct parser *parser, enum cord_condition_kind kind, cord_str name,
                            struct cord_condition **ret_node)
{
    struct cord_condition *node = cord_arena_alloc(parser->arena, sizeof *node);
    if (!node) {
        cord_status status = cord_error_set(parser->err, cord_arena_failure(parser->arena),
                                            "no memory for a condition");
        assert(status != CORD_OK);
        return status;
    }
    *node = (struct cord_condition){.kind = kind, .name = name};
    *ret_node = node;
    return CORD_OK;
}

static cord_status parse_or(struct parser *parser, struct cord_condition **ret_node);

static bool is_reserved(const struct parser *parser)
{
    return is_operator(parser, "and") || is_operator(parser, "or") || is_operator(parser, "not") ||
           is_operator(parser, "of");
}

static bool is_quantifier(const struct parser *parser)
{
    /* pySigma reads "any of" as "1 of", and so did its forerunner. */
    return is_operator(parser, "1") || is_operator(parser, "all") || is_operator(parser, "any");
}

/* Whether the next word, not yet taken, is "of". */
static bool of_follows(const struct parser *parser)
{
    struct parser ahead = *parser;
    advance(&ahead);
    return is_operator(&ahead, "of");
}

static cord_status parse_selector(struct parser *parser, struct cord_condition **ret_node)
{
    enum cord_condition_kind kind =
        is_operator(parser, "all") ? CORD_CONDITION_ALL_OF : CORD_CONDITION_ONE_OF;
    if (!is_quantifier(parser)) {
        return refuse(parser, "only '1 of' and 'all of' exist: for other counts write the "
                              "combinations out");
    }
    advance(parser); /* of */
    advance(parser);
    if (parser->token != TOKEN_WORD || is_reserved(parser)) {
        return refuse(parser, "'of' needs 'them' or a pattern of search identifiers");
    }
    cord_status status = new_node(parser, kind, parser->word, ret_node);
    advance(parser);
    return status;
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the reader */
static cord_status parse_group(struct parser *parser, struct cord_condition **ret_node)
{
    advance(parser);
    cord_status status = parse_or(parser, ret_node);
    if (status != CORD_OK) {
        return status;
    }
    if (parser->token != TOKEN_CLOSE) {
        return refuse(parser, "')' is missing");
    }
    advance(parser);
    return CORD_OK;
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the reader */
static cord_status parse_primary(struct parser *parser, struct cord_condition **ret_node)
{
    if (parser->token == TOKEN_OPEN) {
        return parse_group(parser, ret_node);
    }
    if (parser->token != TOKEN_WORD || is_reserved(parser)) {
        return refuse(parser, "a search identifier is missing");
    }
    if (of_follows(parser)) {
        return parse_selector(parser, ret_node);
    }
    if (cord_str_find_char(parser->word, '*', 0) != SIZE_MAX) {
        return refuse(parser, "a pattern needs '1 of' or 'all of' in front");
    }
    cord_status status = new_node(parser, CORD_CONDITION_NAME, parser->word, ret_node);
    advance(parser);
    return status;
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the reader */
static cord_status parse_not(struct parser *parser, struct cord_condition **ret_node)
{
    if (parser->depth == CORD_CONDITION_DEPTH_MAX) {
        return refuse(parser, "nested deeper than 64 levels");
    }
    parser->depth++;
    cord_status status = CORD_OK;
    if (is_operator(parser, "not")) {
        struct cord_condition *node = NULL;
        status = new_node(parser, CORD_CONDITION_NOT, CORD_STR(""), &node);
        if (status == CORD_OK) {
            advance(parser);
            status = parse_not(parser, &node->child);
            *ret_node = node;
        }
    } else {
        status = parse_primary(parser, ret_node);
    }
    parser->depth--;
    return status;
}

static cord_status parse_operand(struct parser *parser, enum cord_condition_kind kind,
                                 struct cord_condition **ret_node);

/* operand (operator operand)*: one node with all operands, or the operand. */
/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the reader */
static cord_status parse_row(struct parser *parser, enum cord_condition_kind kind, const char *word,
                             struct cord_condition **ret_node)
{
    struct cord_condition *first = NULL;
    cord_status status = parse_operand(parser, kind, &first);
    if (status != CORD_OK || !is_operator(parser, word)) {
        *ret_node = first;
        return status;
    }
    struct cord_condition *row = NULL;
    status = new_node(parser, kind, CORD_STR(""), &row);
    if (status != CORD_OK) {
        return status;
    }
    row->child = first;
    for (struct cord_condition *last = first; is_operator(parser, word); last = last->next) {
        advance(parser);
        status = parse_operand(parser, kind, &last->next);
        if (status != CORD_OK) {
            return status;
        }
    }
    *ret_node = row;
    return CORD_OK;
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the reader */
static cord_status parse_operand(struct parser *parser, enum cord_condition_kind kind,
                                 struct cord_condition **ret_node)
{
    return kind == CORD_CONDITION_OR ? parse_row(parser, CORD_CONDITION_AND, "and", ret_node)
                                     : parse_not(parser, ret_node);
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the reader */
static cord_status parse_or(struct parser *parser, struct cord_condition **ret_node)
{
    return parse_row(parser, CORD_CONDITION_OR, "or", ret_node);
}

cord_status cord_condition_parse(cord_str text, struct cord_arena *arena,
                                 struct cord_condition **ret_condition, struct cord_error *err)
{
    struct parser parser = {.text = text, .arena = arena, .err = err};
    struct cord_condition *condition = NULL;
    if (text.len > CORD_CONDITION_BYTES_MAX) {
        return cord_error_set(err, CORD_E_FORMAT, "condition: longer than 65,536 characters");
    }
    if (cord_str_find_char(text, '|', 0) != SIZE_MAX) {
        return cord_error_set(err, CORD_E_UNSUPPORTED,
                              "condition: aggregation behind '|' left the language with version "
                              "2: write a correlation rule");
    }
    advance(&parser);
    cord_status status = parse_or(&parser, &condition);
    if (status != CORD_OK) {
        return status;
    }
    if (parser.token != TOKEN_END) {
        return refuse(&parser, "'and' or 'or' is missing");
    }
    *ret_condition = condition;
    return CORD_OK;
}

/* Linear in practice and quadratic at worst: one '*' to go back to. */
static bool matches(cord_str pattern, cord_str name)
{
    size_t at = 0;
    size_t star = SIZE_MAX;
    size_t resume = 0;
    for (size_t i = 0; i < name.len;) {
        if (at < pattern.len && pattern.ptr[at] == '*') {
            star = at++;
            resume = i;
        } else if (at < pattern.len && pattern.ptr[at] == name.ptr[i]) {
            at++;
            i++;
        } else if (star != SIZE_MAX) {
            at = star + 1;
            i = ++resume;
        } else {
            return false;
        }
    }
    while (at < pattern.len && pattern.ptr[at] == '*') {
        at++;
    }
    return at == pattern.len;
}

bool cord_condition_selects(cord_str pattern, cord_str name)
{
    if (name.len > 0 && name.ptr[0] == '_') {
        return false;
    }
    return cord_str_eq(pattern, CORD_STR("them")) || matches(pattern, name);
}
