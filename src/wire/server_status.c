/* server_status.c: how the server is: for load balancers, Prometheus and people. */
#include "wire/server_internal.h"

#include "codec/json_put.h"
#include "ingest/ledger_json.h"

#include <inttypes.h>
#include <stdio.h>

enum { TEXT_BYTES_MAX = 64 << 20 };

/* --- metrics --- */

static void head(struct cord_buf *out, const char *name, const char *type, const char *help)
{
    cord_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void counter(struct cord_buf *out, const char *name, const char *help, uint64_t value)
{
    head(out, name, "counter", help);
    cord_buf_printf(out, "%s %" PRIu64 "\n", name, value);
}

static void gauge(struct cord_buf *out, const char *name, const char *help, uint64_t value)
{
    head(out, name, "gauge", help);
    cord_buf_printf(out, "%s %" PRIu64 "\n", name, value);
}

static void seconds(struct cord_buf *out, uint64_t ns)
{
    cord_buf_printf(out, "%" PRIu64 ".%09" PRIu64 "\n", ns / 1000000000, ns % 1000000000);
}

/* A label's value: backslash, quote and line feed are escaped. */
static void label(struct cord_buf *out, const char *name, cord_str value)
{
    cord_buf_printf(out, "%s=\"", name);
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (c == '\n') {
            cord_buf_put_text(out, "\\n");
            continue;
        }
        if (c == '\\' || c == '"') {
            cord_buf_put_char(out, '\\');
        }
        cord_buf_put_char(out, c);
    }
    cord_buf_put_char(out, '"');
}

static void intake_metrics(struct cord_server *server, struct cord_buf *out)
{
    const struct cord_intake_stats stats = cord_intake_stats(server->intake);
    counter(out, "cordon_intake_deliveries_total", "Deliveries taken.", stats.deliveries);
    counter(out, "cordon_intake_bytes_total", "Bytes of deliveries, as sent.", stats.bytes);
    counter(out, "cordon_intake_events_total", "Events stored.", stats.stored);
    counter(out, "cordon_intake_refused_total", "Records refused.", stats.refused);
    counter(out, "cordon_intake_told_to_wait_total",
            "Deliveries not taken for want of room: their senders were told to wait.",
            stats.refused_puts);
    counter(out, "cordon_intake_failures_total", "Deliveries that the store could not take.",
            stats.failures);
    counter(out, "cordon_intake_poisoned_total",
            "Records left out, for they had ended the process before.", stats.poisoned);
    counter(out, "cordon_intake_commits_total", "Syncs of the spool.", stats.commits);
    gauge(out, "cordon_intake_waiting", "Deliveries not answered yet.", stats.waiting);
    gauge(out, "cordon_intake_waiting_bytes", "Bytes of them.", stats.waiting_bytes);
    head(out, "cordon_intake_cpu_seconds_total", "counter", "CPU time by stage.");
    for (size_t i = 0; i < CORD_INTAKE_STAGES; i++) {
        cord_buf_printf(out, "cordon_intake_cpu_seconds_total{stage=\"%s\"} ",
                        cord_intake_stage_name((enum cord_intake_stage)i));
        seconds(out, stats.stage_ns[i]);
    }
    counter(out, "cordon_matcher_candidates_total", "Rules evaluated.", stats.matcher.candidates);
    counter(out, "cordon_matcher_regex_limit_total",
            "Events and rules not fully evaluated, for an expression met its limit.",
            stats.matcher.regex_limit);
}

static void delay_metrics(const struct cord_judge_stats *stats, struct cord_buf *out)
{
    uint64_t count = 0;
    head(out, "cordon_judge_delay_seconds", "histogram",
         "From receipt to a verdict, and to its durability where there is a finding.");
    for (size_t at = 0; at < CORD_JUDGE_DELAYS; at++) {
        count += stats->delays[at];
        int64_t bound_ms = cord_judge_delay_bound_ns(at) / 1000000;
        if (at + 1 < CORD_JUDGE_DELAYS) {
            cord_buf_printf(out,
                            "cordon_judge_delay_seconds_bucket{le=\"%" PRId64 ".%03" PRId64
                            "\"} %" PRIu64 "\n",
                            bound_ms / 1000, bound_ms % 1000, count);
        } else {
            cord_buf_printf(out, "cordon_judge_delay_seconds_bucket{le=\"+Inf\"} %" PRIu64 "\n",
                            count);
        }
    }
    cord_buf_put_text(out, "cordon_judge_delay_seconds_sum ");
    seconds(out, stats->delay_sum_ns);
    cord_buf_printf(out, "cordon_judge_delay_seconds_count %" PRIu64 "\n", count);
}

