/*
 * syslog_connection.c: one connection that brings syslog.
 *
 * It has at most one delivery under way and gathers the next one meanwhile; when
 * that is full the stream is paused until the first is answered. It outlives its
 * stream until everything it read is answered.
 */
#include "codec/syslog_stream.h"

#include "base/timestamp.h"
#include "ingest/syslog_receiver_internal.h"

#include <stdlib.h>

#define LINE_WAIT_NS CORD_SECOND_NS /* for a line that may go on */

struct cord_syslog_connection {
    struct cord_syslog_home *home;
    struct cord_syslog_connection *next;
    struct cord_syslog_connection *previous;
    struct cord_stream *stream; /* NULL: not begun, or closed */
    struct cord_syslog_stream framing;
    struct cord_sources *sources; /* that source is of */
    const struct cord_source *source;
    bool foreign; /* its certificate is of an authority that may not sign it */
    struct cord_delivery *gathered;
    struct cord_delivery *again; /* came back untaken: before what is gathered */
    bool under_way;
    bool paused;
    bool ended;
    bool line_due;        /* the line so far is all there is */
    struct cord_buf rest; /* once ended: what the stream held */
    struct cord_timer retry;
    struct cord_timer line;
};

static const struct cord_syslog_receiver_options *
options_of(const struct cord_syslog_connection *connection)
{
    return &connection->home->receiver->options;
}

static void unlink_connection(struct cord_syslog_connection *connection)
{
    struct cord_syslog_home *home = connection->home;
    if (connection->previous) {
        connection->previous->next = connection->next;
    } else {
        home->connections = connection->next;
    }
    if (connection->next) {
        connection->next->previous = connection->previous;
    }
}

/* What waits in our hands, over all connections. */
static void count_gathered(struct cord_syslog_connection *connection,
                           const struct cord_delivery *delivery)
{
    (void)atomic_fetch_add(&connection->home->receiver->gathered_bytes, delivery->body.len);
}

static void discount_gathered(struct cord_syslog_connection *connection, size_t bytes)
{
    (void)atomic_fetch_sub(&connection->home->receiver->gathered_bytes, bytes);
}

static void free_connection(struct cord_syslog_connection *connection)
{
    struct cord_syslog_home *home = connection->home;
    discount_gathered(connection, connection->gathered ? connection->gathered->body.len : 0);
    discount_gathered(connection, connection->again ? connection->again->body.len : 0);
    cord_loop_cancel(home->loop, &connection->retry);
    cord_loop_cancel(home->loop, &connection->line);
    unlink_connection(connection);
    cord_delivery_free(connection->gathered);
    cord_delivery_free(connection->again);
    cord_sources_unref(connection->sources);
    cord_buf_done(&connection->rest);
    free(connection);
    atomic_fetch_sub(&home->receiver->busy, 1);
}

/* --- who it is --- */

/* By the registry in force now. False: nobody registered. */
static bool identify(struct cord_syslog_connection *connection)
{
    struct cord_sources *current = cord_source_book_current(options_of(connection)->ends.book);
    if (current == connection->sources) {
        cord_sources_unref(current);
        return connection->source != NULL;
    }
    const struct cord_tls_peer *peer = cord_stream_certificate(connection->stream);
    const struct cord_source *source = NULL;
    if (peer->present) { /* who shows a certificate is who it says, or nobody */
        source = cord_sources_by_certificate(current, peer, &connection->foreign);
    } else {
        source = cord_sources_by_address(current, cord_stream_address(connection->stream));
    }
    cord_sources_unref(connection->sources);
    connection->sources = current;
    connection->source = source;
    return source != NULL;
}

/* A sender that is turned away keeps what it has, so that nothing of it is lost
 * when it is registered. What it had already sent is counted. */
