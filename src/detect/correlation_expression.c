/* correlation_expression.c: operator precedence with two bounded stacks. */
#include "detect/correlation_expression.h"

#include <assert.h>

enum token_kind {
    TOKEN_END,
    TOKEN_WORD,
    TOKEN_AND,
    TOKEN_OR,
    TOKEN_NOT,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_BAD,
};

struct parser {
    cord_str text;
    size_t at;
    cord_str word; /* of the last token */
    size_t word_at;
    enum token_kind waiting[CORD_CORRELATION_NODES_MAX]; /* operators and '(' */
    size_t waiting_count;
    struct cord_correlation_expression *out;
    struct cord_error *err;
};

static bool is_word_char(char c)
{
    char lower = cord_str_lower_char(c);
    return (lower >= 'a' && lower <= 'z') || cord_str_is_digit(c) || c == '_' || c == '-' ||
           c == '.';
}

static enum token_kind next(struct parser *parser)
{
    cord_str text = parser->text;
    while (parser->at < text.len && (text.ptr[parser->at] == ' ' || text.ptr[parser->at] == '\t' ||
                                     text.ptr[parser->at] == '\n')) {
        parser->at++;
    }
    parser->word_at = parser->at;
    if (parser->at == text.len) {
        parser->word = CORD_STR("the end");
        return TOKEN_END;
    }
    size_t from = parser->at++;
    if (text.ptr[from] == '(' || text.ptr[from] == ')' || !is_word_char(text.ptr[from])) {
        parser->word = cord_str_slice(text, from, 1);
        return text.ptr[from] == '(' ? TOKEN_OPEN : text.ptr[from] == ')' ? TOKEN_CLOSE : TOKEN_BAD;
    }
    while (parser->at < text.len && is_word_char(text.ptr[parser->at])) {
        parser->at++;
    }
    parser->word = cord_str_slice(text, from, parser->at - from);
    if (cord_str_eq_fold(parser->word, CORD_STR("and"))) {
        return TOKEN_AND;
    }
    if (cord_str_eq_fold(parser->word, CORD_STR("or"))) {
        return TOKEN_OR;
    }
    return cord_str_eq_fold(parser->word, CORD_STR("not")) ? TOKEN_NOT : TOKEN_WORD;
}

static cord_status fail_at(struct parser *parser, cord_status status, const char *what)
{
    return cord_error_set(parser->err, status, "condition: %s at character %zu (\"%.*s\")", what,
                          parser->word_at + 1, parser->word.len < 64 ? (int)parser->word.len : 64,
                          parser->word.ptr);
}

static cord_status emit(struct parser *parser, enum cord_correlation_node_kind kind, uint32_t step)
{
    struct cord_correlation_expression *out = parser->out;
    if (out->node_count == CORD_CORRELATION_NODES_MAX) {
        return fail_at(parser, CORD_E_LIMIT, "more than 256 names and operators");
    }
    out->nodes[out->node_count++] = (struct cord_correlation_node){.kind = kind, .step = step};
    return CORD_OK;
}

static cord_status emit_word(struct parser *parser)
{
    struct cord_correlation_expression *out = parser->out;
    size_t at = 0;
    while (at < out->reference_count && !cord_str_eq(out->references[at], parser->word)) {
        at++;
    }
    if (at == CORD_CORRELATION_STEPS_MAX) {
        return fail_at(parser, CORD_E_LIMIT, "more than 64 different rules");
    }
    if (at == out->reference_count) {
        out->references[out->reference_count++] = parser->word;
    }
    return emit(parser, CORD_CORRELATION_STEP, (uint32_t)at);
}

static int binding(enum token_kind kind)
{
    return kind == TOKEN_NOT ? 3 : kind == TOKEN_AND ? 2 : kind == TOKEN_OR ? 1 : 0;
}

static cord_status emit_operator(struct parser *parser, enum token_kind kind)
{
    return emit(parser,
                kind == TOKEN_NOT   ? CORD_CORRELATION_NOT
                : kind == TOKEN_AND ? CORD_CORRELATION_AND
                                    : CORD_CORRELATION_OR,
                0);
}

