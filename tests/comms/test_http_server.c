/* test_http_server.c: requests over real sockets, and what comes back. */
#include "kit/kit.h"
#include "kit/kit_loop.h"

#include "comms/http_server.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    HEAD_BYTES_MAX = 4096,
    BODY_BYTES_MAX = 1 << 20,
    REPLY_BYTES_MAX = 1 << 18,
    LATER_MAX = 8,
};

#define MS_NS 1000000LL

struct server {
    struct cord_loop *loop;
    struct cord_http_server *http;
    struct cord_http_server_options options;
    struct cord_http_budget budget;
    struct cord_http *later[LATER_MAX]; /* requests that wait for their reply */
    size_t later_count;
    size_t requests;
    unsigned refused[3]; /* statuses, one after the other */
    size_t refused_count;
    struct cord_buf taken;  /* a body that was taken out of its request */
    cord_str big;           /* what /big answers */
    struct cord_http *live; /* a reply that goes on */
    size_t drained;
    size_t live_closed;
};

static void reply_text(struct cord_http *http, unsigned status, cord_str text)
{
    cord_http_reply(http, &(struct cord_http_reply){
                              .status = status, .content_type = "text/plain", .body = text});
}

static bool on_head(void *self, struct cord_http *http, size_t *body_bytes_max)
{
    (void)self;
    const struct cord_http_request *request = cord_http_request(http);
    CHECK_U64(*body_bytes_max, BODY_BYTES_MAX);
    CHECK_U64(request->body->len, 0);
    if (cord_str_eq(request->path, CORD_STR("/forbidden"))) {
        reply_text(http, 401, CORD_STR("who?"));
        return false;
    }
    if (cord_str_eq(request->path, CORD_STR("/unwanted"))) {
        cord_http_leave(http);
        return false;
    }
    if (cord_str_eq(request->path, CORD_STR("/short"))) {
        *body_bytes_max = 10;
    }
    return true;
}

static void reply_described(struct cord_http *http)
{
    const struct cord_http_request *request = cord_http_request(http);
    cord_str a = cord_http_parameter(http, CORD_STR("a"));
    cord_str b = cord_http_parameter(http, CORD_STR("b"));
    cord_str a_again = cord_http_parameter(http, CORD_STR("a"));
    CHECK_STR_EQ(a, a_again);
    struct cord_buf text;
    cord_buf_init(&text, 4096);
    cord_buf_printf(&text, "%.*s|%.*s|%.*s%s|%.*s", CORD_STR_ARG(request->path),
                    CORD_STR_ARG(request->query), CORD_STR_ARG(a), a.ptr ? "" : "none",
                    CORD_STR_ARG(b));
    reply_text(http, 200, cord_buf_str(&text));
    cord_buf_done(&text);
}

static void reply_injected(struct cord_http *http)
{
    const struct cord_http_header header = {"X-Told", CORD_STR("a\r\nSet-Cookie: b")};
    cord_http_reply(
        http, &(struct cord_http_reply){.status = 200, .headers = &header, .header_count = 1});
}

static void on_live_drained(void *self)
{
    struct server *server = self;
    server->drained++;
}

static void on_live_closed(void *self)
{
    struct server *server = self;
    server->live = NULL;
    server->live_closed++;
}

static bool begin_live(struct server *server, struct cord_http *http)
{
    static const struct cord_http_live_ops OPS = {on_live_drained, on_live_closed};
    const struct cord_http_reply reply = {
        .status = 200, .content_type = "text/event-stream", .body = CORD_STR(":hello\n\n")};
    return cord_http_live_begin(http, &reply, &OPS, server);
}

static void on_request(void *self, struct cord_http *http)
{
    struct server *server = self;
    const struct cord_http_request *request = cord_http_request(http);
    server->requests++;
    if (cord_str_eq(request->path, CORD_STR("/later"))) {
        CHECK(server->later_count < LATER_MAX);
        server->later[server->later_count++] = http;
    } else if (cord_str_eq(request->path, CORD_STR("/release"))) {
        struct cord_http *other = server->later[--server->later_count];
        reply_text(other, 200, CORD_STR("released"));
        reply_text(http, 200, CORD_STR("done"));
    } else if (cord_str_eq(request->path, CORD_STR("/leave"))) {
        cord_http_leave(http);
    } else if (cord_str_eq(request->path, CORD_STR("/take"))) {
        cord_buf_done(&server->taken);
        server->taken = *request->body;
        *request->body = (struct cord_buf){0};
        reply_text(http, 200, CORD_STR("taken"));
    } else if (cord_str_eq(request->path, CORD_STR("/inject"))) {
        reply_injected(http);
    } else if (cord_str_eq(request->path, CORD_STR("/big"))) {
        reply_text(http, 200, server->big);
    } else if (cord_str_eq(request->path, CORD_STR("/problem"))) {
        cord_http_reply_problem(http, 429, CORD_STR("say \"when\""));
    } else if (cord_str_eq(request->path, CORD_STR("/live"))) {
        server->live = http;
        CHECK(begin_live(server, http));
    } else if (cord_str_eq(request->path, CORD_STR("/none"))) {
        cord_http_reply(http, &(struct cord_http_reply){.status = 204});
    } else if (cord_str_starts(request->path, CORD_STR("/describe")) || request->path.len == 0) {
        reply_described(http);
    } else {
        reply_text(http, 200, cord_buf_str(request->body));
    }
}

