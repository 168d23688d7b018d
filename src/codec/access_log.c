/* access_log.c: see access_log.h. */
#include "codec/access_log.h"

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

static cord_str take_word(cord_str *rest)
{
    skip_blanks(rest);
    size_t end = cord_str_find_char(*rest, ' ', 0);
    cord_str word = cord_str_slice(*rest, 0, end);
    *rest = cord_str_from_byte(*rest, end == SIZE_MAX ? rest->len : end);
    return word;
}

/* "..." with backslash escapes, as Apache writes them. */
static bool take_quoted(cord_str *rest, cord_str *ret_text)
{
    skip_blanks(rest);
    if (char_at(*rest, 0) != '"') {
        return false;
    }
    for (size_t at = 1; at < rest->len; at++) {
        char c = rest->ptr[at];
        if (c == '\\') {
            at++;
        } else if (c == '"') {
            *ret_text = cord_str_slice(*rest, 1, at - 1);
            *rest = cord_str_from_byte(*rest, at + 1);
            return true;
        }
    }
    return false;
}

static bool is_method(cord_str word)
{
    if (word.len < 3 || word.len > 32) {
        return false;
    }
    for (size_t i = 0; i < word.len; i++) {
        char c = word.ptr[i];
        if (!(c >= 'A' && c <= 'Z') && c != '_' && c != '-') {
            return false;
        }
    }
    return true;
}

void cord_access_log_request(cord_str request, struct cord_access_log *entry)
{
    cord_str rest = request;
    entry->request = request;
    cord_str method = take_word(&rest);
    skip_blanks(&rest);
    if (!is_method(method) || rest.len == 0) {
        return;
    }
    entry->method = method;
    /* The URI may hold blanks: the protocol is the last word, if it looks so. */
    const char *last = memrchr(rest.ptr, ' ', rest.len);
    cord_str tail = last ? cord_str_from_byte(rest, (size_t)(last - rest.ptr) + 1) : (cord_str){0};
    if (cord_str_starts(tail, CORD_STR("HTTP/")) || cord_str_starts(tail, CORD_STR("RTSP/"))) {
        entry->protocol = tail;
        rest = cord_str_trim(cord_str_slice(rest, 0, (size_t)(last - rest.ptr)));
    }
    entry->uri = rest;
    size_t query = cord_str_find_char(rest, '?', 0);
    entry->uri_stem = cord_str_slice(rest, 0, query);
    if (query != SIZE_MAX) {
        entry->uri_query = cord_str_from_byte(rest, query + 1);
    }
}

static bool is_status(cord_str word)
{
    return cord_str_eq(word, CORD_STR("-")) ||
           (word.len == 3 && cord_str_is_digit(word.ptr[0]) && cord_str_is_digit(word.ptr[1]) &&
            cord_str_is_digit(word.ptr[2]));
}

/* The time in brackets; *rest stands before the '['. */
static bool take_time(cord_str *rest, struct cord_access_log *entry)
{
    size_t close = cord_str_find_char(cord_str_slice(*rest, 0, 64), ']', 0);
    if (char_at(*rest, 0) != '[' || close == SIZE_MAX) {
        return false;
    }
    entry->time = cord_str_slice(*rest, 1, close - 1);
    *rest = cord_str_from_byte(*rest, close + 1);
    return cord_log_date_read(entry->time, 0, &entry->date) && entry->date.has_year;
}

