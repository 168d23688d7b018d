/* account_setup.c: see account_setup.h. */
#include "record/account_setup.h"

#include "record/accounts_internal.h"

enum { ARENA_BYTES = 1 << 14 };

static cord_status count_accounts(struct cord_accounts *accounts, int64_t *ret_count,
                                  struct cord_error *err)
{
    struct cord_sql_statement *row = NULL;
    cord_status status =
        cord_accounts_one(accounts, "SELECT count(*) FROM account", &row, err, NULL, 0);
    if (status == CORD_OK) {
        *ret_count = cord_sql_column(row, 0);
        cord_sql_free(row);
    }
    return status;
}

/* `account` 0: the first one's. */
static cord_status put(struct cord_accounts *accounts, uint64_t account,
                       const struct cord_digest *hash, struct cord_error *err)
{
    int64_t now_ns = cord_accounts_now_ns(accounts);
    struct cord_accounts_value owner = cord_accounts_id(account);
    owner.kind = account == 0 ? CORD_ACCOUNTS_NONE : CORD_ACCOUNTS_INT;
    cord_status status =
        cord_accounts_do(accounts, "DELETE FROM setup WHERE account IS ? OR ends_ns <= ?", err,
                         CORD_ACCOUNTS_WITH(owner, cord_accounts_int(now_ns)));
    if (status == CORD_OK) {
        int64_t ends_ns = now_ns + (int64_t)accounts->options.setup_s * CORD_SECOND_NS;
        status = cord_accounts_do(
            accounts, "INSERT INTO setup(hash, account, ends_ns) VALUES (?, ?, ?)", err,
            CORD_ACCOUNTS_WITH(cord_accounts_hash_value(hash), owner, cord_accounts_int(ends_ns)));
    }
    return status;
}

static cord_status make_first(struct cord_accounts *accounts, const struct cord_digest *hash,
                              struct cord_error *err)
{
    const struct cord_actor nobody = {0, CORD_STR("")};
    int64_t count = 0;
    cord_status status = count_accounts(accounts, &count, err);
    if (status == CORD_OK && count > 0) {
        return CORD_E_END;
    }
    if (status == CORD_OK) {
        status = put(accounts, 0, hash, err);
    }
    if (status == CORD_OK) {
        status = cord_account_audit_change(accounts, &nobody, "setup.make", 0,
                                           CORD_STR("for the first administrator"), err);
    }
    return status;
}

static cord_status make(struct cord_accounts *accounts, uint64_t account,
                        const struct cord_digest *hash, const struct cord_actor *actor,
                        struct cord_error *err)
{
    struct cord_sql_statement *row = NULL;
    cord_status status = cord_accounts_one(
        accounts, "SELECT 1 FROM account WHERE number = ? AND disabled_ns IS NULL", &row, err,
        CORD_ACCOUNTS_WITH(cord_accounts_id(account)));
    cord_sql_free(row);
    if (status == CORD_OK) {
        status = put(accounts, account, hash, err);
    }
    if (status == CORD_OK) {
        status =
            cord_account_audit_change(accounts, actor, "setup.make", account, CORD_STR(""), err);
    }
    return status;
}

static cord_status make_link(struct cord_accounts *accounts, uint64_t account,
                             const struct cord_actor *actor, char ret_token[CORD_TOKEN_TEXT],
                             struct cord_error *err)
{
    char token[CORD_TOKEN_TEXT];
    struct cord_digest hash;
    cord_status status = cord_token_make(CORD_TOKEN_SETUP, token, &hash);
    if (status == CORD_OK) {
        status = cord_accounts_begin(accounts, err);
    }
    if (status != CORD_OK) {
        return status;
    }
    status = actor ? make(accounts, account, &hash, actor, err) : make_first(accounts, &hash, err);
    status = cord_accounts_end(accounts, status, err);
    if (status == CORD_OK) {
        memcpy(ret_token, token, sizeof token);
    }
    return status;
}

cord_status cord_account_setup_first(struct cord_accounts *accounts,
                                     char ret_token[CORD_TOKEN_TEXT], struct cord_error *err)
{
    return make_link(accounts, 0, NULL, ret_token, err);
}

cord_status cord_account_setup_make(struct cord_accounts *accounts, uint64_t account,
                                    const struct cord_actor *actor, char ret_token[CORD_TOKEN_TEXT],
                                    struct cord_error *err)
{
    return make_link(accounts, account, actor, ret_token, err);
}

/* --- following it --- */

