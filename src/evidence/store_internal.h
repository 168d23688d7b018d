/*
 * store_internal.h: the store's parts, for the files that work on it: store*.c
 * and search*.c.
 *
 * A view is what a search, an export or a check works on: it stays as it is
 * whatever happens to the store meanwhile, and keeps the files it needs.
 *
 * Locks, in the order they are taken: `upkeep` (one flush, retention or
 * compaction at a time), `sealing` (the chain and the order of its entries),
 * `lock` (all the rest; held for memory and for the write into the spool,
 * never while syncing, packing or searching).
 */
#ifndef CORD_EVIDENCE_STORE_INTERNAL_H
#define CORD_EVIDENCE_STORE_INTERNAL_H

#include "evidence/chain.h"
#include "evidence/evidence_id.h"
#include "evidence/policy.h"
#include "evidence/segment.h"
#include "evidence/spool.h"
#include "evidence/store_upkeep.h"

#include <pthread.h>
#include <stdatomic.h>

#define CORD_STORE_ID_BYTES 16

/* Rows that were appended together, more or less. Those below `visible` never
 * change; behind them there may be some of an append that failed. */
struct cord_store_chunk {
    atomic_uint references;
    struct cord_rows *rows;
    size_t visible;
    bool full; /* nothing is added any more */
};

/* The sealed segments, by number; never changes. */
struct cord_store_manifest {
    atomic_uint references;
    struct cord_segment **segments; /* one reference each */
    size_t count;
};

struct cord_store_spool {
    uint64_t number;
    int file; /* -1: found on opening, and only read */
    uint64_t bytes;
    uint64_t salt;
    uint64_t last; /* highest number of a row in it; 0: none */
    bool dirty;    /* written to since it was synced */
    bool damaged;  /* kept when the others go */
};

/* What is in STORE. */
struct cord_store_identity {
    unsigned char id[CORD_STORE_ID_BYTES];
    unsigned char id_key[CORD_EVIDENCE_ID_KEY_BYTES];
    int64_t created_ns;
    struct cord_signing_public key;
};

struct cord_store {
    struct cord_evidence base; /* first: see evidence.h */
    struct cord_store_options options;
    const struct cord_files *files;
    struct cord_files system_files;
    char *path;
    int dir;
    int lock_file; /* -1: read only */
    struct cord_store_identity identity;
    struct cord_evidence_id_key id_key;
    struct cord_signing_key *key; /* NULL: read only */
    struct cord_policy *policy;
    struct cord_error policy_fault; /* read only: why there is none; "" when all is well */
    struct cord_buf notes;
    struct cord_buf damage; /* those of the notes that verifying repeats */

    pthread_mutex_t upkeep;
    pthread_mutex_t sealing; /* guards chain */
    struct cord_chain chain;

    pthread_mutex_t lock; /* guards all that follows */
    pthread_cond_t synced;
    bool syncing;
    uint64_t appends;        /* so far */
    uint64_t durable;        /* of them */
    uint64_t frozen_appends; /* when the frozen rows were */
    bool sync_failed;        /* a sync of the spool did: nothing is durable but by packing */
    bool closing;
    uint64_t flush_failures; /* since the last that was none */
    struct cord_store_manifest *manifest;
    struct cord_store_chunk **chunks;
    size_t chunk_count;
    size_t chunk_cap;
    size_t frozen; /* of the chunks, from the first: being packed */
    uint64_t live_rows;
    struct cord_buf image;           /* of rows that were appended: its memory, for the next ones */
    int64_t oldest_ns;               /* when the oldest row not packed came; CORD_TIME_NONE: none */
    struct cord_store_spool *spools; /* the last one is written to */
    size_t spool_count;
    size_t spool_cap;
    uint64_t next_sequence;
    uint64_t next_file;       /* of spools and segments */
    uint64_t spooled_through; /* rows up to this number came through the spool and are packed */
    struct cord_store_hold *holds;
    size_t hold_count;
    size_t hold_cap;
    struct cord_arena *hold_texts;
};

/* --- store_open.c --- */

