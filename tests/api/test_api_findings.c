/* test_api_findings.c: findings page by page and as they come, and the rules behind them. */
#include "kit/kit_api_stream.h"

#include <stdio.h>

#define FINDING(number, organisation, level, rule, host, minute)                                   \
    "{\"finding\":" #number ",\"first_seen\":\"2017-05-12T08:" #minute                             \
    ":00.000Z\",\"organisation\":\"" organisation "\",\"level\":\"" level                          \
    "\",\"title\":\"T\",\"rule\":{\"id\":\"" rule                                                  \
    "\",\"tags\":[],\"references\":[]},\"host\":\"" host "\",\"record\":1,\"offset\":0}"

static const char *const findings[] = {
    FINDING(1, "RXA", "high", "r1", "ws1", 10),   FINDING(2, "RXB", "critical", "r2", "ws9", 11),
    FINDING(3, "RXA", "low", "r2", "ws2", 12),    FINDING(4, "RXB", "medium", "r1", "ws9", 13),
    FINDING(5, "RXA", "medium", "r1", "WS1", 14),
};

static void init(struct kit_api *kit, size_t count)
{
    kit_api_init(kit, NULL);
    kit->findings = findings;
    atomic_store(&kit->finding_count, count);
}

/* The hosts of a page, in its order: "ws1 ws2 ". */
static void hosts_of(const struct kit_api_reply *reply, char *into, size_t room)
{
    size_t len = 0;
    size_t at = 0;
    into[0] = '\0';
    while ((at = cord_str_find(reply->body, CORD_STR("\"host\":\""), at)) != SIZE_MAX) {
        cord_str host = cord_str_from_byte(reply->body, at + 8);
        host = cord_str_slice(host, 0, cord_str_find_char(host, '"', 0));
        len += (size_t)snprintf(into + len, room - len, "%.*s ", CORD_STR_ARG(host));
        at++;
    }
}

static bool lists(struct kit_api *kit, const char *token, const char *query, const char *hosts)
{
    char request[200];
    char got[200];
    (void)snprintf(request, sizeof request, "GET /findings?%s", query);
    struct kit_api_reply reply = kit_api_ask(kit, token, request, NULL, NULL);
    hosts_of(&reply, got, sizeof got);
    bool same = reply.status == 200 && strcmp(got, hosts) == 0;
    if (!same) {
        print_error("%s: %s, not %s\n", query, got, hosts);
    }
    kit_api_reply_done(&reply);
    return same;
}

static void lists_what_is_asked_for(void)
{
    struct kit_api kit;
    init(&kit, 5);
    CHECK(lists(&kit, "nation", "", "WS1 ws9 ws2 ws9 ws1 "));
    CHECK(lists(&kit, "nation", "order=oldest", "ws1 ws9 ws2 ws9 WS1 "));
    CHECK(lists(&kit, "nation", "level=medium", "WS1 ws9 ws9 ws1 "));
    CHECK(lists(&kit, "nation", "level=critical&order=oldest", "ws9 "));
    CHECK(lists(&kit, "nation", "rule=r2", "ws2 ws9 "));
    CHECK(lists(&kit, "nation", "host=Ws1", "WS1 ws1 "));
    CHECK(lists(&kit, "nation", "organisation=RXB", "ws9 ws9 "));
    CHECK(lists(&kit, "nation", "from=2017-05-12T08:11:00Z&to=2017-05-12T08:13:00Z", "ws2 ws9 "));
    CHECK(lists(&kit, "RXA", "", "WS1 ws2 ws1 "));
    CHECK(lists(&kit, "RXA", "organisation=RXB", ""));
    kit_api_done(&kit);
}

static cord_str member(const struct kit_api_reply *reply, const char *name)
{
    char quoted[40];
    int len = snprintf(quoted, sizeof quoted, "\"%s\":\"", name);
    size_t at = cord_str_find(reply->body, cord_str_from(quoted), 0);
    cord_str rest =
        at == SIZE_MAX ? CORD_STR("") : cord_str_from_byte(reply->body, at + (size_t)len);
    return cord_str_slice(rest, 0, cord_str_find_char(rest, '"', 0));
}

static void turns_pages(const char *order, const char *wanted)
{
    struct kit_api kit;
    char request[700];
    char hosts[200];
    char all[200] = "";
    init(&kit, 5);
    (void)snprintf(request, sizeof request, "GET /findings?limit=1&order=%s", order);
    for (size_t pages = 0; pages < 10 && request[0]; pages++) {
        struct kit_api_reply reply = kit_api_ask(&kit, "RXA", request, NULL, NULL);
        CHECK_U64(reply.status, 200);
        hosts_of(&reply, hosts, sizeof hosts);
        (void)snprintf(all + strlen(all), sizeof all - strlen(all), "%s", hosts);
        cord_str next = member(&reply, "next");
        (void)snprintf(request, sizeof request, "GET /findings?limit=1&order=%s&cursor=%.*s", order,
                       CORD_STR_ARG(next));
        request[0] = next.len > 0 ? request[0] : '\0';
        kit_api_reply_done(&reply);
    }
    CHECK(request[0] == '\0');
    CHECK_STR_EQ(cord_str_from(all), cord_str_from(wanted));
    kit_api_done(&kit);
}

