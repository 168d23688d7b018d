/* test_base32.c: the alphabet people type. */
#include "kit/kit.h"

#include "codec/base32.h"

/* RFC 4648 section 10, without padding. */
static const struct {
    const char *bytes;
    const char *text;
} pairs[] = {{"", ""},
             {"f", "MY"},
             {"fo", "MZXQ"},
             {"foo", "MZXW6"},
             {"foob", "MZXW6YQ"},
             {"fooba", "MZXW6YTB"},
             {"foobar", "MZXW6YTBOI"}};

static void encodes_and_decodes_as_the_rfc_does(void)
{
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct cord_buf buf;
        unsigned char bytes[64];
        size_t len = 0;
        cord_buf_init(&buf, 64);
        cord_base32_encode(&buf, cord_str_from(pairs[i].bytes));
        CHECK_STR_EQ(cord_buf_str(&buf), cord_str_from(pairs[i].text));
        CHECK(cord_base32_decode(cord_str_from(pairs[i].text), bytes, &len));
        CHECK_STR_EQ(((cord_str){(const char *)bytes, len}), cord_str_from(pairs[i].bytes));
        cord_buf_done(&buf);
    }
}

static void takes_it_as_people_write_it(void)
{
    unsigned char bytes[64];
    size_t len = 0;
    const char *const same[] = {"MZXW6YTBOI======", "mzxw6ytboi", "MZXW 6YTB OI", "mzxw-6ytb-oi"};
    for (size_t i = 0; i < 4; i++) {
        CHECK(cord_base32_decode(cord_str_from(same[i]), bytes, &len));
        CHECK_STR(((cord_str){(const char *)bytes, len}), "foobar");
    }
}

static void refuses_what_is_none(void)
{
    unsigned char bytes[64];
    size_t len = 7;
    const char *const wrong[] = {"M",   "MZX",       "MZXW6Y", "MZ",       "M1======", "MY=MY",
                                 "MY=", "MY=======", "M0",     "=MY=====", "MY\n",     "M!"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (cord_base32_decode(cord_str_from(wrong[i]), bytes, &len)) {
            fail_msg("%s", wrong[i]);
        }
    }
    CHECK(len == 7);
}

KIT_MAIN(KIT_TEST(encodes_and_decodes_as_the_rfc_does), KIT_TEST(takes_it_as_people_write_it),
         KIT_TEST(refuses_what_is_none))
