/* syslog_receiver_internal.h: what connections and datagrams share of a receiver. */
#ifndef CORD_INGEST_SYSLOG_RECEIVER_INTERNAL_H
#define CORD_INGEST_SYSLOG_RECEIVER_INTERNAL_H

#include "comms/datagrams.h"
#include "comms/listener.h"
#include "ingest/shed.h"
#include "ingest/syslog_delivery.h"
#include "ingest/syslog_receiver.h"

#include <stdatomic.h>

enum {
    CORD_SYSLOG_GATHER_BYTES = 256 * 1024, /* then a delivery is full */
    /* Of all connections, not put yet: beyond it each holds one message. */
    CORD_SYSLOG_GATHERED_BYTES_MAX = 64 * 1024 * 1024,
};
#define CORD_SYSLOG_RETRY_NS 100000000LL /* after a full intake */

struct cord_syslog_connection;
struct cord_syslog_slot;

/* What a receiver has in one loop; its thread's. */
struct cord_syslog_home {
    struct cord_syslog_receiver *receiver;
    struct cord_loop *loop;
    struct cord_loop_task begin;
    struct cord_loop_task stop;
    bool stopping;

    struct cord_syslog_connection *connections;

    /* Datagrams. */
    struct cord_timer retry;
    struct cord_timer drops; /* of the first loop */
    struct cord_shed *shed;
    struct cord_sources *sources; /* that by_number is of */
    struct cord_syslog_slot **by_number;
    struct cord_syslog_slot *slots;
    size_t gathered_bytes; /* of all slots */
    size_t repeats_bytes;
};

struct cord_syslog_receiver {
    struct cord_syslog_receiver_options options; /* texts and tls are not ours to use */
    char name[80];                               /* "listener/NAME" */
    struct cord_listener *listener;
    struct cord_datagrams *datagrams;
    size_t stream_bytes_max; /* that a stream holds untaken */
    uint64_t kernel_dropped; /* that were counted; the first loop's */
    bool dead;               /* the loops do not run any more: nothing is put */
    atomic_uint_fast64_t messages;
    atomic_size_t gathered_bytes; /* of connections */
    atomic_size_t busy;           /* connections, deliveries gathered or under way of datagrams */
    atomic_size_t unstopped;      /* loops that have not heard of the stop */
    size_t home_count;
    struct cord_syslog_home homes[];
};

static inline cord_str cord_syslog_receiver_name(const struct cord_syslog_receiver *receiver)
{
    return cord_str_from(receiver->name);
}

struct cord_syslog_home *cord_syslog_receiver_home(struct cord_syslog_receiver *receiver,
                                                   const struct cord_loop *loop);
int64_t cord_syslog_receiver_now_ns(const struct cord_syslog_receiver *receiver);
/* source NULL: nobody's, so the listener's. */
void cord_syslog_receiver_lose(struct cord_syslog_receiver *receiver,
                               const struct cord_source *source, enum cord_loss_reason reason,
                               uint64_t count);

/* --- syslog_connection.c --- */

bool cord_syslog_connection_accepted(void *receiver, struct cord_loop *loop,
                                     const struct cord_stream_ops **ret_ops, void **ret_self);
void cord_syslog_connection_begin(void *self, struct cord_stream *stream);
void cord_syslog_connection_stop_all(struct cord_syslog_home *home);
/* The loops do not run any more: nothing is put. */
void cord_syslog_connection_free_all(struct cord_syslog_home *home);

/* --- syslog_datagrams.c --- */

CORD_MUST_USE cord_status cord_syslog_datagrams_init(struct cord_syslog_home *home);
void cord_syslog_datagrams_take(void *receiver, struct cord_loop *loop,
                                const struct cord_datagram *datagrams, size_t count);
void cord_syslog_datagrams_begin(struct cord_syslog_home *home);
void cord_syslog_datagrams_stop(struct cord_syslog_home *home);
void cord_syslog_datagrams_done(struct cord_syslog_home *home);

#endif
