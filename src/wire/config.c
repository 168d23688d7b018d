/* config.c: see config.h. */
#include "wire/config.h"

#include "base/files.h"
#include "base/nearest.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "comms/endpoint.h"
#include "ingest/tail.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>

enum {
    FILE_BYTES_MAX = 16 << 20,
    ARENA_BYTES_MAX = 256 << 20,
    LISTENERS_MAX = 64,
    FOLLOWED_MAX = 64,
    EXERCISE_BYTES_MAX = 64,
    BANNER_BYTES_MAX = 96,
};

const struct cord_option cord_config_options[] = {
    CORD_OPTION_TEXT(struct cord_config, data, "/var/lib/cordon",
                     "folder of everything that is kept: evidence, findings, ledger"),
    CORD_OPTION_TEXT(struct cord_config, patient_key, "",
                     "file of the key that stands for patients' identifiers, made when it is not "
                     "there; patient.key in data when not given"),
    CORD_OPTION_TEXT(struct cord_config, exercise, "",
                     "name of the exercise that this server is for: all that is kept is of it, for "
                     "good, and every answer says so; without it the server is live"),
    CORD_OPTION_TEXT(struct cord_config, service, "",
                     "name of the service that runs this server, as it stands over every page of "
                     "the console"),
    CORD_OPTION_TEXT(struct cord_config, marking, "TLP:AMBER",
                     "how all that the console and the API show is marked, over every page and in "
                     "what leaves it: TLP:RED, TLP:AMBER+STRICT, TLP:AMBER, TLP:GREEN, TLP:CLEAR "
                     "or a protective marking such as OFFICIAL-SENSITIVE; \"\": none"),
    CORD_OPTION_LIST(struct cord_config, rules,
                     "Sigma rules: files, or folders and all below them"),
    CORD_OPTION_LIST(struct cord_config, placeholders, "values for %placeholders% in rules"),
    CORD_OPTION_LIST(struct cord_config, pipelines, "processing pipelines in pySigma's YAML form"),
    CORD_OPTION_U32(struct cord_config, loops, 0, 0, 64,
                    "threads that serve connections; 0: one a CPU"),
    CORD_OPTION_U32(struct cord_config, threads, 0, 0, 256,
                    "threads that decode and match; 0: one a CPU"),
    CORD_OPTION_SIZE(struct cord_config, waiting_max, 64ULL << 20, 1ULL << 20, 16ULL << 30,
                     "bytes received and not stored yet; beyond it senders are told to wait"),
    CORD_OPTION_SIZE(struct cord_config, source_waiting_max, 16ULL << 20, 64ULL << 10, 16ULL << 30,
                     "of them, of one source"),
    CORD_OPTION_SIZE(struct cord_config, body_max, 16ULL << 20, 64ULL << 10, 1ULL << 30,
                     "longest HTTP body, as sent"),
    CORD_OPTION_SIZE(struct cord_config, unpacked_max, 128ULL << 20, 64ULL << 10, 1ULL << 30,
                     "longest body once unpacked"),
    CORD_OPTION_SIZE(struct cord_config, record_max, 1ULL << 20, 1ULL << 10, 64ULL << 20,
                     "longest event; longer ones are refused and counted"),
    CORD_OPTION_SIZE(struct cord_config, memory_max, 512ULL << 20, 64ULL << 20, 1ULL << 40,
                     "events in memory, durable and not packed yet"),
    CORD_OPTION_U32(struct cord_config, pack_after, 60, 1, 3600,
                    "seconds after which stored events are packed at the latest"),
    CORD_OPTION_U32(struct cord_config, lateness, 60, 0, 86400,
                    "seconds that an event may be late and still count in a correlation"),
    CORD_OPTION_SIZE(struct cord_config, correlation_max, 64ULL << 20, 1ULL << 20, 1ULL << 40,
                     "memory for an organisation's correlations; beyond it the least is dropped, "
                     "counted and shown"),
    CORD_OPTION_U32(struct cord_config, incident_machines, 1, 0, 1000000,
                    "machines of one cluster that were taken over, from which on what spreads "
                    "becomes an incident by itself; 0: never"),
    CORD_OPTION_U32(struct cord_config, drain, 30, 1, 3600,
                    "seconds that a stop waits for senders to finish"),
    CORD_OPTION_U32(struct cord_config, api_threads, 4, 1, 64,
                    "threads that answer requests to the API"),
    CORD_OPTION_U32(struct cord_config, api_requests, 50, 1, 100000,
                    "requests a second to the API by one account; by one address four times as "
                    "many"),
    CORD_OPTION_U32(struct cord_config, api_streams, 1000, 1, 100000,
                    "streams of the API open at a time"),
    CORD_OPTION_END,
};

