/*
 * test_correlator.c: the bounds of the correlator: memory, lateness, wrong
 * clocks, references. What fires when is in test_correlation_vectors.c.
 */
#include "detect/correlator.h"
#include "kit/kit.h"

#include <stdio.h>
#include <stdlib.h>

struct rig {
    struct cord_arena *arena;
    struct cord_rule rule;
    struct cord_rule *rules[1];
    struct cord_correlation *correlations[4];
    size_t count;
    struct cord_correlator_options options;
    struct cord_correlator *correlator;
    size_t completions;
    uint64_t event_count;
    uint64_t left_out;
    struct cord_correlator_ref refs[16];
    size_t ref_count;
    bool at_least;
    cord_status answer;
    uint64_t next_record;
};

static cord_status keep(void *self, const struct cord_correlator_completion *completion)
{
    struct rig *rig = self;
    rig->completions++;
    rig->event_count = completion->event_count;
    rig->left_out = completion->refs_left_out;
    rig->at_least = completion->value_at_least;
    rig->ref_count = completion->ref_count < 16 ? completion->ref_count : 16;
    memcpy(rig->refs, completion->refs, rig->ref_count * sizeof rig->refs[0]);
    return rig->answer;
}

static cord_status rig_try(struct rig *rig, const char *text)
{
    struct cord_yaml *documents = NULL;
    struct cord_correlator_sink sink = {keep, rig};
    rig->rule = (struct cord_rule){.number = 3, .about.name = CORD_STR("a")};
    rig->rules[0] = &rig->rule;
    rig->arena = cord_arena_new(1 << 20);
    cord_status status = rig->arena
                             ? cord_yaml_parse(cord_str_from(text), 4, rig->arena, &documents, NULL)
                             : CORD_E_NOMEM;
    for (const struct cord_yaml *d = documents ? documents->child : NULL; d && status == CORD_OK;
         d = d->next) {
        status = cord_correlation_parse(d, CORD_STR("f"), rig->arena,
                                        &rig->correlations[rig->count++], NULL);
    }
    if (status == CORD_OK) {
        status = cord_correlation_resolve(rig->correlations, rig->count, rig->rules, 1, rig->arena,
                                          NULL);
    }
    if (status == CORD_OK) {
        status = cord_correlator_new((const struct cord_correlation *const *)rig->correlations,
                                     rig->count, &rig->options, &sink, &rig->correlator, NULL);
    }
    return status;
}

static struct rig rig_of(void)
{
    return (struct rig){.options = cord_correlator_defaults()};
}

static void rig_done(struct rig *rig)
{
    cord_correlator_free(rig->correlator);
    cord_arena_free(rig->arena);
}

static cord_status feed(struct rig *rig, int64_t seconds, const char *g, const char *v)
{
    cord_str values[4] = {0};
    size_t count = 0;
    const cord_str *names = cord_correlator_fields(rig->correlator, &rig->rule, &count);
    for (size_t i = 0; i < count && i < 4; i++) {
        values[i] = cord_str_eq(names[i], CORD_STR("g")) ? cord_str_from(g) : cord_str_from(v);
    }
    struct cord_correlator_input input = {&rig->rule,
                                          seconds == INT64_MIN ? CORD_TIME_NONE
                                                               : seconds * CORD_SECOND_NS,
                                          {.record = rig->next_record++, .source = 5},
                                          values};
    return cord_correlator_feed(rig->correlator, &input);
}

#define COUNT(condition)                                                                           \
    "correlation: {type: event_count, rules: [a], group-by: [g], timespan: 1h, "                   \
    "condition: " condition "}\n"

static void says_which_fields_of_a_rule_it_needs(void)
{
    struct rig rig = rig_of();
    size_t count = 0;
    struct cord_rule other = {.number = 1};
    struct cord_rule beyond = {.number = 100};
    CHECK(rig_try(&rig, COUNT("{gte: 2}") "---\ncorrelation: {type: value_count, rules: [a], "
                                          "group-by: [g], timespan: 1h, condition: {field: v, "
                                          "gte: 2}}\n") == CORD_OK);
    const cord_str *names = cord_correlator_fields(rig.correlator, &rig.rule, &count);
    CHECK(count == 2 && cord_correlator_wants(rig.correlator, &rig.rule));
    CHECK_STR(names[0], "g");
    CHECK_STR(names[1], "v");
    CHECK(!cord_correlator_fields(rig.correlator, &other, &count) && count == 0);
    CHECK(!cord_correlator_wants(rig.correlator, &other));
    CHECK(!cord_correlator_wants(rig.correlator, &beyond));
    rig_done(&rig);
}

