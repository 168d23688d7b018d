/*
 * incident_entry.h: what people do in an incident, as claims.
 *
 * Each entry is looked at against the incident as it is now for whoever makes it: a task that is
 * not there, a merged incident, a phase before the one that it follows are refused with the reason.
 * What passes is appended as one batch, recorded whole or not at all. Nothing is edited: to undo is
 * to say something else.
 *
 * Whoever does not see the nation's part of an incident may note, set and change tasks, and link
 * what is its own: each such claim names in `organisations` those of the author's whose matter it
 * is.
 *
 * Thread: the view's; the record is anybody's.
 */
#ifndef CORD_TRIAGE_INCIDENT_ENTRY_H
#define CORD_TRIAGE_INCIDENT_ENTRY_H

#include "triage/incident.h"

#define CORD_INCIDENT_ID_BYTES  24   /* "INC-2026-7QK2X" and a NUL */
#define CORD_INCIDENT_LINKS_MAX 1000 /* of one entry */

enum cord_incident_entry_kind {
    CORD_INCIDENT_ENTRY_TASK, /* a new one without `task`; else what changes: the rest stays */
    CORD_INCIDENT_ENTRY_NOTE,
    CORD_INCIDENT_ENTRY_DECISION,
    CORD_INCIDENT_ENTRY_LINK,
    CORD_INCIDENT_ENTRY_UNLINK,
    CORD_INCIDENT_ENTRY_COMMANDER,
    CORD_INCIDENT_ENTRY_PHASE,
    CORD_INCIDENT_ENTRY_DECLARE, /* title or level anew; of one that stood down: open again */
    CORD_INCIDENT_ENTRY_STAND_DOWN,
    CORD_INCIDENT_ENTRY_MERGE,  /* into `into` */
    CORD_INCIDENT_ENTRY_PART,   /* takes a merge back */
    CORD_INCIDENT_ENTRY_SPLIT,  /* `links` move to a new incident of this title and level */
    CORD_INCIDENT_ENTRY_SITREP, /* issues the report as it is now; `title`, else its own */
    CORD_INCIDENT_ENTRY_KINDS,
};
const char *cord_incident_entry_name(enum cord_incident_entry_kind kind); /* "stand-down" */
bool cord_incident_entry_find(cord_str name, enum cord_incident_entry_kind *ret_kind);

struct cord_incident_entry_link {
    enum cord_incident_link_kind kind;
    cord_str id;
};

/* Texts "" and times 0 or CORD_TIME_NONE: not said. Which ones a kind needs: its claim's members.
 */
struct cord_incident_entry {
    enum cord_incident_entry_kind kind;
    cord_str title, level, lead, text, what, why, who, lane, reason, phase, into;
    cord_str task, state, sort, owner;
    int64_t due_ns, at_ns;
    const cord_str *options;
    size_t option_count;
    const cord_str *basis;
    size_t basis_count;
    const struct cord_incident_entry_link *links; /* LINK, UNLINK, SPLIT */
    size_t link_count;
    const cord_str *organisations; /* whose matter it is */
    size_t organisation_count;
    int64_t time_ns; /* since when it is true; NONE: now */
    cord_str source; /* link, citation, evidence id; "" */
    bool marked;     /* else TLP:AMBER */
    enum cord_claim_marking marking;
};

struct cord_incident_author {
    cord_str claimant;                           /* "user:17" */
    int64_t now_ns;                              /* wall time: the year of a new id */
    uint64_t lot;                                /* drawn anew for each call: ids come from it */
    const struct cord_incident_request *request; /* what the author sees; known_ns INT64_MAX */
};

struct cord_incident_outcome {
    char id[CORD_INCIDENT_ID_BYTES];   /* of a new incident; "" */
    char task[CORD_INCIDENT_ID_BYTES]; /* of a new task; "" */
    uint64_t claim;                    /* the batch's first; 0: nothing new was said */
    uint64_t claims;                   /* how many */
    int64_t recorded_ns;
};

/* A new incident: of the entry its title, level, lead, reason, links, organisations, time, and in
 * `who` the commander. CORD_E_UNSUPPORTED: the author does not see the nation's part.
 * CORD_E_FORMAT: err says what is wrong. The view is refreshed. */
CORD_MUST_USE cord_status cord_incident_entry_open(struct cord_record *record,
                                                   struct cord_record_view *view,
                                                   const struct cord_incident_author *author,
                                                   const struct cord_incident_entry *entry,
                                                   struct cord_incident_outcome *ret_outcome,
                                                   struct cord_error *err);

/* CORD_E_NOENT: the author has no such incident. CORD_E_UNSUPPORTED: it may not do that, for it
 * does not see the nation's part. CORD_E_END: the incident's state forbids it (merged, stood down,
 * a task that is not there, a phase out of order). CORD_E_FORMAT: something is missing or not as it
 * should be. Each time err says what. The view is refreshed. */
/* Seven parameters: what is written to, by whom, what, and what came of it. */
/* NOLINTNEXTLINE(readability-function-size) */
CORD_MUST_USE cord_status cord_incident_entry_add(struct cord_record *record,
                                                  struct cord_record_view *view, cord_str id,
                                                  const struct cord_incident_author *author,
                                                  const struct cord_incident_entry *entry,
                                                  struct cord_incident_outcome *ret_outcome,
                                                  struct cord_error *err);

#endif
