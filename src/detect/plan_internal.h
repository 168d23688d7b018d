/*
 * plan_internal.h: what one class of events meets.
 *
 * A plan lists the rules that apply to a class's log source and can match at
 * all, and for each the cheapest set of tests of which one must hold: only
 * those are indexed. A rule is evaluated for an event when one of them fired.
 * Never changes once made; matchers of all threads share it by reference.
 */
#ifndef CORD_DETECT_PLAN_INTERNAL_H
#define CORD_DETECT_PLAN_INTERNAL_H

#include "detect/index_pool.h"
#include "detect/ruleset_internal.h"
#include "normalise/classifier.h"

/* A field that holds the same text in every event of the class. */
struct cord_plan_constant {
    uint32_t field;
    cord_str text; /* folded */
};
#define CORD_PLAN_CONSTANTS_MAX 24

/* How often tests held in sampled events of the class. */
struct cord_plan_learnt {
    const uint32_t *fired;   /* by test */
    const uint32_t *sampled; /* by test: one more than its samples; 0: never */
    uint32_t generation;     /* how often it was learnt so far */
};

struct cord_plan_request {
    const struct cord_event_class *event_class;
    const struct cord_plan_constant *constants;
    size_t constant_count;
    const struct cord_plan_learnt *learnt; /* NULL: nothing yet */
};

struct cord_plan_trigger {
    uint32_t test;
    uint32_t rule_first; /* in trigger_rules */
    uint32_t rule_count;
    bool sure; /* it firing means that the test holds */
};

/* What to look for in the values of one field. */
struct cord_plan_field {
    uint32_t field;
    struct cord_literal_index *index; /* NULL: none; of `shared` */
    struct cord_shared_index *shared;
    const uint32_t *entry_first; /* by entry, and one more: in entry_triggers */
    const uint32_t *entry_triggers;
    const uint32_t *presence; /* triggers that any value fires */
    uint32_t presence_count;
};

struct cord_plan {
    unsigned references; /* atomic */
    cord_str key;
    uint32_t generation;
    struct cord_arena *arena; /* of everything below */
    uint32_t *rules;          /* numbers, rising; all below count places in here */
    size_t rule_count;
    const struct cord_step **steps; /* by rule */
    uint8_t *field_used;            /* by field: some rule asks for it */

    uint32_t *always; /* rules without triggers, rising */
    size_t always_count;
    struct cord_plan_trigger *triggers;
    uint32_t trigger_count;
    uint32_t *trigger_rules;
    uint32_t *field_slot; /* by field: place in fields + 1 */
    struct cord_plan_field *fields;
    uint32_t field_count;
    uint32_t entry_max; /* entries of the largest index */
};

/* The plan of a class, made when there is none, or none of that generation.
 * The caller gets a reference. CORD_E_NOMEM. Any thread. */
CORD_MUST_USE cord_status cord_plan_get(struct cord_ruleset *ruleset,
                                        const struct cord_plan_request *request,
                                        struct cord_plan **ret_plan);
void cord_plan_unref(struct cord_plan *plan);

/* The ruleset's own references; when it ends. */
void cord_plan_forget_all(struct cord_ruleset *ruleset);

/* A rule, by its place in the plan, and a test that makes it worth evaluating. */
struct cord_plan_pair {
    uint32_t test;
    uint32_t rule;
};

struct cord_plan_pairs {
    struct cord_plan_pair *items; /* malloc'd */
    size_t count;
    size_t cap;
};

/* Does a LITERALS test hold for a constant? */
bool cord_plan_constant_holds(const struct cord_ruleset *ruleset, const struct cord_test *test,
                              cord_str text);

/* plan_choose.c: fills in rules and always, and gives the pairs. */
CORD_MUST_USE cord_status cord_plan_choose(const struct cord_ruleset *ruleset,
                                           const struct cord_plan_request *request,
                                           struct cord_plan *plan, struct cord_plan_pairs *pairs);

/* plan_order.c: fills in steps. learnt may be NULL. */
CORD_MUST_USE cord_status cord_plan_order(const struct cord_ruleset *ruleset,
                                          const struct cord_plan_learnt *learnt,
                                          struct cord_plan *plan);

/* plan_index.c: triggers and fields from the pairs. The caller holds the lock. */
CORD_MUST_USE cord_status cord_plan_index(struct cord_ruleset *ruleset, struct cord_plan *plan,
                                          struct cord_plan_pairs *pairs);

/* Literals to look for that tell a test may hold: its own, or what it demands;
 * of keywords, the pieces that stand in the raw text as they are. */
static inline uint32_t cord_plan_needles(const struct cord_ruleset *ruleset,
                                         const struct cord_test *test, const uint32_t **ret_needles)
{
    bool keyword = test->field == CORD_FIELD_ANY;
    *ret_needles = ruleset->test_literals + (keyword ? test->fragment_first : test->literal_first);
    return keyword ? test->fragment_count : test->literal_count;
}

#endif
