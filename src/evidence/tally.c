/* tally.c: see tally.h. */
#include "evidence/tally.h"

#include "evidence/tally_internal.h"

#include <stdlib.h>

#define DAY_NS (86400 * CORD_SECOND_NS)

struct cord_tally {
    const struct cord_query *query;
    const struct cord_query_stage *stage; /* the first that is not "fields" */
    struct cord_tally_options options;
    struct cord_query_test *test;
    const struct cord_rows *rows;
    struct cord_tally_stats stats;
    struct tally_keep *keep; /* the result is events; of groups else: */
    struct tally_groups groups;
    struct tally_values keys;    /* by, or the fields of top */
    struct tally_values counted; /* the fields of distinct */
    struct cord_query_pick measured[CORD_QUERY_FIELDS_MAX];
    struct tally_table *table;
};

static const struct cord_query_stage *first_stage(const struct cord_query *query)
{
    size_t count = 0;
    const struct cord_query_stage *stages = cord_query_stages(query, &count);
    return count > 0 ? &stages[0] : NULL;
}

bool cord_tally_is_needed(const struct cord_query *query, uint64_t *ret_limit)
{
    size_t count = 0;
    const struct cord_query_stage *stages = cord_query_stages(query, &count);
    uint64_t limit = 0;
    for (size_t i = 0; i < count; i++) {
        if (stages[i].verb != CORD_QUERY_FIELDS && stages[i].verb != CORD_QUERY_HEAD) {
            return true;
        }
        if (stages[i].verb == CORD_QUERY_HEAD && (limit == 0 || stages[i].number < limit)) {
            limit = stages[i].number;
        }
    }
    *ret_limit = limit;
    return false;
}

static bool is_table(const struct cord_tally *tally)
{
    size_t count = 0;
    return cord_query_columns(tally->query, &count) != NULL;
}

static bool is_top(const struct cord_tally *tally)
{
    return tally->stage->verb == CORD_QUERY_TOP;
}

static cord_status init_groups(struct cord_tally *tally)
{
    const struct cord_query_stage *stage = tally->stage;
    bool distinct = stage->verb == CORD_QUERY_DISTINCT;
    cord_status status =
        cord_tally_group_init(&tally->groups, &tally->options, stage->measure_count);
    if (status == CORD_OK) {
        status = cord_tally_value_init(&tally->keys, is_top(tally) ? stage->fields : stage->by,
                                       is_top(tally) ? stage->field_count : stage->by_count);
    }
    if (status == CORD_OK) {
        status = cord_tally_value_init(&tally->counted, stage->fields,
                                       distinct ? stage->field_count : 0);
    }
    for (size_t i = 0; i < stage->measure_count; i++) {
        cord_query_pick_init(&tally->measured[i], &stage->measures[i].field, false);
    }
    /* Without "by" there is one group, and if nothing is in it. */
    struct tally_group *group = NULL;
    if (status == CORD_OK && tally->keys.field_count == 0 && stage->verb != CORD_QUERY_TIMELINE) {
        status = cord_tally_group_get(&tally->groups, CORD_TIME_NONE, NULL, 0, &group);
        status = status == CORD_E_LIMIT ? CORD_E_NOMEM : status;
    }
    return status;
}

struct cord_tally *cord_tally_new(const struct cord_query *query,
                                  const struct cord_tally_options *options)
{
    struct cord_tally *tally = calloc(1, sizeof *tally);
    if (!tally) {
        return NULL;
    }
    tally->query = query;
    tally->stage = first_stage(query);
    tally->options = *options;
    tally->test = cord_query_test_new();
    cord_status status = tally->test ? CORD_OK : CORD_E_NOMEM;
    if (status == CORD_OK && is_table(tally)) {
        status = init_groups(tally);
    } else if (status == CORD_OK) {
        tally->keep = cord_tally_keep_new(query, options);
        status = tally->keep ? CORD_OK : CORD_E_NOMEM;
    }
    if (status != CORD_OK) {
        cord_tally_free(tally);
        return NULL;
    }
    return tally;
}

void cord_tally_free(struct cord_tally *tally)
{
    if (!tally) {
        return;
    }
    cord_tally_table_free(tally->table);
    for (size_t i = 0; i < CORD_QUERY_FIELDS_MAX; i++) {
        cord_query_pick_done(&tally->measured[i]);
    }
    cord_tally_value_done(&tally->counted);
    cord_tally_value_done(&tally->keys);
    cord_tally_group_done(&tally->groups);
    cord_tally_keep_free(tally->keep);
    cord_query_test_free(tally->test);
    free(tally);
}

