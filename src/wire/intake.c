/* intake.c: see intake.h. What waits, for whom, and who is told. */
#include "wire/intake_internal.h"

#include "base/timestamp.h"
#include "base/vec.h"

#include <stdlib.h>
#include <time.h>

enum {
    GROUP_BYTES = 512 << 10, /* of bodies that a worker takes at once */
    GROUP_DELIVERIES = 64,
    TURN_BYTES = 64 << 10, /* of one source, before the next one's turn */
    SHARES_MAX = 1 << 20,
    FIRSTS_SHARE = 4,    /* what need only be judged finds so much of the room on top of it */
    SIGHTINGS = 1 << 16, /* that are remembered */
};

/* So long after a failure nobody is sent to us; then one may try whether it goes again. */
#define FAILING_NS (3 * CORD_SECOND_NS)

int64_t cord_intake_cpu_ns(void)
{
    struct timespec now;
    return clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0
               ? (int64_t)now.tv_sec * CORD_SECOND_NS + now.tv_nsec
               : 0;
}

const char *cord_intake_stage_name(enum cord_intake_stage stage)
{
    static const char *const names[CORD_INTAKE_STAGES] = {
        [CORD_INTAKE_UNPACK] = "unpack",   [CORD_INTAKE_UNWRAP] = "unwrap",
        [CORD_INTAKE_DECODE] = "decode",   [CORD_INTAKE_KEEP] = "keep",
        [CORD_INTAKE_EXAMINE] = "examine", [CORD_INTAKE_APPEND] = "append",
        [CORD_INTAKE_COMMIT] = "commit",
    };
    return names[stage];
}

/* With the lock held. NULL when out of memory. */
static struct cord_intake_share *share_of(struct cord_intake *intake, cord_str name)
{
    uint32_t at = cord_map_get(&intake->share_map, name);
    if (at != CORD_MAP_NONE) {
        return &intake->shares[at];
    }
    struct cord_intake_share *shares =
        intake->share_count < SHARES_MAX
            ? cord_vec_room(intake->shares, intake->share_count, &intake->share_cap, sizeof *shares)
            : NULL;
    if (!shares) {
        return NULL;
    }
    intake->shares = shares;
    char *copy = strndup(name.len > 0 ? name.ptr : "", name.len);
    if (!copy || cord_map_put(&intake->share_map, (cord_str){copy, name.len},
                              (uint32_t)intake->share_count) != CORD_OK) {
        free(copy);
        return NULL;
    }
    shares[intake->share_count] = (struct cord_intake_share){.name = copy};
    return &shares[intake->share_count++];
}

int64_t cord_intake_now_ns(void)
{
    const struct cord_clock clock = cord_clock_monotonic();
    return cord_clock_now_ns(&clock);
}

/* With the lock held. One delivery is always let in, however large. share NULL: of
 * whatever source. */
static bool fits(const struct cord_intake *intake, const struct cord_intake_share *share,
                 size_t bytes, bool only_firsts)
{
    const struct cord_intake_options *options = &intake->options;
    size_t own_bytes = share ? share->bytes : 0;
    size_t all_max = options->waiting_bytes_max;
    size_t own_max = options->source_bytes_max;
    if (only_firsts) {
        all_max += all_max / FIRSTS_SHARE;
        own_max += own_max / FIRSTS_SHARE;
    }
    bool all = intake->waiting_bytes == 0 || intake->waiting_bytes + bytes <= all_max;
    bool own = own_bytes == 0 || own_bytes + bytes <= own_max;
    return all && own && !intake->closed &&
           cord_intake_now_ns() >= atomic_load(&intake->full_until_ns);
}

static void charge(struct cord_intake_share *share, const struct cord_source *source,
                   uint64_t events)
{
    if (source->events_a_second > 0 || share->rate.full_ns > 0) {
        cord_rate_charge(&share->rate, source->events_a_second, events, cord_intake_now_ns());
    }
}

