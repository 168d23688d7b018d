/* incident_fold.c: what was said of an incident itself, put together. */
#include "base/vec.h"
#include "triage/incident_internal.h"

#include <stdlib.h>

static cord_str list_of(const struct cord_claim *claim, const char *member)
{
    cord_str list = cord_claim_member(claim->value, member);
    return list.ptr ? list : CORD_STR("[]");
}

/* --- the frame --- */

static cord_status take_declaration(struct cord_incident_making *making,
                                    const struct cord_incident_said *said)
{
    struct cord_incident *incident = making->incident;
    const struct cord_claim *claim = &said->claim;
    bool first = incident->declared_ns == CORD_TIME_NONE;
    incident->declared_ns = first ? claim->recorded_ns : incident->declared_ns;
    incident->began_ns = first || claim->valid_from_ns < incident->began_ns ? claim->valid_from_ns
                                                                            : incident->began_ns;
    incident->state = CORD_INCIDENT_OPEN;
    incident->ended_ns = CORD_TIME_NONE;
    incident->severity = cord_incident_text(making, claim, "level");
    if (!said->hidden && said->taken_back == 0) {
        incident->automatic = cord_incident_is_automatic(claim);
        incident->title = cord_incident_text(making, claim, "title");
        incident->lead = cord_incident_text(making, claim, "lead");
    }
    return incident->severity.ptr && incident->title.ptr && incident->lead.ptr
               ? CORD_OK
               : cord_incident_full(making);
}

static cord_status take_frame(struct cord_incident_making *making,
                              const struct cord_incident_said *said)
{
    struct cord_incident *incident = making->incident;
    const char *kind = said->claim.kind->name;
    if (said->frame_back || !cord_str_eq(said->incident, incident->id)) {
        return CORD_OK;
    }
    if (strcmp(kind, "incident.declare") == 0) {
        return take_declaration(making, said);
    }
    if (strcmp(kind, "incident.stand-down") == 0) {
        incident->state = CORD_INCIDENT_STOOD_DOWN;
        incident->ended_ns = said->claim.valid_from_ns;
    }
    if (strcmp(kind, "incident.commander") == 0) {
        incident->commander = cord_incident_text(making, &said->claim, "who");
        return incident->commander.ptr ? CORD_OK : cord_incident_full(making);
    }
    return CORD_OK;
}

static cord_status fold_frame(struct cord_incident_making *making)
{
    struct cord_incident *incident = making->incident;
    cord_status status = CORD_OK;
    for (size_t i = 0; status == CORD_OK && i < making->said_count; i++) {
        status = take_frame(making, &making->said[i]);
        if (!making->said[i].hidden && making->said[i].incident.len > 0) {
            incident->updated_ns = making->said[i].claim.recorded_ns;
        }
    }
    if (status != CORD_OK) {
        return status;
    }
    if (incident->declared_ns == CORD_TIME_NONE) {
        return cord_error_set(making->err, CORD_E_NOENT, "there is no incident %.*s",
                              CORD_STR_ARG(incident->id));
    }
    cord_str into = cord_incident_common_into(making->common, incident->id);
    if (into.ptr) {
        incident->state = CORD_INCIDENT_MERGED;
        incident->merged_into = cord_arena_copy(making->arena, into);
    }
    incident->updated_ns =
        incident->updated_ns == CORD_TIME_NONE ? incident->declared_ns : incident->updated_ns;
    return incident->merged_into.ptr ? CORD_OK : cord_incident_full(making);
}

/* --- links --- */

/* The last word on a thing, for each incident that it was linked to. */
struct word {
    cord_str incident, id;
    enum cord_incident_link_kind kind;
    const struct cord_incident_said *said;
};

struct words {
    struct word *words;
    size_t count, cap;
};

static int by_thing(const void *a, const void *b)
{
    const struct word *left = a;
    const struct word *right = b;
    int order = (int)left->kind - (int)right->kind;
    order = order ? order : cord_str_compare(left->id, right->id);
    order = order ? order : cord_str_compare(left->incident, right->incident);
    if (order) {
        return order;
    }
    return left->said->claim.number < right->said->claim.number ? -1 : 1;
}

