/*
 * traffic_pattern.h: the text of an event with places that are filled in.
 *
 *   %{time}     2017-05-12T07:30:00.250000Z
 *   %{epoch}    1494574200.250000
 *   %{n}        which of its series it is, from 1
 *   %{3-250}    a number by lot
 *   %{a|b|c}    one of these by lot
 *
 * What is drawn hangs on the seed and n alone. Pure; any thread.
 */
#ifndef CORD_CARE_TRAFFIC_PATTERN_H
#define CORD_CARE_TRAFFIC_PATTERN_H

#include "base/buf.h"

#include <stdint.h>

struct cord_traffic_moment {
    int64_t at_ns;
    uint32_t n;
    uint64_t seed; /* of the series */
};

/* Appends. CORD_E_FORMAT: a place is none of these; CORD_E_LIMIT: the buffer is full. */
CORD_MUST_USE cord_status cord_traffic_pattern_put(cord_str pattern,
                                                   const struct cord_traffic_moment *moment,
                                                   struct cord_buf *out);

#endif
