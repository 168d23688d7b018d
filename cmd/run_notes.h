/*
 * run_notes.h: what a reader must know of a run before trusting its counts:
 * what was left out, evicted or not fully evaluated.
 */
#ifndef CORD_CMD_RUN_NOTES_H
#define CORD_CMD_RUN_NOTES_H

#include "wire/scan.h"

#include "base/buf.h"

/* One sentence a line; nothing when there is nothing to say. */
void run_notes_put(const struct cord_scan_totals *totals, struct cord_buf *out);

#endif
