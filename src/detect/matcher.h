/*
 * matcher.h: events against a ruleset; one thread's part of it.
 *
 * A matcher holds what changes while matching: scratch text, bit sets, what it
 * has learnt of firing frequencies. The answer does not depend on any of it.
 * There is no cap on matches per event.
 */
#ifndef CORD_DETECT_MATCHER_H
#define CORD_DETECT_MATCHER_H

#include "detect/ruleset.h"
#include "event/batch.h"
#include "normalise/classifier.h"

struct cord_matcher;

struct cord_match {
    const struct cord_event *event;
    const struct cord_rule *rule;
    bool incomplete; /* a regex met its limit: the rule may or may not match */
};

/* Where matches go; called in the order of events, and of rules within one. */
struct cord_match_sink {
    cord_status (*put)(void *self, const struct cord_match *match);
    void *self;
};

struct cord_matcher_stats {
    uint64_t events;
    uint64_t matches;
    uint64_t candidates;  /* rules evaluated */
    uint64_t fallbacks;   /* values that went to the linear automaton */
    uint64_t regex_limit; /* (event, rule) pairs not fully evaluated */
};

/* Takes a reference of the ruleset; borrows paths and classifier, which are
 * this thread's. NULL when out of memory. */
struct cord_matcher *cord_matcher_new(struct cord_ruleset *ruleset, struct cord_paths *paths,
                                      struct cord_classifier *classifier);
void cord_matcher_free(struct cord_matcher *matcher);

/* Matches the batch's events from number `from` on. Fails as the sink does, or
 * with CORD_E_NOMEM; then events may have been left out, so that the caller
 * stops or repeats. */
CORD_MUST_USE cord_status cord_matcher_run(struct cord_matcher *matcher, struct cord_batch *batch,
                                           size_t from, const struct cord_match_sink *sink);

const struct cord_matcher_stats *cord_matcher_stats(const struct cord_matcher *matcher);

#endif
