/* block_gather.c: see block_gather.h. */
#include "evidence/block_gather.h"

#include "base/hash.h"
#include "base/vec.h"
#include "evidence/block_internal.h"

#include <stdlib.h>

enum { TABLE_MIN = 1024 };

#define ARENA_BYTES ((size_t)2 << 30)

cord_status cord_block_gather_init(struct cord_block_gather *gather, uint64_t seed)
{
    memset(gather, 0, sizeof *gather);
    gather->seed = seed;
    cord_block_layout_init(&gather->layout);
    cord_block_dictionary_init(&gather->dictionary, seed);
    gather->arena = cord_arena_new(ARENA_BYTES);
    return gather->arena ? CORD_OK : CORD_E_NOMEM;
}

void cord_block_gather_done(struct cord_block_gather *gather)
{
    cord_block_layout_done(&gather->layout);
    cord_block_dictionary_done(&gather->dictionary);
    cord_arena_free(gather->arena);
    free(gather->shapes);
    free(gather->shape_slots);
    free(gather->columns);
    free(gather->column_slots);
    free(gather->row_shape);
    free(gather->values);
}

static void wipe(uint32_t *slots, size_t count)
{
    if (count > 0) {
        memset(slots, 0, count * sizeof *slots);
    }
}

void cord_block_gather_clear(struct cord_block_gather *gather)
{
    cord_block_dictionary_clear(&gather->dictionary);
    cord_arena_reset(gather->arena);
    wipe(gather->shape_slots, gather->shape_slot_count);
    wipe(gather->column_slots, gather->column_slot_count);
    gather->shape_count = 0;
    gather->column_count = 0;
    gather->row_count = 0;
    gather->value_count = 0;
    gather->span_count = 0;
}

/* Doubles a table once it is half full; the caller fills it anew. True: done. */
static bool table_room(uint32_t **slots, size_t *slot_count, size_t count, bool *ret_empty)
{
    *ret_empty = false;
    if (count * 2 < *slot_count) {
        return true;
    }
    size_t grown_count = *slot_count > 0 ? *slot_count * 2 : TABLE_MIN;
    uint32_t *grown = calloc(grown_count, sizeof *grown);
    if (!grown) {
        return false;
    }
    free(*slots);
    *slots = grown;
    *slot_count = grown_count;
    *ret_empty = true;
    return true;
}

static void enter(uint32_t *slots, size_t slot_count, uint64_t hash, uint32_t number)
{
    size_t at = hash & (slot_count - 1);
    while (slots[at] > 0) {
        at = (at + 1) & (slot_count - 1);
    }
    slots[at] = number + 1;
}

static cord_status column_of(struct cord_block_gather *gather, const struct cord_block_hole *hole,
                             uint32_t *ret_column)
{
    uint64_t key = (uint64_t)hole->label << 32 | hole->personal << 24 | hole->field;
    bool empty = false;
    if (!table_room(&gather->column_slots, &gather->column_slot_count, gather->column_count,
                    &empty)) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; empty && i < gather->column_count; i++) {
        enter(gather->column_slots, gather->column_slot_count,
              cord_hash_mix(gather->columns[i].key ^ gather->seed), (uint32_t)i);
    }
    size_t mask = gather->column_slot_count - 1;
    uint64_t hash = cord_hash_mix(key ^ gather->seed);
    for (size_t at = hash & mask; gather->column_slots[at] > 0; at = (at + 1) & mask) {
        if (gather->columns[gather->column_slots[at] - 1].key == key) {
            *ret_column = gather->column_slots[at] - 1;
            return CORD_OK;
        }
    }
    struct cord_block_family *columns =
        cord_vec_room(gather->columns, gather->column_count, &gather->column_cap, sizeof *columns);
    if (!columns || gather->column_count == BLOCK_COLUMNS_MAX) {
        return columns ? CORD_E_LIMIT : CORD_E_NOMEM;
    }
    gather->columns = columns;
    columns[gather->column_count] =
        (struct cord_block_family){key, hole->field, hole->personal != 0};
    enter(gather->column_slots, gather->column_slot_count, hash, (uint32_t)gather->column_count);
    *ret_column = (uint32_t)gather->column_count++;
    return CORD_OK;
}

static cord_status new_shape(struct cord_block_gather *gather, uint64_t hash, uint32_t *ret_shape)
{
    const struct cord_block_layout *layout = &gather->layout;
    struct cord_block_shape *shapes =
        cord_vec_room(gather->shapes, gather->shape_count, &gather->shape_cap, sizeof *shapes);
    if (!shapes) {
        return CORD_E_NOMEM;
    }
    gather->shapes = shapes;
    struct cord_block_shape *shape = &shapes[gather->shape_count];
    size_t holes = layout->hole_count;
    cord_str key = cord_arena_copy(gather->arena, cord_buf_str(&layout->key));
    struct cord_block_slot *slots = cord_arena_alloc(gather->arena, (holes + 1) * sizeof *slots);
    if (!key.ptr || !slots) {
        return cord_arena_failure(gather->arena);
    }
    *shape = (struct cord_block_shape){key.ptr, key.len, hash, slots, (uint32_t)holes, 0};
    for (size_t i = 0; i < holes; i++) {
        slots[i] = (struct cord_block_slot){.guess = BLOCK_NONE, .last = BLOCK_NONE};
        cord_status status = column_of(gather, &layout->holes[i], &slots[i].column);
        if (status != CORD_OK) {
            return status;
        }
    }
    enter(gather->shape_slots, gather->shape_slot_count, hash, (uint32_t)gather->shape_count);
    *ret_shape = (uint32_t)gather->shape_count++;
    return CORD_OK;
}