cord_status cord_access_log_read(cord_str line, struct cord_access_log *ret_entry)
{
    struct cord_access_log entry = {0};
    cord_str rest = line;
    size_t bracket = cord_str_find(cord_str_slice(line, 0, 1024), CORD_STR(" ["), 0);
    if (bracket == SIZE_MAX) {
        return CORD_E_FORMAT;
    }
    cord_str head = cord_str_slice(line, 0, bracket);
    cord_str words[4] = {{0}};
    size_t count = 0;
    while (count < 3 && head.len > 0) {
        words[count++] = take_word(&head);
        skip_blanks(&head);
    }
    if (count < 3 || words[0].ptr[0] == '<') {
        return CORD_E_FORMAT;
    }
    if (head.len > 0) { /* a fourth word: the virtual host was first, or the user has blanks */
        size_t blank = cord_str_find_char(head, ' ', 0);
        bool vhost = blank == SIZE_MAX && cord_str_eq(words[2], CORD_STR("-"));
        if (!vhost && !cord_str_eq(words[1], CORD_STR("-"))) {
            return CORD_E_FORMAT;
        }
        words[3] = head;
        entry.vhost = vhost ? words[0] : (cord_str){0};
        size_t first = vhost ? 1 : 0;
        entry.client = words[first];
        entry.ident = words[first + 1];
        entry.user = vhost ? words[3]
                           : (cord_str){words[2].ptr, (size_t)(head.ptr + head.len - words[2].ptr)};
    } else {
        entry.client = words[0];
        entry.ident = words[1];
        entry.user = words[2];
    }
    rest = cord_str_from_byte(line, bracket + 1);
    cord_str request;
    if (!take_time(&rest, &entry) || !take_quoted(&rest, &request)) {
        return CORD_E_FORMAT;
    }
    cord_access_log_request(request, &entry);
    entry.status = take_word(&rest);
    entry.bytes = take_word(&rest);
    if (!is_status(entry.status)) {
        return CORD_E_FORMAT;
    }
    if (take_quoted(&rest, &entry.referer)) {
        (void)take_quoted(&rest, &entry.agent);
    }
    entry.more = cord_str_trim(rest);
    *ret_entry = entry;
    return CORD_OK;
}

/* The next "[...]" group. */
static bool take_group(cord_str *rest, cord_str *ret_text)
{
    skip_blanks(rest);
    size_t close = cord_str_find_char(cord_str_slice(*rest, 0, 256), ']', 0);
    if (char_at(*rest, 0) != '[' || close == SIZE_MAX) {
        return false;
    }
    *ret_text = cord_str_slice(*rest, 1, close - 1);
    *rest = cord_str_from_byte(*rest, close + 1);
    return true;
}

/* "1.2.3.4:80" and "[::1]:80"; an IPv6 address without brackets has no port. */
static void split_client(cord_str text, struct cord_error_log *entry)
{
    const char *colon = text.len > 0 ? memrchr(text.ptr, ':', text.len) : NULL;
    size_t at = colon ? (size_t)(colon - text.ptr) : SIZE_MAX;
    uint64_t port;
    entry->client = text;
    if (at != SIZE_MAX && cord_str_find_char(text, ':', 0) == at &&
        cord_str_u64(cord_str_from_byte(text, at + 1), &port)) {
        entry->client = cord_str_slice(text, 0, at);
        entry->client_port = cord_str_from_byte(text, at + 1);
    }
}

static bool is_level(cord_str word)
{
    static const char *const levels[] = {"emerg", "alert",  "crit", "error",
                                         "warn",  "notice", "info", "debug"};
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        if (cord_str_starts(word, cord_str_from(levels[i]))) {
            return word.len <= 6 || cord_str_starts(word, CORD_STR("trace"));
        }
    }
    return cord_str_starts(word, CORD_STR("trace"));
}

/* "module:level" or "level". */
static bool read_level(cord_str group, struct cord_error_log *entry)
{
    size_t colon = cord_str_find_char(group, ':', 0);
    entry->level = colon == SIZE_MAX ? group : cord_str_from_byte(group, colon + 1);
    entry->module = colon == SIZE_MAX ? ((cord_str){0}) : cord_str_slice(group, 0, colon);
    return is_level(entry->level);
}

static void read_apache_group(cord_str group, struct cord_error_log *entry)
{
    if (cord_str_starts(group, CORD_STR("pid "))) {
        cord_str pid = cord_str_from_byte(group, 4);
        size_t thread = cord_str_find(pid, CORD_STR(":tid "), 0);
        entry->pid = cord_str_slice(pid, 0, thread);
        if (thread != SIZE_MAX) {
            entry->thread = cord_str_from_byte(pid, thread + 5);
        }
    } else if (cord_str_starts(group, CORD_STR("client "))) {
        split_client(cord_str_from_byte(group, 7), entry);
    }
}

static void read_code(struct cord_error_log *entry, cord_str text)
{
    size_t at = 2;
    if (entry->code.len == 0 && cord_str_starts(text, CORD_STR("AH"))) {
        while (cord_str_is_digit(char_at(text, at))) {
            at++;
        }
        entry->code =
            at > 4 && char_at(text, at) == ':' ? cord_str_slice(text, 0, at) : (cord_str){0};
    }
}

