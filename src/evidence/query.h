/*
 * query.h: what an analyst asks: a condition on events, and what to make of
 * those that meet it.
 *
 *   EventID:4625 AND NOT TargetUserName:*$ AND IpAddress:10.0.0.0/8
 *       | count by IpAddress, Computer | sort count desc | head 20
 *
 * Parsed into a tree that never changes: any thread may evaluate it.
 * docs/hunt.md describes the language.
 */
#ifndef CORD_EVIDENCE_QUERY_H
#define CORD_EVIDENCE_QUERY_H

#include "base/error.h"
#include "base/str.h"

#define CORD_QUERY_BYTES_MAX  (64u << 10)
#define CORD_QUERY_NODES_MAX  4096u
#define CORD_QUERY_DEPTH_MAX  64u
#define CORD_QUERY_STAGES_MAX 16u
#define CORD_QUERY_FIELDS_MAX 8u /* in one "by" or "fields" */

enum cord_query_op {
    CORD_QUERY_ALL, /* every event: an empty condition */
    CORD_QUERY_AND,
    CORD_QUERY_OR,
    CORD_QUERY_NOT,
    CORD_QUERY_TEXT,    /* anywhere in raw, or in any value once unescaped; case does not matter */
    CORD_QUERY_EQUAL,   /* a value of the field is the text; case does not matter */
    CORD_QUERY_LIKE,    /* ... with * and ? */
    CORD_QUERY_REGEX,   /* /.../ or /.../i anywhere in a value; without a field: in raw or any value
                         */
    CORD_QUERY_COMPARE, /* numbers as numbers, times as times, else as text: > >= < <= [a TO b] */
    CORD_QUERY_CIDR,
    CORD_QUERY_EXISTS, /* field:*  there is such a value */
};

struct cord_query_node {
    enum cord_query_op op;
    struct cord_query_node **children; /* AND, OR; NOT has one */
    size_t child_count;
    cord_str field; /* as written; compared without case with every name of a field */
    cord_str text;  /* unquoted; for LIKE with the wildcards; for CIDR as written */
    bool fold;      /* REGEX: without case */
    bool has_low, has_high, low_open, high_open; /* COMPARE; open: the bound itself is outside */
    cord_str low, high;
    size_t column;  /* from 1, where it begins in the query */
    void *compiled; /* regex or network; private to query*.c */
};

enum cord_query_verb {
    CORD_QUERY_COUNT,    /* count [by f1,f2] */
    CORD_QUERY_TIMELINE, /* timeline 5m [by f] */
    CORD_QUERY_TOP,      /* top 20 f */
    CORD_QUERY_DISTINCT, /* distinct f [by g] */
    CORD_QUERY_FIRST,    /* first [n]: oldest */
    CORD_QUERY_LAST,     /* last [n]: newest */
    CORD_QUERY_SORT,     /* sort f [asc|desc], ... */
    CORD_QUERY_FIELDS,   /* fields f1,f2 */
    CORD_QUERY_STATS,    /* stats min(f), max(f), avg(f), sum(f), p95(f), count [by g] */
    CORD_QUERY_HEAD,     /* head n: of what the stage before gave */
};

enum cord_query_function {
    CORD_QUERY_FN_COUNT,
    CORD_QUERY_FN_MIN,
    CORD_QUERY_FN_MAX,
    CORD_QUERY_FN_AVG,
    CORD_QUERY_FN_SUM,
    CORD_QUERY_FN_PERCENTILE,
};

struct cord_query_measure {
    enum cord_query_function function;
    unsigned percentile; /* 0 .. 100 */
    cord_str field;
};

struct cord_query_stage {
    enum cord_query_verb verb;
    cord_str fields[CORD_QUERY_FIELDS_MAX]; /* what it is about: of top, distinct, sort, fields */
    bool descending[CORD_QUERY_FIELDS_MAX]; /* sort */
    size_t field_count;
    cord_str by[CORD_QUERY_FIELDS_MAX];
    size_t by_count;
    struct cord_query_measure measures[CORD_QUERY_FIELDS_MAX];
    size_t measure_count;
    uint64_t number;   /* top, first, last, head */
    int64_t bucket_ns; /* timeline */
    size_t column;
};

struct cord_query;

/* Fields that every event has whatever its source: time, received, org, source,
 * class, format, host, user, id, raw. NULL-terminated. */
extern const char *const cord_query_builtin_fields[];

/* Refusals name the column, what was expected, and the nearest thing that would
 * do. The text is copied. */
CORD_MUST_USE cord_status cord_query_parse(cord_str text, struct cord_query **ret_query,
                                           struct cord_error *err);
void cord_query_free(struct cord_query *query);

const struct cord_query_node *cord_query_condition(const struct cord_query *query);
const struct cord_query_stage *cord_query_stages(const struct cord_query *query, size_t *ret_count);

#endif
