/* test_account_seal.c: second factors' secrets are closed with a key of their own. */
#include "kit/kit.h"

#include "kit/kit_accounts.h"

#include "codec/base32.h"
#include "record/account_factor.h"
#include "record/account_seal.h"
#include "record/sql.h"
#include "record/totp.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET CORD_STR("12345678901234567890")
#define OF     CORD_STR("file/17")

static void opens_what_it_closed_and_nothing_else(void)
{
    struct cord_account_seal seal = {.key = {1, 2, 3}, .has = true};
    struct cord_account_seal other = {.key = {1, 2, 4}, .has = true};
    const struct cord_account_seal none = {.has = false};
    unsigned char closed[20 + CORD_ACCOUNT_SEAL_MORE];
    unsigned char again[sizeof closed];
    unsigned char secret[20];
    cord_str text = {(const char *)closed, sizeof closed};
    CHECK(cord_account_seal_close(&seal, OF, SECRET, closed, NULL) == CORD_OK);
    CHECK(cord_account_seal_close(&seal, OF, SECRET, again, NULL) == CORD_OK);
    CHECK(memcmp(closed, again, sizeof closed) != 0);
    CHECK(cord_account_seal_open(&seal, OF, text, secret, NULL) == CORD_OK);
    CHECK_STR_EQ(((cord_str){(const char *)secret, sizeof secret}), SECRET);
    CHECK(cord_account_seal_open(&other, OF, text, secret, NULL) == CORD_E_DAMAGED);
    CHECK(secret[0] == 0 && secret[19] == 0);
    CHECK(cord_account_seal_open(&seal, CORD_STR("file/18"), text, secret, NULL) == CORD_E_DAMAGED);
    CHECK(cord_account_seal_open(&none, OF, text, secret, NULL) == CORD_E_DAMAGED);
    CHECK(cord_account_seal_close(&none, OF, SECRET, again, NULL) == CORD_E_DAMAGED);
    for (size_t i = 0; i < sizeof closed; i++) {
        closed[i] ^= 1;
        CHECK(cord_account_seal_open(&seal, OF, text, secret, NULL) == CORD_E_DAMAGED);
        closed[i] ^= 1;
        CHECK(cord_account_seal_open(&seal, OF, cord_str_slice(text, 0, i), secret, NULL) ==
              CORD_E_DAMAGED);
    }
}

static void its_file_is_the_owners_alone_and_stays(void)
{
    struct kit_accounts kit;
    struct cord_account_seal first = {.has = false};
    struct cord_account_seal second = {.has = false};
    struct stat about;
    char path[128];
    kit_accounts_init(&kit);
    (void)snprintf(path, sizeof path, "%s/" CORD_ACCOUNT_SEAL_FILE, kit.dir);
    CHECK(stat(path, &about) == 0 && (about.st_mode & 0777) == 0600 &&
          about.st_size == CORD_ACCOUNT_SEAL_KEY_BYTES);
    CHECK(cord_account_seal_load(kit.dir, &first, NULL) == CORD_OK);
    kit_accounts_reopen(&kit);
    CHECK(cord_account_seal_load(kit.dir, &second, NULL) == CORD_OK);
    CHECK(memcmp(first.key, second.key, sizeof first.key) == 0);
    CHECK(truncate(path, 31) == 0);
    CHECK(cord_account_seal_load(kit.dir, &first, NULL) == CORD_E_FORMAT);
    kit_accounts_done(&kit);
}

/* What an earlier program left: the secret as it is. */
static void put_open(struct kit_accounts *kit, cord_str secret)
{
    char path[128];
    const struct cord_sql_options options = {.cache_mb = 1};
    struct cord_sql *sql = NULL;
    struct cord_sql_statement *put = NULL;
    (void)snprintf(path, sizeof path, "%s/accounts.sqlite", kit->dir);
    CHECK(cord_sql_open(path, &options, &sql, NULL) == CORD_OK);
    CHECK(cord_sql_prepare(sql, "UPDATE account SET totp_secret = ?1, totp_pending = ?1", &put,
                           NULL) == CORD_OK);
    cord_sql_bind_bytes(put, 1, secret);
    CHECK(cord_sql_run(put, NULL) == CORD_OK);
    cord_sql_free(put);
    CHECK(cord_sql_exec(sql, "DROP INDEX account_organisation; PRAGMA user_version=2", NULL) ==
          CORD_OK);
    cord_sql_close(sql);
    (void)snprintf(path, sizeof path, "%s/" CORD_ACCOUNT_SEAL_FILE, kit->dir);
    CHECK(unlink(path) == 0);
}

