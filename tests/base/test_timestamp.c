/* test_timestamp.c: points in time. */
#include "base/timestamp.h"
#include "kit/kit.h"

static const int64_t base_ns = 1795308408 * CORD_SECOND_NS; /* 2026-11-22T00:46:48Z */

static void reads_rfc_3339_and_its_kin(void)
{
    static const struct {
        const char *text;
        int64_t ns;
    } table[] = {
        {"2026-11-22T00:46:48Z", base_ns},
        {"2026-11-22t00:46:48z", base_ns},
        {"2026-11-22 00:46:48", base_ns},
        {"2026/11/22 00:46:48", base_ns},
        {"2026.11.22 00:46:48 UTC", base_ns},
        {"2026-11-22 00:46:48 GMT", base_ns},
        {"2026-11-22T01:46:48+01:00", base_ns},
        {"2026-11-22T01:46:48+0100", base_ns},
        {"2026-11-22 01:46:48 +01", base_ns},
        {"2026-11-21T19:16:48-05:30", base_ns},
        {"2026-11-22T00:46:48.1Z", base_ns + 100000000},
        {"2026-11-22 00:46:48,123", base_ns + 123000000},
        {"2026-11-22T00:46:48.1234567Z", base_ns + 123456700},
        {"2026-11-22T00:46:48.123456789Z", base_ns + 123456789},
        {"2026-11-22T00:46:48.1234567899999Z", base_ns + 123456789},
        {"2026-11-22T00:46Z", base_ns - 48 * CORD_SECOND_NS},
        {"2026-11-22", base_ns - 2808 * CORD_SECOND_NS},
        {"1970-01-01T00:00:00Z", 0},
        {"1969-12-31T23:59:59.999Z", -1000000},
        {"2000-02-29T00:00:00Z", 951782400 * CORD_SECOND_NS},
        {"2016-12-31T23:59:60Z", 1483228799 * CORD_SECOND_NS},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        int64_t ns = 1;
        bool read = cord_timestamp_parse(cord_str_from(table[i].text), &ns);
        if (!read || ns != table[i].ns) {
            print_error("%s: %lld\n", table[i].text, (long long)ns);
        }
        CHECK(read && ns == table[i].ns);
    }
}

static void refuses_what_is_not_a_time(void)
{
    static const char *const table[] = {
        "",
        "2026",
        "2026-11",
        "2026-11-2",
        "2026-13-01",
        "2026-00-01",
        "2026-11-31",
        "2025-02-29",
        "1900-02-29",
        "1677-12-31",
        "2262-01-01",
        "2026-11/22",
        "2026_11_22",
        "2026-11-22T",
        "2026-11-22 ",
        "2026-11-22T24:00:00Z",
        "2026-11-22T00:60:00Z",
        "2026-11-22T00:00:61Z",
        "2026-11-22T00:46:",
        "2026-11-22T00:46:48.",
        "2026-11-22T00:46:48.Z",
        "2026-11-22T00:46:48 ",
        "2026-11-22T00:46:48Zx",
        "2026-11-22T00:46:48+24:00",
        "2026-11-22T00:46:48+01:60",
        "2026-11-22T00:46:48+1",
        "2026-11-22T00:46:48+01:0",
        "2026-11-22T00:46:48 CET",
        " 2026-11-22",
        "2O26-11-22",
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        int64_t ns = 7;
        bool read = cord_timestamp_parse(cord_str_from(table[i]), &ns);
        if (read || ns != 7) {
            print_error("taken: \"%s\"\n", table[i]);
        }
        CHECK(!read && ns == 7);
    }
}

static void reads_epochs_of_four_units(void)
{
    int64_t ns = 0;
    CHECK(cord_timestamp_parse_epoch(CORD_STR("1795308408"), &ns) && ns == base_ns);
    CHECK(cord_timestamp_parse_epoch(CORD_STR("1795308408123"), &ns) && ns == base_ns + 123000000);
    CHECK(cord_timestamp_parse_epoch(CORD_STR("1795308408123456"), &ns) &&
          ns == base_ns + 123456000);
    CHECK(cord_timestamp_parse_epoch(CORD_STR("1795308408123456789"), &ns) &&
          ns == base_ns + 123456789);
    CHECK(cord_timestamp_parse_epoch(CORD_STR("1795308408.5"), &ns) && ns == base_ns + 500000000);
    CHECK(cord_timestamp_parse_epoch(CORD_STR("0"), &ns) && ns == 0);
    CHECK(cord_timestamp_parse_epoch(CORD_STR("9223372036"), &ns) &&
          ns == 9223372036 * CORD_SECOND_NS);
    CHECK(cord_timestamp_parse_epoch(CORD_STR("9223372036.854775807"), &ns) && ns == INT64_MAX);
    ns = 7;
    CHECK(!cord_timestamp_parse_epoch(CORD_STR("9223372036.854775808"), &ns));
    CHECK(!cord_timestamp_parse_epoch(CORD_STR("9223372037"), &ns));
    CHECK(!cord_timestamp_parse_epoch(CORD_STR("99999999999999999999"), &ns));
    CHECK(!cord_timestamp_parse_epoch(CORD_STR(""), &ns));
    CHECK(!cord_timestamp_parse_epoch(CORD_STR("-1"), &ns));
    CHECK(!cord_timestamp_parse_epoch(CORD_STR("1."), &ns));
    CHECK(!cord_timestamp_parse_epoch(CORD_STR(".5"), &ns));
    CHECK(!cord_timestamp_parse_epoch(CORD_STR("1.5x"), &ns));
    CHECK(ns == 7);
}

