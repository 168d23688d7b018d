/* syslog_receiver.c: see syslog_receiver.h. */
#include "ingest/syslog_receiver.h"

#include "base/timestamp.h"

#include <stdio.h>
#include <stdlib.h>

#include "ingest/syslog_receiver_internal.h"

enum {
    CONNECTIONS_MAX = 4096,
    STREAM_SLACK_BYTES = 65536, /* of several messages at once */
    FRAME_BYTES_MAX = 16 * 1024 * 1024,
    DATAGRAM_BYTES_MAX = 65535,
    SOCKET_BYTES = 8 * 1024 * 1024,
};

#define HANDSHAKE_NS (10 * CORD_SECOND_NS)

struct cord_syslog_home *cord_syslog_receiver_home(struct cord_syslog_receiver *receiver,
                                                   const struct cord_loop *loop)
{
    size_t at = 0;
    while (at + 1 < receiver->home_count && receiver->homes[at].loop != loop) {
        at++;
    }
    return &receiver->homes[at];
}

int64_t cord_syslog_receiver_now_ns(const struct cord_syslog_receiver *receiver)
{
    return cord_clock_now_ns(&receiver->options.ends.clock);
}

void cord_syslog_receiver_lose(struct cord_syslog_receiver *receiver,
                               const struct cord_source *source, enum cord_loss_reason reason,
                               uint64_t count)
{
    const struct cord_syslog_receiver_options *options = &receiver->options;
    cord_str name = source ? source->name : cord_syslog_receiver_name(receiver);
    cord_str organisation = source ? source->organisation : (cord_str){0};
    options->ends.lost(options->ends.self, name, organisation, reason, count,
                       cord_syslog_receiver_now_ns(receiver));
}

/* --- beginning and end, in each loop's thread --- */

static void on_begin(struct cord_loop_task *task)
{
    struct cord_syslog_home *home = CORD_LOOP_OWNER(task, struct cord_syslog_home, begin);
    if (!home->stopping) {
        cord_syslog_datagrams_begin(home);
    }
}

static void on_stop(struct cord_loop_task *task)
{
    struct cord_syslog_home *home = CORD_LOOP_OWNER(task, struct cord_syslog_home, stop);
    home->stopping = true;
    cord_syslog_connection_stop_all(home);
    cord_syslog_datagrams_stop(home);
    atomic_fetch_sub(&home->receiver->unstopped, 1);
}

void cord_syslog_receiver_stop(struct cord_syslog_receiver *receiver)
{
    if (receiver->listener) {
        cord_listener_stop(receiver->listener);
    }
    if (receiver->datagrams) {
        cord_datagrams_stop(receiver->datagrams);
    }
    for (size_t i = 0; i < receiver->home_count; i++) {
        cord_loop_post(receiver->homes[i].loop, &receiver->homes[i].stop);
    }
}

bool cord_syslog_receiver_is_done(const struct cord_syslog_receiver *receiver)
{
    return atomic_load(&receiver->unstopped) == 0 && atomic_load(&receiver->busy) == 0;
}

/* --- making --- */

static cord_status listen_for_connections(struct cord_syslog_receiver *receiver,
                                          struct cord_loop *const *loops, struct cord_error *err)
{
    const struct cord_syslog_receiver_options *options = &receiver->options;
    struct cord_listener_options listen = {
        .address = options->address,
        .tls = options->tls,
        .log = options->ends.log,
        .name = options->name,
        .connections_max = options->connections_max,
        .connections_per_address_max = options->connections_per_address_max,
        .stream = {.recv_bytes_max = receiver->stream_bytes_max,
                   .send_bytes_max = 1, /* nothing is ever said */
                   .handshake_ns = HANDSHAKE_NS},
        .accepted = cord_syslog_connection_accepted,
        .begin = cord_syslog_connection_begin,
        .self = receiver,
    };
    return cord_listener_new(loops, receiver->home_count, &listen, &receiver->listener, err);
}

static cord_status listen_for_datagrams(struct cord_syslog_receiver *receiver,
                                        struct cord_loop *const *loops, struct cord_error *err)
{
    const struct cord_syslog_receiver_options *options = &receiver->options;
    size_t bytes_max = options->frame_bytes_max;
    struct cord_datagrams_options listen = {
        .address = options->address,
        .datagram_bytes_max = bytes_max < DATAGRAM_BYTES_MAX ? bytes_max : DATAGRAM_BYTES_MAX,
        .buffer_bytes = options->buffer_bytes,
        .take = cord_syslog_datagrams_take,
        .self = receiver,
    };
    for (size_t i = 0; i < receiver->home_count; i++) {
        if (cord_syslog_datagrams_init(&receiver->homes[i]) != CORD_OK) {
            return cord_error_set(err, CORD_E_NOMEM, "out of memory");
        }
    }
    return cord_datagrams_new(loops, receiver->home_count, &listen, &receiver->datagrams, err);
}

