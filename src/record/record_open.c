/* record_open.c: opening and closing a record: see record.h. */
#include "record/record_checkpoint.h"
#include "record/record_internal.h"
#include "record/record_row.h"
#include "record/record_verify.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PID_BYTES = 24, KEY_BYTES_MAX = 4096, TAIL_CLAIMS = 1000, EXERCISE_BYTES_MAX = 64 };

#define CHECKED_BYTES ((int64_t)64 << 20) /* every page of a smaller database is looked at */
#define SCRATCH_BYTES ((size_t)1 << 20)
#define CURE          "restore it from a backup or an export (cordon record restore)"

struct cord_sql_options cord_record_sql_options(const struct cord_record *record, bool read_only)
{
    return (struct cord_sql_options){.create = record->options.create && !read_only,
                                     .read_only = read_only,
                                     .cache_mb = record->options.cache_mb,
                                     .vfs = record->options.vfs};
}

cord_status cord_record_read_head(struct cord_sql *sql, struct cord_record_head *ret_head,
                                  struct cord_error *err)
{
    struct cord_sql_statement *last = NULL;
    struct cord_record_head head = {.recorded_ns = CORD_TIME_NONE};
    cord_status status = cord_record_sql_prepare(sql, "main", CORD_RECORD_CLAIM_LAST, &last, err);
    if (status == CORD_OK) {
        status = cord_sql_step(last, err);
    }
    if (status == CORD_OK) {
        cord_str hash = cord_sql_column_text(last, 2);
        head.number = (uint64_t)cord_sql_column(last, 0);
        head.recorded_ns = cord_sql_column(last, 1);
        if (hash.len == CORD_DIGEST_BYTES) {
            memcpy(head.hash.bytes, hash.ptr, CORD_DIGEST_BYTES);
        } else {
            status = cord_error_set(err, CORD_E_DAMAGED, "the last claim is damaged: " CURE);
        }
    }
    cord_sql_free(last);
    if (status == CORD_OK || status == CORD_E_END) {
        *ret_head = head;
        return CORD_OK;
    }
    return status;
}

/* --- the directory --- */

static cord_status say_locked(int file, struct cord_error *err)
{
    char text[PID_BYTES] = "";
    ssize_t len = pread(file, text, sizeof text - 1, 0);
    text[len > 0 ? strcspn(text, "\n") : 0] = '\0';
    return cord_error_set(err, CORD_E_BUSY, "another process writes this record%s%s",
                          text[0] ? ": process " : "", text);
}

cord_status cord_record_open_lock(int dir, int *ret_file, struct cord_error *err)
{
    char text[PID_BYTES];
    int file = openat(dir, CORD_RECORD_LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) {
        return cord_error_errno(err, "open lock");
    }
    if (flock(file, LOCK_EX | LOCK_NB) != 0) {
        cord_status status =
            errno == EWOULDBLOCK ? say_locked(file, err) : cord_error_errno(err, "lock");
        (void)close(file); /* nothing was written */
        return status;
    }
    int len = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    /* On a full disk the lock holds as well; only its holder is not named. */
    if (ftruncate(file, 0) == 0 && len > 0) {
        (void)!pwrite(file, text, (size_t)len, 0);
    }
    *ret_file = file;
    return CORD_OK;
}

static cord_status open_dir(struct cord_record *record, const char *dir, struct cord_error *err)
{
    int len = snprintf(record->path, sizeof record->path, "%s/" CORD_RECORD_FILE, dir);
    if (len < 0 || (size_t)len >= sizeof record->path) {
        return cord_error_set(err, CORD_E_LIMIT, "the name is too long");
    }
    if (record->options.create && mkdir(dir, 0700) != 0 && errno != EEXIST) {
        return cord_error_errno(err, "make directory");
    }
    record->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (record->dir < 0) {
        return cord_error_errno(err, "open directory");
    }
    if (!record->options.create &&
        faccessat(record->dir, CORD_RECORD_FILE, F_OK, AT_EACCESS) != 0) {
        return cord_error_set(err, CORD_E_NOENT,
                              "there is no record here (no " CORD_RECORD_FILE ")");
    }
    return record->options.read_only ? CORD_OK
                                     : cord_record_open_lock(record->dir, &record->lock_file, err);
}

