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
#include "comms/wheel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cord_loop;

CORD_MUST_USE cord_status cord_loop_new(struct cord_loop **ret_loop, struct cord_error *err);
/* Nothing of it may be watched any more. Tasks not yet run never will be. */
void cord_loop_free(struct cord_loop *loop);

/* Serves until stopped; tasks posted before the stop are run first, later ones
 * are left for the next run. */
CORD_MUST_USE cord_status cord_loop_run(struct cord_loop *loop, struct cord_error *err);
/* Any thread, once or more. A loop that does not run yet will end at once. */
void cord_loop_stop(struct cord_loop *loop);

/* In place of cord_loop_run: waits once, at most so long (-1: without end), and
 * does what is due. For who has something of its own to look at in between. */
CORD_MUST_USE cord_status cord_loop_turn(struct cord_loop *loop, int wait_ms,
                                         struct cord_error *err);

/* Monotonic, as of the last wake-up: what timers go by. */
int64_t cord_loop_now_ns(const struct cord_loop *loop);

/* What a callback is handed a member of. */
#define CORD_LOOP_OWNER(pointer, type, member)                                                     \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* --- files and sockets --- */

/* Owned by the caller; stays where it is while watched. */
struct cord_watch {
    int file;
    /* events: EPOLLIN and its kin; EPOLLERR and EPOLLHUP come unasked. The watch
     * may be removed, and freed, within. */
    void (*ready)(struct cord_watch *watch, uint32_t events);
};

CORD_MUST_USE cord_status cord_loop_watch(struct cord_loop *loop, struct cord_watch *watch,
                                          uint32_t events, struct cord_error *err);
void cord_loop_change(struct cord_loop *loop, struct cord_watch *watch, uint32_t events);
/* No call for it comes after this one, not even one that was due. Before the
 * file is closed. */
void cord_loop_unwatch(struct cord_loop *loop, struct cord_watch *watch);

/* --- timers: struct cord_timer of wheel.h --- */

/* Sets it, or sets it anew. Good to a tenth of a second: there are very many
 * of them and nobody minds. */
void cord_loop_after(struct cord_loop *loop, struct cord_timer *timer, int64_t delay_ns);
void cord_loop_cancel(struct cord_loop *loop, struct cord_timer *timer);

/* --- work from other threads --- */

/* Owned by the caller until it runs; posted again only after that (or within). */
struct cord_loop_task {
    void (*run)(struct cord_loop_task *task);
    struct cord_loop_task *next; /* the loop's own */
};

/* Any thread. Tasks run in the order they were posted. */
void cord_loop_post(struct cord_loop *loop, struct cord_loop_task *task);
/* Takes back a task that was posted and has not run. The loop's thread, or any
 * while it does not run. Slow. */
void cord_loop_withdraw(struct cord_loop *loop, struct cord_loop_task *task);

/* --- for streams --- */

#define CORD_LOOP_SCRATCH_BYTES 65536

/* Where bytes are read to first: CORD_LOOP_SCRATCH_BYTES that nobody keeps
 * anything in beyond the call that runs. */
char *cord_loop_scratch(struct cord_loop *loop);

#endif
