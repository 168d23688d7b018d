/* record_backup.c: see record_backup.h. */
#include "record/record_backup.h"

#include "record/record_carry.h"
#include "record/record_checkpoint.h"
#include "record/record_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define REPLACED ".replaced"
#define PREPARED "restore.new" /* a directory below the record's, while it is being restored */

/* --- backup --- */

/* Checkpoints of claims that are in the copy. */
static cord_status copy_checkpoints(struct cord_record *record, int into, uint64_t claims,
                                    struct cord_error *err)
{
    struct cord_buf lines;
    struct cord_record_checkpoint checkpoint;
    cord_buf_init(&lines, CORD_RECORD_CHECKPOINT_BYTES_MAX);
    cord_status status =
        cord_files_load(&record->files, record->dir, CORD_RECORD_CHECKPOINTS, &lines, err);
    if (status == CORD_OK) {
        cord_str rest = cord_buf_str(&lines);
        size_t good = 0;
        while (cord_record_checkpoint_next(&rest, &checkpoint, NULL) == CORD_OK &&
               checkpoint.number <= claims) {
            good = lines.len - rest.len;
        }
        status = cord_files_save(&record->files, into, ".", CORD_RECORD_CHECKPOINTS,
                                 cord_str_slice(cord_buf_str(&lines), 0, good), err);
    }
    cord_buf_done(&lines);
    return status == CORD_E_NOENT ? CORD_OK : status;
}

static cord_status copy_database(struct cord_record *record, const char *path,
                                 const struct cord_record_progress *progress, uint64_t *ret_claims,
                                 struct cord_error *err)
{
    struct cord_sql *sql = NULL;
    struct cord_record_head head;
    struct cord_sql_options options = cord_record_sql_options(record, true);
    const struct cord_sql_progress steps = {progress ? progress->step : NULL,
                                            progress ? progress->self : NULL};
    cord_status status = cord_sql_open(record->path, &options, &sql, err);
    if (status == CORD_OK) {
        status = cord_sql_exec(sql, "BEGIN", err);
    }
    if (status == CORD_OK) {
        status = cord_record_read_head(sql, &head, err); /* from here on it sees this moment */
    }
    if (status == CORD_OK) {
        status = cord_sql_copy(sql, path, &steps, err);
        *ret_claims = head.number;
    }
    cord_sql_close(sql);
    return status;
}

/* An empty directory, open; *ret_path of the database in it. */
static cord_status make_dir(const char *name, char path[CORD_RECORD_PATH_MAX], int *ret_dir,
                            struct cord_error *err)
{
    int len = snprintf(path, CORD_RECORD_PATH_MAX, "%s/" CORD_RECORD_FILE, name);
    if (len < 0 || len >= CORD_RECORD_PATH_MAX) {
        return cord_error_set(err, CORD_E_LIMIT, "%.64s...: the name is too long", name);
    }
    if (mkdir(name, 0700) != 0 && errno != EEXIST) {
        return cord_error_errno(err, "make %s", name);
    }
    int dir = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0) {
        return cord_error_errno(err, "open %s", name);
    }
    if (faccessat(dir, CORD_RECORD_FILE, F_OK, AT_EACCESS) == 0) {
        (void)close(dir); /* nothing was written */
        return cord_error_set(err, CORD_E_UNSUPPORTED, "%s: there is a record already", name);
    }
    *ret_dir = dir;
    return CORD_OK;
}

cord_status cord_record_backup(struct cord_record *record, const char *into,
                               const struct cord_record_progress *progress, uint64_t *ret_claims,
                               struct cord_error *err)
{
    char path[CORD_RECORD_PATH_MAX];
    int dir = -1;
    cord_status status = make_dir(into, path, &dir, err);
    if (status != CORD_OK) {
        return status;
    }
    status = copy_database(record, path, progress, ret_claims, err);
    if (status == CORD_OK) {
        status = copy_checkpoints(record, dir, *ret_claims, err);
    }
    if (status == CORD_OK) {
        status = cord_files_sync_dir(&record->files, dir, ".", err);
    } else {
        (void)unlinkat(dir, CORD_RECORD_FILE, 0); /* half a copy is none */
    }
    (void)close(dir); /* it has been synced */
    return status;
}

/* --- restore --- */

