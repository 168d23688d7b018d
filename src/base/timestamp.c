/*
 * timestamp.c: see timestamp.h.
 *
 * Days are counted in years that begin on 1 March: the leap day is then the
 * last of its year, and the lengths of the months before it follow one line.
 * An era is the 400 years after which the Gregorian calendar repeats.
 */
#include "base/timestamp.h"

enum {
    YEAR_MIN = 1678,
    YEAR_MAX = 2261,
    DAY_SECONDS = 86400,
    ERA_DAYS = 146097,
    ERA_TO_EPOCH_DAYS = 719468, /* from 1 March of year 0 to 1970-01-01 */
};

#define FILETIME_EPOCH_SECONDS 11644473600LL /* from 1601-01-01 to 1970-01-01 */

static int64_t days_from_civil(int year, int month, int day)
{
    int64_t march_year = month > 2 ? year : year - 1; /* never negative: YEAR_MIN */
    int64_t era = march_year / 400;
    int64_t year_of_era = march_year % 400;
    int64_t march_month = month > 2 ? month - 3 : month + 9;
    int64_t day_of_year = (153 * march_month + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * ERA_DAYS + day_of_era - ERA_TO_EPOCH_DAYS;
}

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int month_days(int year, int month)
{
    static const unsigned char lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : lengths[month - 1];
}

/* NOLINTNEXTLINE(readability-function-size): a point in time has six parts */
bool cord_timestamp_civil(int year, int month, int day, int hour, int minute, int second,
                          int64_t *ret_ns)
{
    if (year < YEAR_MIN || year > YEAR_MAX || month < 1 || month > 12 || day < 1 ||
        day > month_days(year, month)) {
        return false;
    }
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) {
        return false;
    }
    int64_t seconds = days_from_civil(year, month, day) * DAY_SECONDS + hour * 3600LL +
                      minute * 60LL + (second < 60 ? second : 59);
    *ret_ns = seconds * CORD_SECOND_NS;
    return true;
}

/* Takes exactly `count` digits off the front. */
static bool take_digits(cord_str *rest, unsigned count, int *ret_value)
{
    int value = 0;
    if (rest->len < count) {
        return false;
    }
    for (unsigned i = 0; i < count; i++) {
        unsigned digit = (unsigned)(unsigned char)rest->ptr[i] - '0';
        if (digit > 9) {
            return false;
        }
        value = value * 10 + (int)digit;
    }
    rest->ptr += count;
    rest->len -= count;
    *ret_value = value;
    return true;
}

static bool take_char(cord_str *rest, char wanted)
{
    if (rest->len == 0 || rest->ptr[0] != wanted) {
        return false;
    }
    rest->ptr++;
    rest->len--;
    return true;
}

/* A run of digits behind the point; the tenth and later are dropped. */
static bool take_fraction(cord_str *rest, int64_t *ret_ns)
{
    int64_t ns = 0;
    int64_t unit = CORD_SECOND_NS / 10;
    size_t at = 0;
    for (; at < rest->len && cord_str_is_digit(rest->ptr[at]); at++) {
        ns += (rest->ptr[at] - '0') * unit;
        unit /= 10;
    }
    rest->ptr += at;
    rest->len -= at;
    *ret_ns = ns;
    return at > 0;
}

/* "Z", "+01:00", "-0100", "+01", "UTC", "GMT", or nothing; takes all there is. */
static bool take_zone(cord_str rest, int64_t *ret_offset_ns)
{
    int hours = 0;
    int minutes = 0;
    *ret_offset_ns = 0;
    if (rest.len == 0) {
        return true;
    }
    if (rest.ptr[0] != '+' && rest.ptr[0] != '-') {
        return cord_str_eq_fold(rest, CORD_STR("Z")) || cord_str_eq_fold(rest, CORD_STR("UTC")) ||
               cord_str_eq_fold(rest, CORD_STR("GMT"));
    }
    bool west = rest.ptr[0] == '-';
    rest = cord_str_from_byte(rest, 1);
    if (!take_digits(&rest, 2, &hours)) {
        return false;
    }
    if (rest.len > 0) {
        (void)take_char(&rest, ':');
        if (!take_digits(&rest, 2, &minutes)) {
            return false;
        }
    }
    if (rest.len > 0 || hours > 23 || minutes > 59) {
        return false;
    }
    int64_t offset_ns = (hours * 60LL + minutes) * 60 * CORD_SECOND_NS;
    *ret_offset_ns = west ? -offset_ns : offset_ns;
    return true;
}

