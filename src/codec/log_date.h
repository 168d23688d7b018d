/*
 * log_date.h: the dates that log lines begin with.
 *
 * Reads a date off the front of a text, in the forms that loggers write:
 *   ISO      2017-05-12T13:24:05.123+02:00, 2017-05-12 13:24:05,123, 2017/05/12 13:24:05
 *   BSD      May 12 13:24:05 (RFC 3164 section 4.1.2), with a week day before,
 *            with fraction, year before or after, zone, AM/PM
 *   httpd    12/May/2017:13:24:05 +0200, 12-May-2017 13:24:05.123
 *   epoch    1494595445.123456
 * Pure. Text without a zone is UTC. Any thread.
 */
#ifndef CORD_CODEC_LOG_DATE_H
#define CORD_CODEC_LOG_DATE_H

#include "base/str.h"

enum cord_log_date_form {
    CORD_LOG_DATE_ISO,
    CORD_LOG_DATE_BSD,
    CORD_LOG_DATE_HTTPD,
    CORD_LOG_DATE_EPOCH,
};

struct cord_log_date {
    int64_t ns;
    size_t len; /* bytes of text that are the date */
    enum cord_log_date_form form;
    bool has_year; /* false: the year was chosen by now_ns */
    bool has_zone;
};

/* False when the text does not begin with a date. A date without a year is put
 * in the latest year in which it lies at most a day after now_ns. */
bool cord_log_date_read(cord_str text, int64_t now_ns, struct cord_log_date *ret_date);

#endif
