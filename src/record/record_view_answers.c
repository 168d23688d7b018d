/* record_view_answers.c: what holds on the lines of a topic: see record_view.h. */
#include "base/vec.h"
#include "record/record_view_internal.h"

#include <stdlib.h>

/* A span, packed into the view's memory (record_shelf.h). */
struct cord_record_view_found {
    int64_t line_id;
    struct cord_record_view_line *line; /* NULL until all are found (find_lines) */
    int64_t valid_from_ns;
    cord_str packed;
};

/* A question on its way. */
struct ask {
    struct cord_record_view *view;
    int64_t topic;
    cord_str name;
    int64_t known_ns;
    int64_t from_ns, to_ns; /* about [from, to) */
    bool point;             /* to_ns is from_ns + 1: at most one answer a line */
    bool days;              /* of lines about these days only */
    int64_t first_day, last_day;
    struct cord_record_view_found *found; /* the view's */
    size_t count;
};

/* An answer's turn. */
struct turn {
    int64_t valid_from_ns;
    uint32_t rank;  /* of its line */
    uint32_t place; /* in found */
};

enum {
    AHEAD = 12, /* answers whose memory is asked for before it is needed */
    FEW = 32,   /* that are put in order one by one */
};

#define TEXT_BYTES_MAX   ((size_t)4 << 30)
#define FOUND_BYTES_KEPT ((size_t)32 << 20) /* and as much of what is packed */

static cord_status damaged(struct cord_error *err)
{
    return cord_error_set(err, CORD_E_FORMAT, "the views are damaged: rebuild them");
}

static inline bool is_asked_for(const struct ask *ask, const struct cord_record_times *span)
{
    return span->known_from_ns <= ask->known_ns && span->known_to_ns > ask->known_ns &&
           span->valid_from_ns < ask->to_ns && span->valid_to_ns > ask->from_ns;
}

/* packed lasts until the next question. */
static cord_status take(struct ask *ask, int64_t line, int64_t valid_from_ns, cord_str packed,
                        struct cord_error *err)
{
    struct cord_record_view *view = ask->view;
    if (ask->count == view->found_cap) {
        void *found = cord_vec_room(view->found, ask->count, &view->found_cap, sizeof *view->found);
        if (!found) {
            return cord_error_set(err, CORD_E_NOMEM, "out of memory");
        }
        view->found = found;
    }
    ask->found = view->found;
    ask->found[ask->count++] = (struct cord_record_view_found){line, NULL, valid_from_ns, packed};
    return CORD_OK;
}

static cord_status keep(struct ask *ask, cord_str packed, cord_str *ret_kept,
                        struct cord_error *err)
{
    char *kept = cord_arena_bytes(ask->view->answers, packed.len);
    if (!kept) {
        return cord_error_set(err, cord_arena_failure(ask->view->answers), "too many answers");
    }
    memcpy(kept, packed.ptr, packed.len);
    *ret_kept = (cord_str){kept, packed.len};
    return CORD_OK;
}

/* --- all lines of the topic --- */

/* One row: of spans that lie in several buckets, in the first of those that are read. */
static cord_status take_shelf_row(struct ask *ask, int64_t line, int64_t before_ns, cord_str row,
                                  struct cord_error *err)
{
    struct cord_record_times times;
    cord_str packed;
    cord_status status;
    while ((status = cord_record_shelf_next_times(&row, &times, &packed)) == CORD_OK) {
        ask->view->visited++;
        if (!is_asked_for(ask, &times) || times.valid_from_ns < before_ns) {
            continue;
        }
        status = keep(ask, packed, &packed, err);
        status = status == CORD_OK ? take(ask, line, times.valid_from_ns, packed, err) : status;
        if (status != CORD_OK) {
            return status;
        }
    }
    return status == CORD_E_END ? CORD_OK : damaged(err);
}

/* Buckets of a shelf's level. */
struct buckets {
    enum cord_record_shelf_which which;
    unsigned level;
    int64_t first, last;
};

/* In a later bucket what began before it was met before. */
static int64_t before(const struct buckets *buckets, int64_t place)
{
    int64_t bucket = cord_record_shelf_bucket_of(place);
    return buckets->which == CORD_RECORD_SHELF_VALID && bucket > buckets->first
               ? cord_record_shelf_begin(buckets->level, bucket)
               : INT64_MIN;
}

