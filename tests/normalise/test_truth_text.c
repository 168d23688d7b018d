/*
 * test_truth_text.c: line-based formats against real logs with known contents.
 *
 * The counts are what agrees now; they may rise, never fall. With
 * CORD_TEST_ALL set, what disagrees is printed.
 */
#include "base/timestamp.h"
#include "kit/decode.h"
#include "kit/kit.h"
#include "normalise/event_time.h"
#include "normalise/formats.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

struct tally {
    const char *name;
    unsigned agrees, total;
};

static bool verbose(void)
{
    return getenv("CORD_TEST_ALL") != NULL;
}

static void count(struct tally *tally, bool agrees)
{
    tally->total++;
    tally->agrees += agrees;
}

/* agrees of total, and no fewer than `at_least`. */
static void report(const struct tally *tally, unsigned at_least)
{
    print_message("%s: %u of %u agree\n", tally->name, tally->agrees, tally->total);
    if (tally->agrees < at_least) {
        print_error("%s: %u expected at least\n", tally->name, at_least);
        fail();
    }
}

static json_t *next_line(cord_str *rest)
{
    cord_str line;
    while (cord_str_cut(rest, '\n', &line)) {
        if (line.len > 0) {
            json_t *object = json_loadb(line.ptr, line.len, JSON_ALLOW_NUL, NULL);
            assert_non_null(object);
            return object;
        }
    }
    return NULL;
}

static cord_str text_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_string(value) ? (cord_str){json_string_value(value), json_string_length(value)}
                                 : (cord_str){0};
}

/* What a product's events must be among, in Sigma's words. Only products that
 * Sigma has words for. */
static const struct {
    const char *source;
    const char *word;
} product_words[] = {
    {"cisco:asa", "firewall"},
    {"cisco:ftd", "firewall"},
    {"cisco:fwsm", "firewall"},
    {"cisco:ios", "cisco"},
    {"cisco:xr", "cisco"},
    {"cisco:wsa:squid", "proxy"},
    {"pan:traffic", "firewall"},
    {"pan:threat", "firewall"},
    {"fgt_event", "fortigate"},
    {"fgt_traffic", "firewall"},
    {"fwb_traffic", "firewall"},
    {"netscreen:firewall", "firewall"},
    {"pfsense:filterlog", "firewall"},
    {"dell:sonicwall", "firewall"},
    {"sophos:xg:firewall", "firewall"},
    {"sophos:xg:content_filtering", "proxy"},
    {"routeros", "firewall"},
    {"vmware:nsxlog:dfwpktlogs", "firewall"},
    {"vmware:vclog:firewall-pktlog", "firewall"},
    {"ubnt:fw", "firewall"},
    {"bluecoat:proxysg", "proxy"},
    {"zscalernss-web", "proxy"},
    {"isc:bind:query", "dns"},
    {"infoblox:dns", "dns"},
    {"nix:syslog", "linux"},
    {"WinEventLog:Security", "windows"},
    {"haproxy:tcp", "haproxy"},
};

struct seen {
    cord_str wanted_word;
    bool word;
    cord_str wanted_source;
    bool source;
    cord_str wanted_host;
    int64_t wanted_ms;
    bool host, time;
    bool in_seconds; /* what is wanted has no fraction */
    unsigned events;
    char got_host[256];
    int64_t got_ns;
};

