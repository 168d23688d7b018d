/* test_account_token.c: tokens, grants, second factors and set-up links of accounts. */
#include "kit/kit_accounts.h"

#include "base/timestamp.h"
#include "record/account_factor.h"
#include "record/account_setup.h"
#include "record/account_token.h"

#include <stdio.h>

#define S   CORD_SECOND_NS
#define DAY (86400 * S)

/* --- tokens --- */

static struct cord_account_token token_of(struct kit_accounts *kit, uint64_t account)
{
    return (struct cord_account_token){.account = account,
                                       .name = CORD_STR("figures to the wall"),
                                       .verbs = cord_verbs_of(CORD_VERB_FIGURES_READ),
                                       .organisation = CORD_STR("RXA"),
                                       .ends_ns = kit->now_ns + 30 * DAY};
}

static cord_status check(struct kit_accounts *kit, const char *text,
                         struct cord_identity *ret_identity)
{
    return cord_account_token_check(kit->accounts, cord_str_from(text), kit->arena, ret_identity,
                                    NULL);
}

static void a_token_is_its_account_in_part_and_for_a_time(void)
{
    struct kit_accounts kit;
    struct cord_identity identity;
    char text[CORD_TOKEN_TEXT];
    uint64_t number = 0;
    kit_accounts_init(&kit);
    uint64_t ada = kit_accounts_add(&kit, CORD_STR("ada"));
    (void)kit_accounts_grant(&kit, ada, CORD_ACCOUNT_ROLE_COMMANDER, CORD_SCOPE_NATIONAL,
                             CORD_STR(""));
    const struct cord_account_token token = token_of(&kit, ada);
    CHECK(cord_account_token_add(kit.accounts, &token, &kit_accounts_actor, text, &number, NULL) ==
          CORD_OK);
    CHECK(check(&kit, text, &identity) == CORD_OK);
    CHECK(identity.account == ada && identity.token == number);
    CHECK(identity.rights.limited && identity.rights.second_factor && identity.rights.count == 1);
    CHECK(identity.rights.verbs == cord_verbs_of(CORD_VERB_FIGURES_READ));
    CHECK_STR(identity.rights.only, "RXA");
    CHECK(!kit_accounts_was_told(&kit, text) && kit_accounts_was_told(&kit, "token.add"));
    kit.now_ns += 30 * DAY - 1;
    CHECK(check(&kit, text, &identity) == CORD_OK);
    kit.now_ns += 1;
    CHECK(check(&kit, text, &identity) == CORD_E_NOENT);
    kit_accounts_done(&kit);
}

static void a_token_ends_with_its_account_or_when_revoked(void)
{
    struct kit_accounts kit;
    struct cord_identity identity;
    struct cord_account_token *tokens = NULL;
    char text[CORD_TOKEN_TEXT];
    size_t count = 0;
    uint64_t number = 0;
    kit_accounts_init(&kit);
    uint64_t ada = kit_accounts_add(&kit, CORD_STR("ada"));
    const struct cord_account_token token = token_of(&kit, ada);
    CHECK(cord_account_token_add(kit.accounts, &token, &kit_accounts_actor, text, &number, NULL) ==
          CORD_OK);
    CHECK(cord_account_token_list(kit.accounts, 0, kit.arena, &tokens, &count, NULL) == CORD_OK);
    CHECK(count == 1 && tokens[0].used_ns == CORD_TIME_NONE);
    kit.now_ns += S;
    CHECK(check(&kit, text, &identity) == CORD_OK);
    CHECK(cord_account_token_list(kit.accounts, ada, kit.arena, &tokens, &count, NULL) == CORD_OK);
    CHECK(count == 1 && tokens[0].used_ns == kit.now_ns);
    CHECK_STR(tokens[0].name, "figures to the wall");
    CHECK(cord_accounts_disable(kit.accounts, ada, &kit_accounts_actor, NULL) == CORD_OK);
    CHECK(check(&kit, text, &identity) == CORD_E_NOENT);
    CHECK(cord_accounts_enable(kit.accounts, ada, &kit_accounts_actor, NULL) == CORD_OK);
    CHECK(check(&kit, text, &identity) == CORD_OK);
    CHECK(cord_account_token_revoke(kit.accounts, number, &kit_accounts_actor, NULL) == CORD_OK);
    CHECK(check(&kit, text, &identity) == CORD_E_NOENT);
    CHECK(cord_account_token_revoke(kit.accounts, number, &kit_accounts_actor, NULL) ==
          CORD_E_NOENT);
    CHECK(cord_account_token_revoke(kit.accounts, 99, &kit_accounts_actor, NULL) == CORD_E_NOENT);
    struct cord_account_token one;
    CHECK(cord_account_token_get(kit.accounts, number, kit.arena, &one, NULL) == CORD_OK);
    CHECK(one.revoked_ns == kit.now_ns);
    CHECK(cord_account_token_get(kit.accounts, 99, kit.arena, &one, NULL) == CORD_E_NOENT);
    kit_accounts_done(&kit);
}

