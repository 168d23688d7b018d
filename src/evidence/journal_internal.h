/*
 * journal_internal.h: one file of a journal: its header, its entries.
 *
 * docs/journal-format.md has the bytes.
 */
#ifndef CORD_EVIDENCE_JOURNAL_INTERNAL_H
#define CORD_EVIDENCE_JOURNAL_INTERNAL_H

#include "evidence/journal.h"

#define CORD_JOURNAL_HEADER_BYTES 48u
#define CORD_JOURNAL_ENTRY_BYTES  24u /* in front of its bytes */
#define CORD_JOURNAL_NAME         96
#define CORD_JOURNAL_END_UNKNOWN  UINT64_MAX

struct cord_journal_header {
    uint64_t number;
    uint64_t salt;
    /* The file with the number before counts up to here; what is behind was given
     * up, for it could not be made durable. Or CORD_JOURNAL_END_UNKNOWN. */
    uint64_t previous_end;
};

/* "ledger.00000012"; false when the journal's name is too long. */
bool cord_journal_file_name(const char *journal, uint64_t number, char name[CORD_JOURNAL_NAME]);

/* A new file with its header, durable; nothing is left of it on failure. The number
 * and the end are the caller's, the salt is drawn. */
CORD_MUST_USE cord_status cord_journal_file_create(const struct cord_journal_options *options,
                                                   struct cord_journal_header *header,
                                                   int *ret_file, struct cord_error *err);

/* CORD_E_MORE: shorter than a header, as after a crash while it was made.
 * CORD_E_FORMAT: no header of that number. */
CORD_MUST_USE cord_status cord_journal_file_header(const struct cord_files *files, int file,
                                                   uint64_t number,
                                                   struct cord_journal_header *ret_header);

/* What goes in front of an entry's bytes. */
void cord_journal_file_put(cord_str bytes, uint64_t salt, struct cord_buf *out);

/* The numbers of a journal's files, ascending; malloc's, the caller's. */
CORD_MUST_USE cord_status cord_journal_file_list(const struct cord_journal_options *options,
                                                 uint64_t **ret_numbers, size_t *ret_count,
                                                 struct cord_error *err);

/* Entries of one file from `at` on. */
struct cord_journal_scan {
    const struct cord_files *files;
    int file; /* the user's */
    uint64_t salt;
    uint32_t entry_bytes_max;
    uint64_t at;            /* behind the last whole entry */
    uint64_t end;           /* nothing is read from there on */
    uint64_t damaged_bytes; /* so far, with a whole entry behind them */
    struct cord_buf window; /* of the file, from window_at on */
    uint64_t window_at;
};

void cord_journal_scan_init(struct cord_journal_scan *scan,
                            const struct cord_journal_options *options);
void cord_journal_scan_done(struct cord_journal_scan *scan);
/* Another file. */
void cord_journal_scan_begin(struct cord_journal_scan *scan, int file, uint64_t salt, uint64_t at);
/* The next whole entry: where it begins, and its bytes, good until the next call. CORD_E_END:
 * there is none before the end; `at` has not moved. Whoever asks again meets what was
 * written since. */
CORD_MUST_USE cord_status cord_journal_scan_next(struct cord_journal_scan *scan,
                                                 uint64_t *ret_offset, cord_str *ret_bytes);

#endif
