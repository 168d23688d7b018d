/* record_view_answers.c: what holds on the lines of a topic: see record_view.h. */
#include "base/vec.h"
#include "record/record_view_internal.h"

#include <stdlib.h>

/* A span, its texts in the arena. */
struct found {
    int64_t line_id;
    struct cord_record_view_line *line; /* NULL until all are found (find_lines) */
    int64_t valid_from_ns, valid_to_ns, known_from_ns, known_to_ns;
    cord_str state, amount, unit;
    uint64_t claim;
    unsigned char basis, confidence;
};

/* A question on its way. */
struct ask {
    struct cord_record_view *view;
    int64_t topic;
    cord_str name;
    int64_t known_ns;
    int64_t from_ns, to_ns; /* about [from, to) */
    bool point;             /* to_ns is from_ns + 1: at most one answer a line */
    struct cord_arena *texts;
    struct found *found;
    size_t count;
    size_t cap;
};

/* An answer's turn. */
struct turn {
    int64_t valid_from_ns;
    uint32_t rank;  /* of its line */
    uint32_t place; /* in found */
};

enum { AHEAD = 12 }; /* answers whose memory is asked for before it is needed */

#define TEXT_BYTES_MAX ((size_t)4 << 30)

static cord_status copy_text(struct ask *ask, struct cord_sql_statement *row, int column,
                             cord_str *ret_text, struct cord_error *err)
{
    cord_str text = cord_sql_column_text(row, column);
    *ret_text = text;
    if (text.len > 0) {
        *ret_text = cord_arena_copy(ask->texts, text);
    }
    return ret_text->ptr ? CORD_OK
                         : cord_error_set(err, cord_arena_failure(ask->texts), "too many answers");
}

