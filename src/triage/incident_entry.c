/* incident_entry.c: see incident_entry.h. */
#include "triage/incident_draft_internal.h"
#include "triage/incident_internal.h"
#include "triage/incident_sitrep.h"

static const char *const names[] = {"task",      "note",  "decision", "link",       "unlink",
                                    "commander", "phase", "declare",  "stand-down", "merge",
                                    "part",      "split", "sitrep"};
_Static_assert(sizeof names / sizeof names[0] == CORD_INCIDENT_ENTRY_KINDS, "a name for each");

const char *cord_incident_entry_name(enum cord_incident_entry_kind kind)
{
    return names[kind];
}

bool cord_incident_entry_find(cord_str name, enum cord_incident_entry_kind *ret_kind)
{
    for (unsigned i = 0; i < CORD_INCIDENT_ENTRY_KINDS; i++) {
        if (cord_str_eq(name, cord_str_from(names[i]))) {
            *ret_kind = (enum cord_incident_entry_kind)i;
            return true;
        }
    }
    return false;
}

/* --- refusals --- */

static cord_status missing(const struct cord_incident_draft *draft, const char *member)
{
    return cord_error_set(draft->err, CORD_E_FORMAT, "%s: is missing", member);
}

/* Whose matter it is must be theirs who say so. */
static cord_status check_matter(struct cord_incident_draft *draft)
{
    const struct cord_incident_entry *entry = draft->entry;
    if (entry->organisation_count > CORD_TEXTS_MAX) {
        return cord_error_set(draft->err, CORD_E_FORMAT, "organisations: at most %u",
                              CORD_TEXTS_MAX);
    }
    for (size_t i = 0; i < entry->organisation_count; i++) {
        if (entry->organisations[i].len == 0 ||
            !cord_incident_draft_sees(draft, entry->organisations[i])) {
            return cord_error_set(draft->err, CORD_E_FORMAT,
                                  "organisations: there is no organisation %.*s",
                                  CORD_STR_ARG(entry->organisations[i]));
        }
    }
    return CORD_OK;
}

/* Who does not see the nation's part says whose matter it is; else it is theirs. */
static cord_status own_matter(struct cord_incident_draft *draft, struct cord_incident_entry *entry,
                              cord_str codes[CORD_TEXTS_MAX])
{
    const struct cord_incident *incident = draft->incident;
    size_t count = 0;
    if (incident->whole || entry->organisation_count > 0) {
        return CORD_OK;
    }
    for (size_t i = 0; i < incident->organisation_count; i++) {
        bool own = cord_incident_draft_sees(draft, incident->organisations[i].code);
        if (own && count == CORD_TEXTS_MAX) {
            return cord_error_set(draft->err, CORD_E_FORMAT,
                                  "organisations: say whose matter it is, at most %u",
                                  CORD_TEXTS_MAX);
        }
        if (own) {
            codes[count++] = incident->organisations[i].code;
        }
    }
    entry->organisations = codes;
    entry->organisation_count = count;
    return count > 0 ? CORD_OK
                     : cord_error_set(draft->err, CORD_E_UNSUPPORTED,
                                      "none of your organisations is in the incident");
}

static cord_status check_author(const struct cord_incident_draft *draft)
{
    switch (draft->entry->kind) {
    case CORD_INCIDENT_ENTRY_TASK:
    case CORD_INCIDENT_ENTRY_NOTE:
    case CORD_INCIDENT_ENTRY_LINK:
    case CORD_INCIDENT_ENTRY_UNLINK:
        return CORD_OK;
    case CORD_INCIDENT_ENTRY_DECISION:
    case CORD_INCIDENT_ENTRY_COMMANDER:
    case CORD_INCIDENT_ENTRY_PHASE:
    case CORD_INCIDENT_ENTRY_DECLARE:
    case CORD_INCIDENT_ENTRY_STAND_DOWN:
    case CORD_INCIDENT_ENTRY_MERGE:
    case CORD_INCIDENT_ENTRY_PART:
    case CORD_INCIDENT_ENTRY_SPLIT:
    case CORD_INCIDENT_ENTRY_SITREP:
    case CORD_INCIDENT_ENTRY_KINDS:
    default:
        return draft->incident->whole
                   ? CORD_OK
                   : cord_error_set(draft->err, CORD_E_UNSUPPORTED,
                                    "only who sees all of an incident may do that");
    }
}

