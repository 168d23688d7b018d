/* tally_table.c: groups as a table; see tally_internal.h. */
#include "evidence/tally_internal.h"

#include <stdlib.h>

/* Steps without events are shown between those with some, up to so many. */
enum { STEPS_MAX = 10000 };

#define CELLS_BYTES_MAX ((size_t)16 << 30)

struct tally_table {
    struct cord_arena *arena;
    const struct cord_query_stage *stage; /* the first */
    size_t column_count;                  /* before "fields" */
    const struct cord_tally_cell **rows;
    size_t row_count;
    struct cord_tally_table view;
};

struct sorting {
    size_t columns[TALLY_KEYS_MAX + 2];
    bool descending[TALLY_KEYS_MAX + 2];
    size_t count;
};

struct sortable {
    const struct cord_tally_cell *cells;
    const struct sorting *sorting;
    size_t place; /* equals stay in their order */
};

static int compare(const void *a, const void *b)
{
    const struct sortable *x = a;
    const struct sortable *y = b;
    for (size_t i = 0; i < x->sorting->count; i++) {
        size_t column = x->sorting->columns[i];
        int order = cord_tally_order_cells(&x->cells[column], &y->cells[column]);
        if (order != 0) {
            return x->sorting->descending[i] ? -order : order;
        }
    }
    return x->place < y->place ? -1 : x->place > y->place;
}

static cord_status sort(struct tally_table *table, const struct sorting *sorting)
{
    struct sortable *items = calloc(table->row_count + 1, sizeof *items);
    if (!items) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < table->row_count; i++) {
        items[i] = (struct sortable){table->rows[i], sorting, i};
    }
    qsort(items, table->row_count, sizeof *items, compare);
    for (size_t i = 0; i < table->row_count; i++) {
        table->rows[i] = items[i].cells;
    }
    free(items);
    return CORD_OK;
}

static struct cord_tally_cell text_cell(cord_str text)
{
    return (struct cord_tally_cell){.kind = text.ptr ? CORD_TALLY_TEXT : CORD_TALLY_NONE,
                                    .text = text};
}

static struct cord_tally_cell count_cell(uint64_t count)
{
    return (struct cord_tally_cell){.kind = CORD_TALLY_COUNT, .count = count};
}

static struct cord_tally_cell time_cell(int64_t ns)
{
    return (struct cord_tally_cell){
        .kind = ns == CORD_TIME_NONE ? CORD_TALLY_NONE : CORD_TALLY_TIME, .time_ns = ns};
}

static struct cord_tally_cell measure_cell(struct tally_group *group,
                                           const struct cord_query_stage *stage, size_t at)
{
    const struct cord_query_measure *what = &stage->measures[at];
    struct cord_tally_cell cell = {.kind = CORD_TALLY_NUMBER};
    bool is_time = what->field.builtin == CORD_QUERY_FIELD_TIME ||
                   what->field.builtin == CORD_QUERY_FIELD_RECEIVED;
    if (what->function == CORD_QUERY_FN_COUNT) {
        return count_cell(group->rows);
    }
    if (!cord_tally_measure_result(&group->measures[at], what, &cell.number)) {
        cell.kind = CORD_TALLY_NONE;
    } else if (is_time && what->function != CORD_QUERY_FN_SUM) {
        return time_cell((int64_t)cell.number); /* in units of 1e-9 */
    }
    return cell;
}

static void fill(struct tally_group *group, const struct cord_query_stage *stage,
                 struct cord_tally_cell *cells)
{
    cord_str texts[TALLY_KEYS_MAX];
    size_t texts_count = stage->verb == CORD_QUERY_TOP ? stage->field_count : stage->by_count;
    size_t at = 0;
    cord_tally_group_texts(group, texts, texts_count);
    if (stage->verb == CORD_QUERY_TIMELINE) {
        cells[at++] = time_cell(group->step);
    }
    for (size_t i = 0; i < texts_count; i++) {
        cells[at++] = text_cell(texts[i]);
    }
    for (size_t i = 0; i < stage->measure_count; i++) {
        cells[at++] = measure_cell(group, stage, i);
    }
    if (stage->verb == CORD_QUERY_DISTINCT) {
        cells[at] = count_cell(group->distinct);
    } else if (stage->verb == CORD_QUERY_TIMELINE) {
        cells[at] = count_cell(group->rows);
    } else if (stage->verb != CORD_QUERY_STATS) {
        cells[at++] = count_cell(group->rows);
        cells[at++] = time_cell(group->first_ns);
        cells[at] = time_cell(group->last_ns);
    }
}

static struct cord_tally_cell *add_row(struct tally_table *table)
{
    struct cord_tally_cell *cells =
        cord_arena_zalloc(table->arena, table->column_count, sizeof *cells);
    if (cells) {
        table->rows[table->row_count++] = cells;
    }
    return cells;
}

/* How the table stands before any "sort": most first, time forwards. */
static struct sorting natural_order(const struct tally_table *table)
{
    const struct cord_query_stage *stage = table->stage;
    struct sorting sorting = {.count = 0};
    size_t keys = stage->verb == CORD_QUERY_TOP ? stage->field_count : stage->by_count;
    size_t first = stage->verb == CORD_QUERY_TIMELINE ? 1 : 0;
    if (first > 0) {
        sorting.columns[sorting.count++] = 0;
    }
    if (stage->verb != CORD_QUERY_STATS) {
        sorting.descending[sorting.count] = true;
        sorting.columns[sorting.count++] = first + keys;
    }
    for (size_t i = 0; i < keys; i++) {
        sorting.columns[sorting.count++] = first + i;
    }
    return sorting;
}

/* Steps between the first and the last, sorted already; the room for them is
 * there. */
