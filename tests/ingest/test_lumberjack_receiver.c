/* test_lumberjack_receiver.c: windows in, acknowledgements out, over a socket. */
#include "comms/listener.h"
#include "ingest/lumberjack_receiver.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit/kit_intake.h"
#include "kit/kit_loop.h"

struct bench {
    struct cord_loop *loop;
    struct kit_intake intake;
    struct cord_source_book *book;
    struct cord_lumberjack_receiver *receiver;
    int client;
};

static void set_up_with(struct bench *bench, const char *addresses, int64_t keep_alive_ns)
{
    char yaml[256];
    CHECK(cord_loop_new(&bench->loop, NULL) == CORD_OK);
    kit_intake_init(&bench->intake);
    (void)snprintf(yaml, sizeof yaml, "- name: beats\n  organisation: RXA\n  addresses: [%s]\n",
                   addresses);
    struct cord_sources *sources = kit_intake_sources(yaml);
    bench->book = cord_source_book_new(sources);
    cord_sources_unref(sources);
    struct cord_lumberjack_receiver_options options = {
        .name = CORD_STR("beats"),
        .address = CORD_STR("127.0.0.1:0"),
        .frame_bytes_max = 100000,
        .keep_alive_ns = keep_alive_ns,
        .ends = {.book = bench->book,
                 .port = bench->intake.port,
                 .clock = cord_clock_system(),
                 .lost = kit_intake_lost,
                 .self = &bench->intake},
    };
    CHECK(cord_lumberjack_receiver_new(&bench->loop, 1, &options, &bench->receiver, NULL) ==
          CORD_OK);
    bench->client =
        kit_loop_connect(cord_listener_port(cord_lumberjack_receiver_listener(bench->receiver)));
}

/* Nobody waits so long that it has to be told. */
static void set_up(struct bench *bench, const char *addresses)
{
    set_up_with(bench, addresses, 3600000000000);
}

static bool is_done(void *self)
{
    struct bench *bench = self;
    return cord_lumberjack_receiver_is_done(bench->receiver);
}

static void tear_down(struct bench *bench)
{
    (void)close(bench->client);
    cord_lumberjack_receiver_stop(bench->receiver);
    kit_loop_until(bench->loop, is_done, bench);
    cord_lumberjack_receiver_free(bench->receiver);
    cord_source_book_free(bench->book);
    kit_intake_done(&bench->intake);
    cord_loop_free(bench->loop);
}

static void put_u32(struct cord_buf *buf, uint32_t number)
{
    const char bytes[4] = {(char)(number >> 24), (char)(number >> 16 & 0xff),
                           (char)(number >> 8 & 0xff), (char)(number & 0xff)};
    cord_buf_put(buf, (cord_str){bytes, 4});
}

static void put_window(struct cord_buf *buf, uint32_t count)
{
    cord_buf_put_text(buf, "2W");
    put_u32(buf, count);
}

static void put_json(struct cord_buf *buf, uint32_t number, const char *text)
{
    cord_buf_put_text(buf, "2J");
    put_u32(buf, number);
    put_u32(buf, (uint32_t)strlen(text));
    cord_buf_put_text(buf, text);
}

/* The next acknowledgement's number; UINT32_MAX when the connection was closed. */
static uint32_t acknowledged(struct bench *bench)
{
    unsigned char frame[6];
    if (kit_loop_receive(bench->loop, bench->client, (char *)frame, sizeof frame) < sizeof frame) {
        return UINT32_MAX;
    }
    CHECK(frame[0] == '2' && frame[1] == 'A');
    return (uint32_t)frame[2] << 24 | (uint32_t)frame[3] << 16 | (uint32_t)frame[4] << 8 | frame[5];
}

static void acknowledges_a_window_whole(void)
{
    struct bench bench;
    struct cord_buf frames;
    set_up(&bench, "127.0.0.1");
    cord_buf_init(&frames, 65536);
    put_window(&frames, 2);
    put_json(&frames, 1, "{\"a\":1}");
    put_json(&frames, 2, "{\"a\":2}");
    put_window(&frames, 1);
    put_json(&frames, 1, "{\"a\":3}");
    for (size_t at = 0; at < frames.len; at++) { /* byte by byte: every cut is met */
        kit_loop_send(bench.loop, bench.client, cord_str_slice(cord_buf_str(&frames), at, 1));
        kit_loop_settle(bench.loop);
    }
    CHECK_U64(acknowledged(&bench), 2);
    CHECK_U64(acknowledged(&bench), 1);
    CHECK_STR(cord_buf_str(&bench.intake.text),
              "RXA/beats:{\"a\":1}\nRXA/beats:{\"a\":2}\nRXA/beats:{\"a\":3}\n");
    CHECK_U64(cord_lumberjack_receiver_stats(bench.receiver).windows, 2);
    cord_buf_done(&frames);
    tear_down(&bench);
}

static void says_that_it_is_alive_while_it_waits(void)
{
    struct bench bench;
    struct cord_buf frames;
    set_up_with(&bench, "127.0.0.1", 20000000);
    cord_buf_init(&frames, 65536);
    bench.intake.holds = true;
    put_window(&frames, 1);
    put_json(&frames, 1, "{}");
    kit_loop_send(bench.loop, bench.client, cord_buf_str(&frames));
    CHECK_U64(acknowledged(&bench), 0);
    CHECK_U64(acknowledged(&bench), 0);
    kit_intake_answer(&bench.intake);
    uint32_t number;
    while ((number = acknowledged(&bench)) == 0) {
    }
    CHECK_U64(number, 1);
    cord_buf_done(&frames);
    tear_down(&bench);
}

