/* test_zone.c: clocks on walls, in UTC. */
#include "codec/zone.h"
#include "codec/zone_rule.h"
#include "kit/kit.h"

#include "base/timestamp.h"
#include "ingest/zone_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int64_t ns_of(const char *text)
{
    int64_t ns = 0;
    CHECK(cord_timestamp_parse(cord_str_from(text), &ns));
    return ns;
}

static void check_utc(const struct cord_zone *zone, const char *local, const char *utc)
{
    char text[CORD_TIMESTAMP_TEXT];
    CHECK_STR_EQ(cord_timestamp_format(cord_zone_utc(zone, ns_of(local)), text),
                 cord_str_from(utc));
}

static void a_fixed_offset_is_a_zone(void)
{
    static const char *const wrong[] = {"",       "+2",    "+2:00",   "02:00", "+15:00",
                                        "+02:60", "+02:0", "+02:00 ", "utc",   "+0a:00"};
    struct cord_zone *zone = NULL;
    CHECK(cord_zone_fixed(CORD_STR("+02:00"), &zone) == CORD_OK);
    check_utc(zone, "2026-07-01 12:00:00", "2026-07-01T10:00:00.000Z");
    cord_zone_free(zone);
    CHECK(cord_zone_fixed(CORD_STR("-0330"), &zone) == CORD_OK);
    check_utc(zone, "2026-07-01 12:00:00.25", "2026-07-01T15:30:00.250Z");
    cord_zone_free(zone);
    CHECK(cord_zone_fixed(CORD_STR("+05"), &zone) == CORD_OK);
    check_utc(zone, "1960-01-01 01:00:00.5", "1959-12-31T20:00:00.500Z");
    cord_zone_free(zone);
    CHECK(cord_zone_fixed(CORD_STR("UTC"), &zone) == CORD_OK);
    check_utc(zone, "2026-07-01 12:00:00", "2026-07-01T12:00:00.000Z");
    cord_zone_free(zone);
    check_utc(NULL, "2026-07-01 12:00:00", "2026-07-01T12:00:00.000Z");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK(cord_zone_fixed(cord_str_from(wrong[i]), &zone) == CORD_E_NOENT);
    }
}

static int32_t offset(const char *rule, const char *utc)
{
    struct cord_zone_rule read;
    CHECK(cord_zone_rule_read(cord_str_from(rule), &read));
    return cord_zone_rule_offset(&read, ns_of(utc) / CORD_SECOND_NS);
}

static void rules_say_when_clocks_are_put_forward(void)
{
    const char *rome = "CET-1CEST,M3.5.0,M10.5.0/3";
    CHECK_I64(offset(rome, "2040-03-25 00:59:59"), 3600);
    CHECK_I64(offset(rome, "2040-03-25 01:00:00"), 7200);
    CHECK_I64(offset(rome, "2040-10-28 00:59:59"), 7200);
    CHECK_I64(offset(rome, "2040-10-28 01:00:00"), 3600);
    const char *sydney = "AEST-10AEDT,M10.1.0,M4.1.0/3";
    CHECK_I64(offset(sydney, "2040-01-15 00:00:00"), 39600);
    CHECK_I64(offset(sydney, "2040-07-15 00:00:00"), 36000);
    const char *troll = "<+00>0<+02>-2,M3.5.0/1,M10.5.0/3";
    CHECK_I64(offset(troll, "2040-07-15 00:00:00"), 7200);
    CHECK_I64(offset("<-0330>3:30", "2040-07-15 00:00:00"), -12600);
    CHECK_I64(offset("EST5EDT,J60/0,305/0:30:15", "2040-03-01 04:59:59"), -18000);
    CHECK_I64(offset("EST5EDT,J60/0,305/0:30:15", "2040-03-01 05:00:00"), -14400);
    const char *nuuk = "<-02>2<-01>,M3.5.0/-1,M10.5.0/0"; /* hours before midnight */
    CHECK_I64(offset(nuuk, "2040-03-25 00:59:59"), -7200);
    CHECK_I64(offset(nuuk, "2040-03-25 01:00:00"), -3600);
}

static void what_is_no_rule_is_refused(void)
{
    static const char *const wrong[] = {"",
                                        "CET",
                                        "C-1",
                                        "CET-25",
                                        "CET-1CEST",
                                        "<+01-1",
                                        "CET-1CEST,",
                                        "CET-1CEST,M3",
                                        "CET-1CEST,M3.5.0",
                                        "CET-1CEST,M13.5.0,M10.5.0",
                                        "CET-1 ",
                                        "CET-1CEST,M3.6.0,M10.5.0",
                                        "CET-1CEST,M3.5.7,M10.5.0",
                                        "CET-1CEST,M3.5.0,M10.5.0/168",
                                        "CET-1CEST,J0,J300",
                                        "CET-1CEST,366,J300",
                                        "CET-1CEST,M3.5.0,M10.5.0x"};
    struct cord_zone_rule rule;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK(!cord_zone_rule_read(cord_str_from(wrong[i]), &rule));
    }
}

/* A zone of two changes, as the standard's appendix lays it out; `count` bytes of it. */
static cord_str a_file(char *into, size_t size, const char *rule)
{
    static const unsigned char body[] = {
        0, 0,    0,    0, 0x10, 0, 0, 0,    0,    0, 0, 0,   0x20, 0,   0, 0,   1,   0,   0,
        0, 0x0e, 0x10, 0, 0,    0, 0, 0x1c, 0x20, 1, 4, 'A', 'A',  'A', 0, 'B', 'B', 'B', 0};
    size_t at = 0;
    for (int part = 0; part < 2; part++) {
        static const unsigned char first[24] = {'T', 'Z', 'i', 'f', '2'};
        memcpy(into + at, first, sizeof first);
        memset(into + at + 24, 0, 20);
        if (part == 1) {
            into[at + 35] = 2;
            into[at + 39] = 2;
            into[at + 43] = 8;
        }
        at += 44;
    }
    memcpy(into + at, body, sizeof body);
    at += sizeof body;
    int len = snprintf(into + at, size - at, "\n%s\n", rule);
    return (cord_str){into, at + (size_t)len};
}

