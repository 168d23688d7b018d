/*
 * pipeline_internal.h: a pipeline as parsed.
 */
#ifndef CORD_DETECT_PIPELINE_INTERNAL_H
#define CORD_DETECT_PIPELINE_INTERNAL_H

#include "detect/condition.h"
#include "detect/pipeline.h"
#include "detect/pipeline_regex.h"
#include "detect/placeholder.h"

#define CORD_PIPELINE_NEST_MAX 8

/* What a condition is asked about. item and field are NULL and empty where
 * they make no sense. */
struct cord_pipeline_subject {
    const struct cord_draft *draft;
    const struct cord_draft_node *item;
    cord_str field;
};

enum cord_pipeline_test {
    CORD_PIPELINE_LOGSOURCE,
    CORD_PIPELINE_CONTAINS_ITEM,
    CORD_PIPELINE_CONTAINS_FIELD,
    CORD_PIPELINE_APPLIED,
    CORD_PIPELINE_STATE,
    CORD_PIPELINE_IS_RULE,
    CORD_PIPELINE_IS_CORRELATION,
    CORD_PIPELINE_ATTRIBUTE,
    CORD_PIPELINE_TAG,
    CORD_PIPELINE_INCLUDE_FIELDS,
    CORD_PIPELINE_EXCLUDE_FIELDS,
    CORD_PIPELINE_MATCH_STRING,
    CORD_PIPELINE_MATCH_VALUE,
    CORD_PIPELINE_WILDCARD,
    CORD_PIPELINE_NULL,
};

struct cord_pipeline_condition {
    enum cord_pipeline_test test;
    cord_str name; /* in an expression */
    cord_str key;  /* field, id, key, attribute or tag */
    cord_str value;
    bool has_value;
    bool differs; /* op: ne */
    bool every;   /* cond: all (of the item's values) */
    bool negate;
    struct cord_logsource logsource;
    cord_str *fields;
    struct cord_pipeline_regex **regexes; /* of fields with mode: re, or the pattern */
    size_t field_count;
    struct cord_pipeline_condition *next;
};

struct cord_pipeline_conditions {
    struct cord_pipeline_condition *first;
    struct cord_condition *expression;
    bool any; /* cond_op: or */
    bool negate;
};

enum cord_pipeline_kind {
    /* The four that rename fields come first. */
    CORD_PIPELINE_FIELD_MAPPING,
    CORD_PIPELINE_FIELD_PREFIX_MAPPING,
    CORD_PIPELINE_FIELD_SUFFIX,
    CORD_PIPELINE_FIELD_PREFIX,
    CORD_PIPELINE_DROP_ITEM,
    CORD_PIPELINE_ADD_CONDITION,
    CORD_PIPELINE_CHANGE_LOGSOURCE,
    CORD_PIPELINE_SET_ATTRIBUTE,
    CORD_PIPELINE_SET_STATE,
    CORD_PIPELINE_REPLACE_STRING,
    CORD_PIPELINE_MAP_STRING,
    CORD_PIPELINE_VALUE_PLACEHOLDERS,
    CORD_PIPELINE_WILDCARD_PLACEHOLDERS,
    CORD_PIPELINE_SET_VALUE,
    CORD_PIPELINE_CONVERT_TYPE,
    CORD_PIPELINE_CASE,
    CORD_PIPELINE_HASHES_FIELDS,
    CORD_PIPELINE_RULE_FAILURE,
    CORD_PIPELINE_ITEM_FAILURE,
    CORD_PIPELINE_STRICT_MAPPING,
    CORD_PIPELINE_ADD_FIELD,
    CORD_PIPELINE_REMOVE_FIELD,
    CORD_PIPELINE_SET_FIELD,
    CORD_PIPELINE_NEST,
};

/* One line of a mapping. */
struct cord_pipeline_mapping {
    cord_str from;
    cord_str *to;
    size_t to_count;
    struct cord_pipeline_mapping *next;
};

