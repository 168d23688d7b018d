/*
 * service.h: the services that care runs on: who answers for each, what it needs, and whether it
 * is safe to use.
 *
 * As known at one time, about another, from claims of the topics "service" and "service.state". Of
 * a state the owner's word counts before anybody else's; then the better basis, the higher
 * confidence, what was recorded last. A service of which nobody says anything is unknown, never
 * safe (N5).
 */
#ifndef CORD_RECORD_SERVICE_H
#define CORD_RECORD_SERVICE_H

#include "record/record_view.h"

struct cord_service {
    cord_str code; /* "spine" */
    cord_str name;
    cord_str owner; /* code of an organisation */
    bool national;
    cord_str criticality;  /* "" when not said */
    const cord_str *needs; /* codes of other services */
    size_t need_count;
    cord_str state; /* "safe", "conditional", "review", "do-not-use"; "unknown" */
    cord_str conditions;
    cord_str reason;
    int64_t state_since_ns; /* NONE when unknown */
    uint64_t claim;         /* behind the description */
    uint64_t state_claim;   /* 0 when unknown */
};

/* A picture of all services as of one moment, by code; never changes; any thread. */
struct cord_services;

CORD_MUST_USE cord_status cord_services_build(struct cord_record_view *view,
                                              struct cord_as_of as_of,
                                              struct cord_services **ret_services,
                                              struct cord_error *err);
void cord_services_free(struct cord_services *services);

size_t cord_services_count(const struct cord_services *services);
const struct cord_service *cord_services_at(const struct cord_services *services, size_t place);
/* NULL: there is none of that code. */
const struct cord_service *cord_services_find(const struct cord_services *services, cord_str code);

#endif
