/* store.c: see store.h. */
#include "evidence/store_internal.h"

#include "base/arena.h"
#include "evidence/query_id.h"
#include "evidence/search.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NOTES_BYTES_MAX = 1 << 20, HOLD_BYTES_MAX = 64 << 20 };

#define MEMORY_BYTES ((uint64_t)256 << 20)
#define FLUSH_BYTES  ((uint64_t)64 << 20)
#define FLUSH_AGE_NS (60 * CORD_SECOND_NS)

int64_t cord_store_now_ns(const struct cord_store *store)
{
    return cord_clock_now_ns(&store->options.clock);
}

int64_t cord_store_age_ns(struct cord_store *store)
{
    (void)pthread_mutex_lock(&store->sealing);
    int64_t last_ns = store->chain.time_ns;
    (void)pthread_mutex_unlock(&store->sealing);
    int64_t now_ns = cord_store_now_ns(store);
    return now_ns > last_ns ? now_ns : last_ns;
}

static void note(struct cord_buf *to, const char *line)
{
    cord_buf_printf(to, "%s\n", line);
}

void cord_store_note(struct cord_store *store, const char *format, ...)
{
    char line[CORD_ERROR_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    note(&store->notes, line);
}

void cord_store_damage(struct cord_store *store, const char *format, ...)
{
    char line[CORD_ERROR_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    note(&store->notes, line);
    note(&store->damage, line);
}

cord_str cord_store_notes(const struct cord_store *store)
{
    return store->notes.len > 0 ? cord_buf_str(&store->notes) : (cord_str){"", 0};
}

struct cord_evidence *cord_store_evidence(struct cord_store *store)
{
    return &store->base;
}

cord_str cord_store_id_format(const struct cord_store *store, uint64_t sequence,
                              char buffer[CORD_STORE_ID_TEXT])
{
    return cord_evidence_id_format(&store->id_key, sequence, buffer);
}

cord_status cord_store_id_parse(const struct cord_store *store, cord_str text,
                                uint64_t *ret_sequence, struct cord_error *err)
{
    return cord_evidence_id_parse(&store->id_key, text, ret_sequence, err);
}

cord_status cord_store_flush(struct cord_store *store, struct cord_error *err)
{
    if (store->options.read_only) {
        return cord_error_set(err, CORD_E_UNSUPPORTED, "%s is open for reading only", store->path);
    }
    return cord_store_flush_rows(store, true, err);
}

cord_status cord_store_id_bind(const struct cord_store *store, struct cord_query *query,
                               struct cord_error *err)
{
    return cord_query_id_bind(query, &store->id_key, err);
}

/* --- the table of operations --- */

static struct cord_store *store_of(struct cord_evidence *evidence)
{
    return (struct cord_store *)evidence; /* its first member */
}

static cord_status op_append(struct cord_evidence *evidence, struct cord_rows *rows,
                             struct cord_error *err)
{
    return cord_store_append(store_of(evidence), rows, err);
}

static cord_status op_commit(struct cord_evidence *evidence, struct cord_error *err)
{
    return cord_store_commit(store_of(evidence), err);
}

/* The table's arguments. NOLINTNEXTLINE(readability-function-size) */
static cord_status op_search(struct cord_evidence *evidence, const struct cord_query *query,
                             const struct cord_search_options *options,
                             const struct cord_search_sink *sink, struct cord_tally *tally,
                             struct cord_search_progress *ret_progress, struct cord_error *err)
{
    return cord_search_store(store_of(evidence), query, options, sink, tally, ret_progress, err);
}

static cord_status op_get(struct cord_evidence *evidence, uint64_t sequence, struct cord_rows *rows,
                          struct cord_error *err)
{
    return cord_store_get(store_of(evidence), sequence, rows, err);
}

/* The table's arguments. NOLINTNEXTLINE(readability-function-size) */
static cord_status op_range(struct cord_evidence *evidence, uint64_t first, size_t rows_max,
                            size_t bytes_max, struct cord_rows *rows, uint64_t *ret_next,
                            struct cord_error *err)
{
    const struct cord_store_range wanted = {
        .first = first, .rows_max = rows_max, .bytes_max = bytes_max};
    return cord_store_range(store_of(evidence), &wanted, rows, ret_next, err);
}

static cord_status op_stats(struct cord_evidence *evidence, struct cord_evidence_stats *ret_stats,
                            struct cord_error *err)
{
    return cord_store_stats(store_of(evidence), ret_stats, err);
}

static void op_close(struct cord_evidence *evidence)
{
    cord_store_close(store_of(evidence));
}

static const struct cord_evidence_ops operations = {
    .append = op_append,
    .commit = op_commit,
    .search = op_search,
    .get = op_get,
    .range = op_range,
    .stats = op_stats,
    .close = op_close,
};

/* --- opening and closing --- */

static void set_defaults(struct cord_store *store)
{
    struct cord_store_options *options = &store->options;
    if (!options->clock.now_ns) {
        options->clock = cord_clock_system();
    }
    options->memory_bytes_max =
        options->memory_bytes_max > 0 ? options->memory_bytes_max : MEMORY_BYTES;
    options->flush_bytes = options->flush_bytes > 0 ? options->flush_bytes : FLUSH_BYTES;
    options->flush_age_ns = options->flush_age_ns > 0 ? options->flush_age_ns : FLUSH_AGE_NS;
    store->system_files = cord_files_system();
    store->files = options->files ? options->files : &store->system_files;
}

static struct cord_store *new_store(const char *path, const struct cord_store_options *options)
{
    struct cord_store *store = calloc(1, sizeof *store);
    if (!store) {
        return NULL;
    }
    store->base.ops = &operations;
    store->options = *options;
    store->dir = -1;
    store->lock_file = -1;
    store->next_sequence = 1;
    store->next_file = 1;
    store->oldest_ns = CORD_TIME_NONE;
    cord_buf_init(&store->notes, NOTES_BYTES_MAX);
    cord_buf_init(&store->damage, NOTES_BYTES_MAX);
    set_defaults(store);
    store->chain.file = -1;
    store->chain.files = store->files;
    store->path = strdup(path);
    store->hold_texts = cord_arena_new(HOLD_BYTES_MAX);
    const struct cord_store_change nothing = {0};
    if (!store->path || !store->hold_texts ||
        cord_store_manifest_new(store, NULL, &nothing, &store->manifest) != CORD_OK ||
        pthread_mutex_init(&store->upkeep, NULL) != 0 ||
        pthread_mutex_init(&store->sealing, NULL) != 0 ||
        pthread_mutex_init(&store->lock, NULL) != 0 ||
        pthread_cond_init(&store->synced, NULL) != 0) {
        cord_store_manifest_unref(store->manifest);
        cord_arena_free(store->hold_texts);
        free(store->path);
        free(store);
        return NULL;
    }
    return store;
}

static void free_store(struct cord_store *store)
{
    for (size_t i = 0; i < store->chunk_count; i++) {
        cord_store_chunk_unref(store->chunks[i]);
    }
    for (size_t i = 0; i < store->spool_count; i++) {
        if (store->spools[i].file >= 0) {
            (void)close(store->spools[i].file);
        }
    }
    free(store->chunks);
    cord_buf_done(&store->image);
    free(store->spools);
    free(store->holds);
    cord_arena_free(store->hold_texts);
    cord_store_manifest_unref(store->manifest);
    cord_chain_close(&store->chain);
    cord_signing_free(store->key);
    cord_policy_free(store->policy);
    cord_buf_done(&store->damage);
    cord_buf_done(&store->notes);
    (void)pthread_cond_destroy(&store->synced);
    (void)pthread_mutex_destroy(&store->lock);
    (void)pthread_mutex_destroy(&store->sealing);
    (void)pthread_mutex_destroy(&store->upkeep);
    if (store->lock_file >= 0) {
        (void)close(store->lock_file); /* and the lock with it */
    }
    if (store->dir >= 0) {
        (void)close(store->dir);
    }
    free(store->path);
    free(store);
}

void cord_store_close(struct cord_store *store)
{
    if (!store) {
        return;
    }
    if (!store->options.read_only && store->key) {
        store->closing = true;
        /* What cannot be packed stays in the spool, which is why it is there. */
        if (cord_store_flush_rows(store, true, NULL) != CORD_OK) {
            (void)!cord_store_commit(store, NULL);
        }
    }
    free_store(store);
}

/* Makes or reads what is below the directory. */
static cord_status open_inside(struct cord_store *store, struct cord_error *err)
{
    struct stat info;
    bool there = fstatat(store->dir, "STORE", &info, AT_SYMLINK_NOFOLLOW) == 0;
    if (!there && (store->options.read_only || !store->options.create)) {
        return cord_error_set(err, CORD_E_NOENT, "there is no evidence store here");
    }
    cord_status status = store->options.read_only ? CORD_OK : cord_store_lock(store, err);
    if (status == CORD_OK && !there) {
        status = cord_store_create(store, err);
    }
    if (status == CORD_OK) {
        status = cord_store_identify(store, err);
    }
    if (status == CORD_OK) {
        status = cord_store_recover(store, err);
    }
    if (status == CORD_OK && !store->options.read_only) {
        (void)!cord_store_reserve(store); /* a full disk is no reason not to open */
    }
    return status;
}

cord_status cord_store_open(const char *path, const struct cord_store_options *options,
                            struct cord_store **ret_store, struct cord_error *err)
{
    struct cord_store *store = new_store(path, options);
    if (!store) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    if (options->create && mkdir(path, 0700) != 0 && errno != EEXIST) {
        cord_status status = cord_error_errno(err, "make %s", path);
        free_store(store);
        return status;
    }
    store->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    cord_status status = store->dir < 0 ? cord_error_errno(err, "open") : open_inside(store, err);
    if (status != CORD_OK) {
        cord_error_context(err, "%s", path);
        free_store(store);
        return status;
    }
    *ret_store = store;
    return CORD_OK;
}
