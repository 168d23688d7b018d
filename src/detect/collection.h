/*
 * collection.h: rule files read, understood, and either taken or refused.
 *
 * Add texts in any order, then finish: global and reset documents, filters,
 * placeholders, processing pipelines and the references of correlations are
 * resolved across all of them. A rule that cannot be honoured to the letter is
 * refused with its file, line, id and the reason. After finish nothing changes
 * and any thread may read.
 */
#ifndef CORD_DETECT_COLLECTION_H
#define CORD_DETECT_COLLECTION_H

#include "base/error.h"
#include "detect/rule.h"

struct cord_collection;
struct cord_correlation;

struct cord_rule_refusal {
    cord_str file;
    uint32_t line;
    cord_str id; /* "" when the document has none */
    cord_str title;
    cord_str reason; /* what is wrong and what to write instead */
    bool warning;    /* the rule was taken all the same */
};

struct cord_collection *cord_collection_new(void);
void cord_collection_free(struct cord_collection *collection);

/* Before the first is added: rules remember the text that they were read from (rule_about.h). */
void cord_collection_keep_texts(struct cord_collection *collection);

/* One file's text, YAML with one or more documents; rules, correlations and
 * filters alike. file_name is for messages; both are copied. CORD_OK also when
 * rules in it were refused (see cord_collection_refusal): only CORD_E_NOMEM
 * and CORD_E_LIMIT fail. */
CORD_MUST_USE cord_status cord_collection_add(struct cord_collection *collection,
                                              cord_str file_name, cord_str text,
                                              struct cord_error *err);

/* Placeholder lists: a YAML map of name to list of values (pySigma's `vars`). */
CORD_MUST_USE cord_status cord_collection_placeholders(struct cord_collection *collection,
                                                       cord_str file_name, cord_str text,
                                                       struct cord_error *err);

/* A processing pipeline in pySigma's YAML form; applied in order of priority. */
CORD_MUST_USE cord_status cord_collection_pipeline(struct cord_collection *collection,
                                                   cord_str file_name, cord_str text,
                                                   struct cord_error *err);

CORD_MUST_USE cord_status cord_collection_finish(struct cord_collection *collection,
                                                 struct cord_error *err);

size_t cord_collection_rule_count(const struct cord_collection *collection);
const struct cord_rule *cord_collection_rule(const struct cord_collection *collection, size_t at);
size_t cord_collection_correlation_count(const struct cord_collection *collection);
const struct cord_correlation *cord_collection_correlation(const struct cord_collection *collection,
                                                           size_t at);
size_t cord_collection_refusal_count(const struct cord_collection *collection);
const struct cord_rule_refusal *cord_collection_refusal(const struct cord_collection *collection,
                                                        size_t at);

#endif
