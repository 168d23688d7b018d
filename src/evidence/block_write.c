/* block_write.c: see block_write.h. */
#include "evidence/block_write.h"

#include "base/hash.h"
#include "base/octets.h"
#include "evidence/block_head.h"
#include "evidence/block_internal.h"
#include "evidence/block_ints.h"

#include <stdlib.h>
#include <zstd.h>

enum { LEVEL = 1 };

#define SECTION_BYTES   ((size_t)256 << 10)
#define DIRECTORY_BYTES ((size_t)256 << 20)

/* Where a column's values went. */
struct cord_block_write_column {
    uint32_t first; /* its first hole in the writer's order; the holes of a column stand together */
    uint32_t hole_count;
    uint32_t value_count; /* those that are neither constant nor the same as others */
    uint32_t section;
    uint32_t offset;
    uint32_t number; /* in the directory */
    bool patched;    /* some of its values are personal, and others stand in for them */
    uint32_t patch_section;
    uint32_t patch_offset;
};

struct cord_block_write_hole {
    uint32_t shape;
    uint32_t hole;
};

cord_status cord_block_write_init(struct cord_block_write *writer)
{
    memset(writer, 0, sizeof *writer);
    for (size_t i = 0; i < BLOCK_PARTS; i++) {
        cord_block_part_init(&writer->parts[i]);
        cord_buf_init(&writer->streams[i], CORD_BLOCK_PART_SECTION_MAX);
    }
    cord_buf_init(&writer->directory, DIRECTORY_BYTES);
    cord_buf_init(&writer->scratch, CORD_BLOCK_PART_SECTION_MAX);
    writer->zstd = ZSTD_createCCtx();
    return writer->zstd ? CORD_OK : CORD_E_NOMEM;
}

void cord_block_write_done(struct cord_block_write *writer)
{
    for (size_t i = 0; i < BLOCK_PARTS; i++) {
        cord_block_part_done(&writer->parts[i]);
        cord_buf_done(&writer->streams[i]);
        free(writer->pools[i].values);
    }
    cord_buf_done(&writer->directory);
    cord_buf_done(&writer->scratch);
    (void)ZSTD_freeCCtx(writer->zstd);
    free(writer->runs);
    free(writer->starts);
    free(writer->sources);
    free(writer->numbers);
    free(writer->seen);
    free(writer->slots);
    free(writer->ints);
    free(writer->locals);
    free(writer->columns);
    free(writer->order);
    free(writer->origins);
    free(writer->origin_list);
    free(writer->fields);
    free(writer->field_list);
    free(writer->values);
    free(writer->stands);
    free(writer->hidden);
    free(writer->patch);
}

static void *room(void *items, size_t *cap, size_t count, size_t item_bytes)
{
    if (count <= *cap) {
        return items;
    }
    size_t grown_cap = count + count / 4 + 256;
    void *grown = realloc(items, grown_cap * item_bytes);
    if (grown) {
        *cap = grown_cap;
    }
    return grown;
}

#define ROOM(items, cap, count)                                                                    \
    do {                                                                                           \
        void *room_now = room((items), &(cap), (count), sizeof *(items));                          \
        if (!room_now) {                                                                           \
            return CORD_E_NOMEM;                                                                   \
        }                                                                                          \
        (items) = room_now;                                                                        \
    } while (0)

/* The values from row by row to hole by hole, shape after shape. */
static cord_status turn(struct cord_block_write *writer, const struct cord_block_gather *gather)
{
    ROOM(writer->runs, writer->run_cap, gather->value_count + 1);
    ROOM(writer->starts, writer->start_cap, 3 * gather->shape_count + 1);
    uint32_t *starts = writer->starts;
    uint32_t *rank = starts + gather->shape_count;
    uint32_t *holes = rank + gather->shape_count;
    uint32_t start = 0;
    uint32_t hole = 0;
    for (size_t s = 0; s < gather->shape_count; s++) {
        starts[s] = start;
        rank[s] = 0;
        holes[s] = hole;
        start += gather->shapes[s].row_count * gather->shapes[s].hole_count;
        hole += gather->shapes[s].hole_count;
    }
    const uint32_t *values = gather->values;
    for (size_t r = 0; r < gather->row_count; r++) {
        uint32_t s = gather->row_shape[r];
        const struct cord_block_shape *shape = &gather->shapes[s];
        uint32_t *to = writer->runs + starts[s] + rank[s]++;
        for (uint32_t h = 0; h < shape->hole_count; h++) {
            *to = *values++;
            to += shape->row_count;
        }
    }
    return CORD_OK;
}