static void waits_for_room(void)
{
    struct bench bench;
    struct cord_buf frames;
    set_up(&bench, "127.0.0.1");
    cord_buf_init(&frames, 65536);
    put_window(&frames, 1);
    put_json(&frames, 1, "{}");
    bench.intake.full = true; /* before the window begins */
    kit_loop_send(bench.loop, bench.client, cord_buf_str(&frames));
    kit_loop_settle(bench.loop);
    bench.intake.full = false;
    CHECK_U64(acknowledged(&bench), 1);
    kit_loop_send(bench.loop, bench.client, cord_str_slice(cord_buf_str(&frames), 0, 6));
    kit_loop_settle(bench.loop);
    bench.intake.full = true; /* within it */
    kit_loop_send(bench.loop, bench.client, cord_str_from_byte(cord_buf_str(&frames), 6));
    kit_loop_settle(bench.loop);
    bench.intake.full = false;
    CHECK_U64(acknowledged(&bench), 1);
    bench.intake.status = CORD_E_LIMIT;
    bench.intake.holds = true;
    kit_loop_send(bench.loop, bench.client, cord_buf_str(&frames));
    kit_loop_until_count(bench.loop, &bench.intake.deliveries, 3);
    kit_intake_answer(&bench.intake);
    bench.intake.holds = false;
    bench.intake.status = CORD_OK;
    uint32_t number;
    while ((number = acknowledged(&bench)) == 0) {
    }
    CHECK_U64(number, 1);
    CHECK_U64(bench.intake.records, 3);
    cord_buf_done(&frames);
    tear_down(&bench);
}

static void closes_without_a_word_when_nothing_was_stored(void)
{
    struct bench bench;
    struct cord_buf frames;
    set_up(&bench, "127.0.0.1");
    cord_buf_init(&frames, 65536);
    bench.intake.status = CORD_E_IO;
    put_window(&frames, 1);
    put_json(&frames, 1, "{}");
    kit_loop_send(bench.loop, bench.client, cord_buf_str(&frames));
    CHECK_U64(acknowledged(&bench), UINT32_MAX);
    cord_buf_done(&frames);
    tear_down(&bench);
}

static void breaks_off_what_is_not_lumberjack(void)
{
    static const cord_str cases[] = {
        {"GET / HTTP/1.1\r\n", 16},
        {"2J\0\0\0\1\0\0\0\2{}", 12}, /* outside of a window */
        {"2W\0\0\0\1"
         "2J\0\0\0\1\xff\0\0\0",
         16}, /* too long */
        {"2W\0\0\0\1"
         "2D\0\0\0\1\0\1\0\0",
         16}, /* too many pairs */
        {"2W\0\0\0\1"
         "2D\0\0\0\1\0\0\0\1\xff\0\0\0",
         20},                /* a name that is too long */
        {"2W\xff\0\0\0", 6}, /* too large a window */
        {"2W\0\0\0\1"
         "2C\0\0\0\2xx",
         14}, /* not zlib */
    };
    for (size_t at = 0; at < sizeof cases / sizeof *cases; at++) {
        struct bench bench;
        set_up(&bench, "127.0.0.1");
        kit_loop_send(bench.loop, bench.client, cases[at]);
        CHECK_U64(acknowledged(&bench), UINT32_MAX);
        CHECK_U64(cord_lumberjack_receiver_stats(bench.receiver).malformed, 1);
        CHECK_U64(bench.intake.records, 0);
        tear_down(&bench);
    }
}

static void turns_strangers_away(void)
{
    struct bench bench;
    set_up(&bench, "192.0.2.1");
    CHECK_U64(acknowledged(&bench), UINT32_MAX);
    CHECK_STR(cord_buf_str(&bench.intake.losses), "/listener/beats unknown 1\n");
    tear_down(&bench);
}

static void lets_go_of_a_client_that_left(void)
{
    struct bench bench;
    struct cord_buf frames;
    set_up(&bench, "127.0.0.1");
    cord_buf_init(&frames, 65536);
    bench.intake.holds = true;
    put_window(&frames, 1);
    put_json(&frames, 1, "{}");
    kit_loop_send(bench.loop, bench.client, cord_buf_str(&frames));
    kit_loop_until_count(bench.loop, &bench.intake.deliveries, 1);
    (void)close(bench.client);
    kit_loop_settle(bench.loop);
    kit_intake_answer(&bench.intake);
    kit_loop_until_count(bench.loop, &bench.intake.records, 1);
    bench.client =
        kit_loop_connect(cord_listener_port(cord_lumberjack_receiver_listener(bench.receiver)));
    cord_buf_done(&frames);
    tear_down(&bench);
}

KIT_MAIN(KIT_TEST(acknowledges_a_window_whole), KIT_TEST(says_that_it_is_alive_while_it_waits),
         KIT_TEST(waits_for_room), KIT_TEST(closes_without_a_word_when_nothing_was_stored),
         KIT_TEST(breaks_off_what_is_not_lumberjack), KIT_TEST(turns_strangers_away),
         KIT_TEST(lets_go_of_a_client_that_left))
