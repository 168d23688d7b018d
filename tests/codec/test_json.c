/* A document is written out as "name kind[flags] value" lines, so that a test
 * reads like a table. */
#include "kit/kit.h"

#include "base/buf.h"
#include "codec/json.h"

#include <stdlib.h>

enum { VALUES_MAX = 4096 };

struct world {
    struct cord_paths *paths;
    struct cord_json_reader *reader;
    struct cord_values values;
    struct cord_error err;
    struct cord_buf shown;
    char *text; /* the last text read, with its padding */
};

static void world_init(struct world *world, enum cord_cpu_level level)
{
    *world = (struct world){
        .paths = cord_paths_new(7),
        .reader = cord_json_reader_new(level),
        .values = {.items = calloc(VALUES_MAX, sizeof(struct cord_value)), .max = VALUES_MAX},
    };
    cord_buf_init(&world->shown, 1 << 20);
    assert_non_null(world->paths);
    assert_non_null(world->reader);
    assert_non_null(world->values.items);
}

static void world_done(struct world *world)
{
    cord_paths_free(world->paths);
    cord_json_reader_free(world->reader);
    free(world->values.items);
    cord_buf_done(&world->shown);
    free(world->text);
}

/* Quotes behind the text: a reader that looks too far would take them. */
static cord_str padded(struct world *world, cord_str text)
{
    free(world->text);
    world->text = malloc(text.len + CORD_JSON_PADDING);
    assert_non_null(world->text);
    if (text.len > 0) {
        memcpy(world->text, text.ptr, text.len);
    }
    memset(world->text + text.len, '"', CORD_JSON_PADDING);
    return (cord_str){world->text, text.len};
}

static cord_str show(struct world *world)
{
    static const char kinds[] = "TNtfnE";
    cord_buf_clear(&world->shown);
    for (size_t i = 0; i < world->values.count; i++) {
        const struct cord_value *value = &world->values.items[i];
        cord_buf_put(&world->shown, cord_paths_text(world->paths, value->path));
        cord_buf_printf(&world->shown, " %c%s%s%s ", kinds[value->kind],
                        value->flags & CORD_VALUE_ESCAPED ? "e" : "",
                        value->flags & CORD_VALUE_IN_ARRAY ? "a" : "",
                        value->flags & CORD_VALUE_ASCII ? "" : "8");
        cord_buf_put(&world->shown, cord_value_str(value));
        cord_buf_put_char(&world->shown, '\n');
    }
    return cord_buf_str(&world->shown);
}

static cord_status flatten(struct world *world, cord_str text)
{
    world->values.count = 0;
    world->err.text[0] = '\0';
    return cord_json_flatten(world->reader, padded(world, text), world->paths, CORD_PATH_ROOT,
                             &world->values, &world->err);
}

struct row {
    cord_str text;
    cord_str wanted; /* as shown, or the error */
};
#define ROW(text, wanted)                                                                          \
    {                                                                                              \
        {(text), sizeof(text) - 1},                                                                \
        {                                                                                          \
            (wanted), sizeof(wanted) - 1                                                           \
        }                                                                                          \
    }

/* Each row on each level, and twice: the second time the shape is known. */
static void check_rows(const struct row *rows, size_t count, cord_status status)
{
    for (int level = 0; level < CORD_CPU_LEVELS; level++) {
        struct world world;
        world_init(&world, (enum cord_cpu_level)level);
        for (size_t i = 0; i < 2 * count; i++) {
            const struct row *row = &rows[i % count];
            cord_status got = flatten(&world, row->text);
            if (got != status) {
                print_error("%.*s: %s\n", CORD_STR_ARG(row->text), world.err.text);
            }
            CHECK(got == status);
            CHECK_STR_EQ(status == CORD_OK ? show(&world) : cord_str_from(world.err.text),
                         row->wanted);
        }
        world_done(&world);
    }
}

