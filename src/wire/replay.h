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

/* Puts rows from number `from` on into the batch, which is reset first, and
 * classifies them. batch->events[i] is row from + i, in a copy of its text;
 * event->record counts them from 0. Stops when the batch is full: *ret_next,
 * always set, is the first row that is not in it, and beyond `from` on CORD_OK
 * unless there are no more. CORD_E_LIMIT: row *ret_next has more values than
 * fit into any batch. Between two batches the caller resets full paths. */
CORD_MUST_USE cord_status cord_replay_run(struct cord_replay *replay, const struct cord_rows *rows,
                                          size_t from, struct cord_batch *batch, size_t *ret_next);

/* The same row by row, for rows that are here one at a time: begin a batch, add
 * until one finds no room (CORD_E_LIMIT: the batch is as it was), end it. */
CORD_MUST_USE cord_status cord_replay_begin(struct cord_replay *replay, struct cord_batch *batch);
CORD_MUST_USE cord_status cord_replay_add(struct cord_replay *replay, const struct cord_rows *rows,
                                          size_t at, struct cord_batch *batch);
void cord_replay_end(struct cord_replay *replay, struct cord_batch *batch);

#endif
