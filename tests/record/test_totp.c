/* test_totp.c: RFC 6238 appendix B, RFC 4226 appendix D, and once is once. */
#include "kit/kit.h"

#include "base/timestamp.h"
#include "record/totp.h"

#include <stdio.h>

#define SECRET_20 "12345678901234567890"
#define SECRET_32 SECRET_20 "123456789012"
#define SECRET_64 SECRET_20 SECRET_20 SECRET_20 "1234"

static const struct {
    uint64_t time_s;
    uint32_t sha1, sha256, sha512;
} vectors[] = {
    {59, 94287082, 46119246, 90693936},         {1111111109, 7081804, 68084774, 25091201},
    {1111111111, 14050471, 67062674, 99943326}, {1234567890, 89005924, 91819424, 93441116},
    {2000000000, 69279037, 90698825, 38618901}, {20000000000, 65353130, 77737706, 47863826},
};

static uint32_t code_of(enum cord_totp_hash hash, unsigned digits, cord_str secret, uint64_t step)
{
    const struct cord_totp totp = {hash, digits, 30};
    uint32_t code = 0;
    CHECK(cord_totp_code(&totp, secret, step, &code) == CORD_OK);
    return code;
}

static void gives_the_codes_of_rfc_6238(void)
{
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        uint64_t step = vectors[i].time_s / 30;
        CHECK_U64(code_of(CORD_TOTP_SHA1, 8, CORD_STR(SECRET_20), step), vectors[i].sha1);
        CHECK_U64(code_of(CORD_TOTP_SHA256, 8, CORD_STR(SECRET_32), step), vectors[i].sha256);
        CHECK_U64(code_of(CORD_TOTP_SHA512, 8, CORD_STR(SECRET_64), step), vectors[i].sha512);
    }
}

static void gives_the_codes_of_rfc_4226(void)
{
    static const uint32_t codes[] = {755224, 287082, 359152, 969429, 338314,
                                     254676, 287922, 162583, 399871, 520489};
    for (uint64_t i = 0; i < 10; i++) {
        CHECK_U64(code_of(CORD_TOTP_SHA1, 6, CORD_STR(SECRET_20), i), codes[i]);
    }
}

static bool check(cord_str text, int64_t now_s, int64_t last, int64_t *ret_step)
{
    const struct cord_totp totp = cord_totp_usual();
    CHECK(cord_totp_check(&totp, CORD_STR(SECRET_20), text, now_s * CORD_SECOND_NS, last,
                          ret_step) == CORD_OK);
    return *ret_step >= 0;
}

static void takes_the_step_before_and_after_and_no_other(void)
{
    int64_t step = 0;
    CHECK(check(CORD_STR("969429"), 90, -1, &step) && step == 3);
    CHECK(check(CORD_STR("969429"), 60, -1, &step) && step == 3);
    CHECK(check(CORD_STR("969429"), 149, -1, &step) && step == 3);
    CHECK(!check(CORD_STR("969429"), 59, -1, &step));
    CHECK(!check(CORD_STR("969429"), 150, -1, &step));
    CHECK(step == -1);
    /* At the beginning of time there is no step before. */
    CHECK(check(CORD_STR("755224"), 0, -1, &step) && step == 0);
}

static void takes_no_code_twice_and_none_older(void)
{
    int64_t step = 0;
    CHECK(!check(CORD_STR("969429"), 90, 3, &step));
    CHECK(!check(CORD_STR("969429"), 90, 4, &step));
    CHECK(check(CORD_STR("969429"), 90, 2, &step));
    CHECK(check(CORD_STR("338314"), 90, 3, &step) && step == 4);
}

static void refuses_what_is_no_code(void)
{
    int64_t step = 0;
    const char *const wrong[] = {"",        "96942",  "9694290", "96942x", " 969429",
                                 "969 429", "+69429", "-00001",  "000000"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        CHECK(!check(cord_str_from(wrong[i]), 90, -1, &step));
    }
    CHECK(!check((cord_str){NULL, 0}, 90, -1, &step));
}

static void says_all_to_an_authenticator(void)
{
    const struct cord_totp totp = cord_totp_usual();
    struct cord_buf uri;
    cord_buf_init(&uri, 4096);
    cord_totp_uri(&totp, CORD_STR("Cordon"), CORD_STR("a.b@r1h:x&secret=y"), CORD_STR("foobar"),
                  &uri);
    CHECK_STR(cord_buf_str(&uri),
              "otpauth://totp/Cordon:a.b%40r1h%3Ax%26secret%3Dy?secret=MZXW6YTBOI&issuer=Cordon"
              "&algorithm=SHA1&digits=6&period=30");
    cord_buf_done(&uri);
}

KIT_MAIN(KIT_TEST(gives_the_codes_of_rfc_6238), KIT_TEST(gives_the_codes_of_rfc_4226),
         KIT_TEST(takes_the_step_before_and_after_and_no_other),
         KIT_TEST(takes_no_code_twice_and_none_older), KIT_TEST(refuses_what_is_no_code),
         KIT_TEST(says_all_to_an_authenticator))
