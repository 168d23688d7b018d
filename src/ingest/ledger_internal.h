/*
 * ledger_internal.h: what is in the ledger's memory and in its journal's entries.
 *
 * A book holds accounts, one a source and organisation. An account's counts are
 * in buckets: of a minute, and when there are too many of those of an hour, of a
 * day. Nothing is lost by that but the minute. Nothing here locks.
 */
#ifndef CORD_INGEST_LEDGER_INTERNAL_H
#define CORD_INGEST_LEDGER_INTERNAL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/octets.h"
#include "ingest/ledger.h"

#define CORD_LEDGER_LEVELS       3u
#define CORD_LEDGER_NAME_MAX     255u
#define CORD_LEDGER_ACCOUNTS_MAX 65536u
#define CORD_LEDGER_ENTRY_MAX    (64u << 20)
#define CORD_LEDGER_NONE         UINT32_MAX

struct cord_ledger_bucket {
    uint32_t minute; /* since 1970, its first */
    uint64_t stored;
    uint64_t bytes;
    uint64_t *lost; /* CORD_LOSS_COUNT of them, or NULL: none */
};

struct cord_ledger_level {
    struct cord_ledger_bucket *buckets; /* ascending */
    size_t count;
    size_t cap;
    uint32_t folded; /* what is before this minute belongs to the next level */
};

/* What happened when: of an account, and of what was added to it. */
struct cord_ledger_times {
    int64_t first_ns; /* of stored records; CORD_TIME_NONE: none */
    int64_t last_ns;
    int64_t contact_ns;
};

struct cord_ledger_account {
    cord_str name;
    cord_str organisation;
    struct cord_ledger_times times;
    int64_t pending;
    struct cord_ledger_counts total;
    struct cord_ledger_level levels[CORD_LEDGER_LEVELS];
    uint32_t number; /* in its book */
    uint32_t delta;  /* the ledger's: the latest of it that is not written */
};

struct cord_ledger_book {
    struct cord_arena *arena;
    struct cord_map map; /* by organisation and name */
    struct cord_ledger_account **accounts;
    size_t count;
    size_t cap;
    uint32_t minutes_kept;
    struct cord_ledger_account rest; /* of those there was no memory or number for */
};

CORD_MUST_USE cord_status cord_ledger_book_init(struct cord_ledger_book *book,
                                                uint32_t minutes_kept);
void cord_ledger_book_done(struct cord_ledger_book *book);
/* Made when new; never NULL: what cannot be made is counted as the book's rest. */
struct cord_ledger_account *cord_ledger_book_account(struct cord_ledger_book *book, cord_str name,
                                                     cord_str organisation);
/* The rest, when anything is in it, is behind the others. */
size_t cord_ledger_book_count(const struct cord_ledger_book *book);
struct cord_ledger_account *cord_ledger_book_at(struct cord_ledger_book *book, size_t at);

/* --- counts --- */

uint64_t cord_ledger_counts_lost(const struct cord_ledger_counts *counts);
/* Sums `more` up, and works `received` out. */
void cord_ledger_counts_add(struct cord_ledger_counts *counts,
                            const struct cord_ledger_counts *more);
void cord_ledger_times_add(struct cord_ledger_times *times, const struct cord_ledger_times *more);

uint32_t cord_ledger_minute(int64_t ns);

static inline int64_t cord_ledger_minute_ns(uint32_t minute)
{
    return (int64_t)minute * 60 * CORD_SECOND_NS;
}

/* Total, times and bucket. When memory ends the counts go to another minute. */
void cord_ledger_account_add(struct cord_ledger_book *book, struct cord_ledger_account *account,
                             uint32_t minute, const struct cord_ledger_counts *counts,
                             const struct cord_ledger_times *times);
/* The bucket alone, at a level: of a snapshot. */
void cord_ledger_account_put(struct cord_ledger_book *book, struct cord_ledger_account *account,
                             unsigned level, uint32_t minute,
                             const struct cord_ledger_counts *counts);
struct cord_ledger_counts cord_ledger_bucket_counts(const struct cord_ledger_bucket *bucket);

/* --- minutes (ledger_minutes.c) --- */

/* First the minutes there are, then what they come to. */
struct cord_ledger_sums {
    int64_t from_ns; /* CORD_TIME_NONE: any */
    int64_t to_ns;
    uint32_t *minutes;
    struct cord_ledger_counts *counts; /* once settled */
    size_t count;
    size_t cap;
};

CORD_MUST_USE cord_status cord_ledger_sums_find(struct cord_ledger_sums *sums,
                                                const struct cord_ledger_account *account);
CORD_MUST_USE cord_status cord_ledger_sums_settle(struct cord_ledger_sums *sums);
void cord_ledger_sums_add(struct cord_ledger_sums *sums, const struct cord_ledger_account *account);
void cord_ledger_sums_done(struct cord_ledger_sums *sums);

/* --- entries (docs/journal-format.md) --- */

/* Added and not written. */
struct cord_ledger_delta {
    uint32_t account; /* number; CORD_LEDGER_NONE: the rest */
    uint32_t minute;
    struct cord_ledger_times times;
    struct cord_ledger_counts counts;
};

/* An entry of kind `delta` into the buffer, in place of what it holds. */
void cord_ledger_entry_put(struct cord_buf *out, struct cord_ledger_book *book, uint64_t through,
                           const struct cord_ledger_delta *deltas, size_t count);

/* All of the book, in as many entries as it takes: ends[i] is behind the i-th. malloc's,
 * the caller's. */
CORD_MUST_USE cord_status cord_ledger_entry_put_book(struct cord_buf *out,
                                                     struct cord_ledger_book *book,
                                                     uint64_t through, size_t **ret_ends,
                                                     size_t *ret_count);

/* What entries add up to. */
struct cord_ledger_replay {
    struct cord_ledger_book *book;  /* the state so far */
    struct cord_ledger_book *fresh; /* of the snapshot that is being read; NULL: none is */
    uint64_t through;
    uint64_t fresh_parts; /* read of it */
    uint32_t minutes_kept;
    uint64_t snapshots; /* read to their end */
};

CORD_MUST_USE cord_status cord_ledger_replay_init(struct cord_ledger_replay *replay,
                                                  uint32_t minutes_kept);
void cord_ledger_replay_done(struct cord_ledger_replay *replay);
/* *ret_snapshot: a snapshot became the state. CORD_E_FORMAT: it is none of ours; the state is
 * as before. */
CORD_MUST_USE cord_status cord_ledger_replay_entry(struct cord_ledger_replay *replay,
                                                   cord_str bytes, bool *ret_snapshot);

#endif
