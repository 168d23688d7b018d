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

#endif

size_t cord_lower_copy(enum cord_cpu_level level, cord_str text, char *to, bool *ret_escape)
{
#if CORD_CPU_X86
    switch (level) {
    case CORD_CPU_AVX512:
        return copy_avx512(text, to, ret_escape);
    case CORD_CPU_AVX2:
        return copy_avx2(text, to, ret_escape);
    case CORD_CPU_SCALAR:
    case CORD_CPU_LEVELS:
        break;
    }
#else
    (void)level;
#endif
    return copy_scalar(text, 0, to, ret_escape);
}
