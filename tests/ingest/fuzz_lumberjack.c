/* fuzz_lumberjack.c: a Beats connection of any content, over a socket. The first byte says in
 * which pieces it comes, and whether the intake has room and answers at once. Whatever was
 * taken is answered, and in whole pieces or small ones it is the same. */
#include "comms/listener.h"
#include "ingest/lumberjack_receiver.h"
#include "kit/kit_intake.h"
#include "kit/kit_loop.h"

#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

static bool is_done(void *self)
{
    return cord_lumberjack_receiver_is_done(self);
}

/* What is stored of it goes into `stored`. */
static void run(cord_str bytes, size_t step, bool holds, struct cord_buf *stored)
{
    struct cord_loop *loop = NULL;
    struct kit_intake intake;
    struct cord_lumberjack_receiver *receiver = NULL;
    assert(cord_loop_new(&loop, NULL) == CORD_OK);
    kit_intake_init(&intake);
    intake.holds = holds;
    struct cord_sources *sources =
        kit_intake_sources("- name: beats\n  organisation: RXA\n  addresses: 127.0.0.0/8\n");
    struct cord_source_book *book = cord_source_book_new(sources);
    cord_sources_unref(sources);
    const struct cord_lumberjack_receiver_options options = {
        .name = CORD_STR("beats"),
        .address = CORD_STR("127.0.0.1:0"),
        .frame_bytes_max = 3000,
        .ends = {.book = book,
                 .port = intake.port,
                 .clock = cord_clock_system(),
                 .lost = kit_intake_lost,
                 .self = &intake},
    };
    assert(cord_lumberjack_receiver_new(&loop, 1, &options, &receiver, NULL) == CORD_OK);
    int client =
        kit_loop_connect_apart(cord_listener_port(cord_lumberjack_receiver_listener(receiver)), 0);
    const int on = 1; /* else a piece waits for the one before to be acknowledged */
    assert(setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0);
    for (; bytes.len > 0; bytes = cord_str_from_byte(bytes, step)) {
        cord_str piece = cord_str_slice(bytes, 0, step);
        (void)!send(client, piece.ptr, piece.len, MSG_NOSIGNAL | MSG_DONTWAIT);
        kit_loop_settle(loop);
    }
    kit_intake_answer(&intake);
    kit_loop_settle(loop);
    (void)shutdown(client, SHUT_WR);
    cord_lumberjack_receiver_stop(receiver);
    for (size_t rounds = 0; rounds < 8; rounds++) {
        kit_loop_settle(loop);
        kit_intake_answer(&intake);
    }
    (void)close(client);
    kit_loop_until(loop, is_done, receiver);
    cord_buf_put(stored, cord_buf_str(&intake.text));
    cord_lumberjack_receiver_free(receiver);
    cord_source_book_free(book);
    kit_intake_done(&intake);
    cord_loop_free(loop);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 20000) {
        return 0;
    }
    struct cord_buf whole;
    struct cord_buf parts;
    cord_str bytes = {(const char *)data + 1, size - 1};
    cord_buf_init(&whole, 1 << 20);
    cord_buf_init(&parts, 1 << 20);
    run(bytes, bytes.len, false, &whole);
    run(bytes, (size_t)data[0] / 2 + 1, data[0] % 2 != 0, &parts);
    if (data[0] % 2 == 0) {
        assert(cord_str_eq(cord_buf_str(&whole), cord_buf_str(&parts)));
    }
    cord_buf_done(&whole);
    cord_buf_done(&parts);
    return 0;
}
