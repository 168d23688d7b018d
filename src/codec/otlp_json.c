/*
 * otlp_json.c: OpenTelemetry logs as JSON.
 *
 * ProtoJSON as opentelemetry-proto changes it: names in lowerCamelCase, or as
 * in the .proto; trace and span ids as hexadecimal; 64-bit integers as text or
 * number. Strings go over as they are, escape sequences and all.
 */
#include <stdlib.h>

#include "codec/json_span.h"
#include "codec/json_unescape.h"
#include "codec/otlp_internal.h"

static bool put_any(struct cord_buf *buf, const struct cord_json_span *any, unsigned depth);

static bool is_named(const struct cord_json_span *member, const char *camel, const char *snake)
{
    return cord_str_eq(member->name, cord_str_from(camel)) ||
           cord_str_eq(member->name, cord_str_from(snake));
}

/* Calls `each` for the elements of a list; null is an empty one. */
typedef bool element_fn(void *self, const struct cord_json_span *element, unsigned depth);

static bool for_each(const struct cord_json_span *list, element_fn *each, void *self,
                     unsigned depth)
{
    struct cord_json_walk walk;
    struct cord_json_span element;
    cord_status status = CORD_E_FORMAT;
    if (list->kind == CORD_JSON_NULL) {
        return true;
    }
    if (list->kind == CORD_JSON_ARRAY && cord_json_span_begin(&walk, list->raw, 0)) {
        while ((status = cord_json_span_next(&walk, &element)) == CORD_OK) {
            if (!each(self, &element, depth)) {
                return false;
            }
        }
    }
    return status == CORD_E_END;
}

/* ---- AnyValue ---- */

static bool is_integer(cord_str text)
{
    int64_t number;
    return cord_str_i64(text, &number) && text.ptr[0] != '+';
}

static void put_string(struct cord_buf *buf, cord_str escaped)
{
    cord_buf_put_char(buf, '"');
    cord_buf_put(buf, escaped);
    cord_buf_put_char(buf, '"');
}

/* A KeyValue becomes a member. */
static bool put_key_value(void *self, const struct cord_json_span *pair, unsigned depth)
{
    struct cord_buf *members = self;
    struct cord_json_walk walk;
    struct cord_json_span member;
    struct cord_json_span value = {.kind = CORD_JSON_NULL};
    cord_str key = {0};
    cord_status status;
    if (pair->kind != CORD_JSON_OBJECT || !cord_json_span_begin(&walk, pair->raw, 0)) {
        return false;
    }
    while ((status = cord_json_span_next(&walk, &member)) == CORD_OK) {
        if (is_named(&member, "key", "key") && member.kind == CORD_JSON_STRING) {
            key = member.text;
        } else if (is_named(&member, "value", "value")) {
            value = member;
        }
    }
    cord_otlp_writer_key_escaped(members, key);
    return status == CORD_E_END && put_any(members, &value, depth);
}

static bool put_element(void *self, const struct cord_json_span *element, unsigned depth)
{
    struct cord_buf *buf = self;
    if (buf->len > 0 && buf->ptr[buf->len - 1] != '[') {
        cord_buf_put_char(buf, ',');
    }
    return put_any(buf, element, depth);
}

/* {"values":[...]} */
static bool put_all(struct cord_buf *buf, const struct cord_json_span *holder, unsigned depth,
                    bool map)
{
    struct cord_json_walk walk;
    struct cord_json_span member;
    cord_status status = CORD_E_FORMAT;
    if (depth == CORD_OTLP_DEPTH_MAX || holder->kind != CORD_JSON_OBJECT ||
        !cord_json_span_begin(&walk, holder->raw, 0)) {
        return false;
    }
    cord_buf_put_char(buf, map ? '{' : '[');
    while ((status = cord_json_span_next(&walk, &member)) == CORD_OK) {
        if (is_named(&member, "values", "values") &&
            !for_each(&member, map ? put_key_value : put_element, buf, depth + 1)) {
            return false;
        }
    }
    cord_buf_put_char(buf, map ? '}' : ']');
    return status == CORD_E_END;
}

