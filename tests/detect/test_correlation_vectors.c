/*
 * test_correlation_vectors.c: tests/golden/correlation/ *.yml against the
 * correlator and the naive reference.
 *
 * A vector is one YAML document: `section` of the specification or of
 * docs/correlation.md that it tests, `rules` (Sigma documents; those without
 * `correlation` are base rules that need only a name), `events` as [seconds,
 * names of matched base rules, {fields}] and `expect`: {of, group, at, first,
 * last, value, count}. `options` and `stats` go to and are compared with the
 * correlator's. What is not written is not compared, but the number of
 * completions is.
 */
#include "detect/correlator.h"
#include "kit/kit.h"
#include "kit/kit_vectors.h"
#include "kit/naive_correlation.h"

#include <stdio.h>
#include <stdlib.h>

#define RULES_MAX  32
#define EVENTS_MAX 512

struct vector {
    const struct cord_yaml *document;
    const char *file;
    struct cord_arena *arena;
    struct cord_correlation *correlations[RULES_MAX];
    size_t count;
    struct cord_rule rules[RULES_MAX];
    struct cord_rule *rule_list[RULES_MAX];
    size_t rule_count;
    struct naive_event events[EVENTS_MAX];
    size_t event_count;
    struct cord_correlator_options options;
    struct cord_correlator_stats stats;
    struct naive_completions got;
    uint64_t counts[EVENTS_MAX]; /* event_count of each of got, before sorting */
    int64_t firsts[EVENTS_MAX];
};

static const struct cord_yaml *get(const struct cord_yaml *node, const char *key)
{
    return cord_yaml_get(node, cord_str_from(key));
}

static void broken(const struct vector *v, const struct cord_yaml *node, const char *what)
{
    print_error("%s:%u: \"%.*s\": %s\n", v->file, node ? node->line : v->document->line,
                CORD_STR_ARG(cord_yaml_text(get(v->document, "title"))), what);
    fail();
}

static int64_t time_of(const struct vector *v, const struct cord_yaml *node)
{
    cord_fixed value = 0;
    if (!cord_fixed_parse(cord_yaml_text(node), &value)) {
        broken(v, node, "no time");
    }
    return (int64_t)value; /* units of 1e-9 both */
}

static void load_rules(struct vector *v)
{
    struct cord_error err = {0};
    for (const struct cord_yaml *rule = get(v->document, "rules")->child; rule; rule = rule->next) {
        CHECK(v->count < RULES_MAX && v->rule_count < RULES_MAX);
        if (cord_correlation_is(rule)) {
            if (cord_correlation_parse(rule, cord_str_from(v->file), v->arena,
                                       &v->correlations[v->count++], &err) != CORD_OK) {
                broken(v, rule, err.text);
            }
            continue;
        }
        struct cord_rule *base = &v->rules[v->rule_count];
        *base = (struct cord_rule){.number = (uint32_t)v->rule_count};
        base->about.name = cord_yaml_text(get(rule, "name"));
        base->about.id = cord_yaml_text(get(rule, "id"));
        v->rule_list[v->rule_count++] = base;
    }
    CHECK(cord_correlation_resolve(v->correlations, v->count, v->rule_list, v->rule_count, v->arena,
                                   &err) == CORD_OK);
    for (size_t i = 0; i < v->count; i++) {
        if (v->correlations[i]->refusal.len > 0) {
            broken(v, NULL, v->correlations[i]->refusal.ptr);
        }
    }
}

static const struct cord_rule *rule_named(const struct vector *v, const struct cord_yaml *node)
{
    for (size_t i = 0; i < v->rule_count; i++) {
        if (cord_str_eq(v->rules[i].about.name, cord_yaml_text(node))) {
            return &v->rules[i];
        }
    }
    broken(v, node, "no such base rule");
    return NULL;
}

