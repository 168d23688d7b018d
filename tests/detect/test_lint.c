/* test_lint.c: each check with a rule that has the fault, and one that has not. */
#include "detect/lint.h"

#include <stdio.h>

#include "base/buf.h"
#include "kit/kit.h"
#include "kit/kit_rules.h"

#define ID "id: 5fc297ba-0a3f-4d3c-9b0c-3f6d1a8b2c4d\n"

struct seen {
    const char *kind; /* only these are counted; NULL: all */
    size_t count;
    uint32_t line; /* of the last */
    bool error;
    char message[CORD_ERROR_BYTES];
};

static cord_status see(void *self, const struct cord_lint_finding *finding)
{
    struct seen *seen = self;
    CHECK(finding->message.len > 0 && finding->kind.len > 0 && finding->line > 0);
    CHECK_STR(finding->file, "r.yml");
    if (!seen->kind || cord_str_eq(finding->kind, cord_str_from(seen->kind))) {
        seen->count++;
        seen->line = finding->line;
        seen->error = finding->error;
        (void)snprintf(seen->message, sizeof seen->message, "%.*s", CORD_STR_ARG(finding->message));
    }
    return CORD_OK;
}

static void lint_into(const char *text, struct seen *seen)
{
    struct cord_error err = {""};
    struct cord_collection *collection = cord_collection_new();
    const struct cord_lint_sink sink = {.put = see, .self = seen};
    const cord_str file = CORD_STR("r.yml");
    CHECK(collection);
    CHECK(cord_lint_text(file, cord_str_from(text), &sink, &err) == CORD_OK);
    CHECK(cord_collection_add(collection, file, cord_str_from(text), &err) == CORD_OK);
    CHECK(cord_collection_finish(collection, &err) == CORD_OK);
    CHECK(cord_lint_collection(collection, &sink, &err) == CORD_OK);
    cord_collection_free(collection);
}

/* How many findings of a kind a text has. */
static struct seen lint(const char *kind, const char *text)
{
    struct seen seen = {.kind = kind};
    lint_into(text, &seen);
    return seen;
}

struct pair {
    const char *kind;
    const char *bad;
    const char *good;
};

static void check_pairs(const char *before, const char *after, const struct pair *pairs,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char text[4096];
        (void)snprintf(text, sizeof text, "%s%s%s", before, pairs[i].bad, after);
        struct seen bad = lint(pairs[i].kind, text);
        (void)snprintf(text, sizeof text, "%s%s%s", before, pairs[i].good, after);
        struct seen good = lint(pairs[i].kind, text);
        if (bad.count != 1 || good.count != 0) {
            print_message("%s: %zu with '%s', %zu with '%s' %s\n", pairs[i].kind, bad.count,
                          pairs[i].bad, good.count, pairs[i].good, good.message);
        }
        CHECK_U64(bad.count, 1);
        CHECK_U64(good.count, 0);
        CHECK(bad.error == (strncmp(pairs[i].kind, "schema", 6) == 0));
    }
}
#define CHECK_PAIRS(before, after, pairs)                                                          \
    check_pairs((before), (after), (pairs), sizeof(pairs) / sizeof(pairs)[0])

static void a_good_rule_has_no_finding(void)
{
    struct seen seen =
        lint(NULL, "title: Good\n" ID "status: test\ndate: 2024-02-29\nmodified: 2025-01-01\n"
                   "author: Someone\nlevel: high\n"
                   "references:\n    - https://example.org/a\n"
                   "tags:\n    - attack.t1059.001\n    - attack.execution\n"
                   "    - cve.2021-44228\n    - tlp.amber-strict\n"
                   "falsepositives:\n    - Administrators\n"
                   "logsource:\n    product: windows\n    category: "
                   "process_creation\n"
                   "detection:\n    selection:\n        EventID: 4688\n"
                   "        Image|endswith: '\\cmd.exe'\n"
                   "    filter:\n        CommandLine|contains: ' /c '\n"
                   "    condition: selection and not filter\n");
    if (seen.count > 0) {
        print_message("%s\n", seen.message);
    }
    CHECK_U64(seen.count, 0);
}

