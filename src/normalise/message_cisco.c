/* message_cisco.c: Cisco's %FACILITY-SEVERITY-MNEMONIC messages. See message_fields.h. */
#include "normalise/message_grammars.h"
#include "normalise/message_internal.h"

struct mnemonic {
    cord_str facility; /* "SYS", "ASA" */
    cord_str severity; /* "5" */
    cord_str mnemonic; /* "CONFIG_I", "106023" */
    cord_str behind;   /* the text behind the colon */
};

static bool is_word_char(char c)
{
    return (c >= 'A' && c <= 'Z') || cord_str_is_digit(c) || c == '_' || c == '-' ||
           (c >= 'a' && c <= 'z');
}

/* "FAC-SUB-5-NAME": the severity is the last part that is one digit. */
static bool split(cord_str word, struct mnemonic *ret)
{
    for (size_t at = word.len; at-- > 2;) {
        if (word.ptr[at] == '-' && cord_str_is_digit(word.ptr[at - 1]) && word.ptr[at - 2] == '-' &&
            word.ptr[at - 1] <= '7' && at + 1 < word.len) {
            ret->facility = cord_str_slice(word, 0, at - 2);
            ret->severity = cord_str_slice(word, at - 1, 1);
            ret->mnemonic = cord_str_from_byte(word, at + 1);
            return ret->facility.len > 0;
        }
    }
    return false;
}

static bool is_firewall(cord_str facility)
{
    return cord_str_eq(facility, CORD_STR("ASA")) || cord_str_eq(facility, CORD_STR("PIX")) ||
           cord_str_eq(facility, CORD_STR("FWSM")) || cord_str_eq(facility, CORD_STR("FTD"));
}

/* "ASA-2-106006: ", "302020: ": the tag without its percent sign. */
static bool find_bare(cord_str text, struct mnemonic *ret)
{
    cord_str word = cord_message_word(cord_str_slice(text, 0, 64));
    bool colon = word.len > 1 && word.ptr[word.len - 1] == ':';
    uint64_t number;
    if (!colon) {
        return false;
    }
    ret->behind = cord_str_trim(cord_str_from_byte(text, word.len));
    word.len--;
    if (word.len == 6 && cord_str_u64(word, &number)) {
        *ret = (struct mnemonic){CORD_STR("ASA"), (cord_str){0}, word, ret->behind};
        return true;
    }
    return split(word, ret) && is_firewall(ret->facility);
}

/* Finds "%FAC-5-NAME:" near the front of the text, or as the tag. */
static bool find_mnemonic(cord_str text, struct mnemonic *ret)
{
    for (size_t at = 0;
         (at = cord_str_find_char(cord_str_slice(text, 0, 192), '%', at)) != SIZE_MAX; at++) {
        cord_str rest = cord_str_from_byte(text, at + 1);
        size_t len = 0;
        while (len < rest.len && len < 96 && is_word_char(rest.ptr[len])) {
            len++;
        }
        if (split(cord_str_slice(rest, 0, len), ret)) {
            cord_str behind = cord_str_from_byte(rest, len);
            bool colon = behind.len > 0 && behind.ptr[0] == ':';
            ret->behind = cord_str_trim(cord_str_from_byte(behind, colon ? 1 : 0));
            return true;
        }
    }
    return false;
}

static enum cord_message_class class_of(cord_str facility, cord_str mnemonic)
{
    if (is_firewall(facility)) {
        return CORD_MESSAGE_CLASS_CISCO_FIREWALL;
    }
    /* Who logged in and which commands were given: accounting, wherever it
     * comes from. */
    if (cord_str_starts(facility, CORD_STR("AAA")) || cord_str_starts(facility, CORD_STR("TAC")) ||
        cord_str_starts(facility, CORD_STR("RADIUS")) ||
        cord_str_eq(facility, CORD_STR("SEC_LOGIN")) ||
        cord_str_starts(mnemonic, CORD_STR("CFGLOG_LOGGEDCMD"))) {
        return CORD_MESSAGE_CLASS_CISCO_AAA;
    }
    if (cord_str_starts(facility, CORD_STR("BGP")) || cord_str_eq(facility, CORD_STR("TCP")) ||
        cord_str_eq(facility, CORD_STR("IP-TCP"))) {
        return CORD_MESSAGE_CLASS_CISCO_BGP;
    }
    return cord_str_eq(facility, CORD_STR("LDP")) ? CORD_MESSAGE_CLASS_CISCO_LDP
                                                  : CORD_MESSAGE_CLASS_CISCO;
}

static bool is_boundary(char c)
{
    return c == ' ' || c == ':' || c == '/' || c == '(' || c == '[' || c == ',' || c == '=' ||
           c == '>' || c == '"';
}

/* The first two addresses of the text are source and destination; a word
 * "dst" or "to" before the first makes it the destination. */
