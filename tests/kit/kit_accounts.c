/* kit_accounts.c: see kit_accounts.h. */
#include "kit/kit_accounts.h"

#include "kit/kit_store.h"

#include "base/timestamp.h"
#include "codec/base32.h"
#include "record/account_factor.h"
#include "record/totp.h"

#include <stdio.h>

const struct cord_actor kit_accounts_actor = {1, {"192.0.2.9", 9}};

static int64_t read_clock(void *self)
{
    const struct kit_accounts *kit = self;
    return kit->now_ns;
}

static cord_status take(void *self, const struct cord_audit_entry *entries, size_t count,
                        struct cord_error *err)
{
    struct kit_accounts *kit = self;
    if (kit->deaf) {
        return cord_error_set(err, CORD_E_LIMIT, "deaf");
    }
    for (size_t i = 0; i < count; i++) {
        const struct cord_audit_entry *entry = &entries[i];
        cord_buf_printf(&kit->told, "%.*s %.*s %.*s %.*s %.*s %.*s\n", CORD_STR_ARG(entry->kind),
                        CORD_STR_ARG(entry->act), CORD_STR_ARG(entry->actor),
                        CORD_STR_ARG(entry->subject), CORD_STR_ARG(entry->organisation),
                        CORD_STR_ARG(entry->detail));
        kit->told_count++;
    }
    return CORD_OK;
}

void kit_accounts_reopen(struct kit_accounts *kit)
{
    cord_accounts_close(kit->accounts);
    kit->accounts = NULL;
    struct cord_error err = {""};
    if (cord_accounts_open(kit->dir, &kit->options, &kit->accounts, &err) != CORD_OK) {
        fail_msg("%s", err.text);
    }
}

void kit_accounts_init(struct kit_accounts *kit)
{
    *kit = (struct kit_accounts){.dir = ""};
    kit_store_dir(kit->dir);
    kit->now_ns = 1494576000 * CORD_SECOND_NS; /* 12 May 2017 */
    kit->arena = cord_arena_new(1 << 22);
    CHECK(kit->arena != NULL);
    cord_buf_init(&kit->told, 1 << 22);
    kit->options = (struct cord_accounts_options){
        .create = true,
        .clock = {read_clock, kit},
        .password = {.memory_kib = 8, .passes = 1},
        .audit = {take, kit},
    };
    kit_accounts_reopen(kit);
}

void kit_accounts_done(struct kit_accounts *kit)
{
    cord_accounts_close(kit->accounts);
    cord_arena_free(kit->arena);
    cord_buf_done(&kit->told);
    kit_store_remove(kit->dir);
}

uint64_t kit_accounts_add(struct kit_accounts *kit, cord_str login)
{
    const struct cord_account_new account = {
        .login = login, .name = CORD_STR("Somebody"), .organisation = CORD_STR("R1H")};
    uint64_t number = 0;
    struct cord_error err = {""};
    if (cord_accounts_add(kit->accounts, &account, &kit_accounts_actor, &number, &err) != CORD_OK) {
        fail_msg("%s", err.text);
    }
    CHECK(cord_accounts_set_password(kit->accounts, number, KIT_PASSWORD, &kit_accounts_actor,
                                     NULL) == CORD_OK);
    return number;
}

uint64_t kit_accounts_grant(struct kit_accounts *kit, uint64_t account, enum cord_account_role role,
                            enum cord_scope scope, cord_str code)
{
    const struct cord_grant grant = {.role = role,
                                     .scope = scope,
                                     .code = code,
                                     .from_ns = kit->now_ns,
                                     .to_ns = CORD_TIME_NONE};
    uint64_t number = 0;
    CHECK(cord_account_grant_add(kit->accounts, account, &grant, &kit_accounts_actor, &number,
                                 NULL) == CORD_OK);
    return number;
}

struct cord_sign_in_result kit_accounts_sign_in(struct kit_accounts *kit, cord_str login,
                                                cord_str password, cord_str code)
{
    const struct cord_sign_in_request request = {
        .login = login, .password = password, .code = code, .address = CORD_STR("192.0.2.1")};
    struct cord_sign_in_result result = {.outcome = CORD_SIGN_IN_WAIT};
    struct cord_error err = {""};
    if (cord_account_session_sign_in(kit->accounts, &request, &result, &err) != CORD_OK) {
        fail_msg("%s", err.text);
    }
    return result;
}

cord_str kit_accounts_code(struct kit_accounts *kit, cord_str secret, int steps, char buffer[16])
{
    const struct cord_totp totp = cord_totp_usual();
    unsigned char bytes[64];
    size_t len = 0;
    uint32_t code = 0;
    CHECK(secret.len < 64 && cord_base32_decode(secret, bytes, &len));
    uint64_t step = (uint64_t)(kit->now_ns / CORD_SECOND_NS / totp.period_s + steps);
    CHECK(cord_totp_code(&totp, (cord_str){(const char *)bytes, len}, step, &code) == CORD_OK);
    int put = snprintf(buffer, 16, "%06u", code);
    return (cord_str){buffer, (size_t)put};
}

cord_str kit_accounts_factor(struct kit_accounts *kit, uint64_t account)
{
    struct cord_buf uri;
    struct cord_buf secret;
    struct cord_account_factor_codes codes;
    char code[16];
    cord_buf_init(&uri, 4096);
    cord_buf_init(&secret, 4096);
    CHECK(cord_account_factor_begin(kit->accounts, account, true, &uri, &secret, NULL) == CORD_OK);
    cord_str copy = cord_arena_copy(kit->arena, cord_buf_str(&secret));
    const struct cord_account_factor_proof proof = {account, kit_accounts_code(kit, copy, 0, code),
                                                    CORD_STR("")};
    CHECK(cord_account_factor_confirm(kit->accounts, &proof, &kit_accounts_actor, &codes, NULL) ==
          CORD_OK);
    cord_buf_done(&uri);
    cord_buf_done(&secret);
    return copy;
}

bool kit_accounts_was_told(const struct kit_accounts *kit, const char *text)
{
    return cord_str_find(cord_buf_str(&kit->told), cord_str_from(text), 0) != SIZE_MAX;
}
