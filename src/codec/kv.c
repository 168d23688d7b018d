/* kv.c: see kv.h. */
#include "codec/kv.h"

enum { KEY_BYTES_MAX = 64 };

static bool is_key_char(char c)
{
    char lower = cord_str_lower_char(c);
    return (lower >= 'a' && lower <= 'z') || cord_str_is_digit(c) || c == '_' || c == '-' ||
           c == '.' || c == '@' || c == '/';
}

static bool is_key_start(char c)
{
    char lower = cord_str_lower_char(c);
    return (lower >= 'a' && lower <= 'z') || c == '_' || c == '@';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* A key and its '=' at the front of the text: the offset of the '='. */
static size_t key_length(cord_str text, char equals)
{
    size_t at = 0;
    if (text.len == 0 || !is_key_start(text.ptr[0])) {
        return 0;
    }
    while (at < text.len && at <= KEY_BYTES_MAX && is_key_char(text.ptr[at])) {
        at++;
    }
    return at < text.len && at <= KEY_BYTES_MAX && text.ptr[at] == equals ? at : 0;
}

void cord_kv_init(struct cord_kv *kv, cord_str text)
{
    size_t bars = 0;
    size_t tabs = 0;
    *kv = (struct cord_kv){.rest = text, .equals = '=', .separator = ' '};
    for (size_t i = 1; i < text.len && i < 2048; i++) {
        cord_str next = cord_str_from_byte(text, i + 1);
        bars += text.ptr[i] == '|' && key_length(next, '=') > 0;
        tabs += text.ptr[i] == '\t' && key_length(next, '=') > 0;
    }
    if (bars >= 2) {
        kv->separator = '|';
    } else if (tabs >= 2) {
        kv->separator = '\t';
    }
}

/* To the closing quote; a backslash hides the character behind it. */
static cord_str quoted(cord_str *rest, char quote)
{
    size_t at = 1;
    while (at < rest->len && rest->ptr[at] != quote) {
        at += rest->ptr[at] == '\\' && at + 1 < rest->len ? 2 : 1;
    }
    if (at >= rest->len) { /* never closed: what is there is the value */
        cord_str value = cord_str_from_byte(*rest, 1);
        *rest = (cord_str){0};
        return value;
    }
    cord_str value = cord_str_slice(*rest, 1, at - 1);
    *rest = cord_str_from_byte(*rest, at + 1);
    return value;
}

/* True when text at `at` ends a bare value. */
static bool ends_value(const struct cord_kv *kv, cord_str text, size_t at)
{
    char c = text.ptr[at];
    if (kv->separator != ' ') {
        return c == kv->separator;
    }
    if (is_blank(c)) {
        return true;
    }
    /* "a=1, b=2" and "a=1,b=2"; a comma inside of a value ("1,200") stays. */
    if (c == ',' || c == ';') {
        cord_str behind = cord_str_from_byte(text, at + 1);
        return behind.len == 0 || is_blank(behind.ptr[0]) || key_length(behind, kv->equals) > 0;
    }
    return false;
}

/* To the blank before the next key. */
static size_t spaced_end(const struct cord_kv *kv, cord_str text)
{
    size_t at = 0;
    for (; at < text.len; at++) {
        if (is_blank(text.ptr[at]) &&
            key_length(cord_str_from_byte(text, at + 1), kv->equals) > 0) {
            break;
        }
    }
    return at;
}

static cord_str bare(struct cord_kv *kv)
{
    size_t at = 0;
    if (kv->spaced) {
        at = spaced_end(kv, kv->rest);
    } else {
        while (at < kv->rest.len && !ends_value(kv, kv->rest, at)) {
            at++;
        }
    }
    cord_str value = cord_str_slice(kv->rest, 0, at);
    kv->rest = cord_str_from_byte(kv->rest, at);
    return kv->spaced ? cord_str_trim(value) : value;
}

/* Passes over what is no key: to behind the next separator. */
static void skip_word(struct cord_kv *kv)
{
    size_t at = 0;
    while (at < kv->rest.len && is_key_char(kv->rest.ptr[at])) {
        at++;
    }
    kv->rest = cord_str_from_byte(kv->rest, at + 1);
}

bool cord_kv_next(struct cord_kv *kv, cord_str *ret_key, cord_str *ret_value, bool *ret_quoted)
{
    while (kv->rest.len > 0) {
        size_t key = key_length(kv->rest, kv->equals);
        if (key == 0) {
            skip_word(kv);
            continue;
        }
        *ret_key = cord_str_slice(kv->rest, 0, key);
        kv->rest = cord_str_from_byte(kv->rest, key + 1);
        char first = kv->rest.len > 0 ? kv->rest.ptr[0] : '\0';
        *ret_quoted = first == '"' || first == '\'';
        *ret_value = *ret_quoted ? quoted(&kv->rest, first) : bare(kv);
        return true;
    }
    return false;
}

size_t cord_kv_count(cord_str text, size_t max)
{
    struct cord_kv kv;
    cord_str key;
    cord_str value;
    bool is_quoted;
    size_t count = 0;
    cord_kv_init(&kv, text);
    while (count < max && cord_kv_next(&kv, &key, &value, &is_quoted)) {
        count++;
    }
    return count;
}
