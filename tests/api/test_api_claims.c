/* test_api_claims.c: asserting, and who sees what was asserted; accounts by the API. */
#include "kit/kit_api.h"

#include <stdio.h>

#define STATUS(organisation, state)                                                                \
    "{\"kind\":\"status.claim\",\"subject\":\"org:" organisation                                   \
    "\",\"value\":{\"state\":\"" state "\"},\"method\":\"return\"}"
#define ONE(claim) "{\"claims\":[" claim "]}"

static bool posts(struct kit_api *kit, const char *login, const char *headers, const char *body,
                  unsigned status, const char *says)
{
    return kit_api_says(kit_api_ask(kit, login, "POST /claims", headers, body), status, says);
}

static void records_what_is_asserted(void)
{
    struct kit_api kit;
    kit_api_init(&kit, NULL);
    CHECK(posts(&kit, "RXA", NULL, ONE(STATUS("RXA", "infected")), 201,
                "\"recorded\":1,\"repeated\":0,\"recorded_at\":\"2017-05-12T08:00:00.000Z\"}"));
    CHECK(posts(&kit, "RXB", NULL, ONE(STATUS("RXB", "clear")), 201, "\"recorded\":1"));
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", "GET /claims?topic=status", NULL, NULL), 200,
                       "\"subject\":\"org:RXA\",\"value\":{\"state\":\"infected\"},\"valid_from\":"
                       "\"2017-05-12T08:00:00.000Z\",\"recorded\":\"2017-05-12T08:00:00.000Z\","
                       "\"claimant\":\"org:RXA\""));
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", "GET /claims?subject=org:RXB", NULL, NULL), 200,
                       "{\"items\":[],\"next\":null}"));
    CHECK(kit_api_says(kit_api_ask(&kit, "nation", "GET /claims?subject=org:RXB", NULL, NULL), 200,
                       "\"state\":\"clear\""));
    CHECK(kit_api_says(kit_api_ask(&kit, "nation", "GET /answers?topic=status", NULL, NULL), 200,
                       "\"state\":\"infected\""));
    CHECK(kit_api_says(kit_api_ask(&kit, "RXB", "GET /answers?topic=status", NULL, NULL), 200,
                       "{\"items\":[{\"subject\":\"org:RXB\""));
    CHECK(kit_api_says(
        kit_api_ask(&kit, "nation", "GET /answers?topic=status&at=2017-05-11", NULL, NULL), 200,
        "{\"items\":[],\"next\":null}"));
    CHECK(kit_api_says(kit_api_ask(&kit, "nation", "GET /claims?kind=status.clam", NULL, NULL), 400,
                       "did you mean 'status.claim'?"));
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", "GET /claims/kinds", NULL, NULL), 200,
                       "\"name\":\"alert.acknowledged\""));
    kit_api_done(&kit);
}

static void tells_which_member_is_wrong(void)
{
    static const struct {
        const char *body;
        unsigned status;
        const char *says;
    } wrong[] = {
        {ONE(STATUS("RXA", "clear") "," STATUS("RXA", "sick")), 422,
         "\"path\":\"claims[1].value.state\""},
        {ONE(STATUS("RXB", "clear")), 422,
         "{\"path\":\"claims[0].subject\",\"detail\":\"is not one that you may speak of\"}"},
        {ONE(STATUS("NONE", "clear")), 422,
         "{\"path\":\"claims[0].subject\",\"detail\":\"is not one that you may speak of\"}"},
        {ONE("{\"kind\":\"status.claim\",\"subject\":\"org:RXA\",\"value\":{\"state\":\"clear\"},"
             "\"method\":\"return\",\"claimant\":\"org:RXB\"}"),
         422, "claims[0].claimant"},
        {ONE("{\"kind\":\"audit.change\",\"subject\":\"org:RXA\",\"value\":{\"verb\":\"a\","
             "\"target\":\"b\",\"outcome\":\"done\"},\"method\":\"return\"}"),
         422, "is recorded by the server itself"},
        {ONE("{\"kind\":\"status.claim\",\"subjct\":\"org:RXA\",\"value\":{}}"), 422,
         "did you mean 'subject'?"},
        {"{\"claims\":[]}", 422, "is to have 1 to 1000 items"},
    };
    struct kit_api kit;
    kit_api_init(&kit, NULL);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK(posts(&kit, "RXA", NULL, wrong[i].body, wrong[i].status, wrong[i].says));
    }
    CHECK(kit_api_says(kit_api_ask(&kit, "nation", "GET /claims?topic=status", NULL, NULL), 200,
                       "{\"items\":[],\"next\":null}"));
    kit_api_done(&kit);
}

