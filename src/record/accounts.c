/* accounts.c: see accounts.h. */
#include "record/accounts_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    APPLICATION = 0x436f4163, /* "CoAc" */
    IDLE_S = 3600,
    MOST_S = 12 * 3600,
    SETUP_S = 24 * 3600,
    CACHE_MB = 8,
    PRAGMA_BYTES = 96,
};

static const char *const schema[] = {
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;"
    "CREATE TABLE account("
    "  number INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  login TEXT NOT NULL UNIQUE,"
    "  name TEXT NOT NULL,"
    "  organisation TEXT NOT NULL,"
    "  issuer TEXT,"
    "  subject TEXT,"
    "  password TEXT,"
    "  totp_secret BLOB,"
    "  totp_pending BLOB,"
    "  totp_step INTEGER NOT NULL DEFAULT -1,"
    "  created_ns INTEGER NOT NULL,"
    "  disabled_ns INTEGER,"
    "  signed_in_ns INTEGER,"
    "  UNIQUE(issuer, subject),"
    "  CHECK((issuer IS NULL) = (subject IS NULL))) STRICT;"
    "CREATE TRIGGER account_stays BEFORE DELETE ON account"
    "  BEGIN SELECT raise(ABORT, 'accounts are disabled, never removed'); END;"
    "CREATE TABLE recovery_code("
    "  account INTEGER NOT NULL REFERENCES account(number),"
    "  hash BLOB NOT NULL,"
    "  PRIMARY KEY(account, hash)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE role_grant("
    "  number INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  account INTEGER NOT NULL REFERENCES account(number),"
    "  role TEXT NOT NULL,"
    "  scope TEXT NOT NULL,"
    "  code TEXT NOT NULL,"
    "  from_ns INTEGER NOT NULL,"
    "  to_ns INTEGER,"
    "  given_ns INTEGER NOT NULL,"
    "  revoked_ns INTEGER) STRICT;"
    "CREATE INDEX role_grant_account ON role_grant(account);"
    "CREATE TABLE session("
    "  hash BLOB PRIMARY KEY,"
    "  account INTEGER NOT NULL REFERENCES account(number),"
    "  created_ns INTEGER NOT NULL,"
    "  used_ns INTEGER NOT NULL,"
    "  second_factor INTEGER NOT NULL,"
    "  address TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE INDEX session_account ON session(account);"
    "CREATE TABLE api_token("
    "  number INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  hash BLOB NOT NULL UNIQUE,"
    "  account INTEGER NOT NULL REFERENCES account(number),"
    "  name TEXT NOT NULL,"
    "  verbs TEXT NOT NULL,"
    "  organisation TEXT NOT NULL,"
    "  created_ns INTEGER NOT NULL,"
    "  ends_ns INTEGER NOT NULL,"
    "  used_ns INTEGER,"
    "  revoked_ns INTEGER) STRICT;"
    "CREATE INDEX api_token_account ON api_token(account);"
    "CREATE TABLE setup("
    "  hash BLOB PRIMARY KEY,"
    "  account INTEGER REFERENCES account(number),"
    "  ends_ns INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE lockout("
    "  name BLOB PRIMARY KEY,"
    "  failures INTEGER NOT NULL,"
    "  last_ns INTEGER NOT NULL,"
    "  until_ns INTEGER,"
    "  unlooked INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE INDEX lockout_last ON lockout(last_ns);"
    "CREATE TABLE audit("
    "  number INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  at_ns INTEGER NOT NULL,"
    "  kind TEXT NOT NULL,"
    "  act TEXT NOT NULL,"
    "  actor TEXT NOT NULL,"
    "  subject TEXT NOT NULL,"
    "  organisation TEXT NOT NULL,"
    "  address TEXT NOT NULL,"
    "  detail TEXT NOT NULL) STRICT;",
    "CREATE TABLE view("
    "  id TEXT PRIMARY KEY,"
    "  account INTEGER NOT NULL REFERENCES account(number),"
    "  name TEXT NOT NULL,"
    "  page TEXT NOT NULL,"
    "  query TEXT NOT NULL,"
    "  shared INTEGER NOT NULL,"
    "  preferred INTEGER NOT NULL,"
    "  changed_ns INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE INDEX view_account ON view(account);",
    "", /* the secrets of second factors are closed (account_seal.h): cord_account_factor_close_all
         */
    "CREATE INDEX account_organisation ON account(organisation);",
};

enum { CLOSED = 3 }; /* the first schema with closed secrets */

#define STEPS (sizeof schema / sizeof schema[0])

/* --- lock, transactions, statements --- */

int64_t cord_accounts_now_ns(const struct cord_accounts *accounts)
{
    return cord_clock_now_ns(&accounts->options.clock);
}