static void flattens_what_json_can_say(void)
{
    static const struct row rows[] = {
        ROW("{}", ""),
        ROW("[]", ""),
        ROW(" \n{ }\r\n", ""),
        ROW("{\"a\":\"x\"}", "a T x\n"),
        ROW("{\"a\":\"\"}", "a T \n"),
        ROW("{\"\":\"x\"}", " T x\n"),
        ROW("{\"a\":1,\"b\":-1.5e+7,\"c\":12345678,\"d\":1234567,\"e\":0}",
            "a N 1\nb N -1.5e+7\nc N 12345678\nd N 1234567\ne N 0\n"),
        ROW("{\"a\":123456789012345678901234567890,\"b\":0.10}",
            "a N 123456789012345678901234567890\nb N 0.10\n"),
        ROW("{\"a\":-9223372036854775808,\"b\":12345678,\"c\":-0,\"d\":1234567890123456}",
            "a N -9223372036854775808\nb N 12345678\nc N -0\nd N 1234567890123456\n"),
        ROW("{\"a\":12345678901234567890123,\"b\":123456789012345678901234,\"c\":1}",
            "a N 12345678901234567890123\nb N 123456789012345678901234\nc N 1\n"),
        ROW("{\"a\":1234567890123456789012345,\"b\":-12345678.5,\"c\":false,\"d\":1}",
            "a N 1234567890123456789012345\nb N -12345678.5\nc f false\nd N 1\n"),
        ROW("{\"a\":true,\"b\":false,\"c\":null}", "a t true\nb f false\nc n null\n"),
        ROW("{\"a\":{\"b\":{\"c\":\"x\"},\"d\":1}}", "a.b.c T x\na.d N 1\n"),
        ROW("{\"a\":[\"x\",2,null]}", "a Ta x\na Na 2\na na null\n"),
        ROW("{\"a\":[{\"b\":1},{\"b\":2,\"c\":\"x\"}],\"d\":3}",
            "a.b Na 1\na.b Na 2\na.c Ta x\nd N 3\n"),
        ROW("{\"a\":[[1,[2]],[]],\"b\":1}", "a Na 1\na Na 2\na Ea []\nb N 1\n"),
        ROW("{\"a\":{},\"b\":[],\"c\":{ },\"d\":[\n]}", "a E {}\nb E []\nc E { }\nd E [\n]\n"),
        ROW("[1,\"x\",{\"a\":2}]", " Na 1\n Ta x\na Na 2\n"),
        ROW("{\"a\" : \"x\" , \"b\" :\t1 }", "a T x\nb N 1\n"),
        ROW("{\"a\": \"x\", \"b\": 1, \"c\": \"y\"}", "a T x\nb N 1\nc T y\n"),
        ROW("{\n  \"a\": \"x\",\n  \"b\": {\n    \"c\": 7\n  }\n}\n", "a T x\nb.c N 7\n"),
        ROW("{\"a\":\"1\",\"a\":\"2\"}", "a T 1\na T 2\n"),
    };
    check_rows(rows, sizeof rows / sizeof rows[0], CORD_OK);
}

static void leaves_strings_as_they_are(void)
{
    static const struct row rows[] = {
        ROW("{\"a\":\"C:\\\\x\\\\\",\"b\":\"y\"}", "a Te C:\\\\x\\\\\nb T y\n"),
        ROW("{\"a\":\"say \\\"x\\\"\",\"b\":\"\\\\\\\"\"}", "a Te say \\\"x\\\"\nb Te \\\\\\\"\n"),
        ROW("{\"a\":\"{[,:]}\",\"b\":\"x\"}", "a T {[,:]}\nb T x\n"),
        ROW("{\"a\":\"\\u00e9\",\"b\":\"\xc3\xa9\"}", "a Te \\u00e9\nb T8 \xc3\xa9\n"),
        ROW("{\"a\":\"\xff\xfe\",\"b\":\"\\q\"}", "a T8 \xff\xfe\nb Te \\q\n"),
        ROW("{\"a\":\"x\ny\",\"b\":\"\t\x01\"}", "a T x\ny\nb T \t\x01\n"),
        ROW("{\"a\\u0062c\":1,\"d\\\\e\":{\"f\":\"x\"}}", "abc N 1\nd\\e.f T x\n"),
        ROW("{\"a name that is longer than thirty-two bytes\":1}",
            "a name that is longer than thirty-two bytes N 1\n"),
        ROW("{\"a name that is longer than thirty-two\":1}",
            "a name that is longer than thirty-two N 1\n"),
        ROW("{\"exactly thirty-two bytes of name\":1}", "exactly thirty-two bytes of name N 1\n"),
    };
    check_rows(rows, sizeof rows / sizeof rows[0], CORD_OK);
}

