/*
 * listener.c: see listener.h.
 *
 * Between a stream and who serves it stands a struct connection, which knows
 * what is to be counted when it ends.
 */
#include "comms/listener.h"
#include "comms/address_count.h"
#include "comms/endpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BACKLOG = 4096,
    ROUND_MAX = 64, /* accepted before others have their turn */
    KEEPALIVE_IDLE_S = 120,
    KEEPALIVE_EVERY_S = 30,
    KEEPALIVE_COUNT = 4,
};

/* Until accepting is tried again when the machine has run out of something. */
#define REST_NS 500000000LL

struct connection {
    struct connection *next; /* the port's ring */
    struct connection *previous;
    struct port *port;
    struct cord_stream *stream; /* NULL: could not be made */
    const struct cord_stream_ops *ops;
    void *self;
    unsigned char address[16];
};

/* One loop's socket on the port. */
struct port {
    struct cord_watch watch; /* file -1: stopped */
    struct cord_timer rest;
    struct cord_loop_task stop;
    struct cord_loop_task look; /* for clients that are revoked */
    _Atomic bool look_posted;
    bool watched;
    int spare; /* given up for a moment to turn away who cannot be let in */
    struct cord_loop *loop;
    struct cord_listener *listener;
    struct connection open; /* head of the ring */
};

struct cord_listener {
    struct cord_listener_options options;
    uint16_t port_number;
    struct port *ports;
    size_t port_count;

    _Atomic uint64_t accepted;
    _Atomic uint64_t open;
    _Atomic uint64_t refused;
    _Atomic uint64_t handshakes;
    _Atomic uint64_t refusals[CORD_TLS_REFUSAL_COUNT];
    _Atomic uint64_t revoked;
    _Atomic bool stop_posted;
    char *name;

    pthread_mutex_t lock; /* guards the rest */
    struct cord_tls *tls;
    struct cord_address_count *addresses;
};

