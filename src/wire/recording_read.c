/* recording_read.c: see recording_read.h. */
#include "wire/recording_read.h"

#include "base/clock.h"
#include "wire/scan_stream.h"

#include <stdlib.h>

enum { TEXT_BYTES = 64 << 10, RECORD_BYTES_MAX = 1 << 20 };

struct reader {
    const struct cord_recording_reading *reading;
    struct cord_paths *paths;
    struct cord_classifier *classifier;
    struct cord_batch *batch;
    const struct cord_format *format;
    void *decoder;
    struct cord_recording_read_counts counts;
};

static cord_status hand_on(const struct reader *reader, struct cord_error *err)
{
    cord_status status = CORD_OK;
    cord_classifier_run(reader->classifier, reader->batch, 0);
    for (size_t i = 0; i < reader->batch->event_count && status == CORD_OK; i++) {
        status = reader->reading->each(reader->reading->self, &reader->batch->events[i],
                                       reader->paths, err);
    }
    return status;
}

static cord_status take_batch(struct reader *reader, struct cord_error *err)
{
    cord_status decoded;
    cord_status status;
    do {
        decoded = reader->format->decode(reader->decoder, reader->batch);
        status = decoded == CORD_OK || decoded == CORD_E_LIMIT ? hand_on(reader, err) : decoded;
        if (decoded == CORD_E_LIMIT) {
            cord_batch_events_reset(reader->batch);
        }
    } while (decoded == CORD_E_LIMIT && status == CORD_OK);
    reader->counts.read += reader->batch->read;
    reader->counts.refused += reader->batch->refused;
    return status;
}

static cord_status make_decoder(struct reader *reader, const struct cord_scan_stream *stream,
                                struct cord_error *err)
{
    const struct cord_clock clock = cord_clock_system();
    const struct cord_decoder_env env = {.paths = reader->paths,
                                         .classifier = reader->classifier,
                                         .now_ns = cord_clock_now_ns(&clock)};
    reader->format = cord_scan_stream_format(stream);
    reader->decoder = reader->format ? reader->format->decoder_new(&env) : NULL;
    return reader->decoder ? CORD_OK : cord_error_set(err, CORD_E_NOMEM, "out of memory");
}

static cord_status read_stream(struct reader *reader, struct cord_scan_stream *stream,
                               struct cord_error *err)
{
    for (;;) {
        cord_batch_reset(reader->batch);
        if (cord_paths_full(reader->paths)) {
            cord_paths_reset(reader->paths);
        }
        cord_status status = cord_scan_stream_next(stream, reader->batch, err);
        if (status == CORD_OK && !reader->decoder) {
            status = make_decoder(reader, stream, err);
        }
        if (status == CORD_OK) {
            status = take_batch(reader, err);
        }
        if (status != CORD_OK) {
            return status == CORD_E_END ? CORD_OK : status;
        }
    }
}

static cord_status read_item(struct reader *reader, const struct cord_walk_item *item,
                             struct cord_error *err)
{
    struct cord_scan_stream *stream = cord_scan_stream_new(item, NULL, RECORD_BYTES_MAX, NULL);
    cord_status status = stream ? read_stream(reader, stream, err) : CORD_E_NOMEM;
    if (reader->decoder) {
        reader->format->decoder_free(reader->decoder);
        reader->decoder = NULL;
    }
    cord_scan_stream_free(stream);
    return status;
}

static cord_status read_walk(struct reader *reader, const struct cord_walk *walk,
                             struct cord_error *err)
{
    cord_status status = CORD_OK;
    if (cord_walk_refusal_count(walk) > 0) {
        const struct cord_walk_refusal *refusal = cord_walk_refusal(walk, 0);
        return cord_error_set(err, CORD_E_NOENT, "%.*s: %.*s", CORD_STR_ARG(refusal->name),
                              CORD_STR_ARG(refusal->reason));
    }
    for (size_t i = 0; i < cord_walk_count(walk) && status == CORD_OK; i++) {
        status = read_item(reader, cord_walk_item(walk, i), err);
    }
    return status;
}

cord_status cord_recording_read(const char *path, const struct cord_recording_reading *reading,
                                struct cord_recording_read_counts *ret_counts,
                                struct cord_error *err)
{
    struct reader reader = {.reading = reading};
    struct cord_walk *walk = NULL;
    cord_status status = CORD_E_NOMEM;
    reader.paths = cord_paths_new(0);
    reader.classifier = reader.paths ? cord_classifier_new(reader.paths, 0) : NULL;
    reader.batch = cord_batch_new(TEXT_BYTES);
    if (reader.classifier && reader.batch) {
        status = cord_walk_new(&path, 1, &walk, err);
    }
    if (status == CORD_OK) {
        status = read_walk(&reader, walk, err);
    }
    cord_walk_free(walk);
    cord_batch_free(reader.batch);
    cord_classifier_free(reader.classifier);
    cord_paths_free(reader.paths);
    if (status == CORD_OK) {
        *ret_counts = reader.counts;
    }
    return status;
}