static bool is_constant(const uint32_t *run, uint32_t count)
{
    return count == 1 || memcmp(run, run + 1, (count - 1) * sizeof *run) == 0;
}

static uint32_t stand_in(const struct cord_block_gather *gather, uint32_t value)
{
    return gather->any_hidden && value < gather->row_value_count ? gather->stand_ins[value]
                                                                 : BLOCK_NONE;
}

static uint32_t source(enum block_source kind, uint32_t number)
{
    return number << 2 | (uint32_t)kind;
}

/* Finds holes of a shape that say the same in every row. */
static cord_status find_same(struct cord_block_write *writer,
                             const struct cord_block_gather *gather,
                             const struct cord_block_shape *shape, const uint32_t *runs,
                             uint32_t *sources)
{
    size_t slot_count = 64;
    while (slot_count < 2 * (size_t)shape->hole_count) {
        slot_count *= 2;
    }
    ROOM(writer->slots, writer->slot_cap, slot_count);
    memset(writer->slots, 0, slot_count * sizeof *writer->slots);
    size_t run_bytes = shape->row_count * sizeof *runs;
    for (uint32_t h = 0; h < shape->hole_count; h++) {
        const uint32_t *run = runs + (size_t)h * shape->row_count;
        sources[h] = BLOCK_SOURCE_COLUMN;
        if (is_constant(run, shape->row_count) && stand_in(gather, run[0]) == BLOCK_NONE) {
            sources[h] = BLOCK_SOURCE_BODY;
            continue;
        }
        size_t at = XXH3_64bits_withSeed(run, run_bytes, gather->seed) & (slot_count - 1);
        for (; writer->slots[at] > 0; at = (at + 1) & (slot_count - 1)) {
            uint32_t other = writer->slots[at] - 1;
            if (memcmp(runs + (size_t)other * shape->row_count, run, run_bytes) == 0) {
                sources[h] = source(BLOCK_SOURCE_SAME, other);
                break;
            }
        }
        if (writer->slots[at] == 0) {
            writer->slots[at] = h + 1;
        }
    }
    return CORD_OK;
}

static cord_status find_sources(struct cord_block_write *writer,
                                const struct cord_block_gather *gather)
{
    const uint32_t *holes = writer->starts + 2 * gather->shape_count;
    for (size_t s = 0; s < gather->shape_count; s++) {
        const struct cord_block_shape *shape = &gather->shapes[s];
        cord_status status = find_same(writer, gather, shape, writer->runs + writer->starts[s],
                                       writer->sources + holes[s]);
        if (status != CORD_OK) {
            return status;
        }
    }
    return CORD_OK;
}

/* Which holes make up which column. */
static cord_status sort_by_column(struct cord_block_write *writer,
                                  const struct cord_block_gather *gather, size_t hole_count)
{
    ROOM(writer->columns, writer->column_cap, gather->column_count + 1);
    ROOM(writer->order, writer->order_cap, hole_count + 1);
    memset(writer->columns, 0, gather->column_count * sizeof *writer->columns);
    for (size_t s = 0; s < gather->shape_count; s++) {
        for (uint32_t h = 0; h < gather->shapes[s].hole_count; h++) {
            writer->columns[gather->shapes[s].columns[h]].hole_count++;
        }
    }
    uint32_t first = 0;
    for (size_t c = 0; c < gather->column_count; c++) {
        writer->columns[c].first = first;
        first += writer->columns[c].hole_count;
        writer->columns[c].hole_count = 0;
    }
    for (uint32_t s = 0; s < gather->shape_count; s++) {
        for (uint32_t h = 0; h < gather->shapes[s].hole_count; h++) {
            struct cord_block_write_column *column = &writer->columns[gather->shapes[s].columns[h]];
            writer->order[column->first + column->hole_count++] =
                (struct cord_block_write_hole){s, h};
        }
    }
    return CORD_OK;
}

