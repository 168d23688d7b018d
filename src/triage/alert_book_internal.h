/*
 * alert_book_internal.h: what the book of alerts is made of; see alert_book.h.
 *
 * All under the book's lock. Alerts are numbered from 0 in the order in which they were fed; what
 * is looked at for each of a million is apart from what is looked at for few.
 */
#ifndef CORD_TRIAGE_ALERT_BOOK_INTERNAL_H
#define CORD_TRIAGE_ALERT_BOOK_INTERNAL_H

#include "triage/alert_book.h"
#include "triage/alert_table.h"
#include "triage/alert_trail.h"

#include <pthread.h>

#define NONE CORD_ALERT_TABLE_NONE

enum {
    LEVELS = CORD_LEVEL_CRITICAL + 1,
    OLDER_MAX = 64, /* alerts of one key that a late finding may be counted on */
};

enum cord_alert_mark {
    CORD_ALERT_MANUAL = 1,
    CORD_ALERT_SUPPRESSED = 2,
    CORD_ALERT_CLUSTERED = 4, /* the state has a cluster, */
    CORD_ALERT_RETURNED = 8,  /* and findings after it was closed: so that risk needs no state */
    CORD_ALERT_OWNED = 16,    /* the state has an owner, */
    CORD_ALERT_LINKED = 32,   /* and an incident: where these are not, it is not looked at */
};
#define CORD_ALERT_MARKS_OF_RISK 15u

/* What every question looks at. */
struct cord_alert_hot {
    uint32_t entity;
    uint32_t rule; /* a version */
    uint32_t count;
    uint8_t status; /* as shown: findings may have opened it again */
    uint8_t said;   /* as people said */
    uint8_t reason;
    uint8_t marks;
    int64_t first_ns;
    int64_t last_ns;
    int64_t updated_ns;
};

struct cord_alert_state {
    int64_t known_ns;
    int64_t decided_ns; /* NONE */
    uint64_t last_finding;
    uint64_t revision;
    uint32_t owner, cluster, incident; /* in their texts; 0 is "" */
    uint32_t notes;
    uint32_t again;
    uint32_t shown; /* the entity as its first finding has it, in names */
};

struct cord_alert_links {
    uint64_t number;   /* of its id: its first finding's, or with CORD_ALERT_ID_MANUAL */
    uint64_t surfaced; /* its first finding that fell under no suppression; 0: none did */
    uint32_t older;    /* the alert of its key before it; of a manual one the one before it that is
                          not; NONE */
    uint32_t steps, steps_tail; /* 0: none */
    struct cord_alert_trail trail;
};

enum cord_alert_step_kind {
    CORD_ALERT_STEP_STATE, /* word: status, value: reason */
    CORD_ALERT_STEP_OWNER,
    CORD_ALERT_STEP_NOTE,
    CORD_ALERT_STEP_CLUSTER,
    CORD_ALERT_STEP_INCIDENT,
    CORD_ALERT_STEP_RAISED, /* a manual alert began */
};

/* Something that was said of an alert. In the order of when, then of being fed. */
struct cord_alert_step {
    int64_t when_ns;
    uint64_t claim : 48; /* 0: no claim */
    uint64_t kind : 8;
    uint64_t word : 8;
    uint32_t next; /* 0: the last */
    uint32_t value;
};
#define CORD_ALERT_CLAIM_MAX ((UINT64_C(1) << 48) - 1)

/* A rule as it was when something was found by it. */
struct cord_alert_version {
    uint32_t id; /* in rule_ids */
    enum cord_level level;
    cord_str title, author;
    const cord_str *tags;
    size_t tag_count;
};

/* How a rule's alerts had been judged by a time. */
struct cord_alert_verdicts {
    int64_t when_ns;
    uint32_t true_positive, false_positive, benign;
};

struct cord_alert_history {
    struct cord_alert_verdicts *items; /* ascending */
    size_t count, cap;
};

/* What was known of an entity from a time on; beside it what this claim alone said. */
struct cord_alert_fact {
    int64_t when_ns;
    uint64_t claim;
    uint32_t entity;
    uint32_t before; /* 0: the first */
    uint32_t care, said_care;
    uint8_t criticality, said_criticality;
    uint8_t says; /* CORD_ALERT_SAYS_*; none once it is taken back */
};
enum { CORD_ALERT_SAYS_CRITICALITY = 1, CORD_ALERT_SAYS_CARE = 2 };

/* An organisation's alerts, in the order they were fed: who sees few organisations looks at theirs
 * alone. */
