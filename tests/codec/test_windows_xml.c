/* test_windows_xml.c: Windows events as XML, made up and real. */
#include "kit/kit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "codec/windows_xml.h"
#include "kit/xml_reference.h"

enum { ITEMS = 20000 };

struct bench {
    struct cord_paths *paths;
    struct cord_arena *arena;
    struct cord_values values;
    struct cord_value items[ITEMS];
    const char *damage;
    struct cord_buf text; /* "path=value\n" of the values */
};

static struct bench *bench_new(void)
{
    struct bench *bench = calloc(1, sizeof *bench);
    CHECK(bench);
    bench->paths = cord_paths_new(7);
    bench->arena = cord_arena_new(64u << 20);
    bench->values = (struct cord_values){.items = bench->items, .max = ITEMS};
    cord_buf_init(&bench->text, 16u << 20);
    CHECK(bench->paths && bench->arena);
    return bench;
}

static void bench_free(struct bench *bench)
{
    cord_buf_done(&bench->text);
    cord_arena_free(bench->arena);
    cord_paths_free(bench->paths);
    free(bench);
}

static cord_status read_event(struct bench *bench, cord_str event)
{
    bench->values.count = 0;
    cord_buf_clear(&bench->text);
    cord_status status =
        cord_windows_xml_read(event, bench->paths, bench->arena, &bench->values, &bench->damage);
    for (size_t i = 0; i < bench->values.count; i++) {
        const struct cord_value *value = &bench->items[i];
        cord_buf_put(&bench->text, cord_paths_text(bench->paths, value->path));
        cord_buf_put_char(&bench->text, '=');
        cord_buf_put(&bench->text, cord_value_str(value));
        cord_buf_put_char(&bench->text, '\n');
    }
    return status;
}

static void check_event(const char *event, const char *wanted)
{
    struct bench *bench = bench_new();
    CHECK(read_event(bench, cord_str_from(event)) == CORD_OK);
    CHECK(!bench->damage);
    CHECK_STR_EQ(cord_buf_str(&bench->text), cord_str_from(wanted));
    bench_free(bench);
}

static void names_values_as_the_log_does(void)
{
    check_event("<Event xmlns='urn:e'>\n <System>\n  <Provider Name=\"P\" Guid='{1}'/>\n"
                "  <EventID Qualifiers=\"2\">7</EventID>\n  <Correlation/>\n </System>\n"
                " <EventData>\n  <Data Name='A'>x</Data><Data Name=\"B\"/><Data>one</Data>"
                "<Data></Data>\n </EventData>\n <UserData><X><Y>1</Y><Z/></X></UserData></Event>",
                "Event.#attributes.xmlns=urn:e\n"
                "Event.System.Provider.#attributes.Name=P\n"
                "Event.System.Provider.#attributes.Guid={1}\n"
                "Event.System.EventID.#attributes.Qualifiers=2\n"
                "Event.System.EventID=7\n"
                "Event.System.Correlation=\n"
                "Event.EventData.A=x\nEvent.EventData.B=\n"
                "Event.EventData.Data=one\nEvent.EventData.Data=\n"
                "Event.UserData.X.Y=1\nEvent.UserData.X.Z=\n");
}

static void says_what_is_null_and_what_is_in_an_array(void)
{
    struct bench *bench = bench_new();
    CHECK(read_event(bench, CORD_STR("<Event><A/><Data/><Data Name='x'/></Event>")) == CORD_OK);
    CHECK_U64(bench->values.count, 3);
    CHECK_U64(bench->items[0].kind, CORD_VALUE_NULL);
    CHECK_U64(bench->items[1].kind, CORD_VALUE_TEXT);
    CHECK_U64(bench->items[1].flags, CORD_VALUE_IN_ARRAY);
    CHECK_U64(bench->items[2].flags, 0);
    bench_free(bench);
}

static void resolves_references(void)
{
    check_event("<Event><A>&lt;&gt;&amp;&quot;&apos;&#65;&#x1F600;</A></Event>",
                "Event.A=<>&\"'A\xf0\x9f\x98\x80\n");
    check_event("<Event><A b='&amp;1'>&nbsp; &; & &#; &#x110000; &#xg;</A></Event>",
                "Event.A.#attributes.b=&1\nEvent.A=&nbsp; &; & &#; &#x110000; &#xg;\n");
    check_event("<Event><A>1<![CDATA[<&amp;>]]>2<!-- no -->3<?pi?>4</A></Event>",
                "Event.A=1<&amp;>234\n");
}

static void keeps_control_characters(void)
{
    check_event("<Event><A>a\x01\x1f\r\n\tb</A></Event>", "Event.A=a\x01\x1f\r\n\tb\n");
}

