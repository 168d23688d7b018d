/*
 * replay.h: rows of evidence become events again.
 *
 * The other way of keep.h: matching a replayed row gives what matching the
 * event gave. Names are learnt in the worker's paths, values that followed from
 * others are left out and follow again, and the class is found again from the
 * row alone, with the rules of today's classifier.
 *
 * One worker thread, like its paths and classifier.
 */
#ifndef CORD_WIRE_REPLAY_H
#define CORD_WIRE_REPLAY_H

#include "evidence/rows.h"
#include "normalise/classifier.h"

struct cord_replay;

/* Borrows both. NULL when out of memory. */
struct cord_replay *cord_replay_new(struct cord_paths *paths, struct cord_classifier *classifier);
void cord_replay_free(struct cord_replay *replay);

/* From here on rows come from `rows`, which is borrowed. To be said again after
 * they were reset. */
void cord_replay_from(struct cord_replay *replay, const struct cord_rows *rows);

/* Puts rows from number `from` on into the batch, which is reset first, and
 * classifies them. batch->events[i] is row from + i, in a copy of its text;
 * event->record counts them from 0. Stops when the batch is full: *ret_next,
 * always set, is the first row that is not in it, and beyond `from` on CORD_OK
 * unless there are no more. CORD_E_LIMIT: row *ret_next has more values than
 * fit into any batch. Between two calls the caller resets full paths. */
CORD_MUST_USE cord_status cord_replay_run(struct cord_replay *replay, size_t from,
                                          struct cord_batch *batch, size_t *ret_next);

#endif
