/* zone_rule.c: see zone_rule.h. */
#include "codec/zone_rule.h"

#include "base/timestamp.h"

enum { DAY_S = 86400, NAME_BYTES_MIN = 3, CHANGE_AT_S = 7200 };

/* --- reading --- */

static bool take_char(cord_str *rest, char c)
{
    if (rest->len == 0 || rest->ptr[0] != c) {
        return false;
    }
    *rest = cord_str_from_byte(*rest, 1);
    return true;
}

static bool take_number(cord_str *rest, int32_t low, int32_t high, int32_t *ret_number)
{
    int32_t number = 0;
    size_t at = 0;
    for (; at < rest->len && at < 4 && cord_str_is_digit(rest->ptr[at]); at++) {
        number = number * 10 + (rest->ptr[at] - '0');
    }
    if (at == 0 || number < low || number > high) {
        return false;
    }
    *rest = cord_str_from_byte(*rest, at);
    *ret_number = number;
    return true;
}

/* "CET", "<+0330>". */
static bool take_name(cord_str *rest)
{
    bool quoted = take_char(rest, '<');
    size_t at = 0;
    for (; at < rest->len; at++) {
        char c = rest->ptr[at];
        char lower = cord_str_lower_char(c);
        bool letter = lower >= 'a' && lower <= 'z';
        if (!letter && !(quoted && (cord_str_is_digit(c) || c == '+' || c == '-'))) {
            break;
        }
    }
    *rest = cord_str_from_byte(*rest, at);
    return at >= NAME_BYTES_MIN && (!quoted || take_char(rest, '>'));
}

/* "[+-]hh[:mm[:ss]]"; up to 167 hours, as a time of change may be. */
static bool take_time(cord_str *rest, int32_t hours_max, int32_t *ret_seconds)
{
    int32_t parts[3] = {0, 0, 0};
    bool negative = take_char(rest, '-');
    if (!negative) {
        (void)take_char(rest, '+');
    }
    if (!take_number(rest, 0, hours_max, &parts[0])) {
        return false;
    }
    for (size_t i = 1; i < 3 && take_char(rest, ':'); i++) {
        if (!take_number(rest, 0, 59, &parts[i])) {
            return false;
        }
    }
    int32_t seconds = parts[0] * 3600 + parts[1] * 60 + parts[2];
    *ret_seconds = negative ? -seconds : seconds;
    return true;
}

static bool take_change(cord_str *rest, struct cord_zone_change *change)
{
    bool good;
    if (take_char(rest, 'M')) {
        change->kind = CORD_ZONE_DAY_OF_MONTHS;
        good = take_number(rest, 1, 12, &change->month) && take_char(rest, '.') &&
               take_number(rest, 1, 5, &change->week) && take_char(rest, '.') &&
               take_number(rest, 0, 6, &change->day);
    } else if (take_char(rest, 'J')) {
        change->kind = CORD_ZONE_DAY_JULIAN;
        good = take_number(rest, 1, 365, &change->day);
    } else {
        change->kind = CORD_ZONE_DAY_ZERO;
        good = take_number(rest, 0, 365, &change->day);
    }
    change->seconds = CHANGE_AT_S;
    return good && (!take_char(rest, '/') || take_time(rest, 167, &change->seconds));
}

bool cord_zone_rule_read(cord_str text, struct cord_zone_rule *ret_rule)
{
    struct cord_zone_rule rule = {0};
    int32_t west_s = 0;
    if (!take_name(&text) || !take_time(&text, 24, &west_s)) {
        return false;
    }
    rule.standard_s = -west_s;
    rule.summer_s = rule.standard_s + 3600;
    if (text.len > 0) {
        rule.has_summer = true;
        if (!take_name(&text)) {
            return false;
        }
        if (text.len > 0 && text.ptr[0] != ',') {
            if (!take_time(&text, 24, &west_s)) {
                return false;
            }
            rule.summer_s = -west_s;
        }
        if (!take_char(&text, ',') || !take_change(&text, &rule.begins) || !take_char(&text, ',') ||
            !take_change(&text, &rule.ends) || text.len > 0) {
            return false;
        }
    }
    *ret_rule = rule;
    return true;
}

/* --- asking --- */

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_of(int year, int month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

/* Midnight by a clock that shows UTC, in seconds since 1970; 0 outside of the years there are. */
static int64_t midnight(int year, int month, int day)
{
    int64_t ns = 0;
    (void)cord_timestamp_civil(year, month, day, 0, 0, 0, &ns);
    return ns / CORD_SECOND_NS;
}

static int64_t day_of_months(const struct cord_zone_change *change, int year)
{
    int64_t first = midnight(year, change->month, 1);
    /* 1 January 1970 was a Thursday. */
    int64_t weekday = ((first / DAY_S + 4) % 7 + 7) % 7;
    int64_t day = (change->day - weekday + 7) % 7 + (int64_t)(change->week - 1) * 7;
    while (day >= days_of(year, change->month)) { /* once: there may be no fifth */
        day -= 7;
    }
    return first + day * DAY_S;
}

/* By the wall's clock. */
static int64_t change_in(const struct cord_zone_change *change, int year)
{
    int64_t at = midnight(year, 1, 1);
    switch (change->kind) {
    case CORD_ZONE_DAY_OF_MONTHS:
        at = day_of_months(change, year);
        break;
    case CORD_ZONE_DAY_JULIAN: {
        bool behind = is_leap(year) && change->day >= 60;
        at += (int64_t)(change->day - 1 + (behind ? 1 : 0)) * DAY_S;
        break;
    }
    case CORD_ZONE_DAY_ZERO:
        at += (int64_t)change->day * DAY_S;
        break;
    }
    return at + change->seconds;
}

int32_t cord_zone_rule_offset(const struct cord_zone_rule *rule, int64_t utc_s)
{
    int64_t local_s = utc_s + rule->standard_s;
    int64_t bound_s = INT64_MAX / CORD_SECOND_NS;
    if (!rule->has_summer || local_s > bound_s || local_s < -bound_s) {
        return rule->standard_s;
    }
    int year = cord_timestamp_to_civil(local_s * CORD_SECOND_NS).year;
    int64_t begins = change_in(&rule->begins, year) - rule->standard_s;
    int64_t ends = change_in(&rule->ends, year) - rule->summer_s;
    bool summer = begins < ends ? utc_s >= begins && utc_s < ends
                                : utc_s >= begins || utc_s < ends; /* south of the equator */
    return summer ? rule->summer_s : rule->standard_s;
}
