/* store_carry.c: rows from one store into another; see store_upkeep.h. */
#include "evidence/store_internal.h"

#include "evidence/rows_merge.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define BATCH_BYTES    ((size_t)256 << 20) /* of rows that are packed together */
#define ROWS_BYTES_MAX ((size_t)4 << 30)

enum { LINES_BYTES_MAX = 1 << 20 };

/* Rows on their way. They become the other store's all at once, by one entry
 * of its chain. */
struct carriage {
    struct cord_store *from;
    struct cord_store *to;
    struct cord_range range;
    const struct cord_store_progress *progress;
    struct cord_store_carried result;
    struct cord_rows *batch;
    struct cord_store_pack pack;
    uint64_t first; /* lowest and highest number carried, as in `from` */
    uint64_t last;
    uint64_t shift; /* added to each number */
    int64_t kept_from_ns;
    uint64_t done_bytes;
    uint64_t total_bytes;
    struct cord_error *err;
};

static cord_status pack_batch(struct carriage *carriage)
{
    struct cord_store_pack pack = {.kept_from_ns = carriage->kept_from_ns};
    if (cord_rows_count(carriage->batch) == 0) {
        return CORD_OK;
    }
    cord_status status = cord_store_pack_rows(carriage->to, carriage->batch, &pack, carriage->err);
    for (size_t i = 0; i < pack.count && status == CORD_OK; i++) {
        status = cord_store_pack_adopt(&carriage->pack, &pack.segments[i]);
    }
    if (status != CORD_OK) {
        cord_store_pack_drop(carriage->to, &pack);
    }
    cord_store_pack_done(&pack);
    cord_rows_reset(carriage->batch);
    return status;
}

static cord_status carry_rows(struct carriage *carriage, const struct cord_rows *rows, size_t count)
{
    struct cord_rows_merge merge;
    cord_status status = cord_rows_merge_init(&merge, carriage->batch, rows);
    for (size_t at = 0; at < count && status == CORD_OK; at++) {
        uint64_t sequence = cord_rows_at(rows, at)->sequence;
        if (!cord_range_has_row(&carriage->range, rows, cord_rows_at(rows, at))) {
            continue;
        }
        status = cord_rows_merge_row(&merge, at);
        if (status == CORD_OK) {
            cord_rows_number(carriage->batch, cord_rows_count(carriage->batch) - 1,
                             sequence + carriage->shift);
            carriage->first = sequence < carriage->first ? sequence : carriage->first;
            carriage->last = sequence > carriage->last ? sequence : carriage->last;
            carriage->result.rows++;
        }
    }
    cord_rows_merge_done(&merge);
    return status;
}

static cord_status carry_block(struct carriage *carriage, struct cord_store_block *reader,
                               struct cord_segment *segment, uint32_t at)
{
    struct cord_rows *rows = cord_rows_new(ROWS_BYTES_MAX, carriage->to->options.seed);
    if (!rows) {
        return CORD_E_NOMEM;
    }
    cord_status status = cord_store_block_open(reader, segment, at, NULL);
    if (status == CORD_OK) {
        status = cord_block_unpack(reader->block, NULL, 0, rows, NULL);
    }
    if (status == CORD_OK) {
        status = carry_rows(carriage, rows, cord_rows_count(rows));
    } else if (status != CORD_E_NOMEM) {
        carriage->result.damaged++;
        status = CORD_OK;
    }
    cord_rows_free(rows);
    return status;
}

static bool may_hold(const struct carriage *carriage, const struct cord_segment *segment)
{
    const struct cord_segment_info *info = cord_segment_info(segment);
    return cord_range_may_have_time(&carriage->range, info->when_min_ns, info->when_max_ns) &&
           cord_range_has_organisation(&carriage->range, info->organisation);
}

static cord_status carry_segment(struct carriage *carriage, struct cord_store_block *reader,
                                 struct cord_segment *segment)
{
    const struct cord_segment_info *info = cord_segment_info(segment);
    const struct cord_store_progress *progress = carriage->progress;
    cord_status status = CORD_OK;
    carriage->done_bytes += info->bytes + info->person_bytes;
    if (may_hold(carriage, segment)) {
        /* Age goes along, so that nothing is kept longer for having been carried. */
        if (carriage->kept_from_ns != info->kept_from_ns) {
            status = pack_batch(carriage);
            carriage->kept_from_ns = info->kept_from_ns;
        }
        if (status == CORD_OK && cord_segment_load(segment, NULL) != CORD_OK) {
            carriage->result.damaged += info->block_count;
            return CORD_OK;
        }
        for (uint32_t i = 0; i < info->block_count && status == CORD_OK; i++) {
            status = carry_block(carriage, reader, segment, i);
            if (status == CORD_OK && cord_rows_bytes(carriage->batch) > BATCH_BYTES) {
                status = pack_batch(carriage);
            }
        }
    }
    if (status == CORD_OK && progress && progress->step &&
        !progress->step(progress->self, carriage->done_bytes, carriage->total_bytes)) {
        return CORD_E_END;
    }
    return status;
}

