/* suppress_trial.c: see suppress_trial.h. */
#include "triage/suppress_trial.h"

#include "base/map.h"
#include "base/timestamp.h"
#include "base/vec.h"
#include "codec/json_write.h"

#include <inttypes.h>
#include <stdlib.h>

#define DAY_NS (86400 * CORD_SECOND_NS)

struct trying {
    struct cord_suppress_scope *scope;
    struct cord_arena *arena;
    struct cord_suppress_trial trial;
    struct cord_map at;
    struct cord_suppress_at *organisations;
    size_t cap;
};

static cord_status count_at(struct trying *trying, cord_str organisation)
{
    uint32_t at = cord_map_get(&trying->at, organisation);
    if (at != CORD_MAP_NONE) {
        trying->organisations[at].hidden++;
        return CORD_OK;
    }
    struct cord_suppress_at *organisations =
        cord_vec_room(trying->organisations, trying->trial.organisation_count, &trying->cap,
                      sizeof *organisations);
    if (!organisations) {
        return CORD_E_NOMEM;
    }
    trying->organisations = organisations;
    cord_str copy = cord_arena_copy(trying->arena, organisation);
    if (!copy.ptr) {
        return cord_arena_failure(trying->arena);
    }
    at = (uint32_t)trying->trial.organisation_count;
    cord_status status = cord_map_put(&trying->at, copy, at);
    if (status == CORD_OK) {
        organisations[trying->trial.organisation_count++] = (struct cord_suppress_at){copy, 1};
    }
    return status;
}

static cord_status on_finding(void *self, const struct cord_sighting *sighting)
{
    struct trying *trying = self;
    bool holds = false;
    trying->trial.findings++;
    cord_status status = cord_suppress_scope_holds(trying->scope, sighting, &holds);
    if (status == CORD_E_LIMIT) {
        trying->trial.undecided++;
        return CORD_OK;
    }
    if (status != CORD_OK || !holds) {
        return status;
    }
    trying->trial.hidden++;
    return count_at(trying, sighting->organisation);
}

static int by_hidden(const void *one, const void *other)
{
    const struct cord_suppress_at *a = one, *b = other;
    return a->hidden != b->hidden ? (a->hidden > b->hidden ? -1 : 1)
                                  : cord_str_compare(a->organisation, b->organisation);
}

static cord_status finish(struct trying *trying)
{
    struct cord_suppress_trial *trial = &trying->trial;
    struct cord_suppress_at *organisations =
        cord_arena_zalloc(trying->arena, trial->organisation_count + 1, sizeof *organisations);
    if (!organisations) {
        return cord_arena_failure(trying->arena);
    }
    for (size_t i = 0; i < trial->organisation_count; i++) {
        organisations[i] = trying->organisations[i];
    }
    qsort(organisations, trial->organisation_count, sizeof *organisations, by_hidden);
    trial->organisations = organisations;
    trial->hidden_at = trial->organisation_count;
    trial->undecided += cord_suppress_scope_undecided(trying->scope);
    return CORD_OK;
}

cord_status cord_suppress_trial_run(const struct cord_suppress_plan *plan,
                                    const struct cord_suppress_past *past, struct cord_arena *arena,
                                    struct cord_suppress_trial *ret_trial, struct cord_error *err)
{
    uint64_t seed = (uint64_t)plan->now_ns;
    struct trying trying = {.arena = arena,
                            .trial = {.tested_ns = plan->now_ns, .days = plan->days}};
    if (plan->days == 0 || plan->days > CORD_SUPPRESS_TRIAL_DAYS_MAX) {
        return cord_error_set(err, CORD_E_LIMIT, "days: from 1 to %u",
                              CORD_SUPPRESS_TRIAL_DAYS_MAX);
    }
    cord_status status = cord_suppress_scope_new(&plan->scope, seed, &trying.scope, err);
    if (status != CORD_OK) {
        return status;
    }
    struct cord_suppress_span span = {
        .rule = plan->rule, .organisation = plan->scope.organisation, .to_ns = plan->now_ns};
    if (__builtin_sub_overflow(plan->now_ns, (int64_t)plan->days * DAY_NS, &span.from_ns)) {
        span.from_ns = INT64_MIN + 1;
    }
    cord_map_init(&trying.at, seed);
    status = past->findings(past->self, &span, on_finding, &trying, err);
    status = status == CORD_OK ? finish(&trying) : status;
    cord_map_done(&trying.at);
    free(trying.organisations);
    cord_suppress_scope_free(trying.scope);
    if (status == CORD_OK) {
        *ret_trial = trying.trial;
    }
    return status;
}

void cord_suppress_trial_write(const struct cord_suppress_trial *trial, struct cord_buf *out)
{
    char text[CORD_TIMESTAMP_TEXT];
    cord_str tested = cord_timestamp_format(trial->tested_ns, text);
    cord_buf_printf(out, ",\"tested\":\"%.*s\",\"days\":%" PRIu32, CORD_STR_ARG(tested),
                    trial->days);
    cord_buf_printf(out, ",\"findings\":%" PRIu64 ",\"hidden\":%" PRIu64, trial->findings,
                    trial->hidden);
    cord_buf_printf(out, ",\"hidden_at\":%" PRIu64 ",\"organisations\":[", trial->hidden_at);
    for (size_t i = 0; i < trial->organisation_count && i < CORD_SUPPRESS_TRIAL_LIST; i++) {
        cord_buf_put(out, i > 0 ? CORD_STR(",") : CORD_STR(""));
        cord_json_write_string(out, trial->organisations[i].organisation);
    }
    cord_buf_put_text(out, "]");
}
