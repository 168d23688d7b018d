/* server_desk.c: the desk of a server with an API: made, fed, counted. */
#include "wire/server_internal.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#define LABEL "cordon desk"

/* Ids of alerts and clusters stay the same for as long as the server's key does. */
static cord_status draw_key(const struct cord_api_secret *secret,
                            unsigned char key[CORD_DESK_KEY_BYTES], struct cord_error *err)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    if (!HMAC(EVP_sha256(), secret->bytes, (int)sizeof secret->bytes, (const unsigned char *)LABEL,
              sizeof LABEL - 1, mac, &len) ||
        len < CORD_DESK_KEY_BYTES) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    memcpy(key, mac, CORD_DESK_KEY_BYTES);
    return CORD_OK;
}

cord_status cord_server_desk_open(struct cord_server *server, const struct cord_api_secret *secret,
                                  struct cord_error *err)
{
    struct cord_desk_options options = {.seed = server->options.seed};
    cord_status status = draw_key(secret, options.key, err);
    if (status == CORD_OK) {
        status = cord_desk_new(&options, &server->desk, err);
    }
    if (status != CORD_OK) {
        return status;
    }
    const struct cord_desk_feed_options feed = {.desk = server->desk,
                                                .findings = server->findings,
                                                .record = server->record,
                                                .clock = server->options.clock,
                                                .incident_machines =
                                                    server->config->incident_machines,
                                                .log = server->options.log};
    return cord_desk_feed_start(&feed, &server->desk_feed, err);
}

void cord_server_desk_close(struct cord_server *server)
{
    cord_desk_feed_stop(server->desk_feed);
    server->desk_feed = NULL;
    cord_desk_free(server->desk);
    server->desk = NULL;
}

void cord_server_desk_metrics(struct cord_server *server, struct cord_buf *out)
{
    if (!server->desk_feed) {
        return;
    }
    const struct cord_desk_feed_stats feed = cord_desk_feed_stats(server->desk_feed);
    const struct cord_alert_book_stats alerts =
        cord_alert_book_stats(cord_desk_alerts(server->desk));
    struct cord_spread_stats spread;
    struct cord_suppress_stats suppress;
    cord_suppress_stats(cord_desk_suppress(server->desk), &suppress);
    cord_spread_stats(cord_desk_spread(server->desk), &spread);
    const struct {
        const char *name;
        const char *type;
        const char *help;
        uint64_t value;
    } rows[] = {
        {"cordon_desk_findings", "gauge", "Number of the last finding that the desk was told.",
         feed.findings},
        {"cordon_desk_claims", "gauge", "Number of the last claim that the desk was told.",
         feed.claims},
        {"cordon_desk_refused_total", "counter",
         "Findings and claims that the desk could not take.", feed.refused},
        {"cordon_incidents_opened_total", "counter",
         "Incidents that opened by themselves, since the start.", feed.incidents},
        {"cordon_incidents_untold_total", "counter",
         "Looks at a cluster of which the record did not take what was to be told.", feed.unsaid},
        {"cordon_alerts", "gauge", "Alerts, whatever their state.", alerts.alerts},
        {"cordon_alerts_bytes", "gauge", "Memory of the book of alerts, about.", alerts.bytes},
        {"cordon_suppressed_total", "counter", "Findings that a suppression hides.",
         suppress.hidden},
        {"cordon_spread_refused_total", "counter",
         "Signs of spreading for which there was no room.", spread.refused},
        {"cordon_spread_bytes", "gauge", "Memory of what spreads, about.", spread.bytes},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cord_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n%s %llu\n", rows[i].name, rows[i].help,
                        rows[i].name, rows[i].type, rows[i].name,
                        (unsigned long long)rows[i].value);
    }
}
