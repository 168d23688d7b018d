/*
 * block_ints.h: a list of numbers as bytes.
 *
 *   form   1 byte: width in bytes 0..8 in bits 0-3, bit 4 set: differences
 *   base   zigzag varint
 *   first  zigzag varint, only when differences
 *   planes width times m bytes: all lowest bytes, then all second ones, ...
 *
 * Each of the n numbers is base plus its m = n little-endian planes. With
 * differences the first number is `first`, and each further one the one before
 * plus (base plus its planes), m = n - 1. Arithmetic is modulo 2^64. Planes lie
 * apart since those of high bytes hold little, and pack to nothing.
 */
#ifndef CORD_EVIDENCE_BLOCK_INTS_H
#define CORD_EVIDENCE_BLOCK_INTS_H

#include "base/buf.h"

static inline uint64_t cord_block_ints_zigzag(int64_t value)
{
    return ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0);
}
static inline int64_t cord_block_ints_unzigzag(uint64_t value)
{
    return (int64_t)((value >> 1) ^ (0 - (value & 1)));
}

/* In whichever form takes less. Failure is in out->failed. */
void cord_block_ints_put(struct cord_buf *out, const int64_t *values, size_t count);

/* The same, without differences: for numbers that mean something else than how many. */
void cord_block_ints_put_u32(struct cord_buf *out, const uint32_t *values, size_t count);

/* Takes a list of `count` off *input. CORD_E_FORMAT: it ends early, or is none. */
CORD_MUST_USE cord_status cord_block_ints_take(cord_str *input, size_t count, int64_t *ret_values);
/* The same without a look at the numbers. */
CORD_MUST_USE cord_status cord_block_ints_skip(cord_str *input, size_t count);
/* Numbers that are all below `below`; CORD_E_FORMAT: they are not. CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_block_ints_take_u32(cord_str *input, size_t count, uint32_t below,
                                                   uint32_t *ret_values);
CORD_MUST_USE cord_status cord_block_ints_take_long(cord_str *input, uint64_t *ret_value);
/* Most numbers are a byte long. */
CORD_MUST_USE static inline cord_status cord_block_ints_take_varint(cord_str *input,
                                                                    uint64_t *ret_value)
{
    if (input->len == 0 || (input->ptr[0] & 0x80) != 0) {
        return cord_block_ints_take_long(input, ret_value);
    }
    *ret_value = (unsigned char)input->ptr[0];
    *input = (cord_str){input->ptr + 1, input->len - 1};
    return CORD_OK;
}

#endif