static void look(void *context, const struct kit_decode *decode, const struct cord_event *event)
{
    struct seen *seen = context;
    const struct cord_value *host = cord_event_role(event, CORD_ROLE_HOST);
    int64_t ns = cord_event_time(event);
    const struct cord_event_class *class =
        cord_classifier_class(decode->classifier, event->event_class);
    seen->word |= cord_str_eq(class->product, seen->wanted_word);
    for (size_t i = 0; i < class->category_count; i++) {
        seen->word |= cord_str_eq(class->categories[i], seen->wanted_word);
    }
    for (size_t i = 0; i < class->service_count; i++) {
        seen->word |= cord_str_eq(class->services[i], seen->wanted_word);
    }
    seen->source |= cord_str_eq(kit_decode_value(decode, event, "src_ip"), seen->wanted_source) ||
                    cord_str_eq(kit_decode_value(decode, event, "c-ip"), seen->wanted_source);
    seen->events++;
    seen->host |= host && cord_str_eq_fold(cord_value_str(host), seen->wanted_host);
    int64_t ms = ns == CORD_TIME_NONE ? -1 : ns / 1000000;
    seen->time |=
        ms == seen->wanted_ms || (seen->in_seconds && ms / 1000 * 1000 == seen->wanted_ms);
    if (seen->events == 1) {
        (void)snprintf(seen->got_host, sizeof seen->got_host, "%.*s", host ? (int)host->len : 0,
                       host ? host->ptr : "");
        seen->got_ns = ns;
    }
}

static cord_str word_of(cord_str source)
{
    for (size_t i = 0; i < sizeof product_words / sizeof product_words[0]; i++) {
        if (cord_str_starts(source, cord_str_from(product_words[i].source))) {
            return cord_str_from(product_words[i].word);
        }
    }
    return (cord_str){0};
}

/* What lines of a decoder of Wazuh's must be among. */
static const struct {
    const char *decoder;
    const char *word;
} decoder_words[] = {
    {"sshd", "sshd"},
    {"macos-date-format-sshd", "sshd"},
    {"sudo", "sudo"},
    {"su", "auth"},
    {"pam", "auth"},
    {"doas", "auth"},
    {"vsftpd", "vsftpd"},
    {"dovecot", "mail"},
    {"postfix-reject", "mail"},
    {"cisco-asa", "firewall"},
    {"cisco-ios", "cisco"},
    {"netscreenfw", "firewall"},
    {"paloalto_traffic", "firewall"},
    {"sonicwall", "firewall"},
    {"checkpoint-smart1", "firewall"},
    {"junos-rt-flow", "firewall"},
    {"web-accesslog", "webserver"},
    {"apache-errorlog", "apache"},
    {"nginx-errorlog", "nginx"},
    {"squid-accesslog", "proxy"},
};

/* The address that a line plainly gives as its source; empty when it does not. */
static cord_str source_of(cord_str raw)
{
    static const char *const marks[] = {" from ", "rhost=", "rip="};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        size_t at = cord_str_find(raw, cord_str_from(marks[i]), 0);
        cord_str rest =
            at == SIZE_MAX ? (cord_str){0} : cord_str_from_byte(raw, at + strlen(marks[i]));
        size_t len = 0;
        size_t dots = 0;
        while (len < rest.len && (cord_str_is_digit(rest.ptr[len]) || rest.ptr[len] == '.')) {
            dots += rest.ptr[len] == '.';
            len++;
        }
        bool ended = len == rest.len || strchr(" ,:\"/", rest.ptr[len]) != NULL;
        if (dots == 3 && len >= 7 && ended && rest.ptr[len - 1] != '.') {
            return cord_str_slice(rest, 0, len);
        }
    }
    return (cord_str){0};
}

