/*
 * kit_api_stream.h: a stream of the API, as a client reads it.
 */
#ifndef CORD_TESTS_KIT_API_STREAM_H
#define CORD_TESTS_KIT_API_STREAM_H

#include "kit/kit_api.h"

struct kit_api_stream {
    struct kit_api *kit;
    int client;
    struct cord_buf text; /* all that has come */
    const char *wanted;
    bool ended;
};

/* path: "/alerts/live", with its query; last_id: the id that was seen last, none: "". */
void kit_api_stream_open(struct kit_api_stream *stream, struct kit_api *kit, const char *login,
                         const char *path, cord_str last_id);
/* Until this has come; NULL: until it has ended. */
void kit_api_stream_await(struct kit_api_stream *stream, const char *wanted);
void kit_api_stream_close(struct kit_api_stream *stream);

#endif