/* --- the database --- */

static cord_status set_up(struct cord_record *record, struct cord_error *err)
{
    size_t count;
    char text[64];
    int64_t application = 0;
    const struct cord_record_migration *steps = cord_record_sql_migrations(&count);
    /* Every commit waits for the disk: what append has said is recorded stays so. */
    cord_status status = cord_sql_exec(
        record->sql,
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=16384; "
        "PRAGMA journal_size_limit=67108864; "
        /* What takes a batch out of a group again is not put into a file: a server may write none
         * but in its own folders, nor open one when it has as many as it may. */
        "PRAGMA temp_store=MEMORY",
        err);
    if (status == CORD_OK) {
        status = cord_sql_number(record->sql, "PRAGMA application_id", &application, err);
    }
    if (status == CORD_OK && application == 0) {
        (void)snprintf(text, sizeof text, "PRAGMA application_id=%d", CORD_RECORD_APPLICATION);
        status = cord_sql_exec(record->sql, text, err);
    }
    return status == CORD_OK ? cord_record_sql_migrate(record->sql, steps, count, err) : status;
}

static cord_status check_version(struct cord_record *record, struct cord_error *err)
{
    size_t count;
    int64_t version = 0;
    int64_t application = 0;
    (void)cord_record_sql_migrations(&count);
    cord_status status = cord_sql_number(record->sql, "PRAGMA application_id", &application, err);
    if (status == CORD_OK) {
        status = cord_sql_number(record->sql, "PRAGMA user_version", &version, err);
    }
    bool ours = (application == CORD_RECORD_APPLICATION || application == 0) && version >= 0;
    if (status == CORD_OK && !ours) {
        status = cord_error_set(err, CORD_E_FORMAT, CORD_RECORD_FILE " is no record");
    } else if (status == CORD_OK && version == 0 && !record->options.create) {
        status = cord_error_set(err, CORD_E_NOENT, "there is no record here yet");
    } else if (status == CORD_OK && (uint64_t)version > count) {
        status = cord_error_set(err, CORD_E_UNSUPPORTED,
                                "this record is of schema %" PRId64
                                ", this program knows %zu: use a later program",
                                version, count);
    } else if (status == CORD_OK && record->options.read_only && (uint64_t)version < count) {
        status = cord_error_set(err, CORD_E_UNSUPPORTED,
                                "this record is of schema %" PRId64
                                ": open it for writing once, it is brought to %zu",
                                version, count);
    }
    return status;
}

/* "" when every page is as it should be. */
static cord_status check_pages(struct cord_record *record, struct cord_error *err)
{
    int64_t pages = 0;
    int64_t page_bytes = 0;
    struct cord_sql_statement *check = NULL;
    cord_status status = cord_sql_number(record->sql, "PRAGMA page_count", &pages, err);
    if (status == CORD_OK) {
        status = cord_sql_number(record->sql, "PRAGMA page_size", &page_bytes, err);
    }
    if (status != CORD_OK || pages * page_bytes > CHECKED_BYTES) {
        return status;
    }
    status = cord_sql_prepare(record->sql, "PRAGMA quick_check(1)", &check, err);
    if (status == CORD_OK) {
        status = cord_sql_step(check, err);
    }
    if (status == CORD_OK && !cord_str_eq(cord_sql_column_text(check, 0), CORD_STR("ok"))) {
        cord_str text = cord_str_slice(cord_sql_column_text(check, 0), 0, 128);
        status = cord_error_set(err, CORD_E_DAMAGED, "the database is damaged (%.*s): " CURE,
                                CORD_STR_ARG(text));
    }
    cord_sql_free(check);
    return status;
}

