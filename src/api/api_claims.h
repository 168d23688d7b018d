/*
 * api_claims.h: the shape of a claim, for whoever shows some, and whose a claim is.
 */
#ifndef CORD_API_API_CLAIMS_H
#define CORD_API_API_CLAIMS_H

#include "api/api_access.h"
#include "api/api_shape.h"
#include "record/claim.h"

extern const struct cord_api_shape cord_api_claims_shape;
extern const struct cord_api_shape cord_api_claims_new_shape; /* one that is to be recorded */

struct cord_api;
struct cord_api_call;
struct cord_api_principal;
struct cord_claim_filter;

/* Whether somebody may see the claim, by that right; the audit's are seen by audit.read alone. */
bool cord_api_claims_sees(const struct cord_api *api, const struct cord_api_principal *principal,
                          const char *verb, const struct cord_claim *claim);

/* Whose a claim about this subject, by this claimant, is: for rights. */
struct cord_api_subject cord_api_claims_subject(cord_str subject, cord_str claimant,
                                                enum cord_claim_marking marking);

struct cord_claim;

/* Records one claim for a route of its own, in the name of whoever asks (its organisation, else
 * itself), under the request's Idempotency-Key. Texts are the caller's. Fills the reply:
 * ClaimRecorded. False: a problem is set. */
extern const struct cord_api_shape cord_api_claims_recorded_shape;
bool cord_api_claims_create_one(struct cord_api_call *call, const struct cord_claim *claim);

/* False: there is no such kind or topic; a problem is set. */
bool cord_api_claims_names_are_known(struct cord_api_call *call,
                                     const struct cord_claim_filter *filter);

#endif
