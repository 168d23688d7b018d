/* kit_api_stream.c: see kit_api_stream.h. */
#include "kit/kit_api_stream.h"

#include <sys/socket.h>
#include <unistd.h>

enum { PIECE_BYTES = 65536 };

void kit_api_stream_open(struct kit_api_stream *stream, struct kit_api *kit, const char *login,
                         const char *path, cord_str last_id)
{
    struct cord_buf text;
    *stream = (struct kit_api_stream){.kit = kit, .client = kit_api_connect(kit)};
    cord_buf_init(&stream->text, 1 << 20);
    cord_buf_init(&text, 4096);
    cord_buf_printf(&text, "GET /api/v1%s HTTP/1.1\r\nHost: h\r\n", path);
    kit_api_credentials(kit, login, &text);
    if (last_id.len > 0) {
        cord_buf_printf(&text, "Last-Event-ID: %.*s\r\n", CORD_STR_ARG(last_id));
    }
    cord_buf_put_text(&text, "\r\n");
    kit_loop_send(kit->loop, stream->client, cord_buf_str(&text));
    cord_buf_done(&text);
}

static bool has_come(void *self)
{
    struct kit_api_stream *stream = self;
    char *room = cord_buf_reserve(&stream->text, PIECE_BYTES);
    ssize_t got = recv(stream->client, room, PIECE_BYTES, MSG_DONTWAIT);
    stream->ended = stream->ended || got == 0;
    stream->text.len += got > 0 ? (size_t)got : 0;
    return stream->wanted ? cord_str_find(cord_buf_str(&stream->text),
                                          cord_str_from(stream->wanted), 0) != SIZE_MAX
                          : stream->ended;
}

void kit_api_stream_await(struct kit_api_stream *stream, const char *wanted)
{
    stream->wanted = wanted;
    kit_loop_until(stream->kit->loop, has_come, stream);
}

void kit_api_stream_close(struct kit_api_stream *stream)
{
    (void)close(stream->client);
    cord_buf_done(&stream->text);
}
