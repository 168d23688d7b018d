/*
 * condition_pipe.c: what to write instead of an old aggregation.
 *
 * "sel | count(field) by a, b > 5" with its timeframe becomes the text of a
 * correlation. Only a message: what cannot be read is left to the author.
 */
#include "detect/condition.h"

struct pipe {
    bool near;
    cord_str function; /* count, sum, avg ... */
    cord_str field;
    cord_str group;
    const char *compare;
    cord_str limit;
};

static const char *compare_word(cord_str sign)
{
    static const struct {
        const char *sign;
        const char *word;
    } signs[] = {{">=", "gte"}, {"<=", "lte"}, {">", "gt"}, {"<", "lt"}, {"==", "eq"}, {"=", "eq"}};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        if (cord_str_eq(sign, cord_str_from(signs[i].sign))) {
            return signs[i].word;
        }
    }
    return NULL;
}

/* The last two words are comparison and limit: "... >= 10". */
static bool read_limit(cord_str text, struct pipe *pipe, cord_str *ret_rest)
{
    size_t end = text.len;
    while (end > 0 && cord_str_is_digit(text.ptr[end - 1])) {
        end--;
    }
    pipe->limit = cord_str_from_byte(text, end);
    cord_str rest = cord_str_trim(cord_str_slice(text, 0, end));
    size_t sign = rest.len;
    while (sign > 0 && strchr("<>=", rest.ptr[sign - 1])) {
        sign--;
    }
    pipe->compare = compare_word(cord_str_from_byte(rest, sign));
    *ret_rest = cord_str_trim(cord_str_slice(rest, 0, sign));
    return pipe->limit.len > 0 && pipe->compare;
}

static bool read_pipe(cord_str text, struct pipe *pipe)
{
    text = cord_str_trim(text);
    *pipe = (struct pipe){.near = cord_str_starts(text, CORD_STR("near"))};
    cord_str call;
    if (pipe->near || !read_limit(text, pipe, &call)) {
        return pipe->near;
    }
    size_t open = cord_str_find_char(call, '(', 0);
    size_t close = cord_str_find_char(call, ')', 0);
    if (open == SIZE_MAX || close == SIZE_MAX || close < open) {
        return false;
    }
    pipe->function = cord_str_trim(cord_str_slice(call, 0, open));
    pipe->field = cord_str_trim(cord_str_slice(call, open + 1, close - open - 1));
    cord_str rest = cord_str_trim(cord_str_from_byte(call, close + 1));
    if (cord_str_starts(rest, CORD_STR("by "))) {
        pipe->group = cord_str_trim(cord_str_from_byte(rest, 3));
    }
    return true;
}

static const char *type_of(const struct pipe *pipe)
{
    static const struct {
        const char *function;
        const char *type;
    } types[] = {{"sum", "value_sum"}, {"avg", "value_avg"}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (cord_str_eq_fold(pipe->function, cord_str_from(types[i].function))) {
            return types[i].type;
        }
    }
    return pipe->field.len > 0 ? "value_count" : "event_count";
}

cord_str cord_condition_explain_pipe(struct cord_arena *arena, cord_str condition,
                                     cord_str timeframe)
{
    struct pipe pipe;
    size_t bar = cord_str_find_char(condition, '|', 0);
    cord_str base = cord_str_trim(cord_str_slice(condition, 0, bar));
    cord_str tail = cord_str_trim(cord_str_from_byte(condition, bar));
    cord_str span = timeframe.len > 0 ? timeframe : CORD_STR("5m");
    base = cord_str_slice(base, 0, 100);
    tail = cord_str_slice(tail, 0, 120);
    if (!read_pipe(cord_str_from_byte(tail, 1), &pipe)) {
        return cord_arena_printf(arena,
                                 "'%.*s' is an aggregation of version 1: write a correlation rule "
                                 "(correlation: type, rules, group-by, timespan, condition)",
                                 CORD_STR_ARG(tail));
    }
    if (pipe.near) {
        return cord_arena_printf(
            arena,
            "'%.*s' is an aggregation of version 1: make each search identifier a rule with a "
            "name, and write 'correlation: {type: temporal, rules: [NAME, NAME], group-by: "
            "[FIELD], timespan: %.*s}'",
            CORD_STR_ARG(tail), CORD_STR_ARG(span));
    }
    return cord_arena_printf(
        arena,
        "'%.*s' is an aggregation of version 1: give the rule a name and the condition '%.*s', "
        "and write 'correlation: {type: %s, rules: [NAME], %s%.*s%stimespan: %.*s, "
        "condition: {%s: %.*s%s%.*s}}'",
        CORD_STR_ARG(tail), CORD_STR_ARG(base), type_of(&pipe),
        pipe.group.len > 0 ? "group-by: [" : "", CORD_STR_ARG(pipe.group),
        pipe.group.len > 0 ? "], " : "", CORD_STR_ARG(span), pipe.compare, CORD_STR_ARG(pipe.limit),
        pipe.field.len > 0 ? ", field: " : "", CORD_STR_ARG(pipe.field));
}
