/* block_count.c: see block_count.h. */
#include "evidence/block_count.h"

#include "base/arena.h"
#include "base/hash.h"
#include "evidence/query_pick.h"
#include "evidence/query_test.h"

#include <stdlib.h>

#define TEXT_BYTES_MAX ((size_t)2 << 30)

enum { KEYS_MAX = 2 * CORD_QUERY_FIELDS_MAX };

#define NONE 0u /* the number of "no value" */

/* Texts, each once, as numbers from 1 on. */
struct texts {
    cord_str *items;
    uint32_t count;
    uint32_t cap;
    uint32_t *slots; /* a number, or 0 */
    size_t slot_count;
};

/* Numbers of a column's distinct values, for one kind and flags. */
struct numbers {
    const uint32_t *by_distinct;
    unsigned what;
};

struct group {
    uint32_t before; /* the group by the keys before this one */
    uint32_t number; /* of the last key's text; of no keys: of the step */
    uint64_t rows;
    int64_t first_ns;
    int64_t last_ns;
};

struct cord_block_count {
    const struct cord_tally *tally;
    const struct cord_query_field *keys[KEYS_MAX];
    size_t key_count;
    struct cord_query_test *test;
    struct cord_arena *arena;
    uint64_t seed;
    struct texts texts[KEYS_MAX];
    struct texts steps;

    /* The block at hand. */
    struct cord_block *block;
    struct cord_error *err;
    const struct cord_block_times *times;
    uint32_t row_count;
    const uint64_t *rows;
    uint64_t *rest;
    bool any_rest;
    uint32_t *ids;    /* by row: its group by the keys so far */
    uint32_t *values; /* by row: the number of its value of the key at hand */
    uint32_t *row_at; /* by shape, then rank */
    uint32_t *starts; /* of shapes in row_at */
    uint8_t *fields;
    struct numbers *columns;
    struct group *groups; /* in levels, one a key; the last one is the result */
    uint32_t group_count;
    uint32_t group_cap;
    uint32_t level_start;
    uint32_t *slots;
    size_t slot_count;
};

struct cord_block_count *cord_block_count_new(const struct cord_tally *tally, uint64_t seed)
{
    struct cord_block_count *count = calloc(1, sizeof *count);
    if (!count) {
        return NULL;
    }
    count->tally = tally;
    count->seed = seed;
    count->test = cord_query_test_new();
    count->arena = cord_arena_new(TEXT_BYTES_MAX);
    if (!count->test || !count->arena || !cord_tally_keys(tally, count->keys, &count->key_count)) {
        cord_block_count_free(count);
        return NULL;
    }
    return count;
}

void cord_block_count_free(struct cord_block_count *count)
{
    if (!count) {
        return;
    }
    for (size_t i = 0; i < KEYS_MAX; i++) {
        free(count->texts[i].items);
        free(count->texts[i].slots);
    }
    free(count->steps.items);
    free(count->steps.slots);
    free(count->groups);
    free(count->slots);
    cord_arena_free(count->arena);
    cord_query_test_free(count->test);
    free(count);
}

/* --- texts --- */

static bool grow_texts(struct texts *texts, uint64_t seed)
{
    size_t cap = texts->cap == 0 ? 64 : texts->cap * (size_t)2;
    cord_str *items = realloc(texts->items, (cap + 1) * sizeof *items);
    if (!items) {
        return false;
    }
    texts->items = items;
    uint32_t *slots = calloc(cap * 2, sizeof *slots);
    if (!slots) {
        return false;
    }
    free(texts->slots);
    texts->slots = slots;
    texts->slot_count = cap * 2;
    texts->cap = (uint32_t)cap;
    for (uint32_t i = 1; i <= texts->count; i++) {
        size_t at = cord_hash(items[i], seed) & (texts->slot_count - 1);
        while (slots[at] != 0) {
            at = (at + 1) & (texts->slot_count - 1);
        }
        slots[at] = i;
    }
    return true;
}

