/* store_view.c: the store as it is at one moment; single events; figures. */
#include "evidence/store_internal.h"

#include "evidence/block_column.h"

#include <inttypes.h>
#include <stdlib.h>

enum { BODY_BYTES_MAX = 1 << 30 };

struct cord_store_chunk *cord_store_chunk_new(size_t bytes_max, uint64_t seed)
{
    struct cord_store_chunk *chunk = calloc(1, sizeof *chunk);
    if (!chunk) {
        return NULL;
    }
    atomic_init(&chunk->references, 1);
    chunk->rows = cord_rows_new(bytes_max, seed);
    if (!chunk->rows) {
        free(chunk);
        return NULL;
    }
    return chunk;
}

void cord_store_chunk_unref(struct cord_store_chunk *chunk)
{
    if (chunk && atomic_fetch_sub(&chunk->references, 1) == 1) {
        cord_rows_free(chunk->rows);
        free(chunk);
    }
}

cord_status cord_store_view_take(struct cord_store *store, struct cord_store_view *ret_view)
{
    struct cord_store_view view = {0};
    (void)pthread_mutex_lock(&store->lock);
    view.live = calloc(store->chunk_count + 1, sizeof *view.live);
    for (size_t i = 0; view.live && i < store->chunk_count; i++) {
        struct cord_store_chunk *chunk = store->chunks[i];
        if (chunk->visible == 0) {
            continue;
        }
        /* Whoever appends next begins another: these rows stay where they are. */
        chunk->full = true;
        (void)atomic_fetch_add(&chunk->references, 1);
        view.live[view.live_count++] = (struct cord_store_live){chunk, chunk->rows, chunk->visible};
    }
    if (view.live) {
        view.manifest = cord_store_manifest_ref(store->manifest);
    }
    (void)pthread_mutex_unlock(&store->lock);
    if (!view.live) {
        return CORD_E_NOMEM;
    }
    *ret_view = view;
    return CORD_OK;
}

void cord_store_view_release(struct cord_store_view *view)
{
    for (size_t i = 0; i < view->live_count; i++) {
        cord_store_chunk_unref(view->live[i].chunk);
    }
    free(view->live);
    cord_store_manifest_unref(view->manifest);
    *view = (struct cord_store_view){0};
}

void cord_store_block_init(struct cord_store_block *reader)
{
    cord_buf_init(&reader->body, BODY_BYTES_MAX);
    cord_buf_init(&reader->personal, BODY_BYTES_MAX);
    reader->block = NULL;
}

void cord_store_block_done(struct cord_store_block *reader)
{
    cord_block_close(reader->block);
    cord_buf_done(&reader->personal);
    cord_buf_done(&reader->body);
    reader->block = NULL;
}

cord_status cord_store_block_open(struct cord_store_block *reader,
                                  const struct cord_segment *segment, uint32_t at,
                                  struct cord_error *err)
{
    cord_str personal = {0};
    cord_block_close(reader->block);
    reader->block = NULL;
    cord_status status = cord_segment_read_body(segment, at, &reader->body, err);
    if (status == CORD_OK) {
        status = cord_segment_read_personal(segment, at, &reader->personal, &personal, err);
    }
    if (status == CORD_OK) {
        status = cord_block_open(cord_buf_str(&reader->body), personal, &reader->block, err);
    }
    if (status != CORD_OK) {
        cord_error_context(err, "segment %" PRIu64 ", block %" PRIu32,
                           cord_segment_info(segment)->number, at);
    }
    return status;
}

/* --- one event --- */

/* CORD_E_NOENT: not among them. */
static cord_status get_from(const struct cord_rows *from, size_t count, uint64_t sequence,
                            struct cord_rows *rows)
{
    for (size_t at = 0; at < count; at++) {
        if (cord_rows_at(from, at)->sequence == sequence) {
            return cord_rows_copy(rows, from, at);
        }
    }
    return CORD_E_NOENT;
}

/* Only the numbers are unpacked, and the row. */
static cord_status get_opened(struct cord_block *block, uint64_t sequence, struct cord_rows *rows,
                              struct cord_error *err)
{
    const struct cord_block_times *times = NULL;
    cord_status status = cord_block_column_times(block, &times, err);
    if (status != CORD_OK) {
        return status;
    }
    for (uint32_t at = 0; at < cord_block_head(block)->row_count; at++) {
        if (times->sequence[at] == sequence) {
            return cord_block_unpack(block, &at, 1, rows, err);
        }
    }
    return CORD_E_NOENT;
}

