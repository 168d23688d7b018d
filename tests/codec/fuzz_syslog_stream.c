/*
 * fuzz_syslog_stream.c: frames of a connection: however its bytes are split into
 * reads, the same messages come out, within their bound, and no byte twice.
 */
#include "base/buf.h"
#include "codec/syslog_stream.h"

#include <stdlib.h>

enum { HELD_SLACK = 32 };

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void put_result(struct cord_buf *out, cord_status status, cord_str frame)
{
    cord_buf_printf(out, "%d %zu:", (int)status, frame.len);
    cord_buf_put(out, frame);
}

/* One read's bytes, with what was left before them. */
static void feed(struct cord_syslog_stream *stream, struct cord_buf *held, bool last,
                 struct cord_buf *out)
{
    cord_str input = cord_buf_str(held);
    for (;;) {
        cord_str frame = {0};
        size_t before = input.len;
        cord_status status = cord_syslog_stream_next(stream, &input, last, &frame);
        require(input.len <= before);
        if (status == CORD_E_MORE) {
            break;
        }
        require(status == CORD_OK || status == CORD_E_LIMIT || (status == CORD_E_FORMAT && last));
        require(frame.len <= stream->bytes_max || status != CORD_OK);
        put_result(out, status, status == CORD_OK ? frame : (cord_str){0});
    }
    require(input.len <= stream->bytes_max + HELD_SLACK);
    require(!last || input.len == 0);
    if (input.len > 0) {
        memmove(held->ptr, input.ptr, input.len);
    }
    held->len = input.len;
}

/* The seed chooses the sizes of the reads; 0: one read. */
static void run(struct cord_syslog_stream stream, cord_str text, uint32_t seed,
                struct cord_buf *out)
{
    struct cord_buf held;
    size_t fed = 0;
    cord_buf_init(&held, 1 << 22);
    do {
        seed = seed == 0 ? 0 : seed * 1664525U + 1013904223U;
        cord_str more = cord_str_slice(text, fed, seed == 0 ? text.len : 1 + (seed >> 24) % 23);
        fed += more.len;
        cord_buf_put(&held, more);
        feed(&stream, &held, fed == text.len, out);
    } while (fed < text.len);
    cord_buf_done(&held);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cord_buf whole;
    struct cord_buf pieces;
    if (size < 2) {
        return 0;
    }
    struct cord_syslog_stream stream = {.bytes_max = 16 + data[0] % 64, .multiline = data[1] % 2};
    cord_str text = {(const char *)data + 2, size - 2};
    cord_buf_init(&whole, 1 << 24);
    cord_buf_init(&pieces, 1 << 24);
    run(stream, text, 0, &whole);
    run(stream, text, 1U + data[1], &pieces);
    require(whole.len == pieces.len && !whole.failed && !pieces.failed);
    require(whole.len == 0 || memcmp(whole.ptr, pieces.ptr, whole.len) == 0);
    cord_buf_done(&whole);
    cord_buf_done(&pieces);
    return 0;
}