/* The text is borrowed for as long as the texts are looked at. */
static cord_status number_of(struct cord_block_count *count, struct texts *texts, cord_str text,
                             bool copy, uint32_t *ret_number)
{
    if (texts->count == texts->cap && !grow_texts(texts, count->seed)) {
        return CORD_E_NOMEM;
    }
    size_t at = cord_hash(text, count->seed) & (texts->slot_count - 1);
    for (; texts->slots[at] != 0; at = (at + 1) & (texts->slot_count - 1)) {
        if (cord_str_eq(texts->items[texts->slots[at]], text)) {
            *ret_number = texts->slots[at];
            return CORD_OK;
        }
    }
    if (copy) {
        text = cord_arena_copy(count->arena, text);
        if (!text.ptr) {
            return cord_arena_failure(count->arena);
        }
    }
    texts->items[++texts->count] = text;
    texts->slots[at] = texts->count;
    *ret_number = texts->count;
    return CORD_OK;
}

static void forget_texts(struct texts *texts)
{
    texts->count = 0;
    if (texts->slots) {
        memset(texts->slots, 0, texts->slot_count * sizeof *texts->slots);
    }
}

/* What a value says, as a number; NONE when it says nothing. */
static cord_status number_value(struct cord_block_count *count, size_t key, unsigned kind,
                                unsigned flags, cord_str value, uint32_t *ret_number)
{
    cord_str text;
    cord_status status =
        cord_query_test_text(count->test, (enum cord_value_kind)kind, flags, value, &text);
    *ret_number = NONE;
    if (status != CORD_OK || !text.ptr) {
        return status;
    }
    return number_of(count, &count->texts[key], text, text.ptr != value.ptr, ret_number);
}

/* --- one key --- */

static void put_rest(struct cord_block_count *count, uint32_t shape)
{
    for (uint32_t i = count->starts[shape]; i < count->starts[shape + 1]; i++) {
        uint32_t row = count->row_at[i];
        count->rest[row / 64] |= count->rows[row / 64] & 1ULL << (row % 64);
    }
    count->any_rest = true;
}

static void put_number(struct cord_block_count *count, uint32_t shape, uint32_t number)
{
    for (uint32_t i = count->starts[shape]; i < count->starts[shape + 1]; i++) {
        count->values[count->row_at[i]] = number;
    }
}

static cord_status column_numbers(struct cord_block_count *count, size_t key, uint32_t column,
                                  const struct cord_block_span *span,
                                  const struct cord_block_entries *entries,
                                  const uint32_t **ret_numbers)
{
    struct numbers *known = &count->columns[column];
    unsigned what = 1U | (unsigned)span->kind << 1 | (unsigned)span->flags << 8;
    unsigned part = cord_block_column_part(count->block, column);
    cord_status status = CORD_OK;
    *ret_numbers = known->by_distinct;
    if (known->by_distinct && known->what == what) {
        return CORD_OK;
    }
    uint32_t *numbers =
        cord_arena_alloc(count->arena, (entries->distinct_count + 1U) * sizeof *numbers);
    if (!numbers) {
        return cord_arena_failure(count->arena);
    }
    for (uint32_t i = 0; status == CORD_OK && i < entries->distinct_count; i++) {
        cord_str value;
        status =
            cord_block_column_read(count->block, part, entries->distinct[i], &value, count->err);
        if (status == CORD_OK) {
            status = number_value(count, key, span->kind, span->flags, value, &numbers[i]);
        }
    }
    *known = (struct numbers){numbers, what};
    *ret_numbers = numbers;
    return status;
}