static cord_status shape_of(struct cord_block_gather *gather, uint32_t *ret_shape)
{
    cord_str key = cord_buf_str(&gather->layout.key);
    bool empty = false;
    if (!table_room(&gather->shape_slots, &gather->shape_slot_count, gather->shape_count, &empty)) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; empty && i < gather->shape_count; i++) {
        enter(gather->shape_slots, gather->shape_slot_count, gather->shapes[i].hash, (uint32_t)i);
    }
    size_t mask = gather->shape_slot_count - 1;
    uint64_t hash = cord_hash(key, gather->seed);
    for (size_t at = hash & mask; gather->shape_slots[at] > 0; at = (at + 1) & mask) {
        const struct cord_block_shape *shape = &gather->shapes[gather->shape_slots[at] - 1];
        if (shape->hash == hash && cord_str_eq((cord_str){shape->key, shape->key_len}, key)) {
            *ret_shape = gather->shape_slots[at] - 1;
            return CORD_OK;
        }
    }
    return new_shape(gather, hash, ret_shape);
}

static bool is_text(const struct cord_block_gather *gather, uint32_t value,
                    const struct cord_block_hole *hole, cord_str text)
{
    const struct cord_block_value *known = &gather->dictionary.values[value];
    return known->len == hole->len && (known->hash & 1U) == hole->personal &&
           (hole->len == 0 || memcmp(known->ptr, text.ptr, text.len) == 0);
}

/* Most values are what the same hole held in the row before, or what another
 * hole of this row holds; only the rest is looked up. */
static cord_status take_value(struct cord_block_gather *gather, const struct cord_row *row,
                              struct cord_block_slot *slots, size_t at, uint32_t *values)
{
    const struct cord_block_hole *hole = &gather->layout.holes[at];
    struct cord_block_slot *slot = &slots[at];
    cord_str text = {row->text.ptr + hole->at, hole->len};
    if (slot->guess != BLOCK_NONE && is_text(gather, values[slot->guess], hole, text)) {
        values[at] = values[slot->guess];
        return CORD_OK;
    }
    if (slot->last != BLOCK_NONE && is_text(gather, slot->last, hole, text)) {
        values[at] = slot->last;
        return CORD_OK;
    }
    cord_status status =
        cord_block_dictionary_add(&gather->dictionary, text, hole->personal != 0, &values[at]);
    if (status == CORD_OK) {
        slot->last = values[at];
        slot->guess = BLOCK_NONE;
        for (size_t i = at; i > 0 && at - i < 64; i--) {
            if (values[i - 1] == values[at]) {
                slot->guess = (uint32_t)i - 1;
            }
        }
    }
    return status;
}

cord_status cord_block_gather_row(struct cord_block_gather *gather, const struct cord_row *row,
                                  const bool *is_personal)
{
    uint32_t shape = 0;
    cord_status status = cord_block_layout_row(&gather->layout, row, is_personal);
    status = status == CORD_OK ? shape_of(gather, &shape) : status;
    if (status != CORD_OK) {
        return status;
    }
    size_t holes = gather->layout.hole_count;
    gather->span_count += row->span_count;
    if (holes > BLOCK_VALUES_MAX - gather->value_count || gather->span_count > BLOCK_VALUES_MAX) {
        return CORD_E_LIMIT;
    }
    uint32_t *row_shape =
        cord_vec_room(gather->row_shape, gather->row_count, &gather->row_cap, sizeof *row_shape);
    if (!row_shape) {
        return CORD_E_NOMEM;
    }
    gather->row_shape = row_shape;
    if (gather->value_count + holes >= gather->value_cap) {
        size_t cap = gather->value_cap * 2 + holes + 4096;
        uint32_t *grown = realloc(gather->values, cap * sizeof *grown);
        if (!grown) {
            return CORD_E_NOMEM;
        }
        gather->values = grown;
        gather->value_cap = cap;
    }
    uint32_t *values = gather->values + gather->value_count;
    struct cord_block_slot *slots = gather->shapes[shape].slots;
    for (size_t at = 0; at < holes && status == CORD_OK; at++) {
        status = take_value(gather, row, slots, at, values);
    }
    row_shape[gather->row_count++] = shape;
    gather->shapes[shape].row_count++;
    gather->value_count += holes;
    return status;
}