/* Writes out the waiting operators that bind at least as strongly. */
static cord_status unwind(struct parser *parser, int strength)
{
    while (parser->waiting_count > 0 &&
           binding(parser->waiting[parser->waiting_count - 1]) >= strength) {
        cord_status status = emit_operator(parser, parser->waiting[--parser->waiting_count]);
        if (status != CORD_OK) {
            return status;
        }
    }
    return CORD_OK;
}

static cord_status wait(struct parser *parser, enum token_kind kind)
{
    if (parser->waiting_count == CORD_CORRELATION_NODES_MAX) {
        return fail_at(parser, CORD_E_LIMIT, "nested too deeply");
    }
    parser->waiting[parser->waiting_count++] = kind;
    return CORD_OK;
}

/* Where a name is due. *ret_operand turns false once it was there. */
static cord_status take_operand(struct parser *parser, enum token_kind kind, bool *ret_due)
{
    if (kind == TOKEN_OPEN || kind == TOKEN_NOT) {
        return wait(parser, kind);
    }
    if (kind != TOKEN_WORD) {
        return fail_at(parser, CORD_E_FORMAT, "a rule name is due");
    }
    *ret_due = false;
    return emit_word(parser);
}

/* Where "and", "or" or ")" is due. */
static cord_status take_operator(struct parser *parser, enum token_kind kind, bool *ret_due)
{
    cord_status status = CORD_OK;
    if (kind == TOKEN_AND || kind == TOKEN_OR) {
        *ret_due = true;
        status = unwind(parser, binding(kind));
        return status == CORD_OK ? wait(parser, kind) : status;
    }
    if (kind != TOKEN_CLOSE) {
        return fail_at(parser, CORD_E_FORMAT, "\"and\", \"or\" or \")\" is due");
    }
    status = unwind(parser, 1);
    if (status != CORD_OK) {
        return status;
    }
    if (parser->waiting_count == 0) {
        return fail_at(parser, CORD_E_FORMAT, "no \"(\" belongs to this");
    }
    parser->waiting_count--;
    return CORD_OK;
}

cord_status cord_correlation_expression_parse(cord_str text,
                                              struct cord_correlation_expression *ret_expression,
                                              struct cord_error *err)
{
    struct parser parser = {.text = text, .out = ret_expression, .err = err};
    bool operand_due = true;
    ret_expression->node_count = 0;
    ret_expression->reference_count = 0;
    for (;;) {
        enum token_kind kind = next(&parser);
        if (kind == TOKEN_END && !operand_due) {
            break;
        }
        cord_status status = operand_due ? take_operand(&parser, kind, &operand_due)
                                         : take_operator(&parser, kind, &operand_due);
        if (status != CORD_OK) {
            return status;
        }
    }
    cord_status status = unwind(&parser, 1);
    if (status == CORD_OK && parser.waiting_count > 0) {
        status = fail_at(&parser, CORD_E_FORMAT, "a \"(\" is still open");
    }
    return status;
}

bool cord_correlation_expression_holds(const struct cord_correlation_node *nodes, size_t node_count,
                                       uint64_t present)
{
    bool stack[CORD_CORRELATION_NODES_MAX + 1];
    size_t depth = 0;
    for (size_t i = 0; i < node_count; i++) {
        switch (nodes[i].kind) {
        case CORD_CORRELATION_STEP:
            assert(depth < CORD_CORRELATION_NODES_MAX);
            stack[depth++] = (present >> nodes[i].step & 1) != 0;
            break;
        case CORD_CORRELATION_NOT:
            assert(depth >= 1);
            stack[depth - 1] = !stack[depth - 1];
            break;
        case CORD_CORRELATION_AND:
            assert(depth >= 2);
            depth--;
            stack[depth - 1] = stack[depth - 1] && stack[depth];
            break;
        case CORD_CORRELATION_OR:
            assert(depth >= 2);
            depth--;
            stack[depth - 1] = stack[depth - 1] || stack[depth];
            break;
        }
    }
    return depth == 1 && stack[0];
}
