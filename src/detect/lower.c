/*
 * lower.c: see lower.h.
 *
 * An escape is "\u" behind something else than one backslash: behind "\\" and
 * the like it is only maybe one, which is all that is promised.
 */
#include "detect/lower.h"

#if CORD_CPU_X86
#include <immintrin.h>
#endif

static bool may_escape(const char *text, size_t at)
{
    return text[at] == 'u' && at >= 1 && text[at - 1] == '\\' &&
           (at < 2 || text[at - 2] != '\\' || at < 3 || text[at - 3] == '\\');
}

static size_t copy_scalar(cord_str text, size_t from, char *to, bool *ret_escape)
{
    size_t at = from;
    for (; at < text.len && (unsigned char)text.ptr[at] < 0x80; at++) {
        to[at] = cord_str_lower_char(text.ptr[at]);
        *ret_escape = *ret_escape || may_escape(text.ptr, at);
    }
    return at;
}

#if CORD_CPU_X86

CORD_CPU_TARGET_AVX2 static size_t copy_avx2(cord_str text, char *to, bool *ret_escape)
{
    size_t at = 0;
    uint32_t slash_before = 0; /* bit 0: the byte before this block is a backslash */
    for (; text.len - at >= 32; at += 32) {
        __m256i block = _mm256_loadu_si256((const __m256i *)(const void *)(text.ptr + at));
        if (_mm256_movemask_epi8(block) != 0) {
            break;
        }
        __m256i capital = _mm256_and_si256(_mm256_cmpgt_epi8(block, _mm256_set1_epi8('A' - 1)),
                                           _mm256_cmpgt_epi8(_mm256_set1_epi8('Z' + 1), block));
        __m256i lower = _mm256_or_si256(block, _mm256_and_si256(capital, _mm256_set1_epi8(0x20)));
        _mm256_storeu_si256((__m256i *)(void *)(to + at), lower);
        uint32_t slash =
            (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(block, _mm256_set1_epi8('\\')));
        uint32_t u =
            (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(block, _mm256_set1_epi8('u')));
        uint32_t hits = u & (slash << 1 | slash_before);
        for (; hits != 0; hits &= hits - 1) {
            *ret_escape = *ret_escape || may_escape(text.ptr, at + (unsigned)_tzcnt_u32(hits));
        }
        slash_before = slash >> 31;
    }
    return copy_scalar(text, at, to, ret_escape);
}

CORD_CPU_TARGET_AVX512 static size_t copy_avx512(cord_str text, char *to, bool *ret_escape)
{
    size_t at = 0;
    uint64_t slash_before = 0;
    for (; at < text.len; at += 64) {
        size_t left = text.len - at;
        __mmask64 valid = left >= 64 ? UINT64_MAX : (1ULL << left) - 1;
        __m512i block = _mm512_maskz_loadu_epi8(valid, text.ptr + at);
        if (_mm512_movepi8_mask(block) != 0) {
            return copy_scalar(text, at, to, ret_escape);
        }
        __mmask64 capital = _mm512_cmplt_epu8_mask(_mm512_sub_epi8(block, _mm512_set1_epi8('A')),
                                                   _mm512_set1_epi8(26));
        __m512i lower = _mm512_or_si512(block, _mm512_maskz_set1_epi8(capital, 0x20));
        _mm512_storeu_si512(to + at, lower);
        uint64_t slash = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('\\'));
        uint64_t u = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('u'));
        uint64_t hits = u & (slash << 1 | slash_before);
        for (; hits != 0; hits &= hits - 1) {
            *ret_escape = *ret_escape || may_escape(text.ptr, at + (unsigned)_tzcnt_u64(hits));
        }
        slash_before = slash >> 63;
    }
    return text.len;
}

/* The bits of the characters behind a backslash that escapes them, when the
 * block begins outside of an escape sequence: of a run of backslashes every
 * second one escapes. */
