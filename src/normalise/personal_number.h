/*
 * personal_number.h: numbers that are one person's, found in any text.
 *
 * The NHS number (10 digits, the last a check digit modulo 11: NHS Data Dictionary)
 * and the French NIR, which is the INS, too (13 characters and a key of 2 digits, 97
 * less the number modulo 97; 2A and 2B of Corsica count as 19 and 18). One of 13
 * without its key is told by sex and month.
 *
 * Whole words only: no letter or digit beside them, but for a %XX of an URL. Blanks or no-break
 * spaces may stand anywhere in between, one at a time; hyphens where an NHS number has
 * them (3-3-4). One of eleven numbers of 10 digits is right by chance: nobody's
 * number taken for somebody's is the harmless mistake of the two. Pure; any thread.
 */
#ifndef CORD_NORMALISE_PERSONAL_NUMBER_H
#define CORD_NORMALISE_PERSONAL_NUMBER_H

#include "base/str.h"

#define CORD_PERSONAL_NUMBER_MAX 15

struct cord_personal_number {
    size_t at; /* in the text */
    size_t len;
    char
        normal[CORD_PERSONAL_NUMBER_MAX]; /* digits alone, without a NIR's key; A and B are large */
    size_t normal_len;
};

/* The next one that begins at or behind `from`. */
bool cord_personal_number_find(cord_str text, size_t from, struct cord_personal_number *ret_number);
/* One that begins at `at`. */
bool cord_personal_number_at(cord_str text, size_t at, struct cord_personal_number *ret_number);

#endif
