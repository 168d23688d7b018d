/* message_dns.c: query logs of name servers, and proxies' request lines. See message_fields.h. */
#include "normalise/message_grammar.h"
#include "normalise/message_internal.h"

static bool is_type(cord_str word)
{
    for (size_t i = 0; i < word.len; i++) {
        char c = word.ptr[i];
        if (!(c >= 'A' && c <= 'Z') && !cord_str_is_digit(c)) {
            return false;
        }
    }
    return word.len > 0 && word.len <= 16;
}

static void put_client(struct cord_message_fields *fields, struct cord_emit *emit, cord_str text)
{
    cord_str ip;
    cord_str port;
    if (cord_message_address(text, &ip, &port) > 0) {
        cord_message_put(fields, emit, CORD_MESSAGE_SRC_IP, ip);
        cord_message_put(fields, emit, CORD_MESSAGE_SRC_PORT, port);
    }
}

/* "A +E(0)K (9.9.9.9)": the query's flags, and the address that was asked. */
static void put_named_tail(struct cord_message_fields *fields, struct cord_emit *emit,
                           cord_str class_name, cord_str rest)
{
    cord_str ip;
    cord_str port;
    cord_message_put(fields, emit, CORD_MESSAGE_CLASS_NAME, class_name);
    rest = cord_str_trim(cord_str_from_byte(rest, cord_message_word(rest).len));
    cord_str flags = cord_message_word(rest);
    if (flags.len == 0 || (flags.ptr[0] != '+' && flags.ptr[0] != '-')) {
        return;
    }
    cord_message_put(fields, emit, CORD_MESSAGE_FLAGS, flags);
    cord_str server = cord_message_behind(cord_str_from_byte(rest, flags.len), "(");
    if (server.ptr && cord_message_address(server, &ip, &port) > 0) {
        cord_message_put(fields, emit, CORD_MESSAGE_DST_IP, ip);
    }
}

/* "client [@0x7f] 1.2.3.4#5 (name): query: name IN A +E(0)K (9.9.9.9)" */
static bool read_named(struct cord_message_fields *fields, struct cord_emit *emit, cord_str text)
{
    cord_str client = cord_message_behind(text, "client ");
    cord_str query = cord_message_behind(text, " query: ");
    cord_str front = cord_str_slice(text, 0, text.len - client.len);
    if (!client.ptr || !query.ptr || client.ptr > query.ptr) {
        return false;
    }
    if (client.len > 0 && client.ptr[0] == '@') {
        client = cord_str_from_byte(client, cord_message_word(client).len + 1);
    }
    put_client(fields, emit, client);
    cord_str name = cord_message_word(query);
    cord_str rest = cord_str_trim(cord_str_from_byte(query, name.len));
    cord_str class_name = cord_message_word(rest);
    rest = cord_str_trim(cord_str_from_byte(rest, class_name.len));
    cord_message_put(fields, emit, CORD_MESSAGE_QUERY, name);
    if (is_type(cord_message_word(rest))) {
        cord_message_put(fields, emit, CORD_MESSAGE_RECORD_TYPE, cord_message_word(rest));
    }
    put_named_tail(fields, emit, class_name, rest);
    /* "queries: info: client ": BIND's own category and level. */
    (void)(cord_message_grammar_match(fields, emit, "{category}: {level}: client", front) ||
           cord_message_grammar_match(fields, emit, "{level}: client", front));
    return true;
}

/* "query[A] name from 1.2.3.4", "reply name is 1.2.3.4", "forwarded name to 8.8.8.8" */
static bool read_dnsmasq(struct cord_message_fields *fields, struct cord_emit *emit, cord_str text)
{
    size_t open = cord_str_find(text, CORD_STR("query["), 0);
    if (open != SIZE_MAX) {
        cord_str rest = cord_str_from_byte(text, open + 6);
        size_t close = cord_str_find_char(rest, ']', 0);
        cord_str from = cord_message_behind(rest, " from ");
        cord_str type = cord_str_slice(rest, 0, close);
        if (close == SIZE_MAX || !from.ptr || !is_type(type)) {
            return false;
        }
        cord_message_put(fields, emit, CORD_MESSAGE_RECORD_TYPE, type);
        cord_message_put(fields, emit, CORD_MESSAGE_QUERY,
                         cord_message_word(cord_str_trim(cord_str_from_byte(rest, close + 1))));
        put_client(fields, emit, from);
        return true;
    }
    bool reply =
        cord_str_starts(text, CORD_STR("reply ")) || cord_str_starts(text, CORD_STR("cached "));
    cord_str answer = cord_message_behind(text, " is ");
    if (!reply || !answer.ptr) {
        return false;
    }
    cord_message_put(fields, emit, CORD_MESSAGE_QUERY,
                     cord_message_word(cord_str_from_byte(text, cord_message_word(text).len + 1)));
    cord_message_put(fields, emit, CORD_MESSAGE_ANSWER, answer);
    return true;
}

