/* record_verify.c: see record_verify.h. */
#include "record/record_verify.h"

#include "record/record_checkpoint.h"
#include "record/record_internal.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { WHAT_BYTES = 512, VIEW_COLUMNS_MAX = 16 };

struct verify {
    const struct cord_record_verify_options *options;
    struct cord_record *record;
    struct cord_sql *sql;
    struct cord_record_head head;
    struct cord_buf checkpoints;
    cord_str rest; /* lines that are to come */
    struct cord_record_checkpoint next;
    bool has_next;
    struct cord_signing_public key;
    bool has_key;
    struct cord_record_verdict verdict;
};

static void tell(struct verify *verify, const char *what)
{
    verify->verdict.broken++;
    if (verify->options->broken) {
        verify->options->broken(verify->options->self, cord_str_from(what));
    }
}

/* --- checkpoints --- */

static void check_signature(struct verify *verify, const struct cord_record_checkpoint *next)
{
    char what[WHAT_BYTES];
    const char *how = NULL;
    if (!verify->has_key) {
        verify->key = next->key;
        verify->has_key = true;
    }
    if (memcmp(next->key.bytes, verify->key.bytes, sizeof next->key.bytes) != 0) {
        how = "is signed with another key";
    } else if (cord_record_checkpoint_verify(next) != CORD_OK) {
        how = "is not signed by its key";
    } else if (!cord_str_eq(next->exercise, cord_record_exercise(verify->record))) {
        how = "is of another record";
    }
    if (how) {
        (void)snprintf(what, sizeof what, "checkpoint of claim %" PRIu64 " %s", next->number, how);
        tell(verify, what);
    }
}

static void take_checkpoint(struct verify *verify)
{
    struct cord_error err = {""};
    uint64_t before = verify->has_next ? verify->next.number : 0;
    cord_status status;
    verify->has_next = false;
    while ((status = cord_record_checkpoint_next(&verify->rest, &verify->next, &err)) !=
           CORD_E_END) {
        if (status != CORD_OK) {
            tell(verify, err.text);
            continue;
        }
        verify->verdict.checkpoints++;
        check_signature(verify, &verify->next);
        if (verify->next.number <= before) {
            tell(verify, "checkpoints are not in order");
            continue;
        }
        verify->has_next = true;
        return;
    }
}

static cord_status on_claim(void *self, const struct cord_claim *claim,
                            const struct cord_digest *hash, struct cord_error *err)
{
    struct verify *verify = self;
    (void)err;
    if (verify->has_next && verify->next.number == claim->number) {
        if (!cord_digest_eq(&verify->next.hash, hash)) {
            char what[WHAT_BYTES];
            (void)snprintf(what, sizeof what,
                           "claim %" PRIu64 " is not the one that its checkpoint signed",
                           claim->number);
            tell(verify, what);
        }
        verify->verdict.unsigned_claims = 0;
        take_checkpoint(verify);
    } else {
        verify->verdict.unsigned_claims++;
    }
    return CORD_OK;
}

static cord_status load_checkpoints(struct verify *verify, struct cord_error *err)
{
    cord_status status = cord_files_load(&verify->record->files, verify->record->dir,
                                         CORD_RECORD_CHECKPOINTS, &verify->checkpoints, err);
    if (status != CORD_OK && status != CORD_E_NOENT) {
        return status;
    }
    verify->rest = cord_buf_str(&verify->checkpoints);
    take_checkpoint(verify);
    return CORD_OK;
}

/* --- pages and views --- */

static cord_status check_pages(struct verify *verify, struct cord_error *err)
{
    struct cord_sql_statement *check = NULL;
    char what[WHAT_BYTES];
    cord_status status =
        cord_sql_prepare(verify->sql, "PRAGMA main.integrity_check(10)", &check, err);
    while (status == CORD_OK && (status = cord_sql_step(check, err)) == CORD_OK) {
        cord_str text = cord_sql_column_text(check, 0);
        if (!cord_str_eq(text, CORD_STR("ok"))) {
            text = cord_str_slice(text, 0, WHAT_BYTES / 2);
            (void)snprintf(what, sizeof what, "the database: %.*s", CORD_STR_ARG(text));
            tell(verify, what);
        }
    }
    cord_sql_free(check);
    return status == CORD_E_END ? CORD_OK : status;
}

