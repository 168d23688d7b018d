/*
 * lumberjack_connection.c: one client's windows: frames in, acknowledgements out.
 *
 * Frames are copied as they come into the delivery being gathered; only their
 * lengths are looked at here. How many records a packed frame holds is known
 * when it has been unpacked, by a worker: so it is a delivery of its own. The
 * connection lives until its stream is closed and its delivery is back.
 */
#include <stdlib.h>

#include "ingest/lumberjack_internal.h"
#include "ingest/unwrap_kinds.h"

enum {
    HEAD_BYTES_MAX = 10, /* version, type, two numbers */
    PAIRS_MAX = 4096,
    SLACK_BYTES = HEAD_BYTES_MAX + PAIRS_MAX * 2 * 4, /* lengths, beside what they are of */
    WINDOW_MAX = 1 << 20,
};

#define RETRY_NS 100000000LL /* after a full intake */

struct cord_lumberjack_connection {
    struct cord_lumberjack_home *home;
    struct cord_lumberjack_connection *next;
    struct cord_lumberjack_connection **link; /* what points to it */
    struct cord_stream *stream;               /* NULL: closed */
    struct cord_sources *sources;
    const struct cord_source *source;

    /* Of the frame being taken. */
    uint64_t left;   /* bytes of it, or of one of its fields, to be copied */
    uint32_t fields; /* of "2D": still to come, each with its length before it */
    bool packed;     /* "2C" */

    uint32_t window;   /* records that the client sends before it waits; 0: between windows */
    uint64_t gathered; /* records of the window in the delivery */
    uint64_t settled;  /* records of the window that were stored or refused */
    uint32_t acked;    /* the number said last */
    struct cord_delivery *delivery; /* being gathered, or waiting for room */
    bool under_way;                 /* it is the intake's, and not in `delivery` */
    bool closing;
    struct cord_timer timer; /* to try again, or to say that we are alive */
};

static struct cord_lumberjack_receiver *
receiver_of(const struct cord_lumberjack_connection *connection)
{
    return connection->home->receiver;
}

static int64_t now_ns(const struct cord_lumberjack_connection *connection)
{
    return cord_clock_now_ns(&receiver_of(connection)->options.ends.clock);
}

/* ---- life ---- */

static void release(struct cord_lumberjack_connection *connection)
{
    if (connection->stream || connection->under_way) {
        return;
    }
    struct cord_lumberjack_receiver *receiver = receiver_of(connection);
    cord_loop_cancel(connection->home->loop, &connection->timer);
    *connection->link = connection->next;
    if (connection->next) {
        connection->next->link = connection->link;
    }
    cord_delivery_free(connection->delivery);
    cord_sources_unref(connection->sources);
    free(connection);
    atomic_fetch_sub(&receiver->busy, 1);
}

static void close_stream(struct cord_lumberjack_connection *connection)
{
    connection->closing = true;
    if (connection->stream) {
        cord_stream_close(connection->stream);
    }
}

static void break_off(struct cord_lumberjack_connection *connection, const char *why)
{
    struct cord_lumberjack_receiver *receiver = receiver_of(connection);
    atomic_fetch_add(&receiver->malformed, 1);
    cord_log_warn(receiver->options.ends.log, "ingest.lumberjack_refused",
                  CORD_KV_TEXT("listener", receiver->name),
                  CORD_KV_STR("peer", cord_stream_peer(connection->stream)),
                  CORD_KV_TEXT("reason", why));
    close_stream(connection);
}

static void lose(struct cord_lumberjack_connection *connection, enum cord_loss_reason reason)
{
    struct cord_lumberjack_receiver *receiver = receiver_of(connection);
    const struct cord_source *source = connection->source;
    receiver->options.ends.lost(
        receiver->options.ends.self, source ? source->name : cord_str_from(receiver->name),
        source ? source->organisation : (cord_str){"", 0}, reason, 1, now_ns(connection));
}

/* ---- acknowledging ---- */