static cord_status take_link(struct cord_incident_making *making, struct words *words,
                             const struct cord_incident_said *said)
{
    enum cord_incident_link_kind kind;
    struct word *room = cord_vec_room(words->words, words->count, &words->cap, sizeof *room);
    if (!room) {
        return cord_error_set(making->err, CORD_E_NOMEM, "out of memory");
    }
    words->words = room;
    cord_str id = cord_incident_text(making, &said->claim, "id");
    if (!id.ptr) {
        return cord_incident_full(making);
    }
    if (cord_incident_link_find(cord_claim_member(said->claim.value, "kind"), &kind)) {
        words->words[words->count++] =
            (struct word){.incident = said->incident, .id = id, .kind = kind, .said = said};
    }
    return CORD_OK;
}

static bool is_same(const struct word *a, const struct word *b, bool incident)
{
    return a->kind == b->kind && cord_str_eq(a->id, b->id) &&
           (!incident || cord_str_eq(a->incident, b->incident));
}

/* Whether a thing is linked to any of the incidents that are one: the last word of each tells. */
static cord_status put_thing(struct cord_incident_making *making, const struct word *words,
                             size_t count)
{
    const struct word *linked = NULL;
    for (size_t i = 0; i < count; i++) {
        bool last = i + 1 == count || !is_same(&words[i], &words[i + 1], true);
        if (last && cord_str_eq(cord_claim_state(&words[i].said->claim), CORD_STR("linked"))) {
            bool later = !linked || linked->said->claim.number < words[i].said->claim.number;
            linked = later ? &words[i] : linked;
        }
    }
    if (!linked) {
        return CORD_OK;
    }
    struct cord_incident_link *links =
        cord_vec_room(making->links, making->link_count, &making->link_cap, sizeof *links);
    if (!links) {
        return cord_error_set(making->err, CORD_E_NOMEM, "out of memory");
    }
    making->links = links;
    links[making->link_count++] = (struct cord_incident_link){
        .kind = linked->kind,
        .id = linked->id,
        .title = CORD_STR(""),
        .reason = cord_incident_text(making, &linked->said->claim, "reason"),
        .incident = linked->incident,
        .organisations = list_of(&linked->said->claim, "organisations"),
        .linked_ns = linked->said->claim.valid_from_ns,
        .claim = linked->said->claim.number,
        .who = linked->said->claim.claimant,
    };
    return CORD_OK;
}

static cord_status fold_links(struct cord_incident_making *making)
{
    struct words words = {0};
    cord_status status = CORD_OK;
    for (size_t i = 0; status == CORD_OK && i < making->said_count; i++) {
        const struct cord_incident_said *said = &making->said[i];
        if (cord_incident_holds(said) && strcmp(said->claim.kind->name, "incident.link") == 0) {
            status = take_link(making, &words, said);
        }
    }
    if (words.count > 0) {
        qsort(words.words, words.count, sizeof *words.words, by_thing);
    }
    for (size_t i = 0, to; status == CORD_OK && i < words.count; i = to) {
        for (to = i + 1; to < words.count && is_same(&words.words[i], &words.words[to], false);) {
            to++;
        }
        status = put_thing(making, &words.words[i], to - i);
    }
    free(words.words);
    return status;
}

/* --- tasks --- */

struct set {
    cord_str incident, task;
    const struct cord_incident_said *said;
};

static int by_task(const void *a, const void *b)
{
    const struct set *left = a;
    const struct set *right = b;
    int order = cord_str_compare(left->incident, right->incident);
    order = order ? order : cord_str_compare(left->task, right->task);
    if (order) {
        return order;
    }
    return left->said->claim.number < right->said->claim.number ? -1 : 1;
}

