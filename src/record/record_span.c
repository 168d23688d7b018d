/* record_span.c: see record_span.h. */
#include "record/record_span.h"

#include "base/arena.h"
#include "base/vec.h"
#include "record/record_lines.h"
#include "record/record_row.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROWS = 64, TOPICS = 256, ARENA_BYTES_MAX = 4 << 20, PART_BYTES_MAX = CORD_CLAIM_VALUE_MAX };

enum statement {
    GET,
    BEFORE,
    STANDING,
    TOPIC_FIND,
    TOPIC_ADD,
    LINE_FIND,
    LINE_ADD,
    REVISION_ADD,
    REVISION_FIND,
    OVERLAP,
    ADD,
    CLOSE,
    DROP,
    STATEMENTS,
};

static const enum cord_record_statement statement_texts[STATEMENTS] = {
    [GET] = CORD_RECORD_CLAIM_GET,
    [BEFORE] = CORD_RECORD_CLAIMS_BEFORE,
    [STANDING] = CORD_RECORD_CLAIM_STANDING,
    [TOPIC_FIND] = CORD_RECORD_TOPIC_FIND,
    [TOPIC_ADD] = CORD_RECORD_TOPIC_ADD,
    [LINE_FIND] = CORD_RECORD_LINE_FIND,
    [LINE_ADD] = CORD_RECORD_LINE_ADD,
    [REVISION_ADD] = CORD_RECORD_REVISION_ADD,
    [REVISION_FIND] = CORD_RECORD_REVISION_FIND,
    [OVERLAP] = CORD_RECORD_SPANS_OVERLAP,
    [ADD] = CORD_RECORD_SPAN_ADD,
    [CLOSE] = CORD_RECORD_SPAN_CLOSE,
    [DROP] = CORD_RECORD_SPAN_DROP,
};

struct topic {
    const char *name; /* of the table of kinds: pointers compare */
    int64_t id;
};

/* A stretch of time. */
struct stretch {
    int64_t from, to;
};

struct cord_record_spans {
    struct cord_sql_statement *statements[STATEMENTS];
    struct topic topics[TOPICS];
    size_t topic_count;
    int64_t next_topic;
    int64_t next_line;
    struct cord_record_lines *lines;
    struct cord_record_shelf *shelf;
    struct cord_sql *sql;
    char schema[16];
    struct cord_arena *arena; /* for one claim */
    struct cord_buf part;
    struct stretch *gaps;
    size_t gap_count;
    size_t gap_cap;
};

/* --- life --- */

static cord_status next_number(struct cord_record_spans *spans, const char *table,
                               int64_t *ret_next, struct cord_error *err)
{
    char text[96];
    (void)snprintf(text, sizeof text, "SELECT coalesce(max(id), 0) + 1 FROM %s.%s", spans->schema,
                   table);
    return cord_sql_number(spans->sql, text, ret_next, err);
}

cord_status cord_record_spans_new(struct cord_sql *sql, const char *schema,
                                  struct cord_record_spans **ret_spans, struct cord_error *err)
{
    struct cord_record_spans *spans = calloc(1, sizeof *spans);
    cord_status status = CORD_OK;
    if (!spans) {
        return CORD_E_NOMEM;
    }
    spans->sql = sql;
    (void)snprintf(spans->schema, sizeof spans->schema, "%s", schema);
    cord_buf_init(&spans->part, PART_BYTES_MAX);
    spans->arena = cord_arena_new(ARENA_BYTES_MAX);
    if (!spans->arena || cord_record_lines_new(&spans->lines) != CORD_OK) {
        status = CORD_E_NOMEM;
    }
    if (status == CORD_OK) {
        status = cord_record_shelf_new(sql, schema, &spans->shelf, err);
    }
    for (size_t i = 0; status == CORD_OK && i < STATEMENTS; i++) {
        status =
            cord_record_sql_prepare(sql, schema, statement_texts[i], &spans->statements[i], err);
    }
    if (status != CORD_OK) {
        cord_record_spans_free(spans);
        return status;
    }
    *ret_spans = spans;
    return CORD_OK;
}

