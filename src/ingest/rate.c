/* rate.c: see rate.h. */
#include "ingest/rate.h"

#include <stdbool.h>

/* A debt is forgotten beyond this, so that a wrong number of events shuts nobody out. */
#define DEBT_MAX_NS (3600 * CORD_SECOND_NS)

int64_t cord_rate_wait_ns(const struct cord_rate *rate, uint32_t events_a_second, int64_t now_ns)
{
    /* There is a token when all but one are gone: the time of one counts. */
    int64_t token_ns = events_a_second > 0 ? CORD_SECOND_NS / events_a_second : 0;
    int64_t wait_ns = rate->full_ns + token_ns - CORD_RATE_BURST_NS - now_ns;
    return events_a_second > 0 && wait_ns > 0 ? wait_ns : 0;
}

void cord_rate_charge(struct cord_rate *rate, uint32_t events_a_second, uint64_t events,
                      int64_t now_ns)
{
    if (events_a_second == 0) {
        rate->full_ns = now_ns; /* the bound may come back with a reload */
        return;
    }
    uint64_t events_max = (uint64_t)events_a_second * (uint64_t)(DEBT_MAX_NS / CORD_SECOND_NS);
    uint64_t counted = events < events_max ? events : events_max;
    /* At most 10^7 a second for an hour: times 10^9 it would not fit. */
    uint64_t seconds = counted / events_a_second;
    uint64_t rest = counted % events_a_second;
    int64_t cost_ns = (int64_t)(seconds * (uint64_t)CORD_SECOND_NS +
                                rest * (uint64_t)CORD_SECOND_NS / events_a_second);
    bool is_full = rate->full_ns < now_ns;
    rate->full_ns = (is_full ? now_ns : rate->full_ns) + cost_ns;
    if (rate->full_ns > now_ns + DEBT_MAX_NS) {
        rate->full_ns = now_ns + DEBT_MAX_NS;
    }
}
