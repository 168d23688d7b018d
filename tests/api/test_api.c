/* test_api.c: requests to the API, who is let in, and what is refused. */
#include "kit/kit_api.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void tells_how_it_is_without_credentials(void)
{
    struct kit_api kit;
    kit_api_init(&kit, NULL);
    CHECK(kit_api_says(kit_api_ask(&kit, NULL, "GET /health", NULL, NULL), 200,
                       "{\"ready\":true,\"why\":\"ready\",\"time\":\"2017-05-12T08:00:00.000Z\"}"));
    kit.ready = false;
    CHECK(kit_api_says(kit_api_ask(&kit, NULL, "GET /health", NULL, NULL), 200, "\"ready\":false"));
    kit_api_done(&kit);
}

static void has_safe_headers_on_every_reply(void)
{
    static const char *const asked[] = {"GET /health", "GET /nothing", "POST /health",
                                        "GET /sources", "OPTIONS /health"};
    struct kit_api kit;
    kit_api_init(&kit, NULL);
    for (size_t i = 0; i < sizeof asked / sizeof(*asked); i++) {
        struct kit_api_reply reply = kit_api_ask(&kit, NULL, asked[i], NULL, NULL);
        CHECK_STR(kit_api_header(&reply, "X-Content-Type-Options"), "nosniff");
        CHECK_STR(kit_api_header(&reply, "Cache-Control"), "no-store");
        CHECK_STR(kit_api_header(&reply, "Content-Security-Policy"),
                  "default-src 'none'; frame-ancestors 'none'");
        kit_api_reply_done(&reply);
    }
    kit_api_done(&kit);
}

static void knows_paths_and_methods(void)
{
    struct kit_api kit;
    kit_api_init(&kit, NULL);
    CHECK(kit_api_says(kit_api_ask(&kit, NULL, "GET /nothing", NULL, NULL), 404, "no such path"));
    CHECK(kit_api_says(kit_api_ask(&kit, NULL, "GET /sources/", NULL, NULL), 404, ""));
    CHECK(kit_api_says(kit_api_ask(&kit, NULL, "GET /health/x", NULL, NULL), 404, ""));
    struct kit_api_reply reply = kit_api_ask(&kit, NULL, "DELETE /health", NULL, NULL);
    CHECK_U64(reply.status, 405);
    CHECK_STR(kit_api_header(&reply, "Allow"), "GET, HEAD, OPTIONS");
    kit_api_reply_done(&reply);
    reply = kit_api_ask(&kit, NULL, "OPTIONS /sources/ward", NULL, NULL);
    CHECK_U64(reply.status, 204);
    CHECK_STR(kit_api_header(&reply, "Allow"), "GET, HEAD, OPTIONS");
    kit_api_reply_done(&reply);
    reply = kit_api_ask(&kit, NULL, "HEAD /health", NULL, NULL);
    CHECK_U64(reply.status, 200);
    CHECK_U64(reply.body.len, 0);
    kit_api_reply_done(&reply);
    kit_api_done(&kit);
}