/* Makes a new store's files in an empty directory. */
CORD_MUST_USE cord_status cord_store_create(struct cord_store *store, struct cord_error *err);
/* The lines that say which store it is, as the chain's first entry begins; and all of STORE. */
void cord_store_identity_put(const struct cord_store_identity *identity, struct cord_buf *text);
void cord_store_identity_file(const struct cord_store_identity *identity, struct cord_buf *text);
/* Reads STORE, key, policy. */
CORD_MUST_USE cord_status cord_store_identify(struct cord_store *store, struct cord_error *err);
CORD_MUST_USE cord_status cord_store_lock(struct cord_store *store, struct cord_error *err);
/* A file that is given up when a full disk has no room for the entry by which
 * retention frees some; made again when there is. */
CORD_MUST_USE cord_status cord_store_reserve(struct cord_store *store);
/* Some process has it open for writing. */
bool cord_store_is_written(const struct cord_store *store);
int64_t cord_store_now_ns(const struct cord_store *store);
/* What the age of rows stored now is counted from: the clock, but not before
 * the last entry of the chain. A clock that fell back must not age evidence. */
int64_t cord_store_age_ns(struct cord_store *store);
/* Of opening: what is as it should not be; damage is counted, too. */
void cord_store_note(struct cord_store *store, const char *format, ...) CORD_PRINTF(2, 3);
void cord_store_damage(struct cord_store *store, const char *format, ...) CORD_PRINTF(2, 3);

/* --- store_recover.c --- */

/* Reads chain and spool into memory, and puts right what a crash left. */
CORD_MUST_USE cord_status cord_store_recover(struct cord_store *store, struct cord_error *err);

/* --- store_manifest.c --- */

struct cord_store_change {
    const struct cord_segment_info *added;
    size_t added_count;
    const uint64_t *removed; /* numbers of segments, ascending */
    size_t removed_count;
    uint64_t through; /* rows of the spool up to this number are packed by it; 0: none */
};

CORD_MUST_USE cord_status cord_store_manifest_new(struct cord_store *store,
                                                  const struct cord_store_manifest *before,
                                                  const struct cord_store_change *change,
                                                  struct cord_store_manifest **ret_manifest);
struct cord_store_manifest *cord_store_manifest_ref(struct cord_store_manifest *manifest);
void cord_store_manifest_unref(struct cord_store_manifest *manifest);
/* NULL when there is none of that number. */
struct cord_segment *cord_store_manifest_find(const struct cord_store_manifest *manifest,
                                              uint64_t number);
/* Copies the texts. Under the lock, or while opening. */
CORD_MUST_USE cord_status cord_store_manifest_hold(struct cord_store *store,
                                                   const struct cord_store_hold *hold);
/* CORD_E_NOENT: there is none. */
CORD_MUST_USE cord_status cord_store_manifest_release(struct cord_store *store, uint64_t entry);
/* What the manifest is after an entry of the chain: the store's state follows. */
CORD_MUST_USE cord_status cord_store_manifest_apply(struct cord_store *store,
                                                    const struct cord_chain_entry *entry,
                                                    struct cord_error *err);

/* --- store_pack.c --- */

/* Segments that were written, and are not in the chain yet. */
struct cord_store_pack {
    struct cord_segment_info *segments;
    size_t count;
    size_t cap;
    int64_t kept_from_ns; /* what the age of the rows is counted from, at the earliest */
};

void cord_store_pack_done(struct cord_store_pack *pack);
/* Adds segments with all the rows, one for each organisation and term of
 * retention. The infos borrow names of organisations from rows. On failure the
 * files of all the pack's segments are removed. */
CORD_MUST_USE cord_status cord_store_pack_rows(struct cord_store *store,
                                               const struct cord_rows *rows,
                                               struct cord_store_pack *pack,
                                               struct cord_error *err);
/* A pack of many packs' segments, which outlives the rows: names are copied. */
CORD_MUST_USE cord_status cord_store_pack_adopt(struct cord_store_pack *pack,
                                                const struct cord_segment_info *info);
void cord_store_pack_disown(struct cord_store_pack *pack);
/* Removes the files again: no entry names them. */
void cord_store_pack_drop(struct cord_store *store, const struct cord_store_pack *pack);
/* Makes the names of the new files durable; on failure they are removed. */
CORD_MUST_USE cord_status cord_store_pack_settle(struct cord_store *store,
                                                 struct cord_store_pack *pack,
                                                 struct cord_error *err);