static void judge_metrics(struct cord_server *server, struct cord_buf *out)
{
    const struct cord_judge_stats stats = cord_judge_stats(server->judge);
    gauge(out, "cordon_judge_through", "Number of the last event judged durably.", stats.through);
    counter(out, "cordon_findings_total", "Findings in the journal, ever.", stats.findings);
    counter(out, "cordon_judge_events_total", "Events judged by this process.", stats.judged);
    counter(out, "cordon_judge_poisoned_total",
            "Stored events left unjudged, for they had ended the process before.", stats.poisoned);
    gauge(out, "cordon_judge_waiting", "Verdicts not written yet.", stats.waiting);
    head(out, "cordon_judge_delay_max_seconds", "gauge",
         "Longest from receipt to a durable verdict since the last question.");
    cord_buf_put_text(out, "cordon_judge_delay_max_seconds ");
    seconds(out, (uint64_t)stats.delay_max_ns);
    delay_metrics(&stats, out);
}

static void source_row(struct cord_buf *out, const struct cord_ledger_source *source,
                       const char *outcome, const char *reason, uint64_t count)
{
    cord_buf_put_text(out, "cordon_source_records_total{");
    label(out, "source", source->name);
    cord_buf_put_char(out, ',');
    label(out, "organisation", source->organisation);
    cord_buf_printf(out, ",outcome=\"%s\",reason=\"%s\"} %" PRIu64 "\n", outcome, reason, count);
}

static cord_status put_source(void *self, const struct cord_ledger_source *source)
{
    struct cord_buf *out = self;
    source_row(out, source, "stored", "", source->total.stored);
    for (size_t i = 0; i < CORD_LOSS_COUNT; i++) {
        enum cord_loss_reason reason = (enum cord_loss_reason)i;
        if (source->total.lost[i] > 0) {
            source_row(out, source, cord_loss_is_shed(reason) ? "shed" : "refused",
                       cord_loss_name(reason), source->total.lost[i]);
        }
    }
    return CORD_OK;
}

/* An alarm that names a source and says since when is worth more than a state. */
static cord_status put_contact(void *self, const struct cord_ledger_source *source)
{
    struct cord_buf *out = self;
    if (source->last_ns != CORD_TIME_NONE) {
        cord_buf_put_text(out, "cordon_source_last_event_seconds{");
        label(out, "source", source->name);
        cord_buf_printf(out, "} %" PRId64 "\n", source->last_ns / 1000000000);
    }
    return CORD_OK;
}

static cord_status put_pending(void *self, const struct cord_ledger_source *source)
{
    struct cord_buf *out = self;
    cord_buf_put_text(out, "cordon_source_pending{");
    label(out, "source", source->name);
    cord_buf_printf(out, "} %" PRIu64 "\n", source->pending);
    return CORD_OK;
}

static void listener_metrics(struct cord_server *server, struct cord_buf *out)
{
    head(out, "cordon_listener_open", "gauge", "Connections open.");
    for (size_t i = 0; i < server->listener_count; i++) {
        const struct cord_server_listener *listener = &server->listeners[i];
        const struct cord_listener *port = cord_server_listener_port(listener);
        cord_buf_put_text(out, "cordon_listener_open{");
        label(out, "listener", cord_str_from(listener->name));
        cord_buf_printf(out, "} %" PRIu64 "\n", port ? cord_listener_stats(port).open : 0);
    }
    head(out, "cordon_kernel_dropped_total", "counter",
         "Datagrams the kernel dropped before they were read.");
    for (size_t i = 0; i < server->listener_count; i++) {
        const struct cord_server_listener *listener = &server->listeners[i];
        if (listener->protocol == CORD_CONFIG_SYSLOG_UDP && listener->syslog) {
            cord_buf_put_text(out, "cordon_kernel_dropped_total{");
            label(out, "listener", cord_str_from(listener->name));
            cord_buf_printf(out, "} %" PRIu64 "\n",
                            cord_syslog_receiver_stats(listener->syslog).kernel_dropped);
        }
    }
}

/* --- TLS --- */

static void tls_number(struct cord_buf *out, const struct cord_server_listener *listener,
                       const char *name, int64_t value)
{
    cord_buf_printf(out, "%s{", name);
    label(out, "listener", cord_str_from(listener->name));
    cord_buf_printf(out, "} %" PRId64 "\n", value);
}

