/*
 * otlp_proto.c: OpenTelemetry logs as protobuf.
 *
 * Field numbers are those of opentelemetry-proto: collector/logs/v1, logs/v1,
 * resource/v1 and common/v1. Fields of a message may come in any order, so
 * what holds for all records below is looked for before them.
 */
#include "codec/base64.h"
#include "codec/json_write.h"
#include "codec/otlp_internal.h"
#include "codec/protobuf.h"

typedef bool any_fn(struct cord_buf *buf, cord_str message, unsigned depth);

static any_fn put_any;

/* ---- AnyValue ---- */

static bool take_key_value(cord_str message, cord_str *ret_key, cord_str *ret_value)
{
    struct cord_protobuf_field field;
    cord_status status;
    *ret_key = (cord_str){0};
    *ret_value = (cord_str){0};
    while ((status = cord_protobuf_next(&message, &field)) == CORD_OK) {
        if (field.number == 1 && field.wire == CORD_PROTOBUF_BYTES) {
            *ret_key = field.bytes;
        } else if (field.number == 2 && field.wire == CORD_PROTOBUF_BYTES) {
            *ret_value = field.bytes;
        }
    }
    return status == CORD_E_END;
}

/* A KeyValue becomes a member. */
static bool put_key_value(struct cord_buf *members, cord_str message, unsigned depth)
{
    cord_str key;
    cord_str value;
    if (!take_key_value(message, &key, &value)) {
        return false;
    }
    cord_otlp_writer_key(members, key);
    return put_any(members, value, depth);
}

/* ArrayValue and KeyValueList: their field 1, again and again. */
static bool put_all(struct cord_buf *buf, cord_str message, unsigned depth, bool map)
{
    struct cord_protobuf_field field;
    cord_status status;
    bool first = true;
    if (depth == CORD_OTLP_DEPTH_MAX) {
        return false;
    }
    cord_buf_put_char(buf, map ? '{' : '[');
    while ((status = cord_protobuf_next(&message, &field)) == CORD_OK) {
        if (field.number != 1 || field.wire != CORD_PROTOBUF_BYTES) {
            continue;
        }
        if (!map && !first) {
            cord_buf_put_char(buf, ',');
        }
        if (!(map ? put_key_value : put_any)(buf, field.bytes, depth + 1)) {
            return false;
        }
        first = false;
    }
    cord_buf_put_char(buf, map ? '}' : ']');
    return status == CORD_E_END;
}

