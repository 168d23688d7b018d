/* json_index_avx512.c: the index, 64 bytes at a time. */
#include "codec/json_index_internal.h"

#if CORD_CPU_X86

#include <immintrin.h>

/* Byte i is i: what is left of it after compressing is the places of the bits. */
CORD_CPU_TARGET_AVX512
static inline __m512i places(void)
{
    return _mm512_set_epi8(63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46,
                           45, 44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33, 32, 31, 30, 29, 28,
                           27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10,
                           9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
}

/* Sixteen places become offsets; a place above 127 is a flagged one, and sign
 * extension takes its top bit to where the flag belongs. */
CORD_CPU_TARGET_AVX512
static inline void put16(uint32_t *out, __m128i some, __m512i base)
{
    const __m512i keep = _mm512_set1_epi32((int)(CORD_JSON_INDEX_FLAG | 63));
    __m512i at = _mm512_and_si512(_mm512_cvtepi8_epi32(some), keep);
    _mm512_storeu_si512(out, _mm512_add_epi32(at, base));
}

CORD_CPU_TARGET_AVX512
static inline uint32_t *put(uint32_t *out, __m512i base, uint64_t bits, uint64_t flagged)
{
    const __m512i flag = _mm512_set1_epi8((char)0x80);
    __m512i all = places();
    all = _mm512_mask_add_epi8(all, flagged, all, flag);
    __m512i some = _mm512_maskz_compress_epi8(bits, all);
    int count = __builtin_popcountll(bits);
    put16(out, _mm512_castsi512_si128(some), base);
    if (count > 16) {
        put16(out + 16, _mm512_extracti32x4_epi32(some, 1), base);
        if (count > 32) {
            put16(out + 32, _mm512_extracti32x4_epi32(some, 2), base);
            put16(out + 48, _mm512_extracti32x4_epi32(some, 3), base);
        }
    }
    return out + count;
}

/* What one block hands to the next. */
struct run {
    __m512i seen; /* all bytes, or-ed */
    __m512i base; /* of the block, in every lane */
    uint32_t *out;
    struct cord_json_index_carry carry;
};

CORD_CPU_TARGET_AVX512
static inline void take(struct run *run, __m512i block)
{
    uint64_t backslashes = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('\\'));
    uint64_t quotes = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('"'));
    uint64_t line_ends = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('\n'));
    run->seen = _mm512_or_si512(run->seen, block);
    /* Masks are worked on in general registers: gcc would move them to and fro. */
    __asm__("" : "+r"(quotes), "+r"(backslashes), "+r"(line_ends));
    quotes = cord_json_index_unescaped(quotes, backslashes, &run->carry);
    uint64_t flagged = cord_json_index_flagged(quotes, backslashes, &run->carry);
    run->out = put(run->out, run->base, quotes | line_ends, flagged | line_ends);
    run->base = _mm512_add_epi32(run->base, _mm512_set1_epi32(64));
}

CORD_CPU_TARGET_AVX512
size_t cord_json_index_avx512(const char *text, size_t from, size_t to,
                              struct cord_json_index_carry *carry, uint32_t *entries)
{
    struct run run = {
        .carry = *carry,
        .seen = _mm512_setzero_si512(),
        .base = _mm512_set1_epi32((int)(uint32_t)from),
        .out = entries,
    };
    size_t at = from;
    for (; to - at >= 64; at += 64) {
        take(&run, _mm512_loadu_si512(text + at));
    }
    if (at < to) {
        take(&run, _mm512_maskz_loadu_epi8(_bzhi_u64(UINT64_MAX, (unsigned)(to - at)), text + at));
    }
    carry->escaped = run.carry.escaped;
    carry->backslash = run.carry.backslash;
    carry->high = carry->high || _mm512_movepi8_mask(run.seen) != 0;
    return (size_t)(run.out - entries);
}

#else
typedef int cord_json_index_avx512_is_not_for_this_processor;
#endif
