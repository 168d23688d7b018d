/* test_account_session.c: one way in, the same for everybody who may not. */
#include "kit/kit_accounts.h"

#include "base/timestamp.h"
#include "record/account_factor.h"

#include <pthread.h>
#include <stdio.h>

#define S CORD_SECOND_NS

static bool is_in(struct kit_accounts *kit, const char *token)
{
    struct cord_identity identity;
    cord_status status = cord_account_session_check(kit->accounts, cord_str_from(token), kit->arena,
                                                    &identity, NULL);
    CHECK(status == CORD_OK || status == CORD_E_NOENT);
    return status == CORD_OK;
}

static enum cord_sign_in try(struct kit_accounts *kit, const char *login, const char *password)
{
    return kit_accounts_sign_in(kit, cord_str_from(login), cord_str_from(password), CORD_STR(""))
        .outcome;
}

static void a_session_says_who_it_is_and_what_they_may(void)
{
    struct kit_accounts kit;
    struct cord_identity identity;
    kit_accounts_init(&kit);
    uint64_t ada = kit_accounts_add(&kit, CORD_STR("ada"));
    uint64_t grant = kit_accounts_grant(&kit, ada, CORD_ACCOUNT_ROLE_SECURITY_LEAD,
                                        CORD_SCOPE_ORGANISATION, CORD_STR("R1H"));
    struct cord_sign_in_result result =
        kit_accounts_sign_in(&kit, CORD_STR("ADA"), KIT_PASSWORD, CORD_STR(""));
    CHECK(result.outcome == CORD_SIGN_IN_DONE && result.account == ada && !result.second_factor);
    CHECK(result.most_s == 12 * 3600);
    CHECK(cord_account_session_check(kit.accounts, cord_str_from(result.token), kit.arena,
                                     &identity, NULL) == CORD_OK);
    CHECK(identity.account == ada && identity.token == 0);
    CHECK_STR(identity.login, "ada");
    CHECK_STR(identity.rights.organisation, "R1H");
    CHECK(identity.rights.count == 1 && identity.rights.grants[0].number == grant);
    CHECK(!identity.rights.second_factor && !identity.rights.limited);
    CHECK(identity.ends_ns == kit.now_ns + 12 * 3600 * S);
    CHECK(cord_account_session_end(kit.accounts, cord_str_from(result.token), CORD_STR("192.0.2.1"),
                                   NULL) == CORD_OK);
    CHECK(!is_in(&kit, result.token));
    CHECK(cord_account_session_end(kit.accounts, cord_str_from(result.token), CORD_STR("192.0.2.1"),
                                   NULL) == CORD_OK);
    CHECK(kit_accounts_was_told(&kit, "audit.sign_in sign_in.done user:1 user:1 R1H \n"));
    CHECK(kit_accounts_was_told(&kit, "audit.sign_in sign_out user:1 user:1 R1H \n"));
    kit_accounts_done(&kit);
}

static void a_session_ends_when_idle_and_in_any_case(void)
{
    struct kit_accounts kit;
    kit_accounts_init(&kit);
    kit.options.idle_s = 600;
    kit.options.most_s = 3600;
    kit_accounts_reopen(&kit);
    (void)kit_accounts_add(&kit, CORD_STR("ada"));
    struct cord_sign_in_result a =
        kit_accounts_sign_in(&kit, CORD_STR("ada"), KIT_PASSWORD, CORD_STR(""));
    kit.now_ns += 600 * S - 1;
    CHECK(is_in(&kit, a.token));
    kit.now_ns += 600 * S - 1;
    CHECK(is_in(&kit, a.token));
    kit.now_ns += 600 * S;
    CHECK(!is_in(&kit, a.token));
    struct cord_sign_in_result b =
        kit_accounts_sign_in(&kit, CORD_STR("ada"), KIT_PASSWORD, CORD_STR(""));
    for (unsigned i = 0; i < 7; i++) {
        kit.now_ns += 500 * S;
        CHECK(is_in(&kit, b.token));
    }
    kit.now_ns += 100 * S;
    CHECK(!is_in(&kit, b.token));
    kit_accounts_done(&kit);
}

static void no_other_text_is_a_session(void)
{
    struct kit_accounts kit;
    kit_accounts_init(&kit);
    (void)kit_accounts_add(&kit, CORD_STR("ada"));
    struct cord_sign_in_result a =
        kit_accounts_sign_in(&kit, CORD_STR("ada"), KIT_PASSWORD, CORD_STR(""));
    char other[CORD_TOKEN_TEXT];
    memcpy(other, a.token, sizeof other);
    other[0] = other[0] == '0' ? '1' : '0';
    CHECK(is_in(&kit, a.token) && !is_in(&kit, other) && !is_in(&kit, "") &&
          !is_in(&kit, "' OR 1=1"));
    kit_accounts_done(&kit);
}

