/* evidence_id.c: see evidence_id.h. */
#include "evidence/evidence_id.h"

#include "base/hash.h"

enum {
    DIGITS = 12,        /* of base 32 */
    CHECK_PRIME = 1021, /* the largest below 32 * 32 */
    HALF_BITS = 25,
    ROUNDS = 6,
};
#define HALF_MASK ((UINT64_C(1) << HALF_BITS) - 1)

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

struct cord_evidence_id_key
cord_evidence_id_key(const unsigned char bytes[CORD_EVIDENCE_ID_KEY_BYTES])
{
    struct cord_evidence_id_key key = {{0, 0}};
    for (size_t i = 0; i < CORD_EVIDENCE_ID_KEY_BYTES; i++) {
        key.words[i / 8] |= (uint64_t)bytes[i] << (i % 8 * 8);
    }
    return key;
}

/* A Feistel network turns any function of half the bits into a permutation of
 * all. It hides a count from the curious; it is no cipher. */
static uint64_t round_of(const struct cord_evidence_id_key *key, uint64_t half, unsigned round)
{
    uint64_t mixed = cord_hash_mix(key->words[round % 2] + (half << 8 | round));
    return cord_hash_mix(mixed ^ key->words[(round + 1) % 2]) & HALF_MASK;
}

static uint64_t shuffle(const struct cord_evidence_id_key *key, uint64_t number)
{
    uint64_t left = number >> HALF_BITS & HALF_MASK;
    uint64_t right = number & HALF_MASK;
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint64_t next = left ^ round_of(key, right, round);
        left = right;
        right = next;
    }
    return left << HALF_BITS | right;
}

static uint64_t unshuffle(const struct cord_evidence_id_key *key, uint64_t number)
{
    uint64_t left = number >> HALF_BITS & HALF_MASK;
    uint64_t right = number & HALF_MASK;
    for (unsigned round = ROUNDS; round-- > 0;) {
        uint64_t before = right ^ round_of(key, left, round);
        right = left;
        left = before;
    }
    return left << HALF_BITS | right;
}

cord_str cord_evidence_id_format(const struct cord_evidence_id_key *key, uint64_t sequence,
                                 char buffer[CORD_EVIDENCE_ID_TEXT])
{
    /* All twelve digits as one number are a multiple of the prime. One wrong
     * digit changes it by d * 32^k, exchanged neighbours by d * 31 * 32^k: never
     * a multiple again, as |d| < 32. */
    uint64_t number = shuffle(key, sequence & CORD_EVIDENCE_ID_SEQUENCE_MAX) << 10;
    number += (CHECK_PRIME - number % CHECK_PRIME) % CHECK_PRIME;
    size_t at = CORD_EVIDENCE_ID_TEXT - 1;
    buffer[at] = '\0';
    for (unsigned i = 0; i < DIGITS; i++) {
        if (i > 0 && i % 4 == 0) {
            buffer[--at] = '-';
        }
        buffer[--at] = alphabet[number & 31];
        number >>= 5;
    }
    return (cord_str){buffer, CORD_EVIDENCE_ID_TEXT - 1};
}

/* 0 .. 31, or 32. */
static unsigned digit_of(char c)
{
    char upper = c >= 'a' && c <= 'z' ? (char)(c & ~0x20) : c;
    upper = upper == 'O' ? '0' : upper == 'I' || upper == 'L' ? '1' : upper;
    unsigned digit = 0;
    while (digit < 32 && alphabet[digit] != upper) {
        digit++;
    }
    return digit;
}

cord_status cord_evidence_id_parse(const struct cord_evidence_id_key *key, cord_str text,
                                   uint64_t *ret_sequence, struct cord_error *err)
{
    uint64_t number = 0;
    unsigned digits = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '-' || c == ' ') {
            continue;
        }
        unsigned digit = digit_of(c);
        if (digit == 32 || digits == DIGITS) {
            return cord_error_set(err, CORD_E_FORMAT,
                                  digit == 32 ? "no evidence id: character %zu is none of its own"
                                              : "no evidence id: %zu characters are too many",
                                  i + 1);
        }
        number = number << 5 | digit;
        digits++;
    }
    if (digits < DIGITS) {
        return cord_error_set(err, CORD_E_FORMAT, "no evidence id: %u characters of %u", digits,
                              (unsigned)DIGITS);
    }
    if (number % CHECK_PRIME != 0 || (number & 1023) >= CHECK_PRIME) {
        return cord_error_set(err, CORD_E_FORMAT,
                              "not an evidence id as it stands: a character is wrong or two are "
                              "exchanged");
    }
    *ret_sequence = unshuffle(key, number >> 10);
    return CORD_OK;
}
