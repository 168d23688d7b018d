/*
 * http_connection.c: the connections of http_server.h, and their requests.
 *
 * A connection is a struct cord_http, and is one for the request under way too:
 * there is never more than one. Bytes come by `take`, which goes from state to
 * state as long as there are any; replies given meanwhile are gathered in the
 * lane's buffer and sent together at its end.
 */
#include "comms/http_internal.h"

#include "base/timestamp.h"
#include "codec/json_write.h"
#include "comms/http_parse.h"
#include "comms/http_reply.h"
#include "comms/http_target.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* A body nobody wants is read on when it is no longer than this: a new connection
 * costs more. */
#define SKIP_BYTES_MAX 65536
/* Kept of a body's or the replies' buffer. */
#define BYTES_KEPT 65536

enum state {
    HEAD,      /* its bytes are awaited */
    DECIDING,  /* within handler.head */
    BODY,      /* its bytes are awaited */
    ANSWERING, /* the handler has the request */
    SKIPPING,  /* answered; the rest of the body goes nowhere */
    LIVE,      /* the reply goes on */
    CLOSING,   /* nothing more is read */
};

struct cord_http {
    struct cord_http_server *server; /* a reference */
    struct cord_http_lane *lane;
    struct cord_stream *stream; /* NULL: the client has gone */
    struct cord_http_parse *parse;
    struct cord_http_request request;
    struct cord_buf body;
    struct cord_buf decoded; /* of the target, each part at its own offset */
    enum state state;
    bool handed;                           /* the handler owes a reply */
    bool taking;                           /* within `take` */
    bool head_timed;                       /* the deadline is this head's */
    bool clogged;                          /* no more requests until replies are read */
    size_t unsent;                         /* since the stream was drained */
    const struct cord_http_live_ops *live; /* NULL: the reply does not go on */
    void *live_self;
    unsigned fault;        /* status for a body that was stopped */
    size_t body_bytes_max; /* of this request */
    size_t charged;        /* to the budget */
    uint64_t body_received;
    int64_t body_since_ns;
    struct cord_tls_peer certificate;
    unsigned char address[16];
    size_t peer_len;
    char peer[64];
};

/* One writer: no locked instruction. */
static void count(_Atomic uint64_t *counter)
{
    uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, value + 1, memory_order_relaxed);
}

/* --- memory --- */

static bool budget_take(struct cord_http *http, size_t bytes)
{
    struct cord_http_budget *budget = http->server->options.budget;
    if (budget && bytes > 0) {
        size_t before = atomic_fetch_add(&budget->bytes, bytes);
        if (before > budget->bytes_max || bytes > budget->bytes_max - before) {
            atomic_fetch_sub(&budget->bytes, bytes);
            return false;
        }
    }
    http->charged += bytes;
    return true;
}

static void budget_return(struct cord_http *http)
{
    struct cord_http_budget *budget = http->server->options.budget;
    if (budget && http->charged > 0) {
        atomic_fetch_sub(&budget->bytes, http->charged);
    }
    http->charged = 0;
}

static void clear_or_free(struct cord_buf *buf)
{
    if (buf->cap > BYTES_KEPT) {
        size_t bytes_max = buf->bytes_max;
        cord_buf_done(buf);
        buf->bytes_max = bytes_max;
    }
    cord_buf_clear(buf);
}

static void http_free(struct cord_http *http)
{
    budget_return(http);
    cord_buf_done(&http->body);
    cord_buf_done(&http->decoded);
    cord_http_parse_free(http->parse);
    cord_http_server_unref(http->server);
    free(http);
}

/* --- time --- */

/* How long the next bytes of a body may take. At most 0: too slow. */
static int64_t body_delay_ns(const struct cord_http *http)
{
    const struct cord_http_server_options *options = &http->server->options;
    if (options->body_bytes_a_second == 0) {
        return options->idle_ns;
    }
    int64_t passed = cord_loop_now_ns(http->lane->loop) - http->body_since_ns;
    double earned = (double)http->body_received / (double)options->body_bytes_a_second;
    double delay = (double)options->head_ns + earned * (double)CORD_SECOND_NS - (double)passed;
    return delay < (double)options->idle_ns ? (int64_t)delay : options->idle_ns;
}

static void close_stream(struct cord_http *http)
{
    http->state = CLOSING;
    cord_stream_close(http->stream);
}

