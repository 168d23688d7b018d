/* test_api_hunts.c: searches that go on by themselves, whose they are, and single events. */
#include "kit/kit_api.h"

#include "kit/kit_store.h"

#include "evidence/store.h"

#include <stdio.h>

enum { EVENTS = 30 };

static void fill(struct kit_api *kit)
{
    struct cord_evidence *evidence = cord_store_evidence(kit->options.ports.store);
    struct cord_rows *rows = cord_rows_new(64 << 20, 1);
    for (uint64_t n = 1; n <= EVENTS; n++) {
        kit_store_add(rows, n % 3 ? "RXA" : "RXB", "ward", n);
    }
    CHECK(evidence->ops->append(evidence, rows, NULL) == CORD_OK);
    CHECK(evidence->ops->commit(evidence, NULL) == CORD_OK);
    cord_rows_free(rows);
}

static void init(struct kit_api *kit)
{
    kit_api_init(kit, NULL);
    fill(kit);
}

/* Where the new search is: "/hunts/...". */
static void create(struct kit_api *kit, const char *token, const char *body, char path[80])
{
    struct kit_api_reply reply = kit_api_ask(kit, token, "POST /hunts", NULL, body);
    if (reply.status != 201) {
        print_error("%.*s\n", CORD_STR_ARG(cord_buf_str(&reply.text)));
        fail();
    }
    cord_str location = kit_api_header(&reply, "Location");
    CHECK(cord_str_starts(location, CORD_STR(CORD_API_BASE "/hunts/")));
    (void)snprintf(path, 80, "%.*s",
                   CORD_STR_ARG(cord_str_from_byte(location, sizeof CORD_API_BASE - 1)));
    kit_api_reply_done(&reply);
}

static struct kit_api_reply ask(struct kit_api *kit, const char *token, const char *method,
                                const char *path, const char *behind)
{
    char request[200];
    (void)snprintf(request, sizeof request, "%s %s%s", method, path, behind);
    return kit_api_ask(kit, token, request, NULL, NULL);
}

/* Asks until it is over. */
static struct kit_api_reply await(struct kit_api *kit, const char *token, const char *path)
{
    for (;;) {
        struct kit_api_reply reply = ask(kit, token, "GET", path, "");
        CHECK_U64(reply.status, 200);
        if (cord_str_find(reply.body, CORD_STR("\"state\":\"queued\""), 0) == SIZE_MAX &&
            cord_str_find(reply.body, CORD_STR("\"state\":\"running\""), 0) == SIZE_MAX) {
            return reply;
        }
        kit_api_reply_done(&reply);
    }
}

static void finds_what_is_asked_for(void)
{
    struct kit_api kit;
    char path[80];
    init(&kit);
    create(&kit, "nation", "{\"query\":\"user:u7\"}", path);
    CHECK(kit_api_says(await(&kit, "nation", path), 200,
                       "\"matched\":1,\"rows\":1,\"cut\":false,\"exact\":true"));
    CHECK(kit_api_says(ask(&kit, "nation", "GET", path, "/rows"), 200, "\"org\":\"RXA\""));
    create(&kit, "nation", "{\"query\":\"| count by org\"}", path);
    CHECK(kit_api_says(await(&kit, "nation", path), 200, "\"state\":\"done\""));
    CHECK(kit_api_says(ask(&kit, "nation", "GET", path, "/rows"), 200,
                       "{\"items\":[{\"org\":\"RXA\",\"count\":20,"));
    create(&kit, "nation", "{\"query\":\"\",\"limit\":5}", path);
    CHECK(kit_api_says(await(&kit, "nation", path), 200, "\"rows\":5,\"cut\":true"));
    create(&kit, "nation",
           "{\"query\":\"| fields user,n\",\"from\":\"1970-01-01T00:00:03Z\",\"to\":"
           "\"1970-01-01T00:00:05Z\"}",
           path);
    CHECK(kit_api_says(await(&kit, "nation", path), 200, "\"state\":\"done\""));
    kit_api_done(&kit);
}

/* How much of the store is others' is not told (N13). */
static void does_not_count_what_others_have(void)
{
    struct kit_api kit;
    char path[80];
    init(&kit);
    CHECK(cord_store_flush(kit.options.ports.store, NULL) == CORD_OK);
    create(&kit, "nation", "{\"query\":\"nothing\"}", path);
    CHECK(kit_api_says(await(&kit, "nation", path), 200, "\"blocks\":2"));
    create(&kit, "RXA", "{\"query\":\"user:u*\"}", path);
    CHECK(kit_api_says(await(&kit, "RXA", path), 200, "\"blocks\":1,\"skipped\":0"));
    kit_api_done(&kit);
}

