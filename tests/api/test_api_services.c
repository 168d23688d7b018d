/* test_api_services.c: services and their states, delegations; who sees and who may say which. */
#include "kit/kit_api.h"

#include <stdio.h>

#define SERVICE(code, owner, marking, needs)                                                       \
    "{\"claims\":[{\"kind\":\"service.upsert\",\"subject\":\"service:" code                        \
    "\",\"value\":{\"name\":\"The " code "\",\"owner\":\"" owner                                   \
    "\",\"national\":true,\"needs\":[" needs "]},\"method\":\"return\",\"marking\":\"" marking     \
    "\"}]}"

static bool answers(struct kit_api *kit, const char *login, const char *request, const char *body,
                    unsigned status, const char *says)
{
    return kit_api_says(kit_api_ask(kit, login, request, NULL, body), status, says);
}

static bool is_silent_of(struct kit_api *kit, const char *login, const char *request,
                         const char *word)
{
    struct kit_api_reply reply = kit_api_ask(kit, login, request, NULL, NULL);
    bool silent =
        reply.status == 200 && cord_str_find(reply.body, cord_str_from(word), 0) == SIZE_MAX;
    kit_api_reply_done(&reply);
    return silent;
}

/* spine is RXB's and for all to see; mail is RXA's, and others are not told of it. */
static void offer(struct kit_api *kit)
{
    CHECK(
        answers(kit, "nation", "POST /claims", SERVICE("spine", "RXB", "TLP:GREEN", ""), 201, ""));
    CHECK(answers(kit, "nation", "POST /claims", SERVICE("mail", "RXA", "TLP:AMBER", "\"spine\""),
                  201, ""));
}

static void each_sees_its_own_and_what_is_for_all(void)
{
    struct kit_api kit;
    kit_api_init(&kit, NULL);
    offer(&kit);
    CHECK(answers(&kit, "nation", "GET /services", NULL, 200,
                  "\"service\":\"mail\",\"name\":\"The mail\",\"owner\":\"RXA\",\"national\":true,"
                  "\"needs\":[\"spine\"],\"needed_by\":[],\"state\":\"unknown\",\"since\":null"));
    CHECK(answers(&kit, "nation", "GET /services/spine", NULL, 200, "\"needed_by\":[\"mail\"]"));
    CHECK(answers(&kit, "RXA", "GET /services", NULL, 200, "\"service\":\"mail\""));
    CHECK(answers(&kit, "RXA", "GET /services", NULL, 200, "\"service\":\"spine\""));
    CHECK(answers(&kit, "RXB", "GET /services", NULL, 200, "\"service\":\"spine\""));
    CHECK(is_silent_of(&kit, "RXB", "GET /services", "mail"));
    CHECK(is_silent_of(&kit, "RXB", "GET /services?owner=RXA", "mail"));
    CHECK(answers(&kit, "RXA", "GET /services?owner=RXA&limit=1", NULL, 200, "\"next\":null"));
    CHECK(answers(&kit, "RXA", "GET /services?limit=1", NULL, 200, "\"next\":\""));
    CHECK(answers(&kit, "RXA", "GET /services?at=2017-05-11", NULL, 200,
                  "{\"items\":[],\"next\":null}"));
    struct kit_api_reply hidden = kit_api_ask(&kit, "RXB", "GET /services/mail", NULL, NULL);
    struct kit_api_reply none = kit_api_ask(&kit, "RXB", "GET /services/none", NULL, NULL);
    CHECK_U64(hidden.status, 404);
    CHECK_STR_EQ(cord_buf_str(&hidden.text), cord_buf_str(&none.text));
    kit_api_reply_done(&hidden);
    kit_api_reply_done(&none);
    CHECK(answers(&kit, "nobody", "GET /services", NULL, 403, "services.read"));
    kit_api_done(&kit);
}