/* The value's number in its part's dictionary. */
static cord_status number_of(struct cord_block_write *writer, uint32_t value, unsigned part,
                             uint32_t *ret_number)
{
    if (writer->numbers[value] == BLOCK_NONE) {
        struct cord_block_pool *pool = &writer->pools[part];
        ROOM(pool->values, pool->cap, pool->count + 1);
        writer->numbers[value] = (uint32_t)pool->count;
        pool->values[pool->count++] = value;
    }
    *ret_number = writer->numbers[value];
    return CORD_OK;
}

/* The values of a hole, as numbers within the column; there is room for them. */
static void put_run(struct cord_block_write *writer, const uint32_t *run, uint32_t count,
                    uint32_t c, size_t *value_count)
{
    uint32_t *to = writer->locals + writer->columns[c].value_count;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t seen = writer->seen[run[i]];
        if (seen >> 32 != c + 1) {
            seen = (uint64_t)(c + 1) << 32 | *value_count;
            writer->seen[run[i]] = seen;
            writer->values[(*value_count)++] = run[i];
        }
        to[i] = (uint32_t)seen;
    }
    writer->columns[c].value_count += count;
}

/* The value's number in the column, or in its patch. */
static uint32_t local_of(struct cord_block_write *writer, uint32_t value, uint32_t c,
                         uint32_t *values, size_t *value_count)
{
    uint64_t seen = writer->seen[value];
    if (seen >> 32 != c + 1) {
        seen = (uint64_t)(c + 1) << 32 | *value_count;
        writer->seen[value] = seen;
        values[(*value_count)++] = value;
    }
    return (uint32_t)seen;
}

/* The same where values may be hidden: what stands in for them goes into the
 * column, and they into its patch. */
static void put_hidden_run(struct cord_block_write *writer, const struct cord_block_gather *gather,
                           const uint32_t *run, uint32_t count, uint32_t c, size_t *value_count)
{
    uint32_t *to = writer->locals + writer->columns[c].value_count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t other = stand_in(gather, run[i]);
        size_t before = *value_count;
        to[i] =
            local_of(writer, other == BLOCK_NONE ? run[i] : other, c, writer->values, value_count);
        if (other == BLOCK_NONE) {
            continue;
        }
        if (*value_count > before) {
            writer->stands[writer->stand_count++] = to[i];
        }
        writer->patch[writer->patch_count++] =
            local_of(writer, run[i], c, writer->hidden, &writer->hidden_count);
    }
    writer->columns[c].value_count += count;
}

static cord_status flush(struct cord_block_write *writer, unsigned part)
{
    struct cord_buf *stream = &writer->streams[part];
    if (stream->failed) {
        return CORD_E_LIMIT;
    }
    cord_status status = CORD_OK;
    if (stream->len > 0) {
        status = cord_block_part_add(&writer->parts[part], writer->zstd, LEVEL,
                                     CORD_BLOCK_PART_COLUMNS, cord_buf_str(stream));
        cord_buf_clear(stream);
    }
    return status;
}

static cord_status put_numbers(struct cord_block_write *writer, const uint32_t *values,
                               size_t count, unsigned part)
{
    cord_status status = CORD_OK;
    ROOM(writer->ints, writer->int_cap, count);
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        uint32_t number = 0;
        status = number_of(writer, values[i], part, &number);
        writer->ints[i] = number;
    }
    if (status == CORD_OK) {
        cord_octets_put_varint(&writer->streams[part], count);
        cord_block_ints_put(&writer->streams[part], writer->ints, count);
    }
    return status;
}

/* What the column says where others stand in: for the personal part. */
static cord_status put_patch(struct cord_block_write *writer,
                             struct cord_block_write_column *column)
{
    struct cord_buf *stream = &writer->streams[BLOCK_PERSONAL];
    cord_status status = CORD_OK;
    if (stream->len >= SECTION_BYTES) {
        status = flush(writer, BLOCK_PERSONAL);
    }
    column->patched = true;
    column->patch_section = (uint32_t)writer->parts[BLOCK_PERSONAL].section_count;
    column->patch_offset = (uint32_t)stream->len;
    cord_octets_put_varint(stream, writer->stand_count);
    cord_block_ints_put_u32(stream, writer->stands, writer->stand_count);
    if (status == CORD_OK) {
        status = put_numbers(writer, writer->hidden, writer->hidden_count, BLOCK_PERSONAL);
    }
    cord_block_ints_put_u32(stream, writer->patch, writer->patch_count);
    return status;
}

