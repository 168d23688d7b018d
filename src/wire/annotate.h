/*
 * annotate.h: what an envelope said of an event becomes values of the event.
 *
 * A note is one more named value; one with a role is also what the event takes
 * for its host or time when it has none itself. The event then points to its
 * own list of values in the batch's arena. One worker thread.
 */
#ifndef CORD_WIRE_ANNOTATE_H
#define CORD_WIRE_ANNOTATE_H

#include "codec/paths.h"
#include "event/batch.h"
#include "ingest/unwrap.h"

/* The notes live as long as the batch's events. CORD_E_LIMIT or CORD_E_NOMEM:
 * the arena is full; the event is as it was. */
CORD_MUST_USE cord_status cord_annotate(struct cord_batch *batch, struct cord_event *event,
                                        struct cord_paths *paths,
                                        const struct cord_unwrap_note *notes, size_t count);

#endif
