/*
 * automaton.h: many literals against a text, in linear time whatever it holds.
 *
 * Aho and Corasick's automaton, as a trie whose branches are in one hash
 * table. Slower than the filter of literal.h on ordinary text and never slow:
 * where that one meets its limit, this one goes on. Never changes once built:
 * any thread.
 */
#ifndef CORD_DETECT_AUTOMATON_H
#define CORD_DETECT_AUTOMATON_H

#include "detect/literal.h"
#include "detect/ruleset_internal.h"

struct cord_automaton;

/* Of literals[numbers[i]], all kinds, found as i. NULL when out of memory. */
struct cord_automaton *cord_automaton_new(const struct cord_literal *literals,
                                          const uint32_t *numbers, uint32_t count);
void cord_automaton_free(struct cord_automaton *automaton);

/* Begins with a stamp that nothing carries. The budget is not looked at. */
void cord_automaton_scan(const struct cord_automaton *automaton, cord_str text,
                         struct cord_literal_hits *hits);

#endif
