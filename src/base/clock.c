/* clock.c: see clock.h. */
#include "base/clock.h"

#include "base/timestamp.h"

#include <time.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec now = {0};
    /* Fails for an unknown clock only, and these two are POSIX. */
    (void)clock_gettime(id, &now);
    return (int64_t)now.tv_sec * CORD_SECOND_NS + now.tv_nsec;
}

static int64_t read_realtime(void *self)
{
    (void)self;
    return read_clock(CLOCK_REALTIME);
}

static int64_t read_monotonic(void *self)
{
    (void)self;
    return read_clock(CLOCK_MONOTONIC);
}

struct cord_clock cord_clock_system(void)
{
    return (struct cord_clock){read_realtime, NULL};
}

struct cord_clock cord_clock_monotonic(void)
{
    return (struct cord_clock){read_monotonic, NULL};
}

void cord_clock_sleep_ns(int64_t ns)
{
    const struct timespec pause = {.tv_sec = ns / CORD_SECOND_NS, .tv_nsec = ns % CORD_SECOND_NS};
    (void)nanosleep(&pause, NULL);
}

struct timespec cord_clock_after(int64_t ns)
{
    int64_t until_ns = read_clock(CLOCK_MONOTONIC) + ns;
    return (struct timespec){.tv_sec = until_ns / CORD_SECOND_NS,
                             .tv_nsec = until_ns % CORD_SECOND_NS};
}