static void reads_a_compiled_zone(void)
{
    char bytes[256];
    struct cord_zone *zone = NULL;
    cord_str file = a_file(bytes, sizeof bytes, "AAA-1");
    CHECK(cord_zone_read(file, &zone, NULL) == CORD_OK);
    /* 0x10000000 is 1978-07-04T21:24:16Z, 0x20000000 1987-01-05T18:48:32Z. */
    check_utc(zone, "1970-01-01 12:00:00", "1970-01-01T11:00:00.000Z");
    check_utc(zone, "1980-01-01 12:00:00", "1980-01-01T10:00:00.000Z");
    check_utc(zone, "1999-01-01 12:00:00", "1999-01-01T11:00:00.000Z");
    cord_zone_free(zone);
    struct cord_error err = {""};
    for (size_t len = 0; len < file.len; len++) {
        CHECK(cord_zone_read(cord_str_slice(file, 0, len), &zone, &err) == CORD_E_FORMAT);
    }
    CHECK(cord_zone_read(a_file(bytes, sizeof bytes, "AAA"), &zone, &err) == CORD_E_FORMAT);
    file = a_file(bytes, sizeof bytes, "AAA-1");
    bytes[44 + 31] = 1; /* leap seconds */
    CHECK(cord_zone_read(file, &zone, &err) == CORD_E_FORMAT);
}

/* The C library knows the same zones: what it shows for a moment is read back as that moment, or
 * as the earlier one of two that it shows the same for. */
static void agree_with_the_library(const char *name)
{
    struct cord_zone *zone = NULL;
    uint64_t random = 11;
    if (cord_zone_file_read(CORD_ZONE_FILE_DIR, cord_str_from(name), &zone, NULL) != CORD_OK) {
        print_message("no zone %s here\n", name);
        return;
    }
    CHECK(setenv("TZ", name, 1) == 0);
    tzset();
    for (int i = 0; i < 4000; i++) {
        random = random * 6364136223846793005ULL + 1442695040888963407ULL;
        time_t moment = (time_t)(random >> 32); /* to the year 2106 */
        struct tm local;
        int64_t local_ns = 0;
        CHECK(localtime_r(&moment, &local) != NULL);
        CHECK(cord_timestamp_civil(local.tm_year + 1900, local.tm_mon + 1, local.tm_mday,
                                   local.tm_hour, local.tm_min, local.tm_sec, &local_ns));
        time_t read = (time_t)(cord_zone_utc(zone, local_ns) / CORD_SECOND_NS);
        struct tm again;
        CHECK(localtime_r(&read, &again) != NULL);
        CHECK(read <= moment && again.tm_min == local.tm_min && again.tm_hour == local.tm_hour &&
              again.tm_mday == local.tm_mday);
    }
    cord_zone_free(zone);
}

static void zones_are_those_of_the_system(void)
{
    static const char *const names[] = {"Europe/Rome",      "Europe/London",   "America/New_York",
                                        "Australia/Sydney", "Asia/Kathmandu",  "Africa/Casablanca",
                                        "America/Nuuk",     "Pacific/Chatham", "Etc/UTC"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        agree_with_the_library(names[i]);
    }
    CHECK(unsetenv("TZ") == 0);
    tzset();
}

static void an_hour_shown_twice_or_never_has_one_meaning(void)
{
    struct cord_zone *zone = NULL;
    if (cord_zone_file_read(CORD_ZONE_FILE_DIR, CORD_STR("Europe/Rome"), &zone, NULL) != CORD_OK) {
        skip();
    }
    check_utc(zone, "2026-03-29 01:59:59", "2026-03-29T00:59:59.000Z");
    check_utc(zone, "2026-03-29 02:30:00", "2026-03-29T01:30:00.000Z"); /* skipped */
    check_utc(zone, "2026-03-29 03:00:00", "2026-03-29T01:00:00.000Z");
    check_utc(zone, "2026-10-25 02:30:00", "2026-10-25T00:30:00.000Z"); /* and an hour later */
    check_utc(zone, "2026-10-25 03:00:00", "2026-10-25T02:00:00.000Z");
    check_utc(zone, "2060-07-01 12:00:00", "2060-07-01T10:00:00.000Z"); /* by the rule */
    CHECK(cord_zone_utc(zone, INT64_MIN) == INT64_MIN);
    cord_zone_free(zone);
}

static void names_do_not_lead_out_of_the_folder(void)
{
    static const char *const wrong[] = {"",       "../passwd",      "/etc/passwd", "Europe/",
                                        "Europe", "Europe/Nowhere", "zone.tab",    "+02:0x"};
    struct cord_zone *zone = NULL;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK(cord_zone_file_read(CORD_ZONE_FILE_DIR, cord_str_from(wrong[i]), &zone, NULL) ==
              CORD_E_NOENT);
    }
}

KIT_MAIN(KIT_TEST(a_fixed_offset_is_a_zone), KIT_TEST(rules_say_when_clocks_are_put_forward),
         KIT_TEST(what_is_no_rule_is_refused), KIT_TEST(reads_a_compiled_zone),
         KIT_TEST(zones_are_those_of_the_system),
         KIT_TEST(an_hour_shown_twice_or_never_has_one_meaning),
         KIT_TEST(names_do_not_lead_out_of_the_folder))
