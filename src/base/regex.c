/*
 * regex.c: see regex.h.
 *
 * PCRE2's own limit counts anew from every place where a match may begin, and
 * not the characters that a repetition runs over: (a+)+$ in runs of fifteen
 * letters would take ten microseconds a byte and never meet it. So expressions
 * are compiled with a callout before each of their items, which counts both and
 * ends the search. That costs ten nanoseconds an item; expressions whose
 * matches are short whatever the text are tried without first.
 */
#include "base/regex.h"

#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/utf8.h"

/* Items that may be tried in a text of len bytes, but for the first of the
 * expression. A sane one takes about one a byte; (a+)+$ takes 2^len. */
enum { ITEMS_BASE = 3000, ITEMS_A_BYTE = 1, BYTES_AN_ITEM = 16 };
/* Of the first try, from each place where a match may begin. */
enum { SHORT_STEPS = 30, SHORT_BYTES_MAX = 200 };
enum { DEPTH_MAX = 1000, STACK_BYTES_FIRST = 32 << 10, STACK_BYTES_MAX = 4 << 20 };

struct cord_regex {
    pcre2_code *brief; /* for ASCII text, uncounted; NULL when matches may be long */
    pcre2_code *bytes; /* for ASCII text; NULL when the expression itself is not ASCII */
    pcre2_code *utf;   /* for any text */
};

enum { CODES = 3 };

struct cord_regex_scratch {
    pcre2_match_data *match;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
    size_t items_left;
    size_t position; /* where the last item was tried */
};

static uint32_t options_of(unsigned flags)
{
    uint32_t options = PCRE2_NEVER_BACKSLASH_C;
    options |= (flags & CORD_REGEX_CASELESS) != 0 ? PCRE2_CASELESS : 0;
    options |= (flags & CORD_REGEX_MULTILINE) != 0 ? PCRE2_MULTILINE : 0;
    options |= (flags & CORD_REGEX_DOTALL) != 0 ? PCRE2_DOTALL : 0;
    return options;
}

static cord_status compile(cord_str expression, uint32_t options, pcre2_code **ret_code,
                           struct cord_error *err)
{
    int error = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)(expression.ptr ? expression.ptr : ""),
                                     expression.len, options, &error, &offset, NULL);
    if (!code) {
        PCRE2_UCHAR text[160];
        if (error == PCRE2_ERROR_HEAP_FAILED) {
            return cord_error_set(err, CORD_E_NOMEM, "out of memory");
        }
        (void)pcre2_get_error_message(error, text, sizeof text);
        return cord_error_set(err, CORD_E_FORMAT, "regular expression: %s at byte %zu",
                              (const char *)text, (size_t)offset);
    }
    /* Without the compiler for this machine the interpreter does it. */
    (void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
    *ret_code = code;
    return CORD_OK;
}

/* Behind a '[': behind its ']'. */
static size_t skip_class(cord_str text, size_t at)
{
    at += at < text.len && text.ptr[at] == '^';
    for (bool first = true; at < text.len && (first || text.ptr[at] != ']'); first = false) {
        at += text.ptr[at] == '\\' ? 2 : 1;
    }
    return at + 1;
}

/* Behind a '{': adds the most that it repeats. False: without end, or a group. */
static bool add_repeats(cord_str text, size_t at, size_t *total)
{
    size_t open = at - 1;
    size_t most = 0;
    bool digits = false;
    for (; at < text.len && text.ptr[at] != '}'; at++) {
        if (cord_str_is_digit(text.ptr[at])) {
            most = most < SHORT_BYTES_MAX ? most * 10 + (size_t)(text.ptr[at] - '0') : most;
            digits = true;
        } else {
            most = 0;
            digits = false;
        }
    }
    *total += most;
    return digits && (open == 0 || text.ptr[open - 1] != ')' || most <= 1);
}

/* Whether no match is longer than some hundred bytes; when in doubt, not. */
static bool is_brief(cord_str text)
{
    size_t total = 0;
    for (size_t at = 0; at < text.len;) {
        char c = text.ptr[at++];
        char next = at < text.len ? text.ptr[at] : '\0';
        if (c == '*' || c == '+') {
            return false;
        }
        if (c == '\\') {
            if (next == '\0' || strchr("123456789gkQ", next)) {
                return false;
            }
            at++;
        } else if (c == '[') {
            at = skip_class(text, at);
        } else if (c == '{' && !add_repeats(text, at, &total)) {
            return false;
        } else if (c == '(' && next == '?') {
            char kind = at + 1 < text.len ? text.ptr[at + 1] : '\0';
            if (kind == '\0' || !strchr(":ims=!", kind)) {
                return false;
            }
            at++;
        }
    }
    return total <= SHORT_BYTES_MAX;
}