static void a_token_without_end_scope_or_name_is_refused(void)
{
    struct kit_accounts kit;
    char text[CORD_TOKEN_TEXT];
    uint64_t number = 0;
    kit_accounts_init(&kit);
    struct cord_account_token wrong[7];
    const char *const members[] = {"name",    "scopes",  "scopes",      "expires",
                                   "expires", "expires", "organisation"};
    for (size_t i = 0; i < 7; i++) {
        wrong[i] = token_of(&kit, kit.now_ns > 0 ? 1 : 0);
    }
    wrong[0].name = CORD_STR("");
    wrong[1].verbs = 0;
    wrong[2].verbs = UINT64_MAX;
    wrong[3].ends_ns = CORD_TIME_NONE;
    wrong[4].ends_ns = kit.now_ns;
    wrong[5].ends_ns = kit.now_ns + 367 * DAY;
    wrong[6].organisation = CORD_STR("R X");
    for (size_t i = 0; i < 7; i++) {
        struct cord_error err = {""};
        CHECK(cord_account_token_add(kit.accounts, &wrong[i], &kit_accounts_actor, text, &number,
                                     &err) == CORD_E_FORMAT);
        CHECK(strncmp(err.text, members[i], strlen(members[i])) == 0);
    }
    const struct cord_account_token nobodys = token_of(&kit, 1);
    CHECK(cord_account_token_add(kit.accounts, &nobodys, &kit_accounts_actor, text, &number,
                                 NULL) == CORD_E_NOENT);
    kit_accounts_done(&kit);
}

static void scopes_are_read_as_they_are_written(void)
{
    cord_verbs verbs = 0;
    struct cord_buf text;
    struct cord_error err = {""};
    cord_buf_init(&text, 4096);
    CHECK(cord_account_token_read_verbs(CORD_STR(" figures.read,claims.read  "), &verbs, NULL) ==
          CORD_OK);
    cord_account_token_write_verbs(verbs, &text);
    CHECK_STR(cord_buf_str(&text), "claims.read figures.read");
    CHECK(cord_account_token_read_verbs(CORD_STR("figure.read"), &verbs, &err) == CORD_E_FORMAT);
    CHECK(strstr(err.text, "figures.read") != NULL);
    CHECK(cord_account_token_read_verbs(CORD_STR(" ,"), &verbs, NULL) == CORD_OK && verbs == 0);
    cord_buf_done(&text);
}

/* --- grants --- */

