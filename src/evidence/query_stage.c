/* query_stage.c: the part of a query behind the first '|'; see query.h. */
#include "evidence/query_internal.h"

#include "base/nearest.h"
#include "base/timestamp.h"

enum { TOP_DEFAULT = 10, COLUMNS_MAX = 2 * CORD_QUERY_FIELDS_MAX + 4 };

struct reader {
    struct cord_query_lex *lex;
    struct cord_query *query;
    struct cord_query_stage *stage;
    size_t at; /* where the verb stands */
};

typedef cord_status read_fn(struct reader *reader);

static cord_status read_count(struct reader *reader);
static cord_status read_timeline(struct reader *reader);
static cord_status read_top(struct reader *reader);
static cord_status read_distinct(struct reader *reader);
static cord_status read_stats(struct reader *reader);
static cord_status read_ends(struct reader *reader);
static cord_status read_sort(struct reader *reader);
static cord_status read_fields(struct reader *reader);
static cord_status read_head(struct reader *reader);

static const struct {
    const char *word;
    read_fn *read;
} verbs[] = {
    [CORD_QUERY_COUNT] = {"count", read_count},
    [CORD_QUERY_TIMELINE] = {"timeline", read_timeline},
    [CORD_QUERY_TOP] = {"top", read_top},
    [CORD_QUERY_DISTINCT] = {"distinct", read_distinct},
    [CORD_QUERY_STATS] = {"stats", read_stats},
    [CORD_QUERY_FIRST] = {"first", read_ends},
    [CORD_QUERY_LAST] = {"last", read_ends},
    [CORD_QUERY_SORT] = {"sort", read_sort},
    [CORD_QUERY_FIELDS] = {"fields", read_fields},
    [CORD_QUERY_HEAD] = {"head", read_head},
};

enum { VERB_COUNT = sizeof verbs / sizeof *verbs };

/* What other languages call them. */
static const char *const elsewhere[][2] = {
    {"limit", "head"},      {"take", "head"},          {"tail", "last"},    {"table", "fields"},
    {"project", "fields"},  {"select", "fields"},      {"dc", "distinct"},  {"dedup", "distinct"},
    {"uniq", "distinct"},   {"timechart", "timeline"}, {"bin", "timeline"}, {"order", "sort"},
    {"summarize", "stats"}, {"aggregate", "stats"},
};

static const struct {
    const char *word;
    enum cord_query_function function;
} functions[] = {
    {"count", CORD_QUERY_FN_COUNT}, {"min", CORD_QUERY_FN_MIN}, {"max", CORD_QUERY_FN_MAX},
    {"avg", CORD_QUERY_FN_AVG},     {"sum", CORD_QUERY_FN_SUM},
};

enum { FUNCTION_COUNT = sizeof functions / sizeof *functions };

static bool ends_word(char c)
{
    return c == '\0' || cord_query_lex_is_blank(c) || (c != '\0' && strchr(",|()\"", c));
}

static cord_str peek_word(const struct cord_query_lex *lex)
{
    size_t len = 0;
    while (!ends_word(cord_query_lex_peek(lex, len))) {
        len++;
    }
    return cord_str_slice(lex->text, lex->at, len);
}

static cord_str take_word(struct cord_query_lex *lex)
{
    cord_query_lex_blanks(lex);
    cord_str word = peek_word(lex);
    lex->at += word.len;
    return word;
}

static bool take_keyword(struct cord_query_lex *lex, const char *keyword)
{
    cord_query_lex_blanks(lex);
    if (!cord_str_eq_fold(peek_word(lex), cord_str_from(keyword))) {
        return false;
    }
    lex->at += strlen(keyword);
    return true;
}

static bool at_stage_end(struct cord_query_lex *lex)
{
    cord_query_lex_blanks(lex);
    return lex->at == lex->text.len || cord_query_lex_peek(lex, 0) == '|';
}

static cord_status read_field(struct reader *reader, struct cord_query_field *ret_field)
{
    struct cord_query_lex *lex = reader->lex;
    bool verbatim = false;
    cord_query_lex_blanks(lex);
    size_t at = lex->at;
    char c = cord_query_lex_peek(lex, 0);
    cord_str text = {0};
    if (c == '"' || c == '\'') {
        cord_status status = cord_query_lex_quoted(lex, &text, &verbatim);
        if (status != CORD_OK) {
            return status;
        }
    } else {
        text = take_word(lex);
        for (size_t i = 0; i < text.len; i++) {
            if (!cord_query_field_is_char(text.ptr[i])) {
                return cord_query_lex_refuse(lex, at + i,
                                             "a field is expected; quote a name with "
                                             "characters such as this");
            }
        }
    }
    if (text.len == 0) {
        return cord_query_lex_refuse(lex, at, "a field is expected");
    }
    return cord_query_field_read(lex, text, at, ret_field);
}

