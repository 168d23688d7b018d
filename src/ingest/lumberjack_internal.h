/* lumberjack_internal.h: what connections and their receiver share. */
#ifndef CORD_INGEST_LUMBERJACK_INTERNAL_H
#define CORD_INGEST_LUMBERJACK_INTERNAL_H

#include "comms/listener.h"
#include "ingest/lumberjack_receiver.h"

#include <stdatomic.h>

enum { CORD_LUMBERJACK_GATHER_BYTES = 1 << 20 }; /* then a delivery is full */

struct cord_lumberjack_connection;

/* What a receiver has in one loop; its thread's. */
struct cord_lumberjack_home {
    struct cord_lumberjack_receiver *receiver;
    struct cord_loop *loop;
    struct cord_loop_task stop;
    bool stopping;
    struct cord_lumberjack_connection *connections;
};

struct cord_lumberjack_receiver {
    struct cord_lumberjack_receiver_options options; /* texts and tls are not ours to use */
    char name[80];                                   /* "listener/NAME" */
    struct cord_listener *listener;
    atomic_uint_fast64_t windows;
    atomic_uint_fast64_t malformed;
    atomic_size_t busy;      /* connections */
    atomic_size_t unstopped; /* loops that have not heard of the stop */
    size_t home_count;
    struct cord_lumberjack_home homes[];
};

/* --- lumberjack_connection.c --- */

bool cord_lumberjack_connection_accepted(void *receiver, struct cord_loop *loop,
                                         const struct cord_stream_ops **ret_ops, void **ret_self);
void cord_lumberjack_connection_begin(void *self, struct cord_stream *stream);
void cord_lumberjack_connection_stop_all(struct cord_lumberjack_home *home);
/* Those whose delivery never came back: the loops do not run any more. */
void cord_lumberjack_connection_free_all(struct cord_lumberjack_home *home);

#endif