static void say(struct cord_lumberjack_connection *connection)
{
    uint32_t number = connection->acked;
    const char frame[6] = {'2',
                           'A',
                           (char)(number >> 24),
                           (char)(number >> 16 & 0xff),
                           (char)(number >> 8 & 0xff),
                           (char)(number & 0xff)};
    if (connection->stream && !connection->closing &&
        cord_stream_send(connection->stream, (cord_str){frame, sizeof frame}) != CORD_OK) {
        close_stream(connection); /* it reads nothing of what it is told */
    }
}

static void submit(struct cord_lumberjack_connection *connection);
static bool ensure_delivery(struct cord_lumberjack_connection *connection);

static void on_timer(struct cord_timer *timer)
{
    struct cord_lumberjack_connection *connection =
        CORD_LOOP_OWNER(timer, struct cord_lumberjack_connection, timer);
    if (connection->under_way) {
        say(connection);
        cord_loop_after(connection->home->loop, timer,
                        receiver_of(connection)->options.keep_alive_ns);
    } else if (connection->delivery && !connection->closing) {
        submit(connection);
    } else if (connection->stream && !connection->closing) {
        cord_stream_resume(connection->stream);
    }
}

/* Its stream may have gone meanwhile. Nothing is under way now. */
static void go_on(struct cord_lumberjack_connection *connection)
{
    cord_loop_cancel(connection->home->loop, &connection->timer);
    if (connection->home->stopping) {
        close_stream(connection);
    } else if (connection->stream && !connection->closing) {
        int64_t idle_ns = receiver_of(connection)->options.idle_ns;
        cord_stream_deadline(connection->stream, idle_ns);
        cord_stream_resume(connection->stream);
    }
    release(connection);
}

static void settle(struct cord_lumberjack_connection *connection,
                   const struct cord_delivery *delivery)
{
    uint64_t last = 0;
    connection->settled += delivery->records;
    if (delivery->records > 0 && cord_str_u64(cord_buf_str(&delivery->answer), &last)) {
        connection->acked = (uint32_t)last;
        say(connection);
    }
    if (connection->settled >= connection->window) {
        atomic_fetch_add(&receiver_of(connection)->windows, 1);
        connection->window = 0;
    }
}

static void on_done(struct cord_delivery *delivery)
{
    struct cord_lumberjack_connection *connection = delivery->self;
    connection->under_way = false;
    if (delivery->status == CORD_E_LIMIT && connection->stream && !connection->closing &&
        ensure_delivery(connection)) {
        connection->delivery->body = delivery->body;
        delivery->body = (struct cord_buf){0};
        cord_delivery_free(delivery);
        cord_loop_after(connection->home->loop, &connection->timer, RETRY_NS);
        return;
    }
    if (delivery->status == CORD_OK && delivery->shed == 0) {
        settle(connection, delivery);
    } else if (delivery->status == CORD_E_FORMAT && connection->stream) {
        break_off(connection, delivery->error.text);
    } else {
        /* Not stored, or not all: without an acknowledgement it comes again. */
        close_stream(connection);
    }
    cord_delivery_free(delivery);
    go_on(connection);
}

/* What was gathered becomes the intake's; nothing more is read until it is back. */
static void submit(struct cord_lumberjack_connection *connection)
{
    const struct cord_lumberjack_receiver_options *options = &receiver_of(connection)->options;
    struct cord_delivery *delivery = connection->delivery;
    cord_stream_pause(connection->stream);
    cord_stream_deadline(connection->stream, 0);
    connection->delivery = NULL;
    connection->under_way = true;
    connection->gathered = 0;
    if (options->ends.port.put(options->ends.port.self, delivery) == CORD_OK) {
        cord_loop_after(connection->home->loop, &connection->timer, options->keep_alive_ns);
        return;
    }
    connection->under_way = false;
    connection->delivery = delivery;
    cord_loop_after(connection->home->loop, &connection->timer, RETRY_NS);
}

/* ---- frames ---- */

static bool ensure_delivery(struct cord_lumberjack_connection *connection)
{
    size_t frame_max = receiver_of(connection)->options.frame_bytes_max;
    if (connection->delivery) {
        return true;
    }
    struct cord_delivery *delivery = cord_delivery_new(
        &cord_unwrap_lumberjack, CORD_LUMBERJACK_GATHER_BYTES + frame_max + SLACK_BYTES);
    if (!delivery) {
        return false;
    }
    delivery->sources = cord_sources_ref(connection->sources);
    delivery->source = connection->source;
    delivery->received_ns = now_ns(connection);
    delivery->loop = connection->home->loop;
    delivery->done = on_done;
    delivery->self = connection;
    connection->delivery = delivery;
    return true;
}

