/*
 * kit_rules.h: Sigma texts in, trees as short texts out.
 *
 * (and A=x* (or B=1 (not C is null))): a pattern with its wildcards, '==' when
 * case counts, '~' an expression, '@' an address range, '[or' what a modifier
 * made of one value, "kw" a keyword. Bytes outside of printable ASCII are \xNN.
 */
#ifndef CORD_TESTS_KIT_RULES_H
#define CORD_TESTS_KIT_RULES_H

#include "base/buf.h"
#include "detect/collection.h"

/* A collection of one text, finished. Fails the test on any error status. */
struct cord_collection *kit_rules(cord_str text);

/* A rule whose detection is `detection`, indented by four. */
struct cord_collection *kit_rules_detection(cord_str detection);

void kit_rules_render(const struct cord_node *node, struct cord_buf *buf);

/* The only rule's conditions, joined by " | "; fails the test when there is
 * none, and prints why it was refused. */
void kit_rules_check(const struct cord_collection *collection, cord_str wanted, const char *file,
                     int line);
#define KIT_RULES_CHECK(collection, wanted)                                                        \
    kit_rules_check((collection), cord_str_from(wanted), __FILE__, __LINE__)

/* The first refusal (or warning) in whose reason the words stand, or NULL. */
const struct cord_rule_refusal *kit_rules_refusal(const struct cord_collection *collection,
                                                  bool warning, const char *words);
void kit_rules_print(const struct cord_collection *collection);

#endif
