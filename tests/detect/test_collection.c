/*
 * test_collection.c: rule files: several documents, placeholders, filters,
 * refusals with their places.
 */
#include "kit/kit.h"

#include "detect/correlation.h"
#include "kit/kit_rules.h"

#include <stdio.h>

#define RULE(id, body)                                                                             \
    "title: T" id "\nid: " id "\nlogsource: {product: windows}\ndetection:\n    " body "\n"
#define SIMPLE(id, field) RULE(id, "s: {" field ": 1}\n    condition: s")

static struct cord_collection *parsed(const char *text)
{
    return kit_rules(cord_str_from(text));
}

static void check_refused(const char *text, const char *says, uint32_t line)
{
    struct cord_collection *collection = parsed(text);
    const struct cord_rule_refusal *refusal = kit_rules_refusal(collection, false, says);
    if (!refusal || refusal->line != line) {
        print_error("%s\n", text);
        kit_rules_print(collection);
        fail();
    }
    cord_collection_free(collection);
}

static void keeps_what_an_analyst_reads(void)
{
    struct cord_collection *collection = parsed(
        "title: A title\nid: 1\nname: nm\nstatus: test\ndescription: d\nauthor: me, you\n"
        "date: 2024-01-02\nmodified: 2024-02-03\nlicense: MIT\nreferences: [r1, r2]\n"
        "tags: [attack.t1059, attack.execution]\nfalsepositives: [f]\nfields: [A, B]\n"
        "level: high\nlogsource: {product: windows, category: c, service: s, definition: x}\n"
        "custom: {a: b}\ndetection:\n    s: {A: 1}\n    condition: s\n");
    KIT_RULES_CHECK(collection, "A=1");
    CHECK_U64(cord_collection_refusal_count(collection), 0);
    const struct cord_rule *rule = cord_collection_rule(collection, 0);
    CHECK_STR(rule->about.title, "A title");
    CHECK_STR(rule->about.id, "1");
    CHECK_STR(rule->about.name, "nm");
    CHECK_STR(rule->about.author, "me, you");
    CHECK_STR(rule->about.date, "2024-01-02");
    CHECK_STR(rule->about.modified, "2024-02-03");
    CHECK_STR(rule->about.license, "MIT");
    CHECK_STR(rule->about.status, "test");
    CHECK_U64(rule->about.reference_count, 2);
    CHECK_STR(rule->about.references[1], "r2");
    CHECK_U64(rule->about.tag_count, 2);
    CHECK_STR(rule->about.falsepositives[0], "f");
    CHECK_STR(rule->fields[1], "B");
    CHECK(rule->about.level == CORD_LEVEL_HIGH);
    CHECK_STR(rule->logsource.service, "s");
    CHECK_STR(rule->logsource.definition, "x");
    CHECK_STR(rule->about.file, "test.yml");
    CHECK_U64(rule->about.line, 1);
    CHECK(!rule->silent);
    cord_collection_free(collection);
}

/* Lists of maps are OR, maps AND, nested as deep as the reader allows. */
static void maps_are_and_and_lists_are_or(void)
{
    struct cord_collection *collection = kit_rules_detection(
        CORD_STR("    s:\n        - A: 1\n          B: [2, 3]\n        - C|contains: 4\n"
                 "    condition: s\n"));
    KIT_RULES_CHECK(collection, "(or (and A=1 (or B=2 B=3)) C=*4*)");
    cord_collection_free(collection);
    collection = kit_rules_detection(
        CORD_STR("    s:\n        - - A: 1\n          - B: 2\n        - C: 3\n    condition: s\n"));
    KIT_RULES_CHECK(collection, "(or (or A=1 B=2) C=3)");
    cord_collection_free(collection);
}

