/*
 * stream.c: see stream.h.
 *
 * The loop enters by on_ready, on_limit, on_deadline and on_task. Each does
 * what can be done and leaves by settle, which alone frees the stream. So no
 * callback ever finds it gone under its feet: a call of the user's within one
 * only leaves a mark, or posts the task.
 */
#include "comms/stream.h"

#include "base/timestamp.h"
#include "comms/byte_queue.h"
#include "comms/endpoint.h"
#include "comms/link.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

/* Of one connection before others have their turn. */
#define ROUND_BYTES_MAX 262144
/* Smallest room for bytes that continue untaken ones. */
#define HELD_ROOM 4096
/* For the other side to read what is queued at the end: so long, and besides
 * as long as a slow line takes for that much. */
#define FLUSH_NS         5000000000LL
#define FLUSH_BYTES_IN_S 16384
/* And then to close, while what it still sends is thrown away: more than the
 * kernels' buffers hold between two hosts (tcp_rmem and tcp_wmem), for all of
 * that may have left the other side before it could read a word; and no more
 * in one turn than the neighbours can wait for. */
#define LINGER_NS             10000000000LL
#define LINGER_BYTES_MAX      67108864
#define LINGER_TURN_BYTES_MAX 1048576

enum stage {
    NEW,       /* nothing was called yet */
    HANDSHAKE, /* of TLS */
    OPEN,
    FLUSHING,  /* ending: what is queued is sent */
    LINGERING, /* ending: the other side is to close first */
    DEAD,      /* settle frees it */
};

struct cord_stream {
    struct cord_watch watch;
    struct cord_loop_task task;
    struct cord_timer limit; /* of the stages other than OPEN */
    struct cord_timer deadline;
    struct cord_loop *loop;
    struct cord_link link;
    const struct cord_stream_ops *ops;
    void *self;
    size_t recv_bytes_max;
    struct cord_byte_queue in;  /* untaken */
    struct cord_byte_queue out; /* unsent */
    size_t lingered_bytes;
    int64_t linger_ns;

    enum stage stage;
    enum cord_stream_end end;
    uint32_t interest; /* what the loop watches for; 0: it does not watch */
    bool posted;       /* the task */
    bool paused;
    bool deaf;             /* paused, and there was something to read: do not tell again */
    bool offer_due;        /* resumed, with bytes untaken */
    bool read_due;         /* no event will tell of what TLS holds, or of an end that was seen */
    bool drained_due;      /* something was sent since the last `drained` */
    bool read_wants_write; /* TLS */
    bool write_wants_read; /* TLS */
    bool sent_any;
    enum cord_link_result ended; /* DONE: not yet; else told once all was offered */

    struct cord_tls_peer *certificate; /* NULL: none */
    struct cord_endpoint peer;
    size_t peer_len;
    char peer_text[CORD_ENDPOINT_TEXT];
    char reason[160];
};

static const struct cord_tls_peer no_certificate;

static void post(struct cord_stream *stream)
{
    if (!stream->posted) {
        stream->posted = true;
        cord_loop_post(stream->loop, &stream->task);
    }
}

/* --- the end --- */

/* The first reason counts. */
static void end_with(struct cord_stream *stream, enum stage stage, enum cord_stream_end end,
                     const char *reason)
{
    if (stream->stage < FLUSHING) {
        stream->end = end;
        if (reason != stream->reason) {
            (void)snprintf(stream->reason, sizeof stream->reason, "%s", reason);
        }
    }
    stream->stage = stage;
}

static void fail(struct cord_stream *stream, const char *reason)
{
    end_with(stream, DEAD, CORD_STREAM_END_ERROR, reason);
}

static void finish(struct cord_stream *stream)
{
    stream->stage = DEAD;
    if (stream->interest != 0) {
        cord_loop_unwatch(stream->loop, &stream->watch);
        stream->interest = 0;
    }
    cord_loop_cancel(stream->loop, &stream->limit);
    cord_loop_cancel(stream->loop, &stream->deadline);
    if (stream->posted) {
        cord_loop_withdraw(stream->loop, &stream->task);
    }
    stream->posted = true; /* whatever `closed` asks for, there is no later */
    cord_link_goodbye(&stream->link);
    cord_link_close(&stream->link);
    stream->ops->closed(stream->self, stream->end, cord_str_from(stream->reason));
    cord_byte_queue_done(&stream->in);
    cord_byte_queue_done(&stream->out);
    free(stream->certificate);
    free(stream);
}

