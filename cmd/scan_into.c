/* scan_into.c: see scan_into.h. */
#include "cmd/scan_into.h"

#include <stdio.h>

cord_status scan_into_open(struct scan_into *into, const char *dir, uint64_t seed,
                           struct cord_error *err)
{
    const struct cord_store_options options = {.create = true, .bulk = true, .seed = seed};
    cord_status status = cord_store_open(dir, &options, &into->store, err);
    if (status != CORD_OK) {
        return status;
    }
    cord_str notes = cord_store_notes(into->store);
    if (notes.len > 0) {
        (void)fprintf(stderr, "%.*s%s", CORD_STR_ARG(notes),
                      notes.ptr[notes.len - 1] == '\n' ? "" : "\n");
    }
    into->dir = dir;
    into->options.evidence = cord_store_evidence(into->store);
    interrupt_begin(&into->interrupt,
                    "cordon scan: storing what was read; once more to stop at once");
    return CORD_OK;
}

void scan_into_close(struct scan_into *into)
{
    cord_store_close(into->store);
    interrupt_end(&into->interrupt);
    into->store = NULL;
}

void scan_into_report(const struct scan_into *into, const struct cord_scan_totals *totals)
{
    const struct cord_scan_store_stats *stats = &totals->store;
    (void)fprintf(stderr, "cordon scan: %llu events stored in %s",
                  (unsigned long long)stats->stored, into->dir);
    if (stats->already > 0) {
        (void)fprintf(stderr, "; %llu were there already", (unsigned long long)stats->already);
    }
    (void)fputs(atomic_load(&into->interrupt.asked)
                    ? "; interrupted: the same command again goes on from there\n"
                    : "\n",
                stderr);
}
