/* server_listen.c: the listeners of a server, each a row of the configuration. */
#include "wire/server_internal.h"

#include "base/timestamp.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    HEAD_BYTES_MAX = 64 << 10,
    BODY_RATE = 1024, /* bytes a second; slower senders hold a place for nothing */
    NAME_BYTES = 128,
    EXPIRY_WARNING_S = 14 * 86400, /* before a certificate's end */
};

#define IDLE_NS    (300 * CORD_SECOND_NS)
#define HEAD_NS    (30 * CORD_SECOND_NS)
#define RECV_BYTES ((size_t)128 << 10)
#define SEND_BYTES ((size_t)64 << 20)

static void on_lost(void *self, cord_str source, cord_str organisation,
                    enum cord_loss_reason reason, uint64_t count, int64_t received_ns)
{
    struct cord_server *server = self;
    struct cord_ledger_entry entry = {
        .source = source, .organisation = organisation, .received_ns = received_ns};
    entry.counts.lost[reason] = count;
    cord_ledger_add(server->ledger, &entry);
}

struct cord_ingest_ends cord_server_ends(struct cord_server *server)
{
    return (struct cord_ingest_ends){
        .book = server->sources,
        .port = cord_intake_port(server->intake),
        .clock = server->options.clock,
        .log = server->options.log,
        .lost = on_lost,
        .self = server,
    };
}

/* --- TLS --- */

/* *ret_tls is NULL for a plain listener. */
static cord_status load_tls(const struct cord_config_listener *config, struct cord_tls **ret_tls,
                            struct cord_error *err)
{
    const struct cord_tls_options options = {
        .certificate = config->certificate.ptr,
        .key = config->key.ptr,
        .client_ca = config->client_ca.len > 0 ? config->client_ca.ptr : NULL,
        .client_required = config->client_required,
        .crl = config->crl.len > 0 ? config->crl.ptr : NULL,
    };
    *ret_tls = NULL;
    if (config->certificate.len == 0) {
        return CORD_OK;
    }
    cord_status status = cord_tls_new(&options, ret_tls, err);
    return status;
}

/* In front of what is wrong with a listener: where it is in which configuration. */
static void say_which(const struct cord_config *config, const struct cord_config_listener *row,
                      struct cord_error *err)
{
    cord_error_context(err, "%.*s: line %" PRIu32 ", listener %.*s", CORD_STR_ARG(config->path),
                       row->line, CORD_STR_ARG(row->name));
}

cord_status cord_server_listen_check(const struct cord_config *config, struct cord_error *err)
{
    cord_status status = CORD_OK;
    for (size_t i = 0; i < config->listener_count && status == CORD_OK; i++) {
        struct cord_tls *tls = NULL;
        status = load_tls(&config->listeners[i], &tls, err);
        cord_tls_unref(tls);
        if (status != CORD_OK) {
            say_which(config, &config->listeners[i], err);
        }
    }
    return status;
}

static const struct cord_config_listener *find(const struct cord_config *config, const char *name)
{
    for (size_t i = 0; i < config->listener_count; i++) {
        if (cord_str_eq(config->listeners[i].name, cord_str_from(name))) {
            return &config->listeners[i];
        }
    }
    return NULL;
}

struct cord_listener *cord_server_listener_port(const struct cord_server_listener *listener)
{
    if (listener->http) {
        return cord_http_server_listener(listener->http);
    }
    if (listener->syslog) {
        return cord_syslog_receiver_listener(listener->syslog);
    }
    return listener->lumberjack ? cord_lumberjack_receiver_listener(listener->lumberjack) : NULL;
}

cord_status cord_server_certificates(struct cord_server *server, const struct cord_config *config,
                                     struct cord_error *err)
{
    struct cord_tls **contexts = calloc(server->listener_count + 1, sizeof(*contexts));
    cord_status status = contexts ? CORD_OK : cord_error_set(err, CORD_E_NOMEM, "out of memory");
    for (size_t i = 0; i < server->listener_count && status == CORD_OK; i++) {
        const struct cord_config_listener *row = find(config, server->listeners[i].name);
        if (row && server->listeners[i].tls && row->certificate.len > 0) {
            status = load_tls(row, &contexts[i], err);
            if (status != CORD_OK) {
                say_which(config, row, err);
            }
        }
    }
    for (size_t i = 0; contexts && i < server->listener_count; i++) {
        if (contexts[i] && status == CORD_OK) {
            cord_listener_use_tls(cord_server_listener_port(&server->listeners[i]), contexts[i]);
        }
        cord_tls_unref(contexts[i]);
    }
    free(contexts);
    return status;
}

