/*
 * bench_http.c: what a POST costs the server.
 *
 * bench_http [-c connections] [-n requests] [-b body_bytes] [-a]
 * bench_http -s seconds [-p port] [-C certificate -K key]
 * One loop serves; a thread beside it sends to each connection in turn, and then
 * reads each reply. -a: the reply is given later, as after a commit. -s: serves
 * others instead, wrk for example. The time is the server thread's, its kernel
 * time included. One line of JSON.
 */
#include "comms/http_server.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 1000, BODY_BYTES_MAX = 16 << 20, LATER_MAX = CONNECTIONS_MAX };

struct bench {
    struct cord_loop *loop;
    struct cord_http_server *server;
    struct cord_tls *tls;
    struct cord_loop_task task; /* gives the late replies */
    struct cord_http *later[LATER_MAX];
    size_t later_count;
    uint16_t port;
    double cpu_s;
    size_t connections;
    size_t requests;
    size_t body_bytes;
    int seconds;
    bool late;
    bool failed;
};

static void answer(struct cord_http *http)
{
    cord_http_reply(http, &(struct cord_http_reply){
                              .status = 200,
                              .content_type = "application/json",
                              .body = CORD_STR("{\"text\":\"Success\",\"code\":0}"),
                          });
}

static void answer_all(struct cord_loop_task *task)
{
    struct bench *bench = CORD_LOOP_OWNER(task, struct bench, task);
    for (size_t i = 0; i < bench->later_count; i++) {
        answer(bench->later[i]);
    }
    bench->later_count = 0;
}

static void on_request(void *self, struct cord_http *http)
{
    struct bench *bench = self;
    /* As whoever stores it would: looked at, and taken away. */
    struct cord_buf body = *cord_http_request(http)->body;
    *cord_http_request(http)->body = (struct cord_buf){0};
    bench->failed = bench->failed || !cord_http_header(http, CORD_STR("authorization")).ptr;
    cord_buf_done(&body);
    if (!bench->late || bench->later_count == LATER_MAX) {
        answer(http);
        return;
    }
    if (bench->later_count == 0) {
        cord_loop_post(bench->loop, &bench->task);
    }
    bench->later[bench->later_count++] = http;
}

