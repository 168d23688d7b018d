/* reader.c: see reader.h. */
#include "ingest/reader.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

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

static const struct cord_reader_ops fd_ops = {fd_read, fd_close};

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

static const struct cord_reader_ops head_ops = {head_read, head_close};

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