static void count_one(_Atomic uint64_t *counter)
{
    (void)atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

/* --- bounds --- */

static bool let_in(struct cord_listener *listener, const unsigned char address[16])
{
    uint32_t each_max = listener->options.connections_per_address_max;
    uint64_t before = atomic_fetch_add(&listener->open, 1);
    bool in = before < listener->options.connections_max;
    if (in && each_max > 0) {
        pthread_mutex_lock(&listener->lock);
        in = cord_address_count_add(listener->addresses, address, each_max) == CORD_OK;
        pthread_mutex_unlock(&listener->lock);
    }
    if (!in) {
        (void)atomic_fetch_sub(&listener->open, 1);
    }
    return in;
}

static void let_out(struct cord_listener *listener, const unsigned char address[16])
{
    if (listener->options.connections_per_address_max > 0) {
        pthread_mutex_lock(&listener->lock);
        cord_address_count_remove(listener->addresses, address);
        pthread_mutex_unlock(&listener->lock);
    }
    (void)atomic_fetch_sub(&listener->open, 1);
}

/* --- what a stream calls --- */

static bool connection_opened(void *self, struct cord_stream *stream)
{
    const struct connection *connection = self;
    return !connection->ops->opened || connection->ops->opened(connection->self, stream);
}

static size_t connection_take(void *self, cord_str bytes)
{
    const struct connection *connection = self;
    return connection->ops->take(connection->self, bytes);
}

static void connection_drained(void *self)
{
    const struct connection *connection = self;
    connection->ops->drained(connection->self);
}

static void note_handshake(struct cord_listener *listener, const struct cord_stream *stream,
                           cord_str reason)
{
    enum cord_tls_refusal refusal = cord_stream_refusal(stream);
    count_one(&listener->handshakes);
    count_one(&listener->refusals[refusal]);
    cord_log_warn(
        listener->options.log, "listener.handshake_failed",
        CORD_KV_TEXT("listener", listener->name), CORD_KV_STR("peer", cord_stream_peer(stream)),
        CORD_KV_TEXT("refusal", cord_tls_refusal_name(refusal)), CORD_KV_STR("reason", reason));
}

static void connection_closed(void *self, enum cord_stream_end end, cord_str reason)
{
    struct connection *connection = self;
    struct cord_listener *listener = connection->port->listener;
    if (end == CORD_STREAM_END_HANDSHAKE && connection->stream) {
        note_handshake(listener, connection->stream, reason);
    }
    connection->previous->next = connection->next;
    connection->next->previous = connection->previous;
    let_out(listener, connection->address);
    connection->ops->closed(connection->self, end, reason);
    free(connection);
}

static const struct cord_stream_ops quiet_ops = {
    .opened = connection_opened,
    .take = connection_take,
    .closed = connection_closed,
};

static const struct cord_stream_ops draining_ops = {
    .opened = connection_opened,
    .take = connection_take,
    .drained = connection_drained,
    .closed = connection_closed,
};

/* --- accepting --- */

struct cord_tls *cord_listener_tls(struct cord_listener *listener)
{
    pthread_mutex_lock(&listener->lock);
    struct cord_tls *tls = listener->tls ? cord_tls_ref(listener->tls) : NULL;
    pthread_mutex_unlock(&listener->lock);
    return tls;
}

static void begin(struct connection *connection, int file)
{
    struct port *port = connection->port;
    const struct cord_listener_options *options = &port->listener->options;
    struct cord_tls *tls = cord_listener_tls(port->listener);
    connection->stream =
        cord_stream_new(port->loop, file, tls, &options->stream,
                        connection->ops->drained ? &draining_ops : &quiet_ops, connection);
    cord_tls_unref(tls);
    if (!connection->stream) {
        connection_closed(connection, CORD_STREAM_END_ERROR, CORD_STR("out of memory"));
    } else if (options->begin) {
        options->begin(connection->self, connection->stream);
    }
}

/* Who serves it, or NULL: nobody. */
static struct connection *find_server(struct port *port, const unsigned char address[16])
{
    const struct cord_listener_options *options = &port->listener->options;
    struct connection *connection = calloc(1, sizeof *connection);
    if (!connection) {
        return NULL;
    }
    if (!options->accepted(options->self, port->loop, &connection->ops, &connection->self)) {
        free(connection);
        return NULL;
    }
    connection->port = port;
    memcpy(connection->address, address, sizeof connection->address);
    connection->next = &port->open;
    connection->previous = port->open.previous;
    port->open.previous->next = connection;
    port->open.previous = connection;
    return connection;
}

static void receive(struct port *port, int file, const struct sockaddr_storage *name)
{
    struct cord_listener *listener = port->listener;
    struct cord_endpoint peer;
    cord_endpoint_from(name, &peer);
    if (!let_in(listener, peer.address)) {
        count_one(&listener->refused);
        close(file);
        return;
    }
    struct connection *connection = find_server(port, peer.address);
    if (!connection) {
        let_out(listener, peer.address);
        count_one(&listener->refused);
        close(file);
        return;
    }
    count_one(&listener->accepted);
    begin(connection, file);
}

/* Descriptors have run out. A connection left waiting would wake the loop again
 * and again: it is taken by the spare one, and closed. */
static bool turn_away(struct port *port)
{
    if (port->spare < 0) {
        return false;
    }
    close(port->spare);
    int file = accept4(port->watch.file, NULL, NULL, SOCK_CLOEXEC);
    if (file >= 0) {
        close(file);
        count_one(&port->listener->refused);
    }
    port->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return file >= 0;
}

static void rest_a_while(struct port *port)
{
    if (port->watched) {
        cord_loop_unwatch(port->loop, &port->watch);
        port->watched = false;
    }
    cord_loop_after(port->loop, &port->rest, REST_NS);
}

/* False: no more for now. */
static bool accept_failed(struct port *port, int error)
{
    switch (error) {
    case EAGAIN:
        return false;
    case EMFILE:
    case ENFILE:
        if (turn_away(port)) {
            return true;
        }
        break;
    case ENOBUFS:
    case ENOMEM:
    case EBADF:
    case EINVAL:
        break;
    default:
        return true; /* of the one connection: EINTR, ECONNABORTED, the network's */
    }
    rest_a_while(port);
    return false;
}

static void on_ready(struct cord_watch *watch, uint32_t events)
{
    (void)events;
    struct port *port = CORD_LOOP_OWNER(watch, struct port, watch);
    bool more = true;
    for (int at = 0; more && at < ROUND_MAX; at++) {
        struct sockaddr_storage name = {0};
        socklen_t len = sizeof name;
        int file =
            accept4(watch->file, (struct sockaddr *)&name, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (file >= 0) {
            receive(port, file, &name);
        } else {
            more = accept_failed(port, errno);
        }
    }
}

static void on_rested(struct cord_timer *timer)
{
    struct port *port = CORD_LOOP_OWNER(timer, struct port, rest);
    if (port->spare < 0) {
        port->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
    port->watched = cord_loop_watch(port->loop, &port->watch, EPOLLIN, NULL) == CORD_OK;
    if (!port->watched) {
        cord_loop_after(port->loop, &port->rest, REST_NS);
    }
}

/* --- beginning and end --- */

static void port_leave(struct port *port)
{
    cord_loop_cancel(port->loop, &port->rest);
    if (port->watched) {
        cord_loop_unwatch(port->loop, &port->watch);
        port->watched = false;
    }
    if (port->watch.file >= 0) {
        close(port->watch.file);
        port->watch.file = -1;
    }
    if (port->spare >= 0) {
        close(port->spare);
        port->spare = -1;
    }
}

static void on_stop(struct cord_loop_task *task)
{
    port_leave(CORD_LOOP_OWNER(task, struct port, stop));
}

/* Of the connections that are open, those that the new context does not let in. */
static void on_look(struct cord_loop_task *task)
{
    struct port *port = CORD_LOOP_OWNER(task, struct port, look);
    struct cord_listener *listener = port->listener;
    atomic_store(&port->look_posted, false);
    struct cord_tls *tls = cord_listener_tls(listener);
    for (struct connection *at = port->open.next; at != &port->open; at = at->next) {
        if (!at->stream || !cord_stream_is_revoked(at->stream, tls)) {
            continue;
        }
        count_one(&listener->revoked);
        cord_log_warn(listener->options.log, "listener.revoked_closed",
                      CORD_KV_TEXT("listener", listener->name),
                      CORD_KV_STR("peer", cord_stream_peer(at->stream)),
                      CORD_KV_TEXT("certificate", cord_stream_certificate(at->stream)->name));
        cord_stream_close(at->stream); /* `closed` comes from the loop: the ring stays as it is */
    }
    cord_tls_unref(tls);
}

/* Accepted sockets inherit these. Without keepalive, senders that lost their
 * power would count as connected for ever. */
static cord_status set_up(int file, struct cord_error *err)
{
    static const struct {
        int level;
        int option;
        int value;
    } settings[] = {
        {IPPROTO_TCP, TCP_NODELAY, 1},
        {SOL_SOCKET, SO_KEEPALIVE, 1},
        {IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S},
        {IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_EVERY_S},
        {IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT},
    };
    for (size_t at = 0; at < sizeof settings / sizeof settings[0]; at++) {
        if (setsockopt(file, settings[at].level, settings[at].option, &settings[at].value,
                       sizeof settings[at].value) != 0) {
            return cord_error_errno(err, "setsockopt");
        }
    }
    return CORD_OK;
}

static cord_status port_open(struct port *port, struct cord_endpoint *endpoint, bool first,
                             struct cord_error *err)
{
    cord_status status =
        first ? cord_endpoint_bind_first(endpoint, SOCK_STREAM, &port->watch.file, err)
              : cord_endpoint_bind(endpoint, SOCK_STREAM, true, &port->watch.file, err);
    if (status != CORD_OK) {
        return status;
    }
    status = set_up(port->watch.file, err);
    if (status != CORD_OK) {
        return status;
    }
    port->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (port->spare < 0) {
        return cord_error_errno(err, "/dev/null");
    }
    if (listen(port->watch.file, BACKLOG) != 0) {
        return cord_error_errno(err, "listen");
    }
    status = cord_loop_watch(port->loop, &port->watch, EPOLLIN, err);
    port->watched = status == CORD_OK;
    return status;
}

static void port_init(struct port *port, struct cord_listener *listener, struct cord_loop *loop)
{
    port->watch = (struct cord_watch){.file = -1, .ready = on_ready};
    port->rest.due = on_rested;
    port->stop.run = on_stop;
    port->look.run = on_look;
    port->spare = -1;
    port->loop = loop;
    port->listener = listener;
    port->open.next = &port->open;
    port->open.previous = &port->open;
}

static cord_status open_ports(struct cord_listener *listener, struct cord_loop *const *loops,
                              size_t loop_count, struct cord_error *err)
{
    struct cord_endpoint endpoint;
    uint64_t seed;
    cord_status status = cord_endpoint_parse(listener->options.address, &endpoint, err);
    if (status != CORD_OK) {
        return status;
    }
    if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed) {
        return cord_error_errno(err, "getrandom");
    }
    listener->addresses = cord_address_count_new(seed);
    listener->ports = calloc(loop_count, sizeof *listener->ports);
    if (!listener->addresses || !listener->ports) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    for (size_t at = 0; at < loop_count; at++) {
        struct port *port = &listener->ports[at];
        port_init(port, listener, loops[at]);
        listener->port_count++;
        status = port_open(port, &endpoint, at == 0, err);
        if (status != CORD_OK) {
            return status;
        }
    }
    listener->port_number = endpoint.port;
    return CORD_OK;
}

cord_status cord_listener_new(struct cord_loop *const *loops, size_t loop_count,
                              const struct cord_listener_options *options,
                              struct cord_listener **ret_listener, struct cord_error *err)
{
    struct cord_listener *listener = calloc(1, sizeof *listener);
    if (listener) {
        listener->name = strndup(options->name.ptr ? options->name.ptr : "", options->name.len);
    }
    if (!listener || !listener->name || pthread_mutex_init(&listener->lock, NULL) != 0) {
        free(listener ? listener->name : NULL);
        free(listener);
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    listener->options = *options;
    listener->tls = options->tls ? cord_tls_ref(options->tls) : NULL;
    cord_status status = open_ports(listener, loops, loop_count, err);
    listener->options.address = (cord_str){0}; /* the caller's, and read */
    listener->options.name = (cord_str){0};
    if (status != CORD_OK) {
        cord_listener_free(listener);
        return status;
    }
    *ret_listener = listener;
    return CORD_OK;
}

void cord_listener_use_tls(struct cord_listener *listener, struct cord_tls *tls)
{
    (void)cord_tls_ref(tls);
    pthread_mutex_lock(&listener->lock);
    struct cord_tls *before = listener->tls;
    listener->tls = tls;
    pthread_mutex_unlock(&listener->lock);
    cord_tls_unref(before);
    for (size_t at = 0; at < listener->port_count; at++) {
        struct port *port = &listener->ports[at];
        if (!atomic_exchange(&port->look_posted, true)) {
            cord_loop_post(port->loop, &port->look);
        }
    }
}

void cord_listener_stop(struct cord_listener *listener)
{
    if (!atomic_exchange(&listener->stop_posted, true)) {
        for (size_t at = 0; at < listener->port_count; at++) {
            cord_loop_post(listener->ports[at].loop, &listener->ports[at].stop);
        }
    }
}

void cord_listener_free(struct cord_listener *listener)
{
    if (!listener) {
        return;
    }
    for (size_t at = 0; at < listener->port_count; at++) {
        struct port *port = &listener->ports[at];
        cord_loop_withdraw(port->loop, &port->stop);
        cord_loop_withdraw(port->loop, &port->look);
        port_leave(port);
        while (port->open.next != &port->open) {
            cord_stream_drop(port->open.next->stream);
        }
    }
    free(listener->ports);
    cord_address_count_free(listener->addresses);
    cord_tls_unref(listener->tls);
    pthread_mutex_destroy(&listener->lock);
    free(listener->name);
    free(listener);
}

uint16_t cord_listener_port(const struct cord_listener *listener)
{
    return listener->port_number;
}

struct cord_listener_stats cord_listener_stats(const struct cord_listener *listener)
{
    struct cord_listener_stats stats = {
        .accepted = atomic_load_explicit(&listener->accepted, memory_order_relaxed),
        .open = atomic_load_explicit(&listener->open, memory_order_relaxed),
        .refused = atomic_load_explicit(&listener->refused, memory_order_relaxed),
        .handshakes = atomic_load_explicit(&listener->handshakes, memory_order_relaxed),
        .revoked = atomic_load_explicit(&listener->revoked, memory_order_relaxed),
    };
    for (size_t at = 0; at < CORD_TLS_REFUSAL_COUNT; at++) {
        stats.refusals[at] = atomic_load_explicit(&listener->refusals[at], memory_order_relaxed);
    }
    return stats;
}
