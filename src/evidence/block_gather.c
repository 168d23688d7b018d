/* block_gather.c: see block_gather.h. */
#include "evidence/block_gather.h"

#include "base/hash.h"
#include "base/vec.h"
#include "evidence/block_internal.h"
#include "evidence/block_joint.h"

#include <stdlib.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
    TABLE_MIN = 1024,
    GUESS_REACH = 128,
    GUESSES = 4096,
    HEAD = 16,
    RECENT = CORD_BLOCK_GATHER_RECENT
};

#define ARENA_BYTES ((size_t)2 << 30)

cord_status cord_block_gather_init(struct cord_block_gather *gather, uint64_t seed)
{
    memset(gather, 0, sizeof *gather);
    gather->seed = seed;
    cord_block_layout_init(&gather->layout);
    cord_block_key_init(&gather->key);
    gather->arena = cord_arena_new(ARENA_BYTES);
    cord_status status = cord_block_dictionary_init(&gather->dictionary, seed);
    cord_status names = cord_block_names_init(&gather->names, seed);
    status = status == CORD_OK ? names : status;
    gather->layout.names = &gather->names;
    for (size_t i = 0; i < BLOCK_PARTS; i++) {
        cord_status filter = cord_block_filter_maker_init(&gather->filters[i], seed);
        status = status == CORD_OK ? filter : status;
    }
    gather->recent = calloc(GUESSES, sizeof *gather->recent);
    return gather->arena && gather->recent ? status : CORD_E_NOMEM;
}

