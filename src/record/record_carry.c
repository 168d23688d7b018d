/* record_carry.c: see record_carry.h. */
#include "record/record_carry.h"

#include "codec/json_span.h"
#include "record/claim_read.h"
#include "record/record_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#define IMPORT_PAGES "131072" /* 512 MB */

enum { READ_BYTES = 1 << 20, WRITE_BYTES = 1 << 20, BATCH_CLAIMS = 250000, STEP_LINES = 2048 };

/* --- export --- */

struct export
{
    int file;
    struct cord_buf out;
    struct cord_digest head;
};

static cord_status flush(struct export *export, struct cord_error *err)
{
    size_t at = 0;
    while (at < export->out.len) {
        ssize_t put = write(export->file, export->out.ptr + at, export->out.len - at);
        if (put < 0 && errno != EINTR) {
            return cord_error_errno(err, "write");
        }
        at += put > 0 ? (size_t)put : 0;
    }
    cord_buf_clear(&export->out);
    return CORD_OK;
}

static cord_status export_one(void *self, const struct cord_claim *claim,
                              const struct cord_digest *hash, struct cord_error *err)
{
    struct export *export = self;
    export->head = *hash;
    cord_claim_write_hashed(claim, hash, &export->out);
    cord_buf_put_char(&export->out, '\n');
    if (export->out.failed) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    return export->out.len < WRITE_BYTES ? CORD_OK : flush(export, err);
}

static cord_status export_all(struct cord_record *record, struct cord_sql *sql,
                              struct export *export, const struct cord_record_progress *progress,
                              uint64_t *ret_claims, struct cord_error *err)
{
    char hex[CORD_DIGEST_TEXT];
    struct cord_record_head head;
    struct cord_record_pass all = {
        .sql = sql,
        .exercise = cord_record_exercise(record),
        .chained = true,
        .progress = progress,
        .visit = export_one,
        .self = export,
    };
    cord_status status = cord_sql_exec(sql, "BEGIN", err);
    if (status == CORD_OK) {
        status = cord_record_read_head(sql, &head, err);
    }
    if (status == CORD_OK) {
        all.total = head.number;
        status = cord_record_pass_all(&all, ret_claims, err);
    }
    if (status == CORD_OK) {
        (void)cord_digest_format(&export->head, hex);
        cord_buf_printf(&export->out, "{\"end\":%" PRIu64 ",\"head\":\"%s\"}\n", *ret_claims, hex);
    }
    struct cord_error *none = status == CORD_OK ? err : NULL; /* the first failure is told */
    cord_status flushed = flush(export, none);
    return status == CORD_OK ? flushed : status;
}

cord_status cord_record_export(struct cord_record *record, int file,
                               const struct cord_record_progress *progress,
                               struct cord_record_carried *ret_carried, struct cord_error *err)
{
    struct export export = {.file = file};
    struct cord_sql *sql = NULL;
    struct cord_sql_options options = cord_record_sql_options(record, true);
    struct cord_record_carried carried = {0};
    cord_status status = cord_sql_open(record->path, &options, &sql, err);
    if (status != CORD_OK) {
        return status;
    }
    cord_buf_init(&export.out, WRITE_BYTES + 4 * (size_t)CORD_CLAIM_LINE_MAX);
    status = export_all(record, sql, &export, progress, &carried.claims, err);
    carried.whole = status == CORD_OK;
    carried.total = carried.claims;
    cord_buf_done(&export.out);
    cord_sql_close(sql);
    *ret_carried = carried;
    return status;
}

/* --- lines --- */

/* A file, line by line; each at most CORD_CLAIM_LINE_MAX bytes. */
struct lines {
    int file;
    char *bytes; /* READ_BYTES */
    size_t from, len;
    bool ended;
    uint64_t fills;
    uint64_t number; /* of the last line given */
};

static cord_status fill(struct lines *lines, struct cord_error *err)
{
    memmove(lines->bytes, lines->bytes + lines->from, lines->len - lines->from);
    lines->len -= lines->from;
    lines->from = 0;
    lines->fills++;
    while (!lines->ended && lines->len < READ_BYTES) {
        ssize_t got = read(lines->file, lines->bytes + lines->len, READ_BYTES - lines->len);
        if (got < 0 && errno != EINTR) {
            return cord_error_errno(err, "read");
        }
        lines->ended = got == 0;
        lines->len += got > 0 ? (size_t)got : 0;
    }
    return CORD_OK;
}

/* CORD_E_END: there is none further. Borrows until the next. */
static cord_status next_line(struct lines *lines, cord_str *ret_line, struct cord_error *err)
{
    for (;;) {
        cord_str rest = {lines->bytes + lines->from, lines->len - lines->from};
        size_t end = cord_str_find_char(rest, '\n', 0);
        if (end == SIZE_MAX && !lines->ended && rest.len <= CORD_CLAIM_LINE_MAX) {
            cord_status status = fill(lines, err);
            if (status != CORD_OK) {
                return status;
            }
            continue;
        }
        if (end == SIZE_MAX && rest.len == 0) {
            return CORD_E_END;
        }
        *ret_line = cord_str_slice(rest, 0, end);
        lines->from += ret_line->len + (end != SIZE_MAX);
        lines->number++;
        if (ret_line->len > CORD_CLAIM_LINE_MAX) {
            return cord_error_set(err, CORD_E_FORMAT, "line %" PRIu64 ": has more than %u bytes",
                                  lines->number, CORD_CLAIM_LINE_MAX);
        }
        if (cord_str_trim(*ret_line).len > 0) {
            return CORD_OK;
        }
    }
}