/* The one value that is there; name "" when none is, which stands for null. */
static bool take_any(const struct cord_json_span *any, struct cord_json_span *ret_value)
{
    struct cord_json_walk walk;
    struct cord_json_span member;
    cord_status status = CORD_E_END;
    *ret_value = (struct cord_json_span){.kind = CORD_JSON_NULL, .text = CORD_STR("null")};
    if (any->kind == CORD_JSON_NULL) {
        return true;
    }
    if (any->kind != CORD_JSON_OBJECT || !cord_json_span_begin(&walk, any->raw, 0)) {
        return false;
    }
    while ((status = cord_json_span_next(&walk, &member)) == CORD_OK) {
        if (member.kind != CORD_JSON_NULL) {
            *ret_value = member;
        }
    }
    return status == CORD_E_END;
}

static bool put_value(struct cord_buf *buf, const struct cord_json_span *value, unsigned depth)
{
    if (is_named(value, "arrayValue", "array_value")) {
        return put_all(buf, value, depth, false);
    }
    if (is_named(value, "kvlistValue", "kvlist_value")) {
        return put_all(buf, value, depth, true);
    }
    if (value->kind == CORD_JSON_OBJECT || value->kind == CORD_JSON_ARRAY) {
        return false;
    }
    bool number = is_named(value, "intValue", "int_value") && is_integer(value->text);
    if (value->kind == CORD_JSON_STRING && !number) {
        put_string(buf, value->text);
    } else {
        cord_buf_put(buf, value->text);
    }
    return true;
}

static bool put_any(struct cord_buf *buf, const struct cord_json_span *any, unsigned depth)
{
    struct cord_json_span value;
    return take_any(any, &value) && put_value(buf, &value, depth);
}

/* ---- records ---- */

static bool take_body(struct cord_otlp_writer *writer, const struct cord_json_span *any)
{
    struct cord_json_span value;
    cord_buf_clear(&writer->body);
    if (!take_any(any, &value)) {
        return false;
    }
    if (value.kind == CORD_JSON_NULL) {
        writer->kind = CORD_OTLP_BODY_NONE;
        return true;
    }
    if (!is_named(&value, "stringValue", "string_value") || value.kind != CORD_JSON_STRING) {
        writer->kind = CORD_OTLP_BODY_JSON;
        return put_value(&writer->body, &value, 0);
    }
    writer->kind = CORD_OTLP_BODY_TEXT;
    char *into = cord_buf_reserve(&writer->body, value.text.len);
    if (into && value.text.len > 0) {
        writer->body.len = cord_json_unescape(value.text, into);
    }
    return true;
}

static void put_time(struct cord_buf *members, const char *name, const struct cord_json_span *value)
{
    uint64_t ns;
    if (cord_str_u64(value->text, &ns)) {
        cord_otlp_writer_time(members, name, ns);
    }
}

static void put_scalar(struct cord_buf *members, const char *name,
                       const struct cord_json_span *value)
{
    if (value->kind == CORD_JSON_STRING && value->text.len > 0) {
        cord_otlp_writer_name(members, name);
        put_string(members, value->text);
    } else if (value->kind == CORD_JSON_NUMBER && !cord_str_eq(value->text, CORD_STR("0"))) {
        cord_otlp_writer_name(members, name);
        cord_buf_put(members, value->text);
    }
}

static const struct known {
    const char *camel;
    const char *snake;
    const char *name;
} scalars[] = {
    {"severityNumber", "severity_number", "severity_number"},
    {"severityText", "severity_text", "severity_text"},
    {"eventName", "event_name", "event_name"},
    {"traceId", "trace_id", "trace_id"},
    {"spanId", "span_id", "span_id"},
    {"flags", "flags", "flags"},
};

static bool take_record_member(struct cord_otlp_writer *writer, const struct cord_json_span *member)
{
    struct cord_buf *members = &writer->members;
    for (size_t at = 0; at < sizeof scalars / sizeof *scalars; at++) {
        if (is_named(member, scalars[at].camel, scalars[at].snake)) {
            put_scalar(members, scalars[at].name, member);
            return true;
        }
    }
    if (is_named(member, "timeUnixNano", "time_unix_nano")) {
        put_time(members, "timestamp", member);
    } else if (is_named(member, "observedTimeUnixNano", "observed_time_unix_nano")) {
        put_time(members, "observed_timestamp", member);
    } else if (is_named(member, "body", "body")) {
        return take_body(writer, member);
    } else if (is_named(member, "attributes", "attributes")) {
        return for_each(member, put_key_value, &writer->attributes, 0);
    }
    return true;
}