/* --- live or an exercise --- */

static cord_status add_mode(struct cord_record *record, struct cord_error *err)
{
    struct cord_sql_statement *add = NULL;
    cord_str name = record->options.exercise;
    char subject[EXERCISE_BYTES_MAX + 16];
    (void)snprintf(subject, sizeof subject, "exercise:%.*s", CORD_STR_ARG(name));
    if (name.len > EXERCISE_BYTES_MAX ||
        (name.len > 0 && !cord_claim_is_subject(cord_str_from(subject), NULL))) {
        return cord_error_set(err, CORD_E_FORMAT,
                              "an exercise is named by at most 64 letters, digits and -._:/@+");
    }
    cord_status status =
        cord_sql_prepare(record->sql, "INSERT INTO record VALUES(1, ?1, ?2)", &add, err);
    if (status == CORD_OK) {
        cord_sql_bind_text(add, 1, name);
        cord_sql_bind(add, 2, cord_clock_now_ns(&record->options.clock));
        status = cord_sql_run(add, err);
    }
    cord_sql_free(add);
    return status;
}

static cord_status compare_mode(struct cord_record *record, cord_str there, struct cord_error *err)
{
    cord_str wanted = record->options.exercise;
    if (there.len > EXERCISE_BYTES_MAX) {
        return cord_error_set(err, CORD_E_DAMAGED, "the database is damaged: " CURE);
    }
    if (wanted.ptr && !cord_str_eq(there, wanted)) {
        return cord_error_set(err, CORD_E_FORMAT,
                              "this record is %s%.*s, and %s%.*s was asked for: live and exercises "
                              "are never mixed",
                              there.len > 0 ? "of exercise " : "live", CORD_STR_ARG(there),
                              wanted.len > 0 ? "exercise " : "live", CORD_STR_ARG(wanted));
    }
    memcpy(record->exercise, there.ptr, there.len);
    return CORD_OK;
}

static cord_status settle_mode(struct cord_record *record, struct cord_error *err)
{
    struct cord_sql_statement *mode = NULL;
    cord_status status = cord_sql_prepare(record->sql, "SELECT exercise FROM record", &mode, err);
    if (status == CORD_OK) {
        status = cord_sql_step(mode, err);
    }
    if (status == CORD_E_END && record->options.create) {
        status = add_mode(record, err);
        status = status == CORD_OK ? cord_sql_step(mode, err) : status;
    }
    if (status == CORD_OK) {
        status = compare_mode(record, cord_sql_column_text(mode, 0), err);
    } else if (status == CORD_E_END) {
        status = cord_error_set(err, CORD_E_NOENT, "there is no record here yet");
    }
    cord_sql_free(mode);
    return status;
}

/* --- the chain's end --- */

static cord_status tail_break(uint64_t number, struct cord_error *err)
{
    return cord_error_set(err, CORD_E_DAMAGED,
                          "claim %" PRIu64 " is not what was recorded, its hash says: " CURE,
                          number);
}

static cord_status check_row(struct cord_record *record, struct cord_sql_statement *row,
                             uint64_t number, struct cord_digest *previous, bool hashed,
                             struct cord_error *err)
{
    struct cord_claim claim;
    struct cord_digest stored;
    struct cord_digest hash;
    cord_status status =
        cord_record_row_read(row, cord_str_from(record->exercise), &claim, &stored, err);
    if (status == CORD_OK && claim.number != number) {
        return tail_break(number, err);
    }
    if (status == CORD_OK && hashed) {
        status = cord_claim_hash(&claim, previous, &record->scratch, &hash);
        if (status == CORD_OK && !cord_digest_eq(&hash, &stored)) {
            return tail_break(number, err);
        }
    }
    *previous = stored;
    return status;
}