/* In the order of enum cord_config_protocol. */
static const char *const protocol_words[] = {"syslog", "syslog-udp", "http", "lumberjack",
                                             "status", "api",        NULL};

const struct cord_option cord_config_listener_options[] = {
    CORD_OPTION_TEXT(struct cord_config_listener, name, NULL,
                     "what the ledger and the log call it; the protocol when not given"),
    CORD_OPTION_CHOICE(struct cord_config_listener, protocol, CORD_CONFIG_HTTP, protocol_words,
                       "syslog (TCP), syslog-udp, http, lumberjack, status or api"),
    CORD_OPTION_TEXT(struct cord_config_listener, address, NULL,
                     "address and port, such as 0.0.0.0:6514 or [::]:6514"),
    CORD_OPTION_TEXT(struct cord_config_listener, certificate, "",
                     "PEM file of the server's certificate and its chain: with it TLS is spoken"),
    CORD_OPTION_TEXT(struct cord_config_listener, key, "", "PEM file of its key"),
    CORD_OPTION_TEXT(struct cord_config_listener, client_ca, "",
                     "PEM file of who signs clients' certificates"),
    CORD_OPTION_FLAG(struct cord_config_listener, client_required,
                     "turn away clients without a certificate"),
    CORD_OPTION_FLAG(struct cord_config_listener, plain,
                     "api without a certificate on an address that others reach: for a proxy in "
                     "front of it that speaks TLS"),
    CORD_OPTION_TEXT(struct cord_config_listener, crl, "",
                     "PEM file of lists of revoked certificates (CRL): every authority that signs "
                     "clients needs one in it"),
    CORD_OPTION_U32(struct cord_config_listener, connections, 20000, 1, 1000000,
                    "connections open at a time"),
    CORD_OPTION_U32(struct cord_config_listener, connections_per_address, 1000, 1, 1000000,
                    "of them, from one address"),
    CORD_OPTION_SIZE(struct cord_config_listener, frame_max, 64ULL << 10, 480, 16ULL << 20,
                     "longest syslog message; longer ones are refused and counted"),
    CORD_OPTION_FLAG(
        struct cord_config_listener, multiline,
        "syslog over TCP: a line end ends a message only when the next begins with <PRI>"),
    CORD_OPTION_SIZE(struct cord_config_listener, buffer, 32ULL << 20, 64ULL << 10, 1ULL << 30,
                     "UDP: bytes asked of the kernel for what we have not read yet"),
    CORD_OPTION_END,
};

/* In the order of enum cord_config_file_kind, and of enum cord_config_from. */
static const char *const file_kind_words[] = {"lines", "json", "evtx-drop", NULL};
static const char *const from_words[] = {"start", "end", NULL};

const struct cord_option cord_config_file_options[] = {
    CORD_OPTION_TEXT(struct cord_config_file, source, NULL,
                     "name of the registered source that the events are from"),
    CORD_OPTION_TEXT(struct cord_config_file, path, NULL,
                     "file, pattern such as /var/log/app/*.log, or folder of evtx-drop"),
    CORD_OPTION_CHOICE(struct cord_config_file, kind, CORD_CONFIG_FILE_LINES, file_kind_words,
                       "lines (each by what it looks like), json (an object a line) or evtx-drop "
                       "(event log files put into the folder are read whole, then moved to its "
                       "done or refused)"),
    CORD_OPTION_CHOICE(struct cord_config_file, from, CORD_CONFIG_FROM_START, from_words,
                       "where to begin in files that are there the first time: start or end"),
    CORD_OPTION_END,
};

