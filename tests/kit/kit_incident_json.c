/* kit_incident_json.c: see kit_incident_json.h. */
#include "kit/kit_incident_json.h"

#include "base/timestamp.h"
#include "codec/json_write.h"
#include "triage/incident_sitrep.h"

#include <inttypes.h>

static void put_name(struct cord_buf *text, const char *name)
{
    char last = text->len > 0 ? text->ptr[text->len - 1] : '\0';
    if (last != '{' && last != '[') {
        cord_buf_put_char(text, ',');
    }
    cord_json_write_string(text, cord_str_from(name));
    cord_buf_put_char(text, ':');
}

static void put_text(struct cord_buf *text, const char *name, cord_str value)
{
    if (value.len > 0) {
        put_name(text, name);
        cord_json_write_string(text, value);
    }
}

static void put_time(struct cord_buf *text, const char *name, int64_t time_ns)
{
    char buffer[CORD_TIMESTAMP_TEXT];
    if (time_ns != CORD_TIME_NONE) {
        put_text(text, name, cord_timestamp_format(time_ns, buffer));
    }
}

static void put_count(struct cord_buf *text, const char *name, uint64_t count)
{
    put_name(text, name);
    cord_buf_put_u64(text, count);
}

static void put_claim(struct cord_buf *text, const char *name, uint64_t claim)
{
    if (claim > 0) {
        put_count(text, name, claim);
    }
}

static void put_flag(struct cord_buf *text, const char *name, bool flag)
{
    put_name(text, name);
    cord_buf_put_text(text, flag ? "true" : "false");
}

static void begin_item(struct cord_buf *text, size_t place)
{
    cord_buf_put_text(text, place == 0 ? "{" : ",{");
}

static void put_texts(struct cord_buf *text, const char *name, const cord_str *items, size_t count)
{
    put_name(text, name);
    cord_buf_put_char(text, '[');
    for (size_t i = 0; i < count; i++) {
        cord_buf_put_text(text, i == 0 ? "" : ",");
        cord_json_write_string(text, items[i]);
    }
    cord_buf_put_char(text, ']');
}

/* --- how long it took --- */

static void put_seconds(struct cord_buf *text, const char *name,
                        const struct cord_incident_span *span)
{
    if (!span->known) {
        return;
    }
    int64_t millis = span->ns / (CORD_SECOND_NS / 1000);
    put_name(text, name);
    cord_buf_printf(text, "%" PRId64, millis / 1000);
    if (millis % 1000 != 0) {
        cord_buf_printf(text, ".%03d", (int)(millis % 1000));
    }
}

static void put_moment(struct cord_buf *text, const struct cord_incident_moment *moment)
{
    cord_buf_put_char(text, '{');
    put_time(text, "time", moment->time_ns);
    put_claim(text, "claim", moment->claim);
    put_text(text, "alert", moment->alert);
    cord_buf_put_char(text, '}');
}

static void put_basis(struct cord_buf *text, const char *name,
                      const struct cord_incident_span *span)
{
    if (!span->known) {
        return;
    }
    put_name(text, name);
    cord_buf_put_char(text, '[');
    put_moment(text, &span->from);
    cord_buf_put_char(text, ',');
    put_moment(text, &span->to);
    cord_buf_put_char(text, ']');
}

static void put_kpis(struct cord_buf *text, const struct cord_incident_kpis *kpis)
{
    put_name(text, "kpi");
    cord_buf_put_char(text, '{');
    put_seconds(text, "detect_s", &kpis->detect);
    put_seconds(text, "acknowledge_s", &kpis->acknowledge);
    put_seconds(text, "decide_s", &kpis->decide);
    put_seconds(text, "contain_s", &kpis->contain);
    put_name(text, "basis");
    cord_buf_put_char(text, '{');
    put_basis(text, "detect", &kpis->detect);
    put_basis(text, "acknowledge", &kpis->acknowledge);
    put_basis(text, "decide", &kpis->decide);
    put_basis(text, "contain", &kpis->contain);
    cord_buf_put_text(text, "}}");
}

/* --- the row --- */

