/* byte_queue.c: see byte_queue.h. */
#include "comms/byte_queue.h"

#include <assert.h>

void cord_byte_queue_init(struct cord_byte_queue *queue, size_t bytes_max)
{
    cord_buf_init(&queue->buf, bytes_max);
    queue->from = 0;
}

void cord_byte_queue_done(struct cord_byte_queue *queue)
{
    cord_buf_done(&queue->buf);
    queue->from = 0;
}

cord_str cord_byte_queue_bytes(const struct cord_byte_queue *queue)
{
    return cord_str_from_byte(cord_buf_str(&queue->buf), queue->from);
}

size_t cord_byte_queue_len(const struct cord_byte_queue *queue)
{
    return queue->buf.len - queue->from;
}

size_t cord_byte_queue_room(const struct cord_byte_queue *queue)
{
    return queue->buf.bytes_max - cord_byte_queue_len(queue);
}

char *cord_byte_queue_reserve(struct cord_byte_queue *queue, size_t more)
{
    struct cord_buf *buf = &queue->buf;
    if (more > cord_byte_queue_room(queue)) {
        return NULL;
    }
    /* Moved to the front only for want of memory, so that taking by small bits
     * does not move the rest each time. */
    if (queue->from > 0 && more > buf->cap - buf->len) {
        buf->len -= queue->from;
        memmove(buf->ptr, buf->ptr + queue->from, buf->len);
        queue->from = 0;
    }
    return cord_buf_reserve(buf, more);
}

void cord_byte_queue_add(struct cord_byte_queue *queue, size_t len)
{
    assert(len <= queue->buf.cap - queue->buf.len);
    queue->buf.len += len;
}

cord_status cord_byte_queue_put(struct cord_byte_queue *queue, cord_str bytes)
{
    if (bytes.len > cord_byte_queue_room(queue)) {
        return CORD_E_LIMIT;
    }
    if (bytes.len > 0) {
        char *at = cord_byte_queue_reserve(queue, bytes.len);
        if (!at) {
            return CORD_E_NOMEM;
        }
        memcpy(at, bytes.ptr, bytes.len);
        cord_byte_queue_add(queue, bytes.len);
    }
    return CORD_OK;
}

void cord_byte_queue_take(struct cord_byte_queue *queue, size_t len)
{
    assert(len <= cord_byte_queue_len(queue));
    queue->from += len;
    if (queue->from == queue->buf.len) {
        size_t bytes_max = queue->buf.bytes_max;
        cord_buf_done(&queue->buf);
        cord_byte_queue_init(queue, bytes_max);
    }
}
