/*
 * regex_needle.h: texts of which one must occur for an expression to match.
 *
 * The fast path looks for these and runs the expression only where one is
 * found. When in doubt there are none, and the expression is always run.
 */
#ifndef CORD_DETECT_REGEX_NEEDLE_H
#define CORD_DETECT_REGEX_NEEDLE_H

#include "base/arena.h"
#include "base/error.h"
#include "detect/literal.h"

#define CORD_REGEX_NEEDLES_MAX 64

/* In folded text, one of ret_needles occurs wherever the expression matches the
 * text unfolded; all ASCII, at least two bytes, or one that is rare in
 * logs: those that are rarest by the odds, or longest without. Count 0: nothing is known. The
 * texts are in the arena. CORD_E_NOMEM. Any thread. */
CORD_MUST_USE cord_status cord_regex_needle_find(cord_str expression,
                                                 const struct cord_literal_odds *odds,
                                                 struct cord_arena *arena,
                                                 cord_str ret_needles[CORD_REGEX_NEEDLES_MAX],
                                                 size_t *ret_count);

#endif
