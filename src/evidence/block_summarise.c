/* block_summarise.c: see block_summarise.h. */
#include "evidence/block_summarise.h"

#include "codec/value.h"
#include "evidence/block_internal.h"
#include "evidence/block_summarise_internal.h"

#include <stdlib.h>
#include <zstd.h>

enum { LEVEL = 3, FORMS = 32 };

#define VALUES_MAX      CORD_BLOCK_SUMMARY_VALUES_MAX
#define VALUE_BYTES_MAX 256u
#define TABLE_BYTES_MAX ((size_t)128 << 10)
#define ARENA_BYTES     ((size_t)256 << 20)

struct cord_block_summarise *cord_block_summarise_new(void)
{
    struct cord_block_summarise *maker = calloc(1, sizeof *maker);
    if (!maker) {
        return NULL;
    }
    cord_buf_init(&maker->text, CORD_BLOCK_SUMMARY_UNPACKED_MAX);
    cord_buf_init(&maker->body, TABLE_BYTES_MAX);
    cord_block_part_init(&maker->part);
    maker->arena = cord_arena_new(ARENA_BYTES);
    maker->zstd = ZSTD_createCCtx();
    /* All the room there may be: then "failed" means too much to say. */
    if (!maker->arena || !maker->zstd ||
        !cord_buf_reserve(&maker->text, CORD_BLOCK_SUMMARY_UNPACKED_MAX) ||
        !cord_buf_reserve(&maker->body, TABLE_BYTES_MAX)) {
        cord_block_summarise_free(maker);
        return NULL;
    }
    return maker;
}

void cord_block_summarise_free(struct cord_block_summarise *maker)
{
    if (maker) {
        (void)ZSTD_freeCCtx(maker->zstd);
        cord_arena_free(maker->arena);
        cord_buf_done(&maker->text);
        cord_buf_done(&maker->body);
        cord_block_part_done(&maker->part);
        free(maker->seen);
        free(maker);
    }
}

/* --- where fields say something --- */

static const struct summarise_span never = {INT64_MAX, INT64_MIN};

static void widen(struct summarise_span *span, int64_t first_ns, int64_t last_ns)
{
    span->first_ns = first_ns < span->first_ns ? first_ns : span->first_ns;
    span->last_ns = last_ns > span->last_ns ? last_ns : span->last_ns;
}

/* The times of each shape's rows, in order of rank. */
static cord_status place_times(struct cord_block_summarise *maker)
{
    const struct cord_block_gather *gather = maker->from->gather;
    uint32_t *next = NULL;
    SUMMARISE_MAKE(maker, maker->when_ns, gather->row_count);
    SUMMARISE_MAKE(maker, maker->row_starts, gather->shape_count + 1);
    SUMMARISE_MAKE(maker, maker->shape_times, gather->shape_count);
    SUMMARISE_MAKE(maker, next, gather->shape_count);
    uint32_t start = 0;
    for (size_t s = 0; s < gather->shape_count; s++) {
        maker->row_starts[s] = next[s] = start;
        maker->shape_times[s] = never;
        start += gather->shapes[s].row_count;
    }
    maker->row_starts[gather->shape_count] = start;
    for (size_t r = 0; r < gather->row_count; r++) {
        const struct cord_row *row = cord_rows_at(maker->from->rows, maker->from->which[r]);
        uint32_t shape = gather->row_shape[r];
        int64_t when_ns = cord_row_when(row);
        maker->when_ns[next[shape]++] = when_ns;
        widen(&maker->shape_times[shape], when_ns, when_ns);
    }
    return CORD_OK;
}

/* A hole by its number among those that rows have values for; SUMMARISE_NONE: it is one
 * that the shape got where its skeleton named somebody. */
static uint32_t own_hole(const struct cord_block_shape *shape, uint32_t hole)
{
    uint32_t low = 0;
    uint32_t high = shape->inserted_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        uint32_t at = shape->inserted[middle].hole + middle;
        if (at == hole) {
            return SUMMARISE_NONE;
        }
        if (at < hole) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return hole - low;
}