static const struct {
    const char *event;
    const char *wanted; /* the values before the damage */
    const char *damage;
} damaged[] = {
    {"<Event><A>1</A><B>2", "Event.A=1\nEvent.B=2\n", "the event ends early"},
    {"<Event><A>1</A></B></Event>", "Event.A=1\n", "an end tag that is not its element's"},
    {"<Event><A>1</A><B c=d></B></Event>", "Event.A=1\n", "an attribute's value is not quoted"},
    {"<Event><A>1</A><B c></B></Event>", "Event.A=1\n", "an attribute without a value"},
    {"<Event><A>1</A><B c='></B></Event>", "Event.A=1\n", "an attribute's value does not end"},
    {"<Event><A>1</A>< B/></Event>", "Event.A=1\n", "a tag that is not well formed"},
    {"<Event><A>1</A><![CDATA[", "Event.A=1\n", "the event ends early"},
};

static void keeps_what_precedes_damage(void)
{
    struct bench *bench = bench_new();
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        CHECK(read_event(bench, cord_str_from(damaged[i].event)) == CORD_OK);
        CHECK_STR_EQ(cord_buf_str(&bench->text), cord_str_from(damaged[i].wanted));
        CHECK_STR_EQ(cord_str_from(bench->damage), cord_str_from(damaged[i].damage));
    }
    CHECK(read_event(bench, CORD_STR("<Event>")) == CORD_E_FORMAT);
    CHECK(bench->damage);
    bench_free(bench);
}

static void bounds_depth_and_values(void)
{
    struct bench *bench = bench_new();
    struct cord_buf text;
    cord_buf_init(&text, 1 << 20);
    cord_buf_put_text(&text, "<Event a='1'>");
    for (int i = 0; i < 100; i++) {
        cord_buf_put_text(&text, "<a>");
    }
    CHECK(read_event(bench, cord_buf_str(&text)) == CORD_OK);
    CHECK_STR(cord_str_from(bench->damage), "its elements are nested too deep");
    cord_buf_clear(&text);
    cord_buf_put_text(&text, "<Event>");
    for (int i = 0; i < 10000; i++) {
        cord_buf_put_text(&text, "<a/>");
    }
    cord_buf_put_text(&text, "</Event>");
    CHECK(read_event(bench, cord_buf_str(&text)) == CORD_OK);
    CHECK_STR(cord_str_from(bench->damage), "more values than an event may have");
    CHECK_U64(bench->values.count, CORD_WINDOWS_XML_VALUES_MAX);
    bench->values.max = 100;
    CHECK(read_event(bench, cord_buf_str(&text)) == CORD_E_LIMIT);
    CHECK_U64(bench->values.count, 0);
    cord_buf_done(&text);
    bench_free(bench);
}

#define NAMESPACE "xmlns='http://schemas.microsoft.com/win/2004/08/events/event'"

static const struct {
    const char *text;
    cord_status status;
    size_t start, end;
} places[] = {
    {"", CORD_E_END, 0, 0},
    {"<Events><EventData></EventData></Events>", CORD_E_END, 0, 0},
    {"<Events><Event></Event></Events>", CORD_OK, 8, 23},
    {"<Event/>x", CORD_OK, 0, 8},
    {"<Event a='/>'><b/></Event >x", CORD_OK, 0, 27},
    {"<Event><![CDATA[</Event>]]><!--</Event>--></Event>x", CORD_OK, 0, 50},
    {"<Event><Event></Event></Event>x", CORD_OK, 0, 30},
    {"<Event><a><Event " NAMESPACE "></Event>", CORD_E_FORMAT, 0, 10},
    {"..<Event><a>", CORD_E_MORE, 2, 12},
    {"<Event", CORD_E_END, 0, 0},
};

static void finds_events(void)
{
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        size_t start = 0;
        size_t end = 0;
        CHECK(cord_windows_xml_find(cord_str_from(places[i].text), 0, &start, &end) ==
              places[i].status);
        CHECK_U64(start, places[i].start);
        CHECK_U64(end, places[i].end);
    }
}

/* ---- real events, beside what osquery makes of them -------------------- */

struct theirs {
    json_t *names; /* strings, in order */
    json_t *values;
};

static size_t skip_string(cord_str text, size_t at)
{
    for (at++; text.ptr[at] != '"'; at++) {
        at += text.ptr[at] == '\\';
    }
    return at + 1;
}

/* Their data is an object that repeats keys, which no JSON library keeps: its
 * strings are taken one by one. Attributes are left out. */
static struct theirs flatten(cord_str text)
{
    struct theirs theirs = {json_array(), json_array()};
    json_t *name = json_string("");
    for (size_t at = 0; at < text.len;) {
        if (text.ptr[at] != '"') {
            at++;
            continue;
        }
        size_t end = skip_string(text, at);
        json_t *string = json_loadb(text.ptr + at, end - at, JSON_DECODE_ANY, NULL);
        CHECK(string);
        at = end;
        if (end == text.len || text.ptr[end] != ':') {
            json_array_append(theirs.names, name);
            json_array_append_new(theirs.values, string);
            continue;
        }
        json_decref(name);
        name = string;
        if (strcmp(json_string_value(name), "<xmlattr>") == 0) {
            at = cord_str_find_char(text, '}', end);
        }
    }
    json_decref(name);
    return theirs;
}

