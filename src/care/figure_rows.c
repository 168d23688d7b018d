/* figure_rows.c: answers, put together by the question they answer, and who wins. */
#include "base/hash.h"
#include "base/timestamp.h"
#include "base/vec.h"
#include "care/figure_internal.h"
#include "codec/json_span.h"

#include <stdlib.h>

enum { WHAT_BYTES_MAX = 4096, KEYS_MAX = 3, STATES_KEPT = 8, PARTS_KEPT = 64, FEW = 32 };

struct list {
    struct cord_figure_row *rows; /* malloc's while they are gathered */
    size_t count, cap;
};

struct state {
    const char *view; /* where it lies in the view's memory while answers come */
    cord_str kept;
    enum cord_figure_harm harm;
};

/* What a line's part says of the reading's keys. */
struct what {
    cord_str part; /* the view's */
    cord_str kept;
};

struct gathering {
    struct cord_figure_scope *scope;
    const struct cord_figure_reading *reading;
    struct list list;
    struct list own;              /* of one body that no other code counts as */
    cord_figure_rows_visit visit; /* NULL: all are put on the list */
    void *self;
    bool whole; /* rows of a body may come apart: none is handed over before all are there */
    bool apart; /* they do, and it is not `whole` */
    struct cord_buf what;
    size_t place; /* of the organisation found last */
    /* Of the answer before: the next is often of the same. */
    struct {
        cord_str subject; /* the view's */
        cord_str what, body;
        const struct cord_organisation *who;
    } last;
    struct {
        cord_str subject, claimant, part; /* the view's */
        bool counts;
        bool alone; /* no other subject counts as its body */
    } line;
    const struct cord_figure_line *kept; /* as rows have it */
    struct state states[STATES_KEPT];
    struct what whats[PARTS_KEPT]; /* by hash of the part */
    bool of_incidents;             /* claims of the topic may be of one incident */
};

static const struct cord_organisation *whom(struct gathering *gathering, cord_str code)
{
    const struct cord_figure_reading *reading = gathering->reading;
    return reading->whole ? NULL
           : reading->amounts
               ? cord_organisations_find_near(reading->organisations, code, &gathering->place)
               : cord_organisations_owner_near(reading->organisations, code, &gathering->place);
}

static cord_str code_of(cord_str subject)
{
    size_t colon = cord_str_find_char(subject, ':', 0);
    return colon == SIZE_MAX ? subject : cord_str_from_byte(subject, colon + 1);
}

static bool is_wanted(const struct cord_figure_reading *reading, cord_str subject)
{
    cord_str prefix = cord_str_from(reading->subject);
    return !prefix.ptr || (cord_str_starts(subject, prefix) && subject.len > prefix.len &&
                           subject.ptr[prefix.len] == ':');
}

/* Members of a line's part in the order of the reading's keys, which is the kind's, too: one walk
 * finds them. */
static void put_keys(struct gathering *gathering, cord_str part)
{
    const char *const *keys = gathering->reading->keys;
    struct cord_json_walk walk;
    struct cord_json_span span = {0};
    cord_buf_clear(&gathering->what);
    bool more =
        cord_json_span_begin(&walk, part, 0) && cord_json_span_next(&walk, &span) == CORD_OK;
    for (size_t i = 0; i < KEYS_MAX && keys[i]; i++) {
        if (i > 0) {
            cord_buf_put_char(&gathering->what, '/');
        }
        if (more && cord_str_eq(span.name, cord_str_from(keys[i]))) {
            cord_buf_put(&gathering->what, span.text);
            more = cord_json_span_next(&walk, &span) == CORD_OK;
        } else {
            cord_buf_put(&gathering->what, cord_claim_member(part, keys[i]));
        }
    }
}

