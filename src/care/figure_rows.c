/* figure_rows.c: answers, put together by the question they answer, and who wins. */
#include "base/timestamp.h"
#include "base/vec.h"
#include "care/figure_internal.h"
#include "codec/json_span.h"

#include <stdlib.h>

enum { PARENTS_MAX = 8, WHAT_BYTES_MAX = 4096, KEYS_MAX = 3 };

struct gathering {
    struct cord_figure_scope *scope;
    const struct cord_figure_reading *reading;
    struct cord_figure_row *rows; /* malloc's while they are gathered */
    size_t count, cap;
    struct cord_buf what;
    /* Of the answer before: the next is often of the same. In the scope's arena. */
    struct {
        cord_str subject, part, what, body;
        const struct cord_organisation *who;
    } last;
};

/* What is said of a site is said of whom it belongs to. */
static const struct cord_organisation *identity_of(const struct cord_organisations *organisations,
                                                   cord_str code)
{
    const struct cord_organisation *who = cord_organisations_identity(organisations, code);
    for (int i = 0;
         who && i < PARENTS_MAX && who->parent.len > 0 && cord_str_eq(who->role, CORD_STR("site"));
         i++) {
        const struct cord_organisation *parent =
            cord_organisations_identity(organisations, who->parent);
        if (!parent) {
            break;
        }
        who = parent;
    }
    return who;
}

