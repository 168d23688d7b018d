/*
 * bench_comms.c: what connections cost the process that serves them.
 *
 *   openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
 *       -subj /CN=bench -keyout key.pem -out cert.pem
 *   bench_comms cert.pem key.pem 10000
 *
 * The server is a process of its own with one loop, so that memory and CPU time
 * are its alone. An object a line: memory of a connection that is idle after
 * some bytes both ways, CPU time of a handshake, of a message that is echoed,
 * and of a gigabyte received.
 */
#include "comms/listener.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MESSAGE = 256, MESSAGES = 100000, BLOCK = 65536, BLOCKS = 16384 };

struct figures {
    uint64_t rss_bytes;
    uint64_t cpu_ns;
    uint64_t open;
};

_Noreturn static void die(const char *what)
{
    perror(what);
    exit(1);
}

/* --- the server --- */

struct server {
    struct cord_loop *loop;
    struct cord_listener *plain;
    struct cord_listener *tls;
    struct cord_watch control;
};

struct peer {
    struct cord_stream *stream;
};

/* Messages are sent back; what comes in blocks is only taken. */
static size_t on_take(void *self, cord_str bytes)
{
    const struct peer *peer = self;
    if (bytes.len <= MESSAGE && cord_stream_send(peer->stream, bytes) != CORD_OK) {
        cord_stream_close(peer->stream);
    }
    return bytes.len;
}

static void on_closed(void *self, enum cord_stream_end end, cord_str reason)
{
    (void)end;
    (void)reason;
    free(self);
}

static bool on_accepted(void *self, struct cord_loop *loop, const struct cord_stream_ops **ret_ops,
                        void **ret_self)
{
    static const struct cord_stream_ops ops = {.take = on_take, .closed = on_closed};
    (void)self;
    (void)loop;
    *ret_ops = &ops;
    *ret_self = calloc(1, sizeof(struct peer));
    return *ret_self != NULL;
}

static void on_begin(void *self, struct cord_stream *stream)
{
    ((struct peer *)self)->stream = stream;
}

static uint64_t resident_bytes(void)
{
    unsigned long total = 0;
    unsigned long resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%lu %lu", &total, &resident) != 2) {
        die("statm");
    }
    (void)fclose(file);
    return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* A byte asks for the figures; the end of the pipe ends the server. */
static void on_control(struct cord_watch *watch, uint32_t events)
{
    (void)events;
    struct server *server = CORD_LOOP_OWNER(watch, struct server, control);
    char byte;
    if (read(watch->file, &byte, 1) != 1) {
        cord_loop_stop(server->loop);
        return;
    }
    struct timespec cpu;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    struct figures figures = {
        resident_bytes(), (uint64_t)cpu.tv_sec * 1000000000 + (uint64_t)cpu.tv_nsec,
        cord_listener_stats(server->plain).open + cord_listener_stats(server->tls).open};
    if (write(watch->file, &figures, sizeof figures) != (ssize_t)sizeof figures) {
        die("control");
    }
}