static cord_status ask_shelf(struct ask *ask, struct buckets buckets, struct cord_error *err)
{
    struct cord_sql_statement *rows = NULL;
    cord_status status = cord_record_view_statement(ask->view, CORD_RECORD_SHELF_ROWS, &rows, err);
    if (status != CORD_OK) {
        return status;
    }
    cord_sql_bind(rows, 1,
                  cord_record_shelf_place(ask->topic, buckets.which, buckets.level, buckets.first));
    cord_sql_bind(rows, 2,
                  cord_record_shelf_place(ask->topic, buckets.which, buckets.level, buckets.last));
    while ((status = cord_sql_step(rows, err)) == CORD_OK) {
        cord_str row = cord_sql_column_text(rows, 0);
        int64_t place = 0;
        int64_t line = 0;
        ask->view->visited++;
        status = cord_record_shelf_open(&row, &place, &line)
                     ? take_shelf_row(ask, line, before(&buckets, place), row, err)
                     : damaged(err);
        if (status != CORD_OK) {
            cord_sql_reset(rows);
            return status;
        }
    }
    return status == CORD_E_END ? CORD_OK : status;
}

static cord_status ask_days(struct ask *ask, struct cord_error *err)
{
    return ask_shelf(ask, (struct buckets){CORD_RECORD_SHELF_DAY, 0, ask->first_day, ask->last_day},
                     err);
}

static cord_status ask_all(struct ask *ask, struct cord_error *err)
{
    /* As things are known now, nothing that was replaced is known. */
    bool now = ask->known_ns >= ask->view->head.recorded_ns;
    int64_t last = cord_record_shelf_bucket(CORD_RECORD_SHELF_NOW_LEVEL, ask->to_ns - 1);
    cord_status status = CORD_OK;
    for (unsigned level = cord_record_shelf_base(ask->name.ptr);
         status == CORD_OK && level < CORD_RECORD_SHELF_LEVELS; level++) {
        int64_t known = cord_record_shelf_bucket(level, ask->known_ns);
        if (!now) {
            status =
                ask_shelf(ask, (struct buckets){CORD_RECORD_SHELF_KNOWN, level, known, known}, err);
        }
        if (status == CORD_OK) {
            status = ask_shelf(ask,
                               (struct buckets){CORD_RECORD_SHELF_VALID, level,
                                                cord_record_shelf_bucket(level, ask->from_ns),
                                                cord_record_shelf_bucket(level, ask->to_ns - 1)},
                               err);
        }
    }
    if (status == CORD_OK) {
        status = ask_shelf(
            ask, (struct buckets){CORD_RECORD_SHELF_NOW, CORD_RECORD_SHELF_NOW_LEVEL, 0, last},
            err);
    }
    return status;
}

/* --- one subject's lines --- */

static cord_status take_row(struct ask *ask, struct cord_sql_statement *row, struct cord_error *err)
{
    const struct cord_record_span span = {
        .valid_from_ns = cord_sql_column(row, CORD_RECORD_SPAN_VALID_FROM),
        .valid_to_ns = cord_sql_column(row, CORD_RECORD_SPAN_VALID_TO),
        .known_from_ns = cord_sql_column(row, CORD_RECORD_SPAN_KNOWN_FROM),
        .known_to_ns = cord_sql_column(row, CORD_RECORD_SPAN_KNOWN_TO),
        .claim = (uint64_t)cord_sql_column(row, CORD_RECORD_SPAN_CLAIM),
        .state = cord_sql_column_text(row, CORD_RECORD_SPAN_STATE),
        .amount = cord_sql_column_text(row, CORD_RECORD_SPAN_AMOUNT),
        .unit = cord_sql_column_text(row, CORD_RECORD_SPAN_UNIT),
        .basis = (unsigned char)cord_sql_column(row, CORD_RECORD_SPAN_BASIS),
        .confidence = (unsigned char)cord_sql_column(row, CORD_RECORD_SPAN_CONFIDENCE),
    };
    const struct cord_record_times times = {span.valid_from_ns, span.valid_to_ns,
                                            span.known_from_ns, span.known_to_ns};
    ask->view->visited++;
    if (!is_asked_for(ask, &times)) {
        return CORD_OK; /* the last before: it has ended */
    }
    struct cord_buf *packed = &ask->view->packed;
    cord_str kept = {0};
    cord_buf_clear(packed);
    if (!cord_record_shelf_pack(&span, packed)) {
        return damaged(err);
    }
    cord_status status = keep(ask, cord_buf_str(packed), &kept, err);
    return status == CORD_OK ? take(ask, cord_sql_column(row, CORD_RECORD_SPAN_LINE),
                                    span.valid_from_ns, kept, err)
                             : status;
}

