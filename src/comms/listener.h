/*
 * listener.h: a TCP port, served by every loop at once.
 *
 * Each loop has its own socket on the port (SO_REUSEPORT) and keeps what it
 * accepts. Connections are bounded, in all and by address (of IPv6 by network of
 * 64 bits, which one machine may have to itself); those beyond are closed and
 * counted. Certificates are looked up at each accept, so that a
 * reload drops nobody, but for clients whose certificate it says is revoked.
 */
#ifndef CORD_COMMS_LISTENER_H
#define CORD_COMMS_LISTENER_H

#include "base/log.h"
#include "comms/stream.h"

#include <stddef.h>

struct cord_listener;

struct cord_listener_options {
    cord_str address;     /* "0.0.0.0:6514", "[::]:6514", "127.0.0.1:0": any free port */
    struct cord_tls *tls; /* NULL: plain; a reference is taken */
    /* Who is told of TLS that failed; may be NULL. The name is copied. */
    struct cord_log *log;
    cord_str name;
    uint32_t connections_max;
    uint32_t connections_per_address_max; /* 0: no such bound */
    struct cord_stream_options stream;
    /* A connection was accepted, in its loop's thread: what serves it. False: close
     * it. After true, `closed` of these ops comes in any case, even if memory was
     * lacking and `begin` never came. */
    bool (*accepted)(void *self, struct cord_loop *loop, const struct cord_stream_ops **ret_ops,
                     void **ret_self);
    /* The stream that follows `accepted`, before anything else of it. May be NULL. */
    void (*begin)(void *stream_self, struct cord_stream *stream);
    void *self;
};

/* Any thread reads them. */
struct cord_listener_stats {
    uint64_t accepted;
    uint64_t open;
    uint64_t refused;    /* beyond a bound, or nobody would serve them */
    uint64_t handshakes; /* TLS that failed, for ... */
    uint64_t refusals[CORD_TLS_REFUSAL_COUNT];
    uint64_t revoked; /* open, and closed because a reload says they are revoked */
};

/* Before the loops run. err names address and cause ("permission denied: ports
 * below 1024 need ..."). */
CORD_MUST_USE cord_status cord_listener_new(struct cord_loop *const *loops, size_t loop_count,
                                            const struct cord_listener_options *options,
                                            struct cord_listener **ret_listener,
                                            struct cord_error *err);

/* Any thread: connections accepted from now on use this context. NULL is not allowed. Open
 * ones go on with theirs; those whose certificate this one knows to be revoked are closed. */
void cord_listener_use_tls(struct cord_listener *listener, struct cord_tls *tls);
/* Any thread: a reference of the caller's; NULL: plain. */
struct cord_tls *cord_listener_tls(struct cord_listener *listener);

/* Any thread: accepts no more and leaves the port, soon. Open connections live on. */
void cord_listener_stop(struct cord_listener *listener);
/* Once none of the loops runs, and before they are freed. Closes what is open:
 * each `closed` comes within. */
void cord_listener_free(struct cord_listener *listener);

uint16_t cord_listener_port(const struct cord_listener *listener);
struct cord_listener_stats cord_listener_stats(const struct cord_listener *listener);

#endif
