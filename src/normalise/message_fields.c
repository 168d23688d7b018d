/* message_fields.c: see message_fields.h. */
#include "normalise/message_fields.h"

#include "normalise/class_internal.h"

#include "base/timestamp.h"
#include "codec/cef.h"
#include "codec/json.h"
#include "codec/kv.h"
#include "codec/log_date.h"
#include "codec/snare.h"
#include "normalise/message_grammars.h"
#include "normalise/message_internal.h"

enum {
    PAIRS_MAX = 512,
    CEF_WITHIN = 256,
    PAIRS_MIN = 3, /* fewer are chance */
};

static const char *const names[CORD_MESSAGE_NAME_COUNT] = {
    [CORD_MESSAGE_USER] = "user",
    [CORD_MESSAGE_SRC_IP] = "src_ip",
    [CORD_MESSAGE_SRC_PORT] = "src_port",
    [CORD_MESSAGE_DST_IP] = "dst_ip",
    [CORD_MESSAGE_DST_PORT] = "dst_port",
    [CORD_MESSAGE_PROTOCOL] = "protocol",
    [CORD_MESSAGE_ACTION] = "action",
    [CORD_MESSAGE_RULE] = "rule",
    [CORD_MESSAGE_QUERY] = "query",
    [CORD_MESSAGE_RECORD_TYPE] = "record_type",
    [CORD_MESSAGE_ANSWER] = "answer",
    [CORD_MESSAGE_METHOD] = "method",
    [CORD_MESSAGE_CISCO_FACILITY] = "cisco_facility",
    [CORD_MESSAGE_CISCO_SEVERITY] = "cisco_severity",
    [CORD_MESSAGE_CISCO_MNEMONIC] = "mnemonic",
    [CORD_MESSAGE_PAM_MODULE] = "pam_module",
    [CORD_MESSAGE_PAM_SERVICE] = "pam_service",
    [CORD_MESSAGE_PAM_MESSAGE] = "pam_message",
    [CORD_MESSAGE_PAM_USER] = "pam_user",
    [CORD_MESSAGE_PAM_RHOST] = "pam_rhost",
    [CORD_MESSAGE_LOG_PREFIX] = "log_prefix",
    [CORD_MESSAGE_CHANNEL] = "Channel",
    [CORD_MESSAGE_EVENT_ID] = "EventID",
    [CORD_MESSAGE_PROVIDER] = "Provider_Name",
    [CORD_MESSAGE_COMPUTER] = "Computer",
    [CORD_MESSAGE_RECORD_ID] = "EventRecordID",
    [CORD_MESSAGE_EVENT_TYPE] = "EventType",
    [CORD_MESSAGE_TASK_CATEGORY] = "Category",
    [CORD_MESSAGE_EVENT_TIME] = "EventTime",
    [CORD_MESSAGE_CEF_VERSION] = "cefVersion",
    [CORD_MESSAGE_CEF_VENDOR] = "deviceVendor",
    [CORD_MESSAGE_CEF_PRODUCT] = "deviceProduct",
    [CORD_MESSAGE_CEF_PRODUCT_VERSION] = "deviceVersion",
    [CORD_MESSAGE_CEF_EVENT_ID] = "deviceEventClassId",
    [CORD_MESSAGE_CEF_NAME] = "name",
    [CORD_MESSAGE_CEF_SEVERITY] = "cefSeverity",
    [CORD_MESSAGE_C_IP] = "c-ip",
    [CORD_MESSAGE_C_URI] = "c-uri",
    [CORD_MESSAGE_CS_METHOD] = "cs-method",
    [CORD_MESSAGE_CS_URI_STEM] = "cs-uri-stem",
    [CORD_MESSAGE_CS_URI_QUERY] = "cs-uri-query",
    [CORD_MESSAGE_CS_HOST] = "cs-host",
    [CORD_MESSAGE_CS_USERNAME] = "cs-username",
    [CORD_MESSAGE_SC_STATUS] = "sc-status",
    [CORD_MESSAGE_SC_BYTES] = "sc-bytes",
    [CORD_MESSAGE_CONTENT_TYPE] = "content-type",
    [CORD_MESSAGE_CS_VERSION] = "cs-version",
    [CORD_MESSAGE_FLAGS] = "flags",
    [CORD_MESSAGE_CLASS_NAME] = "record_class",
    [CORD_MESSAGE_ELAPSED] = "time-taken",
    [CORD_MESSAGE_HIERARCHY] = "hierarchy",
    [CORD_MESSAGE_SESSION_STATE] = "session_state",
    [CORD_MESSAGE_SRC_MAC] = "src_mac",
    [CORD_MESSAGE_DST_MAC] = "dst_mac",
};

