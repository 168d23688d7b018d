/*
 * placeholder.h: %name% in values, and the lists that fill it.
 *
 * Rules specification 2.1.0, "Placeholders": a rule whose placeholders have no
 * values is refused. One thread.
 */
#ifndef CORD_DETECT_PLACEHOLDER_H
#define CORD_DETECT_PLACEHOLDER_H

#include "detect/draft_internal.h"

struct cord_placeholder {
    cord_str name;
    const cord_str *values;
    size_t value_count;
    struct cord_placeholder *next;
};

/* Adds the lists of a YAML map, name to value or values; all copied into the
 * work arena. A name that is there already gets the new values. context->err
 * says what is wrong. */
CORD_MUST_USE cord_status cord_placeholder_read(struct cord_draft_context *context,
                                                const struct cord_yaml *map,
                                                struct cord_placeholder **placeholders);

/* Fills what it can. Several values become an expansion: any of them. */
CORD_MUST_USE cord_status cord_placeholder_fill(struct cord_draft_context *context,
                                                const struct cord_placeholder *placeholders,
                                                struct cord_draft_detection *detection);

/* The same for one item. With `wildcard` every placeholder becomes '*'. */
CORD_MUST_USE cord_status cord_placeholder_fill_item(struct cord_draft_context *context,
                                                     const struct cord_placeholder *placeholders,
                                                     bool wildcard, struct cord_draft_node *item);

#endif
