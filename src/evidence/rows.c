/* rows.c: see rows.h. */
#include "evidence/rows.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/vec.h"

#include <stdlib.h>

enum { ORIGIN_TEXTS = 7 };

#define KEY_BYTES_MAX ((size_t)1 << 20)

struct field {
    const cord_str *names;
    size_t name_count;
};

struct cord_rows {
    struct cord_arena *arena; /* of rows: texts and spans */
    struct cord_arena *names; /* of fields and origins, and the keys of the maps */
    size_t bytes_max;
    uint64_t seed;
    struct cord_buf key; /* scratch: what a field or an origin is looked up by */
    struct cord_map field_numbers;
    struct cord_map origin_numbers;
    struct field *fields;
    size_t field_count;
    size_t field_cap;
    struct cord_origin *origins;
    size_t origin_count;
    size_t origin_cap;
    struct cord_row *rows;
    size_t row_count;
    size_t row_cap;
};

struct cord_rows *cord_rows_new(size_t bytes_max, uint64_t seed)
{
    struct cord_rows *rows = calloc(1, sizeof *rows);
    if (!rows) {
        return NULL;
    }
    rows->bytes_max = bytes_max;
    rows->seed = seed;
    cord_buf_init(&rows->key, KEY_BYTES_MAX);
    cord_map_init(&rows->field_numbers, seed);
    cord_map_init(&rows->origin_numbers, seed);
    rows->arena = cord_arena_new(bytes_max);
    rows->names = cord_arena_new(bytes_max);
    if (!rows->arena || !rows->names) {
        cord_rows_free(rows);
        return NULL;
    }
    return rows;
}

void cord_rows_free(struct cord_rows *rows)
{
    if (!rows) {
        return;
    }
    free(rows->rows);
    free(rows->origins);
    free(rows->fields);
    cord_map_done(&rows->origin_numbers);
    cord_map_done(&rows->field_numbers);
    cord_buf_done(&rows->key);
    cord_arena_free(rows->names);
    cord_arena_free(rows->arena);
    free(rows);
}

void cord_rows_reset(struct cord_rows *rows)
{
    cord_map_done(&rows->origin_numbers);
    cord_map_done(&rows->field_numbers);
    cord_map_init(&rows->origin_numbers, rows->seed);
    cord_map_init(&rows->field_numbers, rows->seed);
    rows->origin_count = 0;
    rows->field_count = 0;
    cord_arena_reset(rows->names);
    cord_rows_clear(rows);
}

void cord_rows_clear(struct cord_rows *rows)
{
    rows->row_count = 0;
    cord_arena_rewind(rows->arena);
}

size_t cord_rows_bytes(const struct cord_rows *rows)
{
    return cord_arena_held(rows->arena) + cord_arena_held(rows->names) +
           rows->row_cap * sizeof *rows->rows + rows->origin_cap * sizeof *rows->origins +
           rows->field_cap * sizeof *rows->fields;
}

/* Lengths in front, so that no two lists of texts give the same key. */
static cord_status make_key(struct cord_rows *rows, const cord_str *texts, size_t count)
{
    size_t bytes = 0;
    cord_buf_clear(&rows->key);
    for (size_t i = 0; i < count; i++) {
        uint64_t len = texts[i].len;
        if (bytes + sizeof len > KEY_BYTES_MAX || len > KEY_BYTES_MAX - sizeof len - bytes) {
            return CORD_E_LIMIT;
        }
        bytes += len + sizeof len;
        cord_buf_put(&rows->key, (cord_str){(const char *)&len, sizeof len});
        cord_buf_put(&rows->key, texts[i]);
    }
    return rows->key.failed ? CORD_E_NOMEM : CORD_OK;
}

/* Copies the key, which the map borrows, and enters it. */
static cord_status enter(struct cord_rows *rows, struct cord_map *map, size_t number)
{
    cord_str key = cord_arena_copy(rows->names, cord_buf_str(&rows->key));
    return key.ptr ? cord_map_put(map, key, (uint32_t)number) : cord_arena_failure(rows->names);
}

cord_status cord_rows_origin(struct cord_rows *rows, const struct cord_origin *origin,
                             uint32_t *ret_origin)
{
    cord_str texts[ORIGIN_TEXTS] = {origin->organisation, origin->source,  origin->format,
                                    origin->event_class,  origin->product, origin->category,
                                    origin->service};
    cord_status status = make_key(rows, texts, ORIGIN_TEXTS);
    if (status != CORD_OK) {
        return status;
    }
    uint32_t known = cord_map_get(&rows->origin_numbers, cord_buf_str(&rows->key));
    if (known != CORD_MAP_NONE) {
        *ret_origin = known;
        return CORD_OK;
    }
    if (rows->origin_count == CORD_ROWS_ORIGINS_MAX) {
        return CORD_E_LIMIT;
    }
    struct cord_origin *origins =
        cord_vec_room(rows->origins, rows->origin_count, &rows->origin_cap, sizeof *origins);
    if (!origins) {
        return CORD_E_NOMEM;
    }
    rows->origins = origins;
    for (size_t i = 0; i < ORIGIN_TEXTS; i++) {
        texts[i] = cord_arena_copy(rows->names, texts[i]);
        if (!texts[i].ptr) {
            return cord_arena_failure(rows->names);
        }
    }
    status = enter(rows, &rows->origin_numbers, rows->origin_count);
    if (status != CORD_OK) {
        return status;
    }
    origins[rows->origin_count] =
        (struct cord_origin){texts[0], texts[1], texts[2], texts[3], texts[4], texts[5], texts[6]};
    *ret_origin = (uint32_t)rows->origin_count++;
    return CORD_OK;
}