static const struct {
    const char *product;
    const char *category;
    const char *service;
} classes[CORD_MESSAGE_CLASS_COUNT] = {
    [CORD_MESSAGE_CLASS_SSHD] = {"linux", "", "sshd"},
    [CORD_MESSAGE_CLASS_SUDO] = {"linux", "", "sudo"},
    [CORD_MESSAGE_CLASS_AUTH] = {"linux", "", "auth"},
    [CORD_MESSAGE_CLASS_CRON] = {"linux", "", "cron"},
    [CORD_MESSAGE_CLASS_CLAMAV] = {"linux", "", "clamav"},
    [CORD_MESSAGE_CLASS_VSFTPD] = {"linux", "", "vsftpd"},
    [CORD_MESSAGE_CLASS_GUACAMOLE] = {"linux", "", "guacamole"},
    [CORD_MESSAGE_CLASS_AUDITD] = {"linux", "", "auditd"},
    [CORD_MESSAGE_CLASS_SYSLOG] = {"linux", "", "syslog"},
    [CORD_MESSAGE_CLASS_NETFILTER] = {"linux", "firewall", ""},
    [CORD_MESSAGE_CLASS_DNS] = {"", "dns", ""},
    [CORD_MESSAGE_CLASS_PROXY] = {"", "proxy", ""},
    [CORD_MESSAGE_CLASS_WEB] = {"", "webserver", ""},
    [CORD_MESSAGE_CLASS_CISCO] = {"cisco", "", "syslog"},
    [CORD_MESSAGE_CLASS_CISCO_AAA] = {"cisco", "", "aaa"},
    [CORD_MESSAGE_CLASS_CISCO_BGP] = {"cisco", "", "bgp"},
    [CORD_MESSAGE_CLASS_CISCO_LDP] = {"cisco", "", "ldp"},
    [CORD_MESSAGE_CLASS_CISCO_FIREWALL] = {"cisco", "firewall", "syslog"},
    [CORD_MESSAGE_CLASS_JUNIPER_BGP] = {"juniper", "", "bgp"},
    [CORD_MESSAGE_CLASS_HUAWEI_BGP] = {"huawei", "", "bgp"},
    [CORD_MESSAGE_CLASS_PALOALTO] = {"paloalto", "firewall", ""},
    [CORD_MESSAGE_CLASS_FIREWALL] = {"", "firewall", ""},
    [CORD_MESSAGE_CLASS_SSLVPND] = {"fortios", "", "sslvpnd"},
    [CORD_MESSAGE_CLASS_MAIL] = {"linux", "mail", "syslog"},
    [CORD_MESSAGE_CLASS_MYSQL] = {"mysql", "database", ""},
    [CORD_MESSAGE_CLASS_POSTGRES] = {"postgresql", "database", ""},
    [CORD_MESSAGE_CLASS_MONGODB] = {"mongodb", "database", ""},
    [CORD_MESSAGE_CLASS_REDIS] = {"redis", "database", ""},
    [CORD_MESSAGE_CLASS_NAGIOS] = {"nagios", "application", ""},
    [CORD_MESSAGE_CLASS_NETWORK] = {"haproxy", "", ""},
    [CORD_MESSAGE_CLASS_HAPROXY] = {"haproxy", "webserver", ""},
    [CORD_MESSAGE_CLASS_S3] = {"aws", "webserver", "s3"},
};

