/* block_unpack.c: a block's rows again, as they were. See block.h. */
#include "evidence/block_internal.h"

#include <stdlib.h>

/* One row being put together, and what all rows of one call share. */
struct unpacker {
    struct cord_block *block;
    struct cord_rows *rows;
    const struct cord_block_times *times;
    const struct cord_block_words *words[BLOCK_PARTS];
    const struct cord_block_entries **columns;
    uint32_t *fields; /* the block's, as numbers of the rows; or none yet */
    uint32_t *origins;
    uint64_t text_bytes;
    struct cord_buf text;
    uint32_t *held; /* bytes in the first h holes */
    struct cord_span *spans;
};

static void unpacker_done(struct unpacker *unpacker)
{
    free(unpacker->columns);
    free(unpacker->fields);
    free(unpacker->origins);
    free(unpacker->held);
    free(unpacker->spans);
    cord_buf_done(&unpacker->text);
}

static cord_status unpacker_init(struct unpacker *unpacker, struct cord_block *block,
                                 struct cord_rows *rows, struct cord_error *err)
{
    size_t holes = 0;
    size_t spans = 0;
    *unpacker = (struct unpacker){.block = block, .rows = rows};
    cord_buf_init(&unpacker->text, BLOCK_TEXT_MAX);
    for (uint32_t s = 0; s < block->shape_count; s++) {
        holes = block->shapes[s].hole_count > holes ? block->shapes[s].hole_count : holes;
        spans = block->shapes[s].span_count > spans ? block->shapes[s].span_count : spans;
    }
    unpacker->columns = calloc(block->column_count + 1U, sizeof *unpacker->columns);
    unpacker->fields = malloc((block->field_count + 1U) * sizeof *unpacker->fields);
    unpacker->origins = malloc((block->origin_count + 1U) * sizeof *unpacker->origins);
    unpacker->held = calloc(holes + 1, sizeof *unpacker->held);
    unpacker->spans = calloc(spans + 1, sizeof *unpacker->spans);
    if (!unpacker->columns || !unpacker->fields || !unpacker->origins || !unpacker->held ||
        !unpacker->spans) {
        return CORD_E_NOMEM;
    }
    memset(unpacker->fields, 0xff, block->field_count * sizeof *unpacker->fields);
    memset(unpacker->origins, 0xff, block->origin_count * sizeof *unpacker->origins);
    cord_status status = cord_block_column_times(block, &unpacker->times, err);
    for (unsigned part = 0; part < BLOCK_PARTS && status == CORD_OK; part++) {
        status = cord_block_column_words(block, part, &unpacker->words[part], err);
    }
    return status;
}

static cord_status hole_text(struct unpacker *unpacker, const struct cord_block_hole_at *hole,
                             uint32_t rank, cord_str *ret_text, struct cord_error *err)
{
    uint32_t value = hole->value;
    if (hole->column != CORD_BLOCK_COLUMN_NONE) {
        const struct cord_block_entries **column = &unpacker->columns[hole->column];
        if (!*column) {
            cord_status status =
                cord_block_column_entries(unpacker->block, hole->column, column, err);
            if (status != CORD_OK) {
                return status;
            }
        }
        uint32_t entry = hole->start + rank;
        value = (*column)->distinct[(*column)->entries ? (*column)->entries[entry] : entry];
    }
    *ret_text = cord_block_column_text(unpacker->words, hole->part, value);
    return CORD_OK;
}

static cord_status text_room(struct unpacker *unpacker, size_t more, struct cord_error *err)
{
    struct cord_buf *text = &unpacker->text;
    if (text->cap - text->len >= more || cord_buf_reserve(text, more)) {
        return CORD_OK;
    }
    return cord_error_set(err, CORD_E_LIMIT, "a row would unpack to more than %u MB",
                          BLOCK_TEXT_MAX >> 20);
}

static void put(struct cord_buf *text, const char *bytes, size_t len)
{
    if (len > 0) {
        memcpy(text->ptr + text->len, bytes, len);
        text->len += len;
    }
}

