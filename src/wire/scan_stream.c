/* scan_stream.c: see scan_stream.h. */
#include "wire/scan_stream.h"

#include <stdlib.h>

enum {
    /* Text, index and tables of one batch are to fit a core's L2 cache. */
    BATCH_BYTES = 128 << 10,
    HEAD_BYTES = 64 << 10, /* what a format is recognised by */
    /* Long enough that taking a part out is no work beside it, short enough that
     * threads end together. No longer than the longest line that is read. */
    PART_BYTES = 1 << 20,
};

struct cord_scan_stream {
    const struct cord_walk_item *item;
    const struct cord_format *format;
    size_t record_bytes_max;
    _Atomic uint64_t *count;

    struct cord_reader *reader; /* NULL: not open yet */
    struct cord_cutter *cutter;
    char *carry; /* what was read behind the last whole record */
    size_t carry_len;
    size_t carry_cap;
    uint64_t offset; /* of the next batch's text */
    uint64_t sequence;
    bool is_part; /* lines of another stream: there is no cutter */
    bool ended;   /* the reader has no more */
    bool finished;
    cord_status damage; /* comes after the bytes before it */
    struct cord_error damage_text;
};

struct cord_scan_stream *cord_scan_stream_new(const struct cord_walk_item *item,
                                              const struct cord_format *format,
                                              size_t record_bytes_max, _Atomic uint64_t *count)
{
    struct cord_scan_stream *stream = calloc(1, sizeof *stream);
    if (stream) {
        stream->item = item;
        stream->format = format;
        stream->record_bytes_max = record_bytes_max;
        stream->count = count;
    }
    return stream;
}

void cord_scan_stream_free(struct cord_scan_stream *stream)
{
    if (stream) {
        if (stream->cutter) {
            stream->format->cutter_free(stream->cutter);
        }
        cord_reader_close(stream->reader);
        free(stream->carry);
        free(stream);
    }
}

const struct cord_format *cord_scan_stream_format(const struct cord_scan_stream *stream)
{
    return stream->format;
}

struct cord_scan_stream *cord_scan_stream_part(struct cord_scan_stream *stream)
{
    const struct cord_format *format = stream->format;
    size_t len = PART_BYTES - stream->carry_len;
    if (!stream->reader || stream->ended || stream->carry_len > PART_BYTES / 2 ||
        stream->record_bytes_max < PART_BYTES || !format->in_lines ||
        !format->in_lines(stream->cutter)) {
        return NULL;
    }
    struct cord_scan_stream *part =
        cord_scan_stream_new(stream->item, format, stream->record_bytes_max, stream->count);
    if (!part || cord_reader_split(stream->reader, &len, '\n', &part->reader, NULL) != CORD_OK) {
        cord_scan_stream_free(part);
        return NULL;
    }
    part->is_part = true;
    part->offset = stream->offset;
    part->carry = stream->carry;
    part->carry_len = stream->carry_len;
    part->carry_cap = stream->carry_cap;
    stream->offset += stream->carry_len + len;
    stream->carry = NULL;
    stream->carry_len = 0;
    stream->carry_cap = 0;
    return part;
}

/* Fills the text up to so many bytes, for which there is room: there may be more,
 * but where batches end must not depend on what the worker met before. */
static void fill(struct cord_scan_stream *stream, struct cord_batch *batch, size_t want)
{
    size_t got = 0;
    if (!stream->ended) {
        size_t room = want - batch->text_len;
        cord_status status = cord_reader_fill(stream->reader, batch->text + batch->text_len, room,
                                              &got, &stream->damage_text);
        batch->text_len += got;
        stream->damage = status;
        stream->ended = got < room || status != CORD_OK;
    }
    memset(batch->text + batch->text_len, 0, CORD_BATCH_PADDING);
}

static cord_status start(struct cord_scan_stream *stream, struct cord_batch *batch, size_t want,
                         struct cord_error *err)
{
    cord_status status = cord_walk_open(stream->item, stream->count, &stream->reader, err);
    if (status != CORD_OK) {
        return status;
    }
    fill(stream, batch, want);
    cord_str head = cord_str_slice((cord_str){batch->text, batch->text_len}, 0, HEAD_BYTES);
    if (cord_str_starts(head, CORD_STR("PK\x03\x04"))) {
        return cord_error_set(err, CORD_E_UNSUPPORTED,
                              "a zip archive inside another file or in a pipe; unpack it first");
    }
    if (!stream->format) {
        cord_str name = stream->item->name;
        for (size_t at; (at = cord_str_find_char(name, '/', 0)) != SIZE_MAX;) {
            name = cord_str_from_byte(name, at + 1);
        }
        stream->format = cord_decoder_recognise(head, name);
    }
    if (stream->format->cutter_new) {
        stream->cutter = stream->format->cutter_new();
        if (!stream->cutter) {
            return cord_error_set(err, CORD_E_NOMEM, "out of memory");
        }
    }
    return CORD_OK;
}