static const struct cord_organisation *whom(const struct cord_figure_reading *reading,
                                            cord_str code)
{
    return reading->whole     ? NULL
           : reading->amounts ? cord_organisations_find(reading->organisations, code)
                              : identity_of(reading->organisations, code);
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

/* What the answer's line is about, and of whom. */
static cord_status place_line(struct gathering *gathering, const struct cord_answer *answer)
{
    struct cord_arena *arena = gathering->scope->arena;
    if (!gathering->last.body.ptr || !cord_str_eq(gathering->last.subject, answer->subject)) {
        gathering->last.subject = cord_arena_copy(arena, answer->subject);
        cord_str code = code_of(gathering->last.subject);
        gathering->last.who = whom(gathering->reading, code);
        gathering->last.body = gathering->last.who ? gathering->last.who->code : code;
    }
    if (!gathering->reading->keys[0]) {
        gathering->last.what = CORD_STR("");
    } else if (!gathering->last.what.ptr || !cord_str_eq(gathering->last.part, answer->part)) {
        put_keys(gathering, answer->part);
        gathering->last.part = cord_arena_copy(arena, answer->part);
        gathering->last.what = cord_arena_copy(arena, cord_buf_str(&gathering->what));
    }
    return gathering->last.subject.ptr && gathering->last.body.ptr && gathering->last.what.ptr
               ? CORD_OK
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

static cord_status keep(struct gathering *gathering, const struct cord_answer *answer)
{
    struct cord_arena *arena = gathering->scope->arena;
    cord_status status = place_line(gathering, answer);
    if (status != CORD_OK) {
        return status;
    }
    struct cord_figure_row row = {
        .who = gathering->last.who,
        .body = gathering->last.body,
        .what = gathering->last.what,
        .claimant = cord_arena_copy(arena, answer->claimant),
        .state = cord_arena_copy(arena, answer->state),
        .amount = cord_arena_copy(arena, answer->amount),
        .unit = cord_arena_copy(arena, answer->unit),
        .valid_from_ns = answer->valid_from_ns,
        .valid_to_ns = answer->valid_to_ns == CORD_TIME_NONE ? INT64_MAX : answer->valid_to_ns,
        .claim = answer->claim,
        .basis = answer->basis,
        .confidence = answer->confidence,
    };
    if (!row.claimant.ptr || !row.state.ptr || !row.amount.ptr || !row.unit.ptr) {
        return cord_arena_failure(arena);
    }
    void *rows =
        cord_vec_room(gathering->rows, gathering->count, &gathering->cap, sizeof *gathering->rows);
    if (!rows) {
        return CORD_E_NOMEM;
    }
    gathering->rows = rows;
    gathering->rows[gathering->count++] = row;
    return CORD_OK;
}

static cord_status on_answer(void *self, const struct cord_answer *answer)
{
    struct gathering *gathering = self;
    const struct cord_figure_request *request = &gathering->scope->request;
    if (!is_wanted(gathering->reading, answer->subject) || !of_incident(gathering->scope, answer) ||
        (request->sees && !request->sees(request->self, answer))) {
        return CORD_OK;
    }
    return keep(gathering, answer);
}

static int order(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare(const void *left, const void *right)
{
    const struct cord_figure_row *a = left;
    const struct cord_figure_row *b = right;
    int by = cord_str_compare(a->body, b->body);
    by = by ? by : cord_str_compare(a->what, b->what);
    by = by ? by : order(a->valid_from_ns, b->valid_from_ns);
    return by ? by : a->claim < b->claim ? -1 : a->claim > b->claim;
}

/* Answers come by subject, so that bodies mostly come in order: then only the rows of each are put
 * in order. */
static void put_in_order(struct cord_figure_row *rows, size_t count)
{
    bool in_order = true;
    for (size_t i = 1; i < count && in_order; i++) {
        in_order = rows[i].body.ptr == rows[i - 1].body.ptr ||
                   cord_str_compare(rows[i - 1].body, rows[i].body) <= 0;
    }
    if (!in_order) {
        qsort(rows, count, sizeof *rows, compare);
        return;
    }
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && cord_str_eq(rows[end].body, rows[first].body); end++) {
        }
        if (end - first > 1) {
            qsort(&rows[first], end - first, sizeof *rows, compare);
        }
    }
}

static cord_status settle(struct gathering *gathering, struct cord_figure_rows *ret_rows)
{
    struct cord_figure_row *items =
        cord_arena_alloc(gathering->scope->arena, (gathering->count + 1) * sizeof *items);
    if (!items) {
        return cord_arena_failure(gathering->scope->arena);
    }
    if (gathering->count > 0) {
        memcpy(items, gathering->rows, gathering->count * sizeof *items);
        put_in_order(items, gathering->count);
    }
    *ret_rows = (struct cord_figure_rows){items, gathering->count};
    return CORD_OK;
}

cord_status cord_figure_rows_read(struct cord_figure_scope *scope,
                                  const struct cord_figure_reading *reading,
                                  struct cord_figure_rows *ret_rows, struct cord_error *err)
{
    struct gathering gathering = {.scope = scope, .reading = reading};
    cord_str topic = cord_str_from(reading->topic);
    cord_buf_init(&gathering.what, WHAT_BYTES_MAX);
    const struct cord_record_period period = {scope->request.as_of.known_ns, scope->from_ns,
                                              scope->to_ns};
    cord_status status =
        reading->period
            ? cord_record_view_period(scope->view, topic, CORD_STR(""), &period, on_answer,
                                      &gathering, err)
            : cord_record_view_answers(scope->view, topic, CORD_STR(""), scope->request.as_of,
                                       on_answer, &gathering, err);
    if (status == CORD_OK) {
        status = settle(&gathering, ret_rows);
    }
    free(gathering.rows);
    cord_buf_done(&gathering.what);
    return status == CORD_E_NOMEM ? cord_figure_out_of_memory(err) : status;
}

size_t cord_figure_rows_same(const struct cord_figure_rows *rows, size_t first)
{
    size_t count = 1;
    while (first + count < rows->count &&
           cord_str_eq(rows->items[first].body, rows->items[first + count].body) &&
           cord_str_eq(rows->items[first].what, rows->items[first + count].what)) {
        count++;
    }
    return count;
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
    return cord_str_compare(a->claimant, b->claimant) < 0; /* not by which came first */
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

struct sweep {
    const struct cord_figure_row *rows; /* by valid_from */
    size_t count;
    size_t next;                           /* the first that has not begun */
    const struct cord_figure_row **active; /* those that hold */
    size_t active_count;
};

/* The best of those that hold at a time that is not before the one asked for last; NULL: none do.
 * One claimant has one answer at a time, so few hold together. */
static const struct cord_figure_row *best_at(struct sweep *sweep, int64_t time_ns)
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
    qsort(bounds, bound_count, sizeof *bounds, compare_times);
    return bound_count;
}

static cord_status one_stretch(struct cord_figure_scope *scope, const struct cord_figure_row *row,
                               struct cord_figure_stretches *ret_stretches, struct cord_error *err)
{
    struct cord_figure_stretch *item = cord_arena_alloc(scope->arena, sizeof *item);
    if (!item) {
        return cord_figure_out_of_memory(err);
    }
    *item = (struct cord_figure_stretch){
        row->valid_from_ns > scope->from_ns ? row->valid_from_ns : scope->from_ns,
        row->valid_to_ns < scope->to_ns ? row->valid_to_ns : scope->to_ns, row};
    *ret_stretches = (struct cord_figure_stretches){item, item->from_ns < item->to_ns};
    return CORD_OK;
}

cord_status cord_figure_rows_stretches(struct cord_figure_scope *scope,
                                       const struct cord_figure_row *rows, size_t count,
                                       struct cord_figure_stretches *ret_stretches,
                                       struct cord_error *err)
{
    if (count == 1) {
        return one_stretch(scope, rows, ret_stretches, err);
    }
    int64_t *bounds = cord_arena_zalloc(scope->arena, 2 * count + 2, sizeof *bounds);
    struct cord_figure_stretch *items =
        cord_arena_zalloc(scope->arena, 2 * count + 2, sizeof *items);
    struct sweep sweep = {.rows = rows, .count = count};
    sweep.active = cord_arena_zalloc(scope->arena, count + 1, sizeof *sweep.active);
    size_t made = 0;
    if (!bounds || !items || !sweep.active) {
        return cord_figure_out_of_memory(err);
    }
    size_t bound_count = scope->from_ns < scope->to_ns
                             ? bounds_of(rows, count, scope->from_ns, scope->to_ns, bounds)
                             : 0;
    for (size_t i = 0; i < bound_count; i++) {
        const struct cord_figure_row *row =
            bounds[i] < bounds[i + 1] ? best_at(&sweep, bounds[i]) : NULL;
        if (row && made > 0 && items[made - 1].row == row && items[made - 1].to_ns == bounds[i]) {
            items[made - 1].to_ns = bounds[i + 1];
        } else if (row) {
            items[made++] = (struct cord_figure_stretch){bounds[i], bounds[i + 1], row};
        }
    }
    *ret_stretches = (struct cord_figure_stretches){items, made};
    return CORD_OK;
}
