/* literal_raw_internal.h: the filter over raw records and its variants. */
#ifndef CORD_DETECT_LITERAL_RAW_INTERNAL_H
#define CORD_DETECT_LITERAL_RAW_INTERNAL_H

#include "detect/literal_internal.h"

struct cord_literal_raw_filter {
    /* By position and byte & 63: the buckets that have such a byte there. */
    _Alignas(64) uint8_t codes[CORD_LITERAL_POSITIONS][64];
    /* The same by halves of the byte, twice for two vector lanes. */
    _Alignas(32) uint8_t low[CORD_LITERAL_POSITIONS][32];
    _Alignas(32) uint8_t high[CORD_LITERAL_POSITIONS][32];
};

/* What a block of 64 positions reads. */
enum { CORD_LITERAL_RAW_READS = CORD_LITERAL_BLOCK + CORD_LITERAL_POSITIONS - 1 };

/* The first of the blocks from `from` on, each CORD_LITERAL_BLOCK behind the one
 * before, that is all in the text and where something passes, as
 * cord_literal_next; else the first that is not all in the text. The high bit
 * of *high is set when a block that was looked at has a byte above 0x7f. */
typedef size_t cord_literal_raw_next(const struct cord_literal_raw_filter *filter, cord_str text,
                                     size_t from, uint64_t *ret_mask,
                                     uint8_t ret_buckets[CORD_LITERAL_BLOCK], unsigned char *high);

cord_literal_raw_next *cord_literal_raw_next_at_level(enum cord_cpu_level level);

#endif
