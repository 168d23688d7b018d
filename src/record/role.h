/*
 * role.h: what may be done, and which role does it: one table.
 *
 * A verb names a resource and what is done to it. A role is a set of verbs, with what it may be
 * given over and how secret a thing it may see. Nothing follows from a role but what
 * its row says. Constant; any thread.
 */
#ifndef CORD_RECORD_ROLE_H
#define CORD_RECORD_ROLE_H

#include "base/str.h"
#include "record/claim.h"

enum cord_verb {
    CORD_VERB_ORGANISATIONS_READ,
    CORD_VERB_ORGANISATIONS_WRITE,
    CORD_VERB_SERVICES_READ,
    CORD_VERB_SERVICES_WRITE,
    CORD_VERB_CLAIMS_READ,
    CORD_VERB_CLAIMS_WRITE,  /* report, in the name of the organisation */
    CORD_VERB_CLAIMS_ASSESS, /* say of another's: confirm, revise, mark */
    CORD_VERB_FIGURES_READ,
    CORD_VERB_SOURCES_READ,
    CORD_VERB_SOURCES_WRITE,
    CORD_VERB_EVENTS_READ, /* hunt */
    CORD_VERB_FINDINGS_READ,
    CORD_VERB_FINDINGS_WRITE,
    CORD_VERB_INCIDENTS_READ, /* those that the organisation is in, as far as they are its own */
    CORD_VERB_INCIDENTS_WRITE,
    CORD_VERB_RULES_READ,
    CORD_VERB_RULES_WRITE,
    CORD_VERB_ALERTS_READ,
    CORD_VERB_ALERTS_ISSUE,
    CORD_VERB_ALERTS_ANSWER,
    CORD_VERB_CONTAINMENT_READ,
    CORD_VERB_CONTAINMENT_REQUEST,
    CORD_VERB_CONTAINMENT_APPROVE,
    CORD_VERB_CONTAINMENT_APPROVE_CLINICAL,
    CORD_VERB_CONTAINMENT_EXECUTE,
    CORD_VERB_DELEGATION_READ,
    CORD_VERB_DELEGATION_WRITE, /* of the organisation's own authority */
    CORD_VERB_USERS_READ,
    CORD_VERB_USERS_WRITE,
    CORD_VERB_ROLES_READ,
    CORD_VERB_ROLES_WRITE,
    CORD_VERB_TOKENS_READ,
    CORD_VERB_TOKENS_WRITE,
    CORD_VERB_AUDIT_READ,
    CORD_VERB_HEALTH_READ,
    CORD_VERB_COUNT,
};

typedef uint64_t cord_verbs; /* a set: bit `verb` */

static inline cord_verbs cord_verbs_of(enum cord_verb verb)
{
    return (cord_verbs)1 << (unsigned)verb;
}

enum cord_scope { CORD_SCOPE_NATIONAL, CORD_SCOPE_REGION, CORD_SCOPE_ORGANISATION };

enum cord_account_role {
    CORD_ACCOUNT_ROLE_NATIONAL_ANALYST,
    CORD_ACCOUNT_ROLE_REGIONAL_LEAD,
    CORD_ACCOUNT_ROLE_SECURITY_LEAD,
    CORD_ACCOUNT_ROLE_CLINICAL_SAFETY_OFFICER,
    CORD_ACCOUNT_ROLE_COMMANDER,
    CORD_ACCOUNT_ROLE_EXECUTIVE,
    CORD_ACCOUNT_ROLE_AUDITOR,
    CORD_ACCOUNT_ROLE_ADMINISTRATOR,
    CORD_ACCOUNT_ROLE_COUNT,
};

struct cord_role_row {
    const char *name; /* "national-analyst" */
    const char *help;
    cord_verbs verbs;
    unsigned scopes;                /* bit CORD_SCOPE_...: over what it may be given */
    enum cord_claim_marking secret; /* the most secret it sees within its scope */
    bool second_factor;             /* counts only for whoever signed in with one */
};

const struct cord_role_row *cord_role_row(enum cord_account_role role);
bool cord_role_find(cord_str name, enum cord_account_role *ret_role);

const char *cord_role_verb_name(enum cord_verb verb); /* "claims.read" */
bool cord_role_verb_find(cord_str name, enum cord_verb *ret_verb);
/* Looks, and changes nothing. */
bool cord_role_verb_reads(enum cord_verb verb);
/* Done in a member's own house: the centre needs the member's recorded authority (N13). */
bool cord_role_verb_needs_authority(enum cord_verb verb);

const char *cord_role_scope_name(enum cord_scope scope);
bool cord_role_scope_find(cord_str name, enum cord_scope *ret_scope);

#endif
