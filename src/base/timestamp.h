/*
 * timestamp.h: points in time: nanoseconds since 1970-01-01 UTC, no leap seconds.
 *
 * Reads what logs hold and writes RFC 3339. Pure: no clock and no time zone
 * database; text without a zone is UTC. Any thread.
 */
#ifndef CORD_BASE_TIMESTAMP_H
#define CORD_BASE_TIMESTAMP_H

#include "base/str.h"

/* No time known. Sorts before every time. */
#define CORD_TIME_NONE INT64_MIN

#define CORD_SECOND_NS 1000000000LL

/* Years 1678 to 2261 fit. */
#define CORD_TIMESTAMP_TEXT 40

/* RFC 3339 and its looser kin: "2026-11-22T00:46:48.123456789Z", a space for
 * the T, a comma for the point, "+01:00", "+0100", "+01", "UTC", "GMT", a space
 * before the zone, no zone, no seconds, date alone; "/" or "." between date
 * parts. Digits behind the ninth of a fraction are dropped. The whole text
 * must be it. */
bool cord_timestamp_parse(cord_str text, int64_t *ret_ns);
/* The same, and whether the text says in which zone it is; a date alone does not. */
bool cord_timestamp_parse_zone(cord_str text, int64_t *ret_ns, bool *ret_has_zone);

/* Seconds since the epoch as text, with or without a fraction; 13, 16 and 19
 * digits without a point are milli-, micro- and nanoseconds. No sign. */
bool cord_timestamp_parse_epoch(cord_str text, int64_t *ret_ns);

/* month 1..12, day 1..31, hour 0..23, minute 0..59, second 0..60 (60 counts as
 * 59). False when out of range. */
bool cord_timestamp_civil(int year, int month, int day, int hour, int minute, int second,
                          int64_t *ret_ns);

struct cord_civil {
    int year, month, day, hour, minute, second, nanosecond;
    int weekday; /* ISO 8601: Monday 1 .. Sunday 7 */
    int week;    /* ISO 8601 week */
};
struct cord_civil cord_timestamp_to_civil(int64_t ns);

/* "2026-11-22T00:46:48.123Z": milliseconds, or more digits when there are
 * more; "" for CORD_TIME_NONE. */
cord_str cord_timestamp_format(int64_t ns, char buffer[CORD_TIMESTAMP_TEXT]);

/* 100 ns since 1601 (Windows FILETIME). CORD_TIME_NONE when it does not fit. */
int64_t cord_timestamp_from_filetime(uint64_t filetime);

/* "Jan".."Dec" in any case, three letters: 1..12, else 0. */
int cord_timestamp_month(cord_str name);

#endif
