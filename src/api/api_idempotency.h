/*
 * api_idempotency.h: writes that are sent again are done once.
 *
 * Under a key of the client's own the journal "requests" keeps that a write was begun, with
 * the digest of its request, and how it was answered: so a client that did not hear the answer
 * sends it again and hears the same, for a day, also after a restart. Each is durable
 * before the next step. Any thread; waits for the disk.
 */
#ifndef CORD_API_API_IDEMPOTENCY_H
#define CORD_API_API_IDEMPOTENCY_H

#include "base/clock.h"
#include "base/digest.h"
#include "evidence/journal.h"

#define CORD_API_IDEMPOTENCY_KEY_MAX  128u
#define CORD_API_IDEMPOTENCY_BODY_MAX 16384u /* of a reply that is kept */

struct cord_api_idempotency;

CORD_MUST_USE cord_status cord_api_idempotency_open(const struct cord_files *files, int dir,
                                                    struct cord_clock clock,
                                                    struct cord_api_idempotency **ret_kept,
                                                    struct cord_error *err);
void cord_api_idempotency_close(struct cord_api_idempotency *kept);

enum cord_api_idempotency_answer {
    CORD_API_IDEMPOTENCY_NEW,       /* do it, then _end */
    CORD_API_IDEMPOTENCY_AGAIN,     /* it was begun, and nobody knows how it ended: do it if doing
                                       it again is harmless, then _end */
    CORD_API_IDEMPOTENCY_DONE,      /* the reply is that of before */
    CORD_API_IDEMPOTENCY_OTHER,     /* the key was used for another request */
    CORD_API_IDEMPOTENCY_UNDER_WAY, /* another request does it now */
};

struct cord_api_idempotency_begun {
    enum cord_api_idempotency_answer answer;
    unsigned status;        /* of DONE: what _end was given */
    struct cord_buf *reply; /* the caller's; of DONE it is appended */
};

/* A failure to write is returned. */
CORD_MUST_USE cord_status cord_api_idempotency_begin(struct cord_api_idempotency *kept,
                                                     const struct cord_digest *who_and_key,
                                                     const struct cord_digest *body,
                                                     struct cord_api_idempotency_begun *ret_begun,
                                                     struct cord_error *err);
/* How it was answered. status 0: it was not done, and is forgotten. A reply that is too long is
 * not kept: whoever asks again gets CORD_API_IDEMPOTENCY_AGAIN. */
CORD_MUST_USE cord_status cord_api_idempotency_end(struct cord_api_idempotency *kept,
                                                   const struct cord_digest *who_and_key,
                                                   unsigned status, cord_str reply,
                                                   struct cord_error *err);

#endif