static void sums_up_what_it_finds(void)
{
    struct kit_api kit;
    char path[80];
    init(&kit);
    create(&kit, "nation",
           "{\"query\":\"\",\"limit\":2,\"summary\":true,\"facets\":[\"org\",\"nofield\"]}", path);
    CHECK(kit_api_says(await(&kit, "nation", path), 200, "\"rows\":2,\"cut\":true"));
    CHECK(kit_api_says(ask(&kit, "nation", "GET", path, "/summary"), 200, "{\"matched\":30,"));
    CHECK(kit_api_says(ask(&kit, "nation", "GET", path, "/summary"), 200,
                       "\"histogram\":{\"step_seconds\":1,\"undated\":0,\"buckets\":[{"));
    CHECK(
        kit_api_says(ask(&kit, "nation", "GET", path, "/summary"), 200,
                     "\"facets\":[{\"field\":\"org\",\"values\":[{\"value\":\"RXA\",\"count\":20},"
                     "{\"value\":\"RXB\",\"count\":10}],\"other\":0},{\"field\":\"nofield\","
                     "\"values\":[{\"value\":null,\"count\":30}],\"other\":0}],\"exact\":true,"
                     "\"complete\":true}"));
    CHECK(kit_api_says(ask(&kit, "RXA", "GET", path, "/summary"), 404, ""));
    create(&kit, "RXB", "{\"query\":\"user:u*\",\"summary\":true,\"facets\":[\"org\"]}", path);
    CHECK(kit_api_says(await(&kit, "RXB", path), 200, "\"state\":\"done\""));
    CHECK(kit_api_says(ask(&kit, "RXB", "GET", path, "/summary"), 200,
                       "\"values\":[{\"value\":\"RXB\",\"count\":10}],\"other\":0}"));
    create(&kit, "RXB", "{\"query\":\"nothing\",\"summary\":true}", path);
    CHECK(kit_api_says(await(&kit, "RXB", path), 200, "\"state\":\"done\""));
    CHECK(kit_api_says(ask(&kit, "RXB", "GET", path, "/summary"), 200,
                       "{\"matched\":0,\"first\":null,\"last\":null,\"exact\":true,"));
    create(&kit, "RXB", "{\"query\":\"\"}", path);
    CHECK(kit_api_says(ask(&kit, "RXB", "GET", path, "/summary"), 200, "{\"complete\":false}"));
    kit_api_done(&kit);
}

static void searches_ones_own_events_only(void)
{
    struct kit_api kit;
    char path[80];
    init(&kit);
    create(&kit, "RXB", "{\"query\":\"| count by org\"}", path);
    CHECK(kit_api_says(await(&kit, "RXB", path), 200, "\"organisation\":\"RXB\""));
    CHECK(kit_api_says(ask(&kit, "RXB", "GET", path, "/rows"), 200,
                       "{\"items\":[{\"org\":\"RXB\",\"count\":10,"));
    CHECK(kit_api_says(
        kit_api_ask(&kit, "RXB", "POST /hunts", NULL, "{\"query\":\"\",\"organisation\":\"RXA\"}"),
        403, "not events that you may search"));
    CHECK(kit_api_says(
        kit_api_ask(&kit, "RXB", "POST /hunts", NULL, "{\"query\":\"\",\"organisation\":\"NONE\"}"),
        403, "not events that you may search"));
    static const char *const asked[] = {"GET", "DELETE"};
    for (size_t i = 0; i < 2; i++) {
        CHECK(kit_api_says(ask(&kit, "RXA", asked[i], path, ""), 404, ""));
        CHECK(kit_api_says(ask(&kit, "nation", asked[i], path, ""), 404, ""));
    }
    CHECK(kit_api_says(ask(&kit, "RXA", "GET", path, "/rows"), 404, ""));
    CHECK(kit_api_says(ask(&kit, "RXA", "GET", "/hunts", ""), 200, "{\"items\":[],\"next\":null}"));
    CHECK(kit_api_says(ask(&kit, "RXB", "GET", "/hunts", ""), 200, "count by org"));
    CHECK(kit_api_says(ask(&kit, "RXB", "DELETE", path, ""), 204, ""));
    CHECK(kit_api_says(ask(&kit, "RXB", "GET", path, ""), 404, ""));
    kit_api_done(&kit);
}