static double double_of(uint64_t bits)
{
    double number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

static bool put_value(struct cord_buf *buf, const struct cord_protobuf_field *value, unsigned depth)
{
    switch (value->number) {
    case 1:
        cord_json_write_string(buf, value->bytes);
        return true;
    case 2:
        cord_buf_put_text(buf, value->value ? "true" : "false");
        return true;
    case 3:
        cord_buf_printf(buf, "%lld", (long long)value->value);
        return true;
    case 4:
        cord_otlp_writer_double(buf, double_of(value->value));
        return true;
    case 5:
        return put_all(buf, value->bytes, depth, false);
    case 6:
        return put_all(buf, value->bytes, depth, true);
    default:
        cord_buf_put_char(buf, '"');
        cord_base64_encode(buf, value->bytes);
        cord_buf_put_char(buf, '"');
        return true;
    }
}

/* Of the one value that is to be there, the last one counts, as protobuf has it. number
 * 0: none, which stands for null. */
static bool take_any(cord_str message, struct cord_protobuf_field *ret_value)
{
    static const enum cord_protobuf_wire wires[] = {
        [1] = CORD_PROTOBUF_BYTES,   [2] = CORD_PROTOBUF_VARINT, [3] = CORD_PROTOBUF_VARINT,
        [4] = CORD_PROTOBUF_FIXED64, [5] = CORD_PROTOBUF_BYTES,  [6] = CORD_PROTOBUF_BYTES,
        [7] = CORD_PROTOBUF_BYTES,
    };
    struct cord_protobuf_field field;
    cord_status status;
    *ret_value = (struct cord_protobuf_field){0};
    while ((status = cord_protobuf_next(&message, &field)) == CORD_OK) {
        if (field.number >= 1 && field.number <= 7) {
            if (field.wire != wires[field.number]) {
                return false;
            }
            *ret_value = field;
        }
    }
    return status == CORD_E_END;
}

static bool put_any(struct cord_buf *buf, cord_str message, unsigned depth)
{
    struct cord_protobuf_field value;
    if (!take_any(message, &value)) {
        return false;
    }
    if (value.number == 0) {
        cord_buf_put_text(buf, "null");
        return true;
    }
    return put_value(buf, &value, depth);
}

/* ---- records ---- */

static bool take_body(struct cord_otlp_writer *writer, cord_str message)
{
    struct cord_protobuf_field value;
    cord_buf_clear(&writer->body);
    if (!take_any(message, &value)) {
        return false;
    }
    if (value.number == 0) {
        writer->kind = CORD_OTLP_BODY_NONE;
        return true;
    }
    if (value.number == 1) {
        writer->kind = CORD_OTLP_BODY_TEXT;
        cord_buf_put(&writer->body, value.bytes);
        return true;
    }
    writer->kind = CORD_OTLP_BODY_JSON;
    return put_value(&writer->body, &value, 0);
}

static void put_hex(struct cord_buf *members, const char *name, cord_str bytes)
{
    static const char digits[] = "0123456789abcdef";
    if (bytes.len == 0) {
        return;
    }
    cord_otlp_writer_name(members, name);
    cord_buf_put_char(members, '"');
    for (size_t at = 0; at < bytes.len; at++) {
        unsigned char byte = (unsigned char)bytes.ptr[at];
        const char pair[2] = {digits[byte >> 4], digits[byte & 15]};
        cord_buf_put(members, (cord_str){pair, 2});
    }
    cord_buf_put_char(members, '"');
}

static bool take_record_field(struct cord_otlp_writer *writer,
                              const struct cord_protobuf_field *field)
{
    struct cord_buf *members = &writer->members;
    switch (field->number << 3 | field->wire) {
    case 1 << 3 | CORD_PROTOBUF_FIXED64:
        cord_otlp_writer_time(members, "timestamp", field->value);
        return true;
    case 2 << 3 | CORD_PROTOBUF_VARINT:
        cord_otlp_writer_number(members, "severity_number", field->value);
        return true;
    case 3 << 3 | CORD_PROTOBUF_BYTES:
        cord_otlp_writer_text(members, "severity_text", field->bytes);
        return true;
    case 5 << 3 | CORD_PROTOBUF_BYTES:
        return take_body(writer, field->bytes);
    case 6 << 3 | CORD_PROTOBUF_BYTES:
        return put_key_value(&writer->attributes, field->bytes, 0);
    case 8 << 3 | CORD_PROTOBUF_FIXED32:
        cord_otlp_writer_number(members, "flags", field->value);
        return true;
    case 9 << 3 | CORD_PROTOBUF_BYTES:
        put_hex(members, "trace_id", field->bytes);
        return true;
    case 10 << 3 | CORD_PROTOBUF_BYTES:
        put_hex(members, "span_id", field->bytes);
        return true;
    case 11 << 3 | CORD_PROTOBUF_FIXED64:
        cord_otlp_writer_time(members, "observed_timestamp", field->value);
        return true;
    case 12 << 3 | CORD_PROTOBUF_BYTES:
        cord_otlp_writer_text(members, "event_name", field->bytes);
        return true;
    default:
        return true;
    }
}

static void take_record(struct cord_otlp_writer *writer, cord_str message)
{
    struct cord_protobuf_field field;
    cord_str rest = message;
    cord_status status;
    cord_otlp_writer_begin_record(writer);
    while ((status = cord_protobuf_next(&rest, &field)) == CORD_OK) {
        if (!take_record_field(writer, &field)) {
            status = CORD_E_FORMAT;
            break;
        }
    }
    cord_otlp_writer_end_record(writer, status == CORD_E_END, message);
}

/* ---- what is around them ---- */

/* The next field of that number, which is a message. */
static cord_status next_message(cord_str *rest, uint32_t number, cord_str *ret_message)
{
    struct cord_protobuf_field field;
    cord_status status;
    while ((status = cord_protobuf_next(rest, &field)) == CORD_OK) {
        if (field.number == number) {
            *ret_message = field.bytes;
            return field.wire == CORD_PROTOBUF_BYTES ? CORD_OK : CORD_E_FORMAT;
        }
    }
    return status;
}

static cord_status read_attributes(struct cord_buf *members, cord_str message, uint32_t number)
{
    cord_str attribute;
    cord_status status;
    while ((status = next_message(&message, number, &attribute)) == CORD_OK) {
        if (!put_key_value(members, attribute, 0)) {
            return CORD_E_FORMAT;
        }
    }
    return status;
}

static cord_status read_scope(struct cord_otlp_writer *writer, cord_str scope_logs)
{
    cord_str rest = scope_logs;
    cord_str scope;
    cord_str part;
    cord_status status;
    cord_buf_clear(&writer->scope);
    cord_buf_clear(&writer->scope_attributes);
    while ((status = next_message(&rest, 1, &scope)) == CORD_OK) {
        cord_str name = scope;
        cord_str version = scope;
        if (next_message(&name, 1, &part) == CORD_OK) {
            cord_otlp_writer_text(&writer->scope, "name", part);
        }
        if (next_message(&version, 2, &part) == CORD_OK) {
            cord_otlp_writer_text(&writer->scope, "version", part);
        }
        if (read_attributes(&writer->scope_attributes, scope, 3) != CORD_E_END) {
            return CORD_E_FORMAT;
        }
    }
    return status;
}

static cord_status read_scope_logs(struct cord_otlp_writer *writer, cord_str scope_logs)
{
    cord_str record;
    cord_status status = read_scope(writer, scope_logs);
    while (status == CORD_E_END && (status = next_message(&scope_logs, 2, &record)) == CORD_OK) {
        take_record(writer, record);
        status = cord_otlp_writer_failed(writer) ? CORD_E_LIMIT : CORD_E_END;
    }
    return status;
}

static cord_status read_resource_logs(struct cord_otlp_writer *writer, cord_str resource_logs)
{
    cord_str rest = resource_logs;
    cord_str part;
    cord_status status;
    cord_buf_clear(&writer->resource);
    while ((status = next_message(&rest, 1, &part)) == CORD_OK) {
        if (read_attributes(&writer->resource, part, 1) != CORD_E_END) {
            return CORD_E_FORMAT;
        }
    }
    while (status == CORD_E_END && (status = next_message(&resource_logs, 2, &part)) == CORD_OK) {
        status = read_scope_logs(writer, part);
    }
    return status;
}

cord_status cord_otlp_proto_read(cord_str request, const struct cord_otlp_sink *sink,
                                 struct cord_error *err)
{
    struct cord_otlp_writer writer;
    cord_str rest = request;
    cord_str resource_logs;
    cord_status status;
    cord_otlp_writer_init(&writer, sink, request.len);
    while ((status = next_message(&rest, 1, &resource_logs)) == CORD_OK) {
        status = read_resource_logs(&writer, resource_logs);
        if (status != CORD_E_END) {
            break;
        }
    }
    if (status == CORD_E_END) {
        status = CORD_OK;
    } else {
        status = cord_error_set(err, status, "not an ExportLogsServiceRequest in protobuf");
    }
    if (cord_otlp_writer_failed(&writer)) {
        status = cord_error_set(err, CORD_E_LIMIT, "no memory for the records");
    }
    cord_otlp_writer_done(&writer);
    return status;
}
