/*
 * correlator_internal.h: the parts of a correlator, shared by its files.
 *
 * Events come in order of time here: correlator.c has sorted them. A group is
 * one combination of group-by values of one correlation; its window is a list
 * of entries in order of time.
 */
#ifndef CORD_DETECT_CORRELATOR_INTERNAL_H
#define CORD_DETECT_CORRELATOR_INTERNAL_H

#include "detect/correlator.h"
#include "detect/correlator_rank.h"

/* What malloc takes beside what it was asked for, for the sake of the ceiling. */
#define CORD_CORRELATOR_OVERHEAD 16u

/* Member of a hash table with chains; the first member of what is kept. */
struct correlator_link {
    struct correlator_link *chain;
    uint64_t hash;
};

struct correlator_table {
    struct correlator_link **buckets;
    size_t bucket_count; /* power of two */
    size_t count;
};

/* A distinct value in a group's window. */
struct correlator_value {
    struct correlator_link link;
    uint64_t check; /* the hash's other half */
    struct correlator_group *group;
    struct correlator_entry *entry; /* the latest with this value */
    uint64_t count;                 /* entries with this value */
    int64_t fired_ns;               /* of a share: CORD_TIME_NONE, or when it last held */
};

struct correlator_entry {
    int64_t time_ns;
    struct cord_correlator_ref ref;
    struct correlator_entry *before;
    struct correlator_entry *after;
    struct correlator_value *value; /* value_count, share */
    uint32_t step;
};

/* An entry with a number: sums, means, percentiles. */
struct correlator_measured {
    struct correlator_entry entry;
    struct cord_correlator_rank rank;
};

/* The chain of steps in order that began last, of a length and ending in a
 * step; and what it was before the latest event, which may not be two steps of
 * the same chain. start_ns CORD_TIME_NONE: none. */
struct correlator_chain {
    int64_t start_ns[2];
    struct cord_correlator_ref refs[2][CORD_CORRELATION_ORDERED_MAX];
};

struct correlator_step {
    struct correlator_entry *latest;
    uint64_t count;
};

struct correlator_group {
    struct correlator_link link;
    uint64_t check;
    struct correlator_state *state;
    struct correlator_group *older; /* by the latest event */
    struct correlator_group *newer;
    struct correlator_entry *first;
    struct correlator_entry *last;
    uint64_t count;  /* entries */
    int64_t last_ns; /* of the latest event, in the list or not */
    struct cord_correlator_ref last_ref;
    int64_t fired_ns;   /* CORD_TIME_NONE, or of the latest completion's last event */
    int64_t trimmed_ns; /* CORD_TIME_NONE, or of the latest entry dropped early */
    bool extended;      /* deferred: an event came since the last judgement */
    size_t timer;       /* place in the heap, or SIZE_MAX */
    int64_t timer_ns;
    uint64_t distinct;
    uint64_t present; /* bit n: step n is in the window */
    cord_fixed sum;
    struct cord_correlator_rank *ranks;
    struct correlator_step *steps;   /* temporal */
    struct correlator_chain *chains; /* temporal_ordered */
    char *carry; /* packed values of the latest event, for parents; may be NULL */
    size_t carry_bytes;
    size_t key_bytes;
    char key[]; /* packed values of group-by */
};

/* Who hears of a rule's match or a correlation's completion. */
struct correlator_listener {
    struct correlator_state *state;
    uint32_t step;
    uint16_t group_at[CORD_CORRELATION_GROUP_MAX]; /* in the source's names */
    uint16_t value_at[CORD_CORRELATION_FIELDS_MAX];
    uint16_t *carry_at;
};

/* A base rule or a correlation, as seen by those that stand on it. */
struct correlator_source {
    cord_str *names; /* fields wanted of it */
    size_t name_count;
    size_t name_cap;
    struct correlator_listener *listeners;
    size_t listener_count;
    size_t listener_cap;
};

#define CORRELATOR_CARRIED 0x8000u /* in exports: a carried value, not one of group-by */

/* One correlation's groups. */
struct correlator_state {
    const struct cord_correlation *rule;
    struct correlator_source source;
    unsigned depth;    /* correlations down to the rules */
    uint16_t *exports; /* where each of source.names comes from */
    cord_str *carried; /* names of the values kept for parents beside group-by */
    size_t carried_count;
    bool share;         /* value_percentile without a rank */
    bool ordered_whole; /* temporal_ordered that needs all of its steps */
    uint64_t keep_max;  /* entries a group keeps */
    struct correlator_group *oldest;
    struct correlator_group *newest;
    uint64_t group_count;
    /* For one completion: a correlation never completes within itself. */
    cord_str *group_values; /* and behind them the carried ones */
    cord_str *export_values;
    struct cord_correlator_ref *refs;
    char *scratch;
    size_t scratch_cap;
    struct cord_correlator_stats stats;
};

