/*
 * regex_check.h: whether an expression is one.
 */
#ifndef CORD_DETECT_REGEX_CHECK_H
#define CORD_DETECT_REGEX_CHECK_H

#include "base/error.h"
#include "base/str.h"

/* Compiles and throws away. flags: CORD_REGEX_*. CORD_E_FORMAT tells the
 * place and the reason; CORD_E_NOMEM. Any thread. */
CORD_MUST_USE cord_status cord_regex_check(cord_str expression, unsigned flags,
                                           struct cord_error *err);

#endif