static cord_status take_row(struct ask *ask, struct cord_sql_statement *row, struct cord_error *err)
{
    struct found *found = cord_vec_room(ask->found, ask->count, &ask->cap, sizeof *found);
    if (!found) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    ask->found = found;
    found += ask->count;
    *found = (struct found){
        .line_id = cord_sql_column(row, CORD_RECORD_SPAN_LINE),
        .valid_from_ns = cord_sql_column(row, CORD_RECORD_SPAN_VALID_FROM),
        .valid_to_ns = cord_sql_column(row, CORD_RECORD_SPAN_VALID_TO),
        .known_from_ns = cord_sql_column(row, CORD_RECORD_SPAN_KNOWN_FROM),
        .known_to_ns = cord_sql_column(row, CORD_RECORD_SPAN_KNOWN_TO),
        .claim = (uint64_t)cord_sql_column(row, CORD_RECORD_SPAN_CLAIM),
        .basis = (unsigned char)cord_sql_column(row, CORD_RECORD_SPAN_BASIS),
        .confidence = (unsigned char)cord_sql_column(row, CORD_RECORD_SPAN_CONFIDENCE),
    };
    if (found->basis > CORD_CLAIM_ESTIMATED || found->confidence > CORD_CLAIM_CERTAIN) {
        return cord_error_set(err, CORD_E_FORMAT, "the views are damaged: rebuild them");
    }
    cord_status status = copy_text(ask, row, CORD_RECORD_SPAN_STATE, &found->state, err);
    if (status == CORD_OK) {
        status = copy_text(ask, row, CORD_RECORD_SPAN_AMOUNT, &found->amount, err);
    }
    if (status == CORD_OK) {
        status = copy_text(ask, row, CORD_RECORD_SPAN_UNIT, &found->unit, err);
    }
    ask->count += status == CORD_OK;
    return status;
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

/* --- all lines of the topic --- */

/* The spans of one node; NOW's list is such, too. */
static cord_status ask_node(struct ask *ask, enum cord_record_statement which, int64_t place,
                            struct cord_error *err)
{
    struct cord_sql_statement *row = NULL;
    cord_status status = cord_record_view_statement(ask->view, which, &row, err);
    if (status != CORD_OK) {
        return status;
    }
    cord_sql_bind(row, 1, place);
    cord_sql_bind(row, 2, ask->known_ns);
    if (which == CORD_RECORD_PERIOD_VALID_BELOW || which == CORD_RECORD_PERIOD_VALID_ABOVE) {
        cord_sql_bind(row, 3, ask->from_ns);
        cord_sql_bind(row, 4, ask->to_ns);
    } else {
        /* Of a span with an open end: it begins before the end of what is asked. */
        cord_sql_bind(row, 3, ask->to_ns - 1);
    }
    return take_rows(ask, row, err);
}

/* Spans that were known then and are valid until something else is said. */
static cord_status ask_known(struct ask *ask, struct cord_error *err)
{
    int64_t at = cord_record_span_second(ask->known_ns);
    cord_status status =
        ask_node(ask, CORD_RECORD_SPANS_KNOWN_BELOW,
                 cord_record_span_place(ask->topic, CORD_RECORD_SPANS_NOW, 0), err);
    for (unsigned level = (unsigned)__builtin_ctzll((uint64_t)at);
         status == CORD_OK && level < CORD_RECORD_LEVELS; level++) {
        int64_t node = cord_record_span_ancestor(at, level);
        status = ask_node(
            ask, node >= at ? CORD_RECORD_SPANS_KNOWN_BELOW : CORD_RECORD_SPANS_KNOWN_ABOVE,
            cord_record_span_place(ask->topic, CORD_RECORD_SPANS_KNOWN, node), err);
    }
    return status;
}

/* Spans that are valid until a time, at one point. */
static cord_status ask_valid_point(struct ask *ask, struct cord_error *err)
{
    cord_status status = CORD_OK;
    int64_t at = cord_record_span_second(ask->from_ns);
    for (unsigned level = (unsigned)__builtin_ctzll((uint64_t)at);
         status == CORD_OK && level < CORD_RECORD_LEVELS; level++) {
        int64_t node = cord_record_span_ancestor(at, level);
        status = ask_node(
            ask, node >= at ? CORD_RECORD_SPANS_VALID_BELOW : CORD_RECORD_SPANS_VALID_ABOVE,
            cord_record_span_place(ask->topic, CORD_RECORD_SPANS_VALID, node), err);
    }
    return status;
}

static cord_status ask_within(struct ask *ask, int64_t low, int64_t high, struct cord_error *err)
{
    struct cord_sql_statement *row = NULL;
    cord_status status =
        cord_record_view_statement(ask->view, CORD_RECORD_PERIOD_VALID_WITHIN, &row, err);
    if (status != CORD_OK) {
        return status;
    }
    cord_sql_bind(row, 1, cord_record_span_place(ask->topic, CORD_RECORD_SPANS_VALID, low));
    cord_sql_bind(row, 2, ask->known_ns);
    cord_sql_bind(row, 3, ask->from_ns);
    cord_sql_bind(row, 4, ask->to_ns);
    cord_sql_bind(row, 5, cord_record_span_place(ask->topic, CORD_RECORD_SPANS_VALID, high));
    return take_rows(ask, row, err);
}

/* The same at any moment of a period: what hangs inside of it, and what hangs on the ways
 * from its ends to the root, outside of it, and reaches in. */
static cord_status ask_valid_period(struct ask *ask, struct cord_error *err)
{
    int64_t low = cord_record_span_second(ask->from_ns);
    int64_t high = cord_record_span_second(ask->to_ns - 1);
    cord_status status = ask_within(ask, low, high, err);
    for (unsigned level = 0; status == CORD_OK && level < CORD_RECORD_LEVELS; level++) {
        int64_t left = cord_record_span_ancestor(low, level);
        int64_t right = cord_record_span_ancestor(high, level);
        if (left < low) {
            status =
                ask_node(ask, CORD_RECORD_PERIOD_VALID_ABOVE,
                         cord_record_span_place(ask->topic, CORD_RECORD_SPANS_VALID, left), err);
        }
        if (status == CORD_OK && right > high &&
            level >= (unsigned)__builtin_ctzll((uint64_t)high)) {
            status =
                ask_node(ask, CORD_RECORD_PERIOD_VALID_BELOW,
                         cord_record_span_place(ask->topic, CORD_RECORD_SPANS_VALID, right), err);
        }
    }
    return status;
}

static cord_status ask_all(struct ask *ask, struct cord_error *err)
{
    cord_status status = ask_known(ask, err);
    if (status != CORD_OK) {
        return status;
    }
    return ask->point ? ask_valid_point(ask, err) : ask_valid_period(ask, err);
}

/* --- one subject's lines --- */

static cord_status ask_line(struct ask *ask, int64_t line, struct cord_error *err)
{
    struct cord_sql_statement *row = NULL;
    /* As things are known now a line has its spans in order of time. */
    bool now = ask->point && ask->known_ns >= ask->view->head.recorded_ns;
    enum cord_record_statement which = now          ? CORD_RECORD_SPANS_LINE_NOW
                                       : ask->point ? CORD_RECORD_SPANS_LINE
                                                    : CORD_RECORD_SPANS_LINE_PERIOD;
    size_t before = ask->count;
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
    status = take_rows(ask, row, err);
    if (now && ask->count > before && ask->found[before].valid_to_ns <= ask->from_ns) {
        ask->count = before; /* it has ended */
    }
    return status;
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
        struct found *found = &ask->found[i];
        look_ahead(ask, i);
        status = cord_record_view_line(ask->view, found->line_id, &found->line, err);
    }
    return status;
}

