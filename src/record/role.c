/* role.c: see role.h. */
#include "record/role.h"

#define V(name)     ((cord_verbs)1 << (unsigned)CORD_VERB_##name)
#define OVER_NATION (1U << CORD_SCOPE_NATIONAL)
#define OVER_REGION (1U << CORD_SCOPE_REGION)
#define OVER_MEMBER (1U << CORD_SCOPE_ORGANISATION)
#define OVER_ANY    (OVER_NATION | OVER_REGION | OVER_MEMBER)

/* What everybody who has to do with the state of care sees. */
#define PICTURE                                                                                    \
    (V(ORGANISATIONS_READ) | V(SERVICES_READ) | V(CLAIMS_READ) | V(FIGURES_READ) |                 \
     V(ALERTS_READ) | V(CONTAINMENT_READ) | V(DELEGATION_READ) | V(HEALTH_READ))
/* What machines saw. */
#define TRACES    (V(SOURCES_READ) | V(EVENTS_READ) | V(FINDINGS_READ) | V(RULES_READ))
#define INCIDENTS (V(INCIDENTS_READ) | V(INCIDENTS_WRITE))

static const struct cord_role_row rows[CORD_ACCOUNT_ROLE_COUNT] = {
    [CORD_ACCOUNT_ROLE_NATIONAL_ANALYST] = {"national-analyst",
                                            "watches the whole service: hunts, judges, proposes",
                                            PICTURE | TRACES | INCIDENTS | V(CLAIMS_WRITE) |
                                                V(CLAIMS_ASSESS) | V(ORGANISATIONS_WRITE) |
                                                V(SERVICES_WRITE) | V(FINDINGS_WRITE) |
                                                V(RULES_WRITE) | V(ALERTS_ISSUE) |
                                                V(CONTAINMENT_REQUEST),
                                            OVER_NATION, CORD_CLAIM_AMBER_STRICT, true},
    [CORD_ACCOUNT_ROLE_REGIONAL_LEAD] = {"regional-lead", "sees to the organisations of one region",
                                         PICTURE | V(SOURCES_READ) | V(FINDINGS_READ) | INCIDENTS |
                                             V(CLAIMS_WRITE) | V(CLAIMS_ASSESS) |
                                             V(CONTAINMENT_REQUEST),
                                         OVER_REGION, CORD_CLAIM_AMBER, true},
    [CORD_ACCOUNT_ROLE_SECURITY_LEAD] =
        {"security-lead", "answers for one organisation: reports, acknowledges, acts",
         PICTURE | TRACES | INCIDENTS | V(CLAIMS_WRITE) | V(SERVICES_WRITE) | V(SOURCES_WRITE) |
             V(FINDINGS_WRITE) | V(ALERTS_ANSWER) | V(CONTAINMENT_REQUEST) |
             V(CONTAINMENT_APPROVE) | V(CONTAINMENT_EXECUTE) | V(DELEGATION_WRITE),
         OVER_MEMBER, CORD_CLAIM_RED, true},
    [CORD_ACCOUNT_ROLE_CLINICAL_SAFETY_OFFICER] = {"clinical-safety-officer",
                                                   "decides what may be isolated without harm",
                                                   PICTURE | V(FINDINGS_READ) | INCIDENTS |
                                                       V(CLAIMS_WRITE) | V(SERVICES_WRITE) |
                                                       V(CONTAINMENT_APPROVE_CLINICAL),
                                                   OVER_ANY, CORD_CLAIM_RED, true},
    [CORD_ACCOUNT_ROLE_COMMANDER] = {"commander", "leads an incident: decides, approves, tells",
                                     PICTURE | TRACES | INCIDENTS | V(CLAIMS_WRITE) |
                                         V(CLAIMS_ASSESS) | V(SERVICES_WRITE) | V(FINDINGS_WRITE) |
                                         V(ALERTS_ISSUE) | V(CONTAINMENT_REQUEST) |
                                         V(CONTAINMENT_APPROVE) | V(CONTAINMENT_EXECUTE),
                                     OVER_ANY, CORD_CLAIM_RED, true},
    [CORD_ACCOUNT_ROLE_EXECUTIVE] = {"executive", "reads the figures and the state of services",
                                     V(ORGANISATIONS_READ) | V(SERVICES_READ) | V(FIGURES_READ) |
                                         V(ALERTS_READ) | V(HEALTH_READ),
                                     OVER_ANY, CORD_CLAIM_AMBER, false},
    [CORD_ACCOUNT_ROLE_AUDITOR] = {"auditor",
                                   "reads everything, as it was at any time; changes nothing",
                                   PICTURE | TRACES | V(INCIDENTS_READ) | V(USERS_READ) |
                                       V(ROLES_READ) | V(TOKENS_READ) | V(AUDIT_READ),
                                   OVER_ANY, CORD_CLAIM_AMBER_STRICT, true},
    [CORD_ACCOUNT_ROLE_ADMINISTRATOR] =
        {"administrator", "keeps accounts, roles, tokens and sources; sees nobody's data",
         V(ORGANISATIONS_READ) | V(HEALTH_READ) | V(SOURCES_READ) | V(SOURCES_WRITE) |
             V(RULES_READ) | V(USERS_READ) | V(USERS_WRITE) | V(ROLES_READ) | V(ROLES_WRITE) |
             V(TOKENS_READ) | V(TOKENS_WRITE) | V(AUDIT_READ),
         OVER_ANY, CORD_CLAIM_AMBER_STRICT, true}, /* as the audit trail is marked */
};