struct restore {
    struct cord_files files;
    int dir;
    int lock;
    char prepared[CORD_RECORD_PATH_MAX]; /* directory in which the copy is made */
    struct cord_record_restored done;
};

static const char *const database_files[] = {CORD_RECORD_FILE, CORD_RECORD_FILE "-wal",
                                             CORD_RECORD_FILE "-shm", NULL};

static void remove_prepared(const struct restore *restore)
{
    static const char *const names[] = {
        CORD_RECORD_FILE, CORD_RECORD_FILE "-wal", CORD_RECORD_FILE "-shm", CORD_RECORD_CHECKPOINTS,
        CORD_RECORD_KEY,  CORD_RECORD_KEY ".new",  CORD_RECORD_LOCK,        NULL};
    for (size_t i = 0; names[i]; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, PREPARED "/%s", names[i]);
        (void)unlinkat(restore->dir, name, 0); /* most are not there */
    }
    (void)unlinkat(restore->dir, PREPARED, AT_REMOVEDIR); /* or is not there, either */
}

static cord_status begin(struct restore *restore, const char *dir, bool replace,
                         struct cord_error *err)
{
    int len = snprintf(restore->prepared, sizeof restore->prepared, "%s/" PREPARED, dir);
    if (len < 0 || (size_t)len >= sizeof restore->prepared) {
        return cord_error_set(err, CORD_E_LIMIT, "the name is too long");
    }
    if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
        return cord_error_errno(err, "make directory");
    }
    restore->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (restore->dir < 0) {
        return cord_error_errno(err, "open directory");
    }
    if (!replace && faccessat(restore->dir, CORD_RECORD_FILE, F_OK, AT_EACCESS) == 0) {
        return cord_error_set(err, CORD_E_UNSUPPORTED,
                              "there is a record already; --replace moves it away");
    }
    cord_status status = cord_record_open_lock(restore->dir, &restore->lock, err);
    if (status == CORD_OK) {
        remove_prepared(restore); /* of a restore that was interrupted */
    }
    return status;
}

/* Made in a directory of its own first: what is there stays until the copy is good. */
static cord_status prepare(struct restore *restore, const char *from,
                           const struct cord_record_progress *progress, struct cord_error *err)
{
    const struct cord_record_options options = {.read_only = true};
    struct cord_record *backup = NULL;
    struct stat info;
    if (stat(from, &info) != 0) {
        return cord_error_errno(err, "%s", from);
    }
    if (S_ISDIR(info.st_mode)) {
        cord_status status = cord_record_open(from, &options, &backup, err);
        if (status == CORD_OK) {
            status =
                cord_record_backup(backup, restore->prepared, progress, &restore->done.claims, err);
        }
        cord_record_close(backup);
        return status;
    }
    struct cord_record_carried carried = {0};
    const struct cord_record_options anew = {.create = true};
    int file = open(from, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return cord_error_errno(err, "open %s", from);
    }
    cord_status status =
        cord_record_import(restore->prepared, &anew, file, progress, &carried, err);
    if (status == CORD_OK && !carried.whole) {
        status = cord_error_set(err, CORD_E_FORMAT,
                                "%s has no end: it was cut; import it to have what is there", from);
    }
    restore->done.claims = carried.total;
    (void)close(file); /* it was read */
    return status;
}

/* The last checkpoint that was here agrees with the copy, or tells of claims it lacks. */
static cord_status compare(struct restore *restore, const struct cord_record_checkpoint *last,
                           struct cord_error *err)
{
    char path[CORD_RECORD_PATH_MAX + 16];
    struct cord_sql *sql = NULL;
    struct cord_sql_statement *get = NULL;
    const struct cord_sql_options options = {.read_only = false};
    restore->done.signed_claims = last->number;
    if (last->number > restore->done.claims) {
        return CORD_OK;
    }
    (void)snprintf(path, sizeof path, "%s/" CORD_RECORD_FILE, restore->prepared);
    cord_status status = cord_sql_open(path, &options, &sql, err);
    if (status == CORD_OK) {
        status = cord_record_sql_prepare(sql, "main", CORD_RECORD_CLAIM_GET, &get, err);
    }
    if (status == CORD_OK) {
        cord_sql_bind(get, 1, (int64_t)last->number);
        status = cord_sql_step(get, err);
    }
    if (status == CORD_OK) {
        cord_str hash = cord_sql_column_text(get, CORD_RECORD_CLAIM_HASH);
        if (hash.len != CORD_DIGEST_BYTES || memcmp(hash.ptr, last->hash.bytes, hash.len) != 0) {
            status = cord_error_set(err, CORD_E_FORMAT,
                                    "claim %" PRIu64 " of the copy is not the one that was signed "
                                    "here: it is of another record",
                                    last->number);
        }
    }
    cord_sql_free(get);
    cord_sql_close(sql);
    return status;
}

