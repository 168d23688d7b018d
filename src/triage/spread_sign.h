/*
 * spread_sign.h: what one sighting says about something that spreads.
 *
 * A rule says what its findings mean by tags of Cordon's own (rules/README.md):
 *
 *   cordon.spread-attempt  the event's source tried to take its target over
 *   cordon.spread-effect   it has: the target is the source's
 *   cordon.spread-reply    with one of these: the event is the target's answer, so that its source
 *                          is the target
 *   cordon.spread-inferred with an effect: nothing showed it, it is concluded from what was seen
 *   cordon.spread-scan     the source looks for targets, which are not named
 *   cordon.spread-host     the machine that the event is from has been taken over
 *   cordon.spread-t1210    under which technique of ATT&CK that counts; without: its first
 *
 * Without them a finding of level high or above counts as the rule's first technique seen on a
 * machine. Pure; any thread.
 */
#ifndef CORD_TRIAGE_SPREAD_SIGN_H
#define CORD_TRIAGE_SPREAD_SIGN_H

#include "triage/sighting.h"

#define CORD_SPREAD_TECHNIQUE_TEXT 12   /* "T1210.001" and a NUL */
#define CORD_SPREAD_NAME_MAX       255u /* bytes of an address or a host's name */

enum cord_spread_kind {
    CORD_SPREAD_ATTEMPT, /* source, target */
    CORD_SPREAD_EFFECT,  /* target; source may be unknown */
    CORD_SPREAD_SCAN,    /* source */
    CORD_SPREAD_HOST,    /* target */
    CORD_SPREAD_SEEN,    /* target */
};

/* A machine, as a sighting names it. */
struct cord_spread_name {
    cord_str host;    /* "" when only the address is known */
    cord_str address; /* "" when only the host's name is known */
};

struct cord_spread_sign {
    enum cord_spread_kind kind;
    char technique[CORD_SPREAD_TECHNIQUE_TEXT]; /* in capitals, NUL behind */
    struct cord_spread_name source, target;
    int64_t time_ns;
    bool inferred; /* an effect that was concluded */
};

/* False: it says nothing about spreading, or names no machine. Texts are the sighting's. */
bool cord_spread_sign_read(const struct cord_sighting *sighting, struct cord_spread_sign *ret_sign);

/* Whether an address means the same machine to everybody who sees it: not the private, local and
 * shared ranges. False for what is no address. */
bool cord_spread_sign_global(cord_str address);
/* Whether it is the address of one machine: not "any", broadcast or multicast. */
bool cord_spread_sign_address(cord_str text);

#endif