static void evicts_and_counts_at_the_ceiling(void)
{
    struct rig rig = rig_of();
    rig.options.bytes_max = 200000;
    CHECK(rig_try(&rig, COUNT("{gte: 2}")) == CORD_OK);
    for (int i = 0; i < 5000; i++) {
        char g[32];
        (void)snprintf(g, sizeof g, "group %d", i);
        CHECK(feed(&rig, i / 10, g, "") == CORD_OK);
        struct cord_correlator_stats stats = cord_correlator_stats(rig.correlator);
        CHECK(stats.bytes <= rig.options.bytes_max + 4096);
    }
    struct cord_correlator_stats stats = cord_correlator_stats(rig.correlator);
    CHECK(stats.evicted > 0);
    CHECK_U64(stats.evicted + stats.groups, 5000);
    CHECK(feed(&rig, 500, "group 4999", "") == CORD_OK && rig.completions == 1);
    CHECK(feed(&rig, 500, "group 0", "") == CORD_OK && rig.completions == 1);
    rig_done(&rig);
}

static void prefers_to_evict_small_groups(void)
{
    struct rig rig = rig_of();
    rig.options.bytes_max = 100000;
    CHECK(rig_try(&rig, COUNT("{gte: 5}")) == CORD_OK);
    for (int i = 0; i < 4; i++) {
        CHECK(feed(&rig, 0, "slow", "") == CORD_OK);
    }
    for (int i = 0; i < 2000; i++) {
        char g[32];
        (void)snprintf(g, sizeof g, "noise %d", i);
        CHECK(feed(&rig, 1, g, "") == CORD_OK);
    }
    CHECK(cord_correlator_stats(rig.correlator).evicted > 0);
    CHECK(feed(&rig, 2, "slow", "") == CORD_OK && rig.completions == 1);
    rig_done(&rig);
}

static void forgets_groups_whose_window_is_over(void)
{
    struct rig rig = rig_of();
    CHECK(rig_try(&rig, COUNT("{gte: 2}")) == CORD_OK);
    for (int i = 0; i < 100; i++) {
        char g[32];
        (void)snprintf(g, sizeof g, "group %d", i);
        CHECK(feed(&rig, i, g, "") == CORD_OK);
    }
    CHECK(cord_correlator_stats(rig.correlator).groups == 100);
    CHECK(feed(&rig, 100000, "last", "") == CORD_OK);
    struct cord_correlator_stats stats = cord_correlator_stats(rig.correlator);
    CHECK(stats.groups == 1 && stats.evicted == 0);
    rig_done(&rig);
}

static void keeps_no_more_of_a_count_than_its_threshold(void)
{
    struct rig rig = rig_of();
    CHECK(rig_try(&rig, COUNT("{gte: 10}")) == CORD_OK);
    CHECK(feed(&rig, 0, "x", "") == CORD_OK);
    for (int i = 0; i < 10; i++) {
        CHECK(feed(&rig, 1, "x", "") == CORD_OK);
    }
    size_t bytes = cord_correlator_stats(rig.correlator).bytes;
    for (int i = 0; i < 10000; i++) {
        CHECK(feed(&rig, 2 + i, "x", "") == CORD_OK);
    }
    struct cord_correlator_stats stats = cord_correlator_stats(rig.correlator);
    CHECK(stats.bytes == bytes && stats.trimmed == 0);
    CHECK(rig.completions == 3 && rig.at_least && rig.event_count == 10);
    rig_done(&rig);
}

static void bounds_references_and_says_how_many_are_missing(void)
{
    struct rig rig = rig_of();
    rig.options.refs_max = 5;
    CHECK(rig_try(&rig, COUNT("{gte: 9}")) == CORD_OK);
    for (int i = 0; i < 9; i++) {
        CHECK(feed(&rig, i, "x", "") == CORD_OK);
    }
    CHECK(rig.completions == 1 && rig.ref_count == 5 && rig.event_count == 9 && rig.left_out == 4);
    static const uint64_t records[5] = {0, 1, 2, 7, 8};
    for (size_t i = 0; i < 5; i++) {
        CHECK(rig.refs[i].record == records[i] && rig.refs[i].source == 5);
    }
    rig_done(&rig);
}

static void counts_what_has_no_time_or_a_time_to_come(void)
{
    struct rig rig = rig_of();
    CHECK(rig_try(&rig, COUNT("{gte: 2}")) == CORD_OK);
    cord_correlator_limit(rig.correlator, 1000 * CORD_SECOND_NS);
    CHECK(feed(&rig, 1, "x", "") == CORD_OK);
    CHECK(feed(&rig, INT64_MIN, "x", "") == CORD_OK);
    CHECK(feed(&rig, 1001, "x", "") == CORD_OK);
    CHECK(feed(&rig, 2, "x", "") == CORD_OK);
    struct cord_correlator_stats stats = cord_correlator_stats(rig.correlator);
    CHECK(stats.untimed == 1 && stats.future == 1 && stats.late == 0 && rig.completions == 1);
    rig_done(&rig);
}

static void judges_a_window_when_time_has_passed_without_events(void)
{
    struct rig rig = rig_of();
    CHECK(rig_try(&rig, COUNT("{lte: 2}")) == CORD_OK);
    CHECK(feed(&rig, 0, "x", "") == CORD_OK);
    CHECK(cord_correlator_advance(rig.correlator, 3600 * CORD_SECOND_NS) == CORD_OK);
    CHECK(rig.completions == 0);
    CHECK(cord_correlator_advance(rig.correlator, 3600 * CORD_SECOND_NS + 1) == CORD_OK);
    CHECK(rig.completions == 1);
    CHECK(feed(&rig, 10, "x", "") == CORD_OK);
    CHECK(cord_correlator_stats(rig.correlator).late == 1);
    rig_done(&rig);
}