void cord_intake_charge(struct cord_intake *intake, const struct cord_source *source,
                        uint64_t events)
{
    if (events > 0 && source->events_a_second > 0) {
        (void)pthread_mutex_lock(&intake->lock);
        struct cord_intake_share *share = share_of(intake, source->name);
        if (share) {
            charge(share, source, events);
        }
        (void)pthread_mutex_unlock(&intake->lock);
    }
}

/* With the lock held. */
static int64_t wait_of(struct cord_intake_share *share, const struct cord_source *source)
{
    if (!share || source->events_a_second == 0) {
        return 0;
    }
    int64_t wait_ns =
        cord_rate_wait_ns(&share->rate, source->events_a_second, cord_intake_now_ns());
    share->waits += wait_ns > 0;
    return wait_ns;
}

/* With the lock held: it is taken from after all others that have something. */
static void take_turn(struct cord_intake *intake, struct cord_intake_share *share)
{
    uint32_t number = (uint32_t)(share - intake->shares) + 1;
    share->turn_next = 0;
    *(intake->turn_last > 0 ? &intake->shares[intake->turn_last - 1].turn_next
                            : &intake->turn_first) = number;
    intake->turn_last = number;
}

static void enqueue(struct cord_intake *intake, struct cord_intake_share *share,
                    struct cord_delivery *delivery)
{
    if (!share->first) {
        take_turn(intake, share);
    }
    delivery->next = NULL;
    *(share->first ? &share->last->next : &share->first) = delivery;
    share->last = delivery;
    intake->queued++;
}

/* With the lock held, of a source that has something waiting. */
static struct cord_delivery *dequeue(struct cord_intake *intake, struct cord_intake_share *share)
{
    struct cord_delivery *delivery = share->first;
    share->first = delivery->next;
    intake->queued--;
    delivery->next = NULL;
    return delivery;
}

static cord_status port_put(void *self, struct cord_delivery *delivery)
{
    struct cord_intake *intake = self;
    size_t bytes = delivery->body.len;
    (void)pthread_mutex_lock(&intake->lock);
    struct cord_intake_share *share = share_of(intake, delivery->source->name);
    bool taken = share && fits(intake, share, bytes, delivery->only_firsts);
    if (taken) {
        share->bytes += bytes;
        intake->waiting_bytes += bytes;
        intake->bytes += bytes;
        intake->taken++;
        enqueue(intake, share, delivery);
        delivery->room = bytes;
        charge(share, delivery->source, delivery->announced);
        (void)pthread_cond_signal(&intake->arrived);
    } else {
        intake->refused_puts++;
    }
    (void)pthread_mutex_unlock(&intake->lock);
    return taken ? CORD_OK : CORD_E_LIMIT;
}

static bool port_has_room(void *self, const struct cord_source *source)
{
    struct cord_intake *intake = self;
    (void)pthread_mutex_lock(&intake->lock);
    struct cord_intake_share *share = source ? share_of(intake, source->name) : NULL;
    bool room = (share || !source) && fits(intake, share, 1, false) &&
                (!source || wait_of(share, source) == 0);
    (void)pthread_mutex_unlock(&intake->lock);
    return room;
}

static int64_t port_wait_ns(void *self, const struct cord_source *source)
{
    struct cord_intake *intake = self;
    if (source->events_a_second == 0) {
        return 0;
    }
    (void)pthread_mutex_lock(&intake->lock);
    int64_t wait_ns = wait_of(share_of(intake, source->name), source);
    (void)pthread_mutex_unlock(&intake->lock);
    return wait_ns;
}

struct cord_intake_port cord_intake_port(struct cord_intake *intake)
{
    return (struct cord_intake_port){port_put, port_has_room, port_wait_ns, intake};
}

