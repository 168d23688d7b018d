/* test_api_alerts.c: the queue of alerts: who sees which, what is done to them, and undone. */
#include "kit/kit_api_stream.h"

#include <stdio.h>

#define FINDING(number, organisation, level, rule, host, minute)                                   \
    "{\"finding\":" #number ",\"first_seen\":\"2017-05-12T07:" #minute                             \
    ":00.000Z\",\"organisation\":\"" organisation "\",\"level\":\"" level "\",\"title\":\"T " rule \
    "\",\"rule\":{\"id\":\"" rule                                                                  \
    "\",\"author\":\"N. N.\",\"tags\":[\"attack.t1210\",\"attack.lateral-movement\"],"             \
    "\"references\":[]},\"time\":\"2017-05-12T07:" #minute ":00.000Z\",\"host\":\"" host           \
    "\",\"record\":1,\"offset\":0}"

static const char *const findings[] = {
    FINDING(1, "RXA", "high", "r1", "ws1", 10), FINDING(2, "RXB", "critical", "r2", "ws9", 11),
    FINDING(3, "RXA", "low", "r2", "ws2", 12),  FINDING(4, "RXB", "medium", "r1", "ws9", 13),
    FINDING(5, "RXA", "high", "r1", "WS1", 14),
};

static void init(struct kit_api *kit)
{
    kit_api_init(kit, NULL);
    kit->findings = findings;
    atomic_store(&kit->finding_count, sizeof findings / sizeof *findings);
    kit_api_tell(kit);
}

static bool says(struct kit_api *kit, const char *login, const char *path, unsigned status,
                 const char *text)
{
    char request[300];
    (void)snprintf(request, sizeof request, "GET /alerts%s", path);
    return kit_api_says(kit_api_ask(kit, login, request, NULL, NULL), status, text);
}

/* The id of the first alert that the query finds. */
static void find(struct kit_api *kit, const char *query, char id[16])
{
    char request[200];
    (void)snprintf(request, sizeof request, "GET /alerts?q=%s", query);
    struct kit_api_reply reply = kit_api_ask(kit, "nation", request, NULL, NULL);
    size_t at = cord_str_find(reply.body, CORD_STR("{\"id\":\"A-"), 0);
    CHECK(at != SIZE_MAX);
    (void)snprintf(id, 16, "%.*s",
                   CORD_STR_ARG(cord_str_slice(cord_str_from_byte(reply.body, at + 7), 0, 11)));
    kit_api_reply_done(&reply);
}

static void lists_the_queue(void)
{
    struct kit_api kit;
    init(&kit);
    CHECK(says(&kit, "nation", "", 200, "\"total\":4,\"rows\":4,\"open\":4,\"as_of\":"));
    CHECK(says(
        &kit, "nation", "?q=host:ws1", 200,
        "\"title\":\"T r1\",\"author\":\"N. N.\",\"level\":\"high\",\"tags\":[\"attack.t1210\","
        "\"attack.lateral-movement\"],\"techniques\":[\"T1210\"],\"tactics\":[\"lateral-"
        "movement\"],\"entity_kind\":\"host\",\"entity\":\"ws1\",\"manual\":false"));
    CHECK(says(&kit, "nation", "?q=host:ws1", 200, "\"count\":2,\"status\":\"new\""));
    CHECK(says(&kit, "nation", "?q=severity:critical", 200, "\"total\":1,"));
    CHECK(says(&kit, "nation", "?limit=1", 200, ",\"next\":\""));
    CHECK(says(&kit, "nation", "?at=2017-05-12T07:11:30Z", 200, "\"total\":2,"));
    CHECK(says(&kit, "nation", "?q=sverity:high", 400, "\"path\":\"q\""));
    CHECK(says(&kit, "nation", "?sort=colour", 400, "\"path\":\"sort\""));
    CHECK(says(&kit, "RXA", "", 200, "\"total\":2,\"rows\":2,\"open\":2"));
    CHECK(says(&kit, "RXB", "?q=org:RXA", 200, "{\"items\":[],\"total\":0,"));
    CHECK(says(&kit, "nobody", "", 403, ""));
    CHECK(says(&kit, NULL, "", 401, ""));
    kit_api_done(&kit);
}

