/*
 * naive_correlation.h: what docs/correlation.md says, computed from scratch for
 * every event: no state, no hashing, nothing clever. The correlator must agree.
 */
#ifndef CORD_TESTS_NAIVE_CORRELATION_H
#define CORD_TESTS_NAIVE_CORRELATION_H

#include "detect/correlator.h"

#define NAIVE_FIELDS_MAX 8
#define NAIVE_RULES_MAX  8

/* An event and the base rules that it matches, in the order in which they are
 * fed. */
struct naive_event {
    int64_t time_ns;
    struct cord_correlator_ref ref;
    cord_str names[NAIVE_FIELDS_MAX];
    cord_str values[NAIVE_FIELDS_MAX];
    size_t field_count;
    const struct cord_rule *rules[NAIVE_RULES_MAX];
    size_t rule_count;
};

struct naive_completion {
    const struct cord_correlation *correlation;
    cord_str group_values[CORD_CORRELATION_GROUP_MAX];
    int64_t time_ns;
    int64_t first_ns;
    int64_t last_ns;
    cord_fixed value;
    bool value_at_least;
};

struct naive_completions {
    struct naive_completion *items; /* malloc's */
    size_t count;
    size_t cap;
};

/* The events in the order in which the correlator lets them into windows. Those
 * of silent correlations are left out. */
void naive_correlation_run(const struct cord_correlation *const *correlations, size_t count,
                           const struct naive_event *events, size_t event_count,
                           struct naive_completions *ret_completions);

/* Sorted by correlation, time, group: the order within one instant is nobody's
 * promise. */
void naive_completions_sort(struct naive_completions *completions);
void naive_completions_add(struct naive_completions *completions,
                           const struct naive_completion *completion);
/* The same of what the correlator tells; the group's values are copied. */
void naive_completions_keep(struct naive_completions *completions,
                            const struct cord_correlator_completion *completion,
                            struct cord_arena *arena);
/* NULL when equal, else what differs, in static storage. */
const char *naive_completions_differ(const struct naive_completions *wanted,
                                     const struct naive_completions *got);

/* Value of the field or {NULL, 0}. */
cord_str naive_event_value(const struct naive_event *event, cord_str name);

#endif