void cord_message_fields_stated(enum cord_message_class event_class, struct cord_class_words *words)
{
    cord_class_source_stated(cord_str_from(classes[event_class].product),
                             cord_str_from(classes[event_class].category),
                             cord_str_from(classes[event_class].service), words);
}

void cord_message_fields_init(struct cord_message_fields *fields,
                              const struct cord_line_decoder *decoder)
{
    *fields = (struct cord_message_fields){.decoder = decoder};
}

void cord_message_fields_done(struct cord_message_fields *fields)
{
    cord_json_reader_free(fields->json);
    fields->json = NULL;
}

void cord_message_fields_intern(struct cord_message_fields *fields, struct cord_paths *paths)
{
    cord_emit_intern(paths, names, CORD_MESSAGE_NAME_COUNT, fields->paths);
    cord_audit_fields_intern(&fields->audit, paths);
    memset(fields->known, 0, sizeof fields->known);
}

void cord_message_put(struct cord_message_fields *fields, struct cord_emit *emit,
                      enum cord_message_name name, cord_str text)
{
    if (text.len > 0) {
        cord_emit_text(emit, fields->paths[name], text);
        if (name == CORD_MESSAGE_USER && emit->role[CORD_ROLE_USER] == CORD_VALUE_NONE) {
            cord_emit_mark(emit, CORD_ROLE_USER);
        }
    }
}

/* Sigma's firewall rules ask for "accept" or for blocked=false, whatever word a
 * product has for it. */
void cord_message_allowed(struct cord_message_fields *fields, struct cord_emit *emit, cord_str text)
{
    static const char *const words[] = {"Built",   "permitted", "allow", "allowed",
                                        "created", "permit",    "pass",  "accepted"};
    char first = text.len > 0 ? cord_str_lower_char(text.ptr[0]) : '\0';
    if (first != 'b' && first != 'p' && first != 'a' && first != 'c') {
        return;
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (cord_str_eq_fold(text, cord_str_from(words[i]))) {
            cord_message_put(fields, emit, CORD_MESSAGE_ACTION, CORD_STR("accept"));
            return;
        }
    }
}

void cord_message_class(struct cord_message_fields *fields, struct cord_emit *emit,
                        enum cord_message_class event_class)
{
    emit->event_class = cord_line_decoder_class(
        fields->decoder, &fields->classes[event_class], classes[event_class].product,
        classes[event_class].category, classes[event_class].service);
}

cord_str cord_message_behind(cord_str text, const char *mark)
{
    cord_str wanted = cord_str_from(mark);
    size_t at = cord_str_find(text, wanted, 0);
    return at == SIZE_MAX ? ((cord_str){0}) : cord_str_from_byte(text, at + wanted.len);
}

cord_str cord_message_word(cord_str text)
{
    size_t end = 0;
    while (end < text.len && text.ptr[end] != ' ' && text.ptr[end] != '\t') {
        end++;
    }
    return cord_str_slice(text, 0, end);
}

static size_t ipv4_length(cord_str text)
{
    size_t at = 0;
    for (int part = 0; part < 4; part++) {
        size_t from = at;
        unsigned value = 0;
        while (at < text.len && at - from < 4 && cord_str_is_digit(text.ptr[at])) {
            value = value * 10 + (unsigned)(text.ptr[at] - '0');
            at++;
        }
        if (at == from || value > 255) {
            return 0;
        }
        if (part < 3 && (at >= text.len || text.ptr[at++] != '.')) {
            return 0;
        }
    }
    bool goes_on = at + 1 < text.len && text.ptr[at] == '.' && cord_str_is_digit(text.ptr[at + 1]);
    return goes_on ? 0 : at;
}

static size_t ipv6_length(cord_str text)
{
    size_t at = 0;
    size_t colons = 0;
    size_t groups = 0;
    for (; at < text.len && at < 46; at++) {
        char c = cord_str_lower_char(text.ptr[at]);
        colons += c == ':';
        groups += c != ':' && (at == 0 || text.ptr[at - 1] == ':');
        if (!cord_str_is_digit(c) && !(c >= 'a' && c <= 'f') && c != ':' && c != '.') {
            break;
        }
    }
    bool gap = cord_str_find(cord_str_slice(text, 0, at), CORD_STR("::"), 0) != SIZE_MAX;
    return colons >= 2 && colons <= 8 && (gap || groups == 8) ? at : 0;
}