static void counts_what_each_may_see(void)
{
    struct kit_api kit;
    init(&kit);
    CHECK(says(&kit, "nation", "/facets?fields=severity,org", 200,
               "{\"field\":\"org\",\"values\":[{\"value\":\"RXA\",\"count\":2},{\"value\":\"RXB\","
               "\"count\":2}],\"other\":0,\"distinct\":2}],\"total\":4}"));
    CHECK(says(&kit, "RXA", "/facets?fields=org", 200,
               "{\"field\":\"org\",\"values\":[{\"value\":\"RXA\",\"count\":2}],\"other\":0,"
               "\"distinct\":1}],\"total\":2}"));
    CHECK(says(&kit, "RXA", "/facets?fields=colour", 400, ""));
    CHECK(kit_api_says(kit_api_ask(&kit, "RXB", "GET /coverage", NULL, NULL), 200,
                       "{\"id\":\"T1210\",\"name\":\"Exploitation of Remote Services\",\"rules\":0,"
                       "\"rules_with_data\":0,\"data\":false,\"hits\":2}"));
    CHECK(says(&kit, "RXA", "/facets", 400, "is missing"));
    CHECK(says(&kit, "nation",
               "/histogram?from=2017-05-12T07:00:00Z&to=2017-05-12T08:00:00Z&buckets=6", 200,
               "\"bucket_seconds\":600,\"total\":4,\"series\":[{\"level\":\"critical\",\"counts\":["
               "0,1,0,0,0,0]}"));
    CHECK(says(&kit, "RXA",
               "/histogram?from=2017-05-12T07:00:00Z&to=2017-05-12T08:00:00Z&buckets=6", 200,
               "\"total\":2,\"series\":[{\"level\":\"high\",\"counts\":[0,1,0,0,0,0]},{\"level\":"
               "\"low\",\"counts\":[0,1,0,0,0,0]}]"));
    CHECK(says(&kit, "RXA", "/histogram?from=2017-05-12T07:00:00Z&to=2017-05-12T06:00:00Z", 400,
               "later than from"));
    CHECK(says(&kit, "nation", "/risks?of=organisation", 200, "\"total\":2"));
    CHECK(says(&kit, "RXB", "/risks", 200, "\"entity\":\"ws9\""));
    CHECK(says(&kit, "RXB", "/risks", 200, "\"total\":1"));
    kit_api_done(&kit);
}

static void shows_one_to_whose_it_is(void)
{
    struct kit_api kit;
    char path[40] = "/";
    init(&kit);
    find(&kit, "host:ws1", path + 1);
    CHECK(says(&kit, "RXA", path, 200,
               "\"claims\":[],\"claims_more\":false,\"findings\":[{\"id\":\""));
    CHECK(says(&kit, "nation", path, 200, "\"host\":\"WS1\""));
    CHECK(says(&kit, "nation", "/A-0000-0000", 404, ""));
    char request[60];
    (void)snprintf(request, sizeof request, "GET /alerts%s", path);
    struct kit_api_reply hidden = kit_api_ask(&kit, "RXB", request, NULL, NULL);
    struct kit_api_reply missing = kit_api_ask(&kit, "RXB", "GET /alerts/x", NULL, NULL);
    CHECK_U64(hidden.status, 404);
    CHECK_STR_EQ(cord_buf_str(&hidden.text), cord_buf_str(&missing.text));
    kit_api_reply_done(&hidden);
    kit_api_reply_done(&missing);
    (void)snprintf(path + strlen(path), 20, "/findings?limit=1");
    CHECK(says(&kit, "RXA", path, 200, "\"host\":\"ws1\""));
    CHECK(says(&kit, "RXA", path, 200, "\"next\":\""));
    CHECK(says(&kit, "RXB", path, 404, ""));
    kit_api_done(&kit);
}

/* --- doing --- */

static struct kit_api_reply act(struct kit_api *kit, const char *login, const char *id,
                                const char *rest)
{
    char body[300];
    (void)snprintf(body, sizeof body, "{\"ids\":[\"%s\"],%s}", id, rest);
    return kit_api_ask(kit, login, "POST /alerts/actions", NULL, body);
}

