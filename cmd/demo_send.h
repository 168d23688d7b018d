/*
 * demo_send.h: events sent to a server as any agent sends them: newline JSON over HTTP, each source
 * with its token, and nothing forgotten that was not acknowledged.
 */
#ifndef CORD_CMD_DEMO_SEND_H
#define CORD_CMD_DEMO_SEND_H

#include "base/buf.h"
#include "care/traffic.h"

#define DEMO_TOKEN_TEXT 65 /* 32 bytes in hexadecimal, with a NUL */

struct demo_send;

struct demo_sent {
    uint64_t stored;
    uint64_t refused; /* by the server: it was no event it takes */
    uint64_t waits;   /* it had no room then, and took it later */
};

/* A token for each sender is drawn. NULL when out of memory or of random numbers. */
struct demo_send *demo_send_new(const struct cord_traffic *traffic);
void demo_send_free(struct demo_send *send);
const char *demo_send_token(const struct demo_send *send, size_t sender);

/* Before the first flush. */
void demo_send_to(struct demo_send *send, uint16_t port);
/* Kept until the next flush. CORD_E_LIMIT: flush first. */
CORD_MUST_USE cord_status demo_send_put(struct demo_send *send, size_t sender, cord_str event);
/* CORD_OK: all of it was acknowledged. Waits where the server says so; go_on false ends that,
 * CORD_E_END. */
CORD_MUST_USE cord_status demo_send_flush(struct demo_send *send, bool (*go_on)(void *self),
                                          void *self, struct cord_error *err);
struct demo_sent demo_send_totals(const struct demo_send *send);

#endif
