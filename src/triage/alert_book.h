/*
 * alert_book.h: findings as alerts, in the order in which people should look at them.
 *
 * A view over the two logs (DESIGN.md section 2): fed with findings in the order of their numbers
 * and with claims in the order of theirs, it is always the same, whoever made it, when, and however
 * the two were interleaved. `at` asks what was known at a time: findings known by then, claims
 * recorded by then; exactly what a book would say that had been fed with nothing else.
 *
 * Findings of one key (organisation, rule, entity: alert.h) that are at most `gap` apart are one
 * alert, updated in place; one that is further away begins another. A finding that comes late is
 * counted on the newest of the key's last 64 alerts that it fits. Nothing that people say changes
 * which findings are one alert: so it can be explained, and made again from the journal.
 *
 * A finding of an alert that is closed is counted on it (`again`), never dropped and never hidden.
 * Was it closed as a true positive, the threat that was held to be dealt with is there again: the
 * alert stands in the queue as new, with the mark that says why. Was it closed as false
 * positive, benign, duplicate, exercise or other, people have said that more of the same is
 * not worth their while: it stays closed, and `again` counts (query "again:>0").
 *
 * Any thread. One lock inside, held by feeders for microseconds and shared by readers; no callback
 * is called while it is held. Times are nanoseconds since 1970 (base/timestamp.h).
 */
#ifndef CORD_TRIAGE_ALERT_BOOK_H
#define CORD_TRIAGE_ALERT_BOOK_H

#include "base/buf.h"
#include "base/timestamp.h"
#include "record/claim.h"
#include "triage/alert.h"
#include "triage/alert_id.h"
#include "triage/sighting.h"

struct cord_alert_book;

struct cord_alert_book_options {
    unsigned char key[CORD_ALERT_ID_KEY_BYTES]; /* of ids, and of hash tables: a secret that stays
                                                   the same */
    int64_t gap_ns;                             /* 0: 24 hours */
    uint32_t changes_kept;                      /* for cord_alert_book_changes; 0: 65,536 */
    /* Asked about each finding, when it is fed: the id of the suppression under which it falls, ""
     * for none. Must answer the same for the same finding. NULL: nothing is suppressed. */
    cord_str (*suppressed)(void *self, const struct cord_sighting *sighting);
    void *self;
};

/* NULL when out of memory. */
struct cord_alert_book *cord_alert_book_new(const struct cord_alert_book_options *options);
void cord_alert_book_free(struct cord_alert_book *book);

/* --- feeding --- */

/* Numbers ascend; one that was fed already is passed over. Its known_ns counts as no earlier than
 * that of the finding before: a clock that was set back does not change what was known when.
 * ret_number, may be NULL: the number of its alert (of no meaning but for the calls here).
 * CORD_E_NOMEM, CORD_E_LIMIT: nothing has changed. */
CORD_MUST_USE cord_status cord_alert_book_sighting(struct cord_alert_book *book,
                                                   const struct cord_sighting *sighting,
                                                   uint64_t *ret_number);
/* Any claim of the record, numbers ascending; those that say nothing of alerts are passed over.
 * What counts: triage.alert, triage.state, triage.owner, triage.note; asset.seen, for the
 * criticality and care of its organisation's host of that name, and claim.retract of one. The last
 * one recorded counts, whoever said it. A claim about an alert whose first finding has not been fed
 * yet waits for it. CORD_E_NOMEM, CORD_E_LIMIT: nothing has changed. */
CORD_MUST_USE cord_status cord_alert_book_claim(struct cord_alert_book *book,
                                                const struct cord_claim *claim);
/* The cluster (spread) or incident that an alert is part of from a time on; "": of none.
 * CORD_E_NOENT: not the form of an alert's id. Of several with one time the last counts. */
CORD_MUST_USE cord_status cord_alert_book_set_cluster(struct cord_alert_book *book, cord_str alert,
                                                      cord_str cluster, int64_t known_ns);
CORD_MUST_USE cord_status cord_alert_book_set_incident(struct cord_alert_book *book, cord_str alert,
                                                       cord_str incident, int64_t recorded_ns);