static void only_so_many_sessions_are_kept_for_one(void)
{
    struct kit_accounts kit;
    kit_accounts_init(&kit);
    (void)kit_accounts_add(&kit, CORD_STR("ada"));
    char first[CORD_TOKEN_TEXT];
    char second[CORD_TOKEN_TEXT];
    for (unsigned i = 0; i < 33; i++) {
        kit.now_ns += S;
        struct cord_sign_in_result result =
            kit_accounts_sign_in(&kit, CORD_STR("ada"), KIT_PASSWORD, CORD_STR(""));
        CHECK(result.outcome == CORD_SIGN_IN_DONE);
        if (i < 2) {
            memcpy(i == 0 ? first : second, result.token, sizeof first);
        }
    }
    CHECK(!is_in(&kit, first) && is_in(&kit, second));
    CHECK(cord_account_session_end_all(kit.accounts, 1, &kit_accounts_actor, NULL) == CORD_OK);
    CHECK(!is_in(&kit, second));
    kit_accounts_done(&kit);
}

/* --- who may not --- */

/* Answers and waits of two logins, tried in the same way. */
static void the_same(struct kit_accounts *kit, const char *a, const char *b, cord_str code)
{
    for (unsigned i = 0; i < 12; i++) {
        struct cord_sign_in_result x =
            kit_accounts_sign_in(kit, cord_str_from(a), CORD_STR("not the password"), code);
        struct cord_sign_in_result y =
            kit_accounts_sign_in(kit, cord_str_from(b), CORD_STR("not the password"), code);
        CHECK(x.outcome == y.outcome && x.wait_s == y.wait_s);
        CHECK(x.outcome != CORD_SIGN_IN_DONE && x.token[0] == '\0' && x.account == 0);
        CHECK((x.outcome == CORD_SIGN_IN_WAIT) == (x.wait_s > 0));
        kit->now_ns += 7 * S;
    }
}

static void who_is_not_there_gets_the_same_answers_and_waits(void)
{
    struct kit_accounts kit;
    kit_accounts_init(&kit);
    kit.options.by_address = (struct cord_lockout_rule){1000, S, S, S};
    kit_accounts_reopen(&kit);
    (void)kit_accounts_add(&kit, CORD_STR("ada"));
    uint64_t off = kit_accounts_add(&kit, CORD_STR("off"));
    CHECK(cord_accounts_disable(kit.accounts, off, &kit_accounts_actor, NULL) == CORD_OK);
    uint64_t two = kit_accounts_add(&kit, CORD_STR("two"));
    (void)kit_accounts_factor(&kit, two);
    the_same(&kit, "ada", "nobody", CORD_STR(""));
    the_same(&kit, "off", "nobody2", CORD_STR(""));
    the_same(&kit, "two", "nobody3", CORD_STR("123456"));
    the_same(&kit, "", "not a login!", CORD_STR("ABCD-EFGH-IJKL-MNOP"));
    CHECK(kit_accounts_was_told(&kit, "sign_in.refused user:0 user:0  no such account"));
    CHECK(!kit_accounts_was_told(&kit, "nobody"));
    kit_accounts_done(&kit);
}

static void waits_grow_and_a_right_answer_ends_them(void)
{
    struct kit_accounts kit;
    kit_accounts_init(&kit);
    kit.options.by_account = (struct cord_lockout_rule){3, 10 * S, 60 * S, 86400 * S};
    kit_accounts_reopen(&kit);
    (void)kit_accounts_add(&kit, CORD_STR("ada"));
    for (unsigned i = 0; i < 3; i++) {
        CHECK(try(&kit, "ada", "wrong one") == CORD_SIGN_IN_REFUSED);
    }
    struct cord_sign_in_result wait =
        kit_accounts_sign_in(&kit, CORD_STR("ada"), KIT_PASSWORD, CORD_STR(""));
    CHECK(wait.outcome == CORD_SIGN_IN_WAIT && wait.wait_s == 10);
    kit.now_ns += 9 * S;
    CHECK(try(&kit, "Ada", "wrong one") == CORD_SIGN_IN_WAIT);
    kit.now_ns += S;
    CHECK(try(&kit, "ada", "wrong one") == CORD_SIGN_IN_REFUSED);
    kit.now_ns += 19 * S;
    CHECK(try(&kit, "ada", "wrong one") == CORD_SIGN_IN_WAIT);
    kit.now_ns += S;
    CHECK(kit_accounts_sign_in(&kit, CORD_STR("ada"), KIT_PASSWORD, CORD_STR("")).outcome ==
          CORD_SIGN_IN_DONE);
    for (unsigned i = 0; i < 3; i++) {
        CHECK(try(&kit, "ada", "wrong one") == CORD_SIGN_IN_REFUSED);
    }
    /* The first one is told, the others are counted. */
    CHECK(kit_accounts_was_told(&kit,
                                "sign_in.wait user:1 user:1 R1H too many wrong for this login"));
    CHECK(kit_accounts_was_told(
        &kit, "sign_in.refused user:1 user:1 R1H password; 2 before were not looked at"));
    CHECK(
        kit_accounts_was_told(&kit, "sign_in.done user:1 user:1 R1H 1 before were not looked at"));
    kit_accounts_done(&kit);
}