struct reading {
    const char *path;
    struct cord_config *config;
    size_t listener_cap;
    size_t file_cap;
    struct cord_error *err;
};

static cord_status refuse(const struct reading *reading, const struct cord_yaml *node,
                          cord_status status, const char *context)
{
    cord_error_context(reading->err, "%s: line %" PRIu32 ", %s", reading->path, node->line,
                       context);
    return status;
}

static const struct cord_option *option_of(const struct cord_option *options, cord_str key)
{
    for (; options->kind != CORD_OPTION_KIND_END; options++) {
        if (cord_str_eq(cord_str_from(options->name), key)) {
            return options;
        }
    }
    return NULL;
}

/* Of an option that may be given once a list is a mistake: which of them is meant? */
static cord_status check_kind(const struct reading *reading, const struct cord_option *option,
                              const struct cord_yaml *node)
{
    bool list = node->kind == CORD_YAML_LIST;
    if (node->kind == CORD_YAML_MAP) {
        return cord_error_set(reading->err, CORD_E_FORMAT, "is to be a value, not a map");
    }
    return list && option && option->kind != CORD_OPTION_KIND_LIST
               ? cord_error_set(reading->err, CORD_E_FORMAT, "is to be one value, not a list")
               : CORD_OK;
}

/* A scalar, or a list of them for an option that may be given several times. */
static cord_status set(const struct reading *reading, const struct cord_option *options,
                       const struct cord_yaml *node, void *into)
{
    struct cord_arena *arena = reading->config->arena;
    cord_str key = cord_yaml_text(node->key);
    const struct cord_yaml *item = node->kind == CORD_YAML_LIST ? node->child : node;
    cord_status status = check_kind(reading, option_of(options, key), node);
    if (status != CORD_OK) {
        return refuse(reading, node, status, key.ptr);
    }
    while (item && status == CORD_OK) {
        cord_str text = cord_yaml_text(item);
        if (!text.ptr) {
            status = cord_error_set(reading->err, CORD_E_FORMAT, "%s: has no value", key.ptr);
        } else {
            status = cord_option_set(options, key, text, arena, into, reading->err);
        }
        item = node->kind == CORD_YAML_LIST ? item->next : NULL;
    }
    if (status == CORD_E_NOENT) {
        return refuse(reading, node, status, key.ptr);
    }
    if (status != CORD_OK) { /* with the option's name in front */
        cord_error_context(reading->err, "%s: line %" PRIu32, reading->path, node->line);
    }
    return status;
}

/* --- listeners --- */

/* Passwords and tokens in the clear where somebody else could read them. */
static bool is_open_api(const struct cord_config_listener *listener)
{
    static const unsigned char V4[13] = {[10] = 0xff, [11] = 0xff, [12] = 127};
    static const unsigned char V6[16] = {[15] = 1};
    struct cord_endpoint endpoint;
    if (listener->protocol != CORD_CONFIG_API || listener->certificate.len > 0 || listener->plain ||
        cord_endpoint_parse(listener->address, &endpoint, NULL) != CORD_OK) {
        return false;
    }
    return memcmp(endpoint.address, V4, sizeof V4) != 0 &&
           memcmp(endpoint.address, V6, sizeof V6) != 0;
}

/* Both would ask the kernel for the same port. */
static bool share_port(const struct cord_config_listener *one,
                       const struct cord_config_listener *other)
{
    struct cord_endpoint a;
    struct cord_endpoint b;
    bool udp = one->protocol == CORD_CONFIG_SYSLOG_UDP;
    return udp == (other->protocol == CORD_CONFIG_SYSLOG_UDP) &&
           cord_endpoint_parse(one->address, &a, NULL) == CORD_OK &&
           cord_endpoint_parse(other->address, &b, NULL) == CORD_OK && a.port == b.port &&
           a.port != 0 && memcmp(a.address, b.address, sizeof a.address) == 0;
}

