/* block_field.c: conditions on the values of a field, by columns. */
#include "evidence/block_search_internal.h"
#include "evidence/query_pick.h"

enum { NOT_MEANT, MEANT };

/* An address has 45 characters at most, of which any may be escaped by six. */
enum { ADDRESS_BYTES_MAX = 512 };

static cord_status test(struct cord_block_search *search, const struct cord_query_node *node,
                        unsigned kind, unsigned flags, cord_str value,
                        enum cord_query_answer *ret_answer)
{
    return cord_query_test_value(search->test, node, (enum cord_value_kind)kind, flags, value,
                                 ret_answer);
}

/* The same answer for all rows of a shape. */
static void put_answer(const struct cord_block_search *search, uint32_t shape,
                       enum cord_query_answer answer, uint64_t *yes, uint64_t *unknown)
{
    if (answer != CORD_QUERY_NO) {
        cord_block_search_put_shape(search, shape, answer == CORD_QUERY_YES ? yes : unknown);
    }
}

/* A value that is part of the skeleton, or of several holes. */
static cord_status assemble(struct cord_block_search *search, const struct cord_block_form *shape,
                            const struct cord_block_span *span, uint32_t rank, cord_str *ret_text)
{
    struct cord_buf *value = &search->value;
    uint32_t from = span->skeleton;
    uint32_t before =
        span->holes_end > span->holes ? cord_block_search_before(shape, span->holes) : 0;
    cord_buf_clear(value);
    for (uint32_t h = span->holes; h < span->holes_end; h++) {
        cord_str text;
        cord_status status = cord_block_search_hole(search, &shape->holes[h], rank, &text);
        if (status != CORD_OK) {
            return status;
        }
        before += h > span->holes ? shape->holes[h].gap : 0;
        cord_buf_put(value, cord_str_slice(shape->skeleton, from, before - from));
        cord_buf_put(value, text);
        from = before;
    }
    cord_buf_put(value, cord_str_slice(shape->skeleton, from, span->skeleton_end - from));
    *ret_text = (cord_str){value->ptr ? value->ptr : "", value->len};
    return value->failed ? CORD_E_LIMIT : CORD_OK;
}

static cord_status by_row(struct cord_block_search *search, const struct cord_block_ask *ask,
                          uint32_t shape, const struct cord_block_span *span)
{
    const struct cord_block_form *form = cord_block_column_shape(search->block, shape);
    const uint32_t *rows = search->row_at + search->shape_start[shape];
    cord_status status = CORD_OK;
    for (uint32_t rank = 0; rank < form->row_count && status == CORD_OK; rank++) {
        cord_str value;
        enum cord_query_answer answer = CORD_QUERY_NO;
        if (!cord_block_set_has(ask->among, rows[rank]) ||
            cord_block_set_has(ask->yes, rows[rank])) {
            continue;
        }
        status = assemble(search, form, span, rank, &value);
        if (status == CORD_OK) {
            status = test(search, ask->node, span->kind, span->flags, value, &answer);
        }
        if (status == CORD_OK && answer != CORD_QUERY_NO) {
            cord_block_set_put(answer == CORD_QUERY_YES ? ask->yes : ask->unknown, rows[rank]);
        }
    }
    return status;
}

static cord_status by_hole(struct cord_block_search *search, const struct cord_block_ask *ask,
                           uint32_t shape, const struct cord_block_span *span)
{
    const struct cord_block_hole_at *hole =
        &cord_block_column_shape(search->block, shape)->holes[span->holes];
    if (hole->column == CORD_BLOCK_COLUMN_NONE) {
        cord_str value;
        enum cord_query_answer answer = CORD_QUERY_NO;
        cord_status status = cord_block_search_hole(search, hole, 0, &value);
        if (status == CORD_OK) {
            status = test(search, ask->node, span->kind, span->flags, value, &answer);
        }
        put_answer(search, shape, answer, ask->yes, ask->unknown);
        return status;
    }
    const struct cord_block_verdicts *verdicts = NULL;
    cord_status status = cord_block_search_verdicts(search, ask->node, hole->column, span->kind,
                                                    span->flags, &verdicts);
    if (status == CORD_OK && verdicts->any) {
        status = cord_block_search_put_rows(search, shape, hole, verdicts->answers, ask->yes,
                                            ask->unknown);
    }
    return status;
}

