/* account_session_sign_in.c: the only way in: see account_session.h. */
#include "record/account_session.h"

#include "record/accounts_internal.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

enum { NAMES_MAX = 100000, DETAIL_BYTES = 128, ADDRESS_BYTES = 64, TEXT_MAX = 256 };

struct attempt {
    struct cord_accounts *accounts;
    const struct cord_sign_in_request *request;
    struct cord_digest by_login; /* under which waits are kept */
    struct cord_digest by_address;
    int64_t unlooked; /* attempts before this one that were not looked at */
    uint64_t account; /* 0: there is none */
    bool disabled;
    char hash[CORD_PASSWORD_TEXT];
    bool password_right;
    bool renew;
    char renewed[CORD_PASSWORD_TEXT];
};

/* --- waits --- */

static cord_status keyed(const struct cord_accounts *accounts, cord_str text,
                         struct cord_digest *ret_name)
{
    unsigned len = 0;
    unsigned char mac[EVP_MAX_MD_SIZE];
    if (!HMAC(EVP_sha256(), accounts->key, sizeof accounts->key, (const unsigned char *)text.ptr,
              text.len, mac, &len) ||
        len != CORD_DIGEST_BYTES) {
        return CORD_E_NOMEM;
    }
    memcpy(ret_name->bytes, mac, CORD_DIGEST_BYTES);
    return CORD_OK;
}

/* By what is asked for, whether there is such an account or not. */
static cord_status name_login(struct attempt *attempt)
{
    char buffer[CORD_ACCOUNTS_LOGIN_MAX];
    char text[TEXT_MAX + 16];
    cord_str login = cord_str_slice(attempt->request->login, 0, TEXT_MAX);
    cord_str known = {NULL, 0};
    if (cord_accounts_login(attempt->request->login, buffer, &known)) {
        login = known;
    }
    int len = snprintf(text, sizeof text, "login:%.*s", CORD_STR_ARG(login));
    return keyed(attempt->accounts, (cord_str){text, len > 0 ? (size_t)len : 0},
                 &attempt->by_login);
}

/* An IPv6 household has 2^64 addresses: its network counts as one. */
static cord_status name_address(struct attempt *attempt)
{
    char text[ADDRESS_BYTES] = {0};
    unsigned char bytes[17] = "address:........"; /* what is no address is one for all */
    struct in6_addr six;
    struct in_addr four;
    cord_str address = cord_str_slice(attempt->request->address, 0, sizeof text - 1);
    if (address.len > 0) {
        memcpy(text, address.ptr, address.len);
    }
    if (inet_pton(AF_INET6, text, &six) == 1) {
        bool mapped = IN6_IS_ADDR_V4MAPPED(&six);
        memcpy(bytes + 8, six.s6_addr + (mapped ? 12 : 0), mapped ? 4 : 8);
    } else if (inet_pton(AF_INET, text, &four) == 1) {
        memcpy(bytes + 8, &four, 4);
    }
    return keyed(attempt->accounts, (cord_str){(const char *)bytes, 16}, &attempt->by_address);
}

static cord_status read_lockout(struct cord_accounts *accounts, const struct cord_digest *name,
                                struct cord_lockout *ret_lockout, int64_t *ret_unlooked,
                                struct cord_error *err)
{
    struct cord_sql_statement *row = NULL;
    *ret_lockout = (struct cord_lockout){.until_ns = CORD_TIME_NONE};
    *ret_unlooked = 0;
    cord_status status = cord_accounts_one(
        accounts, "SELECT failures, last_ns, until_ns, unlooked FROM lockout WHERE name = ?", &row,
        err, CORD_ACCOUNTS_WITH(cord_accounts_hash_value(name)));
    if (status == CORD_OK) {
        int64_t failures = cord_sql_column(row, 0);
        ret_lockout->failures = failures > 0 && failures < UINT32_MAX ? (uint32_t)failures : 0;
        ret_lockout->last_ns = cord_sql_column(row, 1);
        ret_lockout->until_ns = cord_accounts_column_time(row, 2);
        *ret_unlooked = cord_sql_column(row, 3);
        cord_sql_free(row);
    }
    return status == CORD_E_NOENT ? CORD_OK : status;
}

