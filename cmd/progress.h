/*
 * progress.h: one line on a terminal that says how far a scan is.
 */
#ifndef CORD_CMD_PROGRESS_H
#define CORD_CMD_PROGRESS_H

#include "wire/scan.h"

#include "base/clock.h"

#include <stdio.h>

struct progress {
    FILE *out; /* NULL: nobody looks */
    struct cord_clock clock;
    uint64_t bytes_total; /* on disk; 0: not known */
    size_t streams_total;
    int64_t start_ns;
    int64_t next_ns; /* when the line is next drawn */
    bool drawn;
};

/* out NULL when stderr is no terminal, or --quiet. */
void progress_init(struct progress *progress, FILE *out, const struct cord_walk *walk);
void progress_show(struct progress *progress, const struct cord_scan_totals *so_far,
                   uint64_t findings);
void progress_clear(struct progress *progress);
double progress_seconds(const struct progress *progress);

#endif
