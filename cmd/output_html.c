/*
 * output_html.c: one file that opens in any browser, with nothing fetched.
 *
 * The page is cmd/report/; findings go into it as one JSON value. A browser
 * has its limits, so that the list holds the most severe findings up to a
 * bound, and says how many of how many; counts are of all.
 */
#include "cmd/output.h"
#include "cmd/run_notes.h"

#include "base/buf.h"
#include "base/vec.h"
#include "codec/json_put.h"
#include "codec/json_write.h"
#include "report_template.h"

#include <stdlib.h>

enum {
    LISTED_MAX = 20000,
    LISTED_BYTES_MAX = 32 << 20, /* of one level, and of the whole list */
    PROBLEMS_MAX = 200,
    TEXT_BYTES_MAX = 1 << 30,
};

/* Findings of one level, written, each ending in a newline. */
struct level_list {
    struct cord_buf text;
    size_t count;
};

struct output {
    FILE *out;
    const struct cord_store *store;
    struct level_list levels[SUMMARY_LEVELS];
    struct cord_buf problems;
    size_t problem_count;
    struct cord_arena *arena;
    struct cord_map host_map;
    cord_str *hosts;
    size_t host_count;
    size_t host_cap;
    struct cord_map source_map;
    cord_str *sources;
    size_t source_count;
    size_t source_cap;
    const void **rule_keys; /* by the summary's number while findings come */
    size_t rule_cap;
};

static void html_close(struct output *output)
{
    if (output) {
        for (size_t i = 0; i < SUMMARY_LEVELS; i++) {
            cord_buf_done(&output->levels[i].text);
        }
        cord_buf_done(&output->problems);
        cord_map_done(&output->host_map);
        cord_map_done(&output->source_map);
        free(output->hosts);
        free(output->sources);
        free(output->rule_keys);
        cord_arena_free(output->arena);
        free(output);
    }
}

static cord_status html_open(const struct output_config *config, struct output **ret_output)
{
    struct output *output = calloc(1, sizeof *output);
    if (!output) {
        return CORD_E_NOMEM;
    }
    output->out = config->out;
    output->store = config->store;
    output->arena = cord_arena_new(TEXT_BYTES_MAX);
    cord_map_init(&output->host_map, config->seed);
    cord_map_init(&output->source_map, config->seed);
    for (size_t i = 0; i < SUMMARY_LEVELS; i++) {
        cord_buf_init(&output->levels[i].text, TEXT_BYTES_MAX);
    }
    cord_buf_init(&output->problems, TEXT_BYTES_MAX);
    if (!output->arena) {
        html_close(output);
        return CORD_E_NOMEM;
    }
    *ret_output = output;
    return CORD_OK;
}

/* The number of a text in a list, added when new; CORD_MAP_NONE: no memory. */
static uint32_t number_of(struct output *output, struct cord_map *map, cord_str **list,
                          size_t *count, size_t *cap, cord_str text)
{
    uint32_t at = cord_map_get(map, text);
    if (at != CORD_MAP_NONE) {
        return at;
    }
    cord_str *grown = cord_vec_room(*list, *count, cap, sizeof *grown);
    cord_str copy = cord_arena_copy(output->arena, text);
    *list = grown ? grown : *list;
    if (!grown || !copy.ptr || cord_map_put(map, copy, (uint32_t)*count) != CORD_OK) {
        return CORD_MAP_NONE;
    }
    grown[*count] = copy;
    return (uint32_t)(*count)++;
}

static bool remember_rule(struct output *output, const void *key, size_t rule_no)
{
    if (rule_no >= output->rule_cap) {
        size_t cap = (rule_no + 1) * 2;
        const void **keys = reallocarray(output->rule_keys, cap, sizeof *keys);
        if (!keys) {
            return false;
        }
        memset(keys + output->rule_cap, 0, (cap - output->rule_cap) * sizeof *keys);
        output->rule_keys = keys;
        output->rule_cap = cap;
    }
    output->rule_keys[rule_no] = key;
    return true;
}

