/* test_json_span.c: members as spans, and what is no container. */
#include "codec/json_span.h"

#include "kit/kit.h"

static void walks_an_object(void)
{
    cord_str text = CORD_STR(" {\"a\" : \"x\\\"}\" , \"b\":{\"c\":[1,\"]\"]}, \"n\":-1.5e3,"
                             "\"t\":true,\"f\":false,\"z\":null } tail");
    struct cord_json_walk walk;
    struct cord_json_span span;
    CHECK(cord_json_span_begin(&walk, text, 1));
    CHECK(cord_json_span_next(&walk, &span) == CORD_OK);
    CHECK_STR(span.name, "a");
    CHECK_STR(span.text, "x\\\"}");
    CHECK(span.kind == CORD_JSON_STRING && span.escaped);
    CHECK(cord_json_span_next(&walk, &span) == CORD_OK);
    CHECK_STR(span.raw, "{\"c\":[1,\"]\"]}");
    CHECK(span.kind == CORD_JSON_OBJECT);
    CHECK(cord_json_span_next(&walk, &span) == CORD_OK);
    CHECK(span.kind == CORD_JSON_NUMBER);
    CHECK_STR(span.text, "-1.5e3");
    CHECK(cord_json_span_next(&walk, &span) == CORD_OK && span.kind == CORD_JSON_TRUE);
    CHECK(cord_json_span_next(&walk, &span) == CORD_OK && span.kind == CORD_JSON_FALSE);
    CHECK(cord_json_span_next(&walk, &span) == CORD_OK && span.kind == CORD_JSON_NULL);
    CHECK(cord_json_span_next(&walk, &span) == CORD_E_END);
    CHECK_STR(cord_str_from_byte(text, walk.at), " tail");
}

static void walks_an_array(void)
{
    struct cord_json_walk walk;
    struct cord_json_span span;
    CHECK(cord_json_span_begin(&walk, CORD_STR("[ 1 , [] ]"), 0));
    CHECK(cord_json_span_next(&walk, &span) == CORD_OK);
    CHECK(span.kind == CORD_JSON_NUMBER && !span.name.ptr);
    CHECK(cord_json_span_next(&walk, &span) == CORD_OK && span.kind == CORD_JSON_ARRAY);
    CHECK(cord_json_span_next(&walk, &span) == CORD_E_END);
}

static void refuses_what_is_no_container(void)
{
    static const char *const cases[] = {
        "{",         "{\"a\"",    "{\"a\":",    "{\"a\":1",  "{a:1}",   "{\"a\":1 \"b\":2}",
        "{\"a\":x}", "{\"a\":-}", "{\"a\":1.}", "{\"a\":1e", "[1 2]",   "[1,]",
        "[\"x]",     "{\"a\":[}", "[tru]",      "[\"\\\"]",  "[\"\\\\", "{\"a\" 1}",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cord_json_walk walk;
        struct cord_json_span span;
        CHECK(cord_json_span_begin(&walk, cord_str_from(cases[i]), 0));
        cord_status status;
        do {
            status = cord_json_span_next(&walk, &span);
        } while (status == CORD_OK);
        CHECK(status == CORD_E_FORMAT);
    }
    struct cord_json_walk walk;
    CHECK(!cord_json_span_begin(&walk, CORD_STR("1"), 0));
    CHECK(!cord_json_span_begin(&walk, CORD_STR(""), 0));
}

static void tells_objects_from_text(void)
{
    CHECK(cord_json_span_is_object(CORD_STR(" {\"a\":1}\r\n")));
    CHECK(cord_json_span_is_object(CORD_STR("{}")));
    CHECK(!cord_json_span_is_object(CORD_STR("{\"a\":1} and more")));
    CHECK(!cord_json_span_is_object(CORD_STR("[1]")));
    CHECK(!cord_json_span_is_object(CORD_STR("{")));
    CHECK(!cord_json_span_is_object(CORD_STR("")));
}

KIT_MAIN(KIT_TEST(walks_an_object), KIT_TEST(walks_an_array),
         KIT_TEST(refuses_what_is_no_container), KIT_TEST(tells_objects_from_text))
