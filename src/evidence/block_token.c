/* block_token.c: see block_token.h. */
#include "evidence/block_token.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/hash.h"

enum { LABEL_BYTES_MAX = 64, LABEL_HASH_BYTES = 24 };

static uint32_t label_hash(cord_str text, size_t from, size_t to)
{
    from = to - from > LABEL_HASH_BYTES ? to - LABEL_HASH_BYTES : from;
    return (uint32_t)cord_hash(cord_str_slice(text, from, to - from), 0);
}

/* The n of an escaped LF, not of an escaped backslash before an n. */
static bool is_escape(cord_str text, size_t from, size_t backslash)
{
    size_t run = 1;
    while (backslash - from >= run && text.ptr[backslash - run] == '\\') {
        run++;
    }
    return run % 2 == 1;
}

/* The next LF, or backslash with an n behind it, from `at` on. */
static size_t find_end(cord_str text, size_t at)
{
#ifdef __SSE2__
    const __m128i lf = _mm_set1_epi8('\n');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i n = _mm_set1_epi8('n');
    for (; at + 17 <= text.len; at += 16) {
        __m128i here = _mm_loadu_si128((const __m128i *)(const void *)(text.ptr + at));
        __m128i next = _mm_loadu_si128((const __m128i *)(const void *)(text.ptr + at + 1));
        __m128i escaped = _mm_and_si128(_mm_cmpeq_epi8(here, backslash), _mm_cmpeq_epi8(next, n));
        unsigned hits =
            (unsigned)_mm_movemask_epi8(_mm_or_si128(escaped, _mm_cmpeq_epi8(here, lf)));
        if (hits) {
            return at + (unsigned)__builtin_ctz(hits);
        }
    }
#endif
    for (; at < text.len; at++) {
        if (text.ptr[at] == '\n' ||
            (text.ptr[at] == '\\' && at + 1 < text.len && text.ptr[at + 1] == 'n')) {
            break;
        }
    }
    return at;
}

/* Where the line ends, and where the next begins; text.len at the end. Both
 * ends are looked for at once: in JSON text "\r\n" is four bytes. */
static size_t line_end(cord_str text, size_t from, size_t *ret_next)
{
    for (size_t at = find_end(text, from); at < text.len; at = find_end(text, at + 1)) {
        if (text.ptr[at] == '\n') {
            *ret_next = at + 1;
            return at > from && text.ptr[at - 1] == '\r' ? at - 1 : at;
        }
        if (is_escape(text, from, at)) {
            *ret_next = at + 2;
            return at >= from + 2 && text.ptr[at - 2] == '\\' && text.ptr[at - 1] == 'r' ? at - 2
                                                                                         : at;
        }
    }
    *ret_next = text.len;
    return text.len;
}

bool cord_block_token_is_line(cord_str text)
{
    size_t next = 0;
    size_t end = line_end(text, 0, &next);
    return end == text.len && next == text.len;
}

/* Spaces and tabs, written out or escaped. */
static size_t skip_blank(cord_str text, size_t at, size_t end)
{
    for (;;) {
        if (at < end && (text.ptr[at] == ' ' || text.ptr[at] == '\t')) {
            at++;
        } else if (at + 1 < end && text.ptr[at] == '\\' && text.ptr[at + 1] == 't') {
            at += 2;
        } else {
            return at;
        }
    }
}

/* The first ':' or '=' of [from, end), or end. */
static size_t find_mark(cord_str text, size_t from, size_t end)
{
#ifdef __SSE2__
    const __m128i colon = _mm_set1_epi8(':');
    const __m128i equals = _mm_set1_epi8('=');
    for (; from + 16 <= end; from += 16) {
        __m128i here = _mm_loadu_si128((const __m128i *)(const void *)(text.ptr + from));
        unsigned hits = (unsigned)_mm_movemask_epi8(
            _mm_or_si128(_mm_cmpeq_epi8(here, colon), _mm_cmpeq_epi8(here, equals)));
        if (hits) {
            return from + (unsigned)__builtin_ctz(hits);
        }
    }
#endif
    while (from < end && text.ptr[from] != ':' && text.ptr[from] != '=') {
        from++;
    }
    return from;
}

static bool is_plain(cord_str text, size_t from, size_t to)
{
    for (size_t at = from; at < to; at++) {
        char c = cord_str_lower_char(text.ptr[at]);
        if (c < 'a' || c > 'z') {
            return false;
        }
    }
    return true;
}

/* Behind "Label: ", "Label = " or "Label=", the last of letters alone; 0 when
 * there is none. */
static size_t label_end(cord_str text, size_t from, size_t end)
{
    size_t stop = end - from > LABEL_BYTES_MAX ? from + LABEL_BYTES_MAX : end;
    size_t at = find_mark(text, from, stop);
    if (at + 1 >= stop || at == from) {
        return 0;
    }
    char next = text.ptr[at + 1];
    if (text.ptr[at] == '=' && is_plain(text, from, at)) {
        return at + 1;
    }
    return next == ' ' || next == '\t' || next == '\\' ? at + 1 : 0;
}

static bool has_digit(cord_str text, size_t from, size_t to)
{
    for (size_t at = from; at < to; at++) {
        if (cord_str_is_digit(text.ptr[at])) {
            return true;
        }
    }
    return false;
}

size_t cord_block_token_lines(cord_str text, struct cord_block_token tokens[CORD_BLOCK_TOKENS_MAX])
{
    size_t count = 0;
    size_t lines = 0;
    size_t labelled = 0;
    uint32_t label = 0;
    for (size_t from = 0, next = 0; from < text.len; from = next) {
        size_t end = line_end(text, from, &next);
        size_t start = skip_blank(text, from, end);
        size_t value = label_end(text, start, end);
        lines += end > start;
        labelled += value > 0;
        if (lines == 16 && labelled < 4) {
            return 0; /* program text, a list: nothing here has a name */
        }
        if (value > 0) {
            label = label_hash(text, start, value);
            value = skip_blank(text, value, end);
        } else if (start > from || has_digit(text, start, end)) {
            value = start; /* a further value of the label before */
        } else {
            continue;
        }
        if (count == CORD_BLOCK_TOKENS_MAX) {
            return 0;
        }
        tokens[count++] =
            (struct cord_block_token){(uint32_t)value, (uint32_t)(end - value), label};
    }
    return lines > 1 && labelled * 3 >= lines ? count : 0;
}

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '-' || c == '.' || c == '\\' || (unsigned char)c >= 0x80;
}

size_t cord_block_token_words(cord_str text, struct cord_block_token tokens[CORD_BLOCK_TOKENS_MAX])
{
    size_t count = 0;
    size_t done = 0; /* behind the token before */
    for (size_t at = 0; at < text.len;) {
        if (!is_word(text.ptr[at])) {
            at++;
            continue;
        }
        size_t from = at;
        bool digit = false;
        for (; at < text.len && is_word(text.ptr[at]); at++) {
            digit = digit || cord_str_is_digit(text.ptr[at]);
        }
        if (!digit && (from == 0 || text.ptr[from - 1] != '=')) {
            continue;
        }
        bool last = count + 1 == CORD_BLOCK_TOKENS_MAX;
        tokens[count++] =
            (struct cord_block_token){(uint32_t)from, (uint32_t)((last ? text.len : at) - from),
                                      label_hash(text, done, from)};
        done = at;
        if (last) {
            break;
        }
    }
    return count;
}
