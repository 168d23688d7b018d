/* block_search_internal.h: what the files of block_search share. */
#ifndef CORD_EVIDENCE_BLOCK_SEARCH_INTERNAL_H
#define CORD_EVIDENCE_BLOCK_SEARCH_INTERNAL_H

#include "base/arena.h"
#include "base/buf.h"
#include "evidence/block_search.h"
#include "evidence/query_match.h"
#include "evidence/query_test.h"

/* A set of the block's rows. */
struct cord_block_set {
    uint64_t *words;
};

/* Verdicts on a column's distinct values, kept while one leaf is evaluated. */
struct cord_block_verdicts {
    const uint8_t *answers; /* enum cord_query_answer; NULL: not made */
    unsigned what;          /* kind and flags they are about */
    bool any;               /* one is not NO */
};

struct cord_block_text;

struct cord_block_search {
    const struct cord_query *query;
    enum cord_cpu_level level;
    uint64_t seed;
    struct cord_query_test *test;
    struct cord_query_match *match;
    struct cord_rows *rebuilt; /* NULL until needed */
    uint8_t *costs;            /* by number of node */
    struct cord_block_text *text;
    uint64_t rebuilt_count;

    /* The block at hand. */
    struct cord_block *block;
    struct cord_error *err;
    const struct cord_block_times *times;
    uint32_t row_count;
    size_t word_count;
    uint32_t *row_at; /* rows by shape, then rank */
    size_t row_cap;
    uint32_t *shape_start; /* in row_at; one more than shapes */
    uint8_t *shape_alive;  /* it has a row among those asked about */
    size_t shape_cap;
    struct cord_arena *arena;             /* for one leaf */
    struct cord_block_verdicts *verdicts; /* by column */
    size_t verdict_cap;
    uint8_t *fields; /* by field: what the leaf is about */
    size_t field_cap;
    struct cord_buf value; /* one that is put together */

    uint64_t **sets; /* a stack */
    size_t set_count;
    size_t set_used;
    size_t set_words; /* each has room for */
};

static inline void cord_block_set_put(uint64_t *set, uint32_t row)
{
    set[row / 64] |= 1ULL << (row % 64);
}

static inline bool cord_block_set_has(const uint64_t *set, uint32_t row)
{
    return (set[row / 64] >> (row % 64) & 1) != 0;
}

/* What a leaf asks, and where its answers go. What is not among may be in them, too. */
struct cord_block_ask {
    const struct cord_query_node *node;
    const uint64_t *among;
    uint64_t *yes;
    uint64_t *unknown;
};

/* An empty set, to be given back in reverse order; NULL when out of memory. */
uint64_t *cord_block_search_take(struct cord_block_search *search);
void cord_block_search_give(struct cord_block_search *search, size_t count);

/* The hole's value in the row of that rank. */
CORD_MUST_USE cord_status cord_block_search_hole(struct cord_block_search *search,
                                                 const struct cord_block_hole_at *hole,
                                                 uint32_t rank, cord_str *ret_text);

/* The skeleton's bytes before a hole. */
static inline uint32_t cord_block_search_before(const struct cord_block_form *shape, uint32_t hole)
{
    uint32_t bytes = 0;
    for (uint32_t h = 0; h <= hole; h++) {
        bytes += shape->holes[h].gap;
    }
    return bytes;
}

static inline bool cord_block_search_is_hole(const struct cord_block_span *span)
{
    return span->holes_end == span->holes + 1 && span->skeleton_end == span->skeleton;
}

/* Verdicts of the leaf on a column's values, made when needed. */
CORD_MUST_USE cord_status cord_block_search_verdicts(struct cord_block_search *search,
                                                     const struct cord_query_node *node,
                                                     uint32_t column, unsigned kind, unsigned flags,
                                                     const struct cord_block_verdicts **ret);

/* All rows of a shape. */
void cord_block_search_put_shape(const struct cord_block_search *search, uint32_t shape,
                                 uint64_t *set);
/* Rows of a shape by what their entries' answers are. */
CORD_MUST_USE cord_status cord_block_search_put_rows(struct cord_block_search *search,
                                                     uint32_t shape,
                                                     const struct cord_block_hole_at *hole,
                                                     const uint8_t *answers, uint64_t *yes,
                                                     uint64_t *unknown);

/* --- block_field.c --- */

/* A leaf with a field. */
CORD_MUST_USE cord_status cord_block_field_rows(struct cord_block_search *search,
                                                const struct cord_block_ask *ask);
/* Any value at all: CIDR without a field. */
CORD_MUST_USE cord_status cord_block_field_any(struct cord_block_search *search,
                                               const struct cord_block_ask *ask);

/* --- block_text.c --- */

struct cord_block_text *cord_block_text_new(const struct cord_query *query,
                                            enum cord_cpu_level level);
void cord_block_text_free(struct cord_block_text *text);
/* TEXT, and LIKE without a field. */
CORD_MUST_USE cord_status cord_block_text_rows(struct cord_block_search *search,
                                               const struct cord_block_ask *ask);

#endif