static void says_where_and_what_is_wrong(void)
{
    static const struct row rows[] = {
        ROW("", "byte 0: no '{' or '['"),
        ROW("1", "byte 0: no '{' or '['"),
        ROW("\"a\"", "byte 0: no '{' or '['"),
        ROW("{", "byte 1: ends where a name in quotes should stand"),
        ROW("[", "byte 1: ends where a value should stand"),
        ROW("{\"a", "byte 3: ends where the end of a string should stand"),
        ROW("{\"a\"", "byte 4: ends where ':' behind a name should stand"),
        ROW("{\"a\":", "byte 5: ends where a value should stand"),
        ROW("{\"a\":\"", "byte 6: ends where the end of a string should stand"),
        ROW("{\"a\":\"x\\\"", "byte 9: ends where the end of a string should stand"),
        ROW("{\"a\":1", "byte 6: ends where ',' or '}' should stand"),
        ROW("{\"a\":1,}", "byte 7: '}' where a name in quotes should stand"),
        ROW("{\"a\":\"x\",}", "byte 9: '}' where a name in quotes should stand"),
        ROW("{\"a\":\"x\",", "byte 9: ends where a name in quotes should stand"),
        ROW("{\"a\":1]", "byte 6: ']' where ',' or '}' should stand"),
        ROW("[1}", "byte 2: '}' where ',' or ']' should stand"),
        ROW("[1 2]", "byte 3: '2' where ',' or ']' should stand"),
        ROW("{\"a\":\"x\" \"b\":1}", "byte 9: '\"' where ',' or '}' should stand"),
        ROW("{a:1}", "byte 1: 'a' where a name in quotes should stand"),
        ROW("{\"a\" 1}", "byte 5: '1' where ':' behind a name should stand"),
        ROW("{\"a\":01}", "byte 5: '0' where a value should stand"),
        ROW("{\"a\":00,\"b\":1}", "byte 5: '0' where a value should stand"),
        ROW("{\"a\":1.}", "byte 5: '1' where a number with digits behind its point should stand"),
        ROW("{\"a\":1e}", "byte 5: '1' where a number with digits in its exponent should stand"),
        ROW("{\"a\":-}", "byte 5: '-' where a value should stand"),
        ROW("{\"a\":+1}", "byte 5: '+' where a value should stand"),
        ROW("{\"a\":.5}", "byte 5: '.' where a value should stand"),
        ROW("{\"a\":1x}", "byte 6: 'x' where ',' or '}' should stand"),
        ROW("{\"a\":tru}", "byte 5: 't' where a value should stand"),
        ROW("{\"a\":truex}", "byte 9: 'x' where ',' or '}' should stand"),
        ROW("{\"a\":nullx,\"b\":1}", "byte 9: 'x' where ',' or '}' should stand"),
        ROW("{\"a\":falsy,\"b\":1}", "byte 5: 'f' where a value should stand"),
        ROW("{\"a\":-01,\"b\":1}", "byte 5: '-' where a value should stand"),
        ROW("{\"a\":fals", "byte 5: 'f' where a value should stand"),
        ROW("{\"a\":123456789012345678901234", "byte 29: ends where ',' or '}' should stand"),
        ROW("{\"a\":NaN}", "byte 5: 'N' where a value should stand"),
        ROW("{\"a\":\x01}", "byte 5: 0x01 where a value should stand"),
        ROW("{\"a\":1}}", "byte 7: more behind the document"),
        ROW("{\"a\":1} x", "byte 7: more behind the document"),
        ROW("{\"a\":1,\nb\":1}", "byte 8: 'b' where a name in quotes should stand"),
        ROW("{\n\"a\":1,\n?b\":\"x\"}", "byte 9: '?' where a name in quotes should stand"),
        ROW("{\\\"a\":1}", "byte 1: '\\' where a name in quotes should stand"),
    };
    check_rows(rows, sizeof rows / sizeof rows[0], CORD_E_FORMAT);
}

