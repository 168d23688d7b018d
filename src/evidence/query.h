/*
 * query.h: what an analyst asks: a condition on events, and what to make of
 * those that meet it.
 *
 *   EventID:4625 AND NOT TargetUserName:*$ AND IpAddress:10.0.0.0/8
 *       | count by IpAddress, Computer | sort count desc | head 20
 *
 * Parsed into a tree that never changes: any thread may evaluate it (see
 * query_match.h). docs/hunt.md describes the language.
 */
#ifndef CORD_EVIDENCE_QUERY_H
#define CORD_EVIDENCE_QUERY_H

#include "base/buf.h"
#include "base/decimal.h"
#include "base/pattern.h"
#include "base/regex.h"

#define CORD_QUERY_BYTES_MAX   (64u << 10)
#define CORD_QUERY_NODES_MAX   4096u
#define CORD_QUERY_DEPTH_MAX   64u
#define CORD_QUERY_STAGES_MAX  16u
#define CORD_QUERY_FIELDS_MAX  8u /* in one "by" or "fields" */
#define CORD_QUERY_INDEXES_MAX 4u /* "[0]" in one field name */
#define CORD_QUERY_NUMBER_MAX  1000000u
#define CORD_QUERY_KEEP_MAX    10000u /* of first and last */

enum cord_query_op {
    CORD_QUERY_ALL, /* every event: an empty condition */
    CORD_QUERY_AND,
    CORD_QUERY_OR,
    CORD_QUERY_NOT,
    CORD_QUERY_TEXT,    /* somewhere in raw or in any value; case does not matter */
    CORD_QUERY_EQUAL,   /* a value of the field is the text; case does not matter */
    CORD_QUERY_LIKE,    /* ... with * and ?; without a field: somewhere in raw or any value */
    CORD_QUERY_REGEX,   /* somewhere in a value; without a field: in raw or any value */
    CORD_QUERY_COMPARE, /* numbers as numbers, times as times, else as text: > >= < <= [a TO b] */
    CORD_QUERY_CIDR,    /* a value is an address of the range; without a field: any value */
    CORD_QUERY_EXISTS,  /* field:*  there is such a value, or one below it; null is none */
};

/* Fields that every event has whatever its source. They hide fields of the
 * source of the same name; a leading dot in a query names those. */
enum cord_query_builtin {
    CORD_QUERY_FIELD_TIME, /* cord_row_when, as cord_timestamp_format writes it */
    CORD_QUERY_FIELD_RECEIVED,
    CORD_QUERY_FIELD_ORG,
    CORD_QUERY_FIELD_SOURCE,
    CORD_QUERY_FIELD_CLASS,
    CORD_QUERY_FIELD_FORMAT,
    CORD_QUERY_FIELD_HOST, /* by its role */
    CORD_QUERY_FIELD_USER,
    CORD_QUERY_FIELD_ID, /* of the evidence; none until it is stored */
    CORD_QUERY_FIELD_RAW,
    CORD_QUERY_BUILTIN_COUNT,
    CORD_QUERY_FIELD_OWN = CORD_QUERY_BUILTIN_COUNT, /* the source's */
};

/* Their words, in that order; NULL-terminated. */
extern const char *const cord_query_builtin_fields[];

/* A field as a query names it. */
struct cord_query_field {
    cord_str text; /* as written; "" in a condition: none */
    cord_str name; /* without the leading dot and "[n]" */
    enum cord_query_builtin builtin;
    bool rooted; /* ".name", or with an index: the source's whole name, not its end or Sigma's */
    /* "a.b[2].c": of name the first 3 bytes, "a.b", are an array, and it is about its member 2. */
    struct cord_query_index {
        uint32_t name_len;
        uint32_t member;
    } indexes[CORD_QUERY_INDEXES_MAX];
    size_t index_count;
};

/* What both bounds of a comparison are. */
enum cord_query_order {
    CORD_QUERY_AS_NUMBER,
    CORD_QUERY_AS_TIME,
    CORD_QUERY_AS_TEXT, /* folded, by bytes */
};

