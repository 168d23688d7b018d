/* hunt_output.c: see hunt_output.h. */
#include "cmd/hunt_output.h"

#include "cmd/csv_cell.h"
#include "cmd/output.h"

#include "base/utf8.h"
#include "codec/json_write.h"
#include "evidence/query_pick.h"
#include "evidence/query_test.h"
#include "evidence/row_json.h"

#include <stdlib.h>

enum {
    LINE_BYTES_MAX = 512 << 20,
    CELL_WIDTH_MAX = 60, /* of a table's columns but the last */
    CELL_WIDTH_LEAST = 12,
    BAR_WIDTH = 40,
};

struct hunt_output {
    struct hunt_output_config config;
    const struct cord_query_stage *fields; /* NULL: events as they are */
    const struct cord_query_stage *first;
    struct cord_query_pick picks[CORD_QUERY_FIELDS_MAX];
    struct cord_query_test *test;
    struct cord_row_json *json;
    struct cord_buf line;
    struct cord_buf cell;
    bool headed; /* the header line is out */
    cord_str id; /* of the event at hand */
};

struct hunt_output *hunt_output_new(const struct hunt_output_config *config,
                                    const struct cord_query *query)
{
    size_t count = 0;
    const struct cord_query_stage *stages = cord_query_stages(query, &count);
    struct hunt_output *output = calloc(1, sizeof *output);
    if (!output) {
        return NULL;
    }
    output->config = *config;
    output->first = count > 0 ? stages : NULL;
    for (size_t i = 0; i < count; i++) {
        output->fields = stages[i].verb == CORD_QUERY_FIELDS ? &stages[i] : output->fields;
    }
    for (size_t i = 0; output->fields && i < output->fields->field_count; i++) {
        cord_query_pick_init(&output->picks[i], &output->fields->fields[i], false);
    }
    cord_buf_init(&output->line, LINE_BYTES_MAX);
    cord_buf_init(&output->cell, LINE_BYTES_MAX);
    output->test = cord_query_test_new();
    output->json = cord_row_json_new(query);
    if (!output->test || !output->json) {
        hunt_output_free(output);
        return NULL;
    }
    return output;
}

void hunt_output_free(struct hunt_output *output)
{
    if (output) {
        for (size_t i = 0; i < CORD_QUERY_FIELDS_MAX; i++) {
            cord_query_pick_done(&output->picks[i]);
        }
        cord_query_test_free(output->test);
        cord_row_json_free(output->json);
        cord_buf_done(&output->line);
        cord_buf_done(&output->cell);
        free(output);
    }
}

static cord_status write_line(struct hunt_output *output)
{
    if (output->line.failed || output->cell.failed) {
        return CORD_E_NOMEM;
    }
    return output_write(output->config.out, cord_buf_str(&output->line));
}

/* For a terminal: what comes from events may not steer it. At most so many
 * characters, 0: all; then blanks up to `pad`. */
static void put_plain(struct cord_buf *buf, cord_str text, size_t most, size_t pad)
{
    size_t width = 0;
    for (size_t at = 0; at < text.len && (most == 0 || width < most); width++) {
        uint32_t code;
        size_t len = cord_utf8_decode(text, at, &code);
        bool odd = code < 0x20 || (code >= 0x7f && code < 0xa0) || code >= CORD_UTF8_OPAQUE;
        bool cut = most > 0 && width + 1 == most && at + len < text.len;
        cord_buf_put(buf, cut   ? CORD_STR("\xe2\x80\xa6")
                          : odd ? CORD_STR(" ")
                                : cord_str_slice(text, at, len));
        at += len;
    }
    for (; width < pad; width++) {
        cord_buf_put_char(buf, ' ');
    }
}

/* --- values of an event --- */