/* Between the members of a list a comma, a blank, or both. */
static bool more_follows(struct cord_query_lex *lex, size_t count)
{
    cord_query_lex_blanks(lex);
    if (count > 0 && cord_query_lex_peek(lex, 0) == ',') {
        lex->at++;
        cord_query_lex_blanks(lex);
        return true;
    }
    return !at_stage_end(lex) && cord_query_lex_peek(lex, 0) != ')';
}

static cord_status too_many(const struct reader *reader, size_t at)
{
    return cord_query_lex_fail(reader->lex, CORD_E_LIMIT, at, "at most %u fields",
                               CORD_QUERY_FIELDS_MAX);
}

/* A list up to "by" or the end of the stage. */
static cord_status read_list(struct reader *reader, struct cord_query_field *fields,
                             size_t *ret_count)
{
    cord_status status = CORD_OK;
    size_t count = 0;
    while (status == CORD_OK && more_follows(reader->lex, count)) {
        if (count > 0 && cord_str_eq_fold(peek_word(reader->lex), CORD_STR("by"))) {
            break;
        }
        if (count == CORD_QUERY_FIELDS_MAX) {
            return too_many(reader, reader->lex->at);
        }
        status = read_field(reader, &fields[count]);
        count += status == CORD_OK ? 1 : 0;
    }
    if (status == CORD_OK && count == 0) {
        return cord_query_lex_refuse(reader->lex, reader->lex->at, "a field is expected");
    }
    *ret_count = count;
    return status;
}

static cord_status read_by(struct reader *reader)
{
    if (!take_keyword(reader->lex, "by")) {
        return CORD_OK;
    }
    return read_list(reader, reader->stage->by, &reader->stage->by_count);
}

/* A number from 1 to most, if one stands there. */
static cord_status read_number(struct reader *reader, uint64_t most, bool *ret_there)
{
    struct cord_query_lex *lex = reader->lex;
    uint64_t number = 0;
    cord_query_lex_blanks(lex);
    size_t at = lex->at;
    cord_str word = peek_word(lex);
    *ret_there = word.len > 0 && cord_str_is_digit(word.ptr[0]);
    if (!*ret_there) {
        return CORD_OK;
    }
    if (!cord_str_u64(word, &number) || number == 0 || number > most) {
        return cord_query_lex_fail(lex, CORD_E_LIMIT, at, "a number from 1 to %llu is expected",
                                   (unsigned long long)most);
    }
    lex->at += word.len;
    reader->stage->number = number;
    return CORD_OK;
}

static cord_status add_column(struct reader *reader, cord_str title)
{
    struct cord_query *query = reader->query;
    if (!query->columns) {
        query->columns = cord_arena_zalloc(query->arena, COLUMNS_MAX, sizeof *query->columns);
        if (!query->columns) {
            return cord_error_set(reader->lex->err, CORD_E_NOMEM, "out of memory");
        }
    }
    query->columns[query->column_count++] = title;
    return CORD_OK;
}

static cord_status add_columns(struct reader *reader, const struct cord_query_field *fields,
                               size_t count)
{
    cord_status status = CORD_OK;
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        status = add_column(reader, fields[i].text);
    }
    return status;
}

static cord_status add_span_columns(struct reader *reader)
{
    cord_status status = add_column(reader, CORD_STR("count"));
    status = status == CORD_OK ? add_column(reader, CORD_STR("first")) : status;
    return status == CORD_OK ? add_column(reader, CORD_STR("last")) : status;
}

static cord_status read_count(struct reader *reader)
{
    cord_status status = read_by(reader);
    if (status == CORD_OK) {
        status = add_columns(reader, reader->stage->by, reader->stage->by_count);
    }
    return status == CORD_OK ? add_span_columns(reader) : status;
}

