/* test_matcher.c: what rules mean, from their text to matches and reasons. */
#include "detect/matcher.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "codec/json.h"
#include "detect/explain.h"
#include "kit/kit.h"
#include "kit/naive.h"

struct bench {
    struct cord_collection *collection;
    struct cord_ruleset *ruleset;
    struct cord_paths *paths;
    struct cord_classifier *classifier;
    struct cord_matcher *matcher;
    struct cord_batch *batch;
    struct cord_json_reader *reader;
    size_t matches;
    size_t incomplete;
};

/* A rule over `detection`, which is YAML indented by two. */
static void add_rule(struct cord_collection *collection, const char *logsource,
                     const char *detection)
{
    static unsigned number;
    char text[16384];
    int len = snprintf(text, sizeof text,
                       "title: Test\nid: 5f0bca1c-0f3b-4d0e-8f57-%012x\nstatus: test\n"
                       "author: nobody\nlevel: high\nlogsource:\n%s\ndetection:\n%s\n",
                       ++number, logsource, detection);
    CHECK(len > 0 && (size_t)len < sizeof text);
    CHECK(cord_collection_add(collection, CORD_STR("test.yml"), (cord_str){text, (size_t)len},
                              NULL) == CORD_OK);
}

static struct bench bench_new(const char *logsource, const char *detection, bool eager)
{
    struct bench bench = {.collection = cord_collection_new()};
    struct cord_ruleset_options options = {.eager = eager};
    struct cord_error err = {{0}};
    add_rule(bench.collection, logsource, detection);
    CHECK(cord_collection_finish(bench.collection, &err) == CORD_OK);
    if (cord_collection_rule_count(bench.collection) != 1) {
        fail_msg("refused: %.*s\n%s",
                 CORD_STR_ARG(cord_collection_refusal(bench.collection, 0)->reason), detection);
    }
    CHECK(cord_ruleset_compile(bench.collection, &options, &bench.ruleset, &err) == CORD_OK);
    bench.paths = cord_paths_new(1);
    bench.classifier = cord_classifier_new(bench.paths, 1);
    bench.matcher = cord_matcher_new(bench.ruleset, bench.paths, bench.classifier);
    bench.batch = cord_batch_new(4096);
    bench.reader = cord_json_reader_new(CORD_CPU_SCALAR);
    CHECK(bench.matcher && bench.batch && bench.reader);
    return bench;
}

static void bench_free(struct bench *bench)
{
    cord_json_reader_free(bench->reader);
    cord_batch_free(bench->batch);
    cord_matcher_free(bench->matcher);
    cord_classifier_free(bench->classifier);
    cord_paths_free(bench->paths);
    cord_ruleset_unref(bench->ruleset);
    cord_collection_free(bench->collection);
}

static cord_status count(void *self, const struct cord_match *match)
{
    struct bench *bench = self;
    bench->matches++;
    bench->incomplete += match->incomplete;
    return CORD_OK;
}

static void read_event(struct bench *bench, cord_str json)
{
    struct cord_event *event;
    size_t at = 0;
    cord_batch_reset(bench->batch);
    CHECK(cord_batch_text_grow(bench->batch, json.len) == CORD_OK);
    memcpy(bench->batch->text, json.ptr, json.len);
    memset(bench->batch->text + json.len, 0, CORD_BATCH_PADDING);
    bench->batch->text_len = json.len;
    cord_str text = {bench->batch->text, json.len};
    cord_json_begin(bench->reader, text, bench->paths, false);
    CHECK(cord_json_next(bench->reader, &at, CORD_PATH_ROOT, &bench->batch->values, NULL) ==
          CORD_OK);
    CHECK(cord_batch_add(bench->batch, text, &event) == CORD_OK);
    cord_classifier_run(bench->classifier, bench->batch, 0);
}

/* The event again and again, so that it is matched before and after learning;
 * returns whether it matches. */
