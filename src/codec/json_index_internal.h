/*
 * json_index_internal.h: where the quotes and line ends of a JSON text are.
 *
 * An entry for every '"' that no backslash escapes and for every line feed,
 * in order: its offset, and CORD_JSON_INDEX_FLAG on each line feed, and on a
 * quote when a backslash stands between it and the quote before. So an entry
 * that equals an offset is a quote. What lies outside strings
 * is short and is looked at byte by byte; only strings need an index. It knows
 * nothing of structure, so that reading can start again at any place.
 *
 * All variants write the same entries. They may read 63 bytes beyond `to` and
 * write 16 entries beyond the last.
 */
#ifndef CORD_CODEC_JSON_INDEX_INTERNAL_H
#define CORD_CODEC_JSON_INDEX_INTERNAL_H

#include "base/cpu.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CORD_JSON_INDEX_FLAG  0x80000000u
#define CORD_JSON_INDEX_AT    0x7fffffffu
#define CORD_JSON_INDEX_SLACK 16 /* entries */

/* What one stretch hands to the next. Zero at a place outside of strings. */
struct cord_json_index_carry {
    uint64_t escaped;   /* 1: the next byte stands behind a backslash that escapes it */
    uint64_t backslash; /* 1: a backslash since the last quote */
    bool high;          /* a byte above 0x7f was met; never cleared here */
};

/* Entries of text[from, to), to < 2 GiB; returns how many. The stretch is a
 * multiple of 64 bytes or the text's last, after which carry is not used. */
typedef size_t cord_json_index_fn(const char *text, size_t from, size_t to,
                                  struct cord_json_index_carry *carry, uint32_t *entries);

cord_json_index_fn cord_json_index_scalar;
#if CORD_CPU_X86
cord_json_index_fn cord_json_index_avx2;
cord_json_index_fn cord_json_index_avx512;
#endif

cord_json_index_fn *cord_json_index_at_level(enum cord_cpu_level level);

/* The quotes of 64 bytes that end a string or begin one, given the bits of all
 * quotes and all backslashes. Backslashes of a run take turns in escaping and
 * being escaped. Subtracting a run from itself moved up by one leaves its first
 * bit and the one behind its last; where the bits at odd places are set
 * beforehand, the difference turns every second bit of the run, from the first
 * on, into one that escapes, whether the run began at an odd place or not. The
 * idea is Keiser's and Lemire's (simdjson's escape scanner). */
static inline uint64_t cord_json_index_unescaped(uint64_t quotes, uint64_t backslashes,
                                                 struct cord_json_index_carry *carry)
{
    const uint64_t odd = 0xaaaaaaaaaaaaaaaaULL;
    uint64_t first = carry->escaped;
    uint64_t runs = backslashes & ~first;
    uint64_t turns = ((runs << 1 | odd) - runs) ^ odd;
    uint64_t escaped = turns ^ (backslashes | first);
    carry->escaped = (turns & backslashes) >> 63;
    return quotes & ~escaped;
}

/* Those of the quotes that have a backslash between them and the one before:
 * adding the backslashes to all that is not a quote carries into the next
 * quote. One from before the block counts as its first byte. */
static inline uint64_t cord_json_index_flagged(uint64_t quotes, uint64_t backslashes,
                                               struct cord_json_index_carry *carry)
{
    uint64_t sum;
    carry->backslash = __builtin_add_overflow(backslashes | carry->backslash, ~quotes, &sum);
    return sum & quotes;
}

#endif
