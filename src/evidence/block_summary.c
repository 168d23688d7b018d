/* block_summary.c: see block_summary.h. */
#include "evidence/block_summary.h"

#include "base/octets.h"
#include "evidence/block_ints.h"
#include "evidence/block_part.h"
#include "evidence/query_pick.h"

#include <stdlib.h>

/* A name takes three bytes at least, a table two, a value five. */
enum { NAME_BYTES = 3, TABLE_BYTES = 2 };

struct cord_block_summary {
    struct cord_block_part part;
    const struct cord_block_head *head;
    uint32_t own[CORD_BLOCK_SUMMARY_OWN];
    cord_str names; /* as they stand */
    uint64_t name_count;
    int64_t *times;
    size_t time_count;
    size_t time_cap;
    cord_str tables;
    uint64_t table_count;
    struct cord_block_summary_value *values;
    size_t value_cap;
};

struct cord_block_summary *cord_block_summary_new(void)
{
    struct cord_block_summary *summary = calloc(1, sizeof *summary);
    if (summary) {
        cord_block_part_init(&summary->part);
    }
    return summary;
}

void cord_block_summary_free(struct cord_block_summary *summary)
{
    if (summary) {
        cord_block_part_done(&summary->part);
        free(summary->times);
        free(summary->values);
        free(summary);
    }
}

static cord_status damaged(struct cord_error *err, const char *what)
{
    return cord_error_set(err, CORD_E_FORMAT, "summary: %s", what);
}

/* The one section, unpacked. */
static cord_status unpack(struct cord_block_summary *summary, cord_str bytes, cord_str *ret_text,
                          struct cord_error *err)
{
    struct cord_block_part *part = &summary->part;
    cord_status status = cord_block_part_open(part, bytes, CORD_BLOCK_SUMMARY_MAGIC,
                                              CORD_BLOCK_SUMMARY_HEAD_BYTES, err);
    if (status != CORD_OK) {
        return status;
    }
    if (part->section_count != 1 || part->sections[0].kind != CORD_BLOCK_PART_SUMMARY ||
        part->sections[0].len > CORD_BLOCK_SUMMARY_UNPACKED_MAX) {
        return damaged(err, "it has other sections");
    }
    return cord_block_part_text(part, 0, ret_text, err);
}

static uint32_t take_code(struct cord_octets *octets)
{
    uint64_t code = cord_octets_varint(octets);
    if (code > UINT32_MAX) {
        cord_octets_fail(octets);
    }
    return (uint32_t)code;
}

/* A name and what answers to it. */
static cord_str take_name(struct cord_octets *octets, uint32_t *ret_any, uint32_t *ret_rooted)
{
    cord_str text = cord_octets_text(octets);
    *ret_any = take_code(octets);
    *ret_rooted = take_code(octets);
    return text;
}

static bool pass_names(struct cord_block_summary *summary, struct cord_octets *octets)
{
    summary->name_count = cord_octets_varint(octets);
    if (summary->name_count > cord_octets_left(octets) / NAME_BYTES) {
        return false;
    }
    const unsigned char *from = octets->at;
    for (uint64_t i = 0; i < summary->name_count; i++) {
        uint32_t any = 0;
        uint32_t rooted = 0;
        (void)take_name(octets, &any, &rooted);
    }
    summary->names = (cord_str){(const char *)from, (size_t)(octets->at - from)};
    return !octets->failed;
}

