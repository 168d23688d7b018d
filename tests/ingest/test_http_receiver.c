/*
 * test_http_receiver.c: who is let in, where bodies go, what is answered.
 *
 * The server is the test's own: a request is a struct, a reply is kept.
 */
#include "ingest/http_receiver.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/digest.h"
#include "base/timestamp.h"
#include "ingest/unwrap.h"
#include "kit/kit.h"

struct pair {
    const char *name;
    const char *value;
};

struct cord_http {
    struct cord_http_request request;
    struct cord_buf body;
    struct pair headers[5];
    struct pair parameters[5];
    struct cord_tls_peer peer;
    unsigned char address[16];
    struct cord_loop *loop;
    unsigned status; /* 0: no reply yet */
    unsigned replies;
    bool left; /* without a reply */
    char type[64];
    char text[400000];
    char replied[512]; /* its headers, "Name: value\n" */
};

const struct cord_http_request *cord_http_request(const struct cord_http *http)
{
    return &http->request;
}

static cord_str find(const struct pair *pairs, cord_str name)
{
    for (size_t at = 0; at < 5; at++) {
        if (pairs[at].name && cord_str_eq(cord_str_from(pairs[at].name), name)) {
            return cord_str_from(pairs[at].value);
        }
    }
    return (cord_str){0};
}

cord_str cord_http_header(const struct cord_http *http, cord_str name)
{
    return find(http->headers, name);
}

cord_str cord_http_parameter(struct cord_http *http, cord_str name)
{
    return find(http->parameters, name);
}

struct cord_loop *cord_http_loop(const struct cord_http *http)
{
    return http->loop;
}

void cord_http_reply(struct cord_http *http, const struct cord_http_reply *reply)
{
    size_t len = 0;
    http->status = reply->status;
    http->replies++;
    (void)snprintf(http->type, sizeof http->type, "%s", reply->content_type);
    CHECK(reply->body.len < sizeof http->text);
    if (reply->body.len > 0) {
        memcpy(http->text, reply->body.ptr, reply->body.len);
    }
    http->text[reply->body.len] = '\0';
    for (size_t at = 0; at < reply->header_count; at++) {
        int more = snprintf(http->replied + len, sizeof http->replied - len, "%s: %.*s\n",
                            reply->headers[at].name, CORD_STR_ARG(reply->headers[at].value));
        len += (size_t)more;
    }
}

void cord_http_leave(struct cord_http *http)
{
    http->replies++;
    http->left = true;
}

/* ---- what is behind the receiver ---- */

struct bench {
    struct cord_loop *loop;
    struct cord_source_book *book;
    struct cord_http_receiver *receiver;
    bool full;                  /* has_room says no to a source */
    bool all_full;              /* and to everybody */
    int64_t wait_ns;            /* of every source, for its rate */
    cord_status put;            /* what put answers */
    cord_status status;         /* what becomes of the delivery */
    enum cord_loss_reason lose; /* of every second item, unless CORD_LOSS_COUNT */
    struct cord_delivery *waiting;
    bool wait;
    char context[256];
    char source[64];
    enum cord_delivery_coding coding;
    uint64_t lost[CORD_LOSS_COUNT];
    char lost_source[64];
};

static void settle(struct bench *bench, struct cord_delivery *delivery)
{
    struct cord_unwrap unwrap;
    CHECK(cord_unwrap_init(&unwrap, 1 << 20));
    delivery->status =
        cord_delivery_unwrap(delivery, cord_buf_str(&delivery->body), &unwrap, &delivery->error);
    if (delivery->status == CORD_OK && bench->status != CORD_OK) {
        delivery->status = bench->status;
    }
    if (delivery->status == CORD_OK) {
        size_t refusal = 0;
        delivery->records = unwrap.items;
        delivery->first_sequence = 1000;
        for (uint32_t item = 0; item < unwrap.items; item++) {
            if (refusal < unwrap.refusal_count && unwrap.refusals[refusal].item == item) {
                cord_delivery_lose(delivery, item, unwrap.refusals[refusal].reason,
                                   unwrap.refusals[refusal].text);
                refusal++;
            } else if (bench->lose != CORD_LOSS_COUNT && item % 2 == 1) {
                cord_delivery_lose(delivery, item, bench->lose, CORD_STR("\"why\""));
            } else {
                delivery->stored++;
            }
        }
        if (unwrap.run_count == 1 && unwrap.runs[0].item_count == 0) {
            delivery->records = delivery->stored = 2; /* lines are the decoder's to count */
        }
    }
    cord_unwrap_done(&unwrap);
    delivery->done(delivery);
}