static uint32_t u32_of(const char *bytes)
{
    const unsigned char *from = (const unsigned char *)bytes;
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 |
           (uint32_t)from[3];
}

static bool copy(struct cord_lumberjack_connection *connection, cord_str bytes)
{
    if (!ensure_delivery(connection)) {
        return false;
    }
    cord_buf_put(&connection->delivery->body, bytes);
    return !connection->delivery->body.failed;
}

/* The head of a frame: returns its length, 0 when more is needed; *ret_why when it is wrong. */
static size_t take_head(struct cord_lumberjack_connection *connection, cord_str bytes,
                        const char **ret_why)
{
    if (bytes.len < 6) {
        return 0;
    }
    char type = bytes.ptr[0] == '2' ? bytes.ptr[1] : '\0';
    size_t head = type == 'J' || type == 'D' ? 10 : 6;
    uint32_t number = u32_of(bytes.ptr + 2);
    if (type == 'W') {
        if (connection->gathered > 0 || number > WINDOW_MAX) {
            *ret_why = "a window within a window, or too large a one";
        }
        connection->window = number;
        connection->settled = 0;
        connection->acked = 0;
        return head;
    }
    if (bytes.len < head) {
        return 0;
    }
    connection->packed = type == 'C';
    connection->left = type == 'J' ? u32_of(bytes.ptr + 6) : type == 'C' ? number : 0;
    connection->fields = type == 'D' ? 2 * u32_of(bytes.ptr + 6) : 0;
    if (type != 'J' && type != 'D' && type != 'C') {
        *ret_why = "not a Lumberjack 2 frame";
    } else if (connection->window == 0) {
        *ret_why = "a record outside of a window";
    } else if (connection->left > receiver_of(connection)->options.frame_bytes_max ||
               (type == 'D' && u32_of(bytes.ptr + 6) > PAIRS_MAX)) {
        *ret_why = "a frame is too long";
    } else if (!copy(connection, cord_str_slice(bytes, 0, head))) {
        *ret_why = "out of memory";
    }
    return head;
}

/* A frame is whole: whether it is time to hand the delivery on. */
static bool end_frame(struct cord_lumberjack_connection *connection)
{
    if (connection->packed) {
        return true;
    }
    connection->gathered++;
    return connection->settled + connection->gathered >= connection->window ||
           connection->delivery->body.len >= CORD_LUMBERJACK_GATHER_BYTES;
}

/* What can be taken of the frame being read; 0: more is needed. */
static size_t take_inside(struct cord_lumberjack_connection *connection, cord_str bytes,
                          const char **ret_why)
{
    size_t taken;
    if (connection->left > 0) {
        taken = bytes.len < connection->left ? bytes.len : (size_t)connection->left;
        connection->left -= taken;
    } else {
        if (bytes.len < 4) {
            return 0;
        }
        taken = 4;
        connection->left = u32_of(bytes.ptr);
        connection->fields--;
        if (connection->left + connection->delivery->body.len >
            CORD_LUMBERJACK_GATHER_BYTES + receiver_of(connection)->options.frame_bytes_max) {
            *ret_why = "a frame is too long";
            return taken;
        }
    }
    if (!copy(connection, cord_str_slice(bytes, 0, taken))) {
        *ret_why = "out of memory, or a frame is too long";
    }
    return taken;
}

/* A window is not begun that would have to wait in our memory. Nothing is said of it
 * meanwhile: the last number acknowledged is of the window before. */
static bool must_wait(struct cord_lumberjack_connection *connection, cord_str bytes)
{
    const struct cord_intake_port *port = &receiver_of(connection)->options.ends.port;
    if (!cord_str_starts(bytes, CORD_STR("2W")) || port->has_room(port->self, connection->source)) {
        return false;
    }
    cord_stream_pause(connection->stream);
    cord_loop_after(connection->home->loop, &connection->timer, RETRY_NS);
    return true;
}

