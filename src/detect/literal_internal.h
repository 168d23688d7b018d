/* literal_internal.h: the filter's tables and its variants. */
#ifndef CORD_DETECT_LITERAL_INTERNAL_H
#define CORD_DETECT_LITERAL_INTERNAL_H

#include "base/cpu.h"
#include "base/str.h"

enum { CORD_LITERAL_POSITIONS = 4, CORD_LITERAL_BLOCK = 64 };

struct cord_literal_filter {
    /* By position and byte & 127: the buckets that have the byte there. */
    _Alignas(64) uint8_t bytes[CORD_LITERAL_POSITIONS][128];
    /* Likewise by byte & 63, which takes one look-up instead of two: what is for
     * one byte is for those 64 and 128 from it, too. */
    _Alignas(64) uint8_t codes[CORD_LITERAL_POSITIONS][64];
    /* The same by halves of the byte, twice for two vector lanes: buckets may
     * be in both for a byte that they do not have. */
    _Alignas(32) uint8_t low[CORD_LITERAL_POSITIONS][32];
    _Alignas(32) uint8_t high[CORD_LITERAL_POSITIONS][32];
};

/* The first block of 64 positions, counted from `from`, where a literal may
 * begin: its place, or text.len when there is none. Bit i of *ret_mask: the
 * buckets ret_buckets[i] may begin at its byte i. 67 bytes from the last
 * block's begin on are readable. */
typedef size_t cord_literal_next(const struct cord_literal_filter *filter, cord_str text,
                                 size_t from, uint64_t *ret_mask,
                                 uint8_t ret_buckets[CORD_LITERAL_BLOCK]);

/* few: the variant for few literals, where there is one. */
cord_literal_next *cord_literal_next_at_level(enum cord_cpu_level level, bool few);

#endif
