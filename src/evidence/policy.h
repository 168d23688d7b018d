/*
 * policy.h: how long evidence is kept, and which values name a person.
 *
 *   # organisation  source     class       days  personal days
 *   keep RJ1        *          windows*    365   90
 *   keep *          firewall*  *           30
 *   default 180 30
 *   personal NhsNumber patient.id
 *
 * The first line that fits counts; organisation, source and class take * and ?
 * and do not mind case. "ever" for days: until someone decides otherwise, which
 * is also what holds where no line fits. Without personal days the person's
 * values stay as long as the event. "personal" adds fields to the table that
 * is built in. Compiled, it never changes: any thread.
 */
#ifndef CORD_EVIDENCE_POLICY_H
#define CORD_EVIDENCE_POLICY_H

#include "evidence/rows.h"

#define CORD_POLICY_EVER      UINT32_MAX
#define CORD_POLICY_DAYS_MAX  36500u
#define CORD_POLICY_BYTES_MAX (1u << 20)

struct cord_policy;

struct cord_policy_term {
    uint32_t days;          /* CORD_POLICY_EVER */
    uint32_t personal_days; /* at most days */
};

/* The text is copied; "" is a policy, too. CORD_E_FORMAT: err names the line. */
CORD_MUST_USE cord_status cord_policy_parse(cord_str text, struct cord_policy **ret_policy,
                                            struct cord_error *err);
void cord_policy_free(struct cord_policy *policy);

struct cord_policy_term cord_policy_term(const struct cord_policy *policy,
                                         const struct cord_origin *origin);

/* A field of these names holds what names or locates a person. */
bool cord_policy_is_personal(const struct cord_policy *policy, const cord_str *names, size_t count);

#endif