/* The field's values, one after the other. */
static cord_status read_field(struct hunt_output *output, size_t field, const struct cord_row *row)
{
    struct cord_query_picked picked;
    size_t cursor = 0;
    size_t count = 0;
    cord_status status = CORD_OK;
    cord_buf_clear(&output->cell);
    if (output->fields->fields[field].builtin == CORD_QUERY_FIELD_ID && output->id.len > 0) {
        cord_buf_put(&output->cell, output->id);
        return CORD_OK;
    }
    while (status == CORD_OK) {
        cord_str text = {0};
        status = cord_query_pick_next(&output->picks[field], row, &cursor, &picked);
        if (status == CORD_OK) {
            status =
                cord_query_test_text(output->test, picked.kind, picked.flags, picked.text, &text);
        }
        if (status != CORD_OK || !text.ptr) {
            continue;
        }
        cord_buf_put_text(&output->cell, count++ == 0 ? "" : ", ");
        cord_buf_put(&output->cell, text);
    }
    return status == CORD_E_END ? CORD_OK : status;
}

static cord_status role_text(struct hunt_output *output, const struct cord_row *row,
                             enum cord_role role, cord_str *ret_text)
{
    *ret_text = (cord_str){0};
    if (row->role[role] == CORD_VALUE_NONE) {
        return CORD_OK;
    }
    const struct cord_span *span = &row->spans[row->role[role]];
    return cord_query_test_text(output->test, (enum cord_value_kind)span->kind, span->flags,
                                cord_row_value(row, span), ret_text);
}

/* --- events as lines --- */

/* What a person reads of an event: its message, else the record, else its values. */
static cord_status put_gist(struct hunt_output *output, const struct cord_rows *rows,
                            const struct cord_row *row)
{
    cord_str text;
    cord_str raw = cord_str_trim(cord_row_raw(row));
    cord_status status = role_text(output, row, CORD_ROLE_MESSAGE, &text);
    cord_buf_clear(&output->cell);
    if (text.len > 0 || cord_utf8_is_valid(raw)) {
        cord_buf_put(&output->cell, text.len > 0 ? text : raw);
        return status;
    }
    for (uint32_t i = 0; i < row->span_count && status == CORD_OK; i++) {
        const struct cord_span *span = &row->spans[i];
        size_t count = 0;
        cord_str name = cord_rows_names(rows, span->field, &count)[0];
        if (cord_str_find_char(name, '#', 0) != SIZE_MAX ||
            (span->flags & CORD_SPAN_DERIVED) != 0) {
            continue; /* attributes of XML; what follows from the rest */
        }
        for (size_t dot; (dot = cord_str_find_char(name, '.', 0)) != SIZE_MAX;) {
            name = cord_str_from_byte(name, dot + 1);
        }
        status = cord_query_test_text(output->test, (enum cord_value_kind)span->kind, span->flags,
                                      cord_row_value(row, span), &text);
        cord_buf_printf(&output->cell, "%s%.*s=", output->cell.len > 0 ? " " : "",
                        CORD_STR_ARG(name));
        cord_buf_put(&output->cell, text.ptr ? text : CORD_STR(""));
    }
    return status;
}

/* A cell; of a table blanks behind it, in CSV a comma. */
static void put_cell(struct hunt_output *output, cord_str text, size_t width, bool last)
{
    if (output->config.form == HUNT_CSV) {
        csv_cell_put(&output->line, text, last);
        return;
    }
    size_t used = cord_utf8_count(cord_buf_str(&output->line));
    size_t rest = output->config.columns > used ? output->config.columns - used : 1;
    put_plain(&output->line, text, last && output->config.columns > 0 ? rest : 0, last ? 0 : width);
    cord_buf_put_text(&output->line, last ? "\n" : "  ");
}

static void put_header(struct hunt_output *output)
{
    if (output->headed) {
        return;
    }
    output->headed = true;
    for (size_t i = 0; output->fields && i < output->fields->field_count; i++) {
        put_cell(output, output->fields->fields[i].text, CELL_WIDTH_LEAST,
                 i + 1 == output->fields->field_count);
    }
    if (!output->fields && output->config.form == HUNT_CSV) {
        cord_buf_put_text(&output->line, "time,id,org,source,class,host,user,event\r\n");
    }
}

