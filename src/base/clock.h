/*
 * clock.h: the time of day, as an argument.
 *
 * Whoever needs the time is handed a clock, so that a test can hand it
 * another. Any thread may read the system's.
 */
#ifndef CORD_BASE_CLOCK_H
#define CORD_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

struct cord_clock {
    int64_t (*now_ns)(void *self); /* since 1970-01-01 UTC, as in timestamp.h */
    void *self;
};

static inline int64_t cord_clock_now_ns(const struct cord_clock *clock)
{
    return clock->now_ns(clock->self);
}

/* Wall time. */
struct cord_clock cord_clock_system(void);

/* The calling thread sleeps, about so long, or less when a signal comes. */
void cord_clock_sleep_ns(int64_t ns);

/* Never goes back; from an unspecified start. For durations and rates. */
struct cord_clock cord_clock_monotonic(void);

/* So long from now by CLOCK_MONOTONIC: until when to wait, for pthread_cond_clockwait. */
struct timespec cord_clock_after(int64_t ns);

#endif