/* A span of a shape, as an occurrence of its field. False: it says nothing. */
static bool take_span(const struct cord_block_summarise *maker, uint32_t shape, const char **at,
                      uint32_t *ret_field, struct summarise_occurrence *ret_occurrence)
{
    const struct cord_block_gather *gather = maker->from->gather;
    struct cord_block_key_span span;
    memcpy(&span, *at, sizeof span);
    *at += sizeof span;
    uint32_t hole = span.holes;
    if (span.holes & CORD_BLOCK_KEY_PLACED) {
        struct cord_block_place place;
        memcpy(&place, *at, sizeof place);
        *at += sizeof place;
        bool whole = place.holes_end == place.holes + 1 && place.skeleton_end == place.skeleton;
        hole = whole ? place.holes : SUMMARISE_NONE;
    }
    hole = hole == SUMMARISE_NONE ? SUMMARISE_NONE : own_hole(&gather->shapes[shape], hole);
    unsigned kind = span.what >> 24 & 15U;
    uint32_t column = hole == SUMMARISE_NONE ? 0 : gather->shapes[shape].columns[hole];
    hole = hole != SUMMARISE_NONE && gather->columns[column].personal ? SUMMARISE_NONE : hole;
    *ret_field = maker->from->writer->fields[span.what & 0xffffffU];
    *ret_occurrence = (struct summarise_occurrence){
        shape, hole, kind | (span.what >> 28 & CORD_VALUE_ESCAPED) << 4};
    return kind != CORD_VALUE_NULL && kind != CORD_VALUE_EMPTY;
}

static cord_str class_of(const struct cord_block_summarise *maker, uint32_t shape)
{
    struct cord_block_key head;
    memcpy(&head, maker->from->gather->shapes[shape].key, sizeof head);
    return cord_rows_origin_at(maker->from->rows, head.origin)->event_class;
}

static void put_occurrence(uint32_t field, const struct summarise_occurrence *occurrence,
                           uint32_t *counts, struct summarise_occurrence *to)
{
    if (to) {
        to[counts[field]] = *occurrence;
    }
    counts[field]++;
}

/* Called twice: to count what fields have (to NULL), then to fill it in. */
static void look_at_shape(struct cord_block_summarise *maker, uint32_t shape, uint32_t *counts,
                          struct summarise_occurrence *to)
{
    const char *at = maker->from->gather->shapes[shape].key;
    struct cord_block_key head;
    memcpy(&head, at, sizeof head);
    at += sizeof head + head.hole_count * sizeof(struct cord_block_key_hole);
    for (uint32_t i = 0; i < head.span_count; i++) {
        struct summarise_occurrence occurrence;
        uint32_t field = 0;
        if (!take_span(maker, shape, &at, &field, &occurrence)) {
            continue;
        }
        put_occurrence(field, &occurrence, counts, to);
        if (head.role[CORD_ROLE_HOST] == i) {
            put_occurrence(summarise_own_field(maker, CORD_BLOCK_SUMMARY_HOST), &occurrence, counts,
                           to);
        }
        if (head.role[CORD_ROLE_USER] == i) {
            put_occurrence(summarise_own_field(maker, CORD_BLOCK_SUMMARY_USER), &occurrence, counts,
                           to);
        }
    }
    if (class_of(maker, shape).len > 0) {
        struct summarise_occurrence occurrence = {shape, SUMMARISE_NONE, CORD_VALUE_TEXT};
        put_occurrence(summarise_own_field(maker, CORD_BLOCK_SUMMARY_CLASS), &occurrence, counts,
                       to);
    }
}