static bool take_date(cord_str *rest, int *ret_year, int *ret_month, int *ret_day)
{
    if (!take_digits(rest, 4, ret_year) || rest->len == 0) {
        return false;
    }
    char separator = rest->ptr[0];
    return (separator == '-' || separator == '/' || separator == '.') &&
           take_char(rest, separator) && take_digits(rest, 2, ret_month) &&
           take_char(rest, separator) && take_digits(rest, 2, ret_day);
}

bool cord_timestamp_parse(cord_str text, int64_t *ret_ns)
{
    bool has_zone;
    return cord_timestamp_parse_zone(text, ret_ns, &has_zone);
}

bool cord_timestamp_parse_zone(cord_str text, int64_t *ret_ns, bool *ret_has_zone)
{
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
    int64_t fraction_ns = 0;
    int64_t offset_ns = 0;
    int64_t ns = 0;
    bool has_zone = false;

    if (!take_date(&text, &year, &month, &day)) {
        return false;
    }
    if (text.len > 0) {
        if (!take_char(&text, 'T') && !take_char(&text, ' ') && !take_char(&text, 't')) {
            return false;
        }
        if (!take_digits(&text, 2, &hour) || !take_char(&text, ':') ||
            !take_digits(&text, 2, &minute)) {
            return false;
        }
        if (take_char(&text, ':') && !take_digits(&text, 2, &second)) {
            return false;
        }
        if ((take_char(&text, '.') || take_char(&text, ',')) &&
            !take_fraction(&text, &fraction_ns)) {
            return false;
        }
        if (take_char(&text, ' ') && text.len == 0) {
            return false; /* a space belongs to the zone behind it */
        }
        has_zone = text.len > 0;
        if (!take_zone(text, &offset_ns)) {
            return false;
        }
    }
    /* The years' range leaves room for a day's offset and a second's fraction. */
    if (!cord_timestamp_civil(year, month, day, hour, minute, second, &ns)) {
        return false;
    }
    *ret_ns = ns + fraction_ns - offset_ns;
    *ret_has_zone = has_zone;
    return true;
}

static bool scale(uint64_t value, uint64_t unit_ns, int64_t *ret_ns)
{
    if (value > (uint64_t)INT64_MAX / unit_ns) {
        return false;
    }
    *ret_ns = (int64_t)(value * unit_ns);
    return true;
}

bool cord_timestamp_parse_epoch(cord_str text, int64_t *ret_ns)
{
    uint64_t whole = 0;
    int64_t fraction_ns = 0;
    int64_t ns = 0;
    size_t point = 0;

    while (point < text.len && cord_str_is_digit(text.ptr[point])) {
        point++;
    }
    if (!cord_str_u64(cord_str_slice(text, 0, point), &whole)) {
        return false;
    }
    if (point == text.len) {
        uint64_t unit_ns = text.len == 13   ? 1000000
                           : text.len == 16 ? 1000
                           : text.len == 19 ? 1
                                            : (uint64_t)CORD_SECOND_NS;
        return scale(whole, unit_ns, ret_ns);
    }
    cord_str rest = cord_str_from_byte(text, point);
    if (!take_char(&rest, '.') || !take_fraction(&rest, &fraction_ns) || rest.len > 0 ||
        !scale(whole, (uint64_t)CORD_SECOND_NS, &ns) || ns > INT64_MAX - fraction_ns) {
        return false;
    }
    *ret_ns = ns + fraction_ns;
    return true;
}

static int year_days(int year)
{
    return is_leap(year) ? 366 : 365;
}

/* Weeks begin on Monday; week 1 holds the year's first Thursday. So a week
 * belongs to the year of its Thursday, and is counted by that. */
