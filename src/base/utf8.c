/* utf8.c: see utf8.h. */
#include "base/utf8.h"

#define HIGH_BITS 0x8080808080808080ULL

static uint64_t load_word(const char *from)
{
    uint64_t word;
    memcpy(&word, from, sizeof word);
    return word;
}

static bool is_continuation(unsigned byte)
{
    return (byte & 0xc0) == 0x80;
}

/* What a lead byte promises: the bytes of its sequence, and the range of the
 * second one, which is where RFC 3629 keeps out long forms and surrogates. */
struct lead {
    unsigned len;
    unsigned second_min;
    unsigned second_max;
};

static struct lead lead_of(unsigned byte)
{
    if (byte < 0xc2 || byte > 0xf4) {
        return (struct lead){0};
    }
    if (byte < 0xe0) {
        return (struct lead){2, 0x80, 0xbf};
    }
    if (byte < 0xf0) {
        return (struct lead){3, byte == 0xe0 ? 0xa0 : 0x80, byte == 0xed ? 0x9f : 0xbf};
    }
    return (struct lead){4, byte == 0xf0 ? 0x90 : 0x80, byte == 0xf4 ? 0x8f : 0xbf};
}

size_t cord_utf8_decode(cord_str text, size_t at, uint32_t *ret_code)
{
    const unsigned char *bytes = (const unsigned char *)text.ptr + at;
    size_t rest = text.len - at;
    unsigned byte = bytes[0];
    if (byte < 0x80) {
        *ret_code = byte;
        return 1;
    }
    struct lead lead = lead_of(byte);
    *ret_code = CORD_UTF8_OPAQUE + byte;
    if (lead.len == 0 || rest < lead.len || bytes[1] < lead.second_min ||
        bytes[1] > lead.second_max) {
        return 1;
    }
    uint32_t code = byte & (0x7fu >> lead.len);
    code = code << 6 | (bytes[1] & 0x3fu);
    for (unsigned i = 2; i < lead.len; i++) {
        if (!is_continuation(bytes[i])) {
            return 1;
        }
        code = code << 6 | (bytes[i] & 0x3fu);
    }
    *ret_code = code;
    return lead.len;
}

