/* block_summarise_names.c: what answers to which name; see block_summarise_internal.h. */
#include "evidence/block_summarise_internal.h"

#include "evidence/query_pick.h"

#include <stdlib.h>

#define NAMES_MAX 16384u
#define SETS_MAX  1024u /* of several fields */

/* A name by which a query may mean a field. */
struct summarise_name {
    cord_str text; /* folded */
    uint32_t field;
    bool rooted; /* it is the field's whole name */
};

static int compare_names(const void *a, const void *b)
{
    const struct summarise_name *x = a;
    const struct summarise_name *y = b;
    int order = cord_str_compare(x->text, y->text);
    return order != 0 ? order : (x->field > y->field) - (x->field < y->field);
}

static cord_status put_name(struct cord_block_summarise *maker, struct summarise_name *to,
                            cord_str text)
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
static cord_status list_names(struct cord_block_summarise *maker, struct summarise_name *names,
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
            names[count] = (struct summarise_name){.field = f, .rooted = i == 0};
            status = put_name(maker, &names[count++], text);
        }
    }
    *ret_count = count;
    return status;
}

/* The table of so many fields, ascending: made when new, and table_count when
 * there are too many; SUMMARISE_NONE of no field. */
static uint32_t table_of(struct cord_block_summarise *maker, const uint32_t *fields, uint32_t count)
{
    if (count == 0) {
        return SUMMARISE_NONE;
    }
    if (count == 1) {
        return fields[0];
    }
    for (uint32_t t = maker->field_count; t < maker->table_count; t++) {
        const struct summarise_table *table = &maker->tables[t];
        if (table->field_count == count &&
            memcmp(table->fields, fields, count * sizeof *fields) == 0) {
            return t;
        }
    }
    if (maker->table_count == maker->field_count + SETS_MAX) {
        return maker->table_count;
    }
    maker->tables[maker->table_count] =
        (struct summarise_table){.fields = fields, .field_count = count};
    return maker->table_count++;
}

static cord_status answer_name(struct cord_block_summarise *maker,
                               const struct summarise_name *names, size_t count)
{
    uint32_t *fields = NULL;
    uint32_t *rooted = NULL;
    uint32_t field_count = 0;
    uint32_t rooted_count = 0;
    SUMMARISE_MAKE(maker, fields, count);
    SUMMARISE_MAKE(maker, rooted, count);
    for (size_t i = 0; i < count; i++) {
        if (field_count == 0 || fields[field_count - 1] != names[i].field) {
            fields[field_count++] = names[i].field;
        }
        if (names[i].rooted) {
            rooted[rooted_count++] = names[i].field;
        }
    }
    maker->answers[maker->answer_count++] = (struct summarise_answer){
        names[0].text, table_of(maker, fields, field_count), table_of(maker, rooted, rooted_count)};
    return CORD_OK;
}

cord_status cord_block_summarise_names_find(struct cord_block_summarise *maker)
{
    struct summarise_name *names = NULL;
    size_t count = 0;
    SUMMARISE_MAKE(maker, names, NAMES_MAX);
    SUMMARISE_MAKE(maker, maker->answers, NAMES_MAX);
    SUMMARISE_MAKE(maker, maker->tables, maker->field_count + SETS_MAX);
    maker->answer_count = 0;
    maker->table_count = maker->field_count;
    for (uint32_t f = 0; f < maker->field_count; f++) {
        uint32_t *itself = NULL;
        SUMMARISE_MAKE(maker, itself, 1);
        *itself = f;
        maker->tables[f] = (struct summarise_table){.fields = itself, .field_count = 1};
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
