/* test_api_national.c: the national picture: what it comes to, who sees what of it, and when. */
#include "kit/kit_api.h"

#include <stdio.h>

#define BODY(code, role, region, marking)                                                          \
    "{\"kind\":\"org.upsert\",\"subject\":\"org:" code                                             \
    "\",\"method\":\"return\",\"valid_from\":\"2010-01-01T00:00:00Z\",\"marking\":\"" marking      \
    "\",\"value\":{\"name\":\"N " code "\",\"role\":\"" role "\",\"region\":\"" region             \
    "\",\"opened\":\"2010-01-01\"}}"
#define STATUS(code, state)                                                                        \
    "{\"kind\":\"status.claim\",\"subject\":\"org:" code "\",\"value\":{\"state\":\"" state        \
    "\",\"reason\":\"a \\\"word\\\"\"},\"method\":\"return\"}"
#define ONE(claim) "{\"claims\":[" claim "]}"
#define AT         "at=2017-05-12T08:00:0"

static bool says(struct kit_api *kit, const char *login, const char *query, const char *text)
{
    char request[200];
    (void)snprintf(request, sizeof request, "GET /picture?%s", query);
    return kit_api_says(kit_api_ask(kit, login, request, NULL, NULL), 200, text);
}

static bool says_not(struct kit_api *kit, const char *login, const char *query, const char *text)
{
    char request[200];
    (void)snprintf(request, sizeof request, "GET /picture?%s", query);
    struct kit_api_reply reply = kit_api_ask(kit, login, request, NULL, NULL);
    bool not = reply.status == 200 && cord_str_find(reply.body, cord_str_from(text), 0) == SIZE_MAX;
    kit_api_reply_done(&reply);
    return not ;
}

static void init(struct kit_api *kit)
{
    static const char register_of_all[] = ONE(
        BODY("Y1", "region", "Y1", "TLP:CLEAR") "," BODY("RXA", "trust", "Y1", "TLP:AMBER") "," //
        BODY("RXB", "trust", "Y1", "TLP:AMBER") "," BODY("RXC", "trust", "Y2", "TLP:GREEN") "," //
        BODY("P1", "practice", "Y1", "TLP:GREEN"));
    kit_api_init(kit, NULL);
    CHECK(kit_api_says(kit_api_ask(kit, "nation", "POST /claims", NULL, register_of_all), 201, ""));
    CHECK(kit_api_says(
        kit_api_ask(kit, "RXA", "POST /claims", NULL, ONE(STATUS("RXA", "infected"))), 201, ""));
    CHECK(kit_api_says(
        kit_api_ask(kit, "RXB", "POST /claims", NULL, ONE(STATUS("RXB", "disrupted"))), 201, ""));
}

static void shows_how_everything_is(void)
{
    struct kit_api kit;
    init(&kit);
    CHECK(says(
        &kit, "nation", AT "1Z",
        "{\"as_of\":\"2017-05-12T08:00:01.000Z\",\"role\":\"trust\",\"sentence\":{\"key\":"
        "\"affected\",\"of\":3,\"numbers\":[{\"name\":\"infected\",\"value\":1,\"claims\":[\""));
    CHECK(says(&kit, "nation", AT "1Z", "\"completeness\":{\"expected\":3,\"reporting\":2}"));
    CHECK(says(&kit, "nation", AT "1Z",
               "\"roles\":[{\"role\":\"trust\",\"states\":{\"infected\":1,\"disrupted\":1,"
               "\"unknown\":1}},{"
               "\"role\":\"practice\",\"states\":{\"unknown\":1}}]"));
    CHECK(says(&kit, "nation", AT "1Z",
               "{\"code\":\"Y1\",\"name\":\"N Y1\",\"states\":{\"infected\":1,\"disrupted\":1},"
               "\"organisations\":[{\"code\":\"RXA\",\"name\":\"N RXA\",\"role\":\"trust\","
               "\"state\":\"infected\",\"since\":\"2017-05-12T08:00:00.000Z\",\"claim\":"));
    CHECK(says(&kit, "nation", AT "1Z",
               "{\"code\":\"Y2\",\"name\":\"\",\"states\":{\"unknown\":1},\"organisations\":[{"
               "\"code\":\"RXC\",\"name\":\"N RXC\",\"role\":\"trust\",\"state\":\"unknown\","
               "\"since\":null,\"claim\":null,\"reporting\":false}]}"));
    CHECK(says(&kit, "nation", AT "1Z&role=practice", "\"code\":\"P1\""));
    CHECK(says(&kit, "nation", AT "1Z&area=Y2", "\"of\":1"));
    CHECK(says(&kit, "nation", AT "1Z&role=all", "\"of\":4"));
    CHECK(says(&kit, "nation", AT "1Z", "\"figures\":[{\"id\":\"trusts.total\""));
    kit_api_done(&kit);
}

