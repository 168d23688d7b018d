/* Any JSON, with names changed and dates moved: one line comes out, which is read as many values of
 * the same names, and once more changed back and forth it is the same. */
#include "care/recording.h"

#include "base/timestamp.h"
#include "normalise/formats.h"

#include <assert.h>
#include <string.h>

struct world {
    struct cord_paths *paths;
    struct cord_classifier *classifier;
    void *decoder;
    struct cord_batch *batch;
};

static void world_init(struct world *world)
{
    world->paths = cord_paths_new(1);
    world->batch = cord_batch_new(1 << 16);
    assert(world->paths && world->batch);
    world->classifier = cord_classifier_new(world->paths, 1);
    assert(world->classifier);
    struct cord_decoder_env env = {.paths = world->paths, .classifier = world->classifier};
    world->decoder = cord_format_json.decoder_new(&env);
    assert(world->decoder);
}

static void world_done(struct world *world)
{
    cord_format_json.decoder_free(world->decoder);
    cord_classifier_free(world->classifier);
    cord_batch_free(world->batch);
    cord_paths_free(world->paths);
}

static void decode(struct world *world, cord_str text)
{
    cord_batch_reset(world->batch);
    assert(cord_batch_text_grow(world->batch, text.len) == CORD_OK);
    if (text.len > 0) {
        memcpy(world->batch->text, text.ptr, text.len);
    }
    memset(world->batch->text + text.len, 0, CORD_BATCH_PADDING);
    world->batch->text_len = text.len;
    (void)!cord_format_json.decode(world->decoder, world->batch);
}

static void check_line(struct world *world, cord_str line, uint32_t values)
{
    assert(cord_str_find_char(line, '\n', 0) == SIZE_MAX);
    decode(world, line);
    if (world->batch->event_count > 0) {
        assert(world->batch->events[0].value_count == values);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct cord_traffic_change changes[] = {{{"10.1.1.1", 8}, {"10.2.22.2", 9}},
                                                         {{"srv", 3}, {"WARD-1", 6}}};
    const struct cord_recording_change change = {changes, 2, 1494576000LL * CORD_SECOND_NS,
                                                 1494662400LL * CORD_SECOND_NS};
    struct world world;
    struct cord_buf line;
    if (size > 1 << 14) {
        return 0;
    }
    world_init(&world);
    cord_buf_init(&line, 1 << 20);
    decode(&world, (cord_str){(const char *)data, size});
    if (world.batch->event_count > 0) {
        const struct cord_event *event = &world.batch->events[0];
        uint32_t values = event->value_count;
        if (cord_recording_put(event, world.paths, &change, &line) == CORD_OK) {
            check_line(&world, cord_buf_str(&line), values);
        }
    }
    cord_buf_done(&line);
    world_done(&world);
    return 0;
}
