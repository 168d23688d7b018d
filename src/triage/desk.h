/*
 * desk.h: everything that triage derives from findings and claims, fed in one place.
 *
 * The book of alerts, what spreads, and what is suppressed: views that are told each finding and
 * each claim once, in the order of their numbers. The desk adds what concerns several of them: an
 * alert knows the cluster and the incident that it is part of. Made anew from the two logs it is
 * the same, whenever that is done: a suppression counts from when it was recorded, which is why
 * claims are to be told before the findings that were known after them.
 *
 * One thread feeds; any thread asks the parts, which have their own locks.
 */
#ifndef CORD_TRIAGE_DESK_H
#define CORD_TRIAGE_DESK_H

#include "triage/alert_book.h"
#include "triage/spread.h"
#include "triage/suppress.h"

struct cord_desk;

#define CORD_DESK_KEY_BYTES 32u

struct cord_desk_options {
    unsigned char key[CORD_DESK_KEY_BYTES]; /* of ids: a secret that stays the same */
    uint64_t seed;
};

CORD_MUST_USE cord_status cord_desk_new(const struct cord_desk_options *options,
                                        struct cord_desk **ret_desk, struct cord_error *err);
void cord_desk_free(struct cord_desk *desk);

/* A finding of the journal. CORD_E_MORE: it was known after `through_ns`, up to when claims have
 * been told: tell those first. CORD_E_FORMAT, CORD_E_LIMIT: it cannot be read or there is no room;
 * it is counted, and the next one may come. CORD_E_NOMEM: nothing has changed. */
CORD_MUST_USE cord_status cord_desk_finding(struct cord_desk *desk, uint64_t number, cord_str json,
                                            int64_t through_ns, struct cord_error *err);
/* The same of one that was read already. */
CORD_MUST_USE cord_status cord_desk_sighting(struct cord_desk *desk,
                                             const struct cord_sighting *sighting,
                                             int64_t through_ns);
/* Any claim. As above. */
CORD_MUST_USE cord_status cord_desk_claim(struct cord_desk *desk, const struct cord_claim *claim,
                                          struct cord_error *err);
/* What was told since is put together: alerts learn of their clusters. The feeding thread; takes as
 * long as asking for everything that spreads. */
CORD_MUST_USE cord_status cord_desk_settle(struct cord_desk *desk);

/* The feeding thread. The alert on which a finding is counted that may be part of a cluster; "":
 * there is none. */
cord_str cord_desk_alert_of(const struct cord_desk *desk, uint64_t finding,
                            char buffer[CORD_ALERT_ID_TEXT]);
/* Likewise. Whose alert it is; "": there is none. Good until it is called again. */
cord_str cord_desk_alert_whose(struct cord_desk *desk, cord_str alert);

struct cord_alert_book *cord_desk_alerts(struct cord_desk *desk);
struct cord_spread *cord_desk_spread(struct cord_desk *desk);
struct cord_suppress *cord_desk_suppress(struct cord_desk *desk);

#endif
