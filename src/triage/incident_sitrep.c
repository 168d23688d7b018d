/* incident_sitrep.c: see incident_sitrep.h. */
#include "triage/incident_sitrep.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/timestamp.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    LINES_MAX = 64,         /* of the claim */
    LISTED_MAX = 9,         /* of one list, and a line that says how many more there are */
    NAMES_BYTES_MAX = 2000, /* of one line of names */
    TEXT_BYTES_MAX = 400,   /* of what somebody wrote */
    ARENA_BYTES_MAX = 1 << 22,
    LINE_BYTES_MAX = 4096,
};

struct writing {
    const struct cord_incident_request *request;
    const struct cord_incident *incident;
    const struct cord_incident *before; /* as known at the last report; NULL: there is none */
    struct cord_incident_sitrep *sitrep;
    cord_str *lines;
    struct cord_buf line;
    bool failed;
};

/* --- lines --- */

static void begin(struct writing *writing)
{
    writing->failed = writing->failed || writing->line.failed;
    cord_buf_clear(&writing->line);
}

static void end(struct writing *writing)
{
    struct cord_incident_sitrep *sitrep = writing->sitrep;
    cord_str line = cord_arena_copy(sitrep->arena, cord_buf_str(&writing->line));
    /* Every list is bounded: there is room. */
    writing->failed =
        writing->failed || writing->line.failed || !line.ptr || sitrep->line_count == LINES_MAX;
    if (!writing->failed) {
        writing->lines[sitrep->line_count++] = line;
    }
}

/* A text of the catalogue, in the reader's language. */
static void say(struct writing *writing, const char *english)
{
    cord_buf_put_text(&writing->line,
                      cord_incident_language_say(writing->request->language, english));
}

static void say_word(struct writing *writing, cord_str word)
{
    cord_buf_put(&writing->line, cord_incident_language_word(writing->request->language, word));
}

static void put_count(struct writing *writing, size_t count)
{
    cord_buf_put_u64(&writing->line, count);
}

/* It says where it is cut. */
static void put_text(struct writing *writing, cord_str text)
{
    size_t len = text.len < TEXT_BYTES_MAX ? text.len : TEXT_BYTES_MAX;
    while (len < text.len && len > 0 && ((unsigned char)text.ptr[len] & 0xc0) == 0x80) {
        len--; /* not inside of a character */
    }
    cord_buf_put(&writing->line, cord_str_slice(text, 0, len));
    if (len < text.len) {
        cord_buf_put_text(&writing->line, " [...]");
    }
}

/* As people know them. */
static void put_person(struct writing *writing, cord_str subject)
{
    const struct cord_incident_request *request = writing->request;
    bool person = request->name && cord_str_starts(subject, CORD_STR("user:"));
    cord_str name = person ? request->name(request->self, subject) : CORD_STR("");
    cord_buf_put(&writing->line, name.len > 0 ? name : subject);
}

static void put_time(struct writing *writing, int64_t time_ns)
{
    struct cord_civil at = cord_timestamp_to_civil(time_ns);
    cord_buf_printf(&writing->line, "%04d-%02d-%02d %02d:%02d UTC", at.year, at.month, at.day,
                    at.hour, at.minute);
}

static void put_duration(struct writing *writing, int64_t ns)
{
    int64_t minutes = ns / (60 * CORD_SECOND_NS);
    if (minutes < 1) {
        say(writing, "less than a minute");
    } else if (minutes < 120) {
        cord_buf_printf(&writing->line, "%" PRId64 " min", minutes);
    } else {
        cord_buf_printf(&writing->line, "%" PRId64 " h %" PRId64 " min", minutes / 60,
                        minutes % 60);
    }
}

static void put_more(struct writing *writing, size_t count)
{
    if (count > LISTED_MAX) {
        begin(writing);
        say(writing, "- and ");
        put_count(writing, count - LISTED_MAX);
        say(writing, " more");
        end(writing);
    }
}

/* --- what is known --- */

static void write_head(struct writing *writing)
{
    const struct cord_incident *incident = writing->incident;
    begin(writing);
    say_word(writing, incident->severity);
    cord_buf_put_text(&writing->line, ", ");
    say_word(writing, cord_str_from(cord_incident_state_name(incident->state)));
    say(writing, "; began ");
    put_time(writing, incident->began_ns);
    say(writing, ", declared ");
    put_time(writing, incident->declared_ns);
    if (incident->ended_ns != CORD_TIME_NONE) {
        say(writing, ", stood down ");
        put_time(writing, incident->ended_ns);
    }
    say(writing, incident->commander.len > 0 ? "; commander " : "; no commander");
    put_person(writing, incident->commander);
    end(writing);
}