/* Once when it begins, and again after it was put right. */
static void look_at(struct cord_server *server, struct cord_server_listener *listener,
                    const struct cord_tls *tls, int64_t now_s)
{
    int64_t crl_s = cord_tls_crl_until_s(tls);
    int64_t left_s = cord_tls_expires_s(tls) - now_s;
    bool stale = crl_s != 0 && crl_s < now_s;
    bool ending = left_s < EXPIRY_WARNING_S;
    if (stale && !listener->stale_told) {
        cord_log_warn(server->options.log, "server.crl_stale",
                      CORD_KV_TEXT("listener", listener->name),
                      CORD_KV_I64("stale_s", now_s - crl_s));
    }
    if (ending && !listener->ending_told) {
        cord_log_warn(server->options.log, "server.certificate_ends",
                      CORD_KV_TEXT("listener", listener->name), CORD_KV_I64("left_s", left_s));
    }
    listener->stale_told = stale;
    listener->ending_told = ending;
}

void cord_server_listen_look(struct cord_server *server)
{
    int64_t now_s = cord_clock_now_ns(&server->options.wall) / CORD_SECOND_NS;
    (void)pthread_mutex_lock(&server->lock);
    for (size_t i = 0; i < server->listener_count; i++) {
        struct cord_listener *port = cord_server_listener_port(&server->listeners[i]);
        struct cord_tls *tls = port ? cord_listener_tls(port) : NULL;
        if (tls) {
            look_at(server, &server->listeners[i], tls, now_s);
        }
        cord_tls_unref(tls);
    }
    (void)pthread_mutex_unlock(&server->lock);
}

/* --- each protocol --- */

static bool status_head(void *self, struct cord_http *http, size_t *body_bytes_max)
{
    struct cord_server_listener *listener = self;
    *body_bytes_max = 0;
    if (!cord_server_status_answer(listener->server, http, true)) {
        cord_http_reply(http, &(struct cord_http_reply){
                                  .status = 404,
                                  .content_type = "text/plain; charset=utf-8",
                                  .body = CORD_STR(
                                      "/healthz, /readyz, /metrics and /api/v1/sources are here\n"),
                              });
    }
    return false;
}

/* A status page never takes a body: its head is answered. */
static void status_request(void *self, struct cord_http *http)
{
    (void)self;
    cord_http_reply(http, &(struct cord_http_reply){.status = 400});
}

static bool ingest_head(void *self, struct cord_http *http, size_t *body_bytes_max)
{
    struct cord_server_listener *listener = self;
    struct cord_http_handler handler = cord_http_receiver_handler(listener->receiver);
    /* One organisation must not see another's figures. */
    if (cord_server_status_answer(listener->server, http, false)) {
        return false;
    }
    return handler.head(handler.self, http, body_bytes_max);
}

static void ingest_request(void *self, struct cord_http *http)
{
    struct cord_server_listener *listener = self;
    struct cord_http_handler handler = cord_http_receiver_handler(listener->receiver);
    handler.request(handler.self, http);
}

static void ingest_refused(void *self, const struct cord_http *http, unsigned status)
{
    struct cord_server_listener *listener = self;
    struct cord_http_handler handler = cord_http_receiver_handler(listener->receiver);
    handler.refused(handler.self, http, status);
}

static cord_status listen_http(struct cord_server_listener *listener,
                               const struct cord_config_listener *row, struct cord_tls *tls,
                               struct cord_error *err)
{
    struct cord_server *server = listener->server;
    bool status_only = row->protocol == CORD_CONFIG_STATUS;
    const struct cord_http_server_options options = {
        .listener = {.address = row->address,
                     .tls = tls,
                     .log = server->options.log,
                     .name = row->name,
                     .connections_max = row->connections,
                     .connections_per_address_max = row->connections_per_address,
                     .stream = {.recv_bytes_max = RECV_BYTES,
                                .send_bytes_max = SEND_BYTES,
                                .handshake_ns = HEAD_NS}},
        .handler = {.head = status_only ? status_head : ingest_head,
                    .request = status_only ? status_request : ingest_request,
                    .refused = status_only ? NULL : ingest_refused,
                    .self = listener},
        .budget = &server->budget,
        .head_bytes_max = HEAD_BYTES_MAX,
        .body_bytes_max = (size_t)server->config->body_max,
        .reply_bytes_max = SEND_BYTES / 2,
        .idle_ns = IDLE_NS,
        .head_ns = HEAD_NS,
        .body_bytes_a_second = BODY_RATE,
    };
    cord_status status = CORD_OK;
    if (!status_only) {
        const struct cord_http_receiver_options receiver = {
            .name = row->name,
            .ends = cord_server_ends(server),
            .seed = server->options.seed,
        };
        status = cord_http_receiver_new(&receiver, &listener->receiver, err);
    }
    if (status != CORD_OK) {
        return status;
    }
    return cord_http_server_new(server->loop_list, server->loop_count, &options, &listener->http,
                                err);
}