static cord_status take_rows(struct ask *ask, struct cord_sql_statement *row,
                             struct cord_error *err)
{
    cord_status status;
    while ((status = cord_sql_step(row, err)) == CORD_OK) {
        status = take_row(ask, row, err);
        if (status != CORD_OK) {
            cord_sql_reset(row);
            return status;
        }
    }
    return status == CORD_E_END ? CORD_OK : status;
}

static cord_status ask_line(struct ask *ask, int64_t line, struct cord_error *err)
{
    struct cord_sql_statement *row = NULL;
    /* As things are known now a line has its spans in order of time. */
    bool now = ask->point && ask->known_ns >= ask->view->head.recorded_ns;
    enum cord_record_statement which = now          ? CORD_RECORD_SPANS_LINE_NOW
                                       : ask->point ? CORD_RECORD_SPANS_LINE
                                                    : CORD_RECORD_SPANS_LINE_PERIOD;
    cord_status status = cord_record_view_statement(ask->view, which, &row, err);
    if (status != CORD_OK) {
        return status;
    }
    cord_sql_bind(row, 1, line);
    cord_sql_bind(row, 2, now ? ask->from_ns : ask->known_ns);
    if (!now) {
        cord_sql_bind(row, 3, ask->from_ns);
    }
    if (!ask->point) {
        cord_sql_bind(row, 4, ask->to_ns);
    }
    return take_rows(ask, row, err);
}

static cord_status ask_subject(struct ask *ask, cord_str subject, struct cord_error *err)
{
    struct cord_sql_statement *line = NULL;
    cord_status status =
        cord_record_view_statement(ask->view, CORD_RECORD_LINES_SUBJECT, &line, err);
    if (status != CORD_OK) {
        return status;
    }
    cord_sql_bind(line, 1, ask->topic);
    cord_sql_bind_text(line, 2, subject);
    while ((status = cord_sql_step(line, err)) == CORD_OK) {
        status = ask_line(ask, cord_sql_column(line, 0), err);
        if (status != CORD_OK) {
            break;
        }
    }
    cord_sql_reset(line);
    return status == CORD_E_END ? CORD_OK : status;
}

/* --- handing out --- */

static int by_time(const void *a, const void *b)
{
    const struct turn *left = a;
    const struct turn *right = b;
    return left->valid_from_ns < right->valid_from_ns ? -1
                                                      : left->valid_from_ns > right->valid_from_ns;
}

/* Those of one line are few, and mostly in order. */
static void sort_by_time(struct turn *turns, size_t count)
{
    for (size_t i = 1; i < count && count <= FEW; i++) {
        struct turn turn = turns[i];
        size_t at = i;
        for (; at > 0 && turns[at - 1].valid_from_ns > turn.valid_from_ns; at--) {
            turns[at] = turns[at - 1];
        }
        turns[at] = turn;
    }
    if (count > FEW) {
        qsort(turns, count, sizeof *turns, by_time);
    }
}

/* Lines lie anywhere: their memory is asked for before it is needed, the pointer first. */
static void look_ahead(const struct ask *ask, size_t at)
{
    const struct cord_record_view *view = ask->view;
    if (at + (size_t)2 * AHEAD < ask->count) {
        size_t id = (size_t)ask->found[at + (size_t)2 * AHEAD].line_id;
        if (id < view->line_cap) {
            __builtin_prefetch(&view->lines[id]);
        }
    }
    if (at + AHEAD < ask->count) {
        size_t id = (size_t)ask->found[at + AHEAD].line_id;
        if (id < view->line_cap && view->lines[id]) {
            __builtin_prefetch(view->lines[id]);
        }
    }
}

static cord_status find_lines(struct ask *ask, struct cord_error *err)
{
    cord_status status = CORD_OK;
    for (size_t i = 0; status == CORD_OK && i < ask->count; i++) {
        struct cord_record_view_found *found = &ask->found[i];
        look_ahead(ask, i);
        if (i > 0 && found->line_id == found[-1].line_id) {
            found->line = found[-1].line;
        } else {
            status = cord_record_view_line(ask->view, found->line_id, &found->line, err);
        }
    }
    return status;
}

