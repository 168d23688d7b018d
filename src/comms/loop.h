/*
 * loop.h: one thread's wait for sockets, timers and work from other threads.
 *
 * Everything a loop calls is called by the thread that runs it, one call at a
 * time, and must not wait. Only what says so may be called by another thread.
 * A program has a loop a core; a socket stays with one loop for its life.
 */
#ifndef CORD_COMMS_LOOP_H
#define CORD_COMMS_LOOP_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct cord_loop;

CORD_MUST_USE cord_status cord_loop_new(struct cord_loop **ret_loop, struct cord_error *err);
/* Nothing of it may be watched any more. */
void cord_loop_free(struct cord_loop *loop);

/* Serves until stopped; tasks posted before the stop are run first. */
CORD_MUST_USE cord_status cord_loop_run(struct cord_loop *loop, struct cord_error *err);
/* Any thread, once or more. */
void cord_loop_stop(struct cord_loop *loop);

/* Monotonic, as of the last wake-up: what timers go by. */
int64_t cord_loop_now_ns(const struct cord_loop *loop);

/* --- files and sockets --- */

/* Owned by the caller; stays where it is while watched. */
struct cord_watch {
    int file;
    /* events: EPOLLIN and its kin. The watch may be removed, and freed, within. */
    void (*ready)(struct cord_watch *watch, uint32_t events);
};

CORD_MUST_USE cord_status cord_loop_watch(struct cord_loop *loop, struct cord_watch *watch,
                                          uint32_t events, struct cord_error *err);
void cord_loop_change(struct cord_loop *loop, struct cord_watch *watch, uint32_t events);
/* No call for it comes after this one, not even one that was due. */
void cord_loop_unwatch(struct cord_loop *loop, struct cord_watch *watch);

/* --- timers --- */

/* One shot; owned by the caller, zeroed before its first use. Good to a tenth
 * of a second: there are very many of them and nobody minds. */
struct cord_timer {
    void (*due)(struct cord_timer *timer);
    struct cord_timer *next; /* the loop's own */
    struct cord_timer *previous;
    int64_t at_ns;
    bool set;
};

/* Sets it, or sets it anew. */
void cord_loop_after(struct cord_loop *loop, struct cord_timer *timer, int64_t delay_ns);
void cord_loop_cancel(struct cord_loop *loop, struct cord_timer *timer);

/* --- work from other threads --- */

/* Owned by the caller until it runs; posted again only after that. */
struct cord_loop_task {
    void (*run)(struct cord_loop_task *task);
    struct cord_loop_task *next; /* the loop's own */
};

/* Any thread. Tasks run in the order they were posted. */
void cord_loop_post(struct cord_loop *loop, struct cord_loop_task *task);

#endif