static cord_status find_occurrences(struct cord_block_summarise *maker)
{
    uint32_t shapes = (uint32_t)maker->from->gather->shape_count;
    uint32_t *counts = NULL;
    uint32_t start = 0;
    maker->field_count = maker->from->writer->field_count + CORD_BLOCK_SUMMARY_OWN;
    SUMMARISE_MAKE(maker, counts, maker->field_count);
    SUMMARISE_MAKE(maker, maker->field_starts, maker->field_count + 1);
    for (uint32_t s = 0; s < shapes; s++) {
        look_at_shape(maker, s, counts, NULL);
    }
    for (uint32_t f = 0; f < maker->field_count; f++) {
        maker->field_starts[f] = start;
        start += counts[f];
        counts[f] = maker->field_starts[f];
    }
    maker->field_starts[maker->field_count] = start;
    SUMMARISE_MAKE(maker, maker->occurrences, start);
    for (uint32_t s = 0; s < shapes; s++) {
        look_at_shape(maker, s, counts, maker->occurrences);
    }
    return CORD_OK;
}

/* --- counting --- */

static int compare_occurrences(const void *a, const void *b)
{
    const struct summarise_occurrence *x = a;
    const struct summarise_occurrence *y = b;
    return (x->shape > y->shape) - (x->shape < y->shape);
}

/* Those of all fields of the table, by shape. */
static cord_status occurrences_of(struct cord_block_summarise *maker,
                                  const struct summarise_table *table,
                                  const struct summarise_occurrence **ret_items,
                                  uint32_t *ret_count)
{
    uint32_t first = maker->field_starts[table->fields[0]];
    uint32_t count = 0;
    struct summarise_occurrence *items = NULL;
    for (uint32_t i = 0; i < table->field_count; i++) {
        uint32_t field = table->fields[i];
        count += maker->field_starts[field + 1] - maker->field_starts[field];
    }
    *ret_count = count;
    *ret_items = maker->occurrences + first;
    if (table->field_count == 1) {
        return CORD_OK;
    }
    SUMMARISE_MAKE(maker, items, count);
    *ret_items = items;
    for (uint32_t i = 0; i < table->field_count; i++) {
        uint32_t field = table->fields[i];
        for (uint32_t k = maker->field_starts[field]; k < maker->field_starts[field + 1]; k++) {
            *items++ = maker->occurrences[k];
        }
    }
    qsort(items - count, count, sizeof *items, compare_occurrences);
    return CORD_OK;
}

/* Every row has one value at most, and none is personal. Takes from the work that is left. */
static bool may_be_counted(struct cord_block_summarise *maker,
                           const struct summarise_occurrence *items, uint32_t count)
{
    uint64_t work = maker->from->gather->shape_count;
    for (uint32_t i = 0; i < count; i++) {
        if (items[i].hole == SUMMARISE_NONE || (i > 0 && items[i].shape == items[i - 1].shape)) {
            return false;
        }
        work += maker->from->gather->shapes[items[i].shape].row_count;
    }
    bool may = count > 0 && work <= maker->work_left;
    maker->work_left -= may ? work : 0;
    return may;
}

static struct summarise_entry *entry_of(struct cord_block_summarise *maker,
                                        struct summarise_entry *entries, uint32_t *count,
                                        uint32_t value, uint32_t form)
{
    uint64_t seen = maker->seen[value];
    if (seen >> 32 != maker->epoch) {
        const struct cord_block_gather *gather = maker->from->gather;
        bool hidden = gather->any_hidden && gather->stand_ins[value] != BLOCK_NONE;
        if (*count == VALUES_MAX || hidden ||
            gather->dictionary.values[value].len > VALUE_BYTES_MAX) {
            return NULL;
        }
        seen = (uint64_t)maker->epoch << 32 | *count;
        maker->seen[value] = seen;
        const struct cord_block_value *of = &gather->dictionary.values[value];
        entries[(*count)++] = (struct summarise_entry){{of->ptr, of->len}, form, 0, never};
    }
    return &entries[(uint32_t)seen];
}

