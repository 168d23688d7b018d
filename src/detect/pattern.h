/*
 * pattern.h: a whole text against literal parts and wildcards.
 */
#ifndef CORD_DETECT_PATTERN_H
#define CORD_DETECT_PATTERN_H

#include "detect/rule.h"

/* '*' stands for any characters, newlines too, '?' for one code point; a byte
 * that is no UTF-8 counts as one. Compares bytes: fold both sides first when
 * case does not count. Time is linear in the text but for '?' behind '*', where
 * it is at most text times pattern. Any thread. */
bool cord_pattern_matches(const struct cord_part *parts, size_t part_count, cord_str text);

#endif