static void load_events(struct vector *v)
{
    for (const struct cord_yaml *e = get(v->document, "events")->child; e; e = e->next) {
        CHECK(v->event_count < EVENTS_MAX && e->count >= 2);
        struct naive_event *event = &v->events[v->event_count];
        const struct cord_yaml *names = e->child->next;
        const struct cord_yaml *one = names->kind == CORD_YAML_LIST ? names->child : names;
        *event = (struct naive_event){.time_ns = time_of(v, e->child),
                                      .ref = {.record = ++v->event_count, .source = 1}};
        for (; one; one = names->kind == CORD_YAML_LIST ? one->next : NULL) {
            CHECK(event->rule_count < NAIVE_RULES_MAX);
            event->rules[event->rule_count++] = rule_named(v, one);
        }
        const struct cord_yaml *field = names->next ? names->next->child : NULL;
        for (; field; field = field->next) {
            CHECK(event->field_count < NAIVE_FIELDS_MAX);
            event->names[event->field_count] = cord_yaml_text(field->key);
            event->values[event->field_count++] = cord_yaml_text(field);
        }
    }
}

static cord_status keep(void *self, const struct cord_correlator_completion *completion)
{
    struct vector *v = self;
    CHECK(completion->ref_count >= 1 && completion->refs);
    CHECK_U64(completion->ref_count + completion->refs_left_out, completion->event_count);
    CHECK(v->got.count < EVENTS_MAX);
    v->counts[v->got.count] = completion->event_count;
    v->firsts[v->got.count] = completion->first_ns;
    naive_completions_keep(&v->got, completion, v->arena);
    return CORD_OK;
}

static void feed(struct cord_correlator *correlator, const struct naive_event *event)
{
    for (size_t r = 0; r < event->rule_count; r++) {
        cord_str values[NAIVE_FIELDS_MAX * 4] = {0};
        size_t count = 0;
        const cord_str *names = cord_correlator_fields(correlator, event->rules[r], &count);
        CHECK(count <= sizeof values / sizeof values[0]);
        for (size_t i = 0; i < count; i++) {
            values[i] = naive_event_value(event, names[i]);
        }
        struct cord_correlator_input input = {event->rules[r], event->time_ns, event->ref, values};
        CHECK(cord_correlator_feed(correlator, &input) == CORD_OK);
    }
}

static void run_engine(struct vector *v, bool backwards)
{
    struct cord_correlator_sink sink = {keep, v};
    struct cord_correlator *correlator = NULL;
    struct cord_error err = {0};
    struct cord_correlator_options options = v->options;
    options.lateness_ns = backwards ? INT64_MAX : options.lateness_ns;
    free(v->got.items);
    v->got = (struct naive_completions){0};
    CHECK(cord_correlator_new((const struct cord_correlation *const *)v->correlations, v->count,
                              &options, &sink, &correlator, &err) == CORD_OK);
    for (size_t i = 0; i < v->event_count; i++) {
        feed(correlator, &v->events[backwards ? v->event_count - 1 - i : i]);
    }
    CHECK(cord_correlator_finish(correlator) == CORD_OK);
    v->stats = cord_correlator_stats(correlator);
    cord_correlator_free(correlator);
}

static bool group_is(const struct naive_completion *got, const struct cord_yaml *wanted)
{
    size_t at = 0;
    const struct cord_yaml *one = wanted && wanted->kind == CORD_YAML_LIST ? wanted->child : wanted;
    for (; one; one = wanted->kind == CORD_YAML_LIST ? one->next : NULL) {
        if (at == got->correlation->group_count ||
            !cord_str_eq(got->group_values[at++], cord_yaml_text(one))) {
            return false;
        }
    }
    return true;
}

static bool number_is(const struct vector *v, const struct cord_yaml *wanted, cord_fixed got)
{
    cord_fixed value = 0;
    if (wanted && !cord_fixed_parse(cord_yaml_text(wanted), &value)) {
        broken(v, wanted, "no number");
    }
    return !wanted || value == got;
}

static bool is(const struct vector *v, size_t at, const struct cord_yaml *wanted)
{
    const struct naive_completion *got = &v->got.items[at];
    return cord_str_eq(got->correlation->about.name, cord_yaml_text(get(wanted, "of"))) &&
           number_is(v, get(wanted, "at"), got->time_ns) &&
           number_is(v, get(wanted, "first"), v->firsts[at]) &&
           number_is(v, get(wanted, "last"), got->last_ns) &&
           number_is(v, get(wanted, "value"), got->value) &&
           number_is(v, get(wanted, "count"), (cord_fixed)v->counts[at] * CORD_FIXED_ONE) &&
           group_is(got, get(wanted, "group"));
}

