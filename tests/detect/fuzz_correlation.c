/*
 * fuzz_correlation.c: any YAML as correlation rules: parsed, resolved among
 * themselves and with a few rules, or refused with a reason. What is taken can
 * be set up and run.
 */
#include "detect/correlator.h"

#include <assert.h>
#include <stdlib.h>

#define CORRELATIONS_MAX 32

static cord_status ignore(void *self, const struct cord_correlator_completion *completion)
{
    (void)self;
    assert(completion->ref_count > 0);
    return CORD_OK;
}

static void run(struct cord_correlation *const *correlations, size_t count,
                struct cord_rule *const *rules, size_t rule_count)
{
    struct cord_correlator_options options = cord_correlator_defaults();
    struct cord_correlator_sink sink = {ignore, NULL};
    struct cord_correlator *correlator = NULL;
    options.bytes_max = 1 << 20;
    assert(cord_correlator_new((const struct cord_correlation *const *)correlations, count,
                               &options, &sink, &correlator, NULL) == CORD_OK);
    for (int64_t at = 0; at < 12; at++) {
        const struct cord_rule *rule = rules[(size_t)at % rule_count];
        size_t fields = 0;
        (void)cord_correlator_fields(correlator, rule, &fields);
        cord_str *values = calloc(fields + 1, sizeof *values);
        assert(values);
        for (size_t i = 0; i < fields; i++) {
            values[i] = at % 3 == 0 ? CORD_STR("1") : CORD_STR("2.5");
        }
        struct cord_correlator_input input = {
            rule, at * CORD_SECOND_NS, {.record = (uint64_t)at}, values};
        assert(cord_correlator_feed(correlator, &input) == CORD_OK);
        free(values);
    }
    assert(cord_correlator_finish(correlator) == CORD_OK);
    cord_correlator_free(correlator);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cord_rule rules[3] = {{.number = 0, .about.name = CORD_STR("a")},
                                 {.number = 1, .about.name = CORD_STR("b")},
                                 {.number = 2, .about.name = CORD_STR("c")}};
    struct cord_rule *rule_list[3] = {&rules[0], &rules[1], &rules[2]};
    struct cord_correlation *correlations[CORRELATIONS_MAX];
    struct cord_yaml *documents = NULL;
    struct cord_error err = {0};
    size_t count = 0;
    struct cord_arena *arena = cord_arena_new(16 << 20);
    assert(arena);
    cord_str text = {(const char *)data, size};
    if (cord_yaml_parse(text, CORRELATIONS_MAX, arena, &documents, &err) == CORD_OK) {
        for (const struct cord_yaml *d = documents->child; d; d = d->next) {
            err.text[0] = '\0';
            cord_status status =
                cord_correlation_is(d)
                    ? cord_correlation_parse(d, CORD_STR("f"), arena, &correlations[count], &err)
                    : CORD_E_NOENT;
            count += status == CORD_OK;
            assert(status == CORD_OK || status == CORD_E_NOENT || err.text[0] != '\0');
        }
        assert(cord_correlation_resolve(correlations, count, rule_list, 3, arena, &err) == CORD_OK);
        run(correlations, count, rule_list, 3);
    }
    cord_arena_free(arena);
    return 0;
}