static cord_status put(void *self, struct cord_delivery *delivery)
{
    struct bench *bench = self;
    if (bench->put != CORD_OK) {
        return bench->put;
    }
    (void)snprintf(bench->context, sizeof bench->context, "%.*s", CORD_STR_ARG(delivery->context));
    (void)snprintf(bench->source, sizeof bench->source, "%.*s",
                   CORD_STR_ARG(delivery->source->name));
    bench->coding = delivery->coding;
    if (bench->wait) {
        bench->waiting = delivery;
    } else {
        settle(bench, delivery);
    }
    return CORD_OK;
}

static bool has_room(void *self, const struct cord_source *source)
{
    const struct bench *bench = self;
    return source ? !bench->full : !bench->all_full;
}

static int64_t wait_ns(void *self, const struct cord_source *source)
{
    const struct bench *bench = self;
    (void)source;
    return bench->wait_ns;
}

static void lost(void *self, cord_str source, cord_str organisation, enum cord_loss_reason reason,
                 uint64_t count, int64_t received_ns)
{
    struct bench *bench = self;
    (void)organisation;
    CHECK(received_ns > 0);
    bench->lost[reason] += count;
    (void)snprintf(bench->lost_source, sizeof bench->lost_source, "%.*s", CORD_STR_ARG(source));
}

static struct cord_sources *sources_of(void)
{
    char text[512];
    char token[CORD_DIGEST_TEXT];
    struct cord_digest digest;
    struct cord_arena *arena = cord_arena_new(1 << 20);
    struct cord_yaml *documents = NULL;
    struct cord_sources *sources = NULL;
    CHECK(cord_digest_of(CORD_STR("s3cret"), &digest) == CORD_OK);
    (void)cord_digest_format(&digest, token);
    (void)snprintf(text, sizeof text,
                   "- name: agent\n  organisation: RXA\n  token_sha256: %s\n"
                   "- name: gateway\n  organisation: RJ1\n  certificates: [gw.rj1.example]\n",
                   token);
    CHECK(cord_yaml_parse(cord_str_from(text), 1, arena, &documents, NULL) == CORD_OK);
    CHECK(cord_sources_read(documents->child, &sources, NULL) == CORD_OK);
    cord_arena_free(arena);
    return sources;
}

static void set_up(struct bench *bench)
{
    *bench = (struct bench){.lose = CORD_LOSS_COUNT};
    struct cord_sources *sources = sources_of();
    CHECK(cord_loop_new(&bench->loop, NULL) == CORD_OK);
    bench->book = cord_source_book_new(sources);
    cord_sources_unref(sources);
    struct cord_http_receiver_options options = {
        .name = CORD_STR("http"),
        .ends = {.book = bench->book,
                 .port = {.put = put, .has_room = has_room, .wait_ns = wait_ns, .self = bench},
                 .clock = cord_clock_system(),
                 .lost = lost,
                 .self = bench},
    };
    CHECK(cord_http_receiver_new(&options, &bench->receiver, NULL) == CORD_OK);
}

static void tear_down(struct bench *bench)
{
    CHECK(cord_http_receiver_is_idle(bench->receiver));
    cord_http_receiver_free(bench->receiver);
    cord_source_book_free(bench->book);
    cord_loop_free(bench->loop);
}

#define TOKEN "Splunk s3cret"

static struct cord_http request_of(enum cord_http_method method, const char *path,
                                   const char *authorization, const char *body)
{
    struct cord_http http = {.request = {.method = method, .path = cord_str_from(path)}};
    http.headers[0].name = authorization ? "authorization" : NULL;
    http.headers[0].value = authorization;
    http.headers[4] = (struct pair){"user-agent", "test"};
    cord_buf_init(&http.body, 1 << 20);
    cord_buf_put_text(&http.body, body);
    http.address[15] = 1;
    return http;
}

/* As a server does: the head, and the whole unless it was answered. */
static void serve(struct bench *bench, struct cord_http *http)
{
    struct cord_http_handler handler = cord_http_receiver_handler(bench->receiver);
    size_t bytes_max = 1 << 20;
    http->request.body = &http->body;
    http->request.certificate = &http->peer;
    http->request.address = http->address;
    http->request.peer = CORD_STR("192.0.2.1:1");
    http->loop = bench->loop;
    if (handler.head(handler.self, http, &bytes_max)) {
        CHECK_U64(http->replies, 0);
        handler.request(handler.self, http);
    }
    if (!bench->wait) {
        CHECK_U64(http->replies, 1);
    }
    cord_buf_done(&http->body);
}

