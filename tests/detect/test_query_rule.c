/* test_query_rule.c: queries as drafts of rules: what they say, what is left out, and that each is
 * a rule that can be used. */
#include "kit/kit.h"

#include "detect/collection.h"
#include "detect/query_rule.h"

#include <stdio.h>

enum { BYTES_MAX = 8 << 20 };

static struct cord_query_rule draft(struct cord_arena *arena, const char *text,
                                    const char *event_class)
{
    struct cord_error err = {""};
    struct cord_query *query = NULL;
    struct cord_query_rule rule;
    if (cord_query_parse(cord_str_from(text), &query, &err) != CORD_OK) {
        print_error("%s: %s\n", text, err.text);
        fail();
    }
    const struct cord_query_rule_ask ask = {
        .query = query,
        .text = cord_str_from(text),
        .id = CORD_STR("5f2d6f0e-9a53-4b0c-8f63-3c2c4a1d7e11"),
        .title = CORD_STR("It's a draft"),
        .author = CORD_STR("Ana"),
        .date = CORD_STR("2026-11-22"),
        .level = CORD_STR("medium"),
        .event_class = cord_str_from(event_class),
        .host = CORD_STR("Computer"),
        .user = CORD_STR(""),
    };
    CHECK(cord_query_rule_write(&ask, arena, &rule) == CORD_OK);
    cord_query_free(query);
    return rule;
}

/* From "detection:" to the condition's line. */
static cord_str detection_of(cord_str text)
{
    size_t from = cord_str_find(text, CORD_STR("detection:\n"), 0);
    size_t to = cord_str_find(text, CORD_STR("falsepositives:"), 0);
    CHECK(from != SIZE_MAX && to != SIZE_MAX);
    return cord_str_slice(text, from + 11, to - from - 11);
}

static void can_be_used(cord_str text)
{
    struct cord_error err = {""};
    struct cord_collection *collection = cord_collection_new();
    CHECK(cord_collection_add(collection, CORD_STR("draft.yml"), text, &err) == CORD_OK);
    CHECK(cord_collection_finish(collection, &err) == CORD_OK);
    if (cord_collection_rule_count(collection) != 1) {
        const struct cord_rule_refusal *why = cord_collection_refusal(collection, 0);
        print_error("%.*s\n%.*s\n", CORD_STR_ARG(text), CORD_STR_ARG(why->reason));
        fail();
    }
    cord_collection_free(collection);
}