static cord_status check_state(const struct cord_incident_draft *draft)
{
    const struct cord_incident *incident = draft->incident;
    enum cord_incident_entry_kind kind = draft->entry->kind;
    bool new_task = kind == CORD_INCIDENT_ENTRY_TASK && draft->entry->task.len == 0;
    if (kind == CORD_INCIDENT_ENTRY_PART) {
        return incident->state == CORD_INCIDENT_MERGED
                   ? CORD_OK
                   : cord_error_set(draft->err, CORD_E_END, "the incident has not merged");
    }
    if (incident->state == CORD_INCIDENT_MERGED) {
        return cord_error_set(draft->err, CORD_E_END, "the incident has merged into %.*s",
                              CORD_STR_ARG(incident->merged_into));
    }
    if (incident->state == CORD_INCIDENT_STOOD_DOWN &&
        (new_task || kind == CORD_INCIDENT_ENTRY_COMMANDER ||
         kind == CORD_INCIDENT_ENTRY_STAND_DOWN || kind == CORD_INCIDENT_ENTRY_SPLIT)) {
        return cord_error_set(draft->err, CORD_E_END,
                              "the incident has stood down: declare it anew first");
    }
    return CORD_OK;
}

/* --- tasks --- */

static const struct cord_incident_task *find_task(const struct cord_incident_draft *draft,
                                                  cord_str task)
{
    const struct cord_incident *incident = draft->incident;
    for (size_t i = 0; incident && i < incident->task_count; i++) {
        if (cord_str_eq(incident->tasks[i].task, task)) {
            return &incident->tasks[i];
        }
    }
    return NULL;
}

static cord_str or_else(cord_str said, cord_str before)
{
    return said.len > 0 ? said : before;
}

/* `before`: the task as it is, whose members stay where the entry says nothing; NULL: a new one. */
static cord_status put_task(struct cord_incident_draft *draft, cord_str task,
                            const struct cord_incident_task *before, cord_str state)
{
    const struct cord_incident_entry *entry = draft->entry;
    bool said = entry->kind == CORD_INCIDENT_ENTRY_TASK;
    const cord_str none = CORD_STR("");
    int64_t due_ns = said && entry->due_ns != 0 ? entry->due_ns : CORD_TIME_NONE;
    cord_incident_draft_begin(draft);
    cord_incident_draft_text(draft, "task", task);
    cord_incident_draft_text(draft, "title",
                             or_else(said ? entry->title : none, before ? before->title : none));
    cord_incident_draft_text(draft, "state", state);
    cord_incident_draft_text(draft, "sort",
                             or_else(said ? entry->sort : none, before ? before->sort : none));
    cord_incident_draft_text(draft, "owner",
                             or_else(said ? entry->owner : none, before ? before->owner : none));
    cord_incident_draft_time(draft, "due",
                             due_ns == CORD_TIME_NONE && before ? before->due_ns : due_ns);
    cord_incident_draft_text(draft, "reason", entry->reason);
    cord_incident_draft_matter(draft, before ? before->organisations : none);
    return cord_incident_draft_end(draft, "incident.task", before ? before->incident : draft->id);
}

