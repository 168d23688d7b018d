/*
 * test_condition.c: conditions over a fixed set of search identifiers.
 *
 * Rules specification 2.1.0, "Condition".
 */
#include "kit/kit.h"

#include "detect/condition.h"
#include "kit/kit_rules.h"

#include <stdio.h>

static struct cord_collection *condition(const char *text)
{
    char detection[4096];
    (void)snprintf(detection, sizeof detection,
                   "    a: {A: 1}\n    b: {B: 2}\n    sel_x: {X: 3}\n    sel_y: {Y: 4}\n"
                   "    _hidden: {H: 5}\n    condition: %s\n",
                   text);
    return kit_rules_detection(cord_str_from(detection));
}

static void binds_not_before_and_before_or(void)
{
    static const struct {
        const char *condition;
        const char *tree;
    } cases[] = {
        {"a", "A=1"},
        {"a or b and sel_x", "(or A=1 (and B=2 X=3))"},
        {"a and b or sel_x", "(or (and A=1 B=2) X=3)"},
        {"not a and b", "(and (not A=1) B=2)"},
        {"not (a and b)", "(not (and A=1 B=2))"},
        {"not not a", "(not (not A=1))"},
        {"(a)", "A=1"},
        {"((a or b))and(sel_x)", "(and (or A=1 B=2) X=3)"},
        {"a and b and sel_x", "(and A=1 B=2 X=3)"},
        {"a and (b and sel_x)", "(and A=1 (and B=2 X=3))"},
        {"a AND NOT b", "(and A=1 (not B=2))"},
        {"1 of sel_*", "(or X=3 Y=4)"},
        {"all of sel_*", "(and X=3 Y=4)"},
        {"any of sel_*", "(or X=3 Y=4)"},
        {"1 of *_x", "X=3"},
        {"1 of s*l*x", "X=3"},
        {"1 of them", "(or A=1 B=2 X=3 Y=4)"},
        {"all of them", "(and A=1 B=2 X=3 Y=4)"},
        {"all of *", "(and A=1 B=2 X=3 Y=4)"},
        {"a and not 1 of sel_*", "(and A=1 (not (or X=3 Y=4)))"},
        {"1 of a", "A=1"},
        {"_hidden and a", "(and H=5 A=1)"},
        {"a and a", "(and A=1 A=1)"},
        {"[a, not b]", "A=1 | (not B=2)"},
        {"\"a\\n  and b\"", "(and A=1 B=2)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cord_collection *collection = condition(cases[i].condition);
        KIT_RULES_CHECK(collection, cases[i].tree);
        cord_collection_free(collection);
    }
}

static void refuses_what_says_nothing_clear(void)
{
    static const struct {
        const char *condition;
        const char *says;
    } cases[] = {
        {"c", "no search identifier 'c'"},
        {"1 of c*", "'1 of c*' names no search identifier"},
        {"all of c*", "'all of c*' names no search identifier"},
        {"1 of _hid*", "names that begin with _ are left out"},
        {"2 of sel_*", "only '1 of' and 'all of' exist"},
        {"sel_*", "a pattern needs '1 of'"},
        {"a b", "'and' or 'or' is missing, at 'b'"},
        {"a and", "a search identifier is missing, at its end"},
        {"and a", "a search identifier is missing, at 'and'"},
        {"not", "at its end"},
        {"(a", "')' is missing"},
        {"a)", "'and' or 'or' is missing, at ')'"},
        {"'()'", "a search identifier is missing, at ')'"},
        {"1 of", "'of' needs"},
        {"1 of and", "'of' needs"},
        {"''", "a search identifier is missing"},
        {"{a: b}", "a condition is a text"},
        {"[]", "there is no condition"},
        {"a | count() by A > 5", "type: event_count, rules: [NAME], group-by: [A], timespan: 5m, "
                                 "condition: {gt: 5}"},
        {"a | count(B) > 5", "type: value_count, rules: [NAME], timespan: 5m, condition: {gt: 5, "
                             "field: B}"},
        {"a | sum(B) by A >= 5", "value_sum"},
        {"a | near b", "type: temporal"},
        {"a | whatever", "write a correlation rule"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cord_collection *collection = condition(cases[i].condition);
        if (!kit_rules_refusal(collection, false, cases[i].says)) {
            print_error("%s\n", cases[i].condition);
            kit_rules_print(collection);
            fail();
        }
        CHECK_U64(cord_collection_rule_count(collection), 0);
        cord_collection_free(collection);
    }
}

static void names_the_selection_in_the_tree(void)
{
    struct cord_collection *collection = condition("a and 1 of sel_*");
    const struct cord_node *node = cord_collection_rule(collection, 0)->conditions[0];
    CHECK_STR(node->selection, "");
    CHECK_STR(node->child->selection, "a");
    CHECK_STR(node->child->next->selection, "");
    CHECK_STR(node->child->next->child->selection, "sel_x");
    CHECK(kit_rules_refusal(collection, true, "'b' is in no condition") != NULL);
    cord_collection_free(collection);
}

static void bounds_depth(void)
{
    char text[1024];
    struct cord_condition *parsed = NULL;
    struct cord_error err = {0};
    struct cord_arena *arena = cord_arena_new(1 << 20);
    for (size_t depth = 60; depth <= 70; depth++) {
        memset(text, '(', depth);
        text[depth] = 'a';
        memset(text + depth + 1, ')', depth);
        cord_status status =
            cord_condition_parse((cord_str){text, depth * 2 + 1}, arena, &parsed, &err);
        CHECK(status == (depth < CORD_CONDITION_DEPTH_MAX ? CORD_OK : CORD_E_FORMAT));
    }
    CHECK(strstr(err.text, "deeper") != NULL);
    cord_arena_free(arena);
}

/* A few words can stand for very many nodes. */
static void bounds_the_tree(void)
{
    struct cord_buf buf;
    cord_buf_init(&buf, 1 << 20);
    for (int i = 0; i < 500; i++) {
        cord_buf_printf(&buf, "    s%d: {F: 1}\n", i);
    }
    cord_buf_put_text(&buf, "    condition: 1 of s*");
    for (int i = 0; i < 500; i++) {
        cord_buf_put_text(&buf, " and 1 of s*");
    }
    cord_buf_put_text(&buf, "\n");
    struct cord_collection *collection = kit_rules_detection(cord_buf_str(&buf));
    CHECK(kit_rules_refusal(collection, false, "more than 200000 nodes") != NULL);
    cord_collection_free(collection);
    cord_buf_done(&buf);
}

KIT_MAIN(KIT_TEST(binds_not_before_and_before_or), KIT_TEST(refuses_what_says_nothing_clear),
         KIT_TEST(names_the_selection_in_the_tree), KIT_TEST(bounds_depth),
         KIT_TEST(bounds_the_tree))
