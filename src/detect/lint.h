/*
 * lint.h: what is questionable about rules, before they go live.
 *
 * Two views. A text against the JSON schemas of the Sigma specification 2.1.0
 * (detection, correlation and filter rules) and against our own sense: values
 * that can never match, expressions that can explode, conditions that say
 * nothing. And rules as parsed: log sources that no format has, comparisons
 * that exclude each other. What makes a rule unusable is the collection's
 * business (see cord_collection_refusal) and is not said again here. Pure; any
 * thread.
 */
#ifndef CORD_DETECT_LINT_H
#define CORD_DETECT_LINT_H

#include "detect/collection.h"

struct cord_lint_finding {
    bool error; /* against the specification's schema; else a warning */
    cord_str file;
    uint32_t line;
    cord_str id; /* "" when the document has none */
    cord_str title;
    cord_str kind;    /* what sort of finding: "schema-date"; static */
    cord_str message; /* what is wrong and the cure */
};

/* Where findings go. The texts are good during the call only. Any status but
 * CORD_OK ends the lint and is its result. */
struct cord_lint_sink {
    cord_status (*put)(void *self, const struct cord_lint_finding *finding);
    void *self;
};

/* One file's text. A text that is no YAML, and documents that are no rule,
 * give nothing: the collection refuses them. CORD_E_NOMEM, CORD_E_LIMIT, or
 * the sink's. */
CORD_MUST_USE cord_status cord_lint_text(cord_str file, cord_str text,
                                         const struct cord_lint_sink *sink, struct cord_error *err);

/* The rules of a finished collection. Errors as for _text. */
CORD_MUST_USE cord_status cord_lint_collection(const struct cord_collection *collection,
                                               const struct cord_lint_sink *sink,
                                               struct cord_error *err);

#endif
