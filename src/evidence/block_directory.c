/* block_directory.c: see block_directory.h. */
#include "evidence/block_directory.h"

#include "evidence/block_internal.h"
#include "evidence/block_ints.h"

/* Reads on after a failure give zeros, so that one look at the end is enough. */
struct reader {
    struct cord_block *block;
    cord_str rest;
    cord_status status;
    uint32_t *filled; /* of each column: values that shapes have laid claim to */
    uint64_t hole_count;
    uint64_t span_count;
    uint64_t row_count;
    uint64_t value_count; /* holes times rows, and spans times rows */
    uint64_t place_count;
};

static void fail(struct reader *reader, cord_status status)
{
    if (reader->status == CORD_OK) {
        reader->status = status;
        reader->rest.len = 0;
    }
}

/* At most `max`. */
static inline uint32_t take(struct reader *reader, uint64_t max)
{
    uint64_t value = 0;
    if (cord_block_ints_take_varint(&reader->rest, &value) != CORD_OK || value > max) {
        fail(reader, CORD_E_FORMAT);
        return 0;
    }
    return (uint32_t)value;
}

/* A difference to a number that was read before. Nothing is left after a failure. */
static inline uint32_t take_signed(struct reader *reader, uint32_t before, uint64_t max)
{
    uint64_t value = 0;
    if (cord_block_ints_take_varint(&reader->rest, &value) != CORD_OK) {
        fail(reader, CORD_E_FORMAT);
        return 0;
    }
    uint64_t sum = (uint64_t)cord_block_ints_unzigzag(value) + before;
    if (sum > max) { /* below zero wraps, and is above every bound */
        fail(reader, CORD_E_FORMAT);
        return 0;
    }
    return (uint32_t)sum;
}

static cord_str take_str(struct reader *reader)
{
    uint32_t len = take(reader, reader->rest.len);
    if (len > reader->rest.len) {
        fail(reader, CORD_E_FORMAT);
        return (cord_str){NULL, 0};
    }
    cord_str text = cord_str_slice(reader->rest, 0, len);
    reader->rest = cord_str_from_byte(reader->rest, len);
    return text;
}

/* How many items follow; each takes at least so many bytes. */
static uint32_t take_count(struct reader *reader, uint64_t max, size_t bytes_each)
{
    uint32_t count = take(reader, max);
    if (count > reader->rest.len / bytes_each) {
        fail(reader, CORD_E_FORMAT);
        return 0;
    }
    return count;
}

static void *array(struct reader *reader, size_t count, size_t item_bytes)
{
    void *items = cord_arena_zalloc(reader->block->arena, count + 1, item_bytes);
    if (!items) {
        fail(reader, cord_arena_failure(reader->block->arena));
    }
    return items;
}

static void read_origins(struct reader *reader)
{
    struct cord_block *block = reader->block;
    uint32_t count = take_count(reader, CORD_BLOCK_ROWS_MAX, 7);
    block->origins = array(reader, count, sizeof *block->origins);
    for (uint32_t i = 0; i < count && reader->status == CORD_OK; i++) {
        struct cord_origin *origin = &block->origins[i];
        origin->organisation = take_str(reader);
        origin->source = take_str(reader);
        origin->format = take_str(reader);
        origin->event_class = take_str(reader);
        origin->product = take_str(reader);
        origin->category = take_str(reader);
        origin->service = take_str(reader);
    }
    if (count != block->head.origin_count) {
        fail(reader, CORD_E_FORMAT);
    }
    block->origin_count = count;
}

static void read_fields(struct reader *reader)
{
    struct cord_block *block = reader->block;
    uint32_t count = take_count(reader, CORD_ROWS_FIELDS_MAX, 1);
    block->fields = array(reader, count, sizeof *block->fields);
    for (uint32_t i = 0; i < count && reader->status == CORD_OK; i++) {
        struct block_names *field = &block->fields[i];
        field->count = take(reader, CORD_FIELD_NAMES_MAX);
        field->names = array(reader, field->count, sizeof *field->names);
        for (size_t n = 0; n < field->count && reader->status == CORD_OK; n++) {
            field->names[n] = take_str(reader);
        }
        if (field->count == 0) {
            fail(reader, CORD_E_FORMAT);
        }
    }
    block->field_count = count;
}

