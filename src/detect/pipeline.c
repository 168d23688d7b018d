/* pipeline.c: see pipeline.h. */
#include "detect/pipeline.h"

struct cord_pipeline {
    int64_t priority;
};

cord_status cord_pipeline_parse(struct cord_draft_context *context,
                                const struct cord_yaml *document,
                                struct cord_pipeline **ret_pipeline)
{
    (void)ret_pipeline;
    return cord_draft_refuse(context, document->line, CORD_E_UNSUPPORTED,
                             "processing pipelines are not read by this version");
}

cord_status cord_pipeline_apply(struct cord_draft_context *context, struct cord_pipeline *pipeline,
                                struct cord_draft *draft)
{
    (void)context;
    (void)pipeline;
    (void)draft;
    return CORD_OK;
}

int cord_pipeline_compare(const struct cord_pipeline *a, const struct cord_pipeline *b)
{
    return a->priority < b->priority ? -1 : a->priority > b->priority;
}
