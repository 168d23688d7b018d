/*
 * spread_fold.h: notes gone through in their order, and what they come to.
 *
 * A PRESENCE is one machine in one technique for as long as it keeps being seen. Presences that a
 * note joins are one COMPONENT. A component of nothing but attempts stays one of attempts: it
 * becomes LIVE, a cluster, by an effect: a machine taken over, a machine that was reached and then
 * goes on to attack or scan, or the same technique seen on enough machines within the window. Live
 * components of one technique whose effects are no more than a window apart are one, and so are
 * those with a machine in common within the longer time `merge_ns`.
 *
 * Nothing is ever undone: what was known earlier is asked by going through the notes known by
 * then. The answer depends on the notes and their order alone. One thread; several may read.
 */
#ifndef CORD_TRIAGE_SPREAD_FOLD_H
#define CORD_TRIAGE_SPREAD_FOLD_H

#include "triage/spread_log.h"

struct cord_spread_rules {
    int64_t window_ns;      /* how far apart signs of one spread may be */
    int64_t merge_ns;       /* how far apart, with a machine in common */
    uint32_t organisations; /* a technique merely seen: on machines of so many organisations */
    uint32_t machines;      /* or on so many machines; and so many that scan */
};

/* When something of a presence happened first, when that was known, and from which note. */
struct cord_spread_first {
    int64_t time_ns; /* CORD_TIME_NONE: it has not */
    int64_t known_ns;
    uint32_t note;
    uint32_t by; /* the other presence; CORD_SPREAD_NOBODY: not known */
};

/* By what it is known that a machine was taken over; bits. */
#define CORD_SPREAD_TAKEN_SEEN     1u /* the technique was merely seen on it */
#define CORD_SPREAD_TAKEN_INFERRED 2u
#define CORD_SPREAD_TAKEN_OBSERVED 4u

struct cord_spread_presence {
    uint32_t technique;
    uint32_t machine;
    uint32_t parent;  /* towards the component's root, which is its own */
    uint32_t size;    /* of the component, at its root */
    uint32_t next;    /* of the component, in a ring */
    uint32_t earlier; /* the machine's presence before this one; CORD_SPREAD_NOBODY */
    int64_t first_ns, last_ns;
    struct cord_spread_first attacked; /* it did, or scanned */
    struct cord_spread_first reached;  /* it was */
    struct cord_spread_first taken;    /* over, by an effect; or seen with the technique */
    unsigned taken_by;                 /* CORD_SPREAD_TAKEN_...; 0: it was not */
    /* At the root of a live component: */
    bool live;
    int64_t effect_first_ns, effect_last_ns;
};

/* When a component became live. */
struct cord_spread_birth {
    uint64_t number; /* of the finding */
    int64_t known_ns;
    uint32_t presence;
    uint32_t note;
};

struct cord_spread_fold;

/* rules and log outlive it. NULL when out of memory. */
struct cord_spread_fold *cord_spread_fold_new(const struct cord_spread_log *log,
                                              const struct cord_spread_rules *rules, uint64_t seed);
void cord_spread_fold_free(struct cord_spread_fold *fold);

/* Notes in ascending order, not necessarily all. CORD_E_NOMEM: nothing can be said of the fold any
 * more. */
CORD_MUST_USE cord_status cord_spread_fold_note(struct cord_spread_fold *fold, uint32_t at);

uint32_t cord_spread_fold_count(const struct cord_spread_fold *fold); /* of presences */
const struct cord_spread_presence *cord_spread_fold_presence(const struct cord_spread_fold *fold,
                                                             uint32_t presence);
uint32_t cord_spread_fold_root(const struct cord_spread_fold *fold, uint32_t presence);
/* A presence that the note is of; CORD_SPREAD_NOBODY: it has not been gone through. */
uint32_t cord_spread_fold_of_note(const struct cord_spread_fold *fold, uint32_t at);
size_t cord_spread_fold_birth_count(const struct cord_spread_fold *fold);
const struct cord_spread_birth *cord_spread_fold_birth(const struct cord_spread_fold *fold,
                                                       size_t at);
/* Reached, and attacked others after that: taken over, as far as behaviour tells. */
bool cord_spread_fold_turned(const struct cord_spread_presence *presence);

#endif