static void says_how_far_they_are(void)
{
    struct kit_api kit;
    char id[16];
    char path[40];
    init(&kit);
    find(&kit, "host:ws1", id);
    (void)snprintf(path, sizeof path, "/%s", id);
    CHECK(kit_api_says(act(&kit, "RXA", id, "\"action\":\"acknowledge\""), 200,
                       "\"changed\":1,\"refused\":[],\"undo_until\":\"2017-05-12T08:10:00.000Z\""));
    CHECK(says(&kit, "nation", path, 200, "\"status\":\"acknowledged\""));
    CHECK(says(&kit, "RXA", path, 200, "\"kind\":\"triage.state\",\"state\":\"acknowledged\""));
    CHECK(kit_api_says(act(&kit, "RXA", id, "\"action\":\"acknowledge\""), 200,
                       "\"changed\":0,\"refused\":[{\"id\":\""));
    CHECK(kit_api_says(act(&kit, "nation", id, "\"action\":\"assign\",\"owner\":\"me\""), 200,
                       "\"changed\":1"));
    CHECK(says(&kit, "RXA", path, 200, "\"owner_name\":\"nation\""));
    CHECK(says(&kit, "nation", "?q=owner:me", 200, "\"total\":1,"));
    CHECK(says(&kit, "nation", "?q=(owner:me)+AND+severity:high", 200, "\"total\":1,"));
    CHECK(says(&kit, "RXA", "?q=owner:me", 200, "\"total\":0,"));
    CHECK(says(&kit, "RXA", "?q=owner:%22user:1%22", 200, "\"total\":0,"));
    struct kit_api_reply facets =
        kit_api_ask(&kit, "RXA", "GET /alerts/facets?fields=owner", NULL, NULL);
    size_t at = cord_str_find(facets.body, CORD_STR("\"user:"), 0);
    CHECK(at != SIZE_MAX);
    char query[80];
    (void)snprintf(query, sizeof query, "?q=owner:%%22%.*s%%22",
                   CORD_STR_ARG(cord_str_slice(cord_str_from_byte(facets.body, at + 1), 0, 19)));
    kit_api_reply_done(&facets);
    CHECK(says(&kit, "RXA", query, 200, "\"total\":1,"));
    CHECK(kit_api_says(act(&kit, "RXA", id, "\"action\":\"note\",\"text\":\"a \\\"note\\\"\""), 200,
                       "\"changed\":1,\"refused\":[],\"undo_until\":null"));
    CHECK(says(&kit, "RXA", path, 200, "\"kind\":\"triage.note\",\"text\":\"a \\\"note\\\"\""));
    CHECK(kit_api_says(act(&kit, "RXA", id, "\"action\":\"close\""), 422, "\"path\":\"reason\""));
    CHECK(kit_api_says(act(&kit, "RXA", id, "\"action\":\"close\",\"reason\":\"benign\""), 200,
                       "\"changed\":1"));
    CHECK(says(&kit, "RXA", "?q=status:closed", 200, "\"reason\":\"benign\""));
    CHECK(kit_api_says(act(&kit, "RXA", id, "\"action\":\"start\""), 200, "reopen it first"));
    CHECK(kit_api_says(act(&kit, "RXA", id, "\"action\":\"reopen\""), 200, "\"changed\":1"));
    CHECK(kit_api_says(act(&kit, "RXA", id, "\"action\":\"assign\",\"owner\":\"user:1\""), 422,
                       "\"path\":\"owner\""));
    CHECK(kit_api_says(act(&kit, "RXA", id, "\"action\":\"sing\""), 422, "\"path\":\"action\""));
    kit_api_done(&kit);
}

static void refuses_what_is_others(void)
{
    struct kit_api kit;
    char id[16];
    init(&kit);
    find(&kit, "host:ws9", id);
    struct kit_api_reply hidden = act(&kit, "RXA", id, "\"action\":\"acknowledge\"");
    CHECK_U64(hidden.status, 200);
    CHECK(cord_str_find(hidden.body, CORD_STR("there is no such alert, or it is not for you"), 0) !=
          SIZE_MAX);
    kit_api_reply_done(&hidden);
    CHECK(kit_api_says(act(&kit, "RXA", "A-0000-0000", "\"action\":\"acknowledge\""), 200,
                       "there is no such alert, or it is not for you"));
    CHECK(says(&kit, "RXB", "?q=status:acknowledged", 200, "\"total\":0"));
    CHECK(kit_api_says(act(&kit, "nobody", id, "\"action\":\"acknowledge\""), 403, ""));
    CHECK(kit_api_says(act(&kit, "weak", id, "\"action\":\"acknowledge\""), 403, "second factor"));
    kit_api_done(&kit);
}

