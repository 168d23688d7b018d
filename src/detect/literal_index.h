/*
 * literal_index.h: all literals on one field, looked up in one go.
 *
 * Prefixes, suffixes and whole texts are looked up by hash, the rest goes
 * through cord_literal_set. A text that would take too many comparisons - made
 * of pieces of rules, by someone who has them - goes to an automaton that
 * takes the same time for every byte and gives the same answer; it is built
 * when first needed. Any thread.
 */
#ifndef CORD_DETECT_LITERAL_INDEX_H
#define CORD_DETECT_LITERAL_INDEX_H

#include "detect/literal.h"
#include "detect/ruleset_internal.h"

struct cord_literal_index;

/* Literals by their number in `literals`, each once; both are borrowed, and the
 * rest lives in the arena but for the automaton. NULL when out of memory. */
struct cord_literal_index *cord_literal_index_new(const struct cord_literal *literals,
                                                  const uint32_t *numbers, uint32_t count,
                                                  const struct cord_literal_odds *odds,
                                                  const struct cord_ruleset *ruleset,
                                                  struct cord_arena *arena);
/* Makes an index of nothing but contained texts, all printable ASCII, fit for
 * records as received, when they are few. False when out of memory. */
bool cord_literal_index_add_raw(struct cord_literal_index *index,
                                const struct cord_literal_odds *odds, enum cord_cpu_level level,
                                struct cord_arena *arena);
/* Gives back the automaton. */
void cord_literal_index_done(struct cord_literal_index *index);

uint32_t cord_literal_index_count(const struct cord_literal_index *index);

/* hits: room for count numbers and twice as many stamps; found are positions in `numbers`.
 * hits->stamp is even, and it and the next one are stamped nowhere yet.
 * The text is folded, CORD_LITERAL_PADDING bytes behind it are readable.
 * *ret_fell_back says that the automaton was used. CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_literal_index_scan(struct cord_literal_index *index, cord_str text,
                                                  struct cord_literal_hits *hits,
                                                  bool *ret_fell_back);

/* The same on a record as received; see cord_literal_raw_scan. */
bool cord_literal_index_scan_raw(const struct cord_literal_index *index, cord_str text,
                                 struct cord_literal_hits *hits, bool *ret_escape);

#endif