/* "5m" */
static cord_status read_step(struct reader *reader)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
    struct cord_query_lex *lex = reader->lex;
    cord_query_lex_blanks(lex);
    size_t at = lex->at;
    cord_str word = take_word(lex);
    uint64_t number = 0;
    for (size_t i = 0; word.len > 1 && i < sizeof units / sizeof *units; i++) {
        uint64_t most = (uint64_t)(36600LL * 86400 / units[i].seconds);
        if (word.ptr[word.len - 1] == units[i].unit &&
            cord_str_u64(cord_str_slice(word, 0, word.len - 1), &number) && number > 0 &&
            number <= most) {
            reader->stage->bucket_ns = (int64_t)number * units[i].seconds * CORD_SECOND_NS;
            return CORD_OK;
        }
    }
    return cord_query_lex_refuse(lex, at,
                                 "timeline needs a step such as 5m: a whole number and s, "
                                 "m, h, d or w");
}

static cord_status read_timeline(struct reader *reader)
{
    cord_status status = read_step(reader);
    status = status == CORD_OK ? read_by(reader) : status;
    status = status == CORD_OK ? add_column(reader, CORD_STR("time")) : status;
    if (status == CORD_OK) {
        status = add_columns(reader, reader->stage->by, reader->stage->by_count);
    }
    return status == CORD_OK ? add_column(reader, CORD_STR("count")) : status;
}

static cord_status read_top(struct reader *reader)
{
    bool there = false;
    struct cord_query_stage *stage = reader->stage;
    stage->number = TOP_DEFAULT;
    cord_status status = read_number(reader, CORD_QUERY_NUMBER_MAX, &there);
    status = status == CORD_OK ? read_list(reader, stage->fields, &stage->field_count) : status;
    if (status == CORD_OK) {
        status = add_columns(reader, stage->fields, stage->field_count);
    }
    return status == CORD_OK ? add_span_columns(reader) : status;
}

static cord_status read_distinct(struct reader *reader)
{
    struct cord_query_stage *stage = reader->stage;
    cord_status status = read_list(reader, stage->fields, &stage->field_count);
    status = status == CORD_OK ? read_by(reader) : status;
    status = status == CORD_OK ? add_columns(reader, stage->by, stage->by_count) : status;
    return status == CORD_OK ? add_column(reader, CORD_STR("distinct")) : status;
}

static bool find_function(cord_str word, struct cord_query_measure *measure)
{
    uint64_t percentile = 0;
    for (size_t i = 0; i < FUNCTION_COUNT; i++) {
        if (cord_str_eq_fold(word, cord_str_from(functions[i].word))) {
            measure->function = functions[i].function;
            return true;
        }
    }
    measure->function = CORD_QUERY_FN_PERCENTILE;
    bool ok = word.len > 1 && cord_str_lower_char(word.ptr[0]) == 'p' &&
              cord_str_u64(cord_str_from_byte(word, 1), &percentile);
    measure->percentile = (unsigned)percentile;
    return ok && percentile >= 1 && percentile <= 100;
}

static cord_status refuse_function(const struct reader *reader, size_t at, cord_str word)
{
    struct cord_nearest nearest;
    cord_nearest_init(&nearest, word);
    for (size_t i = 0; i < FUNCTION_COUNT; i++) {
        cord_nearest_offer(&nearest, cord_str_from(functions[i].word));
    }
    bool median = cord_str_eq_fold(word, CORD_STR("median"));
    cord_str near = median ? CORD_STR("p50") : cord_nearest_found(&nearest);
    cord_str hint = cord_query_lex_hint(reader->lex, near);
    return cord_query_lex_refuse(reader->lex, at,
                                 "count, or min, max, avg, sum or p95 of a field is expected%.*s",
                                 CORD_STR_ARG(hint));
}

/* However it was typed, one function has one title. */
static cord_str make_title(const struct cord_query_lex *lex,
                           const struct cord_query_measure *measure)
{
    cord_str field = measure->field.text;
    if (measure->function == CORD_QUERY_FN_PERCENTILE) {
        return cord_arena_printf(lex->arena, "p%u(%.*s)", measure->percentile, CORD_STR_ARG(field));
    }
    size_t at = 0;
    while (functions[at].function != measure->function) {
        at++;
    }
    return cord_arena_printf(lex->arena, "%s(%.*s)", functions[at].word, CORD_STR_ARG(field));
}

