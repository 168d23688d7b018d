/*
 * incident_draft_internal.h: the claims of an entry while they are written.
 */
#ifndef CORD_TRIAGE_INCIDENT_DRAFT_INTERNAL_H
#define CORD_TRIAGE_INCIDENT_DRAFT_INTERNAL_H

#include "base/arena.h"
#include "base/buf.h"
#include "triage/incident_entry.h"

struct cord_incident_draft {
    struct cord_arena *arena;
    const struct cord_incident_author *author;
    const struct cord_incident_entry *entry;
    const struct cord_incident *incident; /* NULL: it is to be opened */
    cord_str id;
    struct cord_incident_outcome *outcome;
    struct cord_claim *claims; /* malloc's */
    size_t count, cap;
    struct cord_buf value; /* of the claim being written */
    struct cord_error *err;
};

CORD_MUST_USE cord_status cord_incident_draft_init(struct cord_incident_draft *draft,
                                                   struct cord_error *err);
void cord_incident_draft_done(struct cord_incident_draft *draft);

/* Does the author see what is an organisation's, "": the nation's? */
bool cord_incident_draft_sees(const struct cord_incident_draft *draft, cord_str organisation);

/* One claim at a time: begun, its members in any order, ended. Members that are "" or no time are
 * left out. */
void cord_incident_draft_begin(struct cord_incident_draft *draft);
void cord_incident_draft_text(struct cord_incident_draft *draft, const char *name, cord_str text);
void cord_incident_draft_time(struct cord_incident_draft *draft, const char *name, int64_t time_ns);
void cord_incident_draft_claim(struct cord_incident_draft *draft, const char *name, uint64_t claim);
void cord_incident_draft_texts(struct cord_incident_draft *draft, const char *name,
                               const cord_str *texts, size_t count);
/* Whose matter it is: the entry's, and those of a JSON array ("[]", or ptr NULL: of none). */
void cord_incident_draft_matter(struct cord_incident_draft *draft, cord_str before);
CORD_MUST_USE cord_status cord_incident_draft_end(struct cord_incident_draft *draft,
                                                  const char *kind, cord_str incident);

/* The entry's links, as far as they are not there: to that incident. */
CORD_MUST_USE cord_status cord_incident_draft_link(struct cord_incident_draft *draft,
                                                   cord_str incident);
/* They are taken away; wherever they are linked that is one with the incident. */
CORD_MUST_USE cord_status cord_incident_draft_unlink(struct cord_incident_draft *draft);
/* They are linked to another, and no longer here. */
CORD_MUST_USE cord_status cord_incident_draft_move(struct cord_incident_draft *draft, cord_str to);

/* An id of which nothing has been said, into the outcome. */
CORD_MUST_USE cord_status cord_incident_draft_new_id(struct cord_incident_draft *draft,
                                                     struct cord_record_view *view);
/* Ids that do not tell how many there are: four characters, after some attempts five. */
void cord_incident_draft_task_id(uint64_t lot, unsigned attempt, char id[CORD_INCIDENT_ID_BYTES]);
void cord_incident_draft_id(uint64_t lot, unsigned attempt, int64_t now_ns,
                            char id[CORD_INCIDENT_ID_BYTES]);
#define CORD_INCIDENT_ATTEMPTS 16u

#endif