/* Appends the column to its part's stream: its values, then which row has which. */
static cord_status put_column(struct cord_block_write *writer,
                              struct cord_block_write_column *column, size_t value_count,
                              unsigned part)
{
    struct cord_buf *stream = &writer->streams[part];
    cord_status status = CORD_OK;
    if (stream->len >= SECTION_BYTES) {
        status = flush(writer, part);
    }
    column->section = (uint32_t)writer->parts[part].section_count;
    column->offset = (uint32_t)stream->len;
    column->number = writer->column_count++;
    status = status == CORD_OK ? put_numbers(writer, writer->values, value_count, part) : status;
    if (value_count < column->value_count) {
        cord_block_ints_put_u32(stream, writer->locals, column->value_count);
    }
    return status == CORD_OK && writer->patch_count > 0 ? put_patch(writer, column) : status;
}

/* For all that its holes may say. */
static cord_status column_room(struct cord_block_write *writer,
                               const struct cord_block_gather *gather,
                               const struct cord_block_write_column *column)
{
    size_t count = 1;
    for (uint32_t i = 0; i < column->hole_count; i++) {
        count += gather->shapes[writer->order[column->first + i].shape].row_count;
    }
    ROOM(writer->locals, writer->local_cap, count);
    ROOM(writer->values, writer->value_cap, count);
    writer->stand_count = 0;
    writer->hidden_count = 0;
    writer->patch_count = 0;
    if (gather->any_hidden) {
        ROOM(writer->stands, writer->stand_cap, count);
        ROOM(writer->hidden, writer->hidden_cap, count);
        ROOM(writer->patch, writer->patch_cap, count);
    }
    return CORD_OK;
}

static cord_status write_column(struct cord_block_write *writer,
                                const struct cord_block_gather *gather, uint32_t c)
{
    struct cord_block_write_column *column = &writer->columns[c];
    const uint32_t *holes = writer->starts + 2 * gather->shape_count;
    unsigned part = gather->columns[c].personal ? BLOCK_PERSONAL : BLOCK_BODY;
    size_t value_count = 0;
    cord_status status = column_room(writer, gather, column);
    for (uint32_t i = 0; i < column->hole_count && status == CORD_OK; i++) {
        struct cord_block_write_hole at = writer->order[column->first + i];
        uint32_t rows = gather->shapes[at.shape].row_count;
        const uint32_t *run = writer->runs + writer->starts[at.shape] + (size_t)at.hole * rows;
        uint32_t *from = &writer->sources[holes[at.shape] + at.hole];
        if (*from == BLOCK_SOURCE_BODY) {
            uint32_t number = 0;
            status = number_of(writer, run[0], part, &number);
            *from = source(part == BLOCK_BODY ? BLOCK_SOURCE_BODY : BLOCK_SOURCE_PERSONAL, number);
        } else if (*from == BLOCK_SOURCE_COLUMN) {
            if (gather->any_hidden && part == BLOCK_BODY) {
                put_hidden_run(writer, gather, run, rows, c, &value_count);
            } else {
                put_run(writer, run, rows, c, &value_count);
            }
            *from = source(BLOCK_SOURCE_COLUMN, c);
        }
    }
    return status == CORD_OK && column->value_count > 0
               ? put_column(writer, column, value_count, part)
               : status;
}

static cord_status put_personal_filter(struct cord_block_write *writer,
                                       const struct cord_block_gather *gather)
{
    cord_buf_clear(&writer->scratch);
    const struct cord_block_filter_maker *filter = &gather->filters[BLOCK_PERSONAL];
    cord_block_filter_maker_put(filter, filter->piece_count, &writer->scratch);
    return writer->scratch.failed
               ? CORD_E_LIMIT
               : cord_block_part_add(&writer->parts[BLOCK_PERSONAL], writer->zstd, LEVEL,
                                     CORD_BLOCK_PART_FILTER, cord_buf_str(&writer->scratch));
}