static void leaves_the_order_early_rather_than_grow(void)
{
    struct rig rig = rig_of();
    rig.options.lateness_ns = INT64_MAX;
    rig.options.pending_bytes_max = 10000;
    CHECK(rig_try(&rig, COUNT("{gte: 1000}")) == CORD_OK);
    for (int i = 0; i < 1000; i++) {
        CHECK(feed(&rig, i, "x", "") == CORD_OK);
    }
    struct cord_correlator_stats stats = cord_correlator_stats(rig.correlator);
    CHECK(stats.early > 0 && stats.early + stats.pending == 1000 && rig.completions == 0);
    CHECK(feed(&rig, 0, "x", "") == CORD_OK);
    CHECK(cord_correlator_stats(rig.correlator).late == 1);
    CHECK(cord_correlator_finish(rig.correlator) == CORD_OK && rig.completions == 1);
    rig_done(&rig);
}

static void bears_times_at_the_ends_of_the_range(void)
{
    static const char *const texts[] = {COUNT("{gte: 2}"), COUNT("{lte: 2}")};
    for (size_t i = 0; i < 2; i++) {
        struct rig rig = rig_of();
        CHECK(rig_try(&rig, texts[i]) == CORD_OK);
        for (size_t t = 0; t < 4; t++) {
            static const int64_t times[] = {INT64_MIN + 1, INT64_MIN + 2, INT64_MAX - 1, INT64_MAX};
            cord_str value = CORD_STR("x");
            struct cord_correlator_input input = {&rig.rule, times[t], {.record = t}, &value};
            CHECK(cord_correlator_feed(rig.correlator, &input) == CORD_OK);
        }
        CHECK(cord_correlator_finish(rig.correlator) == CORD_OK && rig.completions == 2);
        rig_done(&rig);
    }
}

static void passes_on_what_the_sink_says(void)
{
    struct rig rig = rig_of();
    rig.answer = CORD_E_IO;
    CHECK(rig_try(&rig, COUNT("{gte: 1}")) == CORD_OK);
    CHECK(feed(&rig, 0, "x", "") == CORD_E_IO);
    rig_done(&rig);
}

#define EVERY_KIND                                                                                 \
    "name: low\n" COUNT("{gte: 2}") "---\n"                                                        \
                                    "correlation: {type: temporal_ordered, rules: [low, a], "      \
                                    "group-by: [v], timespan: 1h}\n---\n"                          \
                                    "correlation: {type: value_count, rules: [a], group-by: [g], " \
                                    "timespan: 10s, condition: "                                   \
                                    "{field: v, lt: 3}}\n---\n"                                    \
                                    "correlation: {type: value_percentile, rules: [a], group-by: " \
                                    "[g], timespan: 10s, condition: "                              \
                                    "{field: v, percentile: 50, gt: 0}}\n"

static cord_status run_all(struct rig *rig)
{
    cord_status status = rig_try(rig, EVERY_KIND);
    for (int i = 0; i < 6 && status == CORD_OK; i++) {
        status = feed(rig, i * 4, i % 2 ? "x" : "y", i % 3 ? "1" : "2");
    }
    return status == CORD_OK ? cord_correlator_finish(rig->correlator) : status;
}

static void survives_every_failed_allocation(void)
{
    for (size_t nth = 1;; nth++) {
        struct rig rig = rig_of();
        rig.options.lateness_ns = nth % 2 ? 0 : 5 * CORD_SECOND_NS;
        kit_fail_allocation(nth);
        cord_status status = run_all(&rig);
        bool failed_one = kit_fail_allocation_off();
        CHECK(failed_one ? status == CORD_E_NOMEM : status == CORD_OK);
        rig_done(&rig);
        if (!failed_one) {
            CHECK(nth > 60 && rig.completions > 0);
            break;
        }
    }
}

KIT_MAIN(KIT_TEST(says_which_fields_of_a_rule_it_needs), KIT_TEST(evicts_and_counts_at_the_ceiling),
         KIT_TEST(prefers_to_evict_small_groups), KIT_TEST(forgets_groups_whose_window_is_over),
         KIT_TEST(keeps_no_more_of_a_count_than_its_threshold),
         KIT_TEST(bounds_references_and_says_how_many_are_missing),
         KIT_TEST(counts_what_has_no_time_or_a_time_to_come),
         KIT_TEST(judges_a_window_when_time_has_passed_without_events),
         KIT_TEST(leaves_the_order_early_rather_than_grow),
         KIT_TEST(bears_times_at_the_ends_of_the_range), KIT_TEST(passes_on_what_the_sink_says),
         KIT_TEST(survives_every_failed_allocation))
