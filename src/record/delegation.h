/*
 * delegation.h: which organisation lets which other do what in its house (N13).
 *
 * Read from the claims delegation.grant and delegation.revoke, as known at one time, about
 * another. Only what an organisation says of itself counts: nobody gives away
 * another's authority. A picture that never changes; any thread.
 */
#ifndef CORD_RECORD_DELEGATION_H
#define CORD_RECORD_DELEGATION_H

#include "record/record_view.h"
#include "record/role.h"

struct cord_delegation;

CORD_MUST_USE cord_status cord_delegation_build(struct cord_record_view *view,
                                                struct cord_as_of as_of,
                                                struct cord_delegation **ret_delegation,
                                                struct cord_error *err);
void cord_delegation_free(struct cord_delegation *delegation);

/* What `organisation` has delegated to `to`, both codes: cord_resource.delegated. Nothing is
 * delegated from or to nobody (""). */
cord_verbs cord_delegation_verbs(const struct cord_delegation *delegation, cord_str organisation,
                                 cord_str to);

#endif
