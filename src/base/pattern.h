/*
 * pattern.h: a whole text against literal parts and wildcards.
 */
#ifndef CORD_BASE_PATTERN_H
#define CORD_BASE_PATTERN_H

#include "base/str.h"

enum cord_part_kind {
    CORD_PART_TEXT,
    CORD_PART_ANY, /* '*': any characters, none included, newlines included */
    CORD_PART_ONE, /* '?': exactly one code point */
};

struct cord_part {
    enum cord_part_kind kind;
    cord_str text; /* of CORD_PART_TEXT, not empty */
};

/* '*' stands for any characters, newlines too, '?' for one code point; a byte
 * that is no UTF-8 counts as one. Compares bytes: fold both sides first when
 * case does not count. Time is linear in the text but for '?' behind '*', where
 * it is at most text times pattern. Any thread. */
bool cord_pattern_matches(const struct cord_part *parts, size_t part_count, cord_str text);

/* The longest of the literal parts, the first of equals; "": there is none. */
cord_str cord_pattern_longest(const struct cord_part *parts, size_t part_count);

#endif