/* unbound: "info: 1.2.3.4 name. A IN" */
static bool read_unbound(struct cord_message_fields *fields, struct cord_emit *emit, cord_str text)
{
    cord_str rest = cord_message_behind(text, "info: ");
    cord_str words[4] = {{0}};
    for (size_t i = 0; i < 4; i++) {
        rest = cord_str_trim(rest);
        words[i] = cord_message_word(rest);
        rest = cord_str_from_byte(rest, words[i].len);
    }
    if (!cord_str_eq(words[3], CORD_STR("IN")) || !is_type(words[2])) {
        return false;
    }
    put_client(fields, emit, words[0]);
    bool dot = cord_str_ends(words[1], CORD_STR("."));
    cord_message_put(fields, emit, CORD_MESSAGE_QUERY,
                     cord_str_slice(words[1], 0, words[1].len - (dot ? 1 : 0)));
    cord_message_put(fields, emit, CORD_MESSAGE_RECORD_TYPE, words[2]);
    return true;
}

bool cord_message_dns_read(struct cord_message_fields *fields, struct cord_emit *emit,
                           cord_str program, cord_str text)
{
    bool found = read_named(fields, emit, text);
    if (!found && cord_str_starts(program, CORD_STR("dnsmasq"))) {
        found = read_dnsmasq(fields, emit, text);
    }
    if (!found && cord_str_starts(program, CORD_STR("unbound"))) {
        found = read_unbound(fields, emit, text);
    }
    if (found) {
        cord_message_class(fields, emit, CORD_MESSAGE_CLASS_DNS);
    }
    return found;
}

/* The host of "http://host:80/x" and "host:443"; empty when there is none. */
static cord_str host_of(cord_str url)
{
    size_t scheme = cord_str_find(url, CORD_STR("://"), 0);
    cord_str rest = scheme == SIZE_MAX ? url : cord_str_from_byte(url, scheme + 3);
    size_t end = 0;
    while (end < rest.len && !strchr("/:?#", rest.ptr[end])) {
        end++;
    }
    return cord_str_slice(rest, 0, end);
}

/* TIME ELAPSED CLIENT CODE/STATUS BYTES METHOD URL USER HIERARCHY/HOST TYPE */
bool cord_message_fields_squid(struct cord_message_fields *fields, struct cord_emit *emit,
                               cord_str line)
{
    cord_str words[10] = {{0}};
    cord_str rest = line;
    if (line.len < 24 || line.ptr[10] != '.') {
        return false;
    }
    for (size_t i = 0; i < 10; i++) {
        rest = cord_str_trim(rest);
        words[i] = cord_message_word(rest);
        rest = cord_str_from_byte(rest, words[i].len);
    }
    size_t slash = cord_str_find_char(words[3], '/', 0);
    uint64_t number;
    if (slash == SIZE_MAX || words[8].len == 0 || !cord_str_u64(words[1], &number) ||
        !cord_str_u64(cord_str_from_byte(words[3], slash + 1), &number) ||
        !cord_str_u64(words[4], &number)) {
        return false;
    }
    cord_message_put(fields, emit, CORD_MESSAGE_ELAPSED, words[1]);
    cord_message_put(fields, emit, CORD_MESSAGE_C_IP, words[2]);
    cord_message_put(fields, emit, CORD_MESSAGE_SRC_IP, words[2]);
    cord_message_put(fields, emit, CORD_MESSAGE_ACTION, cord_str_slice(words[3], 0, slash));
    cord_message_put(fields, emit, CORD_MESSAGE_SC_STATUS, cord_str_from_byte(words[3], slash + 1));
    cord_message_put(fields, emit, CORD_MESSAGE_SC_BYTES, words[4]);
    cord_message_put(fields, emit, CORD_MESSAGE_CS_METHOD, words[5]);
    cord_message_put(fields, emit, CORD_MESSAGE_C_URI, words[6]);
    cord_message_put(fields, emit, CORD_MESSAGE_CS_HOST, host_of(words[6]));
    if (!cord_str_eq(words[7], CORD_STR("-"))) {
        cord_message_put(fields, emit, CORD_MESSAGE_CS_USERNAME, words[7]);
    }
    size_t peer = cord_str_find_char(words[8], '/', 0);
    if (peer != SIZE_MAX) {
        cord_message_put(fields, emit, CORD_MESSAGE_HIERARCHY, cord_str_slice(words[8], 0, peer));
        cord_message_put(fields, emit, CORD_MESSAGE_DST_IP, cord_str_from_byte(words[8], peer + 1));
    }
    cord_message_put(fields, emit, CORD_MESSAGE_CONTENT_TYPE, words[9]);
    cord_message_class(fields, emit, CORD_MESSAGE_CLASS_PROXY);
    return true;
}
