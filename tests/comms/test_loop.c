#include "comms/loop.h"
#include "kit/kit_loop.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static struct cord_loop *new_loop(void)
{
    struct cord_loop *loop = NULL;
    CHECK(cord_loop_new(&loop, NULL) == CORD_OK);
    return loop;
}

static void *run(void *loop)
{
    CHECK(cord_loop_run(loop, NULL) == CORD_OK);
    return NULL;
}

/* --- tasks --- */

enum { POSTERS = 4, EACH = 5000 };

struct job {
    struct cord_loop_task task;
    struct tally *tally;
    size_t poster;
    size_t number;
};

struct tally {
    struct cord_loop *loop;
    size_t next[POSTERS];
    size_t done;
    bool disordered;
};

struct poster {
    struct cord_loop *loop;
    struct job *jobs;
};

static void do_job(struct cord_loop_task *task)
{
    struct job *job = (struct job *)(void *)task;
    struct tally *tally = job->tally;
    tally->disordered = tally->disordered || tally->next[job->poster] != job->number;
    tally->next[job->poster]++;
    if (++tally->done == (size_t)POSTERS * EACH) {
        cord_loop_stop(tally->loop);
    }
}

static void *post_all(void *self)
{
    struct poster *poster = self;
    for (size_t at = 0; at < EACH; at++) {
        cord_loop_post(poster->loop, &poster->jobs[at].task);
    }
    return NULL;
}

static void runs_tasks_of_many_threads_in_their_order(void)
{
    struct tally tally = {.loop = new_loop()};
    struct job *jobs = calloc((size_t)POSTERS * EACH, sizeof *jobs);
    struct poster posters[POSTERS];
    pthread_t threads[POSTERS];
    pthread_t runner;
    CHECK(jobs);
    for (size_t at = 0; at < (size_t)POSTERS * EACH; at++) {
        jobs[at] = (struct job){{.run = do_job}, &tally, at / EACH, at % EACH};
    }
    CHECK(pthread_create(&runner, NULL, run, tally.loop) == 0);
    for (size_t at = 0; at < POSTERS; at++) {
        posters[at] = (struct poster){tally.loop, jobs + at * EACH};
        CHECK(pthread_create(&threads[at], NULL, post_all, &posters[at]) == 0);
    }
    for (size_t at = 0; at < POSTERS; at++) {
        CHECK(pthread_join(threads[at], NULL) == 0);
    }
    CHECK(pthread_join(runner, NULL) == 0);
    CHECK(tally.done == (size_t)POSTERS * EACH);
    CHECK(!tally.disordered);
    free(jobs);
    cord_loop_free(tally.loop);
}

struct step {
    struct cord_loop_task task;
    struct cord_loop *loop;
    struct step *withdraws;
    size_t calls;
};

static void do_step(struct cord_loop_task *task)
{
    struct step *step = (struct step *)(void *)task;
    step->calls++;
    if (step->withdraws) {
        cord_loop_withdraw(step->loop, &step->withdraws->task);
    }
}

static void runs_what_was_posted_before_the_stop(void)
{
    struct cord_loop *loop = new_loop();
    struct step step = {.task.run = do_step, .loop = loop};
    cord_loop_post(loop, &step.task);
    cord_loop_stop(loop);
    cord_loop_stop(loop);
    run(loop);
    CHECK(step.calls == 1);
    cord_loop_stop(loop); /* and it may run again */
    run(loop);
    CHECK(step.calls == 1);
    cord_loop_free(loop);
}

static void withdraws_tasks(void)
{
    struct cord_loop *loop = new_loop();
    struct step steps[5] = {0};
    for (size_t at = 0; at < 5; at++) {
        steps[at] = (struct step){.task.run = do_step, .loop = loop};
        cord_loop_post(loop, &steps[at].task);
    }
    steps[1].withdraws = &steps[4]; /* while they run; and the last */
    cord_loop_withdraw(loop, &steps[0].task);
    cord_loop_withdraw(loop, &steps[2].task);
    kit_loop_settle(loop);
    const size_t wanted[] = {0, 1, 0, 1, 0};
    for (size_t at = 0; at < 5; at++) {
        CHECK(steps[at].calls == wanted[at]);
    }
    cord_loop_withdraw(loop, &steps[0].task); /* not posted: nothing */
    cord_loop_post(loop, &steps[0].task);
    kit_loop_settle(loop);
    CHECK(steps[0].calls == 1);
    cord_loop_free(loop);
}

/* --- files --- */

struct pair {
    struct cord_watch watch;
    struct cord_loop *loop;
    int other;
    struct pair *removes;
    size_t calls;
    bool gone;
};