static cord_status read_measure(struct reader *reader, struct cord_query_measure *measure)
{
    struct cord_query_lex *lex = reader->lex;
    cord_query_lex_blanks(lex);
    size_t at = lex->at;
    cord_str word = take_word(lex);
    if (!find_function(word, measure)) {
        return refuse_function(reader, at, word);
    }
    if (measure->function == CORD_QUERY_FN_COUNT) {
        measure->title = CORD_STR("count");
        return CORD_OK;
    }
    if (cord_query_lex_peek(lex, 0) != '(') {
        return cord_query_lex_refuse(lex, lex->at, "of which field? Write %.*s(field)",
                                     CORD_STR_ARG(word));
    }
    lex->at++;
    cord_status status = read_field(reader, &measure->field);
    cord_query_lex_blanks(lex);
    if (status == CORD_OK && cord_query_lex_peek(lex, 0) != ')') {
        return cord_query_lex_refuse(lex, lex->at, "')' is missing");
    }
    if (status == CORD_OK) {
        lex->at++;
        measure->title = make_title(lex, measure);
        status =
            measure->title.ptr ? CORD_OK : cord_error_set(lex->err, CORD_E_NOMEM, "out of memory");
    }
    return status;
}

static cord_status read_stats(struct reader *reader)
{
    struct cord_query_stage *stage = reader->stage;
    cord_status status = CORD_OK;
    while (status == CORD_OK && more_follows(reader->lex, stage->measure_count)) {
        if (stage->measure_count > 0 && cord_str_eq_fold(peek_word(reader->lex), CORD_STR("by"))) {
            break;
        }
        if (stage->measure_count == CORD_QUERY_FIELDS_MAX) {
            return too_many(reader, reader->lex->at);
        }
        status = read_measure(reader, &stage->measures[stage->measure_count++]);
    }
    if (status == CORD_OK && stage->measure_count == 0) {
        return refuse_function(reader, reader->lex->at, CORD_STR(""));
    }
    status = status == CORD_OK ? read_by(reader) : status;
    status = status == CORD_OK ? add_columns(reader, stage->by, stage->by_count) : status;
    for (size_t i = 0; i < stage->measure_count && status == CORD_OK; i++) {
        status = add_column(reader, stage->measures[i].title);
    }
    return status;
}

static cord_status read_ends(struct reader *reader)
{
    bool there = false;
    reader->stage->number = 1;
    return read_number(reader, CORD_QUERY_KEEP_MAX, &there);
}

static cord_status read_head(struct reader *reader)
{
    bool there = false;
    cord_status status = read_number(reader, CORD_QUERY_NUMBER_MAX, &there);
    if (status == CORD_OK && !there) {
        return cord_query_lex_refuse(reader->lex, reader->lex->at,
                                     "head needs a number such as 20");
    }
    return status;
}

/* A column of the table, "p95(duration)" in one piece. */
static cord_status find_column(struct reader *reader, struct cord_query_field *ret_field,
                               size_t *ret_column)
{
    struct cord_query_lex *lex = reader->lex;
    const struct cord_query *query = reader->query;
    struct cord_nearest nearest;
    cord_query_lex_blanks(lex);
    size_t at = lex->at;
    cord_status status = read_field(reader, ret_field);
    if (status != CORD_OK) {
        return status;
    }
    if (cord_query_lex_peek(lex, 0) == '(') {
        size_t close = cord_str_find_char(lex->text, ')', lex->at);
        lex->at = close == SIZE_MAX ? lex->text.len : close + 1;
        ret_field->text = cord_str_slice(lex->text, at, lex->at - at);
    }
    cord_nearest_init(&nearest, ret_field->text);
    for (size_t i = 0; i < query->column_count; i++) {
        if (cord_str_eq_fold(query->columns[i], ret_field->text)) {
            *ret_column = i;
            return CORD_OK;
        }
        cord_nearest_offer(&nearest, query->columns[i]);
    }
    cord_str near = cord_nearest_found(&nearest);
    cord_str hint = cord_query_lex_hint(lex, near.ptr ? near : query->columns[0]);
    return cord_query_lex_refuse(lex, at, "the table has no column '%.*s'%.*s",
                                 (int)(ret_field->text.len < 60 ? ret_field->text.len : 60),
                                 ret_field->text.ptr, CORD_STR_ARG(hint));
}