/* All values of a part, cut into sections, and their lengths. */
static cord_status put_pool(struct cord_block_write *writer, const struct cord_block_gather *gather,
                            unsigned part)
{
    const struct cord_block_pool *pool = &writer->pools[part];
    struct cord_buf *stream = &writer->streams[part];
    cord_status status = flush(writer, part);
    ROOM(writer->locals, writer->local_cap, pool->count + 1);
    for (size_t i = 0; i < pool->count && status == CORD_OK; i++) {
        const struct cord_block_value *value = &gather->dictionary.values[pool->values[i]];
        writer->locals[i] = value->len;
        cord_buf_put(stream, (cord_str){value->ptr, value->len});
        if (stream->len >= SECTION_BYTES || i + 1 == pool->count) {
            status = stream->failed
                         ? CORD_E_LIMIT
                         : cord_block_part_add(&writer->parts[part], writer->zstd, LEVEL,
                                               CORD_BLOCK_PART_TEXT, cord_buf_str(stream));
            cord_buf_clear(stream);
        }
    }
    if (pool->count == 0 || status != CORD_OK) {
        return status;
    }
    if (part == BLOCK_PERSONAL) {
        status = put_personal_filter(writer, gather);
    }
    if (status != CORD_OK) {
        return status;
    }
    cord_octets_put_varint(stream, pool->count);
    cord_block_ints_put_u32(stream, writer->locals, pool->count);
    status = stream->failed ? CORD_E_LIMIT
                            : cord_block_part_add(&writer->parts[part], writer->zstd, LEVEL,
                                                  CORD_BLOCK_PART_LENGTHS, cord_buf_str(stream));
    cord_buf_clear(stream);
    return status;
}

static cord_status put_row_list(struct cord_block_write *writer, size_t count)
{
    cord_block_ints_put(&writer->scratch, writer->ints, count);
    return writer->scratch.failed ? CORD_E_LIMIT : CORD_OK;
}

/* What rows have beside their text: one list a member. */
static cord_status put_rows(struct cord_block_write *writer, const struct cord_block_gather *gather,
                            const struct cord_rows *rows, const uint32_t *which)
{
    size_t count = gather->row_count;
    cord_buf_clear(&writer->scratch);
    ROOM(writer->ints, writer->int_cap, count);
    cord_status status = CORD_OK;
    for (unsigned list = 0; list < 5 && status == CORD_OK; list++) {
        for (size_t i = 0; i < count; i++) {
            const struct cord_row *row = cord_rows_at(rows, which[i]);
            const int64_t members[5] = {gather->row_shape[i], (int64_t)row->sequence,
                                        row->received_ns, row->time_ns != CORD_TIME_NONE,
                                        cord_row_when(row)};
            writer->ints[i] = members[list];
        }
        status = put_row_list(writer, count);
    }
    return status == CORD_OK
               ? cord_block_part_add(&writer->parts[BLOCK_BODY], writer->zstd, LEVEL,
                                     CORD_BLOCK_PART_ROWS, cord_buf_str(&writer->scratch))
               : status;
}

static void put_signed(struct cord_buf *out, uint32_t value, uint32_t before)
{
    cord_octets_put_varint(out, cord_block_ints_zigzag((int64_t)value - (int64_t)before));
}

static void renumber(uint32_t number, uint32_t *numbers, uint32_t *list, uint32_t *count)
{
    if (numbers[number] == BLOCK_NONE) {
        numbers[number] = *count;
        list[(*count)++] = number;
    }
}

/* The block names only what its own rows name: rows of other organisations may
 * be among those it was made from. */
static cord_status use_names(struct cord_block_write *writer,
                             const struct cord_block_gather *gather, const struct cord_rows *rows)
{
    size_t origins = cord_rows_origin_count(rows);
    size_t fields = cord_rows_field_count(rows);
    ROOM(writer->origins, writer->origin_cap, origins + 1);
    ROOM(writer->origin_list, writer->origin_list_cap, origins + 1);
    ROOM(writer->fields, writer->field_cap, fields + 1);
    ROOM(writer->field_list, writer->field_list_cap, fields + 1);
    memset(writer->origins, 0xff, origins * sizeof *writer->origins);
    memset(writer->fields, 0xff, fields * sizeof *writer->fields);
    writer->origin_count = 0;
    writer->field_count = 0;
    for (size_t s = 0; s < gather->shape_count; s++) {
        struct cord_block_key head;
        memcpy(&head, gather->shapes[s].key, sizeof head);
        renumber(head.origin, writer->origins, writer->origin_list, &writer->origin_count);
        const char *from = gather->shapes[s].key + sizeof head +
                           head.hole_count * sizeof(struct cord_block_key_hole);
        for (uint32_t i = 0; i < head.span_count; i++) {
            struct cord_block_key_span span;
            memcpy(&span, from, sizeof span);
            from += sizeof span;
            from += span.holes & CORD_BLOCK_KEY_PLACED ? sizeof(struct cord_block_place) : 0;
            renumber(span.what & 0xffffffU, writer->fields, writer->field_list,
                     &writer->field_count);
        }
    }
    return CORD_OK;
}

