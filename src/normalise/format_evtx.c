/*
 * format_evtx.c: Windows event log files as a source format.
 *
 * Cut between chunks, which stand alone. A batch's first chunk is found from
 * its text only: decoding knows no other batch.
 */
#include "normalise/decoder.h"

#include "codec/evtx.h"

#include <stdio.h>
#include <stdlib.h>

struct evtx_decoder {
    struct cord_decoder_env env;
    struct cord_evtx *reader;
};

static bool has_chunk_at(cord_str text, size_t at)
{
    return cord_str_starts(cord_str_from_byte(text, at), (cord_str){"ElfChnk", 8});
}

static unsigned probe(cord_str head, cord_str file_name)
{
    (void)file_name;
    if (cord_str_starts(head, (cord_str){"ElfFile", 8}) || has_chunk_at(head, 0)) {
        return 100;
    }
    return has_chunk_at(head, CORD_EVTX_FILE_HEADER_BYTES) ? 90 : 0;
}

/* What is before the first chunk; only a stream's first batch has a header. */
static struct cord_evtx_file file_header(cord_str text, const struct cord_batch *batch)
{
    return batch->text_offset == 0 ? cord_evtx_file_header(text) : (struct cord_evtx_file){0};
}

static size_t cut(struct cord_cutter *cutter, cord_str text, bool last, struct cord_batch *batch)
{
    (void)cutter;
    if (last) {
        return text.len;
    }
    size_t at = file_header(text, batch).header_bytes;
    size_t whole = 0;
    while (text.len > at && text.len - at >= CORD_EVTX_CHUNK_BYTES) {
        at += cord_evtx_chunk_span(cord_str_from_byte(text, at));
        whole = at;
    }
    return whole;
}

static void decoder_free(void *self)
{
    struct evtx_decoder *decoder = self;
    if (decoder) {
        cord_evtx_free(decoder->reader);
        free(decoder);
    }
}

static void *decoder_new(const struct cord_decoder_env *env)
{
    struct evtx_decoder *decoder = calloc(1, sizeof *decoder);
    if (!decoder) {
        return NULL;
    }
    decoder->env = *env;
    decoder->reader = cord_evtx_new(env->paths, cord_cpu_level_detect());
    if (!decoder->reader) {
        decoder_free(decoder);
        return NULL;
    }
    return decoder;
}

static void note_chunk(struct cord_batch *batch, size_t at, unsigned wrong)
{
    static const struct {
        unsigned flag;
        const char *text;
    } notes[] = {
        {CORD_EVTX_NO_SIGNATURE, "a chunk without its signature: records were looked for in it"},
        {CORD_EVTX_TRUNCATED, "the last chunk is shorter than 64 KiB"},
        {CORD_EVTX_HEADER_CHECKSUM, "a chunk's header does not match its checksum; read anyway"},
        {CORD_EVTX_DATA_CHECKSUM, "a chunk's records do not match their checksum; read anyway"},
    };
    for (size_t i = 0; i < sizeof notes / sizeof *notes && !(wrong & CORD_EVTX_BLANK); i++) {
        if (wrong & notes[i].flag) {
            cord_batch_note(batch, batch->text_offset + at, cord_str_from(notes[i].text));
        }
    }
}

static cord_str record_text(char buffer[256], const struct cord_evtx_record *record,
                            const char *what)
{
    int len = snprintf(buffer, 256, "record %llu %s: %s", (unsigned long long)record->id, what,
                       record->damage);
    return (cord_str){buffer, len < 0 ? 0 : (size_t)(len < 256 ? len : 255)};
}

/* What the reader found at `chunk_at`, into the batch. */
static cord_status take_record(struct cord_batch *batch, size_t chunk_at, cord_status found,
                               const struct cord_evtx_record *record)
{
    char buffer[256];
    size_t at = chunk_at + record->offset;
    uint64_t offset = batch->text_offset + at;
    if (found == CORD_E_FORMAT) {
        int len =
            snprintf(buffer, sizeof buffer, "%zu bytes skipped: %s", record->len, record->damage);
        cord_batch_refuse(batch, offset, (cord_str){buffer, len < 0 ? 0 : (size_t)len});
    } else {
        struct cord_event *event;
        cord_status status =
            cord_batch_add(batch, (cord_str){batch->text + at, record->len}, &event);
        if (status != CORD_OK) {
            return status;
        }
        if (record->damage) {
            cord_batch_note(batch, offset, record_text(buffer, record, "is read in part"));
        }
    }
    batch->taken = at + record->len;
    return CORD_OK;
}

static cord_status decode_chunk(struct evtx_decoder *decoder, struct cord_batch *batch, size_t at,
                                size_t len)
{
    size_t from = batch->taken > at ? batch->taken - at : 0;
    unsigned wrong = cord_evtx_chunk_begin(decoder->reader, (cord_str){batch->text + at, len}, from,
                                           batch->arena);
    if (from == 0) {
        note_chunk(batch, at, wrong);
    }
    for (;;) {
        struct cord_evtx_record record;
        cord_status found = batch->event_count < batch->event_max
                                ? cord_evtx_next(decoder->reader, &batch->values, &record)
                                : CORD_E_LIMIT;
        if (found == CORD_E_END) {
            batch->taken = at + len;
            return CORD_OK;
        }
        if (found == CORD_E_LIMIT) {
            return found;
        }
        cord_status status = take_record(batch, at, found, &record);
        if (status != CORD_OK) {
            batch->values.count = cord_batch_pending(batch);
            return status;
        }
    }
}

static cord_status decode_chunks(struct evtx_decoder *decoder, struct cord_batch *batch)
{
    cord_str text = {batch->text, batch->text_len};
    struct cord_evtx_file file = file_header(text, batch);
    if (batch->taken == 0 && file.damage) {
        cord_batch_note(batch, 0, cord_str_from(file.damage));
    }
    size_t at = file.header_bytes;
    while (at < text.len) {
        size_t len = cord_evtx_chunk_span(cord_str_from_byte(text, at));
        if (at + len > batch->taken) {
            cord_status status = decode_chunk(decoder, batch, at, len);
            if (status != CORD_OK) {
                return status;
            }
        }
        at += len;
    }
    batch->taken = text.len;
    return CORD_OK;
}

static cord_status decode(void *self, struct cord_batch *batch)
{
    struct evtx_decoder *decoder = self;
    size_t from = batch->event_count;
    cord_status status = decode_chunks(decoder, batch);
    cord_classifier_run(decoder->env.classifier, batch, from);
    return status;
}

const struct cord_format cord_format_evtx = {
    .name = "evtx",
    .help = "Windows event log files, whole, damaged or carved",
    .probe = probe,
    .cut = cut,
    .decoder_new = decoder_new,
    .decoder_free = decoder_free,
    .decode = decode,
};
