/*
 * ruleset.h: a rule collection compiled for matching.
 *
 * Rules are routed by log source: a class of events meets only the rules that
 * ask for nothing it lacks. Each class has a plan: the rules that apply, and
 * of each rule only the cheapest set of atoms of which one must hold, indexed
 * by field. Plans are made when a class is first seen and shared by all
 * threads. Everything else never changes once compiled; any thread.
 */
#ifndef CORD_DETECT_RULESET_H
#define CORD_DETECT_RULESET_H

#include "base/cpu.h"
#include "base/error.h"
#include "detect/collection.h"

struct cord_ruleset;

struct cord_ruleset_options {
    bool ignore_logsource; /* every rule meets every event: for comparisons */
    uint64_t seed;
    /* For tests: learn from the first event on, index short lists, too, and fall
     * back to the linear automaton at once. No answer depends on it. */
    bool eager;
    bool level_chosen; /* use level, or what the machine has when that is less */
    enum cord_cpu_level level;
};

/* Keeps the collection alive: borrows it until the last unref. err names the
 * rule, its line and what to change. */
CORD_MUST_USE cord_status cord_ruleset_compile(const struct cord_collection *collection,
                                               const struct cord_ruleset_options *options,
                                               struct cord_ruleset **ret_ruleset,
                                               struct cord_error *err);

/* The same from single rules, numbered 0 to count - 1 in this order; they are
 * borrowed until the last unref, the array is not. */
CORD_MUST_USE cord_status cord_ruleset_compile_rules(const struct cord_rule *const *rules,
                                                     size_t count,
                                                     const struct cord_ruleset_options *options,
                                                     struct cord_ruleset **ret_ruleset,
                                                     struct cord_error *err);

struct cord_ruleset *cord_ruleset_ref(struct cord_ruleset *ruleset);
void cord_ruleset_unref(struct cord_ruleset *ruleset);

size_t cord_ruleset_rule_count(const struct cord_ruleset *ruleset);

#endif
