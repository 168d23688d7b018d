/* api_cursor.c: see api_cursor.h. */
#include "api/api_cursor.h"

#include "base/digest.h"
#include "codec/base64.h"

enum { TAG_BYTES = 16, HASHED_MAX = 2048 };

/* SHA-256 of the secret on both sides, a purpose, and the parts with their lengths. False
 * when out of memory. */
static bool hash(const struct cord_api_secret *secret, char purpose, cord_str a, cord_str b,
                 struct cord_digest *ret_digest)
{
    struct cord_buf text;
    struct cord_digest inner;
    cord_str key = {(const char *)secret->bytes, sizeof secret->bytes};
    cord_buf_init(&text, HASHED_MAX + a.len + b.len);
    cord_buf_put(&text, key);
    cord_buf_put_char(&text, purpose);
    cord_buf_printf(&text, "%zu:%zu:", a.len, b.len);
    cord_buf_put(&text, a);
    cord_buf_put(&text, b);
    cord_buf_put(&text, key);
    bool done = !text.failed && cord_digest_of(cord_buf_str(&text), &inner) == CORD_OK;
    cord_buf_done(&text);
    if (done) {
        *ret_digest = inner;
    }
    return done;
}

/* Both ways. */
static bool crypt_place(const struct cord_api_secret *secret, cord_str tag, char *bytes, size_t len)
{
    struct cord_digest stream;
    for (size_t at = 0; at < len; at++) {
        size_t in_block = at % CORD_DIGEST_BYTES;
        if (in_block == 0) {
            char block = (char)(at / CORD_DIGEST_BYTES);
            if (!hash(secret, 's', tag, (cord_str){&block, 1}, &stream)) {
                return false;
            }
        }
        bytes[at] = (char)((unsigned char)bytes[at] ^ stream.bytes[in_block]);
    }
    return true;
}

void cord_api_cursor_write(const struct cord_api_secret *secret, cord_str about, cord_str place,
                           struct cord_buf *buf)
{
    char sealed[TAG_BYTES + CORD_API_PLACE_MAX];
    struct cord_digest tag;
    size_t before = buf->len;
    if (place.len > CORD_API_PLACE_MAX || !hash(secret, 't', about, place, &tag)) {
        buf->failed = true;
        return;
    }
    memcpy(sealed, tag.bytes, TAG_BYTES);
    if (place.len > 0) {
        memcpy(sealed + TAG_BYTES, place.ptr, place.len);
    }
    if (!crypt_place(secret, (cord_str){sealed, TAG_BYTES}, sealed + TAG_BYTES, place.len)) {
        buf->failed = true;
        return;
    }
    cord_base64_encode(buf, (cord_str){sealed, TAG_BYTES + place.len});
    for (size_t i = before; i < buf->len; i++) {
        char c = buf->ptr[i];
        buf->ptr[i] = c == '+' ? '-' : c == '/' ? '_' : c;
    }
    while (buf->len > before && buf->ptr[buf->len - 1] == '=') {
        buf->len--;
    }
}

cord_status cord_api_cursor_read(const struct cord_api_secret *secret, cord_str about,
                                 cord_str text, char ret_place[CORD_API_PLACE_MAX], size_t *ret_len)
{
    char sealed[CORD_API_CURSOR_MAX];
    char place[CORD_API_PLACE_MAX];
    struct cord_digest tag;
    size_t len = 0;
    if (text.len > CORD_API_CURSOR_MAX || !cord_base64_decode(text, sealed, &len) ||
        len < TAG_BYTES || len - TAG_BYTES > CORD_API_PLACE_MAX) {
        return CORD_E_FORMAT;
    }
    len -= TAG_BYTES;
    memcpy(place, sealed + TAG_BYTES, len);
    if (!crypt_place(secret, (cord_str){sealed, TAG_BYTES}, place, len) ||
        !hash(secret, 't', about, (cord_str){place, len}, &tag)) {
        return CORD_E_NOMEM;
    }
    unsigned char differs = 0;
    for (size_t i = 0; i < TAG_BYTES; i++) {
        differs |= (unsigned char)(tag.bytes[i] ^ (unsigned char)sealed[i]);
    }
    if (differs != 0) {
        return CORD_E_FORMAT;
    }
    memcpy(ret_place, place, len);
    *ret_len = len;
    return CORD_OK;
}