/* After bytes came, or a reply went. */
static void wind_clock(struct cord_http *http)
{
    const struct cord_http_server_options *options = &http->server->options;
    int64_t delay = 0; /* never, while it is not the client that is slow */
    if (http->state == HEAD && cord_http_parse_begun(http->parse)) {
        if (http->head_timed) {
            return;
        }
        http->head_timed = true;
        delay = options->head_ns;
    } else if (http->state == HEAD) {
        delay = options->idle_ns;
    } else if (http->state == BODY || http->state == SKIPPING) {
        delay = body_delay_ns(http);
        if (delay <= 0) {
            count(&http->lane->slow);
            close_stream(http);
            return;
        }
    }
    cord_stream_deadline(http->stream, delay);
}

/* --- replies --- */

static void begin_request(struct cord_http *http)
{
    cord_http_parse_begin(http->parse);
    http->state = HEAD;
    http->head_timed = false;
    http->request.method = CORD_HTTP_OTHER;
    http->request.target = http->request.path = http->request.query = CORD_STR("");
    clear_or_free(&http->decoded);
}

static void body_begins(struct cord_http *http, enum state state)
{
    http->state = state;
    http->fault = 0;
    http->body_received = 0;
    http->body_since_ns = cord_loop_now_ns(http->lane->loop);
}

static struct cord_buf *out_of(struct cord_http *http)
{
    return http->taking ? &http->lane->out : &http->lane->late;
}

/* Sends what was gathered. */
static void flush(struct cord_http *http)
{
    struct cord_buf *out = out_of(http);
    if (out->len == 0) {
        return;
    }
    http->unsent += out->len;
    if (cord_stream_send(http->stream, cord_buf_str(out)) != CORD_OK) {
        close_stream(http);
    }
    clear_or_free(out);
    if (http->unsent > CORD_HTTP_UNSENT_BYTES_MAX && !http->clogged) {
        http->clogged = true;
        cord_stream_pause(http->stream);
    }
}

/* A body that was not read when the reply was given. */
static bool can_skip(const struct cord_http *http)
{
    const struct cord_http_head *head = cord_http_parse_result(http->parse);
    /* Who waits for "100 Continue" may send the body, or not: no telling. */
    return http->state == DECIDING && !head->expects && !head->chunked &&
           head->length <= SKIP_BYTES_MAX;
}

static bool must_close(const struct cord_http *http)
{
    const struct cord_http_head *head = cord_http_parse_result(http->parse);
    bool unread = head->has_body && http->state != ANSWERING;
    return !head->keep_alive || (unread && !can_skip(http)) ||
           atomic_load_explicit(&http->server->stopped, memory_order_relaxed);
}

static void write_reply(struct cord_http *http, const struct cord_http_reply *reply)
{
    struct cord_buf *out = out_of(http);
    bool head_only = http->request.method == CORD_HTTP_HEAD;
    size_t hundreds = reply->status / 100;
    bool fits = reply->body.len <= http->server->options.reply_bytes_max;
    if (!fits || !cord_http_reply_write(reply, head_only, out)) {
        struct cord_http_reply instead = {.status = 500, .close = reply->close};
        hundreds = 5;
        if (!cord_http_reply_write(&instead, head_only, out)) {
            close_stream(http); /* out of memory */
        }
    }
    count(&http->lane->replies[hundreds < CORD_HTTP_HUNDREDS ? hundreds : 0]);
}

/* What comes after a reply. */
static void move_on(struct cord_http *http, bool close)
{
    bool skip = http->state == DECIDING && cord_http_parse_result(http->parse)->has_body;
    budget_return(http);
    clear_or_free(&http->body);
    if (close) {
        http->state = CLOSING; /* once the reply is sent */
    } else if (skip) {
        body_begins(http, SKIPPING);
    } else {
        begin_request(http);
    }
}

/* The client is there, as far as we know. */
static void answer(struct cord_http *http, const struct cord_http_reply *reply)
{
    if (http->state == CLOSING) {
        return; /* the stream fails already: `closed` frees */
    }
    struct cord_http_reply sent = *reply;
    sent.close = reply->close || must_close(http);
    write_reply(http, &sent);
    move_on(http, sent.close || http->state == CLOSING);
    if (http->taking) {
        return; /* sent, closed and timed at its end */
    }
    flush(http);
    if (http->state == CLOSING) {
        cord_stream_close(http->stream);
        return;
    }
    wind_clock(http);
    if (!http->clogged) {
        cord_stream_resume(http->stream);
    }
}

void cord_http_reply(struct cord_http *http, const struct cord_http_reply *reply)
{
    http->handed = false;
    if (http->stream) {
        answer(http, reply);
    } else {
        http_free(http);
    }
}

