/* block_column.c: see block_column.h. */
#include "evidence/block_column.h"

#include "evidence/block_internal.h"
#include "evidence/block_ints.h"

#include <stdlib.h>

uint32_t cord_block_column_shapes(const struct cord_block *block)
{
    return block->shape_count;
}

const struct cord_block_form *cord_block_column_shape(const struct cord_block *block,
                                                      uint32_t shape)
{
    return &block->shapes[shape];
}

const struct cord_origin *cord_block_column_origin(const struct cord_block *block, uint32_t origin)
{
    return &block->origins[origin];
}

uint32_t cord_block_column_fields(const struct cord_block *block)
{
    return block->field_count;
}

const cord_str *cord_block_column_names(const struct cord_block *block, uint32_t field,
                                        size_t *ret_count)
{
    *ret_count = block->fields[field].count;
    return block->fields[field].names;
}

uint32_t cord_block_column_count(const struct cord_block *block)
{
    return block->column_count;
}

unsigned cord_block_column_part(const struct cord_block *block, uint32_t column)
{
    return block->columns[column].part;
}

static cord_status rows_section(struct cord_block *block, cord_str *ret_text,
                                struct cord_error *err)
{
    struct cord_block_part *body = &block->parts[BLOCK_BODY];
    for (size_t i = 0; i < body->section_count; i++) {
        if (body->sections[i].kind == CORD_BLOCK_PART_ROWS) {
            return cord_block_part_text(body, i, ret_text, err);
        }
    }
    return cord_error_set(err, CORD_E_FORMAT, "no rows section");
}

/* Each row's rank among those of its shape; the counts must be the directory's. */
static bool rank_rows(const struct cord_block *block, const uint32_t *shape, uint32_t *rank,
                      uint32_t *next)
{
    for (uint32_t i = 0; i < block->head.row_count; i++) {
        rank[i] = next[shape[i]]++;
        if (rank[i] >= block->shapes[shape[i]].row_count) {
            return false;
        }
    }
    return true;
}

/* Shapes and times; what stands between them waits until it is asked for. */
static cord_status load_when(struct cord_block *block, cord_str text, struct cord_error *err)
{
    size_t count = block->head.row_count;
    struct cord_arena *arena = block->arena;
    int64_t *when = cord_arena_alloc(arena, (count + 1) * sizeof *when);
    uint32_t *shape = cord_arena_alloc(arena, (count + 1) * sizeof *shape);
    uint32_t *rank = cord_arena_alloc(arena, (count + 1) * sizeof *rank);
    uint32_t *next = cord_arena_zalloc(arena, block->shape_count + 1U, sizeof *next);
    if (!when || !shape || !rank || !next) {
        return cord_arena_failure(arena);
    }
    cord_status status = cord_block_ints_take_u32(&text, count, block->shape_count, shape);
    if (status == CORD_OK && !rank_rows(block, shape, rank, next)) {
        status = CORD_E_FORMAT;
    }
    for (int skipped = 0; skipped < 3 && status == CORD_OK; skipped++) {
        status = cord_block_ints_skip(&text, count);
    }
    status = status == CORD_OK ? cord_block_ints_take(&text, count, when) : status;
    if (status != CORD_OK || text.len > 0) {
        return status == CORD_E_NOMEM
                   ? status
                   : cord_error_set(err, CORD_E_FORMAT, "rows section does not add up");
    }
    block->times.when_ns = when;
    block->times.shape = shape;
    block->times.rank = rank;
    block->when_loaded = true;
    return CORD_OK;
}

/* The rest. */
static cord_status load_times(struct cord_block *block, cord_str text, struct cord_error *err)
{
    size_t count = block->head.row_count;
    struct cord_arena *arena = block->arena;
    int64_t *received = cord_arena_alloc(arena, (count + 1) * sizeof *received);
    int64_t *sequence = cord_arena_alloc(arena, (count + 1) * sizeof *sequence);
    int64_t *scratch = cord_arena_alloc(arena, (count + 1) * sizeof *scratch);
    uint8_t *has_time = cord_arena_alloc(arena, count + 1);
    if (!received || !sequence || !scratch || !has_time) {
        return cord_arena_failure(arena);
    }
    if (cord_block_ints_skip(&text, count) != CORD_OK ||
        cord_block_ints_take(&text, count, sequence) != CORD_OK ||
        cord_block_ints_take(&text, count, received) != CORD_OK ||
        cord_block_ints_take(&text, count, scratch) != CORD_OK) {
        return cord_error_set(err, CORD_E_FORMAT, "rows section does not add up");
    }
    for (size_t i = 0; i < count; i++) {
        has_time[i] = scratch[i] != 0;
    }
    block->times.received_ns = received;
    block->times.sequence = (const uint64_t *)sequence;
    block->times.has_time = has_time;
    block->times_loaded = true;
    return CORD_OK;
}

