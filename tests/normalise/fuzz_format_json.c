/*
 * Any text, cut in any pieces: nothing is lost or read twice, and the counts
 * balance. Of lines, the pieces do not change what is read. The first byte says
 * how long the pieces are.
 */
#include "kit/kit_decoder.h"
#include "normalise/formats.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct counts {
    uint64_t read;
    uint64_t skipped;
    uint64_t refused;
    uint64_t raw_bytes;
    bool lines;
};

static void decode(struct kit_decoder *world, struct counts *counts)
{
    struct cord_batch *batch = world->batch;
    size_t behind = 0;
    cord_status status;
    do {
        size_t taken = batch->taken;
        cord_batch_events_reset(batch);
        status = cord_format_json.decode(world->decoder, batch);
        assert(status == CORD_OK || batch->event_count > 0);
        assert(batch->taken >= taken && batch->taken <= batch->text_len);
        for (size_t i = 0; i < batch->event_count; i++) {
            size_t from = (size_t)(batch->events[i].raw.ptr - batch->text);
            assert(from >= behind && batch->events[i].raw.len <= batch->text_len - from);
            behind = from + batch->events[i].raw.len;
            counts->raw_bytes += batch->events[i].raw.len;
        }
    } while (status != CORD_OK);
    assert(batch->taken == batch->text_len);
    assert(batch->records == batch->read + batch->skipped + batch->refused);
    counts->read += batch->read;
    counts->skipped += batch->skipped;
    counts->refused += batch->refused;
}

static struct counts run(struct kit_decoder *world, cord_str text, size_t step)
{
    struct counts counts = {.lines = true};
    struct cord_cutter *cutter = cord_format_json.cutter_new();
    struct cord_batch *batch = world->batch;
    assert(cutter);
    size_t seen = 0;
    for (size_t done = 0; done < text.len;) {
        size_t len = 0;
        cord_batch_reset(batch);
        while (len == 0) {
            seen = text.len - seen > step ? seen + step : text.len;
            cord_status status = cord_batch_text_grow(batch, seen - done);
            assert(status == CORD_OK);
            memcpy(batch->text, text.ptr + done, seen - done);
            len = cord_format_json.cut(cutter, (cord_str){batch->text, seen - done},
                                       seen == text.len, batch);
            assert(len <= seen - done && (len > 0 || seen < text.len));
        }
        counts.lines = counts.lines && batch->preamble.len == 0;
        batch->text_len = len;
        batch->text_offset = done;
        /* Not zeros: what is behind the text must not matter. */
        memset(batch->text + len, '"', CORD_BATCH_PADDING);
        decode(world, &counts);
        done += len;
    }
    cord_format_json.cutter_free(cutter);
    return counts;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    static struct kit_decoder world; /* kept: making one takes longer than a run */
    if (!world.paths || cord_paths_full(world.paths) ||
        cord_paths_count(world.paths) > CORD_PATHS_MAX / 2) {
        kit_decoder_done(&world);
        kit_decoder_init(&world, &cord_format_json, 4096);
    }
    cord_str text = {(const char *)data + 1, size - 1};
    assert(cord_format_json.probe(text, CORD_STR("x.json")) <= 100);
    struct counts whole = run(&world, text, text.len);
    struct counts pieces = run(&world, text, (size_t)data[0] + 1);
    if (whole.lines && pieces.lines) {
        assert(whole.read == pieces.read && whole.refused == pieces.refused);
        assert(whole.skipped == pieces.skipped && whole.raw_bytes == pieces.raw_bytes);
    }
    return 0;
}