/* Every start of a good document is refused, and nothing behind it is taken. */
static void refuses_every_cut_of_a_document(void)
{
    cord_str whole = CORD_STR("{\"Image\":\"C:\\\\a.exe\",\"n\":12, \"o\":{\"k\":[1,\"x\",{}]},"
                              "\"t\":true,\"u\":1234567,\"v\":\"\xc3\xa9\",\"z\":-0.5}");
    for (int level = 0; level < CORD_CPU_LEVELS; level++) {
        struct world world;
        world_init(&world, (enum cord_cpu_level)level);
        CHECK(flatten(&world, whole) == CORD_OK);
        for (size_t len = 0; len < whole.len; len++) {
            CHECK(flatten(&world, cord_str_slice(whole, 0, len)) == CORD_E_FORMAT);
            CHECK_U64(world.values.count, 0);
        }
        world_done(&world);
    }
}

static void holds_its_limits(void)
{
    struct world world;
    world_init(&world, CORD_CPU_AVX512);
    char text[4 * CORD_JSON_DEPTH_MAX];
    for (size_t depth = CORD_JSON_DEPTH_MAX; depth <= CORD_JSON_DEPTH_MAX + 1; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        cord_status status = flatten(&world, (cord_str){text, 2 * depth});
        CHECK(status == (depth > CORD_JSON_DEPTH_MAX ? CORD_E_UNSUPPORTED : CORD_OK));
    }
    world.values.max = 2;
    CHECK(flatten(&world, CORD_STR("{\"a\":\"x\",\"b\":\"y\"}")) == CORD_OK);
    CHECK(flatten(&world, CORD_STR("{\"a\":\"x\",\"b\":\"y\",\"c\":\"z\"}")) == CORD_E_LIMIT);
    CHECK(flatten(&world, CORD_STR("{\"a\":[1,2,3]}")) == CORD_E_LIMIT);
    CHECK_U64(world.values.count, 0);
    world_done(&world);
}

/* Strings and documents that lie across the stretches the index is made of. */
static void reads_across_the_windows_of_the_index(void)
{
    struct cord_buf text;
    cord_buf_init(&text, 16 << 20);
    for (size_t doc = 0; doc < 40; doc++) {
        cord_buf_printf(&text, "{\"n\":%zu,\"long\":\"", doc);
        for (size_t i = 0; i < doc * 97; i++) {
            cord_buf_put_text(&text, i % 5 == 0 ? "\\\\\\\"" : "ab\xc3\xa9\n");
        }
        cord_buf_put_text(&text, "\",\"tail\":[true,\"\\\\\"]}\n\n");
    }
    for (int level = 0; level < CORD_CPU_LEVELS; level++) {
        struct world world;
        world_init(&world, (enum cord_cpu_level)level);
        cord_str whole = padded(&world, cord_buf_str(&text));
        cord_json_begin(world.reader, whole, world.paths, false);
        size_t at = 0;
        for (size_t doc = 0; doc < 40; doc++) {
            world.values.count = 0;
            CHECK(cord_json_next(world.reader, &at, CORD_PATH_ROOT, &world.values, NULL) ==
                  CORD_OK);
            CHECK_U64(world.values.count, 4);
            CHECK_U64(world.values.items[1].len,
                      (doc * 97 + 4) / 5 * 4 + (doc * 97 - (doc * 97 + 4) / 5) * 5);
            CHECK_U64(world.values.items[1].flags,
                      doc == 0 ? CORD_VALUE_ASCII : CORD_VALUE_ESCAPED);
            CHECK_U64(world.values.items[3].flags,
                      CORD_VALUE_ASCII | CORD_VALUE_ESCAPED | CORD_VALUE_IN_ARRAY);
            at += 2;
        }
        CHECK_U64(at, whole.len);
        world_done(&world);
    }
    cord_buf_done(&text);
}

