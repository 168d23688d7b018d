/*
 * evtx_checksum.c: CRC-32 (the polynomial of zip and Ethernet).
 *
 * Every chunk is summed whole, so a table alone would cost more than reading
 * the records. With carry-less multiplication 64 bytes are folded at a time:
 * Gopal et al., "Fast CRC Computation for Generic Polynomials Using
 * PCLMULQDQ", Intel 2009. What is left over goes through the table.
 */
#include "codec/evtx_internal.h"

void cord_evtx_checksum_table(uint32_t ret_table[8][256])
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
        }
        ret_table[0][i] = crc;
    }
    /* Table n: as table 0, with n zero bytes behind. */
    for (size_t n = 1; n < 8; n++) {
        for (size_t i = 0; i < 256; i++) {
            uint32_t crc = ret_table[n - 1][i];
            ret_table[n][i] = crc >> 8 ^ ret_table[0][crc & 0xff];
        }
    }
}

/* Eight bytes at a time (Kounavis and Berry, "slicing-by-8"). */
static uint32_t by_table(const uint32_t table[8][256], uint32_t state, const uint8_t *data,
                         size_t len)
{
    for (; len >= 8; data += 8, len -= 8) {
        uint32_t low = evtx_u32(data) ^ state;
        uint32_t high = evtx_u32(data + 4);
        state = table[7][low & 0xff] ^ table[6][low >> 8 & 0xff] ^ table[5][low >> 16 & 0xff] ^
                table[4][low >> 24] ^ table[3][high & 0xff] ^ table[2][high >> 8 & 0xff] ^
                table[1][high >> 16 & 0xff] ^ table[0][high >> 24];
    }
    for (size_t i = 0; i < len; i++) {
        state = state >> 8 ^ table[0][(state ^ data[i]) & 0xff];
    }
    return state;
}

#if CORD_CPU_X86
#include <immintrin.h>

CORD_CPU_TARGET_AVX2 static __m128i fold(__m128i sum, __m128i by, __m128i more)
{
    __m128i low = _mm_clmulepi64_si128(sum, by, 0x00);
    __m128i high = _mm_clmulepi64_si128(sum, by, 0x11);
    return _mm_xor_si128(_mm_xor_si128(low, high), more);
}

/* len is at least 64. Returns the state after all of the data. */
CORD_CPU_TARGET_AVX2 static uint32_t by_folding(const uint32_t table[8][256], uint32_t state,
                                                const uint8_t *data, size_t len)
{
    const __m128i by_64 = _mm_set_epi64x(0x01c6e41596, 0x0154442bd4);
    const __m128i by_16 = _mm_set_epi64x(0x00ccaa009e, 0x01751997d0);
    __m128i sums[4];
    for (size_t i = 0; i < 4; i++) {
        sums[i] = _mm_loadu_si128((const void *)(data + 16 * i));
    }
    sums[0] = _mm_xor_si128(sums[0], _mm_cvtsi32_si128((int)state));
    size_t at = 64;
    for (; len - at >= 64; at += 64) {
        for (size_t i = 0; i < 4; i++) {
            sums[i] = fold(sums[i], by_64, _mm_loadu_si128((const void *)(data + at + 16 * i)));
        }
    }
    __m128i sum = fold(sums[0], by_16, sums[1]);
    sum = fold(sum, by_16, sums[2]);
    sum = fold(sum, by_16, sums[3]);
    /* Sixteen bytes with the same remainder as everything before them. */
    uint8_t rest[16];
    _mm_storeu_si128((void *)rest, sum);
    state = by_table(table, 0, rest, sizeof rest);
    return by_table(table, state, data + at, len - at);
}
#endif

uint32_t cord_evtx_checksum(const struct cord_evtx *reader, uint32_t crc, const uint8_t *data,
                            size_t len)
{
#if CORD_CPU_X86
    if (len >= 64 && reader->level >= CORD_CPU_AVX2) {
        return ~by_folding(reader->crc_table, ~crc, data, len);
    }
#endif
    return ~by_table(reader->crc_table, ~crc, data, len);
}