/* The rows of one shape. False: too many values, too long ones, or one that
 * names somebody. */
static bool count_shape(struct cord_block_summarise *maker, const struct summarise_occurrence *at,
                        struct summarise_entry *entries, uint32_t *count)
{
    const struct cord_block_write *writer = maker->from->writer;
    uint32_t rows = maker->from->gather->shapes[at->shape].row_count;
    const uint32_t *run = writer->runs + writer->starts[at->shape] + (size_t)at->hole * rows;
    const int64_t *when_ns = maker->when_ns + maker->row_starts[at->shape];
    uint32_t source =
        writer
            ->sources[writer->starts[2 * maker->from->gather->shape_count + at->shape] + at->hole];
    bool constant = (source & 3U) == BLOCK_SOURCE_BODY;
    struct summarise_entry *entry = NULL;
    uint32_t last = SUMMARISE_NONE;
    if (constant) {
        entry = entry_of(maker, entries, count, run[0], at->form);
        if (entry) {
            entry->rows += rows;
            widen(&entry->when, maker->shape_times[at->shape].first_ns,
                  maker->shape_times[at->shape].last_ns);
        }
        return entry != NULL;
    }
    for (uint32_t i = 0; i < rows; i++) {
        if (!entry || run[i] != last) {
            last = run[i];
            entry = entry_of(maker, entries, count, last, at->form);
            if (!entry) {
                return false;
            }
        }
        entry->rows++;
        widen(&entry->when, when_ns[i], when_ns[i]);
    }
    return true;
}

/* The rows of shapes in which the fields say nothing. */
static void count_none(const struct cord_block_summarise *maker,
                       const struct summarise_occurrence *items, uint32_t count,
                       struct summarise_entry *none)
{
    const struct cord_block_gather *gather = maker->from->gather;
    *none = (struct summarise_entry){{NULL, 0}, CORD_VALUE_NULL, 0, never};
    for (uint32_t s = 0, next = 0; s < gather->shape_count; s++) {
        if (next < count && items[next].shape == s) {
            next++;
            continue;
        }
        none->rows += gather->shapes[s].row_count;
        widen(&none->when, maker->shape_times[s].first_ns, maker->shape_times[s].last_ns);
    }
}

static cord_status keep_entries(struct cord_block_summarise *maker, struct summarise_table *table,
                                const struct summarise_entry *found, uint32_t count)
{
    struct summarise_entry *kept = NULL;
    SUMMARISE_MAKE(maker, kept, count);
    memcpy(kept, found, count * sizeof *kept);
    table->entries = kept;
    table->entry_count = count;
    table->counted = true;
    return CORD_OK;
}

/* Classes are the origins', one a shape. */
static cord_status count_classes(struct cord_block_summarise *maker, struct summarise_table *table)
{
    const struct cord_block_gather *gather = maker->from->gather;
    struct summarise_entry found[VALUES_MAX + 1];
    uint32_t count = 0;
    for (uint32_t s = 0; s < gather->shape_count && summarise_has_occurrences(maker, table); s++) {
        cord_str text = class_of(maker, s);
        uint32_t at = 0;
        while (at < count && !cord_str_eq(found[at].text, text)) {
            at++;
        }
        if (at == VALUES_MAX || text.len > VALUE_BYTES_MAX) {
            return CORD_OK;
        }
        if (at == count) {
            found[count++] = (struct summarise_entry){
                text, text.len > 0 ? CORD_VALUE_TEXT : CORD_VALUE_NULL, 0, never};
        }
        found[at].rows += gather->shapes[s].row_count;
        widen(&found[at].when, maker->shape_times[s].first_ns, maker->shape_times[s].last_ns);
    }
    table->rows = maker->from->head->row_count;
    return count > 0 ? keep_entries(maker, table, found, count) : CORD_OK;
}

