/* test_correlation.c: correlation rules as text, and what is refused of them. */
#include "detect/correlation.h"
#include "detect/correlation_expression.h"
#include "kit/kit.h"

#include <stdio.h>
#include <stdlib.h>

#define RULES_MAX 32

struct set {
    struct cord_arena *arena;
    struct cord_correlation *correlations[RULES_MAX];
    size_t count;
    struct cord_rule rules[RULES_MAX];
    struct cord_rule *rule_list[RULES_MAX];
    size_t rule_count;
    struct cord_error err;
};

static void set_init(struct set *set)
{
    *set = (struct set){.arena = cord_arena_new(1 << 22)};
    CHECK(set->arena);
}

static cord_status add(struct set *set, cord_str text)
{
    struct cord_yaml *documents = NULL;
    cord_status status = cord_yaml_parse(text, 64, set->arena, &documents, &set->err);
    for (const struct cord_yaml *document = documents ? documents->child : NULL;
         document && status == CORD_OK; document = document->next) {
        CHECK(set->count < RULES_MAX && set->rule_count < RULES_MAX);
        if (cord_correlation_is(document)) {
            status = cord_correlation_parse(document, CORD_STR("f.yml"), set->arena,
                                            &set->correlations[set->count], &set->err);
            set->count += status == CORD_OK;
            continue;
        }
        struct cord_rule *rule = &set->rules[set->rule_count];
        rule->about.id = cord_yaml_text(cord_yaml_get(document, CORD_STR("id")));
        rule->about.name = cord_yaml_text(cord_yaml_get(document, CORD_STR("name")));
        set->rule_list[set->rule_count++] = rule;
    }
    return status;
}

static void resolve(struct set *set)
{
    CHECK(cord_correlation_resolve(set->correlations, set->count, set->rule_list, set->rule_count,
                                   set->arena, &set->err) == CORD_OK);
}

static void set_done(struct set *set)
{
    cord_arena_free(set->arena);
}

static void reads_the_example_of_the_specification(void)
{
    struct set set;
    set_init(&set);
    CHECK(add(&set, CORD_STR("title: Many failed logins\n"
                             "id: 0e95725d-7320-415d-80f7-004da920fc11\n"
                             "level: high\n"
                             "tags: [attack.t1110]\n"
                             "falsepositives: Unlikely\n"
                             "correlation:\n"
                             "    type: event_count\n"
                             "    rules:\n"
                             "        - 5638f7c0-ac70-491d-8465-2a65075e0d86\n"
                             "    group-by:\n"
                             "        - Computer Name\n"
                             "    timespan: 1h\n"
                             "    condition:\n"
                             "        gte: 100\n")) == CORD_OK);
    const struct cord_correlation *c = set.correlations[0];
    CHECK_STR(c->about.title, "Many failed logins");
    CHECK(c->about.level == CORD_LEVEL_HIGH && c->type == CORD_CORRELATION_EVENT_COUNT);
    CHECK(c->about.tag_count == 1 && c->about.falsepositive_count == 1 && c->step_count == 1);
    CHECK_STR(c->about.falsepositives[0], "Unlikely");
    CHECK_STR(c->group_by[0], "ComputerName");
    CHECK_STR(c->timespan, "1h");
    CHECK(c->timespan_ns == 3600 * INT64_C(1000000000));
    CHECK(c->test_count == 1 && c->tests[0].compare == CORD_CORRELATION_GTE);
    CHECK(c->tests[0].value == 100 * CORD_FIXED_ONE && !c->deferred && c->about.line == 1);
    set_done(&set);
}

#define HEAD(type) "title: t\ncorrelation:\n  type: " type "\n"
#define REST       "  rules: [a]\n  group-by: [g]\n  timespan: 1m\n"