static void put_addresses(struct cord_message_fields *fields, struct cord_emit *emit, cord_str text)
{
    int found = 0;
    for (size_t at = 0; at < text.len && found < 2; at++) {
        cord_str ip;
        cord_str port;
        char c = text.ptr[at];
        if ((!cord_str_is_digit(c) && c != ':') || (at > 0 && !is_boundary(text.ptr[at - 1]))) {
            continue;
        }
        size_t len = cord_message_address(cord_str_from_byte(text, at), &ip, &port);
        if (len == 0) {
            continue;
        }
        cord_message_put(fields, emit, found == 0 ? CORD_MESSAGE_SRC_IP : CORD_MESSAGE_DST_IP, ip);
        cord_message_put(fields, emit, found == 0 ? CORD_MESSAGE_SRC_PORT : CORD_MESSAGE_DST_PORT,
                         port);
        found++;
        at += len;
        /* "10.1.1.1/80 (10.1.1.1/80)": the translated address is no second one. */
        if (at + 1 < text.len && text.ptr[at] == '(') {
            size_t close = cord_str_find_char(text, ')', at);
            at = close == SIZE_MAX ? at : close;
        }
    }
}

static void put_words(struct cord_message_fields *fields, struct cord_emit *emit, cord_str text)
{
    static const char *const actions[] = {"Built",         "Teardown",  "Deny",      "denied",
                                          "Denied",        "deny",      "permitted", "Dropping",
                                          "access denied", "discarded", "requested", "permitted"};
    static const char *const protocols[] = {"TCP", "tcp", "UDP", "udp", "ICMP", "icmp"};
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        if (cord_str_find(text, cord_str_from(actions[i]), 0) != SIZE_MAX) {
            cord_message_put(fields, emit, CORD_MESSAGE_ACTION, cord_str_from(actions[i]));
            break;
        }
    }
    for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++) {
        if (cord_str_find(text, cord_str_from(protocols[i]), 0) != SIZE_MAX) {
            cord_message_put(fields, emit, CORD_MESSAGE_PROTOCOL, cord_str_from(protocols[i]));
            break;
        }
    }
}

/* "User 'x' executed", "user = x", "Username = x", "by x on vty0", "[user: x]" */
static void put_user(struct cord_message_fields *fields, struct cord_emit *emit, cord_str text)
{
    static const char *const marks[] = {
        "User '", "user '", "Username = ", "user = ", "[user: ", "uname: ",
        "User=",  "user=",  "User ",       "user: ",  "(user= "};
    if (cord_str_find(text, CORD_STR("ser"), 0) == SIZE_MAX &&
        cord_str_find(text, CORD_STR("uname"), 0) == SIZE_MAX) {
        return; /* none of the marks: two searches for eleven */
    }
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        cord_str rest = cord_message_behind(text, marks[i]);
        size_t end = 0;
        while (end < rest.len && !strchr(" ',]):;\"", rest.ptr[end])) {
            end++;
        }
        if (end > 0) {
            cord_message_put(fields, emit, CORD_MESSAGE_USER, cord_str_slice(rest, 0, end));
            return;
        }
    }
}

/* The first layout of a number, or of its family ("713"); NULL when there is none. */
static const struct cord_message_grammar *layout_of(cord_str number)
{
    const struct cord_message_alias *alias = cord_message_grammars_asa_like;
    const struct cord_message_grammar *row = cord_message_grammars_asa;
    for (; alias->key; alias++) {
        if (cord_str_eq(number, cord_str_from(alias->key))) {
            number = cord_str_from(alias->like);
            break;
        }
    }
    for (; row->key; row++) {
        if (cord_str_starts(number, cord_str_from(row->key))) {
            return row;
        }
    }
    return NULL;
}

/* A message of a firewall, by its number. Few numbers make up most of a log:
 * where their layouts stand is kept. */
static bool read_asa(struct cord_message_fields *fields, struct cord_emit *emit,
                     const struct mnemonic *found)
{
    cord_str number = found->mnemonic;
    if (number.len != 6 || !cord_str_is_digit(number.ptr[5])) {
        return false;
    }
    size_t slot = ((size_t)(unsigned char)number.ptr[5] * 7 +
                   (size_t)(unsigned char)number.ptr[4] * 3 + (unsigned char)number.ptr[2]) &
                  (CORD_MESSAGE_NUMBERS - 1);
    struct cord_message_numbered *kept = &fields->numbered[slot];
    if (memcmp(kept->number, number.ptr, 6) != 0) {
        memcpy(kept->number, number.ptr, 6);
        kept->row = layout_of(number);
    }
    const struct cord_message_grammar *row = kept->row;
    for (const char *key = row ? row->key : NULL; key && row->key && strcmp(key, row->key) == 0;
         row++) {
        if (cord_message_grammar_match(fields, emit, row->pattern, found->behind)) {
            return true;
        }
    }
    return false;
}

