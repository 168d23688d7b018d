/*
 * class_vocabulary.h: which log sources there can be at all.
 *
 * The tables by which events are classified, asked the other way round: could
 * any event have this product, category and service? For telling authors of
 * rules; nothing of it is needed for matching. Pure; any thread.
 */
#ifndef CORD_NORMALISE_CLASS_VOCABULARY_H
#define CORD_NORMALISE_CLASS_VOCABULARY_H

#include "base/str.h"

/* "" asks for nothing. Leaves out what an event may claim in fields of its
 * own, which can be any words. */
bool cord_class_vocabulary_reaches(cord_str product, cord_str category, cord_str service);

/* Whether an event of the Windows category may have the id; true for
 * categories whose ids are not known. */
bool cord_class_vocabulary_has_event_id(cord_str category, uint64_t event_id);

#endif
