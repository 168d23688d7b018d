/*
 * rows_merge.h: many rows from others into one, their names looked up once.
 *
 * What cord_rows_copy does for one row; for thousands, fields and origins are
 * renumbered through a table. One thread.
 */
#ifndef CORD_EVIDENCE_ROWS_MERGE_H
#define CORD_EVIDENCE_ROWS_MERGE_H

#include "evidence/rows.h"

struct cord_rows_merge {
    struct cord_rows *to;
    const struct cord_rows *from;
    uint32_t *fields; /* UINT32_MAX: not looked up yet */
    uint32_t *origins;
    struct cord_span *spans; /* of one row */
    size_t span_cap;
};

/* `from` keeps its origins and fields as they are until _done. */
CORD_MUST_USE cord_status cord_rows_merge_init(struct cord_rows_merge *merge, struct cord_rows *to,
                                               const struct cord_rows *from);
void cord_rows_merge_done(struct cord_rows_merge *merge);

/* Errors as cord_rows_add. */
CORD_MUST_USE cord_status cord_rows_merge_row(struct cord_rows_merge *merge, size_t at);
/* As cord_rows_lend: `from` outlives `to`. */
CORD_MUST_USE cord_status cord_rows_merge_lend(struct cord_rows_merge *merge, size_t at);

#endif
