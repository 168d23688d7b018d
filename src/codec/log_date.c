/* log_date.c: see log_date.h. */
#include "codec/log_date.h"

#include "base/timestamp.h"

#define DAY_NS (86400 * CORD_SECOND_NS)

struct fields {
    int year, month, day, hour, minute, second;
    int64_t fraction_ns;
    int64_t zone_seconds;
    bool has_zone;
};

static char char_at(cord_str text, size_t at)
{
    return at < text.len ? text.ptr[at] : '\0';
}

static bool is_letter(char c)
{
    char lower = cord_str_lower_char(c);
    return lower >= 'a' && lower <= 'z';
}

/* Between min and max digits at *at. */
static bool number(cord_str text, size_t *at, size_t min, size_t max, int *ret_value)
{
    int value = 0;
    size_t count = 0;
    while (count < max && cord_str_is_digit(char_at(text, *at + count))) {
        value = value * 10 + (text.ptr[*at + count] - '0');
        count++;
    }
    if (count < min || cord_str_is_digit(char_at(text, *at + count))) {
        return false;
    }
    *at += count;
    *ret_value = value;
    return true;
}

static bool skip_char(cord_str text, size_t *at, char c)
{
    if (char_at(text, *at) != c) {
        return false;
    }
    (*at)++;
    return true;
}

static bool month_name(cord_str text, size_t *at, int *ret_month)
{
    int month = cord_timestamp_month(cord_str_slice(text, *at, 3));
    if (month == 0 || is_letter(char_at(text, *at + 3))) {
        return false;
    }
    *at += 3;
    *ret_month = month;
    return true;
}

/* ".123456": digits beyond nanoseconds are read and dropped. */
static void fraction(cord_str text, size_t *at, struct fields *f)
{
    char mark = char_at(text, *at);
    if ((mark != '.' && mark != ',') || !cord_str_is_digit(char_at(text, *at + 1))) {
        return;
    }
    int64_t scale = 100000000;
    for ((*at)++; cord_str_is_digit(char_at(text, *at)); (*at)++) {
        f->fraction_ns += (text.ptr[*at] - '0') * scale;
        scale /= 10;
    }
}

static bool clock_time(cord_str text, size_t *at, struct fields *f)
{
    size_t to = *at;
    if (!number(text, &to, 1, 2, &f->hour) || !skip_char(text, &to, ':') ||
        !number(text, &to, 2, 2, &f->minute) || !skip_char(text, &to, ':')) {
        return false;
    }
    /* Exactly two digits of seconds: some devices glue the host name behind. */
    if (!cord_str_is_digit(char_at(text, to)) || !cord_str_is_digit(char_at(text, to + 1))) {
        return false;
    }
    f->second = (text.ptr[to] - '0') * 10 + (text.ptr[to + 1] - '0');
    to += 2;
    fraction(text, &to, f);
    *at = to;
    return true;
}

/* "+01:00", "+0100", "-07", directly or after one blank. */
static void zone_offset(cord_str text, size_t *at, struct fields *f)
{
    size_t to = *at + (char_at(text, *at) == ' ' ? 1 : 0);
    char sign = char_at(text, to);
    int hours = 0;
    int minutes = 0;
    if (sign != '+' && sign != '-') {
        return;
    }
    to++;
    if (!cord_str_is_digit(char_at(text, to)) || !cord_str_is_digit(char_at(text, to + 1))) {
        return;
    }
    hours = (text.ptr[to] - '0') * 10 + (text.ptr[to + 1] - '0');
    to += 2;
    size_t colon = char_at(text, to) == ':' ? to + 1 : to;
    if (cord_str_is_digit(char_at(text, colon)) && cord_str_is_digit(char_at(text, colon + 1))) {
        minutes = (text.ptr[colon] - '0') * 10 + (text.ptr[colon + 1] - '0');
        to = colon + 2;
    }
    if (cord_str_is_digit(char_at(text, to)) || hours > 18 || minutes > 59) {
        return;
    }
    f->zone_seconds = (sign == '-' ? -1 : 1) * (hours * 3600LL + minutes * 60LL);
    f->has_zone = true;
    *at = to;
}

/* Zone names that device logs write behind the time; a host could bear such a
 * name too, but dates with a zone are the commoner case. */