static cord_status write_lockout(struct cord_accounts *accounts, const struct cord_digest *name,
                                 const struct cord_lockout *lockout, int64_t unlooked,
                                 struct cord_error *err)
{
    if (lockout->failures == 0) {
        return cord_accounts_do(accounts, "DELETE FROM lockout WHERE name = ?", err,
                                CORD_ACCOUNTS_WITH(cord_accounts_hash_value(name)));
    }
    return cord_accounts_do(
        accounts,
        "INSERT OR REPLACE INTO lockout(name, failures, last_ns, until_ns, unlooked)"
        " VALUES (?, ?, ?, ?, ?)",
        err,
        CORD_ACCOUNTS_WITH(cord_accounts_hash_value(name), cord_accounts_int(lockout->failures),
                           cord_accounts_int(lockout->last_ns),
                           cord_accounts_time(lockout->until_ns), cord_accounts_int(unlooked)));
}

/* What is forgotten, and the longest ago when names are made up by the million. */
static cord_status sweep(struct cord_accounts *accounts, struct cord_error *err)
{
    const struct cord_lockout_rule *a = &accounts->options.by_account;
    const struct cord_lockout_rule *b = &accounts->options.by_address;
    int64_t forget_ns = a->forget_ns > b->forget_ns ? a->forget_ns : b->forget_ns;
    cord_status status = cord_accounts_do(
        accounts, "DELETE FROM lockout WHERE last_ns < ?", err,
        CORD_ACCOUNTS_WITH(cord_accounts_int(cord_accounts_now_ns(accounts) - forget_ns)));
    if (status == CORD_OK) {
        status = cord_accounts_do(
            accounts,
            "DELETE FROM lockout WHERE name IN (SELECT name FROM lockout ORDER BY last_ns"
            " LIMIT max(0, (SELECT count(*) FROM lockout) - ?))",
            err, CORD_ACCOUNTS_WITH(cord_accounts_int(NAMES_MAX)));
    }
    return status;
}

struct waits {
    struct cord_lockout login;
    struct cord_lockout address;
    int64_t login_unlooked;
    int64_t address_unlooked;
};

static cord_status read_waits(struct attempt *attempt, struct waits *ret_waits,
                              struct cord_error *err)
{
    cord_status status = read_lockout(attempt->accounts, &attempt->by_login, &ret_waits->login,
                                      &ret_waits->login_unlooked, err);
    if (status == CORD_OK) {
        status = read_lockout(attempt->accounts, &attempt->by_address, &ret_waits->address,
                              &ret_waits->address_unlooked, err);
    }
    return status;
}

static cord_status write_waits(struct attempt *attempt, const struct waits *waits,
                               struct cord_error *err)
{
    cord_status status = write_lockout(attempt->accounts, &attempt->by_login, &waits->login,
                                       waits->login_unlooked, err);
    if (status == CORD_OK) {
        status = write_lockout(attempt->accounts, &attempt->by_address, &waits->address,
                               waits->address_unlooked, err);
    }
    return status;
}

/* Nothing is looked at. The first of them is told, the others are counted. */
static cord_status turn_away(struct attempt *attempt, struct waits *waits, int64_t login_ns,
                             struct cord_error *err)
{
    bool by_login = login_ns > 0;
    int64_t *unlooked = by_login ? &waits->login_unlooked : &waits->address_unlooked;
    cord_status status = CORD_OK;
    if (*unlooked == 0) {
        status = cord_account_audit_sign_in(attempt->accounts, "sign_in.wait", attempt->account,
                                            attempt->request->address,
                                            by_login ? CORD_STR("too many wrong for this login")
                                                     : CORD_STR("too many wrong from this address"),
                                            err);
    }
    *unlooked += *unlooked < INT64_MAX ? 1 : 0;
    return status == CORD_OK ? write_waits(attempt, waits, err) : status;
}

static cord_status find_account(struct attempt *attempt, struct cord_error *err)
{
    char buffer[CORD_ACCOUNTS_LOGIN_MAX];
    cord_str login = CORD_STR("");
    struct cord_sql_statement *row = NULL;
    /* "" is nobody's: what cannot be a login is looked up all the same. */
    (void)cord_accounts_login(attempt->request->login, buffer, &login);
    cord_status status = cord_accounts_one(
        attempt->accounts,
        "SELECT number, disabled_ns IS NOT NULL, coalesce(password, '') FROM account"
        " WHERE login = ?",
        &row, err, CORD_ACCOUNTS_WITH(cord_accounts_text(login)));
    if (status == CORD_OK) {
        cord_str hash = cord_sql_column_text(row, 2);
        attempt->account = (uint64_t)cord_sql_column(row, 0);
        attempt->disabled = cord_sql_column(row, 1) != 0;
        if (hash.len < sizeof attempt->hash) {
            memcpy(attempt->hash, hash.ptr, hash.len);
        }
        cord_sql_free(row);
    }
    return status == CORD_E_NOENT ? CORD_OK : status;
}

