/*
 * block_filter.h: what a search may know of a block without opening it.
 *
 * A Bloom filter of pieces of the words that the block's rows hold. A word is a
 * longest run of letters, digits, '_', '.' and '-', ASCII, case folded. Of each
 * word are in it
 *
 *   every stretch of five without a digit
 *   of stretches of six with a digit half; a quarter of those with letters
 *   the word itself, when it has two to five characters
 *
 * so that a text all of whose pieces are there may be in the block, and one of
 * which a piece is not there is in none of its rows: not in raw, nor in a value
 * once unescaped, whatever the case. What personal values say is in a filter of
 * its own, which is kept and expires with them.
 */
#ifndef CORD_EVIDENCE_BLOCK_FILTER_H
#define CORD_EVIDENCE_BLOCK_FILTER_H

#include "base/buf.h"

#define CORD_BLOCK_FILTER_HEAD_BYTES 24u

/* --- asking; any thread --- */

struct cord_block_filter {
    const char *bits;
    uint64_t bit_count; /* 0: nothing is known, everything may be there */
};

/* Borrows the bytes. CORD_E_FORMAT: damaged. */
CORD_MUST_USE cord_status cord_block_filter_open(cord_str bytes,
                                                 struct cord_block_filter *ret_filter,
                                                 struct cord_error *err);

/* The same of the filter in a block's personal part. A part without one gives a
 * filter in which nothing is. */
CORD_MUST_USE cord_status cord_block_filter_open_personal(cord_str personal,
                                                          struct cord_block_filter *ret_filter,
                                                          struct cord_error *err);

/* Where that filter is in a personal part of part_len bytes, by the part's first
 * bytes; *ret_len 0: it has none. CORD_E_FORMAT: damaged, or too few of them. */
CORD_MUST_USE cord_status cord_block_filter_find_personal(cord_str first, uint64_t part_len,
                                                          uint64_t *ret_at, uint64_t *ret_len);
/* One in which nothing is. */
struct cord_block_filter cord_block_filter_nothing(void);

/* A text that is looked for, prepared once for all blocks. */
struct cord_block_filter_query;

/* `whole`: the text is all of a value, not part of one. Case does not matter.
 * NULL when out of memory. */
struct cord_block_filter_query *cord_block_filter_query_new(cord_str text, bool whole);
void cord_block_filter_query_free(struct cord_block_filter_query *query);

/* False: no row of the block holds the text. personal may be NULL: the block
 * names nobody, or did. */
bool cord_block_filter_may_hold(const struct cord_block_filter *filter,
                                const struct cord_block_filter *personal,
                                const struct cord_block_filter_query *query);

/* The same of a block whose personal part has expired: words may have become
 * shorter, so that whole ones tell nothing. */
bool cord_block_filter_may_be_left(const struct cord_block_filter *filter,
                                   const struct cord_block_filter_query *query);

/* --- making; one thread at a time --- */

struct cord_block_filter_maker {
    uint64_t seed;
    unsigned char fold[256]; /* of word characters; below '-' for others */
    uint64_t *words;         /* hashes of words met lately */
    uint32_t *pieces;        /* hashes; the same may be there often */
    size_t piece_count;
    size_t piece_cap;
    struct cord_buf scratch;
    struct cord_buf folded;
    bool full;   /* too much for a filter: it will say that all may be there */
    bool failed; /* out of memory: what was put in is not all there was */
};

CORD_MUST_USE cord_status cord_block_filter_maker_init(struct cord_block_filter_maker *maker,
                                                       uint64_t seed);
void cord_block_filter_maker_done(struct cord_block_filter_maker *maker);
void cord_block_filter_maker_clear(struct cord_block_filter_maker *maker);

/* The text's words. It may be escaped JSON, or not. */
void cord_block_filter_maker_add(struct cord_block_filter_maker *maker, cord_str text);

/* The same, for texts that come again and again. */
void cord_block_filter_maker_add_once(struct cord_block_filter_maker *maker, cord_str text);

/* Appends the filter of all that was added, with at most so many bytes of bits. */
void cord_block_filter_maker_put(const struct cord_block_filter_maker *maker, size_t bytes_max,
                                 struct cord_buf *out);

#endif
