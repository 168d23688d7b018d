/*
 * correlator.h: matches of rules put together over time: the state behind
 * Sigma's correlation rules.
 *
 * Fed with matches of base rules, it tells its sink when a correlation is
 * complete. Windows slide; what fires when is in docs/correlation.md. Nothing
 * reads a clock: time is what the events say. A watermark trails the latest
 * event by the allowed lateness; events within it are put in order (by time,
 * then source, then record), so that the answer does not depend on the order
 * of arrival. Later ones take no part and are counted.
 *
 * State is bounded in bytes. What is dropped to stay below is counted. One
 * thread at a time, except where said.
 */
#ifndef CORD_DETECT_CORRELATOR_H
#define CORD_DETECT_CORRELATOR_H

#include "base/timestamp.h"
#include "detect/correlation.h"

struct cord_correlator;

/* Where an event lies; stable for as long as the caller looks findings up. */
struct cord_correlator_ref {
    uint64_t record;
    uint64_t evidence; /* the store's number of the event; 0: it is not stored */
    uint32_t source;
};

/* A base rule matched an event. */
struct cord_correlator_input {
    const struct cord_rule *rule;
    int64_t time_ns;
    struct cord_correlator_ref ref;
    /* One for each name of cord_correlator_fields, in its order; ptr NULL when
     * the event has no such field or it is null. */
    const cord_str *values;
};

/* A correlation's condition held. Everything is good during the call only. */
struct cord_correlator_completion {
    const struct cord_correlation *correlation;
    const cord_str *group_values; /* as the group's first event spells them */
    int64_t time_ns;              /* when it became certain: of the event, or of the window's end */
    int64_t first_ns;             /* of the earliest and latest contributing event */
    int64_t last_ns;
    cord_fixed value;     /* what the condition compares: count, sum, mean, percentile, share */
    bool value_at_least;  /* counts above the threshold are not kept: it may be more */
    uint64_t event_count; /* contributing events, refs or not */
    const struct cord_correlator_ref *refs; /* the first and the last of them, in order of time */
    size_t ref_count;
    uint64_t refs_left_out; /* event_count - ref_count */
};

struct cord_correlator_sink {
    cord_status (*put)(void *self, const struct cord_correlator_completion *completion);
    void *self;
};

struct cord_correlator_options {
    /* How late an event may come. INT64_MAX: everything is kept back and put in
     * order until pending_bytes_max is reached or the end; for finite input. */
    int64_t lateness_ns;
    size_t bytes_max;         /* of groups and windows */
    size_t pending_bytes_max; /* of events kept back */
    size_t refs_max;          /* in one completion; at least 2 */
    size_t group_events_max;  /* of one group's window; a count's threshold goes above it */
    uint64_t seed;
};

/* lateness 0, 256 MiB, 256 MiB, 64 references, 1,000,000 events, seed 0. */
struct cord_correlator_options cord_correlator_defaults(void);

/* Sums over all correlations, or of one. */
struct cord_correlator_stats {
    uint64_t inputs;   /* (match, step of a correlation) pairs looked at */
    uint64_t late;     /* of them, behind the watermark */
    uint64_t no_group; /* of them, without a field of group-by */
    uint64_t no_value; /* of them, without the condition's field, or not a number */
    uint64_t completions;
    uint64_t repeats; /* held, but within one timespan of the group's last completion */
    uint64_t evicted; /* groups dropped at bytes_max */
    uint64_t trimmed; /* events dropped at group_events_max */
    uint64_t groups;  /* alive now */

    /* Only in the sums. */
    uint64_t untimed; /* matches without a time */
    uint64_t future;  /* matches past cord_correlator_limit */
    uint64_t early;   /* matches that left the order early, at pending_bytes_max */
    uint64_t pending; /* matches kept back now */
    size_t bytes;     /* held now, pending ones included */
    int64_t watermark_ns;
};

/* Borrows the correlations, resolved, and their rules; those with a refusal
 * are left out. A step that is a correlation must be among them. */
CORD_MUST_USE cord_status cord_correlator_new(const struct cord_correlation *const *correlations,
                                              size_t count,
                                              const struct cord_correlator_options *options,
                                              const struct cord_correlator_sink *sink,
                                              struct cord_correlator **ret_correlator,
                                              struct cord_error *err);
void cord_correlator_free(struct cord_correlator *correlator);

/* The fields whose values an input of the rule brings. NULL and 0 when no
 * correlation is about the rule. Never changes; any thread. */
bool cord_correlator_wants(const struct cord_correlator *correlator, const struct cord_rule *rule);
const cord_str *cord_correlator_fields(const struct cord_correlator *correlator,
                                       const struct cord_rule *rule, size_t *ret_count);

/* Copies what it keeps. Fails as the sink does, or with CORD_E_NOMEM; the
 * match is then lost, the state whole. */
CORD_MUST_USE cord_status cord_correlator_feed(struct cord_correlator *correlator,
                                               const struct cord_correlator_input *input);

/* Nothing before ns will come any more: windows that ended by then are judged. */
CORD_MUST_USE cord_status cord_correlator_advance(struct cord_correlator *correlator, int64_t ns);

/* Matches later than ns are counted and not taken, so that one wrong clock
 * does not make everyone else late. No limit until called. */
void cord_correlator_limit(struct cord_correlator *correlator, int64_t ns);

/* The end: nothing will come any more. Windows still open are judged as they
 * are. */
CORD_MUST_USE cord_status cord_correlator_finish(struct cord_correlator *correlator);

struct cord_correlator_stats cord_correlator_stats(const struct cord_correlator *correlator);
/* Of the nth correlation given to _new; zeros for one that was left out. */
struct cord_correlator_stats cord_correlator_stats_of(const struct cord_correlator *correlator,
                                                      size_t at);

#endif