size_t cord_message_address(cord_str text, cord_str *ret_ip, cord_str *ret_port)
{
    size_t len = ipv4_length(text);
    if (len == 0) {
        len = ipv6_length(text);
    }
    if (len == 0) {
        return 0;
    }
    *ret_ip = cord_str_slice(text, 0, len);
    *ret_port = (cord_str){0};
    if (len < text.len && strchr("/:(#", text.ptr[len]) && text.ptr[len] != '\0') {
        size_t at = len + 1;
        while (at < text.len && at - len <= 5 && cord_str_is_digit(text.ptr[at])) {
            at++;
        }
        if (at > len + 1 && (at == text.len || !cord_str_is_digit(text.ptr[at]))) {
            *ret_port = cord_str_slice(text, len + 1, at - len - 1);
            len = at;
        }
    }
    return len;
}

/* Who sent what to whom, under the names that Sigma's firewall rules use. */
static enum cord_message_name sigma_name(cord_str key)
{
    static const struct {
        const char *key;
        enum cord_message_name name;
    } known[] = {
        {"src", CORD_MESSAGE_SRC_IP},
        {"srcip", CORD_MESSAGE_SRC_IP},
        {"SRC", CORD_MESSAGE_SRC_IP},
        {"SrcIP", CORD_MESSAGE_SRC_IP},
        {"source_ip", CORD_MESSAGE_SRC_IP},
        {"sourceip", CORD_MESSAGE_SRC_IP},
        {"source-address", CORD_MESSAGE_SRC_IP},
        {"dst", CORD_MESSAGE_DST_IP},
        {"dstip", CORD_MESSAGE_DST_IP},
        {"DST", CORD_MESSAGE_DST_IP},
        {"DstIP", CORD_MESSAGE_DST_IP},
        {"dest_ip", CORD_MESSAGE_DST_IP},
        {"destinationip", CORD_MESSAGE_DST_IP},
        {"destination-address", CORD_MESSAGE_DST_IP},
        {"spt", CORD_MESSAGE_SRC_PORT},
        {"srcport", CORD_MESSAGE_SRC_PORT},
        {"srcPort", CORD_MESSAGE_SRC_PORT},
        {"SPT", CORD_MESSAGE_SRC_PORT},
        {"SrcPort", CORD_MESSAGE_SRC_PORT},
        {"s_port", CORD_MESSAGE_SRC_PORT},
        {"sourceport", CORD_MESSAGE_SRC_PORT},
        {"source-port", CORD_MESSAGE_SRC_PORT},
        {"dpt", CORD_MESSAGE_DST_PORT},
        {"dstport", CORD_MESSAGE_DST_PORT},
        {"dstPort", CORD_MESSAGE_DST_PORT},
        {"DPT", CORD_MESSAGE_DST_PORT},
        {"DstPort", CORD_MESSAGE_DST_PORT},
        {"service_port", CORD_MESSAGE_DST_PORT},
        {"destination-port", CORD_MESSAGE_DST_PORT},
        {"proto", CORD_MESSAGE_PROTOCOL},
        {"PROTO", CORD_MESSAGE_PROTOCOL},
        {"act", CORD_MESSAGE_ACTION},
        {"suser", CORD_MESSAGE_USER},
        {"usrName", CORD_MESSAGE_USER},
        {"user", CORD_MESSAGE_USER},
        {"username", CORD_MESSAGE_USER},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (cord_str_eq(key, cord_str_from(known[i].key))) {
            return known[i].name;
        }
    }
    return CORD_MESSAGE_NAME_COUNT;
}

/* One pair under its own name, and under Sigma's. "1.2.3.4:80:X1" (SonicWall)
 * is an address and a port. */