static void undoes_what_was_done(void)
{
    struct kit_api kit;
    char first[16];
    char second[16];
    char body[200];
    char undo[80];
    init(&kit);
    find(&kit, "host:ws1", first);
    find(&kit, "host:ws2", second);
    (void)snprintf(body, sizeof body,
                   "{\"action\":\"close\",\"reason\":\"duplicate\",\"ids\":[\"%s\",\"%s\"]}", first,
                   second);
    struct kit_api_reply done = kit_api_ask(&kit, "RXA", "POST /alerts/actions", NULL, body);
    CHECK_U64(done.status, 200);
    (void)snprintf(undo, sizeof undo, "POST /alerts/actions/%.*s/undo",
                   CORD_STR_ARG(cord_str_slice(done.body, 14, 24)));
    kit_api_reply_done(&done);
    CHECK(says(&kit, "RXA", "?q=status:closed", 200, "\"total\":2"));
    /* Somebody else goes on with one of them meanwhile. */
    CHECK(kit_api_says(act(&kit, "nation", second, "\"action\":\"reopen\""), 200, "\"changed\":1"));
    CHECK(kit_api_says(kit_api_ask(&kit, "nation", undo, NULL, NULL), 404, ""));
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", undo, NULL, NULL), 200,
                       "\"changed\":1,\"refused\":[{\"id\":\""));
    CHECK(says(&kit, "RXA", "?q=status:new", 200, "\"total\":2"));
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", undo, NULL, NULL), 404, ""));
    kit_api_done(&kit);
}

/* What undoing goes by is the record: it does as well for a server that has just begun, and says
 * again whose the alert was, and how far, before. */
static void undoes_by_what_was_recorded(void)
{
    struct kit_api kit;
    char first[16];
    char body[200];
    char undo[80];
    init(&kit);
    find(&kit, "host:ws1", first);
    CHECK(kit_api_says(act(&kit, "RXA", first, "\"action\":\"start\""), 200, "\"changed\":1"));
    CHECK(kit_api_says(act(&kit, "RXA", first, "\"action\":\"assign\",\"owner\":\"me\""), 200,
                       "\"changed\":1"));
    /* Named twice, it is changed twice, and undone to what it was before both. */
    (void)snprintf(body, sizeof body,
                   "{\"action\":\"close\",\"reason\":\"benign\",\"ids\":[\"%s\",\"%s\"]}", first,
                   first);
    struct kit_api_reply done = kit_api_ask(&kit, "RXA", "POST /alerts/actions", NULL, body);
    (void)snprintf(undo, sizeof undo, "POST /alerts/actions/%.*s/undo",
                   CORD_STR_ARG(cord_str_slice(done.body, 14, 24)));
    kit_api_reply_done(&done);
    CHECK(says(&kit, "RXA", "?q=status:closed", 200, "\"total\":1"));
    done = kit_api_ask(&kit, "RXA", undo, NULL, NULL);
    CHECK_U64(done.status, 200);
    CHECK(cord_str_find(done.body, CORD_STR("\"changed\":1,\"refused\":[]"), 0) != SIZE_MAX);
    /* To undo cannot be undone. */
    (void)snprintf(undo, sizeof undo, "POST /alerts/actions/%.*s/undo",
                   CORD_STR_ARG(cord_str_slice(done.body, 14, 24)));
    kit_api_reply_done(&done);
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", undo, NULL, NULL), 404, ""));
    CHECK(says(&kit, "RXA", "?q=status:in-progress%20AND%20owner:me", 200, "\"total\":1"));
    CHECK(
        kit_api_says(kit_api_ask(&kit, "RXA", "POST /alerts/actions/0/undo", NULL, NULL), 404, ""));
    kit_api_done(&kit);
}

