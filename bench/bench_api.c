/*
 * bench_api.c: asks a server's API the same again and again, over connections that stay.
 *
 * bench_api -p PORT -t TOKEN [-c connections] [-s seconds] PATH
 *
 * Each connection has a thread that asks, waits for the whole reply, and asks again. One line of
 * JSON: how many replies, how long they took, and how much of this machine asking took. bench/api
 * begins a server, and adds what a request costs it.
 */
#include "base/str.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 256,
    TIMES_MAX = 200000,
    REPLY_BYTES_MAX = 16 << 20,
    REQUEST_BYTES = 2048
};

struct asker {
    pthread_t thread;
    uint16_t port;
    cord_str request;
    double until_s;
    char *reply; /* REPLY_BYTES_MAX */
    double *times_s;
    size_t count;
    size_t bytes; /* of the last reply */
    const char *failed;
};

static double now_s(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now); /* fails for no clock there is */
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int connect_to(uint16_t port)
{
    const int on = 1;
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port)};
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client >= 0 && connect(client, (const struct sockaddr *)&name, sizeof name) != 0) {
        (void)close(client);
        client = -1;
    }
    if (client >= 0) {
        (void)setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    return client;
}

/* How long the whole reply is to be; 0: its head is not all there. */
static size_t whole_of(cord_str reply)
{
    static const cord_str name = {"\r\nContent-Length: ", 18};
    size_t end = cord_str_find(reply, CORD_STR("\r\n\r\n"), 0);
    size_t at = end == SIZE_MAX ? SIZE_MAX : cord_str_find(reply, name, 0);
    uint64_t length = 0;
    if (at == SIZE_MAX) {
        return 0;
    }
    cord_str rest = cord_str_from_byte(reply, at + name.len);
    rest = cord_str_slice(rest, 0, cord_str_find_char(rest, '\r', 0));
    return cord_str_u64(rest, &length) && length < REPLY_BYTES_MAX ? end + 4 + (size_t)length : 0;
}

/* One request and its reply; why it failed, or NULL. */
static const char *ask(struct asker *asker, int client)
{
    size_t len = 0;
    size_t whole = 0;
    if (send(client, asker->request.ptr, asker->request.len, MSG_NOSIGNAL) !=
        (ssize_t)asker->request.len) {
        return "the request was not sent";
    }
    while (whole == 0 || len < whole) {
        ssize_t got = recv(client, asker->reply + len, REPLY_BYTES_MAX - len, 0);
        if (got <= 0) {
            return "the reply broke off";
        }
        len += (size_t)got;
        whole = whole > 0 ? whole : whole_of((cord_str){asker->reply, len});
    }
    asker->bytes = len;
    return cord_str_starts((cord_str){asker->reply, len}, CORD_STR("HTTP/1.1 200 "))
               ? NULL
               : "the reply is not 200";
}

static void *run(void *argument)
{
    struct asker *asker = argument;
    int client = connect_to(asker->port);
    asker->failed = client < 0 ? "no connection" : NULL;
    while (!asker->failed && asker->count < TIMES_MAX) {
        double start = now_s(CLOCK_MONOTONIC);
        if (start >= asker->until_s) {
            break;
        }
        asker->failed = ask(asker, client);
        asker->times_s[asker->count++] = now_s(CLOCK_MONOTONIC) - start;
    }
    if (client >= 0) {
        (void)close(client);
    }
    return NULL;
}

static int compare(const void *a, const void *b)
{
    const double *x = a;
    const double *y = b;
    return *x < *y ? -1 : *x > *y ? 1 : 0;
}

static int report(struct asker *askers, size_t count, const char *path, double took_s)
{
    size_t total = 0;
    double *all = malloc((count * TIMES_MAX + 1) * sizeof *all);
    if (!all) {
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < count; i++) {
        if (askers[i].failed) {
            (void)fprintf(stderr, "bench_api: %s: %s: %.200s\n", path, askers[i].failed,
                          askers[i].reply);
            free(all);
            return EXIT_FAILURE;
        }
        memcpy(all + total, askers[i].times_s, askers[i].count * sizeof *all);
        total += askers[i].count;
    }
    if (total > 0) {
        qsort(all, total, sizeof *all, compare);
        (void)printf("{\"bench\":\"api\",\"path\":\"%s\",\"connections\":%zu,\"requests\":%zu,"
                     "\"seconds\":%.2f,\"requests_s\":%.0f,\"p50_us\":%.0f,\"p99_us\":%.0f,"
                     "\"reply_bytes\":%zu,\"asking_cpu_us\":%.1f}\n",
                     path, count, total, took_s, (double)total / took_s, all[total / 2] * 1e6,
                     all[total * 99 / 100] * 1e6, askers[0].bytes,
                     now_s(CLOCK_PROCESS_CPUTIME_ID) / (double)total * 1e6);
    }
    free(all);
    return total > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static bool start(struct asker *asker)
{
    asker->reply = calloc(1, REPLY_BYTES_MAX);
    asker->times_s = malloc(TIMES_MAX * sizeof *asker->times_s);
    return asker->reply && asker->times_s && pthread_create(&asker->thread, NULL, run, asker) == 0;
}

int main(int argc, char **argv)
{
    static struct asker askers[CONNECTIONS_MAX];
    unsigned long port = 0;
    unsigned long connections = 8;
    double seconds = 5;
    const char *token = "";
    char request[REQUEST_BYTES];
    for (int option; (option = getopt(argc, argv, "p:t:c:s:")) != -1;) {
        switch (option) {
        case 'p':
            port = strtoul(optarg, NULL, 10);
            break;
        case 't':
            token = optarg;
            break;
        case 'c':
            connections = strtoul(optarg, NULL, 10);
            break;
        case 's':
            seconds = strtod(optarg, NULL);
            break;
        default:
            return 2;
        }
    }
    if (optind + 1 != argc || port == 0 || port > UINT16_MAX || connections == 0 ||
        connections > CONNECTIONS_MAX) {
        (void)fputs("bench_api -p PORT -t TOKEN [-c connections] [-s seconds] PATH\n", stderr);
        return 2;
    }
    int len = snprintf(request, sizeof request,
                       "GET /api/v1%s HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer %s\r\n\r\n",
                       argv[optind], token);
    if (len < 0 || (size_t)len >= sizeof request) {
        return 2;
    }
    double began = now_s(CLOCK_MONOTONIC);
    for (size_t i = 0; i < connections; i++) {
        askers[i].port = (uint16_t)port;
        askers[i].request = (cord_str){request, (size_t)len};
        askers[i].until_s = began + seconds;
        if (!start(&askers[i])) {
            return EXIT_FAILURE;
        }
    }
    for (size_t i = 0; i < connections; i++) {
        (void)pthread_join(askers[i].thread, NULL);
    }
    int status = report(askers, connections, argv[optind], now_s(CLOCK_MONOTONIC) - began);
    for (size_t i = 0; i < connections; i++) {
        free(askers[i].reply);
        free(askers[i].times_s);
    }
    return status;
}