static void reads_every_unit_of_time(void)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } rows[] = {
        {"1s", 1},
        {"90m", 5400},
        {"2h", 7200},
        {"3d", 259200},
        {"1w", 604800},
        {"1M", 2629746},
        {"1y", 31556952},
        {"100y", 3155695200},
        {"101y", -1},
        {"0m", -1},
        {"1", -1},
        {"m", -1},
        {"1h30m", -1},
        {"-1m", -1},
        {"1 m", -1},
        {"1S", -1},
        {"99999999999999999999s", -1},
        {"18446744073709551615y", -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct set set;
        char text[256];
        set_init(&set);
        (void)snprintf(text, sizeof text,
                       HEAD("event_count") "  rules: [a]\n  group-by: [g]\n  timespan: %s\n"
                                           "  condition: {gte: 2}\n",
                       rows[i].text);
        cord_status status = add(&set, cord_str_from(text));
        CHECK((status == CORD_OK) == (rows[i].seconds > 0));
        if (status == CORD_OK) {
            CHECK_I64(set.correlations[0]->timespan_ns, rows[i].seconds * 1000000000);
        }
        set_done(&set);
    }
}

static void knows_which_conditions_wait_for_the_end_of_the_window(void)
{
    static const struct {
        const char *text;
        bool deferred;
    } rows[] = {
        {HEAD("event_count") REST "  condition: {gte: 2}\n", false},
        {HEAD("event_count") REST "  condition: {gt: 2, gte: 2}\n", false},
        {HEAD("event_count") REST "  condition: {gt: 2, lte: 9}\n", true},
        {HEAD("event_count") REST "  condition: {eq: 2}\n", true},
        {HEAD("event_count") REST "  condition: {neq: 2}\n", true},
        {HEAD("value_count") REST "  condition: {field: f, gt: 2}\n", false},
        {HEAD("value_count") REST "  condition: {field: [f, h], lt: 2}\n", true},
        {HEAD("value_sum") REST "  condition: {field: f, gt: 2.5}\n", false},
        {HEAD("value_sum") REST "  condition: {field: f, lt: -2.5e3}\n", true},
        {HEAD("value_avg") REST "  condition: {field: f, gt: 2}\n", true},
        {HEAD("value_percentile") REST "  condition: {field: f, lte: 1}\n", false},
        {HEAD("value_percentile") REST "  condition: {field: f, percentile: 95, gt: 1}\n", true},
        {HEAD("temporal") REST, false},
        {HEAD("temporal_ordered") REST, false},
        {HEAD("temporal") "  group-by: [g]\n  timespan: 1m\n  condition: a and b\n", false},
        {HEAD("temporal") "  group-by: [g]\n  timespan: 1m\n  condition: a and not b\n", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct set set;
        set_init(&set);
        CHECK(add(&set, cord_str_from(rows[i].text)) == CORD_OK);
        CHECK(set.correlations[0]->deferred == rows[i].deferred);
        set_done(&set);
    }
}

static const struct refusal {
    const char *text;
    const char *reason;
} refusals[] = {
    {"title: t\ncorrelation: [a]\n", "line 2: correlation is a map"},
    {HEAD("count") REST "  condition: {gte: 1}\n", "line 3: \"count\" is no correlation type"},
    {HEAD("value_median") REST "  condition: {field: f, gte: 1}\n", "percentile: 50"},
    {"title: t\ncorrelation:\n" REST, "line 3: correlation.type is mandatory"},
    {HEAD("event_count") REST "  condition: {gte: 1}\n  window: tumbling\n",
     "line 8: correlation.window is not in Sigma 2.1"},
    {HEAD("event_count") REST "  condition: {gte: 1}\n  groupby: x\n",
     "line 8: correlation has no member \"groupby\""},
    {HEAD("event_count") "  group-by: [g]\n  timespan: 1m\n  condition: {gte: 1}\n",
     "correlation.rules is mandatory"},
    {HEAD("event_count") "  rules: [a]\n  group-by: [g]\n  condition: {gte: 1}\n",
     "correlation.timespan is mandatory"},
    {HEAD("event_count") REST, "event_count needs a condition"},
    {HEAD("event_count") REST "  condition: {field: f, gte: 1}\n", "counts no field's values"},
    {HEAD("value_count") REST "  condition: {gte: 1}\n", "needs condition.field"},
    {HEAD("value_sum") REST "  condition: {field: [f, h], gte: 1}\n", "takes 1 to 1 field"},
    {HEAD("value_count") REST "  condition: {field: f}\n", "none of gt, gte"},
    {HEAD("event_count") REST "  condition: {ge: 1}\n", "no member \"ge\""},
    {HEAD("event_count") REST "  condition: {gte: many}\n", "takes a decimal number"},
    {HEAD("event_count") REST "  condition: {gte: 0x10}\n", "takes a decimal number"},
    {HEAD("event_count") REST "  condition: {gte: true}\n", "takes a decimal number"},
    {HEAD("event_count") REST "  condition: {gte: 9223372036854775808}\n", "below 2^63"},
    {HEAD("event_count") REST "  condition: {lt: 1}\n", "can never hold"},
    {HEAD("event_count") REST "  condition: {eq: 0}\n", "can never hold"},
    {HEAD("event_count") REST "  condition: {gt: 5, lt: 6}\n", "can never hold"},
    {HEAD("temporal") REST "  condition: {gte: 2}\n", "can never hold"},
    {HEAD("event_count") REST "  condition: a and b\n", "needs type temporal"},
    {HEAD("temporal_ordered") REST "  condition: a and b\n", "needs type temporal"},
    {HEAD("temporal") REST "  condition: a and b\n", "\"b\", which is not in rules"},
    {HEAD("temporal") "  rules: [a, b]\n  timespan: 1m\n  condition: a or not a\n",
     "\"b\" is listed but not in the condition"},
    {HEAD("temporal") REST "  condition: a and\n", "a rule name is due"},
    {HEAD("temporal") REST "  condition: (a\n", "still open"},
    {HEAD("temporal") REST "  condition: a)\n", "no \"(\" belongs"},
    {HEAD("temporal") REST "  condition: a b\n", "is due at character 3"},
    {HEAD("temporal") REST "  condition: 1 of them\n", "is due at character 3"},
    {HEAD("temporal") REST "  condition: + a\n", "(\"+\")"},
    {HEAD("temporal") "  rules: [a, a]\n  timespan: 1m\n", "listed twice"},
    {HEAD("temporal") "  rules: [[a]]\n  timespan: 1m\n", "takes ids or names"},
    {HEAD("temporal") "  rules: [a]\n  group-by: [g, g]\n  timespan: 1m\n", "twice in group-by"},
    {HEAD("temporal") "  rules: [a]\n  group-by: ['g|re']\n  timespan: 1m\n", "no modifier"},
    {HEAD("temporal") REST "  aliases: [a]\n", "aliases is a map"},
    {HEAD("temporal") REST "  aliases: {g: f}\n", "an alias is a map"},
    {HEAD("temporal") REST "generate: 1\n", "generate is true or false"},
    {HEAD("temporal") REST "  generate: true\ngenerate: false\n", "twice, and differently"},
    {HEAD("temporal") REST "level: urgent\n", "level is informational"},
    {HEAD("value_percentile") REST "  condition: {field: f, percentile: 101, gt: 1}\n",
     "from 0 to 100"},
    {HEAD("value_avg") REST "  condition: {field: f, percentile: 50, gt: 1}\n",
     "belongs to value_percentile"},
};

static void refuses_with_line_and_reason(void)
{
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        struct set set;
        set_init(&set);
        cord_status status = add(&set, cord_str_from(refusals[i].text));
        if (status == CORD_OK || !strstr(set.err.text, refusals[i].reason)) {
            print_error("%s\ngot: %s\n", refusals[i].text, status == CORD_OK ? "ok" : set.err.text);
            fail();
        }
        set_done(&set);
    }
}

