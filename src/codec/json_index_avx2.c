/* json_index_avx2.c: the index, 64 bytes at a time in two halves. */
#include "codec/json_index_internal.h"

#if CORD_CPU_X86

#include <immintrin.h>

CORD_CPU_TARGET_AVX2
static inline uint64_t equal(__m256i low, __m256i high, char c)
{
    __m256i wanted = _mm256_set1_epi8(c);
    uint32_t a = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, wanted));
    uint32_t b = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, wanted));
    return a | (uint64_t)b << 32;
}

CORD_CPU_TARGET_AVX2
static inline uint32_t *put(uint32_t *out, uint32_t base, uint64_t bits, uint64_t flagged)
{
    uint32_t *end = out + __builtin_popcountll(bits);
    /* Eight at a time: most blocks hold fewer, and one branch that is always
     * taken alike beats eight that are not. */
    while (bits) {
        for (int i = 0; i < 8; i++) {
            uint64_t at = _tzcnt_u64(bits) & 63;
            out[i] = (base + (uint32_t)at) | (uint32_t)(flagged >> at & 1) << 31;
            bits = _blsr_u64(bits);
        }
        out += 8;
    }
    return end;
}

CORD_CPU_TARGET_AVX2
size_t cord_json_index_avx2(const char *text, size_t from, size_t to,
                            struct cord_json_index_carry *carry, uint32_t *entries)
{
    struct cord_json_index_carry now = *carry;
    uint32_t *out = entries;
    uint64_t high = 0;
    for (size_t at = from; at < to; at += 64) {
        size_t len = to - at;
        uint64_t inside = len < 64 ? ((uint64_t)1 << len) - 1 : UINT64_MAX;
        __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)(text + at));
        __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(text + at + 32));
        uint64_t backslashes = equal(a, b, '\\') & inside;
        uint64_t quotes = equal(a, b, '"') & inside;
        uint64_t line_ends = equal(a, b, '\n') & inside;
        high |= ((uint32_t)_mm256_movemask_epi8(a) | (uint64_t)(uint32_t)_mm256_movemask_epi8(b)
                                                         << 32) &
                inside;
        quotes = cord_json_index_unescaped(quotes, backslashes, &now);
        uint64_t flagged = cord_json_index_flagged(quotes, backslashes, &now);
        out = put(out, (uint32_t)at, quotes | line_ends, flagged | line_ends);
    }
    now.high = carry->high || high != 0;
    *carry = now;
    return (size_t)(out - entries);
}

#else
typedef int cord_json_index_avx2_is_not_for_this_processor;
#endif