/* However members are written, and where one manner gives way to another. */
static void reads_members_in_either_manner(void)
{
    static const char *const colons[] = {":", ": ", " : ", ":  "};
    static const char *const commas[] = {",", ", ", " ,", ",  "};
    static const char *const values[] = {"\"text\"", "1",  "12345678", "-3",       "1.5",  "true",
                                         "null",     "{}", "[]",       "\"\\\"\"", "\"\"", "0"};
    enum { VALUES = sizeof values / sizeof values[0], MANNERS = 16 };
    struct world world;
    struct cord_buf text;
    world_init(&world, CORD_CPU_AVX512);
    cord_buf_init(&text, 4096);
    for (size_t doc = 0; doc < (size_t)MANNERS * MANNERS * VALUES; doc++) {
        size_t first = doc % MANNERS;
        size_t second = doc / MANNERS % MANNERS;
        cord_buf_clear(&text);
        world.values.count = 0;
        cord_buf_put_text(&text, "{");
        for (size_t i = 0; i < VALUES; i++) {
            size_t manner = i < doc / MANNERS / MANNERS ? first : second;
            cord_buf_printf(&text, "%s\"n%zu\"%s%s", i == 0 ? "" : commas[manner / 4], i,
                            colons[manner % 4], values[(i + doc) % VALUES]);
        }
        cord_buf_put_text(&text, "}");
        cord_str whole = padded(&world, cord_buf_str(&text));
        CHECK(cord_json_flatten(world.reader, whole, world.paths, CORD_PATH_ROOT, &world.values,
                                NULL) == CORD_OK);
        CHECK_U64(world.values.count, VALUES);
        for (size_t i = 0; i < VALUES; i++) {
            const struct cord_value *value = &world.values.items[i];
            cord_str wanted = cord_str_from(values[(i + doc) % VALUES]);
            if (cord_str_starts(wanted, CORD_STR("\""))) {
                wanted = cord_str_slice(wanted, 1, wanted.len - 2);
            }
            CHECK(cord_str_eq(cord_value_str(value), wanted));
            CHECK_U64(value->path, world.values.items[0].path + i);
        }
    }
    cord_buf_done(&text);
    world_done(&world);
}

/* A byte that is no ASCII in each window, and strings and numbers on all sides
 * of where windows meet. */
static void knows_which_values_are_ascii(void)
{
    enum { MEMBERS = 700, EVERY = 61, EACH = 40 };
    struct world world;
    struct cord_buf text;
    world_init(&world, CORD_CPU_AVX512);
    cord_buf_init(&text, MEMBERS * EACH);
    for (size_t shift = 0; shift < 300; shift++) {
        cord_buf_clear(&text);
        world.values.count = 0;
        cord_buf_printf(&text, "{\"%.*s\":0", (int)shift % 40 + 1,
                        "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz");
        for (size_t i = 1; i < MEMBERS; i++) {
            if (i % EVERY == shift % EVERY) {
                cord_buf_printf(&text, ",\"n%03zu\":\"%.*s\xc3\xa9\"", i, (int)(i % 20),
                                "abcdefghijklmnopqrstuvwxyz");
            } else if ((i + shift / 40) % 2 == 0) {
                cord_buf_printf(&text, ",\"n%03zu\":%zu", i, i * i * i);
            } else {
                cord_buf_printf(&text, ",\"n%03zu\":\"%.*s\"", i, (int)(i % 20),
                                "abcdefghijklmnopqrstuvwxyz");
            }
        }
        cord_buf_put_text(&text, "}");
        cord_str whole = padded(&world, cord_buf_str(&text));
        CHECK(cord_json_flatten(world.reader, whole, world.paths, CORD_PATH_ROOT, &world.values,
                                NULL) == CORD_OK);
        CHECK_U64(world.values.count, MEMBERS);
        for (size_t i = 1; i < MEMBERS; i++) {
            CHECK_U64(world.values.items[i].flags,
                      i % EVERY == shift % EVERY ? 0 : CORD_VALUE_ASCII);
        }
    }
    cord_buf_done(&text);
    world_done(&world);
}