static void a_grant_is_listed_until_it_is_revoked(void)
{
    struct kit_accounts kit;
    struct cord_account_grants grants = {NULL, NULL, 0};
    kit_accounts_init(&kit);
    uint64_t ada = kit_accounts_add(&kit, CORD_STR("ada"));
    uint64_t bob = kit_accounts_add(&kit, CORD_STR("bob"));
    uint64_t a = kit_accounts_grant(&kit, ada, CORD_ACCOUNT_ROLE_REGIONAL_LEAD, CORD_SCOPE_REGION,
                                    CORD_STR("Y56"));
    (void)kit_accounts_grant(&kit, bob, CORD_ACCOUNT_ROLE_AUDITOR, CORD_SCOPE_NATIONAL,
                             CORD_STR(""));
    CHECK(cord_account_grant_list(kit.accounts, 0, kit.arena, &grants, NULL) == CORD_OK);
    CHECK(grants.count == 2 && grants.accounts[0] == ada && grants.accounts[1] == bob);
    CHECK(grants.items[0].role == CORD_ACCOUNT_ROLE_REGIONAL_LEAD &&
          grants.items[0].scope == CORD_SCOPE_REGION);
    CHECK_STR(grants.items[0].code, "Y56");
    CHECK(cord_account_grant_revoke(kit.accounts, a, &kit_accounts_actor, NULL) == CORD_OK);
    CHECK(cord_account_grant_revoke(kit.accounts, a, &kit_accounts_actor, NULL) == CORD_E_NOENT);
    CHECK(cord_account_grant_revoke(kit.accounts, 99, &kit_accounts_actor, NULL) == CORD_E_NOENT);
    CHECK(cord_account_grant_list(kit.accounts, ada, kit.arena, &grants, NULL) == CORD_OK &&
          grants.count == 0);
    CHECK(kit_accounts_was_told(&kit, "grant.add user:1 user:1 R1H grant 1: regional-lead, "
                                      "region Y56"));
    CHECK(kit_accounts_was_told(&kit, "grant.revoke user:1 user:1 R1H grant 1"));
    kit_accounts_done(&kit);
}

static void a_role_over_what_it_is_not_for_is_refused(void)
{
    struct kit_accounts kit;
    uint64_t number = 0;
    kit_accounts_init(&kit);
    uint64_t ada = kit_accounts_add(&kit, CORD_STR("ada"));
    const struct cord_grant wrong[] = {
        {0, CORD_ACCOUNT_ROLE_NATIONAL_ANALYST, CORD_SCOPE_REGION, CORD_STR("Y56"), 0,
         CORD_TIME_NONE},
        {0, CORD_ACCOUNT_ROLE_SECURITY_LEAD, CORD_SCOPE_NATIONAL, CORD_STR(""), 0, CORD_TIME_NONE},
        {0, CORD_ACCOUNT_ROLE_AUDITOR, CORD_SCOPE_NATIONAL, CORD_STR("Y56"), 0, CORD_TIME_NONE},
        {0, CORD_ACCOUNT_ROLE_AUDITOR, CORD_SCOPE_REGION, CORD_STR(""), 0, CORD_TIME_NONE},
        {0, CORD_ACCOUNT_ROLE_AUDITOR, CORD_SCOPE_REGION, CORD_STR("Y 56"), 0, CORD_TIME_NONE},
        {0, CORD_ACCOUNT_ROLE_AUDITOR, CORD_SCOPE_REGION, CORD_STR("Y56"), 5, 5},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        CHECK(cord_account_grant_add(kit.accounts, ada, &wrong[i], &kit_accounts_actor, &number,
                                     NULL) == CORD_E_FORMAT);
    }
    const struct cord_grant right = {
        0, CORD_ACCOUNT_ROLE_AUDITOR, CORD_SCOPE_REGION, CORD_STR("Y56"), 5, 6};
    CHECK(cord_account_grant_add(kit.accounts, 99, &right, &kit_accounts_actor, &number, NULL) ==
          CORD_E_NOENT);
    kit_accounts_done(&kit);
}

/* --- second factors --- */

struct texts {
    struct cord_buf uri;
    struct cord_buf secret;
};

static cord_status begin(struct kit_accounts *kit, uint64_t account, bool strong,
                         struct texts *texts)
{
    cord_buf_clear(&texts->uri);
    cord_buf_clear(&texts->secret);
    return cord_account_factor_begin(kit->accounts, account, strong, &texts->uri, &texts->secret,
                                     NULL);
}

