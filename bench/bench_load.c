/*
 * bench_load.c: a bounded load on a running server, and what it acknowledged.
 *
 * bench_load --protocol ndjson|hec|bulk|syslog|syslog-udp --port N --events FILE
 *            [--address A] [--from A] [--tls] [--certificate F --key F] [--token T] [--connections
 * N]
 *            [--seconds S] [--count N] [--rate N] [--size BYTES] [--batch N]
 *            [--duplicates PERCENT] [--seed N]
 *
 * Events are lines of FILE, in an order drawn from the seed; with --size only those
 * within a quarter of it, or, where there are too few, shorter ones made longer;
 * --duplicates repeats the line before. Each
 * connection is a thread that sends a batch and waits for the answer (syslog has
 * none: it counts what was sent). Refused for want of room, a batch is sent again
 * after the time that the answer names. One line of JSON at the end, against
 * which the server's ledger can be checked: sent = acknowledged + refused +
 * unknown, the last being those whose answer never came.
 */
#include "base/buf.h"
#include "base/option.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    ARENA_BYTES_MAX = 1 << 20,
    CONNECTIONS_MAX = 1024,
    REPLY_BYTES_MAX = 8 << 20,
    BODY_BYTES_MAX = 64 << 20,
    LATENCIES_MAX = 1 << 16,
    LINES_ENOUGH = 500,
};

enum protocol { NDJSON, HEC, BULK, SYSLOG, SYSLOG_UDP };
static const char *const protocol_words[] = {"ndjson", "hec", "bulk", "syslog", "syslog-udp", NULL};

struct load_config {
    unsigned protocol;
    cord_str address;
    cord_str from;
    uint32_t port;
    cord_str events;
    bool tls;
    cord_str certificate;
    cord_str key;
    cord_str token;
    uint32_t connections;
    uint32_t seconds;
    uint32_t count;
    uint32_t rate;
    uint32_t size;
    uint32_t batch;
    uint32_t duplicates;
    uint32_t seed;
    bool help;
};

static const struct cord_option options[] = {
    CORD_OPTION_CHOICE(struct load_config, protocol, NDJSON, protocol_words, "what to speak"),
    CORD_OPTION_TEXT(struct load_config, address, "127.0.0.1", "IPv4 address of the server"),
    CORD_OPTION_TEXT(struct load_config, from, "", "IPv4 address of ours to send from"),
    CORD_OPTION_U32(struct load_config, port, 0, 0, 65535, "its port"),
    CORD_OPTION_TEXT(struct load_config, events, NULL, "file of events, a line each"),
    CORD_OPTION_FLAG(struct load_config, tls, "speak TLS; the server's certificate is not checked"),
    CORD_OPTION_TEXT(struct load_config, certificate, NULL, "PEM: the client's certificate"),
    CORD_OPTION_TEXT(struct load_config, key, NULL, "PEM: its key"),
    CORD_OPTION_TEXT(struct load_config, token, "", "the source's token"),
    CORD_OPTION_U32(struct load_config, connections, 4, 1, CONNECTIONS_MAX, "connections"),
    CORD_OPTION_U32(struct load_config, seconds, 10, 1, 86400, "how long"),
    CORD_OPTION_U32(struct load_config, count, 0, 0, 2000000000, "events at most; 0: no bound"),
    CORD_OPTION_U32(struct load_config, rate, 0, 0, 10000000, "events a second; 0: as many as go"),
    CORD_OPTION_U32(struct load_config, size, 0, 0, 65536, "bytes an event, about; 0: as they are"),
    CORD_OPTION_U32(struct load_config, batch, 500, 1, 100000, "events a request or write"),
    CORD_OPTION_U32(struct load_config, duplicates, 0, 0, 100,
                    "percent that repeat the one before"),
    CORD_OPTION_U32(struct load_config, seed, 1, 0, 1000000000, "of the order"),
    CORD_OPTION_FLAG(struct load_config, help, "print this help", .letter = 'h'),
    CORD_OPTION_END,
};

