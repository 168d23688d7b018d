/* rights.c: see rights.h. */
#include "record/rights.h"

#include "base/timestamp.h"

static bool in_force(const struct cord_grant *grant, int64_t now_ns)
{
    return grant->from_ns <= now_ns && (grant->to_ns == CORD_TIME_NONE || now_ns < grant->to_ns);
}

/* The role's verbs, by the grant, for this asker; whether for want of a second factor. */
static bool has_verb(const struct cord_rights *rights, const struct cord_grant *grant,
                     enum cord_verb verb, int64_t now_ns, bool *ret_weak)
{
    const struct cord_role_row *role = cord_role_row(grant->role);
    bool limited_away = rights->limited && !(rights->verbs & cord_verbs_of(verb));
    if (limited_away || !(role->verbs & cord_verbs_of(verb)) || !in_force(grant, now_ns) ||
        !(role->scopes & 1U << grant->scope)) {
        return false;
    }
    *ret_weak = role->second_factor && !rights->second_factor;
    return true;
}

static bool covers(const struct cord_grant *grant, const struct cord_resource *resource)
{
    switch (grant->scope) {
    case CORD_SCOPE_NATIONAL:
        return true;
    case CORD_SCOPE_REGION:
        return grant->code.len > 0 && cord_str_eq(grant->code, resource->region);
    case CORD_SCOPE_ORGANISATION:
        return grant->code.len > 0 && cord_str_eq(grant->code, resource->organisation);
    default:
        return false;
    }
}

/* TLP 2.0: AMBER+STRICT stays with the organisation and those it was told to, which is the centre.
 */
static bool marking_allows(const struct cord_grant *grant, enum cord_claim_marking marking)
{
    return marking <= cord_role_row(grant->role)->secret &&
           (marking != CORD_CLAIM_AMBER_STRICT || grant->scope != CORD_SCOPE_REGION);
}

static bool names(cord_str shared, cord_str prefix, cord_str code)
{
    return code.len > 0 && cord_str_starts(shared, prefix) &&
           cord_str_eq(cord_str_from_byte(shared, prefix.len), code);
}

static bool names_account(cord_str shared, uint64_t account)
{
    const cord_str prefix = CORD_STR("user:");
    uint64_t number = 0;
    return cord_str_starts(shared, prefix) &&
           cord_str_u64(cord_str_from_byte(shared, prefix.len), &number) && number == account;
}

/* Shared by name with the one who asks, or with what the grant is over. A token that is
 * limited to one organisation is not its account's whole self. */
static bool is_shared(const struct cord_rights *rights, const struct cord_grant *grant,
                      const struct cord_resource *resource)
{
    for (size_t i = 0; i < resource->shared_count; i++) {
        cord_str shared = resource->shared[i];
        bool by_scope =
            (grant->scope == CORD_SCOPE_ORGANISATION &&
             names(shared, CORD_STR("org:"), grant->code)) ||
            (grant->scope == CORD_SCOPE_REGION && names(shared, CORD_STR("region:"), grant->code));
        /* RED is for persons (TLP 2.0): an organisation's name is not one. */
        if ((by_scope && resource->marking != CORD_CLAIM_RED) ||
            names_account(shared, rights->account)) {
            return true;
        }
    }
    return false;
}

static bool reaches(const struct cord_rights *rights, const struct cord_grant *grant,
                    enum cord_verb verb, const struct cord_resource *resource)
{
    if (rights->limited && rights->only.len > 0 &&
        !cord_str_eq(rights->only, resource->organisation)) {
        return false;
    }
    if (covers(grant, resource) && marking_allows(grant, resource->marking)) {
        return true;
    }
    if (!cord_role_verb_reads(verb)) {
        return false;
    }
    return resource->marking <= CORD_CLAIM_GREEN || is_shared(rights, grant, resource);
}

static bool is_own(const struct cord_rights *rights, const struct cord_resource *resource)
{
    return resource->organisation.len == 0 ||
           cord_str_eq(resource->organisation, rights->organisation);
}

