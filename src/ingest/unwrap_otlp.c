/*
 * unwrap_otlp.c: OpenTelemetry log records.
 *
 * OTLP carries two kinds of things. An application's own records are what
 * their attributes say, with a sentence as body: they become a JSON document
 * in OpenTelemetry's words. A collector that reads other people's logs
 * (filelog, windowseventlog, syslog) puts what it read into the body: a map,
 * JSON, Windows XML or a line of syslog, CEF or auditd. Rules know that event
 * by its own names, so then the body is the record, in its own form, and
 * everything around it becomes notes.
 */
#include "base/buf.h"
#include "codec/json_span.h"
#include "codec/json_unescape.h"
#include "codec/json_write.h"
#include "codec/otlp.h"
#include "ingest/unwrap.h"
#include "ingest/unwrap_kinds.h"

enum { NOTE_DEPTH_MAX = 6, NAME_BYTES_MAX = 256 };

struct otlp {
    struct cord_unwrap *unwrap;
    struct cord_buf document;
};

/* ---- what a body is ---- */

static bool is_priority(cord_str text)
{
    size_t at = 1;
    while (at < text.len && at < 4 && cord_str_is_digit(text.ptr[at])) {
        at++;
    }
    return text.len > at && text.ptr[0] == '<' && at > 1 && text.ptr[at] == '>';
}

static bool is_log_line(cord_str text)
{
    return is_priority(text) || cord_str_starts(text, CORD_STR("CEF:")) ||
           cord_str_starts(text, CORD_STR("LEEF:")) || cord_str_starts(text, CORD_STR("<Event")) ||
           cord_str_starts(text, CORD_STR("<?xml")) ||
           (cord_str_starts(text, CORD_STR("type=")) &&
            cord_str_find(text, CORD_STR(" msg=audit("), 0) != SIZE_MAX);
}

/* ---- notes ---- */

static cord_str text_of(struct cord_unwrap *unwrap, const struct cord_json_span *value)
{
    char *into = value->escaped ? cord_arena_bytes(unwrap->arena, value->text.len) : NULL;
    return into ? (cord_str){into, cord_json_unescape(value->text, into)} : value->text;
}

static enum cord_unwrap_role role_of(cord_str prefix, cord_str name)
{
    if (prefix.len == 0 && cord_str_eq(name, CORD_STR("timestamp"))) {
        return CORD_UNWRAP_ROLE_TIME;
    }
    return cord_str_eq(prefix, CORD_STR("resource.attributes")) &&
                   cord_str_eq(name, CORD_STR("host.name"))
               ? CORD_UNWRAP_ROLE_HOST
               : CORD_UNWRAP_ROLE_NONE;
}

static void note_value(struct cord_unwrap *unwrap, cord_str prefix, cord_str name,
                       const struct cord_json_span *value)
{
    cord_str text = text_of(unwrap, value);
    if (text.len == 0 || name.len == 0 || value->kind == CORD_JSON_NULL) {
        return;
    }
    cord_str known = prefix.len > 0 ? prefix : CORD_STR("otel");
    cord_unwrap_note_under(unwrap, known, name, text, role_of(prefix, name));
}

/* The dotted name below which the members of a map stand; ptr NULL: too deep or long. */
static cord_str join(char into[NAME_BYTES_MAX], cord_str prefix, cord_str name)
{
    size_t dot = prefix.len > 0 ? 1 : 0;
    if (name.len == 0 || prefix.len + dot + name.len > NAME_BYTES_MAX) {
        return (cord_str){0};
    }
    if (dot) {
        memcpy(into, prefix.ptr, prefix.len);
        into[prefix.len] = '.';
    }
    memcpy(into + prefix.len + dot, name.ptr, name.len);
    return (cord_str){into, prefix.len + dot + name.len};
}

