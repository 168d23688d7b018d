/*
 * judge.h: verdicts become findings, once each, in the order events came.
 *
 * The journal "findings" holds, entry by entry, what was found and up to which
 * of the store's numbers events have been judged: both are durable together or
 * not at all, so that after a crash no event is judged twice or never. Events
 * stored and not judged by then are read back and judged first. An entry also
 * holds what correlations counted, so that their windows outlive a restart and
 * a change of rules. docs/journal-format.md has the bytes.
 *
 * One thread of its own judges; it waits while the disk is full, and everyone
 * behind it, too.
 */
#ifndef CORD_WIRE_JUDGE_H
#define CORD_WIRE_JUDGE_H

#include "evidence/journal.h"
#include "evidence/store.h"
#include "wire/intake.h"
#include "wire/poison.h"

struct cord_judge;

struct cord_judge_options {
    struct cord_store *store;
    struct cord_rulebook_slot *rules;
    const struct cord_files *files; /* outlives the judge */
    int dir;                        /* of the journal; the caller's */
    int64_t lateness_ns;            /* of events that correlations still put in order */
    int64_t ahead_ns;               /* an event's time may be so far beyond ours */
    size_t correlation_bytes_max;   /* of one organisation's windows */
    struct cord_clock clock;        /* wall time */
    struct cord_log *log;
    uint64_t seed;
    struct cord_poison *poison; /* may be NULL */
};

/* How long events took from receipt to their verdict, and, where there is a finding, until that
 * was durable: how many took no longer than each bound. */
enum { CORD_JUDGE_DELAYS = 14 };
int64_t cord_judge_delay_bound_ns(size_t at); /* ascending; of the last INT64_MAX */

struct cord_judge_stats {
    uint64_t through;        /* events up to this number are judged, durably */
    uint64_t judged;         /* by this process */
    uint64_t findings;       /* in the journal, ever */
    uint64_t dropped_inputs; /* matches no correlation could be told of: their rule is gone */
    int64_t delay_max_ns;    /* from receipt to a durable verdict, since the last question */
    uint64_t waiting;        /* verdicts */
    uint64_t delays[CORD_JUDGE_DELAYS]; /* events, each counted in the first bound that holds it */
    uint64_t delay_sum_ns;              /* of all events */
    uint64_t poisoned; /* stored events left unjudged: they had ended the process before */
};

/* Reads the journal. CORD_E_FORMAT: it is not ours. */
CORD_MUST_USE cord_status cord_judge_open(const struct cord_judge_options *options,
                                          struct cord_judge **ret_judge, struct cord_error *err);

/* Judges what is stored up to `through` and not judged yet; `progress` now and then,
 * false ends it with CORD_E_END. Before cord_judge_start. */
CORD_MUST_USE cord_status cord_judge_catch_up(struct cord_judge *judge, uint64_t through,
                                              bool (*progress)(void *self, uint64_t judged,
                                                               uint64_t left),
                                              void *self, struct cord_error *err);

CORD_MUST_USE cord_status cord_judge_start(struct cord_judge *judge, struct cord_error *err);
struct cord_intake_verdicts cord_judge_verdicts(struct cord_judge *judge);

/* Judges what is waiting, writes it, ends the thread and closes. NULL is allowed. */
void cord_judge_close(struct cord_judge *judge);

/* Any thread. */
struct cord_judge_stats cord_judge_stats(struct cord_judge *judge);

#endif