void cord_accounts_lock(struct cord_accounts *accounts)
{
    (void)pthread_mutex_lock(&accounts->lock);
}

void cord_accounts_unlock(struct cord_accounts *accounts)
{
    (void)pthread_mutex_unlock(&accounts->lock);
}

cord_status cord_accounts_begin(struct cord_accounts *accounts, struct cord_error *err)
{
    cord_accounts_lock(accounts);
    cord_status status = cord_sql_exec(accounts->sql, "BEGIN IMMEDIATE", err);
    if (status != CORD_OK) {
        cord_accounts_unlock(accounts);
    }
    return status;
}

cord_status cord_accounts_end(struct cord_accounts *accounts, cord_status status,
                              struct cord_error *err)
{
    if (status == CORD_OK) {
        status = cord_sql_exec(accounts->sql, "COMMIT", err);
    }
    if (status != CORD_OK) {
        cord_sql_rollback(accounts->sql);
    }
    accounts->changes += status == CORD_OK ? 1 : 0;
    cord_accounts_unlock(accounts);
    if (status == CORD_OK) {
        cord_account_audit_hand_on(accounts);
    }
    return status;
}

cord_status cord_accounts_version(struct cord_accounts *accounts, uint64_t *ret_version,
                                  struct cord_error *err)
{
    struct cord_sql_statement *row = NULL;
    cord_accounts_lock(accounts);
    /* Rises by what other processes commit; by what we do, it does not. */
    cord_status status = cord_accounts_one(accounts, "PRAGMA data_version", &row, err, NULL, 0);
    if (status == CORD_OK) {
        *ret_version = accounts->changes + (uint64_t)cord_sql_column(row, 0);
        cord_sql_free(row);
    }
    cord_accounts_unlock(accounts);
    return status;
}

static void bind(struct cord_sql_statement *statement, const struct cord_accounts_value *values,
                 size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int place = (int)i + 1;
        switch (values[i].kind) {
        case CORD_ACCOUNTS_INT:
            cord_sql_bind(statement, place, values[i].number);
            break;
        case CORD_ACCOUNTS_TEXT:
            cord_sql_bind_text(statement, place, values[i].text);
            break;
        case CORD_ACCOUNTS_BLOB:
            cord_sql_bind_bytes(statement, place, values[i].text);
            break;
        case CORD_ACCOUNTS_NONE:
        default:
            cord_sql_bind_null(statement, place);
            break;
        }
    }
}

cord_status cord_accounts_query(struct cord_accounts *accounts, const char *sql,
                                struct cord_sql_statement **ret_statement, struct cord_error *err,
                                const struct cord_accounts_value *values, size_t count)
{
    cord_status status = cord_sql_prepare(accounts->sql, sql, ret_statement, err);
    if (status == CORD_OK) {
        bind(*ret_statement, values, count);
    }
    return status;
}

cord_status cord_accounts_one(struct cord_accounts *accounts, const char *sql,
                              struct cord_sql_statement **ret_statement, struct cord_error *err,
                              const struct cord_accounts_value *values, size_t count)
{
    struct cord_sql_statement *statement = NULL;
    cord_status status = cord_accounts_query(accounts, sql, &statement, err, values, count);
    if (status == CORD_OK) {
        status = cord_sql_step(statement, err);
    }
    if (status != CORD_OK) {
        cord_sql_free(statement);
        return status == CORD_E_END ? cord_error_set(err, CORD_E_NOENT, "there is none such")
                                    : status;
    }
    *ret_statement = statement;
    return CORD_OK;
}

cord_status cord_accounts_do(struct cord_accounts *accounts, const char *sql,
                             struct cord_error *err, const struct cord_accounts_value *values,
                             size_t count)
{
    struct cord_sql_statement *statement = NULL;
    cord_status status = cord_accounts_query(accounts, sql, &statement, err, values, count);
    if (status == CORD_OK) {
        status = cord_sql_run(statement, err);
    }
    cord_sql_free(statement);
    return status;
}

cord_status cord_accounts_change(struct cord_accounts *accounts, const char *sql,
                                 struct cord_error *err, const struct cord_accounts_value *values,
                                 size_t count)
{
    int64_t changes = 0;
    cord_status status = cord_accounts_do(accounts, sql, err, values, count);
    if (status == CORD_OK) {
        status = cord_sql_number(accounts->sql, "SELECT changes()", &changes, err);
    }
    if (status == CORD_OK && changes == 0) {
        return cord_error_set(err, CORD_E_NOENT, "there is none such");
    }
    return status;
}