static void compare_expected(struct vector *v)
{
    bool taken[EVENTS_MAX] = {false};
    const struct cord_yaml *expect = get(v->document, "expect");
    const struct cord_yaml *wanted = expect ? expect->child : NULL;
    for (; wanted; wanted = wanted->next) {
        size_t at = 0;
        while (at < v->got.count && (taken[at] || !is(v, at, wanted))) {
            at++;
        }
        if (at == v->got.count) {
            for (size_t i = 0; i < v->got.count; i++) {
                char value[CORD_FIXED_TEXT];
                cord_str text = cord_fixed_format(v->got.items[i].value, value);
                print_error("got %.*s at %g first %g value %.*s count %u\n",
                            CORD_STR_ARG(v->got.items[i].correlation->about.name),
                            (double)v->got.items[i].time_ns / 1e9, (double)v->firsts[i] / 1e9,
                            CORD_STR_ARG(text), (unsigned)v->counts[i]);
            }
            broken(v, wanted, "expected, and did not come");
        }
        taken[at] = true;
    }
    if (v->got.count != (expect ? expect->count : 0)) {
        broken(v, expect, "more completions than expected");
    }
}

static void check_stats(struct vector *v)
{
    const struct {
        const char *name;
        uint64_t value;
    } rows[] = {
        {"inputs", v->stats.inputs},     {"late", v->stats.late},
        {"no_group", v->stats.no_group}, {"no_value", v->stats.no_value},
        {"repeats", v->stats.repeats},   {"untimed", v->stats.untimed},
        {"trimmed", v->stats.trimmed},   {"evicted", v->stats.evicted},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct cord_yaml *wanted = get(get(v->document, "stats"), rows[i].name);
        if (wanted && wanted->integer != (int64_t)rows[i].value) {
            print_error("%s is %u\n", rows[i].name, (unsigned)rows[i].value);
            broken(v, wanted, "count");
        }
    }
}

static int by_time(const void *a, const void *b)
{
    const struct naive_event *x = a;
    const struct naive_event *y = b;
    if (x->time_ns != y->time_ns) {
        return x->time_ns < y->time_ns ? -1 : 1;
    }
    return x->ref.record < y->ref.record ? -1 : 1;
}

/* The same events in any order of arrival, and by the naive reference. */
static void check_against_naive(struct vector *v)
{
    struct naive_completions naive = {0};
    run_engine(v, true);
    qsort(v->events, v->event_count, sizeof v->events[0], by_time);
    naive_correlation_run((const struct cord_correlation *const *)v->correlations, v->count,
                          v->events, v->event_count, &naive);
    naive_completions_sort(&naive);
    naive_completions_sort(&v->got);
    const char *difference = naive_completions_differ(&naive, &v->got);
    if (difference) {
        broken(v, NULL, difference);
    }
    free(naive.items);
}

static void run_vector(void *self, const struct kit_vector *vector)
{
    (void)self;
    const struct cord_yaml *document = vector->document;
    struct vector *v = calloc(1, sizeof *v);
    CHECK(v);
    *v = (struct vector){.document = document, .file = vector->file, .arena = vector->arena};
    v->options = cord_correlator_defaults();
    v->options.seed = 7;
    const struct cord_yaml *options = get(document, "options");
    const struct cord_yaml *lateness = get(options, "lateness");
    const struct cord_yaml *trim = get(options, "group_events_max");
    v->options.lateness_ns = lateness ? time_of(v, lateness) : 0;
    v->options.group_events_max = trim ? (size_t)trim->integer : v->options.group_events_max;
    if (cord_yaml_text(get(document, "section")).len == 0) {
        broken(v, NULL, "names no section");
    }
    load_rules(v);
    load_events(v);
    run_engine(v, false);
    compare_expected(v);
    check_stats(v);
    if (!options) {
        check_against_naive(v);
    }
    free(v->got.items);
    free(v);
}

static void every_vector_holds(void)
{
    CHECK(kit_vectors_each("correlation", run_vector, NULL) >= 48);
}

KIT_MAIN(KIT_TEST(every_vector_holds))