static void tls_ends(struct cord_server *server, struct cord_buf *out, const char *name,
                     int64_t (*end_s)(const struct cord_tls *tls))
{
    for (size_t i = 0; i < server->listener_count; i++) {
        const struct cord_server_listener *listener = &server->listeners[i];
        struct cord_listener *port = cord_server_listener_port(listener);
        struct cord_tls *tls = port ? cord_listener_tls(port) : NULL;
        if (tls && end_s(tls) != 0) {
            tls_number(out, listener, name, end_s(tls));
        }
        cord_tls_unref(tls);
    }
}

static void tls_refusals(struct cord_buf *out, const struct cord_server_listener *listener)
{
    const struct cord_listener_stats stats =
        cord_listener_stats(cord_server_listener_port(listener));
    for (size_t i = 0; i < CORD_TLS_REFUSAL_COUNT; i++) {
        cord_buf_put_text(out, "cordon_tls_refused_total{");
        label(out, "listener", cord_str_from(listener->name));
        cord_buf_printf(out, ",reason=\"%s\"} %" PRIu64 "\n",
                        cord_tls_refusal_name((enum cord_tls_refusal)i), stats.refusals[i]);
    }
}

static void tls_metrics(struct cord_server *server, struct cord_buf *out)
{
    head(out, "cordon_tls_refused_total", "counter",
         "TLS handshakes that came to nothing, by what was wrong.");
    for (size_t i = 0; i < server->listener_count; i++) {
        if (server->listeners[i].tls) {
            tls_refusals(out, &server->listeners[i]);
        }
    }
    head(out, "cordon_tls_revoked_closed_total", "counter",
         "Connections closed since a reload says that their certificate is revoked.");
    for (size_t i = 0; i < server->listener_count; i++) {
        const struct cord_server_listener *listener = &server->listeners[i];
        if (listener->tls) {
            tls_number(out, listener, "cordon_tls_revoked_closed_total",
                       (int64_t)cord_listener_stats(cord_server_listener_port(listener)).revoked);
        }
    }
    head(out, "cordon_tls_certificate_ends_seconds", "gauge",
         "When the server's certificate ends.");
    tls_ends(server, out, "cordon_tls_certificate_ends_seconds", cord_tls_expires_s);
    head(out, "cordon_tls_crl_ends_seconds", "gauge",
         "When the first list of revoked certificates is to be replaced by a newer one.");
    tls_ends(server, out, "cordon_tls_crl_ends_seconds", cord_tls_crl_until_s);
}

static void put_unknown(void *self, cord_str source)
{
    struct cord_buf *out = self;
    cord_buf_put_text(out, "cordon_source_unknown{");
    label(out, "source", source);
    cord_buf_put_text(out, "} 1\n");
}

static void put_waits(void *self, cord_str source, uint64_t waits)
{
    struct cord_buf *out = self;
    cord_buf_put_text(out, "cordon_source_waits_total{");
    label(out, "source", source);
    cord_buf_printf(out, "} %" PRIu64 "\n", waits);
}

static void source_metrics(struct cord_server *server, struct cord_buf *out)
{
    head(out, "cordon_source_records_total", "counter",
         "Records by source and what became of them: received is their sum.");
    (void)!cord_ledger_sources(server->ledger, put_source, out); /* these never fail */
    head(out, "cordon_source_pending", "gauge", "Records under way, and not among those yet.");
    (void)!cord_ledger_sources(server->ledger, put_pending, out);
    head(out, "cordon_source_last_event_seconds", "gauge", "When its latest event came in.");
    (void)!cord_ledger_sources(server->ledger, put_contact, out);
    head(out, "cordon_source_waits_total", "counter",
         "Times that a source was told to wait, or was not read, for its events_a_second.");
    cord_intake_each_wait(server->intake, put_waits, out);
    head(out, "cordon_source_unknown", "gauge",
         "Sources without an event for longer than they may be silent.");
    cord_server_silence_each(server, put_unknown, out);
}

void cord_server_metrics(struct cord_server *server, struct cord_buf *out)
{
    cord_server_process_metrics(server, out);
    intake_metrics(server, out);
    judge_metrics(server, out);
    listener_metrics(server, out);
    cord_server_api_metrics(server, out);
    cord_server_desk_metrics(server, out);
    tls_metrics(server, out);
    source_metrics(server, out);
    counter(out, "cordon_pack_failures_total", "Times that packing began to fail.",
            atomic_load(&server->pack_failures));
    counter(out, "cordon_reload_failures_total", "Configurations refused while running.",
            atomic_load(&server->reload_failures));
    head(out, "cordon_reloaded_seconds", "gauge", "When rules and sources last came into force.");
    cord_buf_put_text(out, "cordon_reloaded_seconds ");
    seconds(out, (uint64_t)atomic_load(&server->reloaded_ns));
}

