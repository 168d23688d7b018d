/*
 * accounts_internal.h: what the files of the accounts share: the lock, transactions and values.
 */
#ifndef CORD_RECORD_ACCOUNTS_INTERNAL_H
#define CORD_RECORD_ACCOUNTS_INTERNAL_H

#include "record/account_grant.h"
#include "record/account_link.h"
#include "record/account_seal.h"
#include "record/account_session.h"
#include "record/sql.h"

#include "base/digest.h"
#include "base/timestamp.h"

#include <pthread.h>

#define CORD_ACCOUNTS_ID_TEXT 33 /* of the file: 16 bytes in hexadecimal, with a NUL */

/* That signs in; account 0: free. */
struct cord_accounts_link {
    struct cord_digest hash;
    uint64_t account;
    int64_t ends_ns;
};

struct cord_accounts {
    struct cord_accounts_options options;
    struct cord_password_hasher *hasher;
    pthread_mutex_t lock; /* guards what is below */
    bool made;            /* the lock is */
    bool telling;         /* some thread hands on the audit */
    bool again;           /* and has to look once more when done */
    uint64_t changes;     /* transactions of ours that were committed */
    uint64_t looked;      /* what lists have cost */
    cord_status told;     /* what came of it the last time */
    struct cord_error told_error;
    struct cord_sql *sql;
    char id[CORD_ACCOUNTS_ID_TEXT];
    unsigned char key[CORD_DIGEST_BYTES]; /* of the names under which waits are kept */
    struct cord_accounts_link links[CORD_ACCOUNT_LINKS_MAX];
    struct cord_account_seal seal; /* of the second factors' secrets */
};

/* Closes the secrets that an earlier schema kept as they are. In a transaction. (account_factor.c)
 */
CORD_MUST_USE cord_status cord_account_factor_close_all(struct cord_accounts *accounts,
                                                        struct cord_error *err);

/* A value for a place in SQL. */
struct cord_accounts_value {
    enum { CORD_ACCOUNTS_INT, CORD_ACCOUNTS_TEXT, CORD_ACCOUNTS_BLOB, CORD_ACCOUNTS_NONE } kind;
    int64_t number;
    cord_str text;
};

static inline struct cord_accounts_value cord_accounts_int(int64_t number)
{
    return (struct cord_accounts_value){CORD_ACCOUNTS_INT, number, {NULL, 0}};
}

static inline struct cord_accounts_value cord_accounts_id(uint64_t number)
{
    return cord_accounts_int(number <= INT64_MAX ? (int64_t)number : -1);
}

/* CORD_TIME_NONE is NULL. */
static inline struct cord_accounts_value cord_accounts_time(int64_t ns)
{
    struct cord_accounts_value value = cord_accounts_int(ns);
    value.kind = ns == CORD_TIME_NONE ? CORD_ACCOUNTS_NONE : CORD_ACCOUNTS_INT;
    return value;
}

/* "" is a text; a ptr NULL is NULL. */
static inline struct cord_accounts_value cord_accounts_text(cord_str text)
{
    return (struct cord_accounts_value){text.ptr ? CORD_ACCOUNTS_TEXT : CORD_ACCOUNTS_NONE, 0,
                                        text};
}

static inline struct cord_accounts_value cord_accounts_blob(const void *bytes, size_t len)
{
    return (struct cord_accounts_value){CORD_ACCOUNTS_BLOB, 0, {bytes, len}};
}

static inline struct cord_accounts_value cord_accounts_hash_value(const struct cord_digest *digest)
{
    return cord_accounts_blob(digest->bytes, CORD_DIGEST_BYTES);
}

/* For the last two arguments below. */
#define CORD_ACCOUNTS_WITH(...)                                                                    \
    (const struct cord_accounts_value[]){__VA_ARGS__},                                             \
        sizeof((const struct cord_accounts_value[]){__VA_ARGS__}) /                                \
            sizeof(struct cord_accounts_value)

int64_t cord_accounts_now_ns(const struct cord_accounts *accounts);
int64_t cord_accounts_column_time(struct cord_sql_statement *statement, int column);

/* Take the lock; _begin begins a transaction that writes. On success the caller ends it. */
CORD_MUST_USE cord_status cord_accounts_begin(struct cord_accounts *accounts,
                                              struct cord_error *err);
/* Commits when status is CORD_OK, else rolls back; gives the lock back; hands on the audit.
 * Returns what became of it. */
CORD_MUST_USE cord_status cord_accounts_end(struct cord_accounts *accounts, cord_status status,
                                            struct cord_error *err);
void cord_accounts_lock(struct cord_accounts *accounts);
void cord_accounts_unlock(struct cord_accounts *accounts);

/* The rest with the lock held. A statement with its values, before its first step. */
CORD_MUST_USE cord_status cord_accounts_query(struct cord_accounts *accounts, const char *sql,
                                              struct cord_sql_statement **ret_statement,
                                              struct cord_error *err,
                                              const struct cord_accounts_value *values,
                                              size_t count);
/* Something numbered that belongs to an account and can be taken away: a grant, a token. */
struct cord_accounts_revocable {
    const char *noun;   /* in the audit: "grant 17" */
    const char *verb;   /* "grant.revoke" */
    const char *find;   /* SQL: number -> account */
    const char *revoke; /* SQL: (time, number), where it is not revoked yet */
};
/* From now on, in a transaction of its own, and told to the audit. CORD_E_NOENT: there is none, or
 * it was revoked. */
