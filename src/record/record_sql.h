/*
 * record_sql.h: every statement that the record says to its database, in one place.
 *
 * The schema by migrations, forward only: a database is of version n when the first n
 * have been applied. A statement is prepared for a schema: "main", or the name
 * of a database attached beside it, into which views are made anew.
 * Plain SQL, so that another database can take it over. Thread: as sql.h.
 */
#ifndef CORD_RECORD_RECORD_SQL_H
#define CORD_RECORD_RECORD_SQL_H

#include "record/sql.h"

/* A time that is open in a view: later than all. */
#define CORD_RECORD_OPEN_NS INT64_MAX

/* A claim's tier is its marking; of the audit, so much more. */
#define CORD_RECORD_TIER_AUDIT 8

enum cord_record_statement {
    CORD_RECORD_CLAIM_ADD,
    CORD_RECORD_CLAIM_GET,      /* number */
    CORD_RECORD_CLAIM_LAST,     /* the last one's number, recorded_ns, hash */
    CORD_RECORD_CLAIM_KEY,      /* claimant, key: number */
    CORD_RECORD_CLAIM_RECORDED, /* number: recorded_ns */
    CORD_RECORD_CLAIMS_FROM,    /* number: from it on */
    /* record_reach.c: tier, after, before, key: numbers, ascending or, down, descending. */
    CORD_RECORD_REACH_TIER, /* without a key */
    CORD_RECORD_REACH_TIER_DOWN,
    CORD_RECORD_REACH_SUBJECT,
    CORD_RECORD_REACH_SUBJECT_DOWN,
    CORD_RECORD_REACH_CLAIMANT, /* but what it said of itself */
    CORD_RECORD_REACH_CLAIMANT_DOWN,
    CORD_RECORD_REACH_KIND, /* the marking in place of the tier */
    CORD_RECORD_REACH_KIND_DOWN,
    /* Tier, key: the first tier from that one on that the key has. */
    CORD_RECORD_REACH_SUBJECT_TIERS,
    CORD_RECORD_REACH_CLAIMANT_TIERS,
    CORD_RECORD_REACH_KIND_TIERS,
    CORD_RECORD_CLAIMS_BEFORE,  /* subject, number: descending */
    CORD_RECORD_CLAIM_STANDING, /* number, until: whether it was taken back, whether something was
                                   said instead that counts, what it supersedes or 0 */
    CORD_RECORD_TOPIC_FIND,     /* topic: id */
    CORD_RECORD_TOPIC_ADD,
    CORD_RECORD_LINE_FIND, /* topic id, subject, claimant, part: id */
    CORD_RECORD_LINE_ADD,
    CORD_RECORD_LINE_GET,          /* id: topic id, subject, claimant, part */
    CORD_RECORD_LINES_SUBJECT,     /* topic id, subject: id, claimant, part, in this order */
    CORD_RECORD_LINES_TOPIC,       /* topic id: subject, claimant, part, in this order */
    CORD_RECORD_REVISION_ADD,      /* claim, line */
    CORD_RECORD_REVISION_FIND,     /* claim: line, its day */
    CORD_RECORD_SPANS_OVERLAP,     /* line, to: still known that begin before it, the last first */
    CORD_RECORD_SPANS_LINE,        /* line, known, about: at most one */
    CORD_RECORD_SPANS_LINE_NOW,    /* line, about: the last still known that begins not after it */
    CORD_RECORD_SPANS_LINE_PERIOD, /* line, known, from, to */
    CORD_RECORD_SPAN_ADD,
    CORD_RECORD_SPAN_CLOSE, /* line, valid_from_ns, known_to_ns: of one still known */
    CORD_RECORD_SPAN_DROP,  /* line, valid_from_ns: the same */
    CORD_RECORD_SHELF_ROWS, /* first place, last place: spans, in order */
    CORD_RECORD_SHELF_FIND, /* place, line, from, known: line, from, known, spans of the last not
                               after */
    CORD_RECORD_SHELF_ADD,  /* place, line, from, known, spans */
    CORD_RECORD_SHELF_SET,  /* the same */
    CORD_RECORD_SHELF_DROP, /* place, line, from, known */
    CORD_RECORD_STATEMENTS,
};

/* Columns of a claim in the statements that give claims. */
enum cord_record_claim_column {
    CORD_RECORD_CLAIM_NUMBER,
    CORD_RECORD_CLAIM_KIND,
    CORD_RECORD_CLAIM_SUBJECT,
    CORD_RECORD_CLAIM_VALUE,
    CORD_RECORD_CLAIM_AMOUNT,
    CORD_RECORD_CLAIM_UNIT,
    CORD_RECORD_CLAIM_VALID_FROM,
    CORD_RECORD_CLAIM_VALID_TO,
    CORD_RECORD_CLAIM_RECORDED_NS,
    CORD_RECORD_CLAIM_CLAIMANT,
    CORD_RECORD_CLAIM_METHOD,
    CORD_RECORD_CLAIM_CONFIDENCE,
    CORD_RECORD_CLAIM_BASIS,
    CORD_RECORD_CLAIM_SOURCE,
    CORD_RECORD_CLAIM_KEY_TEXT,
    CORD_RECORD_CLAIM_SUPERSEDES,
    CORD_RECORD_CLAIM_MARKING,
    CORD_RECORD_CLAIM_HASH,
};

/* Columns of a span. */
enum cord_record_span_column {
    CORD_RECORD_SPAN_LINE,
    CORD_RECORD_SPAN_VALID_FROM,
    CORD_RECORD_SPAN_VALID_TO,
    CORD_RECORD_SPAN_KNOWN_FROM,
    CORD_RECORD_SPAN_KNOWN_TO,
    CORD_RECORD_SPAN_CLAIM,
    CORD_RECORD_SPAN_STATE,
    CORD_RECORD_SPAN_AMOUNT,
    CORD_RECORD_SPAN_UNIT,
    CORD_RECORD_SPAN_BASIS,
    CORD_RECORD_SPAN_CONFIDENCE,
};

struct cord_record_migration {
    const char *sql;
};

/* All there are; a database of their count's version is the newest. */
const struct cord_record_migration *cord_record_sql_migrations(size_t *ret_count);
/* Applies those that are missing, each in a transaction of its own. CORD_E_UNSUPPORTED: the
 * database is of a later version than there are migrations. */
CORD_MUST_USE cord_status cord_record_sql_migrate(struct cord_sql *sql,
                                                  const struct cord_record_migration *migrations,
                                                  size_t count, struct cord_error *err);
/* The tables, indices and triggers are what the migrations make. CORD_E_DAMAGED: one was
 * changed, added or removed; err names it. */
CORD_MUST_USE cord_status cord_record_sql_check_schema(struct cord_sql *sql,
                                                       struct cord_error *err);
/* The tables of views, in another schema; and the same emptied. */
CORD_MUST_USE cord_status cord_record_sql_make_views(struct cord_sql *sql, const char *schema,
                                                     struct cord_error *err);
CORD_MUST_USE cord_status cord_record_sql_empty_views(struct cord_sql *sql, struct cord_error *err);
/* The tables of views; the last has no name. */
struct cord_record_table {
    const char *name;
    const char *order; /* columns that tell its rows apart */
};
const struct cord_record_table *cord_record_sql_views(void);

CORD_MUST_USE cord_status cord_record_sql_prepare(struct cord_sql *sql, const char *schema,
                                                  enum cord_record_statement which,
                                                  struct cord_sql_statement **ret_statement,
                                                  struct cord_error *err);

#endif
