/*
 * event.h: one thing a machine saw.
 *
 * A flat list of named values over the bytes as received. The names are the
 * source's own; what Sigma calls them depends on the event's class (see
 * normalise/classifier.h) and is resolved once a class, not once an event.
 * Lives in a batch, and dies with it.
 */
#ifndef CORD_EVENT_EVENT_H
#define CORD_EVENT_EVENT_H

#include "base/str.h"
#include "codec/value.h"

/* Values that say what an event is, whatever the source calls them. */
enum cord_role {
    CORD_ROLE_TIME,     /* when it happened, by the source */
    CORD_ROLE_HOST,     /* the machine it happened on */
    CORD_ROLE_CHANNEL,  /* Windows: "Security" */
    CORD_ROLE_EVENT_ID, /* Windows: "4688" */
    CORD_ROLE_PROVIDER, /* Windows: "Microsoft-Windows-Sysmon" */
    CORD_ROLE_RECORD_ID,
    CORD_ROLE_USER,
    CORD_ROLE_MESSAGE, /* the line a person would read */
    CORD_ROLE_PRODUCT, /* log source that the event claims itself: product ... */
    CORD_ROLE_CATEGORY,
    CORD_ROLE_SERVICE,
    CORD_ROLE_DATASET, /* kind within the source: ECS event.dataset, EVE event_type, Zeek _path */
    CORD_ROLE_COUNT,
};

#define CORD_VALUE_NONE UINT16_MAX

struct cord_event {
    cord_str raw; /* the record's bytes as received */
    const struct cord_value *values;
    uint32_t value_count;
    uint32_t event_class;   /* number in the worker's classifier */
    uint64_t offset;        /* of raw in the stream, in decoded bytes */
    uint32_t record;        /* from 0, counted within the batch */
    uint32_t derived_count; /* the last so many values follow from others: the classifier's */
    uint16_t role[CORD_ROLE_COUNT]; /* index in values, or CORD_VALUE_NONE */
    /* When it happened, in ns since 1970, where that is known better than by the text of the time
     * role, which does not say in which zone it is; 0: as the text says. */
    int64_t time_ns;
};

static inline const struct cord_value *cord_event_role(const struct cord_event *event,
                                                       enum cord_role role)
{
    uint16_t at = event->role[role];
    return at == CORD_VALUE_NONE ? NULL : &event->values[at];
}

#endif
