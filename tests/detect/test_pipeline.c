/*
 * test_pipeline.c: processing pipelines in pySigma's YAML form.
 */
#include "kit/kit.h"

#include "detect/correlation.h"
#include "kit/kit_rules.h"

#include <stdio.h>

#define RULE(detection)                                                                            \
    "title: T\nid: 1\nlevel: high\ntags: [attack.t1]\nfields: [A, Z]\nmy: own\n"                   \
    "logsource: {product: windows, category: process_creation}\ndetection:\n    " detection "\n"
#define SIMPLE RULE("s: {A|contains: x, B: 2}\n    condition: s")

static struct cord_collection *with(const char *pipeline, const char *text)
{
    struct cord_collection *collection = cord_collection_new();
    struct cord_error err = {0};
    CHECK(cord_collection_add(collection, CORD_STR("test.yml"), cord_str_from(text), &err) ==
          CORD_OK);
    if (cord_collection_pipeline(collection, CORD_STR("p.yml"), cord_str_from(pipeline), &err) !=
        CORD_OK) {
        print_error("%s\n%s\n", pipeline, err.text);
        fail();
    }
    CHECK(cord_collection_finish(collection, &err) == CORD_OK);
    return collection;
}

/* One transformation, given as a flow map. */
static struct cord_collection *one(const char *transformation, const char *text)
{
    char pipeline[2048];
    (void)snprintf(pipeline, sizeof pipeline,
                   "name: p\npriority: 10\nvars: {v: [a, b]}\ntransformations:\n  - {%s}\n",
                   transformation);
    return with(pipeline, text);
}

struct meaning {
    const char *transformation;
    const char *text;
    const char *tree;
};

static void check(const struct meaning *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct cord_collection *collection = one(cases[i].transformation, cases[i].text);
        KIT_RULES_CHECK(collection, cases[i].tree);
        cord_collection_free(collection);
    }
}

static void renames_fields(void)
{
    static const struct meaning cases[] = {
        {"type: field_name_mapping, mapping: {A: C}", SIMPLE, "(and C=*x* B=2)"},
        {"type: field_name_mapping, mapping: {A: [C, D]}", SIMPLE, "(and (or C=*x* D=*x*) B=2)"},
        {"type: field_name_mapping, mapping: {A: [C, D]}",
         RULE("s: {A|neq: [1, 2]}\n"
              "    condition: s"),
         "(and (not (or C=1 C=2)) (not (or D=1 D=2)))"},
        {"type: field_name_mapping, mapping: {A: C}", RULE("s: {B|fieldref: A}\n    condition: s"),
         "B=<C>"},
        {"type: field_name_mapping, mapping: {A: [C, D]}",
         RULE("s: {B|fieldref: A}\n    condition: s"), "(or B=<C> B=<D>)"},
        {"type: field_name_mapping, mapping: {A: C}", RULE("s: [A, x]\n    condition: s"),
         "(or kw=*A* kw=*x*)"},
        {"type: field_name_prefix_mapping, mapping: {win.: 'w_'}",
         RULE("s: {win.A: 1, B: 2}\n    condition: s"), "(and w_A=1 B=2)"},
        {"type: field_name_suffix, suffix: .text", SIMPLE, "(and A.text=*x* B.text=2)"},
        {"type: field_name_prefix, prefix: win.", SIMPLE, "(and win.A=*x* win.B=2)"},
        {"type: field_name_prefix, prefix: w., field_name_conditions: [{type: include_fields, "
         "fields: [A]}]",
         SIMPLE, "(and w.A=*x* B=2)"},
        {"type: field_name_prefix, prefix: w., field_name_conditions: [{type: exclude_fields, "
         "fields: [A]}]",
         SIMPLE, "(and A=*x* w.B=2)"},
        {"type: field_name_prefix, prefix: w., field_name_conditions: [{type: include_fields, "
         "fields: ['[AX]'], mode: re}]",
         SIMPLE, "(and w.A=*x* B=2)"},
        {"type: field_name_prefix, prefix: w., field_name_cond_not: true, field_name_conditions: "
         "[{type: include_fields, fields: [A]}]",
         SIMPLE, "(and A=*x* w.B=2)"},
    };
    check(cases, sizeof cases / sizeof *cases);
    struct cord_collection *collection =
        one("type: field_name_mapping, mapping: {A: [C, D]}", SIMPLE);
    const struct cord_rule *rule = cord_collection_rule(collection, 0);
    CHECK_U64(rule->field_count, 3);
    CHECK_STR(rule->fields[0], "C");
    CHECK_STR(rule->fields[1], "D");
    CHECK_STR(rule->fields[2], "Z");
    cord_collection_free(collection);
}

