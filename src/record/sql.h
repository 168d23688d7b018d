/*
 * sql.h: SQLite, as much of it as the record needs.
 *
 * A connection and its statements belong to one thread at a time. Texts and bytes
 * that are bound must stay until the statement is stepped; columns are good until
 * its next step. The database is hostile: its schema is not trusted, and what is
 * damaged is CORD_E_DAMAGED. While another process holds it: CORD_E_BUSY, after ten seconds.
 */
#ifndef CORD_RECORD_SQL_H
#define CORD_RECORD_SQL_H

#include "base/error.h"
#include "base/str.h"

struct cord_sql;
struct cord_sql_statement;

struct cord_sql_options {
    bool create;
    bool read_only;
    uint32_t cache_mb;
    const char *vfs; /* NULL: SQLite's own */
};

/* CORD_E_NOENT: there is no such file. path "": a database of its own in a temporary file, gone
 * when closed; ":memory:". */
CORD_MUST_USE cord_status cord_sql_open(const char *path, const struct cord_sql_options *options,
                                        struct cord_sql **ret_sql, struct cord_error *err);
/* Memory for pages from now on, at most; 0: 64. */
CORD_MUST_USE cord_status cord_sql_cache(struct cord_sql *sql, uint32_t cache_mb,
                                         struct cord_error *err);
/* Its statements are freed before. */
void cord_sql_close(struct cord_sql *sql);

/* Statements without answers, divided by ';'. */
CORD_MUST_USE cord_status cord_sql_exec(struct cord_sql *sql, const char *text,
                                        struct cord_error *err);
/* The first column of the first row of the answer. CORD_E_END: there is none. */
CORD_MUST_USE cord_status cord_sql_number(struct cord_sql *sql, const char *text,
                                          int64_t *ret_number, struct cord_error *err);
/* Ends an open transaction without it; a failure may have ended it already. */
void cord_sql_rollback(struct cord_sql *sql);

CORD_MUST_USE cord_status cord_sql_prepare(struct cord_sql *sql, const char *text,
                                           struct cord_sql_statement **ret_statement,
                                           struct cord_error *err);
void cord_sql_free(struct cord_sql_statement *statement);

/* Places count from 1. Out of memory is told by the next step. */
void cord_sql_bind(struct cord_sql_statement *statement, int place, int64_t number);
void cord_sql_bind_text(struct cord_sql_statement *statement, int place, cord_str text);
/* NULL for an empty text. */
void cord_sql_bind_some(struct cord_sql_statement *statement, int place, cord_str text);
void cord_sql_bind_bytes(struct cord_sql_statement *statement, int place, cord_str bytes);
void cord_sql_bind_null(struct cord_sql_statement *statement, int place);

/* CORD_OK: a row; CORD_E_END: no further one, and the statement is ready to be bound anew.
 * CORD_E_LIMIT: the disk is full; CORD_E_FORMAT: the database refuses what it was told. After a
 * failure it is ready, too. */
CORD_MUST_USE cord_status cord_sql_step(struct cord_sql_statement *statement,
                                        struct cord_error *err);
/* Steps one that has no answer. */
CORD_MUST_USE cord_status cord_sql_run(struct cord_sql_statement *statement,
                                       struct cord_error *err);
/* Ready to be bound anew, before its end. */
void cord_sql_reset(struct cord_sql_statement *statement);

/* Instructions of SQLite's machine that it has taken so far: what it costs, whatever the clock
 * says. */
uint64_t cord_sql_work(const struct cord_sql_statement *statement);

/* Columns count from 0; 0 and "" where there is NULL or another type. */
int64_t cord_sql_column(struct cord_sql_statement *statement, int place);
cord_str cord_sql_column_text(struct cord_sql_statement *statement, int place);
bool cord_sql_column_is_null(struct cord_sql_statement *statement, int place);

/* Copies the whole database, as the connection's open transaction sees it, over a new file.
 * step (may be NULL) is told what is done; false ends it: CORD_E_END. */
struct cord_sql_progress {
    bool (*step)(void *self, uint64_t done, uint64_t total);
    void *self;
};
CORD_MUST_USE cord_status cord_sql_copy(struct cord_sql *sql, const char *path,
                                        const struct cord_sql_progress *progress,
                                        struct cord_error *err);

#endif
