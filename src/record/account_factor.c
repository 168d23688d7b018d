/* account_factor.c: see account_factor.h. */
#include "record/account_factor.h"

#include "codec/base32.h"
#include "record/accounts_internal.h"
#include "record/totp.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdio.h>

enum { RECOVERY_BYTES = 10, RECOVERY_LETTERS = 16, CODE_BYTES_MAX = 64 };

#define CLOSED_BYTES (CORD_TOTP_SECRET_BYTES + CORD_ACCOUNT_SEAL_MORE)
#define OF_BYTES     (CORD_ACCOUNTS_ID_TEXT + 32)

/* --- the secret as it is kept --- */

/* Whose it is: of no other account, and of no other file, can it be read. */
static cord_str of_account(const struct cord_accounts *accounts, uint64_t account,
                           char buffer[OF_BYTES])
{
    int len = snprintf(buffer, OF_BYTES, "%s/%" PRIu64, accounts->id, account);
    return (cord_str){buffer, len > 0 ? (size_t)len : 0};
}

static cord_status put_secret(struct cord_accounts *accounts, uint64_t account, const char *sql,
                              cord_str secret, struct cord_error *err)
{
    char of[OF_BYTES];
    unsigned char closed[CLOSED_BYTES];
    if (secret.len != CORD_TOTP_SECRET_BYTES) {
        return cord_error_set(err, CORD_E_DAMAGED, "damaged: a secret of %zu bytes", secret.len);
    }
    cord_status status = cord_account_seal_close(&accounts->seal, of_account(accounts, account, of),
                                                 secret, closed, err);
    return status == CORD_OK
               ? cord_accounts_change(accounts, sql, err,
                                      CORD_ACCOUNTS_WITH(cord_accounts_blob(closed, sizeof closed),
                                                         cord_accounts_id(account)))
               : status;
}

/* Closes the next secret that is as it was; CORD_E_NOENT: there is none. */
static cord_status close_next(struct cord_accounts *accounts, const char *find, const char *put,
                              struct cord_error *err)
{
    struct cord_sql_statement *row = NULL;
    unsigned char bytes[CORD_TOTP_SECRET_BYTES];
    cord_status status = cord_accounts_one(
        accounts, find, &row, NULL, CORD_ACCOUNTS_WITH(cord_accounts_int(CORD_TOTP_SECRET_BYTES)));
    if (status != CORD_OK) {
        return status;
    }
    uint64_t account = (uint64_t)cord_sql_column(row, 0);
    cord_str secret = cord_sql_column_text(row, 1);
    memcpy(bytes, secret.ptr, secret.len < sizeof bytes ? secret.len : sizeof bytes);
    secret.ptr = (const char *)bytes;
    cord_sql_free(row);
    status = put_secret(accounts, account, put, secret, err);
    OPENSSL_cleanse(bytes, sizeof bytes);
    return status;
}

cord_status cord_account_factor_close_all(struct cord_accounts *accounts, struct cord_error *err)
{
    static const struct {
        const char *find, *put;
    } columns[] = {
        {"SELECT number, totp_secret FROM account WHERE length(totp_secret) = ?",
         "UPDATE account SET totp_secret = ? WHERE number = ?"},
        {"SELECT number, totp_pending FROM account WHERE length(totp_pending) = ?",
         "UPDATE account SET totp_pending = ? WHERE number = ?"},
    };
    cord_status status = CORD_OK;
    for (size_t i = 0; status == CORD_OK && i < sizeof columns / sizeof *columns; i++) {
        do {
            status = close_next(accounts, columns[i].find, columns[i].put, err);
        } while (status == CORD_OK);
        status = status == CORD_E_NOENT ? CORD_OK : status;
    }
    return status;
}

/* --- recovery codes --- */

/* The hash under which one is kept; of any other text it is that of no code. */
static cord_status hash_recovery(cord_str text, bool *ret_readable, struct cord_digest *ret_hash)
{
    unsigned char secret[CODE_BYTES_MAX] = {0};
    size_t len = 0;
    *ret_readable = text.len < CODE_BYTES_MAX && cord_base32_decode(text, secret, &len) &&
                    len == RECOVERY_BYTES;
    cord_status status = cord_digest_of((cord_str){(const char *)secret, RECOVERY_BYTES}, ret_hash);
    OPENSSL_cleanse(secret, sizeof secret);
    return status;
}

