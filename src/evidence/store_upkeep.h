/*
 * store_upkeep.h: what is done to a store beside storing and searching: proving
 * it, deleting by policy, keeping by law, tidying, carrying elsewhere.
 *
 * Any thread, beside appends and searches; one upkeep at a time, the next one
 * waits. Each is all done and in the chain, or not done.
 */
#ifndef CORD_EVIDENCE_STORE_UPKEEP_H
#define CORD_EVIDENCE_STORE_UPKEEP_H

#include "evidence/range.h"
#include "evidence/store.h"

/* How far something is, now and then. false cancels: CORD_E_END. */
struct cord_store_progress {
    bool (*step)(void *self, uint64_t done_bytes, uint64_t total_bytes);
    void *self;
};

/* --- proving --- */

struct cord_store_verify_options {
    uint64_t first_entry; /* of the chain; 0: from the first */
    uint64_t last_entry;  /* 0: to the last */
    cord_str head;        /* in hexadecimal: the hash of an entry that must be there; "": none */
    cord_str key;         /* in hexadecimal: the public key it must be signed by; "": the store's */
    struct cord_store_progress progress;       /* step may be NULL */
    void (*broken)(void *self, cord_str what); /* each, the first of all first */
    void *self;
};

struct cord_store_verdict {
    uint64_t entries; /* looked at */
    uint64_t segments;
    uint64_t blocks;
    uint64_t bytes;
    uint64_t broken;
    uint64_t chain_entries; /* in all */
    char head[65];          /* hash of the last entry: to be noted where the store's keeper
                               cannot reach it */
};

/* Looks at every byte that the entries stand for. CORD_OK also when something
 * is broken: the verdict counts it. */
CORD_MUST_USE cord_status cord_store_verify(struct cord_store *store,
                                            const struct cord_store_verify_options *options,
                                            struct cord_store_verdict *ret_verdict,
                                            struct cord_error *err);

/* --- deleting by policy --- */

struct cord_store_retain_options {
    bool dry_run;
    /* Evidence is not deleted by a clock that is a month ahead of all it has
     * seen, unless someone says that it is right. */
    bool clock_is_right;
    void (*removed)(void *self, cord_str what); /* each, in words; may be NULL */
    void *self;
};

struct cord_store_retained {
    uint64_t segments; /* deleted */
    uint64_t rows;
    uint64_t bytes;
    uint64_t personal; /* personal files deleted */
    uint64_t held;     /* due, and held */
    uint64_t mixed;    /* due in part: compaction will part them */
    uint64_t damaged;  /* cannot be read, and are kept */
};

CORD_MUST_USE cord_status cord_store_retain(struct cord_store *store,
                                            const struct cord_store_retain_options *options,
                                            struct cord_store_retained *ret_retained,
                                            struct cord_error *err);

/* --- keeping by law --- */

struct cord_store_hold {
    uint64_t entry;        /* of the chain: its number is the hold's name */
    cord_str organisation; /* "": any */
    cord_str source;       /* "": any */
    int64_t from_ns;       /* CORD_TIME_NONE: any; of the event, or of its coming in */
    int64_t to_ns;
    int64_t since_ns;
    cord_str reason;
    cord_str who;
};

CORD_MUST_USE cord_status cord_store_hold(struct cord_store *store,
                                          const struct cord_store_hold *hold, uint64_t *ret_entry,
                                          struct cord_error *err);
/* CORD_E_NOENT: there is no such hold. */
CORD_MUST_USE cord_status cord_store_release(struct cord_store *store, uint64_t entry, cord_str who,
                                             cord_str reason, struct cord_error *err);
/* The texts are good until the store is closed. */
CORD_MUST_USE cord_status cord_store_holds(struct cord_store *store,
                                           struct cord_store_hold **ret_holds, size_t *ret_count);

/* --- tidying --- */

struct cord_store_compacted {
    uint64_t before; /* segments that were replaced */
    uint64_t after;
    uint64_t bytes_before;
    uint64_t bytes_after;
    uint64_t damaged; /* left as they are */
};

/* Small segments of an organisation become one; segments whose events are no
 * longer kept equally long are parted. Numbers and ids stay. */
CORD_MUST_USE cord_status cord_store_compact(struct cord_store *store,
                                             const struct cord_store_progress *progress,
                                             struct cord_store_compacted *ret_compacted,
                                             struct cord_error *err);

/* --- carrying elsewhere --- */

struct cord_store_carried {
    uint64_t rows;
    uint64_t damaged; /* blocks that could not be read: their rows are missing */
};

/* Into a new store at path, which proves itself and keeps the events' ids; its
 * chain begins with where they are from. */
CORD_MUST_USE cord_status cord_store_export(struct cord_store *store, const char *path,
                                            const struct cord_range *range,
                                            const struct cord_store_progress *progress,
                                            struct cord_store_carried *ret_carried,
                                            struct cord_error *err);

/* All of the store at path, once it has proved itself; numbered anew, by adding
 * the same to each number. CORD_E_UNSUPPORTED: it has been imported already, or is
 * this one. CORD_E_FORMAT: it is broken. */
CORD_MUST_USE cord_status cord_store_import(struct cord_store *store, const char *path,
                                            const struct cord_store_progress *progress,
                                            struct cord_store_carried *ret_carried,
                                            struct cord_error *err);

#endif