void cord_record_spans_free(struct cord_record_spans *spans)
{
    if (!spans) {
        return;
    }
    for (size_t i = 0; i < STATEMENTS; i++) {
        cord_sql_free(spans->statements[i]);
    }
    cord_record_shelf_free(spans->shelf);
    cord_record_lines_free(spans->lines);
    cord_arena_free(spans->arena);
    cord_buf_done(&spans->part);
    free(spans->gaps);
    free(spans);
}

void cord_record_spans_forget(struct cord_record_spans *spans)
{
    cord_record_lines_clear(spans->lines);
    spans->topic_count = 0;
    spans->next_topic = 0;
    spans->next_line = 0;
}

/* --- topics and lines --- */

static cord_status topic_id(struct cord_record_spans *spans, const char *name, int64_t *ret_id,
                            struct cord_error *err)
{
    for (size_t i = 0; i < spans->topic_count; i++) {
        if (spans->topics[i].name == name) {
            *ret_id = spans->topics[i].id;
            return CORD_OK;
        }
    }
    struct cord_sql_statement *find = spans->statements[TOPIC_FIND];
    cord_sql_bind_text(find, 1, cord_str_from(name));
    cord_status status = cord_sql_step(find, err);
    if (status == CORD_OK) {
        *ret_id = cord_sql_column(find, 0);
        cord_sql_reset(find);
    } else if (status == CORD_E_END) {
        status =
            spans->next_topic > 0 ? CORD_OK : next_number(spans, "topics", &spans->next_topic, err);
        if (status == CORD_OK) {
            *ret_id = spans->next_topic++;
            cord_sql_bind(spans->statements[TOPIC_ADD], 1, *ret_id);
            cord_sql_bind_text(spans->statements[TOPIC_ADD], 2, cord_str_from(name));
            status = cord_sql_run(spans->statements[TOPIC_ADD], err);
        }
    }
    if (status == CORD_OK && spans->topic_count < TOPICS) {
        spans->topics[spans->topic_count++] = (struct topic){name, *ret_id};
    }
    return status;
}

/* The day that a claim's line is about; 0: none. */
static int64_t day_of(const struct cord_claim *claim)
{
    for (const struct cord_member *member = claim->kind->members; member->type != CORD_MEMBER_END;
         member++) {
        int64_t time_ns = 0;
        if (member->key && member->type == CORD_MEMBER_DATE &&
            cord_timestamp_parse(cord_claim_member(claim->value, member->name), &time_ns)) {
            return cord_record_shelf_day(time_ns);
        }
    }
    return 0;
}

static void bind_line(struct cord_record_spans *spans, enum statement which, int64_t topic,
                      const struct cord_claim *claim)
{
    struct cord_sql_statement *statement = spans->statements[which];
    cord_sql_bind(statement, 1, topic);
    cord_sql_bind_text(statement, 2, claim->subject);
    cord_sql_bind_text(statement, 3, claim->claimant);
    cord_sql_bind_text(statement, 4, cord_buf_str(&spans->part));
}

/* Of its topic; what is about a day is seldom said again, and not remembered. CORD_E_END: it is not
 * there. */
static cord_status find_line(struct cord_record_spans *spans, const struct cord_claim *claim,
                             struct cord_record_shelf_line *line, struct cord_error *err)
{
    line->day = day_of(claim);
    cord_buf_clear(&spans->part);
    cord_claim_write_part(claim, &spans->part);
    if (spans->part.failed) {
        return CORD_E_NOMEM;
    }
    const struct cord_record_line_name name = {line->topic, claim->subject, claim->claimant,
                                               cord_buf_str(&spans->part)};
    int64_t known = line->day == 0 ? cord_record_lines_get(spans->lines, &name) : 0;
    if (known > 0) {
        line->id = known;
        return CORD_OK;
    }
    bind_line(spans, LINE_FIND, line->topic, claim);
    cord_status status = cord_sql_step(spans->statements[LINE_FIND], err);
    if (status == CORD_OK) {
        line->id = cord_sql_column(spans->statements[LINE_FIND], 0);
        cord_sql_reset(spans->statements[LINE_FIND]);
        if (line->day == 0) {
            cord_record_lines_put(spans->lines, &name, line->id);
        }
    }
    return status;
}

