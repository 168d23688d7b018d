/*
 * http_receiver.c: see http_receiver.h.
 *
 * A request is asked twice who it is from: at its head, so that nobody's body
 * is read, and when it is whole, because nothing of ours lives in between.
 */
#include "ingest/http_receiver.h"

#include "base/timestamp.h"

#include <stdlib.h>

#include "codec/base64.h"
#include "ingest/attempts.h"
#include "ingest/body_unpack.h"
#include "ingest/http_dialect_internal.h"
#include "ingest/unwrap_kinds.h"

enum {
    TOKEN_BYTES_MAX = 512,
    ADDRESSES_MAX = 4096,
    FAILURES_MAX = 10, /* of an address in a minute */
    INDEX_BYTES_MAX = 255,
    ASK_BYTES_MAX = 1 << 20, /* of a request that brings no events */
    RATE_RETRY_MAX_S = 60,   /* however much was sent beyond its rate */
};
#define FAILURES_INTERVAL_NS (60 * CORD_SECOND_NS)

struct cord_http_receiver {
    struct cord_http_receiver_options options;
    char *source; /* "listener/NAME" */
    struct cord_attempts *attempts;
    _Atomic uint64_t under_way;
    _Atomic uint64_t turns;
    _Atomic uint64_t deliveries;
    _Atomic uint64_t unauthorised;
    _Atomic uint64_t limited;
    _Atomic uint64_t busy;
};

/* ---- routes ---- */

enum ask { ASK_NOTHING, ASK_HEALTH, ASK_ACK, ASK_ELASTIC };

struct route {
    const char *path;
    const struct cord_http_dialect *dialect;
    const struct cord_delivery_kind *kind; /* NULL: something is asked */
    enum ask ask;
};

static const struct route routes[] = {
    {"/api/v1/events", &cord_http_dialect_ndjson, &cord_unwrap_ndjson, ASK_NOTHING},
    {"/services/collector", &cord_http_dialect_hec, &cord_unwrap_hec, ASK_NOTHING},
    {"/services/collector/event", &cord_http_dialect_hec, &cord_unwrap_hec, ASK_NOTHING},
    {"/services/collector/event/1.0", &cord_http_dialect_hec, &cord_unwrap_hec, ASK_NOTHING},
    {"/services/collector/raw", &cord_http_dialect_hec, &cord_unwrap_hec_raw, ASK_NOTHING},
    {"/services/collector/raw/1.0", &cord_http_dialect_hec, &cord_unwrap_hec_raw, ASK_NOTHING},
    {"/services/collector/ack", &cord_http_dialect_hec, NULL, ASK_ACK},
    {"/services/collector/ack/1.0", &cord_http_dialect_hec, NULL, ASK_ACK},
    {"/services/collector/health", &cord_http_dialect_hec, NULL, ASK_HEALTH},
    {"/services/collector/health/1.0", &cord_http_dialect_hec, NULL, ASK_HEALTH},
    {"/_bulk", &cord_http_dialect_bulk, &cord_unwrap_bulk, ASK_NOTHING},
    {"/v1/logs", &cord_http_dialect_otlp_json, &cord_unwrap_otlp_json, ASK_NOTHING},
};

static const struct route proto_route = {"/v1/logs", &cord_http_dialect_otlp_proto,
                                         &cord_unwrap_otlp_proto, ASK_NOTHING};
static const struct route index_route = {"", &cord_http_dialect_bulk, &cord_unwrap_bulk,
                                         ASK_NOTHING};
static const struct route elastic_route = {"", &cord_http_dialect_bulk, NULL, ASK_ELASTIC};

static cord_str path_of(const struct cord_http *http)
{
    cord_str path = cord_http_request(http)->path;
    path.len -= path.len > 1 && path.ptr[path.len - 1] == '/' ? 1 : 0;
    return path;
}

/* The index of "/INDEX/_bulk"; ptr NULL: it is not that. */
static cord_str index_of(cord_str path)
{
    static const cord_str end = {"/_bulk", 6};
    if (path.len <= end.len + 1 || !cord_str_ends(path, end)) {
        return (cord_str){0};
    }
    cord_str index = cord_str_slice(path, 1, path.len - 1 - end.len);
    for (size_t at = 0; at < index.len; at++) {
        if ((unsigned char)index.ptr[at] <= ' ' || index.ptr[at] == '/') {
            return (cord_str){0};
        }
    }
    return index.len <= INDEX_BYTES_MAX ? index : (cord_str){0};
}