static void answer_problem(struct cord_http *http, unsigned status, cord_str detail, bool close)
{
    struct cord_buf body;
    cord_buf_init(&body, 4096);
    cord_buf_printf(&body,
                    "{\"title\":\"%s\",\"status\":%u,\"detail\":", cord_http_reply_reason(status),
                    status);
    cord_json_write_string(&body, cord_str_slice(detail, 0, 512));
    cord_buf_put(&body, CORD_STR("}\n"));
    const struct cord_http_header later = {"Retry-After", CORD_STR("1")};
    bool told = !body.failed;
    answer(http, &(struct cord_http_reply){
                     .status = status,
                     .content_type = told ? "application/problem+json" : NULL,
                     .body = told ? cord_buf_str(&body) : CORD_STR(""),
                     .headers = &later,
                     .header_count = status == 503 ? 1 : 0,
                     .close = close,
                 });
    cord_buf_done(&body);
}

void cord_http_reply_problem(struct cord_http *http, unsigned status, cord_str detail)
{
    http->handed = false;
    if (http->stream) {
        answer_problem(http, status, detail, false);
    } else {
        http_free(http);
    }
}

void cord_http_leave(struct cord_http *http)
{
    http->handed = false;
    if (!http->stream) {
        http_free(http);
    } else if (http->state != CLOSING) {
        move_on(http, true);
        if (!http->taking) {
            flush(http);
            cord_stream_close(http->stream);
        }
    }
}

/* --- replies that go on --- */

bool cord_http_live_begin(struct cord_http *http, const struct cord_http_reply *reply,
                          const struct cord_http_live_ops *ops, void *self)
{
    http->handed = false;
    if (!http->stream) {
        http_free(http);
        return false;
    }
    if (http->state == CLOSING) {
        return false; /* `closed` frees */
    }
    if (!cord_http_reply_write_open(reply, out_of(http))) {
        answer(http, &(struct cord_http_reply){.status = 500, .close = true});
        return false;
    }
    count(&http->lane->replies[reply->status / 100 % CORD_HTTP_HUNDREDS]);
    move_on(http, false);
    http->state = LIVE;
    http->live = ops;
    http->live_self = self;
    if (!http->taking) {
        flush(http);
        cord_stream_resume(http->stream);
    }
    cord_stream_deadline(http->stream, http->server->options.head_ns);
    return true;
}

cord_status cord_http_live_send(struct cord_http *http, cord_str bytes)
{
    if (http->state != LIVE) {
        return CORD_E_END;
    }
    if (http->unsent > CORD_HTTP_LIVE_BYTES_MAX ||
        bytes.len > CORD_HTTP_LIVE_BYTES_MAX - http->unsent) {
        return CORD_E_LIMIT;
    }
    if (http->unsent == 0) {
        cord_stream_deadline(http->stream, http->server->options.head_ns);
    }
    http->unsent += bytes.len;
    cord_status status = cord_stream_send(http->stream, bytes);
    if (status != CORD_OK) {
        close_stream(http);
        return CORD_E_END;
    }
    return CORD_OK;
}

void cord_http_live_end(struct cord_http *http)
{
    if (http->state == LIVE) {
        close_stream(http);
    }
}

/* --- requests --- */

/* Not to be read on: the connection closes. */
static void refuse(struct cord_http *http, unsigned status, const char *detail)
{
    if (status != 503) {
        count(&http->lane->malformed);
    }
    answer_problem(http, status, cord_str_from(detail), true);
}

/* The same for a body whose head was accepted. */
static void refuse_body(struct cord_http *http, unsigned status, const char *detail)
{
    const struct cord_http_handler *handler = &http->server->options.handler;
    if (handler->refused) {
        handler->refused(handler->self, http, status);
    }
    if (status == 503 && http->state == DECIDING) {
        answer_problem(http, status, cord_str_from(detail), false);
    } else {
        refuse(http, status, detail);
    }
}

/* With the bound, which is the handler's or the listener's. */
static void refuse_long(struct cord_http *http)
{
    char detail[64];
    (void)snprintf(detail, sizeof detail, "the body is longer than %zu bytes",
                   http->body_bytes_max);
    refuse_body(http, 413, detail);
}

static void hand_on(struct cord_http *http)
{
    http->state = ANSWERING;
    http->handed = true;
    count(&http->lane->requests);
    const struct cord_http_handler *handler = &http->server->options.handler;
    handler->request(handler->self, http);
}

