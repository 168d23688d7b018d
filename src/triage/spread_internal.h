/*
 * spread_internal.h: what an answer about spreading is made from. Private to the room.
 */
#ifndef CORD_TRIAGE_SPREAD_INTERNAL_H
#define CORD_TRIAGE_SPREAD_INTERNAL_H

#include "triage/spread.h"
#include "triage/spread_fold.h"

struct cord_spread_answer {
    struct cord_arena *arena;
    struct cord_spread_cluster *clusters;
    size_t count;
};

/* Of one moment: notes are those that the fold has gone through. The caller holds the lock. */
CORD_MUST_USE cord_status cord_spread_answer_make(const struct cord_spread_options *options,
                                                  const struct cord_spread_log *log,
                                                  const struct cord_spread_fold *fold,
                                                  const struct cord_spread_question *question,
                                                  struct cord_spread_answer **ret_answer);

#endif
