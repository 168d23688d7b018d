/*
 * record_carry.h: records as text: one claim a line, with its hash.
 *
 * The last line is {"end":N,"head":"HASH"}: a text without it was cut. What was exported is
 * imported claim by claim, each held to its hash: the record that comes out is the same one,
 * chain and all, and its views follow from it. One thread.
 */
#ifndef CORD_RECORD_RECORD_CARRY_H
#define CORD_RECORD_RECORD_CARRY_H

#include "record/record.h"

struct cord_record_carried {
    uint64_t claims; /* exported, or recorded by an import */
    uint64_t there;  /* of an import: those the record had already, the same */
    uint64_t total;  /* of an import: claims in the record afterwards */
    bool whole;      /* of an import: the end was there */
};

/* Writes to an open file. Each claim is held to its hash first: the first that is broken ends it
 * with CORD_E_FORMAT, what is before it is written. */
CORD_MUST_USE cord_status cord_record_export(struct cord_record *record, int file,
                                             const struct cord_record_progress *progress,
                                             struct cord_record_carried *ret_carried,
                                             struct cord_error *err);

/* Reads from an open file into the record of the directory, which is made when there is none:
 * live or of the exercise that the first claim is of. Claims that are there already must
 * be the same; what follows them is recorded in batches, each whole or not at all.
 * CORD_E_FORMAT: a line that is no claim, does not follow, or has another hash; err names
 * it; the batches before it stay. *ret_carried is set on failure, too. */
CORD_MUST_USE cord_status cord_record_import(const char *dir,
                                             const struct cord_record_options *options, int file,
                                             const struct cord_record_progress *progress,
                                             struct cord_record_carried *ret_carried,
                                             struct cord_error *err);

#endif