/* --- import --- */

struct import {
    struct cord_record *record;
    struct cord_claim_reader *reader;
    struct lines lines;
    const struct cord_record_progress *progress;
    struct cord_record_head head;
    struct cord_record_carried carried;
    bool ended;
};

static bool read_end(cord_str line, uint64_t *ret_claims, struct cord_digest *ret_head)
{
    struct cord_json_walk walk;
    struct cord_json_span end;
    struct cord_json_span head;
    return cord_json_span_begin(&walk, line, 0) && cord_json_span_next(&walk, &end) == CORD_OK &&
           cord_str_eq(end.name, CORD_STR("end")) && cord_str_u64(end.text, ret_claims) &&
           cord_json_span_next(&walk, &head) == CORD_OK &&
           cord_str_eq(head.name, CORD_STR("head")) && cord_digest_parse(head.text, ret_head);
}

/* A claim that is there already: whether it is the same. */
static cord_status compare(struct import *import, const struct cord_claim *claim,
                           const struct cord_digest *hash, struct cord_error *err)
{
    struct cord_record *record = import->record;
    cord_sql_bind(record->get, 1, (int64_t)claim->number);
    cord_status status = cord_sql_step(record->get, err);
    if (status == CORD_OK) {
        cord_str stored = cord_sql_column_text(record->get, CORD_RECORD_CLAIM_HASH);
        bool same = stored.len == CORD_DIGEST_BYTES &&
                    memcmp(stored.ptr, hash->bytes, CORD_DIGEST_BYTES) == 0;
        cord_sql_reset(record->get);
        import->carried.there += same;
        return same ? CORD_OK
                    : cord_error_set(err, CORD_E_FORMAT,
                                     "claim %" PRIu64 " is another one here: this is an export of "
                                     "another record",
                                     claim->number);
    }
    return status == CORD_E_END
               ? cord_error_set(err, CORD_E_FORMAT, "claim %" PRIu64 " is missing", claim->number)
               : status;
}

static cord_status put_claim(struct import *import, struct cord_claim *claim,
                             const struct cord_digest *hash, struct cord_error *err)
{
    bool repeated;
    uint64_t number = claim->number;
    if (number != import->head.number + 1) {
        return cord_error_set(err, CORD_E_FORMAT,
                              "number: %" PRIu64 " does not follow %" PRIu64
                              ": claims are missing between them",
                              number, import->head.number);
    }
    if (claim->recorded_ns == CORD_TIME_NONE ||
        (number > 1 && claim->recorded_ns < import->head.recorded_ns)) {
        return cord_error_set(err, CORD_E_FORMAT,
                              "recorded: is missing, or before that of the claim in front");
    }
    cord_status status = cord_record_put(import->record, claim, &import->head, &repeated, err);
    if (status == CORD_OK && (repeated || !cord_digest_eq(&import->head.hash, hash))) {
        status = cord_error_set(err, CORD_E_FORMAT,
                                "hash: claim %" PRIu64 " is not what was exported", number);
    }
    return status;
}

static cord_status check_end(struct import *import, cord_str line, struct cord_error *err)
{
    uint64_t claims;
    struct cord_digest head;
    if (!read_end(line, &claims, &head)) {
        return CORD_E_END;
    }
    import->ended = true;
    if (claims > import->head.number || (claims == import->head.number && claims > 0 &&
                                         !cord_digest_eq(&head, &import->head.hash))) {
        return cord_error_set(err, CORD_E_FORMAT, "end: %" PRIu64 " claims were exported", claims);
    }
    import->carried.whole = true;
    return CORD_OK;
}

/* One line. */
static cord_status take_line(struct import *import, cord_str line, struct cord_error *err)
{
    struct cord_claim claim;
    struct cord_digest hash;
    bool hashed = false;
    if (import->ended) {
        return cord_error_set(err, CORD_E_FORMAT, "something is behind the end");
    }
    cord_status status = check_end(import, line, err);
    if (status != CORD_E_END) {
        return status;
    }
    status = cord_claim_read(import->reader, line, &claim, &hash, &hashed, err);
    if (status == CORD_OK && (!hashed || claim.number == 0)) {
        status = cord_error_set(err, CORD_E_FORMAT,
                                "%s: is missing; an import takes what an export wrote",
                                hashed ? "number" : "hash");
    }
    if (status != CORD_OK) {
        return status;
    }
    return claim.number <= import->head.number ? compare(import, &claim, &hash, err)
                                               : put_claim(import, &claim, &hash, err);
}

