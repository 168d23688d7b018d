/* search_run.c: see search_run.h. */
#include "evidence/search_run.h"

#include "evidence/tally.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

enum { CHUNK_FIRST = 256, CHUNK_GROWS = 4, CHUNK_MAX = 16384, NO_UNIT = -1 };

struct run {
    const struct cord_search_plan *plan;
    struct cord_error *err;

    pthread_mutex_t lock; /* guards all that follows */
    pthread_cond_t changed;
    struct cord_search_progress *progress;
    struct cord_search_merge merge;
    cord_status status;
    bool out;    /* somebody gives rows out: the sink and the tally are theirs */
    size_t next; /* in plan->order */
    int64_t in_flight[CORD_SEARCH_THREADS_MAX];
    unsigned worker_count;
    uint64_t given;
    size_t chunk;
    bool again; /* not the first time over the units: those are counted already */
    bool has_after;
    struct cord_search_ref after; /* only rows behind this one */
    uint8_t *damaged;             /* by unit */
};

struct worker {
    struct run *run;
    unsigned number;
    void *self;
    struct cord_search_refs refs;
    struct cord_search_ref *taken; /* CHUNK_MAX */
    uint32_t *which;
    size_t *at; /* of each taken row in `rows` */
    struct cord_rows *rows;
    struct cord_error err;
};

struct cord_search_ref *cord_search_run_room(struct cord_search_refs *refs, size_t more)
{
    if (!refs->items || more > refs->cap - refs->count) {
        size_t least = refs->count + more > 0 ? refs->count + more : 1;
        size_t cap = least > refs->cap * 2 ? least : refs->cap * 2;
        struct cord_search_ref *items = realloc(refs->items, cap * sizeof *items);
        if (!items) {
            return NULL;
        }
        refs->items = items;
        refs->cap = cap;
    }
    return refs->items + refs->count;
}

static void fail(struct run *run, cord_status status, const struct cord_error *err)
{
    if (run->status == CORD_OK) {
        run->status = status;
        if (run->err && err) {
            *run->err = *err;
        }
    }
}

static bool is_oldest_first(const struct run *run)
{
    return run->plan->by == CORD_SEARCH_OLDEST_FIRST;
}

/* --- giving rows out --- */

/* The first time that a row not met yet may have. */
static bool find_edge(const struct run *run, int64_t *ret_edge)
{
    bool any = false;
    bool oldest = is_oldest_first(run);
    for (unsigned i = 0; i <= run->worker_count; i++) {
        int64_t unit = NO_UNIT;
        if (i < run->worker_count) {
            unit = run->in_flight[i];
        } else if (run->next < run->plan->unit_count) {
            unit = run->plan->order[run->next];
        }
        if (unit == NO_UNIT) {
            continue;
        }
        const struct cord_search_unit *of = &run->plan->units[unit];
        int64_t first = oldest ? of->when_min_ns : of->when_max_ns;
        if (!any || (oldest ? first < *ret_edge : first > *ret_edge)) {
            *ret_edge = first;
        }
        any = true;
    }
    return any;
}

/* How many rows are taken to be given out now. */
static size_t take_rows(struct run *run, struct worker *worker)
{
    uint64_t limit = run->plan->limit;
    size_t most = run->chunk;
    size_t count = 0;
    int64_t edge = 0;
    bool has_edge = run->plan->by != CORD_SEARCH_ANY_ORDER && find_edge(run, &edge);
    if (limit > 0 && limit - run->given < most) {
        most = (size_t)(limit - run->given);
    }
    while (count < most &&
           cord_search_merge_take(&run->merge, edge, has_edge, &worker->taken[count])) {
        count++;
    }
    return count;
}

static cord_status put_row(struct worker *worker, size_t at)
{
    const struct cord_search_plan *plan = worker->run->plan;
    if (plan->tally) {
        return cord_tally_add(plan->tally, at);
    }
    return plan->sink->row(plan->sink->self, worker->rows, at);
}

static cord_status put_rows(struct worker *worker, size_t count, uint64_t *ret_given)
{
    const struct cord_search_plan *plan = worker->run->plan;
    cord_status status = CORD_OK;
    if (plan->tally) {
        cord_tally_from(plan->tally, worker->rows);
    }
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        if (worker->at[i] != SIZE_MAX) {
            status = put_row(worker, worker->at[i]);
            *ret_given += status == CORD_OK ? 1 : 0;
        }
    }
    return status;
}

static int compare_rows(const void *a, const void *b)
{
    const uint32_t *x = a;
    const uint32_t *y = b;
    return (*x > *y) - (*x < *y);
}