static cord_status make_recovery(char ret_text[CORD_ACCOUNT_FACTOR_TEXT],
                                 struct cord_digest *ret_hash)
{
    unsigned char secret[RECOVERY_BYTES];
    struct cord_buf letters;
    if (RAND_bytes(secret, sizeof secret) != 1) {
        return CORD_E_IO;
    }
    cord_str bytes = {(const char *)secret, sizeof secret};
    cord_buf_init(&letters, CORD_ACCOUNT_FACTOR_TEXT);
    cord_base32_encode(&letters, bytes);
    cord_status status =
        letters.len == RECOVERY_LETTERS ? cord_digest_of(bytes, ret_hash) : CORD_E_NOMEM;
    size_t put = 0;
    for (size_t i = 0; status == CORD_OK && i < RECOVERY_LETTERS; i++) {
        if (i > 0 && i % 4 == 0) {
            ret_text[put++] = '-';
        }
        ret_text[put++] = letters.ptr[i];
    }
    ret_text[put] = '\0';
    if (letters.ptr) {
        OPENSSL_cleanse(letters.ptr, letters.len);
    }
    cord_buf_done(&letters);
    OPENSSL_cleanse(secret, sizeof secret);
    return status;
}

static cord_status put_recovery(struct cord_accounts *accounts, uint64_t account,
                                struct cord_account_factor_codes *codes, struct cord_error *err)
{
    cord_status status = cord_accounts_do(accounts, "DELETE FROM recovery_code WHERE account = ?",
                                          err, CORD_ACCOUNTS_WITH(cord_accounts_id(account)));
    for (size_t i = 0; status == CORD_OK && i < CORD_ACCOUNT_FACTOR_CODES; i++) {
        struct cord_digest hash;
        status = make_recovery(codes->text[i], &hash);
        if (status == CORD_OK) {
            status = cord_accounts_do(
                accounts, "INSERT INTO recovery_code(account, hash) VALUES (?, ?)", err,
                CORD_ACCOUNTS_WITH(cord_accounts_id(account), cord_accounts_hash_value(&hash)));
        }
    }
    return status;
}

/* --- checking --- */

struct secret {
    bool has;
    unsigned char bytes[CORD_TOTP_SECRET_BYTES];
    int64_t last; /* step of the code that was used last */
};

static cord_status read_secret(struct cord_accounts *accounts, uint64_t account, const char *sql,
                               struct secret *ret_secret, struct cord_error *err)
{
    struct cord_sql_statement *row = NULL;
    *ret_secret = (struct secret){.last = -1};
    cord_status status =
        cord_accounts_one(accounts, sql, &row, NULL, CORD_ACCOUNTS_WITH(cord_accounts_id(account)));
    if (status == CORD_E_NOENT) {
        return CORD_OK;
    }
    if (status != CORD_OK) {
        return cord_error_set(err, status, "the second factor cannot be read");
    }
    char of[OF_BYTES];
    cord_str closed = cord_sql_column_text(row, 0);
    ret_secret->has = !cord_sql_column_is_null(row, 0);
    ret_secret->last = cord_sql_column(row, 1);
    if (ret_secret->has && closed.len != CLOSED_BYTES) {
        status = cord_error_set(err, CORD_E_DAMAGED, "damaged: a secret of %zu bytes", closed.len);
    } else if (ret_secret->has) {
        status = cord_account_seal_open(&accounts->seal, of_account(accounts, account, of), closed,
                                        ret_secret->bytes, err);
    }
    cord_sql_free(row);
    return status;
}

static cord_status find_recovery(struct cord_accounts *accounts, uint64_t account,
                                 const struct cord_digest *hash, bool *ret_found,
                                 struct cord_error *err)
{
    struct cord_sql_statement *row = NULL;
    cord_status status = cord_accounts_one(
        accounts, "SELECT 1 FROM recovery_code WHERE account = ? AND hash = ?", &row, err,
        CORD_ACCOUNTS_WITH(cord_accounts_id(account), cord_accounts_hash_value(hash)));
    *ret_found = status == CORD_OK;
    cord_sql_free(row);
    return status == CORD_E_NOENT ? CORD_OK : status;
}

static cord_status take_it(struct cord_accounts *accounts, uint64_t account, bool recovery,
                           int64_t step, const struct cord_digest *hash, struct cord_error *err)
{
    if (recovery) {
        return cord_accounts_change(
            accounts, "DELETE FROM recovery_code WHERE account = ? AND hash = ?", err,
            CORD_ACCOUNTS_WITH(cord_accounts_id(account), cord_accounts_hash_value(hash)));
    }
    return cord_accounts_change(
        accounts, "UPDATE account SET totp_step = ?1 WHERE number = ?2 AND totp_step < ?1", err,
        CORD_ACCOUNTS_WITH(cord_accounts_int(step), cord_accounts_id(account)));
}

