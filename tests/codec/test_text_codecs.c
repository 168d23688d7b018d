/* test_text_codecs.c: the small readers of line-based logs, at their edges. */
#include "base/timestamp.h"
#include "codec/auditd.h"
#include "codec/cef.h"
#include "codec/csv.h"
#include "codec/kv.h"
#include "codec/log_date.h"
#include "codec/octet_frame.h"
#include "kit/kit.h"

#include <stdio.h>

#define NOW (1511956800LL * CORD_SECOND_NS) /* 2017-11-29T12:00:00Z */

static void takes_one_frame_and_leaves_the_rest(void)
{
    cord_str input = CORD_STR("5 hello7 partial"), frame;
    CHECK(cord_octet_frame_next(&input, 64, &frame) == CORD_OK);
    CHECK_STR(frame, "hello");
    CHECK_STR(input, "7 partial");
    CHECK(cord_octet_frame_next(&input, 7, &frame) == CORD_OK);
    input = CORD_STR("8 partial");
    CHECK(cord_octet_frame_next(&input, 8, &frame) == CORD_E_MORE);
    CHECK(cord_octet_frame_next(&input, 7, &frame) == CORD_E_LIMIT);
    CHECK_STR(input, "8 partial");
    input = CORD_STR("08 x");
    CHECK(cord_octet_frame_next(&input, 64, &frame) == CORD_E_FORMAT);
    input = CORD_STR("99999999999999999999999 x");
    CHECK(cord_octet_frame_next(&input, SIZE_MAX, &frame) == CORD_E_LIMIT);
}

static void reads_dates_of_all_forms(void)
{
    static const struct {
        const char *text;
        const char *when;
        size_t len;
    } cases[] = {
        {"May 12 13:24:05 host", "2017-05-12T13:24:05.000Z", 15},
        {"May  2 13:24:05.5 x", "2017-05-02T13:24:05.500Z", 17},
        {"Fri May 12 13:24:05 2017 x", "2017-05-12T13:24:05.000Z", 24},
        {"May 12 2017 01:24:05 PM UTC", "2017-05-12T13:24:05.000Z", 27},
        {"2017 May 12 13:24:05 EDT: x", "2017-05-12T17:24:05.000Z", 24},
        {"2017-05-12T13:24:05.123+02:00 x", "2017-05-12T11:24:05.123Z", 29},
        {"2017-05-12 13:24:05,123 x", "2017-05-12T13:24:05.123Z", 23},
        {"2017/05/12 13:24:05 x", "2017-05-12T13:24:05.000Z", 19},
        {"2017-05-12T13:24Z x", "2017-05-12T13:24:00.000Z", 17},
        {"12/May/2017:13:24:05 -0700] x", "2017-05-12T20:24:05.000Z", 26},
        {"1494595445.123 x", "2017-05-12T13:24:05.123Z", 14},
        {"1494595445123 x", "2017-05-12T13:24:05.123Z", 13},
        {"Nov 30 11:59:59 x", "2017-11-30T11:59:59.000Z", 15}, /* within a day ahead */
        {"Nov 30 12:00:01 x", "2016-11-30T12:00:01.000Z", 15}, /* a second beyond */
        {"Feb 29 00:00:00 x", "2016-02-29T00:00:00.000Z", 15}, /* the last leap year */
    };
    static const char *const none[] = {"",
                                       "x",
                                       "Mai 12 13:24:05",
                                       "May 32 1:1:11",
                                       "12:30:00",
                                       "2017-13-01 00:00:00",
                                       "Feb 30 00:00:00",
                                       "123456789",
                                       "May 12 25:00:00",
                                       "31/Apr/2017:00:00:00"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cord_log_date date;
        char buffer[CORD_TIMESTAMP_TEXT];
        CHECK(cord_log_date_read(cord_str_from(cases[i].text), NOW, &date));
        CHECK_STR_EQ(cord_timestamp_format(date.ns, buffer), cord_str_from(cases[i].when));
        CHECK_U64(date.len, cases[i].len);
    }
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        struct cord_log_date date;
        CHECK(!cord_log_date_read(cord_str_from(none[i]), NOW, &date));
    }
}

