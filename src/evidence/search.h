/*
 * search.h: a query over the embedded store.
 *
 * Blocks that by time, organisation, source, class or filter cannot hold a
 * matching row are not opened; the others are searched by columns
 * (block_search.h), several at a time, newest first. Rows that are in no block
 * yet are searched one by one. What cannot be read is counted as damaged and
 * told, and the search goes on.
 *
 * Any thread. Memory of a search: for each of its threads the columns of a block
 * and CORD_BLOCK_SEARCH_REBUILT + CORD_SEARCH_ROWS_BYTES of rows, and what
 * search_run.h says.
 */
#ifndef CORD_EVIDENCE_SEARCH_H
#define CORD_EVIDENCE_SEARCH_H

#include "evidence/evidence.h"

struct cord_store;

/* As struct cord_evidence_ops.search. */
CORD_MUST_USE cord_status cord_search_store(
    struct cord_store *store, const struct cord_query *query,
    const struct cord_search_options *options, const struct cord_search_sink *sink,
    struct cord_tally *tally, struct cord_search_progress *ret_progress, struct cord_error *err);

#endif