static bool is_type(cord_str content_type, cord_str wanted)
{
    cord_str rest = content_type;
    cord_str type;
    return cord_str_cut(&rest, ';', &type) && cord_str_eq_fold(cord_str_trim(type), wanted);
}

/* NULL: nothing is there. */
static const struct route *route_of(const struct cord_http *http)
{
    cord_str path = path_of(http);
    for (size_t at = 0; at < sizeof routes / sizeof *routes; at++) {
        if (cord_str_eq(path, cord_str_from(routes[at].path))) {
            bool proto = routes[at].dialect == &cord_http_dialect_otlp_json &&
                         !is_type(cord_http_header(http, CORD_STR("content-type")),
                                  CORD_STR("application/json"));
            return proto ? &proto_route : &routes[at];
        }
    }
    if (index_of(path).ptr) {
        return &index_route;
    }
    return cord_http_dialect_bulk_knows(path) ? &elastic_route : NULL;
}

/* ---- who asks ---- */

/* What stands behind the scheme; ptr NULL: another scheme. */
static cord_str credential(cord_str authorization, cord_str scheme)
{
    if (!cord_str_starts_fold(authorization, scheme) || authorization.len <= scheme.len ||
        authorization.ptr[scheme.len] != ' ') {
        return (cord_str){0};
    }
    return cord_str_trim(cord_str_from_byte(authorization, scheme.len));
}

/* Behind the colon of what is base64: "user:token", "id:key". */
static cord_str pair_token(cord_str text, char into[TOKEN_BYTES_MAX])
{
    size_t len = 0;
    if (text.len > TOKEN_BYTES_MAX || !cord_base64_decode(text, into, &len)) {
        return (cord_str){0};
    }
    cord_str pair = {into, len};
    size_t colon = cord_str_find_char(pair, ':', 0);
    return colon < pair.len ? cord_str_from_byte(pair, colon + 1) : (cord_str){0};
}

struct identity {
    const struct cord_source *source;
    bool tried;   /* something was shown */
    bool foreign; /* one organisation's token or name by the machine of another */
};

static struct identity by_header(const struct cord_sources *sources, cord_str authorization)
{
    static const char *const plain[] = {"Splunk", "Bearer", "ApiKey"};
    static const char *const pairs[] = {"Basic", "ApiKey"};
    char bytes[TOKEN_BYTES_MAX];
    struct identity identity = {.tried = true};
    for (size_t at = 0; at < sizeof pairs / sizeof *pairs && !identity.source; at++) {
        cord_str token = credential(authorization, cord_str_from(pairs[at]));
        token = token.len > 0 ? pair_token(token, bytes) : token;
        identity.source = token.len > 0 ? cord_sources_by_token(sources, token) : NULL;
    }
    for (size_t at = 0; at < sizeof plain / sizeof *plain && !identity.source; at++) {
        cord_str token = credential(authorization, cord_str_from(plain[at]));
        identity.source = token.len > 0 && token.len <= TOKEN_BYTES_MAX
                              ? cord_sources_by_token(sources, token)
                              : NULL;
    }
    return identity;
}

static struct identity identify(const struct cord_sources *sources, const struct cord_http *http)
{
    const struct cord_tls_peer *peer = cord_http_request(http)->certificate;
    cord_str authorization = cord_http_header(http, CORD_STR("authorization"));
    struct identity identity = {.tried = peer && peer->present};
    bool foreign = false;
    const struct cord_source *machine =
        identity.tried ? cord_sources_by_certificate(sources, peer, &foreign) : NULL;
    identity.source = machine;
    if (authorization.len > 0) {
        identity = by_header(sources, authorization);
    }
    foreign = foreign || (machine && identity.source &&
                          !cord_str_eq(machine->organisation, identity.source->organisation));
    if (foreign) {
        identity = (struct identity){.tried = true, .foreign = true};
    }
    return identity;
}

static void lose(struct cord_http_receiver *receiver, const struct cord_source *source,
                 enum cord_loss_reason reason)
{
    cord_str name = source ? source->name : cord_str_from(receiver->source);
    cord_str organisation = source ? source->organisation : (cord_str){"", 0};
    receiver->options.ends.lost(receiver->options.ends.self, name, organisation, reason, 1,
                                cord_clock_now_ns(&receiver->options.ends.clock));
}

