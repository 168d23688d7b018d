/* reader.c: see reader.h. */
#include "ingest/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum { SPLIT_LOOK = 16 << 10 }; /* read at a time to find where a part may end */

cord_status cord_reader_fill(struct cord_reader *reader, char *into, size_t cap, size_t *ret_len,
                             struct cord_error *err)
{
    size_t len = 0;
    while (len < cap) {
        size_t got = 0;
        cord_status status = cord_reader_read(reader, into + len, cap - len, &got, err);
        if (status == CORD_E_END) {
            break;
        }
        if (status != CORD_OK) {
            *ret_len = len; /* what came before the damage is still good */
            return status;
        }
        len += got;
    }
    *ret_len = len;
    return CORD_OK;
}

cord_status cord_reader_split(struct cord_reader *reader, size_t *len, char end,
                              struct cord_reader **ret_part, struct cord_error *err)
{
    return reader->ops->split ? reader->ops->split(reader, len, end, ret_part, err) : CORD_E_NOENT;
}

struct fd_reader {
    struct cord_reader reader;
    int fd;
    int64_t offset; /* -1: a pipe */
    uint64_t left;
    _Atomic uint64_t *count;
};

static cord_status fd_read(struct cord_reader *reader, char *into, size_t cap, size_t *ret_len,
                           struct cord_error *err)
{
    struct fd_reader *self = (struct fd_reader *)reader;
    size_t want = cap < self->left ? cap : (size_t)self->left;
    ssize_t got = 0;
    if (want == 0) {
        return CORD_E_END;
    }
    do {
        got = self->offset < 0 ? read(self->fd, into, want)
                               : pread(self->fd, into, want, (off_t)self->offset);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return cord_error_errno(err, "read");
    }
    if (got == 0) {
        return CORD_E_END;
    }
    self->offset += self->offset < 0 ? 0 : (int64_t)got;
    self->left -= (uint64_t)got;
    if (self->count) {
        atomic_fetch_add_explicit(self->count, (uint64_t)got, memory_order_relaxed);
    }
    *ret_len = (size_t)got;
    return CORD_OK;
}

static void fd_close(struct cord_reader *reader)
{
    struct fd_reader *self = (struct fd_reader *)reader;
    if (self->fd != STDIN_FILENO) {
        (void)close(self->fd); /* only read from: nothing to lose */
    }
    free(self);
}

/* How many of the next bytes, of len, end with the last `end` in the second half
 * of them; 0: there is none, or they are not all there. */
static size_t fd_last(const struct fd_reader *self, size_t len, char end)
{
    char text[SPLIT_LOOK];
    size_t at = len;
    while (at >= len / 2 + sizeof text) {
        at -= sizeof text;
        ssize_t got = 0;
        do {
            got = pread(self->fd, text, sizeof text, (off_t)(self->offset + (int64_t)at));
        } while (got < 0 && errno == EINTR);
        if (got != (ssize_t)sizeof text) {
            return 0;
        }
        const char *last = memrchr(text, end, sizeof text);
        if (last) {
            return at + (size_t)(last - text) + 1;
        }
    }
    return 0;
}

static cord_status fd_split(struct cord_reader *reader, size_t *len, char end,
                            struct cord_reader **ret_part, struct cord_error *err)
{
    struct fd_reader *self = (struct fd_reader *)reader;
    if (self->offset < 0 || self->left < *len || *len > (uint64_t)(INT64_MAX - self->offset)) {
        return CORD_E_NOENT;
    }
    size_t taken = fd_last(self, *len, end);
    int fd = taken > 0 ? fcntl(self->fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1) : -1;
    if (fd < 0) {
        return CORD_E_NOENT; /* too many files are open: the way without parts needs no more */
    }
    cord_status status = cord_reader_open_fd(fd, self->offset, taken, self->count, ret_part, err);
    if (status == CORD_OK) {
        self->offset += (int64_t)taken;
        self->left -= taken;
        *len = taken;
    }
    return status;
}

static const struct cord_reader_ops fd_ops = {
    .read = fd_read, .close = fd_close, .split = fd_split};

cord_status cord_reader_open_fd(int fd, int64_t offset, uint64_t len, _Atomic uint64_t *count,
                                struct cord_reader **ret_reader, struct cord_error *err)
{
    struct fd_reader *self = calloc(1, sizeof *self);
    if (!self) {
        if (fd != STDIN_FILENO) {
            (void)close(fd);
        }
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    self->reader.ops = &fd_ops;
    self->fd = fd;
    self->offset = offset;
    self->left = len;
    self->count = count;
    *ret_reader = &self->reader;
    return CORD_OK;
}

struct head_reader {
    struct cord_reader reader;
    struct cord_reader *inner;
    size_t at;
    size_t len;
    char head[];
};

static cord_status head_read(struct cord_reader *reader, char *into, size_t cap, size_t *ret_len,
                             struct cord_error *err)
{
    struct head_reader *self = (struct head_reader *)reader;
    size_t left = self->len - self->at;
    if (left == 0) {
        return cord_reader_read(self->inner, into, cap, ret_len, err);
    }
    size_t take = cap < left ? cap : left;
    memcpy(into, self->head + self->at, take);
    self->at += take;
    *ret_len = take;
    return CORD_OK;
}

static void head_close(struct cord_reader *reader)
{
    struct head_reader *self = (struct head_reader *)reader;
    cord_reader_close(self->inner);
    free(self);
}

static cord_status head_split(struct cord_reader *reader, size_t *len, char end,
                              struct cord_reader **ret_part, struct cord_error *err)
{
    struct head_reader *self = (struct head_reader *)reader;
    return self->at < self->len ? CORD_E_NOENT
                                : cord_reader_split(self->inner, len, end, ret_part, err);
}

static const struct cord_reader_ops head_ops = {
    .read = head_read, .close = head_close, .split = head_split};

cord_status cord_reader_open_head(struct cord_reader *inner, cord_str head,
                                  struct cord_reader **ret_reader, struct cord_error *err)
{
    struct head_reader *self = malloc(sizeof *self + head.len);
    if (!self) {
        cord_reader_close(inner);
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    self->reader.ops = &head_ops;
    self->inner = inner;
    self->at = 0;
    self->len = head.len;
    if (head.len > 0) {
        memcpy(self->head, head.ptr, head.len);
    }
    *ret_reader = &self->reader;
    return CORD_OK;
}