static void lists_by_ids(void)
{
    struct kit_api kit;
    char first[16];
    char second[16];
    char where[4096] = "?ids=";
    init(&kit);
    find(&kit, "host:ws1", first);
    find(&kit, "host:ws2", second);
    (void)snprintf(where, sizeof where, "?ids=%s,%s,A-0000-0000,nothing", first, second);
    CHECK(says(&kit, "RXA", where, 200, "\"total\":2"));
    CHECK(says(&kit, "RXB", where, 200, "\"total\":0"));
    (void)snprintf(where, sizeof where, "?ids=%s&q=host:ws2", first);
    CHECK(says(&kit, "RXA", where, 200, "\"total\":0"));
    (void)snprintf(where, sizeof where, "?q=id:%s%%20OR%%20id:%s", first, second);
    CHECK(says(&kit, "RXA", where, 200, "\"total\":2"));
    CHECK(says(&kit, "RXA", "?ids=", 400, ""));
    size_t len = (size_t)snprintf(where, sizeof where, "GET /alerts?ids=");
    for (int i = 0; i < 201; i++) {
        len += (size_t)snprintf(where + len, sizeof where - len, "a,");
    }
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", where, NULL, NULL), 400, "200 at most"));
    kit_api_done(&kit);
}

static void raises_by_hand(void)
{
    static const char body[] =
        "{\"organisation\":\"RXA\",\"title\":\"A call\",\"level\":\"medium\","
        "\"entity_kind\":\"host\",\"entity\":\"ws7\",\"text\":\"x\"}";
    struct kit_api kit;
    init(&kit);
    CHECK(kit_api_says(kit_api_ask(&kit, "RXB", "POST /alerts", NULL, body), 403, ""));
    struct kit_api_reply made =
        kit_api_ask(&kit, "RXA", "POST /alerts", "Idempotency-Key: k1\r\n", body);
    struct kit_api_reply again =
        kit_api_ask(&kit, "RXA", "POST /alerts", "Idempotency-Key: k1\r\n", body);
    CHECK_U64(made.status, 201);
    CHECK_STR_EQ(made.body, again.body);
    kit_api_reply_done(&made);
    kit_api_reply_done(&again);
    CHECK(says(&kit, "nation", "?q=manual:true", 200, "\"total\":1"));
    CHECK(says(&kit, "RXA", "?q=host:ws7", 200, "\"title\":\"A call\""));
    CHECK(says(&kit, "RXB", "?q=host:ws7", 200, "\"total\":0"));
    kit_api_done(&kit);
}

/* --- as it happens --- */

static void tells_that_they_change(void)
{
    struct kit_api kit;
    struct kit_api_stream stream;
    char own[16];
    char others[16];
    init(&kit);
    find(&kit, "host:ws1", own);
    find(&kit, "host:ws9", others);
    kit_api_stream_open(&stream, &kit, "RXA", "/alerts/live", CORD_STR(""));
    kit_api_stream_await(&stream, ": cordon");
    CHECK(
        kit_api_says(act(&kit, "RXB", others, "\"action\":\"acknowledge\""), 200, "\"changed\":1"));
    CHECK(kit_api_says(act(&kit, "RXA", own, "\"action\":\"close\",\"reason\":\"other\""), 200,
                       "\"changed\":1"));
    kit_api_stream_await(&stream, "\"total_open\":1,\"more\":false}");
    cord_str all = cord_buf_str(&stream.text);
    CHECK(cord_str_find(all, CORD_STR("event: alerts\ndata: {\"changed\":[\"A-"), 0) != SIZE_MAX);
    CHECK(cord_str_find(all, cord_str_from(own), 0) != SIZE_MAX);
    CHECK(cord_str_find(all, cord_str_from(others), 0) == SIZE_MAX);
    kit_api_stream_close(&stream);
    CHECK(says(&kit, "nobody", "/live", 403, ""));
    kit_api_done(&kit);
}

static void take_desk(struct cord_api_options *options)
{
    options->ports.desk = NULL;
}

static void says_that_there_is_no_desk(void)
{
    struct kit_api kit;
    kit_api_init(&kit, take_desk);
    CHECK(says(&kit, "nation", "", 503, "no desk"));
    CHECK(kit_api_says(kit_api_ask(&kit, "nation", "GET /spread", NULL, NULL), 503, "no desk"));
    kit_api_done(&kit);
}