/* All lines that answer have a rank afterwards. */
static cord_status rank_all(struct ask *ask, size_t *ret_ranks, struct cord_error *err)
{
    cord_status status = CORD_OK;
    for (size_t i = 0; status == CORD_OK && i < ask->count; i++) {
        status = cord_record_view_meet(ask->view, ask->topic, ask->found[i].line, err);
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
        if (end - first > 1) {
            qsort(&turns[first], end - first, sizeof *turns, by_time);
        }
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
    struct turn *turns = calloc(ask->count + 1, sizeof *turns);
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
                            cord_answer_visit visit, void *self)
{
    cord_status status = CORD_OK;
    for (size_t i = 0; status == CORD_OK && i < ask->count; i++) {
        const struct found *found = &ask->found[turns ? turns[i].place : i];
        if (turns && i + AHEAD < ask->count) {
            __builtin_prefetch(&ask->found[turns[i + AHEAD].place]);
        }
        const struct cord_answer answer = {
            .topic = ask->name,
            .subject = found->line->subject,
            .part = found->line->part,
            .claimant = found->line->claimant,
            .state = found->state,
            .amount = found->amount,
            .unit = found->unit,
            .valid_from_ns = found->valid_from_ns,
            .valid_to_ns = open_or(found->valid_to_ns),
            .known_from_ns = found->known_from_ns,
            .known_to_ns = open_or(found->known_to_ns),
            .claim = found->claim,
            .basis = (enum cord_claim_basis)found->basis,
            .confidence = found->confidence,
        };
        status = visit(self, &answer);
    }
    return status == CORD_E_END ? CORD_OK : status;
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
    ask->texts = cord_arena_new(TEXT_BYTES_MAX);
    if (!ask->texts) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    struct turn *turns = NULL;
    status = subject.len > 0 ? ask_subject(ask, subject, err) : ask_all(ask, err);
    if (status == CORD_OK) {
        status = find_lines(ask, err);
    }
    if (status == CORD_OK && subject.len == 0) {
        status = put_in_order(ask, &turns, err);
    }
    if (status == CORD_OK) {
        status = hand_out(ask, turns, visit, self);
    }
    cord_arena_free(ask->texts);
    free(ask->found);
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