static void says_where_and_why(void)
{
    check_refused("title: [\n", "did not find", 2);
    check_refused("- a\n- b\n", "not a Sigma rule", 1);
    check_refused("title: x\n", "not a Sigma rule", 1);
    check_refused("title: x\ndetection:\n    s: {A: 1}\n    condition: s\n", "no logsource", 1);
    check_refused("title: x\nlogsource: {}\ndetection: {}\n", "neither product", 2);
    check_refused("title: x\nlogsource: {product: [a]}\ndetection: {}\n", "one text", 2);
    check_refused("title: x\nlogsource: {product: a}\ndetection:\n    s: {A: 1}\n",
                  "there is no condition", 4);
    check_refused("title: x\nlogsource: {product: a}\ndetection:\n    condition: s\n",
                  "no search identifier", 4);
    check_refused(RULE("1", "s:\n    condition: s"), "'s' is empty", 5);
    check_refused(RULE("1", "s: {}\n    condition: s"), "an empty map", 5);
    check_refused(RULE("1", "s: []\n    condition: s"), "an empty list", 5);
    check_refused(RULE("1", "s: {A: 1}\n    timeframe: 5m\n    condition: s"), "timespan", 6);
    check_refused(RULE("1", "s: {A: 1, A: 2}\n    condition: s"), "stands twice", 5);
    check_refused(RULE("1", "s:\n        B: 1\n        A|contian: 2\n    condition: s"),
                  "s: unknown modifier 'contian': did you mean 'contains'?", 7);
    check_refused("---\n---\n" SIMPLE("1", "A") "---\naction: other\n", "unknown action", 10);
}

static void warns_and_takes_the_rule_all_the_same(void)
{
    struct cord_collection *collection =
        parsed("id: 1\nlogsource: {product: windows, vendor: x}\nlevel: huge\nstatus: odd\n"
               "taxonomy: ecs\ntags: {a: b}\n"
               "detection:\n    s: {A|all: 1}\n    k: word\n    u: {B|contains: ''}\n"
               "    condition: s or k\n");
    static const char *const words[] = {
        "no title",       "'vendor' does not route", "level 'huge'", "status 'odd'",
        "taxonomy 'ecs'", "list of texts",           "single value", "one keyword",
        "empty text",     "'u' is in no condition"};
    KIT_RULES_CHECK(collection, "(or A=1 kw=*word*)");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!kit_rules_refusal(collection, true, words[i])) {
            print_error("%s\n", words[i]);
            fail();
        }
    }
    cord_collection_free(collection);
}

static void an_id_names_one_rule(void)
{
    struct cord_collection *collection = parsed(SIMPLE("1", "A") "---\n" SIMPLE("1", "B"));
    KIT_RULES_CHECK(collection, "A=1");
    const struct cord_rule_refusal *refusal =
        kit_rules_refusal(collection, false, "taken by the rule of test.yml:1");
    CHECK(refusal != NULL && refusal->line == 8);
    CHECK_STR(refusal->id, "1");
    CHECK_STR(refusal->title, "T1");
    cord_collection_free(collection);
}

static void check_trees(const struct cord_collection *collection, const char *const trees[],
                        size_t count)
{
    if (cord_collection_rule_count(collection) != count) {
        kit_rules_print(collection);
    }
    CHECK_U64(cord_collection_rule_count(collection), count);
    for (size_t i = 0; i < count; i++) {
        struct cord_buf buf;
        cord_buf_init(&buf, 1 << 16);
        kit_rules_render(cord_collection_rule(collection, i)->conditions[0], &buf);
        CHECK_STR_EQ(cord_buf_str(&buf), cord_str_from(trees[i]));
        cord_buf_done(&buf);
        CHECK_U64(cord_collection_rule(collection, i)->number, i);
    }
}