static void turn_away(struct cord_http_receiver *receiver, struct cord_http *http,
                      const struct cord_http_dialect *dialect, const struct identity *identity)
{
    const struct cord_http_request *request = cord_http_request(http);
    if (request->method == CORD_HTTP_POST || request->method == CORD_HTTP_PUT) {
        lose(receiver, NULL, identity->foreign ? CORD_LOSS_FORBIDDEN : CORD_LOSS_UNKNOWN);
    }
    atomic_fetch_add(&receiver->unauthorised, 1);
    if (identity->foreign) {
        cord_log_warn(receiver->options.ends.log, "ingest.certificate_of_another",
                      CORD_KV_STR("listener", receiver->options.name),
                      CORD_KV_STR("peer", request->peer), CORD_KV_TEXT("protocol", dialect->name),
                      CORD_KV_TEXT("certificate", request->certificate->name));
        dialect->trouble(http, CORD_HTTP_TROUBLE_FOREIGN, (cord_str){0}, 0);
        return;
    }
    if (!identity->tried) {
        dialect->trouble(http, CORD_HTTP_TROUBLE_NO_TOKEN, (cord_str){0}, 0);
        return;
    }
    int64_t wait_ns = cord_attempts_fail(receiver->attempts, request->address,
                                         cord_loop_now_ns(cord_http_loop(http)));
    if (wait_ns > 0) {
        atomic_fetch_add(&receiver->limited, 1);
        dialect->trouble(http, CORD_HTTP_TROUBLE_LIMITED, (cord_str){0},
                         wait_ns / CORD_SECOND_NS + 1);
        return;
    }
    cord_log_warn(receiver->options.ends.log, "ingest.token_refused",
                  CORD_KV_STR("listener", receiver->options.name),
                  CORD_KV_STR("peer", request->peer), CORD_KV_TEXT("protocol", dialect->name));
    dialect->trouble(http, CORD_HTTP_TROUBLE_WRONG_TOKEN, (cord_str){0}, 0);
}

/* Who it is, with the registry held; or NULL, and a reply was given. */
static const struct cord_source *admit(struct cord_http_receiver *receiver, struct cord_http *http,
                                       const struct cord_http_dialect *dialect,
                                       struct cord_sources **ret_sources)
{
    struct cord_sources *sources = cord_source_book_current(receiver->options.ends.book);
    struct identity identity = identify(sources, http);
    if (!identity.source) {
        cord_sources_unref(sources);
        turn_away(receiver, http, dialect, &identity);
        return NULL;
    }
    *ret_sources = sources;
    return identity.source;
}

/* ---- at the head ---- */

static void reply_missing(struct cord_http *http)
{
    if (cord_str_find(path_of(http), CORD_STR("/_"), 0) != SIZE_MAX) {
        cord_http_dialect_bulk_missing(http);
    } else {
        cord_http_dialect_send(
            http,
            &(struct cord_http_answer){
                .status = 404,
                .content_type = "application/problem+json",
                .body = CORD_STR("{\"status\":404,\"title\":\"Not Found\",\"detail\":\"Events are "
                                 "taken at /api/v1/events, /services/collector, /_bulk and "
                                 "/v1/logs\"}\n"),
            });
    }
}

static bool coding_of(const struct cord_http *http, enum cord_delivery_coding *ret_coding)
{
    return cord_body_unpack_coding(cord_http_header(http, CORD_STR("content-encoding")),
                                   ret_coding) == CORD_OK;
}

/* OTLP over HTTP knows two encodings; the others are not so strict about it. */
static bool type_is_known(const struct cord_http *http, const struct route *route)
{
    return route != &proto_route || is_type(cord_http_header(http, CORD_STR("content-type")),
                                            CORD_STR("application/x-protobuf"));
}

static bool has_room(struct cord_http_receiver *receiver, const struct cord_source *source)
{
    return receiver->options.ends.port.has_room(receiver->options.ends.port.self, source);
}

/* rsyslog's omelasticsearch writes a batch off that is answered 429 or 503, and sends it again
 * when there was no answer. It is the one that does not say who it is. */
