/* personal_number.c: see personal_number.h. */
#include "normalise/personal_number.h"

enum {
    NHS_LEN = 10,
    NIR_LEN = 13,
    NIR_KEYED_LEN = 15,
    DEPARTMENT_AT = 6, /* of the letter in 2A and 2B */
};

static bool is_hex(char c)
{
    char lower = cord_str_lower_char(c);
    return cord_str_is_digit(c) || (lower >= 'a' && lower <= 'f');
}

static bool is_word(char c)
{
    char lower = cord_str_lower_char(c);
    return cord_str_is_digit(c) || (lower >= 'a' && lower <= 'z');
}

static bool begins_word(cord_str text, size_t at)
{
    if (at == 0 || !is_word(text.ptr[at - 1])) {
        return true;
    }
    return at >= 3 && text.ptr[at - 3] == '%' && is_hex(text.ptr[at - 2]) &&
           is_hex(text.ptr[at - 1]);
}

static bool ends_word(cord_str text, size_t at)
{
    return at == text.len || !is_word(text.ptr[at]);
}

static unsigned digit(char c)
{
    return (unsigned)(c - '0');
}

static bool is_nhs(const char *digits)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < NHS_LEN; i++) {
        if (!cord_str_is_digit(digits[i])) {
            return false;
        }
        sum += (NHS_LEN - i) * digit(digits[i]);
    }
    return sum % 11 == 0; /* a check digit of ten is none: it cannot be written */
}

static bool nir_value(const char *digits, uint64_t *ret_value)
{
    uint64_t value = 0;
    uint64_t less = 0;
    for (size_t i = 0; i < NIR_LEN; i++) {
        char c = digits[i];
        if (i == DEPARTMENT_AT && (c == 'A' || c == 'B') && digits[i - 1] == '2') {
            less = c == 'A' ? 1000000 : 2000000; /* 20 less 1: 19, less 2: 18 */
            c = '0';
        }
        if (!cord_str_is_digit(c)) {
            return false;
        }
        value = value * 10 + digit(c);
    }
    *ret_value = value - less;
    return true;
}

static bool is_nir_keyed(const char *digits)
{
    uint64_t value;
    if (!cord_str_is_digit(digits[NIR_LEN]) || !cord_str_is_digit(digits[NIR_LEN + 1]) ||
        digits[0] == '0' || !nir_value(digits, &value)) {
        return false;
    }
    return 97 - value % 97 == digit(digits[NIR_LEN]) * 10 + digit(digits[NIR_LEN + 1]);
}

static bool is_nir(const char *digits)
{
    uint64_t value;
    if (!nir_value(digits, &value)) {
        return false;
    }
    unsigned month = digit(digits[3]) * 10 + digit(digits[4]);
    bool sex = cord_str_find_char(CORD_STR("123478"), digits[0], 0) != SIZE_MAX;
    return sex && ((month >= 1 && month <= 12) || month == 20);
}

/* Bytes of what may stand between two digits; 0: nothing that may. */
static size_t gap(cord_str text, size_t at)
{
    if (text.ptr[at] == ' ' || text.ptr[at] == '-') {
        return 1;
    }
    bool no_break = text.ptr[at] == '\xc2' && at + 1 < text.len && text.ptr[at + 1] == '\xa0';
    return no_break ? 2 : 0;
}

struct reading {
    char digits[CORD_PERSONAL_NUMBER_MAX];
    size_t count;
    unsigned hyphens; /* a bit for each place behind so many digits */
};

static bool is_number(const struct reading *reading)
{
    const unsigned nhs_hyphens = 1u << 3 | 1u << 6;
    if (reading->count == NHS_LEN && (reading->hyphens == 0 || reading->hyphens == nhs_hyphens)) {
        return is_nhs(reading->digits);
    }
    if (reading->hyphens != 0) {
        return false;
    }
    return (reading->count == NIR_LEN && is_nir(reading->digits)) ||
           (reading->count == NIR_KEYED_LEN && is_nir_keyed(reading->digits));
}

static bool take_digit(struct reading *reading, char c)
{
    bool corsica = reading->count == DEPARTMENT_AT && reading->digits[DEPARTMENT_AT - 1] == '2' &&
                   (c == 'A' || c == 'B' || c == 'a' || c == 'b');
    if (!cord_str_is_digit(c) && !corsica) {
        return false;
    }
    reading->digits[reading->count++] = corsica ? (char)(c & ~0x20) : c;
    return true;
}

bool cord_personal_number_at(cord_str text, size_t at, struct cord_personal_number *ret_number)
{
    struct reading reading = {.count = 0};
    bool found = false;
    size_t next = at;
    if (at >= text.len || !cord_str_is_digit(text.ptr[at]) || !begins_word(text, at)) {
        return false;
    }
    while (next < text.len && reading.count < CORD_PERSONAL_NUMBER_MAX) {
        size_t between = reading.count > 0 ? gap(text, next) : 0;
        if (between > 0 && text.ptr[next] == '-') {
            reading.hyphens |= 1u << reading.count;
        }
        next += between;
        if (next == text.len || !take_digit(&reading, text.ptr[next])) {
            break;
        }
        next++;
        if (ends_word(text, next) && is_number(&reading)) {
            *ret_number = (struct cord_personal_number){.at = at, .len = next - at};
            ret_number->normal_len =
                reading.count == NIR_KEYED_LEN ? (size_t)NIR_LEN : reading.count;
            memcpy(ret_number->normal, reading.digits, ret_number->normal_len);
            found = true; /* a longer one may still be right */
        }
    }
    return found;
}

bool cord_personal_number_find(cord_str text, size_t from, struct cord_personal_number *ret_number)
{
    for (; from < text.len; from++) {
        if (cord_personal_number_at(text, from, ret_number)) {
            return true;
        }
    }
    return false;
}
