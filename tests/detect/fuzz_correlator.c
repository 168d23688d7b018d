/*
 * fuzz_correlator.c: the correlator and the naive reference give the same
 * completions, whatever comes in whatever order.
 *
 * Byte 0 chooses the correlations, byte 1 the lateness; then four bytes an
 * event: time step, matched rules, group, value.
 */
#include "detect/correlator.h"
#include "kit/naive_correlation.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define EVENTS_MAX 64
#define RULES      3

#define ONE(type, condition)                                                                       \
    "correlation: {type: " type                                                                    \
    ", rules: [a, b, c], group-by: [g], timespan: 8s, condition: " condition "}\n"

static const char *const sets[] = {
    ONE("event_count", "{gte: 3}"),
    ONE("event_count", "{gt: 1, lte: 4}"),
    ONE("event_count", "{eq: 2}"),
    ONE("event_count", "{neq: 3}"),
    ONE("value_count", "{field: v, gte: 2}"),
    ONE("value_count", "{field: [v, n], gt: 2}"),
    ONE("value_count", "{field: v, lt: 3}"),
    ONE("temporal", "{gte: 2}"),
    ONE("temporal", "{eq: 2}"),
    ONE("temporal", "a and (b or c)"),
    ONE("temporal", "a and not b or c"),
    ONE("temporal_ordered", "{gte: 3}"),
    ONE("temporal_ordered", "{gte: 2}"),
    ONE("temporal_ordered", "{eq: 2}"),
    ONE("value_sum", "{field: n, gt: 5.5}"),
    ONE("value_sum", "{field: n, lte: 2}"),
    ONE("value_avg", "{field: n, gte: 1.5}"),
    ONE("value_percentile", "{field: n, percentile: 50, gt: 1}"),
    ONE("value_percentile", "{field: n, percentile: 90, lte: 2}"),
    ONE("value_percentile", "{field: v, lte: 30}"),
    "name: low\ncorrelation: {type: event_count, rules: [a], group-by: [g], timespan: 8s, "
    "condition: {gte: 2}}\n"
    "---\ncorrelation: {type: temporal_ordered, rules: [low, b], group-by: [h], timespan: 12s}\n"
    "---\ncorrelation: {type: value_count, rules: [low, c], group-by: [h], timespan: 6s, "
    "condition: {field: v, gte: 2}, aliases: {h: {low: v, c: h}}}\n",
    "name: low\ncorrelation: {type: event_count, rules: [a, c], group-by: [g], timespan: 4s, "
    "condition: {lte: 2}}\n"
    "---\nname: mid\ncorrelation: {type: temporal, rules: [low, b], group-by: [g], timespan: "
    "12s}\n"
    "---\ncorrelation: {type: event_count, rules: [mid, low], timespan: 20s, condition: {gte: "
    "2}}\ngenerate: true\n",
};
#define SETS (sizeof sets / sizeof sets[0])

struct fuzz {
    struct cord_arena *arena;
    struct cord_rule rules[RULES];
    struct cord_rule *rule_list[RULES];
    struct cord_correlation *correlations[8];
    size_t count;
    struct naive_event events[EVENTS_MAX];
    size_t event_count;
    struct naive_completions got;
};

static void load(struct fuzz *f, const char *text)
{
    static const char *const names[RULES] = {"a", "b", "c"};
    struct cord_yaml *documents = NULL;
    struct cord_error err = {0};
    assert(cord_yaml_parse(cord_str_from(text), 8, f->arena, &documents, &err) == CORD_OK);
    for (const struct cord_yaml *d = documents->child; d; d = d->next) {
        assert(cord_correlation_parse(d, CORD_STR("f"), f->arena, &f->correlations[f->count++],
                                      &err) == CORD_OK);
    }
    for (size_t i = 0; i < RULES; i++) {
        f->rules[i] =
            (struct cord_rule){.number = (uint32_t)i, .about.name = cord_str_from(names[i])};
        f->rule_list[i] = &f->rules[i];
    }
    assert(cord_correlation_resolve(f->correlations, f->count, f->rule_list, RULES, f->arena,
                                    &err) == CORD_OK);
}

