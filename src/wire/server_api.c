/* server_api.c: what the API shows of a server, and the key of its cursors. */
#include "wire/server_internal.h"

#include "api/api_accounts.h"
#include "api/api_pictures.h"
#include "base/digest.h"
#include "record/account_setup.h"
#include "record/accounts.h"
#include "record/audit_record.h"
#include "record/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

#define KEY_FILE "api.key"

enum { PATH_BYTES = 4096, LINK_BYTES = 256 };

static bool is_ready(void *self, const char **ret_why)
{
    struct cord_server *server = self;
    return cord_server_is_ready(server, ret_why);
}

static void each_silent(void *self, void (*each)(void *each_self, cord_str source), void *each_self)
{
    struct cord_server *server = self;
    cord_server_silence_each(server, each, each_self);
}

static const struct cord_collection *rules(void *self, void **ret_hold)
{
    struct cord_server *server = self;
    struct cord_rulebook *book = cord_rulebook_slot_current(server->rules);
    *ret_hold = book;
    return cord_rulebook_collection(book);
}

static void rules_done(void *self, void *hold)
{
    (void)self;
    cord_rulebook_unref(hold);
}

static uint64_t findings_newest(void *self)
{
    struct cord_server *server = self;
    return cord_findings_log_newest(server->findings);
}

static cord_status findings(void *self, uint64_t after, cord_api_finding_visit visit,
                            void *visit_self, struct cord_error *err)
{
    struct cord_server *server = self;
    return cord_findings_log_read(server->findings, after, visit, visit_self, err);
}

static cord_status findings_of(void *self, const struct cord_api_findings_of *of,
                               cord_api_finding_visit visit, void *visit_self,
                               struct cord_error *err)
{
    struct cord_server *server = self;
    const struct cord_findings_log_of asked = {.organisations = of->organisations,
                                               .count = of->count,
                                               .after = of->after,
                                               .before = of->before,
                                               .newest = of->newest};
    return cord_findings_log_read_of(server->findings, &asked, visit, visit_self, err);
}

static cord_status past_open(void *self, const struct cord_api_past *past,
                             struct cord_suppress_past *ret_past, void **ret_hold,
                             struct cord_error *err)
{
    struct cord_server *server = self;
    return cord_server_past_open(server, past, ret_past, ret_hold, err);
}

static void past_done(void *self, void *hold)
{
    (void)self;
    cord_server_past_close(hold);
}

/* Drawn when there is none; 64 hexadecimal digits. */
static cord_status load_secret(struct cord_server *server, struct cord_api_secret *ret_secret,
                               struct cord_error *err)
{
    struct cord_buf text;
    char hex[2 * CORD_API_SECRET_BYTES + 2];
    cord_buf_init(&text, sizeof hex);
    cord_status status = cord_files_load(&server->files, server->data, KEY_FILE, &text, err);
    if (status == CORD_E_NOENT) {
        if (getrandom(ret_secret->bytes, sizeof ret_secret->bytes, 0) !=
            (ssize_t)sizeof ret_secret->bytes) {
            return cord_error_set(err, CORD_E_IO, "no random numbers");
        }
        cord_digest_to_hex(ret_secret->bytes, sizeof ret_secret->bytes, hex);
        hex[sizeof hex - 2] = '\n';
        status = cord_files_save(&server->files, server->data, ".", KEY_FILE,
                                 (cord_str){hex, sizeof hex - 1}, err);
    } else if (status == CORD_OK &&
               !cord_digest_from_hex(cord_str_trim(cord_buf_str(&text)), ret_secret->bytes,
                                     sizeof ret_secret->bytes)) {
        status = cord_error_set(err, CORD_E_FORMAT,
                                KEY_FILE ": is no key; remove it, and another is made");
    }
    cord_buf_done(&text);
    return status;
}

/* While there is no account: a link by which the first is made, in a file that only we read. */
static cord_status offer_setup(struct cord_server *server, struct cord_error *err)
{
    char token[CORD_TOKEN_TEXT];
    char text[LINK_BYTES];
    cord_status status = cord_account_setup_first(server->accounts, token, err);
    if (status != CORD_OK) {
        return status == CORD_E_END ? CORD_OK : status;
    }
    int len = snprintf(text, sizeof text, "%s\n", token);
    status = cord_files_save(&server->files, server->data, ".", CORD_SERVER_LINK_FILE,
                             (cord_str){text, len > 0 ? (size_t)len : 0}, err);
    if (status == CORD_OK) {
        cord_log_info(server->options.log, "server.setup_waits",
                      CORD_KV_STR("data", server->config->data),
                      CORD_KV_TEXT("file", CORD_SERVER_LINK_FILE));
    }
    if (status == CORD_OK && server->options.setup) {
        server->options.setup(server->options.setup_self, token);
    }
    return status;
}

