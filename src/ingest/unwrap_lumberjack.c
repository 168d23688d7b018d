/*
 * unwrap_lumberjack.c: the frames of Lumberjack 2, as a connection gathered them.
 *
 * "2J" is a record as JSON, "2D" one as pairs of names and values, "2C" zlib
 * around further frames; numbers are big-endian. What is packed is unpacked
 * here, by a worker and not in an event loop. Clients leave "2W" inside of
 * packed frames alone, so it is passed over there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "codec/json_span.h"
#include "codec/json_write.h"
#include "ingest/unwrap.h"
#include "ingest/unwrap_kinds.h"

enum { PAIRS_MAX = 4096, GROW = 65536 };

struct lumberjack {
    struct cord_unwrap *unwrap;
    uint32_t last; /* number of the last record, as its sender counts */
};

static bool take_u32(cord_str *rest, uint32_t *ret_number)
{
    if (rest->len < 4) {
        return false;
    }
    const unsigned char *bytes = (const unsigned char *)rest->ptr;
    *ret_number = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
                  (uint32_t)bytes[3];
    *rest = cord_str_from_byte(*rest, 4);
    return true;
}

static bool take_bytes(cord_str *rest, cord_str *ret_bytes)
{
    uint32_t len;
    if (!take_u32(rest, &len) || len > rest->len) {
        return false;
    }
    *ret_bytes = cord_str_slice(*rest, 0, len);
    *rest = cord_str_from_byte(*rest, len);
    return true;
}

static bool take_json(struct lumberjack *lumberjack, cord_str *rest)
{
    cord_str record;
    if (!take_u32(rest, &lumberjack->last) || !take_bytes(rest, &record)) {
        return false;
    }
    cord_str trimmed = cord_str_trim(record);
    if (trimmed.len > 0 && trimmed.ptr[0] == '{') {
        cord_unwrap_put(lumberjack->unwrap, CORD_UNWRAP_JSON, trimmed);
    } else {
        cord_unwrap_refuse(lumberjack->unwrap, CORD_LOSS_MALFORMED, CORD_STR("not a JSON object"),
                           record);
    }
    return true;
}

/* Pairs become the members of an object. */
static bool take_pairs(struct lumberjack *lumberjack, cord_str *rest)
{
    uint32_t count;
    struct cord_buf object;
    if (!take_u32(rest, &lumberjack->last) || !take_u32(rest, &count) || count > PAIRS_MAX) {
        return false;
    }
    bool right = true;
    cord_buf_init(&object, lumberjack->unwrap->text.bytes_max);
    cord_buf_put_char(&object, '{');
    for (uint32_t at = 0; at < count && right; at++) {
        cord_str name;
        cord_str value;
        right = take_bytes(rest, &name) && take_bytes(rest, &value);
        if (right) {
            cord_buf_put_text(&object, at > 0 ? "," : "");
            cord_json_write_string(&object, name);
            cord_buf_put_char(&object, ':');
            cord_json_write_string(&object, value);
        }
    }
    cord_buf_put_char(&object, '}');
    if (object.failed) {
        lumberjack->unwrap->failed = true;
    } else if (right) {
        cord_unwrap_put(lumberjack->unwrap, CORD_UNWRAP_JSON, cord_buf_str(&object));
    }
    cord_buf_done(&object);
    return right;
}

/* All of a zlib stream. CORD_E_LIMIT: more than the buffer's ceiling. */
static cord_status inflate_all(cord_str packed, struct cord_buf *into)
{
    z_stream stream = {.next_in = (z_const Bytef *)(uintptr_t)packed.ptr,
                       .avail_in = (uInt)packed.len}; /* its length came in 32 bits */
    if (inflateInit(&stream) != Z_OK) {
        return CORD_E_NOMEM;
    }
    int result = Z_OK;
    while (result == Z_OK) {
        size_t room = into->bytes_max - into->len < GROW ? into->bytes_max - into->len : GROW;
        char *at = room > 0 ? cord_buf_reserve(into, room) : NULL;
        if (!at) {
            break;
        }
        stream.next_out = (Bytef *)at;
        stream.avail_out = (uInt)room;
        result = inflate(&stream, Z_NO_FLUSH);
        into->len += room - stream.avail_out;
    }
    (void)inflateEnd(&stream);
    return result == Z_STREAM_END ? CORD_OK : result == Z_OK ? CORD_E_LIMIT : CORD_E_FORMAT;
}

static cord_status take_frames(struct lumberjack *lumberjack, cord_str rest, bool packed,
                               struct cord_error *err);

static cord_status take_packed(struct lumberjack *lumberjack, cord_str *rest, bool packed,
                               struct cord_error *err)
{
    cord_str bytes;
    struct cord_buf frames;
    if (packed || !take_bytes(rest, &bytes)) {
        return cord_error_set(err, CORD_E_FORMAT, "a packed frame is cut short, or in another");
    }
    cord_buf_init(&frames, lumberjack->unwrap->text.bytes_max);
    cord_status status = inflate_all(bytes, &frames);
    if (status == CORD_OK) {
        status = take_frames(lumberjack, cord_buf_str(&frames), true, err);
    } else if (status == CORD_E_FORMAT) {
        (void)cord_error_set(err, status, "a packed frame is not zlib");
    } else {
        lumberjack->unwrap->failed = true;
        status = CORD_OK;
    }
    cord_buf_done(&frames);
    return status;
}

static cord_status take_frames(struct lumberjack *lumberjack, cord_str rest, bool packed,
                               struct cord_error *err)
{
    while (rest.len >= 2 && !lumberjack->unwrap->failed) {
        char type = rest.ptr[0] == '2' ? rest.ptr[1] : '\0';
        uint32_t window;
        bool right = false;
        rest = cord_str_from_byte(rest, 2);
        if (type == 'C') {
            cord_status status = take_packed(lumberjack, &rest, packed, err);
            if (status != CORD_OK) {
                return status;
            }
            continue;
        }
        if (type == 'J') {
            right = take_json(lumberjack, &rest);
        } else if (type == 'D') {
            right = take_pairs(lumberjack, &rest);
        } else if (type == 'W') {
            right = take_u32(&rest, &window);
        }
        if (!right) {
            return cord_error_set(err, CORD_E_FORMAT, "a frame is cut short, or not known");
        }
    }
    return rest.len == 0 || lumberjack->unwrap->failed
               ? CORD_OK
               : cord_error_set(err, CORD_E_FORMAT, "a frame is cut short");
}

static cord_status unwrap_lumberjack(const struct cord_delivery_kind *kind, cord_str bytes,
                                     cord_str context, struct cord_unwrap *unwrap,
                                     struct cord_error *err)
{
    (void)kind;
    (void)context;
    struct lumberjack lumberjack = {.unwrap = unwrap};
    cord_status status = take_frames(&lumberjack, bytes, false, err);
    cord_buf_printf(&unwrap->answer, "%u", lumberjack.last);
    return status;
}

const struct cord_delivery_kind cord_unwrap_lumberjack = {.name = "lumberjack",
                                                          .unwrap = unwrap_lumberjack};
