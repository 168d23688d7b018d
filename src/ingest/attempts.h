/*
 * attempts.h: how often an address failed to prove who it is, lately.
 *
 * A table of fixed size: beyond it the address that failed longest ago is
 * forgotten. IPv6 is counted by the first 64 bits, which one customer has. Any
 * thread.
 */
#ifndef CORD_INGEST_ATTEMPTS_H
#define CORD_INGEST_ATTEMPTS_H

#include <stdbool.h>
#include <stdint.h>

struct cord_attempts;

struct cord_attempts_options {
    uint32_t addresses_max;
    uint32_t failures_max; /* in one interval */
    int64_t interval_ns;
    uint64_t seed;
};

/* NULL when out of memory. */
struct cord_attempts *cord_attempts_new(const struct cord_attempts_options *options);
void cord_attempts_free(struct cord_attempts *attempts);

/* One more failure of the address (16 bytes, IPv4 mapped). 0: it may try again; else how long
 * it is to wait. */
int64_t cord_attempts_fail(struct cord_attempts *attempts, const unsigned char address[16],
                           int64_t now_ns);

#endif