static void ends_a_document_with_its_line_when_asked(void)
{
    struct world world;
    world_init(&world, CORD_CPU_AVX512);
    cord_str text = padded(&world, CORD_STR("{\"a\":\"x\n{\"b\":1,\n\"c\":2}\n{\"d\":3}"));
    cord_json_begin(world.reader, text, world.paths, true);
    size_t at = 0;
    CHECK(cord_json_next(world.reader, &at, 0, &world.values, &world.err) == CORD_E_FORMAT);
    CHECK_STR(cord_str_from(world.err.text), "byte 7: 0x0a where the end of a string should stand");
    at = 8;
    CHECK(cord_json_next(world.reader, &at, 0, &world.values, &world.err) == CORD_E_FORMAT);
    CHECK_STR(cord_str_from(world.err.text), "byte 7: 0x0a where a name in quotes should stand");
    CHECK_U64(at, 8);
    at = 23;
    CHECK(cord_json_next(world.reader, &at, 0, &world.values, &world.err) == CORD_OK);
    CHECK_U64(at, text.len);
    CHECK_STR(show(&world), "d N 3\n");
    /* Back to the first: the index is asked for again. */
    at = 16;
    CHECK(cord_json_next(world.reader, &at, 0, &world.values, &world.err) == CORD_E_FORMAT);
    world_done(&world);
}

static void forgets_numbers_when_the_paths_are_reset(void)
{
    struct world world;
    world_init(&world, CORD_CPU_AVX512);
    CHECK(flatten(&world, CORD_STR("{\"a\":1,\"b\":2}")) == CORD_OK);
    cord_paths_reset(world.paths);
    CHECK(flatten(&world, CORD_STR("{\"b\":1,\"a\":2}")) == CORD_OK);
    CHECK_STR(show(&world), "b N 1\na N 2\n");
    world_done(&world);
}

/* A tree that is freed may give its address to the next one. */
static void forgets_numbers_when_the_paths_are_others(void)
{
    struct world world;
    world_init(&world, CORD_CPU_AVX512);
    for (int i = 0; i < 4; i++) {
        CHECK(flatten(&world, CORD_STR("{\"a\":1,\"b\":2}")) == CORD_OK);
        CHECK_STR(show(&world), "a N 1\nb N 2\n");
        cord_paths_free(world.paths);
        world.paths = cord_paths_new(7);
        assert_non_null(world.paths);
        CHECK(flatten(&world, CORD_STR("{\"b\":1,\"a\":2}")) == CORD_OK);
        CHECK_STR(show(&world), "b N 1\na N 2\n");
        cord_paths_free(world.paths);
        world.paths = cord_paths_new(7);
        assert_non_null(world.paths);
    }
    world_done(&world);
}

static void tells_names_apart_that_share_a_place(void)
{
    struct world world;
    world_init(&world, CORD_CPU_AVX512);
    struct cord_buf text;
    struct cord_buf wanted;
    cord_buf_init(&text, 8 << 20);
    cord_buf_init(&wanted, 8 << 20);
    for (int doc = 0; doc < 5; doc++) {
        cord_buf_clear(&text);
        cord_buf_clear(&wanted);
        for (int i = 0; i < 4000; i++) {
            int name = doc * 3000 + (i * 7919) % 4000;
            cord_buf_printf(&text, "%c\"name%06d\":%d", i == 0 ? '{' : ',', name, i);
            cord_buf_printf(&wanted, "name%06d N %d\n", name, i);
        }
        cord_buf_put_char(&text, '}');
        CHECK(flatten(&world, cord_buf_str(&text)) == CORD_OK);
        CHECK_STR_EQ(show(&world), cord_buf_str(&wanted));
    }
    cord_buf_done(&text);
    cord_buf_done(&wanted);
    world_done(&world);
}

KIT_MAIN(KIT_TEST(flattens_what_json_can_say), KIT_TEST(leaves_strings_as_they_are),
         KIT_TEST(says_where_and_what_is_wrong), KIT_TEST(refuses_every_cut_of_a_document),
         KIT_TEST(holds_its_limits), KIT_TEST(reads_across_the_windows_of_the_index),
         KIT_TEST(reads_members_in_either_manner), KIT_TEST(knows_which_values_are_ascii),
         KIT_TEST(ends_a_document_with_its_line_when_asked),
         KIT_TEST(forgets_numbers_when_the_paths_are_reset),
         KIT_TEST(forgets_numbers_when_the_paths_are_others),
         KIT_TEST(tells_names_apart_that_share_a_place))
