/* evidence_id.c: see evidence_id.h. */
#include "evidence/evidence_id.h"

#include "base/shuffle.h"

enum {
    DIGITS = 12,        /* of base 32 */
    CHECK_PRIME = 1021, /* the largest below 32 * 32 */
    HALF_BITS = 25,
};

struct cord_evidence_id_key
cord_evidence_id_key(const unsigned char bytes[CORD_EVIDENCE_ID_KEY_BYTES])
{
    struct cord_evidence_id_key key = {{0, 0}};
    cord_shuffle_key(bytes, key.words);
    return key;
}

cord_str cord_evidence_id_format(const struct cord_evidence_id_key *key, uint64_t sequence,
                                 char buffer[CORD_EVIDENCE_ID_TEXT])
{
    /* All twelve digits as one number are a multiple of the prime. One wrong
     * digit changes it by d * 32^k, exchanged neighbours by d * 31 * 32^k: never
     * a multiple again, as |d| < 32. */
    uint64_t number =
        cord_shuffle_number(key->words, HALF_BITS, sequence & CORD_EVIDENCE_ID_SEQUENCE_MAX) << 10;
    number += (CHECK_PRIME - number % CHECK_PRIME) % CHECK_PRIME;
    size_t at = CORD_EVIDENCE_ID_TEXT - 1;
    buffer[at] = '\0';
    for (unsigned i = 0; i < DIGITS; i++) {
        if (i > 0 && i % 4 == 0) {
            buffer[--at] = '-';
        }
        buffer[--at] = cord_shuffle_character(number);
        number >>= 5;
    }
    return (cord_str){buffer, CORD_EVIDENCE_ID_TEXT - 1};
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
        unsigned digit = cord_shuffle_digit(c);
        if (digit == CORD_SHUFFLE_WRONG || digits == DIGITS) {
            return cord_error_set(err, CORD_E_FORMAT,
                                  digit == CORD_SHUFFLE_WRONG
                                      ? "no evidence id: character %zu is none of its own"
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
    *ret_sequence = cord_shuffle_undo(key->words, HALF_BITS, number >> 10);
    return CORD_OK;
}