static void allow_flush(struct cord_stream *stream)
{
    int64_t seconds = (int64_t)(cord_byte_queue_len(&stream->out) / FLUSH_BYTES_IN_S);
    cord_loop_after(stream->loop, &stream->limit, FLUSH_NS + seconds * CORD_SECOND_NS);
}

/* What was sent last has left for the socket, but may be thrown away there: a
 * close with bytes unread resets the connection. So the other side closes first. */
static void linger(struct cord_stream *stream)
{
    bool told = stream->sent_any || stream->link.tls;
    if (stream->ended != CORD_LINK_DONE || !told) {
        stream->stage = DEAD;
        return;
    }
    cord_link_goodbye(&stream->link);
    stream->stage = LINGERING;
    cord_loop_after(stream->loop, &stream->limit, stream->linger_ns);
}

static void linger_on(struct cord_stream *stream)
{
    size_t turn_bytes = 0;
    while (turn_bytes < LINGER_TURN_BYTES_MAX) {
        ssize_t got = recv(stream->link.file, cord_loop_scratch(stream->loop),
                           CORD_LOOP_SCRATCH_BYTES, MSG_TRUNC);
        if (got <= 0) {
            /* EAGAIN asks for another event; else it is over. */
            stream->stage = got < 0 && (errno == EAGAIN || errno == EINTR) ? LINGERING : DEAD;
            return;
        }
        turn_bytes += (size_t)got;
        stream->lingered_bytes += (size_t)got;
        if (stream->lingered_bytes > LINGER_BYTES_MAX) {
            stream->stage = DEAD;
            return;
        }
    }
}

/* --- what is waited for --- */

static uint32_t wanted_interest(const struct cord_stream *stream)
{
    bool waits = cord_byte_queue_len(&stream->out) > 0;
    uint32_t write = stream->write_wants_read ? EPOLLIN : EPOLLOUT;
    uint32_t read = stream->read_wants_write ? EPOLLOUT : EPOLLIN;
    switch (stream->stage) {
    case NEW:
    case DEAD:
        return 0;
    case HANDSHAKE:
        return read;
    case OPEN:
        return (waits ? write : 0) | (stream->paused && stream->deaf ? 0 : read);
    case FLUSHING:
        return write;
    case LINGERING:
        return EPOLLIN;
    }
    return 0;
}

/* An end that was told would be told again and again to who does not listen, so
 * that one who waits for nothing is not watched at all. */
static void update_interest(struct cord_stream *stream)
{
    uint32_t wanted = wanted_interest(stream);
    if (wanted == stream->interest) {
        return;
    }
    if (wanted == 0) {
        cord_loop_unwatch(stream->loop, &stream->watch);
    } else if (stream->interest != 0) {
        cord_loop_change(stream->loop, &stream->watch, wanted);
    } else if (cord_loop_watch(stream->loop, &stream->watch, wanted, NULL) != CORD_OK) {
        fail(stream, "out of memory");
        return;
    }
    stream->interest = wanted;
}

/* --- writing --- */

static void note_sent(struct cord_stream *stream)
{
    stream->sent_any = true;
    stream->drained_due = stream->ops->drained != NULL;
}

/* One attempt; how many bytes went. */
static size_t write_some(struct cord_stream *stream, cord_str bytes, bool *ret_again)
{
    struct cord_error err = {0};
    size_t len = 0;
    stream->write_wants_read = false;
    *ret_again = false;
    switch (cord_link_write(&stream->link, bytes, &len, &err)) {
    case CORD_LINK_DONE:
        *ret_again = true;
        return len;
    case CORD_LINK_WANT_READ:
        stream->write_wants_read = true;
        return 0;
    case CORD_LINK_WANT_WRITE:
        return 0;
    case CORD_LINK_END:
    case CORD_LINK_ERROR:
        break;
    }
    fail(stream, err.text[0] ? err.text : "closed by the other side");
    return 0;
}

static void write_queued(struct cord_stream *stream)
{
    bool again = true;
    while (again && cord_byte_queue_len(&stream->out) > 0) {
        size_t len = write_some(stream, cord_byte_queue_bytes(&stream->out), &again);
        cord_byte_queue_take(&stream->out, len);
    }
    if (stream->stage == FLUSHING && cord_byte_queue_len(&stream->out) == 0) {
        linger(stream);
    } else if (stream->stage == OPEN && stream->drained_due &&
               cord_byte_queue_len(&stream->out) == 0) {
        stream->drained_due = false;
        stream->ops->drained(stream->self);
    }
}

