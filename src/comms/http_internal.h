/*
 * http_internal.h: what the server and its connections know of each other.
 */
#ifndef CORD_COMMS_HTTP_INTERNAL_H
#define CORD_COMMS_HTTP_INTERNAL_H

#include "comms/http_server.h"

/* Replies that were not read, until no more requests are: pipelining has an end. */
#define CORD_HTTP_UNSENT_BYTES_MAX ((size_t)262144)
/* Replies gathered before they are sent in the middle of a `take`. */
#define CORD_HTTP_OUT_BYTES_MAX ((size_t)65536)
/* A reply's head, at most. */
#define CORD_HTTP_REPLY_HEAD_MAX ((size_t)65536)

enum { CORD_HTTP_HUNDREDS = 6 };

/* What belongs to one loop. Counters are written by its thread alone. */
struct cord_http_lane {
    _Alignas(64) struct cord_loop *loop;
    struct cord_http_server *server;
    struct cord_buf out;  /* replies of the `take` under way */
    struct cord_buf late; /* the reply given outside it, perhaps within another's `take` */
    _Atomic uint64_t requests;
    _Atomic uint64_t replies[CORD_HTTP_HUNDREDS];
    _Atomic uint64_t malformed;
    _Atomic uint64_t slow;
};

struct cord_http_server {
    struct cord_http_server_options options;
    struct cord_listener *listener;
    struct cord_http_lane *lanes;
    size_t lane_count;
    _Atomic size_t refs; /* the owner's and each connection's */
    _Atomic bool stopped;
};

/* The last reference frees it. */
void cord_http_server_unref(struct cord_http_server *server);

/* For the listener; they refer to the server. False when out of memory. */
bool cord_http_connection_accept(struct cord_http_lane *lane,
                                 const struct cord_stream_ops **ret_ops, void **ret_self);
void cord_http_connection_begin(void *stream_self, struct cord_stream *stream);

#endif
