/* regex.c: see regex.h. */
#include "base/regex.h"

#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/utf8.h"

/* Steps of backtracking allowed for a text of len bytes. A sane expression
 * takes a few a byte; (a+)+$ takes 2^len. */
enum { STEPS_BASE = 2000, STEPS_A_BYTE = 1 };
enum { DEPTH_MAX = 1000, STACK_BYTES_FIRST = 32 << 10, STACK_BYTES_MAX = 4 << 20 };

struct cord_regex {
    pcre2_code *bytes; /* for ASCII text; NULL when the expression itself is not ASCII */
    pcre2_code *utf;   /* for any text */
};

struct cord_regex_scratch {
    pcre2_match_data *match;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
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

cord_status cord_regex_compile(cord_str expression, unsigned flags, struct cord_regex **ret_regex,
                               struct cord_error *err)
{
    struct cord_regex *regex = calloc(1, sizeof *regex);
    if (!regex) {
        return CORD_E_NOMEM;
    }
    uint32_t options = options_of(flags);
    cord_status status =
        compile(expression, options | PCRE2_UTF | PCRE2_MATCH_INVALID_UTF, &regex->utf, err);
    if (status != CORD_OK) {
        cord_regex_free(regex);
        return status;
    }
    /* Only what means the same byte by byte gets the faster form; \x{100} fails
     * to compile without UTF, and then there is just the one. */
    if (cord_utf8_is_ascii(expression)) {
        (void)compile(expression, options, &regex->bytes, NULL);
    }
    *ret_regex = regex;
    return CORD_OK;
}

void cord_regex_free(struct cord_regex *regex)
{
    if (regex) {
        pcre2_code_free(regex->bytes);
        pcre2_code_free(regex->utf);
        free(regex);
    }
}

size_t cord_regex_held(const struct cord_regex *regex)
{
    size_t held = sizeof *regex;
    const pcre2_code *codes[2] = {regex->bytes, regex->utf};
    for (size_t i = 0; i < 2; i++) {
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

enum cord_regex_result cord_regex_search(const struct cord_regex *regex,
                                         struct cord_regex_scratch *scratch, cord_str text)
{
    const pcre2_code *code = regex->utf;
    if (regex->bytes && cord_utf8_is_ascii(text)) {
        code = regex->bytes;
    }
    size_t steps = text.len < (1u << 28) ? text.len * STEPS_A_BYTE + STEPS_BASE : 1u << 28;
    (void)pcre2_set_match_limit(scratch->context, (uint32_t)steps);
    int result = pcre2_match(code, (PCRE2_SPTR)(text.ptr ? text.ptr : ""), text.len, 0, 0,
                             scratch->match, scratch->context);
    if (result >= 0) {
        return CORD_REGEX_YES;
    }
    return result == PCRE2_ERROR_NOMATCH ? CORD_REGEX_NO : CORD_REGEX_GAVE_UP;
}
