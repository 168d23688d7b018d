/*
 * document_merge.h: the documents of one rule file that lean on each other.
 *
 * "action: global" documents add to every rule that follows, "action: reset"
 * forgets them, "action: repeat" is the rule before with changes. Maps merge
 * member by member, anything else is replaced. Pure; results are in the arena.
 */
#ifndef CORD_DETECT_DOCUMENT_MERGE_H
#define CORD_DETECT_DOCUMENT_MERGE_H

#include "codec/yaml.h"

struct cord_document_merge {
    struct cord_arena *arena;
    const struct cord_yaml *global;
    const struct cord_yaml *previous;
};

/* The rule that a document stands for; *ret_rule is NULL when it stands for
 * none (global, reset). *ret_inherited: the id is not its own. CORD_E_FORMAT
 * for an unknown action; CORD_E_LIMIT, CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_document_merge_next(struct cord_document_merge *merge,
                                                   const struct cord_yaml *document,
                                                   const struct cord_yaml **ret_rule,
                                                   bool *ret_inherited, struct cord_error *err);

#endif
