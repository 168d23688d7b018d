/*
 * suppress_past.h: stored events as the past that a suppression is tried on.
 *
 * Runs the rule, with what it leans on and no other, backwards over the store (backtest.h), and
 * hands on what it finds as triage reads findings. One thread at a time.
 */
#ifndef CORD_WIRE_SUPPRESS_PAST_H
#define CORD_WIRE_SUPPRESS_PAST_H

#include "detect/collection.h"
#include "evidence/evidence.h"
#include "triage/suppress_trial.h"

struct cord_suppress_past_store {
    const struct cord_collection *collection; /* finished; the rule is one of it */
    struct cord_evidence *evidence;
    size_t correlation_bytes_max; /* see struct cord_backtest_options */
    uint64_t seed;
    bool (*progress)(void *self, const struct cord_search_progress *progress); /* may be NULL;
                      false: stop, and the trial ends with CORD_E_END, without a result */
    void *self;
};

/* Borrows the store for as long as it is used. */
struct cord_suppress_past cord_suppress_past_of(struct cord_suppress_past_store *store);

#endif