/* The last claims' hashes; all of them when there are few. */
static cord_status check_tail(struct cord_record *record, struct cord_error *err)
{
    struct cord_sql_statement *row = NULL;
    uint64_t last = record->head.number;
    uint64_t first = last > TAIL_CLAIMS ? last - TAIL_CLAIMS : 0;
    struct cord_digest previous = {{0}};
    cord_status status =
        cord_record_sql_prepare(record->sql, "main", CORD_RECORD_CLAIMS_FROM, &row, err);
    uint64_t number = first > 0 ? first : 1;
    if (status == CORD_OK) {
        cord_sql_bind(row, 1, (int64_t)number);
    }
    for (; status == CORD_OK && number <= last; number++) {
        status = cord_sql_step(row, err);
        if (status == CORD_OK) {
            status = check_row(record, row, number, &previous, number > first, err);
        } else if (status == CORD_E_END) {
            status = tail_break(number, err);
        }
    }
    cord_sql_free(row);
    return status;
}

/* --- checkpoints --- */

static cord_status compare_checkpoint(struct cord_record *record,
                                      const struct cord_record_checkpoint *last,
                                      struct cord_error *err)
{
    struct cord_sql_statement *get = NULL;
    cord_status status =
        cord_record_sql_prepare(record->sql, "main", CORD_RECORD_CLAIM_GET, &get, err);
    if (status == CORD_OK) {
        cord_sql_bind(get, 1, (int64_t)last->number);
        status = cord_sql_step(get, err);
    }
    if (status == CORD_E_END) {
        status = cord_error_set(err, CORD_E_DAMAGED,
                                "a checkpoint tells of %" PRIu64 " claims, and there are %" PRIu64
                                ": claims were lost; " CURE,
                                last->number, record->head.number);
    } else if (status == CORD_OK) {
        cord_str hash = cord_sql_column_text(get, CORD_RECORD_CLAIM_HASH);
        if (hash.len != CORD_DIGEST_BYTES || memcmp(hash.ptr, last->hash.bytes, hash.len) != 0) {
            status = cord_error_set(err, CORD_E_DAMAGED,
                                    "claim %" PRIu64 " is not the one that was signed: " CURE,
                                    last->number);
        }
    }
    cord_sql_free(get);
    return status;
}

/* The last whole line counts; what a crash left behind it is written over. */
static cord_status read_checkpoints(struct cord_record *record, struct cord_error *err)
{
    struct cord_buf lines;
    struct cord_record_checkpoint last = {0};
    cord_buf_init(&lines, CORD_RECORD_CHECKPOINT_BYTES_MAX);
    cord_status status =
        cord_files_load(&record->files, record->dir, CORD_RECORD_CHECKPOINTS, &lines, err);
    if (status == CORD_OK) {
        cord_str rest = cord_buf_str(&lines);
        while ((status = cord_record_checkpoint_next(&rest, &last, err)) == CORD_OK) {
        }
        record->checkpoint_bytes = lines.len - rest.len;
        if (status == CORD_E_END && last.number > 0) {
            record->checkpoint = last.number;
            record->signed_number = last.number;
            status = compare_checkpoint(record, &last, err);
        }
    }
    cord_buf_done(&lines);
    return status == CORD_E_END || status == CORD_E_NOENT ? CORD_OK : status;
}

/* --- the signing key --- */

static cord_status read_key(struct cord_record *record, struct cord_error *err)
{
    struct cord_buf pem;
    cord_buf_init(&pem, KEY_BYTES_MAX);
    cord_status status = cord_files_load(&record->files, record->dir, CORD_RECORD_KEY, &pem, err);
    if (status == CORD_OK) {
        status = cord_signing_read(cord_buf_str(&pem), &record->key, err);
    }
    if (pem.ptr) {
        explicit_bzero(pem.ptr, pem.cap);
    }
    cord_buf_done(&pem);
    return status;
}

