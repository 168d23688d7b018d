/* test_http_curl.c: the server as curl meets it, plain and over TLS. Skipped without curl. */
#include "kit/kit_certificates.h"
#include "kit/kit_loop.h"

#include "comms/http_server.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { BODY_BYTES_MAX = 8 << 20, ARGS_MAX = 32 };

#define SECOND_NS 1000000000LL

struct server {
    struct cord_loop *loop;
    struct cord_http_server *http;
    char *dir;
    char body_path[160]; /* BODY_BYTES_MAX bytes */
    char out_path[160];  /* what curl wrote */
    cord_str body;
    cord_str wanted;       /* of the next request's body */
    const char *authority; /* of the certificate; NULL: plain */
    bool tls;
    bool certified;
};

/* Says whether the body is what was sent. */
static void on_request(void *self, struct cord_http *http)
{
    struct server *server = self;
    const struct cord_http_request *request = cord_http_request(http);
    bool same = cord_str_eq(cord_buf_str(request->body), server->wanted);
    server->certified = request->certificate->present;
    CHECK(request->tls == server->tls);
    cord_http_reply(http, &(struct cord_http_reply){
                              .status = 200,
                              .content_type = "text/plain",
                              .body = same ? CORD_STR("the same\n") : CORD_STR("another\n"),
                          });
}

static void make_body(struct server *server)
{
    char *body = malloc(BODY_BYTES_MAX);
    CHECK(body);
    for (size_t i = 0; i < BODY_BYTES_MAX; i++) {
        body[i] = (char)(i * 2654435761U >> 13);
    }
    server->body = (cord_str){body, BODY_BYTES_MAX};
    FILE *file = fopen(server->body_path, "wb");
    CHECK(file);
    CHECK(fwrite(body, 1, BODY_BYTES_MAX, file) == BODY_BYTES_MAX);
    CHECK(fclose(file) == 0);
}

static void server_new(struct server *server, struct cord_tls *tls, char *dir)
{
    *server = (struct server){.dir = dir, .tls = tls != NULL};
    (void)snprintf(server->body_path, sizeof server->body_path, "%s/body", dir);
    (void)snprintf(server->out_path, sizeof server->out_path, "%s/out", dir);
    make_body(server);
    const struct cord_http_server_options options = {
        .listener = {.address = CORD_STR("127.0.0.1:0"), .tls = tls, .connections_max = 16},
        .handler = {.request = on_request, .self = server},
        .head_bytes_max = 16384,
        .body_bytes_max = BODY_BYTES_MAX,
        .reply_bytes_max = 65536,
        .idle_ns = 60 * SECOND_NS,
        .head_ns = 60 * SECOND_NS,
    };
    CHECK(cord_loop_new(&server->loop, NULL) == CORD_OK);
    CHECK(cord_http_server_new(&server->loop, 1, &options, &server->http, NULL) == CORD_OK);
}

static void server_free(struct server *server)
{
    cord_http_server_free(server->http);
    cord_loop_free(server->loop);
    free((void *)(uintptr_t)server->body.ptr);
    kit_certificates_free(server->dir);
}

static bool has_ended(void *self)
{
    pid_t *child = self;
    int status = 0;
    if (waitpid(*child, &status, WNOHANG) != *child) {
        return false;
    }
    *child = WIFEXITED(status) ? -WEXITSTATUS(status) : -255;
    return true;
}