static cord_status admit_now(struct attempt *attempt, uint32_t *ret_wait_s, struct cord_error *err)
{
    struct cord_accounts *accounts = attempt->accounts;
    int64_t now_ns = cord_accounts_now_ns(accounts);
    struct waits waits;
    cord_status status = sweep(accounts, err);
    if (status == CORD_OK) {
        status = find_account(attempt, err);
    }
    if (status == CORD_OK) {
        status = read_waits(attempt, &waits, err);
    }
    if (status != CORD_OK) {
        return status;
    }
    int64_t login_ns = cord_lockout_wait_ns(&accounts->options.by_account, &waits.login, now_ns);
    int64_t address_ns =
        cord_lockout_wait_ns(&accounts->options.by_address, &waits.address, now_ns);
    int64_t wait_ns = login_ns > address_ns ? login_ns : address_ns;
    *ret_wait_s = (uint32_t)((wait_ns + CORD_SECOND_NS - 1) / CORD_SECOND_NS);
    if (wait_ns > 0) {
        return turn_away(attempt, &waits, login_ns, err);
    }
    attempt->unlooked = waits.login_unlooked + waits.address_unlooked;
    waits.login_unlooked = 0;
    waits.address_unlooked = 0;
    cord_lockout_charge(&accounts->options.by_account, &waits.login, now_ns);
    cord_lockout_charge(&accounts->options.by_address, &waits.address, now_ns);
    return write_waits(attempt, &waits, err);
}

/* First: may it be looked at? It counts as wrong from here on. */
static cord_status admit(struct attempt *attempt, uint32_t *ret_wait_s, struct cord_error *err)
{
    cord_status status = cord_accounts_begin(attempt->accounts, err);
    if (status != CORD_OK) {
        return status;
    }
    status = admit_now(attempt, ret_wait_s, err);
    return cord_accounts_end(attempt->accounts, status, err);
}

/* --- passwords --- */

/* Second, without the lock, as it takes a while: the password. */
static cord_status look_at_password(struct attempt *attempt, struct cord_error *err)
{
    struct cord_password_hasher *hasher = attempt->accounts->hasher;
    cord_str password = attempt->request->password;
    cord_status status = cord_password_check(hasher, cord_str_from(attempt->hash), password,
                                             &attempt->password_right, &attempt->renew);
    if (status == CORD_OK && attempt->renew) {
        status = cord_password_hash(hasher, password, attempt->renewed);
    }
    if (status == CORD_E_LIMIT) {
        return cord_error_set(err, CORD_E_BUSY, "too many are signing in: try again");
    }
    return status == CORD_E_FORMAT
               ? cord_error_set(err, CORD_E_IO, "the hash of user:%" PRIu64 " is damaged",
                                attempt->account)
               : status;
}

/* --- the end of it --- */

static const char *why_refused(const struct attempt *attempt, bool factor_right)
{
    if (attempt->account == 0) {
        return "no such account";
    }
    if (attempt->disabled) {
        return "the account is disabled";
    }
    if (!attempt->password_right) {
        return "password";
    }
    return factor_right ? "" : "second factor";
}

static cord_status tell(struct attempt *attempt, const char *act, const char *why,
                        struct cord_error *err)
{
    char detail[DETAIL_BYTES];
    int len = attempt->unlooked > 0
                  ? snprintf(detail, sizeof detail, "%s%s%" PRIi64 " before were not looked at",
                             why, why[0] != '\0' ? "; " : "", attempt->unlooked)
                  : snprintf(detail, sizeof detail, "%s", why);
    return cord_account_audit_sign_in(attempt->accounts, act, attempt->account,
                                      attempt->request->address,
                                      (cord_str){detail, len > 0 ? (size_t)len : 0}, err);
}