struct cord_alert_of {
    uint32_t *alerts;
    uint32_t count, cap;
    uint32_t open; /* of them, now: neither closed nor suppressed */
};

/* Entities, one array a property: few bytes of each are looked at for each alert. */
struct cord_alert_entities {
    uint32_t *organisation;
    uint32_t *folded, *shown; /* in names; of all spellings the first in the alphabet */
    uint32_t *fact;           /* the latest; 0: none */
    uint8_t *kind;
    uint8_t *criticality;
    size_t count, cap;
    struct cord_alert_numbers by_key;
};

/* Claims that wait for their alert, by its number. */
struct cord_alert_waiting {
    uint32_t steps, steps_tail;
    uint32_t claims;
};

/* Since a finding all further ones were known at this time, until the next of these. */
struct cord_alert_known {
    uint64_t number;
    int64_t known_ns;
};

struct cord_alert_book {
    struct cord_alert_book_options options;
    struct cord_alert_id_key id_key;
    pthread_rwlock_t lock;

    struct cord_arena *arena;   /* texts, trails, lists of tags */
    struct cord_arena *scratch; /* the feeder's, for one thing fed */
    struct cord_alert_texts organisations, names, rule_ids, version_keys;
    struct cord_alert_texts owners, clusters, incidents, cares, suppressions; /* 0 is "" */
    struct cord_alert_version *versions;
    size_t version_count, version_cap;
    struct cord_alert_history *histories; /* by number in rule_ids */
    size_t history_count, history_cap;
    struct cord_alert_entities entities;
    struct cord_alert_fact *facts; /* from 1 */
    size_t fact_count, fact_cap;

    struct cord_alert_of *of; /* by organisation */
    size_t of_count, of_cap;
    size_t listed_cap; /* what their lists have room for */
    struct cord_alert_hot *hot;
    struct cord_alert_state *state;
    struct cord_alert_links *links;
    size_t count, cap;
    struct cord_alert_numbers by_number;  /* of ids of manual alerts: to them */
    struct cord_alert_numbers by_key;     /* rule's id and entity: to the newest alert */
    struct cord_alert_numbers suppressed; /* alerts whose first finding was: to suppressions */

    struct cord_alert_step *steps; /* from 1 */
    size_t step_count, step_cap;
    struct cord_alert_waiting *waiting;
    size_t waiting_count, waiting_cap;
    struct cord_alert_numbers waiting_by_number;
    uint64_t waiting_claims;

    struct cord_alert_known *known;
    size_t known_count, known_cap;
    uint64_t findings, last_finding, last_claim;
    uint64_t revision;
    uint32_t *changes; /* changes_kept: the alert that got revision n, at n modulo that */
};

/* --- a moment --- */

struct cord_alert_moment {
    bool now;
    int64_t at_ns;
    uint64_t through; /* number of the last finding that was known */
};

struct cord_alert_moment cord_alert_book_moment(const struct cord_alert_book *book, int64_t at_ns);
/* The last finding known at a time; 0: none. */
uint64_t cord_alert_book_through(const struct cord_alert_book *book, int64_t at_ns);
int64_t cord_alert_book_known_at(const struct cord_alert_book *book, uint64_t finding);

/* What the alert was; false: it was not known yet. Not `now`. */
bool cord_alert_book_as_of(const struct cord_alert_book *book, uint32_t alert,
                           const struct cord_alert_moment *moment, struct cord_alert_hot *ret_hot,
                           struct cord_alert_state *ret_state);
/* From the alert that it returns on all but manual ones have numbers above `through`. */
uint32_t cord_alert_book_end(const struct cord_alert_book *book, uint64_t through);
/* The alert of that number; NONE: there is none. */
uint32_t cord_alert_book_find(const struct cord_alert_book *book, uint64_t number);
/* An alert's findings as a whole. */
struct cord_alert_extent cord_alert_book_extent(const struct cord_alert_book *book, uint32_t alert);
/* ret_fact: 0 when nothing is known. */
enum cord_alert_criticality cord_alert_book_criticality(const struct cord_alert_book *book,
                                                        uint32_t entity,
                                                        const struct cord_alert_moment *moment,
                                                        uint32_t *ret_fact);
struct cord_alert_verdicts cord_alert_book_verdicts(const struct cord_alert_book *book,
                                                    uint32_t rule_id,
                                                    const struct cord_alert_moment *moment);

/* --- steps (alert_book_step.c) --- */