struct cord_delivery *cord_intake_claim(struct cord_intake *intake)
{
    struct cord_delivery *group = NULL;
    (void)pthread_mutex_lock(&intake->lock);
    while (intake->queued == 0 && !intake->closed) {
        (void)pthread_cond_wait(&intake->arrived, &intake->lock);
    }
    /* Half of what waits, when there are others to take the rest. */
    size_t most = intake->queued / intake->worker_count + 1;
    most = most < GROUP_DELIVERIES ? most : GROUP_DELIVERIES;
    size_t count = 0;
    size_t bytes = 0;
    struct cord_delivery **at = &group;
    while (intake->queued > 0 && count < most && bytes < GROUP_BYTES) {
        struct cord_intake_share *share = &intake->shares[intake->turn_first - 1];
        size_t turn_bytes = 0;
        intake->turn_first = share->turn_next;
        intake->turn_last = intake->turn_first > 0 ? intake->turn_last : 0;
        while (share->first && count < most && turn_bytes < TURN_BYTES) {
            *at = dequeue(intake, share);
            turn_bytes += (*at)->body.len;
            at = &(*at)->next;
            count++;
        }
        bytes += turn_bytes;
        if (share->first) {
            take_turn(intake, share);
        }
    }
    (void)pthread_mutex_unlock(&intake->lock);
    return group;
}

static void run_done(struct cord_loop_task *task)
{
    struct cord_delivery *delivery =
        (struct cord_delivery *)(void *)((char *)task - offsetof(struct cord_delivery, task));
    delivery->done(delivery);
}

void cord_intake_answer(struct cord_intake *intake, struct cord_delivery *delivery)
{
    size_t bytes = delivery->room;
    delivery->next = NULL;
    (void)pthread_mutex_lock(&intake->lock);
    struct cord_intake_share *share = share_of(intake, delivery->source->name);
    if (share) { /* it was there when the delivery was put */
        share->bytes -= bytes;
    }
    intake->waiting_bytes -= bytes;
    (void)pthread_mutex_unlock(&intake->lock);
    delivery->task.run = run_done;
    cord_loop_post(delivery->loop, &delivery->task);
    (void)pthread_mutex_lock(&intake->lock);
    intake->done++;
    (void)pthread_cond_broadcast(&intake->answered);
    (void)pthread_mutex_unlock(&intake->lock);
}

void cord_intake_ticket_free(struct cord_intake_ticket *ticket)
{
    if (ticket) {
        cord_verdict_free(ticket->verdict);
        free(ticket);
    }
}

void cord_intake_hand_in(struct cord_intake *intake, struct cord_intake_ticket *ticket)
{
    (void)pthread_mutex_lock(&intake->lock);
    struct cord_intake_ticket **at = &intake->tickets;
    while (*at && (*at)->first <= ticket->first) {
        at = &(*at)->next;
    }
    ticket->next = *at;
    *at = ticket;
    (void)pthread_cond_signal(&intake->appended);
    (void)pthread_mutex_unlock(&intake->lock);
}

void cord_intake_drain(struct cord_intake *intake)
{
    (void)pthread_mutex_lock(&intake->lock);
    intake->closed = true;
    (void)pthread_cond_broadcast(&intake->arrived);
    while (intake->done < intake->taken) {
        (void)pthread_cond_wait(&intake->answered, &intake->lock);
    }
    (void)pthread_mutex_unlock(&intake->lock);
}

static cord_status start(struct cord_intake *intake, struct cord_error *err)
{
    for (size_t i = 0; i < intake->worker_count; i++) {
        struct cord_intake_worker *worker = &intake->workers[i];
        worker->place = CORD_POISON_PLACE_WORKER + i;
        if (!cord_intake_worker_init(worker, intake)) {
            return cord_error_set(err, CORD_E_NOMEM, "out of memory");
        }
    }
    if (pthread_create(&intake->committer, NULL, cord_intake_commit_main, intake) != 0) {
        return cord_error_set(err, CORD_E_LIMIT, "no thread for the intake");
    }
    intake->committing = true;
    for (size_t i = 0; i < intake->worker_count; i++) {
        struct cord_intake_worker *worker = &intake->workers[i];
        if (pthread_create(&worker->thread, NULL, cord_intake_worker_main, worker) != 0) {
            return cord_error_set(err, CORD_E_LIMIT, "no thread for the intake");
        }
        worker->started = true;
    }
    return CORD_OK;
}