static cord_status check_beside_others(const struct reading *reading, const struct cord_yaml *node,
                                       const struct cord_config_listener *listener)
{
    struct cord_endpoint endpoint;
    cord_status status = cord_endpoint_parse(listener->address, &endpoint, reading->err);
    for (size_t i = 0; i < reading->config->listener_count && status == CORD_OK; i++) {
        const struct cord_config_listener *other = &reading->config->listeners[i];
        if (cord_str_eq(other->name, listener->name)) {
            status = cord_error_set(reading->err, CORD_E_FORMAT,
                                    "another listener is called '%.*s' already: give it a name",
                                    CORD_STR_ARG(listener->name));
        } else if (share_port(other, listener)) {
            status = cord_error_set(reading->err, CORD_E_FORMAT,
                                    "listener '%.*s' has the address %.*s already: take another "
                                    "port",
                                    CORD_STR_ARG(other->name), CORD_STR_ARG(other->address));
        }
    }
    return status == CORD_OK ? CORD_OK : refuse(reading, node, status, "listener");
}

static cord_status check_listener(const struct reading *reading, const struct cord_yaml *node,
                                  struct cord_config_listener *listener)
{
    const char *wrong = NULL;
    if (listener->address.len == 0) {
        wrong = "address is missing: where is it to listen? For example 0.0.0.0:6514";
    } else if ((listener->certificate.len == 0) != (listener->key.len == 0)) {
        wrong = "certificate and key belong together";
    } else if (listener->client_ca.len > 0 && listener->certificate.len == 0) {
        wrong = "client_ca needs TLS: give certificate and key, too";
    } else if (listener->client_required && listener->client_ca.len == 0) {
        wrong = "client_required needs client_ca: who signs the clients?";
    } else if (listener->crl.len > 0 && listener->client_ca.len == 0) {
        wrong = "crl needs client_ca: whose clients does it revoke?";
    } else if (listener->protocol == CORD_CONFIG_SYSLOG_UDP && listener->certificate.len > 0) {
        wrong = "syslog-udp has no TLS; take protocol: syslog";
    }
    if (!wrong && is_open_api(listener)) {
        wrong = "an api that others reach needs certificate and key; 'plain: true' when a proxy in "
                "front of it speaks TLS";
    }
    if (wrong) {
        return refuse(reading, node, cord_error_set(reading->err, CORD_E_FORMAT, "%s", wrong),
                      "listener");
    }
    return check_beside_others(reading, node, listener);
}

static cord_status read_listener(struct reading *reading, const struct cord_yaml *node)
{
    struct cord_config *config = reading->config;
    struct cord_config_listener listener;
    cord_option_defaults(cord_config_listener_options, &listener);
    listener.line = node->line;
    cord_status status = CORD_OK;
    if (node->kind != CORD_YAML_MAP) {
        return refuse(
            reading, node,
            cord_error_set(reading->err, CORD_E_FORMAT, "is to be a map with protocol and address"),
            "listeners");
    }
    for (const struct cord_yaml *member = node->child; member && status == CORD_OK;
         member = member->next) {
        status = set(reading, cord_config_listener_options, member, &listener);
    }
    if (!listener.name.ptr) {
        listener.name = cord_str_from(protocol_words[listener.protocol]);
    }
    if (status == CORD_OK) {
        status = check_listener(reading, node, &listener);
    }
    if (status != CORD_OK) {
        return status;
    }
    struct cord_config_listener *listeners = cord_vec_room(
        config->listeners, config->listener_count, &reading->listener_cap, sizeof *listeners);
    if (!listeners) {
        return CORD_E_NOMEM;
    }
    config->listeners = listeners;
    listeners[config->listener_count++] = listener;
    return CORD_OK;
}