static void read_columns(struct reader *reader)
{
    struct cord_block *block = reader->block;
    uint32_t count = take_count(reader, BLOCK_COLUMNS_MAX, 4);
    block->columns = array(reader, count, sizeof *block->columns);
    reader->filled = array(reader, count, sizeof *reader->filled);
    for (uint32_t i = 0; i < count && reader->status == CORD_OK; i++) {
        struct block_column *column = &block->columns[i];
        uint32_t part = take(reader, BLOCK_PATCHED);
        column->patched = part == BLOCK_PATCHED;
        column->part = column->patched ? BLOCK_BODY : part;
        column->count = take(reader, BLOCK_VALUES_MAX);
        column->section = take(reader, CORD_BLOCK_PART_SECTIONS_MAX);
        column->offset = take(reader, CORD_BLOCK_PART_SECTION_MAX);
        if (column->patched) {
            column->patch_section = take(reader, CORD_BLOCK_PART_SECTIONS_MAX);
            column->patch_offset = take(reader, CORD_BLOCK_PART_SECTION_MAX);
        }
    }
    block->column_count = count;
}

static void read_column_source(struct reader *reader, const struct cord_block_form *shape,
                               struct cord_block_hole_at *hole, uint32_t number)
{
    if (number >= reader->block->column_count) {
        fail(reader, CORD_E_FORMAT);
        return;
    }
    const struct block_column *column = &reader->block->columns[number];
    hole->column = number;
    hole->part = (uint8_t)column->part;
    hole->start = reader->filled[number];
    if (shape->row_count > column->count - hole->start) {
        fail(reader, CORD_E_FORMAT);
        return;
    }
    reader->filled[number] += shape->row_count;
}

/* Differences run from one number of a kind to the next of that kind. */
static void read_source(struct reader *reader, const struct cord_block_form *shape,
                        struct cord_block_hole_at *holes, uint32_t h, uint32_t numbers[4])
{
    struct cord_block_hole_at *hole = &holes[h];
    uint64_t code = 0;
    if (reader->status != CORD_OK || cord_block_ints_take_varint(&reader->rest, &code) != CORD_OK) {
        fail(reader, CORD_E_FORMAT);
        return;
    }
    enum block_source kind = (enum block_source)(code & 3);
    uint64_t number = (uint64_t)cord_block_ints_unzigzag(code >> 2) + numbers[kind];
    if (number >= BLOCK_VALUES_MAX) {
        fail(reader, CORD_E_FORMAT);
        return;
    }
    numbers[kind] = (uint32_t)number;
    hole->column = CORD_BLOCK_COLUMN_NONE;
    hole->same = CORD_BLOCK_COLUMN_NONE;
    if (kind == BLOCK_SOURCE_COLUMN) {
        read_column_source(reader, shape, hole, (uint32_t)number);
    } else if (kind != BLOCK_SOURCE_SAME) {
        bool personal = kind == BLOCK_SOURCE_PERSONAL;
        hole->part = personal ? BLOCK_PERSONAL : BLOCK_BODY;
        hole->value =
            personal && reader->block->expired ? CORD_BLOCK_COLUMN_EXPIRED : (uint32_t)number;
    } else if (number < h && holes[number].same == CORD_BLOCK_COLUMN_NONE) {
        uint32_t gap = hole->gap;
        *hole = holes[number];
        hole->gap = gap;
        hole->same = (uint32_t)number;
    } else {
        fail(reader, CORD_E_FORMAT);
    }
}

static void read_holes(struct reader *reader, struct cord_block_form *shape)
{
    uint32_t numbers[4] = {0, 0, 0, 0};
    uint64_t gaps = 0;
    struct cord_block_hole_at *holes = array(reader, shape->hole_count, sizeof *holes);
    shape->holes = holes;
    for (uint32_t h = 0; h < shape->hole_count && reader->status == CORD_OK; h++) {
        holes[h].gap = take(reader, shape->skeleton.len);
        gaps += holes[h].gap;
        read_source(reader, shape, holes, h, numbers);
    }
    if (gaps > shape->skeleton.len) {
        fail(reader, CORD_E_FORMAT);
    }
}

static void read_spans(struct reader *reader, struct cord_block_form *shape)
{
    struct cord_block_span *spans = array(reader, shape->span_count, sizeof *spans);
    struct cord_block_span before = {0};
    shape->spans = spans;
    for (uint32_t i = 0; i < shape->span_count && reader->status == CORD_OK; i++) {
        struct cord_block_span *span = &spans[i];
        span->field = take(reader, BLOCK_NONE);
        if (span->field >= reader->block->field_count || reader->rest.len == 0) {
            fail(reader, CORD_E_FORMAT);
            return;
        }
        unsigned what = (unsigned char)reader->rest.ptr[0];
        reader->rest = cord_str_from_byte(reader->rest, 1);
        span->kind = what & 15U;
        span->flags = (uint8_t)(what >> 4);
        span->holes = take_signed(reader, before.holes_end, shape->hole_count);
        span->skeleton = take_signed(reader, before.skeleton_end, shape->skeleton.len);
        span->holes_end = take_signed(reader, span->holes, shape->hole_count);
        span->skeleton_end = take_signed(reader, span->skeleton, shape->skeleton.len);
        if (span->holes_end < span->holes || span->skeleton_end < span->skeleton) {
            fail(reader, CORD_E_FORMAT);
        }
        before = *span;
    }
}