static void turns_pages_of_rows(void)
{
    struct kit_api kit;
    char path[80];
    char query[700] = "/rows?limit=7";
    size_t count = 0;
    init(&kit);
    create(&kit, "RXA", "{\"query\":\"\"}", path);
    struct kit_api_reply reply = await(&kit, "RXA", path);
    kit_api_reply_done(&reply);
    while (query[0] != '\0') {
        char request[900];
        (void)snprintf(request, sizeof request, "GET %s%s", path, query);
        reply = kit_api_ask(&kit, "RXA", request, NULL, NULL);
        CHECK_U64(reply.status, 200);
        for (size_t at = 0;
             (at = cord_str_find(reply.body, CORD_STR("\"received\":"), at)) != SIZE_MAX; at++) {
            count++;
        }
        size_t next = cord_str_find(reply.body, CORD_STR("\"next\":\""), 0);
        cord_str cursor = cord_str_from_byte(reply.body, next == SIZE_MAX ? 0 : next + 8);
        (void)snprintf(query, sizeof query, "/rows?limit=7&cursor=%.*s",
                       CORD_STR_ARG(cord_str_slice(cursor, 0, cord_str_find_char(cursor, '"', 0))));
        query[0] = next == SIZE_MAX ? '\0' : query[0];
        kit_api_reply_done(&reply);
    }
    CHECK_U64(count, 20);
    kit_api_done(&kit);
}

static void says_what_is_wrong_with_a_search(void)
{
    static const struct {
        const char *body;
        unsigned status;
        const char *says;
    } wrong[] = {
        {"{\"query\":\"(a\"}", 422, "\"path\":\"query\""},
        {"{\"query\":\"a OR id:1M4J-879M-CV5\"}", 422,
         "column 9: no evidence id: 11 characters of"},
        {"{\"query\":\"id:1M4J*\"}", 422, "takes whole ids"},
        {"{}", 422, "{\"path\":\"query\",\"detail\":\"is missing\"}"},
        {"{\"query\":1}", 422, "is to be text, not a number"},
        {"{\"query\":\"\",\"limit\":0}", 422, "\"path\":\"limit\""},
        {"{\"query\":\"\",\"form\":\"2017-05-12\"}", 422, "did you mean 'from'?"},
        {"{\"query\":\"\",\"from\":\"yesterday\"}", 422, "is to be a time"},
        {"{\"query\":\"\",\"query\":\"\"}", 400, "a name is there twice"},
        {"{\"query\":\"| count\",\"summary\":true}", 422, "\"path\":\"summary\""},
        {"{\"query\":\"\",\"summary\":true,\"facets\":[\"a | count\"]}", 422, "facets[0]"},
        {"{\"query\":\"\",\"summary\":true,\"facets\":[\"a\",\"b,c\"]}", 422, "facets[1]"},
        {"[]", 422, "is to be an object, not a list"},
        {"nonsense", 400, "the body is no JSON"},
        {"", 400, "the body is no JSON"},
    };
    struct kit_api kit;
    init(&kit);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK(kit_api_says(kit_api_ask(&kit, "nation", "POST /hunts", NULL, wrong[i].body),
                           wrong[i].status, wrong[i].says));
    }
    CHECK(kit_api_says(
        kit_api_ask(&kit, "nation", "POST /hunts", "Content-Type: text/plain\r\n", NULL), 415, ""));
    kit_api_done(&kit);
}

static void keeps_only_a_few(void)
{
    struct kit_api kit;
    char path[80];
    init(&kit);
    for (size_t i = 0; i < 4; i++) {
        create(&kit, "RXA", "{\"query\":\"\"}", path);
    }
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", "POST /hunts", NULL, "{\"query\":\"\"}"), 409,
                       "delete one of them"));
    struct kit_api_reply reply = await(&kit, "RXA", path);
    kit_api_reply_done(&reply);
    CHECK(kit_api_says(ask(&kit, "RXA", "DELETE", path, ""), 204, ""));
    create(&kit, "RXA", "{\"query\":\"\"}", path);
    create(&kit, "RXB", "{\"query\":\"\"}", path);
    kit_api_done(&kit);
}

