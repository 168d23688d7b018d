/* accounts_change.c: accounts are added, disabled, given a password: see accounts.h. */
#include "record/accounts_internal.h"

#include "base/utf8.h"

#include <inttypes.h>
#include <stdio.h>

/* --- what may be in an account --- */

bool cord_accounts_is_text(cord_str text, size_t most)
{
    if (text.len == 0 || text.len > most || !cord_utf8_is_valid(text)) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

static bool is_alphanumeric(char c)
{
    char small = cord_str_lower_char(c);
    return (small >= 'a' && small <= 'z') || cord_str_is_digit(c);
}

bool cord_accounts_is_code(cord_str code)
{
    for (size_t i = 0; i < code.len; i++) {
        if (!is_alphanumeric(code.ptr[i]) && code.ptr[i] != '-' && code.ptr[i] != '.') {
            return false;
        }
    }
    return code.len > 0 && code.len <= CORD_ACCOUNTS_CODE_MAX;
}

bool cord_accounts_login(cord_str login, char buffer[CORD_ACCOUNTS_LOGIN_MAX], cord_str *ret_login)
{
    if (login.len == 0 || login.len > CORD_ACCOUNTS_LOGIN_MAX) {
        return false;
    }
    for (size_t i = 0; i < login.len; i++) {
        char c = cord_str_lower_char(login.ptr[i]);
        if (!is_alphanumeric(c) && (c == '\0' || !strchr("._@+-", c))) {
            return false;
        }
        buffer[i] = c;
    }
    *ret_login = (cord_str){buffer, login.len};
    return true;
}

static cord_status refuse(struct cord_error *err, const char *why)
{
    return cord_error_set(err, CORD_E_FORMAT, "%s", why);
}

static cord_status check_new(const struct cord_account_new *account, struct cord_error *err)
{
    if (!cord_accounts_is_text(account->name, CORD_ACCOUNTS_NAME_MAX)) {
        return refuse(err, "name: 1 to 128 bytes of text");
    }
    if (!cord_accounts_is_code(account->organisation)) {
        return refuse(err, "organisation: the code of the organisation the person belongs to: "
                           "letters, digits, '-' and '.', at most 32");
    }
    bool here = account->issuer.len == 0 && account->subject.len == 0;
    if (!here && (!cord_accounts_is_text(account->issuer, 512) ||
                  !cord_accounts_is_text(account->subject, 255))) {
        return refuse(err, "issuer, subject: both, or neither");
    }
    return CORD_OK;
}

/* --- changes --- */

static cord_status is_taken(struct cord_accounts *accounts, cord_str login,
                            const struct cord_account_new *account, struct cord_error *err)
{
    const cord_str none = {NULL, 0};
    struct cord_sql_statement *row = NULL;
    bool here = account->issuer.len == 0;
    cord_status status = cord_accounts_one(
        accounts, "SELECT 1 FROM account WHERE login = ? OR (issuer = ? AND subject = ?)", &row,
        NULL,
        CORD_ACCOUNTS_WITH(cord_accounts_text(login),
                           cord_accounts_text(here ? none : account->issuer),
                           cord_accounts_text(here ? none : account->subject)));
    cord_sql_free(row);
    if (status == CORD_OK) {
        return refuse(err,
                      "login: there is an account of that name, or of that issuer and subject");
    }
    return status == CORD_E_NOENT ? CORD_OK
                                  : cord_error_set(err, status, "the accounts cannot be read");
}

cord_status cord_accounts_insert(struct cord_accounts *accounts,
                                 const struct cord_account_new *account,
                                 const struct cord_actor *actor, uint64_t *ret_number,
                                 struct cord_error *err)
{
    char buffer[CORD_ACCOUNTS_LOGIN_MAX];
    cord_str login = {NULL, 0};
    const cord_str none = {NULL, 0};
    bool here = account->issuer.len == 0;
    cord_status status = check_new(account, err);
    if (status == CORD_OK && !cord_accounts_login(account->login, buffer, &login)) {
        status = refuse(err, "login: 1 to 64 of a-z, 0-9 and . _ @ + -");
    }
    if (status != CORD_OK) {
        return status;
    }
    status = is_taken(accounts, login, account, err);
    if (status != CORD_OK) {
        return status;
    }
    status = cord_accounts_do(
        accounts,
        "INSERT INTO account(login, name, organisation, issuer, subject, created_ns)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        err,
        CORD_ACCOUNTS_WITH(cord_accounts_text(login), cord_accounts_text(account->name),
                           cord_accounts_text(account->organisation),
                           cord_accounts_text(here ? none : account->issuer),
                           cord_accounts_text(here ? none : account->subject),
                           cord_accounts_int(cord_accounts_now_ns(accounts))));
    if (status == CORD_OK) {
        status = cord_accounts_last(accounts, ret_number, err);
    }
    if (status == CORD_OK) {
        status = cord_account_audit_change(accounts, actor, "account.add", *ret_number,
                                           CORD_STR(""), err);
    }
    return status;
}

cord_status cord_accounts_add(struct cord_accounts *accounts,
                              const struct cord_account_new *account,
                              const struct cord_actor *actor, uint64_t *ret_number,
                              struct cord_error *err)
{
    uint64_t number = 0;
    cord_status status = cord_accounts_begin(accounts, err);
    if (status != CORD_OK) {
        return status;
    }
    status = cord_accounts_insert(accounts, account, actor, &number, err);
    status = cord_accounts_end(accounts, status, err);
    if (status == CORD_OK) {
        *ret_number = number;
    }
    return status;
}

/* Ends the account's sessions, and links that are under way: they would undo it. */
static cord_status shut_out(struct cord_accounts *accounts, uint64_t number, struct cord_error *err)
{
    cord_status status = cord_accounts_do(accounts, "DELETE FROM session WHERE account = ?", err,
                                          CORD_ACCOUNTS_WITH(cord_accounts_id(number)));
    if (status == CORD_OK) {
        status = cord_accounts_do(accounts, "DELETE FROM setup WHERE account = ?", err,
                                  CORD_ACCOUNTS_WITH(cord_accounts_id(number)));
    }
    return status;
}

cord_status cord_accounts_disable(struct cord_accounts *accounts, uint64_t number,
                                  const struct cord_actor *actor, struct cord_error *err)
{
    cord_status status = cord_accounts_begin(accounts, err);
    if (status != CORD_OK) {
        return status;
    }
    status = cord_accounts_change(
        accounts,
        "UPDATE account SET disabled_ns = coalesce(disabled_ns, ?), totp_pending = NULL"
        " WHERE number = ?",
        err,
        CORD_ACCOUNTS_WITH(cord_accounts_int(cord_accounts_now_ns(accounts)),
                           cord_accounts_id(number)));
    if (status == CORD_OK) {
        status = shut_out(accounts, number, err);
    }
    if (status == CORD_OK) {
        status = cord_account_audit_change(accounts, actor, "account.disable", number, CORD_STR(""),
                                           err);
    }
    return cord_accounts_end(accounts, status, err);
}

cord_status cord_accounts_enable(struct cord_accounts *accounts, uint64_t number,
                                 const struct cord_actor *actor, struct cord_error *err)
{
    cord_status status = cord_accounts_begin(accounts, err);
    if (status != CORD_OK) {
        return status;
    }
    status =
        cord_accounts_change(accounts, "UPDATE account SET disabled_ns = NULL WHERE number = ?",
                             err, CORD_ACCOUNTS_WITH(cord_accounts_id(number)));
    if (status == CORD_OK) {
        status =
            cord_account_audit_change(accounts, actor, "account.enable", number, CORD_STR(""), err);
    }
    return cord_accounts_end(accounts, status, err);
}

cord_status cord_accounts_rename(struct cord_accounts *accounts, uint64_t number, cord_str name,
                                 const struct cord_actor *actor, struct cord_error *err)
{
    if (!cord_accounts_is_text(name, CORD_ACCOUNTS_NAME_MAX)) {
        return refuse(err, "name: 1 to 128 bytes of text");
    }
    cord_status status = cord_accounts_begin(accounts, err);
    if (status != CORD_OK) {
        return status;
    }
    status = cord_accounts_change(
        accounts, "UPDATE account SET name = ? WHERE number = ?", err,
        CORD_ACCOUNTS_WITH(cord_accounts_text(name), cord_accounts_id(number)));
    if (status == CORD_OK) {
        status =
            cord_account_audit_change(accounts, actor, "account.rename", number, CORD_STR(""), err);
    }
    return cord_accounts_end(accounts, status, err);
}

cord_status cord_accounts_put_password(struct cord_accounts *accounts, uint64_t number,
                                       cord_str hash, const struct cord_actor *actor,
                                       struct cord_error *err)
{
    cord_status status = cord_accounts_change(
        accounts, "UPDATE account SET password = ? WHERE number = ?", err,
        CORD_ACCOUNTS_WITH(cord_accounts_text(hash), cord_accounts_id(number)));
    if (status == CORD_OK) {
        status = shut_out(accounts, number, err);
    }
    if (status == CORD_OK) {
        status = cord_account_audit_change(accounts, actor, "account.password", number,
                                           CORD_STR(""), err);
    }
    return status;
}

cord_status cord_accounts_hash(struct cord_accounts *accounts, cord_str password, cord_str login,
                               char ret_hash[CORD_PASSWORD_TEXT], struct cord_error *err)
{
    cord_status status = cord_password_acceptable(password, login, err);
    if (status == CORD_OK) {
        status = cord_password_hash(accounts->hasher, password, ret_hash);
        if (status == CORD_E_LIMIT) {
            status =
                cord_error_set(err, CORD_E_BUSY, "too many passwords are being hashed: try again");
        }
    }
    return status;
}

cord_status cord_accounts_set_password(struct cord_accounts *accounts, uint64_t number,
                                       cord_str password, const struct cord_actor *actor,
                                       struct cord_error *err)
{
    char hash[CORD_PASSWORD_TEXT];
    struct cord_account account = {0};
    struct cord_arena *arena = cord_arena_new(1 << 16);
    cord_status status =
        arena ? cord_accounts_get(accounts, number, arena, &account, err) : CORD_E_NOMEM;
    if (status == CORD_OK) {
        status = cord_accounts_hash(accounts, password, account.login, hash, err);
    }
    cord_arena_free(arena);
    if (status == CORD_OK) {
        status = cord_accounts_begin(accounts, err);
    }
    if (status != CORD_OK) {
        return status;
    }
    status = cord_accounts_put_password(accounts, number, cord_str_from(hash), actor, err);
    return cord_accounts_end(accounts, status, err);
}

static cord_status revoke(struct cord_accounts *accounts,
                          const struct cord_accounts_revocable *what, uint64_t number,
                          const struct cord_actor *actor, struct cord_error *err)
{
    char detail[64];
    struct cord_sql_statement *row = NULL;
    cord_status status = cord_accounts_one(accounts, what->find, &row, err,
                                           CORD_ACCOUNTS_WITH(cord_accounts_id(number)));
    if (status != CORD_OK) {
        return status;
    }
    uint64_t account = (uint64_t)cord_sql_column(row, 0);
    cord_sql_free(row);
    status =
        cord_accounts_change(accounts, what->revoke, err,
                             CORD_ACCOUNTS_WITH(cord_accounts_int(cord_accounts_now_ns(accounts)),
                                                cord_accounts_id(number)));
    int len = snprintf(detail, sizeof detail, "%s %" PRIu64, what->noun, number);
    if (status == CORD_OK) {
        status = cord_account_audit_change(accounts, actor, what->verb, account,
                                           (cord_str){detail, len > 0 ? (size_t)len : 0}, err);
    }
    return status;
}

cord_status cord_accounts_revoke(struct cord_accounts *accounts,
                                 const struct cord_accounts_revocable *what, uint64_t number,
                                 const struct cord_actor *actor, struct cord_error *err)
{
    cord_status status = cord_accounts_begin(accounts, err);
    if (status != CORD_OK) {
        return status;
    }
    return cord_accounts_end(accounts, revoke(accounts, what, number, actor, err), err);
}