/* Ascending, and none is outside the block's. */
static cord_status take_times(struct cord_block_summary *summary, struct cord_octets *octets)
{
    const struct cord_block_head *head = summary->head;
    uint64_t count = cord_octets_varint(octets);
    cord_str rest = {(const char *)octets->at, cord_octets_left(octets)};
    if (octets->failed || count > 2 * (uint64_t)CORD_BLOCK_ROWS_MAX) {
        return CORD_E_FORMAT;
    }
    if (count >= summary->time_cap) {
        size_t cap = (size_t)count + (size_t)count / 2 + 64;
        int64_t *times = realloc(summary->times, cap * sizeof *times);
        if (!times) {
            return CORD_E_NOMEM;
        }
        summary->times = times;
        summary->time_cap = cap;
    }
    summary->time_count = (size_t)count;
    cord_status status = cord_block_ints_take(&rest, summary->time_count, summary->times);
    for (size_t i = 0; i < summary->time_count && status == CORD_OK; i++) {
        if (summary->times[i] < head->when_min_ns || summary->times[i] > head->when_max_ns ||
            (i > 0 && summary->times[i] <= summary->times[i - 1])) {
            return CORD_E_FORMAT;
        }
    }
    *octets = cord_octets_of(rest);
    return status;
}

static bool pass_tables(struct cord_block_summary *summary, struct cord_octets *octets)
{
    summary->table_count = cord_octets_varint(octets);
    if (summary->table_count > cord_octets_left(octets) / TABLE_BYTES) {
        return false;
    }
    summary->tables = (cord_str){(const char *)octets->at, cord_octets_left(octets)};
    for (uint64_t i = 0; i < summary->table_count; i++) {
        (void)cord_octets_text(octets);
    }
    return !octets->failed && cord_octets_left(octets) == 0;
}

cord_status cord_block_summary_open(struct cord_block_summary *summary, cord_str bytes,
                                    const struct cord_block_head *head, struct cord_error *err)
{
    cord_str text = CORD_STR("");
    summary->head = head;
    cord_status status = unpack(summary, bytes, &text, err);
    if (status != CORD_OK) {
        return status;
    }
    struct cord_octets octets = cord_octets_of(text);
    for (size_t i = 0; i < CORD_BLOCK_SUMMARY_OWN; i++) {
        summary->own[i] = take_code(&octets);
    }
    if (!pass_names(summary, &octets)) {
        return damaged(err, "its names are damaged");
    }
    status = take_times(summary, &octets);
    if (status != CORD_OK) {
        return status == CORD_E_NOMEM ? status : damaged(err, "its times are damaged");
    }
    return pass_tables(summary, &octets) ? CORD_OK : damaged(err, "its tables are damaged");
}

static uint32_t find_builtin(const struct cord_block_summary *summary,
                             enum cord_query_builtin builtin)
{
    switch (builtin) {
    case CORD_QUERY_FIELD_HOST:
        return summary->own[CORD_BLOCK_SUMMARY_HOST];
    case CORD_QUERY_FIELD_USER:
        return summary->own[CORD_BLOCK_SUMMARY_USER];
    case CORD_QUERY_FIELD_CLASS:
        return summary->own[CORD_BLOCK_SUMMARY_CLASS];
    case CORD_QUERY_FIELD_TIME:
    case CORD_QUERY_FIELD_RECEIVED:
    case CORD_QUERY_FIELD_ORG:
    case CORD_QUERY_FIELD_SOURCE:
    case CORD_QUERY_FIELD_FORMAT:
    case CORD_QUERY_FIELD_ID:
    case CORD_QUERY_FIELD_RAW:
    case CORD_QUERY_FIELD_OWN:
        break;
    }
    return CORD_BLOCK_SUMMARY_UNCOUNTED;
}

uint32_t cord_block_summary_find(const struct cord_block_summary *summary,
                                 const struct cord_query_field *field, bool above)
{
    struct cord_octets octets = cord_octets_of(summary->names);
    uint32_t found = CORD_BLOCK_SUMMARY_NOBODY;
    if (field->builtin != CORD_QUERY_FIELD_OWN) {
        return find_builtin(summary, field->builtin);
    }
    for (uint64_t i = 0; i < summary->name_count; i++) {
        uint32_t any = 0;
        uint32_t rooted = 0;
        cord_str name = take_name(&octets, &any, &rooted);
        if (above && rooted != CORD_BLOCK_SUMMARY_NOBODY && cord_query_pick_above(field, name)) {
            return CORD_BLOCK_SUMMARY_UNCOUNTED; /* not counted together */
        }
        if (found == CORD_BLOCK_SUMMARY_NOBODY && cord_str_eq_fold(name, field->name)) {
            found = field->rooted ? rooted : any;
        }
    }
    /* Which member of an array a value is stands in the record alone. */
    bool member = field->index_count > 0 && found != CORD_BLOCK_SUMMARY_NOBODY;
    return member ? CORD_BLOCK_SUMMARY_UNCOUNTED : found;
}