/* --- sources --- */

struct source_list {
    struct cord_server *server;
    struct cord_sources *sources;
    struct cord_buf *out;
    cord_str asked; /* whether it is among the silent */
    bool silent;
};

static void look_for(void *self, cord_str source)
{
    struct source_list *list = self;
    list->silent = list->silent || cord_str_eq(source, list->asked);
}

static const char *state_of(struct source_list *list, const struct cord_ledger_source *source)
{
    list->asked = source->name;
    list->silent = false;
    cord_server_silence_each(list->server, look_for, list);
    return cord_ledger_json_state(source, cord_sources_by_name(list->sources, source->name) != NULL,
                                  list->silent);
}

static cord_status list_source(void *self, const struct cord_ledger_source *source)
{
    struct source_list *list = self;
    cord_buf_put_text(list->out, list->out->ptr[list->out->len - 1] == '[' ? "{" : ",{");
    cord_ledger_json_source(list->out, source, state_of(list, source));
    cord_json_put_number(list->out, "pending", source->pending);
    cord_buf_put_char(list->out, '}');
    return CORD_OK;
}

static void put_sources(struct cord_server *server, struct cord_buf *out)
{
    struct source_list list = {
        .server = server, .sources = cord_source_book_current(server->sources), .out = out};
    cord_buf_put_text(out, "{\"sources\":[");
    (void)!cord_ledger_sources(server->ledger, list_source, &list); /* list_source never fails */
    cord_buf_put_text(out, "]}\n");
    cord_sources_unref(list.sources);
}

/* --- pages --- */

static void reply_text(struct cord_http *http, unsigned status, const char *type, cord_str body)
{
    cord_http_reply(
        http, &(struct cord_http_reply){.status = status, .content_type = type, .body = body});
}

bool cord_server_is_ready(struct cord_server *server, const char **ret_why)
{
    const struct cord_intake_stats stats = cord_intake_stats(server->intake);
    bool ready = atomic_load(&server->ready);
    bool room = stats.waiting_bytes < server->config->waiting_max && !stats.failing;
    *ret_why = !ready          ? "starting or stopping"
               : stats.failing ? "the disk takes nothing"
               : room          ? "ready"
                               : "no room: storing lags";
    return ready && room;
}

static void reply_ready(struct cord_server *server, struct cord_http *http)
{
    const char *why;
    bool ready = cord_server_is_ready(server, &why);
    char body[128];
    int len = snprintf(body, sizeof body, "{\"ready\":%s,\"why\":\"%s\"}\n",
                       ready ? "true" : "false", why);
    reply_text(http, ready ? 200 : 503, "application/json",
               (cord_str){body, len > 0 ? (size_t)len : 0});
}

/* A page that is made when it is asked for. */
static void reply_made(struct cord_server *server, struct cord_http *http, const char *type,
                       void (*make)(struct cord_server *server, struct cord_buf *out))
{
    struct cord_buf out;
    cord_buf_init(&out, TEXT_BYTES_MAX);
    make(server, &out);
    if (out.failed) {
        reply_text(http, 500, "text/plain; charset=utf-8", CORD_STR("too many sources to list\n"));
    } else {
        reply_text(http, 200, type, cord_buf_str(&out));
    }
    cord_buf_done(&out);
}

bool cord_server_status_answer(struct cord_server *server, struct cord_http *http, bool all)
{
    const struct cord_http_request *request = cord_http_request(http);
    if (request->method != CORD_HTTP_GET && request->method != CORD_HTTP_HEAD) {
        return false;
    }
    if (cord_str_eq(request->path, CORD_STR("/healthz"))) {
        reply_text(http, 200, "text/plain; charset=utf-8", CORD_STR("ok\n"));
    } else if (cord_str_eq(request->path, CORD_STR("/readyz"))) {
        reply_ready(server, http);
    } else if (all && cord_str_eq(request->path, CORD_STR("/metrics"))) {
        reply_made(server, http, "text/plain; version=0.0.4; charset=utf-8", cord_server_metrics);
    } else if (all && cord_str_eq(request->path, CORD_STR("/api/v1/sources"))) {
        reply_made(server, http, "application/json", put_sources);
    } else {
        return false;
    }
    return true;
}
