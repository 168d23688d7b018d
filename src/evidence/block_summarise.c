/* block_summarise.c: see block_summarise.h. */
#include "evidence/block_summarise.h"

#include "base/hash.h"
#include "base/vec.h"
#include "codec/value.h"
#include "evidence/block_internal.h"
#include "evidence/block_ints.h"
#include "evidence/block_summary.h"
#include "evidence/octets.h"
#include "evidence/query_pick.h"

#include <stdlib.h>
#include <zstd.h>

enum { LEVEL = 3, FORMS = 32, ENTRY_COST = 11, NAME_COST = 4 };

#define VALUES_MAX      CORD_BLOCK_SUMMARY_VALUES_MAX
#define VALUE_BYTES_MAX 256u
#define NAMES_MAX       16384u
#define SETS_MAX        1024u /* of several fields */
#define TABLE_BYTES_MAX ((size_t)128 << 10)
#define ARENA_BYTES     ((size_t)256 << 20)
#define NONE            UINT32_MAX

/* A shape in which the field says something. */
struct occurrence {
    uint32_t shape;
    uint32_t hole; /* NONE: it is no whole hole, or personal */
    uint32_t form; /* of the span: kind, and whether it is escaped */
};

/* A name by which a query may mean a field. */
struct name {
    cord_str text; /* folded */
    uint32_t field;
    bool rooted; /* it is the field's whole name */
};

/* When the first and the last of some rows happened. */
struct span {
    int64_t first_ns;
    int64_t last_ns;
};

/* Rows that say the same. */
struct entry {
    cord_str text; /* as it stands; the gather's, or an origin's */
    uint32_t form; /* CORD_VALUE_NULL: they say nothing */
    uint32_t rows;
    struct span when;
};

/* What some fields say together. */
struct table {
    const uint32_t *fields;
    uint32_t field_count;
    bool counted;
    const struct entry *entries;
    uint32_t entry_count;
    uint64_t cost; /* bytes, about */
    uint64_t rows; /* that say something */
    uint32_t code; /* CORD_BLOCK_SUMMARY_* */
};

/* What answers to a name: numbers of tables, or NONE. */
struct answer {
    cord_str text;
    uint32_t any;
    uint32_t rooted;
};

struct cord_block_summarise {
    ZSTD_CCtx *zstd;
    struct cord_arena *arena; /* all arrays that do not say otherwise */
    struct cord_buf text;     /* the summary, not packed */
    struct cord_buf body;     /* of one table */
    struct cord_block_part part;
    uint64_t *seen; /* by dictionary value: epoch << 32 | its entry; the heap's */
    size_t seen_cap;
    uint32_t epoch;

    /* The block at hand. */
    const struct cord_block_summarise_rows *from;
    uint32_t field_count; /* with BEHIND_FIELDS of our own */
    int64_t *when_ns;     /* by shape, then rank */
    uint32_t *row_starts; /* of each shape, in when_ns */
    struct span *shape_times;
    uint32_t *field_starts; /* of each field, in occurrences */
    struct occurrence *occurrences;
    struct table *tables;
    uint32_t table_count;
    struct answer *answers;
    uint32_t answer_count;
    uint64_t work_left;    /* rows that may still be looked at */
    struct table **chosen; /* that are in the summary, by their numbers there */
    uint32_t chosen_count;
    int64_t *times;
    size_t time_count;
};

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

/* The arena's, zeroed; memory beyond its ceiling is too much for a summary. */
#define MAKE(maker, to, count)                                                                     \
    do {                                                                                           \
        (to) = cord_arena_zalloc((maker)->arena, (size_t)(count) + 1, sizeof *(to));               \
        if (!(to)) {                                                                               \
            return cord_arena_failure((maker)->arena);                                             \
        }                                                                                          \
    } while (0)

/* --- where fields say something --- */

static const struct span never = {INT64_MAX, INT64_MIN};

static void widen(struct span *span, int64_t first_ns, int64_t last_ns)
{
    span->first_ns = first_ns < span->first_ns ? first_ns : span->first_ns;
    span->last_ns = last_ns > span->last_ns ? last_ns : span->last_ns;
}

