/*
 * block_hide.h: names of persons, taken out of what is no person's value.
 *
 * The values of a person's own fields are personal as a whole (block_layout.h).
 * Where else their names stand, they are cut out: a value of the dictionary that
 * holds some is itself kept in the personal part, and in the body stands what is
 * left of it; and in a shape's skeleton the name becomes a hole, whose value is
 * in the personal part. Both are looked for once a value and once a shape, not
 * once a row.
 *
 * One thread at a time.
 */
#ifndef CORD_EVIDENCE_BLOCK_HIDE_H
#define CORD_EVIDENCE_BLOCK_HIDE_H

#include "evidence/block_gather.h"

/* When all rows are gathered and before their words are taken: fills
 * gather->stand_ins, and the shapes' inserted holes. What fields are called is
 * no name. CORD_E_NOMEM, CORD_E_LIMIT. */
CORD_MUST_USE cord_status cord_block_hide(struct cord_block_gather *gather);

#endif
