/* finding_json.c: see finding_json.h. */
#include "detect/finding_json.h"

#include "codec/json_write.h"
#include "detect/rule_about.h"

/* A name as it stands between two members. */
#define NAME(name) CORD_STR(",\"" name "\":")

static void put_member(struct cord_buf *buf, cord_str name, cord_str value)
{
    if (value.len > 0) {
        cord_buf_put(buf, name);
        cord_json_write_string(buf, value);
    }
}

static void put_number(struct cord_buf *buf, cord_str name, uint64_t number)
{
    cord_buf_put(buf, name);
    cord_buf_put_u64(buf, number);
}

static void put_list(struct cord_buf *buf, cord_str name, const cord_str *items, size_t count)
{
    cord_buf_put(buf, name);
    cord_buf_put_char(buf, '[');
    for (size_t i = 0; i < count; i++) {
        cord_buf_put(buf, i > 0 ? CORD_STR(",") : CORD_STR(""));
        cord_json_write_string(buf, items[i]);
    }
    cord_buf_put_char(buf, ']');
}

void cord_finding_json_rule(struct cord_buf *buf, const struct cord_finding *finding)
{
    const struct cord_rule_about *about = cord_finding_about(finding);
    cord_buf_printf(buf, "\"level\":\"%s\"", cord_rule_about_level(about->level));
    put_member(buf, NAME("title"), about->title);
    cord_buf_put_text(buf, ",\"rule\":{\"id\":");
    cord_json_write_string(buf, about->id);
    put_member(buf, NAME("author"), about->author);
    put_member(buf, NAME("status"), about->status);
    put_list(buf, NAME("tags"), about->tags, about->tag_count);
    put_list(buf, NAME("references"), about->references, about->reference_count);
    put_member(buf, NAME("file"), about->file);
    cord_buf_put_char(buf, '}');
}

static void put_time(struct cord_buf *buf, cord_str name, int64_t time_ns)
{
    char text[CORD_TIMESTAMP_TEXT];
    if (time_ns != CORD_TIME_NONE) {
        cord_buf_put(buf, name);
        cord_buf_put_char(buf, '"');
        cord_buf_put(buf, cord_timestamp_format(time_ns, text));
        cord_buf_put_char(buf, '"');
    }
}

static void put_explanation(struct cord_buf *buf, const struct cord_finding *finding)
{
    cord_buf_put_text(buf, ",\"explain\":[");
    for (size_t i = 0; i < finding->reason_count; i++) {
        const struct cord_finding_reason *reason = &finding->reasons[i];
        cord_buf_put_text(buf, i > 0 ? ",{\"selection\":" : "{\"selection\":");
        cord_json_write_string(buf, reason->selection);
        put_member(buf, NAME("field"), reason->field);
        cord_buf_put_text(buf, ",\"value\":");
        cord_json_write_string(buf, reason->value);
        put_member(buf, NAME("pattern"), reason->pattern);
        cord_buf_put_char(buf, '}');
    }
    cord_buf_put_char(buf, ']');
}

static void put_fields(struct cord_buf *buf, const struct cord_finding *finding)
{
    cord_buf_put_text(buf, ",\"fields\":[");
    for (size_t i = 0; i < finding->field_count; i++) {
        cord_buf_put_text(buf, i > 0 ? ",{\"name\":" : "{\"name\":");
        cord_json_write_string(buf, finding->fields[i].name);
        cord_buf_put_text(buf, ",\"value\":");
        cord_json_write_string(buf, finding->fields[i].value);
        cord_buf_put_char(buf, '}');
    }
    cord_buf_put_char(buf, ']');
}

void cord_finding_json_event(struct cord_buf *buf, const struct cord_finding *finding,
                             cord_str evidence_id)
{
    put_time(buf, NAME("time"), finding->time_ns);
    put_member(buf, NAME("host"), finding->host);
    put_member(buf, NAME("user"), finding->user);
    put_member(buf, NAME("channel"), finding->channel);
    put_member(buf, NAME("event_id"), finding->event_id);
    put_member(buf, NAME("record_id"), finding->record_id);
    put_member(buf, NAME("source"), finding->source);
    if (finding->correlation) {
        put_number(buf, NAME("events"), finding->event_count);
        put_time(buf, NAME("first"), finding->first_ns);
    } else {
        put_number(buf, NAME("record"), finding->record);
        put_number(buf, NAME("offset"), finding->offset);
    }
    put_member(buf, NAME("evidence_id"), evidence_id);
    if (finding->reasons || finding->correlation) {
        put_member(buf, NAME("message"), finding->message);
        put_explanation(buf, finding);
        put_fields(buf, finding);
    }
    if (finding->incomplete) {
        cord_buf_put_text(buf, ",\"incomplete\":true");
    }
}

static void put_name(struct cord_buf *buf, const char *name)
{
    cord_buf_put_text(buf, ",\"");
    cord_buf_put_text(buf, name);
    cord_buf_put_text(buf, "\":");
}

void cord_finding_json_member(struct cord_buf *buf, const char *name, cord_str value)
{
    if (value.len > 0) {
        put_name(buf, name);
        cord_json_write_string(buf, value);
    }
}

void cord_finding_json_time(struct cord_buf *buf, const char *name, int64_t time_ns)
{
    if (time_ns != CORD_TIME_NONE) {
        put_name(buf, name);
        put_time(buf, CORD_STR(""), time_ns);
    }
}
