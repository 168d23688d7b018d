/* base64.c: see base64.h. */
#include "codec/base64.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void cord_base64_encode(struct cord_buf *buf, cord_str bytes)
{
    for (size_t at = 0; at < bytes.len; at += 3) {
        size_t left = bytes.len - at;
        uint32_t group = (uint32_t)(unsigned char)bytes.ptr[at] << 16;
        group |= left > 1 ? (uint32_t)(unsigned char)bytes.ptr[at + 1] << 8 : 0;
        group |= left > 2 ? (uint32_t)(unsigned char)bytes.ptr[at + 2] : 0;
        const char text[4] = {
            letters[group >> 18],
            letters[group >> 12 & 63],
            left > 1 ? letters[group >> 6 & 63] : '=',
            left > 2 ? letters[group & 63] : '=',
        };
        cord_buf_put(buf, (cord_str){text, sizeof text});
    }
}

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (cord_str_is_digit(c)) {
        return c - '0' + 52;
    }
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

bool cord_base64_decode(cord_str text, char *buffer, size_t *ret_len)
{
    uint32_t group = 0;
    unsigned bits = 0;
    size_t len = 0;
    while (text.len > 0 && text.ptr[text.len - 1] == '=') {
        text.len--;
    }
    for (size_t at = 0; at < text.len; at++) {
        int value = value_of(text.ptr[at]);
        if (value < 0) {
            return false;
        }
        group = group << 6 | (uint32_t)value;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            buffer[len++] = (char)(group >> bits & 0xff);
        }
    }
    if (text.len % 4 == 1) {
        return false;
    }
    *ret_len = len;
    return true;
}