/* The times of each shape's rows, in order of rank. */
static cord_status place_times(struct cord_block_summarise *maker)
{
    const struct cord_block_gather *gather = maker->from->gather;
    uint32_t *next = NULL;
    MAKE(maker, maker->when_ns, gather->row_count);
    MAKE(maker, maker->row_starts, gather->shape_count + 1);
    MAKE(maker, maker->shape_times, gather->shape_count);
    MAKE(maker, next, gather->shape_count);
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

/* A hole by its number among those that rows have values for; NONE: it is one
 * that the shape got where its skeleton named somebody. */
static uint32_t own_hole(const struct cord_block_shape *shape, uint32_t hole)
{
    uint32_t low = 0;
    uint32_t high = shape->inserted_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        uint32_t at = shape->inserted[middle].hole + middle;
        if (at == hole) {
            return NONE;
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
                      uint32_t *ret_field, struct occurrence *ret_occurrence)
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
        hole = whole ? place.holes : NONE;
    }
    hole = hole == NONE ? NONE : own_hole(&gather->shapes[shape], hole);
    unsigned kind = span.what >> 24 & 15U;
    uint32_t column = hole == NONE ? 0 : gather->shapes[shape].slots[hole].column;
    hole = hole != NONE && gather->columns[column].personal ? NONE : hole;
    *ret_field = maker->from->writer->fields[span.what & 0xffffffU];
    *ret_occurrence =
        (struct occurrence){shape, hole, kind | (span.what >> 28 & CORD_VALUE_ESCAPED) << 4};
    return kind != CORD_VALUE_NULL && kind != CORD_VALUE_EMPTY;
}

/* The number of a field that every event has, behind those of the source. */
static uint32_t own_field(const struct cord_block_summarise *maker, uint32_t which)
{
    return maker->field_count - CORD_BLOCK_SUMMARY_OWN + which;
}

static cord_str class_of(const struct cord_block_summarise *maker, uint32_t shape)
{
    struct cord_block_key head;
    memcpy(&head, maker->from->gather->shapes[shape].key, sizeof head);
    return cord_rows_origin_at(maker->from->rows, head.origin)->event_class;
}

static void put_occurrence(uint32_t field, const struct occurrence *occurrence, uint32_t *counts,
                           struct occurrence *to)
{
    if (to) {
        to[counts[field]] = *occurrence;
    }
    counts[field]++;
}

/* Called twice: to count what fields have (to NULL), then to fill it in. */
static void look_at_shape(struct cord_block_summarise *maker, uint32_t shape, uint32_t *counts,
                          struct occurrence *to)
{
    const char *at = maker->from->gather->shapes[shape].key;
    struct cord_block_key head;
    memcpy(&head, at, sizeof head);
    at += sizeof head + head.hole_count * sizeof(struct cord_block_key_hole);
    for (uint32_t i = 0; i < head.span_count; i++) {
        struct occurrence occurrence;
        uint32_t field = 0;
        if (!take_span(maker, shape, &at, &field, &occurrence)) {
            continue;
        }
        put_occurrence(field, &occurrence, counts, to);
        if (head.role[CORD_ROLE_HOST] == i) {
            put_occurrence(own_field(maker, CORD_BLOCK_SUMMARY_HOST), &occurrence, counts, to);
        }
        if (head.role[CORD_ROLE_USER] == i) {
            put_occurrence(own_field(maker, CORD_BLOCK_SUMMARY_USER), &occurrence, counts, to);
        }
    }
    if (class_of(maker, shape).len > 0) {
        struct occurrence occurrence = {shape, NONE, CORD_VALUE_TEXT};
        put_occurrence(own_field(maker, CORD_BLOCK_SUMMARY_CLASS), &occurrence, counts, to);
    }
}

static cord_status find_occurrences(struct cord_block_summarise *maker)
{
    uint32_t shapes = (uint32_t)maker->from->gather->shape_count;
    uint32_t *counts = NULL;
    uint32_t start = 0;
    maker->field_count = maker->from->writer->field_count + CORD_BLOCK_SUMMARY_OWN;
    MAKE(maker, counts, maker->field_count);
    MAKE(maker, maker->field_starts, maker->field_count + 1);
    for (uint32_t s = 0; s < shapes; s++) {
        look_at_shape(maker, s, counts, NULL);
    }
    for (uint32_t f = 0; f < maker->field_count; f++) {
        maker->field_starts[f] = start;
        start += counts[f];
        counts[f] = maker->field_starts[f];
    }
    maker->field_starts[maker->field_count] = start;
    MAKE(maker, maker->occurrences, start);
    for (uint32_t s = 0; s < shapes; s++) {
        look_at_shape(maker, s, counts, maker->occurrences);
    }
    return CORD_OK;
}

