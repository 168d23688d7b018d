/* test_sighting.c: findings of the journal, as triage reads them. */
#include "kit/kit.h"

#include "base/timestamp.h"
#include "triage/sighting_scan.h"

#include <stdio.h>
#include <stdlib.h>

static cord_status read_text(cord_str json, struct cord_arena *arena, struct cord_sighting *ret,
                             struct cord_error *err)
{
    cord_arena_reset(arena);
    return cord_sighting_read(json, arena, ret, err);
}

static struct cord_arena *arena_new(void)
{
    struct cord_arena *arena = cord_arena_new(1 << 20);
    CHECK(arena != NULL);
    return arena;
}

static void reads_a_real_finding(void)
{
    struct cord_arena *arena = arena_new();
    struct cord_sighting sighting;
    int64_t time_ns = 0;
    cord_str json = kit_read_file(CORD_SOURCE_DIR "/tests/corpus/sighting/finding_2");
    CHECK(read_text(json, arena, &sighting, NULL) == CORD_OK);
    CHECK_U64(sighting.number, 2);
    CHECK_STR(sighting.organisation, "RXA");
    CHECK_STR(sighting.title, "Cred Dump Tools Dropped Files");
    CHECK_STR(sighting.rule, "8fbf3271-1ef6-4e94-8210-03c2317947f6");
    CHECK_STR(sighting.author, "Teymur Kheirkhabarov, oscd.community");
    CHECK(sighting.level == CORD_LEVEL_HIGH);
    CHECK_U64(sighting.tag_count, 6);
    CHECK_STR(sighting.tags[1], "attack.t1003.001");
    CHECK(sighting.host.len > 0);
    CHECK_STR(sighting.evidence, "RCHC-FY78-BGM9");
    CHECK_U64(sighting.events, 1);
    CHECK(cord_timestamp_parse(CORD_STR("2026-11-22T09:28:47.872851343Z"), &time_ns));
    CHECK_I64(sighting.known_ns, time_ns);
    CHECK(sighting.time_ns != sighting.known_ns && sighting.first_ns == sighting.time_ns);
    CHECK(sighting.field_count > 0);
    free((void *)(uintptr_t)json.ptr);
    cord_arena_free(arena);
}

static void reads_a_correlation(void)
{
    struct cord_arena *arena = arena_new();
    struct cord_sighting sighting;
    cord_str json = kit_read_file(CORD_SOURCE_DIR "/tests/corpus/sighting/correlation");
    CHECK(read_text(json, arena, &sighting, NULL) == CORD_OK);
    CHECK_U64(sighting.events, 40);
    CHECK_I64(sighting.time_ns - sighting.first_ns, 58500000000);
    CHECK_STR(cord_sighting_source_address(&sighting), "10.1.2.3");
    CHECK(!cord_sighting_target_address(&sighting).ptr);
    CHECK_STR(sighting.evidence, "");
    free((void *)(uintptr_t)json.ptr);
    cord_arena_free(arena);
}

/* Without time of its own it happened when it was known; without id the title names the rule. */
static void fills_in_what_is_not_said(void)
{
    struct cord_arena *arena = arena_new();
    struct cord_sighting sighting;
    CHECK(
        read_text(CORD_STR("{\"finding\":3,\"first_seen\":\"2017-05-12T08:00:00Z\",\"level\":"
                           "\"none\",\"title\":\"T\",\"rule\":{\"id\":\"\"},\"later\":{\"x\":1}}"),
                  arena, &sighting, NULL) == CORD_OK);
    CHECK_I64(sighting.time_ns, sighting.known_ns);
    CHECK_STR(sighting.rule, "T");
    CHECK_STR(sighting.host, "");
    CHECK(sighting.level == CORD_LEVEL_NONE && sighting.tag_count == 0);
    cord_arena_free(arena);
}

static void knows_the_names_of_addresses(void)
{
    struct cord_arena *arena = arena_new();
    struct cord_sighting sighting;
    CHECK(read_text(CORD_STR("{\"finding\":3,\"first_seen\":\"2017-05-12T08:00:00Z\",\"rule\":{},"
                             "\"fields\":[{\"name\":\"ID.orig_h\",\"value\":\"10.0.0.1\"},"
                             "{\"name\":\"dest_ip\",\"value\":\"\"},"
                             "{\"name\":\"DestinationIp\",\"value\":\"10.0.0.2\"}]}"),
                    arena, &sighting, NULL) == CORD_OK);
    CHECK_STR(cord_sighting_source_address(&sighting), "10.0.0.1");
    CHECK_STR(cord_sighting_target_address(&sighting), "10.0.0.2");
    CHECK_STR(cord_sighting_field(&sighting, CORD_STR("destinationip")), "10.0.0.2");
    cord_arena_free(arena);
}

