/*
 * fuzz_keep.c: whatever a format reads comes back from a row of evidence.
 *
 * The first byte chooses the format; kit_keep.h says what is compared.
 */
#include <assert.h>

#include "kit/kit_keep.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void keep_events(struct kit_keep *keep, const struct kit_decode *decode,
                        struct cord_batch *batch)
{
    for (size_t i = 0; i < batch->event_count; i++) {
        kit_keep_event(keep, decode, &batch->events[i]);
    }
    cord_batch_events_reset(batch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct kit_keep keep; /* kept: making them takes longer than a run */
    static struct kit_decode decode;
    static struct cord_batch *batch;
    size_t count = 0;
    if (size < 2) {
        return 0;
    }
    if (!batch) {
        kit_keep_init(&keep);
        kit_decode_init(&decode);
        batch = cord_batch_new(4096);
        assert(batch);
    }
    if (cord_paths_count(decode.paths) > CORD_PATHS_MAX / 2) {
        cord_paths_reset(decode.paths);
    }
    while (cord_decoder_formats[count]) {
        count++;
    }
    const struct cord_format *format = cord_decoder_formats[data[0] % count];
    const struct cord_decoder_env env = {
        .paths = decode.paths, .classifier = decode.classifier, .now_ns = decode.now_ns};
    struct cord_cutter *cutter = format->cutter_new ? format->cutter_new() : NULL;
    void *decoder = format->decoder_new(&env);
    cord_str text = {(const char *)data + 1, size - 1};
    assert(decoder);
    cord_batch_reset(batch);
    assert(cord_batch_text_grow(batch, text.len) == CORD_OK);
    memcpy(batch->text, text.ptr, text.len);
    batch->text_len = format->cut(cutter, text, true, batch);
    assert(cord_batch_text_grow(batch, batch->text_len) == CORD_OK); /* zeroes the padding */
    while (format->decode(decoder, batch) == CORD_E_LIMIT) {
        keep_events(&keep, &decode, batch);
    }
    keep_events(&keep, &decode, batch);
    format->decoder_free(decoder);
    if (format->cutter_free) {
        format->cutter_free(cutter);
    }
    return 0;
}
