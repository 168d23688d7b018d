/* store_flush.c: rows from memory and spool into sealed segments. */
#include "evidence/store_internal.h"

#include "evidence/rows_merge.h"

#include <stdlib.h>
#include <unistd.h>

#define FLUSH_ROWS_BYTES_MAX ((size_t)8 << 30)

static void put_change(const struct cord_store_change *change, struct cord_buf *lines)
{
    for (size_t i = 0; i < change->added_count; i++) {
        cord_segment_put_line(&change->added[i], lines);
    }
    for (size_t i = 0; i < change->removed_count; i++) {
        cord_buf_put_text(lines, "remove");
        cord_chain_put_number(lines, change->removed[i]);
        cord_buf_put_char(lines, '\n');
    }
    if (change->through > 0) {
        cord_buf_put_text(lines, "through");
        cord_chain_put_number(lines, change->through);
        cord_buf_put_char(lines, '\n');
    }
}

/* The chunks that were packed are gone from memory the moment their segments
 * appear: a search sees each row once. */
static void drop_frozen(struct cord_store *store)
{
    for (size_t i = 0; i < store->frozen; i++) {
        store->live_rows -= store->chunks[i]->visible;
        cord_store_chunk_unref(store->chunks[i]);
    }
    store->chunk_count -= store->frozen;
    memmove(store->chunks, store->chunks + store->frozen,
            store->chunk_count * sizeof(*store->chunks));
    store->frozen = 0;
}

static void become(struct cord_store *store, struct cord_store_manifest *manifest,
                   const struct cord_store_change *change)
{
    (void)pthread_mutex_lock(&store->lock);
    struct cord_store_manifest *before = store->manifest;
    for (size_t i = 0; i < change->removed_count; i++) {
        struct cord_segment *segment = cord_store_manifest_find(before, change->removed[i]);
        if (segment) {
            cord_segment_doom(segment);
        }
    }
    store->manifest = manifest;
    if (change->through > 0) {
        drop_frozen(store);
        store->spooled_through = change->through;
        store->durable = store->frozen_appends; /* by the way of segments */
        store->sync_failed = store->sync_failed && store->appends > store->frozen_appends;
        (void)pthread_cond_broadcast(&store->synced);
    }
    (void)pthread_mutex_unlock(&store->lock);
    cord_store_manifest_unref(before);
}

cord_status cord_store_seal(struct cord_store *store, const char *kind,
                            const struct cord_buf *lines, const struct cord_store_change *change,
                            uint64_t *ret_entry, struct cord_error *err)
{
    struct cord_store_manifest *manifest = NULL;
    struct cord_buf text;
    cord_buf_init(&text, CORD_CHAIN_ENTRY_BYTES_MAX);
    cord_buf_put(&text, lines ? cord_buf_str(lines) : (cord_str){"", 0});
    put_change(change, &text);
    cord_status status = text.failed ? CORD_E_LIMIT : CORD_OK;
    (void)pthread_mutex_lock(&store->sealing);
    if (status == CORD_OK) {
        /* Only sealers replace the manifest: it can be read without its lock. */
        status = cord_store_manifest_new(store, store->manifest, change, &manifest);
    }
    if (status == CORD_OK) {
        status = cord_chain_append(&store->chain, store->key, kind, cord_store_now_ns(store),
                                   cord_buf_str(&text), err);
    }
    if (status == CORD_OK) {
        become(store, manifest, change);
        if (ret_entry) {
            *ret_entry = store->chain.count;
        }
    } else {
        cord_store_manifest_unref(manifest);
    }
    bool unknown = store->chain.failed;
    (void)pthread_mutex_unlock(&store->sealing);
    if (status != CORD_OK && !unknown) {
        const struct cord_store_pack pack = {
            .segments = (struct cord_segment_info *)(uintptr_t)change->added,
            .count = change->added_count};
        cord_store_pack_drop(store, &pack);
    }
    cord_buf_done(&text);
    return status;
}

/* What is being packed: the chunks that were there, and up to which row. */
struct frozen {
    struct cord_store_chunk **chunks;
    size_t count;
    uint64_t through;
};

/* All frozen rows in one, their text where it is: their names are looked up once more. */
static cord_status gather(const struct frozen *frozen, struct cord_rows *to)
{
    cord_status status = CORD_OK;
    for (size_t i = 0; i < frozen->count && status == CORD_OK; i++) {
        const struct cord_store_chunk *chunk = frozen->chunks[i];
        struct cord_rows_merge merge;
        status = cord_rows_merge_init(&merge, to, chunk->rows);
        for (size_t at = 0; at < chunk->visible && status == CORD_OK; at++) {
            status = cord_rows_merge_lend(&merge, at);
        }
        cord_rows_merge_done(&merge);
    }
    return status;
}

/* Freezes what there is; count 0 when there is nothing. Under the lock. */
static cord_status freeze(struct cord_store *store, struct frozen *frozen)
{
    frozen->through = store->next_sequence - 1;
    if (store->live_rows == 0) {
        return CORD_OK;
    }
    frozen->chunks = calloc(store->chunk_count, sizeof(*frozen->chunks));
    if (!frozen->chunks) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < store->chunk_count; i++) {
        struct cord_store_chunk *chunk = store->chunks[i];
        chunk->full = true;
        (void)atomic_fetch_add(&chunk->references, 1);
        frozen->chunks[frozen->count++] = chunk;
    }
    store->frozen = store->chunk_count;
    store->frozen_appends = store->appends;
    store->oldest_ns = CORD_TIME_NONE;
    return CORD_OK;
}

