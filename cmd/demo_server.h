/*
 * demo_server.h: a server of an exercise with a folder of its own, in this process.
 *
 * The same server as `cordon serve` runs: its configuration is written into the folder, what it
 * logs beside it.
 */
#ifndef CORD_CMD_DEMO_SERVER_H
#define CORD_CMD_DEMO_SERVER_H

#include "api/web.h"
#include "base/option.h"
#include "cmd/demo_send.h"
#include "wire/server_exercise.h"

struct demo_server {
    char dir[4096];
    bool temporary;
    bool found; /* the folder held the exercise already */
    int log_fd;
    struct cord_log *log;
    struct cord_web web; /* the console that is part of the program */
    struct cord_server *server;
    uint16_t port; /* of the API */
};

struct demo_server_options {
    cord_str dir;      /* ptr NULL: a temporary one is made */
    uint32_t port;     /* of the API; 0: any */
    uint32_t lateness; /* seconds, of the exercise's clock */
    struct cord_option_list rules;
    cord_str exercise;
    struct cord_clock clock;
    const struct cord_traffic *traffic;
    const struct demo_send *send;
};

/* A NUL-terminated path of it, or of what is in it, into `into`. */
CORD_MUST_USE cord_status demo_server_open(struct demo_server *demo,
                                           const struct demo_server_options *options,
                                           struct cord_error *err);
/* Finishes what is under way. */
void demo_server_close(struct demo_server *demo);
/* The folder and all in it; after _close. */
CORD_MUST_USE cord_status demo_server_remove(const struct demo_server *demo,
                                             struct cord_error *err);

struct demo_links {
    char centre[256];       /* signs in whoever watches the whole */
    char organisation[256]; /* and one organisation's security lead, who sees no other's */
};
CORD_MUST_USE cord_status demo_server_links(struct demo_server *demo, struct demo_links *ret_links,
                                            cord_str organisation, struct cord_error *err);

#endif
