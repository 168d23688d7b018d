/*
 * pipeline.h: processing pipelines in pySigma's YAML form.
 *
 * A pipeline changes rules before they are built: names of fields, values, log
 * sources. Transformations and conditions that cannot be honoured refuse the
 * whole pipeline, by name. One thread; lives in the work arena.
 */
#ifndef CORD_DETECT_PIPELINE_H
#define CORD_DETECT_PIPELINE_H

#include "detect/draft_internal.h"

struct cord_pipeline;

/* context->line and err tell what is wrong. */
CORD_MUST_USE cord_status cord_pipeline_parse(struct cord_draft_context *context,
                                              const struct cord_yaml *document,
                                              struct cord_pipeline **ret_pipeline);

/* Changes the draft and its filters. May refuse the rule (rule_failure). */
CORD_MUST_USE cord_status cord_pipeline_apply(struct cord_draft_context *context,
                                              struct cord_pipeline *pipeline,
                                              struct cord_draft *draft);

/* The name of a field as the transformations applied to the draft changed it:
 * for correlations, whose group-by fields are those of their rules' events. */
CORD_MUST_USE cord_status cord_pipeline_rename(struct cord_draft_context *context,
                                               struct cord_draft *draft, cord_str *name);

/* Whether the pipeline maps the field to several, of which a group-by can have
 * only one. */
bool cord_pipeline_is_ambiguous(const struct cord_pipeline *pipeline, cord_str name);

/* Gives back what is not in the arena. */
void cord_pipeline_free(struct cord_pipeline *pipeline);

/* Its place among those of the same priority. */
void cord_pipeline_number(struct cord_pipeline *pipeline, uint64_t order);

/* Order of application: priority, then the order in which they were read. */
int cord_pipeline_compare(const struct cord_pipeline *a, const struct cord_pipeline *b);

#endif