/* One unit's part of the rows taken. *ret_full: there was no room for them. */
static cord_status read_unit(struct worker *worker, uint32_t unit, size_t count, bool *ret_full)
{
    struct run *run = worker->run;
    size_t wanted = 0;
    size_t first = cord_rows_count(worker->rows);
    for (size_t i = 0; i < count; i++) {
        if (worker->taken[i].unit == unit) {
            worker->which[wanted++] = worker->taken[i].row;
        }
    }
    qsort(worker->which, wanted, sizeof *worker->which, compare_rows);
    cord_status status = run->plan->source->read(worker->self, unit, worker->which, wanted,
                                                 worker->rows, &worker->err);
    *ret_full = status == CORD_E_LIMIT && count > 1;
    for (size_t i = 0; i < count && !*ret_full; i++) {
        if (worker->taken[i].unit != unit) {
            continue;
        }
        size_t low = 0;
        size_t high = wanted;
        while (high - low > 1) {
            size_t middle = low + (high - low) / 2;
            low = worker->which[middle] <= worker->taken[i].row ? middle : low;
            high = worker->which[middle] <= worker->taken[i].row ? high : middle;
        }
        worker->at[i] = status == CORD_OK ? first + low : SIZE_MAX;
    }
    return status;
}

static void note_damage(struct run *run, uint32_t unit)
{
    (void)pthread_mutex_lock(&run->lock);
    if (!run->damaged[unit]) {
        run->damaged[unit] = 1;
        run->progress->blocks_damaged++;
    }
    (void)pthread_mutex_unlock(&run->lock);
}

/* Reads the first `count` rows taken; fewer when they are long. */
static cord_status read_rows(struct worker *worker, size_t *count)
{
    bool full = true;
    while (full) {
        full = false;
        cord_rows_reset(worker->rows);
        for (size_t i = 0; i < *count; i++) {
            worker->at[i] = SIZE_MAX - 1;
        }
        for (size_t i = 0; i < *count && !full; i++) {
            if (worker->at[i] != SIZE_MAX - 1) {
                continue;
            }
            uint32_t unit = worker->taken[i].unit;
            cord_status status = read_unit(worker, unit, *count, &full);
            if (status == CORD_E_NOMEM) {
                return status;
            }
            if (status != CORD_OK && !full) {
                note_damage(worker->run, unit);
            }
        }
        *count = full ? *count / 2 : *count;
    }
    return CORD_OK;
}

/* The sink is ours meanwhile; the lock is not held. */
static cord_status give_out(struct worker *worker, size_t count, uint64_t *ret_given)
{
    struct cord_search_ref *all = worker->taken;
    size_t done = 0;
    cord_status status = CORD_OK;
    while (done < count && status == CORD_OK) {
        size_t some = count - done;
        worker->taken = all + done;
        status = read_rows(worker, &some);
        if (status == CORD_OK) {
            status = put_rows(worker, some, ret_given);
        }
        done += some;
    }
    worker->taken = all;
    return status;
}

/* --- a worker; the lock is held but where it is said --- */

static void take_sink(struct run *run)
{
    while (run->out) {
        (void)pthread_cond_wait(&run->changed, &run->lock);
    }
    run->out = true;
}

static void leave_sink(struct run *run)
{
    run->out = false;
    (void)pthread_cond_broadcast(&run->changed);
}

static void report(struct run *run)
{
    const struct cord_search_sink *sink = run->plan->sink;
    if (!sink || !sink->progress || run->out || run->status != CORD_OK) {
        return; /* who has ended the search is not asked again */
    }
    run->out = true;
    struct cord_search_progress progress = *run->progress;
    (void)pthread_mutex_unlock(&run->lock);
    bool goes_on = sink->progress(sink->self, &progress);
    (void)pthread_mutex_lock(&run->lock);
    if (!goes_on) {
        fail(run, CORD_E_END, NULL);
    }
    leave_sink(run);
}

static bool give_some(struct run *run, struct worker *worker)
{
    size_t count = run->out ? 0 : take_rows(run, worker);
    uint64_t given = 0;
    if (count == 0) {
        return false;
    }
    run->out = true;
    run->after = worker->taken[count - 1];
    run->chunk = run->chunk * CHUNK_GROWS < CHUNK_MAX ? run->chunk * CHUNK_GROWS : CHUNK_MAX;
    (void)pthread_mutex_unlock(&run->lock);
    cord_status status = give_out(worker, count, &given);
    (void)pthread_mutex_lock(&run->lock);
    run->given += given;
    if (status != CORD_OK) {
        fail(run, status, &worker->err);
    }
    leave_sink(run);
    report(run);
    return true;
}

