/* syslog.c: see syslog.h. */
#include "codec/syslog.h"

enum {
    PRIORITY_MAX = 191,
    PRIORITY_DEFAULT = 13, /* RFC 3164 section 4.3.3: user.notice */
    TAG_BYTES_MAX = 128,
    NESTED_MAX = 3,
};

static char char_at(cord_str text, size_t at)
{
    return at < text.len ? text.ptr[at] : '\0';
}

static void skip_blanks(cord_str *rest)
{
    while (rest->len > 0 && (rest->ptr[0] == ' ' || rest->ptr[0] == '\t')) {
        *rest = cord_str_from_byte(*rest, 1);
    }
}

/* "<165>"; up to three digits and not above 191. */
static bool read_priority(cord_str *rest, struct cord_syslog *syslog)
{
    unsigned value = 0;
    size_t at = 1;
    if (char_at(*rest, 0) != '<') {
        return false;
    }
    for (; at <= 3 && cord_str_is_digit(char_at(*rest, at)); at++) {
        value = value * 10 + (unsigned)(rest->ptr[at] - '0');
    }
    if (at == 1 || char_at(*rest, at) != '>' || value > PRIORITY_MAX) {
        return false;
    }
    syslog->priority = value;
    syslog->has_priority = true;
    *rest = cord_str_from_byte(*rest, at + 1);
    return true;
}

static bool read_date(cord_str *rest, int64_t now_ns, struct cord_syslog *syslog)
{
    if (!cord_log_date_read(*rest, now_ns, &syslog->date)) {
        return false;
    }
    syslog->has_date = true;
    syslog->date_text = cord_str_slice(*rest, 0, syslog->date.len);
    *rest = cord_str_from_byte(*rest, syslog->date.len);
    return true;
}

/* A word and the blank behind it; "-" is RFC 5424's NILVALUE. */
static cord_str read_word(cord_str *rest)
{
    size_t end = cord_str_find_char(*rest, ' ', 0);
    cord_str word = cord_str_slice(*rest, 0, end);
    *rest = cord_str_from_byte(*rest, end == SIZE_MAX ? rest->len : end + 1);
    return cord_str_eq(word, CORD_STR("-")) ? (cord_str){word.ptr, 0} : word;
}

/* To behind the element's closing bracket, or 0 when it is not closed. Blanks
 * around '=' occur in the wild and do no harm here. */
static size_t element_length(cord_str text)
{
    bool in_quotes = false;
    for (size_t at = 1; at < text.len; at++) {
        char c = text.ptr[at];
        if (c == '\\' && in_quotes) {
            at++;
        } else if (c == '"') {
            in_quotes = !in_quotes;
        } else if (c == ']' && !in_quotes) {
            return at + 1;
        }
    }
    return 0;
}

/* True when the text begins with "[id" and then a parameter or the end: a
 * message may begin with a bracket as well. */
static bool is_element(cord_str text)
{
    size_t at = 1;
    if (char_at(text, 0) != '[') {
        return false;
    }
    while (at < text.len && at <= 128 && text.ptr[at] > ' ' && text.ptr[at] < 127 &&
           !strchr("=]\"[:", text.ptr[at])) {
        at++;
    }
    if (at == 1 || at > 128) {
        return false;
    }
    if (char_at(text, at) == ']') {
        return true;
    }
    cord_str parameters = cord_str_slice(text, at, 256);
    return char_at(text, at) == ' ' && cord_str_find_char(parameters, '=', 0) != SIZE_MAX;
}

static void read_structured_data(cord_str *rest, struct cord_syslog *syslog)
{
    size_t at = 0;
    if (cord_str_eq(*rest, CORD_STR("-")) || cord_str_starts(*rest, CORD_STR("- "))) {
        *rest = cord_str_from_byte(*rest, 2);
        return;
    }
    while (is_element(cord_str_from_byte(*rest, at))) {
        size_t length = element_length(cord_str_from_byte(*rest, at));
        if (length == 0) {
            break;
        }
        at += length;
    }
    syslog->data = cord_str_slice(*rest, 0, at);
    *rest = cord_str_from_byte(*rest, at);
    if (at > 0 && char_at(*rest, 0) == ' ') {
        *rest = cord_str_from_byte(*rest, 1);
    }
}

