/* store_compact.c: few large segments for many small ones; see store_upkeep.h. */
#include "evidence/store_internal.h"

#include "base/vec.h"

#include <inttypes.h>
#include <stdlib.h>

#define SMALL_RAW_BYTES  ((uint64_t)64 << 20)  /* smaller ones are put together ... */
#define TARGET_RAW_BYTES ((uint64_t)256 << 20) /* ... until they come to this */
#define ROWS_BYTES_MAX   ((size_t)8 << 30)
/* Age is counted from the youngest of what is put together. */
#define AGE_APART_NS (86400 * CORD_SECOND_NS)

struct compaction {
    struct cord_store *store;
    const struct cord_store_progress *progress;
    struct cord_store_compacted result;
    struct cord_segment **group; /* to become one; of the view's */
    size_t group_count;
    size_t group_cap;
    uint64_t group_raw_bytes;
    bool group_misfits; /* one alone is reason enough */
    uint64_t done_bytes;
    uint64_t total_bytes;
};

/* Some of it is to be kept for another time than its file was made for. */
static bool is_misfit(const struct cord_store *store, const struct cord_segment *segment)
{
    const struct cord_segment_info *info = cord_segment_info(segment);
    for (uint32_t i = 0; i < cord_segment_origin_count(segment); i++) {
        struct cord_policy_term term =
            cord_policy_term(store->policy, cord_segment_origin(segment, i));
        if (term.days != info->days || term.personal_days != info->personal_days) {
            return true;
        }
    }
    return false;
}

/* All rows of a segment, or none. */
static cord_status unpack(struct cord_segment *segment, struct cord_store_block *reader,
                          struct cord_rows *rows)
{
    cord_status status = cord_segment_load(segment, NULL);
    for (uint32_t i = 0; status == CORD_OK && i < cord_segment_block_count(segment); i++) {
        status = cord_store_block_open(reader, segment, i, NULL);
        if (status == CORD_OK) {
            status = cord_block_unpack(reader->block, NULL, 0, rows, NULL);
        }
    }
    return status;
}

static cord_status replace(struct compaction *compaction, const struct cord_rows *rows,
                           struct cord_error *err)
{
    struct cord_store *store = compaction->store;
    struct cord_store_pack pack = {.kept_from_ns = INT64_MIN};
    uint64_t *removed = calloc(compaction->group_count, sizeof *removed);
    uint64_t bytes_before = 0;
    uint64_t bytes_after = 0;
    if (!removed) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < compaction->group_count; i++) {
        const struct cord_segment_info *info = cord_segment_info(compaction->group[i]);
        removed[i] = info->number; /* ascending, as in the manifest */
        bytes_before += info->bytes + info->person_bytes;
        pack.kept_from_ns =
            info->kept_from_ns > pack.kept_from_ns ? info->kept_from_ns : pack.kept_from_ns;
    }
    cord_status status = cord_store_pack_rows(store, rows, &pack, err);
    if (status == CORD_OK) {
        status = cord_store_pack_settle(store, &pack, err);
    }
    for (size_t i = 0; i < pack.count; i++) {
        bytes_after += pack.segments[i].bytes + pack.segments[i].person_bytes;
    }
    if (status == CORD_OK) {
        const struct cord_store_change change = {.added = pack.segments,
                                                 .added_count = pack.count,
                                                 .removed = removed,
                                                 .removed_count = compaction->group_count};
        status = cord_store_seal(store, "compact", NULL, &change, NULL, err);
    }
    if (status == CORD_OK) {
        compaction->result.before += compaction->group_count;
        compaction->result.after += pack.count;
        compaction->result.bytes_before += bytes_before;
        compaction->result.bytes_after += bytes_after;
    }
    cord_store_pack_done(&pack);
    free(removed);
    return status;
}

static uint64_t rows_of(const struct compaction *compaction)
{
    uint64_t count = 0;
    for (size_t i = 0; i < compaction->group_count; i++) {
        count += cord_segment_info(compaction->group[i])->row_count;
    }
    return count;
}

/* What cannot be read stays as it is, and its neighbours with it this time. */
static cord_status close_group(struct compaction *compaction, struct cord_error *err)
{
    cord_status status = CORD_OK;
    if (compaction->group_count > 1 ||
        (compaction->group_count == 1 && compaction->group_misfits)) {
        struct cord_rows *rows = cord_rows_new(ROWS_BYTES_MAX, compaction->store->options.seed);
        struct cord_store_block reader;
        cord_store_block_init(&reader);
        status = rows ? CORD_OK : CORD_E_NOMEM;
        for (size_t i = 0; i < compaction->group_count && status == CORD_OK; i++) {
            status = unpack(compaction->group[i], &reader, rows);
        }
        if (status == CORD_OK && cord_rows_count(rows) == rows_of(compaction)) {
            status = replace(compaction, rows, err);
        } else if (status != CORD_E_NOMEM) {
            compaction->result.damaged += compaction->group_count;
            status = CORD_OK;
        }
        cord_store_block_done(&reader);
        cord_rows_free(rows);
    }
    compaction->group_count = 0;
    compaction->group_raw_bytes = 0;
    compaction->group_misfits = false;
    return status;
}

