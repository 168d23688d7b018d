/*
 * lumberjack_receiver.h: a port where Beats come in: Lumberjack 2 over TCP or TLS.
 *
 * A client sends a window of so many records and waits until the last one's
 * number is acknowledged. That is done when all of them are durable or refused;
 * meanwhile the last number acknowledged is said again every few seconds, that the
 * client does not give up. A connection has one delivery under way, and reads on
 * only after it: TCP tells the client to wait. When the intake has no room the
 * delivery waits here; when the disk failed the connection is closed without an
 * acknowledgement, and the client sends the window again elsewhere or later.
 * The protocol has no token: a client is known by its certificate, or else by
 * its address. Without room in the intake no window is begun.
 */
#ifndef CORD_INGEST_LUMBERJACK_RECEIVER_H
#define CORD_INGEST_LUMBERJACK_RECEIVER_H

#include "comms/loop.h"
#include "comms/tls.h"
#include "ingest/ingest_ends.h"

#include <stddef.h>

struct cord_lumberjack_receiver;

struct cord_lumberjack_receiver_options {
    cord_str name;            /* of the listener: its losses are those of "listener/NAME" */
    cord_str address;         /* "0.0.0.0:5044" */
    struct cord_tls *tls;     /* NULL: plain; a reference is taken */
    size_t frame_bytes_max;   /* of a record, or of packed ones; 0: 10 MiB */
    int64_t idle_ns;          /* closed when nothing came for so long; 0: never */
    int64_t keep_alive_ns;    /* between acknowledgements while a client waits; 0: 5 s */
    uint32_t connections_max; /* 0: 4096 */
    uint32_t connections_per_address_max; /* 0: no such bound */
    struct cord_ingest_ends ends;
};

/* Any thread reads them. */
struct cord_lumberjack_receiver_stats {
    uint64_t windows;  /* acknowledged to their end */
    uint64_t accepted; /* connections, as the next four */
    uint64_t open;
    uint64_t refused;    /* beyond a bound */
    uint64_t handshakes; /* TLS that failed */
    uint64_t malformed;  /* closed: not Lumberjack, or beyond a bound */
};

/* Before the loops run. err names address and cause. */
CORD_MUST_USE cord_status cord_lumberjack_receiver_new(
    struct cord_loop *const *loops, size_t loop_count,
    const struct cord_lumberjack_receiver_options *options,
    struct cord_lumberjack_receiver **ret_receiver, struct cord_error *err);

/* Its port's. */
struct cord_listener *
cord_lumberjack_receiver_listener(const struct cord_lumberjack_receiver *receiver);

/* Any thread, once: accepts and reads no more. What is under way is still acknowledged,
 * then its connection is closed. */
void cord_lumberjack_receiver_stop(struct cord_lumberjack_receiver *receiver);
/* Any thread, after the stop: no connection is left. */
bool cord_lumberjack_receiver_is_done(const struct cord_lumberjack_receiver *receiver);

/* Once none of the loops runs, so that no delivery comes back, and before they are freed. */
void cord_lumberjack_receiver_free(struct cord_lumberjack_receiver *receiver);

struct cord_lumberjack_receiver_stats
cord_lumberjack_receiver_stats(const struct cord_lumberjack_receiver *receiver);

#endif
