/* store_append.c: rows in, searchable at once, durable after a commit. */
#include "evidence/store_internal.h"

#include "base/vec.h"
#include "evidence/rows_image.h"
#include "evidence/rows_merge.h"

#include <stdlib.h>
#include <sys/random.h>

enum {
    CHUNK_BYTES = 16 << 20,
    CHUNK_SPARE_BYTES = 1 << 20,
    SPOOLS_MAX = 16,         /* dirty ones at a time */
    LIVE_ROWS_MAX = 1 << 20, /* less than what is skipped after a crash */
    FAILURES_SHIFT_MAX = 4,
};

#define IMAGE_BYTES_MAX  ((size_t)1 << 30)
#define IMAGE_BYTES_KEPT ((size_t)32 << 20)

uint64_t cord_store_live_bytes(const struct cord_store *store)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < store->chunk_count; i++) {
        bytes += cord_rows_bytes(store->chunks[i]->rows);
    }
    return bytes;
}

cord_status cord_store_spool_make(struct cord_store *store, struct cord_store_spool *spool,
                                  struct cord_error *err)
{
    struct cord_spool_header header = {.number = spool->number};
    if (getrandom(&header.salt, sizeof header.salt, 0) != (ssize_t)sizeof header.salt) {
        return cord_error_errno(err, "random numbers");
    }
    memcpy(header.store, store->identity.id, sizeof header.store);
    cord_status status = cord_spool_create(store->files, store->dir, &header, &spool->file, err);
    if (status != CORD_OK) {
        return status;
    }
    spool->bytes = CORD_SPOOL_HEADER_BYTES;
    spool->salt = header.salt;
    return CORD_OK;
}

cord_status cord_store_spool_add(struct cord_store *store, const struct cord_store_spool *spool)
{
    struct cord_store_spool *spools =
        cord_vec_room(store->spools, store->spool_count, &store->spool_cap, sizeof *spools);
    if (!spools) {
        return CORD_E_NOMEM;
    }
    store->spools = spools;
    spools[store->spool_count++] = *spool;
    return CORD_OK;
}

static cord_status merge_rows(struct cord_rows *to, const struct cord_rows *from)
{
    struct cord_rows_merge merge;
    cord_status status = cord_rows_merge_init(&merge, to, from);
    size_t count = cord_rows_count(from);
    for (size_t at = 0; at < count && status == CORD_OK; at++) {
        status = cord_rows_merge_row(&merge, at);
    }
    cord_rows_merge_done(&merge);
    return status;
}

static cord_status new_chunk(struct cord_store *store, size_t bytes,
                             struct cord_store_chunk **ret_chunk)
{
    struct cord_store_chunk **chunks =
        cord_vec_room(store->chunks, store->chunk_count, &store->chunk_cap, sizeof(*chunks));
    if (!chunks) {
        return CORD_E_NOMEM;
    }
    store->chunks = chunks;
    bytes = bytes * 2 + CHUNK_SPARE_BYTES;
    struct cord_store_chunk *chunk =
        cord_store_chunk_new(bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES, store->options.seed);
    if (!chunk) {
        return CORD_E_NOMEM;
    }
    chunks[store->chunk_count++] = chunk;
    *ret_chunk = chunk;
    return CORD_OK;
}

cord_status cord_store_append_live(struct cord_store *store, const struct cord_rows *rows,
                                   uint64_t first, struct cord_store_chunk **ret_chunk)
{
    struct cord_store_chunk *chunk =
        store->chunk_count > store->frozen ? store->chunks[store->chunk_count - 1] : NULL;
    cord_status status = CORD_E_LIMIT;
    if (chunk && !chunk->full) {
        status = merge_rows(chunk->rows, rows);
        chunk->full = status != CORD_OK; /* of a part of them, which stays unseen */
    }
    if (status == CORD_E_LIMIT) {
        status = new_chunk(store, cord_rows_bytes(rows), &chunk);
        if (status == CORD_OK) {
            status = merge_rows(chunk->rows, rows);
            chunk->full = status != CORD_OK;
        }
    }
    if (status == CORD_OK) {
        cord_rows_number(chunk->rows, chunk->visible, first);
        *ret_chunk = chunk;
    }
    return status;
}

/* The spool that is written to, made if there is none. */
static cord_status current_spool(struct cord_store *store, struct cord_store_spool **ret_spool,
                                 struct cord_error *err)
{
    size_t count = store->spool_count;
    if (count == 0 || store->spools[count - 1].file < 0) {
        struct cord_store_spool spool = {.number = store->next_file++, .file = -1};
        cord_status status = cord_store_spool_make(store, &spool, err);
        if (status == CORD_OK) {
            status = cord_store_spool_add(store, &spool);
        }
        if (status != CORD_OK) {
            return status;
        }
    }
    *ret_spool = &store->spools[store->spool_count - 1];
    return CORD_OK;
}

