/*
 * bench_correlator.c: matches fed to correlations, one JSON line a case.
 *
 *   bench_correlator [events]
 *
 * Groups and values are drawn from a fixed sequence. "width" is the number of
 * distinct values in a window. In the sorted cases everything is kept back and
 * put in order first, as a scan over files does.
 */
#include "base/hash.h"
#include "detect/correlator.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct bench_case {
    const char *name;
    const char *correlation;
    uint64_t groups;
    uint64_t values;
    int64_t lateness_ns;
};

static const struct bench_case cases[] = {
    {"event_count gte 100, 1 group",
     "{type: event_count, rules: [a], group-by: [g], timespan: 1h, condition: {gte: 100}}", 1, 1,
     0},
    {"event_count gte 100, 10000 groups",
     "{type: event_count, rules: [a], group-by: [g], timespan: 1h, condition: {gte: 100}}", 10000,
     1, 0},
    {"value_count width 1800, 1 group",
     "{type: value_count, rules: [a], group-by: [g], timespan: 1h, condition: {field: v, gte: "
     "1000000}}",
     1, 1800, 0},
    {"value_count width 1800, 100 groups",
     "{type: value_count, rules: [a], group-by: [g], timespan: 1h, condition: {field: v, gte: "
     "1000000}}",
     100, 1800, 0},
    {"value_count width 1800 sliding, every value new",
     "{type: value_count, rules: [a], group-by: [g], timespan: 18s, condition: {field: v, gte: "
     "1000000}}",
     1, UINT64_MAX, 0},
    {"value_count width 1800, deferred",
     "{type: value_count, rules: [a], group-by: [g], timespan: 18s, condition: {field: v, lt: 10}}",
     1, 1800, 0},
    {"value_sum",
     "{type: value_sum, rules: [a], group-by: [g], timespan: 18s, condition: {field: v, gt: "
     "1000000000}}",
     1, 1800, 0},
    {"value_percentile 95 width 1800",
     "{type: value_percentile, rules: [a], group-by: [g], timespan: 18s, condition: {field: v, "
     "percentile: 95, gt: 1000000}}",
     1, 1800, 0},
    {"event_count gte 100, 10000 groups, sorted",
     "{type: event_count, rules: [a], group-by: [g], timespan: 1h, condition: {gte: 100}}", 10000,
     1, INT64_MAX},
};

static cord_status count(void *self, const struct cord_correlator_completion *completion)
{
    (void)completion;
    ++*(uint64_t *)self;
    return CORD_OK;
}

static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static cord_status feed_all(struct cord_correlator *correlator, const struct cord_rule *rule,
                            const struct bench_case *one, uint64_t events)
{
    size_t fields = 0;
    const cord_str *names = cord_correlator_fields(correlator, rule, &fields);
    cord_status status = CORD_OK;
    for (uint64_t i = 0; i < events && status == CORD_OK; i++) {
        char group[32];
        char value[32];
        cord_str values[2] = {{0}, {0}};
        uint64_t random = cord_hash_mix(i + 1);
        (void)snprintf(group, sizeof group, "host-%05u", (unsigned)(random % one->groups));
        (void)snprintf(value, sizeof value, "%u",
                       (unsigned)(one->values == UINT64_MAX ? i : (random >> 32) % one->values));
        for (size_t f = 0; f < fields && f < 2; f++) {
            values[f] = cord_str_from(names[f].ptr[0] == 'g' ? group : value);
        }
        /* A hundred events a second, in order; jumbled within a second when sorted. */
        int64_t jumble = one->lateness_ns > 0 ? (int64_t)(random & 0x3fffffff) : 0;
        struct cord_correlator_input input = {
            rule, (int64_t)i * 10000000 + jumble, {.record = i}, values};
        status = cord_correlator_feed(correlator, &input);
    }
    return status == CORD_OK ? cord_correlator_finish(correlator) : status;
}

/* What it costs to make the events: not the correlator's. */
static double generate_seconds(uint64_t events)
{
    double from = seconds();
    volatile char sum = 0;
    for (uint64_t i = 0; i < events; i++) {
        char group[32];
        char value[32];
        uint64_t random = cord_hash_mix(i + 1);
        (void)snprintf(group, sizeof group, "host-%05u", (unsigned)(random % 10000));
        (void)snprintf(value, sizeof value, "%u", (unsigned)((random >> 32) % 1800));
        sum = (char)(sum ^ group[9] ^ value[0]);
    }
    return seconds() - from;
}

static bool run(const struct bench_case *one, uint64_t events, double generated)
{
    struct cord_rule rule = {.about.name = CORD_STR("a")};
    struct cord_rule *rules[1] = {&rule};
    struct cord_correlation *correlation = NULL;
    struct cord_correlator *correlator = NULL;
    struct cord_yaml *documents = NULL;
    struct cord_error err = {{0}};
    struct cord_correlator_options options = cord_correlator_defaults();
    uint64_t completions = 0;
    struct cord_correlator_sink sink = {count, &completions};
    char text[512];
    options.lateness_ns = one->lateness_ns;
    options.pending_bytes_max = (size_t)4 << 30;
    struct cord_arena *arena = cord_arena_new(1 << 20);
    int len = snprintf(text, sizeof text, "correlation: %s\n", one->correlation);
    if (!arena || len < 0 ||
        cord_yaml_parse((cord_str){text, (size_t)len}, 1, arena, &documents, &err) != CORD_OK ||
        cord_correlation_parse(documents->child, CORD_STR(""), arena, &correlation, &err) !=
            CORD_OK ||
        cord_correlation_resolve(&correlation, 1, rules, 1, arena, &err) != CORD_OK ||
        cord_correlator_new((const struct cord_correlation *const *)&correlation, 1, &options,
                            &sink, &correlator, &err) != CORD_OK) {
        (void)fprintf(stderr, "%s: %s\n", one->name, err.text);
        cord_arena_free(arena);
        return false;
    }
    double from = seconds();
    cord_status status = feed_all(correlator, &rule, one, events);
    double spent = seconds() - from - generated;
    struct cord_correlator_stats stats = cord_correlator_stats(correlator);
    printf("{\"case\":\"%s\",\"events\":%llu,\"ns_per_event\":%.0f,\"events_per_s\":%.0f,"
           "\"groups\":%llu,\"state_bytes\":%zu,\"completions\":%llu,\"late\":%llu}\n",
           one->name, (unsigned long long)events, spent * 1e9 / (double)events,
           (double)events / spent, (unsigned long long)stats.groups, stats.bytes,
           (unsigned long long)completions, (unsigned long long)stats.late);
    cord_correlator_free(correlator);
    cord_arena_free(arena);
    return status == CORD_OK;
}

int main(int argc, char **argv)
{
    uint64_t events = 2000000;
    bool good = argc < 2 || cord_str_u64(cord_str_from(argv[1]), &events);
    double generated = good ? generate_seconds(events) : 0;
    for (size_t i = 0; good && i < sizeof cases / sizeof cases[0]; i++) {
        good = run(&cases[i], events, generated);
    }
    return good ? 0 : 1;
}
