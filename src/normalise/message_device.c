/* message_device.c: firewalls and other devices with layouts of their own. See message_fields.h. */
#include "codec/access_log.h"
#include "codec/csv.h"
#include "codec/kv.h"
#include "normalise/message_grammar.h"
#include "normalise/message_internal.h"

enum { PAIRS_MAX = 512 };

/* Palo Alto's columns up to the action, the same for TRAFFIC and THREAT; the
 * vendor's log reference has the names. NULL: of no use here. */
static const char *const paloalto_columns[] = {
    NULL,    "receive_time", "serial",    "type",   "subtype",    NULL,          "time_generated",
    "src",   "dst",          "natsrc",    "natdst", "rule",       "srcuser",     "dstuser",
    "app",   "vsys",         "from",      "to",     "inbound_if", "outbound_if", "logset",
    NULL,    "sessionid",    "repeatcnt", "sport",  "dport",      "natsport",    "natdport",
    "flags", "proto",        "action",
};

static const char *const paloalto_threat[] = {"misc", "threatid", "category", "severity",
                                              "direction"};

/* "1,2020/01/01 00:00:00,serial,TRAFFIC,end,..." */
static bool read_paloalto(struct cord_message_fields *fields, struct cord_emit *emit, cord_str text)
{
    cord_str rest = text;
    cord_str value;
    bool doubled;
    bool threat = cord_message_behind(text, ",THREAT,").ptr != NULL;
    bool traffic = cord_message_behind(text, ",TRAFFIC,").ptr != NULL;
    size_t columns = sizeof paloalto_columns / sizeof paloalto_columns[0];
    if ((!threat && !traffic) || text.len < 8 || !cord_str_is_digit(text.ptr[0]) ||
        cord_str_find_char(cord_str_slice(text, 0, 4), ',', 0) == SIZE_MAX) {
        return false;
    }
    for (size_t at = 0; cord_csv_field(&rest, ',', &value, &doubled); at++) {
        const char *name = at < columns ? paloalto_columns[at] : NULL;
        if (threat && at >= columns &&
            at - columns < sizeof paloalto_threat / sizeof paloalto_threat[0]) {
            name = paloalto_threat[at - columns];
        }
        if (name && value.len > 0) {
            cord_emit_named(emit, cord_str_from(name), value);
        }
        static const struct {
            size_t column;
            enum cord_message_name name;
        } sigma[] = {{7, CORD_MESSAGE_SRC_IP},    {8, CORD_MESSAGE_DST_IP},
                     {12, CORD_MESSAGE_USER},     {24, CORD_MESSAGE_SRC_PORT},
                     {25, CORD_MESSAGE_DST_PORT}, {29, CORD_MESSAGE_PROTOCOL}};
        for (size_t i = 0; i < sizeof sigma / sizeof sigma[0]; i++) {
            if (sigma[i].column == at) {
                cord_message_put(fields, emit, sigma[i].name, value);
            }
        }
    }
    cord_message_class(fields, emit, CORD_MESSAGE_CLASS_PALOALTO);
    return true;
}

/* Juniper's flow lines without structure, under the names that the structured
 * ones have. Newer releases put the name of the event into the tag. */
#define FLOW_PEERS                                                                                 \
    "{source-address|src_ip}/{source-port|src_port}-\\>"                                           \
    "{destination-address|dst_ip}/{destination-port|dst_port} <0x{connection-tag} >"               \
    "{service-name} "
#define FLOW_NAT                                                                                   \
    "{nat-source-address}/{nat-source-port}-\\>{nat-destination-address}/"                         \
    "{nat-destination-port} <0x{nat-connection-tag} >"
