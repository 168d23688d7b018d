/*
 * block_summarise.h: what the fields of a block say and how often, put together
 * while it is packed; block_summary.h reads it.
 *
 * Only of values that stay: a field of which one value is personal is not
 * counted. Nor is one that has several values in a row, or whose values are not
 * whole holes, or are many. One thread at a time.
 */
#ifndef CORD_EVIDENCE_BLOCK_SUMMARISE_H
#define CORD_EVIDENCE_BLOCK_SUMMARISE_H

#include "evidence/block_gather.h"
#include "evidence/block_write.h"

struct cord_block_summarise;

/* NULL when out of memory. */
struct cord_block_summarise *cord_block_summarise_new(void);
void cord_block_summarise_free(struct cord_block_summarise *maker);

/* The rows of a block whose parts have just been written. */
struct cord_block_summarise_rows {
    const struct cord_block_gather *gather;
    const struct cord_block_write *writer;
    const struct cord_rows *rows;
    const uint32_t *which;
    const struct cord_block_head *head;
};

/* Appends the summary, which takes about so many bytes at most; nothing when
 * that is too few, or when there is too much to say. CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_block_summarise_put(struct cord_block_summarise *maker,
                                                   const struct cord_block_summarise_rows *from,
                                                   size_t bytes_max, struct cord_buf *out);

#endif