static void members_are_held_against_the_schema(void)
{
    static const struct pair pairs[] = {
        {"schema-type", "author: 12\n", "author: '12'\n"},
        {"schema-type", "license: [a]\n", "license: DRL-1.1\n"},
        {"schema-type", "references: https://a\n", "references: ['https://a']\n"},
        {"schema-type", "falsepositives: {a: b}\n", "falsepositives: [none]\n"},
        {"schema-type", "tags: [1.5]\n", "tags: ['a.b']\n"},
        {"schema-type", "related: derived\n", "related: []\n"},
        {"schema-date", "date: 2024/01/02\n", "date: 2024-01-02\n"},
        {"schema-date", "date: 2024-13-02\n", "date: 2024-12-31\n"},
        {"schema-date", "modified: 2024-1-02\n", "modified: 2024-01-02\n"},
        {"date-order", "date: 2024-01-02\nmodified: 2024-01-01\n",
         "date: 2024-01-02\nmodified: 2024-01-02\n"},
        {"schema-level", "level: severe\n", "level: critical\n"},
        {"schema-status", "status: testing\n", "status: test\n"},
        {"schema-unique", "references: [abc, def, abc]\n", "references: [abc, def]\n"},
        {"schema-length", "falsepositives: [x]\n", "falsepositives: [xy]\n"},
        {"schema-tag", "tags: [Attack.T1059]\n", "tags: [attack.t1059]\n"},
        {"schema-tag", "tags: [attack]\n", "tags: [attack.discovery]\n"},
        {"tag-namespace", "tags: [mitre.t1059]\n", "tags: [d3fend.d3-pa]\n"},
        {"tag-name", "tags: [attack.t105]\n", "tags: [attack.g0016, attack.s0002]\n"},
        {"tag-name", "tags: [cve.44228]\n", "tags: [cve.2021-44228, cve.2021.44228]\n"},
        {"tag-name", "tags: [tlp.purple]\n", "tags: [tlp.clear]\n"},
        {"tag-name", "tags: [cordon.spread-x]\n",
         "tags: [cordon.spread-effect, cordon.spread-t1210, cordon.spread-t1021.002]\n"},
        {"tag-name", "tags: [attack.initial_access]\n", "tags: [attack.initial-access]\n"},
        {"member-typo", "falsepositive: [xy]\n", "custom: [xy]\n"},
        {"member-typo", "refrences: [xy]\n", "references: [xy]\n"},
        {"tag-name", "tags: [car.1]\n", "tags: [car.2016-04-005]\n"},
        {"schema-related", "related: [{id: 5fc297ba-0a3f-4d3c-9b0c-3f6d1a8b2c4d, type: cousin}]\n",
         "related: [{id: 5fc297ba-0a3f-4d3c-9b0c-3f6d1a8b2c4d, type: similar}]\n"},
        {"schema-related", "related: [{id: abc, type: similar}]\n",
         "related: [{id: 5FC297BA-0a3f-4d3c-9b0c-3f6d1a8b2c4d, type: obsolete}]\n"},
    };
    CHECK_PAIRS("title: T\n" ID,
                "logsource: {product: windows}\n"
                "detection: {a: {B: c}, condition: a}\n",
                pairs);
    static const struct pair heads[] = {
        {"schema-title", ID, "title: A\n" ID},
        {"no-id", "title: A\n", "title: A\n" ID},
        {"schema-id", "title: A\nid: 5fc297ba-0a3f-4d3c-9b0c\n", "title: A\n" ID},
        {"id-version", "title: A\nid: 5fc297ba-0a3f-1d3c-9b0c-3f6d1a8b2c4d\n", "title: A\n" ID},
    };
    CHECK_PAIRS("", "logsource: {product: windows}\ndetection: {a: {B: c}, condition: a}\n", heads);
}