static void knows_the_lines_of_wazuh_rules(void)
{
    cord_str text = kit_read_file(kit_shared_path("data/syslog-rules-wazuh/cases.jsonl"));
    cord_str rest = text;
    struct tally words = {.name = "syslog-rules-wazuh: class"};
    struct tally sources = {.name = "syslog-rules-wazuh: source address"};
    struct kit_decode decode;
    json_t *item;
    kit_decode_init(&decode);
    decode.on_event = look;
    while ((item = next_line(&rest)) != NULL) {
        const json_t *log;
        size_t index;
        cord_str decoder = text_of(item, "decoder");
        json_array_foreach(json_object_get(item, "logs"), index, log)
        {
            struct seen seen = {.wanted_ms = INT64_MIN};
            cord_str raw = text_of(log, "raw");
            for (size_t i = 0; i < sizeof decoder_words / sizeof decoder_words[0]; i++) {
                if (cord_str_eq(decoder, cord_str_from(decoder_words[i].decoder))) {
                    seen.wanted_word = cord_str_from(decoder_words[i].word);
                }
            }
            if (seen.wanted_word.len == 0 ||
                !cord_str_eq(text_of(log, "expect"), CORD_STR("pass"))) {
                continue;
            }
            seen.wanted_source = source_of(raw);
            decode.context = &seen;
            kit_decode_run(&decode, NULL, raw, "", 1 << 16);
            count(&words, seen.word);
            if (seen.wanted_source.len > 0) {
                count(&sources, seen.source);
            }
            if (verbose() && (!seen.word || (seen.wanted_source.len > 0 && !seen.source))) {
                print_message("- no %.*s %.*s: %.*s\n", CORD_STR_ARG(seen.wanted_word),
                              CORD_STR_ARG(seen.wanted_source), CORD_STR_ARG(raw));
            }
        }
        json_decref(item);
    }
    kit_decode_done(&decode);
    free((void *)(uintptr_t)text.ptr);
    report(&words, 200);
    report(&sources, 31);
}

static void reads_host_and_time_of_139_products(void)
{
    cord_str text = kit_read_file(kit_shared_path("data/syslog-vendors/messages.jsonl"));
    cord_str rest = text;
    struct tally hosts = {.name = "syslog-vendors: host"};
    struct tally words = {.name = "syslog-vendors: product class"};
    struct tally times = {.name = "syslog-vendors: time"};
    struct kit_decode decode;
    json_t *item;
    kit_decode_init(&decode);
    decode.now_ns = 1494595445LL * CORD_SECOND_NS;
    decode.on_event = look;
    while ((item = next_line(&rest)) != NULL) {
        const json_t *expected = json_object_get(item, "expected");
        expected = json_is_array(expected) ? json_array_get(expected, 0) : expected;
        cord_str host = text_of(expected, "host");
        cord_str epoch = text_of(expected, "epoch");
        int64_t ns = 0;
        const json_t *raw = json_array_get(json_object_get(item, "raw"), 0);
        struct seen seen = {.wanted_host = host, .wanted_ms = INT64_MIN};
        if (cord_timestamp_parse_epoch(epoch, &ns)) {
            seen.wanted_ms = ns / 1000000;
            seen.in_seconds = cord_str_find_char(epoch, '.', 0) == SIZE_MAX;
        }
        decode.context = &seen;
        seen.wanted_word = word_of(text_of(expected, "sourcetype"));
        cord_str message = {json_string_value(raw), json_string_length(raw)};
        kit_decode_run(&decode, NULL, message, "", 1 << 16);
        if (seen.wanted_word.len > 0) {
            count(&words, seen.word);
            if (!seen.word && verbose()) {
                print_message("- no %.*s: %.*s\n", CORD_STR_ARG(seen.wanted_word),
                              message.len > 160 ? 160 : (int)message.len, message.ptr);
            }
        }
        if (host.len > 0) {
            count(&hosts, seen.host);
        }
        if (epoch.len > 0) {
            count(&times, seen.time);
        }
        if (verbose() && ((host.len > 0 && !seen.host) || (epoch.len > 0 && !seen.time))) {
            print_message("- %.*s\n  host %s wanted %.*s; time %lld wanted %.*s\n",
                          message.len > 200 ? 200 : (int)message.len, message.ptr, seen.got_host,
                          CORD_STR_ARG(host), (long long)(seen.got_ns / 1000000),
                          CORD_STR_ARG(epoch));
        }
        json_decref(item);
    }
    kit_decode_done(&decode);
    free((void *)(uintptr_t)text.ptr);
    report(&words, 90);
    report(&hosts, 395);
    report(&times, 425);
}

