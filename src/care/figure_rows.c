/* figure_rows.c: answers, put together by the question they answer, and who wins. */
#include "base/timestamp.h"
#include "base/vec.h"
#include "care/figure_internal.h"

#include <stdlib.h>

enum { PARENTS_MAX = 8, WHAT_BYTES_MAX = 4096 };

struct gathering {
    struct cord_figure_scope *scope;
    const struct cord_figure_reading *reading;
    struct cord_figure_row *rows; /* malloc's while they are gathered */
    size_t count, cap;
    struct cord_buf what;
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

static cord_str what_of(struct gathering *gathering, cord_str part)
{
    struct cord_buf *what = &gathering->what;
    cord_buf_clear(what);
    for (size_t i = 0; i < 3 && gathering->reading->keys[i]; i++) {
        if (i > 0) {
            cord_buf_put_char(what, '/');
        }
        cord_buf_put(what, cord_claim_member(part, gathering->reading->keys[i]));
    }
    return cord_arena_copy(gathering->scope->arena, cord_buf_str(what));
}

/* A claim of another incident does not count in this one; one that names none does. */
static bool of_incident(const struct cord_figure_scope *scope, cord_str part)
{
    cord_str incident = cord_claim_member(part, "incident");
    return incident.len == 0 || scope->incident.len == 0 || cord_str_eq(incident, scope->incident);
}

static cord_status keep(struct gathering *gathering, const struct cord_answer *answer)
{
    struct cord_arena *arena = gathering->scope->arena;
    cord_str code = code_of(answer->subject);
    struct cord_figure_row row = {
        .who = whom(gathering->reading, code),
        .what = what_of(gathering, answer->part),
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
    row.body = row.who ? row.who->code : cord_arena_copy(arena, code);
    if (!row.body.ptr || !row.what.ptr || !row.claimant.ptr || !row.state.ptr || !row.amount.ptr ||
        !row.unit.ptr) {
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
    if (!is_wanted(gathering->reading, answer->subject) ||
        !of_incident(gathering->scope, answer->part) ||
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

static cord_status settle(struct gathering *gathering, struct cord_figure_rows *ret_rows)
{
    struct cord_figure_row *items =
        cord_arena_zalloc(gathering->scope->arena, gathering->count + 1, sizeof *items);
    if (!items) {
        return cord_arena_failure(gathering->scope->arena);
    }
    if (gathering->count > 0) {
        memcpy(items, gathering->rows, gathering->count * sizeof *items);
        qsort(items, gathering->count, sizeof *items, compare);
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

cord_status cord_figure_rows_stretches(struct cord_figure_scope *scope,
                                       const struct cord_figure_row *rows, size_t count,
                                       struct cord_figure_stretches *ret_stretches,
                                       struct cord_error *err)
{
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
