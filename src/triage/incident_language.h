/*
 * incident_language.h: what reports of a situation say, in English and French.
 *
 * Other texts of incidents are the console's to translate (docs/incidents.md). Pure; any thread.
 */
#ifndef CORD_TRIAGE_INCIDENT_LANGUAGE_H
#define CORD_TRIAGE_INCIDENT_LANGUAGE_H

#include "base/str.h"

enum cord_incident_language { CORD_INCIDENT_ENGLISH, CORD_INCIDENT_FRENCH };

/* A text of reports, which is there in both languages. */
const char *cord_incident_language_say(enum cord_incident_language language, const char *english);
/* A word of claims, as "infected"; one that has no other name stays as it is. */
cord_str cord_incident_language_word(enum cord_incident_language language, cord_str word);
bool cord_incident_language_find(cord_str name, enum cord_incident_language *ret_language);

#endif
