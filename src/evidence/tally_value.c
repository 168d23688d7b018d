/* tally_value.c: the values that a row is counted by; see tally_internal.h. */
#include "evidence/tally_internal.h"

/* Texts of one row: a record may be long. */
#define TEXTS_BYTES_MAX ((size_t)8 << 30)

cord_status cord_tally_value_init(struct tally_values *values,
                                  const struct cord_query_field *fields, size_t count)
{
    values->field_count = count;
    for (size_t i = 0; i < count; i++) {
        cord_query_pick_init(&values->picks[i], &fields[i], false);
    }
    values->texts = cord_arena_new(TEXTS_BYTES_MAX);
    return values->texts ? CORD_OK : CORD_E_NOMEM;
}

void cord_tally_value_done(struct tally_values *values)
{
    for (size_t i = 0; i < values->field_count; i++) {
        cord_query_pick_done(&values->picks[i]);
    }
    cord_arena_free(values->texts);
}

void cord_tally_value_from(struct tally_values *values, const struct cord_rows *rows)
{
    for (size_t i = 0; i < values->field_count; i++) {
        cord_query_pick_from(&values->picks[i], rows);
    }
}

static cord_status add_value(struct tally_values *values, size_t field, cord_str text,
                             uint64_t *combined)
{
    size_t *count = &values->counts[field];
    for (size_t i = 0; i < *count; i++) {
        if (cord_str_eq(values->items[field][i], text)) {
            return CORD_OK;
        }
    }
    if (*count == CORD_TALLY_VALUES_MAX) {
        ++*combined;
        return CORD_OK;
    }
    cord_str copy = cord_arena_copy(values->texts, text);
    if (!copy.ptr) {
        return CORD_E_NOMEM;
    }
    values->items[field][(*count)++] = copy;
    return CORD_OK;
}

static cord_status read_field(struct tally_values *values, size_t field,
                              struct cord_query_test *test, const struct cord_row *row,
                              uint64_t *combined)
{
    struct cord_query_picked picked;
    size_t cursor = 0;
    cord_status status = CORD_OK;
    values->counts[field] = 0;
    while (status == CORD_OK) {
        cord_str text = {0};
        status = cord_query_pick_next(&values->picks[field], row, &cursor, &picked);
        if (status == CORD_OK) {
            status = cord_query_test_text(test, picked.kind, picked.flags, picked.text, &text);
        }
        if (status == CORD_OK && text.ptr) {
            status = add_value(values, field, text, combined);
        }
    }
    if (values->counts[field] == 0) {
        values->items[field][0] = (cord_str){0};
        values->counts[field] = 1;
    }
    return status == CORD_E_END ? CORD_OK : status;
}

cord_status cord_tally_value_read(struct tally_values *values, struct cord_query_test *test,
                                  const struct cord_row *row, uint64_t *combined)
{
    cord_status status = CORD_OK;
    size_t combinations = 1;
    cord_arena_reset(values->texts);
    for (size_t i = 0; i < values->field_count && status == CORD_OK; i++) {
        status = read_field(values, i, test, row, combined);
        combinations *= values->counts[i]; /* at most 16 to the 8th */
    }
    if (combinations > CORD_TALLY_COMBINATIONS_MAX) {
        *combined += combinations - CORD_TALLY_COMBINATIONS_MAX;
    }
    return status;
}

bool cord_tally_value_combination(const struct tally_values *values, size_t nth,
                                  cord_str ret_texts[CORD_QUERY_FIELDS_MAX])
{
    size_t rest = nth;
    for (size_t i = values->field_count; i-- > 0;) {
        ret_texts[i] = values->items[i][rest % values->counts[i]];
        rest /= values->counts[i];
    }
    return rest == 0 && nth < CORD_TALLY_COMBINATIONS_MAX;
}
