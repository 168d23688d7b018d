/*
 * search_filter.h: a query against the filters of blocks.
 *
 * Prepared once a search, then any thread.
 */
#ifndef CORD_EVIDENCE_SEARCH_FILTER_H
#define CORD_EVIDENCE_SEARCH_FILTER_H

#include "evidence/block_filter.h"
#include "evidence/query.h"

struct cord_search_filter;

/* Borrows the query. NULL when out of memory. */
struct cord_search_filter *cord_search_filter_new(const struct cord_query *query);
void cord_search_filter_free(struct cord_search_filter *filter);

/* False: filters have nothing to say about this query. */
bool cord_search_filter_is_useful(const struct cord_search_filter *filter);

/* What is known of a block. */
struct cord_search_filter_block {
    const struct cord_block_filter *body;
    const struct cord_block_filter *personal; /* NULL: it names nobody, or did */
    bool expired;                             /* it did */
};

/* False: no row of the block meets the condition. */
bool cord_search_filter_may_hold(const struct cord_search_filter *filter,
                                 const struct cord_search_filter_block *block);

#endif