static void lets_in_who_it_knows(void)
{
    struct kit_api kit;
    kit_api_init(&kit, NULL);
    struct kit_api_reply reply = kit_api_ask(&kit, NULL, "GET /sources", NULL, NULL);
    CHECK_U64(reply.status, 401);
    CHECK_STR(kit_api_header(&reply, "WWW-Authenticate"), "Bearer realm=\"cordon\"");
    CHECK_STR(kit_api_header(&reply, "Content-Type"), "application/problem+json");
    kit_api_reply_done(&reply);
    CHECK(kit_api_says(kit_api_ask(&kit, "wrong", "GET /sources", NULL, NULL), 401, ""));
    CHECK(kit_api_says(
        kit_api_ask(&kit, NULL, "GET /sources", "Authorization: Basic bmF0aW9u\r\n", NULL), 401,
        ""));
    CHECK(kit_api_says(kit_api_ask(&kit, "nobody", "GET /sources", NULL, NULL), 403,
                       "this needs the right sources.read, of the roles: "));
    CHECK(
        kit_api_says(kit_api_ask(&kit, "weak", "GET /sources", NULL, NULL), 403, "second factor"));
    const struct kit_api_user *user = kit_api_user(&kit, "weak");
    CHECK(kit_api_says(kit_api_ask(&kit, NULL, "GET /session", user->cookie, NULL), 200,
                       "\"second_factor\":false,\"token\":null"));
    CHECK(kit_api_says(kit_api_ask(&kit, NULL, "POST /hunts", user->cookie, "{\"query\":\"\"}"),
                       403, "X-Cordon-CSRF"));
    CHECK(kit_api_says(kit_api_ask(&kit, "weak", "POST /hunts", NULL, "{\"query\":\"\"}"), 403,
                       "second factor"));
    CHECK(kit_api_says(kit_api_ask(&kit, "weak", "DELETE /session", NULL, NULL), 204, ""));
    CHECK(kit_api_says(kit_api_ask(&kit, "weak", "GET /session", NULL, NULL), 401, ""));
    kit_api_done(&kit);
}

/* For every route that is anybody's: 401, 403 and, where it names a thing, the same 404
 * for what is another's and for what is not there. */
static void refuses_the_same_way_everywhere(void)
{
    struct kit_api kit;
    size_t count;
    const struct cord_api_route *const *routes = cord_api_route_table(&count);
    kit_api_init(&kit, NULL);
    for (size_t i = 0; i < count; i++) {
        char request[200];
        char method[16] = {0};
        static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "DELETE"};
        (void)snprintf(method, sizeof method, "%s", methods[routes[i]->method]);
        (void)snprintf(request, sizeof request, "%s %s", method, routes[i]->path);
        for (const struct cord_api_member *at = routes[i]->parameters;
             at && at->type != CORD_API_END; at++) {
            if (at->required) {
                size_t len = strlen(request);
                (void)snprintf(request + len, sizeof request - len, "?%s=2017-05-12", at->name);
            }
        }
        for (char *at = request; *at; at++) {
            *at = *at == '{' || *at == '}' ? 'x' : *at; /* a name there is not */
        }
        const char *body = routes[i]->body ? "{}" : NULL;
        if ((routes[i]->flags & CORD_API_PUBLIC) != 0) {
            continue;
        }
        CHECK(kit_api_says(kit_api_ask(&kit, NULL, request, NULL, body), 401, ""));
        CHECK(kit_api_says(kit_api_ask(&kit, "wrong", request, NULL, body), 401, ""));
        if (routes[i]->verb) {
            CHECK(kit_api_says(kit_api_ask(&kit, "nobody", request, NULL, body), 403, ""));
        }
        if (routes[i]->variables && !routes[i]->body) {
            CHECK(kit_api_says(kit_api_ask(&kit, "RXA", request, NULL, body), 404, ""));
        }
    }
    kit_api_done(&kit);
}

static void names_parameters_that_are_wrong(void)
{
    static const struct {
        const char *query;
        const char *says;
    } wrong[] = {
        {"limit=0", "{\"path\":\"limit\",\"detail\":\"is to be a whole number from 1 to 1000\"}"},
        {"limit=1001", "\"path\":\"limit\""},
        {"limit=x", "\"path\":\"limit\""},
        {"limit=1&limit=2", "is there twice"},
        {"limt=1", "{\"path\":\"limt\",\"detail\":\"there is no such parameter; did "
                   "you mean 'limit'?\"}"},
        {"state=herd", "did you mean 'heard'?"},
        {"organisation=", "at least 1 characters"},
        {"organisation=%0a", "control character"},
        {"organisation=%ff", "is not UTF-8"},
        {"organisation=%4", "percent sign"},
        {"organisation=%00", "or a NUL"},
        {"cursor=abc", "is none that was given for this question"},
    };
    struct kit_api kit;
    kit_api_init(&kit, NULL);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char request[100];
        (void)snprintf(request, sizeof request, "GET /sources?%s", wrong[i].query);
        CHECK(kit_api_says(kit_api_ask(&kit, "nation", request, NULL, NULL), 400, wrong[i].says));
    }
    kit_api_done(&kit);
}

