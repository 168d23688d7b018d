/*
 * class_recent.h: classes of the events met lately, found without guessing.
 *
 * Most Windows events are told apart by channel, provider and event id. To hash
 * and to compare texts of any length takes branches that the processor guesses
 * wrong wherever events of different kinds take turns; here the texts are
 * compared in blocks of one size, beyond their ends. Nothing here decides
 * anything: what is not found is looked up by the classifier. One worker thread.
 */
#ifndef CORD_NORMALISE_CLASS_RECENT_H
#define CORD_NORMALISE_CLASS_RECENT_H

#include "base/str.h"

struct cord_class_recent;

/* Which values an event has, and four of them. */
struct cord_class_sight {
    uint64_t markers;
    uint32_t present;
    cord_str channel; /* "" when not there */
    cord_str provider;
    cord_str event_id;
    cord_str type;
};

/* NULL when out of memory. */
struct cord_class_recent *cord_class_recent_new(void);
void cord_class_recent_free(struct cord_class_recent *recent);

/* Whether it may be asked for or remembered: its texts are short and lie within
 * `text`, a batch's with its padding. Moves those that are empty there. */
bool cord_class_recent_fits(struct cord_class_sight *sight, cord_str text);

/* The class, or CORD_MAP_NONE. The sight fits. */
uint32_t cord_class_recent_get(const struct cord_class_recent *recent,
                               const struct cord_class_sight *sight);
void cord_class_recent_put(struct cord_class_recent *recent, const struct cord_class_sight *sight,
                           uint32_t event_class);

#endif