/* By its own grant an organisation acts in its own house; all others need its word. */
static bool has_authority(const struct cord_grant *grant, enum cord_verb verb,
                          const struct cord_resource *resource)
{
    return !cord_role_verb_needs_authority(verb) || grant->scope == CORD_SCOPE_ORGANISATION ||
           resource->organisation.len == 0 || (resource->delegated & cord_verbs_of(verb)) != 0;
}

/* Whether anything that it may look at shows the resource. */
static bool is_seen(const struct cord_rights *rights, const struct cord_resource *resource,
                    int64_t now_ns)
{
    for (size_t i = 0; i < rights->count; i++) {
        for (unsigned v = 0; v < CORD_VERB_COUNT; v++) {
            bool weak = false;
            /* The registry is public and nobody's data: that one reads of an organisation
             * shows nothing of what is there. */
            if (v != CORD_VERB_ORGANISATIONS_READ && v != CORD_VERB_HEALTH_READ &&
                cord_role_verb_reads((enum cord_verb)v) &&
                has_verb(rights, &rights->grants[i], (enum cord_verb)v, now_ns, &weak) && !weak &&
                reaches(rights, &rights->grants[i], (enum cord_verb)v, resource)) {
                return true;
            }
        }
    }
    return false;
}

/* HIDDEN also where it should be FORBIDDEN. */
static enum cord_rights_answer decide(const struct cord_rights *rights, enum cord_verb verb,
                                      const struct cord_resource *resource, int64_t now_ns,
                                      uint64_t *ret_grant)
{
    bool weak_only = false;
    bool no_authority = false;
    size_t count = rights->account > 0 ? rights->count : 0;
    for (size_t i = 0; i < count; i++) {
        const struct cord_grant *grant = &rights->grants[i];
        bool weak = false;
        if (!has_verb(rights, grant, verb, now_ns, &weak) ||
            !reaches(rights, grant, verb, resource)) {
            continue;
        }
        if (weak) {
            weak_only = true;
        } else if (!has_authority(grant, verb, resource)) {
            no_authority = true;
        } else {
            *ret_grant = grant->number;
            return is_own(rights, resource) ? CORD_RIGHTS_YES : CORD_RIGHTS_YES_OTHERS;
        }
    }
    if (weak_only) {
        return CORD_RIGHTS_NO_SECOND_FACTOR;
    }
    return no_authority ? CORD_RIGHTS_NO_AUTHORITY : CORD_RIGHTS_HIDDEN;
}

enum cord_rights_answer cord_rights_may(const struct cord_rights *rights, enum cord_verb verb,
                                        const struct cord_resource *resource, int64_t now_ns,
                                        uint64_t *ret_grant)
{
    uint64_t grant = 0;
    enum cord_rights_answer answer = decide(rights, verb, resource, now_ns, &grant);
    if (answer == CORD_RIGHTS_HIDDEN && rights->account > 0 && is_seen(rights, resource, now_ns)) {
        answer = CORD_RIGHTS_FORBIDDEN;
    }
    if (ret_grant) {
        *ret_grant = grant;
    }
    return answer;
}

bool cord_rights_sees(const struct cord_rights *rights, enum cord_verb verb,
                      const struct cord_resource *resource, int64_t now_ns)
{
    uint64_t grant = 0;
    return cord_rights_is_yes(decide(rights, verb, resource, now_ns, &grant));
}

enum cord_rights_answer cord_rights_may_grant(const struct cord_rights *rights, uint64_t to_account,
                                              const struct cord_grant *grant, cord_str region,
                                              int64_t now_ns)
{
    bool of_member = grant->scope == CORD_SCOPE_ORGANISATION;
    if (to_account == rights->account ||
        !(cord_role_row(grant->role)->scopes & 1U << grant->scope)) {
        return CORD_RIGHTS_FORBIDDEN;
    }
    /* The nation and a region are nobody's own: only a grant over as much covers them. */
    const struct cord_resource over = {
        .organisation = of_member ? grant->code : CORD_STR(""),
        .region = of_member                           ? region
                  : grant->scope == CORD_SCOPE_REGION ? grant->code
                                                      : CORD_STR(""),
        .marking = CORD_CLAIM_AMBER,
    };
    return cord_rights_may(rights, CORD_VERB_ROLES_WRITE, &over, now_ns, NULL);
}
