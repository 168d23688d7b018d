/*
 * plan_internal.h: what one class of events meets.
 *
 * A plan lists the rules that apply to a class's log source and, for each,
 * what has to be seen in an event before the rule is evaluated. Never changes
 * once made; matchers of all threads share it by reference.
 */
#ifndef CORD_DETECT_PLAN_INTERNAL_H
#define CORD_DETECT_PLAN_INTERNAL_H

#include "detect/ruleset_internal.h"
#include "normalise/event_class.h"

struct cord_plan {
    unsigned references; /* atomic */
    cord_str key;
    struct cord_arena *arena; /* of everything below */
    uint32_t *rules;          /* numbers, rising */
    size_t rule_count;
    uint8_t *field_used; /* by field: some rule asks for it */
};

/* The plan of a class, made when there is none. The caller gets a reference.
 * CORD_E_NOMEM. Any thread. */
CORD_MUST_USE cord_status cord_plan_get(struct cord_ruleset *ruleset,
                                        const struct cord_event_class *event_class,
                                        struct cord_plan **ret_plan);
void cord_plan_unref(struct cord_plan *plan);

/* The ruleset's own references; when it ends. */
void cord_plan_forget_all(struct cord_ruleset *ruleset);

#endif