void cord_block_column_place(const struct cord_block *block, const struct cord_block_times *times,
                             uint32_t *ret_starts, uint32_t *ret_rows)
{
    uint32_t start = 0;
    for (uint32_t shape = 0; shape < block->shape_count; shape++) {
        ret_starts[shape] = start;
        start += block->shapes[shape].row_count;
    }
    ret_starts[block->shape_count] = start;
    for (uint32_t row = 0; row < block->head.row_count; row++) {
        ret_rows[ret_starts[times->shape[row]] + times->rank[row]] = row;
    }
}

cord_status cord_block_column_when(struct cord_block *block,
                                   const struct cord_block_times **ret_times,
                                   struct cord_error *err)
{
    if (!block->when_loaded) {
        cord_str text = {NULL, 0};
        cord_status status = rows_section(block, &text, err);
        status = status == CORD_OK ? load_when(block, text, err) : status;
        if (status != CORD_OK) {
            return status;
        }
    }
    *ret_times = &block->times;
    return CORD_OK;
}

cord_status cord_block_column_times(struct cord_block *block,
                                    const struct cord_block_times **ret_times,
                                    struct cord_error *err)
{
    cord_status status = cord_block_column_when(block, ret_times, err);
    if (status == CORD_OK && !block->times_loaded) {
        cord_str text = {NULL, 0};
        status = rows_section(block, &text, err);
        status = status == CORD_OK ? load_times(block, text, err) : status;
    }
    return status;
}

/* The offsets of the values whose lengths `text` lists. */
static cord_status load_offsets(struct cord_block *block, cord_str text, cord_str words,
                                struct cord_block_words *ret_words, struct cord_error *err)
{
    uint64_t count = 0;
    if (text.len > 0 && cord_block_ints_take_varint(&text, &count) != CORD_OK) {
        return cord_error_set(err, CORD_E_FORMAT, "dictionary does not add up");
    }
    if (count > BLOCK_VALUES_MAX / 8) {
        return cord_error_set(err, CORD_E_LIMIT, "dictionary has too many values");
    }
    uint32_t *offsets = cord_arena_alloc(block->arena, (count + 1) * sizeof *offsets);
    if (!offsets) {
        return cord_arena_failure(block->arena);
    }
    /* Lengths first, each behind the offset that it leads to. */
    cord_status status = CORD_OK;
    if (count > 0) {
        status = cord_block_ints_take_u32(&text, count, UINT32_MAX, offsets + 1);
    }
    uint64_t at = 0;
    offsets[0] = 0;
    for (size_t i = 1; i <= count && status == CORD_OK; i++) {
        at += offsets[i];
        offsets[i] = (uint32_t)at;
        status = at <= words.len ? CORD_OK : CORD_E_FORMAT;
    }
    if (status == CORD_E_NOMEM) {
        return status;
    }
    if (status != CORD_OK || at != words.len || text.len > 0) {
        return cord_error_set(err, CORD_E_FORMAT, "dictionary does not add up");
    }
    *ret_words = (struct cord_block_words){words, offsets, (uint32_t)count};
    return CORD_OK;
}

/* What holes say in all rows must be in the dictionary. */
static cord_status check_constants(const struct cord_block *block, unsigned part,
                                   struct cord_error *err)
{
    for (uint32_t s = 0; s < block->shape_count; s++) {
        const struct cord_block_form *shape = &block->shapes[s];
        for (uint32_t h = 0; h < shape->hole_count; h++) {
            const struct cord_block_hole_at *hole = &shape->holes[h];
            if (hole->part == part && hole->column == CORD_BLOCK_COLUMN_NONE &&
                hole->value != CORD_BLOCK_COLUMN_EXPIRED &&
                hole->value >= block->words[part].count) {
                return cord_error_set(err, CORD_E_FORMAT, "shape %u: no value %u", s, hole->value);
            }
        }
    }
    return CORD_OK;
}