cord_status cord_stream_send(struct cord_stream *stream, cord_str bytes)
{
    if (stream->stage >= FLUSHING) {
        return CORD_E_END;
    }
    if (bytes.len > cord_byte_queue_room(&stream->out)) {
        return CORD_E_LIMIT;
    }
    bool again = stream->stage == OPEN && cord_byte_queue_len(&stream->out) == 0;
    while (again && bytes.len > 0) {
        bytes = cord_str_from_byte(bytes, write_some(stream, bytes, &again));
    }
    note_sent(stream);
    cord_status status = CORD_OK;
    if (stream->stage != DEAD) {
        status = cord_byte_queue_put(&stream->out, bytes);
    }
    if (status != CORD_OK) {
        fail(stream, "out of memory"); /* half of it may have gone */
    }
    if (stream->stage != DEAD) {
        update_interest(stream);
    }
    bool gone = cord_byte_queue_len(&stream->out) == 0;
    if (stream->stage == DEAD || (stream->drained_due && gone)) {
        post(stream);
    }
    return status;
}

/* --- reading --- */

/* The user's turn. False: no more for now. */
static bool offer(struct cord_stream *stream, cord_str bytes, size_t *ret_taken)
{
    stream->offer_due = false;
    *ret_taken = stream->ops->take(stream->self, bytes);
    assert(*ret_taken <= bytes.len);
    if (stream->stage != OPEN || stream->paused) {
        return false;
    }
    if (*ret_taken == 0 && bytes.len >= stream->recv_bytes_max) {
        fail(stream, "more bytes than may be held until they make sense");
        return false;
    }
    return true;
}

/* From the untaken ones that are kept. */
static bool offer_held(struct cord_stream *stream)
{
    size_t taken;
    bool more = offer(stream, cord_byte_queue_bytes(&stream->in), &taken);
    cord_byte_queue_take(&stream->in, taken);
    return more;
}

static bool offer_scratch(struct cord_stream *stream, cord_str bytes)
{
    size_t taken;
    bool more = offer(stream, bytes, &taken);
    if (cord_byte_queue_put(&stream->in, cord_str_from_byte(bytes, taken)) != CORD_OK) {
        fail(stream, "out of memory");
        return false;
    }
    return more;
}

/* Reads until `room` is full, or there is nothing more to read for now. */
static enum cord_link_result fill(struct cord_stream *stream, char *into, size_t room,
                                  size_t *ret_len, struct cord_error *err)
{
    enum cord_link_result result = CORD_LINK_DONE;
    size_t len = 0;
    while (result == CORD_LINK_DONE && len < room) {
        size_t got = 0;
        result = cord_link_read(&stream->link, into + len, room - len, &got, err);
        len += result == CORD_LINK_DONE ? got : 0;
        if (!stream->link.tls && result == CORD_LINK_DONE && len < room) {
            /* The socket is empty, as a rule: not asked again before it says so. */
            result = CORD_LINK_WANT_READ;
        }
    }
    *ret_len = len;
    return result;
}

/* Once everything that came before was offered. */
static void read_ended(struct cord_stream *stream)
{
    if (stream->ended == CORD_LINK_ERROR) {
        fail(stream, stream->reason);
        return;
    }
    end_with(stream, FLUSHING, CORD_STREAM_END_PEER, stream->reason);
    allow_flush(stream);
    write_queued(stream);
}

static void note_result(struct cord_stream *stream, enum cord_link_result result,
                        const struct cord_error *err)
{
    stream->read_wants_write = result == CORD_LINK_WANT_WRITE;
    if (result == CORD_LINK_END || result == CORD_LINK_ERROR) {
        stream->ended = result;
        (void)snprintf(stream->reason, sizeof stream->reason, "%s",
                       err->text[0] ? err->text : "closed by the other side");
    }
}

/* One buffer full, and what comes of it. False: no more for now. */
static bool read_round(struct cord_stream *stream, size_t *bytes)
{
    struct cord_error err = {0};
    size_t len = 0;
    size_t held = cord_byte_queue_len(&stream->in);
    size_t room = cord_byte_queue_room(&stream->in);
    size_t wanted = held > HELD_ROOM ? held : HELD_ROOM;
    room = room < CORD_LOOP_SCRATCH_BYTES ? room : CORD_LOOP_SCRATCH_BYTES;
    room = held > 0 && room > wanted ? wanted : room;
    char *into =
        held > 0 ? cord_byte_queue_reserve(&stream->in, room) : cord_loop_scratch(stream->loop);
    if (!into) {
        fail(stream, "out of memory");
        return false;
    }
    enum cord_link_result result = fill(stream, into, room, &len, &err);
    note_result(stream, result, &err);
    *bytes += len;
    bool more = true;
    if (len > 0 && held > 0) {
        cord_byte_queue_add(&stream->in, len);
        more = offer_held(stream);
    } else if (len > 0) {
        more = offer_scratch(stream, (cord_str){into, len});
    }
    return more && result == CORD_LINK_DONE;
}