static void put_text(struct cord_buf *buf, cord_str text)
{
    cord_buf_put_char(buf, ',');
    cord_json_write_string(buf, text);
}

static void put_finding(const struct output *output, struct cord_buf *buf,
                        const struct cord_finding *finding)
{
    char id[CORD_STORE_ID_TEXT];
    if (finding->time_ns == CORD_TIME_NONE) {
        cord_buf_put_text(buf, ",null");
    } else {
        cord_buf_printf(buf, ",%lld", (long long)(finding->time_ns / 1000000));
    }
    put_text(buf, finding->user);
    put_text(buf, finding->event_id);
    put_text(buf, finding->channel);
    cord_buf_put_text(buf, ",[");
    for (size_t i = 0; i < finding->reason_count; i++) {
        const struct cord_finding_reason *reason = &finding->reasons[i];
        cord_buf_put_text(buf, i > 0 ? ",[" : "[");
        cord_json_write_string(buf, reason->selection);
        put_text(buf, reason->field);
        put_text(buf, reason->value);
        put_text(buf, reason->pattern);
        cord_buf_put_char(buf, ']');
    }
    cord_buf_put_text(buf, "],[");
    for (size_t i = 0; i < finding->field_count; i++) {
        cord_buf_put_text(buf, i > 0 ? ",[" : "[");
        cord_json_write_string(buf, finding->fields[i].name);
        put_text(buf, finding->fields[i].value);
        cord_buf_put_char(buf, ']');
    }
    cord_buf_put_char(buf, ']');
    put_text(buf, finding->message);
    cord_buf_put_text(buf, finding->incomplete ? ",true" : ",false");
    put_text(buf, output_evidence_id(output->store, finding->evidence, id));
    cord_buf_put_text(buf, "],\n");
}

static cord_status html_finding(struct output *output, const struct cord_finding *finding,
                                size_t rule_no)
{
    const struct cord_rule_about *about = cord_finding_about(finding);
    struct level_list *list = &output->levels[about->level];
    if (!remember_rule(output, about, rule_no)) {
        return CORD_E_NOMEM;
    }
    if (list->count == LISTED_MAX || list->text.len >= LISTED_BYTES_MAX) {
        return CORD_OK; /* counted by the summary all the same */
    }
    uint32_t host = number_of(output, &output->host_map, &output->hosts, &output->host_count,
                              &output->host_cap, finding->host);
    uint32_t source = number_of(output, &output->source_map, &output->sources,
                                &output->source_count, &output->source_cap, finding->source);
    if (host == CORD_MAP_NONE || source == CORD_MAP_NONE) {
        return CORD_E_NOMEM;
    }
    list->count++;
    cord_buf_printf(&list->text, "[%zu,%u,%u,%llu", rule_no, host, source,
                    (unsigned long long)finding->record);
    put_finding(output, &list->text, finding);
    return list->text.failed ? CORD_E_NOMEM : CORD_OK;
}

static cord_status html_problem(struct output *output, const struct cord_scan_problem *problem)
{
    if (output->problem_count == PROBLEMS_MAX) {
        return CORD_OK;
    }
    struct cord_buf *buf = &output->problems;
    cord_buf_put_text(buf, output->problem_count++ > 0 ? ",[" : "[");
    cord_json_write_string(buf, problem->stream);
    cord_buf_printf(buf, ",%llu", (unsigned long long)problem->offset);
    put_text(buf, problem->reason);
    cord_buf_put_char(buf, ']');
    return buf->failed ? CORD_E_NOMEM : CORD_OK;
}

static void put_tactics(struct cord_buf *buf, const struct cord_rule_about *about)
{
    cord_json_put_name(buf, "tactics");
    cord_buf_put_char(buf, '[');
    for (int tactic = 0; tactic < CORD_RULE_ABOUT_TACTICS; tactic++) {
        bool named = false;
        for (size_t i = 0; i < about->tag_count; i++) {
            named = named || cord_rule_about_tactic(about->tags[i]) == tactic;
        }
        if (named) {
            cord_json_put_item(buf);
            cord_json_write_string(buf, cord_str_from(cord_rule_about_tactic_name(tactic)));
        }
    }
    cord_buf_put_char(buf, ']');
}

