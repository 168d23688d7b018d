/* shuffle.c: see shuffle.h. */
#include "base/shuffle.h"

#include "base/hash.h"

#include <string.h>

enum { ROUNDS = 6 };

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void cord_shuffle_key(const unsigned char bytes[CORD_SHUFFLE_KEY_BYTES],
                      uint64_t ret_key[CORD_SHUFFLE_KEY_WORDS])
{
    ret_key[0] = 0;
    ret_key[1] = 0;
    for (size_t i = 0; i < CORD_SHUFFLE_KEY_BYTES; i++) {
        ret_key[i / 8] |= (uint64_t)bytes[i] << (i % 8 * 8);
    }
}

/* A Feistel network makes of any function of half the bits a permutation of all. */
static uint64_t round_of(const uint64_t key[CORD_SHUFFLE_KEY_WORDS], uint64_t half, unsigned round)
{
    uint64_t mixed = cord_hash_mix(key[round % 2] + (half << 8 | round));
    return cord_hash_mix(mixed ^ key[(round + 1) % 2]);
}

uint64_t cord_shuffle_number(const uint64_t key[CORD_SHUFFLE_KEY_WORDS], unsigned half_bits,
                             uint64_t number)
{
    const uint64_t mask = (UINT64_C(1) << half_bits) - 1;
    uint64_t left = number >> half_bits & mask;
    uint64_t right = number & mask;
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint64_t next = left ^ (round_of(key, right, round) & mask);
        left = right;
        right = next;
    }
    return left << half_bits | right;
}

uint64_t cord_shuffle_undo(const uint64_t key[CORD_SHUFFLE_KEY_WORDS], unsigned half_bits,
                           uint64_t number)
{
    const uint64_t mask = (UINT64_C(1) << half_bits) - 1;
    uint64_t left = number >> half_bits & mask;
    uint64_t right = number & mask;
    for (unsigned round = ROUNDS; round-- > 0;) {
        uint64_t before = right ^ (round_of(key, left, round) & mask);
        right = left;
        left = before;
    }
    return left << half_bits | right;
}

char cord_shuffle_character(uint64_t digit)
{
    return alphabet[digit & 31];
}

unsigned cord_shuffle_digit(char character)
{
    char upper = character >= 'a' && character <= 'z' ? (char)(character & ~0x20) : character;
    upper = upper == 'O' ? '0' : upper == 'I' || upper == 'L' ? '1' : upper;
    const char *at = upper == '\0' ? NULL : strchr(alphabet, upper);
    return at ? (unsigned)(at - alphabet) : CORD_SHUFFLE_WRONG;
}
