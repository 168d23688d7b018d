/*
 * rule_cost.h: what a rule costs, judged by its text alone.
 *
 * A rule is looked at only for events in which one of a set of its tests may
 * hold: of an AND the cheapest member's set, of an OR the sets of all members,
 * of a NOT none. Those are found by a literal: equal to it, beginning with it,
 * ending with it, or holding it. A rule without such a set is evaluated for
 * every event of its log source. The engine follows the same principle with
 * frequencies that it measures; here they are guessed by the literals' lengths,
 * so that the figure compares rules and says nothing of seconds. Pure; any
 * thread.
 */
#ifndef CORD_DETECT_RULE_COST_H
#define CORD_DETECT_RULE_COST_H

#include "base/arena.h"
#include "base/error.h"
#include "detect/rule.h"

enum cord_rule_cost_trigger {
    CORD_RULE_COST_EXACT,
    CORD_RULE_COST_PREFIX,
    CORD_RULE_COST_SUFFIX,
    CORD_RULE_COST_CONTAINS, /* keywords and the literals of expressions, too */
    CORD_RULE_COST_TRIGGERS,
};

struct cord_rule_cost {
    /* Weighted tests per 1,000 events of the rule's log source: 1,000 times the
     * chance that one of the triggers holds, times the weight of all tests. A
     * test weighs 1; one that the index of literals answers 0.1; an address
     * range 2; an expression 10, and without a required literal 40. */
    double figure;
    double weight; /* of all tests once */
    double chance; /* 0 to 1: that the rule is looked at; 1 when always */

    size_t atoms;
    size_t regexes;
    size_t blind_regexes; /* without a required literal */

    bool always;                              /* there is no trigger */
    const char *reason;                       /* always: why; static */
    size_t triggers[CORD_RULE_COST_TRIGGERS]; /* literals of each sort */
    enum cord_rule_cost_trigger weakest;      /* the literal that occurs most, by guess */
    cord_str weakest_field;                   /* "" for a keyword; borrowed from the rule */
    cord_str weakest_text;                    /* from the rule, or in the arena */
};

/* CORD_E_NOMEM or CORD_E_LIMIT: the arena. */
CORD_MUST_USE cord_status cord_rule_cost_estimate(const struct cord_rule *rule,
                                                  struct cord_arena *arena,
                                                  struct cord_rule_cost *ret_cost);

/* "exact" .. "contains" */
const char *cord_rule_cost_trigger_name(enum cord_rule_cost_trigger trigger);

#endif