static void turns_pages_both_ways(void)
{
    turns_pages("newest", "WS1 ws2 ws1 ");
    turns_pages("oldest", "ws1 ws2 WS1 ");
}

static void shows_one_to_whose_it_is(void)
{
    struct kit_api kit;
    char request[100];
    init(&kit, 5);
    struct kit_api_reply reply = kit_api_ask(&kit, "RXB", "GET /findings?limit=1", NULL, NULL);
    CHECK_U64(reply.status, 200);
    CHECK(cord_str_find(reply.body, CORD_STR("\"finding\":"), 0) == SIZE_MAX);
    (void)snprintf(request, sizeof request, "GET /findings/%.*s",
                   CORD_STR_ARG(member(&reply, "id")));
    kit_api_reply_done(&reply);
    CHECK(kit_api_says(kit_api_ask(&kit, "RXB", request, NULL, NULL), 200, "\"level\":\"medium\""));
    CHECK(kit_api_says(kit_api_ask(&kit, "nation", request, NULL, NULL), 200, "\"RXB\""));
    struct kit_api_reply hidden = kit_api_ask(&kit, "RXA", request, NULL, NULL);
    struct kit_api_reply missing = kit_api_ask(&kit, "RXA", "GET /findings/x", NULL, NULL);
    CHECK_U64(hidden.status, 404);
    CHECK_STR_EQ(cord_buf_str(&hidden.text), cord_buf_str(&missing.text));
    kit_api_reply_done(&hidden);
    kit_api_reply_done(&missing);
    kit_api_done(&kit);
}

/* --- streams --- */

static cord_str last_id(const struct kit_api_stream *stream)
{
    cord_str id = {0};
    cord_str all = cord_buf_str(&stream->text);
    for (size_t at = 0; (at = cord_str_find(all, CORD_STR("\nid: "), at)) != SIZE_MAX; at++) {
        id = cord_str_from_byte(all, at + 5);
        id = cord_str_slice(id, 0, cord_str_find_char(id, '\n', 0));
    }
    return id;
}

static size_t count_of(const struct kit_api_stream *stream, const char *text)
{
    size_t count = 0;
    cord_str all = cord_buf_str(&stream->text);
    for (size_t at = 0; (at = cord_str_find(all, cord_str_from(text), at)) != SIZE_MAX; at++) {
        count++;
    }
    return count;
}

static void streams_what_is_found_and_goes_on_where_it_was(void)
{
    struct kit_api kit;
    struct kit_api_stream stream;
    struct kit_api_stream again;
    init(&kit, 1);
    kit_api_stream_open(&stream, &kit, "RXA", "/findings/stream?level=low", CORD_STR(""));
    kit_api_stream_await(&stream, ": cordon\n\n");
    atomic_store(&kit.finding_count, 3);
    kit_api_stream_await(&stream, "\"host\":\"ws2\"");
    CHECK_U64(count_of(&stream, "event: finding\n"), 1); /* the new one of its own */
    CHECK_U64(count_of(&stream, "RXB"), 0);
    atomic_store(&kit.finding_count, 5);
    kit_api_stream_open(&again, &kit, "RXA", "/findings/stream?level=low", last_id(&stream));
    kit_api_stream_close(&stream);
    kit_api_stream_await(&again, "\"host\":\"WS1\"");
    CHECK_U64(count_of(&again, "event: finding\n"), 1);
    kit_api_stream_close(&again);
    kit_api_stream_open(&stream, &kit, "RXA", "/findings/stream?all=true", CORD_STR(""));
    kit_api_stream_await(&stream, "\"host\":\"WS1\"");
    CHECK_U64(count_of(&stream, "event: finding\n"), 3);
    kit_api_stream_open(&again, &kit, "RXA", "/findings/stream?level=high", last_id(&stream));
    kit_api_stream_await(&again, "is none that was given for this stream");
    kit_api_stream_close(&again);
    kit_api_stream_close(&stream);
    kit_api_done(&kit);
}

static void few_streams(struct cord_api_options *options)
{
    options->live_max = 1;
}