static cord_str name_of(const struct cord_incident_organisation *organisation)
{
    return organisation->name.len > 0 ? organisation->name : organisation->code;
}

static void write_state(struct writing *writing, const char *state)
{
    const struct cord_incident *incident = writing->incident;
    size_t count = 0;
    size_t named = 0;
    for (size_t i = 0; i < incident->organisation_count; i++) {
        count += cord_str_eq(incident->organisations[i].state, cord_str_from(state));
    }
    if (count == 0) {
        return;
    }
    begin(writing);
    cord_buf_put_text(&writing->line, "- ");
    say_word(writing, cord_str_from(state));
    say(writing, ": ");
    put_count(writing, count);
    cord_buf_put_text(&writing->line, " (");
    for (size_t i = 0; i < incident->organisation_count; i++) {
        const struct cord_incident_organisation *organisation = &incident->organisations[i];
        if (cord_str_eq(organisation->state, cord_str_from(state)) &&
            writing->line.len < NAMES_BYTES_MAX) {
            if (named++ > 0) {
                say(writing, "; ");
            }
            cord_buf_put(&writing->line, name_of(organisation));
        }
    }
    if (named < count) {
        say(writing, "; and ");
        put_count(writing, count - named);
        say(writing, " others");
    }
    cord_buf_put_char(&writing->line, ')');
    end(writing);
}

static void write_organisations(struct writing *writing)
{
    static const char *const states[] = {"infected",  "disrupted", "disconnected",
                                         "exposed",   "contacted", "contained",
                                         "recovered", "clear",     "unknown"};
    begin(writing);
    say(writing, "Organisations: ");
    put_count(writing, writing->incident->organisation_count);
    say(writing, ". Alerts: ");
    put_count(writing, writing->incident->alerts);
    say(writing, ". Clusters: ");
    put_count(writing, writing->incident->clusters);
    cord_buf_put_char(&writing->line, '.');
    end(writing);
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        write_state(writing, states[i]);
    }
}

static void put_span(struct writing *writing, const char *what,
                     const struct cord_incident_span *span)
{
    say(writing, what);
    if (span->known) {
        put_duration(writing, span->ns);
    } else {
        say(writing, "not known");
    }
}

static void write_times(struct writing *writing)
{
    const struct cord_incident_kpis *kpis = &writing->incident->kpis;
    begin(writing);
    put_span(writing, "Time to detect: ", &kpis->detect);
    put_span(writing, "; from then to acknowledge: ", &kpis->acknowledge);
    put_span(writing, ", to decide: ", &kpis->decide);
    put_span(writing, ", to contain: ", &kpis->contain);
    cord_buf_put_char(&writing->line, '.');
    end(writing);
}

static void write_next(struct writing *writing)
{
    const struct cord_incident *incident = writing->incident;
    begin(writing);
    say(writing, "Next decision: ");
    if (incident->next_claim > 0) {
        put_text(writing, incident->next_decision);
    } else {
        say(writing, "none waits");
    }
    end(writing);
}

static void write_tasks(struct writing *writing)
{
    const struct cord_incident *incident = writing->incident;
    size_t listed = 0;
    size_t late = 0;
    for (size_t i = 0; i < incident->task_count; i++) {
        const struct cord_incident_task *task = &incident->tasks[i];
        late += task->state <= CORD_INCIDENT_TASK_DOING && task->due_ns != CORD_TIME_NONE &&
                task->due_ns < incident->known_ns;
    }
    begin(writing);
    say(writing, "Open tasks: ");
    put_count(writing, incident->tasks_open);
    say(writing, ", overdue: ");
    put_count(writing, late);
    cord_buf_put_char(&writing->line, '.');
    end(writing);
    for (size_t i = 0; i < incident->task_count && listed < LISTED_MAX; i++) {
        const struct cord_incident_task *task = &incident->tasks[i];
        if (task->state > CORD_INCIDENT_TASK_DOING) {
            continue;
        }
        listed++;
        begin(writing);
        cord_buf_put_text(&writing->line, "- ");
        put_text(writing, task->title);
        if (task->owner.len > 0) {
            cord_buf_put_text(&writing->line, ", ");
        } else {
            say(writing, ", nobody's");
        }
        put_person(writing, task->owner);
        if (task->due_ns != CORD_TIME_NONE) {
            say(writing, ", due ");
            put_time(writing, task->due_ns);
        }
        end(writing);
    }
    put_more(writing, incident->tasks_open);
}

