/*
 * explain.h: why a rule matched an event.
 *
 * Goes through the rule as it was written, not as it was compiled, and says
 * which of its tests held: slower than matching, and only for findings. One
 * thread.
 */
#ifndef CORD_DETECT_EXPLAIN_H
#define CORD_DETECT_EXPLAIN_H

#include "base/arena.h"
#include "detect/finding.h"
#include "event/event.h"
#include "normalise/classifier.h"

struct cord_explain;

/* Borrows the classifier. NULL when out of memory. */
struct cord_explain *cord_explain_new(struct cord_classifier *classifier);
void cord_explain_free(struct cord_explain *explain);

/* The tests that held and had a part in the match, in the rule's order; those
 * under a NOT are left out. Of several values of a field the first that
 * satisfies a test is named. Array and texts are in the arena. A rule that does
 * not match has no reasons. CORD_E_NOMEM; CORD_E_LIMIT when the arena is full. */
CORD_MUST_USE cord_status cord_explain_run(struct cord_explain *explain,
                                           const struct cord_rule *rule,
                                           const struct cord_event *event, struct cord_arena *arena,
                                           const struct cord_finding_reason **ret_reasons,
                                           size_t *ret_count);

/* What an atom asks of a value, in words: "endswith \cmd.exe". In the arena;
 * ptr NULL when that is full. */
cord_str cord_explain_pattern(const struct cord_atom *atom, struct cord_arena *arena);

#endif