/* The id of the alert that feeding a finding gave the number of. Buffer: the caller's. */
cord_str cord_alert_book_id(const struct cord_alert_book *book, uint64_t number,
                            char buffer[CORD_ALERT_ID_TEXT]);
/* An id for a manual alert, from random bits of the caller's. */
cord_str cord_alert_book_manual_id(const struct cord_alert_book *book, uint64_t random,
                                   char buffer[CORD_ALERT_ID_TEXT]);

struct cord_alert_book_stats {
    uint64_t alerts, findings; /* fed */
    uint64_t finding, claim;   /* the last numbers fed; 0: none */
    uint64_t revision;         /* grows with every change, whosever: not for clients (N13) */
    uint64_t waiting;          /* claims about alerts that are not there (yet) */
    uint64_t bytes;            /* of memory held, about */
};
struct cord_alert_book_stats cord_alert_book_stats(struct cord_alert_book *book);

/* --- asking --- */

/* What some alerts are chosen by. */
struct cord_alert_ask {
    cord_str query;  /* evidence/query.h's conditions; "": all. See below */
    int64_t from_ns; /* seen at or after this; NONE: any time */
    int64_t to_ns;   /* seen before this; NONE */
    int64_t at_ns;   /* as known at; NONE: now */
    /* Of alerts with these ids alone, whatever else is asked; those of none are passed over. */
    const cord_str *ids; /* NULL: of all */
    size_t id_count;     /* at most CORD_ALERT_IDS_MAX */
    /* May the asker see this organisation's? And its region, "" when not known; ret_region is NULL
     * where nobody wants to know. Asked about each, never under the lock, before anything of it is
     * looked at or counted (N13). Who sees few organisations waits for no others' alerts. NULL:
     * all, and no regions. */
    bool (*visible)(void *self, cord_str organisation, cord_str *ret_region);
    void *self;
};
#define CORD_ALERT_IDS_MAX 1000u
/* Fields of a query: id severity status reason owner rule title author tag technique tactic org
 * region host user address entity kind criticality care risk count again notes first last known
 * updated cluster incident suppressed manual. host, user, address: the entity, of alerts that are
 * about one. tag: as the rule has it; technique: "T1210"; tactic: "lateral-movement". severity is a
 * word; times are as RFC 3339 has them. What an alert does not have has no value (owner:* : it has
 * one). Without a field: a text somewhere in title, entity, organisation or rule; or the whole id.
 * "id:A OR id:B", and that AND more, looks at those alone. An unknown field is CORD_E_FORMAT, and
 * err names the nearest. Stages ("| count") are refused. */

enum cord_alert_sort {
    CORD_ALERT_BY_PRIORITY, /* open before closed before suppressed; life-critical before clinical
                               before others; higher risk first; oldest first */
    CORD_ALERT_BY_RISK,
    CORD_ALERT_BY_LAST,
    CORD_ALERT_BY_FIRST,
    CORD_ALERT_BY_KNOWN,
    CORD_ALERT_BY_UPDATED,
    CORD_ALERT_BY_COUNT,
    CORD_ALERT_BY_SEVERITY,
    CORD_ALERT_BY_ORG,
    CORD_ALERT_BY_RULE, /* title, then id */
    CORD_ALERT_BY_STATUS,
};
const char *cord_alert_book_sort_name(enum cord_alert_sort sort); /* "priority" */
bool cord_alert_book_sort_find(cord_str name, enum cord_alert_sort *ret_sort);

#define CORD_ALERT_LIMIT_MAX  1000u
#define CORD_ALERT_CURSOR_MAX 64u /* characters, a NUL among them */

struct cord_alert_page {
    enum cord_alert_sort sort;
    bool
        reverse; /* the other way round: BY_PRIORITY, RISK, LAST, KNOWN, UPDATED, COUNT and SEVERITY
                    begin with the highest or latest, the others with the lowest or first */
    bool grouped; /* alerts of one rule and organisation that began in the same ten minutes are one
                     row: the first of them in the order */
    uint32_t limit;  /* 1 .. LIMIT_MAX */
    cord_str cursor; /* "": from the start */
};

