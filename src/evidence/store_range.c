/*
 * store_range.c: rows by their numbers, from one on: see evidence.h.
 *
 * First the numbers: of those at or behind the first wanted, the lowest so many
 * are picked, over rows in memory and blocks, which are looked at from the lowest
 * number on until no further one can have any. Then the rows of each block at
 * once, put in order.
 */
#include "evidence/store_internal.h"

#include "base/vec.h"
#include "evidence/block_column.h"

#include <stdlib.h>

enum {
    ROWS_MAX = 1 << 24,
    BYTES_MAX = 1 << 30,
    SCRATCH_BYTES = 64 << 20, /* beside twice what is wanted */
    ROW_BYTES = 256,          /* what a row takes beside twice its raw bytes, about */
};

struct part {
    uint64_t lowest; /* number it may have, from the first wanted on */
    uint64_t last;
    struct cord_segment *segment; /* NULL: rows in memory */
    uint32_t at;                  /* of the blocks, or of the view's live chunks */
    uint64_t row_bytes;           /* about */
};

struct pick {
    uint64_t sequence;
    uint32_t part;
    uint32_t at; /* row in it */
};

/* A pick by where it lies. */
struct place {
    uint32_t part;
    uint32_t at;
    uint32_t pick;
};

struct range {
    struct cord_store_view view;
    uint64_t first;
    size_t rows_max;
    size_t bytes_max;
    struct cord_error *err;
    struct cord_store_block reader;
    struct cord_segment **segments; /* that may have some, by their lowest number */
    size_t segment_count;
    size_t segment_next;
    struct part *parts; /* [done ..) are still to be looked at */
    size_t part_count;
    size_t part_cap;
    size_t part_done;
    struct pick *picks;
    size_t pick_count;
    size_t pick_cap;
    uint64_t cutoff; /* no number above it is wanted any more */
    bool damaged;
    uint64_t damaged_last; /* highest number of what could not be read */
};

/* --- numbers --- */

static bool is_damage(cord_status status)
{
    return status == CORD_E_FORMAT || status == CORD_E_NOENT || status == CORD_E_IO ||
           status == CORD_E_MORE;
}

/* Nothing can be had of it; the rest goes on. */
static cord_status lose(struct range *range, cord_status status, uint64_t last)
{
    if (!is_damage(status)) {
        return status;
    }
    range->damaged = true;
    range->damaged_last = last > range->damaged_last ? last : range->damaged_last;
    return CORD_OK;
}

static cord_status add_part(struct range *range, const struct part *part)
{
    struct part *parts =
        cord_vec_room(range->parts, range->part_count, &range->part_cap, sizeof *parts);
    if (!parts) {
        return CORD_E_NOMEM;
    }
    range->parts = parts;
    parts[range->part_count++] = *part;
    return CORD_OK;
}

static cord_status add_pick(struct range *range, uint64_t sequence, uint32_t part, size_t at)
{
    if (sequence < range->first || sequence > range->cutoff || sequence == UINT64_MAX) {
        return CORD_OK; /* no row has the highest number: there is none behind it */
    }
    struct pick *picks =
        cord_vec_room(range->picks, range->pick_count, &range->pick_cap, sizeof *picks);
    if (!picks) {
        return CORD_E_NOMEM;
    }
    range->picks = picks;
    picks[range->pick_count++] =
        (struct pick){.sequence = sequence, .part = part, .at = (uint32_t)at};
    return CORD_OK;
}

static int compare_picks(const void *a, const void *b)
{
    const struct pick *x = a;
    const struct pick *y = b;
    return (x->sequence > y->sequence) - (x->sequence < y->sequence);
}

/* In order, each number once, and no more than are wanted. */
static void settle_picks(struct range *range)
{
    size_t kept = 0;
    if (range->pick_count > 1) {
        qsort(range->picks, range->pick_count, sizeof *range->picks, compare_picks);
    }
    for (size_t i = 0; i < range->pick_count && kept < range->rows_max; i++) {
        if (kept == 0 || range->picks[i].sequence != range->picks[kept - 1].sequence) {
            range->picks[kept++] = range->picks[i];
        }
    }
    range->pick_count = kept;
    if (kept == range->rows_max) {
        range->cutoff = range->picks[kept - 1].sequence;
    }
}

