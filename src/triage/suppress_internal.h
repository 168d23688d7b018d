/*
 * suppress_internal.h: what is kept of suppressions: suppress.c takes claims and judges,
 * suppress_ask.c tells. Private to the room.
 */
#ifndef CORD_TRIAGE_SUPPRESS_INTERNAL_H
#define CORD_TRIAGE_SUPPRESS_INTERNAL_H

#include "base/map.h"
#include "triage/suppress.h"

#include <pthread.h>

struct cord_suppress_hit {
    int64_t known_ns;
    uint32_t organisation;
};

struct cord_suppress_entry {
    struct cord_suppress_row row; /* what does not depend on who asks when */
    const char *void_why;         /* NULL: it took force */
    struct cord_suppress_scope *scope;
    uint32_t next; /* of the same rule */
    struct cord_suppress_hit *hits;
    size_t hit_count, hit_cap;
    uint64_t undated;
};

struct cord_suppress {
    struct cord_suppress_options options;
    pthread_mutex_t lock;
    struct cord_arena *texts;
    struct cord_arena *scratch;
    struct cord_suppress_entry *entries;
    size_t entry_count, entry_cap;
    struct cord_map rules; /* the number of its first entry */
    struct cord_map organisation_at;
    cord_str *organisations;
    size_t organisation_count, organisation_cap;
    uint64_t last_sighting, last_claim;
    size_t hit_count;
    struct cord_suppress_stats stats;
};

#endif
