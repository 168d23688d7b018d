/*
 * decimal.h: numbers as decimal text, exact at any size.
 *
 * Logs write 4624, "4624", 4624.0 and 4.624e3 for the same thing, and ids
 * above 2^53 that a double would round. So numbers are compared digit by
 * digit. Pure; any thread.
 */
#ifndef CORD_BASE_DECIMAL_H
#define CORD_BASE_DECIMAL_H

#include "base/str.h"

/* Longest canonical text that is written out; numbers that would need more
 * (1e999) keep the text they came with. */
#define CORD_DECIMAL_BYTES 64

/* A number as sign * 0.DIGITS * 10^point, without leading or trailing zeros;
 * zero has no digits. Borrows the text it was read from. */
struct cord_decimal {
    bool negative;
    cord_str whole;    /* digits before the point, leading zeros taken off */
    cord_str fraction; /* digits behind it */
    int64_t exponent;
};

/* The whole text is a decimal number: sign, digits, fraction, exponent.
 * Neither hexadecimal nor blanks. */
bool cord_decimal_parse(cord_str text, struct cord_decimal *ret_decimal);

/* Below 0, 0 or above 0, as a is less than, equal to or greater than b. */
int cord_decimal_compare(const struct cord_decimal *a, const struct cord_decimal *b);

/* The shortest text without an exponent: "4624", "-0.5". In buffer, or `text`
 * itself when that is canonical already, no number, or too long to write. */
cord_str cord_decimal_canonical(cord_str text, char buffer[CORD_DECIMAL_BYTES]);

#endif
