/*
 * wheel.h: very many timers, each good to a tenth of a second.
 *
 * Time is cut into ticks, and a tick's timers hang in one of CORD_WHEEL_SLOTS
 * lists, so that setting and cancelling cost the same however many there are.
 * The time is an argument. One thread; the loop's own (users see loop.h).
 */
#ifndef CORD_COMMS_WHEEL_H
#define CORD_COMMS_WHEEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CORD_WHEEL_TICK_NS 100000000LL
#define CORD_WHEEL_SLOTS   512

/* One shot; owned by the caller, zeroed before its first use. */
struct cord_timer {
    void (*due)(struct cord_timer *timer);
    struct cord_timer *next; /* the wheel's own, from here on */
    struct cord_timer *previous;
    int64_t at_tick;
    bool set;
};

struct cord_wheel {
    struct cord_timer slots[CORD_WHEEL_SLOTS]; /* heads of rings */
    struct cord_timer due;                     /* head of those about to be called */
    size_t count;
    int64_t tick;       /* everything up to here was called */
    int64_t first_tick; /* nothing is due before it */
};

void cord_wheel_init(struct cord_wheel *wheel, int64_t now_ns);

/* Never early, at most a tick late; set anew when it was set. A delay of 0 or
 * less is the next tick. */
void cord_wheel_set(struct cord_wheel *wheel, struct cord_timer *timer, int64_t now_ns,
                    int64_t delay_ns);
void cord_wheel_cancel(struct cord_wheel *wheel, struct cord_timer *timer);

/* Calls what is due, in no stated order. Timers may be set and cancelled within. */
void cord_wheel_advance(struct cord_wheel *wheel, int64_t now_ns);

/* How long to wait until something may be due; -1: no timer is set. */
int64_t cord_wheel_wait_ns(const struct cord_wheel *wheel, int64_t now_ns);

#endif