static void *serve(void *self)
{
    struct bench *bench = self;
    struct cord_error err = {0};
    struct timespec time;
    if (cord_loop_run(bench->loop, &err) != CORD_OK) {
        (void)fprintf(stderr, "%s\n", err.text);
        bench->failed = true;
    }
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    bench->cpu_s = (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
    return NULL;
}

static bool start(struct bench *bench, const char *port, struct cord_error *err)
{
    char address[32];
    (void)snprintf(address, sizeof address, "127.0.0.1:%s", port);
    const struct cord_http_server_options options = {
        .listener = {.address = cord_str_from(address),
                     .tls = bench->tls,
                     .connections_max = CONNECTIONS_MAX},
        .handler = {.request = on_request, .self = bench},
        .head_bytes_max = 16384,
        .body_bytes_max = BODY_BYTES_MAX,
        .reply_bytes_max = 65536,
        .idle_ns = 60000000000,
        .head_ns = 10000000000,
        .body_bytes_a_second = 1000,
    };
    bench->task.run = answer_all;
    if (cord_loop_new(&bench->loop, err) != CORD_OK ||
        cord_http_server_new(&bench->loop, 1, &options, &bench->server, err) != CORD_OK) {
        return false;
    }
    bench->port = cord_listener_port(cord_http_server_listener(bench->server));
    return true;
}

/* --- the client --- */

static int connect_one(uint16_t port)
{
    struct sockaddr_in name = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (file >= 0 && connect(file, (const struct sockaddr *)&name, sizeof name) != 0) {
        (void)close(file);
        return -1;
    }
    return file;
}

static char *make_request(size_t body_bytes, size_t *ret_len)
{
    char *request = malloc(body_bytes + 512);
    if (request) {
        int head = snprintf(request, 512,
                            "POST /services/collector/event HTTP/1.1\r\n"
                            "Host: 127.0.0.1:8088\r\nUser-Agent: bench/1.0\r\n"
                            "Authorization: Splunk 5d1e7a3c-0b52-4b0e-9f1d-0a6c2f9f3b77\r\n"
                            "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                            body_bytes);
        memset(request + head, 'x', body_bytes);
        *ret_len = (size_t)head + body_bytes;
    }
    return request;
}

static bool send_all(int file, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(file, bytes, len, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes += sent;
        len -= (size_t)sent;
    }
    return true;
}

/* All connections, one request each, and then one reply each. */
static bool exchange(const int *files, size_t count, const char *request, size_t len)
{
    char reply[1024];
    bool sound = true;
    for (size_t i = 0; i < count && sound; i++) {
        sound = send_all(files[i], request, len);
    }
    for (size_t i = 0; i < count && sound; i++) {
        ssize_t got = recv(files[i], reply, sizeof reply, 0);
        sound = got > 12 && memcmp(reply, "HTTP/1.1 200", 12) == 0;
    }
    return sound;
}

static void run_client(struct bench *bench)
{
    int files[CONNECTIONS_MAX];
    size_t len = 0;
    char *request = make_request(bench->body_bytes, &len);
    bool sound = request != NULL;
    size_t open = 0;
    for (; open < bench->connections && sound; open++) {
        files[open] = connect_one(bench->port);
        sound = files[open] >= 0;
    }
    for (size_t sent = 0; sent < bench->requests && sound; sent += open) {
        sound = exchange(files, open, request, len);
    }
    for (size_t i = 0; i < open; i++) {
        if (files[i] >= 0) {
            (void)close(files[i]);
        }
    }
    bench->failed = bench->failed || !sound;
    free(request);
}

static void report(const struct bench *bench)
{
    struct cord_http_server_stats stats = cord_http_server_stats(bench->server);
    double requests = (double)stats.requests;
    printf("{\"bench\":\"http\",\"connections\":%zu,\"requests\":%llu,\"body_bytes\":%zu,"
           "\"tls\":%s,\"late\":%s,\"cpu_s\":%.3f,\"requests_cpu_s\":%.0f,\"malformed\":%llu}\n",
           bench->connections, (unsigned long long)stats.requests, bench->body_bytes,
           bench->tls ? "true" : "false", bench->late ? "true" : "false", bench->cpu_s,
           bench->cpu_s > 0 ? requests / bench->cpu_s : 0.0, (unsigned long long)stats.malformed);
}

static int run(struct bench *bench, const char *port)
{
    struct cord_error err = {0};
    pthread_t thread;
    if (!start(bench, port, &err) || pthread_create(&thread, NULL, serve, bench) != 0) {
        (void)fprintf(stderr, "bench_http: %s\n", err.text);
        return 3;
    }
    if (bench->seconds > 0) {
        (void)fprintf(stderr, "bench_http: 127.0.0.1:%u\n", bench->port);
        (void)sleep((unsigned)bench->seconds);
    } else {
        run_client(bench);
    }
    cord_loop_stop(bench->loop);
    (void)pthread_join(thread, NULL);
    report(bench);
    cord_http_server_free(bench->server);
    cord_loop_free(bench->loop);
    cord_tls_unref(bench->tls);
    return bench->failed ? 3 : 0;
}

int main(int argc, char **argv)
{
    struct bench bench = {.connections = 32, .requests = 400000, .body_bytes = 1024};
    struct cord_tls_options tls = {0};
    const char *port = "0";
    for (int c; (c = getopt(argc, argv, "c:n:b:as:p:C:K:")) != -1;) {
        unsigned long value = optarg ? strtoul(optarg, NULL, 10) : 0;
        switch (c) {
        case 'c':
            bench.connections = value;
            break;
        case 'n':
            bench.requests = value;
            break;
        case 'b':
            bench.body_bytes = value;
            break;
        case 'a':
            bench.late = true;
            break;
        case 's':
            bench.seconds = (int)value;
            break;
        case 'p':
            port = optarg;
            break;
        case 'C':
            tls.certificate = optarg;
            break;
        case 'K':
            tls.key = optarg;
            break;
        default:
            return 2;
        }
    }
    struct cord_error err = {0};
    if (bench.connections > CONNECTIONS_MAX || bench.body_bytes > BODY_BYTES_MAX ||
        (tls.key && bench.seconds == 0)) {
        (void)fprintf(stderr, "bench_http: too many, too long, or TLS without -s\n");
        return 2;
    }
    if (tls.key && cord_tls_new(&tls, &bench.tls, &err) != CORD_OK) {
        (void)fprintf(stderr, "bench_http: %s\n", err.text);
        return 3;
    }
    return run(&bench, port);
}