size_t cord_utf8_encode(uint32_t code, char ret_bytes[CORD_UTF8_BYTES_MAX])
{
    if (code >= CORD_UTF8_OPAQUE + 0x80 && code <= CORD_UTF8_OPAQUE + 0xff) {
        ret_bytes[0] = (char)(code - CORD_UTF8_OPAQUE);
        return 1;
    }
    if (code > CORD_UTF8_CODE_MAX || (code >= 0xd800 && code <= 0xdfff)) {
        code = CORD_UTF8_REPLACEMENT;
    }
    if (code < 0x80) {
        ret_bytes[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        ret_bytes[0] = (char)(0xc0 | code >> 6);
        ret_bytes[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        ret_bytes[0] = (char)(0xe0 | code >> 12);
        ret_bytes[1] = (char)(0x80 | (code >> 6 & 0x3f));
        ret_bytes[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    ret_bytes[0] = (char)(0xf0 | code >> 18);
    ret_bytes[1] = (char)(0x80 | (code >> 12 & 0x3f));
    ret_bytes[2] = (char)(0x80 | (code >> 6 & 0x3f));
    ret_bytes[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

void cord_utf8_put(struct cord_buf *buf, uint32_t code)
{
    char bytes[CORD_UTF8_BYTES_MAX];
    cord_buf_put(buf, (cord_str){bytes, cord_utf8_encode(code, bytes)});
}

size_t cord_utf8_ascii_prefix(cord_str text)
{
    size_t at = 0;
    while (text.len - at >= 32) {
        uint64_t any = load_word(text.ptr + at) | load_word(text.ptr + at + 8) |
                       load_word(text.ptr + at + 16) | load_word(text.ptr + at + 24);
        if ((any & HIGH_BITS) != 0) {
            break;
        }
        at += 32;
    }
    while (at < text.len && ((unsigned char)text.ptr[at] & 0x80) == 0) {
        at++;
    }
    return at;
}

bool cord_utf8_is_ascii(cord_str text)
{
    uint64_t any = 0;
    if (text.len < 8) {
        for (size_t at = 0; at < text.len; at++) {
            any |= (unsigned char)text.ptr[at];
        }
        return (any & 0x80) == 0;
    }
    for (size_t at = 0; at + 8 < text.len; at += 8) {
        any |= load_word(text.ptr + at);
    }
    any |= load_word(text.ptr + text.len - 8); /* may overlap the one before */
    return (any & HIGH_BITS) == 0;
}

bool cord_utf8_is_valid(cord_str text)
{
    uint32_t code = 0;
    for (size_t at = 0;;) {
        at += cord_utf8_ascii_prefix(cord_str_from_byte(text, at));
        if (at == text.len) {
            return true;
        }
        at += cord_utf8_decode(text, at, &code);
        if (code >= CORD_UTF8_OPAQUE) {
            return false;
        }
    }
}

size_t cord_utf8_count(cord_str text)
{
    uint32_t code = 0;
    size_t count = 0;
    for (size_t at = 0;;) {
        size_t ascii = cord_utf8_ascii_prefix(cord_str_from_byte(text, at));
        at += ascii;
        count += ascii;
        if (at == text.len) {
            return count;
        }
        at += cord_utf8_decode(text, at, &code);
        count++;
    }
}

static uint32_t unit_at(const unsigned char *bytes, size_t unit)
{
    return bytes[2 * unit] | (uint32_t)bytes[2 * unit + 1] << 8;
}

/* Four units at once while all of them are below 0x80. */
static size_t copy_ascii_units(const unsigned char *bytes, size_t units, char *to)
{
    size_t at = 0;
    for (; units - at >= 4; at += 4) {
        if ((load_word((const char *)bytes + 2 * at) & ~0x007f007f007f007fULL) != 0) {
            break;
        }
        for (size_t i = 0; i < 4; i++) {
            to[at + i] = (char)bytes[2 * (at + i)];
        }
    }
    return at;
}

size_t cord_utf8_from_utf16le(const void *bytes, size_t units, char *ret_bytes)
{
    const unsigned char *from = bytes;
    char *to = ret_bytes;
    for (size_t at = 0; at < units;) {
        size_t ascii = copy_ascii_units(from + 2 * at, units - at, to);
        at += ascii;
        to += ascii;
        if (at == units) {
            break;
        }
        uint32_t code = unit_at(from, at++);
        if (code >= 0xd800 && code <= 0xdbff && at < units) {
            uint32_t low = unit_at(from, at);
            if (low >= 0xdc00 && low <= 0xdfff) {
                code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                at++;
            }
        }
        to += cord_utf8_encode(code, to); /* a lone surrogate becomes U+FFFD there */
    }
    return (size_t)(to - ret_bytes);
}

void cord_utf8_put_utf16le(struct cord_buf *buf, cord_str utf16)
{
    size_t units = utf16.len / 2;
    char *room = cord_buf_reserve(buf, CORD_UTF8_FROM_UTF16_MAX(units));
    if (!room) {
        return;
    }
    buf->len += cord_utf8_from_utf16le(utf16.ptr, units, room);
    if (utf16.len % 2 != 0) {
        cord_utf8_put(buf, CORD_UTF8_REPLACEMENT);
    }
}

bool cord_utf8_is_treacherous(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x200b && code <= 0x200f) ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ||
           code == 0xfeff;
}

size_t cord_utf8_put_shown(struct cord_buf *buf, cord_str text)
{
    size_t count = 0;
    for (size_t at = 0; at < text.len; count++) {
        uint32_t code;
        size_t len = cord_utf8_decode(text, at, &code);
        bool odd = code >= CORD_UTF8_OPAQUE || cord_utf8_is_treacherous(code);
        cord_buf_put(buf, odd ? CORD_STR("?") : cord_str_slice(text, at, len));
        at += len;
    }
    return count;
}