/* Many lines are of the same day, or kind of thing: what is read of their parts once is kept. */
static cord_str what_of(struct gathering *gathering, cord_str part)
{
    struct what *what = &gathering->whats[cord_hash(part, 0) % PARTS_KEPT];
    if (!what->kept.ptr || !cord_str_eq(what->part, part)) {
        put_keys(gathering, part);
        what->part = part;
        what->kept = cord_arena_copy(gathering->scope->arena, cord_buf_str(&gathering->what));
    }
    return what->kept;
}

/* What the answer's line is about, and of whom. */
static cord_status place_line(struct gathering *gathering, const struct cord_answer *answer)
{
    struct cord_arena *arena = gathering->scope->arena;
    if (!gathering->last.body.ptr || !cord_str_eq(gathering->last.subject, answer->subject)) {
        cord_str code = code_of(answer->subject);
        gathering->last.subject = answer->subject;
        gathering->last.who = whom(gathering, code);
        gathering->last.body =
            gathering->last.who ? gathering->last.who->code : cord_arena_copy(arena, code);
    }
    gathering->last.what =
        gathering->reading->keys[0] ? what_of(gathering, answer->part) : CORD_STR("");
    return gathering->last.body.ptr && gathering->last.what.ptr ? CORD_OK
                                                                : cord_arena_failure(arena);
}

/* A claim of another incident does not count in this one; one that names none does. What the system
 * tells of an incident counts once a person has declared that. */
static bool of_incident(const struct cord_figure_scope *scope, const struct cord_answer *answer)
{
    if (cord_str_find(answer->part, CORD_STR("\"incident\""), 0) == SIZE_MAX) {
        return true;
    }
    cord_str incident = cord_claim_member(answer->part, "incident");
    bool automatic = cord_str_starts(answer->claimant, CORD_STR("system:"));
    return incident.len == 0 || (scope->incident.len == 0 && !automatic) ||
           cord_str_eq(incident, scope->incident);
}

/* Few states come again and again, from the same place in the view's memory. */
static const struct state *keep_state(struct gathering *gathering, cord_str state)
{
    size_t mixed = state.len + (state.len > 0 ? (size_t)(unsigned char)state.ptr[0] : 0);
    struct state *slot = &gathering->states[mixed % STATES_KEPT];
    if (slot->kept.ptr && slot->kept.len == state.len && slot->view == state.ptr) {
        return slot;
    }
    if (!slot->kept.ptr || !cord_str_eq(slot->kept, state)) {
        slot->kept = cord_arena_copy(gathering->scope->arena, state);
        slot->harm = cord_figure_bodies_harm(state);
    }
    slot->view = state.ptr;
    return slot;
}

static cord_str keep_text(struct gathering *gathering, cord_str text)
{
    return text.len > 0 ? cord_arena_copy(gathering->scope->arena, text) : CORD_STR("");
}

static cord_status keep(struct gathering *gathering, const struct cord_answer *answer)
{
    const struct state *state = keep_state(gathering, answer->state);
    struct cord_figure_row row = {
        .line = gathering->kept,
        .state = state->kept,
        .amount = keep_text(gathering, answer->amount),
        .unit = keep_text(gathering, answer->unit),
        .valid_from_ns = answer->valid_from_ns,
        .valid_to_ns = answer->valid_to_ns == CORD_TIME_NONE ? INT64_MAX : answer->valid_to_ns,
        .claim = answer->claim,
        .basis = answer->basis,
        .confidence = (unsigned char)answer->confidence,
        .harm = state->harm,
    };
    if (!row.state.ptr || !row.amount.ptr || !row.unit.ptr) {
        return cord_arena_failure(gathering->scope->arena);
    }
    struct list *list = gathering->line.alone ? &gathering->own : &gathering->list;
    if (list->count == list->cap) {
        void *rows = cord_vec_room(list->rows, list->count, &list->cap, sizeof *list->rows);
        if (!rows) {
            return CORD_E_NOMEM;
        }
        list->rows = rows;
    }
    list->rows[list->count++] = row;
    return CORD_OK;
}

/* Answers of one line come one after another, their texts the same ones: whom they are of, and
 * whether they count, is found once. */