struct load {
    struct load_config config;
    SSL_CTX *tls;
    cord_str *lines;
    size_t line_count;
    struct timespec began;
    _Atomic uint64_t claimed; /* events of batches begun, against --count and --rate */
    _Atomic bool stop;
};

struct connection {
    struct load *load;
    pthread_t thread;
    int socket;
    SSL *ssl;
    uint64_t random;
    size_t last; /* line */
    struct cord_buf body;
    struct cord_buf request;
    struct cord_buf reply;
    uint64_t sent;
    uint64_t bytes;
    uint64_t acknowledged;
    uint64_t refused;
    uint64_t unknown;
    uint64_t told_to_wait;
    uint64_t reconnects;
    float *latencies; /* ms, of answers: the first LATENCIES_MAX */
    size_t latency_count;
};

static double seconds_since(const struct timespec *began)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - began->tv_sec) + (double)(now.tv_nsec - began->tv_nsec) / 1e9;
}

static void sleep_seconds(double seconds)
{
    const struct timespec pause = {.tv_sec = (time_t)seconds,
                                   .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
    (void)nanosleep(&pause, NULL);
}

static uint64_t draw(struct connection *connection)
{
    uint64_t x = connection->random += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* --- bytes --- */

static bool write_all(struct connection *connection, cord_str bytes)
{
    while (bytes.len > 0) {
        ssize_t wrote = connection->ssl
                            ? SSL_write(connection->ssl, bytes.ptr,
                                        bytes.len < (1 << 30) ? (int)bytes.len : 1 << 30)
                            : send(connection->socket, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (wrote <= 0) {
            return false;
        }
        bytes = cord_str_from_byte(bytes, (size_t)wrote);
    }
    return true;
}

static bool read_some(struct connection *connection)
{
    char *at = cord_buf_reserve(&connection->reply, 65536);
    if (!at) {
        return false;
    }
    ssize_t got = connection->ssl ? SSL_read(connection->ssl, at, 65536)
                                  : recv(connection->socket, at, 65536, 0);
    connection->reply.len += got > 0 ? (size_t)got : 0;
    return got > 0;
}

static void hang_up(struct connection *connection)
{
    SSL_free(connection->ssl);
    connection->ssl = NULL;
    if (connection->socket >= 0) {
        (void)close(connection->socket);
    }
    connection->socket = -1;
}

static bool leave_from(const struct connection *connection)
{
    cord_str from = connection->load->config.from;
    struct sockaddr_in address = {.sin_family = AF_INET};
    return from.len == 0 ||
           (inet_pton(AF_INET, from.ptr, &address.sin_addr) == 1 &&
            bind(connection->socket, (struct sockaddr *)&address, sizeof address) == 0);
}

static bool dial(struct connection *connection)
{
    const struct load *load = connection->load;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)load->config.port)};
    bool udp = load->config.protocol == SYSLOG_UDP;
    hang_up(connection);
    if (inet_pton(AF_INET, load->config.address.ptr, &address.sin_addr) != 1) {
        return false;
    }
    connection->socket = socket(AF_INET, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
    if (connection->socket < 0 || !leave_from(connection) ||
        connect(connection->socket, (struct sockaddr *)&address, sizeof address) != 0) {
        return false;
    }
    if (load->tls) {
        connection->ssl = SSL_new(load->tls);
        return connection->ssl && SSL_set_fd(connection->ssl, connection->socket) == 1 &&
               SSL_connect(connection->ssl) == 1;
    }
    return true;
}

/* --- events --- */

static const cord_str *next_line(struct connection *connection)
{
    const struct load *load = connection->load;
    if (connection->last == SIZE_MAX || draw(connection) % 100 >= load->config.duplicates) {
        connection->last = draw(connection) % load->line_count;
    }
    return &load->lines[connection->last];
}

/* A JSON object is made longer by one more member with words of its own; any other
 * line stays as it is. */
static void put_padded(struct connection *connection, const cord_str *line, struct cord_buf *out)
{
    size_t size = connection->load->config.size;
    bool object = line->len > 2 && line->ptr[line->len - 1] == '}';
    if (size / 4 * 3 <= line->len || !object) {
        cord_buf_put(out, *line);
        return;
    }
    cord_buf_put(out, cord_str_slice(*line, 0, line->len - 1));
    cord_buf_put_text(out, ",\"load.pad\":\"");
    for (size_t len = line->len + 16; len < size; len++) {
        char c = line->ptr[draw(connection) % line->len];
        cord_buf_put_char(out, c == '"' || c == '\\' ? ' ' : c);
    }
    cord_buf_put_text(out, "\"}");
}

static void put_event(struct connection *connection)
{
    struct cord_buf *body = &connection->body;
    const cord_str *line = next_line(connection);
    char head[32];
    switch ((enum protocol)connection->load->config.protocol) {
    case NDJSON:
        put_padded(connection, line, body);
        cord_buf_put_char(body, '\n');
        break;
    case HEC:
        cord_buf_put_text(body, "{\"host\":\"load\",\"event\":");
        put_padded(connection, line, body);
        cord_buf_put_text(body, "}\n");
        break;
    case BULK:
        cord_buf_put_text(body, "{\"create\":{}}\n");
        put_padded(connection, line, body);
        cord_buf_put_char(body, '\n');
        break;
    case SYSLOG:
    case SYSLOG_UDP:
        cord_buf_clear(&connection->reply);
        cord_buf_put_text(&connection->reply, "<13>1 2026-01-01T00:00:00Z load bench - - - ");
        put_padded(connection, line, &connection->reply);
        if (connection->load->config.protocol == SYSLOG) {
            int len = snprintf(head, sizeof head, "%zu ", connection->reply.len);
            cord_buf_put(body, (cord_str){head, len > 0 ? (size_t)len : 0});
        }
        cord_buf_put(body, cord_buf_str(&connection->reply));
        cord_buf_clear(&connection->reply);
        break;
    }
}

/* How many events the next batch may have; waits for the rate. 0: the end. */
static uint32_t claim(struct connection *connection)
{
    struct load *load = connection->load;
    const struct load_config *config = &load->config;
    uint32_t batch = config->protocol == SYSLOG_UDP ? 1 : config->batch;
    uint64_t before = atomic_fetch_add(&load->claimed, batch);
    if (config->count > 0 && before >= config->count) {
        return 0;
    }
    if (config->count > 0 && before + batch > config->count) {
        batch = (uint32_t)(config->count - before);
    }
    if (config->rate > 0) {
        double due = (double)before / config->rate;
        double ahead = due - seconds_since(&load->began);
        if (due > config->seconds) {
            return 0;
        }
        if (ahead > 0) {
            sleep_seconds(ahead);
        }
    }
    return seconds_since(&load->began) < config->seconds ? batch : 0;
}

/* --- HTTP --- */

static void make_request(struct connection *connection)
{
    static const char *const paths[] = {"/api/v1/events", "/services/collector/event", "/_bulk"};
    const struct load_config *config = &connection->load->config;
    struct cord_buf *out = &connection->request;
    cord_buf_clear(out);
    cord_buf_printf(out,
                    "POST %s HTTP/1.1\r\nHost: load\r\nAuthorization: %s %.*s\r\n"
                    "Content-Type: application/x-ndjson\r\nContent-Length: %zu\r\n\r\n",
                    paths[config->protocol], config->protocol == HEC ? "Splunk" : "Bearer",
                    CORD_STR_ARG(config->token), connection->body.len);
    cord_buf_put(out, cord_buf_str(&connection->body));
}

static size_t header_number(cord_str head, const char *name, size_t otherwise)
{
    size_t at = cord_str_find(head, cord_str_from(name), 0);
    uint64_t value = 0;
    if (at == SIZE_MAX) {
        return otherwise;
    }
    cord_str rest = cord_str_from_byte(head, at + strlen(name));
    size_t end = cord_str_find_char(rest, '\r', 0);
    return cord_str_u64(cord_str_trim(cord_str_slice(rest, 0, end)), &value) ? (size_t)value
                                                                             : otherwise;
}

/* The whole answer; its status, or 0. */
static unsigned read_reply(struct connection *connection, cord_str *ret_head, cord_str *ret_body)
{
    cord_buf_clear(&connection->reply);
    for (;;) {
        cord_str text = cord_buf_str(&connection->reply);
        size_t end = text.len > 0 ? cord_str_find(text, CORD_STR("\r\n\r\n"), 0) : SIZE_MAX;
        if (end != SIZE_MAX) {
            cord_str head = cord_str_slice(text, 0, end + 2);
            size_t len = header_number(head, "Content-Length:", SIZE_MAX);
            len = len == SIZE_MAX ? header_number(head, "content-length:", 0) : len;
            if (text.len >= end + 4 + len) {
                uint64_t status = 0;
                *ret_head = head;
                *ret_body = cord_str_slice(text, end + 4, len);
                return cord_str_u64(cord_str_slice(head, 9, 3), &status) ? (unsigned)status : 0;
            }
        }
        if (!read_some(connection)) {
            return 0;
        }
    }
}

static size_t count_of(cord_str body, const char *key, size_t otherwise)
{
    size_t at = cord_str_find(body, cord_str_from(key), 0);
    size_t value = 0;
    if (at == SIZE_MAX) {
        return otherwise;
    }
    for (at += strlen(key); at < body.len && cord_str_is_digit(body.ptr[at]); at++) {
        value = value * 10 + (size_t)(body.ptr[at] - '0');
    }
    return value;
}

static size_t occurrences(cord_str text, const char *needle)
{
    size_t count = 0;
    size_t at = 0;
    while ((at = cord_str_find(text, cord_str_from(needle), at)) != SIZE_MAX) {
        count++;
        at += strlen(needle);
    }
    return count;
}

static void take_reply(struct connection *connection, unsigned status, cord_str body,
                       uint32_t batch)
{
    size_t stored = batch;
    if (status != 200) {
        connection->refused += batch;
        return;
    }
    if (connection->load->config.protocol == NDJSON) {
        stored = count_of(body, "\"stored\":", 0);
    } else if (connection->load->config.protocol == BULK) {
        stored = occurrences(body, "\"status\":201");
    }
    connection->acknowledged += stored;
    connection->refused += batch - stored;
}

/* Sends the batch until it is answered for good. False: the time is over. */
static bool exchange(struct connection *connection, uint32_t batch)
{
    cord_str head;
    cord_str body;
    make_request(connection);
    for (;;) {
        struct timespec began;
        (void)clock_gettime(CLOCK_MONOTONIC, &began);
        unsigned status = write_all(connection, cord_buf_str(&connection->request))
                              ? read_reply(connection, &head, &body)
                              : 0;
        if (status == 429 || status == 503) {
            connection->told_to_wait++;
            sleep_seconds((double)header_number(head, "Retry-After:", 1));
        } else if (status != 0) {
            if (connection->latency_count < LATENCIES_MAX) {
                connection->latencies[connection->latency_count++] =
                    (float)(seconds_since(&began) * 1e3);
            }
            take_reply(connection, status, body, batch);
            return true;
        } else {
            /* No answer: it may be stored, or not. It is sent again, as agents do. */
            connection->reconnects++;
            sleep_seconds(0.05);
            (void)dial(connection);
        }
        if (atomic_load(&connection->load->stop)) {
            connection->unknown += batch;
            return false;
        }
    }
}

static bool send_plain(struct connection *connection, uint32_t batch)
{
    if (!write_all(connection, cord_buf_str(&connection->body))) {
        connection->unknown += batch;
        connection->reconnects++;
        sleep_seconds(0.05);
        (void)dial(connection);
        return !atomic_load(&connection->load->stop);
    }
    connection->acknowledged += batch; /* sent: there is no answer */
    return true;
}

/* Closing with bytes unread (TLS tickets) would take back what is still on its way. */
static void leave(struct connection *connection)
{
    if (connection->ssl) {
        (void)SSL_shutdown(connection->ssl);
    }
    if (connection->socket >= 0 && connection->load->config.protocol != SYSLOG_UDP) {
        (void)shutdown(connection->socket, SHUT_WR);
        cord_buf_clear(&connection->reply);
        while (read_some(connection)) {
            cord_buf_clear(&connection->reply);
        }
    }
}

static void *connection_main(void *argument)
{
    struct connection *connection = argument;
    bool http = connection->load->config.protocol <= BULK;
    uint32_t batch = 0;
    bool goes_on = true;
    while (goes_on && (batch = claim(connection)) > 0) {
        cord_buf_clear(&connection->body);
        for (uint32_t i = 0; i < batch; i++) {
            put_event(connection);
        }
        connection->sent += batch;
        connection->bytes += connection->body.len;
        goes_on = http ? exchange(connection, batch) : send_plain(connection, batch);
    }
    leave(connection);
    return NULL;
}

/* --- the whole --- */

/* Lines of these lengths. */
static bool load_lines(struct load *load, size_t least, size_t most)
{
    FILE *file = fopen(load->config.events.ptr, "r");
    char *line = NULL;
    size_t line_cap = 0;
    size_t cap = load->line_count;
    ssize_t len;
    if (!file) {
        return false;
    }
    while ((len = getline(&line, &line_cap, file)) > 0 && load->line_count < 200000) {
        size_t used = (size_t)len - (line[len - 1] == '\n' ? 1 : 0);
        if (used == 0 || used < least || used > most) {
            continue;
        }
        if (load->line_count == cap) {
            cap = cap ? cap * 2 : 1024;
            load->lines = reallocarray(load->lines, cap, sizeof *load->lines);
        }
        char *copy = load->lines ? strndup(line, used) : NULL;
        if (!copy) {
            abort();
        }
        load->lines[load->line_count++] = (cord_str){copy, used};
    }
    free(line);
    (void)fclose(file);
    return load->line_count > 0;
}

/* With too few of about the size wanted, all that are not longer. */
static bool choose_lines(struct load *load)
{
    size_t size = load->config.size;
    if (size == 0) {
        return load_lines(load, 0, SIZE_MAX);
    }
    return (load_lines(load, size / 4 * 3, size / 4 * 5) && load->line_count >= LINES_ENOUGH) ||
           load_lines(load, 0, size / 4 * 3);
}

static int by_size(const void *a, const void *b)
{
    float x = *(const float *)a;
    float y = *(const float *)b;
    return x < y ? -1 : x > y;
}

static void report(struct load *load, struct connection *connections, double seconds)
{
    struct connection sum = {0};
    float *all = calloc((size_t)load->config.connections * LATENCIES_MAX, sizeof *all);
    struct rusage usage;
    if (!all) {
        abort();
    }
    for (uint32_t i = 0; i < load->config.connections; i++) {
        const struct connection *from = &connections[i];
        sum.sent += from->sent;
        sum.bytes += from->bytes;
        sum.acknowledged += from->acknowledged;
        sum.refused += from->refused;
        sum.unknown += from->unknown;
        sum.told_to_wait += from->told_to_wait;
        sum.reconnects += from->reconnects;
        memcpy(all + sum.latency_count, from->latencies, from->latency_count * sizeof *all);
        sum.latency_count += from->latency_count;
    }
    qsort(all, sum.latency_count, sizeof *all, by_size);
    (void)getrusage(RUSAGE_SELF, &usage);
    double cpu = (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
                 (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    printf("{\"bench\":\"load\",\"protocol\":\"%s\",\"tls\":%s,\"connections\":%u,\"sent\":%llu,"
           "\"acknowledged\":%llu,\"refused\":%llu,\"unknown\":%llu,\"told_to_wait\":%llu,"
           "\"reconnects\":%llu,\"bytes\":%llu,\"seconds\":%.3f,\"events_s\":%.0f,\"p50_ms\":%.2f,"
           "\"p99_ms\":%.2f,\"generator_cpu_ns\":%.0f}\n",
           protocol_words[load->config.protocol], load->config.tls ? "true" : "false",
           load->config.connections, (unsigned long long)sum.sent,
           (unsigned long long)sum.acknowledged, (unsigned long long)sum.refused,
           (unsigned long long)sum.unknown, (unsigned long long)sum.told_to_wait,
           (unsigned long long)sum.reconnects, (unsigned long long)sum.bytes, seconds,
           (double)sum.acknowledged / seconds,
           sum.latency_count > 0 ? (double)all[sum.latency_count / 2] : 0.0,
           sum.latency_count > 0 ? (double)all[sum.latency_count * 99 / 100] : 0.0,
           sum.sent > 0 ? cpu * 1e9 / (double)sum.sent : 0.0);
    free(all);
}

static bool open_tls(struct load *load)
{
    if (!load->config.tls) {
        return true;
    }
    load->tls = SSL_CTX_new(TLS_client_method());
    return load->tls &&
           (!load->config.certificate.ptr ||
            (SSL_CTX_use_certificate_chain_file(load->tls, load->config.certificate.ptr) == 1 &&
             SSL_CTX_use_PrivateKey_file(load->tls, load->config.key.ptr, SSL_FILETYPE_PEM) == 1));
}

static void run(struct load *load)
{
    struct connection *connections = calloc(load->config.connections, sizeof *connections);
    if (!connections) {
        abort();
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &load->began);
    for (uint32_t i = 0; i < load->config.connections; i++) {
        struct connection *connection = &connections[i];
        connection->load = load;
        connection->socket = -1;
        connection->last = SIZE_MAX;
        connection->random = ((uint64_t)load->config.seed << 32) + i;
        connection->latencies = calloc(LATENCIES_MAX, sizeof *connection->latencies);
        cord_buf_init(&connection->body, BODY_BYTES_MAX);
        cord_buf_init(&connection->request, BODY_BYTES_MAX);
        cord_buf_init(&connection->reply, REPLY_BYTES_MAX);
        if (!connection->latencies || !dial(connection) ||
            pthread_create(&connection->thread, NULL, connection_main, connection) != 0) {
            (void)fprintf(stderr, "bench_load: no connection to %.*s:%u: %s\n",
                          CORD_STR_ARG(load->config.address), load->config.port, strerror(errno));
            exit(1);
        }
    }
    /* A sender whose answers never come is given ten seconds more. */
    while (seconds_since(&load->began) < load->config.seconds &&
           !(load->config.count > 0 && atomic_load(&load->claimed) >= load->config.count)) {
        sleep_seconds(0.05);
    }
    double sending = seconds_since(&load->began);
    struct timespec end;
    (void)clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 10;
    for (uint32_t i = 0; i < load->config.connections; i++) {
        if (pthread_timedjoin_np(connections[i].thread, NULL, &end) != 0) {
            atomic_store(&load->stop, true);
            if (connections[i].socket >= 0) {
                (void)shutdown(connections[i].socket, SHUT_RDWR);
            }
            (void)pthread_join(connections[i].thread, NULL);
        }
    }
    report(load, connections, sending);
    for (uint32_t i = 0; i < load->config.connections; i++) {
        hang_up(&connections[i]);
        cord_buf_done(&connections[i].reply);
        cord_buf_done(&connections[i].request);
        cord_buf_done(&connections[i].body);
        free(connections[i].latencies);
    }
    free(connections);
}

int main(int argc, char **argv)
{
    struct load load = {0};
    struct cord_error err = {""};
    struct cord_option_list operands;
    struct cord_arena *arena = cord_arena_new(ARENA_BYTES_MAX);
    cord_option_defaults(options, &load.config);
    if (!arena || cord_option_parse(options, argc - 1, argv + 1, arena, &load.config, &operands,
                                    &err) != CORD_OK) {
        (void)fprintf(stderr, "bench_load: %s\n", err.text);
        return 2;
    }
    if (load.config.port == 0 || !load.config.events.ptr || !choose_lines(&load) ||
        !open_tls(&load)) {
        (void)fprintf(stderr, "bench_load: --port and --events FILE are needed, and readable\n");
        return 2;
    }
    run(&load);
    for (size_t i = 0; i < load.line_count; i++) {
        free((void *)(uintptr_t)load.lines[i].ptr);
    }
    free(load.lines);
    SSL_CTX_free(load.tls);
    cord_arena_free(arena);
    return 0;
}
