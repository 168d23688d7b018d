/*
 * rate.h: how many events a second one source may send: a bucket of tokens.
 *
 * A bucket holds what a source may send in CORD_RATE_BURST_NS and fills at its rate. What
 * came is charged once its number is known, which may be more than was there: then
 * nothing more is let in until the debt is paid, so that over time the rate holds to the
 * event, however large deliveries are. Kept as one moment: when the bucket will be full.
 * Times are of a monotonic clock. A value; whoever holds it guards it.
 */
#ifndef CORD_INGEST_RATE_H
#define CORD_INGEST_RATE_H

#include "base/timestamp.h"

#include <stdint.h>

#define CORD_RATE_BURST_NS (5 * CORD_SECOND_NS)

struct cord_rate {
    int64_t full_ns; /* 0: full from the start */
};

/* How long until there is a token; 0: there is one now, or no bound (events_a_second 0). */
int64_t cord_rate_wait_ns(const struct cord_rate *rate, uint32_t events_a_second, int64_t now_ns);
void cord_rate_charge(struct cord_rate *rate, uint32_t events_a_second, uint64_t events,
                      int64_t now_ns);

#endif