static void refuse(struct cord_syslog_connection *connection, cord_str bytes)
{
    uint64_t count = 0;
    cord_str frame;
    while (cord_syslog_stream_next(&connection->framing, &bytes, true, &frame) != CORD_E_MORE) {
        count++;
    }
    cord_log_warn(options_of(connection)->ends.log,
                  connection->foreign ? "ingest.certificate_of_another"
                                      : "ingest.syslog_unknown_source",
                  CORD_KV_STR("listener", cord_syslog_receiver_name(connection->home->receiver)),
                  CORD_KV_STR("peer", cord_stream_peer(connection->stream)),
                  CORD_KV_TEXT("certificate", cord_stream_certificate(connection->stream)->name));
    cord_syslog_receiver_lose(connection->home->receiver, NULL,
                              connection->foreign ? CORD_LOSS_FORBIDDEN : CORD_LOSS_UNKNOWN,
                              count > 0 ? count : 1);
    cord_stream_close(connection->stream);
}

/* --- deliveries --- */

static void put_waiting(struct cord_syslog_connection *connection);
static void go_on(struct cord_syslog_connection *connection);

static void on_retry(struct cord_timer *timer)
{
    struct cord_syslog_connection *connection =
        CORD_LOOP_OWNER(timer, struct cord_syslog_connection, retry);
    put_waiting(connection);
    go_on(connection);
}

static void retry_later(struct cord_syslog_connection *connection)
{
    if (!connection->retry.set) {
        cord_loop_after(connection->home->loop, &connection->retry, CORD_SYSLOG_RETRY_NS);
    }
}

static void on_done(struct cord_delivery *delivery)
{
    struct cord_syslog_connection *connection = delivery->self;
    connection->under_way = false;
    if (delivery->status == CORD_OK || delivery->status == CORD_E_FORMAT) {
        cord_delivery_free(delivery);
        put_waiting(connection);
    } else {
        const struct cord_source *source = delivery->source;
        struct cord_sources *sources = cord_sources_ref(delivery->sources);
        uint64_t count = delivery->announced;
        connection->again = cord_syslog_delivery_again(delivery);
        if (connection->again) {
            count_gathered(connection, connection->again);
        } else {
            cord_syslog_receiver_lose(connection->home->receiver, source, CORD_LOSS_OVERLOAD,
                                      count);
        }
        cord_sources_unref(sources);
        retry_later(connection);
    }
    go_on(connection);
}

/* What is next, unless something is under way. */
static void put_waiting(struct cord_syslog_connection *connection)
{
    const struct cord_intake_port *port = &options_of(connection)->ends.port;
    struct cord_delivery **next = connection->again ? &connection->again : &connection->gathered;
    if (connection->under_way || !*next || connection->retry.set ||
        connection->home->receiver->dead) {
        return;
    }
    size_t bytes = (*next)->body.len; /* once put it is not ours to look at */
    connection->under_way = true;
    if (port->put(port->self, *next) == CORD_OK) {
        *next = NULL;
        discount_gathered(connection, bytes);
    } else {
        connection->under_way = false;
        retry_later(connection);
    }
}

/* What is gathered can take another message of any length allowed. */
static bool may_grow(const struct cord_syslog_connection *connection)
{
    const struct cord_delivery *gathered = connection->gathered;
    size_t all =
        atomic_load_explicit(&connection->home->receiver->gathered_bytes, memory_order_relaxed);
    bool full =
        gathered->body.len >= CORD_SYSLOG_GATHER_BYTES || all >= CORD_SYSLOG_GATHERED_BYTES_MAX;
    return gathered->source == connection->source && (gathered->announced == 0 || !full);
}

/* By its source's rate: what was not read yet stays with its sender. */
static bool must_wait(struct cord_syslog_connection *connection)
{
    bool waits = !connection->ended && cord_intake_port_wait_ns(&options_of(connection)->ends.port,
                                                                connection->source) > 0;
    if (waits) {
        retry_later(connection);
    }
    return waits;
}

/* Room for a message of any length allowed, in a delivery of this source. */
static bool has_room(struct cord_syslog_connection *connection)
{
    if (connection->gathered && !may_grow(connection)) {
        put_waiting(connection);
    }
    if (connection->gathered) {
        return may_grow(connection);
    }
    if (must_wait(connection)) {
        return false;
    }
    struct cord_delivery *delivery = cord_syslog_delivery_new(
        connection->sources, connection->source,
        CORD_SYSLOG_GATHER_BYTES + cord_syslog_delivery_room(connection->framing.bytes_max));
    if (!delivery) {
        retry_later(connection);
        return false;
    }
    delivery->received_ns = cord_syslog_receiver_now_ns(connection->home->receiver);
    delivery->loop = connection->home->loop;
    delivery->done = on_done;
    delivery->self = connection;
    connection->gathered = delivery;
    return true;
}