static struct cord_http served(struct bench *bench, enum cord_http_method method, const char *path,
                               const char *authorization, const char *body)
{
    struct cord_http http = request_of(method, path, authorization, body);
    serve(bench, &http);
    return http;
}

#define CHECK_REPLY(http, wanted_status, wanted_text)                                              \
    do {                                                                                           \
        CHECK_U64((http).status, wanted_status);                                                   \
        CHECK_STR(cord_str_from((http).text), wanted_text);                                        \
    } while (0)

/* ---- who ---- */

static void knows_every_way_to_show_a_token(void)
{
    static const char *const good[] = {
        "Splunk s3cret",       "Bearer s3cret", "bearer  s3cret",
        "ApiKey aWQ6czNjcmV0", "ApiKey s3cret", "Basic dTpzM2NyZXQ=",
    };
    static const char *const bad[] = {
        "Splunk s3cre", "Splunk", "Bearer", "Digest s3cret", "Basic s3cret", "Basic !", "s3cret",
    };
    struct bench bench;
    set_up(&bench);
    for (size_t at = 0; at < sizeof good / sizeof *good; at++) {
        struct cord_http http =
            served(&bench, CORD_HTTP_POST, "/services/collector", good[at], "{\"event\":\"x\"}");
        CHECK_REPLY(http, 200, "{\"text\":\"Success\",\"code\":0}");
        CHECK_STR(cord_str_from(bench.source), "agent");
    }
    for (size_t at = 0; at < sizeof bad / sizeof *bad; at++) {
        struct cord_http http =
            served(&bench, CORD_HTTP_POST, "/services/collector", bad[at], "{\"event\":\"x\"}");
        CHECK_REPLY(http, 403, "{\"text\":\"Invalid token\",\"code\":4}");
    }
    CHECK_U64(bench.lost[CORD_LOSS_UNKNOWN], sizeof bad / sizeof *bad);
    CHECK_STR(cord_str_from(bench.lost_source), "listener/http");
    tear_down(&bench);
}

static void knows_a_certificate_when_there_is_no_token(void)
{
    struct bench bench;
    set_up(&bench);
    struct cord_http http = request_of(CORD_HTTP_POST, "/api/v1/events", NULL, "{}\n{}\n");
    http.peer = (struct cord_tls_peer){.present = true, .name = "gw.rj1.example"};
    serve(&bench, &http);
    CHECK_U64(http.status, 200);
    CHECK_STR(cord_str_from(bench.source), "gateway");
    http = request_of(CORD_HTTP_POST, "/api/v1/events", "Bearer wrong", "{}\n{}\n");
    http.peer = (struct cord_tls_peer){.present = true, .name = "gw.rj1.example"};
    serve(&bench, &http);
    CHECK_U64(http.status, 401);
    tear_down(&bench);
}

static void refuses_a_token_from_the_machine_of_another(void)
{
    static const struct {
        const char *path;
        const char *said;
    } cases[] = {
        {"/api/v1/events", "of another organisation"},
        {"/_bulk", "of another organisation"},
        {"/v1/logs", "of another organisation"},
        {"/services/collector", "\"code\":4"},
    };
    struct bench bench;
    set_up(&bench);
    for (size_t at = 0; at < sizeof cases / sizeof *cases; at++) {
        struct cord_http http =
            request_of(CORD_HTTP_POST, cases[at].path, "Bearer s3cret", "{}\n{}\n");
        http.peer = (struct cord_tls_peer){.present = true, .name = "gw.rj1.example"};
        serve(&bench, &http);
        CHECK_U64(http.status, 403);
        CHECK(strstr(http.text, cases[at].said));
    }
    CHECK_U64(bench.lost[CORD_LOSS_FORBIDDEN], 4);
    struct cord_http http =
        request_of(CORD_HTTP_POST, "/api/v1/events", "Bearer s3cret", "{}\n{}\n");
    http.peer = (struct cord_tls_peer){.present = true, .name = "nobody.example"};
    serve(&bench, &http);
    CHECK_U64(http.status, 200);
    CHECK_STR(cord_str_from(bench.source), "agent");
    tear_down(&bench);
}

