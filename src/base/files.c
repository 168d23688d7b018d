/* files.c: see files.h. */
#include "base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_BYTES_MAX = 4096 };

static int system_open(void *self, int dir, const char *name, int flags, mode_t mode)
{
    (void)self;
    return openat(dir, name, flags, mode);
}

static ssize_t system_read(void *self, int file, void *bytes, size_t len, off_t at)
{
    (void)self;
    return pread(file, bytes, len, at);
}

static ssize_t system_write(void *self, int file, const void *bytes, size_t len, off_t at)
{
    (void)self;
    return pwrite(file, bytes, len, at);
}

static int system_truncate(void *self, int file, off_t len)
{
    (void)self;
    return ftruncate(file, len);
}

static int system_sync(void *self, int file)
{
    (void)self;
    return fdatasync(file);
}

static int system_rename(void *self, int dir, const char *from, const char *to)
{
    (void)self;
    return renameat(dir, from, dir, to);
}

static int system_unlink(void *self, int dir, const char *name)
{
    (void)self;
    return unlinkat(dir, name, 0);
}

static int system_mkdir(void *self, int dir, const char *name, mode_t mode)
{
    (void)self;
    return mkdirat(dir, name, mode);
}

struct cord_files cord_files_system(void)
{
    return (struct cord_files){
        .open = system_open,
        .read = system_read,
        .write = system_write,
        .truncate = system_truncate,
        .sync = system_sync,
        .rename = system_rename,
        .unlink = system_unlink,
        .mkdir = system_mkdir,
    };
}

cord_status cord_files_open(const struct cord_files *files, int dir, const char *name, int flags,
                            int *ret_file, struct cord_error *err)
{
    int file = 0;
    do {
        file = files->open(files->self, dir, name, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
    } while (file < 0 && errno == EINTR);
    if (file < 0) {
        return cord_error_errno(err, "open %s", name);
    }
    *ret_file = file;
    return CORD_OK;
}

cord_status cord_files_read(const struct cord_files *files, int file, void *bytes, size_t len,
                            uint64_t at)
{
    char *to = bytes;
    if (at > INT64_MAX - len) {
        return CORD_E_FORMAT;
    }
    while (len > 0) {
        ssize_t got = files->read(files->self, file, to, len, (off_t)at);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return got == 0 ? CORD_E_FORMAT : CORD_E_IO;
        }
        to += got;
        at += (uint64_t)got;
        len -= (size_t)got;
    }
    return CORD_OK;
}

cord_status cord_files_write(const struct cord_files *files, int file, cord_str bytes, uint64_t at,
                             struct cord_error *err)
{
    while (bytes.len > 0) {
        ssize_t put = files->write(files->self, file, bytes.ptr, bytes.len, (off_t)at);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            errno = put == 0 ? ENOSPC : errno;
            return cord_error_errno(err, "write");
        }
        bytes = cord_str_from_byte(bytes, (size_t)put);
        at += (uint64_t)put;
    }
    return CORD_OK;
}

cord_status cord_files_sync(const struct cord_files *files, int file, struct cord_error *err)
{
    int result = 0;
    do {
        result = files->sync(files->self, file);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? CORD_OK : cord_error_errno(err, "sync");
}

cord_status cord_files_sync_dir(const struct cord_files *files, int dir, const char *name,
                                struct cord_error *err)
{
    int file = -1;
    cord_status status = cord_files_open(files, dir, name, O_RDONLY | O_DIRECTORY, &file, err);
    if (status == CORD_OK) {
        status = cord_files_sync(files, file, err);
        (void)close(file); /* read only: nothing to lose */
    }
    return status;
}

static cord_status load_open(const struct cord_files *files, int file, const char *name,
                             struct cord_buf *buf, struct cord_error *err)
{
    struct stat info;
    if (fstat(file, &info) != 0) {
        return cord_error_errno(err, "stat %s", name);
    }
    if (!S_ISREG(info.st_mode)) {
        return cord_error_set(err, CORD_E_FORMAT, "%s is not a file", name);
    }
    cord_buf_clear(buf);
    size_t len = (size_t)info.st_size;
    char *to = info.st_size < 0 ? NULL : cord_buf_reserve(buf, len);
    if (!to) {
        cord_status status = len > buf->bytes_max ? CORD_E_LIMIT : CORD_E_NOMEM;
        return cord_error_set(err, status, "%s: %zu bytes are too many", name, len);
    }
    cord_status status = cord_files_read(files, file, to, len, 0);
    if (status != CORD_OK) {
        return cord_error_set(err, status, "read %s", name);
    }
    buf->len = len;
    return CORD_OK;
}

cord_status cord_files_load(const struct cord_files *files, int dir, const char *name,
                            struct cord_buf *buf, struct cord_error *err)
{
    int file = -1;
    cord_status status = cord_files_open(files, dir, name, O_RDONLY, &file, err);
    if (status == CORD_OK) {
        status = load_open(files, file, name, buf, err);
        (void)close(file);
    }
    return status;
}

static cord_status save_as(const struct cord_files *files, int dir, const char *name,
                           cord_str bytes, struct cord_error *err)
{
    int file = -1;
    cord_status status = cord_files_open(files, dir, name, O_RDWR | O_CREAT | O_TRUNC, &file, err);
    if (status != CORD_OK) {
        return status;
    }
    status = cord_files_write(files, file, bytes, 0, err);
    if (status == CORD_OK) {
        status = cord_files_sync(files, file, err);
    }
    if (close(file) != 0 && status == CORD_OK) {
        status = cord_error_errno(err, "close");
    }
    return status;
}

cord_status cord_files_save(const struct cord_files *files, int dir, const char *in,
                            const char *name, cord_str bytes, struct cord_error *err)
{
    char temporary[NAME_BYTES_MAX];
    int len = snprintf(temporary, sizeof temporary, "%s.new", name);
    if (len < 0 || (size_t)len >= sizeof temporary) {
        return cord_error_set(err, CORD_E_LIMIT, "%s: the name is too long", name);
    }
    cord_status status = save_as(files, dir, temporary, bytes, err);
    if (status == CORD_OK && files->rename(files->self, dir, temporary, name) != 0) {
        status = cord_error_errno(err, "rename");
    }
    if (status != CORD_OK) {
        (void)files->unlink(files->self, dir, temporary); /* or it is removed on opening */
        cord_error_context(err, "%s", name);
        return status;
    }
    return cord_files_sync_dir(files, dir, in, err);
}

cord_status cord_files_unlink(const struct cord_files *files, int dir, const char *name,
                              struct cord_error *err)
{
    return files->unlink(files->self, dir, name) == 0 ? CORD_OK
                                                      : cord_error_errno(err, "remove %s", name);
}

cord_status cord_files_mkdir(const struct cord_files *files, int dir, const char *name,
                             struct cord_error *err)
{
    if (files->mkdir(files->self, dir, name, 0700) == 0 || errno == EEXIST) {
        return CORD_OK;
    }
    return cord_error_errno(err, "make %s", name);
}

cord_status cord_files_size(int dir, const char *name, uint64_t *ret_bytes, struct cord_error *err)
{
    struct stat info;
    if (fstatat(dir, name, &info, AT_SYMLINK_NOFOLLOW) != 0) {
        return cord_error_errno(err, "stat %s", name);
    }
    if (!S_ISREG(info.st_mode) || info.st_size < 0) {
        return cord_error_set(err, CORD_E_FORMAT, "%s is not a file", name);
    }
    *ret_bytes = (uint64_t)info.st_size;
    return CORD_OK;
}
