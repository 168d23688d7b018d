/*
 * incident.h: what is handled together, derived from claims at the moment it is asked for.
 *
 * An incident is whatever has been declared one (incident.declare, of "incident:INC-2026-7QK2").
 * Its story is told by the claims incident.*, by what its organisations said meanwhile, and by the
 * alerts that are linked to it. Nothing is kept: the same claims give the same
 * incident, as known at any time. A record is live or one exercise, so that an incident is, too
 * (N12).
 *
 * Where several people speak of one thing (a task, a link, who commands), what was recorded last
 * holds. A claim that was superseded is as if it had not been made, from then on.
 *
 * A merged incident points to the one that goes on; that one shows the links, tasks, notes and
 * decisions of both, each once.
 *
 * Who may not see everything gets the incident made of the claims that it may see, and of no
 * others: no name, count, text or time comes from what is hidden from it (N13). What is told of
 * an incident is the nation's, unless the claim names in `organisations` whose matter it is. An
 * incident exists for a reader when a declaration of it does, or when an organisation that it may
 * see is in it: then it gets the frame, whatever else is hidden: id, severity, state, since when,
 * who commands.
 *
 * Thread: as the view's.
 */
#ifndef CORD_TRIAGE_INCIDENT_H
#define CORD_TRIAGE_INCIDENT_H

#include "record/organisation.h"
#include "triage/incident_language.h"

enum cord_incident_state { CORD_INCIDENT_OPEN, CORD_INCIDENT_STOOD_DOWN, CORD_INCIDENT_MERGED };

/* Ordered as they are shown. */
enum cord_incident_link_kind {
    CORD_INCIDENT_ALERT,    /* "A-7K2M-9QXF" */
    CORD_INCIDENT_CLUSTER,  /* "S-..." */
    CORD_INCIDENT_EVIDENCE, /* id of a row of evidence */
    CORD_INCIDENT_ORGANISATION,
    CORD_INCIDENT_CLAIM, /* "c17" */
    CORD_INCIDENT_ADVISORY,
    CORD_INCIDENT_LINK_KINDS,
};

enum cord_incident_lane {
    CORD_INCIDENT_LANE_ATTACK,
    CORD_INCIDENT_LANE_US,
    CORD_INCIDENT_LANE_HOSPITAL,
    CORD_INCIDENT_LANE_CARE,
    CORD_INCIDENT_LANES,
};

enum cord_incident_task_state {
    CORD_INCIDENT_TASK_OPEN,
    CORD_INCIDENT_TASK_DOING,
    CORD_INCIDENT_TASK_DONE,
    CORD_INCIDENT_TASK_DROPPED,
    CORD_INCIDENT_TASK_STATES,
};

const char *cord_incident_state_name(enum cord_incident_state state);     /* "stood-down" */
const char *cord_incident_link_name(enum cord_incident_link_kind kind);   /* "alert" */
const char *cord_incident_lane_name(enum cord_incident_lane lane);        /* "us" */
const char *cord_incident_task_name(enum cord_incident_task_state state); /* "doing" */
bool cord_incident_state_find(cord_str name, enum cord_incident_state *ret_state);
bool cord_incident_link_find(cord_str name, enum cord_incident_link_kind *ret_kind);
bool cord_incident_lane_find(cord_str name, enum cord_incident_lane *ret_lane);
bool cord_incident_task_find(cord_str name, enum cord_incident_task_state *ret_state);

/* --- asking --- */

/* Whose something is: as the API's port to rights asks it. */
struct cord_incident_matter {
    cord_str organisation; /* code; "": the nation's */
    cord_str site;         /* code of a site of which it is not known whose it is; "" */
    cord_str claimant;     /* code of the organisation that says so; "" */
    bool unknown;          /* it is somebody's, and not known whose */
    enum cord_claim_marking marking;
};

/* What is known of an alert or cluster that is linked. Borrows the port until it is called again.
 */
struct cord_incident_sighting {
    cord_str title;
    cord_str organisation; /* code; "": of several: the nation's */
    cord_str entity;       /* host, user or address; "" */
    int64_t first_ns;      /* of the first event; CORD_TIME_NONE: not known */
    int64_t known_ns;      /* of the first finding; CORD_TIME_NONE */
};