/* Rows that come from here on go into a new spool file, so that the old one
 * can go with the rows in it. Without room for a new one, the old goes on. */
static cord_status rotate_and_freeze(struct cord_store *store, struct frozen *frozen)
{
    struct cord_store_spool spool = {.file = -1};
    (void)pthread_mutex_lock(&store->lock);
    bool any = store->live_rows > 0;
    spool.number = store->next_file++;
    (void)pthread_mutex_unlock(&store->lock);
    bool made = any && cord_store_spool_make(store, &spool, NULL) == CORD_OK;
    (void)pthread_mutex_lock(&store->lock);
    if (made && cord_store_spool_add(store, &spool) != CORD_OK) {
        (void)close(spool.file); /* empty: removed on opening */
    }
    cord_status status = freeze(store, frozen);
    (void)pthread_mutex_unlock(&store->lock);
    return status;
}

static void thaw(struct cord_store *store, struct frozen *frozen, bool packed)
{
    (void)pthread_mutex_lock(&store->lock);
    if (!packed && frozen->count > 0) {
        store->frozen = 0;
        store->oldest_ns = cord_store_now_ns(store);
        store->flush_failures++;
    } else if (packed) {
        store->flush_failures = 0;
    }
    (void)pthread_mutex_unlock(&store->lock);
    for (size_t i = 0; i < frozen->count; i++) {
        cord_store_chunk_unref(frozen->chunks[i]);
    }
    free(frozen->chunks);
}

/* Spool files of which every row is packed. */
static void drop_spools(struct cord_store *store, uint64_t through)
{
    size_t kept = 0;
    (void)pthread_mutex_lock(&store->lock);
    while (store->syncing) {
        (void)pthread_cond_wait(&store->synced, &store->lock);
    }
    for (size_t i = 0; i < store->spool_count; i++) {
        struct cord_store_spool *spool = &store->spools[i];
        bool current = i + 1 == store->spool_count && spool->file >= 0 && !store->closing;
        if (current || spool->damaged || spool->last > through) {
            store->spools[kept++] = *spool;
            continue;
        }
        char name[CORD_SPOOL_NAME];
        cord_spool_name(spool->number, name);
        if (spool->file >= 0) {
            (void)close(spool->file);
        }
        (void)store->files->unlink(store->files->self, store->dir, name); /* or on opening */
    }
    store->spool_count = kept;
    (void)pthread_mutex_unlock(&store->lock);
}

static cord_status flush_frozen(struct cord_store *store, const struct frozen *frozen,
                                struct cord_error *err)
{
    struct cord_store_pack pack = {.kept_from_ns = cord_store_age_ns(store)};
    struct cord_rows *rows = cord_rows_new(FLUSH_ROWS_BYTES_MAX, store->options.seed);
    cord_status status = rows ? gather(frozen, rows) : CORD_E_NOMEM;
    if (status == CORD_OK) {
        status = cord_store_pack_rows(store, rows, &pack, err);
    }
    if (status == CORD_OK) {
        status = cord_store_pack_settle(store, &pack, err);
    }
    if (status == CORD_OK) {
        const struct cord_store_change change = {
            .added = pack.segments, .added_count = pack.count, .through = frozen->through};
        status = cord_store_seal(store, "seal", NULL, &change, NULL, err);
    }
    cord_store_pack_done(&pack);
    cord_rows_free(rows);
    return status;
}

cord_status cord_store_flush_rows(struct cord_store *store, bool wait, struct cord_error *err)
{
    struct frozen frozen = {0};
    if (wait) {
        (void)pthread_mutex_lock(&store->upkeep);
    } else if (pthread_mutex_trylock(&store->upkeep) != 0) {
        return CORD_OK; /* someone is at it */
    }
    cord_status status = rotate_and_freeze(store, &frozen);
    if (status == CORD_OK && frozen.count > 0) {
        status = flush_frozen(store, &frozen, err);
    }
    thaw(store, &frozen, status == CORD_OK);
    if (status == CORD_OK) {
        drop_spools(store, frozen.through);
    } else {
        cord_error_context(err, "packing");
    }
    (void)pthread_mutex_unlock(&store->upkeep);
    return status;
}

/* As a flush, of rows that a caller still has: no spool, nothing in memory. */
cord_status cord_store_flush_bulk(struct cord_store *store, struct cord_rows *rows,
                                  struct cord_error *err)
{
    struct cord_store_pack pack = {.kept_from_ns = cord_store_age_ns(store)};
    uint64_t count = cord_rows_count(rows);
    (void)pthread_mutex_lock(&store->lock);
    uint64_t first = store->next_sequence;
    bool fits = count <= CORD_EVIDENCE_ID_SEQUENCE_MAX - first;
    store->next_sequence += fits ? count : 0;
    (void)pthread_mutex_unlock(&store->lock);
    if (!fits) {
        return cord_error_set(err, CORD_E_LIMIT, "the store has used up its numbers");
    }
    cord_rows_number(rows, 0, first);
    cord_status status = cord_store_pack_rows(store, rows, &pack, err);
    if (status == CORD_OK) {
        status = cord_store_pack_settle(store, &pack, err);
    }
    if (status == CORD_OK) {
        const struct cord_store_change change = {.added = pack.segments, .added_count = pack.count};
        status = cord_store_seal(store, "seal", NULL, &change, NULL, err);
    }
    cord_store_pack_done(&pack);
    return status;
}
