/*
 * query_lex_internal.h: the words of a query.
 *
 * A backslash is a character like any other, so that paths are typed as they
 * are. "..." may hold blanks, and wildcards work in it; '...' is verbatim; in
 * both the quote itself is doubled. What a word may hold depends on where it
 * stands, so that the parser asks for the kind it expects.
 */
#ifndef CORD_EVIDENCE_QUERY_LEX_INTERNAL_H
#define CORD_EVIDENCE_QUERY_LEX_INTERNAL_H

#include "base/arena.h"
#include "base/str.h"

struct cord_query_lex {
    cord_str text;
    size_t at;
    struct cord_arena *arena;
    struct cord_error *err;
};

void cord_query_lex_blanks(struct cord_query_lex *lex);

/* The character at hand, or `ahead` behind it; 0 at the end. */
char cord_query_lex_peek(const struct cord_query_lex *lex, size_t ahead);

static inline bool cord_query_lex_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* What is at hand up to a blank, a parenthesis, '|' or a double quote; not taken. */
cord_str cord_query_lex_word(const struct cord_query_lex *lex);

/* The same, and is the keyword, in any case; taken only then. */
bool cord_query_lex_keyword(struct cord_query_lex *lex, const char *word);

/* At a quote. *ret_verbatim: it was a single one. */
CORD_MUST_USE cord_status cord_query_lex_quoted(struct cord_query_lex *lex, cord_str *ret_text,
                                                bool *ret_verbatim);

/* /.../ or /.../i, taken; false when what is at hand is none: a path. */
bool cord_query_lex_regex(struct cord_query_lex *lex, cord_str *ret_expression, bool *ret_caseless);

/* In characters, from 1. */
size_t cord_query_lex_column(const struct cord_query_lex *lex, size_t at);

/* CORD_E_FORMAT, with the place shown. */
cord_status cord_query_lex_refuse(const struct cord_query_lex *lex, size_t at, const char *format,
                                  ...) CORD_PRINTF(3, 4);
/* Any other status. */
cord_status cord_query_lex_fail(const struct cord_query_lex *lex, cord_status status, size_t at,
                                const char *format, ...) CORD_PRINTF(4, 5);

/* ", did you mean 'count'?" or "". */
cord_str cord_query_lex_hint(const struct cord_query_lex *lex, cord_str near);

#endif