struct correlator_timer {
    int64_t time_ns;
    struct correlator_group *group;
};

struct correlator_pending;
struct correlator_queued {
    int64_t time_ns;
    struct correlator_pending *pending;
};

struct cord_correlator {
    struct cord_correlator_options options;
    struct cord_correlator_sink sink;
    struct correlator_state *states; /* one for each correlation given */
    size_t state_count;
    struct correlator_source *rules; /* by rule number */
    size_t rule_count;
    struct correlator_table groups;
    struct correlator_table values;
    struct correlator_timer *timers; /* heap, earliest first */
    size_t timer_count;
    size_t timer_cap;
    struct correlator_queued *queue; /* heap, earliest first */
    size_t queue_count;
    size_t queue_cap;
    size_t pending_bytes;
    uint64_t arrivals;
    int64_t latest_ns;
    int64_t watermark_ns;
    int64_t limit_ns;
    size_t bytes;
    uint64_t random;
    char *folded; /* scratch for folding */
    size_t folded_cap;
    uint64_t untimed;
    uint64_t future;
    uint64_t early;
};

/* A match or completion on its way into windows. */
struct correlator_event {
    int64_t time_ns;
    struct cord_correlator_ref ref;
    const cord_str *values;
};

struct correlator_digest {
    uint64_t hash;
    uint64_t check;
};

/* Times near the ends of int64 stay there. */
int64_t cord_correlator_time_add(int64_t time_ns, int64_t span_ns);
int64_t cord_correlator_time_sub(int64_t time_ns, int64_t span_ns);

/* correlator_plan.c: who listens to whom, for which fields. */
cord_status cord_correlator_plan_make(struct cord_correlator *correlator,
                                      const struct cord_correlation *const *correlations,
                                      struct cord_error *err);
void cord_correlator_plan_done(struct cord_correlator *correlator);

/* correlator_table.c: memory and hashing. */
void *cord_correlator_table_take(struct cord_correlator *correlator, size_t bytes);
void cord_correlator_table_give(struct cord_correlator *correlator, void *memory, size_t bytes);
cord_status cord_correlator_table_insert(struct cord_correlator *correlator,
                                         struct correlator_table *table,
                                         struct correlator_link *link);
void cord_correlator_table_remove(struct correlator_table *table, struct correlator_link *link);
struct correlator_link *cord_correlator_table_find(const struct correlator_table *table,
                                                   uint64_t hash);
/* Of values without regard to case; salt tells tables and groups apart. */
cord_status cord_correlator_table_digest(struct cord_correlator *correlator, const cord_str *values,
                                         const uint16_t *at, size_t count, uint64_t salt,
                                         struct correlator_digest *ret_digest);
/* Lengths, then bytes. */
size_t cord_correlator_table_pack_bytes(const cord_str *values, const uint16_t *at, size_t count);
void cord_correlator_table_pack(const cord_str *values, const uint16_t *at, size_t count,
                                char *ret_packed);
/* The same of all values, in order; those that are absent take no bytes. */
void cord_correlator_table_pack_all(const cord_str *values, size_t count, char *ret_packed);
void cord_correlator_table_unpack(const char *packed, size_t count, cord_str *ret_values);

/* correlator_group.c: groups come and go. */
cord_status cord_correlator_group_obtain(struct cord_correlator *correlator,
                                         const struct correlator_listener *listener,
                                         const struct correlator_event *event,
                                         struct correlator_group **ret_group);
void cord_correlator_group_drop(struct cord_correlator *correlator, struct correlator_group *group);
/* Drops groups whose window is empty by now_ns. */
void cord_correlator_group_reap(struct cord_correlator *correlator, struct correlator_state *state,
                                int64_t now_ns);
/* Down to fifteen sixteenths of the ceiling, when above it. */
void cord_correlator_group_evict(struct cord_correlator *correlator, int64_t now_ns);
cord_status cord_correlator_group_timer_set(struct cord_correlator *correlator,
                                            struct correlator_group *group, int64_t time_ns);
void cord_correlator_group_timer_clear(struct cord_correlator *correlator,
                                       struct correlator_group *group);

/* correlator_window.c: what is in a window, and what that means. */
cord_status cord_correlator_window_take(struct cord_correlator *correlator,
                                        const struct correlator_listener *listener,
                                        const struct correlator_event *event);
cord_status cord_correlator_window_end(struct cord_correlator *correlator,
                                       struct correlator_group *group);
void cord_correlator_window_clear(struct cord_correlator *correlator,
                                  struct correlator_group *group);

/* correlator.c: tells the sink, then those that stand on the correlation. The
 * group may be gone afterwards. */
cord_status cord_correlator_complete(struct cord_correlator *correlator,
                                     struct correlator_group *group,
                                     struct cord_correlator_completion *completion);

#endif
