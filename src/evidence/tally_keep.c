/*
 * tally_keep.c: first, last and sort of events; see tally_internal.h.
 *
 * Keeps the best so many in a heap with the worst on top. Events live in rows
 * that grow; those that were pushed out stay there until they outnumber the
 * rest, and the rest is copied.
 */
#include "evidence/tally_internal.h"

#include <stdlib.h>

/* What one event is ordered by: its values of the sort's fields, then its time,
 * its number and its bytes, so that the order is the same for any threads. */
struct kept {
    struct cord_tally_cell *cells; /* one block with their texts */
    size_t cell_bytes;
    size_t at; /* in the rows */
};

struct tally_keep {
    const struct cord_query_stage *stages;
    size_t stage_count;
    size_t stages_done; /* by keeping: those before are not run again */
    size_t bytes_max;
    size_t bytes; /* of cells */
    uint64_t seed;
    size_t count_max;
    bool newest;
    bool whole;                          /* all were asked for: what is left out is missing */
    const struct cord_query_stage *sort; /* of the heap; NULL: by time alone */
    struct tally_values values;          /* of the sort's fields */
    const struct cord_rows *from;
    struct cord_rows *rows;
    struct kept *heap;
    size_t count;
    struct cord_tally_event *events;
    size_t event_count;
};

/* Which stages keeping does: "first n", "last n", "sort f", "sort f | head n",
 * and "head n" before a sort, which is as "last n". */
static void plan(struct tally_keep *keep)
{
    size_t at = 0;
    keep->newest = true;
    keep->count_max = CORD_TALLY_EVENTS_MAX;
    while (at < keep->stage_count && keep->stages[at].verb == CORD_QUERY_FIELDS) {
        at++;
    }
    const struct cord_query_stage *stage = &keep->stages[at];
    keep->stages_done = at + 1;
    if (stage->verb != CORD_QUERY_SORT) {
        keep->newest = stage->verb != CORD_QUERY_FIRST;
        keep->count_max = (size_t)stage->number;
        return;
    }
    keep->sort = stage;
    if (at + 1 < keep->stage_count && stage[1].verb == CORD_QUERY_HEAD) {
        keep->count_max = (size_t)stage[1].number;
        keep->stages_done++;
    }
    keep->whole = keep->count_max >= CORD_TALLY_EVENTS_MAX;
    keep->count_max = keep->whole ? CORD_TALLY_EVENTS_MAX : keep->count_max;
}

struct tally_keep *cord_tally_keep_new(const struct cord_query *query,
                                       const struct cord_tally_options *options)
{
    struct tally_keep *keep = calloc(1, sizeof *keep);
    if (!keep) {
        return NULL;
    }
    keep->stages = cord_query_stages(query, &keep->stage_count);
    keep->bytes_max = options->bytes_max;
    keep->seed = options->seed;
    plan(keep);
    keep->rows = cord_rows_new(SIZE_MAX, options->seed);
    keep->heap = calloc(keep->count_max, sizeof *keep->heap);
    cord_status status =
        cord_tally_value_init(&keep->values, keep->sort ? keep->sort->fields : NULL,
                              keep->sort ? keep->sort->field_count : 0);
    if (!keep->rows || !keep->heap || status != CORD_OK) {
        cord_tally_keep_free(keep);
        return NULL;
    }
    return keep;
}

void cord_tally_keep_free(struct tally_keep *keep)
{
    if (!keep) {
        return;
    }
    for (size_t i = 0; i < keep->count; i++) {
        free(keep->heap[i].cells);
    }
    free(keep->heap);
    free(keep->events);
    cord_tally_value_done(&keep->values);
    cord_rows_free(keep->rows);
    free(keep);
}

void cord_tally_keep_from(struct tally_keep *keep, const struct cord_rows *rows)
{
    keep->from = rows;
    cord_tally_value_from(&keep->values, rows);
}

/* The sort's cells of a row: times as times, else the first value's text. */
static cord_status make_cells(struct tally_values *values, struct cord_query_test *test,
                              const struct cord_row *row, struct cord_tally_cell **ret_cells,
                              size_t *ret_bytes)
{
    uint64_t combined = 0;
    cord_status status = cord_tally_value_read(values, test, row, &combined);
    size_t bytes = (values->field_count + 1) * sizeof **ret_cells;
    for (size_t i = 0; i < values->field_count; i++) {
        bytes += values->items[i][0].len;
    }
    struct cord_tally_cell *cells = status == CORD_OK ? malloc(bytes) : NULL;
    if (!cells) {
        return status == CORD_OK ? CORD_E_NOMEM : status;
    }
    char *texts = (char *)(cells + values->field_count + 1);
    for (size_t i = 0; i < values->field_count; i++) {
        cord_str text = values->items[i][0];
        enum cord_query_builtin builtin = values->picks[i].field->builtin;
        cells[i] = (struct cord_tally_cell){.kind = text.ptr ? CORD_TALLY_TEXT : CORD_TALLY_NONE,
                                            .text = {texts, text.len}};
        if (builtin == CORD_QUERY_FIELD_TIME || builtin == CORD_QUERY_FIELD_RECEIVED) {
            bool when = builtin == CORD_QUERY_FIELD_TIME;
            cells[i].kind = CORD_TALLY_TIME;
            cells[i].time_ns = when ? cord_row_when(row) : row->received_ns;
        }
        if (text.ptr) {
            memcpy(texts, text.ptr, text.len);
            texts += text.len;
        }
    }
    *ret_cells = cells;
    *ret_bytes = bytes;
    return CORD_OK;
}