/* A part of the target, decoded at the same offset of another buffer. */
static cord_str decode(struct cord_http *http, cord_str raw, bool plus_is_blank)
{
    if (raw.len == 0) {
        return CORD_STR("");
    }
    cord_str target = http->request.target;
    struct cord_buf *decoded = &http->decoded;
    decoded->bytes_max = http->server->options.head_bytes_max;
    if (decoded->len < target.len) {
        decoded->len = cord_buf_reserve(decoded, target.len) ? target.len : 0;
    }
    cord_str text;
    if (decoded->len == 0 ||
        !cord_http_target_decode(raw, plus_is_blank, decoded->ptr + (raw.ptr - target.ptr),
                                 &text)) {
        return (cord_str){0};
    }
    return text;
}

static void describe(struct cord_http *http)
{
    const struct cord_http_head *head = cord_http_parse_result(http->parse);
    struct cord_http_request *request = &http->request;
    cord_str path;
    request->method = head->method;
    request->target = head->target;
    cord_http_target_split(head->target, &path, &request->query);
    bool plain = path.len == 0 || !memchr(path.ptr, '%', path.len);
    request->path = plain ? path : decode(http, path, false);
    if (!request->path.ptr) {
        request->path = CORD_STR("");
    }
}

/* The body is wanted: makes room, and lets it come. */
static void await_body(struct cord_http *http)
{
    const struct cord_http_head *head = cord_http_parse_result(http->parse);
    if (!head->chunked && head->length > http->body_bytes_max) {
        refuse_long(http);
        return;
    }
    size_t len = (size_t)head->length; /* 0 when chunked */
    struct cord_buf *body = &http->body;
    body->bytes_max = (head->chunked ? http->body_bytes_max : len) + CORD_HTTP_BODY_PADDING;
    /* All at once: what the body claims counts already, and growing would copy it. */
    if (!budget_take(http, len) || !cord_buf_reserve(body, len + CORD_HTTP_BODY_PADDING)) {
        refuse_body(http, 503, "too many bodies are under way");
        return;
    }
    if (head->expects) {
        cord_buf_put(out_of(http), CORD_STR("HTTP/1.1 100 Continue\r\n\r\n"));
    }
    body_begins(http, BODY);
}

static void decide(struct cord_http *http)
{
    const struct cord_http_server_options *options = &http->server->options;
    const struct cord_http_handler *handler = &options->handler;
    describe(http);
    http->state = DECIDING;
    http->body_bytes_max = options->body_bytes_max;
    if (handler->head && !handler->head(handler->self, http, &http->body_bytes_max)) {
        assert(http->state != DECIDING); /* the reply was given */
        return;
    }
    assert(http->state == DECIDING);
    if (http->body_bytes_max > options->body_bytes_max) {
        http->body_bytes_max = options->body_bytes_max;
    }
    if (cord_http_parse_result(http->parse)->has_body) {
        await_body(http);
    } else {
        hand_on(http);
    }
}

static bool put_body(void *self, cord_str bytes)
{
    struct cord_http *http = self;
    struct cord_buf *body = &http->body;
    http->body_received += bytes.len;
    if (bytes.len > http->body_bytes_max - body->len) {
        http->fault = 413;
        return false;
    }
    cord_buf_put(body, bytes);
    bool chunked = cord_http_parse_result(http->parse)->chunked;
    size_t more = chunked && body->cap > http->charged ? body->cap - http->charged : 0;
    if (body->failed || !budget_take(http, more)) {
        http->fault = 503;
        return false;
    }
    return true;
}

static bool drop_body(void *self, cord_str bytes)
{
    struct cord_http *http = self;
    http->body_received += bytes.len;
    return true;
}

static size_t step_head(struct cord_http *http, cord_str bytes)
{
    size_t taken = 0;
    cord_status status = cord_http_parse_head(http->parse, bytes, &taken);
    if (status == CORD_OK) {
        decide(http);
    } else if (status != CORD_E_MORE) {
        struct cord_http_refusal refusal = cord_http_parse_refusal(http->parse);
        refuse(http, refusal.status, refusal.detail);
    }
    return taken;
}

static size_t step_body(struct cord_http *http, cord_str bytes)
{
    bool skipping = http->state == SKIPPING;
    const struct cord_http_body_sink sink = {skipping ? drop_body : put_body, http};
    size_t taken = 0;
    cord_status status = cord_http_parse_body(http->parse, bytes, &sink, &taken);
    if (status == CORD_OK && skipping) {
        begin_request(http);
    } else if (status == CORD_OK) {
        hand_on(http);
    } else if (status != CORD_E_MORE && skipping) {
        http->state = CLOSING; /* it has its reply */
    } else if (status == CORD_E_LIMIT && http->fault == 413) {
        refuse_long(http);
    } else if (status == CORD_E_LIMIT) {
        refuse_body(http, http->fault, "too many bodies are under way");
    } else if (status != CORD_E_MORE) {
        refuse_body(http, 400, cord_http_parse_refusal(http->parse).detail);
    }
    return taken;
}

