/*
 * naive_query.h: a query against a row, as plainly as it can be written.
 *
 * Looks at every value of every row for every condition, in full; no order, no
 * memory of names, no short cut. Shares nothing with src/evidence but the tree;
 * of other rooms it trusts unescaping, folding, canonical numbers and times.
 */
#ifndef CORD_TESTS_KIT_NAIVE_QUERY_H
#define CORD_TESTS_KIT_NAIVE_QUERY_H

#include "evidence/query.h"
#include "evidence/rows.h"

bool naive_query_matches(const struct cord_query_node *node, const struct cord_rows *rows,
                         size_t at);

#endif