/* Of a link that is good. */
static cord_status look(struct cord_accounts *accounts, const struct cord_digest *hash,
                        uint64_t *ret_account, struct cord_error *err)
{
    struct cord_sql_statement *row = NULL;
    cord_status status =
        cord_accounts_one(accounts,
                          "SELECT coalesce(account, 0) FROM setup WHERE hash = ? AND ends_ns > ?"
                          " AND (account IS NOT NULL OR NOT EXISTS (SELECT 1 FROM account))",
                          &row, NULL,
                          CORD_ACCOUNTS_WITH(cord_accounts_hash_value(hash),
                                             cord_accounts_int(cord_accounts_now_ns(accounts))));
    if (status == CORD_OK) {
        *ret_account = (uint64_t)cord_sql_column(row, 0);
        cord_sql_free(row);
    }
    return status == CORD_OK
               ? CORD_OK
               : cord_error_set(err, status, "the link was used already, or is too old");
}

static cord_status read_link(cord_str token, struct cord_digest *ret_hash, struct cord_error *err)
{
    cord_status status = cord_token_read(CORD_TOKEN_SETUP, token, ret_hash);
    return status == CORD_E_FORMAT ? cord_error_set(err, CORD_E_NOENT, "this is no set-up link")
                                   : status;
}

cord_status cord_account_setup_look(struct cord_accounts *accounts, cord_str token,
                                    uint64_t *ret_account, struct cord_error *err)
{
    struct cord_digest hash;
    cord_status status = read_link(token, &hash, err);
    if (status == CORD_OK) {
        cord_accounts_lock(accounts);
        status = look(accounts, &hash, ret_account, err);
        cord_accounts_unlock(accounts);
    }
    return status;
}

static cord_status make_administrator(struct cord_accounts *accounts, uint64_t account,
                                      const struct cord_actor *actor, struct cord_error *err)
{
    uint64_t number = 0;
    const struct cord_grant grant = {.role = CORD_ACCOUNT_ROLE_ADMINISTRATOR,
                                     .scope = CORD_SCOPE_NATIONAL,
                                     .code = CORD_STR(""),
                                     .from_ns = cord_accounts_now_ns(accounts),
                                     .to_ns = CORD_TIME_NONE};
    return cord_account_grant_put(accounts, account, &grant, actor, &number, err);
}

struct use {
    struct cord_accounts *accounts;
    struct cord_digest link;
    const struct cord_account_setup *setup;
    char password[CORD_PASSWORD_TEXT];
};

static cord_status use_it(const struct use *use, uint64_t *ret_account, struct cord_error *err)
{
    struct cord_accounts *accounts = use->accounts;
    struct cord_actor actor = {0, use->setup->address};
    uint64_t account = 0;
    /* Again: another may have followed it while the password was hashed. */
    cord_status status = look(accounts, &use->link, &account, err);
    bool first = account == 0;
    if (status == CORD_OK && first) {
        status = cord_accounts_insert(accounts, &use->setup->account, &actor, &account, err);
    }
    actor.account = account;
    if (status == CORD_OK && first) {
        status = make_administrator(accounts, account, &actor, err);
    }
    if (status == CORD_OK) {
        status = cord_accounts_put_password(accounts, account, cord_str_from(use->password), &actor,
                                            err);
    }
    if (status == CORD_OK) {
        status = cord_accounts_do(accounts, "DELETE FROM setup WHERE hash = ? OR account IS NULL",
                                  err, CORD_ACCOUNTS_WITH(cord_accounts_hash_value(&use->link)));
    }
    if (status == CORD_OK) {
        status =
            cord_account_audit_change(accounts, &actor, "setup.use", account, CORD_STR(""), err);
    }
    *ret_account = account;
    return status;
}

/* A password is hashed only for whoever has a good link. */
static cord_status prepare(struct use *use, struct cord_error *err)
{
    const struct cord_account_setup *setup = use->setup;
    uint64_t number = 0;
    struct cord_account known = {.login = setup->account.login};
    struct cord_arena *arena = cord_arena_new(ARENA_BYTES);
    cord_status status = arena ? read_link(setup->token, &use->link, err) : CORD_E_NOMEM;
    if (status == CORD_OK) {
        status = cord_account_setup_look(use->accounts, setup->token, &number, err);
    }
    if (status == CORD_OK && number > 0) {
        status = cord_accounts_get(use->accounts, number, arena, &known, err);
    }
    if (status == CORD_OK) {
        status =
            cord_accounts_hash(use->accounts, setup->password, known.login, use->password, err);
    }
    cord_arena_free(arena);
    return status;
}

cord_status cord_account_setup_use(struct cord_accounts *accounts,
                                   const struct cord_account_setup *setup, uint64_t *ret_account,
                                   struct cord_error *err)
{
    struct use use = {.accounts = accounts, .setup = setup};
    uint64_t number = 0;
    cord_status status = prepare(&use, err);
    if (status == CORD_OK) {
        status = cord_accounts_begin(accounts, err);
    }
    if (status != CORD_OK) {
        return status;
    }
    status = cord_accounts_end(accounts, use_it(&use, &number, err), err);
    if (status == CORD_OK) {
        *ret_account = number;
    }
    return status;
}
