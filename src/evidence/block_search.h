/*
 * block_search.h: which rows of a block meet a query's condition?
 *
 * By columns: a condition is tried once a distinct value, and rows follow by
 * number. Of a conjunction the cheapest side goes first and the rest sees only
 * what is left, so that columns nobody needs are never unpacked. Free text is
 * looked for in the dictionary, between the values, and exactly across their
 * borders. What columns cannot decide - members of arrays, expressions over
 * whole records - is left to the plain way (query_match.h) on rows put together
 * again, and only for rows that depend on it. The answer is always that of the
 * plain way over every row.
 *
 * One thread. Memory: the block's columns that were asked for, a byte for each
 * distinct value tried, and at most CORD_BLOCK_SEARCH_REBUILT bytes of rows.
 */
#ifndef CORD_EVIDENCE_BLOCK_SEARCH_H
#define CORD_EVIDENCE_BLOCK_SEARCH_H

#include "base/cpu.h"
#include "evidence/block_column.h"
#include "evidence/query.h"
#include "evidence/range.h"

#define CORD_BLOCK_SEARCH_REBUILT ((size_t)64 << 20)

struct cord_block_search;

/* Borrows the query. NULL when out of memory. */
struct cord_block_search *cord_block_search_new(const struct cord_query *query, uint64_t seed,
                                                enum cord_cpu_level level);
void cord_block_search_free(struct cord_block_search *search);

/* Rows that match: bit n of word n / 64 is row n. They live until the next
 * call. CORD_E_FORMAT: the block is damaged. CORD_E_NOMEM, CORD_E_LIMIT. */
CORD_MUST_USE cord_status cord_block_search_run(struct cord_block_search *search,
                                                struct cord_block *block,
                                                const struct cord_range *range,
                                                const uint64_t **ret_rows, size_t *ret_count,
                                                struct cord_error *err);

/* Rows put together again so far, and rows left out because an expression met
 * its limit. */
uint64_t cord_block_search_rebuilt(const struct cord_block_search *search);
uint64_t cord_block_search_undecided(const struct cord_block_search *search);

#endif