static cord_status listen_api(struct cord_server_listener *listener,
                              const struct cord_config_listener *row, struct cord_tls *tls,
                              struct cord_error *err)
{
    struct cord_server *server = listener->server;
    const struct cord_http_server_options options = {
        .listener = {.address = row->address,
                     .tls = tls,
                     .log = server->options.log,
                     .name = row->name,
                     .connections_max = row->connections,
                     .connections_per_address_max = row->connections_per_address},
        .handler = cord_api_handler(server->api),
        .budget = &server->budget,
        .head_bytes_max = HEAD_BYTES_MAX,
        .body_bytes_max = (size_t)server->config->body_max,
        .reply_bytes_max = SEND_BYTES / 2,
        .idle_ns = IDLE_NS,
        .head_ns = HEAD_NS,
        .body_bytes_a_second = BODY_RATE,
    };
    return cord_http_server_new(server->loop_list, server->loop_count, &options, &listener->http,
                                err);
}

/* What the kernel grants decides what a burst of datagrams costs: less than asked must not be found
 * out by what was dropped. */
static void look_at_buffer(const struct cord_server_listener *listener,
                           const struct cord_config_listener *row)
{
    uint64_t granted = cord_syslog_receiver_stats(listener->syslog).buffer_bytes;
    granted /= listener->server->loop_count;
    if (row->protocol == CORD_CONFIG_SYSLOG_UDP && granted < row->buffer) {
        cord_log_warn(listener->server->options.log, "server.buffer_small",
                      CORD_KV_STR("listener", row->name), CORD_KV_U64("asked", row->buffer),
                      CORD_KV_U64("granted", granted),
                      CORD_KV_TEXT("bound", "net.core.rmem_max, or CAP_NET_ADMIN"));
    }
}

static cord_status listen_syslog(struct cord_server_listener *listener,
                                 const struct cord_config_listener *row, struct cord_tls *tls,
                                 struct cord_error *err)
{
    struct cord_server *server = listener->server;
    const struct cord_syslog_receiver_options options = {
        .name = row->name,
        .transport = row->protocol == CORD_CONFIG_SYSLOG_UDP ? CORD_SYSLOG_UDP : CORD_SYSLOG_TCP,
        .address = row->address,
        .tls = tls,
        .frame_bytes_max = (size_t)row->frame_max,
        .multiline = row->multiline,
        .connections_max = row->connections,
        .connections_per_address_max = row->connections_per_address,
        .buffer_bytes = (size_t)row->buffer,
        .seed = server->options.seed,
        .ends = cord_server_ends(server),
    };
    cord_status status = cord_syslog_receiver_new(server->loop_list, server->loop_count, &options,
                                                  &listener->syslog, err);
    if (status == CORD_OK) {
        look_at_buffer(listener, row);
    }
    return status;
}

static cord_status listen_lumberjack(struct cord_server_listener *listener,
                                     const struct cord_config_listener *row, struct cord_tls *tls,
                                     struct cord_error *err)
{
    struct cord_server *server = listener->server;
    const struct cord_lumberjack_receiver_options options = {
        .name = row->name,
        .address = row->address,
        .tls = tls,
        .frame_bytes_max = (size_t)server->config->body_max,
        .idle_ns = IDLE_NS,
        .connections_max = row->connections,
        .connections_per_address_max = row->connections_per_address,
        .ends = cord_server_ends(server),
    };
    return cord_lumberjack_receiver_new(server->loop_list, server->loop_count, &options,
                                        &listener->lumberjack, err);
}

