/* admin_row.c: see admin_row.h. */
#include "cmd/admin_row.h"

#include "base/timestamp.h"

#include <stdio.h>

enum { TIME_WIDTH = 24 };

static void fill(struct admin_row *row, size_t from, size_t width)
{
    while (row->line.len - from < width && !row->line.failed) {
        cord_buf_put_char(&row->line, ' ');
    }
    cord_buf_put_char(&row->line, ' ');
}

void admin_row_pad(struct admin_row *row, cord_str text, size_t width)
{
    size_t from = row->line.len;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        cord_buf_put_char(&row->line, c < 0x20 || c == 0x7f ? '?' : (char)c);
    }
    fill(row, from, width);
}

void admin_row_pad_number(struct admin_row *row, uint64_t number, size_t width)
{
    size_t from = row->line.len;
    cord_buf_put_u64(&row->line, number);
    fill(row, from, width);
}

void admin_row_pad_time(struct admin_row *row, int64_t time_ns)
{
    char buffer[CORD_TIMESTAMP_TEXT];
    bool none = time_ns == CORD_TIME_NONE;
    admin_row_pad(row, none ? CORD_STR("-") : cord_timestamp_format(time_ns, buffer), TIME_WIDTH);
}

cord_status admin_row_print(struct admin_row *row, struct cord_error *err)
{
    cord_buf_put_text(&row->line, row->json ? "}\n" : "\n");
    bool whole =
        !row->line.failed && fwrite(row->line.ptr, 1, row->line.len, stdout) == row->line.len;
    cord_buf_clear(&row->line);
    return whole ? CORD_OK : cord_error_set(err, CORD_E_IO, "cannot write");
}
