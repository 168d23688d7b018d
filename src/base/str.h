/*
 * str.h: borrowed text: a pointer and a length.
 *
 * Not NUL-terminated, never freed through this type, may hold any byte. Text
 * that must outlive its source is copied into an arena. Any thread.
 */
#ifndef CORD_BASE_STR_H
#define CORD_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct cord_str {
    const char *ptr;
    size_t len;
};
typedef struct cord_str cord_str;

/* From a string literal; usable in static initialisers. */
#define CORD_STR(literal) ((cord_str){(literal), sizeof(literal) - 1})

/* For printf: printf("%.*s", CORD_STR_ARG(s)). */
#define CORD_STR_ARG(s) (int)(s).len, (s).ptr

static inline cord_str cord_str_from(const char *text)
{
    return (cord_str){text, text ? strlen(text) : 0};
}

static inline bool cord_str_eq(cord_str a, cord_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool cord_str_starts(cord_str s, cord_str prefix)
{
    return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

static inline bool cord_str_ends(cord_str s, cord_str suffix)
{
    return s.len >= suffix.len &&
           (suffix.len == 0 || memcmp(s.ptr + s.len - suffix.len, suffix.ptr, suffix.len) == 0);
}

/* From byte `from` on (at most s.len), at most len bytes. */
static inline cord_str cord_str_slice(cord_str s, size_t from, size_t len)
{
    from = from < s.len ? from : s.len;
    size_t rest = s.len - from;
    /* Not even zero may be added to a null pointer. */
    return (cord_str){from > 0 ? s.ptr + from : s.ptr, len < rest ? len : rest};
}

static inline cord_str cord_str_from_byte(cord_str s, size_t from)
{
    return cord_str_slice(s, from, SIZE_MAX);
}

static inline bool cord_str_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline char cord_str_lower_char(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* Equal when A to Z are taken as a to z; other bytes as they are. */
bool cord_str_eq_fold(cord_str a, cord_str b);
bool cord_str_starts_fold(cord_str s, cord_str prefix);

/* Offset of the first needle at or after `from`, or SIZE_MAX. */
size_t cord_str_find(cord_str s, cord_str needle, size_t from);
size_t cord_str_find_char(cord_str s, char c, size_t from);

/* Without space, tab, CR and LF at both ends. */
cord_str cord_str_trim(cord_str s);

/* Takes the text before the first separator off *rest. Without a separator
 * takes all. False when *rest was exhausted already (ptr NULL afterwards). */
bool cord_str_cut(cord_str *rest, char separator, cord_str *ret_head);

/* Whole text is a decimal number that fits; nothing else, no sign for u64. */
bool cord_str_u64(cord_str s, uint64_t *ret_value);
bool cord_str_i64(cord_str s, int64_t *ret_value);

/* memcmp order, shorter first; for qsort. */
int cord_str_compare(cord_str a, cord_str b);

#endif
