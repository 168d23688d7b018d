/* fuzz_api.c: a request line, headers and a body of anybody's making, over a socket to the whole
 * API. Every request that is one is answered, with a status that its route's row has. */
#include "kit/kit_api.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct asked {
    int client;
    char text[65536];
    size_t len;
    bool ended;
};

static bool is_over(void *self)
{
    struct asked *asked = self;
    ssize_t got = recv(asked->client, asked->text + asked->len, sizeof asked->text - asked->len,
                       MSG_DONTWAIT);
    asked->ended = got == 0;
    asked->len += got > 0 ? (size_t)got : 0;
    /* A stream does not end by itself; what is longer needs no look. */
    return asked->ended || asked->len == sizeof asked->text ||
           cord_str_find((cord_str){asked->text, asked->len}, CORD_STR(": cordon\n"), 0) !=
               SIZE_MAX;
}

/* The first status is one that the route may answer with. */
static void check_status(const struct asked *asked, cord_str request)
{
    struct cord_api_target target = {0};
    uint64_t status = 0;
    cord_str rest = request;
    cord_str method;
    cord_str path;
    assert(asked->len > 12 && cord_str_u64((cord_str){asked->text + 9, 3}, &status));
    assert(status >= 200 && status < 600 && status != 500);
    if (cord_str_cut(&rest, ' ', &method) && cord_str_cut(&rest, ' ', &path) &&
        cord_str_eq(method, CORD_STR("GET")) && cord_str_find_char(path, '%', 0) == SIZE_MAX) {
        path = cord_str_slice(path, 0, cord_str_find_char(path, '?', 0));
        if (cord_api_route_find(CORD_HTTP_GET, path, &target) == CORD_API_MATCH_FOUND) {
            assert(cord_api_route_answers(target.route, (unsigned)status) || status == 400 ||
                   status == 413 || status == 417 || status == 431 || status == 501 ||
                   status == 505);
        }
    }
}

/* One for all inputs: to begin one takes longer than to ask it. */
static struct kit_api *kit;
static uint32_t connected;

static void end(void)
{
    kit_api_done(kit);
    free(kit);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct asked *asked = calloc(1, sizeof *asked);
    struct cord_buf text;
    if (!kit) {
        kit = malloc(sizeof *kit);
        kit_api_init(kit, NULL);
        (void)atexit(end);
    }
    cord_str request = {(const char *)data, size};
    size_t line = cord_str_find(request, CORD_STR("\r\n"), 0);
    cord_buf_init(&text, size + 4096);
    cord_buf_put(&text, cord_str_slice(request, 0, line));
    cord_buf_put(&text, CORD_STR("\r\nHost: h\r\nConnection: close\r\n"));
    kit_api_credentials(kit, size % 2 ? "RXA" : "nation", &text);
    cord_buf_put(&text,
                 line == SIZE_MAX ? CORD_STR("\r\n") : cord_str_from_byte(request, line + 2));
    cord_buf_put(&text, CORD_STR("\r\n\r\n"));
    asked->client = kit_loop_connect_apart(cord_listener_port(cord_http_server_listener(kit->http)),
                                           connected++);
    (void)!send(asked->client, text.ptr, text.len, MSG_NOSIGNAL);
    (void)shutdown(asked->client, SHUT_WR);
    kit_loop_until(kit->loop, is_over, asked);
    if (asked->len > 0) {
        check_status(asked, request);
    }
    (void)close(asked->client);
    kit_loop_settle(kit->loop);
    cord_buf_done(&text);
    free(asked);
    return 0;
}