static enum cord_incident_task_state task_state(const struct cord_claim *claim)
{
    enum cord_incident_task_state state = CORD_INCIDENT_TASK_OPEN;
    (void)cord_incident_task_find(cord_claim_state(claim), &state);
    return state;
}

static cord_status make_task(struct cord_incident_making *making, const struct set *sets,
                             size_t count, struct cord_incident_task *task)
{
    const struct cord_claim *last = &sets[count - 1].said->claim;
    struct cord_incident_change *changes = cord_arena_zalloc(making->arena, count, sizeof *changes);
    for (size_t i = 0; changes && i < count; i++) {
        const struct cord_claim *claim = &sets[i].said->claim;
        changes[i] = (struct cord_incident_change){
            .time_ns = claim->valid_from_ns,
            .claim = claim->number,
            .who = claim->claimant,
            .state = task_state(claim),
            .owner = cord_incident_text(making, claim, "owner"),
            .reason = cord_incident_text(making, claim, "reason"),
        };
    }
    cord_str sort = cord_claim_member(last->value, "sort");
    *task = (struct cord_incident_task){
        .task = sets->task,
        .incident = sets->incident,
        .title = cord_incident_text(making, last, "title"),
        .sort = sort.ptr ? sort : CORD_STR("action"),
        .owner = cord_incident_text(making, last, "owner"),
        .due_ns = cord_incident_time(last, "due"),
        .state = task_state(last),
        .organisations = list_of(last, "organisations"),
        .claim = last->number,
        .history = changes,
        .history_count = count,
    };
    return changes && task->title.ptr && task->owner.ptr ? CORD_OK : cord_incident_full(making);
}

static int by_due(const void *a, const void *b)
{
    const struct cord_incident_task *left = a;
    const struct cord_incident_task *right = b;
    if (left->due_ns != right->due_ns) {
        int64_t first = left->due_ns == CORD_TIME_NONE ? INT64_MAX : left->due_ns;
        int64_t second = right->due_ns == CORD_TIME_NONE ? INT64_MAX : right->due_ns;
        return first < second ? -1 : 1;
    }
    int order = cord_str_compare(left->task, right->task);
    return order ? order : cord_str_compare(left->incident, right->incident);
}

static cord_status make_tasks(struct cord_incident_making *making, struct set *sets, size_t count)
{
    struct cord_incident_task *tasks = cord_arena_zalloc(making->arena, count + 1, sizeof *tasks);
    size_t made = 0;
    cord_status status = tasks ? CORD_OK : cord_incident_full(making);
    if (count > 0) {
        qsort(sets, count, sizeof *sets, by_task);
    }
    for (size_t i = 0, to; status == CORD_OK && i < count; i = to) {
        for (to = i + 1; to < count && cord_str_eq(sets[i].incident, sets[to].incident) &&
                         cord_str_eq(sets[i].task, sets[to].task);) {
            to++;
        }
        status = make_task(making, &sets[i], to - i, &tasks[made++]);
    }
    if (status != CORD_OK) {
        return status;
    }
    if (made > 0) {
        qsort(tasks, made, sizeof *tasks, by_due);
    }
    making->incident->tasks = tasks;
    making->incident->task_count = made;
    for (size_t i = 0; i < made; i++) {
        making->incident->tasks_open += tasks[i].state <= CORD_INCIDENT_TASK_DOING;
    }
    return CORD_OK;
}

static cord_status fold_tasks(struct cord_incident_making *making)
{
    struct set *sets = calloc(making->said_count + 1, sizeof *sets);
    size_t count = 0;
    cord_status status =
        sets ? CORD_OK : cord_error_set(making->err, CORD_E_NOMEM, "out of memory");
    for (size_t i = 0; status == CORD_OK && i < making->said_count; i++) {
        const struct cord_incident_said *said = &making->said[i];
        if (!cord_incident_holds(said) || strcmp(said->claim.kind->name, "incident.task") != 0) {
            continue;
        }
        cord_str task = cord_incident_text(making, &said->claim, "task");
        sets[count++] = (struct set){said->incident, task, said};
        status = task.ptr ? CORD_OK : cord_incident_full(making);
    }
    if (status == CORD_OK) {
        status = make_tasks(making, sets, count);
    }
    free(sets);
    return status;
}