/* Lines up to the batch's size. CORD_E_END: there are no further ones, and the batch is good. */
static cord_status take_batch(struct import *import, struct cord_error *err)
{
    cord_status status = CORD_OK;
    uint64_t first = import->head.number;
    while (status == CORD_OK && import->head.number - first < BATCH_CLAIMS) {
        cord_str line = CORD_STR("");
        status = next_line(&import->lines, &line, err);
        if (status == CORD_OK) {
            status = take_line(import, line, err);
            if (status != CORD_OK) {
                cord_error_context(err, "line %" PRIu64, import->lines.number);
            }
        }
        if (status == CORD_OK && import->lines.number % STEP_LINES == 0 &&
            !cord_record_go_on(import->progress, import->carried.there + import->head.number, 0)) {
            return cord_error_set(err, CORD_E_UNSUPPORTED, "stopped");
        }
    }
    return status;
}

static cord_status import_batch(struct import *import, struct cord_error *err)
{
    struct cord_record *record = import->record;
    struct cord_record_head before = import->head;
    cord_status status = cord_sql_exec(record->sql, "BEGIN IMMEDIATE", err);
    if (status != CORD_OK) {
        return status;
    }
    status = take_batch(import, err);
    bool good = status == CORD_OK || status == CORD_E_END;
    cord_status ended = good ? cord_sql_exec(record->sql, "COMMIT", err) : status;
    if (ended != CORD_OK) {
        cord_sql_rollback(record->sql);
        cord_record_spans_forget(record->spans);
        import->head = before;
        return ended;
    }
    import->carried.claims += import->head.number - before.number;
    cord_status sign = cord_record_sign(record, &import->head, CORD_RECORD_CHECKPOINT_CLAIMS, err);
    return sign == CORD_OK ? status : sign;
}

static cord_status import_all(struct import *import, struct cord_error *err)
{
    cord_status status = CORD_OK;
    cord_record_take_turn(import->record);
    import->head = import->record->head;
    /* What one batch after another writes to goes to its place once for several of them. */
    status = cord_sql_exec(import->record->sql, "PRAGMA wal_autocheckpoint=" IMPORT_PAGES, err);
    while (status == CORD_OK) {
        status = import_batch(import, err);
    }
    import->carried.total = import->head.number;
    cord_record_yield_turn(import->record, &import->head);
    return status == CORD_E_END ? CORD_OK : status;
}

/* What the first claim is of: a record that is made is of the same. It stays in the buffer. */
static cord_status peek_exercise(struct import *import, char exercise[CORD_CLAIM_TEXT_MAX + 1],
                                 struct cord_error *err)
{
    struct cord_claim claim;
    struct cord_digest hash;
    bool hashed;
    cord_str line = CORD_STR("");
    uint64_t claims;
    exercise[0] = '\0';
    cord_status status = fill(&import->lines, err);
    struct lines before = import->lines;
    if (status == CORD_OK) {
        status = next_line(&import->lines, &line, err);
    }
    if (status == CORD_OK && !read_end(line, &claims, &hash)) {
        status = cord_claim_read(import->reader, line, &claim, &hash, &hashed, err);
        if (status == CORD_OK) {
            memcpy(exercise, claim.exercise.len > 0 ? claim.exercise.ptr : "", claim.exercise.len);
            exercise[claim.exercise.len] = '\0';
        } else {
            cord_error_context(err, "line %" PRIu64, import->lines.number);
        }
    }
    if (import->lines.fills == before.fills) {
        import->lines = before; /* the line is given again */
    }
    return status == CORD_E_END ? CORD_OK : status;
}

static cord_status open_for(struct import *import, const char *dir,
                            const struct cord_record_options *options, const char *exercise,
                            struct cord_error *err)
{
    struct cord_record_options opening = *options;
    opening.create = true;
    opening.read_only = false;
    if (opening.cache_mb < CORD_RECORD_PASS_CACHE_MB) {
        opening.cache_mb = CORD_RECORD_PASS_CACHE_MB;
    }
    if (!opening.exercise.ptr) {
        opening.exercise = cord_str_from(exercise);
    }
    return cord_record_open(dir, &opening, &import->record, err);
}

cord_status cord_record_import(const char *dir, const struct cord_record_options *options, int file,
                               const struct cord_record_progress *progress,
                               struct cord_record_carried *ret_carried, struct cord_error *err)
{
    char exercise[CORD_CLAIM_TEXT_MAX + 1];
    struct import import = {.lines = {.file = file, .bytes = malloc(READ_BYTES)},
                            .progress = progress};
    cord_status status = import.lines.bytes ? cord_claim_reader_new(&import.reader) : CORD_E_NOMEM;
    if (status == CORD_OK) {
        status = peek_exercise(&import, exercise, err);
    }
    if (status == CORD_OK) {
        status = open_for(&import, dir, options, exercise, err);
    }
    if (status == CORD_OK) {
        status = import_all(&import, err);
    }
    cord_record_close(import.record);
    cord_claim_reader_free(import.reader);
    free(import.lines.bytes);
    *ret_carried = import.carried;
    return status;
}
