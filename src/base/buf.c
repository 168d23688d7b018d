/* buf.c: see buf.h. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void cord_buf_init(struct cord_buf *buf, size_t bytes_max)
{
    *buf = (struct cord_buf){.bytes_max = bytes_max};
}

void cord_buf_done(struct cord_buf *buf)
{
    if (buf) {
        free(buf->ptr);
        *buf = (struct cord_buf){0};
    }
}

void cord_buf_clear(struct cord_buf *buf)
{
    buf->len = 0;
    buf->failed = false;
}

char *cord_buf_reserve(struct cord_buf *buf, size_t more)
{
    if (more > buf->bytes_max || buf->len > buf->bytes_max - more) {
        buf->failed = true;
        return NULL;
    }
    size_t need = buf->len + more;
    if (need > buf->cap || !buf->ptr) {
        size_t cap = buf->cap < 256 ? 256 : buf->cap;
        while (cap < need) {
            cap = cap > SIZE_MAX / 2 ? need : cap * 2;
        }
        cap = cap > buf->bytes_max && need <= buf->bytes_max ? buf->bytes_max : cap;
        char *ptr = realloc(buf->ptr, cap > 0 ? cap : 1);
        if (!ptr) {
            buf->failed = true;
            return NULL;
        }
        buf->ptr = ptr;
        buf->cap = cap;
    }
    return buf->ptr + buf->len;
}

void cord_buf_put(struct cord_buf *buf, cord_str text)
{
    char *at = text.len > 0 ? cord_buf_reserve(buf, text.len) : NULL;
    if (at) {
        memcpy(at, text.ptr, text.len);
        buf->len += text.len;
    }
}

void cord_buf_put_char(struct cord_buf *buf, char c)
{
    cord_buf_put(buf, (cord_str){&c, 1});
}

void cord_buf_put_u64(struct cord_buf *buf, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    cord_buf_put(buf, (cord_str){digits + at, sizeof digits - at});
}

void cord_buf_printf(struct cord_buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *at = len < 0 ? NULL : cord_buf_reserve(buf, (size_t)len + 1);
    if (!at) {
        buf->failed = true;
        return;
    }
    va_start(args, format);
    (void)vsnprintf(at, (size_t)len + 1, format, args);
    va_end(args);
    buf->len += (size_t)len;
}