struct cord_pipeline_item {
    enum cord_pipeline_kind kind;
    cord_str id;
    const char *type;
    uint32_t line;
    struct cord_pipeline_conditions rule;
    struct cord_pipeline_conditions item;
    struct cord_pipeline_conditions field;

    struct cord_pipeline_mapping *mapping;
    cord_str key; /* prefix, suffix, message, key, attribute, name */
    cord_str value;
    bool flag;  /* negated, skip_special, drop_algo_prefix, or: the target is a number */
    bool upper; /* case */
    struct cord_logsource logsource;
    struct cord_draft_node *node; /* add_condition */
    struct cord_draft_value *set; /* set_value */
    struct cord_pipeline_regex *regex;
    cord_str *texts; /* fields, algorithms */
    size_t text_count;
    struct cord_placeholder *placeholders;
    bool wildcard; /* every placeholder */
    struct cord_pipeline_item *children;
    struct cord_pipeline_item *next;
};

/* A transformation that an item or rule went through. */
struct cord_draft_applied {
    const struct cord_pipeline_item *item;
    cord_str id;
    bool field_mapping;
    struct cord_draft_applied *next;
};

struct cord_pipeline {
    cord_str name;
    int64_t priority;
    uint64_t order; /* in which it was read */
    struct cord_placeholder *vars;
    struct cord_pipeline_item *items;
    struct cord_pipeline_regex *regexes;
};

CORD_MUST_USE cord_status cord_pipeline_condition_parse(struct cord_draft_context *context,
                                                        struct cord_pipeline *pipeline,
                                                        const struct cord_yaml *item,
                                                        const char *level,
                                                        struct cord_pipeline_conditions *ret_set);

/* True when the set is empty. */
bool cord_pipeline_condition_holds(const struct cord_pipeline_conditions *set,
                                   const struct cord_pipeline_subject *subject,
                                   struct cord_arena *work);

/* Applies one transformation whose rule conditions hold. */
CORD_MUST_USE cord_status cord_pipeline_transform(struct cord_draft_context *context,
                                                  const struct cord_pipeline_item *item,
                                                  struct cord_draft *draft);

/* A transformation at work on a rule. */
struct cord_pipeline_run {
    struct cord_draft_context *context;
    const struct cord_pipeline_item *item;
    struct cord_draft *draft;
};

/* With the author's message if there is one, else with `why`. */
cord_status cord_pipeline_refuse(struct cord_pipeline_run *run, uint32_t line, const char *why);

/* a and b in a row, interned. */
CORD_MUST_USE cord_status cord_pipeline_join(struct cord_pipeline_run *run, cord_str a, cord_str b,
                                             cord_str *ret_text);

/* replace_string, map_string, convert_type, case and set_value. */
CORD_MUST_USE cord_status cord_pipeline_change_values(struct cord_pipeline_run *run,
                                                      struct cord_draft_node *node);

/* hashes_fields: an item of Sysmon's field Hashes becomes one a hash. */
CORD_MUST_USE cord_status cord_pipeline_split_hashes(struct cord_pipeline_run *run,
                                                     struct cord_draft_node *node);

/* Whether a list of words, a blank between them, has this one. */
bool cord_pipeline_is_member(const char *members, cord_str name);

/* Texts of a list or of one scalar, in the work arena. */
CORD_MUST_USE cord_status cord_pipeline_texts(struct cord_draft_context *context,
                                              const struct cord_yaml *node, cord_str **ret_texts,
                                              size_t *ret_count);

/* A copy of a member's text; empty when it is not there. */
CORD_MUST_USE cord_status cord_pipeline_text(struct cord_draft_context *context,
                                             const struct cord_yaml *map, const char *name,
                                             cord_str *ret_text);

CORD_MUST_USE cord_status cord_pipeline_regex(struct cord_draft_context *context,
                                              struct cord_pipeline *pipeline, uint32_t line,
                                              cord_str expression, bool anchored,
                                              struct cord_pipeline_regex **ret_regex);

#endif
