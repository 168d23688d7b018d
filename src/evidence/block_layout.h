/*
 * block_layout.h: a row taken apart: a skeleton that many rows share, and holes
 * in it that hold what this row says.
 *
 * The row's text is piece, hole, piece, hole ... piece; the pieces together are
 * its skeleton. Where a value lies is told by how many holes and how many bytes
 * of skeleton stand before its start and its end, which is the same in all rows
 * of a shape however long their values are (block_key.h).
 *
 * One thread at a time.
 */
#ifndef CORD_EVIDENCE_BLOCK_LAYOUT_H
#define CORD_EVIDENCE_BLOCK_LAYOUT_H

#include "evidence/rows.h"

#define CORD_BLOCK_NO_FIELD 0xffffffu

/* Values shorter than this name nobody when they occur elsewhere in a row. */
#define CORD_BLOCK_PERSONAL_MIN 3u

struct cord_block_hole {
    uint32_t at; /* in the row's text */
    uint32_t len;
    uint32_t field; /* or CORD_BLOCK_NO_FIELD */
    uint32_t label; /* tells holes of one field apart that say different things */
    uint32_t personal;
};

/* Where a span lies. */
struct cord_block_place {
    uint32_t holes; /* before it */
    uint32_t skeleton;
    uint32_t holes_end; /* before its end */
    uint32_t skeleton_end;
};

struct cord_block_names;

struct cord_block_layout {
    struct cord_block_hole *holes; /* ascending, not overlapping */
    size_t hole_count;
    struct cord_block_place *places; /* one a span */
    const struct cord_row *row;
    bool cut;    /* a hole may begin or end in the middle of an escape, or of a word */
    bool marked; /* some hole is personal for what it says, not for its field */
    bool hides;  /* some fields are personal */
    struct cord_block_names *names; /* to which persons' values are added */

    /* Scratch. */
    const bool *is_personal;
    size_t hole_cap;
    size_t place_cap;
    struct cord_block_stretch *stretches;
    size_t stretch_count;
    size_t stretch_cap;
    struct cord_block_stretch *stack;
    size_t stack_cap;
    uint32_t *cuts;
    size_t cut_cap;
    struct cord_block_stretch *hidden;
    size_t hidden_count;
    size_t hidden_cap;
};

void cord_block_layout_init(struct cord_block_layout *layout);
void cord_block_layout_done(struct cord_block_layout *layout);

/* Fills holes and places; personal fields' values are added to the names.
 * What such a value says is hidden here where it may stand across holes;
 * elsewhere block_hide.c finds it. CORD_E_NOMEM, CORD_E_LIMIT. */
CORD_MUST_USE cord_status cord_block_layout_row(struct cord_block_layout *layout,
                                                const struct cord_row *row,
                                                const bool *is_personal);

/* How many holes end at or before that offset of the row's text. */
size_t cord_block_layout_holes_before(const struct cord_block_layout *layout, uint32_t at);

#endif
