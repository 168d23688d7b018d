/* json_put.c: see json_put.h. */
#include "codec/json_put.h"

#include "codec/json_write.h"

void cord_json_put_item(struct cord_buf *buf)
{
    char last = buf->len > 0 ? buf->ptr[buf->len - 1] : '{';
    if (last != '{' && last != '[') {
        cord_buf_put_char(buf, ',');
    }
}

void cord_json_put_object(struct cord_buf *buf)
{
    cord_json_put_item(buf);
    cord_buf_put_char(buf, '{');
}

void cord_json_put_name(struct cord_buf *buf, const char *name)
{
    cord_json_put_item(buf);
    cord_buf_put_char(buf, '"');
    cord_buf_put_text(buf, name);
    cord_buf_put(buf, CORD_STR("\":"));
}

void cord_json_put_text(struct cord_buf *buf, const char *name, cord_str text)
{
    cord_json_put_name(buf, name);
    cord_json_write_string(buf, text);
}

void cord_json_put_some(struct cord_buf *buf, const char *name, cord_str text)
{
    if (text.len > 0) {
        cord_json_put_text(buf, name, text);
    }
}

void cord_json_put_number(struct cord_buf *buf, const char *name, uint64_t number)
{
    cord_json_put_name(buf, name);
    cord_buf_put_u64(buf, number);
}

void cord_json_put_flag(struct cord_buf *buf, const char *name, bool flag)
{
    cord_json_put_name(buf, name);
    cord_buf_put_text(buf, flag ? "true" : "false");
}

void cord_json_put_time(struct cord_buf *buf, const char *name, int64_t time_ns)
{
    char text[CORD_TIMESTAMP_TEXT];
    if (time_ns != CORD_TIME_NONE) {
        cord_json_put_text(buf, name, cord_timestamp_format(time_ns, text));
    } else {
        cord_json_put_name(buf, name);
        cord_buf_put_text(buf, "null");
    }
}

void cord_json_put_some_time(struct cord_buf *buf, const char *name, int64_t time_ns)
{
    if (time_ns != CORD_TIME_NONE) {
        cord_json_put_time(buf, name, time_ns);
    }
}

void cord_json_put_texts(struct cord_buf *buf, const char *name, const cord_str *texts,
                         size_t count)
{
    cord_json_put_name(buf, name);
    cord_buf_put_char(buf, '[');
    for (size_t i = 0; i < count; i++) {
        cord_json_put_item(buf);
        cord_json_write_string(buf, texts[i]);
    }
    cord_buf_put_char(buf, ']');
}
