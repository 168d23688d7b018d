/*
 * alert_trail.h: which findings are one alert's, and when they happened: some six bytes each.
 *
 * A list of chunks, each from a whole number and time on in differences, and with what all before
 * it came to, so that what was known when some finding was the last is found without reading them
 * all. An alert of one finding has no chunk. Memory is the arena's. One writer, or readers.
 */
#ifndef CORD_TRIAGE_ALERT_TRAIL_H
#define CORD_TRIAGE_ALERT_TRAIL_H

#include "base/arena.h"

struct cord_alert_chunk;

struct cord_alert_trail {
    struct cord_alert_chunk *head; /* NULL: one finding or none */
    struct cord_alert_chunk *tail;
};

/* What some findings from the first on come to. */
struct cord_alert_extent {
    uint32_t count;
    uint64_t last; /* number of the last one */
    int64_t first_ns, last_ns;
};

/* Behind those that `so_far` tells of (of one: last and first_ns are that one's), whose number is
 * the highest so far. CORD_E_NOMEM, CORD_E_LIMIT: nothing has changed. */
CORD_MUST_USE cord_status cord_alert_trail_add(struct cord_alert_trail *trail,
                                               struct cord_arena *arena,
                                               const struct cord_alert_extent *so_far,
                                               uint64_t number, int64_t time_ns);

/* Those up to the number `through`; `all` is the extent of all, of which at least the first is. */
struct cord_alert_extent cord_alert_trail_until(const struct cord_alert_trail *trail,
                                                const struct cord_alert_extent *all,
                                                uint64_t through);

/* Numbers above `after` and up to `through`, at most room; returns how many. `only` is the number
 * of the one finding of a trail without chunks; 0: none. */
size_t cord_alert_trail_numbers(const struct cord_alert_trail *trail, uint64_t only, uint64_t after,
                                uint64_t through, uint64_t *ret_numbers, size_t room);

#endif
