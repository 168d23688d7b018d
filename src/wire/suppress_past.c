/* suppress_past.c: see suppress_past.h. */
#include "wire/suppress_past.h"

#include "detect/finding_json.h"
#include "wire/backtest.h"

#include <inttypes.h>

#define FINDING_BYTES_MAX ((size_t)16 << 20)

struct going_back {
    const struct cord_suppress_past_store *store;
    const struct cord_suppress_span *span;
    cord_status (*each)(void *to, const struct cord_sighting *sighting);
    void *to;
    struct cord_arena *arena;
    struct cord_buf json;
    uint64_t number;
    struct cord_error *err;
};

static cord_str id_of(const struct cord_rule_about *about)
{
    return about->id.len > 0 ? about->id : about->title;
}

/* By way of the journal's form, so that both are read alike. */
static cord_status on_finding(void *self, const struct cord_finding *finding, cord_str organisation)
{
    struct going_back *back = self;
    struct cord_sighting sighting;
    if (!cord_str_eq(id_of(cord_finding_about(finding)), back->span->rule)) {
        return CORD_OK;
    }
    cord_buf_clear(&back->json);
    cord_arena_reset(back->arena);
    cord_buf_printf(&back->json, "{\"finding\":%" PRIu64, ++back->number);
    cord_finding_json_time(&back->json, "first_seen",
                           finding->time_ns != CORD_TIME_NONE ? finding->time_ns
                                                              : back->span->to_ns);
    cord_finding_json_member(&back->json, "organisation", organisation);
    cord_buf_put_char(&back->json, ',');
    cord_finding_json_rule(&back->json, finding);
    cord_finding_json_event(&back->json, finding, CORD_STR(""));
    cord_buf_put_char(&back->json, '}');
    if (back->json.failed) {
        return cord_error_set(back->err, CORD_E_LIMIT, "a finding of more than %zu bytes",
                              FINDING_BYTES_MAX);
    }
    cord_status status =
        cord_sighting_read(cord_buf_str(&back->json), back->arena, &sighting, back->err);
    return status == CORD_OK ? back->each(back->to, &sighting) : status;
}

static bool on_progress(void *self, const struct cord_search_progress *progress)
{
    const struct going_back *back = self;
    return !back->store->progress || back->store->progress(back->store->self, progress);
}

static cord_status run(struct going_back *back)
{
    const struct cord_suppress_past_store *store = back->store;
    const struct cord_backtest_options options = {.rule = back->span->rule,
                                                  .correlation_bytes_max =
                                                      store->correlation_bytes_max,
                                                  .seed = store->seed};
    const struct cord_backtest_search search = {.from_ns = back->span->from_ns,
                                                .to_ns = back->span->to_ns,
                                                .organisation = back->span->organisation,
                                                .source = CORD_STR(""),
                                                .progress = on_progress,
                                                .each = on_finding,
                                                .self = back};
    struct cord_backtest *backtest = NULL;
    struct cord_backtest_rows rows;
    cord_status status = cord_backtest_new(store->collection, &options, &backtest, back->err);
    if (status == CORD_OK) {
        status = cord_backtest_run(backtest, store->evidence, &search, &rows, back->err);
    }
    cord_backtest_free(backtest);
    return status;
}

static cord_status findings(void *self, const struct cord_suppress_span *span,
                            cord_status (*each)(void *to, const struct cord_sighting *sighting),
                            void *to, struct cord_error *err)
{
    struct going_back back = {.store = self, .span = span, .each = each, .to = to, .err = err};
    if (span->rule.len == 0) {
        return cord_error_set(err, CORD_E_NOENT, "no rule is named");
    }
    back.arena = cord_arena_new(FINDING_BYTES_MAX * 4);
    if (!back.arena) {
        return CORD_E_NOMEM;
    }
    cord_buf_init(&back.json, FINDING_BYTES_MAX);
    cord_status status = run(&back);
    cord_buf_done(&back.json);
    cord_arena_free(back.arena);
    return status;
}

struct cord_suppress_past cord_suppress_past_of(struct cord_suppress_past_store *store)
{
    return (struct cord_suppress_past){findings, store};
}