static void note_members(struct cord_unwrap *unwrap, cord_str prefix, cord_str object,
                         unsigned depth)
{
    struct cord_json_walk walk;
    struct cord_json_walk list;
    struct cord_json_span member;
    struct cord_json_span element;
    if (!cord_json_span_begin(&walk, object, 0)) {
        return;
    }
    while (!unwrap->failed && cord_json_span_next(&walk, &member) == CORD_OK) {
        char bytes[NAME_BYTES_MAX];
        cord_str below = join(bytes, prefix, member.name);
        if (member.kind == CORD_JSON_OBJECT && depth < NOTE_DEPTH_MAX && below.ptr) {
            note_members(unwrap, below, member.raw, depth + 1);
        } else if (member.kind == CORD_JSON_ARRAY && cord_json_span_begin(&list, member.raw, 0)) {
            while (cord_json_span_next(&list, &element) == CORD_OK) {
                note_value(unwrap, prefix, member.name, &element);
            }
        } else {
            note_value(unwrap, prefix, member.name, &member);
        }
    }
}

/* ---- records ---- */

static void put_document(struct otlp *otlp, const struct cord_otlp_record *record)
{
    struct cord_buf *document = &otlp->document;
    cord_buf_clear(document);
    cord_buf_put(document, cord_str_slice(record->object, 0, record->object.len - 1));
    if (record->kind != CORD_OTLP_BODY_NONE) {
        cord_buf_put_text(document, document->len > 1 ? ",\"body\":" : "\"body\":");
        if (record->kind == CORD_OTLP_BODY_TEXT) {
            cord_json_write_string(document, record->body);
        } else {
            cord_buf_put(document, record->body);
        }
    }
    cord_buf_put_char(document, '}');
    if (document->failed) {
        otlp->unwrap->failed = true;
    } else {
        cord_unwrap_put(otlp->unwrap, CORD_UNWRAP_JSON, cord_buf_str(document));
    }
}

static bool put(void *self, const struct cord_otlp_record *record)
{
    struct otlp *otlp = self;
    cord_str trimmed = cord_str_trim(record->body);
    bool object = record->kind != CORD_OTLP_BODY_NONE && cord_json_span_is_object(trimmed);
    bool line = record->kind == CORD_OTLP_BODY_TEXT && is_log_line(trimmed);
    if (object || line) {
        cord_unwrap_put(otlp->unwrap, object ? CORD_UNWRAP_JSON : CORD_UNWRAP_TEXT, trimmed);
        note_members(otlp->unwrap, (cord_str){0}, record->object, 0);
    } else if (record->kind == CORD_OTLP_BODY_NONE && record->object.len <= 2) {
        cord_unwrap_refuse(otlp->unwrap, CORD_LOSS_EMPTY, CORD_STR("an empty log record"),
                           record->object);
    } else {
        put_document(otlp, record);
    }
    return !otlp->unwrap->failed;
}

static void refuse(void *self, cord_str record)
{
    struct otlp *otlp = self;
    cord_unwrap_refuse(otlp->unwrap, CORD_LOSS_MALFORMED,
                       CORD_STR("not a LogRecord, or nested too deep"), record);
}

typedef cord_status read_fn(cord_str request, const struct cord_otlp_sink *sink,
                            struct cord_error *err);

static cord_status unwrap_by(read_fn *read, cord_str bytes, struct cord_unwrap *unwrap,
                             struct cord_error *err)
{
    struct otlp otlp = {.unwrap = unwrap};
    struct cord_otlp_sink sink = {.put = put, .refuse = refuse, .self = &otlp};
    cord_buf_init(&otlp.document, unwrap->text.bytes_max);
    cord_status status = read(bytes, &sink, err);
    cord_buf_done(&otlp.document);
    if (status == CORD_E_LIMIT) {
        unwrap->failed = true;
        status = CORD_OK;
    }
    return status;
}

static cord_status unwrap_proto(const struct cord_delivery_kind *kind, cord_str bytes,
                                cord_str context, struct cord_unwrap *unwrap,
                                struct cord_error *err)
{
    (void)kind;
    (void)context;
    return unwrap_by(cord_otlp_proto_read, bytes, unwrap, err);
}

static cord_status unwrap_json(const struct cord_delivery_kind *kind, cord_str bytes,
                               cord_str context, struct cord_unwrap *unwrap, struct cord_error *err)
{
    (void)kind;
    (void)context;
    return unwrap_by(cord_otlp_json_read, bytes, unwrap, err);
}

const struct cord_delivery_kind cord_unwrap_otlp_proto = {.name = "otlp", .unwrap = unwrap_proto};
const struct cord_delivery_kind cord_unwrap_otlp_json = {.name = "otlp", .unwrap = unwrap_json};
