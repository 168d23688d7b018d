/*
 * record_backup.h: copies of a record, and a record from a copy.
 *
 * A backup is a directory with the database and its checkpoints, as it was at one moment; it may
 * be made while the record is written. It holds no key: what is restored from it elsewhere signs
 * with one of its own. One thread.
 */
#ifndef CORD_RECORD_RECORD_BACKUP_H
#define CORD_RECORD_RECORD_BACKUP_H

#include "record/record.h"

/* Into a directory that holds no record; it is made. *ret_claims are in the copy. */
CORD_MUST_USE cord_status cord_record_backup(struct cord_record *record, const char *into,
                                             const struct cord_record_progress *progress,
                                             uint64_t *ret_claims, struct cord_error *err);

struct cord_record_restored {
    uint64_t claims;
    uint64_t signed_claims; /* what the checkpoints that were there tell of: more than `claims`
                               means that some are lost, and the checkpoints were moved away, too */
    bool moved;             /* a database was there, and is now record.sqlite.replaced */
};

/* From a backup's directory, or the file of an export. A database that is there is moved away
 * if `replace` says so, else CORD_E_UNSUPPORTED; its key and checkpoints stay, and what is restored
 * must agree with them. When it does not, or the copy is damaged, err says so, and what was there
 * is where it was. */
CORD_MUST_USE cord_status cord_record_restore(const char *dir, const char *from, bool replace,
                                              const struct cord_record_progress *progress,
                                              struct cord_record_restored *ret_restored,
                                              struct cord_error *err);

#endif