bool cord_block_summary_name(const struct cord_block_summary *summary, size_t *cursor,
                             cord_str *ret_name, bool *ret_whole)
{
    struct cord_octets octets = cord_octets_of(cord_str_from_byte(summary->names, *cursor));
    size_t left = cord_octets_left(&octets);
    uint32_t any = 0;
    uint32_t rooted = 0;
    if (left == 0) {
        return false;
    }
    *ret_name = take_name(&octets, &any, &rooted);
    *ret_whole = rooted != CORD_BLOCK_SUMMARY_NOBODY;
    *cursor += left - cord_octets_left(&octets);
    return !octets.failed;
}

static bool take_value(const struct cord_block_summary *summary, struct cord_octets *octets,
                       struct cord_block_summary_value *value)
{
    unsigned form = (unsigned)cord_octets_fixed(octets, 1);
    cord_str text = cord_octets_text(octets);
    uint64_t rows = cord_octets_varint(octets);
    uint64_t first = cord_octets_varint(octets);
    uint64_t last = cord_octets_varint(octets);
    if (octets->failed || (form & 15U) > CORD_VALUE_NULL || form >> 4 > CORD_VALUE_ESCAPED ||
        rows == 0 || rows > summary->head->row_count || first > last ||
        last >= summary->time_count) {
        return false;
    }
    *value = (struct cord_block_summary_value){
        .kind = (enum cord_value_kind)(form & 15U),
        .flags = form >> 4,
        .text = text,
        .rows = rows,
        .first_ns = summary->times[first],
        .last_ns = summary->times[last],
    };
    return true;
}

static cord_status values_room(struct cord_block_summary *summary, size_t count)
{
    if (count <= summary->value_cap) {
        return CORD_OK;
    }
    struct cord_block_summary_value *values =
        realloc(summary->values, count * sizeof *summary->values);
    if (!values) {
        return CORD_E_NOMEM;
    }
    summary->values = values;
    summary->value_cap = count;
    return CORD_OK;
}

cord_status cord_block_summary_table(struct cord_block_summary *summary, uint32_t table,
                                     const struct cord_block_summary_value **ret_values,
                                     size_t *ret_count)
{
    struct cord_octets octets = cord_octets_of(summary->tables);
    uint64_t rows = 0;
    if (table < CORD_BLOCK_SUMMARY_TABLES ||
        table - CORD_BLOCK_SUMMARY_TABLES >= summary->table_count) {
        return CORD_E_FORMAT;
    }
    for (uint32_t i = CORD_BLOCK_SUMMARY_TABLES; i < table; i++) {
        (void)cord_octets_text(&octets);
    }
    octets = cord_octets_of(cord_octets_text(&octets));
    uint64_t count = cord_octets_varint(&octets);
    if (octets.failed || count > CORD_BLOCK_SUMMARY_VALUES_MAX + 1) {
        return CORD_E_FORMAT;
    }
    cord_status status = values_room(summary, (size_t)count);
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        status = take_value(summary, &octets, &summary->values[i]) ? CORD_OK : CORD_E_FORMAT;
        rows += status == CORD_OK ? summary->values[i].rows : 0;
    }
    if (status != CORD_OK) {
        return status;
    }
    *ret_values = summary->values;
    *ret_count = (size_t)count;
    return cord_octets_left(&octets) == 0 && rows == summary->head->row_count ? CORD_OK
                                                                              : CORD_E_FORMAT;
}