static void put_names(struct cord_block_write *writer, const struct cord_rows *rows)
{
    struct cord_buf *out = &writer->directory;
    cord_octets_put_varint(out, writer->origin_count);
    for (uint32_t i = 0; i < writer->origin_count; i++) {
        const struct cord_origin *origin = cord_rows_origin_at(rows, writer->origin_list[i]);
        cord_octets_put_text(out, origin->organisation);
        cord_octets_put_text(out, origin->source);
        cord_octets_put_text(out, origin->format);
        cord_octets_put_text(out, origin->event_class);
        cord_octets_put_text(out, origin->product);
        cord_octets_put_text(out, origin->category);
        cord_octets_put_text(out, origin->service);
    }
    cord_octets_put_varint(out, writer->field_count);
    for (uint32_t i = 0; i < writer->field_count; i++) {
        size_t count = 0;
        const cord_str *names = cord_rows_names(rows, writer->field_list[i], &count);
        cord_octets_put_varint(out, count);
        for (size_t n = 0; n < count; n++) {
            cord_octets_put_text(out, names[n]);
        }
    }
}

static void put_columns(struct cord_block_write *writer, const struct cord_block_gather *gather)
{
    struct cord_buf *out = &writer->directory;
    cord_octets_put_varint(out, writer->column_count);
    for (size_t c = 0; c < gather->column_count; c++) {
        const struct cord_block_write_column *column = &writer->columns[c];
        if (column->value_count > 0) {
            cord_octets_put_varint(out, column->patched               ? BLOCK_PATCHED
                                        : gather->columns[c].personal ? BLOCK_PERSONAL
                                                                      : BLOCK_BODY);
            cord_octets_put_varint(out, column->value_count);
            cord_octets_put_varint(out, column->section);
            cord_octets_put_varint(out, column->offset);
            if (column->patched) {
                cord_octets_put_varint(out, column->patch_section);
                cord_octets_put_varint(out, column->patch_offset);
            }
        }
    }
}

/* Where a hole that rows have values for is among all holes of its shape. */
static uint32_t moved(const struct cord_block_shape *shape, uint32_t hole)
{
    uint32_t more = 0;
    uint32_t high = shape->inserted_count;
    while (more < high) {
        uint32_t middle = more + (high - more) / 2;
        if (shape->inserted[middle].hole <= hole) {
            more = middle + 1;
        } else {
            high = middle;
        }
    }
    return hole + more;
}

static void put_hole_source(struct cord_block_write *writer, uint32_t from, uint32_t *numbers)
{
    uint32_t kind = from & 3U;
    uint32_t number = from >> 2;
    if (kind == BLOCK_SOURCE_COLUMN) {
        number = writer->columns[number].number;
    }
    /* Neighbours have neighbouring numbers, so differences are short. */
    cord_octets_put_varint(&writer->directory,
                           cord_block_ints_zigzag((int64_t)number - (int64_t)numbers[kind]) << 2 |
                               kind);
    numbers[kind] = number;
}

/* The spans of a shape; skeleton[h]: what stands before hole h. */
static void put_spans(struct cord_block_write *writer, const char *from, uint32_t count,
                      const uint32_t *skeleton)
{
    struct cord_buf *out = &writer->directory;
    struct cord_block_place before = {0, 0, 0, 0};
    for (uint32_t i = 0; i < count; i++) {
        struct cord_block_key_span span;
        memcpy(&span, from, sizeof span);
        from += sizeof span;
        struct cord_block_place place = {span.holes, 0, span.holes + 1, 0};
        if (span.holes & CORD_BLOCK_KEY_PLACED) {
            memcpy(&place, from, sizeof place);
            from += sizeof place;
        } else {
            place.skeleton = place.skeleton_end = skeleton[span.holes];
        }
        cord_octets_put_varint(out, writer->fields[span.what & 0xffffffU]);
        cord_buf_put_char(out, (char)(span.what >> 24));
        put_signed(out, place.holes, before.holes_end);
        put_signed(out, place.skeleton, before.skeleton_end);
        put_signed(out, place.holes_end, place.holes);
        put_signed(out, place.skeleton_end, place.skeleton);
        before = place;
    }
}

