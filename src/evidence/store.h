/*
 * store.h: the embedded store of evidence: a directory of our own.
 *
 *   STORE          what it is: format, id, public key
 *   signing.key    the secret key that signs the chain; may be kept elsewhere
 *   policy         how long what is kept (policy.h); may be missing
 *   lock           held by the one process that writes
 *   reserve        room on a full disk for saying what was deleted
 *   chain          what was done to the files below, hashed and signed (chain.h)
 *   spool/         rows that are durable and not packed yet (spool.h)
 *   segments/      rows packed and sealed (segment.h)
 *   lost/          files whose entry in the chain a crash took away
 *
 * Rows are searchable once appended, durable once committed, packed when enough
 * have gathered. Nothing is changed in place; after a crash at any moment all
 * that was committed is there, once. A full disk stops appending (CORD_E_LIMIT)
 * and nothing else; appending goes on by itself when there is room again.
 *
 * Any thread may call, but for _open and _close.
 */
#ifndef CORD_EVIDENCE_STORE_H
#define CORD_EVIDENCE_STORE_H

#include "base/clock.h"
#include "base/files.h"
#include "evidence/evidence.h"

struct cord_store;

struct cord_store_options {
    bool read_only; /* no lock, no recovery, nothing written */
    bool create;    /* make the store when the directory is empty or not there */
    /* No spool: an append packs and seals its rows before it returns, so give
     * many at once. For reading files that are still there after a crash. */
    bool bulk;
    const char *key_path;    /* of the secret key; NULL: signing.key in the directory */
    const char *policy_path; /* NULL: policy in the directory */
    /* Someone calls cord_store_flush_due all the time: an append packs only when
     * memory runs short. */
    bool packed_elsewhere;
    uint64_t memory_bytes_max;      /* of rows not packed yet; 0: 256 MiB */
    uint64_t flush_bytes;           /* of such rows that are packed; 0: 64 MiB */
    int64_t flush_age_ns;           /* of the oldest such row; 0: a minute */
    uint64_t seed;                  /* of hash tables */
    struct cord_clock clock;        /* wall time; now_ns NULL: the system's */
    const struct cord_files *files; /* NULL: the system's; outlives the store */
    /* create: 16 bytes; events keep the ids they have in the store these are from. */
    const unsigned char *copy_ids;
    cord_str origin; /* create: lines for the first entry of the chain: where they are from */
};

/* CORD_E_NOENT: no store there. CORD_E_LIMIT: another process writes it; err
 * has its number. CORD_E_FORMAT: not a store, or of a format we cannot read.
 * CORD_E_UNSUPPORTED: the policy makes no sense; who only reads does without it,
 * and it is in the notes. */
CORD_MUST_USE cord_status cord_store_open(const char *path,
                                          const struct cord_store_options *options,
                                          struct cord_store **ret_store, struct cord_error *err);

/* Packs what is not packed yet, and closes. What could not be packed is in the
 * spool and there on opening. */
void cord_store_close(struct cord_store *store);

struct cord_evidence *cord_store_evidence(struct cord_store *store);

/* What opening found that was not as it should be, a line each; "" when all was
 * well. Borrowed. */
cord_str cord_store_notes(const struct cord_store *store);

/* Packs all rows appended so far. */
CORD_MUST_USE cord_status cord_store_flush(struct cord_store *store, struct cord_error *err);

/* The same when enough has gathered, or a while has passed; otherwise nothing. */
CORD_MUST_USE cord_status cord_store_flush_due(struct cord_store *store, struct cord_error *err);

/* The number that the next event gets. */
uint64_t cord_store_next(struct cord_store *store);

/* An event's id for people, and back (evidence_id.h). */
#define CORD_STORE_ID_TEXT 15
cord_str cord_store_id_format(const struct cord_store *store, uint64_t sequence,
                              char buffer[CORD_STORE_ID_TEXT]);
CORD_MUST_USE cord_status cord_store_id_parse(const struct cord_store *store, cord_str text,
                                              uint64_t *ret_sequence, struct cord_error *err);
/* The ids in the query are this store's (query_id.h). */
CORD_MUST_USE cord_status cord_store_id_bind(const struct cord_store *store,
                                             struct cord_query *query, struct cord_error *err);

#endif