CORD_MUST_USE cord_status cord_accounts_revoke(struct cord_accounts *accounts,
                                               const struct cord_accounts_revocable *what,
                                               uint64_t number, const struct cord_actor *actor,
                                               struct cord_error *err);
/* The first row: CORD_OK; without one CORD_E_NOENT. The statement is the caller's on CORD_OK. */
CORD_MUST_USE cord_status cord_accounts_one(struct cord_accounts *accounts, const char *sql,
                                            struct cord_sql_statement **ret_statement,
                                            struct cord_error *err,
                                            const struct cord_accounts_value *values, size_t count);
CORD_MUST_USE cord_status cord_accounts_do(struct cord_accounts *accounts, const char *sql,
                                           struct cord_error *err,
                                           const struct cord_accounts_value *values, size_t count);
/* The same, and there has to be a row that it changes: else CORD_E_NOENT. */
CORD_MUST_USE cord_status cord_accounts_change(struct cord_accounts *accounts, const char *sql,
                                               struct cord_error *err,
                                               const struct cord_accounts_value *values,
                                               size_t count);

/* A list among some accounts: ?1 is their organisations as a JSON array, ?2 `after`, ?3 the limit,
 * ?4 the account or 0. Of the two statements the one that `among` needs. */
struct cord_accounts_listing {
    const char *all;
    const char *some;
};
CORD_MUST_USE cord_status cord_accounts_rows(struct cord_accounts *accounts,
                                             const struct cord_accounts_listing *listing,
                                             const struct cord_accounts_among *among,
                                             struct cord_arena *arena,
                                             struct cord_sql_statement **ret_statement,
                                             struct cord_error *err);
/* Frees it, and counts what it cost. NULL is none. */
void cord_accounts_rows_end(struct cord_accounts *accounts, struct cord_sql_statement *statement);

/* The number of the row that was just inserted. */
CORD_MUST_USE cord_status cord_accounts_last(struct cord_accounts *accounts, uint64_t *ret_number,
                                             struct cord_error *err);

/* Entries of the audit: account_audit.c. `subject`: an account; organisation is looked up. */
CORD_MUST_USE cord_status cord_account_audit_change(struct cord_accounts *accounts,
                                                    const struct cord_actor *actor, const char *act,
                                                    uint64_t subject, cord_str detail,
                                                    struct cord_error *err);
/* Of a sign-in: `account` 0: unknown. */
CORD_MUST_USE cord_status cord_account_audit_sign_in(struct cord_accounts *accounts,
                                                     const char *act, uint64_t account,
                                                     cord_str address, cord_str detail,
                                                     struct cord_error *err);
/* Without the lock. What cannot be told now waits in the file, and is told later: the change
 * stands. */
void cord_account_audit_hand_on(struct cord_accounts *accounts);

/* Within a transaction, for what set-up and sign-in share. */
CORD_MUST_USE cord_status cord_accounts_insert(struct cord_accounts *accounts,
                                               const struct cord_account_new *account,
                                               const struct cord_actor *actor, uint64_t *ret_number,
                                               struct cord_error *err);
CORD_MUST_USE cord_status cord_accounts_put_password(struct cord_accounts *accounts,
                                                     uint64_t number, cord_str hash,
                                                     const struct cord_actor *actor,
                                                     struct cord_error *err);

CORD_MUST_USE cord_status cord_account_grant_put(struct cord_accounts *accounts, uint64_t account,
                                                 const struct cord_grant *grant,
                                                 const struct cord_actor *actor,
                                                 uint64_t *ret_number, struct cord_error *err);
CORD_MUST_USE cord_status cord_account_grant_load(struct cord_accounts *accounts, uint64_t account,
                                                  struct cord_arena *arena,
                                                  struct cord_account_grants *ret_grants,
                                                  struct cord_error *err);
CORD_MUST_USE cord_status cord_account_session_put(struct cord_accounts *accounts, uint64_t account,
                                                   bool second_factor, cord_str address,
                                                   struct cord_sign_in_result *result,
                                                   struct cord_error *err);
/* Who a row is: account, login, name, organisation in the columns from `column` on. */
CORD_MUST_USE cord_status cord_account_session_identity(struct cord_accounts *accounts,
                                                        struct cord_sql_statement *row, int column,
                                                        struct cord_arena *arena,
                                                        struct cord_identity *ret_identity,
                                                        struct cord_error *err);
/* What came of a code: account_factor.c. */
struct cord_accounts_factor {
    bool has;      /* the account has a second factor */
    bool right;    /* the code is it, or a recovery code */
    bool recovery; /* a recovery code */
};
/* Whether the code is right. Taken, when it is and `take` says so: it is not right again. The same
 * work for an account that is not there (0). */
CORD_MUST_USE cord_status cord_account_factor_check(struct cord_accounts *accounts,
                                                    uint64_t account, cord_str code, bool take,
                                                    struct cord_accounts_factor *ret_factor,
                                                    struct cord_error *err);

/* CORD_E_FORMAT when it is not acceptable. Without the lock: it takes a while. */
CORD_MUST_USE cord_status cord_accounts_hash(struct cord_accounts *accounts, cord_str password,
                                             cord_str login, char ret_hash[CORD_PASSWORD_TEXT],
                                             struct cord_error *err);

/* 1 to `most` bytes of UTF-8 without control characters. */
bool cord_accounts_is_text(cord_str text, size_t most);
bool cord_accounts_is_code(cord_str code);
/* In small letters, in the buffer. */
bool cord_accounts_login(cord_str login, char buffer[CORD_ACCOUNTS_LOGIN_MAX], cord_str *ret_login);

#endif
