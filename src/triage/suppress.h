/*
 * suppress.h: findings that people know to mean nothing, where and until when.
 *
 * Made of the claims triage.suppress and triage.suppress-end ("rule:ID"), fed in the order of their
 * numbers. A suppression is for one rule, within a scope (suppress_scope.h), has a reason and ends
 * at the latest a year after it was recorded. It takes force only when the claim holds what came of
 * trying it on stored events (suppress_trial.h, N10): else it is void, kept and listed with the
 * reason why. It is judged by when a sighting became known: from the claim's recording until it
 * expires or is ended. Suppressed sightings are marked and counted, never dropped.
 *
 * So that the answer is always the same, claims are fed before the sightings that became known
 * after them. Any thread; one lock inside.
 */
#ifndef CORD_TRIAGE_SUPPRESS_H
#define CORD_TRIAGE_SUPPRESS_H

#include "record/claim.h"
#include "triage/suppress_scope.h"

#define CORD_SUPPRESS_ID_MAX 64u /* bytes of a suppression's name */
#define CORD_SUPPRESS_DAYS   366 /* the longest */

struct cord_suppress_options {
    size_t suppressions_max; /* more claims are counted and let go */
    size_t hits_max;         /* dated; further ones are counted without a date */
    uint64_t seed;
};

struct cord_suppress;

/* NULL when out of memory. */
struct cord_suppress *cord_suppress_new(const struct cord_suppress_options *options);
void cord_suppress_free(struct cord_suppress *suppress);

/* Other kinds are passed over. CORD_OK also for a void one. CORD_E_NOMEM: not taken. */
CORD_MUST_USE cord_status cord_suppress_claim(struct cord_suppress *suppress,
                                              const struct cord_claim *claim);

struct cord_suppress_verdict {
    bool suppressed;
    char id[CORD_SUPPRESS_ID_MAX + 1]; /* of the suppression recorded first; "" */
};

/* Counts nothing. CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_suppress_judge(struct cord_suppress *suppress,
                                              const struct cord_sighting *sighting,
                                              struct cord_suppress_verdict *ret_verdict);
/* Likewise, and counts: each sighting once, in the order of their numbers; one at or below the last
 * is judged only. */
CORD_MUST_USE cord_status cord_suppress_feed(struct cord_suppress *suppress,
                                             const struct cord_sighting *sighting,
                                             struct cord_suppress_verdict *ret_verdict);

enum cord_suppress_state {
    CORD_SUPPRESS_FORCE, /* hides */
    CORD_SUPPRESS_EXPIRED,
    CORD_SUPPRESS_ENDED, /* by somebody */
    CORD_SUPPRESS_VOID,  /* never took force */
};
const char *cord_suppress_state_name(enum cord_suppress_state state); /* "in-force" .. */

struct cord_suppress_hits {
    cord_str organisation;
    uint64_t count;
};

/* As lent until the answer is freed. */
struct cord_suppress_row {
    cord_str id;
    cord_str rule; /* id */
    struct cord_suppress_text scope;
    cord_str reason;
    enum cord_suppress_state state;
    cord_str why;        /* void: why; ended: the reason given */
    int64_t recorded_ns; /* in force since */
    int64_t expires_ns;  /* CORD_TIME_NONE: a void one that does not say */
    int64_t ended_ns;    /* CORD_TIME_NONE: it has not been */
    cord_str claimant;   /* "user:17" */
    cord_str ended_by;   /* "" */
    uint64_t claim, end; /* numbers; end 0: none */
    /* That it was tried, and when, is everybody's who sees the suppression; what came of it is of
     * all organisations that it was tried on, and for who may see them all. */
    int64_t tested_ns; /* CORD_TIME_NONE: it was not */
    uint64_t days, tested_findings, tested_hidden, tested_organisations;
    bool test_shown; /* false: the last three are not for the asker, and 0 */
    /* What it has hidden, of the organisations that the asker may see. */
    uint64_t hidden;
    int64_t last_ns;                       /* when the last became known; CORD_TIME_NONE */
    const struct cord_suppress_hits *hits; /* by organisation, most first */
    size_t hit_count;
};

struct cord_suppress_question {
    int64_t at_ns;  /* as known then; CORD_TIME_NONE: as known now */
    int64_t now_ns; /* when nothing else is asked: what has expired depends on it */
    cord_str rule;  /* "": any */
    cord_str id;    /* "": any */
    /* A suppression for one organisation is seen by who may see that; others by all, with what
     * they hid of the asker's organisations. NULL: everything. Called with the lock held. */
    bool (*visible)(void *self, cord_str organisation);
    void *self;
    bool everywhere; /* the asker may see what is any organisation's: what was tried on all, too */
};

struct cord_suppress_answer;

/* The latest first. CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_suppress_ask(struct cord_suppress *suppress,
                                            const struct cord_suppress_question *question,
                                            struct cord_suppress_answer **ret_answer);
void cord_suppress_answer_free(struct cord_suppress_answer *answer);
size_t cord_suppress_answer_count(const struct cord_suppress_answer *answer);
const struct cord_suppress_row *cord_suppress_answer_at(const struct cord_suppress_answer *answer,
                                                        size_t at);

struct cord_suppress_stats {
    uint64_t claims;    /* taken */
    uint64_t refused;   /* for lack of room */
    uint64_t judged;    /* sightings fed */
    uint64_t hidden;    /* of them */
    uint64_t undecided; /* an expression of a condition met its limit, or the sighting was too
                           large: not suppressed */
    uint64_t undated;   /* hits beyond hits_max: they count at any time asked for */
};
void cord_suppress_stats(struct cord_suppress *suppress, struct cord_suppress_stats *ret_stats);

#endif