static cord_status fill_steps(struct tally_table *table, int64_t steps)
{
    size_t known = table->row_count;
    int64_t from = table->rows[0][0].time_ns;
    for (int64_t i = 1; i < steps; i++) {
        struct cord_tally_cell *cells = add_row(table);
        if (!cells) {
            return CORD_E_NOMEM;
        }
        cells[0] = time_cell(from + i * table->stage->bucket_ns);
        cells[1] = count_cell(0);
    }
    const struct sorting by_time = {.count = 1};
    cord_status status = sort(table, &by_time);
    size_t kept = 0;
    for (size_t i = 0; i < table->row_count && status == CORD_OK; i++) {
        /* Of two rows of one step the counted one stands first: it came first. */
        if (kept == 0 ||
            cord_tally_order_cells(&table->rows[kept - 1][0], &table->rows[i][0]) != 0) {
            table->rows[kept++] = table->rows[i];
        }
    }
    table->row_count = status == CORD_OK ? kept : known;
    return status;
}

static int64_t steps_between(const struct tally_groups *groups,
                             const struct cord_query_stage *stage)
{
    int64_t low = INT64_MAX;
    int64_t high = INT64_MIN;
    for (size_t i = 0; i < groups->count; i++) {
        int64_t step = groups->items[i].step;
        if (step == CORD_TIME_NONE) {
            return 0; /* events without a time have a row of their own, before all */
        }
        low = step < low ? step : low;
        high = step > high ? step : high;
    }
    if (stage->verb != CORD_QUERY_TIMELINE || stage->by_count > 0 || groups->count == 0) {
        return 0;
    }
    int64_t span = 0;
    bool fits = !__builtin_sub_overflow(high, low, &span);
    return fits && span / stage->bucket_ns <= STEPS_MAX ? span / stage->bucket_ns : 0;
}

static cord_status build(struct tally_table *table, struct tally_groups *groups)
{
    int64_t steps = steps_between(groups, table->stage);
    table->rows = calloc(groups->count + (size_t)steps + 1, sizeof(*table->rows));
    if (!table->rows) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < groups->count; i++) {
        struct cord_tally_cell *cells = add_row(table);
        if (!cells) {
            return CORD_E_NOMEM;
        }
        fill(&groups->items[i], table->stage, cells);
    }
    struct sorting natural = natural_order(table);
    cord_status status = sort(table, &natural);
    if (status == CORD_OK && steps > 1) {
        status = fill_steps(table, steps);
    }
    if (table->stage->verb == CORD_QUERY_TOP && table->row_count > table->stage->number) {
        table->row_count = (size_t)table->stage->number;
    }
    return status;
}

static cord_status project(struct tally_table *table, const struct cord_query_stage *stage,
                           const cord_str *titles)
{
    size_t count = stage->field_count;
    cord_str *chosen = cord_arena_zalloc(table->arena, count, sizeof *chosen);
    if (!chosen) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        chosen[i] = titles[stage->columns[i]];
    }
    for (size_t row = 0; row < table->row_count; row++) {
        struct cord_tally_cell *cells = cord_arena_zalloc(table->arena, count, sizeof *cells);
        if (!cells) {
            return CORD_E_NOMEM;
        }
        for (size_t i = 0; i < count; i++) {
            cells[i] = table->rows[row][stage->columns[i]];
        }
        table->rows[row] = cells;
    }
    table->view.titles = chosen;
    table->view.column_count = count;
    return CORD_OK;
}

/* Columns are those of the whole table: what is shown is cut out at the end. */
static cord_status run_stages(struct tally_table *table, const struct cord_query *query)
{
    size_t count = 0;
    const struct cord_query_stage *stages = cord_query_stages(query, &count);
    const struct cord_query_stage *shown = NULL;
    cord_status status = CORD_OK;
    for (size_t i = 1; i < count && status == CORD_OK; i++) {
        struct sorting sorting = {.count = stages[i].field_count};
        memcpy(sorting.columns, stages[i].columns, sizeof stages[i].columns);
        memcpy(sorting.descending, stages[i].descending, sizeof stages[i].descending);
        if (stages[i].verb == CORD_QUERY_SORT) {
            status = sort(table, &sorting);
        } else if (stages[i].verb == CORD_QUERY_FIELDS) {
            shown = &stages[i];
        } else if (table->row_count > stages[i].number) {
            table->row_count = (size_t)stages[i].number;
        }
    }
    table->view.titles = cord_query_columns(query, &table->view.column_count);
    return status == CORD_OK && shown ? project(table, shown, table->view.titles) : status;
}

cord_status cord_tally_table_new(const struct cord_query *query, struct tally_groups *groups,
                                 struct tally_table **ret_table)
{
    size_t stage_count = 0;
    struct tally_table *table = calloc(1, sizeof *table);
    if (!table) {
        return CORD_E_NOMEM;
    }
    table->stage = cord_query_stages(query, &stage_count);
    (void)cord_query_columns(query, &table->column_count);
    table->arena = cord_arena_new(CELLS_BYTES_MAX);
    cord_status status = table->arena ? build(table, groups) : CORD_E_NOMEM;
    status = status == CORD_OK ? run_stages(table, query) : status;
    if (status != CORD_OK) {
        cord_tally_table_free(table);
        return status;
    }
    table->view.rows = table->rows;
    table->view.row_count = table->row_count;
    *ret_table = table;
    return CORD_OK;
}

void cord_tally_table_free(struct tally_table *table)
{
    if (table) {
        free(table->rows);
        cord_arena_free(table->arena);
        free(table);
    }
}

const struct cord_tally_table *cord_tally_table_view(const struct tally_table *table)
{
    return table ? &table->view : NULL;
}