static cord_status make_key(struct cord_record *record, struct cord_error *err)
{
    struct cord_buf pem;
    cord_buf_init(&pem, KEY_BYTES_MAX);
    cord_status status = cord_signing_make(&record->key, err);
    if (status == CORD_OK) {
        status = cord_signing_write(record->key, &pem);
    }
    if (status == CORD_OK) {
        status = cord_files_save(&record->files, record->dir, ".", CORD_RECORD_KEY,
                                 cord_buf_str(&pem), err);
    }
    if (pem.ptr) {
        explicit_bzero(pem.ptr, pem.cap);
    }
    cord_buf_done(&pem);
    return status;
}

static cord_status open_key(struct cord_record *record, struct cord_error *err)
{
    cord_status status = read_key(record, err);
    if (status == CORD_E_NOENT) {
        status = record->checkpoint == 0
                     ? make_key(record, err)
                     : cord_error_set(err, CORD_E_UNSUPPORTED,
                                      "there are checkpoints, and no key: put it back, or move "
                                      "the file `checkpoints` away to sign with a new one");
    }
    if (status != CORD_OK) {
        cord_error_context(err, CORD_RECORD_KEY);
    }
    return status;
}

/* --- */

/* Made here, since SQLite would let others read it; what lies beside it gets its mode. */
static cord_status make_private(struct cord_record *record, struct cord_error *err)
{
    int file =
        openat(record->dir, CORD_RECORD_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) {
        return cord_error_errno(err, "make " CORD_RECORD_FILE);
    }
    (void)close(file); /* nothing was written */
    return CORD_OK;
}

static cord_status open_database(struct cord_record *record, struct cord_error *err)
{
    struct cord_sql_options options = cord_record_sql_options(record, record->options.read_only);
    cord_status status = record->options.create ? make_private(record, err) : CORD_OK;
    if (status == CORD_OK) {
        status = cord_sql_open(record->path, &options, &record->sql, err);
    }
    if (status == CORD_OK) {
        status = check_version(record, err);
    }
    if (status == CORD_OK && !record->options.read_only) {
        status = set_up(record, err);
    }
    if (status == CORD_OK) {
        status = cord_record_sql_check_schema(record->sql, err);
    }
    if (status == CORD_OK) {
        status = check_pages(record, err);
    }
    if (status == CORD_OK) {
        status = settle_mode(record, err);
    }
    return status == CORD_OK ? cord_record_read_head(record->sql, &record->head, err) : status;
}

/* Claims hold, and the views say nothing: a migration has emptied them. */
static cord_status lacks_views(struct cord_record *record, bool *ret_lacks, struct cord_error *err)
{
    struct cord_sql_statement *of_kind = NULL;
    int64_t topics = 0;
    size_t kind_count;
    const struct cord_claim_kind *kinds = cord_claim_kinds(&kind_count);
    bool any = false;
    cord_status status =
        cord_sql_number(record->sql, "SELECT EXISTS(SELECT 1 FROM topics)", &topics, err);
    if (status == CORD_OK) {
        status = cord_record_sql_prepare(record->sql, "main", CORD_RECORD_REACH_KIND_TIERS,
                                         &of_kind, err);
    }
    for (size_t i = 0; status == CORD_OK && topics == 0 && !any && i < kind_count; i++) {
        if (kinds[i].effect == CORD_CLAIM_STATES) {
            cord_sql_bind(of_kind, 1, 0);
            cord_sql_bind_text(of_kind, 2, cord_str_from(kinds[i].name));
            status = cord_sql_step(of_kind, err);
            any = status == CORD_OK;
            cord_sql_reset(of_kind);
            status = status == CORD_E_END ? CORD_OK : status;
        }
    }
    cord_sql_free(of_kind);
    *ret_lacks = any;
    return status;
}

static cord_status make_views(struct cord_record *record, struct cord_error *err)
{
    bool lacks = false;
    uint64_t claims;
    cord_status status = lacks_views(record, &lacks, err);
    return status == CORD_OK && lacks
               ? cord_record_rebuild(record, &record->options.making, &claims, err)
               : status;
}