/* What was charged before the password was looked at is given back. */
static cord_status refund(struct attempt *attempt, bool signed_in, struct cord_error *err)
{
    struct waits waits;
    cord_status status = read_waits(attempt, &waits, err);
    if (status != CORD_OK) {
        return status;
    }
    cord_lockout_refund(&waits.address);
    cord_lockout_refund(&waits.login);
    if (signed_in) {
        waits.login.failures = 0;
    }
    return write_waits(attempt, &waits, err);
}

static cord_status let_in(struct attempt *attempt, const struct cord_accounts_factor *factor,
                          struct cord_sign_in_result *result, struct cord_error *err)
{
    struct cord_accounts *accounts = attempt->accounts;
    cord_status status = CORD_OK;
    if (attempt->renew) {
        status = cord_accounts_change(
            accounts, "UPDATE account SET password = ? WHERE number = ?", err,
            CORD_ACCOUNTS_WITH(cord_accounts_text(cord_str_from(attempt->renewed)),
                               cord_accounts_id(attempt->account)));
    }
    if (status == CORD_OK) {
        status = cord_account_session_put(accounts, attempt->account, factor->has,
                                          attempt->request->address, result, err);
    }
    if (status == CORD_OK) {
        status = refund(attempt, true, err);
    }
    if (status == CORD_OK) {
        status = tell(attempt, "sign_in.done", factor->recovery ? "by a recovery code" : "", err);
    }
    return status;
}

/* Between the two, the password may have been changed or the account disabled. */
static cord_status look_again(struct attempt *attempt, struct cord_error *err)
{
    struct attempt now = {.accounts = attempt->accounts, .request = attempt->request};
    cord_status status = find_account(&now, err);
    attempt->disabled = now.disabled;
    attempt->password_right = attempt->password_right && now.account == attempt->account &&
                              strcmp(now.hash, attempt->hash) == 0;
    return status;
}

static cord_status conclude_now(struct attempt *attempt, struct cord_sign_in_result *result,
                                struct cord_error *err)
{
    struct cord_accounts_factor factor = {false, false, false};
    cord_status status = look_again(attempt, err);
    bool so_far = attempt->account > 0 && attempt->password_right && !attempt->disabled;
    if (status == CORD_OK) {
        status = cord_account_factor_check(attempt->accounts, attempt->account,
                                           attempt->request->code, so_far, &factor, err);
    }
    if (status != CORD_OK) {
        return status;
    }
    bool factor_right = !factor.has || factor.right;
    if (so_far && factor_right) {
        return let_in(attempt, &factor, result, err);
    }
    result->outcome = CORD_SIGN_IN_REFUSED;
    return tell(attempt, "sign_in.refused", why_refused(attempt, factor_right), err);
}

static cord_status conclude(struct attempt *attempt, struct cord_sign_in_result *result,
                            struct cord_error *err)
{
    cord_status status = cord_accounts_begin(attempt->accounts, err);
    if (status != CORD_OK) {
        return status;
    }
    status = conclude_now(attempt, result, err);
    return cord_accounts_end(attempt->accounts, status, err);
}

/* It was our fault. What cannot be given back is forgotten in a day. */
static void give_back(struct attempt *attempt, struct cord_error *err)
{
    cord_status status = cord_accounts_begin(attempt->accounts, NULL);
    if (status == CORD_OK) {
        status = refund(attempt, false, NULL);
        status = cord_accounts_end(attempt->accounts, status, NULL);
    }
    if (status != CORD_OK) {
        cord_error_context(err, "counted as wrong");
    }
}

cord_status cord_account_session_sign_in(struct cord_accounts *accounts,
                                         const struct cord_sign_in_request *request,
                                         struct cord_sign_in_result *ret_result,
                                         struct cord_error *err)
{
    struct attempt attempt = {.accounts = accounts, .request = request};
    struct cord_sign_in_result result = {.outcome = CORD_SIGN_IN_WAIT};
    cord_status status = name_login(&attempt);
    if (status == CORD_OK) {
        status = name_address(&attempt);
    }
    if (status == CORD_OK) {
        status = admit(&attempt, &result.wait_s, err);
    }
    if (status == CORD_OK && result.wait_s == 0) {
        status = look_at_password(&attempt, err);
        if (status == CORD_OK) {
            status = conclude(&attempt, &result, err);
        } else {
            give_back(&attempt, err);
        }
    }
    if (status == CORD_OK) {
        *ret_result = result;
    }
    return status;
}