static size_t compare_data(const struct bench *bench, const char *file, cord_str data)
{
    struct theirs theirs = flatten(data);
    size_t at = 0;
    for (size_t i = 0; i < bench->values.count; i++) {
        cord_str path = cord_paths_text(bench->paths, bench->items[i].path);
        if (cord_str_starts(path, CORD_STR("Event.System")) ||
            cord_str_find(path, CORD_STR("#attributes"), 0) != SIZE_MAX) {
            continue;
        }
        cord_str leaf = cord_paths_leaf(bench->paths, bench->items[i].path);
        json_t *value = json_array_get(theirs.values, at);
        const char *name = json_string_value(json_array_get(theirs.names, at));
        if (!value) {
            printf("%s: %.*s is surplus\n", file, CORD_STR_ARG(path));
        }
        CHECK(value);
        CHECK_STR_EQ(cord_value_str(&bench->items[i]), cord_str_from(json_string_value(value)));
        if (!cord_str_eq(leaf, CORD_STR("Data"))) {
            CHECK_STR_EQ(leaf, cord_str_from(name));
        }
        at++;
    }
    CHECK_U64(at, json_array_size(theirs.values));
    json_decref(theirs.names);
    json_decref(theirs.values);
    return at;
}

static cord_str value_of(const struct bench *bench, const char *path)
{
    for (size_t i = 0; i < bench->values.count; i++) {
        if (cord_str_eq(cord_paths_text(bench->paths, bench->items[i].path), cord_str_from(path))) {
            return cord_value_str(&bench->items[i]);
        }
    }
    return CORD_STR("");
}

static size_t compare_event(const struct bench *bench, const char *file, json_t *wanted)
{
    static const char *const names[][2] = {
        {"datetime", "Event.System.TimeCreated.#attributes.SystemTime"},
        {"source", "Event.System.Channel"},
        {"provider_name", "Event.System.Provider.#attributes.Name"},
        {"provider_guid", "Event.System.Provider.#attributes.Guid"},
        {"event_id", "Event.System.EventID"},
        {"task_id", "Event.System.Task"},
        {"level", "Event.System.Level"},
        {"keywords", "Event.System.Keywords"},
        {"computer_name", "Event.System.Computer"},
    };
    size_t compared = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *text = json_string_value(json_object_get(wanted, names[i][0]));
        CHECK_STR_EQ(value_of(bench, names[i][1]), cord_str_from(text ? text : ""));
        compared++;
    }
    json_t *data = json_object_get(wanted, "data");
    return compared +
           compare_data(bench, file, (cord_str){json_string_value(data), json_string_length(data)});
}

static size_t run_file(struct bench *bench, const char *folder, const char *name)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    cord_str text = kit_read_file(path);
    size_t start;
    size_t end;
    CHECK(cord_windows_xml_find(text, 0, &start, &end) == CORD_OK);
    cord_str event = cord_str_slice(text, start, end - start);
    CHECK(read_event(bench, event) == CORD_OK);
    CHECK(!bench->damage);
    struct cord_buf reference;
    cord_buf_init(&reference, 1 << 20);
    CHECK(kit_xml_reference(event, &reference));
    CHECK_STR_EQ(cord_buf_str(&bench->text), cord_buf_str(&reference));
    cord_buf_done(&reference);
    memcpy(strrchr(path, '.'), ".json", 6);
    json_t *wanted = json_load_file(path, 0, NULL);
    CHECK(wanted);
    size_t compared = compare_event(bench, path, wanted);
    json_decref(wanted);
    free((void *)(uintptr_t)text.ptr);
    return compared;
}

static void reads_real_events_as_osquery_and_expat_do(void)
{
    static const char *const folders[] = {"Application", "Security", "Setup", "System"};
    (void)kit_shared_path("data"); /* skips before there is something to free */
    struct bench *bench = bench_new();
    size_t files = 0;
    size_t fields = 0;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char relative[256];
        char folder[768];
        (void)snprintf(relative, sizeof relative, "data/windows-evtx-parser/osquery/%s",
                       folders[i]);
        (void)snprintf(folder, sizeof folder, "%s", kit_shared_path(relative));
        DIR *dir = opendir(folder);
        CHECK(dir);
        for (struct dirent *entry; (entry = readdir(dir));) {
            if (cord_str_ends(cord_str_from(entry->d_name), CORD_STR(".xml"))) {
                fields += run_file(bench, folder, entry->d_name);
                files++;
            }
        }
        (void)closedir(dir);
    }
    printf("osquery: %zu events, %zu fields compared, no difference\n", files, fields);
    CHECK(files > 0);
    bench_free(bench);
}

KIT_MAIN(KIT_TEST(names_values_as_the_log_does),
         KIT_TEST(says_what_is_null_and_what_is_in_an_array), KIT_TEST(resolves_references),
         KIT_TEST(keeps_control_characters), KIT_TEST(keeps_what_precedes_damage),
         KIT_TEST(bounds_depth_and_values), KIT_TEST(finds_events),
         KIT_TEST(reads_real_events_as_osquery_and_expat_do))
