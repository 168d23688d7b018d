/* message_grammar.c: see message_grammar.h. */
#include "normalise/message_grammar.h"

#include "base/timestamp.h"
#include "codec/access_log.h"
#include "codec/log_date.h"
#include "normalise/message_internal.h"

enum {
    CAPTURES_MAX = 64,
    LITERAL_MAX = 24, /* of the text behind a value; more is not needed to find its end */
};

/* What is done with a value besides adding it. */
enum meaning {
    MEANING_NONE,
    MEANING_TIME,
    MEANING_USER,
    MEANING_HOST,
    MEANING_ACTION,
};

struct capture {
    cord_str name; /* in the pattern: "a" or "a|b" */
    bool many;     /* "a|b" */
    char kind;
    cord_str value;
};

struct match {
    struct capture captures[CAPTURES_MAX];
    size_t count;
    cord_str text;
    cord_str rest;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static cord_str without_blanks(cord_str text)
{
    size_t at = 0;
    while (at < text.len && is_blank(text.ptr[at])) {
        at++;
    }
    return cord_str_from_byte(text, at);
}

static bool is_special(char c)
{
    return c == '{' || c == '<' || c == '>' || c == '~' || c == '\0';
}

/* The plain text at the front of a pattern, without its escapes. */
static size_t literal(const char *pattern, char bytes[LITERAL_MAX])
{
    size_t len = 0;
    for (; !is_special(*pattern) && len < LITERAL_MAX; pattern++) {
        if (*pattern == '\\' && pattern[1] != '\0') {
            pattern++;
        }
        bytes[len++] = *pattern;
    }
    return len;
}

static size_t number_length(cord_str text)
{
    size_t at = text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+') ? 1 : 0;
    size_t from = at;
    while (at < text.len && (cord_str_is_digit(text.ptr[at]) ||
                             (text.ptr[at] == '.' && at > from && at + 1 < text.len &&
                              cord_str_is_digit(text.ptr[at + 1])))) {
        at++;
    }
    return at > from ? at : 0;
}

/* Up to a blank or what the pattern goes on with. Before what may be missing, or
 * a value, any kind of bracket or separator ends a word as well. */
static size_t word_length(const char *pattern, cord_str text)
{
    char stop = *pattern == '\\' ? pattern[1] : *pattern;
    bool open = is_special(*pattern) && *pattern != '\0';
    size_t at = 0;
    for (; at < text.len && !is_blank(text.ptr[at]); at++) {
        char c = text.ptr[at];
        if (open ? c == '(' || c == ')' || c == '[' || c == ']' || c == ',' || c == ';'
                 : c == stop && stop != '\0') {
            break;
        }
    }
    return at;
}

/* How much of the text a value takes that ends where `pattern` goes on. */
static size_t value_length(char kind, const char *pattern, cord_str text)
{
    char bytes[LITERAL_MAX];
    cord_str ip;
    cord_str port;
    if (kind == 'n') {
        return number_length(text);
    }
    if (kind == 'a') {
        return cord_message_address(text, &ip, &port) > 0 ? ip.len : 0;
    }
    if (kind == 'w') {
        return word_length(pattern, text);
    }
    size_t len = literal(pattern, bytes);
    if (len == 0) {
        return text.len;
    }
    size_t at = cord_str_find(text, (cord_str){bytes, len}, 0);
    return at == SIZE_MAX ? 0 : at;
}

/* The value whose '{' stands before *pattern. */
static bool take_value(struct match *match, const char **pattern)
{
    const char *name = *pattern;
    const char *end = name;
    const char *colon = NULL;
    bool many = false;
    for (; *end != '}' && *end != '\0'; end++) {
        colon = *end == ':' && !colon ? end : colon;
        many |= *end == '|';
    }
    if (*end == '\0' || match->count == CAPTURES_MAX) {
        return false;
    }
    struct capture *capture = &match->captures[match->count];
    capture->name = (cord_str){name, (size_t)((colon ? colon : end) - name)};
    capture->kind = colon ? colon[1] : 'w';
    capture->many = many;
    *pattern = end + 1;
    if (capture->kind == '=') {
        capture->value = (cord_str){colon + 2, (size_t)(end - colon) - 2};
        match->count++;
        return true;
    }
    size_t len = value_length(capture->kind, *pattern, match->rest);
    if (len == 0 && capture->kind != 'e') {
        return false;
    }
    capture->value = cord_str_slice(match->rest, 0, len);
    match->rest = cord_str_from_byte(match->rest, len);
    match->count += capture->name.len > 0;
    return true;
}

static bool take_character(struct match *match, const char **pattern)
{
    char c = *(*pattern)++;
    if (c == ' ' || c == '~') {
        bool behind_blank = match->rest.ptr > match->text.ptr && is_blank(match->rest.ptr[-1]);
        size_t before = match->rest.len;
        match->rest = without_blanks(match->rest);
        return c == '~' || match->rest.len < before || behind_blank;
    }
    if (c == '\\' && **pattern != '\0') {
        c = *(*pattern)++;
    }
    if (match->rest.len == 0 || match->rest.ptr[0] != c) {
        return false;
    }
    match->rest = cord_str_from_byte(match->rest, 1);
    return true;
}

static const char *behind_group(const char *pattern)
{
    while (*pattern != '\0' && *pattern != '>') {
        pattern += *pattern == '\\' && pattern[1] != '\0' ? 2 : 1;
    }
    return *pattern == '>' ? pattern + 1 : pattern;
}

/* One pass over the pattern; a group that is not met is undone and left out. */
static bool meets(const char *pattern, struct match *match)
{
    const char *group = NULL;
    struct {
        size_t count;
        cord_str rest;
    } before = {0, match->rest};
    while (*pattern != '\0') {
        bool met = true;
        if (*pattern == '<') {
            group = ++pattern;
            before.count = match->count;
            before.rest = match->rest;
        } else if (*pattern == '>') {
            group = NULL;
            pattern++;
        } else if (*pattern == '{') {
            pattern++;
            met = take_value(match, &pattern);
        } else {
            met = take_character(match, &pattern);
        }
        if (!met && !group) {
            return false;
        }
        if (!met) {
            pattern = behind_group(group);
            match->count = before.count;
            match->rest = before.rest;
            group = NULL;
        }
    }
    return true;
}

static enum meaning meaning_of(cord_str name)
{
    static const struct {
        const char *name;
        enum meaning meaning;
    } special[] = {{"timestamp", MEANING_TIME},
                   {"user", MEANING_USER},
                   {"hostname", MEANING_HOST},
                   {"action", MEANING_ACTION}};
    for (size_t i = 0; i < sizeof special / sizeof special[0]; i++) {
        if (cord_str_eq(name, cord_str_from(special[i].name))) {
            return special[i].meaning;
        }
    }
    return MEANING_NONE;
}

/* Names are parts of constant patterns: their place tells them apart. */
static const struct cord_message_known *known_name(struct cord_message_fields *fields,
                                                   struct cord_emit *emit, cord_str name)
{
    uint64_t mixed = (uint64_t)(uintptr_t)name.ptr * 0x9e3779b97f4a7c15ULL;
    struct cord_message_known *known = &fields->known[mixed >> (64 - CORD_MESSAGE_KNOWN_BITS)];
    if (known->name != name.ptr) {
        known->name = name.ptr;
        known->path = cord_paths_dotted(emit->paths, name);
        known->meaning = (uint8_t)meaning_of(name);
    }
    return known;
}

static void put_time(struct cord_message_fields *fields, struct cord_emit *emit, uint32_t path,
                     cord_str value)
{
    struct cord_log_date date;
    char text[CORD_TIMESTAMP_TEXT];
    int64_t ns;
    bool known = cord_timestamp_parse_epoch(value, &ns);
    if (!known && cord_decoder_read_date(&fields->decoder->env, value, &date)) {
        known = true;
        ns = date.ns;
    }
    if (!known) {
        cord_emit_text(emit, path, value);
        return;
    }
    cord_emit_role(emit, CORD_ROLE_TIME, path,
                   cord_arena_copy(emit->batch->arena, cord_timestamp_format(ns, text)));
}

static void put_value(struct cord_message_fields *fields, struct cord_emit *emit, cord_str name,
                      cord_str value)
{
    const struct cord_message_known *known = known_name(fields, emit, name);
    if (known->meaning == MEANING_TIME && emit->role[CORD_ROLE_TIME] == CORD_VALUE_NONE) {
        put_time(fields, emit, known->path, value);
        return;
    }
    cord_emit_text(emit, known->path, value);
    if (known->meaning == MEANING_NONE) {
        return;
    }
    if (known->meaning == MEANING_USER && emit->role[CORD_ROLE_USER] == CORD_VALUE_NONE) {
        cord_emit_mark(emit, CORD_ROLE_USER);
    } else if (known->meaning == MEANING_HOST && emit->role[CORD_ROLE_HOST] == CORD_VALUE_NONE) {
        cord_emit_mark(emit, CORD_ROLE_HOST);
    } else if (known->meaning == MEANING_ACTION) {
        cord_message_allowed(fields, emit, value);
    }
}

/* "https://host:443/path" and CONNECT's "host:443". */
static void put_host_of(struct cord_message_fields *fields, struct cord_emit *emit,
                        const struct cord_access_log *entry)
{
    cord_str host = cord_message_behind(cord_str_slice(entry->uri, 0, 16), "://");
    if (host.ptr) {
        host = cord_str_from_byte(entry->uri, (size_t)(host.ptr - entry->uri.ptr));
    } else if (cord_str_eq(entry->method, CORD_STR("CONNECT"))) {
        host = entry->uri;
    }
    host = cord_str_slice(host, 0, cord_str_find_char(host, '/', 0));
    size_t colon = cord_str_find_char(host, ':', 0);
    cord_message_put(fields, emit, CORD_MESSAGE_CS_HOST, cord_str_slice(host, 0, colon));
    if (colon != SIZE_MAX) {
        cord_message_put(fields, emit, CORD_MESSAGE_DST_PORT, cord_str_from_byte(host, colon + 1));
    }
}

static void put_request(struct cord_message_fields *fields, struct cord_emit *emit,
                        cord_str request)
{
    struct cord_access_log entry = {0};
    cord_access_log_request(request, &entry);
    cord_message_put(fields, emit, CORD_MESSAGE_CS_METHOD, entry.method);
    cord_message_put(fields, emit, CORD_MESSAGE_CS_URI_STEM, entry.uri_stem);
    cord_message_put(fields, emit, CORD_MESSAGE_CS_URI_QUERY, entry.uri_query);
    cord_message_put(fields, emit, CORD_MESSAGE_CS_URI_QUERY, entry.uri);
    cord_message_put(fields, emit, CORD_MESSAGE_C_URI, entry.uri);
    cord_message_put(fields, emit, CORD_MESSAGE_CS_VERSION, entry.protocol);
    put_host_of(fields, emit, &entry);
}

static void put_capture(struct cord_message_fields *fields, struct cord_emit *emit,
                        const struct capture *capture)
{
    cord_str names = capture->name;
    cord_str name;
    if (capture->value.len == 0 || (capture->value.len == 1 && capture->value.ptr[0] == '-')) {
        return;
    }
    if (!capture->many && capture->kind != 'r') {
        put_value(fields, emit, names, capture->value);
        return;
    }
    while (cord_str_cut(&names, '|', &name)) {
        put_value(fields, emit, name, capture->value);
    }
    if (capture->kind == 'r') {
        put_request(fields, emit, capture->value);
    }
}

bool cord_message_grammar_match(struct cord_message_fields *fields, struct cord_emit *emit,
                                const char *pattern, cord_str text)
{
    struct match match;
    match.count = 0;
    match.text = text;
    match.rest = text;
    if (!meets(pattern, &match)) {
        return false;
    }
    for (size_t i = 0; i < match.count; i++) {
        put_capture(fields, emit, &match.captures[i]);
    }
    return true;
}

static bool is_key(const char *row, cord_str key)
{
    size_t at = 0;
    while (at < key.len && row[at] == key.ptr[at] && row[at] != '\0') {
        at++;
    }
    return at == key.len && row[at] == '\0';
}

bool cord_message_grammar_read(struct cord_message_fields *fields, struct cord_emit *emit,
                               const struct cord_message_grammar *rows, cord_str key, cord_str text)
{
    for (; rows->key; rows++) {
        bool asked = key.len == 0 || is_key(rows->key, key);
        if (asked && cord_message_grammar_match(fields, emit, rows->pattern, text)) {
            return true;
        }
    }
    return false;
}