/* Room for the dictionary's text, and which section has which stretch of it. */
static cord_status lay_out_text(struct cord_block *block, unsigned part, cord_str *ret_text)
{
    const struct cord_block_part *of = &block->parts[part];
    struct block_stretch *stretches =
        cord_arena_zalloc(block->arena, of->section_count + 1, sizeof *stretches);
    size_t count = 0;
    size_t len = 0;
    if (!stretches) {
        return cord_arena_failure(block->arena);
    }
    for (size_t i = 0; i < of->section_count; i++) {
        if (of->sections[i].kind == CORD_BLOCK_PART_TEXT) {
            stretches[count++] = (struct block_stretch){i, len, len + of->sections[i].len, false};
            len += of->sections[i].len;
        }
    }
    free(block->word_text[part]);
    block->word_text[part] = malloc(len + 1);
    if (!block->word_text[part]) {
        return CORD_E_NOMEM;
    }
    block->stretches[part] = stretches;
    block->stretch_count[part] = count;
    *ret_text = (cord_str){block->word_text[part], len};
    return CORD_OK;
}

cord_status cord_block_column_offsets(struct cord_block *block, unsigned part,
                                      const struct cord_block_words **ret_words,
                                      struct cord_error *err)
{
    if (!block->offsets_loaded[part]) {
        cord_str text = {NULL, 0};
        cord_str lengths = {NULL, 0};
        cord_status status =
            cord_block_part_all(&block->parts[part], CORD_BLOCK_PART_LENGTHS, &lengths, err);
        if (status != CORD_OK) {
            return status;
        }
        status = lay_out_text(block, part, &text);
        if (status == CORD_OK) {
            status = load_offsets(block, lengths, text, &block->words[part], err);
        }
        free((char *)(uintptr_t)lengths.ptr);
        status = status == CORD_OK ? check_constants(block, part, err) : status;
        if (status != CORD_OK) {
            return status;
        }
        block->offsets_loaded[part] = true;
    }
    *ret_words = &block->words[part];
    return CORD_OK;
}

static cord_status load_stretch(struct cord_block *block, unsigned part, size_t at,
                                struct cord_error *err)
{
    struct block_stretch *stretch = &block->stretches[part][at];
    if (stretch->loaded) {
        return CORD_OK;
    }
    cord_status status = cord_block_part_unpack(&block->parts[part], stretch->section,
                                                block->word_text[part] + stretch->at, err);
    stretch->loaded = status == CORD_OK;
    return status;
}

cord_status cord_block_column_words(struct cord_block *block, unsigned part,
                                    const struct cord_block_words **ret_words,
                                    struct cord_error *err)
{
    cord_status status = cord_block_column_offsets(block, part, ret_words, err);
    for (size_t i = 0;
         status == CORD_OK && !block->words_loaded[part] && i < block->stretch_count[part]; i++) {
        status = load_stretch(block, part, i, err);
    }
    block->words_loaded[part] = block->words_loaded[part] || status == CORD_OK;
    return status;
}