static pid_t spawn(const char *const *args, const char *out_path)
{
    pid_t child = -1;
    posix_spawn_file_actions_t actions;
    CHECK(posix_spawn_file_actions_init(&actions) == 0);
    CHECK(posix_spawn_file_actions_addopen(&actions, 1, out_path, O_WRONLY | O_CREAT | O_TRUNC,
                                           0600) == 0);
    int failed =
        posix_spawnp(&child, args[0], &actions, NULL, (char *const *)(uintptr_t)args, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    return failed == 0 ? child : -1;
}

static void skip_without_curl(void)
{
    const char *const args[] = {"curl", "--version", NULL};
    pid_t child = spawn(args, "/dev/null");
    if (child < 0 || waitpid(child, NULL, 0) != child) {
        print_message("[  NOTICE  ] curl is not here\n");
        skip();
    }
}

/* curl ARGS... URL, while the loop turns; what it wrote has to be this. */
static void check_curl(struct server *server, const char *const *args, const char *wanted)
{
    char url[64];
    uint16_t port = cord_listener_port(cord_http_server_listener(server->http));
    (void)snprintf(url, sizeof url, "%s://localhost:%u/x", server->tls ? "https" : "http", port);
    const char *all[ARGS_MAX] = {"curl", "-q", "-sS", "-4", "--noproxy", "*", "-w", "%{http_code}"};
    size_t count = 8;
    if (server->authority) {
        all[count++] = "--cacert";
        all[count++] = server->authority;
    }
    for (; *args; args++) {
        CHECK(count < ARGS_MAX - 2);
        all[count++] = *args;
    }
    all[count++] = url;
    pid_t child = spawn(all, server->out_path);
    CHECK(child > 0);
    kit_loop_until(server->loop, has_ended, &child);
    CHECK_I64(child, 0);
    cord_str out = kit_read_file(server->out_path);
    kit_check_str(out, cord_str_from(wanted), __FILE__, __LINE__);
    free((void *)(uintptr_t)out.ptr);
}

#define CHECK_CURL(server, wanted, ...)                                                            \
    check_curl((server), (const char *const[]){__VA_ARGS__, NULL}, wanted)

/* "@PATH" of the first bytes of the body. */
static const char *data_of(struct server *server, size_t len, char *into, size_t room)
{
    (void)snprintf(into, room, "@%s", server->body_path);
    CHECK(truncate(server->body_path, (off_t)len) == 0);
    server->wanted = cord_str_slice(server->body, 0, len);
    return into;
}

static void sends_bodies(struct server *server)
{
    static const size_t LENS[] = {BODY_BYTES_MAX, BODY_BYTES_MAX - 1, 2000000, 65536, 1000, 1, 0};
    char data[200];
    for (size_t i = 0; i < sizeof LENS / sizeof *LENS; i++) {
        (void)data_of(server, LENS[i], data, sizeof data);
        CHECK_CURL(server, "the same\n200", "--data-binary", data);
        CHECK_CURL(server, "the same\n200", "--data-binary", data, "-H",
                   "Transfer-Encoding: chunked");
        CHECK_CURL(server, "the same\n200", "--data-binary", data, "-H", "Expect: 100-continue");
        CHECK_CURL(server, "the same\n200", "--data-binary", data, "--http1.0");
    }
    struct cord_http_server_stats stats = cord_http_server_stats(server->http);
    CHECK_U64(stats.malformed, 0);
    CHECK_U64(stats.replies[2], 4 * sizeof LENS / sizeof *LENS);
}

static void curl_sends_bodies(void)
{
    skip_without_curl();
    struct server server;
    server_new(&server, NULL, kit_certificates_new());
    sends_bodies(&server);
    CHECK_CURL(&server,
               "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\n200", "-I");
    server_free(&server);
}

/* What is refused before it was read is read by curl nonetheless. */
static void curl_hears_that_a_body_is_too_long(void)
{
    skip_without_curl();
    struct server server;
    char data[200];
    server_new(&server, NULL, kit_certificates_new());
    (void)data_of(&server, BODY_BYTES_MAX + 1, data, sizeof data);
    const char *wanted = "{\"title\":\"Content Too Large\",\"status\":413,"
                         "\"detail\":\"the body is longer than 8388608 bytes\"}\n413";
    CHECK_CURL(&server, wanted, "--data-binary", data);
    CHECK_CURL(&server, wanted, "--data-binary", data, "-H", "Expect:");
    CHECK_CURL(&server, wanted, "--data-binary", data, "-H", "Expect:", "-H",
               "Transfer-Encoding: chunked");
    server_free(&server);
}

static void curl_keeps_its_connection(void)
{
    skip_without_curl();
    struct server server;
    char url[64];
    server_new(&server, NULL, kit_certificates_new());
    uint16_t port = cord_listener_port(cord_http_server_listener(server.http));
    (void)snprintf(url, sizeof url, "http://localhost:%u/y", port);
    CHECK_CURL(&server, "the same\n200the same\n200the same\n200", url, url);
    CHECK_U64(cord_http_server_stats(server.http).connections.accepted, 1);
    server_free(&server);
}

static void curl_speaks_tls(void)
{
    skip_without_curl();
    char *dir = kit_certificates_new();
    struct kit_certificate authority = kit_certificate_make(
        dir, &(struct kit_certificate_options){.name = "authority", .kind = KIT_AUTHORITY});
    struct kit_certificate own = kit_certificate_make(
        dir, &(struct kit_certificate_options){
                 .name = "server", .dns = "localhost", .kind = KIT_SERVER, .issuer = &authority});
    struct kit_certificate client =
        kit_certificate_make(dir, &(struct kit_certificate_options){
                                      .name = "client", .kind = KIT_CLIENT, .issuer = &authority});
    struct cord_tls *tls = kit_certificate_server(&own, &authority, false);
    struct server server;
    server_new(&server, tls, dir);
    server.authority = authority.path;
    sends_bodies(&server);
    CHECK(!server.certified);
    CHECK_CURL(&server, "the same\n200", "--cert", client.path, "--key", client.key_path);
    CHECK(server.certified);
    cord_tls_unref(tls);
    server_free(&server);
    kit_certificate_done(&client);
    kit_certificate_done(&own);
    kit_certificate_done(&authority);
}

KIT_MAIN(KIT_TEST(curl_sends_bodies), KIT_TEST(curl_hears_that_a_body_is_too_long),
         KIT_TEST(curl_keeps_its_connection), KIT_TEST(curl_speaks_tls))
