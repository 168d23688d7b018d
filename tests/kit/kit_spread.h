/*
 * kit_spread.h: signs of a worm, one a call, into a spread that has seen nothing yet.
 */
#ifndef CORD_TESTS_KIT_SPREAD_H
#define CORD_TESTS_KIT_SPREAD_H

#include "base/timestamp.h"
#include "triage/spread.h"

#define KIT_SPREAD_MINUTE (60 * CORD_SECOND_NS)
#define KIT_SPREAD_START  (1494576000 * CORD_SECOND_NS) /* 12 May 2017, 08:00 */

/* What a rule's tags say of a sighting; NULL ends each. */
extern const char *const kit_spread_attempt[];
extern const char *const kit_spread_effect[];
extern const char *const kit_spread_reply[];
extern const char *const kit_spread_inferred[];
extern const char *const kit_spread_scan[];
extern const char *const kit_spread_host[]; /* names a host, no addresses */
extern const char *const kit_spread_seen[]; /* as that, and no sign of what spreads */

struct kit_spread {
    struct cord_spread *spread;
    struct cord_spread_options options;
    uint64_t number;  /* of the last sighting */
    int64_t known_ns; /* of the next one; 0: when it happened */
};

void kit_spread_init(struct kit_spread *kit);
/* One sighting of the rule "A worm", so many minutes after the start; from, to: addresses (to may
 * be the host, see above), NULL: not told. */
cord_status kit_spread_feed(struct kit_spread *kit, const char *organisation,
                            const char *const *tags, const char *from, const char *to,
                            int64_t minute);
void kit_spread_done(struct kit_spread *kit);

#endif