/* Rows in memory were numbered in the order they lie in. */
static size_t lower_bound(const struct cord_rows *rows, size_t count, uint64_t sequence)
{
    size_t low = 0;
    while (low < count) {
        size_t middle = low + (count - low) / 2;
        if (cord_rows_at(rows, middle)->sequence < sequence) {
            low = middle + 1;
        } else {
            count = middle;
        }
    }
    return low;
}

static cord_status find_live(struct range *range)
{
    cord_status status = CORD_OK;
    for (size_t i = 0; i < range->view.live_count && status == CORD_OK; i++) {
        const struct cord_store_live *live = &range->view.live[i];
        uint64_t last = cord_rows_at(live->rows, live->count - 1)->sequence;
        size_t from = lower_bound(live->rows, live->count, range->first);
        if (from < live->count) {
            const struct part part = {.lowest = cord_rows_at(live->rows, from)->sequence,
                                      .last = last,
                                      .at = (uint32_t)i};
            status = add_part(range, &part);
        }
    }
    return status;
}

static int compare_segments(const void *a, const void *b)
{
    const struct cord_segment_info *x = cord_segment_info(*(struct cord_segment *const *)a);
    const struct cord_segment_info *y = cord_segment_info(*(struct cord_segment *const *)b);
    return (x->first > y->first) - (x->first < y->first);
}

static cord_status find_segments(struct range *range)
{
    const struct cord_store_manifest *manifest = range->view.manifest;
    range->segments = calloc(manifest->count + 1, sizeof(struct cord_segment *));
    if (!range->segments) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < manifest->count; i++) {
        if (cord_segment_info(manifest->segments[i])->last >= range->first) {
            range->segments[range->segment_count++] = manifest->segments[i];
        }
    }
    if (range->segment_count > 1) {
        qsort(range->segments, range->segment_count, sizeof *range->segments, compare_segments);
    }
    return CORD_OK;
}

static cord_status enter_segment(struct range *range, struct cord_segment *segment)
{
    const struct cord_segment_info *info = cord_segment_info(segment);
    cord_status status = cord_segment_load(segment, range->err);
    if (status != CORD_OK) {
        return lose(range, status, info->last);
    }
    for (uint32_t i = 0; i < cord_segment_block_count(segment) && status == CORD_OK; i++) {
        const struct cord_block_head *head = &cord_segment_block(segment, i)->head;
        uint64_t lowest = head->sequence_min > range->first ? head->sequence_min : range->first;
        const struct part part = {.lowest = lowest,
                                  .last = head->sequence_max,
                                  .segment = segment,
                                  .at = i,
                                  .row_bytes = head->raw_bytes / (head->row_count | 1U)};
        if (head->sequence_max >= range->first) {
            status = add_part(range, &part);
        }
    }
    return status;
}

static cord_status pick_from_block(struct range *range, uint32_t number)
{
    const struct cord_block_times *times = NULL;
    const struct part *part = &range->parts[number];
    cord_status status = cord_store_block_open(&range->reader, part->segment, part->at, range->err);
    if (status == CORD_OK) {
        status = cord_block_column_times(range->reader.block, &times, range->err);
    }
    if (status != CORD_OK) {
        return lose(range, status, part->last);
    }
    uint32_t row_count = cord_block_head(range->reader.block)->row_count;
    for (uint32_t at = 0; at < row_count && status == CORD_OK; at++) {
        status = add_pick(range, times->sequence[at], number, at);
    }
    return status;
}

static cord_status pick_from(struct range *range, uint32_t number)
{
    const struct part *part = &range->parts[number];
    cord_status status = CORD_OK;
    if (part->segment) {
        status = pick_from_block(range, number);
    } else {
        const struct cord_store_live *live = &range->view.live[part->at];
        size_t from = lower_bound(live->rows, live->count, range->first);
        size_t end = live->count - from > range->rows_max ? from + range->rows_max : live->count;
        for (size_t at = from; at < end && status == CORD_OK; at++) {
            status = add_pick(range, cord_rows_at(live->rows, at)->sequence, number, at);
        }
    }
    if (status == CORD_OK) {
        settle_picks(range);
    }
    return status;
}

