/*
 * kit_incident_spread.h: a spread whose clusters open incidents in a record.
 */
#ifndef CORD_TESTS_KIT_INCIDENT_SPREAD_H
#define CORD_TESTS_KIT_INCIDENT_SPREAD_H

#include "kit/kit_incident.h"
#include "kit/kit_spread.h"
#include "triage/incident_entry.h"
#include "triage/incident_spread.h"

#define KIT_INCIDENT_SPREAD_IDS 8

struct kit_incident_spread {
    struct kit_incident kit;
    struct kit_spread spread;
    struct cord_incident_spread_options options;
    struct cord_incident_spread *incidents;
};

struct kit_incident_spread_ids {
    char ids[KIT_INCIDENT_SPREAD_IDS][CORD_INCIDENT_ID_BYTES];
    size_t count;
};

/* The options' spread and record are filled in here. */
void kit_incident_spread_init(struct kit_incident_spread *desk,
                              const struct cord_incident_spread_options *options);
/* As a server that starts again over the same record and spread. */
void kit_incident_spread_restart(struct kit_incident_spread *desk);
/* At the time of the record's clock; fails the test where it does not succeed. */
void kit_incident_spread_look(struct kit_incident_spread *desk);
struct kit_incident_spread_ids kit_incident_spread_list(struct kit_incident_spread *desk,
                                                        enum cord_incident_which which);
void kit_incident_spread_done(struct kit_incident_spread *desk);

#endif
