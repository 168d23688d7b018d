/*
 * correlation_expression.h: the extended condition of a temporal correlation:
 * rule names joined by and, or, not and parentheses (SEP 198).
 *
 * Kept in postfix order, so that judging it is one pass without recursion.
 */
#ifndef CORD_DETECT_CORRELATION_EXPRESSION_H
#define CORD_DETECT_CORRELATION_EXPRESSION_H

#include "detect/correlation.h"

/* References in the order in which they first occur; the caller's arrays. */
struct cord_correlation_expression {
    struct cord_correlation_node nodes[CORD_CORRELATION_NODES_MAX];
    size_t node_count;
    cord_str references[CORD_CORRELATION_STEPS_MAX]; /* borrowed from the text */
    size_t reference_count;
};

/* "not" binds strongest, then "and", then "or". CORD_E_FORMAT or CORD_E_LIMIT,
 * with the place in err. */
CORD_MUST_USE cord_status cord_correlation_expression_parse(
    cord_str text, struct cord_correlation_expression *ret_expression, struct cord_error *err);

/* Bit n of `present`: step n has occurred. */
bool cord_correlation_expression_holds(const struct cord_correlation_node *nodes, size_t node_count,
                                       uint64_t present);

#endif