cord_status cord_regex_compile(cord_str expression, unsigned flags, struct cord_regex **ret_regex,
                               struct cord_error *err)
{
    struct cord_regex *regex = calloc(1, sizeof *regex);
    if (!regex) {
        return CORD_E_NOMEM;
    }
    uint32_t options = options_of(flags);
    uint32_t counted = options | PCRE2_AUTO_CALLOUT;
    cord_status status =
        compile(expression, counted | PCRE2_UTF | PCRE2_MATCH_INVALID_UTF, &regex->utf, err);
    if (status != CORD_OK) {
        cord_regex_free(regex);
        return status;
    }
    /* Only what means the same byte by byte gets the faster form; \x{100} fails
     * to compile without UTF, and then there is just the one. */
    if (cord_utf8_is_ascii(expression)) {
        (void)compile(expression, counted, &regex->bytes, NULL);
    }
    if (regex->bytes && is_brief(expression)) {
        (void)compile(expression, options, &regex->brief, NULL);
    }
    *ret_regex = regex;
    return CORD_OK;
}

void cord_regex_free(struct cord_regex *regex)
{
    if (regex) {
        pcre2_code_free(regex->brief);
        pcre2_code_free(regex->bytes);
        pcre2_code_free(regex->utf);
        free(regex);
    }
}

size_t cord_regex_held(const struct cord_regex *regex)
{
    size_t held = sizeof *regex;
    const pcre2_code *codes[CODES] = {regex->brief, regex->bytes, regex->utf};
    for (size_t i = 0; i < CODES; i++) {
        size_t size = 0;
        if (codes[i]) {
            (void)pcre2_pattern_info(codes[i], PCRE2_INFO_SIZE, &size);
            held += size;
            (void)pcre2_pattern_info(codes[i], PCRE2_INFO_JITSIZE, &size);
            held += size;
        }
    }
    return held;
}

/* Before each item of an expression. */
static int count_item(pcre2_callout_block *block, void *self)
{
    struct cord_regex_scratch *scratch = self;
    size_t here = block->current_position;
    size_t moved = here > scratch->position ? here - scratch->position : scratch->position - here;
    /* Each place where a match may begin is met once: that is no backtracking. */
    size_t cost = (block->pattern_position > 0) + moved / BYTES_AN_ITEM;
    if (scratch->items_left < cost) {
        return PCRE2_ERROR_CALLOUT;
    }
    scratch->items_left -= cost;
    scratch->position = here;
    return 0;
}

struct cord_regex_scratch *cord_regex_scratch_new(void)
{
    struct cord_regex_scratch *scratch = calloc(1, sizeof *scratch);
    if (!scratch) {
        return NULL;
    }
    scratch->match = pcre2_match_data_create(1, NULL);
    scratch->context = pcre2_match_context_create(NULL);
    scratch->stack = pcre2_jit_stack_create(STACK_BYTES_FIRST, STACK_BYTES_MAX, NULL);
    if (!scratch->match || !scratch->context) {
        cord_regex_scratch_free(scratch);
        return NULL;
    }
    (void)pcre2_set_callout(scratch->context, count_item, scratch);
    (void)pcre2_set_depth_limit(scratch->context, DEPTH_MAX);
    if (scratch->stack) { /* none where there is no JIT */
        pcre2_jit_stack_assign(scratch->context, NULL, scratch->stack);
    }
    return scratch;
}

void cord_regex_scratch_free(struct cord_regex_scratch *scratch)
{
    if (scratch) {
        pcre2_jit_stack_free(scratch->stack);
        pcre2_match_context_free(scratch->context);
        pcre2_match_data_free(scratch->match);
        free(scratch);
    }
}

static enum cord_regex_result try_code(const pcre2_code *code, struct cord_regex_scratch *scratch,
                                       cord_str text, size_t steps)
{
    (void)pcre2_set_match_limit(scratch->context, (uint32_t)steps);
    int result = pcre2_match(code, (PCRE2_SPTR)(text.ptr ? text.ptr : ""), text.len, 0, 0,
                             scratch->match, scratch->context);
    if (result >= 0) {
        return CORD_REGEX_YES;
    }
    return result == PCRE2_ERROR_NOMATCH ? CORD_REGEX_NO : CORD_REGEX_GAVE_UP;
}

enum cord_regex_result cord_regex_search(const struct cord_regex *regex,
                                         struct cord_regex_scratch *scratch, cord_str text)
{
    bool ascii = regex->bytes && cord_utf8_is_ascii(text);
    if (ascii && regex->brief) {
        enum cord_regex_result result = try_code(regex->brief, scratch, text, SHORT_STEPS);
        if (result != CORD_REGEX_GAVE_UP) {
            return result;
        }
    }
    size_t len = text.len < (1u << 28) ? text.len : 1u << 28;
    scratch->items_left = ITEMS_BASE + len * ITEMS_A_BYTE;
    scratch->position = 0;
    return try_code(ascii ? regex->bytes : regex->utf, scratch, text, scratch->items_left);
}
