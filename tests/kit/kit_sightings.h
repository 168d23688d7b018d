/*
 * kit_sightings.h: logs through the engine with the shipped rules, and what it finds as sightings.
 */
#ifndef CORD_TESTS_KIT_SIGHTINGS_H
#define CORD_TESTS_KIT_SIGHTINGS_H

#include "triage/sighting.h"

struct kit_sightings {
    struct cord_arena *arena;
    struct cord_sighting *items;
    size_t count;
};

/* Every path is of the organisation. The findings pass through the JSON that the journal has, are
 * numbered in the order of the output, each known a second after the one before, from known_ns on.
 * Fails the test on any error. */
void kit_sightings_scan(struct kit_sightings *sightings, const char *const *paths, size_t count,
                        const char *organisation, int64_t known_ns);
void kit_sightings_done(struct kit_sightings *sightings);

#endif
