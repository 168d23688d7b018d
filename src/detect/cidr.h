/*
 * cidr.h: an address range as a rule writes it.
 */
#ifndef CORD_DETECT_CIDR_H
#define CORD_DETECT_CIDR_H

#include "base/str.h"

#include <stdint.h>

/* "10.0.0.0/8", "fe80::/10", or an address alone, which is a range of one. IPv4
 * comes as ::ffff:a.b.c.d with 96 bits more. Bits behind the prefix are
 * cleared; *ret_host_bits says that there were any. False for anything else.
 * Any thread. */
bool cord_cidr_parse(cord_str text, uint8_t ret_address[16], uint8_t *ret_bits,
                     bool *ret_host_bits);

#endif