#define TEMPORAL(name, rules)                                                                      \
    "title: " name "\nname: " name "\ncorrelation:\n  type: temporal\n  rules: " rules "\n"        \
    "  group-by: [g]\n  timespan: 1m\n"

static void ties_references_by_id_and_by_name(void)
{
    struct set set;
    set_init(&set);
    CHECK(add(&set, CORD_STR("id: 5638F7C0-ac70-491d-8465-2a65075e0d86\nname: a\n---\n"
                             "name: b\n---\n" TEMPORAL(
                                 "top", "[low, b]") "  aliases: {g: {low: x, b: "
                                                    "y}}\n---\n" TEMPORAL(
                                                        "low", "[5638f7c0-AC70-491d-8465-"
                                                               "2a65075e0d86]") "  generate: "
                                                                                "true\n")) ==
          CORD_OK);
    resolve(&set);
    const struct cord_correlation *top = set.correlations[0];
    CHECK(top->steps[0].correlation == set.correlations[1] && !top->steps[0].rule);
    CHECK(top->steps[1].rule == &set.rules[1] && top->refusal.len == 0 && !top->silent);
    CHECK_STR(top->steps[0].group_fields[0], "x");
    CHECK_STR(top->steps[1].group_fields[0], "y");
    CHECK(set.correlations[1]->silent && set.rules[1].silent && !set.rules[0].silent);
    CHECK(set.correlations[1]->steps[0].rule == &set.rules[0]);
    CHECK_STR(set.correlations[1]->steps[0].group_fields[0], "g");
    set_done(&set);
}