static bool has_occurrences(const struct cord_block_summarise *maker, const struct table *table)
{
    for (uint32_t i = 0; i < table->field_count; i++) {
        uint32_t field = table->fields[i];
        if (maker->field_starts[field] < maker->field_starts[field + 1]) {
            return true;
        }
    }
    return false;
}

/* --- what answers to which name --- */

static int compare_names(const void *a, const void *b)
{
    const struct name *x = a;
    const struct name *y = b;
    int order = cord_str_compare(x->text, y->text);
    return order != 0 ? order : (x->field > y->field) - (x->field < y->field);
}

static cord_status put_name(struct cord_block_summarise *maker, struct name *to, cord_str text)
{
    char *folded = cord_arena_bytes(maker->arena, text.len + 1);
    if (!folded) {
        return cord_arena_failure(maker->arena);
    }
    for (size_t i = 0; i < text.len; i++) {
        folded[i] = cord_str_lower_char(text.ptr[i]);
    }
    to->text = (cord_str){folded, text.len};
    return CORD_OK;
}

/* Of all fields that say something, as cord_query_pick_names means them. */
static cord_status list_names(struct cord_block_summarise *maker, struct name *names,
                              size_t *ret_count)
{
    const struct cord_block_write *writer = maker->from->writer;
    cord_status status = CORD_OK;
    size_t count = 0;
    for (uint32_t f = 0; f < writer->field_count; f++) {
        size_t own = 0;
        const cord_str *called = cord_rows_names(maker->from->rows, writer->field_list[f], &own);
        if (maker->field_starts[f] == maker->field_starts[f + 1]) {
            continue;
        }
        if (count + own + 1 > NAMES_MAX) {
            return CORD_E_LIMIT;
        }
        for (size_t i = 0; i <= own && status == CORD_OK; i++) {
            cord_str text = i < own ? called[i] : cord_query_pick_leaf(called[0]);
            names[count] = (struct name){.field = f, .rooted = i == 0};
            status = put_name(maker, &names[count++], text);
        }
    }
    *ret_count = count;
    return status;
}

/* The table of so many fields, ascending: made when new, and table_count when
 * there are too many; NONE of no field. */
static uint32_t table_of(struct cord_block_summarise *maker, const uint32_t *fields, uint32_t count)
{
    if (count == 0) {
        return NONE;
    }
    if (count == 1) {
        return fields[0];
    }
    for (uint32_t t = maker->field_count; t < maker->table_count; t++) {
        const struct table *table = &maker->tables[t];
        if (table->field_count == count &&
            memcmp(table->fields, fields, count * sizeof *fields) == 0) {
            return t;
        }
    }
    if (maker->table_count == maker->field_count + SETS_MAX) {
        return maker->table_count;
    }
    maker->tables[maker->table_count] = (struct table){.fields = fields, .field_count = count};
    return maker->table_count++;
}

static cord_status answer_name(struct cord_block_summarise *maker, const struct name *names,
                               size_t count)
{
    uint32_t *fields = NULL;
    uint32_t *rooted = NULL;
    uint32_t field_count = 0;
    uint32_t rooted_count = 0;
    MAKE(maker, fields, count);
    MAKE(maker, rooted, count);
    for (size_t i = 0; i < count; i++) {
        if (field_count == 0 || fields[field_count - 1] != names[i].field) {
            fields[field_count++] = names[i].field;
        }
        if (names[i].rooted) {
            rooted[rooted_count++] = names[i].field;
        }
    }
    maker->answers[maker->answer_count++] = (struct answer){
        names[0].text, table_of(maker, fields, field_count), table_of(maker, rooted, rooted_count)};
    return CORD_OK;
}