cord_status cord_account_factor_check(struct cord_accounts *accounts, uint64_t account,
                                      cord_str code, bool take,
                                      struct cord_accounts_factor *ret_factor,
                                      struct cord_error *err)
{
    const struct cord_totp totp = cord_totp_usual();
    struct secret secret;
    struct cord_digest hash;
    bool readable = false;
    bool found = false;
    int64_t step = -1;
    cord_status status =
        read_secret(accounts, account,
                    "SELECT totp_secret, totp_step FROM account WHERE number = ?", &secret, err);
    /* Both ways are gone to their ends, whatever there is. */
    if (status == CORD_OK) {
        cord_str bytes = {(const char *)secret.bytes, sizeof secret.bytes};
        status =
            cord_totp_check(&totp, bytes, code, cord_accounts_now_ns(accounts), secret.last, &step);
    }
    if (status == CORD_OK) {
        status = hash_recovery(code, &readable, &hash);
    }
    if (status == CORD_OK) {
        status = find_recovery(accounts, account, &hash, &found, err);
    }
    bool recovery = readable && found;
    bool right = secret.has && (step >= 0 || recovery);
    if (status == CORD_OK && take && right) {
        status = take_it(accounts, account, recovery, step, &hash, err);
    }
    OPENSSL_cleanse(secret.bytes, sizeof secret.bytes);
    *ret_factor = (struct cord_accounts_factor){secret.has, right, right && recovery};
    return status;
}

/* --- enrolment --- */

cord_status cord_account_factor_begin(struct cord_accounts *accounts, uint64_t account, bool strong,
                                      struct cord_buf *uri, struct cord_buf *secret,
                                      struct cord_error *err)
{
    const struct cord_totp totp = cord_totp_usual();
    unsigned char bytes[CORD_TOTP_SECRET_BYTES];
    cord_str text = {(const char *)bytes, sizeof bytes};
    struct cord_sql_statement *row = NULL;
    if (RAND_bytes(bytes, sizeof bytes) != 1) {
        return cord_error_set(err, CORD_E_IO, "there are no random numbers");
    }
    cord_status status = cord_accounts_begin(accounts, err);
    if (status != CORD_OK) {
        return status;
    }
    status = cord_accounts_one(accounts,
                               "SELECT login, totp_secret IS NOT NULL FROM account"
                               " WHERE number = ? AND disabled_ns IS NULL",
                               &row, err, CORD_ACCOUNTS_WITH(cord_accounts_id(account)));
    if (status == CORD_OK && cord_sql_column(row, 1) != 0 && !strong) {
        status = cord_error_set(err, CORD_E_UNSUPPORTED,
                                "the account has a second factor: sign in with it to change it");
    }
    if (status == CORD_OK) {
        cord_totp_uri(&totp, CORD_STR("Cordon"), cord_sql_column_text(row, 0), text, uri);
        cord_base32_encode(secret, text);
        status = uri->failed || secret->failed ? CORD_E_NOMEM : CORD_OK;
    }
    cord_sql_free(row);
    if (status == CORD_OK) {
        status = put_secret(accounts, account,
                            "UPDATE account SET totp_pending = ? WHERE number = ?", text, err);
    }
    OPENSSL_cleanse(bytes, sizeof bytes);
    return cord_accounts_end(accounts, status, err);
}

static cord_status adopt(struct cord_accounts *accounts, uint64_t account, int64_t step,
                         cord_str session, struct cord_error *err)
{
    struct cord_digest hash = {{0}};
    cord_status status = cord_token_read(CORD_TOKEN_SESSION, session, &hash);
    /* A text that is no session's leaves none of them. */
    if (status != CORD_OK && status != CORD_E_FORMAT) {
        return status;
    }
    status = cord_accounts_change(
        accounts,
        "UPDATE account SET totp_secret = totp_pending, totp_pending = NULL, totp_step = ?"
        " WHERE number = ?",
        err, CORD_ACCOUNTS_WITH(cord_accounts_int(step), cord_accounts_id(account)));
    if (status == CORD_OK) {
        status = cord_accounts_do(
            accounts, "DELETE FROM session WHERE account = ? AND hash <> ?", err,
            CORD_ACCOUNTS_WITH(cord_accounts_id(account), cord_accounts_hash_value(&hash)));
    }
    if (status == CORD_OK) {
        status = cord_accounts_do(
            accounts, "UPDATE session SET second_factor = 1 WHERE account = ? AND hash = ?", err,
            CORD_ACCOUNTS_WITH(cord_accounts_id(account), cord_accounts_hash_value(&hash)));
    }
    return status;
}

