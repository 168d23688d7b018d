/* value_encode.c: see value_encode.h. */
#include "detect/value_encode.h"

#include "base/utf8.h"

const cord_str cord_value_encode_dashes[CORD_VALUE_ENCODE_DASHES] = {
    {"-", 1}, {"/", 1}, {"\xe2\x80\x93", 3}, {"\xe2\x80\x94", 3}, {"\xe2\x80\x95", 3},
};

static size_t put_unit(char *at, uint32_t unit, bool big_endian)
{
    at[big_endian ? 1 : 0] = (char)(unit & 0xff);
    at[big_endian ? 0 : 1] = (char)(unit >> 8 & 0xff);
    return 2;
}

cord_str cord_value_encode_utf16(struct cord_arena *arena, cord_str text, bool big_endian,
                                 bool byte_order_mark)
{
    /* No code point takes more than twice its UTF-8 bytes. */
    char *bytes = text.len < SIZE_MAX / 4 ? cord_arena_bytes(arena, text.len * 2 + 3) : NULL;
    size_t len = 0;
    if (!bytes) {
        return (cord_str){0};
    }
    if (byte_order_mark) {
        len += put_unit(bytes, 0xfeff, big_endian);
    }
    for (size_t at = 0; at < text.len;) {
        uint32_t code = 0;
        at += cord_utf8_decode(text, at, &code);
        if (code >= CORD_UTF8_OPAQUE) {
            code -= CORD_UTF8_OPAQUE;
        }
        if (code >= 0x10000) {
            len += put_unit(bytes + len, 0xd800 + ((code - 0x10000) >> 10), big_endian);
            code = 0xdc00 + (code & 0x3ff);
        }
        len += put_unit(bytes + len, code, big_endian);
    }
    bytes[len] = '\0';
    return (cord_str){bytes, len};
}

static size_t encode(char *out, const unsigned char *bytes, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t at = 0;
    for (size_t i = 0; i < len; i += 3) {
        size_t left = len - i;
        unsigned group = (unsigned)bytes[i] << 16;
        group |= left > 1 ? (unsigned)bytes[i + 1] << 8 : 0;
        group |= left > 2 ? (unsigned)bytes[i + 2] : 0;
        out[at++] = digits[group >> 18];
        out[at++] = digits[group >> 12 & 63];
        out[at++] = left > 1 ? digits[group >> 6 & 63] : '=';
        out[at++] = left > 2 ? digits[group & 63] : '=';
    }
    out[at] = '\0';
    return at;
}

cord_str cord_value_encode_base64(struct cord_arena *arena, cord_str bytes)
{
    char *text = bytes.len < SIZE_MAX / 4 ? cord_arena_bytes(arena, bytes.len / 3 * 4 + 5) : NULL;
    if (!text) {
        return (cord_str){0};
    }
    return (cord_str){text, encode(text, (const unsigned char *)bytes.ptr, bytes.len)};
}

cord_str cord_value_encode_base64_offset(struct cord_arena *arena, cord_str bytes, unsigned offset)
{
    /* Leading characters that share bits with what stands before, trailing
     * ones that share bits with what follows; lengths in bytes. */
    static const size_t lead[3] = {0, 2, 3};
    static const size_t trail[3] = {0, 3, 2};
    char *shifted = bytes.len < SIZE_MAX / 4 ? cord_arena_bytes(arena, bytes.len + 3) : NULL;
    if (!shifted) {
        return (cord_str){0};
    }
    memset(shifted, ' ', 3);
    if (bytes.len > 0) {
        memcpy(shifted + offset, bytes.ptr, bytes.len);
    }
    cord_str whole = cord_value_encode_base64(arena, (cord_str){shifted, bytes.len + offset});
    if (!whole.ptr) {
        return whole;
    }
    size_t cut = lead[offset % 3] + trail[(bytes.len + offset) % 3];
    return whole.len <= cut ? CORD_STR("")
                            : cord_str_slice(whole, lead[offset % 3], whole.len - cut);
}

/* Letters, digits and '_'. Beyond ASCII every code point counts but blanks,
 * punctuation and symbols of the blocks that log text holds. */
static bool is_word(uint32_t code)
{
    if (code < 0x80) {
        char c = cord_str_lower_char((char)code);
        return cord_str_is_digit(c) || c == '_' || (c >= 'a' && c <= 'z');
    }
    if (code < 0xc0) {
        return code == 0xaa || code == 0xb5 || code == 0xba || code == 0xb2 || code == 0xb3 ||
               code == 0xb9 || (code >= 0xbc && code <= 0xbe);
    }
    return code != 0xd7 && code != 0xf7 && !(code >= 0x2000 && code <= 0x206f) &&
           !(code >= 0x2190 && code <= 0x2bff) && !(code >= 0x3000 && code <= 0x3004) &&
           !(code >= 0xe000 && code <= 0xf8ff) && !(code >= 0xfe00 && code <= 0xfe0f) &&
           !(code >= 0x1f000 && code <= 0x1faff) && code < CORD_UTF8_OPAQUE;
}

size_t cord_value_encode_find_dash(cord_str text, size_t from)
{
    bool after_word = false;
    for (size_t at = 0; at < text.len;) {
        uint32_t code = 0;
        size_t step = cord_utf8_decode(text, at, &code);
        if (at >= from && !after_word && (code == '-' || code == '/') && at + 1 < text.len) {
            uint32_t next = 0;
            (void)cord_utf8_decode(text, at + 1, &next);
            if (is_word(next)) {
                return at;
            }
        }
        after_word = is_word(code);
        at += step;
    }
    return SIZE_MAX;
}
