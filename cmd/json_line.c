/* json_line.c: see json_line.h. */
#include "cmd/json_line.h"

#include "codec/json_put.h"

static struct cord_buf *opened(struct cord_buf *line)
{
    if (line->len == 0) {
        cord_buf_put_char(line, '{');
    }
    return line;
}

void json_line_name(struct cord_buf *line, const char *name)
{
    cord_json_put_name(opened(line), name);
}

void json_line_text(struct cord_buf *line, const char *name, cord_str text)
{
    cord_json_put_text(opened(line), name, text);
}

void json_line_number(struct cord_buf *line, const char *name, uint64_t number)
{
    cord_json_put_number(opened(line), name, number);
}

void json_line_flag(struct cord_buf *line, const char *name, bool flag)
{
    cord_json_put_flag(opened(line), name, flag);
}

void json_line_time(struct cord_buf *line, const char *name, int64_t time_ns)
{
    cord_json_put_some_time(opened(line), name, time_ns);
}