static size_t on_take(void *self, cord_str bytes)
{
    struct cord_lumberjack_connection *connection = self;
    const char *why = NULL;
    size_t at = 0;
    cord_stream_deadline(connection->stream, receiver_of(connection)->options.idle_ns);
    while (at < bytes.len && !connection->under_way && !connection->closing) {
        cord_str rest = cord_str_from_byte(bytes, at);
        bool inside = connection->left > 0 || connection->fields > 0;
        if (!inside && must_wait(connection, rest)) {
            break;
        }
        size_t taken =
            inside ? take_inside(connection, rest, &why) : take_head(connection, rest, &why);
        if (why) {
            lose(connection, CORD_LOSS_MALFORMED);
            break_off(connection, why);
            return bytes.len;
        }
        if (taken == 0) {
            break;
        }
        at += taken;
        bool is_window = !inside && rest.ptr[1] == 'W';
        if (!is_window && connection->left == 0 && connection->fields == 0 &&
            end_frame(connection)) {
            submit(connection);
            break;
        }
    }
    return at;
}

/* ---- the stream ---- */

static bool on_opened(void *self, struct cord_stream *stream)
{
    struct cord_lumberjack_connection *connection = self;
    struct cord_lumberjack_receiver *receiver = receiver_of(connection);
    const struct cord_tls_peer *peer = cord_stream_certificate(stream);
    connection->sources = cord_source_book_current(receiver->options.ends.book);
    bool foreign = false;
    connection->source =
        peer->present ? cord_sources_by_certificate(connection->sources, peer, &foreign)
                      : cord_sources_by_address(connection->sources, cord_stream_address(stream));
    if (!connection->source) {
        lose(connection, foreign ? CORD_LOSS_FORBIDDEN : CORD_LOSS_UNKNOWN);
        cord_log_warn(receiver->options.ends.log,
                      foreign ? "ingest.certificate_of_another" : "ingest.sender_unknown",
                      CORD_KV_TEXT("listener", receiver->name),
                      CORD_KV_STR("peer", cord_stream_peer(stream)),
                      CORD_KV_TEXT("certificate", peer->name));
        return false;
    }
    cord_stream_deadline(stream, receiver->options.idle_ns);
    return !connection->home->stopping;
}

static void on_closed(void *self, enum cord_stream_end end, cord_str reason)
{
    (void)end;
    (void)reason;
    struct cord_lumberjack_connection *connection = self;
    connection->stream = NULL;
    release(connection);
}

static const struct cord_stream_ops ops = {
    .opened = on_opened, .take = on_take, .closed = on_closed};

bool cord_lumberjack_connection_accepted(void *self, struct cord_loop *loop,
                                         const struct cord_stream_ops **ret_ops, void **ret_self)
{
    struct cord_lumberjack_receiver *receiver = self;
    struct cord_lumberjack_home *home = receiver->homes;
    while (home->loop != loop) {
        home++;
    }
    struct cord_lumberjack_connection *connection = calloc(1, sizeof *connection);
    if (!connection) {
        return false;
    }
    connection->home = home;
    connection->timer.due = on_timer;
    connection->next = home->connections;
    connection->link = &home->connections;
    if (connection->next) {
        connection->next->link = &connection->next;
    }
    home->connections = connection;
    atomic_fetch_add(&receiver->busy, 1);
    *ret_ops = &ops;
    *ret_self = connection;
    return true;
}

void cord_lumberjack_connection_begin(void *self, struct cord_stream *stream)
{
    struct cord_lumberjack_connection *connection = self;
    connection->stream = stream;
}

void cord_lumberjack_connection_stop_all(struct cord_lumberjack_home *home)
{
    for (struct cord_lumberjack_connection *at = home->connections; at; at = at->next) {
        if (!at->under_way) {
            close_stream(at); /* what is gathered was not acknowledged: it comes again */
        }
    }
}

void cord_lumberjack_connection_free_all(struct cord_lumberjack_home *home)
{
    struct cord_lumberjack_connection *next = NULL;
    for (struct cord_lumberjack_connection *at = home->connections; at; at = next) {
        next = at->next;
        at->under_way = false;
        release(at);
    }
}