struct cord_alert_listed {
    uint64_t total;    /* alerts that were chosen, exactly; not rows */
    uint64_t rows;     /* as many as without limit and cursor; total unless grouped */
    uint64_t open;     /* of total: not closed and not suppressed */
    uint64_t revision; /* as in stats */
    char cursor[CORD_ALERT_CURSOR_MAX]; /* where to go on; "": that was all. Tells of data: is not
                                           for clients to read */
};

struct cord_alert_visitor {
    void (*visit)(void *self, const struct cord_alert *alert);
    void *self;
};

/* Visits after the lock is given back. CORD_E_FORMAT: the query, or no cursor of this question;
 * CORD_E_LIMIT: the query is too large; CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_alert_book_list(struct cord_alert_book *book,
                                               const struct cord_alert_ask *ask,
                                               const struct cord_alert_page *page,
                                               struct cord_alert_visitor visitor,
                                               struct cord_alert_listed *ret_listed,
                                               struct cord_error *err);

/* How many there are, of all that may be seen: total and open as a page would have them, without
 * looking at any alert where only `visible` chooses. Errors are the list's. */
struct cord_alert_counted {
    uint64_t total, open;
};
CORD_MUST_USE cord_status cord_alert_book_count(struct cord_alert_book *book,
                                                const struct cord_alert_ask *ask,
                                                struct cord_alert_counted *ret_counted,
                                                struct cord_error *err);

/* One, by its id; of ask at_ns and visible count. CORD_E_NOENT: there is none, or none that may be
 * seen. */
CORD_MUST_USE cord_status
cord_alert_book_one(struct cord_alert_book *book, const struct cord_alert_ask *ask, cord_str id,
                    void (*visit)(void *self, const struct cord_alert *alert), void *self);
/* How far it was, as shown, and whose, right before what one of its claims said of it: for undoing
 * that. Texts are the book's. CORD_E_NOENT as above, or it has no such claim. */
struct cord_alert_stand {
    enum cord_alert_status status;
    enum cord_alert_reason reason; /* NONE unless it was closed */
    cord_str owner;
};
CORD_MUST_USE cord_status cord_alert_book_stood(struct cord_alert_book *book,
                                                const struct cord_alert_ask *ask, cord_str id,
                                                uint64_t claim, struct cord_alert_stand *ret_stand);
/* Numbers of its findings above `after`, ascending, and of its claims (from 0 on: all of them,
 * ascending) at most `room`. As known at ask's at_ns. CORD_E_NOENT as above. */
struct cord_alert_slice {
    uint64_t after;
    uint64_t *numbers; /* the caller's */
    size_t room;
};
CORD_MUST_USE cord_status cord_alert_book_findings(struct cord_alert_book *book,
                                                   const struct cord_alert_ask *ask, cord_str id,
                                                   const struct cord_alert_slice *slice,
                                                   size_t *ret_count);
CORD_MUST_USE cord_status cord_alert_book_claims(struct cord_alert_book *book,
                                                 const struct cord_alert_ask *ask, cord_str id,
                                                 const struct cord_alert_slice *slice,
                                                 size_t *ret_count);

/* Counts by value: of severity status reason owner rule org region technique tactic host user
 * address entity kind criticality care cluster incident suppressed. */
struct cord_alert_facet_value {
    cord_str value; /* "" : it has none. Of rule: its id, and label its title */
    cord_str label; /* "" unless rule */
    uint64_t count;
};
struct cord_alert_facet {
    cord_str field;
    const struct cord_alert_facet_value *values; /* the largest first, then by value */
    size_t value_count;                          /* at most `top` */
    uint64_t other;                              /* what further values come to */
    uint64_t distinct;                           /* how many values there are */
};
#define CORD_ALERT_FACETS_MAX    20u
#define CORD_ALERT_FACET_TOP_MAX 1000u
struct cord_alert_faceting {
    const cord_str *fields;
    size_t field_count; /* at most FACETS_MAX */
    uint32_t top;       /* values of each; at most FACET_TOP_MAX */
    void (*visit)(void *self, const struct cord_alert_facet *facet); /* in the order of fields */
    void *self;
};
/* CORD_E_FORMAT: the query, or no such field (err names the nearest). A technique is counted once
 * an alert that has it, so those add up to more than total. */
