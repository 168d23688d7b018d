/* test_token.c: what is kept of a secret opens nothing; cookies; requests that are forged. */
#include "kit/kit.h"

#include "record/session_cookie.h"
#include "record/token.h"

static void is_read_as_it_was_made_and_as_no_other_kind(void)
{
    for (unsigned kind = 0; kind < 3; kind++) {
        char text[CORD_TOKEN_TEXT];
        struct cord_digest hash;
        struct cord_digest again;
        CHECK(cord_token_make((enum cord_token_kind)kind, text, &hash) == CORD_OK);
        CHECK(cord_token_read((enum cord_token_kind)kind, cord_str_from(text), &again) == CORD_OK);
        CHECK(cord_digest_eq(&hash, &again));
        for (unsigned other = 0; other < 3; other++) {
            CHECK(other == kind || cord_token_read((enum cord_token_kind)other, cord_str_from(text),
                                                   &again) == CORD_E_FORMAT);
        }
    }
}

static void no_two_are_the_same(void)
{
    char a[CORD_TOKEN_TEXT];
    char b[CORD_TOKEN_TEXT];
    struct cord_digest hash;
    CHECK(cord_token_make(CORD_TOKEN_API, a, &hash) == CORD_OK);
    CHECK(cord_token_make(CORD_TOKEN_API, b, &hash) == CORD_OK);
    CHECK(strncmp(a, "cordon_", 7) == 0 && strlen(a) == 71 && strcmp(a, b) != 0);
}

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void refuses_what_is_a_letter_off(void)
{
    struct cord_digest hash;
    const char *const wrong[] = {"",
                                 "cordon_",
                                 "cordon_" HEX "0",
                                 "Cordon_" HEX,
                                 "cordon_ " HEX,
                                 "cordon_0123",
                                 "cordon_0123456789ABCDEF0123456789abcdef0123456789"
                                 "abcdef0123456789abcdef",
                                 HEX};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        CHECK(cord_token_read(CORD_TOKEN_API, cord_str_from(wrong[i]), &hash) == CORD_E_FORMAT);
    }
    CHECK(cord_token_read(CORD_TOKEN_API, CORD_STR("cordon_" HEX), &hash) == CORD_OK);
    CHECK(cord_token_read(CORD_TOKEN_SESSION, (cord_str){NULL, 0}, &hash) == CORD_E_FORMAT);
}

static void writes_a_cookie_for_this_host_alone(void)
{
    struct cord_buf value;
    cord_buf_init(&value, 1024);
    cord_session_cookie_write(CORD_STR("abc"), 3600, &value);
    CHECK_STR(cord_buf_str(&value),
              "__Host-cordon=abc; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=3600");
    cord_buf_clear(&value);
    cord_session_cookie_write(CORD_STR("abc"), 0, &value);
    CHECK_STR(cord_buf_str(&value),
              "__Host-cordon=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");
    cord_buf_done(&value);
}

static void finds_the_token_among_cookies(void)
{
    const struct {
        const char *header;
        cord_status status;
        const char *token;
    } cases[] = {
        {"__Host-cordon=abc", CORD_OK, "abc"},
        {"a=b; __Host-cordon=abc ; c=d", CORD_OK, "abc"},
        {"a=b;__Host-cordon=abc;c", CORD_OK, "abc"},
        {"__Host-cordon=abc; __Host-cordon=abc", CORD_OK, "abc"},
        {"__Host-cordon=abc; __Host-cordon=abd", CORD_E_FORMAT, NULL},
        {"__Host-cordon=", CORD_OK, ""},
        {"__Host-cordon", CORD_E_NOENT, NULL},
        {"x__Host-cordon=abc", CORD_E_NOENT, NULL},
        {"__host-cordon=abc", CORD_E_NOENT, NULL},
        {"a=__Host-cordon=abc", CORD_E_NOENT, NULL},
        {"", CORD_E_NOENT, NULL},
        {";;;=;", CORD_E_NOENT, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cord_str token = CORD_STR("before");
        CHECK(cord_session_cookie_read(cord_str_from(cases[i].header), &token) == cases[i].status);
        CHECK_STR_EQ(token, cord_str_from(cases[i].token ? cases[i].token : "before"));
    }
}

static void knows_what_was_derived_from_a_session(void)
{
    char csrf[CORD_DIGEST_TEXT];
    char other[CORD_DIGEST_TEXT];
    CHECK(cord_session_cookie_csrf(CORD_STR(HEX), csrf) == CORD_OK);
    CHECK(cord_session_cookie_csrf(CORD_STR("x"), other) == CORD_OK);
    CHECK(strcmp(csrf, other) != 0 && strcmp(csrf, HEX) != 0);
    CHECK(cord_session_cookie_csrf_right(CORD_STR(HEX), cord_str_from(csrf)));
    CHECK(!cord_session_cookie_csrf_right(CORD_STR(HEX), cord_str_from(other)));
    CHECK(!cord_session_cookie_csrf_right(CORD_STR(HEX), CORD_STR("")));
    CHECK(!cord_session_cookie_csrf_right(CORD_STR(HEX), (cord_str){csrf, 63}));
}

KIT_MAIN(KIT_TEST(is_read_as_it_was_made_and_as_no_other_kind), KIT_TEST(no_two_are_the_same),
         KIT_TEST(refuses_what_is_a_letter_off), KIT_TEST(writes_a_cookie_for_this_host_alone),
         KIT_TEST(finds_the_token_among_cookies), KIT_TEST(knows_what_was_derived_from_a_session))