/* The row's text, and how much of it is in holes. */
static cord_status fill(struct unpacker *unpacker, const struct cord_block_form *shape,
                        uint32_t rank, struct cord_error *err)
{
    struct cord_buf *text = &unpacker->text;
    size_t skeleton = 0;
    cord_buf_clear(text);
    unpacker->held[0] = 0;
    for (uint32_t h = 0; h < shape->hole_count; h++) {
        const struct cord_block_hole_at *hole = &shape->holes[h];
        cord_str value = {NULL, 0};
        cord_status status = hole_text(unpacker, hole, rank, &value, err);
        status = status == CORD_OK ? text_room(unpacker, hole->gap + value.len, err) : status;
        if (status != CORD_OK) {
            return status;
        }
        put(text, shape->skeleton.ptr + skeleton, hole->gap);
        put(text, value.ptr, value.len);
        skeleton += hole->gap;
        unpacker->held[h + 1] = (uint32_t)(text->len - skeleton);
    }
    size_t rest = shape->skeleton.len - skeleton;
    cord_status status = text_room(unpacker, rest, err);
    if (status != CORD_OK) {
        return status;
    }
    put(text, shape->skeleton.ptr + skeleton, rest);
    unpacker->text_bytes += text->len;
    if (unpacker->text_bytes > BLOCK_TEXT_MAX) {
        return cord_error_set(err, CORD_E_LIMIT, "rows would unpack to more than %u MB",
                              BLOCK_TEXT_MAX >> 20);
    }
    return CORD_OK;
}

static cord_status field_of(struct unpacker *unpacker, uint32_t field, uint32_t *ret_field)
{
    if (unpacker->fields[field] == CORD_BLOCK_COLUMN_NONE) {
        const struct block_names *names = &unpacker->block->fields[field];
        cord_status status =
            cord_rows_field(unpacker->rows, names->names, names->count, &unpacker->fields[field]);
        if (status != CORD_OK) {
            return status;
        }
    }
    *ret_field = unpacker->fields[field];
    return CORD_OK;
}

static cord_status place(struct unpacker *unpacker, const struct cord_block_form *shape)
{
    for (uint32_t i = 0; i < shape->span_count; i++) {
        const struct cord_block_span *span = &shape->spans[i];
        uint32_t field = 0;
        cord_status status = field_of(unpacker, span->field, &field);
        if (status != CORD_OK) {
            return status;
        }
        uint32_t at = span->skeleton + unpacker->held[span->holes];
        uint32_t end = span->skeleton_end + unpacker->held[span->holes_end];
        unpacker->spans[i] = (struct cord_span){.at = at,
                                                .len = end - at,
                                                .field = field & 0xffffffU,
                                                .kind = span->kind & 15U,
                                                .flags = span->flags & 15U};
    }
    return CORD_OK;
}

static cord_status unpack_row(struct unpacker *unpacker, uint32_t at, struct cord_error *err)
{
    const struct cord_block_times *times = unpacker->times;
    const struct cord_block_form *shape = &unpacker->block->shapes[times->shape[at]];
    uint32_t *origin = &unpacker->origins[shape->origin];
    cord_status status = CORD_OK;
    if (*origin == CORD_BLOCK_COLUMN_NONE) {
        status = cord_rows_origin(unpacker->rows, &unpacker->block->origins[shape->origin], origin);
    }
    status = status == CORD_OK ? fill(unpacker, shape, times->rank[at], err) : status;
    status = status == CORD_OK ? place(unpacker, shape) : status;
    if (status != CORD_OK) {
        return status;
    }
    struct cord_row row = {
        .sequence = times->sequence[at],
        .time_ns = times->has_time[at] ? times->when_ns[at] : CORD_TIME_NONE,
        .received_ns = times->received_ns[at],
        .origin = *origin,
        .raw_len = shape->raw_skeleton + unpacker->held[shape->raw_holes],
        .text = cord_buf_str(&unpacker->text),
        .spans = unpacker->spans,
        .span_count = shape->span_count,
    };
    memcpy(row.role, shape->role, sizeof row.role);
    return cord_rows_add(unpacker->rows, &row);
}

cord_status cord_block_unpack(struct cord_block *block, const uint32_t *which, size_t count,
                              struct cord_rows *rows, struct cord_error *err)
{
    struct unpacker unpacker;
    cord_status status = unpacker_init(&unpacker, block, rows, err);
    count = which ? count : block->head.row_count;
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        uint32_t at = which ? which[i] : (uint32_t)i;
        status = at < block->head.row_count
                     ? unpack_row(&unpacker, at, err)
                     : cord_error_set(err, CORD_E_NOENT, "no row %u in this block", at);
    }
    unpacker_done(&unpacker);
    return status;
}
