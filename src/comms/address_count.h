/*
 * address_count.h: how many each address has of something.
 *
 * Of IPv6 the network of 64 bits counts, for a machine may have all of one to
 * itself. Addresses that have none take no memory. One thread at a time.
 */
#ifndef CORD_COMMS_ADDRESS_COUNT_H
#define CORD_COMMS_ADDRESS_COUNT_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct cord_address_count;

/* seed: senders choose their addresses. NULL when out of memory. */
struct cord_address_count *cord_address_count_new(uint64_t seed);
void cord_address_count_free(struct cord_address_count *counts);

/* One more, unless it has `max` already: CORD_E_LIMIT. CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_address_count_add(struct cord_address_count *counts,
                                                 const unsigned char address[16], uint32_t max);
/* One less; it has been added. */
void cord_address_count_remove(struct cord_address_count *counts, const unsigned char address[16]);
/* Addresses that have any. */
size_t cord_address_count_addresses(const struct cord_address_count *counts);

#endif