static bool is_wanted(const struct run *run, const struct cord_search_unit *unit)
{
    bool oldest = is_oldest_first(run);
    if (run->plan->by == CORD_SEARCH_ANY_ORDER) {
        return true;
    }
    if (run->has_after && (oldest ? unit->when_max_ns < run->after.when_ns
                                  : unit->when_min_ns > run->after.when_ns)) {
        return false;
    }
    return cord_search_merge_wants(&run->merge, oldest ? unit->when_min_ns : unit->when_max_ns);
}

/* The next unit to be matched, or NO_UNIT. */
static int64_t next_unit(struct run *run)
{
    const struct cord_search_plan *plan = run->plan;
    if (plan->limit > 0 && run->given >= plan->limit) {
        return NO_UNIT;
    }
    if (plan->by == CORD_SEARCH_ANY_ORDER && run->merge.count > CHUNK_MAX) {
        return NO_UNIT; /* whoever gives rows out catches up first */
    }
    while (run->next < plan->unit_count) {
        uint32_t unit = plan->order[run->next];
        if (is_wanted(run, &plan->units[unit])) {
            run->next++;
            return unit;
        }
        if (!run->has_after) {
            /* Units are in order: none of those behind it is wanted either. */
            return NO_UNIT;
        }
        run->next++;
    }
    return NO_UNIT;
}

/* What became of a unit. */
struct outcome {
    cord_status status;
    enum cord_search_how how;
    uint64_t matched;
    uint64_t undecided;
};

static uint64_t *counter_of(struct cord_search_progress *progress, enum cord_search_how how)
{
    switch (how) {
    case CORD_SEARCH_COUNTED:
        return &progress->blocks_counted;
    case CORD_SEARCH_SKIPPED:
        return &progress->blocks_skipped;
    case CORD_SEARCH_READ:
        break;
    }
    return &progress->blocks_searched;
}

static void account(struct run *run, uint32_t unit, const struct outcome *outcome)
{
    const struct cord_search_unit *of = &run->plan->units[unit];
    cord_status status = outcome->status;
    if (status != CORD_OK && !run->damaged[unit]) {
        run->damaged[unit] = 1;
        run->progress->blocks_damaged++;
    }
    if (!run->again) {
        *counter_of(run->progress, outcome->how) += of->is_block ? 1 : 0;
        run->progress->rows += of->rows;
        run->progress->raw_bytes += of->raw_bytes;
        run->progress->rows_matched += outcome->matched;
        run->progress->rows_undecided += outcome->undecided;
    }
}

/* References that were given out already, by an earlier time over the units. */
static void drop_given(const struct run *run, struct cord_search_refs *refs)
{
    size_t kept = 0;
    for (size_t i = 0; i < refs->count && run->has_after; i++) {
        if (cord_search_merge_before(&run->merge, &run->after, &refs->items[i])) {
            refs->items[kept++] = refs->items[i];
        }
    }
    refs->count = run->has_after ? kept : refs->count;
}

static void match_unit(struct run *run, struct worker *worker, uint32_t unit)
{
    const struct cord_search_plan *plan = run->plan;
    struct outcome outcome = {.how = CORD_SEARCH_READ};
    run->in_flight[worker->number] = unit;
    (void)pthread_mutex_unlock(&run->lock);
    worker->refs.count = 0;
    uint64_t undecided = plan->source->undecided(worker->self);
    cord_status status =
        plan->by_groups
            ? plan->source->count(worker->self, unit, &outcome.matched, &outcome.how, &worker->err)
            : plan->source->match(worker->self, unit, &worker->refs, &outcome.how, &worker->err);
    outcome.undecided = plan->source->undecided(worker->self) - undecided;
    (void)pthread_mutex_lock(&run->lock);
    if (status == CORD_OK && plan->by_groups) {
        take_sink(run);
        (void)pthread_mutex_unlock(&run->lock);
        status = plan->source->feed(worker->self, plan->tally, &worker->err);
        (void)pthread_mutex_lock(&run->lock);
        leave_sink(run);
    } else if (status == CORD_OK) {
        outcome.matched = worker->refs.count;
        drop_given(run, &worker->refs);
        status = cord_search_merge_add(&run->merge, worker->refs.items, worker->refs.count);
    }
    run->in_flight[worker->number] = NO_UNIT;
    if (status == CORD_E_NOMEM) {
        fail(run, status, &worker->err);
    }
    outcome.status = status;
    account(run, unit, &outcome);
    (void)pthread_cond_broadcast(&run->changed);
    report(run);
}