static cord_status count_hole(struct cord_block_count *count, size_t key, uint32_t shape,
                              const struct cord_block_span *span)
{
    const struct cord_block_form *form = cord_block_column_shape(count->block, shape);
    const struct cord_block_hole_at *hole = &form->holes[span->holes];
    const uint32_t *rows = count->row_at + count->starts[shape];
    if (hole->column == CORD_BLOCK_COLUMN_NONE) {
        uint32_t number = NONE;
        cord_str value;
        cord_status status =
            cord_block_column_read(count->block, hole->part, hole->value, &value, count->err);
        if (status == CORD_OK) {
            status = number_value(count, key, span->kind, span->flags, value, &number);
        }
        put_number(count, shape, number);
        return status;
    }
    const struct cord_block_entries *entries = NULL;
    const uint32_t *numbers = NULL;
    cord_status status =
        cord_block_column_entries(count->block, hole->column, &entries, count->err);
    if (status == CORD_OK) {
        status = column_numbers(count, key, hole->column, span, entries, &numbers);
    }
    for (uint32_t rank = 0; status == CORD_OK && rank < form->row_count; rank++) {
        uint32_t entry = hole->start + rank;
        count->values[rows[rank]] = numbers[entries->entries ? entries->entries[entry] : entry];
    }
    return status;
}

static cord_status count_span(struct cord_block_count *count, size_t key, uint32_t shape,
                              const struct cord_block_span *span)
{
    if (span->kind == CORD_VALUE_NULL || span->kind == CORD_VALUE_EMPTY) {
        return CORD_OK;
    }
    if (span->holes_end == span->holes + 1 && span->skeleton_end == span->skeleton) {
        return count_hole(count, key, shape, span);
    }
    put_rest(count, shape);
    return CORD_OK;
}

static bool says_something(const struct cord_block_span *span)
{
    return span->kind != CORD_VALUE_NULL && span->kind != CORD_VALUE_EMPTY;
}

static cord_status count_own(struct cord_block_count *count, size_t key, uint32_t shape)
{
    const struct cord_block_form *form = cord_block_column_shape(count->block, shape);
    const struct cord_block_span *found = NULL;
    size_t found_count = 0;
    for (uint32_t i = 0; i < form->span_count; i++) {
        const struct cord_block_span *span = &form->spans[i];
        if (count->fields[span->field] && says_something(span)) {
            found = span;
            found_count++;
        }
    }
    if (found_count == 0) {
        return CORD_OK;
    }
    if (found_count > 1 || count->keys[key]->index_count > 0) {
        put_rest(count, shape);
        return CORD_OK;
    }
    return count_span(count, key, shape, found);
}

static cord_status count_origin(struct cord_block_count *count, size_t key, uint32_t shape,
                                cord_str text)
{
    uint32_t number = NONE;
    cord_status status =
        text.len == 0 ? CORD_OK : number_value(count, key, CORD_VALUE_TEXT, 0, text, &number);
    put_number(count, shape, number);
    return status;
}

static cord_status count_shape(struct cord_block_count *count, size_t key, uint32_t shape)
{
    const struct cord_block_form *form = cord_block_column_shape(count->block, shape);
    enum cord_role role = CORD_ROLE_HOST;
    cord_str text = {0};
    if (cord_query_pick_origin(cord_block_column_origin(count->block, form->origin),
                               count->keys[key]->builtin, &text)) {
        return count_origin(count, key, shape, text);
    }
    switch (count->keys[key]->builtin) {
    case CORD_QUERY_FIELD_OWN:
        return count_own(count, key, shape);
    case CORD_QUERY_FIELD_USER:
        role = CORD_ROLE_USER;
        break;
    case CORD_QUERY_FIELD_HOST:
        break;
    case CORD_QUERY_FIELD_ORG:
    case CORD_QUERY_FIELD_SOURCE:
    case CORD_QUERY_FIELD_CLASS:
    case CORD_QUERY_FIELD_FORMAT:
    case CORD_QUERY_FIELD_TIME:
    case CORD_QUERY_FIELD_RECEIVED:
    case CORD_QUERY_FIELD_ID:
    case CORD_QUERY_FIELD_RAW:
        put_rest(count, shape);
        return CORD_OK;
    }
    uint16_t at = form->role[role];
    return at == CORD_VALUE_NONE ? CORD_OK : count_span(count, key, shape, &form->spans[at]);
}

