/*
 * incident_json.h: incidents as the API shows them.
 *
 * What is not known is left out, never empty or zero (N9). Appends; failure is in text->failed.
 * Any thread.
 */
#ifndef CORD_TRIAGE_INCIDENT_JSON_H
#define CORD_TRIAGE_INCIDENT_JSON_H

#include "base/buf.h"
#include "triage/incident.h"

struct cord_incident_sitrep;

/* The name of "user:17", for people; "" or ptr NULL: there is none to tell. Lives until the next
 * call. name NULL: no names. */
struct cord_incident_json_names {
    cord_str (*name)(void *self, cord_str subject);
    void *self;
};

/* {"id","title","severity","state","merged_into","commander","commander_name","lead","began",
 * "declared","ended","updated","alerts","clusters","organisations","tasks_open","next_decision",
 * "next_claim","next_due","kpi"}: a row of a list. Of "kpi" the members detect_s, acknowledge_s,
 * decide_s and contain_s, in seconds, and "basis": of each the two moments,
 * {"time","claim"|"alert"}.
 */
void cord_incident_json_row(const struct cord_incident *incident,
                            const struct cord_incident_json_names *names, struct cord_buf *text);
/* The row's members with "organisations" as a list (and "organisation_count"), "as_of", "whole",
 * "merged", "split_off", "split_from", "phases", "links", "tasks", "decisions" and "sitreps".
 * "about" of a link or task: the organisations whose matter it is. */
void cord_incident_json_write(const struct cord_incident *incident,
                              const struct cord_incident_json_names *names, struct cord_buf *text);
/* {"at","title","text","previous"}: a report that is not issued yet; of one that is, "sitreps" has
 * "claim", "recorded", "at", "title", "who", "who_name", "text", "previous", "replaced_by". */
void cord_incident_json_sitrep(const struct cord_incident_sitrep *sitrep, struct cord_buf *text);
/* {"time","known","lane","kind","text","who","who_name","organisation","claim"|"alert",
 * "replaced_by","evidence"}: an item of the timeline. */
void cord_incident_json_item(const struct cord_incident_item *item,
                             const struct cord_incident_json_names *names, struct cord_buf *text);

#endif