static bool gives_up(const struct cord_http *http, const struct cord_http_dialect *dialect)
{
    return dialect == &cord_http_dialect_bulk &&
           cord_http_header(http, CORD_STR("user-agent")).len == 0;
}

static void tell_later(struct cord_http *http, const struct cord_http_dialect *dialect,
                       enum cord_http_trouble trouble, int64_t wait_s)
{
    if (gives_up(http, dialect)) {
        cord_http_leave(http);
    } else {
        dialect->trouble(http, trouble, (cord_str){0}, wait_s);
    }
}

static void tell_busy(struct cord_http_receiver *receiver, struct cord_http *http,
                      const struct cord_http_dialect *dialect)
{
    enum cord_http_trouble trouble =
        has_room(receiver, NULL) ? CORD_HTTP_TROUBLE_BUSY : CORD_HTTP_TROUBLE_FULL;
    atomic_fetch_add(&receiver->busy, 1);
    tell_later(http, dialect, trouble, CORD_HTTP_RETRY_S);
}

/* Before a body is read. False: a reply was given. */
static bool may_send(struct cord_http_receiver *receiver, struct cord_http *http,
                     const struct cord_http_dialect *dialect, const struct cord_source *source)
{
    int64_t wait_ns = cord_intake_port_wait_ns(&receiver->options.ends.port, source);
    if (wait_ns > 0) {
        int64_t wait_s = (wait_ns + CORD_SECOND_NS - 1) / CORD_SECOND_NS;
        atomic_fetch_add(&receiver->busy, 1);
        tell_later(http, dialect, CORD_HTTP_TROUBLE_BUSY,
                   wait_s < RATE_RETRY_MAX_S ? wait_s : RATE_RETRY_MAX_S);
    } else if (!has_room(receiver, source)) {
        tell_busy(receiver, http, dialect);
    } else {
        return true;
    }
    return false;
}

static bool head_of_delivery(struct cord_http_receiver *receiver, struct cord_http *http,
                             const struct route *route, const struct cord_source *source)
{
    enum cord_delivery_coding coding;
    enum cord_http_method method = cord_http_request(http)->method;
    if (method != CORD_HTTP_POST && method != CORD_HTTP_PUT) {
        cord_http_dialect_send(
            http,
            &(struct cord_http_answer){
                .status = 405,
                .content_type = "application/problem+json",
                .body = CORD_STR("{\"status\":405,\"title\":\"Method Not Allowed\",\"detail\":"
                                 "\"Events are sent by POST\"}\n"),
                .allow = "POST, PUT",
            });
        return false;
    }
    if (!coding_of(http, &coding) || !type_is_known(http, route)) {
        lose(receiver, source, CORD_LOSS_ENCODING);
        route->dialect->trouble(http, CORD_HTTP_TROUBLE_CODING, (cord_str){0}, 0);
        return false;
    }
    return may_send(receiver, http, route->dialect, source);
}

static bool on_head(void *self, struct cord_http *http, size_t *body_bytes_max)
{
    struct cord_http_receiver *receiver = self;
    const struct route *route = route_of(http);
    if (!route) {
        reply_missing(http);
        return false;
    }
    if (!route->kind && *body_bytes_max > ASK_BYTES_MAX) {
        *body_bytes_max = ASK_BYTES_MAX;
    }
    if (route->ask == ASK_HEALTH) {
        return true;
    }
    struct cord_sources *sources;
    const struct cord_source *source = admit(receiver, http, route->dialect, &sources);
    if (!source) {
        return false;
    }
    bool go_on = !route->kind || head_of_delivery(receiver, http, route, source);
    cord_sources_unref(sources);
    return go_on;
}

/* ---- the whole request ---- */

/* What a delivery is to be answered with. */
struct exchange {
    struct cord_http_receiver *receiver;
    struct cord_http *http;
    const struct cord_http_dialect *dialect;
};