static cord_status read_listeners(struct reading *reading, const struct cord_yaml *list)
{
    cord_status status = CORD_OK;
    if (list->kind != CORD_YAML_LIST || list->count > LISTENERS_MAX) {
        return refuse(reading, list,
                      cord_error_set(reading->err, CORD_E_FORMAT,
                                     "is to be a list of at most %d listeners", LISTENERS_MAX),
                      "listeners");
    }
    for (const struct cord_yaml *node = list->child; node && status == CORD_OK; node = node->next) {
        status = read_listener(reading, node);
    }
    return status;
}

/* --- files --- */

static cord_status check_file(const struct reading *reading, const struct cord_yaml *node,
                              const struct cord_config_file *file)
{
    const char *wrong = NULL;
    if (file->source.len == 0) {
        wrong = "source is missing: who are the events from?";
    } else if (file->path.len == 0) {
        wrong = "path is missing: which file is to be followed?";
    } else if (cord_tail_is_pattern(cord_tail_folder(file->path))) {
        wrong = "only the last component of the path may be a pattern";
    } else if (cord_tail_name(file->path).len == 0 && file->kind != CORD_CONFIG_FILE_EVTX_DROP) {
        wrong = "path is a folder: name a file or a pattern";
    } else if (file->kind == CORD_CONFIG_FILE_EVTX_DROP && cord_tail_is_pattern(file->path)) {
        wrong = "path of evtx-drop is a folder, not a pattern";
    }
    return wrong ? refuse(reading, node, cord_error_set(reading->err, CORD_E_FORMAT, "%s", wrong),
                          "file")
                 : CORD_OK;
}

static cord_status read_file(struct reading *reading, const struct cord_yaml *node)
{
    struct cord_config *config = reading->config;
    struct cord_config_file file;
    cord_option_defaults(cord_config_file_options, &file);
    file.line = node->line;
    cord_status status = CORD_OK;
    if (node->kind != CORD_YAML_MAP) {
        return refuse(
            reading, node,
            cord_error_set(reading->err, CORD_E_FORMAT, "is to be a map with source and path"),
            "files");
    }
    for (const struct cord_yaml *member = node->child; member && status == CORD_OK;
         member = member->next) {
        status = set(reading, cord_config_file_options, member, &file);
    }
    if (status == CORD_OK) {
        status = check_file(reading, node, &file);
    }
    if (status != CORD_OK) {
        return status;
    }
    struct cord_config_file *files =
        cord_vec_room(config->files, config->file_count, &reading->file_cap, sizeof *files);
    if (!files) {
        return CORD_E_NOMEM;
    }
    config->files = files;
    files[config->file_count++] = file;
    return CORD_OK;
}

static cord_status read_files(struct reading *reading, const struct cord_yaml *list)
{
    cord_status status = CORD_OK;
    if (list->kind != CORD_YAML_LIST || list->count > FOLLOWED_MAX) {
        return refuse(reading, list,
                      cord_error_set(reading->err, CORD_E_FORMAT,
                                     "is to be a list of at most %d files", FOLLOWED_MAX),
                      "files");
    }
    for (const struct cord_yaml *node = list->child; node && status == CORD_OK; node = node->next) {
        status = read_file(reading, node);
    }
    return status;
}

/* Once both lists are read. */
static cord_status check_sources(const struct reading *reading)
{
    const struct cord_config *config = reading->config;
    for (size_t i = 0; i < config->file_count; i++) {
        const struct cord_config_file *file = &config->files[i];
        if (!cord_sources_by_name(config->sources, file->source)) {
            return cord_error_set(reading->err, CORD_E_NOENT,
                                  "%s: line %" PRIu32 ", file: no source is called '%.*s'",
                                  reading->path, file->line, CORD_STR_ARG(file->source));
        }
    }
    return CORD_OK;
}

/* --- the whole --- */

