/*
 * Whatever a stream's user takes, leaves, pauses and sends, and however the
 * other side cuts what it sends: every byte comes, once and in order, both ways.
 */
#include "comms/listener.h"
#include "kit/kit_certificates.h"
#include "kit/kit_loop.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BYTES = 1500000, HELD_MAX = 20000, QUEUE_MAX = 50000 };

static uint32_t draw(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static char byte_at(size_t at)
{
    return (char)((uint32_t)at * 2654435761u >> 21);
}

/* --- the server: sends everything back, by fits and starts --- */

struct moody {
    struct cord_loop *loop;
    struct cord_stream *stream;
    struct cord_timer timer;
    uint32_t seed;
    size_t taken;
    bool wrong;
    bool full; /* the queue was: nothing is taken before it is drained */
    bool ended;
    enum cord_stream_end end;
};

static size_t on_take(void *self, cord_str bytes)
{
    struct moody *moody = self;
    size_t len = draw(&moody->seed) % 4 == 0 ? draw(&moody->seed) % (bytes.len + 1) : bytes.len;
    len = bytes.len == HELD_MAX && len == 0 ? 1 : len;
    for (size_t at = 0; at < len; at++) {
        moody->wrong = moody->wrong || bytes.ptr[at] != byte_at(moody->taken + at);
    }
    cord_status status = cord_stream_send(moody->stream, cord_str_slice(bytes, 0, len));
    if (status == CORD_E_LIMIT) {
        moody->full = true;
        cord_stream_pause(moody->stream);
        return 0;
    }
    CHECK(status == CORD_OK);
    moody->taken += len;
    if (draw(&moody->seed) % 8 == 0 || len < bytes.len) {
        cord_stream_pause(moody->stream);
        switch (draw(&moody->seed) % 16) {
        case 0:
            cord_loop_after(moody->loop, &moody->timer, 1);
            break;
        default:
            cord_stream_resume(moody->stream);
            break;
        }
    }
    return len;
}

static void on_timer(struct cord_timer *timer)
{
    struct moody *moody = CORD_LOOP_OWNER(timer, struct moody, timer);
    if (!moody->ended && !moody->full) {
        cord_stream_resume(moody->stream);
    }
}

static void on_drained(void *self)
{
    struct moody *moody = self;
    if (moody->full) {
        moody->full = false;
        cord_stream_resume(moody->stream);
    }
}

static void on_closed(void *self, enum cord_stream_end end, cord_str reason)
{
    struct moody *moody = self;
    CHECK(reason.len > 0);
    CHECK(cord_stream_untaken(moody->stream).len == 0);
    cord_loop_cancel(moody->loop, &moody->timer);
    moody->ended = true;
    moody->end = end;
}

static bool on_accepted(void *self, struct cord_loop *loop, const struct cord_stream_ops **ret_ops,
                        void **ret_self)
{
    static const struct cord_stream_ops ops = {
        .take = on_take, .drained = on_drained, .closed = on_closed};
    (void)loop;
    *ret_ops = &ops;
    *ret_self = self;
    return true;
}

static void on_begin(void *self, struct cord_stream *stream)
{
    ((struct moody *)self)->stream = stream;
}

/* --- the client: a thread that writes, one that reads (TLS: one for both) --- */

struct client {
    int file;
    SSL *ssl; /* NULL: plain */
    uint32_t seed;
    size_t received;
    bool wrong;
};

static void *write_plain(void *self)
{
    struct client *client = self;
    for (size_t sent = 0; sent < BYTES;) {
        char piece[30000];
        size_t len = 1 + draw(&client->seed) % (draw(&client->seed) % 4 ? 700 : sizeof piece);
        len = len < BYTES - sent ? len : BYTES - sent;
        for (size_t at = 0; at < len; at++) {
            piece[at] = byte_at(sent + at);
        }
        ssize_t put = send(client->file, piece, len, MSG_NOSIGNAL);
        if (put <= 0) {
            client->wrong = true;
            break;
        }
        sent += (size_t)put;
    }
    (void)shutdown(client->file, SHUT_WR);
    return NULL;
}

static void check_piece(struct client *client, const char *piece, size_t len)
{
    for (size_t at = 0; at < len; at++) {
        client->wrong = client->wrong || piece[at] != byte_at(client->received + at);
    }
    client->received += len;
}

static void *read_plain(void *self)
{
    struct client *client = self;
    for (;;) {
        char piece[10000];
        ssize_t got = recv(client->file, piece, sizeof piece, 0);
        if (got <= 0) {
            return NULL;
        }
        check_piece(client, piece, (size_t)got);
    }
}

/* One thread: OpenSSL has no two of them at one connection. It keeps no more
 * under way than the queues between hold, or both sides would wait. */
static void *talk_tls(void *self)
{
    struct client *client = self;
    size_t sent = 0;
    char piece[30000];
    client->wrong = SSL_connect(client->ssl) != 1;
    while (!client->wrong && client->received < BYTES) {
        size_t len = 1 + draw(&client->seed) % (draw(&client->seed) % 4 ? 700 : sizeof piece);
        len = len < BYTES - sent ? len : BYTES - sent;
        size_t moved = 0;
        if (len > 0 && sent - client->received < QUEUE_MAX / 2) {
            for (size_t at = 0; at < len; at++) {
                piece[at] = byte_at(sent + at);
            }
            client->wrong = SSL_write_ex(client->ssl, piece, len, &moved) != 1;
            sent += moved;
        } else {
            client->wrong = SSL_read_ex(client->ssl, piece, sizeof piece, &moved) != 1;
            check_piece(client, piece, moved);
        }
    }
    (void)SSL_shutdown(client->ssl);
    (void)shutdown(client->file, SHUT_WR);
    return NULL;
}

/* --- */

static void listen_moodily(struct moody *moody, struct cord_tls *tls, uint32_t seed,
                           struct cord_listener **ret_listener)
{
    struct cord_listener_options options = {
        .address = CORD_STR("127.0.0.1:0"),
        .tls = tls,
        .connections_max = 1,
        .stream = {HELD_MAX, QUEUE_MAX, 60000000000, 0},
        .accepted = on_accepted,
        .begin = on_begin,
        .self = moody,
    };
    *moody = (struct moody){.seed = seed, .timer.due = on_timer};
    CHECK(cord_loop_new(&moody->loop, NULL) == CORD_OK);
    CHECK(cord_listener_new(&moody->loop, 1, &options, ret_listener, NULL) == CORD_OK);
}

static void all_came(const struct moody *moody, const struct client *client)
{
    CHECK(moody->end == CORD_STREAM_END_PEER);
    CHECK(!moody->wrong && moody->taken == BYTES);
    CHECK(!client->wrong && client->received == BYTES);
}

static void keeps_order_plain(void)
{
    for (uint32_t seed = 1; seed <= 3; seed++) {
        struct moody moody;
        struct cord_listener *listener = NULL;
        pthread_t threads[2];
        listen_moodily(&moody, NULL, seed, &listener);
        struct client client = {.file = kit_loop_connect(cord_listener_port(listener)),
                                .seed = seed};
        struct client reader = client;
        CHECK(pthread_create(&threads[0], NULL, write_plain, &client) == 0);
        CHECK(pthread_create(&threads[1], NULL, read_plain, &reader) == 0);
        kit_loop_until_true(moody.loop, &moody.ended);
        CHECK(pthread_join(threads[0], NULL) == 0);
        CHECK(pthread_join(threads[1], NULL) == 0);
        CHECK(!client.wrong);
        all_came(&moody, &reader);
        close(client.file);
        cord_listener_free(listener);
        cord_loop_free(moody.loop);
    }
}

static void keeps_order_through_tls(void)
{
    char *dir = kit_certificates_new();
    struct kit_certificate_options wish = {.name = "own", .kind = KIT_SERVER};
    struct kit_certificate own = kit_certificate_make(dir, &wish);
    struct cord_tls *tls = kit_certificate_server(&own, NULL, false);
    for (uint32_t seed = 1; seed <= 3; seed++) {
        struct moody moody;
        struct cord_listener *listener = NULL;
        pthread_t thread;
        struct kit_tls_client kit = kit_tls_client_new(&own, NULL);
        listen_moodily(&moody, tls, seed, &listener);
        struct client client = {.file = kit_loop_connect(cord_listener_port(listener)),
                                .ssl = SSL_new(kit.context),
                                .seed = seed};
        CHECK(client.ssl && SSL_set_fd(client.ssl, client.file) == 1);
        CHECK(pthread_create(&thread, NULL, talk_tls, &client) == 0);
        kit_loop_until_true(moody.loop, &moody.ended);
        CHECK(pthread_join(thread, NULL) == 0);
        all_came(&moody, &client);
        SSL_free(client.ssl);
        close(client.file);
        kit_tls_client_done(&kit);
        cord_listener_free(listener);
        cord_loop_free(moody.loop);
    }
    cord_tls_unref(tls);
    kit_certificate_done(&own);
    kit_certificates_free(dir);
}

KIT_MAIN(KIT_TEST(keeps_order_plain), KIT_TEST(keeps_order_through_tls))