struct verb_row {
    const char *name;
    bool reads;
    bool needs_authority;
};

static const struct verb_row verbs[CORD_VERB_COUNT] = {
    [CORD_VERB_ORGANISATIONS_READ] = {"organisations.read", true, false},
    [CORD_VERB_ORGANISATIONS_WRITE] = {"organisations.write", false, false},
    [CORD_VERB_SERVICES_READ] = {"services.read", true, false},
    [CORD_VERB_SERVICES_WRITE] = {"services.write", false, false},
    [CORD_VERB_CLAIMS_READ] = {"claims.read", true, false},
    [CORD_VERB_CLAIMS_WRITE] = {"claims.write", false, false},
    [CORD_VERB_CLAIMS_ASSESS] = {"claims.assess", false, false},
    [CORD_VERB_FIGURES_READ] = {"figures.read", true, false},
    [CORD_VERB_SOURCES_READ] = {"sources.read", true, false},
    [CORD_VERB_SOURCES_WRITE] = {"sources.write", false, false},
    [CORD_VERB_EVENTS_READ] = {"events.read", true, false},
    [CORD_VERB_FINDINGS_READ] = {"findings.read", true, false},
    [CORD_VERB_FINDINGS_WRITE] = {"findings.write", false, false},
    [CORD_VERB_INCIDENTS_READ] = {"incidents.read", true, false},
    [CORD_VERB_INCIDENTS_WRITE] = {"incidents.write", false, false},
    [CORD_VERB_RULES_READ] = {"rules.read", true, false},
    [CORD_VERB_RULES_WRITE] = {"rules.write", false, false},
    [CORD_VERB_ALERTS_READ] = {"alerts.read", true, false},
    [CORD_VERB_ALERTS_ISSUE] = {"alerts.issue", false, false},
    [CORD_VERB_ALERTS_ANSWER] = {"alerts.answer", false, true},
    [CORD_VERB_CONTAINMENT_READ] = {"containment.read", true, false},
    [CORD_VERB_CONTAINMENT_REQUEST] = {"containment.request", false, false},
    [CORD_VERB_CONTAINMENT_APPROVE] = {"containment.approve", false, true},
    [CORD_VERB_CONTAINMENT_APPROVE_CLINICAL] = {"containment.approve-clinical", false, true},
    [CORD_VERB_CONTAINMENT_EXECUTE] = {"containment.execute", false, true},
    [CORD_VERB_DELEGATION_READ] = {"delegation.read", true, false},
    [CORD_VERB_DELEGATION_WRITE] = {"delegation.write", false, false},
    [CORD_VERB_USERS_READ] = {"users.read", true, false},
    [CORD_VERB_USERS_WRITE] = {"users.write", false, false},
    [CORD_VERB_ROLES_READ] = {"roles.read", true, false},
    [CORD_VERB_ROLES_WRITE] = {"roles.write", false, false},
    [CORD_VERB_TOKENS_READ] = {"tokens.read", true, false},
    [CORD_VERB_TOKENS_WRITE] = {"tokens.write", false, false},
    [CORD_VERB_AUDIT_READ] = {"audit.read", true, false},
    [CORD_VERB_HEALTH_READ] = {"health.read", true, false},
};

static const char *const scopes[] = {"national", "region", "organisation"};

const struct cord_role_row *cord_role_row(enum cord_account_role role)
{
    return &rows[role];
}

bool cord_role_find(cord_str name, enum cord_account_role *ret_role)
{
    for (unsigned i = 0; i < CORD_ACCOUNT_ROLE_COUNT; i++) {
        if (cord_str_eq(name, cord_str_from(rows[i].name))) {
            *ret_role = (enum cord_account_role)i;
            return true;
        }
    }
    return false;
}

const char *cord_role_verb_name(enum cord_verb verb)
{
    return verbs[verb].name;
}

bool cord_role_verb_find(cord_str name, enum cord_verb *ret_verb)
{
    for (unsigned i = 0; i < CORD_VERB_COUNT; i++) {
        if (cord_str_eq(name, cord_str_from(verbs[i].name))) {
            *ret_verb = (enum cord_verb)i;
            return true;
        }
    }
    return false;
}

bool cord_role_verb_reads(enum cord_verb verb)
{
    return verbs[verb].reads;
}

bool cord_role_verb_needs_authority(enum cord_verb verb)
{
    return verbs[verb].needs_authority;
}

const char *cord_role_scope_name(enum cord_scope scope)
{
    return scopes[scope];
}

bool cord_role_scope_find(cord_str name, enum cord_scope *ret_scope)
{
    for (unsigned i = 0; i < sizeof scopes / sizeof scopes[0]; i++) {
        if (cord_str_eq(name, cord_str_from(scopes[i]))) {
            *ret_scope = (enum cord_scope)i;
            return true;
        }
    }
    return false;
}
