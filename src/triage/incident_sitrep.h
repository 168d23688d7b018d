/*
 * incident_sitrep.h: what is known of an incident, as a report to be read out.
 *
 * Written from the incident alone, in the request's language: the same claims give the same report.
 * It says what is known, and what has changed since the last report that was issued. An issued one
 * is a claim (incident.sitrep) and stays as it was. Lists say how many there are and name the first
 * ones: what is left out is counted. Thread: the view's.
 */
#ifndef CORD_TRIAGE_INCIDENT_SITREP_H
#define CORD_TRIAGE_INCIDENT_SITREP_H

#include "triage/incident.h"

/* Lives until it is freed. */
struct cord_incident_sitrep {
    cord_str title;
    const cord_str *lines;
    size_t line_count;
    int64_t at_ns;     /* as known at */
    uint64_t previous; /* claim of the last one issued by then; 0: there is none */
    struct cord_arena *arena;
};

/* As cord_incident_read fails. */
CORD_MUST_USE cord_status cord_incident_sitrep_draft(struct cord_record_view *view, cord_str id,
                                                     const struct cord_incident_request *request,
                                                     struct cord_incident_sitrep **ret_sitrep,
                                                     struct cord_error *err);
void cord_incident_sitrep_free(struct cord_incident_sitrep *sitrep);

#endif