static cord_status line_by_number(struct cord_record_spans *spans, uint64_t claim,
                                  struct cord_record_shelf_line *line, struct cord_error *err)
{
    struct cord_sql_statement *find = spans->statements[REVISION_FIND];
    cord_sql_bind(find, 1, (int64_t)claim);
    cord_status status = cord_sql_step(find, err);
    if (status == CORD_OK) {
        line->id = cord_sql_column(find, 0);
        line->day = cord_sql_column(find, 1);
        cord_sql_reset(find);
    }
    return status;
}

static cord_status missing(cord_status status, uint64_t claim, struct cord_error *err)
{
    return status != CORD_E_END
               ? status
               : cord_error_set(err, CORD_E_DAMAGED, "claim %" PRIu64 " is on no line", claim);
}

static cord_status find_topic(struct cord_record_spans *spans, const struct cord_claim *claim,
                              struct cord_record_shelf_line *line, struct cord_error *err)
{
    line->base = cord_record_shelf_base(claim->kind->topic);
    return topic_id(spans, claim->kind->topic, &line->topic, err);
}

/* The line of a claim that has been applied, of its topic. */
static cord_status line_of(struct cord_record_spans *spans, const struct cord_claim *claim,
                           struct cord_record_shelf_line *line, struct cord_error *err)
{
    cord_status status = claim->kind->effect == CORD_CLAIM_REVISES
                             ? line_by_number(spans, claim->number, line, err)
                             : find_line(spans, claim, line, err);
    return missing(status, claim->number, err);
}

static cord_status add_line(struct cord_record_spans *spans, const struct cord_claim *claim,
                            struct cord_record_shelf_line *line, struct cord_error *err)
{
    cord_status status =
        spans->next_line > 0 ? CORD_OK : next_number(spans, "lines", &spans->next_line, err);
    if (status == CORD_OK) {
        line->id = spans->next_line++;
        bind_line(spans, LINE_ADD, line->topic, claim);
        cord_sql_bind(spans->statements[LINE_ADD], 5, line->id);
        cord_sql_bind(spans->statements[LINE_ADD], 6, line->day);
        status = cord_sql_run(spans->statements[LINE_ADD], err);
    }
    return status;
}

/* --- spans --- */

static cord_status add_span(struct cord_record_spans *spans,
                            const struct cord_record_shelf_line *line,
                            const struct cord_record_span *span, struct cord_error *err)
{
    struct cord_sql_statement *add = spans->statements[ADD];
    cord_sql_bind(add, CORD_RECORD_SPAN_LINE + 1, span->line);
    cord_sql_bind(add, CORD_RECORD_SPAN_VALID_FROM + 1, span->valid_from_ns);
    cord_sql_bind(add, CORD_RECORD_SPAN_VALID_TO + 1, span->valid_to_ns);
    cord_sql_bind(add, CORD_RECORD_SPAN_KNOWN_FROM + 1, span->known_from_ns);
    cord_sql_bind(add, CORD_RECORD_SPAN_KNOWN_TO + 1, span->known_to_ns);
    cord_sql_bind(add, CORD_RECORD_SPAN_CLAIM + 1, (int64_t)span->claim);
    cord_sql_bind_some(add, CORD_RECORD_SPAN_STATE + 1, span->state);
    cord_sql_bind_some(add, CORD_RECORD_SPAN_AMOUNT + 1, span->amount);
    cord_sql_bind_some(add, CORD_RECORD_SPAN_UNIT + 1, span->unit);
    cord_sql_bind(add, CORD_RECORD_SPAN_BASIS + 1, span->basis);
    cord_sql_bind(add, CORD_RECORD_SPAN_CONFIDENCE + 1, span->confidence);
    cord_status status = cord_sql_run(add, err);
    return status == CORD_OK ? cord_record_shelf_put(spans->shelf, line, span, err) : status;
}

