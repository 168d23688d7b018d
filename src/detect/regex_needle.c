/*
 * regex_needle.c: see regex_needle.h.
 *
 * Reads the common part of the syntax and gives up on the rest. A wrong guess
 * would lose detections, so that everything not understood ends a run of
 * literal characters, and what could change the meaning of what follows ends
 * the search.
 */
#include "detect/regex_needle.h"

#include <math.h>

enum { DEPTH_MAX = 32, NEEDLE_MIN = 2 };

/* Of these one alone is worth looking for. */
#define RARE "`#^~|&<>!@"

struct needles {
    cord_str items[CORD_REGEX_NEEDLES_MAX];
    size_t count; /* 0: nothing is known */
};

struct parser {
    cord_str text;
    size_t at;
    struct cord_arena *arena;
    const struct cord_literal_odds *odds;
    bool gave_up;
    bool no_memory;
};

static void parse_alternation(struct parser *parser, unsigned depth, struct needles *ret_needles);

static char peek(const struct parser *parser, size_t ahead)
{
    size_t at = parser->at + ahead;
    return at < parser->text.len ? parser->text.ptr[at] : '\0';
}

static bool at_end(const struct parser *parser)
{
    return parser->at >= parser->text.len;
}

static bool is_letter(char c)
{
    char lower = cord_str_lower_char(c);
    return lower >= 'a' && lower <= 'z';
}