static void reads_pairs_of_several_manners(void)
{
    static const struct {
        const char *text;
        const char *pairs;
    } cases[] = {
        {"a=1 b=\"x y\" c='z' d=", "a:1;b:x y;c:z;d:;"},
        {"words a=1, b=2;c=3", "a:1;b:2;c:3;"},
        {"k=a,b c=1,200", "k:a,b;c:1,200;"},
        {"a=b c|d=e|f=g h", "a:b c;d:e;f:g h;"},
        {"q=\"a\\\"b\" r=\"open", "q:a\\\"b;r:open;"},
        {"=x 1=2 -a=3", ""}, /* keys begin with a letter */
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cord_kv kv;
        cord_str key, value;
        bool quoted;
        char out[256];
        size_t len = 0;
        cord_kv_init(&kv, cord_str_from(cases[i].text));
        while (cord_kv_next(&kv, &key, &value, &quoted)) {
            len += (size_t)snprintf(out + len, sizeof out - len, "%.*s:%.*s;", CORD_STR_ARG(key),
                                    CORD_STR_ARG(value));
        }
        CHECK_STR_EQ(((cord_str){out, len}), cord_str_from(cases[i].pairs));
    }
}

static void unescapes_cef_but_not_bare_paths(void)
{
    struct cord_arena *arena = cord_arena_new(1 << 16);
    CHECK_STR(cord_cef_unescape(arena, CORD_STR("a\\=b\\\\c\\|d\\ne")), "a=b\\c|d\ne");
    CHECK_STR(cord_cef_unescape(arena, CORD_STR("C:\\Users\\new")), "C:\\Users\\new");
    CHECK_STR(cord_cef_unescape(arena, CORD_STR("C:\\\\Users")), "C:\\Users");
    CHECK_STR(cord_cef_unescape(arena, CORD_STR("end\\")), "end\\");
    struct cord_cef event;
    CHECK(cord_cef_read(CORD_STR("CEF:0|a|b|c|d"), &event) == CORD_E_FORMAT);
    CHECK(cord_cef_read(CORD_STR("CEF:0|a|b|c|d|e|f"), &event) == CORD_OK);
    CHECK_STR(event.severity, "f");
    CHECK(cord_cef_read(CORD_STR("LEEF:2.0|a|b|c|d|a|b=1"), &event) == CORD_OK);
    CHECK(event.delimiter == 'a');
    cord_arena_free(arena);
}

static void ends_csv_records_outside_of_quotes(void)
{
    CHECK_U64(cord_csv_record(CORD_STR("a,\"b\nc\"\nd"), ',', false), 8);
    CHECK_U64(cord_csv_record(CORD_STR("a,\"b\nc"), ',', false), 0);
    CHECK_U64(cord_csv_record(CORD_STR("a,\"b\nc"), ',', true), 6);
    CHECK_U64(cord_csv_record(CORD_STR("a,b\"\nc"), ',', false), 5);
    CHECK_U64(cord_csv_count(CORD_STR("a,,\"x,y\","), ','), 4);
    CHECK(cord_csv_sniff(CORD_STR("a;b;c,d")) == ';');
    CHECK(cord_csv_sniff(CORD_STR("abc")) == '\0');
}

static void decodes_audit_values_that_are_hexadecimal(void)
{
    struct cord_arena *arena = cord_arena_new(1 << 16);
    CHECK_STR(cord_auditd_decode(arena, CORD_STR("6C73002D6C")), "ls -l");
    CHECK_STR(cord_auditd_decode(arena, CORD_STR("6C7300")), "ls");
    CHECK_STR(cord_auditd_decode(arena, CORD_STR("6C7")), "6C7");
    CHECK_STR(cord_auditd_decode(arena, CORD_STR("(null)")), "(null)");
    CHECK(cord_auditd_is_encoded(CORD_STR("EXECVE"), CORD_STR("a10")));
    CHECK(!cord_auditd_is_encoded(CORD_STR("SYSCALL"), CORD_STR("a1")));
    struct cord_auditd record;
    CHECK(cord_auditd_read(CORD_STR("type=X msg=audit(1.2:3): a=b"), &record) == CORD_OK);
    CHECK_STR(record.id, "1.2:3");
    CHECK(cord_auditd_read(CORD_STR("type=X msg=audit(1.2): a"), &record) == CORD_E_FORMAT);
    CHECK(cord_auditd_read(CORD_STR("type= msg=audit(1.2:3):"), &record) == CORD_E_FORMAT);
    cord_arena_free(arena);
}

KIT_MAIN(KIT_TEST(takes_one_frame_and_leaves_the_rest), KIT_TEST(reads_dates_of_all_forms),
         KIT_TEST(reads_pairs_of_several_manners), KIT_TEST(unescapes_cef_but_not_bare_paths),
         KIT_TEST(ends_csv_records_outside_of_quotes),
         KIT_TEST(decodes_audit_values_that_are_hexadecimal))