static cord_status keep(struct cord_scan_stream *stream, cord_str rest, struct cord_error *err)
{
    if (rest.len > stream->carry_cap) {
        char *carry = realloc(stream->carry, rest.len);
        if (!carry) {
            return cord_error_set(err, CORD_E_NOMEM, "out of memory");
        }
        stream->carry = carry;
        stream->carry_cap = rest.len;
    }
    if (rest.len > 0) {
        memcpy(stream->carry, rest.ptr, rest.len);
    }
    stream->carry_len = rest.len;
    return CORD_OK;
}

static size_t cut_lines(cord_str text, bool last)
{
    const char *end = last ? NULL : memrchr(text.ptr, '\n', text.len);
    return last ? text.len : end ? (size_t)(end - text.ptr) + 1 : 0;
}

/* Cuts, and reads on as long as no whole record fits. */
static cord_status cut(struct cord_scan_stream *stream, struct cord_batch *batch, size_t want,
                       size_t *ret_len, struct cord_error *err)
{
    for (;;) {
        cord_str text = {batch->text, batch->text_len};
        size_t len = stream->is_part
                         ? cut_lines(text, stream->ended)
                         : stream->format->cut(stream->cutter, text, stream->ended, batch);
        if (len > 0 || stream->ended) {
            *ret_len = stream->ended && len == 0 ? batch->text_len : len;
            return CORD_OK;
        }
        if (want >= stream->record_bytes_max) {
            *ret_len = 0;
            return CORD_OK;
        }
        want = want < stream->record_bytes_max / 4 ? want * 4 : stream->record_bytes_max;
        cord_status status = cord_batch_text_grow(batch, want);
        if (status != CORD_OK) {
            return cord_error_set(err, status, "out of memory");
        }
        fill(stream, batch, want);
    }
}

/* No record ends within the limit: what was read is given up, and the decoder
 * finds its feet again at the next record. */
static void give_up(struct cord_scan_stream *stream, struct cord_batch *batch)
{
    struct cord_error reason = {""};
    (void)cord_error_set(&reason, CORD_E_LIMIT, "no record ends within %zu bytes",
                         stream->record_bytes_max);
    cord_batch_refuse(batch, stream->offset, cord_str_from(reason.text));
    stream->offset += batch->text_len;
    batch->text_len = 0;
    stream->carry_len = 0;
}

cord_status cord_scan_stream_next(struct cord_scan_stream *stream, struct cord_batch *batch,
                                  struct cord_error *err)
{
    cord_batch_reset(batch);
    batch->text_offset = stream->offset;
    if (stream->finished) {
        return CORD_E_END;
    }
    size_t want = stream->carry_len > BATCH_BYTES / 2 ? stream->carry_len * 2 : BATCH_BYTES;
    cord_status status = cord_batch_text_grow(batch, want);
    if (status != CORD_OK) {
        return cord_error_set(err, status, "out of memory");
    }
    if (!stream->reader) {
        status = start(stream, batch, want, err);
        if (status != CORD_OK) {
            stream->finished = true;
            return status;
        }
    } else {
        if (stream->carry_len > 0) {
            memcpy(batch->text, stream->carry, stream->carry_len);
        }
        batch->text_len = stream->carry_len;
        fill(stream, batch, want);
    }
    if (batch->text_len == 0) {
        stream->finished = true;
        if (stream->damage != CORD_OK) {
            return cord_error_set(err, stream->damage, "%s", stream->damage_text.text);
        }
        return CORD_E_END;
    }
    size_t len = 0;
    status = cut(stream, batch, want, &len, err);
    if (status != CORD_OK) {
        return status;
    }
    batch->sequence = stream->sequence++;
    batch->text_offset = stream->offset;
    if (len == 0) {
        give_up(stream, batch);
        return CORD_OK;
    }
    status = keep(stream, cord_str_from_byte((cord_str){batch->text, batch->text_len}, len), err);
    batch->text_len = len;
    memset(batch->text + len, 0, CORD_BATCH_PADDING);
    stream->offset += len;
    batch->last = !stream->is_part && stream->ended && stream->carry_len == 0;
    return status;
}