void cord_tally_from(struct cord_tally *tally, const struct cord_rows *rows)
{
    tally->rows = rows;
    if (tally->keep) {
        cord_tally_keep_from(tally->keep, rows);
        return;
    }
    cord_tally_value_from(&tally->keys, rows);
    cord_tally_value_from(&tally->counted, rows);
    for (size_t i = 0; i < tally->stage->measure_count; i++) {
        cord_query_pick_from(&tally->measured[i], rows);
    }
}

int64_t cord_tally_step(const struct cord_tally *tally, int64_t when_ns)
{
    int64_t step = tally->stage->bucket_ns;
    if (tally->stage->verb != CORD_QUERY_TIMELINE || when_ns == CORD_TIME_NONE) {
        return CORD_TIME_NONE;
    }
    /* 1970 began with a Thursday, weeks begin with Mondays. */
    int64_t shift = step % (7 * DAY_NS) == 0 ? 4 * DAY_NS : 0;
    int64_t into = (when_ns % step - shift % step + step) % step;
    into += into < 0 ? step : 0;
    int64_t start = 0;
    return __builtin_sub_overflow(when_ns, into, &start) ? INT64_MIN + 1 : start;
}

static cord_status no_values(struct cord_tally *tally, cord_status status)
{
    tally->stats.values_without_room += status == CORD_E_LIMIT ? 1 : 0;
    return status == CORD_E_LIMIT ? CORD_OK : status;
}

static cord_status add_counted(struct cord_tally *tally, struct tally_group *group)
{
    cord_str texts[CORD_QUERY_FIELDS_MAX];
    cord_status status = CORD_OK;
    for (size_t nth = 0;
         status == CORD_OK && cord_tally_value_combination(&tally->counted, nth, texts); nth++) {
        bool whole = true;
        for (size_t i = 0; i < tally->counted.field_count; i++) {
            whole = whole && texts[i].ptr;
        }
        if (whole) {
            status = no_values(tally, cord_tally_group_see(&tally->groups, group, texts,
                                                           tally->counted.field_count));
        }
    }
    return status;
}

static cord_status add_number(struct cord_tally *tally, struct tally_group *group, size_t at,
                              cord_fixed number)
{
    size_t held = cord_arena_held(tally->groups.arena);
    size_t room = held < tally->options.bytes_max ? tally->options.bytes_max - held : 0;
    return no_values(tally, cord_tally_measure_add(&group->measures[at],
                                                   tally->stage->measures[at].function, number,
                                                   room, &tally->groups.bytes));
}

static cord_status add_measured(struct cord_tally *tally, struct tally_group *group, size_t at,
                                const struct cord_row *row)
{
    const struct cord_query_field *field = &tally->stage->measures[at].field;
    struct cord_query_picked picked;
    size_t cursor = 0;
    cord_status status = CORD_OK;
    if (field->builtin == CORD_QUERY_FIELD_TIME || field->builtin == CORD_QUERY_FIELD_RECEIVED) {
        int64_t ns =
            field->builtin == CORD_QUERY_FIELD_TIME ? cord_row_when(row) : row->received_ns;
        return ns == CORD_TIME_NONE ? CORD_OK : add_number(tally, group, at, ns);
    }
    while (status == CORD_OK) {
        cord_str text = {0};
        cord_fixed number = 0;
        status = cord_query_pick_next(&tally->measured[at], row, &cursor, &picked);
        if (status == CORD_OK) {
            status =
                cord_query_test_text(tally->test, picked.kind, picked.flags, picked.text, &text);
        }
        if (status != CORD_OK || !text.ptr) {
            continue;
        }
        if (cord_fixed_parse(text, &number)) {
            status = add_number(tally, group, at, number);
        } else {
            tally->stats.not_numbers++;
        }
    }
    return status == CORD_E_END ? CORD_OK : status;
}

static cord_status add_to_group(struct cord_tally *tally, const cord_str *texts,
                                const struct cord_row *row)
{
    struct tally_group *group = NULL;
    int64_t when = cord_row_when(row);
    cord_status status = cord_tally_group_get(&tally->groups, cord_tally_step(tally, when), texts,
                                              tally->keys.field_count, &group);
    if (status == CORD_E_LIMIT) {
        tally->stats.rows_without_room++;
        return CORD_OK;
    }
    if (status != CORD_OK) {
        return status;
    }
    cord_tally_group_span(group, 1, when, when);
    if (tally->counted.field_count > 0) {
        status = add_counted(tally, group);
    }
    for (size_t i = 0; i < tally->stage->measure_count && status == CORD_OK; i++) {
        if (tally->stage->measures[i].function != CORD_QUERY_FN_COUNT) {
            status = add_measured(tally, group, i, row);
        }
    }
    return status;
}

