/*
 * files.h: touches of the disk that must be right, through one table.
 *
 * Files are named relative to a directory, an open descriptor.
 * Tests put another table in place, to fail or to end the process at the nth
 * touch. The functions below the table finish short reads and writes, go on
 * after signals, and say in err which file it was. Any thread.
 */
#ifndef CORD_BASE_FILES_H
#define CORD_BASE_FILES_H

#include "base/buf.h"

#include <sys/types.h>

/* Like the calls of the same name: -1 and errno on failure. */
struct cord_files {
    int (*open)(void *self, int dir, const char *name, int flags, mode_t mode);
    ssize_t (*read)(void *self, int file, void *bytes, size_t len, off_t at);
    ssize_t (*write)(void *self, int file, const void *bytes, size_t len, off_t at);
    int (*truncate)(void *self, int file, off_t len);
    int (*sync)(void *self, int file); /* contents and length; of a directory: its names */
    int (*rename)(void *self, int dir, const char *from, const char *to);
    int (*unlink)(void *self, int dir, const char *name);
    int (*mkdir)(void *self, int dir, const char *name, mode_t mode);
    void *self;
};

struct cord_files cord_files_system(void);

/* *ret_file is to be closed by close(2). */
CORD_MUST_USE cord_status cord_files_open(const struct cord_files *files, int dir, const char *name,
                                          int flags, int *ret_file, struct cord_error *err);

/* Exactly len bytes. CORD_E_FORMAT: the file ends before. */
CORD_MUST_USE cord_status cord_files_read(const struct cord_files *files, int file, void *bytes,
                                          size_t len, uint64_t at);
CORD_MUST_USE cord_status cord_files_write(const struct cord_files *files, int file, cord_str bytes,
                                           uint64_t at, struct cord_error *err);
CORD_MUST_USE cord_status cord_files_sync(const struct cord_files *files, int file,
                                          struct cord_error *err);
CORD_MUST_USE cord_status cord_files_sync_dir(const struct cord_files *files, int dir,
                                              const char *name, struct cord_error *err);

/* The whole file, in place of what the buffer holds. CORD_E_LIMIT: it is
 * longer than the buffer may be. */
CORD_MUST_USE cord_status cord_files_load(const struct cord_files *files, int dir, const char *name,
                                          struct cord_buf *buf, struct cord_error *err);

/* A new file that is there whole and durable, or not at all: written under
 * another name, synced, renamed, the directory it is in (`in`) synced. */
CORD_MUST_USE cord_status cord_files_save(const struct cord_files *files, int dir, const char *in,
                                          const char *name, cord_str bytes, struct cord_error *err);

/* CORD_E_NOENT when there is none. */
CORD_MUST_USE cord_status cord_files_unlink(const struct cord_files *files, int dir,
                                            const char *name, struct cord_error *err);
CORD_MUST_USE cord_status cord_files_mkdir(const struct cord_files *files, int dir,
                                           const char *name, struct cord_error *err);

/* Bytes of a file. */
CORD_MUST_USE cord_status cord_files_size(int dir, const char *name, uint64_t *ret_bytes,
                                          struct cord_error *err);

#endif
