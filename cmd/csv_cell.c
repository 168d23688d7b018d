/* csv_cell.c: see csv_cell.h. */
#include "cmd/csv_cell.h"

static bool is_one_of(char c, cord_str set)
{
    return cord_str_find_char(set, c, 0) != SIZE_MAX;
}

void csv_cell_put(struct cord_buf *buf, cord_str value, bool last)
{
    /* A cell that a spreadsheet would take for a formula is led by a quote:
     * the text comes from an attacker. */
    bool formula = value.len > 0 && is_one_of(value.ptr[0], CORD_STR("=+-@\t\r"));
    bool quoted = formula;
    for (size_t i = 0; i < value.len && !quoted; i++) {
        quoted = is_one_of(value.ptr[i], CORD_STR(",\"\r\n"));
    }
    if (!quoted) {
        cord_buf_put(buf, value);
    } else {
        cord_buf_put_text(buf, formula ? "\"'" : "\"");
        for (size_t i = 0; i < value.len; i++) {
            cord_buf_put_text(buf, value.ptr[i] == '"' ? "\"" : "");
            cord_buf_put_char(buf, value.ptr[i]);
        }
        cord_buf_put_char(buf, '"');
    }
    cord_buf_put_text(buf, last ? "\r\n" : ",");
}