static void on_refused(void *self, const struct cord_http *http, unsigned status)
{
    struct server *server = self;
    CHECK(cord_http_request(http)->method == CORD_HTTP_POST);
    CHECK(server->refused_count < 3);
    server->refused[server->refused_count++] = status;
}

static void server_prepare(struct server *server)
{
    *server = (struct server){.budget = {.bytes_max = 2 * BODY_BYTES_MAX}};
    server->options = (struct cord_http_server_options){
        .listener = {.address = CORD_STR("127.0.0.1:0"), .connections_max = 64},
        .handler = {on_head, on_request, on_refused, server},
        .budget = &server->budget,
        .head_bytes_max = HEAD_BYTES_MAX,
        .body_bytes_max = BODY_BYTES_MAX,
        .reply_bytes_max = REPLY_BYTES_MAX,
        .idle_ns = 60000 * MS_NS,
        .head_ns = 60000 * MS_NS,
        .body_bytes_a_second = 1000,
    };
    CHECK(cord_loop_new(&server->loop, NULL) == CORD_OK);
}

static void server_start(struct server *server)
{
    struct cord_error err = {0};
    if (cord_http_server_new(&server->loop, 1, &server->options, &server->http, &err) != CORD_OK) {
        print_error("%s\n", err.text);
        fail();
    }
}

static void server_new(struct server *server)
{
    server_prepare(server);
    server_start(server);
}

static void server_free(struct server *server)
{
    cord_http_server_free(server->http);
    CHECK_U64(atomic_load(&server->budget.bytes), 0);
    cord_loop_free(server->loop);
    cord_buf_done(&server->taken);
}

static int server_connect(const struct server *server)
{
    return kit_loop_connect(cord_listener_port(cord_http_server_listener(server->http)));
}

static struct cord_http_server_stats stats_of(const struct server *server)
{
    return cord_http_server_stats(server->http);
}

/* The next bytes the client gets are these. */
static void expect(const struct server *server, int client, const char *wanted)
{
    char got[8192];
    size_t len = strlen(wanted);
    CHECK(len <= sizeof got);
    len = kit_loop_receive(server->loop, client, got, len);
    kit_check_str((cord_str){got, len}, cord_str_from(wanted), __FILE__, __LINE__);
}

/* Nothing more comes; the connection stays. */
static void expect_silence(const struct server *server, int client)
{
    char got;
    kit_loop_settle(server->loop);
    CHECK(recv(client, &got, 1, MSG_DONTWAIT) == -1);
}

static void expect_end(const struct server *server, int client)
{
    char got;
    CHECK_U64(kit_loop_receive(server->loop, client, &got, 1), 0);
    close(client);
}

static bool has_none_open(void *self)
{
    return stats_of(self).connections.open == 0;
}

static void client_close(struct server *server, int client)
{
    close(client);
    kit_loop_until(server->loop, has_none_open, server);
}

static void say(const struct server *server, int client, const char *text)
{
    kit_loop_send(server->loop, client, cord_str_from(text));
}

#define REQUEST(method, target) method " " target " HTTP/1.1\r\nHost: h\r\n"
#define TEXT(len, text)                                                                            \
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " len "\r\n\r\n" text
#define TEXT_CLOSE(len, text)                                                                      \
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " len                          \
    "\r\nConnection: close\r\n\r\n" text