/* Of "name":NUMBER, behind `from`. */
static uint64_t number_of(cord_str body, const char *name)
{
    char quoted[40];
    uint64_t number = 0;
    (void)snprintf(quoted, sizeof quoted, "\"%s\":", name);
    size_t at = cord_str_find(body, cord_str_from(quoted), 0);
    CHECK(at != SIZE_MAX);
    size_t end = at += strlen(quoted);
    while (end < body.len && cord_str_is_digit(body.ptr[end])) {
        end++;
    }
    CHECK(cord_str_u64(cord_str_slice(body, at, end - at), &number));
    return number;
}

static bool adds_up(cord_str body)
{
    return number_of(body, "blocks") == number_of(body, "skipped") + number_of(body, "counted") +
                                            number_of(body, "searched") + number_of(body, "left");
}

static bool somebody_reads(void *self)
{
    const struct kit_api *kit = self;
    return atomic_load(&kit->at_reads) > 0;
}

/* A search that is held at its first block, which no thread can pass before it is cancelled. */
static void stops_when_it_is_cancelled_and_stays_so(void)
{
    struct kit_api kit;
    char path[80];
    char cancel[90];
    char export[90];
    kit_api_init(&kit, NULL);
    for (size_t i = 0; i < 6; i++) {
        fill(&kit);
        CHECK(cord_store_flush(kit.options.ports.store, NULL) == CORD_OK);
    }
    (void)pthread_mutex_lock(&kit.reads);
    atomic_store(&kit.at_reads, 0);
    create(&kit, "nation", "{\"query\":\"/u[0-9]/\"}", path);
    kit_loop_until(kit.loop, somebody_reads, &kit);
    CHECK(kit_api_says(ask(&kit, "nation", "GET", path, ""), 200, "\"state\":\"running\""));
    (void)snprintf(export, sizeof export, "POST %s/export", path);
    CHECK(kit_api_says(
        kit_api_ask(&kit, "nation", export, NULL, "{\"format\":\"csv\",\"reason\":\"x\"}"), 409,
        "it goes on"));
    CHECK(kit_api_says(ask(&kit, "RXA", "POST", path, "/cancel"), 404, ""));
    (void)snprintf(cancel, sizeof cancel, "POST %s/cancel", path);
    CHECK(kit_api_says(kit_api_ask(&kit, "nation", cancel, NULL, NULL), 200, "running"));
    (void)pthread_mutex_unlock(&kit.reads);
    struct kit_api_reply over = await(&kit, "nation", path);
    CHECK(cord_str_find(over.body, CORD_STR("\"state\":\"cancelled\""), 0) != SIZE_MAX);
    CHECK(number_of(over.body, "left") > 0 && adds_up(over.body));
    CHECK_U64(number_of(over.body, "blocks"), 12);
    /* Nothing works on: what is told stays. Once more changes nothing. */
    struct kit_api_reply later = kit_api_ask(&kit, "nation", cancel, NULL, NULL);
    CHECK_STR_EQ(over.body, later.body);
    kit_api_reply_done(&later);
    later = ask(&kit, "nation", "GET", path, "");
    CHECK_STR_EQ(over.body, later.body);
    kit_api_reply_done(&later);
    kit_api_reply_done(&over);
    CHECK(kit_api_says(
        kit_api_ask(&kit, "nation", export, NULL, "{\"format\":\"jsonl\",\"reason\":\"x\"}"), 200,
        "\"state\":\"cancelled\""));
    kit_api_done(&kit);
}

static void what_it_looked_at_adds_up(void)
{
    static const char *const queries[] = {"/u[0-9]/", "user:u7", "nothing", "| count by org",
                                          "time:1970-01-01"};
    struct kit_api kit;
    init(&kit);
    CHECK(cord_store_flush(kit.options.ports.store, NULL) == CORD_OK);
    fill(&kit);
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        for (size_t national = 0; national < 2; national++) {
            char path[80];
            char body[80];
            const char *who = national ? "nation" : "RXA";
            (void)snprintf(body, sizeof body, "{\"query\":\"%s\"}", queries[i]);
            create(&kit, who, body, path);
            struct kit_api_reply reply = await(&kit, who, path);
            CHECK(adds_up(reply.body));
            CHECK_U64(number_of(reply.body, "left"), 0);
            kit_api_reply_done(&reply);
            CHECK(kit_api_says(ask(&kit, who, "DELETE", path, ""), 204, ""));
        }
    }
    kit_api_done(&kit);
}

