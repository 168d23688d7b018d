/*
 * api_live.c: see api_live.h.
 *
 * A stream belongs to its loop and to the feeder's thread in turns: `fed` is true while the
 * feeder makes a portion, or one is on its way; the loop gives it back when the portion has
 * left for the socket. The feeder alone frees.
 */
#include "api/api_internal.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { POLL_NS = 250000000, STOP_POLLS_MAX = 40 };

/* How often it is asked whether anybody's rights have changed, and how often they are looked at
 * in any case: some end by the clock. */
#define LOOK_NS  CORD_SECOND_NS
#define RENEW_NS (10 * CORD_SECOND_NS)

struct live {
    struct cord_api_lives *lives;
    struct live *next;
    struct cord_http *http; /* the loop's; NULL once it is gone */
    struct cord_loop *loop;
    struct cord_loop_task task; /* a portion, or the end */
    struct cord_api_live_begin begin;
    struct cord_buf portion;
    bool draining; /* the loop's: what was sent has not left yet */
    int64_t born_ns;
    int64_t sent_ns;    /* the last portion */
    int64_t renewed_ns; /* its rights were looked at */
    uint64_t version;   /* of all rights then */
    bool fed;           /* under the lock */
    bool gone;          /* under the lock: `closed` has come */
    bool ends;          /* under the lock: the task is to end it */
};

struct cord_api_lives {
    struct cord_api_live_options options;
    pthread_mutex_t lock; /* guards the list and the flags */
    pthread_cond_t woken;
    struct live *first;
    size_t count;
    bool stopping;
    bool started;
    pthread_t thread;
    uint64_t version; /* of all rights, a second old at most; the feeder's */
    int64_t looked_ns;
    _Atomic uint64_t sent;
};

static int64_t now_ns(void)
{
    const struct cord_clock clock = cord_clock_monotonic();
    return cord_clock_now_ns(&clock);
}

static void live_free(struct live *live)
{
    const struct cord_api_access *access = &live->lives->options.api->options.access;
    if (live->begin.principal.rights && access->leave) {
        access->leave(access->self, &live->begin.principal);
    }
    cord_buf_done(&live->portion);
    free((void *)(uintptr_t)live->begin.filter.ptr);
    free((void *)(uintptr_t)live->begin.about.ptr);
    free(live);
}

/* --- the loop's side --- */

static void give_back(struct live *live)
{
    struct cord_api_lives *lives = live->lives;
    (void)pthread_mutex_lock(&lives->lock);
    live->fed = false;
    (void)pthread_cond_signal(&lives->woken);
    (void)pthread_mutex_unlock(&lives->lock);
}

static void on_drained(void *self)
{
    struct live *live = self;
    if (live->draining) {
        live->draining = false;
        give_back(live);
    }
}

static void on_closed(void *self)
{
    struct live *live = self;
    struct cord_api_lives *lives = live->lives;
    live->http = NULL;
    (void)pthread_mutex_lock(&lives->lock);
    live->gone = true;
    live->fed = live->fed && !live->draining;
    (void)pthread_cond_signal(&lives->woken);
    (void)pthread_mutex_unlock(&lives->lock);
}

static void on_task(struct cord_loop_task *task)
{
    struct live *live = CORD_LOOP_OWNER(task, struct live, task);
    struct cord_api_lives *lives = live->lives;
    (void)pthread_mutex_lock(&lives->lock);
    bool ends = live->ends;
    (void)pthread_mutex_unlock(&lives->lock);
    if (live->http && live->portion.len > 0 &&
        cord_http_live_send(live->http, cord_buf_str(&live->portion)) != CORD_OK) {
        ends = true;
    }
    if (live->http && ends) {
        cord_http_live_end(live->http);
    }
    live->draining = live->http && !ends;
    if (!live->draining) {
        give_back(live);
    }
}

/* --- the feeder's side --- */

void cord_api_live_put(struct cord_api_live_portion *portion, const char *event, uint64_t place,
                       cord_str data)
{
    char text[24];
    int len = snprintf(text, sizeof text, "%llu", (unsigned long long)place);
    cord_buf_put(portion->out, CORD_STR("id: "));
    cord_api_cursor_write(&portion->api->options.secret, portion->about,
                          (cord_str){text, len > 0 ? (size_t)len : 0}, portion->out);
    cord_buf_printf(portion->out, "\nevent: %s\ndata: ", event);
    cord_buf_put(portion->out, data);
    cord_buf_put(portion->out, CORD_STR("\n\n"));
    portion->events++;
}

/* That others' data is shown is in the record before it is. */
static bool is_told(struct live *live)
{
    const struct cord_api_access *access = &live->lives->options.api->options.access;
    struct cord_error err = {""};
    const struct cord_api_act act = {.id = live->begin.id,
                                     .target = cord_str_from(live->begin.id),
                                     .peer = CORD_STR(""),
                                     .done = true};
    bool told = !access->audit ||
                access->audit(access->self, &live->begin.principal, &act, &err) == CORD_OK;
    if (!told) {
        cord_log_error(live->lives->options.api->options.log, "api.audit_failed",
                       CORD_KV_TEXT("route", act.id), CORD_KV_TEXT("error", err.text));
    }
    return told;
}