/* Whether it may become one with those of the group. */
static bool belongs(const struct compaction *compaction, const struct cord_segment *segment)
{
    if (compaction->group_count == 0) {
        return true;
    }
    const struct cord_segment *first = compaction->group[0];
    const struct cord_segment_info *a = cord_segment_info(first);
    const struct cord_segment_info *b = cord_segment_info(segment);
    int64_t apart = a->kept_from_ns > b->kept_from_ns ? a->kept_from_ns - b->kept_from_ns
                                                      : b->kept_from_ns - a->kept_from_ns;
    return cord_str_eq(a->organisation, b->organisation) && a->days == b->days &&
           a->personal_days == b->personal_days && apart <= AGE_APART_NS &&
           cord_segment_person_expired(first) == cord_segment_person_expired(segment) &&
           compaction->group_raw_bytes + b->raw_bytes <= TARGET_RAW_BYTES;
}

static cord_status consider(struct compaction *compaction, struct cord_segment *segment,
                            struct cord_error *err)
{
    const struct cord_segment_info *info = cord_segment_info(segment);
    if (cord_segment_load(segment, NULL) != CORD_OK) {
        compaction->result.damaged++;
        return CORD_OK;
    }
    bool misfit = is_misfit(compaction->store, segment);
    if (!misfit && info->raw_bytes >= SMALL_RAW_BYTES) {
        return CORD_OK;
    }
    cord_status status = belongs(compaction, segment) ? CORD_OK : close_group(compaction, err);
    struct cord_segment **group = status == CORD_OK
                                      ? cord_vec_room(compaction->group, compaction->group_count,
                                                      &compaction->group_cap, sizeof(*group))
                                      : NULL;
    if (!group) {
        return status == CORD_OK ? CORD_E_NOMEM : status;
    }
    compaction->group = group;
    group[compaction->group_count++] = segment;
    compaction->group_raw_bytes += info->raw_bytes;
    compaction->group_misfits = compaction->group_misfits || misfit;
    return CORD_OK;
}

static cord_status step(struct compaction *compaction, const struct cord_segment *segment)
{
    const struct cord_store_progress *progress = compaction->progress;
    compaction->done_bytes += cord_segment_info(segment)->bytes;
    return !progress || !progress->step ||
                   progress->step(progress->self, compaction->done_bytes, compaction->total_bytes)
               ? CORD_OK
               : CORD_E_END;
}

static int compare_segments(const void *a, const void *b)
{
    const struct cord_segment_info *x = cord_segment_info(*(struct cord_segment *const *)a);
    const struct cord_segment_info *y = cord_segment_info(*(struct cord_segment *const *)b);
    int order = cord_str_compare(x->organisation, y->organisation);
    return order != 0 ? order : (x->number > y->number) - (x->number < y->number);
}

static cord_status compact(struct compaction *compaction,
                           const struct cord_store_manifest *manifest, struct cord_error *err)
{
    struct cord_segment **segments = calloc(manifest->count + 1, sizeof(*segments));
    cord_status status = segments ? CORD_OK : CORD_E_NOMEM;
    for (size_t i = 0; segments && i < manifest->count; i++) {
        segments[i] = manifest->segments[i];
        compaction->total_bytes += cord_segment_info(segments[i])->bytes;
    }
    if (segments) {
        qsort(segments, manifest->count, sizeof(*segments), compare_segments);
    }
    for (size_t i = 0; i < manifest->count && status == CORD_OK; i++) {
        status = consider(compaction, segments[i], err);
        if (status == CORD_OK) {
            status = step(compaction, segments[i]);
        }
    }
    if (status == CORD_OK) {
        status = close_group(compaction, err);
    }
    free(segments);
    return status;
}

cord_status cord_store_compact(struct cord_store *store, const struct cord_store_progress *progress,
                               struct cord_store_compacted *ret_compacted, struct cord_error *err)
{
    struct compaction compaction = {.store = store, .progress = progress};
    struct cord_store_view view = {0};
    if (store->options.read_only) {
        return cord_error_set(err, CORD_E_UNSUPPORTED, "%s is open for reading only", store->path);
    }
    (void)pthread_mutex_lock(&store->upkeep);
    cord_status status = cord_store_view_take(store, &view);
    if (status == CORD_OK) {
        status = compact(&compaction, view.manifest, err);
        cord_store_view_release(&view);
    }
    (void)pthread_mutex_unlock(&store->upkeep);
    if (status == CORD_OK) {
        *ret_compacted = compaction.result;
    }
    free(compaction.group);
    return status;
}
