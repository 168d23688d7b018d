/*
 * judge_internal.h: what the parts of the judge share: judge.c, which keeps the
 * journal and the thread, judge_windows.c, which feeds correlations, and
 * judge_replay.c, which judges what a crash left unjudged.
 */
#ifndef CORD_WIRE_JUDGE_INTERNAL_H
#define CORD_WIRE_JUDGE_INTERNAL_H

#include "base/map.h"
#include "wire/judge.h"
#include "wire/judge_entry.h"

#include <pthread.h>
#include <stdatomic.h>

/* The windows of one organisation. */
struct cord_judge_tenant {
    struct cord_judge_windows *windows;
    char *organisation;
    struct cord_scan_correlate *correlate;
    int64_t newest_ns; /* latest time of an event it was told of, and when that was: its */
    int64_t seen_ns;   /* time goes on from there, so that a backlog is not late as a whole */
};

/* All correlations, fed with what was told before: so that they can be made anew. */
struct cord_judge_windows {
    struct cord_rulebook *book; /* by which they are; NULL: none yet */
    struct cord_map rules;      /* of the book, by id or title */
    int64_t longest_ns;         /* timespan of a correlation */
    int64_t lateness_ns;
    int64_t ahead_ns;
    size_t bytes_max;
    uint64_t seed;
    struct cord_judge_tenant **tenants;
    size_t tenant_count;
    size_t tenant_cap;
    struct cord_map tenant_map;
    struct cord_arena *scratch;
    uint64_t dropped; /* inputs whose rule is gone */
    /* Entries that windows may still reach back to, oldest first. */
    struct cord_judge_past {
        char *bytes;
        size_t len;
        int64_t at_ns;
    } * past;
    size_t past_count;
    size_t past_cap;
    size_t past_bytes;
    /* Where completed correlations go; NULL while the past is told again. */
    cord_status (*found)(void *self, const struct cord_finding *finding, cord_str organisation);
    void *self;
};

/* --- judge_windows.c --- */

/* False when out of memory; _done all the same. */
bool cord_judge_windows_init(struct cord_judge_windows *windows,
                             const struct cord_judge_options *options);
void cord_judge_windows_done(struct cord_judge_windows *windows);
/* From here on by these rules: all windows are made anew from the past. */
CORD_MUST_USE cord_status cord_judge_windows_use(struct cord_judge_windows *windows,
                                                 struct cord_rulebook *book);
/* All windows anew from the past. */
CORD_MUST_USE cord_status cord_judge_windows_rebuild(struct cord_judge_windows *windows);
/* An entry's inputs, then its time. */
CORD_MUST_USE cord_status cord_judge_windows_feed(struct cord_judge_windows *windows,
                                                  cord_str inputs, int64_t at_ns);
/* The entry is in the journal: it is remembered as long as windows reach back. */
CORD_MUST_USE cord_status cord_judge_windows_remember(struct cord_judge_windows *windows,
                                                      cord_str inputs, int64_t at_ns);
/* Time alone may still complete something. */
bool cord_judge_windows_wait(const struct cord_judge_windows *windows, int64_t now_ns);

/* A rule's name in an entry. */
cord_str cord_judge_windows_rule(const struct cord_rule *rule);

/* --- judge.c --- */

struct cord_judge {
    struct cord_judge_options options;
    struct cord_journal *journal;
    struct cord_judge_windows windows;
    struct cord_buf findings; /* of the entry being made */
    struct cord_buf inputs;
    struct cord_buf entry;
    uint64_t finding_count;
    uint64_t input_count;
    int64_t now_ns;
    int64_t written_ns; /* when the last entry was */
    uint64_t written_through;
    cord_status found_status; /* of writing what a correlation found */

    pthread_t thread;
    bool started;
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t came;
    pthread_cond_t went;
    struct cord_verdict *first;
    struct cord_verdict *last;
    size_t waiting;
    bool closing;
    struct cord_judge_stats stats;
};

/* One entry of the verdicts, written and durable; they are freed. */
void cord_judge_round(struct cord_judge *judge, struct cord_verdict *verdicts, uint64_t through);

#endif
