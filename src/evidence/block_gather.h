/*
 * block_gather.h: rows on their way into a block, put together by shape.
 *
 * A shape is what rows of equal layout share; each of its holes says which
 * column its values belong to. A column is what holes of one field or label
 * have in common, over all shapes. One thread at a time.
 */
#ifndef CORD_EVIDENCE_BLOCK_GATHER_H
#define CORD_EVIDENCE_BLOCK_GATHER_H

#include "base/arena.h"
#include "evidence/block_dictionary.h"
#include "evidence/block_filter.h"
#include "evidence/block_key.h"
#include "evidence/block_names.h"
#include "evidence/block_stencil.h"

/* Shapes that are tried before a row is laid out from nothing. */
#define CORD_BLOCK_GATHER_RECENT 4u

/* What a hole of a shape said in a row before. */
struct cord_block_slot {
    char head[16]; /* its first bytes; zeroes behind a short one */
    const char *ptr;
    uint32_t value; /* its number, or none */
    uint32_t len;   /* or none */
};

struct cord_block_pending;

struct cord_block_shape {
    const char *key; /* block_key.h */
    size_t key_len;
    uint64_t hash;
    struct cord_block_slot *slots; /* one a hole */
    uint32_t
        *guesses; /* one a hole: an earlier one that said the same in the row before, or none */
    uint32_t *columns; /* one a hole */
    uint32_t *joints;  /* holes across whose border a word may go */
    uint32_t joint_count;
    uint32_t hole_count;
    uint32_t row_count;
    const struct cord_block_stencil *stencil; /* or NULL */
    bool joined; /* a word may go across the border of a value that is no hole */
    struct cord_block_inserted *inserted; /* in order; the key has them */
    uint32_t inserted_count;
};

/* A hole that the shape got where its skeleton named somebody. */
struct cord_block_inserted {
    uint32_t hole;  /* the one it stands before, of those that rows have values for */
    uint32_t value; /* personal */
};

struct cord_block_family {
    uint64_t key; /* field, personal, label */
    uint32_t field;
    bool personal;
};

struct cord_block_gather {
    uint64_t seed;
    struct cord_arena *arena;
    struct cord_block_layout layout;
    struct cord_block_dictionary dictionary;
    struct cord_block_filter_maker filters[2]; /* of what stays, and of what is personal */

    struct cord_block_shape *shapes;
    size_t shape_count;
    size_t shape_cap;
    uint32_t *shape_slots; /* shape + 1, or 0 */
    size_t shape_slot_count;
    struct cord_buf key;                          /* scratch: of a row */
    uint32_t (*recent)[CORD_BLOCK_GATHER_RECENT]; /* shapes + 1 with stencils, the last met first */

    struct cord_block_family *columns;
    size_t column_count;
    size_t column_cap;
    uint32_t *column_slots;
    size_t column_slot_count;

    struct cord_block_pending *pending; /* scratch: values to be looked up */
    size_t pending_cap;
    uint32_t *row_shape; /* of each row, in their order */
    size_t row_count;
    size_t row_cap;
    uint32_t *values; /* of each row in turn, one a hole */
    size_t value_count;
    size_t value_cap;
    size_t span_count; /* of all rows */

    struct cord_block_names names; /* of persons; kept from block to block */
    uint32_t *stand_ins; /* of each value that rows have: what stands for it in the body, or none */
    size_t stand_in_cap;
    size_t row_value_count; /* values that rows have; stand-ins are behind them */
    bool any_hidden;        /* some value has a stand-in, or some shape an inserted hole */
};

CORD_MUST_USE cord_status cord_block_gather_init(struct cord_block_gather *gather, uint64_t seed);
void cord_block_gather_done(struct cord_block_gather *gather);
void cord_block_gather_clear(struct cord_block_gather *gather);

/* CORD_E_NOMEM, CORD_E_LIMIT:
 * too many shapes or values for one block. */
CORD_MUST_USE cord_status cord_block_gather_row(struct cord_block_gather *gather,
                                                const struct cord_row *row,
                                                const bool *is_personal);

/* When all rows are there: what they say goes into the filters. */
void cord_block_gather_words(struct cord_block_gather *gather);

#endif
