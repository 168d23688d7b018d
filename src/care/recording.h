/*
 * recording.h: a recorded event as one that happens at another time to another organisation.
 *
 * What was JSON stays as it was written, but for names, addresses and dates; an event of any other
 * form (an event log's binary XML, Zeek's columns) becomes a flat JSON object of its values, which
 * is read as the event was. Dates within two days of the event's own are moved with it, by whole
 * seconds, and keep their form; so is Zeek's number `ts`. Pure; one thread, the paths' own.
 */
#ifndef CORD_CARE_RECORDING_H
#define CORD_CARE_RECORDING_H

#include "base/buf.h"
#include "care/traffic.h"
#include "codec/paths.h"
#include "event/event.h"

struct cord_recording_change {
    const struct cord_traffic_change *changes; /* whole names, in any case; the first that fits */
    size_t count;
    int64_t was_ns; /* when the event happened; CORD_TIME_NONE: no date is moved */
    int64_t is_ns;  /* and when it does now */
};

/* Appends one line, without its end. CORD_E_LIMIT: the buffer is full. */
CORD_MUST_USE cord_status cord_recording_put(const struct cord_event *event,
                                             const struct cord_paths *paths,
                                             const struct cord_recording_change *change,
                                             struct cord_buf *out);

#endif
