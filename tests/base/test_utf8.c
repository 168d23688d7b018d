/* test_utf8.c: decoding, encoding, and what is wrong on purpose. */
#include "base/utf8.h"
#include "kit/kit.h"

static void decodes_both_ends_of_each_length(void)
{
    static const struct {
        const char *text;
        uint32_t code;
    } table[] = {
        {"\x01", 0x01},
        {"\x7f", 0x7f},
        {"\xc2\x80", 0x80},
        {"\xdf\xbf", 0x7ff},
        {"\xe0\xa0\x80", 0x800},
        {"\xed\x9f\xbf", 0xd7ff},
        {"\xee\x80\x80", 0xe000},
        {"\xef\xbf\xbf", 0xffff},
        {"\xf0\x90\x80\x80", 0x10000},
        {"\xf4\x8f\xbf\xbf", 0x10ffff},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        cord_str text = cord_str_from(table[i].text);
        uint32_t code = 0;
        char bytes[CORD_UTF8_BYTES_MAX];
        CHECK_U64(cord_utf8_decode(text, 0, &code), text.len);
        CHECK_U64(code, table[i].code);
        CHECK_STR_EQ(((cord_str){bytes, cord_utf8_encode(code, bytes)}), text);
        CHECK(cord_utf8_is_valid(text));
        CHECK_U64(cord_utf8_count(text), 1);
    }
}

static void takes_wrong_bytes_one_by_one(void)
{
    static const char *const table[] = {
        "\x80",             /* continuation alone */
        "\xc0\x80",         /* long form of NUL */
        "\xc1\xbf",         /* long form */
        "\xe0\x9f\xbf",     /* long form */
        "\xf0\x8f\xbf\xbf", /* long form */
        "\xed\xa0\x80",     /* surrogate */
        "\xf4\x90\x80\x80", /* above U+10FFFF */
        "\xf5\x80\x80\x80",
        "\xff",
        "\xc2",
        "\xe2\x82",
        "\xf0\x9f\x98",
        "\xe2\x28\xa1",
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        cord_str text = cord_str_from(table[i]);
        uint32_t code = 0;
        char bytes[CORD_UTF8_BYTES_MAX];
        CHECK_U64(cord_utf8_decode(text, 0, &code), 1);
        CHECK_U64(code, CORD_UTF8_OPAQUE + (unsigned char)text.ptr[0]);
        CHECK_U64(cord_utf8_encode(code, bytes), 1);
        CHECK(bytes[0] == text.ptr[0]);
        CHECK(!cord_utf8_is_valid(text));
    }
    CHECK_U64(cord_utf8_count(CORD_STR("a\xed\xa0\x80z")), 5);
}

static void finds_the_first_byte_that_is_not_ascii(void)
{
    char text[100];
    memset(text, 'a', sizeof text);
    CHECK_U64(cord_utf8_ascii_prefix((cord_str){text, sizeof text}), sizeof text);
    CHECK_U64(cord_utf8_ascii_prefix(CORD_STR("")), 0);
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = '\xe9';
        CHECK_U64(cord_utf8_ascii_prefix((cord_str){text, sizeof text}), i);
        CHECK(!cord_utf8_is_valid((cord_str){text, sizeof text}));
        CHECK_U64(cord_utf8_count((cord_str){text, sizeof text}), sizeof text);
        text[i] = 'a';
    }
}

static cord_str from_utf16(cord_str utf16, char *room)
{
    return (cord_str){room, cord_utf8_from_utf16le(utf16.ptr, utf16.len / 2, room)};
}

static void converts_utf16_and_mends_lone_surrogates(void)
{
    char room[64];
    CHECK_STR(from_utf16(CORD_STR("a\0b\0c\0d\0e\0"), room), "abcde");
    CHECK_STR(from_utf16(CORD_STR("\xe9\x00\xac\x20"), room), "\xc3\xa9\xe2\x82\xac");
    CHECK_STR(from_utf16(CORD_STR("\x3d\xd8\x00\xde"), room), "\xf0\x9f\x98\x80");
    CHECK_STR(from_utf16(CORD_STR("\x3d\xd8z\0"), room), "\xef\xbf\xbdz");
    CHECK_STR(from_utf16(CORD_STR("\x3d\xd8"), room), "\xef\xbf\xbd");
    CHECK_STR(from_utf16(CORD_STR("\x00\xdez\0"), room), "\xef\xbf\xbdz");
    CHECK_STR(from_utf16(CORD_STR("\x3d\xd8\x3d\xd8\x00\xde"), room),
              "\xef\xbf\xbd\xf0\x9f\x98\x80");
    CHECK_STR(from_utf16(CORD_STR(""), room), "");
}

static void converts_every_code_point_from_utf16(void)
{
    for (uint32_t code = 0; code <= CORD_UTF8_CODE_MAX; code++) {
        uint32_t high = 0xd800 + ((code - 0x10000) >> 10);
        uint32_t low = 0xdc00 + ((code - 0x10000) & 0x3ff);
        const unsigned char wide[4] = {(unsigned char)high, (unsigned char)(high >> 8),
                                       (unsigned char)low, (unsigned char)(low >> 8)};
        const unsigned char narrow[2] = {(unsigned char)code, (unsigned char)(code >> 8)};
        char got[2 * CORD_UTF8_FROM_UTF16_MAX(2)];
        char wanted[CORD_UTF8_BYTES_MAX];
        size_t len = code < 0x10000 ? cord_utf8_from_utf16le(narrow, 1, got)
                                    : cord_utf8_from_utf16le(wide, 2, got);
        CHECK_STR_EQ(((cord_str){got, len}), ((cord_str){wanted, cord_utf8_encode(code, wanted)}));
    }
}

static void appends_to_a_buffer(void)
{
    struct cord_buf buf;
    cord_buf_init(&buf, 64);
    cord_utf8_put(&buf, 0x20ac);
    cord_utf8_put(&buf, CORD_UTF8_OPAQUE + 0xff);
    cord_utf8_put(&buf, 0xd800);
    cord_utf8_put_utf16le(&buf, CORD_STR("o\0k\0!"));
    CHECK_STR(cord_buf_str(&buf), "\xe2\x82\xac\xff\xef\xbf\xbdok\xef\xbf\xbd");
    CHECK(!buf.failed);
    cord_buf_done(&buf);
}

/* 0x9b, as a byte or as U+009B, begins a terminal's commands; U+202E turns what follows round. */
static void what_is_shown_commands_no_terminal(void)
{
    struct cord_buf buf;
    cord_buf_init(&buf, 64);
    CHECK_U64(cord_utf8_put_shown(&buf, CORD_STR("\xc3\xa9\x1b[2J\x9b"
                                                 "1m\xc2\x9b"
                                                 "1m\xe2\x80\xaex\x7f\n\xff")),
              16);
    CHECK_STR_EQ(cord_buf_str(&buf), CORD_STR("\xc3\xa9?[2J?1m?1m?x???"));
    cord_buf_done(&buf);
}

KIT_MAIN(KIT_TEST(what_is_shown_commands_no_terminal), KIT_TEST(decodes_both_ends_of_each_length),
         KIT_TEST(takes_wrong_bytes_one_by_one), KIT_TEST(finds_the_first_byte_that_is_not_ascii),
         KIT_TEST(converts_utf16_and_mends_lone_surrogates),
         KIT_TEST(converts_every_code_point_from_utf16), KIT_TEST(appends_to_a_buffer))
