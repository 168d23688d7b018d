/* test_rule_cost.c: how rules are found, and that dearer ones cost more. */
#include "detect/rule_cost.h"

#include "kit/kit.h"
#include "kit/kit_rules.h"

struct priced {
    struct cord_collection *collection;
    struct cord_arena *arena;
    struct cord_rule_cost cost;
};

static struct priced price(const char *detection)
{
    struct priced priced = {.collection = kit_rules_detection(cord_str_from(detection)),
                            .arena = cord_arena_new(1 << 20)};
    CHECK(priced.arena);
    CHECK_U64(cord_collection_rule_count(priced.collection), 1);
    CHECK(cord_rule_cost_estimate(cord_collection_rule(priced.collection, 0), priced.arena,
                                  &priced.cost) == CORD_OK);
    return priced;
}

static void done(struct priced *priced)
{
    cord_collection_free(priced->collection);
    cord_arena_free(priced->arena);
}

static double figure(const char *detection)
{
    struct priced priced = price(detection);
    double result = priced.cost.figure;
    done(&priced);
    return result;
}

static void finds_by_the_rarest_of_what_must_hold(void)
{
    struct priced p = price("    a: {Image|endswith: '\\powershell.exe', "
                            "CommandLine|contains: '-e'}\n    condition: a\n");
    CHECK(!p.cost.always);
    CHECK_U64(p.cost.triggers[CORD_RULE_COST_SUFFIX], 1);
    CHECK_U64(p.cost.triggers[CORD_RULE_COST_CONTAINS], 0);
    CHECK(p.cost.weakest == CORD_RULE_COST_SUFFIX);
    CHECK_STR(p.cost.weakest_field, "Image");
    CHECK_STR(p.cost.weakest_text, "\\powershell.exe");
    CHECK_U64(p.cost.atoms, 2);
    done(&p);
}

static void needs_all_of_any(void)
{
    struct priced p = price("    a: {A: one, B|startswith: two}\n    b: {C|contains: [three, x]}\n"
                            "    condition: a or b\n");
    CHECK(!p.cost.always);
    CHECK_U64(p.cost.triggers[CORD_RULE_COST_CONTAINS], 2);
    CHECK_U64(p.cost.triggers[CORD_RULE_COST_EXACT] + p.cost.triggers[CORD_RULE_COST_PREFIX], 1);
    CHECK_STR(p.cost.weakest_text, "x");
    CHECK_U64(p.cost.atoms, 4);
    done(&p);
}

static void says_why_a_rule_is_always_evaluated(void)
{
    static const struct {
        const char *detection;
        const char *reason;
    } rows[] = {
        {"    a: {A: b}\n    condition: not a\n", "what must not be there"},
        {"    a: {A|re: '[a-z]+'}\n    condition: a\n", "an expression without a required literal"},
        {"    a: {A|gt: 5}\n    condition: a\n", "a comparison of numbers"},
        {"    a: {A|cidr: 10.0.0.0/8}\n    condition: a\n", "an address range"},
        {"    a: {A|exists: true}\n    condition: a\n", "the presence of a field"},
        {"    a: {A: null}\n    condition: a\n", "an absent value"},
        {"    a: {A|fieldref: B}\n    condition: a\n", "a comparison of two fields"},
        {"    a: {A: '*'}\n    condition: a\n", "a value of wildcards only"},
        {"    a: {A: b}\n    b: {C: true}\n    condition: a or b\n", "true or false"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct priced p = price(rows[i].detection);
        CHECK(p.cost.always);
        CHECK_STR_EQ(cord_str_from(p.cost.reason), cord_str_from(rows[i].reason));
        CHECK(p.cost.chance >= 1);
        done(&p);
    }
}

static void expressions_are_found_by_their_literals(void)
{
    struct priced p = price("    a: {A|re: '(foo|bar)[0-9]+'}\n    condition: a\n");
    CHECK(!p.cost.always);
    CHECK_U64(p.cost.triggers[CORD_RULE_COST_CONTAINS], 2);
    CHECK_U64(p.cost.regexes, 1);
    CHECK_U64(p.cost.blind_regexes, 0);
    done(&p);
    p = price("    a: {A|re: '\\d+', B: longtext}\n    condition: a\n");
    CHECK(!p.cost.always);
    CHECK_U64(p.cost.blind_regexes, 1);
    done(&p);
}

static void what_costs_more_has_the_higher_figure(void)
{
    CHECK(figure("    a: {A|contains: 'ab'}\n    condition: a\n") >
          figure("    a: {A|contains: 'abcdefgh'}\n    condition: a\n"));
    CHECK(figure("    a: {A|contains: [abc, def]}\n    condition: a\n") >
          figure("    a: {A|contains: abc}\n    condition: a\n"));
    CHECK(figure("    a: {A|re: '\\d+'}\n    condition: a\n") >
          figure("    a: {A|re: 'abc\\d+'}\n    condition: a\n"));
    CHECK(figure("    a: {A|gt: 5}\n    condition: a\n") >
          figure("    a: {A: 5}\n    condition: a\n"));
}

KIT_MAIN(KIT_TEST(finds_by_the_rarest_of_what_must_hold), KIT_TEST(needs_all_of_any),
         KIT_TEST(says_why_a_rule_is_always_evaluated),
         KIT_TEST(expressions_are_found_by_their_literals),
         KIT_TEST(what_costs_more_has_the_higher_figure))