static void global_reset_and_repeat(void)
{
    struct cord_collection *collection =
        parsed("action: global\ntitle: G\nlogsource: {product: windows}\ndetection:\n"
               "    s: {A: 1}\n    condition: s\n"
               "---\nid: 1\nlogsource: {service: x}\ndetection:\n    s: {B: 2}\n"
               "---\nid: 2\ndetection:\n    t: {C: 3}\n    condition: s and t\n"
               "---\naction: repeat\nid: 3\ndetection:\n    t: {C: 4}\n"
               "---\naction: reset\n"
               "---\n" SIMPLE("4", "D"));
    const char *const trees[] = {"(and A=1 B=2)", "(and A=1 C=3)", "(and A=1 C=4)", "D=1"};
    check_trees(collection, trees, 4);
    const struct cord_rule *first = cord_collection_rule(collection, 0);
    CHECK_STR(first->about.title, "G");
    CHECK_STR(first->logsource.product, "windows");
    CHECK_STR(first->logsource.service, "x");
    CHECK_STR(cord_collection_rule(collection, 1)->logsource.service, "");
    CHECK_U64(first->about.line, 8);
    cord_collection_free(collection);

    collection = parsed("action: global\nid: 1\n---\n" RULE(
        "1", "s: {A: 1}\n    condition: s") "---\ntitle: b\nlogsource: {product: x}\ndetection: "
                                            "{s: {B: 1}, "
                                            "condition: s}\n");
    CHECK_U64(cord_collection_rule_count(collection), 2);
    CHECK(kit_rules_refusal(collection, true, "give each its own") != NULL);
    cord_collection_free(collection);
    check_refused("action: repeat\ntitle: x\n", "without a rule before it", 1);
}

static struct cord_collection *with_placeholders(const char *lists, const char *text)
{
    struct cord_collection *collection = cord_collection_new();
    struct cord_error err = {0};
    CHECK(cord_collection_add(collection, CORD_STR("test.yml"), cord_str_from(text), &err) ==
          CORD_OK);
    if (cord_collection_placeholders(collection, CORD_STR("p.yml"), cord_str_from(lists), &err) !=
        CORD_OK) {
        print_error("%s\n", err.text);
        fail();
    }
    CHECK(cord_collection_finish(collection, &err) == CORD_OK);
    return collection;
}