cord_status cord_accounts_last(struct cord_accounts *accounts, uint64_t *ret_number,
                               struct cord_error *err)
{
    int64_t number = 0;
    cord_status status = cord_sql_number(accounts->sql, "SELECT last_insert_rowid()", &number, err);
    if (status == CORD_OK) {
        *ret_number = (uint64_t)number;
    }
    return status;
}

int64_t cord_accounts_column_time(struct cord_sql_statement *statement, int column)
{
    return cord_sql_column_is_null(statement, column) ? CORD_TIME_NONE
                                                      : cord_sql_column(statement, column);
}

/* --- open, close --- */

/* What is the file's own: its name among all files, and a key; made with it. */
static cord_status own_secret(struct cord_accounts *accounts, const char *name,
                              unsigned char *bytes, size_t len, struct cord_error *err)
{
    struct cord_sql_statement *statement = NULL;
    if (RAND_bytes(bytes, (int)len) != 1) {
        return cord_error_set(err, CORD_E_IO, "there are no random numbers");
    }
    cord_status status = cord_accounts_do(
        accounts, "INSERT INTO meta(name, value) VALUES (?, ?) ON CONFLICT DO NOTHING", err,
        CORD_ACCOUNTS_WITH(cord_accounts_text(cord_str_from(name)),
                           cord_accounts_blob(bytes, len)));
    if (status == CORD_OK) {
        status =
            cord_accounts_one(accounts, "SELECT value FROM meta WHERE name = ?", &statement, err,
                              CORD_ACCOUNTS_WITH(cord_accounts_text(cord_str_from(name))));
    }
    if (status == CORD_OK) {
        cord_str value = cord_sql_column_text(statement, 0);
        if (value.len == len) {
            memcpy(bytes, value.ptr, len);
        } else {
            status =
                cord_error_set(err, CORD_E_DAMAGED, "damaged: %s of %zu bytes", name, value.len);
        }
        cord_sql_free(statement);
    }
    return status;
}

static void default_options(struct cord_accounts_options *options)
{
    options->idle_s = options->idle_s > 0 ? options->idle_s : IDLE_S;
    options->most_s = options->most_s > 0 ? options->most_s : MOST_S;
    options->setup_s = options->setup_s > 0 ? options->setup_s : SETUP_S;
    if (options->by_account.free == 0) {
        options->by_account = cord_lockout_of_account();
    }
    if (options->by_address.free == 0) {
        options->by_address = cord_lockout_of_address();
    }
}

/* SQLite makes its other files with the mode that this one has. */
static cord_status make_file(const char *path, struct cord_error *err)
{
    int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) {
        return errno == EEXIST ? CORD_OK : cord_error_errno(err, "%s", path);
    }
    (void)close(file);
    return CORD_OK;
}

static cord_status take_steps(struct cord_sql *sql, int64_t version, struct cord_error *err)
{
    char mark[PRAGMA_BYTES];
    cord_status status = CORD_OK;
    for (size_t i = (size_t)version; status == CORD_OK && i < STEPS; i++) {
        status = cord_sql_exec(sql, schema[i], err);
    }
    (void)snprintf(mark, sizeof mark, "PRAGMA application_id=%d; PRAGMA user_version=%zu",
                   APPLICATION, STEPS);
    return status == CORD_OK ? cord_sql_exec(sql, mark, err) : status;
}

/* Ours and of this version; a new file becomes so. */
static cord_status recognise(struct cord_sql *sql, int64_t *ret_version, struct cord_error *err)
{
    int64_t application = 0;
    int64_t version = 0;
    int64_t objects = 0;
    cord_status status = cord_sql_number(sql, "PRAGMA application_id", &application, err);
    if (status == CORD_OK) {
        status = cord_sql_number(sql, "PRAGMA user_version", &version, err);
    }
    if (status == CORD_OK) {
        status = cord_sql_number(sql, "SELECT count(*) FROM sqlite_schema", &objects, err);
    }
    if (status != CORD_OK) {
        return status;
    }
    if (application != APPLICATION && (application != 0 || objects > 0)) {
        return cord_error_set(err, CORD_E_FORMAT, "this is another program's database");
    }
    if (version < 0 || (uint64_t)version > STEPS) {
        return cord_error_set(err, CORD_E_UNSUPPORTED,
                              "of schema %" PRIi64 ", this program knows %zu: use a later program",
                              version, STEPS);
    }
    *ret_version = version;
    return (uint64_t)version < STEPS ? take_steps(sql, version, err) : CORD_OK;
}

/* The key of the secrets. A new one only where none is closed with the one that is missing: those
 * that are cannot be read until it is put back or they are taken away. */