static cord_status open_writing(struct cord_record *record, struct cord_error *err)
{
    struct cord_sql *sql = record->sql;
    cord_status status =
        cord_record_sql_prepare(sql, "main", CORD_RECORD_CLAIM_ADD, &record->add, err);
    if (status == CORD_OK) {
        status = cord_record_sql_prepare(sql, "main", CORD_RECORD_CLAIM_KEY, &record->by_key, err);
    }
    if (status == CORD_OK) {
        status = cord_record_sql_prepare(sql, "main", CORD_RECORD_CLAIM_GET, &record->get, err);
    }
    if (status == CORD_OK) {
        status = cord_record_spans_new(sql, "main", &record->spans, err);
    }
    if (status == CORD_OK) {
        status = open_key(record, err);
    }
    return status == CORD_OK ? make_views(record, err) : status;
}

static cord_status open_all(struct cord_record *record, const char *dir, struct cord_error *err)
{
    cord_status status = open_dir(record, dir, err);
    if (status == CORD_OK) {
        status = open_database(record, err);
    }
    if (status == CORD_OK) {
        status = check_tail(record, err);
    }
    if (status == CORD_OK) {
        status = read_checkpoints(record, err);
    }
    return status == CORD_OK && !record->options.read_only ? open_writing(record, err) : status;
}

static cord_status make(const struct cord_record_options *options, struct cord_record **ret_record)
{
    struct cord_record *record = calloc(1, sizeof *record);
    if (!record) {
        return CORD_E_NOMEM;
    }
    record->options = *options;
    if (!record->options.clock.now_ns) {
        record->options.clock = cord_clock_system();
    }
    record->files = cord_files_system();
    record->dir = -1;
    record->lock_file = -1;
    record->last = &record->first;
    cord_buf_init(&record->scratch, SCRATCH_BYTES);
    if (pthread_mutex_init(&record->lock, NULL) != 0) {
        free(record);
        return CORD_E_NOMEM;
    }
    if (pthread_cond_init(&record->turn, NULL) != 0) {
        (void)pthread_mutex_destroy(&record->lock);
        free(record);
        return CORD_E_NOMEM;
    }
    *ret_record = record;
    return CORD_OK;
}

cord_status cord_record_open(const char *dir, const struct cord_record_options *options,
                             struct cord_record **ret_record, struct cord_error *err)
{
    struct cord_record *record = NULL;
    if (options->create && options->read_only) {
        return cord_error_set(err, CORD_E_UNSUPPORTED, "a record is not made by reading it");
    }
    cord_status status = make(options, &record);
    if (status != CORD_OK) {
        return status;
    }
    status = open_all(record, dir, err);
    record->options.exercise = cord_str_from(record->exercise); /* the caller's may go */
    if (status != CORD_OK) {
        cord_error_context(err, "record %s", dir);
        record->checkpoint = UINT64_MAX; /* nothing is signed on the way out */
        cord_record_close(record);
        return status;
    }
    *ret_record = record;
    return CORD_OK;
}

void cord_record_close(struct cord_record *record)
{
    if (!record) {
        return;
    }
    if (record->key && record->checkpoint < record->head.number) {
        /* Not signed: whoever wants to hear of it is told, and verify counts what is behind. */
        (void)!cord_record_sign(record, &record->head, 1, &(struct cord_error){""});
    }
    cord_record_spans_free(record->spans);
    cord_sql_free(record->add);
    cord_sql_free(record->by_key);
    cord_sql_free(record->get);
    cord_sql_close(record->sql);
    cord_signing_free(record->key);
    cord_buf_done(&record->scratch);
    if (record->lock_file >= 0) {
        (void)close(record->lock_file); /* and the lock with it */
    }
    if (record->dir >= 0) {
        (void)close(record->dir);
    }
    (void)pthread_cond_destroy(&record->turn);
    (void)pthread_mutex_destroy(&record->lock);
    free(record);
}