static cord_status check_against(struct restore *restore, struct cord_error *err)
{
    struct cord_buf lines;
    struct cord_record_checkpoint last = {0};
    cord_buf_init(&lines, CORD_RECORD_CHECKPOINT_BYTES_MAX);
    cord_status status =
        cord_files_load(&restore->files, restore->dir, CORD_RECORD_CHECKPOINTS, &lines, err);
    if (status == CORD_OK) {
        cord_str rest = cord_buf_str(&lines);
        cord_status read;
        while ((read = cord_record_checkpoint_next(&rest, &last, err)) == CORD_OK) {
        }
        status = read == CORD_E_END && last.number > 0 ? compare(restore, &last, err)
                 : read == CORD_E_END                  ? CORD_OK
                                                       : read;
    }
    cord_buf_done(&lines);
    return status == CORD_E_NOENT ? CORD_OK : status;
}

static cord_status move(struct restore *restore, const char *from, const char *to,
                        struct cord_error *err)
{
    if (renameat(restore->dir, from, restore->dir, to) != 0 && errno != ENOENT) {
        return cord_error_errno(err, "move %s", from);
    }
    return CORD_OK;
}

static cord_status move_away(struct restore *restore, const char *name, struct cord_error *err)
{
    char replaced[64];
    (void)snprintf(replaced, sizeof replaced, "%s" REPLACED, name);
    return move(restore, name, replaced, err);
}

/* Old files away, new ones in. The database comes last: before it there is no record. */
static cord_status exchange(struct restore *restore, struct cord_error *err)
{
    bool lost = restore->done.signed_claims > restore->done.claims;
    bool signed_here = restore->done.signed_claims > 0 && !lost;
    restore->done.moved = faccessat(restore->dir, CORD_RECORD_FILE, F_OK, AT_EACCESS) == 0;
    cord_status status = CORD_OK;
    for (size_t i = 0; status == CORD_OK && database_files[i]; i++) {
        status = move_away(restore, database_files[i], err);
    }
    if (status == CORD_OK && lost) {
        status = move_away(restore, CORD_RECORD_CHECKPOINTS, err);
    }
    if (status == CORD_OK && !signed_here) {
        /* Signed by whoever made the copy; a new key signs on from there. */
        status = move_away(restore, CORD_RECORD_CHECKPOINTS, err);
    }
    if (status == CORD_OK) {
        status = move(restore, PREPARED "/" CORD_RECORD_FILE "-wal", CORD_RECORD_FILE "-wal", err);
    }
    if (status == CORD_OK) {
        status = move(restore, PREPARED "/" CORD_RECORD_FILE, CORD_RECORD_FILE, err);
    }
    return status == CORD_OK ? cord_files_sync_dir(&restore->files, restore->dir, ".", err)
                             : status;
}

cord_status cord_record_restore(const char *dir, const char *from, bool replace,
                                const struct cord_record_progress *progress,
                                struct cord_record_restored *ret_restored, struct cord_error *err)
{
    struct restore restore = {.files = cord_files_system(), .dir = -1, .lock = -1};
    cord_status status = begin(&restore, dir, replace, err);
    if (status == CORD_OK) {
        status = prepare(&restore, from, progress, err);
    }
    if (status == CORD_OK) {
        status = check_against(&restore, err);
    }
    if (status == CORD_OK) {
        status = exchange(&restore, err);
    }
    if (restore.lock >= 0) {
        remove_prepared(&restore);
        (void)close(restore.lock); /* and the lock with it */
    }
    if (restore.dir >= 0) {
        (void)close(restore.dir);
    }
    if (status == CORD_OK) {
        *ret_restored = restore.done;
    } else {
        cord_error_context(err, "restore %s", dir);
    }
    return status;
}