static cord_status add_task(struct cord_incident_draft *draft)
{
    const struct cord_incident_entry *entry = draft->entry;
    char *id = draft->outcome->task;
    enum cord_incident_task_state state;
    if (entry->state.len > 0 && !cord_incident_task_find(entry->state, &state)) {
        return cord_error_set(draft->err, CORD_E_FORMAT, "state: open, doing, done or dropped");
    }
    if (entry->task.len > 0) {
        const struct cord_incident_task *task = find_task(draft, entry->task);
        if (!task) {
            return cord_error_set(draft->err, CORD_E_END, "there is no task %.*s",
                                  CORD_STR_ARG(entry->task));
        }
        cord_str before = cord_str_from(cord_incident_task_name(task->state));
        return put_task(draft, task->task, task, or_else(entry->state, before));
    }
    if (entry->title.len == 0) {
        return missing(draft, "title");
    }
    for (unsigned attempt = 0; attempt < CORD_INCIDENT_ATTEMPTS; attempt++) {
        cord_incident_draft_task_id(draft->author->lot, attempt, id);
        if (!find_task(draft, cord_str_from(id))) {
            return put_task(draft, cord_str_from(id), NULL,
                            or_else(entry->state, CORD_STR("open")));
        }
    }
    return cord_error_set(draft->err, CORD_E_LIMIT, "no id is free: try again");
}

/* --- what is said --- */

static cord_status check_task(const struct cord_incident_draft *draft)
{
    cord_str task = draft->entry->task;
    return task.len == 0 || find_task(draft, task)
               ? CORD_OK
               : cord_error_set(draft->err, CORD_E_END, "there is no task %.*s",
                                CORD_STR_ARG(task));
}

static cord_status add_note(struct cord_incident_draft *draft)
{
    const struct cord_incident_entry *entry = draft->entry;
    cord_status status = entry->text.len > 0 ? check_task(draft) : missing(draft, "text");
    if (status != CORD_OK) {
        return status;
    }
    cord_incident_draft_begin(draft);
    cord_incident_draft_text(draft, "text", entry->text);
    cord_incident_draft_text(draft, "lane", entry->lane);
    cord_incident_draft_text(draft, "task", entry->task);
    cord_incident_draft_matter(draft, CORD_STR(""));
    return cord_incident_draft_end(draft, "incident.note", draft->id);
}

/* What asked for it is done with it. */
static cord_status add_decision(struct cord_incident_draft *draft)
{
    const struct cord_incident_entry *entry = draft->entry;
    cord_status status = entry->what.len == 0  ? missing(draft, "what")
                         : entry->why.len == 0 ? missing(draft, "why")
                                               : check_task(draft);
    if (status != CORD_OK) {
        return status;
    }
    cord_incident_draft_begin(draft);
    cord_incident_draft_text(draft, "what", entry->what);
    cord_incident_draft_text(draft, "why", entry->why);
    cord_incident_draft_text(draft, "who", entry->who);
    cord_incident_draft_texts(draft, "options", entry->options, entry->option_count);
    cord_incident_draft_texts(draft, "basis", entry->basis, entry->basis_count);
    cord_incident_draft_time(draft, "at", entry->at_ns);
    cord_incident_draft_text(draft, "task", entry->task);
    cord_incident_draft_matter(draft, CORD_STR(""));
    status = cord_incident_draft_end(draft, "incident.decision", draft->id);
    const struct cord_incident_task *task = find_task(draft, entry->task);
    return status == CORD_OK && task && task->state <= CORD_INCIDENT_TASK_DOING
               ? put_task(draft, task->task, task, CORD_STR("done"))
               : status;
}

static cord_status add_commander(struct cord_incident_draft *draft)
{
    if (draft->entry->who.len == 0) {
        return missing(draft, "who");
    }
    cord_incident_draft_begin(draft);
    cord_incident_draft_text(draft, "who", draft->entry->who);
    cord_incident_draft_text(draft, "reason", draft->entry->reason);
    cord_incident_draft_matter(draft, CORD_STR(""));
    return cord_incident_draft_end(draft, "incident.commander", draft->id);
}

/* One phase is not reached before another that it follows. */
static cord_status check_phase(const struct cord_incident_draft *draft,
                               enum cord_incident_phase phase)
{
    const struct cord_incident_entry *entry = draft->entry;
    int64_t now_ns = draft->author->now_ns;
    int64_t time_ns =
        entry->time_ns != CORD_TIME_NONE && entry->time_ns != 0 ? entry->time_ns : now_ns;
    if (time_ns > now_ns) {
        return cord_error_set(draft->err, CORD_E_END, "time: a phase is not reached in advance");
    }
    for (unsigned i = 0; i < CORD_INCIDENT_PHASES; i++) {
        int64_t other_ns = draft->incident->phases[i].time_ns;
        const char *name = cord_incident_phase_name((enum cord_incident_phase)i);
        if (other_ns != CORD_TIME_NONE && i < (unsigned)phase && other_ns > time_ns) {
            return cord_error_set(draft->err, CORD_E_END, "it was %s only later", name);
        }
        if (other_ns != CORD_TIME_NONE && i > (unsigned)phase && other_ns < time_ns) {
            return cord_error_set(draft->err, CORD_E_END, "it was %s before that", name);
        }
    }
    return CORD_OK;
}

