/*
 * suppress_trial.h: what a suppression would have hidden: tried on what is stored, before it may
 * take force (N10).
 *
 * The rule is run backwards over stored events by whoever has them (the port); each finding that it
 * would have had is held against the scope. One thread.
 */
#ifndef CORD_TRIAGE_SUPPRESS_TRIAL_H
#define CORD_TRIAGE_SUPPRESS_TRIAL_H

#include "base/buf.h"
#include "triage/suppress_scope.h"

#define CORD_SUPPRESS_TRIAL_DAYS_MAX 366u
#define CORD_SUPPRESS_TRIAL_LIST     64u /* organisations named; the number is of all */

struct cord_suppress_span {
    cord_str rule; /* id */
    cord_str organisation;
    int64_t from_ns, to_ns;
};

struct cord_suppress_past {
    /* The findings that the rule has in the events of from_ns .. to_ns; organisation "": of all.
     * CORD_E_NOENT: there is no such rule; CORD_E_END: stopped by each's own CORD_E_END, which it
     * passes on like any other status of it. */
    cord_status (*findings)(void *self, const struct cord_suppress_span *span,
                            cord_status (*each)(void *to, const struct cord_sighting *sighting),
                            void *to, struct cord_error *err);
    void *self;
};

struct cord_suppress_at {
    cord_str organisation;
    uint64_t hidden;
};

struct cord_suppress_trial {
    int64_t tested_ns;
    uint32_t days;
    uint64_t findings;  /* of the rule, in the organisations that the scope is for */
    uint64_t hidden;    /* of them */
    uint64_t undecided; /* an expression of the condition met its limit: not hidden */
    uint64_t hidden_at; /* distinct organisations */
    const struct cord_suppress_at *organisations; /* most first; in the arena */
    size_t organisation_count;                    /* all of them */
};

/* What is to be tried. */
struct cord_suppress_plan {
    struct cord_suppress_text scope;
    cord_str rule; /* id */
    uint32_t days; /* up to now */
    int64_t now_ns;
};

/* CORD_E_FORMAT: the scope; CORD_E_LIMIT: the days. Else what the port says. */
CORD_MUST_USE cord_status cord_suppress_trial_run(const struct cord_suppress_plan *plan,
                                                  const struct cord_suppress_past *past,
                                                  struct cord_arena *arena,
                                                  struct cord_suppress_trial *ret_trial,
                                                  struct cord_error *err);

/* Appends the members of a claim triage.suppress that say so: ,"tested":..,"days":..,"findings":..,
 * "hidden":..,"hidden_at":..,"organisations":[..]; the list holds the first
 * CORD_SUPPRESS_TRIAL_LIST. */
void cord_suppress_trial_write(const struct cord_suppress_trial *trial, struct cord_buf *out);

#endif