static void refuses_what_cannot_be_tied(void)
{
    struct set set;
    set_init(&set);
    CHECK(
        add(&set,
            CORD_STR(
                "name: a\n---\nname: twin\n---\nname: twin\n---\n"
                "id: i\nname: n\n---\n" TEMPORAL("c0", "[nobody]") "---\n" TEMPORAL("c1", "[twin]") "---\n" TEMPORAL("c2", "[c3]") "---\n" TEMPORAL(
                    "c3",
                    "[c2, a]") "---\n" TEMPORAL("c4",
                                                "[c4]") "---\n" TEMPORAL("c5",
                                                                         "[c0, a]") "---"
                                                                                    "\n" TEMPORAL(
                                                                                        "c6",
                                                                                        "[a]") "  "
                                                                                               "ali"
                                                                                               "ase"
                                                                                               "s: "
                                                                                               "{g:"
                                                                                               " "
                                                                                               "{b:"
                                                                                               " "
                                                                                               "x}}"
                                                                                               "\n-"
                                                                                               "--"
                                                                                               "\n" TEMPORAL(
                                                                                                   "c7",
                                                                                                   "[i, "
                                                                                                   "n]") "---\n" TEMPORAL("good",
                                                                                                                          "[a]"))) ==
        CORD_OK);
    resolve(&set);
    static const char *const reasons[] = {
        "\"nobody\" is the id or name of no rule",
        "more than one rule",
        "stands on itself",
        "stands on itself",
        "stands on itself",
        "\"c0\" is a correlation that was refused",
        "has an alias but is not listed",
        "listed above already",
    };
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        CHECK(cord_str_find(set.correlations[i]->refusal, cord_str_from(reasons[i]), 0) !=
              SIZE_MAX);
    }
    CHECK(set.correlations[8]->refusal.len == 0 && set.correlations[8]->number == 0);
    CHECK(set.rules[0].silent && !set.rules[1].silent);
    set_done(&set);
}