static void set_message(struct cord_syslog *syslog, cord_str text)
{
    if (cord_str_starts(text, CORD_STR("\xef\xbb\xbf"))) { /* RFC 5424 section 6.4: BOM */
        text = cord_str_from_byte(text, 3);
    }
    syslog->content = text;
    syslog->message = text;
}

/* RFC 5424 behind the version: TIMESTAMP HOST APP PROCID MSGID SD [MSG]. */
static bool read_5424(cord_str rest, int64_t now_ns, struct cord_syslog *syslog)
{
    if (cord_str_starts(rest, CORD_STR("- "))) {
        rest = cord_str_from_byte(rest, 2);
    } else {
        if (!cord_str_is_digit(char_at(rest, 0)) || !read_date(&rest, now_ns, syslog) ||
            (rest.len > 0 && rest.ptr[0] != ' ')) {
            return false;
        }
        rest = cord_str_from_byte(rest, 1);
    }
    syslog->is_5424 = true;
    syslog->host = read_word(&rest);
    syslog->program = read_word(&rest);
    syslog->tag = syslog->program;
    syslog->pid = read_word(&rest);
    syslog->msgid = read_word(&rest);
    read_structured_data(&rest, syslog);
    set_message(syslog, rest);
    return true;
}

static bool is_severity_word(cord_str word)
{
    static const char *const words[] = {"DEBUG", "INFO", "NOTICE", "WARNING", "WARN",    "ERROR",
                                        "ERR",   "CRIT", "ALERT",  "EMERG",   "CRITICAL"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (cord_str_eq(word, cord_str_from(words[i]))) {
            return true;
        }
    }
    return false;
}

/* What Snare's agents separate fields by, as it is or as relays escape it: its
 * length at the front of the text, else 0. */
static size_t snare_separator(cord_str text)
{
    static const char *const separators[] = {"\t", "#011", "\\011", "\\t"};
    for (size_t i = 0; i < sizeof separators / sizeof separators[0]; i++) {
        cord_str separator = cord_str_from(separators[i]);
        if (cord_str_starts(text, separator)) {
            return separator.len;
        }
    }
    return 0;
}

/* Where the separator before "MSWinEventLog" begins in a word, or SIZE_MAX. */
static size_t snare_host_end(cord_str word)
{
    size_t at = cord_str_find(word, CORD_STR("MSWinEventLog"), 0);
    for (size_t len = 1; at != SIZE_MAX && len <= 4 && len <= at; len++) {
        if (snare_separator(cord_str_slice(word, at - len, len)) == len) {
            return at - len;
        }
    }
    return SIZE_MAX;
}

/* A host name, an address, or what devices put there: no colon at its end, no
 * bracket, nothing that only a tag or a message has. */
static bool is_host(cord_str word)
{
    if (word.len == 0 || word.len > 255 || word.ptr[word.len - 1] == ':') {
        return false;
    }
    for (size_t i = 0; i < word.len; i++) {
        char c = word.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= '-' && c <= '9') || (c >= 'A' && c <= 'Z');
        if (!plain && ((unsigned char)c < '!' || strchr("[](){}<>=\"'|;%*#", c))) {
            return false;
        }
    }
    return true;
}

/* "00:01:01" or "1 2": what a device without a clock writes for the date. */
static bool is_uptime(cord_str word)
{
    for (size_t i = 0; i < word.len; i++) {
        if (!cord_str_is_digit(word.ptr[i]) && word.ptr[i] != ':' && word.ptr[i] != ' ') {
            return false;
        }
    }
    return true;
}

/* A word in front of a date, up to its colon: "host: ", and IOS XR's node with
 * the date directly behind. SIZE_MAX when there is none. */
