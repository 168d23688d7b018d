/* literal_block.c: 64 positions at a time through the filter, in three ways. */
#include "detect/literal_internal.h"

#if CORD_CPU_X86
#include <immintrin.h>
#endif

/* The bits of positions before the end of the text. */
static inline uint64_t valid_bits(size_t left)
{
    return left >= CORD_LITERAL_BLOCK ? UINT64_MAX : (1ULL << left) - 1;
}

static uint64_t block_scalar(const struct cord_literal_filter *filter, const char *p,
                             uint8_t ret_buckets[CORD_LITERAL_BLOCK])
{
    uint64_t mask = 0;
    for (unsigned i = 0; i < CORD_LITERAL_BLOCK; i++) {
        const unsigned char *at = (const unsigned char *)p + i;
        uint8_t buckets = (uint8_t)(filter->bytes[0][at[0] & 127] & filter->bytes[1][at[1] & 127] &
                                    filter->bytes[2][at[2] & 127] & filter->bytes[3][at[3] & 127]);
        ret_buckets[i] = buckets;
        mask |= (uint64_t)(buckets != 0) << i;
    }
    return mask;
}

static size_t next_scalar(const struct cord_literal_filter *filter, cord_str text, size_t from,
                          uint64_t *ret_mask, uint8_t ret_buckets[CORD_LITERAL_BLOCK])
{
    for (; from < text.len; from += CORD_LITERAL_BLOCK) {
        *ret_mask =
            block_scalar(filter, text.ptr + from, ret_buckets) & valid_bits(text.len - from);
        if (*ret_mask != 0) {
            return from;
        }
    }
    return text.len;
}

#if CORD_CPU_X86

CORD_CPU_TARGET_AVX2 static __m256i half_avx2(const struct cord_literal_filter *filter,
                                              const char *p)
{
    __m256i result = _mm256_set1_epi8(-1);
    for (int i = 0; i < CORD_LITERAL_POSITIONS; i++) {
        __m256i low = _mm256_load_si256((const __m256i *)(const void *)filter->low[i]);
        __m256i high = _mm256_load_si256((const __m256i *)(const void *)filter->high[i]);
        __m256i text = _mm256_loadu_si256((const __m256i *)(const void *)(p + i));
        __m256i upper = _mm256_and_si256(_mm256_srli_epi16(text, 4), _mm256_set1_epi8(7));
        __m256i lower = _mm256_and_si256(text, _mm256_set1_epi8(15));
        result = _mm256_and_si256(result, _mm256_shuffle_epi8(low, lower));
        result = _mm256_and_si256(result, _mm256_shuffle_epi8(high, upper));
    }
    return result;
}

CORD_CPU_TARGET_AVX2 static uint64_t block_avx2(const struct cord_literal_filter *filter,
                                                const char *p,
                                                uint8_t ret_buckets[CORD_LITERAL_BLOCK])
{
    __m256i zero = _mm256_setzero_si256();
    __m256i first = half_avx2(filter, p);
    __m256i second = half_avx2(filter, p + 32);
    uint32_t none_first = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(first, zero));
    uint32_t none_second = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(second, zero));
    _mm256_storeu_si256((__m256i *)(void *)ret_buckets, first);
    _mm256_storeu_si256((__m256i *)(void *)(ret_buckets + 32), second);
    return ~((uint64_t)none_second << 32 | none_first);
}

CORD_CPU_TARGET_AVX2 static size_t next_avx2(const struct cord_literal_filter *filter,
                                             cord_str text, size_t from, uint64_t *ret_mask,
                                             uint8_t ret_buckets[CORD_LITERAL_BLOCK])
{
    for (; from < text.len; from += CORD_LITERAL_BLOCK) {
        *ret_mask = block_avx2(filter, text.ptr + from, ret_buckets) & valid_bits(text.len - from);
        if (*ret_mask != 0) {
            return from;
        }
    }
    return text.len;
}

/* The buckets are written only when there are some, so that the tables stay in
 * registers. */
CORD_CPU_TARGET_AVX512 static size_t next_avx512(const struct cord_literal_filter *filter,
                                                 cord_str text, size_t from, uint64_t *ret_mask,
                                                 uint8_t ret_buckets[CORD_LITERAL_BLOCK])
{
    __m512i lower[CORD_LITERAL_POSITIONS];
    __m512i upper[CORD_LITERAL_POSITIONS];
    for (int i = 0; i < CORD_LITERAL_POSITIONS; i++) {
        lower[i] = _mm512_load_si512(filter->bytes[i]);
        upper[i] = _mm512_load_si512(filter->bytes[i] + 64);
    }
    for (; from < text.len; from += CORD_LITERAL_BLOCK) {
        __m512i result = _mm512_set1_epi8(-1);
        for (int i = 0; i < CORD_LITERAL_POSITIONS; i++) {
            __m512i block = _mm512_loadu_si512(text.ptr + from + i);
            result = _mm512_and_si512(result, _mm512_permutex2var_epi8(lower[i], block, upper[i]));
        }
        uint64_t mask = _mm512_test_epi8_mask(result, result) & valid_bits(text.len - from);
        if (mask != 0) {
            *ret_mask = mask;
            _mm512_storeu_si512(ret_buckets, result);
            return from;
        }
    }
    return text.len;
}

/* The same with one table look-up a byte and position. */
CORD_CPU_TARGET_AVX512 static size_t next_few_avx512(const struct cord_literal_filter *filter,
                                                     cord_str text, size_t from, uint64_t *ret_mask,
                                                     uint8_t ret_buckets[CORD_LITERAL_BLOCK])
{
    __m512i codes[CORD_LITERAL_POSITIONS];
    for (int i = 0; i < CORD_LITERAL_POSITIONS; i++) {
        codes[i] = _mm512_load_si512(filter->codes[i]);
    }
    for (; from < text.len; from += CORD_LITERAL_BLOCK) {
        __m512i result = _mm512_set1_epi8(-1);
        for (int i = 0; i < CORD_LITERAL_POSITIONS; i++) {
            __m512i block = _mm512_loadu_si512(text.ptr + from + i);
            result = _mm512_and_si512(result, _mm512_permutexvar_epi8(block, codes[i]));
        }
        uint64_t mask = _mm512_test_epi8_mask(result, result) & valid_bits(text.len - from);
        if (mask != 0) {
            *ret_mask = mask;
            _mm512_storeu_si512(ret_buckets, result);
            return from;
        }
    }
    return text.len;
}

#endif

cord_literal_next *cord_literal_next_at_level(enum cord_cpu_level level, bool few)
{
#if CORD_CPU_X86
    switch (level) {
    case CORD_CPU_AVX512:
        return few ? next_few_avx512 : next_avx512;
    case CORD_CPU_AVX2:
        return next_avx2;
    case CORD_CPU_SCALAR:
    case CORD_CPU_LEVELS:
        break;
    }
#else
    (void)level;
    (void)few;
#endif
    return next_scalar;
}
