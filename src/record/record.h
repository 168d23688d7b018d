/*
 * record.h: the record: all claims in the order they were recorded, in one directory.
 *
 *   record.sqlite   claims, and the views derived from them (SQLite, WAL)
 *   checkpoints     every so often: number, hash and time of a claim, signed (Ed25519)
 *   signing.key     PEM; mode 0600; made with the record
 *   lock            held by the one process that writes
 *
 * A record is live, or one named exercise; that is fixed when it is made (N12). One
 * process writes; others read beside it. Claims go in by batches: a batch is
 * recorded whole or not at all, and is durable when append returns. Any thread:
 * those that append at once share a transaction and its sync; readers have a
 * session each (record_view.h).
 */
#ifndef CORD_RECORD_RECORD_H
#define CORD_RECORD_RECORD_H

#include "base/clock.h"
#include "record/claim.h"

struct cord_record;

/* Told each time that a checkpoint cannot be signed or written: how many claims are behind the last
 * one, and why. They are durable, and the next batch tries again. In the thread that appends or
 * closes, which holds no lock; may not use the record. */
struct cord_record_unsigned {
    void (*tell)(void *self, uint64_t claims, const struct cord_error *err); /* may be NULL */
    void *self;
};

/* How far something long is; step may be NULL; false from it ends it: CORD_E_END. */
struct cord_record_progress {
    bool (*step)(void *self, uint64_t done, uint64_t total); /* total 0: not known */
    void *self;
};

struct cord_record_options {
    bool create;       /* when there is none */
    bool read_only;    /* beside whoever writes */
    cord_str exercise; /* of a record that is made: its name; "": live. One that is there must be of
                          the same, unless ptr is NULL: any */
    struct cord_clock clock;    /* wall time, or a replay's; now_ns NULL: the system's */
    uint32_t checkpoint_claims; /* 0: 10,000 */
    uint32_t cache_mb;          /* of the database, for each session; 0: 64 */
    struct cord_record_unsigned not_signed;
    struct cord_record_progress making; /* views anew, which a record of an earlier schema needs
                                           once, a minute or more a million claims */
    const char *vfs; /* SQLite's way to the disk, for tests of faults; NULL: its own */
};

/* CORD_E_NOENT: there is no record and none is to be made. CORD_E_BUSY: another process writes
 * it. CORD_E_LIMIT: the disk is full. CORD_E_DAMAGED: the database is damaged, or does not end as
 * its last checkpoint says; CORD_E_FORMAT: it is none of ours, or holds another mode; err says
 * which, and what to do. What is looked
 * at: the schema, the chain's last thousand claims, the last checkpoint, and in a small database
 * (below 64 MB) every page; the rest is cord_record_verify's. CORD_E_UNSUPPORTED: written by a
 * later version. */
CORD_MUST_USE cord_status cord_record_open(const char *dir,
                                           const struct cord_record_options *options,
                                           struct cord_record **ret_record, struct cord_error *err);
/* All sessions are closed before. */
void cord_record_close(struct cord_record *record);

cord_str cord_record_exercise(const struct cord_record *record); /* "": live */
/* As of this record's last append, or of a reader's opening. */
uint64_t cord_record_count(struct cord_record *record);

/* How many claims are behind the last checkpoint: some thousands at most, unless none can be
 * signed. */
uint64_t cord_record_unsigned(struct cord_record *record);

struct cord_record_outcome {
    uint64_t first;    /* number of the batch's first new claim; 0: none was new */
    uint64_t recorded; /* new claims: first, first + 1, ... */
    uint64_t repeated; /* keys that were there already: the earlier claim stands */
    int64_t recorded_ns;
};

/* Number, time of recording and hash are the record's; the claims are checked (claim_read.h) and
 * need not be canonical. A claim that is not as its kind says, supersedes or names none that is
 * there, supersedes one of another topic or subject, or is of another exercise refuses its whole
 * batch: CORD_E_FORMAT, err names its place ("claim 3: value.state: ..."). An
 * exercise left empty is the record's. CORD_E_LIMIT: the disk is full, nothing is recorded;
 * CORD_E_BUSY: another process holds the database; CORD_E_DAMAGED: what is there already is not
 * what was written. CORD_E_UNSUPPORTED: opened read_only. */
CORD_MUST_USE cord_status cord_record_append(struct cord_record *record,
                                             const struct cord_claim *claims, size_t count,
                                             struct cord_record_outcome *ret_outcome,
                                             struct cord_error *err);

#endif