/* One that is not linked yet; its number. CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_alert_book_step_new(struct cord_alert_book *book,
                                                   const struct cord_alert_step *step,
                                                   uint32_t *ret_step);
/* There is room for what it may change (see reserve). */
void cord_alert_book_step_link(struct cord_alert_book *book, uint32_t alert, uint32_t step);
/* To whichever alert has the number, or will have it. */
CORD_MUST_USE cord_status cord_alert_book_step_put(struct cord_alert_book *book, uint64_t number,
                                                   const struct cord_alert_step *step);
/* Makes sure that `arrived` cannot fail for an alert of that number and rule. CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_alert_book_step_reserve(struct cord_alert_book *book,
                                                       uint64_t number, uint32_t rule_id);
/* What has waited for a new alert is said of it. */
void cord_alert_book_step_arrived(struct cord_alert_book *book, uint32_t alert);
/* The marks that follow from the state. */
static inline void cord_alert_book_remark(struct cord_alert_hot *hot,
                                          const struct cord_alert_state *state)
{
    unsigned kept = hot->marks & (CORD_ALERT_MANUAL | CORD_ALERT_SUPPRESSED);
    hot->marks = (uint8_t)(kept | (state->cluster != 0 ? CORD_ALERT_CLUSTERED : 0) |
                           (state->again > 0 ? CORD_ALERT_RETURNED : 0) |
                           (state->owner != 0 ? CORD_ALERT_OWNED : 0) |
                           (state->incident != 0 ? CORD_ALERT_LINKED : 0));
}
static inline bool cord_alert_book_is_open(const struct cord_alert_hot *hot)
{
    return hot->status != CORD_ALERT_CLOSED && (hot->marks & CORD_ALERT_SUPPRESSED) == 0;
}
/* Its organisation's open alerts are counted anew after a change. */
static inline void cord_alert_book_recount(struct cord_alert_book *book, uint32_t alert,
                                           bool was_open)
{
    const struct cord_alert_hot *hot = &book->hot[alert];
    struct cord_alert_of *of = &book->of[book->entities.organisation[hot->entity]];
    of->open += (uint32_t)cord_alert_book_is_open(hot) - (uint32_t)was_open;
}
void cord_alert_book_touch(struct cord_alert_book *book, uint32_t alert);

/* --- making (alert_book_make.c); CORD_E_NOMEM, CORD_E_LIMIT --- */

CORD_MUST_USE cord_status cord_alert_book_entity(struct cord_alert_book *book,
                                                 cord_str organisation, enum cord_alert_entity kind,
                                                 cord_str name, uint32_t *ret_entity);
/* A spelling of the entity, in names. */
CORD_MUST_USE cord_status cord_alert_book_shown(struct cord_alert_book *book, uint32_t entity,
                                                cord_str name, uint32_t *ret_shown);
CORD_MUST_USE cord_status cord_alert_book_version(struct cord_alert_book *book,
                                                  const struct cord_sighting *sighting,
                                                  uint32_t *ret_version);
struct cord_alert_birth {
    uint64_t number;
    uint32_t entity, version;
    uint32_t shown; /* the entity's name, in names */
    int64_t first_ns, known_ns;
};
/* A new alert without findings, behind the last; not counted yet, and not in by_key. */
CORD_MUST_USE cord_status cord_alert_book_make(struct cord_alert_book *book,
                                               const struct cord_alert_birth *birth,
                                               uint32_t *ret_alert);
/* What was made counts from now on, as one of its organisation's. */
void cord_alert_book_made(struct cord_alert_book *book, uint32_t alert);

/* --- points (alert_book_points.c) --- */

struct cord_alert_points {
    unsigned level, precision, care, count, spread, again;
};
/* Of the rule alone; a manual alert has none. */
unsigned cord_alert_book_points_level(enum cord_level level);
unsigned cord_alert_book_points_precision(const struct cord_alert_verdicts *verdicts);
/* Of all but the rule: how it adds up is in the .c. */
struct cord_alert_points cord_alert_book_points_rest(const struct cord_alert_hot *hot,
                                                     enum cord_alert_criticality criticality);
#define CORD_ALERT_POINTS_RAISED 15u /* instead of precision: a person saw it */

/* Fills the alert, as known at the moment, at which it was known; its id is written to `id`; why is
 * appended to `why`, and alert->why is left to the caller. */
void cord_alert_book_points_lend(const struct cord_alert_book *book,
                                 const struct cord_alert_moment *moment, uint32_t alert,
                                 struct cord_alert *ret_alert, char id[CORD_ALERT_ID_TEXT],
                                 struct cord_buf *why);

#endif
