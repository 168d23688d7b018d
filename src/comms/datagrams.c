/* datagrams.c: see datagrams.h. */
#include "comms/datagrams.h"
#include "comms/endpoint.h"

#include <errno.h>
#include <limits.h>
#include <linux/sock_diag.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    ROUNDS_MAX = 16,        /* batches before others have their turn */
    STOP_ROUNDS_MAX = 4096, /* batches at the end: a flood does not keep the port for ever */
};

/* One loop's socket on the port, and where its datagrams are put. */
struct inlet {
    struct cord_watch watch; /* file -1: stopped */
    struct cord_loop_task stop;
    struct cord_loop *loop;
    struct cord_datagrams *datagrams;
    char *bytes; /* CORD_DATAGRAM_BATCH_MAX times datagram_bytes_max */
    struct mmsghdr messages[CORD_DATAGRAM_BATCH_MAX];
    struct iovec vectors[CORD_DATAGRAM_BATCH_MAX];
    struct sockaddr_storage names[CORD_DATAGRAM_BATCH_MAX];
    struct cord_datagram batch[CORD_DATAGRAM_BATCH_MAX];
};

struct cord_datagrams {
    struct cord_datagrams_options options;
    uint16_t port_number;
    struct inlet *inlets;
    size_t inlet_count;
    _Atomic uint64_t received;
    _Atomic uint64_t cut;
    _Atomic bool stop_posted;

    pthread_mutex_t lock;    /* guards what is closed: the watches' files, and the rest */
    uint64_t dropped_before; /* by sockets that are closed */
    uint64_t granted_before;
};

/* --- receiving --- */

/* The kernel writes lengths into what it is handed: set up again each time. */
static void lay_out(struct inlet *inlet)
{
    size_t room = inlet->datagrams->options.datagram_bytes_max;
    for (size_t at = 0; at < CORD_DATAGRAM_BATCH_MAX; at++) {
        inlet->vectors[at] = (struct iovec){inlet->bytes + at * room, room};
        inlet->messages[at].msg_hdr = (struct msghdr){
            .msg_name = &inlet->names[at],
            .msg_namelen = sizeof inlet->names[at],
            .msg_iov = &inlet->vectors[at],
            .msg_iovlen = 1,
        };
    }
}

static void hand_on(struct inlet *inlet, size_t count)
{
    struct cord_datagrams *datagrams = inlet->datagrams;
    size_t cut = 0;
    for (size_t at = 0; at < count; at++) {
        const struct mmsghdr *message = &inlet->messages[at];
        struct cord_datagram *datagram = &inlet->batch[at];
        struct cord_endpoint sender;
        cord_endpoint_from(&inlet->names[at], &sender);
        memcpy(datagram->address, sender.address, sizeof datagram->address);
        datagram->bytes = (cord_str){inlet->vectors[at].iov_base, message->msg_len};
        datagram->cut = (message->msg_hdr.msg_flags & MSG_TRUNC) != 0;
        cut += datagram->cut ? 1 : 0;
    }
    (void)atomic_fetch_add_explicit(&datagrams->received, count, memory_order_relaxed);
    (void)atomic_fetch_add_explicit(&datagrams->cut, cut, memory_order_relaxed);
    datagrams->options.take(datagrams->options.self, inlet->loop, inlet->batch, count);
}

static void receive(struct inlet *inlet, size_t rounds_max)
{
    for (size_t round = 0; round < rounds_max; round++) {
        lay_out(inlet);
        int count = recvmmsg(inlet->watch.file, inlet->messages, CORD_DATAGRAM_BATCH_MAX,
                             MSG_DONTWAIT, NULL);
        if (count > 0) {
            hand_on(inlet, (size_t)count);
        }
        /* An error is of the network and told once; the socket goes on. */
        if (count < CORD_DATAGRAM_BATCH_MAX) {
            return;
        }
    }
}

static void on_ready(struct cord_watch *watch, uint32_t events)
{
    (void)events;
    receive(CORD_LOOP_OWNER(watch, struct inlet, watch), ROUNDS_MAX);
}

/* --- the socket --- */

/* Cumulative, and there though no datagram came since: the ancillary data of
 * SO_RXQ_OVFL tell only with the next one. The kernel counts in 32 bits. */
static uint64_t dropped_by(int file)
{
    uint32_t info[SK_MEMINFO_VARS] = {0};
    socklen_t len = sizeof info;
    if (getsockopt(file, SOL_SOCKET, SO_MEMINFO, info, &len) != 0) {
        return 0;
    }
    return info[SK_MEMINFO_DROPS];
}

static uint64_t granted_to(int file)
{
    int bytes = 0;
    socklen_t len = sizeof bytes;
    if (getsockopt(file, SOL_SOCKET, SO_RCVBUF, &bytes, &len) != 0 || bytes < 0) {
        return 0;
    }
    return (uint64_t)bytes / 2; /* the kernel doubles what it is asked for, for its own needs */
}

static void enlarge(int file, size_t bytes)
{
    int wanted = bytes < INT_MAX / 2 ? (int)bytes : INT_MAX / 2;
    if (setsockopt(file, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof wanted) != 0) {
        /* Without CAP_NET_ADMIN: up to net.core.rmem_max. What came of it, stats tell. */
        (void)setsockopt(file, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted);
    }
}

