/*
 * traffic_plan.h: all that is sent in a scenario, line by line, in the order of time.
 *
 * The same traffic, seed and recordings give the same lines. One thread.
 */
#ifndef CORD_CARE_TRAFFIC_PLAN_H
#define CORD_CARE_TRAFFIC_PLAN_H

#include "care/traffic.h"
#include "codec/paths.h"
#include "event/event.h"

#define CORD_TRAFFIC_PLAN_LINES_MAX 4000000u
#define CORD_TRAFFIC_PLAN_BYTES_MAX ((size_t)2 << 30)

struct cord_traffic_plan;

struct cord_traffic_line {
    int64_t at_ns;
    uint32_t sender;
    uint32_t order; /* of those of one time */
    cord_str text;  /* without a line end; the plan's */
};

/* With all that series make. The traffic outlives the plan. CORD_E_LIMIT: it is too much. */
CORD_MUST_USE cord_status cord_traffic_plan_new(const struct cord_traffic *traffic, uint64_t seed,
                                                struct cord_traffic_plan **ret_plan,
                                                struct cord_error *err);
void cord_traffic_plan_free(struct cord_traffic_plan *plan);

/* The events of a recording, one after another as recorded; begin says which. Of events without a
 * time each is of the one before. */
void cord_traffic_plan_begin(struct cord_traffic_plan *plan, size_t recording);
CORD_MUST_USE cord_status cord_traffic_plan_add(struct cord_traffic_plan *plan,
                                                const struct cord_event *event,
                                                const struct cord_paths *paths,
                                                struct cord_error *err);

/* Puts all in order; none is added afterwards. */
void cord_traffic_plan_end(struct cord_traffic_plan *plan);
size_t cord_traffic_plan_count(const struct cord_traffic_plan *plan);
const struct cord_traffic_line *cord_traffic_plan_at(const struct cord_traffic_plan *plan,
                                                     size_t place);

#endif
