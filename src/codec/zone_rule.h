/*
 * zone_rule.h: how a zone goes on behind the last change that its file lists: POSIX's
 * TZ, "CET-1CEST,M3.5.0,M10.5.0/3", with the hours beyond a day of RFC 8536 3.3.1.
 *
 * Pure. Any thread.
 */
#ifndef CORD_CODEC_ZONE_RULE_H
#define CORD_CODEC_ZONE_RULE_H

#include "base/str.h"

#include <stdint.h>

enum cord_zone_day {
    CORD_ZONE_DAY_JULIAN,    /* "J60": 1 to 365, 29 February is never counted */
    CORD_ZONE_DAY_ZERO,      /* "59": 0 to 365 */
    CORD_ZONE_DAY_OF_MONTHS, /* "M3.5.0": month, week (5: the last), Sunday is 0 */
};

struct cord_zone_change {
    enum cord_zone_day kind;
    int32_t day; /* of the year, or of the week */
    int32_t month;
    int32_t week;
    int32_t seconds; /* of the wall's clock, from midnight: may be negative */
};

struct cord_zone_rule {
    int32_t standard_s; /* east of UTC */
    int32_t summer_s;
    bool has_summer;
    struct cord_zone_change begins; /* summer, by the clock of before */
    struct cord_zone_change ends;
};

/* The whole text. False: it is not one, or names no dates. */
bool cord_zone_rule_read(cord_str text, struct cord_zone_rule *ret_rule);

/* Seconds east of UTC at a moment, in seconds since 1970. */
int32_t cord_zone_rule_offset(const struct cord_zone_rule *rule, int64_t utc_s);

#endif
