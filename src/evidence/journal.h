/*
 * journal.h: an append-only file of checksummed entries, for what must survive
 * and is not evidence: the loss ledger, the findings.
 *
 * Entries are whole or not there: one cut short by a crash ends the file when
 * it is opened, and is cut off; a damaged one is passed over, and those behind it
 * are read. Files are numbered: NAME.00000001, ...; a new one is begun when one has
 * grown to file_bytes, so that old ones can go. Appending writes; only a sync
 * makes durable. One thread at a time. docs/journal-format.md has the bytes.
 */
#ifndef CORD_EVIDENCE_JOURNAL_H
#define CORD_EVIDENCE_JOURNAL_H

#include "base/files.h"

struct cord_journal;

struct cord_journal_options {
    const struct cord_files *files; /* outlives the journal */
    int dir;                        /* of the files; the caller's, stays open */
    const char *name;               /* "ledger"; lives as long as the journal */
    uint64_t file_bytes;            /* 0: 64 MiB; the next is begun once all of one is durable */
    uint32_t entry_bytes_max;       /* longer ones are refused, and damage when read */
    bool read_only;                 /* nothing is created, cut off or locked; for readers, too */
};

/* Where an entry lies; ascending. */
struct cord_journal_place {
    uint64_t file; /* from 1 */
    uint64_t offset;
};

/* What opening found. */
struct cord_journal_found {
    uint64_t entries;
    uint64_t torn_bytes;    /* behind the last whole entry of the last file: cut off */
    uint64_t damaged_bytes; /* elsewhere: passed over, and kept */
};

/* entry: called for all there is, oldest first, while opening; NULL: nobody
 * wants them. A status other than CORD_OK ends the opening. CORD_E_LIMIT: another
 * process writes it. */
CORD_MUST_USE cord_status
cord_journal_open(const struct cord_journal_options *options,
                  cord_status (*entry)(void *self, struct cord_journal_place place, cord_str bytes),
                  void *self, struct cord_journal **ret_journal,
                  struct cord_journal_found *ret_found, struct cord_error *err);
void cord_journal_close(struct cord_journal *journal);

/* Written, not durable. On failure the journal is as it was before; CORD_E_LIMIT:
 * the disk is full; CORD_E_UNSUPPORTED: the entry is too long. ret_place may be NULL. */
CORD_MUST_USE cord_status cord_journal_append(struct cord_journal *journal, cord_str bytes,
                                              struct cord_journal_place *ret_place,
                                              struct cord_error *err);
/* All appended so far. After a failure nothing counts as durable any more: the
 * journal appends to a new file, and what was not durable is to be appended again. */
CORD_MUST_USE cord_status cord_journal_sync(struct cord_journal *journal, struct cord_error *err);

/* Deletes whole files before this place. */
CORD_MUST_USE cord_status cord_journal_drop(struct cord_journal *journal,
                                            struct cord_journal_place before,
                                            struct cord_error *err);

/* From a place on, that entry included, oldest first; by its own descriptors, so that
 * another thread or process may read while entries are added. Files that have been
 * dropped are passed over. CORD_E_END: no further whole entry now; asking again may
 * find one. An entry that could not be made durable may be met, and again where it was
 * appended anew. The bytes are good until the next call. */
struct cord_journal_reader;
CORD_MUST_USE cord_status cord_journal_reader_open(const struct cord_journal_options *options,
                                                   struct cord_journal_place from,
                                                   struct cord_journal_reader **ret_reader,
                                                   struct cord_error *err);
CORD_MUST_USE cord_status cord_journal_reader_next(struct cord_journal_reader *reader,
                                                   struct cord_journal_place *ret_place,
                                                   cord_str *ret_bytes, struct cord_error *err);
void cord_journal_reader_close(struct cord_journal_reader *reader);

#endif
