/*
 * spread.h: what spreads: the same technique across organisations or machines, as one cluster.
 *
 * A view over the findings: fed with them in the order of their numbers it is always the same,
 * whoever made it and when. A cluster has a patient zero (the first attacker), the order in which
 * machines were reached and taken over and by whom, its rate, and every finding that it rests on.
 * Attempts without an effect make no cluster; they are listed apart when asked for. What makes an
 * effect is in spread_fold.h, what rules say in spread_sign.h, both in docs/spread.md.
 *
 * `at` asks what was known then: patient zero may have been another. Whoever may see only some
 * organisations gets what their sightings alone come to (N13): nothing that others saw is counted,
 * timed or hinted at, so that a cluster may have another id, or be none, for them. Times are event
 * times, in nanoseconds, but for what is called known. Repeats within a minute of what is known
 * already are dated like their first.
 *
 * Memory is bounded: when it is full, attempts that came to nothing and are older than `keep` go,
 * counted; then sightings are refused, counted. Any thread; one lock inside.
 */
#ifndef CORD_TRIAGE_SPREAD_H
#define CORD_TRIAGE_SPREAD_H

#include "evidence/evidence_id.h"
#include "triage/sighting.h"

#define CORD_SPREAD_ID_TEXT 18 /* "S-K7QM-2F9A-XHP3" and a NUL */

struct cord_spread_options {
    int64_t window_ns;      /* how far apart signs of one spread may be */
    int64_t merge_ns;       /* how far apart when a machine is in both */
    int64_t quiet_ns;       /* growing until no machine has been added for so long */
    int64_t keep_ns;        /* of attempts without effect */
    uint32_t organisations; /* a technique that was merely seen (no tag says more) is a cluster on
                             * machines of so many organisations within the window, */
    uint32_t machines;      /* or on so many machines; and so many machines that scan are one */
    size_t notes_max;       /* findings kept, repeats within a minute as one */
    size_t bytes_max;       /* of names, and again of an answer */
    uint64_t seed;
    struct cord_evidence_id_key id_key; /* of the ids; the same one gives the same ids */
};

/* An hour, a day, half an hour, a week; two organisations, three machines; half a million
 * findings in 64 MiB. Seed and key are the caller's. */
void cord_spread_defaults(struct cord_spread_options *ret_options);

struct cord_spread;

/* CORD_E_NOMEM; CORD_E_FORMAT: options out of bounds, err says which. */
CORD_MUST_USE cord_status cord_spread_new(const struct cord_spread_options *options,
                                          struct cord_spread **ret_spread, struct cord_error *err);
void cord_spread_free(struct cord_spread *spread);

/* In the order of their numbers; one at or below the last is passed over. CORD_OK also when it was
 * refused for lack of room: that is in the stats. CORD_E_NOMEM: not taken, may be fed again. */
CORD_MUST_USE cord_status cord_spread_feed(struct cord_spread *spread,
                                           const struct cord_sighting *sighting);

struct cord_spread_stats {
    uint64_t fed;       /* sightings */
    uint64_t signs;     /* of them, those that say something about spreading */
    uint64_t refused;   /* of the signs: no room */
    uint64_t forgotten; /* signs of attempts without effect that made room for others */
    uint64_t last;      /* number of the last one fed */
    uint64_t bytes;     /* held */
};
void cord_spread_stats(struct cord_spread *spread, struct cord_spread_stats *ret_stats);

enum cord_spread_role {
    CORD_SPREAD_ROLE_ATTACKER, /* attacked others */
    CORD_SPREAD_ROLE_REACHED,  /* attacked; nothing says that it worked */
    CORD_SPREAD_ROLE_IMPLANTED,
};
const char *cord_spread_role_name(enum cord_spread_role role); /* "attacker" .. */