static bool is_line_of_before(const struct gathering *gathering, const struct cord_answer *answer)
{
    return gathering->line.subject.ptr == answer->subject.ptr &&
           gathering->line.claimant.ptr == answer->claimant.ptr &&
           gathering->line.part.ptr == answer->part.ptr;
}

static cord_status keep_line(struct gathering *gathering, const struct cord_answer *answer)
{
    struct cord_arena *arena = gathering->scope->arena;
    struct cord_figure_line *line = cord_arena_alloc(arena, sizeof *line);
    if (!line) {
        return cord_arena_failure(arena);
    }
    *line = (struct cord_figure_line){
        .who = gathering->last.who,
        .body = gathering->last.body,
        .what = gathering->last.what,
        .claimant = cord_arena_copy(arena, answer->claimant),
    };
    gathering->kept = line;
    return line->claimant.ptr ? CORD_OK : cord_arena_failure(arena);
}

static int order(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static bool same_text(cord_str a, cord_str b)
{
    return a.len == b.len && (a.ptr == b.ptr || cord_str_eq(a, b));
}

static int compare_lines(const struct cord_figure_line *a, const struct cord_figure_line *b)
{
    int by = same_text(a->body, b->body) ? 0 : cord_str_compare(a->body, b->body);
    return by || same_text(a->what, b->what) ? by : cord_str_compare(a->what, b->what);
}

static int compare(const void *left, const void *right)
{
    const struct cord_figure_row *a = left;
    const struct cord_figure_row *b = right;
    int by = a->line == b->line ? 0 : compare_lines(a->line, b->line);
    by = by ? by : order(a->valid_from_ns, b->valid_from_ns);
    return by ? by : a->claim < b->claim ? -1 : a->claim > b->claim;
}

/* Of one body: those of each claimant came in the order of time. */
static void sort_rows(struct cord_figure_row *rows, size_t count)
{
    if (count > FEW) {
        qsort(rows, count, sizeof *rows, compare);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        if (compare(&rows[i - 1], &rows[i]) <= 0) {
            continue;
        }
        struct cord_figure_row row = rows[i];
        size_t at = i;
        for (; at > 0 && compare(&rows[at - 1], &row) > 0; at--) {
            rows[at] = rows[at - 1];
        }
        rows[at] = row;
    }
}

static bool same_body(const struct cord_figure_row *a, const struct cord_figure_row *b)
{
    return a->line == b->line || same_text(a->line->body, b->line->body);
}

/* Answers come by subject, so that bodies mostly come in order: then only the rows of each are put
 * in order. */
static void put_in_order(struct cord_figure_row *rows, size_t count)
{
    bool in_order = true;
    for (size_t i = 1; i < count && in_order; i++) {
        in_order = same_body(&rows[i - 1], &rows[i]) ||
                   cord_str_compare(rows[i - 1].line->body, rows[i].line->body) < 0;
    }
    if (!in_order) {
        qsort(rows, count, sizeof *rows, compare);
        return;
    }
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && same_body(&rows[end], &rows[first]); end++) {
        }
        sort_rows(&rows[first], end - first);
    }
}

size_t cord_figure_rows_same(const struct cord_figure_rows *rows, size_t first)
{
    const struct cord_figure_row *items = rows->items;
    size_t count = 1;
    while (first + count < rows->count &&
           (items[first].line == items[first + count].line ||
            compare_lines(items[first].line, items[first + count].line) == 0)) {
        count++;
    }
    return count;
}

/* Each question of what was gathered. */
static cord_status hand_over(struct gathering *gathering, struct list *list)
{
    const struct cord_figure_rows rows = {list->rows, list->count};
    cord_status status = CORD_OK;
    put_in_order(list->rows, list->count);
    for (size_t i = 0, same; status == CORD_OK && i < rows.count; i += same) {
        same = cord_figure_rows_same(&rows, i);
        status = gathering->visit(gathering->self, &rows.items[i], same);
    }
    list->count = 0;
    return status;
}

