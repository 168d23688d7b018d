/* api_told.c: see api_told.h. */
#include "api/api_told.h"

#include "base/timestamp.h"

#include <pthread.h>
#include <stdlib.h>

enum { SLOTS = 4096 };

struct slot {
    struct cord_digest what;
    int64_t told_ns;
    bool used;
};

struct cord_api_told {
    pthread_mutex_t lock;
    struct slot slots[SLOTS]; /* each of its own place: the later one replaces the earlier */
};

struct cord_api_told *cord_api_told_new(void)
{
    struct cord_api_told *told = calloc(1, sizeof *told);
    if (told && pthread_mutex_init(&told->lock, NULL) != 0) {
        free(told);
        return NULL;
    }
    return told;
}

void cord_api_told_free(struct cord_api_told *told)
{
    if (told) {
        (void)pthread_mutex_destroy(&told->lock);
        free(told);
    }
}

static struct slot *slot_of(struct cord_api_told *told, const struct cord_digest *what)
{
    size_t at = (size_t)what->bytes[0] << 8 | what->bytes[1];
    return &told->slots[at % SLOTS];
}

bool cord_api_told_lately(struct cord_api_told *told, const struct cord_digest *what,
                          int64_t now_ns)
{
    (void)pthread_mutex_lock(&told->lock);
    const struct slot *slot = slot_of(told, what);
    bool lately = slot->used && cord_digest_eq(&slot->what, what) && now_ns >= slot->told_ns &&
                  now_ns - slot->told_ns < CORD_API_TOLD_S * CORD_SECOND_NS;
    (void)pthread_mutex_unlock(&told->lock);
    return lately;
}

void cord_api_told_put(struct cord_api_told *told, const struct cord_digest *what, int64_t now_ns)
{
    (void)pthread_mutex_lock(&told->lock);
    *slot_of(told, what) = (struct slot){*what, now_ns, true};
    (void)pthread_mutex_unlock(&told->lock);
}
