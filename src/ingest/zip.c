/* zip.c: see zip.h. Section numbers are those of PKWARE's APPNOTE.TXT 6.3. */
#include "ingest/zip.h"

#include "base/arena.h"
#include "ingest/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    END_BYTES = 22, /* 4.3.16 end of central directory, without its comment */
    END64_LOCATOR_BYTES = 20,
    END64_BYTES = 56,
    ENTRY_BYTES = 46,
    LOCAL_BYTES = 30,
    COMMENT_MAX = 65535,
    DIRECTORY_BYTES_MAX = 64 << 20,
    ARENA_BYTES_MAX = 192 << 20,
    METHOD_STORED = 0,
    METHOD_DEFLATE = 8,
    METHOD_ZSTD = 93,
    METHOD_XZ = 95,
};

struct cord_zip {
    int fd;
    uint64_t bytes;
    struct cord_arena *arena;
    struct cord_zip_member *members;
    size_t count;
};

static uint64_t little(const char *at, unsigned bytes)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; i++) {
        value |= (uint64_t)(unsigned char)at[i] << (8 * i);
    }
    return value;
}

bool cord_zip_recognise(cord_str head)
{
    return cord_str_starts(head, CORD_STR("PK\x03\x04")) ||
           cord_str_starts(head, CORD_STR("PK\x05\x06")); /* an empty archive */
}

static cord_status read_at(const struct cord_zip *zip, uint64_t at, char *into, size_t len,
                           struct cord_error *err)
{
    if (at > zip->bytes || len > zip->bytes - at) {
        return cord_error_set(err, CORD_E_FORMAT, "zip: a part lies beyond the end of the file");
    }
    while (len > 0) {
        ssize_t got = pread(zip->fd, into, len, (off_t)at);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return cord_error_errno(err, "zip: read");
        }
        into += got;
        at += (uint64_t)got;
        len -= (size_t)got;
    }
    return CORD_OK;
}

struct directory {
    uint64_t at;
    uint64_t bytes;
    uint64_t count;
};

static cord_status find_directory64(const struct cord_zip *zip, uint64_t end_at,
                                    struct directory *dir, struct cord_error *err)
{
    char locator[END64_LOCATOR_BYTES];
    char end[END64_BYTES];
    if (end_at < END64_LOCATOR_BYTES) {
        return CORD_OK;
    }
    cord_status status = read_at(zip, end_at - sizeof locator, locator, sizeof locator, err);
    if (status != CORD_OK || little(locator, 4) != 0x07064b50) {
        return status;
    }
    status = read_at(zip, little(locator + 8, 8), end, sizeof end, err);
    if (status != CORD_OK) {
        return status;
    }
    if (little(end, 4) != 0x06064b50) {
        return cord_error_set(err, CORD_E_FORMAT, "zip: the zip64 directory is not where it says");
    }
    dir->count = little(end + 32, 8);
    dir->bytes = little(end + 40, 8);
    dir->at = little(end + 48, 8);
    return CORD_OK;
}

static cord_status find_directory(const struct cord_zip *zip, struct directory *dir,
                                  struct cord_error *err)
{
    size_t tail_len =
        zip->bytes < END_BYTES + COMMENT_MAX ? (size_t)zip->bytes : END_BYTES + (size_t)COMMENT_MAX;
    char *tail = malloc(tail_len > 0 ? tail_len : 1);
    if (!tail) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    uint64_t tail_at = zip->bytes - tail_len;
    cord_status status = read_at(zip, tail_at, tail, tail_len, err);
    for (size_t at = tail_len < END_BYTES ? SIZE_MAX : tail_len - END_BYTES;
         status == CORD_OK && at != SIZE_MAX; at--) {
        if (little(tail + at, 4) == 0x06054b50) {
            dir->count = little(tail + at + 10, 2);
            dir->bytes = little(tail + at + 12, 4);
            dir->at = little(tail + at + 16, 4);
            free(tail);
            return find_directory64(zip, tail_at + at, dir, err);
        }
    }
    free(tail);
    return status != CORD_OK
               ? status
               : cord_error_set(err, CORD_E_FORMAT,
                                "zip: no central directory; the archive is cut short");
}

static void widen_one(uint64_t *value, cord_str *field)
{
    if (*value == UINT32_MAX && field->len >= 8) {
        *value = little(field->ptr, 8);
        *field = cord_str_from_byte(*field, 8);
    }
}

/* 4.5.3: sizes and offset that did not fit 32 bits stand in an extra field. */
static void widen(struct cord_zip_member *member, const char *extra, size_t len)
{
    while (len >= 4) {
        size_t size = (size_t)little(extra + 2, 2);
        if (size > len - 4) {
            return;
        }
        if (little(extra, 2) == 1) {
            cord_str field = {extra + 4, size};
            widen_one(&member->bytes, &field);
            widen_one(&member->packed_bytes, &field);
            widen_one(&member->header_at, &field);
            return;
        }
        extra += 4 + size;
        len -= 4 + size;
    }
}

