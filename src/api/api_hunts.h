/*
 * api_hunts.h: searches of evidence that go on while nobody waits for them.
 *
 * One at a time is run, the others wait; each keeps what it found, within bounds, for whoever
 * began it, until that one deletes it or a while has passed. Any thread.
 */
#ifndef CORD_API_API_HUNTS_H
#define CORD_API_API_HUNTS_H

#include "base/error.h"
#include "base/str.h"

#include <stdint.h>

struct cord_api;
struct cord_api_call;
struct cord_api_hunts;

CORD_MUST_USE cord_status cord_api_hunts_new(const struct cord_api *api,
                                             struct cord_api_hunts **ret_hunts,
                                             struct cord_error *err);
/* Cancels what runs, and ends the thread. */
void cord_api_hunts_stop(struct cord_api_hunts *hunts);
void cord_api_hunts_free(struct cord_api_hunts *hunts);

uint64_t cord_api_hunts_count(struct cord_api_hunts *hunts);

/* What a search has kept, copied into the call's arena: nobody's lock is held any more. */
struct cord_api_hunts_kept {
    cord_str query;
    cord_str organisation; /* "": all */
    cord_str source;       /* "": all */
    const char *state;
    int64_t from_ns; /* CORD_TIME_NONE: any */
    int64_t to_ns;
    int64_t created_ns;
    int64_t ended_ns;   /* CORD_TIME_NONE: it goes on */
    cord_str rows;      /* JSON objects, one behind the other */
    const size_t *ends; /* of each in rows */
    size_t row_count;
    uint64_t matched; /* events */
    bool counted;     /* matched is all that do, not only as far as it was looked */
    bool cut;         /* there are more rows than are kept */
    bool exact;       /* nothing was left out of a count for want of memory */
    uint64_t damaged; /* blocks that could not be read */
    bool over;        /* no further rows will come */
};

/* Of the search that the path names. False: a problem is set. */
bool cord_api_hunts_keep(struct cord_api_call *call, struct cord_api_hunts_kept *ret_kept);

#endif