static int iso_week(int year, int weekday, int day_of_year)
{
    int thursday = day_of_year + 4 - weekday; /* from 1 */
    if (thursday < 1) {
        thursday += year_days(year - 1);
    } else if (thursday > year_days(year)) {
        thursday -= year_days(year);
    }
    return (thursday - 1) / 7 + 1;
}

struct cord_civil cord_timestamp_to_civil(int64_t ns)
{
    const int64_t day_ns = DAY_SECONDS * CORD_SECOND_NS;
    int64_t days = ns / day_ns;
    int64_t rest_ns = ns % day_ns;
    if (rest_ns < 0) {
        rest_ns += day_ns;
        days--;
    }
    int seconds = (int)(rest_ns / CORD_SECOND_NS);

    int64_t march_days = days + ERA_TO_EPOCH_DAYS; /* never negative in our years */
    int64_t era = march_days / ERA_DAYS;
    int64_t day_of_era = march_days % ERA_DAYS;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t march_month = (5 * day_of_year + 2) / 153;

    struct cord_civil civil = {
        .month = (int)(march_month < 10 ? march_month + 3 : march_month - 9),
        .day = (int)(day_of_year - (153 * march_month + 2) / 5 + 1),
        .hour = seconds / 3600,
        .minute = seconds / 60 % 60,
        .second = seconds % 60,
        .nanosecond = (int)(rest_ns % CORD_SECOND_NS),
        .weekday = (int)((days % 7 + 10) % 7 + 1), /* 1970-01-01 was a Thursday */
    };
    civil.year = (int)(era * 400 + year_of_era) + (civil.month <= 2);
    int day_number = (int)(days - days_from_civil(civil.year, 1, 1)) + 1;
    civil.week = iso_week(civil.year, civil.weekday, day_number);
    return civil;
}

static char *put_digits(char *to, int value, unsigned count)
{
    for (unsigned i = count; i > 0; i--) {
        to[i - 1] = (char)('0' + value % 10);
        value /= 10;
    }
    return to + count;
}

cord_str cord_timestamp_format(int64_t ns, char buffer[CORD_TIMESTAMP_TEXT])
{
    if (ns == CORD_TIME_NONE) {
        return CORD_STR("");
    }
    struct cord_civil civil = cord_timestamp_to_civil(ns);
    unsigned digits = 9;
    int fraction = civil.nanosecond;
    while (digits > 3 && fraction % 10 == 0) {
        fraction /= 10;
        digits--;
    }
    char *to = put_digits(buffer, civil.year, 4);
    *to++ = '-';
    to = put_digits(to, civil.month, 2);
    *to++ = '-';
    to = put_digits(to, civil.day, 2);
    *to++ = 'T';
    to = put_digits(to, civil.hour, 2);
    *to++ = ':';
    to = put_digits(to, civil.minute, 2);
    *to++ = ':';
    to = put_digits(to, civil.second, 2);
    *to++ = '.';
    to = put_digits(to, fraction, digits);
    *to++ = 'Z';
    return (cord_str){buffer, (size_t)(to - buffer)};
}

int64_t cord_timestamp_from_filetime(uint64_t filetime)
{
    const int64_t ticks_a_second = 10000000;
    int64_t seconds = (int64_t)(filetime / (uint64_t)ticks_a_second) - FILETIME_EPOCH_SECONDS;
    int64_t ticks = (int64_t)(filetime % (uint64_t)ticks_a_second);
    const int64_t seconds_max = INT64_MAX / CORD_SECOND_NS - 1;
    if (seconds > seconds_max || seconds < -seconds_max) {
        return CORD_TIME_NONE;
    }
    return seconds * CORD_SECOND_NS + ticks * 100;
}

int cord_timestamp_month(cord_str name)
{
    static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    if (name.len != 3) {
        return 0;
    }
    for (int month = 0; month < 12; month++) {
        if (cord_str_eq_fold(name, (cord_str){months + (ptrdiff_t)month * 3, 3})) {
            return month + 1;
        }
    }
    return 0;
}
