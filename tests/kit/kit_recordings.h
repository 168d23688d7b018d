/*
 * kit_recordings.h: the recordings of MS17-010 in data/worm-ms17-010, each through the engine with
 * the shipped rules, beside what its ground truth says.
 */
#ifndef CORD_TESTS_KIT_RECORDINGS_H
#define CORD_TESTS_KIT_RECORDINGS_H

#include "kit/kit_sightings.h"

#define KIT_RECORDINGS_HOSTS 64

struct kit_recording {
    const char *name;    /* of its folder */
    const char *outcome; /* in the words of its ground truth */
    bool worked;         /* neither of the two: the ground truth does not say */
    bool failed;
    const char *first_attacker;
    /* Hosts that answered as the backdoor, each once, in the order of their first answers. */
    const char *implanted[KIT_RECORDINGS_HOSTS];
    size_t implanted_count;
    struct kit_sightings sightings;
};

/* Every recording in turn; what check is handed is gone after it. Skips the test where the
 * recordings are absent, fails it where one cannot be read or there is none. */
void kit_recordings_each(const char *organisation, int64_t known_ns,
                         void (*check)(const struct kit_recording *recording));

#endif