static cord_status read_directory(struct cord_zip *zip, cord_str text, uint64_t count,
                                  struct cord_error *err)
{
    zip->members = cord_arena_zalloc(zip->arena, (size_t)count + 1, sizeof *zip->members);
    if (!zip->members) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    while (zip->count < count) {
        const char *at = text.ptr;
        if (text.len < ENTRY_BYTES || little(at, 4) != 0x02014b50) {
            return cord_error_set(err, CORD_E_FORMAT, "zip: entry %zu of the directory is damaged",
                                  zip->count + 1);
        }
        size_t name_len = (size_t)little(at + 28, 2);
        size_t extra_len = (size_t)little(at + 30, 2);
        size_t comment_len = (size_t)little(at + 32, 2);
        if (name_len + extra_len + comment_len > text.len - ENTRY_BYTES) {
            return cord_error_set(err, CORD_E_FORMAT,
                                  "zip: entry %zu of the directory is cut short", zip->count + 1);
        }
        struct cord_zip_member *member = &zip->members[zip->count++];
        member->name = cord_arena_copy(zip->arena, (cord_str){at + ENTRY_BYTES, name_len});
        if (!member->name.ptr) {
            return cord_error_set(err, CORD_E_NOMEM, "out of memory");
        }
        member->encrypted = (little(at + 8, 2) & 1) != 0;
        member->method = (uint16_t)little(at + 10, 2);
        member->packed_bytes = little(at + 20, 4);
        member->bytes = little(at + 24, 4);
        member->header_at = little(at + 42, 4);
        widen(member, at + ENTRY_BYTES + name_len, extra_len);
        text = cord_str_from_byte(text, ENTRY_BYTES + name_len + extra_len + comment_len);
    }
    return CORD_OK;
}

static cord_status load(struct cord_zip *zip, const char *path, struct cord_error *err)
{
    struct stat info;
    struct directory dir = {0};
    zip->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (zip->fd < 0 || fstat(zip->fd, &info) != 0) {
        return cord_error_errno(err, "open");
    }
    zip->bytes = (uint64_t)info.st_size;
    cord_status status = find_directory(zip, &dir, err);
    if (status != CORD_OK) {
        return status;
    }
    if (dir.count > CORD_ZIP_MEMBERS_MAX || dir.bytes > DIRECTORY_BYTES_MAX) {
        return cord_error_set(err, CORD_E_LIMIT, "zip: more than %u members", CORD_ZIP_MEMBERS_MAX);
    }
    char *text = malloc(dir.bytes > 0 ? (size_t)dir.bytes : 1);
    if (!text) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    status = read_at(zip, dir.at, text, (size_t)dir.bytes, err);
    if (status == CORD_OK) {
        status = read_directory(zip, (cord_str){text, (size_t)dir.bytes}, dir.count, err);
    }
    free(text);
    return status;
}

cord_status cord_zip_open(const char *path, struct cord_zip **ret_zip, struct cord_error *err)
{
    struct cord_zip *zip = calloc(1, sizeof *zip);
    if (!zip) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    zip->fd = -1;
    zip->arena = cord_arena_new(ARENA_BYTES_MAX);
    cord_status status =
        zip->arena ? load(zip, path, err) : cord_error_set(err, CORD_E_NOMEM, "out of memory");
    if (status != CORD_OK) {
        cord_zip_close(zip);
        return status;
    }
    *ret_zip = zip;
    return CORD_OK;
}

void cord_zip_close(struct cord_zip *zip)
{
    if (zip) {
        if (zip->fd >= 0) {
            (void)close(zip->fd); /* only read from */
        }
        cord_arena_free(zip->arena);
        free(zip);
    }
}

size_t cord_zip_count(const struct cord_zip *zip)
{
    return zip->count;
}

const struct cord_zip_member *cord_zip_member(const struct cord_zip *zip, size_t at)
{
    return &zip->members[at];
}

static bool packing_of(uint16_t method, enum cord_packing *ret_packing)
{
    switch (method) {
    case METHOD_STORED:
        *ret_packing = CORD_PACKING_NONE;
        return true;
    case METHOD_DEFLATE:
        *ret_packing = CORD_PACKING_DEFLATE;
        return true;
    case METHOD_ZSTD:
        *ret_packing = CORD_PACKING_ZSTD;
        return true;
    case METHOD_XZ:
        *ret_packing = CORD_PACKING_XZ;
        return true;
    default:
        return false;
    }
}

cord_status cord_zip_read(const struct cord_zip *zip, size_t at, _Atomic uint64_t *count,
                          struct cord_reader **ret_reader, struct cord_error *err)
{
    const struct cord_zip_member *member = &zip->members[at];
    enum cord_packing packing = CORD_PACKING_NONE;
    char local[LOCAL_BYTES] = {0};
    if (member->encrypted) {
        return cord_error_set(err, CORD_E_UNSUPPORTED,
                              "encrypted; unpack it with its password first");
    }
    if (!packing_of(member->method, &packing)) {
        return cord_error_set(err, CORD_E_UNSUPPORTED,
                              "zip method %u; stored, deflate, zstd and xz are read",
                              (unsigned)member->method);
    }
    cord_status status = read_at(zip, member->header_at, local, sizeof local, err);
    if (status != CORD_OK) {
        return status;
    }
    uint64_t data_at =
        member->header_at + LOCAL_BYTES + little(local + 26, 2) + little(local + 28, 2);
    if (little(local, 4) != 0x04034b50 || data_at > zip->bytes ||
        member->packed_bytes > zip->bytes - data_at) {
        return cord_error_set(err, CORD_E_FORMAT, "zip: the member's header is damaged");
    }
    int fd = fcntl(zip->fd, F_DUPFD_CLOEXEC, 3);
    if (fd < 0) {
        return cord_error_errno(err, "dup");
    }
    struct cord_reader *packed = NULL;
    status = cord_reader_open_fd(fd, (int64_t)data_at, member->packed_bytes, count, &packed, err);
    return status == CORD_OK ? cord_unpack_open(packed, packing, ret_reader, err) : status;
}
