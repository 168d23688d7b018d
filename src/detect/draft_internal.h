/*
 * draft_internal.h: a rule between its YAML and its tree.
 *
 * Modifiers are applied, but selectors, placeholders, filters and pipelines
 * are not: those need the whole collection. Texts are in the arena that the
 * rules keep, everything else in a second arena that dies when the collection
 * is finished. One thread.
 */
#ifndef CORD_DETECT_DRAFT_INTERNAL_H
#define CORD_DETECT_DRAFT_INTERNAL_H

#include "base/arena.h"
#include "base/map.h"
#include "codec/yaml.h"
#include "detect/collection.h"

#include <assert.h>

/* What hostile rules run into. */
#define CORD_DRAFT_EXPANSION_MAX 16384u  /* values that one value may become */
#define CORD_DRAFT_NODES_MAX     200000u /* nodes of one rule's tree */

enum cord_draft_part_kind {
    CORD_DRAFT_PART_TEXT,
    CORD_DRAFT_PART_ANY,
    CORD_DRAFT_PART_ONE,
    CORD_DRAFT_PART_PLACEHOLDER, /* text: its name */
};

struct cord_draft_part {
    enum cord_draft_part_kind kind;
    cord_str text;
};

enum cord_draft_kind {
    CORD_DRAFT_STRING,
    CORD_DRAFT_NUMBER, /* plain, compared, or a time part */
    CORD_DRAFT_BOOL,
    CORD_DRAFT_NULL,
    CORD_DRAFT_REGEX,
    CORD_DRAFT_CIDR,
    CORD_DRAFT_FIELD,
    CORD_DRAFT_EXISTS,
    CORD_DRAFT_EXPANSION, /* any of its members */
};

struct cord_draft_value {
    enum cord_draft_kind kind;
    uint32_t line;
    bool cased;
    bool boolean; /* BOOL, EXISTS */
    bool starts;  /* FIELD: with both, contains */
    bool ends;
    unsigned regex_flags;
    enum cord_compare compare;
    enum cord_time_part time_part;
    const struct cord_draft_part *parts; /* STRING */
    size_t part_count;
    cord_str text; /* of all but STRING and EXPANSION */
    uint8_t cidr_address[16];
    uint8_t cidr_bits;
    struct cord_draft_value *members; /* EXPANSION */
    struct cord_draft_value *next;
};

enum cord_draft_node_kind {
    CORD_DRAFT_ITEM, /* one field and its values */
    CORD_DRAFT_ALL,
    CORD_DRAFT_ANY,
};

/* Part of a selection. */
struct cord_draft_node {
    enum cord_draft_node_kind kind;
    uint32_t line;
    struct cord_draft_node *child; /* ALL, ANY */
    struct cord_draft_node *next;

    cord_str field; /* ITEM; "" for keywords */
    bool keyword;
    bool all;    /* |all: every value must match */
    bool negate; /* |neq: none may match */
    bool regex;  /* written with |re: values are added as they are */
    struct cord_draft_value *values;
    size_t value_count;
    struct cord_draft_applied *applied; /* pipeline transformations it went through */
};

struct cord_draft_selection {
    cord_str name;
    uint32_t line;
    struct cord_draft_node *node;
    struct cord_draft_selection *next;
};

struct cord_draft_condition {
    cord_str text;
    uint32_t line;
    struct cord_draft_condition *next;
};

/* What conditions speak about: a rule's `detection` or a filter's `filter`. */
struct cord_draft_detection {
    struct cord_draft_selection *selections;
    struct cord_draft_condition *conditions;
};

struct cord_draft_attribute {
    cord_str name;
    cord_str value;
    struct cord_draft_attribute *next;
};

struct cord_draft_filter {
    cord_str file;
    cord_str id;
    cord_str title;
    uint32_t line;
    struct cord_logsource logsource;
    bool any_rule;
    const cord_str *rules;
    bool *used; /* of rules: one was found */
    size_t rule_count;
    struct cord_draft_detection detection;
    struct cord_draft_filter *next;
};

/* A filter of one rule; its detection is the rule's own copy. */
struct cord_draft_filtered {
    const struct cord_draft_filter *filter;
    struct cord_draft_detection detection;
    struct cord_draft_filtered *next;
};

struct cord_draft {
    struct cord_rule *rule;
    struct cord_draft_detection detection;
    struct cord_draft_attribute *attributes; /* that struct cord_rule does not hold */
    struct cord_draft_filtered *filters;
    struct cord_draft_applied *applied; /* pipeline transformations applied to the rule */
    struct cord_draft_attribute *state; /* pipelines' set_state */
    bool inherited_id;                  /* of a global or repeated document */
    struct cord_draft *next;
};

/* What every step of the way needs. */
struct cord_draft_context {
    struct cord_arena *arena; /* what rules keep */
    struct cord_arena *work;  /* gone when the collection is finished */
    struct cord_map interned;
    cord_str *interned_texts;
    size_t interned_count;
    size_t interned_cap;

    cord_str file; /* of the document at hand, for messages */
    cord_str id;
    cord_str title;
    uint32_t line;         /* of what was refused last */
    struct cord_error err; /* why */

    struct cord_rule_refusal *refusals;
    size_t refusal_count;
    size_t refusal_cap;
};

/* Refuses the document at hand: CORD_E_FORMAT (against the specification) or
 * CORD_E_UNSUPPORTED. CORD_E_NOMEM and CORD_E_LIMIT (an arena is full) are not
 * the document's fault and stop the collection. */
void cord_draft_refuse_text(struct cord_draft_context *context, uint32_t line, const char *format,
                            ...) CORD_PRINTF(3, 4);
/* A macro so that compilers and analysers see which status comes back. */
#define cord_draft_refuse(context, line, status, ...)                                              \
    (cord_draft_refuse_text((context), (line), __VA_ARGS__), (cord_status)(status))

/* The arena's reason; for when an allocation gave NULL. */
cord_status cord_draft_no_room_reason(struct cord_draft_context *context,
                                      const struct cord_arena *arena);
static inline cord_status cord_draft_no_room(struct cord_draft_context *context,
                                             const struct cord_arena *arena)
{
    cord_status status = cord_draft_no_room_reason(context, arena);
    assert(status != CORD_OK); /* so that the analyser knows, too */
    return status;
}

/* Whether a status is the document's fault. */
bool cord_draft_is_refusal(cord_status status);

/* Puts a refusal or warning on the list; reason is copied. */
CORD_MUST_USE cord_status cord_draft_report(struct cord_draft_context *context, uint32_t line,
                                            bool warning, cord_str reason);
CORD_MUST_USE cord_status cord_draft_warn(struct cord_draft_context *context, uint32_t line,
                                          const char *format, ...) CORD_PRINTF(3, 4);

/* One copy of each text, for names that come back often. */
CORD_MUST_USE cord_status cord_draft_intern(struct cord_draft_context *context, cord_str text,
                                            cord_str *ret_text);

/* A name as messages show it: cut when long. */
cord_str cord_draft_brief(cord_str text);

struct cord_draft_value *cord_draft_value_new(struct cord_draft_context *context,
                                              enum cord_draft_kind kind, uint32_t line);

/* A selection that can be changed without the original's noticing. */
CORD_MUST_USE cord_status cord_draft_copy(struct cord_draft_context *context,
                                          const struct cord_draft_detection *detection,
                                          struct cord_draft_detection *ret_detection);

#endif