static size_t word_before_date(cord_str text)
{
    struct cord_log_date date;
    cord_str head = cord_str_slice(text, 0, 256);
    size_t end = cord_str_find(head, CORD_STR(": "), 0);
    size_t colon = cord_str_find_char(head, ':', 0);
    if (colon != SIZE_MAX && colon < end &&
        cord_log_date_read(cord_str_from_byte(text, colon + 1), 0, &date)) {
        return colon;
    }
    return end;
}

/* Cisco writes "<pri>seq: host: *date: %FAC-..": up to three words with a colon
 * in front of the date. Taken only when a date follows. */
static void read_before_date(cord_str *rest, int64_t now_ns, struct cord_syslog *syslog)
{
    cord_str at = *rest;
    cord_str sequence = {0};
    cord_str host = {0};
    for (int words = 0; words < 4; words++) {
        while (at.len > 0 &&
               (at.ptr[0] == ' ' || at.ptr[0] == '*' || at.ptr[0] == '.' || at.ptr[0] == ':')) {
            at = cord_str_from_byte(at, 1);
        }
        if (read_date(&at, now_ns, syslog) ||
            (words > 0 && syslog->has_priority && at.len > 0 && at.ptr[0] == '%')) {
            syslog->sequence = sequence;
            syslog->host = host;
            *rest = at;
            return;
        }
        size_t end = word_before_date(at);
        cord_str word = cord_str_slice(at, 0, end);
        uint64_t number;
        if (end == SIZE_MAX || end == 0 || word.len > 255) {
            return;
        }
        if (cord_str_u64(word, &number)) {
            sequence = word;
        } else if (host.len == 0 && is_host(word) && !is_uptime(word)) {
            host = word; /* a further word is a task's name, or the time since boot */
        }
        at = cord_str_from_byte(at, end + 1);
    }
}

static void read_host(cord_str *rest, struct cord_syslog *syslog)
{
    size_t end = cord_str_find_char(*rest, ' ', 0);
    cord_str word = cord_str_slice(*rest, 0, end);
    size_t tab = cord_str_find_char(word, '\t', 0);
    tab = tab == SIZE_MAX && word.len > 20 ? snare_host_end(word) : tab;
    if (tab != SIZE_MAX) {
        word = cord_str_slice(*rest, 0, tab);
        end = tab + snare_separator(cord_str_from_byte(*rest, tab)) - 1;
    }
    size_t comma = cord_str_find_char(word, ',', 0);
    if (comma != SIZE_MAX) { /* "host,key=value,...": the rest is message */
        end = comma;
        word = cord_str_slice(word, 0, comma);
    }
    if (is_severity_word(word)) {
        syslog->severity_word = word;
    } else if (is_host(word)) {
        syslog->host = word;
    } else {
        return;
    }
    *rest = cord_str_from_byte(*rest, end == SIZE_MAX ? rest->len : end + 1);
}

/* "MSWinEventLog" with a separator behind: no blank need follow for a long way. */
static bool read_snare_tag(cord_str text, struct cord_syslog *syslog)
{
    enum { TAG_BYTES = 13 };
    if (!cord_str_starts(text, CORD_STR("MSWinEventLog")) ||
        snare_separator(cord_str_from_byte(text, TAG_BYTES)) == 0) {
        return false;
    }
    set_message(syslog, cord_str_from_byte(text, TAG_BYTES));
    syslog->tag = cord_str_slice(text, 0, TAG_BYTES);
    syslog->program = syslog->tag;
    syslog->tag_bare = true;
    syslog->message = text;
    return true;
}

/* syslogd's own words, which no tag stands before: RFC 3164 has none of it, all
 * daemons write it. Exactly these: rsyslog takes anything more for host and tag. */
static bool is_repetition(cord_str text)
{
    size_t digits = 0;
    if (!cord_str_starts(text, CORD_STR("last message repeated "))) {
        return false;
    }
    text = cord_str_from_byte(text, 22);
    while (cord_str_is_digit(char_at(text, digits))) {
        digits++;
    }
    text = cord_str_trim(cord_str_from_byte(text, digits));
    return digits > 0 &&
           (cord_str_eq(text, CORD_STR("times")) || cord_str_eq(text, CORD_STR("time")));
}