static void slows_down_who_guesses(void)
{
    struct bench bench;
    set_up(&bench);
    struct cord_http http;
    for (int at = 0; at < 10; at++) {
        http = served(&bench, CORD_HTTP_POST, "/api/v1/events", "Bearer guess", "{}");
        CHECK_U64(http.status, 401);
        CHECK(strstr(http.replied, "WWW-Authenticate: Basic"));
    }
    http = served(&bench, CORD_HTTP_POST, "/api/v1/events", "Bearer guess", "{}");
    CHECK_U64(http.status, 429);
    CHECK(strstr(http.replied, "Retry-After: "));
    http = served(&bench, CORD_HTTP_POST, "/api/v1/events", "Bearer s3cret", "{}");
    CHECK_U64(http.status, 200);
    CHECK_U64(cord_http_receiver_stats(bench.receiver).limited, 1);
    CHECK_U64(cord_http_receiver_stats(bench.receiver).unauthorised, 11);
    tear_down(&bench);
}

static void answers_each_protocol_in_its_own_words(void)
{
    struct bench bench;
    set_up(&bench);
    struct cord_http http = served(&bench, CORD_HTTP_POST, "/services/collector", NULL, "{}");
    CHECK_REPLY(http, 401, "{\"text\":\"Token is required\",\"code\":2}");
    http = served(&bench, CORD_HTTP_POST, "/_bulk", NULL, "{}");
    CHECK_U64(http.status, 401);
    CHECK(strstr(http.text, "\"type\":\"security_exception\"") &&
          strstr(http.text, "\"status\":401"));
    CHECK(strstr(http.replied, "X-Elastic-Product: Elasticsearch"));
    http = served(&bench, CORD_HTTP_POST, "/api/v1/events", NULL, "{}");
    CHECK_STR(cord_str_from(http.type), "application/problem+json");
    http = request_of(CORD_HTTP_POST, "/v1/logs", NULL, "{}");
    http.headers[1].name = "content-type";
    http.headers[1].value = "application/json; charset=utf-8";
    serve(&bench, &http);
    CHECK_U64(http.status, 401);
    CHECK(strstr(http.text, "\"code\":16"));
    tear_down(&bench);
}

/* ---- where ---- */

static void finds_its_routes(void)
{
    struct bench bench;
    set_up(&bench);
    struct cord_http http = served(&bench, CORD_HTTP_POST, "/nothing", TOKEN, "x");
    CHECK_U64(http.status, 404);
    http = served(&bench, CORD_HTTP_POST, "", TOKEN, "x");
    CHECK_U64(http.status, 404);
    http = served(&bench, CORD_HTTP_GET, "/_bulk", TOKEN, "");
    CHECK_U64(http.status, 405);
    CHECK(strstr(http.replied, "Allow: POST, PUT\n") != NULL);
    http = served(&bench, CORD_HTTP_POST, "/logs-x-z/_bulk/", TOKEN, "{\"create\":{}}\n{}\n");
    CHECK_U64(http.status, 200);
    CHECK_STR(cord_str_from(bench.context), "logs-x-z");
    http = served(&bench, CORD_HTTP_POST, "/a/b/_bulk", TOKEN, "{\"create\":{}}\n{}\n");
    CHECK_U64(http.status, 404);
    http = served(&bench, CORD_HTTP_PUT, "/logs-x-y/_bulk", TOKEN, "{\"create\":{}}\n{}\n");
    CHECK_U64(http.status, 200);
    CHECK_STR(cord_str_from(bench.context), "logs-x-y");
    tear_down(&bench);
}

static void hands_the_querys_defaults_on(void)
{
    struct bench bench;
    set_up(&bench);
    struct cord_http http =
        request_of(CORD_HTTP_POST, "/services/collector/raw", TOKEN, "line one\nline two\n");
    http.request.query = CORD_STR("host=h&source=%0a");
    http.parameters[0].name = "host";
    http.parameters[0].value = "h 1";
    http.parameters[1].name = "source";
    http.parameters[1].value = "forged\nindex=x";
    http.headers[1].name = "content-encoding";
    http.headers[1].value = " GZIP";
    serve(&bench, &http);
    CHECK_U64(http.status, 200);
    CHECK_STR(cord_str_from(bench.context), "host=h 1\n");
    CHECK(bench.coding == CORD_CODING_GZIP);
    tear_down(&bench);
}