static bool same_row(struct cord_sql_statement *a, struct cord_sql_statement *b, int columns)
{
    for (int i = 0; i < columns; i++) {
        if (cord_sql_column_is_null(a, i) != cord_sql_column_is_null(b, i) ||
            !cord_str_eq(cord_sql_column_text(a, i), cord_sql_column_text(b, i))) {
            return false;
        }
    }
    return true;
}

static cord_status compare_rows(struct verify *verify, struct cord_sql_statement *here,
                                struct cord_sql_statement *anew, const char *view,
                                struct cord_error *err)
{
    for (;;) {
        cord_status a = cord_sql_step(here, err);
        if (a != CORD_OK && a != CORD_E_END) {
            return a;
        }
        cord_status b = cord_sql_step(anew, err);
        if (b != CORD_OK && b != CORD_E_END) {
            return b;
        }
        if (a != b || (a == CORD_OK && !same_row(here, anew, VIEW_COLUMNS_MAX))) {
            char what[WHAT_BYTES];
            (void)snprintf(what, sizeof what,
                           "the view %s is not what its claims give (row %" PRId64
                           "): make it anew with cordon record rebuild",
                           view, cord_sql_column(a == CORD_OK ? here : anew, 0));
            tell(verify, what);
            return CORD_OK;
        }
        if (a == CORD_E_END) {
            return CORD_OK;
        }
    }
}

static cord_status compare_view(struct verify *verify, const struct cord_record_table *view,
                                struct cord_error *err)
{
    char text[128];
    struct cord_sql_statement *here = NULL;
    struct cord_sql_statement *anew = NULL;
    (void)snprintf(text, sizeof text, "SELECT * FROM main.%s ORDER BY %s", view->name, view->order);
    cord_status status = cord_sql_prepare(verify->sql, text, &here, err);
    if (status == CORD_OK) {
        (void)snprintf(text, sizeof text, "SELECT * FROM anew.%s ORDER BY %s", view->name,
                       view->order);
        status = cord_sql_prepare(verify->sql, text, &anew, err);
    }
    if (status == CORD_OK) {
        status = compare_rows(verify, here, anew, view->name, err);
    }
    cord_sql_free(here);
    cord_sql_free(anew);
    return status;
}

static cord_status compare_views(struct verify *verify, struct cord_error *err)
{
    cord_status status = CORD_OK;
    const struct cord_record_table *views = cord_record_sql_views();
    for (size_t i = 0; status == CORD_OK && views[i].name; i++) {
        status = compare_view(verify, &views[i], err);
    }
    return status;
}

/* --- all of it --- */

/* What is broken is told; what cannot be gone on after, too. */
static cord_status settle(struct verify *verify, cord_status status, const struct cord_error *err)
{
    if (status == CORD_E_FORMAT || status == CORD_E_DAMAGED) {
        tell(verify, err->text);
        return CORD_OK;
    }
    return status;
}

static cord_status pass(struct verify *verify, struct cord_error *err)
{
    struct cord_record_spans *spans = NULL;
    cord_status status = cord_record_sql_make_views(verify->sql, "anew", err);
    if (status == CORD_OK) {
        status = cord_record_spans_new(verify->sql, "anew", &spans, err);
    }
    if (status != CORD_OK) {
        return status;
    }
    const struct cord_record_pass all = {
        .sql = verify->sql,
        .spans = spans,
        .exercise = cord_record_exercise(verify->record),
        .chained = true,
        .total = verify->head.number,
        .progress = &verify->options->progress,
        .visit = on_claim,
        .self = verify,
    };
    status = cord_record_pass_all(&all, &verify->verdict.claims, err);
    bool whole = status == CORD_OK;
    status = settle(verify, status, err);
    if (whole && verify->has_next) {
        tell(verify, "a checkpoint tells of more claims than there are: claims were lost");
    }
    if (whole) {
        status = settle(verify, compare_views(verify, err), err);
    }
    cord_record_spans_free(spans);
    return status;
}