static void put_pair(struct cord_message_fields *fields, struct cord_emit *emit, cord_str key,
                     cord_str value)
{
    cord_emit_named(emit, key, value);
    enum cord_message_name name = key.len <= 20 ? sigma_name(key) : CORD_MESSAGE_NAME_COUNT;
    if (name == CORD_MESSAGE_NAME_COUNT || value.len == 0) {
        return;
    }
    if (name == CORD_MESSAGE_USER && cord_str_eq(key, CORD_STR("user"))) {
        cord_emit_mark(emit, CORD_ROLE_USER);
        return;
    }
    cord_str ip;
    cord_str port;
    bool is_address = name == CORD_MESSAGE_SRC_IP || name == CORD_MESSAGE_DST_IP;
    if (is_address && cord_message_address(value, &ip, &port) > 0) {
        cord_message_put(fields, emit, name, ip);
        cord_message_put(
            fields, emit,
            name == CORD_MESSAGE_SRC_IP ? CORD_MESSAGE_SRC_PORT : CORD_MESSAGE_DST_PORT, port);
        return;
    }
    cord_message_put(fields, emit, name, value);
}

/* When it happened, where no header has said: a date in a pair. Two values are
 * date and time apart (FortiGate, Sophos). */
static void put_time(struct cord_message_fields *fields, struct cord_emit *emit, cord_str date,
                     cord_str time)
{
    struct cord_log_date read;
    char buffer[128];
    char text[CORD_TIMESTAMP_TEXT];
    if (emit->role[CORD_ROLE_TIME] != CORD_VALUE_NONE || date.len + time.len + 1 > sizeof buffer ||
        date.len + time.len == 0) {
        return;
    }
    cord_str whole = time.len > 0 ? time : date;
    if (date.len > 0 && time.len > 0) {
        memcpy(buffer, date.ptr, date.len);
        buffer[date.len] = ' ';
        memcpy(buffer + date.len + 1, time.ptr, time.len);
        whole = (cord_str){buffer, date.len + 1 + time.len};
    }
    if (cord_decoder_read_date(&fields->decoder->env, whole, &read)) {
        cord_emit_role(emit, CORD_ROLE_TIME, fields->paths[CORD_MESSAGE_EVENT_TIME],
                       cord_arena_copy(emit->batch->arena, cord_timestamp_format(read.ns, text)));
    }
}

size_t cord_message_pairs(struct cord_message_fields *fields, struct cord_emit *emit, cord_str text)
{
    cord_str date = {0};
    cord_str time = {0};
    struct cord_kv kv;
    cord_str key;
    cord_str value;
    bool quoted;
    size_t count = 0;
    cord_kv_init(&kv, text);
    while (count < PAIRS_MAX && !emit->full && cord_kv_next(&kv, &key, &value, &quoted)) {
        put_pair(fields, emit, key, value);
        date = cord_str_eq(key, CORD_STR("date")) ? value : date;
        time = cord_str_eq(key, CORD_STR("time")) ? value : time;
        count++;
    }
    put_time(fields, emit, date, time);
    return count;
}

/* Custom labels: "cs1Label=Rule cs1=Block" also gives "Rule". */
static void put_labelled(struct cord_emit *emit, const struct cord_cef *event)
{
    cord_str rest = event->extension;
    cord_str key;
    cord_str label;
    for (int pairs = 0; pairs < PAIRS_MAX && cord_cef_next(event, &rest, &key, &label); pairs++) {
        if (!cord_str_ends(key, CORD_STR("Label")) || key.len <= 5 || label.len == 0) {
            continue;
        }
        cord_str wanted = cord_str_slice(key, 0, key.len - 5);
        cord_str again = event->extension;
        cord_str name;
        cord_str value;
        for (int others = 0; others < PAIRS_MAX && cord_cef_next(event, &again, &name, &value);
             others++) {
            if (cord_str_eq(name, wanted)) {
                value = cord_cef_unescape(emit->batch->arena, value);
                cord_emit_named(emit, label, value);
                break;
            }
        }
    }
}