static void zone_name(cord_str text, size_t *at, struct fields *f)
{
    static const struct {
        char name[5];
        signed char hours;
    } zones[] = {{"UTC", 0},  {"GMT", 0},   {"EST", -5},  {"EDT", -4},  {"CST", -6}, {"CDT", -5},
                 {"MST", -7}, {"MDT", -6},  {"PST", -8},  {"PDT", -7},  {"BST", 1},  {"WET", 0},
                 {"WEST", 1}, {"CET", 1},   {"CEST", 2},  {"EET", 2},   {"EEST", 3}, {"MSK", 3},
                 {"JST", 9},  {"AKST", -9}, {"AKDT", -8}, {"HST", -10}, {"utc", 0},  {"gmt", 0}};
    size_t from = *at + (char_at(text, *at) == ' ' ? 1 : 0);
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
        if (zones[i].name[0] != char_at(text, from)) {
            continue;
        }
        cord_str name = cord_str_from(zones[i].name);
        char behind = char_at(text, from + name.len);
        if (cord_str_eq(cord_str_slice(text, from, name.len), name) &&
            (behind == ' ' || behind == ':' || behind == '\0' || behind == ']')) {
            f->zone_seconds = zones[i].hours * 3600LL;
            f->has_zone = true;
            *at = from + name.len;
            return;
        }
    }
}

static void zone(cord_str text, size_t *at, struct fields *f)
{
    char next = char_at(text, *at);
    if (next == 'Z' && !is_letter(char_at(text, *at + 1))) {
        (*at)++;
        f->has_zone = true;
        return;
    }
    zone_offset(text, at, f);
    if (!f->has_zone) {
        zone_name(text, at, f);
    }
}

/* "13:24Z": ISO 8601 may leave the seconds off; the zone shows that it is one. */
static bool clock_without_seconds(cord_str text, size_t *at, struct fields *f)
{
    size_t to = *at;
    if (!number(text, &to, 2, 2, &f->hour) || !skip_char(text, &to, ':') ||
        !number(text, &to, 2, 2, &f->minute) || !strchr("Z+-", char_at(text, to)) ||
        char_at(text, to) == '\0') {
        return false;
    }
    *at = to;
    return true;
}

static bool iso(cord_str text, size_t *at, struct fields *f)
{
    size_t to = 0;
    if (!number(text, &to, 4, 4, &f->year)) {
        return false;
    }
    char between = char_at(text, to);
    if ((between != '-' && between != '/') || !skip_char(text, &to, between) ||
        !number(text, &to, 1, 2, &f->month) || !skip_char(text, &to, between) ||
        !number(text, &to, 1, 2, &f->day)) {
        return false;
    }
    char joint = char_at(text, to);
    if (joint != 'T' && joint != ' ' && joint != 't') {
        return false;
    }
    for (to++; joint == ' ' && char_at(text, to) == ' '; to++) {
    }
    if (!clock_time(text, &to, f) && !clock_without_seconds(text, &to, f)) {
        return false;
    }
    zone(text, &to, f);
    *at = to;
    return true;
}

static bool plausible_year(int year)
{
    return year >= 1980 && year < 2100;
}

/* A year with a blank around: "May 12 2017 13:24:05". */
static void year_before(cord_str text, size_t *at, struct fields *f)
{
    size_t to = *at;
    int year = 0;
    if (number(text, &to, 4, 4, &year) && plausible_year(year) &&
        (skip_char(text, &to, ' ') || skip_char(text, &to, ','))) {
        while (skip_char(text, &to, ' ')) {
        }
        f->year = year;
        *at = to;
    }
}

static void year_after(cord_str text, size_t *at, struct fields *f)
{
    size_t to = *at;
    int year = 0;
    if (f->year == 0 && skip_char(text, &to, ' ') && number(text, &to, 4, 4, &year) &&
        plausible_year(year)) {
        char behind = char_at(text, to);
        if (behind == ' ' || behind == ':' || behind == '\0' || behind == ']') {
            f->year = year;
            *at = to;
        }
    }
}

static void half_of_day(cord_str text, size_t *at, struct fields *f)
{
    size_t from = *at + (char_at(text, *at) == ' ' ? 1 : 0);
    cord_str half = cord_str_slice(text, from, 2);
    bool pm = cord_str_eq_fold(half, CORD_STR("PM"));
    if ((!pm && !cord_str_eq_fold(half, CORD_STR("AM"))) || is_letter(char_at(text, from + 2)) ||
        f->hour > 12 || f->hour == 0) {
        return;
    }
    f->hour = f->hour % 12 + (pm ? 12 : 0);
    *at = from + 2;
    fraction(text, at, f);
}