/* Said of it by its own code. */
static bool is_own(const struct gathering *gathering)
{
    const cord_str organisation = CORD_STR("org:");
    const struct cord_organisation *who = gathering->last.who;
    return cord_str_starts(gathering->last.subject, organisation) &&
           cord_str_eq(cord_str_from_byte(gathering->last.subject, organisation.len), who->code);
}

static cord_status take_line(struct gathering *gathering, const struct cord_answer *answer)
{
    bool other = !cord_str_eq(gathering->last.subject, answer->subject);
    cord_status status = CORD_OK;
    if (other && gathering->own.count > 0) {
        status = hand_over(gathering, &gathering->own);
    }
    if (status != CORD_OK) {
        return status;
    }
    gathering->line.subject = answer->subject;
    gathering->line.claimant = answer->claimant;
    gathering->line.part = answer->part;
    gathering->line.counts = is_wanted(gathering->reading, answer->subject) &&
                             (!gathering->of_incidents || of_incident(gathering->scope, answer));
    if (!gathering->line.counts) {
        return CORD_OK;
    }
    status = place_line(gathering, answer);
    const struct cord_organisation *who = gathering->last.who;
    bool alone = status == CORD_OK && gathering->visit && !gathering->whole && who && !who->joined;
    if (alone && !is_own(gathering)) { /* as of "site:R1H", which is none */
        gathering->apart = true;
        return CORD_E_END;
    }
    gathering->line.alone = alone;
    return status == CORD_OK ? keep_line(gathering, answer) : status;
}

static cord_status on_answer(void *self, const struct cord_answer *answer)
{
    struct gathering *gathering = self;
    const struct cord_figure_request *request = &gathering->scope->request;
    cord_status status =
        is_line_of_before(gathering, answer) ? CORD_OK : take_line(gathering, answer);
    if (status != CORD_OK || !gathering->line.counts ||
        (request->sees && !request->sees(request->self, answer))) {
        return status;
    }
    return keep(gathering, answer);
}

/* The rows are the scope's from now on. */
static cord_status settle(struct gathering *gathering, struct cord_figure_rows *ret_rows)
{
    struct list *list = &gathering->list;
    if (!cord_figure_scope_keep(gathering->scope, list->rows)) {
        return CORD_E_NOMEM;
    }
    put_in_order(list->rows, list->count);
    *ret_rows = (struct cord_figure_rows){list->rows, list->count};
    list->rows = NULL;
    return CORD_OK;
}

/* Some kind of the topic has a member that names the incident. */
static bool has_incidents(cord_str topic)
{
    size_t count;
    const struct cord_claim_kind *kinds = cord_claim_kinds(&count);
    for (size_t i = 0; i < count; i++) {
        const struct cord_member *member = kinds[i].members;
        bool of_topic = cord_str_eq(cord_str_from(kinds[i].topic), topic);
        for (; of_topic && member->type != CORD_MEMBER_END; member++) {
            if (strcmp(member->name, "incident") == 0) {
                return true;
            }
        }
    }
    return false;
}

static cord_status ask(struct gathering *gathering, struct cord_error *err)
{
    const struct cord_figure_scope *scope = gathering->scope;
    const struct cord_record_period period = {scope->request.as_of.known_ns, scope->from_ns,
                                              scope->to_ns};
    const struct cord_record_days days = {scope->from_ns, scope->to_ns};
    cord_str topic = cord_str_from(gathering->reading->topic);
    if (!gathering->reading->period) {
        return cord_record_view_answers(scope->view, topic, CORD_STR(""), scope->request.as_of,
                                        on_answer, gathering, err);
    }
    return gathering->reading->days
               ? cord_record_view_days(scope->view, topic, &period, days, on_answer, gathering, err)
               : cord_record_view_period(scope->view, topic, CORD_STR(""), &period, on_answer,
                                         gathering, err);
}