static cord_status listen_one(struct cord_server_listener *listener,
                              const struct cord_config_listener *row, struct cord_error *err)
{
    struct cord_tls *tls = NULL;
    cord_status status = load_tls(row, &tls, err);
    if (status != CORD_OK) {
        return status;
    }
    listener->protocol = (enum cord_config_protocol)row->protocol;
    listener->tls = tls != NULL;
    switch (listener->protocol) {
    case CORD_CONFIG_SYSLOG:
    case CORD_CONFIG_SYSLOG_UDP:
        status = listen_syslog(listener, row, tls, err);
        break;
    case CORD_CONFIG_HTTP:
    case CORD_CONFIG_STATUS:
        status = listen_http(listener, row, tls, err);
        break;
    case CORD_CONFIG_API:
        status = listen_api(listener, row, tls, err);
        break;
    case CORD_CONFIG_LUMBERJACK:
        status = listen_lumberjack(listener, row, tls, err);
        break;
    }
    cord_tls_unref(tls);
    if (status != CORD_OK) {
        return status;
    }
    cord_log_info(listener->server->options.log, "server.listening",
                  CORD_KV_STR("listener", row->name), CORD_KV_STR("address", row->address),
                  CORD_KV_U64("port", cord_server_port(listener->server, row->name)),
                  CORD_KV_U64("tls", listener->tls));
    return CORD_OK;
}

cord_status cord_server_listen(struct cord_server *server, struct cord_error *err)
{
    const struct cord_config *config = server->config;
    cord_status status = CORD_OK;
    server->listeners = calloc(config->listener_count + 1, sizeof *server->listeners);
    if (!server->listeners) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < config->listener_count && status == CORD_OK; i++) {
        struct cord_server_listener *listener = &server->listeners[i];
        const struct cord_config_listener *row = &config->listeners[i];
        listener->server = server;
        listener->name = strndup(row->name.ptr, row->name.len);
        server->listener_count++;
        status = listener->name ? listen_one(listener, row, err)
                                : cord_error_set(err, CORD_E_NOMEM, "out of memory");
        if (status != CORD_OK) {
            say_which(config, row, err);
        }
    }
    return status;
}

uint16_t cord_server_port(const struct cord_server *server, cord_str name)
{
    for (size_t i = 0; i < server->listener_count; i++) {
        const struct cord_server_listener *listener = &server->listeners[i];
        if (!listener->name || !cord_str_eq(cord_str_from(listener->name), name)) {
            continue;
        }
        const struct cord_listener *port = cord_server_listener_port(listener);
        return port               ? cord_listener_port(port)
               : listener->syslog ? cord_syslog_receiver_port(listener->syslog)
                                  : 0;
    }
    return 0;
}

void cord_server_listen_stop(struct cord_server *server)
{
    for (size_t i = 0; i < server->listener_count; i++) {
        struct cord_server_listener *listener = &server->listeners[i];
        if (listener->http) {
            cord_http_server_stop(listener->http);
        }
        if (listener->syslog) {
            cord_syslog_receiver_stop(listener->syslog);
        }
        if (listener->lumberjack) {
            cord_lumberjack_receiver_stop(listener->lumberjack);
        }
    }
}

bool cord_server_listen_is_done(const struct cord_server *server)
{
    bool done = true;
    for (size_t i = 0; i < server->listener_count; i++) {
        const struct cord_server_listener *listener = &server->listeners[i];
        done = done && (!listener->receiver || cord_http_receiver_is_idle(listener->receiver)) &&
               (!listener->syslog || cord_syslog_receiver_is_done(listener->syslog)) &&
               (!listener->lumberjack || cord_lumberjack_receiver_is_done(listener->lumberjack));
    }
    return done;
}

void cord_server_listen_free(struct cord_server *server)
{
    /* The packer looks at them, under the lock. */
    (void)pthread_mutex_lock(&server->lock);
    struct cord_server_listener *listeners = server->listeners;
    size_t count = server->listener_count;
    server->listeners = NULL;
    server->listener_count = 0;
    (void)pthread_mutex_unlock(&server->lock);
    for (size_t i = 0; i < count; i++) {
        struct cord_server_listener *listener = &listeners[i];
        cord_http_server_free(listener->http);
        cord_http_receiver_free(listener->receiver);
        cord_syslog_receiver_free(listener->syslog);
        cord_lumberjack_receiver_free(listener->lumberjack);
        free(listener->name);
    }
    free(listeners);
}