static void put_rule(struct cord_buf *buf, const struct summary_rule *rule)
{
    const struct cord_rule_about *about = rule->about;
    cord_buf_put_char(buf, '{');
    cord_json_put_text(buf, "id", about->id);
    cord_json_put_text(buf, "title", about->title);
    cord_json_put_text(buf, "description", about->description);
    cord_json_put_text(buf, "level", cord_str_from(cord_rule_about_level(about->level)));
    cord_json_put_text(buf, "author", about->author);
    cord_json_put_text(buf, "status", about->status);
    cord_json_put_text(buf, "file", about->file);
    cord_json_put_texts(buf, "references", about->references, about->reference_count);
    cord_json_put_texts(buf, "tags", about->tags, about->tag_count);
    cord_json_put_texts(buf, "falsepositives", about->falsepositives, about->falsepositive_count);
    put_tactics(buf, about);
    cord_json_put_number(buf, "count", rule->count);
    cord_buf_put_char(buf, '}');
}

/* In the order in which the findings number them. */
static void put_rules(struct cord_buf *buf, const struct output *output,
                      const struct summary *summary)
{
    cord_buf_put_text(buf, "\"rules\":[");
    for (size_t i = 0; i < summary->rule_count; i++) {
        const struct summary_rule *found = NULL;
        for (size_t at = 0; at < summary->rule_count && !found; at++) {
            bool same = summary->rules[at].about == output->rule_keys[i];
            found = same ? &summary->rules[at] : NULL;
        }
        if (found) {
            cord_buf_put_text(buf, i > 0 ? ",\n" : "\n");
            put_rule(buf, found);
        }
    }
    cord_buf_put_char(buf, ']');
}

static void put_totals(struct cord_buf *buf, const struct output_run *run)
{
    const struct cord_scan_totals *totals = run->totals;
    const struct summary *summary = run->summary;
    cord_buf_printf(buf,
                    "\"totals\":{\"findings\":%llu,\"records\":%llu,\"read\":%llu,"
                    "\"skipped\":%llu,\"refused\":%llu,\"streams\":%llu,"
                    "\"streams_failed\":%llu,\"hosts\":%zu,"
                    "\"problems\":%llu,\"levels\":{",
                    (unsigned long long)summary->count, (unsigned long long)totals->records,
                    (unsigned long long)totals->read, (unsigned long long)totals->skipped,
                    (unsigned long long)totals->refused, (unsigned long long)totals->streams,
                    (unsigned long long)totals->streams_failed, summary->host_count,
                    (unsigned long long)run->problems);
    for (int level = 0; level < SUMMARY_LEVELS; level++) {
        cord_buf_printf(buf, "%s\"%s\":%llu", level > 0 ? "," : "",
                        cord_rule_about_level((enum cord_level)level),
                        (unsigned long long)summary->levels[level]);
    }
    cord_buf_put_text(buf, "}}");
}

static void put_notes(struct cord_buf *buf, const struct cord_scan_totals *totals)
{
    struct cord_buf notes;
    cord_buf_init(&notes, TEXT_BYTES_MAX);
    run_notes_put(totals, &notes);
    cord_buf_put_text(buf, ",\n\"notes\":");
    cord_json_write_string(buf, cord_buf_str(&notes));
    cord_buf_done(&notes);
}

static size_t put_findings(struct cord_buf *buf, const struct output *output)
{
    size_t listed = 0;
    cord_buf_put_text(buf, "\"findings\":[\n");
    for (size_t level = SUMMARY_LEVELS; level-- > 0 && listed < LISTED_MAX;) {
        const struct level_list *list = &output->levels[level];
        cord_str text = cord_buf_str(&list->text);
        size_t take = list->count < LISTED_MAX - listed ? list->count : LISTED_MAX - listed;
        size_t at = 0;
        for (size_t i = 0; i < take && buf->len + at < LISTED_BYTES_MAX; i++) {
            at = cord_str_find_char(text, '\n', at) + 1;
            listed++;
        }
        cord_buf_put(buf, cord_str_slice(text, 0, at));
    }
    if (listed > 0) {
        buf->len -= 2; /* the last one's comma and line end */
    }
    cord_buf_put_text(buf, "]");
    return listed;
}