static cord_status add_phase(struct cord_incident_draft *draft)
{
    enum cord_incident_phase phase = CORD_INCIDENT_DETECTED;
    if (!cord_incident_phase_find(draft->entry->phase, &phase)) {
        return cord_error_set(draft->err, CORD_E_FORMAT,
                              "phase: detected, acknowledged, decided, contained or recovered");
    }
    cord_status status = check_phase(draft, phase);
    if (status != CORD_OK) {
        return status;
    }
    cord_incident_draft_begin(draft);
    cord_incident_draft_text(draft, "phase", draft->entry->phase);
    cord_incident_draft_text(draft, "reason", draft->entry->reason);
    cord_incident_draft_matter(draft, CORD_STR(""));
    return cord_incident_draft_end(draft, "incident.phase", draft->id);
}

static cord_status put_declaration(struct cord_incident_draft *draft, cord_str id,
                                   const struct cord_incident *before)
{
    const struct cord_incident_entry *entry = draft->entry;
    const cord_str none = CORD_STR("");
    cord_str title = or_else(entry->title, before ? before->title : none);
    cord_str level = or_else(entry->level, before ? before->severity : none);
    if (title.len == 0 || level.len == 0) {
        return missing(draft, title.len == 0 ? "title" : "level");
    }
    cord_incident_draft_begin(draft);
    cord_incident_draft_text(draft, "title", title);
    cord_incident_draft_text(draft, "level", level);
    cord_incident_draft_text(draft, "lead", or_else(entry->lead, before ? before->lead : none));
    cord_incident_draft_text(draft, "reason", entry->reason);
    cord_incident_draft_matter(draft, none);
    return cord_incident_draft_end(draft, "incident.declare", id);
}

static cord_status add_stand_down(struct cord_incident_draft *draft)
{
    if (draft->entry->reason.len == 0) {
        return missing(draft, "reason");
    }
    cord_incident_draft_begin(draft);
    cord_incident_draft_text(draft, "reason", draft->entry->reason);
    return cord_incident_draft_end(draft, "incident.stand-down", draft->id);
}

/* --- merging and splitting --- */

static cord_status put_merge(struct cord_incident_draft *draft, cord_str into, const char *state)
{
    if (draft->entry->reason.len == 0) {
        return missing(draft, "reason");
    }
    cord_incident_draft_begin(draft);
    cord_incident_draft_text(draft, "into", into);
    cord_incident_draft_text(draft, "state", cord_str_from(state));
    cord_incident_draft_text(draft, "reason", draft->entry->reason);
    return cord_incident_draft_end(draft, "incident.merge", draft->id);
}

static cord_status add_merge(struct cord_incident_draft *draft, struct cord_record_view *view)
{
    struct cord_incident *into = NULL;
    cord_str id = draft->entry->into;
    if (id.len == 0 || cord_str_eq(id, draft->id)) {
        return id.len == 0 ? missing(draft, "into")
                           : cord_error_set(draft->err, CORD_E_FORMAT, "into: is itself");
    }
    cord_status status = cord_incident_read(view, id, draft->author->request, &into, draft->err);
    if (status == CORD_E_NOENT) {
        return cord_error_set(draft->err, CORD_E_FORMAT, "into: there is no incident %.*s",
                              CORD_STR_ARG(id));
    }
    if (status == CORD_OK && into->state == CORD_INCIDENT_MERGED) {
        status = cord_error_set(draft->err, CORD_E_END, "%.*s has merged into %.*s",
                                CORD_STR_ARG(id), CORD_STR_ARG(into->merged_into));
    }
    cord_incident_free(into);
    return status == CORD_OK ? put_merge(draft, id, "merged") : status;
}

