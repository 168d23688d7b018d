/*
 * row_json.h: what a query finds as JSON objects: events, or rows of its table.
 *
 * One thread at a time.
 */
#ifndef CORD_EVIDENCE_ROW_JSON_H
#define CORD_EVIDENCE_ROW_JSON_H

#include "base/buf.h"
#include "evidence/query.h"
#include "evidence/rows.h"
#include "evidence/tally.h"

struct cord_row_json;

/* Events with the fields that the query chooses, or whole. Borrows the query, which may be
 * NULL: whole. NULL when out of memory. */
struct cord_row_json *cord_row_json_new(const struct cord_query *query);
void cord_row_json_free(struct cord_row_json *json);

/* Appends an event; id "" when it has none. CORD_E_NOMEM; what the buffer cannot hold is its
 * failure. */
CORD_MUST_USE cord_status cord_row_json_write(struct cord_row_json *json,
                                              const struct cord_rows *rows, size_t at, cord_str id,
                                              struct cord_buf *out);

/* Appends one row of a table. */
void cord_row_json_cells(const struct cord_tally_table *table, size_t row, struct cord_buf *out);

#endif
