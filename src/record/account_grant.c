/* account_grant.c: see account_grant.h. */
#include "record/account_grant.h"

#include "record/accounts_internal.h"

#include <inttypes.h>
#include <stdio.h>

enum { DETAIL_BYTES = 128 };

static cord_status check(const struct cord_grant *grant, struct cord_error *err)
{
    const struct cord_role_row *role = cord_role_row(grant->role);
    bool national = grant->scope == CORD_SCOPE_NATIONAL;
    if (!(role->scopes & 1U << grant->scope)) {
        return cord_error_set(err, CORD_E_FORMAT, "scope: the role %s is not for %s", role->name,
                              cord_role_scope_name(grant->scope));
    }
    if (national ? grant->code.len > 0 : !cord_accounts_is_code(grant->code)) {
        return cord_error_set(err, CORD_E_FORMAT, "scope: %s",
                              national ? "national has no code"
                                       : "the code of a region or organisation has to be given");
    }
    if (grant->to_ns != CORD_TIME_NONE && grant->to_ns <= grant->from_ns) {
        return cord_error_set(err, CORD_E_FORMAT, "to: the grant ends before it begins");
    }
    return CORD_OK;
}

static cord_str describe(uint64_t number, const struct cord_grant *grant, char buffer[DETAIL_BYTES])
{
    bool national = grant->scope == CORD_SCOPE_NATIONAL;
    int len = snprintf(buffer, DETAIL_BYTES, "grant %" PRIu64 ": %s, %s%s%.*s", number,
                       cord_role_row(grant->role)->name, cord_role_scope_name(grant->scope),
                       national ? "" : " ", CORD_STR_ARG(grant->code));
    return (cord_str){buffer, len > 0 && len < DETAIL_BYTES ? (size_t)len : 0};
}

static cord_status insert(struct cord_accounts *accounts, uint64_t account,
                          const struct cord_grant *grant, const struct cord_actor *actor,
                          uint64_t *ret_number, struct cord_error *err)
{
    char buffer[DETAIL_BYTES];
    cord_status status = cord_accounts_change(
        accounts,
        "INSERT INTO role_grant(account, role, scope, code, from_ns, to_ns, given_ns)"
        " SELECT number, ?, ?, ?, ?, ?, ? FROM account WHERE number = ?",
        err,
        CORD_ACCOUNTS_WITH(cord_accounts_text(cord_str_from(cord_role_row(grant->role)->name)),
                           cord_accounts_text(cord_str_from(cord_role_scope_name(grant->scope))),
                           cord_accounts_text(grant->code.ptr ? grant->code : CORD_STR("")),
                           cord_accounts_int(grant->from_ns), cord_accounts_time(grant->to_ns),
                           cord_accounts_int(cord_accounts_now_ns(accounts)),
                           cord_accounts_id(account)));
    if (status == CORD_OK) {
        status = cord_accounts_last(accounts, ret_number, err);
    }
    if (status == CORD_OK) {
        status = cord_account_audit_change(accounts, actor, "grant.add", account,
                                           describe(*ret_number, grant, buffer), err);
    }
    return status;
}

cord_status cord_account_grant_put(struct cord_accounts *accounts, uint64_t account,
                                   const struct cord_grant *grant, const struct cord_actor *actor,
                                   uint64_t *ret_number, struct cord_error *err)
{
    cord_status status = check(grant, err);
    return status == CORD_OK ? insert(accounts, account, grant, actor, ret_number, err) : status;
}

cord_status cord_account_grant_add(struct cord_accounts *accounts, uint64_t account,
                                   const struct cord_grant *grant, const struct cord_actor *actor,
                                   uint64_t *ret_number, struct cord_error *err)
{
    uint64_t number = 0;
    cord_status status = cord_accounts_begin(accounts, err);
    if (status != CORD_OK) {
        return status;
    }
    status = cord_account_grant_put(accounts, account, grant, actor, &number, err);
    status = cord_accounts_end(accounts, status, err);
    if (status == CORD_OK) {
        *ret_number = number;
    }
    return status;
}

cord_status cord_account_grant_revoke(struct cord_accounts *accounts, uint64_t number,
                                      const struct cord_actor *actor, struct cord_error *err)
{
    static const struct cord_accounts_revocable what = {
        .noun = "grant",
        .verb = "grant.revoke",
        .find = "SELECT account FROM role_grant WHERE number = ?",
        .revoke = "UPDATE role_grant SET revoked_ns = ? WHERE number = ? AND revoked_ns IS NULL",
    };
    return cord_accounts_revoke(accounts, &what, number, actor, err);
}

/* A role that this version does not know grants nothing: it is left out. */
static cord_status read_grant(struct cord_sql_statement *row, struct cord_arena *arena,
                              struct cord_grant *grant, bool *ret_known)
{
    *ret_known = cord_role_find(cord_sql_column_text(row, 2), &grant->role) &&
                 cord_role_scope_find(cord_sql_column_text(row, 3), &grant->scope);
    if (!*ret_known) {
        return CORD_OK;
    }
    grant->number = (uint64_t)cord_sql_column(row, 0);
    grant->from_ns = cord_sql_column(row, 5);
    grant->to_ns = cord_accounts_column_time(row, 6);
    grant->code = cord_arena_copy(arena, cord_sql_column_text(row, 4));
    return grant->code.ptr ? CORD_OK : cord_arena_failure(arena);
}

