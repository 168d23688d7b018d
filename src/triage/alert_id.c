/* alert_id.c: see alert_id.h. */
#include "triage/alert_id.h"

#include "base/hash.h"

enum { DIGITS = 8, HALF_BITS = 20, ROUNDS = 6, WRONG = 32 };
#define HALF_MASK ((UINT64_C(1) << HALF_BITS) - 1)

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

struct cord_alert_id_key cord_alert_id_key(const unsigned char bytes[CORD_ALERT_ID_KEY_BYTES])
{
    struct cord_alert_id_key key = {{0, 0}};
    for (size_t i = 0; i < CORD_ALERT_ID_KEY_BYTES; i++) {
        key.words[i / 8] |= (uint64_t)bytes[i] << (i % 8 * 8);
    }
    return key;
}

/* A Feistel network makes of any function of half the bits a permutation of all. */
static uint64_t round_of(const struct cord_alert_id_key *key, uint64_t half, unsigned round)
{
    uint64_t mixed = cord_hash_mix(key->words[round % 2] + (half << 8 | round));
    return cord_hash_mix(mixed ^ key->words[(round + 1) % 2]) & HALF_MASK;
}

static uint64_t shuffle(const struct cord_alert_id_key *key, uint64_t number)
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

static uint64_t unshuffle(const struct cord_alert_id_key *key, uint64_t number)
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

cord_str cord_alert_id_format(const struct cord_alert_id_key *key, uint64_t number,
                              char buffer[CORD_ALERT_ID_TEXT])
{
    uint64_t mixed = shuffle(key, number & CORD_ALERT_ID_NUMBER_MAX);
    size_t at = CORD_ALERT_ID_TEXT - 1;
    buffer[at] = '\0';
    for (unsigned i = 0; i < DIGITS; i++) {
        if (i == DIGITS / 2) {
            buffer[--at] = '-';
        }
        buffer[--at] = alphabet[mixed & 31];
        mixed >>= 5;
    }
    buffer[--at] = '-';
    buffer[--at] = 'A';
    return (cord_str){buffer, CORD_ALERT_ID_TEXT - 1};
}

static unsigned digit_of(char c)
{
    char upper = c >= 'a' && c <= 'z' ? (char)(c & ~0x20) : c;
    upper = upper == 'O' ? '0' : upper == 'I' || upper == 'L' ? '1' : upper;
    const char *at = upper == '\0' ? NULL : strchr(alphabet, upper);
    return at ? (unsigned)(at - alphabet) : WRONG;
}

bool cord_alert_id_parse(const struct cord_alert_id_key *key, cord_str text, uint64_t *ret_number)
{
    uint64_t mixed = 0;
    unsigned digits = 0;
    if (!cord_str_starts_fold(text, CORD_STR("A-"))) {
        return false;
    }
    for (size_t i = 2; i < text.len; i++) {
        unsigned digit = digit_of(text.ptr[i]);
        if (text.ptr[i] == '-') {
            continue;
        }
        if (digit == WRONG || digits == DIGITS) {
            return false;
        }
        mixed = mixed << 5 | digit;
        digits++;
    }
    if (digits != DIGITS) {
        return false;
    }
    *ret_number = unshuffle(key, mixed);
    return true;
}
