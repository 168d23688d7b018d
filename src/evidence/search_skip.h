/*
 * search_skip.h: what can be known of a query before a block is opened.
 *
 * One thread.
 */
#ifndef CORD_EVIDENCE_SEARCH_SKIP_H
#define CORD_EVIDENCE_SEARCH_SKIP_H

#include "evidence/block.h"
#include "evidence/query_test.h"

/* What a block says of itself. */
struct cord_search_skip_block {
    const struct cord_block_head *head;
    const struct cord_origin *const *origins;
    size_t origin_count;
};

/* CORD_QUERY_NO: no row of the block meets the condition; _YES: all do. */
enum cord_query_answer cord_search_skip_block(struct cord_query_test *test,
                                              const struct cord_query_node *node,
                                              const struct cord_search_skip_block *block);

/* What all origins of the block say of the field; ptr NULL: nothing. False: they
 * differ, or it is something that only rows know. */
bool cord_search_skip_key(const struct cord_search_skip_block *block,
                          const struct cord_query_field *field, cord_str *ret_text);

#endif
