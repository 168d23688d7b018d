/*
 * api_pool.h: threads that answer requests, and the bounded list of those that wait.
 *
 * Handlers read the disk and wait for locks, which a loop's thread must not.
 */
#ifndef CORD_API_API_POOL_H
#define CORD_API_API_POOL_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct cord_api_pool;

/* Owned by whoever puts it; may be freed within run. */
struct cord_api_job {
    void (*run)(struct cord_api_job *job);
    struct cord_api_job *next; /* the pool's own */
};

CORD_MUST_USE cord_status cord_api_pool_new(size_t threads, size_t waiting_max,
                                            struct cord_api_pool **ret_pool,
                                            struct cord_error *err);
/* Any thread. False: too many wait, or it has been stopped. */
CORD_MUST_USE bool cord_api_pool_put(struct cord_api_pool *pool, struct cord_api_job *job);
/* Takes no more, does what waits, and ends the threads. */
void cord_api_pool_stop(struct cord_api_pool *pool);
/* Any thread: jobs that wait or run. */
size_t cord_api_pool_busy(struct cord_api_pool *pool);
void cord_api_pool_free(struct cord_api_pool *pool);

#endif
