/*
 * lint_internal.h: what the parts of the lint share.
 *
 * One document is looked at at a time. The first status that is not CORD_OK is
 * kept and silences the rest, so that a check may say many things and its
 * caller looks once.
 */
#ifndef CORD_DETECT_LINT_INTERNAL_H
#define CORD_DETECT_LINT_INTERNAL_H

#include "codec/yaml.h"
#include "detect/lint.h"

struct cord_lint {
    const struct cord_lint_sink *sink;
    struct cord_arena *arena; /* of the document at hand */
    cord_status status;
    cord_str file;
    cord_str id; /* of the document at hand */
    cord_str title;
    const struct cord_yaml *document;
    bool windows; /* its log source is a Windows one */
};

/* kind is a literal. A kind that begins with "schema" is an error. */
void cord_lint_say(struct cord_lint *lint, uint32_t line, const char *kind, const char *format, ...)
    CORD_PRINTF(4, 5);

/* lint_schema.c: members, types and forms. */
void cord_lint_schema(struct cord_lint *lint);

/* lint_value.c: the values of a detection as written. detection: the member
 * `detection` or `filter`. */
void cord_lint_values(struct cord_lint *lint, const struct cord_yaml *detection);

/* lint_regex.c: one expression. */
void cord_lint_regex(struct cord_lint *lint, uint32_t line, cord_str expression);

/* lint_condition.c: what the conditions say, whatever the selections find. */
void cord_lint_conditions(struct cord_lint *lint, const struct cord_yaml *detection);

/* lint_rule.c: a rule as parsed. */
void cord_lint_rule(struct cord_lint *lint, const struct cord_rule *rule);

#endif
