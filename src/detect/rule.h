/*
 * rule.h: a Sigma rule as parsed: what it means, before any index.
 *
 * Everything of the rule format is resolved here: modifiers are applied,
 * selectors ("1 of sel*") expanded, placeholders filled, filters and pipelines
 * merged. What is left is a tree of AND, OR and NOT over atoms. Both the fast
 * matcher and the naive evaluator of the tests start from this tree. Lives in
 * the rule collection's arena and never changes once the collection is
 * finished. Sigma specification 2.1.0.
 */
#ifndef CORD_DETECT_RULE_H
#define CORD_DETECT_RULE_H

#include "base/pattern.h"
#include "base/regex.h"
#include "detect/rule_about.h"

enum cord_atom_kind {
    /* The value as a whole matches the parts; no part at all: the empty text.
     * Matches numbers by their canonical decimal text. Keywords have '*' at
     * both ends, so that this holds for them too. Neither two texts nor two
     * '*' follow each other. */
    CORD_ATOM_PATTERN,
    CORD_ATOM_REGEX, /* unanchored search */
    CORD_ATOM_CIDR,
    CORD_ATOM_NUMBER, /* compare, with or without a time part */
    CORD_ATOM_BOOL,   /* JSON true/false or the text */
    CORD_ATOM_NULL,   /* the field is absent or JSON null */
    CORD_ATOM_EXISTS, /* presence; a null value counts as present */
    CORD_ATOM_FIELD,  /* compares with another field of the same event */
};

enum cord_compare {
    CORD_COMPARE_EQ,
    CORD_COMPARE_LT,
    CORD_COMPARE_LTE,
    CORD_COMPARE_GT,
    CORD_COMPARE_GTE,
};

enum cord_time_part {
    CORD_TIME_PART_NONE,
    CORD_TIME_PART_MINUTE,
    CORD_TIME_PART_HOUR,
    CORD_TIME_PART_DAY,
    CORD_TIME_PART_WEEK,
    CORD_TIME_PART_MONTH,
    CORD_TIME_PART_YEAR,
};

enum cord_field_match {
    CORD_FIELD_EQUALS,
    CORD_FIELD_CONTAINS,
    CORD_FIELD_STARTSWITH,
    CORD_FIELD_ENDSWITH,
};

/* One test of one field. Absent fields make every atom false, but NULL (true)
 * and EXISTS. On a field with several values (an array) one that matches is
 * enough. */
struct cord_atom {
    enum cord_atom_kind kind;
    cord_str field; /* blanks taken out; "" for a keyword: any value, or the raw message */
    bool keyword;
    bool cased;          /* PATTERN and FIELD: case counts */
    bool negated_exists; /* EXISTS: `exists: false` */

    const struct cord_part *parts; /* PATTERN */
    size_t part_count;

    cord_str text; /* REGEX: the expression; CIDR: as written; NUMBER: canonical decimal;
                    * FIELD: the other field's name */
    unsigned regex_flags;
    uint8_t cidr_address[16]; /* v4 as ::ffff:a.b.c.d; host bits cleared */
    uint8_t cidr_bits;        /* 0..128 */
    bool boolean;
    enum cord_compare compare;
    enum cord_time_part time_part;
    enum cord_field_match field_match;
};

enum cord_node_kind {
    CORD_NODE_AND,
    CORD_NODE_OR,
    CORD_NODE_NOT, /* one child; two-valued: true when the child is false */
    CORD_NODE_ATOM,
};

struct cord_node {
    enum cord_node_kind kind;
    bool expansion; /* OR that a modifier made of one value (windash, base64offset) */
    const struct cord_node *child; /* first */
    const struct cord_node *next;  /* sibling */
    const struct cord_atom *atom;
    cord_str selection; /* the rule's search identifier this came from; "" above it */
};

struct cord_logsource {
    cord_str product;
    cord_str category;
    cord_str service;
    cord_str definition;
};

struct cord_rule {
    uint32_t number; /* position among the collection's rules */
    struct cord_rule_about about;
    const cord_str *fields; /* the rule's `fields:`: what an analyst wants to see */
    size_t field_count;
    struct cord_logsource logsource;

    const struct cord_node *const *conditions; /* any of them */
    size_t condition_count;

    bool silent; /* only a correlation's base: matches are not findings (generate: false) */
};

#endif
