/*
 * rows_image.h: rows as bytes that stand by themselves, for the spool.
 *
 * The origins and names of fields come before the rows that use them.
 * Uncompressed: it is written once, read only after a crash, and soon
 * replaced by blocks. docs/evidence-format.md has every byte. Pure.
 */
#ifndef CORD_EVIDENCE_ROWS_IMAGE_H
#define CORD_EVIDENCE_ROWS_IMAGE_H

#include "base/buf.h"
#include "evidence/rows.h"

/* Appends all rows, but for their sequence numbers. CORD_E_LIMIT: the buffer
 * is full, or out of memory; what was appended is gone again. */
CORD_MUST_USE cord_status cord_rows_image_write(const struct cord_rows *rows,
                                                struct cord_buf *image);

/* Adds the rows of an image to rows that have none yet (fresh or reset), numbered
 * from `first`. CORD_E_FORMAT: not an image. CORD_E_LIMIT, CORD_E_NOMEM: the
 * rows are full. On failure some may have been added: reset. */
CORD_MUST_USE cord_status cord_rows_image_read(cord_str image, uint64_t first,
                                               struct cord_rows *rows);

#endif