static bool take_record(void *self, const struct cord_json_span *record, unsigned depth)
{
    (void)depth;
    struct cord_otlp_writer *writer = self;
    struct cord_json_walk walk;
    struct cord_json_span member;
    cord_status status = CORD_E_FORMAT;
    cord_otlp_writer_begin_record(writer);
    if (record->kind == CORD_JSON_OBJECT && cord_json_span_begin(&walk, record->raw, 0)) {
        while ((status = cord_json_span_next(&walk, &member)) == CORD_OK) {
            if (!take_record_member(writer, &member)) {
                status = CORD_E_FORMAT;
                break;
            }
        }
    }
    cord_otlp_writer_end_record(writer, status == CORD_E_END, record->raw);
    return !cord_otlp_writer_failed(writer);
}

/* ---- what is around them ---- */

/* The member of an object; kind null when it is not there. False: not an object. */
static bool find_member(const struct cord_json_span *object, const char *camel, const char *snake,
                        struct cord_json_span *ret_member)
{
    struct cord_json_walk walk;
    struct cord_json_span member;
    cord_status status;
    *ret_member = (struct cord_json_span){.kind = CORD_JSON_NULL};
    if (object->kind == CORD_JSON_NULL) {
        return true;
    }
    if (object->kind != CORD_JSON_OBJECT || !cord_json_span_begin(&walk, object->raw, 0)) {
        return false;
    }
    while ((status = cord_json_span_next(&walk, &member)) == CORD_OK) {
        if (is_named(&member, camel, snake)) {
            *ret_member = member;
        }
    }
    return status == CORD_E_END;
}

static bool take_scope_logs(void *self, const struct cord_json_span *scope_logs, unsigned depth)
{
    struct cord_otlp_writer *writer = self;
    struct cord_json_span scope;
    struct cord_json_span part;
    cord_buf_clear(&writer->scope);
    cord_buf_clear(&writer->scope_attributes);
    if (!find_member(scope_logs, "scope", "scope", &scope)) {
        return false;
    }
    if (!find_member(&scope, "name", "name", &part)) {
        return false;
    }
    put_scalar(&writer->scope, "name", &part);
    if (!find_member(&scope, "version", "version", &part)) {
        return false;
    }
    put_scalar(&writer->scope, "version", &part);
    return find_member(&scope, "attributes", "attributes", &part) &&
           for_each(&part, put_key_value, &writer->scope_attributes, 0) &&
           find_member(scope_logs, "logRecords", "log_records", &part) &&
           for_each(&part, take_record, writer, depth);
}

static bool take_resource_logs(void *self, const struct cord_json_span *resource_logs,
                               unsigned depth)
{
    struct cord_otlp_writer *writer = self;
    struct cord_json_span resource;
    struct cord_json_span part;
    cord_buf_clear(&writer->resource);
    return find_member(resource_logs, "resource", "resource", &resource) &&
           find_member(&resource, "attributes", "attributes", &part) &&
           for_each(&part, put_key_value, &writer->resource, 0) &&
           find_member(resource_logs, "scopeLogs", "scope_logs", &part) &&
           for_each(&part, take_scope_logs, writer, depth);
}

cord_status cord_otlp_json_read(cord_str request, const struct cord_otlp_sink *sink,
                                struct cord_error *err)
{
    struct cord_otlp_writer writer;
    struct cord_json_span whole;
    struct cord_json_span part;
    size_t at = 0;
    cord_status status = CORD_OK;
    cord_otlp_writer_init(&writer, sink, request.len);
    if (cord_json_span_read(request, &at, &whole) != CORD_OK || whole.kind != CORD_JSON_OBJECT ||
        cord_json_span_skip_blank(request, at) != request.len ||
        !find_member(&whole, "resourceLogs", "resource_logs", &part) ||
        !for_each(&part, take_resource_logs, &writer, 0)) {
        status = cord_error_set(err, CORD_E_FORMAT, "not an ExportLogsServiceRequest in JSON");
    }
    if (cord_otlp_writer_failed(&writer)) {
        status = cord_error_set(err, CORD_E_LIMIT, "no room for the records");
    }
    cord_otlp_writer_done(&writer);
    return status;
}