static cord_status by_span(struct cord_block_search *search, const struct cord_block_ask *ask,
                           uint32_t shape, const struct cord_block_span *span)
{
    bool says_nothing = span->kind == CORD_VALUE_NULL || span->kind == CORD_VALUE_EMPTY;
    if (says_nothing || ask->node->op == CORD_QUERY_EXISTS) {
        put_answer(search, shape, says_nothing ? CORD_QUERY_NO : CORD_QUERY_YES, ask->yes,
                   ask->unknown);
        return CORD_OK;
    }
    if (cord_block_search_is_hole(span)) {
        return by_hole(search, ask, shape, span);
    }
    if (span->holes_end > span->holes) {
        return by_row(search, ask, shape, span);
    }
    cord_str value;
    enum cord_query_answer answer = CORD_QUERY_NO;
    cord_status status =
        assemble(search, cord_block_column_shape(search->block, shape), span, 0, &value);
    if (status == CORD_OK) {
        status = test(search, ask->node, span->kind, span->flags, value, &answer);
    }
    put_answer(search, shape, answer, ask->yes, ask->unknown);
    return status;
}

/* --- fields of the source --- */

static void look_at_names(struct cord_block_search *search, const struct cord_query_node *node)
{
    uint32_t count = cord_block_column_fields(search->block);
    for (uint32_t field = 0; field < count; field++) {
        size_t name_count = 0;
        const cord_str *names = cord_block_column_names(search->block, field, &name_count);
        bool meant =
            cord_query_pick_names(&node->field, names, name_count) ||
            (node->op == CORD_QUERY_EXISTS && cord_query_pick_above(&node->field, names[0]));
        search->fields[field] = meant ? MEANT : NOT_MEANT;
    }
}

static cord_status by_own(struct cord_block_search *search, const struct cord_block_ask *ask)
{
    uint32_t shapes = cord_block_column_shapes(search->block);
    cord_status status = CORD_OK;
    look_at_names(search, ask->node);
    for (uint32_t shape = 0; shape < shapes && status == CORD_OK; shape++) {
        const struct cord_block_form *form = cord_block_column_shape(search->block, shape);
        for (uint32_t i = 0;
             search->shape_alive[shape] && i < form->span_count && status == CORD_OK; i++) {
            if (search->fields[form->spans[i].field] == NOT_MEANT) {
                continue;
            }
            if (ask->node->field.index_count > 0) {
                /* Which member of an array it is stands in the record's JSON. */
                cord_block_search_put_shape(search, shape, ask->unknown);
                break;
            }
            status = by_span(search, ask, shape, &form->spans[i]);
        }
    }
    return status;
}

/* --- what every event has --- */

static cord_status by_origin(struct cord_block_search *search, const struct cord_block_ask *ask)
{
    uint32_t shapes = cord_block_column_shapes(search->block);
    cord_status status = CORD_OK;
    for (uint32_t shape = 0; shape < shapes && status == CORD_OK; shape++) {
        const struct cord_block_form *form = cord_block_column_shape(search->block, shape);
        enum cord_query_answer answer = CORD_QUERY_NO;
        cord_str text = {0};
        if (cord_query_pick_origin(cord_block_column_origin(search->block, form->origin),
                                   ask->node->field.builtin, &text) &&
            text.len > 0) {
            status = test(search, ask->node, CORD_VALUE_TEXT, 0, text, &answer);
        }
        put_answer(search, shape, answer, ask->yes, ask->unknown);
    }
    return status;
}

/* A time within bounds that are times: without writing and reading it. */
static enum cord_query_answer compare_ns(const struct cord_query_node *node, int64_t ns)
{
    const struct cord_query_bound *low = &node->low;
    const struct cord_query_bound *high = &node->high;
    bool holds = (!low->present || ns > low->ns || (ns == low->ns && !low->open)) &&
                 (!high->present || ns < high->ns || (ns == high->ns && !high->open));
    return holds ? CORD_QUERY_YES : CORD_QUERY_NO;
}