static void put_members(struct cord_buf *text, const struct cord_incident *incident)
{
    put_text(text, "id", incident->id);
    put_text(text, "title", incident->title);
    put_text(text, "severity", incident->severity);
    put_text(text, "state", cord_str_from(cord_incident_state_name(incident->state)));
    put_text(text, "merged_into", incident->merged_into);
    put_text(text, "commander", incident->commander);
    put_text(text, "lead", incident->lead);
    put_time(text, "began", incident->began_ns);
    put_time(text, "declared", incident->declared_ns);
    put_time(text, "ended", incident->ended_ns);
    put_time(text, "updated", incident->updated_ns);
    put_count(text, "alerts", incident->alerts);
    put_count(text, "clusters", incident->clusters);
    put_count(text, "tasks_open", incident->tasks_open);
    put_text(text, "next_decision", incident->next_decision);
    put_claim(text, "next_claim", incident->next_claim);
    put_time(text, "next_due", incident->next_due_ns);
    put_kpis(text, &incident->kpis);
}

void kit_incident_json_row(const struct cord_incident *incident, struct cord_buf *text)
{
    cord_buf_put_char(text, '{');
    put_members(text, incident);
    put_count(text, "organisations", incident->organisation_count);
    cord_buf_put_char(text, '}');
}

/* --- all of it --- */

static void put_phases(struct cord_buf *text, const struct cord_incident *incident)
{
    put_name(text, "phases");
    cord_buf_put_char(text, '[');
    for (unsigned i = 0; i < CORD_INCIDENT_PHASES; i++) {
        const struct cord_incident_moment *moment = &incident->phases[i];
        if (moment->time_ns != CORD_TIME_NONE) {
            cord_buf_put_text(text, text->ptr[text->len - 1] == '[' ? "{" : ",{");
            put_text(text, "phase",
                     cord_str_from(cord_incident_phase_name((enum cord_incident_phase)i)));
            put_time(text, "time", moment->time_ns);
            put_claim(text, "claim", moment->claim);
            cord_buf_put_char(text, '}');
        }
    }
    cord_buf_put_char(text, ']');
}

static void put_links(struct cord_buf *text, const struct cord_incident *incident)
{
    put_name(text, "links");
    cord_buf_put_char(text, '[');
    for (size_t i = 0; i < incident->link_count; i++) {
        const struct cord_incident_link *link = &incident->links[i];
        begin_item(text, i);
        put_text(text, "kind", cord_str_from(cord_incident_link_name(link->kind)));
        put_text(text, "id", link->id);
        put_text(text, "title", link->title);
        put_text(text, "reason", link->reason);
        put_time(text, "linked", link->linked_ns);
        put_text(text, "who", link->who);
        put_name(text, "about");
        cord_buf_put(text, link->organisations);
        put_claim(text, "claim", link->claim);
        cord_buf_put_char(text, '}');
    }
    cord_buf_put_char(text, ']');
}

static void put_organisations(struct cord_buf *text, const struct cord_incident *incident)
{
    put_count(text, "organisation_count", incident->organisation_count);
    put_name(text, "organisations");
    cord_buf_put_char(text, '[');
    for (size_t i = 0; i < incident->organisation_count; i++) {
        const struct cord_incident_organisation *organisation = &incident->organisations[i];
        begin_item(text, i);
        put_text(text, "code", organisation->code);
        put_text(text, "name", organisation->name);
        put_text(text, "state", organisation->state);
        put_time(text, "since", organisation->since_ns);
        put_claim(text, "claim", organisation->claim);
        put_time(text, "last_word", organisation->last_ns);
        put_text(text, "last_who", organisation->last_who);
        put_claim(text, "last_claim", organisation->last_claim);
        put_flag(text, "was_infected", organisation->was_infected);
        cord_buf_put_char(text, '}');
    }
    cord_buf_put_char(text, ']');
}

static void put_history(struct cord_buf *text, const struct cord_incident_task *task)
{
    put_name(text, "history");
    cord_buf_put_char(text, '[');
    for (size_t i = 0; i < task->history_count; i++) {
        const struct cord_incident_change *change = &task->history[i];
        begin_item(text, i);
        put_time(text, "time", change->time_ns);
        put_text(text, "state", cord_str_from(cord_incident_task_name(change->state)));
        put_text(text, "owner", change->owner);
        put_text(text, "who", change->who);
        put_text(text, "reason", change->reason);
        put_claim(text, "claim", change->claim);
        cord_buf_put_char(text, '}');
    }
    cord_buf_put_char(text, ']');
}