#define HEAD "{\"finding\":3,\"first_seen\":\"2017-05-12T08:00:00Z\""

static void refuses_what_is_none(void)
{
    static const struct {
        const char *json, *says;
    } cases[] = {
        {"", "byte 0"},
        {"[]", "not an object"},
        {"{}", "finding"},
        {"{\"finding\":0,\"first_seen\":\"2017-05-12T08:00:00Z\",\"rule\":{}}", "finding"},
        {"{\"finding\":-1,\"first_seen\":\"2017-05-12T08:00:00Z\",\"rule\":{}}", "finding"},
        {"{\"finding\":1,\"rule\":{}}", "first_seen: not there"},
        {"{\"finding\":1,\"first_seen\":\"soon\",\"rule\":{}}", "first_seen: not a time"},
        {HEAD "}", "rule: not there"},
        {HEAD ",\"rule\":[]}", "rule: not there"},
        {HEAD ",\"rule\":{\"id\":1}}", "id: not a text"},
        {HEAD ",\"rule\":{\"tags\":1}}", "tags: not a list"},
        {HEAD ",\"rule\":{\"tags\":[1]}}", "tags: not a text"},
        {HEAD ",\"rule\":{},\"level\":\"grave\"}", "level"},
        {HEAD ",\"rule\":{},\"time\":\"never\"}", "time: not a time"},
        {HEAD ",\"rule\":{},\"events\":\"2\"}", "events: not a whole number"},
        {HEAD ",\"rule\":{},\"fields\":[{\"name\":\"a\"}]}", "fields"},
        {HEAD ",\"rule\":{},\"host\":null}", "host: not a text"},
    };
    struct cord_arena *arena = arena_new();
    struct cord_sighting sighting;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cord_error err = {""};
        CHECK(read_text(cord_str_from(cases[i].json), arena, &sighting, &err) == CORD_E_FORMAT);
        CHECK(strstr(err.text, cases[i].says) != NULL);
    }
    cord_arena_free(arena);
}

static void has_limits(void)
{
    struct cord_arena *arena = arena_new();
    struct cord_sighting sighting;
    char *text = malloc(65536);
    CHECK(text != NULL);
    for (size_t over = 0; over < 2; over++) {
        int at = snprintf(text, 65536, HEAD ",\"rule\":{},\"host\":\"%0*d\"}",
                          (int)(CORD_SIGHTING_TEXT_MAX + over), 0);
        CHECK(read_text((cord_str){text, (size_t)at}, arena, &sighting, NULL) ==
              (over ? CORD_E_LIMIT : CORD_OK));
        at = snprintf(text, 65536, HEAD ",\"rule\":{\"tags\":[\"a\"");
        for (size_t i = 1; i < CORD_SIGHTING_TAGS_MAX + over; i++) {
            at += snprintf(text + at, 65536 - (size_t)at, ",\"a\"");
        }
        at += snprintf(text + at, 65536 - (size_t)at, "]}}");
        CHECK(read_text((cord_str){text, (size_t)at}, arena, &sighting, NULL) ==
              (over ? CORD_E_LIMIT : CORD_OK));
    }
    free(text);
    cord_arena_free(arena);
}

