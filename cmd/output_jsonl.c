/* output_jsonl.c: one JSON object a finding, a line each. */
#include "cmd/output.h"

#include "base/buf.h"
#include "codec/json_write.h"

#include <stdlib.h>

enum { LINE_BYTES_MAX = 64 << 20 };

/* What a rule contributes to each of its findings, written once. */
struct prepared {
    struct cord_buf text;
};

struct output {
    FILE *out;
    const struct cord_store *store;
    struct cord_buf line;
    struct prepared *rules; /* by the summary's number */
    size_t rule_cap;
};

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
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    cord_buf_put(buf, name);
    cord_buf_put(buf, (cord_str){digits + at, sizeof digits - at});
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

static void put_rule(struct cord_buf *buf, const struct rule_view *view)
{
    cord_buf_printf(buf, "\"level\":\"%s\"", rule_view_level(view->level));
    put_member(buf, NAME("title"), view->title);
    cord_buf_put_text(buf, ",\"rule\":{\"id\":");
    cord_json_write_string(buf, view->id);
    put_member(buf, NAME("author"), view->author);
    put_member(buf, NAME("status"), view->status);
    put_list(buf, NAME("tags"), view->tags, view->tag_count);
    put_list(buf, NAME("references"), view->references, view->reference_count);
    put_member(buf, NAME("file"), view->file);
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

static cord_status jsonl_open(const struct output_config *config, struct output **ret_output)
{
    struct output *output = calloc(1, sizeof *output);
    if (!output) {
        return CORD_E_NOMEM;
    }
    output->out = config->out;
    output->store = config->store;
    cord_buf_init(&output->line, LINE_BYTES_MAX);
    *ret_output = output;
    return CORD_OK;
}

static const struct cord_buf *prepare(struct output *output, const struct cord_finding *finding,
                                      size_t rule_no)
{
    if (rule_no >= output->rule_cap) {
        size_t cap = (rule_no + 1) * 2;
        struct prepared *rules = reallocarray(output->rules, cap, sizeof *rules);
        if (!rules) {
            return NULL;
        }
        memset(rules + output->rule_cap, 0, (cap - output->rule_cap) * sizeof *rules);
        output->rules = rules;
        output->rule_cap = cap;
    }
    struct cord_buf *text = &output->rules[rule_no].text;
    if (!text->ptr) {
        struct rule_view view = rule_view_of(finding);
        cord_buf_init(text, LINE_BYTES_MAX);
        put_rule(text, &view);
    }
    return text->failed ? NULL : text;
}

static cord_status jsonl_finding(struct output *output, const struct cord_finding *finding,
                                 size_t rule_no)
{
    char id[CORD_STORE_ID_TEXT];
    struct cord_buf *line = &output->line;
    const struct cord_buf *rule = prepare(output, finding, rule_no);
    if (!rule) {
        return CORD_E_NOMEM;
    }
    cord_buf_clear(line);
    cord_buf_put_char(line, '{');
    cord_buf_put(line, cord_buf_str(rule));
    put_time(line, NAME("time"), finding->time_ns);
    put_member(line, NAME("host"), finding->host);
    put_member(line, NAME("user"), finding->user);
    put_member(line, NAME("channel"), finding->channel);
    put_member(line, NAME("event_id"), finding->event_id);
    put_member(line, NAME("record_id"), finding->record_id);
    put_member(line, NAME("source"), finding->source);
    if (finding->correlation) {
        put_number(line, NAME("events"), finding->event_count);
        put_time(line, NAME("first"), finding->first_ns);
    } else {
        put_number(line, NAME("record"), finding->record);
        put_number(line, NAME("offset"), finding->offset);
    }
    put_member(line, NAME("evidence_id"), output_evidence_id(output->store, finding->evidence, id));
    if (finding->reasons || finding->correlation) {
        put_member(line, NAME("message"), finding->message);
        put_explanation(line, finding);
        put_fields(line, finding);
    }
    if (finding->incomplete) {
        cord_buf_put_text(line, ",\"incomplete\":true");
    }
    cord_buf_put_text(line, "}\n");
    return line->failed ? CORD_E_NOMEM : output_write(output->out, cord_buf_str(line));
}

static cord_status jsonl_finish(struct output *output, const struct output_run *run)
{
    (void)run;
    return fflush(output->out) == 0 ? CORD_OK : CORD_E_IO;
}

static void jsonl_close(struct output *output)
{
    if (output) {
        for (size_t i = 0; i < output->rule_cap; i++) {
            cord_buf_done(&output->rules[i].text);
        }
        free(output->rules);
        cord_buf_done(&output->line);
        free(output);
    }
}

const struct output_ops output_jsonl = {
    .name = "jsonl",
    .open = jsonl_open,
    .finding = jsonl_finding,
    .finish = jsonl_finish,
    .close = jsonl_close,
};