/* Values that may be absent, differ in case only, or be no number. */
static void make_event(struct fuzz *f, const uint8_t byte[4], int64_t *at_ns)
{
    static const char *const groups[] = {"x", "y", "X", NULL};
    static const char *const hosts[] = {"p", "q", NULL, "P"};
    static const char *const values[] = {"u", "v", "U", "w", NULL, "", "uv", "V"};
    static const char *const numbers[] = {"0", "1", "2.5", "-1", NULL, "z", "1e0", "4"};
    struct naive_event *event = &f->events[f->event_count];
    /* Mostly forwards in half seconds, sometimes back. */
    *at_ns += ((int64_t)(byte[0] & 15) - (byte[0] >= 192 ? 12 : 0)) * (CORD_SECOND_NS / 2);
    *event = (struct naive_event){.time_ns = *at_ns,
                                  .ref = {.record = f->event_count++, .source = byte[0] >> 7 & 1}};
    const char *texts[4] = {groups[byte[2] & 3], hosts[byte[2] >> 2 & 3], values[byte[3] & 7],
                            numbers[byte[3] >> 3 & 7]};
    static const char *const names[4] = {"g", "h", "v", "n"};
    for (size_t i = 0; i < 4; i++) {
        event->names[event->field_count] = cord_str_from(names[i]);
        event->values[event->field_count++] = cord_str_from(texts[i]);
    }
    for (size_t i = 0; i < RULES; i++) {
        if ((byte[1] >> i & 1) != 0 || (i == 0 && (byte[1] & 7) == 0)) {
            event->rules[event->rule_count++] = &f->rules[i];
        }
    }
}

static cord_status keep(void *self, const struct cord_correlator_completion *completion)
{
    struct fuzz *f = self;
    assert(completion->ref_count + completion->refs_left_out == completion->event_count);
    naive_completions_keep(&f->got, completion, f->arena);
    return CORD_OK;
}

static void run_engine(struct fuzz *f, int64_t lateness_ns)
{
    struct cord_correlator_options options = cord_correlator_defaults();
    struct cord_correlator_sink sink = {keep, f};
    struct cord_correlator *correlator = NULL;
    options.lateness_ns = lateness_ns;
    options.seed = (uint64_t)lateness_ns ^ 99;
    options.refs_max = 3;
    assert(cord_correlator_new((const struct cord_correlation *const *)f->correlations, f->count,
                               &options, &sink, &correlator, NULL) == CORD_OK);
    for (size_t i = 0; i < f->event_count; i++) {
        const struct naive_event *event = &f->events[i];
        for (size_t r = 0; r < event->rule_count; r++) {
            cord_str values[16] = {0};
            size_t count = 0;
            const cord_str *names = cord_correlator_fields(correlator, event->rules[r], &count);
            for (size_t n = 0; n < count; n++) {
                values[n] = naive_event_value(event, names[n]);
            }
            struct cord_correlator_input input = {event->rules[r], event->time_ns, event->ref,
                                                  values};
            assert(cord_correlator_feed(correlator, &input) == CORD_OK);
        }
    }
    assert(cord_correlator_finish(correlator) == CORD_OK);
    struct cord_correlator_stats stats = cord_correlator_stats(correlator);
    assert(stats.evicted == 0 && stats.pending == 0 && stats.completions >= f->got.count);
    cord_correlator_free(correlator);
}

/* As the watermark has it: late events out, the others in order. */
static void let_in(struct fuzz *f, int64_t lateness_ns)
{
    size_t count = 0;
    int64_t latest = INT64_MIN;
    for (size_t i = 0; i < f->event_count; i++) {
        struct naive_event event = f->events[i];
        bool late =
            latest != INT64_MIN && lateness_ns != INT64_MAX && event.time_ns < latest - lateness_ns;
        latest = event.time_ns > latest ? event.time_ns : latest;
        if (late) {
            continue;
        }
        size_t at = count++;
        while (at > 0 && (f->events[at - 1].time_ns > event.time_ns ||
                          (lateness_ns > 0 && f->events[at - 1].time_ns == event.time_ns &&
                           f->events[at - 1].ref.source > event.ref.source))) {
            f->events[at] = f->events[at - 1];
            at--;
        }
        f->events[at] = event;
    }
    f->event_count = count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t latenesses[4] = {0, 3 * CORD_SECOND_NS, INT64_MAX, 100 * CORD_SECOND_NS};
    struct naive_completions wanted = {0};
    int64_t at_ns = 1000 * CORD_SECOND_NS;
    if (size < 2) {
        return 0;
    }
    struct fuzz *f = calloc(1, sizeof *f);
    assert(f);
    f->arena = cord_arena_new(16 << 20);
    assert(f->arena);
    load(f, sets[data[0] % SETS]);
    for (size_t i = 2; i + 4 <= size && f->event_count < EVENTS_MAX; i += 4) {
        make_event(f, data + i, &at_ns);
    }
    run_engine(f, latenesses[data[1] & 3]);
    let_in(f, latenesses[data[1] & 3]);
    naive_correlation_run((const struct cord_correlation *const *)f->correlations, f->count,
                          f->events, f->event_count, &wanted);
    naive_completions_sort(&wanted);
    naive_completions_sort(&f->got);
    const char *difference = naive_completions_differ(&wanted, &f->got);
    if (difference) {
        (void)fprintf(stderr, "%s\n%s\n", sets[data[0] % SETS], difference);
        abort();
    }
    free(wanted.items);
    free(f->got.items);
    cord_arena_free(f->arena);
    free(f);
    return 0;
}