static bool is_week_day(cord_str text)
{
    static const char days[7][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    for (size_t i = 0; i < 7; i++) {
        if (cord_str_starts_fold(text, cord_str_from(days[i]))) {
            char next = char_at(text, 3);
            return next == ' ' || next == ',';
        }
    }
    return false;
}

static bool bsd(cord_str text, size_t *at, struct fields *f)
{
    size_t to = 0;
    if (is_week_day(text)) {
        to = char_at(text, 3) == ',' && char_at(text, 4) == ' ' ? 5 : 4;
    }
    year_before(text, &to, f); /* "2014 Dec 20 09:29:47" */
    if (!month_name(text, &to, &f->month) || !skip_char(text, &to, ' ')) {
        return false;
    }
    while (skip_char(text, &to, ' ')) {
    }
    if (!number(text, &to, 1, 2, &f->day)) {
        return false;
    }
    (void)skip_char(text, &to, ',');
    if (!skip_char(text, &to, ' ')) {
        return false;
    }
    while (skip_char(text, &to, ' ')) {
    }
    if (f->year == 0) {
        year_before(text, &to, f);
    }
    if (!clock_time(text, &to, f)) {
        return false;
    }
    half_of_day(text, &to, f);
    zone(text, &to, f);
    year_after(text, &to, f);
    *at = to;
    return true;
}

static bool month_in(cord_str text)
{
    return is_letter(char_at(text, 3)) || is_letter(char_at(text, 2));
}

/* "12/May/2017:13:24:05 +0200", "12-May-2017 13:24:05.123", and NetScaler's
 * "12/05/2017:13:24:05 GMT", day first. */
static bool httpd(cord_str text, size_t *at, struct fields *f)
{
    size_t to = 0;
    if (!number(text, &to, 1, 2, &f->day)) {
        return false;
    }
    char between = char_at(text, to);
    if ((between != '/' && between != '-') || !skip_char(text, &to, between) ||
        (!month_name(text, &to, &f->month) && !number(text, &to, 2, 2, &f->month)) ||
        !skip_char(text, &to, between) || !number(text, &to, 4, 4, &f->year)) {
        return false;
    }
    char joint = char_at(text, to);
    bool named = month_in(text);
    if (joint != ':' && (joint != ' ' || !named)) {
        return false;
    }
    to++;
    if (!clock_time(text, &to, f)) {
        return false;
    }
    zone(text, &to, f);
    *at = to;
    return true;
}

/* Ten digits and a fraction; thirteen digits are milliseconds. */
static bool epoch(cord_str text, int64_t *ret_ns, size_t *at)
{
    size_t digits = 0;
    size_t to;
    int64_t ns = 0;
    while (digits < 14 && cord_str_is_digit(char_at(text, digits))) {
        digits++;
    }
    if (digits != 10 && digits != 13) {
        return false;
    }
    to = digits;
    if (digits == 10 && char_at(text, to) == '.' && cord_str_is_digit(char_at(text, to + 1))) {
        for (to++; to < 21 && cord_str_is_digit(char_at(text, to)); to++) {
        }
    }
    if (!cord_timestamp_parse_epoch(cord_str_slice(text, 0, to), &ns)) {
        return false;
    }
    *ret_ns = ns;
    *at = to;
    return true;
}

/* The latest year that does not put the date more than a day ahead. February
 * 29th may need a year further back. */
static bool choose_year(struct fields *f, int64_t now_ns, int64_t *ret_ns)
{
    /* This year or a neighbour, by the mean length of a year: the loop below
     * passes over what lies ahead. */
    int year = 1971 + (int)(now_ns / (31556952 * CORD_SECOND_NS));
    for (int tries = 0; tries < 10; tries++, year--) {
        int64_t ns;
        if (cord_timestamp_civil(year, f->month, f->day, f->hour, f->minute, f->second, &ns) &&
            ns - f->zone_seconds * CORD_SECOND_NS <= now_ns + DAY_NS) {
            f->year = year;
            *ret_ns = ns;
            return true;
        }
    }
    return false;
}

bool cord_log_date_read(cord_str text, int64_t now_ns, struct cord_log_date *ret_date)
{
    struct fields f = {0};
    struct cord_log_date date = {.has_year = true};
    size_t at = 0;
    char first = char_at(text, 0);

    if (cord_str_is_digit(first) && epoch(text, &date.ns, &at)) {
        *ret_date = (struct cord_log_date){.ns = date.ns,
                                           .len = at,
                                           .form = CORD_LOG_DATE_EPOCH,
                                           .has_year = true,
                                           .has_zone = true};
        return true;
    }
    if (cord_str_is_digit(first) && iso(text, &at, &f)) {
        date.form = CORD_LOG_DATE_ISO;
    } else if (f = (struct fields){0}, cord_str_is_digit(first) && httpd(text, &at, &f)) {
        date.form = CORD_LOG_DATE_HTTPD;
    } else if (f = (struct fields){0}, bsd(text, &at, &f)) {
        date.form = CORD_LOG_DATE_BSD;
    } else {
        return false;
    }
    if (f.year == 0) {
        date.has_year = false;
        if (!choose_year(&f, now_ns, &date.ns)) {
            return false;
        }
    } else if (!cord_timestamp_civil(f.year, f.month, f.day, f.hour, f.minute, f.second,
                                     &date.ns)) {
        return false;
    }
    date.ns += f.fraction_ns - f.zone_seconds * CORD_SECOND_NS;
    date.has_zone = f.has_zone;
    date.len = at;
    *ret_date = date;
    return true;
}