static cord_status unknown(const struct reading *reading, const struct cord_yaml *node)
{
    struct cord_nearest nearest;
    cord_nearest_init(&nearest, cord_yaml_text(node->key));
    for (const struct cord_option *at = cord_config_options; at->kind != CORD_OPTION_KIND_END;
         at++) {
        cord_nearest_offer(&nearest, cord_str_from(at->name));
    }
    cord_nearest_offer(&nearest, CORD_STR("listeners"));
    cord_nearest_offer(&nearest, CORD_STR("files"));
    cord_nearest_offer(&nearest, CORD_STR("sources"));
    cord_str near = cord_nearest_found(&nearest);
    cord_status status =
        cord_error_set(reading->err, CORD_E_NOENT, "there is no such key%s%.*s%s",
                       near.ptr ? "; did you mean '" : "; man cordon-serve has them all",
                       CORD_STR_ARG(near), near.ptr ? "'" : "");
    return refuse(reading, node, status, cord_yaml_text(node->key).ptr);
}

/* --- what stands over every page --- */

static bool is_line(cord_str text)
{
    bool line = cord_utf8_is_valid(text);
    for (size_t i = 0; line && i < text.len; i++) {
        line = (unsigned char)text.ptr[i] >= ' ' && text.ptr[i] != 0x7f;
    }
    return line;
}

/* FIRST's Traffic Light Protocol 2.0: a word that is nearly one of it would be misread. */
static bool is_tlp(cord_str text)
{
    static const char *const words[] = {"TLP:RED", "TLP:AMBER+STRICT", "TLP:AMBER", "TLP:GREEN",
                                        "TLP:CLEAR"};
    bool known = false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        known = known || cord_str_eq(cord_str_from(words[i]), text);
    }
    return known;
}

static cord_status check_banner(const struct reading *reading, const struct cord_yaml *node)
{
    cord_str key = cord_yaml_text(node->key);
    bool marking = cord_str_eq(key, CORD_STR("marking"));
    cord_str text = marking ? reading->config->marking : reading->config->service;
    const char *wrong = NULL;
    if (text.len > BANNER_BYTES_MAX) {
        wrong = "is longer than 96 bytes: take a shorter one";
    } else if (!is_line(text)) {
        wrong = "is to be one line of UTF-8 without control characters";
    } else if (marking && !cord_utf8_is_ascii(text)) {
        wrong =
            "is to be ASCII, as it stands in a header of every answer: write it without accents";
    } else if (marking && cord_str_starts_fold(text, CORD_STR("TLP")) && !is_tlp(text)) {
        wrong = "is no marking of TLP 2.0: take TLP:RED, TLP:AMBER+STRICT, TLP:AMBER, TLP:GREEN or "
                "TLP:CLEAR (which was TLP:WHITE)";
    }
    return wrong ? refuse(reading, node, cord_error_set(reading->err, CORD_E_FORMAT, "%s", wrong),
                          key.ptr)
                 : CORD_OK;
}

/* It stands in a header of every answer. */
static cord_status check_exercise(const struct reading *reading, const struct cord_yaml *node)
{
    cord_str name = reading->config->exercise;
    bool good = name.len <= EXERCISE_BYTES_MAX;
    for (size_t i = 0; good && i < name.len; i++) {
        char lower = cord_str_lower_char(name.ptr[i]);
        good = (lower >= 'a' && lower <= 'z') || cord_str_is_digit(lower) ||
               (i > 0 && (lower == '-' || lower == '_' || lower == '.'));
    }
    return good ? CORD_OK
                : refuse(reading, node,
                         cord_error_set(reading->err, CORD_E_FORMAT,
                                        "is to be at most %d letters, digits, '-', '_' or '.', the "
                                        "first a letter or digit",
                                        EXERCISE_BYTES_MAX),
                         "exercise");
}

