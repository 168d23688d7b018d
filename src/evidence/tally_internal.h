/*
 * tally_internal.h: the parts of a tally; see tally.h.
 */
#ifndef CORD_EVIDENCE_TALLY_INTERNAL_H
#define CORD_EVIDENCE_TALLY_INTERNAL_H

#include "base/arena.h"
#include "evidence/query_pick.h"
#include "evidence/query_test.h"
#include "evidence/tally.h"

enum { TALLY_KEYS_MAX = 2 * CORD_QUERY_FIELDS_MAX };

/* tally_value.c: the distinct values that a row has of some fields. */
struct tally_values {
    struct cord_query_pick picks[CORD_QUERY_FIELDS_MAX];
    size_t field_count;
    cord_str items[CORD_QUERY_FIELDS_MAX][CORD_TALLY_VALUES_MAX]; /* in texts; ptr NULL: none */
    size_t counts[CORD_QUERY_FIELDS_MAX];                         /* at least one each */
    struct cord_arena *texts;                                     /* of one row */
};

cord_status cord_tally_value_init(struct tally_values *values,
                                  const struct cord_query_field *fields, size_t count);
void cord_tally_value_done(struct tally_values *values);
void cord_tally_value_from(struct tally_values *values, const struct cord_rows *rows);
/* *combined grows by the values there was no room for. */
CORD_MUST_USE cord_status cord_tally_value_read(struct tally_values *values,
                                                struct cord_query_test *test,
                                                const struct cord_row *row, uint64_t *combined);
/* The nth combination, one value a field; false when there are no more. */
bool cord_tally_value_combination(const struct tally_values *values, size_t nth,
                                  cord_str ret_texts[CORD_QUERY_FIELDS_MAX]);

/* tally_measure.c: one function over numbers. */
struct tally_measure {
    uint64_t count;
    cord_fixed sum;
    cord_fixed low;
    cord_fixed high;
    cord_fixed *samples; /* percentile: all of them, or NULL once there are buckets */
    size_t sample_cap;
    uint64_t *buckets[2]; /* of numbers from 0 on, and below */
};

void cord_tally_measure_done(struct tally_measure *measure);
/* *bytes grows by what was allocated, up to bytes_max. CORD_E_LIMIT: no room
 * for the sample; the rest was taken. */
CORD_MUST_USE cord_status cord_tally_measure_add(struct tally_measure *measure,
                                                 enum cord_query_function function,
                                                 cord_fixed value, size_t bytes_max, size_t *bytes);
CORD_MUST_USE cord_status cord_tally_measure_merge(struct tally_measure *measure,
                                                   enum cord_query_function function,
                                                   const struct tally_measure *other,
                                                   size_t bytes_max, size_t *bytes);
/* False: there is none. Sorts the samples. */
bool cord_tally_measure_result(struct tally_measure *measure, const struct cord_query_measure *what,
                               cord_fixed *ret_result);

/* tally_group.c: rows with the same values. */
struct tally_group {
    uint64_t hash;
    cord_str key; /* encoded; in the arena */
    int64_t step; /* timeline */
    uint64_t rows;
    uint64_t distinct;
    int64_t first_ns;
    int64_t last_ns;
    struct tally_measure *measures; /* in the arena */
};

/* A value that a group has had: its hash and the group. */
struct tally_seen {
    uint64_t low;
    uint64_t high; /* both 0: free */
    uint32_t group;
};

struct tally_groups {
    struct cord_arena *arena;
    uint64_t seed;
    size_t bytes_max;
    size_t bytes; /* beside the arena's */
    size_t measure_count;
    struct tally_group *items;
    size_t count;
    size_t cap;
    uint32_t *slots; /* number of a group and one; 0: free */
    size_t slot_count;
    struct tally_seen *seen;
    size_t seen_count;
    size_t seen_slots;
    struct cord_buf key;
};

cord_status cord_tally_group_init(struct tally_groups *groups,
                                  const struct cord_tally_options *options, size_t measure_count);
void cord_tally_group_done(struct tally_groups *groups);
/* Found or made. CORD_E_LIMIT: it would be new, and there is no room. */
CORD_MUST_USE cord_status cord_tally_group_get(struct tally_groups *groups, int64_t step,
                                               const cord_str *texts, size_t text_count,
                                               struct tally_group **ret_group);
void cord_tally_group_span(struct tally_group *group, uint64_t rows, int64_t first_ns,
                           int64_t last_ns);
/* Counts the values unless the group had them. CORD_E_LIMIT: no room to know. */
CORD_MUST_USE cord_status cord_tally_group_see(struct tally_groups *groups,
                                               struct tally_group *group, const cord_str *texts,
                                               size_t text_count);
/* The group's texts, as many as it was made of. */
void cord_tally_group_texts(const struct tally_group *group, cord_str *ret_texts,
                            size_t text_count);
/* Group by group, with the functions of the stage's measures. */
CORD_MUST_USE cord_status cord_tally_group_merge(struct tally_groups *groups,
                                                 const struct tally_groups *other,
                                                 const struct cord_query_stage *stage,
                                                 struct cord_tally_stats *stats);

/* tally_order.c */
/* None first, then numbers, then texts without regard to case, then with. */
int cord_tally_order_texts(cord_str a, cord_str b);
int cord_tally_order_cells(const struct cord_tally_cell *a, const struct cord_tally_cell *b);

/* tally_keep.c: events themselves. */
struct tally_keep;
struct tally_keep *cord_tally_keep_new(const struct cord_query *query,
                                       const struct cord_tally_options *options);
void cord_tally_keep_free(struct tally_keep *keep);
void cord_tally_keep_from(struct tally_keep *keep, const struct cord_rows *rows);
CORD_MUST_USE cord_status cord_tally_keep_add(struct tally_keep *keep, struct cord_query_test *test,
                                              size_t at, struct cord_tally_stats *stats);
CORD_MUST_USE cord_status cord_tally_keep_merge(struct tally_keep *keep,
                                                struct cord_query_test *test,
                                                const struct tally_keep *other,
                                                struct cord_tally_stats *stats);
CORD_MUST_USE cord_status cord_tally_keep_finish(struct tally_keep *keep,
                                                 struct cord_query_test *test);
const struct cord_tally_event *cord_tally_keep_events(const struct tally_keep *keep,
                                                      size_t *ret_count);

/* tally_table.c: groups as a table, and the stages behind the first. */
struct tally_table;
CORD_MUST_USE cord_status cord_tally_table_new(const struct cord_query *query,
                                               struct tally_groups *groups,
                                               struct tally_table **ret_table);
void cord_tally_table_free(struct tally_table *table);
const struct cord_tally_table *cord_tally_table_view(const struct tally_table *table);

#endif
