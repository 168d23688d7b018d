/*
 * csv_cell.h: one cell of a table for spreadsheets, RFC 4180.
 */
#ifndef CORD_CMD_CSV_CELL_H
#define CORD_CMD_CSV_CELL_H

#include "base/buf.h"

/* With the comma behind it, or with the end of the line. */
void csv_cell_put(struct cord_buf *buf, cord_str value, bool last);

#endif
