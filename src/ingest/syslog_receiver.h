/*
 * syslog_receiver.h: a port where syslog comes in, over UDP (RFC 5426), TCP
 * (RFC 6587) or TLS (RFC 5425).
 *
 * A sender is known by its client's certificate, else by its address. What one
 * connection, or one source between two wake-ups of a UDP socket, brings is
 * gathered into deliveries. A connection has one under way and gathers the next;
 * when that is full it is not read on, and TCP tells the sender to wait. Neither
 * TCP nor UDP syslog has an acknowledgement: what was read and is not stored yet
 * is lost with us, some 512 KiB a connection at most, and the sender does not know.
 * UDP cannot wait: without room, repeats go before firsts (ingest/shed.h), and
 * all that goes is counted.
 */
#ifndef CORD_INGEST_SYSLOG_RECEIVER_H
#define CORD_INGEST_SYSLOG_RECEIVER_H

#include "comms/loop.h"
#include "comms/tls.h"
#include "ingest/ingest_ends.h"

#include <stddef.h>

struct cord_syslog_receiver;

enum cord_syslog_transport { CORD_SYSLOG_UDP, CORD_SYSLOG_TCP };

#define CORD_SYSLOG_FRAME_BYTES 65536 /* unless said otherwise */

struct cord_syslog_receiver_options {
    cord_str name; /* of the listener: its losses are those of "listener/NAME" */
    enum cord_syslog_transport transport;
    cord_str address;         /* "0.0.0.0:514", "[::]:6514" */
    struct cord_tls *tls;     /* of TCP; NULL: plain; a reference is taken */
    size_t frame_bytes_max;   /* a longer message is refused; 0: CORD_SYSLOG_FRAME_BYTES */
    bool multiline;           /* TCP: a line end ends a message only when "<PRI>" follows */
    int64_t idle_ns;          /* TCP: closed when nothing came for so long; 0: never */
    uint32_t connections_max; /* 0: 4096 */
    uint32_t connections_per_address_max; /* 0: no such bound */
    size_t buffer_bytes;                  /* UDP: asked of the kernel; 0: 8 MiB */
    uint64_t seed;                        /* of tables that hold input */
    struct cord_ingest_ends ends;
};

/* Any thread reads them. */
struct cord_syslog_receiver_stats {
    uint64_t messages;    /* put into deliveries */
    uint64_t connections; /* accepted; TCP, as the next three */
    uint64_t open;
    uint64_t refused;        /* beyond a bound */
    uint64_t handshakes;     /* TLS that failed */
    uint64_t kernel_dropped; /* UDP, as the next */
    uint64_t buffer_bytes;   /* granted by the kernel, of all sockets */
};

/* Before the loops run. err names address and cause. */
CORD_MUST_USE cord_status
cord_syslog_receiver_new(struct cord_loop *const *loops, size_t loop_count,
                         const struct cord_syslog_receiver_options *options,
                         struct cord_syslog_receiver **ret_receiver, struct cord_error *err);

/* Its port's; NULL: UDP. */
struct cord_listener *cord_syslog_receiver_listener(const struct cord_syslog_receiver *receiver);

/* Any thread, once: accepts and reads no more. What was read is put into the port,
 * as soon as that has room. */
void cord_syslog_receiver_stop(struct cord_syslog_receiver *receiver);
/* Any thread, after the stop: all of it was put and answered. */
bool cord_syslog_receiver_is_done(const struct cord_syslog_receiver *receiver);

/* Once none of the loops runs, and before they are freed. What is not answered then
 * is lost, and what was not put is counted. */
void cord_syslog_receiver_free(struct cord_syslog_receiver *receiver);

uint16_t cord_syslog_receiver_port(const struct cord_syslog_receiver *receiver);
struct cord_syslog_receiver_stats
cord_syslog_receiver_stats(const struct cord_syslog_receiver *receiver);

#endif
