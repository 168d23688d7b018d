/*
 * fixed.h: decimal numbers added and compared without rounding.
 *
 * A sum that slides over millions of values must not drift, and a threshold
 * must hold to the last digit: so numbers are integers in units of 1e-9.
 * Magnitudes below 2^63 fit, and so does the sum of 2^33 of them. Any thread.
 */
#ifndef CORD_BASE_FIXED_H
#define CORD_BASE_FIXED_H

#include "base/str.h"

__extension__ typedef __int128 cord_fixed;

#define CORD_FIXED_ONE ((cord_fixed)1000000000)

/* Magnitudes are below it. */
#define CORD_FIXED_LIMIT (((cord_fixed)1 << 63) * CORD_FIXED_ONE)

/* Room for any value with sign, point, nine decimals and NUL. */
#define CORD_FIXED_TEXT 64

/* The whole text as a decimal number: sign, digits, point, exponent. Digits
 * past the ninth decimal are cut off. False for anything else (hexadecimal,
 * "inf", blanks inside) and for magnitudes of 2^63 and above. */
bool cord_fixed_parse(cord_str text, cord_fixed *ret_value);

/* Shortest decimal text: "12", "-0.5". */
cord_str cord_fixed_format(cord_fixed value, char buffer[CORD_FIXED_TEXT]);

#endif
