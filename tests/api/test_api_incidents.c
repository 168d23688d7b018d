/* test_api_incidents.c: incidents as each may see them. */
#include "kit/kit_api.h"

#include <stdio.h>

#define CLAIM(kind, subject, value)                                                                \
    "{\"kind\":\"" kind "\",\"subject\":\"" subject "\",\"value\":" value                          \
    ",\"method\":\"assessment\"}"
#define INCIDENT(kind, value) CLAIM(kind, "incident:INC-2017-7QK2", value)

static const char story[] = //
    "{\"claims\":[" INCIDENT("incident.declare",
                             "{\"title\":\"A worm\",\"level\":\"critical\"}") "," //
    INCIDENT("incident.link",
             "{\"kind\":\"organisation\",\"id\":\"RXA\",\"state\":\"linked\"}") ","           //
    INCIDENT("incident.task", "{\"task\":\"t1\",\"title\":\"Patch\",\"state\":\"open\"}") "," //
    INCIDENT("incident.decision", "{\"what\":\"Cut links\",\"why\":\"It spreads\"}") ","      //
    INCIDENT("incident.note", "{\"text\":\"of RXA\",\"organisations\":[\"RXA\"]}") "]}";

static void init(struct kit_api *kit)
{
    kit_api_init(kit, NULL);
    CHECK(kit_api_says(kit_api_ask(kit, "nation", "POST /claims", NULL, story), 201, ""));
}

static bool says(struct kit_api *kit, const char *login, const char *path, unsigned status,
                 const char *text)
{
    char request[200];
    (void)snprintf(request, sizeof request, "GET /incidents%s", path);
    return kit_api_says(kit_api_ask(kit, login, request, NULL, NULL), status, text);
}

static void shows_an_incident(void)
{
    struct kit_api kit;
    init(&kit);
    CHECK(
        says(&kit, "nation", "", 200,
             "{\"items\":[{\"id\":\"INC-2017-7QK2\",\"title\":\"A worm\",\"severity\":\"critical\","
             "\"state\":\"open\",\"automatic\":false,\"whole\":true"));
    CHECK(says(&kit, "nation", "?state=closed", 200, "{\"items\":[],\"next\":null}"));
    CHECK(says(&kit, "nation", "?organisation=RXB", 200, "{\"items\":[],\"next\":null}"));
    CHECK(says(&kit, "nation", "?at=2017-05-11", 200, "{\"items\":[],\"next\":null}"));
    CHECK(says(&kit, "nation", "/INC-2017-7QK2", 200,
               "\"what\":\"Cut links\",\"why\":\"It spreads\",\"options\":[],\"basis\":[]"));
    CHECK(says(&kit, "nation", "/INC-2017-7QK2", 200,
               "\"organisations\":[{\"code\":\"RXA\",\"state\":\"unknown\",\"since\":null,"
               "\"claim\":null,"));
    CHECK(says(&kit, "nation", "/INC-2017-7QK2", 200,
               "\"tasks\":[{\"task\":\"t1\",\"title\":\"Patch\",\"sort\":\"action\",\"due\":null,"
               "\"state\":\"open\",\"claim\":\""));
    CHECK(says(&kit, "nation", "/INC-2017-7QK2/timeline?lane=us", 200, "\"text\":\"of RXA\""));
    CHECK(says(&kit, "nation", "/INC-2017-7QK2/timeline?lane=us", 200,
               "\"code\":\"incident.task\",\"params\":{\"state\":\"open\",\"title\":\"Patch\"}"));
    CHECK(says(&kit, "nation", "/INC-2017-7QK2/sitrep?lang=fr", 200,
               "\"title\":\"INC-2017-7QK2 : situation connue le 2017-05-12 08:00 UTC\""));
    CHECK(says(&kit, "nation", "/INC-2017-7QK2/sitrep", 200,
               "\"title\":\"INC-2017-7QK2: situation as known at 2017-05-12 08:00 UTC\""));
    CHECK(says(&kit, "nation", "/INC-2017-7QK2/sitrep?lang=de", 400, "lang"));
    CHECK(says(&kit, "nation", "/INC-2017-7QK2/timeline?lane=care", 200, "{\"items\":[],"));
    CHECK(says(&kit, "nation", "/INC-2017-7QK2/timeline?limit=1", 200, "\"next\":\""));
    CHECK(says(&kit, "nation", "/INC-2017-XXXX", 404, ""));
    CHECK(says(&kit, "nation", "?state=some", 400, ""));
    CHECK(kit_api_says(kit_api_ask(&kit, "nation", "GET /picture", NULL, NULL), 200,
                       "\"incidents\":[{\"id\":\"INC-2017-7QK2\""));
    CHECK(kit_api_says(kit_api_ask(&kit, "RXB", "GET /picture", NULL, NULL), 200,
                       "\"incidents\":[],\"incidents_more\":false"));
    kit_api_done(&kit);
}