static void put_tasks(struct cord_buf *text, const struct cord_incident *incident)
{
    put_name(text, "tasks");
    cord_buf_put_char(text, '[');
    for (size_t i = 0; i < incident->task_count; i++) {
        const struct cord_incident_task *task = &incident->tasks[i];
        begin_item(text, i);
        put_text(text, "task", task->task);
        put_text(text, "title", task->title);
        put_text(text, "sort", task->sort);
        put_text(text, "owner", task->owner);
        put_time(text, "due", task->due_ns);
        put_text(text, "state", cord_str_from(cord_incident_task_name(task->state)));
        if (incident->whole && !cord_str_eq(task->incident, incident->id)) {
            put_text(text, "incident", task->incident);
        }
        put_name(text, "about");
        cord_buf_put(text, task->organisations);
        put_claim(text, "claim", task->claim);
        put_history(text, task);
        cord_buf_put_char(text, '}');
    }
    cord_buf_put_char(text, ']');
}

static void put_decisions(struct cord_buf *text, const struct cord_incident *incident)
{
    put_name(text, "decisions");
    cord_buf_put_char(text, '[');
    for (size_t i = 0; i < incident->decision_count; i++) {
        const struct cord_incident_decision *decision = &incident->decisions[i];
        begin_item(text, i);
        put_claim(text, "number", decision->number);
        put_claim(text, "claim", decision->claim);
        put_time(text, "time", decision->time_ns);
        put_time(text, "recorded", decision->recorded_ns);
        put_time(text, "at", decision->at_ns);
        put_text(text, "who", decision->who);
        put_text(text, "what", decision->what);
        put_text(text, "why", decision->why);
        put_name(text, "options");
        cord_buf_put(text, decision->options);
        put_name(text, "basis");
        cord_buf_put(text, decision->basis);
        put_claim(text, "replaced_by", decision->replaced_by);
        cord_buf_put_char(text, '}');
    }
    cord_buf_put_char(text, ']');
}

static void put_reports(struct cord_buf *text, const struct cord_incident *incident)
{
    put_name(text, "sitreps");
    cord_buf_put_char(text, '[');
    for (size_t i = 0; i < incident->report_count; i++) {
        const struct cord_incident_report *report = &incident->reports[i];
        begin_item(text, i);
        put_claim(text, "claim", report->claim);
        put_time(text, "recorded", report->recorded_ns);
        put_time(text, "at", report->at_ns);
        put_text(text, "title", report->title);
        put_text(text, "who", report->who);
        put_name(text, "text");
        cord_buf_put(text, report->text);
        put_claim(text, "previous", report->previous);
        put_claim(text, "replaced_by", report->replaced_by);
        cord_buf_put_char(text, '}');
    }
    cord_buf_put_char(text, ']');
}

void kit_incident_json_sitrep(const struct cord_incident_sitrep *sitrep, struct cord_buf *text)
{
    cord_buf_put_char(text, '{');
    put_time(text, "at", sitrep->at_ns);
    put_text(text, "title", sitrep->title);
    put_texts(text, "text", sitrep->lines, sitrep->line_count);
    put_claim(text, "previous", sitrep->previous);
    cord_buf_put_char(text, '}');
}

void kit_incident_json_write(const struct cord_incident *incident, struct cord_buf *text)
{
    cord_buf_put_char(text, '{');
    put_members(text, incident);
    put_time(text, "as_of", incident->known_ns);
    put_flag(text, "whole", incident->whole);
    put_texts(text, "merged", incident->merged, incident->merged_count);
    put_texts(text, "split_off", incident->split_off, incident->split_off_count);
    put_text(text, "split_from", incident->split_from);
    put_phases(text, incident);
    put_organisations(text, incident);
    put_links(text, incident);
    put_tasks(text, incident);
    put_decisions(text, incident);
    put_reports(text, incident);
    cord_buf_put_char(text, '}');
}

void kit_incident_json_item(const struct cord_incident_item *item, struct cord_buf *text)
{
    cord_buf_put_char(text, '{');
    put_time(text, "time", item->time_ns);
    put_time(text, "known", item->known_ns);
    put_text(text, "lane", cord_str_from(cord_incident_lane_name(item->lane)));
    put_text(text, "kind", item->kind);
    put_text(text, "text", item->text);
    put_text(text, "who", item->who);
    put_text(text, "organisation", item->organisation);
    put_claim(text, "claim", item->claim);
    put_text(text, "alert", item->alert);
    put_text(text, "evidence", item->evidence);
    put_claim(text, "replaced_by", item->replaced_by);
    cord_buf_put_char(text, '}');
}
