/* literal_find.c: see literal_find.h. */
#include "detect/literal_find.h"

#if CORD_CPU_X86
#include <immintrin.h>
#endif

/* Frequent bytes of folded log text, the most frequent first. */
static const char frequent[] = "e\\ioantsr cdl.m0pwu1/2-3f4hg5x68b97v:\",y=k_";

static unsigned rareness(char c)
{
    const char *at = c != '\0' ? strchr(frequent, c) : NULL;
    return at ? (unsigned)(at - frequent) : sizeof frequent;
}

struct cord_literal_needle cord_literal_needle_of(cord_str literal)
{
    struct cord_literal_needle needle = {literal.ptr, (uint32_t)literal.len, {0, 0}};
    size_t end = literal.len < 64 ? literal.len : 64;
    for (size_t i = 1; i < end; i++) {
        if (rareness(literal.ptr[i]) > rareness(literal.ptr[needle.rare[0]])) {
            needle.rare[1] = needle.rare[0];
            needle.rare[0] = (uint8_t)i;
        } else if (needle.rare[1] == needle.rare[0] ||
                   rareness(literal.ptr[i]) > rareness(literal.ptr[needle.rare[1]])) {
            needle.rare[1] = (uint8_t)i;
        }
    }
    return needle;
}

static bool find_scalar(const struct cord_literal_needle *needle, cord_str text)
{
    return text.len >= needle->len && memmem(text.ptr, text.len, needle->ptr, needle->len) != NULL;
}

#if CORD_CPU_X86

CORD_CPU_TARGET_AVX2 static bool find_avx2(const struct cord_literal_needle *needle, cord_str text)
{
    if (needle->len > text.len) {
        return false;
    }
    __m256i first = _mm256_set1_epi8(needle->ptr[needle->rare[0]]);
    __m256i second = _mm256_set1_epi8(needle->ptr[needle->rare[1]]);
    const char *p0 = text.ptr + needle->rare[0];
    const char *p1 = text.ptr + needle->rare[1];
    size_t places = text.len - needle->len + 1;
    for (size_t at = 0; at < places; at += 32) {
        __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)(p0 + at));
        __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(p1 + at));
        uint32_t mask = (uint32_t)_mm256_movemask_epi8(
            _mm256_and_si256(_mm256_cmpeq_epi8(a, first), _mm256_cmpeq_epi8(b, second)));
        for (; mask != 0; mask &= mask - 1) {
            size_t here = at + _tzcnt_u32(mask);
            if (here >= places) {
                break;
            }
            if (memcmp(text.ptr + here, needle->ptr, needle->len) == 0) {
                return true;
            }
        }
    }
    return false;
}

CORD_CPU_TARGET_AVX512 static bool find_avx512(const struct cord_literal_needle *needle,
                                               cord_str text)
{
    if (needle->len > text.len) {
        return false;
    }
    __m512i first = _mm512_set1_epi8(needle->ptr[needle->rare[0]]);
    __m512i second = _mm512_set1_epi8(needle->ptr[needle->rare[1]]);
    const char *p0 = text.ptr + needle->rare[0];
    const char *p1 = text.ptr + needle->rare[1];
    size_t places = text.len - needle->len + 1;
    for (size_t at = 0; at < places; at += 64) {
        uint64_t mask = _mm512_cmpeq_epi8_mask(_mm512_loadu_si512(p0 + at), first);
        mask = _mm512_mask_cmpeq_epi8_mask(mask, _mm512_loadu_si512(p1 + at), second);
        for (; mask != 0; mask &= mask - 1) {
            size_t here = at + _tzcnt_u64(mask);
            if (here >= places) {
                break;
            }
            if (memcmp(text.ptr + here, needle->ptr, needle->len) == 0) {
                return true;
            }
        }
    }
    return false;
}

#endif

cord_literal_find *cord_literal_find_at_level(enum cord_cpu_level level)
{
    return CORD_CPU_PICK(level, find_scalar, find_avx2, find_avx512);
}