static void read_shape(struct reader *reader, struct cord_block_form *shape, uint32_t role_count)
{
    shape->origin = take(reader, BLOCK_NONE);
    shape->row_count = take(reader, CORD_BLOCK_ROWS_MAX);
    shape->skeleton.len = take(reader, BLOCK_TEXT_MAX);
    shape->raw_holes = take(reader, BLOCK_HOLES_MAX);
    shape->raw_skeleton = take(reader, shape->skeleton.len);
    shape->hole_count = take_count(reader, BLOCK_HOLES_MAX, 1);
    shape->span_count = take_count(reader, CORD_VALUE_NONE - 1, 1);
    reader->hole_count += shape->hole_count;
    reader->span_count += shape->span_count;
    reader->row_count += shape->row_count;
    reader->value_count += (uint64_t)shape->row_count * shape->hole_count;
    reader->place_count += (uint64_t)shape->row_count * shape->span_count;
    if (shape->origin >= reader->block->origin_count || shape->row_count == 0 ||
        shape->raw_holes > shape->hole_count || reader->hole_count > BLOCK_HOLES_MAX ||
        reader->span_count > BLOCK_SPANS_MAX || reader->value_count > BLOCK_VALUES_MAX ||
        reader->place_count > BLOCK_VALUES_MAX) {
        fail(reader, CORD_E_FORMAT);
        return;
    }
    read_holes(reader, shape);
    read_spans(reader, shape);
    for (uint32_t i = 0; i < role_count; i++) {
        uint32_t role = take(reader, shape->span_count);
        if (i < CORD_ROLE_COUNT) {
            shape->role[i] = role == 0 ? CORD_VALUE_NONE : (uint16_t)(role - 1);
        }
    }
}

static void read_shapes(struct reader *reader)
{
    struct cord_block *block = reader->block;
    uint32_t role_count = take(reader, 64);
    uint32_t count = take_count(reader, CORD_BLOCK_ROWS_MAX, 7);
    block->shapes = array(reader, count, sizeof *block->shapes);
    for (uint32_t s = 0; s < count && reader->status == CORD_OK; s++) {
        memset(block->shapes[s].role, 0xff, sizeof block->shapes[s].role);
        read_shape(reader, &block->shapes[s], role_count);
    }
    for (uint32_t s = 0; s < count && reader->status == CORD_OK; s++) {
        cord_str *skeleton = &block->shapes[s].skeleton;
        if (skeleton->len > reader->rest.len) {
            fail(reader, CORD_E_FORMAT);
            return;
        }
        size_t len = skeleton->len;
        *skeleton = cord_str_slice(reader->rest, 0, len);
        reader->rest = cord_str_from_byte(reader->rest, len);
    }
    block->shape_count = count;
}

static void check_sums(struct reader *reader)
{
    const struct cord_block *block = reader->block;
    if (reader->status != CORD_OK) {
        return;
    }
    if (reader->rest.len > 0 || reader->row_count != block->head.row_count) {
        fail(reader, CORD_E_FORMAT);
    }
    for (uint32_t i = 0; i < block->column_count; i++) {
        if (reader->filled[i] != block->columns[i].count) {
            fail(reader, CORD_E_FORMAT);
        }
    }
}

cord_status cord_block_directory_read(struct cord_block *block, struct cord_error *err)
{
    struct reader reader = {.block = block, .status = CORD_OK};
    struct cord_block_part *body = &block->parts[BLOCK_BODY];
    if (body->section_count == 0 || body->sections[0].kind != CORD_BLOCK_PART_DIRECTORY) {
        return cord_error_set(err, CORD_E_FORMAT, "no directory");
    }
    cord_status status = cord_block_part_text(body, 0, &reader.rest, err);
    if (status != CORD_OK) {
        cord_error_context(err, "directory");
        return status;
    }
    read_origins(&reader);
    read_fields(&reader);
    read_columns(&reader);
    read_shapes(&reader);
    check_sums(&reader);
    return reader.status == CORD_OK
               ? CORD_OK
               : cord_error_set(err, reader.status, "directory does not add up");
}