static void refuses_what_it_cannot_unpack(void)
{
    struct bench bench;
    set_up(&bench);
    struct cord_http http = request_of(CORD_HTTP_POST, "/api/v1/events", TOKEN, "x");
    http.headers[1].name = "content-encoding";
    http.headers[1].value = "br";
    serve(&bench, &http);
    CHECK_U64(http.status, 415);
    CHECK_U64(bench.lost[CORD_LOSS_ENCODING], 1);
    CHECK_STR(cord_str_from(bench.lost_source), "agent");
    http = request_of(CORD_HTTP_POST, "/v1/logs", TOKEN, "x");
    http.headers[1].name = "content-type";
    http.headers[1].value = "text/plain";
    serve(&bench, &http);
    CHECK_U64(http.status, 415);
    tear_down(&bench);
}

/* ---- what becomes of it ---- */

/* rsyslog does not send a batch again that it was told to: it says no name. */
static void leaves_who_would_give_up(void)
{
    struct bench bench;
    set_up(&bench);
    for (int at = 0; at < 4; at++) {
        struct cord_http http =
            request_of(CORD_HTTP_POST, "/_bulk", TOKEN, "{\"create\":{}}\n{}\n");
        http.headers[4].name = NULL;
        bench.full = at == 0;
        bench.put = at == 1 ? CORD_E_LIMIT : CORD_OK;
        bench.status = at == 2 ? CORD_E_IO : CORD_OK;
        serve(&bench, &http);
        CHECK(http.left == (at < 3));
        CHECK_U64(http.status, at < 3 ? 0 : 200);
    }
    tear_down(&bench);
}

static void tells_to_come_again(void)
{
    static const char *const paths[] = {"/api/v1/events", "/services/collector", "/_bulk"};
    static const unsigned busy[] = {429, 503, 429};
    static const char *const bodies[] = {"{}\n", "{\"event\":1}", "{\"create\":{}}\n{}\n"};
    struct bench bench;
    set_up(&bench);
    for (size_t at = 0; at < 3; at++) {
        bench.wait_ns = 7 * CORD_SECOND_NS - 1;
        struct cord_http http = served(&bench, CORD_HTTP_POST, paths[at], TOKEN, bodies[at]);
        CHECK_U64(http.status, busy[at]);
        CHECK(strstr(http.replied, "Retry-After: 7"));
        bench.wait_ns = 3600 * CORD_SECOND_NS;
        http = served(&bench, CORD_HTTP_POST, paths[at], TOKEN, bodies[at]);
        CHECK(strstr(http.replied, "Retry-After: 60"));
        bench.wait_ns = 0;
        bench.full = true;
        http = served(&bench, CORD_HTTP_POST, paths[at], TOKEN, bodies[at]);
        CHECK_U64(http.status, busy[at]);
        CHECK(strstr(http.replied, "Retry-After: 5"));
        bench.all_full = true;
        http = served(&bench, CORD_HTTP_POST, paths[at], TOKEN, bodies[at]);
        CHECK_U64(http.status, 503);
        bench.full = false;
        bench.all_full = false;
        bench.put = CORD_E_LIMIT;
        http = served(&bench, CORD_HTTP_POST, paths[at], TOKEN, bodies[at]);
        CHECK_U64(http.status, busy[at]);
        bench.put = CORD_OK;
        bench.status = CORD_E_LIMIT;
        http = served(&bench, CORD_HTTP_POST, paths[at], TOKEN, bodies[at]);
        CHECK_U64(http.status, busy[at]);
        bench.status = CORD_E_IO;
        http = served(&bench, CORD_HTTP_POST, paths[at], TOKEN, bodies[at]);
        CHECK_U64(http.status, 503);
        CHECK(strstr(http.replied, "Retry-After: 5"));
        bench.status = CORD_OK;
    }
    CHECK_U64(cord_http_receiver_stats(bench.receiver).busy, 18);
    tear_down(&bench);
}