/* --- sources --- */

static void shows_each_only_its_own_sources(void)
{
    struct kit_api kit;
    kit_api_init(&kit, NULL);
    struct kit_api_reply reply = kit_api_ask(&kit, "RXB", "GET /sources", NULL, NULL);
    CHECK_U64(reply.status, 200);
    CHECK_STR(reply.body,
              "{\"items\":[{\"source\":\"lab\",\"organisation\":\"RXB\",\"state\":\"heard\","
              "\"received\":8,\"stored\":7,\"refused\":{\"malformed\":1},\"shed\":{},\"bytes\":0,"
              "\"first_event\":\"2017-05-12T08:00:00.000Z\",\"last_event\":"
              "\"2017-05-12T08:00:00.000Z\",\"last_contact\":\"2017-05-12T08:00:00.000Z\","
              "\"pending\":0}],\"next\":null}\n");
    kit_api_reply_done(&reply);
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", "GET /sources", NULL, NULL), 200,
                       "unknown: never heard"));
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", "GET /sources/ward", NULL, NULL), 200,
                       "\"state\":\"unknown: silent\""));
    struct kit_api_reply hidden = kit_api_ask(&kit, "RXB", "GET /sources/ward", NULL, NULL);
    struct kit_api_reply missing = kit_api_ask(&kit, "RXB", "GET /sources/wart", NULL, NULL);
    CHECK_U64(hidden.status, 404);
    CHECK_STR_EQ(cord_buf_str(&hidden.text), cord_buf_str(&missing.text));
    kit_api_reply_done(&hidden);
    kit_api_reply_done(&missing);
    CHECK(kit_api_says(kit_api_ask(&kit, "RXB", "GET /sources/ward/minutes", NULL, NULL), 404, ""));
    CHECK(kit_api_says(kit_api_ask(&kit, "RXB", "GET /sources?organisation=RXA", NULL, NULL), 200,
                       "{\"items\":[],\"next\":null}"));
    kit_api_done(&kit);
}

static cord_str next_of(const struct kit_api_reply *reply)
{
    size_t at = cord_str_find(reply->body, CORD_STR("\"next\":\""), 0);
    cord_str rest = cord_str_from_byte(reply->body, at + 8);
    return cord_str_slice(rest, 0, cord_str_find_char(rest, '"', 0));
}

/* Pages of one come to the same as a page of all; returns how many. */
static size_t turn_pages(struct kit_api *kit, const char *path, const char *member)
{
    char request[700];
    size_t count = 0;
    (void)snprintf(request, sizeof request, "GET %s?limit=1", path);
    for (;;) {
        struct kit_api_reply reply = kit_api_ask(kit, "nation", request, NULL, NULL);
        CHECK_U64(reply.status, 200);
        size_t at = cord_str_find(reply.body, cord_str_from(member), 0);
        CHECK(at != SIZE_MAX);
        CHECK(cord_str_find(reply.body, cord_str_from(member), at + 1) == SIZE_MAX);
        count++;
        bool more = cord_str_find(reply.body, CORD_STR("\"next\":null"), 0) == SIZE_MAX;
        if (more) {
            (void)snprintf(request, sizeof request, "GET %s?limit=1&cursor=%.*s", path,
                           CORD_STR_ARG(next_of(&reply)));
        }
        kit_api_reply_done(&reply);
        if (!more) {
            return count;
        }
    }
}

