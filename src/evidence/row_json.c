/* row_json.c: see row_json.h. */
#include "evidence/row_json.h"

#include "base/utf8.h"
#include "codec/json_write.h"
#include "evidence/query_pick.h"
#include "evidence/query_test.h"

#include <stdlib.h>

struct cord_row_json {
    const struct cord_query_stage *fields; /* NULL: events as they are */
    struct cord_query_pick picks[CORD_QUERY_FIELDS_MAX];
    struct cord_query_test *test;
    struct cord_buf *out; /* of the row at hand */
};

struct cord_row_json *cord_row_json_new(const struct cord_query *query)
{
    size_t count = 0;
    const struct cord_query_stage *stages = query ? cord_query_stages(query, &count) : NULL;
    struct cord_row_json *json = calloc(1, sizeof *json);
    if (!json) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        json->fields = stages[i].verb == CORD_QUERY_FIELDS ? &stages[i] : json->fields;
    }
    for (size_t i = 0; json->fields && i < json->fields->field_count; i++) {
        cord_query_pick_init(&json->picks[i], &json->fields->fields[i], false);
    }
    json->test = cord_query_test_new();
    if (!json->test) {
        cord_row_json_free(json);
        return NULL;
    }
    return json;
}

void cord_row_json_free(struct cord_row_json *json)
{
    if (json) {
        for (size_t i = 0; i < CORD_QUERY_FIELDS_MAX; i++) {
            cord_query_pick_done(&json->picks[i]);
        }
        cord_query_test_free(json->test);
        free(json);
    }
}

/* An object has just been opened: no comma yet. */
static bool is_open(const struct cord_buf *out)
{
    return out->len > 0 && out->ptr[out->len - 1] == '{';
}

static bool is_json_number(cord_str text)
{
    struct cord_decimal number;
    size_t at = text.len > 0 && text.ptr[0] == '-' ? 1 : 0;
    bool zeros = at + 1 < text.len && text.ptr[at] == '0' && cord_str_is_digit(text.ptr[at + 1]);
    return text.len > 0 && text.ptr[0] != '+' && !zeros && cord_decimal_parse(text, &number);
}

static cord_status put_json_value(struct cord_row_json *json, enum cord_value_kind kind,
                                  unsigned flags, cord_str value)
{
    cord_str text = {0};
    cord_status status = cord_query_test_text(json->test, kind, flags, value, &text);
    if (status != CORD_OK) {
        return status;
    }
    switch (kind) {
    case CORD_VALUE_NUMBER:
        if (is_json_number(value)) {
            cord_buf_put(json->out, value);
            return CORD_OK;
        }
        break;
    case CORD_VALUE_TRUE:
        cord_buf_put_text(json->out, "true");
        return CORD_OK;
    case CORD_VALUE_FALSE:
        cord_buf_put_text(json->out, "false");
        return CORD_OK;
    case CORD_VALUE_NULL:
        cord_buf_put_text(json->out, "null");
        return CORD_OK;
    case CORD_VALUE_EMPTY:
        cord_buf_put_text(json->out, "[]");
        return CORD_OK;
    case CORD_VALUE_TEXT:
        break;
    }
    cord_json_write_string(json->out, text);
    return CORD_OK;
}

/* Values of one name stand together, as a list when there are several. */
static cord_status put_json_fields(struct cord_row_json *json, const struct cord_rows *rows,
                                   const struct cord_row *row)
{
    cord_status status = CORD_OK;
    bool first = true;
    cord_buf_put_text(json->out, is_open(json->out) ? "\"fields\":{" : ",\"fields\":{");
    for (uint32_t i = 0; i < row->span_count && status == CORD_OK; i++) {
        size_t same = 0;
        size_t name_count = 0;
        uint32_t before = 0;
        while (before < i && row->spans[before].field != row->spans[i].field) {
            before++;
        }
        if (before < i) {
            continue; /* in the list of the first */
        }
        for (uint32_t at = i; at < row->span_count; at++) {
            same += row->spans[at].field == row->spans[i].field ? 1 : 0;
        }
        cord_buf_put_text(json->out, first ? "" : ",");
        first = false;
        cord_json_write_string(json->out,
                               cord_rows_names(rows, row->spans[i].field, &name_count)[0]);
        cord_buf_put_text(json->out, same > 1 ? ":[" : ":");
        size_t put = 0;
        for (uint32_t at = i; at < row->span_count && status == CORD_OK; at++) {
            const struct cord_span *span = &row->spans[at];
            if (span->field == row->spans[i].field) {
                cord_buf_put_text(json->out, put++ > 0 ? "," : "");
                status = put_json_value(json, (enum cord_value_kind)span->kind, span->flags,
                                        cord_row_value(row, span));
            }
        }
        cord_buf_put_text(json->out, same > 1 ? "]" : "");
    }
    cord_buf_put_char(json->out, '}');
    return status;
}

static void put_json_text(struct cord_row_json *json, const char *name, cord_str text)
{
    if (text.len > 0) {
        cord_buf_printf(json->out, "%s\"%s\":", is_open(json->out) ? "" : ",", name);
        cord_json_write_string(json->out, text);
    }
}