static void counts_bodies_that_did_not_come_whole(void)
{
    struct bench bench;
    set_up(&bench);
    struct cord_http_handler handler = cord_http_receiver_handler(bench.receiver);
    struct cord_http http = request_of(CORD_HTTP_POST, "/api/v1/events", TOKEN, "");
    handler.refused(handler.self, &http, 413);
    CHECK_U64(bench.lost[CORD_LOSS_OVERSIZE], 1);
    CHECK_STR(cord_str_from(bench.lost_source), "agent");
    handler.refused(handler.self, &http, 400);
    CHECK_U64(bench.lost[CORD_LOSS_MALFORMED], 1);
    handler.refused(handler.self, &http, 503);
    CHECK_U64(cord_http_receiver_stats(bench.receiver).busy, 1);
    cord_buf_done(&http.body);
    tear_down(&bench);
}

static void counts_for_newline_json(void)
{
    struct bench bench;
    set_up(&bench);
    struct cord_http http =
        served(&bench, CORD_HTTP_POST, "/api/v1/events", TOKEN, "[{\"a\":1},7,{\"a\":2}]");
    CHECK_REPLY(http, 200,
                "{\"received\":3,\"stored\":2,\"refused\":1,\"errors\":[{\"item\":1,\"reason\":"
                "\"malformed\",\"detail\":\"not a JSON object\"}]}\n");
    http = served(&bench, CORD_HTTP_POST, "/api/v1/events", TOKEN, "[7]");
    CHECK_U64(http.status, 400);
    http = served(&bench, CORD_HTTP_POST, "/api/v1/events", TOKEN, "");
    CHECK_U64(http.status, 400);
    http = served(&bench, CORD_HTTP_POST, "/api/v1/events", TOKEN, " \n");
    CHECK_U64(http.status, 400);
    bench.lose = CORD_LOSS_REPEAT;
    http = served(&bench, CORD_HTTP_POST, "/api/v1/events", TOKEN, "[{},{}]");
    CHECK_U64(http.status, 429);
    tear_down(&bench);
}

static void speaks_hec(void)
{
    struct bench bench;
    set_up(&bench);
    struct cord_http http = served(&bench, CORD_HTTP_POST, "/services/collector/event", TOKEN,
                                   "{\"event\":1}{\"event\":\"\"}");
    CHECK_REPLY(http, 200,
                "{\"text\":\"Success\",\"code\":0,\"invalid-event-number\":1,"
                "\"invalid-events\":1}");
    http = served(&bench, CORD_HTTP_POST, "/services/collector/event", TOKEN,
                  "{\"event\":\"\"}{\"host\":1}");
    CHECK_REPLY(
        http, 400,
        "{\"text\":\"Event field cannot be blank\",\"code\":13,\"invalid-event-number\":0}");
    http = served(&bench, CORD_HTTP_POST, "/services/collector/event", TOKEN, "{\"host\":1}");
    CHECK_REPLY(http, 400,
                "{\"text\":\"Event field is required\",\"code\":12,\"invalid-event-number\":0}");
    http = served(&bench, CORD_HTTP_POST, "/services/collector/event", TOKEN, "x");
    CHECK_REPLY(http, 400,
                "{\"text\":\"Invalid data format\",\"code\":6,\"invalid-event-number\":0}");
    http = served(&bench, CORD_HTTP_POST, "/services/collector/event", TOKEN, "");
    CHECK_REPLY(http, 400, "{\"text\":\"No data\",\"code\":5}");
    http = served(&bench, CORD_HTTP_POST, "/services/collector/raw", TOKEN, " \n");
    CHECK_REPLY(http, 400, "{\"text\":\"No data\",\"code\":5}");
    http = served(&bench, CORD_HTTP_GET, "/services/collector/health/1.0", NULL, "");
    CHECK_REPLY(http, 200, "{\"text\":\"HEC is healthy\",\"code\":17}");
    bench.all_full = true;
    http = served(&bench, CORD_HTTP_GET, "/services/collector/health", NULL, "");
    CHECK_REPLY(http, 503, "{\"text\":\"Server is busy\",\"code\":9}");
    tear_down(&bench);
}

