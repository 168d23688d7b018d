/* api_rate.c: see api_rate.h. */
#include "api/api_rate.h"

#include "base/hash.h"
#include "base/timestamp.h"

#include <pthread.h>
#include <stdlib.h>

enum { SETS = 4096, WAYS = 4 };

struct bucket {
    uint64_t who; /* hash; 0: empty */
    int64_t at_ns;
    double tokens; /* at at_ns */
};

struct cord_api_rate {
    struct cord_api_rate_options options;
    pthread_mutex_t lock; /* guards the buckets */
    struct bucket buckets[SETS][WAYS];
};

struct cord_api_rate *cord_api_rate_new(const struct cord_api_rate_options *options)
{
    struct cord_api_rate *rate = calloc(1, sizeof *rate);
    if (!rate || pthread_mutex_init(&rate->lock, NULL) != 0) {
        free(rate);
        return NULL;
    }
    rate->options = *options;
    return rate;
}

void cord_api_rate_free(struct cord_api_rate *rate)
{
    if (rate) {
        (void)pthread_mutex_destroy(&rate->lock);
        free(rate);
    }
}

/* Its own, or one that it may have. */
static struct bucket *bucket_of(struct cord_api_rate *rate, uint64_t who, int64_t now_ns)
{
    struct bucket *set = rate->buckets[who % SETS];
    struct bucket *oldest = &set[0];
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].who == who) {
            return &set[i];
        }
        oldest = set[i].who == 0 || (oldest->who != 0 && set[i].at_ns < oldest->at_ns) ? &set[i]
                                                                                       : oldest;
    }
    *oldest = (struct bucket){who, now_ns, rate->options.burst};
    return oldest;
}

uint32_t cord_api_rate_take(struct cord_api_rate *rate, cord_str who, int64_t now_ns)
{
    uint64_t hash = cord_hash(who, rate->options.seed) | 1;
    uint32_t wait_s = 0;
    double a_second = rate->options.a_second;
    if (rate->options.a_second == 0) {
        return 0;
    }
    (void)pthread_mutex_lock(&rate->lock);
    struct bucket *bucket = bucket_of(rate, hash, now_ns);
    double passed = now_ns > bucket->at_ns ? (double)(now_ns - bucket->at_ns) : 0;
    double tokens = bucket->tokens + passed / (double)CORD_SECOND_NS * a_second;
    tokens = tokens < rate->options.burst ? tokens : rate->options.burst;
    if (tokens >= 1) {
        tokens -= 1;
    } else {
        wait_s = 1 + (uint32_t)((1 - tokens) / a_second);
    }
    bucket->tokens = tokens;
    bucket->at_ns = now_ns;
    (void)pthread_mutex_unlock(&rate->lock);
    return wait_s;
}
