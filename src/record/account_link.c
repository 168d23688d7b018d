/* account_link.c: see account_link.h. */
#include "record/account_link.h"

#include "record/accounts_internal.h"

#include <openssl/crypto.h>

enum { LINK_S = 3600 };

static bool is_over(const struct cord_accounts *accounts, const struct cord_accounts_link *link)
{
    return link->account == 0 || link->ends_ns <= cord_accounts_now_ns(accounts);
}

cord_status cord_account_link_make(struct cord_accounts *accounts, uint64_t account,
                                   char ret_token[CORD_TOKEN_TEXT], struct cord_error *err)
{
    char token[CORD_TOKEN_TEXT];
    struct cord_accounts_link link = {.account = account};
    if (!accounts->options.links) {
        return cord_error_set(err, CORD_E_UNSUPPORTED, "links that sign in are of exercises only");
    }
    cord_status status = cord_token_make(CORD_TOKEN_LINK, token, &link.hash);
    if (status != CORD_OK) {
        return cord_error_set(err, status, "no link can be made");
    }
    cord_accounts_lock(accounts);
    status = CORD_E_LIMIT;
    link.ends_ns = cord_accounts_now_ns(accounts) + LINK_S * CORD_SECOND_NS;
    for (size_t i = 0; i < CORD_ACCOUNT_LINKS_MAX && status != CORD_OK; i++) {
        if (is_over(accounts, &accounts->links[i])) {
            accounts->links[i] = link;
            status = CORD_OK;
        }
    }
    cord_accounts_unlock(accounts);
    if (status != CORD_OK) {
        return cord_error_set(err, status, "too many links wait to be used");
    }
    memcpy(ret_token, token, sizeof token);
    return CORD_OK;
}

/* With the lock held: whose it is; 0: nobody's. It is gone. */
static uint64_t take(struct cord_accounts *accounts, const struct cord_digest *hash)
{
    for (size_t i = 0; i < CORD_ACCOUNT_LINKS_MAX; i++) {
        struct cord_accounts_link *link = &accounts->links[i];
        if (!is_over(accounts, link) &&
            CRYPTO_memcmp(link->hash.bytes, hash->bytes, CORD_DIGEST_BYTES) == 0) {
            uint64_t account = link->account;
            *link = (struct cord_accounts_link){0};
            return account;
        }
    }
    return 0;
}

static cord_status begin_session(struct cord_accounts *accounts, uint64_t account, cord_str address,
                                 struct cord_sign_in_result *result, struct cord_error *err)
{
    struct cord_sql_statement *row = NULL;
    cord_status status = cord_accounts_one(
        accounts, "SELECT 1 FROM account WHERE number = ? AND disabled_ns IS NULL", &row, NULL,
        CORD_ACCOUNTS_WITH(cord_accounts_id(account)));
    cord_sql_free(row);
    if (status == CORD_OK) {
        status = cord_account_session_put(accounts, account, true, address, result, err);
    }
    if (status == CORD_OK) {
        status = cord_account_audit_sign_in(accounts, "sign_in.done", account, address,
                                            CORD_STR("by a link of the exercise"), err);
    }
    return status;
}

cord_status cord_account_link_use(struct cord_accounts *accounts, cord_str token, cord_str address,
                                  struct cord_sign_in_result *ret_result, struct cord_error *err)
{
    struct cord_digest hash;
    struct cord_sign_in_result result = {.outcome = CORD_SIGN_IN_REFUSED};
    cord_status status = cord_token_read(CORD_TOKEN_LINK, token, &hash);
    if (status != CORD_OK) {
        return status == CORD_E_FORMAT ? CORD_E_NOENT : status;
    }
    status = cord_accounts_begin(accounts, err);
    if (status != CORD_OK) {
        return status;
    }
    uint64_t account = take(accounts, &hash);
    status = account > 0 ? begin_session(accounts, account, address, &result, err) : CORD_E_NOENT;
    status = cord_accounts_end(accounts, status, err);
    if (status == CORD_OK) {
        *ret_result = result;
    }
    return status;
}
