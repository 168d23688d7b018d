/*
 * block.h: some thousand rows of one organisation and source, packed.
 *
 * Rows are grouped by shape: the bytes between their values, and the fields
 * those values have. What is stored is each shape once and its values by
 * column, so that an event costs what it says and not how it says it; raw bytes
 * come back exactly. Packed, a block is three stretches of bytes that a file
 * may keep apart: the body; the values that name or locate a person, which may
 * be thrown away before the rest; and the filter by which a search can know
 * that it need not open the block. docs/evidence-format.md has every byte.
 *
 * A packer and an opened block belong to one thread each.
 */
#ifndef CORD_EVIDENCE_BLOCK_H
#define CORD_EVIDENCE_BLOCK_H

#include "base/buf.h"
#include "evidence/rows.h"

/* In the most rows and bytes of raw that go into one block. */
#define CORD_BLOCK_ROWS_MAX 65536u
#define CORD_BLOCK_RAW_MAX  (256u << 20)

/* What a person's value is replaced by once it has expired. */
#define CORD_BLOCK_EXPIRED "[expired]"

struct cord_block_packer;

/* NULL when out of memory. */
struct cord_block_packer *cord_block_packer_new(uint64_t seed);
void cord_block_packer_free(struct cord_block_packer *packer);

/* The names of persons in a row that goes into a later block: what they say is
 * cut out of the blocks before, too. What a packer has met it knows until it
 * forgets. CORD_E_NOMEM, CORD_E_LIMIT. */
CORD_MUST_USE cord_status cord_block_packer_learn(struct cord_block_packer *packer,
                                                  const struct cord_row *row,
                                                  const bool *is_personal);
void cord_block_packer_forget(struct cord_block_packer *packer);

/* What a block says of itself without being opened. */
struct cord_block_head {
    uint32_t row_count;
    uint32_t origin_count;
    int64_t when_min_ns; /* cord_row_when */
    int64_t when_max_ns;
    int64_t received_min_ns;
    int64_t received_max_ns;
    uint64_t sequence_min;
    uint64_t sequence_max;
    uint64_t raw_bytes;
    uint64_t personal_bytes; /* packed; 0: the block names nobody */
};

struct cord_block_parts {
    struct cord_buf *body;
    struct cord_buf *personal;
    struct cord_buf *filter;
    struct cord_buf *summary; /* nothing is appended when there is little to say */
};

/* Appends one block of the rows `which[0..count)`, in that order, to the parts.
 * is_personal[field] (one a field of the rows) says which values go into the
 * personal part, and whose names do wherever they stand. CORD_E_LIMIT: too many for one block, or a
 * part is full; the parts are as they were. */
CORD_MUST_USE cord_status cord_block_pack(struct cord_block_packer *packer,
                                          const struct cord_rows *rows, const uint32_t *which,
                                          size_t count, const bool *is_personal,
                                          const struct cord_block_parts *parts,
                                          struct cord_block_head *ret_head);

struct cord_block;

/* Opens a packed block; borrows the bytes. personal.ptr NULL: it has expired,
 * and its values read CORD_BLOCK_EXPIRED. Unpacks nothing but the directory;
 * columns are unpacked when they are asked for, and their checksums tested
 * then. CORD_E_FORMAT: damaged; err says where. */
CORD_MUST_USE cord_status cord_block_open(cord_str body, cord_str personal,
                                          struct cord_block **ret_block, struct cord_error *err);
void cord_block_close(struct cord_block *block);

const struct cord_block_head *cord_block_head(const struct cord_block *block);

/* Appends the rows `which[0..count)` (ascending; NULL: all) to `rows`. */
CORD_MUST_USE cord_status cord_block_unpack(struct cord_block *block, const uint32_t *which,
                                            size_t count, struct cord_rows *rows,
                                            struct cord_error *err);

#endif