static void has_a_bound_of_streams(void)
{
    struct kit_api kit;
    struct kit_api_stream stream;
    struct cord_api_stats stats;
    kit_api_init(&kit, few_streams);
    kit_api_stream_open(&stream, &kit, "RXA", "/findings/stream", CORD_STR(""));
    kit_api_stream_await(&stream, ": cordon\n\n");
    CHECK(kit_api_says(kit_api_ask(&kit, "RXB", "GET /findings/stream", NULL, NULL), 503,
                       "too many streams"));
    struct kit_api_reply reply = kit_api_ask(&kit, "RXA", "HEAD /findings/stream", NULL, NULL);
    CHECK_U64(reply.status, 200);
    kit_api_reply_done(&reply);
    cord_api_stats(kit.api, &stats);
    CHECK_U64(stats.live, 1);
    kit_api_stream_close(&stream);
    do { /* until it is known to have gone */
        kit_loop_settle(kit.loop);
        cord_api_stats(kit.api, &stats);
    } while (stats.live > 0);
    kit_api_done(&kit);
}

static void ends_streams_with_the_server(void)
{
    struct kit_api kit;
    struct kit_api_stream stream;
    init(&kit, 5);
    kit_api_stream_open(&stream, &kit, "nation", "/findings/stream?all=true", CORD_STR(""));
    kit_api_stream_await(&stream, "\"host\":\"WS1\"");
    kit_api_done(&kit);
    kit_api_stream_close(&stream);
}

static void ends_streams_with_the_rights_they_had(void)
{
    struct kit_api kit;
    struct kit_api_stream stream;
    struct kit_api_stream other;
    char id[CORD_API_OPAQUE_TEXT];
    char request[80];
    init(&kit, 1);
    kit_api_stream_open(&stream, &kit, "RXB", "/findings/stream", CORD_STR(""));
    kit_api_stream_open(&other, &kit, "RXA", "/findings/stream", CORD_STR(""));
    kit_api_stream_await(&stream, ": cordon\n\n");
    kit_api_stream_await(&other, ": cordon\n\n");
    (void)snprintf(request, sizeof request, "POST /users/%s/disable",
                   kit_api_id(&kit, CORD_API_OPAQUE_USER, kit_api_user(&kit, "RXB")->number, id));
    CHECK(kit_api_says(kit_api_ask(&kit, "nation", request, NULL, NULL), 204, ""));
    kit_api_stream_await(&stream, NULL);
    /* Nothing that came afterwards was in it; another's goes on. */
    atomic_store(&kit.finding_count, 5);
    kit_api_stream_await(&other, "\"host\":\"WS1\"");
    CHECK_U64(count_of(&stream, "event: finding"), 0);
    kit_api_stream_close(&stream);
    kit_api_stream_close(&other);
    kit_api_done(&kit);
}

/* --- rules --- */

static void shows_rules(void)
{
    struct kit_api kit;
    kit_api_init(&kit, NULL);
    CHECK(
        kit_api_says(kit_api_ask(&kit, "RXA", "GET /rules?level=high", NULL, NULL), 200,
                     "{\"items\":[{\"id\":\"5f2d6f0e-9a53-4b0c-8f63-3c2c4a1d7e11\",\"kind\":"
                     "\"rule\",\"title\":\"Evil ran\",\"level\":\"high\",\"author\":\"Cordon\","
                     "\"status\":\"test\",\"references\":[],\"tags\":[\"attack.execution\","
                     "\"attack.t1059\"],\"falsepositives\":[],\"logsource\":{\"product\":"
                     "\"windows\",\"category\":\"process_creation\"},\"file\":\"kit.yml\",\"line\":"
                     "1}],\"next\":null}"));
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", "GET /rules?title=ASKED&category=dns", NULL, NULL),
                       200, "0f2d6f0e"));
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", "GET /rules?tag=attack.t1", NULL, NULL), 200,
                       "{\"items\":[],"));
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", "GET /rules?limit=1", NULL, NULL), 200,
                       "\"next\":\""));
    CHECK(kit_api_says(
        kit_api_ask(&kit, "RXA", "GET /rules/0f2d6f0e-9a53-4b0c-8f63-3c2c4a1d7e12", NULL, NULL),
        200, "Name asked"));
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", "GET /rules/none", NULL, NULL), 404, ""));
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", "GET /rules/refusals", NULL, NULL), 200,
                       "\"title\":\"None\",\"file\":\"kit.yml\",\"line\":"));
    kit_api_done(&kit);
}

KIT_MAIN(KIT_TEST(lists_what_is_asked_for), KIT_TEST(turns_pages_both_ways),
         KIT_TEST(shows_one_to_whose_it_is),
         KIT_TEST(streams_what_is_found_and_goes_on_where_it_was), KIT_TEST(has_a_bound_of_streams),
         KIT_TEST(ends_streams_with_the_server), KIT_TEST(ends_streams_with_the_rights_they_had),
         KIT_TEST(shows_rules))