static void does_what_is_sent_again_once(void)
{
    static const char key[] = "Idempotency-Key: a1\r\n";
    struct kit_api kit;
    kit_api_init(&kit, NULL);
    struct kit_api_reply first =
        kit_api_ask(&kit, "RXA", "POST /claims", key, ONE(STATUS("RXA", "infected")));
    struct kit_api_reply again =
        kit_api_ask(&kit, "RXA", "POST /claims", key, ONE(STATUS("RXA", "infected")));
    CHECK_U64(first.status, 201);
    CHECK_U64(again.status, 201);
    CHECK_STR_EQ(first.body, again.body);
    kit_api_reply_done(&first);
    kit_api_reply_done(&again);
    CHECK(
        posts(&kit, "RXA", key, ONE(STATUS("RXA", "clear")), 422, "was used for another request"));
    CHECK(posts(&kit, "RXB", key, ONE(STATUS("RXB", "clear")), 201, "\"recorded\":1"));
    CHECK(posts(&kit, "RXA", "Idempotency-Key: a 1\r\n", ONE(STATUS("RXA", "clear")), 400,
                "Idempotency-Key"));
    struct kit_api_reply list =
        kit_api_ask(&kit, "RXA", "GET /claims?kind=status.claim", NULL, NULL);
    size_t at = cord_str_find(list.body, CORD_STR("\"id\""), 0);
    CHECK(at != SIZE_MAX);
    CHECK(cord_str_find(list.body, CORD_STR("\"id\""), at + 1) == SIZE_MAX);
    kit_api_reply_done(&list);
    kit_api_done(&kit);
}

static void hides_claims_of_others(void)
{
    struct kit_api kit;
    char request[64];
    char id[CORD_API_OPAQUE_TEXT];
    kit_api_init(&kit, NULL);
    CHECK(posts(&kit, "RXB", NULL, ONE(STATUS("RXB", "infected")), 201, ""));
    struct kit_api_reply list = kit_api_ask(&kit, "RXB", "GET /claims?topic=status", NULL, NULL);
    size_t at = cord_str_find(list.body, CORD_STR("\"id\":\""), 0);
    (void)snprintf(request, sizeof request, "GET /claims/%.*s",
                   CORD_STR_ARG(cord_str_slice(list.body, at + 6, CORD_API_OPAQUE_TEXT - 1)));
    kit_api_reply_done(&list);
    CHECK(kit_api_says(kit_api_ask(&kit, "RXB", request, NULL, NULL), 200, "infected"));
    CHECK(kit_api_says(kit_api_ask(&kit, "nation", request, NULL, NULL), 200, "infected"));
    struct kit_api_reply hidden = kit_api_ask(&kit, "RXA", request, NULL, NULL);
    (void)snprintf(request, sizeof request, "GET /claims/%s",
                   kit_api_id(&kit, CORD_API_OPAQUE_CLAIM, 999999, id));
    struct kit_api_reply missing = kit_api_ask(&kit, "RXA", request, NULL, NULL);
    CHECK_U64(hidden.status, 404);
    CHECK_STR_EQ(cord_buf_str(&hidden.text), cord_buf_str(&missing.text));
    kit_api_reply_done(&hidden);
    kit_api_reply_done(&missing);
    kit_api_done(&kit);
}

/* Its id. */
static void say(struct kit_api *kit, const char *login, const char *body, char ret_id[32])
{
    struct kit_api_reply reply = kit_api_ask(kit, login, "POST /claims", NULL, body);
    size_t at = cord_str_find(reply.body, CORD_STR("\"claims\":[\""), 0);
    CHECK(at != SIZE_MAX);
    cord_str id = cord_str_from_byte(reply.body, at + 11);
    id = cord_str_slice(id, 0, cord_str_find_char(id, '"', 0));
    (void)snprintf(ret_id, 32, "%.*s", CORD_STR_ARG(id));
    kit_api_reply_done(&reply);
}