static void shows_no_spread_where_there_is_none(void)
{
    struct kit_api kit;
    init(&kit);
    CHECK(kit_api_says(kit_api_ask(&kit, "nation", "GET /spread", NULL, NULL), 200, "\"total\":"));
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", "GET /spread/none", NULL, NULL), 404, ""));
    CHECK(kit_api_says(kit_api_ask(&kit, "nobody", "GET /spread", NULL, NULL), 403, ""));
    kit_api_done(&kit);
}

static void belongs_to_an_incident(void)
{
    struct kit_api kit;
    char id[16];
    char body[200];
    char path[60];
    init(&kit);
    find(&kit, "host:ws1", id);
    (void)snprintf(body, sizeof body,
                   "{\"title\":\"A worm\",\"severity\":\"critical\",\"alerts\":[\"%s\"]}", id);
    struct kit_api_reply made = kit_api_ask(&kit, "nation", "POST /incidents", NULL, body);
    CHECK_U64(made.status, 201);
    CHECK(cord_str_find(made.body, CORD_STR("\"title\":\"T r1\""), 0) != SIZE_MAX);
    kit_api_reply_done(&made);
    (void)snprintf(path, sizeof path, "/%s", id);
    for (bool told = false; !told;) {
        struct kit_api_reply reply =
            kit_api_ask(&kit, "RXA", "GET /alerts?q=incident:*", NULL, NULL);
        told = cord_str_find(reply.body, CORD_STR("\"total\":1"), 0) != SIZE_MAX;
        kit_api_reply_done(&reply);
    }
    CHECK(says(&kit, "RXA", path, 200, "\"incident\":\"INC-2017-"));
    /* Another's alert is linked as little as one that is not there. */
    char others[16];
    char request[80];
    find(&kit, "host:ws9", others);
    struct kit_api_reply one = kit_api_ask(&kit, "RXA", "GET /incidents", NULL, NULL);
    size_t at = cord_str_find(one.body, CORD_STR("INC-2017-"), 0);
    CHECK(at != SIZE_MAX);
    cord_str rest = cord_str_from_byte(one.body, at);
    (void)snprintf(request, sizeof request, "POST /incidents/%.*s/entries",
                   CORD_STR_ARG(cord_str_slice(rest, 0, cord_str_find_char(rest, '"', 0))));
    kit_api_reply_done(&one);
    (void)snprintf(body, sizeof body,
                   "{\"kind\":\"link\",\"links\":[{\"kind\":\"alert\",\"id\":\"%s\"}]}", others);
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", request, NULL, body), 422, "there is no alert"));
    kit_api_done(&kit);
}

/* Far behind the journal, as after a start, it says so. */
static void says_that_it_is_still_being_made(void)
{
    struct kit_api kit;
    kit_api_init(&kit, NULL); /* nobody tells the desk */
    CHECK(says(&kit, "nation", "", 200, "\"catching_up\":false"));
    atomic_store(&kit.finding_count, 5000);
    CHECK(
        says(&kit, "nation", "", 200, "\"catching_up\":false")); /* a little behind it always is */
    atomic_store(&kit.finding_count, 5001);
    CHECK(says(&kit, "nation", "", 200, "\"catching_up\":true"));
    atomic_store(&kit.finding_count, 0);
    kit_api_done(&kit);
}

KIT_MAIN(KIT_TEST(says_that_it_is_still_being_made), KIT_TEST(belongs_to_an_incident),
         KIT_TEST(tells_that_they_change), KIT_TEST(says_that_there_is_no_desk),
         KIT_TEST(shows_no_spread_where_there_is_none), KIT_TEST(lists_the_queue),
         KIT_TEST(counts_what_each_may_see), KIT_TEST(shows_one_to_whose_it_is),
         KIT_TEST(says_how_far_they_are), KIT_TEST(refuses_what_is_others),
         KIT_TEST(undoes_what_was_done), KIT_TEST(undoes_by_what_was_recorded),
         KIT_TEST(lists_by_ids), KIT_TEST(raises_by_hand))