/* --- messages --- */

static void keep(struct cord_syslog_connection *connection, cord_str frame)
{
    struct cord_syslog_receiver *receiver = connection->home->receiver;
    size_t before = connection->gathered->body.len;
    if (cord_syslog_delivery_put(connection->gathered, frame) == CORD_OK) {
        (void)atomic_fetch_add_explicit(&receiver->gathered_bytes,
                                        connection->gathered->body.len - before,
                                        memory_order_relaxed);
        atomic_fetch_add_explicit(&receiver->messages, 1, memory_order_relaxed);
    } else { /* there is room, so memory is short */
        cord_syslog_receiver_lose(receiver, connection->source, CORD_LOSS_OVERLOAD, 1);
    }
}

static void lose(struct cord_syslog_connection *connection, enum cord_loss_reason reason)
{
    cord_log_warn(options_of(connection)->ends.log, "ingest.syslog_refused",
                  CORD_KV_STR("source", connection->source->name),
                  CORD_KV_TEXT("reason", cord_loss_name(reason)),
                  CORD_KV_U64("bytes_max", connection->framing.bytes_max));
    cord_syslog_receiver_lose(connection->home->receiver, connection->source, reason, 1);
}

/* As many messages as there is room for, off the input. False: no more room. */
static bool gather(struct cord_syslog_connection *connection, cord_str *input, bool last)
{
    cord_str frame;
    while (has_room(connection)) {
        switch (cord_syslog_stream_next(&connection->framing, input, last, &frame)) {
        case CORD_OK:
            keep(connection, frame);
            break;
        case CORD_E_LIMIT:
            lose(connection, CORD_LOSS_OVERSIZE);
            break;
        case CORD_E_FORMAT:
            lose(connection, CORD_LOSS_MALFORMED);
            break;
        case CORD_E_MORE:
        case CORD_E_END:
        case CORD_E_UNSUPPORTED:
        case CORD_E_NOMEM:
        case CORD_E_IO:
        case CORD_E_NOENT:
        case CORD_E_BUSY:
        case CORD_E_DAMAGED:
            return true;
        }
    }
    return false;
}

/* An empty delivery is none. */
static void put_gathered(struct cord_syslog_connection *connection)
{
    if (connection->gathered && connection->gathered->announced == 0) {
        cord_delivery_free(connection->gathered);
        connection->gathered = NULL;
    }
    put_waiting(connection);
}

/* Room has come, or the end: what waited for it. Frees a connection that is over. */
static void go_on(struct cord_syslog_connection *connection)
{
    if (connection->paused && connection->stream && has_room(connection)) {
        connection->paused = false;
        cord_stream_deadline(connection->stream, options_of(connection)->idle_ns);
        cord_stream_resume(connection->stream);
        put_gathered(connection);
    }
    if (!connection->ended) {
        return;
    }
    bool all = true;
    if (connection->source) {
        cord_str input = cord_buf_str(&connection->rest);
        all = gather(connection, &input, true);
        if (input.len > 0) {
            memmove(connection->rest.ptr, input.ptr, input.len);
        }
        connection->rest.len = input.len;
        put_gathered(connection);
    }
    if (all && !connection->gathered && !connection->again && !connection->under_way) {
        free_connection(connection);
    }
}

/* --- the stream's calls --- */

static bool on_opened(void *self, struct cord_stream *stream)
{
    struct cord_syslog_connection *connection = self;
    bool known = identify(connection);
    cord_stream_deadline(stream, options_of(connection)->idle_ns);
    if (!known && options_of(connection)->tls) {
        refuse(connection, (cord_str){0});
        return false;
    }
    return true; /* one without TLS is refused once it has sent something */
}

/* A line that may go on is waited for, but not for ever. */
static void on_line_due(struct cord_timer *timer)
{
    struct cord_syslog_connection *connection =
        CORD_LOOP_OWNER(timer, struct cord_syslog_connection, line);
    if (connection->stream && !connection->paused) {
        connection->line_due = true;
        cord_stream_pause(connection->stream); /* resuming offers what is there again */
        cord_stream_resume(connection->stream);
    }
}

