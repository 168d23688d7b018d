/*
 * incident_spread.h: what spreads and takes machines over becomes an incident by itself.
 *
 * A cluster (spread.h) of which so many machines were taken over, and that goes from one machine to
 * others, is declared an incident by the system's own account, once: the first attacker is named,
 * and machines, organisations with what evidence says of them, alerts and evidence are told as
 * claims, and those that come later are told to the same incident. docs/incidents.md has the rule.
 *
 * What was told is known by the claims' keys: after a restart, or when the two logs are gone
 * through anew, nothing is told twice. A cluster belongs to the incident that it was linked to
 * last, whoever did; taken away from it, it gets none. An incident that people merged is followed;
 * one that they closed is not opened again: that it spreads again is noted there, and raises an
 * alert.
 *
 * One thread.
 */
#ifndef CORD_TRIAGE_INCIDENT_SPREAD_H
#define CORD_TRIAGE_INCIDENT_SPREAD_H

#include "record/record_view.h"
#include "triage/alert_id.h"
#include "triage/incident.h"
#include "triage/spread.h"

#define CORD_INCIDENT_SPREAD_CLAIMANT "system:cordon"
#define CORD_INCIDENT_SPREAD_METHOD   "telemetry"
/* Told one by one, of one incident; that there are more is noted in it. */
#define CORD_INCIDENT_SPREAD_MACHINES_MAX 2000u
#define CORD_INCIDENT_SPREAD_ALERTS_MAX   2000u

struct cord_incident_spread;

struct cord_incident_spread_options {
    struct cord_spread *spread;
    struct cord_record *record;
    uint32_t machines; /* that were taken over: so many make an incident; 0: never */
    /* The id of the alert on which a finding is counted; "": there is none. */
    cord_str (*alert)(void *self, uint64_t finding, char buffer[CORD_ALERT_ID_TEXT]);
    /* Whose alert it is; "": not known. The text lives until it is called again. */
    cord_str (*whose)(void *self, cord_str alert);
    /* An id for an alert that is raised, from these bits. */
    cord_str (*raise)(void *self, uint64_t lot, char buffer[CORD_ALERT_ID_TEXT]);
    void *self; /* of all three */
};

/* What is named outlives it. CORD_E_NOMEM. */
CORD_MUST_USE cord_status
cord_incident_spread_new(const struct cord_incident_spread_options *options,
                         struct cord_incident_spread **ret_spread, struct cord_error *err);
void cord_incident_spread_free(struct cord_incident_spread *spread);

/* Tells what has come since the last look; cheap when nothing has. The view, of the record, is
 * refreshed. What the record does not take of one cluster is counted, and the others are told all
 * the same; any other status ends the look, which may be had again. */
CORD_MUST_USE cord_status cord_incident_spread_look(struct cord_incident_spread *spread,
                                                    struct cord_record_view *view, int64_t now_ns,
                                                    struct cord_error *err);

struct cord_incident_spread_stats {
    uint64_t opened;  /* since the start */
    uint64_t claims;  /* told */
    uint64_t refused; /* looks at a cluster of which the record did not take what was to be told */
};
struct cord_incident_spread_stats
cord_incident_spread_stats(const struct cord_incident_spread *spread);

#endif