/* --- what the stream calls --- */

static bool wants_bytes(const struct cord_http *http)
{
    return !http->clogged &&
           (http->state == HEAD || http->state == BODY || http->state == SKIPPING);
}

static size_t take(void *self, cord_str bytes)
{
    struct cord_http *http = self;
    size_t at = 0;
    if (http->state == LIVE) {
        return bytes.len; /* so that its end is heard */
    }
    http->taking = true;
    while (at < bytes.len && wants_bytes(http)) {
        cord_str rest = cord_str_from_byte(bytes, at);
        at += http->state == HEAD ? step_head(http, rest) : step_body(http, rest);
        if (http->lane->out.len > CORD_HTTP_OUT_BYTES_MAX) {
            flush(http);
        }
    }
    flush(http);
    http->taking = false;
    if (http->state == CLOSING) {
        cord_stream_close(http->stream);
        return bytes.len;
    }
    if (http->state == ANSWERING) {
        cord_stream_pause(http->stream);
    }
    if (http->state == LIVE) {
        return bytes.len;
    }
    wind_clock(http);
    return at;
}

static void drained(void *self)
{
    struct cord_http *http = self;
    http->unsent = 0;
    if (http->clogged) {
        http->clogged = false;
        if (http->state != ANSWERING) {
            cord_stream_resume(http->stream);
        }
    }
    if (http->state == LIVE) {
        cord_stream_deadline(http->stream, 0);
        if (http->live->drained) {
            http->live->drained(http->live_self);
        }
    }
}

static bool opened(void *self, struct cord_stream *stream)
{
    struct cord_http *http = self;
    http->certificate = *cord_stream_certificate(stream);
    wind_clock(http);
    return true;
}

static void closed(void *self, enum cord_stream_end end, cord_str reason)
{
    (void)reason;
    struct cord_http *http = self;
    bool owes = http->state == BODY || http->state == SKIPPING || http->state == LIVE ||
                (http->state == HEAD && cord_http_parse_begun(http->parse));
    if (end == CORD_STREAM_END_TIMEOUT && owes) {
        count(&http->lane->slow);
    }
    http->stream = NULL;
    if (http->live) {
        http->live->closed(http->live_self);
    }
    if (!http->handed) {
        http_free(http);
    }
}

/* --- what the listener calls --- */

bool cord_http_connection_accept(struct cord_http_lane *lane,
                                 const struct cord_stream_ops **ret_ops, void **ret_self)
{
    static const struct cord_stream_ops OPS = {
        .opened = opened, .take = take, .drained = drained, .closed = closed};
    struct cord_http_server *server = lane->server;
    struct cord_http *http = calloc(1, sizeof *http);
    struct cord_http_parse *parse = cord_http_parse_new(server->options.head_bytes_max);
    if (!http || !parse) {
        cord_http_parse_free(parse);
        free(http);
        return false;
    }
    atomic_fetch_add(&server->refs, 1);
    http->server = server;
    http->lane = lane;
    http->parse = parse;
    begin_request(http);
    *ret_ops = &OPS;
    *ret_self = http;
    return true;
}

void cord_http_connection_begin(void *stream_self, struct cord_stream *stream)
{
    struct cord_http *http = stream_self;
    cord_str peer = cord_stream_peer(stream);
    http->stream = stream;
    http->peer_len = peer.len < sizeof http->peer ? peer.len : sizeof http->peer;
    memcpy(http->peer, peer.ptr, http->peer_len);
    memcpy(http->address, cord_stream_address(stream), sizeof http->address);
    http->request.body = &http->body;
    http->request.peer = (cord_str){http->peer, http->peer_len};
    http->request.address = http->address;
    http->request.certificate = &http->certificate;
    http->request.tls = http->server->options.listener.tls != NULL;
}

/* --- what the handler asks --- */

const struct cord_http_request *cord_http_request(const struct cord_http *http)
{
    return &http->request;
}

cord_str cord_http_header(const struct cord_http *http, cord_str name)
{
    return cord_http_parse_header(http->parse, name);
}

cord_str cord_http_parameter(struct cord_http *http, cord_str name)
{
    cord_str raw;
    if (!cord_http_target_parameter(http->request.query, name, &raw)) {
        return (cord_str){0};
    }
    return decode(http, raw, true);
}

struct cord_loop *cord_http_loop(const struct cord_http *http)
{
    return http->lane->loop;
}