static cord_status find_answers(struct cord_block_summarise *maker)
{
    struct name *names = NULL;
    size_t count = 0;
    MAKE(maker, names, NAMES_MAX);
    MAKE(maker, maker->answers, NAMES_MAX);
    MAKE(maker, maker->tables, maker->field_count + SETS_MAX);
    maker->answer_count = 0;
    maker->table_count = maker->field_count;
    for (uint32_t f = 0; f < maker->field_count; f++) {
        uint32_t *itself = NULL;
        MAKE(maker, itself, 1);
        *itself = f;
        maker->tables[f] = (struct table){.fields = itself, .field_count = 1};
    }
    cord_status status = list_names(maker, names, &count);
    if (status != CORD_OK) {
        return status;
    }
    qsort(names, count, sizeof *names, compare_names);
    for (size_t from = 0; from < count && status == CORD_OK;) {
        size_t to = from + 1;
        while (to < count && cord_str_eq(names[to].text, names[from].text)) {
            to++;
        }
        status = answer_name(maker, names + from, to - from);
        from = to;
    }
    return status;
}

/* --- counting --- */

static int compare_occurrences(const void *a, const void *b)
{
    const struct occurrence *x = a;
    const struct occurrence *y = b;
    return (x->shape > y->shape) - (x->shape < y->shape);
}

/* Those of all fields of the table, by shape. */
static cord_status occurrences_of(struct cord_block_summarise *maker, const struct table *table,
                                  const struct occurrence **ret_items, uint32_t *ret_count)
{
    uint32_t first = maker->field_starts[table->fields[0]];
    uint32_t count = 0;
    struct occurrence *items = NULL;
    for (uint32_t i = 0; i < table->field_count; i++) {
        uint32_t field = table->fields[i];
        count += maker->field_starts[field + 1] - maker->field_starts[field];
    }
    *ret_count = count;
    *ret_items = maker->occurrences + first;
    if (table->field_count == 1) {
        return CORD_OK;
    }
    MAKE(maker, items, count);
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
static bool may_be_counted(struct cord_block_summarise *maker, const struct occurrence *items,
                           uint32_t count)
{
    uint64_t work = maker->from->gather->shape_count;
    for (uint32_t i = 0; i < count; i++) {
        if (items[i].hole == NONE || (i > 0 && items[i].shape == items[i - 1].shape)) {
            return false;
        }
        work += maker->from->gather->shapes[items[i].shape].row_count;
    }
    bool may = count > 0 && work <= maker->work_left;
    maker->work_left -= may ? work : 0;
    return may;
}

static struct entry *entry_of(struct cord_block_summarise *maker, struct entry *entries,
                              uint32_t *count, uint32_t value, uint32_t form)
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
        entries[(*count)++] = (struct entry){{of->ptr, of->len}, form, 0, never};
    }
    return &entries[(uint32_t)seen];
}

/* The rows of one shape. False: too many values, too long ones, or one that
 * names somebody. */