static cord_status confirm(struct kit_accounts *kit, uint64_t account, cord_str code,
                           const char *session)
{
    struct cord_account_factor_codes codes;
    const struct cord_account_factor_proof proof = {account, code, cord_str_from(session)};
    return cord_account_factor_confirm(kit->accounts, &proof, &kit_accounts_actor, &codes, NULL);
}

static void enrolling_makes_the_session_a_strong_one_and_ends_others(void)
{
    struct kit_accounts kit;
    struct texts texts;
    struct cord_identity identity;
    char code[16];
    kit_accounts_init(&kit);
    cord_buf_init(&texts.uri, 4096);
    cord_buf_init(&texts.secret, 4096);
    uint64_t ada = kit_accounts_add(&kit, CORD_STR("ada"));
    struct cord_sign_in_result here =
        kit_accounts_sign_in(&kit, CORD_STR("ada"), KIT_PASSWORD, CORD_STR(""));
    struct cord_sign_in_result there =
        kit_accounts_sign_in(&kit, CORD_STR("ada"), KIT_PASSWORD, CORD_STR(""));
    CHECK(confirm(&kit, ada, CORD_STR("123456"), here.token) == CORD_E_NOENT);
    CHECK(begin(&kit, ada, false, &texts) == CORD_OK);
    CHECK(cord_str_starts(cord_buf_str(&texts.uri), CORD_STR("otpauth://totp/Cordon:ada?secret=")));
    CHECK(confirm(&kit, ada, CORD_STR("12345"), here.token) == CORD_E_FORMAT);
    CHECK(confirm(&kit, ada, kit_accounts_code(&kit, cord_buf_str(&texts.secret), 0, code),
                  here.token) == CORD_OK);
    CHECK(cord_account_session_check(kit.accounts, cord_str_from(here.token), kit.arena, &identity,
                                     NULL) == CORD_OK);
    CHECK(identity.rights.second_factor);
    CHECK(cord_account_session_check(kit.accounts, cord_str_from(there.token), kit.arena, &identity,
                                     NULL) == CORD_E_NOENT);
    /* Whoever has only the password may not put another in its place. */
    CHECK(begin(&kit, ada, false, &texts) == CORD_E_UNSUPPORTED);
    CHECK(begin(&kit, ada, true, &texts) == CORD_OK);
    /* Until it is confirmed the one before holds. */
    kit.now_ns += 90 * S;
    CHECK(kit_accounts_sign_in(&kit, CORD_STR("ada"), KIT_PASSWORD,
                               kit_accounts_code(&kit, cord_buf_str(&texts.secret), 0, code))
              .outcome == CORD_SIGN_IN_REFUSED);
    CHECK(begin(&kit, 99, true, &texts) == CORD_E_NOENT);
    cord_buf_done(&texts.uri);
    cord_buf_done(&texts.secret);
    kit_accounts_done(&kit);
}