static cord_status count_table(struct cord_block_summarise *maker, struct summarise_table *table)
{
    struct summarise_entry found[VALUES_MAX + 1];
    const struct summarise_occurrence *items = NULL;
    uint32_t occurrence_count = 0;
    uint32_t count = 0;
    uint32_t forms = 0;
    cord_status status = occurrences_of(maker, table, &items, &occurrence_count);
    if (status != CORD_OK || !may_be_counted(maker, items, occurrence_count)) {
        return status;
    }
    for (uint32_t i = 0; i < occurrence_count; i++) {
        forms |= 1U << items[i].form;
    }
    for (uint32_t form = 0; form < FORMS; form++) {
        maker->epoch += forms >> form & 1U;
        for (uint32_t i = 0; (forms >> form & 1U) != 0 && i < occurrence_count; i++) {
            if (items[i].form == form && !count_shape(maker, &items[i], found, &count)) {
                return CORD_OK;
            }
        }
    }
    count_none(maker, items, occurrence_count, &found[count]);
    table->rows = maker->from->head->row_count - found[count].rows;
    count += found[count].rows > 0;
    return keep_entries(maker, table, found, count);
}

static cord_status count_tables(struct cord_block_summarise *maker)
{
    const struct cord_block_gather *gather = maker->from->gather;
    cord_status status = CORD_OK;
    size_t values = gather->dictionary.count + 1;
    if (values > maker->seen_cap || maker->epoch > UINT32_MAX / 2) {
        size_t cap = values > maker->seen_cap ? values + values / 2 : maker->seen_cap;
        uint64_t *seen = calloc(cap, sizeof *seen);
        if (!seen) {
            return CORD_E_NOMEM;
        }
        free(maker->seen);
        maker->seen = seen;
        maker->seen_cap = cap;
        maker->epoch = 0;
    }
    maker->work_left = 4 * (uint64_t)gather->value_count + ((uint64_t)1 << 20);
    for (uint32_t t = 0; t < maker->table_count && status == CORD_OK; t++) {
        status = t == summarise_own_field(maker, CORD_BLOCK_SUMMARY_CLASS)
                     ? count_classes(maker, &maker->tables[t])
                     : count_table(maker, &maker->tables[t]);
    }
    return status;
}

/* --- all of it --- */

static cord_status pack(struct cord_block_summarise *maker, struct cord_buf *out)
{
    char head[CORD_BLOCK_SUMMARY_HEAD_BYTES] = {0};
    cord_block_part_clear(&maker->part);
    cord_status status = cord_block_part_add(&maker->part, maker->zstd, LEVEL,
                                             CORD_BLOCK_PART_SUMMARY, cord_buf_str(&maker->text));
    if (status == CORD_OK) {
        cord_block_part_put_magic(head, CORD_BLOCK_SUMMARY_MAGIC);
        cord_block_part_put(&maker->part, (cord_str){head, sizeof head}, out);
    }
    return status;
}

static cord_status make(struct cord_block_summarise *maker, size_t bytes_max)
{
    cord_status status = place_times(maker);
    status = status == CORD_OK ? find_occurrences(maker) : status;
    status = status == CORD_OK ? cord_block_summarise_names_find(maker) : status;
    status = status == CORD_OK ? count_tables(maker) : status;
    status = status == CORD_OK ? cord_block_summarise_text_put(maker, bytes_max) : status;
    return status;
}

cord_status cord_block_summarise_put(struct cord_block_summarise *maker,
                                     const struct cord_block_summarise_rows *from, size_t bytes_max,
                                     struct cord_buf *out)
{
    if (from->head->when_min_ns == CORD_TIME_NONE) {
        return CORD_OK; /* first and last mean something else then */
    }
    maker->from = from;
    cord_arena_reset(maker->arena);
    cord_status status = make(maker, bytes_max);
    status = status == CORD_OK ? pack(maker, out) : status;
    return status == CORD_E_LIMIT ? CORD_OK : status;
}