static void watch_line(struct cord_syslog_connection *connection, cord_str left)
{
    if (connection->framing.in_line && left.len > 0 && left.ptr[left.len - 1] == '\n') {
        cord_loop_after(connection->home->loop, &connection->line, LINE_WAIT_NS);
    } else {
        cord_loop_cancel(connection->home->loop, &connection->line);
    }
}

static size_t on_take(void *self, cord_str bytes)
{
    struct cord_syslog_connection *connection = self;
    cord_str input = bytes;
    if (!identify(connection)) {
        refuse(connection, bytes);
        return bytes.len;
    }
    bool ends =
        connection->line_due && connection->framing.in_line && bytes.ptr[bytes.len - 1] == '\n';
    connection->line_due = false;
    cord_stream_deadline(connection->stream, options_of(connection)->idle_ns);
    if (!gather(connection, &input, ends)) {
        connection->paused = true;
        cord_stream_deadline(connection->stream, 0); /* it is we who are slow */
        cord_stream_pause(connection->stream);
    }
    put_gathered(connection);
    watch_line(connection, input);
    return bytes.len - input.len;
}

static void on_closed(void *self, enum cord_stream_end end, cord_str reason)
{
    struct cord_syslog_connection *connection = self;
    (void)end;
    (void)reason;
    if (connection->stream && connection->source) {
        cord_buf_put(&connection->rest, cord_stream_untaken(connection->stream));
        if (connection->rest.failed) {
            lose(connection, CORD_LOSS_OVERLOAD); /* no memory for it */
        }
    }
    cord_loop_cancel(connection->home->loop, &connection->line);
    connection->stream = NULL;
    connection->paused = false;
    connection->ended = true;
    go_on(connection);
}

static const struct cord_stream_ops connection_ops = {
    .opened = on_opened, .take = on_take, .closed = on_closed};

/* --- the listener's --- */

bool cord_syslog_connection_accepted(void *receiver, struct cord_loop *loop,
                                     const struct cord_stream_ops **ret_ops, void **ret_self)
{
    struct cord_syslog_home *home = cord_syslog_receiver_home(receiver, loop);
    struct cord_syslog_connection *connection = calloc(1, sizeof *connection);
    if (!connection || home->stopping) {
        free(connection);
        return false;
    }
    connection->home = home;
    connection->framing.bytes_max = home->receiver->options.frame_bytes_max;
    connection->framing.multiline = home->receiver->options.multiline;
    connection->retry.due = on_retry;
    connection->line.due = on_line_due;
    cord_buf_init(&connection->rest, home->receiver->stream_bytes_max);
    connection->next = home->connections;
    if (connection->next) {
        connection->next->previous = connection;
    }
    home->connections = connection;
    atomic_fetch_add(&home->receiver->busy, 1);
    *ret_ops = &connection_ops;
    *ret_self = connection;
    return true;
}

void cord_syslog_connection_begin(void *self, struct cord_stream *stream)
{
    struct cord_syslog_connection *connection = self;
    connection->stream = stream;
}

void cord_syslog_connection_stop_all(struct cord_syslog_home *home)
{
    for (struct cord_syslog_connection *at = home->connections; at; at = at->next) {
        if (at->stream) {
            cord_stream_close(at->stream);
        }
    }
}

/* Messages that were read and not put. */
static uint64_t count_left(struct cord_syslog_connection *connection)
{
    uint64_t count = 0;
    cord_str rest = cord_buf_str(&connection->rest);
    cord_str frame;
    count += connection->again ? connection->again->announced : 0;
    count += connection->gathered ? connection->gathered->announced : 0;
    while (cord_syslog_stream_next(&connection->framing, &rest, true, &frame) != CORD_E_MORE) {
        count++;
    }
    return count;
}

void cord_syslog_connection_free_all(struct cord_syslog_home *home)
{
    struct cord_syslog_connection *next;
    for (struct cord_syslog_connection *at = home->connections; at; at = next) {
        uint64_t count = count_left(at);
        next = at->next;
        if (count > 0) {
            cord_syslog_receiver_lose(home->receiver, at->source, CORD_LOSS_OVERLOAD, count);
        }
        free_connection(at);
    }
}
