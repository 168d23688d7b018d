/* fuzz_http_receiver.c: requests of any content to every protocol over HTTP, by one who has the
 * token "t" if he shows it. The first byte says whether there is room. Every request has one
 * reply or none left to give it to, and every delivery its answer. */
#include "ingest/http_receiver.h"
#include "kit/kit_intake.h"
#include "kit/kit_loop.h"

#include <assert.h>
#include <sys/socket.h>
#include <unistd.h>

/* Its token is "t". */
#define SOURCES                                                                                    \
    "- name: agent\n  organisation: RXA\n  token_sha256: "                                         \
    "e3b98a4da31a127d4bde6e43033f66ba274cab0eb7eb1c70ec41402bf6273dd8\n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cord_loop *loop = NULL;
    struct kit_intake intake;
    struct cord_http_receiver *receiver = NULL;
    struct cord_http_server *server = NULL;
    if (size < 2) {
        return 0;
    }
    assert(cord_loop_new(&loop, NULL) == CORD_OK);
    kit_intake_init(&intake);
    intake.full = data[0] == 1;
    intake.holds = data[0] == 2;
    intake.status = data[0] == 3 ? CORD_E_IO : CORD_OK;
    struct cord_sources *sources = kit_intake_sources(SOURCES);
    struct cord_source_book *book = cord_source_book_new(sources);
    cord_sources_unref(sources);
    const struct cord_http_receiver_options options = {
        .name = CORD_STR("fuzz"),
        .ends = {.book = book,
                 .port = intake.port,
                 .clock = cord_clock_system(),
                 .lost = kit_intake_lost,
                 .self = &intake},
        .seed = 7,
    };
    assert(cord_http_receiver_new(&options, &receiver, NULL) == CORD_OK);
    const struct cord_http_server_options serving = {
        .listener = {.address = CORD_STR("127.0.0.1:0"), .connections_max = 2},
        .handler = cord_http_receiver_handler(receiver),
        .head_bytes_max = 4000,
        .body_bytes_max = 20000,
        .idle_ns = 60000000000,
        .head_ns = 60000000000,
    };
    assert(cord_http_server_new(&loop, 1, &serving, &server, NULL) == CORD_OK);
    int client = kit_loop_connect_apart(cord_listener_port(cord_http_server_listener(server)), 0);
    (void)!send(client, data + 1, size - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    for (size_t rounds = 0; rounds < 8; rounds++) {
        kit_loop_settle(loop);
        kit_intake_answer(&intake);
    }
    kit_loop_settle(loop);
    assert(cord_http_receiver_is_idle(receiver));
    cord_http_server_free(server);
    cord_http_receiver_free(receiver);
    cord_source_book_free(book);
    kit_intake_done(&intake);
    cord_loop_free(loop);
    (void)close(client);
    return 0;
}
