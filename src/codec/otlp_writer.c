/* otlp_writer.c: see otlp_internal.h. */
#include <math.h>
#include <stdlib.h>

#include "base/timestamp.h"
#include "codec/json_write.h"
#include "codec/otlp_internal.h"

/* A byte may become six ("\u0001"), and a record brings some names with it. */
enum { GROWTH = 8, ROOM = 65536 };

void cord_otlp_writer_init(struct cord_otlp_writer *writer, const struct cord_otlp_sink *sink,
                           size_t request_bytes)
{
    size_t bytes_max =
        request_bytes < SIZE_MAX / GROWTH - ROOM ? request_bytes * GROWTH + ROOM : SIZE_MAX / 2;
    *writer = (struct cord_otlp_writer){.sink = sink};
    cord_buf_init(&writer->resource, bytes_max);
    cord_buf_init(&writer->scope, bytes_max);
    cord_buf_init(&writer->scope_attributes, bytes_max);
    cord_buf_init(&writer->members, bytes_max);
    cord_buf_init(&writer->attributes, bytes_max);
    cord_buf_init(&writer->body, bytes_max);
    cord_buf_init(&writer->object, bytes_max);
}

void cord_otlp_writer_done(struct cord_otlp_writer *writer)
{
    cord_buf_done(&writer->resource);
    cord_buf_done(&writer->scope);
    cord_buf_done(&writer->scope_attributes);
    cord_buf_done(&writer->members);
    cord_buf_done(&writer->attributes);
    cord_buf_done(&writer->body);
    cord_buf_done(&writer->object);
}

bool cord_otlp_writer_failed(const struct cord_otlp_writer *writer)
{
    return writer->resource.failed || writer->scope.failed || writer->scope_attributes.failed ||
           writer->members.failed || writer->attributes.failed || writer->body.failed ||
           writer->object.failed || writer->full;
}

static void begin_member(struct cord_buf *members)
{
    if (members->len > 0 && members->ptr[members->len - 1] != '{') {
        cord_buf_put_char(members, ',');
    }
}

void cord_otlp_writer_name(struct cord_buf *members, const char *name)
{
    cord_otlp_writer_key_escaped(members, cord_str_from(name));
}

void cord_otlp_writer_key(struct cord_buf *members, cord_str key)
{
    begin_member(members);
    cord_json_write_string(members, key);
    cord_buf_put_char(members, ':');
}

void cord_otlp_writer_key_escaped(struct cord_buf *members, cord_str escaped)
{
    begin_member(members);
    cord_buf_put_char(members, '"');
    cord_buf_put(members, escaped);
    cord_buf_put(members, CORD_STR("\":"));
}

void cord_otlp_writer_text(struct cord_buf *members, const char *name, cord_str text)
{
    if (text.len > 0) {
        cord_otlp_writer_name(members, name);
        cord_json_write_string(members, text);
    }
}

void cord_otlp_writer_time(struct cord_buf *members, const char *name, uint64_t ns)
{
    char text[CORD_TIMESTAMP_TEXT];
    if (ns > 0 && ns <= INT64_MAX) {
        cord_otlp_writer_text(members, name, cord_timestamp_format((int64_t)ns, text));
    }
}

void cord_otlp_writer_number(struct cord_buf *members, const char *name, uint64_t number)
{
    if (number > 0) {
        cord_otlp_writer_name(members, name);
        cord_buf_printf(members, "%llu", (unsigned long long)number);
    }
}

void cord_otlp_writer_double(struct cord_buf *buf, double number)
{
    if (!isfinite(number)) {
        cord_buf_put_text(buf, isnan(number) ? "\"NaN\""
                               : number > 0  ? "\"Infinity\""
                                             : "\"-Infinity\"");
        return;
    }
    size_t from = buf->len;
    cord_buf_printf(buf, "%.15g", number);
    cord_buf_put_char(buf, '\0'); /* for strtod, taken back below */
    if (!buf->failed) {
        buf->len--;
        if (strtod(buf->ptr + from, NULL) < number || strtod(buf->ptr + from, NULL) > number) {
            buf->len = from;
            cord_buf_printf(buf, "%.17g", number);
        }
    }
}

void cord_otlp_writer_begin_record(struct cord_otlp_writer *writer)
{
    cord_buf_clear(&writer->members);
    cord_buf_clear(&writer->attributes);
    cord_buf_clear(&writer->body);
    writer->kind = CORD_OTLP_BODY_NONE;
}

static void put_object(struct cord_buf *members, const char *name, const struct cord_buf *inside)
{
    if (inside->len > 0) {
        cord_otlp_writer_name(members, name);
        cord_buf_put_char(members, '{');
        cord_buf_put(members, cord_buf_str(inside));
        cord_buf_put_char(members, '}');
    }
}

static void make_object(struct cord_otlp_writer *writer)
{
    struct cord_buf *object = &writer->object;
    cord_buf_clear(object);
    cord_buf_put_char(object, '{');
    cord_buf_put(object, cord_buf_str(&writer->members));
    put_object(object, "attributes", &writer->attributes);
    if (writer->resource.len > 0) {
        cord_otlp_writer_name(object, "resource");
        cord_buf_put_char(object, '{');
        put_object(object, "attributes", &writer->resource);
        cord_buf_put_char(object, '}');
    }
    if (writer->scope.len > 0 || writer->scope_attributes.len > 0) {
        cord_otlp_writer_name(object, "scope");
        cord_buf_put_char(object, '{');
        cord_buf_put(object, cord_buf_str(&writer->scope));
        put_object(object, "attributes", &writer->scope_attributes);
        cord_buf_put_char(object, '}');
    }
    cord_buf_put_char(object, '}');
}

void cord_otlp_writer_end_record(struct cord_otlp_writer *writer, bool right, cord_str bytes)
{
    if (!right) {
        writer->sink->refuse(writer->sink->self, bytes);
        return;
    }
    make_object(writer);
    if (!cord_otlp_writer_failed(writer)) {
        struct cord_otlp_record record = {cord_buf_str(&writer->object), writer->kind,
                                          cord_buf_str(&writer->body)};
        writer->full = !writer->sink->put(writer->sink->self, &record);
    }
}
