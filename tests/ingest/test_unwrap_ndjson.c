/* test_unwrap_ndjson.c: JSON however it is laid out. */
#include "ingest/unwrap_kinds.h"
#include "kit/kit.h"
#include "kit/kit_unwrap.h"

static struct cord_unwrap unwrapped(const char *body)
{
    struct cord_unwrap unwrap;
    CHECK(cord_unwrap_init(&unwrap, 4096));
    CHECK(cord_unwrap_ndjson.unwrap(&cord_unwrap_ndjson, cord_str_from(body), (cord_str){0},
                                    &unwrap, NULL) == CORD_OK);
    CHECK(!unwrap.failed);
    return unwrap;
}

static void leaves_lines_as_they_are(void)
{
    struct cord_unwrap unwrap = unwrapped("\xef\xbb\xbf\n{\"a\":1}\n{\"a\":2} \n broken\n");
    CHECK_U64(unwrap.items, 0);
    CHECK_STR(cord_buf_str(&unwrap.text), "{\"a\":1}\n{\"a\":2} \n broken\n");
    cord_unwrap_done(&unwrap);
}

static void takes_a_broken_line_for_a_line(void)
{
    struct cord_unwrap unwrap = unwrapped("{\"a\":\n{\"a\":2}");
    CHECK_U64(unwrap.runs[0].item_count, 0);
    cord_unwrap_done(&unwrap);
}

static void takes_documents_of_many_lines(void)
{
    enum cord_unwrap_form form;
    struct cord_unwrap unwrap = unwrapped("{\n\"a\":1\n}\n{\"b\":2}{\"c\":\n3},\x1e{}");
    CHECK_U64(unwrap.items, 4);
    CHECK_STR(kit_unwrap_record(&unwrap, 0, &form), "{ \"a\":1 }");
    CHECK_STR(kit_unwrap_record(&unwrap, 2, &form), "{\"c\": 3}");
    CHECK(form == CORD_UNWRAP_JSON);
    cord_unwrap_done(&unwrap);
}

static void takes_the_elements_of_arrays(void)
{
    enum cord_unwrap_form form;
    struct cord_unwrap unwrap = unwrapped("[{\"a\":1}, 7 ,{\"a\":[2]}]\n[{\"a\":3}]");
    CHECK_U64(unwrap.items, 4);
    CHECK_STR(kit_unwrap_record(&unwrap, 1, &form), "{\"a\":[2]}");
    CHECK_U64(unwrap.refusal_count, 1);
    CHECK_U64(unwrap.refusals[0].item, 1);
    CHECK_STR(unwrap.refusals[0].record, "7");
    cord_unwrap_done(&unwrap);
}

static void takes_wrappers_off(void)
{
    enum cord_unwrap_form form;
    struct cord_unwrap unwrap =
        unwrapped("{\"Records\":[ {\"a\":1},{\"a\":2}]}\n{\"hits\":{\"hits\":[{\"a\":3}]}}{}");
    CHECK_U64(unwrap.items, 4);
    CHECK_U64(unwrap.refusal_count, 0);
    CHECK_STR(kit_unwrap_record(&unwrap, 2, &form), "{\"a\":3}");
    cord_unwrap_done(&unwrap);
}

static void refuses_the_rest_of_a_cut_array_as_one(void)
{
    struct cord_unwrap unwrap = unwrapped("[{\"a\":1},{\"a\":2},{\"a\":");
    CHECK_U64(unwrap.items, 3);
    CHECK_U64(unwrap.refused[CORD_LOSS_MALFORMED], 1);
    CHECK_U64(unwrap.refusals[0].item, 2);
    cord_unwrap_done(&unwrap);
}

static void says_that_there_is_nothing(void)
{
    struct cord_unwrap unwrap;
    struct cord_error err;
    CHECK(cord_unwrap_init(&unwrap, 4096));
    CHECK(cord_unwrap_ndjson.unwrap(&cord_unwrap_ndjson, CORD_STR(" \n"), (cord_str){0}, &unwrap,
                                    &err) == CORD_E_FORMAT);
    cord_unwrap_done(&unwrap);
}

KIT_MAIN(KIT_TEST(leaves_lines_as_they_are), KIT_TEST(takes_a_broken_line_for_a_line),
         KIT_TEST(takes_documents_of_many_lines), KIT_TEST(takes_the_elements_of_arrays),
         KIT_TEST(takes_wrappers_off), KIT_TEST(refuses_the_rest_of_a_cut_array_as_one),
         KIT_TEST(says_that_there_is_nothing))