static cord_status put_chosen(struct hunt_output *output, const struct cord_row *row)
{
    cord_status status = CORD_OK;
    for (size_t i = 0; i < output->fields->field_count && status == CORD_OK; i++) {
        status = read_field(output, i, row);
        put_cell(output, cord_buf_str(&output->cell), CELL_WIDTH_LEAST,
                 i + 1 == output->fields->field_count);
    }
    return status;
}

static cord_status put_event(struct hunt_output *output, const struct cord_rows *rows,
                             const struct cord_row *row, cord_str id)
{
    const struct cord_origin *origin = cord_rows_origin_at(rows, row->origin);
    bool csv = output->config.form == HUNT_CSV;
    char time[CORD_TIMESTAMP_TEXT];
    cord_str host;
    cord_str user;
    put_cell(output, cord_timestamp_format(cord_row_when(row), time), 24, false);
    if (csv) {
        put_cell(output, id, 0, false);
        put_cell(output, origin->organisation, 0, false);
        put_cell(output, origin->source, 0, false);
        put_cell(output, origin->event_class, 0, false);
    } else if (id.len > 0) {
        put_cell(output, id, 14, false);
    }
    cord_status status = role_text(output, row, CORD_ROLE_HOST, &host);
    put_cell(output, host, CELL_WIDTH_LEAST, false);
    if (csv && status == CORD_OK) {
        status = role_text(output, row, CORD_ROLE_USER, &user);
        put_cell(output, user, 0, false);
    }
    status = status == CORD_OK ? put_gist(output, rows, row) : status;
    put_cell(output, cord_buf_str(&output->cell), 0, true);
    return status;
}

cord_status hunt_output_event(struct hunt_output *output, const struct cord_rows *rows, size_t at,
                              cord_str id)
{
    const struct cord_row *row = cord_rows_at(rows, at);
    cord_status status = CORD_OK;
    cord_buf_clear(&output->line);
    output->id = id;
    for (size_t i = 0; output->fields && i < output->fields->field_count; i++) {
        cord_query_pick_from(&output->picks[i], rows);
    }
    if (output->config.form == HUNT_JSONL) {
        status = cord_row_json_write(output->json, rows, at, id, &output->line);
        cord_buf_put_char(&output->line, '\n');
    } else {
        put_header(output);
        status = output->fields ? put_chosen(output, row) : put_event(output, rows, row, id);
    }
    return status == CORD_OK ? write_line(output) : status;
}

/* --- tables --- */

static cord_str cell_text(const struct cord_tally_cell *cell, struct cord_buf *buf)
{
    char time[CORD_TIMESTAMP_TEXT];
    char number[CORD_FIXED_TEXT];
    cord_buf_clear(buf);
    switch (cell->kind) {
    case CORD_TALLY_TEXT:
        return cell->text;
    case CORD_TALLY_COUNT:
        cord_buf_printf(buf, "%llu", (unsigned long long)cell->count);
        break;
    case CORD_TALLY_TIME:
        cord_buf_put(buf, cord_timestamp_format(cell->time_ns, time));
        break;
    case CORD_TALLY_NUMBER:
        cord_buf_put(buf, cord_fixed_format(cell->number, number));
        break;
    case CORD_TALLY_NONE:
        break;
    }
    return cord_buf_str(buf);
}

static bool is_figure(const struct cord_tally_cell *cell)
{
    return cell->kind == CORD_TALLY_COUNT || cell->kind == CORD_TALLY_NUMBER;
}

static cord_status write_json_table(struct hunt_output *output,
                                    const struct cord_tally_table *table)
{
    cord_status status = CORD_OK;
    for (size_t row = 0; row < table->row_count && status == CORD_OK; row++) {
        cord_buf_clear(&output->line);
        cord_row_json_cells(table, row, &output->line);
        cord_buf_put_char(&output->line, '\n');
        status = write_line(output);
    }
    return status;
}