static struct kit_api_reply export_as(struct kit_api *kit, const char *who, const char *path,
                                      const char *body)
{
    char request[100];
    (void)snprintf(request, sizeof request, "POST %s/export", path);
    return kit_api_ask(kit, who, request, NULL, body);
}

static void leaves_the_house_with_what_it_is_and_is_told(void)
{
    struct kit_api kit;
    char path[80];
    init(&kit);
    create(&kit, "RXA", "{\"query\":\"user:u*\",\"limit\":5,\"summary\":true}", path);
    struct kit_api_reply reply = await(&kit, "RXA", path);
    kit_api_reply_done(&reply);
    reply = export_as(&kit, "RXA", path, "{\"format\":\"csv\",\"reason\":\"case 7\"}");
    CHECK_U64(reply.status, 200);
    CHECK_STR(kit_api_header(&reply, "Content-Type"), "text/csv; charset=utf-8");
    CHECK_STR(kit_api_header(&reply, "Content-Disposition"),
              "attachment; filename=\"hunt-20170512T080000Z.csv\"");
    static const char *const says[] = {
        "\"# marking\",\"TLP:AMBER+STRICT\"\r\n",
        "\"# query\",\"user:u*\"\r\n",
        "\"# organisation\",\"RXA\"\r\n",
        "\"# rows\",\"5\"\r\n",
        "\"# matched\",\"20\"\r\n",
        "\"# matched_is_all\",\"true\"\r\n",
        "\"# whole\",\"false\"\r\n",
        "\"# exported_by_name\",\"RXA\"\r\n",
        "\"# exported\",\"2017-05-12T08:00:00.000Z\"\r\n",
        "\"# reason\",\"case 7\"\r\n",
        "\r\n\r\n\"time\",\"received\",\"id\",\"org\",\"source\",\"format\",\"class\",\"host\","
        "\"user\","
        "\"n\",\".user\",\"ip\",\"kind\",\"raw\"\r\n",
    };
    for (size_t i = 0; i < sizeof says / sizeof *says; i++) {
        if (cord_str_find(reply.body, cord_str_from(says[i]), 0) == SIZE_MAX) {
            print_error("%s is not in\n%.*s\n", says[i], CORD_STR_ARG(reply.body));
            fail();
        }
    }
    kit_api_reply_done(&reply);
    CHECK(kit_api_says(export_as(&kit, "RXA", path,
                                 "{\"format\":\"jsonl\",\"marking\":\"TLP:RED\",\"reason\":"
                                 "\"of 943 476 5919\"}"),
                       200, "{\"export\":{\"marking\":\"TLP:RED\",\"query\":\"user:u*\""));
    /* What is told of it names no person either. */
    CHECK(kit_api_says(kit_api_ask(&kit, "nation", "GET /audit", NULL, NULL), 200,
                       "csv, 5 rows (there are more) of 20 events, TLP:AMBER+STRICT: case 7; "
                       "query: user:u*"));
    CHECK(kit_api_says(kit_api_ask(&kit, "nation", "GET /audit", NULL, NULL), 200,
                       "TLP:RED: of [withheld]; query"));
    CHECK(kit_api_says(export_as(&kit, "nation", path, "{\"format\":\"csv\",\"reason\":\"x\"}"),
                       404, ""));
    CHECK(kit_api_says(export_as(&kit, "RXA", path, "{\"format\":\"csv\"}"), 422, "reason"));
    CHECK(kit_api_says(export_as(&kit, "RXA", path, "{\"format\":\"xls\",\"reason\":\"x\"}"), 422,
                       "format"));
    kit_api_done(&kit);
}

KIT_MAIN(KIT_TEST(finds_what_is_asked_for), KIT_TEST(does_not_count_what_others_have),
         KIT_TEST(sums_up_what_it_finds), KIT_TEST(searches_ones_own_events_only),
         KIT_TEST(turns_pages_of_rows), KIT_TEST(says_what_is_wrong_with_a_search),
         KIT_TEST(keeps_only_a_few), KIT_TEST(stops_when_it_is_cancelled_and_stays_so),
         KIT_TEST(what_it_looked_at_adds_up),
         KIT_TEST(leaves_the_house_with_what_it_is_and_is_told))
