/*
 * api_hunts_summary.h: what a search comes to beside its rows: how many events match and when,
 * and which values their fields have.
 *
 * Worked out behind the rows, a question at a time, each over all events that match, however many
 * rows are kept. One thread.
 */
#ifndef CORD_API_API_HUNTS_SUMMARY_H
#define CORD_API_API_HUNTS_SUMMARY_H

#include "api/api_shape.h"
#include "base/buf.h"
#include "evidence/store.h"

#define CORD_API_HUNTS_FACETS_MAX 10u

struct cord_api_hunts_summary_ask {
    bool wanted;
    cord_str facets[CORD_API_HUNTS_FACETS_MAX]; /* names of fields */
    size_t facet_count;
};

/* Whether there can be one of the query and its fields; else faults are added. */
void cord_api_hunts_summary_check(const struct cord_query *query,
                                  const struct cord_api_hunts_summary_ask *ask,
                                  struct cord_api_faults *faults);

struct cord_api_hunts_summary_run {
    struct cord_store *store;
    const struct cord_query *query;
    struct cord_search_options options;
    uint64_t seed;
    bool (*progress)(void *self, const struct cord_search_progress *progress);
    /* After each question: what is known so far, an object without its closing brace; how many
     * events match is known after the first. */
    cord_status (*publish)(void *self, cord_str opened, uint64_t matched);
    void *self;
};

/* CORD_E_END: progress said stop. */
CORD_MUST_USE cord_status cord_api_hunts_summary_run(const struct cord_api_hunts_summary_run *run,
                                                     const struct cord_api_hunts_summary_ask *ask,
                                                     struct cord_error *err);

/* Of what is published. */
extern const struct cord_api_shape cord_api_hunts_summary_shape;

#endif