static cord_status carry_all(struct carriage *carriage, const struct cord_store_view *view)
{
    struct cord_store_block reader;
    cord_status status = CORD_OK;
    cord_store_block_init(&reader);
    for (size_t i = 0; i < view->manifest->count; i++) {
        const struct cord_segment_info *info = cord_segment_info(view->manifest->segments[i]);
        carriage->total_bytes += info->bytes + info->person_bytes;
    }
    for (size_t i = 0; i < view->manifest->count && status == CORD_OK; i++) {
        status = carry_segment(carriage, &reader, view->manifest->segments[i]);
    }
    if (status == CORD_OK) {
        status = pack_batch(carriage);
        carriage->kept_from_ns = cord_store_age_ns(carriage->from);
    }
    for (size_t i = 0; i < view->live_count && status == CORD_OK; i++) {
        status = carry_rows(carriage, view->live[i].rows, view->live[i].count);
    }
    if (status == CORD_OK) {
        status = pack_batch(carriage);
    }
    cord_store_block_done(&reader);
    return status;
}

/* origin STORE ENTRIES HEAD: the store that rows are from, and how its chain ended then. */
static void put_origin(struct cord_store *from, struct cord_buf *lines)
{
    char id[2 * CORD_STORE_ID_BYTES + 1];
    cord_digest_to_hex(from->identity.id, CORD_STORE_ID_BYTES, id);
    (void)pthread_mutex_lock(&from->sealing);
    cord_buf_printf(lines, "origin %s %" PRIu64, id, from->chain.count);
    cord_chain_put_digest(lines, &from->chain.head);
    (void)pthread_mutex_unlock(&from->sealing);
}

static cord_status carry(struct carriage *carriage, const char *kind, const struct cord_buf *lines)
{
    struct cord_store_view view;
    carriage->first = UINT64_MAX;
    carriage->batch = cord_rows_new(ROWS_BYTES_MAX, carriage->to->options.seed);
    cord_status status =
        carriage->batch ? cord_store_view_take(carriage->from, &view) : CORD_E_NOMEM;
    if (status == CORD_OK) {
        status = carry_all(carriage, &view);
        cord_store_view_release(&view);
    }
    cord_rows_free(carriage->batch);
    if (status == CORD_OK && carriage->pack.count > 0) {
        status = cord_store_pack_settle(carriage->to, &carriage->pack, carriage->err);
    } else {
        cord_store_pack_drop(carriage->to, &carriage->pack);
    }
    if (status == CORD_OK && carriage->pack.count > 0) {
        const struct cord_store_change change = {.added = carriage->pack.segments,
                                                 .added_count = carriage->pack.count};
        status = cord_store_seal(carriage->to, kind, lines, &change, NULL, carriage->err);
    }
    cord_store_pack_disown(&carriage->pack);
    return status;
}

/* --- export --- */

static void put_range(const struct cord_range *range, struct cord_buf *lines)
{
    cord_chain_put_time(lines, range->from_ns);
    cord_chain_put_time(lines, range->to_ns);
    cord_chain_put_word(lines, range->organisation);
    cord_chain_put_word(lines, range->source);
    cord_buf_put_char(lines, '\n');
}

static cord_status make_target(struct carriage *carriage, const char *path, struct cord_buf *lines)
{
    struct cord_store *from = carriage->from;
    put_origin(from, lines);
    put_range(&carriage->range, lines);
    const struct cord_store_options options = {
        .create = true,
        .bulk = true,
        .seed = from->options.seed,
        .clock = from->options.clock,
        .files = from->options.files,
        .copy_ids = from->identity.id_key,
        .origin = cord_buf_str(lines),
    };
    cord_status status = lines->failed
                             ? CORD_E_LIMIT
                             : cord_store_open(path, &options, &carriage->to, carriage->err);
    if (status == CORD_OK && carriage->to->chain.count > 1) {
        status = cord_error_set(carriage->err, CORD_E_UNSUPPORTED, "%s is in use already", path);
    }
    return status;
}

cord_status cord_store_export(struct cord_store *store, const char *path,
                              const struct cord_range *range,
                              const struct cord_store_progress *progress,
                              struct cord_store_carried *ret_carried, struct cord_error *err)
{
    struct carriage carriage = {.from = store,
                                .range = *range,
                                .progress = progress,
                                .err = err,
                                .kept_from_ns = INT64_MIN};
    struct cord_buf lines;
    cord_buf_init(&lines, LINES_BYTES_MAX);
    cord_status status = make_target(&carriage, path, &lines);
    if (status == CORD_OK) {
        status = carry(&carriage, "export", NULL);
    }
    cord_store_close(carriage.to);
    cord_buf_done(&lines);
    if (status == CORD_OK) {
        *ret_carried = carriage.result;
    }
    return status;
}

/* --- import --- */

struct proof {
    char first[CORD_ERROR_BYTES];
};

static void note_broken(void *self, cord_str what)
{
    struct proof *proof = self;
    if (proof->first[0] == '\0') {
        (void)snprintf(proof->first, sizeof proof->first, "%.*s", CORD_STR_ARG(what));
    }
}

