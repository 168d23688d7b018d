/* test_unwrap_bulk.c: actions, their records, and what is answered for them. */
#include "ingest/unwrap_kinds.h"
#include "kit/kit.h"
#include "kit/kit_unwrap.h"

static cord_status run(struct cord_unwrap *unwrap, const char *body, const char *index,
                       struct cord_error *err)
{
    CHECK(cord_unwrap_init(unwrap, 65536));
    cord_status status = cord_unwrap_bulk.unwrap(&cord_unwrap_bulk, cord_str_from(body),
                                                 cord_str_from(index), unwrap, err);
    CHECK(!unwrap->failed);
    return status;
}

static void takes_the_line_behind_each_action(void)
{
    enum cord_unwrap_form form;
    struct cord_unwrap unwrap;
    CHECK(run(&unwrap,
              "{\"create\":{\"_index\":\"logs-nginx.access-rxa\"}}\n{\"a\":1}\n"
              "{\"create\":{\"_index\":\"logs-nginx.access-rxa\"}}\r\n{\"a\":2}\r\n\n"
              "{ \"index\" : { \"_id\" : \"7\" } }\n{\"a\":3}",
              "fallback", NULL) == CORD_OK);
    CHECK_U64(unwrap.items, 3);
    CHECK_STR(kit_unwrap_record(&unwrap, 1, &form), "{\"a\":2}");
    CHECK_STR(kit_unwrap_record(&unwrap, 2, &form), "{\"a\":3}");
    CHECK_STR(kit_unwrap_note(&unwrap, 0, "bulk.index"), "logs-nginx.access-rxa");
    CHECK_STR(kit_unwrap_note(&unwrap, 1, "bulk.dataset"), "nginx.access");
    CHECK_STR(kit_unwrap_note(&unwrap, 2, "bulk.index"), "fallback");
    CHECK(!kit_unwrap_note(&unwrap, 2, "bulk.dataset").ptr);
    CHECK_STR(cord_buf_str(&unwrap.answer), "2 create logs-nginx.access-rxa\n1 index fallback\n");
    cord_unwrap_done(&unwrap);
}

static void refuses_changes_item_by_item(void)
{
    struct cord_unwrap unwrap;
    CHECK(run(&unwrap,
              "{\"delete\":{\"_id\":\"1\"}}\n{\"update\":{\"_id\":\"1\"}}\n{\"doc\":{}}\n"
              "{\"create\":{}}\nnot json\n{\"create\":{}}\n{\"a\":1}\n{\"create\":{}}\n\n",
              "i", NULL) == CORD_OK);
    CHECK_U64(unwrap.items, 5);
    CHECK_U64(unwrap.refused[CORD_LOSS_FORBIDDEN], 2);
    CHECK_U64(unwrap.refused[CORD_LOSS_MALFORMED], 2);
    CHECK_U64(unwrap.runs[0].item_first, 3);
    CHECK_STR(cord_buf_str(&unwrap.answer), "1 delete i\n1 update i\n3 create i\n");
    cord_unwrap_done(&unwrap);
}

static void refuses_the_whole_for_a_wrong_action(void)
{
    static const char *const cases[] = {
        "",
        "\n\n",
        "{\"a\":1}\n{}\n",
        "[]\n{}\n",
        "{\"create\":7}\n{}\n",
        "{\"create\":{}}",
        "{\"create\":{\"_index\":7}}\n{}\n",
        "{\"create\":{\"_index\":\"a b\"}}\n{}\n",
        "{\"create\":{\"_index\":\"a\\nb\"}}\n{}\n",
        "{\"create\":{},\"index\":{}}\n{}\n",
        "{\"create\":{\"_index\":\"x\"}\n{}\n",
    };
    for (size_t at = 0; at < sizeof cases / sizeof *cases; at++) {
        struct cord_unwrap unwrap;
        struct cord_error err = {0};
        CHECK(run(&unwrap, cases[at], "", &err) == CORD_E_FORMAT);
        CHECK(err.text[0] != '\0');
        cord_unwrap_done(&unwrap);
    }
}

static void names_the_wrong_line(void)
{
    struct cord_unwrap unwrap;
    struct cord_error err = {0};
    CHECK(run(&unwrap, "{\"create\":{}}\n{}\nno\n{}\n", "", &err) == CORD_E_FORMAT);
    CHECK(strstr(err.text, "line [3]"));
    cord_unwrap_done(&unwrap);
}

static void bounds_the_items(void)
{
    struct cord_buf body;
    cord_buf_init(&body, 16 << 20);
    for (int at = 0; at <= 100000; at++) {
        if (at == 100000) {
            struct cord_unwrap unwrap;
            CHECK(cord_unwrap_init(&unwrap, 16 << 20));
            CHECK(cord_unwrap_bulk.unwrap(&cord_unwrap_bulk, cord_buf_str(&body), (cord_str){0},
                                          &unwrap, NULL) == CORD_OK);
            CHECK(!unwrap.failed);
            CHECK_U64(unwrap.items, 100000);
            cord_unwrap_done(&unwrap);
        }
        cord_buf_put_text(&body, "{\"create\":{}}\n{}\n");
    }
    struct cord_unwrap unwrap;
    CHECK(cord_unwrap_init(&unwrap, 16 << 20));
    CHECK(cord_unwrap_bulk.unwrap(&cord_unwrap_bulk, cord_buf_str(&body), (cord_str){0}, &unwrap,
                                  NULL) == CORD_E_FORMAT);
    cord_unwrap_done(&unwrap);
    cord_buf_done(&body);
}

KIT_MAIN(KIT_TEST(takes_the_line_behind_each_action), KIT_TEST(refuses_changes_item_by_item),
         KIT_TEST(refuses_the_whole_for_a_wrong_action), KIT_TEST(names_the_wrong_line),
         KIT_TEST(bounds_the_items))