static void read_on(struct cord_stream *stream)
{
    size_t bytes = 0;
    bool more = true;
    stream->read_due = false;
    while (more && stream->stage == OPEN && !stream->paused && stream->ended == CORD_LINK_DONE) {
        more = read_round(stream, &bytes);
        if (more && bytes >= ROUND_BYTES_MAX) {
            stream->read_due = cord_link_pending(&stream->link);
            more = false;
        }
    }
    if (stream->stage != OPEN || stream->paused || stream->ended == CORD_LINK_DONE) {
        return;
    }
    if (stream->offer_due && cord_byte_queue_len(&stream->in) > 0) {
        stream->read_due = true; /* who has resumed is offered the rest before the end */
        return;
    }
    read_ended(stream);
}

/* --- the beginning --- */

static void open_up(struct cord_stream *stream)
{
    stream->stage = OPEN;
    cord_loop_cancel(stream->loop, &stream->limit);
    if (stream->ops->opened && !stream->ops->opened(stream->self, stream) &&
        stream->stage == OPEN) {
        cord_stream_close(stream);
    }
}

/* A client without a certificate has no memory for one. */
static bool keep_certificate(struct cord_stream *stream)
{
    struct cord_tls_peer peer;
    cord_link_peer(&stream->link, &peer);
    if (!peer.present) {
        return true;
    }
    stream->certificate = malloc(sizeof peer);
    if (!stream->certificate) {
        return false;
    }
    *stream->certificate = peer;
    return true;
}

static void shake_hands(struct cord_stream *stream)
{
    struct cord_error err = {0};
    stream->read_wants_write = false;
    switch (cord_link_handshake(&stream->link, &err)) {
    case CORD_LINK_DONE:
        if (!keep_certificate(stream)) {
            fail(stream, "out of memory");
            return;
        }
        open_up(stream);
        read_on(stream); /* bytes may have come along */
        return;
    case CORD_LINK_WANT_READ:
        return;
    case CORD_LINK_WANT_WRITE:
        stream->read_wants_write = true;
        return;
    case CORD_LINK_END:
        end_with(stream, DEAD, CORD_STREAM_END_HANDSHAKE, "the client left during the handshake");
        return;
    case CORD_LINK_ERROR:
        break;
    }
    end_with(stream, FLUSHING, CORD_STREAM_END_HANDSHAKE, err.text);
    linger(stream); /* the client is to read why */
}

/* --- what the loop calls --- */

static void settle(struct cord_stream *stream)
{
    update_interest(stream);
    if (stream->stage == DEAD) {
        finish(stream);
    } else if (stream->read_due && !stream->paused) {
        post(stream);
    }
}

static void on_ready(struct cord_watch *watch, uint32_t events)
{
    (void)events; /* what it is for is known here; that it failed, the call will say */
    struct cord_stream *stream = CORD_LOOP_OWNER(watch, struct cord_stream, watch);
    stream->deaf = stream->paused;
    if (stream->stage == HANDSHAKE) {
        shake_hands(stream);
    } else if (stream->stage == LINGERING) {
        linger_on(stream);
    } else {
        if (cord_byte_queue_len(&stream->out) > 0) {
            write_queued(stream);
        }
        read_on(stream);
    }
    settle(stream);
}

static void on_limit(struct cord_timer *timer)
{
    struct cord_stream *stream = CORD_LOOP_OWNER(timer, struct cord_stream, limit);
    if (stream->stage < OPEN) {
        stream->link.refusal = CORD_TLS_REFUSAL_TIMEOUT;
    }
    end_with(stream, DEAD, CORD_STREAM_END_HANDSHAKE, "no TLS handshake in time");
    settle(stream);
}

static void on_deadline(struct cord_timer *timer)
{
    struct cord_stream *stream = CORD_LOOP_OWNER(timer, struct cord_stream, deadline);
    end_with(stream, DEAD, CORD_STREAM_END_TIMEOUT, "nothing came of it in time");
    settle(stream);
}

