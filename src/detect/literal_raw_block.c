/* literal_raw_block.c: 64 positions of a raw record at a time, in three ways. */
#include "detect/literal_raw_internal.h"

#if CORD_CPU_X86
#include <immintrin.h>
#endif

static bool fits(cord_str text, size_t from)
{
    return from < text.len && text.len - from >= CORD_LITERAL_RAW_READS;
}

static size_t next_scalar(const struct cord_literal_raw_filter *filter, cord_str text, size_t from,
                          uint64_t *ret_mask, uint8_t ret_buckets[CORD_LITERAL_BLOCK],
                          unsigned char *high)
{
    uint64_t mask = 0;
    for (; fits(text, from); from += CORD_LITERAL_BLOCK) {
        for (unsigned i = 0; i < CORD_LITERAL_BLOCK; i++) {
            const unsigned char *at = (const unsigned char *)text.ptr + from + i;
            uint8_t buckets =
                (uint8_t)(filter->codes[0][at[0] & 63] & filter->codes[1][at[1] & 63] &
                          filter->codes[2][at[2] & 63] & filter->codes[3][at[3] & 63]);
            *high = *high | at[0];
            ret_buckets[i] = buckets;
            mask |= (uint64_t)(buckets != 0) << i;
        }
        if (mask != 0) {
            break;
        }
    }
    *ret_mask = mask;
    return from;
}

#if CORD_CPU_X86

CORD_CPU_TARGET_AVX2 static __m256i half_avx2(const struct cord_literal_raw_filter *filter,
                                              const char *p)
{
    __m256i result = _mm256_set1_epi8(-1);
    for (int i = 0; i < CORD_LITERAL_POSITIONS; i++) {
        __m256i low = _mm256_load_si256((const __m256i *)(const void *)filter->low[i]);
        __m256i high = _mm256_load_si256((const __m256i *)(const void *)filter->high[i]);
        __m256i text = _mm256_loadu_si256((const __m256i *)(const void *)(p + i));
        __m256i upper = _mm256_and_si256(_mm256_srli_epi16(text, 4), _mm256_set1_epi8(15));
        __m256i lower = _mm256_and_si256(text, _mm256_set1_epi8(15));
        result = _mm256_and_si256(result, _mm256_shuffle_epi8(low, lower));
        result = _mm256_and_si256(result, _mm256_shuffle_epi8(high, upper));
    }
    return result;
}

CORD_CPU_TARGET_AVX2 static size_t next_avx2(const struct cord_literal_raw_filter *filter,
                                             cord_str text, size_t from, uint64_t *ret_mask,
                                             uint8_t ret_buckets[CORD_LITERAL_BLOCK],
                                             unsigned char *high)
{
    __m256i zero = _mm256_setzero_si256();
    __m256i seen = zero;
    uint64_t mask = 0;
    for (; fits(text, from); from += CORD_LITERAL_BLOCK) {
        const char *p = text.ptr + from;
        __m256i first = half_avx2(filter, p);
        __m256i second = half_avx2(filter, p + 32);
        seen = _mm256_or_si256(seen, _mm256_loadu_si256((const __m256i *)(const void *)p));
        seen = _mm256_or_si256(seen, _mm256_loadu_si256((const __m256i *)(const void *)(p + 32)));
        uint32_t none_first = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(first, zero));
        uint32_t none_second = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(second, zero));
        mask = ~((uint64_t)none_second << 32 | none_first);
        if (mask != 0) {
            _mm256_storeu_si256((__m256i *)(void *)ret_buckets, first);
            _mm256_storeu_si256((__m256i *)(void *)(ret_buckets + 32), second);
            break;
        }
    }
    *high = *high | (_mm256_movemask_epi8(seen) != 0 ? 0x80 : 0);
    *ret_mask = mask;
    return from;
}

CORD_CPU_TARGET_AVX512 static size_t next_avx512(const struct cord_literal_raw_filter *filter,
                                                 cord_str text, size_t from, uint64_t *ret_mask,
                                                 uint8_t ret_buckets[CORD_LITERAL_BLOCK],
                                                 unsigned char *high)
{
    __m512i tables[CORD_LITERAL_POSITIONS];
    for (int i = 0; i < CORD_LITERAL_POSITIONS; i++) {
        tables[i] = _mm512_load_si512(filter->codes[i]);
    }
    __m512i seen = _mm512_setzero_si512();
    uint64_t mask = 0;
    for (; fits(text, from); from += CORD_LITERAL_BLOCK) {
        const char *p = text.ptr + from;
        __m512i block = _mm512_loadu_si512(p);
        __m512i result = _mm512_permutexvar_epi8(block, tables[0]);
        seen = _mm512_or_si512(seen, block);
        for (int i = 1; i < CORD_LITERAL_POSITIONS; i++) {
            result = _mm512_and_si512(
                result, _mm512_permutexvar_epi8(_mm512_loadu_si512(p + i), tables[i]));
        }
        mask = _mm512_test_epi8_mask(result, result);
        if (mask != 0) {
            _mm512_storeu_si512(ret_buckets, result);
            break;
        }
    }
    *high = *high | (_mm512_movepi8_mask(seen) != 0 ? 0x80 : 0);
    *ret_mask = mask;
    return from;
}

#endif

cord_literal_raw_next *cord_literal_raw_next_at_level(enum cord_cpu_level level)
{
    return CORD_CPU_PICK(level, next_scalar, next_avx2, next_avx512);
}