static void answers_one_request_after_the_other(void)
{
    struct server server;
    server_new(&server);
    int client = server_connect(&server);
    for (int i = 0; i < 3; i++) {
        say(&server, client, REQUEST("POST", "/") "Content-Length: 5\r\n\r\nhello");
        expect(&server, client, TEXT("5", "hello"));
    }
    say(&server, client,
        REQUEST("POST", "/") "Content-Length: 3\r\n\r\none" REQUEST(
            "POST", "/") "Content-Length: 3\r\n\r\ntwo" REQUEST("GET", "/") "\r\n");
    expect(&server, client, TEXT("3", "one") TEXT("3", "two") TEXT("0", ""));
    expect_silence(&server, client);
    say(&server, client, REQUEST("GET", "/") "Connection: close\r\n\r\n");
    expect(&server, client, TEXT_CLOSE("0", ""));
    expect_end(&server, client);
    CHECK_U64(stats_of(&server).requests, 7);
    CHECK_U64(stats_of(&server).replies[2], 7);
    CHECK_U64(stats_of(&server).malformed, 0);
    server_free(&server);
}

static void takes_bytes_as_they_come(void)
{
    struct server server;
    server_new(&server);
    int client = server_connect(&server);
    cord_str text = CORD_STR(REQUEST(
        "POST", "/") "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n!\r\n0\r\n\r\n");
    for (size_t i = 0; i < text.len; i++) {
        kit_loop_send(server.loop, client, cord_str_slice(text, i, 1));
        kit_loop_settle(server.loop);
    }
    expect(&server, client, TEXT("6", "hello!"));
    client_close(&server, client);
    server_free(&server);
}

static void lets_the_next_request_wait_for_a_late_reply(void)
{
    struct server server;
    server_new(&server);
    int client = server_connect(&server);
    say(&server, client, REQUEST("GET", "/later") "\r\n" REQUEST("GET", "/describe") "\r\n");
    kit_loop_until_count(server.loop, &server.later_count, 1);
    expect_silence(&server, client);
    CHECK_U64(server.requests, 1);
    reply_text(server.later[0], 200, CORD_STR("late"));
    expect(&server, client, TEXT("4", "late") TEXT("16", "/describe||none|"));
    client_close(&server, client);
    server_free(&server);
}

/* A handler may answer one connection within the request of another. */
static void answers_another_connection_in_between(void)
{
    struct server server;
    server_new(&server);
    int waiting = server_connect(&server);
    int other = server_connect(&server);
    say(&server, waiting, REQUEST("GET", "/later") "\r\n");
    kit_loop_until_count(server.loop, &server.later_count, 1);
    say(&server, other,
        REQUEST("POST", "/") "Content-Length: 3\r\n\r\none" REQUEST("GET", "/release") "\r\n");
    expect(&server, other, TEXT("3", "one") TEXT("4", "done"));
    expect(&server, waiting, TEXT("8", "released"));
    close(waiting);
    client_close(&server, other);
    server_free(&server);
}

static void tells_of_a_body_without_sending_it(void)
{
    struct server server;
    server_new(&server);
    int client = server_connect(&server);
    say(&server, client, REQUEST("HEAD", "/describe") "\r\n" REQUEST("GET", "/none") "\r\n");
    expect(&server, client, TEXT("16", "") "HTTP/1.1 204 No Content\r\n\r\n");
    expect_silence(&server, client);
    client_close(&server, client);
    server_free(&server);
}

