/*
 * stream.h: one connection, plain or TLS, as bytes in and bytes out.
 *
 * Bounded at both ends: what its user does not take is not read on, so that
 * the sender's window closes; what the other side does not read is refused
 * beyond send_bytes_max. Belongs to its loop's thread.
 */
#ifndef CORD_COMMS_STREAM_H
#define CORD_COMMS_STREAM_H

#include "base/str.h"
#include "comms/loop.h"
#include "comms/tls.h"
#include "comms/tls_refusal.h"

struct cord_stream;

enum cord_stream_end {
    CORD_STREAM_END_PEER,      /* the other side closed, or its half; what was queued was sent */
    CORD_STREAM_END_US,        /* cord_stream_close */
    CORD_STREAM_END_TIMEOUT,   /* the deadline passed */
    CORD_STREAM_END_HANDSHAKE, /* no TLS, not in time, a refused certificate: the reason says */
    CORD_STREAM_END_ERROR,     /* of the socket, or of TLS in the middle */
};

struct cord_stream_ops {
    /* TLS is up, or there is none: the certificate is known. False closes. May be NULL. */
    bool (*opened)(void *self, struct cord_stream *stream);
    /* Bytes so far untaken; returns how many it takes from the front. Called when
     * more came, never with nothing; with buffer full and nothing taken the
     * stream is closed (the user's limits are to be below recv_bytes_max). May
     * close the stream or pause it. `bytes` is good during the call only. */
    size_t (*take)(void *self, cord_str bytes);
    /* Once after one send or several: all of it has left for the socket. From the
     * loop, never within a send. May be NULL. */
    void (*drained)(void *self);
    /* The last call, once for every stream. Whatever came before the end was
     * offered to `take`; what it left there is cord_stream_untaken still. `reason`
     * is for the log. */
    void (*closed)(void *self, enum cord_stream_end end, cord_str reason);
};

struct cord_stream_options {
    size_t recv_bytes_max; /* held untaken */
    size_t send_bytes_max; /* held unsent */
    int64_t handshake_ns;  /* for TLS to be up */
    int64_t linger_ns;     /* for the other side to close after the last word; 0: ten seconds */
};

/* Takes the socket over (non-blocking, close-on-exec), on failure too. tls NULL:
 * plain; else one more reference is held. The options are copied, ops are not.
 * Calls nothing yet. NULL when out of memory: `closed` will not be called. */
struct cord_stream *cord_stream_new(struct cord_loop *loop, int socket, struct cord_tls *tls,
                                    const struct cord_stream_options *options,
                                    const struct cord_stream_ops *ops, void *self);

/* Queues a copy and sends what goes at once. CORD_E_LIMIT: it would be more than
 * send_bytes_max unsent; nothing was queued. CORD_E_END: the stream is closing.
 * CORD_E_NOMEM: the stream ends. That the other side has gone is told by `closed`. */
CORD_MUST_USE cord_status cord_stream_send(struct cord_stream *stream, cord_str bytes);

/* No `take` until resumed; resuming calls it (from the loop, not within this
 * call) when untaken bytes are there. */
void cord_stream_pause(struct cord_stream *stream);
void cord_stream_resume(struct cord_stream *stream);

/* Sends what is queued, then closes; `closed` comes from the loop, never within
 * this call, and the stream is gone after it. Hands nothing more to `take`. The
 * other side has linger_ns to read the end: to close on it while it still
 * sends would lose what it was told last. */
void cord_stream_close(struct cord_stream *stream);
/* Closes at once: `closed` (CORD_STREAM_END_US) comes within. Not from the stream's own
 * callbacks; for when the loop does not run any more. */
void cord_stream_drop(struct cord_stream *stream);

/* Closes with CORD_STREAM_END_TIMEOUT after so long, unless set anew; 0: never. */
void cord_stream_deadline(struct cord_stream *stream, int64_t delay_ns);

/* Bytes that `take` was offered and left. */
cord_str cord_stream_untaken(const struct cord_stream *stream);
struct cord_loop *cord_stream_loop(const struct cord_stream *stream);
/* "10.1.2.3:5140", "[2001:db8::1]:5140"; borrowed. */
cord_str cord_stream_peer(const struct cord_stream *stream);
/* The address alone, as 16 bytes of IPv6 (IPv4 mapped). */
const unsigned char *cord_stream_address(const struct cord_stream *stream);
/* Why TLS came to nothing; good when it ended with CORD_STREAM_END_HANDSHAKE. */
enum cord_tls_refusal cord_stream_refusal(const struct cord_stream *stream);
/* Its client's certificate has been revoked since, says this context. */
bool cord_stream_is_revoked(const struct cord_stream *stream, const struct cord_tls *tls);
/* Never NULL; not present before `opened`. */
const struct cord_tls_peer *cord_stream_certificate(const struct cord_stream *stream);

#endif