/* What fills the next hole; *own counts those that rows have values for, *more
 * those that were inserted. */
static uint32_t next_source(const struct cord_block_write *writer,
                            const struct cord_block_shape *shape, const uint32_t *sources,
                            uint32_t *own, uint32_t *more)
{
    if (*more < shape->inserted_count && shape->inserted[*more].hole == *own) {
        return source(BLOCK_SOURCE_PERSONAL, writer->numbers[shape->inserted[(*more)++].value]);
    }
    uint32_t from = sources[(*own)++];
    return (from & 3U) == BLOCK_SOURCE_SAME ? source(BLOCK_SOURCE_SAME, moved(shape, from >> 2))
                                            : from;
}

static cord_status put_shape(struct cord_block_write *writer, const struct cord_block_shape *shape,
                             const uint32_t *sources)
{
    struct cord_buf *out = &writer->directory;
    struct cord_block_key head;
    const char *from = shape->key;
    uint32_t numbers[4] = {0, 0, 0, 0};
    uint32_t skeleton = 0;
    uint32_t own = 0;
    uint32_t more = 0;
    memcpy(&head, from, sizeof head);
    from += sizeof head;
    ROOM(writer->locals, writer->local_cap, head.hole_count + 1U);
    cord_octets_put_varint(out, writer->origins[head.origin]);
    cord_octets_put_varint(out, shape->row_count);
    cord_octets_put_varint(out, head.skeleton_len);
    cord_octets_put_varint(out, head.raw_holes);
    cord_octets_put_varint(out, head.raw_skeleton);
    cord_octets_put_varint(out, head.hole_count);
    cord_octets_put_varint(out, head.span_count);
    for (uint32_t h = 0; h < head.hole_count; h++, from += sizeof(struct cord_block_key_hole)) {
        struct cord_block_key_hole hole;
        memcpy(&hole, from, sizeof hole);
        cord_octets_put_varint(out, hole.gap);
        put_hole_source(writer, next_source(writer, shape, sources, &own, &more), numbers);
        skeleton += hole.gap;
        writer->locals[h] = skeleton;
    }
    put_spans(writer, from, head.span_count, writer->locals);
    for (size_t i = 0; i < CORD_ROLE_COUNT; i++) {
        cord_octets_put_varint(out, head.role[i] == CORD_VALUE_NONE ? 0 : head.role[i] + 1U);
    }
    return CORD_OK;
}

static cord_status put_directory(struct cord_block_write *writer,
                                 const struct cord_block_gather *gather,
                                 const struct cord_rows *rows)
{
    struct cord_buf *out = &writer->directory;
    const uint32_t *holes = writer->starts + 2 * gather->shape_count;
    cord_buf_clear(out);
    put_names(writer, rows);
    put_columns(writer, gather);
    cord_octets_put_varint(out, CORD_ROLE_COUNT);
    cord_octets_put_varint(out, gather->shape_count);
    for (size_t s = 0; s < gather->shape_count; s++) {
        cord_status status = put_shape(writer, &gather->shapes[s], writer->sources + holes[s]);
        if (status != CORD_OK) {
            return status;
        }
    }
    for (size_t s = 0; s < gather->shape_count; s++) {
        const struct cord_block_shape *shape = &gather->shapes[s];
        struct cord_block_key head;
        memcpy(&head, shape->key, sizeof head);
        cord_buf_put(
            out, (cord_str){shape->key + shape->key_len - head.skeleton_len, head.skeleton_len});
    }
    return out->failed ? CORD_E_LIMIT
                       : cord_block_part_directory(&writer->parts[BLOCK_BODY], writer->zstd, LEVEL,
                                                   cord_buf_str(out));
}

