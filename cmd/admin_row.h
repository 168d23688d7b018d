/*
 * admin_row.h: one line of output, as a JSON object or as a row of a table.
 */
#ifndef CORD_CMD_ADMIN_ROW_H
#define CORD_CMD_ADMIN_ROW_H

#include "base/buf.h"

#include <stdint.h>

struct admin_row {
    struct cord_buf line; /* as JSON: see json_line.h */
    bool json;
};

/* Columns of a table; a character that a terminal would obey becomes '?'. */
void admin_row_pad(struct admin_row *row, cord_str text, size_t width);
void admin_row_pad_number(struct admin_row *row, uint64_t number, size_t width);
void admin_row_pad_time(struct admin_row *row, int64_t time_ns);

/* Ends the line and writes it. */
CORD_MUST_USE cord_status admin_row_print(struct admin_row *row, struct cord_error *err);

#endif