struct search {
    const struct json_t *expected;
    struct tally *tally, *named;
    const struct kit_decode *decode;
    unsigned missing_count;
};

/* What the common schema's names are with us: those of the source or of Sigma.
 * A name that is not here must be found under its last part. */
static const struct {
    const char *schema;
    const char *ours;
} same_names[] = {
    {"source.ip", "src_ip id.orig_h"},
    {"source.port", "src_port c-port id.orig_p"},
    {"source.address", "src_ip c-ip src_host"},
    {"source.mac", "src_mac"},
    {"source.packets", "orig_pkts"},
    {"source.bytes", "orig_ip_bytes cs-bytes sc-bytes sent"},
    {"source.nat.ip", "src_nat_ip nat-source-address"},
    {"source.nat.port", "src_nat_port nat-source-port"},
    {"source.user.name", "src_user user"},
    {"destination.ip", "dst_ip id.resp_h"},
    {"destination.port", "dst_port id.resp_p"},
    {"destination.address", "dst_ip"},
    {"destination.mac", "dst_mac"},
    {"destination.packets", "resp_pkts"},
    {"destination.bytes", "resp_ip_bytes sc-bytes rcvd"},
    {"destination.nat.ip", "nat-destination-address"},
    {"destination.nat.port", "nat-destination-port"},
    {"client.ip", "c-ip src_ip rx_hosts"},
    {"client.port", "src_port"},
    {"client.user.id", "requester"},
    {"server.ip", "dst_ip tx_hosts"},
    {"user.name", "user cs-username"},
    {"url.username", "username"},
    {"url.original", "c-uri uri"},
    {"url.path", "cs-uri-stem"},
    {"url.domain", "cs-host host"},
    {"url.port", "dst_port"},
    {"user_agent.original", "cs-user-agent user_agent"},
    {"http.version", "cs-version cs-protocol-version version"},
    {"http.request.method", "cs-method method"},
    {"http.request.referrer", "cs-referer referrer"},
    {"http.request.body.bytes", "request_body_len"},
    {"http.request.mime_type", "orig_mime_types sc-content-type"},
    {"http.response.status_code", "sc-status status_code"},
    {"http.response.bytes", "sc-bytes"},
    {"http.response.body.bytes", "response_body_len"},
    {"http.response.mime_type", "content-type resp_mime_types"},
    {"tls.cipher", "ssl-cipher"},
    {"network.transport", "proto protocol"},
    {"network.protocol", "service protocol cs-protocol"},
    {"network.iana_number", "protocol-id"},
    {"observer.ingress.interface.name", "src_interface IN"},
    {"observer.egress.interface.name", "dst_interface"},
    {"observer.ingress.zone", "source-zone-name"},
    {"observer.egress.zone", "destination-zone-name"},
    {"observer.hostname", "hostname"},
    {"host.hostname", "hostname"},
    {"process.name", "program"},
    {"process.pid", "pid"},
    {"process.thread.id", "tid"},
    {"log.level", "level severity"},
    {"event.code", "msgid"},
    {"service.name", "service"},
    {"service.state", "state"},
    {"rule.name", "policy-name rule"},
    {"error.code", "code"},
    {"file.size", "total_bytes"},
    {"file.hash.md5", "md5"},
    {"file.hash.sha1", "sha1"},
    {"dns.id", "trans_id"},
    {"dns.question.name", "query"},
    {"dns.question.type", "record_type qtype_name"},
    {"dns.question.class", "record_class"},
    {"dns.response_code", "rcode_name"},
    {"bind.log.question.flags", "flags"},
    {"bind.log.question.name", "query"},
    {"zeek.session_id", "uid"},
    {"zeek.connection.state", "conn_state"},
    {"zeek.files.session_ids", "conn_uids"},
    {"apache.error.module", "module"},
    {"apache.error.proxy.error.code", "system_code"},
    {"apache.error.proxy.error.message", "system_error"},
    {"squid.request.duration", "time-taken"},
    {"squid.hierarchy_code", "hierarchy"},
    {"aws.elb.ssl_protocol", "ssl-protocol"},
    {"aws.cloudfront.ssl_protocol", "ssl-protocol"},
    {"aws.cloudfront.x_edge_location", "x-edge-location"},
    {"aws.cloudfront.x_edge_request_id", "x-edge-request-id"},
    {"aws.cloudfront.x_edge_result_type", "x-edge-result-type"},
    {"aws.cloudfront.x_edge_response_result_type", "x-edge-response-result-type"},
    {"aws.cloudfront.x_edge_detailed_result_type", "x-edge-detailed-result-type"},
    {"aws.cloudfront.time_taken", "time-taken"},
    {"aws.cloudfront.time_to_first_byte", "time-to-first-byte"},
    {"aws.cloudfront.http.request.host", "x-host-header"},
    {"aws.cloudfront.http.request.size", "sc-content-len"},
    {"aws.s3access.bytes_sent", "sc-bytes"},
    {"aws.s3access.host_header", "cs-host"},
    {"aws.s3access.tls_version", "ssl-protocol"},
    {"cisco.asa.network.direction", "direction"},
    {"cisco.asa.network.transport", "protocol"},
    {"cisco.asa.network.type", "type"},
    {"cisco.asa.outcome", "action"},
    {"cisco.asa.rule_name", "rule"},
    {"cisco.asa.source.group", "group"},
    {"cisco.asa.ipsec.protocol", "protocol"},
    {"cisco.asa.ipsec.seq_num", "sequence"},
    {"cisco.asa.original_ip_payload.destination.ip", "original_dst_ip"},
    {"cisco.asa.original_ip_payload.destination.port", "original_dst_port"},
    {"cisco.asa.original_ip_payload.network.transport", "original_protocol"},
    {"cisco.asa.original_ip_payload.source.ip", "original_src_ip"},
    {"cisco.asa.original_ip_payload.source.port", "original_src_port"},
    {"cisco.asa.burst.object", "burst_object"},
    {"cisco.asa.burst.id", "burst_id"},
    {"cisco.asa.burst.configured_rate", "configured_burst_rate"},
    {"cisco.asa.burst.current_rate", "current_burst_rate"},
    {"cisco.asa.burst.avg_rate", "current_average_rate"},
    {"cisco.asa.burst.configured_avg_rate", "configured_average_rate"},
    {"@metadata.cisco.asa.local_nat", "local_nat"},
    {"@metadata.cisco.asa.remote_nat", "remote_nat"},
    {"exim.log.sender.email", "sender"},
    {"exim.log.sender.original", "envelope_from"},
    {"exim.log.recipient.email", "to"},
    {"exim.log.remote_address", "helo"},
    {"exim.log.message.id", "message_id"},
    {"exim.log.message.size", "size"},
    {"exim.log.message.subject", "subject"},
    {"haproxy.total_waiting_time_ms", "time_queue"},
    {"haproxy.connection_wait_time_ms", "time_connect"},
    {"haproxy.total_time_ms", "time_total"},
    {"haproxy.http.request.time_wait_ms", "time_request"},
    {"haproxy.http.request.time_wait_without_data_ms", "time_response"},
    {"haproxy.http.request.captured_headers", "request_headers"},
    {"haproxy.connections.active", "active_connections"},
    {"haproxy.connections.frontend", "frontend_connections"},
    {"haproxy.connections.backend", "backend_connections"},
    {"haproxy.connections.server", "server_connections"},
    {"haproxy.connections.retries", "retries"},
    {"iptables.length", "LEN"},
    {"iptables.id", "ID"},
    {"iptables.ttl", "TTL"},
    {"iptables.tos", "TOS"},
    {"iptables.precedence_bits", "PREC"},
    {"iptables.flow_label", "FLOWLBL"},
    {"iptables.tcp.flags", "tcp_flags"},
    {"iptables.tcp.window", "WINDOW"},
    {"iptables.tcp_reserved_bits", "RES"},
    {"suse.firewall.log_prefix", "log_prefix"},
    {"shorewall.firewall.type", "chain"},
    {"netscreen.protocol_number", "proto"},
    {"netscreen.session.type", "session_type"},
    {"juniper.srx.service_name", "service-name"},
    {"juniper.srx.session_id", "session-id-32"},
    {"system.auth.pam.module", "pam_module"},
    {"system.auth.pam.origin", "pam_service"},
};