static void inlet_leave(struct inlet *inlet)
{
    struct cord_datagrams *datagrams = inlet->datagrams;
    if (inlet->watch.file < 0) {
        return;
    }
    pthread_mutex_lock(&datagrams->lock);
    datagrams->dropped_before += dropped_by(inlet->watch.file);
    datagrams->granted_before += granted_to(inlet->watch.file);
    close(inlet->watch.file);
    inlet->watch.file = -1;
    pthread_mutex_unlock(&datagrams->lock);
}

static void on_stop(struct cord_loop_task *task)
{
    struct inlet *inlet = CORD_LOOP_OWNER(task, struct inlet, stop);
    receive(inlet, STOP_ROUNDS_MAX);
    cord_loop_unwatch(inlet->loop, &inlet->watch);
    inlet_leave(inlet);
}

static cord_status inlet_open(struct inlet *inlet, struct cord_endpoint *endpoint, bool first,
                              struct cord_error *err)
{
    const struct cord_datagrams_options *options = &inlet->datagrams->options;
    int file = -1;
    inlet->bytes = calloc(CORD_DATAGRAM_BATCH_MAX, options->datagram_bytes_max);
    if (!inlet->bytes) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    cord_status status = first ? cord_endpoint_bind_first(endpoint, SOCK_DGRAM, &file, err)
                               : cord_endpoint_bind(endpoint, SOCK_DGRAM, true, &file, err);
    if (status != CORD_OK) {
        return status;
    }
    enlarge(file, options->buffer_bytes);
    inlet->watch.file = file;
    status = cord_loop_watch(inlet->loop, &inlet->watch, EPOLLIN, err);
    if (status != CORD_OK) {
        inlet_leave(inlet); /* so that what has a file is watched */
    }
    return status;
}

/* --- beginning and end --- */

static cord_status open_inlets(struct cord_datagrams *datagrams, struct cord_loop *const *loops,
                               size_t loop_count, struct cord_error *err)
{
    struct cord_endpoint endpoint;
    cord_status status = cord_endpoint_parse(datagrams->options.address, &endpoint, err);
    if (status != CORD_OK) {
        return status;
    }
    datagrams->inlets = calloc(loop_count, sizeof *datagrams->inlets);
    if (!datagrams->inlets) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    for (size_t at = 0; at < loop_count; at++) {
        struct inlet *inlet = &datagrams->inlets[at];
        inlet->watch = (struct cord_watch){.file = -1, .ready = on_ready};
        inlet->stop.run = on_stop;
        inlet->loop = loops[at];
        inlet->datagrams = datagrams;
        datagrams->inlet_count++;
        status = inlet_open(inlet, &endpoint, at == 0, err);
        if (status != CORD_OK) {
            return status;
        }
    }
    datagrams->port_number = endpoint.port;
    return CORD_OK;
}

cord_status cord_datagrams_new(struct cord_loop *const *loops, size_t loop_count,
                               const struct cord_datagrams_options *options,
                               struct cord_datagrams **ret_datagrams, struct cord_error *err)
{
    struct cord_datagrams *datagrams = calloc(1, sizeof *datagrams);
    if (!datagrams || pthread_mutex_init(&datagrams->lock, NULL) != 0) {
        free(datagrams);
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    datagrams->options = *options;
    cord_status status = open_inlets(datagrams, loops, loop_count, err);
    datagrams->options.address = (cord_str){0}; /* the caller's, and read */
    if (status != CORD_OK) {
        cord_datagrams_free(datagrams);
        return status;
    }
    *ret_datagrams = datagrams;
    return CORD_OK;
}

void cord_datagrams_stop(struct cord_datagrams *datagrams)
{
    if (!atomic_exchange(&datagrams->stop_posted, true)) {
        for (size_t at = 0; at < datagrams->inlet_count; at++) {
            cord_loop_post(datagrams->inlets[at].loop, &datagrams->inlets[at].stop);
        }
    }
}

void cord_datagrams_free(struct cord_datagrams *datagrams)
{
    if (!datagrams) {
        return;
    }
    for (size_t at = 0; at < datagrams->inlet_count; at++) {
        struct inlet *inlet = &datagrams->inlets[at];
        cord_loop_withdraw(inlet->loop, &inlet->stop);
        if (inlet->watch.file >= 0) {
            cord_loop_unwatch(inlet->loop, &inlet->watch);
            inlet_leave(inlet);
        }
        free(inlet->bytes);
    }
    free(datagrams->inlets);
    pthread_mutex_destroy(&datagrams->lock);
    free(datagrams);
}

uint16_t cord_datagrams_port(const struct cord_datagrams *datagrams)
{
    return datagrams->port_number;
}

struct cord_datagrams_stats cord_datagrams_stats(struct cord_datagrams *datagrams)
{
    struct cord_datagrams_stats stats = {
        .received = atomic_load_explicit(&datagrams->received, memory_order_relaxed),
        .cut = atomic_load_explicit(&datagrams->cut, memory_order_relaxed),
    };
    pthread_mutex_lock(&datagrams->lock);
    stats.kernel_dropped = datagrams->dropped_before;
    stats.buffer_bytes = datagrams->granted_before;
    for (size_t at = 0; at < datagrams->inlet_count; at++) {
        int file = datagrams->inlets[at].watch.file;
        stats.kernel_dropped += file >= 0 ? dropped_by(file) : 0;
        stats.buffer_bytes += file >= 0 ? granted_to(file) : 0;
    }
    pthread_mutex_unlock(&datagrams->lock);
    return stats;
}