/* The part with the lowest number comes to stand at part_done. */
static void choose_part(struct range *range)
{
    struct part *parts = range->parts;
    size_t best = range->part_done;
    for (size_t i = best + 1; i < range->part_count; i++) {
        best = parts[i].lowest < parts[best].lowest ? i : best;
    }
    struct part chosen = parts[best];
    parts[best] = parts[range->part_done];
    parts[range->part_done] = chosen;
}

static cord_status find_picks(struct range *range)
{
    cord_status status = find_live(range);
    if (status == CORD_OK) {
        status = find_segments(range);
    }
    while (status == CORD_OK) {
        bool segments = range->segment_next < range->segment_count;
        bool parts = range->part_done < range->part_count;
        uint64_t lowest = UINT64_MAX;
        if (parts) {
            choose_part(range);
            lowest = range->parts[range->part_done].lowest;
        }
        struct cord_segment *segment = segments ? range->segments[range->segment_next] : NULL;
        if (segment && (!parts || cord_segment_info(segment)->first <= lowest)) {
            if (cord_segment_info(segment)->first > range->cutoff) {
                break;
            }
            range->segment_next++;
            status = enter_segment(range, segment);
        } else if (parts && lowest <= range->cutoff) {
            status = pick_from(range, (uint32_t)range->part_done++);
        } else {
            break;
        }
    }
    return status;
}

/* --- rows --- */

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a;
    const struct place *y = b;
    if (x->part != y->part) {
        return x->part < y->part ? -1 : 1;
    }
    return (x->at > y->at) - (x->at < y->at);
}

/* How many of the picks come to about as many bytes as are wanted. */
static size_t count_affordable(const struct range *range)
{
    uint64_t bytes = 0;
    size_t count = 0;
    while (count < range->pick_count && bytes < range->bytes_max) {
        bytes += ROW_BYTES + range->parts[range->picks[count].part].row_bytes;
        count++;
    }
    return count;
}

/* The rows places[0 .. count), all of one block, into scratch; the picks say where they are. */
static cord_status unpack_part(struct range *range, const struct place *places, size_t count,
                               struct cord_rows *scratch, uint32_t *which)
{
    const struct part *part = &range->parts[places[0].part];
    size_t base = cord_rows_count(scratch);
    for (size_t i = 0; i < count; i++) {
        which[i] = places[i].at;
        range->picks[places[i].pick].at = UINT32_MAX;
    }
    cord_status status = cord_store_block_open(&range->reader, part->segment, part->at, range->err);
    if (status == CORD_OK) {
        status = cord_block_unpack(range->reader.block, which, count, scratch, range->err);
    }
    if (status != CORD_OK) {
        return lose(range, status, part->last);
    }
    for (size_t i = 0; i < count; i++) {
        range->picks[places[i].pick].at = (uint32_t)(base + i);
    }
    return CORD_OK;
}

static cord_status unpack_places(struct range *range, struct place *places, size_t count,
                                 struct cord_rows *scratch)
{
    cord_status status = CORD_OK;
    uint32_t *which = calloc(count + 1, sizeof *which);
    if (!which) {
        return CORD_E_NOMEM;
    }
    if (count > 1) {
        qsort(places, count, sizeof *places, compare_places);
    }
    for (size_t from = 0, end = 0; from < count && status == CORD_OK; from = end) {
        while (end < count && places[end].part == places[from].part) {
            end++;
        }
        status = unpack_part(range, places + from, end - from, scratch, which);
    }
    free(which);
    return status;
}

/* The packed ones among the first `count` picks. */
static cord_status unpack_picks(struct range *range, size_t count, struct cord_rows *scratch)
{
    size_t packed = 0;
    struct place *places = calloc(count + 1, sizeof *places);
    if (!places) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        const struct pick *pick = &range->picks[i];
        if (range->parts[pick->part].segment) {
            places[packed++] =
                (struct place){.part = pick->part, .at = pick->at, .pick = (uint32_t)i};
        }
    }
    cord_status status = unpack_places(range, places, packed, scratch);
    free(places);
    return status;
}

