/* journal_reader.c: a journal read while another thread or process adds to it. */
#include "evidence/journal_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct cord_journal_reader {
    struct cord_journal_options options;
    struct cord_journal_scan scan;
    uint64_t number; /* of the file that is read; the next is above it */
    uint64_t from;   /* where to begin in it */
    int file;        /* -1: none is open */
    bool ended;      /* what follows it is known: nothing is added to it any more */
};

cord_status cord_journal_reader_open(const struct cord_journal_options *options,
                                     struct cord_journal_place from,
                                     struct cord_journal_reader **ret_reader,
                                     struct cord_error *err)
{
    struct cord_journal_reader *reader = calloc(1, sizeof *reader);
    if (!reader) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    reader->options = *options;
    reader->number = from.file > 0 ? from.file - 1 : 0;
    reader->from = from.offset;
    reader->file = -1;
    cord_journal_scan_init(&reader->scan, options);
    *ret_reader = reader;
    return CORD_OK;
}

void cord_journal_reader_close(struct cord_journal_reader *reader)
{
    if (!reader) {
        return;
    }
    if (reader->file >= 0) {
        (void)close(reader->file);
    }
    cord_journal_scan_done(&reader->scan);
    free(reader);
}

/* The lowest number above the reader's; CORD_E_END: there is none now. */
static cord_status number_behind(const struct cord_journal_reader *reader, uint64_t *ret_number,
                                 struct cord_error *err)
{
    uint64_t *numbers = NULL;
    size_t count = 0;
    cord_status status = cord_journal_file_list(&reader->options, &numbers, &count, err);
    if (status != CORD_OK) {
        return status;
    }
    status = CORD_E_END;
    for (size_t i = 0; i < count && status == CORD_E_END; i++) {
        if (numbers[i] > reader->number) {
            *ret_number = numbers[i];
            status = CORD_OK;
        }
    }
    free(numbers);
    return status;
}

/* The header of a file, which stays open. CORD_E_MORE: it is being made; CORD_E_FORMAT: damaged;
 * CORD_E_NOENT: dropped meanwhile. */
static cord_status open_headed(const struct cord_journal_reader *reader, uint64_t number,
                               int *ret_file, struct cord_journal_header *ret_header,
                               struct cord_error *err)
{
    char name[CORD_JOURNAL_NAME];
    int file = -1;
    if (!cord_journal_file_name(reader->options.name, number, name)) {
        return cord_error_set(err, CORD_E_LIMIT, "the name is too long");
    }
    cord_status status =
        cord_files_open(reader->options.files, reader->options.dir, name, O_RDONLY, &file, err);
    if (status != CORD_OK) {
        return status;
    }
    status = cord_journal_file_header(reader->options.files, file, number, ret_header);
    if (status != CORD_OK) {
        (void)close(file);
        return status == CORD_E_IO ? cord_error_set(err, status, "read %s", name) : status;
    }
    *ret_file = file;
    return CORD_OK;
}

/* On to the file of that number. CORD_E_END: it is only being made. */
static cord_status step_to(struct cord_journal_reader *reader, uint64_t number,
                           struct cord_error *err)
{
    struct cord_journal_header header;
    int file = -1;
    cord_status status = open_headed(reader, number, &file, &header, err);
    if (status == CORD_E_MORE) {
        return CORD_E_END;
    }
    if (status != CORD_OK && status != CORD_E_FORMAT && status != CORD_E_NOENT) {
        return status;
    }
    if (reader->file >= 0) {
        (void)close(reader->file);
    }
    /* The place to begin at is one in the first file, if that is still there. */
    uint64_t from = reader->number + 1 == number ? reader->from : 0;
    reader->from = 0;
    reader->number = number;
    reader->ended = false;
    reader->file = file; /* -1: nothing can be read of this one */
    if (file >= 0) {
        cord_journal_scan_begin(&reader->scan, file, header.salt, from);
    }
    return CORD_OK;
}

/* Behind the last entry of a file. CORD_OK: look again, in this one or the next. */
static cord_status step(struct cord_journal_reader *reader, struct cord_error *err)
{
    struct cord_journal_header header = {0};
    uint64_t number = 0;
    int file = -1;
    cord_status status = number_behind(reader, &number, err);
    if (status != CORD_OK) {
        return status;
    }
    if (reader->file < 0 || reader->ended || number != reader->number + 1) {
        return step_to(reader, number, err);
    }
    status = open_headed(reader, number, &file, &header, err);
    if (status == CORD_OK) {
        reader->scan.end = header.previous_end;
        (void)close(file);
    } else if (status == CORD_E_MORE) {
        return CORD_E_END;
    } else if (status != CORD_E_FORMAT && status != CORD_E_NOENT) {
        return status;
    }
    /* More may have been added between our last look and the making of the next file. */
    reader->ended = true;
    return CORD_OK;
}

cord_status cord_journal_reader_next(struct cord_journal_reader *reader,
                                     struct cord_journal_place *ret_place, cord_str *ret_bytes,
                                     struct cord_error *err)
{
    for (;;) {
        uint64_t offset = 0;
        cord_status status = CORD_E_END;
        if (reader->file >= 0) {
            status = cord_journal_scan_next(&reader->scan, &offset, ret_bytes);
        }
        if (status == CORD_OK) {
            *ret_place = (struct cord_journal_place){.file = reader->number, .offset = offset};
            return CORD_OK;
        }
        if (status != CORD_E_END) {
            return cord_error_set(err, status, "journal %s: read file %llu", reader->options.name,
                                  (unsigned long long)reader->number);
        }
        status = step(reader, err);
        if (status != CORD_OK) {
            return status;
        }
    }
}