/* FTD: "DeviceUUID: x, AccessControlRuleAction: Block, SrcIP: 1.2.3.4, ..." */
static bool read_ftd(struct cord_message_fields *fields, struct cord_emit *emit, cord_str text)
{
    static const struct {
        const char *key;
        enum cord_message_name name;
    } sigma[] = {{"SrcIP", CORD_MESSAGE_SRC_IP},
                 {"DstIP", CORD_MESSAGE_DST_IP},
                 {"SrcPort", CORD_MESSAGE_SRC_PORT},
                 {"DstPort", CORD_MESSAGE_DST_PORT},
                 {"Protocol", CORD_MESSAGE_PROTOCOL},
                 {"AccessControlRuleAction", CORD_MESSAGE_ACTION},
                 {"AccessControlRuleName", CORD_MESSAGE_RULE},
                 {"User", CORD_MESSAGE_USER}};
    for (int pairs = 0; pairs < 256 && text.len > 0; pairs++) {
        size_t end = cord_str_find(text, CORD_STR(", "), 0);
        cord_str pair = cord_str_slice(text, 0, end);
        size_t colon = cord_str_find(pair, CORD_STR(": "), 0);
        if (colon == SIZE_MAX || cord_message_word(pair).len != colon + 1) {
            return pairs > 0;
        }
        cord_str key = cord_str_slice(pair, 0, colon);
        cord_str value = cord_str_from_byte(pair, colon + 2);
        cord_emit_named(emit, key, value);
        for (size_t i = 0; i < sizeof sigma / sizeof sigma[0]; i++) {
            if (cord_str_eq(key, cord_str_from(sigma[i].key))) {
                cord_message_put(fields, emit, sigma[i].name, value);
            }
        }
        text = cord_str_from_byte(text, end == SIZE_MAX ? text.len : end + 2);
    }
    return true;
}

bool cord_message_cisco_bare(struct cord_message_fields *fields, struct cord_emit *emit,
                             cord_str text)
{
    struct mnemonic found = {0};
    char first = text.len > 0 ? text.ptr[0] : '\0';
    if (find_bare(text, &found)) {
        if (!read_asa(fields, emit, &found)) {
            return false;
        }
        cord_message_put(fields, emit, CORD_MESSAGE_CISCO_FACILITY, found.facility);
        cord_message_put(fields, emit, CORD_MESSAGE_CISCO_SEVERITY, found.severity);
        cord_message_put(fields, emit, CORD_MESSAGE_CISCO_MNEMONIC, found.mnemonic);
        cord_message_class(fields, emit, CORD_MESSAGE_CLASS_CISCO_FIREWALL);
        return true;
    }
    /* Without any tag, only words that hardly anything else begins with. */
    static const char *const openings[] = {"Deny ",     "Built ",        "Teardown ",
                                           "Inbound ",  "access-list ",  "Denied ",
                                           "Dropping ", "Duplicate TCP", "No matching connection",
                                           "IPSEC: "};
    bool opened =
        cord_str_is_digit(first) && cord_str_find(text, CORD_STR(" Accessed URL "), 0) != SIZE_MAX;
    for (size_t i = 0; !opened && i < sizeof openings / sizeof openings[0]; i++) {
        opened = openings[i][0] == first && cord_str_starts(text, cord_str_from(openings[i]));
    }
    if (opened &&
        cord_message_grammar_read(fields, emit, cord_message_grammars_asa, (cord_str){0}, text)) {
        cord_message_class(fields, emit, CORD_MESSAGE_CLASS_CISCO_FIREWALL);
        return true;
    }
    return false;
}

bool cord_message_fields_is_cisco(cord_str text)
{
    struct mnemonic found;
    return text.len > 0 && text.ptr[0] == '%' &&
           find_mnemonic(cord_str_slice(text, 0, 100), &found);
}

bool cord_message_cisco_read(struct cord_message_fields *fields, struct cord_emit *emit,
                             cord_str program, cord_str text)
{
    struct mnemonic found = {0};
    bool tagged =
        program.len > 1 && program.ptr[0] == '%' && split(cord_str_from_byte(program, 1), &found);
    if (tagged) {
        found.behind = text;
    } else if (!find_mnemonic(text, &found)) {
        return false;
    }
    cord_message_put(fields, emit, CORD_MESSAGE_CISCO_FACILITY, found.facility);
    cord_message_put(fields, emit, CORD_MESSAGE_CISCO_SEVERITY, found.severity);
    cord_message_put(fields, emit, CORD_MESSAGE_CISCO_MNEMONIC, found.mnemonic);
    cord_message_class(fields, emit, class_of(found.facility, found.mnemonic));
    if (is_firewall(found.facility) &&
        (read_asa(fields, emit, &found) || (cord_str_starts(found.mnemonic, CORD_STR("4300")) &&
                                            read_ftd(fields, emit, found.behind)))) {
        return true;
    }
    put_user(fields, emit, found.behind);
    if (is_firewall(found.facility) || cord_str_starts(found.facility, CORD_STR("SEC"))) {
        put_words(fields, emit, found.behind);
        put_addresses(fields, emit, found.behind);
    }
    return true;
}
