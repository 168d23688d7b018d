/*
 * correlation.h: a Sigma correlation rule as parsed: what it counts, over what,
 * and when that is worth a finding.
 *
 * Sigma correlation rules specification 2.1.0, and the extended condition of
 * temporal correlations (SEP 198). Parsing sees one document; resolving sees
 * the whole collection and ties references to rules and to other correlations.
 * Lives in the collection's arena and never changes once that is finished.
 * docs/correlation.md says what each type means.
 */
#ifndef CORD_DETECT_CORRELATION_H
#define CORD_DETECT_CORRELATION_H

#include "base/arena.h"
#include "base/fixed.h"
#include "codec/yaml.h"
#include "detect/rule.h"

enum cord_correlation_type {
    CORD_CORRELATION_EVENT_COUNT,
    CORD_CORRELATION_VALUE_COUNT,
    CORD_CORRELATION_TEMPORAL,
    CORD_CORRELATION_TEMPORAL_ORDERED,
    CORD_CORRELATION_VALUE_SUM,
    CORD_CORRELATION_VALUE_AVG,
    CORD_CORRELATION_VALUE_PERCENTILE,
};

/* Bits of a set, so that a rule's mask has room for each. */
#define CORD_CORRELATION_STEPS_MAX   64u
#define CORD_CORRELATION_ORDERED_MAX 16u /* steps of temporal_ordered */
#define CORD_CORRELATION_GROUP_MAX   16u /* fields of group-by */
#define CORD_CORRELATION_FIELDS_MAX  8u  /* fields of a condition */
#define CORD_CORRELATION_TESTS_MAX   6u
#define CORD_CORRELATION_CHAIN_MAX   16u /* correlations standing on each other */
#define CORD_CORRELATION_NODES_MAX   256u

enum cord_correlation_compare {
    CORD_CORRELATION_GT,
    CORD_CORRELATION_GTE,
    CORD_CORRELATION_LT,
    CORD_CORRELATION_LTE,
    CORD_CORRELATION_EQ,
    CORD_CORRELATION_NEQ,
};

struct cord_correlation_test {
    enum cord_correlation_compare compare;
    cord_fixed value;
};

struct cord_correlation_alias {
    cord_str name;      /* as in group-by or the condition's field */
    cord_str reference; /* id or name of the rule it is for */
    cord_str field;     /* what it is called in that rule's events */
    uint32_t line;
};

/* One of `rules:`. Exactly one of rule and correlation is set once resolved. */
struct cord_correlation_step {
    cord_str reference;
    uint32_t line;
    uint32_t target; /* index among the rules or correlations given to resolve */
    const struct cord_rule *rule;
    const struct cord_correlation *correlation;
    /* Resolved: for each of group_by and of fields, its name in this step's
     * events, aliases applied. */
    const cord_str *group_fields;
    const cord_str *value_fields;
};

enum cord_correlation_node_kind {
    CORD_CORRELATION_STEP,
    CORD_CORRELATION_AND,
    CORD_CORRELATION_OR,
    CORD_CORRELATION_NOT,
};

/* The extended condition in postfix order: operands first. */
struct cord_correlation_node {
    enum cord_correlation_node_kind kind;
    uint32_t step; /* of CORD_CORRELATION_STEP: index in steps */
};

struct cord_correlation {
    uint32_t number; /* position among the collection's correlations */
    struct cord_rule_about about;

    enum cord_correlation_type type;
    struct cord_correlation_step *steps;
    size_t step_count;
    cord_str *group_by; /* field names and aliases, blanks taken out */
    size_t group_count; /* 0: all events are one group */
    struct cord_correlation_alias *aliases;
    size_t alias_count;
    int64_t timespan_ns;
    cord_str timespan; /* as written */

    /* All must hold. Empty when there is an expression. A temporal correlation
     * without condition has the one test "gte: number of rules". */
    struct cord_correlation_test tests[CORD_CORRELATION_TESTS_MAX];
    size_t test_count;
    const struct cord_correlation_node *expression;
    size_t node_count;
    cord_str *fields; /* the condition's field or fields */
    size_t field_count;
    bool has_percentile;   /* value_percentile with a rank: a number's percentile, */
    cord_fixed percentile; /* 0 to 100; without: how often the value occurs, in percent */

    /* The condition can be judged only when the window is over: something that
     * comes later may still make it false. */
    bool deferred;

    bool generate; /* the rules it refers to give findings of their own, too */
    bool silent;   /* only a step of others: its completions are not findings */

    cord_str warning; /* taken, but the author should look; "" otherwise */
    cord_str refusal; /* set by resolve: why it takes no part; "" otherwise */
    uint32_t refusal_line;
};

/* Whether the document is a correlation: it has the member `correlation`. */
bool cord_correlation_is(const struct cord_yaml *document);

/* One document. Nothing of the text need outlive the call but what is in the
 * arena. CORD_E_FORMAT (against the specification), CORD_E_UNSUPPORTED
 * (understood, not done) and CORD_E_LIMIT name the line and what to write
 * instead; CORD_E_NOMEM. References are not looked at yet. */
CORD_MUST_USE cord_status cord_correlation_parse(const struct cord_yaml *document, cord_str file,
                                                 struct cord_arena *arena,
                                                 struct cord_correlation **ret_correlation,
                                                 struct cord_error *err);

/* Ties every correlation to the rules and correlations that its references
 * name, by id or name. One that cannot be tied (unknown or ambiguous
 * reference, cycle, chain too long, alias for a rule it does not list) gets a
 * `refusal` and is no step of any other: those that stand on it are refused as
 * well. Sets `silent` of rules and correlations that are only steps. Sets
 * `number` of those that are left, in order. Fails only with CORD_E_NOMEM
 * and CORD_E_LIMIT (arena). */
CORD_MUST_USE cord_status cord_correlation_resolve(struct cord_correlation *const *correlations,
                                                   size_t count, struct cord_rule *const *rules,
                                                   size_t rule_count, struct cord_arena *arena,
                                                   struct cord_error *err);

/* Whether the condition's comparisons hold for value / divisor, exactly. The
 * divisor is 1 to 2^33; the value at most 2^63 times that. */
bool cord_correlation_holds(const struct cord_correlation *correlation, cord_fixed value,
                            uint64_t divisor);

/* "event_count" .. */
const char *cord_correlation_type_name(enum cord_correlation_type type);

#endif