static void each_recovery_code_opens_once(void)
{
    struct kit_accounts kit;
    struct cord_account account;
    struct cord_account_factor_codes codes;
    struct cord_account_factor_codes others;
    kit_accounts_init(&kit);
    uint64_t ada = kit_accounts_add(&kit, CORD_STR("ada"));
    CHECK(cord_account_factor_renew(kit.accounts, ada, &kit_accounts_actor, &codes, NULL) ==
          CORD_E_NOENT);
    (void)kit_accounts_factor(&kit, ada);
    CHECK(cord_account_factor_renew(kit.accounts, ada, &kit_accounts_actor, &codes, NULL) ==
          CORD_OK);
    CHECK(strlen(codes.text[0]) == 19 && strcmp(codes.text[0], codes.text[1]) != 0);
    for (unsigned i = 0; i < 2; i++) {
        CHECK(
            kit_accounts_sign_in(&kit, CORD_STR("ada"), KIT_PASSWORD, cord_str_from(codes.text[0]))
                .outcome == (i == 0 ? CORD_SIGN_IN_DONE : CORD_SIGN_IN_REFUSED));
    }
    /* A wrong password takes none. */
    CHECK(kit_accounts_sign_in(&kit, CORD_STR("ada"), CORD_STR("wrong one"),
                               cord_str_from(codes.text[1]))
              .outcome == CORD_SIGN_IN_REFUSED);
    CHECK(cord_accounts_get(kit.accounts, ada, kit.arena, &account, NULL) == CORD_OK);
    CHECK(account.recovery_codes == 9 && account.has_second_factor);
    CHECK(cord_account_factor_renew(kit.accounts, ada, &kit_accounts_actor, &others, NULL) ==
          CORD_OK);
    CHECK(kit_accounts_sign_in(&kit, CORD_STR("ada"), KIT_PASSWORD, cord_str_from(codes.text[1]))
              .outcome == CORD_SIGN_IN_REFUSED);
    CHECK(kit_accounts_was_told(&kit, "sign_in.done user:1 user:1 R1H by a recovery code"));
    CHECK(!kit_accounts_was_told(&kit, codes.text[0]));
    /* Another account's opens nothing. */
    uint64_t bob = kit_accounts_add(&kit, CORD_STR("bob"));
    (void)kit_accounts_factor(&kit, bob);
    CHECK(kit_accounts_sign_in(&kit, CORD_STR("bob"), KIT_PASSWORD, cord_str_from(others.text[0]))
              .outcome == CORD_SIGN_IN_REFUSED);
    CHECK(cord_account_factor_remove(kit.accounts, ada, &kit_accounts_actor, NULL) == CORD_OK);
    CHECK(cord_account_factor_remove(kit.accounts, ada, &kit_accounts_actor, NULL) == CORD_E_NOENT);
    CHECK(kit_accounts_sign_in(&kit, CORD_STR("ada"), KIT_PASSWORD, CORD_STR("")).outcome ==
          CORD_SIGN_IN_DONE);
    kit_accounts_done(&kit);
}

/* --- set-up links --- */

static const struct cord_account_new first = {
    .login = {"root.of.all", 11}, .name = {"First", 5}, .organisation = {"X26", 3}};

static cord_status use(struct kit_accounts *kit, const char *link, const char *password,
                       uint64_t *ret_account)
{
    const struct cord_account_setup setup = {cord_str_from(link), cord_str_from(password),
                                             CORD_STR("192.0.2.1"), first};
    return cord_account_setup_use(kit->accounts, &setup, ret_account, NULL);
}

static void the_first_link_makes_the_first_administrator_once(void)
{
    struct kit_accounts kit;
    char link[CORD_TOKEN_TEXT];
    char later[CORD_TOKEN_TEXT];
    uint64_t account = 99;
    struct cord_account_grants grants = {NULL, NULL, 0};
    kit_accounts_init(&kit);
    CHECK(cord_account_setup_first(kit.accounts, link, NULL) == CORD_OK);
    CHECK(cord_account_setup_first(kit.accounts, later, NULL) == CORD_OK);
    CHECK(use(&kit, link, "a good password", &account) == CORD_E_NOENT);
    CHECK(cord_account_setup_look(kit.accounts, cord_str_from(later), &account, NULL) == CORD_OK &&
          account == 0);
    CHECK(use(&kit, later, "short", &account) == CORD_E_FORMAT);
    CHECK(use(&kit, later, "root.of.all is my password", &account) == CORD_E_FORMAT);
    CHECK(use(&kit, later, "a good password", &account) == CORD_OK);
    CHECK(use(&kit, later, "a good password", &account) == CORD_E_NOENT);
    CHECK(cord_account_setup_first(kit.accounts, link, NULL) == CORD_E_END);
    CHECK(cord_account_grant_list(kit.accounts, account, kit.arena, &grants, NULL) == CORD_OK);
    CHECK(grants.count == 1 && grants.items[0].role == CORD_ACCOUNT_ROLE_ADMINISTRATOR &&
          grants.items[0].scope == CORD_SCOPE_NATIONAL);
    CHECK(kit_accounts_sign_in(&kit, CORD_STR("root.of.all"), CORD_STR("a good password"),
                               CORD_STR(""))
              .outcome == CORD_SIGN_IN_DONE);
    CHECK(kit_accounts_was_told(&kit, "setup.make system:cordon user:0"));
    CHECK(kit_accounts_was_told(&kit, "setup.use user:1 user:1 X26"));
    kit_accounts_done(&kit);
}