static cord_status prepare(struct cord_block_write *writer, const struct cord_block_gather *gather)
{
    size_t hole_count = 0;
    size_t inserted = 0;
    for (size_t s = 0; s < gather->shape_count; s++) {
        hole_count += gather->shapes[s].hole_count;
        inserted += gather->shapes[s].inserted_count;
    }
    if (inserted + hole_count > BLOCK_HOLES_MAX) {
        return CORD_E_LIMIT;
    }
    ROOM(writer->sources, writer->source_cap, hole_count + 1);
    ROOM(writer->numbers, writer->number_cap, gather->dictionary.count + 1);
    ROOM(writer->seen, writer->seen_cap, gather->dictionary.count + 1);
    memset(writer->numbers, 0xff, gather->dictionary.count * sizeof *writer->numbers);
    memset(writer->seen, 0, gather->dictionary.count * sizeof *writer->seen);
    for (size_t i = 0; i < BLOCK_PARTS; i++) {
        writer->pools[i].count = 0;
        cord_buf_clear(&writer->streams[i]);
        cord_block_part_clear(&writer->parts[i]);
    }
    writer->column_count = 0;
    cord_status status = turn(writer, gather);
    status = status == CORD_OK ? find_sources(writer, gather) : status;
    return status == CORD_OK ? sort_by_column(writer, gather, hole_count) : status;
}

/* Values of the holes that shapes got, which no column has. */
static cord_status number_inserted(struct cord_block_write *writer,
                                   const struct cord_block_gather *gather)
{
    cord_status status = CORD_OK;
    for (size_t s = 0; s < gather->shape_count; s++) {
        const struct cord_block_shape *shape = &gather->shapes[s];
        for (uint32_t i = 0; i < shape->inserted_count && status == CORD_OK; i++) {
            uint32_t number = 0;
            status = number_of(writer, shape->inserted[i].value, BLOCK_PERSONAL, &number);
        }
    }
    return status;
}

static cord_status make_sections(struct cord_block_write *writer,
                                 const struct cord_block_gather *gather,
                                 const struct cord_rows *rows, const uint32_t *which)
{
    cord_status status = prepare(writer, gather);
    if (status == CORD_OK) {
        status = cord_block_part_add(&writer->parts[BLOCK_BODY], writer->zstd, LEVEL,
                                     CORD_BLOCK_PART_DIRECTORY, (cord_str){NULL, 0});
    }
    status = status == CORD_OK ? use_names(writer, gather, rows) : status;
    status = status == CORD_OK ? put_rows(writer, gather, rows, which) : status;
    for (uint32_t c = 0; c < gather->column_count && status == CORD_OK; c++) {
        status = write_column(writer, gather, c);
    }
    status = status == CORD_OK ? number_inserted(writer, gather) : status;
    for (unsigned part = 0; part < BLOCK_PARTS && status == CORD_OK; part++) {
        status = put_pool(writer, gather, part);
    }
    return status == CORD_OK ? put_directory(writer, gather, rows) : status;
}

cord_status cord_block_write_parts(struct cord_block_write *writer,
                                   const struct cord_block_gather *gather,
                                   const struct cord_rows *rows, const uint32_t *which,
                                   const struct cord_block_parts *parts,
                                   struct cord_block_head *head)
{
    cord_status status = make_sections(writer, gather, rows, which);
    if (status != CORD_OK) {
        return status;
    }
    char bytes[CORD_BLOCK_HEAD_BYTES] = {0};
    head->origin_count = writer->origin_count;
    size_t before = parts->personal->len;
    if (writer->parts[BLOCK_PERSONAL].section_count > 0) {
        cord_block_part_put_magic(bytes, BLOCK_PERSONAL_MAGIC);
        cord_block_part_put_u64(bytes + 16, writer->parts[BLOCK_BODY].sections[0].checksum);
        cord_block_part_put(&writer->parts[BLOCK_PERSONAL],
                            (cord_str){bytes, CORD_BLOCK_HEAD_PERSONAL_BYTES}, parts->personal);
        head->personal_bytes = parts->personal->len - before;
    }
    cord_block_head_put(head, bytes);
    cord_block_part_put(&writer->parts[BLOCK_BODY], (cord_str){bytes, CORD_BLOCK_HEAD_BYTES},
                        parts->body);
    return parts->body->failed || parts->personal->failed ? CORD_E_LIMIT : CORD_OK;
}