static cord_status read_option(struct reading *reading, const struct cord_yaml *node)
{
    cord_str key = cord_yaml_text(node->key);
    cord_status status = set(reading, cord_config_options, node, reading->config);
    bool banner = cord_str_eq(key, CORD_STR("service")) || cord_str_eq(key, CORD_STR("marking"));
    if (status == CORD_OK && cord_str_eq(key, CORD_STR("exercise"))) {
        return check_exercise(reading, node);
    }
    return status == CORD_OK && banner ? check_banner(reading, node) : status;
}

static cord_status read_member(struct reading *reading, const struct cord_yaml *node)
{
    cord_str key = cord_yaml_text(node->key);
    if (cord_str_eq(key, CORD_STR("listeners"))) {
        return read_listeners(reading, node);
    }
    if (cord_str_eq(key, CORD_STR("files"))) {
        return read_files(reading, node);
    }
    if (cord_str_eq(key, CORD_STR("sources"))) {
        cord_sources_unref(reading->config->sources);
        reading->config->sources = NULL;
        cord_status status = cord_sources_read(node, &reading->config->sources, reading->err);
        if (status != CORD_OK) {
            cord_error_context(reading->err, "%s", reading->path);
        }
        return status;
    }
    return option_of(cord_config_options, key) ? read_option(reading, node)
                                               : unknown(reading, node);
}

static cord_status read_document(struct reading *reading, const struct cord_yaml *documents)
{
    const struct cord_yaml *top = documents->child;
    cord_status status = CORD_OK;
    if (!top || top->kind != CORD_YAML_MAP) {
        return cord_error_set(reading->err, CORD_E_FORMAT,
                              "%s: is to be a map of keys, such as 'data: /var/lib/cordon'",
                              reading->path);
    }
    for (const struct cord_yaml *node = top->child; node && status == CORD_OK; node = node->next) {
        status = read_member(reading, node);
    }
    if (status == CORD_OK && reading->config->listener_count == 0 &&
        reading->config->file_count == 0) {
        status = cord_error_set(reading->err, CORD_E_FORMAT,
                                "%s: neither listeners nor files: nothing could ever come in",
                                reading->path);
    }
    if (status == CORD_OK && !reading->config->sources) {
        status = cord_sources_read(NULL, &reading->config->sources, reading->err);
    }
    return status == CORD_OK ? check_sources(reading) : status;
}

cord_status cord_config_parse(const char *path, cord_str text, struct cord_config **ret_config,
                              struct cord_error *err)
{
    struct cord_config *config = calloc(1, sizeof *config);
    struct reading reading = {.path = path, .config = config, .err = err};
    struct cord_yaml *documents = NULL;
    cord_status status = CORD_E_NOMEM;
    if (config) {
        cord_option_defaults(cord_config_options, config);
        config->arena = cord_arena_new(ARENA_BYTES_MAX);
    }
    if (config && config->arena) {
        config->path = cord_arena_copy(config->arena, cord_str_from(path));
    }
    if (config && config->path.ptr) {
        status = cord_yaml_parse(text, 1, config->arena, &documents, err);
        if (status != CORD_OK) {
            cord_error_context(err, "%s", path);
        }
    }
    if (status == CORD_OK) {
        status = read_document(&reading, documents);
    }
    if (status != CORD_OK) {
        cord_config_free(config);
        return status;
    }
    *ret_config = config;
    return CORD_OK;
}

cord_status cord_config_load(const char *path, struct cord_config **ret_config,
                             struct cord_error *err)
{
    const struct cord_files files = cord_files_system();
    struct cord_buf text;
    cord_buf_init(&text, FILE_BYTES_MAX);
    cord_status status = cord_files_load(&files, AT_FDCWD, path, &text, err);
    if (status == CORD_OK) {
        status = cord_config_parse(path, cord_buf_str(&text), ret_config, err);
    }
    cord_buf_done(&text);
    return status;
}

void cord_config_free(struct cord_config *config)
{
    if (config) {
        cord_sources_unref(config->sources);
        free(config->files);
        free(config->listeners);
        cord_arena_free(config->arena);
        free(config);
    }
}
