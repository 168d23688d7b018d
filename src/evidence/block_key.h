/*
 * block_key.h: what rows of one shape have in common, as bytes to be compared.
 *
 * Rows of equal key have one shape. One thread at a time.
 */
#ifndef CORD_EVIDENCE_BLOCK_KEY_H
#define CORD_EVIDENCE_BLOCK_KEY_H

#include "base/buf.h"
#include "evidence/block_layout.h"

/* What is in a shape's key, in this order: the head, the holes, the values, the skeleton. */
struct cord_block_key {
    uint32_t origin;
    uint32_t raw_holes; /* before the end of raw */
    uint32_t raw_skeleton;
    uint32_t skeleton_len;
    uint32_t hole_count;
    uint32_t span_count;
    uint32_t cut; /* which borders words may go across is looked at otherwise */
    uint16_t role[CORD_ROLE_COUNT];
};
struct cord_block_key_hole {
    uint32_t gap;  /* skeleton since the hole before */
    uint32_t kind; /* of field, label and personal, well mixed */
};
/* A span that is one hole needs no more said of its place. */
struct cord_block_key_span {
    uint32_t what;  /* field, kind << 24, flags << 28 */
    uint32_t holes; /* before it; CORD_BLOCK_KEY_PLACED: a struct cord_block_place follows */
};
#define CORD_BLOCK_KEY_PLACED 0x80000000U

void cord_block_key_init(struct cord_buf *key);

/* The key of the row that was laid out last, in place of what the buffer held. CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_block_key_make(const struct cord_block_layout *layout,
                                              struct cord_buf *key);

#endif