struct cord_query_bound {
    bool present;
    bool open; /* the bound itself is outside */
    cord_str text;
    cord_str folded;
    struct cord_decimal number;
    int64_t ns;
};

struct cord_query_node {
    enum cord_query_op op;
    uint32_t number;                   /* below cord_query_node_count: for tables of evaluators */
    struct cord_query_node **children; /* AND, OR: two or more; NOT: one */
    size_t child_count;
    struct cord_query_field field;
    cord_str text; /* without quotes; of LIKE every * and ? is a wildcard; of REGEX what is between
                    * the slashes; of CIDR as written */
    bool caseless; /* REGEX: /.../i */
    enum cord_query_order order; /* COMPARE */
    struct cord_query_bound low, high;
    size_t column; /* of what is looked for, in characters of the query from 1 */

    /* Made of the above. */
    cord_str folded;               /* TEXT, EQUAL */
    const struct cord_part *parts; /* LIKE, folded; without a field '*' is at both ends */
    size_t part_count;
    struct cord_regex *regex;
    uint8_t network[16]; /* CIDR, as base/cidr.h has it */
    uint8_t network_bits;
    uint64_t sequence; /* EQUAL of id: the event's number (query_id.h); 0: none */
};

enum cord_query_verb {
    CORD_QUERY_COUNT,    /* count [by f1,f2] */
    CORD_QUERY_TIMELINE, /* timeline 5m [by f] */
    CORD_QUERY_TOP,      /* top [20] f */
    CORD_QUERY_DISTINCT, /* distinct f [by g] */
    CORD_QUERY_STATS,    /* stats min(f), max(f), avg(f), sum(f), p95(f), count [by g] */
    CORD_QUERY_FIRST,    /* first [n]: oldest */
    CORD_QUERY_LAST,     /* last [n]: newest */
    CORD_QUERY_SORT,     /* sort f [asc|desc], ... */
    CORD_QUERY_FIELDS,   /* fields f1,f2 */
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
    unsigned percentile;           /* 1 .. 100 */
    struct cord_query_field field; /* none of COUNT */
    cord_str title;                /* "p95(duration)": the column it becomes */
};

/* COUNT to LAST come first or not at all. They and what is before them speak of
 * events; SORT, FIELDS and HEAD behind COUNT to STATS of the table's columns. */
struct cord_query_stage {
    enum cord_query_verb verb;
    struct cord_query_field fields[CORD_QUERY_FIELDS_MAX]; /* of top, distinct, sort, fields */
    size_t columns[CORD_QUERY_FIELDS_MAX]; /* sort, fields of a table: which column of it */
    bool descending[CORD_QUERY_FIELDS_MAX];
    size_t field_count;
    struct cord_query_field by[CORD_QUERY_FIELDS_MAX];
    size_t by_count;
    struct cord_query_measure measures[CORD_QUERY_FIELDS_MAX];
    size_t measure_count;
    uint64_t number;   /* top, first, last, head */
    int64_t bucket_ns; /* timeline */
    size_t column;     /* in characters from 1 */
};

struct cord_query;

/* The text is copied. CORD_E_FORMAT, CORD_E_LIMIT: err names the column, what
 * was expected and the nearest thing that would do; further lines of it show
 * the place with a caret below. CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_query_parse(cord_str text, struct cord_query **ret_query,
                                           struct cord_error *err);
void cord_query_free(struct cord_query *query);

const struct cord_query_node *cord_query_condition(const struct cord_query *query);
uint32_t cord_query_node_count(const struct cord_query *query);
const struct cord_query_stage *cord_query_stages(const struct cord_query *query, size_t *ret_count);

/* Titles of the table that the first stage makes, NULL when the result is events. */
const cord_str *cord_query_columns(const struct cord_query *query, size_t *ret_count);

/* Appends the query in one canonical form, which parses to the same tree. */
void cord_query_print(const struct cord_query *query, struct cord_buf *out);
/* The same of a condition alone. */
void cord_query_print_condition(const struct cord_query_node *node, struct cord_buf *out);

#endif
