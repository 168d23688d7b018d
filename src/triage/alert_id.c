/* alert_id.c: see alert_id.h. */
#include "triage/alert_id.h"

#include "base/shuffle.h"

enum { DIGITS = 8, HALF_BITS = 20 };

struct cord_alert_id_key cord_alert_id_key(const unsigned char bytes[CORD_ALERT_ID_KEY_BYTES])
{
    struct cord_alert_id_key key = {{0, 0}};
    cord_shuffle_key(bytes, key.words);
    return key;
}

cord_str cord_alert_id_format(const struct cord_alert_id_key *key, uint64_t number,
                              char buffer[CORD_ALERT_ID_TEXT])
{
    uint64_t mixed = cord_shuffle_number(key->words, HALF_BITS, number & CORD_ALERT_ID_NUMBER_MAX);
    size_t at = CORD_ALERT_ID_TEXT - 1;
    buffer[at] = '\0';
    for (unsigned i = 0; i < DIGITS; i++) {
        if (i == DIGITS / 2) {
            buffer[--at] = '-';
        }
        buffer[--at] = cord_shuffle_character(mixed);
        mixed >>= 5;
    }
    buffer[--at] = '-';
    buffer[--at] = 'A';
    return (cord_str){buffer, CORD_ALERT_ID_TEXT - 1};
}

bool cord_alert_id_parse(const struct cord_alert_id_key *key, cord_str text, uint64_t *ret_number)
{
    uint64_t mixed = 0;
    unsigned digits = 0;
    if (!cord_str_starts_fold(text, CORD_STR("A-"))) {
        return false;
    }
    for (size_t i = 2; i < text.len; i++) {
        unsigned digit = cord_shuffle_digit(text.ptr[i]);
        if (text.ptr[i] == '-') {
            continue;
        }
        if (digit == CORD_SHUFFLE_WRONG || digits == DIGITS) {
            return false;
        }
        mixed = mixed << 5 | digit;
        digits++;
    }
    if (digits != DIGITS) {
        return false;
    }
    *ret_number = cord_shuffle_undo(key->words, HALF_BITS, mixed);
    return true;
}