static void bounds_chains(void)
{
    for (unsigned length = 16; length <= 17; length++) {
        struct set set;
        set_init(&set);
        CHECK(add(&set, CORD_STR("name: n0\n")) == CORD_OK);
        for (unsigned i = 1; i <= length; i++) {
            char text[256];
            (void)snprintf(text, sizeof text,
                           "title: t\nname: n%u\ncorrelation:\n  type: temporal\n  rules: [n%u]\n"
                           "  timespan: 1m\n",
                           i, i - 1);
            CHECK(add(&set, cord_str_from(text)) == CORD_OK);
        }
        resolve(&set);
        CHECK((set.correlations[length - 1]->refusal.len == 0) == (length == 16));
        set_done(&set);
    }
}

static void judges_expressions(void)
{
    struct cord_correlation_expression e;
    CHECK(cord_correlation_expression_parse(CORD_STR("a or b and not (c or a)"), &e, NULL) ==
          CORD_OK);
    CHECK(e.reference_count == 3);
    for (unsigned present = 0; present < 8; present++) {
        bool a = present & 1, b = present & 2, c = present & 4;
        CHECK(cord_correlation_expression_holds(e.nodes, e.node_count, present) ==
              (a || (b && !(c || a))));
    }
    char deep[600];
    memset(deep, '(', sizeof deep);
    CHECK(cord_correlation_expression_parse((cord_str){deep, sizeof deep}, &e, NULL) ==
          CORD_E_LIMIT);
}

static void reads_decimals_exactly(void)
{
    static const struct {
        const char *text;
        const char *shown; /* NULL: refused */
    } rows[] = {
        {"0", "0"},
        {"-0", "0"},
        {"12", "12"},
        {"+12", "12"},
        {"-0.5", "-0.5"},
        {".5", "0.5"},
        {"5.", "5"},
        {"1e3", "1000"},
        {"1.5E-3", "0.0015"},
        {"123456789e-9", "0.123456789"},
        {"0.1234567899", "0.123456789"},
        {"9223372036854775807", "9223372036854775807"},
        {"9223372036854775808", NULL},
        {"1e400", NULL},
        {"0e400", "0"},
        {"1e-400", "0"},
        {"", NULL},
        {".", NULL},
        {"-", NULL},
        {"1e", NULL},
        {"0x10", NULL},
        {"1 ", NULL},
        {"1,5", NULL},
        {"inf", NULL},
        {"nan", NULL},
        {"--1", NULL},
        {"000000000000000000000000000000012", "12"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cord_fixed value = 0;
        char buffer[CORD_FIXED_TEXT];
        bool read = cord_fixed_parse(cord_str_from(rows[i].text), &value);
        CHECK(read == (rows[i].shown != NULL));
        if (read) {
            CHECK_STR_EQ(cord_fixed_format(value, buffer), cord_str_from(rows[i].shown));
        }
    }
}

static void survives_every_failed_allocation(void)
{
    for (size_t nth = 1;; nth++) {
        struct set set = {0};
        kit_fail_allocation(nth);
        cord_status status = CORD_E_NOMEM;
        set.arena = cord_arena_new(1 << 20);
        if (set.arena) {
            status = add(&set, CORD_STR("name: a\n---\n" TEMPORAL("c", "[a]")));
        }
        if (status == CORD_OK) {
            status = cord_correlation_resolve(set.correlations, set.count, set.rule_list,
                                              set.rule_count, set.arena, &set.err);
        }
        bool failed_one = kit_fail_allocation_off();
        CHECK(failed_one ? status == CORD_E_NOMEM : status == CORD_OK);
        cord_arena_free(set.arena);
        if (!failed_one) {
            break;
        }
    }
}

KIT_MAIN(KIT_TEST(reads_the_example_of_the_specification), KIT_TEST(reads_every_unit_of_time),
         KIT_TEST(knows_which_conditions_wait_for_the_end_of_the_window),
         KIT_TEST(refuses_with_line_and_reason), KIT_TEST(ties_references_by_id_and_by_name),
         KIT_TEST(refuses_what_cannot_be_tied), KIT_TEST(bounds_chains),
         KIT_TEST(judges_expressions), KIT_TEST(reads_decimals_exactly),
         KIT_TEST(survives_every_failed_allocation))
