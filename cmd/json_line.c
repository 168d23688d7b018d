/* json_line.c: see json_line.h. */
#include "cmd/json_line.h"

#include "base/timestamp.h"
#include "codec/json_write.h"

void json_line_name(struct cord_buf *line, const char *name)
{
    cord_buf_put_char(line, line->len == 0 ? '{' : ',');
    cord_json_write_string(line, cord_str_from(name));
    cord_buf_put_char(line, ':');
}

void json_line_text(struct cord_buf *line, const char *name, cord_str text)
{
    json_line_name(line, name);
    cord_json_write_string(line, text);
}

void json_line_number(struct cord_buf *line, const char *name, uint64_t number)
{
    json_line_name(line, name);
    cord_buf_put_u64(line, number);
}

void json_line_flag(struct cord_buf *line, const char *name, bool flag)
{
    json_line_name(line, name);
    cord_buf_put_text(line, flag ? "true" : "false");
}

void json_line_time(struct cord_buf *line, const char *name, int64_t time_ns)
{
    char buffer[CORD_TIMESTAMP_TEXT];
    if (time_ns != CORD_TIME_NONE) {
        json_line_text(line, name, cord_timestamp_format(time_ns, buffer));
    }
}
