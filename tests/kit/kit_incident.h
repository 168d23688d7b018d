/*
 * kit_incident.h: a record with an incident in it.
 */
#ifndef CORD_TESTS_KIT_INCIDENT_H
#define CORD_TESTS_KIT_INCIDENT_H

#include "base/timestamp.h"
#include "kit/kit_record.h"
#include "triage/incident.h"

#include <inttypes.h>
#include <stdio.h>

struct kit_incident {
    char dir[64];
    struct kit_record_clock clock;
    struct cord_record *record;
    struct cord_record_view *view;
    struct cord_organisations *organisations; /* of the last reading */
    struct cord_incident_request request;     /* of the last reading */
};

/* Alpha Hospital (A1), Beta Clinic (B2), C3 and D4 of region R; nothing has happened. */
void kit_incident_init(struct kit_incident *kit);
/* And INC-1 of 12 May 2017, from 09:00 to 12:00, with the alert A-1 of A1. */
void kit_incident_story(struct kit_incident *kit);
void kit_incident_done(struct kit_incident *kit);

void kit_incident_at(struct kit_incident *kit, const char *time);
/* Says it at the time set; extra: further members of the claim, NULL: none. Its number. */
uint64_t kit_incident_say(struct kit_incident *kit, const char *kind, const char *subject,
                          const char *value, const char *claimant, const char *extra);

/* As known at a time (NULL: now), for a reader of one organisation (NULL: of everything); NULL:
 * there is none. Whatever else fails, fails the test. */
struct cord_incident *kit_incident_read(struct kit_incident *kit, const char *id, const char *at,
                                        const char *reader);
/* Makes `request` such a reader's, as known at a time. */
void kit_incident_ask(struct kit_incident *kit, const char *at, const char *reader);
/* Ids of a list, each with a space behind it. */
void kit_incident_check_list(struct kit_incident *kit, enum cord_incident_which which,
                             const char *wanted);

#endif