static void says_continue_to_who_waits_for_it(void)
{
    struct server server;
    server_new(&server);
    int client = server_connect(&server);
    say(&server, client, REQUEST("POST", "/") "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    expect(&server, client, "HTTP/1.1 100 Continue\r\n\r\n");
    say(&server, client, "hello");
    expect(&server, client, TEXT("5", "hello"));
    /* Refused before it is sent: whether it comes nonetheless, nobody knows. */
    say(&server, client,
        REQUEST("POST", "/forbidden") "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    expect(&server, client,
           "HTTP/1.1 401 Unauthorized\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n"
           "Connection: close\r\n\r\nwho?");
    expect_end(&server, client);
    server_free(&server);
}

static void knows_path_and_parameters(void)
{
    struct server server;
    server_new(&server);
    int client = server_connect(&server);
    say(&server, client, REQUEST("GET", "/describe%2Fme?x=1&a=%41+b%2b&a=2&b") "\r\n");
    expect(&server, client, TEXT("39", "/describe/me|x=1&a=%41+b%2b&a=2&b|A b+|"));
    client_close(&server, client);
    server_free(&server);
}

#define TOO_LONG                                                                                   \
    "{\"title\":\"Content Too Large\",\"status\":413,\"detail\":\"the body is longer than "        \
    "1048576 bytes\"}\n"

static void refuses_bodies_that_are_too_long(void)
{
    struct server server;
    server_new(&server);
    int client = server_connect(&server);
    say(&server, client, REQUEST("POST", "/") "Content-Length: 1048577\r\n\r\nthe first bytes");
    expect(&server, client,
           "HTTP/1.1 413 Content Too Large\r\nContent-Type: application/problem+json\r\n"
           "Content-Length: 92\r\nConnection: close\r\n\r\n" TOO_LONG);
    expect_end(&server, client);
    client = server_connect(&server);
    say(&server, client,
        REQUEST("POST", "/short") "Transfer-Encoding: chunked\r\n\r\nb\r\n0123456789a\r\n");
    expect(&server, client, "HTTP/1.1 413 Content Too Large\r\n");
    close(client);
    client = server_connect(&server);
    say(&server, client, REQUEST("POST", "/short") "Content-Length: 10\r\n\r\n0123456789");
    expect(&server, client, TEXT("10", "0123456789"));
    CHECK_U64(stats_of(&server).malformed, 2);
    CHECK_U64(stats_of(&server).replies[4], 2);
    CHECK_U64(server.refused_count, 2);
    CHECK(server.refused[0] == 413 && server.refused[1] == 413);
    client_close(&server, client);
    server_free(&server);
}

static void skips_a_short_body_that_nobody_wants(void)
{
    struct server server;
    server_new(&server);
    int client = server_connect(&server);
    say(&server, client, REQUEST("POST", "/forbidden") "Content-Length: 5\r\n\r\nhel");
    expect(&server, client,
           "HTTP/1.1 401 Unauthorized\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\n"
           "who?");
    say(&server, client, "lo" REQUEST("GET", "/") "\r\n");
    expect(&server, client, TEXT("0", ""));
    say(&server, client, REQUEST("POST", "/forbidden") "Content-Length: 65537\r\n\r\n");
    expect(&server, client,
           "HTTP/1.1 401 Unauthorized\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n"
           "Connection: close\r\n\r\nwho?");
    expect_end(&server, client);
    server_free(&server);
}

static void gives_a_body_away(void)
{
    struct server server;
    server_new(&server);
    int client = server_connect(&server);
    for (int i = 0; i < 2; i++) {
        say(&server, client, REQUEST("POST", "/take") "Content-Length: 5\r\n\r\nhello");
        expect(&server, client, TEXT("5", "taken"));
        CHECK_STR(cord_buf_str(&server.taken), "hello");
        CHECK(server.taken.cap >= 5 + CORD_HTTP_BODY_PADDING);
    }
    client_close(&server, client);
    server_free(&server);
}

static void says_why_a_request_is_none(void)
{
    struct server server;
    server_new(&server);
    int client = server_connect(&server);
    say(&server, client, REQUEST("GET", "/") "Host: i\r\n\r\n");
    expect(&server, client,
           "HTTP/1.1 400 Bad Request\r\nContent-Type: application/problem+json\r\n"
           "Content-Length: 87\r\nConnection: close\r\n\r\n"
           "{\"title\":\"Bad Request\",\"status\":400,"
           "\"detail\":\"a header that may come once came twice\"}\n");
    expect_end(&server, client);
    client = server_connect(&server);
    say(&server, client, "\x16\x03\x01\x02");
    expect(&server, client, "HTTP/1.1 400 Bad Request\r\n");
    close(client);
    client = server_connect(&server);
    say(&server, client, REQUEST("POST", "/") "Transfer-Encoding: chunked\r\n\r\nfive\r\n");
    expect(&server, client, "HTTP/1.1 400 Bad Request\r\n");
    CHECK_U64(stats_of(&server).malformed, 3);
    CHECK_U64(stats_of(&server).requests, 0);
    CHECK_U64(server.refused_count, 1); /* the one of a body */
    CHECK_U64(server.refused[0], 400);
    client_close(&server, client);
    server_free(&server);
}

static void never_sends_what_could_be_read_otherwise(void)
{
    struct server server;
    server_new(&server);
    int client = server_connect(&server);
    char *big = calloc(1, REPLY_BYTES_MAX + 1);
    CHECK(big);
    server.big = (cord_str){big, REPLY_BYTES_MAX + 1};
    say(&server, client, REQUEST("GET", "/inject") "\r\n" REQUEST("GET", "/big") "\r\n");
    for (int i = 0; i < 2; i++) {
        expect(&server, client, "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
    }
    say(&server, client, REQUEST("GET", "/problem") "\r\n");
    expect(&server, client,
           "HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/problem+json\r\n"
           "Content-Length: 67\r\n\r\n"
           "{\"title\":\"Too Many Requests\",\"status\":429,\"detail\":\"say \\\"when\\\"\"}\n");
    CHECK_U64(stats_of(&server).replies[5], 2);
    free(big);
    client_close(&server, client);
    server_free(&server);
}

static bool budget_is_taken(void *self)
{
    const struct server *server = self;
    return atomic_load(&server->budget.bytes) > 0;
}

static void has_a_budget_for_bodies(void)
{
    struct server server;
    server_prepare(&server);
    server.budget.bytes_max = 1000;
    server_start(&server);
    int holder = server_connect(&server);
    int client = server_connect(&server);
    say(&server, holder, REQUEST("POST", "/") "Content-Length: 900\r\n\r\n...");
    kit_loop_until(server.loop, budget_is_taken, &server);
    CHECK_U64(atomic_load(&server.budget.bytes), 900);
    say(&server, client, REQUEST("POST", "/") "Content-Length: 101\r\n\r\n");
    expect(&server, client,
           "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
           "Content-Length: 86\r\nRetry-After: 1\r\n\r\n"
           "{\"title\":\"Service Unavailable\",\"status\":503,"
           "\"detail\":\"too many bodies are under way\"}\n");
    close(holder);
    close(client);
    kit_loop_until(server.loop, has_none_open, &server);
    CHECK_U64(atomic_load(&server.budget.bytes), 0);
    /* Of a body whose length is not told, what it comes to. */
    client = server_connect(&server);
    say(&server, client, REQUEST("POST", "/") "Transfer-Encoding: chunked\r\n\r\n400\r\n");
    char many[1024];
    memset(many, 'x', sizeof many);
    kit_loop_send(server.loop, client, (cord_str){many, sizeof many});
    expect(&server, client, "HTTP/1.1 503 Service Unavailable\r\n");
    CHECK_U64(server.refused_count, 2);
    CHECK(server.refused[0] == 503 && server.refused[1] == 503);
    client_close(&server, client);
    server_free(&server);
}

static void holds_the_budget_until_the_reply(void)
{
    struct server server;
    server_new(&server);
    int client = server_connect(&server);
    say(&server, client, REQUEST("POST", "/later") "Content-Length: 5\r\n\r\nhello");
    kit_loop_until_count(server.loop, &server.later_count, 1);
    CHECK_U64(atomic_load(&server.budget.bytes), 5);
    close(client);
    kit_loop_settle(server.loop);
    CHECK_U64(atomic_load(&server.budget.bytes), 5);
    CHECK_STR(cord_buf_str(cord_http_request(server.later[0])->body), "hello");
    CHECK(cord_str_starts(cord_http_request(server.later[0])->peer, CORD_STR("127.0.0.1:")));
    reply_text(server.later[0], 200, CORD_STR("nobody hears it"));
    CHECK_U64(atomic_load(&server.budget.bytes), 0);
    kit_loop_until(server.loop, has_none_open, &server);
    server_free(&server);
}

/* As when the program ends: the server goes, then the last requests. */
static void is_answered_after_its_end(void)
{
    struct server server;
    server_new(&server);
    int client = server_connect(&server);
    say(&server, client, REQUEST("GET", "/later") "\r\n");
    kit_loop_until_count(server.loop, &server.later_count, 1);
    cord_http_server_free(server.http);
    server.http = NULL;
    reply_text(server.later[0], 200, CORD_STR("nobody hears it"));
    close(client);
    server_free(&server);
}

static void closes_on_who_is_slow(void)
{
    static const char *const BEGINNINGS[] = {
        "GET / HTTP/1.1\r\nHost:",
        REQUEST("POST", "/") "Content-Length: 5\r\n\r\nhel",
        REQUEST("POST", "/forbidden") "Content-Length: 5\r\n\r\nhel",
    };
    struct server server;
    server_prepare(&server);
    server.options.head_ns = 1 * MS_NS;
    server_start(&server);
    for (size_t i = 0; i < sizeof BEGINNINGS / sizeof *BEGINNINGS; i++) {
        int client = server_connect(&server);
        say(&server, client, BEGINNINGS[i]);
        kit_loop_settle(server.loop);
        kit_loop_until(server.loop, has_none_open, &server);
        close(client);
        CHECK_U64(stats_of(&server).slow, i + 1);
    }
    server_free(&server);
}

static void closes_on_who_is_idle(void)
{
    struct server server;
    server_prepare(&server);
    server.options.idle_ns = 1 * MS_NS;
    server_start(&server);
    int client = server_connect(&server);
    say(&server, client, REQUEST("GET", "/") "\r\n");
    expect(&server, client, TEXT("0", ""));
    expect_end(&server, client);
    /* But not while it is our turn. */
    client = server_connect(&server);
    say(&server, client, REQUEST("GET", "/later") "\r\n");
    kit_loop_until_count(server.loop, &server.later_count, 1);
    int idle = server_connect(&server);
    expect_end(&server, idle);
    CHECK_U64(stats_of(&server).connections.open, 1);
    reply_text(server.later[0], 200, CORD_STR("late"));
    expect(&server, client, TEXT("4", "late"));
    expect_end(&server, client);
    CHECK_U64(stats_of(&server).slow, 0);
    server_free(&server);
}

static size_t send_what_goes(int client, cord_str bytes)
{
    ssize_t sent = send(client, bytes.ptr, bytes.len, MSG_DONTWAIT);
    return sent > 0 ? (size_t)sent : 0;
}

static void leaves_without_a_word(void)
{
    struct server server;
    server_new(&server);
    int client = server_connect(&server);
    say(&server, client, REQUEST("GET", "/describe") "\r\n" REQUEST("GET", "/leave") "\r\n");
    expect(&server, client, TEXT("16", "/describe||none|"));
    expect_end(&server, client);
    client = server_connect(&server);
    say(&server, client, REQUEST("GET", "/unwanted") "\r\n");
    expect_end(&server, client);
    client = server_connect(&server);
    say(&server, client, REQUEST("GET", "/later") "\r\n");
    kit_loop_until_count(server.loop, &server.later_count, 1);
    cord_http_leave(server.later[0]);
    expect_end(&server, client);
    client = server_connect(&server);
    say(&server, client, REQUEST("GET", "/later") "\r\n");
    kit_loop_until_count(server.loop, &server.later_count, 2);
    cord_http_server_free(server.http);
    server.http = NULL;
    cord_http_leave(server.later[1]); /* who asked has gone */
    close(client);
    server_free(&server);
}

static void takes_no_more_requests_from_who_reads_no_replies(void)
{
    enum { REQUESTS = 600 };
    struct server server;
    server_new(&server);
    char *big = calloc(1, 65536);
    CHECK(big);
    server.big = (cord_str){big, 65536};
    struct cord_buf requests;
    cord_buf_init(&requests, 1 << 20);
    for (int i = 0; i < REQUESTS; i++) {
        cord_buf_put_text(&requests, REQUEST("GET", "/big") "\r\n");
    }
    int client = server_connect(&server);
    cord_str rest = cord_buf_str(&requests);
    for (int i = 0; i < 100; i++) {
        rest = cord_str_from_byte(rest, send_what_goes(client, rest));
        kit_loop_settle(server.loop);
    }
    size_t answered = server.requests;
    CHECK(answered > 0 && answered < REQUESTS / 2); /* the kernel's buffers take some 10 MB */
    char *replies = malloc(65536);
    CHECK(replies);
    while (server.requests < REQUESTS) {
        rest = cord_str_from_byte(rest, send_what_goes(client, rest));
        CHECK(kit_loop_receive(server.loop, client, replies, 65536) == 65536);
    }
    free(replies);
    free(big);
    cord_buf_done(&requests);
    client_close(&server, client);
    server_free(&server);
}

static void answers_what_is_under_way_when_stopped(void)
{
    struct server server;
    server_new(&server);
    int client = server_connect(&server);
    say(&server, client, REQUEST("GET", "/later") "\r\n");
    kit_loop_until_count(server.loop, &server.later_count, 1);
    cord_http_server_stop(server.http);
    kit_loop_settle(server.loop);
    reply_text(server.later[0], 200, CORD_STR("late"));
    expect(&server, client, TEXT_CLOSE("4", "late"));
    expect_end(&server, client);
    server_free(&server);
}

static void takes_a_large_body(void)
{
    struct server server;
    server_new(&server);
    int client = server_connect(&server);
    char *body = malloc(BODY_BYTES_MAX);
    CHECK(body);
    for (size_t i = 0; i < BODY_BYTES_MAX; i++) {
        body[i] = (char)(i * 31 >> 3);
    }
    say(&server, client, REQUEST("POST", "/take") "Content-Length: 1048576\r\n\r\n");
    kit_loop_send(server.loop, client, (cord_str){body, BODY_BYTES_MAX});
    expect(&server, client, TEXT("5", "taken"));
    CHECK_STR_EQ(cord_buf_str(&server.taken), ((cord_str){body, BODY_BYTES_MAX}));
    free(body);
    client_close(&server, client);
    server_free(&server);
}

/* --- several loops, each in its thread --- */

enum { LOOPS = 2, SENDERS = 4, SENT_EACH = 50 };

static void *run_loop(void *loop)
{
    CHECK(cord_loop_run(loop, NULL) == CORD_OK);
    return NULL;
}

static void echo(void *self, struct cord_http *http)
{
    (void)self;
    reply_text(http, 200, cord_buf_str(cord_http_request(http)->body));
}

static void *send_requests(void *port)
{
    static const char REQUEST_TEXT[] =
        REQUEST("POST", "/x%20y?a=b") "Content-Length: 5\r\n\r\nhello";
    static const char REPLY_TEXT[] = TEXT("5", "hello");
    int client = kit_loop_connect(*(const uint16_t *)port);
    for (int i = 0; i < SENT_EACH; i++) {
        char got[sizeof REPLY_TEXT];
        CHECK(send(client, REQUEST_TEXT, sizeof REQUEST_TEXT - 1, 0) == sizeof REQUEST_TEXT - 1);
        CHECK(recv(client, got, sizeof REPLY_TEXT - 1, MSG_WAITALL) == sizeof REPLY_TEXT - 1);
        CHECK(memcmp(got, REPLY_TEXT, sizeof REPLY_TEXT - 1) == 0);
    }
    close(client);
    return NULL;
}

static void serves_from_several_loops(void)
{
    struct server server;
    struct cord_loop *loops[LOOPS];
    pthread_t threads[LOOPS];
    pthread_t senders[SENDERS];
    server_prepare(&server);
    server.options.handler = (struct cord_http_handler){.request = echo};
    for (int i = 0; i < LOOPS; i++) {
        CHECK(cord_loop_new(&loops[i], NULL) == CORD_OK);
    }
    CHECK(cord_http_server_new(loops, LOOPS, &server.options, &server.http, NULL) == CORD_OK);
    uint16_t port = cord_listener_port(cord_http_server_listener(server.http));
    for (int i = 0; i < LOOPS; i++) {
        CHECK(pthread_create(&threads[i], NULL, run_loop, loops[i]) == 0);
    }
    for (int i = 0; i < SENDERS; i++) {
        CHECK(pthread_create(&senders[i], NULL, send_requests, &port) == 0);
    }
    for (int i = 0; i < SENDERS; i++) {
        CHECK(pthread_join(senders[i], NULL) == 0);
    }
    CHECK_U64(stats_of(&server).requests, SENDERS * SENT_EACH);
    CHECK_U64(stats_of(&server).replies[2], SENDERS * SENT_EACH);
    cord_http_server_stop(server.http);
    for (int i = 0; i < LOOPS; i++) {
        cord_loop_stop(loops[i]);
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    server_free(&server);
    for (int i = 0; i < LOOPS; i++) {
        cord_loop_free(loops[i]);
    }
}

/* One whole exchange with a connection of its own; what fails may end it, not us. */
static void survives_having_no_memory(void)
{
    for (size_t nth = 1;; nth++) {
        struct server server;
        server_new(&server);
        int client = server_connect(&server);
        kit_fail_allocation(nth);
        say(&server, client, REQUEST("POST", "/%41?a=b") "Content-Length: 5\r\n\r\nhello");
        kit_loop_settle(server.loop);
        char got[256];
        ssize_t received = recv(client, got, sizeof got, MSG_DONTWAIT);
        size_t len = received > 0 ? (size_t)received : 0;
        bool failed_one = kit_fail_allocation_off();
        bool answered = cord_str_eq((cord_str){got, len}, CORD_STR(TEXT("5", "hello")));
        CHECK(failed_one || answered);
        client_close(&server, client);
        server_free(&server);
        if (!failed_one) {
            break;
        }
    }
}

#define LIVE                                                                                       \
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n:hello\n\n"

static void goes_on_with_a_reply_until_it_is_ended(void)
{
    struct server server;
    server_new(&server);
    int client = server_connect(&server);
    say(&server, client, REQUEST("GET", "/live") "\r\n");
    expect(&server, client, LIVE);
    CHECK(cord_http_live_send(server.live, CORD_STR("data: 1\n\n")) == CORD_OK);
    CHECK(cord_http_live_send(server.live, CORD_STR("data: 2\n\n")) == CORD_OK);
    expect(&server, client, "data: 1\n\ndata: 2\n\n");
    kit_loop_until_count(server.loop, &server.drained, 1);
    say(&server, client, REQUEST("GET", "/") "\r\n"); /* goes nowhere */
    expect_silence(&server, client);
    cord_http_live_end(server.live);
    CHECK(cord_http_live_send(server.live, CORD_STR("late")) == CORD_E_END);
    expect_end(&server, client);
    kit_loop_until_count(server.loop, &server.live_closed, 1);
    CHECK_U64(stats_of(&server).requests, 1);
    CHECK_U64(stats_of(&server).replies[2], 1);
    server_free(&server);
}

static void begins_such_a_reply_later(void)
{
    struct server server;
    server_new(&server);
    int client = server_connect(&server);
    say(&server, client, REQUEST("GET", "/later") "\r\n");
    kit_loop_until_count(server.loop, &server.later_count, 1);
    server.live = server.later[0];
    CHECK(begin_live(&server, server.live));
    expect(&server, client, LIVE);
    client_close(&server, client);
    CHECK_U64(server.live_closed, 1);
    server_free(&server);
}

static void tells_when_nobody_is_there_to_begin_for(void)
{
    struct server server;
    server_new(&server);
    int client = server_connect(&server);
    say(&server, client, REQUEST("GET", "/later") "\r\n");
    kit_loop_until_count(server.loop, &server.later_count, 1);
    struct cord_http *late = server.later[0];
    server_free(&server);
    CHECK(!begin_live(&server, late));
    CHECK_U64(server.live_closed, 0);
    close(client);
}

static void closes_who_does_not_read_what_goes_on(void)
{
    struct server server;
    server_prepare(&server);
    server.options.head_ns = 200 * MS_NS;
    server_start(&server);
    int client = server_connect(&server);
    say(&server, client, REQUEST("GET", "/live") "\r\n");
    kit_loop_until_count(server.loop, &server.drained, 1);
    struct cord_buf text;
    cord_buf_init(&text, 1 << 16);
    CHECK(cord_buf_reserve(&text, 1 << 16));
    memset(text.ptr, 'x', 1 << 16);
    text.len = 1 << 16;
    cord_status status = CORD_OK;
    for (size_t i = 0; i < 1000 && status == CORD_OK && server.live_closed == 0; i++) {
        status = cord_http_live_send(server.live, cord_buf_str(&text));
        kit_loop_settle(server.loop);
    }
    CHECK(status == CORD_E_LIMIT || server.live_closed == 1); /* a slow machine: too late already */
    kit_loop_until_count(server.loop, &server.live_closed, 1);
    CHECK_U64(stats_of(&server).slow, 1);
    cord_buf_done(&text);
    close(client);
    server_free(&server);
}

static void ends_what_goes_on_with_the_server(void)
{
    struct server server;
    server_new(&server);
    int client = server_connect(&server);
    say(&server, client, REQUEST("GET", "/live") "\r\n");
    expect(&server, client, LIVE);
    server_free(&server);
    CHECK_U64(server.live_closed, 1);
    close(client);
}

KIT_MAIN(KIT_TEST(answers_one_request_after_the_other), KIT_TEST(takes_bytes_as_they_come),
         KIT_TEST(lets_the_next_request_wait_for_a_late_reply),
         KIT_TEST(answers_another_connection_in_between),
         KIT_TEST(tells_of_a_body_without_sending_it), KIT_TEST(says_continue_to_who_waits_for_it),
         KIT_TEST(knows_path_and_parameters), KIT_TEST(refuses_bodies_that_are_too_long),
         KIT_TEST(skips_a_short_body_that_nobody_wants), KIT_TEST(gives_a_body_away),
         KIT_TEST(says_why_a_request_is_none), KIT_TEST(never_sends_what_could_be_read_otherwise),
         KIT_TEST(has_a_budget_for_bodies), KIT_TEST(holds_the_budget_until_the_reply),
         KIT_TEST(is_answered_after_its_end), KIT_TEST(closes_on_who_is_slow),
         KIT_TEST(closes_on_who_is_idle), KIT_TEST(leaves_without_a_word),
         KIT_TEST(takes_no_more_requests_from_who_reads_no_replies),
         KIT_TEST(answers_what_is_under_way_when_stopped), KIT_TEST(takes_a_large_body),
         KIT_TEST(serves_from_several_loops), KIT_TEST(survives_having_no_memory),
         KIT_TEST(goes_on_with_a_reply_until_it_is_ended), KIT_TEST(begins_such_a_reply_later),
         KIT_TEST(tells_when_nobody_is_there_to_begin_for),
         KIT_TEST(closes_who_does_not_read_what_goes_on),
         KIT_TEST(ends_what_goes_on_with_the_server))