/* The same but for how it is written: "HTTP/1.1", "0x00", true. */
static bool same_value(cord_str ours, cord_str wanted)
{
    wanted = cord_str_trim(wanted);
    if (cord_str_starts(ours, CORD_STR("HTTP/"))) {
        ours = cord_str_from_byte(ours, 5);
    } else if (cord_str_starts(ours, CORD_STR("0x")) && !cord_str_starts(wanted, CORD_STR("0x"))) {
        ours = cord_str_from_byte(ours, 2);
    }
    bool truth = cord_str_eq(ours, CORD_STR("true")) || cord_str_eq(ours, CORD_STR("false"));
    return cord_str_eq_fold(ours, wanted) ||
           (truth && wanted.len == 1 && wanted.ptr[0] == (ours.ptr[0] == 't' ? 'T' : 'F'));
}

/* One of the values, or all of them with commas between. name empty: any. */
static bool holds(const struct search *search, const struct cord_event *event, cord_str name,
                  cord_str wanted)
{
    char joined[512];
    size_t len = 0;
    for (uint32_t i = 0; i < event->value_count; i++) {
        const struct cord_value *value = &event->values[i];
        cord_str text = cord_value_str(value);
        if (name.len > 0 &&
            !cord_str_eq(name, cord_paths_text(search->decode->paths, value->path))) {
            continue;
        }
        if (same_value(text, wanted)) {
            return true;
        }
        if (name.len > 0 && len + text.len + 1 < sizeof joined) {
            memcpy(joined + len, text.ptr, text.len);
            joined[len + text.len] = ',';
            len += text.len + 1;
        }
    }
    return len > 0 && cord_str_eq((cord_str){joined, len - 1}, wanted);
}