static cord_status gather(struct gathering *gathering, struct cord_figure_rows *ret_rows,
                          struct cord_error *err)
{
    cord_buf_init(&gathering->what, WHAT_BYTES_MAX);
    gathering->of_incidents = has_incidents(cord_str_from(gathering->reading->topic));
    cord_status status = ask(gathering, err);
    if (status == CORD_OK && ret_rows) {
        status = settle(gathering, ret_rows);
    } else if (status == CORD_OK && !gathering->apart) {
        status = hand_over(gathering, &gathering->own);
        status = status == CORD_OK ? hand_over(gathering, &gathering->list) : status;
    }
    free(gathering->list.rows);
    free(gathering->own.rows);
    cord_buf_done(&gathering->what);
    return status == CORD_E_NOMEM ? cord_figure_out_of_memory(err) : status;
}

cord_status cord_figure_rows_read(struct cord_figure_scope *scope,
                                  const struct cord_figure_reading *reading,
                                  struct cord_figure_rows *ret_rows, struct cord_error *err)
{
    struct gathering gathering = {.scope = scope, .reading = reading};
    return gather(&gathering, ret_rows, err);
}

cord_status cord_figure_rows_each(struct cord_figure_scope *scope,
                                  const struct cord_figure_reading *reading,
                                  cord_figure_rows_visit visit, void *self, struct cord_error *err)
{
    struct gathering gathering = {.scope = scope, .reading = reading, .visit = visit, .self = self};
    cord_status status = visit(self, NULL, 0);
    status = status == CORD_OK ? gather(&gathering, NULL, err) : status;
    if (status != CORD_OK || !gathering.apart) {
        return status;
    }
    struct gathering anew = {
        .scope = scope, .reading = reading, .visit = visit, .self = self, .whole = true};
    status = visit(self, NULL, 0);
    return status == CORD_OK ? gather(&anew, NULL, err) : status;
}

bool cord_figure_rows_better(const struct cord_figure_row *a, const struct cord_figure_row *b)
{
    if (a->basis != b->basis) {
        return a->basis < b->basis;
    }
    if (a->confidence != b->confidence) {
        return a->confidence > b->confidence;
    }
    if (a->valid_from_ns != b->valid_from_ns) {
        return a->valid_from_ns > b->valid_from_ns;
    }
    return cord_str_compare(a->line->claimant, b->line->claimant) < 0; /* not by which came first */
}

const struct cord_figure_row *cord_figure_rows_best(const struct cord_figure_row *rows,
                                                    size_t count)
{
    const struct cord_figure_row *best = rows;
    for (size_t i = 1; i < count; i++) {
        best = cord_figure_rows_better(&rows[i], best) ? &rows[i] : best;
    }
    return best;
}

static int compare_times(const void *left, const void *right)
{
    const int64_t *a = left;
    const int64_t *b = right;
    return order(*a, *b);
}

/* Who wins over a time; its memory is for one question after another. */
struct cord_figure_sweep {
    const struct cord_figure_row *rows; /* by valid_from */
    size_t count;
    size_t next;                           /* the first that has not begun */
    const struct cord_figure_row **active; /* those that hold */
    size_t active_count;
    int64_t *bounds;
    struct cord_figure_stretch *items;
    size_t room; /* rows that it has memory for */
};

void cord_figure_rows_done(struct cord_figure_scope *scope)
{
    if (scope->sweep) {
        free(scope->sweep->active);
        free(scope->sweep->bounds);
        free(scope->sweep->items);
        free(scope->sweep);
    }
}

static bool make_room(struct cord_figure_sweep *sweep, size_t count)
{
    if (count <= sweep->room) {
        return true;
    }
    size_t room = count < 64 ? 64 : count * 2;
    free(sweep->active);
    free(sweep->bounds);
    free(sweep->items);
    sweep->active = calloc(room + 1, sizeof *sweep->active);
    sweep->bounds = calloc(2 * room + 2, sizeof *sweep->bounds);
    sweep->items = calloc(2 * room + 2, sizeof *sweep->items);
    bool made = sweep->active && sweep->bounds && sweep->items;
    sweep->room = made ? room : 0;
    return made;
}