static cord_status prove(struct cord_store *from, const char *path, struct cord_error *err)
{
    struct proof proof = {""};
    struct cord_store_verdict verdict;
    const struct cord_store_verify_options options = {.broken = note_broken, .self = &proof};
    cord_status status = cord_store_verify(from, &options, &verdict, err);
    if (status == CORD_OK && verdict.broken > 0) {
        status =
            cord_error_set(err, CORD_E_FORMAT, "%s does not prove itself: %s", path, proof.first);
    }
    return status;
}

/* The line that a store's chain has once rows of the other are in it. */
static bool names_origin(cord_str lines, cord_str id)
{
    cord_str words[CORD_CHAIN_WORDS_MAX];
    while (lines.len > 0) {
        size_t count = cord_chain_line(&lines, words);
        if (count == 0) {
            return false;
        }
        if (count > 1 && cord_str_eq(words[0], CORD_STR("origin")) && cord_str_eq(words[1], id)) {
            return true;
        }
    }
    return false;
}

static cord_status look_up_origin(struct cord_store *store, cord_str text, cord_str id,
                                  struct cord_error *err)
{
    struct cord_chain_entry entry;
    (void)store;
    while (cord_chain_next(&text, &entry, NULL) == CORD_OK) {
        if (names_origin(entry.lines, id)) {
            return cord_error_set(err, CORD_E_UNSUPPORTED,
                                  "it has been imported already, by entry %" PRIu64, entry.number);
        }
    }
    return CORD_OK;
}

static cord_status refuse_twice(const struct carriage *carriage)
{
    struct cord_store *to = carriage->to;
    char id[2 * CORD_STORE_ID_BYTES + 1];
    struct cord_buf text;
    if (memcmp(to->identity.id_key, carriage->from->identity.id_key, sizeof to->identity.id_key) ==
        0) {
        return cord_error_set(carriage->err, CORD_E_UNSUPPORTED,
                              "its events are this store's own: they have the same ids");
    }
    cord_digest_to_hex(carriage->from->identity.id, CORD_STORE_ID_BYTES, id);
    cord_buf_init(&text, CORD_CHAIN_BYTES_MAX);
    cord_status status = cord_files_load(to->files, to->dir, CORD_CHAIN_FILE, &text, carriage->err);
    if (status == CORD_OK) {
        status = look_up_origin(to, cord_buf_str(&text), cord_str_from(id), carriage->err);
    }
    cord_buf_done(&text);
    return status;
}

/* Numbers that will be theirs: all between the lowest and the highest, so that
 * one addition leads from an old number to the new. */
static cord_status reserve(struct carriage *carriage, struct cord_buf *lines)
{
    struct cord_store *from = carriage->from;
    struct cord_store *to = carriage->to;
    uint64_t span = from->next_sequence; /* opened for reading only: nobody moves it */
    (void)pthread_mutex_lock(&to->lock);
    uint64_t shift = to->next_sequence;
    bool fits = span <= CORD_EVIDENCE_ID_SEQUENCE_MAX - shift;
    to->next_sequence += fits ? span : 0;
    (void)pthread_mutex_unlock(&to->lock);
    if (!fits) {
        return cord_error_set(carriage->err, CORD_E_LIMIT, "the store has used up its numbers");
    }
    carriage->shift = shift;
    put_origin(from, lines);
    cord_buf_printf(lines, " %" PRIu64 "\nnext %" PRIu64 "\n", shift, shift + span);
    return lines->failed ? CORD_E_LIMIT : CORD_OK;
}

static cord_status import_from(struct carriage *carriage, const char *path, struct cord_buf *lines)
{
    const struct cord_store_options options = {.read_only = true,
                                               .seed = carriage->to->options.seed,
                                               .clock = carriage->to->options.clock,
                                               .files = carriage->to->options.files};
    cord_status status = cord_store_open(path, &options, &carriage->from, carriage->err);
    if (status == CORD_OK) {
        status = prove(carriage->from, path, carriage->err);
    }
    if (status == CORD_OK) {
        status = refuse_twice(carriage);
    }
    if (status == CORD_OK) {
        status = reserve(carriage, lines);
    }
    return status == CORD_OK ? carry(carriage, "import", lines) : status;
}

cord_status cord_store_import(struct cord_store *store, const char *path,
                              const struct cord_store_progress *progress,
                              struct cord_store_carried *ret_carried, struct cord_error *err)
{
    struct carriage carriage = {
        .to = store,
        .range = {.from_ns = CORD_TIME_NONE, .to_ns = CORD_TIME_NONE},
        .progress = progress,
        .err = err,
        .kept_from_ns = INT64_MIN,
    };
    struct cord_buf lines;
    if (store->options.read_only) {
        return cord_error_set(err, CORD_E_UNSUPPORTED, "%s is open for reading only", store->path);
    }
    cord_buf_init(&lines, LINES_BYTES_MAX);
    (void)pthread_mutex_lock(&store->upkeep);
    cord_status status = import_from(&carriage, path, &lines);
    (void)pthread_mutex_unlock(&store->upkeep);
    cord_store_close(carriage.from);
    cord_buf_done(&lines);
    if (status == CORD_OK) {
        *ret_carried = carriage.result;
    }
    return status;
}