static void turns_pages(void)
{
    struct kit_api kit;
    kit_api_init(&kit, NULL);
    CHECK_U64(turn_pages(&kit, "/sources", "\"source\":"), 3);
    CHECK_U64(turn_pages(&kit, "/sources/ward/minutes", "\"minute\":"), 5);
    struct kit_api_reply reply = kit_api_ask(&kit, "nation", "GET /sources?limit=1", NULL, NULL);
    char request[700];
    (void)snprintf(request, sizeof request, "GET /sources?limit=2&cursor=%.*s",
                   CORD_STR_ARG(next_of(&reply)));
    CHECK(kit_api_says(kit_api_ask(&kit, "nation", request, NULL, NULL), 200, "theatre"));
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", request, NULL, NULL), 400, "cursor"));
    (void)snprintf(request, sizeof request, "GET /sources?state=heard&cursor=%.*s",
                   CORD_STR_ARG(next_of(&reply)));
    CHECK(kit_api_says(kit_api_ask(&kit, "nation", request, NULL, NULL), 400, "cursor"));
    kit_api_reply_done(&reply);
    kit_api_done(&kit);
}

static void says_when_nothing_has_changed(void)
{
    struct kit_api kit;
    char header[200];
    kit_api_init(&kit, NULL);
    struct kit_api_reply reply = kit_api_ask(&kit, "RXA", "GET /sources/ward", NULL, NULL);
    cord_str tag = kit_api_header(&reply, "ETag");
    CHECK(tag.len == 34);
    (void)snprintf(header, sizeof header, "If-None-Match: \"other\", W/%.*s\r\n",
                   CORD_STR_ARG(tag));
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", "GET /sources/ward", header, NULL), 304, ""));
    CHECK(kit_api_says(kit_api_ask(&kit, "RXB", "GET /sources/ward", header, NULL), 404, ""));
    (void)snprintf(header, sizeof header, "If-None-Match: %.*s-gz\"\r\n", (int)tag.len - 1,
                   tag.ptr);
    CHECK(kit_api_says(kit_api_ask(&kit, "RXA", "GET /sources/ward", header, NULL), 304, ""));
    kit_api_reply_done(&reply);
    kit_api_done(&kit);
}

static void long_answers_go_compressed(void)
{
    struct kit_api kit;
    kit_api_init(&kit, NULL);
    struct kit_api_reply plain = kit_api_ask(&kit, "nation", "GET /figures", NULL, NULL);
    struct kit_api_reply reply =
        kit_api_ask(&kit, "nation", "GET /figures", "Accept-Encoding: br, gzip\r\n", NULL);
    CHECK(plain.status == 200 && reply.status == 200);
    CHECK(kit_api_header(&plain, "Content-Encoding").len == 0);
    CHECK_STR(kit_api_header(&reply, "Content-Encoding"), "gzip");
    CHECK(cord_str_ends(kit_api_header(&reply, "ETag"), CORD_STR("-gz\"")));
    CHECK(reply.body.len > 18 && reply.body.len < plain.body.len / 2);
    CHECK(memcmp(reply.body.ptr, "\x1f\x8b", 2) == 0);
    kit_api_reply_done(&plain);
    kit_api_reply_done(&reply);
    kit_api_done(&kit);
}

static void one_request_a_second(struct cord_api_options *options)
{
    options->requests_a_second = 1;
}

static void slows_down_who_asks_too_often(void)
{
    struct kit_api kit;
    struct cord_api_stats stats;
    unsigned last = 0;
    kit_api_init(&kit, one_request_a_second);
    for (size_t i = 0; i < 6; i++) {
        struct kit_api_reply reply = kit_api_ask(&kit, "RXA", "GET /sources/ward", NULL, NULL);
        last = reply.status;
        CHECK(last == 200 || (last == 429 && kit_api_header(&reply, "Retry-After").len > 0));
        kit_api_reply_done(&reply);
    }
    CHECK_U64(last, 429);
    for (size_t i = 0; i < 30; i++) {
        struct kit_api_reply reply = kit_api_ask(&kit, NULL, "GET /health", NULL, NULL);
        kit_api_reply_done(&reply);
    }
    cord_api_stats(kit.api, &stats);
    CHECK(stats.rate_account >= 1 && stats.rate_address >= 1);
    CHECK(stats.replies[429] == stats.rate_account + stats.rate_address);
    kit_api_done(&kit);
}

