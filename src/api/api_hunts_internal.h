/* api_hunts_internal.h: what the parts of searches of evidence share. */
#ifndef CORD_API_API_HUNTS_INTERNAL_H
#define CORD_API_API_HUNTS_INTERNAL_H

#include "api/api_call.h"
#include "api/api_hunts_summary.h"
#include "api/api_internal.h"

#include "base/arena.h"
#include "base/buf.h"
#include "evidence/evidence.h"
#include "evidence/query.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    CORD_API_HUNTS_ID_BYTES = 12, /* drawn */
    CORD_API_HUNTS_ID_TEXT = 2 * CORD_API_HUNTS_ID_BYTES + 1,
};

enum cord_api_hunts_state {
    CORD_API_HUNTS_QUEUED,
    CORD_API_HUNTS_RUNNING,
    CORD_API_HUNTS_DONE,
    CORD_API_HUNTS_CANCELLED,
    CORD_API_HUNTS_FAILED,
};
/* Their words, by number; NULL behind the last. */
extern const char *const cord_api_hunts_states[];

/* One search. Its maker's until it is added, then the list's. */
struct cord_api_hunt {
    struct cord_api_job job;
    struct cord_api_hunts *hunts;
    struct cord_api_hunt *next;
    char id[CORD_API_HUNTS_ID_TEXT];
    char owner[80];
    struct cord_arena *arena; /* of the texts */
    cord_str text;
    cord_str organisation; /* "": all */
    cord_str source;
    int64_t from_ns;
    int64_t to_ns;
    uint64_t limit;
    struct cord_query *query;
    struct cord_api_hunts_summary_ask ask;
    int64_t created_ns;
    atomic_bool cancelled;
    bool forgotten; /* nobody's any more: freed once it has run. Here and below: under the lock */
    enum cord_api_hunts_state state;
    int64_t ended_ns;
    struct cord_search_progress progress;
    bool cut;             /* there were more rows than are kept */
    bool exact;           /* nothing was left out that should not be */
    struct cord_buf rows; /* JSON objects, one behind the other */
    size_t *ends;         /* of each in rows */
    size_t row_count;
    size_t row_cap;
    struct cord_buf summary; /* an object without its closing brace; "": not begun */
    uint64_t total;          /* events that match, counted whole; UINT64_MAX: not known */
    bool rows_done;          /* what goes on is the summary */
};

struct cord_api_hunts {
    const struct cord_api *api;
    struct cord_api_pool *pool;
    pthread_mutex_t lock;        /* guards the list and what says so */
    struct cord_api_hunt *first; /* newest */
    size_t count;
};

/* --- api_hunts.c: the list --- */

/* Frees one that is in no list. */
void cord_api_hunts_discard(struct cord_api_hunt *hunt);
/* Takes the lock. False: there are too many, and it is the caller's still. */
bool cord_api_hunts_add(struct cord_api_hunt *hunt);
/* Under the lock: takes it off the list. */
void cord_api_hunts_unlist(struct cord_api_hunt *hunt);
/* Under the lock: frees those that ended long ago. */
void cord_api_hunts_forget(struct cord_api_hunts *hunts, int64_t now_ns);
/* Under the lock: the one that the path names; NULL: there is none of that id that is theirs. */
struct cord_api_hunt *cord_api_hunts_find(const struct cord_api_call *call);
/* Events of all organisations: no code begins with a blank, so that it is told as others' data. */
bool cord_api_hunts_sees_all(struct cord_api_call *call);
/* Rights may have been taken away since it was begun. */
bool cord_api_hunts_may_see(struct cord_api_call *call, const struct cord_api_hunt *hunt);

/* --- api_hunts_run.c --- */

/* On the searches' own thread: runs the one whose member the job is. */
void cord_api_hunts_run(struct cord_api_job *job);

/* --- api_hunts_get.c: what is told of one --- */

extern const struct cord_api_shape cord_api_hunts_shape;
/* Under the lock. */
void cord_api_hunts_put(const struct cord_api_hunt *hunt, struct cord_buf *out);

#endif