/* What cannot be looked up counts as changed. */
static void look_for_changes(struct cord_api_lives *lives)
{
    const struct cord_api_access *access = &lives->options.api->options.access;
    struct cord_error err = {""};
    int64_t at_ns = now_ns();
    if (!access->version || at_ns - lives->looked_ns < LOOK_NS) {
        return;
    }
    lives->looked_ns = at_ns;
    if (access->version(access->self, &lives->version, &err) != CORD_OK) {
        lives->version++;
    }
}

/* Whoever it is for is still let in, and has the right over something. */
static bool is_allowed(struct live *live, int64_t at_ns)
{
    struct cord_api_lives *lives = live->lives;
    const struct cord_api_access *access = &lives->options.api->options.access;
    struct cord_error err = {""};
    if (!access->renew ||
        (live->version == lives->version && at_ns - live->renewed_ns < RENEW_NS)) {
        return true;
    }
    live->version = lives->version;
    live->renewed_ns = at_ns;
    cord_status status = access->renew(access->self, &live->begin.principal, &err);
    if (status != CORD_OK && status != CORD_E_NOENT) {
        cord_log_error(lives->options.api->options.log, "api.stream_failed",
                       CORD_KV_TEXT("error", err.text));
    }
    return status == CORD_OK &&
           access->any(access->self, &live->begin.principal, live->begin.verb) == CORD_API_YES;
}

/* What is due of one stream is in its portion afterwards; true: send it. */
static bool make_portion(struct live *live, int64_t at_ns)
{
    struct cord_api *api = live->lives->options.api;
    struct cord_error err = {""};
    struct cord_api_live_portion portion = {
        .api = api,
        .principal = &live->begin.principal,
        .verb = live->begin.verb,
        .filter = live->begin.filter,
        .about = live->begin.about,
        .after = live->begin.after,
        .out = &live->portion,
    };
    cord_buf_clear(&live->portion);
    if (!is_allowed(live, at_ns)) {
        live->ends = true; /* the feeder's turn */
        return true;
    }
    if (live->begin.feed->newest(api) > live->begin.after) {
        cord_status status = live->begin.feed->fill(&portion, &err);
        live->begin.after = portion.after;
        (void)atomic_fetch_add(&live->lives->sent, portion.events);
        if (status != CORD_OK || live->portion.failed) {
            cord_log_error(api->options.log, "api.stream_failed", CORD_KV_TEXT("error", err.text));
            live->ends = true;
        }
    }
    if (portion.events > 0 && !is_told(live)) {
        cord_buf_clear(&live->portion);
        live->ends = true;
    }
    if (live->portion.len == 0 && at_ns - live->sent_ns >= live->lives->options.heartbeat_ns) {
        cord_buf_put(&live->portion, CORD_STR(": still here\n\n"));
    }
    if (at_ns - live->born_ns >= live->lives->options.life_ns) {
        live->ends = true;
    }
    return live->portion.len > 0 || live->ends;
}

static void feed(struct live *live)
{
    int64_t at_ns = now_ns();
    if (make_portion(live, at_ns)) {
        live->sent_ns = at_ns;
        cord_loop_post(live->loop, &live->task);
    } else {
        give_back(live);
    }
}

/* Under the lock: those that are gone are freed; one that may be fed, after `last`. */
static struct live *next_to_feed(struct cord_api_lives *lives, const struct live *last)
{
    struct live **at = &lives->first;
    bool passed = last == NULL;
    while (*at) {
        struct live *live = *at;
        if (live->gone && !live->fed && live != last) {
            *at = live->next;
            lives->count--;
            live_free(live);
            continue;
        }
        if (passed && !live->fed && !live->gone && !live->ends) {
            live->fed = true;
            return live;
        }
        passed = passed || live == last;
        at = &live->next;
    }
    return NULL;
}

static void wait_a_while(struct cord_api_lives *lives)
{
    const struct timespec until = cord_clock_after(POLL_NS);
    (void)pthread_cond_clockwait(&lives->woken, &lives->lock, CLOCK_MONOTONIC, &until);
}

/* Every stream that is not on its way is told to end. */
static void end_all(struct cord_api_lives *lives)
{
    for (struct live *live = lives->first; live; live = live->next) {
        if (!live->fed && !live->gone && !live->ends) {
            live->fed = true;
            live->ends = true;
            cord_buf_clear(&live->portion);
            cord_loop_post(live->loop, &live->task);
        }
    }
}

