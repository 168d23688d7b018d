/* event_time.h: when an event happened, by its own account. Any thread. */
#ifndef CORD_NORMALISE_EVENT_TIME_H
#define CORD_NORMALISE_EVENT_TIME_H

#include "codec/zone.h"
#include "event/event.h"

/* From what is known of it, or else from its time role, in nanoseconds since 1970 UTC:
 * CORD_TIME_NONE when it does not say. Cheap enough for findings, not for every event. */
int64_t cord_event_time(const struct cord_event *event);

/* From here on the event is of the time that its text says in this zone, when it does not
 * say of itself in which it is. */
void cord_event_time_place(struct cord_event *event, const struct cord_zone *zone);

#endif