static void answer(const struct exchange *exchange, struct cord_delivery *delivery)
{
    const struct cord_http_dialect *dialect = exchange->dialect;
    struct cord_http_receiver *receiver = exchange->receiver;
    struct cord_http *http = exchange->http;
    cord_str detail = cord_str_from(delivery->error.text);
    struct cord_http_turn turn = {
        .number = atomic_fetch_add(&receiver->turns, 1),
        .took_ms =
            (cord_clock_now_ns(&receiver->options.ends.clock) - delivery->received_ns) / 1000000,
    };
    turn.took_ms = turn.took_ms > 0 ? turn.took_ms : 0; /* the clock may have been set */
    if (delivery->status == CORD_OK && (delivery->shed == 0 || dialect->sheds)) {
        dialect->reply(http, delivery, &turn);
    } else if (delivery->status == CORD_OK || delivery->status == CORD_E_LIMIT) {
        tell_busy(receiver, http, dialect);
    } else if (delivery->status == CORD_E_FORMAT) {
        dialect->trouble(http, CORD_HTTP_TROUBLE_WRONG, detail, 0);
    } else {
        tell_later(http, dialect, CORD_HTTP_TROUBLE_DISK, CORD_HTTP_RETRY_S);
    }
}

static void on_done(struct cord_delivery *delivery)
{
    struct exchange *exchange = delivery->self;
    struct cord_http_receiver *receiver = exchange->receiver;
    answer(exchange, delivery);
    cord_delivery_free(delivery);
    free(exchange);
    atomic_fetch_sub(&receiver->under_way, 1); /* the last word: it may go now */
}

/* "host=...\n" of the query, for HEC. Control characters would forge lines of it. */
static cord_str defaults_of(struct cord_http *http, struct cord_delivery *delivery)
{
    static const char *const names[] = {"time", "host", "source", "sourcetype", "index"};
    struct cord_buf lines;
    cord_buf_init(&lines, 16384);
    for (size_t at = 0; at < sizeof names / sizeof *names; at++) {
        cord_str value = cord_http_parameter(http, cord_str_from(names[at]));
        if (value.len > 0 && cord_str_find_char(value, '\n', 0) == SIZE_MAX) {
            cord_buf_printf(&lines, "%s=%.*s\n", names[at], CORD_STR_ARG(value));
        }
    }
    cord_str kept =
        lines.len > 0 ? cord_delivery_keep(delivery, cord_buf_str(&lines)) : (cord_str){"", 0};
    cord_buf_done(&lines);
    return kept;
}

static cord_str context_of(struct cord_http *http, const struct route *route,
                           struct cord_delivery *delivery)
{
    if (route == &index_route) {
        return cord_delivery_keep(delivery, index_of(path_of(http)));
    }
    return route->dialect == &cord_http_dialect_hec && cord_http_request(http)->query.len > 0
               ? defaults_of(http, delivery)
               : (cord_str){"", 0};
}

/* A delivery of the request's body, and what it is to be answered with. NULL: out of memory. */
static struct cord_delivery *make_delivery(struct cord_http_receiver *receiver,
                                           struct cord_http *http, const struct route *route)
{
    struct cord_delivery *delivery = cord_delivery_new(route->kind, 0);
    struct exchange *exchange = delivery ? malloc(sizeof *exchange) : NULL;
    if (!exchange || !coding_of(http, &delivery->coding)) {
        free(exchange);
        cord_delivery_free(delivery);
        return NULL;
    }
    *exchange = (struct exchange){receiver, http, route->dialect};
    struct cord_buf *body = cord_http_request(http)->body;
    delivery->body = *body;
    *body = (struct cord_buf){0};
    delivery->context = context_of(http, route, delivery);
    delivery->received_ns = cord_clock_now_ns(&receiver->options.ends.clock);
    delivery->loop = cord_http_loop(http);
    delivery->done = on_done;
    delivery->self = exchange;
    return delivery;
}

static void deliver(struct cord_http_receiver *receiver, struct cord_http *http,
                    const struct route *route, const struct cord_source *source,
                    struct cord_sources *sources)
{
    struct cord_delivery *delivery = make_delivery(receiver, http, route);
    if (!delivery) {
        cord_sources_unref(sources);
        tell_busy(receiver, http, route->dialect);
        return;
    }
    delivery->source = source;
    delivery->sources = sources;
    struct exchange *exchange = delivery->self;
    atomic_fetch_add(&receiver->under_way, 1);
    if (receiver->options.ends.port.put(receiver->options.ends.port.self, delivery) == CORD_OK) {
        atomic_fetch_add(&receiver->deliveries, 1);
        return;
    }
    cord_delivery_free(delivery);
    free(exchange);
    tell_busy(receiver, http, route->dialect);
    atomic_fetch_sub(&receiver->under_way, 1);
}