void cord_block_gather_done(struct cord_block_gather *gather)
{
    cord_block_layout_done(&gather->layout);
    cord_buf_done(&gather->key);
    free(gather->recent);
    cord_block_dictionary_done(&gather->dictionary);
    for (size_t i = 0; i < BLOCK_PARTS; i++) {
        cord_block_filter_maker_done(&gather->filters[i]);
    }
    cord_arena_free(gather->arena);
    free(gather->shapes);
    free(gather->shape_slots);
    free(gather->columns);
    free(gather->column_slots);
    free(gather->pending);
    free(gather->row_shape);
    free(gather->stand_ins);
    cord_block_names_done(&gather->names);
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
    for (size_t i = 0; i < BLOCK_PARTS; i++) {
        cord_block_filter_maker_clear(&gather->filters[i]);
    }
    cord_arena_rewind(gather->arena);
    wipe(gather->shape_slots, gather->shape_slot_count);
    wipe(gather->column_slots, gather->column_slot_count);
    memset(gather->recent, 0, GUESSES * sizeof *gather->recent);
    gather->shape_count = 0;
    gather->column_count = 0;
    gather->row_count = 0;
    gather->value_count = 0;
    gather->span_count = 0;
    gather->any_hidden = false;
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

/* What the shape knows of each of its holes. */
static cord_status make_holes(struct cord_block_gather *gather, struct cord_block_shape *shape)
{
    const struct cord_block_layout *layout = &gather->layout;
    size_t holes = layout->hole_count;
    uint32_t *numbers = cord_arena_alloc(gather->arena, (3 * holes + 1) * sizeof *numbers);
    shape->slots = cord_arena_alloc(gather->arena, (holes + 1) * sizeof *shape->slots);
    if (!shape->slots || !numbers) {
        return cord_arena_failure(gather->arena);
    }
    shape->hole_count = (uint32_t)holes;
    shape->guesses = numbers;
    shape->columns = numbers + holes;
    shape->joints = numbers + 2 * holes;
    for (uint32_t i = 0; i < holes; i++) {
        shape->slots[i] = (struct cord_block_slot){
            .ptr = shape->slots[i].head, .value = BLOCK_NONE, .len = BLOCK_NONE};
        shape->guesses[i] = BLOCK_NONE;
        if (cord_block_joint_possible(layout, i)) {
            shape->joints[shape->joint_count++] = i;
        }
        cord_status status = column_of(gather, &layout->holes[i], &shape->columns[i]);
        if (status != CORD_OK) {
            return status;
        }
    }
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
    struct cord_block_stencil *stencil = NULL;
    cord_str key = cord_arena_copy(gather->arena, cord_buf_str(&gather->key));
    if (!key.ptr) {
        return cord_arena_failure(gather->arena);
    }
    *shape = (struct cord_block_shape){
        .key = key.ptr,
        .key_len = key.len,
        .hash = hash,
        .joined = cord_block_joint_spans_possible(layout),
    };
    cord_status status = make_holes(gather, shape);
    if (status == CORD_OK) {
        status = cord_block_stencil_make(layout, key, shape->joined, gather->arena, &stencil);
    }
    if (status != CORD_OK) {
        return status;
    }
    shape->stencil = stencil;
    enter(gather->shape_slots, gather->shape_slot_count, hash, (uint32_t)gather->shape_count);
    *ret_shape = (uint32_t)gather->shape_count++;
    return CORD_OK;
}

/* Of the row as it was laid out. */
static cord_status look_up_shape(struct cord_block_gather *gather, uint32_t *ret_shape)
{
    cord_status status = cord_block_key_make(&gather->layout, &gather->key);
    cord_str key = cord_buf_str(&gather->key);
    if (status != CORD_OK) {
        return status;
    }
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

/* The shape comes first of those that rows with such fields had. */
static void remember(uint32_t recent[RECENT], size_t at, uint32_t shape)
{
    for (; at > 0; at--) {
        recent[at] = recent[at - 1];
    }
    recent[0] = shape + 1;
}

/* CORD_E_NOENT: none of them fits. */
static cord_status try_recent(struct cord_block_gather *gather, const struct cord_row *row,
                              const bool *is_personal, uint32_t recent[RECENT], uint32_t *ret_shape)
{
    for (size_t i = 0; i < RECENT && recent[i] > 0; i++) {
        uint32_t shape = recent[i] - 1;
        const struct cord_block_stencil *stencil = gather->shapes[shape].stencil;
        if (!cord_block_stencil_lay(stencil, &gather->layout, row, is_personal)) {
            continue;
        }
        bool same = false;
        cord_status status = cord_block_stencil_hide(stencil, &gather->layout, &same);
        if (status == CORD_OK && same) {
            remember(recent, i, shape);
            *ret_shape = shape;
        }
        return status == CORD_OK && !same ? CORD_E_NOENT : status;
    }
    return CORD_E_NOENT;
}

/* Lays the row out. Most rows have a shape that was met lately. */
static cord_status shape_of(struct cord_block_gather *gather, const struct cord_row *row,
                            const bool *is_personal, uint32_t *ret_shape)
{
    uint32_t *recent = gather->recent[cord_block_stencil_guess(row) % GUESSES];
    cord_status status = try_recent(gather, row, is_personal, recent, ret_shape);
    if (status != CORD_E_NOENT) {
        return status;
    }
    status = cord_block_layout_row(&gather->layout, row, is_personal);
    status = status == CORD_OK ? look_up_shape(gather, ret_shape) : status;
    if (status == CORD_OK && gather->shapes[*ret_shape].stencil) {
        size_t at = 0;
        while (at < RECENT - 1 && recent[at] != *ret_shape + 1) {
            at++;
        }
        remember(recent, at, *ret_shape);
    }
    return status;
}

/* A value that has to be looked up, or that an earlier hole of the row has. */
struct cord_block_pending {
    uint32_t hole;
    uint32_t hash;
    bool copied;
};

static bool is_copy(const struct cord_row *row, const struct cord_block_hole *hole,
                    const struct cord_block_hole *guess)
{
    return guess->personal == hole->personal && guess->len == hole->len &&
           (hole->len == 0 ||
            memcmp(row->text.ptr + hole->at, row->text.ptr + guess->at, hole->len) == 0);
}

/* The hole says what it said before. */
static inline bool is_last(cord_str text, const struct cord_block_hole *hole,
                           const struct cord_block_slot *slot)
{
    const char *from = text.ptr + hole->at;
    uint32_t len = hole->len;
    if (len != slot->len) {
        return false;
    }
#ifdef __SSE2__
    if (text.len - hole->at >= HEAD) {
        __m128i a = _mm_loadu_si128((const __m128i *)(const void *)from);
        __m128i b = _mm_loadu_si128((const __m128i *)(const void *)slot->head);
        unsigned same = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(a, b));
        unsigned wanted = len < HEAD ? (1U << len) - 1 : 0xffffU;
        return (same & wanted) == wanted &&
               (len <= HEAD || memcmp(from + HEAD, slot->ptr + HEAD, len - HEAD) == 0);
    }
#endif
    return len == 0 || memcmp(from, slot->ptr, len) == 0;
}

/* Most values are what the same hole held in the row before, or what another
 * hole of this row holds. Gives how many are not the former: these are pending. */
static size_t find_known(struct cord_block_gather *gather, const struct cord_row *row,
                         const struct cord_block_shape *shape, uint32_t *values)
{
    const struct cord_block_hole *holes = gather->layout.holes;
    size_t count = 0;
    for (uint32_t at = 0; at < shape->hole_count; at++) {
        __builtin_prefetch(shape->slots[at].ptr);
    }
    for (uint32_t at = 0; at < shape->hole_count; at++) {
        const struct cord_block_hole *hole = &holes[at];
        uint32_t guess = shape->guesses[at];
        struct cord_block_pending *pending = &gather->pending[count];
        if (guess != BLOCK_NONE && is_copy(row, hole, &holes[guess])) {
            *pending = (struct cord_block_pending){.hole = at, .copied = true};
            count++;
        } else if (is_last(row->text, hole, &shape->slots[at])) {
            values[at] = shape->slots[at].value;
        } else {
            cord_str text = {row->text.ptr + hole->at, hole->len};
            uint32_t hash =
                cord_block_dictionary_hash(&gather->dictionary, text, hole->personal != 0);
            cord_block_dictionary_fetch(&gather->dictionary, hash);
            *pending = (struct cord_block_pending){.hole = at, .hash = hash};
            count++;
        }
    }
    return count;
}

/* A hole may begin, or go on, to say what an earlier one says. */
static uint32_t guess(const struct cord_block_shape *shape, uint32_t at, const uint32_t *values)
{
    if (shape->slots[at].value != BLOCK_NONE && shape->guesses[at] == BLOCK_NONE) {
        return BLOCK_NONE; /* it was looked for already */
    }
    for (uint32_t i = at > GUESS_REACH ? at - GUESS_REACH : 0; i < at; i++) {
        if (values[i] == values[at]) {
            return i;
        }
    }
    return BLOCK_NONE;
}

static cord_status look_up(struct cord_block_gather *gather, const struct cord_row *row,
                           const struct cord_block_shape *shape, size_t count, uint32_t *values)
{
    struct cord_block_dictionary *dictionary = &gather->dictionary;
    for (size_t i = 0; i < count; i++) {
        if (!gather->pending[i].copied) {
            cord_block_dictionary_fetch_value(dictionary, gather->pending[i].hash);
        }
    }
    for (size_t i = 0; i < count; i++) {
        const struct cord_block_pending *pending = &gather->pending[i];
        uint32_t at = pending->hole;
        const struct cord_block_hole *hole = &gather->layout.holes[at];
        if (pending->copied) {
            values[at] = values[shape->guesses[at]];
            continue;
        }
        cord_str text = {row->text.ptr + hole->at, hole->len};
        cord_status status =
            cord_block_dictionary_add(dictionary, text, pending->hash, &values[at]);
        if (status != CORD_OK) {
            return status;
        }
        shape->guesses[at] = guess(shape, at, values);
        struct cord_block_slot *slot = &shape->slots[at];
        /* All of a short one is here: nothing else needs to be fetched. */
        *slot = (struct cord_block_slot){
            .ptr = hole->len > HEAD ? dictionary->values[values[at]].ptr : slot->head,
            .value = values[at],
            .len = hole->len};
        if (hole->len > 0) {
            memcpy(slot->head, text.ptr, hole->len < HEAD ? hole->len : HEAD);
        }
    }
    return CORD_OK;
}

cord_status cord_block_gather_row(struct cord_block_gather *gather, const struct cord_row *row,
                                  const bool *is_personal)
{
    uint32_t shape = 0;
    cord_status status = shape_of(gather, row, is_personal, &shape);
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
    if (holes >= gather->pending_cap) {
        struct cord_block_pending *grown =
            realloc(gather->pending, (2 * holes + 1) * sizeof *grown);
        if (!grown) {
            return CORD_E_NOMEM;
        }
        gather->pending = grown;
        gather->pending_cap = 2 * holes + 1;
    }
    uint32_t *values = gather->values + gather->value_count;
    struct cord_block_shape *of = &gather->shapes[shape];
    if (of->joined) {
        cord_block_joint_spans(&gather->layout, gather->filters);
    }
    for (uint32_t i = 0; i < of->joint_count; i++) {
        cord_block_joint_add(&gather->layout, of->joints[i], gather->filters);
    }
    size_t pending = find_known(gather, row, of, values);
    status = look_up(gather, row, of, pending, values);
    row_shape[gather->row_count++] = shape;
    of->row_count++;
    gather->value_count += holes;
    return status;
}

static void add_skeleton(struct cord_block_gather *gather, const struct cord_block_shape *shape)
{
    struct cord_block_key head;
    const char *from = shape->key + sizeof head;
    memcpy(&head, shape->key, sizeof head);
    cord_str rest = {shape->key + shape->key_len - head.skeleton_len, head.skeleton_len};
    for (uint32_t h = 0; h < head.hole_count; h++, from += sizeof(struct cord_block_key_hole)) {
        struct cord_block_key_hole hole;
        memcpy(&hole, from, sizeof hole);
        cord_block_filter_maker_add_once(&gather->filters[BLOCK_BODY],
                                         cord_str_slice(rest, 0, hole.gap));
        rest = cord_str_from_byte(rest, hole.gap);
    }
    cord_block_filter_maker_add_once(&gather->filters[BLOCK_BODY], rest);
}

void cord_block_gather_words(struct cord_block_gather *gather)
{
    const struct cord_block_dictionary *dictionary = &gather->dictionary;
    bool any_personal = false;
    for (size_t i = 0; i < gather->shape_count; i++) {
        add_skeleton(gather, &gather->shapes[i]);
    }
    for (size_t i = 0; i < dictionary->count; i++) {
        const struct cord_block_value *value = &dictionary->values[i];
        bool hidden =
            gather->any_hidden && i < gather->row_value_count && gather->stand_ins[i] != BLOCK_NONE;
        unsigned part =
            hidden || cord_block_dictionary_is_personal(value) ? BLOCK_PERSONAL : BLOCK_BODY;
        any_personal = any_personal || part == BLOCK_PERSONAL;
        cord_block_filter_maker_add(&gather->filters[part], (cord_str){value->ptr, value->len});
    }
    if (any_personal) {
        cord_block_filter_maker_add(&gather->filters[BLOCK_BODY], CORD_STR(CORD_BLOCK_EXPIRED));
    }
}
