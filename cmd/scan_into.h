/*
 * scan_into.h: the store that a scan puts what it reads into.
 *
 * While it is open, the first interrupt or termination only asks the scan to
 * stop, so that what was read is stored; the second ends the program.
 */
#ifndef CORD_CMD_SCAN_INTO_H
#define CORD_CMD_SCAN_INTO_H

#include "cmd/interrupt.h"

#include "evidence/store.h"
#include "wire/scan.h"

struct scan_into {
    const char *dir;
    struct cord_store *store; /* NULL: nothing is stored */
    struct cord_scan_into options;
    struct interrupt interrupt;
};

/* Opens the store, makes it when there is none, and says on standard error what
 * opening found that was not as it should be. Before other threads are started;
 * `into` stays where it is. */
CORD_MUST_USE cord_status scan_into_open(struct scan_into *into, const char *dir, uint64_t seed,
                                         struct cord_error *err);
void scan_into_close(struct scan_into *into);

/* How much was stored, and where, on standard error. */
void scan_into_report(const struct scan_into *into, const struct cord_scan_totals *totals);

#endif
