/*
 * shuffle.h: numbers as names that tell no count, and their characters.
 *
 * A keyed permutation of numbers of 2 * half_bits bits, by a Feistel network: it hides a count from
 * the curious and is no cipher. Characters are Crockford's base 32 (no I, L, O, U). Pure; any
 * thread.
 */
#ifndef CORD_BASE_SHUFFLE_H
#define CORD_BASE_SHUFFLE_H

#include <stdint.h>

#define CORD_SHUFFLE_KEY_BYTES 16
#define CORD_SHUFFLE_KEY_WORDS 2
#define CORD_SHUFFLE_WRONG     32u /* no digit */

void cord_shuffle_key(const unsigned char bytes[CORD_SHUFFLE_KEY_BYTES],
                      uint64_t ret_key[CORD_SHUFFLE_KEY_WORDS]);

/* The number is below 2^(2 * half_bits), half_bits 1 .. 32; so is what comes out. */
uint64_t cord_shuffle_number(const uint64_t key[CORD_SHUFFLE_KEY_WORDS], unsigned half_bits,
                             uint64_t number);
uint64_t cord_shuffle_undo(const uint64_t key[CORD_SHUFFLE_KEY_WORDS], unsigned half_bits,
                           uint64_t number);

/* Of the lowest five bits. */
char cord_shuffle_character(uint64_t digit);
/* 0 .. 31, or WRONG. O is read as 0, I and L as 1; case does not matter. */
unsigned cord_shuffle_digit(char character);

#endif