/* RS "Placeholders". */
static void placeholders_are_filled_or_the_rule_is_refused(void)
{
    static const struct {
        const char *item;
        const char *tree;
    } cases[] = {
        {"A|expand: '%one%'", "A=x"},
        {"A|expand: '%two%'", "[or A=a* A=b]"},
        {"A|contains|expand: '%two%'", "[or A=*a* A=*b*]"},
        {"A|expand|contains: '-%one%-'", "A=*-x-*"},
        {"A|expand: '%two%%one%'", "[or A=a*x A=bx]"},
        {"A|expand: '%two%/%two%'", "[or A=a*/a* A=a*/b A=b/a* A=b/b]"},
        {"A|expand|all: ['%two%', c]", "(and [or A=a* A=b] A=c)"},
        {"A|expand: '\\%one%'", "A=%one%"},
        {"A|expand: '\\%plain%one%'", "A=%plainx"},
        {"A: '%one%'", "A=%one%"},
        {"A|expand: '100%'", "A=100%"},
        {"A|re|expand: '^%one%$'", "A~/^x$"},
        {"A|re|expand: '^%two%$'", "[or A~/^a*$ A~/^b$]"},
        {"A|expand: '%number%'", "A=42"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[512];
        (void)snprintf(text, sizeof text,
                       "title: t\nlogsource: {product: x}\ndetection:\n    s:\n        %s\n"
                       "    condition: s\n",
                       cases[i].item);
        struct cord_collection *collection =
            with_placeholders("one: x\ntwo: [a*, b]\nnumber: 42\n", text);
        KIT_RULES_CHECK(collection, cases[i].tree);
        cord_collection_free(collection);
    }
    check_refused(RULE("1", "s: {A|expand: '%gone%'}\n    condition: s"),
                  "%gone% has no values: supply them with --placeholders FILE", 5);
    check_refused(RULE("1", "s: {A|re|expand: '%gone%'}\n    condition: s"), "%gone%", 5);
}

static void placeholder_files_must_make_sense(void)
{
    static const char *const wrong[] = {"- a\n",       "a: []\n", "a: [[x]]\n",
                                        "a: {b: c}\n", "",        "a: [\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct cord_collection *collection = cord_collection_new();
        struct cord_error err = {0};
        CHECK(cord_collection_placeholders(collection, CORD_STR("p.yml"), cord_str_from(wrong[i]),
                                           &err) == CORD_E_FORMAT);
        CHECK(strstr(err.text, "p.yml") != NULL);
        cord_collection_free(collection);
    }
    struct cord_collection *collection =
        with_placeholders("vars:\n    one: y\n", RULE("1", "s: {A|expand: '%one%'}\n"
                                                           "    condition: s"));
    KIT_RULES_CHECK(collection, "A=y");
    cord_collection_free(collection);
}

#define FILTER(rules, source, body)                                                                \
    "---\ntitle: F\nid: f\nlogsource: {" source "}\nfilter:\n    rules: " rules "\n    " body "\n"

/* Filters specification 2.1.0: rule AND condition of the filter. */
static void filters_narrow_the_rules_they_name(void)
{
    static const char *const one[] = {"(and A=1 (not U=adm_*))", "B=1"};
    static const char *const all[] = {"(and A=1 (not U=adm_*))", "(and B=1 (not U=adm_*))"};
    struct cord_collection *collection = parsed(SIMPLE("1", "A") "---\n" SIMPLE("2", "B") FILTER(
        "['1']", "product: windows",
        "selection: {U|startswith: adm_}\n    condition: not selection"));
    check_trees(collection, one, 2);
    CHECK_U64(cord_collection_refusal_count(collection), 0);
    cord_collection_free(collection);
    collection = parsed(SIMPLE("1", "A") "---\n" SIMPLE("2", "B") FILTER(
        "any", "product: windows",
        "selection: {U|startswith: adm_}\n    condition: not selection"));
    check_trees(collection, all, 2);
    cord_collection_free(collection);
}

static void a_filter_speaks_of_its_own_identifiers(void)
{
    struct cord_collection *collection = parsed(
        RULE("1", "sel_a: {A: 1}\n    sel_b: {B: 1}\n    condition: 1 of sel_*")
            FILTER("['1']", "product: windows", "sel_f: {F: 1}\n    condition: not 1 of sel_*"));
    KIT_RULES_CHECK(collection, "(and (or A=1 B=1) (not F=1))");
    cord_collection_free(collection);
    collection = parsed(RULE("1", "s: {A: 1}\n    condition: [s, not s]") FILTER(
        "['1']", "product: windows", "f: {F: 1}\n    g: {G: 1}\n    condition: [not f, not g]"));
    KIT_RULES_CHECK(collection, "(and A=1 (or (not F=1) (not G=1))) | "
                                "(and (not A=1) (or (not F=1) (not G=1)))");
    cord_collection_free(collection);
}

static void filters_are_refused_and_warned_of(void)
{
    static const struct {
        const char *rules;
        const char *source;
        const char *body;
        bool warning;
        const char *says;
    } cases[] = {
        {"['1']", "product: windows", "f: {F: 1}\n    condition: f", true, "has no 'not'"},
        {"['9']", "product: windows", "f: {F: 1}\n    condition: not f", true, "no rule with"},
        {"['1']", "product: linux", "f: {F: 1}\n    condition: not f", true, "another log source"},
        {"[]", "product: windows", "f: {F: 1}\n    condition: not f", false, "must list"},
        {"['1']", "product: windows", "f: {F: 1}\n    condition: not g", false, "identifier 'g'"},
        {"['1']", "product: windows", "f: {F: 1}\n    condition: not s", false, "identifier 's'"},
        {"['1']", "product: windows", "f: {F|expand: '%x%'}\n    condition: not f", false, "%x%"},
        {"['1']", "product: windows", "f: {F: 1}", false, "no condition"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[1024];
        (void)snprintf(text, sizeof text,
                       "%s---\ntitle: F\nid: f\nlogsource: {%s}\nfilter:\n    rules: %s\n    %s\n",
                       SIMPLE("1", "A"), cases[i].source, cases[i].rules, cases[i].body);
        struct cord_collection *collection = parsed(text);
        if (!kit_rules_refusal(collection, cases[i].warning, cases[i].says)) {
            print_error("%s\n", text);
            kit_rules_print(collection);
            fail();
        }
        CHECK_U64(cord_collection_rule_count(collection), 1);
        cord_collection_free(collection);
    }
}

static void correlations_find_their_rules(void)
{
    struct cord_collection *collection = parsed(
        "title: base\nname: failed\nlogsource: {product: windows}\ndetection: {s: {A: 1}, "
        "condition: s}\n---\ntitle: many\nid: c1\ncorrelation:\n    type: event_count\n"
        "    rules: [failed]\n    group-by: [User]\n    timespan: 5m\n    condition: {gte: 10}\n"
        "---\ntitle: lost\nid: c2\ncorrelation:\n    type: event_count\n    rules: [gone]\n"
        "    group-by: [User]\n    timespan: 5m\n    condition: {gte: 10}\n"
        "---\ntitle: odd\nid: c3\ncorrelation:\n    type: nonsense\n");
    CHECK_U64(cord_collection_rule_count(collection), 1);
    CHECK(cord_collection_rule(collection, 0)->silent);
    CHECK_U64(cord_collection_correlation_count(collection), 1);
    CHECK_STR(cord_collection_correlation(collection, 0)->about.id, "c1");
    CHECK(kit_rules_refusal(collection, false, "gone") != NULL);
    CHECK(kit_rules_refusal(collection, false, "nonsense") != NULL);
    cord_collection_free(collection);
}

static void survives_any_failed_allocation(void)
{
    static const char text[] =
        "title: t\nid: 1\nlogsource: {product: windows}\ndetection:\n"
        "    a: {A|contains|windash: [' -x', y], B|base64offset: foo}\n    k: [w, '%p%']\n"
        "    e: {E|expand: '%p%', R|re: 'x+', C|cidr: 10.0.0.0/8}\n"
        "    condition: 1 of a* and not (k or e)\n" FILTER(
            "any", "product: windows",
            "f: {F: 1}\n    condition: not f") "---\naction: global\ntags: [x]\n---\ntitle: "
                                               "u\nlogsource: {product: y}\n"
                                               "detection: {s: {A: 1}, condition: q}\n";
    for (size_t nth = 1;; nth++) {
        kit_fail_allocation(nth);
        struct cord_collection *collection = cord_collection_new();
        cord_status status = collection ? CORD_OK : CORD_E_NOMEM;
        if (collection) {
            status = cord_collection_placeholders(collection, CORD_STR("p"),
                                                  CORD_STR("p: [a, b]\n"), NULL);
        }
        if (status == CORD_OK) {
            status = cord_collection_add(collection, CORD_STR("f"), CORD_STR(text), NULL);
        }
        if (status == CORD_OK) {
            status = cord_collection_finish(collection, NULL);
        }
        bool failed_one = kit_fail_allocation_off();
        CHECK(status == (failed_one ? CORD_E_NOMEM : CORD_OK));
        cord_collection_free(collection);
        if (!failed_one) {
            break;
        }
    }
}

KIT_MAIN(KIT_TEST(keeps_what_an_analyst_reads), KIT_TEST(maps_are_and_and_lists_are_or),
         KIT_TEST(says_where_and_why), KIT_TEST(warns_and_takes_the_rule_all_the_same),
         KIT_TEST(an_id_names_one_rule), KIT_TEST(global_reset_and_repeat),
         KIT_TEST(placeholders_are_filled_or_the_rule_is_refused),
         KIT_TEST(placeholder_files_must_make_sense), KIT_TEST(filters_narrow_the_rules_they_name),
         KIT_TEST(a_filter_speaks_of_its_own_identifiers),
         KIT_TEST(filters_are_refused_and_warned_of), KIT_TEST(correlations_find_their_rules),
         KIT_TEST(survives_any_failed_allocation))