/* A first link that lies about is no way in once there is somebody. */
static void the_first_link_is_no_good_when_there_are_accounts(void)
{
    struct kit_accounts kit;
    char link[CORD_TOKEN_TEXT];
    uint64_t account = 99;
    kit_accounts_init(&kit);
    CHECK(cord_account_setup_first(kit.accounts, link, NULL) == CORD_OK);
    (void)kit_accounts_add(&kit, CORD_STR("ada"));
    CHECK(cord_account_setup_look(kit.accounts, cord_str_from(link), &account, NULL) ==
          CORD_E_NOENT);
    CHECK(use(&kit, link, "a good password", &account) == CORD_E_NOENT);
    kit_accounts_done(&kit);
}

static void a_link_lets_one_choose_a_password_for_a_day(void)
{
    struct kit_accounts kit;
    char link[CORD_TOKEN_TEXT];
    uint64_t account = 0;
    kit_accounts_init(&kit);
    uint64_t ada = kit_accounts_add(&kit, CORD_STR("ada"));
    CHECK(cord_account_setup_make(kit.accounts, 99, &kit_accounts_actor, link, NULL) ==
          CORD_E_NOENT);
    CHECK(cord_account_setup_make(kit.accounts, ada, &kit_accounts_actor, link, NULL) == CORD_OK);
    kit.now_ns += DAY - 1;
    CHECK(use(&kit, link, "a good password", &account) == CORD_OK && account == ada);
    CHECK(kit_accounts_sign_in(&kit, CORD_STR("ada"), CORD_STR("a good password"), CORD_STR(""))
              .outcome == CORD_SIGN_IN_DONE);
    CHECK(cord_account_setup_make(kit.accounts, ada, &kit_accounts_actor, link, NULL) == CORD_OK);
    kit.now_ns += DAY;
    CHECK(use(&kit, link, "a better password", &account) == CORD_E_NOENT);
    CHECK(cord_account_setup_make(kit.accounts, ada, &kit_accounts_actor, link, NULL) == CORD_OK);
    CHECK(cord_accounts_disable(kit.accounts, ada, &kit_accounts_actor, NULL) == CORD_OK);
    CHECK(use(&kit, link, "a better password", &account) == CORD_E_NOENT);
    CHECK(cord_account_setup_make(kit.accounts, ada, &kit_accounts_actor, link, NULL) ==
          CORD_E_NOENT);
    CHECK(use(&kit, "", "a better password", &account) == CORD_E_NOENT);
    kit_accounts_done(&kit);
}

KIT_MAIN(KIT_TEST(a_token_is_its_account_in_part_and_for_a_time),
         KIT_TEST(a_token_ends_with_its_account_or_when_revoked),
         KIT_TEST(a_token_without_end_scope_or_name_is_refused),
         KIT_TEST(scopes_are_read_as_they_are_written),
         KIT_TEST(a_grant_is_listed_until_it_is_revoked),
         KIT_TEST(a_role_over_what_it_is_not_for_is_refused),
         KIT_TEST(enrolling_makes_the_session_a_strong_one_and_ends_others),
         KIT_TEST(each_recovery_code_opens_once),
         KIT_TEST(the_first_link_makes_the_first_administrator_once),
         KIT_TEST(the_first_link_is_no_good_when_there_are_accounts),
         KIT_TEST(a_link_lets_one_choose_a_password_for_a_day))