static cord_status count_key(struct cord_block_count *count, size_t key)
{
    uint32_t shapes = cord_block_column_shapes(count->block);
    uint32_t fields = cord_block_column_fields(count->block);
    cord_status status = CORD_OK;
    forget_texts(&count->texts[key]);
    memset(count->values, 0, count->row_count * sizeof *count->values);
    memset(count->columns, 0, cord_block_column_count(count->block) * sizeof *count->columns);
    for (uint32_t field = 0; field < fields; field++) {
        size_t name_count = 0;
        const cord_str *names = cord_block_column_names(count->block, field, &name_count);
        count->fields[field] = count->keys[key]->builtin == CORD_QUERY_FIELD_OWN &&
                               cord_query_pick_names(count->keys[key], names, name_count);
    }
    for (uint32_t shape = 0; shape < shapes && status == CORD_OK; shape++) {
        status = count_shape(count, key, shape);
    }
    return status;
}

/* --- groups --- */

static bool grow_groups(struct cord_block_count *count)
{
    size_t cap = count->group_cap == 0 ? 256 : count->group_cap * (size_t)2;
    struct group *groups = realloc(count->groups, cap * sizeof *groups);
    if (!groups) {
        return false;
    }
    count->groups = groups;
    uint32_t *slots = realloc(count->slots, cap * 2 * sizeof *slots);
    if (!slots) {
        return false;
    }
    count->slots = slots;
    count->slot_count = cap * 2;
    count->group_cap = (uint32_t)cap;
    memset(slots, 0, count->slot_count * sizeof *slots);
    for (uint32_t i = count->level_start; i < count->group_count; i++) {
        uint64_t key = (uint64_t)groups[i].before << 32 | groups[i].number;
        size_t at = cord_hash_mix(key ^ count->seed) & (count->slot_count - 1);
        while (slots[at] != 0) {
            at = (at + 1) & (count->slot_count - 1);
        }
        slots[at] = i + 1;
    }
    return true;
}

static cord_status group_of(struct cord_block_count *count, uint32_t before, uint32_t number,
                            uint32_t *ret_group)
{
    if (count->group_count == count->group_cap && !grow_groups(count)) {
        return CORD_E_NOMEM;
    }
    uint64_t key = (uint64_t)before << 32 | number;
    size_t at = cord_hash_mix(key ^ count->seed) & (count->slot_count - 1);
    for (; count->slots[at] != 0; at = (at + 1) & (count->slot_count - 1)) {
        const struct group *group = &count->groups[count->slots[at] - 1];
        if (group->before == before && group->number == number) {
            *ret_group = count->slots[at] - 1;
            return CORD_OK;
        }
    }
    count->groups[count->group_count] = (struct group){before, number, 0, 0, 0};
    *ret_group = count->group_count++;
    count->slots[at] = count->group_count;
    return CORD_OK;
}

/* A level of groups finer than the one before: by the values at hand. */
static cord_status split(struct cord_block_count *count)
{
    cord_status status = CORD_OK;
    uint32_t before = UINT32_MAX;
    uint32_t number = 0;
    uint32_t group = 0;
    count->level_start = count->group_count;
    if (count->slots) {
        memset(count->slots, 0, count->slot_count * sizeof *count->slots);
    }
    for (uint32_t row = 0; row < count->row_count && status == CORD_OK; row++) {
        /* Neighbours are often alike. */
        if (count->ids[row] != before || count->values[row] != number) {
            before = count->ids[row];
            number = count->values[row];
            status = group_of(count, before, number, &group);
        }
        count->ids[row] = group;
    }
    return status;
}

static cord_status split_by_step(struct cord_block_count *count)
{
    /* Steps get numbers in the order they are met; nothing else uses them. */
    int64_t begin = CORD_TIME_NONE;
    uint32_t number = 0;
    cord_status status = CORD_OK;
    forget_texts(&count->steps);
    for (uint32_t row = 0; row < count->row_count && status == CORD_OK; row++) {
        int64_t step = cord_tally_step(count->tally, count->times->when_ns[row]);
        if (row == 0 || step != begin) {
            cord_str text = {(const char *)&step, sizeof step};
            begin = step;
            status = number_of(count, &count->steps, text, true, &number);
        }
        count->values[row] = number;
    }
    return status == CORD_OK ? split(count) : status;
}