struct cord_incident_request {
    int64_t known_ns; /* as known at; INT64_MAX: now */
    /* As of that moment: names, what belongs to what, who counts as whom (N4). NULL: codes stand
     * for themselves. */
    const struct cord_organisations *organisations;
    /* NULL: everything may be seen. */
    bool (*sees)(void *self, const struct cord_incident_matter *matter);
    /* Of an alert or cluster, as known at that time. CORD_E_NOENT: there is none. NULL: nothing is
     * known of any. */
    cord_status (*sighting)(void *self, enum cord_incident_link_kind kind, cord_str id,
                            int64_t known_ns, struct cord_incident_sighting *ret_sighting);
    /* How "user:17" is called in texts; "" or ptr NULL: as it is. Lives until it is called again.
     * NULL: as it is. */
    cord_str (*name)(void *self, cord_str subject);
    void *self;                           /* of all three */
    enum cord_incident_language language; /* of reports, and of what they say of care */
};

/* --- an incident --- */

struct cord_incident_link {
    enum cord_incident_link_kind kind;
    cord_str id;
    cord_str title;         /* "": not known */
    cord_str reason;        /* "" */
    cord_str incident;      /* to which it was linked: it may have merged into this one */
    cord_str organisations; /* whose matter it is, a JSON array; "[]": the nation's */
    int64_t linked_ns;
    uint64_t claim;
    cord_str who; /* claimant */
};

struct cord_incident_change {
    int64_t time_ns;
    uint64_t claim;
    cord_str who; /* claimant */
    enum cord_incident_task_state state;
    cord_str owner; /* as it was then */
    cord_str reason;
};

struct cord_incident_task {
    cord_str task;     /* name: of its incident's, one */
    cord_str incident; /* where it was set: it may have merged into this one */
    cord_str title;
    cord_str sort;  /* "action", "decision", "enquiry" */
    cord_str owner; /* "user:17"; "" */
    int64_t due_ns; /* CORD_TIME_NONE */
    enum cord_incident_task_state state;
    cord_str organisations;                     /* whose matter it is, a JSON array; "[]" */
    uint64_t claim;                             /* the last word */
    const struct cord_incident_change *history; /* oldest first */
    size_t history_count;
};

struct cord_incident_decision {
    uint64_t number; /* from 1, in the order that they were recorded; 0 for a reader who does not
                        see all, whom a gap would tell something */
    uint64_t claim;
    uint64_t replaced_by; /* claim; 0 */
    int64_t time_ns;      /* when it was taken */
    int64_t recorded_ns;
    int64_t at_ns; /* as known at which time it was taken: CORD_TIME_NONE, then time_ns */
    cord_str who;  /* by name or office; else the claimant */
    cord_str what, why;
    cord_str options; /* JSON array of texts; "[]" */
    cord_str basis;   /* JSON array of claims, alerts, evidence; "[]" */
};

/* A report of the situation that was issued (incident_sitrep.h). */
struct cord_incident_report {
    uint64_t claim;
    uint64_t replaced_by; /* claim; 0 */
    uint64_t previous;    /* claim; 0 */
    int64_t recorded_ns;
    int64_t at_ns; /* as known at */
    cord_str title;
    cord_str who;  /* claimant */
    cord_str text; /* JSON array of lines */
};

struct cord_incident_organisation {
    cord_str code;    /* of its identity (N4) */
    cord_str name;    /* "": not known */
    cord_str state;   /* of status.claim; "unknown": nobody has said, which is not well (N5) */
    int64_t since_ns; /* since when it is so; CORD_TIME_NONE */
    uint64_t claim;   /* that says so; 0 */
    /* The last that was said of how it is, by anybody. */
    cord_str last_who; /* claimant; "" */
    int64_t last_ns;   /* when it was recorded; CORD_TIME_NONE */
    uint64_t last_claim;
    bool was_infected; /* at any time of the incident */
};

struct cord_incident_item {
    int64_t time_ns;  /* when it was so */
    int64_t known_ns; /* when it was recorded, or found */
    enum cord_incident_lane lane;
    cord_str kind; /* of the claim; "sighting" of an alert or cluster */
    cord_str text;
    cord_str params; /* what the text is made of: a JSON object of texts by the claim's members;
                        "of": the organisation's name, "amount", "unit" */
    cord_str who;    /* claimant; "" of a sighting */
    cord_str organisation; /* code of its identity; "" */
    uint64_t claim;        /* 0 of a sighting */
    uint64_t replaced_by;  /* the claim that supersedes it; 0 */
    cord_str alert;        /* of a sighting: its id; "" */
    cord_str evidence;     /* id, of a link to evidence, or a claim's source; "" */
};

/* A time and what tells it: a claim, or an alert's sighting. */
struct cord_incident_moment {
    int64_t time_ns; /* CORD_TIME_NONE: not known */
    uint64_t claim;  /* 0 */
    cord_str alert;  /* "" */
};

/* From one moment to another; known when both are, and in that order (N9). */
struct cord_incident_span {
    struct cord_incident_moment from, to;
    bool known;
    int64_t ns; /* when known */
};

