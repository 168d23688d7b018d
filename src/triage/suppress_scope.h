/*
 * suppress_scope.h: which sightings of a rule a suppression is for.
 *
 * An organisation, a machine, a condition in the query language (docs/hunt.md), or several of them,
 * which must then all hold. One thread.
 */
#ifndef CORD_TRIAGE_SUPPRESS_SCOPE_H
#define CORD_TRIAGE_SUPPRESS_SCOPE_H

#include "triage/sighting.h"

#define CORD_SUPPRESS_CONDITION_MAX 4096u /* bytes */

/* As a person states it; "" for what does not matter. */
struct cord_suppress_text {
    cord_str organisation; /* code */
    cord_str host;      /* a host's name, in full or its first part, or an address: the sighting's
                           host, or its source or target address */
    cord_str condition; /* over the finding's fields by their names, and title, level, channel,
                           event_id, tag, org, host, user, time */
};

struct cord_suppress_scope;

/* The texts are copied. CORD_E_FORMAT: says nothing at all, or what is wrong with the condition; it
 * may not go on with "| count" and the like. CORD_E_LIMIT. CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_suppress_scope_new(const struct cord_suppress_text *text,
                                                  uint64_t seed,
                                                  struct cord_suppress_scope **ret_scope,
                                                  struct cord_error *err);
void cord_suppress_scope_free(struct cord_suppress_scope *scope);

/* Not when the condition could not be decided (cord_suppress_scope_undecided). CORD_E_LIMIT: the
 * sighting is too large to be looked at. CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_suppress_scope_holds(struct cord_suppress_scope *scope,
                                                    const struct cord_sighting *sighting,
                                                    bool *ret_holds);
/* Sightings for which an expression of the condition met its limit. */
uint64_t cord_suppress_scope_undecided(const struct cord_suppress_scope *scope);

#endif
