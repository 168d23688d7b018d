/*
 * kit_incident_json.h: all that can be known of an incident, as text, to be compared.
 *
 * What is not known is left out. Appends; failure is in text->failed.
 */
#ifndef CORD_TESTS_KIT_INCIDENT_JSON_H
#define CORD_TESTS_KIT_INCIDENT_JSON_H

#include "base/buf.h"
#include "triage/incident.h"

struct cord_incident_sitrep;

/* What a list shows of it. */
void kit_incident_json_row(const struct cord_incident *incident, struct cord_buf *text);
/* And all else but the timeline. */
void kit_incident_json_write(const struct cord_incident *incident, struct cord_buf *text);
void kit_incident_json_item(const struct cord_incident_item *item, struct cord_buf *text);
void kit_incident_json_sitrep(const struct cord_incident_sitrep *sitrep, struct cord_buf *text);

#endif