/* --- what has changed --- */

static int64_t since(const struct writing *writing)
{
    return writing->before ? writing->before->known_ns : CORD_TIME_NONE;
}

static void put_heading(struct writing *writing, const char *what, size_t count)
{
    say(writing, what);
    if (writing->before) {
        say(writing, " since then");
    }
    say(writing, ": ");
    put_count(writing, count);
    cord_buf_put_char(&writing->line, '.');
}

/* The last ones, the last of all at the end. */
static void write_decisions(struct writing *writing)
{
    const struct cord_incident *incident = writing->incident;
    size_t count = 0;
    for (size_t i = 0; i < incident->decision_count; i++) {
        count += incident->decisions[i].recorded_ns > since(writing);
    }
    begin(writing);
    put_heading(writing, "Decisions", count);
    end(writing);
    put_more(writing, count);
    size_t skip = count > LISTED_MAX ? count - LISTED_MAX : 0;
    for (size_t i = 0; i < incident->decision_count; i++) {
        const struct cord_incident_decision *decision = &incident->decisions[i];
        if (decision->recorded_ns <= since(writing) || skip > 0) {
            skip -= decision->recorded_ns > since(writing);
            continue;
        }
        begin(writing);
        cord_buf_put_text(&writing->line, "- ");
        put_time(writing, decision->time_ns);
        cord_buf_put_text(&writing->line, ", ");
        put_person(writing, decision->who);
        say(writing, ": ");
        put_text(writing, decision->what);
        if (decision->replaced_by > 0) {
            say(writing, " (replaced since)");
        }
        end(writing);
    }
}

static bool is_news_of_care(const struct writing *writing, const struct cord_incident_item *item)
{
    return item->lane == CORD_INCIDENT_LANE_CARE && item->replaced_by == 0 &&
           item->known_ns > since(writing);
}

static void write_care(struct writing *writing)
{
    const struct cord_incident *incident = writing->incident;
    size_t count = 0;
    for (size_t i = 0; i < incident->timeline_count; i++) {
        count += is_news_of_care(writing, &incident->timeline[i]);
    }
    begin(writing);
    put_heading(writing, "Said of care", count);
    end(writing);
    put_more(writing, count);
    size_t skip = count > LISTED_MAX ? count - LISTED_MAX : 0;
    for (size_t i = 0; i < incident->timeline_count; i++) {
        const struct cord_incident_item *item = &incident->timeline[i];
        if (!is_news_of_care(writing, item) || skip > 0) {
            skip -= is_news_of_care(writing, item);
            continue;
        }
        begin(writing);
        cord_buf_put_text(&writing->line, "- ");
        put_time(writing, item->time_ns);
        cord_buf_put_text(&writing->line, ", ");
        put_text(writing, item->text);
        end(writing);
    }
}

static void put_state(struct writing *writing,
                      const struct cord_incident_organisation *organisation, const char *else_what)
{
    if (organisation) {
        say_word(writing, organisation->state);
    } else {
        say(writing, else_what);
    }
}

/* One that came, left, or is in another state. NULL: it was, or is, not in it; not both. */
static void write_change(struct writing *writing, const struct cord_incident_organisation *was,
                         const struct cord_incident_organisation *is, size_t *count)
{
    const struct cord_incident_organisation *known = is ? is : was;
    if (!known) {
        return;
    }
    if (was && is && cord_str_eq(was->state, is->state)) {
        return;
    }
    if ((*count)++ >= LISTED_MAX) {
        return; /* counted */
    }
    begin(writing);
    cord_buf_put_text(&writing->line, "- ");
    cord_buf_put(&writing->line, name_of(known));
    say(writing, ": ");
    put_state(writing, was, "not in it");
    cord_buf_put_text(&writing->line, " -> ");
    put_state(writing, is, "no longer in it");
    end(writing);
}

static void write_changes(struct writing *writing)
{
    const struct cord_incident *is = writing->incident;
    const struct cord_incident *was = writing->before;
    size_t count = 0;
    begin(writing);
    say(writing, was ? "Changes since the report of " : "This is the first report.");
    if (was) {
        put_time(writing, was->known_ns);
        say(writing, ":");
    }
    end(writing);
    for (size_t i = 0, j = 0; was && (i < was->organisation_count || j < is->organisation_count);) {
        int order = i == was->organisation_count ? 1
                    : j == is->organisation_count
                        ? -1
                        : cord_str_compare(was->organisations[i].code, is->organisations[j].code);
        write_change(writing, order <= 0 ? &was->organisations[i] : NULL,
                     order >= 0 ? &is->organisations[j] : NULL, &count);
        i += order <= 0;
        j += order >= 0;
    }
    put_more(writing, count);
    if (was && count == 0) {
        begin(writing);
        say(writing, "- no organisation came, left or is in another state");
        end(writing);
    }
}

