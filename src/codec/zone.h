/*
 * zone.h: time zones: what a clock on the wall shows, in UTC.
 *
 * For logs whose times do not say in which zone they are. Pure: the bytes of a
 * compiled zone (TZif, RFC 8536) are the caller's to find; the C library's zone is
 * one for the whole process and is left alone. A zone never changes. Any thread.
 */
#ifndef CORD_CODEC_ZONE_H
#define CORD_CODEC_ZONE_H

#include "base/error.h"
#include "base/str.h"

#include <stdint.h>

#define CORD_ZONE_BYTES_MAX ((size_t)256 * 1024) /* of a file; the longest is 4 KB */

struct cord_zone;

/* Version 2 and later. CORD_E_FORMAT: it is no such file, or one with leap seconds. */
CORD_MUST_USE cord_status cord_zone_read(cord_str tzif, struct cord_zone **ret_zone,
                                         struct cord_error *err);
/* "UTC", "Z", "+02:00", "-0330", "+05". CORD_E_NOENT: it is not written so. */
CORD_MUST_USE cord_status cord_zone_fixed(cord_str text, struct cord_zone **ret_zone);
void cord_zone_free(struct cord_zone *zone);

/* `local_ns` counts from 1970 as if the clock showed UTC. A time that the clock showed
 * twice is the earlier one; one that it skipped counts as if it had not been put
 * forward yet. zone NULL: UTC. */
int64_t cord_zone_utc(const struct cord_zone *zone, int64_t local_ns);

#endif