static void shows_each_its_own_part(void)
{
    struct kit_api kit;
    init(&kit);
    CHECK(says(&kit, "RXA", "", 200, "\"id\":\"INC-2017-7QK2\",\"severity\":\"critical\""));
    CHECK(says(&kit, "RXA", "/INC-2017-7QK2", 200, "\"tasks\":[],\"decisions\":[]"));
    CHECK(says(&kit, "RXA", "/INC-2017-7QK2/timeline", 200, "\"text\":\"of RXA\""));
    CHECK(says(&kit, "RXB", "", 200, "{\"items\":[],\"next\":null}"));
    struct kit_api_reply hidden =
        kit_api_ask(&kit, "RXB", "GET /incidents/INC-2017-7QK2", NULL, NULL);
    struct kit_api_reply missing =
        kit_api_ask(&kit, "RXB", "GET /incidents/INC-2017-XXXX", NULL, NULL);
    CHECK_U64(hidden.status, 404);
    CHECK_STR_EQ(cord_buf_str(&hidden.text), cord_buf_str(&missing.text));
    kit_api_reply_done(&hidden);
    kit_api_reply_done(&missing);
    CHECK(says(&kit, "nobody", "", 403, ""));
    CHECK(says(&kit, NULL, "", 401, ""));
    kit_api_done(&kit);
}

static bool posts(struct kit_api *kit, const char *login, const char *path, const char *body,
                  unsigned status, const char *text)
{
    char request[200];
    (void)snprintf(request, sizeof request, "POST /incidents%s", path);
    return kit_api_says(kit_api_ask(kit, login, request, NULL, body), status, text);
}

#define ENTRIES "/INC-2017-7QK2/entries"

