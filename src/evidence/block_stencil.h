/*
 * block_stencil.h: a row laid out as others of its shape were.
 *
 * What a shape's rows have in common stands where the shape says, and what is
 * between is holes: so a row is laid out by comparing, without looking for what
 * varies in it. Whatever comes out of it has that shape, and gives the row
 * back exactly; a row that does not fit is laid out from nothing. One thread at a time.
 */
#ifndef CORD_EVIDENCE_BLOCK_STENCIL_H
#define CORD_EVIDENCE_BLOCK_STENCIL_H

#include "base/arena.h"
#include "evidence/block_layout.h"

struct cord_block_stencil;

/* Of the row that was laid out last, whose key this is; lives as long as the
 * arena. *ret_stencil is NULL where one piece of text alone does not tell where
 * a hole ends, or where the layout goes by whom the row names. CORD_E_NOMEM, CORD_E_LIMIT. */
CORD_MUST_USE cord_status cord_block_stencil_make(const struct cord_block_layout *layout,
                                                  cord_str key, bool places,
                                                  struct cord_arena *arena,
                                                  struct cord_block_stencil **ret_stencil);

/* False: the row is another. True: its holes are the layout's, but for their
 * fields and labels, and its places, if they were wanted when the stencil was
 * made; who is named in them was not looked at. */
CORD_MUST_USE bool cord_block_stencil_lay(const struct cord_block_stencil *stencil,
                                          struct cord_block_layout *layout,
                                          const struct cord_row *row, const bool *is_personal);

/* Then who is: added to the layout's names. *ret_same: all of it is in holes that
 * are personal anyway; else the row has to be laid out from nothing. CORD_E_NOMEM,
 * CORD_E_LIMIT. */
CORD_MUST_USE cord_status cord_block_stencil_hide(const struct cord_block_stencil *stencil,
                                                  struct cord_block_layout *layout, bool *ret_same);

/* The same for rows of one shape, and mostly another for others. */
uint32_t cord_block_stencil_guess(const struct cord_row *row);

#endif