static bool holds_under_name(const struct search *search, const struct cord_event *event,
                             const char *schema, cord_str wanted)
{
    const char *dot = strrchr(schema, '.');
    cord_str names = cord_str_from(dot ? dot + 1 : schema);
    cord_str name;
    for (size_t i = 0; i < sizeof same_names / sizeof same_names[0]; i++) {
        if (strcmp(schema, same_names[i].schema) == 0) {
            names = cord_str_from(same_names[i].ours);
            break;
        }
    }
    while (cord_str_cut(&names, ' ', &name)) {
        if (holds(search, event, name, wanted)) {
            return true;
        }
    }
    return false;
}

/* Each expected leaf is some value of the event, and the one of its name. */
static void find_leaves(struct search *search, const struct cord_event *event, const json_t *node,
                        const char *name)
{
    const char *key;
    json_t *child;
    char number[64];
    cord_str wanted;
    if (json_is_object(node)) {
        json_object_foreach((json_t *)(uintptr_t)node, key, child)
        {
            char longer[256];
            (void)snprintf(longer, sizeof longer, "%s%s%s", name, name[0] ? "." : "", key);
            if (strcmp(key, "message") != 0 || strcmp(name, "apache.error.proxy.error") == 0) {
                find_leaves(search, event, child, longer);
            }
        }
        return;
    }
    if (json_is_string(node)) {
        wanted = (cord_str){json_string_value(node), json_string_length(node)};
    } else if (json_is_integer(node)) {
        (void)snprintf(number, sizeof number, "%lld", (long long)json_integer_value(node));
        wanted = cord_str_from(number);
    } else if (json_is_number(node)) {
        (void)snprintf(number, sizeof number, "%.10g", json_number_value(node));
        wanted = cord_str_from(number);
    } else {
        return;
    }
    /* Times are written anew; other tests see to them. */
    bool is_time = strcmp(name, "timestamp") == 0;
    bool named = is_time || holds_under_name(search, event, name, wanted);
    count(search->tally, named || holds(search, event, (cord_str){0}, wanted));
    count(search->named, named);
    if (!named && verbose()) {
        print_message("  missing %s=%.*s\n", name, CORD_STR_ARG(wanted));
        search->missing_count++;
    }
}