static int compare_rows(const struct cord_row *a, const struct cord_row *b, bool newest)
{
    int64_t x = cord_row_when(a);
    int64_t y = cord_row_when(b);
    if (x != y) {
        return (x < y) == newest ? 1 : -1;
    }
    if (a->sequence != b->sequence) {
        return (a->sequence < b->sequence) == newest ? 1 : -1;
    }
    return cord_str_compare(cord_row_raw(a), cord_row_raw(b));
}

/* Below 0: a comes before b in the result. */
static int compare_kept(const struct tally_keep *keep, const struct cord_query_stage *sort,
                        const struct cord_tally_cell *const cells[2],
                        const struct cord_row *const rows[2])
{
    for (size_t i = 0; sort && i < sort->field_count; i++) {
        int order = cord_tally_order_cells(&cells[0][i], &cells[1][i]);
        if (order != 0) {
            return sort->descending[i] ? -order : order;
        }
    }
    return compare_rows(rows[0], rows[1], keep->newest);
}

static bool is_worse(const struct tally_keep *keep, size_t a, size_t b)
{
    const struct cord_tally_cell *const cells[2] = {keep->heap[a].cells, keep->heap[b].cells};
    const struct cord_row *const rows[2] = {cord_rows_at(keep->rows, keep->heap[a].at),
                                            cord_rows_at(keep->rows, keep->heap[b].at)};
    return compare_kept(keep, keep->sort, cells, rows) > 0;
}

static void swap(struct tally_keep *keep, size_t a, size_t b)
{
    struct kept kept = keep->heap[a];
    keep->heap[a] = keep->heap[b];
    keep->heap[b] = kept;
}

static void sift_down(struct tally_keep *keep, size_t at)
{
    for (;;) {
        size_t worst = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < keep->count; child++) {
            worst = is_worse(keep, child, worst) ? child : worst;
        }
        if (worst == at) {
            return;
        }
        swap(keep, at, worst);
        at = worst;
    }
}

