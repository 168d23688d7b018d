/*
 * search_summary.h: a query against the summaries of blocks: which of them need
 * not be opened, since no row matches or since groups are all that is wanted
 * and the summary has them.
 *
 * Exact or silent: whatever a summary cannot tell for sure is left to the block.
 * One thread.
 */
#ifndef CORD_EVIDENCE_SEARCH_SUMMARY_H
#define CORD_EVIDENCE_SEARCH_SUMMARY_H

#include "evidence/search_skip.h"
#include "evidence/tally.h"

struct cord_search_summary;

/* Borrows both. tally: takes groups (cord_tally_keys), or NULL: rows are wanted.
 * NULL when out of memory. */
struct cord_search_summary *cord_search_summary_new(const struct cord_query *query,
                                                    const struct cord_tally *tally);
void cord_search_summary_free(struct cord_search_summary *summary);

/* False: summaries have nothing to say about this query. */
bool cord_search_summary_is_useful(const struct cord_search_summary *summary);

enum cord_search_summary_answer {
    CORD_SEARCH_SUMMARY_UNKNOWN, /* the block is to be opened */
    CORD_SEARCH_SUMMARY_NOTHING, /* no row matches */
    CORD_SEARCH_SUMMARY_COUNTED, /* the groups are there */
};

/* bytes: the block's summary. inside: all its rows are in the range that is
 * asked for; else only "nothing" is an answer. A damaged summary knows nothing.
 * CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_search_summary_ask(struct cord_search_summary *summary,
                                                  const struct cord_search_skip_block *block,
                                                  cord_str bytes, bool inside,
                                                  enum cord_search_summary_answer *ret_answer);

/* Of the last block, when it was counted. */
uint64_t cord_search_summary_rows(const struct cord_search_summary *summary);
CORD_MUST_USE cord_status cord_search_summary_feed(struct cord_search_summary *summary,
                                                   struct cord_tally *tally);

#endif