static cord_status read_named(struct reader *reader, bool directions)
{
    struct cord_query_stage *stage = reader->stage;
    cord_status status = CORD_OK;
    while (status == CORD_OK && more_follows(reader->lex, stage->field_count)) {
        size_t at = stage->field_count;
        if (at == CORD_QUERY_FIELDS_MAX) {
            return too_many(reader, reader->lex->at);
        }
        status = reader->query->columns
                     ? find_column(reader, &stage->fields[at], &stage->columns[at])
                     : read_field(reader, &stage->fields[at]);
        stage->field_count += status == CORD_OK ? 1 : 0;
        if (status == CORD_OK && directions && !take_keyword(reader->lex, "asc")) {
            stage->descending[at] = take_keyword(reader->lex, "desc");
        }
    }
    if (status == CORD_OK && stage->field_count == 0) {
        return cord_query_lex_refuse(reader->lex, reader->lex->at, "a field is expected");
    }
    return status;
}

static cord_status read_sort(struct reader *reader)
{
    (void)take_keyword(reader->lex, "by");
    return read_named(reader, true);
}

static cord_status read_fields(struct reader *reader)
{
    return read_named(reader, false);
}

static cord_status refuse_verb(const struct reader *reader, cord_str word)
{
    struct cord_nearest nearest;
    cord_str near = {0};
    cord_nearest_init(&nearest, word);
    for (size_t i = 0; i < VERB_COUNT; i++) {
        cord_nearest_offer(&nearest, cord_str_from(verbs[i].word));
    }
    near = cord_nearest_found(&nearest);
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++) {
        if (cord_str_eq_fold(word, cord_str_from(elsewhere[i][0]))) {
            near = cord_str_from(elsewhere[i][1]);
        }
    }
    if (cord_str_eq_fold(word, CORD_STR("where")) || cord_str_eq_fold(word, CORD_STR("search"))) {
        return cord_query_lex_refuse(reader->lex, reader->at,
                                     "conditions stand before the first '|', joined by AND");
    }
    cord_str hint = cord_query_lex_hint(reader->lex, near);
    return cord_query_lex_refuse(
        reader->lex, reader->at, "%s '%.*s'%.*s%s",
        word.len > 0 ? "there is no" : "behind '|' a verb is expected, not",
        (int)(word.len < 40 ? word.len : 40), word.ptr, CORD_STR_ARG(hint),
        near.ptr ? ""
                 : "; there are count, timeline, top, distinct, stats, first, last, sort, fields "
                   "and head");
}

static cord_status check_place(const struct reader *reader)
{
    bool first = reader->query->stage_count == 0;
    if (first || reader->stage->verb >= CORD_QUERY_SORT) {
        return CORD_OK;
    }
    return cord_query_lex_refuse(reader->lex, reader->at,
                                 "%s speaks of events and comes first; behind it sort, fields and "
                                 "head",
                                 verbs[reader->stage->verb].word);
}

static cord_status read_stage(struct reader *reader)
{
    struct cord_query_lex *lex = reader->lex;
    cord_query_lex_blanks(lex);
    reader->at = lex->at;
    if (reader->query->stage_count == CORD_QUERY_STAGES_MAX) {
        return cord_query_lex_fail(lex, CORD_E_LIMIT, lex->at, "more than %u stages",
                                   CORD_QUERY_STAGES_MAX);
    }
    cord_str word = take_word(lex);
    size_t verb = 0;
    while (verb < VERB_COUNT && !cord_str_eq_fold(word, cord_str_from(verbs[verb].word))) {
        verb++;
    }
    if (verb == VERB_COUNT) {
        return refuse_verb(reader, word);
    }
    reader->stage = &reader->query->stages[reader->query->stage_count];
    reader->stage->verb = (enum cord_query_verb)verb;
    reader->stage->column = cord_query_lex_column(lex, reader->at);
    cord_status status = check_place(reader);
    status = status == CORD_OK ? verbs[verb].read(reader) : status;
    if (status == CORD_OK && !at_stage_end(lex)) {
        return cord_query_lex_refuse(lex, lex->at, "'|' or the end is expected behind %s",
                                     verbs[verb].word);
    }
    reader->query->stage_count += status == CORD_OK ? 1 : 0;
    return status;
}

cord_status cord_query_stage_read_all(struct cord_query_lex *lex, struct cord_query *query)
{
    struct reader reader = {.lex = lex, .query = query};
    cord_status status = CORD_OK;
    query->stages = cord_arena_zalloc(query->arena, CORD_QUERY_STAGES_MAX, sizeof *query->stages);
    if (!query->stages) {
        return cord_error_set(lex->err, CORD_E_NOMEM, "out of memory");
    }
    while (status == CORD_OK && cord_query_lex_peek(lex, 0) == '|') {
        lex->at++;
        status = read_stage(&reader);
    }
    return status;
}