static void waits_outlast_a_restart(void)
{
    struct kit_accounts kit;
    kit_accounts_init(&kit);
    (void)kit_accounts_add(&kit, CORD_STR("ada"));
    for (unsigned i = 0; i < 5; i++) {
        CHECK(try(&kit, "ada", "wrong one") == CORD_SIGN_IN_REFUSED);
    }
    kit_accounts_reopen(&kit);
    CHECK(try(&kit, "ada", "wrong one") == CORD_SIGN_IN_WAIT);
    kit_accounts_done(&kit);
}

static enum cord_sign_in try_from(struct kit_accounts *kit, const char *login, const char *address)
{
    const struct cord_sign_in_request request = {.login = cord_str_from(login),
                                                 .password = CORD_STR("wrong one"),
                                                 .address = cord_str_from(address)};
    struct cord_sign_in_result result;
    CHECK(cord_account_session_sign_in(kit->accounts, &request, &result, NULL) == CORD_OK);
    return result.outcome;
}

static void an_address_that_tries_many_names_waits_too(void)
{
    struct kit_accounts kit;
    char login[16];
    kit_accounts_init(&kit);
    for (unsigned i = 0; i < 20; i++) {
        (void)snprintf(login, sizeof login, "u%u", i);
        CHECK(try_from(&kit, login, i % 2 ? "2001:db8:1:2::1" : "2001:db8:1:2:ff::7") ==
              CORD_SIGN_IN_REFUSED);
    }
    CHECK(try_from(&kit, "u20", "2001:db8:1:2:3:4:5:6") == CORD_SIGN_IN_WAIT);
    CHECK(try_from(&kit, "u20", "2001:db8:1:3::1") == CORD_SIGN_IN_REFUSED);
    CHECK(try_from(&kit, "u20", "192.0.2.7") == CORD_SIGN_IN_REFUSED);
    for (unsigned i = 0; i < 19; i++) {
        (void)snprintf(login, sizeof login, "v%u", i);
        CHECK(try_from(&kit, login, "192.0.2.7") == CORD_SIGN_IN_REFUSED);
    }
    CHECK(try_from(&kit, "u21", "::ffff:192.0.2.7") == CORD_SIGN_IN_WAIT);
    CHECK(try_from(&kit, "u21", "192.0.2.8") == CORD_SIGN_IN_REFUSED);
    kit_accounts_done(&kit);
}

/* --- second factor --- */

static void with_a_second_factor_the_password_is_not_enough(void)
{
    struct kit_accounts kit;
    struct cord_identity identity;
    char code[16];
    kit_accounts_init(&kit);
    uint64_t ada = kit_accounts_add(&kit, CORD_STR("ada"));
    cord_str secret = kit_accounts_factor(&kit, ada);
    kit.now_ns += 90 * S;
    CHECK(try(&kit, "ada", "correct horse battery") == CORD_SIGN_IN_REFUSED);
    CHECK(kit_accounts_sign_in(&kit, CORD_STR("ada"), CORD_STR("wrong one"),
                               kit_accounts_code(&kit, secret, 0, code))
              .outcome == CORD_SIGN_IN_REFUSED);
    struct cord_sign_in_result result = kit_accounts_sign_in(
        &kit, CORD_STR("ada"), KIT_PASSWORD, kit_accounts_code(&kit, secret, 0, code));
    CHECK(result.outcome == CORD_SIGN_IN_DONE && result.second_factor);
    CHECK(cord_account_session_check(kit.accounts, cord_str_from(result.token), kit.arena,
                                     &identity, NULL) == CORD_OK);
    CHECK(identity.rights.second_factor);
    /* Once is once, also after a restart. */
    kit_accounts_reopen(&kit);
    CHECK(kit_accounts_sign_in(&kit, CORD_STR("ada"), KIT_PASSWORD, cord_str_from(code)).outcome ==
          CORD_SIGN_IN_REFUSED);
    CHECK(kit_accounts_sign_in(&kit, CORD_STR("ada"), KIT_PASSWORD,
                               kit_accounts_code(&kit, secret, 1, code))
              .outcome == CORD_SIGN_IN_DONE);
    CHECK(kit_accounts_sign_in(&kit, CORD_STR("ada"), KIT_PASSWORD,
                               kit_accounts_code(&kit, secret, 0, code))
              .outcome == CORD_SIGN_IN_REFUSED);
    CHECK(kit_accounts_was_told(&kit, "sign_in.refused user:1 user:1 R1H second factor"));
    kit_accounts_done(&kit);
}