static void acknowledges_what_is_stored(void)
{
    struct bench bench;
    set_up(&bench);
    struct cord_http http =
        request_of(CORD_HTTP_POST, "/services/collector", TOKEN, "{\"event\":1}");
    http.headers[1].name = "x-splunk-request-channel";
    http.headers[1].value = "FE0ECFAD-13D5-401B-847D-77833BD77131";
    serve(&bench, &http);
    CHECK_REPLY(http, 200, "{\"text\":\"Success\",\"code\":0,\"ackId\":0}");
    http = request_of(CORD_HTTP_POST, "/services/collector/ack", TOKEN, "{\"acks\": [0, 3]}");
    http.parameters[0].name = "channel";
    http.parameters[0].value = "FE0ECFAD-13D5-401B-847D-77833BD77131";
    serve(&bench, &http);
    CHECK_REPLY(http, 200, "{\"acks\":{\"0\":true,\"3\":true}}");
    http = request_of(CORD_HTTP_POST, "/services/collector/ack", TOKEN, "{\"acks\":[x]}");
    http.parameters[0].name = "channel";
    http.parameters[0].value = "FE0ECFAD-13D5-401B-847D-77833BD77131";
    serve(&bench, &http);
    CHECK_U64(http.status, 400);
    http = served(&bench, CORD_HTTP_POST, "/services/collector/ack", TOKEN, "{\"acks\":[0]}");
    CHECK_REPLY(http, 400, "{\"text\":\"Data channel is missing\",\"code\":10}");
    tear_down(&bench);
}

static void answers_bulk_item_for_item(void)
{
    static const char body[] = "{\"create\":{\"_index\":\"logs\"}}\n{}\n{\"delete\":{}}\n"
                               "{\"index\":{\"_index\":\"logs\"}}\nno\n"
                               "{\"create\":{\"_index\":\"logs\"}}\n{}\n";
    struct bench bench;
    set_up(&bench);
    struct cord_http http = served(&bench, CORD_HTTP_POST, "/_bulk", TOKEN, body);
    CHECK_U64(http.status, 200);
    cord_str text = cord_str_from(http.text);
    CHECK(cord_str_starts(text, CORD_STR("{\"took\":")));
    CHECK_STR(
        cord_str_from_byte(text, cord_str_find(text, CORD_STR("\"errors\""), 0)),
        "\"errors\":true,\"items\":["
        "{\"create\":{\"_index\":\"logs\",\"_id\":\"1000\",\"_version\":1,\"result\":\"created\","
        "\"status\":201}},"
        "{\"delete\":{\"_index\":\"\",\"status\":400,\"error\":{\"type\":"
        "\"illegal_argument_exception\",\"reason\":\"evidence is neither updated nor deleted\"}}},"
        "{\"index\":{\"_index\":\"logs\",\"status\":400,\"error\":{\"type\":"
        "\"mapper_parsing_exception\",\"reason\":\"failed to parse: the source is not a JSON "
        "object\"}}},"
        "{\"create\":{\"_index\":\"logs\",\"_id\":\"1001\",\"_version\":1,\"result\":\"created\","
        "\"status\":201}}]}");
    http =
        request_of(CORD_HTTP_POST, "/_bulk", TOKEN, "{\"create\":{}}\n{}\n{\"create\":{}}\n{}\n");
    http.parameters[0].name = "filter_path";
    http.parameters[0].value = "errors,items.*.error,items.*.status";
    bench.lose = CORD_LOSS_REPEAT;
    serve(&bench, &http);
    CHECK(strstr(http.text, "\"errors\":true,\"items\":[{\"create\":{\"status\":201}},"
                            "{\"create\":{\"status\":429,\"error\":{\"type\":"
                            "\"es_rejected_execution_exception\",\"reason\":\"\\\"why\\\"\"}}}]}"));
    http = served(&bench, CORD_HTTP_POST, "/_bulk", TOKEN, "no\n");
    CHECK_U64(http.status, 400);
    CHECK(strstr(http.text, "Malformed action/metadata line [1]"));
    http = served(&bench, CORD_HTTP_POST, "/_bulk", TOKEN, "");
    CHECK_U64(http.status, 400);
    tear_down(&bench);
}

static void has_sent_again_what_it_does_not_know_of(void)
{
    struct bench bench;
    struct cord_buf body;
    set_up(&bench);
    cord_buf_init(&body, 1 << 20);
    cord_buf_put_text(&body, "{\"create\":{}}\n{}\n");
    for (size_t at = 0; at < CORD_DELIVERY_REFUSALS_MAX + 3; at++) {
        cord_buf_put_text(&body, "{\"delete\":{}}\n");
    }
    cord_buf_put_char(&body, '\0');
    bench.wait = true;
    struct cord_http http = request_of(CORD_HTTP_POST, "/_bulk", TOKEN, body.ptr);
    serve(&bench, &http);
    CHECK(!cord_http_receiver_is_idle(bench.receiver));
    CHECK(bench.waiting != NULL);
    http.parameters[0].name = "filter_path";
    http.parameters[0].value = "errors,items.*.status";
    settle(&bench, bench.waiting);
    CHECK(strstr(http.text, "\"errors\":true,\"items\":[{\"create\":{\"status\":429,"));
    cord_buf_done(&body);
    tear_down(&bench);
}

