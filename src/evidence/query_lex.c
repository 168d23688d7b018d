/* query_lex.c: see query_lex_internal.h. */
#include "evidence/query_lex_internal.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>

enum {
    EXCERPT_BEFORE = 48, /* bytes of the query shown on either side of the place */
    EXCERPT_AFTER = 24,
    MESSAGE_BYTES = 360, /* leaves room for the excerpt and the caret */
};

char cord_query_lex_peek(const struct cord_query_lex *lex, size_t ahead)
{
    return ahead < lex->text.len - lex->at ? lex->text.ptr[lex->at + ahead] : '\0';
}

void cord_query_lex_blanks(struct cord_query_lex *lex)
{
    while (cord_query_lex_is_blank(cord_query_lex_peek(lex, 0))) {
        lex->at++;
    }
}

static bool ends_word(char c)
{
    return cord_query_lex_is_blank(c) || c == '(' || c == ')' || c == '|' || c == '"';
}

cord_str cord_query_lex_word(const struct cord_query_lex *lex)
{
    size_t len = 0;
    while (len < lex->text.len - lex->at && !ends_word(lex->text.ptr[lex->at + len])) {
        len++;
    }
    return cord_str_slice(lex->text, lex->at, len);
}

bool cord_query_lex_keyword(struct cord_query_lex *lex, const char *word)
{
    cord_str got = cord_query_lex_word(lex);
    if (!cord_str_eq_fold(got, cord_str_from(word))) {
        return false;
    }
    lex->at += got.len;
    return true;
}

/* Where the closing quote stands in text that begins behind the opening one;
 * text.len: nowhere. */
static size_t find_close(cord_str text, char quote)
{
    size_t at = 0;
    while (at < text.len) {
        if (text.ptr[at] != quote) {
            at++;
        } else if (at + 1 < text.len && text.ptr[at + 1] == quote) {
            at += 2;
        } else {
            break;
        }
    }
    return at;
}

cord_status cord_query_lex_quoted(struct cord_query_lex *lex, cord_str *ret_text,
                                  bool *ret_verbatim)
{
    char quote = lex->text.ptr[lex->at];
    cord_str rest = cord_str_from_byte(lex->text, lex->at + 1);
    size_t end = find_close(rest, quote);
    size_t len = 0;
    if (end >= rest.len) {
        return cord_query_lex_refuse(lex, lex->at, "this quote is never closed");
    }
    char *copy = cord_arena_bytes(lex->arena, end + 1);
    if (!copy) {
        return cord_error_set(lex->err, CORD_E_NOMEM, "out of memory");
    }
    for (size_t at = 0; at < end; at++) {
        copy[len++] = rest.ptr[at];
        at += rest.ptr[at] == quote ? 1 : 0; /* doubled */
    }
    lex->at += end + 2;
    *ret_text = (cord_str){copy, len};
    *ret_verbatim = quote == '\'';
    return CORD_OK;
}

bool cord_query_lex_regex(struct cord_query_lex *lex, cord_str *ret_expression, bool *ret_caseless)
{
    cord_str rest = cord_str_from_byte(lex->text, lex->at + 1);
    size_t end = 0;
    while (end < rest.len && rest.ptr[end] != '/') {
        end += rest.ptr[end] == '\\' && end + 1 < rest.len ? 2 : 1;
    }
    if (end == 0 || end >= rest.len) {
        return false;
    }
    size_t behind = end + 1;
    bool caseless = behind < rest.len && rest.ptr[behind] == 'i';
    behind += caseless ? 1 : 0;
    if (behind < rest.len && (!ends_word(rest.ptr[behind]) || rest.ptr[behind] == '"')) {
        return false;
    }
    *ret_expression = cord_str_slice(rest, 0, end);
    *ret_caseless = caseless;
    lex->at += 1 + behind;
    return true;
}

size_t cord_query_lex_column(const struct cord_query_lex *lex, size_t at)
{
    return cord_utf8_count(cord_str_slice(lex->text, 0, at)) + 1;
}

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0u) == 0x80u;
}

/* "column 7: why", the query around the place, and a caret below it. */
static cord_status point_at(const struct cord_query_lex *lex, cord_status status, size_t at,
                            const char *why)
{
    size_t from = at > EXCERPT_BEFORE ? at - EXCERPT_BEFORE : 0;
    size_t to = lex->text.len - at > EXCERPT_AFTER ? at + EXCERPT_AFTER : lex->text.len;
    char excerpt[EXCERPT_BEFORE + EXCERPT_AFTER + 1];
    while (from < at && is_continuation(lex->text.ptr[from])) {
        from++;
    }
    while (to > at && to < lex->text.len && is_continuation(lex->text.ptr[to])) {
        to--;
    }
    for (size_t i = from; i < to; i++) {
        char c = lex->text.ptr[i];
        excerpt[i - from] = (unsigned char)c < ' ' ? ' ' : c;
    }
    size_t width = cord_utf8_count(cord_str_slice(lex->text, from, at - from));
    return cord_error_set(lex->err, status, "column %zu: %s\n  %s%.*s%s\n  %*s^",
                          cord_query_lex_column(lex, at), why, from > 0 ? "..." : "",
                          (int)(to - from), excerpt, to < lex->text.len ? "..." : "",
                          (int)(width + (from > 0 ? 3 : 0)), "");
}

CORD_PRINTF(4, 0)
static cord_status compose(const struct cord_query_lex *lex, cord_status status, size_t at,
                           const char *format, va_list arguments)
{
    char why[MESSAGE_BYTES];
    (void)vsnprintf(why, sizeof why, format, arguments);
    return point_at(lex, status, at, why);
}

cord_status cord_query_lex_refuse(const struct cord_query_lex *lex, size_t at, const char *format,
                                  ...)
{
    va_list arguments;
    va_start(arguments, format);
    cord_status status = compose(lex, CORD_E_FORMAT, at, format, arguments);
    va_end(arguments);
    return status;
}

cord_status cord_query_lex_fail(const struct cord_query_lex *lex, cord_status status, size_t at,
                                const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)compose(lex, status, at, format, arguments);
    va_end(arguments);
    return status;
}

cord_str cord_query_lex_hint(const struct cord_query_lex *lex, cord_str near)
{
    cord_str hint = {"", 0};
    if (near.ptr) {
        hint = cord_arena_printf(lex->arena, ", did you mean '%.*s'?", CORD_STR_ARG(near));
    }
    return hint.ptr ? hint : CORD_STR("");
}
