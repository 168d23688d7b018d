/* test_account_link.c: a link signs in once, and only where it is an exercise. */
#include "kit/kit_accounts.h"

#include "base/timestamp.h"
#include "record/account_link.h"

static struct cord_identity identity_of(struct kit_accounts *kit, const char *token)
{
    struct cord_identity identity = {0};
    CHECK(cord_account_session_check(kit->accounts, cord_str_from(token), kit->arena, &identity,
                                     NULL) == CORD_OK);
    return identity;
}

static cord_status use(struct kit_accounts *kit, const char *token,
                       struct cord_sign_in_result *ret_result)
{
    return cord_account_link_use(kit->accounts, cord_str_from(token), CORD_STR("127.0.0.1"),
                                 ret_result, NULL);
}

static void a_live_server_has_no_links(void)
{
    struct kit_accounts kit;
    struct cord_sign_in_result result;
    char token[CORD_TOKEN_TEXT];
    kit_accounts_init(&kit);
    uint64_t ada = kit_accounts_add(&kit, CORD_STR("ada"));
    CHECK(cord_account_link_make(kit.accounts, ada, token, NULL) == CORD_E_UNSUPPORTED);
    CHECK(use(&kit, "link_00", &result) == CORD_E_NOENT);
    kit_accounts_done(&kit);
}

static void a_link_signs_in_once(void)
{
    struct kit_accounts kit;
    struct cord_sign_in_result result = {0};
    char token[CORD_TOKEN_TEXT];
    kit_accounts_init(&kit);
    kit.options.links = true;
    kit_accounts_reopen(&kit);
    uint64_t ada = kit_accounts_add(&kit, CORD_STR("ada"));
    CHECK(cord_account_link_make(kit.accounts, ada, token, NULL) == CORD_OK);
    CHECK(use(&kit, token, &result) == CORD_OK);
    CHECK(result.outcome == CORD_SIGN_IN_DONE && result.account == ada);
    struct cord_identity identity = identity_of(&kit, result.token);
    CHECK(identity.account == ada && identity.rights.second_factor);
    CHECK(kit_accounts_was_told(&kit,
                                "audit.sign_in sign_in.done user:1 user:1 R1H by a link of the "
                                "exercise\n"));
    CHECK(use(&kit, token, &result) == CORD_E_NOENT);
    kit_accounts_done(&kit);
}

static void a_link_ends_and_links_are_few(void)
{
    struct kit_accounts kit;
    struct cord_sign_in_result result = {0};
    char token[CORD_TOKEN_TEXT];
    kit_accounts_init(&kit);
    kit.options.links = true;
    kit_accounts_reopen(&kit);
    uint64_t ada = kit_accounts_add(&kit, CORD_STR("ada"));
    for (size_t i = 0; i < CORD_ACCOUNT_LINKS_MAX; i++) {
        CHECK(cord_account_link_make(kit.accounts, ada, token, NULL) == CORD_OK);
    }
    char further[CORD_TOKEN_TEXT];
    CHECK(cord_account_link_make(kit.accounts, ada, further, NULL) == CORD_E_LIMIT);
    kit.now_ns += 3601 * CORD_SECOND_NS;
    CHECK(use(&kit, token, &result) == CORD_E_NOENT);
    CHECK(cord_account_link_make(kit.accounts, ada, token, NULL) == CORD_OK);
    const struct cord_actor actor = {0, CORD_STR("")};
    CHECK(cord_accounts_disable(kit.accounts, ada, &actor, NULL) == CORD_OK);
    CHECK(use(&kit, token, &result) == CORD_E_NOENT);
    kit_accounts_done(&kit);
}

KIT_MAIN(KIT_TEST(a_live_server_has_no_links), KIT_TEST(a_link_signs_in_once),
         KIT_TEST(a_link_ends_and_links_are_few))
