/*
 * buf.h: a byte buffer that grows to a stated ceiling.
 *
 * A failed append leaves the buffer as it was and sets `failed`, so that a
 * writer may append many times and look once. One thread at a time.
 */
#ifndef CORD_BASE_BUF_H
#define CORD_BASE_BUF_H

#include "base/error.h"
#include "base/str.h"

#include <stdint.h>

struct cord_buf {
    char *ptr; /* NULL until the first append */
    size_t len;
    size_t cap;
    size_t bytes_max;
    bool failed;
};

void cord_buf_init(struct cord_buf *buf, size_t bytes_max);
void cord_buf_done(struct cord_buf *buf);

/* Empty, memory kept, `failed` cleared. */
void cord_buf_clear(struct cord_buf *buf);

/* Room for `more` bytes behind len, or NULL; the caller fills it and adds to
 * len. The pointer is good until the next call. */
char *cord_buf_reserve(struct cord_buf *buf, size_t more);

void cord_buf_put(struct cord_buf *buf, cord_str text);
void cord_buf_put_char(struct cord_buf *buf, char c);
/* In decimal; many times quicker than printf. */
void cord_buf_put_u64(struct cord_buf *buf, uint64_t number);
void cord_buf_printf(struct cord_buf *buf, const char *format, ...) CORD_PRINTF(2, 3);

static inline void cord_buf_put_text(struct cord_buf *buf, const char *text)
{
    cord_buf_put(buf, cord_str_from(text));
}

static inline cord_str cord_buf_str(const struct cord_buf *buf)
{
    return (cord_str){buf->ptr, buf->len};
}

#endif