/* It is known no longer from `now` on. What was known for no time at all is gone. */
static cord_status end_span(struct cord_record_spans *spans,
                            const struct cord_record_shelf_line *line,
                            const struct cord_record_span *span, int64_t now,
                            struct cord_error *err)
{
    bool gone = span->known_from_ns >= now;
    struct cord_sql_statement *end = spans->statements[gone ? DROP : CLOSE];
    cord_sql_bind(end, 1, line->id);
    cord_sql_bind(end, 2, span->valid_from_ns);
    if (!gone) {
        cord_sql_bind(end, 3, now);
    }
    cord_status status = cord_sql_run(end, err);
    if (status != CORD_OK) {
        return status;
    }
    return gone ? cord_record_shelf_drop(spans->shelf, line, span, err)
                : cord_record_shelf_close(spans->shelf, line, span, now, err);
}

static cord_status keep_span(struct cord_record_spans *spans, struct cord_record_span *span)
{
    struct cord_sql_statement *row = spans->statements[OVERLAP];
    *span = (struct cord_record_span){
        .line = cord_sql_column(row, CORD_RECORD_SPAN_LINE),
        .valid_from_ns = cord_sql_column(row, CORD_RECORD_SPAN_VALID_FROM),
        .valid_to_ns = cord_sql_column(row, CORD_RECORD_SPAN_VALID_TO),
        .known_from_ns = cord_sql_column(row, CORD_RECORD_SPAN_KNOWN_FROM),
        .known_to_ns = CORD_RECORD_OPEN_NS,
        .claim = (uint64_t)cord_sql_column(row, CORD_RECORD_SPAN_CLAIM),
        .state = cord_arena_copy(spans->arena, cord_sql_column_text(row, CORD_RECORD_SPAN_STATE)),
        .amount = cord_arena_copy(spans->arena, cord_sql_column_text(row, CORD_RECORD_SPAN_AMOUNT)),
        .unit = cord_arena_copy(spans->arena, cord_sql_column_text(row, CORD_RECORD_SPAN_UNIT)),
        .basis = (unsigned char)cord_sql_column(row, CORD_RECORD_SPAN_BASIS),
        .confidence = (unsigned char)cord_sql_column(row, CORD_RECORD_SPAN_CONFIDENCE),
    };
    return span->state.ptr && span->amount.ptr && span->unit.ptr ? CORD_OK
                                                                 : cord_arena_failure(spans->arena);
}

/* The last of the line's spans that are still known and overlap the stretch; of these claims. */
struct found {
    struct stretch valid;
    uint64_t first, last;
    struct cord_record_span rows[ROWS];
    size_t count;
};

static cord_status find_overlapped(struct cord_record_spans *spans,
                                   const struct cord_record_shelf_line *line, struct found *found,
                                   struct cord_error *err)
{
    struct cord_sql_statement *row = spans->statements[OVERLAP];
    cord_status status = CORD_OK;
    found->count = 0;
    cord_sql_bind(row, 1, line->id);
    cord_sql_bind(row, 2, found->valid.to);
    while (found->count < ROWS && (status = cord_sql_step(row, err)) == CORD_OK) {
        uint64_t claim = (uint64_t)cord_sql_column(row, CORD_RECORD_SPAN_CLAIM);
        bool of_it = claim >= found->first && claim <= found->last;
        /* What is still known does not overlap: those before it end before it. */
        bool first = cord_sql_column(row, CORD_RECORD_SPAN_VALID_FROM) <= found->valid.from;
        if (of_it && cord_sql_column(row, CORD_RECORD_SPAN_VALID_TO) > found->valid.from) {
            status = keep_span(spans, &found->rows[found->count++]);
        }
        if (status != CORD_OK || first) {
            break;
        }
    }
    cord_sql_reset(row);
    return status == CORD_E_END ? CORD_OK : status;
}

