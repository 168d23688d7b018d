/*
 * http_server.h: HTTP/1.1 requests in, replies out, over llhttp (RFC 9112).
 *
 * A request is handed on whole, its body still packed as Content-Encoding
 * says. Head, body and time are bounded; all servers of a process share one
 * budget of body bytes (cord_http_budget): beyond it a request is answered 503
 * before its body is read, or in the middle of it when its length was not
 * told. One request of a connection at a time; pipelined ones wait. Belongs to
 * the connection's loop thread.
 *
 * Answered here, as problem documents (RFC 9457), before any handler hears of
 * it: what is no HTTP (400, 414, 417, 431, 501, 505: see http_parse.h), a body
 * that is too long (413) and one that finds no room (503, Retry-After).
 */
#ifndef CORD_COMMS_HTTP_SERVER_H
#define CORD_COMMS_HTTP_SERVER_H

#include "base/buf.h"
#include "base/clock.h"
#include "comms/listener.h"

#include <stdatomic.h>

enum cord_http_method {
    CORD_HTTP_GET,
    CORD_HTTP_HEAD,
    CORD_HTTP_POST,
    CORD_HTTP_PUT,
    CORD_HTTP_DELETE,
    CORD_HTTP_OPTIONS,
    CORD_HTTP_OTHER,
};

/* One request and its reply. */
struct cord_http;

/* Behind a body's bytes there is room for so many more, should its reader need zeros there. */
#define CORD_HTTP_BODY_PADDING 64

struct cord_http_request {
    enum cord_http_method method;
    cord_str target; /* as sent: path and query */
    cord_str path;   /* percent-decoded; "" when it cannot be, or has a NUL */
    cord_str query;  /* as sent, behind '?' */
    /* Nothing in it before handler.request. May be taken: copy the struct and zero what
     * is there. Its bytes count against the budget until the reply. */
    struct cord_buf *body;
    cord_str peer;
    const unsigned char *address; /* 16 bytes, as cord_stream_address */
    const struct cord_tls_peer *certificate;
    bool tls;
};

const struct cord_http_request *cord_http_request(const struct cord_http *http);
/* The value of a header (the first, where several may come), by its name in lower
 * case; {NULL,0} when there is none. Good until the reply. */
cord_str cord_http_header(const struct cord_http *http, cord_str name);
/* The percent-decoded value of the query's first parameter of this name, '+' taken for
 * a blank; in the request's memory. {NULL,0}: none, or it cannot be decoded. */
cord_str cord_http_parameter(struct cord_http *http, cord_str name);
struct cord_loop *cord_http_loop(const struct cord_http *http);

struct cord_http_header {
    const char *name;
    cord_str value;
};

struct cord_http_reply {
    unsigned status;
    const char *content_type;               /* NULL: no body */
    cord_str body;                          /* copied; not sent to HEAD */
    const struct cord_http_header *headers; /* further ones */
    size_t header_count;
    bool close; /* the connection, afterwards */
};

/* Once for every request that was handed on, at once or later, from the loop's
 * thread. A client that has gone meanwhile is no error. http is gone after it.
 * What could not be sent as it is (a line end in a header's value, longer than
 * reply_bytes_max) becomes a 500. */
void cord_http_reply(struct cord_http *http, const struct cord_http_reply *reply);
/* The same with a problem document (RFC 9457); detail is for the client. */
void cord_http_reply_problem(struct cord_http *http, unsigned status, cord_str detail);
/* Instead of a reply: closes the connection unanswered, for clients that give up what they
 * are told to send again, and send again what they are told nothing of. */
void cord_http_leave(struct cord_http *http);

/* --- replies that go on: server-sent events --- */

struct cord_http_live_ops {
    /* All that was sent has left for the socket. From the loop; may be NULL. */
    void (*drained)(void *self);
    /* The last call, once for every reply that was begun: the client has gone, was too
     * slow, or it was ended. http is gone after it. */
    void (*closed)(void *self);
};

/* In place of cord_http_reply: the body has no length and begins with reply->body. It goes
 * on until _end, and the connection closes with it. A client that leaves bytes unread
 * for head_ns is closed and counted as slow; what it sends meanwhile goes nowhere. Not for
 * HEAD. False: the client has gone, or the reply is none (it became a 500): http is gone
 * and nothing will be called. The ops are not copied. */
bool cord_http_live_begin(struct cord_http *http, const struct cord_http_reply *reply,
                          const struct cord_http_live_ops *ops, void *self);
/* CORD_E_LIMIT: too much is unsent (CORD_HTTP_LIVE_BYTES_MAX); nothing was queued.
 * CORD_E_END: the client goes already. */
CORD_MUST_USE cord_status cord_http_live_send(struct cord_http *http, cord_str bytes);
/* What was sent still goes; `closed` comes from the loop, or within when it has ended already. */
void cord_http_live_end(struct cord_http *http);

#define CORD_HTTP_LIVE_BYTES_MAX ((size_t)262144)

/* Who answers. */
struct cord_http_handler {
    /* The head is there, the body is not: false when a reply was given (401, 404, 413,
     * 429): the body is then skipped, or the connection closed when it is long. May
     * set how long the body may be, at most the server's (which is there). */
    bool (*head)(void *self, struct cord_http *http, size_t *body_bytes_max);
    /* The request is whole. */
    void (*request)(void *self, struct cord_http *http);
    /* The head was accepted, but the body is too long (413), broken (400) or finds no
     * room (503): is to be counted; the reply is the server's. May be NULL. */
    void (*refused)(void *self, const struct cord_http *http, unsigned status);
    void *self;
};

/* Bytes of bodies held by all servers of a process. */
struct cord_http_budget {
    size_t bytes_max;
    _Atomic size_t bytes;
};

struct cord_http_server_options {
    struct cord_listener_options listener; /* accepted, begin, self and stream are the server's */
    struct cord_http_handler handler;
    struct cord_http_budget *budget; /* NULL: none */
    size_t head_bytes_max;           /* request line and headers */
    size_t body_bytes_max;           /* as sent */
    size_t reply_bytes_max;          /* the body of a reply; 0: 16 MiB */
    int64_t idle_ns;                 /* between requests */
    int64_t head_ns; /* from a request's first byte to the end of its head; TLS's handshake */
    /* A body must come at this rate on average, after a grace of head_ns: slow
     * senders are closed. */
    size_t body_bytes_a_second;
};

/* Any thread reads them. */
struct cord_http_server_stats {
    struct cord_listener_stats connections;
    uint64_t requests;
    uint64_t replies[6]; /* by hundreds: [2] for 2xx; [0] others */
    uint64_t malformed;  /* not HTTP, or beyond a bound */
    uint64_t slow;       /* closed for it */
};

struct cord_http_server;

CORD_MUST_USE cord_status cord_http_server_new(struct cord_loop *const *loops, size_t loop_count,
                                               const struct cord_http_server_options *options,
                                               struct cord_http_server **ret_server,
                                               struct cord_error *err);
struct cord_listener *cord_http_server_listener(struct cord_http_server *server);
struct cord_http_server_stats cord_http_server_stats(const struct cord_http_server *server);
/* As of its listener; requests under way are still answered, and the connection
 * closed with the reply. */
void cord_http_server_stop(struct cord_http_server *server);
/* As of its listener. A request that was handed on may be answered after it, too. */
void cord_http_server_free(struct cord_http_server *server);

#endif
