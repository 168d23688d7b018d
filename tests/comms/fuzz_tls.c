/* fuzz_tls.c: what is no TLS handshake, or a broken one, over a socket. The first byte says in
 * which pieces it comes. Nobody who has no certificate gets in, and each is counted once. */
#include "comms/listener.h"
#include "kit/kit_certificates.h"
#include "kit/kit_loop.h"

#include <assert.h>
#include <sys/socket.h>
#include <unistd.h>

static bool on_opened(void *self, struct cord_stream *stream)
{
    (void)self;
    (void)stream;
    assert(false); /* somebody got in */
    return false;
}

static size_t on_take(void *self, cord_str bytes)
{
    (void)self;
    return bytes.len;
}

static void on_closed(void *self, enum cord_stream_end end, cord_str reason)
{
    size_t *closed = self;
    assert(end == CORD_STREAM_END_HANDSHAKE && reason.len > 0);
    ++*closed;
}

static bool on_accepted(void *self, struct cord_loop *loop, const struct cord_stream_ops **ret_ops,
                        void **ret_self)
{
    static const struct cord_stream_ops ops = {
        .opened = on_opened, .take = on_take, .closed = on_closed};
    (void)loop;
    *ret_ops = &ops;
    *ret_self = self;
    return true;
}

/* One for all runs: keys are slow to make. */
static struct cord_tls *server_tls(void)
{
    static struct cord_tls *tls;
    if (!tls) {
        char *dir = kit_certificates_new();
        struct kit_certificate_options wish = {.name = "authority", .kind = KIT_AUTHORITY};
        struct kit_certificate authority = kit_certificate_make(dir, &wish);
        wish = (struct kit_certificate_options){
            .name = "server", .kind = KIT_SERVER, .issuer = &authority};
        struct kit_certificate own = kit_certificate_make(dir, &wish);
        tls = kit_certificate_server(&own, &authority, true);
        kit_certificate_done(&own);
        kit_certificate_done(&authority);
        kit_certificates_free(dir);
    }
    return tls;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cord_loop *loop = NULL;
    struct cord_listener *listener = NULL;
    size_t closed = 0;
    if (size < 2) {
        return 0;
    }
    assert(cord_loop_new(&loop, NULL) == CORD_OK);
    const struct cord_listener_options options = {
        .address = CORD_STR("127.0.0.1:0"),
        .tls = server_tls(),
        .connections_max = 2,
        .stream = {1000, 1000, 30000000000, 0},
        .accepted = on_accepted,
        .self = &closed,
    };
    assert(cord_listener_new(&loop, 1, &options, &listener, NULL) == CORD_OK);
    int client = kit_loop_connect_apart(cord_listener_port(listener), 0);
    cord_str rest = {(const char *)data + 1, size - 1};
    size_t step = data[0] == 0 ? rest.len : data[0];
    for (; rest.len > 0; rest = cord_str_from_byte(rest, step)) {
        cord_str piece = cord_str_slice(rest, 0, step);
        (void)!send(client, piece.ptr, piece.len, MSG_NOSIGNAL | MSG_DONTWAIT);
        kit_loop_settle(loop);
    }
    (void)shutdown(client, SHUT_WR);
    (void)close(client);
    kit_loop_until_count(loop, &closed, 1);
    const struct cord_listener_stats stats = cord_listener_stats(listener);
    uint64_t refusals = 0;
    for (size_t at = 0; at < CORD_TLS_REFUSAL_COUNT; at++) {
        refusals += stats.refusals[at];
    }
    assert(closed == 1 && stats.handshakes == 1 && refusals == 1 && stats.open == 0);
    cord_listener_free(listener);
    cord_loop_free(loop);
    return 0;
}
