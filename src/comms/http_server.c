/* http_server.c: see http_server.h; the connections are in http_connection.c. */
#include "comms/http_internal.h"

#include <stdlib.h>

#define RECV_BYTES_MAX          65536
#define REPLY_BYTES_MAX_DEFAULT ((size_t)16 << 20)

void cord_http_server_unref(struct cord_http_server *server)
{
    if (atomic_fetch_sub(&server->refs, 1) != 1) {
        return;
    }
    for (size_t i = 0; server->lanes && i < server->lane_count; i++) {
        cord_buf_done(&server->lanes[i].out);
        cord_buf_done(&server->lanes[i].late);
    }
    free(server->lanes);
    free(server);
}

static struct cord_http_lane *lane_of(struct cord_http_server *server, const struct cord_loop *loop)
{
    size_t at = 0;
    while (at + 1 < server->lane_count && server->lanes[at].loop != loop) {
        at++;
    }
    return &server->lanes[at];
}

static bool accepted(void *self, struct cord_loop *loop, const struct cord_stream_ops **ret_ops,
                     void **ret_self)
{
    struct cord_http_server *server = self;
    return cord_http_connection_accept(lane_of(server, loop), ret_ops, ret_self);
}

cord_status cord_http_server_new(struct cord_loop *const *loops, size_t loop_count,
                                 const struct cord_http_server_options *options,
                                 struct cord_http_server **ret_server, struct cord_error *err)
{
    struct cord_http_server *server = calloc(1, sizeof *server);
    if (!server) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    atomic_init(&server->refs, 1);
    server->options = *options;
    if (options->reply_bytes_max == 0) {
        server->options.reply_bytes_max = REPLY_BYTES_MAX_DEFAULT;
    }
    server->lane_count = loop_count;
    size_t out_max =
        CORD_HTTP_OUT_BYTES_MAX + CORD_HTTP_REPLY_HEAD_MAX + server->options.reply_bytes_max;
    cord_status status = CORD_E_NOMEM;
    server->lanes =
        aligned_alloc(_Alignof(struct cord_http_lane), loop_count * sizeof *server->lanes);
    if (!server->lanes) {
        (void)cord_error_set(err, status, "out of memory");
        goto fail;
    }
    memset(server->lanes, 0, loop_count * sizeof *server->lanes);
    for (size_t i = 0; i < loop_count; i++) {
        server->lanes[i].loop = loops[i];
        server->lanes[i].server = server;
        cord_buf_init(&server->lanes[i].out, out_max);
        cord_buf_init(&server->lanes[i].late, out_max);
    }
    struct cord_listener_options listener = options->listener;
    listener.accepted = accepted;
    listener.begin = cord_http_connection_begin;
    listener.self = server;
    listener.stream = (struct cord_stream_options){
        .recv_bytes_max = RECV_BYTES_MAX,
        .send_bytes_max = out_max + CORD_HTTP_UNSENT_BYTES_MAX,
        .handshake_ns = options->head_ns,
    };
    status = cord_listener_new(loops, loop_count, &listener, &server->listener, err);
    if (status != CORD_OK) {
        goto fail;
    }
    *ret_server = server;
    return CORD_OK;

fail:
    cord_http_server_free(server);
    return status;
}

struct cord_listener *cord_http_server_listener(struct cord_http_server *server)
{
    return server->listener;
}

static uint64_t read_counter(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

struct cord_http_server_stats cord_http_server_stats(const struct cord_http_server *server)
{
    struct cord_http_server_stats stats = {.connections = cord_listener_stats(server->listener)};
    for (size_t i = 0; i < server->lane_count; i++) {
        const struct cord_http_lane *lane = &server->lanes[i];
        stats.requests += read_counter(&lane->requests);
        stats.malformed += read_counter(&lane->malformed);
        stats.slow += read_counter(&lane->slow);
        for (size_t hundreds = 0; hundreds < CORD_HTTP_HUNDREDS; hundreds++) {
            stats.replies[hundreds] += read_counter(&lane->replies[hundreds]);
        }
    }
    return stats;
}

void cord_http_server_stop(struct cord_http_server *server)
{
    atomic_store(&server->stopped, true);
    cord_listener_stop(server->listener);
}

void cord_http_server_free(struct cord_http_server *server)
{
    if (server) {
        cord_listener_free(server->listener);
        cord_http_server_unref(server);
    }
}
