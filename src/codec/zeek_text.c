/* zeek_text.c: see zeek_text.h. */
#include "codec/zeek_text.h"

#include "base/utf8.h"

static int hex_digit(char c)
{
    char lower = cord_str_lower_char(c);
    if (cord_str_is_digit(c)) {
        return c - '0';
    }
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* The byte of "\xNN" at `at`, or -1. */
static int escaped_byte(cord_str text, size_t at)
{
    if (at + 4 > text.len || text.ptr[at] != '\\' || text.ptr[at + 1] != 'x') {
        return -1;
    }
    int high = hex_digit(text.ptr[at + 2]);
    int low = hex_digit(text.ptr[at + 3]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* A UTF-8 sequence written as escapes: its length in bytes, or 0. */
static size_t escaped_utf8(cord_str text, size_t at, char ret_bytes[CORD_UTF8_BYTES_MAX])
{
    size_t count = 0;
    uint32_t code;
    while (count < CORD_UTF8_BYTES_MAX) {
        int byte = escaped_byte(text, at + 4 * count);
        if (byte < 0x80) {
            break;
        }
        ret_bytes[count++] = (char)byte;
    }
    if (count == 0) {
        return 0;
    }
    size_t length = cord_utf8_decode((cord_str){ret_bytes, count}, 0, &code);
    return code >= CORD_UTF8_OPAQUE ? 0 : length;
}

static bool is_shown(int byte)
{
    return (byte >= 0x20 && byte < 0x7f) || (byte >= 0x08 && byte <= 0x0d && byte != 0x0b);
}

cord_str cord_zeek_text_unescape(struct cord_arena *arena, cord_str text)
{
    size_t at = cord_str_find_char(text, '\\', 0);
    char bytes[CORD_UTF8_BYTES_MAX];
    if (at == SIZE_MAX) {
        return text;
    }
    char *out = cord_arena_bytes(arena, text.len);
    size_t len = at;
    if (!out) {
        return (cord_str){0};
    }
    memcpy(out, text.ptr, at);
    while (at < text.len) {
        int byte = escaped_byte(text, at);
        size_t sequence = escaped_utf8(text, at, bytes);
        if (sequence > 0) {
            memcpy(out + len, bytes, sequence);
            len += sequence;
            at += 4 * sequence;
        } else if (byte >= 0 && is_shown(byte)) {
            out[len++] = (char)byte;
            at += 4;
        } else if (text.ptr[at] == '\\' && at + 1 < text.len && text.ptr[at + 1] == '\\') {
            out[len++] = '\\';
            at += 2;
        } else {
            out[len++] = text.ptr[at++];
        }
    }
    return (cord_str){out, len};
}

size_t cord_zeek_text_separator(cord_str text, char *ret_bytes, size_t max)
{
    size_t len = 0;
    for (size_t at = 0; at < text.len && len < max;) {
        int byte = escaped_byte(text, at);
        ret_bytes[len++] = byte >= 0 ? (char)byte : text.ptr[at];
        at += byte >= 0 ? 4 : 1;
    }
    return len;
}

size_t cord_zeek_text_separator_line(cord_str line, char *ret_bytes, size_t max)
{
    cord_str value = cord_str_from_byte(line, sizeof "#separator");
    while (value.len > 0 &&
           (value.ptr[value.len - 1] == '\n' || value.ptr[value.len - 1] == '\r')) {
        value.len--;
    }
    size_t len = cord_zeek_text_separator(value, ret_bytes, max);
    char first = len > 0 ? cord_str_lower_char(ret_bytes[0]) : '_';
    if ((first >= 'a' && first <= 'z') || cord_str_is_digit(first) || first == '_') {
        ret_bytes[0] = '\t';
        len = 1;
    }
    return len;
}
