/* loop.c: see loop.h. epoll, an eventfd to wake it, a wheel of timers. */
#include "comms/loop.h"
#include "base/clock.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { EVENTS_MAX = 128 };

struct task_list {
    struct cord_loop_task *first;
    struct cord_loop_task *last;
};

struct cord_loop {
    int epoll;
    struct cord_watch wake; /* an eventfd */
    struct cord_clock clock;
    int64_t now_ns;
    struct cord_wheel wheel;
    struct task_list running; /* taken from posted, in this thread's hands */

    /* What the last wait brought: the ones behind `event_at` are still due. */
    struct epoll_event events[EVENTS_MAX];
    int event_at;
    int event_count;

    pthread_mutex_t lock; /* guards the rest */
    struct task_list posted;
    bool asleep; /* in epoll_wait, or about to be: who posts must wake it */
    bool stopping;

    char scratch[CORD_LOOP_SCRATCH_BYTES];
};

/* The counter is only there to end a wait; what it counts is of no interest. */
static void drain_wake(struct cord_watch *watch, uint32_t events)
{
    (void)events;
    uint64_t count;
    ssize_t got = read(watch->file, &count, sizeof count);
    assert(got == (ssize_t)sizeof count || errno == EAGAIN || errno == EINTR);
}

cord_status cord_loop_new(struct cord_loop **ret_loop, struct cord_error *err)
{
    cord_status status = CORD_E_NOMEM;
    struct cord_loop *loop = calloc(1, sizeof *loop);
    if (!loop) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    int failed = pthread_mutex_init(&loop->lock, NULL);
    assert(failed == 0);
    loop->clock = cord_clock_monotonic();
    loop->now_ns = cord_clock_now_ns(&loop->clock);
    cord_wheel_init(&loop->wheel, loop->now_ns);
    loop->wake = (struct cord_watch){.file = -1, .ready = drain_wake};
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll < 0) {
        status = cord_error_errno(err, "epoll_create1");
        goto fail;
    }
    loop->wake.file = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (loop->wake.file < 0) {
        status = cord_error_errno(err, "eventfd");
        goto fail;
    }
    status = cord_loop_watch(loop, &loop->wake, EPOLLIN, err);
    if (status != CORD_OK) {
        goto fail;
    }
    *ret_loop = loop;
    return CORD_OK;

fail:
    cord_loop_free(loop);
    return status;
}

void cord_loop_free(struct cord_loop *loop)
{
    if (!loop) {
        return;
    }
    if (loop->wake.file >= 0) {
        close(loop->wake.file);
    }
    if (loop->epoll >= 0) {
        close(loop->epoll);
    }
    pthread_mutex_destroy(&loop->lock);
    free(loop);
}

int64_t cord_loop_now_ns(const struct cord_loop *loop)
{
    return loop->now_ns;
}

char *cord_loop_scratch(struct cord_loop *loop)
{
    return loop->scratch;
}

/* --- files and sockets --- */

cord_status cord_loop_watch(struct cord_loop *loop, struct cord_watch *watch, uint32_t events,
                            struct cord_error *err)
{
    struct epoll_event event = {.events = events, .data.ptr = watch};
    if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, watch->file, &event) != 0) {
        return cord_error_errno(err, "epoll_ctl");
    }
    return CORD_OK;
}

void cord_loop_change(struct cord_loop *loop, struct cord_watch *watch, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = watch};
    int failed = epoll_ctl(loop->epoll, EPOLL_CTL_MOD, watch->file, &event);
    assert(failed == 0); /* fails for what is not watched, or no file: our mistake */
}

void cord_loop_unwatch(struct cord_loop *loop, struct cord_watch *watch)
{
    struct epoll_event unused = {0};
    int failed = epoll_ctl(loop->epoll, EPOLL_CTL_DEL, watch->file, &unused);
    assert(failed == 0);
    for (int at = loop->event_at; at < loop->event_count; at++) {
        if (loop->events[at].data.ptr == watch) {
            loop->events[at].data.ptr = NULL;
        }
    }
}

/* --- timers --- */

void cord_loop_after(struct cord_loop *loop, struct cord_timer *timer, int64_t delay_ns)
{
    cord_wheel_set(&loop->wheel, timer, loop->now_ns, delay_ns);
}

void cord_loop_cancel(struct cord_loop *loop, struct cord_timer *timer)
{
    cord_wheel_cancel(&loop->wheel, timer);
}

/* --- tasks --- */

/* Locked, and for the whole call: as soon as the lock is free the task may have
 * run, and what it belongs to, up to the loop itself, be gone. */
