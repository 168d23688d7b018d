/*
 * examine.h: stored events against the rules, and what came of it.
 *
 * One thread's matcher over batches of events that have, or are about to get,
 * consecutive numbers in the store. What a stretch of them came to is a
 * verdict, which outlives the batches and is handed on.
 */
#ifndef CORD_WIRE_EXAMINE_H
#define CORD_WIRE_EXAMINE_H

#include "detect/matcher.h"
#include "wire/verdict.h"

/* Whose events are examined. */
struct cord_examine_origin {
    cord_str organisation;
    cord_str source;
    int64_t received_ns;
};

struct cord_examine;

/* Borrows paths and classifier, which are this thread's. NULL when out of memory. */
struct cord_examine *cord_examine_new(struct cord_paths *paths, struct cord_classifier *classifier,
                                      uint64_t seed);
void cord_examine_free(struct cord_examine *examine);

/* From here on by these rules; a reference is taken. Cheap when they are the same. */
CORD_MUST_USE cord_status cord_examine_use(struct cord_examine *examine,
                                           struct cord_rulebook *book);

/* Adds what the batch's events, all of one origin, come to. Event number i of the
 * batch is number `index` + i of the verdict; the verdict's count is the caller's
 * to set. */
CORD_MUST_USE cord_status cord_examine_run(struct cord_examine *examine, struct cord_batch *batch,
                                           const struct cord_examine_origin *origin, uint64_t index,
                                           struct cord_verdict *verdict);

/* A sighting is a number for a rule's match on an asset: the organisation's host, or the source
 * where an event names none. */
struct cord_examine_known {
    bool (*is_known)(void *self, uint64_t sighting);
    void *self;
};

/* Only looks: ret_new[i], for each event of the batch, is whether it has a sighting that is not
 * known. The sightings of what is run are in the verdict. */
CORD_MUST_USE cord_status cord_examine_look(struct cord_examine *examine, struct cord_batch *batch,
                                            const struct cord_examine_origin *origin,
                                            const struct cord_examine_known *known, bool *ret_new);

struct cord_matcher_stats cord_examine_stats(const struct cord_examine *examine);

#endif
