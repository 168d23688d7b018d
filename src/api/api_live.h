/*
 * api_live.h: server-sent events: what is new in a list, as it comes (HTML, section 9.2).
 *
 * A thread looks after all streams: it makes what is due of each, a portion at a time, and
 * the next portion only once the last has left for the socket, so that who reads slowly
 * has what it missed later and nothing piles up. Each event's id is a cursor: a client that
 * comes back with Last-Event-ID goes on behind it. Rights are looked at again when any have
 * changed, within a second or two, and every ten seconds: a stream ends with those that it was
 * begun with, and after a while in any case.
 */
#ifndef CORD_API_API_LIVE_H
#define CORD_API_API_LIVE_H

#include "api/api_access.h"
#include "comms/http_server.h"

#define CORD_API_LIVE_BYTES  ((size_t)65536) /* of a portion, about */
#define CORD_API_LIVE_EVENTS 500u

struct cord_api;
struct cord_api_lives;

/* What a portion is made of. */
struct cord_api_live_portion {
    const struct cord_api *api;
    const struct cord_api_principal *principal;
    const char *verb;
    cord_str filter; /* as the route made it */
    cord_str about;  /* of the cursors */
    uint64_t after;  /* in: everything above; out: everything up to here was looked at */
    struct cord_buf *out;
    size_t events;
};

struct cord_api_live_feed {
    const char *event; /* "finding" */
    /* The newest place there is: nothing is read while a stream is there already. */
    uint64_t (*newest)(const struct cord_api *api);
    /* Adds events by cord_api_live_put until it is CORD_API_LIVE_BYTES or there are no more. */
    cord_status (*fill)(struct cord_api_live_portion *portion, struct cord_error *err);
};

/* One event; data has no line ends. */
void cord_api_live_put(struct cord_api_live_portion *portion, const char *event, uint64_t place,
                       cord_str data);

struct cord_api_live_options {
    struct cord_api *api;
    size_t live_max;
    int64_t life_ns;      /* of a stream */
    int64_t heartbeat_ns; /* silence is broken by a comment after so long */
};

CORD_MUST_USE cord_status cord_api_live_new(const struct cord_api_live_options *options,
                                            struct cord_api_lives **ret_lives,
                                            struct cord_error *err);
/* Ends all streams, and the thread. While the loops run; what clients have not closed by then
 * does so with the server. */
void cord_api_live_stop(struct cord_api_lives *lives);
void cord_api_live_free(struct cord_api_lives *lives);

struct cord_api_live_begin {
    const struct cord_api_live_feed *feed;
    const char *id; /* of the route */
    const char *verb;
    struct cord_api_principal principal; /* taken over, unless it is refused */
    cord_str filter;                     /* copied */
    cord_str about;                      /* copied */
    uint64_t after;
};

/* The reply (its head) is sent, and the stream begins. False: there are too many; nothing
 * was sent. From the connection's loop. */
bool cord_api_live_begin(struct cord_api_lives *lives, struct cord_http *http,
                         const struct cord_http_reply *reply,
                         const struct cord_api_live_begin *begin);

/* Any thread. */
size_t cord_api_live_count(struct cord_api_lives *lives);
uint64_t cord_api_live_sent(struct cord_api_lives *lives);

#endif
