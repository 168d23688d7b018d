/*
 * alert_book_scan_internal.h: a way through all alerts that an ask chooses; see alert_book.h.
 *
 * Sixty-four at a time, as known at the ask's moment. From open to close the book's lock is held
 * for reading, and nothing outside the book is called.
 *
 * All alerts in their order, where most of them may be seen; else organisation by organisation
 * those that may: so that what one organisation's reader waits for does not grow with the others.
 */
#ifndef CORD_TRIAGE_ALERT_BOOK_SCAN_INTERNAL_H
#define CORD_TRIAGE_ALERT_BOOK_SCAN_INTERNAL_H

#include "triage/alert_book_internal.h"

enum { CORD_ALERT_BLOCK = 64 };

struct cord_alert_query;

enum cord_alert_view { CORD_ALERT_VIEW_NONE, CORD_ALERT_VIEW_HIDDEN, CORD_ALERT_VIEW_SEEN };

/* What a question needs. */
struct cord_alert_way {
    bool regions;      /* whether texts of the column REGION are asked for */
    bool latest_first; /* blocks of those that were fed last come first, if not by lists */
};

struct cord_alert_scan {
    struct cord_alert_book *book;
    struct cord_alert_moment moment;
    int64_t from_ns, to_ns;
    bool locked;
    bool all;          /* nobody was asked who may be seen */
    bool sees_all;     /* all that there are may be */
    uint8_t *sees;     /* by organisation, of those there were when it was asked */
    cord_str *regions; /* likewise; NULL: not asked for */
    size_t organisation_count;
    size_t most;     /* alerts that may be chosen at most */
    uint32_t *named; /* alerts that are asked for by their ids; NULL: no such list */
    size_t named_count;
    bool listed;          /* by lists of alerts: */
    const uint32_t *list; /* the one that is gone through */
    size_t list_count, list_at;
    uint32_t list_next;   /* the organisation whose list is the next */
    uint8_t *rule_points; /* by version: level and precision */
    uint8_t care_points[CORD_ALERT_LIFE_CRITICAL + 1];
    uint8_t *entities; /* what is known of each: CORD_ALERT_VIEW_SEEN and its criticality */
    uint32_t absent;   /* from here on alerts that no person raised were not known yet */
    uint8_t mark_points[16];
    uint8_t count_points[128];      /* the last is that of all above */
    struct cord_alert_query *query; /* NULL: all */

    uint32_t next; /* alerts that have been looked at, unless by lists */
    bool latest_first;
    uint32_t first;                   /* of this block, unless by lists */
    const struct cord_alert_hot *hot; /* by place in the block */
    uint64_t changed;                 /* places whose state is in `states` */
    uint32_t alerts[CORD_ALERT_BLOCK];
    struct cord_alert_hot hots[CORD_ALERT_BLOCK];
    struct cord_alert_state states[CORD_ALERT_BLOCK]; /* of those that have changed since */
};

/* Parses the query, asks who may be seen, takes the lock. In any case close it. Errors are
 * cord_alert_book_list's. */
CORD_MUST_USE cord_status cord_alert_book_scan_open(struct cord_alert_scan *scan,
                                                    struct cord_alert_book *book,
                                                    const struct cord_alert_ask *ask,
                                                    struct cord_alert_way way,
                                                    struct cord_error *err);
void cord_alert_book_scan_close(struct cord_alert_scan *scan);
/* Gives the lock back; what was lent of the book's texts stays. */
void cord_alert_book_scan_unlock(struct cord_alert_scan *scan);

/* A block in which at least one is chosen: bits of *ret_chosen. CORD_E_END; CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_alert_book_scan_next(struct cord_alert_scan *scan,
                                                    uint64_t *ret_chosen);

/* Of alerts of the block, by their place in it. */
static inline uint32_t cord_alert_book_scan_alert(const struct cord_alert_scan *scan,
                                                  unsigned place)
{
    return scan->listed ? scan->alerts[place] : scan->first + place;
}
static inline const struct cord_alert_state *
cord_alert_book_scan_state(const struct cord_alert_scan *scan, unsigned place)
{
    return (scan->changed >> place & 1) != 0
               ? &scan->states[place]
               : &scan->book->state[cord_alert_book_scan_alert(scan, place)];
}
/* Most have none of the three: their state is not looked at. */
static inline uint32_t cord_alert_book_scan_owner(const struct cord_alert_scan *scan,
                                                  unsigned place)
{
    bool has = (scan->hot[place].marks & CORD_ALERT_OWNED) != 0;
    return has ? cord_alert_book_scan_state(scan, place)->owner : 0;
}
static inline uint32_t cord_alert_book_scan_cluster(const struct cord_alert_scan *scan,
                                                    unsigned place)
{
    bool has = (scan->hot[place].marks & CORD_ALERT_CLUSTERED) != 0;
    return has ? cord_alert_book_scan_state(scan, place)->cluster : 0;
}
static inline uint32_t cord_alert_book_scan_incident(const struct cord_alert_scan *scan,
                                                     unsigned place)
{
    bool has = (scan->hot[place].marks & CORD_ALERT_LINKED) != 0;
    return has ? cord_alert_book_scan_state(scan, place)->incident : 0;
}
static inline uint32_t cord_alert_book_scan_organisation(const struct cord_alert_scan *scan,
                                                         unsigned place)
{
    return scan->book->entities.organisation[scan->hot[place].entity];
}
/* Of what may be seen. */
static inline enum cord_alert_criticality
cord_alert_book_scan_criticality(const struct cord_alert_scan *scan, unsigned place)
{
    return (enum cord_alert_criticality)(scan->entities[scan->hot[place].entity] -
                                         CORD_ALERT_VIEW_SEEN);
}
static inline unsigned cord_alert_book_scan_risk(const struct cord_alert_scan *scan, unsigned place,
                                                 enum cord_alert_criticality criticality)
{
    const struct cord_alert_hot *hot = &scan->hot[place];
    return (unsigned)scan->rule_points[hot->rule] + scan->care_points[criticality] +
           scan->mark_points[hot->marks & CORD_ALERT_MARKS_OF_RISK] +
           scan->count_points[hot->count < 127 ? hot->count : 127];
}
bool cord_alert_book_scan_sees(const struct cord_alert_scan *scan, uint32_t organisation);
/* How many of the block's are open. */
static inline unsigned cord_alert_book_scan_open_count(const struct cord_alert_scan *scan,
                                                       uint64_t chosen)
{
    unsigned open = 0;
    for (; chosen != 0; chosen &= chosen - 1) {
        open += cord_alert_book_is_open(&scan->hot[__builtin_ctzll(chosen)]) ? 1 : 0;
    }
    return open;
}
cord_str cord_alert_book_scan_region(const struct cord_alert_scan *scan, uint32_t organisation);