static void changes_values(void)
{
    static const struct meaning cases[] = {
        {"type: replace_string, regex: x, replacement: yz", SIMPLE, "(and A=*yz* B=2)"},
        {"type: replace_string, regex: '^\\*(.)', replacement: '\\1'", SIMPLE, "(and A=x* B=2)"},
        {"type: replace_string, regex: '(?P<n>x)', replacement: '$\\g<n>', skip_special: true",
         SIMPLE, "(and A=*$x* B=2)"},
        {"type: map_string, mapping: {x: [p, q*]}", RULE("s: {A: [x, y]}\n    condition: s"),
         "(or [or A=p A=q*] A=y)"},
        {"type: map_string, mapping: {x: p}", RULE("s: {A: x}\n    condition: s"), "A=p"},
        {"type: set_value, value: 5", SIMPLE, "(and A=5 B=5)"},
        {"type: set_value, value: '*', detection_item_conditions: [{type: match_value, value: 2}]",
         SIMPLE, "(and A=*x* B=*)"},
        {"type: convert_type, target_type: str", SIMPLE, "(and A=*x* B=2)"},
        {"type: case, method: upper", RULE("s: {A|cased: 'aBc*'}\n    condition: s"), "A==ABC*"},
        {"type: case, method: lower", RULE("s: {A|cased: 'aBc*'}\n    condition: s"), "A==abc*"},
        {"type: value_placeholders", RULE("s: {A|expand: '%v%'}\n    condition: s"),
         "[or A=a A=b]"},
        {"type: wildcard_placeholders", RULE("s: {A|expand: 'x%w%'}\n    condition: s"), "A=x*"},
        {"type: wildcard_placeholders, include: [w]",
         RULE("s: {A|expand: 'x%w%'}\n    condition: s"), "A=x*"},
        {"type: hashes_fields, valid_hash_algos: [MD5, SHA1], field_prefix: File",
         RULE("s: {Hashes|contains: ['MD5=aa', 'SHA1=bb']}\n    condition: s"),
         "(or FileMD5=aa FileSHA1=bb)"},
        {"type: hashes_fields, field_prefix: hash, drop_algo_prefix: true",
         RULE("s: {Hashes: 0123456789abcdef0123456789abcdef}\n    condition: s"),
         "hash=0123456789abcdef0123456789abcdef"},
    };
    check(cases, sizeof cases / sizeof *cases);
}

static void drops_and_adds(void)
{
    static const struct meaning cases[] = {
        {"type: drop_detection_item, field_name_conditions: [{type: include_fields, fields: [A]}]",
         SIMPLE, "B=2"},
        {"type: add_condition, name: c, conditions: {I: i}", SIMPLE, "(and I=i (and A=*x* B=2))"},
        {"type: add_condition, negated: true, conditions: {I: [1, 2]}", SIMPLE,
         "(and (not (or I=1 I=2)) (and A=*x* B=2))"},
        {"type: nest, items: [{type: field_name_prefix, prefix: a.}, {type: field_name_suffix, "
         "suffix: .z}]",
         SIMPLE, "(and a.A.z=*x* a.B.z=2)"},
    };
    check(cases, sizeof cases / sizeof *cases);
    struct cord_collection *collection =
        one("type: change_logsource, product: linux, service: auditd", SIMPLE);
    const struct cord_logsource *source = &cord_collection_rule(collection, 0)->logsource;
    CHECK_STR(source->product, "linux");
    CHECK_STR(source->service, "auditd");
    CHECK_STR(source->category, "");
    cord_collection_free(collection);
    collection = one("type: set_field, fields: [Q]", SIMPLE);
    CHECK_U64(cord_collection_rule(collection, 0)->field_count, 1);
    CHECK_STR(cord_collection_rule(collection, 0)->fields[0], "Q");
    cord_collection_free(collection);
    collection = one("type: remove_field, field: A", SIMPLE);
    CHECK_STR(cord_collection_rule(collection, 0)->fields[0], "Z");
    cord_collection_free(collection);
}

