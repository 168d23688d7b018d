/* test_base64.c: RFC 4648's examples, both ways. */
#include "codec/base64.h"

#include "kit/kit.h"

static const char *const pairs[][2] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\xfb\xff", "+/8="},
};

static void encodes_and_decodes(void)
{
    for (size_t at = 0; at < sizeof pairs / sizeof *pairs; at++) {
        struct cord_buf buf;
        char bytes[16];
        size_t len = 0;
        cord_buf_init(&buf, 64);
        cord_base64_encode(&buf, cord_str_from(pairs[at][0]));
        CHECK_STR_EQ(cord_buf_str(&buf), cord_str_from(pairs[at][1]));
        CHECK(cord_base64_decode(cord_str_from(pairs[at][1]), bytes, &len));
        CHECK_STR_EQ(((cord_str){bytes, len}), cord_str_from(pairs[at][0]));
        cord_buf_done(&buf);
    }
}

static void takes_urls_letters_and_no_padding(void)
{
    char bytes[16];
    size_t len = 0;
    CHECK(cord_base64_decode(CORD_STR("-_8"), bytes, &len));
    CHECK_STR(((cord_str){bytes, len}), "\xfb\xff");
}

static void refuses_what_is_none(void)
{
    char bytes[16];
    size_t len = 0;
    CHECK(!cord_base64_decode(CORD_STR("Zg=a"), bytes, &len));
    CHECK(!cord_base64_decode(CORD_STR("Z"), bytes, &len));
    CHECK(!cord_base64_decode(CORD_STR("Zm 9v"), bytes, &len));
}

KIT_MAIN(KIT_TEST(encodes_and_decodes), KIT_TEST(takes_urls_letters_and_no_padding),
         KIT_TEST(refuses_what_is_none))
