/* record_view_answers.c: what holds on the lines of a topic: see record_view.h. */
#include "base/vec.h"
#include "record/record_view_internal.h"

#include <stdlib.h>

/* An answer that was found: as large as a line of the processor's cache. */
struct cord_record_view_found {
    int64_t valid_from_ns, valid_to_ns;
    int64_t known_from_ns, known_to_ns;
    uint64_t claim;
    const char *texts;   /* state, amount and unit, one behind the other; the view's */
    uint32_t line, rank; /* rank: of its line (record_view_internal.h) */
    uint16_t state_len, amount_len, unit_len;
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
    bool days;              /* of lines about these days only */
    int64_t first_day, last_day;
    struct cord_record_view_found *found; /* the view's */
    size_t count;
    bool unranked; /* of a line there is no rank yet */
    const struct cord_record_view_order *order;
};

enum {
    AHEAD = 12, /* answers whose memory is asked for before it is needed */
    FEW = 32,   /* that are put in order one by one */
};

#define TEXT_BYTES_MAX   ((size_t)4 << 30)
#define FOUND_BYTES_KEPT ((size_t)24 << 20) /* and as much of texts */

static cord_status damaged(struct cord_error *err)
{
    return cord_error_set(err, CORD_E_DAMAGED, "the views are damaged: rebuild them");
}

static inline bool is_asked_for(const struct ask *ask, const struct cord_record_times *span)
{
    return span->known_from_ns <= ask->known_ns && span->known_to_ns > ask->known_ns &&
           span->valid_from_ns < ask->to_ns && span->valid_to_ns > ask->from_ns;
}

/* The same few states come again and again: each is kept once, mostly. */
static const char *keep_texts(struct cord_record_view *view, cord_str texts)
{
    if (texts.len == 0) {
        return "";
    }
    size_t mixed = texts.len * 7 + (unsigned char)texts.ptr[0] * (size_t)5 +
                   (unsigned char)texts.ptr[texts.len - 1];
    cord_str *kept = &view->kept_texts[mixed % CORD_RECORD_VIEW_TEXTS];
    if (!cord_str_eq(*kept, texts)) {
        *kept = cord_arena_copy(view->answers, texts);
    }
    return kept->ptr;
}

/* A span whose texts are beside each other, as they are packed. */
static cord_status take(struct ask *ask, const struct cord_record_span *span,
                        struct cord_error *err)
{
    struct cord_record_view *view = ask->view;
    if (span->line <= 0 || span->line > INT32_MAX || span->basis > CORD_CLAIM_ESTIMATED ||
        span->confidence > CORD_CLAIM_CERTAIN) {
        return damaged(err);
    }
    if (ask->count == view->found_cap) {
        void *found = cord_vec_room(view->found, ask->count, &view->found_cap, sizeof *view->found);
        if (!found) {
            return cord_error_set(err, CORD_E_NOMEM, "out of memory");
        }
        view->found = found;
    }
    size_t texts = span->state.len + span->amount.len + span->unit.len;
    const char *kept = keep_texts(view, (cord_str){span->state.ptr, texts});
    if (!kept) {
        return cord_error_set(err, cord_arena_failure(view->answers), "too many answers");
    }
    ask->found = view->found;
    ask->found[ask->count++] = (struct cord_record_view_found){
        .valid_from_ns = span->valid_from_ns,
        .valid_to_ns = span->valid_to_ns,
        .known_from_ns = span->known_from_ns,
        .known_to_ns = span->known_to_ns,
        .claim = span->claim,
        .texts = kept,
        .line = (uint32_t)span->line,
        .state_len = (uint16_t)span->state.len,
        .amount_len = (uint16_t)span->amount.len,
        .unit_len = (uint16_t)span->unit.len,
        .basis = span->basis,
        .confidence = span->confidence,
    };
    return CORD_OK;
}