/* "(70008)Partial results are valid: " */
static void read_system_error(struct cord_error_log *entry)
{
    cord_str text = entry->message;
    size_t close = cord_str_find_char(cord_str_slice(text, 0, 16), ')', 0);
    size_t colon = cord_str_find(text, CORD_STR(": "), 0);
    uint64_t number;
    if (char_at(text, 0) == '(' && close != SIZE_MAX && colon != SIZE_MAX &&
        cord_str_u64(cord_str_slice(text, 1, close - 1), &number)) {
        entry->system_code = cord_str_slice(text, 1, close - 1);
        entry->system_error = cord_str_slice(text, close + 1, colon - close - 1);
    }
}

static bool read_apache(cord_str line, int64_t now_ns, struct cord_error_log *entry)
{
    cord_str rest = line;
    cord_str group;
    if (!take_group(&rest, &group)) {
        return false;
    }
    if (cord_log_date_read(group, now_ns, &entry->date)) {
        entry->time = group;
        if (!take_group(&rest, &group)) {
            return false;
        }
    }
    if (!read_level(group, entry)) {
        return false;
    }
    for (int groups = 0; groups < 6; groups++) {
        cord_str before = rest;
        if (!take_group(&rest, &group)) {
            break;
        }
        if (!cord_str_starts(group, CORD_STR("pid ")) &&
            !cord_str_starts(group, CORD_STR("client ")) &&
            !cord_str_starts(group, CORD_STR("tid ")) &&
            !cord_str_starts(group, CORD_STR("remote "))) {
            rest = before; /* a bracket of the message */
            break;
        }
        read_apache_group(group, entry);
    }
    entry->message = cord_str_trim(rest);
    read_system_error(entry);
    if (entry->client.len == 0) { /* mod_proxy puts an OS error before the client */
        size_t at = cord_str_find(entry->message, CORD_STR("[client "), 0);
        cord_str tail = cord_str_from_byte(entry->message, at);
        if (at != SIZE_MAX && take_group(&tail, &group)) {
            read_apache_group(group, entry);
            read_code(entry, cord_str_trim(tail));
        }
    }
    read_code(entry, entry->message);
    return true;
}

/* "..., client: 1.2.3.4, server: ..." */
static void read_nginx_client(struct cord_error_log *entry)
{
    size_t at = cord_str_find(entry->message, CORD_STR(", client: "), 0);
    if (at != SIZE_MAX) {
        cord_str rest = cord_str_from_byte(entry->message, at + 10);
        size_t end = cord_str_find_char(rest, ',', 0);
        entry->client = cord_str_slice(rest, 0, end);
    }
}

static bool read_nginx(cord_str line, int64_t now_ns, struct cord_error_log *entry)
{
    cord_str rest = line;
    cord_str group;
    if (!cord_str_is_digit(char_at(line, 0)) || char_at(line, 4) != '/' ||
        !cord_log_date_read(line, now_ns, &entry->date)) {
        return false;
    }
    entry->is_nginx = true;
    entry->time = cord_str_slice(line, 0, entry->date.len);
    rest = cord_str_from_byte(line, entry->date.len);
    if (!take_group(&rest, &group) || !read_level(group, entry)) {
        return false;
    }
    skip_blanks(&rest);
    size_t colon = cord_str_find(cord_str_slice(rest, 0, 48), CORD_STR(": "), 0);
    size_t hash = cord_str_find_char(cord_str_slice(rest, 0, 48), '#', 0);
    if (colon != SIZE_MAX && hash < colon) {
        entry->pid = cord_str_slice(rest, 0, hash);
        entry->thread = cord_str_slice(rest, hash + 1, colon - hash - 1);
        rest = cord_str_from_byte(rest, colon + 2);
    }
    entry->message = cord_str_trim(rest);
    read_nginx_client(entry);
    return true;
}

cord_status cord_access_log_error_read(cord_str line, int64_t now_ns,
                                       struct cord_error_log *ret_entry)
{
    struct cord_error_log entry = {0};
    if (char_at(line, 0) == '[' ? !read_apache(line, now_ns, &entry)
                                : !read_nginx(line, now_ns, &entry)) {
        return CORD_E_FORMAT;
    }
    *ret_entry = entry;
    return CORD_OK;
}