static cord_status count_grants(struct cord_accounts *accounts, uint64_t account, size_t *ret_count,
                                struct cord_error *err)
{
    struct cord_sql_statement *row = NULL;
    cord_status status = cord_accounts_one(
        accounts,
        "SELECT count(*) FROM role_grant WHERE revoked_ns IS NULL AND (?1 = 0 OR account = ?1)",
        &row, err, CORD_ACCOUNTS_WITH(cord_accounts_id(account)));
    if (status == CORD_OK) {
        *ret_count = (size_t)cord_sql_column(row, 0);
        cord_sql_free(row);
    }
    return status;
}

cord_status cord_account_grant_load(struct cord_accounts *accounts, uint64_t account,
                                    struct cord_arena *arena,
                                    struct cord_account_grants *ret_grants, struct cord_error *err)
{
    struct cord_sql_statement *row = NULL;
    struct cord_account_grants grants = {NULL, NULL, 0};
    size_t most = 0;
    cord_status status = count_grants(accounts, account, &most, err);
    if (status != CORD_OK) {
        return status;
    }
    grants.items = cord_arena_zalloc(arena, most + 1, sizeof *grants.items);
    grants.accounts = cord_arena_zalloc(arena, most + 1, sizeof *grants.accounts);
    if (!grants.items || !grants.accounts) {
        return cord_arena_failure(arena);
    }
    status = cord_accounts_query(
        accounts,
        "SELECT number, account, role, scope, code, from_ns, to_ns FROM role_grant"
        " WHERE revoked_ns IS NULL AND (?1 = 0 OR account = ?1) ORDER BY number",
        &row, err, CORD_ACCOUNTS_WITH(cord_accounts_id(account)));
    while (status == CORD_OK && grants.count < most) {
        bool known = false;
        status = cord_sql_step(row, err);
        if (status == CORD_OK) {
            grants.accounts[grants.count] = (uint64_t)cord_sql_column(row, 1);
            status = read_grant(row, arena, &grants.items[grants.count], &known);
            grants.count += status == CORD_OK && known ? 1 : 0;
        }
    }
    cord_sql_free(row);
    if (status != CORD_OK && status != CORD_E_END) {
        return status;
    }
    *ret_grants = grants;
    return CORD_OK;
}

cord_status cord_account_grant_list(struct cord_accounts *accounts, uint64_t account,
                                    struct cord_arena *arena,
                                    struct cord_account_grants *ret_grants, struct cord_error *err)
{
    cord_accounts_lock(accounts);
    cord_status status = cord_account_grant_load(accounts, account, arena, ret_grants, err);
    cord_accounts_unlock(accounts);
    return status;
}

/* A role that is not known here is left out, and the page is full all the same: no LIMIT. */
#define COLUMNS "SELECT g.number, g.account, g.role, g.scope, g.code, g.from_ns, g.to_ns FROM "
#define HELD    " g.revoked_ns IS NULL AND g.number > ?2 AND ?4 IN (0, g.account) ORDER BY g.number"

static cord_status page_now(struct cord_accounts *accounts, const struct cord_accounts_among *among,
                            struct cord_arena *arena, struct cord_account_grants *grants,
                            struct cord_error *err)
{
    static const struct cord_accounts_listing listing = {
        .all = COLUMNS "role_grant g WHERE" HELD,
        .some = COLUMNS "account a INDEXED BY account_organisation"
                        " CROSS JOIN role_grant g INDEXED BY role_grant_account"
                        " ON g.account = a.number"
                        " WHERE a.organisation IN (SELECT value FROM json_each(?1)) AND" HELD,
    };
    struct cord_sql_statement *row = NULL;
    cord_status status = cord_accounts_rows(accounts, &listing, among, arena, &row, err);
    while (status == CORD_OK && grants->count < among->limit) {
        bool known = false;
        status = cord_sql_step(row, err);
        if (status == CORD_OK) {
            grants->accounts[grants->count] = (uint64_t)cord_sql_column(row, 1);
            status = read_grant(row, arena, &grants->items[grants->count], &known);
            grants->count += status == CORD_OK && known ? 1 : 0;
        }
    }
    cord_accounts_rows_end(accounts, row);
    return status == CORD_E_END ? CORD_OK : status;
}

cord_status cord_account_grant_page(struct cord_accounts *accounts,
                                    const struct cord_accounts_among *among,
                                    struct cord_arena *arena,
                                    struct cord_account_grants *ret_grants, struct cord_error *err)
{
    struct cord_account_grants grants = {
        .items = cord_arena_zalloc(arena, among->limit + 1, sizeof *grants.items),
        .accounts = cord_arena_zalloc(arena, among->limit + 1, sizeof *grants.accounts)};
    if (!grants.items || !grants.accounts) {
        return cord_arena_failure(arena);
    }
    cord_accounts_lock(accounts);
    cord_status status = page_now(accounts, among, arena, &grants, err);
    cord_accounts_unlock(accounts);
    if (status == CORD_OK) {
        *ret_grants = grants;
    }
    return status;
}

cord_status cord_account_grant_get(struct cord_accounts *accounts, uint64_t number,
                                   struct cord_arena *arena, struct cord_grant *ret_grant,
                                   uint64_t *ret_account, struct cord_error *err)
{
    struct cord_sql_statement *row = NULL;
    bool known = false;
    cord_accounts_lock(accounts);
    cord_status status = cord_accounts_one(
        accounts, COLUMNS "role_grant g WHERE g.number = ? AND g.revoked_ns IS NULL", &row, err,
        CORD_ACCOUNTS_WITH(cord_accounts_id(number)));
    if (status == CORD_OK) {
        *ret_account = (uint64_t)cord_sql_column(row, 1);
        status = read_grant(row, arena, ret_grant, &known);
        cord_sql_free(row);
    }
    cord_accounts_unlock(accounts);
    return status == CORD_OK && !known ? cord_error_set(err, CORD_E_NOENT, "there is none such")
                                       : status;
}