static cord_status by_time(struct cord_block_search *search, const struct cord_block_ask *ask)
{
    bool received = ask->node->field.builtin == CORD_QUERY_FIELD_RECEIVED;
    cord_status status =
        received ? cord_block_column_times(search->block, &search->times, search->err) : CORD_OK;
    const int64_t *times = received ? search->times->received_ns : search->times->when_ns;
    bool as_time = ask->node->op == CORD_QUERY_COMPARE && ask->node->order == CORD_QUERY_AS_TIME;
    for (uint32_t row = 0; row < search->row_count && status == CORD_OK; row++) {
        char buffer[CORD_TIMESTAMP_TEXT];
        enum cord_query_answer answer = CORD_QUERY_NO;
        if (!cord_block_set_has(ask->among, row)) {
            continue;
        }
        cord_str text = as_time ? CORD_STR("") : cord_timestamp_format(times[row], buffer);
        if (as_time && times[row] != CORD_TIME_NONE) {
            answer = compare_ns(ask->node, times[row]);
        } else if (text.len > 0) {
            status = test(search, ask->node, CORD_VALUE_TEXT, 0, text, &answer);
        }
        if (answer != CORD_QUERY_NO) {
            cord_block_set_put(answer == CORD_QUERY_YES ? ask->yes : ask->unknown, row);
        }
    }
    return status;
}

static cord_status by_id(struct cord_block_search *search, const struct cord_block_ask *ask)
{
    cord_status status = cord_block_column_times(search->block, &search->times, search->err);
    for (uint32_t row = 0; row < search->row_count && status == CORD_OK; row++) {
        if (ask->node->sequence > 0 && search->times->sequence[row] == ask->node->sequence) {
            cord_block_set_put(ask->yes, row);
        }
    }
    return status;
}

static cord_status by_role(struct cord_block_search *search, const struct cord_block_ask *ask,
                           enum cord_role role)
{
    uint32_t shapes = cord_block_column_shapes(search->block);
    cord_status status = CORD_OK;
    for (uint32_t shape = 0; shape < shapes && status == CORD_OK; shape++) {
        const struct cord_block_form *form = cord_block_column_shape(search->block, shape);
        uint16_t at = form->role[role];
        if (search->shape_alive[shape] && at != CORD_VALUE_NONE) {
            status = by_span(search, ask, shape, &form->spans[at]);
        }
    }
    return status;
}

cord_status cord_block_field_rows(struct cord_block_search *search,
                                  const struct cord_block_ask *ask)
{
    switch (ask->node->field.builtin) {
    case CORD_QUERY_FIELD_TIME:
    case CORD_QUERY_FIELD_RECEIVED:
        return by_time(search, ask);
    case CORD_QUERY_FIELD_ORG:
    case CORD_QUERY_FIELD_SOURCE:
    case CORD_QUERY_FIELD_CLASS:
    case CORD_QUERY_FIELD_FORMAT:
        return by_origin(search, ask);
    case CORD_QUERY_FIELD_HOST:
        return by_role(search, ask, CORD_ROLE_HOST);
    case CORD_QUERY_FIELD_USER:
        return by_role(search, ask, CORD_ROLE_USER);
    case CORD_QUERY_FIELD_OWN:
        return by_own(search, ask);
    case CORD_QUERY_FIELD_ID:
        return by_id(search, ask);
    case CORD_QUERY_FIELD_RAW:
        break;
    }
    for (uint32_t shape = 0; shape < cord_block_column_shapes(search->block); shape++) {
        cord_block_search_put_shape(search, shape, ask->unknown);
    }
    return CORD_OK;
}

cord_status cord_block_field_any(struct cord_block_search *search, const struct cord_block_ask *ask)
{
    uint32_t shapes = cord_block_column_shapes(search->block);
    cord_status status = CORD_OK;
    for (uint32_t shape = 0; shape < shapes && status == CORD_OK; shape++) {
        const struct cord_block_form *form = cord_block_column_shape(search->block, shape);
        for (uint32_t i = 0;
             search->shape_alive[shape] && i < form->span_count && status == CORD_OK; i++) {
            const struct cord_block_span *span = &form->spans[i];
            if (span->skeleton_end - span->skeleton <= ADDRESS_BYTES_MAX) {
                status = by_span(search, ask, shape, span);
            }
        }
    }
    return status;
}
