/*
 * scan_correlate.h: the matches of a scan put together over time.
 *
 * Files come in any order, so that matches of base rules are kept back and
 * ordered by their events' times; only beyond a stated amount of memory do the
 * earliest leave before the end. Noting is done by any worker; feeding and
 * finishing by one thread at a time.
 */
#ifndef CORD_WIRE_SCAN_CORRELATE_H
#define CORD_WIRE_SCAN_CORRELATE_H

#include "detect/collection.h"
#include "detect/correlator.h"
#include "detect/finding.h"
#include "detect/matcher.h"
#include "ingest/walk.h"

struct cord_scan_correlate;

struct cord_scan_correlate_options {
    int64_t lateness_ns;      /* see correlator.h; for finite input INT64_MAX */
    size_t bytes_max;         /* of windows and groups */
    size_t pending_bytes_max; /* of matches kept back */
    uint64_t seed;
};

/* Where completed correlations go, as findings. */
struct cord_scan_correlate_sink {
    cord_status (*finding)(void *self, const struct cord_finding *finding);
    void *self;
};

/* *ret stays NULL when the collection has no correlations. Borrows all. walk
 * NULL: events are known by their number in a store alone. */
CORD_MUST_USE cord_status cord_scan_correlate_new(const struct cord_collection *collection,
                                                  const struct cord_walk *walk,
                                                  const struct cord_scan_correlate_options *options,
                                                  const struct cord_scan_correlate_sink *sink,
                                                  struct cord_scan_correlate **ret_correlate,
                                                  struct cord_error *err);
void cord_scan_correlate_free(struct cord_scan_correlate *correlate);

/* Whether a correlation is about the rule. */
bool cord_scan_correlate_wants(const struct cord_scan_correlate *correlate,
                               const struct cord_rule *rule);

/* How many values it is to know of a match of the rule. */
size_t cord_scan_correlate_value_count(const struct cord_scan_correlate *correlate,
                                       const struct cord_rule *rule);

/* What the correlator is to know of a match; texts in the arena. ref.record
 * counts within the batch until the caller adds what was before it. */
CORD_MUST_USE cord_status cord_scan_correlate_note(const struct cord_scan_correlate *correlate,
                                                   const struct cord_match *match, uint32_t source,
                                                   const struct cord_classifier *classifier,
                                                   struct cord_arena *arena,
                                                   struct cord_correlator_input *ret_input);

CORD_MUST_USE cord_status cord_scan_correlate_feed(struct cord_scan_correlate *correlate,
                                                   const struct cord_correlator_input *input);
CORD_MUST_USE cord_status cord_scan_correlate_finish(struct cord_scan_correlate *correlate);
/* For input without an end: nothing of before before_ns will come any more, so that
 * windows that ended by then are judged; nothing of after after_ns is believed. */
CORD_MUST_USE cord_status cord_scan_correlate_advance(struct cord_scan_correlate *correlate,
                                                      int64_t before_ns, int64_t after_ns);
struct cord_correlator_stats cord_scan_correlate_stats(const struct cord_scan_correlate *correlate);

#endif
