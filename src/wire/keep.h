/*
 * keep.h: events, decoded and classified, become rows of evidence.
 *
 * A value whose bytes lie in the record becomes a stretch of it; others are
 * written behind it. What a field may be called is asked once a class and name
 * and then known by number, so that an event costs little beyond its copy.
 * What goes in comes out: replay.h makes the same event of the row.
 *
 * One worker thread, like its paths and classifier.
 */
#ifndef CORD_WIRE_KEEP_H
#define CORD_WIRE_KEEP_H

#include "evidence/rows.h"
#include "normalise/classifier.h"

struct cord_keep;

/* What all events of one stream have in common. */
struct cord_keep_source {
    cord_str organisation;
    cord_str source; /* registered name, or the file that is read */
    cord_str format; /* cord_format.name */
};

/* Borrows both. NULL when out of memory. */
struct cord_keep *cord_keep_new(const struct cord_paths *paths,
                                const struct cord_classifier *classifier);
void cord_keep_free(struct cord_keep *keep);

/* From here on rows go to `rows`, which is borrowed. To be said again after
 * they were reset: numbers of fields and origins known so far are forgotten. */
void cord_keep_into(struct cord_keep *keep, struct cord_rows *rows);

/* The rows so far were taken: they are cleared for further ones. What is known
 * of names stays known, unless it has grown out of bounds. */
void cord_keep_taken(struct cord_keep *keep);

/* From here on events are of this source; the texts are copied. */
void cord_keep_from(struct cord_keep *keep, const struct cord_keep_source *source);

/* Adds the batch's events from number `from` on as rows, in their order.
 * *ret_next, always set, is the first event that was not added.
 * CORD_E_LIMIT: the rows are full; take them away and go on at *ret_next. */
CORD_MUST_USE cord_status cord_keep_run(struct cord_keep *keep, const struct cord_batch *batch,
                                        size_t from, int64_t received_ns, size_t *ret_next);

/* The same of one event. */
CORD_MUST_USE cord_status cord_keep_event(struct cord_keep *keep, const struct cord_event *event,
                                          int64_t received_ns);

#endif
