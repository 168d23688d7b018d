/*
 * cidr.h: addresses, and ranges of them.
 */
#ifndef CORD_BASE_CIDR_H
#define CORD_BASE_CIDR_H

#include "base/str.h"

#include <stdint.h>

/* "10.0.0.0/8", "fe80::/10", or an address alone, which is a range of one. IPv4
 * comes as ::ffff:a.b.c.d with 96 bits more. Bits behind the prefix are
 * cleared; *ret_host_bits says that there were any. False for anything else.
 * Any thread. */
bool cord_cidr_parse(cord_str text, uint8_t ret_address[16], uint8_t *ret_bits,
                     bool *ret_host_bits);

/* An address as logs have it: IPv4 or IPv6, with or without a port, brackets or
 * zone; IPv4 as ::ffff:a.b.c.d. False for anything else. */
bool cord_cidr_address(cord_str text, uint8_t ret_address[16]);

/* The address is one of the range that cord_cidr_parse gave. */
bool cord_cidr_holds(const uint8_t range[16], uint8_t bits, const uint8_t address[16]);

#endif