static void on_task(struct cord_loop_task *task)
{
    struct cord_stream *stream = CORD_LOOP_OWNER(task, struct cord_stream, task);
    stream->posted = false;
    if (stream->stage == NEW && stream->link.tls) {
        stream->stage = HANDSHAKE; /* begun when the client's first bytes are there */
    } else if (stream->stage == NEW) {
        open_up(stream);
    }
    bool gone = cord_byte_queue_len(&stream->out) == 0;
    if (stream->stage == FLUSHING || (stream->stage == OPEN && gone && stream->drained_due)) {
        write_queued(stream);
    }
    bool held = cord_byte_queue_len(&stream->in) > 0;
    if (stream->stage == OPEN && stream->offer_due && held && !stream->paused) {
        (void)offer_held(stream);
    }
    if (stream->stage == OPEN && stream->read_due && !stream->paused) {
        read_on(stream);
    }
    settle(stream);
}

/* --- what its user calls --- */

static void learn_peer(struct cord_stream *stream)
{
    struct sockaddr_storage name = {0};
    socklen_t len = sizeof name;
    (void)getpeername(stream->link.file, (struct sockaddr *)&name, &len);
    cord_endpoint_from(&name, &stream->peer); /* zeros when it has gone already */
    stream->peer_len = cord_endpoint_print(&stream->peer, stream->peer_text);
}

struct cord_stream *cord_stream_new(struct cord_loop *loop, int socket, struct cord_tls *tls,
                                    const struct cord_stream_options *options,
                                    const struct cord_stream_ops *ops, void *self)
{
    struct cord_stream *stream = calloc(1, sizeof *stream);
    if (!stream) {
        struct cord_link link = {.file = socket};
        cord_link_close(&link);
        return NULL;
    }
    stream->loop = loop;
    stream->link = (struct cord_link){.file = socket, .tls = tls ? cord_tls_ref(tls) : NULL};
    stream->watch = (struct cord_watch){.file = socket, .ready = on_ready};
    stream->task.run = on_task;
    stream->limit.due = on_limit;
    stream->deadline.due = on_deadline;
    stream->ops = ops;
    stream->self = self;
    stream->recv_bytes_max = options->recv_bytes_max;
    stream->linger_ns = options->linger_ns > 0 ? options->linger_ns : LINGER_NS;
    cord_byte_queue_init(&stream->in, options->recv_bytes_max);
    cord_byte_queue_init(&stream->out, options->send_bytes_max);
    learn_peer(stream);
    if (tls) {
        cord_loop_after(loop, &stream->limit, options->handshake_ns);
    }
    post(stream);
    return stream;
}

void cord_stream_pause(struct cord_stream *stream)
{
    stream->paused = true;
}

void cord_stream_resume(struct cord_stream *stream)
{
    if (!stream->paused) {
        return;
    }
    stream->paused = false;
    stream->deaf = false;
    /* In the middle of `take` it is not known yet what will be left. */
    stream->offer_due = true;
    stream->read_due = stream->link.tls || stream->ended != CORD_LINK_DONE;
    post(stream);
}

void cord_stream_close(struct cord_stream *stream)
{
    if (stream->stage >= FLUSHING) {
        return;
    }
    bool open = stream->stage == OPEN;
    end_with(stream, open ? FLUSHING : DEAD, CORD_STREAM_END_US, "closed by us");
    allow_flush(stream);
    post(stream);
}

void cord_stream_drop(struct cord_stream *stream)
{
    end_with(stream, DEAD, CORD_STREAM_END_US, "closed by us");
    finish(stream);
}

void cord_stream_deadline(struct cord_stream *stream, int64_t delay_ns)
{
    if (delay_ns > 0 && stream->stage != DEAD) {
        cord_loop_after(stream->loop, &stream->deadline, delay_ns);
    } else {
        cord_loop_cancel(stream->loop, &stream->deadline);
    }
}

cord_str cord_stream_untaken(const struct cord_stream *stream)
{
    return cord_byte_queue_bytes(&stream->in);
}

struct cord_loop *cord_stream_loop(const struct cord_stream *stream)
{
    return stream->loop;
}

cord_str cord_stream_peer(const struct cord_stream *stream)
{
    return (cord_str){stream->peer_text, stream->peer_len};
}

const unsigned char *cord_stream_address(const struct cord_stream *stream)
{
    return stream->peer.address;
}

enum cord_tls_refusal cord_stream_refusal(const struct cord_stream *stream)
{
    return stream->link.refusal;
}

bool cord_stream_is_revoked(const struct cord_stream *stream, const struct cord_tls *tls)
{
    return stream->certificate && cord_link_is_revoked(&stream->link, tls);
}

const struct cord_tls_peer *cord_stream_certificate(const struct cord_stream *stream)
{
    return stream->certificate ? stream->certificate : &no_certificate;
}
