/*
 * literal_find.h: one literal in a text, many positions at a time.
 */
#ifndef CORD_DETECT_LITERAL_FIND_H
#define CORD_DETECT_LITERAL_FIND_H

#include "base/cpu.h"
#include "base/str.h"

/* A literal and the two of its bytes that are looked for first: places in it
 * that seldom occur in logs. */
struct cord_literal_needle {
    const char *ptr;
    uint32_t len; /* not 0 */
    uint8_t rare[2];
};

/* Chooses rare. */
struct cord_literal_needle cord_literal_needle_of(cord_str literal);

/* Whether the text, with 80 readable bytes behind it, contains it. */
typedef bool cord_literal_find(const struct cord_literal_needle *needle, cord_str text);

cord_literal_find *cord_literal_find_at_level(enum cord_cpu_level level);

#endif