/* --- decisions --- */

static struct cord_incident_decision make_decision(struct cord_incident_making *making,
                                                   const struct cord_incident_said *said)
{
    const struct cord_claim *claim = &said->claim;
    cord_str who = cord_incident_text(making, claim, "who");
    return (struct cord_incident_decision){
        .claim = claim->number,
        .replaced_by = said->taken_back,
        .time_ns = claim->valid_from_ns,
        .recorded_ns = claim->recorded_ns,
        .at_ns = cord_incident_time(claim, "at"),
        .who = who.len > 0 || !who.ptr ? who : claim->claimant,
        .what = cord_incident_text(making, claim, "what"),
        .why = cord_incident_text(making, claim, "why"),
        .options = list_of(claim, "options"),
        .basis = list_of(claim, "basis"),
    };
}

static cord_status fold_decisions(struct cord_incident_making *making)
{
    size_t count = 0;
    for (size_t i = 0; i < making->said_count; i++) {
        count += strcmp(making->said[i].claim.kind->name, "incident.decision") == 0;
    }
    struct cord_incident_decision *decisions =
        cord_arena_zalloc(making->arena, count + 1, sizeof *decisions);
    if (!decisions) {
        return cord_incident_full(making);
    }
    count = 0;
    for (size_t i = 0; i < making->said_count; i++) {
        const struct cord_incident_said *said = &making->said[i];
        if (said->hidden || strcmp(said->claim.kind->name, "incident.decision") != 0) {
            continue;
        }
        struct cord_incident_decision *decision = &decisions[count++];
        *decision = make_decision(making, said);
        decision->number = making->incident->whole ? count : 0;
        if (!decision->who.ptr || !decision->what.ptr || !decision->why.ptr) {
            return cord_incident_full(making);
        }
    }
    making->incident->decisions = decisions;
    making->incident->decision_count = count;
    return CORD_OK;
}

/* --- reports --- */

static cord_status fold_reports(struct cord_incident_making *making)
{
    struct cord_incident_report *reports = NULL;
    size_t count = 0;
    for (size_t i = 0; i < making->said_count; i++) {
        count += strcmp(making->said[i].claim.kind->name, "incident.sitrep") == 0;
    }
    reports = cord_arena_zalloc(making->arena, count + 1, sizeof *reports);
    count = 0;
    for (size_t i = 0; reports && i < making->said_count; i++) {
        const struct cord_incident_said *said = &making->said[i];
        const struct cord_claim *claim = &said->claim;
        uint64_t previous = 0;
        if (said->hidden || strcmp(claim->kind->name, "incident.sitrep") != 0) {
            continue;
        }
        (void)cord_str_u64(cord_claim_member(claim->value, "previous"), &previous);
        reports[count] = (struct cord_incident_report){
            .claim = claim->number,
            .replaced_by = said->taken_back,
            .previous = previous,
            .recorded_ns = claim->recorded_ns,
            .at_ns = cord_incident_time(claim, "at"),
            .title = cord_incident_text(making, claim, "title"),
            .who = claim->claimant,
            .text = list_of(claim, "text"),
        };
        if (!reports[count++].title.ptr) {
            return cord_incident_full(making);
        }
    }
    making->incident->reports = reports;
    making->incident->report_count = count;
    return reports ? CORD_OK : cord_incident_full(making);
}

cord_status cord_incident_fold(struct cord_incident_making *making)
{
    cord_status status = fold_frame(making);
    if (status == CORD_OK) {
        status = fold_links(making);
    }
    if (status == CORD_OK) {
        status = fold_tasks(making);
    }
    if (status == CORD_OK) {
        status = fold_decisions(making);
    }
    return status == CORD_OK ? fold_reports(making) : status;
}