static void sift_up(struct tally_keep *keep, size_t at)
{
    while (at > 0 && is_worse(keep, at, (at - 1) / 2)) {
        swap(keep, at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
}

static void drop_worst(struct tally_keep *keep)
{
    keep->bytes -= keep->heap[0].cell_bytes;
    free(keep->heap[0].cells);
    keep->count--;
    keep->heap[0] = keep->heap[keep->count];
    keep->heap[keep->count] = (struct kept){0};
    sift_down(keep, 0);
}

/* Leaves those that were dropped behind. */
static cord_status compact(struct tally_keep *keep)
{
    struct cord_rows *rows = cord_rows_new(SIZE_MAX, keep->seed);
    cord_status status = rows ? CORD_OK : CORD_E_NOMEM;
    for (size_t i = 0; i < keep->count && status == CORD_OK; i++) {
        status = cord_rows_copy(rows, keep->rows, keep->heap[i].at);
    }
    if (status != CORD_OK) {
        cord_rows_free(rows);
        return status;
    }
    for (size_t i = 0; i < keep->count; i++) {
        keep->heap[i].at = i;
    }
    cord_rows_free(keep->rows);
    keep->rows = rows;
    return CORD_OK;
}

/* Within bounds again: first by copying, then by dropping. */
static cord_status stay_within(struct tally_keep *keep, struct cord_tally_stats *stats)
{
    cord_status status = CORD_OK;
    bool sparse = cord_rows_count(keep->rows) > 2 * keep->count + 1024;
    while (status == CORD_OK && keep->count > 0 &&
           (sparse || cord_rows_bytes(keep->rows) + keep->bytes > keep->bytes_max)) {
        size_t dropped = keep->count < cord_rows_count(keep->rows) ? 0 : keep->count / 8 + 1;
        for (size_t i = 0; i < dropped && keep->count > 0; i++) {
            drop_worst(keep);
            stats->events_without_room++;
        }
        status = compact(keep);
        sparse = false;
    }
    return status;
}

static bool is_wanted(const struct tally_keep *keep, const struct cord_tally_cell *cells,
                      const struct cord_row *row)
{
    if (keep->count < keep->count_max) {
        return true;
    }
    const struct cord_tally_cell *const both[2] = {cells, keep->heap[0].cells};
    const struct cord_row *const rows[2] = {row, cord_rows_at(keep->rows, keep->heap[0].at)};
    return compare_kept(keep, keep->sort, both, rows) < 0;
}

cord_status cord_tally_keep_add(struct tally_keep *keep, struct cord_query_test *test, size_t at,
                                struct cord_tally_stats *stats)
{
    const struct cord_row *row = cord_rows_at(keep->from, at);
    struct kept kept = {0};
    cord_status status = make_cells(&keep->values, test, row, &kept.cells, &kept.cell_bytes);
    if (status != CORD_OK) {
        return status;
    }
    bool wanted = is_wanted(keep, kept.cells, row);
    if (keep->whole && keep->count == keep->count_max) {
        stats->events_without_room++;
    }
    if (wanted && keep->count == keep->count_max) {
        drop_worst(keep);
    }
    kept.at = cord_rows_count(keep->rows);
    status = wanted ? cord_rows_copy(keep->rows, keep->from, at) : CORD_OK;
    if (!wanted || status != CORD_OK) {
        free(kept.cells);
        return status;
    }
    keep->bytes += kept.cell_bytes;
    keep->heap[keep->count++] = kept;
    sift_up(keep, keep->count - 1);
    return stay_within(keep, stats);
}

cord_status cord_tally_keep_merge(struct tally_keep *keep, struct cord_query_test *test,
                                  const struct tally_keep *other, struct cord_tally_stats *stats)
{
    cord_status status = CORD_OK;
    cord_tally_keep_from(keep, other->rows);
    for (size_t i = 0; i < other->count && status == CORD_OK; i++) {
        status = cord_tally_keep_add(keep, test, other->heap[i].at, stats);
    }
    return status;
}

/* One event while the result is put in order. */
struct placed {
    const struct tally_keep *keep;
    const struct cord_query_stage *sort;
    struct cord_tally_cell *cells;
    size_t at;
};

static int compare_placed(const void *a, const void *b)
{
    const struct placed *x = a;
    const struct placed *y = b;
    const struct cord_tally_cell *const cells[2] = {x->cells, y->cells};
    const struct cord_row *const rows[2] = {cord_rows_at(x->keep->rows, x->at),
                                            cord_rows_at(x->keep->rows, y->at)};
    return compare_kept(x->keep, x->sort, cells, rows);
}

/* Orders the events by one stage. */
static cord_status order_events(struct tally_keep *keep, struct cord_query_test *test,
                                const struct cord_query_stage *sort)
{
    struct placed *items = calloc(keep->event_count + 1, sizeof *items);
    struct tally_values values = {.field_count = 0};
    cord_status status =
        cord_tally_value_init(&values, sort ? sort->fields : NULL, sort ? sort->field_count : 0);
    size_t bytes = 0;
    status = items ? status : CORD_E_NOMEM;
    cord_tally_value_from(&values, keep->rows);
    for (size_t i = 0; i < keep->event_count && status == CORD_OK; i++) {
        const struct cord_row *row = cord_rows_at(keep->rows, keep->events[i].at);
        items[i] = (struct placed){.keep = keep, .sort = sort, .at = keep->events[i].at};
        status = make_cells(&values, test, row, &items[i].cells, &bytes);
    }
    if (status == CORD_OK) {
        qsort(items, keep->event_count, sizeof *items, compare_placed);
    }
    for (size_t i = 0; items && i < keep->event_count; i++) {
        if (status == CORD_OK) {
            keep->events[i].at = items[i].at;
        }
        free(items[i].cells);
    }
    free(items);
    cord_tally_value_done(&values);
    return status;
}

cord_status cord_tally_keep_finish(struct tally_keep *keep, struct cord_query_test *test)
{
    keep->event_count = keep->count;
    keep->events = calloc(keep->count + 1, sizeof *keep->events);
    if (!keep->events) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < keep->event_count; i++) {
        keep->events[i] = (struct cord_tally_event){keep->rows, keep->heap[i].at};
    }
    cord_status status = order_events(keep, test, keep->sort);
    for (size_t i = keep->stages_done; i < keep->stage_count && status == CORD_OK; i++) {
        const struct cord_query_stage *stage = &keep->stages[i];
        if (stage->verb == CORD_QUERY_SORT) {
            status = order_events(keep, test, stage);
        } else if (stage->verb == CORD_QUERY_HEAD && stage->number < keep->event_count) {
            keep->event_count = (size_t)stage->number;
        }
    }
    return status;
}

const struct cord_tally_event *cord_tally_keep_events(const struct tally_keep *keep,
                                                      size_t *ret_count)
{
    *ret_count = keep->event_count;
    return keep->events;
}
