/*
 * rule_build.h: a draft's conditions as trees over atoms.
 *
 * Selectors are expanded, filters merged; the rule keeps nothing of the
 * draft. One thread.
 */
#ifndef CORD_DETECT_RULE_BUILD_H
#define CORD_DETECT_RULE_BUILD_H

#include "detect/draft_internal.h"

/* Sets the rule's conditions. Refuses unknown identifiers, selectors that
 * match nothing and placeholders that nobody filled. */
CORD_MUST_USE cord_status cord_rule_build(struct cord_draft_context *context,
                                          struct cord_draft *draft);

/* A filter by itself: refuses what would make every rule that it is for fail,
 * warns of a condition that leaves nothing out. */
CORD_MUST_USE cord_status cord_rule_build_filter_check(struct cord_draft_context *context,
                                                       const struct cord_draft_filter *filter);

#endif