static bool read_cef(struct cord_message_fields *fields, struct cord_emit *emit, cord_str text)
{
    struct cord_cef event;
    cord_str key;
    cord_str value;
    size_t at = cord_cef_find(text, CEF_WITHIN);
    if (at == SIZE_MAX || cord_cef_read(cord_str_from_byte(text, at), &event) != CORD_OK) {
        return false;
    }
    struct cord_arena *arena = emit->batch->arena;
    cord_message_put(fields, emit, CORD_MESSAGE_CEF_VERSION, event.version);
    cord_message_put(fields, emit, CORD_MESSAGE_CEF_VENDOR, cord_cef_unescape(arena, event.vendor));
    cord_message_put(fields, emit, CORD_MESSAGE_CEF_PRODUCT,
                     cord_cef_unescape(arena, event.product));
    cord_message_put(fields, emit, CORD_MESSAGE_CEF_PRODUCT_VERSION, event.product_version);
    cord_message_put(fields, emit, CORD_MESSAGE_CEF_EVENT_ID,
                     cord_cef_unescape(arena, event.event_id));
    cord_message_put(fields, emit, CORD_MESSAGE_CEF_NAME, cord_cef_unescape(arena, event.name));
    cord_message_put(fields, emit, CORD_MESSAGE_CEF_SEVERITY, event.severity);
    cord_str rest = event.extension;
    cord_str time = {0};
    cord_str host = {0};
    for (int pairs = 0; pairs < PAIRS_MAX && cord_cef_next(&event, &rest, &key, &value); pairs++) {
        bool is_time = cord_str_eq(key, CORD_STR("rt")) || cord_str_eq(key, CORD_STR("devTime"));
        time = is_time ? value : time;
        host = cord_str_eq(key, CORD_STR("dvchost")) ? value : host;
        value = event.is_leef ? value : cord_cef_unescape(arena, value);
        emit->full = emit->full || !value.ptr;
        put_pair(fields, emit, key, value);
    }
    put_labelled(emit, &event);
    put_time(fields, emit, (cord_str){0}, time);
    if (emit->role[CORD_ROLE_HOST] == CORD_VALUE_NONE) {
        cord_emit_role(emit, CORD_ROLE_HOST, fields->paths[CORD_MESSAGE_COMPUTER], host);
    }
    return true;
}

/* Labels of a Windows message: under their own names without blanks, and under
 * the names of the event's XML. */
static void put_labels(struct cord_emit *emit, cord_str message)
{
    struct cord_snare_labels labels = {.rest = message};
    cord_str section;
    cord_str label;
    cord_str value;
    for (int count = 0; count < PAIRS_MAX && !emit->full &&
                        cord_snare_label_next(&labels, &section, &label, &value);
         count++) {
        char name[64];
        size_t len = 0;
        if (value.len == 0) {
            continue;
        }
        for (size_t i = 0; i < label.len && len < sizeof name; i++) {
            if (label.ptr[i] != ' ') {
                name[len++] = label.ptr[i];
            }
        }
        cord_str xml = cord_snare_xml_name(section, label);
        cord_emit_named(emit, (cord_str){name, len}, value);
        if (xml.len > 0 && !cord_str_eq(xml, (cord_str){name, len})) {
            cord_emit_named(emit, xml, value);
        }
    }
}

static bool read_snare(struct cord_message_fields *fields, struct cord_emit *emit, cord_str text)
{
    struct cord_snare event;
    if (!cord_snare_read(text, &event)) {
        return false;
    }
    cord_emit_role(emit, CORD_ROLE_CHANNEL, fields->paths[CORD_MESSAGE_CHANNEL], event.channel);
    cord_emit_role(emit, CORD_ROLE_EVENT_ID, fields->paths[CORD_MESSAGE_EVENT_ID], event.event_id);
    cord_emit_role(emit, CORD_ROLE_PROVIDER, fields->paths[CORD_MESSAGE_PROVIDER], event.provider);
    cord_emit_role(emit, CORD_ROLE_HOST, fields->paths[CORD_MESSAGE_COMPUTER], event.computer);
    cord_emit_role(emit, CORD_ROLE_RECORD_ID, fields->paths[CORD_MESSAGE_RECORD_ID], event.counter);
    cord_message_put(fields, emit, CORD_MESSAGE_EVENT_TYPE, event.type);
    cord_message_put(fields, emit, CORD_MESSAGE_TASK_CATEGORY, event.category);
    cord_message_put(fields, emit, CORD_MESSAGE_EVENT_TIME, event.time);
    if (!cord_str_eq(event.user, CORD_STR("N/A"))) {
        cord_message_put(fields, emit, CORD_MESSAGE_USER, event.user);
    }
    put_labels(emit, event.message);
    return true;
}

