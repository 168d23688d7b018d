/*
 * block_write.h: gathered rows as the bytes of a block.
 *
 * One thread at a time.
 */
#ifndef CORD_EVIDENCE_BLOCK_WRITE_H
#define CORD_EVIDENCE_BLOCK_WRITE_H

#include "evidence/block.h"
#include "evidence/block_gather.h"
#include "evidence/block_part.h"

/* A dictionary on its way into one part: the values in their order there. */
struct cord_block_pool {
    uint32_t *values; /* numbers in the gather's dictionary */
    size_t count;
    size_t cap;
};

struct cord_block_write_column;
struct cord_block_write_hole;

struct cord_block_write {
    struct ZSTD_CCtx_s *zstd;
    struct cord_block_part parts[2]; /* body and personal */
    struct cord_block_pool pools[2];
    struct cord_buf streams[2]; /* columns, up to a section's length */
    struct cord_buf directory;
    struct cord_buf scratch;
    uint32_t *runs; /* values by shape, then hole, then row */
    size_t run_cap;
    uint32_t *starts; /* of each shape, in runs */
    size_t start_cap;
    uint32_t *sources; /* of each hole of each shape: what fills it */
    size_t source_cap;
    uint32_t *numbers; /* of each value in its pool, or none yet */
    size_t number_cap;
    uint64_t *seen; /* of each value: the last column that had it << 32 | its number there */
    size_t seen_cap;
    uint32_t *slots; /* scratch: a small table */
    size_t slot_cap;
    int64_t *ints;
    size_t int_cap;
    uint32_t *values; /* of a column, by their numbers in it */
    size_t value_cap;
    uint32_t *locals; /* the column's values as these numbers */
    size_t local_cap;
    uint32_t *stands; /* of a column: its numbers of values that stand in for others */
    size_t stand_cap;
    size_t stand_count;
    uint32_t *hidden; /* the others, by their numbers in the column's patch */
    size_t hidden_cap;
    size_t hidden_count;
    uint32_t *patch; /* which of them the entries have */
    size_t patch_cap;
    size_t patch_count;
    struct cord_block_write_column *columns;
    size_t column_cap;
    struct cord_block_write_hole *order; /* by column, then shape */
    size_t order_cap;
    uint32_t column_count; /* that have values of their own */
    uint32_t *origins;     /* number in the block, by number in the rows; or none */
    size_t origin_cap;
    uint32_t *origin_list; /* the other way round */
    size_t origin_list_cap;
    uint32_t origin_count;
    uint32_t *fields;
    size_t field_cap;
    uint32_t *field_list;
    size_t field_list_cap;
    uint32_t field_count;
};

CORD_MUST_USE cord_status cord_block_write_init(struct cord_block_write *writer);
void cord_block_write_done(struct cord_block_write *writer);

/* Appends body and personal part; fills head->personal_bytes. */
CORD_MUST_USE cord_status cord_block_write_parts(struct cord_block_write *writer,
                                                 const struct cord_block_gather *gather,
                                                 const struct cord_rows *rows,
                                                 const uint32_t *which,
                                                 const struct cord_block_parts *parts,
                                                 struct cord_block_head *head);

#endif
