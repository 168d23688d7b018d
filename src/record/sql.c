/* sql.c: see sql.h. */
#include "record/sql.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

enum { BUSY_MS = 10000, PRAGMA_BYTES = 64, COPY_PAGES = 1024 };

struct cord_sql {
    sqlite3 *db;
};

struct cord_sql_statement {
    sqlite3_stmt *handle;
    int failure; /* of a bind */
};

/* What SQLite says, as something a caller can act on. */
static cord_status told(sqlite3 *db, int code, struct cord_error *err)
{
    const char *text = db ? sqlite3_errmsg(db) : sqlite3_errstr(code);
    int number = db ? sqlite3_system_errno(db) : 0;
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    case SQLITE_FULL:
        return cord_error_set(err, CORD_E_LIMIT,
                              "the disk is full; nothing was written: make room and try again");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return cord_error_set(err, CORD_E_BUSY, "another process holds the database: %s", text);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return cord_error_set(err, CORD_E_DAMAGED,
                              "the database is damaged (%s): restore it from a backup or an export",
                              text);
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
    case SQLITE_RANGE:
        return cord_error_set(err, CORD_E_FORMAT, "%s", text);
    default:
        break;
    }
    if (number == ENOSPC || number == EDQUOT) {
        return cord_error_set(err, CORD_E_LIMIT,
                              "the disk is full; nothing was written: make room and try again");
    }
    return cord_error_set(err, CORD_E_IO, "%s", text);
}

cord_status cord_sql_cache(struct cord_sql *sql, uint32_t cache_mb, struct cord_error *err)
{
    char pragma[PRAGMA_BYTES];
    (void)snprintf(pragma, sizeof pragma, "PRAGMA cache_size=-%u",
                   (cache_mb > 0 ? cache_mb : 64) * 1024);
    return cord_sql_exec(sql, pragma, err);
}

static cord_status harden(struct cord_sql *sql, const struct cord_sql_options *options,
                          struct cord_error *err)
{
    (void)sqlite3_extended_result_codes(sql->db, 1);
    (void)sqlite3_busy_timeout(sql->db, BUSY_MS);
    /* What a stranger wrote into the schema is not run. */
    if (sqlite3_db_config(sql->db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL) != SQLITE_OK ||
        sqlite3_db_config(sql->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)NULL) != SQLITE_OK) {
        return cord_error_set(err, CORD_E_UNSUPPORTED, "this SQLite is too old");
    }
    cord_status status = cord_sql_exec(
        sql, "PRAGMA foreign_keys=ON; PRAGMA cell_size_check=ON; PRAGMA temp_store=FILE", err);
    return status == CORD_OK ? cord_sql_cache(sql, options->cache_mb, err) : status;
}

cord_status cord_sql_open(const char *path, const struct cord_sql_options *options,
                          struct cord_sql **ret_sql, struct cord_error *err)
{
    struct cord_sql *sql = calloc(1, sizeof *sql);
    if (!sql) {
        return CORD_E_NOMEM;
    }
    int flags = options->read_only
                    ? SQLITE_OPEN_READONLY
                    : SQLITE_OPEN_READWRITE | (options->create ? SQLITE_OPEN_CREATE : 0);
    int code = sqlite3_open_v2(path, &sql->db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW,
                               options->vfs);
    cord_status status = code == SQLITE_OK ? harden(sql, options, err) : told(sql->db, code, err);
    if ((code & 0xff) == SQLITE_CANTOPEN && sql->db && sqlite3_system_errno(sql->db) == ENOENT) {
        status = CORD_E_NOENT;
    }
    if (status != CORD_OK) {
        cord_sql_close(sql);
        return status;
    }
    *ret_sql = sql;
    return CORD_OK;
}

void cord_sql_close(struct cord_sql *sql)
{
    if (sql) {
        (void)sqlite3_close_v2(sql->db); /* fails for statements left over: our mistake */
        free(sql);
    }
}

cord_status cord_sql_exec(struct cord_sql *sql, const char *text, struct cord_error *err)
{
    int code = sqlite3_exec(sql->db, text, NULL, NULL, NULL);
    return code == SQLITE_OK ? CORD_OK : told(sql->db, code, err);
}

cord_status cord_sql_number(struct cord_sql *sql, const char *text, int64_t *ret_number,
                            struct cord_error *err)
{
    struct cord_sql_statement *statement = NULL;
    cord_status status = cord_sql_prepare(sql, text, &statement, err);
    if (status == CORD_OK) {
        status = cord_sql_step(statement, err);
    }
    if (status == CORD_OK) {
        *ret_number = cord_sql_column(statement, 0);
    }
    cord_sql_free(statement);
    return status;
}

void cord_sql_rollback(struct cord_sql *sql)
{
    if (sqlite3_get_autocommit(sql->db) == 0) {
        /* What fails here was rolled back by the failure. */
        (void)sqlite3_exec(sql->db, "ROLLBACK", NULL, NULL, NULL);
    }
}

