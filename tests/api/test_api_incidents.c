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
             "\"state\":\"open\",\"whole\":true"));
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

KIT_MAIN(KIT_TEST(shows_an_incident), KIT_TEST(shows_each_its_own_part))
