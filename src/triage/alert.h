/*
 * alert.h: findings grouped for a person, as the book of alerts lends them.
 *
 * A detection alert; what the centre publishes is a cyber alert, which is something else (claims
 * "alert.*"). Pure; any thread.
 */
#ifndef CORD_TRIAGE_ALERT_H
#define CORD_TRIAGE_ALERT_H

#include "base/error.h"
#include "detect/rule_about.h"

enum cord_alert_status {
    CORD_ALERT_NEW,
    CORD_ALERT_ACKNOWLEDGED,
    CORD_ALERT_IN_PROGRESS,
    CORD_ALERT_CLOSED,
};

/* Why it is closed. */
enum cord_alert_reason {
    CORD_ALERT_REASON_NONE, /* it is not */
    CORD_ALERT_TRUE_POSITIVE,
    CORD_ALERT_FALSE_POSITIVE, /* the rule was wrong */
    CORD_ALERT_BENIGN,         /* it was right, and there is nothing to it */
    CORD_ALERT_DUPLICATE,
    CORD_ALERT_EXERCISE,
    CORD_ALERT_OTHER,
};

/* How much care hangs on the entity. Silence is unknown, never "little" (N5). */
enum cord_alert_criticality {
    CORD_ALERT_UNKNOWN,
    CORD_ALERT_ADMINISTRATIVE,
    CORD_ALERT_SUPPORT,
    CORD_ALERT_CLINICAL,
    CORD_ALERT_LIFE_CRITICAL,
};

/* What the alert is about: of its findings the host; without one the user; without both the
 * address, the nearer end of the connection (a private one, and of two the source); else the
 * organisation. */
enum cord_alert_entity {
    CORD_ALERT_HOST,
    CORD_ALERT_USER,
    CORD_ALERT_ADDRESS,
    CORD_ALERT_ORGANISATION,
};

/* Texts and lists are the book's and live as long as it, but for id and why, which live until the
 * visitor returns, and for region, which is the asker's. */
struct cord_alert {
    cord_str id;           /* "A-7K2M-9QXF": see alert_id.h */
    cord_str organisation; /* code */
    cord_str region;       /* by the asker's port; "" */
    cord_str rule;         /* its id; "" of a manual alert */
    cord_str title;        /* as the first finding had it, as the four below */
    cord_str author;
    enum cord_level level;
    const cord_str *tags;
    size_t tag_count;
    enum cord_alert_entity entity_kind;
    cord_str entity; /* as first written */
    bool manual;     /* raised by a person */

    int64_t first_ns;       /* when it happened: the earliest event */
    int64_t last_ns;        /* and the latest */
    int64_t known_ns;       /* when we first knew */
    int64_t updated_ns;     /* the last finding or claim about it */
    uint64_t count;         /* findings; 0 of a manual one */
    uint64_t first_finding; /* numbers; 0: none */
    uint64_t last_finding;

    enum cord_alert_status status;
    enum cord_alert_reason reason; /* the last one given, kept while findings reopen it */
    uint64_t again;     /* findings that came after it was closed. When it was closed as true
                           positive, they open it again: status is NEW, reason and again stay */
    int64_t decided_ns; /* when somebody last said how far it is; NONE: nobody did */
    cord_str owner;     /* "user:17"; "": nobody */
    uint64_t notes;
    cord_str cluster;     /* ids; "" */
    cord_str incident;    /* */
    bool suppressed;      /* all of its findings so far fell under a suppression */
    cord_str suppression; /* that of the first; "" unless suppressed */

    enum cord_alert_criticality criticality;
    cord_str care;     /* what needs the entity; "": not said */
    unsigned risk;     /* 0..100 */
    uint64_t grouped;  /* rows that this one stands for, itself too; 1 without grouping */
    uint64_t revision; /* of the book when it last changed (not as known at `at`); like the numbers
                          of findings it tells how much happens elsewhere: not for clients (N13) */
    /* JSON: the parts of its risk, which add up to it, and of its place, which have no points:
     * [{"part":"level","text":"high","points":26}, ... {"part":"place","text":"..."}] */
    cord_str why;
};

const char *cord_alert_status_name(enum cord_alert_status status);          /* "in-progress" */
const char *cord_alert_reason_name(enum cord_alert_reason reason);          /* "benign"; "" */
const char *cord_alert_criticality_name(enum cord_alert_criticality value); /* "life-critical" */
const char *cord_alert_entity_name(enum cord_alert_entity kind);            /* "host" */
/* False for an unknown word. */
bool cord_alert_status_find(cord_str name, enum cord_alert_status *ret_status);
bool cord_alert_reason_find(cord_str name, enum cord_alert_reason *ret_reason);
bool cord_alert_criticality_find(cord_str name, enum cord_alert_criticality *ret_value);
bool cord_alert_entity_find(cord_str name, enum cord_alert_entity *ret_kind);

#endif