static void the_owner_says_how_it_is(void)
{
    static const char bad[] = "{\"state\":\"do-not-use\",\"reason\":\"worm\"}";
    static const char kept[] = "{\"state\":\"review\",\"marking\":\"TLP:AMBER\"}";
    struct kit_api kit;
    kit_api_init(&kit, NULL);
    offer(&kit);
    CHECK(answers(&kit, "RXA", "POST /services/spine/state", bad, 403, "services.write"));
    CHECK(answers(&kit, "RXB", "POST /services/mail/state", bad, 404, ""));
    CHECK(answers(&kit, "nobody", "POST /services/spine/state", bad, 403, ""));
    CHECK(answers(&kit, "RXB", "POST /services/spine/state", "{\"state\":\"bad\"}", 422, "state"));
    CHECK(answers(&kit, "RXB", "POST /services/spine/state", "{\"state\":\"unknown\"}", 422, ""));
    CHECK(answers(&kit, "RXA", "GET /services/spine", NULL, 200, "\"state\":\"unknown\""));
    CHECK(answers(&kit, "RXB", "POST /services/spine/state", bad, 201, "{\"claim\":\""));
    CHECK(answers(&kit, "RXA", "GET /services/spine", NULL, 200,
                  "\"state\":\"do-not-use\",\"reason\":\"worm\",\"since\":\"2017-05-12"));
    /* The owner's word stands. */
    CHECK(answers(&kit, "nation", "POST /services/spine/state", "{\"state\":\"safe\"}", 201, ""));
    CHECK(answers(&kit, "RXA", "GET /services/spine", NULL, 200, "\"state\":\"do-not-use\""));
    /* What is not for others is unknown to them: never safe. */
    CHECK(answers(&kit, "RXB", "POST /services/spine/state", kept, 201, ""));
    CHECK(answers(&kit, "RXB", "GET /services/spine", NULL, 200, "\"state\":\"review\""));
    CHECK(answers(&kit, "nation", "GET /services/spine", NULL, 200, "\"state\":\"review\""));
    CHECK(answers(&kit, "RXA", "GET /services/spine", NULL, 200,
                  "\"state\":\"unknown\",\"since\":null"));
    kit_api_done(&kit);
}

static void a_state_sent_again_is_said_once(void)
{
    static const char key[] = "Idempotency-Key: s1\r\n";
    static const char body[] = "{\"state\":\"safe\"}";
    struct kit_api kit;
    kit_api_init(&kit, NULL);
    offer(&kit);
    struct kit_api_reply first = kit_api_ask(&kit, "RXB", "POST /services/spine/state", key, body);
    struct kit_api_reply again = kit_api_ask(&kit, "RXB", "POST /services/spine/state", key, body);
    CHECK_U64(first.status, 201);
    CHECK_U64(again.status, 201);
    CHECK_STR_EQ(first.body, again.body);
    kit_api_reply_done(&first);
    kit_api_reply_done(&again);
    struct kit_api_reply list =
        kit_api_ask(&kit, "RXB", "GET /claims?kind=service.state", NULL, NULL);
    size_t at = cord_str_find(list.body, CORD_STR("\"id\""), 0);
    CHECK(at != SIZE_MAX);
    CHECK(cord_str_find(list.body, CORD_STR("\"id\""), at + 1) == SIZE_MAX);
    kit_api_reply_done(&list);
    kit_api_done(&kit);
}

/* Into `request`: DELETE of what was made. */
static void delegate(struct kit_api *kit, const char *login, const char *body, char request[80])
{
    struct kit_api_reply made = kit_api_ask(kit, login, "POST /delegations", NULL, body);
    CHECK_U64(made.status, 201);
    size_t at = cord_str_find(made.body, CORD_STR("\"claim\":\""), 0);
    CHECK(at != SIZE_MAX);
    (void)snprintf(request, 80, "DELETE /delegations/%.*s",
                   CORD_STR_ARG(cord_str_slice(made.body, at + 9, CORD_API_OPAQUE_TEXT - 1)));
    kit_api_reply_done(&made);
}

