/* json_unescape.c: runs without a backslash are copied many bytes at a time. */
#include "codec/json_unescape.h"

#if CORD_CPU_X86
#include <immintrin.h>
#endif

/* The value of four hexadecimal digits, or -1. */
static int hex4(const char *digits)
{
    int value = 0;
    for (int i = 0; i < 4; i++) {
        int c = (unsigned char)digits[i];
        int low = c | 0x20;
        int digit = c >= '0' && c <= '9' ? c - '0' : low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
        if (digit < 0) {
            return -1;
        }
        value = value << 4 | digit;
    }
    return value;
}

static char *put_utf8(char *out, uint32_t c)
{
    if (c < 0x80) {
        *out++ = (char)c;
    } else if (c < 0x800) {
        *out++ = (char)(0xc0 | c >> 6);
        *out++ = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        *out++ = (char)(0xe0 | c >> 12);
        *out++ = (char)(0x80 | (c >> 6 & 0x3f));
        *out++ = (char)(0x80 | (c & 0x3f));
    } else {
        *out++ = (char)(0xf0 | c >> 18);
        *out++ = (char)(0x80 | (c >> 12 & 0x3f));
        *out++ = (char)(0x80 | (c >> 6 & 0x3f));
        *out++ = (char)(0x80 | (c & 0x3f));
    }
    return out;
}

/* at: behind "\u". Returns how many bytes from there were used, 0 when they
 * are no code unit. */
static size_t code_point(const char *at, size_t len, uint32_t *ret_c)
{
    int unit = len >= 4 ? hex4(at) : -1;
    if (unit < 0) {
        return 0;
    }
    *ret_c = (uint32_t)unit;
    if (unit < 0xd800 || unit > 0xdfff) {
        return 4;
    }
    int second = unit < 0xdc00 && len >= 10 && at[4] == '\\' && at[5] == 'u' ? hex4(at + 6) : -1;
    if (second >= 0xdc00 && second <= 0xdfff) {
        *ret_c = 0x10000 + (((uint32_t)unit - 0xd800) << 10) + ((uint32_t)second - 0xdc00);
        return 10;
    }
    *ret_c = 0xfffd;
    return 4;
}

/* What stands behind a backslash for another character, or 0. */
static char simple(char c)
{
    switch (c) {
    case '"':
    case '\\':
    case '/':
        return c;
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return 0;
    }
}

struct span {
    const char *in;
    const char *end;
    char *out;
};

/* in stands on a backslash: takes the escape sequence. */
static void take_escape(struct span *s)
{
    size_t left = (size_t)(s->end - s->in);
    char c = left > 1 ? s->in[1] : '\0';
    char plain = simple(c);
    uint32_t point;
    size_t used;
    if (plain) {
        *s->out++ = plain;
        s->in += 2;
    } else if (c == 'u' && (used = code_point(s->in + 2, left - 2, &point)) > 0) {
        s->out = put_utf8(s->out, point);
        s->in += 2 + used;
    } else {
        *s->out++ = *s->in++;
    }
}

static void rest(struct span *s)
{
    while (s->in < s->end) {
        if (*s->in == '\\') {
            take_escape(s);
        } else {
            *s->out++ = *s->in++;
        }
    }
}

#if CORD_CPU_X86

/* SSE2 is part of x86-64. As out never overtakes in, sixteen bytes that can be
 * read can be written. */
static void blocks16(struct span *s)
{
    const __m128i backslash = _mm_set1_epi8('\\');
    while (s->end - s->in >= 16) {
        __m128i block = _mm_loadu_si128((const __m128i *)(const void *)s->in);
        unsigned found = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(block, backslash));
        _mm_storeu_si128((__m128i *)(void *)s->out, block);
        unsigned run = found ? (unsigned)__builtin_ctz(found) : 16;
        s->in += run;
        s->out += run;
        if (found) {
            take_escape(s);
        }
    }
}

/* The bits of the characters behind a backslash that escapes them, when the
 * block begins outside of an escape sequence. See json_index_internal.h. */
static inline uint64_t escaped_bits(uint64_t backslashes)
{
    const uint64_t even = 0x5555555555555555ULL;
    uint64_t starts = backslashes & ~(backslashes << 1);
    uint64_t past_even = backslashes + (starts & even);
    uint64_t past_odd = backslashes + (starts & ~even);
    /* Every second byte of a run is escaped too, not only the one behind it. */
    uint64_t in_even_runs = backslashes & ~past_even;
    uint64_t in_odd_runs = backslashes & ~in_even_runs;
    uint64_t behind = ((past_even & ~even) | (past_odd & even)) & ~backslashes;
    return behind | (in_even_runs & ~even) | (in_odd_runs & even);
}

/* Sequences that stand for the character itself, which are nearly all of them
 * in Windows events, fall out of a block at once; the block ends before any
 * other. */
CORD_CPU_TARGET_AVX512
static void blocks64(struct span *s)
{
    const __m512i backslash = _mm512_set1_epi8('\\');
    while (s->end - s->in >= 64) {
        __m512i block = _mm512_loadu_si512((const void *)s->in);
        uint64_t found = _mm512_cmpeq_epi8_mask(block, backslash);
        uint64_t escaped = escaped_bits(found);
        uint64_t same = found | _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('"')) |
                        _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('/'));
        uint64_t drop = found & ~escaped;
        /* A backslash whose partner is another character or in the next block. */
        uint64_t other = (escaped & ~same) >> 1 | (drop & (uint64_t)1 << 63);
        unsigned len = other ? (unsigned)__builtin_ctzll(other) : 64;
        uint64_t keep = ~drop & _bzhi_u64(UINT64_MAX, len);
        _mm512_storeu_si512(s->out, _mm512_maskz_compress_epi8(keep, block));
        s->out += __builtin_popcountll(keep);
        s->in += len;
        if (other) {
            take_escape(s);
        }
    }
}

#endif

size_t cord_json_unescape_at_level(enum cord_cpu_level level, cord_str text, char *buffer)
{
    if (text.len == 0) {
        return 0;
    }
    struct span s = {text.ptr, text.ptr + text.len, buffer};
#if CORD_CPU_X86
    if (level >= CORD_CPU_AVX512) {
        blocks64(&s);
    }
    if (level >= CORD_CPU_AVX2) {
        blocks16(&s);
    }
#else
    (void)level;
#endif
    rest(&s);
    return (size_t)(s.out - buffer);
}

size_t cord_json_unescape(cord_str text, char *buffer)
{
    return cord_json_unescape_at_level(CORD_CPU_AVX2, text, buffer);
}