/* --- all of it --- */

static cord_status write_all(struct writing *writing, struct cord_error *err)
{
    struct cord_incident_sitrep *sitrep = writing->sitrep;
    const struct cord_incident *incident = writing->incident;
    begin(writing);
    cord_buf_put(&writing->line, incident->id);
    say(writing, ": situation as known at ");
    put_time(writing, incident->known_ns);
    sitrep->title = cord_arena_copy(sitrep->arena, cord_buf_str(&writing->line));
    begin(writing);
    cord_buf_put(&writing->line, incident->id);
    if (incident->title.len > 0) {
        say(writing, ": ");
    }
    cord_buf_put(&writing->line, incident->title);
    say(writing, ". As known at ");
    put_time(writing, incident->known_ns);
    cord_buf_put_char(&writing->line, '.');
    end(writing);
    write_head(writing);
    write_organisations(writing);
    write_times(writing);
    write_next(writing);
    write_tasks(writing);
    write_changes(writing);
    write_decisions(writing);
    write_care(writing);
    return writing->failed || !sitrep->title.ptr
               ? cord_error_set(err, CORD_E_NOMEM, "out of memory")
               : CORD_OK;
}

/* As known when the last report that was issued speaks of. */
static cord_status read_before(struct writing *writing, struct cord_record_view *view,
                               const struct cord_incident_request *request,
                               struct cord_incident **ret_before, struct cord_error *err)
{
    const struct cord_incident *incident = writing->incident;
    struct cord_incident_request then = *request;
    if (incident->report_count == 0) {
        return CORD_OK;
    }
    const struct cord_incident_report *last = &incident->reports[incident->report_count - 1];
    then.known_ns = last->at_ns;
    writing->sitrep->previous = last->claim;
    cord_status status = cord_incident_read(view, incident->id, &then, ret_before, err);
    return status == CORD_E_NOENT ? CORD_OK : status; /* it was declared only after that */
}

static struct cord_incident_sitrep *new_sitrep(void)
{
    struct cord_arena *arena = cord_arena_new(ARENA_BYTES_MAX);
    struct cord_incident_sitrep *sitrep =
        arena ? cord_arena_zalloc(arena, 1, sizeof *sitrep) : NULL;
    if (!sitrep) {
        cord_arena_free(arena);
        return NULL;
    }
    sitrep->arena = arena;
    return sitrep;
}

cord_status cord_incident_sitrep_draft(struct cord_record_view *view, cord_str id,
                                       const struct cord_incident_request *request,
                                       struct cord_incident_sitrep **ret_sitrep,
                                       struct cord_error *err)
{
    struct cord_incident *incident = NULL;
    struct cord_incident *before = NULL;
    struct writing writing = {.request = request, .sitrep = new_sitrep()};
    cord_buf_init(&writing.line, LINE_BYTES_MAX);
    cord_status status =
        writing.sitrep ? CORD_OK : cord_error_set(err, CORD_E_NOMEM, "out of memory");
    if (status == CORD_OK) {
        status = cord_incident_read(view, id, request, &incident, err);
        writing.incident = incident;
    }
    if (status == CORD_OK) {
        status = read_before(&writing, view, request, &before, err);
        writing.before = before;
    }
    if (status == CORD_OK) {
        writing.sitrep->at_ns = incident->known_ns;
        writing.lines = cord_arena_zalloc(writing.sitrep->arena, LINES_MAX, sizeof *writing.lines);
        writing.sitrep->lines = writing.lines;
        status = writing.lines ? write_all(&writing, err) : CORD_E_NOMEM;
    }
    cord_buf_done(&writing.line);
    cord_incident_free(incident);
    cord_incident_free(before);
    if (status == CORD_OK) {
        *ret_sitrep = writing.sitrep;
    } else {
        cord_incident_sitrep_free(writing.sitrep);
    }
    return status;
}

void cord_incident_sitrep_free(struct cord_incident_sitrep *sitrep)
{
    if (sitrep) {
        cord_arena_free(sitrep->arena); /* it is in it */
    }
}