static cord_status role_text(struct cord_row_json *json, const struct cord_row *row,
                             enum cord_role role, cord_str *ret_text)
{
    *ret_text = (cord_str){0};
    if (row->role[role] == CORD_VALUE_NONE) {
        return CORD_OK;
    }
    const struct cord_span *span = &row->spans[row->role[role]];
    return cord_query_test_text(json->test, (enum cord_value_kind)span->kind, span->flags,
                                cord_row_value(row, span), ret_text);
}

static cord_status put_json_event(struct cord_row_json *json, const struct cord_rows *rows,
                                  const struct cord_row *row, cord_str id)
{
    const struct cord_origin *origin = cord_rows_origin_at(rows, row->origin);
    char time[CORD_TIMESTAMP_TEXT];
    cord_str text;
    put_json_text(json, "time", cord_timestamp_format(row->time_ns, time));
    put_json_text(json, "received", cord_timestamp_format(row->received_ns, time));
    put_json_text(json, "id", id);
    put_json_text(json, "org", origin->organisation);
    put_json_text(json, "source", origin->source);
    put_json_text(json, "format", origin->format);
    put_json_text(json, "class", origin->event_class);
    cord_status status = role_text(json, row, CORD_ROLE_HOST, &text);
    if (status == CORD_OK) {
        put_json_text(json, "host", text);
        status = role_text(json, row, CORD_ROLE_USER, &text);
    }
    if (status == CORD_OK) {
        put_json_text(json, "user", text);
        status = put_json_fields(json, rows, row);
    }
    if (cord_utf8_is_valid(cord_row_raw(row))) {
        put_json_text(json, "raw", cord_row_raw(row));
    }
    return status;
}

/* The field's values: null, one, or a list of them. */
static cord_status put_json_field(struct cord_row_json *json, size_t field,
                                  const struct cord_row *row, cord_str id)
{
    struct cord_query_picked picked;
    size_t cursor = 0;
    size_t count = 0;
    size_t from = json->out->len;
    cord_status status = CORD_OK;
    if (json->fields->fields[field].builtin == CORD_QUERY_FIELD_ID && id.len > 0) {
        cord_json_write_string(json->out, id);
        return CORD_OK;
    }
    while (status == CORD_OK) {
        status = cord_query_pick_next(&json->picks[field], row, &cursor, &picked);
        bool says =
            status == CORD_OK && picked.kind != CORD_VALUE_NULL && picked.kind != CORD_VALUE_EMPTY;
        if (says) {
            cord_buf_put_text(json->out, count++ == 0 ? "" : ",");
            status = put_json_value(json, picked.kind, picked.flags, picked.text);
        }
    }
    if (count == 0) {
        cord_buf_put_text(json->out, "null");
    } else if (count > 1 && cord_buf_reserve(json->out, 2)) {
        memmove(json->out->ptr + from + 1, json->out->ptr + from, json->out->len - from);
        json->out->ptr[from] = '[';
        json->out->len++;
        cord_buf_put_char(json->out, ']');
    }
    return status == CORD_E_END ? CORD_OK : status;
}

static cord_status put_json_chosen(struct cord_row_json *json, const struct cord_row *row,
                                   cord_str id)
{
    cord_status status = CORD_OK;
    for (size_t i = 0; i < json->fields->field_count && status == CORD_OK; i++) {
        cord_buf_put_text(json->out, i > 0 ? "," : "");
        cord_json_write_string(json->out, json->fields->fields[i].text);
        cord_buf_put_char(json->out, ':');
        status = put_json_field(json, i, row, id);
    }
    return status;
}

cord_status cord_row_json_write(struct cord_row_json *json, const struct cord_rows *rows, size_t at,
                                cord_str id, struct cord_buf *out)
{
    const struct cord_row *row = cord_rows_at(rows, at);
    json->out = out;
    for (size_t i = 0; json->fields && i < json->fields->field_count; i++) {
        cord_query_pick_from(&json->picks[i], rows);
    }
    cord_buf_put_char(out, '{');
    cord_status status =
        json->fields ? put_json_chosen(json, row, id) : put_json_event(json, rows, row, id);
    cord_buf_put_char(out, '}');
    return status;
}

static void put_cell(const struct cord_tally_cell *cell, struct cord_buf *out)
{
    char time[CORD_TIMESTAMP_TEXT];
    char number[CORD_FIXED_TEXT];
    switch (cell->kind) {
    case CORD_TALLY_TEXT:
        cord_json_write_string(out, cell->text);
        break;
    case CORD_TALLY_COUNT:
        cord_buf_put_u64(out, cell->count);
        break;
    case CORD_TALLY_TIME:
        cord_json_write_string(out, cord_timestamp_format(cell->time_ns, time));
        break;
    case CORD_TALLY_NUMBER:
        cord_buf_put(out, cord_fixed_format(cell->number, number));
        break;
    case CORD_TALLY_NONE:
        cord_buf_put_text(out, "null");
        break;
    }
}

void cord_row_json_cells(const struct cord_tally_table *table, size_t row, struct cord_buf *out)
{
    for (size_t i = 0; i < table->column_count; i++) {
        cord_buf_put_text(out, i == 0 ? "{" : ",");
        cord_json_write_string(out, table->titles[i]);
        cord_buf_put_char(out, ':');
        put_cell(&table->rows[row][i], out);
    }
    cord_buf_put_char(out, '}');
}