/* TAG: to ':', '[', a blank or the end (RFC 3164 section 4.1.3, longer than 32
 * bytes as everybody does). */
static void read_tag(cord_str rest, struct cord_syslog *syslog)
{
    cord_str text = rest;
    size_t at = 0;
    skip_blanks(&text);
    if (read_snare_tag(text, syslog)) {
        return;
    }
    while (at < text.len && at <= TAG_BYTES_MAX && !strchr(" \t:[{\"", text.ptr[at])) {
        at++;
    }
    /* "a::b:" and "C:\x": the colon ends a tag only before a blank or the end. */
    while (char_at(text, at) == ':' && at + 1 < text.len && at < TAG_BYTES_MAX &&
           !strchr(" \t", text.ptr[at + 1]) && text.ptr[at + 1] != '%') {
        at++;
        while (at < text.len && at <= TAG_BYTES_MAX && !strchr(" \t:[", text.ptr[at])) {
            at++;
        }
    }
    if (at == 0 || at > TAG_BYTES_MAX) {
        set_message(syslog, text);
        return;
    }
    syslog->program = cord_str_slice(text, 0, at);
    if (char_at(text, at) == '[') {
        size_t close = cord_str_find_char(cord_str_slice(text, 0, at + 64), ']', at);
        if (close == SIZE_MAX) {
            syslog->program = (cord_str){0};
            set_message(syslog, text);
            return;
        }
        syslog->pid = cord_str_slice(text, at + 1, close - at - 1);
        at = close + 1;
    } else {
        syslog->tag_bare = char_at(text, at) != ':';
    }
    at += char_at(text, at) == ':' ? 1 : 0;
    syslog->tag = cord_str_slice(text, 0, at);
    set_message(syslog, cord_str_from_byte(text, at));
    if (syslog->tag_bare) {
        syslog->message = text;
    }
}

static void read_3164(cord_str rest, int64_t now_ns, struct cord_syslog *syslog)
{
    skip_blanks(&rest);
    read_before_date(&rest, now_ns, syslog);
    if (!syslog->has_date && !syslog->has_priority) {
        syslog->message = rest;
        syslog->content = rest;
        return;
    }
    bool colon = syslog->has_date && char_at(rest, 0) == ':';
    if (colon) {
        rest = cord_str_from_byte(rest, 1);
    }
    if (syslog->has_date && rest.len > 0 && rest.ptr[0] == ' ') {
        rest = cord_str_from_byte(rest, 1);
    }
    skip_blanks(&rest);
    if (is_repetition(rest)) {
        set_message(syslog, rest);
        return;
    }
    if (syslog->host.len == 0) {
        read_host(&rest, syslog);
        skip_blanks(&rest);
    }
    if (cord_str_starts(rest, CORD_STR(": "))) { /* "host : %FWSM-6-..." */
        rest = cord_str_from_byte(rest, 2);
        skip_blanks(&rest);
    }
    read_tag(rest, syslog);
}

/* True when the message is another message with its header: a relay's host was
 * the outer one. */
static bool nested_text(const struct cord_syslog *syslog, cord_str *ret_text)
{
    cord_str text = syslog->message;
    skip_blanks(&text);
    if (char_at(text, 0) == '<') {
        struct cord_syslog probe = {0};
        cord_str rest = text;
        *ret_text = text;
        return read_priority(&rest, &probe);
    }
    /* "May 12 13:24:05 relay May 12 13:24:05 host tag: ..." */
    struct cord_log_date date;
    *ret_text = text;
    return syslog->tag_bare && syslog->has_date && syslog->host.len > 0 &&
           cord_log_date_read(text, 0, &date) && date.form != CORD_LOG_DATE_EPOCH &&
           char_at(text, date.len) == ' ';
}

