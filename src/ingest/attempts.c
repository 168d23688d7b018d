/* attempts.c: see attempts.h. Sets of a few places each; an address has one set. */
#include "ingest/attempts.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum { WAYS = 8, NETWORK_BYTES = 8 };

struct place {
    unsigned char address[16]; /* IPv6: the rest of it is 0 */
    uint32_t failures;         /* 0: free */
    int64_t since_ns;
    int64_t last_ns;
};

struct cord_attempts {
    pthread_mutex_t lock; /* guards the places */
    struct cord_attempts_options options;
    size_t set_count;
    struct place *places;
};

struct cord_attempts *cord_attempts_new(const struct cord_attempts_options *options)
{
    struct cord_attempts *attempts = calloc(1, sizeof *attempts);
    if (!attempts) {
        return NULL;
    }
    attempts->options = *options;
    attempts->set_count = options->addresses_max / WAYS + 1;
    attempts->places = calloc(attempts->set_count * WAYS, sizeof *attempts->places);
    if (!attempts->places || pthread_mutex_init(&attempts->lock, NULL) != 0) {
        free(attempts->places);
        free(attempts);
        return NULL;
    }
    return attempts;
}

void cord_attempts_free(struct cord_attempts *attempts)
{
    if (attempts) {
        (void)pthread_mutex_destroy(&attempts->lock);
        free(attempts->places);
        free(attempts);
    }
}

static void network_of(const unsigned char address[16], unsigned char network[16])
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    memcpy(network, address, 16);
    if (memcmp(address, mapped, sizeof mapped) != 0) {
        memset(network + NETWORK_BYTES, 0, 16 - NETWORK_BYTES);
    }
}

/* The network's place, or else the one to be given up for it. */
static struct place *place_of(struct cord_attempts *attempts, const unsigned char network[16])
{
    uint64_t hash = cord_hash((cord_str){(const char *)network, 16}, attempts->options.seed);
    struct place *set = &attempts->places[hash % attempts->set_count * WAYS];
    struct place *oldest = set;
    for (size_t at = 0; at < WAYS; at++) {
        if (set[at].failures > 0 && memcmp(set[at].address, network, 16) == 0) {
            return &set[at];
        }
        if (oldest->failures > 0 && (set[at].failures == 0 || set[at].last_ns < oldest->last_ns)) {
            oldest = &set[at];
        }
    }
    *oldest = (struct place){0};
    memcpy(oldest->address, network, 16);
    return oldest;
}

int64_t cord_attempts_fail(struct cord_attempts *attempts, const unsigned char address[16],
                           int64_t now_ns)
{
    unsigned char network[16];
    int64_t wait_ns = 0;
    network_of(address, network);
    (void)pthread_mutex_lock(&attempts->lock);
    struct place *place = place_of(attempts, network);
    int64_t end_ns = place->since_ns + attempts->options.interval_ns;
    if (place->failures == 0 || now_ns >= end_ns || now_ns < place->since_ns) {
        place->failures = 0;
        place->since_ns = now_ns;
        end_ns = now_ns + attempts->options.interval_ns;
    }
    place->last_ns = now_ns;
    if (place->failures >= attempts->options.failures_max) {
        wait_ns = end_ns - now_ns;
    } else {
        place->failures++;
    }
    (void)pthread_mutex_unlock(&attempts->lock);
    return wait_ns;
}
