/* journal_file.c: a journal's files: names, headers, making them. */
#include "evidence/journal_internal.h"

#include "base/hash.h"
#include "base/octets.h"
#include "base/vec.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHECKSUM_BYTES = 8, VERSION = 1 };

static const char header_magic[] = "CORDJNL1";
static const char entry_magic[] = "ENTR";

bool cord_journal_file_name(const char *journal, uint64_t number, char name[CORD_JOURNAL_NAME])
{
    int len = snprintf(name, CORD_JOURNAL_NAME, "%s.%08" PRIu64, journal, number);
    return len > 0 && len < CORD_JOURNAL_NAME;
}

static void put_header(const struct cord_journal_header *header, struct cord_buf *out)
{
    cord_buf_put_text(out, header_magic);
    cord_octets_put_u32(out, VERSION);
    cord_octets_put_u32(out, CORD_JOURNAL_HEADER_BYTES);
    cord_octets_put_u64(out, header->number);
    cord_octets_put_u64(out, header->salt);
    cord_octets_put_u64(out, header->previous_end);
    cord_octets_put_u64(out, cord_hash(cord_buf_str(out), 0));
}

static cord_status write_header(const struct cord_journal_options *options,
                                const struct cord_journal_header *header, int file,
                                struct cord_error *err)
{
    struct cord_buf out;
    cord_buf_init(&out, CORD_JOURNAL_HEADER_BYTES);
    put_header(header, &out);
    cord_status status = out.failed
                             ? cord_error_set(err, CORD_E_NOMEM, "out of memory")
                             : cord_files_write(options->files, file, cord_buf_str(&out), 0, err);
    cord_buf_done(&out);
    if (status == CORD_OK) {
        status = cord_files_sync(options->files, file, err);
    }
    return status == CORD_OK ? cord_files_sync_dir(options->files, options->dir, ".", err) : status;
}

cord_status cord_journal_file_create(const struct cord_journal_options *options,
                                     struct cord_journal_header *header, int *ret_file,
                                     struct cord_error *err)
{
    char name[CORD_JOURNAL_NAME];
    int file = -1;
    if (!cord_journal_file_name(options->name, header->number, name)) {
        return cord_error_set(err, CORD_E_LIMIT, "%s: the name is too long", options->name);
    }
    if (getrandom(&header->salt, sizeof header->salt, 0) != (ssize_t)sizeof header->salt) {
        return cord_error_errno(err, "draw a number");
    }
    /* One of that number is what an earlier attempt could not remove: nothing is in it. */
    cord_status status =
        cord_files_open(options->files, options->dir, name, O_RDWR | O_CREAT | O_TRUNC, &file, err);
    if (status != CORD_OK) {
        return status;
    }
    status = write_header(options, header, file, err);
    if (status != CORD_OK) {
        (void)close(file);
        (void)options->files->unlink(options->files->self, options->dir, name);
        cord_error_context(err, "%s", name);
        return status;
    }
    *ret_file = file;
    return CORD_OK;
}

cord_status cord_journal_file_header(const struct cord_files *files, int file, uint64_t number,
                                     struct cord_journal_header *ret_header)
{
    char bytes[CORD_JOURNAL_HEADER_BYTES];
    cord_str head = {bytes, sizeof bytes};
    cord_status status = cord_files_read(files, file, bytes, sizeof bytes, 0);
    if (status != CORD_OK) {
        return status == CORD_E_FORMAT ? CORD_E_MORE : status;
    }
    struct cord_octets octets = cord_octets_of(head);
    cord_str magic = cord_octets_take(&octets, sizeof header_magic - 1);
    uint32_t version = cord_octets_u32(&octets);
    uint32_t len = cord_octets_u32(&octets);
    struct cord_journal_header header = {.number = cord_octets_u64(&octets)};
    header.salt = cord_octets_u64(&octets);
    header.previous_end = cord_octets_u64(&octets);
    uint64_t checksum = cord_octets_u64(&octets);
    if (!cord_str_eq(magic, cord_str_from(header_magic)) || version != VERSION ||
        len != CORD_JOURNAL_HEADER_BYTES || header.number != number ||
        checksum != cord_hash(cord_str_slice(head, 0, head.len - CHECKSUM_BYTES), 0)) {
        return CORD_E_FORMAT;
    }
    *ret_header = header;
    return CORD_OK;
}

void cord_journal_file_put(cord_str bytes, uint64_t salt, struct cord_buf *out)
{
    size_t before = out->len;
    cord_buf_put_text(out, entry_magic);
    cord_octets_put_u32(out, (uint32_t)bytes.len);
    cord_octets_put_u64(out, cord_hash(bytes, salt));
    if (!out->failed) {
        cord_octets_put_u64(out, cord_hash(cord_str_from_byte(cord_buf_str(out), before), salt));
    }
    cord_buf_put(out, bytes);
}

/* --- which there are --- */

static bool number_of(const char *journal, const char *entry, uint64_t *ret_number)
{
    char again[CORD_JOURNAL_NAME];
    cord_str name = cord_str_from(entry);
    cord_str head = cord_str_from(journal);
    return name.len > head.len + 1 && cord_str_starts(name, head) && name.ptr[head.len] == '.' &&
           cord_str_u64(cord_str_from_byte(name, head.len + 1), ret_number) && *ret_number > 0 &&
           cord_journal_file_name(journal, *ret_number, again) && strcmp(again, entry) == 0;
}

static int compare_numbers(const void *a, const void *b)
{
    const uint64_t *x = a;
    const uint64_t *y = b;
    return (*x > *y) - (*x < *y);
}

static cord_status gather_numbers(DIR *list, const char *journal, uint64_t **numbers, size_t *count)
{
    size_t cap = 0;
    const struct dirent *entry = NULL;
    while ((entry = readdir(list)) != NULL) { // NOLINT(concurrency-mt-unsafe): ours alone
        uint64_t number = 0;
        if (!number_of(journal, entry->d_name, &number)) {
            continue;
        }
        uint64_t *room = cord_vec_room(*numbers, *count, &cap, sizeof *room);
        if (!room) {
            return CORD_E_NOMEM;
        }
        *numbers = room;
        room[(*count)++] = number;
    }
    return CORD_OK;
}

cord_status cord_journal_file_list(const struct cord_journal_options *options,
                                   uint64_t **ret_numbers, size_t *ret_count,
                                   struct cord_error *err)
{
    uint64_t *numbers = NULL;
    size_t count = 0;
    int file = openat(options->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = file < 0 ? NULL : fdopendir(file);
    if (!list) {
        cord_status status = cord_error_errno(err, "list the files of %s", options->name);
        if (file >= 0) {
            (void)close(file);
        }
        return status;
    }
    cord_status status = gather_numbers(list, options->name, &numbers, &count);
    (void)closedir(list);
    if (status != CORD_OK) {
        free(numbers);
        return cord_error_set(err, status, "out of memory");
    }
    if (count > 1) {
        qsort(numbers, count, sizeof *numbers, compare_numbers);
    }
    *ret_numbers = numbers;
    *ret_count = count;
    return CORD_OK;
}
