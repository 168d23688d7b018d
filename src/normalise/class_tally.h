/*
 * class_tally.h: which of an event's values say what it is, and where.
 *
 * What a name means is worked out once for each path. What a list of names
 * means is remembered too: the next event with the same names in the same
 * order is only compared with it. The result never depends on what is
 * remembered. One worker thread.
 */
#ifndef CORD_NORMALISE_CLASS_TALLY_H
#define CORD_NORMALISE_CLASS_TALLY_H

#include "normalise/class_internal.h"

/* Longer texts name no known source and are left out. */
#define CORD_CLASS_TALLY_TEXT_MAX 120u

/* An event's telling values. Place 0 is none; behind it one for each slot. */
struct cord_class_tally {
    uint64_t markers;
    uint32_t present;                       /* places that have a value, by bit */
    uint16_t at[CORD_CLASS_SLOT_COUNT + 1]; /* the value's index, or CORD_VALUE_NONE */
    uint8_t rank[CORD_CLASS_SLOT_COUNT + 1];
};

struct cord_class_teller;

/* NULL when out of memory. */
struct cord_class_teller *cord_class_teller_new(uint64_t seed);
void cord_class_teller_free(struct cord_class_teller *teller);

/* The name of a path; every path of an event is to be learnt first. */
void cord_class_teller_learn(struct cord_class_teller *teller, uint32_t path, cord_str name);
/* Forgets all paths. */
void cord_class_teller_reset(struct cord_class_teller *teller);

/* The event's, in *scratch or among what is remembered: good until the next. */
const struct cord_class_tally *cord_class_tally_take(struct cord_class_teller *teller,
                                                     const struct cord_event *event,
                                                     struct cord_class_tally *scratch);

/* The slot's text; "" when there is none, or too long a one. */
static inline cord_str cord_class_tally_text(const struct cord_event *event,
                                             const struct cord_class_tally *tally, unsigned slot)
{
    uint16_t at = tally->at[slot + 1];
    if (at >= event->value_count || event->values[at].len > CORD_CLASS_TALLY_TEXT_MAX) {
        return (cord_str){NULL, 0};
    }
    return cord_value_str(&event->values[at]);
}

#endif
