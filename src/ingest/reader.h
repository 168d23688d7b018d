/*
 * reader.h: bytes pulled from somewhere: a file, a pipe, an archive's member,
 * or another reader that is being unpacked.
 *
 * A reader belongs to one thread at a time and owns the readers beneath it.
 */
#ifndef CORD_INGEST_READER_H
#define CORD_INGEST_READER_H

#include "base/error.h"
#include "base/str.h"

struct cord_reader;

struct cord_reader_ops {
    cord_status (*read)(struct cord_reader *reader, char *into, size_t cap, size_t *ret_len,
                        struct cord_error *err);
    void (*close)(struct cord_reader *reader);
    /* As cord_reader_split; NULL: never. */
    cord_status (*split)(struct cord_reader *reader, size_t *len, char end,
                         struct cord_reader **ret_part, struct cord_error *err);
};

/* The first member of every kind of reader. */
struct cord_reader {
    const struct cord_reader_ops *ops;
};

/* Up to cap bytes, at least one. CORD_E_END: there are no more. CORD_E_FORMAT:
 * packed data is damaged; bytes before the damage have been given out, but for
 * the last block of zstd, which keeps to itself what it cannot finish. */
CORD_MUST_USE static inline cord_status cord_reader_read(struct cord_reader *reader, char *into,
                                                         size_t cap, size_t *ret_len,
                                                         struct cord_error *err)
{
    return reader->ops->read(reader, into, cap, ret_len, err);
}

static inline void cord_reader_close(struct cord_reader *reader)
{
    if (reader) {
        reader->ops->close(reader);
    }
}

/* Fills the buffer as far as the input goes. *ret_len below cap: the end. */
CORD_MUST_USE cord_status cord_reader_fill(struct cord_reader *reader, char *into, size_t cap,
                                           size_t *ret_len, struct cord_error *err);

/* Takes the next bytes out, at most *len of them, up to the last that is `end`:
 * *ret_part reads them, on any thread, and this reader goes on behind them. *len is
 * then how many they are. CORD_E_NOENT: what is read is not a file as it is, or
 * shorter, or there is no such byte in the second half. A part gives less when the
 * file has become shorter since. */
CORD_MUST_USE cord_status cord_reader_split(struct cord_reader *reader, size_t *len, char end,
                                            struct cord_reader **ret_part, struct cord_error *err);

/* Reads from a descriptor that it then owns, `len` bytes from `offset` (for
 * pipes: offset -1, read on from where it is; len UINT64_MAX: to the end).
 * Adds what it reads to *count, unless that is NULL. */
CORD_MUST_USE cord_status cord_reader_open_fd(int fd, int64_t offset, uint64_t len,
                                              _Atomic uint64_t *count,
                                              struct cord_reader **ret_reader,
                                              struct cord_error *err);

/* Gives `head` again before the inner reader's further bytes; owns inner, on
 * failure too. The head is copied. */
CORD_MUST_USE cord_status cord_reader_open_head(struct cord_reader *inner, cord_str head,
                                                struct cord_reader **ret_reader,
                                                struct cord_error *err);

#endif