static cord_status find_key(struct cord_accounts *accounts, const char *dir, bool closed,
                            struct cord_error *err)
{
    int64_t secrets = 0;
    cord_status status = cord_account_seal_load(dir, &accounts->seal, err);
    if (status != CORD_E_NOENT) {
        return status;
    }
    status = cord_sql_number(accounts->sql,
                             "SELECT count(*) FROM account"
                             " WHERE totp_secret IS NOT NULL OR totp_pending IS NOT NULL",
                             &secrets, err);
    return status == CORD_OK && (secrets == 0 || !closed)
               ? cord_account_seal_make(dir, &accounts->seal, err)
               : status;
}

/* What is the file's own. In one transaction, so that of several processes one makes it. */
static cord_status set_up(struct cord_accounts *accounts, const char *dir, bool *ret_rewritten,
                          struct cord_error *err)
{
    unsigned char id[CORD_ACCOUNTS_ID_TEXT / 2];
    int64_t version = 0;
    cord_status status = recognise(accounts->sql, &version, err);
    if (status == CORD_OK) {
        status = own_secret(accounts, "id", id, sizeof id, err);
    }
    if (status == CORD_OK) {
        cord_digest_to_hex(id, sizeof id, accounts->id);
        status = own_secret(accounts, "key", accounts->key, sizeof accounts->key, err);
    }
    if (status == CORD_OK) {
        status = find_key(accounts, dir, version >= CLOSED, err);
    }
    *ret_rewritten = version > 0 && version < CLOSED;
    return status == CORD_OK && *ret_rewritten ? cord_account_factor_close_all(accounts, err)
                                               : status;
}

static cord_status migrate(struct cord_accounts *accounts, const char *dir, struct cord_error *err)
{
    struct cord_sql *sql = accounts->sql;
    bool rewritten = false;
    /* What is written over or deleted is not to be found in the file any more. */
    cord_status status = cord_sql_exec(
        sql, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON", err);
    if (status == CORD_OK) {
        status = cord_sql_exec(sql, "BEGIN IMMEDIATE", err);
    }
    if (status != CORD_OK) {
        return status;
    }
    status = set_up(accounts, dir, &rewritten, err);
    if (status == CORD_OK) {
        status = cord_sql_exec(sql, "COMMIT", err);
    }
    if (status != CORD_OK) {
        cord_sql_rollback(sql);
    }
    return status == CORD_OK && rewritten
               ? cord_sql_exec(sql, "PRAGMA wal_checkpoint(TRUNCATE)", err)
               : status;
}

static cord_status open_file(struct cord_accounts *accounts, const char *dir,
                             struct cord_error *err)
{
    char path[PATH_MAX];
    const struct cord_sql_options sql = {.vfs = accounts->options.vfs, .cache_mb = CACHE_MB};
    int len = snprintf(path, sizeof path, "%s/%s", dir, CORD_ACCOUNTS_FILE);
    if (len < 0 || (size_t)len >= sizeof path) {
        return cord_error_set(err, CORD_E_LIMIT, "%s: the path is too long", dir);
    }
    cord_status status = accounts->options.create ? make_file(path, err) : CORD_OK;
    if (status != CORD_OK) {
        return status;
    }
    status = cord_sql_open(path, &sql, &accounts->sql, err);
    if (status == CORD_OK) {
        status = migrate(accounts, dir, err);
    }
    if (status != CORD_OK) {
        cord_error_context(err, "%s", path);
    }
    return status;
}

cord_status cord_accounts_open(const char *dir, const struct cord_accounts_options *options,
                               struct cord_accounts **ret_accounts, struct cord_error *err)
{
    struct cord_accounts *accounts = calloc(1, sizeof *accounts);
    if (!accounts) {
        return CORD_E_NOMEM;
    }
    accounts->options = *options;
    default_options(&accounts->options);
    accounts->made = pthread_mutex_init(&accounts->lock, NULL) == 0;
    cord_status status = accounts->made ? CORD_OK : CORD_E_NOMEM;
    if (status == CORD_OK) {
        status = cord_password_hasher_new(&options->password, &accounts->hasher, err);
    }
    if (status == CORD_OK) {
        status = open_file(accounts, dir, err);
    }
    if (status != CORD_OK) {
        cord_accounts_close(accounts);
        return status;
    }
    *ret_accounts = accounts;
    return CORD_OK;
}

void cord_accounts_close(struct cord_accounts *accounts)
{
    if (!accounts) {
        return;
    }
    cord_sql_close(accounts->sql);
    cord_password_hasher_free(accounts->hasher);
    if (accounts->made) {
        (void)pthread_mutex_destroy(&accounts->lock);
    }
    OPENSSL_cleanse(accounts->key, sizeof accounts->key);
    OPENSSL_cleanse(&accounts->seal, sizeof accounts->seal);
    free(accounts);
}