#define FLOW_ZONES "{policy-name|rule} {source-zone-name} {destination-zone-name} "
static const struct cord_message_grammar flow_grammars[] = {
    {"", "session {action:=created}created " FLOW_PEERS FLOW_NAT
         "<{} rule ><{} rule >{src-nat-rule-name} {dst-nat-rule-name} "
         "{protocol-id|protocol:n} " FLOW_ZONES "{session-id-32:n}< {username}({roles})>"
         "< {packet-incoming-interface}>"},
    {"", "session {action:=denied}denied " FLOW_PEERS
         "{protocol-id|protocol:n}({icmp-type:n}) " FLOW_ZONES},
    {"", "session {action:=closed}closed {reason:t}: " FLOW_PEERS FLOW_NAT
         "<{} rule ><{} rule >{src-nat-rule-name} {dst-nat-rule-name} "
         "{protocol-id|protocol:n} " FLOW_ZONES "{session-id-32:n}~"
         "{packets-from-client:n}({bytes-from-client:n}) "
         "{packets-from-server:n}({bytes-from-server:n}) {elapsed-time:n}"},
    {"", "session {action:=created}created " FLOW_PEERS},
    {"", "session {action:=denied}denied " FLOW_PEERS},
    {"", "session {action:=closed}closed {reason:t}: " FLOW_PEERS},
    {0},
};

static bool read_flow(struct cord_message_fields *fields, struct cord_emit *emit, cord_str program,
                      cord_str text)
{
    cord_str name = program;
    size_t at = cord_str_find(text, CORD_STR("RT_FLOW_SESSION_"), 0);
    if (at != SIZE_MAX) {
        size_t colon = cord_str_find(text, CORD_STR(": "), at);
        name = cord_str_slice(text, at, colon == SIZE_MAX ? 0 : colon - at);
        text = colon == SIZE_MAX ? text : cord_str_from_byte(text, colon + 2);
    }
    if (!cord_str_starts(name, CORD_STR("RT_FLOW_SESSION_")) ||
        !cord_message_grammar_read(fields, emit, flow_grammars, (cord_str){0}, text)) {
        return false;
    }
    cord_emit_named(emit, CORD_STR("tag"), name);
    cord_message_class(fields, emit, CORD_MESSAGE_CLASS_FIREWALL);
    return true;
}

/* NetScreen's traffic log, whose names and values may hold blanks. */
static bool read_netscreen(struct cord_message_fields *fields, struct cord_emit *emit,
                           cord_str text)
{
    static const char pattern[] =
        "NetScreen device_id={device_id} <[{vsys}]>{message_id}({session_type}): "
        "start_time=\"{start_time:t}\" duration={duration:n} policy_id={policy_id|rule} "
        "service={service:t} proto={proto|protocol} src zone={src_zone} dst zone={dst_zone} "
        "action={action} sent={sent:n} rcvd={rcvd:n} src={src|src_ip} dst={dst|dst_ip}"
        "< src_port={src_port:n} dst_port={dst_port:n}>"
        "< src-xlated ip={src_xlated_ip} port={src_xlated_port:n}>"
        "< dst-xlated ip={dst_xlated_ip} port={dst_xlated_port:n}>"
        "< session_id={session_id:n}>< reason={reason:t}>";
    if (!cord_str_starts(text, CORD_STR("NetScreen device_id="))) {
        return false;
    }
    cord_message_class(fields, emit, CORD_MESSAGE_CLASS_FIREWALL);
    return cord_message_grammar_match(fields, emit, pattern, text);
}

/* Check Point: [action:"Drop"; flags:"400644"; ...] */
static bool read_checkpoint(struct cord_message_fields *fields, struct cord_emit *emit,
                            cord_str text)
{
    struct cord_kv kv = {.rest = text, .equals = ':', .separator = ' '};
    cord_str key;
    cord_str value;
    bool quoted;
    if (text.len < 8 || text.ptr[0] != '[' || !cord_message_behind(text, ":\"").ptr ||
        !cord_message_behind(text, "\"; ").ptr) {
        return false;
    }
    kv.rest = cord_str_from_byte(text, 1);
    for (int pairs = 0; pairs < PAIRS_MAX && cord_kv_next(&kv, &key, &value, &quoted); pairs++) {
        if (!quoted) {
            continue;
        }
        cord_emit_named(emit, key, value);
        static const struct {
            const char *key;
            enum cord_message_name name;
        } sigma[] = {{"src", CORD_MESSAGE_SRC_IP},      {"dst", CORD_MESSAGE_DST_IP},
                     {"s_port", CORD_MESSAGE_SRC_PORT}, {"service", CORD_MESSAGE_DST_PORT},
                     {"proto", CORD_MESSAGE_PROTOCOL},  {"src_user_name", CORD_MESSAGE_USER}};
        for (size_t i = 0; i < sizeof sigma / sizeof sigma[0]; i++) {
            if (cord_str_eq(key, cord_str_from(sigma[i].key))) {
                cord_message_put(fields, emit, sigma[i].name, value);
            }
        }
    }
    cord_message_class(fields, emit, CORD_MESSAGE_CLASS_FIREWALL);
    return true;
}