static void rouse(struct cord_loop *loop)
{
    if (loop->asleep) {
        const uint64_t one = 1;
        ssize_t put = write(loop->wake.file, &one, sizeof one);
        assert(put == (ssize_t)sizeof one); /* the counter cannot be full: it was read since */
        loop->asleep = false;
    }
}

void cord_loop_post(struct cord_loop *loop, struct cord_loop_task *task)
{
    task->next = NULL;
    pthread_mutex_lock(&loop->lock);
    if (loop->posted.last) {
        loop->posted.last->next = task;
    } else {
        loop->posted.first = task;
    }
    loop->posted.last = task;
    rouse(loop);
    pthread_mutex_unlock(&loop->lock);
}

void cord_loop_stop(struct cord_loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    loop->stopping = true;
    rouse(loop);
    pthread_mutex_unlock(&loop->lock);
}

static bool list_withdraw(struct task_list *list, const struct cord_loop_task *task)
{
    struct cord_loop_task *before = NULL;
    for (struct cord_loop_task *at = list->first; at; at = at->next) {
        if (at != task) {
            before = at;
            continue;
        }
        if (before) {
            before->next = at->next;
        } else {
            list->first = at->next;
        }
        if (!at->next) {
            list->last = before;
        }
        return true;
    }
    return false;
}

void cord_loop_withdraw(struct cord_loop *loop, struct cord_loop_task *task)
{
    if (!list_withdraw(&loop->running, task)) {
        pthread_mutex_lock(&loop->lock);
        (void)list_withdraw(&loop->posted, task);
        pthread_mutex_unlock(&loop->lock);
    }
}

/* What is posted from here on comes in the next turn, so that tasks that post
 * tasks do not keep the sockets waiting. */
static void run_tasks(struct cord_loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    loop->running = loop->posted;
    loop->posted = (struct task_list){0};
    pthread_mutex_unlock(&loop->lock);
    while (loop->running.first) {
        struct cord_loop_task *task = loop->running.first;
        loop->running.first = task->next;
        if (!task->next) {
            loop->running.last = NULL;
        }
        task->run(task); /* may be gone afterwards */
    }
}

/* --- the wait --- */

/* Milliseconds for epoll_wait, rounded up: a timer is never early. */
static int timers_ms(const struct cord_loop *loop, int wait_ms)
{
    int64_t ns = cord_wheel_wait_ns(&loop->wheel, cord_clock_now_ns(&loop->clock));
    if (ns < 0) {
        return wait_ms;
    }
    int64_t ms = (ns + 999999) / 1000000;
    ms = ms > INT_MAX ? INT_MAX : ms;
    return wait_ms < 0 || ms < wait_ms ? (int)ms : wait_ms;
}

static cord_status wait_for_events(struct cord_loop *loop, int wait_ms, struct cord_error *err)
{
    wait_ms = timers_ms(loop, wait_ms);
    pthread_mutex_lock(&loop->lock);
    bool busy = loop->posted.first || loop->stopping;
    loop->asleep = !busy;
    pthread_mutex_unlock(&loop->lock);

    int count = epoll_wait(loop->epoll, loop->events, EVENTS_MAX, busy ? 0 : wait_ms);
    int error = errno;
    pthread_mutex_lock(&loop->lock);
    loop->asleep = false;
    pthread_mutex_unlock(&loop->lock);
    loop->now_ns = cord_clock_now_ns(&loop->clock);
    loop->event_at = 0;
    loop->event_count = count > 0 ? count : 0;
    if (count < 0 && error != EINTR) {
        errno = error;
        return cord_error_errno(err, "epoll_wait");
    }
    return CORD_OK;
}

static void serve_events(struct cord_loop *loop)
{
    while (loop->event_at < loop->event_count) {
        const struct epoll_event *event = &loop->events[loop->event_at++];
        struct cord_watch *watch = event->data.ptr;
        if (watch) {
            watch->ready(watch, event->events);
        }
    }
}

cord_status cord_loop_turn(struct cord_loop *loop, int wait_ms, struct cord_error *err)
{
    cord_status status = wait_for_events(loop, wait_ms, err);
    if (status == CORD_OK) {
        serve_events(loop);
        cord_wheel_advance(&loop->wheel, loop->now_ns);
        run_tasks(loop);
    }
    return status;
}

/* Whether to end, and then ready to be run again. */
static bool was_stopped(struct cord_loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    bool stopped = loop->stopping;
    loop->stopping = false;
    pthread_mutex_unlock(&loop->lock);
    return stopped;
}

cord_status cord_loop_run(struct cord_loop *loop, struct cord_error *err)
{
    cord_status status = CORD_OK;
    while (status == CORD_OK && !was_stopped(loop)) {
        status = cord_loop_turn(loop, -1, err);
    }
    if (status == CORD_OK) {
        run_tasks(loop);
    }
    return status;
}
