/* json_span.c: see json_span.h. */
#include "codec/json_span.h"

#include "codec/json_frame.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

size_t cord_json_span_skip_blank(cord_str text, size_t at)
{
    while (at < text.len && is_blank(text.ptr[at])) {
        at++;
    }
    return at;
}

/* An even number of backslashes in front of a quote leaves it a quote. */
static bool is_escaped(const char *begin, const char *quote)
{
    const char *at = quote;
    while (at > begin && at[-1] == '\\') {
        at--;
    }
    return ((quote - at) & 1) != 0;
}

/* Behind the opening quote at `from`: the offset of the closing one, or SIZE_MAX. */
static size_t string_end(cord_str text, size_t from)
{
    const char *begin = text.ptr + from;
    const char *end = text.ptr + text.len;
    for (const char *at = begin; at < end; at++) {
        at = memchr(at, '"', (size_t)(end - at));
        if (!at) {
            break;
        }
        if (!is_escaped(begin, at)) {
            return (size_t)(at - text.ptr);
        }
    }
    return SIZE_MAX;
}

static bool read_string(cord_str text, size_t *at, cord_str *ret_inside)
{
    size_t from = *at + 1;
    size_t end = string_end(text, from);
    if (end == SIZE_MAX) {
        return false;
    }
    *ret_inside = cord_str_slice(text, from, end - from);
    *at = end + 1;
    return true;
}

static bool read_container(cord_str text, size_t *at, cord_str *ret_raw)
{
    struct cord_json_frame frame = {.depth = 1};
    size_t end = cord_json_frame_close(&frame, text, *at + 1, 0);
    if (end == SIZE_MAX) {
        return false;
    }
    *ret_raw = cord_str_slice(text, *at, end - *at);
    *at = end;
    return true;
}

static size_t skip_digits(cord_str s, size_t at)
{
    while (at < s.len && cord_str_is_digit(s.ptr[at])) {
        at++;
    }
    return at;
}

/* RFC 8259 section 6, but that a leading zero may be followed by digits. */
static bool is_number(cord_str s)
{
    size_t at = s.len > 0 && s.ptr[0] == '-' ? 1 : 0;
    size_t digits = skip_digits(s, at);
    if (digits == at) {
        return false;
    }
    at = digits;
    if (at < s.len && s.ptr[at] == '.') {
        digits = skip_digits(s, at + 1);
        if (digits == at + 1) {
            return false;
        }
        at = digits;
    }
    if (at < s.len && (s.ptr[at] | 0x20) == 'e') {
        at++;
        at += at < s.len && (s.ptr[at] == '+' || s.ptr[at] == '-') ? 1 : 0;
        digits = skip_digits(s, at);
        if (digits == at) {
            return false;
        }
        at = digits;
    }
    return at == s.len;
}

static bool read_scalar(cord_str text, size_t *at, struct cord_json_span *span)
{
    size_t end = *at;
    while (end < text.len && !is_blank(text.ptr[end]) && text.ptr[end] != ',' &&
           text.ptr[end] != '}' && text.ptr[end] != ']') {
        end++;
    }
    cord_str word = cord_str_slice(text, *at, end - *at);
    if (cord_str_eq(word, CORD_STR("true"))) {
        span->kind = CORD_JSON_TRUE;
    } else if (cord_str_eq(word, CORD_STR("false"))) {
        span->kind = CORD_JSON_FALSE;
    } else if (cord_str_eq(word, CORD_STR("null"))) {
        span->kind = CORD_JSON_NULL;
    } else if (is_number(word)) {
        span->kind = CORD_JSON_NUMBER;
    } else {
        return false;
    }
    span->raw = word;
    span->text = word;
    *at = end;
    return true;
}

cord_status cord_json_span_read(cord_str text, size_t *at, struct cord_json_span *ret_span)
{
    size_t from = cord_json_span_skip_blank(text, *at);
    if (from >= text.len) {
        return CORD_E_END;
    }
    struct cord_json_span span = {0};
    size_t end = from;
    bool read;
    switch (text.ptr[from]) {
    case '"':
        span.kind = CORD_JSON_STRING;
        read = read_string(text, &end, &span.text);
        span.raw = cord_str_slice(text, from, end - from);
        span.escaped = read && span.text.len > 0 && memchr(span.text.ptr, '\\', span.text.len);
        break;
    case '{':
    case '[':
        span.kind = text.ptr[from] == '{' ? CORD_JSON_OBJECT : CORD_JSON_ARRAY;
        read = read_container(text, &end, &span.raw);
        span.text = span.raw;
        break;
    default:
        read = read_scalar(text, &end, &span);
        break;
    }
    if (!read) {
        return CORD_E_FORMAT;
    }
    *at = end;
    *ret_span = span;
    return CORD_OK;
}

bool cord_json_span_begin(struct cord_json_walk *walk, cord_str text, size_t at)
{
    if (at >= text.len || (text.ptr[at] != '{' && text.ptr[at] != '[')) {
        return false;
    }
    *walk = (struct cord_json_walk){.text = text, .at = at + 1, .object = text.ptr[at] == '{'};
    return true;
}

/* A name and its colon. */
static bool read_name(cord_str text, size_t *at, cord_str *ret_name)
{
    if (*at >= text.len || text.ptr[*at] != '"' || !read_string(text, at, ret_name)) {
        return false;
    }
    *at = cord_json_span_skip_blank(text, *at);
    if (*at >= text.len || text.ptr[*at] != ':') {
        return false;
    }
    (*at)++;
    return true;
}

cord_status cord_json_span_next(struct cord_json_walk *walk, struct cord_json_span *ret_span)
{
    cord_str text = walk->text;
    size_t at = cord_json_span_skip_blank(text, walk->at);
    if (at < text.len && text.ptr[at] == (walk->object ? '}' : ']')) {
        walk->at = at + 1;
        return CORD_E_END;
    }
    if (walk->begun) {
        if (at >= text.len || text.ptr[at] != ',') {
            return CORD_E_FORMAT;
        }
        at = cord_json_span_skip_blank(text, at + 1);
    }
    cord_str name = {0};
    if (walk->object && !read_name(text, &at, &name)) {
        return CORD_E_FORMAT;
    }
    struct cord_json_span span;
    if (cord_json_span_read(text, &at, &span) != CORD_OK) {
        return CORD_E_FORMAT;
    }
    span.name = name;
    walk->at = at;
    walk->begun = true;
    *ret_span = span;
    return CORD_OK;
}

bool cord_json_span_is_object(cord_str text)
{
    cord_str trimmed = cord_str_trim(text);
    struct cord_json_span span;
    size_t at = 0;
    return trimmed.len >= 2 && trimmed.ptr[0] == '{' &&
           cord_json_span_read(trimmed, &at, &span) == CORD_OK && at == trimmed.len;
}