static void titles_may_have_256_characters(void)
{
    for (size_t length = 256; length <= 257; length++) {
        struct cord_buf text;
        cord_buf_init(&text, 4096);
        cord_buf_put_text(&text, ID "title: ");
        for (size_t i = 0; i < length; i++) {
            cord_buf_put_text(&text, "\xc3\xa9"); /* two bytes, one character */
        }
        cord_buf_put_text(&text, "\nlogsource: {product: windows}\n"
                                 "detection: {a: {B: c}, condition: a}\n");
        cord_buf_put_char(&text, '\0');
        CHECK(!text.failed);
        CHECK_U64(lint("schema-length", text.ptr).count, length > 256);
        cord_buf_done(&text);
    }
}

static void correlations_and_filters_are_held_against_theirs(void)
{
    static const struct pair correlations[] = {
        {"schema-unique", "    rules: [base, base]\n    group-by: [x]\n    timespan: 5m\n",
         "    rules: [base]\n    group-by: [x]\n    timespan: 5m\n"},
        {"schema-unique", "    rules: [base]\n    group-by: [x, x]\n    timespan: 5m\n",
         "    rules: [base]\n    group-by: [x, y]\n    timespan: 5m\n"},
        {"schema-length", "    rules: [base]\n    group-by: [x]\n    timespan: 00000000005m\n",
         "    rules: [base]\n    group-by: [x]\n    timespan: 05m\n"},
        {"schema-type",
         "    rules: [base]\n    group-by: [x]\n    timespan: 5m\ngenerate: sometimes\n",
         "    rules: [base]\n    group-by: [x]\n    timespan: 5m\ngenerate: true\n"},
    };
    CHECK_PAIRS("title: C\n" ID "correlation:\n    type: temporal\n", "", correlations);
    static const struct pair filters[] = {
        {"schema-unique", "[a, a]", "[a, b]"},
        {"schema-type", "a", "any"},
    };
    CHECK_PAIRS("title: F\n" ID "logsource: {product: windows}\nfilter:\n    rules: ",
                "\n    selection: {A: b}\n    condition: not selection\n", filters);
}

#define RULE(source)                                                                               \
    "title: T\n" ID "logsource: {" source "}\ndetection:\n    condition: a\n    a:\n"

static void values_mean_what_they_look_like(void)
{
    static const struct pair pairs[] = {
        {"value-blank", "        CommandLine: ' -dhl'\n",
         "        CommandLine|contains: ' -dhl'\n"},
        {"number-blank", "        LogonType: '3 '\n", "        LogonType: '3'\n"},
        {"path-backslash", "        Image: 'C:\\\\\\\\Windows\\\\\\\\cmd.exe'\n",
         "        Image: 'C:\\\\Windows\\\\cmd.exe'\n"},
        {"path-backslash", "        Image|endswith: 'x\\\\\\\\cmd.exe'\n",
         "        Image|startswith: '\\\\\\\\server\\share\\'\n"},
        {"path-slash", "        Image|endswith: '/cmd.exe'\n",
         "        CommandLine|contains: 'cmd.exe /c'\n"},
        {"path-asterisk", "        Image: 'C:\\Users\\*\\a.exe'\n",
         "        Image: 'C:\\Users\\\\*\\a.exe'\n"},
        {"wildcard-idle", "        Image|endswith: '*\\cmd.exe'\n",
         "        Image|endswith: '\\c*d.exe'\n"},
        {"wildcard-idle", "        Image|contains: 'cmd*'\n", "        Image: 'cmd*'\n"},
        {"wildcard-idle", "        - '*word'\n", "        - 'two*words'\n"},
        {"wildcard-turns", "        Image|startswith: '*\\cmd.exe'\n",
         "        Image|startswith: 'C:\\*\\cmd.exe'\n"},
        {"matches-any", "        Image: '*'\n", "        Image|exists: true\n"},
        {"matches-any", "        Image|endswith: ''\n", "        Image: ''\n"},
        {"number-text", "        EventID: abc\n", "        EventID: '46*'\n"},
        {"number-text", "        DestinationPort: https\n", "        DestinationPort: '443'\n"},
        {"event-id-source", "        EventID: 4104\n", "        EventID: [1, '4688']\n"},
        {"hash-case", "        Hashes|contains|cased: 'SHA1=AB'\n",
         "        Hashes|contains: 'SHA1=AB'\n"},
        {"value-twice", "        Image: [a, b, A]\n", "        Image|cased: [a, b, A]\n"},
        {"value-twice", "        - word\n        - other\n        - word\n",
         "        - word\n        - other\n"},
    };
    CHECK_PAIRS(RULE("product: windows, category: process_creation"), "", pairs);
}