cord_status cord_intake_new(const struct cord_intake_options *options, uint64_t through,
                            struct cord_intake **ret_intake, struct cord_error *err)
{
    struct cord_intake *intake = calloc(1, sizeof *intake);
    if (!intake) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    intake->options = *options;
    intake->next_number = through + 1;
    cord_map_init(&intake->share_map, options->seed);
    intake->workers = calloc(options->threads, sizeof *intake->workers);
    intake->worker_count = intake->workers ? options->threads : 0;
    intake->sightings = cord_shed_new(SIGHTINGS, options->seed);
    cord_status status = CORD_E_NOMEM;
    if (pthread_mutex_init(&intake->lock, NULL) == 0 &&
        pthread_mutex_init(&intake->sightings_lock, NULL) == 0 &&
        pthread_cond_init(&intake->arrived, NULL) == 0 &&
        pthread_cond_init(&intake->appended, NULL) == 0 &&
        pthread_cond_init(&intake->answered, NULL) == 0 && intake->workers && intake->sightings) {
        status = start(intake, err);
    }
    if (status != CORD_OK) {
        cord_intake_free(intake);
        return status;
    }
    *ret_intake = intake;
    return CORD_OK;
}

void cord_intake_free(struct cord_intake *intake)
{
    if (!intake) {
        return;
    }
    (void)pthread_mutex_lock(&intake->lock);
    intake->closed = true;
    (void)pthread_cond_broadcast(&intake->arrived);
    (void)pthread_mutex_unlock(&intake->lock);
    for (size_t i = 0; i < intake->worker_count; i++) {
        if (intake->workers[i].started) {
            (void)pthread_join(intake->workers[i].thread, NULL);
        }
    }
    (void)pthread_mutex_lock(&intake->lock);
    intake->workers_ended = true;
    (void)pthread_cond_broadcast(&intake->appended);
    (void)pthread_mutex_unlock(&intake->lock);
    if (intake->committing) {
        (void)pthread_join(intake->committer, NULL);
    }
    for (size_t i = 0; i < intake->worker_count; i++) {
        cord_intake_worker_done(&intake->workers[i]);
    }
    for (size_t i = 0; i < intake->share_count; i++) {
        free(intake->shares[i].name);
    }
    free(intake->shares);
    free(intake->workers);
    cord_map_done(&intake->share_map);
    (void)pthread_cond_destroy(&intake->answered);
    (void)pthread_cond_destroy(&intake->appended);
    (void)pthread_cond_destroy(&intake->arrived);
    (void)pthread_mutex_destroy(&intake->sightings_lock);
    (void)pthread_mutex_destroy(&intake->lock);
    cord_shed_free(intake->sightings);
    free(intake);
}

void cord_intake_each_wait(struct cord_intake *intake,
                           void (*put)(void *self, cord_str source, uint64_t waits), void *self)
{
    (void)pthread_mutex_lock(&intake->lock);
    for (size_t i = 0; i < intake->share_count; i++) {
        if (intake->shares[i].waits > 0) {
            put(self, cord_str_from(intake->shares[i].name), intake->shares[i].waits);
        }
    }
    (void)pthread_mutex_unlock(&intake->lock);
}

struct cord_intake_stats cord_intake_stats(struct cord_intake *intake)
{
    struct cord_intake_stats stats = {
        .stored = atomic_load(&intake->stored),
        .refused = atomic_load(&intake->refused),
        .failures = atomic_load(&intake->failures),
        .commits = atomic_load(&intake->commits),
        .poisoned = atomic_load(&intake->poisoned),
    };
    int64_t failed_ns = atomic_load(&intake->failed_ns);
    stats.failing = failed_ns > 0 && cord_intake_now_ns() - failed_ns < FAILING_NS;
    for (size_t i = 0; i < CORD_INTAKE_STAGES; i++) {
        stats.stage_ns[i] = atomic_load(&intake->stage_ns[i]);
    }
    (void)pthread_mutex_lock(&intake->lock);
    stats.deliveries = intake->taken;
    stats.refused_puts = intake->refused_puts;
    stats.bytes = intake->bytes;
    stats.waiting = intake->taken - intake->done;
    stats.waiting_bytes = intake->waiting_bytes;
    stats.matcher = intake->matcher;
    (void)pthread_mutex_unlock(&intake->lock);
    return stats;
}