static void search_event(void *context, const struct kit_decode *decode,
                         const struct cord_event *event)
{
    struct search *search = context;
    search->decode = decode;
    find_leaves(search, event, search->expected, "");
}

static void finds_the_fields_of_firewalls_and_applications(void)
{
    cord_str text = kit_read_file(kit_shared_path("data/firewall-and-app-fields/cases.jsonl"));
    cord_str rest = text;
    struct tally tally = {.name = "firewall-and-app-fields: values"};
    struct tally named = {.name = "firewall-and-app-fields: values under their names"};
    struct kit_decode decode;
    json_t *item;
    kit_decode_init(&decode);
    decode.on_event = search_event;
    while ((item = next_line(&rest)) != NULL) {
        struct search search = {
            .expected = json_object_get(item, "expected"), .tally = &tally, .named = &named};
        cord_str raw = text_of(item, "raw");
        decode.context = &search;
        if (!json_is_false(json_object_get(item, "matches"))) {
            kit_decode_run(&decode, NULL, raw, "", 1 << 16);
        }
        if (search.missing_count > 0) {
            print_message("- %.*s\n", CORD_STR_ARG(raw));
        }
        json_decref(item);
    }
    kit_decode_done(&decode);
    free((void *)(uintptr_t)text.ptr);
    report(&tally, 690);
    report(&named, 690);
}

static void counts_the_records_of_host_logs(void)
{
    cord_str text = kit_read_file(kit_shared_path("data/host-and-app-logs/expected.jsonl"));
    cord_str rest = text;
    struct tally tally = {.name = "host-and-app-logs: record counts"};
    struct kit_decode decode;
    json_t *item;
    kit_decode_init(&decode);
    while ((item = next_line(&rest)) != NULL) {
        char path[512];
        cord_str file = text_of(item, "file");
        (void)snprintf(path, sizeof path, "data/host-and-app-logs/%.*s", CORD_STR_ARG(file));
        cord_str log = kit_read_file(kit_shared_path(path));
        const struct cord_format *format =
            cord_decoder_recognise(cord_str_slice(log, 0, 65536), file);
        kit_decode_run(&decode, format, log, "", 1 << 16);
        uint64_t wanted = (uint64_t)json_integer_value(json_object_get(item, "events"));
        count(&tally, decode.read == wanted);
        if (verbose()) {
            print_message("%s %.*s as %s: %llu read, %llu skipped, %llu refused (%.*s), %llu "
                          "wanted\n",
                          decode.read == wanted ? "+" : "-", CORD_STR_ARG(file), format->name,
                          (unsigned long long)decode.read, (unsigned long long)decode.skipped,
                          (unsigned long long)decode.refused, CORD_STR_ARG(decode.reason),
                          (unsigned long long)wanted);
        }
        free((void *)(uintptr_t)log.ptr);
        json_decref(item);
    }
    kit_decode_done(&decode);
    free((void *)(uintptr_t)text.ptr);
    report(&tally, 30);
}

KIT_MAIN(KIT_TEST(reads_host_and_time_of_139_products), KIT_TEST(knows_the_lines_of_wazuh_rules),
         KIT_TEST(finds_the_fields_of_firewalls_and_applications),
         KIT_TEST(counts_the_records_of_host_logs))