/* A web request in quotes, as load balancers write it among their own columns:
 * "GET /path HTTP/1.1". The first address is the client's. */
static bool read_request(struct cord_message_fields *fields, struct cord_emit *emit, cord_str text)
{
    struct cord_access_log entry = {0};
    cord_str before = text;
    cord_str quoted;
    size_t end = cord_str_find(text, CORD_STR(" HTTP/"), 0);
    const char *open = end == SIZE_MAX ? NULL : memrchr(text.ptr, '"', end);
    if (!open) {
        return false;
    }
    quoted = cord_str_from_byte(text, (size_t)(open - text.ptr) + 1);
    quoted = cord_str_slice(quoted, 0, cord_str_find_char(quoted, '"', 0));
    before.len = (size_t)(open - text.ptr);
    cord_access_log_request(quoted, &entry);
    if (entry.method.len == 0) {
        return false;
    }
    cord_message_put(fields, emit, CORD_MESSAGE_CS_METHOD, entry.method);
    cord_message_put(fields, emit, CORD_MESSAGE_CS_URI_STEM, entry.uri_stem);
    cord_message_put(fields, emit, CORD_MESSAGE_CS_URI_QUERY, entry.uri_query);
    cord_message_put(fields, emit, CORD_MESSAGE_CS_URI_QUERY, entry.uri);
    cord_message_put(fields, emit, CORD_MESSAGE_C_URI, entry.uri);
    while (before.len > 0) {
        cord_str word;
        cord_str ip;
        cord_str port;
        before = cord_str_trim(before);
        word = cord_message_word(before);
        before = cord_str_from_byte(before, word.len);
        if (cord_message_address(word, &ip, &port) > 0) {
            cord_message_put(fields, emit, CORD_MESSAGE_C_IP, ip);
            break;
        }
    }
    /* Of the numbers in front, the one in three digits is the status. */
    while (before.len > 0) {
        before = cord_str_trim(before);
        cord_str word = cord_message_word(before);
        uint64_t number;
        before = cord_str_from_byte(before, word.len);
        if (word.len == 3 && cord_str_u64(word, &number) && number >= 100 && number < 600) {
            cord_message_put(fields, emit, CORD_MESSAGE_SC_STATUS, word);
            break;
        }
    }
    cord_message_class(fields, emit, CORD_MESSAGE_CLASS_WEB);
    return true;
}

bool cord_message_device_read(struct cord_message_fields *fields, struct cord_emit *emit,
                              cord_str program, cord_str text)
{
    if (read_paloalto(fields, emit, text) || read_flow(fields, emit, program, text) ||
        read_checkpoint(fields, emit, text) || read_netscreen(fields, emit, text) ||
        read_request(fields, emit, text)) {
        return true;
    }
    if (cord_str_eq(program, CORD_STR("sslvpnd"))) {
        cord_message_class(fields, emit, CORD_MESSAGE_CLASS_SSLVPND);
    } else if (cord_str_eq(program, CORD_STR("rpd"))) {
        cord_message_class(fields, emit, CORD_MESSAGE_CLASS_JUNIPER_BGP);
    } else if (cord_str_starts(program, CORD_STR("%%01BGP"))) {
        cord_message_class(fields, emit, CORD_MESSAGE_CLASS_HUAWEI_BGP);
    }
    return false;
}