static bool retracts(struct kit_api *kit, const char *login, const char *id, unsigned status,
                     const char *says)
{
    char body[256];
    (void)snprintf(body, sizeof body,
                   ONE("{\"kind\":\"claim.retract\",\"subject\":\"org:RXA\",\"value\":{\"reason\":"
                       "\"a mistake\"},\"supersedes\":\"%s\",\"method\":\"return\"}"),
                   id);
    return posts(kit, login, NULL, body, status, says);
}

static void takes_back_what_one_may(void)
{
    static const char hidden[] =
        "{\"path\":\"claims[0].supersedes\",\"detail\":\"there is no such claim\"}";
    static const char answers[] = "GET /answers?topic=status&subject=org:RXA";
    struct kit_api kit;
    char own[32];
    char other[32];
    char nation[32];
    kit_api_init(&kit, NULL);
    say(&kit, "RXA", ONE(STATUS("RXA", "clear")), own);
    say(&kit, "RXB", ONE(STATUS("RXB", "clear")), other);
    say(&kit, "nation", ONE(STATUS("RXA", "infected")), nation);
    CHECK(retracts(&kit, "RXA", other, 422, hidden));
    CHECK(retracts(&kit, "RXA", "17", 422, hidden));
    CHECK(retracts(&kit, "RXA", nation, 422, "is another's claim, of what you may not assess"));
    CHECK(retracts(&kit, "RXB", own, 422, hidden));
    CHECK(retracts(&kit, "nation", other, 422, "one of the same subject is wanted"));
    CHECK(retracts(&kit, "RXA", own, 201, "\"recorded\":1"));
    CHECK(kit_api_says(kit_api_ask(&kit, "nation", answers, NULL, NULL), 200,
                       "\"claimant\":\"org:NAT\""));
    CHECK(retracts(&kit, "nation", nation, 201, "\"recorded\":1"));
    CHECK(kit_api_says(kit_api_ask(&kit, "nation", answers, NULL, NULL), 200,
                       "{\"items\":[],\"next\":null}"));
    kit_api_done(&kit);
}

static void tells_the_record_who_looked_and_who_changed(void)
{
    struct kit_api kit;
    kit_api_init(&kit, NULL);
    CHECK(kit_api_says(kit_api_ask(&kit, "nation", "GET /sources/ward", NULL, NULL), 200, ""));
    /* The same again at once is no other entry. */
    CHECK(kit_api_says(kit_api_ask(&kit, "nation", "GET /sources/ward", NULL, NULL), 200, ""));
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", "GET /sources/ward", NULL, NULL), 200, ""));
    CHECK(posts(&kit, "RXA", NULL, ONE(STATUS("RXA", "clear")), 201, ""));
    struct kit_api_reply audit = kit_api_ask(&kit, "nation", "GET /audit", NULL, NULL);
    CHECK_U64(audit.status, 200);
    size_t read = cord_str_find(audit.body, CORD_STR("\"kind\":\"audit.read\""), 0);
    CHECK(read != SIZE_MAX);
    CHECK(cord_str_find(audit.body, CORD_STR("\"audit.read\""), read + 20) == SIZE_MAX);
    CHECK(cord_str_find(audit.body, CORD_STR("{\"verb\":\"createClaims\",\"target\":"), 0) !=
          SIZE_MAX);
    CHECK(cord_str_find(audit.body, CORD_STR("account.add"), 0) != SIZE_MAX);
    kit_api_reply_done(&audit);
    CHECK(kit_api_says(kit_api_ask(&kit, "RXB", "GET /audit?subject=org:RXA", NULL, NULL), 200,
                       "{\"items\":[],\"next\":null}"));
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", "GET /claims?topic=audit", NULL, NULL), 200,
                       "{\"items\":[],\"next\":null}"));
    kit_api_done(&kit);
}