static bool is_idle(const struct run *run)
{
    for (unsigned i = 0; i < run->worker_count; i++) {
        if (run->in_flight[i] != NO_UNIT) {
            return false;
        }
    }
    return !run->out;
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct run *run = worker->run;
    assert(run);
    (void)pthread_mutex_lock(&run->lock);
    while (run->status == CORD_OK) {
        if (give_some(run, worker)) {
            continue;
        }
        int64_t unit = next_unit(run);
        if (unit != NO_UNIT) {
            match_unit(run, worker, (uint32_t)unit);
        } else if (is_idle(run)) {
            if (run->next < run->plan->unit_count) {
                /* What is left holds nothing that is wanted. */
                run->next = run->plan->unit_count;
                continue;
            }
            break;
        } else {
            (void)pthread_cond_wait(&run->changed, &run->lock);
        }
    }
    (void)pthread_cond_broadcast(&run->changed);
    (void)pthread_mutex_unlock(&run->lock);
    return NULL;
}

/* --- all of it --- */

static void worker_done(struct run *run, struct worker *worker)
{
    if (worker->self) {
        run->plan->source->worker_free(worker->self);
    }
    free(worker->refs.items);
    free(worker->taken);
    free(worker->which);
    free(worker->at);
    cord_rows_free(worker->rows);
}

static bool worker_init(struct run *run, struct worker *worker, unsigned number)
{
    *worker = (struct worker){.run = run, .number = number};
    worker->self = run->plan->source->worker_new(run->plan->source->self);
    worker->taken = malloc(CHUNK_MAX * sizeof *worker->taken);
    worker->which = malloc(CHUNK_MAX * sizeof *worker->which);
    worker->at = malloc(CHUNK_MAX * sizeof *worker->at);
    worker->rows = cord_rows_new(CORD_SEARCH_ROWS_BYTES, run->plan->seed);
    return worker->self && worker->taken && worker->which && worker->at && worker->rows;
}

/* Once over the units. */
static void run_once(struct run *run, struct worker *workers)
{
    pthread_t threads[CORD_SEARCH_THREADS_MAX];
    unsigned started = 0;
    run->next = 0;
    for (; started + 1 < run->worker_count; started++) {
        /* Fewer threads are slower, not wrong. */
        if (pthread_create(&threads[started], NULL, work, &workers[started + 1]) != 0) {
            break;
        }
    }
    (void)work(&workers[0]);
    for (unsigned i = 0; i < started; i++) {
        (void)pthread_join(threads[i], NULL);
    }
}

static size_t keep_of(const struct run *run)
{
    uint64_t limit = run->plan->limit;
    if (run->plan->by == CORD_SEARCH_ANY_ORDER) {
        return SIZE_MAX / 2; /* bounded by waiting: nothing may be dropped */
    }
    if (limit > 0 && limit - run->given < CORD_SEARCH_PENDING_MAX) {
        return (size_t)(limit - run->given);
    }
    return CORD_SEARCH_PENDING_MAX;
}

static void run_all(struct run *run, struct worker *workers)
{
    const struct cord_search_plan *plan = run->plan;
    bool more = true;
    while (more && run->status == CORD_OK) {
        cord_search_merge_init(&run->merge, keep_of(run), is_oldest_first(run));
        run->chunk = run->again ? CHUNK_MAX : CHUNK_FIRST;
        run_once(run, workers);
        more = run->merge.dropped && (plan->limit == 0 || run->given < plan->limit);
        run->again = run->has_after = true;
        cord_search_merge_done(&run->merge);
    }
}

cord_status cord_search_run(const struct cord_search_plan *plan,
                            struct cord_search_progress *progress, struct cord_error *err)
{
    struct run run = {.plan = plan, .err = err, .progress = progress, .status = CORD_OK};
    unsigned made = 0;
    run.worker_count =
        plan->threads < CORD_SEARCH_THREADS_MAX ? plan->threads : CORD_SEARCH_THREADS_MAX;
    run.worker_count = run.worker_count > 0 ? run.worker_count : 1;
    struct worker *workers = calloc(run.worker_count, sizeof *workers);
    run.damaged = calloc(plan->unit_count + 1, 1);
    (void)pthread_mutex_init(&run.lock, NULL);
    (void)pthread_cond_init(&run.changed, NULL);
    bool ready = workers && run.damaged;
    while (ready && made < run.worker_count) {
        run.in_flight[made] = NO_UNIT;
        ready = worker_init(&run, &workers[made], made);
        made++;
    }
    if (ready) {
        run_all(&run, workers);
    } else {
        run.status = CORD_E_NOMEM;
    }
    for (unsigned i = 0; i < made; i++) {
        worker_done(&run, &workers[i]);
    }
    (void)pthread_cond_destroy(&run.changed);
    (void)pthread_mutex_destroy(&run.lock);
    free(run.damaged);
    free(workers);
    return run.status;
}