/* --- many at once --- */

enum { THREADS = 8 };

struct guess {
    struct kit_accounts *kit;
    cord_str code;
    enum cord_sign_in outcome;
};

static void *sign_in_once(void *argument)
{
    struct guess *guess = argument;
    const struct cord_sign_in_request request = {.login = CORD_STR("ada"),
                                                 .password = KIT_PASSWORD,
                                                 .code = guess->code,
                                                 .address = CORD_STR("192.0.2.1")};
    struct cord_sign_in_result result = {.outcome = CORD_SIGN_IN_WAIT};
    cord_status status =
        cord_account_session_sign_in(guess->kit->accounts, &request, &result, NULL);
    guess->outcome = result.outcome;
    return status == CORD_OK ? argument : NULL;
}

/* One code, at the same moment from many sides, opens once. */
static void a_code_is_used_once_by_whoever_comes_first(void)
{
    struct kit_accounts kit;
    pthread_t threads[THREADS];
    struct guess guesses[THREADS];
    char code[16];
    size_t in = 0;
    kit_accounts_init(&kit);
    kit.options.by_account = (struct cord_lockout_rule){100, S, S, 86400 * S};
    kit_accounts_reopen(&kit);
    cord_str secret = kit_accounts_factor(&kit, kit_accounts_add(&kit, CORD_STR("ada")));
    kit.now_ns += 90 * S;
    cord_str right = kit_accounts_code(&kit, secret, 0, code);
    for (unsigned i = 0; i < THREADS; i++) {
        guesses[i] = (struct guess){&kit, right, CORD_SIGN_IN_WAIT};
        CHECK(pthread_create(&threads[i], NULL, sign_in_once, &guesses[i]) == 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        void *result = NULL;
        CHECK(pthread_join(threads[i], &result) == 0);
        CHECK(result != NULL);
        in += guesses[i].outcome == CORD_SIGN_IN_DONE ? 1 : 0;
    }
    CHECK_U64(in, 1);
    kit_accounts_done(&kit);
}

/* Guesses at once are no more guesses than one after another. */
static void many_guesses_at_once_are_charged_each(void)
{
    struct kit_accounts kit;
    pthread_t threads[THREADS];
    struct guess guesses[THREADS];
    size_t looked = 0;
    kit_accounts_init(&kit);
    kit.options.by_account = (struct cord_lockout_rule){3, 10 * S, 60 * S, 86400 * S};
    kit_accounts_reopen(&kit);
    (void)kit_accounts_factor(&kit, kit_accounts_add(&kit, CORD_STR("ada")));
    for (unsigned i = 0; i < THREADS; i++) {
        guesses[i] = (struct guess){&kit, CORD_STR("x"), CORD_SIGN_IN_WAIT};
        CHECK(pthread_create(&threads[i], NULL, sign_in_once, &guesses[i]) == 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        void *result = NULL;
        CHECK(pthread_join(threads[i], &result) == 0);
        CHECK(result != NULL);
        looked += guesses[i].outcome == CORD_SIGN_IN_REFUSED ? 1 : 0;
    }
    CHECK_U64(looked, 3);
    kit_accounts_done(&kit);
}

static void a_dearer_hash_replaces_the_cheaper_at_the_next_sign_in(void)
{
    struct kit_accounts kit;
    kit_accounts_init(&kit);
    (void)kit_accounts_add(&kit, CORD_STR("ada"));
    kit.options.password.passes = 2;
    kit_accounts_reopen(&kit);
    for (unsigned i = 0; i < 2; i++) {
        CHECK(try(&kit, "ada", "wrong one") == CORD_SIGN_IN_REFUSED);
        CHECK(try(&kit, "ada", "correct horse battery") == CORD_SIGN_IN_DONE);
    }
    kit_accounts_done(&kit);
}

KIT_MAIN(KIT_TEST(a_session_says_who_it_is_and_what_they_may),
         KIT_TEST(a_session_ends_when_idle_and_in_any_case), KIT_TEST(no_other_text_is_a_session),
         KIT_TEST(only_so_many_sessions_are_kept_for_one),
         KIT_TEST(who_is_not_there_gets_the_same_answers_and_waits),
         KIT_TEST(waits_grow_and_a_right_answer_ends_them), KIT_TEST(waits_outlast_a_restart),
         KIT_TEST(an_address_that_tries_many_names_waits_too),
         KIT_TEST(with_a_second_factor_the_password_is_not_enough),
         KIT_TEST(a_code_is_used_once_by_whoever_comes_first),
         KIT_TEST(many_guesses_at_once_are_charged_each),
         KIT_TEST(a_dearer_hash_replaces_the_cheaper_at_the_next_sign_in))