static void serve(int control, const struct cord_tls_options *tls_options)
{
    struct server server = {.control = {control, on_control}};
    struct cord_error err = {0};
    struct cord_tls *tls = NULL;
    struct cord_listener_options options = {
        .address = CORD_STR("127.0.0.1:0"),
        .connections_max = 1000000,
        .connections_per_address_max = 1000000,
        .stream = {1 << 20, 1 << 20, 30000000000},
        .accepted = on_accepted,
        .begin = on_begin,
    };
    if (cord_loop_new(&server.loop, &err) != CORD_OK ||
        cord_tls_new(tls_options, &tls, &err) != CORD_OK ||
        cord_listener_new(&server.loop, 1, &options, &server.plain, &err) != CORD_OK) {
        (void)fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    options.tls = tls;
    if (cord_listener_new(&server.loop, 1, &options, &server.tls, &err) != CORD_OK ||
        cord_loop_watch(server.loop, &server.control, EPOLLIN, &err) != CORD_OK) {
        (void)fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    uint16_t ports[2] = {cord_listener_port(server.plain), cord_listener_port(server.tls)};
    if (write(control, ports, sizeof ports) != (ssize_t)sizeof ports ||
        cord_loop_run(server.loop, &err) != CORD_OK) {
        die("loop");
    }
    _exit(0);
}

/* --- the clients --- */

struct client {
    int file;
    SSL *ssl; /* NULL: plain */
};

static struct figures ask(int control)
{
    struct figures figures;
    if (write(control, "?", 1) != 1 ||
        recv(control, &figures, sizeof figures, MSG_WAITALL) != (ssize_t)sizeof figures) {
        die("control");
    }
    return figures;
}

static struct client connect_to(uint16_t port, SSL_CTX *context)
{
    struct sockaddr_in name = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct client client = {.file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (client.file < 0 || connect(client.file, (struct sockaddr *)&name, sizeof name) != 0) {
        die("connect");
    }
    if (context) {
        client.ssl = SSL_new(context);
        if (!client.ssl || SSL_set_fd(client.ssl, client.file) != 1 ||
            SSL_connect(client.ssl) != 1) {
            die("TLS");
        }
    }
    return client;
}

static void put(const struct client *client, const char *bytes, size_t len)
{
    size_t sent = 0;
    bool good = client->ssl ? SSL_write_ex(client->ssl, bytes, len, &sent) == 1
                            : send(client->file, bytes, len, 0) == (ssize_t)len;
    if (!good) {
        die("send");
    }
}

static void get(const struct client *client, char *into, size_t len)
{
    for (size_t got = 0; got < len;) {
        size_t more = 0;
        if (client->ssl) {
            if (SSL_read_ex(client->ssl, into + got, len - got, &more) != 1) {
                die("receive");
            }
        } else {
            ssize_t count = recv(client->file, into + got, len - got, 0);
            if (count <= 0) {
                die("receive");
            }
            more = (size_t)count;
        }
        got += more;
    }
}

static void idle(int control, uint16_t port, SSL_CTX *context, size_t count)
{
    char message[MESSAGE] = {0};
    struct client warm = connect_to(port, context);
    put(&warm, message, sizeof message);
    get(&warm, message, sizeof message);
    struct figures before = ask(control);
    for (size_t at = 0; at < count; at++) {
        struct client client = connect_to(port, context);
        put(&client, message, sizeof message);
        get(&client, message, sizeof message);
        /* The descriptor stays; what the client's side weighs is of no interest. */
        SSL_set_quiet_shutdown(client.ssl, 1);
        SSL_free(client.ssl);
    }
    struct figures after = ask(control);
    (void)printf("{\"bench\":\"idle_tls\",\"connections\":%zu,\"bytes_each\":%.0f,"
                 "\"rss_mb\":%.1f,\"handshake_cpu_us\":%.1f}\n",
                 count, (double)(after.rss_bytes - before.rss_bytes) / (double)count,
                 (double)after.rss_bytes / 1e6,
                 (double)(after.cpu_ns - before.cpu_ns) / (double)count / 1e3);
}

static void transfer(int control, uint16_t port, SSL_CTX *context, const char *name)
{
    static char block[BLOCK];
    struct client client = connect_to(port, context);
    struct figures start = ask(control);
    for (size_t at = 0; at < MESSAGES; at++) {
        put(&client, block, MESSAGE);
        get(&client, block, MESSAGE);
    }
    struct figures middle = ask(control);
    for (size_t at = 0; at < BLOCKS; at++) {
        put(&client, block, BLOCK);
    }
    (void)shutdown(client.file, SHUT_WR);
    char byte;
    (void)recv(client.file, &byte, 1, 0); /* all was taken: the server closes */
    struct figures end = ask(control);
    (void)printf("{\"bench\":\"%s\",\"echo_cpu_us\":%.2f,\"receive_gb_cpu_s\":%.2f}\n", name,
                 (double)(middle.cpu_ns - start.cpu_ns) / MESSAGES / 1e3,
                 (double)BLOCK * BLOCKS / (double)(end.cpu_ns - middle.cpu_ns));
    close(client.file);
    SSL_free(client.ssl);
}

int main(int argc, char **argv)
{
    int control[2];
    uint16_t ports[2];
    if (argc != 4) {
        (void)fprintf(stderr, "usage: bench_comms CERTIFICATE KEY CONNECTIONS\n");
        return 2;
    }
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, control) != 0) {
        die("socketpair");
    }
    pid_t server = fork();
    if (server < 0) {
        die("fork");
    }
    if (server == 0) {
        close(control[0]);
        serve(control[1], &(struct cord_tls_options){argv[1], argv[2], NULL, false, NULL});
    }
    close(control[1]);
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context || recv(control[0], ports, sizeof ports, MSG_WAITALL) != (ssize_t)sizeof ports) {
        die("server");
    }
    transfer(control[0], ports[0], NULL, "plain");
    transfer(control[0], ports[1], context, "tls");
    idle(control[0], ports[1], context, strtoul(argv[3], NULL, 10));
    close(control[0]);
    SSL_CTX_free(context);
    return waitpid(server, NULL, 0) == server ? 0 : 1;
}