static void put_data(struct cord_buf *buf, const struct output *output,
                     const struct output_run *run)
{
    cord_buf_put_char(buf, '{');
    size_t listed = put_findings(buf, output);
    cord_buf_put_text(buf, ",\n\"tactics\":[");
    for (int tactic = 0; tactic < CORD_RULE_ABOUT_TACTICS; tactic++) {
        cord_buf_printf(buf, "%s\"%s\"", tactic > 0 ? "," : "",
                        cord_rule_about_tactic_name(tactic));
    }
    cord_buf_put_text(buf, "],\n");
    put_rules(buf, output, run->summary);
    cord_json_put_texts(buf, "hosts", output->hosts, output->host_count);
    cord_json_put_texts(buf, "sources", output->sources, output->source_count);
    cord_buf_put_text(buf, ",\n\"problems\":[");
    cord_buf_put(buf, cord_buf_str(&output->problems));
    cord_buf_put_text(buf, "],\n");
    put_totals(buf, run);
    put_notes(buf, run->totals);
    cord_buf_printf(buf,
                    ",\n\"meta\":{\"version\":\"%s\",\"made\":%lld,\"rules_loaded\":%zu,"
                    "\"rules_refused\":%zu,\"listed\":%zu,\"seconds\":%.3f}}",
                    CORD_VERSION, (long long)(run->made_ns / 1000000), run->rules_loaded,
                    run->rules_refused, listed, run->seconds);
}

/* "</script>" inside the data would end it: '<' is written as an escape. */
static cord_status write_data(FILE *out, cord_str data)
{
    cord_status status = CORD_OK;
    while (data.len > 0 && status == CORD_OK) {
        size_t at = cord_str_find_char(data, '<', 0);
        size_t len = at == SIZE_MAX ? data.len : at;
        status = output_write(out, cord_str_slice(data, 0, len));
        data = cord_str_from_byte(data, len);
        if (data.len > 0 && status == CORD_OK) {
            status = output_write(out, CORD_STR("\\u003c"));
            data = cord_str_from_byte(data, 1);
        }
    }
    return status;
}

static cord_status html_finish(struct output *output, const struct output_run *run)
{
    cord_str page = {(const char *)report_html, report_html_len};
    cord_str css = {(const char *)report_css, report_css_len};
    cord_str js = {(const char *)report_js, report_js_len};
    struct cord_buf data;
    cord_buf_init(&data, TEXT_BYTES_MAX);
    put_data(&data, output, run);
    cord_status status = data.failed ? CORD_E_NOMEM : CORD_OK;
    cord_str rest = page;
    while (rest.len > 0 && status == CORD_OK) {
        size_t at = cord_str_find(rest, CORD_STR("@@"), 0);
        if (at == SIZE_MAX) {
            status = output_write(output->out, rest);
            break;
        }
        status = output_write(output->out, cord_str_slice(rest, 0, at));
        cord_str mark = cord_str_from_byte(rest, at + 2);
        size_t end = cord_str_find(mark, CORD_STR("@@"), 0);
        cord_str name = cord_str_slice(mark, 0, end);
        if (status == CORD_OK) {
            bool is_data = cord_str_eq(name, CORD_STR("DATA"));
            status = is_data
                         ? write_data(output->out, cord_buf_str(&data))
                         : output_write(output->out, cord_str_eq(name, CORD_STR("CSS")) ? css : js);
        }
        rest = cord_str_from_byte(mark, end + 2);
    }
    cord_buf_done(&data);
    return status == CORD_OK && fflush(output->out) != 0 ? CORD_E_IO : status;
}

const struct output_ops output_html = {
    .name = "html",
    .detail = true,
    .open = html_open,
    .finding = html_finding,
    .problem = html_problem,
    .finish = html_finish,
    .close = html_close,
};