static cord_status confirm(struct cord_accounts *accounts,
                           const struct cord_account_factor_proof *proof,
                           struct cord_account_factor_codes *codes, struct cord_error *err)
{
    const struct cord_totp totp = cord_totp_usual();
    struct secret secret;
    int64_t step = -1;
    cord_status status =
        read_secret(accounts, proof->account,
                    "SELECT totp_pending, -1 FROM account WHERE number = ?", &secret, err);
    if (status == CORD_OK && !secret.has) {
        status = cord_error_set(err, CORD_E_NOENT, "no second factor waits to be confirmed");
    }
    if (status == CORD_OK) {
        cord_str bytes = {(const char *)secret.bytes, sizeof secret.bytes};
        status =
            cord_totp_check(&totp, bytes, proof->code, cord_accounts_now_ns(accounts), -1, &step);
    }
    OPENSSL_cleanse(secret.bytes, sizeof secret.bytes);
    if (status == CORD_OK && step < 0) {
        status = cord_error_set(err, CORD_E_FORMAT,
                                "code: it is not the authenticator's; is its clock right?");
    }
    if (status == CORD_OK) {
        status = adopt(accounts, proof->account, step, proof->session, err);
    }
    return status == CORD_OK ? put_recovery(accounts, proof->account, codes, err) : status;
}

cord_status cord_account_factor_confirm(struct cord_accounts *accounts,
                                        const struct cord_account_factor_proof *proof,
                                        const struct cord_actor *actor,
                                        struct cord_account_factor_codes *ret_codes,
                                        struct cord_error *err)
{
    cord_status status = cord_accounts_begin(accounts, err);
    if (status != CORD_OK) {
        return status;
    }
    status = confirm(accounts, proof, ret_codes, err);
    if (status == CORD_OK) {
        status = cord_account_audit_change(accounts, actor, "factor.confirm", proof->account,
                                           CORD_STR(""), err);
    }
    return cord_accounts_end(accounts, status, err);
}

cord_status cord_account_factor_renew(struct cord_accounts *accounts, uint64_t account,
                                      const struct cord_actor *actor,
                                      struct cord_account_factor_codes *ret_codes,
                                      struct cord_error *err)
{
    struct cord_sql_statement *row = NULL;
    cord_status status = cord_accounts_begin(accounts, err);
    if (status != CORD_OK) {
        return status;
    }
    status = cord_accounts_one(accounts,
                               "SELECT 1 FROM account WHERE number = ? AND totp_secret IS NOT NULL",
                               &row, err, CORD_ACCOUNTS_WITH(cord_accounts_id(account)));
    cord_sql_free(row);
    if (status == CORD_OK) {
        status = put_recovery(accounts, account, ret_codes, err);
    }
    if (status == CORD_OK) {
        status =
            cord_account_audit_change(accounts, actor, "factor.renew", account, CORD_STR(""), err);
    }
    return cord_accounts_end(accounts, status, err);
}

cord_status cord_account_factor_remove(struct cord_accounts *accounts, uint64_t account,
                                       const struct cord_actor *actor, struct cord_error *err)
{
    cord_status status = cord_accounts_begin(accounts, err);
    if (status != CORD_OK) {
        return status;
    }
    status = cord_accounts_change(accounts,
                                  "UPDATE account SET totp_secret = NULL, totp_pending = NULL"
                                  " WHERE number = ? AND totp_secret IS NOT NULL",
                                  err, CORD_ACCOUNTS_WITH(cord_accounts_id(account)));
    const char *const gone[] = {"DELETE FROM recovery_code WHERE account = ?",
                                "DELETE FROM session WHERE account = ?"};
    for (size_t i = 0; status == CORD_OK && i < 2; i++) {
        status =
            cord_accounts_do(accounts, gone[i], err, CORD_ACCOUNTS_WITH(cord_accounts_id(account)));
    }
    if (status == CORD_OK) {
        status =
            cord_account_audit_change(accounts, actor, "factor.remove", account, CORD_STR(""), err);
    }
    return cord_accounts_end(accounts, status, err);
}