static cord_status add_split(struct cord_incident_draft *draft, struct cord_record_view *view)
{
    const struct cord_incident_entry *entry = draft->entry;
    if (entry->title.len == 0 || entry->link_count == 0) {
        return missing(draft, entry->title.len == 0 ? "title" : "links");
    }
    cord_status status = cord_incident_draft_new_id(draft, view);
    cord_str id = cord_str_from(draft->outcome->id);
    if (status == CORD_OK) {
        status = put_declaration(draft, id, draft->incident);
    }
    if (status == CORD_OK) {
        cord_incident_draft_begin(draft);
        cord_incident_draft_text(draft, "from", draft->id);
        cord_incident_draft_text(draft, "reason", entry->reason);
        cord_incident_draft_matter(draft, CORD_STR(""));
        status = cord_incident_draft_end(draft, "incident.split", id);
    }
    return status == CORD_OK ? cord_incident_draft_move(draft, id) : status;
}

/* As it is known now: frozen. */
static cord_status add_sitrep(struct cord_incident_draft *draft, struct cord_record_view *view)
{
    struct cord_incident_sitrep *sitrep = NULL;
    cord_status status =
        cord_incident_sitrep_draft(view, draft->id, draft->author->request, &sitrep, draft->err);
    if (status != CORD_OK) {
        return status;
    }
    cord_incident_draft_begin(draft);
    cord_incident_draft_text(draft, "title", or_else(draft->entry->title, sitrep->title));
    cord_incident_draft_time(draft, "at", sitrep->at_ns);
    cord_incident_draft_texts(draft, "text", sitrep->lines, sitrep->line_count);
    cord_incident_draft_claim(draft, "previous", sitrep->previous);
    cord_incident_draft_matter(draft, CORD_STR(""));
    status = cord_incident_draft_end(draft, "incident.sitrep", draft->id);
    cord_incident_sitrep_free(sitrep);
    return status;
}

/* --- an entry --- */

static cord_status add(struct cord_incident_draft *draft, struct cord_record_view *view)
{
    switch (draft->entry->kind) {
    case CORD_INCIDENT_ENTRY_TASK:
        return add_task(draft);
    case CORD_INCIDENT_ENTRY_NOTE:
        return add_note(draft);
    case CORD_INCIDENT_ENTRY_DECISION:
        return add_decision(draft);
    case CORD_INCIDENT_ENTRY_LINK:
        return cord_incident_draft_link(draft, draft->id);
    case CORD_INCIDENT_ENTRY_UNLINK:
        return cord_incident_draft_unlink(draft);
    case CORD_INCIDENT_ENTRY_COMMANDER:
        return add_commander(draft);
    case CORD_INCIDENT_ENTRY_PHASE:
        return add_phase(draft);
    case CORD_INCIDENT_ENTRY_DECLARE:
        return put_declaration(draft, draft->id, draft->incident);
    case CORD_INCIDENT_ENTRY_STAND_DOWN:
        return add_stand_down(draft);
    case CORD_INCIDENT_ENTRY_MERGE:
        return add_merge(draft, view);
    case CORD_INCIDENT_ENTRY_PART:
        return put_merge(draft, draft->incident->merged_into, "parted");
    case CORD_INCIDENT_ENTRY_SPLIT:
        return add_split(draft, view);
    case CORD_INCIDENT_ENTRY_SITREP:
        return add_sitrep(draft, view);
    case CORD_INCIDENT_ENTRY_KINDS:
    default:
        return cord_error_set(draft->err, CORD_E_FORMAT, "kind: there is no such entry");
    }
}

static cord_status append(struct cord_incident_draft *draft, struct cord_record *record)
{
    struct cord_record_outcome outcome = {0};
    if (draft->count == 0) {
        return CORD_OK; /* it is so already */
    }
    cord_status status =
        cord_record_append(record, draft->claims, draft->count, &outcome, draft->err);
    draft->outcome->claim = outcome.first;
    draft->outcome->claims = outcome.recorded;
    draft->outcome->recorded_ns = outcome.recorded_ns;
    return status;
}

