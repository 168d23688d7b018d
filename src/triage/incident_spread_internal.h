/*
 * incident_spread_internal.h: what is told of a cluster, as claims. Private to the room.
 */
#ifndef CORD_TRIAGE_INCIDENT_SPREAD_INTERNAL_H
#define CORD_TRIAGE_INCIDENT_SPREAD_INTERNAL_H

#include "base/map.h"
#include "triage/incident_draft_internal.h"
#include "triage/incident_spread.h"

/* Keys of what was told. */
struct cord_incident_told {
    struct cord_map map;
    struct cord_arena *arena;
};

/* False: it was told already, or is about to be; else it is now. *ret_status: out of memory. */
bool cord_incident_telling_remember(struct cord_incident_told *told, cord_str key,
                                    cord_status *ret_status);

/* The claims about one cluster, while they are written. */
struct cord_incident_telling {
    const struct cord_incident_spread_options *options;
    struct cord_incident_told *told;
    const struct cord_spread_cluster *cluster;
    int64_t now_ns;
    struct cord_incident_draft draft;
    struct cord_incident_entry entry;
    struct cord_incident_author author;
    struct cord_incident_request request;
    struct cord_incident_outcome outcome;
    cord_str key;    /* of the claim being written */
    cord_str matter; /* whose matter it is; "": the nation's */
};

/* Texts are borrowed; lot: what ids come from. _done also after a failure. */
CORD_MUST_USE cord_status cord_incident_telling_init(struct cord_incident_telling *telling,
                                                     uint64_t lot, struct cord_error *err);
void cord_incident_telling_done(struct cord_incident_telling *telling);

/* Machines of the cluster that were taken over, as far as evidence goes; *ret_goes_on: one of them
 * was taken over from another machine or attacks, or there are two. */
uint32_t cord_incident_telling_taken(const struct cord_spread_cluster *cluster, bool *ret_goes_on);

/* telling->draft.id is the incident. That it is one: */
CORD_MUST_USE cord_status cord_incident_telling_declare(struct cord_incident_telling *telling);
/* What it is by now, when the system alone has declared it: who was first, how grave it is. */
CORD_MUST_USE cord_status cord_incident_telling_anew(struct cord_incident_telling *telling,
                                                     const struct cord_incident *incident);
/* Cluster, machines, organisations, alerts, evidence, as far as they were not told. */
CORD_MUST_USE cord_status cord_incident_telling_growth(struct cord_incident_telling *telling);
/* The incident is one with another, which goes on. */
CORD_MUST_USE cord_status cord_incident_telling_merge(struct cord_incident_telling *telling,
                                                      cord_str from, cord_str into);
/* Of one that was closed: machines were taken over since. */
CORD_MUST_USE cord_status cord_incident_telling_again(struct cord_incident_telling *telling,
                                                      int64_t ended_ns);

#endif