static void keeps_accounts_apart(void)
{
    struct kit_api kit;
    char request[80];
    char other[CORD_API_OPAQUE_TEXT];
    kit_api_init(&kit, NULL);
    (void)kit_api_id(&kit, CORD_API_OPAQUE_USER, kit_api_user(&kit, "RXB")->number, other);
    CHECK(kit_api_says(kit_api_ask(&kit, "nation", "GET /users", NULL, NULL), 200, "\"rxb\""));
    struct kit_api_reply list = kit_api_ask(&kit, "RXA", "GET /users", NULL, NULL);
    CHECK(cord_str_find(list.body, CORD_STR("\"rxa\""), 0) != SIZE_MAX);
    CHECK(cord_str_find(list.body, CORD_STR("\"rxb\""), 0) == SIZE_MAX);
    kit_api_reply_done(&list);
    (void)snprintf(request, sizeof request, "GET /users/%s", other);
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", request, NULL, NULL), 404, ""));
    (void)snprintf(request, sizeof request, "POST /users/%s/disable", other);
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", request, NULL, NULL), 404, ""));
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", "POST /users", NULL,
                                   "{\"login\":\"eve\",\"name\":\"Eve\",\"organisation\":\"RXB\"}"),
                       403, ""));
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", "POST /users", NULL,
                                   "{\"login\":\"eve\",\"name\":\"Eve\",\"organisation\":\"RXA\"}"),
                       201, "\"setup_token\":\"setup_"));
    CHECK(kit_api_says(kit_api_ask(&kit, "nation", "GET /roles", NULL, NULL), 200,
                       "\"role\":\"commander\""));
    CHECK(kit_api_says(kit_api_ask(&kit, "nation", request, NULL, NULL), 204, ""));
    CHECK(kit_api_says(kit_api_ask(&kit, "RXB", "GET /session", NULL, NULL), 401, ""));
    kit_api_done(&kit);
}

/* A user's name is changed by whoever names how it is now. */
static void replaces_what_is_named_by_its_tag(void)
{
    struct kit_api kit;
    char id[CORD_API_OPAQUE_TEXT];
    char get[80];
    char put[80];
    char match[120];
    static const char *const body = "{\"name\":\"Ada B\"}";
    kit_api_init(&kit, NULL);
    (void)kit_api_id(&kit, CORD_API_OPAQUE_USER, kit_api_user(&kit, "RXA")->number, id);
    (void)snprintf(get, sizeof get, "GET /users/%s", id);
    (void)snprintf(put, sizeof put, "PUT /users/%s", id);
    struct kit_api_reply read = kit_api_ask(&kit, "RXA", get, NULL, NULL);
    (void)snprintf(match, sizeof match, "If-Match: \"x\", %.*s\r\n",
                   CORD_STR_ARG(kit_api_header(&read, "ETag")));
    kit_api_reply_done(&read);
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", put, NULL, body), 428, "If-Match"));
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", put, "If-Match: \"x\"\r\n", body), 412, "changed"));
    CHECK(kit_api_says(kit_api_ask(&kit, "RXB", put, match, body), 404, ""));
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", put, match, "{\"name\":\"\"}"), 422, "name"));
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", put, match, body), 200, "\"name\":\"Ada B\""));
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", put, match, body), 412, ""));
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", put, "If-Match: *\r\n", body), 200, "Ada B"));
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", get, NULL, NULL), 200, "\"name\":\"Ada B\""));
    kit_api_done(&kit);
}

/* What answers a secret is done once, and the secret is shown once. */
static void a_secret_is_not_kept_for_who_asks_again(void)
{
    static const char key[] = "Idempotency-Key: t1\r\n";
    static const char *const body = "{\"name\":\"t\",\"days\":1,\"rights\":\"claims.read\"}";
    struct kit_api kit;
    kit_api_init(&kit, NULL);
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", "POST /tokens", key, body), 201, "\"secret\":"));
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", "POST /tokens", key, body), 409, "shown once"));
    struct kit_api_reply list = kit_api_ask(&kit, "RXA", "GET /tokens", NULL, NULL);
    size_t at = cord_str_find(list.body, CORD_STR("\"name\":\"t\""), 0);
    CHECK(at != SIZE_MAX);
    CHECK(cord_str_find(list.body, CORD_STR("\"name\":\"t\""), at + 1) == SIZE_MAX);
    kit_api_reply_done(&list);
    kit_api_done(&kit);
}

KIT_MAIN(KIT_TEST(records_what_is_asserted), KIT_TEST(tells_which_member_is_wrong),
         KIT_TEST(does_what_is_sent_again_once), KIT_TEST(hides_claims_of_others),
         KIT_TEST(takes_back_what_one_may), KIT_TEST(tells_the_record_who_looked_and_who_changed),
         KIT_TEST(keeps_accounts_apart), KIT_TEST(replaces_what_is_named_by_its_tag),
         KIT_TEST(a_secret_is_not_kept_for_who_asks_again))
