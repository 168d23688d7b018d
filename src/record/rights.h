/*
 * rights.h: who may do what to whose: one pure decision.
 *
 * A grant is a role, over the whole nation, one region or one organisation, for a time. An
 * organisation's user sees its own, what is marked for the community (TLP:CLEAR and
 * GREEN), and what is shared to it by name; nothing else, not even that there is anything (N13).
 * Whoever lists, counts or completes asks cord_rights_sees for each organisation or row, before
 * anything is counted. Codes of grants are compared as they are: after a merger grants are given
 * anew. Pure; any thread.
 */
#ifndef CORD_RECORD_RIGHTS_H
#define CORD_RECORD_RIGHTS_H

#include "record/role.h"

struct cord_grant {
    uint64_t number;
    enum cord_account_role role;
    enum cord_scope scope;
    cord_str code;   /* of the region or organisation; "" */
    int64_t from_ns; /* holds from.. */
    int64_t to_ns;   /* ..until; CORD_TIME_NONE: until revoked */
};

/* Of one who asks. Borrows its texts. Zeroed: nobody, who may nothing. */
struct cord_rights {
    uint64_t account;      /* 0: nobody */
    cord_str organisation; /* home: in whose name it speaks */
    const struct cord_grant *grants;
    size_t count;
    bool second_factor; /* signed in with one */
    bool limited;       /* by an API token: to these verbs, and this organisation */
    cord_verbs verbs;
    cord_str only; /* organisation; "": all */
};

/* What is asked about. Codes are identities: sites resolved to the organisation they are of,
 * successions followed (organisation.h), the region as at the time asked about. */
struct cord_resource {
    cord_str organisation; /* whose it is; "": the nation's (a rule, a national service) */
    cord_str region;       /* that the organisation lies in; "": unknown: no region's */
    enum cord_claim_marking marking;
    const cord_str *shared; /* with whom by name: "org:X24", "region:Y58", "user:17" */
    size_t shared_count;
    cord_verbs delegated; /* what the organisation has delegated to the home of whoever asks
                             (delegation.h) */
};

enum cord_rights_answer {
    CORD_RIGHTS_YES,
    CORD_RIGHTS_YES_OTHERS,       /* yes; it is another organisation's: make an audit claim */
    CORD_RIGHTS_HIDDEN,           /* no; answer as though there were no such thing */
    CORD_RIGHTS_FORBIDDEN,        /* no; it may be seen, so it may be said */
    CORD_RIGHTS_NO_SECOND_FACTOR, /* would be yes after signing in with one */
    CORD_RIGHTS_NO_AUTHORITY,     /* the organisation has not delegated it */
};

static inline bool cord_rights_is_yes(enum cord_rights_answer answer)
{
    return answer == CORD_RIGHTS_YES || answer == CORD_RIGHTS_YES_OTHERS;
}

/* ret_grant, may be NULL: the number of the grant that it goes by (0: none), for the audit. */
enum cord_rights_answer cord_rights_may(const struct cord_rights *rights, enum cord_verb verb,
                                        const struct cord_resource *resource, int64_t now_ns,
                                        uint64_t *ret_grant);

/* May it give, or take away, this role over that scope? roles.write over the whole of it, never
 * to oneself, and never a role over what it is not for. `region`: the scope's organisation's. */
enum cord_rights_answer cord_rights_may_grant(const struct cord_rights *rights, uint64_t to_account,
                                              const struct cord_grant *grant, cord_str region,
                                              int64_t now_ns);

/* Whether cord_rights_may says yes, for every row of a list or count: quicker on what is not. */
bool cord_rights_sees(const struct cord_rights *rights, enum cord_verb verb,
                      const struct cord_resource *resource, int64_t now_ns);

#endif
