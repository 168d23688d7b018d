/* scan_correlate.c: see scan_correlate.h. */
#include "wire/scan_correlate.h"

#include "base/arena.h"
#include "detect/finding_make.h"
#include "normalise/event_time.h"

#include <stdlib.h>

enum { ARENA_BYTES_MAX = 64 << 20 };

struct cord_scan_correlate {
    struct cord_correlator *correlator;
    const struct cord_walk *walk;
    struct cord_scan_correlate_sink sink;
    struct cord_arena *arena; /* of the completion being reported */
};

/* What was counted, in words: "value_count of DestinationIp: 312 within 5m". */
static cord_str count_in_words(const struct cord_correlator_completion *completion,
                               struct cord_arena *arena)
{
    const struct cord_correlation *correlation = completion->correlation;
    char number[CORD_FIXED_TEXT];
    cord_str value = cord_fixed_format(completion->value, number);
    cord_str field = correlation->field_count > 0 ? correlation->fields[0] : CORD_STR("");
    bool temporal = correlation->type == CORD_CORRELATION_TEMPORAL ||
                    correlation->type == CORD_CORRELATION_TEMPORAL_ORDERED;
    if (temporal) {
        return cord_arena_printf(arena, "%s: %zu rules within %.*s",
                                 cord_correlation_type_name(correlation->type),
                                 correlation->step_count, CORD_STR_ARG(correlation->timespan));
    }
    return cord_arena_printf(arena, "%s%s%.*s: %s%.*s within %.*s",
                             cord_correlation_type_name(correlation->type),
                             field.len > 0 ? " of " : "", CORD_STR_ARG(field),
                             completion->value_at_least ? "at least " : "", CORD_STR_ARG(value),
                             CORD_STR_ARG(correlation->timespan));
}

/* A completed correlation is a finding at the event that completed it. */
static cord_status on_completion(void *self, const struct cord_correlator_completion *completion)
{
    struct cord_scan_correlate *correlate = self;
    const struct cord_correlation *correlation = completion->correlation;
    struct cord_finding finding = {
        .correlation = correlation,
        .time_ns = completion->last_ns,
        .first_ns = completion->first_ns,
        .event_count = completion->event_count,
        .host = CORD_STR(""),
        .user = CORD_STR(""),
        .channel = CORD_STR(""),
        .event_id = CORD_STR(""),
        .record_id = CORD_STR(""),
        .source = CORD_STR(""),
    };
    if (correlation->silent) {
        return CORD_OK;
    }
    if (completion->ref_count > 0) {
        const struct cord_correlator_ref *last = &completion->refs[completion->ref_count - 1];
        if (correlate->walk) {
            finding.source = cord_walk_item(correlate->walk, last->source)->name;
            finding.record = last->record;
        }
        finding.evidence = last->evidence;
    }
    cord_arena_reset(correlate->arena);
    struct cord_finding_field *fields =
        cord_arena_zalloc(correlate->arena, correlation->group_count + 1, sizeof *fields);
    if (!fields) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < correlation->group_count; i++) {
        fields[i].name = correlation->group_by[i];
        fields[i].value = completion->group_values[i];
        if (cord_finding_is_host(fields[i].name)) {
            finding.host = fields[i].value;
        }
    }
    finding.fields = fields;
    finding.field_count = correlation->group_count;
    finding.message = count_in_words(completion, correlate->arena);
    if (!finding.message.ptr) {
        return CORD_E_NOMEM;
    }
    return correlate->sink.finding(correlate->sink.self, &finding);
}

cord_status cord_scan_correlate_new(const struct cord_collection *collection,
                                    const struct cord_walk *walk,
                                    const struct cord_scan_correlate_options *options,
                                    const struct cord_scan_correlate_sink *sink,
                                    struct cord_scan_correlate **ret_correlate,
                                    struct cord_error *err)
{
    size_t count = cord_collection_correlation_count(collection);
    *ret_correlate = NULL;
    if (count == 0) {
        return CORD_OK;
    }
    struct cord_scan_correlate *correlate = calloc(1, sizeof *correlate);
    const struct cord_correlation **list = calloc(count, sizeof *list);
    cord_status status = CORD_E_NOMEM;
    if (correlate && list) {
        const struct cord_correlator_sink into = {on_completion, correlate};
        struct cord_correlator_options settings = cord_correlator_defaults();
        settings.lateness_ns = options->lateness_ns;
        settings.bytes_max = options->bytes_max;
        settings.pending_bytes_max = options->pending_bytes_max;
        settings.seed = options->seed;
        for (size_t i = 0; i < count; i++) {
            list[i] = cord_collection_correlation(collection, i);
        }
        correlate->walk = walk;
        correlate->sink = *sink;
        correlate->arena = cord_arena_new(ARENA_BYTES_MAX);
        if (correlate->arena) {
            status =
                cord_correlator_new(list, count, &settings, &into, &correlate->correlator, err);
        }
    }
    free(list);
    if (status != CORD_OK) {
        cord_scan_correlate_free(correlate);
        return status;
    }
    *ret_correlate = correlate;
    return CORD_OK;
}

void cord_scan_correlate_free(struct cord_scan_correlate *correlate)
{
    if (correlate) {
        cord_correlator_free(correlate->correlator);
        cord_arena_free(correlate->arena);
        free(correlate);
    }
}

bool cord_scan_correlate_wants(const struct cord_scan_correlate *correlate,
                               const struct cord_rule *rule)
{
    return correlate && cord_correlator_wants(correlate->correlator, rule);
}

size_t cord_scan_correlate_value_count(const struct cord_scan_correlate *correlate,
                                       const struct cord_rule *rule)
{
    size_t count = 0;
    (void)cord_correlator_fields(correlate->correlator, rule, &count);
    return count;
}

cord_status cord_scan_correlate_note(const struct cord_scan_correlate *correlate,
                                     const struct cord_match *match, uint32_t source,
                                     const struct cord_classifier *classifier,
                                     struct cord_arena *arena,
                                     struct cord_correlator_input *ret_input)
{
    size_t count = 0;
    const cord_str *names = cord_correlator_fields(correlate->correlator, match->rule, &count);
    cord_str *values = cord_arena_zalloc(arena, count + 1, sizeof *values);
    if (!values) {
        return CORD_E_NOMEM;
    }
    cord_status status = cord_finding_values(match->event, classifier, names, count, arena, values);
    *ret_input = (struct cord_correlator_input){
        .rule = match->rule,
        .time_ns = cord_event_time(match->event),
        .ref = {.record = match->event->record + 1, .source = source},
        .values = values,
    };
    return status;
}

cord_status cord_scan_correlate_feed(struct cord_scan_correlate *correlate,
                                     const struct cord_correlator_input *input)
{
    return cord_correlator_feed(correlate->correlator, input);
}

cord_status cord_scan_correlate_finish(struct cord_scan_correlate *correlate)
{
    return cord_correlator_finish(correlate->correlator);
}

cord_status cord_scan_correlate_advance(struct cord_scan_correlate *correlate, int64_t before_ns,
                                        int64_t after_ns)
{
    cord_correlator_limit(correlate->correlator, after_ns);
    return cord_correlator_advance(correlate->correlator, before_ns);
}

struct cord_correlator_stats cord_scan_correlate_stats(const struct cord_scan_correlate *correlate)
{
    return cord_correlator_stats(correlate->correlator);
}
