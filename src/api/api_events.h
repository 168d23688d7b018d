/*
 * api_events.h: single events, by their ids, and what stands around one.
 *
 * Constant tables; any thread.
 */
#ifndef CORD_API_API_EVENTS_H
#define CORD_API_API_EVENTS_H

#include "api/api_shape.h"

/* An event as the API shows it. */
extern const struct cord_api_shape cord_api_events_shape;

/* Of a path: the id of an event or of a job. */
extern const struct cord_api_member cord_api_events_variable[];

#endif