/* The document's own time is finer than the header's. */
static void prefer_time(struct cord_emit *emit, size_t first)
{
    int64_t ns;
    for (size_t i = first; i < cord_emit_count(emit) && i < CORD_VALUE_NONE; i++) {
        const struct cord_value *value = &emit->batch->values.items[emit->base + i];
        cord_str name = cord_paths_text(emit->paths, value->path);
        bool is_time =
            cord_str_eq(name, CORD_STR("timestamp")) || cord_str_eq(name, CORD_STR("@timestamp"));
        if (is_time && cord_timestamp_parse(cord_value_str(value), &ns)) {
            emit->role[CORD_ROLE_TIME] = (uint16_t)i;
            return;
        }
    }
}

/* JSON behind a header, or behind "@cee:" (Lumberjack). The values are the
 * event's own, so that the classifier sees what JSON files show it. */
static bool read_json(struct cord_message_fields *fields, struct cord_emit *emit, cord_str text)
{
    struct cord_error err;
    if (cord_str_starts(text, CORD_STR("@cee:"))) {
        text = cord_str_from_byte(text, 5);
    }
    text = cord_str_trim(text);
    if (text.len < 2 || text.ptr[0] != '{' || text.ptr[text.len - 1] != '}') {
        return false;
    }
    if (!fields->json) {
        fields->json = cord_json_reader_new(cord_cpu_level_detect());
        if (!fields->json) {
            return false;
        }
    }
    size_t first = cord_emit_count(emit);
    cord_status status = cord_json_flatten(fields->json, text, emit->paths, CORD_PATH_ROOT,
                                           &emit->batch->values, &err);
    prefer_time(emit, first);
    emit->full = emit->full || status == CORD_E_LIMIT;
    return status == CORD_OK || status == CORD_E_LIMIT;
}

bool cord_message_fields_is_cef(cord_str text)
{
    struct cord_cef event;
    size_t at = cord_cef_find(text, CEF_WITHIN);
    return at != SIZE_MAX && cord_cef_read(cord_str_from_byte(text, at), &event) == CORD_OK;
}

/* The date at the front of a line whose layout is met; a tab between day and
 * time is read as a blank. */
static void put_line_time(struct cord_message_fields *fields, struct cord_emit *emit, cord_str line)
{
    char date[64];
    cord_str head = cord_str_slice(line, 0, sizeof date);
    memcpy(date, head.ptr, head.len);
    if (head.len > 10 && date[10] == '\t') {
        date[10] = ' ';
    }
    put_time(fields, emit, (cord_str){date, head.len}, (cord_str){0});
}

static bool line_begins(char first, cord_str line, cord_str behind)
{
    char c = line.ptr[0];
    switch (first) {
    case 'd':
        return behind.len > 0;
    case 't':
        return cord_str_is_digit(c) && line.len > 19 && line.ptr[10] == '\t' &&
               line.ptr[19] == '\t';
    case '0':
        return cord_str_is_digit(c);
    case '[':
        return c == '[';
    case 'h':
        return c >= 'a' && c <= 'z';
    default: /* owner, bucket, and the time third */
        return cord_str_find(cord_str_slice(line, 0, 192), CORD_STR(" ["), 0) != SIZE_MAX &&
               (cord_str_is_digit(c) || (c >= 'a' && c <= 'f'));
    }
}