cord_status cord_sql_prepare(struct cord_sql *sql, const char *text,
                             struct cord_sql_statement **ret_statement, struct cord_error *err)
{
    struct cord_sql_statement *statement = calloc(1, sizeof *statement);
    if (!statement) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    int code =
        sqlite3_prepare_v3(sql->db, text, -1, SQLITE_PREPARE_PERSISTENT, &statement->handle, NULL);
    if (code != SQLITE_OK) {
        cord_sql_free(statement);
        return told(sql->db, code, err);
    }
    *ret_statement = statement;
    return CORD_OK;
}

void cord_sql_free(struct cord_sql_statement *statement)
{
    if (statement) {
        (void)sqlite3_finalize(statement->handle); /* says again why its last step failed */
        free(statement);
    }
}

static void bound(struct cord_sql_statement *statement, int code)
{
    if (code != SQLITE_OK) {
        statement->failure = code;
    }
}

void cord_sql_bind(struct cord_sql_statement *statement, int place, int64_t number)
{
    bound(statement, sqlite3_bind_int64(statement->handle, place, number));
}

void cord_sql_bind_text(struct cord_sql_statement *statement, int place, cord_str text)
{
    bound(statement, sqlite3_bind_text64(statement->handle, place, text.ptr ? text.ptr : "",
                                         text.len, SQLITE_STATIC, SQLITE_UTF8));
}

void cord_sql_bind_some(struct cord_sql_statement *statement, int place, cord_str text)
{
    if (text.len > 0) {
        cord_sql_bind_text(statement, place, text);
    } else {
        cord_sql_bind_null(statement, place);
    }
}

void cord_sql_bind_bytes(struct cord_sql_statement *statement, int place, cord_str bytes)
{
    bound(statement,
          sqlite3_bind_blob64(statement->handle, place, bytes.ptr, bytes.len, SQLITE_STATIC));
}

void cord_sql_bind_null(struct cord_sql_statement *statement, int place)
{
    bound(statement, sqlite3_bind_null(statement->handle, place));
}

cord_status cord_sql_step(struct cord_sql_statement *statement, struct cord_error *err)
{
    int code = statement->failure;
    sqlite3 *db = sqlite3_db_handle(statement->handle);
    if (code != SQLITE_OK) {
        statement->failure = SQLITE_OK;
        return told(NULL, code, err);
    }
    code = sqlite3_step(statement->handle);
    if (code == SQLITE_ROW) {
        return CORD_OK;
    }
    cord_status status = code == SQLITE_DONE ? CORD_E_END : told(db, code, err);
    (void)sqlite3_reset(statement->handle); /* says the same again */
    return status;
}

cord_status cord_sql_run(struct cord_sql_statement *statement, struct cord_error *err)
{
    cord_status status = cord_sql_step(statement, err);
    if (status == CORD_OK) {
        cord_sql_reset(statement);
    }
    return status == CORD_E_END ? CORD_OK : status;
}

void cord_sql_reset(struct cord_sql_statement *statement)
{
    (void)sqlite3_reset(statement->handle); /* says again why its last step failed */
}

int64_t cord_sql_column(struct cord_sql_statement *statement, int place)
{
    return sqlite3_column_int64(statement->handle, place);
}

cord_str cord_sql_column_text(struct cord_sql_statement *statement, int place)
{
    const void *bytes = sqlite3_column_blob(statement->handle, place);
    int len = sqlite3_column_bytes(statement->handle, place);
    return bytes && len > 0 ? (cord_str){bytes, (size_t)len} : CORD_STR("");
}

uint64_t cord_sql_work(const struct cord_sql_statement *statement)
{
    int steps = sqlite3_stmt_status(statement->handle, SQLITE_STMTSTATUS_VM_STEP, 0);
    return steps > 0 ? (uint64_t)steps : 0;
}

bool cord_sql_column_is_null(struct cord_sql_statement *statement, int place)
{
    return sqlite3_column_type(statement->handle, place) == SQLITE_NULL;
}

static cord_status copy_pages(sqlite3_backup *backup, sqlite3 *into,
                              const struct cord_sql_progress *progress, struct cord_error *err)
{
    int code;
    while ((code = sqlite3_backup_step(backup, COPY_PAGES)) == SQLITE_OK) {
        uint64_t total = (uint64_t)sqlite3_backup_pagecount(backup);
        uint64_t left = (uint64_t)sqlite3_backup_remaining(backup);
        if (progress && progress->step && !progress->step(progress->self, total - left, total)) {
            return CORD_E_END;
        }
    }
    return code == SQLITE_DONE ? CORD_OK : told(into, code, err);
}

cord_status cord_sql_copy(struct cord_sql *sql, const char *path,
                          const struct cord_sql_progress *progress, struct cord_error *err)
{
    sqlite3 *into = NULL;
    const int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
    int code = sqlite3_open_v2(path, &into, flags, NULL);
    cord_status status = code == SQLITE_OK ? CORD_OK : told(into, code, err);
    if (status == CORD_OK) {
        sqlite3_backup *backup = sqlite3_backup_init(into, "main", sql->db, "main");
        status = backup ? copy_pages(backup, into, progress, err)
                        : told(into, sqlite3_errcode(into), err);
        code = backup ? sqlite3_backup_finish(backup) : SQLITE_OK;
        if (status == CORD_OK && code != SQLITE_OK) {
            status = told(into, code, err);
        }
    }
    (void)sqlite3_close_v2(into);
    return status;
}