static void does_things_in_an_incident(void)
{
    struct kit_api kit;
    init(&kit);
    CHECK(posts(&kit, "nation", ENTRIES,
                "{\"kind\":\"task\",\"title\":\"Call RXA\",\"due\":\"2017-05-12T09:00:00Z\"}", 201,
                "\"task\":\""));
    CHECK(posts(&kit, "nation", ENTRIES,
                "{\"kind\":\"decision\",\"what\":\"Wait\",\"why\":\"No proof\",\"basis\":[\"a\"]}",
                201, "\"claims\":1"));
    CHECK(posts(&kit, "nation", ENTRIES,
                "{\"kind\":\"link\",\"links\":[{\"kind\":\"advisory\",\"id\":\"CA-2017-1\"}]}", 201,
                "\"claims\":1"));
    CHECK(posts(&kit, "nation", ENTRIES,
                "{\"kind\":\"link\",\"links\":[{\"kind\":\"alert\",\"id\":\"A-7K2M-9QXF\"}]}", 422,
                "there is no alert"));
    CHECK(posts(&kit, "nation", ENTRIES,
                "{\"kind\":\"link\",\"links\":[{\"kind\":\"claim\",\"id\":\"c1\"}]}", 422,
                "there is no such claim"));
    CHECK(posts(&kit, "nation", ENTRIES, "{\"kind\":\"commander\",\"who\":\"user:1\"}", 422,
                "names no id"));
    CHECK(posts(&kit, "nation", ENTRIES, "{\"kind\":\"task\"}", 422, "title"));
    CHECK(posts(&kit, "nation", ENTRIES, "{\"kind\":\"dance\"}", 422, "kind"));
    CHECK(
        posts(&kit, "nation", ENTRIES, "{\"kind\":\"merge\",\"into\":\"INC-2017-XXXX\"}", 422, ""));
    CHECK(says(&kit, "nation", "/INC-2017-7QK2", 200, "\"title\":\"Call RXA\""));
    CHECK(
        says(&kit, "nation", "/INC-2017-7QK2", 200, "\"kind\":\"advisory\",\"id\":\"CA-2017-1\""));
    CHECK(says(&kit, "nation", "/INC-2017-7QK2/sitrep", 200, "\"This is the first report.\""));
    CHECK(posts(&kit, "nation", ENTRIES, "{\"kind\":\"sitrep\",\"title\":\"Noon\"}", 201, ""));
    CHECK(says(&kit, "nation", "/INC-2017-7QK2/sitrep", 200, "\"title\":\"Noon\",\"who\":\"user:"));
    CHECK(says(&kit, "RXA", "/INC-2017-7QK2/sitrep", 200, "\"issued\":[]"));
    CHECK(says(&kit, "RXB", "/INC-2017-7QK2/sitrep", 404, ""));
    CHECK(posts(&kit, "nation", ENTRIES, "{\"kind\":\"stand-down\",\"reason\":\"over\"}", 201, ""));
    CHECK(posts(&kit, "nation", ENTRIES, "{\"kind\":\"stand-down\",\"reason\":\"over\"}", 409, ""));
    CHECK(says(&kit, "nation", "?state=closed", 200, "\"state\":\"stood-down\""));
    kit_api_done(&kit);
}

static void lets_each_act_on_its_own_part(void)
{
    struct kit_api kit;
    init(&kit);
    CHECK(posts(&kit, "RXA", ENTRIES,
                "{\"kind\":\"note\",\"text\":\"we see it\",\"organisations\":[\"RXA\"]}", 201, ""));
    CHECK(says(&kit, "nation", "/INC-2017-7QK2/timeline", 200, "\"text\":\"we see it\""));
    CHECK(posts(&kit, "RXA", ENTRIES, "{\"kind\":\"decision\",\"what\":\"a\",\"why\":\"b\"}", 403,
                ""));
    CHECK(posts(&kit, "RXA", ENTRIES,
                "{\"kind\":\"note\",\"text\":\"of RXB\",\"organisations\":[\"RXB\"]}", 422, ""));
    CHECK(posts(&kit, "RXB", ENTRIES, "{\"kind\":\"note\",\"text\":\"a\"}", 404, ""));
    CHECK(posts(&kit, "RXA", "", "{\"title\":\"Ours\",\"severity\":\"minor\"}", 403, ""));
    CHECK(posts(&kit, "nobody", "", "{\"title\":\"Ours\",\"severity\":\"minor\"}", 403, ""));
    CHECK(posts(&kit, "nation", "", "{\"title\":\"Another\",\"severity\":\"minor\"}", 201,
                "\"title\":\"Another\",\"severity\":\"minor\",\"state\":\"open\""));
    CHECK(posts(&kit, "nation", "", "{\"title\":\"Another\"}", 422, "is missing"));
    kit_api_done(&kit);
}

KIT_MAIN(KIT_TEST(does_things_in_an_incident), KIT_TEST(lets_each_act_on_its_own_part),
         KIT_TEST(shows_an_incident), KIT_TEST(shows_each_its_own_part))
