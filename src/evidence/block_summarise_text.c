/* block_summarise_text.c: the bytes of a summary; see block_summarise_internal.h. */
#include "evidence/block_summarise_internal.h"

#include "base/octets.h"
#include "evidence/block_ints.h"

#include <stdlib.h>

/* About what a value and a name take. */
enum { ENTRY_COST = 11, NAME_COST = 4 };

/* By what they cost for each row that they say something of. */
static int compare_costs(const void *a, const void *b)
{
    const struct summarise_table *x = *(struct summarise_table *const *)a;
    const struct summarise_table *y = *(struct summarise_table *const *)b;
    uint64_t left = x->cost * y->rows;
    uint64_t right = y->cost * x->rows;
    if (left != right) {
        return left < right ? -1 : 1;
    }
    return (x > y) - (x < y);
}

static uint64_t cost_of(const struct summarise_table *table)
{
    uint64_t cost = 0;
    for (uint32_t i = 0; i < table->entry_count; i++) {
        cost += ENTRY_COST + table->entries[i].text.len;
    }
    return cost;
}

/* Fields that stand side by side say the same, and roles what a field says. */
static bool is_same(const struct summarise_table *a, const struct summarise_table *b)
{
    if (a->cost != b->cost || a->rows != b->rows || a->entry_count != b->entry_count) {
        return false;
    }
    for (uint32_t i = 0; i < a->entry_count; i++) {
        const struct summarise_entry *x = &a->entries[i];
        const struct summarise_entry *y = &b->entries[i];
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
    struct summarise_table **order = NULL;
    uint32_t count = 0;
    uint64_t cost = 0;
    for (uint32_t i = 0; i < maker->answer_count; i++) {
        cost += NAME_COST + maker->answers[i].text.len / 3; /* names pack well */
    }
    if (cost > bytes_max / 2) {
        return CORD_E_LIMIT;
    }
    SUMMARISE_MAKE(maker, order, maker->table_count);
    SUMMARISE_MAKE(maker, maker->chosen, maker->table_count);
    for (uint32_t t = 0; t < maker->table_count; t++) {
        struct summarise_table *table = &maker->tables[t];
        table->code = summarise_has_occurrences(maker, table) ? CORD_BLOCK_SUMMARY_UNCOUNTED
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
    if (table == SUMMARISE_NONE) {
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
    SUMMARISE_MAKE(maker, maker->times, count);
    count = 0;
    for (uint32_t t = 0; t < maker->chosen_count; t++) {
        const struct summarise_table *table = maker->chosen[t];
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

static void put_table(struct cord_block_summarise *maker, const struct summarise_table *table)
{
    struct cord_buf *body = &maker->body;
    cord_buf_clear(body);
    cord_octets_put_varint(body, table->entry_count);
    for (uint32_t i = 0; i < table->entry_count; i++) {
        const struct summarise_entry *entry = &table->entries[i];
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
        cord_octets_put_varint(text, code_of(maker, summarise_own_field(maker, i)));
    }
    cord_octets_put_varint(text, maker->answer_count);
    for (uint32_t i = 0; i < maker->answer_count; i++) {
        const struct summarise_answer *answer = &maker->answers[i];
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

cord_status cord_block_summarise_text_put(struct cord_block_summarise *maker, size_t bytes_max)
{
    cord_status status = choose_tables(maker, bytes_max);
    status = status == CORD_OK ? list_times(maker) : status;
    if (status == CORD_OK) {
        put_text(maker);
        status = maker->text.failed ? CORD_E_LIMIT : CORD_OK;
    }
    return status;
}
