/* account_session.c: sessions: see account_session.h. */
#include "record/account_session.h"

#include "record/accounts_internal.h"

enum { SESSIONS_MAX = 32, USED_EVERY_S = 60 };

static int64_t before_ns(const struct cord_accounts *accounts, uint32_t seconds)
{
    return cord_accounts_now_ns(accounts) - (int64_t)seconds * CORD_SECOND_NS;
}

/* Those that are over, and the oldest when there are too many. */
static cord_status sweep(struct cord_accounts *accounts, uint64_t account, struct cord_error *err)
{
    cord_status status = cord_accounts_do(
        accounts, "DELETE FROM session WHERE used_ns <= ? OR created_ns <= ?", err,
        CORD_ACCOUNTS_WITH(cord_accounts_int(before_ns(accounts, accounts->options.idle_s)),
                           cord_accounts_int(before_ns(accounts, accounts->options.most_s))));
    if (status == CORD_OK) {
        status = cord_accounts_do(
            accounts,
            "DELETE FROM session WHERE hash IN (SELECT hash FROM session WHERE account = ?"
            " ORDER BY used_ns DESC LIMIT -1 OFFSET ?)",
            err,
            CORD_ACCOUNTS_WITH(cord_accounts_id(account), cord_accounts_int(SESSIONS_MAX - 1)));
    }
    return status;
}

cord_status cord_account_session_put(struct cord_accounts *accounts, uint64_t account,
                                     bool second_factor, cord_str address,
                                     struct cord_sign_in_result *result, struct cord_error *err)
{
    struct cord_digest hash;
    int64_t now_ns = cord_accounts_now_ns(accounts);
    cord_status status = cord_token_make(CORD_TOKEN_SESSION, result->token, &hash);
    if (status == CORD_OK) {
        status = sweep(accounts, account, err);
    }
    if (status == CORD_OK) {
        status = cord_accounts_do(
            accounts,
            "INSERT INTO session(hash, account, created_ns, used_ns, second_factor, address)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            err,
            CORD_ACCOUNTS_WITH(cord_accounts_hash_value(&hash), cord_accounts_id(account),
                               cord_accounts_int(now_ns), cord_accounts_int(now_ns),
                               cord_accounts_int(second_factor ? 1 : 0),
                               cord_accounts_text(address.ptr ? address : CORD_STR(""))));
    }
    if (status == CORD_OK) {
        status = cord_accounts_change(
            accounts, "UPDATE account SET signed_in_ns = ? WHERE number = ?", err,
            CORD_ACCOUNTS_WITH(cord_accounts_int(now_ns), cord_accounts_id(account)));
    }
    result->outcome = CORD_SIGN_IN_DONE;
    result->most_s = accounts->options.most_s;
    result->account = account;
    result->second_factor = second_factor;
    return status;
}

cord_status cord_account_session_identity(struct cord_accounts *accounts,
                                          struct cord_sql_statement *row, int column,
                                          struct cord_arena *arena,
                                          struct cord_identity *ret_identity,
                                          struct cord_error *err)
{
    struct cord_identity identity = {.account = (uint64_t)cord_sql_column(row, column)};
    struct cord_account_grants grants = {NULL, NULL, 0};
    identity.login = cord_arena_copy(arena, cord_sql_column_text(row, column + 1));
    identity.name = cord_arena_copy(arena, cord_sql_column_text(row, column + 2));
    identity.rights.organisation = cord_arena_copy(arena, cord_sql_column_text(row, column + 3));
    if (!identity.login.ptr || !identity.name.ptr || !identity.rights.organisation.ptr) {
        return cord_arena_failure(arena);
    }
    identity.rights.account = identity.account;
    cord_status status = cord_account_grant_load(accounts, identity.account, arena, &grants, err);
    identity.rights.grants = grants.items;
    identity.rights.count = grants.count;
    if (status == CORD_OK) {
        *ret_identity = identity;
    }
    return status;
}

/* That it cannot be noted, on a disk that is full, ends no session before its time. */
static void touch(struct cord_accounts *accounts, const struct cord_digest *hash)
{
    (void)!cord_accounts_do(accounts, "UPDATE session SET used_ns = ? WHERE hash = ?", NULL,
                            CORD_ACCOUNTS_WITH(cord_accounts_int(cord_accounts_now_ns(accounts)),
                                               cord_accounts_hash_value(hash)));
}

