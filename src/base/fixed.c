/* fixed.c: see fixed.h. */
#include "base/fixed.h"

#define DECIMALS     9
#define DIGITS_MAX   19 /* of a number below 2^63 */
#define EXPONENT_MAX 400

struct scan {
    cord_str text;
    size_t at;
};

static bool take(struct scan *scan, char c)
{
    if (scan->at < scan->text.len && scan->text.ptr[scan->at] == c) {
        scan->at++;
        return true;
    }
    return false;
}

static cord_str take_digits(struct scan *scan)
{
    size_t from = scan->at;
    while (scan->at < scan->text.len && cord_str_is_digit(scan->text.ptr[scan->at])) {
        scan->at++;
    }
    return cord_str_slice(scan->text, from, scan->at - from);
}

/* Exponents past the bound all mean "far too large" or "nothing left". */
static bool take_exponent(struct scan *scan, int *ret_exponent)
{
    *ret_exponent = 0;
    if (!take(scan, 'e') && !take(scan, 'E')) {
        return true;
    }
    bool negative = take(scan, '-');
    if (!negative) {
        (void)take(scan, '+');
    }
    cord_str digits = take_digits(scan);
    int value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        value = value * 10 + (digits.ptr[i] - '0');
        value = value < EXPONENT_MAX ? value : EXPONENT_MAX;
    }
    *ret_exponent = negative ? -value : value;
    return digits.len > 0;
}

static bool push_digit(cord_fixed *value, char digit)
{
    const cord_fixed limit = (cord_fixed)INT64_MAX * CORD_FIXED_ONE + (CORD_FIXED_ONE - 1);
    cord_fixed next = *value * 10 + (digit - '0');
    if (next > limit) {
        return false;
    }
    *value = next;
    return true;
}

/* The digits of whole and fraction are one row; those before place `point` of
 * it count whole, and nine more are kept. */
static bool assemble(cord_str whole, cord_str fraction, int exponent, cord_fixed *ret_value)
{
    cord_fixed value = 0;
    ptrdiff_t count = (ptrdiff_t)(whole.len + fraction.len);
    ptrdiff_t keep = (ptrdiff_t)whole.len + exponent + DECIMALS;
    for (ptrdiff_t i = 0; i < keep && i < count; i++) {
        size_t at = (size_t)i;
        char digit = at < whole.len ? whole.ptr[at] : fraction.ptr[at - whole.len];
        if (!push_digit(&value, digit)) {
            return false;
        }
    }
    for (ptrdiff_t i = count; i < keep && value != 0; i++) {
        if (!push_digit(&value, '0')) {
            return false;
        }
    }
    *ret_value = value;
    return true;
}

bool cord_fixed_parse(cord_str text, cord_fixed *ret_value)
{
    struct scan scan = {.text = text};
    int exponent = 0;
    bool negative = take(&scan, '-');
    if (!negative) {
        (void)take(&scan, '+');
    }
    cord_str whole = take_digits(&scan);
    cord_str fraction = {0};
    if (take(&scan, '.')) {
        fraction = take_digits(&scan);
    }
    if (whole.len + fraction.len == 0 || !take_exponent(&scan, &exponent) || scan.at != text.len) {
        return false;
    }
    cord_fixed value = 0;
    if (!assemble(whole, fraction, exponent, &value)) {
        return false;
    }
    *ret_value = negative ? -value : value;
    return true;
}

cord_str cord_fixed_format(cord_fixed value, char buffer[CORD_FIXED_TEXT])
{
    size_t at = CORD_FIXED_TEXT - 1;
    bool negative = value < 0;
    bool significant = false;
    buffer[at] = '\0';
    for (int place = 0; place <= DECIMALS || value != 0; place++) {
        int digit = (int)(value % 10);
        value /= 10;
        if (place == DECIMALS && significant) {
            buffer[--at] = '.';
        }
        significant = significant || digit != 0 || place >= DECIMALS;
        if (significant) {
            buffer[--at] = (char)('0' + (digit < 0 ? -digit : digit));
        }
    }
    if (negative) {
        buffer[--at] = '-';
    }
    return (cord_str){buffer + at, CORD_FIXED_TEXT - 1 - at};
}