/* The incident as it is now, for the author; and the entry with whose matter it is. */
static cord_status write_entry(struct cord_incident_draft *draft, struct cord_record *record,
                               struct cord_record_view *view)
{
    cord_str codes[CORD_TEXTS_MAX];
    const struct cord_incident_entry *asked = draft->entry;
    struct cord_incident_entry entry = *asked;
    cord_status status = check_author(draft);
    if (status == CORD_OK) {
        status = check_state(draft);
    }
    if (status == CORD_OK) {
        status = check_matter(draft);
    }
    if (status == CORD_OK) {
        status = own_matter(draft, &entry, codes);
    }
    if (status == CORD_OK) {
        draft->entry = &entry;
        status = add(draft, view);
    }
    if (status == CORD_OK) {
        status = append(draft, record);
    }
    draft->entry = asked;
    return status;
}

/* Seven parameters: what is written to, by whom, what, and what came of it. */
/* NOLINTNEXTLINE(readability-function-size) */
cord_status cord_incident_entry_add(struct cord_record *record, struct cord_record_view *view,
                                    cord_str id, const struct cord_incident_author *author,
                                    const struct cord_incident_entry *entry,
                                    struct cord_incident_outcome *ret_outcome,
                                    struct cord_error *err)
{
    struct cord_incident_outcome outcome = {.recorded_ns = CORD_TIME_NONE};
    struct cord_incident_draft draft = {
        .author = author, .entry = entry, .id = id, .outcome = &outcome};
    struct cord_incident *incident = NULL;
    cord_status status = cord_incident_draft_init(&draft, err);
    if (status == CORD_OK) {
        status = cord_record_view_refresh(view, err);
    }
    if (status == CORD_OK) {
        status = cord_incident_read(view, id, author->request, &incident, err);
    }
    if (status == CORD_OK) {
        draft.incident = incident;
        status = write_entry(&draft, record, view);
    }
    cord_incident_free(incident);
    cord_incident_draft_done(&draft);
    if (status == CORD_OK) {
        *ret_outcome = outcome;
    }
    return status;
}

static cord_status open_new(struct cord_incident_draft *draft, struct cord_record *record,
                            struct cord_record_view *view)
{
    cord_status status = cord_incident_draft_new_id(draft, view);
    draft->id = cord_str_from(draft->outcome->id);
    if (status == CORD_OK) {
        status = check_matter(draft);
    }
    if (status == CORD_OK) {
        status = put_declaration(draft, draft->id, NULL);
    }
    if (status == CORD_OK && draft->entry->who.len > 0) {
        status = add_commander(draft);
    }
    if (status == CORD_OK && draft->entry->link_count > 0) {
        status = cord_incident_draft_link(draft, draft->id);
    }
    return status == CORD_OK ? append(draft, record) : status;
}

cord_status cord_incident_entry_open(struct cord_record *record, struct cord_record_view *view,
                                     const struct cord_incident_author *author,
                                     const struct cord_incident_entry *entry,
                                     struct cord_incident_outcome *ret_outcome,
                                     struct cord_error *err)
{
    struct cord_incident_outcome outcome = {.recorded_ns = CORD_TIME_NONE};
    struct cord_incident_draft draft = {
        .author = author, .entry = entry, .id = CORD_STR(""), .outcome = &outcome};
    cord_status status = cord_incident_draft_init(&draft, err);
    if (status == CORD_OK && !cord_incident_draft_sees(&draft, CORD_STR(""))) {
        status = cord_error_set(err, CORD_E_UNSUPPORTED,
                                "only who sees the whole of an incident may declare one");
    }
    if (status == CORD_OK) {
        status = cord_record_view_refresh(view, err);
    }
    if (status == CORD_OK) {
        status = open_new(&draft, record, view);
    }
    cord_incident_draft_done(&draft);
    if (status == CORD_OK) {
        *ret_outcome = outcome;
    }
    return status;
}
