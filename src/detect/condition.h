/*
 * condition.h: "selection and not 1 of filter_*" as a tree.
 *
 * Rules specification 2.1.0, "Condition". Operators bind, loosest first: or,
 * and, not, "x of", parentheses. Pure; the tree is in the arena and borrows
 * from the text.
 */
#ifndef CORD_DETECT_CONDITION_H
#define CORD_DETECT_CONDITION_H

#include "base/arena.h"
#include "base/error.h"

#define CORD_CONDITION_DEPTH_MAX 64
#define CORD_CONDITION_BYTES_MAX 65536

enum cord_condition_kind {
    CORD_CONDITION_AND,
    CORD_CONDITION_OR,
    CORD_CONDITION_NOT,
    CORD_CONDITION_NAME,   /* name: a search identifier */
    CORD_CONDITION_ONE_OF, /* name: a pattern with '*', or "them" */
    CORD_CONDITION_ALL_OF,
};

struct cord_condition {
    enum cord_condition_kind kind;
    cord_str name;
    struct cord_condition *child;
    struct cord_condition *next;
};

/* CORD_E_FORMAT: err says what is wrong and where. CORD_E_UNSUPPORTED: an
 * aggregation behind a pipe. CORD_E_LIMIT and CORD_E_NOMEM: the arena. */
CORD_MUST_USE cord_status cord_condition_parse(cord_str text, struct cord_arena *arena,
                                               struct cord_condition **ret_condition,
                                               struct cord_error *err);

/* Whether a pattern of "1 of" names this search identifier: names that begin
 * with '_' are left out, '*' stands for any characters. */
bool cord_condition_selects(cord_str pattern, cord_str name);

/* The correlation that says what "| count() by x > 5" once said, for a
 * message. ptr NULL when the arena is full. timeframe may be empty. */
cord_str cord_condition_explain_pipe(struct cord_arena *arena, cord_str condition,
                                     cord_str timeframe);

#endif
