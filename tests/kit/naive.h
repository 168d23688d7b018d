/*
 * naive.h: a rule against an event, as plainly as it can be written.
 *
 * Walks the parsed tree; no index, no sharing, no order, no limit. Slow on
 * purpose: what it says is right, and the matcher has to say the same. Shares
 * nothing with src/detect but the tree; of other rooms it trusts unescaping,
 * folding, UTF-8, dates and names, which have tests of their own.
 */
#ifndef CORD_TESTS_NAIVE_H
#define CORD_TESTS_NAIVE_H

#include "detect/rule.h"
#include "event/event.h"
#include "normalise/classifier.h"

bool naive_matches(const struct cord_rule *rule, const struct cord_event *event,
                   const struct cord_classifier *classifier, bool ignore_logsource);

#endif