static void not_signed(void *self, uint64_t claims, const struct cord_error *err)
{
    const struct cord_server *server = self;
    cord_log_error(server->options.log, "record.not_signed", CORD_KV_U64("claims", claims),
                   CORD_KV_TEXT("error", err->text));
}

struct making {
    const struct cord_server *server;
    uint64_t tenths; /* that were told */
};

/* A record of an earlier schema keeps the server from beginning for minutes: each tenth is told. */
static bool on_making(void *self, uint64_t done, uint64_t total)
{
    struct making *making = self;
    uint64_t tenths = total > 0 ? done * 10 / total : 0;
    if (tenths > making->tenths) {
        making->tenths = tenths;
        cord_log_info(making->server->options.log, "record.views", CORD_KV_U64("claims", done),
                      CORD_KV_U64("of", total));
    }
    return true;
}

/* The record and the accounts, which are not made for a server without an API. */
static cord_status open_record(struct cord_server *server, struct cord_error *err)
{
    char path[PATH_BYTES];
    struct making making = {.server = server};
    const struct cord_record_options record = {
        .create = true,
        .exercise = server->config->exercise,
        .clock = server->options.clock,
        .not_signed = {not_signed, server},
        .making = {on_making, &making}, /* only while it is opened */
    };
    int len = snprintf(path, sizeof path, "%.*s/record", CORD_STR_ARG(server->config->data));
    if (len < 0 || (size_t)len >= sizeof path) {
        return cord_error_set(err, CORD_E_LIMIT, "data: the path is too long");
    }
    cord_status status = cord_record_open(path, &record, &server->record, err);
    if (status != CORD_OK) {
        cord_error_context(err, "%s", path);
        return status;
    }
    const struct cord_accounts_options accounts = {
        .create = true,
        .clock = server->options.wall,
        .links = server->config->exercise.len > 0,
        .audit = cord_server_exercise_audit(server),
    };
    status = cord_accounts_open(server->config->data.ptr, &accounts, &server->accounts, err);
    if (status != CORD_OK) {
        return status;
    }
    server->pictures = cord_api_pictures_new(server->record);
    server->access = server->pictures
                         ? cord_api_accounts_new(server->accounts, server->record, server->pictures,
                                                 server->options.wall)
                         : NULL;
    return server->access ? offer_setup(server, err)
                          : cord_error_set(err, CORD_E_NOMEM, "out of memory");
}

void cord_server_api_tell(struct cord_server *server)
{
    struct cord_error err = {""};
    if (server->accounts && cord_account_audit_tell(server->accounts, NULL, &err) != CORD_OK) {
        cord_log_error(server->options.log, "server.audit_waits", CORD_KV_TEXT("error", err.text));
    }
}

void cord_server_api_close(struct cord_server *server)
{
    cord_api_free(server->api);
    cord_server_desk_close(server);
    cord_findings_log_free(server->findings);
    cord_api_accounts_free(server->access);
    cord_accounts_close(server->accounts);
    cord_api_pictures_free(server->pictures);
    cord_record_close(server->record);
}

static struct cord_api_banner_texts banner_of(const struct cord_config *config)
{
    struct cord_api_banner_texts texts;
    (void)snprintf(texts.service, sizeof texts.service, "%.*s", CORD_STR_ARG(config->service));
    (void)snprintf(texts.marking, sizeof texts.marking, "%.*s", CORD_STR_ARG(config->marking));
    return texts;
}

void cord_server_api_rename(struct cord_server *server, const struct cord_config *config)
{
    const struct cord_api_banner_texts texts = banner_of(config);
    if (server->api) {
        cord_api_rename(server->api, &texts);
    }
}

