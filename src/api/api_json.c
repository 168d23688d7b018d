/* api_json.c: see api_json.h. */
#include "api/api_json.h"

#include "codec/json_write.h"

void cord_api_json_item(struct cord_buf *buf)
{
    char last = buf->len > 0 ? buf->ptr[buf->len - 1] : '{';
    if (last != '{' && last != '[') {
        cord_buf_put_char(buf, ',');
    }
}

void cord_api_json_name(struct cord_buf *buf, const char *name)
{
    cord_api_json_item(buf);
    cord_buf_put_char(buf, '"');
    cord_buf_put_text(buf, name);
    cord_buf_put(buf, CORD_STR("\":"));
}

void cord_api_json_text(struct cord_buf *buf, const char *name, cord_str text)
{
    cord_api_json_name(buf, name);
    cord_json_write_string(buf, text);
}

void cord_api_json_some(struct cord_buf *buf, const char *name, cord_str text)
{
    if (text.len > 0) {
        cord_api_json_text(buf, name, text);
    }
}

void cord_api_json_number(struct cord_buf *buf, const char *name, uint64_t number)
{
    cord_api_json_name(buf, name);
    cord_buf_put_u64(buf, number);
}

void cord_api_json_flag(struct cord_buf *buf, const char *name, bool flag)
{
    cord_api_json_name(buf, name);
    cord_buf_put_text(buf, flag ? "true" : "false");
}

void cord_api_json_time(struct cord_buf *buf, const char *name, int64_t time_ns)
{
    char text[CORD_TIMESTAMP_TEXT];
    if (time_ns != CORD_TIME_NONE) {
        cord_api_json_text(buf, name, cord_timestamp_format(time_ns, text));
    } else {
        cord_api_json_name(buf, name);
        cord_buf_put_text(buf, "null");
    }
}

void cord_api_json_texts(struct cord_buf *buf, const char *name, const cord_str *texts,
                         size_t count)
{
    cord_api_json_name(buf, name);
    cord_buf_put_char(buf, '[');
    for (size_t i = 0; i < count; i++) {
        cord_api_json_item(buf);
        cord_json_write_string(buf, texts[i]);
    }
    cord_buf_put_char(buf, ']');
}