/* All lines that answer have a rank afterwards. */
static cord_status rank_all(struct ask *ask, size_t *ret_ranks, struct cord_error *err)
{
    cord_status status = CORD_OK;
    for (size_t i = 0; status == CORD_OK && i < ask->count; i++) {
        if (i == 0 || ask->found[i].line != ask->found[i - 1].line) {
            status = cord_record_view_meet(ask->view, ask->topic, ask->found[i].line, err);
        }
    }
    return status == CORD_OK ? cord_record_view_rank(ask->view, ask->topic, ret_ranks, err)
                             : status;
}

/* Behind the answers of lines with a lower rank. starts: one more than there are ranks, zeroes. */
static void deal(const struct ask *ask, uint32_t *starts, size_t ranks, struct turn *turns)
{
    for (size_t i = 0; i < ask->count; i++) {
        starts[ask->found[i].line->rank + 1]++;
    }
    for (size_t i = 1; i <= ranks; i++) {
        starts[i] += starts[i - 1];
    }
    for (size_t i = 0; i < ask->count; i++) {
        uint32_t rank = ask->found[i].line->rank;
        turns[starts[rank]++] = (struct turn){ask->found[i].valid_from_ns, rank, (uint32_t)i};
    }
    for (size_t first = 0, end; first < ask->count; first = end) {
        for (end = first + 1; end < ask->count && turns[end].rank == turns[first].rank; end++) {
        }
        sort_by_time(&turns[first], end - first);
    }
}

