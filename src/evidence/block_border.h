/*
 * block_border.h: a literal that lies across the borders of pieces of a text.
 *
 * The text is given piece by piece. State is which beginnings of the literal
 * the text so far ends with: bit k - 1 for its first k bytes. A literal all
 * inside one piece is not looked for here. ASCII, whatever the case.
 *
 * Pure; any thread.
 */
#ifndef CORD_EVIDENCE_BLOCK_BORDER_H
#define CORD_EVIDENCE_BLOCK_BORDER_H

#include "base/str.h"

/* Longer literals have more states than bits. */
#define CORD_BLOCK_BORDER_MAX 64u

struct cord_block_border {
    cord_str folded;
    uint64_t places[256]; /* by byte, either case: where the literal has it */
};

/* folded is ASCII, of 2 to CORD_BLOCK_BORDER_MAX bytes, and borrowed. */
void cord_block_border_init(struct cord_block_border *border, cord_str folded);

/* False: the literal does not begin at the piece's end. */
static inline bool cord_block_border_may_begin(const struct cord_block_border *border,
                                               cord_str piece)
{
    return piece.len > 0 && (border->places[(unsigned char)piece.ptr[piece.len - 1]] &
                             ((1ULL << (border->folded.len - 1)) - 1)) != 0;
}

/* The state behind `piece`, given the one before; *ret_done, never cleared, is
 * set when the literal that began before ends in the piece. */
uint64_t cord_block_border_step(const struct cord_block_border *border, uint64_t state,
                                cord_str piece, bool *ret_done);

/* The same without what begins in the piece. */
uint64_t cord_block_border_follow(const struct cord_block_border *border, uint64_t state,
                                  cord_str piece, bool *ret_done);

/* What is known of a set of pieces, one of which comes next. */
struct cord_block_border_any {
    uint64_t ends;                          /* states in which one of them ends the literal */
    uint64_t begins;                        /* states behind one of them whatever was before */
    uint64_t passes[CORD_BLOCK_BORDER_MAX]; /* by state: those it becomes */
};

void cord_block_border_put(const struct cord_block_border *border, cord_str piece,
                           struct cord_block_border_any *any);
/* Most pieces begin and end with what is nowhere in the literal. */
static inline void cord_block_border_add(const struct cord_block_border *border, cord_str piece,
                                         struct cord_block_border_any *any)
{
    if (piece.len == 0 || (border->places[(unsigned char)piece.ptr[0]] & ~1ULL) != 0 ||
        cord_block_border_may_begin(border, piece)) {
        cord_block_border_put(border, piece, any);
    }
}
/* As cord_block_border_step, for whichever piece of the set. */
uint64_t cord_block_border_step_any(const struct cord_block_border_any *any, uint64_t state,
                                    bool *ret_done);

#endif
