/* test_json_write.c: text as a JSON string. */
#include "kit/kit.h"

#include "codec/json_write.h"

static void writes(cord_str text, cord_str wanted)
{
    struct cord_buf buf;
    cord_buf_init(&buf, 4096);
    cord_json_write_string(&buf, text);
    CHECK(!buf.failed);
    CHECK_STR_EQ(cord_buf_str(&buf), wanted);
    cord_buf_done(&buf);
}

static void escapes_what_must_be(void)
{
    writes(CORD_STR(""), CORD_STR("\"\""));
    writes(CORD_STR("a\"b\\c/d"), CORD_STR("\"a\\\"b\\\\c/d\""));
    writes(CORD_STR("\b\f\n\r\t\x01\0"), CORD_STR("\"\\b\\f\\n\\r\\t\\u0001\\u0000\""));
}

static void keeps_utf8_and_replaces_what_is_none(void)
{
    writes(CORD_STR("h\xc3\xa9"), CORD_STR("\"h\xc3\xa9\""));
    writes(CORD_STR("a\xff"
                    "b\xc3"),
           CORD_STR("\"a\xef\xbf\xbd"
                    "b\xef\xbf\xbd\""));
}

/* Many bytes are looked at together: every byte, at every place among them. */
static void escapes_at_every_place(void)
{
    for (unsigned byte = 0; byte < 256; byte++) {
        for (size_t at = 0; at < 40; at++) {
            char text[40];
            struct cord_buf alone;
            struct cord_buf wanted;
            memset(text, 'x', sizeof text);
            text[at] = (char)byte;
            cord_buf_init(&alone, 64);
            cord_json_write_string(&alone, (cord_str){text + at, 1});
            cord_buf_init(&wanted, 4096);
            cord_buf_put_char(&wanted, '"');
            cord_buf_put(&wanted, (cord_str){text, at});
            cord_buf_put(&wanted, cord_str_slice(cord_buf_str(&alone), 1, alone.len - 2));
            cord_buf_put(&wanted, cord_str_from_byte((cord_str){text, sizeof text}, at + 1));
            cord_buf_put_char(&wanted, '"');
            writes((cord_str){text, sizeof text}, cord_buf_str(&wanted));
            cord_buf_done(&alone);
            cord_buf_done(&wanted);
        }
    }
}

KIT_MAIN(KIT_TEST(escapes_what_must_be), KIT_TEST(escapes_at_every_place),
         KIT_TEST(keeps_utf8_and_replaces_what_is_none))