static void on_pair(struct cord_watch *watch, uint32_t events)
{
    struct pair *pair = (struct pair *)(void *)watch;
    CHECK(events & EPOLLIN);
    CHECK(!pair->gone);
    pair->calls++;
    if (pair->removes) {
        pair->removes->gone = true;
        cord_loop_unwatch(pair->loop, &pair->removes->watch);
        pair->removes = NULL;
    }
}

static void pair_init(struct pair *pair, struct cord_loop *loop)
{
    int ends[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    *pair = (struct pair){.watch = {ends[0], on_pair}, .loop = loop, .other = ends[1]};
    CHECK(cord_loop_watch(loop, &pair->watch, EPOLLIN, NULL) == CORD_OK);
}

static void pair_done(struct pair *pair)
{
    if (!pair->gone) {
        cord_loop_unwatch(pair->loop, &pair->watch);
    }
    close(pair->watch.file);
    close(pair->other);
}

static void calls_no_watch_that_was_removed(void)
{
    struct cord_loop *loop = new_loop();
    struct pair pairs[2];
    pair_init(&pairs[0], loop);
    pair_init(&pairs[1], loop);
    pairs[0].removes = &pairs[1];
    pairs[1].removes = &pairs[0]; /* whichever is first */
    CHECK(write(pairs[0].other, "x", 1) == 1);
    CHECK(write(pairs[1].other, "x", 1) == 1);
    kit_loop_settle(loop);
    CHECK((pairs[0].calls == 0) != (pairs[1].calls == 0));
    pair_done(&pairs[0]);
    pair_done(&pairs[1]);
    cord_loop_free(loop);
}

static void removes_itself_within(void)
{
    struct cord_loop *loop = new_loop();
    struct pair pair;
    pair_init(&pair, loop);
    pair.removes = &pair;
    CHECK(write(pair.other, "x", 1) == 1);
    kit_loop_settle(loop);
    CHECK(pair.calls == 1);
    pair_done(&pair);
    cord_loop_free(loop);
}

static void changes_what_is_waited_for(void)
{
    struct cord_loop *loop = new_loop();
    struct pair pair;
    pair_init(&pair, loop);
    cord_loop_change(loop, &pair.watch, EPOLLPRI);
    CHECK(write(pair.other, "x", 1) == 1);
    kit_loop_settle(loop);
    CHECK(pair.calls == 0);
    cord_loop_change(loop, &pair.watch, EPOLLIN);
    kit_loop_until_count(loop, &pair.calls, 1);
    pair_done(&pair);
    cord_loop_free(loop);
}

/* --- timers --- */

struct alarm {
    struct cord_timer timer;
    struct cord_loop *loop;
    int64_t set_at;
    int64_t delay;
    size_t *left;
};

static void on_alarm(struct cord_timer *timer)
{
    struct alarm *alarm = (struct alarm *)(void *)timer;
    CHECK(cord_loop_now_ns(alarm->loop) - alarm->set_at >= alarm->delay);
    if (--*alarm->left == 0) {
        cord_loop_stop(alarm->loop);
    }
}

static void keeps_many_timers(void)
{
    enum { COUNT = 10000 };
    struct cord_loop *loop = new_loop();
    struct alarm *alarms = calloc(COUNT, sizeof *alarms);
    size_t left = COUNT;
    CHECK(alarms);
    for (size_t at = 0; at < COUNT; at++) {
        alarms[at] = (struct alarm){.timer.due = on_alarm,
                                    .loop = loop,
                                    .set_at = cord_loop_now_ns(loop),
                                    .delay = (int64_t)(at % 300) * 1000000,
                                    .left = &left};
        cord_loop_after(loop, &alarms[at].timer, alarms[at].delay);
    }
    for (size_t at = 0; at < COUNT; at += 2) {
        cord_loop_cancel(loop, &alarms[at].timer);
        left--;
    }
    run(loop);
    CHECK(left == 0);
    free(alarms);
    cord_loop_free(loop);
}

static void fails_cleanly_without_memory(void)
{
    struct cord_loop *loop = NULL;
    kit_fail_allocation(1);
    CHECK(cord_loop_new(&loop, NULL) == CORD_E_NOMEM);
    CHECK(kit_fail_allocation_off());
    CHECK(!loop);
}

KIT_MAIN(KIT_TEST(runs_tasks_of_many_threads_in_their_order),
         KIT_TEST(runs_what_was_posted_before_the_stop), KIT_TEST(withdraws_tasks),
         KIT_TEST(calls_no_watch_that_was_removed), KIT_TEST(removes_itself_within),
         KIT_TEST(changes_what_is_waited_for), KIT_TEST(keeps_many_timers),
         KIT_TEST(fails_cleanly_without_memory))