/* The quick way and that by the tree: the same where it is sure, which of the usual form it is. */
static void the_quick_way_says_the_same(void)
{
    static const char *const usual[] = {"finding_1", "finding_2", "finding_3", "finding_4",
                                        "finding_5"};
    struct cord_arena *arena = arena_new();
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        char path[256];
        struct cord_sighting quick;
        struct cord_sighting tree;
        (void)snprintf(path, sizeof path, CORD_SOURCE_DIR "/tests/corpus/sighting/%s", usual[i]);
        cord_str json = kit_read_file(path);
        CHECK(cord_sighting_scan(json, arena, &quick));
        CHECK(cord_sighting_read_tree(json, arena, &tree, NULL) == CORD_OK);
        CHECK_STR_EQ(quick.rule, tree.rule);
        CHECK_STR_EQ(quick.user, tree.user);
        CHECK_STR_EQ(quick.evidence, tree.evidence);
        CHECK(quick.known_ns == tree.known_ns && quick.time_ns == tree.time_ns);
        CHECK_U64(quick.tag_count, tree.tag_count);
        CHECK_U64(quick.field_count, tree.field_count);
        for (size_t field = 0; field < quick.field_count; field++) {
            CHECK_STR_EQ(quick.fields[field].name, tree.fields[field].name);
            CHECK_STR_EQ(quick.fields[field].value, tree.fields[field].value);
        }
        free((void *)(uintptr_t)json.ptr);
    }
    cord_arena_free(arena);
}

#define REST "\"first_seen\":\"2017-05-12T08:00:00Z\",\"level\":\"low\",\"rule\":{\"id\":\"r\"}"

/* What is not of the usual form, and what is wrong, is left to the tree. */
static void the_quick_way_is_not_sure_of_all(void)
{
    static const struct {
        const char *json;
        bool sure;
        cord_status status; /* by the tree */
    } cases[] = {
        {"{\"finding\":1," REST "}", true, CORD_OK},
        {" {\"finding\" : 1 ,\n" REST ",\"x\":[1,\"a\",{\"b\":null}],\"y\":{\"z\":true}} ", true,
         CORD_OK},
        {"{\"finding\":1," REST ",\"host\":\"a\\\\b\\\"c\"}", true, CORD_OK},
        {"{\"finding\":1," REST ",\"host\":\"\\u00e9\"}", false, CORD_OK},
        {"{\"finding\":1," REST ",\"x\":-1.5}", false, CORD_OK},
        {"{\"finding\":1," REST ",\"x\":[[1]]}", false, CORD_OK},
        {"{\"finding\":1," REST ",\"x\":{\"y\":[]}}", false, CORD_OK},
        {"{\"finding\":1," REST ",\"host\":\"a\",\"host\":\"b\"}", false, CORD_E_FORMAT},
        {"{\"finding\":1," REST ",\"x\":{\"y\":1,\"y\":2}}", false, CORD_E_FORMAT},
        {"{\"finding\":1," REST ",\"host\":\"\xff\"}", false, CORD_E_FORMAT},
        {"{\"finding\":1," REST ",\"x\":\"\xff\"}", false, CORD_E_FORMAT},
        {"{\"finding\":1," REST ",\"host\":\"\x01\"}", false, CORD_E_FORMAT},
        {"{\"finding\":1," REST ",\"host\":7}", false, CORD_E_FORMAT},
        {"{\"finding\":1," REST ",\"host\":\"a}", false, CORD_E_FORMAT},
        {"{\"finding\":01," REST "}", false, CORD_E_FORMAT},
        {"{\"finding\":0," REST "}", false, CORD_E_FORMAT},
        {"{\"finding\":1," REST "}x", false, CORD_E_FORMAT},
        {"{\"finding\":1," REST ",}", false, CORD_E_FORMAT},
        {"{\"finding\":1," REST, false, CORD_E_FORMAT},
        {"{\"finding\":1," REST ",\"fields\":[{\"name\":\"a\"}]}", false, CORD_E_FORMAT},
        {"", false, CORD_E_FORMAT},
    };
    struct cord_arena *arena = arena_new();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cord_sighting sighting;
        cord_str json = cord_str_from(cases[i].json);
        if (cord_sighting_scan(json, arena, &sighting) != cases[i].sure) {
            print_message("%s\n", cases[i].json);
            CHECK(false);
        }
        CHECK(cord_sighting_read(json, arena, &sighting, NULL) == cases[i].status);
        CHECK(cord_sighting_read_tree(json, arena, &sighting, NULL) == cases[i].status);
    }
    cord_arena_free(arena);
}

KIT_MAIN(KIT_TEST(the_quick_way_says_the_same), KIT_TEST(the_quick_way_is_not_sure_of_all),
         KIT_TEST(reads_a_real_finding), KIT_TEST(reads_a_correlation),
         KIT_TEST(fills_in_what_is_not_said), KIT_TEST(knows_the_names_of_addresses),
         KIT_TEST(refuses_what_is_none), KIT_TEST(has_limits))
