/*
 * filter_apply.h: which rules a filter is for.
 *
 * Filters specification 2.1.0: a filter is for the rules it lists (or any),
 * of the log source it names; they then match only where its condition holds
 * too. A filter's search identifiers are its own: "1 of x*" in it never means
 * the rule's. One thread.
 */
#ifndef CORD_DETECT_FILTER_APPLY_H
#define CORD_DETECT_FILTER_APPLY_H

#include "detect/draft_internal.h"

/* Gives the draft its own copy of each filter that is for it. */
CORD_MUST_USE cord_status cord_filter_apply(struct cord_draft_context *context,
                                            struct cord_draft_filter *filters,
                                            struct cord_draft *draft);

/* Warns of listed rules that were never found. */
CORD_MUST_USE cord_status cord_filter_apply_report(struct cord_draft_context *context,
                                                   const struct cord_draft_filter *filter);

#endif