static void answers_who_has_gone(void)
{
    struct kit_api kit;
    kit_api_init(&kit, NULL);
    for (size_t i = 0; i < 20; i++) {
        int client = kit_api_connect(&kit);
        kit_loop_send(kit.loop, client,
                      CORD_STR("GET /api/v1/sources HTTP/1.1\r\nHost: h\r\n"
                               "Authorization: Bearer nation\r\n\r\n"));
        (void)close(client);
        kit_loop_settle(kit.loop);
    }
    kit_api_done(&kit);
}

static void with_banner(struct cord_api_options *options)
{
    options->banner = (struct cord_api_banner_texts){"Fédération de santé", "TLP:AMBER+STRICT"};
}

static bool is_marked(struct kit_api *kit, const char *login, const char *request,
                      const char *marking)
{
    struct kit_api_reply reply = kit_api_ask(kit, login, request, NULL, NULL);
    bool marked = cord_str_eq(kit_api_header(&reply, "Cordon-Marking"), cord_str_from(marking));
    kit_api_reply_done(&reply);
    return marked;
}

/* By name and marking in every answer and in what leaves the server; another one from the next
 * answer on. */
static void says_how_it_is_marked(void)
{
    struct kit_api kit;
    const struct cord_api_banner_texts none = {"", ""};
    kit_api_init(&kit, with_banner);
    CHECK(kit_api_says(kit_api_ask(&kit, "nation", "GET /session", NULL, NULL), 200,
                       "\"service\":\"Fédération de santé\",\"marking\":\"TLP:AMBER+STRICT\"}"));
    CHECK(kit_api_says(kit_api_ask(&kit, "nation", "GET /coverage/layer", NULL, NULL), 200,
                       "\"metadata\":[{\"name\":\"marking\",\"value\":\"TLP:AMBER+STRICT\"}]}"));
    CHECK(is_marked(&kit, "nation", "GET /rules", "TLP:AMBER+STRICT"));
    CHECK(is_marked(&kit, NULL, "GET /rules", "TLP:AMBER+STRICT"));
    CHECK(is_marked(&kit, NULL, "GET /none", "TLP:AMBER+STRICT"));
    cord_api_rename(kit.api, &none);
    CHECK(is_marked(&kit, "nation", "GET /rules", ""));
    CHECK(kit_api_says(kit_api_ask(&kit, "nation", "GET /session", NULL, NULL), 200,
                       "\"now\":\"2017-05-12T08:00:00.000Z\"}"));
    CHECK(kit_api_says(kit_api_ask(&kit, "nation", "GET /coverage/layer", NULL, NULL), 200,
                       "\"metadata\":[]}"));
    kit_api_done(&kit);
}

KIT_MAIN(KIT_TEST(says_how_it_is_marked), KIT_TEST(tells_how_it_is_without_credentials),
         KIT_TEST(has_safe_headers_on_every_reply), KIT_TEST(knows_paths_and_methods),
         KIT_TEST(lets_in_who_it_knows), KIT_TEST(refuses_the_same_way_everywhere),
         KIT_TEST(names_parameters_that_are_wrong), KIT_TEST(shows_each_only_its_own_sources),
         KIT_TEST(turns_pages), KIT_TEST(long_answers_go_compressed),
         KIT_TEST(long_answers_go_compressed), KIT_TEST(says_when_nothing_has_changed),
         KIT_TEST(slows_down_who_asks_too_often), KIT_TEST(answers_who_has_gone))