cord_status cord_rows_field(struct cord_rows *rows, const cord_str *names, size_t name_count,
                            uint32_t *ret_field)
{
    if (name_count == 0 || name_count > CORD_FIELD_NAMES_MAX) {
        return CORD_E_LIMIT;
    }
    cord_status status = make_key(rows, names, name_count);
    if (status != CORD_OK) {
        return status;
    }
    uint32_t known = cord_map_get(&rows->field_numbers, cord_buf_str(&rows->key));
    if (known != CORD_MAP_NONE) {
        *ret_field = known;
        return CORD_OK;
    }
    if (rows->field_count == CORD_ROWS_FIELDS_MAX) {
        return CORD_E_LIMIT;
    }
    struct field *fields =
        cord_vec_room(rows->fields, rows->field_count, &rows->field_cap, sizeof *fields);
    if (!fields) {
        return CORD_E_NOMEM;
    }
    rows->fields = fields;
    cord_str *copies = cord_arena_zalloc(rows->names, name_count, sizeof *copies);
    for (size_t i = 0; copies && i < name_count; i++) {
        copies[i] = cord_arena_copy(rows->names, names[i]);
        copies = copies[i].ptr ? copies : NULL;
    }
    if (!copies) {
        return cord_arena_failure(rows->names);
    }
    status = enter(rows, &rows->field_numbers, rows->field_count);
    if (status != CORD_OK) {
        return status;
    }
    fields[rows->field_count] = (struct field){copies, name_count};
    *ret_field = (uint32_t)rows->field_count++;
    return CORD_OK;
}

static bool is_within_bounds(const struct cord_rows *rows, const struct cord_row *row)
{
    if (row->origin >= rows->origin_count || row->raw_len > row->text.len ||
        row->span_count >= CORD_VALUE_NONE || (row->span_count > 0 && !row->spans)) {
        return false;
    }
    for (uint32_t i = 0; i < row->span_count; i++) {
        const struct cord_span *span = &row->spans[i];
        if (span->field >= rows->field_count || span->at > row->text.len ||
            span->len > row->text.len - span->at) {
            return false;
        }
    }
    for (size_t i = 0; i < CORD_ROLE_COUNT; i++) {
        if (row->role[i] != CORD_VALUE_NONE && row->role[i] >= row->span_count) {
            return false;
        }
    }
    return true;
}

cord_status cord_rows_lend(struct cord_rows *rows, const struct cord_row *row)
{
    if (!is_within_bounds(rows, row)) {
        return CORD_E_FORMAT;
    }
    if (cord_rows_bytes(rows) > rows->bytes_max) {
        return CORD_E_LIMIT;
    }
    struct cord_row *all = cord_vec_room(rows->rows, rows->row_count, &rows->row_cap, sizeof *all);
    if (!all) {
        return CORD_E_NOMEM;
    }
    rows->rows = all;
    struct cord_row copy = *row;
    struct cord_span *spans =
        cord_arena_alloc(rows->arena, (size_t)row->span_count * sizeof *spans);
    if (!spans) {
        return cord_arena_failure(rows->arena);
    }
    if (row->spans && row->span_count > 0) {
        memcpy(spans, row->spans, (size_t)row->span_count * sizeof *spans);
    }
    copy.spans = spans;
    all[rows->row_count++] = copy;
    return CORD_OK;
}

cord_status cord_rows_add(struct cord_rows *rows, const struct cord_row *row)
{
    cord_status status = cord_rows_lend(rows, row);
    if (status != CORD_OK) {
        return status;
    }
    struct cord_row *added = &rows->rows[rows->row_count - 1];
    added->text = cord_arena_copy(rows->arena, row->text);
    if (!added->text.ptr) {
        rows->row_count--;
        return cord_arena_failure(rows->arena);
    }
    return CORD_OK;
}

cord_status cord_rows_copy(struct cord_rows *rows, const struct cord_rows *from, size_t at)
{
    struct cord_row copy = from->rows[at];
    struct cord_span *spans = NULL;
    cord_status status = cord_rows_origin(rows, &from->origins[copy.origin], &copy.origin);
    if (status == CORD_OK && copy.span_count > 0) {
        spans = malloc((size_t)copy.span_count * sizeof *spans);
        status = spans ? CORD_OK : CORD_E_NOMEM;
    }
    for (uint32_t i = 0; i < copy.span_count && status == CORD_OK; i++) {
        const struct field *field = &from->fields[copy.spans[i].field];
        uint32_t number = 0;
        status = cord_rows_field(rows, field->names, field->name_count, &number);
        spans[i] = copy.spans[i];
        spans[i].field = number & 0xffffffu;
    }
    if (status == CORD_OK) {
        copy.spans = spans;
        status = cord_rows_add(rows, &copy);
    }
    free(spans);
    return status;
}

size_t cord_rows_count(const struct cord_rows *rows)
{
    return rows->row_count;
}

const struct cord_row *cord_rows_at(const struct cord_rows *rows, size_t at)
{
    return &rows->rows[at];
}

void cord_rows_number(struct cord_rows *rows, size_t from, uint64_t first)
{
    for (size_t at = from; at < rows->row_count; at++) {
        rows->rows[at].sequence = first + (at - from);
    }
}

uint32_t cord_rows_origin_count(const struct cord_rows *rows)
{
    return (uint32_t)rows->origin_count;
}

const struct cord_origin *cord_rows_origin_at(const struct cord_rows *rows, uint32_t origin)
{
    return &rows->origins[origin];
}

uint32_t cord_rows_field_count(const struct cord_rows *rows)
{
    return (uint32_t)rows->field_count;
}

const cord_str *cord_rows_names(const struct cord_rows *rows, uint32_t field, size_t *ret_count)
{
    *ret_count = rows->fields[field].name_count;
    return rows->fields[field].names;
}