static void fill_options(struct cord_syslog_receiver_options *options)
{
    if (options->frame_bytes_max == 0) {
        options->frame_bytes_max = CORD_SYSLOG_FRAME_BYTES;
    }
    if (options->frame_bytes_max > FRAME_BYTES_MAX) {
        options->frame_bytes_max = FRAME_BYTES_MAX;
    }
    if (options->connections_max == 0) {
        options->connections_max = CONNECTIONS_MAX;
    }
    if (options->buffer_bytes == 0) {
        options->buffer_bytes = SOCKET_BYTES;
    }
}

static void fill_homes(struct cord_syslog_receiver *receiver, struct cord_loop *const *loops,
                       size_t loop_count)
{
    receiver->home_count = loop_count;
    for (size_t i = 0; i < loop_count; i++) {
        receiver->homes[i].receiver = receiver;
        receiver->homes[i].loop = loops[i];
        receiver->homes[i].begin.run = on_begin;
        receiver->homes[i].stop.run = on_stop;
    }
}

cord_status cord_syslog_receiver_new(struct cord_loop *const *loops, size_t loop_count,
                                     const struct cord_syslog_receiver_options *options,
                                     struct cord_syslog_receiver **ret_receiver,
                                     struct cord_error *err)
{
    struct cord_syslog_receiver *receiver =
        calloc(1, sizeof *receiver + loop_count * sizeof receiver->homes[0]);
    if (!receiver) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    receiver->options = *options;
    fill_options(&receiver->options);
    (void)snprintf(receiver->name, sizeof receiver->name, "listener/%.*s",
                   CORD_STR_ARG(options->name));
    receiver->stream_bytes_max = receiver->options.frame_bytes_max + STREAM_SLACK_BYTES;
    atomic_init(&receiver->unstopped, loop_count);
    fill_homes(receiver, loops, loop_count);
    cord_status status = options->transport == CORD_SYSLOG_UDP
                             ? listen_for_datagrams(receiver, loops, err)
                             : listen_for_connections(receiver, loops, err);
    if (status != CORD_OK) {
        cord_error_context(err, "%s", receiver->name);
        cord_syslog_receiver_free(receiver);
        return status;
    }
    for (size_t i = 0; i < loop_count; i++) {
        cord_loop_post(loops[i], &receiver->homes[i].begin);
    }
    *ret_receiver = receiver;
    return CORD_OK;
}

void cord_syslog_receiver_free(struct cord_syslog_receiver *receiver)
{
    if (!receiver) {
        return;
    }
    receiver->dead = true;
    cord_listener_free(receiver->listener);
    for (size_t i = 0; i < receiver->home_count; i++) {
        cord_syslog_connection_free_all(&receiver->homes[i]);
        cord_syslog_datagrams_done(&receiver->homes[i]);
    }
    cord_datagrams_free(receiver->datagrams);
    free(receiver);
}

struct cord_listener *cord_syslog_receiver_listener(const struct cord_syslog_receiver *receiver)
{
    return receiver->listener;
}

uint16_t cord_syslog_receiver_port(const struct cord_syslog_receiver *receiver)
{
    return receiver->listener ? cord_listener_port(receiver->listener)
                              : cord_datagrams_port(receiver->datagrams);
}

struct cord_syslog_receiver_stats
cord_syslog_receiver_stats(const struct cord_syslog_receiver *receiver)
{
    struct cord_syslog_receiver_stats stats = {.messages = atomic_load(&receiver->messages)};
    if (receiver->listener) {
        struct cord_listener_stats listener = cord_listener_stats(receiver->listener);
        stats.connections = listener.accepted;
        stats.open = listener.open;
        stats.refused = listener.refused;
        stats.handshakes = listener.handshakes;
    }
    if (receiver->datagrams) {
        struct cord_datagrams_stats datagrams = cord_datagrams_stats(receiver->datagrams);
        stats.kernel_dropped = datagrams.kernel_dropped;
        stats.buffer_bytes = datagrams.buffer_bytes;
    }
    return stats;
}