/* Each condition once true and once false. */
static void applies_where_its_conditions_hold(void)
{
    static const struct {
        const char *conditions;
        bool holds;
    } cases[] = {
        {"rule_conditions: [{type: logsource, product: windows}]", true},
        {"rule_conditions: [{type: logsource, product: windows, category: other}]", false},
        {"rule_conditions: [{type: contains_field, field: B}]", true},
        {"rule_conditions: [{type: contains_field, field: C}]", false},
        {"rule_conditions: [{type: contains_detection_item, field: B, value: 2}]", true},
        {"rule_conditions: [{type: contains_detection_item, field: B, value: 3}]", false},
        {"rule_conditions: [{type: is_sigma_rule}]", true},
        {"rule_conditions: [{type: is_sigma_correlation_rule}]", false},
        {"rule_conditions: [{type: rule_attribute, attribute: level, value: high}]", true},
        {"rule_conditions: [{type: rule_attribute, attribute: level, value: high, op: ne}]", false},
        {"rule_conditions: [{type: rule_attribute, attribute: my, value: own}]", true},
        {"rule_conditions: [{type: tag, tag: attack.t1}]", true},
        {"rule_conditions: [{type: tag, tag: attack.t2}]", false},
        {"rule_conditions: [{type: processing_state, key: k, val: v}]", false},
        {"rule_conditions: [{type: processing_item_applied, processing_item_id: q}]", false},
        {"rule_conditions: [{type: tag, tag: x}, {type: is_sigma_rule}]", false},
        {"rule_cond_op: or, rule_conditions: [{type: tag, tag: x}, {type: is_sigma_rule}]", true},
        {"rule_cond_not: true, rule_conditions: [{type: tag, tag: x}]", true},
        {"rule_conditions: {a: {type: tag, tag: x}, b: {type: is_sigma_rule}}, rule_cond_expr: "
         "'b and not a'",
         true},
        {"rule_conditions: {a: {type: tag, tag: x}, b: {type: is_sigma_rule}}, rule_cond_expr: "
         "'b and a'",
         false},
        {"detection_item_conditions: [{type: match_string, cond: any, pattern: '.*x'}]", true},
        {"detection_item_conditions: [{type: match_string, cond: any, pattern: 'x'}]", false},
        {"detection_item_conditions: [{type: contains_wildcard, cond: any}]", true},
        {"detection_item_conditions: [{type: is_null, cond: all}]", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[1024];
        (void)snprintf(text, sizeof text, "type: field_name_mapping, mapping: {A: N}, %s",
                       cases[i].conditions);
        struct cord_collection *collection = one(text, SIMPLE);
        KIT_RULES_CHECK(collection, cases[i].holds ? "(and N=*x* B=2)" : "(and A=*x* B=2)");
        cord_collection_free(collection);
    }
}

static void remembers_what_was_done(void)
{
    struct cord_collection *collection =
        with("name: p\ntransformations:\n"
             "  - {type: set_state, key: k, val: v}\n"
             "  - {id: first, type: field_name_mapping, mapping: {A: C}, rule_conditions: [{type: "
             "processing_state, key: k, val: v}]}\n"
             "  - {type: field_name_suffix, suffix: .s, detection_item_conditions: [{type: "
             "processing_item_applied, processing_item_id: first}]}\n"
             "  - {type: set_custom_attribute, attribute: a, value: b}\n"
             "  - {type: drop_detection_item, rule_conditions: [{type: rule_attribute, attribute: "
             "a, value: b}], field_name_conditions: [{type: include_fields, fields: [B]}]}\n",
             SIMPLE);
    KIT_RULES_CHECK(collection, "C.s=*x*");
    cord_collection_free(collection);
}

static void lower_priority_comes_first(void)
{
    struct cord_collection *collection = cord_collection_new();
    static const char *const pipelines[] = {
        "priority: 20\ntransformations: [{type: field_name_suffix, suffix: .2}]\n",
        "priority: 10\ntransformations: [{type: field_name_suffix, suffix: .1}]\n",
        "priority: 20\ntransformations: [{type: field_name_suffix, suffix: .3}]\n"};
    CHECK(cord_collection_add(collection, CORD_STR("t"),
                              CORD_STR(RULE("s: {A: 1}\n    condition: s")), NULL) == CORD_OK);
    for (size_t i = 0; i < 3; i++) {
        CHECK(cord_collection_pipeline(collection, CORD_STR("p"), cord_str_from(pipelines[i]),
                                       NULL) == CORD_OK);
    }
    CHECK(cord_collection_finish(collection, NULL) == CORD_OK);
    KIT_RULES_CHECK(collection, "A.1.2.3=1");
    cord_collection_free(collection);
}

static void reaches_filters_too(void)
{
    struct cord_collection *collection =
        one("type: field_name_mapping, mapping: {A: C, U: V}",
            SIMPLE "---\ntitle: F\nlogsource: {product: windows}\nfilter:\n    rules: any\n"
                   "    f: {U: 1}\n    condition: not f\n");
    KIT_RULES_CHECK(collection, "(and (and C=*x* B=2) (not V=1))");
    cord_collection_free(collection);
}

/* A correlation groups by the names that its rules' events have. */
static void reaches_what_correlations_group_by(void)
{
    static const char text[] =
        "title: base\nname: b\nlogsource: {product: windows}\ndetection: {s: {A: 1}, condition: s}"
        "\n---\ntitle: many\nid: c1\ncorrelation:\n    type: value_count\n    rules: [b]\n"
        "    group-by: [User]\n    timespan: 5m\n    condition: {gte: 10, field: Host}\n";
    struct cord_collection *collection =
        one("type: field_name_mapping, mapping: {User: user.name, Host: host.name}", text);
    CHECK_U64(cord_collection_correlation_count(collection), 1);
    const struct cord_correlation *correlation = cord_collection_correlation(collection, 0);
    CHECK_STR(correlation->steps[0].group_fields[0], "user.name");
    CHECK_STR(correlation->steps[0].value_fields[0], "host.name");
    CHECK_STR(correlation->group_by[0], "User");
    cord_collection_free(collection);

    collection = one("type: field_name_mapping, mapping: {User: user.name}, rule_conditions: "
                     "[{type: logsource, product: linux}]",
                     text);
    CHECK_STR(cord_collection_correlation(collection, 0)->steps[0].group_fields[0], "User");
    cord_collection_free(collection);

    collection = one("type: field_name_mapping, mapping: {User: [user.name, user.id]}", text);
    CHECK_U64(cord_collection_correlation_count(collection), 0);
    CHECK(!cord_collection_rule(collection, 0)->silent);
    CHECK(kit_rules_refusal(collection, false, "a correlation can use only one") != NULL);
    cord_collection_free(collection);
}

static void refuses_rules(void)
{
    static const struct meaning cases[] = {
        {"type: rule_failure, message: not here", SIMPLE, "not here"},
        {"type: detection_item_failure, message: no A, field_name_conditions: [{type: "
         "include_fields, fields: [A]}]",
         SIMPLE, "no A"},
        {"type: strict_field_mapping_failure", SIMPLE, "no mapping for the field 'A'"},
        {"type: drop_detection_item", SIMPLE, "left nothing of the search identifier 's'"},
        {"type: drop_detection_item, field_name_conditions: [{type: include_fields, fields: [A]}]",
         RULE("s: [{A: 1}, {B: 2}]\n    condition: s"), "alternatives"},
        {"type: hashes_fields, valid_hash_algos: [MD5]",
         RULE("s: {Hashes: 'SHA1=x'}\n    condition: s"), "no hash of a known algorithm"},
        {"type: value_placeholders, exclude: [v]", RULE("s: {A|expand: '%v%'}\n    condition: s"),
         "%v%"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cord_collection *collection = one(cases[i].transformation, cases[i].text);
        if (!kit_rules_refusal(collection, false, cases[i].tree)) {
            print_error("%s\n", cases[i].transformation);
            kit_rules_print(collection);
            fail();
        }
        cord_collection_free(collection);
    }
}

static void refuses_pipelines_it_cannot_honour(void)
{
    static const struct {
        const char *text;
        const char *says;
    } cases[] = {
        {"- a\n", "not a pipeline"},
        {"transformations: [{type: query_expression_placeholders}]\n",
         "'query_expression_placeholders' cannot be honoured"},
        {"transformations: [{type: field_name_maping}]\n", "did you mean field_name_mapping"},
        {"transformations: [{type: drop_detection_item, other: 1}]\n", "unknown member 'other'"},
        {"transformations: [{type: field_name_mapping}]\n", "'mapping' must be a map"},
        {"transformations: [{type: field_name_mapping, mapping: {A: []}}]\n", "mapped to nothing"},
        {"transformations: [{type: replace_string, regex: '(', replacement: x}]\n", "expression"},
        {"transformations: [{type: drop_detection_item, rule_conditions: [{type: odd}]}]\n",
         "condition 'odd' is unknown"},
        {"transformations: [{type: drop_detection_item, rule_conditions: [{type: is_null}]}]\n",
         "condition 'is_null' is unknown here"},
        {"transformations: [{type: drop_detection_item, rule_conditions: [{type: tag, x: 1}]}]\n",
         "unknown member 'x'"},
        {"transformations: [{type: case, method: snake_case}]\n", "must be lower or upper"},
        {"postprocessing: [{type: embed}]\n", "works on queries"},
        {"finalizers: [{type: concat}]\n", "works on queries"},
        {"odd: 1\n", "unknown member 'odd'"},
        {"transformations: [{type: drop_detection_item, rule_conditions: {a: {type: "
         "is_sigma_rule}}, rule_cond_expr: b}]\n",
         "names no condition 'b'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cord_collection *collection = cord_collection_new();
        struct cord_error err = {0};
        cord_status status = cord_collection_pipeline(collection, CORD_STR("p.yml"),
                                                      cord_str_from(cases[i].text), &err);
        if ((status != CORD_E_FORMAT && status != CORD_E_UNSUPPORTED) ||
            !strstr(err.text, cases[i].says) || !strstr(err.text, "p.yml:1: ")) {
            print_error("%s%s\n", cases[i].text, err.text);
            fail();
        }
        cord_collection_free(collection);
    }
}

static void survives_any_failed_allocation(void)
{
    for (size_t nth = 1;; nth++) {
        kit_fail_allocation(nth);
        struct cord_collection *collection = cord_collection_new();
        cord_status status = collection ? CORD_OK : CORD_E_NOMEM;
        if (collection) {
            status = cord_collection_pipeline(
                collection, CORD_STR("p"),
                CORD_STR("vars: {v: [a]}\ntransformations:\n"
                         "  - {type: field_name_mapping, mapping: {A: [C, D]}}\n"
                         "  - {type: replace_string, regex: x, replacement: y, "
                         "detection_item_conditions: [{type: match_string, pattern: '.*x'}]}\n"
                         "  - {type: add_condition, conditions: {I: 1}}\n"),
                NULL);
        }
        if (status == CORD_OK) {
            status = cord_collection_add(collection, CORD_STR("f"), CORD_STR(SIMPLE), NULL);
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

KIT_MAIN(KIT_TEST(renames_fields), KIT_TEST(changes_values), KIT_TEST(drops_and_adds),
         KIT_TEST(applies_where_its_conditions_hold), KIT_TEST(remembers_what_was_done),
         KIT_TEST(lower_priority_comes_first), KIT_TEST(reaches_filters_too),
         KIT_TEST(reaches_what_correlations_group_by), KIT_TEST(refuses_rules),
         KIT_TEST(refuses_pipelines_it_cannot_honour), KIT_TEST(survives_any_failed_allocation))
