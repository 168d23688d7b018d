#include "care/recording.h"
#include "kit/kit.h"
#include "kit/kit_decoder.h"

#include "base/timestamp.h"
#include "normalise/formats.h"

#include <string.h>

#define WAS_NS (1494576000LL * CORD_SECOND_NS) /* 2017-05-12T08:00:00Z */

static const struct cord_traffic_change changes[] = {{{"10.1.1.1", 8}, {"10.9.9.99", 9}},
                                                     {{"srv", 3}, {"WARD", 4}}};

struct world {
    struct kit_decoder kit;
    struct cord_buf out;
};

static const struct cord_event *world_init(struct world *world, const struct cord_format *format,
                                           const char *text)
{
    kit_decoder_init(&world->kit, format, strlen(text) + 1);
    CHECK(kit_decoder_run(&world->kit, cord_str_from(text)) == CORD_OK);
    CHECK_U64(world->kit.batch->event_count, 1);
    cord_buf_init(&world->out, 1 << 16);
    return &world->kit.batch->events[0];
}

static void world_done(struct world *world)
{
    cord_buf_done(&world->out);
    kit_decoder_done(&world->kit);
}

static void check(const char *text, int64_t later_s, const char *wanted)
{
    struct world world;
    const struct cord_event *event = world_init(&world, &cord_format_json, text);
    const struct cord_recording_change change = {changes, 2, WAS_NS,
                                                 WAS_NS + later_s * CORD_SECOND_NS + 999};
    CHECK(cord_recording_put(event, world.kit.paths, &change, &world.out) == CORD_OK);
    CHECK_STR_EQ(cord_buf_str(&world.out), cord_str_from(wanted));
    world_done(&world);
}

static void names_change_where_they_stand_alone(void)
{
    check("{\"a\":\"10.1.1.1\",\"b\":\"10.1.1.1:445 10.1.1.10 110.1.1.1 10.1.1.1.7\"}", 0,
          "{\"a\":\"10.9.9.99\",\"b\":\"10.9.9.99:445 10.1.1.10 110.1.1.1 10.1.1.1.7\"}");
    check("{\"a\":\"SRV.example\",\"b\":\"C:\\\\srv\\\\x srv2 a-srv\"}", 0,
          "{\"a\":\"WARD.example\",\"b\":\"C:\\\\WARD\\\\x srv2 a-srv\"}");
    check("{\"srv\":1}", 0, "{\"srv\":1}");
}

static void dates_move_and_keep_their_form(void)
{
    check("{\"t\":\"2017-05-12T08:00:01.527968+0000\",\"u\":\"2017-05-12 08:00:01.5\"}", 3661,
          "{\"t\":\"2017-05-12T09:01:02.527968+0000\",\"u\":\"2017-05-12 09:01:02.5\"}");
    check("{\"m\":\"at 2017-05-12 08:00:01, UtcTime: 2017-05-12 08:00:02\"}", 86400,
          "{\"m\":\"at 2017-05-13 08:00:01, UtcTime: 2017-05-13 08:00:02\"}");
    check("{\"ts\":1494576001.25,\"n\":1494576001,\"id\":{\"ts\":\"1494576002\"}}", 10,
          "{\"ts\":1494576011.25,\"n\":1494576001,\"id\":{\"ts\":\"1494576012\"}}");
}

static void dates_of_another_time_stay(void)
{
    check("{\"installed\":\"2012-01-01T00:00:00Z\",\"v\":\"2017-05-12T08:00:011\"}", 3600,
          "{\"installed\":\"2012-01-01T00:00:00Z\",\"v\":\"2017-05-12T08:00:011\"}");
}

static void another_form_becomes_an_object(void)
{
    struct world world;
    const struct cord_event *event = world_init(
        &world, &cord_format_winxml,
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
        "<EventID>7045</EventID><TimeCreated SystemTime='2017-05-12T08:00:01.5Z'/>"
        "<Computer>srv</Computer></System><EventData><Data Name='ServiceName'>a\"b</Data>"
        "</EventData></Event>\n");
    const struct cord_recording_change change = {changes, 2, WAS_NS, WAS_NS + 60 * CORD_SECOND_NS};
    CHECK(cord_recording_put(event, world.kit.paths, &change, &world.out) == CORD_OK);
    cord_str line = cord_buf_str(&world.out);
    CHECK(cord_str_starts(line, CORD_STR("{\"")));
    CHECK(cord_str_find(line, CORD_STR("2017-05-12T08:01:01.5Z"), 0) != SIZE_MAX);
    CHECK(cord_str_find(line, CORD_STR("\"WARD\""), 0) != SIZE_MAX);
    CHECK(cord_str_find(line, CORD_STR("a\\\"b"), 0) != SIZE_MAX);
    world_done(&world);
}

KIT_MAIN(KIT_TEST(names_change_where_they_stand_alone), KIT_TEST(dates_move_and_keep_their_form),
         KIT_TEST(dates_of_another_time_stay), KIT_TEST(another_form_becomes_an_object))
