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
 * quotes and all backslashes. After Langdale and Lemire, "Parsing gigabytes of
 * JSON per second", 2019, section 3.1.1: adding the first bit of a run of
 * backslashes to the run carries into the byte behind it; the parity of first
 * and last place tells whether the run is odd. */
static inline uint64_t cord_json_index_unescaped(uint64_t quotes, uint64_t backslashes,
                                                 struct cord_json_index_carry *carry)
{
    const uint64_t even = 0x5555555555555555ULL;
    uint64_t runs = backslashes & ~carry->escaped;
    uint64_t starts = runs & ~(runs << 1);
    uint64_t past_even = runs + (starts & even);
    uint64_t past_odd;
    bool runs_on = __builtin_add_overflow(runs, starts & ~even, &past_odd);
    uint64_t escaped = ((past_even & ~even) | (past_odd & even)) & ~runs;
    escaped |= carry->escaped;
    carry->escaped = runs_on;
    return quotes & ~escaped;
}

/* Those of the quotes that have a backslash between them and the one before:
 * adding the backslashes to all that is not a quote carries into the next
 * quote. */
static inline uint64_t cord_json_index_flagged(uint64_t quotes, uint64_t backslashes,
                                               struct cord_json_index_carry *carry)
{
    uint64_t sum;
    bool over = __builtin_add_overflow(backslashes, ~quotes, &sum);
    over |= __builtin_add_overflow(sum, carry->backslash, &sum);
    carry->backslash = over;
    return sum & quotes;
}

#endif