static cord_status get_from_block(struct cord_segment *segment, uint32_t at, uint64_t sequence,
                                  struct cord_rows *rows, struct cord_error *err)
{
    struct cord_store_block reader;
    cord_store_block_init(&reader);
    cord_status status = cord_store_block_open(&reader, segment, at, err);
    if (status == CORD_OK) {
        status = get_opened(reader.block, sequence, rows, err);
    }
    cord_store_block_done(&reader);
    return status;
}

static cord_status get_from_segment(struct cord_segment *segment, uint64_t sequence,
                                    struct cord_rows *rows, struct cord_error *err)
{
    const struct cord_segment_info *info = cord_segment_info(segment);
    if (sequence < info->first || sequence > info->last) {
        return CORD_E_NOENT;
    }
    cord_status status = cord_segment_load(segment, err);
    if (status != CORD_OK) {
        return status;
    }
    status = CORD_E_NOENT;
    for (uint32_t i = 0; i < info->block_count && status == CORD_E_NOENT; i++) {
        const struct cord_block_head *head = &cord_segment_block(segment, i)->head;
        if (sequence >= head->sequence_min && sequence <= head->sequence_max) {
            status = get_from_block(segment, i, sequence, rows, err);
        }
    }
    return status;
}

cord_status cord_store_get(struct cord_store *store, uint64_t sequence, struct cord_rows *rows,
                           struct cord_error *err)
{
    struct cord_store_view view;
    cord_status failure = CORD_OK; /* of a segment that may have had it */
    cord_status status = cord_store_view_take(store, &view);
    if (status != CORD_OK) {
        return status;
    }
    status = CORD_E_NOENT;
    for (size_t i = 0; i < view.live_count && status == CORD_E_NOENT; i++) {
        status = get_from(view.live[i].rows, view.live[i].count, sequence, rows);
    }
    for (size_t i = view.manifest->count; i-- > 0 && status == CORD_E_NOENT;) {
        status = get_from_segment(view.manifest->segments[i], sequence, rows, err);
        if (status != CORD_OK && status != CORD_E_NOENT) {
            failure = status;
            status = CORD_E_NOENT;
        }
    }
    cord_store_view_release(&view);
    if (status == CORD_E_NOENT && failure == CORD_OK) {
        return cord_error_set(err, CORD_E_NOENT, "there is no such event");
    }
    return status == CORD_E_NOENT ? failure : status;
}

/* --- figures --- */

static void count_when(struct cord_evidence_stats *stats, int64_t low_ns, int64_t high_ns)
{
    if (stats->rows == 0 || low_ns < stats->when_min_ns) {
        stats->when_min_ns = low_ns;
    }
    if (stats->rows == 0 || high_ns > stats->when_max_ns) {
        stats->when_max_ns = high_ns;
    }
}

cord_status cord_store_stats(struct cord_store *store, struct cord_evidence_stats *ret_stats,
                             struct cord_error *err)
{
    struct cord_store_view view;
    struct cord_evidence_stats stats = {.when_min_ns = CORD_TIME_NONE,
                                        .when_max_ns = CORD_TIME_NONE};
    (void)err;
    cord_status status = cord_store_view_take(store, &view);
    if (status != CORD_OK) {
        return status;
    }
    for (size_t i = 0; i < view.manifest->count; i++) {
        const struct cord_segment *segment = view.manifest->segments[i];
        const struct cord_segment_info *info = cord_segment_info(segment);
        count_when(&stats, info->when_min_ns, info->when_max_ns);
        stats.rows += info->row_count;
        stats.raw_bytes += info->raw_bytes;
        stats.packed_bytes +=
            info->bytes + (cord_segment_person_expired(segment) ? 0 : info->person_bytes);
        stats.blocks += info->block_count;
    }
    stats.segments = view.manifest->count;
    for (size_t i = 0; i < view.live_count; i++) {
        for (size_t at = 0; at < view.live[i].count; at++) {
            const struct cord_row *row = cord_rows_at(view.live[i].rows, at);
            count_when(&stats, cord_row_when(row), cord_row_when(row));
            stats.rows++;
            stats.raw_bytes += row->raw_len;
            stats.spooled_rows++;
        }
    }
    cord_store_view_release(&view);
    *ret_stats = stats;
    return CORD_OK;
}
