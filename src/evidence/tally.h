/*
 * tally.h: the pipeline of a query: what matching rows come to.
 *
 * Fed with rows, or with groups of rows that a search has counted by itself; a
 * tally of each thread, merged at the end. Exact while it stays within the
 * memory it was given; what found no room is counted and told (stats). One
 * thread at a time; borrows the query.
 *
 * Groups are by values as they are written, case and all; an event in which a
 * field has several values is in the group of each, and one that has none in
 * the group of none.
 */
#ifndef CORD_EVIDENCE_TALLY_H
#define CORD_EVIDENCE_TALLY_H

#include "base/fixed.h"
#include "evidence/query.h"
#include "evidence/rows.h"

/* Distinct values of one field of one event that are looked at, and groups that
 * one event may be in; further ones are counted as combined. */
#define CORD_TALLY_VALUES_MAX       16u
#define CORD_TALLY_COMBINATIONS_MAX 64u

/* Percentiles are exact for so many values of a group; beyond, within 1 %. */
#define CORD_TALLY_EXACT_MAX 2048u

/* Events that "sort" without "head" keeps. */
#define CORD_TALLY_EVENTS_MAX 100000u

struct cord_tally;

struct cord_tally_options {
    size_t bytes_max;
    uint64_t seed; /* the same for tallies that are to be merged */
};

/* What is not in the result, or not exactly. All 0: it is exact. */
struct cord_tally_stats {
    uint64_t rows_without_room; /* of groups beyond the memory */
    uint64_t
        values_without_room; /* distinct or measured values beyond it: figures are least ones */
    uint64_t events_without_room; /* left out of "sort" beyond CORD_TALLY_EVENTS_MAX or memory */
    uint64_t combined;            /* groups of one event beyond CORD_TALLY_COMBINATIONS_MAX */
    uint64_t not_numbers;         /* values that stats could not take */
    uint64_t estimated;           /* percentiles within 1 % */
};

/* False when the result is a stream of events: the pipeline is empty or has
 * only "fields" and "head". *ret_limit: how many events; 0: all. */
bool cord_tally_is_needed(const struct cord_query *query, uint64_t *ret_limit);

/* NULL when out of memory. The query needs a tally. */
struct cord_tally *cord_tally_new(const struct cord_query *query,
                                  const struct cord_tally_options *options);
void cord_tally_free(struct cord_tally *tally);

/* From here on rows are of these, which are borrowed. To be said again after
 * they were reset. */
void cord_tally_from(struct cord_tally *tally, const struct cord_rows *rows);
/* CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_tally_add(struct cord_tally *tally, size_t at);

/* The fields that groups are by, when the tally can be fed with groups of rows:
 * count, top, timeline, distinct and counting stats. False: rows are needed. */
bool cord_tally_keys(const struct cord_tally *tally,
                     const struct cord_query_field *ret_keys[2 * CORD_QUERY_FIELDS_MAX],
                     size_t *ret_count);
/* Of timeline: the start of the step that a time is in; a group is of one step.
 * CORD_TIME_NONE of others. */
int64_t cord_tally_step(const struct cord_tally *tally, int64_t when_ns);
/* So many rows have these values (as query_test.h says them; ptr NULL: none) of
 * the keys, at these times (cord_row_when). A row with several values of a key
 * is counted in the group of each. CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_tally_add_group(struct cord_tally *tally, const cord_str *keys,
                                               uint64_t rows, int64_t first_ns, int64_t last_ns);

/* Adds what the other has; it stays as it is. Same query and options. */
CORD_MUST_USE cord_status cord_tally_merge(struct cord_tally *tally,
                                           const struct cord_tally *other);

enum cord_tally_cell_kind {
    CORD_TALLY_NONE,
    CORD_TALLY_TEXT,
    CORD_TALLY_COUNT,
    CORD_TALLY_TIME,
    CORD_TALLY_NUMBER,
};

struct cord_tally_cell {
    enum cord_tally_cell_kind kind;
    cord_str text;
    uint64_t count;
    int64_t time_ns;
    cord_fixed number;
};

struct cord_tally_table {
    const cord_str *titles;
    size_t column_count;
    const struct cord_tally_cell *const *rows; /* each column_count cells */
    size_t row_count;
};

/* One event of "first", "last" or "sort". */
struct cord_tally_event {
    const struct cord_rows *rows;
    size_t at;
};

/* All has been added: the further stages are run. Once. CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_tally_finish(struct cord_tally *tally);

/* After _finish: the table, NULL when the result is events. */
const struct cord_tally_table *cord_tally_result(const struct cord_tally *tally);
const struct cord_tally_event *cord_tally_events(const struct cord_tally *tally, size_t *ret_count);
struct cord_tally_stats cord_tally_stats(const struct cord_tally *tally);

#endif