static bool count_shape(struct cord_block_summarise *maker, const struct occurrence *at,
                        struct entry *entries, uint32_t *count)
{
    const struct cord_block_write *writer = maker->from->writer;
    uint32_t rows = maker->from->gather->shapes[at->shape].row_count;
    const uint32_t *run = writer->runs + writer->starts[at->shape] + (size_t)at->hole * rows;
    const int64_t *when_ns = maker->when_ns + maker->row_starts[at->shape];
    uint32_t source =
        writer
            ->sources[writer->starts[2 * maker->from->gather->shape_count + at->shape] + at->hole];
    bool constant = (source & 3U) == BLOCK_SOURCE_BODY;
    struct entry *entry = NULL;
    uint32_t last = NONE;
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
static void count_none(const struct cord_block_summarise *maker, const struct occurrence *items,
                       uint32_t count, struct entry *none)
{
    const struct cord_block_gather *gather = maker->from->gather;
    *none = (struct entry){{NULL, 0}, CORD_VALUE_NULL, 0, never};
    for (uint32_t s = 0, next = 0; s < gather->shape_count; s++) {
        if (next < count && items[next].shape == s) {
            next++;
            continue;
        }
        none->rows += gather->shapes[s].row_count;
        widen(&none->when, maker->shape_times[s].first_ns, maker->shape_times[s].last_ns);
    }
}

static cord_status keep_entries(struct cord_block_summarise *maker, struct table *table,
                                const struct entry *found, uint32_t count)
{
    struct entry *kept = NULL;
    MAKE(maker, kept, count);
    memcpy(kept, found, count * sizeof *kept);
    table->entries = kept;
    table->entry_count = count;
    table->counted = true;
    return CORD_OK;
}

/* Classes are the origins', one a shape. */
static cord_status count_classes(struct cord_block_summarise *maker, struct table *table)
{
    const struct cord_block_gather *gather = maker->from->gather;
    struct entry found[VALUES_MAX + 1];
    uint32_t count = 0;
    for (uint32_t s = 0; s < gather->shape_count && has_occurrences(maker, table); s++) {
        cord_str text = class_of(maker, s);
        uint32_t at = 0;
        while (at < count && !cord_str_eq(found[at].text, text)) {
            at++;
        }
        if (at == VALUES_MAX || text.len > VALUE_BYTES_MAX) {
            return CORD_OK;
        }
        if (at == count) {
            found[count++] =
                (struct entry){text, text.len > 0 ? CORD_VALUE_TEXT : CORD_VALUE_NULL, 0, never};
        }
        found[at].rows += gather->shapes[s].row_count;
        widen(&found[at].when, maker->shape_times[s].first_ns, maker->shape_times[s].last_ns);
    }
    table->rows = maker->from->head->row_count;
    return count > 0 ? keep_entries(maker, table, found, count) : CORD_OK;
}

static cord_status count_table(struct cord_block_summarise *maker, struct table *table)
{
    struct entry found[VALUES_MAX + 1];
    const struct occurrence *items = NULL;
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
        status = t == own_field(maker, CORD_BLOCK_SUMMARY_CLASS)
                     ? count_classes(maker, &maker->tables[t])
                     : count_table(maker, &maker->tables[t]);
    }
    return status;
}

/* --- the bytes --- */

/* By what they cost for each row that they say something of. */
static int compare_costs(const void *a, const void *b)
{
    const struct table *x = *(struct table *const *)a;
    const struct table *y = *(struct table *const *)b;
    uint64_t left = x->cost * y->rows;
    uint64_t right = y->cost * x->rows;
    if (left != right) {
        return left < right ? -1 : 1;
    }
    return (x > y) - (x < y);
}

static uint64_t cost_of(const struct table *table)
{
    uint64_t cost = 0;
    for (uint32_t i = 0; i < table->entry_count; i++) {
        cost += ENTRY_COST + table->entries[i].text.len;
    }
    return cost;
}

/* Fields that stand side by side say the same, and roles what a field says. */
static bool is_same(const struct table *a, const struct table *b)
{
    if (a->cost != b->cost || a->rows != b->rows || a->entry_count != b->entry_count) {
        return false;
    }
    for (uint32_t i = 0; i < a->entry_count; i++) {
        const struct entry *x = &a->entries[i];
        const struct entry *y = &b->entries[i];
        if (x->text.ptr != y->text.ptr || x->text.len != y->text.len || x->form != y->form ||
            x->rows != y->rows || x->when.first_ns != y->when.first_ns ||
            x->when.last_ns != y->when.last_ns) {
            return false;
        }
    }
    return true;
}

/* Names have to be there, all of them; tables take the room that is left, those
 * that say most for it first. */
static cord_status choose_tables(struct cord_block_summarise *maker, size_t bytes_max)
{
    struct table **order = NULL;
    uint32_t count = 0;
    uint64_t cost = 0;
    for (uint32_t i = 0; i < maker->answer_count; i++) {
        cost += NAME_COST + maker->answers[i].text.len / 3; /* names pack well */
    }
    if (cost > bytes_max / 2) {
        return CORD_E_LIMIT;
    }
    MAKE(maker, order, maker->table_count);
    MAKE(maker, maker->chosen, maker->table_count);
    for (uint32_t t = 0; t < maker->table_count; t++) {
        struct table *table = &maker->tables[t];
        table->code = has_occurrences(maker, table) ? CORD_BLOCK_SUMMARY_UNCOUNTED
                                                    : CORD_BLOCK_SUMMARY_NOBODY;
        table->cost = cost_of(table);
        if (table->counted) {
            order[count++] = table;
        }
    }
    qsort(order, count, sizeof *order, compare_costs);
    maker->chosen_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0 && is_same(order[i], order[i - 1])) {
            order[i]->code = order[i - 1]->code;
        } else if (order[i]->cost <= bytes_max - cost) {
            cost += order[i]->cost;
            order[i]->code = CORD_BLOCK_SUMMARY_TABLES + maker->chosen_count;
            maker->chosen[maker->chosen_count++] = order[i];
        }
    }
    return CORD_OK;
}

