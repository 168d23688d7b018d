/*
 * api_trials.h: rules and suppressions tried on stored events, before they take force (N10).
 *
 * One at a time is run, the others wait; each keeps what came of it for whoever began it, until
 * that one deletes it or an hour has passed. Any thread.
 */
#ifndef CORD_API_API_TRIALS_H
#define CORD_API_API_TRIALS_H

#include "base/error.h"
#include "triage/suppress_scope.h"

struct cord_api;
struct cord_api_call;
struct cord_api_trials;

CORD_MUST_USE cord_status cord_api_trials_new(const struct cord_api *api,
                                              struct cord_api_trials **ret_trials,
                                              struct cord_error *err);
/* Cancels what runs, and ends the thread. */
void cord_api_trials_stop(struct cord_api_trials *trials);
void cord_api_trials_free(struct cord_api_trials *trials);

/* What a suppression's trial came to; in the call's arena. */
struct cord_api_trials_done {
    cord_str id;
    cord_str rule;
    struct cord_suppress_text scope;
    cord_str members; /* of the claim, as cord_suppress_trial_write has them */
};

/* One's own that is done. False: a problem is set. */
bool cord_api_trials_find(struct cord_api_call *call, cord_str id,
                          struct cord_api_trials_done *ret_done);

#endif
