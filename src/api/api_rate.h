/*
 * api_rate.h: how often each may ask: a bucket of tokens for each address and each account.
 *
 * Buckets are in a table of fixed size; who is not in it takes the place of the one
 * that was heard longest ago among its neighbours, so that memory has an end and a
 * flood of addresses forgets only other strangers. Any thread; nobody waits for long.
 */
#ifndef CORD_API_API_RATE_H
#define CORD_API_API_RATE_H

#include "base/error.h"
#include "base/str.h"

#include <stdint.h>

struct cord_api_rate;

struct cord_api_rate_options {
    uint32_t a_second; /* tokens that come back; 0: no limit */
    uint32_t burst;    /* tokens of a full bucket */
    uint64_t seed;
};

/* NULL when out of memory. */
struct cord_api_rate *cord_api_rate_new(const struct cord_api_rate_options *options);
void cord_api_rate_free(struct cord_api_rate *rate);

/* 0: it may; else seconds after which it may ask again. now_ns is monotonic. */
uint32_t cord_api_rate_take(struct cord_api_rate *rate, cord_str who, int64_t now_ns);

#endif