static cord_status spool_frame(struct cord_store *store, struct cord_store_spool *spool,
                               const struct cord_spool_frame *frame, struct cord_error *err)
{
    struct cord_buf head;
    cord_buf_init(&head, 4096);
    cord_spool_put_frame(frame, spool->salt, &head);
    cord_status status = head.failed ? CORD_E_NOMEM
                                     : cord_files_write(store->files, spool->file,
                                                        cord_buf_str(&head), spool->bytes, err);
    if (status == CORD_OK) {
        status =
            cord_files_write(store->files, spool->file, frame->image, spool->bytes + head.len, err);
    }
    if (status == CORD_OK) {
        spool->bytes += head.len + frame->image.len;
        spool->last = frame->first + frame->row_count - 1;
        spool->dirty = true;
    }
    cord_buf_done(&head);
    return status;
}

/* Into memory and spool, or into neither. Under the lock. */
static cord_status take(struct cord_store *store, const struct cord_rows *rows, cord_str image,
                        uint64_t *ret_first, struct cord_error *err)
{
    size_t count = cord_rows_count(rows);
    const struct cord_spool_frame frame = {
        .first = store->next_sequence, .row_count = (uint32_t)count, .image = image};
    struct cord_store_spool *spool = NULL;
    struct cord_store_chunk *chunk = NULL;
    if (count > CORD_EVIDENCE_ID_SEQUENCE_MAX - store->next_sequence) {
        return cord_error_set(err, CORD_E_LIMIT, "the store has used up its numbers");
    }
    cord_status status = current_spool(store, &spool, err);
    if (status == CORD_OK) {
        status = cord_store_append_live(store, rows, frame.first, &chunk);
    }
    if (status != CORD_OK) {
        return status;
    }
    status = spool_frame(store, spool, &frame, err);
    if (status != CORD_OK) {
        chunk->full = true; /* what was added stays behind `visible` */
        cord_error_context(err, "spool");
        return status;
    }
    chunk->visible += count;
    store->live_rows += count;
    store->next_sequence += count;
    store->appends++;
    store->oldest_ns =
        store->oldest_ns == CORD_TIME_NONE ? cord_store_now_ns(store) : store->oldest_ns;
    *ret_first = frame.first;
    return CORD_OK;
}

static bool has_room(struct cord_store *store, uint64_t bytes, uint64_t rows)
{
    (void)pthread_mutex_lock(&store->lock);
    uint64_t held = cord_store_live_bytes(store);
    bool room = held <= store->options.memory_bytes_max &&
                bytes <= store->options.memory_bytes_max - held &&
                rows <= LIVE_ROWS_MAX - store->live_rows;
    (void)pthread_mutex_unlock(&store->lock);
    return room;
}

/* Enough has gathered. What failed is tried again when half as much more has
 * come, or a while later: each time costs. */
static bool is_due(struct cord_store *store)
{
    (void)pthread_mutex_lock(&store->lock);
    uint64_t failures = store->flush_failures;
    unsigned shift = failures < FAILURES_SHIFT_MAX ? (unsigned)failures : FAILURES_SHIFT_MAX;
    uint64_t enough = store->options.flush_bytes + (store->options.flush_bytes >> 1) * failures;
    int64_t now_ns = cord_store_now_ns(store);
    int64_t age_ns = store->options.flush_age_ns << shift;
    bool due = store->frozen == 0 &&
               (cord_store_live_bytes(store) >= enough || store->live_rows >= LIVE_ROWS_MAX / 2 ||
                (store->oldest_ns != CORD_TIME_NONE &&
                 (now_ns - store->oldest_ns >= age_ns || now_ns < store->oldest_ns)));
    (void)pthread_mutex_unlock(&store->lock);
    return due;
}

/* Memory runs short although someone packs all the time. */
static bool is_short(struct cord_store *store)
{
    (void)pthread_mutex_lock(&store->lock);
    bool is = store->frozen == 0 &&
              (cord_store_live_bytes(store) / 3 >= store->options.memory_bytes_max / 4 ||
               store->live_rows / 3 >= LIVE_ROWS_MAX / 4);
    (void)pthread_mutex_unlock(&store->lock);
    return is;
}

/* After rows came in, which are in the spool whatever comes of packing. */
static void pack_some(struct cord_store *store)
{
    if (store->options.packed_elsewhere ? is_short(store) : is_due(store)) {
        (void)!cord_store_flush_rows(store, false, NULL);
    }
}