/* How it is known that a machine was taken over. Ordered: the better last. */
enum cord_spread_basis {
    CORD_SPREAD_BASIS_NONE,     /* it was not */
    CORD_SPREAD_BASIS_SEEN,     /* it shows the technique, and others do */
    CORD_SPREAD_BASIS_BEHAVED,  /* it was reached, and then attacked */
    CORD_SPREAD_BASIS_INFERRED, /* a rule concludes it from what was seen */
    CORD_SPREAD_BASIS_OBSERVED, /* it answered as taken over, or what ran on it was seen */
};
const char *cord_spread_basis_name(enum cord_spread_basis basis); /* "observed" ..; NONE: "" */

/* One machine of a cluster. */
struct cord_spread_row {
    enum cord_spread_role role;
    enum cord_spread_basis basis;
    cord_str organisation; /* whose sensor saw it */
    cord_str host;         /* "": not known */
    cord_str address;      /* "": not known */
    bool external;         /* the address is of no organisation's own network */
    bool attacks;          /* whatever its role */
    int64_t time_ns;       /* since when it has the role */
    int64_t known_ns;      /* since when we know */
    int64_t reached_ns;    /* CORD_TIME_NONE: it was not seen attacked */
    int64_t attacked_ns;   /* CORD_TIME_NONE: it was not seen to attack */
    cord_str from;         /* address, or host, of who reached it; "": not known */
    uint64_t finding;      /* number of the one that gave it the role */
    cord_str evidence;     /* id; "" */
};

struct cord_spread_cluster {
    cord_str id;        /* the earliest of those it was made of */
    cord_str technique; /* "T1210" */
    cord_str title;     /* of the rule whose finding made it a cluster */
    int64_t first_ns, last_ns;
    int64_t known_ns;                           /* a cluster since */
    const struct cord_spread_row *patient_zero; /* the first attacker; NULL: not known */
    uint64_t organisations;                     /* distinct, with a machine attacking or taken */
    uint64_t hosts;                             /* distinct, likewise, of these organisations */
    uint64_t reached;                           /* machines attacked without a known effect */
    uint64_t findings;                          /* counted, not kept: repeats included */
    bool growing;                               /* one was added within quiet_ns */
    bool attempts_only;                         /* no cluster, but attempts: only when asked for */
    /* Machines and organisations added in the ten minutes up to the last one, a minute; of less
     * than ten, of those there are, but at least one. */
    double rate_hosts_per_minute;
    double rate_organisations_per_minute;
    const cord_str *merged; /* ids of clusters that turned out to be this one */
    size_t merged_count;
    const struct cord_spread_row *rows; /* by time */
    size_t row_count;
    /* Of a bare one, or one asked for by its id or a finding: its findings, ascending, of repeats
     * within a minute the first. */
    const uint64_t *numbers;
    size_t number_count;
};

struct cord_spread_question {
    int64_t at_ns;  /* as known then; CORD_TIME_NONE: as known now */
    int64_t now_ns; /* when nothing else is asked; whether it grows depends on it */
    bool attempts;  /* those without an effect, too */
    bool bare;      /* of each its id, title, technique, times and the numbers of its findings:
                     * neither machines nor figures. Cheap: for whoever asks after every finding */
    /* Whether the asker may see what is this organisation's; NULL: everything. Called with the
     * lock held, once an organisation. */
    bool (*visible)(void *self, cord_str organisation);
    void *self;
    cord_str id;      /* "": all; else one, or the one that it was merged into; with its rows */
    uint64_t finding; /* 0: any; else the cluster that this finding is part of */
};

struct cord_spread_answer;

/* Clusters, the one that began last first. Freed by the caller; its texts live as long.
 * CORD_E_NOENT: there is none of that id or finding, or not for the asker. CORD_E_LIMIT: larger
 * than bytes_max. CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_spread_ask(struct cord_spread *spread,
                                          const struct cord_spread_question *question,
                                          struct cord_spread_answer **ret_answer);
void cord_spread_answer_free(struct cord_spread_answer *answer);
size_t cord_spread_answer_count(const struct cord_spread_answer *answer);
const struct cord_spread_cluster *cord_spread_answer_at(const struct cord_spread_answer *answer,
                                                        size_t at);

#endif