static bool matches(struct bench *bench, cord_str json)
{
    struct cord_match_sink sink = {count, bench};
    const size_t times = 20;
    bench->matches = 0;
    bench->incomplete = 0;
    read_event(bench, json);
    for (size_t i = 0; i < times; i++) {
        CHECK(cord_matcher_run(bench->matcher, bench->batch, 0, &sink) == CORD_OK);
    }
    CHECK(bench->matches == 0 || bench->matches == times);
    bool expected = naive_matches(cord_collection_rule(bench->collection, 0),
                                  &bench->batch->events[0], bench->classifier, false);
    CHECK(bench->incomplete > 0 || expected == (bench->matches > 0));
    return bench->matches > 0;
}

struct sample {
    const char *detection; /* the selection's body; "condition: sel" is added */
    const char *event;
    bool matches;
};

static const struct sample samples[] = {
    /* Case: Kelvin sign, long s, final sigma; bytes above ASCII on either side. */
    {"f: 'kelvin'", "{\"f\":\"\\u212aELVIN\"}", true},
    {"f|contains: 'ſave'", "{\"f\":\"to SAVE it\"}", true},
    {"f|contains: 'save'", "{\"f\":\"to \\u017fave it\"}", true},
    {"f|endswith: 'ΟΔΟΣ'", "{\"f\":\"η οδος\"}", true},
    {"f: 'É*é'", "{\"f\":\"éxÉ\"}", true},
    {"f|cased: 'Abc'", "{\"f\":\"abc\"}", false},
    {"f|contains|cased: 'Abc'", "{\"f\":\"xAbcx\"}", true},
    {"f|re: '(?i)kelvin'", "{\"f\":\"\\u212aelvin\"}", true},
    {"f|re: 'Kelvin'", "{\"f\":\"kelvin\"}", false},
    /* Wildcards. */
    {"f: 'a*b'", "{\"f\":\"a\\nx\\nb\"}", true},
    {"f: 'a?b'", "{\"f\":\"a€b\"}", true},
    {"f: 'a??b'", "{\"f\":\"a€b\"}", false},
    {"f: '*a?'", "{\"f\":\"aab\"}", true},
    {"f: 'a*ab'", "{\"f\":\"ab\"}", false},
    {"f: '*'", "{\"f\":\"\"}", true},
    {"f: '*'", "{\"f\":null}", false},
    {"f: 'a\\*b'", "{\"f\":\"a*b\"}", true},
    {"f: 'a\\*b'", "{\"f\":\"axb\"}", false},
    {"f|endswith: '\\cmd.exe'", "{\"f\":\"C:\\\\Windows\\\\CMD.EXE\"}", true},
    {"f|startswith: 'c:\\'", "{\"f\":\"C:\\\\Windows\"}", true},
    {"f|contains: '\\u0041'", "{\"f\":\"x\\\\u0041\"}", true},
    /* Null, empty, there or not. */
    {"f: null", "{\"g\":1}", true},
    {"f: null", "{\"f\":null}", true},
    {"f: null", "{\"f\":\"\"}", false},
    {"f: ''", "{\"f\":\"\"}", true},
    {"f: ''", "{\"g\":\"\"}", false},
    {"f|exists: true", "{\"f\":null}", true},
    {"f|exists: true", "{\"f\":[]}", true},
    {"f|exists: false", "{\"f\":null}", false},
    {"f|exists: false", "{\"g\":1}", true},
    /* Numbers and booleans. */
    {"f: 4624", "{\"f\":\"4624\"}", true},
    {"f: '4624'", "{\"f\":4624}", true},
    {"f: 4624", "{\"f\":4624.0}", true},
    {"f: 9007199254740993", "{\"f\":9007199254740992}", false},
    {"f|gt: 10", "{\"f\":\"10.5\"}", true},
    {"f|lte: 10", "{\"f\":10.5}", false},
    {"f|gt: 10", "{\"f\":\"many\"}", false},
    {"f: true", "{\"f\":true}", true},
    {"f: true", "{\"f\":\"True\"}", true},
    {"f: true", "{\"f\":1}", false},
    {"f|hour: 10", "{\"f\":\"2026-11-22T10:20:30Z\"}", true},
    /* Arrays: any member; under |all each may meet another. */
    {"f: b", "{\"f\":[\"a\",\"b\"]}", true},
    {"f|contains|all:\n      - a\n      - b", "{\"f\":[\"xa\",\"bx\"]}", true},
    {"f|contains|all:\n      - a\n      - c", "{\"f\":[\"xa\",\"bx\"]}", false},
    /* Addresses. */
    {"f|cidr: 10.0.0.0/8", "{\"f\":\"10.1.2.3\"}", true},
    {"f|cidr: 10.0.0.0/8", "{\"f\":\"::ffff:10.1.2.3\"}", true},
    {"f|cidr: 10.0.0.0/8", "{\"f\":\"10.1.2.3:443\"}", true},
    {"f|cidr: 10.0.0.0/8", "{\"f\":\"11.1.2.3\"}", false},
    {"f|cidr: fe80::/10", "{\"f\":\"fe80::1%eth0\"}", true},
    {"f|cidr: fe80::/10", "{\"f\":\"[fe80::1]:22\"}", true},
    {"f|cidr: 10.0.0.0/8", "{\"f\":\"10.1.2.3.4\"}", false},
    /* Other fields, and names with more than one part. */
    {"f|fieldref: g", "{\"f\":\"Same\",\"g\":\"same\"}", true},
    {"f|fieldref: g", "{\"f\":\"same\"}", false},
    {"a.b: x", "{\"a\":{\"b\":\"x\"}}", true},
    {"f|re: '[0-9]{3}-x'", "{\"f\":\"tel 123-x\"}", true},
    {"f|re: 'a.c'", "{\"f\":\"a\\nc\"}", false},
    {"f|re|s: 'a.c'", "{\"f\":\"a\\nc\"}", true},
    {"f|contains: 'x'", "{\"f\":{}}", false},
};

