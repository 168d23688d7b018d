/* test_api_events.c: single events, whose they are, and what stands around them. */
#include "kit/kit_api.h"

#include "kit/kit_store.h"

#include "evidence/store.h"

#include <stdio.h>

/* Thirty events a second apart, every third of RXB; packed or not. */
static void init(struct kit_api *kit, bool packed)
{
    kit_api_init(kit, NULL);
    struct cord_store *store = kit->options.ports.store;
    struct cord_evidence *evidence = cord_store_evidence(store);
    struct cord_rows *rows = cord_rows_new(64 << 20, 1);
    for (uint64_t n = 1; n <= 30; n++) {
        kit_store_add(rows, n % 3 ? "RXA" : "RXB", n % 10 ? "ward" : "lab", n);
    }
    CHECK(evidence->ops->append(evidence, rows, NULL) == CORD_OK);
    CHECK(evidence->ops->commit(evidence, NULL) == CORD_OK);
    CHECK(!packed || cord_store_flush(store, NULL) == CORD_OK);
    cord_rows_free(rows);
}

static struct kit_api_reply ask(struct kit_api *kit, const char *who, uint64_t sequence,
                                const char *behind)
{
    char request[100];
    char text[CORD_STORE_ID_TEXT];
    cord_str id = cord_store_id_format(kit->options.ports.store, sequence, text);
    (void)snprintf(request, sizeof request, "GET /events/%.*s%s", CORD_STR_ARG(id), behind);
    return kit_api_ask(kit, who, request, NULL, NULL);
}

static void shows_an_event_to_whose_it_is(void)
{
    struct kit_api kit;
    init(&kit, false);
    CHECK(kit_api_says(ask(&kit, "RXB", 3, ""), 200, "\"org\":\"RXB\""));
    CHECK(kit_api_says(ask(&kit, "nation", 3, ""), 200, "\"id\":\""));
    static const char *const paths[] = {"", "/context"};
    for (size_t i = 0; i < 2; i++) {
        char request[40];
        struct kit_api_reply hidden = ask(&kit, "RXA", 3, paths[i]);
        (void)snprintf(request, sizeof request, "GET /events/none%s", paths[i]);
        struct kit_api_reply missing = kit_api_ask(&kit, "RXA", request, NULL, NULL);
        CHECK_U64(hidden.status, 404);
        CHECK_STR_EQ(cord_buf_str(&hidden.text), cord_buf_str(&missing.text));
        kit_api_reply_done(&hidden);
        kit_api_reply_done(&missing);
    }
    kit_api_done(&kit);
}

/* The numbers of the items, "3 4 5", by what the rows say of themselves. */
static void numbers_of(cord_str body, char *into, size_t room)
{
    size_t len = 0;
    into[0] = '\0';
    for (size_t at = 0; (at = cord_str_find(body, CORD_STR("\"fields\":{\"n\":"), at)) != SIZE_MAX;
         at++) {
        size_t from = at + sizeof "\"fields\":{\"n\":" - 1;
        size_t end = cord_str_find_char(body, ',', from);
        CHECK(end != SIZE_MAX && len + 8 < room);
        len += (size_t)snprintf(into + len, room - len, "%s%.*s", len > 0 ? " " : "",
                                CORD_STR_ARG(cord_str_slice(body, from, end - from)));
    }
}

static void shows(struct kit_api *kit, const char *who, uint64_t sequence, const char *behind,
                  const char *wanted)
{
    char numbers[400];
    struct kit_api_reply reply = ask(kit, who, sequence, behind);
    CHECK_U64(reply.status, 200);
    numbers_of(reply.body, numbers, sizeof numbers);
    CHECK_STR_EQ(cord_str_from(numbers), cord_str_from(wanted));
    kit_api_reply_done(&reply);
}

static void shows_what_came_before_and_behind(void)
{
    for (size_t packed = 0; packed < 2; packed++) {
        struct kit_api kit;
        init(&kit, packed == 1);
        /* Of RXA's ward: neither others' events nor those of another source. */
        shows(&kit, "RXA", 11, "/context?each=3", "5 7 8 11 13 14 16");
        shows(&kit, "nation", 11, "/context?each=3", "5 7 8 11 13 14 16");
        shows(&kit, "RXA", 1, "/context?each=2", "1 2 4");
        shows(&kit, "RXA", 29, "/context?each=2", "26 28 29");
        shows(&kit, "RXB", 30, "/context", "30");
        CHECK(kit_api_says(ask(&kit, "RXA", 11, "/context?each=3"), 200,
                           "\"by\":\"source\",\"of\":\"ward\",\"before\":3,\"behind\":3,"
                           "\"damaged\":0"));
        CHECK(kit_api_says(ask(&kit, "RXA", 11, "/context?each=201"), 400, "each"));
        CHECK(kit_api_says(ask(&kit, "RXA", 11, "/context?each=0"), 400, "each"));
        CHECK(kit_api_says(ask(&kit, "RXA", 11, "/context?by=host"), 400, "names no host"));
        kit_api_done(&kit);
    }
}

/* A second by which a hundred events came: their order is that in which they came. */
static void keeps_the_order_of_events_of_one_time(void)
{
    for (size_t packed = 0; packed < 2; packed++) {
        struct kit_api kit;
        kit_api_init(&kit, NULL);
        struct cord_store *store = kit.options.ports.store;
        struct cord_evidence *evidence = cord_store_evidence(store);
        struct cord_rows *from = cord_rows_new(1 << 20, 1);
        struct cord_rows *rows = cord_rows_new(1 << 20, 1);
        for (uint64_t n = 1; n <= 100; n++) {
            cord_rows_reset(from);
            kit_store_add(from, "RXA", "ward", n);
            struct cord_row row = *cord_rows_at(from, 0);
            uint32_t fields[4];
            for (uint32_t i = 0; i < 4; i++) {
                size_t count = 0;
                const cord_str *names = cord_rows_names(from, row.spans[i].field, &count);
                CHECK(cord_rows_field(rows, names, count, &fields[i]) == CORD_OK);
            }
            struct cord_span spans[4];
            for (uint32_t i = 0; i < 4; i++) {
                spans[i] = row.spans[i];
                spans[i].field = fields[i] & 0xffffffu;
            }
            row.spans = spans;
            row.time_ns = (int64_t)(n <= 2 ? 1 : n >= 99 ? 9 : 5) * CORD_SECOND_NS;
            CHECK(cord_rows_origin(rows, cord_rows_origin_at(from, 0), &row.origin) == CORD_OK);
            CHECK(cord_rows_add(rows, &row) == CORD_OK);
        }
        CHECK(evidence->ops->append(evidence, rows, NULL) == CORD_OK);
        CHECK(evidence->ops->commit(evidence, NULL) == CORD_OK);
        CHECK(packed == 0 || cord_store_flush(store, NULL) == CORD_OK);
        shows(&kit, "RXA", 50, "/context?each=3", "47 48 49 50 51 52 53");
        shows(&kit, "RXA", 3, "/context?each=4", "1 2 3 4 5 6 7");
        shows(&kit, "RXA", 97, "/context?each=3", "94 95 96 97 98 99 100");
        shows(&kit, "RXA", 100, "/context?each=3", "97 98 99 100");
        shows(&kit, "RXA", 1, "/context?each=3", "1 2 3 4");
        cord_rows_free(rows);
        cord_rows_free(from);
        kit_api_done(&kit);
    }
}

KIT_MAIN(KIT_TEST(shows_an_event_to_whose_it_is), KIT_TEST(shows_what_came_before_and_behind),
         KIT_TEST(keeps_the_order_of_events_of_one_time))