static void tells_what_changed(void)
{
    struct kit_api kit;
    init(&kit);
    CHECK(says(&kit, "nation", AT "1Z",
               "\"kind\":\"status.claim\",\"subject\":\"org:RXB\","
               "\"organisation\":\"RXB\",\"name\":\"N RXB\",\"state\":"
               "\"disrupted\",\"who\":\"org:RXB\",\"text\":\"a "
               "\\\"word\\\"\"},{\"time\":"));
    CHECK(says(&kit, "nation", AT "1Z", "\"changes_since\":\"2017-05-12T07:00:01.000Z\""));
    CHECK(says(&kit, "nation", AT "1Z", "\"marks\":[{\"time\":"));
    CHECK(says(&kit, "nation", AT "1Z", "\"changes\":2}]"));
    CHECK(says(&kit, "nation", "at=2017-05-12T09:00:01Z", "\"changes\":[]"));
    CHECK(says(&kit, "nation", "at=2017-05-12T07:59:59Z", "\"key\":\"unknown\",\"of\":0"));
    CHECK(says(&kit, "nation", "at=2017-05-12T07:59:59Z", "\"changes\":[]"));
    kit_api_done(&kit);
}

static void shows_each_what_it_may_see(void)
{
    struct kit_api kit;
    init(&kit);
    CHECK(says(&kit, "RXA", AT "1Z", "\"of\":2,\"numbers\":[{\"name\":\"infected\",\"value\":1,"));
    CHECK(says_not(&kit, "RXA", AT "1Z", "RXB"));
    CHECK(says_not(&kit, "RXA", AT "1Z", "disrupted\":"));
    CHECK(says(&kit, "RXA", AT "1Z", "\"changes\":1}]"));
    CHECK(says_not(&kit, "RXB", AT "1Z", "RXA"));
    CHECK(kit_api_says(kit_api_ask(&kit, "nobody", "GET /picture", NULL, NULL), 403, ""));
    CHECK(kit_api_says(kit_api_ask(&kit, NULL, "GET /picture", NULL, NULL), 401, ""));
    /* Asked about another's area it is as about one that is not there. */
    CHECK(says(&kit, "RXA", AT "1Z&area=none", "\"of\":0"));
    kit_api_done(&kit);
}

static void counts_what_came_in(void)
{
    struct kit_api kit;
    init(&kit);
    CHECK(says(&kit, "nation", "at=2017-05-12T08:03:30Z",
               "\"events_per_minute\":{\"from\":\"2017-05-12T08:00:00.000Z\",\"step_seconds\":60,"
               "\"counts\":[19,11,11]}"));
    CHECK(says(&kit, "RXB", "at=2017-05-12T08:03:30Z", "\"counts\":[8,0,0]}"));
    kit_api_done(&kit);
}

/* So that a page may name what it has codes of, by one request. */
static void names_organisations_by_their_codes(void)
{
    struct kit_api kit;
    init(&kit);
    struct kit_api_reply reply =
        kit_api_ask(&kit, "nation", "GET /organisations?codes=RXB,none,Y1&" AT "1Z", NULL, NULL);
    CHECK_U64(reply.status, 200);
    CHECK(cord_str_find(reply.body, CORD_STR("{\"code\":\"RXB\",\"name\":\"N RXB\""), 0) !=
          SIZE_MAX);
    CHECK(cord_str_find(reply.body, CORD_STR("{\"code\":\"Y1\",\"name\":\"N Y1\""), 0) != SIZE_MAX);
    CHECK(cord_str_find(reply.body, CORD_STR("RXA"), 0) == SIZE_MAX);
    kit_api_reply_done(&reply);
    /* Another's is as one that is not there. */
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", "GET /organisations?codes=RXB", NULL, NULL), 200,
                       "{\"items\":[]"));
    kit_api_done(&kit);
}

KIT_MAIN(KIT_TEST(names_organisations_by_their_codes), KIT_TEST(shows_how_everything_is),
         KIT_TEST(tells_what_changed), KIT_TEST(shows_each_what_it_may_see),
         KIT_TEST(counts_what_came_in))
