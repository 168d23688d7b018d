#include "kit/kit.h"

#include "codec/json_unescape.h"

#include <stdlib.h>

struct row {
    cord_str text;
    cord_str wanted;
};
#define ROW(text, wanted)                                                                          \
    {                                                                                              \
        {(text), sizeof(text) - 1},                                                                \
        {                                                                                          \
            (wanted), sizeof(wanted) - 1                                                           \
        }                                                                                          \
    }

/* An exact buffer, so that the sanitizer sees a byte too many. */
static void check_on_each_level(cord_str text, cord_str wanted)
{
    for (int level = 0; level < CORD_CPU_LEVELS; level++) {
        char *exact = malloc(text.len + 1);
        char *buffer = malloc(text.len > 0 ? text.len : 1);
        assert_non_null(exact);
        assert_non_null(buffer);
        memcpy(exact, text.ptr, text.len);
        size_t len = cord_json_unescape_at_level(cord_cpu_level_at_most((enum cord_cpu_level)level),
                                                 (cord_str){exact, text.len}, buffer);
        CHECK_STR_EQ(((cord_str){buffer, len}), wanted);
        free(exact);
        free(buffer);
    }
}

static const struct row rows[] = {
    ROW("", ""),
    ROW("plain", "plain"),
    ROW("\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t"),
    ROW("C:\\\\Windows\\\\System32\\\\cmd.exe", "C:\\Windows\\System32\\cmd.exe"),
    ROW("\\u0041\\u00e9\\u20ac", "A\xc3\xa9\xe2\x82\xac"),
    ROW("\\ud83d\\ude00", "\xf0\x9f\x98\x80"),
    ROW("\\uD83D\\uDE00!", "\xf0\x9f\x98\x80!"),
    ROW("\\udbff\\udfff", "\xf4\x8f\xbf\xbf"),
    ROW("\\ud83d", "\xef\xbf\xbd"),
    ROW("\\ud83dx", "\xef\xbf\xbdx"),
    ROW("\\ude00\\ud83d", "\xef\xbf\xbd\xef\xbf\xbd"),
    ROW("\\ud83d\\u0041", "\xef\xbf\xbd"
                          "A"),
    ROW("\\ud83d\\ud83d\\ude00", "\xef\xbf\xbd\xf0\x9f\x98\x80"),
    /* No escape sequences: they stay. */
    ROW("\\", "\\"),
    ROW("a\\", "a\\"),
    ROW("\\q\\x41", "\\q\\x41"),
    ROW("\\u", "\\u"),
    ROW("\\u12", "\\u12"),
    ROW("\\u12g4\\n", "\\u12g4\n"),
    ROW("\\ud83d\\u12", "\xef\xbf\xbd\\u12"),
};

static void resolves_escape_sequences(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        check_on_each_level(rows[i].text, rows[i].wanted);
    }
}

/* Each row behind 0 to 140 bytes, and before as many: every place in a block. */
static void does_so_at_any_place(void)
{
    static const char filler[] = "0123456789\\\\abcdefghij\\\"klmnopqr";
    static const char filled[] = "0123456789\\abcdefghij\"klmnopqr";
    char text[512];
    char wanted[512];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t before = 0; before < 140; before++) {
            memset(text, 'x', before);
            memset(wanted, 'x', before);
            size_t text_len = before;
            size_t wanted_len = before;
            memcpy(text + text_len, rows[i].text.ptr, rows[i].text.len);
            memcpy(wanted + wanted_len, rows[i].wanted.ptr, rows[i].wanted.len);
            text_len += rows[i].text.len;
            wanted_len += rows[i].wanted.len;
            /* Not where the row's own end would join what follows. */
            for (int n = 0; n < 4; n++) {
                text[text_len++] = '.';
                wanted[wanted_len++] = '.';
                memcpy(text + text_len, filler, sizeof filler - 1);
                memcpy(wanted + wanted_len, filled, sizeof filled - 1);
                text_len += sizeof filler - 1;
                wanted_len += sizeof filled - 1;
            }
            check_on_each_level((cord_str){text, text_len}, (cord_str){wanted, wanted_len});
        }
    }
}

KIT_MAIN(KIT_TEST(resolves_escape_sequences), KIT_TEST(does_so_at_any_place))