/* Lowest bit first; CORD_ALERT_BLOCK when there is none. */
static inline unsigned cord_alert_book_scan_take(uint64_t *bits)
{
    if (*bits == 0) {
        return CORD_ALERT_BLOCK;
    }
    unsigned place = (unsigned)__builtin_ctzll(*bits);
    *bits &= *bits - 1;
    return place;
}

/* --- queries (alert_book_query.c) --- */

enum cord_alert_column {
    CORD_ALERT_COLUMN_ID,
    CORD_ALERT_COLUMN_SEVERITY,
    CORD_ALERT_COLUMN_STATUS,
    CORD_ALERT_COLUMN_REASON,
    CORD_ALERT_COLUMN_OWNER,
    CORD_ALERT_COLUMN_RULE,
    CORD_ALERT_COLUMN_TITLE,
    CORD_ALERT_COLUMN_AUTHOR,
    CORD_ALERT_COLUMN_TAG,
    CORD_ALERT_COLUMN_TECHNIQUE,
    CORD_ALERT_COLUMN_TACTIC,
    CORD_ALERT_COLUMN_ORG,
    CORD_ALERT_COLUMN_REGION,
    CORD_ALERT_COLUMN_HOST,
    CORD_ALERT_COLUMN_USER,
    CORD_ALERT_COLUMN_ADDRESS,
    CORD_ALERT_COLUMN_ENTITY,
    CORD_ALERT_COLUMN_KIND,
    CORD_ALERT_COLUMN_CRITICALITY,
    CORD_ALERT_COLUMN_CARE,
    CORD_ALERT_COLUMN_RISK,
    CORD_ALERT_COLUMN_FINDINGS,
    CORD_ALERT_COLUMN_AGAIN,
    CORD_ALERT_COLUMN_NOTES,
    CORD_ALERT_COLUMN_FIRST,
    CORD_ALERT_COLUMN_LAST,
    CORD_ALERT_COLUMN_KNOWN,
    CORD_ALERT_COLUMN_UPDATED,
    CORD_ALERT_COLUMN_CLUSTER,
    CORD_ALERT_COLUMN_INCIDENT,
    CORD_ALERT_COLUMN_SUPPRESSED,
    CORD_ALERT_COLUMN_MANUAL,
    CORD_ALERT_COLUMNS,
};

const char *cord_alert_book_column_name(enum cord_alert_column column);
/* CORD_E_FORMAT: there is none; err names the nearest. */
CORD_MUST_USE cord_status cord_alert_book_column_find(cord_str name,
                                                      enum cord_alert_column *ret_column,
                                                      struct cord_error *err);
/* HOST to ENTITY: whether an entity of that kind has it. */
bool cord_alert_book_column_is_about(enum cord_alert_column column, enum cord_alert_entity kind);
/* How many different things a column may say, 0: too many to count (times, counts, id). */
size_t cord_alert_book_column_size(const struct cord_alert_book *book,
                                   enum cord_alert_column column);
/* Which of them an alert of the block says. */
uint64_t cord_alert_book_column_at(const struct cord_alert_scan *scan,
                                   enum cord_alert_column column, unsigned place);
/* The texts behind it, one after the other from index 0; false: there is no further one. Buffer:
 * for numbers. */
#define CORD_ALERT_COLUMN_TEXT 48u
bool cord_alert_book_column_text(const struct cord_alert_scan *scan, enum cord_alert_column column,
                                 uint64_t value, size_t index, char buffer[CORD_ALERT_COLUMN_TEXT],
                                 cord_str *ret_text);

CORD_MUST_USE cord_status cord_alert_book_query_parse(cord_str text,
                                                      struct cord_alert_query **ret_query,
                                                      struct cord_error *err);
void cord_alert_book_query_free(struct cord_alert_query *query);
bool cord_alert_book_query_asks(const struct cord_alert_query *query,
                                enum cord_alert_column column);
/* Only alerts of certain ids can meet it: those ids, in its own memory; false: others can. Some
 * may be no ids. */
bool cord_alert_book_query_ids(const struct cord_alert_query *query, const cord_str **ret_ids,
                               size_t *ret_count);
/* Memory for what each value answers, in a book that is locked from now on. CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_alert_book_query_begin(struct cord_alert_query *query,
                                                      const struct cord_alert_scan *scan);
/* Of the alerts whose bits are set, those that meet it. One that cannot be decided (an expression
 * met its limit) is among them: rather one too many than one that nobody sees. CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_alert_book_query_block(struct cord_alert_query *query,
                                                      const struct cord_alert_scan *scan,
                                                      uint64_t among, uint64_t *ret_chosen);

#endif