/* What of a span lies outside of the stretch goes on, known anew. */
static cord_status add_rest(struct cord_record_spans *spans,
                            const struct cord_record_shelf_line *line,
                            const struct cord_record_span *span, struct stretch valid, int64_t now,
                            struct cord_error *err)
{
    struct cord_record_span rest = *span;
    cord_status status = CORD_OK;
    rest.known_from_ns = now;
    rest.known_to_ns = CORD_RECORD_OPEN_NS;
    if (span->valid_from_ns < valid.from) {
        rest.valid_to_ns = valid.from;
        status = add_span(spans, line, &rest, err);
    }
    if (status == CORD_OK && span->valid_to_ns > valid.to) {
        rest.valid_from_ns = valid.to;
        rest.valid_to_ns = span->valid_to_ns;
        status = add_span(spans, line, &rest, err);
    }
    return status;
}

/* Nothing is known of the stretch any more on this line, of claims up to `last`. */
static cord_status clear_stretch(struct cord_record_spans *spans,
                                 const struct cord_record_shelf_line *line, struct stretch valid,
                                 uint64_t last, int64_t now, struct cord_error *err)
{
    struct found found; /* its rows need no zeroes */
    found.valid = valid;
    found.first = 0;
    found.last = last;
    cord_status status;
    do {
        cord_arena_reset(spans->arena);
        status = find_overlapped(spans, line, &found, err);
        for (size_t i = 0; status == CORD_OK && i < found.count; i++) {
            status = end_span(spans, line, &found.rows[i], now, err);
            if (status == CORD_OK) {
                status = add_rest(spans, line, &found.rows[i], valid, now, err);
            }
        }
    } while (status == CORD_OK && found.count == ROWS);
    return status;
}

static struct stretch stretch_of(const struct cord_claim *claim)
{
    return (struct stretch){claim->valid_from_ns, claim->valid_to_ns == CORD_TIME_NONE
                                                      ? CORD_RECORD_OPEN_NS
                                                      : claim->valid_to_ns};
}

static struct cord_record_span span_of(const struct cord_claim *claim,
                                       const struct cord_record_shelf_line *line,
                                       struct stretch valid, int64_t now)
{
    return (struct cord_record_span){
        .line = line->id,
        .valid_from_ns = valid.from,
        .valid_to_ns = valid.to,
        .known_from_ns = now,
        .known_to_ns = CORD_RECORD_OPEN_NS,
        .claim = claim->number,
        .state = cord_claim_state(claim),
        .amount = claim->amount,
        .unit = claim->unit,
        .basis = (unsigned char)claim->basis,
        .confidence = (unsigned char)claim->confidence,
    };
}

/* --- what stands --- */

/* What became of a claim by the time of a later one. */
struct standing {
    bool retracted;
    bool replaced; /* something was said instead, and that or what was said instead of it counts */
    uint64_t supersedes;
};

static cord_status read_standing(struct cord_record_spans *spans, uint64_t claim, uint64_t until,
                                 struct standing *ret_standing, struct cord_error *err)
{
    struct cord_sql_statement *row = spans->statements[STANDING];
    cord_sql_bind(row, 1, (int64_t)claim);
    cord_sql_bind(row, 2, (int64_t)until);
    cord_status status = missing(cord_sql_step(row, err), claim, err);
    if (status == CORD_OK) {
        *ret_standing = (struct standing){.retracted = cord_sql_column(row, 0) != 0,
                                          .replaced = cord_sql_column(row, 1) != 0,
                                          .supersedes = (uint64_t)cord_sql_column(row, 2)};
        cord_sql_reset(row);
    }
    return status;
}

/* It holds, where nothing later on its line does. */
static bool stands(const struct standing *standing)
{
    return !standing->retracted && !standing->replaced;
}

/* What it was said instead of does not hold. */
static bool counts(const struct standing *standing)
{
    return !standing->retracted || standing->replaced;
}

/* --- taking back --- */

