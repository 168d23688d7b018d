/*
 * query_match.h: does the condition of a query hold of a row?
 *
 * The plain way: row by row, value by value, node by node. Whatever is quicker
 * has to agree with it. One thread; borrows the query.
 */
#ifndef CORD_EVIDENCE_QUERY_MATCH_H
#define CORD_EVIDENCE_QUERY_MATCH_H

#include "evidence/query.h"
#include "evidence/rows.h"

struct cord_query_match;

/* NULL when out of memory. */
struct cord_query_match *cord_query_match_new(const struct cord_query *query);
void cord_query_match_free(struct cord_query_match *match);

/* From here on rows are of these, which are borrowed. To be said again after
 * they were reset. */
void cord_query_match_from(struct cord_query_match *match, const struct cord_rows *rows);

/* CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_query_match_row(struct cord_query_match *match, size_t at,
                                               bool *ret_matches);

/* Rows left out because an expression met its limit. */
uint64_t cord_query_match_undecided(const struct cord_query_match *match);

#endif
