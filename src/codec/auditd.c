/* auditd.c: see auditd.h. */
#include "codec/auditd.h"

static bool digits_at(cord_str text, size_t *at)
{
    size_t from = *at;
    while (*at < text.len && cord_str_is_digit(text.ptr[*at])) {
        (*at)++;
    }
    return *at > from && *at - from <= 20;
}

/* "audit(SECONDS[.MILLIS]:SERIAL):" at the front. Length, or 0. */
static size_t read_stamp(cord_str text, struct cord_auditd *record)
{
    size_t at = 6;
    if (!cord_str_starts(text, CORD_STR("audit("))) {
        return 0;
    }
    if (!digits_at(text, &at)) {
        return 0;
    }
    if (at < text.len && text.ptr[at] == '.') {
        at++;
        if (!digits_at(text, &at)) {
            return 0;
        }
    }
    record->time = cord_str_slice(text, 6, at - 6);
    if (at >= text.len || text.ptr[at] != ':') {
        return 0;
    }
    at++;
    size_t serial = at;
    if (!digits_at(text, &at) || at >= text.len || text.ptr[at] != ')') {
        return 0;
    }
    record->serial = cord_str_slice(text, serial, at - serial);
    record->id = cord_str_slice(text, 6, at - 6);
    at++;
    return at + (at < text.len && text.ptr[at] == ':' ? 1 : 0);
}

static cord_str take_word(cord_str *rest)
{
    size_t end = cord_str_find_char(*rest, ' ', 0);
    cord_str word = cord_str_slice(*rest, 0, end);
    *rest = cord_str_from_byte(*rest, end == SIZE_MAX ? rest->len : end + 1);
    return word;
}

cord_status cord_auditd_read(cord_str text, struct cord_auditd *ret_record)
{
    struct cord_auditd record = {0};
    cord_str rest = text;

    if (cord_str_starts(rest, CORD_STR("node="))) {
        record.node = cord_str_from_byte(take_word(&rest), 5);
    }
    if (cord_str_starts(rest, CORD_STR("type="))) {
        record.type = cord_str_from_byte(take_word(&rest), 5);
        if (record.type.len == 0) {
            return CORD_E_FORMAT;
        }
    }
    if (cord_str_starts(rest, CORD_STR("msg="))) {
        rest = cord_str_from_byte(rest, 4);
    }
    size_t stamp = read_stamp(rest, &record);
    if (stamp == 0) {
        return CORD_E_FORMAT;
    }
    record.body = cord_str_trim(cord_str_from_byte(rest, stamp));
    *ret_record = record;
    return CORD_OK;
}

static bool is_key_char(char c)
{
    char lower = cord_str_lower_char(c);
    return (lower >= 'a' && lower <= 'z') || cord_str_is_digit(c) || c == '_' || c == '-' ||
           c == '[' || c == ']' || c == '.';
}

/* Blanks, the group separator that precedes resolved names, and the marks that
 * part pairs in kernel messages. */
static bool is_gap(char c)
{
    return c == ' ' || c == '\x1d' || c == ',' || c == '\t' || c == '\'' || c == ')' || c == '(';
}

bool cord_auditd_next(cord_str *rest, cord_str *ret_key, cord_str *ret_value, bool *ret_quoted)
{
    for (;;) {
        size_t at = 0;
        while (at < rest->len && is_gap(rest->ptr[at])) {
            at++;
        }
        *rest = cord_str_from_byte(*rest, at);
        if (rest->len == 0) {
            return false;
        }
        for (at = 0; at < rest->len && is_key_char(rest->ptr[at]); at++) {
        }
        cord_str key = cord_str_slice(*rest, 0, at);
        if (at == 0 || at > 64 || at == rest->len || rest->ptr[at] != '=') {
            *rest = cord_str_from_byte(*rest, at > 0 ? at : 1);
            continue;
        }
        *rest = cord_str_from_byte(*rest, at + 1);
        char first = rest->len > 0 ? rest->ptr[0] : '\0';
        if (first == '\'' && cord_str_eq(key, CORD_STR("msg"))) {
            *rest = cord_str_from_byte(*rest, 1);
            continue; /* its pairs are pairs of the record */
        }
        *ret_key = key;
        *ret_quoted = first == '"' || first == '\'';
        size_t from = *ret_quoted ? 1 : 0;
        for (at = from; at < rest->len; at++) {
            char c = rest->ptr[at];
            if (*ret_quoted ? c == first : c == ' ' || c == '\x1d' || c == '\'') {
                break;
            }
        }
        *ret_value = cord_str_slice(*rest, from, at - from);
        *rest = cord_str_from_byte(*rest, at + from);
        return true;
    }
}

static bool is_argument(cord_str key)
{
    if (key.len < 2 || key.ptr[0] != 'a' || !cord_str_is_digit(key.ptr[1])) {
        return false;
    }
    for (size_t i = 1; i < key.len; i++) {
        char c = key.ptr[i];
        if (!cord_str_is_digit(c) && c != '[' && c != ']') {
            return false;
        }
    }
    return true;
}

bool cord_auditd_is_encoded(cord_str type, cord_str key)
{
    static const char *const keys[] = {"proctitle", "name",     "comm", "exe",   "cwd",       "cmd",
                                       "path",      "acct",     "key",  "data",  "file",      "dir",
                                       "ocomm",     "root_dir", "vm",   "watch", "saddr_path"};
    if (is_argument(key)) { /* a SYSCALL's a0 is a register, and hexadecimal anyway */
        return !cord_str_eq(type, CORD_STR("SYSCALL")) && !cord_str_eq(type, CORD_STR("SECCOMP"));
    }
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (cord_str_eq(key, cord_str_from(keys[i]))) {
            return true;
        }
    }
    return false;
}

static int hex_digit(char c)
{
    if (cord_str_is_digit(c)) {
        return c - '0';
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; /* the kernel writes capitals */
}

cord_str cord_auditd_decode(struct cord_arena *arena, cord_str value)
{
    if (value.len == 0 || value.len % 2 != 0) {
        return value;
    }
    for (size_t i = 0; i < value.len; i++) {
        if (hex_digit(value.ptr[i]) < 0) {
            return value;
        }
    }
    char *out = cord_arena_bytes(arena, value.len / 2);
    if (!out) {
        return (cord_str){0};
    }
    size_t len = value.len / 2;
    for (size_t i = 0; i < len; i++) {
        out[i] = (char)(hex_digit(value.ptr[2 * i]) * 16 + hex_digit(value.ptr[2 * i + 1]));
    }
    while (len > 0 && out[len - 1] == '\0') {
        len--;
    }
    for (size_t i = 0; i < len; i++) {
        out[i] = out[i] == '\0' ? ' ' : out[i];
    }
    return (cord_str){out, len};
}