static void an_organisation_delegates_and_takes_back(void)
{
    struct kit_api kit;
    char request[80];
    kit_api_init(&kit, NULL);
    delegate(&kit, "RXA", "{\"to\":\"RXB\",\"right\":\"containment.execute\"}", request);
    static const char *const shown =
        "\"organisation\":\"RXA\",\"to\":\"RXB\",\"right\":"
        "\"containment.execute\",\"from\":\"2017-05-12T08:00:00.000Z\","
        "\"until\":null}";
    CHECK(answers(&kit, "RXA", "GET /delegations", NULL, 200, shown));
    CHECK(answers(&kit, "RXB", "GET /delegations", NULL, 200, shown));
    CHECK(answers(&kit, "nation", "GET /delegations?organisation=RXA", NULL, 200, shown));
    CHECK(is_silent_of(&kit, "nation", "GET /delegations?to=RXC", "RXA"));
    CHECK(is_silent_of(&kit, "nation", "GET /delegations?at=2017-05-11", "RXA"));
    CHECK(answers(&kit, "nobody", "GET /delegations", NULL, 403, ""));
    /* Only who gave it takes it back. */
    CHECK(answers(&kit, "RXB", request, NULL, 404, ""));
    CHECK(answers(&kit, "nation", request, NULL, 403, ""));
    CHECK(answers(&kit, "RXA", request, NULL, 204, ""));
    CHECK(answers(&kit, "RXA", request, NULL, 404, ""));
    CHECK(answers(&kit, "RXB", "GET /delegations", NULL, 200, "{\"items\":[],\"next\":null}"));
    kit_api_done(&kit);
}

static void a_third_does_not_see_it(void)
{
    struct kit_api kit;
    char request[80];
    kit_api_init(&kit, NULL);
    delegate(&kit, "RXA", "{\"to\":\"RXC\",\"right\":\"containment.execute\"}", request);
    CHECK(answers(&kit, "RXB", "GET /delegations", NULL, 200, "{\"items\":[],\"next\":null}"));
    CHECK(answers(&kit, "RXB", "GET /delegations?organisation=RXA", NULL, 200,
                  "{\"items\":[],\"next\":null}"));
    kit_api_done(&kit);
}

static void refuses_delegations_that_cannot_be(void)
{
    static const struct {
        const char *login;
        const char *body;
        unsigned status;
        const char *says;
    } wrong[] = {
        {"RXA", "{\"to\":\"RXA\",\"right\":\"containment.execute\"}", 422, "\"path\":\"to\""},
        {"RXA", "{\"to\":\"RXB\",\"right\":\"containment.exec\"}", 422, "\"path\":\"right\""},
        {"RXA", "{\"to\":\"RXB\",\"right\":\"claims.read\"}", 422, "needs no delegation"},
        {"RXA", "{\"to\":\"R B\",\"right\":\"containment.execute\"}", 422, "\"path\":\"to\""},
        {"RXA",
         "{\"to\":\"RXB\",\"right\":\"containment.execute\",\"until\":\"2017-05-12T08:00:00Z\"}",
         422, "\"path\":\"until\""},
        {"nation", "{\"to\":\"RXB\",\"right\":\"containment.execute\"}", 403, "delegation.write"},
        {"nobody", "{\"to\":\"RXB\",\"right\":\"containment.execute\"}", 403, "delegation.write"},
        {"weak", "{\"to\":\"RXB\",\"right\":\"containment.execute\"}", 403, "second factor"},
    };
    struct kit_api kit;
    kit_api_init(&kit, NULL);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK(answers(&kit, wrong[i].login, "POST /delegations", wrong[i].body, wrong[i].status,
                      wrong[i].says));
    }
    kit_api_done(&kit);
}

KIT_MAIN(KIT_TEST(each_sees_its_own_and_what_is_for_all), KIT_TEST(the_owner_says_how_it_is),
         KIT_TEST(a_state_sent_again_is_said_once),
         KIT_TEST(an_organisation_delegates_and_takes_back), KIT_TEST(a_third_does_not_see_it),
         KIT_TEST(refuses_delegations_that_cannot_be))
