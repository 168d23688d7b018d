/*
 * regex.h: regular expressions with bounded cost, over PCRE2.
 *
 * An expression is compiled once and shared. It is searched for in the text as
 * it is, not folded; on text above ASCII it works on code points. The time of a
 * search is bounded by the text's length, whatever the expression: some ten
 * nanoseconds a byte and thirty microseconds. One that gives up says so, which is
 * not "no match".
 */
#ifndef CORD_BASE_REGEX_H
#define CORD_BASE_REGEX_H

#include "base/error.h"
#include "base/str.h"

struct cord_regex;

#define CORD_REGEX_CASELESS  1u
#define CORD_REGEX_MULTILINE 2u /* ^ and $ at every line */
#define CORD_REGEX_DOTALL    4u /* . takes newlines too */

/* flags are CORD_REGEX_*. CORD_E_FORMAT: err says what is wrong and
 * where; CORD_E_NOMEM. The expression never changes once compiled: any thread. */
CORD_MUST_USE cord_status cord_regex_compile(cord_str expression, unsigned flags,
                                             struct cord_regex **ret_regex, struct cord_error *err);
void cord_regex_free(struct cord_regex *regex);
/* Bytes held, roughly. */
size_t cord_regex_held(const struct cord_regex *regex);

/* What one thread needs to match; NULL when out of memory. */
struct cord_regex_scratch;
struct cord_regex_scratch *cord_regex_scratch_new(void);
void cord_regex_scratch_free(struct cord_regex_scratch *scratch);

enum cord_regex_result {
    CORD_REGEX_NO,
    CORD_REGEX_YES,
    CORD_REGEX_GAVE_UP, /* a limit was met, or the engine failed: unknown */
};
enum cord_regex_result cord_regex_search(const struct cord_regex *regex,
                                         struct cord_regex_scratch *scratch, cord_str text);

#endif
