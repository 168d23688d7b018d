/* journal.c: see journal.h. */
#include "evidence/journal_internal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES_DEFAULT (UINT64_C(64) << 20)

enum { LOCK_NAME_BYTES = CORD_JOURNAL_NAME };

struct cord_journal {
    struct cord_journal_options options;
    int lock_file; /* -1: read only */
    int file;      /* that is written to; -1: the next entry makes one */
    uint64_t number;
    uint64_t salt;
    uint64_t len;          /* of the file, behind the last entry */
    uint64_t durable;      /* of len */
    uint64_t next_number;  /* of the file to be made */
    uint64_t previous_end; /* what its header says */
    struct cord_buf out;
};

/* --- opening --- */

struct opening {
    struct cord_journal *journal;
    cord_status (*entry)(void *self, struct cord_journal_place place, cord_str bytes);
    void *self;
    struct cord_journal_found found;
    struct cord_journal_scan scan;
    uint64_t *numbers;
    size_t count;
};

static cord_status lock_journal(struct cord_journal *journal, struct cord_error *err)
{
    char name[LOCK_NAME_BYTES];
    int len = snprintf(name, sizeof name, "%s.lock", journal->options.name);
    if (len < 0 || len >= LOCK_NAME_BYTES) {
        return cord_error_set(err, CORD_E_LIMIT, "the name is too long");
    }
    /* Not through the table of files: it holds nothing that must last. */
    journal->lock_file =
        openat(journal->options.dir, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (journal->lock_file < 0) {
        return cord_error_errno(err, "open %s", name);
    }
    if (flock(journal->lock_file, LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK ? cord_error_set(err, CORD_E_LIMIT, "another process writes it")
                                    : cord_error_errno(err, "lock");
    }
    return CORD_OK;
}

static cord_status file_size(int file, uint64_t *ret_bytes, struct cord_error *err)
{
    struct stat info;
    if (fstat(file, &info) != 0) {
        return cord_error_errno(err, "stat");
    }
    *ret_bytes = info.st_size > 0 ? (uint64_t)info.st_size : 0;
    return CORD_OK;
}

/* CORD_E_NOENT: it has been dropped meanwhile. */
static cord_status open_file(const struct cord_journal_options *options, uint64_t number,
                             bool writable, int *ret_file, struct cord_error *err)
{
    char name[CORD_JOURNAL_NAME];
    if (!cord_journal_file_name(options->name, number, name)) {
        return cord_error_set(err, CORD_E_LIMIT, "the name is too long");
    }
    return cord_files_open(options->files, options->dir, name, writable ? O_RDWR : O_RDONLY,
                           ret_file, err);
}

/* Up to where the file before `number` counts; unknown when that one is not there, or damaged. */
static cord_status end_before(const struct cord_journal_options *options, uint64_t number,
                              uint64_t *ret_end, struct cord_error *err)
{
    struct cord_journal_header header;
    int file = -1;
    *ret_end = CORD_JOURNAL_END_UNKNOWN;
    cord_status status = open_file(options, number, false, &file, err);
    if (status == CORD_OK) {
        status = cord_journal_file_header(options->files, file, number, &header);
        (void)close(file);
        if (status == CORD_OK) {
            *ret_end = header.previous_end;
        } else if (status == CORD_E_IO) {
            return cord_error_set(err, status, "read file %llu", (unsigned long long)number);
        }
    }
    return status == CORD_E_NOENT || status == CORD_E_MORE || status == CORD_E_FORMAT ? CORD_OK
                                                                                      : status;
}

static cord_status take_entries(struct opening *opening, uint64_t number, struct cord_error *err)
{
    struct cord_journal_place place = {.file = number};
    cord_str bytes;
    cord_status status = CORD_OK;
    while ((status = cord_journal_scan_next(&opening->scan, &place.offset, &bytes)) == CORD_OK) {
        opening->found.entries++;
        status = opening->entry ? opening->entry(opening->self, place, bytes) : CORD_OK;
        if (status != CORD_OK) {
            return cord_error_set(err, status, "the entry at byte %llu of file %llu is refused",
                                  (unsigned long long)place.offset, (unsigned long long)number);
        }
    }
    opening->found.damaged_bytes += opening->scan.damaged_bytes;
    return status == CORD_E_END
               ? CORD_OK
               : cord_error_set(err, status, "read file %llu", (unsigned long long)number);
}

/* A file that is not the last: all of it counts that its successor says does. */
static cord_status read_whole(struct opening *opening, size_t at, uint64_t size,
                              struct cord_error *err)
{
    uint64_t number = opening->numbers[at];
    uint64_t end = CORD_JOURNAL_END_UNKNOWN;
    cord_status status = CORD_OK;
    if (opening->numbers[at + 1] == number + 1) {
        status = end_before(&opening->journal->options, number + 1, &end, err);
    }
    if (status != CORD_OK) {
        return status;
    }
    opening->scan.end = end;
    status = take_entries(opening, number, err);
    end = end == CORD_JOURNAL_END_UNKNOWN ? size : end;
    if (status == CORD_OK && end > opening->scan.at) {
        opening->found.damaged_bytes += end - opening->scan.at;
    }
    return status;
}

/* What a crash left behind the last whole entry goes, and the next one takes its place. */
static cord_status settle_last(struct opening *opening, int file, uint64_t number, uint64_t size,
                               struct cord_error *err)
{
    struct cord_journal *journal = opening->journal;
    const struct cord_files *files = journal->options.files;
    uint64_t len = opening->scan.at;
    if (size > len && files->truncate(files->self, file, (off_t)len) != 0) {
        return cord_error_errno(err, "cut file %llu", (unsigned long long)number);
    }
    /* What was read counts from now on: it must not go with the power. */
    cord_status status = cord_files_sync(files, file, err);
    if (status == CORD_OK) {
        journal->file = file;
        journal->number = number;
        journal->salt = opening->scan.salt;
        journal->len = len;
        journal->durable = len;
    }
    return status;
}

/* The file stays open when it is the one that is written to. */
static cord_status read_last(struct opening *opening, int file, uint64_t number, uint64_t size,
                             struct cord_error *err)
{
    cord_status status = take_entries(opening, number, err);
    if (status != CORD_OK) {
        return status;
    }
    opening->found.torn_bytes += size > opening->scan.at ? size - opening->scan.at : 0;
    return opening->journal->options.read_only ? CORD_OK
                                               : settle_last(opening, file, number, size, err);
}

static cord_status read_opened(struct opening *opening, size_t at, int file, struct cord_error *err)
{
    struct cord_journal_header header;
    uint64_t number = opening->numbers[at];
    uint64_t size = 0;
    cord_status status = file_size(file, &size, err);
    if (status != CORD_OK) {
        return status;
    }
    status = cord_journal_file_header(opening->journal->options.files, file, number, &header);
    if (status == CORD_E_MORE || status == CORD_E_FORMAT) {
        opening->found.damaged_bytes += size;
        return CORD_OK;
    }
    if (status != CORD_OK) {
        return cord_error_set(err, status, "read file %llu", (unsigned long long)number);
    }
    cord_journal_scan_begin(&opening->scan, file, header.salt, 0);
    return at + 1 < opening->count ? read_whole(opening, at, size, err)
                                   : read_last(opening, file, number, size, err);
}

static cord_status read_file(struct opening *opening, size_t at, struct cord_error *err)
{
    const struct cord_journal_options *options = &opening->journal->options;
    bool writable = !options->read_only && at + 1 == opening->count;
    int file = -1;
    cord_status status = open_file(options, opening->numbers[at], writable, &file, err);
    if (status != CORD_OK) {
        return status == CORD_E_NOENT && options->read_only ? CORD_OK : status;
    }
    status = read_opened(opening, at, file, err);
    if (file != opening->journal->file) {
        (void)close(file);
    }
    return status;
}

/* A last file without a whole header was being made, and nothing was in it yet: the
 * one before is the last. */
static cord_status pass_unmade(struct opening *opening, struct cord_error *err)
{
    const struct cord_journal_options *options = &opening->journal->options;
    while (opening->count > 0) {
        char name[CORD_JOURNAL_NAME];
        uint64_t size = 0;
        uint64_t number = opening->numbers[opening->count - 1];
        cord_status status = CORD_E_LIMIT;
        if (cord_journal_file_name(options->name, number, name)) {
            status = cord_files_size(options->dir, name, &size, err);
        }
        if (status != CORD_OK || size >= CORD_JOURNAL_HEADER_BYTES) {
            return status == CORD_E_NOENT ? CORD_OK : status;
        }
        opening->found.torn_bytes += size;
        if (!options->read_only) {
            status = cord_files_unlink(options->files, options->dir, name, err);
        }
        if (status != CORD_OK) {
            return status;
        }
        opening->count--;
    }
    return CORD_OK;
}

static cord_status read_files(struct opening *opening, struct cord_error *err)
{
    struct cord_journal *journal = opening->journal;
    cord_status status =
        cord_journal_file_list(&journal->options, &opening->numbers, &opening->count, err);
    if (status == CORD_OK) {
        status = pass_unmade(opening, err);
    }
    for (size_t at = 0; at < opening->count && status == CORD_OK; at++) {
        status = read_file(opening, at, err);
    }
    if (status == CORD_OK && opening->count > 0) {
        uint64_t last = opening->numbers[opening->count - 1];
        journal->next_number = last + 1; /* 0 behind the highest there can be: refused then */
    }
    return status;
}

cord_status cord_journal_open(const struct cord_journal_options *options,
                              cord_status (*entry)(void *self, struct cord_journal_place place,
                                                   cord_str bytes),
                              void *self, struct cord_journal **ret_journal,
                              struct cord_journal_found *ret_found, struct cord_error *err)
{
    struct cord_journal *journal = calloc(1, sizeof *journal);
    if (!journal) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    journal->options = *options;
    journal->options.file_bytes =
        options->file_bytes > 0 ? options->file_bytes : FILE_BYTES_DEFAULT;
    journal->lock_file = -1;
    journal->file = -1;
    journal->next_number = 1;
    journal->previous_end = CORD_JOURNAL_END_UNKNOWN;
    cord_buf_init(&journal->out, (size_t)options->entry_bytes_max + CORD_JOURNAL_ENTRY_BYTES);
    struct opening opening = {.journal = journal, .entry = entry, .self = self};
    cord_journal_scan_init(&opening.scan, options);
    cord_status status = options->read_only ? CORD_OK : lock_journal(journal, err);
    if (status == CORD_OK) {
        status = read_files(&opening, err);
    }
    cord_journal_scan_done(&opening.scan);
    free(opening.numbers);
    if (status != CORD_OK) {
        cord_error_context(err, "journal %s", options->name);
        cord_journal_close(journal);
        return status;
    }
    *ret_journal = journal;
    *ret_found = opening.found;
    return CORD_OK;
}

void cord_journal_close(struct cord_journal *journal)
{
    if (!journal) {
        return;
    }
    cord_buf_done(&journal->out);
    if (journal->file >= 0) {
        (void)close(journal->file);
    }
    if (journal->lock_file >= 0) {
        (void)close(journal->lock_file); /* and the lock with it */
    }
    free(journal);
}

/* --- writing --- */

/* What is durable of the file counts, and another is begun. Whether what is behind can be
 * cut off does not matter: the header of the next file says that it does not count. */
static void leave_file(struct cord_journal *journal)
{
    const struct cord_files *files = journal->options.files;
    if (journal->len > journal->durable) {
        (void)files->truncate(files->self, journal->file, (off_t)journal->durable);
    }
    (void)close(journal->file);
    journal->file = -1;
    journal->previous_end = journal->durable;
    journal->next_number = journal->number + 1;
}

static cord_status begin_file(struct cord_journal *journal, struct cord_error *err)
{
    struct cord_journal_header header = {.number = journal->next_number,
                                         .previous_end = journal->previous_end};
    if (header.number == 0) {
        return cord_error_set(err, CORD_E_LIMIT, "there is no higher number for a file");
    }
    cord_status status = cord_journal_file_create(&journal->options, &header, &journal->file, err);
    if (status == CORD_OK) {
        journal->number = header.number;
        journal->salt = header.salt;
        journal->len = CORD_JOURNAL_HEADER_BYTES;
        journal->durable = CORD_JOURNAL_HEADER_BYTES;
        journal->next_number = header.number + 1;
    }
    return status;
}

/* Behind the last entry, or nowhere. */
static cord_status write_entry(struct cord_journal *journal, cord_str bytes, struct cord_error *err)
{
    const struct cord_files *files = journal->options.files;
    cord_buf_clear(&journal->out);
    cord_journal_file_put(bytes, journal->salt, &journal->out);
    if (journal->out.failed) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    cord_status status =
        cord_files_write(files, journal->file, cord_buf_str(&journal->out), journal->len, err);
    /* What was written of it would end the file for a reader: it goes; if it cannot, the
     * next entry that is written over it may leave a rest of it behind, which is no entry. */
    if (status != CORD_OK) {
        (void)files->truncate(files->self, journal->file, (off_t)journal->len);
    }
    return status;
}

cord_status cord_journal_append(struct cord_journal *journal, cord_str bytes,
                                struct cord_journal_place *ret_place, struct cord_error *err)
{
    cord_status status = CORD_OK;
    assert(!journal->options.read_only);
    if (bytes.len > journal->options.entry_bytes_max) {
        return cord_error_set(err, CORD_E_UNSUPPORTED, "journal %s: an entry of %zu bytes",
                              journal->options.name, bytes.len);
    }
    /* Only when all of it is durable: then there is one file to be synced, never two. */
    if (journal->file >= 0 && journal->len >= journal->options.file_bytes &&
        journal->len == journal->durable) {
        leave_file(journal);
    }
    if (journal->file < 0) {
        status = begin_file(journal, err);
    }
    if (status == CORD_OK) {
        status = write_entry(journal, bytes, err);
    }
    if (status != CORD_OK) {
        cord_error_context(err, "journal %s", journal->options.name);
        return status;
    }
    if (ret_place) {
        *ret_place = (struct cord_journal_place){.file = journal->number, .offset = journal->len};
    }
    journal->len += journal->out.len;
    return CORD_OK;
}

cord_status cord_journal_sync(struct cord_journal *journal, struct cord_error *err)
{
    assert(!journal->options.read_only);
    if (journal->file < 0 || journal->len == journal->durable) {
        return CORD_OK;
    }
    cord_status status = cord_files_sync(journal->options.files, journal->file, err);
    if (status != CORD_OK) {
        /* The kernel may have let go of what it could not write: syncing again would
         * succeed and mean nothing. */
        leave_file(journal);
        cord_error_context(err, "journal %s", journal->options.name);
        return status;
    }
    journal->durable = journal->len;
    return CORD_OK;
}

cord_status cord_journal_drop(struct cord_journal *journal, struct cord_journal_place before,
                              struct cord_error *err)
{
    const struct cord_journal_options *options = &journal->options;
    uint64_t *numbers = NULL;
    size_t count = 0;
    size_t dropped = 0;
    assert(!options->read_only);
    cord_status status = cord_journal_file_list(options, &numbers, &count, err);
    for (; dropped < count && status == CORD_OK; dropped++) {
        char name[CORD_JOURNAL_NAME];
        uint64_t number = numbers[dropped];
        if (number >= before.file || (journal->file >= 0 && number >= journal->number) ||
            !cord_journal_file_name(options->name, number, name)) {
            break;
        }
        status = cord_files_unlink(options->files, options->dir, name, err);
    }
    free(numbers);
    if (status == CORD_OK && dropped > 0) {
        status = cord_files_sync_dir(options->files, options->dir, ".", err);
    }
    if (status != CORD_OK) {
        cord_error_context(err, "journal %s", options->name);
    }
    return status;
}
