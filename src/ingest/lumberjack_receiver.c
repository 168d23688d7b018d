/* lumberjack_receiver.c: see lumberjack_receiver.h. */
#include "ingest/lumberjack_receiver.h"

#include "base/timestamp.h"

#include <stdio.h>
#include <stdlib.h>

#include "ingest/lumberjack_internal.h"

enum {
    CONNECTIONS_MAX = 4096,
    FRAME_BYTES = 10 * 1024 * 1024,
    RECV_BYTES = 64 * 1024, /* frames are taken piece by piece */
    SEND_BYTES = 4096,      /* acknowledgements of six bytes */
};

#define HANDSHAKE_NS  (10 * CORD_SECOND_NS)
#define KEEP_ALIVE_NS 5000000000LL

static void on_stop(struct cord_loop_task *task)
{
    struct cord_lumberjack_home *home = CORD_LOOP_OWNER(task, struct cord_lumberjack_home, stop);
    home->stopping = true;
    cord_lumberjack_connection_stop_all(home);
    atomic_fetch_sub(&home->receiver->unstopped, 1);
}

void cord_lumberjack_receiver_stop(struct cord_lumberjack_receiver *receiver)
{
    cord_listener_stop(receiver->listener);
    for (size_t at = 0; at < receiver->home_count; at++) {
        cord_loop_post(receiver->homes[at].loop, &receiver->homes[at].stop);
    }
}

bool cord_lumberjack_receiver_is_done(const struct cord_lumberjack_receiver *receiver)
{
    return atomic_load(&receiver->unstopped) == 0 && atomic_load(&receiver->busy) == 0;
}

static void fill_options(struct cord_lumberjack_receiver_options *options)
{
    options->frame_bytes_max = options->frame_bytes_max ? options->frame_bytes_max : FRAME_BYTES;
    options->keep_alive_ns = options->keep_alive_ns ? options->keep_alive_ns : KEEP_ALIVE_NS;
    options->connections_max =
        options->connections_max ? options->connections_max : CONNECTIONS_MAX;
}

cord_status cord_lumberjack_receiver_new(struct cord_loop *const *loops, size_t loop_count,
                                         const struct cord_lumberjack_receiver_options *options,
                                         struct cord_lumberjack_receiver **ret_receiver,
                                         struct cord_error *err)
{
    struct cord_lumberjack_receiver *receiver =
        calloc(1, sizeof *receiver + loop_count * sizeof receiver->homes[0]);
    if (!receiver) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    receiver->options = *options;
    fill_options(&receiver->options);
    (void)snprintf(receiver->name, sizeof receiver->name, "listener/%.*s",
                   CORD_STR_ARG(options->name));
    atomic_init(&receiver->unstopped, loop_count);
    receiver->home_count = loop_count;
    for (size_t at = 0; at < loop_count; at++) {
        receiver->homes[at] = (struct cord_lumberjack_home){
            .receiver = receiver, .loop = loops[at], .stop = {.run = on_stop}};
    }
    struct cord_listener_options listen = {
        .address = options->address,
        .tls = options->tls,
        .log = options->ends.log,
        .name = options->name,
        .connections_max = receiver->options.connections_max,
        .connections_per_address_max = options->connections_per_address_max,
        .stream = {.recv_bytes_max = RECV_BYTES,
                   .send_bytes_max = SEND_BYTES,
                   .handshake_ns = HANDSHAKE_NS},
        .accepted = cord_lumberjack_connection_accepted,
        .begin = cord_lumberjack_connection_begin,
        .self = receiver,
    };
    cord_status status = cord_listener_new(loops, loop_count, &listen, &receiver->listener, err);
    if (status != CORD_OK) {
        cord_error_context(err, "%s", receiver->name);
        cord_lumberjack_receiver_free(receiver);
        return status;
    }
    *ret_receiver = receiver;
    return CORD_OK;
}

void cord_lumberjack_receiver_free(struct cord_lumberjack_receiver *receiver)
{
    if (receiver) {
        cord_listener_free(receiver->listener); /* closes connections, which free themselves ... */
        for (size_t at = 0; at < receiver->home_count; at++) {
            cord_lumberjack_connection_free_all(&receiver->homes[at]); /* ... but these */
        }
        free(receiver);
    }
}

struct cord_listener *
cord_lumberjack_receiver_listener(const struct cord_lumberjack_receiver *receiver)
{
    return receiver->listener;
}

struct cord_lumberjack_receiver_stats
cord_lumberjack_receiver_stats(const struct cord_lumberjack_receiver *receiver)
{
    struct cord_listener_stats listener = cord_listener_stats(receiver->listener);
    return (struct cord_lumberjack_receiver_stats){
        .windows = atomic_load(&receiver->windows),
        .accepted = listener.accepted,
        .open = listener.open,
        .refused = listener.refused,
        .handshakes = listener.handshakes,
        .malformed = atomic_load(&receiver->malformed),
    };
}