static bool in_set(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

/* A quantifier, if there is one; *ret_min its lowest count, at most one. */
static bool take_quantifier(struct parser *parser, unsigned *ret_min)
{
    char c = peek(parser, 0);
    size_t at = 1;
    unsigned min = c == '+' ? 1 : 0;
    if (c == '{') {
        size_t digits = 0;
        for (; cord_str_is_digit(peek(parser, at)); at++) {
            min |= peek(parser, at) != '0';
            digits++;
        }
        if (peek(parser, at) == ',') {
            at++;
            while (cord_str_is_digit(peek(parser, at))) {
                at++;
            }
        }
        if (digits == 0 || peek(parser, at) != '}') {
            return false;
        }
        at++;
    } else if (c != '*' && c != '?' && c != '+') {
        return false;
    }
    *ret_min = min;
    parser->at += at;
    if (peek(parser, 0) == '?' || peek(parser, 0) == '+') { /* lazy, possessive */
        parser->at++;
    }
    return true;
}

/* How often one of them is there in vain, roughly: the less the better. Short
 * ones are dearer to look for. */
static float badness(const struct parser *parser, const struct needles *needles)
{
    static const float dear[] = {1, 1000, 400, 40};
    float sum = needles->count == 0 ? INFINITY : 0;
    size_t shortest = SIZE_MAX;
    for (size_t i = 0; i < needles->count; i++) {
        cord_str needle = needles->items[i];
        shortest = needle.len < shortest ? needle.len : shortest;
        if (parser->odds) {
            sum +=
                cord_literal_odds_of(parser->odds, needle) * dear[needle.len < 4 ? needle.len : 0];
        }
    }
    if (!parser->odds && needles->count > 0) {
        sum = 1 / (float)shortest + 1e-6f * (float)needles->count;
    }
    return sum;
}

static void keep_better(const struct parser *parser, struct needles *best,
                        const struct needles *other)
{
    if (badness(parser, other) < badness(parser, best)) {
        *best = *other;
    }
}

/* Ends a run of literal characters. */
static void flush(struct parser *parser, const char *run, size_t *run_len, struct needles *best)
{
    struct needles found = {.items = {{run, *run_len}}, .count = 1};
    bool will_do = *run_len >= NEEDLE_MIN || (*run_len == 1 && in_set(run[0], RARE));
    if (will_do && badness(parser, &found) < badness(parser, best)) {
        cord_str kept = cord_arena_copy(parser->arena, found.items[0]);
        parser->no_memory |= kept.ptr == NULL;
        best->items[0] = kept;
        best->count = kept.ptr ? 1 : 0;
    }
    *run_len = 0;
}

/* Behind the '['. */
static void skip_class(struct parser *parser)
{
    if (peek(parser, 0) == '^') {
        parser->at++;
    }
    for (bool first = true; !at_end(parser); first = false) {
        char c = peek(parser, 0);
        if (c == ']' && !first) {
            parser->at++;
            return;
        }
        if (c == '[' && in_set(peek(parser, 1), ":.=")) {
            char kind = peek(parser, 1);
            size_t end = parser->at + 2;
            while (end + 1 < parser->text.len &&
                   !(parser->text.ptr[end] == kind && parser->text.ptr[end + 1] == ']')) {
                end++;
            }
            if (end + 1 < parser->text.len) {
                parser->at = end + 2;
                continue;
            }
        }
        if (c == '\\' && in_set(peek(parser, 1), "QE")) {
            break;
        }
        parser->at += c == '\\' ? 2 : 1;
    }
    parser->gave_up = true;
}

/* Behind "(?": the group's kind. True when its inside is matched as it stands. */
static bool take_group_head(struct parser *parser, bool *ret_has_inside)
{
    *ret_has_inside = true;
    char c = peek(parser, 0);
    char next = peek(parser, 1);
    if (c == ':' || c == '>' || c == '|') {
        parser->at++;
        return true;
    }
    if (c == '=' || c == '!' || (c == '<' && (next == '=' || next == '!'))) {
        parser->at += c == '<' ? 2 : 1;
        return false;
    }
    if (c == '<' || (c == 'P' && next == '<')) {
        size_t end = cord_str_find_char(parser->text, '>', parser->at);
        parser->gave_up |= end == SIZE_MAX;
        parser->at = end == SIZE_MAX ? parser->text.len : end + 1;
        return true;
    }
    while (in_set(peek(parser, 0), "imsnUJ-^")) {
        parser->at++;
    }
    if (peek(parser, 0) == ')') {
        *ret_has_inside = false;
    } else if (peek(parser, 0) != ':') {
        parser->gave_up = true; /* x flag, comment, recursion, condition, callout */
    }
    parser->at++;
    return true;
}

/* Behind the '('. */
static void parse_group(struct parser *parser, unsigned depth, struct needles *best)
{
    bool counts = true;
    bool has_inside = true;
    if (peek(parser, 0) == '*' || depth >= DEPTH_MAX) {
        parser->gave_up = true;
        return;
    }
    if (peek(parser, 0) == '?') {
        parser->at++;
        counts = take_group_head(parser, &has_inside);
    }
    if (!has_inside || parser->gave_up) {
        return;
    }
    struct needles inside = {.count = 0};
    parse_alternation(parser, depth + 1, &inside);
    if (peek(parser, 0) != ')') {
        parser->gave_up = true;
        return;
    }
    parser->at++;
    unsigned min = 1;
    if ((!take_quantifier(parser, &min) || min > 0) && counts) {
        keep_better(parser, best, &inside);
    }
}

/* A literal character, or '\0' for anything that is none; what it is has been
 * taken. */
static char take_simple(struct parser *parser)
{
    char c = peek(parser, 0);
    parser->at++;
    if (c == '[') {
        skip_class(parser);
        return '\0';
    }
    if (c == '\\') {
        char escaped = peek(parser, 0);
        parser->at++;
        if (is_letter(escaped) || cord_str_is_digit(escaped) || escaped == '\0') {
            parser->gave_up |= !in_set(escaped, "dDwWsSbBAzZnrtfvhHRaeG");
            return '\0';
        }
        c = escaped;
    } else if (in_set(c, ".^${}]")) {
        return '\0';
    }
    return (unsigned char)c < 0x80 ? cord_str_lower_char(c) : '\0';
}

static void parse_branch(struct parser *parser, unsigned depth, struct needles *best)
{
    size_t run_len = 0;
    char *run = cord_arena_bytes(parser->arena, parser->text.len + 1);
    if (!run) {
        parser->no_memory = true;
        return;
    }
    while (!at_end(parser) && !parser->gave_up && !parser->no_memory) {
        char c = peek(parser, 0);
        if (c == '|' || c == ')') {
            break;
        }
        if (c == '(') {
            flush(parser, run, &run_len, best);
            parser->at++;
            parse_group(parser, depth, best);
            continue;
        }
        char literal = take_simple(parser);
        unsigned min = 1;
        bool repeated = take_quantifier(parser, &min);
        if (literal != '\0' && min > 0) {
            run[run_len++] = literal;
        }
        if (literal == '\0' || repeated) {
            flush(parser, run, &run_len, best);
        }
    }
    flush(parser, run, &run_len, best);
}

static void parse_alternation(struct parser *parser, unsigned depth, struct needles *ret_needles)
{
    bool known = true;
    for (;;) {
        struct needles branch = {.count = 0};
        parse_branch(parser, depth, &branch);
        known = known && branch.count > 0 &&
                ret_needles->count + branch.count <= CORD_REGEX_NEEDLES_MAX;
        for (size_t i = 0; known && i < branch.count; i++) {
            ret_needles->items[ret_needles->count++] = branch.items[i];
        }
        if (parser->gave_up || parser->no_memory || peek(parser, 0) != '|') {
            break;
        }
        parser->at++;
    }
    if (!known) {
        ret_needles->count = 0;
    }
}

cord_status cord_regex_needle_find(cord_str expression, const struct cord_literal_odds *odds,
                                   struct cord_arena *arena,
                                   cord_str ret_needles[CORD_REGEX_NEEDLES_MAX], size_t *ret_count)
{
    struct parser parser = {.text = expression, .arena = arena, .odds = odds};
    struct needles needles = {.count = 0};
    parse_alternation(&parser, 0, &needles);
    if (parser.no_memory) {
        return CORD_E_NOMEM;
    }
    /* Anything left over is a bracket too many: not ours to judge. */
    *ret_count = parser.gave_up || !at_end(&parser) ? 0 : needles.count;
    for (size_t i = 0; i < *ret_count; i++) {
        ret_needles[i] = needles.items[i];
    }
    return CORD_OK;
}
