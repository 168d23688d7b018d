/* matcher_internal.h: what a matcher holds, shared between its files. */
#ifndef CORD_DETECT_MATCHER_INTERNAL_H
#define CORD_DETECT_MATCHER_INTERNAL_H

#include "detect/atom.h"
#include "detect/literal_find.h"
#include "detect/matcher.h"
#include "detect/plan_internal.h"

#define CORD_NODE_END UINT32_MAX

/* A value in the chain of a field that rules ask for. */
struct cord_match_node {
    struct cord_subject subject;
    uint32_t slot; /* of an indexed field: its place among the plan's */
    uint32_t next;
};

/* The values of one field in the event at hand; void when stale. */
struct cord_match_field {
    uint32_t epoch;
    uint32_t head;
    uint32_t tail;
    uint32_t spent; /* on its literals in this event, roughly in ns */
    uint32_t worth; /* what one pass over all values takes; 0: not known yet */
    bool flooded;   /* all its literals were looked for */
};

enum cord_learn_state {
    CORD_LEARN_IDLE,   /* until enough was spent */
    CORD_LEARN_WATCH,  /* which rules are evaluated in vain? */
    CORD_LEARN_SAMPLE, /* how often do their tests hold? */
    CORD_LEARN_NEVER,
};

/* What is known of the cost of a class's plan; see matcher_learn.c. */
struct cord_match_learning {
    enum cord_learn_state state;
    uint32_t seen;  /* events since due was set */
    uint32_t due;   /* when so many were seen, there is something to do */
    uint32_t spent; /* rules evaluated since the plan was chosen */
    uint32_t limit; /* likewise */
    uint32_t generation;
    uint32_t left;   /* events to watch or to sample */
    uint8_t *hot;    /* by rule of the plan: events that made it a candidate */
    uint32_t *tests; /* that are counted */
    uint32_t test_count;
    uint32_t *fired;   /* by test */
    uint32_t *sampled; /* by test: one more than its samples; 0: never */
};

/* What a matcher knows of a class; what every event needs comes first. */
struct cord_match_class {
    struct cord_plan *plan;
    uint32_t *routes; /* by path, see matcher_route.c */
    size_t route_count;
    uint32_t *lists; /* runs of routes, each ended by 0 */
    uint32_t paths_epoch;
    unsigned constant_mask; /* roles that have constants */
    struct cord_match_learning learning;
    size_t list_count;
    size_t list_cap;
    struct cord_match_class *general; /* without constants: for events that have others */
    struct cord_arena *texts;         /* of the constants */
    struct cord_plan_constant constants[CORD_PLAN_CONSTANTS_MAX];
    enum cord_role constant_roles[CORD_PLAN_CONSTANTS_MAX];
    size_t constant_count;
};

struct cord_matcher {
    struct cord_ruleset *ruleset;
    struct cord_paths *paths;
    struct cord_classifier *classifier;
    struct cord_atom_env env;
    struct cord_matcher_stats stats;

    struct cord_match_class **classes; /* by class number */
    size_t class_count;
    size_t route_bytes; /* of all classes */

    /* Of the event at hand. A memo is stale unless it carries the epoch. */
    const struct cord_event *event;
    const struct cord_match_class *state;
    uint32_t epoch;
    uint32_t *picked; /* values to look at before any rule is evaluated */
    size_t picked_room;
    uint32_t inside; /* of its values, stand in the record as it was received */
    bool joined;     /* all values are in their chains, not only those of indexed fields */
    uint32_t *memos; /* by test: epoch << 2 | enum cord_atom_result */
    struct cord_match_field *fields;
    struct cord_match_node *nodes;
    size_t node_count;
    size_t node_cap;
    bool met_unknown; /* a test could not be decided */
    bool no_memory;

    /* Rules of the event's plan, by their place there. */
    uint32_t *rule_stamps; /* the epoch in which it became a candidate */
    uint32_t *candidates;  /* room for all rules */
    size_t candidate_count;
    cord_literal_find *find;
    struct cord_literal_hits hits;
    size_t hits_room; /* entries that hits has room for */
};

/* Routes for all paths there are. */
CORD_MUST_USE cord_status cord_matcher_route_room(struct cord_matcher *matcher,
                                                  struct cord_match_class *state);
/* Paths or plan are others now. */
void cord_matcher_route_anew(struct cord_match_class *state);

/* Begins an event: every value of a field that the plan indexes joins its
 * chains. *ret_constants: the event has what its class says it has. */
CORD_MUST_USE cord_status cord_matcher_route(struct cord_matcher *matcher,
                                             struct cord_match_class *state,
                                             const struct cord_event *event, bool *ret_constants);

/* The value stands in the record as it was received. */
static inline bool cord_matcher_is_inside(cord_str raw, const struct cord_value *value)
{
    return (uintptr_t)value->ptr - (uintptr_t)raw.ptr < raw.len;
}

/* The other values that rules ask for join theirs; once an event. */
CORD_MUST_USE cord_status cord_matcher_join_rest(struct cord_matcher *matcher);

/* What is known of the event's class; *general: without constants. CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_matcher_class_find(struct cord_matcher *matcher,
                                                  const struct cord_event *event, bool general,
                                                  struct cord_match_class **ret_state);
void cord_matcher_classes_free(struct cord_matcher *matcher);

/* Room for what indexes of so many entries may find. */
CORD_MUST_USE cord_status cord_matcher_hits_room(struct cord_matcher *matcher, size_t entries);

/* Before every scan that writes to hits. */
void cord_matcher_next_stamp(struct cord_matcher *matcher);

/* Settles all LITERALS tests of a field for the event at hand, when evaluating
 * them one by one has become dearer than that. Sets no_memory. */
void cord_matcher_flood(struct cord_matcher *matcher, uint32_t field);

/* Once learning.seen has reached learning.due, or learning.spent the limit:
 * looks at the event at hand, which has been matched already, and may put
 * another plan into state. */
CORD_MUST_USE cord_status cord_matcher_learn(struct cord_matcher *matcher,
                                             struct cord_match_class *state);
void cord_matcher_learn_begin(const struct cord_matcher *matcher,
                              struct cord_match_learning *learning);
void cord_matcher_learn_done(struct cord_match_learning *learning);

/* The rules worth evaluating, in candidates, rising. */
CORD_MUST_USE cord_status cord_matcher_candidates(struct cord_matcher *matcher,
                                                  const struct cord_plan *plan);

CORD_MUST_USE cord_status cord_matcher_node_add(struct cord_matcher *matcher, uint32_t field,
                                                uint32_t slot, const struct cord_value *value);

/* Does the rule match the event at hand? Sets no_memory, then the answer means
 * nothing. */
enum cord_atom_result cord_matcher_rule(struct cord_matcher *matcher,
                                        const struct cord_step *steps);
/* The outcome of one test, remembered for the event. */
enum cord_atom_result cord_matcher_test(struct cord_matcher *matcher, uint32_t test);

#endif
