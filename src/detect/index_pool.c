/* index_pool.c: see index_pool.h. */
#include "detect/index_pool.h"

#include <stdlib.h>

#include "base/vec.h"

#define INDEX_BYTES_MAX ((size_t)256 << 20)

void cord_index_pool_put(struct cord_shared_index *shared)
{
    if (shared && __atomic_sub_fetch(&shared->references, 1, __ATOMIC_ACQ_REL) == 0) {
        cord_literal_index_done(shared->index);
        cord_arena_free(shared->arena);
        free(shared);
    }
}

void cord_index_pool_free(struct cord_index_pool *pool)
{
    if (pool) {
        for (size_t i = 0; i < pool->count; i++) {
            cord_index_pool_put(pool->items[i]);
        }
        free(pool->items);
        free(pool->odds);
        free(pool);
    }
}

static struct cord_shared_index *shared_new(const struct cord_ruleset *ruleset,
                                            const struct cord_literal_odds *odds,
                                            const uint32_t *numbers, uint32_t count, bool raw)
{
    struct cord_shared_index *shared = calloc(1, sizeof *shared);
    if (!shared) {
        return NULL;
    }
    shared->references = 1;
    shared->count = count;
    shared->raw = raw;
    shared->arena = cord_arena_new(INDEX_BYTES_MAX);
    if (shared->arena) {
        shared->numbers = cord_arena_alloc(shared->arena, count * sizeof *numbers);
    }
    if (shared->numbers) {
        memcpy(shared->numbers, numbers, count * sizeof *numbers);
        shared->index = cord_literal_index_new(ruleset->literals, shared->numbers, count, odds,
                                               ruleset, shared->arena);
    }
    if (!shared->index ||
        (raw && !cord_literal_index_add_raw(shared->index, odds, ruleset->level, shared->arena))) {
        cord_index_pool_put(shared);
        return NULL;
    }
    return shared;
}

/* Plans come and go; what only the pool still has goes, too. */
static void sweep(struct cord_index_pool *pool)
{
    size_t kept = 0;
    for (size_t i = 0; i < pool->count; i++) {
        if (__atomic_load_n(&pool->items[i]->references, __ATOMIC_ACQUIRE) == 1) {
            cord_index_pool_put(pool->items[i]);
        } else {
            pool->items[kept++] = pool->items[i];
        }
    }
    pool->count = kept;
}

static struct cord_index_pool *pool_of(struct cord_ruleset *ruleset)
{
    if (!ruleset->index_pool) {
        struct cord_index_pool *pool = calloc(1, sizeof *pool);
        if (!pool) {
            return NULL;
        }
        pool->odds = malloc(sizeof *pool->odds);
        if (!pool->odds) {
            free(pool);
            return NULL;
        }
        cord_literal_odds_typical(pool->odds);
        ruleset->index_pool = pool;
    }
    return ruleset->index_pool;
}

static struct cord_shared_index *find(const struct cord_index_pool *pool, const uint32_t *numbers,
                                      uint32_t count, bool raw)
{
    for (size_t i = 0; i < pool->count; i++) {
        struct cord_shared_index *shared = pool->items[i];
        if (shared->count == count && shared->raw == raw &&
            memcmp(shared->numbers, numbers, count * sizeof *numbers) == 0) {
            return shared;
        }
    }
    return NULL;
}

cord_status cord_index_pool_get(struct cord_ruleset *ruleset, const uint32_t *numbers,
                                uint32_t count, bool raw, struct cord_shared_index **ret_index)
{
    struct cord_index_pool *pool = pool_of(ruleset);
    struct cord_shared_index *shared = pool ? find(pool, numbers, count, raw) : NULL;
    if (pool && !shared) {
        if (pool->count == pool->cap) {
            sweep(pool);
        }
        struct cord_shared_index **grown =
            cord_vec_room(pool->items, pool->count, &pool->cap, sizeof(void *));
        if (grown) {
            pool->items = grown;
            shared = shared_new(ruleset, pool->odds, numbers, count, raw);
        }
        if (shared) {
            pool->items[pool->count++] = shared;
        }
    }
    if (!shared) {
        return CORD_E_NOMEM;
    }
    (void)__atomic_add_fetch(&shared->references, 1, __ATOMIC_RELAXED);
    *ret_index = shared;
    return CORD_OK;
}
