/* fuzz_http_server.c: a connection of any content, over a socket. The first byte
 * says in which pieces it comes. Nothing is left behind: no memory, no body in the
 * budget, no request without its reply. */
#include "kit/kit_loop.h"

#include "comms/http_server.h"

#include <assert.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WAITING_MAX = 4 };

#define SECOND_NS 1000000000LL

struct server {
    struct cord_loop *loop;
    struct cord_http_server *http;
    struct cord_http_budget budget;
    struct cord_http *waiting[WAITING_MAX];
    size_t waiting_count;
    size_t live; /* replies that go on */
};

static bool on_head(void *self, struct cord_http *http, size_t *body_bytes_max)
{
    (void)self;
    cord_str path = cord_http_request(http)->path;
    if (cord_str_ends(path, CORD_STR("x"))) {
        cord_http_reply_problem(http, 401, cord_http_header(http, CORD_STR("host")));
        return false;
    }
    *body_bytes_max = cord_str_ends(path, CORD_STR("y")) ? 5 : *body_bytes_max;
    return true;
}

static void on_live_closed(void *self)
{
    struct server *server = self;
    server->live--;
}

static void go_on(struct server *server, struct cord_http *http)
{
    static const struct cord_http_live_ops OPS = {NULL, on_live_closed};
    const struct cord_http_reply reply = {
        .status = 200,
        .content_type = "text/event-stream",
        .body = cord_buf_str(cord_http_request(http)->body),
    };
    server->live++;
    if (!cord_http_live_begin(http, &reply, &OPS, server)) {
        server->live--;
    } else if (cord_http_live_send(http, CORD_STR("more")) != CORD_OK) {
        cord_http_live_end(http);
    }
}

static void on_request(void *self, struct cord_http *http)
{
    struct server *server = self;
    const struct cord_http_request *request = cord_http_request(http);
    if (cord_str_ends(request->path, CORD_STR("w"))) {
        go_on(server, http);
        return;
    }
    if (cord_str_ends(request->path, CORD_STR("z")) && server->waiting_count < WAITING_MAX) {
        server->waiting[server->waiting_count++] = http;
        return;
    }
    const struct cord_http_header header = {"X-Parameter",
                                            cord_http_parameter(http, CORD_STR("a"))};
    cord_http_reply(http, &(struct cord_http_reply){.status = 200,
                                                    .content_type = "text/plain",
                                                    .body = cord_buf_str(request->body),
                                                    .headers = &header,
                                                    .header_count = 1});
}

static void answer_waiting(struct server *server)
{
    while (server->waiting_count > 0) {
        struct cord_http *http = server->waiting[--server->waiting_count];
        cord_http_reply(http, &(struct cord_http_reply){.status = 204});
        kit_loop_settle(server->loop);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    struct server server = {.budget = {.bytes_max = 3000}};
    const struct cord_http_server_options options = {
        .listener = {.address = CORD_STR("127.0.0.1:0"), .connections_max = 2},
        .handler = {.head = on_head, .request = on_request, .self = &server},
        .budget = &server.budget,
        .head_bytes_max = 1000,
        .body_bytes_max = 2000,
        .idle_ns = 60 * SECOND_NS,
        .head_ns = 60 * SECOND_NS,
    };
    assert(cord_loop_new(&server.loop, NULL) == CORD_OK);
    assert(cord_http_server_new(&server.loop, 1, &options, &server.http, NULL) == CORD_OK);
    int client =
        kit_loop_connect_apart(cord_listener_port(cord_http_server_listener(server.http)), 0);
    cord_str rest = {(const char *)data + 1, size - 1};
    size_t step = data[0] == 0 ? rest.len : data[0];
    for (; rest.len > 0; rest = cord_str_from_byte(rest, step)) {
        cord_str piece = cord_str_slice(rest, 0, step);
        (void)!send(client, piece.ptr, piece.len, MSG_NOSIGNAL | MSG_DONTWAIT);
        kit_loop_settle(server.loop);
        if (step % 2 == 0) {
            answer_waiting(&server);
        }
    }
    if (step % 3 == 0) {
        (void)close(client);
        kit_loop_settle(server.loop);
    }
    if (step % 5 != 0) {
        answer_waiting(&server);
    }
    cord_http_server_free(server.http);
    answer_waiting(&server);
    assert(atomic_load(&server.budget.bytes) == 0);
    assert(server.live == 0);
    cord_loop_free(server.loop);
    if (step % 3 != 0) {
        (void)close(client);
    }
    return 0;
}