CORD_CPU_TARGET_AVX512 static uint64_t escaped_bits(uint64_t slashes)
{
    const uint64_t even = 0x5555555555555555ULL;
    uint64_t starts = slashes & ~(slashes << 1);
    uint64_t past_even = slashes + (starts & even);
    uint64_t past_odd = slashes + (starts & ~even);
    uint64_t in_even_runs = slashes & ~past_even;
    uint64_t in_odd_runs = slashes & ~in_even_runs;
    uint64_t behind = ((past_even & ~even) | (past_odd & even)) & ~slashes;
    return behind | (in_even_runs & ~even) | (in_odd_runs & even);
}

/* White space where n, r and t stand in `escaped`; *ret_known: those bits. */
CORD_CPU_TARGET_AVX512 static __m512i white_space(__m512i block, __m512i lower, uint64_t escaped,
                                                  uint64_t *ret_known)
{
    uint64_t n = escaped & _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('n'));
    uint64_t r = escaped & _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('r'));
    uint64_t t = escaped & _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('t'));
    *ret_known = n | r | t;
    lower = _mm512_mask_mov_epi8(lower, n, _mm512_set1_epi8('\n'));
    lower = _mm512_mask_mov_epi8(lower, r, _mm512_set1_epi8('\r'));
    return _mm512_mask_mov_epi8(lower, t, _mm512_set1_epi8('\t'));
}

CORD_CPU_TARGET_AVX512 static size_t unescape_avx512(cord_str text, char *to, size_t *ret_written)
{
    size_t at = 0;
    size_t written = 0;
    while (at < text.len) {
        size_t left = text.len - at;
        uint64_t valid = left >= 64 ? UINT64_MAX : (1ULL << left) - 1;
        __m512i block = _mm512_maskz_loadu_epi8(valid, text.ptr + at);
        uint64_t slashes = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('\\'));
        uint64_t escaped = escaped_bits(slashes);
        uint64_t drop = slashes & ~escaped;
        uint64_t unknown = escaped & ~slashes &
                           ~_mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('"')) &
                           ~_mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('/'));
        __mmask64 capital = _mm512_cmplt_epu8_mask(_mm512_sub_epi8(block, _mm512_set1_epi8('A')),
                                                   _mm512_set1_epi8(26));
        __m512i lower = _mm512_or_si512(block, _mm512_maskz_set1_epi8(capital, 0x20));
        if (unknown != 0) {
            uint64_t known;
            lower = white_space(block, lower, unknown, &known);
            unknown &= ~known;
        }
        /* Up to a backslash whose partner is in the next block, or that begins
         * what is not known here. */
        uint64_t stop = (unknown >> 1) | _mm512_movepi8_mask(block) |
                        (drop & (left >= 64 ? 1ULL << 63 : 1ULL << (left - 1)));
        if (stop == 0 && left >= 64) { /* the next block need not wait for this one's masks */
            _mm512_storeu_si512(to + written, _mm512_maskz_compress_epi8(~drop, lower));
            written += 64 - (size_t)_mm_popcnt_u64(drop);
            at += 64;
            continue;
        }
        uint64_t until = stop != 0 ? _blsmsk_u64(stop) >> 1 : UINT64_MAX;
        uint64_t keep = valid & until & ~drop;
        _mm512_storeu_si512(to + written, _mm512_maskz_compress_epi8(keep, lower));
        written += (size_t)_mm_popcnt_u64(keep);
        at += (size_t)_mm_popcnt_u64(valid & until);
        bool last_of_block = stop == 1ULL << 63 && left > 64 && drop >> 63 != 0;
        if (stop != 0 && !last_of_block) {
            break;
        }
    }
    *ret_written = written;
    return at;
}

#endif

size_t cord_lower_unescape(enum cord_cpu_level level, cord_str text, char *to, size_t *ret_written)
{
#if CORD_CPU_X86
    if (level >= CORD_CPU_AVX512) {
        return unescape_avx512(text, to, ret_written);
    }
#else
    (void)level;
    (void)text;
    (void)to;
#endif
    *ret_written = 0;
    return 0;
}

size_t cord_lower_copy(enum cord_cpu_level level, cord_str text, char *to, bool *ret_escape)
{
    return CORD_CPU_PICK(level, copy_scalar(text, 0, to, ret_escape),
                         copy_avx2(text, to, ret_escape), copy_avx512(text, to, ret_escape));
}
