/* cef.c: see cef.h. */
#include "codec/cef.h"

static bool is_format_at(cord_str text, size_t at)
{
    cord_str rest = cord_str_from_byte(text, at);
    cord_str digit = {0};
    if (cord_str_starts(rest, CORD_STR("CEF:"))) {
        digit = cord_str_from_byte(rest, 4);
    } else if (cord_str_starts(rest, CORD_STR("LEEF:"))) {
        digit = cord_str_from_byte(rest, 5);
    }
    if (digit.len > 0 && digit.ptr[0] == ' ') { /* "CEF: 0|": written so by some */
        digit = cord_str_from_byte(digit, 1);
    }
    return digit.len > 0 && cord_str_is_digit(digit.ptr[0]);
}

size_t cord_cef_find(cord_str text, size_t within)
{
    cord_str head = cord_str_slice(text, 0, within);
    for (size_t at = 0; (at = cord_str_find(head, CORD_STR("EF:"), at)) != SIZE_MAX; at++) {
        if (at >= 1 && is_format_at(text, at - 1)) {
            return at - 1;
        }
        if (at >= 2 && is_format_at(text, at - 2)) {
            return at - 2;
        }
    }
    return SIZE_MAX;
}

/* Up to the next unescaped bar, which is taken off. */
static bool header_field(cord_str *rest, cord_str *ret_field)
{
    for (size_t at = 0; at < rest->len; at++) {
        if (rest->ptr[at] == '\\') {
            at++;
        } else if (rest->ptr[at] == '|') {
            *ret_field = cord_str_slice(*rest, 0, at);
            *rest = cord_str_from_byte(*rest, at + 1);
            return true;
        }
    }
    return false;
}

