/* fuzz_text.c: see fuzz_text.h. */
#include "kit/fuzz_text.h"

#include <assert.h>
#include <stdlib.h>

#include "base/hash.h"
#include "normalise/event_time.h"

struct outcome {
    uint64_t events, refused, hash;
};

static void look(struct outcome *outcome, const struct cord_paths *paths,
                 const struct cord_event *event)
{
    for (size_t role = 0; role < CORD_ROLE_COUNT; role++) {
        assert(event->role[role] == CORD_VALUE_NONE || event->role[role] < event->value_count);
    }
    for (uint32_t i = 0; i < event->value_count; i++) {
        const struct cord_value *value = &event->values[i];
        assert(value->ptr && value->path < cord_paths_count(paths));
        outcome->hash = cord_hash(cord_paths_text(paths, value->path), outcome->hash);
        outcome->hash = cord_hash(cord_value_str(value), outcome->hash);
    }
    (void)cord_event_time(event);
    outcome->events++;
}

static void decode(const struct cord_format *format, void *decoder, struct cord_batch *batch,
                   const struct cord_paths *paths, struct outcome *outcome)
{
    cord_status status;
    do {
        status = format->decode(decoder, batch);
        assert(status == CORD_OK || (status == CORD_E_LIMIT && batch->event_count > 0));
        for (size_t i = 0; i < batch->event_count; i++) {
            look(outcome, paths, &batch->events[i]);
        }
        cord_batch_events_reset(batch);
    } while (status == CORD_E_LIMIT);
    assert(batch->taken == batch->text_len);
    assert(batch->records == batch->read + batch->skipped + batch->refused);
    outcome->refused += batch->refused;
}

static struct outcome run(const struct cord_format *format, cord_str text, size_t step,
                          struct cord_batch *batch)
{
    struct outcome outcome = {0};
    static struct cord_paths *paths; /* kept: making them takes longer than a run */
    static struct cord_classifier *classifier;
    if (!paths) {
        paths = cord_paths_new(1);
        classifier = paths ? cord_classifier_new(paths, 1) : NULL;
    } else if (cord_paths_count(paths) > CORD_PATHS_MAX / 2) {
        cord_paths_reset(paths);
    }
    struct cord_decoder_env env = {
        .paths = paths, .classifier = classifier, .now_ns = 1511956800000000000};
    struct cord_cutter *cutter = format->cutter_new ? format->cutter_new() : NULL;
    void *decoder = classifier ? format->decoder_new(&env) : NULL;
    assert(decoder && (cutter || !format->cutter_new));
    size_t at = 0;
    size_t have = step;
    while (at < text.len) {
        have = have < text.len - at ? have : text.len - at;
        bool last = at + have == text.len;
        cord_batch_reset(batch);
        size_t len = format->cut(cutter, cord_str_slice(text, at, have), last, batch);
        assert(len <= have && (!last || len == have));
        if (len == 0) {
            have *= 2;
            continue;
        }
        assert(cord_batch_text_grow(batch, len) == CORD_OK);
        memcpy(batch->text, text.ptr + at, len);
        batch->text_len = len;
        assert(cord_batch_text_grow(batch, len) == CORD_OK);
        batch->text_offset = at;
        decode(format, decoder, batch, paths, &outcome);
        at += len;
        have = step;
    }
    format->decoder_free(decoder);
    if (format->cutter_free) {
        format->cutter_free(cutter);
    }
    return outcome;
}

void kit_fuzz_text(const struct cord_format *const *formats, size_t count, const uint8_t *data,
                   size_t size)
{
    if (size < 2) {
        return;
    }
    const struct cord_format *format = formats[data[0] % count];
    size_t step = 1 + data[1];
    cord_str text = {(const char *)data + 2, size - 2};
    static struct cord_batch *batch;
    batch = batch ? batch : cord_batch_new(4096);
    assert(batch);
    (void)format->probe(text, CORD_STR("x.log"));
    struct outcome pieces = run(format, text, step, batch);
    struct outcome whole = run(format, text, size, batch);
    assert(pieces.events == whole.events && pieces.refused == whole.refused);
    assert(pieces.hash == whole.hash);
}