static cord_status verify_all(struct verify *verify, struct cord_error *err)
{
    struct cord_sql_options options = cord_record_sql_options(verify->record, false);
    cord_status status = cord_sql_open(verify->record->path, &options, &verify->sql, err);
    if (status == CORD_OK) {
        status = cord_sql_exec(verify->sql,
                               "ATTACH '' AS anew; PRAGMA anew.synchronous=OFF; "
                               "PRAGMA anew.journal_mode=OFF; BEGIN",
                               err);
    }
    if (status == CORD_OK) {
        status = cord_record_read_head(verify->sql, &verify->head, err);
    }
    if (status == CORD_OK) {
        status = load_checkpoints(verify, err);
    }
    if (status == CORD_OK) {
        status = settle(verify, check_pages(verify, err), err);
    }
    if (status == CORD_OK) {
        status = pass(verify, err);
    }
    (void)cord_digest_format(&verify->head.hash, verify->verdict.head);
    return status;
}

cord_status cord_record_verify(const char *dir, const struct cord_record_verify_options *options,
                               struct cord_record_verdict *ret_verdict, struct cord_error *err)
{
    struct verify verify = {.options = options};
    const struct cord_record_options reading = {.read_only = true};
    if (options->key.ptr &&
        !cord_digest_from_hex(options->key, verify.key.bytes, CORD_SIGNING_KEY_BYTES)) {
        return cord_error_set(err, CORD_E_UNSUPPORTED, "a key has 64 hexadecimal digits");
    }
    verify.has_key = options->key.ptr != NULL;
    cord_status status = cord_record_open(dir, &reading, &verify.record, err);
    if (status != CORD_OK) {
        return status;
    }
    cord_buf_init(&verify.checkpoints, CORD_RECORD_CHECKPOINT_BYTES_MAX);
    status = verify_all(&verify, err);
    cord_sql_close(verify.sql);
    cord_buf_done(&verify.checkpoints);
    cord_record_close(verify.record);
    if (status == CORD_OK) {
        *ret_verdict = verify.verdict;
    }
    return status;
}

/* --- making anew --- */

static cord_status rebuild(struct cord_record *record, const struct cord_record_progress *progress,
                           uint64_t *ret_claims, struct cord_error *err)
{
    const struct cord_record_pass all = {
        .sql = record->sql,
        .spans = record->spans,
        .exercise = cord_record_exercise(record),
        .total = record->head.number,
        .progress = progress,
    };
    cord_status status = cord_sql_exec(record->sql, "BEGIN IMMEDIATE", err);
    if (status == CORD_OK) {
        status = cord_record_sql_empty_views(record->sql, err);
        cord_record_spans_forget(record->spans);
    }
    if (status == CORD_OK) {
        status = cord_record_pass_all(&all, ret_claims, err);
    }
    if (status == CORD_OK) {
        status = cord_sql_exec(record->sql, "COMMIT", err);
    }
    if (status != CORD_OK) {
        cord_sql_rollback(record->sql);
        cord_record_spans_forget(record->spans);
    }
    return status;
}

cord_status cord_record_rebuild(struct cord_record *record,
                                const struct cord_record_progress *progress, uint64_t *ret_claims,
                                struct cord_error *err)
{
    if (record->options.read_only) {
        return cord_error_set(err, CORD_E_UNSUPPORTED, "the record is open for reading only");
    }
    cord_record_take_turn(record);
    struct cord_record_head head = record->head;
    uint32_t cache_mb = record->options.cache_mb;
    bool wider = cache_mb < CORD_RECORD_PASS_CACHE_MB;
    cord_status status =
        wider ? cord_sql_cache(record->sql, CORD_RECORD_PASS_CACHE_MB, err) : CORD_OK;
    if (status == CORD_OK) {
        status = rebuild(record, progress, ret_claims, err);
    }
    if (status == CORD_OK && wider) {
        status = cord_sql_cache(record->sql, cache_mb, err);
    }
    cord_record_yield_turn(record, &head);
    return status;
}