CORD_MUST_USE cord_status cord_alert_book_facets(struct cord_alert_book *book,
                                                 const struct cord_alert_ask *ask,
                                                 const struct cord_alert_faceting *faceting,
                                                 uint64_t *ret_total, struct cord_error *err);

/* Alerts that began in each bucket, by level: counts[bucket * (CORD_LEVEL_CRITICAL + 1) + level],
 * zeroed and filled. Those that began before or after are not in any. */
struct cord_alert_histogram {
    int64_t from_ns;
    int64_t bucket_ns; /* above 0 */
    size_t buckets;    /* 1 .. 1000 */
    bool by_known;     /* when we first knew, instead of when it began */
    uint64_t *counts;
};
CORD_MUST_USE cord_status cord_alert_book_histogram(struct cord_alert_book *book,
                                                    const struct cord_alert_ask *ask,
                                                    const struct cord_alert_histogram *histogram,
                                                    uint64_t *ret_total, struct cord_error *err);

/* Ids of alerts that changed after a revision, each once, the latest change first, at most `most`;
 * of ask only visible counts, and that is asked of organisations with changes alone. That a rule's
 * precision or a host's criticality changed is no change of its alerts. CORD_E_NOMEM. */
struct cord_alert_since {
    uint64_t revision;
    size_t most;
    void (*visit)(void *self, cord_str id);
    void *self;
};
struct cord_alert_changed {
    uint64_t revision; /* to go on from */
    bool more; /* there are further ones, or the revision lies so far back (changes_kept) that
                  nobody knows: ask anew */
};
CORD_MUST_USE cord_status cord_alert_book_changes(struct cord_alert_book *book,
                                                  const struct cord_alert_ask *ask,
                                                  const struct cord_alert_since *since,
                                                  struct cord_alert_changed *ret_changed);

/* --- risk of entities and organisations --- */

/* From open, not suppressed alerts: of an entity the highest of each rule; of an organisation its
 * entities'. The highest counts whole; each further one takes its share of half, a quarter, ... of
 * what is missing to 100, so that many small ones do not outweigh one that is grave. */
struct cord_alert_risk {
    cord_str organisation;
    enum cord_alert_entity entity_kind; /* ORGANISATION, entity "": of the organisation */
    cord_str entity;
    unsigned risk; /* 0..100 */
    uint64_t open; /* alerts that count */
    enum cord_alert_criticality
        criticality; /* of an organisation: the highest of an entity with alerts */
    cord_str care;
    cord_str why; /* JSON as in struct cord_alert; parts add up to the risk */
};
/* Of the alerts that the ask chooses: the entities (or organisations) by risk, highest first, at
 * most `most`. */
struct cord_alert_ranking {
    bool organisations; /* instead of entities */
    size_t most;
    void (*visit)(void *self, const struct cord_alert_risk *risk);
    void *self;
};
CORD_MUST_USE cord_status cord_alert_book_risks(struct cord_alert_book *book,
                                                const struct cord_alert_ask *ask,
                                                const struct cord_alert_ranking *ranking,
                                                uint64_t *ret_total, struct cord_error *err);

/* How a rule has done: closed as true positive against false positive or benign, as known at at_ns
 * (NONE: now). A rule that nobody has judged is taken for half right: (true + 1) / (true + false +
 * 2). */
struct cord_alert_rule {
    uint64_t alerts, findings;
    uint64_t true_positive, false_positive, benign;
    int64_t last_ns;         /* when its latest event happened; NONE */
    int64_t median_close_ns; /* from first known to closed, of those that are; NONE */
};
CORD_MUST_USE cord_status cord_alert_book_rule(struct cord_alert_book *book,
                                               const struct cord_alert_ask *ask, cord_str rule,
                                               struct cord_alert_rule *ret_rule);

#endif
