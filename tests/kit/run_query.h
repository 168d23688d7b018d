/*
 * run_query.h: a query over rows, its result as text.
 */
#ifndef CORD_TESTS_KIT_RUN_QUERY_H
#define CORD_TESTS_KIT_RUN_QUERY_H

#include "evidence/tally.h"

/* Appends the table, a line a row with '|' between cells and '-' for none; or
 * the events, a line each with their raw bytes. */
void run_query_print(const struct cord_tally *tally, struct cord_buf *out);

/* Matching rows into `parts` tallies in turn, merged, finished and printed. The
 * query needs a tally. */
struct cord_tally_stats run_query(const struct cord_query *query, const struct cord_rows *rows,
                                  const struct cord_tally_options *options, size_t parts,
                                  struct cord_buf *out);

#endif