static void sum_up(struct cord_block_count *count)
{
    const uint64_t *rows = count->rows;
    const int64_t *when = count->times->when_ns;
    for (uint32_t row = 0; row < count->row_count; row++) {
        if (((rows[row / 64] & ~count->rest[row / 64]) >> (row % 64) & 1) == 0) {
            continue;
        }
        struct group *group = &count->groups[count->ids[row]];
        if (group->rows++ == 0) {
            group->first_ns = group->last_ns = when[row];
        } else {
            group->first_ns = when[row] < group->first_ns ? when[row] : group->first_ns;
            group->last_ns = when[row] > group->last_ns ? when[row] : group->last_ns;
        }
    }
}

/* --- a block --- */

static cord_status make_room(struct cord_block_count *count)
{
    size_t rows = count->row_count + 1U;
    size_t words = (count->row_count + 63U) / 64 + 1;
    uint32_t shapes = cord_block_column_shapes(count->block);
    cord_arena_reset(count->arena);
    count->rest = cord_arena_zalloc(count->arena, words, sizeof *count->rest);
    count->ids = cord_arena_zalloc(count->arena, rows, sizeof *count->ids);
    count->values = cord_arena_alloc(count->arena, rows * sizeof *count->values);
    count->row_at = cord_arena_alloc(count->arena, rows * sizeof *count->row_at);
    count->starts = cord_arena_alloc(count->arena, (shapes + 2U) * sizeof *count->starts);
    count->fields = cord_arena_alloc(count->arena, cord_block_column_fields(count->block) + 1U);
    count->columns = cord_arena_alloc(count->arena, (cord_block_column_count(count->block) + 1U) *
                                                        sizeof *count->columns);
    return count->rest && count->ids && count->values && count->row_at && count->starts &&
                   count->fields && count->columns
               ? CORD_OK
               : cord_arena_failure(count->arena);
}

cord_status cord_block_count_run(struct cord_block_count *count, struct cord_block *block,
                                 const uint64_t *rows, const uint64_t **ret_rest,
                                 struct cord_error *err)
{
    count->block = block;
    count->err = err;
    count->rows = rows;
    count->row_count = cord_block_head(block)->row_count;
    count->any_rest = false;
    count->group_count = 0;
    cord_status status = make_room(count);
    if (status == CORD_OK) {
        status = cord_block_column_when(block, &count->times, err);
    }
    if (status != CORD_OK) {
        return status;
    }
    cord_block_column_place(count->block, count->times, count->starts, count->row_at);
    status = split_by_step(count);
    for (size_t key = 0; key < count->key_count && status == CORD_OK; key++) {
        status = count_key(count, key);
        status = status == CORD_OK ? split(count) : status;
    }
    if (status == CORD_OK) {
        sum_up(count);
        *ret_rest = count->any_rest ? count->rest : NULL;
    }
    return status;
}

cord_status cord_block_count_feed(const struct cord_block_count *count, struct cord_tally *tally)
{
    cord_status status = CORD_OK;
    for (uint32_t i = count->level_start; i < count->group_count && status == CORD_OK; i++) {
        const struct group *group = &count->groups[i];
        cord_str texts[KEYS_MAX];
        const struct group *level = group;
        if (group->rows == 0) {
            continue;
        }
        for (size_t key = count->key_count; key > 0; key--) {
            texts[key - 1] = level->number == NONE ? (cord_str){NULL, 0}
                                                   : count->texts[key - 1].items[level->number];
            level = &count->groups[level->before];
        }
        status = cord_tally_add_group(tally, texts, group->rows, group->first_ns, group->last_ns);
    }
    return status;
}