static cord_status take_packed(struct ask *ask, cord_str packed, struct cord_error *err)
{
    struct cord_record_span span;
    return cord_record_shelf_next(&packed, &span) == CORD_OK ? take(ask, &span, err) : damaged(err);
}

/* --- all lines of the topic --- */

static cord_status take_shelf_row(struct ask *ask, cord_str row, struct cord_error *err)
{
    struct cord_record_times times;
    cord_str packed;
    cord_status status;
    while ((status = cord_record_shelf_next_times(&row, &times, &packed)) == CORD_OK) {
        ask->view->visited++;
        if (!is_asked_for(ask, &times)) {
            continue;
        }
        status = take_packed(ask, packed, err);
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
        ask->view->visited++;
        status = take_shelf_row(ask, cord_sql_column_text(rows, 0), err);
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

/* What lies on one level, but for NOW. */
static cord_status ask_level(struct ask *ask, unsigned level, struct cord_error *err)
{
    /* As things are known now, nothing that was replaced is known. */
    bool now = ask->known_ns >= ask->view->head.recorded_ns;
    int64_t known = cord_record_shelf_bucket(level, ask->known_ns);
    int64_t first = cord_record_shelf_bucket(level, ask->from_ns);
    int64_t last = cord_record_shelf_bucket(level, ask->to_ns - 1);
    const struct buckets all[] = {{CORD_RECORD_SHELF_GOES_ON, level, first, first},
                                  {CORD_RECORD_SHELF_VALID, level, first, last},
                                  {CORD_RECORD_SHELF_KNOWN, level, known, known}};
    cord_status status = CORD_OK;
    for (size_t i = 0; status == CORD_OK && i < sizeof all / sizeof *all - (now ? 1 : 0); i++) {
        status = ask_shelf(ask, all[i], err);
    }
    return status;
}

static cord_status ask_all(struct ask *ask, struct cord_error *err)
{
    int64_t last = cord_record_shelf_bucket(CORD_RECORD_SHELF_NOW_LEVEL, ask->to_ns - 1);
    cord_status status = CORD_OK;
    for (unsigned level = cord_record_shelf_base(ask->name.ptr);
         status == CORD_OK && level < CORD_RECORD_SHELF_LEVELS; level++) {
        status = ask_level(ask, level, err);
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
        .line = cord_sql_column(row, CORD_RECORD_SPAN_LINE),
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
    const struct cord_record_times times = {span.line, span.valid_from_ns, span.valid_to_ns,
                                            span.known_from_ns, span.known_to_ns};
    ask->view->visited++;
    if (!is_asked_for(ask, &times)) {
        return CORD_OK; /* the last before: it has ended */
    }
    struct cord_buf *packed = &ask->view->packed;
    cord_buf_clear(packed);
    return cord_record_shelf_pack(&span, packed) ? take_packed(ask, cord_buf_str(packed), err)
                                                 : damaged(err);
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

/* Lines lie anywhere: their memory is asked for before it is needed, the pointer first. */
static void look_ahead(const struct ask *ask, size_t at)
{
    const struct cord_record_view *view = ask->view;
    if (at + (size_t)2 * AHEAD < ask->count) {
        size_t id = ask->found[at + (size_t)2 * AHEAD].line;
        if (id < view->line_cap) {
            __builtin_prefetch(&view->lines[id]);
        }
    }
    if (at + AHEAD < ask->count) {
        size_t id = ask->found[at + AHEAD].line;
        if (id < view->line_cap && view->lines[id]) {
            __builtin_prefetch(view->lines[id]);
        }
    }
}

/* The line of one, which is often that of the one before: *line. */
static cord_status line_at(struct ask *ask, size_t at, struct cord_record_view_line **line,
                           struct cord_error *err)
{
    look_ahead(ask, at);
    if (at > 0 && ask->found[at].line == ask->found[at - 1].line) {
        return CORD_OK;
    }
    return cord_record_view_line(ask->view, ask->found[at].line, line, err);
}

/* Ranks as they are; a line that has none gets one afterwards. */
static cord_status read_ranks(struct ask *ask, struct cord_error *err)
{
    struct cord_record_view_line *line = NULL;
    cord_status status = CORD_OK;
    ask->unranked = false;
    for (size_t i = 0; status == CORD_OK && i < ask->count; i++) {
        status = line_at(ask, i, &line, err);
        if (status == CORD_OK) {
            ask->unranked = ask->unranked || line->rank == CORD_RECORD_UNMET;
            status = cord_record_view_meet(ask->view, ask->topic, line, err);
        }
        ask->found[i].rank = status == CORD_OK ? line->rank : 0;
    }
    return status;
}

/* All have their ranks afterwards, places in ask->order. */
static cord_status rank_all(struct ask *ask, struct cord_error *err)
{
    cord_status status = read_ranks(ask, err);
    if (status != CORD_OK) {
        return status;
    }
    bool again = ask->unranked;
    status = cord_record_view_rank(ask->view, ask->topic, &ask->order, err);
    return status == CORD_OK && again ? read_ranks(ask, err) : status;
}

/* Places in found, those of lines with a lower rank first. starts: one more than there are ranks,
 * zeroes. */
static void deal(const struct ask *ask, uint32_t *starts, size_t ranks, uint32_t *turns)
{
    for (size_t i = 0; i < ask->count; i++) {
        starts[ask->found[i].rank + 1]++;
    }
    for (size_t i = 1; i <= ranks; i++) {
        starts[i] += starts[i - 1];
    }
    for (size_t i = 0; i < ask->count; i++) {
        turns[starts[ask->found[i].rank]++] = (uint32_t)i;
    }
}

/* By line, in their order: view->turns. */
static cord_status put_in_order(struct ask *ask, struct cord_error *err)
{
    struct cord_record_view *view = ask->view;
    cord_status status = rank_all(ask, err);
    if (status != CORD_OK || ask->count == 0) {
        return status;
    }
    if (view->turns_cap < view->found_cap) {
        free(view->turns);
        view->turns = malloc(view->found_cap * sizeof *view->turns);
        view->turns_cap = view->turns ? view->found_cap : 0;
    }
    uint32_t *starts = calloc(ask->order->count + 1, sizeof *starts);
    if (!view->turns || !starts || ask->count > UINT32_MAX) {
        free(starts);
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    deal(ask, starts, ask->order->count, view->turns);
    free(starts);
    return CORD_OK;
}

static int by_time(const void *a, const void *b)
{
    const struct cord_record_view_found *left = a;
    const struct cord_record_view_found *right = b;
    return left->valid_from_ns < right->valid_from_ns ? -1
                                                      : left->valid_from_ns > right->valid_from_ns;
}

/* Turns of one line, which are few, and mostly in order; of very many the answers themselves, which
 * then lie where the first of them did. */
static cord_status sort_by_time(struct ask *ask, uint32_t *turns, size_t count)
{
    const struct cord_record_view_found *found = ask->found;
    for (size_t i = 1; i < count && count <= FEW; i++) {
        uint32_t turn = turns[i];
        size_t at = i;
        for (; at > 0 && found[turns[at - 1]].valid_from_ns > found[turn].valid_from_ns; at--) {
            turns[at] = turns[at - 1];
        }
        turns[at] = turn;
    }
    if (count <= FEW) {
        return CORD_OK;
    }
    struct cord_record_view_found *sorted = malloc(count * sizeof *sorted);
    if (!sorted) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        sorted[i] = found[turns[i]];
    }
    qsort(sorted, count, sizeof *sorted, by_time);
    for (size_t i = 0; i < count; i++) {
        ask->found[turns[i]] = sorted[i];
    }
    free(sorted);
    return CORD_OK;
}

static int64_t open_or(int64_t time_ns)
{
    return time_ns == CORD_RECORD_OPEN_NS ? CORD_TIME_NONE : time_ns;
}

/* What an answer has of its line, which is the same in each of it. */
static struct cord_answer begin_answers(const struct ask *ask,
                                        const struct cord_record_view_line *line)
{
    return (struct cord_answer){.topic = ask->name,
                                .subject = line->subject,
                                .part = line->part,
                                .claimant = line->claimant};
}

static inline void put_found(struct cord_answer *answer, const struct cord_record_view_found *found)
{
    const char *texts = found->texts;
    answer->state = (cord_str){texts, found->state_len};
    answer->amount = (cord_str){texts + found->state_len, found->amount_len};
    answer->unit = (cord_str){texts + found->state_len + found->amount_len, found->unit_len};
    answer->valid_from_ns = found->valid_from_ns;
    answer->valid_to_ns = open_or(found->valid_to_ns);
    answer->known_from_ns = found->known_from_ns;
    answer->known_to_ns = open_or(found->known_to_ns);
    answer->claim = found->claim;
    answer->basis = (enum cord_claim_basis)found->basis;
    answer->confidence = found->confidence;
}

/* As they were found. */
static cord_status hand_out(struct ask *ask, cord_answer_visit visit, void *self,
                            struct cord_error *err)
{
    struct cord_record_view_line *line = NULL;
    cord_status status = CORD_OK;
    for (size_t i = 0; status == CORD_OK && i < ask->count; i++) {
        status = line_at(ask, i, &line, err);
        if (status != CORD_OK) {
            return status;
        }
        struct cord_answer answer = begin_answers(ask, line);
        put_found(&answer, &ask->found[i]);
        status = visit(self, &answer);
    }
    return status == CORD_E_END ? CORD_OK : status;
}

/* Memory of later turns, the answer first, then its line. */
static void look_at_turns(const struct ask *ask, const uint32_t *turns, size_t at)
{
    if (at + (size_t)2 * AHEAD < ask->count) {
        __builtin_prefetch(&ask->found[turns[at + (size_t)2 * AHEAD]]);
    }
    if (at + AHEAD < ask->count) {
        __builtin_prefetch(ask->order->lines[ask->found[turns[at + AHEAD]].rank]);
    }
}

/* By line, and of each by time. */
static cord_status hand_out_in_order(struct ask *ask, cord_answer_visit visit, void *self,
                                     struct cord_error *err)
{
    uint32_t *turns = ask->view->turns;
    cord_status status = CORD_OK;
    for (size_t first = 0, end; status == CORD_OK && first < ask->count; first = end) {
        uint32_t rank = ask->found[turns[first]].rank;
        for (end = first; end < ask->count && ask->found[turns[end]].rank == rank; end++) {
            look_at_turns(ask, turns, end);
        }
        if (sort_by_time(ask, &turns[first], end - first) != CORD_OK) {
            return cord_error_set(err, CORD_E_NOMEM, "out of memory");
        }
        struct cord_answer answer = begin_answers(ask, ask->order->lines[rank]);
        for (size_t i = first; status == CORD_OK && i < end; i++) {
            put_found(&answer, &ask->found[turns[i]]);
            status = visit(self, &answer);
        }
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
    memset(view->kept_texts, 0, sizeof view->kept_texts);
    if (view->found_cap > FOUND_BYTES_KEPT / sizeof *view->found) {
        free(view->found);
        free(view->turns);
        view->found = NULL;
        view->turns = NULL;
        view->found_cap = 0;
        view->turns_cap = 0;
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
    status = ask->days         ? ask_days(ask, err)
             : subject.len > 0 ? ask_subject(ask, subject, err)
                               : ask_all(ask, err);
    if (status != CORD_OK || subject.len > 0) { /* lines of one subject were found in order */
        return status == CORD_OK ? hand_out(ask, visit, self, err) : status;
    }
    status = put_in_order(ask, err);
    return status == CORD_OK ? hand_out_in_order(ask, visit, self, err) : status;
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