static bool holds(const struct kit_accounts *kit, const char *end, cord_str text)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/accounts.sqlite%s", kit->dir, end);
    if (access(path, F_OK) != 0) {
        return false;
    }
    cord_str file = kit_read_file(path);
    bool found = cord_str_find(file, text, 0) != SIZE_MAX;
    free((void *)(uintptr_t)file.ptr);
    return found;
}

static void secrets_of_an_earlier_schema_are_closed(void)
{
    struct kit_accounts kit;
    unsigned char bytes[64];
    size_t len = 0;
    char code[16];
    kit_accounts_init(&kit);
    uint64_t ada = kit_accounts_add(&kit, CORD_STR("ada"));
    cord_str letters = kit_accounts_factor(&kit, ada);
    CHECK(cord_base32_decode(letters, bytes, &len) && len == CORD_TOTP_SECRET_BYTES);
    cord_str secret = {(const char *)bytes, len};
    cord_accounts_close(kit.accounts);
    kit.accounts = NULL;
    CHECK(!holds(&kit, "", secret) && !holds(&kit, "-wal", secret));
    put_open(&kit, secret);
    CHECK(holds(&kit, "", secret) || holds(&kit, "-wal", secret));
    kit_accounts_reopen(&kit);
    CHECK(!holds(&kit, "", secret) && !holds(&kit, "-wal", secret));
    struct cord_sign_in_result result = kit_accounts_sign_in(
        &kit, CORD_STR("ada"), KIT_PASSWORD, kit_accounts_code(&kit, letters, 1, code));
    CHECK(result.outcome == CORD_SIGN_IN_DONE);
    kit_accounts_done(&kit);
}

static void without_its_key_a_secret_opens_nothing_and_can_be_taken_away(void)
{
    struct kit_accounts kit;
    char path[128];
    char code[16];
    struct cord_error err = {""};
    kit_accounts_init(&kit);
    uint64_t ada = kit_accounts_add(&kit, CORD_STR("ada"));
    cord_str letters = kit_accounts_factor(&kit, ada);
    (void)snprintf(path, sizeof path, "%s/" CORD_ACCOUNT_SEAL_FILE, kit.dir);
    CHECK(unlink(path) == 0);
    kit_accounts_reopen(&kit);
    CHECK(access(path, F_OK) != 0);
    const struct cord_sign_in_request sign_in = {.login = CORD_STR("ada"),
                                                 .password = KIT_PASSWORD,
                                                 .code = kit_accounts_code(&kit, letters, 1, code),
                                                 .address = CORD_STR("192.0.2.1")};
    struct cord_sign_in_result result;
    CHECK(cord_account_session_sign_in(kit.accounts, &sign_in, &result, &err) == CORD_E_DAMAGED);
    CHECK(strstr(err.text, "put it back"));
    CHECK(cord_account_factor_remove(kit.accounts, ada, &kit_accounts_actor, &err) == CORD_OK);
    kit_accounts_reopen(&kit);
    CHECK(access(path, F_OK) == 0);
    (void)kit_accounts_factor(&kit, ada);
    kit_accounts_done(&kit);
}

KIT_MAIN(KIT_TEST(opens_what_it_closed_and_nothing_else),
         KIT_TEST(its_file_is_the_owners_alone_and_stays),
         KIT_TEST(secrets_of_an_earlier_schema_are_closed),
         KIT_TEST(without_its_key_a_secret_opens_nothing_and_can_be_taken_away))
