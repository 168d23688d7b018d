/*
 * scan_store.h: what a scan reads, kept as evidence.
 *
 * Each worker gathers rows of many batches before it hands them on, because a
 * store packs many at once better. Until then an event has a provisional
 * number, and whatever speaks of it is held back.
 *
 * What the store has already of a source is not stored again: of the events
 * with the same bytes only those beyond the stored ones. So a scan that was
 * interrupted, or of a log that has grown, is simply run again.
 */
#ifndef CORD_WIRE_SCAN_STORE_H
#define CORD_WIRE_SCAN_STORE_H

#include "evidence/evidence.h"
#include "ingest/walk.h"
#include "normalise/decoder.h"

struct cord_scan_into {
    struct cord_evidence *evidence;
    cord_str organisation;
    cord_str source;     /* "": each file is a source, named by its path */
    bool again;          /* also what is there already */
    size_t gather_bytes; /* of rows that a worker hands on together; 0: 64 MiB */
};

struct cord_scan_store_stats {
    uint64_t stored;
    uint64_t already; /* not stored: they were there */
};

struct cord_scan_store;

/* Borrows all. */
CORD_MUST_USE cord_status cord_scan_store_new(const struct cord_scan_into *into,
                                              const struct cord_walk *walk, int64_t received_ns,
                                              uint64_t seed, struct cord_scan_store **ret_store,
                                              struct cord_error *err);
void cord_scan_store_free(struct cord_scan_store *store);

/* Before the first event of an item of the walk: asks for what is there of it.
 * One thread at a time for one item. */
CORD_MUST_USE cord_status cord_scan_store_begin(struct cord_scan_store *store, uint32_t item,
                                                struct cord_error *err);
/* All events of the item were taken. */
void cord_scan_store_end(struct cord_scan_store *store, uint32_t item);

/* Any thread. */
struct cord_scan_store_stats cord_scan_store_stats(struct cord_scan_store *store);

/* One worker's part. */
struct cord_scan_storer;

/* NULL when out of memory. */
struct cord_scan_storer *cord_scan_storer_new(struct cord_scan_store *store,
                                              const struct cord_paths *paths,
                                              const struct cord_classifier *classifier);
void cord_scan_storer_free(struct cord_scan_storer *storer);

/* Gathers the batch's events. */
CORD_MUST_USE cord_status cord_scan_storer_take(struct cord_scan_storer *storer, uint32_t item,
                                                const struct cord_format *format,
                                                const struct cord_batch *batch,
                                                struct cord_error *err);
/* The provisional number of an event of the batch taken last. */
uint64_t cord_scan_storer_number(const struct cord_scan_storer *storer, size_t event);

/* Enough was gathered. */
bool cord_scan_storer_is_full(const struct cord_scan_storer *storer);

/* Stores what was gathered, durably. CORD_E_LIMIT: the store is full. */
CORD_MUST_USE cord_status cord_scan_storer_flush(struct cord_scan_storer *storer,
                                                 struct cord_error *err);
/* The store's number of a provisional one, after the flush and until the next batch. */
uint64_t cord_scan_storer_sequence(const struct cord_scan_storer *storer, uint64_t number);

#endif