static void says_what_a_rule_can_say(void)
{
    static const struct {
        const char *query;
        const char *detection;
    } rows[] = {
        {"EventID:4625", "    selection:\n        EventID: 4625\n    condition: selection\n"},
        {"Image:*\\cmd.exe",
         "    selection:\n        Image|endswith: '\\cmd.exe'\n    condition: selection\n"},
        {"Image:C:\\a\\*\\b?.exe", "    selection:\n        Image: 'C:\\a\\\\*\\b?.exe'\n"
                                   "    condition: selection\n"},
        {"a:'x*y\\*?'", "    selection:\n        a: 'x\\*y\\\\\\*\\?'\n    condition: selection\n"},
        {"aa:\\\\server", "    selection:\n        aa: '\\\\\\server'\n    condition: selection\n"},
        {"a:*it's*", "    selection:\n        a|contains: 'it''s'\n    condition: selection\n"},
        {"a:x*", "    selection:\n        a|startswith: 'x'\n    condition: selection\n"},
        {"a:\"\"", "    selection:\n        a: ''\n    condition: selection\n"},
        {"a:007", "    selection:\n        a: '007'\n    condition: selection\n"},
        {"a:/^x'[0-9]+$/i",
         "    selection:\n        a|re|i: '^x''[0-9]+$'\n    condition: selection\n"},
        {"a:10.0.0.0/8",
         "    selection:\n        a|cidr: '10.0.0.0/8'\n    condition: selection\n"},
        {"a:[5 TO 9}",
         "    selection:\n        a|gte: 5\n        a|lt: 9\n    condition: selection\n"},
        {"a>5.5", "    selection:\n        a|gt: 5.5\n    condition: selection\n"},
        {"a:(x OR y OR *z)", "    selection:\n        - a: 'x'\n        - a: 'y'\n"
                             "        - a|endswith: 'z'\n    condition: selection\n"},
        {"a:(x OR y) b:1", "    selection:\n        a:\n            - 'x'\n            - 'y'\n"
                           "        b: 1\n    condition: selection\n"},
        {"a:x NOT b:y", "    selection:\n        a: 'x'\n    filter:\n        b: 'y'\n"
                        "    condition: selection and not filter\n"},
        {"NOT (a:x OR b:y)", "    filter:\n        - a: 'x'\n        - b: 'y'\n"
                             "    condition: not filter\n"},
        {"a:x a:y", "    selection:\n        a: 'x'\n    selection_2:\n        a: 'y'\n"
                    "    condition: selection and selection_2\n"},
        {"(a:x b:y) OR (c:z \"some words\")",
         "    selection:\n        a: 'x'\n        b: 'y'\n    selection_2:\n        c: 'z'\n"
         "    keywords:\n        - 'some words'\n"
         "    condition: selection or (selection_2 and keywords)\n"},
        {"evil OR worm",
         "    keywords:\n        - 'evil'\n        - 'worm'\n    condition: keywords\n"},
        {"host:x", "    selection:\n        Computer: 'x'\n    condition: selection\n"},
        {"\"Logon Type\":3", "    selection:\n        'Logon Type': 3\n    condition: selection\n"},
        {"a:\"x\ty\"", "    selection:\n        a: \"x\ty\"\n    condition: selection\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cord_arena *arena = cord_arena_new(BYTES_MAX);
        const struct cord_query_rule rule =
            draft(arena, rows[i].query, "windows/process_creation,create/sysmon");
        CHECK_STR_EQ(detection_of(rule.text), cord_str_from(rows[i].detection));
        CHECK_U64(rule.note_count, 0);
        CHECK(cord_str_find(rule.text,
                            CORD_STR("logsource:\n    product: 'windows'\n"
                                     "    category: 'process_creation'\ndetection:"),
                            0) != SIZE_MAX);
        can_be_used(rule.text);
        cord_arena_free(arena);
    }
}

static void says_what_it_leaves_out(void)
{
    static const struct {
        const char *query;
        size_t column;
        const char *term;
        const char *why;
        bool drafted;
        bool stays;
    } rows[] = {
        {"a:x time:2026-11-22", 10, "time:", "any time", true, false},
        {"a:x org:RXA", 9, "org:RXA", "all organisations", true, false},
        {"a:x OR source:ward", 15, "source:ward", "by which source", true, false},
        {"class:windows* a:x", 7, "class:", "log source", true, false},
        {"user:ana a:x", 6, "user:ana", "name that field", true, false},
        {"a[2].b:x a:y", 8, "\"a[2].b\":x", "one member of a list", true, false},
        {"a:x b>abc", 7, "\"b\":", "compares numbers only", true, false},
        {"a:x 10.0.0.0/8", 5, "10.0.0.0/8", "holds the address", true, false},
        {"a:x | count by b", 7, "| count", "correlation", true, false},
        {"a:x | fields b", 7, "| fields", "shows nothing", true, false},
        {"a:*", 3, "\"a\":*", "null", true, true},
        {"*", 1, "*", "every event", false, false},
        {"NOT org:RXA", 9, "org:RXA", "all organisations", false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cord_arena *arena = cord_arena_new(BYTES_MAX);
        const struct cord_query_rule rule = draft(arena, rows[i].query, "linux//sshd");
        CHECK_U64(rule.note_count, 1);
        CHECK_U64(rule.notes[0].column, rows[i].column);
        if (!cord_str_starts(rule.notes[0].term, cord_str_from(rows[i].term))) {
            print_error("%s: %.*s\n", rows[i].query, CORD_STR_ARG(rule.notes[0].term));
            fail();
        }
        CHECK(cord_str_find(cord_str_from(rule.notes[0].why), cord_str_from(rows[i].why), 0) !=
              SIZE_MAX);
        CHECK(rule.notes[0].kept == rows[i].stays);
        CHECK((rule.text.len > 0) == rows[i].drafted);
        if (rows[i].drafted) {
            char said[100];
            (void)snprintf(said, sizeof said,
                           "# %s, column %zu: ", rows[i].stays ? "Not quite as asked" : "Left out",
                           rows[i].column);
            CHECK(cord_str_starts(rule.text, cord_str_from(said)));
            CHECK(cord_str_find(rule.text, CORD_STR("    product: 'linux'\n    service: 'sshd'\n"),
                                0) != SIZE_MAX);
            can_be_used(rule.text);
        }
        cord_arena_free(arena);
    }
}

static void a_class_that_is_not_known_is_said(void)
{
    struct cord_arena *arena = cord_arena_new(BYTES_MAX);
    const struct cord_query_rule rule = draft(arena, "a:x", "");
    CHECK_U64(rule.note_count, 1);
    CHECK(rule.notes[0].kept);
    CHECK(cord_str_find(rule.text, CORD_STR("which log source the rule is for"), 0) != SIZE_MAX);
    cord_arena_free(arena);
}

static void counts_what_it_cannot_say_any_more(void)
{
    struct cord_arena *arena = cord_arena_new(BYTES_MAX);
    struct cord_buf text;
    cord_buf_init(&text, 1 << 16);
    cord_buf_put_text(&text, "a:x");
    for (int i = 0; i < 70; i++) {
        cord_buf_put_text(&text, " org:RXA");
    }
    cord_buf_put_char(&text, '\0');
    const struct cord_query_rule rule = draft(arena, text.ptr, "linux//sshd");
    CHECK_U64(rule.note_count, CORD_QUERY_RULE_NOTES_MAX);
    CHECK_U64(rule.notes_more, 6);
    CHECK(cord_str_find(rule.text, CORD_STR("# and 6 more\n"), 0) != SIZE_MAX);
    cord_buf_done(&text);
    cord_arena_free(arena);
}

static void a_small_arena_is_said(void)
{
    struct cord_query *query = NULL;
    struct cord_query_rule rule;
    CHECK(cord_query_parse(CORD_STR("a:x AND (b:y OR c:z)"), &query, NULL) == CORD_OK);
    const struct cord_query_rule_ask ask = {.query = query,
                                            .text = CORD_STR(""),
                                            .id = CORD_STR(""),
                                            .title = CORD_STR("t"),
                                            .author = CORD_STR(""),
                                            .date = CORD_STR(""),
                                            .level = CORD_STR("low"),
                                            .event_class = CORD_STR(""),
                                            .host = CORD_STR(""),
                                            .user = CORD_STR("")};
    for (size_t nth = 1;; nth++) {
        struct cord_arena *arena = cord_arena_new(BYTES_MAX);
        kit_fail_allocation(nth);
        cord_status status = cord_query_rule_write(&ask, arena, &rule);
        bool failed = kit_fail_allocation_off();
        CHECK(failed ? status != CORD_OK : status == CORD_OK);
        cord_arena_free(arena);
        if (!failed) {
            break;
        }
    }
    cord_query_free(query);
}

KIT_MAIN(KIT_TEST(says_what_a_rule_can_say), KIT_TEST(says_what_it_leaves_out),
         KIT_TEST(a_class_that_is_not_known_is_said), KIT_TEST(counts_what_it_cannot_say_any_more),
         KIT_TEST(a_small_arena_is_said))
