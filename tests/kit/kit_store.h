/*
 * kit_store.h: rows and stores for tests of evidence.
 */
#ifndef CORD_TESTS_KIT_STORE_H
#define CORD_TESTS_KIT_STORE_H

#include <stdatomic.h>

#include "base/files.h"
#include "evidence/rows.h"
#include "evidence/store.h"

/* A row that says who it is: `{"n":N,"user":"uN","ip":"10.0.0.N"}` of an organisation and source;
 * the class is "test/a" or "test/b" by turns. time_ns is N seconds. */
void kit_store_add(struct cord_rows *rows, const char *organisation, const char *source,
                   uint64_t n);
/* N of such a row again, checked to be whole; UINT64_MAX when it is not. */
uint64_t kit_store_number(const struct cord_rows *rows, size_t at);
/* Whether a row's spans, roles and origin are those that _add made. */
bool kit_store_is_whole(const struct cord_rows *rows, size_t at);

/* A fresh directory below the system's for temporary files; removes it with
 * all that is in it. */
void kit_store_dir(char path[64]);
void kit_store_remove(const char *path);

/* The system's files, but for the nth touch that changes something, counted
 * from 1: it fails with an errno, or ends the process as kill -9 would. Reads
 * and opens for reading are not counted. */
struct kit_store_fault {
    struct cord_files files; /* give this one */
    size_t nth;              /* 0: never */
    bool forever;            /* and all that come after it fail, too */
    int error;               /* 0: _exit instead */
    atomic_size_t touches;   /* so far */
    atomic_size_t reads;     /* so far: not counted among the touches */
    atomic_size_t syncs;
    unsigned sync_us; /* a sync takes so long */
    /* With error 0: what was not synced is lost as by a power cut. Bytes behind the last
     * sync of a file are gone, or half of them; names made, changed or removed since
     * their directory was synced are as before. */
    struct kit_store_power *power;
};
/* From here on a power cut at the nth touch; the directory is the store's. */
void kit_store_fault_power(struct kit_store_fault *fault, size_t nth);
void kit_store_fault_init(struct kit_store_fault *fault, size_t nth, int error);

/* Appends and commits one row after another from `first` on, `batch` at a time. */
cord_status kit_store_fill(struct cord_store *store, uint64_t first, uint64_t count,
                           uint64_t batch);

/* Every row of the store, packed or not: how often each number below `count` is
 * there goes into seen[]. Fails the test for a row that is not whole; rows of
 * damaged blocks are left out, and counted. */
size_t kit_store_census(struct cord_store *store, unsigned char *seen, uint64_t count);

#endif
