/*
 * progress.h: one line on a terminal that says how far a scan or a hunt is.
 */
#ifndef CORD_CMD_PROGRESS_H
#define CORD_CMD_PROGRESS_H

#include "evidence/evidence.h"
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
    const char *noun; /* what is found: "findings" */
};

/* out NULL when stderr is no terminal, or --quiet; walk NULL: a store is searched. */
void progress_init(struct progress *progress, FILE *out, const struct cord_walk *walk);
void progress_show(struct progress *progress, const struct cord_scan_totals *so_far,
                   uint64_t found);
/* The same of a search in a store. */
void progress_search(struct progress *progress, const struct cord_search_progress *so_far);
void progress_clear(struct progress *progress);
double progress_seconds(const struct progress *progress);

#endif