/* --- store_flush.c --- */

/* Appends an entry to the chain: `lines` (may be NULL), then the change's segments
 * and removals, and makes it the state of the store. ret_entry, its number, may
 * be NULL. On failure the added segments' files are gone again, unless it is
 * unknown whether the entry was written. */
CORD_MUST_USE cord_status cord_store_seal(struct cord_store *store, const char *kind,
                                          const struct cord_buf *lines,
                                          const struct cord_store_change *change,
                                          uint64_t *ret_entry, struct cord_error *err);
/* wait: false: nothing is done when upkeep is going on already. */
CORD_MUST_USE cord_status cord_store_flush_rows(struct cord_store *store, bool wait,
                                                struct cord_error *err);
/* Numbers the rows, packs and seals them. */
CORD_MUST_USE cord_status cord_store_flush_bulk(struct cord_store *store, struct cord_rows *rows,
                                                struct cord_error *err);

/* --- store_append.c --- */

CORD_MUST_USE cord_status cord_store_append(struct cord_store *store, struct cord_rows *rows,
                                            struct cord_error *err);
CORD_MUST_USE cord_status cord_store_commit(struct cord_store *store, struct cord_error *err);
/* Rows into memory, numbered from `first`, all or none. Under the lock. */
CORD_MUST_USE cord_status cord_store_append_live(struct cord_store *store,
                                                 const struct cord_rows *rows, uint64_t first,
                                                 struct cord_store_chunk **ret_chunk);
/* Makes the file of a spool that has its number. */
CORD_MUST_USE cord_status cord_store_spool_make(struct cord_store *store,
                                                struct cord_store_spool *spool,
                                                struct cord_error *err);
/* Rows go there from now on. Under the lock. */
CORD_MUST_USE cord_status cord_store_spool_add(struct cord_store *store,
                                               const struct cord_store_spool *spool);
/* Bytes of rows in memory. Under the lock. */
uint64_t cord_store_live_bytes(const struct cord_store *store);

/* --- store_view.c --- */

struct cord_store_chunk *cord_store_chunk_new(size_t bytes_max, uint64_t seed);
void cord_store_chunk_unref(struct cord_store_chunk *chunk);

/* Rows of one chunk, rows[0 .. count). */
struct cord_store_live {
    struct cord_store_chunk *chunk;
    const struct cord_rows *rows;
    size_t count;
};

struct cord_store_view {
    struct cord_store_manifest *manifest; /* segments with higher numbers are newer, by and large */
    struct cord_store_live *live;         /* not packed yet, oldest first */
    size_t live_count;
};

CORD_MUST_USE cord_status cord_store_view_take(struct cord_store *store,
                                               struct cord_store_view *ret_view);
void cord_store_view_release(struct cord_store_view *view);

/* Buffers for reading blocks, kept from one to the next. */
struct cord_store_block {
    struct cord_buf body;
    struct cord_buf personal;
    struct cord_block *block; /* NULL: none is open */
};

void cord_store_block_init(struct cord_store_block *reader);
void cord_store_block_done(struct cord_store_block *reader);
/* Opens a block of a loaded segment in place of the one that was. */
CORD_MUST_USE cord_status cord_store_block_open(struct cord_store_block *reader,
                                                const struct cord_segment *segment, uint32_t at,
                                                struct cord_error *err);

CORD_MUST_USE cord_status cord_store_get(struct cord_store *store, uint64_t sequence,
                                         struct cord_rows *rows, struct cord_error *err);
CORD_MUST_USE cord_status cord_store_stats(struct cord_store *store,
                                           struct cord_evidence_stats *ret_stats,
                                           struct cord_error *err);

/* --- store_range.c --- */

struct cord_store_range {
    uint64_t first;
    size_t rows_max;
    size_t bytes_max;
};

/* As struct cord_evidence_ops.range. */
CORD_MUST_USE cord_status cord_store_range(struct cord_store *store,
                                           const struct cord_store_range *wanted,
                                           struct cord_rows *rows, uint64_t *ret_next,
                                           struct cord_error *err);

#endif