cord_status cord_tally_add(struct cord_tally *tally, size_t at)
{
    const struct cord_row *row = cord_rows_at(tally->rows, at);
    cord_str texts[CORD_QUERY_FIELDS_MAX];
    if (tally->keep) {
        return cord_tally_keep_add(tally->keep, tally->test, at, &tally->stats);
    }
    cord_status status =
        cord_tally_value_read(&tally->keys, tally->test, row, &tally->stats.combined);
    if (status == CORD_OK && tally->counted.field_count > 0) {
        status = cord_tally_value_read(&tally->counted, tally->test, row, &tally->stats.combined);
    }
    for (size_t nth = 0;
         status == CORD_OK && cord_tally_value_combination(&tally->keys, nth, texts); nth++) {
        status = add_to_group(tally, texts, row);
    }
    return status;
}

bool cord_tally_keys(const struct cord_tally *tally,
                     const struct cord_query_field *ret_keys[2 * CORD_QUERY_FIELDS_MAX],
                     size_t *ret_count)
{
    const struct cord_query_stage *stage = tally->stage;
    size_t count = 0;
    if (tally->keep) {
        return false;
    }
    for (size_t i = 0; i < stage->measure_count; i++) {
        if (stage->measures[i].function != CORD_QUERY_FN_COUNT) {
            return false;
        }
    }
    for (size_t i = 0; i < stage->by_count; i++) {
        ret_keys[count++] = &stage->by[i];
    }
    for (size_t i = 0; i < stage->field_count; i++) { /* of top and distinct */
        ret_keys[count++] = &stage->fields[i];
    }
    *ret_count = count;
    return true;
}

cord_status cord_tally_add_group(struct cord_tally *tally, const cord_str *keys, uint64_t rows,
                                 int64_t first_ns, int64_t last_ns)
{
    struct tally_group *group = NULL;
    size_t key_count = tally->keys.field_count;
    bool whole = true;
    cord_status status = cord_tally_group_get(&tally->groups, cord_tally_step(tally, first_ns),
                                              keys, key_count, &group);
    if (status == CORD_E_LIMIT) {
        tally->stats.rows_without_room += rows;
        return CORD_OK;
    }
    if (status != CORD_OK) {
        return status;
    }
    cord_tally_group_span(group, rows, first_ns, last_ns);
    for (size_t i = 0; i < tally->counted.field_count; i++) {
        whole = whole && keys[key_count + i].ptr;
    }
    if (tally->counted.field_count == 0 || !whole) {
        return CORD_OK;
    }
    return no_values(tally, cord_tally_group_see(&tally->groups, group, keys + key_count,
                                                 tally->counted.field_count));
}

cord_status cord_tally_merge(struct cord_tally *tally, const struct cord_tally *other)
{
    struct cord_tally_stats *stats = &tally->stats;
    stats->rows_without_room += other->stats.rows_without_room;
    stats->values_without_room += other->stats.values_without_room;
    stats->events_without_room += other->stats.events_without_room;
    stats->combined += other->stats.combined;
    stats->not_numbers += other->stats.not_numbers;
    if (tally->keep) {
        return cord_tally_keep_merge(tally->keep, tally->test, other->keep, stats);
    }
    return cord_tally_group_merge(&tally->groups, &other->groups, tally->stage, stats);
}

static void count_estimates(struct cord_tally *tally)
{
    for (size_t i = 0; i < tally->groups.count; i++) {
        for (size_t at = 0; at < tally->groups.measure_count; at++) {
            const struct tally_measure *measure = &tally->groups.items[i].measures[at];
            tally->stats.estimated += measure->buckets[0] || measure->buckets[1] ? 1 : 0;
        }
    }
}

cord_status cord_tally_finish(struct cord_tally *tally)
{
    if (tally->keep) {
        return cord_tally_keep_finish(tally->keep, tally->test);
    }
    count_estimates(tally);
    return cord_tally_table_new(tally->query, &tally->groups, &tally->table);
}

const struct cord_tally_table *cord_tally_result(const struct cord_tally *tally)
{
    return cord_tally_table_view(tally->table);
}

const struct cord_tally_event *cord_tally_events(const struct cord_tally *tally, size_t *ret_count)
{
    *ret_count = 0;
    return tally->keep ? cord_tally_keep_events(tally->keep, ret_count) : NULL;
}

struct cord_tally_stats cord_tally_stats(const struct cord_tally *tally)
{
    return tally->stats;
}