static cord_status append_spooled(struct cord_store *store, struct cord_rows *rows,
                                  struct cord_buf *image, struct cord_error *err)
{
    uint64_t first = 0;
    cord_status status = cord_rows_image_write(rows, image);
    if (status != CORD_OK) {
        return cord_error_set(err, status, "too many events at once");
    }
    if (!has_room(store, cord_rows_bytes(rows), cord_rows_count(rows))) {
        status = cord_store_flush_rows(store, true, err);
        if (status == CORD_OK && !has_room(store, cord_rows_bytes(rows), cord_rows_count(rows))) {
            status = cord_error_set(err, CORD_E_LIMIT, "more events at once than memory is for");
        }
        if (status != CORD_OK) {
            return status == CORD_E_NOMEM ? status : CORD_E_LIMIT;
        }
    }
    (void)pthread_mutex_lock(&store->lock);
    status = take(store, rows, cord_buf_str(image), &first, err);
    (void)pthread_mutex_unlock(&store->lock);
    if (status != CORD_OK) {
        return status;
    }
    cord_rows_number(rows, 0, first);
    pack_some(store);
    return CORD_OK;
}

/* The memory of an image is used again and again: fresh pages cost as much as
 * what is written into them. */
static void take_image(struct cord_store *store, struct cord_buf *ret_image)
{
    (void)pthread_mutex_lock(&store->lock);
    *ret_image = store->image;
    store->image = (struct cord_buf){0};
    (void)pthread_mutex_unlock(&store->lock);
    if (!ret_image->ptr) {
        cord_buf_init(ret_image, IMAGE_BYTES_MAX);
    }
}

static void give_back_image(struct cord_store *store, struct cord_buf *image)
{
    cord_buf_clear(image);
    (void)pthread_mutex_lock(&store->lock);
    if (!store->image.ptr && image->cap <= IMAGE_BYTES_KEPT) {
        store->image = *image;
        *image = (struct cord_buf){0};
    }
    (void)pthread_mutex_unlock(&store->lock);
    cord_buf_done(image);
}

cord_status cord_store_append(struct cord_store *store, struct cord_rows *rows,
                              struct cord_error *err)
{
    struct cord_buf image;
    if (store->options.read_only) {
        return cord_error_set(err, CORD_E_UNSUPPORTED, "%s is open for reading only", store->path);
    }
    if (cord_rows_count(rows) == 0) {
        return CORD_OK;
    }
    if (store->options.bulk) {
        return cord_store_flush_bulk(store, rows, err);
    }
    take_image(store, &image);
    cord_status status = append_spooled(store, rows, &image, err);
    give_back_image(store, &image);
    return status;
}

cord_status cord_store_flush_due(struct cord_store *store, struct cord_error *err)
{
    return is_due(store) ? cord_store_flush_rows(store, true, err) : CORD_OK;
}

uint64_t cord_store_next(struct cord_store *store)
{
    (void)pthread_mutex_lock(&store->lock);
    uint64_t next = store->next_sequence;
    (void)pthread_mutex_unlock(&store->lock);
    return next;
}

/* One thread syncs for all that wait. Under the lock, which it gives up meanwhile. */
static cord_status sync_spools(struct cord_store *store, struct cord_error *err)
{
    int files[SPOOLS_MAX];
    size_t count = 0;
    uint64_t goal = store->appends;
    cord_status status = CORD_OK;
    store->syncing = true;
    for (size_t i = 0; i < store->spool_count; i++) {
        if (store->spools[i].dirty && count < SPOOLS_MAX) {
            files[count++] = store->spools[i].file;
            store->spools[i].dirty = false;
        } else if (store->spools[i].dirty) {
            goal = store->durable;
        }
    }
    (void)pthread_mutex_unlock(&store->lock);
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        status = cord_files_sync(store->files, files[i], err);
    }
    (void)pthread_mutex_lock(&store->lock);
    store->syncing = false;
    if (status != CORD_OK) {
        /* The kernel may have dropped what it could not write, and will not say
         * so again: only rows that are packed count from here on. */
        store->sync_failed = true;
    } else if (goal > store->durable) {
        store->durable = goal;
    }
    (void)pthread_cond_broadcast(&store->synced);
    return status;
}

cord_status cord_store_commit(struct cord_store *store, struct cord_error *err)
{
    cord_status status = CORD_OK;
    (void)pthread_mutex_lock(&store->lock);
    uint64_t target = store->appends;
    while (store->durable < target && !store->sync_failed && status == CORD_OK) {
        if (store->syncing) {
            (void)pthread_cond_wait(&store->synced, &store->lock);
        } else {
            status = sync_spools(store, err);
        }
    }
    bool durable = store->durable >= target;
    (void)pthread_mutex_unlock(&store->lock);
    if (!durable) {
        status = cord_store_flush_rows(store, true, err);
    }
    if (status == CORD_OK) {
        pack_some(store);
    }
    return status;
}