/* In whose turn they are; those of one subject were found so. */
static cord_status put_in_order(struct ask *ask, struct turn **ret_turns, struct cord_error *err)
{
    size_t ranks = 0;
    cord_status status = rank_all(ask, &ranks, err);
    if (status != CORD_OK) {
        return status;
    }
    struct turn *turns = malloc((ask->count + 1) * sizeof *turns);
    uint32_t *starts = calloc(ranks + 1, sizeof *starts);
    if (!turns || !starts || ask->count > UINT32_MAX) {
        free(turns);
        free(starts);
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    deal(ask, starts, ranks, turns);
    free(starts);
    *ret_turns = turns;
    return CORD_OK;
}

static int64_t open_or(int64_t time_ns)
{
    return time_ns == CORD_RECORD_OPEN_NS ? CORD_TIME_NONE : time_ns;
}

/* turns NULL: as they were found. */
static cord_status hand_out(const struct ask *ask, const struct turn *turns,
                            cord_answer_visit visit, void *self, struct cord_error *err)
{
    cord_status status = CORD_OK;
    for (size_t i = 0; status == CORD_OK && i < ask->count; i++) {
        const struct cord_record_view_found *found = &ask->found[turns ? turns[i].place : i];
        struct cord_record_span span;
        cord_str packed = found->packed;
        if (turns && i + AHEAD < ask->count) {
            __builtin_prefetch(ask->found[turns[i + AHEAD].place].packed.ptr);
        }
        if (cord_record_shelf_next(&packed, &span) != CORD_OK ||
            span.basis > CORD_CLAIM_ESTIMATED || span.confidence > CORD_CLAIM_CERTAIN) {
            return damaged(err);
        }
        const struct cord_answer answer = {
            .topic = ask->name,
            .subject = found->line->subject,
            .part = found->line->part,
            .claimant = found->line->claimant,
            .state = span.state,
            .amount = span.amount,
            .unit = span.unit,
            .valid_from_ns = span.valid_from_ns,
            .valid_to_ns = open_or(span.valid_to_ns),
            .known_from_ns = span.known_from_ns,
            .known_to_ns = open_or(span.known_to_ns),
            .claim = span.claim,
            .basis = (enum cord_claim_basis)span.basis,
            .confidence = span.confidence,
        };
        status = visit(self, &answer);
    }
    return status == CORD_E_END ? CORD_OK : status;
}

/* What the question before took is used again, unless it was very much. */
static cord_status make_room(struct cord_record_view *view, struct cord_error *err)
{
    if (view->answers && cord_arena_held(view->answers) <= FOUND_BYTES_KEPT) {
        cord_arena_rewind(view->answers);
    } else {
        cord_arena_free(view->answers);
        view->answers = cord_arena_new(TEXT_BYTES_MAX);
    }
    if (view->found_cap > FOUND_BYTES_KEPT / sizeof *view->found) {
        free(view->found);
        view->found = NULL;
        view->found_cap = 0;
    }
    return view->answers ? CORD_OK : cord_error_set(err, CORD_E_NOMEM, "out of memory");
}

static cord_status answer(struct ask *ask, cord_str topic, cord_str subject,
                          cord_answer_visit visit, void *self, struct cord_error *err)
{
    cord_status status = cord_record_view_topic(ask->view, topic, &ask->topic, err);
    if (status != CORD_OK || ask->topic == 0) {
        return status;
    }
    cord_record_view_tidy(ask->view);
    ask->name = cord_str_from(cord_claim_kind_topic(topic));
    status = make_room(ask->view, err);
    if (status != CORD_OK) {
        return status;
    }
    struct turn *turns = NULL;
    status = ask->days         ? ask_days(ask, err)
             : subject.len > 0 ? ask_subject(ask, subject, err)
                               : ask_all(ask, err);
    if (status == CORD_OK) {
        status = find_lines(ask, err);
    }
    if (status == CORD_OK && subject.len == 0) {
        status = put_in_order(ask, &turns, err);
    }
    if (status == CORD_OK) {
        status = hand_out(ask, turns, visit, self, err);
    }
    free(turns);
    return status;
}

/* Seven parameters: a question, and whom to answer. */
/* NOLINTNEXTLINE(readability-function-size) */
cord_status cord_record_view_answers(struct cord_record_view *view, cord_str topic,
                                     cord_str subject, struct cord_as_of as_of,
                                     cord_answer_visit visit, void *self, struct cord_error *err)
{
    struct cord_as_of at = cord_record_view_as_of(view, as_of);
    struct ask ask = {.view = view,
                      .known_ns = at.known_ns < INT64_MAX ? at.known_ns : INT64_MAX - 1,
                      .from_ns = at.about_ns < INT64_MAX ? at.about_ns : INT64_MAX - 1,
                      .point = true};
    ask.to_ns = ask.from_ns + 1;
    return answer(&ask, topic, subject, visit, self, err);
}

/* Seven parameters: a question, and whom to answer. */
/* NOLINTNEXTLINE(readability-function-size) */
cord_status cord_record_view_period(struct cord_record_view *view, cord_str topic, cord_str subject,
                                    const struct cord_record_period *period,
                                    cord_answer_visit visit, void *self, struct cord_error *err)
{
    struct cord_as_of at = {period->known_ns, 0};
    struct ask ask = {.view = view,
                      .known_ns = cord_record_view_as_of(view, at).known_ns,
                      .from_ns = period->from_ns,
                      .to_ns = period->to_ns};
    if (period->to_ns <= period->from_ns) {
        return cord_error_set(err, CORD_E_FORMAT, "a period is to end after its begin");
    }
    return answer(&ask, topic, subject, visit, self, err);
}

/* Seven parameters: a question, and whom to answer. */
/* NOLINTNEXTLINE(readability-function-size) */
cord_status cord_record_view_days(struct cord_record_view *view, cord_str topic,
                                  const struct cord_record_period *period,
                                  struct cord_record_days days, cord_answer_visit visit, void *self,
                                  struct cord_error *err)
{
    struct cord_as_of at = {period->known_ns, 0};
    struct ask ask = {.view = view,
                      .known_ns = cord_record_view_as_of(view, at).known_ns,
                      .from_ns = period->from_ns,
                      .to_ns = period->to_ns,
                      .days = true};
    if (period->to_ns <= period->from_ns || days.to_ns <= days.from_ns) {
        return cord_error_set(err, CORD_E_FORMAT, "a period is to end after its begin");
    }
    ask.first_day = cord_record_shelf_day(days.from_ns);
    ask.last_day = cord_record_shelf_day(days.to_ns - 1);
    return answer(&ask, topic, CORD_STR(""), visit, self, err);
}

cord_status cord_record_view_lines(struct cord_record_view *view, cord_str topic,
                                   cord_line_visit visit, void *self, struct cord_error *err)
{
    struct cord_sql_statement *line = NULL;
    int64_t id = 0;
    cord_status status = cord_record_view_topic(view, topic, &id, err);
    if (status == CORD_OK) {
        status = cord_record_view_statement(view, CORD_RECORD_LINES_TOPIC, &line, err);
    }
    if (status != CORD_OK) {
        return status;
    }
    cord_sql_bind(line, 1, id);
    while ((status = cord_sql_step(line, err)) == CORD_OK) {
        status = visit(self, cord_sql_column_text(line, 0), cord_sql_column_text(line, 1),
                       cord_sql_column_text(line, 2));
        if (status != CORD_OK) {
            break;
        }
    }
    cord_sql_reset(line);
    return status == CORD_E_END ? CORD_OK : status;
}
