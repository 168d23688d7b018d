/*
 * byte_queue.h: bytes that wait, taken from the front.
 *
 * Holds no memory while it is empty, for most connections are idle. One thread.
 */
#ifndef CORD_COMMS_BYTE_QUEUE_H
#define CORD_COMMS_BYTE_QUEUE_H

#include "base/buf.h"

struct cord_byte_queue {
    struct cord_buf buf;
    size_t from; /* what is before it was taken */
};

void cord_byte_queue_init(struct cord_byte_queue *queue, size_t bytes_max);
void cord_byte_queue_done(struct cord_byte_queue *queue);

/* What waits; good until the next call that adds or takes. */
cord_str cord_byte_queue_bytes(const struct cord_byte_queue *queue);
size_t cord_byte_queue_len(const struct cord_byte_queue *queue);
/* How many more it may hold. */
size_t cord_byte_queue_room(const struct cord_byte_queue *queue);

/* CORD_E_LIMIT beyond bytes_max; on failure nothing was added. */
CORD_MUST_USE cord_status cord_byte_queue_put(struct cord_byte_queue *queue, cord_str bytes);

/* Memory for `more` bytes (at most _room), or NULL; what of it was filled is
 * then added. */
char *cord_byte_queue_reserve(struct cord_byte_queue *queue, size_t more);
void cord_byte_queue_add(struct cord_byte_queue *queue, size_t len);

/* The first `len` are done with. */
void cord_byte_queue_take(struct cord_byte_queue *queue, size_t len);

#endif
