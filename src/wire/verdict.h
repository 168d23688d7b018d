/*
 * verdict.h: what a stretch of stored events came to by one set of rules.
 *
 * Its events have consecutive numbers in the store. It outlives the batches that
 * its events were in, holds the rules that it was made by, and is handed on.
 */
#ifndef CORD_WIRE_VERDICT_H
#define CORD_WIRE_VERDICT_H

#include "detect/finding.h"
#include "wire/rulebook.h"

struct cord_verdict_finding {
    struct cord_finding finding; /* evidence: see cord_verdict_number */
    cord_str organisation;       /* in the arena */
};

/* Correlations count an organisation's events and nobody else's. */
struct cord_verdict_input {
    struct cord_correlator_input input;
    cord_str organisation; /* in the arena */
};

/* Owned by one at a time. */
struct cord_verdict {
    struct cord_verdict *next;  /* its owner's */
    struct cord_rulebook *book; /* a reference: what findings and inputs point into */
    uint64_t first;             /* number of the first event in the store */
    uint64_t count;             /* of events, with or without findings */
    int64_t received_ns;        /* of the earliest */
    struct cord_arena *arena;
    struct cord_verdict_finding *findings; /* in the order of events, then rules */
    size_t finding_count;
    size_t finding_cap;
    struct cord_verdict_input *inputs; /* for correlations; in the order of events */
    size_t input_count;
    size_t input_cap;
    uint64_t *sightings; /* which rule said something of which asset: cord_examine_look */
    size_t sighting_count;
    size_t sighting_cap;
};

/* A reference of the book is taken. NULL when out of memory. */
struct cord_verdict *cord_verdict_new(struct cord_rulebook *book);
void cord_verdict_free(struct cord_verdict *verdict);

/* Its events got their numbers, `first` and up: until then what it says of
 * events counts from 0. */
void cord_verdict_number(struct cord_verdict *verdict, uint64_t first);

#endif
