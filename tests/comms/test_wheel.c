#include "comms/wheel.h"
#include "kit/kit.h"

#include <stdlib.h>

#define TICK CORD_WHEEL_TICK_NS

struct probe {
    struct cord_timer timer;
    size_t calls;
    struct cord_wheel *wheel;
    struct probe *other;
    int64_t now;
};

static void note(struct cord_timer *timer)
{
    ((struct probe *)(void *)timer)->calls++;
}

static void is_never_early_and_a_tick_late_at_most(void)
{
    struct cord_wheel wheel;
    const int64_t start = 12345678901234;
    const int64_t delays[] = {
        0,          1,          TICK - 1,         TICK, TICK + 1, 10 * TICK + 7, 511 * TICK,
        512 * TICK, 513 * TICK, 100000 * TICK + 3};
    for (size_t at = 0; at < sizeof delays / sizeof delays[0]; at++) {
        struct probe probe = {.timer.due = note};
        int64_t now = start;
        cord_wheel_init(&wheel, start);
        cord_wheel_set(&wheel, &probe.timer, start, delays[at]);
        size_t turns = 0;
        while (probe.calls == 0) {
            int64_t wait = cord_wheel_wait_ns(&wheel, now);
            CHECK(wait >= 0);
            now += wait;
            cord_wheel_advance(&wheel, now);
            turns++;
        }
        CHECK(now - start >= delays[at]);
        CHECK(now - start <= delays[at] + 2 * TICK);
        CHECK(turns <= (size_t)(delays[at] / (CORD_WHEEL_SLOTS * TICK)) + 2);
        CHECK(!probe.timer.set);
        CHECK(cord_wheel_wait_ns(&wheel, now) == -1);
    }
}

static void calls_all_after_a_long_wait(void)
{
    struct cord_wheel wheel;
    struct probe probes[2000] = {0};
    cord_wheel_init(&wheel, 0);
    for (size_t at = 0; at < 2000; at++) {
        probes[at].timer.due = note;
        cord_wheel_set(&wheel, &probes[at].timer, 0, (int64_t)at * TICK);
    }
    cord_wheel_advance(&wheel, 999 * TICK);
    for (size_t at = 0; at < 2000; at++) {
        CHECK(probes[at].calls == (at <= 999));
    }
    cord_wheel_advance(&wheel, 1000000 * TICK);
    for (size_t at = 0; at < 2000; at++) {
        CHECK(probes[at].calls == 1);
    }
}

static void agrees_with_a_list_at_random(void)
{
    enum { COUNT = 300, STEPS = 20000 };
    struct cord_wheel wheel;
    struct probe *probes = calloc(COUNT, sizeof *probes);
    int64_t due[COUNT] = {0};
    bool set[COUNT] = {false};
    uint32_t seed = 7;
    int64_t now = 5;
    CHECK(probes);
    cord_wheel_init(&wheel, now);
    for (size_t step = 0; step < STEPS; step++) {
        seed = seed * 1664525 + 1013904223;
        size_t which = (seed >> 8) % COUNT;
        if (seed >> 30 == 0) {
            cord_wheel_cancel(&wheel, &probes[which].timer);
            set[which] = false;
        } else if (seed >> 30 == 1) {
            now += (int64_t)(seed % 1000) * 3000000;
            for (size_t at = 0; at < COUNT; at++) {
                probes[at].calls = 0;
            }
            cord_wheel_advance(&wheel, now);
            for (size_t at = 0; at < COUNT; at++) {
                bool over = set[at] && due[at] <= now / TICK;
                CHECK(probes[at].calls == (over ? 1 : 0));
                set[at] = set[at] && !over;
                CHECK(probes[at].timer.set == set[at]);
            }
        } else {
            int64_t delay = (int64_t)(seed % 4096) * (TICK / 10) * (1 + (seed >> 20) % 20);
            probes[which].timer.due = note;
            cord_wheel_set(&wheel, &probes[which].timer, now, delay);
            due[which] = (now + delay + TICK - 1) / TICK;
            due[which] += due[which] <= now / TICK ? 1 : 0;
            set[which] = true;
        }
    }
    free(probes);
}

static void cancel_other_and_set_again(struct cord_timer *timer)
{
    struct probe *probe = (struct probe *)(void *)timer;
    probe->calls++;
    cord_wheel_cancel(probe->wheel, &probe->other->timer);
    cord_wheel_set(probe->wheel, timer, probe->now, 0);
}

static void lets_timers_be_changed_within(void)
{
    struct cord_wheel wheel;
    struct probe a = {.timer.due = cancel_other_and_set_again, .wheel = &wheel};
    struct probe b = {.timer.due = cancel_other_and_set_again, .wheel = &wheel, .other = &a};
    a.other = &b;
    cord_wheel_init(&wheel, 0);
    cord_wheel_set(&wheel, &a.timer, 0, TICK);
    cord_wheel_set(&wheel, &b.timer, 0, TICK);
    a.now = b.now = TICK;
    cord_wheel_advance(&wheel, TICK);
    CHECK(a.calls + b.calls == 1); /* the one cancelled the other, and waits for the next tick */
    cord_wheel_advance(&wheel, TICK);
    CHECK(a.calls + b.calls == 1);
    cord_wheel_advance(&wheel, 2 * TICK);
    CHECK(a.calls + b.calls == 2);
}

static void survives_absurd_delays(void)
{
    struct cord_wheel wheel;
    struct probe probe = {.timer.due = note};
    cord_wheel_init(&wheel, INT64_MAX / 4);
    cord_wheel_set(&wheel, &probe.timer, INT64_MAX / 4, INT64_MAX);
    cord_wheel_advance(&wheel, INT64_MAX / 4 + 1000 * TICK);
    CHECK(probe.calls == 0);
    cord_wheel_set(&wheel, &probe.timer, INT64_MAX / 4, INT64_MIN);
    cord_wheel_advance(&wheel, INT64_MAX / 4 + 1001 * TICK);
    CHECK(probe.calls == 1);
}

KIT_MAIN(KIT_TEST(is_never_early_and_a_tick_late_at_most), KIT_TEST(calls_all_after_a_long_wait),
         KIT_TEST(agrees_with_a_list_at_random), KIT_TEST(lets_timers_be_changed_within),
         KIT_TEST(survives_absurd_delays))
