/* regex_check.c: see regex_check.h. */
#include "detect/regex_check.h"

#include "base/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

cord_status cord_regex_check(cord_str expression, unsigned flags, struct cord_error *err)
{
    uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
    options |= (flags & CORD_REGEX_CASELESS) != 0 ? PCRE2_CASELESS : 0;
    options |= (flags & CORD_REGEX_MULTILINE) != 0 ? PCRE2_MULTILINE : 0;
    options |= (flags & CORD_REGEX_DOTALL) != 0 ? PCRE2_DOTALL : 0;
    int number = 0;
    PCRE2_SIZE at = 0;
    pcre2_code *code =
        pcre2_compile((PCRE2_SPTR)expression.ptr, expression.len, options, &number, &at, NULL);
    if (code) {
        pcre2_code_free(code);
        return CORD_OK;
    }
    if (number == PCRE2_ERROR_HEAP_FAILED) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory compiling an expression");
    }
    PCRE2_UCHAR why[160] = {0};
    (void)pcre2_get_error_message(number, why, sizeof why);
    cord_str brief = cord_str_slice(expression, 0, 120);
    return cord_error_set(err, CORD_E_FORMAT, "'re': %s, at character %zu of '%.*s'",
                          (const char *)why, (size_t)at, CORD_STR_ARG(brief));
}
