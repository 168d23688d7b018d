/*
 * api_call_squeeze.c: long answers to reads go compressed to who takes that (RFC 9110, section
 * 8.4.1.3).
 *
 * A page of the queue is a fifteenth of its length then. What compression can tell about a secret
 * beside text of an attacker's choice does not apply: another site's requests carry no session, and
 * short answers, such as that of the session itself, and those to writes, in which secrets are
 * told, stay as they are.
 */
#include "api/api_internal.h"
#include "api/web.h"

#include <zlib.h>

enum { SHORT_BYTES = 4096, LEVEL = 1, WINDOW_BITS = 15 + 16 /* gzip's head and tail */ };

static bool squeeze(cord_str text, struct cord_buf *out)
{
    z_stream zlib = {.next_in = (Bytef *)(uintptr_t)text.ptr, .avail_in = (uInt)text.len};
    if (deflateInit2(&zlib, LEVEL, Z_DEFLATED, WINDOW_BITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        return false;
    }
    uLong room = deflateBound(&zlib, (uLong)text.len);
    char *into = cord_buf_reserve(out, room);
    bool done = false;
    if (into) {
        zlib.next_out = (Bytef *)into;
        zlib.avail_out = (uInt)room;
        done = deflate(&zlib, Z_FINISH) == Z_STREAM_END;
        out->len += (size_t)zlib.total_out;
    }
    return deflateEnd(&zlib) == Z_OK && done;
}

bool cord_api_call_squeeze(struct cord_api_call *call)
{
    if (call->out.len < SHORT_BYTES || !cord_web_accepts(call->accept_encoding, CORD_STR("gzip"))) {
        return false;
    }
    struct cord_buf shorter;
    cord_buf_init(&shorter, CORD_API_REPLY_BYTES_MAX);
    bool done = squeeze(cord_buf_str(&call->out), &shorter) && shorter.len < call->out.len;
    if (done) {
        cord_buf_clear(&call->out);
        cord_buf_put(&call->out, cord_buf_str(&shorter));
        cord_api_call_header(call, "Content-Encoding", CORD_STR("gzip"));
    }
    cord_buf_done(&shorter);
    return done;
}