static void expressions_are_looked_into(void)
{
    static const struct pair pairs[] = {
        {"regex-explodes", "'abc(a+)+$'", "'abc(a+b)+$'"},
        {"regex-explodes", "'abc(\\w+\\s?)*;'", "'abc(\\w+\\s)*;'"},
        {"regex-explodes", "'abc(a|a)*$'", "'abc(a|b)*$'"},
        {"regex-explodes", "'abc(a|aa)+$'", "'abc(a|bb)+$'"},
        {"regex-explodes", "'abc(\\w|\\d)*x'", "'abc(\\s|\\d)*x'"},
        {"regex-explodes", "'abc(?:.*x)+y'", "'abc(?:[^x]*x)+y'"},
        {"regex-explodes", "'abc((ab?)*c?)*d'", "'abc((ab?)*cd)*d'"},
        {"regex-explodes", "'abc(?<n>a+){2,}$'", "'abc(?<n>a+){2}$'"},
        {"regex-explodes", "'abc([a-f]+[e-z]?)+$'", "'abc([a-f]+[x-z])+$'"},
        {"regex-explodes", "'abc(a+)+b|c'", "'abc(a+)+|c'"},
        {"regex-explodes", "'abc(a*)*\\b'", "'abc(a*+)*\\b'"},
        {"regex-explodes", "'abc(a+)+(?=b)'", "'abc(?>a+)+(?=b)'"},
        {"regex-backreference", "'abc(a)\\1'", "'abc(a)\\.'"},
        {"regex-no-literal", "'[a-z]{5}'", "'[a-z]{5}abc'"},
        {"regex-open", "'.*abc'", "'abc'"},
        {"regex-open", "'abc.*$'", "'abc\\.*'"},
        {"regex-wildcard", "'abc*def'", "'abc.*def'"},
    };
    CHECK_PAIRS(RULE("product: windows") "        Image|re: ", "\n", pairs);
}

#define CONDITION(text)                                                                            \
    "        Image: x\n    b: {Image: y, User: z}\n    c: {Image: w}\n    condition: " text "\n"

static void conditions_say_something(void)
{
    static const struct pair pairs[] = {
        {"condition-always", CONDITION("a or b or not a"), CONDITION("a or b")},
        {"condition-never", CONDITION("a and not 1 of them"), CONDITION("a and not (b or c)")},
        {"condition-negative", CONDITION("not a"), CONDITION("a and not b")},
        {"condition-negative", CONDITION("not 1 of them"), CONDITION("1 of them")},
        {"selection-idle", CONDITION("a or (a and b)"), CONDITION("a or (c and b)")},
        {"never-both", CONDITION("a and c"), CONDITION("a or c")},
        {"never-both", CONDITION("a and b"), CONDITION("a and not b")},
    };
    CHECK_PAIRS("title: T\n" ID "logsource: {product: windows}\ndetection:\n    a:\n", "", pairs);
    static const struct pair positive[] = {
        {"filter-positive", "a and filter", "a and not filter"},
        {"filter-positive", "a or 1 of filter*", "a and not 1 of filter*"},
        {"filter-positive", "a and not b and filter", "a and not (b and filter)"},
    };
    CHECK_PAIRS("title: T\n" ID "logsource: {product: windows}\ndetection:\n    a: {A: x}\n"
                "    b: {B: x}\n    filter: {C: x}\n    condition: ",
                "\n", positive);
    static const struct pair twins[] = {
        {"selection-twice", "    b: {Image: [x, y]}\n", "    b: {Image: [y, x, z]}\n"},
    };
    CHECK_PAIRS("title: T\n" ID "logsource: {product: windows}\ndetection:\n    condition: a or b\n"
                "    a: {Image: [x, y]}\n",
                "", twins);
    static const struct pair filters[] = {
        {"never-both",
         "        Groups: [one, two]\n    b: {Groups: three}\n    condition: a and b\n",
         "        Groups|all: [one, two]\n    b: {User: three}\n    condition: a and b\n"},
    };
    CHECK_PAIRS("title: T\n" ID "logsource: {product: windows}\ndetection:\n    a:\n", "", filters);
}