static void shakes_hands_with_elastics_clients(void)
{
    struct bench bench;
    set_up(&bench);
    struct cord_http http = served(&bench, CORD_HTTP_GET, "/", TOKEN, "");
    CHECK_U64(http.status, 200);
    CHECK(strstr(http.text, "\"number\":\"8."));
    CHECK(strstr(http.replied, "X-Elastic-Product: Elasticsearch"));
    http = served(&bench, CORD_HTTP_HEAD, "/_index_template/filebeat", TOKEN, "");
    CHECK_U64(http.status, 200);
    http = served(&bench, CORD_HTTP_PUT, "/_ilm/policy/filebeat", TOKEN, "{}");
    CHECK_REPLY(http, 200, "{\"acknowledged\":true}");
    http = served(&bench, CORD_HTTP_GET, "/_license", TOKEN, "");
    CHECK(strstr(http.text, "\"status\":\"active\""));
    http = served(&bench, CORD_HTTP_GET, "/_licensed", TOKEN, "");
    CHECK_U64(http.status, 404);
    CHECK(strstr(http.text, "\"type\":\"resource_not_found_exception\""));
    CHECK(strstr(http.replied, "X-Elastic-Product: Elasticsearch"));
    http = served(&bench, CORD_HTTP_GET, "/elsewhere", TOKEN, "");
    CHECK_REPLY(http, 404,
                "{\"status\":404,\"title\":\"Not Found\",\"detail\":\"Events are taken at "
                "/api/v1/events, /services/collector, /_bulk and /v1/logs\"}\n");
    http = served(&bench, CORD_HTTP_GET, "/", NULL, "");
    CHECK_U64(http.status, 401);
    tear_down(&bench);
}

static void speaks_otlp_both_ways(void)
{
    struct bench bench;
    set_up(&bench);
    struct cord_http http = request_of(
        CORD_HTTP_POST, "/v1/logs", "Bearer s3cret",
        "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"body\":{\"stringValue\":\"x\"}},7]"
        "}]}]}");
    http.headers[1].name = "content-type";
    http.headers[1].value = "application/json";
    serve(&bench, &http);
    CHECK_REPLY(http, 200,
                "{\"partialSuccess\":{\"rejectedLogRecords\":\"1\",\"errorMessage\":\"not a "
                "LogRecord, or nested too deep\"}}");
    http = request_of(CORD_HTTP_POST, "/v1/logs", "Bearer s3cret", "");
    http.headers[1].name = "content-type";
    http.headers[1].value = "application/x-protobuf";
    serve(&bench, &http);
    CHECK_REPLY(http, 200, "");
    CHECK_STR(cord_str_from(http.type), "application/x-protobuf");
    http = request_of(CORD_HTTP_POST, "/v1/logs", "Bearer s3cret", "{}");
    http.headers[1].name = "content-type";
    http.headers[1].value = "application/x-protobuf";
    serve(&bench, &http);
    CHECK_U64(http.status, 400);
    CHECK(http.text[0] == '\x08' && http.text[1] == 3 && http.text[2] == '\x12');
    tear_down(&bench);
}

KIT_MAIN(KIT_TEST(knows_every_way_to_show_a_token),
         KIT_TEST(knows_a_certificate_when_there_is_no_token),
         KIT_TEST(refuses_a_token_from_the_machine_of_another), KIT_TEST(slows_down_who_guesses),
         KIT_TEST(answers_each_protocol_in_its_own_words), KIT_TEST(finds_its_routes),
         KIT_TEST(hands_the_querys_defaults_on), KIT_TEST(refuses_what_it_cannot_unpack),
         KIT_TEST(leaves_who_would_give_up), KIT_TEST(tells_to_come_again),
         KIT_TEST(counts_bodies_that_did_not_come_whole), KIT_TEST(counts_for_newline_json),
         KIT_TEST(speaks_hec), KIT_TEST(acknowledges_what_is_stored),
         KIT_TEST(answers_bulk_item_for_item), KIT_TEST(has_sent_again_what_it_does_not_know_of),
         KIT_TEST(shakes_hands_with_elastics_clients), KIT_TEST(speaks_otlp_both_ways))