static void means_what_it_says(void)
{
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        char detection[1024];
        (void)snprintf(detection, sizeof detection, "  sel:\n    %s\n  condition: sel",
                       samples[i].detection);
        for (int eager = 0; eager < 2; eager++) {
            struct bench bench = bench_new("  category: test", detection, eager != 0);
            char event[1024];
            (void)snprintf(event, sizeof event, "{\"category\":\"test\",%s", samples[i].event + 1);
            if (matches(&bench, cord_str_from(event)) != samples[i].matches) {
                fail_msg("%s on %s", samples[i].detection, samples[i].event);
            }
            bench_free(&bench);
        }
    }
}

static bool keyword_matches(const char *keyword, const char *event)
{
    char detection[256];
    (void)snprintf(detection, sizeof detection, "  keywords:\n    - '%s'\n  condition: keywords",
                   keyword);
    struct bench bench = bench_new("  category: test", detection, false);
    bool result = matches(&bench, cord_str_from(event));
    bench_free(&bench);
    return result;
}

static void keywords_are_parts_of_values_and_not_of_names(void)
{
    const char *head = "{\"category\":\"test\",";
    static const struct {
        const char *keyword, *rest;
        bool matches;
    } cases[] = {
        {"mimikatz", "\"f\":\"run MimiKatz now\"}", true},
        {"mimikatz", "\"mimikatz\":\"f\"}", false},
        {"mimikatz", "\"f\":\"mimi\\u006batz\"}", true},
        {"mimikatz", "\"f\":\"\\\\mimi\\u212aatz\"}", true},
        {"a\\b/c", "\"f\":\"xa\\\\b\\/c\"}", true},
        {"wannacry spreads", "\"f\":\"wannacry\",\"g\":\" spreads\"}", false},
        {"1500", "\"f\":1.5e3}", true},
        {"\\users\\", "\"f\":\"C:\\\\Users\\\\x\"}", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char event[256];
        (void)snprintf(event, sizeof event, "%s%s", head, cases[i].rest);
        if (keyword_matches(cases[i].keyword, event) != cases[i].matches) {
            fail_msg("%s in %s", cases[i].keyword, event);
        }
    }
}

static void not_over_a_missing_field_is_true(void)
{
    struct bench bench = bench_new("  category: test",
                                   "  sel:\n    a: 1\n  filter:\n    b: 2\n"
                                   "  condition: sel and not filter",
                                   false);
    CHECK(matches(&bench, CORD_STR("{\"category\":\"test\",\"a\":1}")));
    CHECK(matches(&bench, CORD_STR("{\"category\":\"test\",\"a\":1,\"b\":3}")));
    CHECK(!matches(&bench, CORD_STR("{\"category\":\"test\",\"a\":1,\"b\":2}")));
    CHECK(!matches(&bench, CORD_STR("{\"category\":\"other\",\"a\":1}")));
    bench_free(&bench);
}

/* An event id that its class is known by, and another one beside it. */
static void a_second_event_id_is_seen_too(void)
{
    struct bench bench = bench_new("  product: windows\n  service: security",
                                   "  sel:\n    EventID: 4625\n  condition: sel", false);
    CHECK(!matches(&bench, CORD_STR("{\"Channel\":\"Security\",\"EventID\":4624}")));
    CHECK(matches(&bench, CORD_STR("{\"Channel\":\"Security\",\"EventID\":4625}")));
    CHECK(matches(&bench, CORD_STR("{\"Channel\":\"Security\",\"EventID\":[4624,4625]}")));
    CHECK(!matches(&bench, CORD_STR("{\"Channel\":\"Security\",\"EventID\":4624}")));
    bench_free(&bench);
}

static void a_regex_that_gives_up_is_shown(void)
{
    struct bench bench = bench_new("  category: test",
                                   "  sel:\n    f|re: '^(a+)+$'\n  other:\n    g: x\n"
                                   "  condition: sel and other",
                                   false);
    struct cord_match_sink sink = {count, &bench};
    read_event(&bench, CORD_STR("{\"category\":\"test\",\"g\":\"x\","
                                "\"f\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\"}"));
    CHECK(cord_matcher_run(bench.matcher, bench.batch, 0, &sink) == CORD_OK);
    CHECK_U64(bench.matches, 1);
    CHECK_U64(bench.incomplete, 1);
    CHECK_U64(cord_matcher_stats(bench.matcher)->regex_limit, 1);
    /* What else the rule wants is not there: then it does not matter. */
    read_event(&bench, CORD_STR("{\"category\":\"test\",\"g\":\"y\","
                                "\"f\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\"}"));
    CHECK(cord_matcher_run(bench.matcher, bench.batch, 0, &sink) == CORD_OK);
    CHECK_U64(bench.matches, 1);
    bench_free(&bench);
}

static void says_which_tests_held(void)
{
    struct bench bench = bench_new("  category: test",
                                   "  sel:\n    Image|endswith: '\\cmd.exe'\n    User: root\n"
                                   "  alt:\n    User: nobody\n  filter:\n    x: 1\n"
                                   "  condition: (sel or alt) and not filter",
                                   false);
    struct cord_arena *arena = cord_arena_new(1 << 20);
    struct cord_explain *explain = cord_explain_new(bench.classifier);
    const struct cord_finding_reason *reasons;
    size_t reason_count;
    CHECK(arena && explain);
    read_event(&bench, CORD_STR("{\"category\":\"test\",\"Image\":\"C:\\\\CMD.exe\","
                                "\"User\":\"root\"}"));
    CHECK(cord_explain_run(explain, cord_collection_rule(bench.collection, 0),
                           &bench.batch->events[0], arena, &reasons, &reason_count) == CORD_OK);
    CHECK_U64(reason_count, 2);
    CHECK_STR(reasons[0].selection, "sel");
    CHECK_STR(reasons[0].field, "Image");
    CHECK_STR(reasons[0].value, "C:\\CMD.exe");
    CHECK_STR(reasons[0].pattern, "endswith \\cmd.exe");
    CHECK_STR(reasons[1].pattern, "equals root");
    cord_explain_free(explain);
    cord_arena_free(arena);
    bench_free(&bench);
}

/* Every allocation of compiling and of the first events fails once. */
static void survives_lack_of_memory(void)
{
    static const char detection[] = "  sel:\n    f|contains:\n      - abcdefgh\n      - ab\n"
                                    "    g|re: 'x+y(a|b)'\n  keywords:\n    - mimikatz\n"
                                    "  other:\n    h|endswith: '.exe'\n    i|cidr: 10.0.0.0/8\n"
                                    "  condition: sel or keywords or other";
    struct bench bench = bench_new("  category: test", detection, true);
    struct cord_match_sink sink = {count, &bench};
    read_event(&bench, CORD_STR("{\"category\":\"test\",\"f\":\"xabcdefghx\",\"g\":\"xya\","
                                "\"h\":\"a.exe\",\"i\":\"10.1.1.1\"}"));
    for (size_t nth = 1;; nth++) {
        struct cord_ruleset_options options = {.eager = true};
        struct cord_ruleset *ruleset = NULL;
        struct cord_matcher *matcher = NULL;
        kit_fail_allocation(nth);
        cord_status status = cord_ruleset_compile(bench.collection, &options, &ruleset, NULL);
        if (status == CORD_OK) {
            matcher = cord_matcher_new(ruleset, bench.paths, bench.classifier);
            status = matcher ? CORD_OK : CORD_E_NOMEM;
        }
        for (int i = 0; i < 8 && status == CORD_OK; i++) {
            status = cord_matcher_run(matcher, bench.batch, 0, &sink);
        }
        bool failed_one = kit_fail_allocation_off();
        CHECK(failed_one ? status == CORD_E_NOMEM || status == CORD_OK : status == CORD_OK);
        cord_matcher_free(matcher);
        cord_ruleset_unref(ruleset);
        if (!failed_one) {
            break;
        }
    }
    bench_free(&bench);
}

static void *match_alone(void *self)
{
    struct bench *bench = self;
    struct cord_match_sink sink = {count, bench};
    for (int i = 0; i < 200; i++) {
        CHECK(cord_matcher_run(bench->matcher, bench->batch, 0, &sink) == CORD_OK);
    }
    return NULL;
}

/* Plans and indexes are made by whoever needs them first. */
static void two_matchers_share_a_ruleset(void)
{
    struct bench first = bench_new("  category: test",
                                   "  sel:\n    f|contains:\n      - abcd\n      - efgh\n"
                                   "  condition: sel",
                                   true);
    struct bench second = first;
    pthread_t thread;
    second.paths = cord_paths_new(2);
    second.classifier = cord_classifier_new(second.paths, 2);
    second.matcher = cord_matcher_new(second.ruleset, second.paths, second.classifier);
    second.batch = cord_batch_new(4096);
    second.reader = cord_json_reader_new(CORD_CPU_SCALAR);
    read_event(&first, CORD_STR("{\"category\":\"test\",\"f\":\"abcdefgh\"}"));
    read_event(&second, CORD_STR("{\"category\":\"test\",\"f\":\"xxefghabcd\"}"));
    CHECK(pthread_create(&thread, NULL, match_alone, &second) == 0);
    (void)match_alone(&first);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK_U64(first.matches, 200);
    CHECK_U64(second.matches, 200);
    cord_json_reader_free(second.reader);
    cord_batch_free(second.batch);
    cord_matcher_free(second.matcher);
    cord_classifier_free(second.classifier);
    cord_paths_free(second.paths);
    bench_free(&first);
}

KIT_MAIN(KIT_TEST(means_what_it_says), KIT_TEST(keywords_are_parts_of_values_and_not_of_names),
         KIT_TEST(not_over_a_missing_field_is_true), KIT_TEST(a_second_event_id_is_seen_too),
         KIT_TEST(a_regex_that_gives_up_is_shown), KIT_TEST(says_which_tests_held),
         KIT_TEST(survives_lack_of_memory), KIT_TEST(two_matchers_share_a_ruleset))
