/*
 * ruleset_internal.h: what a compiled ruleset is made of.
 *
 * Rules share their tests: a test is one atom, or a whole OR list of literals
 * on one field, and is numbered, so that a matcher remembers its outcome for
 * the event at hand. A rule is a tree in negation normal form over tests, kept
 * twice: as a tree, to choose what to index, and as steps with two jumps each,
 * to run.
 */
#ifndef CORD_DETECT_RULESET_INTERNAL_H
#define CORD_DETECT_RULESET_INTERNAL_H

#include <pthread.h>

#include "base/arena.h"
#include "base/cpu.h"
#include "base/map.h"
#include "base/regex.h"
#include "detect/ruleset.h"

enum cord_literal_kind {
    CORD_LITERAL_CONTAINS,
    CORD_LITERAL_STARTS,
    CORD_LITERAL_ENDS,
    CORD_LITERAL_EQUALS,
};

/* Folded text with the place it must stand at; each (kind, text) exists once. */
struct cord_literal {
    const char *ptr; /* never empty */
    uint32_t len;
    uint8_t rare[2]; /* see literal_find.h */
    uint8_t kind;    /* enum cord_literal_kind */
};

/* A literal as a test evaluates it: all it takes in one place, and most texts
 * told apart by eight bytes at their edge. */
struct cord_probe {
    uint64_t edge; /* STARTS, EQUALS: the first eight bytes, moved up when fewer; ENDS: the last */
    const char *ptr;
    uint32_t len;
    uint8_t rare[2];
    uint8_t kind;  /* enum cord_literal_kind */
    uint8_t shift; /* bits that the edge has less than 64 */
};

enum cord_test_kind {
    CORD_TEST_LITERALS, /* any of its literals, on folded text */
    CORD_TEST_ATOM,     /* anything else that looks at one value */
    CORD_TEST_NULL,
    CORD_TEST_EXISTS,
    CORD_TEST_FIELD,    /* compares two fields */
    CORD_TEST_CONSTANT, /* true or false whatever the event holds */
};

/* Field number of keywords: any value. */
#define CORD_FIELD_ANY 0u

struct cord_test {
    enum cord_test_kind kind;
    bool outcome; /* CONSTANT; EXISTS: whether presence makes it true */
    uint32_t field;
    uint32_t other; /* FIELD: number of the other field */
    uint32_t cost;  /* of evaluating it, roughly in ns */
    uint32_t rules; /* that use it */
    /* LITERALS: its literals. ATOM: when the test holds one of these does, too;
     * count 0: nothing is known. Numbers in test_literals. */
    uint32_t literal_first;
    uint32_t literal_count;
    /* Of keywords: pieces of those that stand in raw text as they are; count 0:
     * there are none. */
    uint32_t fragment_first;
    uint32_t fragment_count;
    const struct cord_atom
        *atom;                /* but for LITERALS and CONSTANT; folded where it is compared so */
    struct cord_regex *regex; /* ATOM of kind REGEX */
};

enum cord_expr_kind {
    CORD_EXPR_AND,
    CORD_EXPR_OR,
    CORD_EXPR_TEST,
    CORD_EXPR_NOT_TEST,
};

/* In prefix order; a node's subtree ends before `end`, counted from the rule's
 * first node. */
struct cord_expr {
    enum cord_expr_kind kind;
    uint32_t test;
    uint32_t end;
};

#define CORD_STEP_MATCH UINT32_MAX
#define CORD_STEP_FAIL  (UINT32_MAX - 1)

/* Where to go on either outcome, counted from the rule's first step. */
struct cord_step {
    uint32_t test : 31;
    uint32_t negated : 1; /* the rule wants it false here: what is unknown counts so */
    uint32_t on_true;
    uint32_t on_false;
};

struct cord_compiled {
    const struct cord_rule *rule;
    const struct cord_expr *exprs;
    const struct cord_step *steps;
    uint32_t source; /* number of its log source */
};

/* From so many literals on a test is not tried one by one. */
#define CORD_TEST_LITERALS_MANY 10u

/* The index of one test's own literals. */
struct cord_test_index {
    struct cord_arena *arena;
    struct cord_literal_index *index;
};

struct cord_index_pool;
struct cord_plan;
struct cord_test_field;

struct cord_ruleset {
    unsigned references; /* atomic */
    bool ignore_logsource;
    bool eager;
    uint64_t seed;
    enum cord_cpu_level level;
    struct cord_arena *arena;

    struct cord_compiled *rules;
    size_t rule_count;

    struct cord_map fields; /* name to number, from 1 */
    uint32_t field_count;

    struct cord_literal *literals;
    uint32_t literal_count;
    uint32_t *test_literals;
    struct cord_probe *probes; /* of test_literals, one for each */
    size_t test_literal_count;
    struct cord_test *tests;
    uint32_t test_count;

    const struct cord_logsource **sources; /* each once */
    uint32_t source_count;
    uint32_t *field_test_first; /* by field, and one more: in field_tests */
    uint32_t *field_tests;      /* the LITERALS tests of each field */

    /* Everything above never changes once compiled. What follows is made when
     * first needed, under the lock. */
    pthread_mutex_t lock;
    bool lock_made;
    struct cord_test_index **test_indexes; /* by test; each set once, atomically */
    struct cord_test_field **test_fields;  /* by field; likewise */
    uint32_t test_literals_max;            /* of one test */
    struct cord_index_pool *index_pool;    /* NULL until needed */
    struct cord_plan **plans;
    size_t plan_count;
    size_t plan_cap;
};

#endif
