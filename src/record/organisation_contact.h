/*
 * organisation_contact.h: whom to reach, by which way, in which order.
 *
 * As known at one time, about another. What must be reachable when the organisation's own network,
 * mail or directory is down (N8) is told by `independent`.
 */
#ifndef CORD_RECORD_ORGANISATION_CONTACT_H
#define CORD_RECORD_ORGANISATION_CONTACT_H

#include "base/arena.h"
#include "record/record_view.h"

struct cord_organisation_contact {
    cord_str role;  /* "on-call", "security", ... */
    uint32_t order; /* from 1: whom to try first */
    cord_str channel;
    cord_str address;
    cord_str name;
    cord_str hours;
    bool independent;
    uint64_t claim;
};

struct cord_organisation_contact_list {
    const struct cord_organisation_contact *items;
    size_t count;
};

/* Of a subject ("org:R1H", "service:spine"), by role, then order; in the arena. Where several
 * claimants answer, the better basis wins, then the higher confidence, then what was recorded
 * last. One that has ended (contact.end) is left out. */
CORD_MUST_USE cord_status
cord_organisation_contacts(struct cord_record_view *view, cord_str subject, struct cord_as_of as_of,
                           struct cord_arena *arena,
                           struct cord_organisation_contact_list *ret_list, struct cord_error *err);

#endif