static int hex_digit(char c)
{
    char lower = cord_str_lower_char(c);
    if (cord_str_is_digit(c)) {
        return c - '0';
    }
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* A character, or its number in hexadecimal: "^", "x5e", "0x5E", "\t". */
static bool delimiter_of(cord_str text, char *ret_delimiter)
{
    cord_str hex = text;
    if (text.len == 1) {
        *ret_delimiter = text.ptr[0];
        return true;
    }
    if (cord_str_eq(text, CORD_STR("\\t"))) {
        *ret_delimiter = '\t';
        return true;
    }
    if (cord_str_starts_fold(hex, CORD_STR("0x"))) {
        hex = cord_str_from_byte(hex, 2);
    } else if (cord_str_starts_fold(hex, CORD_STR("x"))) {
        hex = cord_str_from_byte(hex, 1);
    } else {
        return false;
    }
    int value = 0;
    if (hex.len < 1 || hex.len > 4) {
        return false;
    }
    for (size_t i = 0; i < hex.len; i++) {
        int digit = hex_digit(hex.ptr[i]);
        if (digit < 0) {
            return false;
        }
        value = value * 16 + digit;
    }
    if (value < 1 || value > 127) {
        return false;
    }
    *ret_delimiter = (char)value;
    return true;
}

static cord_status read_leef(cord_str rest, struct cord_cef *event)
{
    event->is_leef = true;
    event->delimiter = '\t';
    if (!header_field(&rest, &event->version) || !header_field(&rest, &event->vendor) ||
        !header_field(&rest, &event->product) || !header_field(&rest, &event->product_version) ||
        !header_field(&rest, &event->event_id)) {
        return CORD_E_FORMAT;
    }
    event->version = cord_str_trim(event->version);
    if (cord_str_starts(event->version, CORD_STR("2"))) {
        cord_str before = rest;
        cord_str field;
        if (header_field(&rest, &field) && field.len > 0 &&
            !delimiter_of(field, &event->delimiter)) {
            rest = before; /* no delimiter field: the first pair holds a bar */
        }
    }
    event->extension = rest;
    return CORD_OK;
}

cord_status cord_cef_read(cord_str text, struct cord_cef *ret_event)
{
    struct cord_cef event = {.delimiter = ' '};
    cord_str rest = cord_str_from_byte(text, 4);

    if (!is_format_at(text, 0)) {
        return CORD_E_FORMAT;
    }
    if (text.ptr[0] == 'L') {
        cord_status status = read_leef(cord_str_from_byte(text, 5), &event);
        if (status == CORD_OK) {
            *ret_event = event;
        }
        return status;
    }
    if (!header_field(&rest, &event.version) || !header_field(&rest, &event.vendor) ||
        !header_field(&rest, &event.product) || !header_field(&rest, &event.product_version) ||
        !header_field(&rest, &event.event_id) || !header_field(&rest, &event.name)) {
        return CORD_E_FORMAT;
    }
    if (!header_field(&rest, &event.severity)) { /* no extension, and no bar for it */
        event.severity = rest;
        rest = (cord_str){0};
    }
    event.version = cord_str_trim(event.version);
    event.extension = rest;
    *ret_event = event;
    return CORD_OK;
}

static bool is_key_char(char c)
{
    char lower = cord_str_lower_char(c);
    return (lower >= 'a' && lower <= 'z') || cord_str_is_digit(c) || c == '_' || c == '.' ||
           c == '-' || c == '[' || c == ']';
}

/* Length of a key that an '=' follows, at the front of the text. */
static size_t key_length(cord_str text)
{
    size_t at = 0;
    while (at < text.len && at < 128 && is_key_char(text.ptr[at])) {
        at++;
    }
    return at > 0 && at < text.len && text.ptr[at] == '=' ? at : 0;
}

/* A CEF value ends at the blank before the next key. */
static size_t cef_value_end(cord_str text)
{
    for (size_t at = 0; at < text.len; at++) {
        if (text.ptr[at] == '\\') {
            at++;
        } else if (text.ptr[at] == ' ' && key_length(cord_str_from_byte(text, at + 1)) > 0) {
            return at;
        }
    }
    return text.len;
}

static bool next_leef(char delimiter, cord_str *rest, cord_str *ret_key, cord_str *ret_value)
{
    cord_str pair;
    while (cord_str_cut(rest, delimiter, &pair)) {
        size_t equals = cord_str_find_char(pair, '=', 0);
        if (equals == SIZE_MAX || equals == 0) {
            continue;
        }
        *ret_key = cord_str_trim(cord_str_slice(pair, 0, equals));
        *ret_value = cord_str_from_byte(pair, equals + 1);
        return true;
    }
    return false;
}

bool cord_cef_next(const struct cord_cef *event, cord_str *rest, cord_str *ret_key,
                   cord_str *ret_value)
{
    if (event->is_leef) {
        return next_leef(event->delimiter, rest, ret_key, ret_value);
    }
    while (rest->len > 0) {
        size_t key = key_length(*rest);
        if (key == 0) { /* no key here: to behind the next blank */
            size_t blank = cord_str_find_char(*rest, ' ', 0);
            *rest = cord_str_from_byte(*rest, blank == SIZE_MAX ? rest->len : blank + 1);
            continue;
        }
        cord_str value = cord_str_from_byte(*rest, key + 1);
        size_t end = cef_value_end(value);
        *ret_key = cord_str_slice(*rest, 0, key);
        *ret_value = cord_str_trim(cord_str_slice(value, 0, end));
        *rest = cord_str_from_byte(value, end);
        return true;
    }
    return false;
}

/* Many products write "C:\Users\new" as it is. Text with a backslash that starts no
 * escape was not escaped, and "\n" in it is no line feed. */
static bool is_escaped(cord_str text)
{
    bool drive = text.len > 3 && text.ptr[1] == ':' && text.ptr[2] == '\\' && text.ptr[3] != '\\';
    for (size_t at = 0; at < text.len && !drive; at++) {
        if (text.ptr[at] == '\\') {
            at++;
            if (at == text.len || !strchr("\\=|nr", text.ptr[at]) || text.ptr[at] == '\0') {
                return false;
            }
        }
    }
    return !drive;
}

cord_str cord_cef_unescape(struct cord_arena *arena, cord_str text)
{
    size_t at = cord_str_find_char(text, '\\', 0);
    if (at == SIZE_MAX || !is_escaped(text)) {
        return text;
    }
    char *out = cord_arena_bytes(arena, text.len);
    size_t len = at;
    if (!out) {
        return (cord_str){0};
    }
    memcpy(out, text.ptr, at);
    for (; at < text.len; at++) {
        char c = text.ptr[at];
        if (c == '\\') { /* is_escaped has seen that one more follows */
            c = text.ptr[++at];
            c = c == 'n' ? '\n' : c == 'r' ? '\r' : c;
        }
        out[len++] = c;
    }
    return (cord_str){out, len};
}
