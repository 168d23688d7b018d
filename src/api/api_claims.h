/*
 * api_claims.h: the shape of a claim, for whoever shows some, and whose a claim is.
 */
#ifndef CORD_API_API_CLAIMS_H
#define CORD_API_API_CLAIMS_H

#include "api/api_access.h"
#include "api/api_shape.h"
#include "record/claim.h"

extern const struct cord_api_shape cord_api_claims_shape;

/* Whose a claim about this subject, by this claimant, is: for rights. */
struct cord_api_subject cord_api_claims_subject(cord_str subject, cord_str claimant,
                                                enum cord_claim_marking marking);

#endif