bool cord_message_fields_line(struct cord_message_fields *fields, struct cord_emit *emit,
                              cord_str line, cord_str behind)
{
    const struct cord_message_line_grammar *row = cord_message_grammars_line;
    behind = cord_str_trim(behind);
    for (; line.len > 0 && row->pattern; row++) {
        bool dated = row->first == 'd';
        if (line_begins(row->first, line, behind) &&
            cord_message_grammar_match(fields, emit, row->pattern, dated ? behind : line)) {
            if (dated || row->first == 't') {
                put_line_time(fields, emit, line);
            }
            cord_message_class(fields, emit, row->event_class);
            return true;
        }
    }
    return false;
}

/* Messages of programs with a table: "postfix/smtpd" is postfix's. */
static bool read_program(struct cord_message_fields *fields, struct cord_emit *emit,
                         cord_str program, cord_str text)
{
    cord_str name = cord_str_slice(program, 0, cord_str_find_char(program, '/', 0));
    if (name.len == 0) {
        return false;
    }
    if (cord_message_grammar_read(fields, emit, cord_message_grammars_filter, name, text)) {
        cord_message_class(fields, emit, CORD_MESSAGE_CLASS_FIREWALL);
        return true;
    }
    if (!cord_message_grammar_read(fields, emit, cord_message_grammars_program, name, text)) {
        return false;
    }
    if (cord_str_eq(name, CORD_STR("haproxy"))) {
        cord_message_class(fields, emit, CORD_MESSAGE_CLASS_HAPROXY);
    } else if (cord_str_eq(name, CORD_STR("postfix")) || cord_str_eq(name, CORD_STR("dovecot"))) {
        cord_message_class(fields, emit, CORD_MESSAGE_CLASS_MAIL);
    } else if (emit->event_class == 0) {
        cord_message_class(fields, emit, CORD_MESSAGE_CLASS_SYSLOG);
    }
    return true;
}

/* The product whose pairs these are, when the source itself is not known. */
static void class_of_pairs(struct cord_message_fields *fields, struct cord_emit *emit,
                           cord_str text)
{
    const struct cord_message_marks *row = cord_message_grammars_pairs;
    for (; emit->event_class == 0 && row->event_class != CORD_MESSAGE_CLASS_COUNT; row++) {
        if (cord_message_behind(text, row->marks[0]).ptr &&
            cord_message_behind(text, row->marks[1]).ptr) {
            cord_message_class(fields, emit, row->event_class);
        }
    }
}

void cord_message_fields_read(struct cord_message_fields *fields, struct cord_emit *emit,
                              cord_str program, cord_str text)
{
    cord_str trimmed = cord_str_trim(text);
    char first = trimmed.len > 0 ? trimmed.ptr[0] : '\0';
    if ((first == '{' || first == '@') && read_json(fields, emit, trimmed)) {
        return;
    }
    if (cord_str_is_digit(first) && cord_message_fields_squid(fields, emit, trimmed)) {
        return; /* behind a header */
    }
    bool percent = first == '%' || (program.len > 0 && program.ptr[0] == '%');
    if (percent && cord_message_cisco_read(fields, emit, program, trimmed)) {
        return;
    }
    if (cord_message_unix_read(fields, emit, program, trimmed) ||
        read_program(fields, emit, program, trimmed) ||
        cord_message_cisco_read(fields, emit, program, trimmed) ||
        cord_message_cisco_bare(fields, emit, trimmed) || read_cef(fields, emit, trimmed) ||
        cord_message_dns_read(fields, emit, program, trimmed) ||
        cord_message_device_read(fields, emit, program, trimmed)) {
        return;
    }
    if (cord_str_find(trimmed, CORD_STR("MSWinEventLog"), 0) != SIZE_MAX &&
        read_snare(fields, emit, trimmed)) {
        return;
    }
    if (cord_kv_count(trimmed, PAIRS_MIN) == PAIRS_MIN) {
        (void)cord_message_pairs(fields, emit, trimmed);
        class_of_pairs(fields, emit, trimmed);
    }
}