static cord_status check(struct cord_accounts *accounts, const struct cord_digest *hash,
                         struct cord_arena *arena, struct cord_identity *ret_identity,
                         struct cord_error *err)
{
    struct cord_sql_statement *row = NULL;
    cord_status status = cord_accounts_one(
        accounts,
        "SELECT s.second_factor, s.created_ns, s.used_ns, a.number, a.login, a.name, a.organisation"
        " FROM session s JOIN account a ON a.number = s.account"
        " WHERE s.hash = ? AND s.used_ns > ? AND s.created_ns > ? AND a.disabled_ns IS NULL",
        &row, err,
        CORD_ACCOUNTS_WITH(cord_accounts_hash_value(hash),
                           cord_accounts_int(before_ns(accounts, accounts->options.idle_s)),
                           cord_accounts_int(before_ns(accounts, accounts->options.most_s))));
    if (status != CORD_OK) {
        return status;
    }
    bool second_factor = cord_sql_column(row, 0) != 0;
    int64_t created_ns = cord_sql_column(row, 1);
    int64_t used_ns = cord_sql_column(row, 2);
    status = cord_account_session_identity(accounts, row, 3, arena, ret_identity, err);
    cord_sql_free(row);
    if (status == CORD_OK) {
        ret_identity->rights.second_factor = second_factor;
        ret_identity->ends_ns = created_ns + (int64_t)accounts->options.most_s * CORD_SECOND_NS;
    }
    /* Not each time: it is a write. */
    if (status == CORD_OK && used_ns <= before_ns(accounts, USED_EVERY_S)) {
        touch(accounts, hash);
    }
    return status;
}

cord_status cord_account_session_check(struct cord_accounts *accounts, cord_str token,
                                       struct cord_arena *arena, struct cord_identity *ret_identity,
                                       struct cord_error *err)
{
    struct cord_digest hash;
    cord_status status = cord_token_read(CORD_TOKEN_SESSION, token, &hash);
    if (status != CORD_OK) {
        return status == CORD_E_FORMAT ? CORD_E_NOENT : status;
    }
    cord_accounts_lock(accounts);
    status = check(accounts, &hash, arena, ret_identity, err);
    cord_accounts_unlock(accounts);
    return status;
}

static cord_status end_it(struct cord_accounts *accounts, const struct cord_digest *hash,
                          cord_str address, struct cord_error *err)
{
    struct cord_sql_statement *row = NULL;
    cord_status status =
        cord_accounts_one(accounts, "SELECT account FROM session WHERE hash = ?", &row, err,
                          CORD_ACCOUNTS_WITH(cord_accounts_hash_value(hash)));
    if (status != CORD_OK) {
        return status == CORD_E_NOENT ? CORD_OK : status;
    }
    uint64_t account = (uint64_t)cord_sql_column(row, 0);
    cord_sql_free(row);
    status = cord_accounts_do(accounts, "DELETE FROM session WHERE hash = ?", err,
                              CORD_ACCOUNTS_WITH(cord_accounts_hash_value(hash)));
    if (status == CORD_OK) {
        status =
            cord_account_audit_sign_in(accounts, "sign_out", account, address, CORD_STR(""), err);
    }
    return status;
}

cord_status cord_account_session_end(struct cord_accounts *accounts, cord_str token,
                                     cord_str address, struct cord_error *err)
{
    struct cord_digest hash;
    cord_status status = cord_token_read(CORD_TOKEN_SESSION, token, &hash);
    if (status != CORD_OK) {
        return status == CORD_E_FORMAT ? CORD_OK : status;
    }
    status = cord_accounts_begin(accounts, err);
    if (status != CORD_OK) {
        return status;
    }
    return cord_accounts_end(accounts, end_it(accounts, &hash, address, err), err);
}

cord_status cord_account_session_end_all(struct cord_accounts *accounts, uint64_t account,
                                         const struct cord_actor *actor, struct cord_error *err)
{
    cord_status status = cord_accounts_begin(accounts, err);
    if (status != CORD_OK) {
        return status;
    }
    status = cord_accounts_do(accounts, "DELETE FROM session WHERE account = ?", err,
                              CORD_ACCOUNTS_WITH(cord_accounts_id(account)));
    if (status == CORD_OK) {
        status =
            cord_account_audit_change(accounts, actor, "session.end", account, CORD_STR(""), err);
    }
    return cord_accounts_end(accounts, status, err);
}