/* In order, until there are enough bytes; *ret_next is behind the last that was dealt with. */
static cord_status put_picks(struct range *range, size_t count, const struct cord_rows *scratch,
                             struct cord_rows *rows, uint64_t *ret_next)
{
    size_t before = cord_rows_bytes(rows);
    size_t put = 0;
    for (size_t i = 0; i < count; i++) {
        const struct pick *pick = &range->picks[i];
        const struct part *part = &range->parts[pick->part];
        const struct cord_rows *from = part->segment ? scratch : range->view.live[part->at].rows;
        if (put > 0 && cord_rows_bytes(rows) - before >= range->bytes_max) {
            break;
        }
        cord_status status =
            pick->at == UINT32_MAX ? CORD_OK : cord_rows_copy(rows, from, pick->at);
        if (status == CORD_E_LIMIT && put > 0) {
            break; /* the caller's rows are full: the rest next time */
        }
        if (status != CORD_OK) {
            return status;
        }
        put += pick->at != UINT32_MAX;
        *ret_next = pick->sequence + 1;
    }
    return CORD_OK;
}

/* *ret_next: 0 when it was too much at once. */
static cord_status take_picks(struct range *range, size_t count, struct cord_rows *rows,
                              uint64_t *ret_next)
{
    struct pick *kept = malloc((count + 1) * sizeof *kept);
    struct cord_rows *scratch = cord_rows_new(SCRATCH_BYTES + 2 * range->bytes_max, 1);
    cord_status status = kept && scratch ? CORD_OK : CORD_E_NOMEM;
    if (kept && scratch) {
        memcpy(kept, range->picks, count * sizeof *kept);
        status = unpack_picks(range, count, scratch);
    }
    if (status == CORD_OK) {
        status = put_picks(range, count, scratch, rows, ret_next);
    } else if (status == CORD_E_LIMIT && count > 1) {
        memcpy(range->picks, kept, count * sizeof *kept);
        status = CORD_OK;
    }
    cord_rows_free(scratch);
    free(kept);
    return status;
}

static cord_status run(struct range *range, struct cord_rows *rows, uint64_t *ret_next)
{
    uint64_t next = 0;
    cord_status status = find_picks(range);
    size_t count = count_affordable(range);
    if (status == CORD_OK && count == 0 && !range->damaged) {
        return CORD_E_END;
    }
    if (status == CORD_OK && count == 0) {
        next = range->damaged_last < UINT64_MAX ? range->damaged_last + 1 : UINT64_MAX;
    }
    for (; status == CORD_OK && next == 0; count = count / 2) {
        status = take_picks(range, count, rows, &next);
    }
    if (status != CORD_OK) {
        return status;
    }
    *ret_next = next;
    return range->damaged ? CORD_E_FORMAT : CORD_OK;
}

static size_t at_least_one(size_t value, size_t most)
{
    return value == 0 ? 1 : value < most ? value : most;
}

cord_status cord_store_range(struct cord_store *store, const struct cord_store_range *wanted,
                             struct cord_rows *rows, uint64_t *ret_next, struct cord_error *err)
{
    struct range range = {.first = wanted->first,
                          .rows_max = at_least_one(wanted->rows_max, ROWS_MAX),
                          .bytes_max = at_least_one(wanted->bytes_max, BYTES_MAX),
                          .err = err,
                          .cutoff = UINT64_MAX};
    if (wanted->first == UINT64_MAX) {
        return CORD_E_END;
    }
    cord_status status = cord_store_view_take(store, &range.view);
    if (status == CORD_OK) {
        cord_store_block_init(&range.reader);
        status = run(&range, rows, ret_next);
        cord_store_block_done(&range.reader);
        free(range.segments);
        free(range.parts);
        free(range.picks);
        cord_store_view_release(&range.view);
    }
    return status == CORD_E_NOMEM ? cord_error_set(err, status, "out of memory") : status;
}