static struct cord_figure_sweep *sweep_over(struct cord_figure_scope *scope,
                                            const struct cord_figure_row *rows, size_t count)
{
    if (!scope->sweep) {
        scope->sweep = calloc(1, sizeof *scope->sweep);
    }
    if (!scope->sweep || !make_room(scope->sweep, count)) {
        return NULL;
    }
    scope->sweep->rows = rows;
    scope->sweep->count = count;
    scope->sweep->next = 0;
    scope->sweep->active_count = 0;
    return scope->sweep;
}

/* The best of those that hold at a time that is not before the one asked for last; NULL: none do.
 * One claimant has one answer at a time, so few hold together. */
static const struct cord_figure_row *best_at(struct cord_figure_sweep *sweep, int64_t time_ns)
{
    const struct cord_figure_row *best = NULL;
    size_t kept = 0;
    for (; sweep->next < sweep->count && sweep->rows[sweep->next].valid_from_ns <= time_ns;
         sweep->next++) {
        sweep->active[sweep->active_count++] = &sweep->rows[sweep->next];
    }
    for (size_t i = 0; i < sweep->active_count; i++) {
        const struct cord_figure_row *row = sweep->active[i];
        if (row->valid_to_ns > time_ns) {
            sweep->active[kept++] = row;
            best = !best || cord_figure_rows_better(row, best) ? row : best;
        }
    }
    sweep->active_count = kept;
    return best;
}

static void sort_times(int64_t *times, size_t count)
{
    if (count > FEW) {
        qsort(times, count, sizeof *times, compare_times);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        int64_t time = times[i];
        size_t at = i;
        for (; at > 0 && times[at - 1] > time; at--) {
            times[at] = times[at - 1];
        }
        times[at] = time;
    }
}

static size_t bounds_of(const struct cord_figure_row *rows, size_t count, int64_t from_ns,
                        int64_t to_ns, int64_t *bounds)
{
    size_t bound_count = 0;
    bounds[bound_count++] = from_ns;
    for (size_t i = 0; i < count; i++) {
        const int64_t ends[] = {rows[i].valid_from_ns, rows[i].valid_to_ns};
        for (size_t j = 0; j < 2; j++) {
            if (ends[j] > from_ns && ends[j] < to_ns) {
                bounds[bound_count++] = ends[j];
            }
        }
    }
    bounds[bound_count] = to_ns;
    sort_times(bounds, bound_count);
    return bound_count;
}

cord_status cord_figure_rows_stretches(struct cord_figure_scope *scope,
                                       const struct cord_figure_row *rows, size_t count,
                                       struct cord_figure_stretches *ret_stretches,
                                       struct cord_error *err)
{
    struct cord_figure_sweep *sweep = sweep_over(scope, rows, count);
    size_t made = 0;
    if (!sweep) {
        return cord_figure_out_of_memory(err);
    }
    struct cord_figure_stretch *items = sweep->items;
    const int64_t *bounds = sweep->bounds;
    size_t bound_count = scope->from_ns < scope->to_ns
                             ? bounds_of(rows, count, scope->from_ns, scope->to_ns, sweep->bounds)
                             : 0;
    for (size_t i = 0; i < bound_count; i++) {
        const struct cord_figure_row *row =
            bounds[i] < bounds[i + 1] ? best_at(sweep, bounds[i]) : NULL;
        if (row && made > 0 && items[made - 1].row == row && items[made - 1].to_ns == bounds[i]) {
            items[made - 1].to_ns = bounds[i + 1];
        } else if (row) {
            items[made++] = (struct cord_figure_stretch){bounds[i], bounds[i + 1], row};
        }
    }
    *ret_stretches = (struct cord_figure_stretches){items, made};
    return CORD_OK;
}
