/* api_pool.c: see api_pool.h. */
#include "api/api_pool.h"

#include <pthread.h>
#include <stdlib.h>

struct cord_api_pool {
    pthread_mutex_t lock; /* guards the list and the counts */
    pthread_cond_t woken;
    struct cord_api_job *first;
    struct cord_api_job *last;
    size_t waiting;
    size_t running;
    size_t waiting_max;
    bool stopped;
    size_t thread_count;
    pthread_t *threads;
};

/* NULL: stopped, and nothing waits. */
static struct cord_api_job *pop(struct cord_api_pool *pool)
{
    (void)pthread_mutex_lock(&pool->lock);
    while (!pool->first && !pool->stopped) {
        (void)pthread_cond_wait(&pool->woken, &pool->lock);
    }
    struct cord_api_job *job = pool->first;
    if (job) {
        pool->first = job->next;
        pool->last = pool->first ? pool->last : NULL;
        pool->waiting--;
        pool->running++;
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return job;
}

static void *worker(void *argument)
{
    struct cord_api_pool *pool = argument;
    struct cord_api_job *job;
    while ((job = pop(pool)) != NULL) {
        job->run(job);
        (void)pthread_mutex_lock(&pool->lock);
        pool->running--;
        (void)pthread_mutex_unlock(&pool->lock);
    }
    return NULL;
}

cord_status cord_api_pool_new(size_t threads, size_t waiting_max, struct cord_api_pool **ret_pool,
                              struct cord_error *err)
{
    struct cord_api_pool *pool = calloc(1, sizeof *pool);
    pthread_t *list = calloc(threads, sizeof *list);
    if (!pool || !list || pthread_mutex_init(&pool->lock, NULL) != 0) {
        free(pool);
        free(list);
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    (void)pthread_cond_init(&pool->woken, NULL); /* never fails here */
    pool->threads = list;
    pool->waiting_max = waiting_max;
    for (; pool->thread_count < threads; pool->thread_count++) {
        if (pthread_create(&list[pool->thread_count], NULL, worker, pool) != 0) {
            cord_api_pool_free(pool);
            return cord_error_set(err, CORD_E_LIMIT, "no thread for the API");
        }
    }
    *ret_pool = pool;
    return CORD_OK;
}

bool cord_api_pool_put(struct cord_api_pool *pool, struct cord_api_job *job)
{
    job->next = NULL;
    (void)pthread_mutex_lock(&pool->lock);
    bool room = !pool->stopped && pool->waiting < pool->waiting_max;
    if (room) {
        if (pool->last) {
            pool->last->next = job;
        } else {
            pool->first = job;
        }
        pool->last = job;
        pool->waiting++;
        (void)pthread_cond_signal(&pool->woken);
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return room;
}

void cord_api_pool_stop(struct cord_api_pool *pool)
{
    (void)pthread_mutex_lock(&pool->lock);
    pool->stopped = true;
    (void)pthread_cond_broadcast(&pool->woken);
    (void)pthread_mutex_unlock(&pool->lock);
    for (; pool->thread_count > 0; pool->thread_count--) {
        (void)pthread_join(pool->threads[pool->thread_count - 1], NULL);
    }
}

size_t cord_api_pool_busy(struct cord_api_pool *pool)
{
    (void)pthread_mutex_lock(&pool->lock);
    size_t busy = pool->waiting + pool->running;
    (void)pthread_mutex_unlock(&pool->lock);
    return busy;
}

void cord_api_pool_free(struct cord_api_pool *pool)
{
    if (pool) {
        cord_api_pool_stop(pool);
        (void)pthread_cond_destroy(&pool->woken);
        (void)pthread_mutex_destroy(&pool->lock);
        free(pool->threads);
        free(pool);
    }
}
