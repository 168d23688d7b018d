/* organisation_date.c: see organisation_date.h. */
#include "record/organisation_date.h"

#include "base/timestamp.h"

#include <stdio.h>

/* Exactly len digits at `at`; -1 when they are not there. */
static int digits(cord_str text, size_t at, size_t len)
{
    int value = 0;
    if (at > text.len || len > text.len - at) {
        return -1;
    }
    for (size_t i = at; i < at + len; i++) {
        if (!cord_str_is_digit(text.ptr[i])) {
            return -1;
        }
        value = value * 10 + (text.ptr[i] - '0');
    }
    return value;
}

static bool is_at(cord_str text, size_t at, char c)
{
    return at < text.len && text.ptr[at] == c;
}

bool cord_organisation_date_parse(cord_str text, int64_t *ret_ns)
{
    int year = -1;
    int month = -1;
    int day = -1;
    if (text.len == 8) {
        year = digits(text, 0, 4);
        month = digits(text, 4, 2);
        day = digits(text, 6, 2);
    } else if (text.len == 10 && is_at(text, 4, '-') && is_at(text, 7, '-')) {
        year = digits(text, 0, 4);
        month = digits(text, 5, 2);
        day = digits(text, 8, 2);
    } else if (text.len == 10 && is_at(text, 2, '/') && is_at(text, 5, '/')) {
        year = digits(text, 6, 4);
        month = digits(text, 3, 2);
        day = digits(text, 0, 2);
    } else if (text.len == 9) {
        year = digits(text, 5, 4);
        month = cord_timestamp_month(cord_str_slice(text, 2, 3));
        day = digits(text, 0, 2);
    }
    return cord_timestamp_civil(year, month, day, 0, 0, 0, ret_ns);
}

cord_str cord_organisation_date_format(int64_t ns, char buffer[CORD_ORGANISATION_DATE_TEXT])
{
    if (ns == CORD_TIME_NONE) {
        return CORD_STR("");
    }
    struct cord_civil civil = cord_timestamp_to_civil(ns);
    int len = snprintf(buffer, CORD_ORGANISATION_DATE_TEXT, "%04d-%02d-%02d", civil.year,
                       civil.month, civil.day);
    return (cord_str){buffer, len > 0 && len < CORD_ORGANISATION_DATE_TEXT ? (size_t)len : 0};
}
