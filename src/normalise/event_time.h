/* event_time.h: when an event happened, by its own account. Any thread. */
#ifndef CORD_NORMALISE_EVENT_TIME_H
#define CORD_NORMALISE_EVENT_TIME_H

#include "event/event.h"

/* From its time role, in nanoseconds since 1970 UTC: CORD_TIME_NONE when it
 * does not say. Cheap enough for findings, not for every event. */
int64_t cord_event_time(const struct cord_event *event);

#endif