static void log_sources_are_ones_that_exist(void)
{
    static const struct pair pairs[] = {
        {"logsource-unknown", "product: windows, service: securitee",
         "product: windows, service: security"},
        {"logsource-unknown", "category: process_creatoin", "category: process_creation"},
        {"logsource-unknown", "product: linux, service: powershell",
         "product: linux, service: sshd"},
        {"logsource-unknown", "product: macos, category: registry_typo",
         "product: macos, category: process_creation"},
        {"logsource-unknown", "product: acme", "product: zeek, service: ssh"},
        {"logsource-unknown", "product: windows, category: dns_query, service: security",
         "product: windows, category: registry_delete, service: sysmon"},
    };
    CHECK_PAIRS("title: T\n" ID "logsource: {", "}\ndetection: {a: {B: c}, condition: a}\n", pairs);
}

static void findings_name_the_line(void)
{
    struct seen seen = lint("value-blank", RULE("product: windows") "        User: abc\n"
                                                                    "        Image:\n"
                                                                    "            - one\n"
                                                                    "            - 'two '\n");
    CHECK_U64(seen.count, 1);
    CHECK_U64(seen.line, 10);
}

static cord_status full(void *self, const struct cord_lint_finding *finding)
{
    (void)self;
    (void)finding;
    return CORD_E_LIMIT;
}

static void a_sink_that_fails_ends_it(void)
{
    const struct cord_lint_sink sink = {.put = full};
    struct cord_error err = {""};
    CHECK(cord_lint_text(CORD_STR("f"), CORD_STR("detection: {a: b}\n"), &sink, &err) ==
          CORD_E_LIMIT);
}

static void what_is_no_rule_gives_nothing(void)
{
    CHECK_U64(lint(NULL, "- a\n- b\n").count, 0);
    CHECK_U64(lint(NULL, "a: [\n").count, 0);
    CHECK_U64(lint(NULL, "").count, 0);
    CHECK_U64(lint(NULL, "title: x\n").count, 0);
}

static void survives_lack_of_memory(void)
{
    static const char text[] = RULE("product: windows") "        Image|re: '(a+)+b'\n"
                                                        "        User: ' x'\n";
    for (size_t nth = 1;; nth++) {
        struct seen seen = {.kind = NULL};
        const struct cord_lint_sink sink = {.put = see, .self = &seen};
        struct cord_error err = {""};
        kit_fail_allocation(nth);
        cord_status status = cord_lint_text(CORD_STR("r.yml"), cord_str_from(text), &sink, &err);
        bool failed = kit_fail_allocation_off();
        CHECK(status == (failed ? CORD_E_NOMEM : CORD_OK));
        if (!failed) {
            CHECK(seen.count >= 2);
            break;
        }
    }
}

KIT_MAIN(KIT_TEST(a_good_rule_has_no_finding), KIT_TEST(members_are_held_against_the_schema),
         KIT_TEST(titles_may_have_256_characters),
         KIT_TEST(correlations_and_filters_are_held_against_theirs),
         KIT_TEST(values_mean_what_they_look_like), KIT_TEST(expressions_are_looked_into),
         KIT_TEST(conditions_say_something), KIT_TEST(log_sources_are_ones_that_exist),
         KIT_TEST(findings_name_the_line), KIT_TEST(a_sink_that_fails_ends_it),
         KIT_TEST(what_is_no_rule_gives_nothing), KIT_TEST(survives_lack_of_memory))
