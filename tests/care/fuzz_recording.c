/* Any JSON, with names changed and dates moved: one line comes out, which is read as many values of
 * the same names, and once more changed back and forth it is the same. */
#include "care/recording.h"

#include "base/timestamp.h"
#include "kit/kit_decoder.h"
#include "normalise/formats.h"

#include <assert.h>
#include <string.h>

static void check_line(struct kit_decoder *world, cord_str line, uint32_t values)
{
    assert(cord_str_find_char(line, '\n', 0) == SIZE_MAX);
    (void)!kit_decoder_run(world, line);
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
    struct kit_decoder world;
    struct cord_buf line;
    if (size > 1 << 14) {
        return 0;
    }
    kit_decoder_init(&world, &cord_format_json, 1 << 16);
    cord_buf_init(&line, 1 << 20);
    (void)!kit_decoder_run(&world, (cord_str){(const char *)data, size});
    if (world.batch->event_count > 0) {
        const struct cord_event *event = &world.batch->events[0];
        uint32_t values = event->value_count;
        if (cord_recording_put(event, world.paths, &change, &line) == CORD_OK) {
            check_line(&world, cord_buf_str(&line), values);
        }
    }
    cord_buf_done(&line);
    kit_decoder_done(&world);
    return 0;
}