cord_status cord_server_api_open(struct cord_server *server, struct cord_error *err)
{
    const struct cord_config *config = server->config;
    struct cord_api_options options = {
        .ports = {.ready = is_ready,
                  .silent = each_silent,
                  .rules = rules,
                  .rules_done = rules_done,
                  .findings_newest = findings_newest,
                  .findings = findings,
                  .findings_of = findings_of,
                  .past = past_open,
                  .past_done = past_done,
                  .self = server,
                  .ledger = server->ledger,
                  .sources = server->sources,
                  .store = server->store},
        .web = server->options.web ? *server->options.web : (struct cord_web){.root = -1},
        .clock = server->options.clock,
        .wall = server->options.wall,
        .exercise = config->exercise,
        .banner = banner_of(config),
        .log = server->options.log,
        .seed = server->options.seed,
        .threads = config->api_threads,
        .requests_a_second = config->api_requests,
        .live_max = config->api_streams,
    };
    bool wanted = false;
    for (size_t i = 0; i < config->listener_count; i++) {
        wanted = wanted || config->listeners[i].protocol == CORD_CONFIG_API;
    }
    if (!wanted) {
        return CORD_OK;
    }
    server->findings = cord_findings_log_new(&server->files, server->journal);
    if (!server->findings) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    cord_status status = load_secret(server, &options.secret, err);
    if (status == CORD_OK) {
        status = open_record(server, err);
    }
    if (status == CORD_OK) {
        status = cord_server_desk_open(server, &options.secret, err);
    }
    if (status != CORD_OK) {
        return status;
    }
    options.ports.desk = server->desk;
    options.ports.record = server->record;
    options.ports.accounts = server->accounts;
    options.ports.pictures = server->pictures;
    options.ports.files = &server->files;
    options.ports.journal = server->journal;
    options.access = cord_api_accounts_access(server->access);
    return cord_api_new(&options, &server->api, err);
}

void cord_server_api_metrics(struct cord_server *server, struct cord_buf *out)
{
    struct cord_api_stats stats;
    if (!server->api) {
        return;
    }
    cord_api_stats(server->api, &stats);
    cord_buf_put_text(out, "# HELP cordon_api_replies_total Replies of the API, by status.\n"
                           "# TYPE cordon_api_replies_total counter\n");
    for (unsigned i = 0; i < CORD_API_STATUS_MAX; i++) {
        if (stats.replies[i] > 0) {
            cord_buf_printf(out, "cordon_api_replies_total{status=\"%u\"} %llu\n", i,
                            (unsigned long long)stats.replies[i]);
        }
    }
    cord_buf_printf(out,
                    "# HELP cordon_api_refused_total Requests refused before they were looked "
                    "at.\n# TYPE cordon_api_refused_total counter\n"
                    "cordon_api_refused_total{reason=\"address\"} %llu\n"
                    "cordon_api_refused_total{reason=\"account\"} %llu\n"
                    "cordon_api_refused_total{reason=\"busy\"} %llu\n",
                    (unsigned long long)stats.rate_address, (unsigned long long)stats.rate_account,
                    (unsigned long long)stats.busy);
    static const char *const causes[CORD_API_UNTOLD_COUNT] = {
        [CORD_API_UNTOLD_FULL] = "full",       [CORD_API_UNTOLD_BUSY] = "busy",
        [CORD_API_UNTOLD_MEMORY] = "memory",   [CORD_API_UNTOLD_REFUSED] = "refused",
        [CORD_API_UNTOLD_DAMAGED] = "damaged", [CORD_API_UNTOLD_DISK] = "disk",
    };
    cord_buf_put_text(out, "# HELP cordon_api_untold_total Requests not answered, since they could "
                           "not be told to the record.\n# TYPE cordon_api_untold_total counter\n");
    for (size_t i = 0; i < CORD_API_UNTOLD_COUNT; i++) {
        cord_buf_printf(out, "cordon_api_untold_total{cause=\"%s\"} %llu\n", causes[i],
                        (unsigned long long)stats.untold[i]);
    }
    if (server->record) {
        cord_buf_printf(
            out,
            "# HELP cordon_record_claims Claims of the record.\n"
            "# TYPE cordon_record_claims counter\n"
            "cordon_record_claims %llu\n"
            "# HELP cordon_record_unsigned_claims Claims behind the last signed checkpoint.\n"
            "# TYPE cordon_record_unsigned_claims gauge\n"
            "cordon_record_unsigned_claims %llu\n",
            (unsigned long long)cord_record_count(server->record),
            (unsigned long long)cord_record_unsigned(server->record));
    }
    cord_buf_printf(out,
                    "# HELP cordon_api_streams Streams open.\n# TYPE cordon_api_streams gauge\n"
                    "cordon_api_streams %llu\n"
                    "# HELP cordon_api_stream_events_total Events sent by streams.\n"
                    "# TYPE cordon_api_stream_events_total counter\n"
                    "cordon_api_stream_events_total %llu\n",
                    (unsigned long long)stats.live, (unsigned long long)stats.live_sent);
    cord_buf_printf(out,
                    "# HELP cordon_api_hunts Searches kept.\n# TYPE cordon_api_hunts gauge\n"
                    "cordon_api_hunts %llu\n",
                    (unsigned long long)stats.jobs);
}
