/* compile_internal.h: what a ruleset's compilation shares between its files. */
#ifndef CORD_DETECT_COMPILE_INTERNAL_H
#define CORD_DETECT_COMPILE_INTERNAL_H

#include "detect/ruleset_internal.h"

/* Nodes deeper than this are refused: nobody writes them by hand. */
#define CORD_COMPILE_DEPTH_MAX 256

struct cord_compiler {
    struct cord_ruleset *ruleset;
    struct cord_arena *scratch; /* reset after each rule */
    struct cord_arena *keys;    /* until the end */
    struct cord_literal_odds *odds;
    struct cord_map literal_map;
    struct cord_map test_map;
    size_t literal_cap;
    size_t test_cap;
    size_t test_literal_cap;
    const struct cord_rule *rule; /* being compiled, for messages */
    struct cord_error *err;
};

/* The number of a field name, made when new. */
CORD_MUST_USE cord_status cord_compile_field(struct cord_compiler *compiler, cord_str name,
                                             uint32_t *ret_field);

/* The number of the test of one atom. */
CORD_MUST_USE cord_status cord_compile_atom(struct cord_compiler *compiler,
                                            const struct cord_atom *atom, uint32_t *ret_test);

/* The same for several atoms of one field, any of which may hold; all satisfy
 * cord_compile_is_literal. */
CORD_MUST_USE cord_status cord_compile_any(struct cord_compiler *compiler,
                                           const struct cord_atom *const *atoms, size_t count,
                                           uint32_t *ret_test);
bool cord_compile_is_literal(const struct cord_atom *atom);

CORD_MUST_USE cord_status cord_compile_constant(struct cord_compiler *compiler, bool outcome,
                                                uint32_t *ret_test);

/* Fills in one rule. */
CORD_MUST_USE cord_status cord_compile_rule(struct cord_compiler *compiler,
                                            const struct cord_rule *rule,
                                            struct cord_compiled *ret_compiled);

#endif
