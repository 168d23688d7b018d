/*
 * octets.h: numbers as bytes in files: little-endian, and of variable length.
 *
 * A variable-length number has seven bits a byte, the low ones first, the top
 * bit set on all bytes but the last: at most ten. A reader that has met the end
 * or a number that is none yields zeroes and is `failed`: look once, at the
 * end. Pure; any thread.
 */
#ifndef CORD_BASE_OCTETS_H
#define CORD_BASE_OCTETS_H

#include "base/buf.h"

struct cord_octets {
    const unsigned char *at;
    const unsigned char *end;
    bool failed;
};

static inline struct cord_octets cord_octets_of(cord_str bytes)
{
    static const unsigned char none[1] = {0};
    const unsigned char *at = bytes.len > 0 ? (const unsigned char *)bytes.ptr : none;
    return (struct cord_octets){at, at + bytes.len, false};
}

static inline size_t cord_octets_left(const struct cord_octets *octets)
{
    return (size_t)(octets->end - octets->at);
}

static inline void cord_octets_fail(struct cord_octets *octets)
{
    octets->failed = true;
    octets->at = octets->end;
}

static inline cord_str cord_octets_take(struct cord_octets *octets, size_t len)
{
    if (len > cord_octets_left(octets)) {
        cord_octets_fail(octets);
        return (cord_str){"", 0};
    }
    cord_str taken = {(const char *)octets->at, len};
    octets->at += len;
    return taken;
}

/* The little-endian number in the first `bytes` bytes (at most 8) of what is left. */
static inline uint64_t cord_octets_fixed(struct cord_octets *octets, unsigned bytes)
{
    cord_str taken = cord_octets_take(octets, bytes);
    uint64_t value = 0;
    for (unsigned i = 0; i < taken.len; i++) {
        value |= (uint64_t)(unsigned char)taken.ptr[i] << (8 * i);
    }
    return value;
}

static inline uint32_t cord_octets_u32(struct cord_octets *octets)
{
    return (uint32_t)cord_octets_fixed(octets, 4);
}

static inline uint64_t cord_octets_u64(struct cord_octets *octets)
{
    return cord_octets_fixed(octets, 8);
}

static inline int64_t cord_octets_i64(struct cord_octets *octets)
{
    return (int64_t)cord_octets_fixed(octets, 8);
}

static inline uint64_t cord_octets_varint(struct cord_octets *octets)
{
    uint64_t value = 0;
    for (unsigned shift = 0; octets->at < octets->end; shift += 7) {
        unsigned char byte = *octets->at++;
        if (shift > 56 && (shift > 63 || byte > 1)) {
            break; /* more than 64 bits */
        }
        value |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) {
            return value;
        }
    }
    cord_octets_fail(octets);
    return 0;
}

/* A length and as many bytes. */
static inline cord_str cord_octets_text(struct cord_octets *octets)
{
    uint64_t len = cord_octets_varint(octets);
    if (len > cord_octets_left(octets)) {
        cord_octets_fail(octets);
        return (cord_str){"", 0};
    }
    return cord_octets_take(octets, (size_t)len);
}

static inline void cord_octets_put_fixed(struct cord_buf *buf, uint64_t value, unsigned bytes)
{
    char text[8];
    for (unsigned i = 0; i < bytes; i++) {
        text[i] = (char)(unsigned char)(value >> (8 * i));
    }
    cord_buf_put(buf, (cord_str){text, bytes});
}

static inline void cord_octets_put_u32(struct cord_buf *buf, uint32_t value)
{
    cord_octets_put_fixed(buf, value, 4);
}

static inline void cord_octets_put_u64(struct cord_buf *buf, uint64_t value)
{
    cord_octets_put_fixed(buf, value, 8);
}

static inline void cord_octets_put_varint(struct cord_buf *buf, uint64_t value)
{
    if (value <= 127 && buf->len < buf->cap && !buf->failed) { /* most of them, by far */
        buf->ptr[buf->len++] = (char)(unsigned char)value;
        return;
    }
    char text[10];
    size_t len = 0;
    for (; value > 127; value >>= 7) {
        text[len++] = (char)(unsigned char)(value | 128);
    }
    text[len++] = (char)(unsigned char)value;
    cord_buf_put(buf, (cord_str){text, len});
}

static inline void cord_octets_put_text(struct cord_buf *buf, cord_str text)
{
    cord_octets_put_varint(buf, text.len);
    cord_buf_put(buf, text);
}

#endif
