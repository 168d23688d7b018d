/* wheel.c: see wheel.h. */
#include "comms/wheel.h"

static void ring_init(struct cord_timer *head)
{
    head->next = head;
    head->previous = head;
}

static void ring_put(struct cord_timer *head, struct cord_timer *timer)
{
    timer->next = head;
    timer->previous = head->previous;
    head->previous->next = timer;
    head->previous = timer;
}

static void ring_take(struct cord_timer *timer)
{
    timer->previous->next = timer->next;
    timer->next->previous = timer->previous;
    timer->next = NULL;
    timer->previous = NULL;
}

static struct cord_timer *slot_of(struct cord_wheel *wheel, int64_t tick)
{
    return &wheel->slots[(uint64_t)tick % CORD_WHEEL_SLOTS];
}

void cord_wheel_init(struct cord_wheel *wheel, int64_t now_ns)
{
    for (size_t at = 0; at < CORD_WHEEL_SLOTS; at++) {
        ring_init(&wheel->slots[at]);
    }
    ring_init(&wheel->due);
    wheel->count = 0;
    wheel->tick = now_ns / CORD_WHEEL_TICK_NS;
    wheel->first_tick = INT64_MAX;
}

void cord_wheel_set(struct cord_wheel *wheel, struct cord_timer *timer, int64_t now_ns,
                    int64_t delay_ns)
{
    /* Centuries are as good as for ever, and cannot overflow. */
    const int64_t delay_max = INT64_MAX / 4;
    cord_wheel_cancel(wheel, timer);
    delay_ns = delay_ns < 0 ? 0 : delay_ns;
    delay_ns = delay_ns > delay_max ? delay_max : delay_ns;
    int64_t tick = (now_ns + delay_ns + CORD_WHEEL_TICK_NS - 1) / CORD_WHEEL_TICK_NS;
    timer->at_tick = tick > wheel->tick ? tick : wheel->tick + 1;
    timer->set = true;
    ring_put(slot_of(wheel, timer->at_tick), timer);
    wheel->count++;
    if (timer->at_tick < wheel->first_tick) {
        wheel->first_tick = timer->at_tick;
    }
}

void cord_wheel_cancel(struct cord_wheel *wheel, struct cord_timer *timer)
{
    if (timer->set) {
        timer->set = false;
        ring_take(timer);
        wheel->count--;
    }
}

/* Timers of later rounds hang in the same slot and stay there. */
static void gather_due(struct cord_wheel *wheel, int64_t tick, int64_t up_to)
{
    struct cord_timer *head = slot_of(wheel, tick);
    struct cord_timer *timer = head->next;
    while (timer != head) {
        struct cord_timer *next = timer->next;
        if (timer->at_tick <= up_to) {
            ring_take(timer);
            ring_put(&wheel->due, timer);
        }
        timer = next;
    }
}

/* The first slot that holds anything, be it for a later round: then the wheel
 * is looked at once in vain, which is cheaper than knowing better. */
static void find_first(struct cord_wheel *wheel)
{
    wheel->first_tick = INT64_MAX;
    for (int64_t ahead = 1; wheel->count > 0 && ahead <= CORD_WHEEL_SLOTS; ahead++) {
        const struct cord_timer *head = slot_of(wheel, wheel->tick + ahead);
        if (head->next != head) {
            wheel->first_tick = wheel->tick + ahead;
            return;
        }
    }
}

void cord_wheel_advance(struct cord_wheel *wheel, int64_t now_ns)
{
    int64_t up_to = now_ns / CORD_WHEEL_TICK_NS;
    if (up_to <= wheel->tick) {
        return;
    }
    if (up_to < wheel->first_tick) {
        wheel->tick = up_to;
        return;
    }
    /* Once round sees every slot, however long the wait was. */
    int64_t from =
        up_to - wheel->tick < CORD_WHEEL_SLOTS ? wheel->tick + 1 : up_to - CORD_WHEEL_SLOTS + 1;
    for (int64_t tick = from; tick <= up_to; tick++) {
        gather_due(wheel, tick, up_to);
    }
    wheel->tick = up_to;
    while (wheel->due.next != &wheel->due) {
        struct cord_timer *timer = wheel->due.next;
        cord_wheel_cancel(wheel, timer);
        timer->due(timer);
    }
    find_first(wheel);
}

int64_t cord_wheel_wait_ns(const struct cord_wheel *wheel, int64_t now_ns)
{
    if (wheel->count == 0) {
        return -1;
    }
    int64_t wait = wheel->first_tick * CORD_WHEEL_TICK_NS - now_ns;
    return wait > 0 ? wait : 0;
}
