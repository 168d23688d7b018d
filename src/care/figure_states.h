/*
 * figure_states.h: how every organisation is at one moment, one by one: what a map shows.
 *
 * The same reading, winners and silences as the figures' (figure.h), so that a map and the numbers
 * beside it agree.
 */
#ifndef CORD_CARE_FIGURE_STATES_H
#define CORD_CARE_FIGURE_STATES_H

#include "care/figure.h"

/* Borrows the scope. */
struct cord_figure_state {
    const struct cord_organisation *who; /* an identity that is open; no site, region or network */
    cord_str state;    /* as status.claim has them; "unknown" as well when it was clear or had
                          recovered, and its heartbeat is missing */
    bool silent;       /* the latter */
    int64_t since_ns;  /* since when the state is true; CORD_TIME_NONE: nothing was said */
    uint64_t claim;    /* that says so; 0: none */
    cord_str claimant; /* of it; "" */
};

/* By code. A status of `visit` other than CORD_OK ends it and is returned. */
CORD_MUST_USE cord_status
cord_figure_states_visit(struct cord_figure_scope *scope,
                         cord_status (*visit)(void *self, const struct cord_figure_state *state),
                         void *self, struct cord_error *err);

/* When what the scope is about began and ended: its incident's time. CORD_TIME_NONE: no incident
 * was declared. */
int64_t cord_figure_states_from(const struct cord_figure_scope *scope);

#endif