/* The last stretch that begins at or before `at`. */
static size_t find_stretch(const struct cord_block *block, unsigned part, size_t at)
{
    size_t low = 0;
    size_t high = block->stretch_count[part];
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (block->stretches[part][middle].at <= at) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

cord_status cord_block_column_read(struct cord_block *block, unsigned part, uint32_t value,
                                   cord_str *ret_text, struct cord_error *err)
{
    const struct cord_block_words *words = NULL;
    if (value != CORD_BLOCK_COLUMN_EXPIRED && (value & CORD_BLOCK_COLUMN_PERSONAL) != 0) {
        part = BLOCK_PERSONAL;
        value &= ~CORD_BLOCK_COLUMN_PERSONAL;
    }
    cord_status status = cord_block_column_offsets(block, part, &words, err);
    if (status == CORD_OK && value != CORD_BLOCK_COLUMN_EXPIRED && !block->words_loaded[part]) {
        size_t from = words->offsets[value];
        size_t end = words->offsets[value + 1];
        for (size_t i = find_stretch(block, part, from);
             status == CORD_OK && i < block->stretch_count[part] &&
             block->stretches[part][i].at < end;
             i++) {
            status = load_stretch(block, part, i, err);
        }
    }
    if (status == CORD_OK) {
        *ret_text = cord_block_column_word(words, value);
    }
    return status;
}

/* A personal column that has expired: one value, which is none. */
static cord_status expire(struct cord_block *block, struct block_column *column)
{
    uint32_t *distinct = cord_arena_alloc(block->arena, sizeof *distinct);
    uint32_t *entries = cord_arena_zalloc(block->arena, column->count + 1U, sizeof *entries);
    if (!distinct || !entries) {
        return cord_arena_failure(block->arena);
    }
    *distinct = CORD_BLOCK_COLUMN_EXPIRED;
    column->entries = (struct cord_block_entries){column->count, 1, distinct, entries};
    column->distinct_loaded = true;
    column->loaded = true;
    return CORD_OK;
}

static cord_status decode_distinct(struct cord_block *block, struct block_column *column,
                                   cord_str text, uint32_t word_count, struct cord_error *err)
{
    uint64_t count = 0;
    if (cord_block_ints_take_varint(&text, &count) != CORD_OK || count > column->count ||
        count == 0) {
        return cord_error_set(err, CORD_E_FORMAT, "column does not add up");
    }
    uint32_t *distinct = cord_arena_alloc(block->arena, count * sizeof *distinct);
    if (!distinct) {
        return cord_arena_failure(block->arena);
    }
    cord_status status = cord_block_ints_take_u32(&text, count, word_count, distinct);
    if (status != CORD_OK) {
        return status == CORD_E_NOMEM
                   ? status
                   : cord_error_set(err, CORD_E_FORMAT, "column does not add up");
    }
    column->entries = (struct cord_block_entries){column->count, (uint32_t)count, distinct, NULL};
    column->own_count = (uint32_t)count;
    column->packed = text;
    return CORD_OK;
}

static cord_status damaged_patch(struct cord_error *err, cord_status status)
{
    return status == CORD_E_NOMEM ? status
                                  : cord_error_set(err, CORD_E_FORMAT, "patch does not add up");
}

/* The values that take the places of others, behind the column's own. */
static cord_status decode_patch(struct cord_block *block, struct block_column *column,
                                cord_str text, uint32_t word_count, struct cord_error *err)
{
    struct cord_block_entries *entries = &column->entries;
    uint32_t own = entries->distinct_count;
    uint64_t stands = 0;
    uint64_t count = 0;
    uint32_t *list = cord_arena_alloc(block->arena, (own + 1U) * sizeof *list);
    uint8_t *is_stand = cord_arena_zalloc(block->arena, own + 1U, 1);
    if (!list || !is_stand) {
        return cord_arena_failure(block->arena);
    }
    cord_status status = cord_block_ints_take_varint(&text, &stands);
    status = status == CORD_OK && stands > own ? CORD_E_FORMAT : status;
    status = status == CORD_OK ? cord_block_ints_take_u32(&text, stands, own, list) : status;
    status = status == CORD_OK ? cord_block_ints_take_varint(&text, &count) : status;
    if (status != CORD_OK || count == 0 || count > column->count) {
        return damaged_patch(err, status);
    }
    for (size_t i = 0; i < stands; i++) {
        is_stand[list[i]] = 1;
    }
    uint32_t *distinct = cord_arena_alloc(block->arena, (own + count) * sizeof *distinct);
    if (!distinct) {
        return cord_arena_failure(block->arena);
    }
    memcpy(distinct, entries->distinct, own * sizeof *distinct);
    status = cord_block_ints_take_u32(&text, count, word_count, distinct + own);
    if (status != CORD_OK) {
        return damaged_patch(err, status);
    }
    for (size_t i = 0; i < count; i++) {
        distinct[own + i] |= CORD_BLOCK_COLUMN_PERSONAL;
    }
    entries->distinct = distinct;
    entries->distinct_count = own + (uint32_t)count;
    column->stands = is_stand;
    column->patch = text;
    return CORD_OK;
}

static cord_status load_patch(struct cord_block *block, struct block_column *column,
                              struct cord_error *err)
{
    const struct cord_block_words *words = NULL;
    struct cord_block_part *part = &block->parts[BLOCK_PERSONAL];
    cord_str text = {NULL, 0};
    cord_status status = cord_block_column_offsets(block, BLOCK_PERSONAL, &words, err);
    if (status == CORD_OK) {
        status = cord_block_part_text(part, column->patch_section, &text, err);
    }
    if (status == CORD_OK &&
        (part->sections[column->patch_section].kind != CORD_BLOCK_PART_COLUMNS ||
         column->patch_offset > text.len)) {
        status = cord_error_set(err, CORD_E_FORMAT, "patch is out of bounds");
    }
    return status == CORD_OK
               ? decode_patch(block, column, cord_str_from_byte(text, column->patch_offset),
                              words->count, err)
               : status;
}

/* Entries whose value another takes the place of. */
static cord_status patch_entries(struct cord_block *block, struct block_column *column,
                                 uint32_t *entries, struct cord_error *err)
{
    uint32_t own = column->own_count;
    uint32_t count = 0;
    for (uint32_t i = 0; i < column->count; i++) {
        count += column->stands[entries[i]];
    }
    uint32_t *patch = cord_arena_alloc(block->arena, (count + 1U) * sizeof *patch);
    if (!patch) {
        return cord_arena_failure(block->arena);
    }
    cord_status status = cord_block_ints_take_u32(&column->patch, count,
                                                  column->entries.distinct_count - own, patch);
    if (status != CORD_OK) {
        return damaged_patch(err, status);
    }
    uint32_t next = 0;
    for (uint32_t i = 0; i < column->count; i++) {
        if (column->stands[entries[i]]) {
            entries[i] = own + patch[next++];
        }
    }
    return CORD_OK;
}

static cord_status decode_entries(struct cord_block *block, struct block_column *column,
                                  struct cord_error *err)
{
    uint32_t distinct_count = column->own_count;
    uint32_t *entries = NULL;
    if (distinct_count < column->count || column->stands) {
        entries = cord_arena_alloc(block->arena, column->count * sizeof *entries);
        if (!entries) {
            return cord_arena_failure(block->arena);
        }
    }
    if (distinct_count < column->count) {
        cord_status status =
            cord_block_ints_take_u32(&column->packed, column->count, distinct_count, entries);
        if (status != CORD_OK) {
            return status == CORD_E_NOMEM
                       ? status
                       : cord_error_set(err, CORD_E_FORMAT, "column does not add up");
        }
    } else if (entries) {
        for (uint32_t i = 0; i < column->count; i++) {
            entries[i] = i;
        }
    }
    if (column->stands) {
        cord_status status = patch_entries(block, column, entries, err);
        if (status != CORD_OK) {
            return status;
        }
    }
    column->entries.entries = entries;
    column->loaded = true;
    return CORD_OK;
}

static cord_status load_distinct(struct cord_block *block, uint32_t column, struct cord_error *err)
{
    struct block_column *wanted = &block->columns[column];
    const struct cord_block_words *words = NULL;
    struct cord_block_part *part = &block->parts[wanted->part];
    cord_str text = {NULL, 0};
    if (wanted->distinct_loaded) {
        return CORD_OK;
    }
    if (wanted->part == BLOCK_PERSONAL && block->expired) {
        return expire(block, wanted);
    }
    cord_status status = cord_block_column_offsets(block, wanted->part, &words, err);
    status = status == CORD_OK ? cord_block_part_text(part, wanted->section, &text, err) : status;
    if (status == CORD_OK && (part->sections[wanted->section].kind != CORD_BLOCK_PART_COLUMNS ||
                              wanted->offset > text.len)) {
        status = cord_error_set(err, CORD_E_FORMAT, "column %u is out of bounds", column);
    }
    if (status == CORD_OK) {
        status = decode_distinct(block, wanted, cord_str_from_byte(text, wanted->offset),
                                 words->count, err);
    }
    if (status == CORD_OK && wanted->patched && !block->expired) {
        status = load_patch(block, wanted, err);
    }
    wanted->distinct_loaded = status == CORD_OK;
    return status;
}

cord_status cord_block_column_distinct(struct cord_block *block, uint32_t column,
                                       const uint32_t **ret_distinct, uint32_t *ret_count,
                                       struct cord_error *err)
{
    cord_status status = load_distinct(block, column, err);
    if (status == CORD_OK) {
        *ret_distinct = block->columns[column].entries.distinct;
        *ret_count = block->columns[column].entries.distinct_count;
    }
    return status;
}

cord_status cord_block_column_entries(struct cord_block *block, uint32_t column,
                                      const struct cord_block_entries **ret_entries,
                                      struct cord_error *err)
{
    struct block_column *wanted = &block->columns[column];
    cord_status status = load_distinct(block, column, err);
    if (status == CORD_OK && !wanted->loaded) {
        status = decode_entries(block, wanted, err);
    }
    if (status == CORD_OK) {
        *ret_entries = &wanted->entries;
    }
    return status;
}