static void parse_at(cord_str line, int64_t now_ns, unsigned depth, struct cord_syslog *ret_syslog)
{
    struct cord_syslog syslog = {.priority = PRIORITY_DEFAULT};
    cord_str rest = line;
    cord_str inner;

    skip_blanks(&rest);
    (void)read_priority(&rest, &syslog);
    cord_str behind = rest;
    skip_blanks(&behind);
    if (!cord_str_starts(behind, CORD_STR("1 ")) ||
        !read_5424(cord_str_from_byte(behind, 2), now_ns, &syslog)) {
        read_3164(rest, now_ns, &syslog);
    }
    *ret_syslog = syslog;
    if (depth < NESTED_MAX && !syslog.is_5424 && cord_syslog_is_header(&syslog) &&
        nested_text(&syslog, &inner)) {
        struct cord_syslog nested;
        parse_at(inner, now_ns, depth + 1, &nested);
        if (nested.has_date || nested.is_5424) {
            nested.relay = nested.relay.len > 0 ? nested.relay : syslog.host;
            if (!nested.has_priority) {
                nested.has_priority = syslog.has_priority;
                nested.priority = syslog.priority;
            }
            *ret_syslog = nested;
        }
    }
}

void cord_syslog_parse(cord_str line, int64_t now_ns, struct cord_syslog *ret_syslog)
{
    parse_at(line, now_ns, 0, ret_syslog);
}

/* Begins an element: *rest stands behind its id. */
static bool begin_element(cord_str *rest, cord_str *element)
{
    size_t at = 1;
    if (char_at(*rest, 0) != '[') {
        return false;
    }
    while (at < rest->len && !strchr(" ]", rest->ptr[at])) {
        at++;
    }
    *element = cord_str_slice(*rest, 1, at - 1);
    *rest = cord_str_from_byte(*rest, at);
    return true;
}

/* A parameter's value behind its '=', with or without quotes. */
static cord_str read_parameter(cord_str *rest)
{
    skip_blanks(rest);
    size_t from = char_at(*rest, 0) == '"' ? 1 : 0;
    size_t at = from;
    while (at < rest->len &&
           (from == 1 ? rest->ptr[at] != '"' : rest->ptr[at] != ' ' && rest->ptr[at] != ']')) {
        at += rest->ptr[at] == '\\' && at + 1 < rest->len ? 2 : 1;
    }
    cord_str value = cord_str_slice(*rest, from, at - from);
    *rest = cord_str_from_byte(*rest, at + from);
    return value;
}

bool cord_syslog_data_next(cord_str *rest, cord_str *element, cord_str *ret_name,
                           cord_str *ret_value)
{
    while (rest->len > 0) {
        if (begin_element(rest, element) && char_at(*rest, 0) == ']') {
            *rest = cord_str_from_byte(*rest, 1);
            *ret_name = (cord_str){element->ptr, 0};
            *ret_value = (cord_str){element->ptr, 0};
            return true;
        }
        size_t end = 0;
        skip_blanks(rest);
        while (end < rest->len && !strchr("= ]\"", rest->ptr[end])) {
            end++;
        }
        *ret_name = cord_str_slice(*rest, 0, end);
        *rest = cord_str_from_byte(*rest, end);
        skip_blanks(rest);
        if (char_at(*rest, 0) == '=') {
            *rest = cord_str_from_byte(*rest, 1);
            *ret_value = read_parameter(rest);
            return true;
        }
        /* The element's end, or a word that is no parameter. */
        *rest = cord_str_from_byte(*rest, ret_name->len > 0 && char_at(*rest, 0) != ']' ? 0 : 1);
    }
    return false;
}

const char *cord_syslog_facility(unsigned facility)
{
    static const char *const names[] = {
        "kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
        "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "audit",  "alert",  "clock",
        "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7"};
    return facility < sizeof names / sizeof names[0] ? names[facility] : "";
}

const char *cord_syslog_severity(unsigned severity)
{
    static const char *const names[] = {"emerg",   "alert",  "crit", "err",
                                        "warning", "notice", "info", "debug"};
    return severity < sizeof names / sizeof names[0] ? names[severity] : "";
}