static cord_status add_gap(struct cord_record_spans *spans, int64_t from, int64_t to)
{
    if (from >= to) {
        return CORD_OK;
    }
    struct stretch *gaps =
        cord_vec_room(spans->gaps, spans->gap_count, &spans->gap_cap, sizeof *gaps);
    if (!gaps) {
        return CORD_E_NOMEM;
    }
    spans->gaps = gaps;
    gaps[spans->gap_count++] = (struct stretch){from, to};
    return CORD_OK;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Takes a stretch out of gap `at`: what is left in front stays there, what is behind is
 * appended. */
static cord_status cut_gap(struct cord_record_spans *spans, size_t at, struct stretch filled)
{
    struct stretch gap = spans->gaps[at];
    spans->gaps[at].to = later(gap.from, earlier(gap.to, filled.from));
    return add_gap(spans, later(gap.from, filled.to), gap.to);
}

/* Ends what is known by a claim, and notes of which times: but for what `anew` covers. */
static cord_status end_claim(struct cord_record_spans *spans, const struct cord_claim *back,
                             const struct cord_record_shelf_line *line, struct stretch anew,
                             int64_t now, struct cord_error *err)
{
    struct found found; /* its rows need no zeroes */
    found.valid = stretch_of(back);
    found.first = back->number;
    found.last = back->number;
    cord_status status;
    spans->gap_count = 0;
    do {
        cord_arena_reset(spans->arena);
        status = find_overlapped(spans, line, &found, err);
        for (size_t i = 0; status == CORD_OK && i < found.count; i++) {
            const struct cord_record_span *row = &found.rows[i];
            status = end_span(spans, line, row, now, err);
            if (status == CORD_OK) {
                status = add_gap(spans, row->valid_from_ns, earlier(row->valid_to_ns, anew.from));
            }
            if (status == CORD_OK) {
                status = add_gap(spans, later(row->valid_from_ns, anew.to), row->valid_to_ns);
            }
        }
    } while (status == CORD_OK && found.count == ROWS);
    return status;
}

/* An earlier claim of the same subject is on the line, and stands as of claim `by`. */
static cord_status is_beneath(struct cord_record_spans *spans, const struct cord_claim *claim,
                              const struct cord_claim *by,
                              const struct cord_record_shelf_line *line, bool *ret_beneath)
{
    struct cord_record_shelf_line found = {.id = 0};
    struct standing standing;
    cord_status status = find_topic(spans, claim, &found, NULL);
    *ret_beneath = false;
    if (status != CORD_OK || found.topic != line->topic) {
        return status;
    }
    status = claim->kind->effect == CORD_CLAIM_REVISES
                 ? line_by_number(spans, claim->number, &found, NULL)
                 : find_line(spans, claim, &found, NULL);
    if (status != CORD_OK || found.id != line->id) {
        return status == CORD_E_END ? CORD_OK : status;
    }
    status = read_standing(spans, claim->number, by->number, &standing, NULL);
    *ret_beneath = status == CORD_OK && stands(&standing);
    return status;
}

static cord_status fill_from(struct cord_record_spans *spans, const struct cord_claim *claim,
                             const struct cord_record_shelf_line *line, int64_t now,
                             struct cord_error *err)
{
    struct stretch valid = stretch_of(claim);
    cord_status status = CORD_OK;
    size_t count = spans->gap_count; /* what is appended lies outside of `valid` */
    for (size_t i = 0; status == CORD_OK && i < count; i++) {
        struct stretch filled = {later(valid.from, spans->gaps[i].from),
                                 earlier(valid.to, spans->gaps[i].to)};
        if (filled.from >= filled.to) {
            continue;
        }
        const struct cord_record_span span = span_of(claim, line, filled, now);
        status = add_span(spans, line, &span, err);
        if (status == CORD_OK) {
            status = cut_gap(spans, i, filled);
        }
    }
    size_t left = 0;
    for (size_t i = 0; i < spans->gap_count; i++) {
        if (spans->gaps[i].from < spans->gaps[i].to) {
            spans->gaps[left++] = spans->gaps[i];
        }
    }
    spans->gap_count = left;
    return status;
}

/* What the claims before the one that is taken back say of the gaps that it leaves. */
static cord_status fill_gaps(struct cord_record_spans *spans, const struct cord_claim *back,
                             const struct cord_claim *by, const struct cord_record_shelf_line *line,
                             struct cord_error *err)
{
    struct cord_sql_statement *row = spans->statements[BEFORE];
    cord_status status = CORD_OK;
    cord_sql_bind_text(row, 1, back->subject);
    cord_sql_bind(row, 2, (int64_t)back->number);
    while (spans->gap_count > 0 && (status = cord_sql_step(row, err)) == CORD_OK) {
        struct cord_claim claim;
        struct cord_digest hash;
        bool beneath = false;
        status = cord_record_row_read(row, by->exercise, &claim, &hash, err);
        if (status == CORD_OK) {
            status = is_beneath(spans, &claim, by, line, &beneath);
        }
        if (status == CORD_OK && beneath) {
            status = fill_from(spans, &claim, line, by->recorded_ns, err);
        }
        if (status != CORD_OK) {
            break;
        }
    }
    cord_sql_reset(row);
    return status == CORD_E_END ? CORD_OK : status;
}

/* --- holding again --- */

/* What of the stretch nothing is known of on the line. */
static cord_status find_bare(struct cord_record_spans *spans,
                             const struct cord_record_shelf_line *line, struct stretch valid,
                             struct cord_error *err)
{
    struct cord_sql_statement *row = spans->statements[OVERLAP];
    cord_status status = CORD_OK;
    int64_t bare_to = valid.to;
    spans->gap_count = 0;
    cord_sql_bind(row, 1, line->id);
    cord_sql_bind(row, 2, valid.to);
    while (status == CORD_OK && bare_to > valid.from &&
           (status = cord_sql_step(row, err)) == CORD_OK) {
        int64_t to = cord_sql_column(row, CORD_RECORD_SPAN_VALID_TO);
        status = add_gap(spans, later(to, valid.from), bare_to);
        bare_to = cord_sql_column(row, CORD_RECORD_SPAN_VALID_FROM);
    }
    cord_sql_reset(row);
    return status == CORD_OK || status == CORD_E_END ? add_gap(spans, valid.from, bare_to) : status;
}

/* A claim holds again: over those that were there before it, under those that came later. */
static cord_status raise_claim(struct cord_record_spans *spans, const struct cord_claim *claim,
                               const struct cord_record_shelf_line *line, int64_t now,
                               struct cord_error *err)
{
    struct stretch valid = stretch_of(claim);
    cord_status status = clear_stretch(spans, line, valid, claim->number - 1, now, err);
    if (status == CORD_OK) {
        status = find_bare(spans, line, valid, err);
    }
    return status == CORD_OK ? fill_from(spans, claim, line, now, err) : status;
}

/* --- what a later claim changes --- */

/* The earlier claim, borrowing its statement. */
static cord_status read_back(struct cord_record_spans *spans, const struct cord_claim *by,
                             uint64_t number, struct cord_claim *back, struct cord_error *err)
{
    struct cord_digest hash;
    struct cord_sql_statement *get = spans->statements[GET];
    cord_sql_bind(get, 1, (int64_t)number);
    cord_status status = missing(cord_sql_step(get, err), number, err);
    if (status == CORD_OK) {
        status = cord_record_row_read(get, by->exercise, back, &hash, err);
    }
    bool of_any_topic = by->kind->effect == CORD_CLAIM_RETRACTS;
    if (status == CORD_OK && !of_any_topic && back->kind->topic != by->kind->topic) {
        status =
            cord_error_set(err, CORD_E_FORMAT, "claim %" PRIu64 " is of another topic", number);
    }
    return status;
}

/* Its line holds it from now on, or no longer. `line`: that of `by`. */
static cord_status settle(struct cord_record_spans *spans, const struct cord_claim *by,
                          const struct cord_record_shelf_line *line, uint64_t number, bool holds,
                          struct cord_error *err)
{
    const struct stretch none = {CORD_RECORD_OPEN_NS, CORD_RECORD_OPEN_NS};
    struct cord_claim back;
    struct cord_record_shelf_line line_back = {.id = 0};
    cord_status status = read_back(spans, by, number, &back, err);
    if (status == CORD_OK) {
        status = find_topic(spans, &back, &line_back, err);
    }
    if (status == CORD_OK) {
        status = line_of(spans, &back, &line_back, err);
    }
    if (status == CORD_OK && holds) {
        status = raise_claim(spans, &back, &line_back, by->recorded_ns, err);
    } else if (status == CORD_OK) {
        struct stretch anew = line->id == line_back.id ? stretch_of(by) : none;
        status = end_claim(spans, &back, &line_back, anew, by->recorded_ns, err);
        status = status == CORD_OK ? fill_gaps(spans, &back, by, &line_back, err) : status;
    }
    cord_sql_reset(spans->statements[GET]);
    return status;
}

/* Up the chain of what was said instead of what: as far as something changes. */
static cord_status change_standings(struct cord_record_spans *spans, const struct cord_claim *by,
                                    const struct cord_record_shelf_line *line,
                                    struct cord_error *err)
{
    cord_status status = CORD_OK;
    for (uint64_t number = by->supersedes; status == CORD_OK && number > 0;) {
        struct standing before;
        struct standing after;
        status = read_standing(spans, number, by->number - 1, &before, err);
        if (status == CORD_OK) {
            status = read_standing(spans, number, by->number, &after, err);
        }
        if (status == CORD_OK && stands(&before) != stands(&after)) {
            status = settle(spans, by, line, number, stands(&after), err);
        }
        if (status == CORD_OK) {
            number = counts(&before) != counts(&after) ? after.supersedes : 0;
        }
    }
    return status;
}

/* A revision is on the line of what it revises. */
static cord_status join_line(struct cord_record_spans *spans, const struct cord_claim *claim,
                             struct cord_record_shelf_line *line, struct cord_error *err)
{
    struct cord_claim back;
    cord_status status = read_back(spans, claim, claim->supersedes, &back, err);
    if (status == CORD_OK) {
        status = line_of(spans, &back, line, err);
    }
    if (status == CORD_OK) {
        cord_sql_bind(spans->statements[REVISION_ADD], 1, (int64_t)claim->number);
        cord_sql_bind(spans->statements[REVISION_ADD], 2, line->id);
        status = cord_sql_run(spans->statements[REVISION_ADD], err);
    }
    cord_sql_reset(spans->statements[GET]);
    return status;
}

cord_status cord_record_spans_apply(struct cord_record_spans *spans, const struct cord_claim *claim,
                                    struct cord_error *err)
{
    struct cord_record_shelf_line line = {.id = 0};
    if (claim->kind->effect == CORD_CLAIM_ACTS) {
        return CORD_OK;
    }
    if (claim->kind->effect == CORD_CLAIM_RETRACTS) {
        return change_standings(spans, claim, &line, err); /* and says nothing instead */
    }
    cord_status status = find_topic(spans, claim, &line, err);
    if (status == CORD_OK && claim->kind->effect != CORD_CLAIM_REVISES) {
        status = find_line(spans, claim, &line, err);
        status = status == CORD_E_END ? add_line(spans, claim, &line, err) : status;
    }
    if (status == CORD_OK && claim->kind->effect == CORD_CLAIM_REVISES) {
        status = join_line(spans, claim, &line, err);
    }
    if (status == CORD_OK) {
        status = change_standings(spans, claim, &line, err);
    }
    if (status == CORD_OK) {
        status =
            clear_stretch(spans, &line, stretch_of(claim), UINT64_MAX, claim->recorded_ns, err);
    }
    if (status == CORD_OK) {
        const struct cord_record_span span =
            span_of(claim, &line, stretch_of(claim), claim->recorded_ns);
        status = add_span(spans, &line, &span, err);
    }
    return status;
}
