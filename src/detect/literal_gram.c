/* literal_gram.c: see literal_gram_internal.h. */
#include "detect/literal_gram_internal.h"

#if CORD_CPU_X86
#include <immintrin.h>
#endif

#define FACTOR 0x9e3779b1u

/* Behind the word's number, which takes at most sixteen bits of the product. */
enum { WORD_BITS_MIN = 6, WORD_BITS_MAX = 16, BIT_BITS = 5 };

bool cord_literal_gram_init(struct cord_literal_grams *grams, uint32_t count,
                            struct cord_arena *arena)
{
    unsigned bits = WORD_BITS_MIN;
    while (bits < WORD_BITS_MAX && 1u << bits < count) {
        bits++;
    }
    grams->word_shift = 32 - bits;
    grams->words = cord_arena_zalloc(arena, (size_t)1 << bits, sizeof *grams->words);
    return grams->words != NULL;
}

static uint32_t bits_of(uint32_t product, uint32_t word_shift)
{
    return 1u << (product >> (word_shift - BIT_BITS) & 31) |
           1u << (product >> (word_shift - 2 * BIT_BITS) & 31);
}

void cord_literal_gram_add(struct cord_literal_grams *grams, uint32_t gram)
{
    uint32_t product = gram * FACTOR;
    grams->words[product >> grams->word_shift] |= bits_of(product, grams->word_shift);
}

static inline uint64_t valid_bits(size_t left)
{
    return left >= CORD_LITERAL_BLOCK ? UINT64_MAX : (1ULL << left) - 1;
}

static size_t next_scalar(const struct cord_literal_grams *grams, cord_str text, size_t from,
                          uint64_t *ret_mask)
{
    for (; from < text.len; from += CORD_LITERAL_BLOCK) {
        uint64_t mask = 0;
        for (unsigned i = 0; i < CORD_LITERAL_BLOCK; i++) {
            uint32_t gram;
            memcpy(&gram, text.ptr + from + i, sizeof gram);
            uint32_t product = gram * FACTOR;
            uint32_t bits = bits_of(product, grams->word_shift);
            mask |= (uint64_t)((grams->words[product >> grams->word_shift] & bits) == bits) << i;
        }
        *ret_mask = mask & valid_bits(text.len - from);
        if (*ret_mask != 0) {
            return from;
        }
    }
    return text.len;
}

#if CORD_CPU_X86

/* The groups at eight neighbouring bytes. */
CORD_CPU_TARGET_AVX2 static uint32_t eight_avx2(const struct cord_literal_grams *grams,
                                                const char *p)
{
    const __m256i spread = _mm256_setr_epi8(0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6, 4, 5, 6,
                                            7, 5, 6, 7, 8, 6, 7, 8, 9, 7, 8, 9, 10);
    const __m256i low = _mm256_set1_epi32(31);
    int shift = (int)grams->word_shift;
    __m256i text = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)p));
    __m256i product =
        _mm256_mullo_epi32(_mm256_shuffle_epi8(text, spread), _mm256_set1_epi32((int)FACTOR));
    __m256i word = _mm256_i32gather_epi32((const int *)(const void *)grams->words,
                                          _mm256_srli_epi32(product, shift), 4);
    __m256i first = _mm256_and_si256(_mm256_srli_epi32(product, shift - BIT_BITS), low);
    __m256i second = _mm256_and_si256(_mm256_srli_epi32(product, shift - 2 * BIT_BITS), low);
    __m256i both =
        _mm256_and_si256(_mm256_srlv_epi32(word, first), _mm256_srlv_epi32(word, second));
    return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_slli_epi32(both, 31)));
}

CORD_CPU_TARGET_AVX2 static size_t next_avx2(const struct cord_literal_grams *grams, cord_str text,
                                             size_t from, uint64_t *ret_mask)
{
    for (; from < text.len; from += CORD_LITERAL_BLOCK) {
        uint64_t mask = 0;
        size_t end = text.len - from < CORD_LITERAL_BLOCK ? text.len - from : CORD_LITERAL_BLOCK;
        for (size_t i = 0; i < end; i += 8) {
            mask |= (uint64_t)eight_avx2(grams, text.ptr + from + i) << i;
        }
        *ret_mask = mask & valid_bits(text.len - from);
        if (*ret_mask != 0) {
            return from;
        }
    }
    return text.len;
}

/* At sixteen neighbouring bytes. */
CORD_CPU_TARGET_AVX512 static inline uint32_t sixteen_avx512(const struct cord_literal_grams *grams,
                                                             const char *p)
{
    const __m512i spread =
        _mm512_set_epi8(18, 17, 16, 15, 17, 16, 15, 14, 16, 15, 14, 13, 15, 14, 13, 12, 14, 13, 12,
                        11, 13, 12, 11, 10, 12, 11, 10, 9, 11, 10, 9, 8, 10, 9, 8, 7, 9, 8, 7, 6, 8,
                        7, 6, 5, 7, 6, 5, 4, 6, 5, 4, 3, 5, 4, 3, 2, 4, 3, 2, 1, 3, 2, 1, 0);
    const __m512i low = _mm512_set1_epi32(31);
    unsigned shift = grams->word_shift;
    __m512i text = _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)(const void *)p));
    __m512i product =
        _mm512_mullo_epi32(_mm512_permutexvar_epi8(spread, text), _mm512_set1_epi32((int)FACTOR));
    __m512i word = _mm512_i32gather_epi32(_mm512_srli_epi32(product, shift), grams->words, 4);
    __m512i first = _mm512_and_si512(_mm512_srli_epi32(product, shift - BIT_BITS), low);
    __m512i second = _mm512_and_si512(_mm512_srli_epi32(product, shift - 2 * BIT_BITS), low);
    __m512i both =
        _mm512_and_si512(_mm512_srlv_epi32(word, first), _mm512_srlv_epi32(word, second));
    return _mm512_test_epi32_mask(both, _mm512_set1_epi32(1));
}

CORD_CPU_TARGET_AVX512 static size_t next_avx512(const struct cord_literal_grams *grams,
                                                 cord_str text, size_t from, uint64_t *ret_mask)
{
    for (; from < text.len; from += CORD_LITERAL_BLOCK) {
        uint64_t mask = 0;
        size_t end = text.len - from < CORD_LITERAL_BLOCK ? text.len - from : CORD_LITERAL_BLOCK;
        for (size_t i = 0; i < end; i += 16) {
            mask |= (uint64_t)sixteen_avx512(grams, text.ptr + from + i) << i;
        }
        *ret_mask = mask & valid_bits(text.len - from);
        if (*ret_mask != 0) {
            return from;
        }
    }
    return text.len;
}

#endif

cord_literal_gram_next *cord_literal_gram_next_at_level(enum cord_cpu_level level)
{
    return CORD_CPU_PICK(level, next_scalar, next_avx2, next_avx512);
}