static void reply_to_nothing(struct cord_http *http, const struct route *route)
{
    if (route->dialect->empty_is_right) {
        struct cord_delivery none = {.status = CORD_OK};
        route->dialect->reply(http, &none, &(struct cord_http_turn){0});
    } else {
        route->dialect->trouble(http, CORD_HTTP_TROUBLE_EMPTY, (cord_str){0}, 0);
    }
}

static void on_request(void *self, struct cord_http *http)
{
    struct cord_http_receiver *receiver = self;
    const struct route *route = route_of(http);
    if (!route) {
        reply_missing(http);
        return;
    }
    if (route->ask == ASK_HEALTH) {
        cord_http_dialect_hec_health(http, has_room(receiver, NULL));
        return;
    }
    struct cord_sources *sources;
    const struct cord_source *source = admit(receiver, http, route->dialect, &sources);
    if (!source) {
        return; /* the registry changed meanwhile */
    }
    if (route->kind && cord_http_request(http)->body->len > 0) {
        deliver(receiver, http, route, source, sources);
        return;
    }
    cord_sources_unref(sources);
    if (route->ask == ASK_ACK) {
        cord_http_dialect_hec_ack(http);
    } else if (route->ask == ASK_ELASTIC) {
        cord_http_dialect_bulk_ask(http);
    } else {
        reply_to_nothing(http, route);
    }
}

/* What did not come whole is a loss of whoever sent it; where there was no room it comes again. */
static void on_refused(void *self, const struct cord_http *http, unsigned status)
{
    struct cord_http_receiver *receiver = self;
    if (status == 503) {
        atomic_fetch_add(&receiver->busy, 1);
        return;
    }
    struct cord_sources *sources = cord_source_book_current(receiver->options.ends.book);
    struct identity identity = identify(sources, http);
    lose(receiver, identity.source, status == 413 ? CORD_LOSS_OVERSIZE : CORD_LOSS_MALFORMED);
    cord_sources_unref(sources);
}

/* ---- the receiver ---- */

cord_status cord_http_receiver_new(const struct cord_http_receiver_options *options,
                                   struct cord_http_receiver **ret_receiver, struct cord_error *err)
{
    static const cord_str prefix = {"listener/", 9};
    struct cord_http_receiver *receiver = calloc(1, sizeof *receiver);
    if (!receiver) {
        return cord_error_set(err, CORD_E_NOMEM, "no memory for a listener");
    }
    receiver->options = *options;
    receiver->attempts = cord_attempts_new(&(struct cord_attempts_options){
        .addresses_max = ADDRESSES_MAX,
        .failures_max = FAILURES_MAX,
        .interval_ns = FAILURES_INTERVAL_NS,
        .seed = options->seed,
    });
    receiver->source = malloc(prefix.len + options->name.len + 1);
    if (!receiver->attempts || !receiver->source) {
        cord_http_receiver_free(receiver);
        return cord_error_set(err, CORD_E_NOMEM, "no memory for a listener");
    }
    memcpy(receiver->source, prefix.ptr, prefix.len);
    memcpy(receiver->source + prefix.len, options->name.ptr, options->name.len);
    receiver->source[prefix.len + options->name.len] = '\0';
    receiver->options.name = cord_str_from(receiver->source + prefix.len);
    *ret_receiver = receiver;
    return CORD_OK;
}

void cord_http_receiver_free(struct cord_http_receiver *receiver)
{
    if (receiver) {
        cord_attempts_free(receiver->attempts);
        free(receiver->source);
        free(receiver);
    }
}

struct cord_http_handler cord_http_receiver_handler(struct cord_http_receiver *receiver)
{
    return (struct cord_http_handler){
        .head = on_head, .request = on_request, .refused = on_refused, .self = receiver};
}

bool cord_http_receiver_is_idle(const struct cord_http_receiver *receiver)
{
    return atomic_load(&receiver->under_way) == 0;
}

struct cord_http_receiver_stats cord_http_receiver_stats(const struct cord_http_receiver *receiver)
{
    return (struct cord_http_receiver_stats){
        .deliveries = atomic_load(&receiver->deliveries),
        .unauthorised = atomic_load(&receiver->unauthorised),
        .limited = atomic_load(&receiver->limited),
        .busy = atomic_load(&receiver->busy),
    };
}
