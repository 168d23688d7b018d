/* traffic_plan.c: see traffic_plan.h. */
#include "care/traffic_plan.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/timestamp.h"
#include "base/vec.h"
#include "care/recording.h"
#include "care/traffic_pattern.h"
#include "normalise/event_time.h"

#include <inttypes.h>
#include <stdlib.h>

enum { LINE_BYTES_MAX = 1 << 20 };

struct cord_traffic_plan {
    const struct cord_traffic *traffic;
    struct cord_arena *arena; /* of the lines' texts */
    struct cord_buf text;
    struct cord_traffic_line *lines; /* malloc's */
    size_t count, cap;
    const struct cord_traffic_recording *recording; /* that is being added */
    int64_t was_ns; /* its last event, as recorded; CORD_TIME_NONE: none yet */
    int64_t is_ns;  /* and now */
};

static cord_status add(struct cord_traffic_plan *plan, int64_t at_ns, uint32_t sender,
                       struct cord_error *err)
{
    void *lines = plan->count < CORD_TRAFFIC_PLAN_LINES_MAX
                      ? cord_vec_room(plan->lines, plan->count, &plan->cap, sizeof *plan->lines)
                      : NULL;
    cord_str text = lines ? cord_arena_copy(plan->arena, cord_buf_str(&plan->text)) : (cord_str){0};
    plan->lines = lines ? lines : plan->lines;
    if (!text.ptr) {
        return cord_error_set(err, CORD_E_LIMIT, "that is more than a plan holds");
    }
    plan->lines[plan->count] =
        (struct cord_traffic_line){at_ns, sender, (uint32_t)plan->count, text};
    plan->count++;
    return CORD_OK;
}

/* --- series --- */

static cord_status add_series(struct cord_traffic_plan *plan,
                              const struct cord_traffic_series *series, uint64_t seed,
                              struct cord_error *err)
{
    cord_status status = CORD_OK;
    seed = cord_hash_mix(seed ^ cord_hash(series->label, 0));
    for (uint32_t n = 0; n < series->times && status == CORD_OK; n++) {
        uint64_t lot = cord_hash_mix(seed ^ cord_hash_mix(~(uint64_t)n));
        int64_t late_ns = series->spread_ns > 0 ? (int64_t)(lot % (uint64_t)series->spread_ns) : 0;
        const struct cord_traffic_moment moment = {
            series->at_ns + (int64_t)n * series->every_ns + late_ns, n + 1, seed};
        cord_buf_clear(&plan->text);
        status = cord_traffic_pattern_put(series->event, &moment, &plan->text);
        if (status == CORD_OK) {
            status = add(plan, moment.at_ns, series->sender, err);
        }
    }
    if (status != CORD_OK) {
        cord_error_context(err, "line %" PRIu32, series->line);
    }
    return status;
}

cord_status cord_traffic_plan_new(const struct cord_traffic *traffic, uint64_t seed,
                                  struct cord_traffic_plan **ret_plan, struct cord_error *err)
{
    struct cord_traffic_plan *plan = calloc(1, sizeof *plan);
    cord_status status = CORD_E_NOMEM;
    if (!plan) {
        return cord_error_set(err, status, "out of memory");
    }
    plan->traffic = traffic;
    cord_buf_init(&plan->text, LINE_BYTES_MAX);
    plan->arena = cord_arena_new(CORD_TRAFFIC_PLAN_BYTES_MAX);
    status = plan->arena ? CORD_OK : cord_error_set(err, status, "out of memory");
    for (size_t i = 0; i < cord_traffic_series_count(traffic) && status == CORD_OK; i++) {
        status = add_series(plan, cord_traffic_series(traffic, i), seed, err);
    }
    if (status != CORD_OK) {
        cord_traffic_plan_free(plan);
        return status;
    }
    *ret_plan = plan;
    return CORD_OK;
}

void cord_traffic_plan_free(struct cord_traffic_plan *plan)
{
    if (plan) {
        free(plan->lines);
        cord_buf_done(&plan->text);
        cord_arena_free(plan->arena);
        free(plan);
    }
}

/* --- recordings --- */

void cord_traffic_plan_begin(struct cord_traffic_plan *plan, size_t recording)
{
    plan->recording = cord_traffic_recording(plan->traffic, recording);
    plan->was_ns = CORD_TIME_NONE;
    plan->is_ns = plan->recording->at_ns;
}

/* As long after the one before as recorded, unless that is too long; the first at the given time.
 * An event that was written down late is of the time it was written down. */
static void move_on(struct cord_traffic_plan *plan, int64_t was_ns)
{
    if (was_ns == CORD_TIME_NONE) {
        return;
    }
    if (plan->was_ns != CORD_TIME_NONE && was_ns > plan->was_ns) {
        int64_t apart_ns = was_ns - plan->was_ns;
        int64_t most_ns = plan->recording->pause_ns;
        plan->is_ns += apart_ns < most_ns ? apart_ns : most_ns;
    }
    plan->was_ns = plan->was_ns == CORD_TIME_NONE || was_ns > plan->was_ns ? was_ns : plan->was_ns;
}

cord_status cord_traffic_plan_add(struct cord_traffic_plan *plan, const struct cord_event *event,
                                  const struct cord_paths *paths, struct cord_error *err)
{
    int64_t was_ns = cord_event_time(event);
    move_on(plan, was_ns);
    const struct cord_recording_change change = {
        .changes = plan->recording->changes,
        .count = plan->recording->change_count,
        .was_ns = was_ns,
        .is_ns = plan->is_ns,
    };
    cord_buf_clear(&plan->text);
    cord_status status = cord_recording_put(event, paths, &change, &plan->text);
    if (status != CORD_OK) {
        return cord_error_set(err, status, "recording %.*s: an event is too long",
                              CORD_STR_ARG(plan->recording->label));
    }
    return add(plan, plan->is_ns, plan->recording->sender, err);
}

/* --- the order --- */

static int compare(const void *a, const void *b)
{
    const struct cord_traffic_line *left = a;
    const struct cord_traffic_line *right = b;
    if (left->at_ns != right->at_ns) {
        return left->at_ns < right->at_ns ? -1 : 1;
    }
    return left->order < right->order ? -1 : left->order > right->order;
}

void cord_traffic_plan_end(struct cord_traffic_plan *plan)
{
    if (plan->count > 0) {
        qsort(plan->lines, plan->count, sizeof *plan->lines, compare);
    }
}

size_t cord_traffic_plan_count(const struct cord_traffic_plan *plan)
{
    return plan->count;
}

const struct cord_traffic_line *cord_traffic_plan_at(const struct cord_traffic_plan *plan,
                                                     size_t place)
{
    return &plan->lines[place];
}
