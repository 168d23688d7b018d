/* rows_merge.c: see rows_merge.h. */
#include "evidence/rows_merge.h"

#include <stdlib.h>

static uint32_t *unknown_numbers(size_t count)
{
    uint32_t *numbers = malloc((count + 1) * sizeof *numbers);
    if (numbers) {
        memset(numbers, 0xff, (count + 1) * sizeof *numbers); /* each UINT32_MAX */
    }
    return numbers;
}

cord_status cord_rows_merge_init(struct cord_rows_merge *merge, struct cord_rows *to,
                                 const struct cord_rows *from)
{
    *merge = (struct cord_rows_merge){
        .to = to,
        .from = from,
        .fields = unknown_numbers(cord_rows_field_count(from)),
        .origins = unknown_numbers(cord_rows_origin_count(from)),
    };
    if (!merge->fields || !merge->origins) {
        cord_rows_merge_done(merge);
        return CORD_E_NOMEM;
    }
    return CORD_OK;
}

void cord_rows_merge_done(struct cord_rows_merge *merge)
{
    free(merge->spans);
    free(merge->origins);
    free(merge->fields);
    *merge = (struct cord_rows_merge){0};
}

static cord_status field_in(struct cord_rows_merge *merge, uint32_t field, uint32_t *ret_number)
{
    if (merge->fields[field] == UINT32_MAX) {
        size_t name_count = 0;
        const cord_str *names = cord_rows_names(merge->from, field, &name_count);
        cord_status status = cord_rows_field(merge->to, names, name_count, &merge->fields[field]);
        if (status != CORD_OK) {
            return status;
        }
    }
    *ret_number = merge->fields[field];
    return CORD_OK;
}

static bool has_room(struct cord_rows_merge *merge, size_t count)
{
    if (count <= merge->span_cap) {
        return true;
    }
    size_t cap = count < 256 ? 256 : count * 2;
    struct cord_span *spans = reallocarray(merge->spans, cap, sizeof *spans);
    if (!spans) {
        return false;
    }
    merge->spans = spans;
    merge->span_cap = cap;
    return true;
}

/* The row with its numbers as `to` has them, its spans in the merge's memory. */
static cord_status renumber(struct cord_rows_merge *merge, size_t at, struct cord_row *ret_row)
{
    struct cord_row copy = *cord_rows_at(merge->from, at);
    if (!has_room(merge, copy.span_count)) {
        return CORD_E_NOMEM;
    }
    if (merge->origins[copy.origin] == UINT32_MAX) {
        cord_status status = cord_rows_origin(
            merge->to, cord_rows_origin_at(merge->from, copy.origin), &merge->origins[copy.origin]);
        if (status != CORD_OK) {
            return status;
        }
    }
    copy.origin = merge->origins[copy.origin];
    for (uint32_t i = 0; i < copy.span_count; i++) {
        uint32_t number = 0;
        cord_status status = field_in(merge, copy.spans[i].field, &number);
        if (status != CORD_OK) {
            return status;
        }
        merge->spans[i] = copy.spans[i];
        merge->spans[i].field = number & 0xffffffu;
    }
    copy.spans = merge->spans;
    *ret_row = copy;
    return CORD_OK;
}

cord_status cord_rows_merge_row(struct cord_rows_merge *merge, size_t at)
{
    struct cord_row row;
    cord_status status = renumber(merge, at, &row);
    return status == CORD_OK ? cord_rows_add(merge->to, &row) : status;
}

cord_status cord_rows_merge_lend(struct cord_rows_merge *merge, size_t at)
{
    struct cord_row row;
    cord_status status = renumber(merge, at, &row);
    return status == CORD_OK ? cord_rows_lend(merge->to, &row) : status;
}