static uint32_t code_of(const struct cord_block_summarise *maker, uint32_t table)
{
    if (table == NONE) {
        return CORD_BLOCK_SUMMARY_NOBODY;
    }
    return table < maker->table_count ? maker->tables[table].code : CORD_BLOCK_SUMMARY_UNCOUNTED;
}

static int compare_times(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Every first and last time of the chosen tables, once, ascending. */
static cord_status list_times(struct cord_block_summarise *maker)
{
    size_t count = 0;
    for (uint32_t t = 0; t < maker->chosen_count; t++) {
        count += 2 * (size_t)maker->chosen[t]->entry_count;
    }
    MAKE(maker, maker->times, count);
    count = 0;
    for (uint32_t t = 0; t < maker->chosen_count; t++) {
        const struct table *table = maker->chosen[t];
        for (uint32_t i = 0; i < table->entry_count; i++) {
            maker->times[count++] = table->entries[i].when.first_ns;
            maker->times[count++] = table->entries[i].when.last_ns;
        }
    }
    qsort(maker->times, count, sizeof *maker->times, compare_times);
    maker->time_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || maker->times[i] != maker->times[maker->time_count - 1]) {
            maker->times[maker->time_count++] = maker->times[i];
        }
    }
    return CORD_OK;
}

static size_t number_of_time(const struct cord_block_summarise *maker, int64_t when_ns)
{
    size_t low = 0;
    size_t high = maker->time_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (maker->times[middle] < when_ns) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void put_table(struct cord_block_summarise *maker, const struct table *table)
{
    struct cord_buf *body = &maker->body;
    cord_buf_clear(body);
    cord_octets_put_varint(body, table->entry_count);
    for (uint32_t i = 0; i < table->entry_count; i++) {
        const struct entry *entry = &table->entries[i];
        cord_buf_put_char(body, (char)entry->form);
        cord_octets_put_text(body, entry->text);
        cord_octets_put_varint(body, entry->rows);
        cord_octets_put_varint(body, number_of_time(maker, entry->when.first_ns));
        cord_octets_put_varint(body, number_of_time(maker, entry->when.last_ns));
    }
    cord_octets_put_text(&maker->text, cord_buf_str(body));
    maker->text.failed = maker->text.failed || body->failed;
}

static void put_text(struct cord_block_summarise *maker)
{
    struct cord_buf *text = &maker->text;
    cord_buf_clear(text);
    for (uint32_t i = 0; i < CORD_BLOCK_SUMMARY_OWN; i++) {
        cord_octets_put_varint(text, code_of(maker, own_field(maker, i)));
    }
    cord_octets_put_varint(text, maker->answer_count);
    for (uint32_t i = 0; i < maker->answer_count; i++) {
        const struct answer *answer = &maker->answers[i];
        cord_octets_put_text(text, answer->text);
        cord_octets_put_varint(text, code_of(maker, answer->any));
        cord_octets_put_varint(text, code_of(maker, answer->rooted));
    }
    cord_octets_put_varint(text, maker->time_count);
    cord_block_ints_put(text, maker->times, maker->time_count);
    cord_octets_put_varint(text, maker->chosen_count);
    for (uint32_t t = 0; t < maker->chosen_count; t++) {
        put_table(maker, maker->chosen[t]);
    }
}

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
    status = status == CORD_OK ? find_answers(maker) : status;
    status = status == CORD_OK ? count_tables(maker) : status;
    status = status == CORD_OK ? choose_tables(maker, bytes_max) : status;
    status = status == CORD_OK ? list_times(maker) : status;
    if (status == CORD_OK) {
        put_text(maker);
        status = maker->text.failed ? CORD_E_LIMIT : CORD_OK;
    }
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