/* Every day that fits, forwards: the calendar's own definition. */
static void civil_and_back_on_every_day(void)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t expected = 0;
    CHECK(cord_timestamp_civil(1678, 1, 1, 0, 0, 0, &expected));
    int weekday = cord_timestamp_to_civil(expected).weekday;
    for (int year = 1678; year <= 2261; year++) {
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        for (int month = 1; month <= 12; month++) {
            int days = lengths[month - 1] + (leap && month == 2);
            for (int day = 1; day <= days; day++) {
                int64_t ns = 0;
                CHECK(cord_timestamp_civil(year, month, day, 23, 59, 58, &ns));
                CHECK_I64(ns, expected + 86398 * CORD_SECOND_NS);
                struct cord_civil civil = cord_timestamp_to_civil(ns + 999);
                CHECK(civil.year == year && civil.month == month && civil.day == day);
                CHECK(civil.hour == 23 && civil.minute == 59 && civil.second == 58);
                CHECK(civil.nanosecond == 999 && civil.weekday == weekday);
                weekday = weekday % 7 + 1;
                expected += 86400 * CORD_SECOND_NS;
            }
        }
    }
}

static void weeks_follow_iso_8601(void)
{
    static const struct {
        int year, month, day, weekday, week;
    } table[] = {
        {1970, 1, 1, 4, 1},    {2026, 11, 22, 7, 47}, {2021, 1, 3, 7, 53},   {2021, 1, 4, 1, 1},
        {2020, 12, 31, 4, 53}, {2024, 12, 30, 1, 1},  {2024, 12, 29, 7, 52}, {2023, 1, 1, 7, 52},
        {2019, 12, 31, 2, 1},  {2010, 1, 3, 7, 53},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        int64_t ns = 0;
        CHECK(cord_timestamp_civil(table[i].year, table[i].month, table[i].day, 12, 0, 0, &ns));
        struct cord_civil civil = cord_timestamp_to_civil(ns);
        CHECK_U64(civil.weekday, table[i].weekday);
        CHECK_U64(civil.week, table[i].week);
    }
}

static void writes_three_digits_or_as_many_as_there_are(void)
{
    char buffer[CORD_TIMESTAMP_TEXT];
    CHECK_STR(cord_timestamp_format(base_ns, buffer), "2026-11-22T00:46:48.000Z");
    CHECK_STR(cord_timestamp_format(base_ns + 120000000, buffer), "2026-11-22T00:46:48.120Z");
    CHECK_STR(cord_timestamp_format(base_ns + 123456700, buffer), "2026-11-22T00:46:48.1234567Z");
    CHECK_STR(cord_timestamp_format(base_ns + 1, buffer), "2026-11-22T00:46:48.000000001Z");
    CHECK_STR(cord_timestamp_format(-1, buffer), "1969-12-31T23:59:59.999999999Z");
    CHECK_STR(cord_timestamp_format(INT64_MAX, buffer), "2262-04-11T23:47:16.854775807Z");
    CHECK_STR(cord_timestamp_format(INT64_MIN + 1, buffer), "1677-09-21T00:12:43.145224193Z");
    CHECK_STR(cord_timestamp_format(CORD_TIME_NONE, buffer), "");
}

static void converts_windows_filetime(void)
{
    CHECK_I64(cord_timestamp_from_filetime(116444736000000000), 0);
    CHECK_I64(cord_timestamp_from_filetime(116444736000000001), 100);
    CHECK_I64(cord_timestamp_from_filetime(133444736000000000), 1700000000 * CORD_SECOND_NS);
    CHECK_I64(cord_timestamp_from_filetime(0), CORD_TIME_NONE);
    CHECK_I64(cord_timestamp_from_filetime(UINT64_MAX), CORD_TIME_NONE);
}

static void knows_the_months(void)
{
    CHECK_U64(cord_timestamp_month(CORD_STR("Jan")), 1);
    CHECK_U64(cord_timestamp_month(CORD_STR("dEC")), 12);
    CHECK_U64(cord_timestamp_month(CORD_STR("anf")), 0);
    CHECK_U64(cord_timestamp_month(CORD_STR("June")), 0);
    CHECK_U64(cord_timestamp_month(CORD_STR("")), 0);
}

KIT_MAIN(KIT_TEST(reads_rfc_3339_and_its_kin), KIT_TEST(refuses_what_is_not_a_time),
         KIT_TEST(reads_epochs_of_four_units), KIT_TEST(civil_and_back_on_every_day),
         KIT_TEST(weeks_follow_iso_8601), KIT_TEST(writes_three_digits_or_as_many_as_there_are),
         KIT_TEST(converts_windows_filetime), KIT_TEST(knows_the_months))