/* In their order. */
enum cord_incident_phase {
    CORD_INCIDENT_DETECTED,
    CORD_INCIDENT_ACKNOWLEDGED,
    CORD_INCIDENT_DECIDED,
    CORD_INCIDENT_CONTAINED,
    CORD_INCIDENT_RECOVERED,
    CORD_INCIDENT_PHASES,
};
const char *cord_incident_phase_name(enum cord_incident_phase phase); /* "decided" */
bool cord_incident_phase_find(cord_str name, enum cord_incident_phase *ret_phase);

struct cord_incident_kpis {
    /* The attack's first event (or since when it was declared to be) until the centre knew:
     * phase "detected", else the first finding, status or declaration that was recorded. */
    struct cord_incident_span detect;
    /* From there until somebody took it up: phase "acknowledged", else the first alert
     * acknowledged or the declaration, when a person made it. */
    struct cord_incident_span acknowledge;
    /* From detection until phase "decided", else the first decision. */
    struct cord_incident_span decide;
    /* From detection until phase "contained", else until the last of those that were infected was
     * contained, recovered or clear. */
    struct cord_incident_span contain;
};

/* Texts and lists live as long as it does. */
struct cord_incident {
    cord_str id;       /* "INC-2026-7QK2" */
    cord_str title;    /* "": hidden from this reader */
    cord_str severity; /* "minor", "business-continuity", "critical", "major" */
    cord_str lead;     /* code of an organisation; "" */
    enum cord_incident_state state;
    bool automatic; /* the system has declared it, and no person since; false: hidden from this
                       reader */
    cord_str merged_into;   /* of a merged one */
    cord_str commander;     /* "user:17"; "" */
    bool whole;             /* the reader sees what is the nation's */
    int64_t known_ns;       /* as known at; never INT64_MAX */
    int64_t began_ns;       /* since when it was declared to be so */
    int64_t declared_ns;    /* recorded */
    int64_t ended_ns;       /* CORD_TIME_NONE: it is not over */
    int64_t updated_ns;     /* the last that was recorded of it */
    const cord_str *merged; /* incidents that are one with it now; of a whole one */
    size_t merged_count;
    const cord_str *split_off; /* those that were part of it; of a whole one */
    size_t split_off_count;
    cord_str split_from; /* "" */

    const struct cord_incident_link *links; /* by kind, then id */
    size_t link_count;
    const struct cord_incident_task *tasks; /* by due, those without last, then by name */
    size_t task_count;
    const struct cord_incident_decision *decisions; /* by claim */
    size_t decision_count;
    const struct cord_incident_report *reports; /* by claim */
    size_t report_count;
    const struct cord_incident_organisation *organisations; /* by code */
    size_t organisation_count;
    const struct cord_incident_item *timeline; /* by time_ns, then known_ns; empty in a list */
    size_t timeline_count;

    size_t alerts, clusters, tasks_open; /* of links and tasks: what is counted once */
    struct cord_incident_moment phases[CORD_INCIDENT_PHASES]; /* as they were said to be reached */
    struct cord_incident_kpis kpis;
    /* What waits for somebody to decide: the task of that sort, or the containment without its
     * answer, that is due or was asked first. "": nothing. */
    cord_str next_decision;
    uint64_t next_claim;
    int64_t next_due_ns; /* CORD_TIME_NONE */

    struct cord_arena *arena;
};

/* CORD_E_NOENT: there is none of that id, as known then, for this reader. CORD_E_LIMIT: it is too
 * large to hold (256 MB). */
CORD_MUST_USE cord_status cord_incident_read(struct cord_record_view *view, cord_str id,
                                             const struct cord_incident_request *request,
                                             struct cord_incident **ret_incident,
                                             struct cord_error *err);
void cord_incident_free(struct cord_incident *incident);

enum cord_incident_which { CORD_INCIDENTS_OPEN, CORD_INCIDENTS_CLOSED, CORD_INCIDENTS_ALL };

struct cord_incident_filter {
    enum cord_incident_which which; /* CLOSED: stood down; ALL: merged ones, too */
    cord_str organisation;          /* that is in it, by code; "": any */
    cord_str link;                  /* id of something that is linked; "": any */
};

/* Those the reader has, the last declared first, without timelines and states of organisations;
 * each lives until `visit` returns. A status of `visit` other than CORD_OK ends it and is
 * returned (CORD_E_END: enough; returned as CORD_OK). */
typedef cord_status (*cord_incident_visit)(void *self, const struct cord_incident *incident);
CORD_MUST_USE cord_status cord_incident_list(struct cord_record_view *view,
                                             const struct cord_incident_request *request,
                                             const struct cord_incident_filter *filter,
                                             cord_incident_visit visit, void *self,
                                             struct cord_error *err);

#endif