static void *feeder(void *argument)
{
    struct cord_api_lives *lives = argument;
    (void)pthread_mutex_lock(&lives->lock);
    for (size_t polls = 0; !lives->stopping || (lives->first && polls < STOP_POLLS_MAX);) {
        struct live *live = NULL;
        if (lives->first && !lives->stopping) {
            (void)pthread_mutex_unlock(&lives->lock);
            look_for_changes(lives);
            (void)pthread_mutex_lock(&lives->lock);
        }
        while (!lives->stopping && (live = next_to_feed(lives, live)) != NULL) {
            (void)pthread_mutex_unlock(&lives->lock);
            feed(live);
            (void)pthread_mutex_lock(&lives->lock);
        }
        if (lives->stopping) {
            end_all(lives);
            (void)next_to_feed(lives, NULL); /* frees; all that are left are ending */
            polls++;
        }
        if (!lives->stopping || lives->first) {
            wait_a_while(lives);
        }
    }
    (void)pthread_mutex_unlock(&lives->lock);
    return NULL;
}

/* --- the whole --- */

cord_status cord_api_live_new(const struct cord_api_live_options *options,
                              struct cord_api_lives **ret_lives, struct cord_error *err)
{
    struct cord_api_lives *lives = calloc(1, sizeof *lives);
    if (!lives || pthread_mutex_init(&lives->lock, NULL) != 0) {
        free(lives);
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    (void)pthread_cond_init(&lives->woken, NULL); /* never fails here */
    lives->options = *options;
    if (pthread_create(&lives->thread, NULL, feeder, lives) != 0) {
        cord_api_live_free(lives);
        return cord_error_set(err, CORD_E_LIMIT, "no thread for streams");
    }
    lives->started = true;
    *ret_lives = lives;
    return CORD_OK;
}

static char *copy(cord_str text)
{
    char *kept = malloc(text.len + 1);
    if (kept && text.len > 0) {
        memcpy(kept, text.ptr, text.len);
    }
    return kept;
}

static struct live *live_new(struct cord_api_lives *lives, struct cord_http *http,
                             const struct cord_api_live_begin *begin)
{
    struct live *live = calloc(1, sizeof *live);
    char *filter = copy(begin->filter);
    char *about = copy(begin->about);
    if (!live || !filter || !about) {
        free(live);
        free(filter);
        free(about);
        return NULL;
    }
    live->lives = lives;
    live->http = http;
    live->loop = cord_http_loop(http);
    live->task.run = on_task;
    live->begin = *begin;
    live->begin.filter = (cord_str){filter, begin->filter.len};
    live->begin.about = (cord_str){about, begin->about.len};
    cord_buf_init(&live->portion, CORD_HTTP_LIVE_BYTES_MAX);
    live->born_ns = now_ns();
    live->sent_ns = live->born_ns;
    live->renewed_ns = live->born_ns - RENEW_NS; /* what changed since it came in is met at once */
    live->fed = true;                            /* until its head has drained */
    live->draining = true;
    return live;
}

static void remove_last(struct cord_api_lives *lives, struct live *live)
{
    (void)pthread_mutex_lock(&lives->lock);
    live->gone = true;
    live->fed = false;
    (void)pthread_cond_signal(&lives->woken);
    (void)pthread_mutex_unlock(&lives->lock);
}

bool cord_api_live_begin(struct cord_api_lives *lives, struct cord_http *http,
                         const struct cord_http_reply *reply,
                         const struct cord_api_live_begin *begin)
{
    static const struct cord_http_live_ops OPS = {on_drained, on_closed};
    struct live *live = live_new(lives, http, begin);
    if (!live) {
        return false;
    }
    (void)pthread_mutex_lock(&lives->lock);
    bool room = lives->count < lives->options.live_max && !lives->stopping;
    if (room) {
        live->next = lives->first;
        lives->first = live;
        lives->count++;
    }
    (void)pthread_mutex_unlock(&lives->lock);
    if (!room) {
        live->begin.principal.rights = NULL; /* the caller's still */
        live_free(live);
        return false;
    }
    if (!cord_http_live_begin(http, reply, &OPS, live)) {
        live->http = NULL;
        remove_last(lives, live);
    }
    return true;
}

void cord_api_live_stop(struct cord_api_lives *lives)
{
    if (!lives || !lives->started) {
        return;
    }
    (void)pthread_mutex_lock(&lives->lock);
    lives->stopping = true;
    (void)pthread_cond_signal(&lives->woken);
    (void)pthread_mutex_unlock(&lives->lock);
    (void)pthread_join(lives->thread, NULL);
    lives->started = false;
}

void cord_api_live_free(struct cord_api_lives *lives)
{
    if (!lives) {
        return;
    }
    cord_api_live_stop(lives);
    while (lives->first) {
        struct live *live = lives->first;
        lives->first = live->next;
        live_free(live);
    }
    (void)pthread_cond_destroy(&lives->woken);
    (void)pthread_mutex_destroy(&lives->lock);
    free(lives);
}

size_t cord_api_live_count(struct cord_api_lives *lives)
{
    (void)pthread_mutex_lock(&lives->lock);
    size_t count = lives->count;
    (void)pthread_mutex_unlock(&lives->lock);
    return count;
}

uint64_t cord_api_live_sent(struct cord_api_lives *lives)
{
    return atomic_load(&lives->sent);
}