static cord_status write_csv_table(struct hunt_output *output, const struct cord_tally_table *table)
{
    cord_status status = CORD_OK;
    for (size_t row = 0; row <= table->row_count && status == CORD_OK; row++) {
        cord_buf_clear(&output->line);
        for (size_t i = 0; i < table->column_count; i++) {
            cord_str text =
                row == 0 ? table->titles[i] : cell_text(&table->rows[row - 1][i], &output->cell);
            csv_cell_put(&output->line, text, i + 1 == table->column_count);
        }
        status = write_line(output);
    }
    return status;
}

static void measure(struct hunt_output *output, const struct cord_tally_table *table,
                    size_t *widths, uint64_t *ret_most)
{
    *ret_most = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        widths[i] = cord_utf8_count(table->titles[i]);
        for (size_t row = 0; row < table->row_count; row++) {
            const struct cord_tally_cell *cell = &table->rows[row][i];
            size_t width = cord_utf8_count(cell_text(cell, &output->cell));
            widths[i] = width > widths[i] ? width : widths[i];
            if (cell->kind == CORD_TALLY_COUNT && cell->count > *ret_most) {
                *ret_most = cell->count;
            }
        }
        bool bounded = output->config.columns > 0 && i + 1 < table->column_count;
        widths[i] = bounded && widths[i] > CELL_WIDTH_MAX ? CELL_WIDTH_MAX : widths[i];
    }
}

/* How much there was in a step, to be seen at a glance. */
static void put_bar(struct cord_buf *line, uint64_t count, uint64_t most)
{
    uint64_t len = most > 0 ? (count * BAR_WIDTH + most - 1) / most : 0;
    cord_buf_put_text(line, len > 0 ? "  " : "");
    for (uint64_t i = 0; i < len; i++) {
        cord_buf_put_char(line, '#');
    }
}

static cord_status write_table(struct hunt_output *output, const struct cord_tally_table *table)
{
    size_t widths[2 * CORD_QUERY_FIELDS_MAX + 4] = {0};
    uint64_t most = 0;
    cord_status status = CORD_OK;
    bool bars = output->first->verb == CORD_QUERY_TIMELINE && !output->fields;
    measure(output, table, widths, &most);
    for (size_t row = 0; row <= table->row_count && status == CORD_OK; row++) {
        cord_buf_clear(&output->line);
        const struct cord_tally_cell *cells = row > 0 ? table->rows[row - 1] : NULL;
        for (size_t i = 0; i < table->column_count; i++) {
            cord_str text = cells ? cell_text(&cells[i], &output->cell) : table->titles[i];
            bool right = table->row_count > 0 && is_figure(&table->rows[0][i]);
            size_t width = cord_utf8_count(text);
            bool last = i + 1 == table->column_count;
            for (size_t pad = width; right && pad < widths[i]; pad++) {
                cord_buf_put_char(&output->line, ' ');
            }
            put_plain(&output->line, text, widths[i], right || last ? 0 : widths[i]);
            cord_buf_put_text(&output->line, last ? "" : "  ");
        }
        if (bars && cells) {
            put_bar(&output->line, cells[table->column_count - 1].count, most);
        }
        cord_buf_put_char(&output->line, '\n');
        status = write_line(output);
    }
    return status;
}

cord_status hunt_output_table(struct hunt_output *output, const struct cord_tally_table *table)
{
    switch (output->config.form) {
    case HUNT_JSONL:
        return write_json_table(output, table);
    case HUNT_CSV:
        return write_csv_table(output, table);
    case HUNT_TABLE:
        break;
    }
    return write_table(output, table);
}

cord_status hunt_output_finish(struct hunt_output *output)
{
    return fflush(output->config.out) == 0 ? CORD_OK : CORD_E_IO;
}
