/*
 * desk_feed.h: the desk hears of every finding and claim, in their order.
 *
 * One thread reads what was added to the journal of findings and to the record since it last
 * looked, a few times a second, and tells the desk (triage/desk.h). Claims recorded before a
 * finding was known are always told before it, so that the desk is the same after a restart,
 * when it is told everything once more. What spreads is then told as incidents
 * (triage/incident_spread.h), by the same thread.
 */
#ifndef CORD_WIRE_DESK_FEED_H
#define CORD_WIRE_DESK_FEED_H

#include "base/log.h"
#include "record/record.h"
#include "triage/desk.h"
#include "wire/findings_log.h"

struct cord_desk_feed;

struct cord_desk_feed_options {
    struct cord_desk *desk;
    struct cord_findings_log *findings;
    struct cord_record *record;
    struct cord_clock clock;    /* wall time, by which findings are known */
    uint32_t incident_machines; /* triage/incident_spread.h; 0: no incident opens by itself */
    struct cord_log *log;
};

/* All that is named outlives it. */
CORD_MUST_USE cord_status cord_desk_feed_start(const struct cord_desk_feed_options *options,
                                               struct cord_desk_feed **ret_feed,
                                               struct cord_error *err);
/* Ends the thread. NULL is allowed. */
void cord_desk_feed_stop(struct cord_desk_feed *feed);

struct cord_desk_feed_stats {
    uint64_t findings; /* told, by number */
    uint64_t claims;
    uint64_t refused;   /* findings and claims that the desk could not take */
    uint64_t incidents; /* that opened by themselves, since the start */
    uint64_t unsaid; /* looks at a cluster of which the record did not take what was to be told */
    bool caught_up;  /* everything that was there at the last look has been told */
};
/* Any thread. */
struct cord_desk_feed_stats cord_desk_feed_stats(const struct cord_desk_feed *feed);

#endif
